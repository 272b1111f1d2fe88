"""The payments of the sample cases, PG01 to PG06: each is told by its gateway as the table says, and ends as the table says."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from expediente import ledger, payments
from expediente.ledger_data import Allocation, Movement, MovementKind
from expediente.model import Dossier
from expediente.portal_data import OrderState
from tests.portal.payment_kit import Counter
from tests.portal.portal_kit import PortalApp
from tests.unit.intake_samples import sample_file

PAYMENTS = {row["id"]: row for row in sample_file()["cartera"]["pagos"]}
# How the sample table names what the gateway of demonstrations says.
SAID = {"rechazada": "rejected", "pendiente": "pending"}
YAPPY = {"E": "approved", "R": "rejected", "C": "cancelled", "X": "expired"}


def _play(app: PortalApp, row: dict[str, Any]) -> tuple[Counter, Dossier]:
    """Begin the order and let its gateway tell what the table says. Yappy's notices name no amount, so another amount comes by the other."""
    counter, dossier = Counter(app), app.add_client(row["cuenta"])
    other_amount = any("monto_distinto" in said for said in row["notificaciones"])
    gateway = {"yappy": "pruebas" if other_amount else "yappy", "ach": ""}.get(row["medio"], "pruebas")
    chosen = (Allocation(row["factura"], Decimal(row["monto"])),)
    state = OrderState.STARTED if gateway else OrderState.PENDING
    counter.put_order(dossier, row["orden"], row["medio"], row["monto"], gateway, chosen=chosen, state=state)
    for said in row["notificaciones"]:
        if gateway == "yappy":
            forged = {"hash": "0" * 64} if said["hash"] == "invalido" else {}
            counter.tell_yappy(row["orden"], said["estado"], **forged)
        elif gateway:
            state_said = SAID.get(said["estado"]) or YAPPY[said["estado"]]
            counter.tell(row["orden"], state_said, said.get("monto_distinto", row["monto"]))
        elif said["estado"] == "acreditada":
            # The bank's word comes with the accounting system's export, under the reference that the client was given.
            amount, kind = Decimal(row["monto"]), MovementKind.PAYMENT
            movement = Movement(dossier.client_id, row["orden"], kind, app.clock.now().date(), amount, "USD")
            ledger.apply_movement(app, movement, chosen)
            payments.look(app, row["orden"])
    return counter, dossier


@pytest.mark.parametrize("name", sorted(PAYMENTS))
def test_a_payment_of_the_sample_table_ends_as_it_says(app: PortalApp, name: str) -> None:
    """The invoice's balance, the receipt, the audited reason and whether it may be tried again are those of the table."""
    row = PAYMENTS[name]
    before = Decimal(row["monto"])
    counter, dossier = _play(app, row)
    order, wanted = counter.order(row["orden"]), row["esperado"]
    item = ledger.item(app, dossier.client_id, row["factura"])
    assert item is not None
    applied = wanted["aplicado_veces"] == 1
    assert (order.state is OrderState.APPLIED) is applied
    assert item.balance == (Decimal("0.00") if applied else Decimal(wanted.get("saldo_factura", before)))
    assert len([mail for mail in app.mails() if mail.kind == "pago_recibido"]) == wanted["aplicado_veces"]
    reasons = [fact.payload["reason"] for fact in app.facts() if fact.payload["what"] == "payment_refused"]
    assert reasons == ([wanted["auditoria"]] if "auditoria" in wanted else [])
    if wanted.get("orden_reintentable"):
        page = app.entered(dossier).text(f"/pagos/{row['orden']}")
        assert "Intentar de nuevo" in page and "No se cobró nada" in page or "no se completó" in page


def test_a_transfer_waits_for_the_bank_and_says_so(app: PortalApp) -> None:
    """PG04 between its two words: the client reads that it waits for the bank, and nothing is applied."""
    row = {**PAYMENTS["PG04"], "notificaciones": PAYMENTS["PG04"]["notificaciones"][:1]}
    counter, dossier = _play(app, row)
    page = app.entered(dossier).text(f"/pagos/{row['orden']}")
    assert "Pendiente de acreditación" in page and row["orden"] in page
    assert counter.order(row["orden"]).state is OrderState.PENDING
