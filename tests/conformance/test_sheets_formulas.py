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
    ("=LET(x,A1*10,y,5,x+y)", 15),
    ("=LAMBDA(x,x+1)(4)", 5),
    ("=REDUCE(0,A1:A3,LAMBDA(total,v,total+v))", 6),
    ("=SUM(MAP(A1:A3,LAMBDA(v,v*v)))", 14),
    ("=AVERAGEIFS(A1:A3,B1:B3,TRUE)", 2),
    ("=QUERY(A1:C3,\"select C, sum(A) where A > 1 group by C label sum(A) ''\",0)", "Aprobado"),
    ("=SUM(QUERY(A1:C3,\"select A where C = 'Pendiente' order by A desc limit 1\",0))", 2),
    ("=ROWS(VSTACK(A1:A3,A1:A2))", 5),
    ("=INDEX(TAKE(C1:C3,-1),1,1)", "Aprobado"),
    ("=PERCENTILE(A1:A3,0.5)", 2),
    ("=SUBTOTAL(9,A1:A3)", 6),
    ("=ISBETWEEN(A2,1,3)", True),
    ("=LOG10(1000)+QUOTIENT(7,2)", 6),
    ("=MULTIPLY(3,4)", 12),
    ('=IMPORTRANGE("x","A1")', "#REF!"),
    ('=GOOGLEFINANCE("x")', "#N/A"),
    ('=QUERY(A1:C3,"select Z",0)', "#VALUE!"),
    ("=1/0", "#DIV/0!"),
    ("=SUMA(A1:A3)", "#NAME?"),
    ("=VLOOKUP(9,A1:C3,3,FALSE)", "#N/A"),
    ("=F1", "#REF!"),
    ("=SUM(", "#ERROR!"),
]


@pytest.fixture(name="book")
def filled(service: Service) -> Workbook:
    """A small table of numbers, ticks and texts, in a locale with a decimal point."""
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
        if str(value).startswith("#"):
            value = str(value).partition(" (")[0]
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
    assert book.read("F1") == [["#REF!"]]
    assert book.raw("F1") == [["#REF! (Array result was not expanded because it would overwrite data.)"]]


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


def test_separators_follow_the_locale(service: Service) -> None:
    """Where the comma is decimal, arguments are parted by semicolons and the columns of an array by backslashes."""
    book = new_workbook(service, "es_ES")
    book.write("A1", ["=SUMA(1;2)", "=SUM(1,5;2)", "=SUM({1\\2;3\\4})", "=SUM(1,2,3)"])
    assert book.raw("B1:C1") == [[3.5, 10]]
    assert [str(v).partition(" ")[0] for v in book.raw("A1:D1")[0]][::3] == ["#NAME?", "#ERROR!"]


def test_query_spreads_with_its_header(book: Workbook) -> None:
    """A header row of texts is kept, totals are named after it."""
    book.write("A5", ["área", "días"], ["caja", 2], ["caja", 3], ["ruta", 4])
    book.write("F1", ['=QUERY(A5:B8,"select A, sum(B) group by A order by sum(B) desc")'])
    assert book.raw("F1:G3") == [["área", "sum días"], ["caja", 5], ["ruta", 4]]


def test_lambda_over_rows_spreads(book: Workbook) -> None:
    """BYROW gives one value a row, SCAN every step, MAKEARRAY a table."""
    book.write("F1", ["=BYROW(A1:A3,LAMBDA(r,SUM(r)*2))", "=SCAN(0,A1:A3,LAMBDA(a,b,a+b))", "=MAKEARRAY(2,2,LAMBDA(r,c,r*c))"])
    assert book.raw("F1:I3") == [[2, 1, 1, 2], [4, 3, 2, 4], [6, 6]]


def test_named_function_of_let(book: Workbook) -> None:
    """A LAMBDA that LET gave a name is called by it."""
    book.write("F1", ["=LET(doble,LAMBDA(x,x*2),doble(A3))"])
    assert book.raw("F1") == [[6]]
