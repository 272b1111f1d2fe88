"""Range texts: A1 and R1C1 notation, both ways.

Source: Sheets API, "Cell" concepts: `Sheet1!A1:B2`, `Sheet1!A:A`, `Sheet1!1:2`, `Sheet1!A5:A`, `'Jon''s data'!A1`, `Sheet1`, `R1C1:R2C2`.
"""

from __future__ import annotations

import re

from emulator.sheets.box import Box
from emulator.sheets.model import Book, Sheet

_CORNER = re.compile(r"^\$?([A-Za-z]{1,3})?\$?([1-9][0-9]{0,6})?$")
_R1C1 = re.compile(r"^R(\[-?\d+\]|\d+)?C(\[-?\d+\]|\d+)?$", re.IGNORECASE)
_BARE_TITLE = re.compile(r"^[^\W\d]\w*$")
_LOOKS_LIKE_CELL = re.compile(r"^([A-Za-z]{1,3}\d+|[Rr]\d*[Cc]\d*)$")


class RangeError(ValueError):
    """The text names no range. Example: `Contro!A1` where no sheet is called Contro."""


def column_number(letters: str) -> int:
    """Zero-based column of its letters: A is 0, AA is 26."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number - 1


def column_letters(column: int) -> str:
    """Letters of a zero-based column: 0 is A, 26 is AA."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def cell_name(row: int, column: int) -> str:
    """A1 text of a zero-based cell."""
    return f"{column_letters(column)}{row + 1}"


def quoted(title: str) -> str:
    """A sheet title as it stands before the exclamation mark, in quotes where Google puts them."""
    if _BARE_TITLE.match(title) and not _LOOKS_LIKE_CELL.match(title) and title.upper() not in {"TRUE", "FALSE"}:
        return title
    return "'" + title.replace("'", "''") + "'"


def split_title(text: str) -> tuple[str | None, str]:
    """Title (unquoted, None when absent) and the rest after the exclamation mark.

    :raises RangeError: the quotes are not closed, or something other than `!` follows them.
    """
    if text.startswith("'"):
        match = re.match(r"^'((?:[^']|'')*)'(?:!(.*))?$", text, re.DOTALL)
        if not match:
            raise RangeError(text)
        return match[1].replace("''", "'"), match[2] or ""
    title, mark, rest = text.rpartition("!")
    return (title, rest) if mark else (None, text)


def _corner(text: str) -> tuple[int | None, int | None] | None:
    match = _CORNER.match(text)
    if not match or not text.strip("$"):
        return None
    row = int(match[2]) - 1 if match[2] else None
    return row, column_number(match[1]) if match[1] else None


def parse_a1(text: str) -> Box | None:
    """The box of `A1`, `A1:B2`, `A:B`, `1:2`, `A5:B`, `B2:5`; None when the text is not of that kind."""
    first, colon, second = text.partition(":")
    start = _corner(first)
    if start is None:
        return None
    if not colon:
        return None if start[0] is None or start[1] is None else Box.cell(start[0], start[1])
    end = _corner(second)
    if end is None:
        return None
    rows = _ends(start[0], end[0])
    columns = _ends(start[1], end[1])
    if rows is None and columns is None:
        return None
    rows, columns = rows or (0, None), columns or (0, None)
    return Box(rows[0], rows[1], columns[0], columns[1])


def _ends(a: int | None, b: int | None) -> tuple[int, int | None] | None:
    if a is None and b is None:
        return None
    if a is None or b is None:
        return (a if a is not None else b) or 0, None
    return min(a, b), max(a, b) + 1


def parse_r1c1(text: str, base: tuple[int, int] = (0, 0)) -> Box | None:
    """The box of `R1C1`, `R1C1:R3C2` or, relative to `base`, `R[1]C[-1]`; None when the text is not of that kind."""
    corners = []
    for part in text.split(":"):
        match = _R1C1.match(part)
        if not match:
            return None
        corners.append((_r1c1_index(match[1], base[0]), _r1c1_index(match[2], base[1])))
    if len(corners) > 2:
        return None
    rows, columns = [c[0] for c in corners], [c[1] for c in corners]
    if min(rows) < 0 or min(columns) < 0:
        return None
    return Box(min(rows), max(rows) + 1, min(columns), max(columns) + 1)


def _r1c1_index(text: str | None, base: int) -> int:
    if not text:
        return base
    return base + int(text[1:-1]) if text.startswith("[") else int(text) - 1


def to_a1(box: Box) -> str:
    """A1 text of a box without its sheet; the whole sheet gives an empty text."""
    if box.whole:
        return ""
    if box.height == 1 and box.width == 1 and box.r1 is not None and box.c1 is not None:
        return cell_name(box.r0, box.c0)
    if box.r1 is None and box.r0 == 0:
        return f"{column_letters(box.c0)}:{column_letters((box.c1 or 1) - 1)}"
    if box.c1 is None and box.c0 == 0:
        return f"{box.r0 + 1}:{box.r1}"
    start = cell_name(box.r0, box.c0)
    end = ("" if box.c1 is None else column_letters(box.c1 - 1)) + ("" if box.r1 is None else str(box.r1))
    return f"{start}:{end}"


def to_r1c1(box: Box) -> str:
    """R1C1 text of a closed box."""
    start = f"R{box.r0 + 1}C{box.c0 + 1}"
    return start if box.height == box.width == 1 else f"{start}:R{box.r1}C{box.c1}"


def range_text(sheet: Sheet, box: Box) -> str:
    """The range as Google writes it in answers: cut to the grid, title first, quoted when needed."""
    inside = box.clip(sheet.rows, sheet.columns)
    return f"{quoted(sheet.title)}!{to_a1(inside)}"


def resolve(book: Book, text: str) -> tuple[Sheet, Box]:
    """Sheet and box of a range text, not yet cut to the grid.

    A text without title is tried as a cell range of the first visible sheet, then as a named range, then as a title.
    :raises RangeError: nothing of that name exists.
    """
    title, rest = split_title(text)
    if title is not None:
        sheet = book.by_title(title)
        if sheet is None:
            raise RangeError(text)
        if not rest:
            return sheet, Box()
        box = parse_a1(rest) or parse_r1c1(rest)
        if box is None:
            raise RangeError(text)
        return sheet, box
    box = parse_a1(rest) or parse_r1c1(rest)
    if box is not None:
        return book.first_visible(), box
    named = book.named_range(rest)
    if named is not None:
        owner = book.by_id(named["range"].get("sheetId", 0))
        if owner is not None:
            return owner, Box.of_json(named["range"])
    sheet = book.by_title(rest)
    if sheet is None:
        raise RangeError(text)
    return sheet, Box()
