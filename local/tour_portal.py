"""The end of the tour: the client of the tour in the portal. Cartera drops an export, he asks Eva, pays, gets his paz y salvo, and nothing of others."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

import urllib3

from local import ledger_files
from local.accounts import contact_of, drop
from local.eva_client import Talk
from local.person import forms_of
from local.portal_client import PortalClient
from local.tables import process_table
from local.travel import TravelError

if TYPE_CHECKING:
    from local.tour import Tour

Json = dict[str, Any]

_CARD = {"kind": "debit", "number": "4111 1111 1111 1111"}
_POOL = urllib3.PoolManager(retries=False, timeout=urllib3.Timeout(total=60))


def portal_of(tour: Tour) -> PortalClient:
    """The client's person before the portal, the same browser for the whole tour."""
    if tour.portal is None:
        tour.portal = PortalClient(tour.stack, contact_of(tour.way.case))
    return tour.portal


def number_of(tour: Tour) -> str:
    """The client's invoice."""
    return f"FE-{tour.code.removeprefix('DEN-')}1"


def _others_number(tour: Tour) -> str:
    return f"FE-{tour.code.removeprefix('DEN-')}2"


def _account(tour: Tour, name: str, number: str) -> Json:
    """An account with one invoice that was due five days ago."""
    today = tour.stack.now().date()
    row = {
        "numero": number,
        "fecha": (today - timedelta(days=20)).isoformat(),
        "vence": (today - timedelta(days=5)).isoformat(),
        "subtotal": "200.00",
        "itbms": "14.00",
        "total": "214.00",
        "saldo": "214.00",
        "cufe": f"FICTICIO-{number}",
    }
    terms = {"cliente_desde": (today - timedelta(days=20)).isoformat(), "cupo": "1000.00", "plazo_dias": 15}
    return {"caso": name, "facturas": [row], "anticipos": [], **terms}


def enter_and_ask(tour: Tour) -> str:
    """Cartera drops what accounting exports; the client enters and asks Eva. Gives what she said."""
    person, told = tour.stack.person(tour.cast.first("cartera")), []
    accounts, codes = [_account(tour, "own", number_of(tour))], {"own": tour.code}
    other = next((row["code"] for row in tour.stack.status()["dossiers"] if row.get("code") not in (None, "", tour.code)), "")
    if other:
        accounts.append(_account(tour, "other", _others_number(tour)))
        codes["other"] = other

    def export() -> None:
        for name, data in ledger_files.exported(accounts, codes, f"cartera {tour.code}").items():
            drop(tour.stack, tour.cast, {name: data})

    def ask() -> None:
        client = portal_of(tour)
        client.enter()
        told.append(Talk(client).say(str(tour.words["asks_eva"])).text)

    tour.step(person, "deja en Entrada lo que exportó contabilidad", export)
    tour.step(str(tour.names["contact"]), "entra al portal con el enlace de su correo y pregunta a Eva", ask)
    return told[0]


def pay_and_clear(tour: Tour) -> str:
    """He is refused a paz y salvo, pays, and gets it. Gives what he read."""
    client, who = portal_of(tour), str(tour.names["contact"])
    path = "/documentos/pedir/paz_y_salvo"
    refused = client.fill(path, action="/paz_y_salvo")
    if "/pagos" not in refused.html:
        raise TravelError(f"el portal no dijo por qué no hay paz y salvo: {refused.text[:300]}")
    tour.step(who, "paga la factura con su tarjeta, en la pasarela", lambda: _pay(tour, client))
    issued = client.fill(path, action="/paz_y_salvo")
    tour.step(who, "descarga su paz y salvo", lambda: _downloaded(client, issued.url))
    tour.stack.look(2)
    return str(tour.words["paid"]).format(number=number_of(tour), title=issued.html.partition("<h1>")[2].partition("</h1>")[0])


def _pay(tour: Tour, client: PortalClient) -> None:
    page = client.open("/pagos")
    form = next(form for form in page.forms if form.action.endswith("/pagos"))
    method = next(iter(process_table("payments")["methods"]))
    review = client.send(page, form, {f"f_item_{number_of(tour)}": "si", "f_method": method})
    confirm = next(form for form in review.forms if form.action.endswith("/confirmar"))
    where = client.submit(review, confirm).headers["Location"]
    shown = _POOL.request("GET", where).data.decode()
    (gateway, *_) = forms_of(shown)
    _POOL.request("POST", urljoin(where, gateway.action), fields=_CARD, encode_multipart=False, redirect=False)
    for _ in range(6):
        tour.stack.look()
        if number_of(tour) not in client.open("/pagos").text:
            return
    raise TravelError("el pago no quedó aplicado")


def _downloaded(client: PortalClient, url: str) -> None:
    if not client.get(f"{url}/pdf").body.startswith(b"%PDF-"):
        raise TravelError(f"el paz y salvo no se descargó: {url}")


def try_others(tour: Tour) -> str:
    """He asks for the invoice of another client. Gives what the portal answered."""
    client, told = portal_of(tour), []

    def ask() -> None:
        told.append(client.get(f"/facturas/{_others_number(tour)}"))

    tour.step(str(tour.names["contact"]), "pide la factura de otro cliente; para él no existe", ask)
    if told[0].status != 404:
        raise TravelError(f"la factura ajena se abrió, y no debía: {told[0].status}")
    # A link that nobody has used yet, for a visitor who wants to look for himself.
    client.ask_link()
    return str(tour.words["not_found"]).format(number=_others_number(tour), status=told[0].status)
