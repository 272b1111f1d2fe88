"""Computing a formula tree. Cells are computed when they are asked for; `Sheets` around it keeps what was computed."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from statistics import StatisticsError
from typing import TYPE_CHECKING, Any, cast

from emulator.sheets.box import Box
from emulator.sheets.formula.parser import (
    Area,
    ArrayLiteral,
    Binary,
    Constant,
    ErrorLiteral,
    Function,
    Invoke,
    Name,
    Node,
    Unary,
)
from emulator.sheets.formula.registry import FUNCTIONS, Entry
from emulator.sheets.formula.values import (
    ERROR_TEXT,
    Array,
    Cells,
    FormulaError,
    Lambda,
    Operand,
    Value,
    number,
    rank,
    same,
    text,
)
from emulator.sheets.locales import Locale
from emulator.sheets.model import Sheet

if TYPE_CHECKING:
    from emulator.sheets.engine import Engine

_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}


@dataclass(frozen=True)
class Scope:
    """Where a formula stands: its engine, sheet and cell, whether it is computed as an array, and the names that LET and
    LAMBDA gave (in small letters)."""

    engine: Engine
    sheet: Sheet
    row: int
    column: int
    array: bool = False
    names: Mapping[str, Operand] = field(default_factory=dict)

    @property
    def language(self) -> Locale:
        """The locale of the book."""
        return self.engine.book.language

    @property
    def now(self) -> datetime:
        """The local time of the book, for TODAY and NOW."""
        return self.engine.now

    def evaluate(self, node: Node) -> Operand:
        """The value of a tree: a single value, an array or a reference.

        :raises FormulaError: the outcome is an error.
        """
        if isinstance(node, Constant):
            return node.value
        if isinstance(node, Area):
            return self._area(node)
        if isinstance(node, Function):
            return self._call(node)
        if isinstance(node, Binary):
            return self._binary(node)
        if isinstance(node, Unary):
            return self.lift(_UNARY[node.operator], [self.evaluate(node.operand)])
        if isinstance(node, ErrorLiteral):
            kind = next((k for k, shown in ERROR_TEXT.items() if shown == node.text), "ERROR")
            raise FormulaError(kind, "Reference does not exist." if kind == "REF" else "")
        if isinstance(node, Name):
            return self._named(node)
        if isinstance(node, Invoke):
            return self.invoke(self.evaluate(node.made), [self.safe(argument) for argument in node.arguments])
        return self._literal(node)

    def _area(self, node: Area) -> Cells:
        sheet = self.sheet if node.reference.title is None else self.engine.book.by_title(node.reference.title)
        if sheet is None:
            raise FormulaError("REF", f"Unresolved sheet name '{node.reference.title}'.")
        box = node.reference.box.clip(sheet.rows, sheet.columns)
        if not box.height or not box.width:
            raise FormulaError("REF", "Reference does not exist.")
        return Cells(sheet, box)

    def invoke(self, made: Operand, arguments: list[Operand]) -> Operand:
        """Call what LAMBDA made.

        :raises FormulaError: it is no function, or takes another number of arguments.
        """
        if isinstance(made, FormulaError):
            raise made
        if not isinstance(made, Lambda):
            raise FormulaError("N_A", "Argument must be a LAMBDA.")
        return made.call(*arguments)

    def _named(self, node: Name) -> Operand:
        if node.name.lower() in self.names:
            known = self.names[node.name.lower()]
            if isinstance(known, FormulaError):
                raise known
            return known
        found = self.engine.book.named_range(node.name)
        sheet = self.engine.book.by_id(found["range"].get("sheetId", 0)) if found else None
        if found is None or sheet is None:
            raise FormulaError("NAME", f"Unknown range name: '{node.name.upper()}'.")
        return Cells(sheet, Box.of_json(found["range"]).clip(sheet.rows, sheet.columns))

    def _literal(self, node: ArrayLiteral) -> Array:
        rows: list[tuple[Value, ...]] = []
        for written in node.rows:
            parts = [self.as_array(self.evaluate(item)) for item in written]
            rows.extend(
                tuple(value for part in parts for value in (part.at(index, c) for c in range(part.width)))
                for index in range(max(part.height for part in parts))
            )
        if len({len(row) for row in rows}) > 1:
            raise FormulaError("VALUE", "In ARRAY_LITERAL, an Array Literal was missing values for one or more rows.")
        return Array(tuple(rows))

    def _call(self, node: Function) -> Operand:
        if node.name.lower() in self.names:
            return self.invoke(self.names[node.name.lower()], [self.safe(argument) for argument in node.arguments])
        entry = FUNCTIONS.get(node.name)
        if entry is None:
            raise FormulaError("NAME", f"Unknown function: '{node.name}'.")
        count = len(node.arguments)
        if count < entry.least or (entry.most >= 0 and count > entry.most):
            raise FormulaError(
                "N_A",
                f"Wrong number of arguments to {node.name}. Expected {_expected(entry)} arguments, but got {count} arguments.",
            )
        scope = replace(self, array=True) if entry.array and not self.array else self
        if entry.kind == "lazy":
            return _answered(entry, scope, *node.arguments)
        arguments: list[Operand] = [scope.safe(argument) for argument in node.arguments]
        if entry.kind == "range":
            return _answered(entry, scope, *arguments)
        return scope.lift(lambda *values: cast(Value, _answered(entry, scope, *values)), arguments)

    def safe(self, node: Node) -> Operand:
        """The value of a tree, an error as a value."""
        try:
            return self.evaluate(node)
        except FormulaError as error:
            return error

    def _binary(self, node: Binary) -> Operand:
        left, right = self.safe(node.left), self.safe(node.right)
        return self.lift(lambda a, b: _operate(node.operator, a, b), [left, right])

    def lift(self, call: Callable[..., Value], operands: list[Operand]) -> Operand:
        """Apply a function of single values; over every cell when computing as an array and one operand is a table."""
        if self.array and any(isinstance(o, Array | Cells) and not _single(o) for o in operands):
            tables = [self.as_array(o) for o in operands]
            height, width = max(t.height for t in tables), max(t.width for t in tables)
            return Array(tuple(tuple(_tried(call, [t.at(r, c) for t in tables]) for c in range(width)) for r in range(height)))
        return call(*[self.single(o) for o in operands])

    def single(self, operand: Operand) -> Value:
        """One value: of a range the cell in the formula's own row or column, of an array the first."""
        if isinstance(operand, Array):
            return operand.at(0, 0) if operand.rows else None
        if isinstance(operand, Lambda):
            return FormulaError("N_A", "A LAMBDA must be called with its arguments.")
        if not isinstance(operand, Cells):
            return operand
        box = operand.box
        if box.height == box.width == 1:
            return self.engine.value(operand.sheet, box.r0, box.c0)
        if box.width == 1 and box.r0 <= self.row < box.r0 + box.height:
            return self.engine.value(operand.sheet, self.row, box.c0)
        if box.height == 1 and box.c0 <= self.column < box.c0 + box.width:
            return self.engine.value(operand.sheet, box.r0, self.column)
        return FormulaError("VALUE", "An array value could not be found.")

    def as_array(self, operand: Operand) -> Array:
        """Any operand as a table."""
        if isinstance(operand, Array):
            return operand
        if isinstance(operand, Cells):
            box, value = operand.box, self.engine.value
            # Whole columns are read down to the last row that holds something.
            last = (
                min(box.r1 or 0, max(self.engine.height(operand.sheet), box.r0 + 1))
                if box.r1 == operand.sheet.rows
                else box.r1 or 0
            )
            return Array(
                tuple(tuple(value(operand.sheet, r, c) for c in range(box.c0, box.c0 + box.width)) for r in range(box.r0, last))
            )
        return Array(((self.single(operand),),))


