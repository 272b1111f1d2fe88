"""The spreadsheet's own properties, and its sheets: add, change, duplicate, delete."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any
from zoneinfo import available_timezones

from emulator.sheets.box import GRID_KEYS, Box, map_ranges
from emulator.sheets.colours import with_both_colours
from emulator.sheets.edit import Edit, request
from emulator.sheets.formula.rewrite import relocalised, retitled, without_sheet
from emulator.sheets.guard import Invalid
from emulator.sheets.locales import is_locale, locale_of
from emulator.sheets.masks import Tree, has, merged, names
from emulator.sheets.model import Book, Sheet, fresh_number
from emulator.sheets.structure import map_formulas

Json = dict[str, Any]
_BOOK_PROPERTIES = {
    "autoRecalc",
    "defaultFormat",
    "iterativeCalculationSettings",
    "spreadsheetTheme",
    "importFunctionsExternalUrlAccessAllowed",
}
_TAB_PROPERTIES = ("sheetType", "hidden", "tabColor", "rightToLeft", "tabColorStyle")
_MAX_TITLE = 100


@request("updateSpreadsheetProperties")
def _update_spreadsheet(edit: Edit, body: Json) -> Json:
    given = body.get("properties", {})
    mask = edit.mask(body.get("fields"), "SpreadsheetProperties")
    for name in names(mask, "SpreadsheetProperties"):
        if "*" in mask and name not in given:
            continue
        if name == "title":
            if not given.get("title"):
                raise Invalid("Spreadsheet title cannot be empty.")
            edit.title = str(given["title"])
        elif name == "locale":
            change_locale(edit.book, str(given.get("locale", "")))
        elif name == "timeZone":
            zone = str(given.get("timeZone", ""))
            if zone not in available_timezones():
                raise Invalid(f"Invalid time zone: {zone}")
            edit.book.time_zone = zone
        elif name in _BOOK_PROPERTIES:
            tree: Tree = {name: mask.get(name, {})}
            edit.book.properties = merged(edit.book.properties, given, tree)
    return {}


def change_locale(book: Book, code: str) -> None:
    """Give the book another locale; formulas get its separators.

    :raises Invalid: no such locale.
    """
    if not is_locale(code):
        raise Invalid(f"Unsupported locale: {code}")
    old, new = book.language.decimal, locale_of(code).decimal
    if old != new:
        for sheet in book.sheets:
            map_formulas(sheet, lambda formula: relocalised(formula, old, new))
    book.locale = code


@request("updateSheetProperties")
def _update_sheet(edit: Edit, body: Json) -> Json:
    given = body.get("properties", {})
    mask = edit.mask(body.get("fields"), "SheetProperties")
    sheet = edit.sheet_itself(given.get("sheetId"))
    edit.rights.check_sheet(sheet)
    wanted = names(mask, "SheetProperties")
    if "*" in mask:
        wanted = [name for name in wanted if name in given]
    for name in wanted:
        if name == "title":
            _retitle(edit, sheet, str(given.get("title", "")))
        elif name == "index":
            _reorder(edit.book, sheet, int(given.get("index", 0)))
        elif name == "gridProperties":
            _change_grid(edit, sheet, given.get("gridProperties", {}), {} if "*" in mask else mask[name])
        elif name in {"hidden", "rightToLeft", "tabColor", "tabColorStyle"}:
            apply_tab_properties(sheet, given, {name: {}})
        elif name != "sheetId":
            raise Invalid(f"Field cannot be changed: {name}")
    if not any(not s.hidden for s in edit.book.sheets):
        raise Invalid("You can't hide all the sheets in a document.")
    return {}


def apply_tab_properties(sheet: Sheet, given: Json, tree: Tree) -> None:
    """Take hidden, rightToLeft and the tab colour over; the two spellings of the colour follow each other."""
    for old, new in (("tabColor", "tabColorStyle"), ("tabColorStyle", "tabColor")):
        if old in tree and new not in tree:
            sheet.properties.pop(new, None)
    sheet.properties = with_both_colours(merged(sheet.properties, given, tree))


def _retitle(edit: Edit, sheet: Sheet, title: str) -> None:
    check_title(edit.book, title, sheet)
    old = sheet.title
    if old != title:
        for owner in edit.book.sheets:
            map_formulas(owner, lambda formula: retitled(formula, edit.book.language.decimal, old, title))
        sheet.title = title


def check_title(book: Book, title: str, own: Sheet | None = None) -> None:
    """:raises Invalid: the title is empty, too long or taken by another sheet."""
    if not title:
        raise Invalid("The sheet name cannot be empty.")
    if len(title) > _MAX_TITLE:
        raise Invalid(f"Sheet name is too long. The maximum is {_MAX_TITLE} characters.")
    other = book.by_title(title)
    if other is not None and other is not own:
        raise Invalid(f'A sheet with the name "{title}" already exists. Please enter another name.')


def _reorder(book: Book, sheet: Sheet, index: int) -> None:
    if not 0 <= index <= len(book.sheets):
        raise Invalid(f"index[{index}] must be between 0 and {len(book.sheets)}.")
    # Google counts the target before the sheet is taken out of its place.
    position = book.sheets.index(sheet)
    book.sheets.remove(sheet)
    book.sheets.insert(index - 1 if index > position else index, sheet)


def _change_grid(edit: Edit, sheet: Sheet, given: Json, tree: Tree) -> None:
    rows, columns = sheet.rows, sheet.columns
    if has(tree, "rowCount") and ("rowCount" in given or tree):
        rows = int(given.get("rowCount", 0))
    if has(tree, "columnCount") and ("columnCount" in given or tree):
        columns = int(given.get("columnCount", 0))
    rest: Tree = tree or {name: {} for name in given}
    properties = merged(
        sheet.grid_properties, given, {k: v for k, v in rest.items() if k not in {"rowCount", "columnCount"}} or {"_": {}}
    )
    resize(edit, sheet, rows, columns)
    check_frozen(sheet, properties)
    sheet.grid_properties = {name: value for name, value in properties.items() if value}


def resize(edit: Edit, sheet: Sheet, rows: int, columns: int) -> None:
    """Give a sheet another size.

    :raises Invalid: nothing would be left, protected cells would go, or the book would be too large.
    """
    if rows < 1 or columns < 1:
        raise Invalid("A sheet must have at least one row and one column.")
    for lost in (Box(rows, None), Box(0, None, columns, None)):
        if (rows < sheet.rows and lost.r0) or (columns < sheet.columns and lost.c0):
            edit.rights.check(sheet, lost)
    # Google counts the cells after each of the two changes: rows first, columns second.
    sheet.resize(rows, sheet.columns)
    edit.check_size()
    sheet.resize(rows, columns)
    edit.check_size()


def check_frozen(sheet: Sheet, properties: Json) -> None:
    """:raises Invalid: all rows or all columns would be frozen."""
    if int(properties.get("frozenRowCount", 0)) >= sheet.rows:
        raise Invalid("You can't freeze all visible rows on the sheet.")
    if int(properties.get("frozenColumnCount", 0)) >= sheet.columns:
        raise Invalid("You can't freeze all visible columns on the sheet.")


def sheet_from(book: Book, given: Json) -> Sheet:
    """A new sheet of that book from SheetProperties; id, title and size by Google's defaults.

    :raises Invalid: id or title is taken, or the kind of sheet is not a grid.
    """
    sheet_id = given.get("sheetId")
    if sheet_id is None:
        sheet_id = fresh_number()
    elif int(sheet_id) < 0:
        raise Invalid(f"Invalid sheet id: {sheet_id}. Must be greater than or equal to 0.")
    elif book.by_id(int(sheet_id)) is not None:
        raise Invalid(f"Invalid sheet id: {sheet_id}. Sheet with id {sheet_id} already exists.")
    if given.get("sheetType", "GRID") != "GRID":
        raise Invalid("Only grid sheets can be added.")
    title = str(given.get("title") or next_title(book))
    check_title(book, title)
    grid = dict(given.get("gridProperties", {}))
    sheet = Sheet(int(sheet_id), title, int(grid.pop("rowCount", 0) or 1000), int(grid.pop("columnCount", 0) or 26))
    check_frozen(sheet, grid)
    sheet.grid_properties = {name: value for name, value in grid.items() if value}
    apply_tab_properties(
        sheet, given, {name: {} for name in ("hidden", "rightToLeft", "tabColor", "tabColorStyle") if name in given} or {"_": {}}
    )
    return sheet


def next_title(book: Book) -> str:
    """The first free `Sheet2`, `Hoja 2` … of the locale."""
    number = len(book.sheets) + 1
    while book.by_title(f"{book.language.sheet_word}{number}") is not None:
        number += 1
    return f"{book.language.sheet_word}{number}"


@request("addSheet")
def _add_sheet(edit: Edit, body: Json) -> Json:
    given = body.get("properties", {})
    try:
        sheet = sheet_from(edit.book, given)
    except ValueError as error:
        raise Invalid(str(error)) from error
    index = int(given.get("index", len(edit.book.sheets)))
    edit.book.sheets.insert(min(index, len(edit.book.sheets)), sheet)
    edit.check_size()
    return {"properties": sheet_properties(edit.book, sheet)}


def sheet_properties(book: Book, sheet: Sheet) -> Json:
    """SheetProperties of a sheet, as answered."""
    grid = {"rowCount": sheet.rows, "columnCount": sheet.columns, **sheet.grid_properties}
    base = {
        "sheetId": sheet.sheet_id,
        "title": sheet.title,
        "index": book.sheets.index(sheet),
        "sheetType": "GRID",
        "gridProperties": grid,
    }
    if sheet.properties.get("sheetType") == "OBJECT":
        del base["gridProperties"]
    rest = {name: sheet.properties[name] for name in _TAB_PROPERTIES if name in sheet.properties}
    return base | {name: value for name, value in rest.items() if value or isinstance(value, dict)}


@request("deleteSheet")
def _delete_sheet(edit: Edit, body: Json) -> Json:
    sheet = edit.sheet_itself(body.get("sheetId"))
    edit.rights.check(sheet, Box())
    rest = [s for s in edit.book.sheets if s is not sheet]
    if not rest:
        raise Invalid("You can't remove all the sheets in a document.")
    if not any(not s.hidden for s in rest):
        raise Invalid("You can't remove all the visible sheets in a document.")
    edit.book.sheets = rest
    for owner in rest:
        map_formulas(owner, lambda formula: without_sheet(formula, edit.book.language.decimal, sheet.title))
    edit.book.named_ranges = [n for n in edit.book.named_ranges if n["range"].get("sheetId", 0) != sheet.sheet_id]
    edit.book.metadata = [m for m in edit.book.metadata if _sheet_of(m["location"]) != sheet.sheet_id]
    return {}


def _sheet_of(location: Json) -> int | None:
    if "sheetId" in location:
        return int(location["sheetId"])
    span = location.get("dimensionRange")
    return int(span.get("sheetId", 0)) if span else None


@request("duplicateSheet")
def _duplicate_sheet(edit: Edit, body: Json) -> Json:
    source = edit.sheet_itself(body.get("sourceSheetId"))
    new_id = body.get("newSheetId")
    if new_id is not None and edit.book.by_id(int(new_id)) is not None:
        raise Invalid(f"Invalid sheet id: {new_id}. Sheet with id {new_id} already exists.")
    title = str(body.get("newSheetName") or _copy_title(edit.book, source.title))
    check_title(edit.book, title)
    sheet = copied_sheet(source, fresh_number() if new_id is None else int(new_id), title)
    edit.book.sheets.insert(int(body.get("insertSheetIndex", 0)), sheet)
    for metadata in list(edit.book.metadata):
        if _sheet_of(metadata["location"]) == source.sheet_id:
            location = copy.deepcopy(metadata["location"])
            location.get("dimensionRange", location)["sheetId"] = sheet.sheet_id
            edit.book.metadata.append({**metadata, "metadataId": fresh_number(), "location": location})
    edit.check_size()
    return {"properties": sheet_properties(edit.book, sheet)}


def _copy_title(book: Book, title: str) -> str:
    prefix = "Copia de " if book.locale.startswith("es") else "Copy of "
    candidate, number = prefix + title, 2
    while book.by_title(candidate) is not None:
        candidate, number = f"{prefix}{title} {number}", number + 1
    return candidate


def copied_sheet(source: Sheet, sheet_id: int, title: str) -> Sheet:
    """A copy of a sheet under another id: ranges point to the copy, and what has an id of its own gets a new one."""

    def repoint(grid_range: Json) -> Json:
        own = grid_range.get("sheetId", 0) == source.sheet_id
        return {**grid_range, "sheetId": sheet_id} if own and set(grid_range) <= GRID_KEYS else grid_range

    sheet = replace(source.clone(), sheet_id=sheet_id, title=title)
    for name in (
        "protections",
        "conditional_formats",
        "bandings",
        "filter_views",
        "charts",
        "slicers",
        "tables",
        "basic_filter",
        "row_groups",
        "column_groups",
    ):
        setattr(sheet, name, map_ranges(getattr(sheet, name), repoint))
    for group in [*sheet.row_groups, *sheet.column_groups]:
        group["range"]["sheetId"] = sheet_id
    for items, key in (
        (sheet.protections, "protectedRangeId"),
        (sheet.bandings, "bandedRangeId"),
        (sheet.filter_views, "filterViewId"),
        (sheet.charts, "chartId"),
        (sheet.slicers, "slicerId"),
    ):
        for item in items:
            item[key] = fresh_number()
    for item in [*sheet.charts, *sheet.slicers]:
        if "overlayPosition" in item["position"]:
            item["position"]["overlayPosition"]["anchorCell"]["sheetId"] = sheet_id
        else:
            item["position"] = {"sheetId": sheet_id}
    for table in sheet.tables:
        table["tableId"] = str(fresh_number())
    return sheet


__all__ = ["change_locale", "copied_sheet", "next_title", "sheet_from", "sheet_properties"]
