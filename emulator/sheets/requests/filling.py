"""autoFill: series carried on into the cells beside them.

Google documents no rule for what counts as a series; this follows what the fill handle does: numbers and dates go on in
even steps, a text that ends in a number counts on, months and weekdays of the locale go round, the rest is repeated.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from emulator.sheets.box import Box
from emulator.sheets.edit import Edit, request
from emulator.sheets.formula.rewrite import copied
from emulator.sheets.guard import Invalid
from emulator.sheets.locales import Locale
from emulator.sheets.model import Cell, Scalar, Sheet
from emulator.sheets.number_format import DATE_TYPES
from emulator.sheets.requests.copying import make_room

Json = dict[str, Any]
_COUNTED = re.compile(r"^(.*?)(\d+)$", re.DOTALL)


@request("autoFill")
def _auto_fill(edit: Edit, body: Json) -> Json:
    other = bool(body.get("useAlternateSeries"))
    if "sourceAndDestination" in body:
        given = body["sourceAndDestination"]
        sheet, source = edit.closed(given.get("source"))
        dimension, length = given.get("dimension"), int(given.get("fillLength", 0))
        if dimension not in {"ROWS", "COLUMNS"}:
            raise Invalid("dimension is required.")
    elif "range" in body:
        sheet, whole = edit.closed(body["range"])
        source, dimension, length = _detected(sheet, whole)
    else:
        raise Invalid("One of 'range' or 'sourceAndDestination' must be set.")
    if length:
        _fill(edit, sheet, source, str(dimension), length, alternate=other)
    return {}


def _detected(sheet: Sheet, whole: Box) -> tuple[Box, str, int]:
    """The part of a range that holds data at its top or left, and how far the rest goes."""
    rows = [r for r, c in whole.cells() if sheet.cell(r, c).has_content]
    columns = [c for r, c in whole.cells() if sheet.cell(r, c).has_content]
    if not rows:
        raise Invalid("The range must contain data to fill from.")
    bottom, right = max(rows) + 1, max(columns) + 1
    if bottom < (whole.r1 or 0):
        return Box(whole.r0, bottom, whole.c0, whole.c1), "ROWS", (whole.r1 or 0) - bottom
    return Box(whole.r0, whole.r1, whole.c0, right), "COLUMNS", (whole.c1 or 0) - right


def _fill(edit: Edit, sheet: Sheet, source: Box, dimension: str, length: int, *, alternate: bool) -> None:
    by_rows = dimension == "ROWS"
    area = _destination(source, by_rows=by_rows, length=length)
    if area.r0 < 0 or area.c0 < 0:
        raise Invalid("fillLength goes beyond the edge of the sheet.")
    make_room(edit, sheet, area)
    edit.rights.check(sheet, area)
    lines = range(source.c0, source.c1 or 0) if by_rows else range(source.r0, source.r1 or 0)
    first, last = (source.r0, source.r1 or 0) if by_rows else (source.c0, source.c1 or 0)
    steps = range(first - 1, first + length - 1, -1) if length < 0 else range(last, last + length)
    for line in lines:
        cells = [sheet.cell(i, line) if by_rows else sheet.cell(line, i) for i in range(first, last)]
        dated = (cells[0].format or {}).get("numberFormat", {}).get("type") in DATE_TYPES
        follow = _series([cell.value for cell in cells], edit.book.language, alternate=alternate != (dated and len(cells) == 1))
        for index in steps:
            place = index - first
            model = cells[place % len(cells)]
            cell = _next(edit, model, follow, place, place - place % len(cells), by_rows=by_rows)
            at = (index, line) if by_rows else (line, index)
            edit.put(sheet, *at, cell)


def _destination(source: Box, *, by_rows: bool, length: int) -> Box:
    first, last = (source.r0, source.r1 or 0) if by_rows else (source.c0, source.c1 or 0)
    span = (last, last + length) if length > 0 else (first + length, first)
    return source.with_span("ROWS" if by_rows else "COLUMNS", span)


def _next(edit: Edit, model: Cell, follow: Any, place: int, moved: int, *, by_rows: bool) -> Cell:
    if model.formula is not None:
        down, right = (moved, 0) if by_rows else (0, moved)
        return replace(model, formula=copied(model.formula, edit.book.language.decimal, down, right))
    return model if follow is None else replace(model, value=follow(place), runs=None, chips=None, pivot=None)


def _series(values: list[Scalar], language: Locale, *, alternate: bool) -> Any:
    """What gives the value at any place of the series, or None where the cells are only repeated."""
    numbers = [v for v in values if isinstance(v, float | int) and not isinstance(v, bool)]
    if len(numbers) == len(values) and values:
        # A single number is repeated, several go on in even steps; the alternate series is the other way round.
        if (len(numbers) == 1) != alternate:
            return None if len(numbers) == 1 else lambda place: numbers[place % len(numbers)]
        step = 1.0 if len(numbers) == 1 else (numbers[-1] - numbers[0]) / (len(numbers) - 1)
        return lambda place: numbers[0] + place * step
    texts = [v for v in values if isinstance(v, str)]
    if len(texts) != len(values) or not values or alternate:
        return None
    for names in (language.months, language.days):
        found = [next((i for i, name in enumerate(names) if name.casefold() == t.casefold()), None) for t in texts]
        if found[0] is not None and all(f is not None and f == (found[0] + n) % len(names) for n, f in enumerate(found)):
            start, capital = found[0], texts[0][:1].isupper()
            return lambda place: _cased(names[(start + place) % len(names)], capital=capital)
    return _counted(texts)


def _cased(name: str, *, capital: bool) -> str:
    return name[:1].upper() + name[1:] if capital else name


def _counted(texts: list[str]) -> Any:
    matches = [_COUNTED.match(t) for t in texts]
    if any(m is None for m in matches) or len({m[1] for m in matches if m}) != 1:
        return None
    numbers = [int(m[2]) for m in matches if m]
    head = matches[0][1] if matches[0] else ""
    step = 1 if len(numbers) == 1 else numbers[1] - numbers[0]
    return lambda place: f"{head}{abs(numbers[0] + place * step)}"
