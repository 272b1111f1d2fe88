"""What clients in other languages send that Google's Python client does not: joined paths, Ruby's uploads, API keys."""

from __future__ import annotations

from typing import Any

import pytest

UPLOAD = "/upload/drive/v3/files"
Emulator = Any


def start(emulator: Emulator, **more: str) -> str:
    """Begin an upload in Ruby's words; the path that its bytes go to."""
    headers = {"X-Goog-Upload-Protocol": "resumable", "X-Goog-Upload-Command": "start", **more}
    headers["X-Goog-Upload-Header-Content-Type"] = "text/plain"
    answer = emulator.raw("POST", UPLOAD + "?fields=id,name,size,mimeType", json={"name": "nota.txt"}, headers=headers)
    assert (answer.status_code, answer.headers["X-Goog-Upload-Status"]) == (200, "active")
    return str(answer.headers["X-Goog-Upload-URL"].removeprefix(emulator.url))


def command(emulator: Emulator, path: str, words: str, data: bytes = b"", offset: int = 0) -> Any:
    """Send a command to an upload that has begun."""
    headers = {"X-Goog-Upload-Command": words, "X-Goog-Upload-Offset": str(offset)}
    return emulator.raw("POST", path, data=data, headers=headers)


def test_upload_in_one_command(emulator: Emulator) -> None:
    """start, query, `upload, finalize`: the file is there with its type."""
    path = start(emulator)
    assert command(emulator, path, "query").headers["X-Goog-Upload-Size-Received"] == "0"
    done = command(emulator, path, "upload, finalize", b"Hola")
    assert (done.status_code, done.headers["X-Goog-Upload-Status"]) == (200, "final")
    made = done.json()
    assert (made["name"], made["size"], made["mimeType"]) == ("nota.txt", "4", "text/plain")
    assert emulator.raw("GET", f"/drive/v3/files/{made['id']}?alt=media").content == b"Hola"


def test_upload_in_pieces_goes_on_where_it_stopped(emulator: Emulator) -> None:
    """After a piece, query tells how much has come; the rest finishes it."""
    path, first, rest = start(emulator), b"a" * 262144, b"b" * 10
    assert command(emulator, path, "upload", first).headers["X-Goog-Upload-Status"] == "active"
    assert command(emulator, path, "query").headers["X-Goog-Upload-Size-Received"] == "262144"
    assert command(emulator, path, "upload, finalize", rest, len(first)).json()["size"] == str(len(first + rest))


def test_upload_to_a_changed_file_and_its_refusal(emulator: Emulator) -> None:
    """An update begins with PATCH and goes on with POST; a refused start carries no upload status."""
    made = command(emulator, start(emulator), "upload, finalize", b"Hola").json()
    headers = {"X-Goog-Upload-Protocol": "resumable", "X-Goog-Upload-Command": "start"}
    begun = emulator.raw("PATCH", f"{UPLOAD}/{made['id']}?fields=size", json={}, headers=headers)
    path = begun.headers["X-Goog-Upload-URL"].removeprefix(emulator.url)
    assert command(emulator, path, "upload, finalize", b"Adelante").json() == {"size": "8"}
    refused = emulator.raw("POST", UPLOAD, json={"nombre": "x"}, headers=headers | {"Authorization": "Bearer nada"})
    assert refused.status_code == 401
    assert "X-Goog-Upload-Status" not in refused.headers


@pytest.mark.parametrize("protocol", ["raw", "multipart"])
def test_upload_in_one_request(emulator: Emulator, protocol: str) -> None:
    """The protocols raw and multipart need no uploadType."""
    data, kind = b"Hola", "text/plain"
    if protocol == "multipart":
        data = (
            b'--x\r\nContent-Type: application/json\r\n\r\n{"name":"n"}\r\n--x\r\nContent-Type: text/plain\r\n\r\nHola\r\n--x--'
        )
        kind = "multipart/related; boundary=x"
    headers = {"X-Goog-Upload-Protocol": protocol, "Content-Type": kind}
    made = emulator.raw("POST", UPLOAD + "?fields=size,mimeType", data=data, headers=headers).json()
    assert made == {"size": "4", "mimeType": "text/plain"}


def test_unfinished_upload_without_308(emulator: Emulator) -> None:
    """Who asks for it with X-GUploader-No-308, as the client for Go does, gets 200 and the status in a header."""
    begun = emulator.raw("POST", UPLOAD + "?uploadType=resumable&fields=size", json={"name": "n"})
    path, unit = begun.headers["Location"].removeprefix(emulator.url), 262144
    headers = {"X-GUploader-No-308": "yes", "Content-Range": f"bytes 0-{unit - 1}/*"}
    first = emulator.raw("POST", path, data=b"a" * unit, headers=headers)
    assert (first.status_code, first.headers["X-Http-Status-Code-Override"]) == (200, "308")
    assert first.headers["Range"] == f"bytes=0-{unit - 1}"
    headers["Content-Range"] = f"bytes {unit}-{unit}/{unit + 1}"
    assert emulator.raw("POST", path, data=b"b", headers=headers).json() == {"size": str(unit + 1)}


def test_paths_with_a_slash_too_many(emulator: Emulator) -> None:
    """`/ID/` is `/ID`, and `/ID/:batchUpdate` is `/ID:batchUpdate`, as clients that join paths send them."""
    spreadsheet_id = emulator.raw("POST", "/v4/spreadsheets/", json={}).json()["spreadsheetId"]
    assert emulator.raw("GET", f"/v4/spreadsheets/{spreadsheet_id}/").json()["spreadsheetId"] == spreadsheet_id
    body = {"requests": [{"addSheet": {"properties": {"title": "Otra"}}}]}
    assert emulator.raw("POST", f"/v4/spreadsheets/{spreadsheet_id}/:batchUpdate", json=body).status_code == 200
    assert emulator.raw("DELETE", f"/drive/v3/files/{spreadsheet_id}/").status_code == 204


def test_api_key_reads_what_is_open_to_anyone(emulator: Emulator) -> None:
    """Without a token a key opens public files and spreadsheets for reading; private ones and writing are refused."""
    spreadsheet_id = emulator.raw("POST", "/v4/spreadsheets", json={}).json()["spreadsheetId"]
    sheet, file = f"{emulator.url}/v4/spreadsheets/{spreadsheet_id}", f"{emulator.url}/drive/v3/files/{spreadsheet_id}"
    assert emulator.session.get(f"{sheet}?key=AIza").status_code == 403
    assert emulator.session.get(f"{file}?key=AIza").status_code == 404
    grant = {"type": "anyone", "role": "writer"}
    assert emulator.raw("POST", f"/drive/v3/files/{spreadsheet_id}/permissions", json=grant).status_code == 200
    assert emulator.session.get(f"{sheet}/values/A1:B2?key=AIza").status_code == 200
    assert emulator.session.get(file, headers={"X-Goog-Api-Key": "AIza"}).json()["id"] == spreadsheet_id
    assert emulator.session.post(f"{sheet}/values/A1:append?valueInputOption=RAW&key=AIza", json={}).status_code == 401
    assert emulator.session.get(f"{emulator.url}/gmail/v1/users/me/profile?key=AIza").status_code == 401
