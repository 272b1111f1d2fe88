"""What a pivot table shows: its groups, totals and headings, laid out beside its anchor.

The headings ("SUM of Monto", "Grand Total") and the borders of histogram groups are field reports on the live service.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from emulator.sheets.box import Box
from emulator.sheets.conditional import Condition
from emulator.sheets.formula.registry import FUNCTIONS
from emulator.sheets.formula.values import Array, FormulaError, Value, rank, text

if TYPE_CHECKING:
    from emulator.sheets.engine import Engine
    from emulator.sheets.formula.evaluator import Scope
    from emulator.sheets.model import Sheet

Json = dict[str, Any]
Row = tuple[Value, ...]
_GRAND = "Grand Total"


def drawn(engine: Engine, scope: Scope, pivot: Json) -> Array:
    """The table of a pivot.

    :raises FormulaError: the source is gone, or a column lies outside of it.
    """
    source = pivot.get("source")
    sheet = engine.book.by_id(int(source.get("sheetId", 0))) if source else None
    if source is None or sheet is None:
        raise FormulaError("REF", "Reference does not exist.")
    box = Box.of_json(source).clip(sheet.rows, sheet.columns)
    if sheet is scope.sheet and box.has(scope.row, scope.column):
        raise FormulaError("REF", "Circular dependency detected. To resolve with iterative calculation, see File > Settings.")
    head, *body = _read(engine, sheet, box)
    kept = [row for number, row in enumerate(body, box.r0 + 1) if _passes(engine, sheet, pivot, box, number, row)]
    return _Layout(engine, scope, pivot, head, kept).table()


def _read(engine: Engine, sheet: Sheet, box: Box) -> list[Row]:
    return [tuple(engine.value(sheet, r, c) for c in range(box.c0, box.c1 or 0)) for r in range(box.r0, box.r1 or 0)]


def _passes(engine: Engine, sheet: Sheet, pivot: Json, box: Box, number: int, row: Row) -> bool:
    """Does a row of the source pass the filters of the pivot table?"""
    specs = [(int(s.get("columnOffsetIndex", 0)), s.get("filterCriteria", {})) for s in pivot.get("filterSpecs", [])]
    specs = specs or [(int(column), rule) for column, rule in pivot.get("criteria", {}).items()]
    for column, rule in specs:
        if not 0 <= column < len(row):
            raise FormulaError("REF", "Reference does not exist.")
        visible = rule.get("visibleValues")
        if visible is not None and not rule.get("visibleByDefault") and _shown(row[column]) not in visible:
            return False
        if "condition" in rule:
            condition = Condition(sheet, engine, rule["condition"], (box.r0 + 1, box.c0 + column))
            if not condition.holds(number, box.c0 + column, row[column]):
                return False
    return True


def _shown(value: Value) -> str:
    return value.text if isinstance(value, FormulaError) else text(value)


class _Layout:
    """Lays out one pivot table. body: the rows of the source that its filters let through."""

    def __init__(self, engine: Engine, scope: Scope, pivot: Json, head: Row, body: list[Row]) -> None:
        self.engine, self.scope, self.head = engine, scope, head
        self.rows: list[Json] = pivot.get("rows", [])
        self.columns: list[Json] = pivot.get("columns", [])
        self.values: list[Json] = pivot.get("values", [])
        for part in (*self.rows, *self.columns, *self.values):
            if not 0 <= int(part.get("sourceColumnOffset", 0)) < len(head):
                raise FormulaError("REF", "Reference does not exist.")
        self.body = [row for row in body if any(v is not None for v in row)]

    def _key(self, group: Json, row: Row) -> Value:
        value, rule = row[int(group.get("sourceColumnOffset", 0))], group.get("groupRule", {})
        if "manualRule" in rule:
            for one in rule["manualRule"].get("groups", []):
                if any(_shown(value) == _shown(_plain(item)) for item in one.get("items", [])):
                    return _plain(one.get("groupName", {}))
        if "histogramRule" in rule and isinstance(value, float | int) and not isinstance(value, bool):
            return _bucket(rule["histogramRule"], float(value))
        return value

    def _order(self, group: Json) -> Callable[[tuple[Value, list[Row]]], Any]:
        offset = int(group.get("sourceColumnOffset", 0))
        if "valueBucket" in group:
            return lambda pair: rank(self._bucket_value(group["valueBucket"], pair[1]))
        if "histogramRule" in group.get("groupRule", {}):
            return lambda pair: (False, min(rank(row[offset]) for row in pair[1]))
        return lambda pair: (pair[0] is None, rank(pair[0]))

    def _bucket_value(self, bucket: Json, rows: list[Row]) -> Value:
        """What a group is sorted by: one of the values, over all columns or over those of the named groups of columns."""
        keys = [_plain(item) for item in bucket.get("buckets", [])]
        inside = [row for row in rows if all(_same(self._key(g, row), k) for g, k in zip(self.columns, keys, strict=False))]
        return self._value(self.values[int(bucket.get("valuesIndex", 0))], inside)

    def _groups(self, group: Json, rows: list[Row]) -> list[tuple[Value, list[Row]]]:
        found: dict[object, tuple[Value, list[Row]]] = {}
        for row in rows:
            key = self._key(group, row)
            found.setdefault((key is None, rank(key)), (key, []))[1].append(row)
        return sorted(found.values(), key=self._order(group), reverse=group.get("sortOrder") == "DESCENDING")

    def _cells(self, rows: list[Row]) -> list[Value]:
        """The values of one row of the table: for each column group, and their total."""
        if not self.columns:
            return [self._value(value, rows) for value in self.values]
        cells: list[Value] = []
        for keys, _ in self._column_keys():
            inside = [row for row in rows if all(_same(self._key(g, row), k) for g, k in zip(self.columns, keys, strict=False))]
            cells += [self._value(value, inside) if inside else None for value in self.values]
        return cells

    def _column_keys(self) -> list[tuple[list[Value], str]]:
        """For every column of values its keys and its heading; no keys for the total over all columns."""

        def below(depth: int, rows: list[Row], keys: list[Value]) -> Iterator[tuple[list[Value], str]]:
            if depth == len(self.columns):
                yield keys, _shown(keys[-1])
                return
            for key, inside in self._groups(self.columns[depth], rows):
                yield from below(depth + 1, inside, [*keys, key])

        found = list(below(0, self.body, []))
        return [*found, ([], _GRAND)] if self.columns[0].get("showTotals") else found

    def _value(self, value: Json, rows: list[Row]) -> Value:
        column = tuple((row[int(value.get("sourceColumnOffset", 0))],) for row in rows)
        entry = FUNCTIONS[str(value.get("summarizeFunction", "SUM"))]
        try:
            result: Value = entry.call(self.scope, Array(column))
        except FormulaError as error:
            return error
        return result

    def _label(self, group: Json) -> str:
        return str(group.get("label") or _shown(self.head[int(group.get("sourceColumnOffset", 0))]))

    def _name(self, value: Json) -> str:
        named = value.get("name")
        head = _shown(self.head[int(value.get("sourceColumnOffset", 0))])
        return str(named) if named else f"{value.get('summarizeFunction', 'SUM')} of {head}"

    def _heads(self) -> list[list[Value]]:
        labels: list[Value] = [self._label(group) for group in self.rows]
        names: list[Value] = [self._name(value) for value in self.values]
        if not self.columns:
            return [[*labels, *names]]
        keys = self._column_keys()
        pad: list[Value] = [None] * max(0, len(labels) - 1)
        first = names[0] if len(names) == 1 else None
        tops: list[list[Value]] = []
        for depth, group in enumerate(self.columns):
            row: list[Value] = [*pad, first if depth == 0 else None] if labels else []
            if depth == 0:
                tops.append([*row, self._label(group)])
            last = depth == len(self.columns) - 1
            line: list[Value] = list(labels) if last and len(names) == 1 else [None] * len(labels)
            for one, heading in keys:
                shown: Value = heading if not one and depth == 0 else (one[depth] if depth < len(one) else None)
                line += [shown, *([None] * (len(names) - 1))]
            tops.append(line)
        if len(names) > 1:
            tops.append([*labels, *(names * len(keys))])
        return tops

    def table(self) -> Array:
        """Headings, groups with their totals, the grand total."""
        lines = self._heads()
        if self.rows:
            lines += self._lines(0, self.body, [])
            if self.rows[0].get("showTotals"):
                lines.append([_GRAND, *([None] * (len(self.rows) - 1)), *self._cells(self.body)])
        elif self.values:
            lines.append(self._cells(self.body))
        width = max((len(line) for line in lines), default=0)
        return Array(tuple(tuple(line + [None] * (width - len(line))) for line in lines))

    def _lines(self, depth: int, rows: list[Row], keys: list[Value]) -> list[list[Value]]:
        group, lines = self.rows[depth], []
        for key, inside in self._groups(group, rows):
            if depth == len(self.rows) - 1:
                lines.append([*keys, key, *self._cells(inside)])
            else:
                lines += self._lines(depth + 1, inside, [*keys, key])
                if self.rows[depth + 1].get("showTotals"):
                    empty: list[Value] = [None] * (len(self.rows) - depth - 1)
                    lines.append([*keys, f"{_shown(key)} Total", *empty, *self._cells(inside)])
            # A heading stands once, on the first line of its block, unless it is to be repeated.
            if keys and not self.rows[depth - 1].get("repeatHeadings"):
                keys = [None] * len(keys)
        return lines


def _plain(value: Json) -> Value:
    for name in ("stringValue", "numberValue", "boolValue"):
        if name in value:
            found: Value = value[name]
            return found
    return None


def _same(a: Value, b: Value) -> bool:
    return (a is None) == (b is None) and rank(a) == rank(b)


def _bucket(rule: Json, value: float) -> str:
    """`25 - 44`; the last group ends with the end itself, what lies outside is `< 25` or `> 70`."""
    step, low, high = float(rule.get("interval", 1)), rule.get("start"), rule.get("end")
    if low is not None and value < low:
        return f"< {low:g}"
    if high is not None and value > high:
        return f"> {high:g}"
    base = float(low) if low is not None else 0.0
    start = base + math.floor((value - base) / step) * step
    if high is not None and start >= high > base:
        start -= step
    end = start + step - 1
    return f"{start:g} - {min(end, high) if high is not None and end + 1 >= high else end:g}"
