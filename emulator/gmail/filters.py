"""Filters: what happens to mail that arrives, by what it is."""

from __future__ import annotations

import secrets

from emulator.gmail import search
from emulator.gmail.account import own_box
from emulator.gmail.errors import failed_precondition, invalid, not_found
from emulator.gmail.forwarding import accepted_address
from emulator.gmail.labels import known_label
from emulator.gmail.model import Box, Message
from emulator.gmail.store import save
from emulator.kernel import Call, Json, handles

MOST_FILTERS = 1000


@handles("gmail.users.settings.filters.list")
def list_filters(call: Call) -> Json | None:
    """All filters; 204 when there is none."""
    found = list(own_box(call).settings.filters.values())
    return {"filter": found} if found else None


@handles("gmail.users.settings.filters.get")
def get_filter(call: Call) -> Json:
    """One filter."""
    return _known(own_box(call), call.path["id"])


@handles("gmail.users.settings.filters.create")
def create_filter(call: Call) -> Json:
    """A new filter; it acts on mail that comes from now on."""
    box = own_box(call)
    criteria = {name: value for name, value in call.body.get("criteria", {}).items() if value}
    action = {name: value for name, value in call.body.get("action", {}).items() if value}
    if not criteria:
        raise invalid("Filter doesn't have any criteria")
    if not action:
        raise invalid("Filter doesn't have any actions")
    for label_id in action.get("addLabelIds", []) + action.get("removeLabelIds", []):
        known_label(box, label_id)
    if "forward" in action:
        accepted_address(box, action["forward"])
    made = {"criteria": criteria, "action": action}
    if any({name: known[name] for name in made} == made for known in box.settings.filters.values()):
        raise failed_precondition("Filter already exists")
    if len(box.settings.filters) >= MOST_FILTERS:
        raise failed_precondition("Too many filters")
    filter_id = "ANe1Bmj" + secrets.token_hex(20)
    box.settings.filters[filter_id] = {"id": filter_id} | made
    save(call.world, box)
    return box.settings.filters[filter_id]


@handles("gmail.users.settings.filters.delete")
def delete_filter(call: Call) -> None:
    """Delete a filter."""
    box = own_box(call)
    _known(box, call.path["id"])
    del box.settings.filters[call.path["id"]]
    save(call.world, box)


def _known(box: Box, filter_id: str) -> Json:
    if filter_id not in box.settings.filters:
        raise not_found()
    return box.settings.filters[filter_id]


def apply(reader: search.Reader, box: Box, message: Message) -> list[str]:
    """Label a message that arrives as every filter that it matches says; returns where it is to be forwarded."""
    matching = [one["action"] for one in box.settings.filters.values() if _matches(one["criteria"], message, reader)]
    gone = {label_id for action in matching for label_id in action.get("removeLabelIds", [])}
    new = [label_id for action in matching for label_id in action.get("addLabelIds", [])]
    if "TRASH" in new:
        gone.add("INBOX")
    message.labels = [label_id for label_id in message.labels if label_id not in gone]
    message.labels += [label_id for label_id in dict.fromkeys(new) if label_id not in message.labels]
    return [action["forward"] for action in matching if "forward" in action]


def _matches(criteria: Json, message: Message, reader: search.Reader) -> bool:
    """Every criterion in the words of the search language."""
    terms = [f"{name}:({criteria[name]})" for name in ("from", "to") if name in criteria]
    if "subject" in criteria:
        terms.append('subject:"' + criteria["subject"].replace('"', " ") + '"')
    if criteria.get("hasAttachment"):
        terms.append("has:attachment")
    if criteria.get("sizeComparison") in ("larger", "smaller"):
        terms.append(f"{criteria['sizeComparison']}:{criteria.get('size', 0)}")
    if "query" in criteria:
        terms.append(f"({criteria['query']})")
    if "negatedQuery" in criteria:
        terms.append(f"-({criteria['negatedQuery']})")
    return search.compile_query(" ".join(terms)).matches(message, reader)
