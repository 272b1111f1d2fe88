"""Eva on her page: every request from the menu and by words, figures equal to the ledger, steps back, hostile texts, double sends."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from expediente import codec, eva_talk, ledger, portal_session
from expediente.case_data import Case, CaseState
from expediente.case_rules import case_rules
from expediente.eva_scene import Scene
from expediente.model import State
from expediente.payment_means import means_of
from expediente.portal_data import Conversation
from tests.portal.eva_kit import Talk, case_number
from tests.portal.portal_kit import NOW, PortalApp, Visitor, put_payment
from tests.unit.intake_samples import sample_file

CONVERSATIONS = sample_file()["cartera"]["conversaciones"]
UNKNOWN = "asdkjh qwe"


def finish(talk: Talk) -> str:
    """Answer whatever is still asked until it is sent."""
    answers = {"Omitir": "Omitir", "Sí, autorizo": "Sí, autorizo", "Sí, enviar": "Sí, enviar"}
    for _ in range(12):
        press = next((button for button in talk.buttons if button in answers), "")
        if press:
            talk.press(press)
        elif "Cancelar" in talk.buttons:
            talk.say("Lo que haga falta para el servicio")
        else:
            break
    return talk.said


# --- the sample conversations --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("line", CONVERSATIONS, ids=lambda line: line["mensaje"][:30])
def test_r100_the_sample_conversations_get_their_answers(app: PortalApp, line: dict[str, Any]) -> None:
    """Each line of the sample, said by its client, gets the answer, the case or the refusal that the sample expects."""
    dossiers = {case: app.add_client(case) for case in ("C01", "C02", "C13", "C16")}
    who = app.entered(dossiers[line["usuario"]]) if line["usuario"] else app.visitor()
    talk = Talk(who)
    said = talk.say(line["mensaje"])
    for part in line.get("respuesta_contiene", ()):
        assert part in said
    if line.get("negado"):
        assert "321.00" not in said
        assert "2,889.00" not in said
    if "documento" in line:
        assert line["documento"] in said
        assert talk.link(f"Abrir la {line['documento']}").endswith(f"/facturas/{line['documento']}")
    if line.get("emite") is False:
        assert not app.store.query("issued_of_client", equals=dossiers[line["usuario"]].client_id)
    if "ofrece" in line:
        assert {"Ver el menú", "Hablar con una persona"} <= set(talk.buttons)
    if "resultado" in line or "enruta_a" in line:
        said = finish(talk)
        (fact,) = [fact for fact in app.facts() if fact.payload["what"] == "case"]
        assert fact.payload["kind"] == line["intencion"]
        assert fact.payload["case_id"] == case_number(said)
        if "aumento" in line:
            assert fact.payload["amount"] == line["aumento"]
            assert line["resultado"] in said.lower()
        else:
            assert line["enruta_a"] in said.lower()
    if line.get("crea"):
        assert "¿Cómo se llama su empresa" in said


# --- the menu ------------------------------------------------------------------------------------------------------------------


def test_r100_every_request_is_reached_from_the_menu(app: PortalApp, one: Visitor) -> None:
    """Whoever has entered gets an answer or a question to each button of the menu; what visitors ask is not in it."""
    talk = Talk(one)
    assert len(talk.menu) >= 17
    assert "Quiero ser cliente" not in talk.menu
    rules = app.process.eva
    for label in talk.menu:
        said = talk.press(label)
        assert said not in (rules.texts["not_understood"], rules.texts["old_button"]), label
        if "Cancelar" in talk.buttons:
            assert talk.press("Cancelar") == rules.texts["cancelled"]


def test_r100_unknown_text_returns_the_menu_and_a_person(app: PortalApp, one: Visitor) -> None:
    """What is not understood is said so, with the menu open and a person offered; after the second time the person comes first."""
    talk = Talk(one)
    assert talk.say(UNKNOWN) == app.process.eva.texts["not_understood"]
    assert talk.buttons == ["Ver el menú", "Hablar con una persona"]
    assert '<details class="menu" open>' in one.text("/eva")
    talk.say(UNKNOWN)
    assert talk.buttons == ["Hablar con una persona", "Ver el menú"]


def test_two_requests_in_one_sentence_are_offered_and_not_guessed(one: Visitor) -> None:
    """Between frequency and schedule the client chooses."""
    talk = Talk(one)
    talk.say("frecuencia u horario")
    assert {"Cambiar la frecuencia", "Cambiar el horario"} <= set(talk.buttons)


def test_a_visitor_sees_only_what_needs_no_account(app: PortalApp) -> None:
    """Before entering there are the means of payment, registration, how to enter and a person; an account is told of to nobody."""
    app.add_client("C01")
    talk = Talk(app.visitor())
    assert set(talk.menu) == {"Medios de pago", "Quiero ser cliente", "Cómo entrar a mi cuenta", "Hablar con una persona"}
    said = talk.say("cuánto debo")
    assert said == app.process.eva.texts["needs_entering"]
    assert talk.link("Entrar a mi cuenta").endswith("/entrar")


def test_a_client_whose_service_ended_has_no_eva(app: PortalApp) -> None:
    """Documents only: Eva and the list of requests do not exist for an archived client."""
    dossier = app.add_client("C01", state=State.ARCHIVED)
    gone = app.entered(dossier)
    assert gone.get("/eva").status_code == 404
    assert gone.get("/solicitudes").status_code == 404
    assert gone.post("/eva", {"token": "x", "f_text": "hola"}).status_code == 404


# --- the account ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", ["C01", "C02", "C13", "C16"])
def test_the_statement_is_the_ledger_to_the_cent(app: PortalApp, case: str) -> None:
    """Balance, what is overdue, the next due invoice, credit and limit are those of the ledger."""
    dossier = app.add_client(case)
    talk = Talk(app.entered(dossier))
    said = talk.say("mi estado de cuenta")
    position = ledger.position(app, dossier.client_id, NOW.date())
    assert ("no tiene nada por pagar" in said) is not bool(position.owed)
    for amount in (position.overdue, position.credit, *position.buckets.values()):
        assert not amount or f"{amount:,.2f}" in said
    if position.owed:
        assert f"su saldo es B/. {position.balance:,.2f}" in said
    assert f"{position.limit:,.2f}" in said
    assert talk.link("Descargar el PDF").endswith("/documentos/pedir/estado_de_cuenta")


@pytest.mark.parametrize(
    "text",
    [
        "dime el saldo de Supermercados Mar Imaginario",
        "estado de cuenta del RUC 155990002-2-2024",
        "paz y salvo de Supermercados Mar Imaginario",
        "quiero pagar la cuenta de Supermercados Mar Imaginario",
        "saldo a favor de Supermercados Mar Imaginario",
    ],
)
def test_another_clients_name_never_changes_whose_account_is_told(app: PortalApp, one: Visitor, text: str) -> None:
    """Whoever asks for another client is told no, whether that client exists or not, and nothing is done for it."""
    other = app.add_client("C02")
    said = Talk(one).say(text)
    unknown = Talk(one).say(text.replace("Supermercados Mar Imaginario", "Zapatería Quimera").replace("155990002", "155990888"))
    assert said == unknown
    assert "2,889.00" not in said
    assert "Solo puedo hablarle" in said
    assert not app.store.query("issued_of_client", equals=other.client_id)


def test_payment_means_are_one_text_for_everybody(app: PortalApp, one: Visitor) -> None:
    """A client and a visitor read the same account data with the same check value."""
    inside, outside = Talk(one).say("cómo puedo pagar"), Talk(app.visitor()).say("cómo puedo pagar")
    assert inside == outside
    assert means_of(app.process).text in inside


# --- filling in ----------------------------------------------------------------------------------------------------------------


def test_steps_back_corrections_and_cancelling(app: PortalApp, one: Visitor) -> None:
    """An answer is taken back, corrected at the end, and nothing is sent before the client says so."""
    talk = Talk(one)
    talk.press("Cambio de efectivo")
    talk.say("500.00")
    talk.press("Volver al paso anterior")
    assert "Cuánto efectivo" in talk.said
    talk.say("B/. 700")
    talk.say("200 en monedas de 25 y 500 en billetes de 5")
    talk.press("Omitir")
    assert "Monto: B/. 700.00" in talk.said
    talk.press("No, corregir")
    talk.press("Corregir: Monto")
    assert "Monto: B/. 800.00" in talk.say("800")
    assert not app.facts()
    talk.press("Cancelar")
    assert talk.said == app.process.eva.texts["cancelled"]
    assert not app.facts()


def test_a_case_has_its_number_role_and_due_day_at_once(app: PortalApp, one: Visitor) -> None:
    """Sent, the request shows in the list before anybody has looked at it, and opens by its number."""
    talk = Talk(one)
    talk.say("quiero 20 bolsas y 20 precintos más")
    number = case_number(finish(talk))
    page = one.text("/solicitudes")
    assert number in page
    assert "01/07/2027" in page
    assert one.get(f"/solicitudes/{number}").status_code == 200


def test_a_button_pressed_twice_sends_one_case(app: PortalApp, one: Visitor) -> None:
    """The same form sent again, as by a double press, opens no second case and says that the button is gone."""
    talk = Talk(one)
    talk.say("quiero 20 bolsas y 20 precintos más")
    talk.press("Omitir")
    page = talk.page()
    fields = {"token": page.token, "f_pick": "c:yes"}
    assert [one.post("/eva", fields).status_code for _ in range(3)] == [303, 303, 303]
    assert len([fact for fact in app.facts() if fact.payload["what"] == "case"]) == 1
    assert talk.said == app.process.eva.texts["old_button"]


def test_a_death_before_the_conversation_is_kept_sends_one_case(app: PortalApp, one: Visitor) -> None:
    """The case was stored and the process died: pressed again from the same conversation it is the same case with the same number."""
    talk = Talk(one)
    talk.say("quiero 20 bolsas y 20 precintos más")
    talk.press("Omitir")
    read = app.store.get("conversation", app.store.query("old_sessions", until=NOW + timedelta(days=30))[0].key)
    assert read is not None
    before = codec.from_data(Conversation, read.data)
    who = portal_session.entered(app, next(iter(one.cookies.values())), app.clock.now())
    scene = Scene(app, who, app.clock.now())
    after = [eva_talk.take(scene, before, "", "c:yes") for _ in range(2)]
    assert case_number(after[0].turns[-1].text) == case_number(after[1].turns[-1].text)
    assert len([fact for fact in app.facts() if fact.payload["what"] == "case"]) == 1


def test_a_case_of_another_client_does_not_exist(one: Visitor, two: Visitor) -> None:
    """The number of another client's request answers like one that was never given."""
    talk = Talk(one)
    talk.say("quiero 20 bolsas y 20 precintos más")
    number = case_number(finish(talk))
    assert two.get(f"/solicitudes/{number}").status_code == 404
    assert two.get("/solicitudes/K0000000").status_code == 404
    assert number not in two.text("/solicitudes")


