"""One sheet as CSV or tab-separated text, as Drive exports it: shown texts, UTF-8, CRLF between lines."""

from __future__ import annotations

import csv
import io

from emulator.drive.model import File
from emulator.kernel import World
from emulator.sheets.engine import engine_of
from emulator.sheets.model import BOOKS, Book, Sheet


def _lines(world: World, file: File, sheet: Sheet | None) -> list[list[str]]:
    book: Book = world.table(BOOKS)[file.id]
    engine, sheet = engine_of(world, book), sheet or book.first_visible()
    return [[engine.text(sheet, r, c) for c in range(engine.width(sheet))] for r in range(engine.height(sheet))]


def to_csv(world: World, file: File, sheet: Sheet | None = None) -> bytes:
    """One sheet, the first unless another is named; commas between the values.

    Formula texts are exported as they are: harmful ones stay harmful.
    """
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows(_lines(world, file, sheet))
    return out.getvalue().removesuffix("\r\n").encode()


def to_tsv(world: World, file: File, sheet: Sheet | None = None) -> bytes:
    """One sheet, the first unless another is named; tabs between the values; tabs and line ends inside a value become spaces."""
    lines = ("\t".join(text.replace("\t", " ").replace("\n", " ") for text in line) for line in _lines(world, file, sheet))
    return "\r\n".join(lines).encode()
