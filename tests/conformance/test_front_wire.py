"""Batches, uploads and faults as they look on the wire."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
import requests
from googleapiclient.errors import HttpError
from googleapiclient.http import MediaIoBaseUpload

from tests.conformance.conftest import ADMIN, SERVICE_ACCOUNT, Emulator, Service, address

CHUNK = 256 * 1024


def drive_id(service: Service) -> str:
    """The id of the dossiers' shared drive."""
    drives = service("drive", "v3", SERVICE_ACCOUNT).drives().list().execute()["drives"]
    return str(next(drive["id"] for drive in drives if drive["name"] == "Expedientes"))


def upload(service: Service, data: bytes, mime_type: str = "application/pdf", **rest: Any) -> Any:
    """A files.create call with media."""
    media = MediaIoBaseUpload(io.BytesIO(data), mime_type, **rest)
    body = {"name": "aviso.pdf", "parents": [drive_id(service)]}
    return (
        service("drive", "v3", SERVICE_ACCOUNT)
        .files()
        .create(body=body, media_body=media, supportsAllDrives=True, fields="id,size")
    )


def content(service: Service, file_id: str) -> bytes:
    """The bytes of a file."""
    found: bytes = service("drive", "v3", SERVICE_ACCOUNT).files().get_media(fileId=file_id, supportsAllDrives=True).execute()
    return found


def test_multipart_upload_keeps_every_byte(service: Service) -> None:
    """Contents with line ends and boundaries of their own come back as they went (google-apis 8.1)."""
    data = b"%PDF\r\n--=====\r\n\r\n\x00\xff\n--"
    made = upload(service, data).execute()
    assert made["size"] == str(len(data))
    assert content(service, made["id"]) == data


def test_resumable_upload_comes_in_chunks(emulator: Emulator, service: Service) -> None:
    """The session answers 308 with the range so far, then 200 with the file (google-apis 8.1)."""
    data = bytes(range(256)) * 2500
    request = upload(service, data, resumable=True, chunksize=CHUNK)
    progress, made = request.next_chunk()
    assert (progress.resumable_progress, made) == (CHUNK, None)
    while made is None:
        _, made = request.next_chunk()
    assert content(service, made["id"]) == data
    assert {call["method"] for call in emulator.calls()} == {"drive.drives.list", "drive.files.create", "drive.files.get"}


def test_resumable_upload_tells_how_far_it_came(emulator: Emulator) -> None:
    """`bytes */N` asks; a week later the session is gone (google-apis 2.4)."""
    begun = emulator.raw("POST", "/upload/drive/v3/files?uploadType=resumable", json={"name": "x"})
    place = begun.headers["Location"].removeprefix(emulator.url)
    half = emulator.raw("PUT", place, data=b"a" * CHUNK, headers={"Content-Range": f"bytes 0-{CHUNK - 1}/{CHUNK + 5}"})
    assert (half.status_code, half.headers["Range"]) == (308, f"bytes=0-{CHUNK - 1}")
    asked = emulator.raw("PUT", place, headers={"Content-Range": f"bytes */{CHUNK + 5}"})
    assert (asked.status_code, asked.headers["Range"]) == (308, f"bytes=0-{CHUNK - 1}")
    short = emulator.raw("PUT", place, data=b"a", headers={"Content-Range": f"bytes {CHUNK}-{CHUNK}/{CHUNK + 5}"})
    assert short.status_code == 400
    emulator.local("PUT", "clock", {"advance_s": 8 * 86400})
    assert emulator.raw("PUT", place, headers={"Content-Range": f"bytes */{CHUNK + 5}"}).status_code == 404


def test_media_upload_without_metadata(emulator: Emulator) -> None:
    """`uploadType=media` carries bytes alone (google-apis 8.1)."""
    made = emulator.raw("POST", "/upload/drive/v3/files?uploadType=media", data=b"hola", headers={"Content-Type": "text/plain"})
    assert made.status_code == 200
    assert emulator.raw("GET", f"/drive/v3/files/{made.json()['id']}?alt=media").content == b"hola"


