"""Requests of the Sheets API as small functions: ranges, cells, drop-downs, protections, marks that travel with rows and columns.

Text is always a literal (`stringValue`), whatever it begins with; only `formula` makes a formula.
Source: Sheets API, spreadsheets.batchUpdate.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

Request = dict[str, Any]

# Spreadsheet-wide identity of the one batch that builds a workbook: found again, it says that the batch has run.
BUILT = 7001
COLUMN_KEY = "expediente.column"


def grid(sheet: int, row: int, column: int, rows: int = 1, columns: int = 1) -> Request:
    """A block of cells; row and column count from 0."""
    return {
        "sheetId": sheet,
        "startRowIndex": row,
        "endRowIndex": row + rows,
        "startColumnIndex": column,
        "endColumnIndex": column + columns,
    }


def text(value: str, style: Request | None = None) -> Request:
    """A literal cell."""
    return _styled({"userEnteredValue": {"stringValue": value}} if value else {}, style)


def formula(value: str, style: Request | None = None) -> Request:
    """A cell with a formula of ours, never of a form."""
    return _styled({"userEnteredValue": {"formulaValue": value}}, style)


def number(value: float, style: Request | None = None) -> Request:
    """A cell with a number."""
    return _styled({"userEnteredValue": {"numberValue": value}}, style)


def box(style: Request | None = None, *, ticked: bool = False) -> Request:
    """A checkbox's value; an empty cell would not count as unticked."""
    return _styled({"userEnteredValue": {"boolValue": ticked}}, style)


def date_cell(day: date, style: Request) -> Request:
    """A real date, shown as day/month/year."""
    serial = (day - date(1899, 12, 30)).days
    look = {**style, "numberFormat": {"type": "DATE", "pattern": "dd/mm/yyyy"}}
    return {"userEnteredValue": {"numberValue": serial}, "userEnteredFormat": look}


def link(url: str, label: str, style: Request | None = None) -> Request:
    """A cell that shows a label and opens an address of ours."""
    merged = {**(style or {}), "textFormat": {**(style or {}).get("textFormat", {}), "link": {"uri": url}}}
    return _styled({"userEnteredValue": {"stringValue": label}}, merged)


def _styled(cell: Request, style: Request | None) -> Request:
    return {**cell, "userEnteredFormat": style} if style else cell


def write_rows(sheet: int, row: int, column: int, rows: Sequence[Sequence[Request]]) -> Request:
    """Write cells with values and formats from a corner on."""
    return {
        "updateCells": {
            "start": {"sheetId": sheet, "rowIndex": row, "columnIndex": column},
            "rows": [{"values": list(cells)} for cells in rows],
            "fields": "userEnteredValue,userEnteredFormat",
        }
    }


def write_values(sheet: int, row: int, column: int, cells: Sequence[Request]) -> Request:
    """Write the values of one row and leave its formats alone."""
    return {
        "updateCells": {
            "start": {"sheetId": sheet, "rowIndex": row, "columnIndex": column},
            "rows": [{"values": list(cells)}],
            "fields": "userEnteredValue",
        }
    }


def locale(name: str, time_zone: str) -> Request:
    """The workbook's language and zone; formulas of ours are written for `name`."""
    return {"updateSpreadsheetProperties": {"properties": {"locale": name, "timeZone": time_zone}, "fields": "locale,timeZone"}}


def tab(sheet: int, title: str, rows: int, columns: int, frozen_rows: int = 0, frozen_columns: int = 0) -> Request:
    """Properties of a tab that exists."""
    grid_properties = {
        "rowCount": rows,
        "columnCount": columns,
        "frozenRowCount": frozen_rows,
        "frozenColumnCount": frozen_columns,
    }
    properties = {"sheetId": sheet, "title": title, "gridProperties": {**grid_properties, "hideGridlines": True}}
    mask = "title,gridProperties(rowCount,columnCount,frozenRowCount,frozenColumnCount,hideGridlines)"
    return {"updateSheetProperties": {"properties": properties, "fields": mask}}


def add_tab(sheet: int, title: str, rows: int, columns: int, frozen_rows: int = 0, frozen_columns: int = 0) -> Request:
    """A further tab under an id of ours."""
    grid_properties = {
        "rowCount": rows,
        "columnCount": columns,
        "frozenRowCount": frozen_rows,
        "frozenColumnCount": frozen_columns,
    }
    return {
        "addSheet": {
            "properties": {"sheetId": sheet, "title": title, "gridProperties": {**grid_properties, "hideGridlines": True}}
        }
    }


def width(sheet: int, column: int, pixels: int) -> Request:
    """Width of one column."""
    return _dimension(sheet, "COLUMNS", column, {"pixelSize": pixels}, "pixelSize")


def height(sheet: int, row: int, pixels: int) -> Request:
    """Height of one row."""
    return _dimension(sheet, "ROWS", row, {"pixelSize": pixels}, "pixelSize")


def hide_column(sheet: int, column: int) -> Request:
    """Hide a column that only programs read."""
    return _dimension(sheet, "COLUMNS", column, {"hiddenByUser": True}, "hiddenByUser")


def _dimension(sheet: int, dimension: str, index: int, properties: Request, mask: str) -> Request:
    place = {"sheetId": sheet, "dimension": dimension, "startIndex": index, "endIndex": index + 1}
    return {"updateDimensionProperties": {"range": place, "properties": properties, "fields": mask}}


def merge(block: Request) -> Request:
    """Show a block as one cell."""
    return {"mergeCells": {"range": block, "mergeType": "MERGE_ALL"}}


def checkboxes(block: Request) -> Request:
    """Make the cells checkboxes."""
    return {"setDataValidation": {"range": block, "rule": {"condition": {"type": "BOOLEAN"}, "strict": True}}}


