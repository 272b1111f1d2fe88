"""Sorting rows by their values, and putting them in a random order."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from functools import cmp_to_key
from typing import Any

from emulator.sheets.box import Box
from emulator.sheets.edit import Edit, request
from emulator.sheets.formula.rewrite import copied
from emulator.sheets.formula.values import rank
from emulator.sheets.guard import Invalid
from emulator.sheets.model import Cell, Sheet

Json = dict[str, Any]


@request("sortRange")
def _sort(edit: Edit, body: Json) -> Json:
    sheet, box = edit.guarded(body.get("range"))
    specs = body.get("sortSpecs", [])
    if not specs:
        raise Invalid("At least one sortSpec is required.")
    for spec in specs:
        if not box.c0 <= int(spec.get("dimensionIndex", 0)) < (box.c1 or 0):
            raise Invalid(f"sortSpecs.dimensionIndex[{spec.get('dimensionIndex', 0)}] is outside the range.")
    sort_rows(edit, sheet, box, specs)
    return {}


def sort_rows(edit: Edit, sheet: Sheet, box: Box, specs: list[Json]) -> None:
    """Order the rows of a closed box; the column of a spec counts from the edge of the sheet. Empty cells come last."""
    engine = edit.engine()
    keys = [[engine.value(sheet, row, int(s.get("dimensionIndex", 0))) for s in specs] for row in range(box.r0, box.r1 or 0)]
    falling = [s.get("sortOrder") == "DESCENDING" for s in specs]

    def compare(a: int, b: int) -> int:
        for x, y, down in zip(keys[a], keys[b], falling, strict=True):
            if (x is None) != (y is None):
                return 1 if x is None else -1
            if rank(x) != rank(y):
                return 1 if (rank(x) > rank(y)) != down else -1
        return a - b

    reorder(edit, sheet, box, sorted(range(box.height), key=cmp_to_key(compare)))


def reorder(edit: Edit, sheet: Sheet, box: Box, order: Sequence[int]) -> None:
    """Put the rows of a closed box in that order: at place i what stood at place order[i]. Row metadata goes along."""
    decimal = edit.book.language.decimal
    block: list[list[Cell]] = [[sheet.cell(row, c) for c in range(box.c0, box.c1 or 0)] for row in range(box.r0, box.r1 or 0)]
    for place, old in enumerate(order):
        for index, cell in enumerate(block[old]):
            if cell.formula is not None:
                cell = replace(cell, formula=copied(cell.formula, decimal, place - old, 0))
            sheet.put(box.r0 + place, box.c0 + index, cell)
    places = {box.r0 + old: box.r0 + place for place, old in enumerate(order)}
    for number, metadata in enumerate(edit.book.metadata):
        span = metadata["location"].get("dimensionRange")
        if span and span.get("sheetId", 0) == sheet.sheet_id and span["dimension"] == "ROWS":
            row = places.get(span.get("startIndex", 0), span.get("startIndex", 0))
            location = {**metadata["location"], "dimensionRange": {**span, "startIndex": row, "endIndex": row + 1}}
            edit.book.metadata[number] = {**metadata, "location": location}


@request("randomizeRange")
def _randomize(edit: Edit, body: Json) -> Json:
    sheet, box = edit.guarded(body.get("range"))
    order = list(range(box.height))
    random.shuffle(order)
    reorder(edit, sheet, box, order)
    return {}
