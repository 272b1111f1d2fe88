"""Faults, delays and quotas together: several rules at once, in batches, on the chunks of an upload, by user and by project."""

from __future__ import annotations

import threading
from typing import Any

import pytest
import requests

from tests.conformance.conftest import ADMIN, SERVICE_ACCOUNT, Emulator, address

ABOUT = "/drive/v3/about?fields=user"
CHUNK = 256 * 1024


def faults(emulator: Emulator, *rules: dict[str, Any]) -> None:
    """Set the rules."""
    emulator.local("PUT", "faults", {"rules": list(rules)})


def test_several_rules_strike_side_by_side(emulator: Emulator) -> None:
    """Each counts all calls of its method, `*` every call; the first that is due decides."""
    faults(
        emulator,
        {"method": "*", "do": "503", "nth": 3},
        {"method": "drive.about.get", "do": "500", "nth": 2, "times": 2},
        {"method": "drive.drives.list", "do": "429"},
    )
    asked = [ABOUT, ABOUT, ABOUT, "/drive/v3/drives", "/drive/v3/drives"]
    assert [emulator.raw("GET", path).status_code for path in asked] == [200, 500, 503, 429, 200]
    assert [rule["seen"] for rule in emulator.local("GET", "faults")["rules"]] == [5, 3, 2]


def test_delay_joins_another_fault(emulator: Emulator) -> None:
    """The call waits and fails; delays before and after it add up."""
    faults(
        emulator, {"do": "delay", "ms": 60}, {"do": "delay", "ms": 60, "when": "after"}, {"do": "500", "when": "after", "ms": 60}
    )
    made = emulator.raw("POST", "/drive/v3/files", json={"name": "x"})
    assert made.status_code == 500
    assert emulator.calls()[0]["ms"] >= 180
    assert [file["name"] for file in emulator.raw("GET", "/drive/v3/files").json()["files"]] == ["x"]


def test_fault_before_keeps_one_after_from_its_effect(emulator: Emulator) -> None:
    """What never ran cannot fail afterwards: the caller sees the first refusal and nothing was made."""
    faults(emulator, {"do": "503"}, {"do": "500", "when": "after"})
    assert emulator.raw("POST", "/drive/v3/files", json={"name": "x"}).status_code == 503
    assert emulator.raw("GET", "/drive/v3/files").json()["files"] == []


def test_fault_strikes_a_chunk_of_an_upload(emulator: Emulator) -> None:
    """The session's beginning is the first call, its chunks are the next; a chunk that was lost is sent again."""
    faults(
        emulator,
        {"method": "drive.files.create", "do": "503", "nth": 2},
        {"method": "drive.files.create", "do": "close", "nth": 3, "when": "after"},
    )
    begun = emulator.raw("POST", "/upload/drive/v3/files?uploadType=resumable&fields=size", json={"name": "x"})
    place, total = begun.headers["Location"].removeprefix(emulator.url), CHUNK + 1
    first = {"Content-Range": f"bytes 0-{CHUNK - 1}/{total}"}
    assert emulator.raw("PUT", place, data=b"a" * CHUNK, headers=first).status_code == 503
    with pytest.raises(requests.ConnectionError):
        emulator.raw("PUT", place, data=b"a" * CHUNK, headers=first)
    asked = emulator.raw("PUT", place, headers={"Content-Range": f"bytes */{total}"})
    assert (asked.status_code, asked.headers["Range"]) == (308, f"bytes=0-{CHUNK - 1}")
    last = emulator.raw("PUT", place, data=b"b", headers={"Content-Range": f"bytes {CHUNK}-{CHUNK}/{total}"})
    assert last.json() == {"size": str(total)}


