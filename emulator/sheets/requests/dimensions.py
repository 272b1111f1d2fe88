"""Rows and columns: insert, delete, move, append, size, hide, group; and cells pushed aside or pulled up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from emulator.kernel import ApiError
from emulator.sheets import structure
from emulator.sheets.box import Box, deleted, inserted
from emulator.sheets.edit import Edit, request
from emulator.sheets.formula.rewrite import rewrite, write_reference
from emulator.sheets.formula.tokens import Reference
from emulator.sheets.guard import Invalid, protected_box
from emulator.sheets.masks import merged
from emulator.sheets.model import BLANK, Cell, Sheet
from emulator.sheets.text_width import pixels

Json = dict[str, Any]


def _span(edit: Edit, body: Json, *, past_end: bool = False, doing: str = "use") -> tuple[Sheet, str, int, int]:
    """Sheet, dimension, first and end of a DimensionRange. `doing` is the verb of the refusal.

    :raises Invalid: it is empty or outside the grid.
    """
    sheet = edit.sheet(body.get("sheetId"))
    dimension = str(body.get("dimension", ""))
    if dimension not in {"ROWS", "COLUMNS"}:
        raise Invalid("dimension is required.")
    count = sheet.count(dimension)
    first = int(body.get("startIndex", 0))
    last = int(body.get("endIndex", count))
    if first < 0 or last <= first:
        raise Invalid(f"endIndex[{last}] must be greater than startIndex[{first}]")
    if not past_end and (first >= count or last > count):
        noun, beyond = ("row" if dimension == "ROWS" else "column"), max(first, count)
        many = f"{count} {noun}" + ("" if count == 1 else "s")
        raise Invalid(
            f"Cannot {doing} a {noun} that doesn't exist. Tried to {doing} {noun} index {beyond} but there are only {many}."
        )
    return sheet, dimension, first, last


def _box(dimension: str, first: int, last: int | None) -> Box:
    return Box().with_span(dimension, (first, last))


def _check_insertion(edit: Edit, sheet: Sheet, dimension: str, at: int) -> None:
    """Refuse what would widen a range that is protected against the person.

    Google documents no rule for inserting next to protected cells; `behaviour["insert_inside_protection"]`, default false,
    lets it through.
    """
    if edit.world.behaviour.get("insert_inside_protection", False):
        return
    for protection in sheet.protections:
        if edit.rights.may_edit(protection):
            continue
        sheet_id, box = protected_box(edit.book, protection)
        start, end = box.span(dimension)
        inside = box.whole or (start < at and (end is None or at < end))
        if sheet_id == sheet.sheet_id and inside:
            edit.rights.check(sheet, box)


@request("insertDimension")
def _insert(edit: Edit, body: Json) -> Json:
    sheet, dimension, first, last = _span(edit, body.get("range", {}), past_end=True)
    before = bool(body.get("inheritFromBefore"))
    count = sheet.count(dimension)
    if before and first == 0:
        raise Invalid("range.startIndex must be greater than 0 if inheritFromBefore is true.")
    if not before and first >= count:
        raise Invalid(f"range.startIndex must be less than the grid size ({count}) if inheritFromBefore is false.")
    if first > count:
        raise Invalid(f"range.startIndex[{first}] is larger than the grid size ({count}).")
    _check_insertion(edit, sheet, dimension, first)
    structure.insert(edit.book, sheet, dimension, first, last - first, inherit_from_before=before)
    edit.check_size()
    return {}


@request("deleteDimension")
def _delete(edit: Edit, body: Json) -> Json:
    sheet, dimension, first, last = _span(edit, body.get("range", {}), doing="delete")
    noun, frozen = ("rows", "frozenRowCount") if dimension == "ROWS" else ("columns", "frozenColumnCount")
    if last - first >= sheet.count(dimension):
        raise Invalid(f"You can't delete all the {noun} on the sheet.")
    still = sheet.grid_properties.get(frozen, 0)
    if still and first <= still and last >= sheet.count(dimension):
        raise Invalid(f"Sorry, it is not possible to delete all non-frozen {noun}.")
    edit.rights.check(sheet, _box(dimension, first, last))
    structure.delete(edit.book, sheet, dimension, first, last)
    return {}


@request("moveDimension")
def _move(edit: Edit, body: Json) -> Json:
    sheet, dimension, first, last = _span(edit, body.get("source", {}), doing="move")
    target = int(body.get("destinationIndex", 0))
    if not 0 <= target <= sheet.count(dimension):
        raise Invalid(f"destinationIndex[{target}] is outside the grid.")
    if first < target < last:
        raise Invalid("The destination cannot be within the source.")
    edit.rights.check(sheet, _box(dimension, first, last))
    _check_insertion(edit, sheet, dimension, target)
    structure.move(edit.book, sheet, dimension, first, last, target)
    return {}


@request("appendDimension")
def _append(edit: Edit, body: Json) -> Json:
    sheet, dimension = edit.sheet(body.get("sheetId")), str(body.get("dimension", ""))
    length = int(body.get("length", 0))
    if length < 1 or dimension not in {"ROWS", "COLUMNS"}:
        raise Invalid("length must be greater than 0.")
    edit.rights.check_sheet(sheet)
    by_rows = dimension == "ROWS"
    sheet.resize(sheet.rows + (length if by_rows else 0), sheet.columns + (0 if by_rows else length))
    edit.check_size()
    return {}


@request("updateDimensionProperties")
def _update(edit: Edit, body: Json) -> Json:
    mask = edit.mask(body.get("fields"), "DimensionProperties")
    sheet, dimension, first, last = _span(edit, body.get("range", {}))
    given = body.get("properties", {})
    if "pixelSize" in mask and int(given.get("pixelSize", 0)) < 2:
        raise Invalid("pixelSize must be at least 2.")
    edit.rights.check(sheet, _box(dimension, first, last))
    stored = sheet.dimension(dimension)
    for index in range(first, last):
        properties = merged(stored.get(index), given, mask)
        stored[index] = {name: value for name, value in properties.items() if value}
        if not stored[index]:
            del stored[index]
    return {}


@request("autoResizeDimensions")
def _auto_resize(edit: Edit, body: Json) -> Json:
    if "dataSourceSheetDimensions" in body:
        raise ApiError(501, "Data sources are not part of the local Workspace.", status="UNIMPLEMENTED")
    sheet, dimension, first, last = _span(edit, body.get("dimensions", {}))
    stored = sheet.dimension(dimension)
    engine = edit.engine()
    for index in range(first, last):
        box = _box(dimension, index, index + 1)
        shown = [(engine.text(sheet, row, column), cell) for row, column, cell in sheet.within(box)]
        if dimension == "COLUMNS" and any(text for text, _ in shown):
            width = max(_width(text, cell) for text, cell in shown)
            stored[index] = {**stored.get(index, {}), "pixelSize": max(21, width)}
        elif dimension == "ROWS":
            lines = max((text.count("\n") + 1 for text, _ in shown), default=1)
            stored[index] = {**stored.get(index, {}), "pixelSize": max(21, 17 * lines + 4)}
    return {}


def _width(text: str, cell: Cell) -> int:
    look = (cell.format or {}).get("textFormat", {})
    return pixels(text, float(look.get("fontSize", 10)), bold=bool(look.get("bold")))


@request("insertRange")
def _insert_range(edit: Edit, body: Json) -> Json:
    sheet, box = edit.closed(body.get("range"))
    dimension = body.get("shiftDimension")
    if dimension not in {"ROWS", "COLUMNS"}:
        raise Invalid("shiftDimension is required.")
    _shift_cells(edit, sheet, box, dimension, box.height if dimension == "ROWS" else box.width)
    return {}


@request("deleteRange")
def _delete_range(edit: Edit, body: Json) -> Json:
    sheet, box = edit.closed(body.get("range"))
    dimension = body.get("shiftDimension")
    if dimension not in {"ROWS", "COLUMNS"}:
        raise Invalid("shiftDimension is required.")
    _shift_cells(edit, sheet, box, dimension, -(box.height if dimension == "ROWS" else box.width))
    return {}


def _shift_cells(edit: Edit, sheet: Sheet, box: Box, dimension: str, by: int) -> None:
    """Push the cells from the box on by that many places, or pull those behind it into its place."""
    rows = dimension == "ROWS"
    moving = Box(box.r0, None, box.c0, box.c1) if rows else Box(box.r0, box.r1, box.c0, None)
    edit.rights.check(sheet, moving)
    stored = [(r, c, cell) for r, c, cell in sheet.within(moving)]
    for row, column, _ in stored:
        sheet.put(row, column, BLANK)
    pushed = 0
    for row, column, cell in stored:
        if by < 0 and box.has(row, column):
            continue
        target = (row + by, column) if rows else (row, column + by)
        sheet.put(*target, cell)
        pushed = max(pushed, (target[0] + 1) if rows else (target[1] + 1))
    sheet.resize(max(sheet.rows, pushed) if rows else sheet.rows, sheet.columns if rows else max(sheet.columns, pushed))
    _follow(edit, sheet, box, dimension, by)


def _follow(edit: Edit, sheet: Sheet, box: Box, dimension: str, by: int) -> None:
    """Merges and references that lie in the moved lines go along; what pointed only to deleted cells becomes #REF!."""
    across = "COLUMNS" if dimension == "ROWS" else "ROWS"
    low, high = box.span(across)
    first, last = box.span(dimension)
    shift = inserted(first, by) if by > 0 else deleted(first, last or first)

    def moved(area: Box) -> Box | None:
        start, end = area.span(across)
        if start < low or end is None or end > (high or 0):
            return area
        span = shift(*area.span(dimension))
        return None if span is None else area.with_span(dimension, span)

    sheet.merges = [new for new in (moved(merge) for merge in sheet.merges) if new is not None and new.height * new.width > 1]

    def change_for(owner: Sheet) -> Callable[[str], str]:
        def change(reference: Reference) -> str | None:
            here = owner is sheet if reference.title is None else reference.title.casefold() == sheet.title.casefold()
            new = moved(reference.box) if here else reference.box
            if new == reference.box:
                return None
            return "#REF!" if new is None else write_reference(reference.prefix, new, reference.corners)

        return lambda formula: rewrite(formula, edit.book.language.decimal, change)

    for owner in edit.book.sheets:
        structure.map_formulas(owner, change_for(owner))


