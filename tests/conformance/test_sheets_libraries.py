"""Client libraries that others wrote, as they come, only their hosts changed: pygsheets, gspread-formatting, gspread-dataframe."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gspread
import gspread_dataframe
import gspread_formatting as formatting
import pandas
import pygsheets
import pytest
from google.oauth2.credentials import Credentials
from pygsheets.client import Client as PygsheetsClient
from pygsheets.custom_types import ExportType, HorizontalAlignment, VerticalAlignment
from requests import Session

from tests.conformance.conftest import ADMIN, OnceHttp, address, token
from tests.conformance.test_sheets_gspread import Client

HOSTS = ("https://sheets.googleapis.com", "https://www.googleapis.com")


class LocalHttp(OnceHttp):
    """A transport for libraries that build their own services: Google's hosts are the local Workspace."""

    base_url = ""

    def request(self, uri: str, *rest: Any, **more: Any) -> Any:
        """Send one request to the local Workspace."""
        for host in HOSTS:
            if uri.startswith(host):
                uri = self.base_url + uri[len(host) :]
        response, content = super().request(uri, *rest, **more)
        response["status"] = str(response.status)
        return response, content


@pytest.fixture(name="book")
def of_pygsheets(emulator: Any) -> pygsheets.Spreadsheet:
    """A spreadsheet of the administrator, by pygsheets."""
    http = LocalHttp(Session())
    http.base_url = emulator.url
    return PygsheetsClient(Credentials(token=token(ADMIN)), http=http, retries=1).create("Registro")


@pytest.fixture(name="page")
def first_page(book: pygsheets.Spreadsheet) -> pygsheets.Worksheet:
    """Its first sheet."""
    return book.sheet1


@pytest.fixture(name="sheet")
def of_gspread(emulator: Any) -> gspread.Worksheet:
    """The first sheet of a spreadsheet of the administrator, by gspread."""
    transport = type("Local", (Client,), {"base_url": emulator.url})
    client = gspread.Client(auth=Credentials(token=token(ADMIN)), http_client=transport)
    return client.create("Registro").sheet1


def test_pygsheets_finds_and_lists(book: pygsheets.Spreadsheet) -> None:
    """By title, key and address; the properties are those of the spreadsheet."""
    client = book.client
    assert client.open("Registro").id == client.open_by_key(book.id).id == client.open_by_url(book.url).id == book.id
    assert "Registro" in client.spreadsheet_titles() and book.id in client.spreadsheet_ids()
    assert book.defaultformat["textFormat"]["fontSize"] == 10 and book.updated.endswith("Z")
    book.title, book.locale = "Otro", "es_PA"
    book.fetch_properties()
    assert (book.title, book.locale) == ("Otro", "es_PA")


def test_pygsheets_sheets_come_and_go(book: pygsheets.Spreadsheet, page: pygsheets.Worksheet) -> None:
    """Add, copy, reorder, hide, rename, resize, freeze, delete."""
    page.update_value("A1", "x")
    second = book.add_worksheet("Dos", rows=50, cols=6, src_worksheet=None)
    copy = book.add_worksheet("Tres", src_worksheet=page)
    assert (second.rows, second.cols, copy.get_value("A1")) == (50, 6, "x")
    copy.index, copy.hidden, second.title = 0, True, "Segunda"
    second.frozen_rows, second.frozen_cols = 1, 2
    second.resize(20, 10)
    second.add_rows(1)
    second.add_cols(2)
    again = book.client.open_by_key(book.id)
    assert [w.title for w in again.worksheets()] == ["Tres", "Sheet1", "Segunda"]
    fresh = again.worksheet_by_title("Segunda")
    assert (fresh.rows, fresh.cols, fresh.frozen_rows, fresh.frozen_cols) == (21, 12, 1, 2)
    book.del_worksheet(second)
    with pytest.raises(pygsheets.WorksheetNotFound):
        again.worksheet_by_title("Dos")
    assert page.copy_to(book.id).title == "Copy of Sheet1"


