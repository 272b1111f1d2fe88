"""Looking up, choosing and reshaping ranges."""

from __future__ import annotations

from collections.abc import Callable
from functools import cmp_to_key

from emulator.sheets.a1 import RangeError, column_letters, resolve
from emulator.sheets.box import Box
from emulator.sheets.formula.aggregates import criterion, full_array
from emulator.sheets.formula.evaluator import Scope
from emulator.sheets.formula.registry import function
from emulator.sheets.formula.values import (
    Array,
    Cells,
    FormulaError,
    Operand,
    Value,
    check_room,
    integer,
    number,
    rank,
    same,
    text,
    truth,
)


def _position(wanted: Value, line: list[Value], kind: int) -> int | None:
    """Index of the wanted value: kind 0 exact (with wildcards), 1 last not greater, -1 last not smaller."""
    if isinstance(wanted, FormulaError):
        raise wanted
    if kind == 0:
        test: Callable[[Value], bool] = (
            criterion(wanted) if isinstance(wanted, str) and ("*" in wanted or "?" in wanted) else lambda v: same(v, wanted)
        )
        return next((i for i, value in enumerate(line) if value is not None and test(value)), None)
    best: int | None = None
    aim = rank(wanted)
    for index, value in enumerate(line):
        if value is None or isinstance(value, FormulaError) or rank(value)[0] != aim[0]:
            continue
        if (rank(value) > aim) if kind > 0 else (rank(value) < aim):
            break
        best = index
    return best


def _missing(wanted: Value, name: str) -> FormulaError:
    return FormulaError("N_A", f"Did not find value '{text(wanted)}' in {name} evaluation.")


@function("VLOOKUP", 3, 4, kind="range")
def _vlookup(scope: Scope, wanted: Operand, area: Operand, index: Operand, is_sorted: Operand = True) -> Operand:
    table, column = scope.as_array(area), integer(scope.single(index))
    if not 1 <= column <= table.width:
        raise FormulaError("REF", "VLOOKUP evaluates to an out of bounds range.")
    kind = 1 if truth(scope.single(is_sorted)) else 0
    keys = [row[0] for row in table.rows]

    def one(value: Value) -> Value:
        at = _position(value, keys, kind)
        if at is None:
            raise _missing(value, "VLOOKUP")
        return table.rows[at][column - 1]

    return scope.lift(one, [wanted])


@function("HLOOKUP", 3, 4, kind="range")
def _hlookup(scope: Scope, wanted: Operand, area: Operand, index: Operand, is_sorted: Operand = True) -> Operand:
    table, row = scope.as_array(area), integer(scope.single(index))
    if not 1 <= row <= table.height:
        raise FormulaError("REF", "HLOOKUP evaluates to an out of bounds range.")
    kind = 1 if truth(scope.single(is_sorted)) else 0

    def one(value: Value) -> Value:
        at = _position(value, list(table.rows[0]), kind)
        if at is None:
            raise _missing(value, "HLOOKUP")
        return table.rows[row - 1][at]

    return scope.lift(one, [wanted])


@function("MATCH", 2, 3, kind="range")
def _match(scope: Scope, wanted: Operand, area: Operand, kind: Operand = 1.0) -> Operand:
    line = list(scope.as_array(area).flat())
    how = integer(scope.single(kind))

    def one(value: Value) -> Value:
        at = _position(value, line, how)
        if at is None:
            raise _missing(value, "MATCH")
        return float(at + 1)

    return scope.lift(one, [wanted])


@function("XLOOKUP", 3, 6, kind="range")
def _xlookup(
    scope: Scope,
    wanted: Operand,
    keys: Operand,
    results: Operand,
    missing: Operand = None,
    mode: Operand = 0.0,
    order: Operand = 1.0,
) -> Operand:
    line, table = list(full_array(scope, keys).flat()), full_array(scope, results)
    how, value = integer(scope.single(mode)), scope.single(wanted)
    backwards = integer(scope.single(order)) == -1
    at = _xposition(value, line[::-1] if backwards else line, how)
    if at is None:
        if missing is None:
            raise _missing(value, "XLOOKUP")
        return missing
    at = len(line) - 1 - at if backwards else at
    across = table.height == 1 and len(line) == table.width and table.width > 1
    if across:
        return table.rows[0][at]
    return Array((table.rows[at],)) if table.width > 1 else table.rows[at][0]


