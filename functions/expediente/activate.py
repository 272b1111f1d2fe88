"""The way to an active service: what is still missing, the moves between states, and what follows the Encargado's closing."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from expediente import marks, papers, points
from expediente.errors import NotFoundError
from expediente.folder import HOME_OF_SHEETS, folder_step
from expediente.ids import person_ref
from expediente.intake_data import ServicePoint
from expediente.lifecycle import move
from expediente.marks import MarkSlot
from expediente.model import ComplianceState, Dossier, Fact, Rank, State
from expediente.point_data import PointState
from expediente.process import Process
from expediente.steps import Attempt, Step, effect
from expediente.work import View, Work

SHEET = "control_sheet/create"


@dataclass(frozen=True)
class Missing:
    """One thing that keeps a dossier from its next state.

    kind: field | paper | mark | observation | review | code | handover | resources | point | state.
    """

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


def missing_for_client(process: Process, dossier: Dossier) -> list[Missing]:
    """What keeps the client from being served anywhere: all that is asked of the client itself, and any observation."""
    found = missing_for_handover(process, dossier)
    found += [
        Missing("paper", s.key, s.title) for s in papers.open_papers(process, dossier, "activation") if s.rule.per != "point"
    ]
    for area in marks.taking_part(process, dossier):
        found += [_of_mark(slot) for slot in marks.open_slots(process, dossier, area) if slot.point is None]
        if area.key in dossier.observations:
            found.append(Missing("observation", area.key, f"{area.label}: {process.labels['observed']}"))
    return found


def missing_for_point(process: Process, dossier: Dossier, code: str) -> list[Missing]:
    """What keeps one point from being served: its own papers and boxes."""
    found = [Missing("paper", s.key, s.title) for s in papers.open_papers(process, dossier, "activation") if s.point == code]
    for area in marks.taking_part(process, dossier):
        found += [_of_mark(s) for s in marks.open_slots(process, dossier, area) if s.point is not None and s.point.code == code]
        asks_resources = any(c.name == "resources" for rule in area.marks for c in rule.requires)
        if asks_resources and points.point_of(dossier, code).assignment is None:
            found.append(Missing("resources", code, f"{area.label}: {process.labels['resources']} · {code}"))
    return found


def _of_mark(slot: MarkSlot) -> Missing:
    return Missing("mark", slot.key, f"{slot.area.label}: {slot.label}")


def ready_points(process: Process, dossier: Dossier) -> list[ServicePoint]:
    """The pending points that lack nothing of their own: the next closing starts them."""
    pending = points.in_state(dossier, PointState.PENDING)
    return [point for point in pending if not missing_for_point(process, dossier, point.code)]


def standing(process: Process, dossier: Dossier, code: str) -> PointState:
    """Where a point stands for people: as recorded, or READY when nothing but the closing is missing."""
    recorded = points.point_of(dossier, code).state
    lacks = recorded is not PointState.PENDING or missing_for_point(process, dossier, code)
    return recorded if lacks else PointState.READY


def missing_for_activation(process: Process, dossier: Dossier) -> list[Missing]:
    """Everything required that is not there: points become active when, and only when, this is empty and the Encargado signs.

    The client must be complete and one point at least ready; the others hold nobody up and are started by a later closing.
    """
    found = missing_for_client(process, dossier)
    if not ready_points(process, dossier):
        pending = points.in_state(dossier, PointState.PENDING)
        found += [item for point in pending for item in missing_for_point(process, dossier, point.code)]
        if not pending:
            found.append(Missing("point", "", process.labels["no_point_ready"]))
    if dossier.state not in (State.CONFIRMING, State.ACTIVE):
        found.append(Missing("state", dossier.state.value, process.states[dossier.state.value].label))
    return found


def closing_hash(process: Process, dossier: Dossier) -> str:
    """Hash of all that the closing signature covers: data, code, the points that it starts, papers and marks of client and points."""
    starting = [point.code for point in ready_points(process, dossier)]
    others = {point.code for point in dossier.intake.points} - set(starting)
    slots = [slot for slot in marks.all_slots(process, dossier) if slot.point is None or slot.point.code in starting]
    said = [
        repr(dossier.intake),
        repr(sorted((key, paper.state.value) for key, paper in dossier.papers.items() if key.partition(":")[2] not in others)),
        repr(
            sorted(
                (s.key, c.person, c.evidence.value, c.depends_hash) for s in slots if (c := dossier.marks.get(s.key)) and c.ticked
            )
        ),
        dossier.denarius_code,
        repr([(code, points.point_of(dossier, code).study, points.point_of(dossier, code).assignment) for code in starting]),
    ]
    return hashlib.sha256("\n".join(said).encode()).hexdigest()


def sheet_is_open(process: Process, dossier: Dossier) -> bool:
    """Whether the areas still have something to say in the control sheet."""
    if dossier.state is not State.ACTIVE:
        return dossier.state is State.CONFIRMING
    pending = bool(points.in_state(dossier, PointState.PENDING))
    return pending or any(marks.open_slots(process, dossier, area) for area in marks.taking_part(process, dossier))


def move_on(work: Work) -> None:
    """Take the one move that the records allow without a person: the hand-over to the areas."""
    if work.dossier.state is State.COLLECTING and not missing_for_handover(work.app.process, work.dossier):
        enter(work, "papers_completed")
    if _frozen_too_early(work.app.process, work.dossier):
        work.set(sheet_round=work.dossier.sheet_round + 1)


def _frozen_too_early(process: Process, dossier: Dossier) -> bool:
    """Whether the sheet was frozen, or may have been, and is needed again: a point is asked for anew, a change voids a mark."""
    frozen = _round("control_sheet/freeze", dossier.sheet_round) in dossier.steps
    return frozen and dossier.state is State.ACTIVE and sheet_is_open(process, dossier)


def enter(work: Work, event: str) -> None:
    """Take a move of the table and tell it in the chain. :raises ForbiddenMoveError: the table has no such move."""
    state = move(work.dossier.state, event)
    work.set(state=state, state_since=work.now)
    work.record("expediente", "state_changed", state=state.value, event=event)


def fold_closing(work: Work, fact: Fact) -> None:
    """The Encargado's signed closing. payload: hash (what was shown). Void when anything changed since, or is missing."""
    from expediente import confirm  # it needs the steps of this module's neighbours

    # What an area has unticked or observed a moment ago may still wait to be read.
    confirm.read(work)
    process, dossier = work.app.process, work.dossier
    if dossier.state is State.ACTIVE and not points.in_state(dossier, PointState.PENDING):
        return
    person = process.company.person(fact.actor)
    if person is None or "expedientes" not in person.roles:
        work.record(person_ref(fact.actor), "closing_refused", reason="role")
    elif fact.payload["hash"] != closing_hash(process, dossier):
        work.record(person_ref(fact.actor), "closing_refused", reason="changed")
    elif missing_for_activation(process, dossier):
        work.record(person_ref(fact.actor), "closing_refused", reason="missing")
    else:
        _close(work, fact, person.address)


