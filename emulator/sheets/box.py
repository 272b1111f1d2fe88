"""Rectangles of cells and what inserting, deleting and moving rows or columns does to them.

Indexes count from zero, ends are exclusive, and an end of None means "to the edge of the sheet, however far that is".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]
Span = tuple[int, int | None]
SpanShift = Callable[[int, "int | None"], "Span | None"]
GRID_KEYS = frozenset({"sheetId", "startRowIndex", "endRowIndex", "startColumnIndex", "endColumnIndex"})


@dataclass(frozen=True, slots=True)
class Box:
    """Rows r0..r1 and columns c0..c1 of one sheet."""

    r0: int = 0
    r1: int | None = None
    c0: int = 0
    c1: int | None = None

    @classmethod
    def of_json(cls, grid_range: Json) -> Box:
        """The box of a GridRange, its sheetId left aside."""
        return cls(
            int(grid_range.get("startRowIndex", 0)),
            grid_range.get("endRowIndex"),
            int(grid_range.get("startColumnIndex", 0)),
            grid_range.get("endColumnIndex"),
        )

    @classmethod
    def cell(cls, row: int, column: int) -> Box:
        """The box of a single cell."""
        return cls(row, row + 1, column, column + 1)

    def to_json(self, sheet_id: int) -> Json:
        """A GridRange; open ends are left out, as Google does."""
        result: Json = {"sheetId": sheet_id}
        if self.r0 or self.r1 is not None:
            result["startRowIndex"] = self.r0
        if self.r1 is not None:
            result["endRowIndex"] = self.r1
        if self.c0 or self.c1 is not None:
            result["startColumnIndex"] = self.c0
        if self.c1 is not None:
            result["endColumnIndex"] = self.c1
        return result

    @property
    def whole(self) -> bool:
        """Does it cover the whole sheet?"""
        return self == Box()

    def clip(self, rows: int, columns: int) -> Box:
        """The part inside a grid of that size; every end closed."""
        return Box(
            min(self.r0, rows),
            rows if self.r1 is None else min(self.r1, rows),
            min(self.c0, columns),
            columns if self.c1 is None else min(self.c1, columns),
        )

    @property
    def height(self) -> int:
        """Rows, of a closed box."""
        return max(0, (self.r1 if self.r1 is not None else self.r0) - self.r0)

    @property
    def width(self) -> int:
        """Columns, of a closed box."""
        return max(0, (self.c1 if self.c1 is not None else self.c0) - self.c0)

    def has(self, row: int, column: int) -> bool:
        """Is the cell inside?"""
        return (
            row >= self.r0 and column >= self.c0 and (self.r1 is None or row < self.r1) and (self.c1 is None or column < self.c1)
        )

    def meet(self, other: Box) -> Box | None:
        """The common part, None when there is none."""
        r0, c0 = max(self.r0, other.r0), max(self.c0, other.c0)
        r1, c1 = _lower_end(self.r1, other.r1), _lower_end(self.c1, other.c1)
        if (r1 is not None and r1 <= r0) or (c1 is not None and c1 <= c0):
            return None
        return Box(r0, r1, c0, c1)

    def contains(self, other: Box) -> bool:
        """Is the other one inside, edges included?"""
        return self.meet(other) == other

    def minus(self, other: Box) -> list[Box]:
        """What is left after cutting the other one out: at most four boxes."""
        common = self.meet(other)
        if common is None:
            return [self]
        left: list[Box] = []
        if common.r0 > self.r0:
            left.append(Box(self.r0, common.r0, self.c0, self.c1))
        if common.r1 is not None and common.r1 != self.r1:
            left.append(Box(common.r1, self.r1, self.c0, self.c1))
        if common.c0 > self.c0:
            left.append(Box(common.r0, common.r1, self.c0, common.c0))
        if common.c1 is not None and common.c1 != self.c1:
            left.append(Box(common.r0, common.r1, common.c1, self.c1))
        return left

    def cells(self) -> Iterator[tuple[int, int]]:
        """Every cell of a closed box, row by row."""
        for row in range(self.r0, self.r1 if self.r1 is not None else self.r0):
            for column in range(self.c0, self.c1 if self.c1 is not None else self.c0):
                yield row, column

    def span(self, dimension: str) -> Span:
        """Start and end along ROWS or COLUMNS."""
        return (self.r0, self.r1) if dimension == "ROWS" else (self.c0, self.c1)

    def with_span(self, dimension: str, span: Span) -> Box:
        """The same box with another start and end along ROWS or COLUMNS."""
        if dimension == "ROWS":
            return Box(span[0], span[1], self.c0, self.c1)
        return Box(self.r0, self.r1, span[0], span[1])

    def offset(self, rows: int, columns: int) -> Box:
        """The box moved by that many rows and columns."""
        return Box(
            self.r0 + rows,
            None if self.r1 is None else self.r1 + rows,
            self.c0 + columns,
            None if self.c1 is None else self.c1 + columns,
        )


def _lower_end(a: int | None, b: int | None) -> int | None:
    if a is None:
        return b
    return a if b is None else min(a, b)


def inserted(at: int, count: int) -> SpanShift:
    """How a span changes when `count` rows are put before row `at`: what lies behind moves, what is cut grows."""

    def shift(start: int, end: int | None) -> Span | None:
        if end is None:
            # "All rows" stays all rows; "from row 5 on" moves.
            return (start if start < at or start == 0 else start + count), None
        return (start + count if start >= at else start), (end + count if end > at else end)

    return shift


def deleted(first: int, last: int) -> SpanShift:
    """How a span changes when rows first..last go away; None when nothing of it is left."""

    def where(index: int) -> int:
        return index if index <= first else max(first, index - (last - first))

    def shift(start: int, end: int | None) -> Span | None:
        if end is None:
            return where(start), None
        return None if where(start) == where(end) else (where(start), where(end))

    return shift


def moved(first: int, last: int, target: int) -> SpanShift:
    """How a span changes when rows first..last are put before row `target` (an index before the move).

    What lies inside the moved rows moves along; any other span loses them and takes them in where they land.
    """
    count = last - first
    landing = target if target <= first else target - count
    remove, insert = deleted(first, last), inserted(landing, count)

    def shift(start: int, end: int | None) -> Span | None:
        if end is None:
            return start, None
        if start >= first and end <= last:
            return start - first + landing, end - first + landing
        rest = remove(start, end)
        return None if rest is None else insert(*rest)

    return shift


def is_grid_range(value: object) -> bool:
    """Does this JSON value look like a GridRange?"""
    return (
        isinstance(value, dict)
        and bool(value)
        and set(value) <= GRID_KEYS
        and bool(set(value) - {"sheetId"} or "sheetId" in value)
    )


def map_ranges(value: Any, change: Callable[[Json], Json | None]) -> Any:
    """A copy of a JSON tree with every GridRange in it changed; None where the range that something hangs on is gone.

    The series and the domains of a chart whose cells are gone are dropped; the chart stays, as it does at Google.
    """
    if isinstance(value, list):
        kept = [map_ranges(item, change) for item in value]
        return [new for old, new in zip(value, kept, strict=True) if not (isinstance(old, dict) and _is_lost(old, new))]
    if not isinstance(value, dict):
        return value
    if is_grid_range(value):
        return change(value)
    result: Json = {}
    for key, item in value.items():
        new = map_ranges(item, change)
        if key in {"range", "sourceRange"} and isinstance(item, dict) and new is None:
            return None
        if key in {"ranges", "sources"} and item and not new:
            return None
        if new is not None or item is None:
            result[key] = new
    return result


def _is_lost(old: Json, new: Json | None) -> bool:
    return new is None or any(isinstance(old.get(key), dict) and key not in new for key in ("series", "domain"))
