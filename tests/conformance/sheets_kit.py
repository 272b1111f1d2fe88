"""What the Sheets conformance tests share: a spreadsheet on a fresh shared drive, people on it, refusals."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from googleapiclient.errors import HttpError

from tests.conformance.drive_kit import BOT, Service, address, new_drive

SPREADSHEET = "application/vnd.google-apps.spreadsheet"
SEGURIDAD = address("seguridad")
PERSON_OF_SEGURIDAD = address("seguridad.uno")
EDGAR = address("operaciones.uno")
LORENA = address("cartera.uno")
PROTECTED = (
    "You are trying to edit a protected cell or object. "
    "Please contact the spreadsheet owner to remove protection if you need to edit."
)


class Workbook:
    """One spreadsheet through one caller's client."""

    def __init__(self, client: Any, spreadsheet_id: str) -> None:
        self.client, self.id = client, spreadsheet_id
        self.values = client.spreadsheets().values()

    def batch(self, *requests: dict[str, Any], **options: Any) -> Any:
        """batchUpdate; answers the replies."""
        body = {"requests": list(requests), **options}
        return self.client.spreadsheets().batchUpdate(spreadsheetId=self.id, body=body).execute()["replies"]

    def write(self, area: str, *rows: list[Any], how: str = "USER_ENTERED", **body: Any) -> Any:
        """values.update."""
        call = self.values.update(spreadsheetId=self.id, range=area, valueInputOption=how, body={"values": list(rows), **body})
        return call.execute()

    def read(self, area: str, **options: Any) -> Any:
        """values.get, the values alone."""
        return self.values.get(spreadsheetId=self.id, range=area, **options).execute().get("values")

    def raw(self, area: str) -> Any:
        """values.get, unformatted."""
        return self.read(area, valueRenderOption="UNFORMATTED_VALUE")

    def get(self, **options: Any) -> Any:
        """spreadsheets.get."""
        return self.client.spreadsheets().get(spreadsheetId=self.id, **options).execute()

    def sheet(self, index: int = 0, **options: Any) -> Any:
        """One sheet of spreadsheets.get."""
        return self.get(**options)["sheets"][index]

    def cell(self, area: str) -> Any:
        """CellData of one cell."""
        rows = self.sheet(ranges=[area], includeGridData=True)["data"][0].get("rowData", [{}])
        return rows[0].get("values", [{}])[0]


def new_workbook(service: Service, locale: str | None = None, **members: str) -> Workbook:
    """A spreadsheet of the bot on a fresh shared drive. members: name of a person or group (`_` for `.`) to role."""
    desk, drive_id = new_drive(service, **members)
    file_id = desk.create(name="Hoja", parent=drive_id, mimeType=SPREADSHEET)["id"]
    book = Workbook(service("sheets", "v4", BOT), file_id)
    if locale:
        book.batch({"updateSpreadsheetProperties": {"properties": {"locale": locale}, "fields": "locale"}})
    return book


def seen_by(service: Service, book: Workbook, who: str) -> Workbook:
    """The same spreadsheet through somebody else's client."""
    return Workbook(service("sheets", "v4", who), book.id)


def grid(r0: int, r1: int, c0: int, c1: int, sheet_id: int = 0) -> dict[str, int]:
    """A GridRange."""
    return {"sheetId": sheet_id, "startRowIndex": r0, "endRowIndex": r1, "startColumnIndex": c0, "endColumnIndex": c1}


def refusal(call: Callable[[], Any]) -> tuple[int, str, str]:
    """Code, status and message with which a call is refused."""
    with pytest.raises(HttpError) as caught:
        call()
    error = json.loads(caught.value.content)["error"]
    return error["code"], error["status"], error["message"]
