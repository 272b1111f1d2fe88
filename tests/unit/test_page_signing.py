"""The confirmation page: what an area signs, and what it is told afterwards."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from html import unescape

import pytest

from expediente import confirm, control_sheet, marks
from expediente.fields import of_client
from expediente.marks import Known
from expediente.model import Evidence, Fact, Observation, OutgoingMail, State
from expediente.page_act import view_of
from expediente.store import Create
from expediente.work import Work
from tests.unit.page_kit import (
    DOMAIN,
    DOSSIER,
    NOW,
    OPERACIONES,
    SEGURIDAD,
    SIGNING,
    Browser,
    assigned,
    confirming,
    put,
    the_process,
    ticked,
    waiting_for_signature,
)

COLLEAGUE = f"operaciones.dos@{DOMAIN}"


@pytest.fixture
def ready(browser: Browser) -> Browser:
    """A browser before a dossier whose four boxes of Operaciones wait for a signature."""
    put(browser.app, waiting_for_signature())
    return browser


def _text(browser: Browser, who: str = OPERACIONES, path: str = SIGNING, since: str = "") -> str:
    return unescape(browser.get(who, path, query_string={"desde": since} if since else {}).get_data(as_text=True))


def _after(browser: Browser, location: str) -> str:
    path, _, query = location.partition("?desde=")
    return _text(browser, path=path, since=query)


def test_page_shows_all_that_the_signature_covers(ready: Browser) -> None:
    """Each box that waits, and today's value of every field it vouches for."""
    html, process, dossier = _text(ready), the_process(), ready.dossier()
    slots = marks.unsigned_slots(process, dossier, process.area("operaciones"))
    assert len(slots) == 4
    for slot in slots:
        assert slot.label in html and slot.rule.explains in html
        for path in slot.rule.depends_on:
            assert process.fields[path] in html
            said = of_client(process, dossier.intake, path) or process.labels["none"]
            assert all(line in html for line in said.split("\n"))
    assert "Comercial del Istmo, S.A." in html and "Firmar 4 casillas" in html


def test_signature_is_stored_as_a_fact_and_the_dossier_woken(ready: Browser) -> None:
    """The fact says who, which area and the hash of what was shown; the page goes on to be read."""
    known = Known(the_process(), ready.dossier(), frozenset())
    wanted = confirm.signing_hash(known, the_process().area("operaciones"))
    answer = ready.sign(OPERACIONES, SIGNING)
    (fact,) = ready.inbox()
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{SIGNING}?desde=0")
    assert fact == Fact(
        fact.event_id, DOSSIER, "signature", NOW, OPERACIONES, {"area": "operaciones", "hash": wanted, "marks": []}
    )
    assert ready.app.published == [DOSSIER]
    assert "@" not in fact.event_id


