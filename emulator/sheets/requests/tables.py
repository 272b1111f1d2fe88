"""Tables: a named range with a header row and typed columns.

How columns get their names, what a name does to its header cell, and that deleting a table takes the conditional formats
over it along, are field reports on the live service.
"""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

from emulator.sheets.box import Box
from emulator.sheets.colours import with_both_colours
from emulator.sheets.edit import Edit, request
from emulator.sheets.guard import Invalid
from emulator.sheets.masks import has, merged
from emulator.sheets.model import Book, Sheet, fresh_number

Json = dict[str, Any]


def _find(edit: Edit, number: object) -> tuple[Sheet, Json]:
    for sheet in edit.book.sheets:
        for table in sheet.tables:
            if table["tableId"] == str(number):
                return sheet, table
    raise Invalid(f"No table with id: {number}")


@request("addTable")
def _add_table(edit: Edit, body: Json) -> Json:
    given = copy.deepcopy(body.get("table", {}))
    sheet, box = edit.guarded(given.get("range"))
    _check_place(sheet, box, None)
    number = str(given.get("tableId") or fresh_number())
    if any(table["tableId"] == number for owner in edit.book.sheets for table in owner.tables):
        raise Invalid(f"A table with ID {number} already exists.")
    name = str(given.get("name") or _next_name(edit.book))
    _check_name(edit.book, name, None)
    sent = _checked_columns(given.get("columnProperties", []), box)
    table: Json = {"tableId": number, "name": name, "range": box.to_json(sheet.sheet_id)}
    if "rowsProperties" in given:
        table["rowsProperties"] = with_both_colours(given["rowsProperties"])
    table["columnProperties"] = _named_columns(edit, sheet, box, sent)
    _tick_boxes(edit, sheet, box, table["columnProperties"])
    sheet.tables.append(table)
    return {"table": table}


def _check_place(sheet: Sheet, box: Box, own: Json | None) -> None:
    if any(Box.of_json(table["range"]).meet(box) for table in sheet.tables if table is not own):
        raise Invalid("You can't add a table over another table.")
    if own is None and any(Box.of_json(banding["range"]).meet(box) for banding in sheet.bandings):
        raise Invalid("You cannot add alternating background colors to a range that already has alternating background colors.")


def _next_name(book: Book) -> str:
    names = {table["name"] for sheet in book.sheets for table in sheet.tables}
    number = 1
    while f"Table{number}" in names:
        number += 1
    return f"Table{number}"


def _check_name(book: Book, name: str, own: Json | None) -> None:
    for table in (table for sheet in book.sheets for table in sheet.tables):
        if table is not own and table["name"].casefold() == name.casefold():
            raise Invalid(f"A table with the name {name} already exists.")


def _checked_columns(columns: list[Json], box: Box) -> dict[int, Json]:
    """Column properties by their index in the table.

    :raises Invalid: an index is outside or comes twice, or a rule does not go with the type.
    """
    found: dict[int, Json] = {}
    for column in columns:
        index = int(column.get("columnIndex", 0))
        if not 0 <= index < box.width:
            raise Invalid(f"TableColumnProperties.columnIndex[{index}] is outside of the table.")
        if index in found:
            raise Invalid(f"TableColumnProperties.columnIndex[{index}] is specified more than once.")
        rule = column.get("dataValidationRule", {}).get("condition")
        if column.get("columnType") == "DROPDOWN":
            if not rule:
                raise Invalid("Condition must be set for dropdown column type.")
        elif rule:
            raise Invalid("Cannot set condition for non-dropdown column type.")
        found[index] = column
    return found


def _named_columns(edit: Edit, sheet: Sheet, box: Box, sent: dict[int, Json]) -> list[Json]:
    """An entry for every column. A typed column that is sent without a name gets one, which goes into its header cell."""
    engine, unnamed, columns = edit.engine(), 0, []
    for index in range(box.width):
        column = dict(sent.get(index, {}))
        name = str(column.get("columnName", ""))
        if not name and column.get("columnType"):
            unnamed += 1
            name = f"Column {unnamed}"
        if name:
            _write_header(edit, sheet, box, index, name)
        else:
            name = engine.text(sheet, box.r0, box.c0 + index)
            if not name:
                name = f"Column {index + 1}"
                _write_header(edit, sheet, box, index, name)
        columns.append(_column(index, name, column))
    return columns


