"""Conditions: of conditional formats, of data validations, of filters."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from emulator.sheets.box import Box
from emulator.sheets.colours import hex_of, rgb_from_hex, rgb_of, with_both_colours
from emulator.sheets.entry import parse_date, read_entry
from emulator.sheets.formula.rewrite import copied
from emulator.sheets.formula.values import FormulaError, Value, same
from emulator.sheets.model import Sheet
from emulator.sheets.number_format import formatted
from emulator.sheets.serials import to_serial

if TYPE_CHECKING:
    from emulator.sheets.engine import Engine

Json = dict[str, Any]
Origin = tuple[int, int]
_EMAIL = re.compile(r"^[^@\s]+@[^@\s]+\.[^@\s]+$")
_URL = re.compile(r"^(https?://)?[\w-]+(\.[\w-]+)+(/\S*)?$")


class Condition:
    """Asks whether a BooleanCondition holds for a cell; formulas in it are relative to `origin`."""

    def __init__(self, sheet: Sheet, engine: Engine, condition: Json, origin: Origin) -> None:
        self.sheet, self.engine, self.origin = sheet, engine, origin
        self.kind = str(condition.get("type", ""))
        self.arguments: list[Json] = condition.get("values", [])

    def argument(self, index: int, row: int, column: int) -> Value:
        """One value of the condition: typed text, formula or relative date."""
        written = self.arguments[index] if index < len(self.arguments) else {}
        if "relativeDate" in written:
            return self._relative(str(written["relativeDate"]))
        text = str(written.get("userEnteredValue", ""))
        if text.startswith("="):
            moved = copied(text, self.engine.book.language.decimal, row - self.origin[0], column - self.origin[1])
            return self.engine.compute(self.sheet, row, column, moved)
        return read_entry(text, self.engine.book.language, self.engine.now.date()).value

    def _relative(self, name: str) -> float:
        days = {"PAST_YEAR": -365, "PAST_MONTH": -30, "PAST_WEEK": -7, "YESTERDAY": -1, "TODAY": 0, "TOMORROW": 1}
        return to_serial((self.engine.now + timedelta(days=days.get(name, 0))).date())

    def options(self) -> list[str]:
        """The entries of a drop-down, as texts."""
        if self.kind == "ONE_OF_LIST":
            return [str(item.get("userEnteredValue", "")) for item in self.arguments]
        if self.kind == "ONE_OF_RANGE" and self.arguments:
            text = str(self.arguments[0].get("userEnteredValue", ""))
            formula = text if text.startswith("=") else "=" + text
            found = self.engine.table(self.sheet, formula)
            return [self._as_text(value) for value in found if value is not None and value != ""]
        return []

    def _as_text(self, value: Value) -> str:
        return value.text if isinstance(value, FormulaError) else formatted(value, None, self.engine.book.language)

    def holds(self, row: int, column: int, value: Value) -> bool:
        """Does the condition hold for that value in that cell? An error value fits no condition but CUSTOM_FORMULA."""
        if self.kind == "CUSTOM_FORMULA":
            outcome = self.argument(0, row, column)
            return not isinstance(outcome, FormulaError | str) and bool(outcome)
        if self.kind in {"BLANK", "NOT_BLANK"}:
            return (value is None or value == "") == (self.kind == "BLANK")
        if isinstance(value, FormulaError):
            return False
        if self.kind.startswith("ONE_OF_"):
            return self._as_text(value).casefold() in {option.casefold() for option in self.options()}
        if self.kind == "BOOLEAN":
            return self._is_checkbox_value(row, column, value)
        test = _TESTS.get(self.kind)
        return bool(test and test(self, row, column, value))

    def _is_checkbox_value(self, row: int, column: int, value: Value) -> bool:
        if not self.arguments:
            return isinstance(value, bool) or value is None
        return any(same(value, self.argument(index, row, column)) for index in range(len(self.arguments)))

    def numeric(self, index: int, row: int, column: int) -> float | None:
        """An argument as a number or date serial."""
        found = self.argument(index, row, column)
        if isinstance(found, str):
            return parse_date(found, self.engine.book.language, self.engine.now.date())
        return None if found is None or isinstance(found, FormulaError | bool) else float(found)

    def text(self, row: int, column: int) -> str:
        """The first argument as text in small letters."""
        return self._as_text(self.argument(0, row, column)).casefold()


def _number_test(
    compare: Callable[[float, float, float], bool], *, both: bool = False
) -> Callable[[Condition, int, int, Value], bool]:
    def test(condition: Condition, row: int, column: int, value: Value) -> bool:
        if isinstance(value, bool | str) or value is None or isinstance(value, FormulaError):
            return False
        first = condition.numeric(0, row, column)
        second = condition.numeric(1, row, column) if both else 0.0
        return first is not None and second is not None and compare(float(value), first, second)

    return test


def _text_test(compare: Callable[[str, str], bool]) -> Callable[[Condition, int, int, Value], bool]:
    def test(condition: Condition, row: int, column: int, value: Value) -> bool:
        have = condition._as_text(value).casefold() if value is not None else ""
        return compare(have, condition.text(row, column))

    return test


_TESTS: dict[str, Callable[[Condition, int, int, Value], bool]] = {
    "NUMBER_GREATER": _number_test(lambda v, a, _: v > a),
    "NUMBER_GREATER_THAN_EQ": _number_test(lambda v, a, _: v >= a),
    "NUMBER_LESS": _number_test(lambda v, a, _: v < a),
    "NUMBER_LESS_THAN_EQ": _number_test(lambda v, a, _: v <= a),
    "NUMBER_EQ": _number_test(lambda v, a, _: v == a),
    "NUMBER_NOT_EQ": _number_test(lambda v, a, _: v != a),
    "NUMBER_BETWEEN": _number_test(lambda v, a, b: a <= v <= b, both=True),
    "NUMBER_NOT_BETWEEN": _number_test(lambda v, a, b: not a <= v <= b, both=True),
    "DATE_EQ": _number_test(lambda v, a, _: int(v) == int(a)),
    "DATE_BEFORE": _number_test(lambda v, a, _: v < a),
    "DATE_AFTER": _number_test(lambda v, a, _: v >= a + 1),
    "DATE_ON_OR_BEFORE": _number_test(lambda v, a, _: v < a + 1),
    "DATE_ON_OR_AFTER": _number_test(lambda v, a, _: v >= a),
    "DATE_BETWEEN": _number_test(lambda v, a, b: a <= v < b + 1, both=True),
    "DATE_NOT_BETWEEN": _number_test(lambda v, a, b: not a <= v < b + 1, both=True),
    "DATE_NOT_EQ": _number_test(lambda v, a, _: int(v) != int(a)),
    "DATE_IS_VALID": lambda _c, _r, _k, v: isinstance(v, float | int) and not isinstance(v, bool),
    "TEXT_CONTAINS": _text_test(lambda v, a: a in v),
    "TEXT_NOT_CONTAINS": _text_test(lambda v, a: a not in v),
    "TEXT_STARTS_WITH": _text_test(lambda v, a: v.startswith(a)),
    "TEXT_ENDS_WITH": _text_test(lambda v, a: v.endswith(a)),
    "TEXT_EQ": _text_test(lambda v, a: v == a),
    "TEXT_NOT_EQ": _text_test(lambda v, a: v != a),
    "TEXT_IS_EMAIL": lambda _c, _r, _k, v: isinstance(v, str) and bool(_EMAIL.match(v)),
    "TEXT_IS_URL": lambda _c, _r, _k, v: isinstance(v, str) and bool(_URL.match(v)),
}


class Rules:
    """The conditional formats of a sheet, applied in order: for each property the first rule that holds wins."""

    def __init__(self, sheet: Sheet, engine: Engine) -> None:
        self.sheet, self.engine = sheet, engine
        self.rules: list[tuple[list[Box], Json, Condition | None]] = []
        for rule in sheet.conditional_formats:
            boxes = [Box.of_json(r).clip(sheet.rows, sheet.columns) for r in rule.get("ranges", [])]
            if not boxes:
                continue
            origin = (min(box.r0 for box in boxes), min(box.c0 for box in boxes))
            condition = rule.get("booleanRule", {}).get("condition")
            self.rules.append((boxes, rule, Condition(sheet, engine, condition, origin) if condition else None))

    def format_at(self, row: int, column: int) -> Json:
        """What the rules lay over the format of a cell."""
        result: Json = {}
        for boxes, rule, condition in self.rules:
            if not any(box.has(row, column) for box in boxes):
                continue
            value = self.engine.value(self.sheet, row, column)
            if condition is not None:
                if condition.holds(row, column, value):
                    _add(result, with_both_colours(rule["booleanRule"].get("format", {})))
            elif "gradientRule" in rule:
                _add(result, self._gradient(boxes, rule["gradientRule"], value))
        return result

    def _gradient(self, boxes: list[Box], rule: Json, value: Value) -> Json:
        if isinstance(value, bool | str | FormulaError) or value is None:
            return {}
        found = [self.engine.value(self.sheet, r, c) for box in boxes for r, c in box.cells()]
        numbers = sorted(float(v) for v in found if isinstance(v, float | int) and not isinstance(v, bool))
        points = [self._point(rule[name], numbers) for name in ("minpoint", "midpoint", "maxpoint") if name in rule]
        for (low, first), (high, second) in itertools.pairwise(points):
            if value <= high or (high, second) == points[-1]:
                share = 0.0 if high == low else min(1.0, max(0.0, (value - low) / (high - low)))
                mixed = {p: first.get(p, 0) + share * (second.get(p, 0) - first.get(p, 0)) for p in ("red", "green", "blue")}
                style: Json = with_both_colours({"backgroundColorStyle": {"rgbColor": mixed}})
                return style
        return {}

    def _point(self, point: Json, numbers: list[float]) -> tuple[float, Json]:
        colour = (
            rgb_of(point["colorStyle"]) if "colorStyle" in point else point.get("color", rgb_from_hex(hex_of({}) or "#000000"))
        )
        low, high = (numbers[0], numbers[-1]) if numbers else (0.0, 0.0)
        kind = point.get("type")
        if kind in {"MIN", "MAX"}:
            return (low if kind == "MIN" else high), colour
        amount = float(str(point.get("value", 0)) or 0)
        if kind == "PERCENT":
            return low + (high - low) * amount / 100, colour
        if kind == "PERCENTILE" and numbers:
            return numbers[min(len(numbers) - 1, round(amount / 100 * (len(numbers) - 1)))], colour
        return amount, colour


def _add(result: Json, more: Json) -> None:
    for name, value in more.items():
        if isinstance(value, dict) and name == "textFormat":
            result[name] = {**value, **result.get(name, {})}
        else:
            result.setdefault(name, value)
