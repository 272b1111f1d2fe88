"""Properties: range texts there and back, and random writes against a plain grid."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emulator.sheets.a1 import (
    column_letters,
    column_number,
    parse_a1,
    parse_r1c1,
    quoted,
    range_text,
    resolve,
    split_title,
    to_a1,
    to_r1c1,
)
from emulator.sheets.box import Box, deleted, inserted, moved
from emulator.sheets.model import Book, Sheet
from tests.conformance.sheets_kit import Service, Workbook, new_workbook

SPAN = st.tuples(st.integers(0, 900), st.integers(1, 90)).map(lambda p: (p[0], p[0] + p[1]))
BOXES = st.builds(lambda rows, columns: Box(rows[0], rows[1], columns[0], columns[1]), SPAN, SPAN)


@given(BOXES)
def test_a1_and_r1c1_there_and_back(box: Box) -> None:
    """Writing a box and reading it again gives the same box, in both notations."""
    assert parse_a1(to_a1(box)) == box
    assert parse_r1c1(to_r1c1(box)) == box


@given(SPAN)
def test_whole_rows_and_columns_there_and_back(span: tuple[int, int]) -> None:
    """`B:D` and `2:4` stay open at their far end."""
    assert parse_a1(to_a1(Box(0, None, *span))) == Box(0, None, *span)
    assert parse_a1(to_a1(Box(span[0], span[1], 0, None))) == Box(span[0], span[1], 0, None)


@given(st.integers(0, 18_277))
def test_columns_there_and_back(column: int) -> None:
    """Letters and numbers of columns agree."""
    assert column_number(column_letters(column)) == column


@given(st.text(min_size=1, max_size=40))
def test_titles_survive_quoting(title: str) -> None:
    """Any title can stand before a range."""
    assert split_title(f"{quoted(title)}!A1") == (title, "A1")


@given(BOXES, BOXES)
def test_subtraction_covers_exactly(a: Box, b: Box) -> None:
    """What is left after cutting and what was cut make the whole, without overlap."""
    common = a.meet(b)
    size = sum(part.height * part.width for part in a.minus(b)) + (common.height * common.width if common else 0)
    assert size == a.height * a.width


@given(
    st.integers(0, 30), st.integers(1, 10), st.tuples(st.integers(0, 30), st.integers(1, 10)).map(lambda p: (p[0], p[0] + p[1]))
)
def test_spans_follow_like_marked_rows(at: int, count: int, span: tuple[int, int]) -> None:
    """After inserting or deleting, a span runs from the first to the last of the rows that it marked."""
    rows: list[int | None] = list(range(60))
    grown = [*rows[:at], *([None] * count), *rows[at:]]
    marked = [i for i, row in enumerate(grown) if row is not None and span[0] <= row < span[1]]
    assert inserted(at, count)(*span) == (marked[0], marked[-1] + 1)
    cut = [*rows[:at], *rows[at + count :]]
    left = [i for i, row in enumerate(cut) if row is not None and span[0] <= row < span[1]]
    assert deleted(at, at + count)(*span) == ((left[0], left[-1] + 1) if left else None)


@given(st.integers(0, 20), st.integers(1, 5), st.integers(0, 25))
def test_moved_rows_keep_their_span(first: int, count: int, target: int) -> None:
    """A span of exactly the moved rows is where they are."""
    if first < target < first + count:
        return
    order = [i for i in range(40) if not first <= i < first + count]
    landing = target if target <= first else target - count
    order[landing:landing] = range(first, first + count)
    assert moved(first, first + count, target)(first, first + count) == (order.index(first), order.index(first) + count)


VALUES = st.one_of(
    st.none(), st.just(""), st.booleans(), st.integers(-(10**9), 10**9), st.text("abcñ =1/", min_size=1, max_size=6)
)
WRITES = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 5), st.lists(st.lists(VALUES, min_size=1, max_size=3), min_size=1, max_size=3)),
    min_size=1,
    max_size=6,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(WRITES)
def test_random_writes_read_back_like_a_plain_grid(service: Service, writes: list[tuple[int, int, list[list[Any]]]]) -> None:
    """RAW values written at random come back unformatted exactly as a dict of cells says."""
    book = new_workbook(service)
    model: dict[tuple[int, int], Any] = {}
    for row, column, rows in writes:
        book.write(f"{column_letters(column)}{row + 1}", *rows, how="RAW")
        for r, line in enumerate(rows):
            for c, value in enumerate(line):
                if value == "" and not isinstance(value, bool):
                    model.pop((row + r, column + c), None)
                elif value is not None:
                    model[row + r, column + c] = value
    expected = [[model.get((r, c), "") for c in range(9)] for r in range(9)]
    for line in expected:
        while line and line[-1] == "" and not isinstance(line[-1], bool):
            line.pop()
    while expected and not expected[-1]:
        expected.pop()
    assert (book.raw("A1:I9") or []) == expected


@pytest.mark.parametrize(
    ("text", "area"),
    [
        ("R1C1", "A1"),
        ("RC", "A1"),
        ("R", "A1"),
        ("R01C01", "A1"),
        ("R[1]C[1]", "B2"),
        ("C[1]", "B1:B1000"),
        ("R[1]", "A2:Z2"),
        ("R2", "R2"),
        ("R1C1:R2", "A1:Z2"),
        ("R1C1:C[1]", "A1:B1000"),
        ("R3C3:R1C1", "A1:C3"),
        ("R[2]C[2]:R[0]C[0]", "A1:C3"),
        ("R[1]C[1]:R1C1", "A1:B2"),
        ("R1C1:R2000C50", "A1:Z1000"),
        ("B2:A1", "A1:B2"),
        ("A1:AA5", "A1:Z5"),
        ("1:1001", "A1:Z1000"),
        ("$A$1:$B2", "A1:B2"),
        ("A5:A", "A5:A1000"),
        ("A1:A1", "A1"),
        ("!B1", "B1"),
        ("''!B1", "B1"),
    ],
)
def test_notations_of_reads(text: str, area: str) -> None:
    """A1 first, then R1C1 with numbers, offsets and open ends; answers are A1, cut to the grid."""
    sheet, box = resolve(Book("x", sheets=[Sheet(0, "Data")]), text)
    assert range_text(sheet, box) == f"Data!{area}"


def test_a_title_may_look_like_anything() -> None:
    """A range goes before a title; quotes, a mark inside, and upper case do not keep a title from being found."""
    titles = ("Data", "A1", "has!bang", "it's", "2024")
    book = Book("x", sheets=[Sheet(number, title) for number, title in enumerate(titles)])
    asked = {"A1": "Data!A1", "'A1'!B2": "'A1'!B2", "has!bang": "'has!bang'!A1:Z1000", "has!bang!C3": "'has!bang'!C3"}
    asked |= {"data": "Data!A1:Z1000", "'it''s'!A1": "'it''s'!A1", "it's!A1": "'it''s'!A1", "2024!A1": "'2024'!A1"}
    assert {text: range_text(*resolve(book, text)) for text in asked} == asked


@pytest.mark.parametrize("title", ["Data", "_x", "A", "Hoja1"])
def test_plain_titles_stay_bare(title: str) -> None:
    """ASCII letters, digits and underscores that are no reference need no quotes."""
    assert quoted(title) == title


@pytest.mark.parametrize("title", ["Año", "A1", "RC", "R1C1", "2024", "dos palabras", "has!bang", "O'Higgins"])
def test_other_titles_are_quoted(title: str) -> None:
    """Everything else stands in quotes, with its own doubled."""
    assert quoted(title) == "'" + title.replace("'", "''") + "'"


@given(st.text(min_size=1, max_size=30), BOXES)
def test_any_title_and_any_box_are_found_again(title: str, box: Box) -> None:
    """What an answer names can be asked for again, in A1 and in R1C1."""
    sheet = Sheet(0, title, 2000, 2000)
    book = Book("x", sheets=[Sheet(1, "otra"), sheet] if title.casefold() != "otra" else [sheet])
    assert resolve(book, range_text(sheet, box)) == (sheet, box)
    assert resolve(book, f"{quoted(title)}!{to_r1c1(box)}") == (sheet, box)


@given(st.integers(0, 50), st.integers(0, 50), st.integers(0, 50), st.integers(0, 50))
def test_offsets_are_counted_from_zero(row: int, column: int, more: int, wider: int) -> None:
    """`R[n]C[m]` is n rows and m columns from A1, and from whatever cell a formula stands in."""
    text = f"R[{row}]C[{column}]:R[{row + more}]C[{column + wider}]"
    assert parse_r1c1(text) == Box(row, row + more + 1, column, column + wider + 1)
    assert parse_r1c1(text, (3, 4)) == Box(row + 3, row + more + 4, column + 4, column + wider + 5)


ENTRIES = {"12": 12, "-3.5": -3.5, "TRUE": True, "false": False, "hola": "hola", "'7": "7", "5%": 0.05, "1e3": 1000, "": ""}
CELLS = st.one_of(st.none(), st.integers(-999, 999), st.booleans(), st.sampled_from(sorted(ENTRIES)))
ROWS = st.lists(st.lists(CELLS, min_size=1, max_size=3), min_size=1, max_size=3)
PLACE = st.tuples(st.integers(0, 4), st.integers(0, 4))
STEPS: st.SearchStrategy[Any] = st.lists(
    st.one_of(
        st.tuples(st.just("update"), PLACE, ROWS, st.booleans(), st.booleans()),
        st.tuples(st.just("many"), PLACE, ROWS, st.booleans(), st.booleans()),
        st.tuples(st.just("append"), st.just((0, 0)), ROWS, st.booleans(), st.just(False)),
        st.tuples(st.just("clear"), PLACE, st.just([[]]), st.booleans(), st.booleans()),
    ),
    min_size=1,
    max_size=8,
)
Step = tuple[str, tuple[int, int], list[list[Any]], bool, bool]


class Model:
    """What a sheet holds after a few writes, told with a dict."""

    def __init__(self) -> None:
        self.cells: dict[tuple[int, int], Any] = {}

    def put(self, row: int, column: int, value: Any, *, raw: bool) -> None:
        """Write one value: null leaves, an empty text clears, a typed text is read."""
        if value is None:
            return
        if isinstance(value, str) and not raw:
            value = ENTRIES[value]
        if value == "" and not isinstance(value, bool):
            self.cells.pop((row, column), None)
        else:
            self.cells[row, column] = value

    def do(self, step: Step) -> None:
        """One step."""
        kind, (row, column), rows, raw, by_columns = step
        if kind == "clear":
            self.cells = {
                at: v for at, v in self.cells.items() if not (row <= at[0] <= row + 1 and column <= at[1] <= column + 1)
            }
            return
        if kind == "append":
            row, column = self.after_the_last_table()
        for a, line in enumerate(rows):
            for b, value in enumerate(line):
                self.put(row + (b if by_columns else a), column + (a if by_columns else b), value, raw=raw)

    def after_the_last_table(self) -> tuple[int, int]:
        """Below the block that the last filled cell belongs to, in its first column."""
        if not self.cells:
            return 0, 0
        block = {max(self.cells)}
        while True:
            top, bottom = min(r for r, _ in block), max(r for r, _ in block)
            left, right = min(c for _, c in block), max(c for _, c in block)
            near = {at for at in self.cells if top - 1 <= at[0] <= bottom + 1 and left - 1 <= at[1] <= right + 1}
            if near <= block:
                return bottom + 1, left
            block |= near

    def rows(self) -> list[list[Any]]:
        """As a read answers them, unformatted."""
        lines = [[self.cells.get((r, c), "") for c in range(26)] for r in range(60)]
        for line in lines:
            while line and line[-1] == "" and not isinstance(line[-1], bool):
                line.pop()
        while lines and not lines[-1]:
            lines.pop()
        return lines


def play(book: Workbook, step: Step) -> None:
    """The same step through the API."""
    kind, (row, column), rows, raw, by_columns = step
    name, how = f"{column_letters(column)}{row + 1}", "RAW" if raw else "USER_ENTERED"
    body = {"values": rows, "majorDimension": "COLUMNS" if by_columns else "ROWS"}
    if kind == "update":
        book.values.update(spreadsheetId=book.id, range=name, valueInputOption=how, body=body).execute()
    elif kind == "many":
        data = {"valueInputOption": how, "data": [{"range": f"Sheet1!R{row + 1}C{column + 1}", **body}]}
        book.values.batchUpdate(spreadsheetId=book.id, body=data).execute()
    elif kind == "append":
        book.values.append(spreadsheetId=book.id, range="Sheet1", valueInputOption=how, body=body).execute()
    else:
        book.values.batchClear(
            spreadsheetId=book.id, body={"ranges": [f"R{row + 1}C{column + 1}:R{row + 2}C{column + 2}"]}
        ).execute()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_sequences_of_writes_agree_with_a_model(service: Service, steps: list[Step]) -> None:
    """update, batchUpdate, append and batchClear, raw and typed, by rows and by columns, leave what a dict of cells says.

    (google-apis 3.2)
    """
    book, model = new_workbook(service), Model()
    for step in steps:
        play(book, step)
        model.do(step)
    assert (book.raw("Sheet1") or []) == model.rows()