def test_pygsheets_reads_what_it_writes(page: pygsheets.Worksheet) -> None:
    """Rows, columns, cells, ranges, records, appended tables, dimensions and clearing."""
    page.update_values("A1:D4", [[1, 2, "", 3], ["", "", "", ""], [4, 5, "", ""], ["", 6, "", ""]])
    compact = {"include_tailing_empty": False, "include_tailing_empty_rows": False}
    assert page.get_values("A1", "E5", **compact) == [["1", "2", "", "3"], [], ["4", "5"], ["", "6"]]
    assert page.get_values("A1", "E5", majdim="COLUMNS", **compact) == [["1", "", "4"], ["2", "", "5", "6"], [], ["3"]]
    page.clear()
    page.update_row(1, ["nombre", "monto"])
    page.append_table([["a", 1], ["b", 2]], start="A1", dimension="ROWS", overwrite=True)
    assert page.get_all_records() == [{"nombre": "a", "monto": 1}, {"nombre": "b", "monto": 2}]
    page.update_col(4, [7, 8])
    assert page.get_col(4)[:2] == ["7", "8"] and page.get_row(2)[:2] == ["a", "1"]
    page.update_values(cell_list=[pygsheets.Cell("F1", 10), pygsheets.Cell("F2", 12)])
    assert page.get_values_batch(["F1:F2"]) == [[["10"], ["12"]]]
    page.update_values_batch(["G1:G2"], [[["u"], ["v"]]])
    page.insert_rows(1, number=1, values=["medio"])
    page.delete_cols(1)
    assert page.get_value("F1") == "u" and page.get_value("A1") == "monto"
    page.sort_range("A2", "A4", 0, "DESCENDING")
    assert page.get_values("A2", "A3") == [["2"], ["1"]]


def test_pygsheets_cells(page: pygsheets.Worksheet) -> None:
    """Values, formulas, formats, notes, neighbours and late updates of a cell."""
    page.update_row(1, [3, 4], col_offset=1)
    cell = page.cell("A1")
    cell.formula = "=B1+C1"
    assert (cell.value, cell.value_unformatted, cell.neighbour("right").value) == ("7", 7, "3")
    cell.unlink()
    cell.set_text_format("bold", True).set_number_format(pygsheets.FormatType.NUMBER, "0.00")
    cell.horizontal_alignment, cell.vertical_alignment = HorizontalAlignment.RIGHT, VerticalAlignment.MIDDLE
    cell.color, cell.note, cell.wrap_strategy = (1.0, 0.0, 0.0, 1.0), "ojo", "WRAP"
    cell.link(update=True)
    fresh = page.cell("A1")
    fresh.fetch()
    assert (fresh.value, fresh.note, fresh.wrap_strategy) == ("7.00", "ojo", "WRAP")
    assert (fresh.horizontal_alignment, fresh.vertical_alignment) == (HorizontalAlignment.RIGHT, VerticalAlignment.MIDDLE)
    assert fresh.color[:3] == (1.0, 0, 0) and fresh.text_format["bold"] is True
    with pytest.raises(pygsheets.CellNotFound):
        page.cell((page.rows + 5, 1))


def test_pygsheets_ranges(book: pygsheets.Spreadsheet, page: pygsheets.Worksheet) -> None:
    """Named and protected ranges, borders, merges, sorting and formats of a range."""
    area = page.get_values("A1", "B2", returnas="range")
    area.update_values([[2, "b"], [1, "a"]])
    area.name = "cifras"
    assert page.get_named_range("cifras").range == "A1:B2" and book.named_ranges[0].name == "cifras"
    area.sort()
    assert page.get_values("A1", "B2") == [["1", "a"], ["2", "b"]]
    area.protected = True
    area.editors = ("users", address("operaciones.uno"))
    assert len(book.protected_ranges) == 1
    area.protected = False
    book.fetch_properties()
    assert book.protected_ranges == []
    area.update_borders(top=True, bottom=True, style="SOLID")
    area.apply_format(pygsheets.Cell("A1").set_text_format("italic", True))
    cell = page.cell("B2")
    cell.fetch()
    assert cell.text_format["italic"] is True
    page.merge_cells("C1", "D2")
    page.refresh()
    assert len(page.merged_ranges) == 1
    page.delete_named_range("cifras")


