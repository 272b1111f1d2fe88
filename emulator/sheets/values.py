"""The sheet as people have it before them: typing into a cell, and the grid that desk and exports draw."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from emulator.drive.model import files
from emulator.kernel import ApiError, World
from emulator.sheets.a1 import RangeError, resolve
from emulator.sheets.box import Box
from emulator.sheets.cells import Reader, plain_number
from emulator.sheets.colours import hex_of
from emulator.sheets.conditional import Condition
from emulator.sheets.edit import Edit
from emulator.sheets.engine import Engine, engine_of
from emulator.sheets.entry import read_entry
from emulator.sheets.formula.values import FormulaError
from emulator.sheets.guard import PROTECTED, Invalid, bad, protected_box, writable
from emulator.sheets.model import BOOKS, DEFAULT_COLUMN_PIXELS, DEFAULT_ROW_PIXELS, Book, Cell, Sheet
from emulator.sheets.value_ranges import typed

Json = dict[str, Any]
_REFUSED = "Los datos que introdujiste en la celda {cell} incumplen las reglas de validación de datos establecidas en esta celda."
Guarded = tuple[Box, list[Box], list[str]]


def set_cell(world: World, spreadsheet_id: str, sheet_title: str, a1: str, raw_text: str, actor: str) -> None:
    """Type a text into a cell as a person does, and note the change in Drive.

    In a checkbox TRUE, FALSE, their words in the locale, and a space (toggle) are understood; emptying it unticks it.
    :raises ApiError: 404 or 403 without the right to write, 400 with reason `protected` for a protected cell, with reason
        `validation` (text in Spanish, as the screen shows it) for a value that a strict rule does not allow, 400 for a
        cell that does not exist.
    """
    edit = Edit.of(world, writable(world, spreadsheet_id, actor), actor)
    sheet = edit.book.by_title(sheet_title)
    try:
        box = resolve(edit.book, a1)[1] if sheet is not None else Box()
    except RangeError:
        box = Box()
    if sheet is None or box.height != 1 or box.width != 1 or box.r0 >= sheet.rows or box.c0 >= sheet.columns:
        raise bad(f"Unable to parse range: {sheet_title}!{a1}")
    try:
        edit.rights.check(sheet, box)
    except Invalid as error:
        raise ApiError(400, str(error), reason="protected", status="INVALID_ARGUMENT") from error
    old = sheet.cell(box.r0, box.c0)
    new = _typed_in(edit, sheet, box, old, raw_text)
    if _strictly_wrong(edit, sheet, box, new):
        raise ApiError(400, _REFUSED.format(cell=a1.upper()), reason="validation", status="INVALID_ARGUMENT")
    try:
        edit.put(sheet, box.r0, box.c0, new)
    except Invalid as error:
        raise bad(str(error)) from error
    edit.commit()


def _typed_in(edit: Edit, sheet: Sheet, box: Box, old: Cell, text: str) -> Cell:
    condition = (old.validation or {}).get("condition", {})
    if condition.get("type") != "BOOLEAN":
        return typed(edit, old, text) if text else old.without_content()
    ticked, clear = _checkbox_values(edit, condition)
    now = old.value == ticked and old.value is not None
    word = read_entry(text.strip(), edit.book.language, edit.now.date()).value
    if text == " ":
        return replace(old, value=clear if now else ticked, formula=None)
    if text == "":
        return replace(old, value=clear, formula=None)
    if isinstance(word, bool):
        return replace(old, value=ticked if word else clear, formula=None)
    return typed(edit, old, text)


def _checkbox_values(edit: Edit, condition: Json) -> tuple[Any, Any]:
    own = [
        read_entry(str(v.get("userEnteredValue", "")), edit.book.language, edit.now.date()).value
        for v in condition.get("values", [])
    ]
    return (own[0] if own else True), (own[1] if len(own) > 1 else None if own else False)


def _strictly_wrong(edit: Edit, sheet: Sheet, box: Box, new: Cell) -> bool:
    rule = new.validation
    if not rule or not rule.get("strict") or not new.has_content:
        return False
    sheet.put(box.r0, box.c0, new)
    engine = edit.engine()
    value = engine.value(sheet, box.r0, box.c0)
    return not Condition(sheet, engine, rule.get("condition", {}), _rule_origin(sheet, rule, box)).holds(box.r0, box.c0, value)


def _rule_origin(sheet: Sheet, rule: Json, box: Box) -> tuple[int, int]:
    """A custom formula is written for the first of the cells that share the rule."""
    sharing = [at for at, cell in sheet.cells.items() if cell.validation is rule or cell.validation == rule]
    return min(sharing, default=(box.r0, box.c0))


def rendered(world: World, spreadsheet_id: str, *, spare_rows: int = 0, spare_columns: int = 0) -> Json:
    """The whole book as it is seen; nobody's rights are asked. This is a read-only operation.

    Answers `{"spreadsheet_id", "title", "locale", "sheets": [sheet…]}`. A sheet is `{"sheet_id", "title", "hidden", "tab_color",
    "rows": [[cell…]…], "merges": [{"row", "column", "rows", "columns"}], "column_widths", "row_heights" (pixels),
    "frozen_rows", "frozen_columns", "hidden_rows", "hidden_columns" (indexes)}`, rows and columns counted from zero and cut
    after the last stored cell plus the spare ones.
    A cell is `{"text", "value", "kind": checkbox|dropdown|formula|text, "options", "background", "color" (#rrggbb), "bold",
    "italic", "strike", "size", "wrap", "note", "align": LEFT|CENTER|RIGHT, "valign", "link", "formula", "editable_by"}`;
    editable_by is None when any writer may edit, else the people and groups who may.
    """
    book: Book = world.table(BOOKS)[spreadsheet_id]
    engine = engine_of(world, book)
    reader = Reader(book, engine, {})
    sheets = [_sheet_view(book, sheet, engine, reader, spare_rows, spare_columns) for sheet in book.sheets]
    return {"spreadsheet_id": spreadsheet_id, "title": files(world)[spreadsheet_id].name, "locale": book.locale, "sheets": sheets}


def _extent(engine: Engine, sheet: Sheet, spare_rows: int, spare_columns: int) -> tuple[int, int]:
    rows = max([r + 1 for r, _ in sheet.cells] + [m.r1 or 0 for m in sheet.merges] + [engine.height(sheet), 1])
    spilled = engine.width(sheet)
    columns = max([c + 1 for _, c in sheet.cells] + [m.c1 or 0 for m in sheet.merges] + [spilled, 1])
    return min(sheet.rows, rows + spare_rows), min(sheet.columns, columns + spare_columns)


def _sheet_view(book: Book, sheet: Sheet, engine: Engine, reader: Reader, spare_rows: int, spare_columns: int) -> Json:
    rows, columns = _extent(engine, sheet, spare_rows, spare_columns)
    guarded = _guarded(book, sheet)
    options: dict[int, list[str]] = {}
    hidden = {
        name: [i for i, p in sorted(stored.items()) if p.get("hiddenByUser") or p.get("hiddenByFilter")]
        for name, stored in (("rows", sheet.row_properties), ("columns", sheet.column_properties))
    }
    return {
        "sheet_id": sheet.sheet_id,
        "title": sheet.title,
        "hidden": sheet.hidden,
        "tab_color": hex_of(sheet.properties.get("tabColorStyle")),
        "rows": [[_cell_view(sheet, r, c, engine, reader, guarded, options) for c in range(columns)] for r in range(rows)],
        "merges": [{"row": m.r0, "column": m.c0, "rows": m.height, "columns": m.width} for m in sheet.merges],
        "column_widths": [sheet.column_properties.get(c, {}).get("pixelSize", DEFAULT_COLUMN_PIXELS) for c in range(columns)],
        "row_heights": [sheet.row_properties.get(r, {}).get("pixelSize", DEFAULT_ROW_PIXELS) for r in range(rows)],
        "frozen_rows": sheet.grid_properties.get("frozenRowCount", 0),
        "frozen_columns": sheet.grid_properties.get("frozenColumnCount", 0),
        "hidden_rows": hidden["rows"],
        "hidden_columns": hidden["columns"],
    }


def _guarded(book: Book, sheet: Sheet) -> list[Guarded]:
    found: list[Guarded] = []
    for protection in sheet.protections:
        if not protection.get("warningOnly"):
            editors = protection.get("editors", {})
            domain = [f"domain:{book.spreadsheet_id}"] if editors.get("domainUsersCanEdit") else []
            holes = [Box.of_json(hole) for hole in protection.get("unprotectedRanges", [])]
            people = [*editors.get("users", []), *editors.get("groups", []), *domain]
            sheet_id, box = protected_box(book, protection)
            if sheet_id == sheet.sheet_id:
                found.append((box, holes, people))
    return found


def _editable_by(guarded: list[Guarded], row: int, column: int) -> list[str] | None:
    lists = [p for box, holes, p in guarded if box.has(row, column) and not any(hole.has(row, column) for hole in holes)]
    if not lists:
        return None
    return [address for address in lists[0] if all(address in other for other in lists[1:])]


def _cell_view(
    sheet: Sheet, row: int, column: int, engine: Engine, reader: Reader, guarded: list[Guarded], options: dict[int, list[str]]
) -> Json:
    cell = sheet.cell(row, column)
    value = engine.value(sheet, row, column)
    style = reader.effective_format(sheet, row, column, cell)
    text_format = style.get("textFormat", {})
    condition = (cell.validation or {}).get("condition", {})
    kind, choices = _kind(sheet, cell, condition, engine, options)
    plain: Any = value.text if isinstance(value, FormulaError) else value
    return {
        "text": engine.text(sheet, row, column) if value is not None else "",
        "value": plain_number(plain) if isinstance(plain, float) and not isinstance(plain, bool) else plain,
        "kind": kind,
        "options": choices,
        "background": hex_of(style.get("backgroundColorStyle")),
        "color": hex_of(text_format.get("foregroundColorStyle")),
        "bold": bool(text_format.get("bold")),
        "italic": bool(text_format.get("italic")),
        "strike": bool(text_format.get("strikethrough")),
        "size": int(text_format.get("fontSize", 10)),
        "wrap": style.get("wrapStrategy") == "WRAP",
        "note": cell.note or "",
        "align": style.get("horizontalAlignment", "LEFT"),
        "valign": style.get("verticalAlignment", "BOTTOM"),
        "link": reader.link(sheet, row, column, cell) or "",
        "formula": cell.formula or "",
        "strict": bool((cell.validation or {}).get("strict")),
        "editable_by": _editable_by(guarded, row, column),
    }


def _kind(sheet: Sheet, cell: Cell, condition: Json, engine: Engine, options: dict[int, list[str]]) -> tuple[str, list[str]]:
    if condition.get("type") == "BOOLEAN":
        return "checkbox", []
    if condition.get("type") in {"ONE_OF_LIST", "ONE_OF_RANGE"}:
        if id(condition) not in options:
            options[id(condition)] = Condition(sheet, engine, condition, (0, 0)).options()
        return "dropdown", options[id(condition)]
    return ("formula" if cell.formula is not None else "text"), []


__all__ = ["PROTECTED", "rendered", "set_cell"]
