"""The page of Cumplimiento: who is looked up, and the decision that only it may take."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from html import unescape

import pytest

from expediente import codec
from expediente.compliance import subjects_hash
from expediente.intake_data import Identity, Shareholder
from expediente.model import ComplianceState, Fact, State
from expediente.store import Update
from tests.unit.page_kit import (
    CUMPLIMIENTO,
    DOMAIN,
    DOSSIER,
    NOW,
    REVIEW,
    Browser,
    an_intake,
    collecting,
    confirming,
    evidence,
    hidden_fields,
    put,
)

COLLEAGUE = f"cumplimiento.dos@{DOMAIN}"


@pytest.fixture
def ready(browser: Browser) -> Browser:
    """A browser before a dossier under review whose evidence has been filed."""
    put(browser.app, collecting())
    browser.app.cabinet.files.append(evidence())
    return browser


def _text(browser: Browser, since: str = "") -> str:
    return unescape(browser.get(CUMPLIMIENTO, REVIEW, query_string={"desde": since} if since else {}).get_data(as_text=True))


def test_every_name_is_shown_with_its_number(ready: Browser) -> None:
    """Client with both names, representative, shareholders through others too; each person once."""
    intake = ready.dossier().intake
    hidden = Shareholder(
        Identity("Efraín Quijano", "pasaporte", "PA0123456", "", "Colombia", True), Decimal("12.5"), False, "Holding X"
    )
    ready.change(intake=replace(intake, shareholders=(*intake.shareholders, hidden)))
    html = _text(ready)
    for said in (
        "Comercial del Istmo, S.A.",
        "Istmo Express",
        "155990001-2-2024 DV 78",
        "Inversiones Río Abajo, S.A.",
        "155990002-2-2024",
    ):
        assert said in html
    for said in (
        "Efraín Quijano",
        "Pasaporte PA0123456",
        "Colombia",
        "a través de Holding X",
        "12.5 %",
        "expuesta políticamente",
    ):
        assert said in html
    to_look_up, behind = html.split("Personas detrás del cliente")
    assert to_look_up.count("Alcibíades Rodríguez Poveda") == behind.count("Alcibíades Rodríguez Poveda") == 1
    assert "Nombres por consultar (4)" in html


def test_folder_is_linked(ready: Browser) -> None:
    """The evidence is filed in Cumplimiento's own folder."""
    assert 'href="https://drive.google.com/drive/folders/id-compliance"' in _text(ready)


@pytest.mark.parametrize("decision", ["passed", "rejected"])
def test_decision_is_stored_as_a_fact_and_taken_in(ready: Browser, decision: str) -> None:
    """Who, and what was decided."""
    assert ready.sign(CUMPLIMIENTO, REVIEW, decision=decision).status_code == 303
    (fact,) = ready.inbox()
    assert fact == Fact(
        fact.event_id,
        DOSSIER,
        "compliance",
        NOW,
        CUMPLIMIENTO,
        {"decision": decision, "subjects": subjects_hash(ready.dossier().intake)},
    )
    ready.fold()
    html = _text(ready, "0")
    assert ready.dossier().compliance is ComplianceState(decision)
    assert (
        "Decisión registrada" in html
        and "por Xiomara De León Araúz" in html
        and "Lista Clinton · Comercial del Istmo.pdf" in html
    )


@pytest.mark.parametrize("decision", ["", "under_review", "PASSED", "otra"])
def test_form_without_a_decision_is_not_taken(ready: Browser, decision: str) -> None:
    """One of the two is to be chosen."""
    answer = ready.sign(CUMPLIMIENTO, REVIEW, decision=decision)
    assert (answer.status_code, ready.inbox()) == (422, [])
    assert "Falta elegir la decisión" in answer.get_data(as_text=True)


def test_double_click_is_one_fact(ready: Browser) -> None:
    """Before and after the first was taken in."""
    fields = ready.form(CUMPLIMIENTO, REVIEW) | {"decision": "passed"}
    assert [ready.post(CUMPLIMIENTO, REVIEW, fields).status_code for _ in range(2)] == [303, 303]
    assert len(ready.inbox()) == 1
    ready.fold()
    assert (ready.post(CUMPLIMIENTO, REVIEW, fields).status_code, ready.inbox()) == (303, [])


def test_decision_without_evidence_is_refused_and_told(browser: Browser) -> None:
    """What to do is said, and the form is there again."""
    put(browser.app, collecting())
    browser.sign(CUMPLIMIENTO, REVIEW, decision="passed")
    browser.fold()
    html = _text(browser, "0")
    assert "La decisión no se registró" in html and "La constancia no está en la carpeta" in html and "<form" in html
    assert browser.dossier().compliance is ComplianceState.UNDER_REVIEW


def test_file_that_is_no_evidence_is_named(browser: Browser) -> None:
    """An empty file in the folder proves nothing."""
    put(browser.app, collecting())
    browser.app.cabinet.files.append(evidence(size_bytes=0))
    browser.sign(CUMPLIMIENTO, REVIEW, decision="passed")
    browser.fold()
    assert "Este archivo no sirve de constancia: está vacío" in _text(browser, "0")


def test_colleague_who_decided_in_between_is_told(ready: Browser) -> None:
    """Two people do not overwrite each other unseen."""
    fields = hidden_fields(ready.get(COLLEAGUE, REVIEW).get_data(as_text=True)) | {"decision": "passed"}
    ready.sign(CUMPLIMIENTO, REVIEW, decision="rejected")
    ready.fold()
    answer = ready.post(COLLEAGUE, REVIEW, fields)
    assert (answer.status_code, ready.inbox()) == (409, [])
    assert "No aprobado" in answer.get_data(as_text=True)


def test_decision_may_be_changed_until_the_hand_over(ready: Browser) -> None:
    """And changed back: each is a fact of its own."""
    for decision in ("rejected", "passed", "rejected"):
        assert ready.sign(CUMPLIMIENTO, REVIEW, decision=decision).status_code == 303
        ready.fold()
        assert ready.dossier().compliance is ComplianceState(decision)


def test_decision_may_still_be_changed_while_the_areas_confirm(browser: Browser) -> None:
    """A refusal that comes late still holds the activation."""
    put(browser.app, confirming(compliance_of=subjects_hash(confirming().intake)))
    browser.app.cabinet.files.append(evidence())
    assert browser.sign(CUMPLIMIENTO, REVIEW, decision="rejected").status_code == 303
    browser.fold()
    assert browser.dossier().compliance is ComplianceState.REJECTED


def test_decision_about_other_people_is_refused(ready: Browser) -> None:
    """What was decided of yesterday's shareholders says nothing of today's."""
    ready.sign(CUMPLIMIENTO, REVIEW, decision="passed")
    store, edited = ready.app.store, replace(ready.dossier(), intake=replace(an_intake(), shareholders=()))
    found = store.get("dossier", DOSSIER)
    assert found is not None
    store.commit([Update("dossier", DOSSIER, codec.to_data(edited), found.version)])
    ready.fold()
    assert ready.dossier().compliance is ComplianceState.UNDER_REVIEW


def test_once_active_the_page_is_a_record(browser: Browser) -> None:
    """What was decided can be read, not changed."""
    put(browser.app, confirming(state=State.ACTIVE))
    html = _text(browser)
    assert "Aprobado" in html and "<form" not in html and "Comercial del Istmo" in html
