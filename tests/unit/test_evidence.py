"""The exported verifier agrees with the engine about every event, though it shares no line with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from expediente import evidence_verifier
from expediente.codec import to_data
from expediente.evidence_verifier import event_hash, main
from tests.unit.test_events import chain


def test_verifier_hashes_events_as_the_engine_does() -> None:
    """Also with accents in their data, which JSON writes in two ways."""
    for event in chain():
        assert event_hash(to_data(event)) == event.hash


def test_verifier_imports_the_standard_library_alone() -> None:
    """It is copied out of the product and run years later on a bare machine."""
    text = Path(evidence_verifier.__file__).read_text(encoding="utf-8")
    assert "expediente import" not in text and "import expediente" not in text


def test_verifier_of_a_folder_without_evidence_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No manifest, a broken one, and one of another format are not valid."""
    for content in (None, b"{", b"[]", b'{"format": 99}'):
        if content is not None:
            (tmp_path / "manifest.json").write_bytes(content)
        assert main([str(tmp_path)]) == 1
        assert "NO VÁLIDO. manifest.json" in capsys.readouterr().out