def _column(index: int, name: str, given: Json) -> Json:
    place: Json = {"columnIndex": index} if index else {}
    rest: Json = {key: given[key] for key in ("columnType", "dataValidationRule") if key in given}
    return {**place, "columnName": name, **rest}


def _write_header(edit: Edit, sheet: Sheet, box: Box, index: int, name: str) -> None:
    cell = sheet.cell(box.r0, box.c0 + index)
    edit.put(sheet, box.r0, box.c0 + index, replace(cell, value=name, formula=None, runs=None, chips=None, pivot=None))


def _tick_boxes(edit: Edit, sheet: Sheet, box: Box, columns: list[Json]) -> None:
    """Under the header of a BOOLEAN column texts and empty cells become FALSE."""
    for column in columns:
        if column.get("columnType") != "BOOLEAN":
            continue
        for row in range(box.r0 + 1, box.r1 or 0):
            at = (row, box.c0 + column.get("columnIndex", 0))
            cell = sheet.cell(*at)
            if cell.formula is None and (cell.value is None or isinstance(cell.value, str)):
                edit.put(sheet, *at, replace(cell, value=False, runs=None, chips=None, pivot=None))


@request("updateTable")
def _update_table(edit: Edit, body: Json) -> Json:
    given = copy.deepcopy(body.get("table", {}))
    mask = edit.mask(body.get("fields"), "Table")
    sheet, old = _find(edit, given.get("tableId"))
    new = merged(old, given, {name: sub for name, sub in mask.items() if name != "columnProperties"} or {"tableId": {}})
    new = with_both_colours({**old, **new} if "*" in mask else new) | {"tableId": old["tableId"]}
    owner, box = edit.guarded(new.get("range"))
    if owner is not sheet:
        raise Invalid("A table cannot be moved to another sheet.")
    _check_place(sheet, box, old)
    _check_name(edit.book, str(new.get("name", "")), old)
    new["range"] = box.to_json(sheet.sheet_id)
    if has(mask, "columnProperties") and ("*" not in mask or "columnProperties" in given):
        new["columnProperties"] = _replaced_columns(edit, sheet, box, given.get("columnProperties", []))
        _tick_boxes(edit, sheet, box, new["columnProperties"])
    sheet.tables[sheet.tables.index(old)] = new
    return {}


def _replaced_columns(edit: Edit, sheet: Sheet, box: Box, given: list[Json]) -> list[Json]:
    """The new list of columns; one that is left out keeps the text of its header as its name and loses its type."""
    sent = _checked_columns(given, box)
    if not all(column.get("columnName") for column in sent.values()):
        raise Invalid("Table header row cell must have a value.")
    engine, columns = edit.engine(), []
    for index in range(box.width):
        if index in sent:
            _write_header(edit, sheet, box, index, sent[index]["columnName"])
        name = sent[index]["columnName"] if index in sent else engine.text(sheet, box.r0, box.c0 + index)
        columns.append(_column(index, name, sent.get(index, {})))
    return columns


@request("deleteTable")
def _delete_table(edit: Edit, body: Json) -> Json:
    sheet, table = _find(edit, body.get("tableId"))
    box = Box.of_json(table["range"])
    edit.rights.check(sheet, box)
    sheet.tables.remove(table)
    for row, column, cell in list(sheet.within(box)):
        sheet.put(
            row, column, replace(cell, value=None, formula=None, format=None, validation=None, runs=None, chips=None, pivot=None)
        )
    sheet.conditional_formats = [
        rule for rule in sheet.conditional_formats if not all(box.contains(Box.of_json(r)) for r in rule["ranges"])
    ]
    return {}
