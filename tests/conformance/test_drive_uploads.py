"""Uploads and what becomes of them: sessions, interruptions, conversions, downloads."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest
import requests
from googleapiclient.http import MediaIoBaseDownload

from tests.conformance.conftest import Emulator
from tests.conformance.drive_kit import (
    BOT,
    DOCUMENT,
    EDGAR,
    MARISOL,
    ROGELIO,
    Service,
    as_person,
    body_of,
    new_drive,
    refused,
    upload,
)

CHUNK = 256 * 1024
SHEET = "application/vnd.google-apps.spreadsheet"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def begin(emulator: Emulator, drive_id: str, actor: str = BOT, **body: Any) -> requests.Response:
    """The first request of a resumable upload into a drive."""
    path = "/upload/drive/v3/files?uploadType=resumable&supportsAllDrives=true&fields=id,size,md5Checksum"
    return emulator.raw("POST", path, actor, json={"name": "x.bin", "parents": [drive_id]} | body)


def put(emulator: Emulator, place: str, data: bytes, where: str, actor: str = BOT) -> requests.Response:
    """One chunk."""
    return emulator.raw("PUT", place.removeprefix(emulator.url), actor, data=data, headers={"Content-Range": f"bytes {where}"})


def test_interrupted_upload_goes_on(emulator: Emulator, service: Service) -> None:
    """308 with the range so far, a question with `bytes */N`, bytes sent twice, and at last the file (google-apis 2.4)."""
    _, drive_id = new_drive(service)
    place = begin(emulator, drive_id).headers["Location"]
    data = bytes(range(256)) * 1024 + b"ends"
    total = len(data)
    first = put(emulator, place, data[:CHUNK], f"0-{CHUNK - 1}/{total}")
    assert (first.status_code, first.headers["Range"]) == (308, f"bytes=0-{CHUNK - 1}")
    asked = put(emulator, place, b"", f"*/{total}")
    assert (asked.status_code, asked.headers["Range"]) == (308, f"bytes=0-{CHUNK - 1}")
    done = put(emulator, place, data[CHUNK:], f"{CHUNK}-{total - 1}/{total}")
    assert (done.status_code, done.json()["size"]) == (200, str(total))
    again = put(emulator, place, b"", f"*/{total}")
    assert again.json() == done.json()


def test_nothing_has_come_yet(emulator: Emulator, service: Service) -> None:
    """A session without bytes answers 308 without Range; a chunk is a multiple of 256 KiB (google-apis 8.1)."""
    _, drive_id = new_drive(service)
    place = begin(emulator, drive_id).headers["Location"]
    asked = put(emulator, place, b"", "*/10")
    assert asked.status_code == 308 and "Range" not in asked.headers
    assert put(emulator, place, b"123", "0-2/10").status_code == 400
    assert put(emulator, place, b"0123456789", "0-9/10").status_code == 200


def test_session_is_the_starters_own(emulator: Emulator, service: Service) -> None:
    """An unknown session, somebody else's, and one of a week ago are 404 (google-apis 2.4)."""
    _, drive_id = new_drive(service)
    place = begin(emulator, drive_id).headers["Location"]
    assert put(emulator, place, b"", "*/10", MARISOL).status_code == 404
    assert put(emulator, place.partition("upload_id=")[0] + "upload_id=nada", b"", "*/10").status_code == 404
    emulator.local("PUT", "clock", {"advance_s": 7 * 86_400 + 1})
    assert put(emulator, place, b"0123456789", "0-9/10").status_code == 404


def test_access_is_looked_at_when_it_begins_and_when_it_ends(emulator: Emulator, service: Service) -> None:
    """A reader opens no session; a writer who lost the role meanwhile finishes none (google-apis 8.4)."""
    desk, drive_id = new_drive(service, operaciones_uno="reader", encargado_uno="writer")
    assert begin(emulator, drive_id, EDGAR).json()["error"]["errors"][0]["reason"] == "insufficientFilePermissions"
    assert begin(emulator, "nada", ROGELIO).status_code == 404
    place = begin(emulator, drive_id, ROGELIO).headers["Location"]
    desk.revoke(drive_id, desk.grants(drive_id)[ROGELIO]["id"])
    assert put(emulator, place, b"0123456789", "0-9/10", ROGELIO).status_code == 404
    assert desk.names() == []


def test_service_account_begins_nothing_in_my_drive(emulator: Emulator) -> None:
    """A bare service account is refused when the session begins (google-apis 2.1)."""
    answer = emulator.raw("POST", "/upload/drive/v3/files?uploadType=resumable", BOT, json={"name": "x"})
    assert answer.json()["error"]["errors"][0]["reason"] == "storageQuotaExceeded"


