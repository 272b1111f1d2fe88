"""The records of a spreadsheet: book, sheets and a sparse grid of cells.

A change is made on a clone and put in place at the end, so a batch that fails half-way leaves nothing behind.
Cells and their formats are never changed in place, which is what makes a clone cheap.
"""

from __future__ import annotations

import copy
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from emulator.sheets.box import Box
from emulator.sheets.locales import Locale, locale_of

if TYPE_CHECKING:
    from emulator.kernel import World

Json = dict[str, Any]
Scalar = float | bool | str | None
BOOKS = "sheets.books"
MIME_TYPE = "application/vnd.google-apps.spreadsheet"
DEFAULT_COLUMN_PIXELS = 100
DEFAULT_ROW_PIXELS = 21
MAX_CELLS = 10_000_000
MAX_COLUMNS = 18_278
MAX_CELL_CHARACTERS = 50_000


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell. `value` is what was entered (never a computed value); a formula is kept as text with its equals sign."""

    value: Scalar = None
    formula: str | None = None
    format: Json | None = None
    validation: Json | None = None
    note: str | None = None
    runs: list[Json] | None = None
    chips: list[Json] | None = None
    pivot: Json | None = None

    @property
    def has_content(self) -> bool:
        """Does it hold a value or a formula?"""
        return self.value is not None or self.formula is not None

    @property
    def is_blank(self) -> bool:
        """Is there nothing worth keeping?"""
        return not self.has_content and not (self.format or self.validation or self.note or self.runs or self.pivot)

    def without_content(self) -> Cell:
        """The same cell, emptied; format, validation and note stay."""
        return replace(self, value=None, formula=None, runs=None, chips=None, pivot=None)


BLANK = Cell()


@dataclass
class Sheet:
    """One sheet (tab). `properties` holds what Google's SheetProperties has beyond id, title, index and grid size."""

    sheet_id: int
    title: str
    rows: int = 1000
    columns: int = 26
    cells: dict[tuple[int, int], Cell] = field(default_factory=dict)
    properties: Json = field(default_factory=dict)
    grid_properties: Json = field(default_factory=dict)
    row_properties: dict[int, Json] = field(default_factory=dict)
    column_properties: dict[int, Json] = field(default_factory=dict)
    merges: list[Box] = field(default_factory=list)
    protections: list[Json] = field(default_factory=list)
    conditional_formats: list[Json] = field(default_factory=list)
    bandings: list[Json] = field(default_factory=list)
    basic_filter: Json | None = None
    filter_views: list[Json] = field(default_factory=list)
    charts: list[Json] = field(default_factory=list)
    slicers: list[Json] = field(default_factory=list)
    tables: list[Json] = field(default_factory=list)
    row_groups: list[Json] = field(default_factory=list)
    column_groups: list[Json] = field(default_factory=list)

    def clone(self) -> Sheet:
        """A copy whose change leaves this one alone."""
        kept = {"sheet_id", "title", "rows", "columns", "cells"}
        others = {name: copy.deepcopy(value) for name, value in vars(self).items() if name not in kept}
        return Sheet(self.sheet_id, self.title, self.rows, self.columns, dict(self.cells), **others)

    def cell(self, row: int, column: int) -> Cell:
        """The cell, a blank one where nothing is stored."""
        return self.cells.get((row, column), BLANK)

    def put(self, row: int, column: int, cell: Cell) -> None:
        """Store a cell; a blank one takes no room."""
        if cell.is_blank:
            self.cells.pop((row, column), None)
        else:
            self.cells[row, column] = cell

    def within(self, box: Box) -> Iterator[tuple[int, int, Cell]]:
        """The stored cells of a box, in no particular order."""
        closed = box.clip(self.rows, self.columns)
        if closed.height * closed.width < len(self.cells):
            for row, column in closed.cells():
                cell = self.cells.get((row, column))
                if cell is not None:
                    yield row, column, cell
        else:
            for (row, column), cell in list(self.cells.items()):
                if closed.has(row, column):
                    yield row, column, cell

    def used(self) -> tuple[int, int]:
        """Rows and columns up to the last cell with content."""
        rows = columns = 0
        for (row, column), cell in self.cells.items():
            if cell.has_content:
                rows, columns = max(rows, row + 1), max(columns, column + 1)
        return rows, columns

    @property
    def hidden(self) -> bool:
        """Is the tab hidden?"""
        return bool(self.properties.get("hidden"))

    def dimension(self, dimension: str) -> dict[int, Json]:
        """Properties of ROWS or COLUMNS by index."""
        return self.row_properties if dimension == "ROWS" else self.column_properties

    def count(self, dimension: str) -> int:
        """How many ROWS or COLUMNS there are."""
        return self.rows if dimension == "ROWS" else self.columns

    def resize(self, rows: int, columns: int) -> None:
        """Change the size of the grid; what falls outside is gone."""
        if rows < self.rows or columns < self.columns:
            self.cells = {at: cell for at, cell in self.cells.items() if at[0] < rows and at[1] < columns}
            self.merges = [m for m in self.merges if (m.r1 or 0) <= rows and (m.c1 or 0) <= columns]
            self.row_properties = {i: p for i, p in self.row_properties.items() if i < rows}
            self.column_properties = {i: p for i, p in self.column_properties.items() if i < columns}
        self.rows, self.columns = rows, columns