def test_media_of_the_wrong_kind_is_refused(emulator: Emulator) -> None:
    """Gmail takes messages only."""
    answer = emulator.raw(
        "POST", "/upload/gmail/v1/users/me/messages/send?uploadType=media", data=b"x", headers={"Content-Type": "image/png"}
    )
    assert answer.status_code == 400
    assert "image/png" in answer.json()["error"]["message"]


@pytest.mark.parametrize("api", ["drive", "admin"])
def test_batch_answers_every_part(emulator: Emulator, service: Service, api: str) -> None:
    """Parts succeed and fail on their own and are counted each, under one batch number (google-apis 8.1)."""
    client = service("drive", "v3", ADMIN) if api == "drive" else service("admin", "directory_v1", ADMIN)
    got: dict[str, Any] = {}
    batch = client.new_batch_http_request(callback=lambda key, answer, error: got.update({key: error or answer}))
    if api == "drive":
        batch.add(client.about().get(fields="user"), request_id="good")
        batch.add(client.files().get(fileId="missing"), request_id="bad")
    else:
        batch.add(client.groups().get(groupKey=address("ventas")), request_id="good")
        batch.add(client.groups().get(groupKey="missing"), request_id="bad")
    batch.execute()
    assert isinstance(got["good"], dict)
    assert isinstance(got["bad"], HttpError)
    assert got["bad"].status_code == 404
    assert [(call["batch"], call["status"]) for call in emulator.calls()] == [(1, 200), (1, 404)]


def test_batch_of_more_than_a_hundred_is_refused(emulator: Emulator) -> None:
    """The limit of 100 calls is Google's (google-apis 2.6)."""
    part = "--b\r\nContent-Type: application/http\r\n\r\nGET /drive/v3/about?fields=user HTTP/1.1\r\n\r\n\r\n"
    headers = {"Content-Type": "multipart/mixed; boundary=b"}
    assert emulator.raw("POST", "/batch/drive/v3", data=part * 101 + "--b--", headers=headers).status_code == 400
    assert emulator.raw("POST", "/batch", data=part * 100 + "--b--", headers=headers).status_code == 200


def faults(emulator: Emulator, **rule: Any) -> None:
    """Ask for one fault of directory.groups.insert."""
    emulator.local("PUT", "faults", {"rules": [{"method": "directory.groups.insert", **rule}]})


def insert(emulator: Emulator, name: str = "nuevo") -> requests.Response:
    """Make a group."""
    return emulator.raw("POST", "/admin/directory/v1/groups", json={"email": address(name)})


def exists(emulator: Emulator, name: str = "nuevo") -> bool:
    """Whether the group is there."""
    return emulator.raw("GET", f"/admin/directory/v1/groups/{address(name)}").status_code == 200


@pytest.mark.parametrize(("do", "status"), [("500", 500), ("503", 503), ("429", 429), ("403-rate", 403)])
@pytest.mark.parametrize("when", ["before", "after"])
def test_fault_answers_before_or_after_the_effect(emulator: Emulator, do: str, status: int, when: str) -> None:
    """The caller sees the same refusal; only `after` has made the group."""
    faults(emulator, do=do, when=when)
    assert insert(emulator).status_code == status
    assert exists(emulator) is (when == "after")
    assert insert(emulator, "otro").status_code == 200
    assert emulator.calls()[0]["status"] == status


