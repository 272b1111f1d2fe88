"""PDF, XLSX and CSV of a spreadsheet."""

from __future__ import annotations

import io
import shutil
import subprocess
import zipfile
from typing import Any

import pytest
from googleapiclient.errors import HttpError
from openpyxl import load_workbook

from tests.conformance.drive_kit import BOT
from tests.conformance.sheets_kit import Service, Workbook, grid, new_workbook
from tests.conformance.test_sheets_batch import control_sheet

ODS = "application/vnd.oasis.opendocument.spreadsheet"
OLD_ODS = "application/x-vnd.oasis.opendocument.spreadsheet"
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
    """The first sheet as shown, quoted where needed. (google-apis 2.4)"""
    lines = exported(service, book, "text/csv").decode().split("\r\n")
    assert lines[0] == "=literal,FALSO,,"
    assert lines[3:] == ["Alcance,05/03/2026,VERDADERO,FALSO", '"Con, coma",1,,']


def test_xlsx(service: Service, book: Workbook) -> None:
    """Values, formulas, validations, frozen panes and rules are in the file. (google-apis 2.4)"""
    page: Any = load_workbook(io.BytesIO(exported(service, book, XLSX)))["Control"]
    assert page["A1"].value == "=literal" and page["A1"].data_type != "f"
    assert page["B5"].value == "=COUNTIF(C4:C10,TRUE)" and page["C4"].value is True
    assert page["B4"].value.isoformat() == "2026-03-05T00:00:00"
    assert page.freeze_panes == "B4" and page.protection.sheet is True
    assert {rule.formula1 for rule in page.data_validations.dataValidation} == {'"TRUE,FALSE"', '"Pendiente,Aprobado"'}
    assert "C4:F40" in [str(area.sqref) for area in page.conditional_formatting]


def test_pdf(service: Service, book: Workbook) -> None:
    """A PDF with at least one page. (google-apis 2.4)"""
    data = exported(service, book, "application/pdf")
    assert data.startswith(b"%PDF-") and b"/Type /Page" in data


def texts_of(data: bytes) -> str:
    """The text of a PDF, by poppler."""
    if shutil.which("pdftotext") is None:
        pytest.skip("poppler is not installed")
    return subprocess.run(["pdftotext", "-layout", "-", "-"], input=data, capture_output=True, check=True).stdout.decode()


def test_spanish_letters_are_in_the_pdf(service: Service, book: Workbook) -> None:
    """Accents, signs and quotes come out as they went in. (google-apis 2.4)"""
    book.write("Control!A10", ["Ñandú, ¿qué? “sí” – €5"])
    assert "Ñandú, ¿qué? “sí” – €5" in texts_of(exported(service, book, "application/pdf"))


def test_odd_text_is_not_lost_in_the_pdf(service: Service, book: Workbook) -> None:
    """What the fonts lack is written by its name, control characters are left out. (google-apis 2.4)"""
    book.write("Control!A10", ["ñandú \u0007✓"], ["🚚 listo"])
    text = texts_of(exported(service, book, "application/pdf"))
    assert "ñandú" in text and ":delivery truck: listo" in text


def test_long_sheets_take_several_pages(service: Service, book: Workbook) -> None:
    """Rows beyond a page go to the next. (google-apis 2.4)"""
    book.batch({"appendDimension": {"sheetId": 0, "dimension": "ROWS", "length": 200}})
    book.write("Control!A10:A200", *[[f"fila {n} " + "texto largo " * 10] for n in range(150)])
    assert exported(service, book, "application/pdf").count(b"/Type /Page\n") > 2


