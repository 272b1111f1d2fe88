"""What hangs on a sheet with an id of its own and is mostly kept: banded ranges, filters, filter views, charts."""

from __future__ import annotations

import copy
from typing import Any

from emulator.sheets.box import Box
from emulator.sheets.colours import with_both_colours
from emulator.sheets.conditional import Condition
from emulator.sheets.edit import Edit, request
from emulator.sheets.guard import Invalid
from emulator.sheets.masks import merged
from emulator.sheets.model import Sheet, fresh_number

Json = dict[str, Any]


def _take_id(edit: Edit, given: Json, key: str, collection: str, noun: str) -> int:
    number = given.get(key)
    if number is None:
        return fresh_number()
    if any(item[key] == number for sheet in edit.book.sheets for item in getattr(sheet, collection)):
        raise Invalid(f"A {noun} with ID {number} already exists.")
    return int(number)


def _find(edit: Edit, number: object, key: str, collection: str, noun: str) -> tuple[Sheet, Json]:
    for sheet in edit.book.sheets:
        for item in getattr(sheet, collection):
            if item[key] == number:
                return sheet, item
    raise Invalid(f"No {noun} with ID: {number}")


@request("addBanding")
def _add_banding(edit: Edit, body: Json) -> Json:
    given = copy.deepcopy(body.get("bandedRange", {}))
    sheet, box = edit.guarded(given.get("range"))
    if not (given.get("rowProperties") or given.get("columnProperties")):
        raise Invalid("At least one of rowProperties or columnProperties must be specified.")
    given["bandedRangeId"] = _take_id(edit, given, "bandedRangeId", "bandings", "banded range")
    if any(Box.of_json(other["range"]).meet(box) for other in sheet.bandings):
        raise Invalid("You cannot add alternating background colors to a range that already has alternating background colors.")
    given["range"] = Box.of_json(given["range"]).to_json(sheet.sheet_id)
    banding: Json = with_both_colours(given)
    sheet.bandings.append(banding)
    return {"bandedRange": banding}


@request("updateBanding")
def _update_banding(edit: Edit, body: Json) -> Json:
    given = copy.deepcopy(body.get("bandedRange", {}))
    mask = edit.mask(body.get("fields"), "BandedRange")
    sheet, old = _find(edit, given.get("bandedRangeId"), "bandedRangeId", "bandings", "banded range")
    edit.rights.check(sheet, Box.of_json(old["range"]))
    new = with_both_colours(merged(old, given, mask)) | {"bandedRangeId": old["bandedRangeId"]}
    edit.guarded(new.get("range"))
    sheet.bandings[sheet.bandings.index(old)] = new
    return {}


@request("deleteBanding")
def _delete_banding(edit: Edit, body: Json) -> Json:
    sheet, banding = _find(edit, body.get("bandedRangeId"), "bandedRangeId", "bandings", "banded range")
    edit.rights.check(sheet, Box.of_json(banding["range"]))
    sheet.bandings.remove(banding)
    return {}


@request("setBasicFilter")
def _set_filter(edit: Edit, body: Json) -> Json:
    given = copy.deepcopy(body.get("filter", {}))
    sheet, _ = edit.area(given.get("range"))
    given["range"] = Box.of_json(given["range"]).to_json(sheet.sheet_id)
    sheet.basic_filter = given
    apply_filter(edit, sheet)
    return {}


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
    for spec in sheet.basic_filter.get("filterSpecs", []):
        criteria[int(spec.get("columnIndex", 0))] = spec.get("filterCriteria", {})
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
    given["filterViewId"] = _take_id(edit, given, "filterViewId", "filter_views", "filter view")
    given["range"] = box.to_json(sheet.sheet_id)
    given.setdefault("title", f"Filter {len(sheet.filter_views) + 1}")
    sheet.filter_views.append(given)
    return {"filter": given}


@request("updateFilterView")
def _update_view(edit: Edit, body: Json) -> Json:
    given = copy.deepcopy(body.get("filter", {}))
    mask = edit.mask(body.get("fields"), "FilterView")
    sheet, old = _find(edit, given.get("filterViewId"), "filterViewId", "filter_views", "filter view")
    sheet.filter_views[sheet.filter_views.index(old)] = merged(old, given, mask) | {"filterViewId": old["filterViewId"]}
    return {}


@request("deleteFilterView")
def _delete_view(edit: Edit, body: Json) -> Json:
    sheet, view = _find(edit, body.get("filterId"), "filterViewId", "filter_views", "filter view")
    sheet.filter_views.remove(view)
    return {}


@request("addChart")
def _add_chart(edit: Edit, body: Json) -> Json:
    given = copy.deepcopy(body.get("chart", {}))
    position = given.get("position", {})
    anchor = position.get("overlayPosition", {}).get("anchorCell", {})
    if position.get("newSheet"):
        raise Invalid("Only charts over the cells of a sheet can be added.")
    sheet = edit.sheet(anchor.get("sheetId", position.get("sheetId")))
    given["chartId"] = _take_id(edit, given, "chartId", "charts", "chart")
    sheet.charts.append(given)
    return {"chart": given}


@request("updateChartSpec")
def _update_chart(edit: Edit, body: Json) -> Json:
    sheet, chart = _find(edit, body.get("chartId"), "chartId", "charts", "chart")
    sheet.charts[sheet.charts.index(chart)] = {**chart, "spec": copy.deepcopy(body.get("spec", {}))}
    return {}


@request("deleteEmbeddedObject")
def _delete_object(edit: Edit, body: Json) -> Json:
    sheet, chart = _find(edit, body.get("objectId"), "chartId", "charts", "embedded object")
    sheet.charts.remove(chart)
    return {}
