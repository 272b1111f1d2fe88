"""Write control: a batch against an older state of the form is refused or carried over, as the writer asked."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance.conftest import Emulator
from tests.conformance.forms_kit import OWNER, Service, edit, new_form, refusal, text

DAY = 86400


@pytest.fixture
def forms(service: Service) -> Any:
    """The owner's Forms client on a fresh Workspace."""
    return service("forms", "v1", OWNER).forms()


def revision(forms: Any, form_id: str) -> str:
    """The present revision."""
    found: str = forms.get(formId=form_id).execute()["revisionId"]
    return found


def titles(forms: Any, form_id: str) -> list[str]:
    """The titles of the items in order."""
    return [item["title"] for item in forms.get(formId=form_id).execute().get("items", [])]


def test_required_revision_must_be_the_latest(forms: Any) -> None:
    """`requiredRevisionId` of an older state stops the batch with 400 and changes nothing (google-apis 1.1)."""
    form_id = new_form(forms)
    old = revision(forms, form_id)
    answer = edit(forms, form_id, text("A"), writeControl={"requiredRevisionId": old})
    assert answer["writeControl"] == {"requiredRevisionId": revision(forms, form_id)}
    assert refusal(lambda: edit(forms, form_id, text("B"), writeControl={"requiredRevisionId": old}))[0] == 400
    assert titles(forms, form_id) == ["A"]


def test_revision_is_of_the_content_alone(forms: Any) -> None:
    """Publishing and sharing leave the revision as it is."""
    form_id = new_form(forms)
    before = revision(forms, form_id)
    body = {"publishSettings": {"publishState": {"isPublished": False, "isAcceptingResponses": False}}}
    forms.setPublishSettings(formId=form_id, body=body).execute()
    assert revision(forms, form_id) == before


def test_target_revision_carries_the_batch_over(forms: Any) -> None:
    """Indexes of a batch against an older state mean the items that stood there then (google-apis 1.1)."""
    form_id = new_form(forms)
    edit(forms, form_id, text("A"), text("B", 1), text("C", 2))
    seen = revision(forms, form_id)
    edit(forms, form_id, text("nueva", 0), {"deleteItem": {"location": {"index": 2}}})
    assert titles(forms, form_id) == ["nueva", "A", "C"]
    rename = {"updateItem": {"item": {"title": "C2"}, "location": {"index": 2}, "updateMask": "title"}}
    edit(forms, form_id, rename, text("detrás de B", 2), {"moveItem": {"originalLocation": {"index": 0}, "newLocation": {"index": 3}}},
         writeControl={"targetRevisionId": seen})  # fmt: skip
    assert titles(forms, form_id) == ["nueva", "detrás de B", "C2", "A"]


def test_conflicting_change_is_refused(forms: Any) -> None:
    """What the batch wants to change and somebody deleted since cannot be carried over (google-apis 1.1)."""
    form_id = new_form(forms)
    edit(forms, form_id, text("A"))
    seen = revision(forms, form_id)
    edit(forms, form_id, {"deleteItem": {"location": {"index": 0}}})
    rename = {"updateItem": {"item": {"title": "B"}, "location": {"index": 0}, "updateMask": "title"}}
    assert refusal(lambda: edit(forms, form_id, rename, writeControl={"targetRevisionId": seen}))[0] == 400


def test_target_revision_lives_a_day(forms: Any, emulator: Emulator) -> None:
    """A revision that was replaced more than 24 hours ago is too far behind; one that never was is refused (google-apis 1.1)."""
    form_id = new_form(forms)
    seen = revision(forms, form_id)
    edit(forms, form_id, text("A"))
    emulator.local("PUT", "clock", {"advance_s": DAY - 60})
    edit(forms, form_id, text("B"), writeControl={"targetRevisionId": seen})
    emulator.local("PUT", "clock", {"advance_s": 120})
    assert refusal(lambda: edit(forms, form_id, text("C"), writeControl={"targetRevisionId": seen}))[0] == 400
    assert refusal(lambda: edit(forms, form_id, text("C"), writeControl={"targetRevisionId": "ffffffff"}))[0] == 400


def test_both_controls_at_once_are_refused(forms: Any) -> None:
    """Only one of the two revisions may be named."""
    form_id = new_form(forms)
    now = revision(forms, form_id)
    both = {"requiredRevisionId": now, "targetRevisionId": now}
    code, message = refusal(lambda: edit(forms, form_id, text("A"), writeControl=both))
    assert code == 400
    assert "oneof field 'control' is already set" in message
