"""The evidence of one dossier as files that prove themselves: its chain, papers, confirmations, signatures, and their verifier.

One format for what an administrator exports and for the copy that is retained after a cancellation. Every data file has one
record a line, `manifest.json` the hash of each line; `verificar.py` reads them without anything of ours. Nothing of Cumplimiento.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from expediente import codec, evidence_verifier
from expediente.access import hidden_places
from expediente.evidence_verifier import ANCHORS, EVENTS, FORMAT, MANIFEST, seal, sha256
from expediente.ids import person_ref
from expediente.model import Dossier, Event
from expediente.process import Process
from expediente.store import Store

if TYPE_CHECKING:
    from expediente.bootstrap import App

VERIFIER = "verificar.py"
DOCUMENTS, CONFIRMATIONS, SIGNATURES = "documents.jsonl", "confirmations.jsonl", "signatures.jsonl"
_PAGE = 500
CONFIDENTIAL = "compliance"

Json = dict[str, Any]


def events_of(store: Store, dossier_id: str) -> list[Event]:
    """The whole chain of a dossier, in order."""
    found: list[Event] = []
    while True:
        since = found[-1].seq if found else None
        page = store.query("events_of_dossier", equals=dossier_id, since=since, limit=_PAGE)
        found += [codec.from_data(Event, read.data) for read in page]
        if len(page) < _PAGE:
            return found


def bundle(
    process: Process,
    dossier: Dossier,
    events: Sequence[Event],
    *,
    hashes: Mapping[str, str] | None = None,
    anchors: Sequence[Json] = (),
    more: Mapping[str, bytes] | None = None,
    stored: Mapping[str, str] | None = None,
    facts: Mapping[str, str] | None = None,
) -> dict[str, bytes]:
    """File name -> bytes of all the evidence of a dossier.

    :param hashes: SHA-256 of the dossier's files by Drive id, where known.
    :param anchors: what was anchored of this chain: `day`, `events`, `head`, `object`, oldest first.
    :param more: further files that the manifest shall cover, such as the documents themselves.
    :param stored: names and SHA-256 of files that lie beside these already and that the manifest covers as well.
    :param facts: what else the manifest says.
    """
    lines = {
        EVENTS: [codec.to_data(event) for event in events],
        DOCUMENTS: list(_documents(process, dossier, hashes or {})),
        CONFIRMATIONS: list(_confirmations(dossier)),
        SIGNATURES: list(_signatures(process, dossier, events)),
        ANCHORS: list(anchors),
    }
    files = {name: b"".join(_line(record) + b"\n" for record in records) for name, records in lines.items()}
    said: Json = {name: {"sha256": sha256(files[name]), "lines": [sha256(_line(r)) for r in lines[name]]} for name in lines}
    files |= {**(more or {}), VERIFIER: Path(evidence_verifier.__file__).read_bytes()}
    said |= {name: {"sha256": sha256(data)} for name, data in files.items() if name not in lines}
    said |= {name: {"sha256": digest} for name, digest in (stored or {}).items()}
    head = events[-1].hash if events else ""
    manifest: Json = {"format": FORMAT, "dossier": dossier.dossier_id, "events": len(events), "head": head, "files": said}
    manifest |= facts or {}
    manifest["seal"] = seal(manifest)
    return {MANIFEST: json.dumps(manifest, indent=1, sort_keys=True).encode() + b"\n", **files}


def _line(record: Json) -> bytes:
    return json.dumps(record, ensure_ascii=False, sort_keys=True).encode()


def hashes_of(app: App, dossier: Dossier) -> dict[str, str]:
    """SHA-256 of the uploaded files that lie in the dossier's folders now, by Drive id, as Drive tells them; one search."""
    hidden = hidden_places(app.process)
    folders = [
        record.file_id
        for key, record in dossier.steps.items()
        if key.startswith("folder/") and record.file_id and key.removeprefix("folder/") not in hidden
    ]
    if not folders:
        return {}
    found = app.google.drive.children_of(folders, drive_id=app.site.dossier_drive_id)
    return {file.file_id: file.sha256 for file in found if file.sha256}


def _documents(process: Process, dossier: Dossier, hashes: Mapping[str, str]) -> Iterator[Json]:
    """A record a paper, a delivered file, and a file of ours whose content is recorded."""
    hidden = hidden_places(process)
    internal = {rule.key for rule in process.documents if rule.internal}
    for key, paper in sorted(dossier.papers.items()):
        if key.partition(":")[0] not in internal:
            yield {"paper": key, **_plain(paper)}
    for file_id, file in sorted(dossier.files.items()):
        if file.place not in hidden:
            yield {**_plain(file), "sha256": hashes.get(file_id, "")}
    for key, step in sorted(dossier.steps.items()):
        if step.result.get("sha256"):
            yield {"step": key, "file_id": step.file_id, "sha256": step.result["sha256"]}


def _confirmations(dossier: Dossier) -> Iterator[Json]:
    for key, confirmation in sorted(dossier.marks.items()):
        yield {"mark": key, **_plain(confirmation)}


def _signatures(process: Process, dossier: Dossier, events: Sequence[Event]) -> Iterator[Json]:
    """Every event that a person made: who it was, what was covered, and where it stands in the chain."""
    named = {person.address: person.name for person in process.company.people}
    people = {person_ref(address): address for address in (*_addresses(dossier), *named)}
    for event in events:
        address = people.get(event.actor)
        if (
            address is not None
            and not event.kind.startswith(CONFIDENTIAL)
            and not process.acts.confidential(event.data.get("about", ""))
        ):
            who = {"person": address, "name": named.get(address, ""), "ref": event.actor}
            yield {"seq": event.seq, "kind": event.kind, "at": codec.stamp(event.at), **who, "covers": event.data}


def _addresses(dossier: Dossier) -> set[str]:
    """Whoever the records name: also people who have left the company since."""
    said = {mark.person for mark in dossier.marks.values()} | {paper.by for paper in dossier.papers.values()}
    said |= {file.by for file in dossier.files.values()} | {seen.by for seen in dossier.observations.values()}
    return {address for address in said | {dossier.vendedora, dossier.closed_by, dossier.acknowledged_by} if "@" in address}


def _plain(record: object) -> Json:
    return codec.to_data(record)
