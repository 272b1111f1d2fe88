"""The checks that every answer passes do notice what is wrong with one."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance.schema_checks import batch_parts, check_one, documents, faults_of, refusal_faults

FILE, SHEET = documents()[0]["drive"], documents()[0]["sheets"]


@pytest.mark.parametrize(
    "body",
    [
        {"nmae": "x"},
        {"size": 5},
        {"trashed": "true"},
        {"createdTime": "2026-11-01T10:00:00+00:00"},
        {"parents": "root"},
        {"owners": [{"me": None}]},
        {"appProperties": {"a": 1}},
        {"capabilities": {"canFly": True}},
    ],
)
def test_wrong_file_is_noticed(body: dict[str, Any]) -> None:
    """Unknown members, wrong types, formats and nulls, at any depth."""
    assert faults_of(body, FILE["File"], FILE, "File")


def test_enum_is_noticed() -> None:
    """A value outside its list."""
    assert faults_of({"majorDimension": "ROW"}, SHEET["ValueRange"], SHEET, "ValueRange")
    assert not faults_of({"majorDimension": "ROWS", "values": [["a", 1, True]]}, SHEET["ValueRange"], SHEET, "ValueRange")


@pytest.mark.parametrize(
    ("api", "error"),
    [
        ("drive", {"code": 404, "message": "x"}),
        ("drive", {"code": 400, "message": "x", "errors": [{"message": "x", "reason": "r"}]}),
        ("sheets", {"code": 404, "message": "x"}),
        ("sheets", {"code": 404, "message": "x", "status": "NOT_FOUND", "errors": []}),
        ("sheets", {"code": 404, "message": "x", "status": "NOT_FOUND", "reason": "notFound"}),
    ],
)
def test_refusal_of_another_shape_is_noticed(api: str, error: dict[str, Any]) -> None:
    """Drive needs errors[], Sheets a status and no errors[]; the code is that of the answer."""
    assert refusal_faults({"error": error}, 404, api)


def test_parts_of_a_batch_are_looked_at() -> None:
    """Each by the call that its Content-ID names."""
    asked = "--x\r\nContent-ID: <u + 1>\r\n\r\nGET /drive/v3/files/a HTTP/1.1\r\n\r\n--x--"
    answered = b'--b\r\nContent-ID: <response-u + 1>\r\n\r\nHTTP/1.1 200 OK\r\nA: b\r\n\r\n{"nmae": "x"}\r\n--b--\r\n'
    (part,) = batch_parts(asked, answered)
    assert part[:3] == ("GET", "/drive/v3/files/a", 200)
    with pytest.raises(AssertionError, match="File.nmae"):
        check_one(*part)
