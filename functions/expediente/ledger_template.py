"""`sheets_templates/ledger.yaml` as typed values: the tabs and columns of what Cartera exports, and every word of the answer."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from expediente.ledger_data import MovementKind
from expediente.tables import read_table, typed
from expediente.texts import fold_name

FILE = "ledger.yaml"
# What stands in these tabs; the order in which they are applied is that of the table.
CLIENTS, INVOICES, DEBIT_NOTES, MOVEMENTS = "clients", "invoices", "debit_notes", "movements"
VOIDED = "voided"


@dataclass(frozen=True)
class Column:
    """A column. kind: what is written in it; also: other headings under which it may come."""

    label: str
    kind: str
    help: str
    required: bool = False
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class Tab:
    """A tab. columns: by the name of the value that they give, from left to right."""

    tab: str
    help: str
    columns: dict[str, Column]


@dataclass(frozen=True)
class Guide:
    """The tab that explains the columns. columns: its four headings."""

    tab: str
    columns: tuple[str, ...]
    needed: str
    optional: str


@dataclass(frozen=True)
class Words:
    """What may be chosen: key -> words that are taken, the first one is shown."""

    status: dict[str, tuple[str, ...]]
    movement: dict[MovementKind, tuple[str, ...]]


@dataclass(frozen=True)
class Advice:
    """What is wrong with a value, and what to do about it."""

    rule: str
    remedy: str


@dataclass(frozen=True)
class LedgerTemplate:
    """The whole table. limits: counts, bytes, letters, days and hours by name."""

    file_name: str
    answer_name: str
    guide: Guide
    result: str
    currencies: tuple[str, ...]
    choices: Words
    settles_nothing: tuple[str, ...]
    tabs: dict[str, Tab]
    limits: dict[str, int]
    outcomes: dict[str, str]
    problems: dict[str, Advice]
    refusals: dict[str, str]
    notes: dict[str, str]
    counts: dict[str, str]

    def problem(self, label: str, value: str, key: str, **facts: object) -> str:
        """What is said beside a row: column, value, rule, remedy."""
        advice = self.problems[key]
        shown = f"{label} «{value}»" if value else label
        return f"{shown}: {advice.rule.format(**facts)}. {advice.remedy.format(**facts)}"


@lru_cache(maxsize=4)
def template(root: Path) -> LedgerTemplate:
    """`sheets_templates/ledger.yaml` under `root` (`Process.folder`), read once. :raises ConfigurationError: it has the wrong shape."""
    return typed(read_table(root / "sheets_templates" / FILE), LedgerTemplate, FILE)


@lru_cache(maxsize=16)
def headings(tab_key: str, root: Path) -> dict[str, str]:
    """Folded heading -> name of its column, of one tab."""
    columns = template(root).tabs[tab_key].columns
    also = {fold_name(text): name for name, column in columns.items() for text in column.also}
    return also | {fold_name(column.label): name for name, column in columns.items()}
