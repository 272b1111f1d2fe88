"""Cases on the company's side: R103 approval, R104 refunds, R120 answers by a person. As named employees over HTTP."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from expediente import cases, codec, follow_up, ledger
from expediente.case_data import CaseState
from expediente.case_rules import case_rules
from expediente.change_data import ChangeState
from expediente.ledger_data import MovementKind
from expediente.model import State
from tests.portal.cases_kit import BANK, CARTERA, OTHER, Desk
from tests.unit.page_kit import CUMPLIMIENTO, EXPEDIENTES, OPERACIONES, Proxy

REFUND, ACCOUNT, LEGAL = "devolucion_saldo_a_favor", "actualizacion_datos_bancarios", "actualizacion_datos_legales"
ZERO = Decimal("0.00")


@pytest.fixture
def desk(tmp_path: Path, proxy: Proxy) -> Desk:
    """Case C16, which has paid 635 for an invoice of 535."""
    return Desk(tmp_path, proxy, "C16")


# --- R104: refunds -------------------------------------------------------------------------------------------------------------


def test_r104_refund_needs_two_persons_and_balances_the_ledger(desk: Desk) -> None:
    """Two named persons of Cartera sign; only then the credit is given back, once, and the client reads it in its mail."""
    desk.has_account()
    case_id = desk.ask(REFUND, "100.00")
    desk.decide(CARTERA, case_id)
    assert (desk.case(case_id).state, desk.position.credit) == (CaseState.FIRST_SIGNED, Decimal("100.00"))
    told = desk.outcome(CARTERA, "decidir_caso", case_id, desk.decide(CARTERA, case_id))
    assert "La segunda firma la pone otra persona" in told and desk.case(case_id).state is CaseState.FIRST_SIGNED
    page = desk.read(OTHER, "decidir_caso", case_id)
    assert "Zuleika Cortés Navarro" in page and "04-72-00-123456-7" in page
    desk.decide(OTHER, case_id)
    assert (desk.case(case_id).state, desk.position.credit, desk.position.balance) == (CaseState.DONE, ZERO, ZERO)
    desk.app.fold(desk.key)
    (told,) = desk.mails_of("caso_resuelto_cliente", case_id)
    assert "B/. 100.00" in told and "su estado de cuenta ya la muestra" in told


def test_r104_a_double_click_and_both_at_once_pay_once(desk: Desk) -> None:
    """Both send twice what they read before anybody had signed: one signature counts, the other person looks again and signs."""
    desk.has_account()
    case_id = desk.ask(REFUND, "100.00")
    path, said = desk.path("decidir_caso", case_id), {"f_decision": "approved"}
    forms = {who: desk.pages.form(who, path) | said for who in (CARTERA, OTHER)}
    for who in (CARTERA, OTHER, CARTERA, OTHER):
        desk.pages.post(who, path, forms[who])
    desk.app.fold(desk.key)
    assert (desk.case(case_id).state, desk.position.credit) == (CaseState.FIRST_SIGNED, Decimal("100.00"))
    second = OTHER if desk.case(case_id).decisions[-1].by == CARTERA else CARTERA
    form = desk.pages.form(second, path) | said
    for _ in range(3):
        desk.pages.post(second, path, form)
    desk.app.fold(desk.key)
    assert (desk.case(case_id).state, desk.position.credit, desk.position.balance) == (CaseState.DONE, ZERO, ZERO)
    refunds = [one for one in desk.movements() if one.kind is MovementKind.REFUND]
    assert [(one.reference, one.amount) for one in refunds] == [(case_id, Decimal("100.00"))]


@pytest.mark.parametrize("amount", ["100.01", "0.00", "-5.00", "1e3", "100.005", "999999999999.00", None])
def test_r104_no_more_than_the_credit_is_taken_up(desk: Desk, amount: str | None) -> None:
    """Beyond the credit of the moment, and whatever is no amount, the case ends at once with a sentence and nobody signs."""
    desk.has_account()
    case_id = desk.ask(REFUND, amount)
    assert desk.case(case_id).state is CaseState.REFUSED and desk.position.credit == Decimal("100.00")
    (told,) = desk.mails_of("caso_resuelto_cliente", case_id)
    assert ("mayor que su saldo a favor" if amount in ("100.01", "999999999999.00") else "El monto no es válido") in told
    assert desk.pages.get(CARTERA, desk.path("decidir_caso", case_id)).status_code == 404
    assert desk.mails_of("caso_por_atender", case_id) == []


def test_r104_two_requests_do_not_ask_for_the_same_credit(desk: Desk) -> None:
    """What an open case asks is not there for another one; once it is refused, it is."""
    desk.has_account()
    first = desk.ask(REFUND, "60.00")
    assert desk.case(desk.ask(REFUND, "60.00")).state is CaseState.REFUSED
    assert desk.case(desk.ask(REFUND, "40.00")).state is CaseState.WAITING
    desk.decide(CARTERA, first, "refused", "El cliente llamó y la retira.")
    assert desk.case(desk.ask(REFUND, "60.00")).state is CaseState.WAITING


def test_r104_credit_that_has_paid_an_invoice_is_not_given_back(desk: Desk) -> None:
    """Between the first and the second signature a new invoice takes the credit: the second is refused with its reason."""
    desk.has_account()
    case_id = desk.ask(REFUND, "100.00")
    desk.decide(CARTERA, case_id)
    desk.invoice("FE-0000900", "50.00")
    assert desk.position.refundable == Decimal("50.00")
    told = desk.outcome(OTHER, "decidir_caso", case_id, desk.decide(OTHER, case_id))
    assert "no alcanza" in told and desk.case(case_id).state is CaseState.FIRST_SIGNED
    desk.decide(OTHER, case_id, "refused", "Su saldo pagó la factura FE-0000900.")
    assert (desk.case(case_id).state, desk.position.credit) == (CaseState.REFUSED, Decimal("100.00"))


def test_r104_only_to_an_account_that_two_persons_approved(desk: Desk) -> None:
    """Without an approved account of the client nobody can sign; the last approved one is shown, the one before is kept."""
    case_id = desk.ask(REFUND, "10.00")
    told = desk.outcome(CARTERA, "decidir_caso", case_id, desk.decide(CARTERA, case_id))
    assert "no tiene una cuenta aprobada" in told
    old = desk.has_account()
    new = desk.ask(ACCOUNT, said={**BANK, "account_number": "99-00-1"})
    assert BANK["account_number"] in desk.read(CARTERA, "decidir_caso", case_id)
    desk.decide(CARTERA, new)
    assert BANK["account_number"] in desk.read(CARTERA, "decidir_caso", case_id)
    desk.decide(OTHER, new)
    assert "99-00-1" in desk.read(CARTERA, "decidir_caso", case_id)
    assert desk.case(old).said["account_number"] == BANK["account_number"]


def test_r104_a_signature_is_taken_back_by_whoever_gave_it(desk: Desk) -> None:
    """Before the second signature the first person withdraws; nobody else can; two are needed again."""
    desk.has_account()
    case_id = desk.ask(REFUND, "100.00")
    desk.decide(CARTERA, case_id)
    assert desk.pages.get(OTHER, desk.path("retirar_firma_caso", case_id)).status_code == 404
    desk.sign(CARTERA, "retirar_firma_caso", case_id)
    assert desk.case(case_id).state is CaseState.WAITING
    desk.decide(OTHER, case_id)
    assert (desk.case(case_id).state, desk.position.credit) == (CaseState.FIRST_SIGNED, Decimal("100.00"))
    assert len(desk.mails_of("caso_segunda_firma", case_id)) == 2


def test_r104_a_refund_that_entered_the_ledger_before_a_death_is_not_made_again(desk: Desk) -> None:
    """The process dies after the ledger's commit and before the dossier's: the next one finds the refund by its number."""
    desk.has_account()
    case_id = desk.ask(REFUND, "100.00")
    desk.decide(CARTERA, case_id)
    desk.pages.sign(OTHER, desk.path("decidir_caso", case_id), f_decision="approved")
    ledger.refund(desk.app, desk.dossier.client_id, case_id, Decimal("100.00"), desk.app.clock.now().date())
    desk.app.fold(desk.key)
    assert (desk.case(case_id).state, desk.position.credit, desk.position.balance) == (CaseState.DONE, ZERO, ZERO)


# --- R103: data ----------------------------------------------------------------------------------------------------------------


def test_r103_legal_data_wait_for_cumplimiento_and_the_old_value_stays(desk: Desk) -> None:
    """A new name is a change that Cumplimiento alone decides and sees; until then every page says the old one."""
    old = desk.dossier.intake.client.legal_name
    case_id = desk.ask(LEGAL, said={"client.legal_name": "Nombre Nuevo, S.A.", "reason": "Cambio de razón social"})
    assert desk.dossier.intake.client.legal_name == old
    change_id = desk.case(case_id).change_id
    assert desk.dossier.changes[change_id].state is ChangeState.REQUESTED
    path = f"/acto/{desk.key}/decidir_modificacion_legal/{change_id}"
    assert [desk.pages.get(who, path).status_code for who in (CARTERA, EXPEDIENTES, CUMPLIMIENTO)] == [404, 404, 200]
    assert "Nombre Nuevo" not in desk.pages.get(EXPEDIENTES, f"/expediente/{desk.key}").get_data(as_text=True)
    desk.approve_change(change_id)
    assert desk.dossier.intake.client.legal_name == "Nombre Nuevo, S.A."
    assert desk.case(case_id).state is CaseState.APPROVED
    version = desk.app.store.get("version", f"{desk.key}/0001")
    assert version is not None and version.data["intake"]["client"]["legal_name"] == old
    assert "ya lo muestra" in desk.mails_of("caso_resuelto_cliente", case_id)[0]


def test_r103_what_no_client_may_change_is_refused(desk: Desk) -> None:
    """The RUC, or what is the same as before, opens no change; the case ends with a sentence."""
    for said in ({"client.ruc": "1-2-3"}, {"client.legal_name": desk.dossier.intake.client.legal_name}, {}):
        case_id = desk.ask(LEGAL, said=said)
        assert desk.case(case_id).state is CaseState.REFUSED
    assert desk.dossier.changes == {}


def test_r103_a_proved_contact_counts_at_once_and_the_old_one_is_kept(desk: Desk) -> None:
    """The new address enters the portal, the old one does not any more; the data before stay as a version."""
    old = desk.dossier.portal_email
    desk.fact("contact", said={"client.contact.email": "nueva@cliente.example.com", "client.legal_name": "Otro"})
    assert desk.dossier.intake.client.contact.email == "nueva@cliente.example.com" != old
    assert desk.dossier.intake.client.legal_name != "Otro"
    assert desk.app.store.get("version", f"{desk.key}/0001") is not None
    desk.fact("contact", said={"client.contact.email": "nueva@cliente.example.com"}, event_id="again")
    assert len(desk.dossier.changes) == 1


# --- R120: a person ------------------------------------------------------------------------------------------------------------


def test_r120_a_conversation_becomes_a_case_that_a_person_answers(desk: Desk) -> None:
    """Cartera reads what was said to Eva, has a day for it, and its words reach the client's mailbox once."""
    turns = [
        {"who": "client", "text": "Necesito <b>hablar</b> con alguien", "at": codec.stamp(desk.app.clock.now())},
        {"who": "eva", "text": "Le paso con una persona.", "at": codec.stamp(desk.app.clock.now())},
    ]
    case_id = desk.ask("persona", said={"text": "Una factura que no entiendo"}, transcript=turns)
    page = desk.read(CARTERA, "responder_caso", case_id)
    assert "Cliente: Necesito <b>hablar</b> con alguien" in page and "Eva: Le paso con una persona." in page
    raw = desk.pages.get(CARTERA, desk.path("responder_caso", case_id)).get_data(as_text=True)
    assert "<b>hablar</b>" not in raw
    (asked,) = desk.mails_of("caso_por_atender", case_id)
    (received,) = desk.mails_of("caso_recibido_cliente", case_id)
    # Wednesday evening: nine working hours end with Thursday.
    assert "jueves 1 de julio" in asked and "jueves 1 de julio" in received
    desk.sign(OTHER, "responder_caso", case_id, outcome="done", text="La factura es de mayo.\nLlámenos cuando quiera.")
    assert desk.case(case_id).state is CaseState.DONE and desk.case(case_id).answered_at == desk.app.clock.now()
    (told,) = desk.mails_of("caso_resuelto_cliente", case_id)
    assert "La factura es de mayo." in told and case_id in told


