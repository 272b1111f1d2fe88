"""Plays a payment of `cartera.pagos`: begun in the portal, told by the gateway however the case says, compared with what the client sees."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import urllib3

from local import ledger_files
from local.accounts import Clients, drop
from local.person import Page
from local.play_accounts import balance_of
from local.portal_client import PortalClient, PortalError
from local.tables import process_table

Json = dict[str, Any]
Differences = Iterator[str]

PAYMENT_KEYS = frozenset(("id", "cuenta", "medio", "factura", "monto", "orden", "notificaciones", "esperado"))
_NOTICE_KEYS = {"estado", "hash", "nota", "dia_habil", "monto_distinto"}
_EXPECTED = {"aplicado_veces", "saldo_factura", "recibo", "auditoria", "estado_intermedio", "orden_reintentable"}
# How the case calls a state -> how the local gateway does.
_STATES = {"E": "approved", "R": "rejected", "C": "cancelled", "X": "expired", "rechazada": "rejected", "pendiente": "pending"}
_CREDITED = "acreditada"
_POOL = urllib3.PoolManager(retries=False, timeout=urllib3.Timeout(total=60))


def pay(clients: Clients, row: Json) -> Differences:
    """Begin it, let the gateway tell, compare."""
    yield from (f"clave desconocida: {key}" for one in row["notificaciones"] for key in one.keys() - _NOTICE_KEYS)
    yield from (f"esperado.{key}: «play» no conoce esta clave" for key in row["esperado"].keys() - _EXPECTED)
    client = clients.inside(row["cuenta"])
    before = balance_of(client)
    order_id = _begin(clients, client, row)
    between = ""
    for notice in row["notificaciones"]:
        _tell(clients, row, order_id, notice)
        between = between or client.open(f"/pagos/{order_id}").text
    # A day may have passed, and with it the session.
    client = clients.inside(row["cuenta"])
    yield from _compared(clients, client, row, order_id, before - balance_of(client), between)


def _begin(clients: Clients, client: PortalClient, row: Json) -> str:
    """Choose the invoice and how to pay it, confirm. Gives the id of the order."""
    page = client.open("/pagos")
    form = next(form for form in page.forms if form.action.endswith("/pagos"))
    chosen = {f"f_item_{row['factura']}": "si", "f_method": row["medio"], "f_amount": row["monto"]}
    review = client.send(page, form, chosen)
    confirm = next((form for form in review.forms if form.action.endswith("/confirmar")), None)
    if confirm is None:
        raise PortalError(f"{row['id']}: no se puede confirmar: {review.text[:400]}")
    answer = client.submit(review, confirm)
    where = answer.headers.get("Location", "")
    if where.startswith(clients.stack.ready["gateway"]):
        _POOL.request("GET", where)
    found = re.search(r"\b[0-9A-Za-z]{15}\b", where.rpartition("order=")[2] if "order=" in where else where.rpartition("/")[2])
    if found is None:
        raise PortalError(f"{row['id']}: no se inició ningún pago: {answer.status} {where}")
    return found[0]


def _tell(clients: Clients, row: Json, order_id: str, notice: Json) -> None:
    if row["medio"] == "ach":
        _by_bank(clients, row, order_id, notice)
        return
    state = _STATES[notice["estado"]]
    wanted: Json = {"state": state, "times": 1}
    if notice.get("hash") == "invalido":
        wanted["signature"] = "0" * 64
    if "monto_distinto" in notice:
        wanted["changes"] = {"amount": notice["monto_distinto"]}
    address = f"{clients.stack.ready['gateway']}/_local/orders/{order_id}"
    told = _POOL.request("POST", address, body=json.dumps(wanted).encode(), headers={"Content-Type": "application/json"})
    if told.status != 200:
        raise PortalError(f"{row['id']}: la pasarela no conoce la orden {order_id}: {told.status}")
    clients.stack.look()


def _by_bank(clients: Clients, row: Json, order_id: str, notice: Json) -> None:
    """A transfer is announced, and credited by what accounting exports some working days later."""
    if notice["estado"] != _CREDITED:
        return
    zone = ZoneInfo(process_table("company")["timezone"])
    day = clients.stack.now().astimezone(zone)
    for _ in range(int(notice.get("dia_habil", 1))):
        day += timedelta(days=1)
        while day.weekday() > 4:
            day += timedelta(days=1)
    clients.stack.set_clock(datetime.combine(day.date(), time(10), zone))
    table = ledger_files.template()
    said = {
        "code": clients.codes[row["cuenta"]],
        "number": f"ACH-{row['id']}",
        "order": order_id,
        "movement": table["choices"]["movement"]["payment"][0],
        "issued_on": day.date().isoformat(),
        "amount": row["monto"],
        "settles": f"{row['factura']}: {row['monto']}",
    }
    drop(clients.stack, clients.cast, {f"banco-{row['id']}.csv": ledger_files.tab_as_csv(table["tabs"]["movements"], [said])})


def _compared(clients: Clients, client: PortalClient, row: Json, order_id: str, paid: Decimal, between: str) -> Differences:
    wanted, amount = row["esperado"], Decimal(row["monto"])
    if paid != amount * wanted["aplicado_veces"]:
        yield f"aplicado_veces: el saldo bajó {paid}"
    page = client.open(f"/pagos/{order_id}")
    invoice = client.open(f"/facturas/{row['factura']}")
    if "saldo_factura" in wanted and _balance(invoice) != Decimal(wanted["saldo_factura"]):
        yield f"saldo_factura: se espera {wanted['saldo_factura']} y hay {_balance(invoice)}"
    if wanted.get("recibo") and not _receipts(clients, client, order_id):
        yield "recibo: no llegó ningún correo"
    if wanted.get("orden_reintentable") and "Intentar de nuevo" not in page.text:
        yield f"orden_reintentable: la página dice {page.text[:300]}"
    if "estado_intermedio" in wanted and process_table("payments")["states"]["pending"]["label"] not in between:
        yield f"estado_intermedio: la página decía {between[:300]}"
    if "auditoria" in wanted:
        yield from _audited(clients, row, order_id, wanted["auditoria"])


def _balance(page: Page) -> Decimal:
    found = re.search(r"<dt>Saldo</dt><dd>([^<]+)</dd>", page.html)
    if found is None:
        raise LookupError(f"la factura no dice su saldo: {page.text[:200]}")
    return Decimal(re.sub(r"[^\d.]", "", found[1].split("/.")[-1]))


def _receipts(clients: Clients, client: PortalClient, order_id: str) -> int:
    """How many mails about the order are in the mailbox; one is what is wanted."""
    found = [mail for mail in clients.stack.person(client.address).mails() if order_id in mail.text]
    if len(found) > 1:
        raise LookupError(f"llegaron {len(found)} correos de la orden {order_id}")
    return len(found)


def _audited(clients: Clients, row: Json, order_id: str, wanted: str) -> Differences:
    """The chain of the dossier says why a notice was not believed."""
    events = clients.events(row["cuenta"])
    said = [event for event in events if order_id in json.dumps(event, ensure_ascii=False)]
    if not any(wanted in json.dumps(event) for event in said):
        yield f"auditoria: se espera {wanted} y la cadena dice {said}"
