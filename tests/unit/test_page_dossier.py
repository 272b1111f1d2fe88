"""The page of a dossier: for whom it exists, and that it names to nobody what is not theirs to know."""

from __future__ import annotations

from html import unescape

import pytest

from expediente.model import ComplianceState, Observation, State
from expediente.papers import required_papers
from tests.unit.page_kit import (
    CUMPLIMIENTO,
    DOSSIER,
    EXPEDIENTES,
    NOW,
    OPERACIONES,
    SALA,
    VENDEDORA,
    Browser,
    collecting,
    complete,
    confirming,
    put,
    the_process,
)

PAGE = f"/expediente/{DOSSIER}"


def _text(browser: Browser, who: str) -> str:
    return unescape(browser.get(who, PAGE).get_data(as_text=True))


@pytest.mark.parametrize("who", [EXPEDIENTES, CUMPLIMIENTO, VENDEDORA, OPERACIONES, "gerencia.uno@blindados-demo.example.com"])
def test_people_of_the_dossier_open_it(browser: Browser, who: str) -> None:
    """State, client and code."""
    put(browser.app, confirming())
    html = _text(browser, who)
    assert "En confirmación de las áreas" in html and DOSSIER in html and "DEN-000142" in html


@pytest.mark.parametrize("who", ["vendedora.dos@blindados-demo.example.com", "cartera.uno@blindados-demo.example.com"])
def test_others_find_nothing(browser: Browser, who: str) -> None:
    """Another vendedora and Cartera have no part in it; nothing is sent to the page."""
    put(browser.app, confirming())
    assert browser.get(who, PAGE).status_code == 404
    assert browser.post(EXPEDIENTES, PAGE, {}).status_code == 405


def test_papers_are_named_only_to_those_who_may_open_them(browser: Browser) -> None:
    """The titles of papers bear the names of shareholders."""
    put(browser.app, collecting())
    titles = [
        slot.title for slot in required_papers(the_process(), browser.dossier().intake) if slot.rule.given_by == "vendedora"
    ]
    for who in (EXPEDIENTES, VENDEDORA):
        assert all(title in _text(browser, who) for title in titles)
    html, limited = _text(browser, OPERACIONES), {folder.key for folder in the_process().access.folders if folder.limited}
    slots = required_papers(the_process(), browser.dossier().intake)
    legal = [slot.title for slot in slots if slot.rule.place in limited and slot.rule.given_by == "vendedora"]
    assert len(legal) > 3 and not any(title in html for title in legal)
    assert "Un papel, en manos de la vendedora y de Expedientes" in html


def test_areas_and_observation_are_told(browser: Browser) -> None:
    """How many boxes of each area count, and what an area observes."""
    put(browser.app, confirming(observations={"operaciones": Observation("Falta la rampa", OPERACIONES, NOW, 1)}))
    html = _text(browser, VENDEDORA)
    assert "Falta la rampa" in html and " de " in html
    put_all = [area.label for area in the_process().areas if area.label in html]
    assert len(put_all) >= 3


def test_history_tells_what_happened_and_by_whom(browser: Browser) -> None:
    """An act leaves its line; what only the machine needs is not told."""
    put(browser.app, complete())
    browser.sign(OPERACIONES, f"/acto/{DOSSIER}/comentar", f_text="Listo")
    browser.fold()
    html = _text(browser, EXPEDIENTES)
    person = the_process().company.person(OPERACIONES)
    assert person is not None and "Escribir un comentario" in html and person.name in html
    assert "step_done" not in html and "mail_queued" not in html


@pytest.mark.parametrize("who", [EXPEDIENTES, VENDEDORA, OPERACIONES, SALA])
def test_a_rejection_reads_exactly_like_a_review(browser: Browser, who: str) -> None:
    """Whatever Cumplimiento decided, the page of everybody else is the same to the letter."""
    put(browser.app, collecting(compliance=ComplianceState.UNDER_REVIEW))
    before = browser.get(who, PAGE)
    browser.change(compliance=ComplianceState.REJECTED, compliance_by=CUMPLIMIENTO)
    after = browser.get(who, PAGE)
    assert before.status_code == after.status_code
    assert before.get_data(as_text=True).partition("</style>")[2] == after.get_data(as_text=True).partition("</style>")[2]
    for word in ("Clinton", "rechaz", "Xiomara"):
        assert word not in after.get_data(as_text=True)


def test_what_has_ended_is_read_by_the_readers_of_the_archive_alone(browser: Browser) -> None:
    """Everybody else is told whose it was and that it is over; no address, no history, nothing to open."""
    put(browser.app, complete(state=State.ARCHIVED))
    for who in (OPERACIONES, VENDEDORA, SALA):
        html = _text(browser, who)
        assert "Comercial del Istmo, S.A." in html and "Calle 50" not in html and "drive.google.com" not in html
    assert "Calle 50" in _text(browser, EXPEDIENTES) and "Calle 50" in _text(browser, CUMPLIMIENTO)
