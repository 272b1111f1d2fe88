"""Working time of Panama: until when something is due. Source: process/deadlines.yaml; public holidays from the `holidays` library."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from math import ceil
from zoneinfo import ZoneInfo

from expediente.model import Dossier
from expediente.process import Calendar, Deadline, Process

_WEEKDAYS = ("LU", "MA", "MI", "JU", "VI", "SA", "DO")


@lru_cache(maxsize=16)
def _public_holidays(year: int) -> frozenset[date]:
    import holidays  # 0.1 s of import that only mails with a day need

    return frozenset(holidays.country_holidays("PA", years=year))


def is_working_day(calendar: Calendar, day: date) -> bool:
    """Whether the company works that day."""
    free = day in _public_holidays(day.year) or day in calendar.extra_holidays
    return _WEEKDAYS[day.weekday()] in calendar.working_days and not free


def add_working_hours(calendar: Calendar, zone: ZoneInfo, start: datetime, hours: float) -> datetime:
    """The instant that many working hours after `start`; a start outside working time counts from the next opening."""
    opens, closes = time.fromisoformat(calendar.from_hour), time.fromisoformat(calendar.to_hour)
    left = timedelta(hours=hours)
    at = start.astimezone(zone)
    while True:
        opening = datetime.combine(at.date(), opens, zone)
        closing = datetime.combine(at.date(), closes, zone)
        at = max(at, opening)
        if is_working_day(calendar, at.date()) and at < closing:
            if left <= closing - at:
                return at + left
            left -= closing - at
        at = datetime.combine(at.date() + timedelta(days=1), opens, zone)


def due_day(process: Process, deadline: str, start: datetime) -> date:
    """The day, in Panama, by which something of `deadlines.yaml` is due when it begins at `start`."""
    hours = process.deadlines[deadline].due_after_working_hours
    return add_working_hours(process.calendar, ZoneInfo(process.company.timezone), start, hours).date()


def deadline_for(process: Process, dossier: Dossier, deadline: Deadline) -> Deadline:
    """A period as it counts for a dossier: shorter, and reminded sooner, while it is urgent."""
    if dossier.urgency is None:
        return deadline
    rule = process.endings.urgency
    hours = max(1, ceil(deadline.due_after_working_hours * rule.share_of_hours / 100))
    days = rule.reminders_on_working_days if deadline.reminders_on_working_days else ()
    return replace(deadline, due_after_working_hours=hours, reminders_on_working_days=days)


def calendar_for(process: Process, dossier: Dossier) -> Calendar:
    """The working days of a dossier: those of the company but for the days of its pauses."""
    paused = [day for pause in dossier.pauses for day in _days(pause.since, pause.until)]
    return replace(process.calendar, extra_holidays=(*process.calendar.extra_holidays, *paused)) if paused else process.calendar


def _days(first: date, until: date) -> list[date]:
    return [first + timedelta(days=number) for number in range((until - first).days)]


def due_day_for(process: Process, dossier: Dossier, deadline: str, start: datetime) -> date:
    """`due_day` as it counts for a dossier."""
    hours = deadline_for(process, dossier, process.deadlines[deadline]).due_after_working_hours
    zone = ZoneInfo(process.company.timezone)
    return add_working_hours(calendar_for(process, dossier), zone, start, hours).date()


def day_begins(process: Process, day: date) -> datetime:
    """The first instant of a day where the company works."""
    return datetime.combine(day, time.min, ZoneInfo(process.company.timezone))


def local_day(process: Process, at: datetime) -> date:
    """The day of an instant where the company works."""
    return at.astimezone(ZoneInfo(process.company.timezone)).date()


def working_days_between(process: Process, start: datetime, end: datetime) -> float:
    """How many working days of time lie between two instants, to one decimal; time outside working hours counts nothing."""
    calendar = process.calendar
    opens, closes = time.fromisoformat(calendar.from_hour), time.fromisoformat(calendar.to_hour)
    whole = datetime.combine(date.min, closes) - datetime.combine(date.min, opens)
    return round(_worked(process, start, end) / whole, 1)


def working_hours_between(process: Process, start: datetime, end: datetime) -> float:
    """How many working hours lie between two instants; time outside them counts nothing."""
    return _worked(process, start, end) / timedelta(hours=1)


def _worked(process: Process, start: datetime, end: datetime) -> timedelta:
    calendar, zone = process.calendar, ZoneInfo(process.company.timezone)
    opens, closes = time.fromisoformat(calendar.from_hour), time.fromisoformat(calendar.to_hour)
    first, last = start.astimezone(zone), end.astimezone(zone)
    worked, day = timedelta(0), first.date()
    while day <= last.date():
        if is_working_day(calendar, day):
            begins, ends = max(first, datetime.combine(day, opens, zone)), min(last, datetime.combine(day, closes, zone))
            worked += max(ends - begins, timedelta(0))
        day += timedelta(days=1)
    return worked
