"""The pages of payments: what may be chosen, what is refused with which sentence, what is begun once, who sees what."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from expediente import ledger
from expediente.gateway import GatewayError, OrderTakenError, Start, StartKind
from expediente.ledger_data import Movement, MovementKind
from expediente.model import State
from expediente.payment_means import means_of
from expediente.portal_data import OrderState
from expediente.store import Update
from local.person import forms_of
from tests.pdf_text import text_of
from tests.portal.payment_kit import Counter, begin, confirm, sent_to
from tests.portal.portal_kit import PortalApp, Visitor

OLDEST, MIDDLE, NEWEST = "FE-0000090", "FE-0000120", "FE-0000170"


@pytest.fixture
def counter(app: PortalApp) -> Counter:
    """Where clients pay."""
    return Counter(app)


@pytest.fixture
def debtor(app: PortalApp, counter: Counter) -> Visitor:
    """The contact of case C13, inside: owes 1605.00, 1605.00 and 800.00, all overdue."""
    return app.entered(app.add_client("C13"))


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ("0", "mayor que cero"),
        ("0.00", "mayor que cero"),
        ("-5", "no puede ser negativo"),
        ("B/. -5.00", "no puede ser negativo"),
        ("10.005", "dos decimales"),
        ("1,000.0001", "dos decimales"),
        ("0.99", "más pequeño"),
        ("50000.01", "más grande"),
        ("999999999999", "más grande"),
        ("9" * 60, "con números"),
        ("1.000,50", "con números"),
        ("1e3", "con números"),
        ("NaN", "con números"),
        ("cien", "con números"),
        ("<script>", "con números"),
        ("١٢", "con números"),
        ("", "Elija al menos una factura"),
    ],
)
def test_an_amount_that_cannot_be_is_refused_with_a_sentence(
    debtor: Visitor, counter: Counter, written: str, sentence: str
) -> None:
    """Nothing is begun and the page says what to write instead."""
    answer = debtor.send("/pagos", {"amount": written, "method": "tarjeta"}, action="/pagos")
    assert answer.status_code == 422 and sentence in answer.get_data(as_text=True)
    assert not counter.asked.asked and not debtor.app.facts()


@pytest.mark.parametrize(
    ("numbers", "amount", "pays"),
    [
        ((NEWEST,), "", {NEWEST: "800.00"}),
        ((OLDEST, NEWEST), "", {OLDEST: "1605.00", NEWEST: "800.00"}),
        ((), "2000", {OLDEST: "1605.00", MIDDLE: "395.00"}),
        ((NEWEST,), "1000.00", {NEWEST: "800.00", OLDEST: "200.00"}),
        ((NEWEST,), "500", {NEWEST: "500.00"}),
        ((), "4,010.00", {OLDEST: "1605.00", MIDDLE: "1605.00", NEWEST: "800.00"}),
    ],
)
def test_what_is_shown_is_what_is_paid(
    app: PortalApp, debtor: Visitor, counter: Counter, numbers: tuple[str, ...], amount: str, pays: dict[str, str]
) -> None:
    """Marked ones first, then the oldest: the page says how much of each, and after the gateway's word each has that much less."""
    client_id = next(read.data["client_id"] for read in app.store.query("dossiers_by_state", equals="active"))
    before = {item.number: item.balance for item in ledger.position(app, client_id, app.clock.now().date()).items}
    shown = debtor.send(
        "/pagos", {**{f"item_{n}": "si" for n in numbers}, "amount": amount, "method": "tarjeta"}, action="/pagos"
    )
    text = shown.get_data(as_text=True)
    assert all(f"<dt>{number}</dt><dd>B/. {Decimal(part):,.2f}</dd>" in text for number, part in pays.items())
    sent = sent_to(confirm(debtor, shown))
    counter.tell(sent["order"], "approved", sent["amount"])
    items = {number: ledger.item(app, client_id, number) for number in before}
    paid = {
        number: str(before[number] - item.balance) for number, item in items.items() if item and item.balance != before[number]
    }
    assert paid == pays


