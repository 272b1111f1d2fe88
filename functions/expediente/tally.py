"""What one dossier adds to the figures of the register, and whose turn it is. No I/O.

A tally is made again whenever its dossier changes; what it adds is kept beside it, so that the totals are kept by the difference
and no figure ever reads all dossiers. Nothing of a confidential task enters: to everybody else a dossier that Cumplimiento looks at,
has an alert about or has rejected is one that is under internal review.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from expediente import access_audit, case_figures, documents, follow_up, lifecycle
from expediente.access import hidden_places
from expediente.case_figures import Service, service_of
from expediente.deadlines import local_day, working_days_between
from expediente.model import SCHEMA, ComplianceState, Dossier, Event, State
from expediente.process import Process
from expediente.templates import RegisterTemplate, StageSpan

# Kinds of count: `kind|what|what`. Days and months in the company's time.
STATE, DUE, SPAN, ACTIVE, JUDGED, RIGHT, RETURNS = "state", "due", "span", "active", "judged", "right", "returns"
# What the counts of returns call the intake form, which is no paper.
FORM = "*form"


@dataclass(frozen=True)
class Tally:
    """What is kept of a dossier for register and figures. row: its row, from 0; entered: state -> instant of entering it.

    counts: what it adds to the totals; right: whether nothing was returned until the service became active, None before.
    late_from: the day after which the first of its open tasks is late, None = none is open. parked: the class of what it
    stopped at, parked_since: since when; None = it goes on.
    access: what the last look at its access found, access_at: when; access_round: which look that was.
    case_due: day on which the first of its open cases is due, `day/dossier`; case_at: when something last happened to one.
    """

    dossier_id: str
    row: int
    state: str
    entered: dict[str, datetime] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    right: bool | None = None
    late_from: str | None = None
    parked: str = ""
    parked_since: datetime | None = None
    access: tuple[str, ...] = ()
    access_round: int = 0
    access_at: datetime | None = None
    case_due: str | None = None
    case_at: datetime | None = None
    schema: int = SCHEMA


@dataclass(frozen=True)
class Wait:
    """A task that others may know of. role: key of the area or role that it waits for."""

    role: str
    since: datetime
    due: date


@dataclass(frozen=True)
class Turn:
    """Whose turn it is. roles: in the order of the tasks; neutral: nobody's that may be named; due: the next day to be kept."""

    roles: tuple[str, ...]
    since: datetime
    due: date | None
    neutral: bool = False

    def text(self, process: Process) -> str:
        """In words that anyone may read."""
        return process.neutral_review_text if self.neutral else ", ".join(process.label_of(role) for role in self.roles)


# --- whose turn ----------------------------------------------------------------------------------------------------------------


def waits(process: Process, dossier: Dossier) -> list[Wait]:
    """The open tasks that are not confidential and had begun on the day of the dossier's last change."""
    last = local_day(process, dossier.changed_at) if dossier.changed_at else date.max
    return [
        Wait(follow_up.role_of(task), task.found.since, local_day(process, follow_up.due_at(process, task)))
        for task in follow_up.waiting(process, dossier)
        if not task.rule.confidential and local_day(process, task.found.since) <= last
    ]


def turn_of(process: Process, dossier: Dossier, open_tasks: Sequence[Wait] | None = None) -> Turn:
    """Whose turn it is now and since when: of whomever an open task waits for. open_tasks: `waits`, where they are known."""
    found = waits(process, dossier) if open_tasks is None else open_tasks
    since = dossier.state_since or dossier.opened_at
    if found:
        roles = tuple(dict.fromkeys(wait.role for wait in found))
        return Turn(roles, min(wait.since for wait in found), min(wait.due for wait in found))
    built = dossier.state in lifecycle.OPEN and dossier.done(documents.BUILD)
    return Turn((), since, None, neutral=built and dossier.compliance is not ComplianceState.PASSED)


# --- the tally -----------------------------------------------------------------------------------------------------------------


def entered_of(dossier: Dossier, events: Sequence[Event]) -> dict[str, datetime]:
    """When the dossier entered each of its states, first times, from its audit events."""
    found = {State.COLLECTING.value: dossier.opened_at}
    for event in events:
        if event.kind == "state_changed":
            found.setdefault(event.data["state"], event.at)
    return found


