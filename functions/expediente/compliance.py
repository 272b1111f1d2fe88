"""Cumplimiento's review: who was looked up, what was decided, and when a decision no longer holds.

A decision stands for the very people and companies that were shown; when they change, the dossier is under review again.
Nobody but Cumplimiento can tell a refusal from a review that goes on.
"""

from __future__ import annotations

import hashlib
from datetime import datetime

from expediente import classify, lifecycle
from expediente.folder import folder_step
from expediente.ids import person_ref
from expediente.intake_data import Intake
from expediente.model import ComplianceState, DeliveredFile, Fact
from expediente.papers import delivered
from expediente.work import Work

ROLE = "cumplimiento"
PLACE = "compliance"


def subjects_hash(intake: Intake) -> str:
    """Hash of all who are to be looked up: the client, its representative, its shareholders, as the form names them."""
    client = intake.client
    people = [intake.representative, *(holder.person for holder in intake.shareholders)]
    said = [client.key, client.legal_name, client.trade_name]
    said += sorted({f"{who.name}|{who.id_kind}|{who.id_number}|{who.politically_exposed}" for who in people})
    return hashlib.sha256(repr(said).encode()).hexdigest()[:24]


def reconsider(work: Work) -> None:
    """After an edit of the data: a decision about other people than today's is no decision."""
    if work.dossier.compliance is not ComplianceState.UNDER_REVIEW and work.dossier.compliance_of != subjects_hash(
        work.dossier.intake
    ):
        work.set(compliance=ComplianceState.UNDER_REVIEW, compliance_by="", compliance_of="")
        work.record("expediente", "compliance_reopened")


def fold(work: Work, fact: Fact) -> None:
    """Cumplimiento's decision. payload: decision (`passed` | `rejected`), subjects (`subjects_hash` of what was shown).

    Needs its evidence in its folder, looked up now. Taken until the service is active; later there is nothing left to hold.
    """
    person = work.app.process.company.person(fact.actor)
    refused = ""
    if person is None or ROLE not in person.roles:
        refused = "role"
    elif work.dossier.state not in lifecycle.OPEN:
        refused = "state"
    elif fact.payload["subjects"] != subjects_hash(work.dossier.intake):
        refused = "changed"
    elif not _evidence_is_there(work):
        refused = "evidence"
    if refused or person is None:
        work.record(person_ref(fact.actor), "compliance_refused", reason=refused)
        return
    decision = ComplianceState(fact.payload["decision"])
    work.set(compliance=decision, compliance_by=person.address, compliance_of=fact.payload["subjects"])
    work.record(person_ref(fact.actor), "compliance_decided")


def _evidence_is_there(work: Work) -> bool:
    _look_for_evidence(work)
    return all(delivered(work.dossier, rule.key) for rule in work.app.process.documents if rule.internal)


def evidence_since(work: Work, at: datetime) -> bool:
    """Whether Cumplimiento's evidence of every kind is there that is younger than an instant; its folder is looked into now."""
    _look_for_evidence(work)
    rules = [rule for rule in work.app.process.documents if rule.internal]
    young = [file for file in work.dossier.files.values() if file.place == PLACE and file.at >= at and not file.refused]
    return all(any(rule.key in paper for file in young for paper in file.papers) for rule in rules)


def _look_for_evidence(work: Work) -> None:
    """Take what stands in Cumplimiento's folder; one call, only at a decision."""
    folder_id = work.dossier.file_id(folder_step(PLACE))
    if not folder_id:
        return
    process = work.app.process
    files = {key: file for key, file in work.dossier.files.items() if file.place != PLACE}
    for found in work.app.google.drive.children(folder_id, drive_id=work.app.site.compliance_drive_id):
        refused = classify.refusal_of(process, found.mime_type, found.size_bytes)
        papers = () if refused else classify.guess(process, work.dossier, PLACE, found.name)
        at = found.modified_at or work.now
        files[found.file_id] = DeliveredFile(
            found.file_id, found.name, found.mime_type, PLACE, found.by, at, papers, refused=refused
        )
    work.set(files=files)
