"""Reading what a person types into a cell (USER_ENTERED): number, date, boolean, formula or text, by locale."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from emulator.sheets.locales import Locale
from emulator.sheets.model import Scalar
from emulator.sheets.serials import to_serial

Json = dict[str, Any]
_TIME = re.compile(r"^(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,3}))?)?\s*([ap]\.?\s?m\.?)?$", re.IGNORECASE)
_ISO = re.compile(r"^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})$")
_PLAIN_DATE = re.compile(r"^(\d{1,2})[-/.](\d{1,2})(?:[-/.](\d{4}|\d{2}))?$")
_DAY_MONTH_NAME = re.compile(r"^(\d{1,2})(?:[-/ ]| de )([^\W\d]+)\.?(?:(?:[-/ ,]| de )+(\d{4}|\d{2}))?$", re.IGNORECASE)
_MONTH_NAME_DAY = re.compile(r"^([^\W\d]+)\.? (\d{1,2})(?:,? (\d{4}))?$", re.IGNORECASE)
_FORMULA_LIKE = re.compile(r"^\+\s*(\$?[A-Za-z]{1,3}\$?\d+|[A-Za-z]+\()")
_CURRENCIES = ("B/.", "US$", "$", "€", "£", "S/", "₡", "Q")


@dataclass(frozen=True)
class Entered:
    """What was typed: a value or a formula, and the number format that typing it suggests."""

    value: Scalar = None
    formula: str | None = None
    number_format: Json | None = None


def read_entry(text: str, language: Locale, today: date, *, as_text: bool = False) -> Entered:
    """Interpret a typed text. `today` completes a date without year; `as_text` is for cells formatted as plain text."""
    if text == "":
        return Entered()
    if as_text:
        return Entered(value=text)
    if text.startswith("'"):
        return Entered(value=text[1:])
    bare = text.strip()
    if bare.startswith("=") and len(bare) > 1:
        return Entered(formula=bare)
    if _FORMULA_LIKE.match(bare):
        return Entered(formula="=" + bare)
    folded = bare.upper()
    if folded in {"TRUE", language.true}:
        return Entered(value=True)
    if folded in {"FALSE", language.false}:
        return Entered(value=False)
    return _number(bare, language) or _moment(bare, language, today) or Entered(value=text)


def _number(text: str, language: Locale) -> Entered | None:
    sign, body = 1.0, text
    if body.startswith("(") and body.endswith(")") and len(body) > 2:
        sign, body = -1.0, body[1:-1]
    if body[:1] in "+-":
        sign, body = (-sign if body[0] == "-" else sign), body[1:].lstrip()
    symbol = next((c for c in _CURRENCIES if body.startswith(c)), None)
    if symbol:
        body = body[len(symbol) :].lstrip()
        if body[:1] == "-":
            sign, body = -sign, body[1:]
    percent = body.endswith("%")
    if percent:
        body = body[:-1].rstrip()
    value = parse_number(body, language)
    if value is None:
        return None
    decimals = language.decimal in body
    if percent:
        return Entered(value=sign * value / 100, number_format={"type": "PERCENT", "pattern": "0.00%" if decimals else "0%"})
    if symbol:
        zeros = "0.00" if decimals else "0"
        return Entered(value=sign * value, number_format={"type": "CURRENCY", "pattern": f'"{symbol}"#,##{zeros}'})
    if "e" in body.lower():
        return Entered(value=sign * value, number_format={"type": "SCIENTIFIC", "pattern": "0.00E+00"})
    if language.group in body:
        return Entered(value=sign * value, number_format={"type": "NUMBER", "pattern": "#,##0.00" if decimals else "#,##0"})
    return Entered(value=sign * value)


def parse_number(body: str, language: Locale) -> float | None:
    """An unsigned number with the locale's separators, or None. Groups must be of three digits."""
    d, g = re.escape(language.decimal), re.escape(language.group)
    match = re.fullmatch(rf"(\d{{1,3}}(?:{g}\d{{3}})+|\d*)(?:{d}(\d*))?([eE][+-]?\d+)?", body)
    if not match or not (match[1] or match[2]):
        return None
    whole = match[1].replace(language.group, "")
    return float(f"{whole or '0'}.{match[2] or '0'}{match[3] or ''}")


