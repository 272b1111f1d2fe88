"""What Google converts from and to, what of it is done here, and that a conversion that fails changes nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest
from googleapiclient.errors import HttpError

from tests.conformance.conftest import Emulator
from tests.conformance.drive_kit import DOCUMENT, MARISOL, Service, refused, upload

SHEET = "application/vnd.google-apps.spreadsheet"
SLIDES = "application/vnd.google-apps.presentation"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def test_about_lists_all_that_google_converts(service: Service) -> None:
    """An answer of 2025: the whole lists of imports, exports, folder colours and themes, in their order."""
    about = service("drive", "v3", MARISOL).about().get(fields="*").execute()
    assert len(about["importFormats"]) == 50 and about["importFormats"]["application/pdf"] == [DOCUMENT]
    assert list(about["exportFormats"][SHEET])[:2] == [
        "application/x-vnd.oasis.opendocument.spreadsheet",
        "text/tab-separated-values",
    ]
    assert about["exportFormats"]["application/vnd.google-apps.form"] == ["application/zip"]
    assert (about["folderColorPalette"][0], about["folderColorPalette"][-1]) == ("#ac725e", "#8f8f8f")
    assert len(about["driveThemes"]) == 31 and about["driveThemes"] == about["teamDriveThemes"]
    assert about["driveThemes"][0] == {
        "id": "abacus",
        "backgroundImageLink": "https://ssl.gstatic.com/team_drive_themes/abacus_background.jpg",
        "colorRgb": "#ea6100",
    }
    assert set(about["user"]) == {"kind", "displayName", "photoLink", "me", "permissionId", "emailAddress"}


@pytest.mark.parametrize(("mime_type", "target"), [(DOCX, DOCUMENT), ("application/pdf", DOCUMENT), ("video/mp4", SLIDES)])
def test_an_import_that_only_google_does_is_501(service: Service, mime_type: str, target: str) -> None:
    """Ours: 501 where Google would convert, Google's own 400 where it would not."""
    client = service("drive", "v3", MARISOL)
    call = client.files().create(body={"name": "x", "mimeType": target}, media_body=upload(b"bytes", mime_type))
    expected = (501, "notImplemented") if target == DOCUMENT else (400, "conversionUnsupportedConversionPath")
    assert refused(call.execute) == expected
    assert client.files().list().execute()["files"] == []


def test_an_export_that_only_google_does_is_501(service: Service) -> None:
    """Ours: 501 where Google would write the type, Google's own 400 where it would not."""
    client = service("drive", "v3", MARISOL)
    made = client.files().create(body={"name": "d", "mimeType": DOCUMENT}).execute()["id"]
    assert refused(client.files().export(fileId=made, mimeType=DOCX).execute) == (501, "notImplemented")
    assert refused(client.files().export(fileId=made, mimeType="text/csv").execute) == (400, "badRequest")


def test_a_page_becomes_its_text(service: Service) -> None:
    """Drive guide, import to Google Docs types: of HTML the emulator keeps the text."""
    client = service("drive", "v3", MARISOL)
    page = upload(b"<h1>Aviso</h1><p>Uno &amp; dos</p>", "text/html")
    made = client.files().create(body={"name": "d", "mimeType": DOCUMENT}, media_body=page).execute()["id"]
    assert client.files().export(fileId=made, mimeType="text/plain").execute().decode("utf-8-sig") == "Aviso\nUno & dos\n"


def test_update_with_a_broken_workbook_changes_nothing(emulator: Emulator) -> None:
    """Drive reference, files.update: one call, all or nothing."""
    client = emulator.service("drive", "v3", MARISOL)
    made = client.files().create(body={"name": "libro", "mimeType": SHEET}).execute()["id"]
    before = client.files().get(fileId=made, fields="*").execute()
    token = client.changes().getStartPageToken().execute()["startPageToken"]
    body = _related({"name": "otro", "trashed": True, "properties": {"a": "b"}, "starred": True}, XLSX, b"no zip")
    headers = {"Content-Type": "multipart/related; boundary=zz"}
    path = f"/upload/drive/v3/files/{made}?uploadType=multipart"
    assert emulator.raw("PATCH", path, MARISOL, data=body, headers=headers).status_code == 400
    assert client.files().get(fileId=made, fields="*").execute() == before
    assert client.changes().list(pageToken=token).execute()["changes"] == []


