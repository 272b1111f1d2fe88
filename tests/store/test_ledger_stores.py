"""The ledger on both stores: the same answers, whoever else writes at the same moment."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from expediente import ledger
from expediente.ledger_book import Book
from expediente.ledger_data import Account, Item, ItemKind, Movement, MovementKind
from expediente.store import Store

DAY = date(2027, 6, 30)


def _app(store: Store) -> Any:
    clock = SimpleNamespace(now=lambda: datetime(2027, 6, 30, 15, tzinfo=UTC))
    company = SimpleNamespace(currency="B/.")
    return SimpleNamespace(store=store, clock=clock, process=SimpleNamespace(company=company), metrics=SimpleNamespace(commits=0))


def test_a_ledger_reads_the_same_and_takes_a_payment_once(store: Store, open_again: Callable[[], Store]) -> None:
    """Pages, statement and position of 230 invoices of one client beside another's; the same payment told by three at once."""
    book = Book(store, datetime(2027, 6, 30, 15, tzinfo=UTC), "B/.")
    book.put_account(Account("A", "B/.", limit=Decimal("100000.00"), terms_days=30))
    amount = (Decimal("10.00"), Decimal("0.70"), Decimal("10.70"))
    for n in range(230):
        day = date(2027, 1, 1 + n % 28)
        book.put_item(Item("A", f"F{n:03d}", ItemKind.INVOICE, day, date(2027, 2, 1 + n % 28), *amount, "B/."))
    book.put_item(Item("AB", "F001", ItemKind.INVOICE, DAY, DAY, *amount, "B/."))
    store.commit(book.writes())
    movement = Movement("A", "P1", MovementKind.PAYMENT, date(2027, 3, 1), Decimal("2343.30"), "B/.")
    told: list[bool] = []
    apps = [_app(open_again()) for _ in range(3)]
    threads = [threading.Thread(target=lambda one=one: told.append(ledger.apply_movement(one, movement))) for one in apps]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    app = _app(store)
    assert sorted(told) == [False, False, True]
    found = ledger.position(app, "A", DAY)
    assert (len(found.items), found.owed, found.credit) == (11, Decimal("117.70"), Decimal(0))
    assert found.buckets["mas_90"] == Decimal("117.70")
    statement = ledger.statement(app, "A", date(2027, 1, 10), DAY)
    assert (statement.lines[0].on, statement.closing) == (date(2027, 1, 10), Decimal("117.70"))
    pages, before = [], ""
    while page := ledger.items_page(app, "A", before, limit=100):
        pages.append([one.number for one in page])
        before = page[-1].order
    assert [len(page) for page in pages] == [100, 100, 30]
    assert len({number for page in pages for number in page}) == 230
    assert pages[0][0] == "F027"
    assert ledger.position(app, "AB", DAY).owed == Decimal("10.70")
