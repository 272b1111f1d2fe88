"""The workbook Ajustes read: every cell judged, a bad one explained beside it while the last good value stays. No I/O.

Checked like `expediente check`: rows and cells here, with words for whoever types; the whole by the same rules of `process_rules`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from expediente import adjustments, adjustments_cells, adjustments_people
from expediente.adjustments import Absence, OwnHoliday, Period, Values
from expediente.adjustments_cells import HEAD_ROWS, KEY, NOTICE, Cells, RefusedError, Row
from expediente.process import Process
from expediente.process_rules import check_rules
from expediente.templates import AdjustmentsTemplate

LISTS = ("people", "absences", "holidays")
FIXED = ("contact", "deadlines", "mails")


@dataclass
class Judgement:
    """What a look at the workbook came to. values: in force from now on.

    notices: (tab, row from 0) -> text beside it; keys: likewise, what names the row from now on; groups: row of a person -> groups;
    general: what stands in no row; refused: how much was not accepted; wish: key of the text chosen under Restaurar, '' = none.
    """

    values: Values
    notices: dict[tuple[str, int], str] = field(default_factory=dict)
    keys: dict[tuple[str, int], str] = field(default_factory=dict)
    groups: dict[int, str] = field(default_factory=dict)
    general: list[str] = field(default_factory=list)
    refused: int = 0
    wish: str = ""


@dataclass(frozen=True)
class Look:
    """What everything is judged from. process: of the tables alone; good: the values in force; today: the company's day."""

    process: Process
    template: AdjustmentsTemplate
    good: Values
    today: date


def judge(look: Look, cells: Cells) -> Judgement:
    """Every tab of the workbook; a tab that is broken keeps all its values."""
    found = Judgement(look.good)
    found.wish = _wish(look.template, cells)
    for tab, judge_tab in _TABS.items():
        broken = adjustments_cells.broken(look.template, cells, tab)
        if broken:
            _in_general(found, broken)
            continue
        rows = adjustments_cells.rows(cells, tab)
        most = look.template.tabs[tab].rows
        if most and len(rows) > most:
            said = look.template.refusals["too_many"].format(tab=look.template.tabs[tab].tab, most=most)
            _in_general(found, said)
            rows = rows[:most]
        judge_tab(look, found, rows)
    _obey_rules(look, found)
    return found


def _in_general(found: Judgement, text: str) -> None:
    found.general.append(text)
    found.refused += 1


def _wish(template: AdjustmentsTemplate, cells: Cells) -> str:
    """The choice under Restaurar."""
    options = {template.texts[key]: key for key in ("restore_current", "restore_previous")}
    chosen = adjustments_cells.guide_value(cells, "restore")
    return options.get(chosen, "")


def refuse(look: Look, found: Judgement, tab: str, row: Row, error: RefusedError, kept: str = "") -> None:
    """Say beside a row what was not accepted and what stays in force."""
    texts = look.template.texts
    column = look.template.tabs[tab].columns[error.column].label
    place = texts["of_value" if error.value else "of_column"].format(column=column, value=_short(error.value))
    why = look.template.refusals[error.reason].format(**error.facts)
    found.notices[tab, row.index] = texts["refused"] + place + why + kept
    found.refused += 1


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 40 else line[:39] + "…"


# --- tabs with fixed rows ------------------------------------------------------------------------------------------------------


def _by_key(look: Look, found: Judgement, tab: str, rows: list[Row], labels: Mapping[str, str]) -> Iterator[tuple[str, Row]]:
    """The known rows, each once; one that is missing is told."""
    seen: set[str] = set()
    for row in rows:
        if row.key in labels and row.key not in seen:
            seen.add(row.key)
            yield row.key, row
    for key, label in labels.items():
        if key not in seen:
            said = look.template.refusals["row_gone"].format(tab=look.template.tabs[tab].tab, row=label)
            _in_general(found, said)


def _kept(look: Look, value: str) -> str:
    return look.template.texts["kept"].format(value=_short(value) or look.template.texts["none"])


def _contact(look: Look, found: Judgement, rows: list[Row]) -> None:
    contact = dict(found.values.contact)
    labels = {key: spec.label for key, spec in look.template.contact.items()}
    for key, row in _by_key(look, found, "contact", rows, labels):
        try:
            contact[key] = adjustments_cells.contact(look.template, look.process.company.domain, key, row)
        except RefusedError as error:
            refuse(look, found, "contact", row, error, _kept(look, contact.get(key, "")))
    found.values = replace(found.values, contact=contact)


def _deadlines(look: Look, found: Judgement, rows: list[Row]) -> None:
    deadlines = dict(found.values.deadlines)
    labels = adjustments.deadline_labels(look.process, look.template)
    for key, row in _by_key(look, found, "deadlines", rows, labels):
        try:
            days = adjustments_cells.whole_days(look.template, row)
            deadlines[key] = Period(days, adjustments_cells.reminders(look.template, row))
        except RefusedError as error:
            known = deadlines.get(key)
            refuse(look, found, "deadlines", row, error, _kept(look, _of_period(known, error.column)))
    found.values = replace(found.values, deadlines=deadlines)


def _of_period(period: Period | None, column: str) -> str:
    if period is None:
        return ""
    return str(period.days) if column == "days" else ", ".join(map(str, period.reminders))


