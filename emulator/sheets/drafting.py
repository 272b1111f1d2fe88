"""A new spreadsheet from the Spreadsheet that `spreadsheets.create` is sent: its sheets, their cells and what hangs on them.

Everything is put in by the requests that would add it to a finished spreadsheet, so that the same things are refused.
"""

from __future__ import annotations

from typing import Any

from emulator.kernel import ApiError, World
from emulator.sheets.edit import REQUESTS, Edit
from emulator.sheets.engine import local_now
from emulator.sheets.guard import Invalid, Rights, bad
from emulator.sheets.locales import is_locale, locale_of
from emulator.sheets.model import Book, Sheet
from emulator.sheets.requests.sheets import sheet_from

Json = dict[str, Any]
_PROPERTIES = (
    "autoRecalc",
    "defaultFormat",
    "iterativeCalculationSettings",
    "spreadsheetTheme",
    "importFunctionsExternalUrlAccessAllowed",
)
# What hangs on a sheet, the request that adds one of it, and the member of the request that holds it.
_HANGING = (
    ("conditionalFormats", "addConditionalFormatRule", "rule"),
    ("bandedRanges", "addBanding", "bandedRange"),
    ("tables", "addTable", "table"),
    ("charts", "addChart", "chart"),
    ("slicers", "addSlicer", "slicer"),
    ("filterViews", "addFilterView", "filter"),
    ("developerMetadata", "createDeveloperMetadata", "developerMetadata"),
    ("protectedRanges", "addProtectedRange", "protectedRange"),
)


def fill(world: World, actor: str, book: Book, body: Json) -> None:
    """Make the book what the body says.

    :raises ApiError: 400 for anything that could not be added to a spreadsheet either, 501 for what is not built.
    """
    given = body.get("properties", {})
    if "locale" in given:
        if not is_locale(str(given["locale"])):
            raise bad(f"Invalid value at 'spreadsheet.properties.locale': Unsupported locale: {given['locale']}")
        book.locale = str(given["locale"])
    book.time_zone = str(given.get("timeZone", book.time_zone))
    book.properties = {name: given[name] for name in _PROPERTIES if name in given}
    sheets = body.get("sheets", [])
    book.sheets = [] if sheets else [Sheet(0, locale_of(book.locale).first_sheet)]
    if body.get("dataSources"):
        raise ApiError(501, "Data sources are not part of the local Workspace.", status="UNIMPLEMENTED")
    rights = Rights(world, book, actor)
    rights.free = True
    edit = Edit(world, book, actor, rights, local_now(world, book))
    try:
        # All sheets stand before anything points from one to another.
        made = [_add_sheet(edit, item) for item in sheets]
        for sheet, item in zip(made, sheets, strict=True):
            _fill_sheet(edit, sheet, item)
        for named in body.get("namedRanges", []):
            REQUESTS["addNamedRange"](edit, {"namedRange": named})
        for metadata in body.get("developerMetadata", []):
            REQUESTS["createDeveloperMetadata"](edit, {"developerMetadata": metadata})
    except Invalid as error:
        raise bad(f"Invalid spreadsheet: {error}") from error


def _add_sheet(edit: Edit, item: Json) -> Sheet:
    sheet = sheet_from(edit.book, item.get("properties", {}))
    edit.book.sheets.append(sheet)
    return sheet


def _fill_sheet(edit: Edit, sheet: Sheet, item: Json) -> None:
    for data in item.get("data", []):
        _fill_grid(edit, sheet, data)
    for merge in item.get("merges", []):
        REQUESTS["mergeCells"](edit, {"range": {**merge, "sheetId": sheet.sheet_id}, "mergeType": "MERGE_ALL"})
    for members, kind, member in _HANGING:
        for index, one in enumerate(item.get(members, [])):
            REQUESTS[kind](edit, {member: one} | ({"index": index} if kind == "addConditionalFormatRule" else {}))
    if "basicFilter" in item:
        REQUESTS["setBasicFilter"](edit, {"filter": item["basicFilter"]})
    for group in [*item.get("rowGroups", []), *item.get("columnGroups", [])]:
        span = {**group.get("range", {}), "sheetId": sheet.sheet_id}
        REQUESTS["addDimensionGroup"](edit, {"range": span})
        if group.get("collapsed"):
            REQUESTS["updateDimensionGroup"](edit, {"dimensionGroup": {**group, "range": span}, "fields": "collapsed"})


def _fill_grid(edit: Edit, sheet: Sheet, data: Json) -> None:
    rows, row, column = data.get("rowData", []), int(data.get("startRow", 0)), int(data.get("startColumn", 0))
    width = max((len(line.get("values", [])) for line in rows), default=0)
    sheet.resize(max(sheet.rows, row + len(rows)), max(sheet.columns, column + width))
    start = {"sheetId": sheet.sheet_id, "rowIndex": row, "columnIndex": column}
    REQUESTS["updateCells"](edit, {"start": start, "rows": rows, "fields": "*"})
    for member, dimension, first in (("rowMetadata", "ROWS", row), ("columnMetadata", "COLUMNS", column)):
        for index, properties in enumerate(data.get(member, []), first):
            settings = {name: properties[name] for name in ("pixelSize", "hiddenByUser") if name in properties}
            if settings and index < sheet.count(dimension):
                sheet.dimension(dimension)[index] = settings
            for metadata in properties.get("developerMetadata", []):
                REQUESTS["createDeveloperMetadata"](edit, {"developerMetadata": metadata})
