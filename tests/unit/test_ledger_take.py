"""Rows of Cartera's files in the ledgers: whose a row is, what is refused beside it, and that a batch is one bounded commit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from expediente import codec, ledger, ledger_rows, ledger_template
from expediente.ledger_data import Movement, MovementKind
from expediente.ledger_take import Batch, Clients, Taker
from expediente.ledger_values import Look
from expediente.store import Create
from expediente.store_sqlite import SqliteStore
from tests.unit import page_kit

ROOT = Path(__file__).parents[2]
TEMPLATE = ledger_template.template(ROOT)
LOOK = Look(TEMPLATE, "B/.", date(2027, 6, 30))
ONE, TWO, NATURAL = "155990008-2-2024", "155990016-2-2024", "8-888-8888"
INVOICES = "Código,RUC,Factura,Fecha,Vence,Subtotal,ITBMS,Total,Estado,Archivo PDF"
PAYMENTS = "Código,RUC,Referencia,Número del portal,Tipo,Fecha,Monto,Aplica a,Estado"


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Any]:
    """A store with two companies and a person; the first company has a code."""
    store = SqliteStore(tmp_path / "store.db")
    dossier = replace(page_kit.complete(), client_id="CLI-ONE")
    claims = {f"client/juridica:{ONE}": "CLI-ONE", f"client/juridica:{TWO}": "CLI-TWO", f"client/natural:{NATURAL}": "CLI-PERSON"}
    store.commit([Create("unique", key, {"client_id": client_id}) for key, client_id in claims.items()])
    store.commit(
        [
            Create("dossier", dossier.dossier_id, codec.to_data(dossier)),
            Create("unique", "denarius/DEN-000101", {"dossier_id": dossier.dossier_id}),
        ]
    )
    clock = SimpleNamespace(now=lambda: datetime(2027, 6, 30, 15, tzinfo=UTC))
    yield SimpleNamespace(
        store=store,
        clock=clock,
        process=SimpleNamespace(company=SimpleNamespace(currency="B/.")),
        metrics=SimpleNamespace(commits=0),
    )
    store.close()


def take(app: Any, heading: str, *lines: str) -> list[str]:
    """What is said of each row of a file that is taken in, batch after batch."""
    rows = list(ledger_rows.read(LOOK, ROOT, "\n".join([heading, *lines]).encode()).rows())
    clients, told = Clients(app), list[str]()
    while rows[len(told) :]:
        batch = one_batch(app, rows[len(told) :], clients)
        told += batch.results
    return told


def one_batch(app: Any, rows: list[ledger_rows.Row], clients: Clients | None = None) -> Batch:
    """One commit."""
    batch = Taker(app, TEMPLATE, clients or Clients(app), "test").take(rows)
    assert batch.results
    assert len(batch.writes) <= 490
    app.store.commit(batch.writes)
    for client_id, reference in batch.unfinished:
        ledger.spread(app, client_id, reference)
    return batch


def invoice(number: str, code: str = "", ruc: str = "", total: str = "100", status: str = "", pdf: str = "") -> str:
    """A row of Facturas."""
    return f"{code},{ruc},{number},01/04/2027,01/05/2027,{total},0,{total},{status},{pdf}"


def payment(reference: str, amount: str, settles: str = "", kind: str = "Pago", order: str = "", status: str = "") -> str:
    """A row of Pagos of the first company."""
    return f"DEN-000101,,{reference},{order},{kind},02/04/2027,{amount},{settles},{status}"


def balance(app: Any, client_id: str) -> Decimal:
    """What a client owes."""
    return ledger.position(app, client_id, date(2027, 6, 30)).balance


def test_a_client_is_known_by_code_by_ruc_in_any_spelling_or_by_both(app: Any) -> None:
    """Small letters, blanks, check digits; a company and a person."""
    lines = [
        invoice("F1", code="den-000101"),
        invoice("F2", ruc=f"RUC {ONE} DV 08"),
        invoice("F3", code="DEN-000101", ruc=ONE),
        invoice("F4", ruc=TWO),
        invoice("F5", ruc=NATURAL),
    ]
    assert take(app, INVOICES, *lines) == ["Registrada"] * 5
    assert [balance(app, name) for name in ("CLI-ONE", "CLI-TWO", "CLI-PERSON")] == [300, 100, 100]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (invoice("F9", code="DEN-999999"), "Código de Denarius «DEN-999999»: no es de ningún cliente."),
        (invoice("F9", ruc="1-1-1"), "RUC «1-1-1»: no es de ningún cliente."),
        (invoice("F9", code="DEN-000101", ruc=TWO), "Código de Denarius «DEN-000101»: es de otro cliente que el RUC de la fila."),
        (invoice("F9", code="DEN-000101", ruc="x"), "RUC «x»: no es de ningún cliente."),
        (invoice("F1", ruc=TWO), "Factura «F1»: es una factura de otro cliente."),
    ],
)
def test_a_row_that_is_nobodys_or_anothers_is_refused(app: Any, line: str, said: str) -> None:
    """Said beside the row; nobody's ledger changes and the next row is taken."""
    take(app, INVOICES, invoice("F1", code="DEN-000101"))
    told = take(app, INVOICES, line, invoice("F2", ruc=TWO))
    assert told[0].startswith(said)
    assert told[1] == "Registrada"
    assert (balance(app, "CLI-ONE"), balance(app, "CLI-TWO")) == (Decimal(100), Decimal(100))


