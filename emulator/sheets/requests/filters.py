"""The basic filter of a sheet and its filter views."""

from __future__ import annotations

import copy
from typing import Any

from emulator.sheets.box import Box
from emulator.sheets.conditional import Condition
from emulator.sheets.edit import Edit, request
from emulator.sheets.guard import Invalid
from emulator.sheets.masks import merged
from emulator.sheets.model import Sheet, fresh_number
from emulator.sheets.requests.sorting import sort_rows
from emulator.sheets.requests.stored import find, take_id

Json = dict[str, Any]


@request("setBasicFilter")
def _set_filter(edit: Edit, body: Json) -> Json:
    given = copy.deepcopy(body.get("filter", {}))
    sheet, area = edit.closed(given.get("range"))
    given["range"] = area.to_json(sheet.sheet_id)
    sheet.basic_filter = _with_both_criteria(given)
    specs = given.get("sortSpecs", [])
    box = Box.of_json(given["range"]).clip(sheet.rows, sheet.columns)
    if specs and box.height > 1:
        edit.rights.check(sheet, box)
        sort_rows(edit, sheet, Box(box.r0 + 1, box.r1, box.c0, box.c1), specs)
    apply_filter(edit, sheet)
    return {}


def _with_both_criteria(given: Json) -> Json:
    """A filter with its criteria in the old and in the new spelling; the new one decides where both are given."""
    specs = given.get("filterSpecs")
    if specs:
        criteria = {str(spec["columnIndex"]): spec.get("filterCriteria", {}) for spec in specs if "columnIndex" in spec}
        return {**given, "criteria": criteria}
    if given.get("criteria"):
        if not all(column.isdecimal() for column in given["criteria"]):
            raise Invalid("The keys of criteria are column indexes.")
        specs = [{"filterCriteria": rule, "columnIndex": int(column)} for column, rule in given["criteria"].items()]
        return {**given, "filterSpecs": specs}
    return {name: value for name, value in given.items() if name not in {"criteria", "filterSpecs"}}


@request("clearBasicFilter")
def _clear_filter(edit: Edit, body: Json) -> Json:
    sheet = edit.sheet(body.get("sheetId"))
    sheet.basic_filter = None
    apply_filter(edit, sheet)
    return {}


def apply_filter(edit: Edit, sheet: Sheet) -> None:
    """Hide the rows that the basic filter of the sheet keeps out, show the others again."""
    for index in list(sheet.row_properties):
        rest = {k: v for k, v in sheet.row_properties[index].items() if k != "hiddenByFilter"}
        sheet.row_properties[index] = rest
        if not rest:
            del sheet.row_properties[index]
    if sheet.basic_filter is None:
        return
    box = Box.of_json(sheet.basic_filter["range"]).clip(sheet.rows, sheet.columns)
    engine = edit.engine()
    criteria = {int(column): rule for column, rule in sheet.basic_filter.get("criteria", {}).items()}
    for row in range(box.r0 + 1, box.r1 or 0):
        for column, rule in criteria.items():
            hidden = engine.text(sheet, row, column) in set(rule.get("hiddenValues", []))
            if "condition" in rule and not hidden:
                condition = Condition(sheet, engine, rule["condition"], (box.r0 + 1, column))
                hidden = not condition.holds(row, column, engine.value(sheet, row, column))
            if hidden:
                sheet.row_properties[row] = {**sheet.row_properties.get(row, {}), "hiddenByFilter": True}


@request("addFilterView")
def _add_view(edit: Edit, body: Json) -> Json:
    given = copy.deepcopy(body.get("filter", {}))
    sheet, box = edit.area(given.get("range"))
    given["filterViewId"] = take_id(edit, given, "filterViewId", "filter_views", "filter view")
    given["range"] = box.to_json(sheet.sheet_id)
    given.setdefault("title", f"Filter {len(sheet.filter_views) + 1}")
    view = _with_both_criteria(given)
    sheet.filter_views.append(view)
    return {"filter": view}


@request("updateFilterView")
def _update_view(edit: Edit, body: Json) -> Json:
    given = copy.deepcopy(body.get("filter", {}))
    mask = edit.mask(body.get("fields"), "FilterView")
    sheet, old = find(edit, given.get("filterViewId"), "filterViewId", "filter_views", "filter view")
    if "filterSpecs" in mask or "criteria" in mask:
        old_rest = {name: value for name, value in old.items() if name not in {"criteria", "filterSpecs"}}
        new = merged(old_rest, given, mask)
    else:
        new = merged(old, given, mask)
    sheet.filter_views[sheet.filter_views.index(old)] = _with_both_criteria(new) | {"filterViewId": old["filterViewId"]}
    return {}


@request("deleteFilterView")
def _delete_view(edit: Edit, body: Json) -> Json:
    sheet, view = find(edit, body.get("filterId"), "filterViewId", "filter_views", "filter view")
    sheet.filter_views.remove(view)
    return {}


@request("duplicateFilterView")
def _duplicate_view(edit: Edit, body: Json) -> Json:
    sheet, view = find(edit, body.get("filterId"), "filterViewId", "filter_views", "filter view")
    double = {**copy.deepcopy(view), "filterViewId": fresh_number(), "title": f"Copy of {view['title']}"}
    sheet.filter_views.append(double)
    return {"filter": double}
