"""What formulas compute with, and how one kind is read as another."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from emulator.sheets.box import Box
from emulator.sheets.model import Sheet

# Far below the 10 million cells of a spreadsheet: everybody else waits while a formula is computed.
MAX_COMPUTED = 500_000
ERROR_TEXT = {
    "ERROR": "#ERROR!",
    "NULL_VALUE": "#NULL!",
    "DIVIDE_BY_ZERO": "#DIV/0!",
    "VALUE": "#VALUE!",
    "REF": "#REF!",
    "NAME": "#NAME?",
    "NUM": "#NUM!",
    "N_A": "#N/A",
}


class FormulaError(Exception):
    """An error value. It is stored in cells like any other value and raised where a function needs something else."""

    def __init__(self, kind: str, message: str = "") -> None:
        super().__init__(message)
        self.kind, self.message = kind, message

    @property
    def text(self) -> str:
        """What the cell shows: `#N/A`."""
        return ERROR_TEXT[self.kind]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FormulaError) and other.kind == self.kind

    def __hash__(self) -> int:
        return hash(self.kind)


Value = float | bool | str | FormulaError | None


@dataclass(frozen=True, slots=True)
class Array:
    """A computed table: rows of values, all of the same length."""

    rows: tuple[tuple[Value, ...], ...]

    @property
    def height(self) -> int:
        """Rows."""
        return len(self.rows)

    @property
    def width(self) -> int:
        """Columns."""
        return len(self.rows[0]) if self.rows else 0

    def flat(self) -> Iterator[Value]:
        """All values, row by row."""
        for row in self.rows:
            yield from row

    def at(self, row: int, column: int) -> Value:
        """One value; a single row or column stretches as far as it is asked."""
        if self.height == 1:
            row = 0
        if self.width == 1:
            column = 0
        if row >= self.height or column >= self.width:
            return FormulaError("N_A", "Argument has mismatched size.")
        return self.rows[row][column]


@dataclass(frozen=True)
class Cells:
    """A reference to cells of a sheet; the box is cut to what exists."""

    sheet: Sheet
    box: Box


@dataclass(frozen=True)
class Lambda:
    """A function made by LAMBDA: called with operands."""

    call: Callable[..., Operand]


Operand = Value | Array | Cells | Lambda


def number(value: Value) -> float:
    """A value as a number, the way arithmetic reads it.

    :raises FormulaError: an error value, or a text that is no number.
    """
    if isinstance(value, FormulaError):
        raise value
    if value is None:
        return 0.0
    if isinstance(value, bool):
        return 1.0 if value else 0.0
    if isinstance(value, str):
        try:
            return float(value.strip().replace(",", "")) if value.strip() else _no_number(value)
        except ValueError:
            return _no_number(value)
    return value


def _no_number(value: str) -> float:
    raise FormulaError("VALUE", f"Function expects number values. But '{value}' is a text and cannot be coerced to a number.")


def integer(value: Value) -> int:
    """A value as a whole number, cut off."""
    return int(number(value))


def check_room(height: int, width: int, most: int = MAX_COMPUTED) -> None:
    """:raises FormulaError: a function would make more cells than a sheet can take in a reasonable time."""
    if height * width > most:
        raise FormulaError("NUM", f"Result was too large: {height} rows and {width} columns.")


def truth(value: Value) -> bool:
    """A value as a condition.

    :raises FormulaError: an error value, or a text other than TRUE and FALSE.
    """
    if isinstance(value, FormulaError):
        raise value
    if isinstance(value, str):
        if value.upper() in {"TRUE", "FALSE"}:
            return value.upper() == "TRUE"
        raise FormulaError(
            "VALUE", f"Function expects boolean values. But '{value}' is a text and cannot be coerced to a boolean."
        )
    return bool(value)


def text(value: Value) -> str:
    """A value as text, without any number format.

    :raises FormulaError: an error value.
    """
    if isinstance(value, FormulaError):
        raise value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float | int):
        return f"{value:.10f}".rstrip("0").rstrip(".") if abs(value) < 1e15 else f"{value:G}"
    return value


def rank(value: Value) -> tuple[int, float | str]:
    """The order of unlike values in sorting and comparing: numbers, then texts, then booleans."""
    if isinstance(value, bool):
        return 2, float(value)
    if isinstance(value, str):
        return 1, value.casefold()
    if isinstance(value, FormulaError):
        return 3, value.kind
    return 0, float(value or 0)


def same(a: Value, b: Value) -> bool:
    """Are two values equal for `=`, lookups and criteria? Texts by letter, whatever their case; empty equals 0, "" and FALSE."""
    if a is None or b is None:
        other = b if a is None else a
        return other is None or other == "" or (not isinstance(other, str | FormulaError) and other == 0)
    return rank(a) == rank(b)