def test_r120_each_request_goes_to_its_own_area(desk: Desk) -> None:
    """Operaciones decides a frequency, answers supplies; Cartera cannot; an approved change is asked for by the vendedora."""
    supplies = desk.ask("solicitud_de_insumos", said={"text": "20 bolsas y 20 precintos"})
    frequency = desk.ask("cambio_de_frecuencia", said={"text": "También los domingos"})
    assert desk.pages.get(CARTERA, desk.path("responder_caso", supplies)).status_code == 404
    waits = {
        task.found.act: follow_up.role_of(task) for task in follow_up.waiting(desk.app.process, desk.dossier) if task.found.act
    }
    assert waits == {f"responder_caso/{supplies}": "operaciones", f"decidir_caso/{frequency}": "operaciones"}
    desk.sign(OPERACIONES, "responder_caso", supplies, outcome="done", text="Van mañana.")
    desk.decide(OPERACIONES, frequency)
    assert (desk.case(supplies).state, desk.case(frequency).state) == (CaseState.DONE, CaseState.APPROVED)
    assert len(desk.mails_of("solicitud_a_modificacion", frequency)) == 1
    assert not any(task.found.act for task in follow_up.waiting(desk.app.process, desk.dossier))


def test_r120_what_waits_ends_with_the_service_and_the_client_hears_it(desk: Desk) -> None:
    """An archived client's open cases end; nothing waits for anybody, and one mail says so."""
    case_id = desk.ask("persona", said={"text": "Una pregunta"})
    desk.app.change(desk.key, state=State.ARCHIVED)
    desk.app.fold(desk.key)
    desk.app.fold(desk.key)
    assert desk.case(case_id).state is CaseState.WITHDRAWN
    (told,) = desk.mails_of("caso_resuelto_cliente", case_id)
    assert "El servicio terminó" in told
    assert desk.pages.get(CARTERA, desk.path("responder_caso", case_id)).status_code == 404


