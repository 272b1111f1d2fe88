"""The computed side of a book: effective values, their number formats and texts, with results kept until the book changes."""

from __future__ import annotations

import math
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from emulator.sheets.box import Box
from emulator.sheets.formula import registry
from emulator.sheets.formula.evaluator import Scope
from emulator.sheets.formula.parser import Area, ArrayLiteral, Binary, FormulaSyntaxError, Function, Invoke, Node, Unary, parse
from emulator.sheets.formula.values import Array, Cells, FormulaError, Lambda, Operand, Value
from emulator.sheets.model import Book, Scalar, Sheet
from emulator.sheets.number_format import DATE_TYPES, formatted
from emulator.sheets.pivot import drawn

if TYPE_CHECKING:
    from emulator.kernel import World

Json = dict[str, Any]
Place = tuple[int, int, int]
registry.load()

_SPILLING = frozenset(
    {"ARRAYFORMULA", "FILTER", "UNIQUE", "SORT", "TRANSPOSE", "SEQUENCE", "SPLIT", "XLOOKUP", "INDEX", "QUERY", "SORTN"}
    | {"MAP", "BYROW", "BYCOL", "SCAN", "REDUCE", "MAKEARRAY", "LET", "TAKE", "DROP", "CHOOSEROWS", "CHOOSECOLS", "VSTACK"}
    | {"HSTACK", "FLATTEN", "TOCOL", "TOROW", "WRAPROWS", "WRAPCOLS", "ARRAY_CONSTRAIN"}
)
_VOLATILE = frozenset({"TODAY", "NOW", "RAND", "RANDBETWEEN"})
_DATE_FUNCTIONS = frozenset({"TODAY", "DATE", "EDATE", "EOMONTH", "WORKDAY", "DATEVALUE", "TO_DATE"})
# A running total of a thousand rows computes its first row a thousand calls deep.
_RECURSION = 60_000
sys.setrecursionlimit(max(sys.getrecursionlimit(), _RECURSION))


