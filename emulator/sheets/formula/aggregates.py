"""Sums, counts and the like."""

from __future__ import annotations

import math
import random
import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from statistics import median, stdev

from emulator.sheets.formula.evaluator import Scope, power
from emulator.sheets.formula.registry import function
from emulator.sheets.formula.values import Array, Cells, FormulaError, Operand, Value, number, rank, same

Test = Callable[[Value], bool]


def numbers(scope: Scope, operands: tuple[Operand, ...]) -> Iterator[float]:
    """The numbers of all arguments. Texts and booleans count when written in the formula and are passed over in ranges.

    :raises FormulaError: one of the values is an error.
    """
    for operand in operands:
        if isinstance(operand, Array | Cells):
            for value in scope.as_array(operand).flat():
                if isinstance(value, FormulaError):
                    raise value
                if isinstance(value, float | int) and not isinstance(value, bool):
                    yield float(value)
        elif operand is not None:
            yield number(scope.single(operand))


@function("SUM", 1, -1, kind="range")
def _sum(scope: Scope, *operands: Operand) -> Value:
    return math.fsum(numbers(scope, operands))


@function("AVERAGE", 1, -1, kind="range")
def _average(scope: Scope, *operands: Operand) -> Value:
    found = list(numbers(scope, operands))
    if not found:
        raise FormulaError("DIVIDE_BY_ZERO", "Evaluation of function AVERAGE caused a divide by zero error.")
    return math.fsum(found) / len(found)


@function("MIN", 1, -1, kind="range")
def _min(scope: Scope, *operands: Operand) -> Value:
    return min(numbers(scope, operands), default=0.0)


@function("MAX", 1, -1, kind="range")
def _max(scope: Scope, *operands: Operand) -> Value:
    return max(numbers(scope, operands), default=0.0)


@function("MEDIAN", 1, -1, kind="range")
def _median(scope: Scope, *operands: Operand) -> Value:
    found = list(numbers(scope, operands))
    if not found:
        raise FormulaError("NUM", "MEDIAN has no valid input data.")
    return float(median(found))


@function("STDEV", 1, -1, kind="range")
def _stdev(scope: Scope, *operands: Operand) -> Value:
    found = list(numbers(scope, operands))
    if len(found) < 2:
        raise FormulaError("DIVIDE_BY_ZERO", "Evaluation of function STDEV caused a divide by zero error.")
    return float(stdev(found))


@function("PRODUCT", 1, -1, kind="range")
def _product(scope: Scope, *operands: Operand) -> Value:
    return math.prod(numbers(scope, operands))


@function("COUNT", 1, -1, kind="range")
def _count(scope: Scope, *operands: Operand) -> Value:
    return float(
        sum(1 for o in operands for v in scope.as_array(o).flat() if isinstance(v, float | int) and not isinstance(v, bool))
    )


@function("COUNTA", 1, -1, kind="range")
def _counta(scope: Scope, *operands: Operand) -> Value:
    return float(sum(1 for operand in operands for value in scope.as_array(operand).flat() if value is not None))


@function("COUNTBLANK", 1, kind="range")
def _countblank(scope: Scope, operand: Operand) -> Value:
    if isinstance(operand, Cells):
        full = operand.box.height * operand.box.width
        return float(full - sum(1 for value in scope.as_array(operand).flat() if value is not None and value != ""))
    return float(sum(1 for value in scope.as_array(operand).flat() if value is None or value == ""))


@function("COUNTUNIQUE", 1, -1, kind="range")
def _countunique(scope: Scope, *operands: Operand) -> Value:
    return float(len({rank(value) for operand in operands for value in scope.as_array(operand).flat() if value is not None}))


@lru_cache(maxsize=512)
def _wildcards(pattern: str) -> re.Pattern[str]:
    parts = re.findall(r"~[*?~]|[*?]|[^*?~]+|~", pattern)
    body = "".join({"*": ".*", "?": "."}.get(p) or re.escape(p[1:] if p[0] == "~" and len(p) > 1 else p) for p in parts)
    return re.compile(body, re.IGNORECASE | re.DOTALL)


def criterion(wanted: Value) -> Test:
    """The test that a criterion such as `">=5"`, `"<>x"`, `"Pend*"` or a plain value stands for."""
    if isinstance(wanted, FormulaError):
        raise wanted
    if not isinstance(wanted, str):
        return lambda value: value is not None and same(value, 0.0 if wanted is None else wanted)
    match = re.match(r"^(<>|<=|>=|=|<|>)?(.*)$", wanted, re.DOTALL)
    sign, body = (match[1] or "=", match[2]) if match else ("=", wanted)
    operand = _literal(body)
    if sign in {"=", "<>"}:
        equal = _equal_test(operand, body, explicit=bool(match and match[1]))
        return equal if sign == "=" else lambda value: not equal(value)
    return _order_test(sign, operand)


