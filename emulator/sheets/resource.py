"""The Spreadsheet resource as `spreadsheets.get` answers it."""

from __future__ import annotations

from typing import Any

from emulator.drive.files import project_of
from emulator.drive.model import files
from emulator.kernel import World
from emulator.sheets.answers import without_zeros
from emulator.sheets.box import Box
from emulator.sheets.cells import DEFAULT_FORMAT, Reader, merged_formats
from emulator.sheets.colours import standard_theme
from emulator.sheets.engine import engine_of
from emulator.sheets.guard import Rights
from emulator.sheets.lookup import may_see, visible_metadata
from emulator.sheets.masks import MaskError, Tree, has, parse_mask
from emulator.sheets.model import Book, Sheet
from emulator.sheets.requests.protection import visible
from emulator.sheets.requests.sheets import sheet_properties

Json = dict[str, Any]
Areas = list[tuple[Sheet, Box]]
_THEME = standard_theme()


def wanted_grid(fields: object, *, include: bool) -> Tree | None:
    """The field mask below sheets.data.rowData.values, or None when no grid data is asked for.

    With a mask only the mask decides. Source: Sheets API, spreadsheets.get, "includeGridData … is ignored if a field
    mask was set in the request".
    """
    if not fields:
        return {} if include else None
    try:
        tree = parse_mask(str(fields))
    except MaskError:
        return {} if include else None
    if not has(tree, "sheets", "data"):
        return None
    for name in ("sheets", "data", "rowData", "values"):
        if not tree or "*" in tree:
            return {}
        if name not in tree:
            return {"userEnteredValue": {}}
        tree = tree[name]
    return tree


def spreadsheet(world: World, book: Book, actor: str, *, areas: Areas | None, grid: Tree | None) -> Json:
    """The whole resource. areas: only these sheets, and of their cells only these boxes; grid: mask of the cells or None."""
    result: Json = {"spreadsheetId": book.spreadsheet_id, "properties": properties(world, book), "sheets": []}
    rights = Rights(world, book, actor)
    project = project_of(world, actor)
    reader = Reader(book, engine_of(world, book), grid, project) if grid is not None else None
    for sheet in book.sheets:
        if areas is not None and not any(owner is sheet for owner, _ in areas):
            continue
        boxes = [box for owner, box in areas if owner is sheet] if areas is not None else [Box()]
        result["sheets"].append(_sheet(book, sheet, rights, project, reader, boxes))
    if book.named_ranges:
        result["namedRanges"] = without_zeros(book.named_ranges)
    result["spreadsheetUrl"] = f"https://docs.google.com/spreadsheets/d/{book.spreadsheet_id}/edit"
    own = [visible_metadata(m) for m in book.metadata if m["location"].get("spreadsheet") and may_see(m, project)]
    if own:
        result["developerMetadata"] = own
    return result


def properties(world: World, book: Book) -> Json:
    """SpreadsheetProperties; the title is the name of the file."""
    stored = {name: value for name, value in book.properties.items() if name != "defaultFormat"}
    return {
        "title": files(world)[book.spreadsheet_id].name,
        "locale": book.locale,
        "autoRecalc": "ON_CHANGE",
        "timeZone": book.time_zone,
        "defaultFormat": merged_formats(DEFAULT_FORMAT, book.properties.get("defaultFormat", {})),
        "spreadsheetTheme": _THEME,
        **stored,
    }


def _sheet(book: Book, sheet: Sheet, rights: Rights, project: str, reader: Reader | None, boxes: list[Box]) -> Json:
    hanging: Json = {
        "merges": [merge.to_json(sheet.sheet_id) for merge in sheet.merges],
        "conditionalFormats": sheet.conditional_formats,
        "filterViews": sheet.filter_views,
        "protectedRanges": [visible(book, p, can_edit=rights.may_edit(p)) for p in sheet.protections],
        "basicFilter": sheet.basic_filter,
        "charts": sheet.charts,
        "bandedRanges": sheet.bandings,
        "developerMetadata": [
            visible_metadata(m) for m in book.metadata if m["location"].get("sheetId") == sheet.sheet_id and may_see(m, project)
        ],
        "rowGroups": sheet.row_groups,
        "columnGroups": sheet.column_groups,
        "slicers": sheet.slicers,
        "tables": sheet.tables,
    }
    result: Json = {"properties": sheet_properties(book, sheet)}
    if reader is not None:
        result["data"] = [reader.grid(sheet, box.clip(sheet.rows, sheet.columns)) for box in boxes]
    return result | {name: without_zeros(value) for name, value in hanging.items() if value}
