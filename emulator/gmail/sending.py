"""What Gmail does to a mail before it goes out: whose name it bears, its Message-ID, its date, who gets it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from email.utils import format_datetime, formataddr

from emulator.gmail import rfc822
from emulator.gmail.aliases import aliases_of
from emulator.gmail.errors import invalid
from emulator.gmail.model import Box
from emulator.kernel import ApiError, World

MOST_RECIPIENTS = 100
MOST_BYTES = 36_700_160


@dataclass(frozen=True)
class Outgoing:
    """A mail ready to go. `kept` is the sender's copy with Bcc, `sent` that of the recipients without."""

    kept: bytes
    sent: bytes
    recipients: tuple[str, ...]


def prepare(world: World, box: Box, raw: bytes) -> Outgoing:
    """Check and complete a mail.

    Raises 400 "Recipient address required", 400 for an address that is none or too many of them, 413 above 36,700,160 bytes.
    Behaviour `message_id`: `replaced` (as at Google, for mail sent through the API) or `kept`.
    """
    if len(raw) > MOST_BYTES:
        raise ApiError(413, "Request Entity Too Large", reason="uploadTooLarge", status="INVALID_ARGUMENT")
    fields, rest = rfc822.split(rfc822.crlf(raw))
    recipients = _recipients(rfc822.parse(rfc822.join(fields, rest)))
    if not _may_send_as(world, box, rfc822.parse(raw)):
        fields = [rfc822.field("From", own_address(world, box)), *rfc822.without(fields, "From")]
    names = {name.lower() for name, _ in fields}
    if "date" not in names:
        fields = [rfc822.field("Date", format_datetime(world.clock.now())), *fields]
    if world.behaviour.get("message_id", "replaced") != "kept" or "message-id" not in names:
        fresh = rfc822.field("Message-ID", f"<CA{secrets.token_urlsafe(36)}@mail.gmail.com>")
        fields = [*rfc822.without(fields, "Message-ID"), fresh]
    return Outgoing(rfc822.join(fields, rest), rfc822.join(rfc822.without(fields, "Bcc"), rest), recipients)


def _recipients(mail: rfc822.Mail) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for header in ("To", "Cc", "Bcc"):
        for _, address in mail.addresses(header):
            if address.count("@") != 1 or address.startswith("@") or address.endswith("@") or " " in address:
                raise invalid(f"Invalid {header} header")
            found[address] = None
    if not found:
        raise invalid("Recipient address required")
    if len(found) > MOST_RECIPIENTS:
        raise invalid(f"Too many recipients: {len(found)}; at most {MOST_RECIPIENTS} are allowed.")
    return tuple(found)


def _may_send_as(world: World, box: Box, mail: rfc822.Mail) -> bool:
    """Whether From is the account's own address or an accepted send-as address."""
    allowed = {box.address} | {alias.address for alias in aliases_of(world, box).values() if alias.accepted}
    senders = [address for _, address in mail.addresses("From")]
    return len(senders) == 1 and senders[0] in allowed


def own_address(world: World, box: Box) -> str:
    """The account's name and address for From, as ASCII."""
    name = world.directory.display_name(box.address)
    return formataddr((name if name != box.address else "", box.address))
