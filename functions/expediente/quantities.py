"""Amounts, percentages, counts, dates and hours as people write them. Any text is taken; None means that it is not such a value.

What has two readings is refused, never guessed: `1.800,00` and `1.800` could each be one thousand eight hundred or one and a bit.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from decimal import Decimal

from expediente.texts import clean_text

_LONGEST = 40
_AMOUNT = re.compile(
    r"(-)?(?:B/?\.?|PAB|USD|US\$|\$)?(-)?([0-9]{1,3}(?:,[0-9]{3}){1,3}|[0-9]{1,12})(\.[0-9]{1,2})?(?:USD|PAB|\$)?"
)
_PERCENTAGE = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,6})?)%?")
_COUNT = re.compile(r"(-)?([0-9]{1,3}(?:,[0-9]{3})|[0-9]{1,6})")
_ISO = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})")
_LOCAL = re.compile(r"([0-9]{1,2})[/-]([0-9]{1,2})[/-]([0-9]{4})")
_HOUR = re.compile(r"([0-9]{1,2}):([0-9]{2})(?::[0-9]{2}(?:\.[0-9]{1,3})?)?(?:([AP])\.?M\.?)?")


def _compact(text: str) -> str:
    """NFKC, upper case, plain minus, no blanks; '' for what is far too long."""
    folded = clean_text(unicodedata.normalize("NFKC", text[: _LONGEST * 8])).translate({0x2212: "-", 0x2013: "-", 0x2012: "-"})
    packed = re.sub(r"\s", "", folded).upper()
    return packed if len(packed) <= _LONGEST else ""


def amount(text: str) -> Decimal | None:
    """An amount of money: `1,800.00`, `B/. 1800`, `$5.50`, `-5.00`. At most two decimals; a negative one comes back negative."""
    match = _AMOUNT.fullmatch(_compact(text))
    if not match or (match[1] and match[2]):
        return None
    value = Decimal(match[3].replace(",", "") + (match[4] or ""))
    return -value if match[1] or match[2] else value


def percentage(text: str) -> Decimal | None:
    """A percentage above 0 and up to 100, with a point: `60`, `33.3334 %`."""
    match = _PERCENTAGE.fullmatch(_compact(text))
    value = Decimal(match[1]) if match else Decimal(0)
    return value if 0 < value <= 100 else None


def count(text: str) -> int | None:
    """A whole number below a million; a negative one comes back negative."""
    match = _COUNT.fullmatch(_compact(text))
    if not match:
        return None
    value = int(match[2].replace(",", ""))
    return -value if match[1] else value


def day(text: str) -> date | None:
    """A date as a form sends it (`2026-03-16`) or as people of Panama write it (`16/03/2026`)."""
    packed = _compact(text)
    iso, local = _ISO.fullmatch(packed), _LOCAL.fullmatch(packed)
    parts = iso.groups() if iso else local.groups()[::-1] if local else None
    try:
        return date(int(parts[0]), int(parts[1]), int(parts[2])) if parts else None
    except ValueError:
        return None


def time_of_day(text: str) -> str | None:
    """An hour of the day as HH:MM: `9:00`, `09:00:00`, `3:00 p. m.`."""
    match = _HOUR.fullmatch(_compact(text).replace("A.M.", "AM").replace("P.M.", "PM"))
    if not match:
        return None
    hour, minute, half = int(match[1]), int(match[2]), match[3]
    if half and not 1 <= hour <= 12:
        return None
    hour = hour if not half else hour % 12 + (12 if half == "P" else 0)
    return f"{hour:02d}:{minute:02d}" if hour < 24 and minute < 60 else None
