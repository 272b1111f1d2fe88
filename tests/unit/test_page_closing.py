"""The closing page: everything that the Encargado signs, and the button only when nothing is missing."""

from __future__ import annotations

from html import unescape

import pytest

from expediente.activate import closing_hash, missing_for_activation
from expediente.model import ComplianceState, Evidence, Fact, Observation, State
from expediente.papers import required_papers
from tests.unit.page_kit import (
    CLOSING,
    CUMPLIMIENTO,
    DOSSIER,
    EXPEDIENTES,
    NOW,
    OPERACIONES,
    Browser,
    collecting,
    complete,
    confirming,
    put,
    the_process,
    ticked,
    waiting_for_signature,
)


def _text(browser: Browser, since: str = "") -> str:
    return unescape(browser.get(EXPEDIENTES, CLOSING, query_string={"desde": since} if since else {}).get_data(as_text=True))


@pytest.fixture
def ready(browser: Browser) -> Browser:
    """A browser before a dossier that lacks nothing but its closing."""
    put(browser.app, complete())
    return browser


def test_page_shows_all_that_the_closing_covers(ready: Browser) -> None:
    """Marks with who and how, papers, code, place, data and points."""
    html, process, dossier = _text(ready), the_process(), ready.dossier()
    for area in process.areas:
        assert area.label in html and process.company.with_role(area.key)[0].name in html
    assert all(slot.title in html for slot in required_papers(process, dossier.intake))
    for said in (
        "DEN-000142",
        "Archivador 3, gaveta B",
        "Rogelio Espinoza Caballero",
        "9 de 9 verificados",
        "Confirmada en la hoja",
    ):
        assert said in html
    assert "B/. 25,000.00" in html and "Sucursal Albrook" in html and "155990001-2-2024 DV 78" in html
    assert "Cerrar y activar" in html


def test_closing_is_stored_as_a_fact(ready: Browser) -> None:
    """The fact holds the hash of what was shown."""
    wanted = closing_hash(the_process(), ready.dossier())
    answer = ready.sign(EXPEDIENTES, CLOSING)
    (fact,) = ready.inbox()
    assert answer.status_code == 303
    assert fact == Fact(fact.event_id, DOSSIER, "closing", NOW, EXPEDIENTES, {"hash": wanted})


def test_closed_dossier_is_active_and_the_page_says_so(ready: Browser) -> None:
    """After it was taken in there is nothing more to do."""
    location = ready.sign(EXPEDIENTES, CLOSING).headers["Location"]
    assert "Recibido, se está registrando" in _text(ready, location.partition("=")[2])
    ready.fold()
    html = _text(ready, location.partition("=")[2])
    assert ready.dossier().state is State.ACTIVE
    assert "Firmado: el servicio está activo" in html and "Lo cerró Rogelio Espinoza Caballero" in html and "<form" not in html


def test_double_click_is_one_fact(ready: Browser) -> None:
    """Before and after the first was taken in."""
    fields = ready.form(EXPEDIENTES, CLOSING)
    assert [ready.post(EXPEDIENTES, CLOSING, fields).status_code for _ in range(2)] == [303, 303]
    assert len(ready.inbox()) == 1
    ready.fold()
    assert (ready.post(EXPEDIENTES, CLOSING, fields).status_code, ready.inbox()) == (303, [])


@pytest.mark.parametrize(
    "change, told",
    [
        ({"denarius_code": ""}, "Código de Denarius"),
        ({"papers": {}}, "Contrato"),
        ({"files": {}}, "Inspección de Seguridad: P02 Sucursal Albrook"),
        ({"marks": {}}, "Operaciones: Recibido, Comprendido, Recursos asignados, Cliente listo para el servicio"),
        ({"acknowledged_by": ""}, "Acuse de recibo del Encargado"),
        ({"observations": {"operaciones": Observation("No hay vehículo", OPERACIONES, NOW, 1)}}, "No hay vehículo"),
    ],
)
def test_button_is_missing_while_anything_is(ready: Browser, change: dict[str, object], told: str) -> None:
    """What is missing is named, and a form from before is not taken."""
    fields = ready.form(EXPEDIENTES, CLOSING)
    ready.change(**change)
    html = _text(ready)
    assert told in html and "Todavía no se puede cerrar" in html
    assert "<form" not in html and "Cerrar y activar" not in html
    assert (ready.post(EXPEDIENTES, CLOSING, fields).status_code, ready.inbox()) == (409, [])


def test_mark_that_waits_for_a_signature_keeps_the_button_away(browser: Browser) -> None:
    """A name chosen in the sheet is not a signature."""
    dossier = waiting_for_signature()
    put(browser.app, dossier)
    assert "Falta la firma" in _text(browser) and "<form" not in _text(browser)


def test_every_missing_thing_is_listed(browser: Browser) -> None:
    """The count is that of the rule, the state itself left out."""
    dossier = confirming()
    put(browser.app, dossier)
    missing = missing_for_activation(the_process(), dossier)
    html = _text(browser)
    assert f"Faltan {len(missing)} puntos" in html
    assert all(item.label in html for item in missing if item.kind != "mark")


@pytest.mark.parametrize("state", list(ComplianceState))
def test_screening_stays_invisible(browser: Browser, state: ComplianceState) -> None:
    """Whatever Cumplimiento says, the page never shows more than the neutral text, nor its papers."""
    put(browser.app, collecting(compliance=state, compliance_by=CUMPLIMIENTO))
    html = _text(browser)
    assert ("En revisión interna" in html) == (state is not ComplianceState.PASSED)
    for word in ("Clinton", "Cumplimiento", "Xiomara", "rechaz", "aprobado", "No continúa"):
        assert word not in html


def test_rejected_reads_exactly_like_under_review(browser: Browser) -> None:
    """Nobody can tell the one from the other."""
    put(browser.app, collecting(compliance=ComplianceState.UNDER_REVIEW))
    before = _text(browser)
    browser.change(compliance=ComplianceState.REJECTED, compliance_by=CUMPLIMIENTO)
    assert before.partition("</style>")[2] == _text(browser).partition("</style>")[2]


@pytest.mark.parametrize(
    "change, told",
    [({"denarius_code": "DEN-000143"}, "Algo cambió antes de registrarlo"), ({"observations": {}}, "")],
)
def test_change_before_it_was_taken_in_is_told(ready: Browser, change: dict[str, object], told: str) -> None:
    """The fold refuses what is not as it was shown."""
    ready.sign(EXPEDIENTES, CLOSING)
    ready.change(**change)
    ready.fold()
    html = _text(ready, "0")
    assert (told in html and "El cierre no se registró" in html) if told else "Firmado" in html


def test_thing_that_went_missing_before_it_was_taken_in_is_told(ready: Browser) -> None:
    """An observation does not change the hash but stops the closing all the same."""
    ready.sign(EXPEDIENTES, CLOSING)
    ready.change(observations={"operaciones": Observation("No hay vehículo", OPERACIONES, NOW, 1)})
    ready.fold()
    html = _text(ready, "0")
    assert "Antes de registrarlo volvió a faltar algo" in html and "No hay vehículo" in html


def test_declared_mark_names_its_person_as_unsigned(browser: Browser) -> None:
    """How a mark is known is told in words."""
    put(browser.app, ticked(confirming(), Evidence.NONE, "operaciones/recibido"))
    assert "No se sabe quién" in _text(browser)
