"""What the cases of a dossier add to the figures of service to clients: response, resolution, satisfaction, by month. No I/O.

A case counts in the month in which it came. What is decided in confidence counts nowhere: its being late would tell as well.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from expediente.case_data import OPEN_CASES, Case
from expediente.case_rules import CaseKind, Targets, known_cases
from expediente.deadlines import add_working_hours, calendar_for, deadline_for, local_day, working_hours_between
from expediente.model import Dossier
from expediente.process import Process

# Kind of count: `case|month|name`.
CASE = "case"
_CAME, _ENDED, _ANSWERED, _TENTHS, _LATE, _RATED, _STARS = "came", "ended", "answered", "tenths", "late", "rated", "stars"


@dataclass(frozen=True)
class Service:
    """A month. came, ended: cases of it; hours: mean working hours until a person answered; late: answered after their day.

    satisfaction: mean of 1 to 5, of `rated` answers, those about Eva herself included. None = there is nothing to divide by.
    """

    key: str
    came: int
    ended: int
    late: int
    rated: int
    hours: Decimal | None
    resolved: Decimal | None
    satisfaction: Decimal | None


@dataclass(frozen=True)
class Breach:
    """A target that a month has missed. indicator: `response`, `resolved` or `satisfaction`; the values as they are shown."""

    key: str
    indicator: str
    found: Decimal
    target: Decimal


def shown_cases(process: Process, dossier: Dossier) -> Iterator[tuple[CaseKind, Case]]:
    """The cases that others may know of."""
    return ((kind, case) for kind, case in known_cases(process, dossier) if not kind.confidential)


def due_at(process: Process, dossier: Dossier, kind: CaseKind, case: Case) -> datetime:
    """Until when a case should be settled."""
    deadline = deadline_for(process, dossier, process.deadlines[kind.deadline])
    zone = ZoneInfo(process.company.timezone)
    return add_working_hours(calendar_for(process, dossier), zone, case.at, deadline.due_after_working_hours)


def first_due(process: Process, dossier: Dossier) -> str | None:
    """The day on which the first open case is due, and the dossier, as an index; None = none is open."""
    days = [due_at(process, dossier, kind, one) for kind, one in shown_cases(process, dossier) if one.state in OPEN_CASES]
    return f"{local_day(process, min(days)).isoformat()}/{dossier.dossier_id}" if days else None


def last_at(process: Process, dossier: Dossier) -> datetime | None:
    """When somebody last said something in a case."""
    return max((one.closed_at or one.answered_at or one.at for _, one in shown_cases(process, dossier)), default=None)


def counts_of(process: Process, dossier: Dossier) -> Counter[str]:
    """What the cases add to the totals."""
    found: Counter[str] = Counter()
    for kind, case in shown_cases(process, dossier):
        month = local_day(process, case.at).isoformat()[:7]
        for name, count in _counts(process, dossier, kind, case):
            found[f"{CASE}|{month}|{name}"] += count
    for month, (count, total) in dossier.eva_ratings.items():
        found[f"{CASE}|{month}|{_RATED}"] += count
        found[f"{CASE}|{month}|{_STARS}"] += total
    return found


def _counts(process: Process, dossier: Dossier, kind: CaseKind, case: Case) -> Iterator[tuple[str, int]]:
    yield _CAME, 1
    if case.state not in OPEN_CASES:
        yield _ENDED, 1
    if case.answered_at is not None:
        yield _ANSWERED, 1
        yield _TENTHS, round(10 * working_hours_between(process, case.at, case.answered_at))
        if case.answered_at > due_at(process, dossier, kind, case):
            yield _LATE, 1
    if case.satisfaction:
        yield _RATED, 1
        yield _STARS, case.satisfaction


def service_of(totals: Mapping[str, int], months: Sequence[str]) -> tuple[Service, ...]:
    """The months as the totals come to."""
    return tuple(_service(totals, month) for month in months)


def _service(totals: Mapping[str, int], month: str) -> Service:
    def of(name: str) -> int:
        return totals.get(f"{CASE}|{month}|{name}", 0)

    return Service(
        key=month,
        came=of(_CAME),
        ended=of(_ENDED),
        late=of(_LATE),
        rated=of(_RATED),
        hours=_mean(of(_TENTHS), 10 * of(_ANSWERED)),
        resolved=_mean(100 * of(_ENDED), of(_CAME)),
        satisfaction=_mean(of(_STARS), of(_RATED)),
    )


def _mean(total: int, count: int) -> Decimal | None:
    return (Decimal(total) / count).quantize(Decimal("0.1")) if count else None


def breaches(targets: Targets, months: Sequence[Service]) -> Iterator[Breach]:
    """What missed its target, the newest month first."""
    for month in reversed(months):
        if month.hours is not None and month.hours > targets.response_working_hours:
            yield Breach(month.key, "response", month.hours, targets.response_working_hours)
        if month.resolved is not None and month.resolved < targets.resolved_percent:
            yield Breach(month.key, "resolved", month.resolved, Decimal(targets.resolved_percent))
        if month.satisfaction is not None and month.satisfaction < targets.satisfaction:
            yield Breach(month.key, "satisfaction", month.satisfaction, targets.satisfaction)
