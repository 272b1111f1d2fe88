"""Data validations and conditional formats of an .xlsx workbook as Google's rules."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from emulator.sheets.formula.rewrite import relocalised

Json = dict[str, Any]
Colour = Callable[[Any], "Json | None"]
_NUMBERS = {
    "between": "NUMBER_BETWEEN",
    "notBetween": "NUMBER_NOT_BETWEEN",
    "equal": "NUMBER_EQ",
    "notEqual": "NUMBER_NOT_EQ",
    "greaterThan": "NUMBER_GREATER",
    "lessThan": "NUMBER_LESS",
    "greaterThanOrEqual": "NUMBER_GREATER_THAN_EQ",
    "lessThanOrEqual": "NUMBER_LESS_THAN_EQ",
}
_DATES = {
    "between": "DATE_BETWEEN",
    "notBetween": "DATE_NOT_BETWEEN",
    "equal": "DATE_EQ",
    "greaterThan": "DATE_AFTER",
    "lessThan": "DATE_BEFORE",
    "greaterThanOrEqual": "DATE_ON_OR_AFTER",
    "lessThanOrEqual": "DATE_ON_OR_BEFORE",
}
_TEXTS = {
    "containsText": "TEXT_CONTAINS",
    "notContainsText": "TEXT_NOT_CONTAINS",
    "beginsWith": "TEXT_STARTS_WITH",
    "endsWith": "TEXT_ENDS_WITH",
}
_POINTS = {"min": "MIN", "max": "MAX", "num": "NUMBER", "percent": "PERCENT", "percentile": "PERCENTILE", "formula": "NUMBER"}


def validation_rule(found: Any, decimal: str) -> Json | None:
    """A DataValidationRule for a validation of openpyxl; None for a kind that Sheets does not know."""
    condition = _validation_condition(found, decimal)
    if condition is None:
        return None
    rule: Json = {"condition": condition}
    if (found.errorStyle or "stop") == "stop" and found.showErrorMessage is not False:
        rule["strict"] = True
    if condition["type"].startswith("ONE_OF") and not found.showDropDown:
        rule["showCustomUi"] = True
    if found.prompt:
        rule["inputMessage"] = found.prompt
    return rule


def _validation_condition(found: Any, decimal: str) -> Json | None:
    first, second = found.formula1, found.formula2
    if found.type == "list" and first:
        if first.startswith('"'):
            return _condition("ONE_OF_LIST", *[part.strip() for part in first.strip('"').split(",")])
        return _condition("ONE_OF_RANGE", "=" + first.lstrip("="))
    if found.type == "custom" and first:
        return _condition("CUSTOM_FORMULA", relocalised("=" + first.lstrip("="), ".", decimal))
    table = {"whole": _NUMBERS, "decimal": _NUMBERS, "date": _DATES, "time": _NUMBERS}.get(found.type or "")
    kind = table.get(found.operator or "between") if table else None
    if kind is None or first is None:
        return None
    return _condition(kind, *[_operand(part, decimal) for part in (first, second if kind.endswith("BETWEEN") else None) if part])


def _operand(text: str, decimal: str) -> str:
    """A number as it is typed in the locale; anything else is a formula."""
    try:
        float(text)
    except ValueError:
        return text.strip('"') if text.startswith('"') else relocalised("=" + text.lstrip("="), ".", decimal)
    return text.replace(".", decimal)


def _condition(kind: str, *values: str) -> Json:
    return {"type": kind, "values": [{"userEnteredValue": value} for value in values]} if values else {"type": kind}


def conditional_rule(found: Any, decimal: str, colour: Colour) -> Json | None:
    """The booleanRule or gradientRule for a rule of openpyxl; None for icons, bars and what else Sheets lacks."""
    if found.type == "colorScale" and found.colorScale is not None:
        return {"gradientRule": _gradient(found.colorScale, colour)}
    condition = _rule_condition(found, decimal)
    if condition is None:
        return None
    return {"booleanRule": {"condition": condition, "format": _look(found.dxf, colour)}}


def _rule_condition(found: Any, decimal: str) -> Json | None:
    formulas = list(found.formula or [])
    if found.type == "expression" and formulas:
        return _condition("CUSTOM_FORMULA", relocalised("=" + formulas[0], ".", decimal))
    if found.type == "cellIs" and formulas:
        if formulas[0].startswith('"') and found.operator in {"equal", "notEqual"}:
            kind = "TEXT_EQ" if found.operator == "equal" else "TEXT_NOT_EQ"
            return _condition(kind, formulas[0].strip('"'))
        table = _NUMBERS.get(found.operator or "")
        return _condition(table, *[_operand(part, decimal) for part in formulas]) if table else None
    if found.type in _TEXTS and found.text is not None:
        return _condition(_TEXTS[found.type], str(found.text))
    return {"containsBlanks": {"type": "BLANK"}, "notContainsBlanks": {"type": "NOT_BLANK"}}.get(str(found.type))


def _look(style: Any, colour: Colour) -> Json:
    look: Json = {}
    if style is None:
        return look
    if style.fill is not None:
        # In the styles of rules the colour of a solid fill stands as the background.
        ground = colour(style.fill.bgColor) or colour(style.fill.fgColor)
        if ground is not None:
            look["backgroundColor"] = ground
    if style.font is not None:
        text: Json = {name: True for name, on in (("bold", style.font.b), ("italic", style.font.i)) if on}
        if style.font.strike:
            text["strikethrough"] = True
        ink = colour(style.font.color)
        if ink is not None:
            text["foregroundColor"] = ink
        if text:
            look["textFormat"] = text
    return look


def _gradient(scale: Any, colour: Colour) -> Json:
    names = ("minpoint", "maxpoint") if len(scale.cfvo) == 2 else ("minpoint", "midpoint", "maxpoint")
    points: Json = {}
    for name, point, ink in zip(names, scale.cfvo, scale.color, strict=False):
        kind = _POINTS.get(point.type, "NUMBER")
        value: Json = {} if kind in {"MIN", "MAX"} else {"value": str(point.val)}
        points[name] = {"color": colour(ink) or {}, "type": kind, **value}
    return points
