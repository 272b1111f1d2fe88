"""Rows of a CSV file as programs of all kinds write it: UTF-8 with or without mark, Windows-1252, UTF-16; `;`, `,` or tab.

Each line is read as UTF-8 where it can be and as Windows-1252 else, so a file that two programs have written is read too.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator

from expediente.xlsx_reading import Odd, Rows, UnreadableError, Value

_SEPARATORS = ";,\t|"
_MOST_COLUMNS = 60
_LONGEST_FIELD = 20_000
# Stands for bytes that are a letter in neither encoding; no text of a person holds it.
_LOST = "\ufffd"


def rows(data: bytes) -> Rows:
    """Number and cells of each row that holds something. :raises UnreadableError: a row is no row, or the file is none."""
    if b"\0" in data[:4096] and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise UnreadableError("broken")
    lines = _lines(data)
    first = next((line for line in lines if line.strip()), "")
    separator = max(_SEPARATORS, key=lambda one: first.count(one))
    csv.field_size_limit(_LONGEST_FIELD)
    reader = csv.reader(iter(lines), delimiter=separator)
    try:
        for number, cells in _numbered(reader):
            if any(cells):
                yield number, [_value(cell) for cell in cells[:_MOST_COLUMNS]]
    except csv.Error as error:
        raise UnreadableError("broken") from error


def _numbered(reader: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
    """Rows as a spreadsheet would number them: one a record, however many lines it has."""
    for number, cells in enumerate(reader, 1):
        yield number, [cell.strip() for cell in cells]


def _lines(data: bytes) -> list[str]:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace").replace("\0", "").splitlines(keepends=True)
    body = data.removeprefix(b"\xef\xbb\xbf").replace(b"\0", b"")
    return [_decoded(line) for line in body.replace(b"\r\n", b"\n").replace(b"\r", b"\n").splitlines(keepends=True)]


def _decoded(line: bytes) -> str:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode("cp1252", errors="replace")


def _value(cell: str) -> Value:
    if _LOST in cell:
        return Odd.ENCODING
    return Odd.FORMULA if cell.startswith("=") else cell
