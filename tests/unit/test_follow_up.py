"""What waits for whom, and on which days it is reminded."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from expediente import follow_up, marks
from expediente.follow_up import Found, Waiting
from expediente.model import (
    ComplianceState,
    DeliveredFile,
    Dossier,
    Evidence,
    Grant,
    Observation,
    Paper,
    PaperState,
    State,
    StepRecord,
)
from expediente.papers import required_papers
from expediente.point_data import Point, PointState
from expediente.process import Process
from tests.unit import page_kit
from tests.unit.page_kit import NOW, the_process

PROCESS = the_process()
GRANT = {"control_sheet/x": Grant("control_sheet", "areas.control@x", "group", "writer", "p")}


def built(dossier: Dossier, **changes: object) -> Dossier:
    """The dossier with its workbook there and its control sheet opened."""
    steps = {**dossier.steps, "documents/build": StepRecord("done", "build_spreadsheet")}
    return replace(dossier, **{"steps": steps, "grants": GRANT, **changes})  # type: ignore[arg-type]


# The task that begins when nothing has happened for long.
STILL = "propose_withdrawal"


def tasks(dossier: Dossier) -> set[tuple[str, str]]:
    """Task and area of everything that waits already."""
    found = (task for task in follow_up.waiting(PROCESS, dossier) if task.rule.key != STILL)
    return {(task.rule.key, task.found.area.key if task.found.area else "") for task in found}


def delivered(dossier: Dossier) -> Dossier:
    """Every paper of the vendedora has come and none is verified."""
    slots = [slot for slot in required_papers(PROCESS, dossier.intake) if slot.rule.given_by == "vendedora"]
    files = {
        f"f{n}": DeliveredFile(f"f{n}", "x.pdf", "application/pdf", "delivery", page_kit.VENDEDORA, NOW, (slot.key,), listed=True)
        for n, slot in enumerate(slots)
    }
    return replace(dossier, files={**dossier.files, **files})


def waiting_since(process: Process, since: datetime, deadline: str = "confirm") -> Waiting:
    """Something of an area that waits since then."""
    found = Found(since, area=process.areas[0])
    return Waiting(process.tasks["confirm_marks"], process.deadlines[deadline], found, process.calendar)


@pytest.mark.parametrize(
    ("since", "days"),
    [
        # Tuesday afternoon; a weekend lies before the second.
        ("2026-03-10T14:05:00-05:00", ["2026-03-12", "2026-03-16"]),
        # Over Good Friday and the weekend.
        ("2026-04-01T10:00:00-05:00", ["2026-04-06", "2026-04-08"]),
        # After closing time and on a Saturday: as if on the next working morning.
        ("2026-03-10T18:00:00-05:00", ["2026-03-13", "2026-03-17"]),
        ("2026-03-14T11:00:00-05:00", ["2026-03-18", "2026-03-20"]),
        # Late at night in Panama it is another day in UTC.
        ("2026-03-10T03:00:00+00:00", ["2026-03-12", "2026-03-16"]),
    ],
)
def test_reminders_come_on_the_working_days_of_the_table(since: str, days: list[str]) -> None:
    """The second and the fourth working day after the one on which it began to wait, and no other."""
    found = list(follow_up.reminders(PROCESS, waiting_since(PROCESS, datetime.fromisoformat(since)), date.max))
    assert [reminder.day.isoformat() for reminder in found] == days
    assert [reminder.number for reminder in found] == [1, 2]


def test_the_company_may_have_reminders_repeated() -> None:
    """With a period of repetition in the table a task is reminded on, however long it waits."""
    process = replace(PROCESS, follow_up=replace(PROCESS.follow_up, repeats_every_working_days=3))
    found = list(follow_up.reminders(process, waiting_since(process, NOW), NOW.date() + timedelta(days=16)))
    assert [str(reminder.day) for reminder in found] == ["2026-03-12", "2026-03-16", "2026-03-19", "2026-03-24"]


def test_a_deadline_without_reminders_is_never_reminded() -> None:
    """Repetition follows a first reminder; a table that names none is obeyed."""
    process = replace(
        PROCESS,
        follow_up=replace(PROCESS.follow_up, repeats_every_working_days=3),
        deadlines={"confirm": replace(PROCESS.deadlines["confirm"], reminders_on_working_days=())},
    )
    assert list(follow_up.reminders(process, waiting_since(process, NOW), date.max)) == []


COLLECTING = built(page_kit.collecting())
CONFIRMING = page_kit.inspected(built(page_kit.confirming()))
ALL_AREAS = {area.key for area in marks.taking_part(PROCESS, CONFIRMING)}


def test_what_waits_while_papers_are_brought() -> None:
    """Papers of the vendedora, the lists of Cumplimiento, the report of the area that begins at once."""
    assert tasks(COLLECTING) == {("deliver_papers", ""), ("review_lists", ""), ("bring_report", "seguridad")}


def test_papers_that_have_come_wait_for_the_encargado() -> None:
    """Once all are there nothing waits for the vendedora; a returned one waits for her from its return on."""
    all_there = delivered(COLLECTING)
    assert ("verify_papers", "") in tasks(all_there) and ("deliver_papers", "") not in tasks(all_there)
    later = NOW + timedelta(hours=30)
    returned = replace(all_there, papers={"contrato": Paper(PaperState.RETURNED, "Ilegible", at=later)})
    (task,) = (task for task in follow_up.waiting(PROCESS, returned) if task.rule.key == "deliver_papers")
    assert (task.found.since, task.found.items) == (later, ("Contrato",))


def test_a_verified_dossier_waits_for_code_and_receipt() -> None:
    """All papers verified: the Encargado receives it."""
    dossier = built(page_kit.confirming(), state=State.COLLECTING, denarius_code="", acknowledged_by="")
    assert ("receive_dossier", "") in tasks(dossier)


def test_areas_wait_until_their_boxes_count() -> None:
    """Every area that takes part, until it has ticked; then its signature where nobody is known to have ticked."""
    assert tasks(CONFIRMING) == {("confirm_marks", area) for area in ALL_AREAS}
    ticked = page_kit.ticked(CONFIRMING, Evidence.ATTRIBUTED, areas=("operaciones",))
    assert tasks(ticked) == {("confirm_marks", area) for area in ALL_AREAS - {"operaciones"}}
    unsigned = page_kit.ticked(CONFIRMING, Evidence.DECLARED, areas=("operaciones",))
    assert ("sign_marks", "operaciones") in tasks(unsigned) and ("confirm_marks", "operaciones") not in tasks(unsigned)


def test_an_observation_stops_the_clock_of_its_area() -> None:
    """The vendedora is asked instead; once it is lifted the area's period begins anew."""
    observed = replace(CONFIRMING, observations={"operaciones": Observation("Falta un dato.", "", NOW, 1)})
    assert ("answer_observation", "operaciones") in tasks(observed) and ("confirm_marks", "operaciones") not in tasks(observed)
    lifted = replace(CONFIRMING, area_clocks={"operaciones": NOW + timedelta(days=7)})
    since = {t.found.area.key: t.found.since for t in follow_up.waiting(PROCESS, lifted) if t.found.area}
    assert since["operaciones"] == NOW + timedelta(days=7) and since["servicio_al_cliente"] == NOW


