"""Text functions."""

from __future__ import annotations

import re

from emulator.sheets.entry import read_entry
from emulator.sheets.formula.evaluator import Scope
from emulator.sheets.formula.registry import function
from emulator.sheets.formula.values import Array, FormulaError, Operand, Value, check_room, integer, number, text, truth
from emulator.sheets.model import MAX_CELL_CHARACTERS
from emulator.sheets.number_format import formatted


@function("LEN", 1)
def _len(scope: Scope, value: Value) -> Value:
    return float(len(text(value)))


@function("TRIM", 1)
def _trim(scope: Scope, value: Value) -> Value:
    return re.sub(r" +", " ", text(value)).strip(" ")


@function("CLEAN", 1)
def _clean(scope: Scope, value: Value) -> Value:
    return "".join(c for c in text(value) if ord(c) >= 32)


@function("UPPER", 1)
def _upper(scope: Scope, value: Value) -> Value:
    return text(value).upper()


@function("LOWER", 1)
def _lower(scope: Scope, value: Value) -> Value:
    return text(value).lower()


@function("PROPER", 1)
def _proper(scope: Scope, value: Value) -> Value:
    return re.sub(r"[^\W\d_]+", lambda m: m[0][0].upper() + m[0][1:].lower(), text(value))


@function("LEFT", 1, 2)
def _left(scope: Scope, value: Value, count: Value = 1.0) -> Value:
    return text(value)[: max(0, integer(count))]


@function("RIGHT", 1, 2)
def _right(scope: Scope, value: Value, count: Value = 1.0) -> Value:
    length = max(0, integer(count))
    return text(value)[-length:] if length else ""


@function("MID", 3)
def _mid(scope: Scope, value: Value, start: Value, count: Value) -> Value:
    first = integer(start)
    if first < 1:
        raise FormulaError("NUM", f"Function MID parameter 2 value is {first}. It should be greater than or equal to 1.")
    return text(value)[first - 1 : first - 1 + max(0, integer(count))]


def _all_texts(scope: Scope, operands: tuple[Operand, ...]) -> list[str]:
    return [text(value) for operand in operands for value in scope.as_array(operand).flat()]


@function("CONCATENATE", 1, -1, kind="range")
def _concatenate(scope: Scope, *operands: Operand) -> Value:
    return "".join(_all_texts(scope, operands))


@function("CONCAT", 2)
def _concat(scope: Scope, a: Value, b: Value) -> Value:
    return text(a) + text(b)


@function("JOIN", 2, -1, kind="range")
def _join(scope: Scope, delimiter: Operand, *operands: Operand) -> Value:
    return text(scope.single(delimiter)).join(_all_texts(scope, operands))


@function("TEXTJOIN", 3, -1, kind="range")
def _textjoin(scope: Scope, delimiter: Operand, skip_empty: Operand, *operands: Operand) -> Value:
    skip = truth(scope.single(skip_empty))
    return text(scope.single(delimiter)).join(t for t in _all_texts(scope, operands) if t or not skip)


@function("SPLIT", 2, 4, kind="range")
def _split(scope: Scope, value: Operand, delimiter: Operand, by_each: Operand = True, drop_empty: Operand = True) -> Operand:
    mark = text(scope.single(delimiter))
    pattern = f"[{re.escape(mark)}]" if truth(scope.single(by_each)) else re.escape(mark)
    parts = re.split(pattern, text(scope.single(value)))
    if truth(scope.single(drop_empty)):
        parts = [part for part in parts if part]
    return Array((tuple(read_entry(part, scope.language, scope.now.date()).value for part in parts) or (None,),))


@function("TEXT", 2)
def _text(scope: Scope, value: Value, pattern: Value) -> Value:
    if isinstance(value, FormulaError):
        raise value
    if isinstance(value, str):
        typed = read_entry(value, scope.language, scope.now.date()).value
        value = typed if isinstance(typed, float) else value
    return formatted(0.0 if value is None else value, {"type": "NUMBER", "pattern": text(pattern)}, scope.language)