@pytest.mark.parametrize(
    "text", ["0", "0.00", "-5", "1.234", "1e9", "999999999999", "NaN", "cien", "", "100.01", "B/. 100 y 200"]
)
def test_amounts_that_cannot_be_are_refused_with_a_sentence(app: PortalApp, text: str) -> None:
    """A refund of nothing, of less, of more than the credit, or of what is no amount is asked for again; nothing is kept."""
    talk = Talk(app.entered(app.add_client("C16")))
    talk.say("devolución")
    before = talk.said
    said = talk.say(text)
    assert said == before if not text else "Puede pedir hasta B/. 100.00" in said
    assert talk.said.count("\n") >= 1
    assert not app.facts()


def test_a_refund_first_covers_what_is_owed(app: PortalApp) -> None:
    """Credit beside a debt: only the rest may come back, and without a rest nothing."""
    dossier = app.add_client("C01")
    put_payment(app, dossier.client_id, "ACH-1", NOW.date(), Decimal("400.00"), {})
    talk = Talk(app.entered(dossier))
    assert "quedan B/. 79.00" in talk.say("quiero mi saldo a favor")
    owing = app.add_client("C13")
    put_payment(app, owing.client_id, "ACH-2", NOW.date(), Decimal("10.00"), {})
    talk = Talk(app.entered(owing))
    assert "primero se cubre lo que debe" in talk.say("quiero mi saldo a favor")
    assert "Cancelar" not in talk.buttons


