"""Uploads that become spreadsheets."""

from __future__ import annotations

import io
from datetime import datetime
from typing import Any

import pytest
from googleapiclient.errors import HttpError
from googleapiclient.http import MediaIoBaseUpload
from openpyxl import Workbook as ExcelBook
from openpyxl.comments import Comment
from openpyxl.formatting.rule import CellIsRule, ColorScaleRule, FormulaRule
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation

from tests.conformance.drive_kit import BOT, Desk, new_drive
from tests.conformance.sheets_kit import SPREADSHEET, Service, Workbook

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.fixture(name="desk")
def fresh(service: Service) -> Desk:
    """The bot on a shared drive of its own."""
    return new_drive(service)[0]


def upload(data: bytes, kind: str) -> MediaIoBaseUpload:
    """The media part of an upload."""
    return MediaIoBaseUpload(io.BytesIO(data), kind)


def converted(service: Service, desk: Desk, data: bytes, kind: str = "text/csv", name: str = "clientes.csv") -> Workbook:
    """The spreadsheet that an upload becomes."""
    made = desk.create(name, mimeType=SPREADSHEET, media=upload(data, kind))
    assert made["mimeType"] == SPREADSHEET
    return Workbook(service("sheets", "v4", BOT), made["id"])


def excel() -> ExcelBook:
    """A workbook with one of everything that can be carried over."""
    book = ExcelBook()
    page: Any = book.active
    page.title = "Datos"
    page["A1"], page["B1"], page["C1"] = "Cliente", "=SUM(B2:B3)", datetime(2026, 3, 5)
    page["A1"].font = Font(bold=True, color="FF00FF00")
    page["A1"].fill = PatternFill("solid", start_color="FFFF0000")
    page["A1"].alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
    page["A1"].border = Border(bottom=Side(style="thick", color="FF0000FF"))
    page["A1"].comment = Comment("ojo", "x")
    page["B2"], page["B3"], page["D1"] = 1.5, 2, True
    page["B2"].number_format, page["C1"].number_format = "#,##0.00", "dd/mm/yyyy"
    page["A3"].hyperlink = "https://example.com/"
    page.merge_cells("A5:B6")
    page.column_dimensions["A"].width, page.row_dimensions[2].height, page.freeze_panes = 30, 30, "B2"
    choice = DataValidation(type="list", formula1='"sí,no"', showErrorMessage=True)
    page.add_data_validation(choice)
    choice.add("E1")
    red = PatternFill("solid", start_color="FFFF0000", end_color="FFFF0000")
    page.conditional_formatting.add("B2:B3", CellIsRule(operator="greaterThan", formula=["1.5"], fill=red))
    page.conditional_formatting.add("B2:B3", FormulaRule(formula=["B2>1"], font=Font(bold=True)))
    scale = ColorScaleRule(start_type="min", start_color="FFFF0000", end_type="max", end_color="FF00FF00")
    page.conditional_formatting.add("B2:B3", scale)
    hidden: Any = book.create_sheet("Oculta")
    hidden["A1"], hidden.sheet_state = "x", "hidden"
    book.defined_names["cifras"] = DefinedName("cifras", attr_text="Datos!$B$2:$B$3")
    return book


def saved(book: ExcelBook) -> bytes:
    """The bytes of a workbook."""
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_csv_is_typed_in_the_locale(emulator: Any, service: Service, desk: Desk) -> None:
    """Numbers, dates, ticks and formulas are read as if they had been typed; the separator is found out. (google-apis 2.4)"""
    emulator.local("PUT", "behaviour", {"new_spreadsheet_locale": "es_ES"})
    book = converted(service, desk, '\ufeffCliente;Monto;Día\r\n"Ñandú; S.A.";1.234,5;05/03/2026\r\n;VERDADERO;=1+1\r\n'.encode())
    assert book.raw("A1:C3") == [["Cliente", "Monto", "Día"], ["Ñandú; S.A.", 1234.5, 46086], ["", True, 2]]
    assert book.read("B3:C3", valueRenderOption="FORMULA") == [[True, "=1+1"]]


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_separator_is_found(service: Service, desk: Desk, mark: str) -> None:
    """Whichever mark parts the lines evenly is taken. (google-apis 2.4)"""
    assert converted(service, desk, mark.join("abc").encode() + b"\n" + mark.join("def").encode()).read("A1:C2") == [
        ["a", "b", "c"],
        ["d", "e", "f"],
    ]


def test_windows_letters_and_one_column(service: Service, desk: Desk) -> None:
    """A file that is not UTF-8 is read as Windows-1252; one without separators has one column."""
    assert converted(service, desk, "Peñón\nAño".encode("cp1252")).read("A1:B2") == [["Peñón"], ["Año"]]


def test_sheet_has_the_name_of_the_file_and_a_random_id(service: Service, desk: Desk) -> None:
    """The id of the sheet is not zero, as field reports say of imports. (google-apis 2.4)"""
    properties = converted(service, desk, b"a,b", name="clientes.csv").sheet()["properties"]
    assert properties["title"] == "clientes" and properties["sheetId"] != 0


