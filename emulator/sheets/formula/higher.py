"""Names and functions inside a formula: LET, LAMBDA, and what calls a LAMBDA for every value."""

from __future__ import annotations

from dataclasses import replace

from emulator.sheets.formula.aggregates import full_array
from emulator.sheets.formula.evaluator import Scope
from emulator.sheets.formula.parser import Name, Node
from emulator.sheets.formula.registry import function
from emulator.sheets.formula.values import Array, FormulaError, Lambda, Operand, Value, check_room, integer


@function("LET", 3, -1, kind="lazy")
def _let(scope: Scope, *parts: Node) -> Operand:
    if len(parts) % 2 == 0:
        raise FormulaError("N_A", f"Wrong number of arguments to LET. Expected an odd number, but got {len(parts)} arguments.")
    for name, value in zip(parts[:-1:2], parts[1::2], strict=True):
        if not isinstance(name, Name):
            raise FormulaError("NAME", "Argument of function LET is not a valid name.")
        scope = replace(scope, names={**scope.names, name.name.lower(): scope.safe(value)})
    return scope.evaluate(parts[-1])


@function("LAMBDA", 1, -1, kind="lazy")
def _lambda(scope: Scope, *parts: Node) -> Operand:
    names = []
    for part in parts[:-1]:
        if not isinstance(part, Name):
            raise FormulaError("NAME", "Argument of function LAMBDA is not a valid name.")
        names.append(part.name.lower())

    def call(*values: Operand) -> Operand:
        if len(values) != len(names):
            raise FormulaError(
                "N_A", f"Wrong number of arguments to LAMBDA. Expected {len(names)} arguments, but got {len(values)} arguments."
            )
        return replace(scope, names={**scope.names, **dict(zip(names, values, strict=True))}).evaluate(parts[-1])

    return Lambda(call)


def _one(scope: Scope, made: Operand, *values: Operand) -> Value:
    try:
        return scope.single(scope.invoke(made, list(values)))
    except FormulaError as error:
        return error


@function("MAP", 2, -1, kind="range", array=True)
def _map(scope: Scope, *operands: Operand) -> Operand:
    tables, made = [full_array(scope, operand) for operand in operands[:-1]], operands[-1]
    if len({(t.height, t.width) for t in tables}) > 1:
        raise FormulaError("N_A", "Array arguments to MAP are of different size.")
    first = tables[0]
    return Array(
        tuple(tuple(_one(scope, made, *(t.rows[r][c] for t in tables)) for c in range(first.width)) for r in range(first.height))
    )


@function("BYROW", 2, kind="range", array=True)
def _by_row(scope: Scope, area: Operand, made: Operand) -> Operand:
    return Array(tuple((_one(scope, made, Array((row,))),) for row in full_array(scope, area).rows))


@function("BYCOL", 2, kind="range", array=True)
def _by_column(scope: Scope, area: Operand, made: Operand) -> Operand:
    columns = zip(*full_array(scope, area).rows, strict=True)
    return Array((tuple(_one(scope, made, Array(tuple((v,) for v in column))) for column in columns),))


@function("REDUCE", 3, kind="range", array=True)
def _reduce(scope: Scope, start: Operand, area: Operand, made: Operand) -> Operand:
    total = start
    for value in full_array(scope, area).flat():
        total = scope.invoke(made, [total, value])
    return total


@function("SCAN", 3, kind="range", array=True)
def _scan(scope: Scope, start: Operand, area: Operand, made: Operand) -> Operand:
    total, rows = scope.single(start), []
    for row in full_array(scope, area).rows:
        line: list[Value] = []
        for value in row:
            total = _one(scope, made, total, value)
            line.append(total)
        rows.append(tuple(line))
    return Array(tuple(rows))


@function("MAKEARRAY", 3, kind="range", array=True)
def _make_array(scope: Scope, rows: Operand, columns: Operand, made: Operand) -> Operand:
    height, width = integer(scope.single(rows)), integer(scope.single(columns))
    if height < 1 or width < 1:
        raise FormulaError("NUM", "Function MAKEARRAY parameter 1 should be greater than or equal to 1.")
    check_room(height, width, most=100_000)
    return Array(tuple(tuple(_one(scope, made, float(r + 1), float(c + 1)) for c in range(width)) for r in range(height)))
