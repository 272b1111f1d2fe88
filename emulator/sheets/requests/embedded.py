"""Charts and slicers: added over cells or on a sheet of their own, changed, moved, bordered, deleted.

The refusals, the size that Google fills in and the empty replies are those of field reports on the live service.
"""

from __future__ import annotations

import copy
from typing import Any

from emulator.kernel import ApiError
from emulator.sheets.colours import merged_colours, with_both_colours
from emulator.sheets.edit import Edit, request
from emulator.sheets.guard import Invalid
from emulator.sheets.masks import has
from emulator.sheets.model import Sheet, fresh_number

Json = dict[str, Any]
_WIDTH_PIXELS, _HEIGHT_PIXELS = 600, 371
_CHART_KINDS = frozenset(
    {"basicChart", "pieChart", "bubbleChart", "candlestickChart", "histogramChart", "orgChart"}
    | {"treemapChart", "waterfallChart", "scorecardChart"}
)
_NO_KIND = "One of basicChart, pieChart, bubbleChart, candelstickChart, histogramChart, or orgChart must be set on chartSpec."
_NO_POSITION = "One of EmbeddedObjectPosition.overlayPosition or EmbeddedObjectPosition.sheetId must be set"


def _checked_spec(spec: Json | None) -> Json:
    """A chart's spec with both spellings of its colours.

    :raises Invalid: it names no kind of chart.
    :raises ApiError: 500 for a basic chart without domains and series, which is what the live service answers.
    """
    if not spec:
        raise Invalid("no chart spec")
    if not any(kind in spec for kind in _CHART_KINDS):
        raise Invalid(_NO_KIND)
    basic = spec.get("basicChart")
    if basic is not None and not basic.get("domains") and not basic.get("series"):
        raise ApiError(500, "Internal error encountered.", status="INTERNAL")
    whole: Json = with_both_colours(copy.deepcopy(spec))
    whole.setdefault("hiddenDimensionStrategy", "SKIP_HIDDEN_ROWS_AND_COLUMNS")
    return whole


def _placed(edit: Edit, position: Json | None) -> tuple[Sheet, Json]:
    """The sheet that an object goes on, and its position made whole; `newSheet` makes a sheet without a grid.

    :raises Invalid: no place is named, or it is outside the grid.
    """
    position = position or {}
    if position.get("newSheet"):
        number = 1
        while edit.book.by_title(f"Chart{number}") is not None:
            number += 1
        sheet = Sheet(fresh_number(), f"Chart{number}", 0, 0, properties={"sheetType": "OBJECT"})
        edit.book.sheets.append(sheet)
        return sheet, {"sheetId": sheet.sheet_id}
    overlay = copy.deepcopy(position.get("overlayPosition"))
    if overlay is None:
        if "sheetId" not in position:
            raise Invalid(_NO_POSITION)
        return edit.sheet_itself(position["sheetId"]), {"sheetId": position["sheetId"]}
    sheet, row, column = edit.spot(overlay.get("anchorCell"))
    overlay["anchorCell"] = {"sheetId": sheet.sheet_id, "rowIndex": row, "columnIndex": column}
    overlay.setdefault("widthPixels", _WIDTH_PIXELS)
    overlay.setdefault("heightPixels", _HEIGHT_PIXELS)
    return sheet, {"overlayPosition": overlay}


def _fresh_id(edit: Edit, number: object) -> int:
    if number is None:
        return fresh_number()
    if any(item[key] == number for _, item, key in _objects(edit)):
        raise Invalid(f"An object with ID {number} already exists.")
    return int(str(number))


def _objects(edit: Edit) -> list[tuple[list[Json], Json, str]]:
    """Every chart and slicer of the book with the list that holds it and the name of its id."""
    found = []
    for sheet in edit.book.sheets:
        found += [(sheet.charts, item, "chartId") for item in sheet.charts]
        found += [(sheet.slicers, item, "slicerId") for item in sheet.slicers]
    return found