class Engine:
    """Computes the cells of one book at one instant. Make another after a change of the book."""

    def __init__(self, book: Book, now: datetime) -> None:
        self.book, self.now = book, now
        self.volatile = False
        self.english_booleans = False
        self._known: dict[Place, Value] = {}
        self._busy: set[Place] = set()
        self._spilled: dict[Place, Value] = {}
        self._heights: dict[int, int] = {}
        self.pivots: list[tuple[int, Box]] = []
        self._spill()
        self._draw_pivots()

    def height(self, sheet: Sheet) -> int:
        """Rows of a sheet down to the last that holds or shows something."""
        if sheet.sheet_id not in self._heights:
            spilled = (row + 1 for sheet_id, row, _ in self._spilled if sheet_id == sheet.sheet_id)
            self._heights[sheet.sheet_id] = max(sheet.used()[0], *spilled, 0)
        return self._heights[sheet.sheet_id]

    def width(self, sheet: Sheet) -> int:
        """Columns of a sheet up to the last that holds or shows something."""
        spilled = (column + 1 for sheet_id, _, column in self._spilled if sheet_id == sheet.sheet_id)
        return max(sheet.used()[1], *spilled, 0)

    def _spill(self) -> None:
        """Compute the formulas that fill neighbouring cells first, twice so that one may read what another filled."""
        sources: list[tuple[Sheet, int, int, Node]] = []
        for sheet in self.book.sheets:
            for (row, column), cell in sheet.cells.items():
                node = self._tree(cell.formula) if cell.formula else None
                if node is not None and not isinstance(node, FormulaError):
                    names = _functions(node)
                    self.volatile = self.volatile or bool(names & _VOLATILE)
                    if names & _SPILLING or isinstance(node, ArrayLiteral):
                        sources.append((sheet, row, column, node))
        for _ in range(2 if len(sources) > 1 else 1):
            self._known.clear()
            self._heights.clear()
            for sheet, row, column, node in sorted(sources, key=lambda s: (s[0].sheet_id, s[1], s[2])):
                self._spill_one(sheet, row, column, node)
        self._heights.clear()

    def _draw_pivots(self) -> None:
        """Put what the pivot tables show beside their anchors; where something stands in the way, an error."""
        found = [(s, at, c.pivot) for s in self.book.sheets for at, c in sorted(s.cells.items()) if c.pivot is not None]
        for sheet, (row, column), definition in found:
            try:
                table = drawn(self, Scope(self, sheet, row, column, array=True), definition)
            except FormulaError as error:
                self._spilled[sheet.sheet_id, row, column] = error
                continue
            box = Box(row, row + table.height, column, column + table.width)
            if any(sheet.cell(*at).has_content for at in box.cells()):
                message = "Array result was not expanded because it would overwrite data."
                self._spilled[sheet.sheet_id, row, column] = FormulaError("REF", message)
                continue
            self.pivots.append((sheet.sheet_id, box))
            for r, c in box.cells():
                self._spilled[sheet.sheet_id, r, c] = table.rows[r - row][c - column]
        if found:
            # Formulas that were computed before may look at a pivot table.
            self._known = {place: value for place, value in self._known.items() if place in self._spilled}
            self._heights.clear()

    def _spill_one(self, sheet: Sheet, row: int, column: int, node: Node) -> None:
        place = (sheet.sheet_id, row, column)
        result = self._guarded(place, sheet, node)
        if not isinstance(result, Array):
            self._known[place] = result
            return
        targets = [(r, c) for r in range(row, row + result.height) for c in range(column, column + result.width)]
        taken = next((t for t in targets if t != (row, column) and sheet.cell(*t).has_content), None)
        if taken is not None:
            self._known[place] = FormulaError("REF", "Array result was not expanded because it would overwrite data.")
            return
        for r, c in targets:
            self._spilled[sheet.sheet_id, r, c] = result.rows[r - row][c - column]
        self._known[place] = result.rows[0][0] if result.rows else None

    def _tree(self, formula: str) -> Node | FormulaError:
        try:
            return parse(formula, self.book.language.decimal)
        except FormulaSyntaxError as error:
            return FormulaError("ERROR", str(error))

    def value(self, sheet: Sheet, row: int, column: int) -> Value:
        """The effective value of a cell; errors are values here."""
        cell = sheet.cells.get((row, column))
        if cell is None or not cell.has_content:
            return self._spilled.get((sheet.sheet_id, row, column)) if self._spilled else None
        if cell.formula is None:
            return cell.value
        place = (sheet.sheet_id, row, column)
        if place not in self._known:
            node = self._tree(cell.formula)
            result = node if isinstance(node, FormulaError) else self._guarded(place, sheet, node)
            self._known[place] = result.at(0, 0) if isinstance(result, Array) else result
        return self._known[place]

    def _guarded(self, place: Place, sheet: Sheet, node: Node) -> Value | Array:
        if place in self._busy:
            return FormulaError(
                "REF", "Circular dependency detected. To resolve with iterative calculation, see File > Settings."
            )
        self._busy.add(place)
        try:
            return self._tried(Scope(self, sheet, place[1], place[2]), node)
        finally:
            self._busy.discard(place)

    def _tried(self, scope: Scope, node: Node) -> Value | Array:
        """The value of a formula; whatever goes wrong on the way is an error value."""
        try:
            return self._plain(scope, node)
        except FormulaError as error:
            return error
        except (RecursionError, ArithmeticError) as error:
            return FormulaError("NUM", str(error))

    def _plain(self, scope: Scope, node: Node) -> Value | Array:
        result: Operand = scope.evaluate(node)
        if isinstance(result, Cells):
            if result.box.height == result.box.width == 1 or not (_functions(node) & _SPILLING):
                return scope.single(result)
            result = scope.as_array(result)
        if isinstance(result, Array):
            if not result.height * result.width:
                raise FormulaError("REF", "The formula gives no cells.")
            kept = Array(tuple(tuple(_finite(value) for value in row) for row in result.rows))
            return kept if kept.height * kept.width != 1 else kept.rows[0][0]
        return _finite(scope.single(result) if isinstance(result, Lambda) else result)

    def compute(self, sheet: Sheet, row: int, column: int, formula: str) -> Value:
        """The value that a formula would have in that cell, for rules and validations."""
        node = self._tree(formula)
        if isinstance(node, FormulaError):
            return node
        result = self._tried(Scope(self, sheet, row, column), node)
        return result.at(0, 0) if isinstance(result, Array) else result

    def first_argument(self, sheet: Sheet, row: int, column: int, formula: str) -> Value:
        """The first argument of a formula that is a single call: the address in a HYPERLINK."""
        node = self._tree(formula)
        if not isinstance(node, Function) or not node.arguments:
            return None
        result = self._tried(Scope(self, sheet, row, column), node.arguments[0])
        return result.at(0, 0) if isinstance(result, Array) else result

    def table(self, sheet: Sheet, formula: str) -> list[Value]:
        """All values of a range or array formula, for drop-downs that take their options from a range."""
        node = self._tree(formula)
        if isinstance(node, FormulaError):
            return []
        scope = Scope(self, sheet, 0, 0, array=True)
        try:
            return [_finite(value) for value in scope.as_array(scope.evaluate(node)).flat()]
        except (FormulaError, RecursionError, ArithmeticError):
            return []

    def number_format(self, sheet: Sheet, row: int, column: int) -> Json | None:
        """The number format that a cell is shown with: its own, or the one that its formula brings along."""
        cell = sheet.cell(row, column)
        own: Json | None = (cell.format or {}).get("numberFormat")
        if own or cell.formula is None:
            return own
        node = self._tree(cell.formula)
        return None if isinstance(node, FormulaError) else self._brought(sheet, node, 0)

    def _brought(self, sheet: Sheet, node: Node, depth: int) -> Json | None:
        language = self.book.language
        if depth > 20:
            return None
        if isinstance(node, Function) and node.name in _DATE_FUNCTIONS:
            return {"type": "DATE", "pattern": language.date_pattern}
        if isinstance(node, Function) and node.name == "NOW":
            return {"type": "DATE_TIME", "pattern": language.moment_pattern}
        if isinstance(node, Function) and node.name in {"IF", "IFERROR", "MAX", "MIN", "SUM", "AVERAGE", "ARRAYFORMULA"}:
            branches = node.arguments[1:] if node.name == "IF" else node.arguments[:1]
            return next((f for f in (self._brought(sheet, b, depth + 1) for b in branches) if f), None)
        if isinstance(node, Area):
            owner = sheet if node.reference.title is None else self.book.by_title(node.reference.title)
            box = node.reference.box
            return self.number_format(owner, box.r0, box.c0) if owner is not None and depth < 8 else None
        if isinstance(node, Binary) and node.operator in {"+", "-"}:
            left, right = self._brought(sheet, node.left, depth + 1), self._brought(sheet, node.right, depth + 1)
            dates = [f for f in (left, right) if f and f.get("type") in DATE_TYPES]
            return None if node.operator == "-" and len(dates) == 2 else left or right
        return None

    def text(self, sheet: Sheet, row: int, column: int) -> str:
        """The text that a cell shows."""
        value = self.value(sheet, row, column)
        if isinstance(value, FormulaError):
            return value.text
        if isinstance(value, bool) and self.english_booleans:
            return "TRUE" if value else "FALSE"
        return formatted(value, self.number_format(sheet, row, column), self.book.language)