@function("VALUE", 1)
def _value(scope: Scope, value: Value) -> Value:
    if not isinstance(value, str):
        return number(value)
    typed = read_entry(value, scope.language, scope.now.date()).value
    if not isinstance(typed, float):
        raise FormulaError("VALUE", f"VALUE parameter '{value}' cannot be parsed to number.")
    return typed


@function("SUBSTITUTE", 3, 4)
def _substitute(scope: Scope, value: Value, old: Value, new: Value, occurrence: Value = None) -> Value:
    body, search, replacement = text(value), text(old), text(new)
    if not search:
        return body
    if occurrence is None:
        return body.replace(search, replacement)
    parts = body.split(search)
    at = integer(occurrence)
    return body if not 1 <= at < len(parts) else search.join(parts[:at]) + replacement + search.join(parts[at:])


@function("REPLACE", 4)
def _replace(scope: Scope, value: Value, start: Value, count: Value, new: Value) -> Value:
    body, first = text(value), integer(start) - 1
    return body[:first] + text(new) + body[first + integer(count) :]


@function("REPT", 2)
def _rept(scope: Scope, value: Value, times: Value) -> Value:
    check_room(len(text(value)), integer(times), most=MAX_CELL_CHARACTERS)
    return text(value) * max(0, integer(times))


@function("CHAR", 1)
def _char(scope: Scope, value: Value) -> Value:
    return chr(integer(value))


@function("CODE UNICODE", 1)
def _code(scope: Scope, value: Value) -> Value:
    return float(ord(text(value)[:1] or "\0"))


@function("EXACT", 2)
def _exact(scope: Scope, a: Value, b: Value) -> Value:
    return text(a) == text(b)


@function("FIND", 2, 3)
def _find(scope: Scope, wanted: Value, value: Value, start: Value = 1.0) -> Value:
    at = text(value).find(text(wanted), integer(start) - 1)
    if at < 0:
        raise FormulaError("VALUE", f"In FIND evaluation, cannot find '{text(wanted)}' within '{text(value)}'.")
    return float(at + 1)


@function("SEARCH", 2, 3)
def _search(scope: Scope, wanted: Value, value: Value, start: Value = 1.0) -> Value:
    at = text(value).lower().find(text(wanted).lower(), integer(start) - 1)
    if at < 0:
        raise FormulaError("VALUE", f"In SEARCH evaluation, cannot find '{text(wanted)}' within '{text(value)}'.")
    return float(at + 1)


def _regex(pattern: Value) -> re.Pattern[str]:
    try:
        return re.compile(text(pattern))
    except re.error as error:
        raise FormulaError("REF", f"'{text(pattern)}' is not a valid regular expression.") from error


@function("REGEXMATCH", 2)
def _regexmatch(scope: Scope, value: Value, pattern: Value) -> Value:
    return bool(_regex(pattern).search(text(value)))


@function("REGEXEXTRACT", 2)
def _regexextract(scope: Scope, value: Value, pattern: Value) -> Value:
    match = _regex(pattern).search(text(value))
    if not match:
        raise FormulaError(
            "N_A", f"Function REGEXEXTRACT parameter 2 value '{text(pattern)}' does not match text of parameter 1."
        )
    return match[1] if match.groups() else match[0]


@function("REGEXREPLACE", 3)
def _regexreplace(scope: Scope, value: Value, pattern: Value, new: Value) -> Value:
    return _regex(pattern).sub(re.sub(r"\$(\d)", r"\\\1", text(new)), text(value))


@function("HYPERLINK", 1, 2)
def _hyperlink(scope: Scope, link: Value, label: Value = None) -> Value:
    return text(link) if label is None else label


@function("IMAGE", 1, 4)
def _image(scope: Scope, *_: Value) -> Value:
    return ""


@function("SPARKLINE", 1, 2, kind="range")
def _sparkline(scope: Scope, *_: Operand) -> Value:
    return ""
