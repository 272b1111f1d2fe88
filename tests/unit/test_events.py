"""The audit chain notices every change."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from expediente.codec import from_data, to_data
from expediente.events import FIRST, next_event, verify
from expediente.model import Event

START = datetime(2026, 3, 10, 17, 0, tzinfo=UTC)


def chain(length: int = 12) -> list[Event]:
    """A chain of that many events."""
    events: list[Event] = []
    for seq in range(1, length + 1):
        previous = events[-1].hash if events else FIRST
        at = START + timedelta(minutes=seq, microseconds=seq)
        events.append(next_event("EXP-1", seq, previous, at, f"persona{seq}@example.com", "step_done", {"step": f"paso-{seq}"}))
    return events


def one_byte(text: str, where: random.Random) -> str:
    """The text with one character another one."""
    if not text:
        return "x"
    position = where.randrange(len(text))
    return text[:position] + chr(ord(text[position]) ^ 1) + text[position + 1 :]


CHANGES: dict[str, Callable[[Event, random.Random], Event]] = {
    "dossier_id": lambda event, where: replace(event, dossier_id=one_byte(event.dossier_id, where)),
    "seq": lambda event, where: replace(event, seq=event.seq + 1),
    "at": lambda event, where: replace(event, at=event.at + timedelta(microseconds=1)),
    "actor": lambda event, where: replace(event, actor=one_byte(event.actor, where)),
    "kind": lambda event, where: replace(event, kind=one_byte(event.kind, where)),
    "data value": lambda event, where: replace(event, data={"step": one_byte(event.data["step"], where)}),
    "data key": lambda event, where: replace(event, data={"stap": event.data["step"]}),
    "data added": lambda event, where: replace(event, data={**event.data, "": ""}),
    "previous": lambda event, where: replace(event, previous=one_byte(event.previous, where)),
    "hash": lambda event, where: replace(event, hash=one_byte(event.hash, where)),
    "schema": lambda event, where: replace(event, schema=2),
}


def test_intact_chain_has_no_faults() -> None:
    """Also after a way through the store, and for a dossier without events."""
    events = chain()
    assert verify(events, events[-1].hash) == verify([]) == verify([], FIRST) == []
    assert verify([from_data(Event, to_data(event)) for event in events]) == []


@pytest.mark.parametrize("what", CHANGES)
@pytest.mark.parametrize("position", [0, 5, 11])
def test_one_changed_byte_is_noticed(what: str, position: int) -> None:
    """In any field of any event, and the fault stands at that event."""
    events = chain()
    events[position] = CHANGES[what](events[position], random.Random(position))
    faults = verify(events)
    assert position in {fault.position for fault in faults} or what == "dossier_id"
    assert faults


@pytest.mark.parametrize("position", range(11))
def test_deleted_event_is_noticed(position: int) -> None:
    """Wherever it stood but at the end, which the head tells."""
    events = chain()
    del events[position]
    assert verify(events)


def test_cut_tail_is_noticed_by_the_head() -> None:
    """A shorter chain is a sound chain; only the dossier knows that it went on."""
    events = chain()
    assert verify(events[:-1]) == []
    assert [fault.position for fault in verify(events[:-1], events[-1].hash)] == [11]
    assert verify([], events[-1].hash)


@pytest.mark.parametrize("position", range(13))
def test_inserted_event_is_noticed(position: int) -> None:
    """Even one that continues the chain properly where it was put in, and a copy of another."""
    events = chain()
    previous = events[position - 1].hash if position else FIRST
    forged = next_event("EXP-1", position + 1, previous, START, "nadie", "step_done", {})
    assert verify([*events[:position], forged, *events[position:]], events[-1].hash)
    assert verify([*events[:position], events[3], *events[position:]], events[-1].hash)


@pytest.mark.parametrize(("one", "other"), [(0, 1), (4, 9), (10, 11), (0, 11)])
def test_swapped_events_are_noticed(one: int, other: int) -> None:
    """The order is part of what the chain proves."""
    events = chain()
    events[one], events[other] = events[other], events[one]
    assert verify(events)


def test_event_of_another_dossier_is_noticed() -> None:
    """Chains do not mix."""
    events = chain()
    events[4] = next_event("EXP-2", 5, events[3].hash, START, "nadie", "step_done", {})
    assert "belongs to EXP-2" in str(verify(events)[0])


def test_seq_and_predecessor_belong_together() -> None:
    """Only the first event has none before it."""
    for seq, previous in ((1, "a" * 64), (2, FIRST), (0, FIRST)):
        with pytest.raises(ValueError, match="cannot follow"):
            next_event("EXP-1", seq, previous, START, "", "opened", {})


def test_hash_of_schema_1_never_changes() -> None:
    """Chains that were written years ago must verify: this very value was computed by the first version."""
    event = next_event("EXP-1", 1, FIRST, START, "á@example.com", "opened", {"b": "2", "a": "ñ"})
    assert event.hash == "0ffc267a72588b738394c019258ec5b57f5b3863d6e3a8f91d3362b8909d6418"
