"""Rows of a file of Excel, one after the other, for as little memory as can be: a hostile file is refused, never expanded.

A document type declaration, hence every trick with entities, is refused by the parser; sizes are known before anything is unpacked.
A formula is told as such, whatever value it had when the file was saved. Source: ECMA-376, SpreadsheetML.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from enum import Enum
from io import BytesIO
from posixpath import join, normpath
from typing import IO, Any
from xml.parsers import expat

_CHUNK = 1 << 16
_MOST_PARTS = 2_000
_MOST_COLUMNS = 60
_MOST_SHEETS = 40
_MOST_TEXT = 2_000
# Excel keeps fifteen digits of a number; what stands behind them is noise of its binary form.
_DIGITS = 15
_DAY_FORMATS = frozenset({*range(14, 18), 22, *range(27, 37), *range(50, 59)})
_DAY_CODE = re.compile(r"[dy]", re.IGNORECASE)
_QUOTED = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.')
_PLACE = re.compile(r"([A-Z]{1,3})[0-9]+")


class Odd(Enum):
    """A cell that holds no value that could be taken."""

    FORMULA = "formula"
    ERROR = "cell_error"
    ENCODING = "encoding"


Value = str | Decimal | date | Odd
Rows = Iterator[tuple[int, list[Value]]]


class UnreadableError(Exception):
    """The file as a whole cannot be read. reason: key of `refusals` in ledger.yaml."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class _Parts:
    """What the sheets refer to. sheets: (name, path); texts: shared strings; days: styles that show a number as a day."""

    sheets: tuple[tuple[str, str], ...]
    texts: list[str]
    days: frozenset[int]
    since_1904: bool


class Xlsx:
    """A workbook. :raises UnreadableError: it is none, is too large when unpacked, or was made to do harm; also while rows are read."""

    def __init__(self, data: bytes, most_bytes: int) -> None:
        try:
            self._archive = zipfile.ZipFile(BytesIO(data))
        except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
            raise UnreadableError("broken") from error
        parts = self._archive.infolist()
        if len(parts) > _MOST_PARTS or sum(part.file_size for part in parts) > most_bytes:
            raise UnreadableError("too_big")
        self._left = most_bytes
        self._parts = self._read_parts()

    @property
    def sheets(self) -> list[str]:
        """The names of its tabs, from left to right."""
        return [name for name, _ in self._parts.sheets]

    def rows(self, sheet: str) -> Rows:
        """Number and cells of each row that holds something; absent cells are ''."""
        reader = _SheetReader(self._parts)
        for _ in self._feed(dict(self._parts.sheets)[sheet], reader.begin, reader.end, reader.text):
            yield from reader.take()
        yield from reader.take()

    def _read_parts(self) -> _Parts:
        targets, names, formats, texts = dict[str, str](), list[tuple[str, str]](), _Formats(), _Texts()
        since_1904 = False

        def relation(name: str, at: dict[str, str]) -> None:
            if name == "Relationship" and at.get("TargetMode") != "External":
                targets[at.get("Id", "")] = at.get("Target", "")

        def sheet(name: str, at: dict[str, str]) -> None:
            nonlocal since_1904
            if name == "sheet":
                names.append((at.get("name", ""), next((value for key, value in at.items() if key.endswith(":id")), "")))
            if name == "workbookPr":
                since_1904 = at.get("date1904") in ("1", "true")

        self._run("xl/_rels/workbook.xml.rels", relation)
        self._run("xl/workbook.xml", sheet)
        if not names or len(names) > _MOST_SHEETS:
            raise UnreadableError("broken")
        held = set(self._archive.namelist())
        if "xl/styles.xml" in held:
            self._run("xl/styles.xml", formats.begin, formats.end)
        if "xl/sharedStrings.xml" in held:
            self._run("xl/sharedStrings.xml", texts.begin, texts.end, texts.text)
        paths = ((name, normpath(join("xl", targets.get(id_, ""))).lstrip("/")) for name, id_ in names)
        found = tuple((name, path) for name, path in paths if path in held)
        return _Parts(found, texts.held, frozenset(formats.days()), since_1904)

    def _run(self, path: str, begin: Callable[..., None], end: Callable[..., None] | None = None, text: Any = None) -> None:
        for _ in self._feed(path, begin, end, text):
            pass

    def _feed(self, path: str, begin: Callable[..., None], end: Callable[..., None] | None, text: Any) -> Iterator[None]:
        parser = expat.ParserCreate()
        parser.StartDoctypeDeclHandler = _refuse
        parser.StartElementHandler = lambda name, at: begin(name.rpartition(":")[2], at)
        if end is not None:
            parser.EndElementHandler = lambda name: end(name.rpartition(":")[2])
        if text is not None:
            parser.CharacterDataHandler = text
        parser.buffer_text = True
        try:
            with self._archive.open(path) as stream:
                while chunk := self._chunk(stream):
                    parser.Parse(chunk, False)
                    yield
                parser.Parse(b"", True)
        except (KeyError, expat.ExpatError, zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError, OSError) as error:
            raise UnreadableError("broken") from error

    def _chunk(self, stream: IO[bytes]) -> bytes:
        """What is declared of a part's size may be a lie: what is really unpacked is counted."""
        chunk = stream.read(_CHUNK)
        self._left -= len(chunk)
        if self._left < 0:
            raise UnreadableError("too_big")
        return chunk