def _groups(sheet: Sheet, dimension: str) -> list[Json]:
    return sheet.row_groups if dimension == "ROWS" else sheet.column_groups


def _depth(groups: list[Json], first: int, last: int) -> int:
    return 1 + sum(1 for g in groups if g["range"]["startIndex"] <= first and last <= g["range"]["endIndex"])


@request("addDimensionGroup")
def _add_group(edit: Edit, body: Json) -> Json:
    sheet, dimension, first, last = _span(edit, body.get("range", {}))
    groups = _groups(sheet, dimension)
    span = {"sheetId": sheet.sheet_id, "dimension": dimension, "startIndex": first, "endIndex": last}
    for group in groups:
        if first <= group["range"]["startIndex"] and group["range"]["endIndex"] <= last:
            group["depth"] += 1
    groups.append({"range": span, "depth": _depth(groups, first, last) if not _covers(groups, first, last) else 1})
    groups.sort(key=lambda g: (g["depth"], g["range"]["startIndex"]))
    # Recorded: from the first group on the sheet says where the control stands, and goes on saying so without groups.
    sheet.grid_properties["rowGroupControlAfter" if dimension == "ROWS" else "columnGroupControlAfter"] = True
    return {"dimensionGroups": groups}


def _covers(groups: list[Json], first: int, last: int) -> bool:
    return any(first <= g["range"]["startIndex"] and g["range"]["endIndex"] <= last for g in groups)


