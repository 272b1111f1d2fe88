"""The audit chain of a dossier: each event carries the hash of the one before it, so that nothing can be altered unseen.

What is hashed is fixed by `_canonical` and may never change for a schema that has been used: fields that `Event` gains later
belong to a new schema. The end of a chain can be cut off without breaking it: compare with the dossier's `chain_head`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from expediente.codec import stamp
from expediente.model import Event

__all__ = ["FIRST", "ChainFault", "next_event", "verify"]

FIRST = ""
"""What the first event of a dossier names as its predecessor."""


@dataclass(frozen=True)
class ChainFault:
    """Something wrong in a chain. position: index in the sequence that was verified; seq: what the event says of itself."""

    position: int
    seq: int
    fault: str

    def __str__(self) -> str:
        return f"event {self.seq} (position {self.position}): {self.fault}"


def next_event(dossier_id: str, seq: int, previous: str, at: datetime, actor: str, kind: str, data: Mapping[str, str]) -> Event:
    """The event that continues a chain.

    :param seq: 1 for the first event of the dossier, then one more each time.
    :param previous: hash of the event before, `FIRST` for the first.
    :param data: ids, keys and hashes; never personal data.
    :raises ValueError: seq and previous cannot belong together, or `at` bears no zone.
    """
    if seq < 1 or (seq == 1) != (previous == FIRST):
        raise ValueError(f"event {seq} of {dossier_id} cannot follow {previous!r}; read chain_head and event_count together")
    unsealed = Event(dossier_id, seq, at, actor, kind, dict(data), previous, hash="")
    return Event(dossier_id, seq, at, actor, kind, dict(data), previous, hash=_hash_of(unsealed))


def verify(events: Sequence[Event], head: str | None = None) -> list[ChainFault]:
    """Everything that is wrong with one dossier's whole chain, in the order given; an empty list = intact.

    :param head: the dossier's `chain_head`; without it a tail that was cut off cannot be noticed.
    """
    faults: list[ChainFault] = []
    previous = FIRST
    for position, event in enumerate(events):
        found = _faults_of(event, position, previous, events[0].dossier_id)
        faults += [ChainFault(position, event.seq, fault) for fault in found]
        previous = event.hash
    if head is not None and previous != head:
        last = events[-1].seq if events else 0
        faults.append(ChainFault(len(events), last, "the chain does not end at the head that the dossier records"))
    return faults


def _faults_of(event: Event, position: int, previous: str, dossier_id: str) -> list[str]:
    found = []
    if event.dossier_id != dossier_id:
        found.append(f"belongs to {event.dossier_id}, not to {dossier_id}")
    if event.seq != position + 1:
        found.append(f"stands where {position + 1} belongs")
    if event.previous != previous:
        found.append("does not name the hash of the event before it")
    if event.hash != _hash_of(event):
        found.append("its content does not give its hash")
    return found


def _hash_of(event: Event) -> str:
    return hashlib.sha256(_canonical(event)).hexdigest()


def _canonical(event: Event) -> bytes:
    """Canonical JSON: sorted keys, no spaces, ASCII. All fields of schema 1 except `hash`."""
    content = {
        "dossier_id": event.dossier_id,
        "seq": event.seq,
        "at": stamp(event.at),
        "actor": event.actor,
        "kind": event.kind,
        "data": event.data,
        "previous": event.previous,
        "schema": event.schema,
    }
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False).encode("ascii")
