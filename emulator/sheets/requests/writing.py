"""Writing cells: values, formats, validations, borders, merged cells."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from emulator.kernel import ApiError
from emulator.sheets.box import Box
from emulator.sheets.cells import written
from emulator.sheets.colours import with_both_colours
from emulator.sheets.edit import Edit, request
from emulator.sheets.formula.rewrite import copied
from emulator.sheets.guard import Invalid
from emulator.sheets.masks import Tree, has
from emulator.sheets.model import Cell, Sheet
from emulator.sheets.requests.pivot_rules import check_pivot

Json = dict[str, Any]
_MAX_OPTIONS = 500
_COUNTS = {
    "NUMBER_GREATER": 1,
    "NUMBER_GREATER_THAN_EQ": 1,
    "NUMBER_LESS": 1,
    "NUMBER_LESS_THAN_EQ": 1,
    "NUMBER_EQ": 1,
    "NUMBER_NOT_EQ": 1,
    "NUMBER_BETWEEN": 2,
    "NUMBER_NOT_BETWEEN": 2,
    "TEXT_CONTAINS": 1,
    "TEXT_NOT_CONTAINS": 1,
    "TEXT_STARTS_WITH": 1,
    "TEXT_ENDS_WITH": 1,
    "TEXT_EQ": 1,
    "TEXT_IS_EMAIL": 0,
    "TEXT_IS_URL": 0,
    "DATE_EQ": 1,
    "DATE_BEFORE": 1,
    "DATE_AFTER": 1,
    "DATE_ON_OR_BEFORE": 1,
    "DATE_ON_OR_AFTER": 1,
    "DATE_BETWEEN": 2,
    "DATE_NOT_BETWEEN": 2,
    "DATE_IS_VALID": 0,
    "ONE_OF_RANGE": 1,
    "CUSTOM_FORMULA": 1,
    "BLANK": 0,
    "NOT_BLANK": 0,
}


@request("updateCells")
def _update_cells(edit: Edit, body: Json) -> Json:
    mask = edit.mask(body.get("fields"), "CellData")
    rows = body.get("rows", [])
    if "start" in body:
        start = body["start"]
        sheet = edit.sheet(start.get("sheetId"))
        row, column = int(start.get("rowIndex", 0)), int(start.get("columnIndex", 0))
        width = max((len(line.get("values", [])) for line in rows), default=0)
        _check_room(sheet, row + len(rows), column + width, sheet.rows, sheet.columns)
        box = Box(row, row + len(rows), column, column + width)
    elif "range" in body:
        sheet, box = edit.closed(body["range"])
        width = max((len(line.get("values", [])) for line in rows), default=0)
        _check_room(sheet, box.r0 + len(rows), box.c0 + width, box.r1 or 0, box.c1 or 0)
    else:
        raise Invalid("One of 'start' or 'range' must be set.")
    if box.height and box.width:
        edit.rights.check(sheet, box)
    _write_rows(edit, sheet, box, rows, mask, clear_rest="range" in body)
    return {}


def _check_room(sheet: Sheet, rows: int, columns: int, last_row: int, last_column: int) -> None:
    if rows > last_row:
        raise Invalid(f"Attempting to write row: {last_row}, beyond the last requested row of: {last_row - 1}")
    if columns > last_column:
        raise Invalid(f"Attempting to write column: {last_column}, beyond the last requested column of: {last_column - 1}")


def _check_rows(rows: list[Json], mask: Tree) -> None:
    """Look at all cells before the first is written."""
    for data in (data or {} for line in rows for data in line.get("values", [])):
        _check_cell(data, mask)


def _check_cell(data: Json, mask: Tree) -> None:
    """Look at the rule, the pivot table and the data source of a cell, as far as the mask has them written."""
    if data.get("pivotTable") and has(mask, "pivotTable"):
        check_pivot(data["pivotTable"])
    if data.get("dataValidation") and has(mask, "dataValidation"):
        check_rule(data["dataValidation"])
    if data.get("dataSourceTable") and has(mask, "dataSourceTable"):
        raise ApiError(501, "Data sources are not part of the local Workspace.", status="UNIMPLEMENTED")


def _write_rows(edit: Edit, sheet: Sheet, box: Box, rows: list[Json], mask: Tree, *, clear_rest: bool) -> None:
    _check_rows(rows, mask)
    for row in range(box.r0, box.r1 or 0):
        values = rows[row - box.r0].get("values", []) if row - box.r0 < len(rows) else []
        for column in range(box.c0, box.c1 or 0):
            index = column - box.c0
            if index < len(values):
                edit.put(sheet, row, column, written(sheet.cell(row, column), values[index] or {}, mask))
            elif clear_rest and (row, column) in sheet.cells:
                edit.put(sheet, row, column, written(sheet.cell(row, column), {}, mask))


@request("repeatCell")
def _repeat_cell(edit: Edit, body: Json) -> Json:
    mask = edit.mask(body.get("fields"), "CellData")
    sheet, box = edit.guarded(body.get("range"))
    data = body.get("cell", {})
    _check_cell(data, mask)
    decimal = edit.book.language.decimal
    for row, column in box.cells():
        cell = written(sheet.cell(row, column), data, mask)
        if cell.formula is not None and "formulaValue" in data.get("userEnteredValue", {}):
            # The formula is meant for the first cell; the others get it as if it had been copied there.
            cell = replace(cell, formula=copied(cell.formula, decimal, row - box.r0, column - box.c0))
        edit.put(sheet, row, column, cell)
    return {}


@request("appendCells")
def _append_cells(edit: Edit, body: Json) -> Json:
    mask = edit.mask(body.get("fields"), "CellData")
    sheet, rows = edit.sheet(body.get("sheetId")), body.get("rows", [])
    width = max((len(line.get("values", [])) for line in rows), default=0)
    start = sheet.used()[0]
    _check_room(sheet, 0, width, sheet.rows, sheet.columns)
    if start + len(rows) > sheet.rows:
        sheet.resize(start + len(rows), sheet.columns)
        edit.check_size()
    box = Box(start, start + len(rows), 0, width)
    if rows and width:
        edit.rights.check(sheet, box)
    _write_rows(edit, sheet, box, rows, mask, clear_rest=False)
    return {}


@request("setDataValidation")
def _set_validation(edit: Edit, body: Json) -> Json:
    sheet, box = edit.guarded(body.get("range"))
    rule = body.get("rule")
    if rule is not None:
        check_rule(rule)
    hidden = sheet.row_properties if body.get("filteredRowsIncluded") is False else {}
    for row, column in box.cells():
        if not hidden.get(row, {}).get("hiddenByFilter"):
            edit.put(sheet, row, column, replace(sheet.cell(row, column), validation=rule))
    return {}


def check_rule(rule: Json) -> None:
    """:raises Invalid: the condition of a validation rule has the wrong number of values, or no type."""
    condition = rule.get("condition", {})
    kind, values = condition.get("type"), condition.get("values", [])
    check_condition(kind, values)
    if kind == "BOOLEAN" and len(values) > 2:
        raise Invalid(f"ConditionType 'BOOLEAN' must have zero, one or two ConditionValues; got {len(values)}")
    if kind == "ONE_OF_LIST" and not values:
        raise Invalid("ConditionType 'ONE_OF_LIST' must have at least one ConditionValue")
    if kind == "ONE_OF_LIST" and len(values) > _MAX_OPTIONS:
        raise Invalid(f"ConditionType 'ONE_OF_LIST' must have at most {_MAX_OPTIONS} ConditionValues")
    if kind == "CUSTOM_FORMULA" and not str(values[0].get("userEnteredValue", "")).startswith("="):
        raise Invalid("ConditionValue.userEnteredValue must be a formula for CUSTOM_FORMULA.")


def check_condition(kind: str | None, values: list[Json]) -> None:
    """:raises Invalid: the type is missing or does not go with that number of values."""
    if not kind or kind == "CONDITION_TYPE_UNSPECIFIED":
        raise Invalid("condition.type is required.")
    wanted = _COUNTS.get(kind)
    if wanted is not None and len(values) != wanted:
        words = {0: "zero ConditionValues", 1: "exactly one ConditionValue", 2: "exactly two ConditionValues"}
        raise Invalid(f"ConditionType '{kind}' must have {words[wanted]}; got {len(values)}")


@request("updateBorders")
def _update_borders(edit: Edit, body: Json) -> Json:
    sheet, box = edit.guarded(body.get("range"))
    last_row, last_column = (box.r1 or 0) - 1, (box.c1 or 0) - 1
    for row, column in box.cells():
        sides = {
            "top": "top" if row == box.r0 else "innerHorizontal",
            "bottom": "bottom" if row == last_row else "innerHorizontal",
            "left": "left" if column == box.c0 else "innerVertical",
            "right": "right" if column == last_column else "innerVertical",
        }
        chosen = {side: with_both_colours(body[name]) for side, name in sides.items() if name in body}
        if chosen:
            cell = sheet.cell(row, column)
            borders = {**(cell.format or {}).get("borders", {}), **chosen}
            borders = {side: border for side, border in borders.items() if border.get("style") not in {None, "NONE"}}
            style = {**(cell.format or {}), "borders": borders}
            edit.put(sheet, row, column, replace(cell, format={k: v for k, v in style.items() if v or k != "borders"} or None))
    return {}


@request("mergeCells")
def _merge_cells(edit: Edit, body: Json) -> Json:
    sheet, box = edit.guarded(body.get("range"))
    if any(owner == sheet.sheet_id and pivot.meet(box) for owner, pivot in edit.pivots()):
        raise Invalid("You can't merge cells that are part of a pivot table.")
    _check_frozen_edge(sheet, box)
    kind = body.get("mergeType", "MERGE_ALL")
    if kind == "MERGE_COLUMNS":
        boxes = [Box(box.r0, box.r1, c, c + 1) for c in range(box.c0, box.c1 or 0)]
    elif kind == "MERGE_ROWS":
        boxes = [Box(r, r + 1, box.c0, box.c1) for r in range(box.r0, box.r1 or 0)]
    else:
        boxes = [box]
    for merge in boxes:
        for other in list(sheet.merges):
            if other.meet(merge) is None:
                continue
            if not merge.contains(other):
                raise Invalid("You must select all cells in a merged range to merge or unmerge them.")
            sheet.merges.remove(other)
        _merge(edit, sheet, merge)
    return {}


def _check_frozen_edge(sheet: Sheet, box: Box) -> None:
    for name, noun, start, end in (
        ("frozenRowCount", "rows", box.r0, box.r1 or 0),
        ("frozenColumnCount", "columns", box.c0, box.c1 or 0),
    ):
        if start < sheet.grid_properties.get(name, 0) < end:
            raise Invalid(f"You can't merge frozen and non-frozen {noun}.")


def _merge(edit: Edit, sheet: Sheet, box: Box) -> None:
    if box.height * box.width < 2:
        return
    first: Cell | None = next((sheet.cell(r, c) for r, c in box.cells() if sheet.cell(r, c).has_content), None)
    for row, column in box.cells():
        cell = sheet.cell(row, column)
        if (row, column) == (box.r0, box.c0):
            if first is not None:
                edit.put(sheet, row, column, replace(cell, value=first.value, formula=first.formula, runs=first.runs))
        elif cell.has_content:
            edit.put(sheet, row, column, cell.without_content())
    sheet.merges.append(box)


@request("unmergeCells")
def _unmerge_cells(edit: Edit, body: Json) -> Json:
    sheet, box = edit.guarded(body.get("range"))
    for merge in list(sheet.merges):
        if merge.meet(box) is None:
            continue
        if not box.contains(merge):
            raise Invalid("You must select all cells in a merged range to merge or unmerge them.")
        sheet.merges.remove(merge)
    return {}


__all__ = ["check_condition", "check_rule"]
