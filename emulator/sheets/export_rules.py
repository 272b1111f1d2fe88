"""Google's data validations and conditional formats as the rules of an .xlsx workbook."""

from __future__ import annotations

from typing import Any

from openpyxl.formatting.rule import CellIsRule, ColorScaleRule, FormulaRule
from openpyxl.styles import Font, PatternFill
from openpyxl.worksheet.datavalidation import DataValidation

from emulator.sheets.colours import hex_of
from emulator.sheets.formula.rewrite import relocalised

Json = dict[str, Any]
_MAX_LIST_CHARACTERS = 253
_OPERATORS = {
    "GREATER": "greaterThan",
    "GREATER_THAN_EQ": "greaterThanOrEqual",
    "LESS": "lessThan",
    "LESS_THAN_EQ": "lessThanOrEqual",
    "EQ": "equal",
    "NOT_EQ": "notEqual",
    "BETWEEN": "between",
    "NOT_BETWEEN": "notBetween",
    "AFTER": "greaterThan",
    "BEFORE": "lessThan",
    "ON_OR_AFTER": "greaterThanOrEqual",
    "ON_OR_BEFORE": "lessThanOrEqual",
}
_POINTS = {"MIN": "min", "MAX": "max", "NUMBER": "num", "PERCENT": "percent", "PERCENTILE": "percentile"}
# What a cell must satisfy, with {cell} for its address and {text} for the text looked for.
_TEXT_TESTS = {
    "TEXT_CONTAINS": 'NOT(ISERROR(SEARCH("{text}",{cell})))',
    "TEXT_NOT_CONTAINS": 'ISERROR(SEARCH("{text}",{cell}))',
    "TEXT_STARTS_WITH": 'LEFT({cell},LEN("{text}"))="{text}"',
    "TEXT_ENDS_WITH": 'RIGHT({cell},LEN("{text}"))="{text}"',
    "BLANK": "LEN(TRIM({cell}))=0",
    "NOT_BLANK": "LEN(TRIM({cell}))>0",
}


def argb(colour: Json | None) -> str | None:
    """`FFrrggbb` of a Color or ColorStyle."""
    text = hex_of(colour)
    return "FF" + text[1:].upper() if text else None


def validation(rule: Json, decimal: str) -> DataValidation | None:
    """The validation of openpyxl; a checkbox becomes a list of its two values, what Excel lacks is left out."""
    condition = rule.get("condition", {})
    kind, values = str(condition.get("type")), [str(v.get("userEnteredValue", "")) for v in condition.get("values", [])]
    options: Json = {"allow_blank": True, "errorStyle": "stop" if rule.get("strict") else "warning", "showErrorMessage": True}
    if rule.get("inputMessage"):
        options |= {"prompt": rule["inputMessage"], "showInputMessage": True}
    if kind == "BOOLEAN":
        return DataValidation(type="list", formula1=f'"{",".join(values or ["TRUE", "FALSE"])}"', **options)
    if kind == "ONE_OF_LIST":
        # Excel keeps at most 255 characters of a list in the rule itself.
        joined = ",".join(value.replace(",", " ").replace('"', "'") for value in values)
        return DataValidation(type="list", formula1=f'"{joined[:_MAX_LIST_CHARACTERS]}"', **options)
    if kind == "ONE_OF_RANGE" and values:
        return DataValidation(type="list", formula1=values[0].lstrip("="), **options)
    if kind == "CUSTOM_FORMULA" and values:
        return DataValidation(type="custom", formula1=_bare(values[0], decimal), **options)
    family, _, rest = kind.partition("_")
    if family in {"NUMBER", "DATE"} and rest in _OPERATORS and values:
        operands = [_bare(value, decimal) for value in values]
        kind_of_excel = "decimal" if family == "NUMBER" else "date"
        second = operands[1] if len(operands) > 1 else None
        return DataValidation(type=kind_of_excel, operator=_OPERATORS[rest], formula1=operands[0], formula2=second, **options)
    return None


def _bare(text: str, decimal: str) -> str:
    """A formula without its equals sign, or a typed number with a point."""
    return relocalised(text, decimal, ".").lstrip("=") if text.startswith("=") else text.replace(decimal, ".")


def conditional_rule(rule: Json, decimal: str, corner: str) -> Any:
    """The rule of openpyxl, None for a condition that Excel lacks. corner: address of the first cell that the rule covers."""
    if "gradientRule" in rule:
        return _scale(rule["gradientRule"], decimal)
    boolean = rule.get("booleanRule", {})
    condition = boolean.get("condition", {})
    kind, values = str(condition.get("type")), [str(v.get("userEnteredValue", "")) for v in condition.get("values", [])]
    look = _look(boolean.get("format", {}))
    if kind == "CUSTOM_FORMULA" and values:
        return FormulaRule(formula=[_bare(values[0], decimal)], **look)
    if kind in _TEXT_TESTS:
        text = values[0].replace('"', '""') if values else ""
        return FormulaRule(formula=[_TEXT_TESTS[kind].format(cell=corner, text=text)], **look)
    family, _, rest = kind.partition("_")
    if rest not in _OPERATORS or not values:
        return None
    quoted = family == "TEXT"
    operands = [f'"{v}"' if quoted and not v.startswith("=") else _bare(v, decimal) for v in values]
    return CellIsRule(operator=_OPERATORS[rest], formula=operands, **look)


def _look(style: Json) -> Json:
    fill, text = argb(style.get("backgroundColorStyle")), style.get("textFormat", {})
    font = Font(
        bold=text.get("bold"),
        italic=text.get("italic"),
        strike=text.get("strikethrough"),
        color=argb(text.get("foregroundColorStyle")),
    )
    ground = PatternFill("solid", start_color=fill, end_color=fill) if fill else None
    return {"fill": ground, "font": font if text else None}


def _scale(gradient: Json, decimal: str) -> Any:
    options: Json = {}
    for name, prefix in (("minpoint", "start"), ("midpoint", "mid"), ("maxpoint", "end")):
        point = gradient.get(name)
        if point is None:
            continue
        kind = _POINTS.get(str(point.get("type")), "num")
        options[f"{prefix}_type"], options[f"{prefix}_color"] = (
            kind,
            argb(point.get("colorStyle") or point.get("color")) or "FFFFFFFF",
        )
        if kind not in {"min", "max"}:
            options[f"{prefix}_value"] = _bare(str(point.get("value", "0")), decimal)
    return ColorScaleRule(**options)