def _close(work: Work, fact: Fact, by: str) -> None:
    """Start the points that are ready; with the first of them the client becomes active."""
    dossier = work.dossier
    codes = [point.code for point in ready_points(work.app.process, dossier)]
    number = points.closings(dossier) + 1
    started = points.changed(dossier, codes, work.now, state=PointState.ACTIVE, started_at=fact.at, closing=number)
    work.set(points=started)
    work.record(person_ref(fact.actor), "closed", hash=fact.payload["hash"], points=",".join(codes))
    if dossier.state is State.CONFIRMING:
        work.set(closed_by=by, closed_at=fact.at)
        enter(work, "closed")


def plan(view: View) -> list[Step]:
    """After each closing: keep the sheet's PDF in the dossier and in the archive. Freeze the sheet while no area needs it."""
    dossier = view.dossier
    if dossier.state is not State.ACTIVE or not dossier.done(SHEET):
        return []
    steps, turn = [], dossier.sheet_round
    sheet = {"file_id": f"${SHEET}:file_id"}
    if turn:
        steps.append(Step(f"control_sheet/reopen/{turn}", "unlock_file", sheet))
    if not sheet_is_open(view.process, dossier):
        lock = {**sheet, "reason": view.process.labels["frozen"]}
        steps.append(Step(_round("control_sheet/freeze", turn), "lock_file", lock, after=tuple(step.key for step in steps)))
    return steps + [_keep(view, number, after=tuple(step.key for step in steps)) for number in range(points.closings(dossier))]


def reopening(dossier: Dossier) -> tuple[str, ...]:
    """The step after which a sheet that was frozen takes writes again; () where it never was."""
    again = dossier.state is State.ACTIVE and dossier.sheet_round
    return (f"control_sheet/reopen/{dossier.sheet_round}",) if again else ()


def _keep(view: View, number: int, after: tuple[str, ...]) -> Step:
    """The sheet as PDF, as it stood at a closing; number: closings before that one."""
    template = view.process.labels["control_sheet_pdf_again" if number else "control_sheet_pdf"]
    keep = {
        "file_id": f"${SHEET}:file_id",
        "parent_id": f"${folder_step(HOME_OF_SHEETS)}:file_id",
        "name": template.format(dossier=view.dossier.dossier_id, number=number + 1),
        "dossier_id": view.dossier.dossier_id,
        "bucket": view.archive_bucket,
    }
    return Step(kept_pdf(number + 1), "keep_pdf", keep, after=after, wants_id=True)


def kept_pdf(closing: int) -> str:
    """The key of the step that keeps the sheet of a closing, counted from 1."""
    return _round("control_sheet/pdf", closing - 1)


def _round(key: str, number: int) -> str:
    """The key of a step that may be wanted several times."""
    return f"{key}/{number}" if number else key


@effect("lock_file")
def lock_file(attempt: Attempt) -> dict[str, str]:
    """Make a file read-only for everybody; the same lock again changes nothing."""
    attempt.google.drive.lock(attempt.args["file_id"], attempt.args["reason"])
    return {}


@effect("unlock_file")
def unlock_file(attempt: Attempt) -> dict[str, str]:
    """Let a file be edited again; the same again changes nothing."""
    attempt.google.drive.unlock(attempt.args["file_id"])
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
