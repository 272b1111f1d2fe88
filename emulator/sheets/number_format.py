"""Writing a value the way its number format says.

Source: Sheets API, "Date and number formats": digits `0 # ?`, sections split by `;`, date tokens, literals in quotes.
"""

from __future__ import annotations

import re
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any

from emulator.sheets.locales import Locale
from emulator.sheets.model import Scalar
from emulator.sheets.serials import from_serial

Json = dict[str, Any]
DATE_TYPES = frozenset({"DATE", "TIME", "DATE_TIME"})
_TOKEN = re.compile(
    r'"(?P<text>[^"]*)"|\\(?P<escaped>.)|\[(?P<bracket>[^\]]*)\]|(?P<half>am/pm|a/p)|(?P<elapsed>\[[hms]+\])'
    r"|(?P<date>y+|m+|d+|h+|s+)|(?P<star>\*.)|(?P<skip>_.)|(?P<any>.)",
    re.IGNORECASE | re.DOTALL,
)


def formatted(value: Scalar, number_format: Json | None, language: Locale) -> str:
    """The text that the cell shows for a number, text or boolean; nothing for an empty cell."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return language.true if value else language.false
    if isinstance(value, str):
        return _text_section(value, number_format)
    kind = (number_format or {}).get("type", "")
    pattern = (number_format or {}).get("pattern") or _default_pattern(kind, language)
    if kind == "TEXT" or not pattern or pattern.lower() == "general":
        return general(value, language)
    try:
        return with_pattern(value, pattern, language)
    except (OverflowError, ValueError):
        return general(value, language)


def _text_section(value: str, number_format: Json | None) -> str:
    sections = _sections((number_format or {}).get("pattern") or "")
    if len(sections) < 4 or "@" not in sections[3]:
        return value
    return "".join(
        value if m["any"] == "@" else m["text"] or m["escaped"] or m["any"] or "" for m in _TOKEN.finditer(sections[3])
    )


def _default_pattern(kind: str, language: Locale) -> str:
    return {
        "NUMBER": "#,##0.00",
        "PERCENT": "0.00%",
        "CURRENCY": f'"{language.currency}"#,##0.00',
        "DATE": language.date_pattern,
        "TIME": language.time_pattern,
        "DATE_TIME": language.moment_pattern,
        "SCIENTIFIC": "0.00E+00",
    }.get(kind, "")


def general(value: float, language: Locale) -> str:
    """A number without a format: up to ten decimals, no trailing zeros, an exponent from 1E+15 on."""
    if value == 0:
        return "0"
    size = abs(value)
    if size >= 1e15 or size < 1e-9:
        mantissa, _, exponent = f"{value:.5E}".partition("E")
        mantissa = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
        return f"{mantissa}E{exponent}".replace(".", language.decimal)
    digits = max(0, min(10, 15 - len(str(int(size)))))
    text = f"{value:.{digits}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return ("0" if text == "-0" else text).replace(".", language.decimal)


@lru_cache(maxsize=256)
def _sections(pattern: str) -> tuple[str, ...]:
    parts, current, quoted = [], "", False
    for character in pattern:
        if character == '"':
            quoted = not quoted
        if character == ";" and not quoted:
            parts.append(current)
            current = ""
        else:
            current += character
    return (*parts, current)


def with_pattern(value: float, pattern: str, language: Locale) -> str:
    """A number written by a pattern such as `#,##0.00`, `0%` or `dd/mm/yyyy`."""
    sections = _sections(pattern)
    if len(sections) > 1 and value < 0:
        return _section(abs(value), sections[1], language)
    if len(sections) > 2 and value == 0:
        return _section(value, sections[2], language)
    return _section(value, sections[0], language)


def is_date_pattern(pattern: str) -> bool:
    """Does the pattern write a date or a time?"""
    return any(m["date"] or m["half"] or m["elapsed"] or _elapsed(m["bracket"]) for m in _TOKEN.finditer(_sections(pattern)[0]))


def _elapsed(bracket: str | None) -> bool:
    return bool(bracket) and set(str(bracket).lower()) <= set("hms") and bool(bracket)


def _section(value: float, section: str, language: Locale) -> str:
    tokens = list(_TOKEN.finditer(section))
    if any(m["date"] or m["half"] or _elapsed(m["bracket"]) for m in tokens):
        return _date_text(value, tokens, language)
    return _number_text(value, tokens, language)


def _bracket_text(bracket: str) -> str:
    if bracket.startswith("$"):
        return bracket[1:].split("-")[0]
    return ""


def _number_text(value: float, tokens: list[re.Match[str]], language: Locale) -> str:
    """Literals around and between the digit places are kept; digits fill the places from the point outwards."""
    skeleton: list[tuple[str, str]] = []
    for m in tokens:
        if m["any"] is not None and m["any"] in "0#?.,%@":
            skeleton.append(("place", m["any"]))
        elif m["text"] is not None or m["escaped"] is not None:
            skeleton.append(("text", m["text"] if m["text"] is not None else m["escaped"]))
        elif m["bracket"] is not None:
            skeleton.append(("text", _bracket_text(m["bracket"])))
        elif m["star"] is None:
            skeleton.append(("text", " " if m["skip"] else m["any"] or ""))
    exponent = _exponent_at(skeleton)
    if exponent is not None:
        return _scientific(value, skeleton, exponent, language)
    places = "".join(c for kind, c in skeleton if kind == "place")
    if not places.strip("%@,."):
        sign = "-" if value < 0 else ""
        return sign + "".join(general(abs(value), language) if c == "@" else c for _, c in skeleton)
    value *= 100 ** places.count("%")
    digits = places.replace("%", "").replace("@", "")
    while digits.endswith(","):
        digits, value = digits[:-1], value / 1000
    whole_places, _, decimal_places = digits.partition(".")
    return _fill(value, skeleton, whole_places, decimal_places.replace(",", ""), language)


def _fill(value: float, skeleton: list[tuple[str, str]], whole_places: str, decimal_places: str, language: Locale) -> str:
    rounded = abs(Decimal(repr(value))).quantize(Decimal(1).scaleb(-len(decimal_places)), rounding=ROUND_HALF_UP)
    whole, _, decimals = f"{rounded:f}".partition(".")
    shortest = len(decimal_places.rstrip("#?"))
    while len(decimals) > shortest and decimals.endswith("0"):
        decimals = decimals[:-1]
    least = whole_places.replace(",", "").lstrip("#?")
    whole = whole.lstrip("0").rjust(len(least), "0") if least or whole != "0" else ""
    if "," in whole_places:
        whole = re.sub(r"(?<=\d)(?=(\d{3})+$)", language.group, whole)
    number = whole + (language.decimal + decimals if decimals or (decimal_places and shortest) else "")
    sign = "-" if value < 0 and rounded else ""
    result, written = "", False
    for kind, text in skeleton:
        if kind == "text" or text == "%":
            result += text
        elif not written and text in "0#?.,":
            result, written = result + number, True
    return sign + result


def _exponent_at(skeleton: list[tuple[str, str]]) -> int | None:
    for index in range(len(skeleton) - 2):
        if skeleton[index][1] in {"E", "e"} and skeleton[index + 1][1] in {"+", "-"} and skeleton[index + 2][0] == "place":
            return index
    return None


def _scientific(value: float, skeleton: list[tuple[str, str]], at: int, language: Locale) -> str:
    mantissa_places = "".join(c for kind, c in skeleton[:at] if kind == "place")
    exponent_places = "".join(c for kind, c in skeleton[at + 2 :] if kind == "place")
    decimals = len(mantissa_places.partition(".")[2])
    mantissa, _, exponent = f"{value:.{decimals}E}".partition("E")
    power = str(abs(int(exponent))).rjust(len(exponent_places), "0")
    sign = "-" if exponent.startswith("-") else "+" if skeleton[at + 1][1] == "+" else ""
    return f"{mantissa.replace('.', language.decimal)}E{sign}{power}"


def _date_text(value: float, tokens: list[re.Match[str]], language: Locale) -> str:
    moment = from_serial(value)
    twelve = any(m["half"] for m in tokens)
    # Fractions of a second are not shown unless asked for, so a time must not fall a second short.
    parts: list[str] = []
    for index, m in enumerate(tokens):
        if m["date"]:
            parts.append(_date_part(m["date"].lower(), moment, tokens, index, language, twelve=twelve))
        elif m["half"]:
            word = "a. m." if moment.hour < 12 else "p. m."
            english = "AM" if moment.hour < 12 else "PM"
            parts.append(
                word if language.code.startswith("es") and len(m["half"]) > 3 else english[: 2 if len(m["half"]) > 3 else 1]
            )
        elif m["bracket"] is not None:
            parts.append(_elapsed_text(value, m["bracket"].lower()) if _elapsed(m["bracket"]) else _bracket_text(m["bracket"]))
        elif m["text"] is not None:
            parts.append(m["text"])
        else:
            parts.append(m["escaped"] or (m["any"] if m["any"] is not None else ""))
    return "".join(parts)


def _elapsed_text(value: float, bracket: str) -> str:
    total = round(value * 86400)
    amount = {"h": total // 3600, "m": total // 60, "s": total}[bracket[0]]
    return str(amount).rjust(len(bracket), "0")


def _date_part(token: str, moment: datetime, tokens: list[re.Match[str]], index: int, language: Locale, *, twelve: bool) -> str:
    size = len(token)
    if token[0] == "y":
        return f"{moment.year:04d}" if size > 2 else f"{moment.year % 100:02d}"
    if token[0] == "d":
        name = (moment.weekday() + 1) % 7
        if size >= 4:
            return language.days[name]
        return language.short(language.days, name) if size == 3 else str(moment.day).rjust(size, "0")
    if token[0] == "h":
        return str((moment.hour - 1) % 12 + 1 if twelve else moment.hour).rjust(min(size, 2), "0")
    if token[0] == "s":
        return str(moment.second).rjust(min(size, 2), "0")
    if _means_minute(tokens, index):
        return str(moment.minute).rjust(min(size, 2), "0")
    if size >= 5:
        return language.months[moment.month - 1][0]
    if size >= 3:
        return language.months[moment.month - 1] if size == 4 else language.short(language.months, moment.month - 1)
    return str(moment.month).rjust(size, "0")


def _means_minute(tokens: list[re.Match[str]], index: int) -> bool:
    before = next((t for t in reversed(tokens[:index]) if t["date"] or _elapsed(t["bracket"])), None)
    after = next((t for t in tokens[index + 1 :] if t["date"]), None)
    if before is not None and (before["date"] or before["bracket"]).lower()[0] == "h":
        return True
    return after is not None and after["date"].lower()[0] == "s"
