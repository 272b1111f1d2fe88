"""Copy, cut and paste."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

from emulator.sheets.box import Box
from emulator.sheets.edit import Edit, request
from emulator.sheets.engine import as_scalar
from emulator.sheets.entry import read_entry
from emulator.sheets.formula.rewrite import copied, rewrite, write_reference
from emulator.sheets.formula.tokens import Reference
from emulator.sheets.formula.values import Value
from emulator.sheets.model import BLANK, Cell, Sheet
from emulator.sheets.structure import map_formulas

Json = dict[str, Any]


def pasted(old: Cell, new: Cell, computed: Value, kind: str) -> Cell:
    """What a cell becomes when another is pasted on it. `computed` is the effective value, for PASTE_VALUES."""
    if kind in {"PASTE_FORMAT", "PASTE_NO_BORDERS"}:
        style = dict(new.format or {})
        if kind == "PASTE_NO_BORDERS":
            style.pop("borders", None)
            return replace(new, format=style or None)
        return replace(old, format=new.format)
    if kind == "PASTE_VALUES":
        return replace(old, value=as_scalar(computed), formula=None, runs=None, chips=None, pivot=None)
    if kind == "PASTE_FORMULA":
        return replace(old, value=new.value, formula=new.formula, runs=None, chips=None, pivot=None)
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
    make_room(edit, sheet, area)
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


def make_room(edit: Edit, sheet: Sheet, area: Box) -> None:
    """Let the sheet grow until it holds the area."""
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
    sheet, row, column = edit.spot(body.get("destination"))
    kind = str(body.get("pasteType", "PASTE_NORMAL"))
    area = Box(row, row + source.height, column, column + source.width)
    make_room(edit, sheet, area)
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
    data = str(body.get("data", ""))
    sheet, row, column = edit.spot(body.get("coordinate"))
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
    area = Box(row, row + len(rows), column, column + max(len(line) for line in rows))
    make_room(edit, sheet, area)
    edit.rights.check(sheet, area)
    kind = str(body.get("type", "PASTE_NORMAL"))
    for r, line in enumerate(rows):
        for c, text in enumerate(line):
            old = sheet.cell(row + r, column + c)
            typed = read_entry(text, edit.book.language, edit.now.date())
            new = replace(old, value=typed.value, formula=typed.formula, runs=None, chips=None, pivot=None)
            edit.put(sheet, row + r, column + c, pasted(old, new, typed.value, kind))
    return {}
