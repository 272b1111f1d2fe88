"""Threads: the messages of one conversation, read and labelled together."""

from __future__ import annotations

from emulator.gmail import pages
from emulator.gmail.account import checked_id, metadata_only, own_box
from emulator.gmail.errors import not_found
from emulator.gmail.labels import checked_change
from emulator.gmail.messages import remove, shown
from emulator.gmail.model import Box, Message
from emulator.gmail.render import snippet
from emulator.gmail.store import relabel, thread_messages
from emulator.kernel import Call, Json, handles


def _thread(call: Call, box: Box) -> list[Message]:
    found = thread_messages(call.world, box, checked_id(call.path["id"]))
    if not found:
        raise not_found()
    return found


@handles("gmail.users.threads.get")
def get(call: Call) -> Json:
    """A thread with its messages, oldest first."""
    found = _thread(call, own_box(call))
    return {
        "id": found[0].thread_id,
        "historyId": str(max(message.history_id for message in found)),
        "messages": [shown(call, message) for message in found],
    }


@handles("gmail.users.threads.list")
def list_threads(call: Call) -> Json:
    """Threads with a message that is asked for, by their latest such message."""
    latest: dict[str, Message] = {}
    for message in pages.selected(call, own_box(call)):
        latest.setdefault(message.thread_id, message)
    headers_only = metadata_only(call)

    def show(message: Message) -> Json:
        short = {"id": message.thread_id, "historyId": str(message.history_id)}
        return short if headers_only else short | {"snippet": snippet(message)}

    return pages.page(call, list(latest.values()), "threads", show)


def _relabel_all(call: Call, plus: list[str], minus: list[str]) -> Json:
    box = own_box(call)
    found = _thread(call, box)
    for message in found:
        relabel(call.world, box, message, plus, minus)
    return {"id": found[0].thread_id, "messages": [message.brief for message in found]}


@handles("gmail.users.threads.modify")
def modify(call: Call) -> Json:
    """Add and remove labels of every message."""
    return _relabel_all(call, *checked_change(own_box(call), call.body))


@handles("gmail.users.threads.trash")
def trash(call: Call) -> Json:
    """Move every message to the trash."""
    return _relabel_all(call, ["TRASH"], ["INBOX"])


@handles("gmail.users.threads.untrash")
def untrash(call: Call) -> Json:
    """Take every message out of the trash."""
    return _relabel_all(call, [], ["TRASH"])


@handles("gmail.users.threads.delete")
def delete(call: Call) -> None:
    """Delete every message for good."""
    box = own_box(call)
    for message in _thread(call, box):
        remove(call.world, box, message)
