"""Reading, writing, clearing and appending ranges of plain values."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from emulator.sheets import structure
from emulator.sheets.a1 import column_letters, range_text
from emulator.sheets.box import Box
from emulator.sheets.cells import plain_number
from emulator.sheets.edit import Edit
from emulator.sheets.engine import Engine
from emulator.sheets.entry import Entered, read_entry
from emulator.sheets.formula.values import FormulaError
from emulator.sheets.guard import Invalid
from emulator.sheets.model import Cell, Sheet
from emulator.sheets.number_format import DATE_TYPES, is_date_pattern

Json = dict[str, Any]


@dataclass(frozen=True)
class Options:
    """How values are read: valueRenderOption, dateTimeRenderOption, majorDimension, with Google's defaults."""

    render: str = "FORMATTED_VALUE"
    dates: str = "SERIAL_NUMBER"
    by_columns: bool = False

    @classmethod
    def of(cls, given: Json) -> Options:
        """The options of a read."""
        return cls(
            str(given.get("valueRenderOption") or "FORMATTED_VALUE"),
            str(given.get("dateTimeRenderOption") or "SERIAL_NUMBER"),
            given.get("majorDimension") == "COLUMNS",
        )

    @classmethod
    def of_response(cls, given: Json) -> Options:
        """The options for values that come back from a write."""
        return cls(
            str(given.get("responseValueRenderOption") or "FORMATTED_VALUE"),
            str(given.get("responseDateTimeRenderOption") or "SERIAL_NUMBER"),
        )


@dataclass(frozen=True)
class Written:
    """What a write touched: the box that the values cover, and how many cells were not skipped."""

    sheet: Sheet
    box: Box
    cells: int


def read_range(engine: Engine, sheet: Sheet, box: Box, options: Options) -> Json:
    """A ValueRange; empty cells at the end of a row and empty rows at the end are left out, so is an empty `values`."""
    dimension = "COLUMNS" if options.by_columns else "ROWS"
    inside = box.clip(sheet.rows, sheet.columns)
    if not inside.height or not inside.width:
        return {"range": "#REF!", "majorDimension": dimension}
    last = min(inside.r1 or 0, engine.height(sheet))
    rows = [[shown(engine, sheet, r, c, options) for c in range(inside.c0, inside.c1 or 0)] for r in range(inside.r0, last)]
    if options.by_columns:
        rows = [list(line) for line in zip(*rows, strict=True)]
    for row in rows:
        while row and row[-1] is None:
            row.pop()
    while rows and not rows[-1]:
        rows.pop()
    values = [["" if value is None else value for value in row] for row in rows]
    result: Json = {"range": range_text(sheet, box), "majorDimension": dimension}
    return result | ({"values": values} if values else {})


def shown(engine: Engine, sheet: Sheet, row: int, column: int, options: Options) -> str | float | bool | None:
    """One value as a read gives it; None for an empty cell."""
    value = engine.value(sheet, row, column)
    if options.render == "FORMULA":
        formula = sheet.cell(row, column).formula
        if formula is not None:
            return formula
    if value is None:
        return None
    if options.render == "FORMATTED_VALUE":
        return engine.text(sheet, row, column)
    if isinstance(value, FormulaError):
        return f"{value.text} ({value.message})" if value.message else value.text
    if isinstance(value, bool | str):
        return value
    if options.dates == "FORMATTED_STRING" and is_date(engine.number_format(sheet, row, column)):
        return engine.text(sheet, row, column)
    return plain_number(value)


def is_date(number_format: Json | None) -> bool:
    """Does a number format show a date or a time?"""
    if not number_format:
        return False
    return number_format.get("type") in DATE_TYPES or (
        bool(number_format.get("pattern")) and is_date_pattern(number_format["pattern"])
    )


def write_range(edit: Edit, sheet: Sheet, box: Box, body: Json, *, user_entered: bool) -> Written:
    """Write the values of a ValueRange. null leaves a cell alone, an empty text clears it.

    :raises Invalid: the values do not fit the range or the grid, are protected, or are no plain values.
    """
    values = _by_rows(body)
    height, width = len(values), max((len(row) for row in values), default=0)
    _check_fit(sheet, box, height, width)
    area = Box(box.r0, box.r0 + max(height, 1), box.c0, box.c0 + max(width, 1))
    changes = {
        (area.r0 + r, area.c0 + c): (value, r, c)
        for r, row in enumerate(values)
        for c, value in enumerate(row)
        if value is not None
    }
    if sheet.protections:
        for row, column in changes:
            edit.rights.check(sheet, Box.cell(row, column))
    cells = {at: entered(edit, sheet.cell(*at), value, r, c, user_entered=user_entered) for at, (value, r, c) in changes.items()}
    for (row, column), cell in cells.items():
        edit.put(sheet, row, column, cell)
    return Written(sheet, area, len(cells))


def _by_rows(body: Json) -> list[list[Any]]:
    values: list[list[Any]] = [list(row) for row in body.get("values", [])]
    if body.get("majorDimension") != "COLUMNS":
        return values
    height = max((len(column) for column in values), default=0)
    return [[column[r] if r < len(column) else None for column in values] for r in range(height)]