def _xposition(value: Value, line: list[Value], how: int) -> int | None:
    exact = next((i for i, v in enumerate(line) if v is not None and same(v, value)), None)
    if exact is not None or how == 0:
        return exact
    if how == 2:
        return _position(value, line, 0)
    aim = rank(value)
    near = [(rank(v), i) for i, v in enumerate(line) if v is not None and (rank(v) < aim if how == -1 else rank(v) > aim)]
    near = [pair for pair in near if pair[0][0] == aim[0]]
    if not near:
        return None
    return max(near, key=lambda pair: (pair[0], -pair[1]))[1] if how == -1 else min(near)[1]


@function("INDEX", 1, 3, kind="range", array=True)
def _index(scope: Scope, area: Operand, row: Operand = None, column: Operand = None) -> Operand:
    r, c = integer(scope.single(row)), integer(scope.single(column))
    if isinstance(area, Cells):
        height, width = area.box.height, area.box.width
    else:
        area = scope.as_array(area)
        height, width = area.height, area.width
    if height == 1 and width > 1 and column is None:
        r, c = 0, r
    if r < 0 or c < 0 or r > height or c > width:
        raise FormulaError("NUM", f"Function INDEX parameter 2 value is {r}. Valid values are between 0 and {height} inclusive.")
    if isinstance(area, Cells):
        box = area.box
        rows = (box.r0, box.r1) if r == 0 else (box.r0 + r - 1, box.r0 + r)
        columns = (box.c0, box.c1) if c == 0 else (box.c0 + c - 1, box.c0 + c)
        return Cells(area.sheet, Box(rows[0], rows[1], columns[0], columns[1]))
    picked = area.rows if r == 0 else (area.rows[r - 1],)
    return Array(tuple(line if c == 0 else (line[c - 1],) for line in picked))


@function("CHOOSE", 2, -1, kind="range")
def _choose(scope: Scope, index: Operand, *choices: Operand) -> Operand:
    at = integer(scope.single(index))
    if not 1 <= at <= len(choices):
        raise FormulaError(
            "NUM", f"Function CHOOSE parameter 1 value is {at}. Valid values are between 1 and {len(choices)} inclusive."
        )
    chosen = choices[at - 1]
    if isinstance(chosen, FormulaError):
        raise chosen
    return chosen


@function("FILTER", 2, -1, kind="range", array=True)
def _filter(scope: Scope, area: Operand, *conditions: Operand) -> Operand:
    table = full_array(scope, area)
    tests = [full_array(scope, condition) for condition in conditions]
    across = all(t.height == 1 and t.width == table.width for t in tests) and table.width > 1 and table.height != 1
    size = table.width if across else table.height
    for test in tests:
        if max(test.height, test.width) != size:
            raise FormulaError("N_A", f"FILTER has mismatched range sizes. Expected row count: {table.height}. column count: 1.")
    flat = [list(test.flat()) for test in tests]
    kept = [i for i in range(size) if all(not isinstance(t[i], FormulaError | str) and bool(t[i]) for t in flat)]
    if not kept:
        raise FormulaError("N_A", "No matches are found in FILTER evaluation.")
    if across:
        return Array(tuple(tuple(row[i] for i in kept) for row in table.rows))
    return Array(tuple(table.rows[i] for i in kept))


@function("UNIQUE", 1, 3, kind="range", array=True)
def _unique(scope: Scope, area: Operand, *_: Operand) -> Operand:
    seen: dict[tuple[object, ...], tuple[Value, ...]] = {}
    for row in scope.as_array(area).rows:
        seen.setdefault(tuple(value if isinstance(value, str) else (rank(value), value is None) for value in row), row)
    return Array(tuple(seen.values()))


@function("SORT", 1, -1, kind="range", array=True)
def _sort(scope: Scope, area: Operand, *order: Operand) -> Operand:
    table = scope.as_array(area)
    keys: list[tuple[list[Value], bool]] = []
    for position in range(0, len(order), 2):
        ascending = truth(scope.single(order[position + 1])) if position + 1 < len(order) else True
        by = order[position]
        if isinstance(by, Array | Cells):
            keys.append((list(full_array(scope, by).flat()), ascending))
        else:
            keys.append(([row[integer(scope.single(by)) - 1] for row in table.rows], ascending))
    keys = keys or [([row[0] for row in table.rows], True)]

    def compare(a: int, b: int) -> int:
        return _compare(keys, a, b)

    return Array(tuple(table.rows[i] for i in sorted(range(table.height), key=cmp_to_key(compare))))


