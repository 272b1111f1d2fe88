"""What waits for whom in a dossier, since when, until when, and on which days it is reminded. No I/O.

The tasks and their days stand in `process/deadlines.yaml`; here a function a task finds it in the records of a dossier.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from expediente import change_rules, compliance, control_sheet, documents, lifecycle, marks, points
from expediente.activate import missing_for_activation, missing_for_handover, sheet_is_open
from expediente.case_data import OPEN_CASES
from expediente.case_rules import CASE_ACTS, case_rules, known_cases
from expediente.deadlines import add_working_hours, calendar_for, day_begins, deadline_for, is_working_day
from expediente.endings import Cancellation
from expediente.model import ComplianceState, Dossier, PaperState, Rank, State
from expediente.paper_checks import odd_papers
from expediente.papers import PaperSlot, files_of, open_papers, paper, required_papers, unclassified, waived
from expediente.point_data import PointState
from expediente.process import Area, Calendar, Deadline, Process, TaskRule
from expediente.request_data import RequestState


@dataclass(frozen=True)
class Found:
    """A task as the records show it. items: what it is about, in people's words; area: whose, or who observed.

    act: the signed act that settles it, `act/subject`. deadline: its own, before that of the task or area; '' = none.
    """

    since: datetime
    items: tuple[str, ...] = ()
    area: Area | None = None
    reason: str = ""
    act: str = ""
    deadline: str = ""


@dataclass(frozen=True)
class Waiting:
    """A task of a dossier with its rule, the period that counts for it, and the days on which time passes for it."""

    rule: TaskRule
    deadline: Deadline
    found: Found
    calendar: Calendar


@dataclass(frozen=True)
class Reminder:
    """A day on which a task is reminded. number: 1 for the first."""

    day: date
    number: int


def waiting(process: Process, dossier: Dossier) -> list[Waiting]:
    """Everything that waits for somebody now; nothing in a dossier that is archived, withdrawn or not built yet."""
    if dossier.state not in (*lifecycle.OPEN, State.ACTIVE) or not dossier.done(documents.BUILD):
        return []
    calendar = calendar_for(process, dossier)
    return [
        Waiting(rule, deadline_for(process, dossier, _deadline(process, rule, found)), found, calendar)
        for rule in process.tasks.values()
        for found in FINDERS[rule.key](process, dossier)
    ]


def role_of(task: Waiting) -> str:
    """The role or area that a task waits for."""
    kind, _, name = task.rule.waits_for.partition(":")
    return task.found.area.key if kind == "area" and task.found.area else name


def _deadline(process: Process, rule: TaskRule, found: Found) -> Deadline:
    if found.deadline:
        return process.deadlines[found.deadline]
    if rule.deadline or found.area is None:
        return process.deadlines[rule.deadline]
    return process.deadline_of(found.area.key)


# --- days ----------------------------------------------------------------------------------------------------------------------


def due_at(process: Process, task: Waiting) -> datetime:
    """Until when it should be done."""
    zone = ZoneInfo(process.company.timezone)
    return add_working_hours(task.calendar, zone, task.found.since, task.deadline.due_after_working_hours)


def reminders(process: Process, task: Waiting, until: date) -> Iterator[Reminder]:
    """The days up to `until` on which a task is reminded: so many working days after the one on which it began to wait.

    What begins outside working time begins with the next working day, as its period does.
    """
    zone = ZoneInfo(process.company.timezone)
    day = add_working_hours(task.calendar, zone, task.found.since, 0).date()
    wanted, every = sorted(task.deadline.reminders_on_working_days), process.follow_up.repeats_every_working_days
    passed, number = 0, 0
    while wanted or (every and number):
        next_at = wanted.pop(0) if wanted else passed + every
        while passed < next_at:
            day = _next_working_day(task.calendar, day)
            passed += 1
        if day > until:
            return
        number += 1
        yield Reminder(day, number)


def _next_working_day(calendar: Calendar, day: date) -> date:
    day += timedelta(days=1)
    while not is_working_day(calendar, day):
        day += timedelta(days=1)
    return day


def reminder_on(process: Process, dossier: Dossier, task: Waiting, day: date) -> Reminder | None:
    """The reminder of a task that a digest of that day holds: the last one that is due and was in no digest before."""
    since = dossier.reminded_until or date.min
    due = [found for found in reminders(process, task, day) if found.day > since]
    return due[-1] if due else None


def next_reminder(process: Process, dossier: Dossier) -> str | None:
    """The index of the dossier among the reminders: the next day on which something of it is reminded, and its id."""
    after = dossier.reminded_until or date.min
    days = [day for task in waiting(process, dossier) if (day := _first_after(process, task, after)) is not None]
    return f"{min(days).isoformat()}/{dossier.dossier_id}" if days else None


def _first_after(process: Process, task: Waiting, after: date) -> date | None:
    return next((found.day for found in reminders(process, task, date.max) if found.day > after), None)


# --- the tasks -----------------------------------------------------------------------------------------------------------------


def _brought(process: Process, dossier: Dossier) -> list[PaperSlot]:
    return [slot for slot in required_papers(process, dossier.intake) if slot.rule.given_by == "vendedora"]


def _deliver(process: Process, dossier: Dossier) -> Iterator[Found]:
    titles, since = [], []
    for slot in _brought(process, dossier):
        known = paper(dossier, slot.key)
        if known.renews_since is not None and known.state is not PaperState.RETURNED:
            continue
        returned = known.state is PaperState.RETURNED
        if waived(dossier, slot.key):
            continue
        if returned or (known.state is not PaperState.VERIFIED and not files_of(dossier, slot.key)):
            titles.append(slot.title)
            since.append(_asked_since(process, dossier, slot, known.at if returned else None))
    if titles:
        yield Found(min(since), tuple(titles))


def _renew(process: Process, dossier: Dossier) -> Iterator[Found]:
    """In force: what expires and of which the new one has not come."""
    asked = [(slot, known) for slot in _brought(process, dossier) if (known := paper(dossier, slot.key)).renews_since]
    waiting = [(slot, known) for slot, known in asked if known.state in (PaperState.VERIFIED, PaperState.EXPIRED)]
    if waiting:
        yield Found(min(known.renews_since for _, known in waiting if known.renews_since), tuple(s.title for s, _ in waiting))


def _asked_since(process: Process, dossier: Dossier, slot: PaperSlot, returned_at: datetime | None) -> datetime:
    """From when a paper is waited for: its return, the end of its waiver, the beginning."""
    waiver = dossier.waivers.get(slot.key)
    return returned_at or (day_begins(process, waiver.until + timedelta(days=1)) if waiver else dossier.opened_at)


def _complete_data(process: Process, dossier: Dossier) -> Iterator[Found]:
    titles = [problem.question for problem in dossier.problems if problem.rank is Rank.PENDING]
    if titles:
        yield Found(dossier.opened_at, tuple(dict.fromkeys(titles)))


def _answer(process: Process, dossier: Dossier) -> Iterator[Found]:
    for area in marks.taking_part(process, dossier):
        if area.key in dossier.observations:
            seen = dossier.observations[area.key]
            yield Found(seen.at, area=area, reason=seen.reason)


def _classify(process: Process, dossier: Dossier) -> Iterator[Found]:
    files = unclassified(dossier)
    if files:
        yield Found(min(file.at for file in files), tuple(file.name for file in files))


def _verify(process: Process, dossier: Dossier) -> Iterator[Found]:
    slots = _brought(process, dossier)
    to_verify = [s for s in slots if paper(dossier, s.key).state is PaperState.PENDING and not _is_done_without(dossier, s)]
    if to_verify and documents.is_complete(dossier, [slot.key for slot in slots]):
        keys = {slot.key for slot in to_verify}
        since = max(file.at for file in dossier.files.values() if keys & set(file.papers))
        yield Found(since, tuple(slot.title for slot in to_verify))


def _check(process: Process, dossier: Dossier) -> Iterator[Found]:
    slots = odd_papers(process, dossier)
    since = [known.at for slot in slots if (known := paper(dossier, slot.key)).at]
    if since:
        yield Found(min(since), tuple(slot.title for slot in slots))


def _is_done_without(dossier: Dossier, slot: PaperSlot) -> bool:
    return waived(dossier, slot.key) and not files_of(dossier, slot.key)


def _receive(process: Process, dossier: Dossier) -> Iterator[Found]:
    items = tuple(m.label for m in missing_for_handover(process, dossier) if m.kind in ("code", "handover"))
    if items and dossier.state is State.COLLECTING and not open_papers(process, dossier, "handover"):
        yield Found(max((known.at for known in dossier.papers.values() if known.at), default=dossier.opened_at), items)


def _review(process: Process, dossier: Dossier) -> Iterator[Found]:
    if dossier.compliance is ComplianceState.UNDER_REVIEW:
        yield Found(dossier.opened_at)


def _own_papers(process: Process, dossier: Dossier, area: Area) -> list[PaperSlot]:
    """Papers that an area owes from the first day on."""
    if area.opens_at != "received":
        return []
    slots = required_papers(process, dossier.intake)
    asked = [slot for slot in slots if slot.rule.given_by == area.key and points.is_asked(dossier, slot.point)]
    return [slot for slot in asked if not files_of(dossier, slot.key)]


def _report(process: Process, dossier: Dossier) -> Iterator[Found]:
    for area in marks.taking_part(process, dossier):
        slots = _own_papers(process, dossier, area)
        if slots and area.key not in dossier.observations:
            yield Found(dossier.area_clocks.get(area.key, dossier.opened_at), tuple(slot.title for slot in slots), area)


def _of_sheet(process: Process, dossier: Dossier, *, signing: bool) -> Iterator[Found]:
    """Areas whose boxes do not count yet: they tick, or sign what they have ticked. An observation stops an area's clock."""
    if not sheet_is_open(process, dossier) or not any(g.place == control_sheet.PLACE for g in dossier.grants.values()):
        return
    for area in marks.taking_part(process, dossier):
        without_report = {slot.point for slot in _own_papers(process, dossier, area)}
        asked = {point.code for point in dossier.intake.points if points.is_asked(dossier, point.code)}
        if area.key in dossier.observations or "" in without_report or (without_report and without_report == asked):
            continue
        unsigned = marks.unsigned_slots(process, dossier, area)
        still_open = [s for s in marks.open_slots(process, dossier, area) if not s.point or s.point.code not in without_report]
        unticked = [slot for slot in still_open if slot not in unsigned]
        slots = unticked or unsigned
        if slots and signing is not bool(unticked):
            yield Found(_asked_of_area(dossier, area, slots), tuple(slot.label for slot in slots), area)