def tally_of(
    process: Process, template: RegisterTemplate, dossier: Dossier, row: int, entered: dict[str, datetime], earlier: Tally | None
) -> Tally:
    """What the dossier adds today."""
    open_tasks = waits(process, dossier)
    returns = returns_of(process, dossier)
    right = earlier.right if earlier else None
    if right is None and State.ACTIVE.value in entered:
        # Judged once: what is returned while the service runs is another matter.
        right = not returns
    counts = Counter({f"{STATE}|{dossier.state.value}": 1})
    counts.update(f"{DUE}|{wait.role}|{wait.due.isoformat()}" for wait in open_tasks)
    counts.update({f"{RETURNS}|{kind}": times for kind, times in returns.items()})
    counts.update(case_figures.counts_of(process, dossier))
    counts.update(_milestones(process, template.stages, entered, right=bool(right)))
    return Tally(
        dossier_id=dossier.dossier_id,
        row=row,
        state=dossier.state.value,
        entered=entered,
        counts=dict(counts),
        right=right,
        late_from=min((wait.due.isoformat() for wait in open_tasks), default=None),
        parked=_parked(dossier),
        parked_since=_parked_since(dossier, earlier),
        case_due=case_figures.first_due(process, dossier),
        case_at=case_figures.last_at(process, dossier),
        **_access(process, dossier, earlier),
    )


def returns_of(process: Process, dossier: Dossier) -> dict[str, int]:
    """How often each kind of paper was returned, and the form; nothing of internal papers."""
    internal = {rule.key for rule in process.documents if rule.internal}
    found = Counter({FORM: dossier.form_returns} if dossier.form_returns else {})
    for key, paper in dossier.papers.items():
        kind = key.partition(":")[0]
        if paper.returns and kind not in internal:
            found[kind] += paper.returns
    return dict(found)


def _milestones(
    process: Process, stages: Mapping[str, StageSpan], entered: Mapping[str, datetime], *, right: bool
) -> Counter[str]:
    """The stretches that are behind it, in the month in which each ended, and its activation."""
    counts: Counter[str] = Counter()
    for key, span in stages.items():
        if span.begins in entered and span.ends in entered:
            tenths = round(10 * working_days_between(process, entered[span.begins], entered[span.ends]))
            counts[f"{SPAN}|{month_of(process, entered[span.ends])}|{key}|{tenths}"] += 1
    if State.ACTIVE.value in entered:
        at = entered[State.ACTIVE.value]
        counts[f"{ACTIVE}|{local_day(process, at).isoformat()}"] += 1
        counts[f"{JUDGED}|{month_of(process, at)}"] += 1
        counts[f"{RIGHT}|{month_of(process, at)}"] += right
    return counts


# What a dossier stopped at, by the effect of the step that its reason names; the advice for each stands in register.yaml.
_CLASSES = {
    **dict.fromkeys(("create_folder", "move_folder"), "folder"),
    **dict.fromkeys(("add_grant", "remove_grant"), "grant"),
    **dict.fromkeys(("file_paper", "make_document", "remake_document", "lock_file", "keep_pdf", "keep_issued"), "file"),
    **dict.fromkeys(("create_spreadsheet", "build_spreadsheet", "list_files", "add_papers", "write_notes"), "workbook"),
    "write_control_cell": "workbook",
}
_STEPLESS = ("unforeseen", "read")


def _parked(dossier: Dossier) -> str:
    step = dossier.parked.partition(": ")[0]
    if not step or step in _STEPLESS:
        return step
    record = dossier.steps.get(step)
    return _CLASSES.get(record.effect, "other") if record else "other"


def _access(process: Process, dossier: Dossier, earlier: Tally | None) -> dict[str, Any]:
    """What the last look at its access found, but for places that only their own role may know of."""
    hidden, state = hidden_places(process), dossier.access
    lines = tuple(access_audit.told(process, dossier, one) for one in state.found if one.place not in hidden)
    known = earlier if earlier and earlier.access_round == state.round else None
    at = known.access_at if known else dossier.changed_at
    return {"access": lines, "access_round": state.round, "access_at": at if lines else None}


