"""What a file is, told by its first bytes and never by its name. Sources: the formats' own descriptions.

Only what `allowed_mime_types` of process.yaml lets in is accepted; this module knows how to recognise it.
"""

from __future__ import annotations

import zipfile
from typing import IO

_HEAD_BYTES = 4096
_OLE_LOOK_BYTES = 262_144
_MOST_NAMES = 4096

_OFFICE = "application/vnd.openxmlformats-officedocument."
# Type -> ending of the name that it gets in Drive: the table of all that can be told apart.
SUFFIXES = {
    "application/pdf": ".pdf",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/heic": ".heic",
    "image/tiff": ".tif",
    "application/msword": ".doc",
    "application/vnd.ms-excel": ".xls",
    f"{_OFFICE}wordprocessingml.document": ".docx",
    f"{_OFFICE}spreadsheetml.sheet": ".xlsx",
}
# What begins in one way only.
_SIGNATURES = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = b"PK\x03\x04"
_HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"mif1", b"hevc")
# Readers look for the head of a PDF among the first 1024 bytes.
_PDF_WITHIN = 1024


def mime_of(stream: IO[bytes]) -> str:
    """The type of a file that can be read from its beginning, '' when it is none that is known here."""
    stream.seek(0)
    head = stream.read(_HEAD_BYTES)
    if b"%PDF-" in head[:_PDF_WITHIN]:
        return "application/pdf"
    for signature, mime in _SIGNATURES:
        if head.startswith(signature):
            return mime
    if head[4:8] == b"ftyp" and head[8:12] in _HEIC_BRANDS:
        return "image/heic"
    if head.startswith(_OLE):
        return _of_ole(stream)
    return _of_zip(stream) if head.startswith(_ZIP) else ""


def _of_ole(stream: IO[bytes]) -> str:
    """Office's older container: its directory names the stream of the one or the other program."""
    stream.seek(0)
    said = stream.read(_OLE_LOOK_BYTES)
    if "WordDocument".encode("utf-16-le") in said:
        return "application/msword"
    return "application/vnd.ms-excel" if "Workbook".encode("utf-16-le") in said else ""


def _of_zip(stream: IO[bytes]) -> str:
    """Office's newer container, by the names in it; nothing is unpacked."""
    try:
        with zipfile.ZipFile(stream) as archive:
            names = set(archive.namelist()[:_MOST_NAMES])
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return ""
    if "[Content_Types].xml" not in names:
        return ""
    if "word/document.xml" in names:
        return f"{_OFFICE}wordprocessingml.document"
    return f"{_OFFICE}spreadsheetml.sheet" if "xl/workbook.xml" in names else ""
