"""What Google converts from and to, and the looks of shared drives: the fixed lists of `about`.

Google's whole lists stand here, though the local Workspace converts only some of it: the rest is 501, which is not to be
mistaken for Google's own 400. Source: an answer of the live service that the manual of a client library shows (2025).
"""

from __future__ import annotations

from emulator.drive.model import NATIVE_PREFIX
from emulator.kernel import Json

_OFFICE = "application/vnd.openxmlformats-officedocument."
_ODF = "application/vnd.oasis.opendocument."
_X_ODF = "application/x-vnd.oasis.opendocument."

_IMPORTS = {
    "document": [
        *("image/gif", "image/x-bmp", "image/jpg", "image/jpeg", "image/bmp", "image/pjpeg", "image/png", "image/x-png"),
        *("text/rtf", "text/markdown", "text/html", "text/richtext", "text/x-markdown", "text/plain"),
        *("application/msword", "application/pdf", "application/rtf", "application/vnd.sun.xml.writer"),
        *("application/vnd.ms-word.template.macroenabled.12", "application/vnd.ms-word.document.macroenabled.12"),
        *(f"{_OFFICE}wordprocessingml.template", f"{_OFFICE}wordprocessingml.document", f"{_X_ODF}text", f"{_ODF}text"),
    ],
    "spreadsheet": [
        *("text/tab-separated-values", "text/csv", "text/comma-separated-values", "application/vnd.ms-excel"),
        *("application/vnd.ms-excel.sheet.macroenabled.12", "application/vnd.ms-excel.template.macroenabled.12"),
        *(f"{_OFFICE}spreadsheetml.template", f"{_OFFICE}spreadsheetml.sheet", f"{_ODF}spreadsheet", f"{_X_ODF}spreadsheet"),
    ],
    "presentation": [
        *(f"{_X_ODF}presentation", f"{_ODF}presentation", "application/vnd.ms-powerpoint"),
        *(f"{_OFFICE}presentationml.{name}" for name in ("presentation", "template", "slideshow")),
        *(f"application/vnd.ms-powerpoint.{name}.macroenabled.12" for name in ("presentation", "slideshow", "template")),
    ],
    "drawing": ["application/x-msmetafile"],
    "script": [f"{NATIVE_PREFIX}script+text/plain", f"{NATIVE_PREFIX}script+json"],
    "vid": ["video/ogg", "video/quicktime", "video/mp4", "video/webm"],
}
IMPORT_FORMATS: dict[str, list[str]] = {
    source: [NATIVE_PREFIX + target] for target, sources in _IMPORTS.items() for source in sources
}
"""Type of the bytes to the Google types that they can become."""

EXPORT_FORMATS: dict[str, list[str]] = {
    f"{NATIVE_PREFIX}document": [
        *("application/rtf", f"{_ODF}text", "text/html", "application/pdf", "text/x-markdown", "text/markdown"),
        *("application/epub+zip", "application/zip", f"{_OFFICE}wordprocessingml.document", "text/plain"),
    ],
    f"{NATIVE_PREFIX}vid": ["video/mp4"],
    f"{NATIVE_PREFIX}spreadsheet": [
        *(f"{_X_ODF}spreadsheet", "text/tab-separated-values", "application/pdf", f"{_OFFICE}spreadsheetml.sheet"),
        *("text/csv", "application/zip", f"{_ODF}spreadsheet"),
    ],
    f"{NATIVE_PREFIX}jam": ["application/pdf"],
    f"{NATIVE_PREFIX}script": [f"{NATIVE_PREFIX}script+json"],
    f"{NATIVE_PREFIX}presentation": [
        *(f"{_ODF}presentation", "application/pdf", f"{_OFFICE}presentationml.presentation", "text/plain"),
    ],
    f"{NATIVE_PREFIX}form": ["application/zip"],
    f"{NATIVE_PREFIX}drawing": ["image/svg+xml", "image/png", "application/pdf", "image/jpeg"],
    f"{NATIVE_PREFIX}site": ["text/plain"],
    f"{NATIVE_PREFIX}mail-layout": ["text/plain"],
}
"""Google type to what it can be written as."""

MAX_IMPORT_SIZES = {
    f"{NATIVE_PREFIX}document": "10485760",
    f"{NATIVE_PREFIX}spreadsheet": "104857600",
    f"{NATIVE_PREFIX}presentation": "104857600",
    f"{NATIVE_PREFIX}drawing": "2097152",
}

_COLORS = (
    "#ac725e #d06b64 #f83a22 #fa573c #ff7537 #ffad46 #fad165 #fbe983 #b3dc6c #7bd148 #16a765 #42d692 "
    "#92e1c0 #9fe1e7 #9fc6e7 #4986e7 #9a9cff #b99aff #a47ae2 #cd74e6 #f691b2 #cca6ac #cabdbf #8f8f8f"
)
FOLDER_COLORS = _COLORS.split()
"""The palette of folders."""

_LOOKS = (
    "abacus ea6100 blueprints 4285f4 bok_choy 689f38 books 4285f4 bread ef6c00 bubbles_color f06292 circuit 039be5 "
    "clams e91e63 clovers 689f38 cocktails db4437 concert ef6c00 desk 607d8b donut_coffee f06292 fabric_rolls 78909c "
    "flags 009688 flower_field e06055 flowers 689f38 glass 0f9d58 lighthouse 4285f4 maps 8d6e63 mountains 5c6bc0 "
    "notebook 689f38 paper_colored 9c27b0 pencils 0097a7 roofing_metal 039be5 sticky_notes 0097a7 table 8d6e63 "
    "travel 039be5 waves ff5722 waves_blue 5c6bc0 wood 8d6e63"
)
THEMES: dict[str, str] = {name: f"#{color}" for name, color in zip(_LOOKS.split()[::2], _LOOKS.split()[1::2], strict=True)}
"""The themes of shared drives by id, each with its colour."""


def background(theme_id: str) -> str:
    """The address of a theme's picture."""
    return f"https://ssl.gstatic.com/team_drive_themes/{theme_id}_background.jpg"


def themes() -> list[Json]:
    """The member `driveThemes` of `about`."""
    return [{"id": name, "backgroundImageLink": background(name), "colorRgb": color} for name, color in THEMES.items()]
