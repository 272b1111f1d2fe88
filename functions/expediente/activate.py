"""The way to an active service: what is still missing, the moves between states, and what follows the Encargado's closing."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from expediente import marks, papers
from expediente.errors import NotFoundError
from expediente.folder import HOME_OF_SHEETS, folder_step
from expediente.ids import person_ref
from expediente.lifecycle import move
from expediente.model import ComplianceState, Dossier, Fact, Rank, State
from expediente.process import Process
from expediente.steps import Attempt, Step, effect
from expediente.work import View, Work

SHEET = "control_sheet/create"


@dataclass(frozen=True)
class Missing:
    """One thing that keeps a dossier from its next state. kind: field | paper | mark | observation | review | code | handover | state."""

    kind: str
    key: str
    label: str


def missing_for_handover(process: Process, dossier: Dossier) -> list[Missing]:
    """What keeps the areas from being asked: data and papers, the Denarius code, the Encargado's receipt, Cumplimiento's pass."""
    found = [Missing("field", problem.field, problem.question) for problem in dossier.problems if problem.rank is Rank.PENDING]
    found += [Missing("paper", slot.key, slot.title) for slot in papers.open_papers(process, dossier, "handover")]
    if not dossier.denarius_code:
        found.append(Missing("code", "denarius_code", process.labels["denarius_code"]))
    if not dossier.acknowledged_by:
        found.append(Missing("handover", "acknowledged", process.labels["acknowledged"]))
    if dossier.compliance is not ComplianceState.PASSED:
        found.append(Missing("review", "compliance", process.neutral_review_text))
    return found


def missing_for_activation(process: Process, dossier: Dossier) -> list[Missing]:
    """Everything required that is not there: the service becomes active when, and only when, this is empty and the Encargado signs."""
    found = missing_for_handover(process, dossier)
    found += [Missing("paper", slot.key, slot.title) for slot in papers.open_papers(process, dossier, "activation")]
    for area in marks.taking_part(process, dossier):
        found += [Missing("mark", s.key, f"{area.label}: {s.label}") for s in marks.open_slots(process, dossier, area)]
        if area.key in dossier.observations:
            found.append(Missing("observation", area.key, f"{area.label}: {process.labels['observed']}"))
    if dossier.state is not State.CONFIRMING:
        found.append(Missing("state", dossier.state.value, process.states[dossier.state.value].label))
    return found


def closing_hash(process: Process, dossier: Dossier) -> str:
    """Hash of all that the closing signature covers: data, papers, marks with their people, code."""
    said = [
        repr(dossier.intake),
        repr(sorted((key, paper.state.value) for key, paper in dossier.papers.items())),
        repr(sorted((key, c.person, c.evidence.value, c.depends_hash) for key, c in dossier.marks.items() if c.ticked)),
        dossier.denarius_code,
    ]
    return hashlib.sha256("\n".join(said).encode()).hexdigest()


def move_on(work: Work) -> None:
    """Take the one move that the records allow without a person: the hand-over to the areas."""
    if work.dossier.state is State.COLLECTING and not missing_for_handover(work.app.process, work.dossier):
        _enter(work, "papers_completed")


def _enter(work: Work, event: str) -> None:
    state = move(work.dossier.state, event)
    work.set(state=state, state_since=work.now)
    work.record("expediente", "state_changed", state=state.value, event=event)


def fold_closing(work: Work, fact: Fact) -> None:
    """The Encargado's signed closing. payload: hash (what was shown). Void when anything changed since, or is missing."""
    from expediente import confirm  # it needs the steps of this module's neighbours

    if work.dossier.state is State.ACTIVE:
        return
    # What an area has unticked or observed a moment ago may still wait to be read.
    confirm.read(work)
    process, dossier = work.app.process, work.dossier
    person = process.company.person(fact.actor)
    if person is None or "expedientes" not in person.roles:
        work.record(person_ref(fact.actor), "closing_refused", reason="role")
    elif fact.payload["hash"] != closing_hash(process, dossier):
        work.record(person_ref(fact.actor), "closing_refused", reason="changed")
    elif missing_for_activation(process, dossier):
        work.record(person_ref(fact.actor), "closing_refused", reason="missing")
    else:
        work.set(closed_by=person.address, closed_at=fact.at)
        work.record(person_ref(fact.actor), "closed", hash=fact.payload["hash"])
        _enter(work, "closed")


def plan(view: View) -> list[Step]:
    """After the closing: freeze the sheet, keep its PDF in the dossier and in the archive."""
    dossier = view.dossier
    if dossier.state is not State.ACTIVE or not dossier.done(SHEET):
        return []
    name = view.process.labels["control_sheet_pdf"].format(dossier=dossier.dossier_id)
    lock = Step("control_sheet/freeze", "lock_file", {"file_id": f"${SHEET}:file_id", "reason": view.process.labels["frozen"]})
    keep = {
        "file_id": f"${SHEET}:file_id",
        "parent_id": f"${folder_step(HOME_OF_SHEETS)}:file_id",
        "name": name,
        "dossier_id": dossier.dossier_id,
    }
    keep["bucket"] = view.archive_bucket
    return [lock, Step("control_sheet/pdf", "keep_pdf", keep, after=(lock.key,), wants_id=True)]


@effect("lock_file")
def lock_file(attempt: Attempt) -> dict[str, str]:
    """Make a file read-only for everybody; the same lock again changes nothing."""
    attempt.google.drive.lock(attempt.args["file_id"], attempt.args["reason"])
    return {}


@effect("keep_pdf")
def keep_pdf(attempt: Attempt) -> dict[str, str]:
    """Export a sheet as PDF, keep it beside the sheet and, under its hash, in the archive bucket.

    What stands in Drive is what counts: a second attempt archives those very bytes.
    """
    args, drive = attempt.args, attempt.google.drive
    content = None
    if attempt.doubt:
        try:
            content = drive.download(attempt.file_id)
        except NotFoundError:
            content = None
    if content is None:
        content = drive.export_pdf(args["file_id"])
        drive.upload(attempt.file_id, args["name"], args["parent_id"], "application/pdf", content)
    digest = hashlib.sha256(content).hexdigest()
    if args["bucket"]:
        attempt.google.storage.put_once(
            args["bucket"], f"{args['dossier_id']}/control_sheet/{digest}.pdf", content, "application/pdf"
        )
    return {"sha256": digest}
