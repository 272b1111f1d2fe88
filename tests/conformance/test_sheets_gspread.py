"""gspread as it comes, only its hosts changed."""

from __future__ import annotations

from typing import Any

import gspread
import pytest
from google.oauth2.credentials import Credentials

from tests.conformance.conftest import ADMIN
from tests.conformance.drive_kit import BOT, new_drive
from tests.conformance.sheets_kit import Service


class Client(gspread.http_client.HTTPClient):  # type: ignore[misc]
    """gspread's transport with its hosts replaced."""

    base_url = ""

    def request(self, method: str, endpoint: str, *rest: Any, **more: Any) -> Any:
        """Send one request to the local Workspace."""
        for host in ("https://sheets.googleapis.com", "https://www.googleapis.com"):
            if endpoint.startswith(host):
                endpoint = self.base_url + endpoint[len(host) :]
        return super().request(method, endpoint, *rest, **more)


@pytest.fixture(name="client")
def logged_in(emulator: Any) -> gspread.Client:
    """A gspread client of the bot."""
    return client_of(emulator, BOT)


def client_of(emulator: Any, address: str) -> gspread.Client:
    """A gspread client of anybody."""
    transport = type("Local", (Client,), {"base_url": emulator.url})
    return gspread.Client(auth=Credentials(token=f"local:{address}"), http_client=transport)


@pytest.fixture(name="book")
def created(service: Service, client: gspread.Client) -> gspread.Spreadsheet:
    """A spreadsheet made by gspread in a folder."""
    return client.create("Registro", folder_id=new_drive(service)[1])


def test_ordinary_calls(book: gspread.Spreadsheet) -> None:
    """Write, append, read, find."""
    page = book.sheet1
    page.update([["código", "estado"], ["A-1", "activo"]], "A1")
    page.append_row(["A-2", "nuevo"])
    page.update_acell("C1", "=COUNTA(A2:A)")
    assert page.get_all_records(head=1)[1]["estado"] == "nuevo"
    assert page.acell("C1").value == "2" and page.acell("C1", value_render_option="FORMULA").value == "=COUNTA(A2:A)"
    assert page.find("A-2").row == 3
    assert page.batch_get(["A1:B1", "A3"]) == [[["código", "estado"]], [["A-2"]]]
    page.batch_update([{"range": "B2", "values": [["cerrado"]]}])
    assert page.col_values(2) == ["estado", "cerrado", "nuevo"]


def test_shape_of_the_sheet(book: gspread.Spreadsheet) -> None:
    """Freeze, resize, format, sort, insert, delete, hide: field masks with slashes and all. (google-apis 3.5)"""
    page = book.sheet1
    page.freeze(rows=1, cols=1)
    page.resize(rows=20, cols=5)
    page.format("A1:B1", {"textFormat": {"bold": True}})
    page.insert_row(["uno", 2], index=1)
    page.delete_rows(1)
    page.add_cols(1)
    page.update_title("Clientes")
    page.hide_columns(1, 2)
    page.merge_cells("B1:C1")
    page.set_basic_filter("A1:B5")
    page.columns_auto_resize(0, 2)
    again = book.worksheet("Clientes")
    assert (again.row_count, again.col_count, again.frozen_row_count) == (20, 6, 1)


def test_sheets_notes_and_names(book: gspread.Spreadsheet) -> None:
    """Worksheets, notes, named and protected ranges, validation, clearing."""
    page = book.add_worksheet("Otra", rows=5, cols=3)
    page.update([["x"]], "A1")
    page.insert_note("A1", "nota")
    assert page.get_note("A1") == "nota"
    page.define_named_range("A1:A2", "lista")
    page.add_validation("B1", gspread.utils.ValidationConditionType.one_of_list, ["sí", "no"])
    page.add_protected_range("A1:A1", [BOT])
    assert len(book.list_protected_ranges(page.id)) == 1
    page.duplicate(new_sheet_name="Copia")
    page.clear()
    assert page.get() == [[]]
    book.del_worksheet(page)
    assert [sheet.title for sheet in book.worksheets()] == ["Copia", "Sheet1"]


def test_unknown_spreadsheet(client: gspread.Client) -> None:
    """gspread turns the 404 into its own error."""
    with pytest.raises(gspread.exceptions.SpreadsheetNotFound):
        client.open_by_key("no-existe")


def test_colours_and_visibility_of_tabs(book: gspread.Spreadsheet) -> None:
    """Tab colour by hexadecimal, there and away again; hiding the only tab is refused, hiding another is not."""
    page = book.sheet1
    page.update_tab_color("#FF007F")
    assert page.get_tab_color() == "#FF007F"
    page.clear_tab_color()
    assert page.get_tab_color() is None
    with pytest.raises(gspread.exceptions.APIError) as refused:
        page.hide()
    assert refused.value.code == 400
    other = book.add_worksheet("no me ves", 2, 2)
    other.hide()
    assert [sheet.title for sheet in book.worksheets(exclude_hidden=True)] == ["Sheet1"]
    page.hide_gridlines()
    assert book.fetch_sheet_metadata()["sheets"][0]["properties"]["gridProperties"]["hideGridlines"] is True


