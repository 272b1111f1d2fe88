"""The ledger: the sample accounts to the cent, allocation, idempotency, corrections, and what holds after any order of movements."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from expediente import ledger
from expediente.errors import DataError
from expediente.ledger_book import Book, Change
from expediente.ledger_data import Account, Allocation, Item, ItemKind, Movement, MovementKind
from expediente.store_sqlite import SqliteStore

CASES = Path(__file__).parents[1] / "data" / "sample_cases.yaml"
SAMPLES = yaml.safe_load(CASES.read_text(encoding="utf-8"))["cartera"]
PAYMENT, REFUND = MovementKind.PAYMENT, MovementKind.REFUND
DAY = date(2027, 6, 30)
MONEY = Decimal


@contextmanager
def new_app() -> Iterator[Any]:
    """Just enough of an application: a store, a clock, a currency."""
    with TemporaryDirectory() as folder:
        store = SqliteStore(Path(folder) / "store.db", busy_seconds=60)
        clock = SimpleNamespace(now=lambda: datetime(2027, 6, 30, 15, tzinfo=UTC))
        process = SimpleNamespace(company=SimpleNamespace(currency="B/."))
        yield SimpleNamespace(store=store, clock=clock, process=process, metrics=SimpleNamespace(commits=0))
        store.close()


@pytest.fixture
def app() -> Iterator[Any]:
    """An application without a ledger."""
    with new_app() as made:
        yield made


def put(app: Any, *changes: Any, rest_to_oldest: bool = True) -> list[Change]:
    """Items, accounts and movements as the accounting system says them, in one commit."""
    book = Book(app.store, app.clock.now(), "B/.")
    did = []
    for one in changes:
        if isinstance(one, Item):
            did.append(book.put_item(one))
        elif isinstance(one, Account):
            did.append(book.put_account(one))
        else:
            did.append(book.put_movement(*one, rest_to_oldest=rest_to_oldest))
    app.store.commit(book.writes())
    return did


def invoice(number: str, total: str, due: date = DAY, client: str = "A", issued: date | None = None) -> Item:
    """An invoice without tax, due on a day and issued a month before."""
    kind, day = ItemKind.INVOICE, issued or due - timedelta(days=30)
    return Item(client, number, kind, day, due, MONEY(total), MONEY("0.00"), MONEY(total), "B/.")


def payment(reference: str, amount: str, on: date = DAY, client: str = "A") -> Movement:
    """A payment."""
    return Movement(client, reference, PAYMENT, on, MONEY(amount), "B/.")


def of(app: Any, number: str) -> Item:
    """An item that is there."""
    found = ledger.item(app, "A", number)
    assert found is not None
    return found


def load(app: Any, account: dict[str, Any]) -> None:
    """A sample account: its invoices, and a payment for what is not owed of each any more."""
    client = account["caso"]
    since, limit = date.fromisoformat(account["cliente_desde"]), MONEY(account["cupo"])
    changes: list[Any] = [Account(client, "B/.", since, limit, account["plazo_dias"])]
    credited = {one["referencia"] for one in account["anticipos"]}
    for one in account["facturas"]:
        days = date.fromisoformat(one["fecha"]), date.fromisoformat(one["vence"])
        money = MONEY(one["subtotal"]), MONEY(one["itbms"]), MONEY(one["total"])
        changes.append(Item(client, one["numero"], ItemKind.INVOICE, *days, *money, "B/.", cufe=one["cufe"]))
        paid = MONEY(one["total"]) - MONEY(one["saldo"])
        if paid and not credited:
            on = date.fromisoformat(one.get("pagada_el", one["vence"]))
            movement = payment(f"R-{one['numero']}", str(paid), on, client)
            changes.append((movement, [Allocation(one["numero"], paid)]))
    for one in account["anticipos"]:
        movement = payment(one["referencia"], one["monto"], date.fromisoformat(one["fecha"]), client)
        changes.append((movement, [Allocation(account["facturas"][0]["numero"], MONEY(one["aplicado"]))]))
    put(app, *changes)


@pytest.mark.parametrize("account", SAMPLES["cuentas"], ids=lambda one: one["caso"])
def test_the_sample_accounts_stand_as_they_are_expected(app: Any, account: dict[str, Any]) -> None:
    """Balance, overdue, days late, ageing, use of the limit and credit of every sample account."""
    load(app, account)
    wanted = account["esperado"]
    day = date.fromisoformat(account.get("corte", SAMPLES["corte"]))
    found = ledger.position(app, account["caso"], day)
    told = {
        "saldo": str(found.balance),
        "vencido": str(found.overdue),
        "dias_mora_max": found.max_days_late,
        "antiguedad": {key: str(amount) for key, amount in found.buckets.items()},
        "utilizacion": str(found.usage),
        "saldo_a_favor": str(found.credit),
    }
    assert {key: told[key] for key in told if key in wanted} == {key: wanted[key] for key in told if key in wanted}
    assert {one.number: str(one.balance) for one in ledger.items_page(app, account["caso"])} == {
        one["numero"]: one["saldo"] for one in account["facturas"]
    }


def test_a_statement_runs_from_line_to_line_and_ends_in_the_balance(app: Any) -> None:
    """Opening, charges, payments and closing agree with the position, and with the days chosen."""
    put(app, invoice("F1", "100.00", date(2027, 2, 1)), invoice("F2", "50.00", date(2027, 6, 1)))
    ledger.apply_movement(app, payment("P1", "120.00", date(2027, 5, 10)))
    whole = ledger.statement(app, "A", date(2027, 1, 1), DAY)
    assert [(one.reference, str(one.balance)) for one in whole.lines] == [("F1", "100.00"), ("F2", "150.00"), ("P1", "30.00")]
    assert (whole.opening, whole.closing, whole.position.balance) == (MONEY(0), MONEY("30.00"), MONEY("30.00"))
    late = ledger.statement(app, "A", date(2027, 5, 3), date(2027, 5, 9))
    assert (late.opening, late.lines, late.closing) == (MONEY("150.00"), (), MONEY("150.00"))
    assert [one.reference for one in ledger.statement(app, "A", date(2027, 5, 2), date(2027, 5, 10)).lines] == ["F2", "P1"]


def test_what_was_chosen_is_paid_first_then_the_oldest_due_and_the_rest_is_credit(app: Any) -> None:
    """A payment of 100 for a chosen 30 pays it, then the oldest; of 200 the rest stays in the client's favour."""
    put(app, invoice("OLD", "50.00", date(2027, 1, 1)), invoice("MID", "40.00", date(2027, 2, 1)), invoice("NEW", "30.00"))
    assert ledger.apply_movement(app, payment("P1", "70.00"), [Allocation("NEW", MONEY("30.00"))])
    assert [str(of(app, number).balance) for number in ("OLD", "MID", "NEW")] == ["10.00", "40.00", "0.00"]
    assert of(app, "NEW").settled_on == DAY
    assert of(app, "OLD").settled_on is None
    ledger.apply_movement(app, payment("P2", "60.00"))
    assert (ledger.position(app, "A", DAY).credit, ledger.position(app, "A", DAY).balance) == (MONEY("10.00"), MONEY("-10.00"))