def test_xlsx_values_and_formulas(service: Service, desk: Desk) -> None:
    """Values, formulas, dates, formats, notes and links are carried over. (google-apis 2.4)"""
    book = converted(service, desk, saved(excel()), XLSX, "libro")
    assert book.raw("Datos!A1:D2") == [["Cliente", 3.5, 46086, True], ["", 1.5]]
    assert book.read("Datos!B1:C2", valueRenderOption="FORMULA")[0][0] == "=SUM(B2:B3)"
    assert book.read("Datos!B2:C2") == [["1.50"]] and book.read("Datos!C1") == [["05/03/2026"]]
    head = book.cell("Datos!A1")
    style = head["userEnteredFormat"]
    assert style["textFormat"]["bold"] is True and style["textFormat"]["foregroundColor"] == {"green": 1}
    assert style["backgroundColor"] == {"red": 1} and style["wrapStrategy"] == "WRAP"
    assert (style["horizontalAlignment"], style["verticalAlignment"]) == ("CENTER", "MIDDLE")
    assert style["borders"]["bottom"]["style"] == "SOLID_THICK" and head["note"] == "ojo"
    assert book.cell("Datos!A3")["hyperlink"] == "https://example.com/"


def test_xlsx_shape_and_rules(service: Service, desk: Desk) -> None:
    """Merges, sizes, frozen panes, lists, conditional formats, hidden sheets and names are carried over. (google-apis 2.4)"""
    book = converted(service, desk, saved(excel()), XLSX, "libro")
    found = book.get(includeGridData=True)
    data, hidden = found["sheets"]
    assert hidden["properties"]["hidden"] is True and found["namedRanges"][0]["name"] == "cifras"
    assert data["properties"]["gridProperties"]["frozenRowCount"] == 1
    assert data["properties"]["gridProperties"]["frozenColumnCount"] == 1
    assert {k: v for k, v in data["merges"][0].items() if k != "sheetId"} == {
        "startRowIndex": 4,
        "endRowIndex": 6,
        "startColumnIndex": 0,
        "endColumnIndex": 2,
    }
    assert data["data"][0]["columnMetadata"][0]["pixelSize"] == 215 and data["data"][0]["rowMetadata"][1]["pixelSize"] == 40
    rule = book.cell("Datos!E1")["dataValidation"]
    assert rule["condition"]["type"] == "ONE_OF_LIST" and rule["strict"] is True
    kinds = [r.get("booleanRule", {}).get("condition", {}).get("type", "scale") for r in data["conditionalFormats"]]
    assert kinds == ["NUMBER_GREATER", "CUSTOM_FORMULA", "scale"]
    assert book.cell("Datos!B3")["effectiveFormat"]["textFormat"]["bold"] is True


def test_own_export_comes_back(service: Service, desk: Desk) -> None:
    """What is exported as .xlsx and uploaded again shows the same values, widths and borders."""
    book = converted(service, desk, saved(excel()), XLSX, "libro")
    again = service("drive", "v3", BOT).files().export(fileId=book.id, mimeType=XLSX).execute()
    second = converted(service, desk, again, XLSX, "otra vez")
    assert second.read("Datos!A1:D3") == book.read("Datos!A1:D3")
    assert second.cell("Datos!A1")["userEnteredFormat"] == book.cell("Datos!A1")["userEnteredFormat"]
    widths = [b.sheet(includeGridData=True)["data"][0]["columnMetadata"][0]["pixelSize"] for b in (book, second)]
    assert widths == [215, 215] and second.get()["namedRanges"][0]["name"] == "cifras"


def test_new_content_of_an_existing_spreadsheet(service: Service, desk: Desk) -> None:
    """files.update with a .csv puts its rows in the place of what was there. (google-apis 2.4)"""
    book = converted(service, desk, b"a,b\n1,2")
    desk.update(book.id, media=upload(b"x,y\n3,4", "text/csv"))
    assert book.read("A1:B2") == [["x", "y"], ["3", "4"]]


def test_copy_converts(service: Service, desk: Desk) -> None:
    """files.copy of an uploaded .csv with the type of a spreadsheet makes one; the upload stays. (google-apis 2.4)"""
    source = desk.create("d.csv", mimeType="text/csv", media=upload(b"a,b", "text/csv"))
    body = {"name": "d", "mimeType": SPREADSHEET}
    call = desk.client.files().copy(fileId=source["id"], body=body, fields="id,mimeType", supportsAllDrives=True)
    copy = call.execute()
    assert Workbook(service("sheets", "v4", BOT), copy["id"]).read("A1:B1") == [["a", "b"]]
    assert desk.get(source["id"])["mimeType"] == "text/csv"


@pytest.mark.parametrize(("data", "kind"), [(b"no zip", XLSX), (b"%PDF-", "application/pdf")])
def test_what_cannot_be_read_leaves_nothing_behind(desk: Desk, data: bytes, kind: str) -> None:
    """A broken workbook and a type that no spreadsheet is made from are refused with 400. (google-apis 2.4)"""
    with pytest.raises(HttpError) as caught:
        desk.create("roto", mimeType=SPREADSHEET, media=upload(data, kind))
    assert caught.value.resp.status == 400
    query = {"q": "name='roto'", "corpora": "drive", "driveId": desk.drive_id}
    listed = desk.client.files().list(supportsAllDrives=True, includeItemsFromAllDrives=True, **query).execute()
    assert listed["files"] == []
