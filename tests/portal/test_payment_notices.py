"""Notices of a gateway: doubled, late, forged, out of order, with another amount, lost; and lives that end in between."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest

from expediente import ledger, payments
from expediente.gateway import Notice
from expediente.ledger_data import Movement, MovementKind
from expediente.ledger_portal import PortalNumbers
from expediente.portal_data import OrderState
from tests.portal.payment_kit import Counter, begin, sent_to
from tests.portal.portal_kit import PortalApp, Visitor

NUMBER, TOTAL = "FE-0000210", "2889.00"


@pytest.fixture
def counter(app: PortalApp) -> Counter:
    """Where clients pay."""
    return Counter(app)


def _begun(who: Visitor) -> str:
    return sent_to(begin(who, (NUMBER,)))["order"]


def _balance(app: PortalApp, client_id: str) -> str:
    found = ledger.item(app, client_id, NUMBER)
    assert found is not None
    return str(found.balance)


def _receipts(app: PortalApp) -> int:
    return len([mail for mail in app.mails() if mail.kind == "pago_recibido"])


@pytest.mark.parametrize("order", list(permutations(("pending", "approved", "approved"), 3)))
def test_an_approval_is_applied_once_in_any_order(app: PortalApp, counter: Counter, order: tuple[str, ...]) -> None:
    """Pending and approved come in any order, approved twice under two ids: one payment, one receipt, one fact."""
    dossier = app.add_client("C02")
    order_id = _begun(app.entered(dossier))
    for n, state in enumerate(order):
        assert counter.tell(order_id, state, TOTAL, notice=f"n-{n}").status_code == 200
    assert counter.order(order_id).state is OrderState.APPLIED
    assert (_balance(app, dossier.client_id), _receipts(app)) == ("0.00", 1)
    assert [fact.payload["what"] for fact in app.facts()] == ["paid"]


def test_sixteen_notices_at_once_are_one_payment(app: PortalApp, counter: Counter) -> None:
    """A gateway that tells sixteen times in the same moment is answered, and the invoice is paid once."""
    dossier = app.add_client("C02")
    order_id = _begun(app.entered(dossier))
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: counter.tell(order_id, "approved", TOTAL).status_code, range(16)))
    assert set(answers) <= {200, 503} and 200 in answers
    assert (_balance(app, dossier.client_id), _receipts(app)) == ("0.00", 1)
    assert ledger.position(app, dossier.client_id, app.clock.now().date()).credit == 0


@pytest.mark.parametrize("first", ["rejected", "cancelled", "expired"])
def test_money_that_comes_late_is_applied(app: PortalApp, counter: Counter, first: str) -> None:
    """Approved after it was given up: the money came, so it counts, once."""
    dossier = app.add_client("C02")
    order_id = _begun(app.entered(dossier))
    for state in (first, "approved", first):
        counter.tell(order_id, state, TOTAL, notice=f"{state}-{first}")
    assert (counter.order(order_id).state, _balance(app, dossier.client_id)) == (OrderState.APPLIED, "0.00")
    reasons = [fact.payload["reason"] for fact in app.facts() if fact.payload["what"] == "payment_refused"]
    assert reasons == ["reverso_tras_pago"]


@pytest.mark.parametrize(
    ("changes", "status", "reason"),
    [
        ({"signature": "0" * 64}, 401, "firma_invalida"),
        ({"signature": "ñ"}, 401, "firma_invalida"),
        ({"amount": "1.00"}, 200, "monto_no_coincide"),
        ({"amount": "2889.01"}, 200, "monto_no_coincide"),
        ({"currency": "COP"}, 200, "moneda_no_coincide"),
    ],
)
def test_what_does_not_agree_with_the_order_is_refused_and_noted(
    app: PortalApp, counter: Counter, changes: dict[str, str], status: int, reason: str
) -> None:
    """A forged notice, another amount, another currency: nothing is applied, the reason is kept once however often it comes."""
    dossier = app.add_client("C02")
    order_id = _begun(app.entered(dossier))
    said: dict[str, Any] = {"amount": TOTAL, **changes}
    for _ in range(3):
        assert counter.tell(order_id, "approved", **said).status_code == status
    assert counter.order(order_id).state is OrderState.STARTED
    assert _balance(app, dossier.client_id) == TOTAL
    assert [fact.payload for fact in app.facts()] == [{"what": "payment_refused", "order_id": order_id, "reason": reason}]


def test_a_payment_charged_twice_or_taken_back_is_for_a_person_to_see(app: PortalApp, counter: Counter) -> None:
    """Applied once; the second charge and the reversal are refused with their reasons, and the client reads that it is looked at."""
    dossier = app.add_client("C02")
    who = app.entered(dossier)
    order_id = _begun(who)
    counter.tell(order_id, "approved", TOTAL, notice="n-1", ref="R-1")
    counter.tell(order_id, "approved", TOTAL, notice="n-2", ref="R-2")
    counter.tell(order_id, "rejected", TOTAL, notice="n-3", ref="R-1")
    reasons = [fact.payload["reason"] for fact in app.facts() if fact.payload["what"] == "payment_refused"]
    assert sorted(reasons) == ["reverso_tras_pago", "segundo_cobro"]
    assert (_balance(app, dossier.client_id), _receipts(app)) == ("0.00", 1)
    assert app.process.payments.review.label in who.get(f"/pagos/{order_id}").get_data(as_text=True)


def _import_wakes(app: PortalApp, client_id: str, order_id: str) -> None:
    """What an import of the accounting system's files commits for an order that its rows name."""
    numbers = PortalNumbers(app.store)
    order = numbers.order(client_id, order_id)
    assert order is not None
    numbers.wake(order, app.clock.now())
    app.store.commit(numbers.writes())


