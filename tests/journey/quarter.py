"""A quarter of the company, played in one process: clients whose ways cross, each with its own fate, over the working days of three months.

A fate is a generator: it acts, then says after how many working days it goes on (0 = later the same day).
"""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from expediente.deadlines import is_working_day
from expediente.model import State
from tests.harness import CUMPLIMIENTO, DOMAIN, ENCARGADO, Case, Stack, cases, person
from tests.journey.ways import another_client

PANAMA = ZoneInfo("America/Panama")
FIRST_DAY = date(2026, 3, 3)
WORKING_DAYS = 60
GERENCIA, CARTERA = f"gerencia.uno@{DOMAIN}", f"cartera.uno@{DOMAIN}"
SUCCESSOR = f"vendedora.dos@{DOMAIN}"
RETURN_REASON = "Ilegible"
WAIVABLE = "aviso_operaciones"

Fate = Iterator[int]


@dataclass
class Client:
    """A client of the quarter. ends: the state in which its dossier is expected at the end."""

    case: Case
    code: str
    fate: str
    ends: State


@dataclass
class Quarter:
    """The stack, its clients, and what has been done. waiting: what goes on at which working day."""

    stack: Stack
    clients: list[Client] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)

    def play(self, how_many: int) -> None:
        """Open the clients over the first two thirds of the quarter, let each meet its fate, and let the days pass."""
        days, waiting = list(_working_days(self.stack)), dict[int, list[Fate]]()
        names = list(FATES)
        for number in range(how_many):
            fate, ends = FATES[names[number % len(names)]]
            client = Client(_case_of(number), f"DEN-{700_000 + number:06d}", names[number % len(names)], ends)
            self.clients.append(client)
            waiting.setdefault(number * (WORKING_DAYS * 2 // 3) // how_many, []).append(fate(self, client))
        for number, day in enumerate(days):
            self._morning(day)
            todays = waiting.pop(number, [])
            while todays:
                after = [(story, next(story, None)) for story in todays]
                self.stack.live()
                todays = [story for story, pause in after if pause == 0]
                for story, pause in after:
                    if pause:
                        waiting.setdefault(number + pause, []).append(story)
        assert not waiting, "the quarter is too short for its stories"

    def _morning(self, day: date) -> None:
        self.stack.workspace.set_clock(datetime(day.year, day.month, day.day, 8, 0, tzinfo=PANAMA).isoformat())
        self.stack.on_morning()
        self.stack.settle()
        self.stack.live()


def _working_days(stack: Stack) -> Iterator[date]:
    day = FIRST_DAY
    for _ in range(WORKING_DAYS):
        while not is_working_day(stack.app.process.calendar, day):
            day += timedelta(days=1)
        yield day
        day += timedelta(days=1)


def _case_of(number: int) -> Case:
    case = another_client(copy.deepcopy(cases()[("C01", "C02", "C06")[number % 3]]))
    case["orden_trabajo"]["inicio_deseado"] = "2026-09-01"
    return case


# --- stretches -----------------------------------------------------------------------------------------------------------------


def _papers(q: Quarter, client: Client) -> Fate:
    q.stack.send_form(client.case)
    yield 0
    q.stack.bring_papers(client.case)
    yield 1


def _hand_over(q: Quarter, client: Client) -> Fate:
    q.stack.comply(client.case)
    yield 0
    q.stack.verify(client.case)
    yield 0
    q.stack.receive(client.case, client.code)
    yield 1


def _areas(q: Quarter, client: Client) -> Fate:
    q.stack.inspect(client.case)
    yield 0
    for area in q.stack.areas(client.case):
        q.stack.tick(client.case, area)
        yield 0
        q.stack.sign_area(client.case, area)
        yield 0
    q.stack.close(client.case)
    q.done["closed"] += 1
    yield 1


# --- fates ---------------------------------------------------------------------------------------------------------------------


def _plain(q: Quarter, client: Client) -> Fate:
    yield from _papers(q, client)
    yield from _hand_over(q, client)
    yield from _areas(q, client)


def _returned(q: Quarter, client: Client) -> Fate:
    yield from _papers(q, client)
    q.stack.documents(client.case, lambda key: RETURN_REASON if key == "paper:contrato" else None, column="F")
    q.stack.documents(client.case, lambda key: "Devuelto" if key == "paper:contrato" else None)
    q.done["returned"] += 1
    yield 2
    folder = q.stack.dossier(client.case).file_id("folder/delivery")
    q.stack.workspace.upload(client.case["vendedora"], folder, "contrato firmado.pdf")
    yield 1
    yield from _hand_over(q, client)
    yield from _areas(q, client)


def _observed(q: Quarter, client: Client) -> Fate:
    yield from _papers(q, client)
    yield from _hand_over(q, client)
    _observe(q, client, "Falta la rampa de acceso")
    yield 3
    _observe(q, client, "")
    yield 1
    yield from _areas(q, client)


def _observe(q: Quarter, client: Client, reason: str) -> None:
    """Operaciones marks Observado with its reason, or takes it back."""
    book, who = q.stack.dossier(client.case).file_id("control_sheet/create"), person("operaciones")
    column = "ABCDEFGHIJ"[2 + [area.key for area in q.stack.app.process.areas].index("operaciones")]
    rows = {str(row[0]): number for number, row in enumerate(q.stack.workspace.rows(who, book, "Control"), 1) if row}
    cells = {f"Control!{column}{rows['observed']}": bool(reason), f"Control!{column}{rows['reason']}": reason}
    q.stack.workspace.type_in(who, book, cells)
    q.done["observed"] += bool(reason)


def _rejected(q: Quarter, client: Client) -> Fate:
    from expediente.compliance import subjects_hash

    yield from _papers(q, client)
    dossier = q.stack.dossier(client.case)
    q.stack.workspace.upload(CUMPLIMIENTO, dossier.file_id("folder/compliance"), "constancia.pdf")
    yield 0
    said = {"decision": "rejected", "subjects": subjects_hash(dossier.intake)}
    q.stack.sign(q.stack.dossier(client.case), "compliance", CUMPLIMIENTO, said)
    yield 0
    q.stack.verify(client.case)
    yield 0
    q.stack.receive(client.case, client.code)
    yield 1


def _withdrawn(q: Quarter, client: Client) -> Fate:
    yield from _papers(q, client)
    yield 2
    q.stack.act(client.case, client.case["vendedora"], "desistir", reason="El cliente eligió otra empresa")
    q.done["withdrawn"] += 1
    yield 1


def _forgotten(q: Quarter, client: Client) -> Fate:
    q.stack.send_form(client.case)
    yield 1


def _paused(q: Quarter, client: Client) -> Fate:
    yield from _papers(q, client)
    until = q.stack.app.clock.now().astimezone(PANAMA).date() + timedelta(days=10)
    q.stack.act(client.case, client.case["vendedora"], "pausar", until=until.isoformat(), reason="El local está en obras")
    q.done["paused"] += 1
    yield 9
    yield from _hand_over(q, client)
    yield from _areas(q, client)


def _urgent(q: Quarter, client: Client) -> Fate:
    yield from _papers(q, client)
    q.stack.act(client.case, client.case["vendedora"], "urgente", reason="Abre el lunes")
    yield 0
    yield from _hand_over(q, client)
    yield from _areas(q, client)


def _changed(q: Quarter, client: Client) -> Fate:
    yield from _plain(q, client)
    q.stack.answer(
        "change",
        client.case["vendedora"],
        dossier__code=client.code,
        client__ruc=client.case["cliente"]["ruc"],
        change__kind="schedule",
        change__reason="Más ventas",
        schedule__asked_by="client",
        change__point="P01",
        points__schedule__days=["LU", "MA", "MI"],
    )
    yield 1
    (change_id,) = q.stack.dossier(client.case).changes
    q.stack.act(client.case, person("operaciones"), "decidir_modificacion", change_id, decision="approved")
    q.done["changed"] += 1
    yield 1
    q.stack.sign_area(client.case, "operaciones")
    yield 1


def _reassigned(q: Quarter, client: Client) -> Fate:
    yield from _papers(q, client)
    q.stack.act(client.case, GERENCIA, "reasignar", to=SUCCESSOR)
    yield 1
    q.done["reassigned"] += 1
    yield from _hand_over(q, client)
    yield from _areas(q, client)


def _waived(q: Quarter, client: Client) -> Fate:
    q.stack.send_form(client.case)
    yield 0
    without = {**client.case, "documentos": [one for one in client.case["documentos"] if one["tipo"] != WAIVABLE]}
    q.stack.bring_papers(without)
    yield 1
    q.stack.act(client.case, CUMPLIMIENTO, "dispensar", WAIVABLE, until="2026-08-30", reason="La autoridad demora")
    yield 0
    q.done["waived"] += 1
    yield from _hand_over(q, client)
    yield from _areas(q, client)


def _cancelled(q: Quarter, client: Client) -> Fate:
    yield from _plain(q, client)
    last = q.stack.app.clock.now().astimezone(PANAMA).date() + timedelta(days=4)
    q.stack.answer(
        "cancellation",
        client.case["vendedora"],
        dossier__code=client.code,
        client__ruc=client.case["cliente"]["ruc"],
        cancel__scope="whole",
        cancel__last_service=last.isoformat(),
        cancel__reason="Cierra el local",
        cancel__supplies="returned",
    )
    yield 1
    (cancellation,) = q.stack.dossier(client.case).cancellations
    q.stack.act(client.case, ENCARGADO, "firmar_cancelacion", cancellation, supplies="si")
    yield 0
    q.stack.act(client.case, CARTERA, "saldo_revisado", cancellation, balance="none")
    q.done["cancelled"] += 1
    yield 7


def _point_rejected(q: Quarter, client: Client) -> Fate:
    """Of two points one does not pass: the other starts, the client is active."""
    second = copy.deepcopy(client.case["orden_trabajo"]["puntos"][0])
    second |= {"codigo": "P02", "nombre": "Depósito"}
    client.case["orden_trabajo"]["puntos"] = [client.case["orden_trabajo"]["puntos"][0], second]
    yield from _papers(q, client)
    yield from _hand_over(q, client)
    q.stack.inspect(client.case)
    yield 0
    q.stack.act(
        client.case, person("seguridad"), "registrar_resultado", "P02", result="rechazada", findings="Sin lugar para el camión"
    )
    q.done["point rejected"] += 1
    yield 1
    yield from _areas(q, client)


FATES: dict[str, tuple[Callable[[Quarter, Client], Fate], State]] = {
    "plain": (_plain, State.ACTIVE),
    "returned": (_returned, State.ACTIVE),
    "observed": (_observed, State.ACTIVE),
    "rejected": (_rejected, State.COLLECTING),
    "withdrawn": (_withdrawn, State.WITHDRAWN),
    "forgotten": (_forgotten, State.COLLECTING),
    "paused": (_paused, State.ACTIVE),
    "urgent": (_urgent, State.ACTIVE),
    "changed": (_changed, State.ACTIVE),
    "reassigned": (_reassigned, State.ACTIVE),
    "waived": (_waived, State.ACTIVE),
    "cancelled": (_cancelled, State.ARCHIVED),
    "point_rejected": (_point_rejected, State.ACTIVE),
}
