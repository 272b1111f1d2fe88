"""Plays a line of `cartera.conversaciones`: somebody writes to Eva, and what she understood, said and did is compared."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from local.accounts import Clients
from local.eva_client import Heard, Talk
from local.play_accounts import credit_differs, shown
from local.portal_client import PortalClient
from local.tables import process_table

Json = dict[str, Any]
Differences = Iterator[str]

TALK_KEYS = frozenset(
    (
        *("usuario", "mensaje", "intencion", "respuesta_contiene", "emite", "aumento", "resultado", "enruta_a"),
        *("requiere_aprobacion", "documento", "negado", "nota", "crea", "no_revela", "ofrece"),
    )
)
_ANY_AMOUNT = re.compile(r"B/\.\s?[\d,]+\.\d\d")
_ANSWER = "Sucursal principal"
# What a visitor answers, by what Eva's question names.
_VISITOR = {
    "llama su empresa": "Panadería Inventada, S.A.",
    "RUC": "",
    "llama usted": "Marta Inventada",
    "teléfono": "6612-3456",
    "correo": "marta@panaderia.example.com",
}


@dataclass
class _Heard:
    """A line and what came of it. first: her answer to it; last: after everything that she asked."""

    clients: Clients
    row: Json
    chat: Talk
    first: Heard
    last: Heard


def talk(clients: Clients, row: Json) -> Differences:
    """Write the line, answer what is asked, compare."""
    client = clients.inside(row["usuario"]) if row["usuario"] else PortalClient(clients.stack, "")
    chat = Talk.anew(client)
    first = chat.say(row["mensaje"])
    yield from _intent(row["intencion"], first)
    wanted = [key for key in ("resultado", "enruta_a", "crea") if key in row]
    last = (_as_visitor(chat) if row["usuario"] is None else chat.finish(_ANSWER)) if wanted else first
    clients.stack.settle()
    heard = _Heard(clients, row, chat, first, last)
    for key in row:
        if key in CHECKS:
            yield from (f"{key}: {text}" for text in CHECKS[key](heard))


def _as_visitor(chat: Talk) -> Heard:
    """Answer as somebody who has not entered."""
    for _ in range(12):
        heard = chat.heard
        asked = next((said for words, said in _VISITOR.items() if words in heard.text.splitlines()[-1]), None)
        if "c:yes" in heard.buttons:
            return chat.press("c:yes")
        if picks := [pick for pick in heard.buttons if pick.startswith("v:")]:
            chat.press(picks[0])
        elif "c:skip" in heard.buttons:
            chat.press("c:skip")
        elif "c:cancel" in heard.buttons:
            chat.say(asked or "Recolección en dos locales de Panamá")
        else:
            break
    return chat.heard


def _intent(wanted: str, heard: Heard) -> Differences:
    """Whether her answer is one of that intent: one of its replies, or the question of one of its fields."""
    table = process_table("eva")
    if wanted == "no_entendida":
        templates = [table["texts"]["not_understood"]]
    else:
        # Asked for what is not one's own she says so whatever was meant; that it was not given is another check.
        intent = table["intents"][wanted]
        templates = [*intent["replies"].values(), *(field["asks"] for field in intent.get("fields", {}).values())]
        templates += [table["texts"]["own_only"]] if intent.get("own") else []
        templates += [intent[key] for key in ("main", "check") if key in intent]
    if not any(_fits(template, heard.text) for template in templates):
        yield f"intencion: se espera {wanted} y Eva dice: {heard.text}"


def _fits(template: str, text: str) -> bool:
    parts = [re.escape(part) for part in re.split(r"\{[^}]*\}", template.strip())]
    return bool(re.search(".*?".join(parts), text, re.DOTALL))


def _says(heard: _Heard) -> Differences:
    for words in heard.row["respuesta_contiene"]:
        if words not in heard.first.text:
            yield f"falta {words!r} en «{heard.first.text}»"


def _issues(heard: _Heard) -> Differences:
    downloads = [path for path in heard.first.links if re.search(r"/documentos/[0-9A-Z]{20}", path)]
    if bool(downloads) != heard.row["emite"]:
        yield f"se espera {heard.row['emite']} y ofrece {list(heard.first.links)}"


def _raise(heard: _Heard) -> Differences:
    """That she read the new limit out of the line: what she confirms is today's limit and so much more."""
    table = {row["caso"]: row for row in heard.clients.accounts}
    wanted = Decimal(table[heard.row["usuario"]]["cupo"]) + Decimal(heard.row["aumento"])
    said = "\n".join(_lines_of_eva(heard))
    if shown(wanted) not in said and f"{wanted:,.2f}" not in said:
        yield f"Eva no confirma {wanted}: {said[-600:]}"


