"""Conditional format rules."""

from __future__ import annotations

import copy
from typing import Any

from emulator.sheets.box import Box
from emulator.sheets.colours import with_both_colours
from emulator.sheets.edit import Edit, request
from emulator.sheets.entry import parse_number
from emulator.sheets.guard import Invalid
from emulator.sheets.model import Sheet
from emulator.sheets.requests.writing import check_condition

Json = dict[str, Any]
_FORMATS = {"backgroundColor", "backgroundColorStyle", "textFormat"}


def _checked(edit: Edit, rule: Json) -> tuple[Sheet, Json]:
    """The sheet of a rule and the rule with its ranges made whole.

    :raises Invalid: no ranges, ranges on several sheets, not exactly one kind, or a format that rules do not know.
    """
    rule = copy.deepcopy(rule)
    areas = [edit.area(grid_range, may_be_empty=True) for grid_range in rule.get("ranges", [])]
    if not areas:
        raise Invalid("At least one range is required.")
    sheet = areas[0][0]
    if any(owner is not sheet for owner, _ in areas):
        raise Invalid("All ranges of a conditional format must be on the same sheet.")
    if "booleanRule" not in rule and "gradientRule" not in rule:
        raise Invalid("Exactly one of booleanRule or gradientRule must be set.")
    if "gradientRule" in rule:
        _check_gradient(edit, rule["gradientRule"])
    if "booleanRule" in rule:
        condition = rule["booleanRule"].get("condition", {})
        check_condition(condition.get("type"), condition.get("values", []))
        unknown = set(rule["booleanRule"].get("format", {})) - _FORMATS
        if unknown:
            raise Invalid(f"Unsupported conditional format property: {min(unknown)}")
    for _, box in areas:
        edit.rights.check(sheet, box)
    rule["ranges"] = [box.to_json(sheet.sheet_id) for _, box in areas]
    whole: Json = with_both_colours(rule)
    return sheet, whole


def _check_gradient(edit: Edit, gradient: Json) -> None:
    """:raises Invalid: a point lacks its type or its value, or the value is no number of the locale.

    The words, and that the least and the greatest point lose the value they were sent with, are field reports.
    """
    for name in ("minpoint", "midpoint", "maxpoint"):
        point = gradient.get(name)
        if point is None and name == "midpoint":
            continue
        kind = (point or {}).get("type", "INTERPOLATION_POINT_TYPE_UNSPECIFIED")
        if point is None or kind == "INTERPOLATION_POINT_TYPE_UNSPECIFIED":
            raise Invalid("No interpolationPointType specified.")
        if kind in {"MIN", "MAX"}:
            point.pop("value", None)
        elif not point.get("value"):
            raise Invalid("InterpolationPoint.value is required.")
        elif (
            not str(point["value"]).startswith("=") and parse_number(str(point["value"]).lstrip("+-"), edit.book.language) is None
        ):
            raise Invalid(f"Invalid InterpolationPoint.value: {point['value']}")


def _existing(edit: Edit, sheet: Sheet, index: object) -> Json:
    number = int(str(index or 0))
    if not 0 <= number < len(sheet.conditional_formats):
        raise Invalid(f"No conditional format on sheet: {sheet.sheet_id} at index: {number}")
    rule = sheet.conditional_formats[number]
    for grid_range in rule["ranges"]:
        edit.rights.check(sheet, Box.of_json(grid_range))
    return rule


@request("addConditionalFormatRule")
def _add(edit: Edit, body: Json) -> Json:
    sheet, rule = _checked(edit, body.get("rule", {}))
    index = int(body.get("index", 0))
    if not 0 <= index <= len(sheet.conditional_formats):
        raise Invalid(f"index[{index}] is out of bounds.")
    sheet.conditional_formats.insert(index, rule)
    return {}


@request("updateConditionalFormatRule")
def _update(edit: Edit, body: Json) -> Json:
    index = int(body.get("index", 0))
    if "rule" in body:
        sheet, rule = _checked(edit, body["rule"])
        old = _existing(edit, sheet, index)
        sheet.conditional_formats[index] = rule
        return {"oldRule": old, "newRule": rule, "newIndex": index}
    sheet = edit.sheet(body.get("sheetId"))
    rule = _existing(edit, sheet, index)
    target = int(body.get("newIndex", 0))
    if not 0 <= target < len(sheet.conditional_formats):
        raise Invalid(f"newIndex[{target}] is out of bounds.")
    sheet.conditional_formats.remove(rule)
    sheet.conditional_formats.insert(target, rule)
    return {"newRule": rule, "newIndex": target, "oldIndex": index}


@request("deleteConditionalFormatRule")
def _delete(edit: Edit, body: Json) -> Json:
    sheet = edit.sheet(body.get("sheetId"))
    rule = _existing(edit, sheet, body.get("index"))
    del sheet.conditional_formats[int(body.get("index", 0))]
    return {"rule": rule}
