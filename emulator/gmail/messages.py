"""Gmail's messages: send, read, search, label, throw away."""

from __future__ import annotations

from datetime import datetime
from email.utils import parsedate_to_datetime

from emulator.gmail import mailbox, pages, rfc822
from emulator.gmail.account import checked_id, metadata_only, own_box, raw_of
from emulator.gmail.errors import forbidden, invalid, not_found
from emulator.gmail.labels import checked_change, known_label
from emulator.gmail.model import Box, Message, boxes, messages
from emulator.gmail.render import attachment_json, message_json, without_words
from emulator.gmail.store import add, erase, may_join, relabel, thread_of_reply
from emulator.kernel import Call, Json, World, handles


def message_of(world: World, box: Box, message_id: str) -> Message:
    """A message of the mailbox; 404 when it is not there, 400 for what is no id."""
    message = messages(world, box).get(checked_id(message_id))
    if message is None:
        raise not_found()
    return message


def existing_thread(world: World, box: Box, body: Json) -> str | None:
    """The thread that a message to be sent names; 404 when the mailbox has none of that id, 400 for what is no id."""
    thread_id: str = body.get("threadId", "")
    if not thread_id:
        return None
    thread_id = checked_id(thread_id, "Invalid thread_id value")
    if not any(message.thread_id == thread_id for message in messages(world, box).values()):
        raise not_found()
    return thread_id


def asked_format(call: Call) -> str:
    """The format of a read; 403 for bodies under the metadata scope."""
    form: str = call.query.get("format", "full")
    if metadata_only(call) and form in ("full", "raw"):
        raise forbidden(f"Metadata scope doesn't allow format {form.upper()}")
    return form


@handles("gmail.users.messages.send")
def send(call: Call) -> Json:
    """Send a mail."""
    box = own_box(call)
    raw = raw_of(call, call.body)
    return mailbox.send(call.world, box, raw, existing_thread(call.world, box, call.body), by_api=True).brief


@handles("gmail.users.messages.get")
def get(call: Call) -> Json:
    """One message."""
    message = message_of(call.world, own_box(call), call.path["id"])
    return shown(call, message)


def shown(call: Call, message: Message) -> Json:
    """A message in the format that was asked for; under the metadata scope it has no snippet."""
    body = message_json(message, asked_format(call), call.query.get("metadataHeaders"))
    return without_words(body) if metadata_only(call) else body


@handles("gmail.users.messages.list")
def list_messages(call: Call) -> Json:
    """Ids of messages, newest first."""
    return pages.page(call, pages.selected(call, own_box(call)), "messages", lambda message: message.short)


@handles("gmail.users.messages.insert", "gmail.users.messages.import")
def put_in(call: Call) -> Json:
    """Put a mail into the own mailbox without sending it. What is inserted under the own name counts as sent."""
    box = own_box(call)
    inserted = call.method.endswith("insert")
    raw = rfc822.crlf(raw_of(call, call.body))
    label_ids = [known_label(box, label_id) for label_id in call.body.get("labelIds", [])]
    if inserted and "SENT" not in label_ids and _is_from(box, raw):
        label_ids = [*label_ids, "SENT"]
    thread_id = existing_thread(call.world, box, call.body)
    if thread_id is not None and not may_join(call.world, box, raw, thread_id):
        thread_id = None
    by_header = call.query.get("internalDateSource", "receivedTime" if inserted else "dateHeader") == "dateHeader"
    sent = _date_of(raw) if by_header else None
    date_ms = None if sent is None else int(sent.timestamp() * 1000)
    thread_id = thread_id or thread_of_reply(call.world, box, raw)
    message = add(call.world, box, raw, label_ids, thread_id=thread_id, date_ms=date_ms)
    if call.query.get("deleted", False):
        # Kept for Vault alone: no call of this API sees it again.
        erase(call.world, box, message)
    return message.brief


def _is_from(box: Box, raw: bytes) -> bool:
    return any(address == box.address for _, address in rfc822.parse(raw).addresses("From"))


def _date_of(raw: bytes) -> datetime | None:
    try:
        return parsedate_to_datetime(rfc822.parse(raw).header("Date"))
    except (TypeError, ValueError):
        return None


@handles("gmail.users.messages.modify")
def modify(call: Call) -> Json:
    """Add and remove labels of one message."""
    box = own_box(call)
    message = message_of(call.world, box, call.path["id"])
    relabel(call.world, box, message, *checked_change(box, call.body))
    return message.brief


@handles("gmail.users.messages.batchModify")
def batch_modify(call: Call) -> None:
    """Add and remove labels of up to 1,000 messages; ids that are not there are passed over."""
    box = own_box(call)
    plus, minus = checked_change(box, call.body)
    for message in _batch(call, box):
        relabel(call.world, box, message, plus, minus)


@handles("gmail.users.messages.batchDelete")
def batch_delete(call: Call) -> None:
    """Delete up to 1,000 messages for good; ids that are not there are passed over."""
    box = own_box(call)
    for message in _batch(call, box):
        remove(call.world, box, message)


def _batch(call: Call, box: Box) -> list[Message]:
    ids = call.body.get("ids", [])
    if not ids:
        raise invalid("No message ids specified")
    if len(ids) > 1000:
        raise invalid("Too many message ids; at most 1000 are allowed")
    rows = messages(call.world, box)
    return [rows[message_id] for message_id in dict.fromkeys(ids) if message_id in rows]


@handles("gmail.users.messages.trash")
def trash(call: Call) -> Json:
    """Move a message to the trash."""
    box = own_box(call)
    message = message_of(call.world, box, call.path["id"])
    relabel(call.world, box, message, ["TRASH"], ["INBOX"])
    return message.brief


@handles("gmail.users.messages.untrash")
def untrash(call: Call) -> Json:
    """Take a message out of the trash."""
    box = own_box(call)
    message = message_of(call.world, box, call.path["id"])
    relabel(call.world, box, message, [], ["TRASH"])
    return message.brief


@handles("gmail.users.messages.delete")
def delete(call: Call) -> None:
    """Delete a message for good, without trash."""
    box = own_box(call)
    remove(call.world, box, message_of(call.world, box, call.path["id"]))


def remove(world: World, box: Box, message: Message) -> None:
    """Delete a message, and the draft that it is."""
    box.drafts = {draft_id: message_id for draft_id, message_id in box.drafts.items() if message_id != message.id}
    boxes(world)[box.address] = box
    erase(world, box, message)


@handles("gmail.users.messages.attachments.get")
def get_attachment(call: Call) -> Json:
    """The bytes of one attachment. What is no message is answered as what is no attachment."""
    message = messages(call.world, own_box(call)).get(call.path["messageId"].lower().lstrip("0"))
    if message is None:
        raise invalid("Invalid attachment token")
    return attachment_json(message, call.path["id"])