def test_typed_dates_and_formulas_in_three_renderings(book: gspread.Spreadsheet) -> None:
    """A date typed as year, month, day keeps that look; unformatted and as formula it is a serial number. (google-apis 3.2)"""
    page = book.sheet1
    page.update([["=4/2", "2020-01-01"], ["=3/2", 0.12]], "A1", value_input_option="USER_ENTERED")
    assert page.get() == [["2", "2020-01-01"], ["1.5", "0.12"]]
    assert page.get(value_render_option="UNFORMATTED_VALUE") == [[2, 43831], [1.5, 0.12]]
    assert page.get(value_render_option="FORMULA") == [["=4/2", 43831], ["=3/2", 0.12]]


def test_raw_by_default_typed_in_single_cells(book: gspread.Spreadsheet) -> None:
    """`update` sends RAW, `update_acell` USER_ENTERED; nulls are passed over. (google-apis 3.5)"""
    page = book.sheet1
    page.update([["=1+1", "x"]], "A1")
    page.update_acell("A2", "=1+1")
    page.update([[None, "y"]], "A1")
    assert page.get("A1:B2") == [["=1+1", "y"], ["2"]]


def test_a_named_range_behind_a_title(book: gspread.Spreadsheet) -> None:
    """gspread puts the title before every range, before a named one as well."""
    page = book.sheet1
    page.update([["a", "b"], ["c", "d"]], "A1")
    page.define_named_range("B1:B2", "columna")
    assert page.get("columna") == [["b"], ["d"]]
    page.batch_clear(["columna"])
    assert page.get_all_values() == [["a"], ["c"]]


def test_append_rows_makes_two_tables_of_a_gap(book: gspread.Spreadsheet) -> None:
    """A row with a gap is two tables: the next one goes under the second, unless a table is named."""
    page = book.sheet1
    page.append_row(["uno", "", "tres"])
    page.append_row(["uno", "", "tres"])
    assert page.row_values(2) == ["", "", "uno", "", "tres"]
    page.append_row(["dos"], table_range="A1")
    assert page.row_values(2) == ["dos", "", "uno", "", "tres"]


def test_sorting_moving_and_grouping(book: gspread.Spreadsheet) -> None:
    """Sort by several columns, cut and copy, groups, filters on everything."""
    page = book.sheet1
    page.update([["b", 2], ["a", 2], ["c", 1]], "A1")
    page.sort((2, "asc"), (1, "asc"), range="A1:B3")
    assert page.get_all_values() == [["c", "1"], ["a", "2"], ["b", "2"]]
    page.copy_range("A1:A3", "D1:D3")
    page.cut_range("A1:A3", "F1")
    assert page.row_values(1) == ["", "1", "", "c", "", "c"]
    page.add_dimension_group_rows(0, 2)
    assert page.list_dimension_group_rows()[0]["range"] == {"dimension": "ROWS", "startIndex": 0, "endIndex": 2}
    page.delete_dimension_group_rows(0, 2)
    assert page.list_dimension_group_rows() == []
    page.set_basic_filter()
    page.clear_basic_filter()


def test_found_shared_and_copied_by_name(emulator: Any) -> None:
    """gspread asks Drive with double quotes and shares with a member that Drive does not know. (google-apis 3.5)"""
    client = client_of(emulator, ADMIN)
    book = client.create("Registro único")
    assert client.open("Registro único").id == book.id
    book.share("operaciones.uno@blindados-demo.example.com", perm_type="user", role="reader", notify=False)
    assert {one["role"] for one in book.list_permissions()} == {"owner", "reader"}
    book.remove_permissions("operaciones.uno@blindados-demo.example.com")
    assert [one["role"] for one in book.list_permissions()] == ["owner"]
    assert client.copy(book.id).title == "Copy of Registro único"
    assert book.id in {one["id"] for one in client.list_spreadsheet_files()}
    book.update_title("Otro nombre")
    book.update_locale("es_ES")
    book.update_timezone("America/Panama")
    properties = client.open_by_key(book.id).fetch_sheet_metadata()["properties"]
    assert (properties["title"], properties["locale"], properties["timeZone"]) == ("Otro nombre", "es_ES", "America/Panama")
    assert book.export(gspread.utils.ExportFormat.CSV) == b""
    assert book.creationTime.endswith("Z") and book.get_lastUpdateTime() >= book.creationTime
    client.import_csv(book.id, b"a,b\n1,2\n")
    assert client.open_by_key(book.id).sheet1.get_all_values() == [["a", "b"], ["1", "2"]]


def test_refusals_as_gspread_tells_them(book: gspread.Spreadsheet, emulator: Any) -> None:
    """A JSON refusal is an APIError with its code; a file that is not shared is Python's PermissionError. (google-apis 3.5)"""
    with pytest.raises(gspread.exceptions.APIError) as refused:
        book.sheet1.get("ZZ1")
    assert (refused.value.code, refused.value.error["status"]) == (400, "INVALID_ARGUMENT")
    with pytest.raises(PermissionError):
        client_of(emulator, "alguien@fuera.example.com").open_by_key(book.id)
