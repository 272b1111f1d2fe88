"""The files that Cartera drops, row by row: which tab is which, every row a typed value or what is wrong with it, in Spanish.

A file is read from its beginning as often as it is needed and always tells the same: where a run died, the next one goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from expediente import csv_reading
from expediente.ledger_data import ZERO, MovementKind
from expediente.ledger_template import DEBIT_NOTES, INVOICES, MOVEMENTS, VOIDED, headings
from expediente.ledger_values import Look, Settles, WrongValueError, is_empty, short, shown, value_of
from expediente.texts import fold_name
from expediente.xlsx_reading import Rows, UnreadableError, Value, Xlsx

_HEADING_WITHIN = 15
_FEW = 3
_ZIP = b"PK\x03\x04"
_OLD_OFFICE = b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True)
class Said:
    """What a row says; each tab fills its own. code, ruc: whose it is; order: number that the portal gave; issued_on: also of a movement.

    settles: None = the oldest first, () = nothing.
    """

    code: str = ""
    ruc: str = ""
    number: str = ""
    order: str = ""
    issued_on: date = date.min
    due_on: date = date.min
    since: date | None = None
    concept: str = ""
    subtotal: Decimal = ZERO
    tax: Decimal = ZERO
    total: Decimal = ZERO
    amount: Decimal = ZERO
    limit: Decimal = ZERO
    terms_days: int = 0
    returned: tuple[date, ...] = ()
    currency: str = ""
    cufe: str = ""
    status: str = ""
    movement: MovementKind = MovementKind.PAYMENT
    settles: Settles | None = None
    pdf: str = ""
    xml: str = ""

    @property
    def voided(self) -> bool:
        """Whether the row annuls what it names."""
        return self.status == VOIDED

    @property
    def reference(self) -> str:
        """Of a movement: the portal's own number where it has one, so that what was paid there is not counted twice."""
        return self.order or self.number


@dataclass(frozen=True)
class Row:
    """A row. tab: key; number: in its sheet, from 1; cells: as they stood there; said: None when something is wrong (`problems`).

    sheet: place of its sheet in `Source.sheets`.
    """

    tab: str
    number: int
    cells: tuple[Value, ...]
    said: Said | None
    problems: tuple[str, ...] = ()
    sheet: int = 0


@dataclass(frozen=True)
class Sheet:
    """A sheet that is one of the tabs. columns: name of a value -> its place; heading: as it stands there, in row `heading_row`."""

    tab: str
    heading: tuple[str, ...]
    heading_row: int
    columns: dict[str, int]
    open: Callable[[], Rows] = field(compare=False)


@dataclass
class Source:
    """An opened file. refusals: what was not taken as a whole; notes: what is only worth saying."""

    look: Look
    sheets: list[Sheet] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def rows(self) -> Iterator[Row]:
        """Every row of every tab, in the order in which they are applied. :raises UnreadableError: the file is broken further down."""
        seen: dict[tuple[str, str], int] = {}
        for place, sheet in enumerate(self.sheets):
            for number, cells in sheet.open():
                if number > sheet.heading_row and not all(is_empty(cell) for cell in cells):
                    yield replace(_once(self.look, sheet, _judged(self.look, sheet, number, cells), seen), sheet=place)

    def count(self) -> int:
        """How many rows there are. :raises UnreadableError: more than are taken, or the file is broken."""
        found = 0
        for sheet in self.sheets:
            before = found
            for number, cells in sheet.open():
                found += number > sheet.heading_row and not all(is_empty(cell) for cell in cells)
                if found > self.look.limit("rows"):
                    raise UnreadableError("too_many")
            if found == before:
                self.notes.append(self.look.template.notes["empty"].format(tab=self.look.template.tabs[sheet.tab].tab))
        return found


def read(look: Look, root: Path, data: bytes) -> Source:
    """Open a file. root: of the process. :raises UnreadableError: it is none of the kinds that are taken, is too large, or nothing in it is known."""
    if len(data) > look.limit("bytes"):
        raise UnreadableError("too_big")
    if data.startswith(_OLD_OFFICE):
        raise UnreadableError("type")
    opened = _of_xlsx(look, data) if data.startswith(_ZIP) else {"": lambda: csv_reading.rows(data)}
    source = Source(look)
    found = [_matched(look, root, name, rows) for name, rows in opened.items()]
    known = [one for one in found if one is not None]
    if not known:
        raise UnreadableError("no_tab")
    for key in look.template.tabs:
        for sheet in (one for one in known if one.tab == key):
            _take(source, root, sheet)
    return source


def _of_xlsx(look: Look, data: bytes) -> dict[str, Callable[[], Rows]]:
    book = Xlsx(data, look.limit("unpacked_bytes"))
    return {name: lambda name=name: book.rows(name) for name in book.sheets}  # type: ignore[misc]