def _moment(text: str, language: Locale, today: date) -> Entered | None:
    only_time = _time(text)
    if only_time is not None:
        return Entered(value=only_time, number_format={"type": "TIME", "pattern": _time_pattern(text, language)})
    day = _date(text, language, today)
    if day is not None:
        return Entered(value=to_serial(day), number_format={"type": "DATE", "pattern": _date_pattern(text, language)})
    first, _, rest = text.partition("T") if re.match(r"^\d{4}-\d{2}-\d{2}T", text) else text.partition(" ")
    day, time = _date(first, language, today), _time(rest.removesuffix("Z").strip())
    if day is None or time is None:
        return None
    pattern = f"{_date_pattern(first, language)} {language.clock_pattern}"
    return Entered(value=to_serial(day) + time, number_format={"type": "DATE_TIME", "pattern": pattern})


def _date_pattern(text: str, language: Locale) -> str:
    """A date typed as year, month, day keeps that look; any other gets the locale's. Source: field reports."""
    return "yyyy-mm-dd" if re.match(r"^\d{4}-\d{2}-\d{2}$", text) else language.date_pattern


def _time_pattern(text: str, language: Locale) -> str:
    """A time keeps the look that it was typed in: with seconds or without, with am or pm or without."""
    clock = language.clock_pattern if text.count(":") > 1 else language.clock_pattern.removesuffix(":ss")
    return f"{clock} am/pm".replace("H", "h") if text.rstrip().lower().endswith("m") else clock


def _time(text: str) -> float | None:
    match = _TIME.match(text)
    if not match:
        return None
    hour, minute, second = int(match[1]), int(match[2]), int(match[3] or 0)
    half = (match[5] or "").lower()[:1]
    if minute > 59 or second > 59 or (half and not 1 <= hour <= 12) or (not half and hour > 24):
        return None
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    return (hour * 3600 + minute * 60 + second) / 86400


def parse_date(text: str, language: Locale, today: date) -> float | None:
    """The serial number of a typed date or date and time, or None."""
    entered = _moment(text.strip(), language, today)
    return entered.value if entered is not None and isinstance(entered.value, float) else None


def _date(text: str, language: Locale, today: date) -> date | None:
    iso = _ISO.match(text)
    if iso:
        return _day(int(iso[1]), int(iso[2]), int(iso[3]))
    plain = _PLAIN_DATE.match(text)
    if plain and not (plain[3] is None and "." in text):
        first, second = int(plain[1]), int(plain[2])
        day, month = (second, first) if language.date_order == "MDY" else (first, second)
        return _day(_year(plain[3], today), month, day)
    named = _DAY_MONTH_NAME.match(text)
    if named:
        return _day(_year(named[3], today), _month(named[2], language), int(named[1]))
    named = _MONTH_NAME_DAY.match(text)
    if named:
        return _day(_year(named[3], today), _month(named[1], language), int(named[2]))
    return None


def _year(text: str | None, today: date) -> int:
    if text is None:
        return today.year
    year = int(text)
    return year if len(text) == 4 else year + (2000 if year < 50 else 1900)


def _month(word: str, language: Locale) -> int:
    wanted = _plain(word)
    if len(wanted) < 3:
        return 0
    for index, name in enumerate(language.months):
        if wanted in {_plain(name), _plain(name)[:3]}:
            return index + 1
    return 0


def _plain(word: str) -> str:
    decomposed = unicodedata.normalize("NFD", word.casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return datetime(year, month, day).date()
    except ValueError:
        return None