def _find(edit: Edit, number: object, key: str | None, noun: str) -> tuple[list[Json], Json]:
    for holder, item, name in _objects(edit):
        if item[name] == number and key in {None, name}:
            return holder, item
    raise Invalid(f"No {noun} with id: {number}")


@request("addChart")
def _add_chart(edit: Edit, body: Json) -> Json:
    given = body.get("chart", {})
    spec = _checked_spec(given.get("spec"))
    number = _fresh_id(edit, given.get("chartId"))
    sheet, position = _placed(edit, given.get("position"))
    chart = {"chartId": number, "spec": spec, "position": position}
    if "border" in given:
        chart["border"] = with_both_colours(given["border"])
    sheet.charts.append(chart)
    return {"chart": chart}


@request("updateChartSpec")
def _update_chart(edit: Edit, body: Json) -> Json:
    holder, chart = _find(edit, body.get("chartId"), "chartId", "chart")
    holder[holder.index(chart)] = {**chart, "spec": _checked_spec(body.get("spec"))}
    return {}


@request("addSlicer")
def _add_slicer(edit: Edit, body: Json) -> Json:
    given = copy.deepcopy(body.get("slicer", {}))
    spec = given.get("spec", {})
    if "dataRange" not in spec:
        raise Invalid("no data range")
    owner, box = edit.area(spec["dataRange"])
    spec["dataRange"] = box.to_json(owner.sheet_id)
    spec.setdefault("horizontalAlignment", "LEFT")
    number = _fresh_id(edit, given.get("slicerId"))
    sheet, position = _placed(edit, given.get("position"))
    slicer = {"slicerId": number, "spec": with_both_colours(spec), "position": position}
    sheet.slicers.append(slicer)
    return {"slicer": slicer}


@request("updateSlicerSpec")
def _update_slicer(edit: Edit, body: Json) -> Json:
    mask = edit.mask(body.get("fields"), "SlicerSpec")
    holder, slicer = _find(edit, body.get("slicerId"), "slicerId", "slicer")
    spec = merged_colours(slicer["spec"], body.get("spec"), mask)
    owner, box = edit.area(spec.get("dataRange"))
    spec["dataRange"] = box.to_json(owner.sheet_id)
    holder[holder.index(slicer)] = {**slicer, "spec": spec}
    return {}


@request("updateEmbeddedObjectPosition")
def _move_object(edit: Edit, body: Json) -> Json:
    mask = edit.mask(body.get("fields"), "OverlayPosition")
    holder, item = _find(edit, body.get("objectId"), None, "embedded object")
    new = body.get("newPosition", {})
    if "overlayPosition" in new:
        old = item["position"].get("overlayPosition", {})
        given = new["overlayPosition"]
        changed = {name: given[name] for name in given if has(mask, name)}
        new = {"overlayPosition": {**old, **changed}}
    holder.remove(item)
    sheet, position = _placed(edit, new)
    moved = {**item, "position": position}
    (sheet.charts if "chartId" in item else sheet.slicers).append(moved)
    return {"position": position}


@request("updateEmbeddedObjectBorder")
def _update_border(edit: Edit, body: Json) -> Json:
    mask = edit.mask(body.get("fields"), "EmbeddedObjectBorder")
    holder, item = _find(edit, body.get("objectId"), None, "embedded object")
    holder[holder.index(item)] = {**item, "border": merged_colours(item.get("border"), body.get("border"), mask)}
    return {}


@request("deleteEmbeddedObject")
def _delete_object(edit: Edit, body: Json) -> Json:
    holder, item = _find(edit, body.get("objectId"), None, "embedded object")
    holder.remove(item)
    # A sheet of its own goes together with its chart.
    edit.book.sheets = [s for s in edit.book.sheets if s.properties.get("sheetType") != "OBJECT" or s.charts or s.slicers]
    return {}
