"""The files of Cartera together: in which order they are taken, and how one that stopped is taken up again."""

from __future__ import annotations

from decimal import Decimal

import pytest

from expediente import ledger, ledger_files, ledger_template
from tests.portal.import_kit import DAY, Drop, FileState, csv_of, invoice, payment
from tests.portal.portal_kit import PortalApp


@pytest.fixture
def client_id(app: PortalApp) -> str:
    """A client with an account."""
    return app.add_client("C01").client_id


def _open(app: PortalApp, client_id: str) -> dict[str, Decimal]:
    """What is open of the items of these tests, by number."""
    items = ledger.position(app, client_id, DAY).items
    return {item.number: item.balance for item in items if item.number.startswith("X-")}


def test_payments_that_come_before_their_invoices_are_taken_behind_them(app: PortalApp, client_id: str) -> None:
    """Cartera drops payments, a broken file and invoices at once, payments first in the feed: no row is answered as an error."""
    drop = Drop(app)
    names = {
        "1 pagos.csv": csv_of(payment("C01", "R-1", "100.00", Aplica_a="X-1"), payment("C01", "R-2", "30.00", Aplica_a="X-2")),
        "2 roto.csv": b"\x00",
        "3 facturas.csv": csv_of(invoice("C01", "X-1"), invoice("C01", "X-2")),
    }
    keys = {name: drop.put(name, data) for name, data in names.items()}
    ledger_files.work(app)
    files = {name: drop.file(key) for name, key in keys.items()}
    assert {file.state for file in files.values()} == {FileState.DONE}
    assert files["1 pagos.csv"].counts == {"new": 2}
    assert files["3 facturas.csv"].counts == {"new": 2}
    assert _open(app, client_id) == {"X-2": Decimal("70.00")}


def test_a_file_that_was_begun_is_finished_first(app: PortalApp, client_id: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Time runs out in the middle of a file: the next run ends it before those that were dropped meanwhile, from its cursor on."""
    drop = Drop(app)
    template = ledger_template.template(app.process.folder)
    monkeypatch.setitem(template.limits, "rows_at_once", 1)
    monkeypatch.setattr(ledger_files, "RUN_SECONDS", 0.05)
    seconds = iter([0.0, 0.0, 0.0, *([1.0] * 50)])
    monkeypatch.setattr("expediente.ledger_files.time.monotonic", lambda: next(seconds))
    begun = drop.put("pagos.csv", csv_of(*(payment("C01", f"R-{n}", "10.00", Aplica_a="A favor") for n in range(3))))
    ledger_files.work(app)
    assert (drop.file(begun).state, drop.file(begun).cursor) == (FileState.TAKING, 1)
    monkeypatch.undo()
    later = [drop.put(f"{n}.csv", csv_of(invoice("C01", f"X-{n}"))) for n in (1, 2)]
    order: list[str] = []
    download = drop.download
    monkeypatch.setattr(drop, "download", lambda file_id: (order.append(file_id), download(file_id))[1])
    ledger_files.work(app)
    assert {drop.file(key).state for key in (begun, *later)} == {FileState.DONE}
    assert drop.file(begun).cursor == 3
    # Those that wait are looked at for their tabs; then the one that was begun comes.
    assert order == ["f1", "f2", "f0", "f1", "f2"]