def test_a_transfer_of_another_amount_is_no_payment_of_its_order(app: PortalApp, counter: Counter) -> None:
    """The client announced 2,889.00 and 50.00 came under that reference: no receipt says otherwise, and a person looks at it."""
    dossier = app.add_client("C02")
    who = app.entered(dossier)
    order = counter.put_order(dossier, "C02TRANSFER0001", "ach", TOTAL, gateway="", state=OrderState.PENDING)
    day = app.clock.now().date()
    came = Movement(dossier.client_id, order.order_id, MovementKind.PAYMENT, day, Decimal("50.00"), order.currency)
    ledger.apply_movement(app, came)
    _import_wakes(app, dossier.client_id, order.order_id)
    payments.look(app, order.order_id)
    payments.look(app, order.order_id)
    assert counter.order(order.order_id).state is OrderState.EXPIRED and _receipts(app) == 0
    reasons = [fact.payload["reason"] for fact in app.facts() if fact.payload["what"] == "payment_refused"]
    assert reasons == ["monto_no_coincide"]
    assert app.process.payments.review.label in who.get(f"/pagos/{order.order_id}").get_data(as_text=True)


def test_an_order_that_had_ended_learns_that_its_money_came(app: PortalApp, counter: Counter) -> None:
    """Given up after days, then in the books: the next look applies it, with one receipt."""
    dossier = app.add_client("C02")
    order = counter.put_order(dossier, "C02TRANSFER0002", "ach", TOTAL, gateway="", state=OrderState.EXPIRED, next_look_at=None)
    day = app.clock.now().date()
    came = Movement(dossier.client_id, order.order_id, MovementKind.PAYMENT, day, Decimal(TOTAL), order.currency)
    ledger.apply_movement(app, came)
    payments.look(app, order.order_id)
    assert counter.order(order.order_id).state is OrderState.EXPIRED
    for _ in range(2):
        _import_wakes(app, dossier.client_id, order.order_id)
        payments.look(app, order.order_id)
    assert (counter.order(order.order_id).state, _receipts(app)) == (OrderState.APPLIED, 1)