def test_paying_all_needs_no_marks(debtor: Visitor) -> None:
    """The button pays everything that is open, whatever is marked or written."""
    form = next(form for form in debtor.forms("/pagos") if form.action.endswith("/pagos"))
    answer = debtor.post("/pagos", {**form.fields, "f_amount": "1", "f_method": "tarjeta", "decision": "all"})
    assert "Va a pagar B/. 4,010.00" in answer.get_data(as_text=True)


def test_more_than_is_owed_is_said_and_becomes_credit(app: PortalApp, debtor: Visitor, counter: Counter) -> None:
    """The excess is told before; afterwards it is in the client's favour and stands on the receipt."""
    shown = debtor.send("/pagos", {"amount": "4100", "method": "tarjeta"}, action="/pagos")
    assert "B/. 90.00 quedan como saldo a su favor" in shown.get_data(as_text=True)
    sent = sent_to(confirm(debtor, shown))
    counter.tell(sent["order"], "approved", "4100.00")
    assert "Saldo a su favor" in debtor.text(f"/pagos/{sent['order']}")
    receipt = next(mail for mail in app.mails() if mail.kind == "pago_recibido")
    assert "B/. 90.00" in receipt.text and "B/. 4,100.00" in receipt.text


def test_an_account_that_changed_meanwhile_is_shown_again(app: PortalApp, debtor: Visitor, counter: Counter) -> None:
    """Between looking and confirming another payment came: nothing is begun, the page says so and shows what holds now."""
    shown = debtor.send("/pagos", {"amount": "2000", "method": "tarjeta"}, action="/pagos")
    other = sent_to(begin(debtor, (OLDEST,)))
    counter.tell(other["order"], "approved", "1605.00")
    answer = confirm(debtor, shown)
    assert answer.status_code == 200 and "Su cuenta cambió" in answer.get_data(as_text=True)


def test_what_is_paid_already_cannot_be_chosen(app: PortalApp, debtor: Visitor, counter: Counter) -> None:
    """Two tabs: the invoice was paid in the other one."""
    form = next(form for form in debtor.forms("/pagos") if form.action.endswith("/pagos"))
    sent = sent_to(begin(debtor, (OLDEST,)))
    counter.tell(sent["order"], "approved", "1605.00")
    answer = debtor.post("/pagos", {**form.fields, f"f_item_{OLDEST}": "si", "f_method": "tarjeta"})
    assert answer.status_code == 422 and "ya está pagada" in answer.get_data(as_text=True)


def test_another_clients_invoice_and_payment_do_not_exist(app: PortalApp, debtor: Visitor, counter: Counter) -> None:
    """What is C02's answers C13 as what nobody has; the door of confirming too."""
    theirs = app.add_client("C02")
    order_id = sent_to(begin(app.entered(theirs), ("FE-0000210",)))["order"]
    foreign, nobodys = debtor.get(f"/pagos/{order_id}"), debtor.get(f"/pagos/{'0' * 15}")
    assert foreign.status_code == nobodys.status_code == 404
    for number in ("FE-0000210", "FE-7777777"):
        answer = debtor.send("/pagos", {f"item_{number}": "si", "method": "tarjeta"}, action="/pagos")
        assert answer.status_code == 404
        shown = debtor.send("/pagos", {f"item_{OLDEST}": "si", "method": "tarjeta"}, action="/pagos")
        form = next(form for form in forms_of(shown.get_data(as_text=True)) if form.action.endswith("/confirmar"))
        assert debtor.post("/pagos/confirmar", {**form.fields, f"f_item_{number}": "si"}).status_code == 404


def test_the_page_leads_to_its_gateway_and_nowhere_else(debtor: Visitor) -> None:
    """The browser may be led on from the confirming page to the configured gateway alone; every other page leads to us alone."""
    shown = debtor.send("/pagos", {f"item_{OLDEST}": "si", "method": "tarjeta"}, action="/pagos")
    assert "form-action 'self' https://pasarela.example.com;" in shown.headers["Content-Security-Policy"]
    assert "form-action 'self';" in debtor.get("/pagos").headers["Content-Security-Policy"]


