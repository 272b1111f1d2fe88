"""No formula, however odd, stops the Workspace or makes a sheet unreadable."""

from __future__ import annotations

import random
import time
from typing import Any

import pytest

from emulator.sheets.formula import registry
from tests.conformance.sheets_kit import Service, Workbook, new_workbook

registry.load()
_ARGUMENTS = (
    "-1",
    "0",
    "1",
    "2.5",
    "1e9",
    "1e300",
    "1e-300",
    '""',
    '"a"',
    '"2024-02-30"',
    "TRUE",
    "A9",
    "A1:B9",
    "NA()",
    "{1,2;3,4}",
)


@pytest.fixture(name="book")
def american(service: Service) -> Workbook:
    """A spreadsheet whose formulas have commas."""
    return new_workbook(service, "en_US")


def test_any_formula_can_be_shown(book: Workbook) -> None:
    """Every function with drawn arguments gives a value or an error value, at once; the sheet stays readable."""
    draw = random.Random(7)
    formulas = []
    for name, entry in sorted(registry.FUNCTIONS.items()):
        for _ in range(3):
            count = draw.randint(entry.least, entry.most if entry.most >= 0 else entry.least + 2)
            formulas.append(f"={name}({','.join(draw.choice(_ARGUMENTS) for _ in range(count))})")
    book.batch({"appendDimension": {"sheetId": 0, "dimension": "COLUMNS", "length": 300}})
    began = time.monotonic()
    for start in range(0, len(formulas), 60):
        # Each formula has room to spread before the next one stands in its way.
        book.write("D1", [cell for formula in formulas[start : start + 60] for cell in (formula, "", "", "")])
        assert "values" in book.values.get(spreadsheetId=book.id, range="D1:JA1").execute()
        assert book.get(ranges=["D1:JA3"], includeGridData=True)["sheets"]
    assert time.monotonic() - began < 60


@pytest.mark.parametrize(
    ("formula", "shown"),
    [
        ("=CHAR(-1)", "#VALUE!"),
        ("=1e300*1e300", "#NUM!"),
        ("=PRODUCT(1e300,1e300)", "#NUM!"),
        ("=FACT(1e9)", "#NUM!"),
        ("=FACT(5)", "120"),
        ("=COMBIN(1e300,1e9)", "#NUM!"),
        ("=COMBIN(49,6)", "13983816"),
        ("=REPT(1e300,1e9)", "#NUM!"),
        ("=SEQUENCE(100000,1000)", "#NUM!"),
        ("=MAKEARRAY(5000,5000,LAMBDA(a,b,1))", "#NUM!"),
        ("=WRAPROWS(-1,1e9)", "#NUM!"),
        ("=WORKDAY(-1,1e300)", "#NUM!"),
        ("=ADDRESS(-1,-1)", "#VALUE!"),
        ("=LOG(1,1)", "#DIV/0!"),
        ("=ARRAY_CONSTRAIN(A1:B2,1,0)", "#REF!"),
        ('=SPLIT("a","")', "#VALUE!"),
        ("=ROUND(-1,-1e300)", "#DIV/0!"),
    ],
)
def test_what_cannot_be_computed_is_an_error_value(book: Workbook, formula: str, shown: Any) -> None:
    """Results that are too large, and arguments that a function cannot use, are error values."""
    book.write("D1", [formula])
    assert book.read("D1") == [[shown]]