def test_closed_connection_in_a_batch_leaves_the_parts_before_it_done(emulator: Emulator) -> None:
    """The parts after it were never begun."""
    faults(emulator, {"method": "drive.files.create", "do": "close", "nth": 2, "when": "after"})
    part = '--b\r\nContent-Type: application/http\r\n\r\nPOST /drive/v3/files HTTP/1.1\r\nContent-Type: application/json\r\n\r\n{{"name": "{n}"}}\r\n'
    body = "".join(part.format(n=n) for n in range(3)) + "--b--"
    with pytest.raises(requests.ConnectionError):
        emulator.raw("POST", "/batch/drive/v3", data=body, headers={"Content-Type": "multipart/mixed; boundary=b"})
    assert sorted(file["name"] for file in emulator.raw("GET", "/drive/v3/files").json()["files"]) == ["0", "1"]
    assert [call["status"] for call in emulator.calls() if call["batch"]] == [200, 0]


@pytest.mark.parametrize(("do", "status"), [("502", 502), ("429-html", 429), ("403-html", 403)])
def test_outermost_servers_answer_in_html(emulator: Emulator, do: str, status: int) -> None:
    """A page instead of JSON, as clients meet it under load (google-apis 3.5)."""
    faults(emulator, {"do": do})
    answer = emulator.raw("GET", "/v4/spreadsheets/x")
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "text/html; charset=UTF-8")
    assert answer.text.startswith("<!DOCTYPE html>")


def test_rate_faults_have_the_bodies_of_each_api(emulator: Emulator) -> None:
    """Drive says usageLimits and a reason, Sheets names the quota with its figures (google-apis 2.6)."""
    faults(emulator, {"method": "drive.about.get", "do": "403-rate"}, {"method": "sheets.spreadsheets.get", "do": "429"})
    drive = emulator.raw("GET", ABOUT).json()["error"]
    text = "User Rate Limit Exceeded"
    assert drive == {
        "code": 403,
        "message": text,
        "errors": [{"message": text, "domain": "usageLimits", "reason": "userRateLimitExceeded"}],
    }
    sheets = emulator.raw("GET", "/v4/spreadsheets/x").json()["error"]
    assert (sheets["code"], sheets["status"]) == (429, "RESOURCE_EXHAUSTED")


def test_sheets_quota_is_told_with_its_figures(emulator: Emulator) -> None:
    """Sixty reads a minute and user; ErrorInfo and Help as the quota server gives them (google-apis 3.4)."""
    emulator.local("PUT", "quotas", {"profile": "2026"})
    emulator.local("PUT", "clock", {"now": "2026-11-02T14:00:10Z", "frozen": True})
    for _ in range(60):
        emulator.raw("GET", "/v4/spreadsheets/x")
    error = emulator.raw("GET", "/v4/spreadsheets/x").json()["error"]
    limit = "Read requests per minute per user"
    assert error["message"] == (
        f"Quota exceeded for quota metric 'Read requests' and limit '{limit}' "
        "of service 'sheets.googleapis.com' for consumer 'project_number:1'."
    )
    assert error["details"][0]["metadata"] == {
        "service": "sheets.googleapis.com",
        "consumer": "projects/1",
        "quota_limit": "ReadRequestsPerMinutePerUser",
        "quota_limit_value": "60",
        "quota_location": "global",
        "quota_metric": "sheets.googleapis.com/read_requests",
        "quota_unit": "1/min/{project}/{user}",
    }
    assert error["details"][1]["@type"] == "type.googleapis.com/google.rpc.Help"


def test_quota_of_the_project_is_shared_by_all_users(emulator: Emulator) -> None:
    """Five people with sixty reads each use up the 300 of the project (google-apis 3.3)."""
    emulator.local("PUT", "quotas", {"profile": "older"})
    emulator.local("PUT", "clock", {"now": "2026-11-02T14:00:10Z", "frozen": True})
    for person in range(5):
        for _ in range(60):
            assert emulator.raw("GET", "/v4/spreadsheets/x", actor=f"persona.{person}").status_code != 429
    refused = emulator.raw("GET", "/v4/spreadsheets/x", actor="vendedora.uno")
    assert refused.status_code == 429
    assert "limit 'Read requests per minute' of service" in refused.json()["error"]["message"]
    assert emulator.raw("PUT", "/v4/spreadsheets/x/values/A1?valueInputOption=RAW", json={}).status_code != 429