def _asked_of_area(dossier: Dossier, area: Area, slots: list[marks.MarkSlot]) -> datetime:
    """From when an area is asked for boxes: one that new data have voided, from when they were there."""
    clock = dossier.area_clocks.get(area.key, dossier.state_since or dossier.opened_at)
    return min(max(clock, _voided_at(dossier, slot.key) or clock) for slot in slots)


def _voided_at(dossier: Dossier, mark: str) -> datetime | None:
    """When a box was asked again: when the change took force that did so, or an address was corrected."""
    if mark not in dossier.asked_again:
        return None
    change, known = dossier.changes.get(dossier.asked_again[mark]), dossier.marks.get(mark)
    return change.in_force_at if change else known.at if known else None


def _close(process: Process, dossier: Dossier) -> Iterator[Found]:
    if not missing_for_activation(process, dossier):
        yield Found(max((mark.at for mark in dossier.marks.values()), default=dossier.opened_at))


def last_movement(dossier: Dossier) -> datetime:
    """When somebody last brought the dossier on. What Cumplimiento does is not seen here, as nobody else may see it."""
    seen = [dossier.opened_at, dossier.state_since or dossier.opened_at]
    seen += [file.at for file in dossier.files.values() if file.place != compliance.PLACE]
    seen += [known.at for known in dossier.papers.values() if known.at]
    seen += [mark.at for mark in dossier.marks.values()] + [observed.at for observed in dossier.observations.values()]
    seen += [taken.at for taken in dossier.withdrawals] + [pause.at for pause in dossier.pauses]
    return max(seen)


