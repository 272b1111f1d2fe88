"""Uploads that become spreadsheets: .csv, .tsv and .xlsx.

Drive calls `CONVERTERS[type of the upload]` for `files.create` and `files.update` with the target type of a spreadsheet, and
for `files.copy` of such a file to that type: the bytes are read before anything is made, the result fills the file afterwards.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import replace

from emulator.drive.model import File
from emulator.kernel import ApiError, World
from emulator.sheets.engine import local_now
from emulator.sheets.entry import read_entry
from emulator.sheets.import_xlsx import read_xlsx
from emulator.sheets.model import BLANK, BOOKS, MAX_CELLS, Book, Sheet, fresh_number, new_book

Parser = Callable[[World, str, bytes], Book]
Fill = Callable[[World, File], None]
Converter = Callable[[World, str, bytes], Fill]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_MARKS = (",", ";", "\t", "|")
_MAX_TITLE = 100


def decoded(data: bytes) -> str:
    """The text of a file: by its byte order mark, else UTF-8, else Windows-1252."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def separator_of(text: str) -> str:
    """The mark that parts the most lines into the same number of values; a comma where none does."""

    def score(mark: str) -> tuple[int, int]:
        widths = [len(line) for line in csv.reader(io.StringIO(text[:20_000]), delimiter=mark) if line]
        most = max(set(widths), key=lambda w: (widths.count(w), w)) if widths else 1
        return (widths.count(most) if most > 1 else 0, most)

    return max(_MARKS, key=score)


def _read_text(world: World, name: str, data: bytes, mark: str | None) -> Book:
    """One sheet with every value as if it had been typed, in the locale of the new spreadsheet."""
    text = decoded(data)
    book = new_book(world, "")
    language, today = book.language, local_now(world, book).date()
    rows = list(csv.reader(io.StringIO(text), delimiter=mark or separator_of(text)))
    sheet = Sheet(fresh_number(), _title(name))
    sheet.rows, sheet.columns = max(sheet.rows, len(rows)), max(sheet.columns, max(map(len, rows), default=0))
    if sheet.rows * sheet.columns > MAX_CELLS:
        raise _unreadable()
    for r, line in enumerate(rows):
        for c, entry in enumerate(line):
            typed = read_entry(entry, language, today)
            style = {"numberFormat": typed.number_format} if typed.number_format else None
            sheet.put(r, c, replace(BLANK, value=typed.value, formula=typed.formula, format=style))
    book.sheets = [sheet]
    return book


def _title(name: str) -> str:
    """The name of the only sheet: that of the file, without its ending."""
    bare = name.rpartition(".")[0] if name.lower().endswith((".csv", ".tsv", ".txt")) else name
    return (bare or "Sheet1")[:_MAX_TITLE]


def _read_workbook(world: World, name: str, data: bytes) -> Book:
    try:
        return read_xlsx(new_book(world, ""), data)
    except Exception as error:
        # The errors of zipfile, lxml and openpyxl share no base of their own.
        raise _unreadable() from error


def _unreadable() -> ApiError:
    return ApiError(400, "Bad Request. The file could not be converted.", reason="badRequest")


_PARSERS: dict[str, Parser] = {
    "text/csv": lambda world, name, data: _read_text(world, name, data, None),
    "text/tab-separated-values": lambda world, name, data: _read_text(world, name, data, "\t"),
    XLSX: _read_workbook,
}


def _converter(parser: Parser) -> Converter:
    def convert(world: World, name: str, data: bytes) -> Fill:
        """Read what the upload holds; the answer puts it into the spreadsheet behind a file."""
        try:
            book = parser(world, name, data)
        except (ValueError, csv.Error) as broken:
            raise _unreadable() from broken

        def fill(world: World, file: File) -> None:
            old: Book | None = world.table(BOOKS).get(file.id)
            if old is not None:
                book.locale, book.time_zone = old.locale, old.time_zone
            book.spreadsheet_id = file.id
            world.table(BOOKS)[file.id] = book

        return fill

    return convert


CONVERTERS: dict[str, Converter] = {mime_type: _converter(parser) for mime_type, parser in _PARSERS.items()}
"""Type of the upload to what turns it into the record of a spreadsheet; 400 for bytes that cannot be read."""
