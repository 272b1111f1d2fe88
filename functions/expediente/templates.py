"""The sheets as data: `sheets_templates/*.yaml` read into typed values, once per process.

Placeholders such as `{client}` stay in the texts; `str.format` fills them where the sheet is built.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from expediente.tables import read_table, typed


@dataclass(frozen=True)
class Column:
    """A column of a tab: heading and width in pixels."""

    label: str
    width: int


@dataclass(frozen=True)
class FieldRow:
    """A value that the Encargado gives, above the list of papers."""

    label: str
    explains: str


@dataclass(frozen=True)
class ControlSheetTemplate:
    """The control sheet: texts, widths (pixels) and colours (#RRGGBB); its rows and columns come from the process."""

    file_name: str
    tab: str
    locale: str
    texts: dict[str, str]
    widths: dict[str, int]
    colors: dict[str, str]


@dataclass(frozen=True)
class PapersTab:
    """The tab of the papers. columns: from left to right."""

    tab: str
    title: str
    help: str
    fields: dict[str, FieldRow]
    columns: dict[str, Column]
    progress: str


@dataclass(frozen=True)
class FilesTab:
    """The tab of the files that come in. rows: how many are prepared."""

    tab: str
    title: str
    help: str
    columns: dict[str, Column]
    rows: int
    unclassified: str


@dataclass(frozen=True)
class DocumentsTemplate:
    """The workbook `Documentos`. states: pending, verified, returned, expired -> label; notices: our words beside a cell, by code."""

    file_name: str
    locale: str
    papers: PapersTab
    files: FilesTab
    states: dict[str, str]
    notices: dict[str, str]
    colors: dict[str, str]


@dataclass(frozen=True)
class RegisterTemplate:
    """The register of all dossiers: one row each. open: text of its links."""

    file_name: str
    tab: str
    locale: str
    title: str
    updated: str
    columns: dict[str, Column]
    open: str
    colors: dict[str, str]


@lru_cache(maxsize=4)
def documents(root: Path) -> DocumentsTemplate:
    """`sheets_templates/documents.yaml` under `root` (`Process.folder`), read once.

    :raises ConfigurationError: the file is missing or a block has the wrong shape; so do the two below.
    """
    return typed(read_table(root / "sheets_templates" / "documents.yaml"), DocumentsTemplate, "documents.yaml")


@lru_cache(maxsize=4)
def control_sheet(root: Path) -> ControlSheetTemplate:
    """`sheets_templates/control_sheet.yaml` under `root`, read once."""
    return typed(read_table(root / "sheets_templates" / "control_sheet.yaml"), ControlSheetTemplate, "control_sheet.yaml")


@lru_cache(maxsize=4)
def register(root: Path) -> RegisterTemplate:
    """`sheets_templates/register.yaml` under `root`, read once."""
    return typed(read_table(root / "sheets_templates" / "register.yaml"), RegisterTemplate, "register.yaml")
