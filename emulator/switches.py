"""The switches of `PUT /_local/behaviour`: what Google leaves undocumented, or says in two ways, in one table.

A service reads one with ``world.behaviour.get("list_lag_s", 0)``; the default that stands there is the one that stands here
(a test compares them). A name that is not in the table is refused, so that a misspelt one does not silently do nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

BOOL, NUMBER, TEXT, ADDRESSES, TABLE = "true or false", "a number of at least 0", "a text", "a list of addresses", "an object"


@dataclass(frozen=True)
class Switch:
    """One switch. allowed: one of the kinds above or the texts to choose from; a default of None may be put back as null."""

    default: Any
    allowed: str | tuple[str, ...]
    says: str


class BadSwitch(ValueError):
    """A switch that does not exist, or a value that it does not take."""


SWITCHES: dict[str, Switch] = {
    # the front
    "anonymous_is_403": Switch(False, BOOL, "Drive and Sheets answer a call without any token by 403, as for a missing API key"),
    "drive_ignores_unknown_names": Switch(False, BOOL, "Drive passes over parameters and members that it does not know"),
    "batch_shuffled": Switch(False, BOOL, "The parts of a batch are carried out in any order"),
    "pubsub_topics_must_exist": Switch(False, BOOL, "A topic has to be created before anything is published to it or watches it"),
    # Drive
    "list_lag_s": Switch(0, NUMBER, "Seconds until files.list shows what was written"),
    "revision_merge_s": Switch(0, NUMBER, "Edits of several people within so many seconds become one revision"),
    "permission_race_ms": Switch(
        0, NUMBER, "Of two changes of a file's grants within so many milliseconds only the last one stays"
    ),
    "service_accounts_own_files": Switch(False, BOOL, "A service account has a My Drive of its own, as until April 2025"),
    "service_accounts_are_outside": Switch(False, BOOL, "A drive for the domain only takes no service accounts"),
    "duplicate_parent_is_refused": Switch(True, BOOL, "A second parent is refused, rather than replacing the first"),
    "drive_item_limit": Switch(500_000, NUMBER, "Items that a shared drive holds"),
    "drive_member_limit": Switch(600, NUMBER, "Members that a shared drive has"),
    "item_group_limit": Switch(100, NUMBER, "Groups that an item is shared with directly"),
    "sharing_quota_per_day": Switch(None, NUMBER, "Shares that one account makes a day; null for no limit"),
    "user_feed_has_drives": Switch(True, BOOL, "The change log of a user also tells of shared drives"),
    "writer_may_move": Switch(False, BOOL, "A contributor moves items inside the shared drive"),
    "writer_may_trash": Switch(False, BOOL, "A contributor puts items of a shared drive in the trash"),
    "inherited_refusal_renamed": Switch(
        False, BOOL, "An inherited grant is refused as cannotModifyInheritedPermission on shared drives too"
    ),
    "parent_refusal_is_own": Switch(False, BOOL, "A parent one may not write to is refused as insufficientParentPermissions"),
    "approvals_available": Switch(True, BOOL, "The edition has approvals"),
    "approval_needs_shared_file": Switch(False, BOOL, "A reviewer needs access to the file before an approval begins"),
    "drive_labels": Switch(None, TABLE, "The labels of the domain by id, which another API of Google makes"),
    "webhook_http_loopback": Switch(True, BOOL, "A channel may push to http on this machine, where Google asks for https"),
    # Sheets
    "new_spreadsheet_locale": Switch("en_US", TEXT, "The locale of a new spreadsheet, which is that of the account"),
    "new_spreadsheet_time_zone": Switch("Etc/GMT", TEXT, "The time zone of a new spreadsheet"),
    "localised_booleans": Switch(True, BOOL, "TRUE and FALSE are shown in the language of the spreadsheet"),
    "organizer_passes_protection": Switch(False, BOOL, "A manager of the shared drive edits protected ranges of others"),
    "protection_editors_may_lift": Switch(True, BOOL, "Who may edit a protected range may also change its protection"),
    "insert_inside_protection": Switch(False, BOOL, "Rows and columns may be put in next to protected cells"),
    "sheets_invisible_is_404": Switch(False, BOOL, "A spreadsheet that one cannot see answers 404 rather than 403"),
    # Forms
    "forms_born_published": Switch(True, BOOL, "A form made without unpublished=true is published and takes answers"),
    "forms_born_open_to_anyone": Switch(True, BOOL, "A new form or copy is open to anyone with the link, once it is published"),
    "forms_born_legacy": Switch(False, BOOL, "A new form is one from before publishing could be set"),
    "forms_copies_keep_uploads": Switch(True, BOOL, "The copy of a form has the file-upload questions of the original"),
    "forms_editors_may_respond": Switch(True, BOOL, "Editors answer a form without being responders"),
    "forms_watches_per_type": Switch(20, NUMBER, "Watches of all users of one project on a form and event type"),
    # Gmail
    "message_id": Switch("replaced", ("replaced", "kept"), "What becomes of the Message-ID that a sender wrote"),
    "metadata_scope_restricts": Switch(
        True, BOOL, "gmail.metadata among the scopes shuts off bodies and searches even beside wider ones"
    ),
    "bouncing_addresses": Switch([], ADDRESSES, "Addresses whose mails come back"),
    "most_recipients": Switch(100, NUMBER, "Recipients of one message"),
    "mail_history_days": Switch(None, NUMBER, "Days that a history id counts; null for ever"),
    "watch_project": Switch(None, TEXT, "The project whose topics Gmail may publish to; null for any"),
    "address_verification": Switch(
        "pending", ("pending", "accepted"), "How an outside address begins as alias or forwarding target"
    ),
}


def checked(given: Mapping[str, Any]) -> dict[str, Any]:
    """The switches that are given, once each is known to exist and to take its value."""
    for name, value in given.items():
        switch = SWITCHES.get(name)
        if switch is None:
            raise BadSwitch(f"unknown switch {name!r}; known are {', '.join(sorted(SWITCHES))}")
        if not _fits(value, switch):
            allowed = switch.allowed if isinstance(switch.allowed, str) else " or ".join(switch.allowed)
            raise BadSwitch(f"{name}: expected {allowed}, found {value!r}")
    return dict(given)


def in_force(behaviour: Mapping[str, Any]) -> dict[str, Any]:
    """The value of every switch, as `GET /_local/behaviour` shows them."""
    return {name: behaviour.get(name, switch.default) for name, switch in SWITCHES.items()}


def described(behaviour: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Every switch with its value, default, allowed values and sentence, as `GET /_local/behaviour/table` shows them."""
    return [{"name": name, "value": behaviour.get(name, switch.default), **vars(switch)} for name, switch in SWITCHES.items()]


def _fits(value: Any, switch: Switch) -> bool:
    if value is None:
        return switch.default is None
    if isinstance(switch.allowed, tuple):
        return value in switch.allowed
    if switch.allowed == BOOL:
        return isinstance(value, bool)
    if switch.allowed == NUMBER:
        return isinstance(value, (int, float)) and not isinstance(value, bool) and value >= 0
    if switch.allowed == ADDRESSES:
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    return isinstance(value, dict if switch.allowed == TABLE else str)
