"""The page of Cumplimiento: who is to be looked up, what evidence is known, the decision. Nobody else can tell it from nothing.

Cumplimiento's folder is looked at when a decision is taken in, not before: what the page knows of it is from the last time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from expediente import lifecycle, papers
from expediente.compliance import subjects_hash
from expediente.fields import owner_gaps, owner_paths, percent
from expediente.folder import folder_step
from expediente.google.clients import folder_link
from expediente.intake_data import Identity
from expediente.model import ComplianceState, Dossier
from expediente.ownership import ownership
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
class Part:
    """Why a name is looked up. kind: client | representative | shareholder; share: per cent, None = no share."""

    kind: str
    position: str = ""
    is_company: bool = False
    share: Decimal | None = None
    through: str = ""


@dataclass(frozen=True)
class Subject:
    """A person or company to look up, once, with every part that it plays. also: its other name."""

    name: str
    id_kind: str
    id_number: str
    parts: tuple[Part, ...]
    also: str = ""
    nationality: str = ""
    politically_exposed: bool = False


@dataclass(frozen=True)
class BeneficialOwner:
    """A natural person behind the client. how: directly, through which companies; beneficial: she reaches the share that counts."""

    name: str
    share: str
    how: tuple[str, ...]
    beneficial: bool


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
    """What the page shows. content_hash: '' once no decision can be taken. missing: titles of papers not seen in the folder."""

    dossier: Dossier
    subject: str
    content_hash: str
    accent: str
    subjects: tuple[Subject, ...]
    files: tuple[EvidenceFile, ...]
    missing: tuple[str, ...]
    folder: str
    decided_by: str
    owners: tuple[BeneficialOwner, ...] = ()
    owner_gaps: tuple[str, ...] = ()
    threshold: str = ""


def view(app: App, person: Person, dossier: Dossier, subject: str) -> ComplianceView | None:
    """The page, for Cumplimiento; else None."""
    process = app.process
    if ROLE not in person.roles:
        return None
    internal = [rule for rule in process.documents if rule.internal]
    missing = tuple(rule.label for rule in internal if not papers.delivered(dossier, rule.key))
    subjects = _once(_subjects(dossier))
    folder_id = next((dossier.file_id(folder_step(rule.place)) for rule in internal), "")
    return ComplianceView(
        dossier=dossier,
        subject="",
        content_hash=_hash(dossier, subjects) if dossier.state in lifecycle.OPEN else "",
        accent="",
        subjects=subjects,
        files=_files(process, dossier),
        missing=missing,
        folder=folder_link(folder_id) if folder_id else "",
        decided_by=person_name(process, dossier.compliance_by),
        owners=_owners(process, dossier),
        owner_gaps=owner_gaps(process, dossier.intake),
        threshold=percent(process.beneficial_owner_percent),
    )


def payload(shown: ComplianceView, posted: Posted) -> dict[str, str] | None:
    """The decision, as `compliance.fold` reads it; None when none was chosen."""
    if posted.decision not in DECISIONS:
        return None
    return {"decision": posted.decision, "subjects": subjects_hash(shown.dossier.intake)}


def _subjects(dossier: Dossier) -> Iterator[Subject]:
    client, intake = dossier.intake.client, dossier.intake
    also = client.trade_name if client.trade_name != client.legal_name else ""
    yield Subject(client.legal_name, "ruc", f"{client.ruc} DV {client.dv}", (Part("client"),), also)
    yield _person(intake.representative, Part("representative", intake.representative.position))
    for holder in intake.shareholders:
        part = Part("shareholder", holder.person.position, holder.is_company, holder.share, holder.through)
        yield _person(holder.person, part)


def _person(who: Identity, part: Part) -> Subject:
    return Subject(who.name, who.id_kind, who.id_number, (part,), "", who.nationality, who.politically_exposed)


def _once(subjects: Iterator[Subject]) -> tuple[Subject, ...]:
    """Whoever plays several parts is looked up once. Only the very same name and number are one: better twice than never."""
    found: dict[tuple[str, str, str], Subject] = {}
    for subject in subjects:
        key = (subject.name, subject.id_kind, subject.id_number)
        known = found.get(key)
        exposed = subject.politically_exposed or (known is not None and known.politically_exposed)
        found[key] = replace(
            known or subject, parts=(*(known.parts if known else ()), *subject.parts), politically_exposed=exposed
        )
    return tuple(found.values())


def _owners(process: Process, dossier: Dossier) -> tuple[BeneficialOwner, ...]:
    limit = process.beneficial_owner_percent
    return tuple(
        BeneficialOwner(owner.person.name, percent(owner.share), owner_paths(process, owner), owner.share >= limit)
        for owner in ownership(dossier.intake).owners
    )


def _files(process: Process, dossier: Dossier) -> tuple[EvidenceFile, ...]:
    places = {rule.place for rule in process.documents if rule.internal}
    here = sorted((file for file in dossier.files.values() if file.place in places), key=lambda file: file.at)
    return tuple(
        EvidenceFile(file.name, person_name(process, file.by), file.at, bool(file.papers) and not file.refused, file.refused)
        for file in here
    )


def _hash(dossier: Dossier, subjects: tuple[Subject, ...]) -> str:
    """Hash of who was to be looked up, and of the decision that the new one would replace."""
    said = repr((dossier.dossier_id, subjects, dossier.compliance.value, dossier.compliance_by))
    return hashlib.sha256(said.encode()).hexdigest()