def test_xlsx_formats_borders_names_and_scales(service: Service, book: Workbook) -> None:
    """Borders, rotation, tab colour, number rules, named ranges and colour scales are in the file. (google-apis 2.4)"""
    thick = {"style": "SOLID_THICK", "colorStyle": {"rgbColor": {"red": 1}}}
    point = {"colorStyle": {"rgbColor": {"red": 1}}}
    between = {"type": "NUMBER_BETWEEN", "values": [{"userEnteredValue": "1"}, {"userEnteredValue": "5"}]}
    style = {"textRotation": {"angle": -45}, "textFormat": {"underline": True, "fontFamily": "Verdana"}}
    starts = {"type": "TEXT_STARTS_WITH", "values": [{"userEnteredValue": "Al"}]}
    gradient = {"minpoint": point | {"type": "MIN"}, "maxpoint": point | {"type": "NUMBER", "value": "7"}}
    book.batch(
        {"updateBorders": {"range": grid(3, 4, 0, 1), "bottom": thick}},
        {"repeatCell": {"range": grid(3, 4, 1, 2), "cell": {"userEnteredFormat": style}, "fields": "userEnteredFormat"}},
        {"setDataValidation": {"range": grid(12, 13, 0, 1), "rule": {"condition": between, "strict": True}}},
        {"addConditionalFormatRule": {"rule": {"ranges": [grid(20, 22, 0, 1)], "gradientRule": gradient}}},
        {
            "addConditionalFormatRule": {
                "rule": {
                    "ranges": [grid(3, 5, 0, 1)],
                    "booleanRule": {"condition": starts, "format": {"textFormat": {"bold": True}}},
                }
            }
        },
    )
    workbook = load_workbook(io.BytesIO(exported(service, book, XLSX)))
    page: Any = workbook["Control"]
    assert (page["A4"].border.bottom.style, page["A4"].border.bottom.color.rgb) == ("thick", "FFFF0000")
    assert (page["B4"].alignment.text_rotation, page["B4"].font.u, page["B4"].font.name) == (135, "single", "Verdana")
    rule = next(one for one in page.data_validations.dataValidation if one.type == "decimal")
    assert (rule.operator, rule.formula1, rule.formula2, str(rule.sqref)) == ("between", "1", "5", "A13")
    assert workbook.defined_names["area_seguridad"].attr_text == "'Control'!$C$4:$C$40"
    kinds = {str(area.sqref): [one.type for one in area.rules] for area in page.conditional_formatting}
    assert kinds["A21:A22"] == ["colorScale"] and kinds["A4:A5"] == ["expression"]


def test_every_format_that_drive_names_can_be_had(service: Service, book: Workbook) -> None:
    """about.exportFormats of a spreadsheet names seven types, and each is written. (google-apis 2.4)"""
    about = service("drive", "v3", BOT).about().get(fields="exportFormats").execute()
    kinds = about["exportFormats"]["application/vnd.google-apps.spreadsheet"]
    assert len(kinds) == 7
    starts = {kind: exported(service, book, kind)[:4] for kind in kinds}
    assert {kind for kind, start in starts.items() if start.startswith(b"PK")} == {XLSX, "application/zip", ODS, OLD_ODS}


def test_ods_holds_values_and_formulas(service: Service, book: Workbook) -> None:
    """An OpenDocument file begins with its type and writes formulas in its own spelling. (google-apis 2.4)"""
    archive = zipfile.ZipFile(io.BytesIO(exported(service, book, ODS)))
    content = archive.read("content.xml").decode()
    assert archive.namelist()[0] == "mimetype" and archive.read("mimetype").decode() == ODS
    assert 'table:formula="of:=COUNTIF([.C4:.C10];TRUE)" office:value-type="float" office:value="1"' in content
    assert 'office:date-value="2026-03-05T00:00:00"' in content and 'office:boolean-value="true"' in content


def test_zip_holds_a_page_for_every_sheet(service: Service, book: Workbook) -> None:
    """The web pages show texts as the sheet does, made harmless. (google-apis 2.4)"""
    book.batch({"addSheet": {"properties": {"title": "Otra"}}})
    book.write("Otra!A1", ["<b>año</b>"])
    archive = zipfile.ZipFile(io.BytesIO(exported(service, book, "application/zip")))
    assert {"Control.html", "Otra.html"} <= set(archive.namelist())
    assert "&lt;b&gt;año&lt;/b&gt;" in archive.read("Otra.html").decode()


def test_type_that_google_cannot_write_is_refused(service: Service, book: Workbook) -> None:
    """Spreadsheets are not exported as text documents. (google-apis 2.4)"""
    with pytest.raises(HttpError) as caught:
        exported(service, book, "application/msword")
    assert caught.value.resp.status == 400


def test_pdf_of_a_column_narrower_than_a_letter(service: Service, book: Workbook) -> None:
    """Wrapped text in two pixels is cut, not refused. (google-apis 2.4)"""
    span = {"sheetId": 0, "dimension": "COLUMNS", "startIndex": 0, "endIndex": 1}
    book.batch(
        {"updateDimensionProperties": {"range": span, "properties": {"pixelSize": 2}, "fields": "pixelSize"}},
        {
            "repeatCell": {
                "range": grid(0, 1, 0, 1),
                "cell": {"userEnteredFormat": {"wrapStrategy": "WRAP", "textFormat": {"bold": True}}},
                "fields": "userEnteredFormat",
            }
        },
    )
    book.write("Control!A1", ["WWW 日本"])
    assert exported(service, book, "application/pdf").startswith(b"%PDF")