def _mails(look: Look, found: Judgement, rows: list[Row]) -> None:
    mails = dict(found.values.mails)
    labels = {key: spec.label for key, spec in look.template.mails.items() if key in look.process.mails}
    for key, row in _by_key(look, found, "mails", rows, labels):
        try:
            own = adjustments_cells.paragraphs(look.template, key, row)
        except RefusedError as error:
            kept = mails.get(key, "")
            refuse(look, found, "mails", row, error, _kept(look, kept) if kept else look.template.texts["kept_original"])
            continue
        mails.pop(key, None)
        if own:
            mails[key] = own
    found.values = replace(found.values, mails=mails)


# --- lists ---------------------------------------------------------------------------------------------------------------------


def _people(look: Look, found: Judgement, rows: list[Row]) -> None:
    if not rows:
        _in_general(found, look.template.refusals["emptied"].format(tab=look.template.tabs["people"].tab))
        return
    verdict = adjustments_people.judge(look.process, look.template, look.good.people, rows)
    for row, error in verdict.refused:
        refuse(look, found, "people", row, error, look.template.texts["kept_row"] if row.key in verdict.people else "")
    for name, error in verdict.not_removed:
        why = look.template.refusals[error.reason].format(**error.facts)
        _in_general(found, look.template.refusals["gone_person"].format(name=name, why=why))
    for index, person in verdict.places.items():
        found.keys["people", index] = person.address
        found.groups[index] = adjustments.groups_text(look.process, person)
    found.values = replace(found.values, people=tuple(verdict.people.values()))


def _absences(look: Look, found: Judgement, rows: list[Row]) -> None:
    """An absence whose row is bad stays as it was; one whose row is gone or empty is over."""
    known = {absence.key: absence for absence in look.good.absences}
    names = adjustments_people.Names(found.values.people, look.good.people)
    by_address = {person.address: person for person in found.values.people}
    taken: dict[str, Absence] = {}
    for row in rows:
        try:
            absence = _absence(look, names, row)
        except RefusedError as error:
            stays = known.get(row.key)
            if stays is not None and stays.address in by_address:
                taken[stays.key] = stays
            refuse(look, found, "absences", row, error, look.template.texts["kept_row"] if row.key in taken else "")
            continue
        taken[absence.key] = absence
        found.keys["absences", row.index] = absence.key
        if not by_address[absence.address].substitute and absence.last >= look.today:
            found.notices["absences", row.index] = look.template.texts["nobody_stands_in"]
    found.values = replace(found.values, absences=adjustments.in_order(taken.values()))


def _absence(look: Look, names: adjustments_people.Names, row: Row) -> Absence:
    limits = look.template.limits
    address = names.one_of_now("person", row.text("person"))
    first, last = (_near_day(look, name, row) for name in ("first", "last"))
    if last < first:
        raise RefusedError("last", "order", f"{last:%d/%m/%Y}")
    if (last - first).days >= limits["absence_days"]:
        raise RefusedError("last", "long_absence", f"{last:%d/%m/%Y}", most=limits["absence_days"])
    return Absence(address, first, last)


def _near_day(look: Look, column: str, row: Row) -> date:
    day = adjustments_cells.day(column, row)
    first = look.today - timedelta(days=look.template.limits["past_days"])
    last = look.today + timedelta(days=look.template.limits["ahead_days"])
    if not first <= day <= last:
        raise RefusedError(column, "far_day", f"{day:%d/%m/%Y}", first=f"{first:%d/%m/%Y}", last=f"{last:%d/%m/%Y}")
    return day


def _holidays(look: Look, found: Judgement, rows: list[Row]) -> None:
    known = {free.day.isoformat(): free for free in look.good.holidays}
    taken: dict[str, OwnHoliday] = {}
    for row in rows:
        try:
            day = adjustments_cells.day("day", row)
            if day.isoformat() != row.key:
                _near_day(look, "day", row)
            if day.isoformat() in taken:
                raise RefusedError("day", "day_twice", f"{day:%d/%m/%Y}")
            reason = adjustments_cells.line(look.template, "reason", row, look.template.limits["reason_letters"], required=False)
        except RefusedError as error:
            stays = row.key in known and row.key not in taken
            if stays:
                taken[row.key] = known[row.key]
            refuse(look, found, "holidays", row, error, look.template.texts["kept_row"] if stays else "")
            continue
        taken[day.isoformat()] = OwnHoliday(day, reason)
        found.keys["holidays", row.index] = day.isoformat()
    found.values = replace(found.values, holidays=tuple(sorted(taken.values(), key=lambda free: free.day)))


_TABS: dict[str, Any] = {
    "contact": _contact,
    "people": _people,
    "absences": _absences,
    "holidays": _holidays,
    "deadlines": _deadlines,
    "mails": _mails,
}


# --- the whole -----------------------------------------------------------------------------------------------------------------


def _obey_rules(look: Look, found: Judgement) -> None:
    """The same rules as `expediente check`: a tab that breaks one keeps all its values, whatever its cells look like."""
    if not check_rules(adjustments.adjusted(look.process, found.values)):
        return
    values = look.good
    for tab in _TABS:
        tried = replace(values, **{tab: getattr(found.values, tab)})
        findings = check_rules(adjustments.adjusted(look.process, tried))
        if findings:
            said = look.template.refusals["whole_tab"]
            first = findings[0]
            _in_general(found, said.format(tab=look.template.tabs[tab].tab, rule=first.rule, remedy=first.remedy))
        else:
            values = tried
    found.values = values


__all__ = ["FIXED", "HEAD_ROWS", "KEY", "LISTS", "NOTICE", "Judgement", "Look", "judge", "refuse"]
