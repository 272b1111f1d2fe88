"""Mathematics and statistics beyond sums, operators as functions, and what reaches outside a spreadsheet."""

from __future__ import annotations

import math
import random
import statistics
from collections.abc import Callable
from typing import Any

from emulator.sheets.formula.aggregates import _at, _chosen, full_array
from emulator.sheets.formula.evaluator import Scope, _operate
from emulator.sheets.formula.registry import FUNCTIONS, function
from emulator.sheets.formula.values import Array, Cells, FormulaError, Operand, Value, integer, number, rank, text


def _numbers(scope: Scope, operands: tuple[Operand, ...]) -> list[float]:
    found: list[float] = []
    for operand in operands:
        for value in scope.as_array(operand).flat():
            if isinstance(value, FormulaError):
                raise value
            if isinstance(value, float | int) and not isinstance(value, bool):
                found.append(float(value))
    return found


def _needed(numbers: list[float], least: int, name: str) -> list[float]:
    if len(numbers) < least:
        raise FormulaError("DIVIDE_BY_ZERO", f"Evaluation of function {name} caused a divide by zero error.")
    return numbers


@function("AVERAGEIFS", 3, -1, kind="range")
def _averageifs(scope: Scope, averaged: Operand, *pairs: Operand) -> Value:
    found = _needed(_at(full_array(scope, averaged), _chosen(scope, pairs)), 1, "AVERAGEIFS")
    return math.fsum(found) / len(found)


@function("COUNTUNIQUEIFS", 3, -1, kind="range")
def _countuniqueifs(scope: Scope, counted: Operand, *pairs: Operand) -> Value:
    table = full_array(scope, counted)
    return float(len({rank(v) for v in (table.at(r, c) for r, c in _chosen(scope, pairs)) if v is not None}))


def _statistic(names: str, least: int, compute: Callable[[list[float]], float]) -> None:
    def call(scope: Scope, *operands: Operand) -> Value:
        return compute(_needed(_numbers(scope, operands), least, names.split()[0]))

    function(names, 1, -1, kind="range")(call)


_statistic("VAR VAR.S", 2, statistics.variance)
_statistic("VARP VAR.P", 1, statistics.pvariance)
_statistic("STDEV.S", 2, statistics.stdev)
_statistic("STDEVP STDEV.P", 1, statistics.pstdev)
_statistic("SUMSQ", 1, lambda values: math.fsum(v * v for v in values))
_statistic("GEOMEAN", 1, statistics.geometric_mean)
_statistic("GCD", 1, lambda values: float(math.gcd(*(int(v) for v in values))))
_statistic("LCM", 1, lambda values: float(math.lcm(*(int(v) for v in values))))


@function("MODE MODE.SNGL", 1, -1, kind="range")
def _mode(scope: Scope, *operands: Operand) -> Value:
    numbers = _numbers(scope, operands)
    best = statistics.mode(numbers) if numbers else 0.0
    if numbers.count(best) < 2:
        raise FormulaError("N_A", "Did not find a value that occurs more than once in MODE evaluation.")
    return best


@function("PERCENTILE PERCENTILE.INC", 2, kind="range")
def _percentile(scope: Scope, area: Operand, share: Operand) -> Value:
    return _quantile(sorted(_numbers(scope, (area,))), number(scope.single(share)), "PERCENTILE")


@function("QUARTILE QUARTILE.INC", 2, kind="range")
def _quartile(scope: Scope, area: Operand, which: Operand) -> Value:
    return _quantile(sorted(_numbers(scope, (area,))), integer(scope.single(which)) / 4, "QUARTILE")


def _quantile(numbers: list[float], share: float, name: str) -> float:
    if not numbers or not 0 <= share <= 1:
        raise FormulaError("NUM", f"Function {name} parameter 2 value is {share:g}. Valid values are between 0 and 1 inclusive.")
    place = share * (len(numbers) - 1)
    low = math.floor(place)
    high = min(low + 1, len(numbers) - 1)
    return numbers[low] + (numbers[high] - numbers[low]) * (place - low)


def _scalar(name: str, compute: Callable[..., float], count: int = 1) -> None:
    def call(scope: Scope, *values: Value) -> Value:
        try:
            return float(compute(*(number(value) for value in values)))
        except (ValueError, OverflowError) as error:
            raise FormulaError("NUM", f"Function {name} parameter 1 value is out of range.") from error
        except ZeroDivisionError as error:
            raise FormulaError("DIVIDE_BY_ZERO", f"Function {name} parameter 2 cannot be zero.") from error

    function(name, count)(call)


for _name, _compute in {
    "EXP": math.exp,
    "LN": math.log,
    "LOG10": math.log10,
    "SIN": math.sin,
    "COS": math.cos,
    "TAN": math.tan,
    "ATAN": math.atan,
    "DEGREES": math.degrees,
    "RADIANS": math.radians,
    "EVEN": lambda x: math.copysign(math.ceil(abs(x) / 2) * 2, x),
    "ODD": lambda x: math.copysign(max(1, math.ceil((abs(x) - 1) / 2) * 2 + 1), x),
    "FACT": lambda x: math.factorial(int(x)) if x < 171 else math.inf,
}.items():
    _scalar(_name, _compute)
_scalar("QUOTIENT", lambda x, y: math.trunc(x / y), 2)
_scalar("MROUND", lambda x, y: round(x / y) * y if y else 0.0, 2)
_scalar("COMBIN", lambda n, k: math.comb(int(n), int(k)) if n < 1_030 or min(k, n - k) < 50 else math.inf, 2)
_scalar("ATAN2", lambda x, y: math.atan2(y, x), 2)


