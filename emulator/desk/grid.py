"""From a rendered sheet to the cells of an HTML table: places, colours, what can be typed where."""

from __future__ import annotations

import re

from emulator.desk.links import for_desk
from emulator.directory import Directory
from emulator.drive.access import can_edit
from emulator.kernel import Json, World
from emulator.sheets.a1 import column_letters
from emulator.sheets.box import Box
from emulator.sheets.colours import hex_of
from emulator.sheets.guard import Rights, protected_box
from emulator.sheets.model import Book, Sheet

HEAD_WIDTH = 46
HEAD_HEIGHT = 24
_MOST_LABEL = 60
_ALIGN = {"LEFT": "left", "CENTER": "center", "RIGHT": "right"}
_VALIGN = {"TOP": "top", "MIDDLE": "middle", "BOTTOM": "bottom"}
_LINES = {
    "SOLID": "1px solid",
    "SOLID_MEDIUM": "2px solid",
    "SOLID_THICK": "3px solid",
    "DOTTED": "1px dotted",
    "DASHED": "1px dashed",
}
_WITH_DATE = re.compile(r"\d[/:-]\d|[A-Za-zé]{3}")
Blocked = list[tuple[Box, list[Box], list[str]]]


def draw(world: World, book: Book, tab: Json, actor: str) -> Json:
    """Everything that the template needs of one tab, for one person."""
    sheet = book.by_id(int(tab["sheet_id"]))
    assert sheet is not None
    writes = can_edit(world, actor, book.spreadsheet_id)
    hidden_rows, hidden_columns = set(tab["hidden_rows"]), set(tab["hidden_columns"])
    columns = [c for c in range(len(tab["column_widths"])) if c not in hidden_columns]
    rows = [r for r in range(len(tab["row_heights"])) if r not in hidden_rows]
    starts, covered = _merges(tab, set(rows), set(columns))
    lefts = _stops(columns, tab["column_widths"], tab["frozen_columns"], HEAD_WIDTH)
    tops = _stops(rows, tab["row_heights"], tab["frozen_rows"], HEAD_HEIGHT)
    blocked = _blocked(world, book, sheet, actor)
    row_heads, column_heads = _headings(tab, rows, columns)
    lines = []
    for r in rows:
        cells = [
            _cell(tab["rows"][r][c], sheet, r, c, starts.get((r, c), (1, 1)), blocked, writes=writes)
            | {
                "left": lefts.get(c),
                "top": tops.get(r),
                "label": " · ".join(one for one in (f"{column_letters(c)}{r + 1}", row_heads[r], column_heads[c]) if one),
                "spill": 0 if (r, c) in starts else _spill(tab, sheet, r, c, columns, covered),
            }
            for c in columns
            if (r, c) not in covered
        ]
        lines.append({"number": r + 1, "height": tab["row_heights"][r], "top": tops.get(r), "cells": cells})
    return {
        "gid": tab["sheet_id"],
        "columns": [{"name": column_letters(c), "width": tab["column_widths"][c], "left": lefts.get(c)} for c in columns],
        "width": HEAD_WIDTH + sum(tab["column_widths"][c] for c in columns),
        "lines": lines,
        "writes": writes,
        "plain": bool(sheet.grid_properties.get("hideGridlines")),
        "last_frozen_row": max((r + 1 for r in tops), default=0),
        "last_frozen_column": column_letters(max(lefts)) if lefts else "",
    }


def _headings(tab: Json, rows: list[int], columns: list[int]) -> tuple[dict[int, str], dict[int, str]]:
    """What stands at the left of each row and, in the frozen rows, over each column: read out with a cell."""
    lines = tab["rows"]
    at_left = {r: next((str(lines[r][c]["text"]) for c in columns[:3] if lines[r][c]["kind"] == "text"), "") for r in rows}
    frozen = [r for r in rows if r < tab["frozen_rows"]] or rows[:1]
    above = {c: next((str(lines[r][c]["text"]) for r in frozen if lines[r][c]["text"] and c != columns[0]), "") for c in columns}
    return {r: text[:_MOST_LABEL] for r, text in at_left.items()}, {c: text[:_MOST_LABEL] for c, text in above.items()}


def _spill(tab: Json, sheet: Sheet, r: int, c: int, columns: list[int], covered: set[tuple[int, int]]) -> int:
    """How many pixels a long text may run into the empty cells at its right, as Sheets lets it; 0 where it stays inside."""
    line = tab["rows"][r]
    seen, strategy = line[c], (sheet.cell(r, c).format or {}).get("wrapStrategy")
    # Shorter texts fit anyway; the longest letters are about as wide as the type is high.
    long_enough = len(seen["text"]) * seen["size"] * 4 / 3 > tab["column_widths"][c]
    if (
        not long_enough
        or seen["wrap"]
        or strategy == "CLIP"
        or seen["align"] != "LEFT"
        or seen["kind"] not in ("text", "formula")
    ):
        return 0
    room = 0
    for other in columns[columns.index(c) + 1 :]:
        if line[other]["text"] or line[other]["kind"] != "text" or (r, other) in covered:
            break
        room += tab["column_widths"][other]
    return room + int(tab["column_widths"][c]) - 8 if room else 0


def _stops(shown: list[int], sizes: list[int], frozen: int, start: int) -> dict[int, int]:
    """Where each frozen row or column sticks, in pixels."""
    stops, at = {}, start
    for index in shown:
        if index >= frozen:
            break
        stops[index] = at
        at += sizes[index]
    return stops