def _functions(node: Node) -> set[str]:
    if isinstance(node, Function):
        return {node.name}.union(*(_functions(argument) for argument in node.arguments))
    if isinstance(node, Invoke):
        return _functions(node.made).union(*(_functions(argument) for argument in node.arguments))
    if isinstance(node, Binary):
        return _functions(node.left) | _functions(node.right)
    if isinstance(node, Unary):
        return _functions(node.operand)
    if isinstance(node, ArrayLiteral):
        return {"ARRAYFORMULA"}
    return set()


def local_now(world: World, book: Book) -> datetime:
    """The Workspace clock in the time zone of the book, without zone."""
    try:
        zone: Any = ZoneInfo(book.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        zone = UTC
    return world.clock.now().astimezone(zone).replace(tzinfo=None)


def engine_of(world: World, book: Book) -> Engine:
    """The engine of a stored book, kept on it; made anew when the clock moved and something looks at the clock."""
    kept = cast("Engine | None", vars(book).get("_engine"))
    now = local_now(world, book)
    if kept is None or (kept.volatile and kept.now != now):
        kept = Engine(book, now)
        # The reference does not say whether FORMATTED_VALUE of a checkbox follows the locale; the screen does.
        kept.english_booleans = not world.behaviour.get("localised_booleans", True)
        vars(book)["_engine"] = kept
    return kept


def as_scalar(value: Value) -> Scalar:
    """A computed value as one that can be stored; an error becomes its text."""
    return value.text if isinstance(value, FormulaError) else value


__all__ = ["Engine", "as_scalar", "engine_of", "local_now"]


def _finite(value: Value) -> Value:
    """The value, or #NUM! for a number that is beyond all numbers."""
    if isinstance(value, float) and not math.isfinite(value):
        return FormulaError("NUM", "The result is too large or no number.")
    return value