def _propose_withdrawal(process: Process, dossier: Dossier) -> Iterator[Found]:
    """A dossier that nothing happens to; it waits from the day on which the table says that this is too long."""
    if dossier.state not in lifecycle.OPEN:
        return
    zone, calendar = ZoneInfo(process.company.timezone), calendar_for(process, dossier)
    day = last_movement(dossier).astimezone(zone).date()
    for _ in range(process.endings.withdrawal.proposed_after_working_days):
        day = _next_working_day(calendar, day)
    yield Found(day_begins(process, day))


def _cancellations(dossier: Dossier, act: str, said: Callable[[Cancellation], str]) -> Iterator[Found]:
    """The cancellations that still stand and wait for one of the two signatures."""
    for key, found in dossier.cancellations.items():
        if found.stands and not said(found):
            yield Found(found.asked_at, act=f"{act}/{key}")


def _decide_change(process: Process, dossier: Dossier, *, confidential: bool) -> Iterator[Found]:
    for one in change_rules.to_decide(dossier):
        kind = change_rules.kind_of(process, one)
        if kind.confidential is confidential:
            area = process.area(kind.approved_by) if process.has_area(kind.approved_by) else None
            yield Found(one.study_at or one.asked_at, (f"{one.change_id} {kind.label}",), area)


