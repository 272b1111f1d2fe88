"""Putting mail into a mailbox, labelling it and taking it out; every change goes into the history and wakes the watch."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from emulator.gmail import rfc822
from emulator.gmail.model import Box, Change, Message, boxes, changes, messages, new_message_id
from emulator.kernel import World


@dataclass
class _Threads:
    """Which thread a Message-ID belongs to, by (Message-ID, subject). Derived from the messages, never saved."""

    rows: dict[str, Message]
    size: int = 0
    known: dict[tuple[str, str], str] = field(default_factory=dict)


_THREADS: WeakKeyDictionary[World, dict[str, _Threads]] = WeakKeyDictionary()


def box_for(world: World, address: str) -> Box:
    """The mailbox of an address; a new one, kept with its first change, where there is none."""
    key = world.directory.canonical(address)
    return boxes(world).get(key) or Box(key)


def save(world: World, box: Box) -> None:
    """Keep a box that was changed in place."""
    boxes(world)[box.address] = box


def _record(world: World, box: Box, kind: str, message: Message, changed: tuple[str, ...] = ()) -> None:
    box.history_id += 1
    message.history_id = box.history_id
    line = Change(box.history_id, kind, message.id, message.thread_id, tuple(message.labels), world.clock.now(), changed)
    changes(world, box)[f"{box.history_id:020d}"] = line
    boxes(world)[box.address] = box
    _tell(world, box, message)


def _tell(world: World, box: Box, message: Message) -> None:
    watch = box.watch
    if watch is None or watch.expires <= world.clock.now():
        return
    hit = bool(set(watch.label_ids) & set(message.labels))
    if watch.label_ids and hit == watch.exclude:
        return
    announce(world, box, watch.topic)


def announce(world: World, box: Box, topic: str) -> None:
    """Tell a topic where the mailbox's history stands."""
    text = json.dumps({"emailAddress": box.address, "historyId": box.history_id})
    world.publish(topic, {"data": base64.b64encode(text.encode()).decode()})


def add(
    world: World, box: Box, raw: bytes, labels: list[str], *, thread_id: str | None = None, date_ms: int | None = None
) -> Message:
    """A new message in the box. Without a thread it begins its own."""
    message = new_message(world, box, raw, labels, thread_id=thread_id, date_ms=date_ms)
    keep(world, box, message)
    return message


def new_message(
    world: World, box: Box, raw: bytes, labels: list[str], *, thread_id: str | None = None, date_ms: int | None = None
) -> Message:
    """A message that is not in the box yet: filters look at it first. Gmail keeps its date in whole seconds."""
    now = world.clock.now()
    rows = messages(world, box)
    new_id = new_message_id(now)
    while new_id in rows:
        new_id = new_message_id(now)
    return Message(
        id=new_id,
        thread_id=thread_id or new_id,
        labels=labels,
        raw=raw,
        internal_date_ms=int(now.timestamp()) * 1000 if date_ms is None else date_ms,
        history_id=0,
        references=references_of(raw),
        subject_key=rfc822.subject_key(rfc822.parse(raw).header("Subject")),
    )


def keep(world: World, box: Box, message: Message) -> None:
    """Put a new message into the box."""
    index = _threads(world, box)
    _record(world, box, "messagesAdded", message)
    messages(world, box)[message.id] = message
    _enter(index, message)


def references_of(raw: bytes) -> frozenset[str]:
    """Every Message-ID that the mail bears or names."""
    mail = rfc822.parse(raw)
    names = ("Message-ID", "In-Reply-To", "References")
    return frozenset(found for name in names for found in rfc822.message_ids(mail.header(name)))


def relabel(world: World, box: Box, message: Message, plus: list[str], minus: list[str]) -> None:
    """Add and remove labels; what is there already, or not there, stays."""
    gone = [label for label in minus if label in message.labels]
    if gone:
        message.labels = [label for label in message.labels if label not in gone]
        _record(world, box, "labelsRemoved", message, tuple(gone))
    new = [label for label in dict.fromkeys(plus) if label not in message.labels]
    if new:
        message.labels = message.labels + new
        _record(world, box, "labelsAdded", message, tuple(new))
    messages(world, box)[message.id] = message


def erase(world: World, box: Box, message: Message) -> None:
    """Delete a message for good."""
    del messages(world, box)[message.id]
    _THREADS.get(world, {}).pop(box.address, None)
    _record(world, box, "messagesDeleted", message)


def newest_first(world: World, box: Box) -> list[Message]:
    """All messages of a box, the latest first."""
    return sorted(messages(world, box).values(), key=lambda message: (message.internal_date_ms, message.id), reverse=True)


def thread_messages(world: World, box: Box, thread_id: str) -> list[Message]:
    """The messages of a thread, oldest first; empty when there is no such thread."""
    return [message for message in reversed(newest_first(world, box)) if message.thread_id == thread_id]


def forget(world: World) -> None:
    """Drop what was derived from the messages, after they were exchanged behind this module's back."""
    _THREADS.pop(world, None)


def _enter(index: _Threads, message: Message) -> None:
    index.size += 1
    if "DRAFT" not in message.labels:
        for reference in message.references:
            index.known[reference, message.subject_key] = message.thread_id


def _threads(world: World, box: Box) -> _Threads:
    rows, shelf = messages(world, box), _THREADS.setdefault(world, {})
    index = shelf.get(box.address)
    if index is None or index.rows is not rows.rows or index.size != len(rows):
        index = shelf[box.address] = _Threads(rows.rows)
        for message in rows.values():
            _enter(index, message)
    return index


def thread_of_reply(world: World, box: Box, raw: bytes) -> str | None:
    """The thread that an incoming mail continues: it shares a reference and the subject with a message there."""
    index = _threads(world, box)
    key = rfc822.subject_key(rfc822.parse(raw).header("Subject"))
    found = (index.known.get((reference, key)) for reference in references_of(raw))
    return next((thread_id for thread_id in found if thread_id), None)


def may_join(world: World, box: Box, raw: bytes, thread_id: str) -> bool:
    """Whether a mail that names a thread fulfils the rest: it refers to one of its messages, under the same subject."""
    key = rfc822.subject_key(rfc822.parse(raw).header("Subject"))
    named = references_of(raw)
    there = thread_messages(world, box, thread_id)
    return any(message.subject_key == key and message.references & named for message in there)