def _literal(body: str) -> Value:
    if body.upper() in {"TRUE", "FALSE", "VERDADERO", "FALSO"}:
        return body.upper() in {"TRUE", "VERDADERO"}
    try:
        return float(body.replace(",", "")) if body else ""
    except ValueError:
        return body


def _equal_test(operand: Value, body: str, *, explicit: bool) -> Test:
    if body == "":
        return (lambda value: value is None) if explicit else (lambda value: value is None or value == "")
    if isinstance(operand, str):
        pattern = _wildcards(operand)
        return lambda value: isinstance(value, str) and bool(pattern.fullmatch(value))
    return lambda value: value is not None and (same(value, operand) or (isinstance(value, str) and value == body))


def _order_test(sign: str, operand: Value) -> Test:
    wanted = rank(operand)

    def test(value: Value) -> bool:
        if value is None or isinstance(value, FormulaError) or rank(value)[0] != wanted[0]:
            return False
        have = rank(value)
        return {"<": have < wanted, ">": have > wanted, "<=": have <= wanted, ">=": have >= wanted}[sign]

    return test


def _chosen(scope: Scope, pairs: tuple[Operand, ...]) -> list[tuple[int, int]]:
    if len(pairs) % 2:
        raise FormulaError("N_A", "Array arguments to COUNTIFS are of different size.")
    tables = [(full_array(scope, pairs[i]), criterion(scope.single(pairs[i + 1]))) for i in range(0, len(pairs), 2)]
    height, width = tables[0][0].height, tables[0][0].width
    if any((t.height, t.width) != (height, width) for t, _ in tables):
        raise FormulaError("VALUE", "Array arguments to COUNTIFS are of different size.")
    return [(r, c) for r in range(height) for c in range(width) if all(test(t.rows[r][c]) for t, test in tables)]


def full_array(scope: Scope, operand: Operand) -> Array:
    """A range as a table of its full size, so that several ranges can be walked side by side."""
    if isinstance(operand, Cells):
        box, value = operand.box, scope.engine.value
        return Array(
            tuple(
                tuple(value(operand.sheet, r, c) for c in range(box.c0, box.c0 + box.width)) for r in range(box.r0, box.r1 or 0)
            )
        )
    return scope.as_array(operand)


@function("COUNTIF", 2, kind="range")
def _countif(scope: Scope, area: Operand, wanted: Operand) -> Operand:
    table = full_array(scope, area)
    if scope.array and isinstance(wanted, Array | Cells):
        return scope.lift(lambda one: float(sum(1 for v in table.flat() if criterion(one)(v))), [wanted])
    test = criterion(scope.single(wanted))
    return float(sum(1 for value in table.flat() if test(value)))


@function("COUNTIFS", 2, -1, kind="range")
def _countifs(scope: Scope, *pairs: Operand) -> Value:
    return float(len(_chosen(scope, pairs)))


def _at(table: Array, places: list[tuple[int, int]]) -> list[float]:
    found = (table.at(r, c) for r, c in places)
    return [float(v) for v in found if isinstance(v, float | int) and not isinstance(v, bool)]


@function("SUMIF", 2, 3, kind="range")
def _sumif(scope: Scope, area: Operand, wanted: Operand, summed: Operand = None) -> Value:
    table = full_array(scope, area if summed is None else summed)
    return math.fsum(_at(table, _chosen(scope, (area, wanted))))


@function("SUMIFS", 3, -1, kind="range")
def _sumifs(scope: Scope, summed: Operand, *pairs: Operand) -> Value:
    return math.fsum(_at(full_array(scope, summed), _chosen(scope, pairs)))


@function("AVERAGEIF", 2, 3, kind="range")
def _averageif(scope: Scope, area: Operand, wanted: Operand, averaged: Operand = None) -> Value:
    found = _at(full_array(scope, area if averaged is None else averaged), _chosen(scope, (area, wanted)))
    if not found:
        raise FormulaError("DIVIDE_BY_ZERO", "Evaluation of function AVERAGEIF caused a divide by zero error.")
    return math.fsum(found) / len(found)


@function("MAXIFS", 3, -1, kind="range")
def _maxifs(scope: Scope, area: Operand, *pairs: Operand) -> Value:
    return max(_at(full_array(scope, area), _chosen(scope, pairs)), default=0.0)


