"""What a client waits for us when the ledger is long: pages and documents of a client with 1,000 and with 100,000 invoices.

Own time: seconds of processor in one process with the store beside it, no network. The last months hold the same in both ledgers; only the years before differ.
Records read are exact, milliseconds depend on the machine.
"""

from __future__ import annotations

import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from flask import Response

from expediente import codec
from expediente.ledger_data import Account, Allocation, Item, ItemKind, Movement, MovementKind, Settlement, newest_first
from expediente.model import Dossier
from expediente.store import Create
from tests.bench.counting import Counting
from tests.portal.portal_kit import NOW, PortalApp

TARGET_MS = 200
SIZES = (1_000, 100_000)
ROUNDS = 15
PAGES = {"account page": "/", "invoices page": "/facturas", "payments page": "/pagos", "payments made": "/pagos/hechos"}
# What every ledger has alike: an invoice every other day, for longer than a statement looks back; the last ones are still owed.
_RECENT, _EVERY_DAYS, _OPEN = 60, 2, 12
_A_COMMIT = 100
_PRICE, _TAX = Decimal("100.00"), Decimal("7.00")


@dataclass(frozen=True)
class Measured:
    """One thing that a client asks for. ms: median of the rounds, of processor time; read: records that the store answered, of the last round."""

    name: str
    ms: float
    slowest_ms: float
    read: int


def ledger_of(folder: Path, invoices: int) -> tuple[PortalApp, Dossier]:
    """A portal with one active client that has so many invoices, all but the last ones paid, each by a payment of its own."""
    app = PortalApp(folder)
    # A case of which `cartera` says nothing: the account is made here.
    dossier = app.add_client("C03")
    account = Account(dossier.client_id, "USD", date(2000, 1, 1), Decimal("50000.00"), 30, version=1, changed_at=NOW)
    app.store.commit([Create("account", dossier.client_id, codec.to_data(account))])
    writes: list[Create] = []
    for write in _records(dossier.client_id, invoices):
        writes.append(write)
        if len(writes) >= _A_COMMIT:
            app.store.commit(writes)
            writes = []
    app.store.commit(writes)
    return app, dossier


def _records(client_id: str, invoices: int) -> Iterator[Create]:
    for number in range(invoices):
        item, movement = _invoice(client_id, number)
        yield Create("item", f"{client_id}/{item.number}", codec.to_data(item))
        if movement:
            yield Create("movement", f"{client_id}/{movement.reference}", codec.to_data(movement))


def _invoice(client_id: str, number: int) -> tuple[Item, Movement | None]:
    """The `number`th invoice counted back from today, and its payment; the older ones lie thirty a day."""
    today, last_recent = NOW.date(), _RECENT * _EVERY_DAYS
    back = number * _EVERY_DAYS if number < _RECENT else last_recent + 365 + (number - _RECENT) // 30
    day, name = today - timedelta(days=back), f"FE-{number:07d}"
    due, total = day + timedelta(days=30), _PRICE + _TAX
    plain = Item(
        client_id, name, ItemKind.INVOICE, day, due, _PRICE, _TAX, total, "USD", newest_first(day, name), f"{due}/{name}"
    )
    if number < _OPEN:
        return replace(plain, open_for=client_id), None
    paid, reference = min(due, today), f"PAGO-{number:07d}"
    movement = Movement(
        client_id, reference, MovementKind.PAYMENT, paid, total, "USD", newest_first(paid, reference), (Allocation(name, total),)
    )
    return replace(plain, settled=total, paid_by=(Settlement(reference, total, paid),), settled_on=paid), movement


class Asking:
    """A client who asks for one thing after another; each request is timed by itself."""

    def __init__(self, app: PortalApp, dossier: Dossier) -> None:
        self.person, self._counted = app.entered(dossier), Counter[str]()
        app.__dict__["store"] = Counting(app.store, self._counted)
        self.took: dict[str, list[float]] = {}
        self.read: dict[str, int] = {}

    def round(self) -> None:
        """Everything once."""
        for name, path in PAGES.items():
            self._timed(name, lambda path=path: self.person.get(path))  # type: ignore[misc]
        for name, kind in (("statement", "estado_de_cuenta"), ("paz y salvo", "paz_y_salvo")):
            self._document(name, f"/documentos/pedir/{kind}")

    def _document(self, name: str, path: str) -> None:
        """Its form, the button, the page that it leads to, the PDF."""
        self._timed(f"{name}, form", lambda: self.person.get(path))
        (form,) = (form for form in self.person.forms(path) if form.action.endswith(path))
        where = self._timed(f"{name}, issued", lambda: self.person.post(path, form.fields)).headers["Location"]
        self._timed(f"{name}, page", lambda: self.person.get(where))
        self._timed(f"{name}, PDF", lambda: self.person.get(f"{where}/pdf"))

    def _timed(self, name: str, ask: Callable[[], Response]) -> Response:
        self._counted.clear()
        begun = time.process_time()
        answer = ask()
        self.took.setdefault(name, []).append((time.process_time() - begun) * 1000)
        self.read[name] = self._counted["records"]
        if answer.status_code not in (200, 303):
            raise AssertionError(f"{name}: {answer.status_code} {answer.get_data(as_text=True)[:300]}")
        return answer


def measure(folder: Path, invoices: int, rounds: int = ROUNDS) -> list[Measured]:
    """Each thing asked for, once to warm up and then so many times."""
    asking = Asking(*ledger_of(folder, invoices))
    for _ in range(rounds + 1):
        asking.round()
    return [Measured(name, statistics.median(took[1:]), max(took[1:]), asking.read[name]) for name, took in asking.took.items()]


def lines(found: dict[int, list[Measured]]) -> Iterator[str]:
    """The table as text."""
    yield "What a client waits for us, by how many invoices its ledger holds (median, slowest; records read)"
    small, large = found[min(found)], found[max(found)]
    for few, many in zip(small, large, strict=True):
        verdict = "kept" if many.ms < TARGET_MS else "NOT KEPT, see docs/performance.md"
        told = "   ".join(
            f"{size}: {one.ms:5.0f} ms ({one.slowest_ms:.0f}; {one.read})" for size, one in zip(found, (few, many), strict=True)
        )
        yield f"  {few.name:20} {told}   target {TARGET_MS} ms: {verdict}"