def _parked_since(dossier: Dossier, earlier: Tally | None) -> datetime | None:
    if not dossier.parked:
        return None
    return (earlier.parked_since if earlier else None) or dossier.changed_at or dossier.opened_at


def month_of(process: Process, at: datetime) -> str:
    """The month of an instant where the company works, such as `2026-03`."""
    return local_day(process, at).isoformat()[:7]


def moved(totals: Mapping[str, int], changes: Sequence[tuple[Tally | None, Tally]]) -> dict[str, int]:
    """The totals after some tallies were made anew. changes: (as it was, as it is)."""
    kept = Counter(totals)
    for before, after in changes:
        kept.subtract(before.counts if before else {})
        kept.update(after.counts)
    return {key: count for key, count in sorted(kept.items()) if count}


# --- figures -------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Span:
    """How long a stretch took. days: working days; the median, and what nine of ten do not exceed. None = nobody has walked it."""

    count: int
    median: float | None
    p90: float | None


@dataclass(frozen=True)
class Month:
    """The services that became active in a month, and how many of them without anything returned."""

    key: str
    active: int
    judged: int
    right: int


@dataclass(frozen=True)
class Figures:
    """All figures at one day. states, returns: by key; stages: by key, of the months shown; waiting: role -> (late, all).

    service: how clients were served in the months shown.
    """

    states: dict[str, int]
    stages: dict[str, Span]
    months: tuple[Month, ...]
    waiting: dict[str, tuple[int, int]]
    returns: dict[str, int]
    active_days: dict[str, int]
    service: tuple[Service, ...] = ()

    @property
    def late(self) -> int:
        """How many tasks are late."""
        return sum(late for late, _ in self.waiting.values())

    def activated_between(self, first: date, last: date) -> int:
        """How many services became active from one day to another, both included."""
        return sum(count for day, count in self.active_days.items() if first.isoformat() <= day <= last.isoformat())


def figures_of(totals: Mapping[str, int], stages: Sequence[str], months: int, today: date) -> Figures:
    """The figures that the totals come to on a day. months: how many months back, this one included."""
    rows = [(key.split("|"), count) for key, count in totals.items()]
    shown = _months_back(today, months)
    waiting: dict[str, tuple[int, int]] = {}
    for (kind, *parts), count in rows:
        if kind == DUE:
            late, every = waiting.get(parts[0], (0, 0))
            waiting[parts[0]] = (late + (count if parts[1] < today.isoformat() else 0), every + count)
    days = {parts[0]: count for (kind, *parts), count in rows if kind == ACTIVE}
    return Figures(
        states={parts[0]: count for (kind, *parts), count in rows if kind == STATE},
        stages={key: _span(rows, key, shown) for key in stages},
        months=tuple(_month(totals, days, key) for key in shown),
        waiting=waiting,
        returns={parts[0]: count for (kind, *parts), count in rows if kind == RETURNS},
        active_days=days,
        service=service_of(totals, shown),
    )


def _months_back(today: date, months: int) -> list[str]:
    number = today.year * 12 + today.month - 1
    return [f"{n // 12:04d}-{n % 12 + 1:02d}" for n in range(number - months + 1, number + 1)]


def _span(rows: Sequence[tuple[list[str], int]], stage: str, months: Sequence[str]) -> Span:
    found: Counter[int] = Counter()
    for (kind, *parts), count in rows:
        if kind == SPAN and parts[1] == stage and parts[0] in months:
            found[int(parts[2])] += count
    tenths = sorted(found.elements())
    if not tenths:
        return Span(0, None, None)
    middle, size = len(tenths) // 2, len(tenths)
    median = tenths[middle] if size % 2 else (tenths[middle - 1] + tenths[middle]) / 2
    # The nearest rank: the smallest that nine of ten do not exceed.
    return Span(size, round(median / 10, 2), tenths[-(-size * 9 // 10) - 1] / 10)


def _month(totals: Mapping[str, int], days: Mapping[str, int], key: str) -> Month:
    active = sum(count for day, count in days.items() if day.startswith(key))
    return Month(key, active, totals.get(f"{JUDGED}|{key}", 0), totals.get(f"{RIGHT}|{key}", 0))
