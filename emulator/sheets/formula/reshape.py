"""Tables cut, joined and laid out anew."""

from __future__ import annotations

from functools import cmp_to_key

from emulator.sheets.formula.aggregates import full_array
from emulator.sheets.formula.evaluator import Scope
from emulator.sheets.formula.lookup import _compare, _position
from emulator.sheets.formula.registry import function
from emulator.sheets.formula.values import Array, FormulaError, Operand, Value, check_room, integer, truth

Rows = tuple[tuple[Value, ...], ...]
_MISSING = FormulaError("N_A", "")


def _turned(rows: Rows) -> Rows:
    return tuple(zip(*rows, strict=True))


def _part(rows: Rows, count: int, name: str, *, drop: bool) -> Rows:
    if not count and not drop or abs(count) > len(rows) and not drop:
        raise FormulaError("VALUE", f"Function {name} parameter 2 value is {count}.")
    if drop:
        kept = rows[count:] if count >= 0 else rows[:count]
    else:
        kept = rows[:count] if count > 0 else rows[count:]
    if not kept:
        raise FormulaError("VALUE", f"Function {name} leaves no rows or columns.")
    return kept


def _cut(scope: Scope, name: str, area: Operand, rows: Operand, columns: Operand, *, drop: bool) -> Array:
    table = full_array(scope, area).rows
    down, across = scope.single(rows), scope.single(columns)
    if down is not None:
        table = _part(table, integer(down), name, drop=drop)
    if across is not None:
        table = _turned(_part(_turned(table), integer(across), name, drop=drop))
    return Array(table)


@function("TAKE", 2, 3, kind="range", array=True)
def _take(scope: Scope, area: Operand, rows: Operand, columns: Operand = None) -> Operand:
    return _cut(scope, "TAKE", area, rows, columns, drop=False)


@function("DROP", 2, 3, kind="range", array=True)
def _drop(scope: Scope, area: Operand, rows: Operand, columns: Operand = None) -> Operand:
    return _cut(scope, "DROP", area, rows, columns, drop=True)


def _picked(rows: Rows, scope: Scope, places: tuple[Operand, ...], name: str) -> Rows:
    wanted = [integer(v) for place in places for v in scope.as_array(place).flat()]
    if any(not 1 <= abs(w) <= len(rows) for w in wanted):
        raise FormulaError("VALUE", f"Function {name} parameter 2 is out of range.")
    return tuple(rows[w - 1 if w > 0 else w] for w in wanted)


@function("CHOOSEROWS", 2, -1, kind="range", array=True)
def _choose_rows(scope: Scope, area: Operand, *places: Operand) -> Operand:
    return Array(_picked(full_array(scope, area).rows, scope, places, "CHOOSEROWS"))


@function("CHOOSECOLS", 2, -1, kind="range", array=True)
def _choose_columns(scope: Scope, area: Operand, *places: Operand) -> Operand:
    return Array(_turned(_picked(_turned(full_array(scope, area).rows), scope, places, "CHOOSECOLS")))


def _stacked(tables: list[Rows]) -> Rows:
    width = max(len(rows[0]) for rows in tables)
    return tuple(row + (_MISSING,) * (width - len(row)) for rows in tables for row in rows)


@function("VSTACK", 1, -1, kind="range", array=True)
def _vstack(scope: Scope, *areas: Operand) -> Operand:
    return Array(_stacked([full_array(scope, area).rows for area in areas]))


@function("HSTACK", 1, -1, kind="range", array=True)
def _hstack(scope: Scope, *areas: Operand) -> Operand:
    return Array(_turned(_stacked([_turned(full_array(scope, area).rows) for area in areas])))


@function("FLATTEN TOCOL", 1, -1, kind="range", array=True)
def _flatten(scope: Scope, *areas: Operand) -> Operand:
    return Array(tuple((value,) for area in areas for value in full_array(scope, area).flat()))


@function("TOROW", 1, kind="range", array=True)
def _to_row(scope: Scope, area: Operand) -> Operand:
    return Array((tuple(full_array(scope, area).flat()),))


def _wrapped(scope: Scope, area: Operand, count: Operand, pad: Operand) -> Rows:
    values, width = list(full_array(scope, area).flat()), integer(scope.single(count))
    if width < 1:
        raise FormulaError("NUM", "The wrap count must be at least 1.")
    check_room(1 + len(values) // width, width)
    filler = _MISSING if pad is None else scope.single(pad)
    values += [filler] * (-len(values) % width)
    return tuple(tuple(values[i : i + width]) for i in range(0, len(values), width))


@function("WRAPROWS", 2, 3, kind="range", array=True)
def _wrap_rows(scope: Scope, area: Operand, count: Operand, pad: Operand = None) -> Operand:
    return Array(_wrapped(scope, area, count, pad))


@function("WRAPCOLS", 2, 3, kind="range", array=True)
def _wrap_columns(scope: Scope, area: Operand, count: Operand, pad: Operand = None) -> Operand:
    return Array(_turned(_wrapped(scope, area, count, pad)))


@function("ARRAY_CONSTRAIN", 3, kind="range", array=True)
def _constrain(scope: Scope, area: Operand, rows: Operand, columns: Operand) -> Operand:
    height, width = integer(scope.single(rows)), integer(scope.single(columns))
    return Array(tuple(row[:width] for row in full_array(scope, area).rows[:height]))


@function("SORTN", 1, -1, kind="range", array=True)
def _sort_n(scope: Scope, area: Operand, count: Operand = 1.0, ties: Operand = 0.0, *order: Operand) -> Operand:
    rows, size, mode = full_array(scope, area).rows, integer(scope.single(count)), integer(scope.single(ties))
    keys: list[tuple[list[Value], bool]] = []
    for at in range(0, len(order), 2):
        column = integer(scope.single(order[at])) - 1
        rising = truth(scope.single(order[at + 1])) if at + 1 < len(order) else True
        keys.append(([row[column] for row in rows], rising))
    keys = keys or [([row[0] for row in rows], True)]

    def compare(a: int, b: int) -> int:
        return _compare(keys, a, b)

    places = sorted(range(len(rows)), key=cmp_to_key(compare))
    if mode in {2, 3}:
        seen: dict[tuple[Value, ...], int] = {}
        for place in places:
            seen.setdefault(rows[place] if mode == 2 else tuple(values[place] for values, _ in keys), place)
        places = list(seen.values())
    return Array(tuple(rows[place] for place in places[:size]))


@function("LOOKUP", 2, 3, kind="range", array=True)
def _lookup(scope: Scope, wanted: Operand, area: Operand, results: Operand = None) -> Operand:
    table = full_array(scope, area)
    keys = list(table.flat()) if results is not None else [row[0] for row in table.rows]
    found = list(full_array(scope, results).flat()) if results is not None else [row[-1] for row in table.rows]

    def one(value: Value) -> Value:
        at = _position(value, keys, 1)
        if at is None:
            raise FormulaError("N_A", f"Did not find value '{value}' in LOOKUP evaluation.")
        return found[at]

    return scope.lift(one, [wanted])