def test_no_page_asks_for_a_card(debtor: Visitor) -> None:
    """There is no field for the number of a card anywhere before the gateway."""
    shown = debtor.send("/pagos", {f"item_{OLDEST}": "si", "method": "tarjeta"}, action="/pagos")
    fields = {
        name for page in (debtor.text("/pagos"), shown.get_data(as_text=True)) for form in forms_of(page) for name in form.fields
    }
    assert not [name for name in fields if any(word in name for word in ("card", "cvv", "tarjeta_", "numero", "pan"))]


def test_a_double_click_is_one_order_and_a_new_try_another(debtor: Visitor, counter: Counter) -> None:
    """The same choice is the same order while it is open; after it ended it is a new one."""
    first, second = (sent_to(begin(debtor, (OLDEST,)))["order"] for _ in range(2))
    assert first == second
    counter.tell(first, "cancelled", "1605.00")
    assert sent_to(begin(debtor, (OLDEST,)))["order"] != first


def test_a_payment_on_the_way_is_told_before_another(debtor: Visitor, counter: Counter) -> None:
    """Whoever comes back to pay is told that a payment is not finished."""
    order_id = sent_to(begin(debtor, (OLDEST,), method="banco_en_linea"))["order"]
    counter.tell(order_id, "pending", "1605.00")
    page = debtor.text("/pagos")
    assert "Hay un pago en camino" in page and f"/pagos/{order_id}" in page
    assert begin(debtor, (OLDEST,), method="banco_en_linea").headers["Location"] == f"/pagos/{order_id}"


def test_a_transfer_gets_a_reference_and_the_account(app: PortalApp, debtor: Visitor) -> None:
    """ACH leads to no gateway: the client gets the reference, the account and its check value."""
    answer = begin(debtor, (OLDEST,), method="ach")
    page = debtor.text(answer.headers["Location"])
    order_id = answer.headers["Location"].rpartition("/")[2]
    assert "Haga la transferencia con los datos de abajo" in page
    assert "Pendiente de acreditación" in page and order_id in page and means_of(app.process).check in page


