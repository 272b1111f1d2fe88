"""What formulas give."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance.sheets_kit import Service, Workbook, new_workbook

CASES: list[tuple[str, Any]] = [
    ("=SUM(A1:A3)*2", 12),
    ("=-2^2", 4),
    ('="a"&1&TRUE', "a1TRUE"),
    ("=A1<A2", True),
    ("=COUNTIF(B1:B3,TRUE)", 2),
    ('=COUNTIFS(A1:A3,">1",B1:B3,TRUE)', 1),
    ("=SUMIF(B1:B3,TRUE,A1:A3)", 4),
    ('=SUMIFS(A1:A3,C1:C3,"Pend*")', 3),
    ("=COUNTA(A1:C3)", 9),
    ("=COUNTBLANK(D1:D3)", 3),
    ('=IF(AND(B1,NOT(B2)),"sí","no")', "sí"),
    ('=IFS(A1>5,"x",TRUE,"y")', "y"),
    ('=IFERROR(1/0,"roto")', "roto"),
    ("=ROUND(2.345,2)", 2.35),
    ("=MOD(-1,3)", 2),
    ('=TEXTJOIN(", ",TRUE,C1:C3)', "Pendiente, Pendiente, Aprobado"),
    ('=TEXT(DATE(2026,3,5),"dd/mm/yyyy")', "05/03/2026"),
    ("=NETWORKDAYS(DATE(2026,3,2),DATE(2026,3,8))", 5),
    ("=VLOOKUP(2,A1:C3,3,FALSE)", "Pendiente"),
    ("=INDEX(C1:C3,MATCH(3,A1:A3,0))", "Aprobado"),
    ('=XLOOKUP(9,A1:A3,C1:C3,"nada")', "nada"),
    ("=SUMPRODUCT((B1:B3=TRUE)*(A1:A3))", 4),
    ("=ROWS(UNIQUE(C1:C3))", 2),
    ("=COUNTA(FILTER(A1:A3,B1:B3))", 2),
    ('=HYPERLINK("https://example.com","ir")', "ir"),
    ('=SUBSTITUTE("a-b","-","+")', "a+b"),
    ("=ISBLANK(D1)", True),
    ('=SWITCH(A2,1,"uno",2,"dos")', "dos"),
    ("=UPPER(LEFT(C1,4))&LEN(C1)", "PEND9"),
    ("=SPARKLINE(A1:A3)", ""),
    ("=1/0", "#DIV/0!"),
    ("=SUMA(A1:A3)", "#NAME?"),
    ("=VLOOKUP(9,A1:C3,3,FALSE)", "#N/A"),
    ("=F1", "#REF!"),
    ("=SUM(", "#ERROR!"),
]


@pytest.fixture(name="book")
def filled(service: Service) -> Workbook:
    """A small table of numbers, ticks and texts."""
    book = new_workbook(service, "es_MX")
    book.write("A1", [1, True, "Pendiente"], [2, False, "Pendiente"], [3, True, "Aprobado"])
    return book


def test_formulas(book: Workbook) -> None:
    """Each formula, alone in F1, gives what Sheets gives."""
    wrong = {}
    for formula, expected in CASES:
        book.write("F1", [formula])
        found = book.raw("F1")
        value = found[0][0] if found else None
        if value != expected:
            wrong[formula] = value
    assert wrong == {}


def test_errors_carry_type_and_keep_the_formula(book: Workbook) -> None:
    """An unknown function shows #NAME?, names its error and stays in the cell."""
    book.write("F1", ["=SUMA(A1)"])
    cell = book.cell("F1")
    assert cell["userEnteredValue"] == {"formulaValue": "=SUMA(A1)"}
    assert cell["effectiveValue"]["errorValue"] == {"type": "NAME", "message": "Unknown function: 'SUMA'."}


def test_recalculated_after_a_change(book: Workbook) -> None:
    """A cell that depends on others over two steps follows them."""
    book.write("F1", ["=SUM(A1:A3)"], ["=F1*10"])
    book.write("A1", [11])
    assert book.raw("F1:F2") == [[16], [160]]


def test_arrays_fill_their_neighbours(book: Workbook) -> None:
    """ARRAYFORMULA spreads; where something is in its way it shows #REF!."""
    book.write("F1", ["=ARRAYFORMULA(A1:A3*10)"])
    assert book.raw("F1:F3") == [[10], [20], [30]]
    book.write("F2", ["x"])
    assert book.raw("F1") == [["#REF!"]]


def test_dates_show_as_dates(book: Workbook) -> None:
    """A day after a typed date is shown as a date."""
    book.write("F1", ["05/03/2026", "=F1+1"])
    assert book.read("F1:G1") == [["05/03/2026", "06/03/2026"]]


def test_today_follows_the_workspace_clock(emulator: Any, book: Workbook) -> None:
    """TODAY is the day in the time zone of the spreadsheet."""
    book.batch({"updateSpreadsheetProperties": {"properties": {"timeZone": "America/Panama"}, "fields": "timeZone"}})
    book.write("F1", ["=TODAY()"])
    emulator.local("PUT", "clock", {"now": "2027-01-02T03:00:00Z", "frozen": True})
    assert book.read("F1") == [["01/01/2027"]]
