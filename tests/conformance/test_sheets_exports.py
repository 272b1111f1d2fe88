"""PDF, XLSX and CSV of a spreadsheet."""

from __future__ import annotations

import io
from typing import Any

import pytest
from openpyxl import load_workbook

from tests.conformance.drive_kit import BOT
from tests.conformance.sheets_kit import Service, Workbook, new_workbook
from tests.conformance.test_sheets_batch import control_sheet

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.fixture(name="book")
def control(service: Service) -> Workbook:
    """A control sheet with a tick, an open date and a formula."""
    book = new_workbook(service)
    book.batch(*control_sheet())
    book.write("Control!A4", ["Alcance", "05/03/2026", True, False], ["Con, coma", "=COUNTIF(C4:C10,TRUE)"])
    return book


def exported(service: Service, book: Workbook, kind: str) -> bytes:
    """files.export."""
    data: bytes = service("drive", "v3", BOT).files().export(fileId=book.id, mimeType=kind).execute()
    return data


def test_csv(service: Service, book: Workbook) -> None:
    """The first sheet as shown, quoted where needed."""
    lines = exported(service, book, "text/csv").decode().split("\r\n")
    assert lines[0] == "=literal,FALSO,,"
    assert lines[3:] == ["Alcance,05/03/2026,VERDADERO,FALSO", '"Con, coma",1,,']


def test_xlsx(service: Service, book: Workbook) -> None:
    """Values, formulas, validations, frozen panes and rules are in the file."""
    page: Any = load_workbook(io.BytesIO(exported(service, book, XLSX)))["Control"]
    assert page["A1"].value == "=literal" and page["A1"].data_type != "f"
    assert page["B5"].value == "=COUNTIF(C4:C10,TRUE)" and page["C4"].value is True
    assert page["B4"].value.isoformat() == "2026-03-05T00:00:00"
    assert page.freeze_panes == "B4" and page.protection.sheet is True
    assert {rule.formula1 for rule in page.data_validations.dataValidation} == {'"TRUE,FALSE"', '"Pendiente,Aprobado"'}
    assert "C4:F40" in [str(area.sqref) for area in page.conditional_formatting]


def test_pdf(service: Service, book: Workbook) -> None:
    """A PDF with at least one page."""
    data = exported(service, book, "application/pdf")
    assert data.startswith(b"%PDF-") and b"/Type /Page" in data


def test_odd_text_does_not_break_the_pdf(service: Service, book: Workbook) -> None:
    """Letters that the font lacks are replaced."""
    book.write("Control!A10", ["ñandú — “hola” ✓ 漢字 🚚\u0007"])
    assert exported(service, book, "application/pdf").startswith(b"%PDF-")


def test_long_sheets_take_several_pages(service: Service, book: Workbook) -> None:
    """Rows beyond a page go to the next."""
    book.batch({"appendDimension": {"sheetId": 0, "dimension": "ROWS", "length": 200}})
    book.write("Control!A10:A200", *[[f"fila {n} " + "texto largo " * 10] for n in range(150)])
    assert exported(service, book, "application/pdf").count(b"/Type /Page\n") > 2
