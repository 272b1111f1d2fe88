"""Forms' adapter against the local Workspace."""

from __future__ import annotations

from datetime import timedelta

import pytest
from conftest import DOMAIN, FORMS_OWNER, Workspace

from expediente.errors import ConfigurationError, NotFoundError, RefusedError
from expediente.google.forms import FormInfo, Forms

VENDEDORA = f"vendedora.uno@{DOMAIN}"
TOPIC = "projects/expediente-demo/topics/forms"


@pytest.fixture
def forms(workspace: Workspace) -> Forms:
    """Forms as production reads them."""
    return workspace.google.forms


@pytest.fixture
def form(workspace: Workspace) -> FormInfo:
    """A published form with a text and a choice, for the vendedora."""
    setup = workspace.google.forms_setup
    made = setup.create_form("Alta de cliente", "alta")
    choice = {"choiceQuestion": {"type": "CHECKBOX", "options": [{"value": "Uno"}, {"value": "Dos"}]}}
    items = [
        {"title": "RUC", "questionItem": {"question": {"textQuestion": {}}}},
        {"title": "Parte dos", "pageBreakItem": {}},
        {"title": "Servicios", "questionItem": {"question": choice}},
    ]
    replies = setup.batch_update(
        made.form_id,
        [{"createItem": {"item": item, "location": {"index": index}}} for index, item in enumerate(items)]
        + [{"updateSettings": {"settings": {"emailCollectionType": "VERIFIED"}, "updateMask": "emailCollectionType"}}],
    )
    assert len(replies) == 4
    workspace.google.forms_drive.add_grant(made.form_id, VENDEDORA, "user", "reader", view="published")
    setup.set_publish(made.form_id, published=True, accepting=True)
    return setup.get_form(made.form_id)


def answer(workspace: Workspace, form: FormInfo, ruc: str) -> str:
    """Answer as the vendedora."""
    body = {"respondent": VENDEDORA, "answers": {"RUC": ruc, "Servicios": ["Uno", "Dos"]}}
    return str(workspace.local("POST", f"forms/{form.form_id}/responses", body)["responseId"])


def test_a_form_is_made_closed_and_published_on_purpose(workspace: Workspace, form: FormInfo) -> None:
    """Born unpublished, then open; its questions have ids."""
    assert not workspace.google.forms_setup.create_form("Otra").published
    assert (form.published, form.accepting, form.title, form.email_collection) == (True, True, "Alta de cliente", "VERIFIED")
    assert [(item.title, item.kind, bool(item.question_id)) for item in form.items] == [
        ("RUC", "questionItem", True),
        ("Parte dos", "pageBreakItem", False),
        ("Servicios", "questionItem", True),
    ]
    assert form.responder_uri.startswith("http")


def test_responses_come_oldest_first_with_their_texts(workspace: Workspace, forms: Forms, form: FormInfo) -> None:
    """By question id, all of them or since an instant, that instant included."""
    assert forms.responses_since(form.form_id) == []
    ids = []
    for ruc in ("8-123-456", "8-123-457", "8-123-458"):
        ids.append(answer(workspace, form, ruc))
        workspace.local("PUT", "clock", {"advance_s": 3600})
    found = forms.responses_since(form.form_id)
    assert [response.response_id for response in found] == ids
    ruc, services = form.items[0].question_id, form.items[2].question_id
    assert found[0].answers == {ruc: ["8-123-456"], services: ["Uno", "Dos"]}
    assert found[0].respondent == VENDEDORA
    later = forms.responses_since(form.form_id, found[1].last_submitted_at)
    assert [response.response_id for response in later] == ids[1:]
    assert forms.responses_since(form.form_id, found[2].last_submitted_at + timedelta(seconds=1)) == []


def test_a_watch_is_kept_renewed_and_made_again(workspace: Workspace, forms: Forms, form: FormInfo) -> None:
    """Whatever became of it, afterwards one works."""
    now = forms._api._clock.now()
    first = forms.ensure_watch(form.form_id, TOPIC, now + timedelta(days=2))
    assert forms.ensure_watch(form.form_id, TOPIC, now + timedelta(days=2)) == first
    workspace.local("PUT", "clock", {"advance_s": 6 * 86400})
    renewed = forms.ensure_watch(form.form_id, TOPIC, now + timedelta(days=8))
    assert renewed.watch_id == first.watch_id and renewed.expires_at > first.expires_at
    workspace.local("PUT", "clock", {"advance_s": 8 * 86400})
    again = forms.ensure_watch(form.form_id, TOPIC, now + timedelta(days=16))
    assert again.state == "ACTIVE" and again.expires_at > now + timedelta(days=16)
    other = forms.ensure_watch(form.form_id, TOPIC + "-nuevo", now + timedelta(days=16))
    assert [watch.watch_id for watch in forms.list_watches(form.form_id)] == [other.watch_id]
    forms.delete_watch(form.form_id, other.watch_id)
    forms.delete_watch(form.form_id, other.watch_id)
    assert forms.list_watches(form.form_id) == []


def test_reading_rights_do_not_change_a_form(forms: Forms, form: FormInfo) -> None:
    """Production's scope reads responses and no more."""
    with pytest.raises(RefusedError):
        forms.set_publish(form.form_id, published=True, accepting=False)


def test_nothing_happens_without_an_owner(workspace: Workspace) -> None:
    """A process that is not configured for forms cannot read them."""
    with pytest.raises(ConfigurationError, match="FORMS_OWNER"):
        _ = workspace.adapters(forms_owner="").forms


def test_a_missing_form_is_told(forms: Forms) -> None:
    """Neither owner nor scope helps when it is gone."""
    assert FORMS_OWNER
    with pytest.raises(NotFoundError):
        forms.responses_since("1NoSuchForm")