def test_pygsheets_searches(book: pygsheets.Spreadsheet, page: pygsheets.Worksheet) -> None:
    """Finding and replacing, by case, whole cells and expressions."""
    page.update_row(1, ["test", "test", 100, "TEST", "testtest", "test", "test", "=SUM(C:C)"])
    counts = [
        len(page.find("test", **options))
        for options in ({}, {"matchCase": True}, {"matchEntireCell": True}, {"searchByRegex": True, "matchCase": True})
    ]
    assert counts == [6, 5, 5, 5] and len(page.find(r"\w+", searchByRegex=True)) == 7
    page.replace("test", "valor", matchEntireCell=True)
    assert page.get_value("A1") == "valor" and page.get_value("E1") == "testtest"
    book.replace("valor", "v")
    assert page.get_value("A1") == "v"


def test_pygsheets_rules_filters_and_sizes(page: pygsheets.Worksheet) -> None:
    """Validations, conditional formats, filters, sizes and hidden rows."""
    page.set_data_validation("A1", "A2", condition_type="ONE_OF_LIST", condition_values=["a", "b"], strict=True)
    page.add_conditional_formatting("A1", "A9", "NUMBER_BETWEEN", {"backgroundColor": {"red": 1}}, ["1", "5"])
    page.set_basic_filter(start=(1, 1), end=(5, 2))
    page.clear_basic_filter()
    page.adjust_column_width(1, 2, pixel_size=150)
    page.adjust_row_height(1, 1, pixel_size=40)
    page.hide_dimensions(2, 3, dimension="ROWS")
    found = page.client.sheet.get(page.spreadsheet.id, includeGridData=True)["sheets"][0]
    data = found["data"][0]
    assert data["columnMetadata"][0]["pixelSize"] == 150 and data["rowMetadata"][0]["pixelSize"] == 40
    assert data["rowMetadata"][1]["hiddenByUser"] is True and "basicFilter" not in found
    assert data["rowData"][0]["values"][0]["dataValidation"]["strict"] is True and len(found["conditionalFormats"]) == 1


def test_pygsheets_charts(page: pygsheets.Worksheet) -> None:
    """A chart is added over its cells, renamed, moved and deleted."""
    page.update_values("A1", [["día", "monto"], ["lunes", 1], ["martes", 2]])
    chart = page.add_chart(("A1", "A3"), [("B1", "B3")], "Montos", anchor_cell="D2")
    chart.title, chart.anchor_cell = "Otros", "E5"
    (kept,) = page.get_charts()
    assert (kept.title, tuple(kept.anchor_cell)) == ("Otros", (5, 5))
    kept.delete()
    assert page.get_charts() == []


def test_pygsheets_metadata_and_frames(book: pygsheets.Spreadsheet, page: pygsheets.Worksheet) -> None:
    """Developer metadata of book and sheet; a frame of pandas there and back."""
    page.create_developer_metadata("area", "seguridad")
    mark = book.create_developer_metadata("clave", "1")
    mark.value = "2"
    mark.update()
    assert {m.key for m in book.get_developer_metadata()} >= {"clave"} and page.get_developer_metadata("area")[
        0
    ].value == "seguridad"
    mark.delete()
    assert book.get_developer_metadata("clave") == []
    frame = pandas.DataFrame({"a": [1, 2], "b": ["x", "y"]})
    page.set_dataframe(frame, "B2", fit=True)
    assert page.get_as_df(start="B2", end="C4").to_dict("list") == {"a": [1, 2], "b": ["x", "y"]}


def test_pygsheets_shares_and_deletes(book: pygsheets.Spreadsheet) -> None:
    """A permission is given and taken; the owner's stays; the file goes."""
    book.share(address("operaciones.uno"), role="writer", type="user", sendNotificationEmail=False)
    assert len(book.permissions) == 2
    book.remove_permission(address("operaciones.uno"))
    assert [one["role"] for one in book.permissions] == ["owner"]
    book.delete()
    with pytest.raises(pygsheets.SpreadsheetNotFound):
        book.client.open("Registro")