def test_create_with_a_broken_workbook_leaves_no_trace(service: Service) -> None:
    """Drive reference, files.create: nothing is made, not even an entry in the change log."""
    client = service("drive", "v3", MARISOL)
    token = client.changes().getStartPageToken().execute()["startPageToken"]
    call = client.files().create(body={"name": "x", "mimeType": SHEET}, media_body=upload(b"no zip", XLSX))
    assert refused(call.execute)[0] == 400
    assert client.changes().list(pageToken=token).execute()["changes"] == []


_BAD_UPLOADS = {
    "create": lambda client, made: client.files().create(body={"name": "x", "mimeType": SHEET}, media_body=upload(b"no", XLSX)),
    "update": lambda client, made: client.files().update(fileId=made, body={"name": "y"}, media_body=upload(b"no", XLSX)),
    "not UTF-16": lambda client, made: client.files().update(fileId=made, media_body=upload(b"\xff\xfea", "text/csv")),
    "mime type": lambda client, made: client.files().create(body={"name": "x", "mimeType": "text/x\r\nSet-Cookie: a=b"}),
    "permission": lambda client, made: client.permissions().create(
        fileId=made, body={"type": "user", "role": "reader", "emailAddress": "nadie@nada.example"}, sendNotificationEmail=False
    ),
}


@pytest.mark.parametrize("which", list(_BAD_UPLOADS))
def test_a_refused_call_leaves_no_trace(service: Service, which: str) -> None:
    """What is refused with 400 has changed no file, no list of files and no change log."""
    client = service("drive", "v3", MARISOL)
    made = client.files().create(body={"name": "libro", "mimeType": SHEET}).execute()["id"]
    token = client.changes().getStartPageToken().execute()

    def state() -> list[Any]:
        whole = client.files().list(fields="*").execute(), client.permissions().list(fileId=made, fields="*").execute()
        return [*whole, client.changes().getStartPageToken().execute(), client.revisions().list(fileId=made).execute()]

    before = state()
    assert refused(_BAD_UPLOADS[which](client, made).execute)[0] == 400
    assert state() == before and before[2] == token


def test_records_of_a_deleted_form_go_with_it(service: Service) -> None:
    """Drive reference, files.delete: the form is gone for the Forms service too."""
    client, forms = service("drive", "v3", MARISOL), service("forms", "v1", MARISOL)
    made = forms.forms().create(body={"info": {"title": "f"}}).execute()["formId"]
    client.files().delete(fileId=made).execute()
    with pytest.raises(HttpError) as caught:
        forms.forms().get(formId=made).execute()
    assert caught.value.status_code == 404


def test_a_resumable_upload_is_called_off(emulator: Emulator) -> None:
    """Drive guide, cancel an upload: DELETE of the session is 499, and the session is gone."""
    begun = emulator.raw("POST", "/upload/drive/v3/files?uploadType=resumable", MARISOL, json={"name": "s"})
    place = begun.headers["Location"].removeprefix(emulator.url)
    assert emulator.raw("DELETE", place, MARISOL).status_code == 499
    assert emulator.raw("PUT", place, MARISOL, data=b"x").status_code == 404
    assert emulator.service("drive", "v3", MARISOL).files().list().execute()["files"] == []


def _related(metadata: Any, mime_type: str, data: bytes) -> bytes:
    head = f"--zz\r\nContent-Type: application/json\r\n\r\n{json.dumps(metadata)}\r\n--zz\r\nContent-Type: {mime_type}\r\n\r\n"
    return head.encode() + data + b"\r\n--zz--"
