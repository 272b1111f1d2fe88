"""The cells of the workbook Ajustes: what a row is, whether a tab is whole, and each kind of value as people type it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from expediente.documents_reading import sheet_day
from expediente.google.sheets import Cell
from expediente.templates import AdjustmentsTemplate
from expediente.texts import clean_text, has_control_characters, looks_like_formula

# Title, help line, heading.
HEAD_ROWS = 3
KEY, NOTICE = "key", "notice"
# What people fill in, by tab; the rest is ours.
INPUTS = {
    "guide": ("value",),
    "contact": ("value",),
    "people": ("address", "name", "role_1", "role_2", "role_3", "substitute", "head_1", "head_2"),
    "absences": ("person", "first", "last"),
    "holidays": ("day", "reason"),
    "deadlines": ("days", "reminders"),
    "mails": ("own",),
}
# What we write back where it differs.
OURS = {"people": ("groups",)}

# Tab and column -> cells from row 1 down; None = the column is not there.
Cells = Mapping[tuple[str, str], tuple[Cell, ...] | None]

_ERRORS = re.compile(r"#(REF|N/A|VALUE|NAME|ERROR|DIV/0|NUM|NULL)[!?]?")
_NAME = re.compile(r"\{([^{}]*)\}")
_TAG = re.compile(r"<[^>]*>|&[a-zA-Z]+;|&#\w+;|\{\{|\}\}|\{%|%\}|\{#|#\}")


class RefusedError(Exception):
    """A cell that cannot be accepted. column: of the tab; reason: key of `refusals`; value: as it stands in the cell."""

    def __init__(self, column: str, reason: str, value: str = "", **facts: object) -> None:
        super().__init__(f"{column}: {reason}")
        self.column, self.reason, self.value, self.facts = column, reason, value, facts


@dataclass(frozen=True)
class Row:
    """A row that holds something. index: from 0 in the sheet; key: what named it when it was accepted, '' for a new one."""

    index: int
    key: str
    cells: Mapping[str, Cell]

    def shown(self, column: str) -> str:
        """A cell as text, as nearly as it was typed."""
        return _text(self.cells.get(column))

    def text(self, column: str) -> str:
        """A cell on one clean line."""
        return clean_text(self.shown(column))


def _text(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


def lookups() -> list[tuple[str, str]]:
    """Every column that is read: its key, what people fill in, and what we write beside it."""
    found = []
    for tab, inputs in INPUTS.items():
        ours = () if tab == "guide" else (NOTICE,)
        found += [(tab, name) for name in (KEY, *inputs, *OURS.get(tab, ()), *ours)]
    return found


def broken(template: AdjustmentsTemplate, cells: Cells, tab: str) -> str:
    """What is wrong with a tab as a whole, '' = nothing: a column is gone, or a heading is not where it was."""
    spec = template.tabs[tab]
    names = [name for at, name in lookups() if at == tab]
    if any(cells.get((tab, name)) is None for name in names):
        return template.refusals["tab_gone"].format(tab=spec.tab)
    for name in names:
        column = cells[tab, name] or ()
        heading = _text(column[HEAD_ROWS - 1]) if len(column) >= HEAD_ROWS else ""
        wanted = KEY if name == KEY else spec.columns[name].label
        if heading != wanted:
            return template.refusals["heading"].format(tab=spec.tab, column=wanted)
    return ""


def rows(cells: Cells, tab: str) -> list[Row]:
    """The rows below the heading in which a person has left anything. A row that was emptied is gone."""
    columns = {name: cells[tab, name] or () for name in INPUTS[tab]}
    keys = cells[tab, KEY] or ()
    fixed = tab not in ("people", "absences", "holidays")
    last = max(len(keys), *(len(column) for column in columns.values()))
    found = []
    for index in range(HEAD_ROWS, last):
        row = {name: column[index] if index < len(column) else "" for name, column in columns.items()}
        key = _text(keys[index]).strip() if index < len(keys) else ""
        if (fixed and key) or any(_text(cell).strip() for cell in row.values()):
            found.append(Row(index, key, row))
    return found


def guide_value(cells: Cells, key: str) -> str:
    """What stands beside a row of the first tab, '' when it is not there."""
    keys, values = cells.get(("guide", KEY)) or (), cells.get(("guide", "value")) or ()
    return next((_text(values[n]) for n, name in enumerate(keys) if name == key and n < len(values)), "")


# --- values --------------------------------------------------------------------------------------------------------------------


def _plain(column: str, row: Row, *, multiline: bool = False) -> str:
    """A text without anything that cannot be seen. :raises RefusedError: an error of a formula, or text that hides something."""
    written = row.shown(column)
    if _ERRORS.match(written) or has_control_characters(written):
        raise RefusedError(column, "odd", "" if has_control_characters(written) else written)
    return clean_text(written, multiline=multiline)


def line(template: AdjustmentsTemplate, column: str, row: Row, most: int, *, required: bool = True) -> str:
    """One line of text. :raises RefusedError: empty though required, too long, or like a formula."""
    text = _plain(column, row)
    if required and not text:
        raise RefusedError(column, "empty")
    if len(text) > most:
        raise RefusedError(column, "too_long", text, most=most)
    if looks_like_formula(text):
        raise RefusedError(column, "formula", text)
    return text


def address(column: str, row: Row, domain: str) -> str:
    """An address of the company, in lower case. :raises RefusedError: it is none."""
    from expediente import identifiers

    text = _plain(column, row)
    if not text:
        raise RefusedError(column, "empty")
    found = identifiers.email(text)
    if found is None:
        raise RefusedError(column, "email", text, domain=domain)
    if not found.lower().endswith(f"@{domain}"):
        raise RefusedError(column, "domain", text, domain=domain)
    return found.lower()


def contact(template: AdjustmentsTemplate, domain: str, key: str, row: Row) -> str:
    """A contact value of its kind. :raises RefusedError: it is none."""
    spec = template.contact[key]
    if spec.kind == "email":
        return address("value", row, domain)
    if spec.kind == "phone":
        return _phone(row, spec.max_length)
    if spec.kind == "text":
        return line(template, "value", row, spec.max_length)
    text = _plain("value", row, multiline=True)
    lines = [part.strip() for part in text.split("\n") if part.strip()]
    if not lines:
        raise RefusedError("value", "empty")
    if len(text) > spec.max_length:
        raise RefusedError("value", "too_long", text, most=spec.max_length)
    for part in lines:
        if part[0] in "=+@":
            raise RefusedError("value", "formula", part)
    return "\n".join(lines)


def _phone(row: Row, most: int) -> str:
    from expediente import identifiers

    text = _plain("value", row)
    if not text:
        raise RefusedError("value", "empty")
    found = identifiers.phone(text)
    if found is None or not found.valid or len(text) > most:
        raise RefusedError("value", "phone", text)
    return text


def day(column: str, row: Row) -> date:
    """A date. :raises RefusedError: empty, or none."""
    if not row.text(column):
        raise RefusedError(column, "empty")
    found = sheet_day(row.cells.get(column))
    if found is None:
        raise RefusedError(column, "day", row.text(column))
    return found


def whole_days(template: AdjustmentsTemplate, row: Row) -> int:
    """A number of working days. :raises RefusedError: not whole, or outside the limits."""
    most, text = template.limits["most_days"], row.text("days")
    if not text:
        raise RefusedError("days", "empty")
    if isinstance(row.cells.get("days"), bool) or not re.fullmatch(r"[0-9]{1,4}", text) or not 1 <= int(text) <= most:
        raise RefusedError("days", "whole_days", text, most=most)
    return int(text)


def reminders(template: AdjustmentsTemplate, row: Row) -> tuple[int, ...]:
    """The working days on which something is reminded, rising. :raises RefusedError: anything else."""
    text, limits = row.text("reminders"), template.limits
    if not text:
        return ()
    parts = [part.strip() for part in re.split(r"[,;y]", text)]
    facts = {"most": limits["most_days"], "count": limits["most_reminders"]}
    if isinstance(row.cells.get("reminders"), bool) or not all(re.fullmatch(r"[0-9]{1,4}", part) for part in parts):
        raise RefusedError("reminders", "reminders", text, **facts)
    days = [int(part) for part in parts]
    if days != sorted(set(days)) or days[0] < 1 or days[-1] > limits["most_days"] or len(days) > limits["most_reminders"]:
        raise RefusedError("reminders", "reminders", text, **facts)
    return tuple(days)


def paragraphs(template: AdjustmentsTemplate, key: str, row: Row) -> str:
    """The company's own paragraphs of a mail, one a line, '' = the template's. :raises RefusedError: what a mail may not hold."""
    text, limits = _plain("own", row, multiline=True), template.limits
    lines = [part.strip() for part in text.split("\n") if part.strip()]
    if len(text) > limits["paragraph_letters"]:
        raise RefusedError("own", "too_long", text, most=limits["paragraph_letters"])
    if len(lines) > limits["paragraphs"]:
        raise RefusedError("own", "paragraphs", text, most=limits["paragraphs"])
    tag = _TAG.search(text)
    if tag:
        raise RefusedError("own", "html", tag[0])
    if any(part[0] in "=+@" for part in lines):
        raise RefusedError("own", "formula", text)
    names = template.mails[key].names
    for name in _NAME.findall(text):
        if name not in names:
            allowed = ", ".join("{" + one + "}" for one in names)
            raise RefusedError("own", "unknown_name", text, name="{" + name + "}", names=allowed)
    rest: Any = _NAME.sub("", text)
    if "{" in rest or "}" in rest:
        raise RefusedError("own", "braces", text, cliente="{cliente}")
    return "\n".join(lines)