def test_mails_of_a_minute_are_limited_by_units(emulator: Emulator) -> None:
    """6,000 units since 2026, a list costs 5; the refusal says when to come again (google-apis 4)."""
    emulator.local("PUT", "quotas", {"profile": "2026"})
    emulator.local("PUT", "clock", {"now": "2026-11-02T14:00:10Z", "frozen": True})
    part = "--b\r\nContent-Type: application/http\r\n\r\nGET /gmail/v1/users/me/labels HTTP/1.1\r\n\r\n\r\n"
    for _ in range(12):
        emulator.raw("POST", "/batch", data=part * 100 + "--b--", headers={"Content-Type": "multipart/mixed; boundary=b"})
    error = emulator.raw("GET", "/gmail/v1/users/me/labels").json()["error"]
    assert error["message"] == "User-rate limit exceeded.  Retry after 2026-11-02T14:01:00.000Z"
    assert (error["code"], error["errors"][0]["domain"], error["errors"][0]["reason"]) == (
        429,
        "usageLimits",
        "rateLimitExceeded",
    )


def test_too_many_calls_at_once_for_one_mailbox(emulator: Emulator) -> None:
    """With a quota profile on, Gmail takes some calls of one account at a time, not any number (google-apis 4)."""
    emulator.local("PUT", "quotas", {"profile": "2026"})
    emulator.local("PUT", "latency", {"ms": 400})
    found: list[tuple[int, str]] = []

    def ask() -> None:
        answer = requests.get(
            emulator.url + "/gmail/v1/users/me/labels", headers={"Authorization": f"Bearer local:{ADMIN}"}, timeout=20
        )
        found.append((answer.status_code, answer.json().get("error", {}).get("message", "")))

    askers = [threading.Thread(target=ask) for _ in range(16)]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    assert (429, "Too many concurrent requests for user") in found
    assert [status for status, _ in found].count(200) >= 5


def test_directory_has_a_quota_of_its_own(emulator: Emulator) -> None:
    """2,400 queries a minute; over it 403 of usageLimits."""
    emulator.local("PUT", "quotas", {"profile": "2026"})
    emulator.local("PUT", "clock", {"now": "2026-11-02T14:00:10Z", "frozen": True})
    path = f"/admin/directory/v1/groups/{address('ventas')}?fields=email"
    part = f"--b\r\nContent-Type: application/http\r\n\r\nGET {path} HTTP/1.1\r\n\r\n\r\n"
    for _ in range(24):
        emulator.raw("POST", "/batch", data=part * 100 + "--b--", headers={"Content-Type": "multipart/mixed; boundary=b"})
    error = emulator.raw("GET", path).json()["error"]
    assert (error["code"], error["errors"][0]["domain"]) == (403, "usageLimits")
    assert emulator.raw("GET", ABOUT, actor=SERVICE_ACCOUNT).status_code == 200


def test_older_projects_count_queries_in_drive(emulator: Emulator) -> None:
    """12,000 a minute whatever they ask, where projects of 2026 count a list as a hundred (google-apis 2.6)."""
    emulator.local("PUT", "quotas", {"profile": "older"})
    emulator.local("PUT", "clock", {"now": "2026-11-02T14:00:10Z", "frozen": True})
    part = "--b\r\nContent-Type: application/http\r\n\r\nGET /drive/v3/drives?pageSize=1 HTTP/1.1\r\n\r\n\r\n"
    for _ in range(33):
        emulator.raw("POST", "/batch", data=part * 100 + "--b--", headers={"Content-Type": "multipart/mixed; boundary=b"})
    assert emulator.raw("GET", "/drive/v3/drives?pageSize=1").status_code == 200
