"""Whose hand a share was, as far as the records can tell while the making of a workbook is in doubt."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest

from expediente.access_audit import look
from expediente.access_watch import explained
from expediente.google.drive import GrantInfo
from expediente.model import DeliveredFile, Dossier, StepRecord
from tests.unit import page_kit
from tests.unit.page_kit import NOW

CREATE, SHEET = "exchange/create", "drive-id-of-the-exchange-sheet"
LATER = NOW + timedelta(minutes=30)
ROOM, STRANGER = page_kit.SALA, "sala@elsewhere.example.org"


@pytest.fixture
def app(tmp_path: Path) -> page_kit.PageApp:
    """An application without dossiers."""
    return page_kit.new_app(tmp_path, "http://127.0.0.1:9/keys")


def shared_in_doubt(person: str, done: bool = False) -> Dossier:
    """A dossier whose exchange sheet was asked for and shared with a person. done: the answers were heard and recorded."""
    state, file_id = ("done", SHEET) if done else ("intended", "")
    steps = {
        CREATE: StepRecord(state, "create_sheet", file_id, at=NOW),
        f"grant/exchange/{person}/1": StepRecord(state, "grant", at=NOW),
    }
    start = page_kit.confirming()
    return replace(start, steps={**start.steps, **steps})


@pytest.mark.parametrize(("at", "ours"), [(NOW, True), (NOW + timedelta(seconds=170), True), (LATER, False)])
def test_a_share_of_a_sheet_whose_id_was_never_heard_is_explained_by_its_steps(at: datetime, ours: bool) -> None:
    """A worker that died before it could record the id leaves a file that no record names: its share is not a stranger's."""
    assert explained(shared_in_doubt(ROOM), SHEET, at) is ours


def test_once_the_sheet_has_its_id_another_file_is_nobodys() -> None:
    """With every workbook named, a file that the records do not know is explained by nothing."""
    dossier = shared_in_doubt(ROOM, done=True)
    assert explained(dossier, SHEET, NOW)
    assert not explained(dossier, "a-file-of-somebody", NOW)


def test_what_is_named_is_not_covered_by_a_sheet_in_doubt() -> None:
    """A share of a delivered paper in the very minute in which a sheet is in doubt has no step of ours to explain it."""
    paper = DeliveredFile("paper-1", "Cédula.pdf", "application/pdf", "delivery", page_kit.VENDEDORA, NOW)
    dossier = replace(shared_in_doubt(ROOM), files={"paper-1": paper})
    assert not explained(dossier, "paper-1", NOW)


def test_in_a_sheet_in_doubt_only_the_stranger_is_found(app: page_kit.PageApp, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own readers are left to the step that gives them; whoever else reads it is a difference, as anywhere."""
    readers = [GrantInfo(f"p-{n}", "user", "writer", address, inherited=False) for n, address in enumerate((ROOM, STRANGER))]
    monkeypatch.setattr(app.google, "drive", SimpleNamespace(list_grants=lambda file_id: readers if file_id == SHEET else []))
    found = look(app, shared_in_doubt(ROOM), [SHEET])
    assert [(one.kind, one.principal) for one in found] == [("outside", STRANGER)]