@pytest.mark.filterwarnings("ignore:Exception ignored:pytest.PytestUnraisableExceptionWarning")  # it leaves its files open
def test_pygsheets_exports(book: pygsheets.Spreadsheet, page: pygsheets.Worksheet, tmp_path: Path) -> None:
    """Every type of export, and a second sheet as the first for a moment."""
    page.update_row(1, ["uno", "dos"])
    second = book.add_worksheet("Dos")
    second.update_row(1, ["tres", "cuatro", "cinco"])
    for kind in (ExportType.XLS, ExportType.HTML, ExportType.ODT, ExportType.PDF):
        book.export(kind, path=f"{tmp_path}/", filename="libro")
    second.export(ExportType.CSV, path=f"{tmp_path}/", filename="dos")
    assert {p.suffix for p in tmp_path.iterdir()} == {".xls", ".zip", ".odt", ".pdf", ".csv"}
    assert (tmp_path / "dos.csv").read_text() == "tres,cuatro,cinco"
    assert [w.title for w in book.client.open_by_key(book.id).worksheets()] == ["Sheet1", "Dos"]


def test_formatting_of_cells(sheet: gspread.Worksheet) -> None:
    """Formats are entered, read back both ways, compared and inherited by what lies beside."""
    red = formatting.ColorStyle(rgbColor=formatting.Color(1, 0, 0))
    bold = formatting.cellFormat(textFormat=formatting.textFormat(bold=True), backgroundColorStyle=red)
    formatting.format_cell_ranges(sheet, [("A:A", bold), ("B1:B6", bold)])
    formatting.format_cell_range(sheet, "A:D", formatting.cellFormat(textFormat=formatting.textFormat(italic=True)))
    entered = formatting.get_user_entered_format(sheet, "A1")
    assert (entered.textFormat.bold, entered.textFormat.italic) == (True, True)
    sheet.update_acell("A1", "x")
    shown = formatting.get_effective_format(sheet, "A1")
    assert shown.backgroundColorStyle.rgbColor.red == 1 and shown.textFormat.fontSize == 10
    assert formatting.get_default_format(sheet.spreadsheet).verticalAlignment == "BOTTOM"


def test_black_is_an_empty_colour(sheet: gspread.Worksheet) -> None:
    """A colour without parts is black, and the old spelling of a colour replaces the new one."""
    for colour in (formatting.Color(0, 0, 0, 1), formatting.Color(red=1), formatting.Color()):
        formatting.format_cell_range(sheet, "1:1", formatting.cellFormat(backgroundColor=colour))
        entered = formatting.get_user_entered_format(sheet, "A1")
        assert entered.backgroundColor == colour


def test_formatting_of_dimensions_in_one_batch(sheet: gspread.Worksheet) -> None:
    """Lists inside the list of requests are taken as more requests, as Google's reader does."""
    with formatting.batch_updater(sheet.spreadsheet) as batch:
        batch.set_row_height(sheet, "1:5", 42)
        batch.set_column_width(sheet, "A", 187)
        batch.set_frozen(sheet, rows=1, cols=1)
    formatting.set_right_to_left(sheet, True)
    found = sheet.spreadsheet.fetch_sheet_metadata({"includeGridData": True})["sheets"][0]
    assert found["data"][0]["rowMetadata"][4]["pixelSize"] == 42 and found["data"][0]["columnMetadata"][0]["pixelSize"] == 187
    assert formatting.get_frozen_row_count(sheet) == 1 and formatting.get_right_to_left(sheet) is True


def test_formatting_validations_and_runs(sheet: gspread.Worksheet) -> None:
    """A rule is set and read; runs of a text keep their places."""
    rule = formatting.DataValidationRule(formatting.BooleanCondition("ONE_OF_LIST", ["a", "b"]), showCustomUi=True)
    formatting.set_data_validation_for_cell_range(sheet, "A1:A3", rule)
    assert formatting.get_data_validation_rule(sheet, "A3") == rule
    assert formatting.get_data_validation_rule(sheet, "B1") is None
    sheet.update_acell("C1", "uno dos")
    runs = [
        formatting.TextFormatRun(startIndex=0, format=formatting.TextFormat(bold=True)),
        formatting.TextFormatRun(startIndex=4, format=formatting.TextFormat(italic=True)),
    ]
    formatting.set_text_format_runs(sheet, "C1", runs)
    assert [run.startIndex or 0 for run in formatting.get_text_format_runs(sheet, "C1")] == [0, 4]


