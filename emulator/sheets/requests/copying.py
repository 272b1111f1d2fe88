"""Copy, cut, paste and sort."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from functools import cmp_to_key
from html.parser import HTMLParser
from typing import Any

from emulator.sheets.box import Box
from emulator.sheets.edit import Edit, request
from emulator.sheets.engine import as_scalar
from emulator.sheets.entry import read_entry
from emulator.sheets.formula.rewrite import copied, rewrite, write_reference
from emulator.sheets.formula.tokens import Reference
from emulator.sheets.formula.values import Value, rank
from emulator.sheets.guard import Invalid
from emulator.sheets.model import BLANK, Cell, Sheet
from emulator.sheets.structure import map_formulas

Json = dict[str, Any]
Block = list[list[Cell]]


def pasted(old: Cell, new: Cell, computed: Value, kind: str) -> Cell:
    """What a cell becomes when another is pasted on it. `computed` is the effective value, for PASTE_VALUES."""
    if kind in {"PASTE_FORMAT", "PASTE_NO_BORDERS"}:
        style = dict(new.format or {})
        if kind == "PASTE_NO_BORDERS":
            style.pop("borders", None)
            return replace(new, format=style or None)
        return replace(old, format=new.format)
    if kind == "PASTE_VALUES":
        return replace(old, value=as_scalar(computed), formula=None, runs=None)
    if kind == "PASTE_FORMULA":
        return replace(old, value=new.value, formula=new.formula, runs=None)
    if kind == "PASTE_DATA_VALIDATION":
        return replace(old, validation=new.validation)
    if kind == "PASTE_CONDITIONAL_FORMATTING":
        return old
    return new


@request("copyPaste")
def _copy_paste(edit: Edit, body: Json) -> Json:
    source_sheet, source = edit.closed(body.get("source"))
    sheet, target = edit.area(body.get("destination"))
    target = target.clip(sheet.rows, sheet.columns)
    turned = body.get("pasteOrientation") == "TRANSPOSE"
    kind = str(body.get("pasteType", "PASTE_NORMAL"))
    height, width = (source.width, source.height) if turned else (source.height, source.width)
    # The block is repeated when the destination is a multiple of it, and spills over when it is smaller.
    rows = target.height if target.height % height == 0 else height
    columns = target.width if target.width % width == 0 else width
    area = Box(target.r0, target.r0 + rows, target.c0, target.c0 + columns)
    _make_room(edit, sheet, area)
    edit.rights.check(sheet, area)
    engine, decimal = edit.engine(), edit.book.language.decimal
    block = {at: (source_sheet.cell(*at), engine.value(source_sheet, *at)) for at in source.cells()}
    for row, column in area.cells():
        r, c = (row - area.r0) % height, (column - area.c0) % width
        at = (source.r0 + c, source.c0 + r) if turned else (source.r0 + r, source.c0 + c)
        cell, computed = block[at]
        if cell.formula is not None:
            cell = replace(cell, formula=copied(cell.formula, decimal, row - at[0], column - at[1]))
        edit.put(sheet, row, column, pasted(sheet.cell(row, column), cell, computed, kind))
    if kind == "PASTE_NORMAL" and not turned:
        _copy_merges(source_sheet, source, sheet, area)
    if kind in {"PASTE_NORMAL", "PASTE_FORMAT", "PASTE_CONDITIONAL_FORMATTING"} and source_sheet is sheet:
        _extend_rules(sheet, source, area)
    return {}


def _make_room(edit: Edit, sheet: Sheet, area: Box) -> None:
    sheet.resize(max(sheet.rows, area.r1 or 0), max(sheet.columns, area.c1 or 0))
    edit.check_size()


def _copy_merges(source_sheet: Sheet, source: Box, sheet: Sheet, area: Box) -> None:
    sheet.merges = [m for m in sheet.merges if not area.contains(m) or (source_sheet is sheet and source.contains(m))]
    for merge in list(source_sheet.merges):
        moved = merge.offset(area.r0 - source.r0, area.c0 - source.c0)
        if source.contains(merge) and area.contains(moved) and not any(moved.meet(m) for m in sheet.merges):
            sheet.merges.append(moved)


def _extend_rules(sheet: Sheet, source: Box, area: Box) -> None:
    rules = []
    for rule in sheet.conditional_formats:
        boxes = [Box.of_json(r).clip(sheet.rows, sheet.columns) for r in rule["ranges"]]
        if any(box.contains(source) for box in boxes) and not any(box.contains(area) for box in boxes):
            rule = {**rule, "ranges": [*rule["ranges"], area.to_json(sheet.sheet_id)]}
        rules.append(rule)
    sheet.conditional_formats = rules


@request("cutPaste")
def _cut_paste(edit: Edit, body: Json) -> Json:
    source_sheet, source = edit.guarded(body.get("source"))
    spot = body.get("destination", {})
    sheet = edit.sheet(spot.get("sheetId"))
    kind = str(body.get("pasteType", "PASTE_NORMAL"))
    row, column = int(spot.get("rowIndex", 0)), int(spot.get("columnIndex", 0))
    area = Box(row, row + source.height, column, column + source.width)
    _make_room(edit, sheet, area)
    edit.rights.check(sheet, area)
    engine = edit.engine()
    block = {at: (source_sheet.cell(*at), engine.value(source_sheet, *at)) for at in source.cells()}
    for at in block:
        source_sheet.put(*at, BLANK)
    down, right = row - source.r0, column - source.c0
    for (r, c), (cell, computed) in block.items():
        edit.put(sheet, r + down, c + right, pasted(sheet.cell(r + down, c + right), cell, computed, kind))
    moved = [m for m in source_sheet.merges if source.contains(m)]
    source_sheet.merges = [m for m in source_sheet.merges if m not in moved]
    sheet.merges += [m.offset(down, right) for m in moved]
    _follow(edit, source_sheet, source, sheet, down, right)
    return {}


def _follow(edit: Edit, source_sheet: Sheet, source: Box, sheet: Sheet, down: int, right: int) -> None:
    """Formulas that pointed into what was cut point to where it now is."""

    def change_for(owner: Sheet) -> Any:
        def change(reference: Reference) -> str | None:
            here = (
                owner is source_sheet if reference.title is None else reference.title.casefold() == source_sheet.title.casefold()
            )
            if not here or not source.contains(reference.box) or (sheet is not source_sheet):
                return None
            return write_reference(reference.prefix, reference.box.offset(down, right), reference.corners)

        return lambda formula: rewrite(formula, edit.book.language.decimal, change)

    for owner in edit.book.sheets:
        map_formulas(owner, change_for(owner))


class _Tables(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self.rows.append([])
        elif tag in {"td", "th"} and self.rows:
            self.rows[-1].append("")
            self.inside = True

    def handle_endtag(self, tag: str) -> None:
        if tag in {"td", "th"}:
            self.inside = False

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.rows[-1][-1] += data


@request("pasteData")
def _paste_data(edit: Edit, body: Json) -> Json:
    spot, data = body.get("coordinate", {}), str(body.get("data", ""))
    sheet = edit.sheet(spot.get("sheetId"))
    if body.get("html"):
        parser = _Tables()
        parser.feed(data)
        rows = parser.rows
    else:
        delimiter = str(body.get("delimiter") or "\t")
        rows = (
            [line.split(delimiter) for line in data.splitlines()]
            if len(delimiter) != 1
            else list(csv.reader(io.StringIO(data), delimiter=delimiter))
        )
    if not rows:
        return {}
    row, column = int(spot.get("rowIndex", 0)), int(spot.get("columnIndex", 0))
    area = Box(row, row + len(rows), column, column + max(len(line) for line in rows))
    _make_room(edit, sheet, area)
    edit.rights.check(sheet, area)
    kind = str(body.get("type", "PASTE_NORMAL"))
    for r, line in enumerate(rows):
        for c, text in enumerate(line):
            old = sheet.cell(row + r, column + c)
            typed = read_entry(text, edit.book.language, edit.now.date())
            new = replace(old, value=typed.value, formula=typed.formula, runs=None)
            edit.put(sheet, row + r, column + c, pasted(old, new, typed.value, kind))
    return {}


@request("sortRange")
def _sort(edit: Edit, body: Json) -> Json:
    sheet, box = edit.guarded(body.get("range"))
    specs = body.get("sortSpecs", [])
    if not specs:
        raise Invalid("At least one sortSpec is required.")
    for spec in specs:
        if not box.c0 <= int(spec.get("dimensionIndex", 0)) < (box.c1 or 0):
            raise Invalid(f"sortSpecs.dimensionIndex[{spec.get('dimensionIndex', 0)}] is outside the range.")
    engine, decimal = edit.engine(), edit.book.language.decimal
    keys = [[engine.value(sheet, row, int(s.get("dimensionIndex", 0))) for s in specs] for row in range(box.r0, box.r1 or 0)]
    falling = [s.get("sortOrder") == "DESCENDING" for s in specs]

    def compare(a: int, b: int) -> int:
        for x, y, down in zip(keys[a], keys[b], falling, strict=True):
            if (x is None) != (y is None):
                return 1 if x is None else -1
            if rank(x) != rank(y):
                return 1 if (rank(x) > rank(y)) != down else -1
        return a - b

    order = sorted(range(box.height), key=cmp_to_key(compare))
    block: Block = [[sheet.cell(row, c) for c in range(box.c0, box.c1 or 0)] for row in range(box.r0, box.r1 or 0)]
    for place, old in enumerate(order):
        for index, cell in enumerate(block[old]):
            if cell.formula is not None:
                cell = replace(cell, formula=copied(cell.formula, decimal, place - old, 0))
            sheet.put(box.r0 + place, box.c0 + index, cell)
    return {}