def test_a_gateway_that_is_down_is_told(debtor: Visitor, counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    """The client reads that nothing was charged and what to do."""

    def fails(*_: object) -> Start:
        raise GatewayError("pruebas", "ConnectTimeoutError")

    monkeypatch.setattr(counter.asked, "start", fails)
    answer = begin(debtor, (OLDEST,))
    assert answer.status_code == 503 and "No se cobró nada" in answer.get_data(as_text=True)


def test_an_order_id_that_the_gateway_has_used_is_replaced(
    debtor: Visitor, counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A gateway that begins no order twice gets another one."""
    begun: list[str] = []

    def starts(order: object, *_: object) -> Start:
        begun.append(order.order_id)  # type: ignore[attr-defined]
        if len(begun) == 1:
            raise OrderTakenError("pruebas", "E006")
        return Start(StartKind.REDIRECT, "https://pasarela.example.com/pagar")

    monkeypatch.setattr(counter.asked, "start", starts)
    assert begin(debtor, (OLDEST,)).status_code == 303
    assert len(set(begun)) == 2


def test_yappys_button_is_the_one_page_with_a_foreign_script(
    debtor: Visitor, counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its page allows the script's and the service's hosts, hands over what the button needs, and says what to do without a script."""
    fields = {"transactionId": "x-1", "token": "w</script>", "documentName": "d-1", "back": "https://c.example.com/pagos/1"}
    address = "https://bt-cdn.yappy.cloud/v1/cdn/web-component-btn-yappy.js"
    monkeypatch.setattr(counter.asked, "start", lambda *_: Start(StartKind.BUTTON, address, fields))
    answer = begin(debtor, (OLDEST,), method="yappy")
    text, policy = answer.get_data(as_text=True), answer.headers["Content-Security-Policy"]
    assert "w</script>" not in text and "<noscript>" in text and address in text
    assert "script-src 'nonce-" in policy and "'unsafe" not in policy


def test_whoever_left_keeps_receipts_but_pays_no_more(app: PortalApp, counter: Counter) -> None:
    """A client whose service ended sees the payments that were made and is offered none."""
    dossier = app.add_client("C02")
    who = app.entered(dossier)
    order_id = sent_to(begin(who, ("FE-0000210",)))["order"]
    counter.tell(order_id, "approved", "2889.00")
    app.change(dossier.dossier_id, state=State.ARCHIVED)
    assert who.get("/pagos").status_code == 404
    assert "Aplicado" in who.text(f"/pagos/{order_id}") and order_id in who.text("/pagos/hechos")


def test_money_pays_the_oldest_when_what_was_chosen_is_gone(app: PortalApp, debtor: Visitor, counter: Counter) -> None:
    """The chosen invoice was annulled between choosing and paying: the money is not lost, it pays the oldest."""
    sent = sent_to(begin(debtor, (NEWEST,)))
    client_id = counter.order(sent["order"]).client_id
    found = app.store.get("item", f"{client_id}/{NEWEST}")
    assert found is not None
    gone = {**found.data, "voided": True, "subtotal": "0.00", "tax": "0.00", "total": "0.00", "settled": "0.00", "open_for": None}
    app.store.commit([Update("item", found.key, gone, found.version)])
    counter.tell(sent["order"], "approved", "800.00")
    oldest = ledger.item(app, client_id, OLDEST)
    assert oldest is not None and str(oldest.balance) == "805.00"
    assert counter.order(sent["order"]).state is OrderState.APPLIED


def test_the_receipt_is_a_pdf_with_what_was_paid(app: PortalApp, debtor: Visitor, counter: Counter) -> None:
    """Before the money came there is no receipt; afterwards it names client, amount, reference and invoice, the same bytes each time."""
    order_id = sent_to(begin(debtor, (NEWEST,)))["order"]
    path = f"/pagos/{order_id}/recibo"
    assert debtor.get(path).status_code == 404
    counter.tell(order_id, "approved", "800.00")
    first, second = debtor.get(path), debtor.get(path)
    assert first.mimetype == "application/pdf" and first.data == second.data
    text = text_of(first.data)
    for word in ("Consorcio Hotelero Horizonte Irreal", "B/. 800.00", order_id, NEWEST):
        assert word in text
    assert app.entered(app.add_client("C02")).get(path).status_code == 404


def test_a_transfer_that_the_accounting_system_booked_reads_as_applied(app: PortalApp, debtor: Visitor, counter: Counter) -> None:
    """The export has brought the payment; the page says so before the clock has looked, and after the wait was given up."""
    order_id = begin(debtor, (OLDEST,), method="ach").headers["Location"].rpartition("/")[2]
    order = counter.order(order_id)
    day = app.clock.now().date()
    ledger.apply_movement(app, Movement(order.client_id, order_id, MovementKind.PAYMENT, day, order.amount, "USD"))
    assert "Aplicado" in debtor.text(f"/pagos/{order_id}")


def test_payments_that_never_end_are_bounded(app: PortalApp, debtor: Visitor, counter: Counter) -> None:
    """Whoever begins one payment after the other is asked to wait; one that ended makes room for another."""
    most = app.process.payments.limits.most_open
    orders = [sent_to(begin(debtor, amount=str(100 + n)))["order"] for n in range(most)]
    refused = begin(debtor, amount="99")
    assert refused.status_code == 429 and "varios pagos sin terminar" in refused.get_data(as_text=True)
    assert begin(debtor, amount="100").status_code == 303
    counter.tell(orders[0], "cancelled", "100")
    assert begin(debtor, amount="99").status_code == 303


def test_the_page_of_a_payment_looks_again_by_itself_for_a_while(app: PortalApp, debtor: Visitor, counter: Counter) -> None:
    """Whoever comes back from the gateway need not press anything; a page left open does not ask for ever."""
    order_id = sent_to(begin(debtor, (OLDEST,)))["order"]
    assert 'http-equiv="refresh"' in debtor.text(f"/pagos/{order_id}")
    app.hand_clock.at += timedelta(minutes=16)
    assert 'http-equiv="refresh"' not in debtor.text(f"/pagos/{order_id}")


def test_the_newest_payment_stands_first(app: PortalApp, debtor: Visitor, counter: Counter) -> None:
    """The list of payments begins with the last one."""
    first = sent_to(begin(debtor, (OLDEST,)))["order"]
    app.hand_clock.at += timedelta(hours=1)
    second = sent_to(begin(debtor, (MIDDLE,)))["order"]
    page = debtor.text("/pagos/hechos")
    assert page.index(second) < page.index(first)