@function("MINIFS", 3, -1, kind="range")
def _minifs(scope: Scope, area: Operand, *pairs: Operand) -> Value:
    return min(_at(full_array(scope, area), _chosen(scope, pairs)), default=0.0)


@function("SUMPRODUCT", 1, -1, kind="range", array=True)
def _sumproduct(scope: Scope, *operands: Operand) -> Value:
    tables = [full_array(scope, operand) for operand in operands]
    if len({(t.height, t.width) for t in tables}) > 1:
        raise FormulaError("VALUE", "SUMPRODUCT has mismatched range sizes.")
    total = 0.0
    for values in zip(*[list(t.flat()) for t in tables], strict=True):
        if any(isinstance(v, FormulaError) for v in values):
            raise next(v for v in values if isinstance(v, FormulaError))
        total += math.prod(number(v) if isinstance(v, float | int) else 0.0 for v in values)
    return total


def _rounded(value: float, places: int, how: Callable[[float], float]) -> float:
    factor = 10.0**places
    return how(value * factor) / factor


@function("ROUND", 1, 2)
def _round(scope: Scope, value: Value, places: Value = None) -> Value:
    x = number(value)
    # Half away from zero; the nudge undoes the binary error of 1.005 and its like.
    return math.copysign(_rounded(abs(x) * (1 + 1e-15), int(number(places)), lambda y: math.floor(y + 0.5)), x) if x else 0.0


@function("ROUNDUP", 1, 2)
def _roundup(scope: Scope, value: Value, places: Value = None) -> Value:
    x = number(value)
    return math.copysign(_rounded(abs(x), int(number(places)), math.ceil), x)


@function("ROUNDDOWN TRUNC", 1, 2)
def _rounddown(scope: Scope, value: Value, places: Value = None) -> Value:
    x = number(value)
    return math.copysign(_rounded(abs(x), int(number(places)), math.floor), x)


@function("ABS", 1)
def _abs(scope: Scope, value: Value) -> Value:
    return abs(number(value))


@function("INT", 1)
def _int(scope: Scope, value: Value) -> Value:
    return float(math.floor(number(value)))


@function("CEILING", 1, 2)
def _ceiling(scope: Scope, value: Value, factor: Value = 1.0) -> Value:
    step = number(factor)
    return math.ceil(number(value) / step) * step if step else 0.0


@function("FLOOR", 1, 2)
def _floor(scope: Scope, value: Value, factor: Value = 1.0) -> Value:
    step = number(factor)
    return math.floor(number(value) / step) * step if step else 0.0


@function("MOD", 2)
def _mod(scope: Scope, value: Value, divisor: Value) -> Value:
    by = number(divisor)
    if by == 0:
        raise FormulaError("DIVIDE_BY_ZERO", "Function MOD parameter 2 cannot be zero.")
    return number(value) % by


@function("POWER POW", 2)
def _power(scope: Scope, base: Value, exponent: Value) -> Value:
    return power(number(base), number(exponent))


@function("SQRT", 1)
def _sqrt(scope: Scope, value: Value) -> Value:
    if number(value) < 0:
        raise FormulaError(
            "NUM", f"Function SQRT parameter 1 value is negative. It should be positive or zero, but is {number(value):g}."
        )
    return math.sqrt(number(value))


@function("SIGN", 1)
def _sign(scope: Scope, value: Value) -> Value:
    x = number(value)
    return float((x > 0) - (x < 0))


@function("RAND", 0)
def _rand(scope: Scope) -> Value:
    return random.random()


@function("LARGE", 2, kind="range")
def _large(scope: Scope, area: Operand, place: Operand) -> Value:
    return _nth(sorted(numbers(scope, (area,)), reverse=True), number(scope.single(place)), "LARGE")


@function("SMALL", 2, kind="range")
def _small(scope: Scope, area: Operand, place: Operand) -> Value:
    return _nth(sorted(numbers(scope, (area,))), number(scope.single(place)), "SMALL")


def _nth(ordered: list[float], place: float, name: str) -> float:
    if not 1 <= place <= len(ordered):
        raise FormulaError("NUM", f"Function {name} parameter 2 value {place:g} is out of range.")
    return ordered[int(place) - 1]


@function("RANK", 2, 3, kind="range")
def _rank(scope: Scope, value: Operand, area: Operand, ascending: Operand = None) -> Value:
    wanted = number(scope.single(value))
    ordered = sorted(numbers(scope, (area,)), reverse=not number(scope.single(ascending)))
    if wanted not in ordered:
        raise FormulaError("N_A", f"Did not find value '{wanted:g}' in RANK evaluation.")
    return float(ordered.index(wanted) + 1)
