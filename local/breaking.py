"""Rómpalo: messages that come three times, a form sent three times, a process killed in the middle, and then a count.

What is counted is what people see: folders in Drive, mails in mailboxes. Every experiment uses a client of its own.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from local.cast import Cast
from local.clients import case_of, company_table, numbered
from local.counting import Found, count_all
from local.stack import Stack
from local.tables import process_table
from local.tour import FAILURES
from local.travel import TravelError
from local.way import Way

Json = dict[str, Any]

_FIRST_NUMBER = 301
_START_AFTER = timedelta(days=14)
# The second thing that is created is a folder for sure; the answer about it is held back long enough to kill who waits for it.
_STRUCK, _NTH, _HELD_MS = "drive.files.create", 2, 5000
_WORKER = "on_work"
_PATIENCE_SECONDS = 30.0
# So much of the Workspace's time passes after a death, look by look: a message comes again after seconds, a lease ends after minutes.
_LOOKS, _LOOK_SECONDS = 6, 120


@dataclass
class Experiment:
    """One thing that was broken. story: what happened, line by line; found: the count afterwards; running while it lasts."""

    key: str
    client: str
    running: bool = True
    story: list[str] = field(default_factory=list)
    found: list[Found] = field(default_factory=list)
    failure: str = ""
    seconds: float = 0.0

    @property
    def right(self) -> bool:
        """Whether there is one of everything."""
        return bool(self.found) and all(one.count == 1 for one in self.found)


@dataclass
class Breaker:
    """Does the experiments, one at a time. results: by key, the latest of each."""

    stack: Stack
    cast: Cast
    results: dict[str, Experiment] = field(default_factory=dict)
    _number: int = _FIRST_NUMBER
    _busy: threading.Lock = field(default_factory=threading.Lock)

    @property
    def seller(self) -> str:
        """Address of the vendedora who sends the forms."""
        return f"{company_table()['breaking']['vendedora']}@{process_table('company')['domain']}"

    def run(self, key: str) -> Experiment:
        """Break it and count. :raises KeyError: no such experiment."""
        act = EXPERIMENTS[key]
        with self._busy:
            way = self._way()
            result = self.results[key] = Experiment(key, way.case["cliente"]["razon_social"])
            began = time.monotonic()
            try:
                act(self, way, result)
                result.found = count_all(self.stack, self.cast, way)
            except FAILURES as problem:
                result.failure = str(problem) or type(problem).__name__
            finally:
                with contextlib.suppress(*FAILURES):
                    self.stack.local("PUT", "delivery", {})
                    self.stack.faults([])
                result.seconds, result.running = time.monotonic() - began, False
            return result

    def _way(self) -> Way:
        """A client of whom nobody has heard."""
        number, self._number = self._number, self._number + 1
        row = numbered(company_table()["breaking"], number)
        starts_on = (self.stack.now() + _START_AFTER).date()
        return Way(self.stack, self.cast, case_of(row, f"OT-{starts_on.year}-{number:04d}", starts_on))


# --- the experiments -----------------------------------------------------------------------------------------------------------


def _three_notices(breaker: Breaker, way: Way, result: Experiment) -> None:
    stack = breaker.stack
    stack.local("PUT", "delivery", {"duplicate": 2})
    way.submit()
    result.story.append("Se envió el formulario una vez. Cada mensaje se entregó tres veces.")
    for _ in range(2):
        stack.tell_form("intake")
    result.story.append("Google avisó dos veces más de la misma respuesta.")
    stack.look(2)


def _three_answers(breaker: Breaker, way: Way, result: Experiment) -> None:
    stack = breaker.stack
    for _ in range(3):
        stack.submit("intake", way.vendedora.address, way.answers())
    stack.settle()
    stack.look(2)
    result.story.append("Llegaron tres respuestas iguales, una tras otra.")
    name = way.case["cliente"]["razon_social"]
    others = [mail for mail in way.vendedora.mails(f'"{name}"') if name in mail.text][1:]
    result.story.append(
        f"Una abrió el expediente. Las otras dos se contestaron con {_count(len(others), 'correo', 'correos')} más, sin abrir nada."
    )


def _killed(breaker: Breaker, way: Way, result: Experiment) -> None:
    stack = breaker.stack
    before = stack.process_ids()[_WORKER]
    stack.faults([{"method": _STRUCK, "nth": _NTH, "when": "after", "do": "delay", "ms": _HELD_MS}])
    stack.submit("intake", way.vendedora.address, way.answers())
    _wait(lambda: stack.local("GET", "faults")["rules"][0]["seen"] >= _NTH, "la creación de carpetas no empezó", stack)
    os.killpg(before, signal.SIGKILL)
    result.story.append(f"El proceso {before} murió con SIGKILL: Google ya había creado una carpeta, y él no llegó a saberlo.")
    after = _wait(lambda: _other(stack, before), "el proceso no volvió a arrancar", stack)
    result.story.append(f"El supervisor arrancó otro, el {after}.")
    stack.faults([])
    waited = 0
    for _ in range(_LOOKS):
        stack.advance(_LOOK_SECONDS)
        stack.look()
        waited += _LOOK_SECONDS + 61
        if way.seen() and any(mail for mail in way.vendedora.mails(f'"{way.dossier_id}"')):
            break
    result.story.append(
        f"El reloj se adelantó {waited // 60} minutos: el trabajo a medias espera ese tiempo por si el otro proceso sigue vivo. "
        "El nuevo preguntó a Google qué existía ya y siguió desde ahí."
    )
    stack.look()


def _other(stack: Stack, before: int) -> int:
    """The process id of a worker that was started anew and answers, 0 while there is none."""
    now = stack.process_ids()[_WORKER]
    if now in (0, before):
        return 0
    with contextlib.suppress(Exception):
        stack.get(f"{stack.ready['functions'][_WORKER]}/robots.txt")
        return now
    return 0


def _wait(asked: Callable[[], Any], problem: str, stack: Stack) -> Any:
    give_up_at = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < give_up_at:
        told = asked()
        if told:
            return told
        time.sleep(0.03)
    raise TravelError(problem)


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


EXPERIMENTS: dict[str, Callable[[Breaker, Way, Experiment], None]] = {
    "notices": _three_notices,
    "answers": _three_answers,
    "killed": _killed,
}