def test_a_notice_of_another_gateway_changes_nothing(app: PortalApp, counter: Counter) -> None:
    """An order begun at one gateway is not paid by the word of another, however well signed."""
    dossier = app.add_client("C02")
    order_id = _begun(app.entered(dossier))
    counter.tell_yappy(order_id, "E")
    assert counter.order(order_id).state is OrderState.STARTED


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{",
        b'{"order": 5}',
        b"\xff\xfe",
        b'{"order": {"a": 1}, "amount": "NaN"}',
        b'{"order": "\\ud800"}',
        b"[" * 20_000,
        b'"x"' * 40_000,
    ],
)
def test_odd_bodies_are_answered_and_change_nothing(app: PortalApp, counter: Counter, body: bytes) -> None:
    """Whatever is posted to the door of notices gets a number and no page of errors."""
    answer = counter.send("POST", "/avisos/pruebas", body=body, headers={"X-Gateway-Signature": "x"})
    assert answer.status_code in (401, 413)
    assert not app.facts()


def test_the_door_of_notices_knows_its_gateways_and_their_way(app: PortalApp, counter: Counter) -> None:
    """An unknown gateway does not exist; a gateway that posts is not heard by GET, and HEAD acts on nothing."""
    dossier = app.add_client("C02")
    counter.put_order(dossier, "Y" * 15, "yappy", TOTAL, "yappy")
    assert counter.send("POST", "/avisos/nadie", body=b"{}").status_code == 404
    assert counter.send("GET", "/avisos/pruebas").status_code == 405
    assert counter.send("POST", "/avisos/yappy", body=b"{}").status_code == 405
    assert counter.send("HEAD", "/avisos/yappy?orderId=" + "Y" * 15).status_code == 405
    assert counter.tell("Z" * 15, "approved", TOTAL).status_code == 404


def test_a_lost_notice_is_found_by_asking(app: PortalApp, counter: Counter) -> None:
    """No notice comes; the clock has the order looked at, the gateway says approved, and the client has paid."""
    dossier = app.add_client("C02")
    order_id = _begun(app.entered(dossier))
    woken: list[str] = []
    app.publish_order = woken.append  # type: ignore[method-assign]
    payments.wake(app)
    assert woken == []
    app.hand_clock.at += timedelta(minutes=11)
    payments.wake(app)
    assert woken == [order_id]
    counter.asked.knows[order_id] = Notice(order_id, OrderState.APPLIED, "asked", Decimal(TOTAL), "USD", "T-1")
    payments.look(app, order_id)
    assert (_balance(app, dossier.client_id), _receipts(app)) == ("0.00", 1)
    payments.look(app, order_id)
    assert counter.asked.asked == [order_id]


def test_a_gateway_that_never_knows_is_asked_less_and_less_and_then_given_up(app: PortalApp, counter: Counter) -> None:
    """The pauses grow, and after the hours of the table the order has expired and is left alone."""
    order_id = _begun(app.entered(app.add_client("C02")))
    pauses = []
    while (at := counter.order(order_id).next_look_at) is not None:
        pauses.append(at - app.hand_clock.at)
        app.hand_clock.at = at
        payments.look(app, order_id)
    assert pauses[1:] == sorted(pauses[1:]) and 5 < len(pauses) < 40
    assert counter.order(order_id).state is OrderState.EXPIRED


def test_death_between_ledger_and_order_is_made_good(app: PortalApp, counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process dies after the ledger has the payment: the next look finds it there; one payment, one receipt, one fact."""
    dossier = app.add_client("C02")
    order_id = _begun(app.entered(dossier))
    with monkeypatch.context() as dying:
        dying.setattr(payments, "_settle", lambda *_: (_ for _ in ()).throw(SystemExit))
        with pytest.raises(SystemExit):
            counter.tell(order_id, "approved", TOTAL)
    assert (_balance(app, dossier.client_id), _receipts(app)) == ("0.00", 0)
    assert counter.order(order_id).state is OrderState.STARTED
    app.hand_clock.at += timedelta(minutes=11)
    payments.look(app, order_id)
    assert counter.order(order_id).state is OrderState.APPLIED
    counter.tell(order_id, "approved", TOTAL)
    assert (_receipts(app), [fact.payload["what"] for fact in app.facts()]) == (1, ["paid"])
    assert ledger.position(app, dossier.client_id, app.clock.now().date()).credit == 0