def _expected(entry: Entry) -> str:
    if entry.most == entry.least:
        return str(entry.least)
    return f"at least {entry.least}" if entry.most < 0 else f"between {entry.least} and {entry.most}"


def _single(operand: Operand) -> bool:
    if isinstance(operand, Cells):
        return operand.box.height == operand.box.width == 1
    return isinstance(operand, Array) and operand.height == operand.width == 1


def _tried(call: Callable[..., Value], values: list[Value]) -> Value:
    try:
        return call(*values)
    except FormulaError as error:
        return error


_UNARY: dict[str, Callable[[Value], Value]] = {
    "-": lambda value: -number(value),
    "+": lambda value: value,
    "%": lambda value: number(value) / 100,
}


def _operate(sign: str, a: Value, b: Value) -> Value:
    for value in (a, b):
        if isinstance(value, FormulaError):
            raise value
    if sign == "&":
        return text(a) + text(b)
    if sign == "=":
        return same(a, b)
    if sign == "<>":
        return not same(a, b)
    if sign in _COMPARE:
        return bool(_COMPARE[sign](*_comparable(a, b)))
    x, y = number(a), number(b)
    if sign == "+":
        return x + y
    if sign == "-":
        return x - y
    if sign == "*":
        return x * y
    if sign == "/":
        if y == 0:
            raise FormulaError("DIVIDE_BY_ZERO", "Function DIVIDE parameter 2 cannot be zero.")
        return x / y
    return power(x, y)


def power(x: float, y: float) -> float:
    """x to the power of y.

    :raises FormulaError: the outcome is not a real number.
    """
    try:
        result = x**y
    except (OverflowError, ZeroDivisionError) as error:
        raise FormulaError("NUM", "POWER evaluates to an out of range number.") from error
    if isinstance(result, complex):
        raise FormulaError("NUM", "POWER evaluates to an imaginary number.")
    return float(result)


def _comparable(a: Value, b: Value) -> tuple[tuple[int, float | str], tuple[int, float | str]]:
    if a is None and isinstance(b, str):
        return (1, ""), rank(b)
    if b is None and isinstance(a, str):
        return rank(a), (1, "")
    return rank(a), rank(b)


def _answered(entry: Entry, scope: Scope, *arguments: Any) -> Operand:
    """What a function gives. Whatever it cannot do with its arguments is an error value, as it is in a sheet.

    :raises FormulaError: the function says so, divides by zero, leaves the numbers, or was given what it cannot read.
    """
    try:
        result: Operand = entry.call(scope, *arguments)
    except ZeroDivisionError as error:
        raise FormulaError("DIVIDE_BY_ZERO", f"Function {entry.name} caused a divide by zero error.") from error
    except (ArithmeticError, StatisticsError, MemoryError) as error:
        raise FormulaError("NUM", f"Function {entry.name} caused a numeric error: {error}") from error
    except (ValueError, LookupError, TypeError, re.error) as error:
        raise FormulaError("VALUE", f"Function {entry.name} cannot use its arguments: {error}") from error
    if isinstance(result, Array) and not (result.height and result.width):
        raise FormulaError("REF", f"Function {entry.name} gives no cells.")
    return result