def test_content_of_a_locked_file_is_refused_when_it_begins(emulator: Emulator, service: Service) -> None:
    """A read-only restriction stops an upload at its first request (google-apis 2.4)."""
    desk, _ = new_drive(service)
    made = desk.create("p.pdf", mimeType="application/pdf", media=upload(b"1"))
    desk.update(made["id"], contentRestrictions=[{"readOnly": True}])
    path = f"/upload/drive/v3/files/{made['id']}?uploadType=resumable&supportsAllDrives=true"
    assert emulator.raw("PATCH", path, BOT, json={}).status_code == 403


def values(service: Service, file_id: str, where: str = "A1:C3") -> Any:
    """What a spreadsheet holds."""
    sheets = service("sheets", "v4", BOT).spreadsheets()
    return sheets.values().get(spreadsheetId=file_id, range=where).execute().get("values")


def test_csv_becomes_a_spreadsheet(service: Service) -> None:
    """Drive guide, import to Google types: the wanted type in the metadata, the source type on the bytes."""
    desk, _ = new_drive(service)
    made = desk.create("áreas", mimeType=SHEET, media=upload("área,marca\nVentas,1\n".encode(), "text/csv"))
    assert made["mimeType"] == SHEET and "md5Checksum" not in made
    assert values(service, made["id"]) == [["área", "marca"], ["Ventas", "1"]]
    desk.update(made["id"], media=upload(b"a,b\n", "text/csv"))
    assert values(service, made["id"]) == [["a", "b"]]


def test_workbook_goes_out_and_comes_back(service: Service) -> None:
    """An exported XLSX uploaded with the type of a spreadsheet, and one copied to that type, are spreadsheets again."""
    desk, _ = new_drive(service)
    made = desk.create("uno", mimeType=SHEET, media=upload(b"a,b\n1,2\n", "text/csv"))
    book = desk.client.files().export(fileId=made["id"], mimeType=XLSX).execute()
    assert zipfile.is_zipfile(io.BytesIO(book))
    back = desk.create("dos", mimeType=SHEET, media=upload(book, XLSX))
    assert values(service, back["id"]) == [["a", "b"], ["1", "2"]]
    kept = desk.create("tres.xlsx", mimeType=XLSX, media=upload(book, XLSX))
    assert kept["mimeType"] == XLSX and kept["fileExtension"] == "xlsx"
    copied = desk.client.files().copy(fileId=kept["id"], body={"mimeType": SHEET}, supportsAllDrives=True, fields="*").execute()
    assert copied["mimeType"] == SHEET and values(service, copied["id"]) == [["a", "b"], ["1", "2"]]


def test_broken_workbook_leaves_nothing(service: Service) -> None:
    """Bytes that are no workbook are 400, and no file is left behind."""
    desk, _ = new_drive(service)
    assert body_of(lambda: desk.create("x", mimeType=SHEET, media=upload(b"PK nada", XLSX)))["error"]["code"] == 400
    assert desk.names() == []


def test_google_type_is_not_copied_to_another(service: Service) -> None:
    """Drive reference, files.copy: a spreadsheet does not become a workbook by copying."""
    desk, _ = new_drive(service)
    made = desk.create("uno", mimeType=SHEET)
    call = desk.client.files().copy(fileId=made["id"], body={"mimeType": XLSX}, supportsAllDrives=True)
    assert refused(call.execute) == (400, "conversionUnsupportedConversionPath")


def test_text_becomes_a_document(service: Service) -> None:
    """A text with the type of a document is one, and is exported again."""
    desk, _ = new_drive(service)
    made = desk.create("nota", mimeType=DOCUMENT, media=upload(b"hola", "text/plain"))
    assert desk.client.files().export(fileId=made["id"], mimeType="TEXT/PLAIN").execute() == b"\xef\xbb\xbfhola"


def test_export_has_a_limit(service: Service) -> None:
    """An export of more than 10 MB is 403 exportSizeLimitExceeded (google-apis 2.4)."""
    desk, _ = new_drive(service)
    made = desk.create("nota", mimeType=DOCUMENT, media=upload(b"x" * (10 * 1024 * 1024 + 1), "text/plain"))
    call = desk.client.files().export(fileId=made["id"], mimeType="text/plain")
    assert refused(call.execute) == (403, "exportSizeLimitExceeded")


def test_large_result_comes_by_an_operation(service: Service) -> None:
    """files.download answers an operation whose result is kept for 24 hours (google-apis 2.4)."""
    desk, _ = new_drive(service)
    made = desk.create("nota", mimeType=DOCUMENT, media=upload(b"hola", "text/plain"))
    operation = desk.client.files().download(fileId=made["id"], mimeType="text/plain").execute()
    assert operation["done"] and operation["response"]["partialDownloadAllowed"] is False

    base = desk.client._baseUrl.partition("/drive/")[0]
    requests.put(f"{base}/_local/clock", json={"advance_s": 86_401}, timeout=30)
    assert refused(desk.client.operations().get(name=operation["name"]).execute) == (404, "notFound")


