"""What a signed page stores, and what has become of it since: waiting in the inbox, done, or refused with a reason."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from expediente import codec
from expediente.errors import ConflictError, ExpedienteError
from expediente.ids import person_ref
from expediente.model import Dossier, Event, Fact
from expediente.store import Create

if TYPE_CHECKING:
    from expediente.bootstrap import App

_log = logging.getLogger(__name__)

SLOW_AFTER = timedelta(seconds=60)
MAX_EVENTS = 100


class Became(StrEnum):
    """What has become of a signature. SLOW: it waits longer than usual; FAILED: it could not be read and was set aside."""

    NOTHING = "nothing"
    WAITING = "waiting"
    SLOW = "slow"
    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True)
class Outcome:
    """What a person is told after signing. mine: the waiting signature is this person's; reason: of a refusal, from its event."""

    became: Became
    mine: bool = True
    reason: str = ""


@dataclass(frozen=True)
class FactKind:
    """A kind of fact that a page makes, and the audit events that tell what the fold did with it."""

    kind: str
    done_event: str
    refused_event: str


def store_once(app: App, kind: FactKind, dossier_id: str, address: str, payload: Mapping[str, object], content_hash: str) -> None:
    """Store what a person has signed and wake the dossier; the same person, content and decision again is the same fact.

    That Pub/Sub cannot be reached is no failure: what waits in the inbox is found by the clock.
    """
    said = json.dumps([dossier_id, address, content_hash, payload], sort_keys=True)
    event_id = f"page-{kind.kind}-{person_ref(address)}-{hashlib.sha256(said.encode()).hexdigest()[:32]}"
    keep(app, Fact(event_id, dossier_id, kind.kind, app.clock.now(), address, dict(payload)))


def keep(app: App, fact: Fact) -> None:
    """Put a fact into the inbox unless it is there, and wake its dossier."""
    try:
        app.store.commit([Create("inbox", fact.event_id, codec.to_data(fact))])
        app.metrics.commits += 1
    except ConflictError:
        _log.info("sent twice, stored once", extra={"dossier": fact.dossier_id, "fact": fact.event_id})
    wake(app, fact)


def wake(app: App, fact: Fact) -> None:
    """Have the dossier of a stored fact looked at; a message that cannot be sent is made up for by the clock."""
    try:
        app.publish_work(fact.dossier_id)
    except ExpedienteError:
        _log.warning("work was not published; the clock will", extra={"dossier": fact.dossier_id, "fact": fact.event_id})


def of_kind(app: App, dossier_id: str, *kinds: str) -> list[Fact]:
    """The facts of these kinds that the dossier has not taken in yet.

    Read it before the dossier: read after it, a fact that is folded in between would be seen nowhere.
    """
    reads = app.store.query("inbox_of_dossier", equals=dossier_id)
    return [codec.from_data(Fact, read.data) for read in reads if read.data["kind"] in kinds]


def waiting(app: App, kind: FactKind, dossier_id: str, subject: str) -> list[Fact]:
    """The facts of that kind and subject (area, '' = the dossier) that the dossier has not taken in yet; as `of_kind`."""
    return [
        fact for fact in of_kind(app, dossier_id, kind.kind) if fact.payload.get("about", fact.payload.get("area", "")) == subject
    ]


def outcome(app: App, kind: FactKind, dossier: Dossier, address: str, subject: str, facts: list[Fact], since: str) -> Outcome:
    """What has become of the last signature. facts: of `waiting`; since: number of the dossier's events when it was signed."""
    if facts:
        slow = app.clock.now() - facts[0].at > SLOW_AFTER
        return Outcome(Became.SLOW if slow else Became.WAITING, any(fact.actor == address for fact in facts))
    for event in reversed(_events_since(app, dossier, since)):
        found = _told_by(event, kind, person_ref(address), subject)
        if found is not None:
            return found
    return Outcome(Became.NOTHING)


def _events_since(app: App, dossier: Dossier, since: str) -> list[Event]:
    if not since.isascii() or not since.isdigit() or len(since) > 9:
        return []
    first = max(int(since), dossier.event_count - MAX_EVENTS) + 1
    keys = [("event", f"{dossier.dossier_id}/{seq:06d}") for seq in range(first, dossier.event_count + 1)]
    return [codec.from_data(Event, read.data) for read in app.store.get_many(keys) if read is not None]


def _told_by(event: Event, kind: FactKind, person: str, subject: str) -> Outcome | None:
    if event.kind == "fact_set_aside" and event.data.get("event", "").startswith(f"page-{kind.kind}-{person}-"):
        return Outcome(Became.FAILED)
    about = event.data.get("about") or event.data.get("area", event.data.get("mark", "").split("/")[0])
    if event.actor != person or about != subject:
        return None
    if event.kind == kind.refused_event:
        return Outcome(Became.REFUSED, reason=event.data.get("reason", ""))
    return Outcome(Became.DONE) if event.kind == kind.done_event else None