@function("LOG", 1, 2)
def _log(scope: Scope, value: Value, base: Value = 10.0) -> Value:
    if number(value) <= 0:
        raise FormulaError("NUM", f"Function LOG parameter 1 value is {number(value):g}. It should be greater than 0.")
    return math.log(number(value), number(base))


@function("PI", 0)
def _pi(scope: Scope) -> Value:
    return math.pi


@function("RANDBETWEEN", 2)
def _randbetween(scope: Scope, low: Value, high: Value) -> Value:
    if integer(high) < integer(low):
        raise FormulaError("NUM", "Function RANDBETWEEN parameter 2 should be greater than or equal to parameter 1.")
    return float(random.randint(math.ceil(number(low)), math.floor(number(high))))


@function("SUBTOTAL", 2, -1, kind="range")
def _subtotal(scope: Scope, code: Operand, *areas: Operand) -> Operand:
    """Codes above 100 pass over rows hidden by hand too; rows hidden by a filter never count."""
    number_of = integer(scope.single(code))
    names = ["AVERAGE", "COUNT", "COUNTA", "MAX", "MIN", "PRODUCT", "STDEV", "STDEVP", "SUM", "VAR", "VARP"]
    if not 1 <= number_of % 100 <= len(names):
        raise FormulaError("VALUE", f"Function SUBTOTAL parameter 1 value is {number_of}. It is not a valid function code.")
    shown = []
    for area in areas:
        if not isinstance(area, Cells):
            shown.append(area)
            continue
        hidden = area.sheet.row_properties
        rows = [
            tuple(scope.engine.value(area.sheet, r, c) for c in range(area.box.c0, area.box.c1 or 0))
            for r in range(area.box.r0, area.box.r1 or 0)
            if not hidden.get(r, {}).get("hiddenByFilter") and not (number_of > 100 and hidden.get(r, {}).get("hiddenByUser"))
        ]
        shown.append(Array(tuple(rows)))
    result: Operand = FUNCTIONS[names[number_of % 100 - 1]].call(scope, *shown)
    return result


def _operator(name: str, sign: str) -> None:
    function(name, 2)(lambda scope, a, b: _operate(sign, a, b))


for _word, _sign in {
    "ADD": "+",
    "MINUS": "-",
    "MULTIPLY": "*",
    "DIVIDE": "/",
    "EQ": "=",
    "NE": "<>",
    "GT": ">",
    "GTE": ">=",
    "LT": "<",
    "LTE": "<=",
}.items():
    _operator(_word, _sign)


@function("UMINUS", 1)
def _uminus(scope: Scope, value: Value) -> Value:
    return -number(value)


@function("ISBETWEEN", 3, 5)
def _isbetween(scope: Scope, value: Value, low: Value, high: Value, with_low: Value = True, with_high: Value = True) -> Value:
    above = _operate(">=" if with_low else ">", value, low)
    return bool(above and _operate("<=" if with_high else "<", value, high))


@function("ISEVEN", 1)
def _iseven(scope: Scope, value: Value) -> Value:
    return int(number(value)) % 2 == 0


@function("ISODD", 1)
def _isodd(scope: Scope, value: Value) -> Value:
    return int(number(value)) % 2 == 1


@function("ISREF", 1, kind="range")
def _isref(scope: Scope, operand: Operand) -> Value:
    return isinstance(operand, Cells)


@function("ISFORMULA", 1, kind="range")
def _isformula(scope: Scope, operand: Operand) -> Value:
    return isinstance(operand, Cells) and operand.sheet.cell(operand.box.r0, operand.box.c0).formula is not None


@function("FORMULATEXT", 1, kind="range")
def _formulatext(scope: Scope, operand: Operand) -> Value:
    formula = operand.sheet.cell(operand.box.r0, operand.box.c0).formula if isinstance(operand, Cells) else None
    if formula is None:
        raise FormulaError("N_A", "Argument must be a reference to a cell with a formula.")
    return formula


@function("T", 1)
def _t(scope: Scope, value: Value) -> Value:
    return value if isinstance(value, str) else ""


@function("TO_TEXT", 1)
def _to_text(scope: Scope, value: Value) -> Value:
    return text(value)


@function("TO_DATE TO_PURE_NUMBER TO_PERCENT", 1)
def _as_it_is(scope: Scope, value: Value) -> Value:
    return value


@function("ERROR.TYPE", 1)
def _error_type(scope: Scope, value: Value) -> Value:
    order = ["NULL_VALUE", "DIVIDE_BY_ZERO", "VALUE", "REF", "NAME", "NUM", "N_A"]
    if not isinstance(value, FormulaError):
        raise FormulaError("N_A", "Argument must be an error value.")
    return float(order.index(value.kind) + 1) if value.kind in order else 8.0


def _unreachable(name: str, kind: str, message: str) -> None:
    def call(scope: Scope, *operands: Any) -> Value:
        raise FormulaError(kind, message)

    function(name, 0, -1, kind="lazy")(call)


# A spreadsheet may read another only after a person allowed it by hand, which nobody can do here.
_unreachable("IMPORTRANGE", "REF", "You need to connect these sheets.")
for _outside in ["IMPORTDATA", "IMPORTFEED", "IMPORTHTML", "IMPORTXML", "GOOGLEFINANCE", "GOOGLETRANSLATE", "DETECTLANGUAGE"]:
    _unreachable(_outside, "N_A", f"The local Workspace does not reach outside: {_outside} is not evaluated here.")
