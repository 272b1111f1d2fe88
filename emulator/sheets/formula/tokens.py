"""Cutting a formula into tokens that can be joined again without loss."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from emulator.sheets.a1 import parse_a1, split_title
from emulator.sheets.box import Box

_CELL = r"\$?[A-Za-z]{1,3}\$?[1-9][0-9]{0,6}"
_COLUMN = r"\$?[A-Za-z]{1,3}"
_ROW = r"\$?[1-9][0-9]{0,6}"
_AREA = rf"(?:{_CELL}(?::(?:{_CELL}|{_COLUMN}|{_ROW}))?|{_COLUMN}:(?:{_CELL}|{_COLUMN})|{_ROW}:(?:{_CELL}|{_ROW}))"
_TITLE = r"(?:'(?:[^']|'')*'|[^\W\d][\w.]*)!"


def _pattern(decimal: str) -> re.Pattern[str]:
    point = re.escape(decimal)
    return re.compile(
        rf"""(?P<space>\s+)
        |(?P<text>"(?:[^"]|"")*")
        |(?P<error>\#(?:NULL!|DIV/0!|VALUE!|REF!|NAME\?|NUM!|N/A|ERROR!))
        |(?P<reference>(?:{_TITLE})?{_AREA}(?![\w(.!]))
        |(?P<number>\d+(?:{point}\d*)?(?:[eE][+-]?\d+)?|{point}\d+(?:[eE][+-]?\d+)?)
        |(?P<function>[^\W\d][\w.]*(?=\s*\())
        |(?P<name>[^\W\d][\w.]*)
        |(?P<operator><>|<=|>=|[-+*/^&=<>%])
        |(?P<open>[({{])|(?P<close>[)}}])|(?P<separator>[,;\\])
        |(?P<other>.)""",
        re.VERBOSE | re.DOTALL,
    )


_PATTERNS = {".": _pattern("."), ",": _pattern(",")}


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a formula; `kind` is the name of the group that matched, `text` is as it was written."""

    kind: str
    text: str


@lru_cache(maxsize=8192)
def tokenize(formula: str, decimal: str = ".") -> tuple[Token, ...]:
    """The tokens of a formula without its leading equals sign, white space included."""
    body = formula.removeprefix("=")
    return tuple(Token(m.lastgroup or "other", m[0]) for m in _PATTERNS[decimal].finditer(body))


@dataclass(frozen=True, slots=True)
class Corner:
    """One corner of a reference: row and column (None when absent), and which of them carry a dollar sign."""

    row: int | None
    column: int | None
    fixed_row: bool
    fixed_column: bool


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference as written: sheet title (None = own sheet), the box it covers, its corners."""

    title: str | None
    prefix: str
    box: Box
    corners: tuple[Corner, ...]


_PARTS = re.compile(r"^(\$?)([A-Za-z]{1,3})?(\$?)([1-9][0-9]*)?$")


@lru_cache(maxsize=8192)
def read_reference(text: str) -> Reference:
    """Take a reference token apart."""
    mark = text.rfind("!")
    prefix, area = text[: mark + 1], text[mark + 1 :]
    title = split_title(prefix[:-1] + "!A1")[0] if prefix else None
    box = parse_a1(area)
    if box is None:
        raise ValueError(text)
    return Reference(title, prefix, box, tuple(_corner(part) for part in area.split(":")))


def _corner(text: str) -> Corner:
    # A lone row ("$5") puts its dollar sign where the column's would be.
    if re.fullmatch(r"\$?\d+", text):
        return Corner(int(text.strip("$")) - 1, None, text.startswith("$"), False)
    match = _PARTS.match(text)
    if match is None:
        raise ValueError(text)
    column = parse_a1(f"{match[2]}1") if match[2] else None
    return Corner(int(match[4]) - 1 if match[4] else None, column.c0 if column else None, bool(match[3]), bool(match[1]))