def test_r120_each_person_finds_what_clients_ask_of_its_role_on_its_page(desk: Desk) -> None:
    """Cartera and Operaciones each read their own on the first page, with the way to settle it; once settled it is gone."""
    person, supplies = (
        desk.ask("persona", said={"text": "Una pregunta"}),
        desk.ask("solicitud_de_insumos", said={"text": "20 bolsas"}),
    )
    desk.count()
    seen = {who: desk.pages.get(who, "/").get_data(as_text=True) for who in (CARTERA, OPERACIONES, EXPEDIENTES)}
    assert [desk.path("responder_caso", person) in html for html in seen.values()] == [True, False, False]
    assert [desk.path("responder_caso", supplies) in html for html in seen.values()] == [False, True, False]
    desk.sign(CARTERA, "responder_caso", person, outcome="done", text="Listo.")
    assert person not in desk.pages.get(CARTERA, "/").get_data(as_text=True)


def test_r120_the_page_of_the_dossier_shows_cases_to_who_may_read_them(desk: Desk) -> None:
    """Expedientes reads number and state, Operaciones its own with the way to settle it, of legal data nobody reads a word there."""
    refund, supplies = desk.ask(REFUND, "100.00"), desk.ask("solicitud_de_insumos", said={"text": "20 bolsas"})
    legal = desk.ask(LEGAL, said={"client.legal_name": "Nombre Nuevo, S.A."})
    page = f"/expediente/{desk.key}"
    seen = {who: desk.pages.get(who, page).get_data(as_text=True) for who in (EXPEDIENTES, OPERACIONES, CUMPLIMIENTO)}
    assert [case in seen[EXPEDIENTES] for case in (refund, supplies, legal)] == [True, True, False]
    assert [case in seen[OPERACIONES] for case in (refund, supplies, legal)] == [False, True, False]
    assert (
        desk.path("responder_caso", supplies) in seen[OPERACIONES]
        and desk.path("responder_caso", supplies) not in seen[EXPEDIENTES]
    )
    assert not [
        who for who, html in seen.items() if "100.00" in html or "Nombre Nuevo" in html.partition("Casos del portal")[2][:2000]
    ]


