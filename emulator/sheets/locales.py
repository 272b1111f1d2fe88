"""What differs between the locales of a spreadsheet: separators, order of the date, words.

Values follow the Unicode CLDR data for each locale, which is what Google's formatters are made from.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

_MONTHS_ES = (
    "enero",
    "febrero",
    "marzo",
    "abril",
    "mayo",
    "junio",
    "julio",
    "agosto",
    "septiembre",
    "octubre",
    "noviembre",
    "diciembre",
)
_MONTHS_EN = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_DAYS_ES = ("domingo", "lunes", "martes", "miércoles", "jueves", "viernes", "sábado")
_DAYS_EN = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
_COMMA_DECIMAL_SPANISH = frozenset({"AR", "BO", "CL", "CO", "CR", "EC", "ES", "PY", "UY", "VE"})
_MONTH_FIRST = frozenset({"en_US", "es_PA", "es_PR", "fil_PH"})
_SHAPE = re.compile(r"^[a-z]{2,3}(_[A-Z]{2}|_419)?$")


@dataclass(frozen=True)
class Locale:
    """One locale. `date_order` is DMY, MDY or YMD; patterns are Google's number format patterns."""

    code: str
    decimal: str
    group: str
    date_order: str
    true: str
    false: str
    months: tuple[str, ...]
    days: tuple[str, ...]
    currency: str
    date_pattern: str
    time_pattern: str
    first_sheet: str
    sheet_word: str

    @property
    def separator(self) -> str:
        """What stands between the arguments of a formula."""
        return ";" if self.decimal == "," else ","

    @property
    def clock_pattern(self) -> str:
        """The time of day behind a date: of 24 hours everywhere. Source: answers recorded from an English spreadsheet."""
        return self.time_pattern.removesuffix(" am/pm")

    @property
    def moment_pattern(self) -> str:
        """A date and a time."""
        return f"{self.date_pattern} {self.clock_pattern}"

    def short(self, words: tuple[str, ...], index: int) -> str:
        """The three letter form of a month or day."""
        return words[index][:3]


def is_locale(code: str) -> bool:
    """Does the text have the shape of a locale that Google accepts (`es_MX`, `es`, `es_419`)?"""
    return bool(_SHAPE.match(code))


@lru_cache(maxsize=64)
def locale_of(code: str) -> Locale:
    """The locale of that code; an unknown country falls back to its language, an unknown language to English."""
    language, _, country = code.partition("_")
    spanish = language == "es"
    comma = (spanish and country in _COMMA_DECIMAL_SPANISH | {""}) or language in {"de", "fr", "it", "pt", "nl"}
    month_first = code in _MONTH_FIRST or code == "en"
    if month_first:
        date_pattern = "m/d/yyyy" if language == "en" else "mm/dd/yyyy"
    else:
        date_pattern = "d/m/yyyy" if spanish and country != "MX" else "dd/mm/yyyy"
    return Locale(
        code=code,
        decimal="," if comma else ".",
        group="." if comma else ",",
        date_order="MDY" if month_first else "DMY",
        true="VERDADERO" if spanish else "TRUE",
        false="FALSO" if spanish else "FALSE",
        months=_MONTHS_ES if spanish else _MONTHS_EN,
        days=_DAYS_ES if spanish else _DAYS_EN,
        currency={"PA": "B/.", "ES": "€", "PE": "S/", "CR": "₡"}.get(country, "$"),
        date_pattern=date_pattern,
        time_pattern="H:mm:ss" if spanish else "h:mm:ss am/pm",
        first_sheet="Hoja 1" if spanish else "Sheet1",
        sheet_word="Hoja " if spanish else "Sheet",
    )