def test_double_click_is_one_fact(ready: Browser) -> None:
    """The same form twice is the same fact."""
    fields = ready.form(OPERACIONES, SIGNING)
    answers = [ready.post(OPERACIONES, SIGNING, fields) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [303, 303, 303]
    assert len(ready.inbox()) == 1


def test_second_click_after_the_first_was_taken_in_says_signed(ready: Browser) -> None:
    """Nothing is stored again and nobody is frightened."""
    fields = ready.form(OPERACIONES, SIGNING)
    ready.post(OPERACIONES, SIGNING, fields)
    ready.fold()
    answer = ready.post(OPERACIONES, SIGNING, fields)
    assert (answer.status_code, ready.inbox()) == (303, [])
    assert "Su firma quedó registrada" in _after(ready, answer.headers["Location"])


def test_waiting_signature_is_told_and_looked_at_again(ready: Browser) -> None:
    """Until it is taken in, the page refreshes itself and offers no second signature."""
    html = _after(ready, ready.sign(OPERACIONES, SIGNING).headers["Location"])
    assert "Recibido, se está registrando" in html
    assert '<meta http-equiv="refresh" content="3">' in html
    assert "<form" not in html


def test_colleague_is_told_that_somebody_has_signed(ready: Browser) -> None:
    """Two people of an area need not sign both."""
    ready.sign(OPERACIONES, SIGNING)
    html = _text(ready, COLLEAGUE)
    assert "Otra persona acaba de firmar" in html and "<form" not in html


def test_signature_that_waits_long_is_told_calmly(ready: Browser) -> None:
    """After a minute the page says so and looks less often."""
    ready.sign(OPERACIONES, SIGNING)
    ready.app.hand_clock.at = NOW + timedelta(minutes=3)
    html = _text(ready)
    assert "tardando más de lo normal" in html and 'content="15"' in html


def test_signed_boxes_count_and_the_page_says_so(ready: Browser) -> None:
    """After it was taken in: Firmado, no refresh, each box with its person."""
    location = ready.sign(OPERACIONES, SIGNING).headers["Location"]
    ready.fold()
    html = _after(ready, location)
    assert "Firmado" in html and "Operaciones ya confirmó" in html
    assert "refresh" not in html and "<form" not in html
    assert html.count("Édgar Villarreal Cedeño, el martes 10 de marzo de 2026") == 4
    process, dossier = the_process(), ready.dossier()
    assert not marks.open_slots(process, dossier, process.area("operaciones"))


def test_change_between_reading_and_signing_is_told(ready: Browser) -> None:
    """A form that was shown before a change signs nothing; the page shows the new state."""
    fields = ready.form(OPERACIONES, SIGNING)
    intake = ready.dossier().intake
    ready.change(intake=replace(intake, order=replace(intake.order, conditions="Otra tarifa")))
    answer = ready.post(OPERACIONES, SIGNING, fields)
    html = answer.get_data(as_text=True)
    assert (answer.status_code, ready.inbox()) == (409, [])
    assert "Algo cambió mientras usted leía" in html and "Otra tarifa" in html and "<form" in html


def test_signature_covers_what_was_shown_today(ready: Browser) -> None:
    """Data that changed after the tick and before the signature were read by whoever signs, so the box counts."""
    intake = ready.dossier().intake
    ready.change(intake=replace(intake, order=replace(intake.order, conditions="Otra tarifa")))
    ready.sign(OPERACIONES, SIGNING)
    ready.fold()
    process, dossier = the_process(), ready.dossier()
    assert not marks.open_slots(process, dossier, process.area("operaciones"))
    signed = [event.data for event in ready.events() if event.kind == "mark_signed"]
    assert {data["read"] for data in signed} == {dossier.marks[data["mark"]].depends_hash for data in signed}


def test_refusal_of_the_fold_is_told_with_what_to_do(ready: Browser) -> None:
    """Something changed after the fact was stored: why, and sign again."""
    location = ready.sign(OPERACIONES, SIGNING).headers["Location"]
    intake = ready.dossier().intake
    ready.change(intake=replace(intake, order=replace(intake.order, conditions="Otra tarifa")))
    ready.fold()
    html = _after(ready, location)
    assert "Su firma no se registró" in html and "firme de nuevo" in html and "<form" in html


def test_old_refusal_is_forgotten_after_a_new_signature(ready: Browser) -> None:
    """Only what happened since the last signature is told."""
    ready.sign(OPERACIONES, SIGNING)
    intake = ready.dossier().intake
    ready.change(intake=replace(intake, order=replace(intake.order, conditions="Otra tarifa")))
    ready.fold()
    location = ready.sign(OPERACIONES, SIGNING).headers["Location"]
    ready.fold()
    html = _after(ready, location)
    assert "Su firma quedó registrada" in html and "no se registró" not in html


def test_fact_that_was_set_aside_is_told(ready: Browser) -> None:
    """When our own program could not read it, the person is not asked again and again."""
    from expediente import codec
    from expediente.store import Delete
    from expediente.work import Work

    ready.sign(OPERACIONES, SIGNING)
    (fact,) = ready.inbox()
    found = ready.app.store.get("dossier", DOSSIER)
    assert found is not None
    work = Work(ready.app, ready.dossier(), found.version)
    work.record("expediente", "fact_set_aside", event=fact.event_id, reason="ValueError")
    work.writes.append(Delete("inbox", fact.event_id))
    work.commit()
    assert "No se pudo registrar" in _text(ready, since="0")
    assert codec.to_data(ready.dossier())["event_count"] == 1


@pytest.mark.parametrize("since", ["-1", "999999999", "9" * 40, "x", "٣", "1e3", "0"])
def test_odd_query_changes_nothing(ready: Browser, since: str) -> None:
    """The number in the address only chooses what is told."""
    assert "Firmar 4 casillas" in _text(ready, since=since)


def test_boxes_can_be_confirmed_on_the_page_alone(browser: Browser) -> None:
    """Without a tick in the sheet: what was chosen is signed by that person, what was not stays open."""
    put(browser.app, confirming(points={code: assigned() for code in ("P01", "P02")}))
    html = _text(browser)
    assert "Revise y firme lo de Operaciones" in html and html.count('type="checkbox"') == 4
    assert 'href="https://docs.google.com/spreadsheets/d/id-sheet/edit"' in html
    chosen = {"f_operaciones/recibido": "si", "f_operaciones/comprendido": "si", "f_seguridad/recibido": "si"}
    assert browser.sign(OPERACIONES, SIGNING, **chosen).status_code == 303
    browser.fold()
    known = browser.dossier().marks
    assert set(known) == {"operaciones/recibido", "operaciones/comprendido"}
    assert all((c.person, c.evidence, c.from_page) == (OPERACIONES, Evidence.SIGNED, True) for c in known.values())
    steps = {step.key.rsplit("/", 1)[0]: step.args for step in confirm.plan(view_of(browser.app, browser.dossier()))}
    assert steps["tick/operaciones/recibido"]["value"] is True and "tick/seguridad/recibido" not in steps


def test_nothing_chosen_signs_nothing(browser: Browser) -> None:
    """The page comes back and says so."""
    put(browser.app, confirming())
    answer = browser.sign(OPERACIONES, SIGNING)
    assert (answer.status_code, browser.inbox()) == (422, [])
    assert "No marcó ninguna casilla" in unescape(answer.get_data(as_text=True))


def test_box_signed_on_the_page_is_not_taken_for_unticked_before_the_sheet_shows_it(browser: Browser) -> None:
    """Between the signature and its tick in the sheet somebody else's edit is read."""
    put(browser.app, confirming())
    untouched = browser.dossier()
    browser.sign(OPERACIONES, SIGNING, **{"f_operaciones/recibido": "si"})
    browser.fold()
    work = Work(browser.app, browser.dossier(), "1")
    # The sheet as it was: nobody has ticked anything in it.
    browser.app.__dict__["google"].sheets.dossier = untouched
    known = Known(the_process(), work.dossier, frozenset())
    reading = control_sheet.read(browser.app.google.sheets, the_process(), work.dossier)
    confirm.judge(work, known, reading, confirm.Editors((), ""))
    assert work.dossier.marks["operaciones/recibido"].ticked


def test_form_is_not_taken_when_nothing_waits_any_more(ready: Browser) -> None:
    """Whoever unticks everything leaves nothing to sign."""
    fields = ready.form(OPERACIONES, SIGNING)
    ready.change(marks={})
    answer = ready.post(OPERACIONES, SIGNING, fields)
    assert (answer.status_code, ready.inbox()) == (409, [])


def test_open_box_says_what_must_come_first(browser: Browser) -> None:
    """The same words that come back when it is ticked too early."""
    put(browser.app, ticked(confirming(), Evidence.DECLARED, "seguridad/recibido"))
    html = _text(browser, SEGURIDAD, f"/confirmar/{DOSSIER}/seguridad")
    assert html.count(the_process().labels["refused_document"]) == 4
    assert '<button type="submit">Firmar</button>' in html


def test_box_that_needs_a_mail_opens_when_it_has_left(browser: Browser) -> None:
    """Whether the welcome mail was sent is looked up in the outbox."""
    from expediente import codec

    service, path = f"servicio.uno@{DOMAIN}", f"/confirmar/{DOSSIER}/servicio_al_cliente"
    mail = OutgoingMail("m1", DOSSIER, "bienvenida_cliente", "s@x.example.com", (), "", "", "", "", NOW, state="sent")
    put(browser.app, confirming(notices={"bienvenida_cliente": "m1"}))
    told = the_process().labels["refused_mail_sent"]
    assert told in _text(browser, service, path)
    browser.app.store.commit([Create("outbox", "m1", codec.to_data(mail))])
    assert told not in _text(browser, service, path)


def test_own_observation_is_shown(browser: Browser) -> None:
    """An area that has observed reads its own reason."""
    put(
        browser.app,
        waiting_for_signature(observations={"operaciones": Observation("Falta el horario real", OPERACIONES, NOW, 1)}),
    )
    assert "Falta el horario real" in _text(browser)


def test_page_of_an_active_dossier_is_a_record(browser: Browser) -> None:
    """After the closing nothing can be signed, and who confirmed can still be read."""
    put(browser.app, ticked(confirming(state=State.ACTIVE), Evidence.SIGNED, areas=("operaciones",)))
    html = _text(browser)
    assert "El servicio está activo" in html and "<form" not in html and html.count("Firmada") >= 4


def test_person_who_left_the_area_is_refused_by_the_fold_and_told(ready: Browser) -> None:
    """The fold looks at the roles once more; who is no longer of the area does not even see the page."""
    ready.sign(OPERACIONES, SIGNING)
    process = the_process()
    without = tuple(replace(p, roles=()) if p.address == OPERACIONES else p for p in process.company.people)
    ready.app.__dict__["process"] = replace(process, company=replace(process.company, people=without))
    ready.fold()
    assert [event.data["reason"] for event in ready.events() if event.kind == "signature_refused"] == ["role"]
    assert ready.get(OPERACIONES, SIGNING).status_code == 404
