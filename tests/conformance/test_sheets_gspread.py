"""gspread as it comes, only its hosts changed."""

from __future__ import annotations

from typing import Any

import gspread
import pytest
from google.oauth2.credentials import Credentials

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
    transport = type("Local", (Client,), {"base_url": emulator.url})
    return gspread.Client(auth=Credentials(token=f"local:{BOT}"), http_client=transport)


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
    """Freeze, resize, format, sort, insert, delete, hide: field masks with slashes and all."""
    page = book.sheet1
    page.freeze(rows=1, cols=1)
    page.resize(rows=20, cols=5)
    page.format("A1:B1", {"textFormat": {"bold": True}})
    page.insert_row(["uno", 2], index=1)
    page.delete_rows(1)
    page.add_cols(1)
    page.update_title("Clientes")
    page.hide_columns(1, 2)
    page.merge_cells("A1:B1")
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