@pytest.mark.parametrize("do", ["close", "cut"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_fault_breaks_the_connection(emulator: Emulator, do: str, when: str) -> None:
    """Without an answer, or in the middle of one, the client is left in doubt and the server was asked once."""
    faults(emulator, do=do, when=when)
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        insert(emulator)
    assert exists(emulator) is (when == "after")
    assert [call["method"] for call in emulator.calls()].count("directory.groups.insert") == 1


def test_fault_strikes_the_nth_call_and_as_often_as_asked(emulator: Emulator) -> None:
    """nth 2, times 2: the second and third calls fail."""
    faults(emulator, do="500", nth=2, times=2)
    assert [insert(emulator, f"grupo{n}").status_code for n in range(4)] == [200, 500, 500, 200]


def test_fault_delays_and_latency_slows(emulator: Emulator) -> None:
    """Both are seen in the ledger."""
    faults(emulator, do="delay", ms=80)
    insert(emulator)
    emulator.local("PUT", "latency", {"ms": 30})
    exists(emulator)
    first, second = emulator.calls()
    assert first["ms"] >= 80
    assert 30 <= second["ms"] < 80


def test_fault_in_a_batch_strikes_its_part(emulator: Emulator, service: Service) -> None:
    """One part fails, the others are done."""
    emulator.local("PUT", "faults", {"rules": [{"method": "drive.about.get", "do": "503", "nth": 2}]})
    client = service("drive", "v3", ADMIN)
    status: list[int] = []
    batch = client.new_batch_http_request(callback=lambda key, answer, error: status.append(error.status_code if error else 200))
    for _ in range(3):
        batch.add(client.about().get(fields="user"))
    batch.execute()
    assert status == [200, 503, 200]


@pytest.mark.parametrize(
    "rule", [{"method": "drive.files.cretae", "do": "500"}, {"do": "explode"}, {"do": "500", "nth": 0}, {"do": "500", "n": 1}]
)
def test_fault_rule_with_a_mistake_is_refused(emulator: Emulator, rule: dict[str, Any]) -> None:
    """A rule that would never strike is told at once."""
    answer = emulator.session.put(f"{emulator.url}/_local/faults", json={"rules": [rule]})
    assert answer.status_code == 400
    assert answer.json()["error"].startswith("rules[0]")


def test_quotas_of_2026_refuse_the_sixty_first_read(emulator: Emulator) -> None:
    """Sheets: 60 reads a minute and user, on the Workspace clock; off by default (google-apis 3.3)."""
    emulator.local("PUT", "quotas", {"profile": "2026"})
    emulator.local("PUT", "clock", {"now": "2026-11-02T14:00:10Z", "frozen": True})
    reads = [emulator.raw("GET", "/v4/spreadsheets/x").status_code for _ in range(61)]
    assert 429 not in reads[:60]
    assert reads[60] == 429
    assert emulator.raw("GET", "/v4/spreadsheets/x", actor="vendedora.uno").status_code != 429
    emulator.local("PUT", "clock", {"advance_s": 60})
    assert emulator.raw("GET", "/v4/spreadsheets/x").status_code != 429


def test_quota_of_drive_is_a_403(emulator: Emulator) -> None:
    """Lists cost 100 of 325,000 units (google-apis 2.6)."""
    emulator.local("PUT", "quotas", {"profile": "2026"})
    emulator.local("PUT", "clock", {"now": "2026-11-02T14:00:10Z", "frozen": True})
    part = "--b\r\nContent-Type: application/http\r\n\r\nGET /drive/v3/drives?pageSize=1 HTTP/1.1\r\n\r\n\r\n"
    for _ in range(32):
        headers = {"Content-Type": "multipart/mixed; boundary=b"}
        assert emulator.raw("POST", "/batch", data=part * 100 + "--b--", headers=headers).status_code == 200
    answers = [emulator.raw("GET", "/drive/v3/drives?pageSize=1") for _ in range(51)]
    assert {answer.status_code for answer in answers[:50]} == {200}
    error = json.loads(answers[50].text)["error"]
    assert (error["code"], error["errors"][0]["reason"], error["errors"][0]["domain"]) == (
        403,
        "userRateLimitExceeded",
        "usageLimits",
    )