def test_a_refund_asks_for_the_account_and_opens_its_case_too(app: PortalApp) -> None:
    """Without an approved account the refund asks for one: two cases, the account in the client's own name."""
    talk = Talk(app.entered(app.add_client("C16")))
    talk.say("Quiero que me devuelvan los 100 que pagué de más")
    for answer in ("Banco Imaginario", "Ahorros", "04-55-1"):
        talk.say(answer)
    finish(talk)
    kinds = {fact.payload["kind"]: fact.payload for fact in app.facts()}
    assert set(kinds) == {"devolucion_saldo_a_favor", "actualizacion_datos_bancarios"}
    assert kinds["devolucion_saldo_a_favor"]["amount"] == "100.00"
    assert kinds["actualizacion_datos_bancarios"]["said"]["account_holder"].startswith("Cliente C16")


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("Necesito aumentar el cupo a B/. 9,500", "1500.00"),
        ("aumentar mi cupo en 500", "500.00"),
        ("quiero 1,000 más de cupo", "1000.00"),
    ],
)
def test_a_raise_is_told_as_a_total_or_as_so_much_more(app: PortalApp, two: Visitor, text: str, amount: str) -> None:
    """`a 9,500` is the new limit, `en 500` and `1,000 más` are added to the present one."""
    talk = Talk(two)
    assert "Su cupo hoy es B/. 8,000.00 y usa B/. 2,889.00 (36.11 %)" in talk.say(text)
    finish(talk)
    (fact,) = [fact for fact in app.facts() if fact.payload["what"] == "case"]
    assert fact.payload["amount"] == amount