# --- hostile and odd -----------------------------------------------------------------------------------------------------------


def test_the_same_case_twice_is_one_and_odd_facts_change_nothing(desk: Desk) -> None:
    """A repeated fact, an unknown kind, a number that is none and a `what` that nobody knows leave the cases as they are."""
    case_id = desk.ask("soporte", said={"text": "Hola"})
    desk.fact("case", event_id="again", case_id=case_id, kind="soporte", said={"text": "Otra cosa"})
    desk.fact("case", case_id=cases.new_case_id(), kind="inventado", said={})
    desk.fact("case", case_id="K-no-vale", kind="soporte", said={})
    desk.fact("salto", code="x")
    assert {key: one.said for key, one in desk.dossier.cases.items()} == {case_id: {"text": "Hola"}}


def test_a_payment_that_does_not_agree_becomes_a_case_of_cartera(desk: Desk) -> None:
    """Once however often it is told; a forged notice is only noted. Cartera reads which payment and why, and answers."""
    for _ in range(2):
        desk.fact("payment_refused", event_id="one", order_id="C01ORDER0000001", reason="monto_no_coincide")
    desk.fact("payment_refused", order_id="C01ORDER0000001", reason="firma_invalida")
    (one,) = desk.dossier.cases.values()
    assert one.kind == cases.PAYMENT and one.said["order"] == "C01ORDER0000001"
    assert "C01ORDER0000001" in desk.read(CARTERA, "responder_caso", one.case_id)
    desk.sign(CARTERA, "responder_caso", one.case_id, outcome="done", text="Se acreditó lo que llegó.")
    assert desk.case(one.case_id).closed_at is not None


