"""The sheets as data: `sheets_templates/*.yaml` read into typed values, once per process.

Placeholders such as `{client}` stay in the texts; `str.format` fills them where the sheet is built.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
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
class RegisterBook:
    """The register of one audience. columns, tabs: keys of the template, in their order."""

    file_name: str
    columns: tuple[str, ...]
    tabs: tuple[str, ...]


@dataclass(frozen=True)
class RegisterTab:
    """A further tab of a register. columns: from left to right."""

    tab: str
    title: str
    help: str
    columns: dict[str, Column]


@dataclass(frozen=True)
class StageSpan:
    """A stretch of the way whose time is measured. begins, ends: the states in which it begins and ends."""

    label: str
    begins: str
    ends: str


@dataclass(frozen=True)
class Advice:
    """Why something waits for a person, and what to do about it."""

    reason: str
    remedy: str


@dataclass(frozen=True)
class RegisterTemplate:
    """The register: one workbook an audience, one row a dossier. open: text of its links; months: how many are shown;
    access_days: for how long a difference of access is; case_days: for how long a case that has ended is; cases_of: role or area whose
    cases stand on the tabs of cases; payment_states: names of `OrderState`.

    parked_dossiers, parked_mails: by the class of what failed, `other` for the rest.
    """

    locale: str
    title: str
    updated: str
    tab: str
    calendar_tab: str
    open: str
    workbooks: dict[str, RegisterBook]
    columns: dict[str, Column]
    tabs: dict[str, RegisterTab]
    stages: dict[str, StageSpan]
    months: int
    access_days: int
    case_days: int
    cases_of: str
    payment_states: dict[str, str]
    texts: dict[str, str]
    parked_dossiers: dict[str, Advice]
    parked_mails: dict[str, Advice]
    colors: dict[str, str]


@dataclass(frozen=True)
class AdjustmentTab:
    """A tab of the workbook Ajustes. columns: from left to right, behind a hidden one of keys; rows: most rows of a list, 0 = fixed rows."""

    tab: str
    title: str
    help: str
    columns: dict[str, Column]
    rows: int = 0


@dataclass(frozen=True)
class Topic:
    """A row of the first tab of Ajustes."""

    label: str
    text: str


@dataclass(frozen=True)
class ContactField:
    """A value of company.yaml that the company changes itself. kind: email | phone | text | lines."""

    label: str
    explains: str
    kind: str
    max_length: int


@dataclass(frozen=True)
class OwnMail:
    """A mail whose paragraphs the company may write itself. names: placeholders that this mail knows."""

    label: str
    names: tuple[str, ...]


@dataclass(frozen=True)
class AdjustmentsTemplate:
    """The workbook Ajustes. placeholders: name in a paragraph -> expression of the mail's template; deadlines: key -> name."""

    file_name: str
    locale: str
    tabs: dict[str, AdjustmentTab]
    guide: dict[str, Topic]
    contact: dict[str, ContactField]
    deadlines: dict[str, str]
    area_deadline: str
    mails: dict[str, OwnMail]
    placeholders: dict[str, str]
    limits: dict[str, int]
    texts: dict[str, str]
    refusals: dict[str, str]
    colors: dict[str, str]


@dataclass(frozen=True)
class ExchangeState:
    """A state of an exchange. counts: whether it is summed."""

    label: str
    counts: bool


@dataclass(frozen=True)
class AlertRule:
    """When Cumplimiento is told: more than `above` within `window_days` days in a row."""

    above: Decimal
    window_days: int


@dataclass(frozen=True)
class ExchangeTemplate:
    """The exchange sheet as data. area: who keeps it; rows: how many are prepared."""

    area: str
    file_name: str
    tab: str
    locale: str
    title: str
    help: str
    link: str
    no_link: str
    rows: int
    columns: dict[str, Column]
    states: dict[str, ExchangeState]
    alert: AlertRule
    colors: dict[str, str]


@lru_cache(maxsize=4)
def documents(root: Path) -> DocumentsTemplate:
    """`sheets_templates/documents.yaml` under `root` (`Process.folder`), read once.

    :raises ConfigurationError: the file is missing or a block has the wrong shape; so do those below.
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


@lru_cache(maxsize=4)
def adjustments(root: Path) -> AdjustmentsTemplate:
    """`sheets_templates/adjustments.yaml` under `root`, read once."""
    return typed(read_table(root / "sheets_templates" / "adjustments.yaml"), AdjustmentsTemplate, "adjustments.yaml")


@lru_cache(maxsize=4)
def exchange_sheet(root: Path) -> ExchangeTemplate:
    """`sheets_templates/exchange_sheet.yaml` under `root`, read once. :raises ConfigurationError: it has the wrong shape."""
    return typed(read_table(root / "sheets_templates" / "exchange_sheet.yaml"), ExchangeTemplate, "exchange_sheet.yaml")
