"""Compares what a client sees of its account in the portal with `esperado` of `cartera.cuentas`: one function a key."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from local.eva_client import Heard, Talk
from local.pdf_text import text_of
from local.person import Page
from local.portal_client import PortalClient
from local.tables import process_table

Json = dict[str, Any]
Differences = Iterator[str]

ACCOUNT_KEYS = frozenset(("caso", "cliente_desde", "cupo", "plazo_dias", "facturas", "anticipos", "esperado", "corte", "nota"))
_CREDIT_KEYS = {"aumento", "resultado", "motivos"}
# Words of `cartera` about a paz y salvo -> what its PDF says.
_CLEAR = {
    "al dia, con una factura por vencer": "no tiene saldos vencidos",
    "relación terminada sin saldos": "relación terminada sin saldos",
}
# Pages that only a client whose service goes on may open.
_WHOLE = ("/eva", "/pagos")
_AGES = {"1-30": "1 a 30 días", "31-60": "31 a 60 días", "61-90": "61 a 90 días", "mas_90": "Más de 90 días"}


def shown(amount: Decimal) -> str:
    """An amount as the portal writes it.

    >>> shown(Decimal("4010.00"))
    'B/. 4,010.00'
    """
    return f"{process_table('company')['currency']} {amount:,.2f}"


def home(client: PortalClient) -> Page:
    """The account at a glance."""
    return client.open("/")


def _differs(wanted: object, found: object) -> Differences:
    if wanted != found:
        yield f"se espera {wanted} y hay {found}"


def _amount(text: str) -> Decimal:
    return Decimal(re.sub(r"[^\d.]", "", text.split("/.")[-1]))


def balance_of(client: PortalClient) -> Decimal:
    """What the first page says is owed; negative in the client's favour."""
    page = home(client)
    label = re.search(r'<p class="label">([^<]+)</p>\s*<p class="amount">([^<]+)</p>', page.html)
    if label is None:
        raise LookupError(f"la primera página no dice el saldo: {page.text[:300]}")
    return _amount(label[2]) * (-1 if "favor" in label[1] else 1)


def _balance(client: PortalClient, account: Json, wanted: str) -> Differences:
    """Of a service that has ended the first page tells no balance: its paz y salvo does."""
    if account["esperado"].get("portal") != "solo_documentos":
        yield from _differs(Decimal(wanted), balance_of(client))
    elif "sin saldos" not in _paz_y_salvo_text(client):
        yield "el paz y salvo no dice que la cuenta quedó sin saldos"


def _credit_balance(client: PortalClient, account: Json, wanted: str) -> Differences:
    yield from _differs(-Decimal(wanted), balance_of(client))


def _overdue(client: PortalClient, account: Json, wanted: str) -> Differences:
    found = re.search(r"Vencido: ([^<]+)<", home(client).html)
    yield from _differs(Decimal(wanted), _amount(found[1]) if found else Decimal("0.00"))


def _days_late(client: PortalClient, account: Json, wanted: int) -> Differences:
    found = re.search(r"con (\d+) días? de atraso", home(client).text)
    yield from _differs(wanted, int(found[1]) if found else 0)


def _ages(client: PortalClient, account: Json, wanted: Json) -> Differences:
    rows = dict(re.findall(r"<dt>([^<]+)</dt><dd>([^<]+)</dd>", home(client).html))
    for key, amount in wanted.items():
        there = rows.get(_AGES[key])
        yield from (f"{key}: {text}" for text in _differs(Decimal(amount), _amount(there) if there else Decimal("0.00")))


def _usage(client: PortalClient, account: Json, wanted: str) -> Differences:
    said = Talk.anew(client).say("estado de cuenta").text
    found = re.search(r"usa el ([\d.,]+) %", said)
    share = Decimal(found[1]) / 100 if found else None
    if share is None or abs(share - Decimal(wanted)) > Decimal("0.0005"):
        yield f"se espera {wanted} y Eva dice: {said}"


# --- documents -----------------------------------------------------------------------------------------------------------------


def issue(client: PortalClient, kind: str, said: Json | None = None) -> Page:
    """Ask for a document; the page that says that it is there, or why not."""
    return client.fill(f"/documentos/pedir/{kind}", said, action=f"/{kind}")


def is_issued(page: Page) -> bool:
    """Whether a page is that of a document that was issued."""
    return page.status == 200 and bool(re.search(r"/documentos/[0-9A-Z]{20}$", page.url))


def pdf_text(client: PortalClient, page: Page) -> str:
    """What the PDF of an issued document says."""
    return text_of(client.get(f"{page.url}/pdf").body)


