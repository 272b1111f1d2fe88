"""Drafts. Sending one deletes it and makes a new message, so that `drafts.get` tells whether it was sent."""

from __future__ import annotations

from emulator.gmail import mailbox, pages, rfc822
from emulator.gmail.account import own_box, raw_of
from emulator.gmail.errors import invalid, not_found
from emulator.gmail.messages import existing_thread, message_of, shown
from emulator.gmail.model import Box, Message, boxes, new_draft_id
from emulator.gmail.sending import check_size, complete
from emulator.gmail.store import add, erase, may_join
from emulator.kernel import Call, Json, handles


@handles("gmail.users.drafts.create")
def create(call: Call) -> Json:
    """A new draft; nothing is checked but that it is a mail."""
    box = own_box(call)
    message = _written(call, box)
    draft_id = new_draft_id()
    box.drafts[draft_id] = message.id
    boxes(call.world)[box.address] = box
    return {"id": draft_id, "message": message.brief}


def _written(call: Call, box: Box, old: Message | None = None) -> Message:
    body = call.body.get("message", {})
    if call.media is None and not body:
        raise invalid("Missing draft message")
    raw = rfc822.crlf(raw_of(call, body))
    check_size(raw)
    thread_id = existing_thread(call.world, box, body)
    if thread_id is not None and not may_join(call.world, box, raw, thread_id):
        thread_id = None
    if old is not None and "threadId" not in body:
        thread_id = old.thread_id
    return add(call.world, box, complete(call.world, box, raw, by_api=True), ["DRAFT"], thread_id=thread_id)


def _message_of_draft(call: Call, box: Box, draft_id: str) -> Message:
    if draft_id not in box.drafts:
        raise not_found()
    return message_of(call.world, box, box.drafts[draft_id])


@handles("gmail.users.drafts.get")
def get(call: Call) -> Json:
    """One draft; 404 once it was sent or deleted."""
    message = _message_of_draft(call, own_box(call), call.path["id"])
    return {"id": call.path["id"], "message": shown(call, message)}


@handles("gmail.users.drafts.list")
def list_drafts(call: Call) -> Json:
    """Ids of drafts, newest first."""
    box = own_box(call)
    draft_of = {message_id: draft_id for draft_id, message_id in box.drafts.items()}
    found = [message for message in pages.selected(call, box, drafts=True) if message.id in draft_of]
    return pages.page(call, found, "drafts", lambda message: {"id": draft_of[message.id], "message": message.short})


@handles("gmail.users.drafts.update")
def update(call: Call) -> Json:
    """Replace a draft's content; the draft keeps its id and its thread, its message gets a new id."""
    box = own_box(call)
    old = _message_of_draft(call, box, call.path["id"])
    message = _written(call, box, old)
    box.drafts[call.path["id"]] = message.id
    boxes(call.world)[box.address] = box
    erase(call.world, box, old)
    return {"id": call.path["id"], "message": message.brief}


@handles("gmail.users.drafts.delete")
def delete(call: Call) -> None:
    """Delete a draft for good."""
    box = own_box(call)
    message = _message_of_draft(call, box, call.path["id"])
    _drop(call, box, call.path["id"], message)


def _drop(call: Call, box: Box, draft_id: str, message: Message) -> None:
    del box.drafts[draft_id]
    boxes(call.world)[box.address] = box
    erase(call.world, box, message)


@handles("gmail.users.drafts.send")
def send(call: Call) -> Json:
    """Send a draft as it is, or with the content that came along. A draft that cannot be sent stays."""
    box = own_box(call)
    draft_id = call.body.get("id", "")
    if not draft_id:
        # Google also sends a "draft" that never was one, if its content comes along.
        return mailbox.send(call.world, box, raw_of(call, call.body.get("message", {})), by_api=True).brief
    draft = _message_of_draft(call, box, draft_id)
    body = call.body.get("message", {})
    raw = raw_of(call, body) if call.media is not None or body.get("raw") else draft.raw
    thread_id = existing_thread(call.world, box, body)
    sent = mailbox.send(call.world, box, raw, thread_id or draft.thread_id, sure=thread_id is None, by_api=True)
    _drop(call, box, draft_id, draft)
    return sent.brief
