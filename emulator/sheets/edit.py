"""One change of a spreadsheet in the making: the working copy, the person, and the checks that every request needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from emulator.drive.files import touch
from emulator.kernel import World
from emulator.sheets.box import Box
from emulator.sheets.engine import Engine, local_now
from emulator.sheets.guard import Invalid, Rights
from emulator.sheets.masks import MaskError, Tree, check_mask, parse_mask
from emulator.sheets.model import BOOKS, MAX_CELL_CHARACTERS, MAX_CELLS, MAX_COLUMNS, Book, Cell, Sheet

Json = dict[str, Any]


@dataclass
class Edit:
    """A working copy of a book and who works on it. `title` is set when the name of the file is to change."""

    world: World
    book: Book
    actor: str
    rights: Rights
    now: datetime
    title: str | None = None

    @classmethod
    def of(cls, world: World, book: Book, actor: str) -> Edit:
        """Start a change; the stored book stays as it is until `commit`."""
        copy = book.clone()
        return cls(world, copy, actor, Rights(world, copy, actor), local_now(world, copy))

    def commit(self) -> None:
        """Put the working copy in place and note the change in Drive."""
        self.world.table(BOOKS)[self.book.spreadsheet_id] = self.book
        touch(self.world, self.book.spreadsheet_id, self.actor)

    def engine(self) -> Engine:
        """Computed values of the working copy as it is now."""
        return Engine(self.book, self.now)

    def pivots(self) -> list[tuple[int, Box]]:
        """Sheet id and box of what the pivot tables show; nothing is computed where there are none."""
        if not any(cell.pivot for sheet in self.book.sheets for cell in sheet.cells.values()):
            return []
        return self.engine().pivots

    def sheet(self, sheet_id: object) -> Sheet:
        """:raises Invalid: no sheet has that id."""
        number = 0 if sheet_id is None else int(str(sheet_id))
        found = self.book.by_id(number)
        if found is None:
            raise Invalid(f"No grid with id: {number}")
        return found

    def area(self, grid_range: Json | None, *, may_be_empty: bool = False) -> tuple[Sheet, Box]:
        """Sheet and box of a GridRange, open ends kept.

        :raises Invalid: it is missing, on no sheet, upside down, empty where that is not allowed, or outside the grid.
        """
        if grid_range is None:
            raise Invalid("range is required.")
        sheet, box = self.sheet(grid_range.get("sheetId")), Box.of_json(grid_range)
        for start, end, name, dimension in ((box.r0, box.r1, "Row", "ROWS"), (box.c0, box.c1, "Column", "COLUMNS")):
            if start < 0 or (end is not None and end < 0):
                raise Invalid(f"GridRange.start{name}Index must be >= 0")
            if end is not None and (end < start or (end == start and not may_be_empty)):
                raise Invalid(f"GridRange.end{name}Index[{end}] must be greater than GridRange.start{name}Index[{start}]")
            if start >= sheet.count(dimension):
                last = sheet.count(dimension) - 1
                raise Invalid(f"GridRange.start{name}Index[{start}] is after last {name.lower()} in grid[{last}]")
        return sheet, box

    def spot(self, coordinate: Json | None) -> tuple[Sheet, int, int]:
        """Sheet, row and column of a GridCoordinate.

        :raises Invalid: it is on no sheet or outside the grid. The words are those of field reports.
        """
        coordinate = coordinate or {}
        sheet = self.sheet(coordinate.get("sheetId"))
        row, column = int(coordinate.get("rowIndex", 0)), int(coordinate.get("columnIndex", 0))
        for index, name, count in ((row, "row", sheet.rows), (column, "column", sheet.columns)):
            if index < 0:
                raise Invalid(f"GridCoordinate.{name}Index must be >= 0")
            if index >= count:
                raise Invalid(f"GridCoordinate.{name}Index[{index}] is after last {name} in grid[{count - 1}]")
        return sheet, row, column

    def sheet_itself(self, sheet_id: object) -> Sheet:
        """Like `sheet`, for requests about the tab and not its cells, which Google refuses in other words."""
        number = 0 if sheet_id is None else int(str(sheet_id))
        found = self.book.by_id(number)
        if found is None:
            raise Invalid(f"No sheet with id: {number}")
        return found

    def closed(self, grid_range: Json | None) -> tuple[Sheet, Box]:
        """Sheet and box of a GridRange, cut to the grid."""
        sheet, box = self.area(grid_range)
        return sheet, box.clip(sheet.rows, sheet.columns)

    def guarded(self, grid_range: Json | None) -> tuple[Sheet, Box]:
        """Like `closed`, for cells that the person is about to change.

        :raises Invalid: a part is protected against the person.
        """
        sheet, box = self.closed(grid_range)
        self.rights.check(sheet, box)
        return sheet, box

    def mask(self, fields: object, schema: str) -> Tree:
        """The field mask of an update request.

        :raises Invalid: it is missing or names an unknown field.
        """
        try:
            tree = parse_mask(str(fields or ""))
            check_mask(tree, schema)
        except MaskError as error:
            raise Invalid(str(error)) from error
        return tree

    def put(self, sheet: Sheet, row: int, column: int, cell: Cell) -> None:
        """Store a cell.

        :raises Invalid: its text is longer than a cell can hold.
        """
        content = cell.formula or cell.value
        if isinstance(content, str) and len(content) > MAX_CELL_CHARACTERS:
            raise Invalid(f"Your input contains more than the maximum of {MAX_CELL_CHARACTERS} characters in a single cell.")
        sheet.put(row, column, cell)

    def check_size(self) -> None:
        """:raises Invalid: the book has grown beyond the limits of Sheets."""
        if self.book.cell_count() > MAX_CELLS:
            raise Invalid(f"This action would increase the number of cells in the workbook above the limit of {MAX_CELLS} cells.")
        if any(sheet.columns > MAX_COLUMNS for sheet in self.book.sheets):
            raise Invalid(
                f"This action would increase the number of columns in the sheet above the limit of {MAX_COLUMNS} columns."
            )


Request = Callable[[Edit, Json], Json]
REQUESTS: dict[str, Request] = {}


def request(kind: str) -> Callable[[Request], Request]:
    """Register what carries out one kind of batchUpdate request; it answers the reply of that request."""

    def mark(handler: Request) -> Request:
        REQUESTS[kind] = handler
        return handler

    return mark
