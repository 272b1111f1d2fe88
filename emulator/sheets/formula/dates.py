"""Dates and times, as serial numbers."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from emulator.sheets.entry import parse_date
from emulator.sheets.formula.evaluator import Scope
from emulator.sheets.formula.registry import function
from emulator.sheets.formula.values import FormulaError, Operand, Value, check_room, integer, number, text
from emulator.sheets.serials import from_serial, to_serial


def moment(scope: Scope, value: Value) -> datetime:
    """A value as a local time; a text is read like a typed date.

    :raises FormulaError: it is no date.
    """
    if isinstance(value, str):
        serial = parse_date(value, scope.language, scope.now.date())
        if serial is None:
            raise FormulaError("VALUE", f"'{value}' cannot be parsed to a date.")
        return from_serial(serial)
    try:
        return from_serial(number(value))
    except OverflowError as error:
        raise FormulaError("NUM", "The date is out of range.") from error


@function("TODAY", 0)
def _today(scope: Scope) -> Value:
    return to_serial(scope.now.date())


@function("NOW", 0)
def _now(scope: Scope) -> Value:
    return to_serial(scope.now)


@function("DATE", 3)
def _date(scope: Scope, year: Value, month: Value, day: Value) -> Value:
    y, m = integer(year), integer(month) - 1
    y = y + 1900 if 0 <= y < 1900 else y
    try:
        first = datetime(y + m // 12, m % 12 + 1, 1)
    except ValueError as error:
        raise FormulaError("NUM", "Function DATE parameters are out of range.") from error
    return to_serial(first) + integer(day) - 1


@function("TIME", 3)
def _time(scope: Scope, hour: Value, minute: Value, second: Value) -> Value:
    return ((integer(hour) * 3600 + integer(minute) * 60 + integer(second)) / 86400) % 1


@function("DATEVALUE", 1)
def _datevalue(scope: Scope, value: Value) -> Value:
    return to_serial(moment(scope, value).date())


@function("YEAR", 1)
def _year(scope: Scope, value: Value) -> Value:
    return float(moment(scope, value).year)


@function("MONTH", 1)
def _month(scope: Scope, value: Value) -> Value:
    return float(moment(scope, value).month)


@function("DAY", 1)
def _day(scope: Scope, value: Value) -> Value:
    return float(moment(scope, value).day)


@function("HOUR", 1)
def _hour(scope: Scope, value: Value) -> Value:
    return float(moment(scope, value).hour)


@function("MINUTE", 1)
def _minute(scope: Scope, value: Value) -> Value:
    return float(moment(scope, value).minute)


@function("SECOND", 1)
def _second(scope: Scope, value: Value) -> Value:
    return float(moment(scope, value).second)


@function("WEEKDAY", 1, 2)
def _weekday(scope: Scope, value: Value, kind: Value = 1.0) -> Value:
    monday_first = moment(scope, value).weekday()
    starts = {1: (monday_first + 1) % 7 + 1, 2: monday_first + 1, 3: monday_first}
    if integer(kind) not in starts:
        raise FormulaError("NUM", "Function WEEKDAY parameter 2 is out of range.")
    return float(starts[integer(kind)])


@function("WEEKNUM", 1, 2)
def _weeknum(scope: Scope, value: Value, kind: Value = 1.0) -> Value:
    day = moment(scope, value).date()
    first = date(day.year, 1, 1)
    offset = first.weekday() if integer(kind) == 2 else (first.weekday() + 1) % 7
    return float(((day - first).days + offset) // 7 + 1)


def _shift_months(start: datetime, months: int, *, end: bool) -> float:
    index = start.year * 12 + start.month - 1 + months
    first = datetime(index // 12, index % 12 + 1, 1)
    following = datetime((index + 1) // 12, (index + 1) % 12 + 1, 1)
    last_day = (following - first).days
    return to_serial(first) + (last_day if end else min(start.day, last_day)) - 1


@function("EDATE", 2)
def _edate(scope: Scope, value: Value, months: Value) -> Value:
    return _shift_months(moment(scope, value), integer(months), end=False)


@function("EOMONTH", 2)
def _eomonth(scope: Scope, value: Value, months: Value) -> Value:
    return _shift_months(moment(scope, value), integer(months), end=True)


@function("DAYS", 2)
def _days(scope: Scope, end: Value, start: Value) -> Value:
    return float((moment(scope, end).date() - moment(scope, start).date()).days)


@function("DATEDIF", 3)
def _datedif(scope: Scope, start: Value, end: Value, unit: Value) -> Value:
    first, last = moment(scope, start), moment(scope, end)
    if first > last:
        raise FormulaError("NUM", "Function DATEDIF parameter 1 should be on or before parameter 2.")
    months = (last.year - first.year) * 12 + last.month - first.month - (last.day < first.day)
    results = {"D": (last.date() - first.date()).days, "M": months, "Y": months // 12, "YM": months % 12}
    if text(unit).upper() not in results:
        raise FormulaError("NUM", f"Function DATEDIF parameter 3 value is {text(unit)}.")
    return float(results[text(unit).upper()])


def _holidays(scope: Scope, operand: Operand) -> set[date]:
    if operand is None:
        return set()
    return {moment(scope, value).date() for value in scope.as_array(operand).flat() if value is not None and value != ""}


@function("NETWORKDAYS", 2, 3, kind="range")
def _networkdays(scope: Scope, start: Operand, end: Operand, holidays: Operand = None) -> Value:
    first, last = moment(scope, scope.single(start)).date(), moment(scope, scope.single(end)).date()
    sign = 1 if first <= last else -1
    low, high = min(first, last), max(first, last)
    off = _holidays(scope, holidays)
    days = (low + timedelta(days=n) for n in range((high - low).days + 1))
    return float(sign * sum(1 for day in days if day.weekday() < 5 and day not in off))


@function("WORKDAY", 2, 3, kind="range")
def _workday(scope: Scope, start: Operand, days: Operand, holidays: Operand = None) -> Value:
    day, left = moment(scope, scope.single(start)).date(), integer(scope.single(days))
    check_room(1, abs(left), most=1_000_000)
    step, off = (1 if left >= 0 else -1), _holidays(scope, holidays)
    while left:
        day += timedelta(days=step)
        if day.weekday() < 5 and day not in off:
            left -= step
    return to_serial(day)