@dataclass
class Book:
    """A spreadsheet. Its title is the name of the file in Drive and is not stored here."""

    spreadsheet_id: str
    locale: str = "en_US"
    time_zone: str = "Etc/GMT"
    properties: Json = field(default_factory=dict)
    sheets: list[Sheet] = field(default_factory=list)
    named_ranges: list[Json] = field(default_factory=list)
    metadata: list[Json] = field(default_factory=list)

    def clone(self) -> Book:
        """A working copy for one change."""
        return Book(
            self.spreadsheet_id,
            self.locale,
            self.time_zone,
            copy.deepcopy(self.properties),
            [sheet.clone() for sheet in self.sheets],
            copy.deepcopy(self.named_ranges),
            copy.deepcopy(self.metadata),
        )

    def __getstate__(self) -> Json:
        return {name: value for name, value in vars(self).items() if not name.startswith("_")}

    @property
    def language(self) -> Locale:
        """How numbers, dates and words are written in this book."""
        return locale_of(self.locale)

    def by_id(self, sheet_id: int) -> Sheet | None:
        """The sheet of that id."""
        return next((sheet for sheet in self.sheets if sheet.sheet_id == sheet_id), None)

    def by_title(self, title: str) -> Sheet | None:
        """The sheet of that title; case does not matter, as at Google."""
        wanted = title.casefold()
        return next((sheet for sheet in self.sheets if sheet.title.casefold() == wanted), None)

    def first_visible(self) -> Sheet:
        """The sheet that a range without a title speaks of."""
        return next((sheet for sheet in self.sheets if not sheet.hidden), self.sheets[0])

    def named_range(self, name: str) -> Json | None:
        """The named range of that name; case does not matter."""
        return next((n for n in self.named_ranges if n["name"].casefold() == name.casefold()), None)

    def cell_count(self) -> int:
        """Cells of all grids, for the limit of ten million."""
        return sum(sheet.rows * sheet.columns for sheet in self.sheets)


def fresh_number() -> int:
    """A random positive 31-bit id, as Google gives to sheets, protected ranges and metadata."""
    return secrets.randbelow(2**31 - 2) + 1


def new_book(world: World, spreadsheet_id: str) -> Book:
    """A spreadsheet as Google makes it: one empty sheet with id 0 and the name that the locale gives.

    The locale of a new spreadsheet is that of the account; `behaviour["new_spreadsheet_locale"]` stands for it.
    """
    locale = str(world.behaviour.get("new_spreadsheet_locale", "en_US"))
    zone = str(world.behaviour.get("new_spreadsheet_time_zone", "Etc/GMT"))
    return Book(spreadsheet_id, locale, zone, sheets=[Sheet(0, locale_of(locale).first_sheet)])