def _lines_of_eva(heard: _Heard) -> list[str]:
    return [heard.chat.client.open("/eva").text]


def _outcome(heard: _Heard) -> Differences:
    yield from credit_differs(heard.last, {"resultado": heard.row["resultado"]})


def _goes_to(heard: _Heard) -> Differences:
    """She names the area, and the area gets the case by mail, with the page on which it is settled."""
    area = heard.clients.cast.areas[heard.row["enruta_a"]]["label"]
    if area not in heard.last.text:
        yield f"Eva no dice {area}: {heard.last.text}"
    found = re.search(r"\bK[0-9A-Z]{7}\b", heard.last.text)
    heard.clients.stack.look()
    mails = heard.clients.stack.person(heard.clients.cast.first(heard.row["enruta_a"])).mails()
    if found is None or not any(f"/{found[0]}" in mail.text for mail in mails):
        yield f"a {area} no le llegó el caso {found[0] if found else '(sin número)'}"


def _needs_approval(heard: _Heard) -> Differences:
    kind = process_table("cases")["kinds"][heard.row["intencion"]]
    if (kind["way"] == "decide") is not heard.row["requiere_aprobacion"] or "aprueb" not in heard.last.text:
        yield f"no dice que falta la aprobación: {heard.last.text}"


def _document(heard: _Heard) -> Differences:
    """The invoice that she offers is downloaded, as PDF and as XML."""
    number = heard.row["documento"]
    client = heard.chat.client
    for kind, begins in (("pdf", b"%PDF-"), ("xml", b"<?xml")):
        page = client.open(f"/facturas/{number}")
        form = next((form for form in page.forms if form.action.endswith(f"/{kind}")), None)
        body = client.submit(page, form).body if form else b""
        if not body.startswith(begins):
            yield f"no se descarga el {kind}"
    if number not in heard.first.text + " ".join(heard.first.links):
        yield f"Eva no habla de {number}: {heard.first.text}"


def _denied(heard: _Heard) -> Differences:
    """Nothing of anybody else: no amount that is not the client's own, no link to what was asked."""
    others = [row for account in heard.clients.accounts if account["caso"] != heard.row["usuario"] for row in account["facturas"]]
    own = {
        row["numero"]
        for account in heard.clients.accounts
        if account["caso"] == heard.row["usuario"]
        for row in account["facturas"]
    }
    named = [row["numero"] for row in others if row["numero"] in heard.row["mensaje"]]
    yield from (f"enlaza {number}" for number in named if any(number in path for path in heard.first.links))
    yield from (f"/facturas/{number} se abre" for number in named if heard.chat.client.get(f"/facturas/{number}").status != 404)
    amounts = {shown(Decimal(row[key])) for row in others for key in ("total", "saldo") if Decimal(row[key])}
    if not own:
        yield "el usuario no tiene facturas con que comparar"
    if told := [amount for amount in _ANY_AMOUNT.findall(heard.first.text) if amount in amounts]:
        yield f"dice {told}"


def _creates(heard: _Heard) -> Differences:
    """A prospect reaches Comercial by mail, and no dossier is opened."""
    if heard.row["crea"] != "prospecto":
        yield f"«play» no conoce {heard.row['crea']!r}"
        return
    name = _VISITOR["llama su empresa"]
    heard.clients.stack.look()
    sales = [address for address, row in heard.clients.cast.people.items() if "comercial" in row["roles"]]
    if not any(name in mail.text for address in sales for mail in heard.clients.stack.person(address).mails()):
        yield f"a Comercial no le llegó ningún correo de {name}: {heard.last.text}"
    if any(name in str(row) for row in heard.clients.stack.status().get("dossiers", [])):
        yield "se abrió un expediente"


def _keeps_quiet(heard: _Heard) -> Differences:
    if heard.row["no_revela"] != ["saldos"]:
        yield f"«play» no conoce {heard.row['no_revela']!r}"
    if told := _ANY_AMOUNT.findall(heard.chat.client.open("/eva").text):
        yield f"dice {told}"


def _offers(heard: _Heard) -> Differences:
    if heard.row["ofrece"] != "menu_y_persona":
        yield f"«play» no conoce {heard.row['ofrece']!r}"
    for pick in ("c:menu", "i:persona"):
        if pick not in heard.first.buttons:
            yield f"no ofrece {pick}: {list(heard.first.buttons)}"


CHECKS: dict[str, Callable[[_Heard], Differences]] = {
    "respuesta_contiene": _says,
    "emite": _issues,
    "aumento": _raise,
    "resultado": _outcome,
    "enruta_a": _goes_to,
    "requiere_aprobacion": _needs_approval,
    "documento": _document,
    "negado": _denied,
    "crea": _creates,
    "no_revela": _keeps_quiet,
    "ofrece": _offers,
}