def test_formatting_conditional_rules(sheet: gspread.Worksheet) -> None:
    """Rules are saved and fetched in order; one over an empty range is kept too."""
    look = formatting.CellFormat(textFormat=formatting.TextFormat(bold=True))
    rules = formatting.get_conditional_format_rules(sheet)
    for area in (formatting.GridRange(sheet.id, 1, 1, 1, 2), formatting.GridRange.from_a1_range("B1:B3", sheet)):
        condition = formatting.BooleanCondition("NUMBER_EQ", ["1"])
        rules.append(formatting.ConditionalFormatRule([area], booleanRule=formatting.BooleanRule(condition, look)))
    minimum = formatting.InterpolationPoint(formatting.Color(1, 1, 1), type="MIN")
    maximum = formatting.InterpolationPoint(formatting.Color(1, 0, 0), type="NUMBER", value="5")
    scale = formatting.GradientRule(minpoint=minimum, maxpoint=maximum)
    rules.append(formatting.ConditionalFormatRule([formatting.GridRange(sheet.id, 0, 2, 0, 1)], gradientRule=scale))
    rules.save()
    fetched = formatting.get_conditional_format_rules(sheet)
    assert len(fetched) == 3 and fetched[2].gradientRule.maxpoint.value == "5"
    fetched.clear()
    fetched.save()
    assert len(formatting.get_conditional_format_rules(sheet)) == 0


def test_frames_go_there_and_back(sheet: gspread.Worksheet) -> None:
    """Numbers, dates, texts and indexes of pandas are the same after the way through the sheet, formulas are kept."""
    dates = ["2026-03-05", "2026-03-06"]
    frame = pandas.DataFrame({"texto": ["uno", "dos"], "cifra": [1.5, 2.25], "día": dates}, index=[10, 20])
    gspread_dataframe.set_with_dataframe(sheet, frame, include_index=True, resize=True)
    assert gspread_dataframe.get_as_dataframe(sheet, index_col=0).equals(frame)
    sheet.update_acell("B2", "=C2*2")
    assert gspread_dataframe.get_as_dataframe(sheet, evaluate_formulas=False).iloc[0, 1] == "=C2*2"
    assert gspread_dataframe.get_as_dataframe(sheet, evaluate_formulas=True).iloc[0, 1] == 3


def test_frames_in_a_spanish_sheet(sheet: gspread.Worksheet) -> None:
    """The decimal comma of the sheet does not touch the numbers."""
    sheet.spreadsheet.update_locale("es_ES")
    frame = pandas.DataFrame({"cifra": [3.804, 1000.5]})
    gspread_dataframe.set_with_dataframe(sheet, frame)
    assert gspread_dataframe.get_as_dataframe(sheet, nrows=2)[["cifra"]].equals(frame)


def test_frames_with_formats(sheet: gspread.Worksheet) -> None:
    """The header of a formatted frame is bold and frozen."""
    frame = pandas.DataFrame({"a": [1, 2], "b": [3, 4]})
    gspread_dataframe.set_with_dataframe(sheet, frame)
    frozen = formatting.dataframe.BasicFormatter.with_defaults(freeze_headers=True)
    formatting.dataframe.format_with_dataframe(sheet, frame, frozen, include_column_header=True)
    assert formatting.get_user_entered_format(sheet, "A1").textFormat.bold is True
    assert formatting.get_frozen_row_count(sheet.spreadsheet.sheet1) == 1


def test_sheet_grows_row_first(sheet: gspread.Worksheet) -> None:
    """Google counts the cells after the new rows and again after the new columns, so one step may be refused."""
    with pytest.raises(gspread.exceptions.APIError):
        sheet.resize(1_000_000, 2)
    sheet.resize(cols=2)
    sheet.resize(rows=1_000_000)
    assert (sheet.row_count, sheet.col_count) == (1_000_000, 2)
