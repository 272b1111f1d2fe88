"""Plays `cartera` of a file of cases: accounts, conversations and payments of active clients, as they see them in the portal."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from local import ending
from local.accounts import Clients, stand_in
from local.cases import Case
from local.cast import Cast
from local.play_accounts import ACCOUNT_KEYS, CHECKS
from local.play_payments import PAYMENT_KEYS, pay
from local.play_talks import TALK_KEYS, talk
from local.portal_client import PortalError
from local.stack import HttpError, Stack, StackError
from local.tables import process_table
from local.travel import TravelError

Json = dict[str, Any]

KEYS = frozenset(("aviso", "corte", "cuentas", "pagos", "conversaciones"))
FAILURES = (TravelError, StackError, HttpError, PortalError, LookupError, StopIteration, ValueError)
# At this hour of the cut-off everything is played: offices are open and what was dropped that morning has been read.
_HOUR = "10:00:00"


@dataclass
class Told:
    """What became of an account, a payment or a conversation."""

    key: str
    title: str
    differences: list[str]
    notes: list[str] = field(default_factory=list)


@dataclass
class Desk:
    """The clients of `cartera` on one stack. accounts: by their case."""

    clients: Clients
    accounts: dict[str, Json]
    cases: Mapping[str, Case]

    def at(self, day: str) -> None:
        """Let time pass until the morning of a day."""
        zone = ZoneInfo(process_table("company")["timezone"])
        self.clients.stack.set_clock(datetime.fromisoformat(f"{day}T{_HOUR}").replace(tzinfo=zone))


def play(cartera: Json, cases: Mapping[str, Case], store: str, log: Any) -> Iterator[Told]:
    """Play all of it on one fresh stack."""
    strange = sorted(cartera.keys() - KEYS)
    if strange:
        yield Told("-", "cartera", [f"clave desconocida: {key}" for key in strange])
    accounts = {one["caso"]: one for one in cartera["cuentas"]}
    first = min(case["enviado_en"] for name, case in cases.items() if name in accounts)
    with Stack.start(store, now=first, log=log) as stack:
        desk = Desk(Clients(stack, Cast.load()), accounts, cases)
        try:
            _activate(desk)
        except FAILURES as problem:
            yield Told("cuentas", "los clientes de cartera", [_failed(problem)])
            return
        ended = [one for one in accounts.values() if "corte" in one]
        for one in sorted(ended, key=lambda one: str(one["corte"])):
            yield _end(desk, one)
        desk.at(cartera["corte"])
        yield from _going_on(desk, cartera, [one for one in accounts.values() if one not in ended])


def _going_on(desk: Desk, cartera: Json, open_accounts: Sequence[Json]) -> Iterator[Told]:
    try:
        desk.clients.drop(open_accounts)
    except FAILURES as problem:
        yield Told("cuentas", "la exportación de contabilidad", [_failed(problem)])
        return
    # First what is only said: an account's expectations ask for refunds and credit, and what is asked for changes what Eva offers.
    for number, one in enumerate(cartera["conversaciones"], 1):
        yield _judged(f"EV{number:02d}", one["mensaje"], one, TALK_KEYS, lambda one=one: talk(desk.clients, one))  # type: ignore[misc]
    for one in open_accounts:
        yield _account(desk, one)
    for one in cartera["pagos"]:
        title = f"{one['medio']}, {one['factura']}"
        yield _judged(one["id"], title, one, PAYMENT_KEYS, lambda one=one: pay(desk.clients, one))  # type: ignore[misc]


def _activate(desk: Desk) -> None:
    """Take every client to the active service, in the order in which their forms came; who has no case is a stand-in."""
    model = next(case for name, case in desk.cases.items() if name in desk.accounts)
    named = {name: desk.cases.get(name) or stand_in(model, name, number) for number, name in enumerate(desk.accounts)}
    for name, case in sorted(named.items(), key=lambda row: str(row[1]["enviado_en"])):
        desk.clients.stack.set_clock(datetime.fromisoformat(case["enviado_en"]))
        desk.clients.activate(name, case)


def _end(desk: Desk, account: Json) -> Told:
    """A client whose service ends before the day of its account: its export comes first, then the events of its case."""
    name = account["caso"]
    try:
        events = {event["accion"]: event for event in desk.cases[name]["eventos"]}
        asked, closed = events["enviar_cancelacion"], events["archivar"]
        travel, stack = desk.clients.ways[name], desk.clients.stack
        desk.at(max(row["fecha"] for row in account["facturas"]))
        desk.clients.drop([account])
        stack.set_clock(datetime.fromisoformat(asked["en"]))
        wanted = (str(asked["ultimo_servicio"]), asked["motivo"], "returned")
        ending.ask(travel, desk.clients.codes[name], asked["actor"], wanted)
        stack.set_clock(datetime.fromisoformat(closed["en"]))
        ending.sign(travel, stack.person(desk.clients.cast.actor(closed["actor"])))
        ending.settle_balance(travel, stack.person(desk.clients.cast.first("cartera")))
        stack.look(3)
        desk.at(str(account["corte"]))
    except FAILURES as problem:
        return Told(name, f"cuenta de {name}", [_failed(problem)])
    return _account(desk, account)


def _account(desk: Desk, account: Json) -> Told:
    name = account["caso"]
    return _judged(name, f"cuenta de {name}", account, ACCOUNT_KEYS, lambda: _compared(desk.clients, account))


def _compared(clients: Clients, account: Json) -> Iterator[str]:
    client = clients.inside(account["caso"])
    for key, wanted in account["esperado"].items():
        if key in CHECKS:
            yield from (f"{key}: {text}" for text in CHECKS[key](client, account, wanted))
        else:
            yield f"{key}: «play» no conoce esta clave"


def _judged(key: str, title: str, row: Json, known: frozenset[str], act: Callable[[], Iterator[str]]) -> Told:
    found = [f"clave desconocida: {name}" for name in sorted(row.keys() - known)]
    try:
        found += act()
    except FAILURES as problem:
        found.append(_failed(problem))
    return Told(key, title, found)


def _failed(problem: BaseException) -> str:
    return f"no se pudo seguir: {type(problem).__name__}: {problem}"
