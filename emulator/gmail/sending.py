"""What Gmail does to a mail before it goes out: whose name it bears, its Message-ID, its date, who gets it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from email.utils import format_datetime, formataddr

from emulator.errors import PROJECT
from emulator.gmail import rfc822
from emulator.gmail.aliases import aliases_of, default_alias, name_of
from emulator.gmail.errors import invalid
from emulator.gmail.model import Alias, Box
from emulator.kernel import ApiError, World

MOST_BYTES = 36_700_160


@dataclass(frozen=True)
class Outgoing:
    """A mail ready to go. `kept` is the sender's copy with Bcc, `sent` that of the recipients without."""

    kept: bytes
    sent: bytes
    recipients: tuple[str, ...]


def prepare(world: World, box: Box, raw: bytes, *, by_api: bool = False) -> Outgoing:
    """Check and complete a mail.

    Raises 400 "Recipient address required", 400 for an address that is none or too many of them, 413 above 36,700,160 bytes.
    """
    check_size(raw)
    recipients = _recipients(world, rfc822.parse(rfc822.crlf(raw)))
    fields, rest = rfc822.split(complete(world, box, raw, by_api=by_api))
    return Outgoing(rfc822.join(fields, rest), rfc822.join(rfc822.without(fields, "Bcc"), rest), recipients)


def complete(world: World, box: Box, raw: bytes, *, by_api: bool) -> bytes:
    """The mail with the headers that Gmail adds to what is sent or drafted, after those that were written.

    by_api: it came through the API, which says so in a Received header of its own at the top.
    Behaviour `message_id`: `replaced` (as at Google, for mail sent through the API) or `kept`.
    """
    fields, rest = rfc822.split(rfc822.crlf(raw))
    names = {name.lower() for name, _ in fields}
    now = format_datetime(world.clock.now())
    alias = _alias_in_from(world, box, rfc822.parse(raw))
    if alias is None:
        alias = default_alias(world, box)
        fields = _with_from(fields, rfc822.field("From", formataddr((name_of(world, box, alias), alias.address))))
    if alias.reply_to and "reply-to" not in names:
        fields = [*fields, rfc822.field("Reply-To", alias.reply_to)]
    if "date" not in names:
        fields = [*fields, rfc822.field("Date", now)]
    if world.behaviour.get("message_id", "replaced") != "kept" or "message-id" not in names:
        fields = [*rfc822.without(fields, "Message-Id"), rfc822.field("Message-Id", new_message_id_header())]
    if by_api:
        fields = [rfc822.field("Received", f"from {PROJECT} named unknown by gmailapi.google.com with HTTPREST; {now}"), *fields]
    return rfc822.join(fields, rest)


def _with_from(fields: rfc822.Fields, written: tuple[str, bytes]) -> rfc822.Fields:
    """The fields with one From: in the place of the first there was, else at the end."""
    places = [at for at, (name, _) in enumerate(fields) if name.lower() == "from"]
    rest = rfc822.without(fields, "From")
    return [*rest[: places[0]], written, *rest[places[0] :]] if places else [*rest, written]


def check_size(raw: bytes) -> None:
    """413 for a mail above 36,700,160 bytes."""
    if len(raw) > MOST_BYTES:
        raise ApiError(413, "Request Entity Too Large", reason="uploadTooLarge", status="INVALID_ARGUMENT")


def new_message_id_header() -> str:
    """A Message-ID as Gmail makes them."""
    return f"<CA{secrets.token_urlsafe(36)}@mail.gmail.com>"


def _recipients(world: World, mail: rfc822.Mail) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for header in ("To", "Cc", "Bcc"):
        for _, address in mail.addresses(header):
            if address.count("@") != 1 or address.startswith("@") or address.endswith("@") or " " in address:
                raise invalid(f"Invalid {header} header")
            found[address] = None
    if not found:
        raise invalid("Recipient address required")
    most = world.behaviour.get("most_recipients", 100)
    if len(found) > most:
        raise invalid(f"Too many recipients: {len(found)}; at most {most} are allowed.")
    return tuple(found)


def _alias_in_from(world: World, box: Box, mail: rfc822.Mail) -> Alias | None:
    """The accepted send-as address, or the account's own, that From names; None when it names another."""
    senders = [address for _, address in mail.addresses("From")]
    alias = aliases_of(world, box).get(senders[0]) if len(senders) == 1 else None
    return alias if alias is not None and alias.accepted else None
