"""What is kept of an issued document: the bytes that were issued, once, in the bucket and in the dossier, whatever dies in between."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest

from expediente.errors import NotFoundError
from expediente.google import Google
from expediente.issued_copy import keep_issued, object_of
from expediente.steps import Attempt, Step

ISSUED, OTHER = b"%PDF-1.4 as it was issued", b"%PDF-1.4 of a later version"
CODE = "0ABC1DEF2GHJ3KMN4PQR"


class Places:
    """Bucket and Drive. dies: before which of them the process dies, '' = it lives."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.files: dict[str, bytes] = {}
        self.dies = ""

    def put_once(self, bucket: str, name: str, data: bytes, _: str) -> None:
        """Create an object."""
        assert bucket == "clientes"
        assert name not in self.objects or self.objects[name] == data
        self.objects[name] = data

    def read(self, _: str, name: str) -> bytes:
        """An object."""
        if name not in self.objects:
            raise NotFoundError("storage.objects.get", 404, "notFound")
        return self.objects[name]

    def get_file(self, file_id: str) -> str:
        """A file."""
        if file_id not in self.files:
            raise NotFoundError("drive.files.get", 404, "notFound")
        return file_id

    def upload(self, file_id: str, *said: Any) -> None:
        """Create a file."""
        if self.dies == "before":
            raise SystemExit
        assert file_id not in self.files
        self.files[file_id] = said[3]
        if self.dies == "after":
            raise SystemExit


@pytest.fixture
def places() -> Places:
    """Empty places."""
    return Places()


@pytest.fixture
def attempt(places: Places) -> Callable[[bool], dict[str, str]]:
    """Do the step. doubt: an attempt before may have done some of it."""
    sha256 = hashlib.sha256(ISSUED).hexdigest()
    args = {"name": "x.pdf", "parent_id": "p", "dossier_id": "EXP-1", "document": "drawn by the test", "sha256": sha256}
    args |= {"bucket": "clientes", "object": object_of(CODE)}
    google = cast(Google, SimpleNamespace(storage=places, drive=places))
    return lambda doubt: keep_issued(Attempt(google, Step(f"issued/{CODE}", "keep_issued", args), "f1", args, doubt))


def draws(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    """Which bytes this version of the program draws."""
    monkeypatch.setattr("expediente.made_pdf.made_pdf", lambda document: content)


@pytest.mark.parametrize("dies", ["before", "after"])
def test_whatever_dies_bucket_and_dossier_hold_what_was_issued(
    places: Places, attempt: Callable[[bool], dict[str, str]], monkeypatch: pytest.MonkeyPatch, dies: str
) -> None:
    """The process dies between the two, and comes back as a version that draws otherwise: both hold the bytes that were issued."""
    draws(monkeypatch, ISSUED)
    places.dies = dies
    with pytest.raises(SystemExit):
        attempt(False)
    places.dies = ""
    draws(monkeypatch, OTHER)
    assert attempt(True) == {"sha256": hashlib.sha256(ISSUED).hexdigest()}
    assert places.objects == {object_of(CODE): ISSUED}
    assert places.files == {"f1": ISSUED}


def test_another_document_under_the_same_number_is_kept_nowhere(
    places: Places, attempt: Callable[[bool], dict[str, str]], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A version that draws otherwise meets a document that was not kept yet: neither place gets it, and an alert is raised."""
    draws(monkeypatch, OTHER)
    assert attempt(False) == {"differs": "yes"}
    assert (places.objects, places.files) == ({}, {})
    assert [getattr(line, "alert", "") for line in caplog.records] == ["issued"]