def test_a_reference_is_applied_once_whoever_says_it_how_often(app: Any) -> None:
    """Four threads apply the same payment and four others: each counts once, and the version rises by one each."""
    put(app, invoice("F1", "1000.00"))
    movements = [payment("SAME", "10.00")] * 4 + [payment(f"P{n}", "10.00") for n in range(4)]
    told: list[bool] = []
    threads = [threading.Thread(target=lambda one=one: told.append(ledger.apply_movement(app, one))) for one in movements]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == [False] * 3 + [True] * 5
    assert ledger.position(app, "A", DAY).balance == MONEY("950.00")
    assert ledger.account_of(app, "A").version == 6


def test_a_new_item_does_not_take_what_is_in_favour_until_the_accounting_system_says_so(app: Any) -> None:
    """Credit stays credit when an invoice comes; a row of the payment that names the invoice settles it."""
    put(app, (payment("P1", "100.00"),))
    put(app, invoice("F1", "80.00"))
    assert (of(app, "F1").balance, ledger.position(app, "A", DAY).credit) == (MONEY("80.00"), MONEY("100.00"))
    said = replace(payment("P1", "100.00"), said="row of today")
    assert put(app, (said, [Allocation("F1", MONEY("80.00"))]), rest_to_oldest=False) == [Change.CORRECTED]
    assert put(app, (said, [Allocation("F1", MONEY("80.00"))]), rest_to_oldest=False) == [Change.SAME]
    assert (of(app, "F1").balance, ledger.position(app, "A", DAY).credit) == (MONEY(0), MONEY("20.00"))


