"""The heads of the chains, anchored once a night in the archive bucket, where nothing is overwritten and nothing deleted.

An anchor names the dossiers, and the workbook Ajustes, that have changed since the one before it, and the hash of that one: so the newest covers them all,
and a night costs what has changed. It is first recorded in the store, then put: a repeat puts the very same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from expediente import adjustments, codec, events, evidence
from expediente.deadlines import local_day
from expediente.errors import ConflictError, GoogleError
from expediente.evidence_verifier import canonical, sha256
from expediente.model import Dossier, Event
from expediente.store import Create, Update, Write

if TYPE_CHECKING:
    from expediente.bootstrap import App

# A record of the store has a limit; what is left over is anchored by the next night.
MOST_HEADS = 5_000
# A change this young may still be followed by another of the same instant.
_SETTLED = timedelta(seconds=1)

Json = dict[str, Any]


@dataclass(frozen=True)
class Anchors:
    """The anchors as the bucket holds them, newest first, and what is wrong with their own chain. Spanish sentences."""

    found: tuple[Json, ...]
    faults: tuple[str, ...]

    def of(self, dossier_id: str) -> list[Json]:
        """What was anchored of a dossier, oldest first: day, object, events, head."""
        return [
            {"day": one["day"], "object": object_name(one["day"]), **one["heads"][dossier_id]}
            for one in reversed(self.found)
            if dossier_id in one["heads"]
        ]


def object_name(day: str) -> str:
    """The object of a day's anchor in the archive bucket."""
    return f"anclas/{day}.json"


def anchor(app: App) -> int:
    """Anchor what has changed since the last time; gives how many heads are new. Once a day, however often it is called."""
    cursor = app.store.get("cursor", "anchors")
    known: Json = cursor.data if cursor else {"since": "", "day": "", "sha256": "", "waiting": []}
    day = local_day(app.process, app.clock.now()).isoformat()
    count = 0
    if day > known["day"]:
        text, since, count = _content(app, known, day)
        waiting = [*known["waiting"], day] if app.settings.archive_bucket else []
        book = json.loads(text)["heads"].get(adjustments.CHAIN) or known.get(adjustments.CHAIN)
        digest = sha256(text.encode())
        known = {"since": since, "day": day, "sha256": digest, "waiting": waiting, adjustments.CHAIN: book}
        move: Write = Update("cursor", "anchors", known, cursor.version) if cursor else Create("cursor", "anchors", known)
        try:
            (version, _) = app.store.commit([move, Create("anchor", day, {"text": text})])
        except ConflictError:
            return 0
    else:
        version = cursor.version if cursor else ""
    _put_waiting(app, known, version)
    return count


def _content(app: App, known: Json, day: str) -> tuple[str, str, int]:
    """The anchor of a day, up to which change it reaches, and how many heads it has."""
    since, heads = known["since"] or None, dict[str, Json]()
    until = app.clock.now() - _SETTLED
    while len(heads) < MOST_HEADS:
        page = app.store.query("changed_dossiers", since=since, until=until, limit=500)
        for read in page:
            dossier = codec.from_data(Dossier, read.data)
            heads[dossier.dossier_id] = {"events": dossier.event_count, "head": dossier.chain_head}
            since = read.data["changed_at"]
        if len(page) < 500:
            break
    book = _of_adjustments(app)
    if book and book != known.get(adjustments.CHAIN):
        heads[adjustments.CHAIN] = book
    previous = {"day": known["day"], "sha256": known["sha256"]} if known["day"] else None
    said = {"format": 1, "day": day, "previous": previous, "heads": heads, "root": sha256(canonical(heads))}
    return json.dumps(said, sort_keys=True, indent=1), since or "", len(heads)


def _of_adjustments(app: App) -> Json:
    """The end of the chain of the workbook Ajustes; {} while nothing has been changed there."""
    read = app.store.get(adjustments.KIND, adjustments.MAIN)
    return {"events": read.data["event_count"], "head": read.data["chain_head"]} if read else {}


def _put_waiting(app: App, known: Json, version: str) -> None:
    """Put what is recorded and not yet in the bucket: also that of a night whose process died in between."""
    if not known["waiting"]:
        return
    for day in known["waiting"]:
        read = app.store.get("anchor", day)
        if read is not None:
            data = read.data["text"].encode()
            app.google.storage.put_once(app.settings.archive_bucket, object_name(day), data, "application/json")
    try:
        app.store.commit([Update("cursor", "anchors", {**known, "waiting": []}, version)])
    except ConflictError:
        return


def read_anchors(app: App) -> Anchors:
    """All anchors of the bucket, from the newest back to the first; each must have the hash that the one after it names."""
    cursor = app.store.get("cursor", "anchors")
    if cursor is None or not app.settings.archive_bucket:
        return Anchors((), ())
    found, faults = [], []
    step: Json | None = {"day": cursor.data["day"], "sha256": cursor.data["sha256"]}
    while step:
        try:
            data = app.google.storage.read(app.settings.archive_bucket, object_name(step["day"]))
            one: Json = json.loads(data)
        except (GoogleError, ValueError):
            faults.append(f"falta el ancla del {step['day']}, o no se puede leer")
            break
        if sha256(data) != step["sha256"] or one["root"] != sha256(canonical(one["heads"])):
            faults.append(f"el ancla del {step['day']} no es la que se guardó")
        found.append(one)
        step = one["previous"]
    return Anchors(tuple(found), tuple(faults))


def faults_of(app: App, dossier: Dossier, anchors: Anchors) -> Iterator[str]:
    """What is wrong with the chain of a dossier: in itself, at its head, and beside what was anchored of it. Spanish sentences."""
    return _faults(app, dossier.dossier_id, dossier.chain_head, anchors)


def adjustments_faults(app: App, anchors: Anchors) -> list[str] | None:
    """The same of the chain of the workbook Ajustes; None while it has none, and none was ever anchored."""
    head = _of_adjustments(app)
    if not head and not anchors.of(adjustments.CHAIN):
        return None
    return list(_faults(app, adjustments.CHAIN, head.get("head", ""), anchors))


def _faults(app: App, name: str, head: str, anchors: Anchors) -> Iterator[str]:
    chain: list[Event] = evidence.events_of(app.store, name)
    for fault in events.verify(chain, head):
        at_end = fault.position >= len(chain)
        what = "la cadena no termina donde dice el expediente" if at_end else "fue alterado, o falta el anterior"
        yield f"asiento {fault.seq} (línea {fault.position + 1}): {what}"
    for anchored in anchors.of(name):
        at = int(anchored["events"])
        if not 0 < at <= len(chain) or chain[at - 1].hash != anchored["head"]:
            yield f"lo que se ancló el {anchored['day']} (asiento {at}) no está en la cadena"