def _paz_y_salvo_text(client: PortalClient) -> str:
    page = issue(client, "paz_y_salvo")
    return pdf_text(client, page) if is_issued(page) else page.text


def _paz_y_salvo(client: PortalClient, account: Json, wanted: Json) -> Differences:
    yield from (f"clave desconocida: {key}" for key in wanted.keys() - {"se_emite", "texto", "motivo"})
    page = issue(client, "paz_y_salvo")
    yield from _differs(wanted["se_emite"], is_issued(page))
    if "texto" in wanted and is_issued(page):
        words = _CLEAR.get(wanted["texto"])
        if words is None or words not in pdf_text(client, page):
            yield f"no dice «{wanted['texto']}»"
    if wanted.get("motivo") == "saldo_vencido" and ("/pagos" not in page.html or "vencid" not in page.text):
        yield f"no dice qué está vencido ni cómo pagarlo: {page.text[:300]}"


def _purchases(client: PortalClient, account: Json, wanted: Json) -> Differences:
    page = issue(client, "certificado_compras", {"since": wanted["desde"], "until": wanted["hasta"]})
    text = pdf_text(client, page) if is_issued(page) else page.text
    if f"{Decimal(wanted['total']):,.2f}" not in text:
        yield f"no dice {wanted['total']}: {text[:600]}"
    listed = [row["numero"] for row in account["facturas"] if wanted["desde"] <= row["fecha"] <= wanted["hasta"]]
    yield from _differs(wanted["facturas"], len(listed))


# --- requests ------------------------------------------------------------------------------------------------------------------


def _credits(client: PortalClient, account: Json, wanted: list[Json]) -> Differences:
    for row in wanted:
        yield from (f"clave desconocida: {key}" for key in row.keys() - _CREDIT_KEYS)
        chat = Talk.anew(client)
        chat.say("aumento de cupo")
        chat.say(str(Decimal(account["cupo"]) + Decimal(row["aumento"])))
        yield from (f"{row['aumento']}: {text}" for text in credit_differs(chat.finish("Crecimos"), row))


def credit_differs(heard: Heard, row: Json) -> Differences:
    """Whether Eva tells the outcome of the rules, and its reasons and no other."""
    table = process_table("credit")
    outcome = table["results"][row["resultado"]]
    if outcome["label"] not in heard.text and outcome["told"] not in heard.text:
        yield f"se espera {row['resultado']} y Eva dice: {heard.text}"
    for key, reason in table["reasons"].items():
        # Up to the first figure: the figures are those of the rules.
        words = reason.split("{")[0]
        if (key in row.get("motivos", [])) != (words in heard.text) and "motivos" in row:
            yield f"{key}: {'falta' if key in row['motivos'] else 'sobra'} en «{heard.text}»"


def _refund(client: PortalClient, account: Json, wanted: Json) -> Differences:
    yield from (f"clave desconocida: {key}" for key in wanted.keys() - {"permitida", "monto_maximo", "requiere"})
    most, chat = Decimal(wanted["monto_maximo"]), Talk.anew(client)
    heard = chat.say("devolución de saldo a favor")
    yield from _differs(wanted["permitida"], shown(most) in heard.text)
    if shown(most) not in chat.say(str(most + Decimal("0.01"))).text:
        yield f"un centavo más no se rechaza: {chat.heard.text}"
    heard = chat.say(str(most))
    if "cuenta_a_nombre_del_cliente" in wanted["requiere"] and "a nombre de" not in heard.text:
        yield f"no pide una cuenta a nombre del cliente: {heard.text}"
    sent = chat.finish("Banco Imaginario de Panamá")
    if "aprobacion_cartera" in wanted["requiere"] and process_table("areas")["roles"]["cartera"]["label"] not in sent.text:
        yield f"no dice que la aprueba Cartera: {sent.text}"


def _portal(client: PortalClient, account: Json, wanted: str) -> Differences:
    if wanted != "solo_documentos":
        yield f"«play» no conoce {wanted!r}"
        return
    yield from (f"{path} se abre" for path in _WHOLE if client.get(path).status != 404)
    yield from (f"{path} no se abre" for path in ("/documentos", "/facturas") if client.get(path).status != 200)


CHECKS: dict[str, Callable[[PortalClient, Json, Any], Differences]] = {
    "saldo": _balance,
    "saldo_a_favor": _credit_balance,
    "vencido": _overdue,
    "dias_mora_max": _days_late,
    "antiguedad": _ages,
    "utilizacion": _usage,
    "paz_y_salvo": _paz_y_salvo,
    "credito": _credits,
    "certificado_compras": _purchases,
    "devolucion": _refund,
    "portal": _portal,
}