def test_the_closing_waits_once_all_is_confirmed() -> None:
    """Nothing but the Encargado's signature is missing."""
    assert tasks(built(page_kit.complete())) == {("close_dossier", "")}


def test_once_active_only_what_a_point_lacks_waits() -> None:
    """The client served everywhere is at rest; a point that is still on its way waits for the area that owes its report."""
    whole = replace(built(page_kit.complete()), state=State.ACTIVE)
    started = {code: Point(PointState.ACTIVE, closing=1) for code in ("P01", "P02")}
    assert tasks(replace(whole, points=started)) == set()
    assert tasks(replace(whole, points={"P01": started["P01"]}, files={}, marks={})) >= {("bring_report", "seguridad")}
    reported = {key: file for key, file in whole.files.items() if not file.papers[0].endswith("P02")}
    assert tasks(replace(whole, points={**started, "P02": Point(PointState.REJECTED)}, files=reported)) == set()


@pytest.mark.parametrize("state", [State.WITHDRAWN, State.ARCHIVED])
def test_nothing_waits_in_a_dossier_that_is_no_longer_open(state: State) -> None:
    """Whatever is missing in it, nobody is reminded and no reminder stands in the index."""
    dossier = replace(CONFIRMING, state=state)
    assert tasks(dossier) == set() and follow_up.next_reminder(PROCESS, dossier) is None


def test_a_refused_client_looks_like_one_under_review() -> None:
    """But for Cumplimiento's own task, what waits is the same whatever Cumplimiento has found."""
    rejected = replace(COLLECTING, compliance=ComplianceState.REJECTED)
    assert tasks(COLLECTING) - tasks(rejected) == {("review_lists", "")}
    assert tasks(rejected) < tasks(COLLECTING)


def test_the_index_names_the_next_day_that_was_not_reminded() -> None:
    """It moves on with each day that is done, and leaves the index after the last."""
    days = []
    dossier = CONFIRMING
    while (found := follow_up.next_reminder(PROCESS, dossier)) is not None:
        day, _, dossier_id = found.partition("/")
        assert dossier_id == dossier.dossier_id
        days.append(day)
        dossier = replace(dossier, reminded_until=date.fromisoformat(day))
    # Twenty working days after the last movement, and ten more, somebody has to decide what becomes of it.
    assert days == ["2026-03-12", "2026-03-16", "2026-04-08", "2026-04-22"]


def test_days_that_were_missed_are_one_reminder() -> None:
    """After an outage over both days the task is reminded once, as the second time."""
    (task, *_) = follow_up.waiting(PROCESS, CONFIRMING)
    found = follow_up.reminder_on(PROCESS, CONFIRMING, task, date(2026, 3, 20))
    assert found is not None and found.number == 2
    done = replace(CONFIRMING, reminded_until=date(2026, 3, 20))
    assert follow_up.reminder_on(PROCESS, done, task, date(2026, 3, 20)) is None


def test_every_task_of_the_code_is_known_to_the_tables() -> None:
    """What is found in records, what the rules accept and what the table says are the same tasks."""
    from expediente.process_rules import TASKS

    assert set(follow_up.FINDERS) == set(TASKS) == set(PROCESS.tasks)


def test_times_are_those_of_panama() -> None:
    """Something that begins at closing time is due as many working hours after the next opening."""
    task = waiting_since(PROCESS, datetime(2026, 3, 10, 22, 0, tzinfo=UTC), "closing")
    assert follow_up.due_at(PROCESS, task) == datetime(2026, 3, 11, 22, 0, tzinfo=UTC)
