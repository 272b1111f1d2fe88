"""Range texts: A1 and R1C1 notation, both ways.

Sources: Sheets API, "Cell" concepts: `Sheet1!A1:B2`, `Sheet1!A:A`, `Sheet1!1:2`, `Sheet1!A5:A`, `'Jon''s data'!A1`, `Sheet1`,
`R1C1:R2C2`; the finer rules (order of the notations, offsets, open ends, quotes in answers) are those that others measured.
"""

from __future__ import annotations

import re
from functools import lru_cache

from emulator.sheets.box import Box
from emulator.sheets.model import Book, Sheet

_CORNER = re.compile(r"^\$?([A-Za-z]{1,3})?\$?(0*[1-9][0-9]{0,6})?$", re.ASCII)
_R1C1 = re.compile(r"^(R(\[-?\d+\]|\d+)?)?(C(\[-?\d+\]|\d+)?)?$", re.IGNORECASE | re.ASCII)
_BARE_TITLE = re.compile(r"^[A-Za-z_][A-Za-z0-9_]*$")


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


@lru_cache(maxsize=512)
def quoted(title: str) -> str:
    """A sheet title as it stands before the exclamation mark, in quotes where Google puts them.

    Bare are plain ASCII names that are no reference themselves: Data, A; quoted are 'Año', '2024', 'A1', 'RC'.
    """
    if _BARE_TITLE.match(title) and title.upper() not in {"TRUE", "FALSE"} and parse_range(title) is None:
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
    """The box of `R1C1`, `R1C1:R3C2`, `R[1]C[1]` (offsets from `base`), `R[2]` (a row), `C[1]` (a column), `R1C1:R2`.

    None when the text is not of that kind. A letter without number is the base; a letter that is missing beside a numbered
    one leaves that side open. Halves written backwards are turned round, except that a step back of exactly one between two
    numbers of the same kind names nothing.
    """
    ends = [_r1c1_end(part, base) for part in text.split(":")]
    if len(ends) > 2 or None in ends:
        return None
    first, last = ends[0], ends[-1]
    if first is None or last is None:
        return None
    spans: list[tuple[int, int | None]] = []
    for a, b in zip(first, last, strict=True):
        start = a[0] if a is not None else None
        end = b[0] if b is not None else None
        if (start is not None and start < 0) or (end is not None and end < 0):
            return None
        if a is not None and b is not None and a[1] == b[1] != "" and a[0] == b[0] + 1:
            return None
        low = start or 0
        spans.append((low, None) if end is None else (min(low, end), max(low, end) + 1))
    return Box(spans[0][0], spans[0][1], spans[1][0], spans[1][1])


_Axis = tuple[int, str] | None


def _r1c1_end(text: str, base: tuple[int, int]) -> tuple[_Axis, _Axis] | None:
    """Row and column of one half with the kind of their number (absolute, offset, none); None for an open side."""
    match = _R1C1.match(text)
    if not match or not text or match[2] == "0" * len(match[2] or "x") or match[4] == "0" * len(match[4] or "x"):
        return None
    row = _axis(match[1], match[2], base[0], other_numbered=bool(match[4]))
    column = _axis(match[3], match[4], base[1], other_numbered=bool(match[2]))
    return row, column


def _axis(letter: str | None, number: str | None, base: int, *, other_numbered: bool) -> _Axis:
    if number:
        return (base + int(number[1:-1]), "offset") if number.startswith("[") else (int(number) - 1, "absolute")
    return None if letter is None and other_numbered else (base, "")


def parse_range(text: str) -> Box | None:
    """The box of a range without title: read as A1 first, then as R1C1; None when it is neither."""
    return parse_a1(text) or parse_r1c1(text)


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


def outside_text(sheet: Sheet, box: Box) -> str:
    """A range that begins outside the grid, as the refusal names it: whole columns by letters, whole rows by numbers."""
    if box.r1 is None and box.r0 == 0 and box.c1 is not None:
        first, last = column_letters(box.c0), column_letters(box.c1 - 1)
    elif box.c1 is None and box.c0 == 0 and box.r1 is not None:
        first, last = str(box.r0 + 1), str(box.r1)
    else:
        first = cell_name(box.r0, box.c0)
        last = cell_name((sheet.rows if box.r1 is None else box.r1) - 1, (sheet.columns if box.c1 is None else box.c1) - 1)
    return f"{quoted(sheet.title)}!{first if first == last else f'{first}:{last}'}"


def resolve(book: Book, text: str) -> tuple[Sheet, Box]:
    """Sheet and box of a range text, not yet cut to the grid.

    A text without exclamation mark is tried as a cell range of the first visible sheet, then as a named range, then as a
    title. The last exclamation mark divides; an empty title is the first sheet; a title may hold a mark itself.
    :raises RangeError: nothing of that name exists.
    """
    title, mark, rest = text.rpartition("!")
    if mark and rest:
        box = parse_range(rest)
        sheet = book.first_visible() if title in {"", "''"} else _titled(book, title)
        if sheet is not None and box is not None:
            return sheet, box
        named = _named(book, rest)
        if sheet is not None and named is not None:
            return named
    elif not mark:
        box = parse_range(rest)
        if box is not None:
            return book.first_visible(), box
        named = _named(book, rest)
        if named is not None:
            return named
    whole = _titled(book, text)
    if whole is None:
        raise RangeError(text)
    return whole, Box()


def _named(book: Book, name: str) -> tuple[Sheet, Box] | None:
    """A named range, also behind the title of a sheet: gspread reads `'Sheet1'!my_range`."""
    found = book.named_range(name)
    owner = book.by_id(found["range"].get("sheetId", 0)) if found is not None else None
    return None if found is None or owner is None else (owner, Box.of_json(found["range"]))


def _titled(book: Book, text: str) -> Sheet | None:
    if len(text) > 1 and text[0] == text[-1] == "'":
        text = text[1:-1].replace("''", "'")
    return book.by_title(text)