def test_an_invoice_moves_to_another_client_once_it_is_annulled(app: Any) -> None:
    """Annulled there, it may be the other's; a second annulment changes nothing."""
    take(app, INVOICES, invoice("F1", code="DEN-000101"))
    annulled = invoice("F1", code="DEN-000101", status="Anulada")
    assert take(app, INVOICES, annulled) == ["Reemplazó a la anterior"]
    assert take(app, INVOICES, annulled) == ["Ya estaba igual"]
    assert take(app, INVOICES, invoice("F1", ruc=TWO)) == ["Registrada"]
    assert (balance(app, "CLI-ONE"), balance(app, "CLI-TWO")) == (Decimal(0), Decimal(100))


def test_what_the_ledger_refuses_is_said_and_holds_up_nothing(app: Any) -> None:
    """An unknown invoice, more given back than there is, a payment below what was given back of it."""
    take(app, INVOICES, invoice("F1", code="DEN-000101"))
    told = take(
        app,
        PAYMENTS,
        payment("P1", "10", "NO-HAY: 5"),
        payment("P2", "150"),
        payment("D1", "60", kind="Devolución"),
        payment("D2", "50", kind="Devolución"),
    )
    assert "NO-HAY" in told[0]
    assert told[1] == "Registrada; queda a favor 50.00"
    assert "a lo sumo 50.00" in told[2]
    assert told[3] == "Registrada"
    assert "al menos 50.00" in take(app, PAYMENTS, payment("P2", "40"))[0]
    assert balance(app, "CLI-ONE") == 0


def test_a_payment_of_the_portal_is_not_counted_twice_when_accounting_exports_it(app: Any) -> None:
    """Its number in the column of the portal makes it the same movement, and accounting's word about it counts."""
    take(app, INVOICES, invoice("F1", code="DEN-000101"), invoice("F2", code="DEN-000101"))
    take(app, PAYMENTS, payment("C01FE0000204C01", "100", "F1"))
    told = take(app, PAYMENTS, payment("RECIBO-7", "100", "F2", order="C01FE0000204C01"))
    assert told == ["Reemplazó a la anterior"]
    assert balance(app, "CLI-ONE") == 100
    assert [one.number for one in ledger.position(app, "CLI-ONE", date(2027, 6, 30)).items] == ["F1"]


def test_a_bounced_payment_owes_again_what_it_had_paid(app: Any) -> None:
    """Annulled with the same reference, whatever amount the row bears."""
    take(app, INVOICES, invoice("F1", code="DEN-000101"))
    take(app, PAYMENTS, payment("CHEQUE-1", "100"))
    assert take(app, PAYMENTS, payment("CHEQUE-1", "100", status="Anulado")) == ["Reemplazó a la anterior"]
    assert balance(app, "CLI-ONE") == 100


def test_a_batch_never_outgrows_a_commit(app: Any) -> None:
    """Two hundred invoices, then a payment that settles a hundred of them and its correction to the next hundred."""
    names = [f"F{n:03d}" for n in range(200)]
    take(app, INVOICES, *(invoice(name, code="DEN-000101", total="1") for name in names))
    first, second = ("; ".join(names[start : start + 100]) for start in (0, 100))
    for settles in (first, second):
        row = payment("P1", "100", f'"{settles}"')
        assert "queda" not in take(app, PAYMENTS, row)[0]
    found = ledger.position(app, "CLI-ONE", date(2027, 6, 30))
    assert [one.number for one in found.items] == names[:100]


def test_a_payment_of_more_invoices_than_a_commit_takes_settles_all_of_them(app: Any) -> None:
    """Five hundred open invoices and one payment of all, from a file and from the portal: nothing is left open."""
    take(app, INVOICES, *(invoice(f"F{n:03d}", code="DEN-000101", total="1") for n in range(500)))
    assert take(app, PAYMENTS, payment("P1", "450.50")) == ["Registrada"]
    found = ledger.position(app, "CLI-ONE", date(2027, 6, 30))
    assert (len(found.items), found.owed, found.credit) == (50, Decimal("49.50"), Decimal(0))
    take(app, INVOICES, *(invoice(f"G{n:03d}", code="DEN-000101", total="1") for n in range(300)))
    movement = Movement("CLI-ONE", "PORTAL1", MovementKind.PAYMENT, date(2027, 6, 30), Decimal("400.00"), "B/.")
    assert ledger.apply_movement(app, movement)
    assert not ledger.apply_movement(app, movement)
    found = ledger.position(app, "CLI-ONE", date(2027, 6, 30))
    assert (found.items, found.owed, found.credit) == ((), Decimal(0), Decimal("50.50"))
    assert "a lo sumo 200" in take(app, PAYMENTS, payment("P1", "450"))[0]