def _compare(keys: list[tuple[list[Value], bool]], a: int, b: int) -> int:
    for values, ascending in keys:
        x, y = values[a], values[b]
        if (x is None) != (y is None):  # empty cells come last either way
            return 1 if x is None else -1
        if rank(x) != rank(y):
            smaller = rank(x) < rank(y)
            return -1 if smaller == ascending else 1
    return a - b


@function("TRANSPOSE", 1, kind="range", array=True)
def _transpose(scope: Scope, area: Operand) -> Operand:
    return Array(tuple(zip(*full_array(scope, area).rows, strict=True)))


@function("SEQUENCE", 1, 4, kind="range")
def _sequence(scope: Scope, rows: Operand, columns: Operand = 1.0, start: Operand = 1.0, step: Operand = 1.0) -> Operand:
    height, width = integer(scope.single(rows)), integer(scope.single(columns))
    first, by = number(scope.single(start)), number(scope.single(step))
    if height < 1 or width < 1:
        raise FormulaError("NUM", "Function SEQUENCE parameter 1 should be greater than or equal to 1.")
    check_room(height, width)
    return Array(tuple(tuple(first + by * (r * width + c) for c in range(width)) for r in range(height)))


@function("ROW", 0, 1, kind="range")
def _row(scope: Scope, area: Operand = None) -> Operand:
    if not isinstance(area, Cells):
        return float(scope.row + 1)
    if scope.array and area.box.height > 1:
        return Array(tuple((float(r + 1),) for r in range(area.box.r0, area.box.r1 or 0)))
    return float(area.box.r0 + 1)


@function("COLUMN", 0, 1, kind="range")
def _column(scope: Scope, area: Operand = None) -> Operand:
    if not isinstance(area, Cells):
        return float(scope.column + 1)
    if scope.array and area.box.width > 1:
        return Array((tuple(float(c + 1) for c in range(area.box.c0, area.box.c1 or 0)),))
    return float(area.box.c0 + 1)


@function("ROWS", 1, kind="range")
def _rows(scope: Scope, area: Operand) -> Value:
    return float(area.box.height if isinstance(area, Cells) else scope.as_array(area).height)


@function("COLUMNS", 1, kind="range")
def _columns(scope: Scope, area: Operand) -> Value:
    return float(area.box.width if isinstance(area, Cells) else scope.as_array(area).width)


@function("ADDRESS", 2, 5)
def _address(scope: Scope, row: Value, column: Value, mode: Value = 1.0, *_: Value) -> Value:
    if integer(row) < 1 or integer(column) < 1:
        raise FormulaError("VALUE", "Function ADDRESS wants a row and a column of at least 1.")
    fixed_column, fixed_row = integer(mode) in {1, 3}, integer(mode) in {1, 2}
    return f"{'$' * fixed_column}{column_letters(integer(column) - 1)}{'$' * fixed_row}{integer(row)}"


@function("INDIRECT", 1, 2, kind="range")
def _indirect(scope: Scope, written: Operand, *_: Operand) -> Operand:
    name = text(scope.single(written))
    try:
        sheet, box = resolve(scope.engine.book, name)
    except RangeError as error:
        raise FormulaError(
            "REF", f"Function INDIRECT parameter 1 value is '{name}'. It is not a valid cell/range reference."
        ) from error
    own = sheet if "!" in name or scope.engine.book.named_range(name) else scope.sheet
    return Cells(own, box.clip(own.rows, own.columns))


@function("OFFSET", 3, 5, kind="range")
def _offset(
    scope: Scope, area: Operand, rows: Operand, columns: Operand, height: Operand = None, width: Operand = None
) -> Operand:
    if not isinstance(area, Cells):
        raise FormulaError("N_A", "Argument must be a range.")
    r0, c0 = area.box.r0 + integer(scope.single(rows)), area.box.c0 + integer(scope.single(columns))
    h = area.box.height if height is None else integer(scope.single(height))
    w = area.box.width if width is None else integer(scope.single(width))
    if r0 < 0 or c0 < 0 or r0 + h > area.sheet.rows or c0 + w > area.sheet.columns or h < 1 or w < 1:
        raise FormulaError("REF", "Function OFFSET evaluates to an out of bounds range.")
    return Cells(area.sheet, Box(r0, r0 + h, c0, c0 + w))