def _study_change(process: Process, dossier: Dossier) -> Iterator[Found]:
    for one in change_rules.to_study(dossier):
        kind = change_rules.kind_of(process, one)
        yield Found(one.asked_at, (f"{one.change_id} {kind.label}",), process.area(kind.study_by))


def _visits(process: Process, dossier: Dossier) -> Iterator[Found]:
    """Visits whose result is still missing; one that lies ahead waits for nobody yet, since its period begins with it."""
    rules = process.points.inspection
    area = next((area for area in process.areas if area.key == process.document(rules.paper).given_by), None)
    for point in points.in_state(dossier, PointState.PENDING):
        known = points.point_of(dossier, point.code)
        if known.visit is not None and known.study is None and area is not None:
            yield Found(known.visit.at, (f"{point.code} {point.name}",), area)


def _call_back(process: Process, dossier: Dossier) -> Iterator[Found]:
    area = process.area_of_mail("solicitud_cliente_servicio")
    for one in dossier.service_requests.values():
        if one.state is RequestState.WAITING:
            yield Found(one.at, (one.request_id,), area)


def _cases(process: Process, dossier: Dossier, *, of_areas: bool) -> Iterator[Found]:
    """What the client asked in the portal. What opened a change of data waits as that change."""
    rules = case_rules(process.folder)
    for kind, one in known_cases(process, dossier):
        if one.state in OPEN_CASES and kind.way in CASE_ACTS and process.has_area(kind.role) is of_areas:
            area = process.area(kind.role) if of_areas else None
            items = (rules.texts["item"].format(case=one.case_id, kind=kind.label),)
            yield Found(one.at, items, area, act=f"{CASE_ACTS[kind.way]}/{one.case_id}", deadline=kind.deadline)


FINDERS: dict[str, Callable[[Process, Dossier], Iterator[Found]]] = {
    "deliver_papers": _deliver,
    "renew_papers": _renew,
    "complete_data": _complete_data,
    "answer_observation": _answer,
    "classify_files": _classify,
    "verify_papers": _verify,
    "check_papers": _check,
    "receive_dossier": _receive,
    "review_lists": _review,
    "bring_report": _report,
    "confirm_marks": lambda process, dossier: _of_sheet(process, dossier, signing=False),
    "sign_marks": lambda process, dossier: _of_sheet(process, dossier, signing=True),
    "close_dossier": _close,
    "propose_withdrawal": _propose_withdrawal,
    "sign_cancellation": lambda process, dossier: _cancellations(dossier, "firmar_cancelacion", lambda c: c.signed_by),
    "settle_balance": lambda process, dossier: _cancellations(dossier, "saldo_revisado", lambda c: c.balance_by),
    "decide_change": lambda process, dossier: _decide_change(process, dossier, confidential=False),
    "decide_legal_change": lambda process, dossier: _decide_change(process, dossier, confidential=True),
    "study_change": _study_change,
    "record_visit": _visits,
    "call_back": _call_back,
    "settle_case": lambda process, dossier: _cases(process, dossier, of_areas=True),
    "settle_role_case": lambda process, dossier: _cases(process, dossier, of_areas=False),
}