def test_a_corrected_payment_takes_back_what_it_had_settled(app: Any) -> None:
    """700 that were really 70 owe 630 again, and an annulled payment owes everything."""
    put(app, invoice("F1", "500.00", date(2027, 1, 1)), invoice("F2", "200.00"), (payment("P1", "700.00"),))
    put(app, (replace(payment("P1", "70.00"), said="corrected"),))
    assert (of(app, "F1").balance, of(app, "F2").balance) == (MONEY("430.00"), MONEY("200.00"))
    put(app, (replace(payment("P1", "0.00"), voided=True),))
    assert ledger.position(app, "A", DAY).balance == MONEY("700.00")
    assert [one.reference for one in ledger.statement(app, "A", date(2026, 1, 1), DAY).lines] == ["F1", "F2"]


def test_a_corrected_invoice_gives_back_what_was_paid_too_much(app: Any) -> None:
    """Of 214 paid for an invoice of 200, 14 are in favour; annulled, all of it; another total owes the difference."""
    put(app, invoice("F1", "214.00"), (payment("P1", "214.00"),))
    put(app, invoice("F1", "200.00"))
    assert (of(app, "F1").balance, ledger.position(app, "A", DAY).credit) == (MONEY(0), MONEY("14.00"))
    put(app, invoice("F1", "250.00"))
    assert of(app, "F1").balance == MONEY("50.00")
    put(app, replace(invoice("F1", "250.00"), voided=True))
    assert ledger.item(app, "A", "F1") is None
    assert ledger.position(app, "A", DAY).balance == MONEY("-214.00")


def test_credit_is_given_back_once_and_never_before_debts(app: Any) -> None:
    """More than what is left after all debts is refused with the most that can be given."""
    put(app, (payment("P1", "100.00"),))
    put(app, invoice("F1", "60.00"))
    with pytest.raises(DataError, match=r"40\.00"):
        ledger.refund(app, "A", "K1", MONEY("40.01"), DAY)
    assert ledger.refund(app, "A", "K1", MONEY("40.00"), DAY)
    assert not ledger.refund(app, "A", "K1", MONEY("40.00"), DAY)
    assert (ledger.position(app, "A", DAY).credit, ledger.position(app, "A", DAY).balance) == (MONEY("60.00"), MONEY(0))
    assert ledger.statement(app, "A", DAY, DAY).closing == 0
    with pytest.raises(DataError, match="ya se devolvió"):
        put(app, (replace(payment("P1", "39.99"), said="less"),))


@pytest.mark.parametrize("amount", ["0", "-5", "0.001", "1e30", "NaN", "Infinity"])
def test_an_amount_that_cannot_be_is_refused(app: Any, amount: str) -> None:
    """Nothing, less than nothing, three decimals, huge, no number."""
    put(app, invoice("F1", "10.00"))
    with pytest.raises(DataError, match="dos decimales"):
        ledger.apply_movement(app, payment("P1", amount))
    with pytest.raises(DataError, match="dos decimales"):
        ledger.apply_movement(app, payment("P1", "5.00"), [Allocation("F1", MONEY(amount))])
    with pytest.raises(DataError):
        ledger.refund(app, "A", "K1", MONEY(amount), DAY)
    assert ledger.position(app, "A", DAY).balance == MONEY("10.00")