def drop_down(block: Request, options: Sequence[str], hint: str = "") -> Request:
    """Make the cells choose from a list; anything else is refused."""
    values = [{"userEnteredValue": option} for option in options]
    rule: Request = {"condition": {"type": "ONE_OF_LIST", "values": values}, "strict": True, "showCustomUi": True}
    return {"setDataValidation": {"range": block, "rule": {**rule, "inputMessage": hint} if hint else rule}}


def choose_from(block: Request, cells: str) -> Request:
    """Offer what stands in other cells as a drop-down; something else may be typed all the same. cells: `='Tab'!$A$1:$A$9`."""
    condition = {"type": "ONE_OF_RANGE", "values": [{"userEnteredValue": cells}]}
    return {"setDataValidation": {"range": block, "rule": {"condition": condition, "strict": False, "showCustomUi": True}}}


def dress(block: Request, look: Request) -> Request:
    """Give all cells of a block one look and leave their values alone."""
    return {"repeatCell": {"range": block, "cell": {"userEnteredFormat": look}, "fields": "userEnteredFormat"}}


def dates(block: Request, hint: str) -> Request:
    """Make the cells take dates only."""
    rule = {"condition": {"type": "DATE_IS_VALID"}, "strict": True, "inputMessage": hint}
    return {"setDataValidation": {"range": block, "rule": rule}}


def protect(number: int, block: Request, description: str, users: Sequence[str], groups: Sequence[str]) -> Request:
    """Let only these edit a block; the caller must be among the users. number: an id of ours."""
    editors = {"users": list(users), "groups": list(groups), "domainUsersCanEdit": False}
    return {"addProtectedRange": {"protectedRange": _protected(number, block, description, editors)}}


def protect_rest(number: int, sheet: int, free: Sequence[Request], description: str, users: Sequence[str]) -> Request:
    """Let nobody else edit a tab but for the free blocks."""
    editors = {"users": list(users), "groups": [], "domainUsersCanEdit": False}
    protected = _protected(number, {"sheetId": sheet}, description, editors)
    return {"addProtectedRange": {"protectedRange": {**protected, "unprotectedRanges": list(free)}}}


def _protected(number: int, block: Request, description: str, editors: Request) -> Request:
    return {"protectedRangeId": number, "range": block, "description": description, "editors": editors}


def mark_built() -> Request:
    """Say in the workbook itself that it has been built."""
    location = {"spreadsheet": True}
    return _metadata(BUILT, "expediente.built", "1", location)


def mark_column(number: int, sheet: int, column: int, value: str) -> Request:
    """Name a column so that it is found wherever people move it."""
    place = {"sheetId": sheet, "dimension": "COLUMNS", "startIndex": column, "endIndex": column + 1}
    return _metadata(number, COLUMN_KEY, value, {"dimensionRange": place})


def _metadata(number: int, key: str, value: str, location: Request) -> Request:
    entry = {"metadataId": number, "metadataKey": key, "metadataValue": value, "visibility": "DOCUMENT", "location": location}
    return {"createDeveloperMetadata": {"developerMetadata": entry}}


def color_when(blocks: Sequence[Request], condition: str, background: str, foreground: str = "") -> Request:
    """Colour cells while a formula holds for their first cell."""
    style: Request = {"backgroundColorStyle": {"rgbColor": rgb(background)}}
    if foreground:
        style["textFormat"] = {"foregroundColorStyle": {"rgbColor": rgb(foreground)}}
    rule = {"condition": {"type": "CUSTOM_FORMULA", "values": [{"userEnteredValue": condition}]}, "format": style}
    return {"addConditionalFormatRule": {"index": 0, "rule": {"ranges": list(blocks), "booleanRule": rule}}}


def rgb(color: str) -> dict[str, float]:
    """`#RRGGBB` as the API wants it."""
    return {name: round(int(color[i : i + 2], 16) / 255, 4) for name, i in (("red", 1), ("green", 3), ("blue", 5))}


def style(
    *,
    background: str = "",
    color: str = "",
    bold: bool = False,
    size: int = 10,
    align: str = "",
    wrap: bool = True,
    valign: str = "MIDDLE",
    italic: bool = False,
) -> Request:
    """A cell's look. align: LEFT | CENTER | RIGHT; without wrap a text runs on over the empty cells beside it."""
    font: Request = {"fontSize": size, "bold": bold, "italic": italic}
    if color:
        font["foregroundColorStyle"] = {"rgbColor": rgb(color)}
    look: Request = {"textFormat": font, "verticalAlignment": valign, "wrapStrategy": "WRAP" if wrap else "OVERFLOW_CELL"}
    if background:
        look["backgroundColorStyle"] = {"rgbColor": rgb(background)}
    if align:
        look["horizontalAlignment"] = align
    return look


def lined(look: Request, color: str) -> Request:
    """A look with thin lines around the cell, for cells that are written into a block with lines."""
    line = {"style": "SOLID", "colorStyle": {"rgbColor": rgb(color)}}
    return {**look, "borders": dict.fromkeys(("top", "bottom", "left", "right"), line)}


def letter(column: int) -> str:
    """Letters of a column that counts from 0: 0 is A, 26 is AA."""
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(65 + rest) + name
    return name


def borders(block: Request, color: str) -> Request:
    """Thin lines around and inside a block."""
    line = {"style": "SOLID", "colorStyle": {"rgbColor": rgb(color)}}
    sides = ("top", "bottom", "left", "right", "innerHorizontal", "innerVertical")
    return {"updateBorders": {"range": block, **dict.fromkeys(sides, line)}}
