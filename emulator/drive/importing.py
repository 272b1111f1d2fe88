"""Uploaded bytes that become a Google type: text a document, CSV or XLSX a spreadsheet.

What can become a spreadsheet is written down by the spreadsheets themselves, in `emulator.sheets.importing`.
Source: Drive API guide, "Upload file data" (import to Google Docs types); reason of the refusal from field reports.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable

from emulator.drive import refusals
from emulator.drive.model import DOCUMENT, SPREADSHEET, File
from emulator.kernel import World

Converter = Callable[[World, File, bytes], None]
_DOCUMENT_SOURCES = ("text/plain", "text/html", "text/markdown", "text/rtf")


def spreadsheet_converters() -> dict[str, Converter]:
    """Source type to the function that fills a spreadsheet; empty where the spreadsheets know none."""
    try:
        found: dict[str, Converter] = importlib.import_module("emulator.sheets.importing").CONVERTERS
    except ModuleNotFoundError:
        return {}
    return found


def import_formats() -> dict[str, list[str]]:
    """The member `importFormats` of `about`."""
    formats = {source: [DOCUMENT] for source in _DOCUMENT_SOURCES}
    for source in spreadsheet_converters():
        formats.setdefault(source, []).append(SPREADSHEET)
    return formats


def converter(source: str, target: str) -> Converter:
    """What turns bytes of one type into a Google type.

    :raises ApiError: 400 conversionUnsupportedConversionPath when nothing does.
    """
    kind = source.partition(";")[0].strip().lower()
    if target == DOCUMENT and kind.startswith("text/"):
        return _fill_document
    found = spreadsheet_converters().get(kind) if target == SPREADSHEET else None
    if found is None:
        raise refusals.unsupported_conversion()
    return found


def _fill_document(world: World, file: File, data: bytes) -> None:
    file.content = data
