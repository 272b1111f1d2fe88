"""Rows and columns that come, go or change place, and everything that hangs on them:
cells, sizes, merges, protected ranges, named ranges, metadata, rules, filters, groups and the references of formulas."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from emulator.sheets.box import Box, SpanShift, deleted, inserted, map_ranges, moved
from emulator.sheets.formula.rewrite import shifted
from emulator.sheets.model import BLANK, Book, Cell, Sheet

Json = dict[str, Any]
Reindex = Callable[[int], "int | None"]
_CARRIERS = ("protections", "conditional_formats", "bandings", "filter_views", "charts", "slicers", "tables")


def insert(book: Book, sheet: Sheet, dimension: str, at: int, count: int, *, inherit_from_before: bool) -> None:
    """Put `count` empty rows or columns before index `at`; they take format and validation from their neighbour."""
    _reshape(book, sheet, dimension, lambda index: index if index < at else index + count, inserted(at, count))
    _grow(sheet, dimension, count)
    frozen = "frozenRowCount" if dimension == "ROWS" else "frozenColumnCount"
    if at < sheet.grid_properties.get(frozen, 0):
        sheet.grid_properties[frozen] += count
    neighbour = at - 1 if inherit_from_before else at + count
    _inherit(sheet, dimension, neighbour, range(at, at + count))


def delete(book: Book, sheet: Sheet, dimension: str, first: int, last: int) -> None:
    """Take rows or columns first..last out."""

    def reindex(index: int) -> int | None:
        return index if index < first else None if index < last else index - (last - first)

    _reshape(book, sheet, dimension, reindex, deleted(first, last))
    _grow(sheet, dimension, first - last)
    frozen = "frozenRowCount" if dimension == "ROWS" else "frozenColumnCount"
    still = sheet.grid_properties.pop(frozen, 0)
    kept = deleted(first, last)(0, still) if still else None
    if kept is not None and kept[1]:
        sheet.grid_properties[frozen] = kept[1]


def move(book: Book, sheet: Sheet, dimension: str, first: int, last: int, target: int) -> None:
    """Put rows or columns first..last before index `target`, counted before the move."""
    order = [index for index in range(sheet.count(dimension)) if not first <= index < last]
    landing = target if target <= first else target - (last - first)
    order[landing:landing] = range(first, last)
    places = {old: new for new, old in enumerate(order)}
    _reshape(book, sheet, dimension, places.get, moved(first, last, target))


def _grow(sheet: Sheet, dimension: str, by: int) -> None:
    if dimension == "ROWS":
        sheet.rows += by
    else:
        sheet.columns += by


def _inherit(sheet: Sheet, dimension: str, source: int, targets: range) -> None:
    rows = dimension == "ROWS"
    for (row, column), cell in list(sheet.cells.items()):
        if (row if rows else column) != source or not (cell.format or cell.validation):
            continue
        copy = replace(BLANK, format=cell.format, validation=cell.validation)
        for index in targets:
            sheet.put(*((index, column) if rows else (row, index)), copy)
    properties = sheet.dimension(dimension).get(source)
    if properties:
        for index in targets:
            sheet.dimension(dimension)[index] = {k: v for k, v in properties.items() if k == "pixelSize"}


def _reshape(book: Book, sheet: Sheet, dimension: str, reindex: Reindex, shift: SpanShift) -> None:
    rows = dimension == "ROWS"
    cells: dict[tuple[int, int], Cell] = {}
    for (row, column), cell in sheet.cells.items():
        new = reindex(row if rows else column)
        if new is not None:
            cells[(new, column) if rows else (row, new)] = cell
    sheet.cells = cells
    stored = sheet.dimension(dimension)
    kept = {new: value for index, value in stored.items() if (new := reindex(index)) is not None}
    stored.clear()
    stored.update(kept)
    shift_ranges(book, sheet, dimension, shift)


def shift_ranges(book: Book, sheet: Sheet, dimension: str, shift: SpanShift) -> None:
    """Let every range of the book that lies on that sheet follow, and every formula that points there."""

    def box_change(box: Box) -> Box | None:
        span = shift(*box.span(dimension))
        return None if span is None else box.with_span(dimension, span)

    def range_change(grid_range: Json) -> Json | None:
        if grid_range.get("sheetId", 0) != sheet.sheet_id:
            return grid_range
        box = box_change(Box.of_json(grid_range))
        return None if box is None else box.to_json(sheet.sheet_id)

    sheet.merges = [m for m in (box_change(merge) for merge in sheet.merges) if m is not None and m.height * m.width > 1]
    for owner in book.sheets:
        for name in _CARRIERS if owner is sheet else ("charts", "slicers"):
            setattr(owner, name, map_ranges(getattr(owner, name), range_change))
        for at, cell in owner.cells.items():
            if cell.pivot is not None:
                owner.cells[at] = replace(cell, pivot=map_ranges(cell.pivot, range_change))
    if sheet.basic_filter is not None:
        sheet.basic_filter = map_ranges(sheet.basic_filter, range_change)
    book.named_ranges = map_ranges(book.named_ranges, range_change)
    _shift_groups(sheet, dimension, shift)
    _shift_metadata(book, sheet, dimension, shift)
    _shift_formulas(book, sheet, dimension, shift)


def _shift_groups(sheet: Sheet, dimension: str, shift: SpanShift) -> None:
    groups = sheet.row_groups if dimension == "ROWS" else sheet.column_groups
    kept = []
    for group in groups:
        span = shift(group["range"].get("startIndex", 0), group["range"].get("endIndex"))
        if span is not None:
            kept.append({**group, "range": {**group["range"], "startIndex": span[0], "endIndex": span[1]}})
    groups[:] = kept


def _shift_metadata(book: Book, sheet: Sheet, dimension: str, shift: SpanShift) -> None:
    kept = []
    for metadata in book.metadata:
        place = metadata["location"].get("dimensionRange")
        if place and place.get("sheetId", 0) == sheet.sheet_id and place["dimension"] == dimension:
            span = shift(place.get("startIndex", 0), place.get("endIndex"))
            if span is None:
                continue
            new = {**place, "startIndex": span[0], "endIndex": span[1]}
            metadata = {**metadata, "location": {**metadata["location"], "dimensionRange": new}}
        kept.append(metadata)
    book.metadata = kept


def _shift_formulas(book: Book, sheet: Sheet, dimension: str, shift: SpanShift) -> None:
    def change(owner: Sheet) -> Callable[[str], str]:
        def applies(title: str | None) -> bool:
            return owner is sheet if title is None else title.casefold() == sheet.title.casefold()

        return lambda formula: shifted(formula, book.language.decimal, dimension, shift, applies)

    for owner in book.sheets:
        map_formulas(owner, change(owner))


def map_formulas(sheet: Sheet, change: Callable[[str], str]) -> None:
    """Rewrite every formula of a sheet: of its cells, its validations and its conditional formats."""
    known: dict[int, Json] = {}
    for at, cell in list(sheet.cells.items()):
        formula = change(cell.formula) if cell.formula is not None else None
        validation = cell.validation
        if validation is not None and validation.get("condition", {}).get("values"):
            if id(validation) not in known:
                known[id(validation)] = _map_condition(validation, change)
            validation = known[id(validation)]
        if formula != cell.formula or validation is not cell.validation:
            sheet.cells[at] = replace(cell, formula=formula, validation=validation)
    rules = []
    for rule in sheet.conditional_formats:
        if "condition" in rule.get("booleanRule", {}):
            rule = {**rule, "booleanRule": _map_condition(rule["booleanRule"], change)}
        rules.append(rule)
    sheet.conditional_formats = rules


def _map_condition(holder: Json, change: Callable[[str], str]) -> Json:
    condition = holder.get("condition", {})
    values = []
    for value in condition.get("values", []):
        text = value.get("userEnteredValue", "")
        values.append({**value, "userEnteredValue": change(text)} if isinstance(text, str) and text.startswith("=") else value)
    return {**holder, "condition": {**condition, "values": values}} if values else holder