def _check_fit(sheet: Sheet, box: Box, height: int, width: int) -> None:
    # A single cell, or an open end, says only where to begin.
    single = box.height == 1 and box.width == 1
    last_row = sheet.rows if single or box.r1 is None else min(box.r1, sheet.rows)
    last_column = sheet.columns if single or box.c1 is None else min(box.c1, sheet.columns)
    if single and (box.r0 + height > sheet.rows or box.c0 + width > sheet.columns):
        larger = Sheet(sheet.sheet_id, sheet.title, max(sheet.rows, box.r0 + height), max(sheet.columns, box.c0 + width))
        text = range_text(larger, Box(box.r0, box.r0 + height, box.c0, box.c0 + width))
        raise Invalid(f"Range ({text}) exceeds grid limits. Max rows: {sheet.rows}, max columns: {sheet.columns}")
    if box.r0 + height > last_row:
        raise Invalid(f"Requested writing within range [{range_text(sheet, box)}], but tried writing to row [{last_row + 1}]")
    if box.c0 + width > last_column:
        raise Invalid(
            f"Requested writing within range [{range_text(sheet, box)}], but tried writing to column [{column_letters(last_column)}]"
        )


def entered(edit: Edit, cell: Cell, value: object, row: int, column: int, *, user_entered: bool) -> Cell:
    """The cell with a value from JSON in it, read like typing when `user_entered`."""
    if isinstance(value, bool):
        return replace(cell, value=value, formula=None, runs=None, chips=None, pivot=None)
    if isinstance(value, int | float):
        return replace(cell, value=float(value), formula=None, runs=None, chips=None, pivot=None)
    if not isinstance(value, str):
        raise Invalid(
            f"Invalid values[{row}][{column}]: {'list_value' if isinstance(value, list) else 'struct_value'} is not a cell value."
        )
    if value == "":
        return cell.without_content()
    if not user_entered:
        return replace(cell, value=value, formula=None, runs=None, chips=None, pivot=None)
    return typed(edit, cell, value)


def typed(edit: Edit, cell: Cell, text: str) -> Cell:
    """The cell after a person typed that text into it; a date or an amount brings its number format along."""
    current = (cell.format or {}).get("numberFormat")
    found = read_entry(text, edit.book.language, edit.now.date(), as_text=(current or {}).get("type") == "TEXT")
    style = cell.format
    if found.number_format is not None and _takes_format(current, found):
        style = {**(style or {}), "numberFormat": found.number_format}
    return replace(cell, value=found.value, formula=found.formula, format=style, runs=None, chips=None, pivot=None)


def _takes_format(current: Json | None, found: Entered) -> bool:
    if current is None:
        return True
    new = str((found.number_format or {}).get("type"))
    return new in DATE_TYPES and not is_date(current)


def clear(edit: Edit, sheet: Sheet, box: Box) -> Box:
    """Empty the cells of a box; formats and validations stay. Answers the box cut to the grid.

    :raises Invalid: a part is protected against the caller.
    """
    inside = box.clip(sheet.rows, sheet.columns)
    edit.rights.check(sheet, inside)
    for row, column, cell in list(sheet.within(inside)):
        if cell.has_content:
            sheet.put(row, column, cell.without_content())
    return inside


def append_at(edit: Edit, sheet: Sheet, box: Box, body: Json, *, insert_rows: bool) -> tuple[Box | None, Box]:
    """The table found in the range, and where the next rows go; the grid grows when they do not fit.

    Source: Sheets API, values.append: the last table in the range is continued in its first column; without a table
    the values go to the first cell of the range. Checkboxes that hold FALSE count as content.
    """
    values = _by_rows(body)
    height, width = max(len(values), 1), max((len(row) for row in values), default=1)
    table = find_table(sheet, box)
    row, column = (table.r1 or 0, table.c0) if table is not None else (box.r0, box.c0)
    if insert_rows and row < sheet.rows:
        # Into an empty sheet too: pygsheets' tests against the live service count two rows more after two were appended.
        structure.insert(edit.book, sheet, "ROWS", row, height, inherit_from_before=row > 0)
    if row + height > sheet.rows:
        sheet.resize(row + height, sheet.columns)
        edit.check_size()
    return table, Box(row, row + height, column, max(column + width, column + 1))


def find_table(sheet: Sheet, box: Box) -> Box | None:
    """The last block of filled cells that touches the box: grown until a frame of empty cells surrounds it."""
    inside = box.clip(sheet.rows, sheet.columns)
    filled = {(r, c) for (r, c), cell in sheet.cells.items() if cell.has_content}
    starts = [at for at in filled if inside.has(*at)]
    if not starts:
        return None
    r0, c0 = max(starts)
    r1, c1 = r0 + 1, c0 + 1
    grown = True
    while grown:
        grown = False
        if r0 > 0 and any((r0 - 1, c) in filled for c in range(c0 - 1, c1 + 1)):
            r0, grown = r0 - 1, True
        if any((r1, c) in filled for c in range(c0 - 1, c1 + 1)):
            r1, grown = r1 + 1, True
        if c0 > 0 and any((r, c0 - 1) in filled for r in range(r0 - 1, r1 + 1)):
            c0, grown = c0 - 1, True
        if any((r, c1) in filled for r in range(r0 - 1, r1 + 1)):
            c1, grown = c1 + 1, True
    return Box(r0, r1, c0, c1)