def test_credit_without_consent_goes_no_further(app: PortalApp, two: Visitor) -> None:
    """Who does not let the history be looked at is told so, and nothing is sent."""
    talk = Talk(two)
    talk.say("Necesito aumentar el cupo a B/. 9,500")
    talk.press("Omitir")
    assert "Sin su autorización" in talk.press("No autorizo")
    assert not app.facts()


def test_what_was_told_of_the_account_does_not_travel_with_a_request_for_bags(app: PortalApp, one: Visitor) -> None:
    """A case takes along what was said of it alone; a person who was asked for gets the whole conversation."""
    talk = Talk(one)
    talk.say("cuánto debo")
    app.hand_clock.at += timedelta(seconds=9)
    talk.say("quiero 20 bolsas y 20 precintos más")
    finish(talk)
    talk.say("quiero hablar con una persona")
    talk.say("No me queda claro")
    cases = {fact.payload["kind"]: fact.payload["transcript"] for fact in app.facts() if fact.payload["what"] == "case"}
    assert not any("321.00" in turn["text"] for turn in cases["solicitud_de_insumos"])
    assert any("321.00" in turn["text"] for turn in cases["persona"])


def test_no_more_is_taken_than_the_dossier_will_keep(app: PortalApp, one: Visitor) -> None:
    """With as many requests waiting as a client may have, the next one is refused with a sentence and not stored."""
    most = case_rules(app.process.folder).limits.open_per_client
    talk = Talk(one)
    for number in range(most + 1):
        talk.press("Hablar con una persona")
        talk.say(f"Consulta {number}")
    assert "muchas solicitudes en espera" in talk.said
    assert len(app.facts()) == most


def test_a_settled_request_asks_once_how_it_was_served(app: PortalApp, one: Visitor) -> None:
    """When it was answered Eva leads to the answer and its optional question; rated once, it is asked no more."""
    dossier = app.dossier(next(iter(app.store.query("dossiers_by_state", equals="active"))).key)
    case = Case("KAAAAAA1", "persona", {"text": "x"}, NOW, state=CaseState.DONE, answered_at=NOW, closed_at=NOW)
    app.change(dossier.dossier_id, cases={case.case_id: case})
    talk = Talk(one)
    assert "KAAAAAA1" in talk.said
    path = talk.link("Leer la respuesta y calificar")
    assert one.send(path, {"score": "6"}).status_code == 303
    assert not app.facts()
    for score in ("4", "1"):
        fields = {**one.forms(path)[0].fields} if one.forms(path) else {"token": "x"}
        one.post(path, {**fields, "f_score": score})
    (fact,) = app.facts()
    assert fact.payload == {"what": "satisfaction", "case_id": "KAAAAAA1", "score": 4}
    app.change(dossier.dossier_id, cases={case.case_id: replace(case, satisfaction=4)})
    assert "KAAAAAA1" not in Talk(app.entered(app.dossier(dossier.dossier_id))).said


