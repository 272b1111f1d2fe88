"""Properties: range texts there and back, and random writes against a plain grid."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emulator.sheets.a1 import column_letters, column_number, parse_a1, parse_r1c1, quoted, split_title, to_a1, to_r1c1
from emulator.sheets.box import Box, deleted, inserted, moved
from tests.conformance.sheets_kit import Service, new_workbook

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