def _matched(look: Look, root: Path, name: str, rows: Callable[[], Rows]) -> Sheet | None:
    """The tab that a sheet is: by its name, else by the headings; None when it is none."""
    tabs = look.template.tabs
    by_name = next((key for key, tab in tabs.items() if name and fold_name(tab.tab) == fold_name(name)), "")
    best: tuple[int, Sheet] | None = None
    for key in (by_name,) if by_name else tabs:
        known = headings(key, root)
        required = {one for one, column in tabs[key].columns.items() if column.required}
        for count, (number, cells) in enumerate(rows()):
            if count >= _HEADING_WITHIN:
                break
            places = {place: known[folded] for place, cell in enumerate(cells) if (folded := fold_name(shown(cell))) in known}
            score = len(set(places.values())) + 100 * (required <= set(places.values()))
            if places and (best is None or score > best[0]):
                columns = {one: place for place, one in reversed(places.items())}
                best = score, Sheet(key, tuple(shown(cell) for cell in cells), number, columns, rows)
    if best is not None and (by_name or best[0] >= _FEW):
        return best[1]
    return Sheet(by_name, (), 0, {}, rows) if by_name else None


def _take(source: Source, root: Path, sheet: Sheet) -> None:
    """Take a sheet unless a column is missing or there twice, and say which columns are not used."""
    template = source.look.template
    tab, known = template.tabs[sheet.tab], headings(sheet.tab, root)
    names = [known.get(fold_name(text), "") for text in sheet.heading]
    missing = [column.label for name, column in tab.columns.items() if column.required and name not in sheet.columns]
    twice = sorted({tab.columns[name].label for name in names if name and names.count(name) > 1})
    if not {"code", "ruc"} & set(sheet.columns):
        missing = [tab.columns["code"].label, *missing]
    for key, columns in (("missing_columns", missing), ("twice", twice)):
        if columns:
            source.refusals.append(template.refusals[key].format(tab=tab.tab, columns=", ".join(columns)))
            return
    unknown = [short(text) for text, name in zip(sheet.heading, names, strict=True) if text.strip() and not name]
    unknown = [text for text in unknown if fold_name(text) != fold_name(template.result)]
    if unknown:
        source.notes.append(template.notes["unknown_columns"].format(tab=tab.tab, columns=", ".join(unknown[:20])))
    source.sheets.append(sheet)


def _judged(look: Look, sheet: Sheet, number: int, cells: list[Value]) -> Row:
    tab = look.template.tabs[sheet.tab]
    values: dict[str, Any] = {}
    problems: list[str] = []
    for name, column in tab.columns.items():
        place = sheet.columns.get(name, -1)
        cell = cells[place] if 0 <= place < len(cells) else ""
        try:
            if not is_empty(cell):
                values[name] = value_of(look, column.kind, cell)
            elif column.required:
                raise WrongValueError("required", "")
        except WrongValueError as error:
            value = short(shown(cell) if error.value is None else error.value)
            problems.append(look.template.problem(column.label, value, error.key, **error.facts))
    said = Said(**values)
    if not problems:
        problems += _together(look, sheet.tab, said)
    return Row(sheet.tab, number, tuple(cells), None if problems else said, tuple(problems))


def _together(look: Look, tab: str, said: Said) -> Iterator[str]:
    """What is wrong between the values of a row."""
    columns = look.template.tabs[tab].columns

    def problem(name: str, value: object, key: str, **facts: object) -> str:
        text = f"{value:%d/%m/%Y}" if isinstance(value, date) else str(value)
        return look.template.problem(columns[name].label, text, key, **facts)

    if not (said.code or said.ruc):
        yield problem("code", "", "no_client")
    oldest = look.today - timedelta(days=365 * look.limit("years_back"))
    latest = look.today + timedelta(days=look.limit("days_ahead"))
    for name in ("issued_on", "due_on"):
        if name in columns and not oldest <= getattr(said, name) <= latest:
            yield problem(name, getattr(said, name), "far_day")
    if said.since and said.since > look.today:
        yield problem("since", said.since, "far_day")
    yield from {INVOICES: _of_item, DEBIT_NOTES: _of_item, MOVEMENTS: _of_movement}.get(tab, _of_client)(said, problem)


def _of_client(_: Said, __: Callable[..., str]) -> Iterator[str]:
    yield from ()


def _of_item(said: Said, problem: Callable[..., str]) -> Iterator[str]:
    if said.due_on < said.issued_on:
        yield problem("due_on", said.due_on, "due_before")
    if said.total != said.subtotal + said.tax:
        yield problem("total", said.total, "total", expected=said.subtotal + said.tax)
    elif not said.total and not said.voided:
        yield problem("total", said.total, "zero")


def _of_movement(said: Said, problem: Callable[..., str]) -> Iterator[str]:
    if not said.amount and not said.voided:
        yield problem("amount", said.amount, "zero")
    if sum((amount or ZERO for _, amount in said.settles or ()), ZERO) > said.amount:
        yield problem("settles", "", "settles_more")


def _once(look: Look, sheet: Sheet, row: Row, seen: dict[tuple[str, str], int]) -> Row:
    """The row, refused when an earlier one of the file names the same thing."""
    if row.said is None:
        return row
    said, columns = row.said, look.template.tabs[sheet.tab].columns
    who = said.code or said.ruc
    key = (INVOICES, said.number) if sheet.tab in (INVOICES, DEBIT_NOTES) else (f"{sheet.tab}/{who}", said.reference)
    if key not in seen:
        seen[key] = row.number
        return row
    name = "number" if "number" in columns else "code"
    problem = look.template.problem(columns[name].label, said.number or who, "repeated", row=seen[key])
    return Row(row.tab, row.number, row.cells, None, (problem,))