def test_another_clients_invoice_is_as_one_that_does_not_exist(app: Any) -> None:
    """Neither read nor paid; ids of clients and numbers do not run together."""
    put(app, invoice("F1", "10.00", client="B"), invoice("X/F2", "10.00", client="A"))
    assert ledger.item(app, "A", "F1") is None
    assert ledger.item(app, "A/X", "F3") is None
    with pytest.raises(DataError):
        ledger.apply_movement(app, payment("P1", "5.00"), [Allocation("F1", MONEY("5.00"))])
    assert ledger.position(app, "B", DAY).balance == MONEY("10.00")


def test_a_list_comes_page_by_page_the_newest_first(app: Any) -> None:
    """Seven invoices in pages of three, an annulled one left out."""
    days = [date(2027, 1, 1) + timedelta(days=n) for n in range(7)]
    put(app, *(invoice(f"F{n}", "10.00", day) for n, day in enumerate(days)))
    put(app, replace(invoice("F3", "10.00", days[3]), voided=True))
    first = ledger.items_page(app, "A", limit=3)
    second = ledger.items_page(app, "A", before=first[-1].order, limit=3)
    assert [one.number for one in (*first, *second)] == ["F6", "F5", "F4", "F2", "F1", "F0"]
    assert ledger.items_page(app, "A", before=second[-1].order) == ()


CENTS = st.integers(1, 30_000).map(lambda cents: MONEY(cents) / 100)
NUMBERS = st.sampled_from(["F1", "F2", "F3", "F4"])
REFERENCES = st.sampled_from(["P1", "P2", "P3"])
STEPS = st.one_of(
    st.tuples(st.just("item"), NUMBERS, CENTS, st.booleans()),
    st.tuples(st.just("pay"), REFERENCES, CENTS, st.lists(st.tuples(NUMBERS, CENTS), max_size=3)),
    st.tuples(st.just("correct"), REFERENCES, CENTS, st.booleans()),
    st.tuples(st.just("refund"), st.sampled_from(["K1", "K2"]), CENTS, st.none()),
)


def _step(app: Any, step: tuple[Any, ...]) -> None:
    """One change; what the ledger refuses changes nothing."""
    what, name, amount, more = step
    try:
        if what == "item":
            due = DAY - timedelta(days=int(name[1]) * 20)
            put(app, replace(invoice(name, str(amount), due), voided=more))
        elif what == "pay":
            ledger.apply_movement(app, payment(name, str(amount)), [Allocation(*one) for one in more])
        elif what == "correct":
            changed = replace(payment(name, "0.00" if more else str(amount)), said=f"{amount} {more}", voided=more)
            put(app, (changed,))
        else:
            ledger.refund(app, "A", name, amount, DAY)
    except DataError:
        pass


@settings(deadline=None, max_examples=60)
@given(st.lists(STEPS, max_size=14))
def test_nothing_is_negative_and_the_balance_agrees_after_any_order(steps: list[tuple[Any, ...]]) -> None:
    """After every step, done twice: balance = open balances - rests = all charges - all payments, each item as its payers say."""
    with new_app() as app:
        for step in steps:
            _step(app, step)
            before = ledger.account_of(app, "A").version
            _step(app, step)
            assert ledger.account_of(app, "A").version == before
            items = ledger.items_between(app, "A", date.min)
            movements = ledger.movements_between(app, "A", date.min)
            found = ledger.position(app, "A", DAY)
            assert found.balance == sum(one.balance for one in items) - sum(one.rest for one in movements)
            assert found.overdue == sum(found.buckets.values()) <= found.owed
            assert all(one.balance >= 0 and one.settled >= 0 for one in items)
            assert all(one.rest >= 0 and one.used >= 0 for one in movements)
            paid = {one.number: sum(part.amount for part in one.paid_by) for one in items}
            told = {number: MONEY(0) for number in paid}
            for movement in movements:
                for part in movement.allocations if movement.kind is not REFUND else ():
                    told[part.number] += part.amount
            assert told == paid == {one.number: one.settled for one in items}
            assert ledger.statement(app, "A", date(2000, 1, 1), DAY).closing == found.balance
            assert ledger.statement(app, "A", date(2000, 1, 1), DAY).opening == 0