@pytest.mark.parametrize(
    ("rule", "role", "allowed"), [("restrictedForReaders", "reader", False), ("restrictedForWriters", "writer", False)]
)
def test_download_restriction(service: Service, rule: str, role: str, allowed: bool) -> None:
    """itemDownloadRestriction keeps readers or writers from downloading, copying and exporting (google-apis 2.1)."""
    desk, _ = new_drive(service, operaciones_uno=role)
    made = desk.create("p.pdf", mimeType="application/pdf", media=upload(b"1"))
    desk.update(made["id"], downloadRestrictions={"itemDownloadRestriction": {rule: True}})
    his = as_person(service, desk, EDGAR)
    seen = his.get(made["id"])
    assert seen["downloadRestrictions"]["effectiveDownloadRestrictionWithContext"]["restrictedForReaders"] is True
    assert (seen["capabilities"]["canDownload"], seen["capabilities"]["canCopy"]) == (allowed, allowed)
    media = his.client.files().get_media(fileId=made["id"], supportsAllDrives=True)
    assert refused(media.execute) == (403, "cannotDownloadFile")
    refusal = refused(lambda: his.update(made["id"], downloadRestrictions={"itemDownloadRestriction": {rule: False}}))
    assert refusal == (403, "insufficientFilePermissions")


def test_restriction_of_the_whole_drive(service: Service) -> None:
    """drives.update downloadRestriction holds for every file in it (google-apis 2.1)."""
    desk, drive_id = new_drive(service, operaciones_uno="reader")
    body = {"restrictions": {"downloadRestriction": {"restrictedForReaders": True}}}
    drive = desk.client.drives().update(driveId=drive_id, body=body, fields="restrictions").execute()
    assert drive["restrictions"]["downloadRestriction"] == {"restrictedForReaders": True, "restrictedForWriters": False}
    made = desk.create("p.pdf", mimeType="application/pdf", media=upload(b"1"))
    assert as_person(service, desk, EDGAR).get(made["id"])["capabilities"]["canDownload"] is False


def test_revision_can_be_kept_from_birth(service: Service) -> None:
    """A revision kept at birth is kept forever, and that is never undone."""
    desk, drive_id = new_drive(service)
    call = desk.client.files().create(
        body={"name": "p", "parents": [drive_id]}, media_body=upload(b"1"), supportsAllDrives=True, keepRevisionForever=True
    )
    file_id = call.execute()["id"]
    (only,) = desk.client.revisions().list(fileId=file_id, fields="revisions(id,keepForever)").execute()["revisions"]
    assert only["keepForever"] is True
    undo = desk.client.revisions().update(fileId=file_id, revisionId=only["id"], body={"keepForever": False})
    assert refused(undo.execute) == (400, "illegalKeepForeverModification")


def test_csv_put_by_the_old_version(emulator: Emulator, service: Service) -> None:
    """gspread's import_csv puts the bytes to Drive v2; the spreadsheet holds them."""
    desk, _ = new_drive(service)
    made = desk.create("hoja", mimeType=SHEET)
    path = f"/upload/drive/v2/files/{made['id']}?uploadType=media&convert=True&supportsAllDrives=True"
    assert emulator.raw("PUT", path, BOT, data=b"a,b\n", headers={"Content-Type": "text/csv"}).status_code == 200
    assert values(service, made["id"]) == [["a", "b"]]


def test_service_accounts_used_to_own_files(emulator: Emulator, service: Service) -> None:
    """A switch brings back the time before April 2025, for recordings made then."""
    emulator.local("PUT", "behaviour", {"service_accounts_own_files": True})
    made = service("drive", "v3", BOT).files().create(body={"name": "x", "mimeType": SHEET}).execute()
    assert set(made) == {"kind", "id", "name", "mimeType"}


def test_download_comes_in_parts(emulator: Emulator, service: Service) -> None:
    """A Range header is answered by 206 with Content-Range, beyond the end by 416; the client's loader needs no more."""
    desk, _ = new_drive(service)
    made = desk.create("p.bin", mimeType="application/pdf", media=upload(b"0123456789"))
    path = f"/drive/v3/files/{made['id']}?alt=media&supportsAllDrives=true"
    part = emulator.raw("GET", path, BOT, headers={"Range": "bytes=2-4"})
    assert (part.status_code, part.content, part.headers["Content-Range"]) == (206, b"234", "bytes 2-4/10")
    assert emulator.raw("GET", path, BOT, headers={"Range": "bytes=-3"}).content == b"789"
    assert emulator.raw("GET", path, BOT, headers={"Range": "bytes=10-"}).status_code == 416
    got = io.BytesIO()
    loader = MediaIoBaseDownload(got, desk.client.files().get_media(fileId=made["id"], supportsAllDrives=True), chunksize=4)
    steps = 1
    while not loader.next_chunk()[1]:
        steps += 1
    assert (got.getvalue(), steps) == (b"0123456789", 3)
