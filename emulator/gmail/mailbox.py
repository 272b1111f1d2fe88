"""Mail on its way: from a sender into SENT and into every recipient's INBOX; and mailboxes as the desk reads them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime

from emulator.gmail import bounces, filters, forwarding, rfc822, vacation
from emulator.gmail.aliases import reader_of
from emulator.gmail.errors import not_found
from emulator.gmail.model import HIDDEN, Box, Message, boxes, messages
from emulator.gmail.sending import prepare
from emulator.gmail.store import add, box_for, keep, may_join, new_message, newest_first, relabel, thread_of_reply
from emulator.kernel import World


@dataclass(frozen=True)
class Letter:
    """A mail as the desk shows it. Addresses as they stand in the headers; `date` is UTC."""

    message_id: str
    thread_id: str
    subject: str
    sender: str
    to: str
    cc: str
    date: datetime
    text: str
    html: str
    attachments: tuple[rfc822.Attachment, ...]
    unread: bool
    labels: tuple[str, ...]


def deliver(world: World, raw: bytes, from_actor: str) -> Message:
    """Send a mail as a person does who writes it: into SENT of the sender and INBOX of every recipient.

    A person of the company, through aliases and groups with all nesting, gets one copy; an outside address gets a
    mailbox of its own. An address of the company's domain that does not exist sends a bounce back.
    """
    return send(world, box_for(world, from_actor), raw)


def send(
    world: World, box: Box, raw: bytes, thread_id: str | None = None, *, sure: bool = False, by_api: bool = False
) -> Message:
    """As `deliver`, in a thread that was asked for: it is joined only by a mail that refers to it under its subject.

    sure: the thread is that of the draft that is sent, and needs no such proof. by_api: no person wrote it on a page.
    """
    outgoing = prepare(world, box, raw, by_api=by_api)
    joined = thread_id if thread_id and (sure or may_join(world, box, outgoing.kept, thread_id)) else None
    people, unknown = _resolve(world, outgoing.recipients, box.address)
    labels = ["UNREAD", "SENT", "INBOX"] if box.address in people else ["SENT"]
    own = add(world, box, outgoing.kept, labels, thread_id=joined)
    for address in people:
        if address != box.address:
            receive(world, address, outgoing.sent, box.address)
    for address, why in unknown:
        receive(world, box.address, bounces.notice(world, outgoing.sent, box.address, address, why), "")
    return own


def receive(world: World, address: str, raw: bytes, return_path: str) -> Message:
    """Put a mail into the INBOX of one address; its filters, forwarding and vacation responder act on it."""
    box = box_for(world, address)
    now = format_datetime(world.clock.now())
    head = f"Delivered-To: {box.address}\r\nReceived: by mail.gmail.com; {now}\r\nReturn-Path: <{return_path}>\r\n"
    copy = head.encode("utf-8") + raw
    message = new_message(world, box, copy, ["UNREAD", "INBOX"], thread_id=thread_of_reply(world, box, copy))
    targets = filters.apply(reader_of(world, box), box, message) + forwarding.apply(box, message)
    keep(world, box, message)
    for target in dict.fromkeys(targets):
        _redirect(world, box, target, raw, return_path)
    _answer(world, box, message, return_path)
    return message


def _redirect(world: World, box: Box, target: str, raw: bytes, return_path: str) -> None:
    """Pass a mail on as it came. What passed through the target before goes no second time."""
    forwarded = forwarding.redirected(raw, box.address, target)
    if forwarded is not None:
        for address in _resolve(world, (target,), box.address)[0]:
            receive(world, address, forwarded, return_path)


def _answer(world: World, box: Box, message: Message, return_path: str) -> None:
    reply = vacation.reply_to(world, box, message, return_path) if return_path else None
    if reply is not None:
        receive(world, return_path, reply, "")


def _resolve(world: World, recipients: tuple[str, ...], sender: str) -> tuple[list[str], list[tuple[str, bounces.Failure]]]:
    """Who gets a copy, each once, and which addresses fail with which reason. A group sends its writer no copy."""
    people: dict[str, None] = {}
    failed: list[tuple[str, bounces.Failure]] = []
    for written in recipients:
        address = world.directory.mailbox(written)
        if world.directory.is_group(address):
            people |= dict.fromkeys(one for one in sorted(world.directory.members_of(address)) if one != sender)
        elif (reason := bounces.reason_for(world, address)) is not None:
            failed.append((written, reason))
        else:
            people[address] = None
    return [one for one in people if bounces.reason_for(world, one) is None], failed


def inbox(world: World, address: str) -> list[Letter]:
    """The INBOX of an address, the latest first; empty when nobody wrote to it."""
    return letters(world, address, "INBOX")


def letters(world: World, address: str, label: str | None = None) -> list[Letter]:
    """The mails of an address that bear a label (all but trash and spam when none is given), the latest first."""
    key = world.directory.canonical(address)
    if key not in boxes(world):
        return []
    found = newest_first(world, boxes(world)[key])
    if label is None:
        return [letter(message) for message in found if not HIDDEN & set(message.labels)]
    return [letter(message) for message in found if label in message.labels]


def read(world: World, address: str, message_id: str, *, mark: bool = True) -> Letter:
    """Open one mail; it is no longer unread then, unless `mark` is false. 404 when it is not in that mailbox."""
    if mark:
        mark_read(world, address, message_id)
    return letter(_message(world, address, message_id))


def mark_read(world: World, address: str, message_id: str, *, unread: bool = False) -> None:
    """Mark a mail as read, or as unread again. 404 when it is not in that mailbox."""
    message = _message(world, address, message_id)
    relabel(world, box_for(world, address), message, ["UNREAD"] if unread else [], [] if unread else ["UNREAD"])


def unread_count(world: World, address: str) -> int:
    """How many mails wait in the INBOX of an address."""
    box = boxes(world).get(world.directory.canonical(address))
    if box is None:
        return 0
    return sum({"INBOX", "UNREAD"} <= set(message.labels) for message in messages(world, box).values())


def _message(world: World, address: str, message_id: str) -> Message:
    box = boxes(world).get(world.directory.canonical(address))
    message = None if box is None else messages(world, box).get(message_id)
    if message is None:
        raise not_found()
    return message


def letter(message: Message) -> Letter:
    """A message in the form to read."""
    mail = rfc822.parse(message.raw)
    return Letter(
        message_id=message.id,
        thread_id=message.thread_id,
        subject=mail.header("Subject"),
        sender=mail.header("From"),
        to=mail.header("To"),
        cc=mail.header("Cc"),
        date=datetime.fromtimestamp(message.internal_date_ms / 1000, UTC),
        text=mail.text,
        html=mail.html,
        attachments=mail.attachments,
        unread="UNREAD" in message.labels,
        labels=tuple(message.labels),
    )
