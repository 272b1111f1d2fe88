"""The page of Cumplimiento: who is to be looked up, whether the evidence is filed, the decision. Nobody else can tell it from nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from expediente import papers
from expediente.folder import folder_step
from expediente.google.clients import folder_link
from expediente.model import ComplianceState, Dossier, Identity, State
from expediente.page_boxes import person_name
from expediente.page_facts import FactKind
from expediente.page_form import Posted
from expediente.process import Person, Process

if TYPE_CHECKING:
    from expediente.bootstrap import App

TEMPLATE = "compliance.html"
FACT = FactKind("compliance", "compliance_decided", "compliance_refused")
ROLE = "cumplimiento"
DECISIONS = (ComplianceState.PASSED.value, ComplianceState.REJECTED.value)


@dataclass(frozen=True)
class Subject:
    """A person or company to look up. part: client | representative | shareholder; also: its other name; share: per cent."""

    part: str
    name: str
    id_kind: str
    id_number: str
    also: str = ""
    position: str = ""
    nationality: str = ""
    politically_exposed: bool = False
    is_company: bool = False
    share: Decimal | None = None
    through: str = ""


@dataclass(frozen=True)
class EvidenceFile:
    """A file in Cumplimiento's folder. good: it counts as evidence; refused: the rule that it breaks, '' if none."""

    name: str
    by: str
    at: datetime
    good: bool
    refused: str


@dataclass(frozen=True)
class ComplianceView:
    """What the page shows. content_hash: '' while no decision can be taken. missing: titles of the papers that lack evidence."""

    dossier: Dossier
    subject: str
    content_hash: str
    accent: str
    subjects: tuple[Subject, ...]
    files: tuple[EvidenceFile, ...]
    missing: tuple[str, ...]
    folder: str
    decided_by: str


def view(app: App, person: Person, dossier: Dossier, subject: str) -> ComplianceView | None:
    """The page, for Cumplimiento; else None."""
    process = app.process
    if ROLE not in person.roles:
        return None
    internal = [rule for rule in process.documents if rule.internal]
    missing = tuple(rule.label for rule in internal if not papers.delivered(dossier, rule.key))
    subjects = tuple(dict.fromkeys(_subjects(process, dossier)))
    files = _files(process, dossier)
    can_decide = dossier.state is State.COLLECTING and not missing
    folder_id = next((dossier.file_id(folder_step(rule.place)) for rule in internal), "")
    return ComplianceView(
        dossier=dossier,
        subject="",
        content_hash=_hash(dossier, subjects, files) if can_decide else "",
        accent="",
        subjects=subjects,
        files=files,
        missing=missing,
        folder=folder_link(folder_id) if folder_id else "",
        decided_by=person_name(process, dossier.compliance_by),
    )


def payload(shown: ComplianceView, posted: Posted) -> dict[str, str] | None:
    """The decision, as `documents.fold_compliance` reads it; None when none was chosen."""
    return {"decision": posted.decision} if posted.decision in DECISIONS else None


def _subjects(process: Process, dossier: Dossier) -> Iterator[Subject]:
    intake = dossier.intake
    client = intake.client
    trade_name = client.trade_name if client.trade_name != client.legal_name else ""
    yield Subject("client", client.legal_name, "ruc", f"{client.ruc} DV {client.dv}", trade_name)
    yield _person("representative", intake.representative)
    for holder in intake.shareholders:
        found = _person("shareholder", holder.person)
        yield replace(found, is_company=holder.is_company, share=holder.share, through=holder.through)


def _person(part: str, who: Identity) -> Subject:
    return Subject(
        part,
        who.name,
        who.id_kind,
        who.id_number,
        position=who.position,
        nationality=who.nationality,
        politically_exposed=who.politically_exposed,
    )


def _files(process: Process, dossier: Dossier) -> tuple[EvidenceFile, ...]:
    places = {rule.place for rule in process.documents if rule.internal}
    here = sorted((file for file in dossier.files.values() if file.place in places), key=lambda file: file.at)
    return tuple(
        EvidenceFile(file.name, person_name(process, file.by), file.at, bool(file.papers) and not file.refused, file.refused)
        for file in here
    )


def _hash(dossier: Dossier, subjects: tuple[Subject, ...], files: tuple[EvidenceFile, ...]) -> str:
    """Hash of all that the decision rests on, and of the decision that it would replace."""
    said = repr((dossier.dossier_id, subjects, files, dossier.compliance.value, dossier.compliance_by))
    return hashlib.sha256(said.encode()).hexdigest()