def _merges(tab: Json, rows: set[int], columns: set[int]) -> tuple[dict[tuple[int, int], tuple[int, int]], set[tuple[int, int]]]:
    """First cell of a merge -> visible rows and columns; and the cells that a merge covers."""
    starts: dict[tuple[int, int], tuple[int, int]] = {}
    covered: set[tuple[int, int]] = set()
    for merge in tab["merges"]:
        inside = [
            (r, c)
            for r in range(merge["row"], merge["row"] + merge["rows"])
            for c in range(merge["column"], merge["column"] + merge["columns"])
            if r in rows and c in columns
        ]
        if inside:
            # Where the first row or column is hidden, the merge begins at the first visible one, as in Sheets.
            starts[inside[0]] = (len({r for r, _ in inside}), len({c for _, c in inside}))
            covered.update(inside[1:])
    return starts, covered


def _blocked(world: World, book: Book, sheet: Sheet, actor: str) -> Blocked:
    """The protected ranges that keep this person out, with their holes and the names of their editors."""
    rights, found = Rights(world, book, actor), []
    for protection in sheet.protections:
        if not rights.may_edit(protection):
            sheet_id, box = protected_box(book, protection)
            if sheet_id == sheet.sheet_id:
                holes = [Box.of_json(hole) for hole in protection.get("unprotectedRanges", [])]
                found.append((box, holes, editor_names(world, protection)))
    return found


def editor_names(world: World, protection: Json) -> list[str]:
    """Who may edit a protected range, in names; service accounts are left out."""
    directory: Directory = world.directory
    editors = protection.get("editors", {})
    people = [one for one in [*editors.get("groups", []), *editors.get("users", [])] if not directory.is_service_account(one)]
    names = [directory.display_name(one) for one in people]
    return [*names, "toda la organización"] if editors.get("domainUsersCanEdit") else names


def _cell(seen: Json, sheet: Sheet, r: int, c: int, span: tuple[int, int], blocked: Blocked, *, writes: bool) -> Json:
    block = next((b for b in blocked if b[0].has(r, c) and not any(hole.has(r, c) for hole in b[1])), None)
    value = seen["value"]
    return {
        "tip": _tip(seen, block),
        "at": f"{column_letters(c)}{r + 1}",
        "kind": seen["kind"],
        "text": seen["text"],
        "typed": _typed(seen),
        "ticked": seen["kind"] == "checkbox" and _is_ticked(sheet, r, c, value),
        "options": seen["options"],
        "unlisted": seen["kind"] == "dropdown" and seen["text"] not in ("", *seen["options"]),
        "strict": bool(seen.get("strict")),
        "note": seen["note"],
        "link": for_desk(seen["link"]) if seen["link"] else "",
        "rows": span[0],
        "columns": span[1],
        "locked": block is not None,
        "editors": ", ".join(block[2]) if block else "",
        "writes": writes,
        "style": _style(seen, sheet, r, c),
        "wrap": bool(seen["wrap"]),
    }


def _tip(seen: Json, block: tuple[Box, list[Box], list[str]] | None) -> str:
    """What the mouse is told over a cell: its note, and who may write where this person may not."""
    words = [f"Nota: {seen['note']}"] if seen["note"] else []
    if block is not None and block[2]:
        words.append(f"Celda protegida. Aquí escribe: {', '.join(block[2])}.")
    return "\n".join(words)


def _is_ticked(sheet: Sheet, r: int, c: int, value: object) -> bool:
    """A checkbox is ticked when it holds TRUE, or the first of its own values."""
    rule = sheet.cell(r, c).validation or {}
    own = rule.get("condition", {}).get("values", [])
    if own:
        return value is not None and str(value) == str(own[0].get("userEnteredValue", ""))
    return value is True


def _typed(seen: Json) -> str:
    """What the person finds in the formula bar: the formula, a plain number, or the text as shown (dates)."""
    value = seen["value"]
    if seen["formula"]:
        return str(seen["formula"])
    if isinstance(value, bool):
        return "VERDADERO" if value else "FALSO"
    if isinstance(value, int | float) and not _WITH_DATE.search(seen["text"]):
        return str(value)
    return str(seen["text"])


def _style(seen: Json, sheet: Sheet, r: int, c: int) -> str:
    """Colours, weight and place of the text. Every part is a number or a word of ours, so nothing can slip in."""
    parts = []
    if seen["background"] and seen["background"] != "#ffffff":
        parts.append(f"background-color:{seen['background']}")
    if seen["color"] and seen["color"] != "#000000":
        parts.append(f"color:{seen['color']}")
    if seen["bold"]:
        parts.append("font-weight:700")
    if seen["italic"]:
        parts.append("font-style:italic")
    own = (sheet.cell(r, c).format or {}).get("textFormat", {})
    lines = [word for word, on in (("line-through", seen["strike"]), ("underline", own.get("underline"))) if on]
    if lines:
        parts.append(f"text-decoration:{' '.join(lines)}")
    if seen["size"] != 10:
        parts.append(f"font-size:{max(6, min(int(seen['size']), 60)) * 4 / 3:.0f}px")
    parts.append(f"text-align:{_ALIGN.get(seen['align'], 'left')};vertical-align:{_VALIGN.get(seen['valign'], 'bottom')}")
    return ";".join([*parts, *_borders(sheet, r, c)])


def _borders(sheet: Sheet, r: int, c: int) -> list[str]:
    borders = (sheet.cell(r, c).format or {}).get("borders", {})
    found = []
    # Neighbours share a line: only the right and lower ones are drawn, and the upper and left ones at the edge.
    for side in ("right", "bottom", *(("top",) if r == 0 else ()), *(("left",) if c == 0 else ())):
        line = borders.get(side, {})
        if line.get("style") in _LINES:
            colour = hex_of(line.get("colorStyle") or line.get("color")) or "#000000"
            found.append(f"border-{side}:{_LINES[line['style']]} {colour}")
    return found
