"""QUERY: select, where, group by, order by, limit, offset and label of the Visualization API query language.

Not built: pivot, format, options, date arithmetic, and scalar functions other than upper, lower, year, month and day.
Columns are named by their letter, or Col1, Col2 … where the data is a computed table.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cmp_to_key

from emulator.sheets.a1 import column_letters
from emulator.sheets.formula.aggregates import full_array
from emulator.sheets.formula.evaluator import Scope
from emulator.sheets.formula.registry import function
from emulator.sheets.formula.values import Array, Cells, FormulaError, Operand, Value, integer, rank, same, text
from emulator.sheets.serials import from_serial, to_serial

Row = tuple[Value, ...]
Test = Callable[[Row], bool]
_TOKEN = re.compile(
    r"""\s*(?:(?P<text>'[^']*'|"[^"]*")|(?P<number>-?\d+(?:\.\d+)?)|(?P<mark><>|!=|<=|>=|[=<>(),*])|(?P<quoted>`[^`]*`)
    |(?P<word>[A-Za-z_]\w*))""",
    re.VERBOSE,
)
_CLAUSES = ("select", "where", "group", "order", "limit", "offset", "label")
_TOTALS: dict[str, Callable[[list[Value]], Value]] = {
    "sum": lambda values: float(sum(_numbers(values))),
    "count": lambda values: float(sum(1 for v in values if v is not None)),
    "avg": lambda values: sum(_numbers(values)) / len(_numbers(values)) if _numbers(values) else None,
    "max": lambda values: max((v for v in values if v is not None), key=rank, default=None),
    "min": lambda values: min((v for v in values if v is not None), key=rank, default=None),
}
_SCALARS: dict[str, Callable[[Value], Value]] = {
    "upper": lambda value: text(value).upper(),
    "lower": lambda value: text(value).lower(),
    "year": lambda value: None if value is None else float(from_serial(_number(value)).year),
    "month": lambda value: None if value is None else float(from_serial(_number(value)).month - 1),
    "day": lambda value: None if value is None else float(from_serial(_number(value)).day),
}


def _number(value: Value) -> float:
    if isinstance(value, float | int) and not isinstance(value, bool):
        return float(value)
    raise _refused("Can't perform the function on values that are not numbers.")


def _numbers(values: list[Value]) -> list[float]:
    return [float(v) for v in values if isinstance(v, float | int) and not isinstance(v, bool)]


def _refused(reason: str) -> FormulaError:
    return FormulaError("VALUE", f"Unable to parse query string for Function QUERY parameter 2: {reason}")


@dataclass(frozen=True)
class Item:
    """Something selected: a column, perhaps through a function, perhaps counted up over a group."""

    name: str
    column: int
    total: str = ""
    scalar: str = ""

    def of(self, row: Row) -> Value:
        """Its value in one row."""
        value = row[self.column]
        return _SCALARS[self.scalar](value) if self.scalar else value

    def over(self, rows: list[Row]) -> Value:
        """Its value for a group."""
        return _TOTALS[self.total]([row[self.column] for row in rows]) if self.total else self.of(rows[0])


class _Reader:
    """Reads a query and keeps its parts."""

    def __init__(self, query: str, columns: dict[str, int]) -> None:
        self.columns, self.at = columns, 0
        self.tokens = self._tokens(query)
        self.select: list[Item] = []
        self.group: list[Item] = []
        self.order: list[tuple[Item, bool]] = []
        self.labels: dict[str, str] = {}
        self.test: Test = lambda row: True
        self.limit: int | None = None
        self.offset = 0
        self._clauses()

    def _tokens(self, query: str) -> list[str]:
        found, at = [], 0
        while query[at:].strip():
            match = _TOKEN.match(query, at)
            if match is None:
                raise _refused(f"PARSE_ERROR: Encountered {query[at:].strip()[:10]!r}.")
            found.append(match[0].strip())
            at = match.end()
        return found

    def _peek(self) -> str:
        return self.tokens[self.at].lower() if self.at < len(self.tokens) else ""

    def _take(self, *wanted: str) -> str:
        if self.at >= len(self.tokens) or (wanted and self._peek() not in wanted):
            shown = self.tokens[self.at] if self.at < len(self.tokens) else "<EOF>"
            raise _refused(f'PARSE_ERROR: Encountered " "{shown}" "" at line 1.')
        self.at += 1
        return self.tokens[self.at - 1]

    def _clauses(self) -> None:
        while self._peek():
            clause = self._take(*_CLAUSES).lower()
            if clause in {"group", "order"}:
                self._take("by")
            if clause == "select":
                self.select = self._items()
            elif clause == "group":
                self.group = self._items()
            elif clause == "where":
                self.test = self._either()
            elif clause == "order":
                self._orders()
            elif clause == "label":
                self._label()
            elif clause == "limit":
                self.limit = int(self._take())
            else:
                self.offset = int(self._take())

    def _items(self) -> list[Item]:
        if self._peek() == "*":
            self._take()
            return [Item(name, column) for name, column in self.columns.items()]
        items = [self._item()]
        while self._peek() == ",":
            self._take()
            items.append(self._item())
        return items

    def _item(self) -> Item:
        word = self._take()
        low = word.lower()
        if self._peek() == "(" and (low in _TOTALS or low in _SCALARS):
            self._take("(")
            inner = self._item()
            self._take(")")
            name = f"{low}({inner.name})"
            return Item(name, inner.column, low) if low in _TOTALS else Item(name, inner.column, "", low)
        name = word.strip("`")
        known = next((c for c in self.columns if c == name), None) or next((c for c in self.columns if c.lower() == low), None)
        if known is None:
            raise _refused(f"NO_COLUMN: {name}")
        return Item(known, self.columns[known])

    def _orders(self) -> None:
        while True:
            item, down = self._item(), False
            if self._peek() in {"asc", "desc"}:
                down = self._take().lower() == "desc"
            self.order.append((item, down))
            if self._peek() != ",":
                return
            self._take()

    def _label(self) -> None:
        while True:
            item = self._item()
            self.labels[item.name] = self._take()[1:-1]
            if self._peek() != ",":
                return
            self._take()

    def _either(self) -> Test:
        tests = [self._both()]
        while self._peek() == "or":
            self._take()
            tests.append(self._both())
        return lambda row: any(test(row) for test in tests)

    def _both(self) -> Test:
        tests = [self._condition()]
        while self._peek() == "and":
            self._take()
            tests.append(self._condition())
        return lambda row: all(test(row) for test in tests)

    def _condition(self) -> Test:
        if self._peek() == "not":
            self._take()
            inner = self._condition()
            return lambda row: not inner(row)
        if self._peek() == "(":
            self._take()
            inside = self._either()
            self._take(")")
            return inside
        item, sign = self._item(), self._take().lower()
        if sign == "is":
            negated = self._peek() == "not"
            if negated:
                self._take()
            self._take("null")
            return lambda row: (item.of(row) is None) != negated
        if sign in {"starts", "ends"}:
            self._take("with")
        return _comparison(item, sign, self._literal())

    def _literal(self) -> Value:
        token = self._take()
        low = token.lower()
        if low in {"date", "datetime"}:
            return to_serial(_moment(self._take()[1:-1]))
        if token[0] in "'\"":
            return token[1:-1]
        if low in {"true", "false"}:
            return low == "true"
        try:
            return float(token)
        except ValueError:
            raise _refused(f'PARSE_ERROR: Encountered " "{token}" "" at line 1.') from None


def _moment(written: str) -> datetime:
    try:
        return datetime.fromisoformat(written)
    except ValueError:
        raise _refused(f"Invalid date literal [{written}]. Date literals should be of form yyyy-MM-dd.") from None


def _comparison(item: Item, sign: str, wanted: Value) -> Test:
    def test(row: Row) -> bool:
        value = item.of(row)
        if isinstance(value, FormulaError):
            return False
        if sign in {"=", "<>", "!="}:
            return value is not None and _equal(value, wanted) == (sign == "=")
        if sign in {"contains", "starts", "ends", "matches", "like"}:
            return isinstance(value, str) and _text_test(value, sign, str(wanted))
        if value is None or rank(value)[0] != rank(wanted)[0]:
            return False
        have, aim = rank(value), rank(wanted)
        return {"<": have < aim, ">": have > aim, "<=": have <= aim, ">=": have >= aim}[sign]

    if sign not in {"=", "<>", "!=", "<", ">", "<=", ">=", "contains", "starts", "ends", "matches", "like"}:
        raise _refused(f'PARSE_ERROR: Encountered " "{sign}" "" at line 1.')
    return test


def _equal(value: Value, wanted: Value) -> bool:
    # Unlike elsewhere in a spreadsheet, texts are compared letter by letter with their case.
    return value == wanted if isinstance(value, str) or isinstance(wanted, str) else same(value, wanted)


def _text_test(value: str, sign: str, wanted: str) -> bool:
    if sign == "contains":
        return wanted in value
    if sign == "starts":
        return value.startswith(wanted)
    if sign == "ends":
        return value.endswith(wanted)
    if sign == "matches":
        return re.fullmatch(wanted, value) is not None
    pattern = "".join({"%": ".*", "_": "."}.get(c) or re.escape(c) for c in wanted)
    return re.fullmatch(pattern, value, re.DOTALL) is not None


@function("QUERY", 2, 3, kind="range", array=True)
def _query(scope: Scope, data: Operand, query: Operand, headers: Operand = None) -> Operand:
    rows = list(full_array(scope, data).rows)
    while rows and all(value is None for value in rows[-1]):
        rows.pop()
    width = len(rows[0]) if rows else 0
    given = scope.single(headers)
    count = _guessed(rows) if given is None or integer(given) < 0 else integer(given)
    head = [" ".join(text(row[c]) for row in rows[:count] if row[c] is not None) for c in range(width)]
    first = data.box.c0 if isinstance(data, Cells) else None
    columns = {column_letters(first + c) if first is not None else f"Col{c + 1}": c for c in range(width)}
    plan = _Reader(text(scope.single(query)), columns)
    items = plan.select or [Item(name, column) for name, column in columns.items()]
    found = _computed(plan, items, [row for row in rows[count:] if plan.test(row)])
    titles = [plan.labels.get(item.name, _title(item, head[item.column])) for item in items]
    table: list[Row] = [tuple(titles)] if any(titles) else []
    return Array(tuple(table + found) or ((None,),))


def _guessed(rows: list[Row]) -> int:
    """A first row of texts over a second with something else is a header."""
    if len(rows) < 2 or not all(isinstance(v, str) or v is None for v in rows[0]):
        return 0
    below = [v for row in rows[1:] for v in row]
    return 1 if any(v is not None and not isinstance(v, str) for v in below) else 0


def _title(item: Item, head: str) -> str:
    word = item.total or item.scalar
    return f"{word} {head}".strip() if word else head


def _computed(plan: _Reader, items: list[Item], rows: list[Row]) -> list[Row]:
    """The answer rows: grouped, ordered, cut."""
    if plan.group or any(item.total for item in items):
        groups: dict[tuple[object, ...], list[Row]] = {}
        for row in rows:
            groups.setdefault(tuple((v is None, rank(v)) for v in (g.of(row) for g in plan.group)), []).append(row)
        for item in items:
            if not item.total and item not in plan.group:
                raise _refused(f"ADD_COL_TO_GROUP_BY_OR_AGG: {item.name}")
        sets = [groups[key] for key in sorted(groups, key=lambda key: key)] if plan.group else [rows]
    else:
        sets = [[row] for row in rows]

    def compare(a: list[Row], b: list[Row]) -> int:
        for item, down in plan.order:
            x, y = item.over(a), item.over(b)
            left, right = (x is not None, rank(x)), (y is not None, rank(y))
            if left != right:
                return (1 if left > right else -1) * (-1 if down else 1)
        return 0

    if plan.order:
        sets.sort(key=cmp_to_key(compare))
    last = None if plan.limit is None else plan.offset + plan.limit
    return [
        tuple(item.over(one) if one else (0.0 if item.total == "count" else None) for item in items)
        for one in sets[plan.offset : last]
    ]