# --- data of the client --------------------------------------------------------------------------------------------------------


def code_of(app: PortalApp, address: str) -> str:
    """The code in the last mail to an address."""
    text = [mail for mail in app.mails() if address in mail.to][-1].text
    found = re.search(r"\b[0-9]{6}\b", text)
    assert found
    return found[0]


def asks_for_new_address(app: PortalApp, person: Visitor, address: str = "nueva@cliente.example.com") -> Talk:
    """A client who wants another contact address and has got the code."""
    talk = Talk(person)
    talk.say("cancelar")
    talk.say("quiero actualizar mis datos")
    talk.press("Correo de contacto")
    assert "Enviamos un código" in talk.say(address)
    return talk


def test_a_new_address_counts_with_the_code_that_was_sent_there(app: PortalApp, one: Visitor) -> None:
    """The code goes to the new address; a wrong one is refused; the right one changes the contact, and the old address is told."""
    talk = asks_for_new_address(app, one)
    code = code_of(app, "nueva@cliente.example.com")
    assert "Ese código no es" in talk.say(f"{(int(code) + 1) % 1_000_000:06d}")
    assert not app.facts()
    talk.say(code)
    assert "nueva@cliente.example.com" in talk.said
    talk.press("Sí, enviar")
    (fact,) = app.facts()
    assert fact.payload == {"what": "contact", "said": {"client.contact.email": "nueva@cliente.example.com"}}
    assert [mail.kind for mail in app.mails() if one.address in mail.to] == ["portal_contacto_cambiado"]


def test_a_code_is_good_for_its_minutes_and_a_few_tries(app: PortalApp, one: Visitor) -> None:
    """After five wrong codes, or when its time is over, the right one is refused too; another hour gives another code."""
    talk = asks_for_new_address(app, one)
    code = code_of(app, "nueva@cliente.example.com")
    for _ in range(app.process.eva.limits.code_tries):
        talk.say("000001" if code != "000001" else "000002")
    assert "venció o se usó muchas veces" in talk.say(code)
    talk = asks_for_new_address(app, one)
    app.hand_clock.at += timedelta(minutes=app.process.eva.limits.code_minutes)
    assert "venció o se usó muchas veces" in talk.say(code_of(app, "nueva@cliente.example.com"))
    assert not app.facts()


def test_codes_are_sent_a_few_times_an_hour(app: PortalApp, one: Visitor) -> None:
    """Nobody floods a mailbox through Eva."""
    most = app.process.eva.limits.codes_an_hour
    for number in range(most):
        asks_for_new_address(app, one, f"nueva{number}@cliente.example.com")
    talk = Talk(one)
    talk.say("cancelar")
    talk.say("quiero actualizar mis datos")
    talk.press("Correo de contacto")
    assert "Ya enviamos varios códigos" in talk.say("otra@cliente.example.com")
    assert len([mail for mail in app.mails() if mail.kind == "portal_codigo"]) == most


def test_a_phone_is_changed_and_legal_data_become_a_case(app: PortalApp, one: Visitor) -> None:
    """A phone that cannot be one is refused, a good one is a fact of the contact; the legal name is for people to decide."""
    talk = Talk(one)
    talk.say("cambiar teléfono")
    talk.press("Teléfono de contacto")
    assert "Ese teléfono no parece completo" in talk.say("12")
    talk.say("6612-3456")
    talk.press("Sí, enviar")
    talk.say("cambiamos de representante legal")
    talk.press("Datos legales o del representante")
    talk.press("Nombre del representante legal")
    talk.say("Aurora Batista Nueva")
    assert "Los datos legales pasan por una revisión" in finish(talk)
    facts = {fact.payload["what"]: fact.payload for fact in app.facts()}
    assert facts["contact"]["said"] == {"client.contact.phone": "+50766123456"}
    assert facts["case"]["kind"] == "actualizacion_datos_legales"
    assert facts["case"]["said"] == {"representative.name": "Aurora Batista Nueva"}