def test_a_client_that_asks_without_end_is_bounded(desk: Desk) -> None:
    """Beyond the table's number of open cases each is refused with its reason; texts and conversations are cut."""
    limits = case_rules(desk.app.process.folder).limits
    turns = [{"who": "client", "text": "x" * 2000, "at": codec.stamp(desk.app.clock.now())}] * 60
    for _ in range(limits.open_per_client + 3):
        desk.ask("soporte", said={f"k{n}": "y" * 5000 for n in range(50)}, transcript=turns)
    assert len(cases.open_cases(desk.dossier)) == limits.open_per_client
    beyond = [one for one in desk.dossier.cases.values() if one.state is CaseState.REFUSED]
    assert len(beyond) == 3 and {one.decisions[-1].reason for one in beyond} == {"too_many"}
    one = next(iter(desk.dossier.cases.values()))
    assert (len(one.transcript), len(one.transcript[0].text), len(one.said)) == (limits.turns, limits.letters, limits.fields)


def test_satisfaction_counts_once_and_only_of_what_has_ended(desk: Desk) -> None:
    """The first answer from 1 to 5 after the end stays."""
    case_id = desk.ask("soporte", said={"text": "Hola"})
    desk.fact("satisfaction", case_id=case_id, score=5)
    assert desk.case(case_id).satisfaction == 0
    desk.sign(f"servicio.uno@{CARTERA.partition('@')[2]}", "responder_caso", case_id, outcome="done", text="Listo.")
    for score in (9, 4, 1):
        desk.fact("satisfaction", event_id=f"s{score}", case_id=case_id, score=score)
    assert desk.case(case_id).satisfaction == 4


def test_no_event_tells_what_a_client_said(desk: Desk) -> None:
    """The chain holds numbers of cases and outcomes, no text, amount or address."""
    desk.has_account()
    case_id = desk.ask(REFUND, "100.00", {"text": "mi cuñado Fulano"})
    desk.decide(CARTERA, case_id, "refused", "Falta la carta del banco")
    events = repr([read.data for read in desk.app.store.query("events_of_dossier", equals=desk.key, limit=1000)])
    assert not [word for word in ("Fulano", "100.00", "Falta", BANK["account_number"], CARTERA, "@cliente") if word in events]
    assert case_id in events
