"""What the company changes itself in the workbook Ajustes, as values, and the process with these values in place of those of YAML.

The record `adjustments/main` holds the values that were accepted last, whole: once there, they win over `process/` in everything that
the workbook shows; what it does not know (a new deadline, a new mail) comes from YAML. `adjustments/000001` … keep each version.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from typing import Any

from expediente import codec, templates
from expediente.errors import ConfigurationError
from expediente.model import SCHEMA
from expediente.process import Company, Deadline, Person, Process
from expediente.process_rules import check_rules
from expediente.templates import AdjustmentsTemplate

_log = logging.getLogger(__name__)

KIND, MAIN = "adjustments", "main"
# The chain of events that the accepted versions make.
CHAIN = "adjustments"


@dataclass(frozen=True)
class Absence:
    """Somebody is away, both days included."""

    address: str
    first: date
    last: date

    @property
    def key(self) -> str:
        """What names it in the workbook."""
        return f"{self.address}/{self.first.isoformat()}/{self.last.isoformat()}"


@dataclass(frozen=True)
class OwnHoliday:
    """A free day of the company's own."""

    day: date
    reason: str = ""


@dataclass(frozen=True)
class Period:
    """Whole working days until something is due, and those on which it is reminded."""

    days: int
    reminders: tuple[int, ...] = ()


@dataclass(frozen=True)
class Values:
    """What stands in the workbook and was accepted. contact: key of company.yaml -> text, several lines where it is a list.

    people: without their absences, which stand apart; mails: key -> own paragraphs, one a line; without an entry the template's.
    """

    contact: dict[str, str] = field(default_factory=dict)
    people: tuple[Person, ...] = ()
    absences: tuple[Absence, ...] = ()
    holidays: tuple[OwnHoliday, ...] = ()
    deadlines: dict[str, Period] = field(default_factory=dict)
    mails: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Adjustments:
    """An accepted version. by: who changed the workbook, as `person_ref`; to_do: what is left to do in Google's admin console.

    event_count, chain_head: the chain of the workbook's own events.
    """

    version: int
    at: datetime
    by: tuple[str, ...]
    values: Values
    to_do: tuple[str, ...] = ()
    event_count: int = 0
    chain_head: str = ""
    schema: int = SCHEMA


# --- out of the tables ---------------------------------------------------------------------------------------------------------


def hours_of_day(process: Process) -> int:
    """Working hours of a day, whole."""
    opens, closes = (time.fromisoformat(text) for text in (process.calendar.from_hour, process.calendar.to_hour))
    return max(closes.hour - opens.hour, 1)


def deadline_labels(process: Process, template: AdjustmentsTemplate) -> dict[str, str]:
    """The deadlines that the workbook offers: those of its table, and each area's own; only those of whole working days."""
    own = {f"confirm_{area.key}": template.area_deadline.format(area=area.label) for area in process.areas}
    known, hours = {**template.deadlines, **own}, hours_of_day(process)
    return {
        key: label
        for key, label in known.items()
        if key in process.deadlines and process.deadlines[key].due_after_working_hours % hours == 0
    }


def values_of(process: Process, template: AdjustmentsTemplate) -> Values:
    """What the workbook would show of that process."""
    company, hours = process.company, hours_of_day(process)
    absences = in_order(Absence(one.address.lower(), *days) for one in company.people for days in one.absences)
    return Values(
        contact={key: _text(getattr(company, key)) for key in template.contact},
        people=tuple(_listed(person) for person in company.people),
        absences=absences,
        holidays=tuple(OwnHoliday(day, process.holiday_reasons.get(day, "")) for day in sorted(process.calendar.extra_holidays)),
        deadlines={
            key: Period(rule.due_after_working_hours // hours, rule.reminders_on_working_days)
            for key in deadline_labels(process, template)
            for rule in (process.deadlines[key],)
        },
        mails=dict(process.own_paragraphs),
    )


def in_order(absences: Iterable[Absence]) -> tuple[Absence, ...]:
    """By their first day, so that sorting the rows is no change."""
    return tuple(sorted(absences, key=lambda one: (one.first, one.address, one.last)))


def _listed(person: Person) -> Person:
    return replace(person, address=person.address.lower(), substitute=person.substitute.lower(), absences=())


def _text(value: str | tuple[str, ...]) -> str:
    return value if isinstance(value, str) else "\n".join(value)


def groups_for(process: Process, person: Person) -> tuple[str, ...]:
    """The groups of Google in which somebody of these roles must be, so that the grants of access.yaml reach them."""
    company = process.company
    own = [item.group for item in (*process.areas, *process.roles) if item.key in person.roles]
    uniting = [company.groups[key] for key, areas in company.umbrellas.items() if set(areas) & set(person.roles)]
    return tuple(dict.fromkeys([*own, *uniting]))


def groups_text(process: Process, person: Person) -> str:
    """The same groups as the workbook shows them: all are of the company's domain, so the name before the @ is enough."""
    return ", ".join(group.split("@")[0] + "@" for group in groups_for(process, person))


# --- into the process ----------------------------------------------------------------------------------------------------------


def adjusted(process: Process, values: Values) -> Process:
    """The process with these values, not yet checked."""
    template = templates.adjustments(process.folder)
    hours, offered = hours_of_day(process), deadline_labels(process, template)
    deadlines = {
        key: Deadline(key, values.deadlines[key].days * hours, values.deadlines[key].reminders)
        for key in offered
        if key in values.deadlines
    }
    reasons = {free.day: free.reason for free in values.holidays}
    return replace(
        process,
        company=_company(process.company, values, template),
        deadlines={**process.deadlines, **deadlines},
        calendar=replace(process.calendar, extra_holidays=tuple(sorted(reasons))),
        holiday_reasons=reasons,
        own_paragraphs={key: text for key, text in values.mails.items() if key in template.mails and key in process.mails},
    )


def _company(company: Company, values: Values, template: AdjustmentsTemplate) -> Company:
    away: dict[str, list[tuple[date, date]]] = {}
    for absence in values.absences:
        away.setdefault(absence.address, []).append((absence.first, absence.last))
    people = tuple(replace(one, absences=tuple(away.get(one.address, ()))) for one in values.people)
    contact = {
        key: tuple(text.split("\n")) if isinstance(getattr(company, key), tuple) else text
        for key, text in values.contact.items()
        if key in template.contact
    }
    return replace(company, people=people or company.people, **contact)  # type: ignore[arg-type]


_PARTS = ("contact", "people", "absences", "holidays", "deadlines", "mails")


def sound(process: Process, values: Values) -> Process:
    """The process with as many of these values as fit the tables of this installation.

    A release may take away an area whose people the workbook still names: no door may fail of that.
    What does not fit is left out with an alert; `expediente check --ajustes` says what it is.
    """
    whole = adjusted(process, values)
    if not check_rules(whole):
        return whole
    kept = values_of(process, templates.adjustments(process.folder))
    for part in _PARTS:
        tried = replace(kept, **{part: getattr(values, part)})
        if check_rules(adjusted(process, tried)):
            _log.error("adjustments left out", extra={"reason": part, "alert": "adjustments"})
        else:
            kept = tried
    return adjusted(process, kept)


def read(data: dict[str, Any]) -> Adjustments | None:
    """The record as it stands in the store; None with an alert when it cannot be read: the tables then stand alone."""
    try:
        return codec.from_data(Adjustments, data)
    except ConfigurationError:
        _log.exception("adjustments not read", extra={"alert": "adjustments"})
        return None
