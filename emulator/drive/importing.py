"""Uploaded bytes that become a Google type: text a document, CSV or XLSX a spreadsheet.

What can become a spreadsheet is written down by the spreadsheets themselves, in `emulator.sheets.importing`.
Source: Drive API guide, "Upload file data" (import to Google Docs types); reason of the refusal from field reports.
"""

from __future__ import annotations

from collections.abc import Callable
from html.parser import HTMLParser

from emulator.drive import refusals
from emulator.drive.formats import IMPORT_FORMATS
from emulator.drive.model import DOCUMENT, SPREADSHEET, File
from emulator.kernel import World

_RICH_TEXT = frozenset(("text/rtf", "text/richtext"))
_BLOCKS = frozenset(("p", "div", "li", "tr", "br", "h1", "h2", "h3", "h4", "h5", "h6"))

Fill = Callable[[World, File], None]
Converter = Callable[[World, str, bytes], Fill]
"""Reads bytes for a file of that name, before anything is made; what it gives fills the file afterwards."""


def converter(source: str, target: str) -> Converter:
    """What turns bytes of one type into a Google type.

    :raises ApiError: 400 conversionUnsupportedConversionPath where Google does not convert either, 501 where only Google does.
    """
    from emulator.sheets.importing import CONVERTERS  # it imports this package

    kind = source.partition(";")[0].strip().lower()
    if target == DOCUMENT and kind.startswith("text/") and kind not in _RICH_TEXT:
        return _read_html if kind == "text/html" else _read_text
    found = CONVERTERS.get(kind) if target == SPREADSHEET else None
    if found is None:
        known = target in IMPORT_FORMATS.get(kind, [])
        raise refusals.not_here(f"{kind} to {target}") if known else refusals.unsupported_conversion()
    return found


def _fill_with(content: bytes) -> Fill:
    def fill(world: World, file: File) -> None:
        file.content = content

    return fill


def _read_text(world: World, name: str, data: bytes) -> Fill:
    return _fill_with(data)


class _Words(HTMLParser):
    """Gathers the text of a page, a line for each block."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_data(self, data: str) -> None:
        """Keep a text."""
        self.found.append(data)

    def handle_endtag(self, tag: str) -> None:
        """End a line behind a block."""
        if tag in _BLOCKS:
            self.found.append("\n")


def _read_html(world: World, name: str, data: bytes) -> Fill:
    words = _Words()
    words.feed(data.decode("utf-8", "replace"))
    return _fill_with("".join(words.found).encode())