@request("updateDimensionGroup")
def _update_group(edit: Edit, body: Json) -> Json:
    given = body.get("dimensionGroup", {})
    mask = edit.mask(body.get("fields"), "DimensionGroup")
    sheet, dimension, first, last = _span(edit, given.get("range", {}))
    for group in _groups(sheet, dimension):
        if (group["range"]["startIndex"], group["range"]["endIndex"], group["depth"]) == (first, last, given.get("depth", 1)):
            if "collapsed" in mask or "*" in mask:
                group["collapsed"] = bool(given.get("collapsed"))
                for index in range(first, last):
                    stored = sheet.dimension(dimension)
                    stored[index] = {**stored.get(index, {}), "hiddenByUser": group["collapsed"]}
            return {}
    raise Invalid("Cannot find dimension group for range.")


@request("deleteDimensionGroup")
def _delete_group(edit: Edit, body: Json) -> Json:
    sheet, dimension, first, last = _span(edit, body.get("range", {}))
    groups = _groups(sheet, dimension)
    hit = [g for g in groups if g["range"]["startIndex"] < last and first < g["range"]["endIndex"]]
    if not hit:
        raise Invalid("Cannot find dimension group for range.")
    deepest = max(hit, key=lambda g: int(g["depth"]))
    groups.remove(deepest)
    return {"dimensionGroups": groups} if groups else {}
