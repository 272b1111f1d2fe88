"""Google's export addresses of a spreadsheet, with a token, signed in at the desk, and as a stranger."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.conformance.drive_kit import BOT
from tests.conformance.sheets_kit import Service, Workbook, new_workbook


@pytest.fixture
def two_sheets(service: Service) -> tuple[Workbook, str, int]:
    """A book with two filled sheets, the name of the file and the id of the second sheet."""
    book = new_workbook(service)
    first = book.get()["sheets"][0]["properties"]
    second = book.batch({"addSheet": {"properties": {"title": "Segunda hoja"}}})[0]["addSheet"]["properties"]["sheetId"]
    book.write(f"'{first['title']}'!A1", ["uno", "a,b"], [1.5])
    book.write("'Segunda hoja'!A1", ["dos", "x\ty"])
    return book, book.get()["properties"]["title"], second


def _get(emulator: Any, path: str, actor: str | None = "", **options: Any) -> requests.Response:
    headers = {} if actor is None else {"Authorization": f"Bearer local:{actor or BOT}"}
    return requests.get(emulator.url + path, headers=headers, timeout=30, **options)


def test_csv_and_tsv_are_of_the_sheet_that_gid_names(two_sheets: tuple[Workbook, str, int], emulator: Any) -> None:
    """Without gid the first sheet is written, with it the one it names; the name of the sheet stands in the file name."""
    book, title, second = two_sheets
    first = _get(emulator, f"/spreadsheets/d/{book.id}/export?format=csv")
    assert (first.status_code, first.headers["Content-Type"], first.text) == (200, "text/csv", 'uno,"a,b"\r\n1.5,')
    other = _get(emulator, f"/spreadsheets/d/{book.id}/export?format=tsv&id={book.id}&gid={second}")
    assert other.text == "dos\tx y"
    name = f"{title} - Segunda hoja.tsv".replace(" ", "")
    assert other.headers["Content-Disposition"].startswith(f"attachment; filename=\"{name}\"; filename*=UTF-8''")
    assert other.headers["Content-Disposition"].endswith("%20-%20Segunda%20hoja.tsv")


@pytest.mark.parametrize(("kind", "start"), [("xlsx", b"PK"), ("ods", b"PK"), ("zip", b"PK"), ("pdf", b"%PDF")])
def test_whole_books_are_written_too(two_sheets: tuple[Workbook, str, int], emulator: Any, kind: str, start: bytes) -> None:
    """The other formats give the same bytes as files.export would, under the name of the file."""
    book, title, _ = two_sheets
    answer = _get(emulator, f"/spreadsheets/d/{book.id}/export?format={kind}")
    assert answer.status_code == 200
    assert answer.content.startswith(start)
    assert f'filename="{title.replace(" ", "")}.{kind}"' in answer.headers["Content-Disposition"]


def test_pdf_of_one_sheet_has_fewer_pages(two_sheets: tuple[Workbook, str, int], emulator: Any) -> None:
    """With gid a PDF holds that sheet alone."""
    book, _, second = two_sheets
    whole = _get(emulator, f"/spreadsheets/d/{book.id}/export?format=pdf").content
    one = _get(emulator, f"/spreadsheets/d/{book.id}/export?format=pdf&gid={second}").content
    assert whole.count(b"/Type /Page\n") == 2
    assert one.count(b"/Type /Page\n") == 1


def test_every_export_link_of_drive_works_on_this_host(
    two_sheets: tuple[Workbook, str, int], emulator: Any, service: Service
) -> None:
    """Each address in exportLinks, with its host changed, gives a file of the type that it stands under."""
    book, _, _ = two_sheets
    file = service("drive", "v3", BOT).files().get(fileId=book.id, fields="exportLinks", supportsAllDrives=True).execute()
    assert len(file["exportLinks"]) == 7
    for mime_type, link in file["exportLinks"].items():
        answer = _get(emulator, link.removeprefix("https://docs.google.com"))
        assert answer.status_code == 200
        assert answer.headers["Content-Type"].split(".")[-1] == mime_type.replace("x-vnd", "vnd").split(".")[-1]


def test_refusals_of_the_addresses_are_pages(two_sheets: tuple[Workbook, str, int], emulator: Any) -> None:
    """No account is 401, one without access 403, an unknown file 404, an unknown sheet or format 400."""
    book, _, _ = two_sheets
    path = f"/spreadsheets/d/{book.id}/export?format=csv"
    assert _get(emulator, path, actor=None).status_code == 401
    assert requests.get(emulator.url + path, headers={"Authorization": "Bearer strange"}, timeout=30).status_code == 401
    assert _get(emulator, path, actor="extra@elsewhere.example").status_code == 403
    assert _get(emulator, "/spreadsheets/d/1nothing/export?format=csv").status_code == 404
    assert _get(emulator, path + "&gid=999").status_code == 400
    refusal = _get(emulator, f"/spreadsheets/d/{book.id}/export?format=doc")
    assert (refusal.status_code, refusal.headers["Content-Type"].split(";")[0]) == (400, "text/html")


def test_link_sharing_and_the_desk_open_the_address(
    two_sheets: tuple[Workbook, str, int], emulator: Any, service: Service
) -> None:
    """Who signed in at the desk exports without a token; a file that anyone may read needs no account."""
    book, _, _ = two_sheets
    path = f"/spreadsheets/d/{book.id}/export?format=csv"
    signed_in = requests.get(emulator.url + path, cookies={"desk_actor": BOT}, timeout=30)
    assert signed_in.status_code == 200
    body = {"type": "anyone", "role": "reader"}
    service("drive", "v3", BOT).permissions().create(fileId=book.id, body=body, supportsAllDrives=True).execute()
    assert _get(emulator, path, actor=None).text.startswith("uno,")


def test_edit_addresses_still_lead_to_the_desk(two_sheets: tuple[Workbook, str, int], emulator: Any) -> None:
    """The address of the editor goes to the desk's page as before."""
    book, _, _ = two_sheets
    answer = requests.get(f"{emulator.url}/spreadsheets/d/{book.id}/edit", allow_redirects=False, timeout=30)
    assert answer.status_code in {302, 303}
    assert answer.headers["Location"].startswith("/desk/")
