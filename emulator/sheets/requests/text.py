"""Find and replace, text to columns, white space, duplicates."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from emulator.sheets.box import Box
from emulator.sheets.edit import Edit, request
from emulator.sheets.entry import read_entry
from emulator.sheets.formula.values import rank
from emulator.sheets.guard import Invalid
from emulator.sheets.model import BLANK, Cell, Sheet

Json = dict[str, Any]
_DELIMITERS = {"COMMA": ",", "SEMICOLON": ";", "PERIOD": ".", "SPACE": " "}


def _scope(edit: Edit, body: Json) -> list[tuple[Sheet, Box]]:
    if body.get("allSheets"):
        return [(sheet, Box().clip(sheet.rows, sheet.columns)) for sheet in edit.book.sheets]
    if "range" in body:
        return [edit.closed(body["range"])]
    if "sheetId" in body:
        sheet = edit.sheet(body["sheetId"])
        return [(sheet, Box().clip(sheet.rows, sheet.columns))]
    raise Invalid("One of range, sheetId or allSheets must be set.")


def _pattern(body: Json) -> re.Pattern[str]:
    find = str(body.get("find", ""))
    if not find:
        raise Invalid("find is required.")
    source = find if body.get("searchByRegex") else re.escape(find)
    if body.get("matchEntireCell"):
        source = rf"\A(?:{source})\Z"
    try:
        return re.compile(source, 0 if body.get("matchCase") else re.IGNORECASE)
    except re.error as error:
        raise Invalid(f"Invalid regular expression: {find}") from error


@request("findReplace")
def _find_replace(edit: Edit, body: Json) -> Json:
    pattern = _pattern(body)
    replacement = str(body.get("replacement", ""))
    template = re.sub(r"\$(\d)", r"\\\1", replacement) if body.get("searchByRegex") else replacement.replace("\\", "\\\\")
    engine = edit.engine()
    values = formulas = occurrences = 0
    rows: set[tuple[int, int]] = set()
    hits: list[tuple[Sheet, int, int, Cell]] = []
    for sheet, box in _scope(edit, body):
        for row, column, cell in _filled(sheet, box):
            if cell.formula is not None and not body.get("includeFormulas"):
                continue
            before = cell.formula if cell.formula is not None else engine.text(sheet, row, column)
            after, count = pattern.subn(template, before)
            if not count:
                continue
            edit.rights.check(sheet, Box.cell(row, column))
            typed = read_entry(after, edit.book.language, edit.now.date())
            hits.append(
                (sheet, row, column, replace(cell, value=typed.value, formula=typed.formula, runs=None, chips=None, pivot=None))
            )
            occurrences += count
            rows.add((sheet.sheet_id, row))
            values, formulas = values + (cell.formula is None), formulas + (cell.formula is not None)
    for sheet, row, column, cell in hits:
        edit.put(sheet, row, column, cell)
    counts = {
        "valuesChanged": values,
        "formulasChanged": formulas,
        "rowsChanged": len(rows),
        "sheetsChanged": len({sheet_id for sheet_id, _ in rows}),
        "occurrencesChanged": occurrences,
    }
    return {name: count for name, count in counts.items() if count}


def _filled(sheet: Sheet, box: Box) -> Iterator[tuple[int, int, Cell]]:
    return ((r, c, cell) for r, c, cell in sorted(sheet.within(box), key=lambda item: item[:2]) if cell.has_content)


@request("trimWhitespace")
def _trim(edit: Edit, body: Json) -> Json:
    sheet, box = edit.guarded(body.get("range"))
    count = 0
    for row, column, cell in _filled(sheet, box):
        if isinstance(cell.value, str):
            trimmed = re.sub(r"\s+", " ", cell.value).strip()
            if trimmed != cell.value:
                sheet.put(row, column, replace(cell, value=trimmed or None, runs=None, chips=None, pivot=None))
                count += 1
    return {"cellsChangedCount": count} if count else {}


@request("textToColumns")
def _text_to_columns(edit: Edit, body: Json) -> Json:
    sheet, box = edit.guarded(body.get("source"))
    if box.width != 1:
        raise Invalid("The source must span exactly one column.")
    kind = str(body.get("delimiterType", "AUTODETECT"))
    cells = [(row, cell) for row, _, cell in _filled(sheet, box) if isinstance(cell.value, str)]
    delimiter = (
        str(body.get("delimiter", "")) if kind == "CUSTOM" else _DELIMITERS.get(kind) or _guess([str(c.value) for _, c in cells])
    )
    if not delimiter:
        raise Invalid("delimiter is required for CUSTOM.")
    split = [(row, cell, str(cell.value).split(delimiter)) for row, cell in cells]
    width = max((len(parts) for _, _, parts in split), default=1)
    if box.c0 + width > sheet.columns:
        sheet.resize(sheet.rows, box.c0 + width)
        edit.check_size()
    edit.rights.check(sheet, Box(box.r0, box.r1, box.c0, box.c0 + width))
    for row, _, parts in split:
        for index, part in enumerate(parts):
            typed = read_entry(part, edit.book.language, edit.now.date())
            old = sheet.cell(row, box.c0 + index)
            edit.put(
                sheet,
                row,
                box.c0 + index,
                replace(old, value=typed.value, formula=typed.formula, runs=None, chips=None, pivot=None),
            )
    return {}


def _guess(texts: list[str]) -> str:
    return max((",", ";", "\t", "|", " "), key=lambda mark: sum(text.count(mark) for text in texts))


@request("deleteDuplicates")
def _delete_duplicates(edit: Edit, body: Json) -> Json:
    sheet, box = edit.guarded(body.get("range"))
    engine = edit.engine()
    spans = [
        (span.get("startIndex", 0), min(span.get("endIndex", 0), sheet.columns)) for span in body.get("comparisonColumns", [])
    ]
    columns = [column for first, last in spans for column in range(max(first, 0), last)]
    columns = columns or list(range(box.c0, box.c1 or 0))
    seen: set[tuple[object, ...]] = set()
    kept: list[list[Cell]] = []
    for row in range(box.r0, box.r1 or 0):
        key = tuple((value is None, rank(value)) for value in (engine.value(sheet, row, c) for c in columns))
        if key not in seen or all(empty for empty, _ in key):
            kept.append([sheet.cell(row, c) for c in range(box.c0, box.c1 or 0)])
        seen.add(key)
    for index, row in enumerate(range(box.r0, box.r1 or 0)):
        for offset in range(box.width):
            sheet.put(row, box.c0 + offset, kept[index][offset] if index < len(kept) else BLANK)
    removed = box.height - len(kept)
    return {"duplicatesRemovedCount": removed} if removed else {}
