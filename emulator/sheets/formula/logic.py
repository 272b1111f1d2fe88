"""Conditions, errors and questions about a value."""

from __future__ import annotations

from emulator.sheets.formula.evaluator import Scope
from emulator.sheets.formula.parser import Constant, Node
from emulator.sheets.formula.registry import function
from emulator.sheets.formula.values import Array, Cells, FormulaError, Operand, Value, same, truth

_ABSENT, _ABSENT_FALSE = Constant(None), Constant(False)


def _table(scope: Scope, operand: Operand) -> bool:
    if not scope.array:
        return False
    if isinstance(operand, Cells):
        return operand.box.height * operand.box.width > 1
    return isinstance(operand, Array)


@function("IF", 2, 3, kind="lazy")
def _if(scope: Scope, condition: Node, then: Node, otherwise: Node = _ABSENT_FALSE) -> Operand:
    asked = scope.evaluate(condition)
    if _table(scope, asked):
        branches = [asked, scope.safe(then), scope.safe(otherwise)]
        return scope.lift(lambda c, a, b: a if truth(c) else b, branches)
    return scope.evaluate(then if truth(scope.single(asked)) else otherwise)


@function("IFS", 2, -1, kind="lazy")
def _ifs(scope: Scope, *pairs: Node) -> Operand:
    for condition, then in zip(pairs[::2], pairs[1::2], strict=False):
        if truth(scope.single(scope.evaluate(condition))):
            return scope.evaluate(then)
    raise FormulaError("N_A", "No match.")


@function("SWITCH", 3, -1, kind="lazy")
def _switch(scope: Scope, expression: Node, *rest: Node) -> Operand:
    value = scope.single(scope.evaluate(expression))
    for case, then in zip(rest[::2], rest[1::2], strict=False):
        if same(value, scope.single(scope.evaluate(case))):
            return scope.evaluate(then)
    if len(rest) % 2:
        return scope.evaluate(rest[-1])
    raise FormulaError("N_A", "No match for the expression and default value.")


def _caught(scope: Scope, node: Node, otherwise: Node, kinds: set[str] | None) -> Operand:
    tried = scope.safe(node)

    def repair(value: Value, instead: Value) -> Value:
        wrong = isinstance(value, FormulaError) and (kinds is None or value.kind in kinds)
        return instead if wrong else value

    if _table(scope, tried) or isinstance(tried, Array):
        array = scope.as_array(tried)
        other = scope.single(scope.safe(otherwise))
        return Array(tuple(tuple(repair(value, other) for value in row) for row in array.rows))
    value = scope.single(tried)
    if isinstance(value, FormulaError) and (kinds is None or value.kind in kinds):
        return scope.evaluate(otherwise)
    if isinstance(value, FormulaError):
        raise value
    return tried


@function("IFERROR", 1, 2, kind="lazy")
def _iferror(scope: Scope, node: Node, otherwise: Node = _ABSENT) -> Operand:
    return _caught(scope, node, otherwise, None)


@function("IFNA", 1, 2, kind="lazy")
def _ifna(scope: Scope, node: Node, otherwise: Node = _ABSENT) -> Operand:
    return _caught(scope, node, otherwise, {"N_A"})


def _conditions(scope: Scope, operands: tuple[Operand, ...]) -> list[bool]:
    found = []
    for operand in operands:
        if isinstance(operand, Cells | Array):
            found += [truth(v) for v in scope.as_array(operand).flat() if v is not None and not (isinstance(v, str))]
        else:
            found.append(truth(scope.single(operand)))
    return found


@function("AND", 1, -1, kind="range")
def _and(scope: Scope, *operands: Operand) -> Value:
    return all(_conditions(scope, operands))


@function("OR", 1, -1, kind="range")
def _or(scope: Scope, *operands: Operand) -> Value:
    return any(_conditions(scope, operands))


@function("XOR", 1, -1, kind="range")
def _xor(scope: Scope, *operands: Operand) -> Value:
    return sum(_conditions(scope, operands)) % 2 == 1


@function("NOT", 1)
def _not(scope: Scope, value: Value) -> Value:
    return not truth(value)


@function("TRUE", 0)
def _true(scope: Scope) -> Value:
    return True


@function("FALSE", 0)
def _false(scope: Scope) -> Value:
    return False


@function("NA", 0)
def _na(scope: Scope) -> Value:
    raise FormulaError("N_A")


@function("ISBLANK", 1)
def _isblank(scope: Scope, value: Value) -> Value:
    return value is None


@function("ISNUMBER", 1)
def _isnumber(scope: Scope, value: Value) -> Value:
    return isinstance(value, float | int) and not isinstance(value, bool)


@function("ISTEXT", 1)
def _istext(scope: Scope, value: Value) -> Value:
    return isinstance(value, str)


@function("ISNONTEXT", 1)
def _isnontext(scope: Scope, value: Value) -> Value:
    return not isinstance(value, str)


@function("ISLOGICAL", 1)
def _islogical(scope: Scope, value: Value) -> Value:
    return isinstance(value, bool)


@function("ISERROR", 1)
def _iserror(scope: Scope, value: Value) -> Value:
    return isinstance(value, FormulaError)


@function("ISERR", 1)
def _iserr(scope: Scope, value: Value) -> Value:
    return isinstance(value, FormulaError) and value.kind != "N_A"


@function("ISNA", 1)
def _isna(scope: Scope, value: Value) -> Value:
    return isinstance(value, FormulaError) and value.kind == "N_A"


@function("N", 1)
def _n(scope: Scope, value: Value) -> Value:
    return float(value) if isinstance(value, float | int | bool) else 0.0


@function("ARRAYFORMULA", 1, kind="lazy", array=True)
def _arrayformula(scope: Scope, node: Node) -> Operand:
    result = scope.evaluate(node)
    return scope.as_array(result) if isinstance(result, Cells) else result