def _refuse(*_: object) -> None:
    raise UnreadableError("broken")


class _Texts:
    """The shared strings: text runs of one entry together, without those that only tell how it is read aloud."""

    def __init__(self) -> None:
        self.held: list[str] = []
        self._now: list[str] = []
        self._inside = self._aloud = False

    def begin(self, name: str, _: dict[str, str]) -> None:
        if name == "si":
            self._now = []
        self._aloud = self._aloud or name == "rPh"
        self._inside = name == "t" and not self._aloud

    def end(self, name: str) -> None:
        if name == "si":
            self.held.append("".join(self._now)[:_MOST_TEXT])
        self._inside = False
        self._aloud = self._aloud and name != "rPh"

    def text(self, said: str) -> None:
        if self._inside:
            self._now.append(said)


class _Formats:
    """Which styles of cells show a day."""

    def __init__(self) -> None:
        self._codes: dict[int, str] = {}
        self._used: list[int] = []
        self._inside = False

    def begin(self, name: str, at: dict[str, str]) -> None:
        if name == "numFmt":
            self._codes[_whole(at.get("numFmtId", ""))] = at.get("formatCode", "")
        self._inside = self._inside or name == "cellXfs"
        if name == "xf" and self._inside:
            self._used.append(_whole(at.get("numFmtId", "")))

    def end(self, name: str) -> None:
        self._inside = self._inside and name != "cellXfs"

    def days(self) -> Iterator[int]:
        for style, number in enumerate(self._used):
            code = _QUOTED.sub("", self._codes.get(number, ""))
            if number in _DAY_FORMATS or _DAY_CODE.search(code):
                yield style


class _SheetReader:
    """The rows of one sheet, as the parser meets them."""

    def __init__(self, parts: _Parts) -> None:
        self._parts = parts
        self._done: list[tuple[int, list[Value]]] = []
        self._cells: list[Value] = []
        self._row = 0
        self._column = 0
        self._kind, self._style = "", 0
        self._text: list[str] = []
        self._inside = self._formula = self._aloud = False

    def take(self) -> list[tuple[int, list[Value]]]:
        """The rows that are complete."""
        done, self._done = self._done, []
        return done

    def begin(self, name: str, at: dict[str, str]) -> None:
        if name == "c":
            match = _PLACE.fullmatch(at.get("r", ""))
            self._column = _number_of(match[1]) if match else self._column + 1
            self._kind, self._style, self._text, self._formula = at.get("t", "n"), _whole(at.get("s", "0")), [], False
        elif name == "row":
            number = _whole(at.get("r", "0"))
            self._row, self._column, self._cells = number or self._row + 1, -1, []
        elif name == "f":
            self._formula = True
        self._aloud = self._aloud or name == "rPh"
        self._inside = name in ("v", "t") and not self._aloud

    def end(self, name: str) -> None:
        self._inside = False
        self._aloud = self._aloud and name != "rPh"
        if name == "c" and self._column < _MOST_COLUMNS:
            value = self._value()
            if value != "":
                self._cells.extend([""] * (self._column + 1 - len(self._cells)))
                self._cells[self._column] = value
        elif name == "row" and self._cells:
            self._done.append((self._row, self._cells))

    def text(self, said: str) -> None:
        if self._inside:
            self._text.append(said)

    def _value(self) -> Value:
        if self._formula:
            return Odd.FORMULA
        said = "".join(self._text)[:_MOST_TEXT]
        if self._kind == "s":
            place = _whole(said)
            return self._parts.texts[place] if said and 0 <= place < len(self._parts.texts) else ""
        if self._kind == "e":
            return Odd.ERROR
        if self._kind in ("inlineStr", "str", "b"):
            return said
        return _day_of_text(said) if self._kind == "d" else self._number(said)

    def _number(self, said: str) -> Value:
        if not said:
            return ""
        try:
            value = Decimal(f"{Decimal(said):.{_DIGITS}g}")
        except (InvalidOperation, ValueError):
            return Odd.ERROR
        if not value.is_finite() or abs(value) > 10**15:
            return Odd.ERROR
        if self._style in self._parts.days:
            return _day_of_number(value, self._parts.since_1904)
        return value


def _day_of_number(value: Decimal, since_1904: bool) -> Value:
    """Excel counts days from 1900 with one too many, hence from 30 December 1899."""
    days = int(value) + (1462 if since_1904 else 0)
    return date(1899, 12, 30) + timedelta(days=days) if 60 < days < 2_958_466 else value


def _day_of_text(said: str) -> Value:
    try:
        return date.fromisoformat(said[:10])
    except ValueError:
        return said


def _number_of(letters: str) -> int:
    number = 0
    for one in letters:
        number = number * 26 + ord(one) - 64
    return number - 1


def _whole(said: str) -> int:
    return int(said) if said.isascii() and said.isdigit() and len(said) < 9 else 0
