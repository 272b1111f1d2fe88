"""`make demo`: a sample client from the form to the active service, before your eyes, on this machine alone."""

from __future__ import annotations

import json
import signal
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import FrameType

from local.cast import Cast
from local.demo_page import Moment, Report, write
from local.pictures import CODE, sample, snapshots
from local.processes import say
from local.stack import Stack, StackError
from local.travel import Travel, TravelError
from local.wire import HttpError

_WIDTH = 24


class Progress:
    """Says each step with a bar, and remembers who did what when."""

    def __init__(self, stack: Stack, total: int) -> None:
        self._stack, self._total, self._begun = stack, total, time.monotonic()
        self.moments: list[Moment] = []

    def step(self, who: str, what: str, act: Callable[[], object]) -> None:
        """Announce a step, do it, and put it into the timeline with the Workspace's instant at which it ended."""
        number = len(self.moments) + 1
        filled = round(_WIDTH * number / self._total)
        say(
            f"[{'█' * filled}{'·' * (_WIDTH - filled)}] {number:>2}/{self._total}  {time.monotonic() - self._begun:5.1f} s  {who}: {what}"
        )
        act()
        self.moments.append(Moment(self._stack.now(), who, what))


def demo(out: Path, *, once: bool) -> int:
    """Run the demo. once: end when the client is active, the last line on stdout is one JSON object; else stay until Ctrl-C.

    Gives 0 only when the service has become active.
    """
    signal.signal(signal.SIGTERM, _end)
    out.mkdir(parents=True, exist_ok=True)
    begun = time.monotonic()
    try:
        with Stack.start(log=out / "stack.log") as stack:
            say(f"· Conjunto en marcha ({time.monotonic() - begun:.1f} s).")
            travel = Travel(stack, Cast.load(), sample(stack))
            progress = Progress(stack, 7 + len(travel.cast.areas))
            walk(progress, travel)
            status = stack.status(travel.dossier_id)
            write(out / "index.html", Report(stack, travel, status, progress.moments, snapshots(stack, travel)))
            say(f"· Listo en {time.monotonic() - begun:.1f} s: el servicio está {status['label'].lower()}.")
            say(f"· Página con lo ocurrido: {out / 'index.html'}")
            if not once:
                _stay(stack, travel)
            told = {
                "dossier": travel.dossier_id,
                "folder": status["folder"],
                "sheet": status["sheet"],
                "state": status["state"],
                "page": str(out / "index.html"),
            }
            print(json.dumps(told), flush=True)
            return 0 if status["state"] == "active" else 1
    except (StackError, TravelError, HttpError) as problem:
        say(f"La demostración no llegó al final: {problem}. Vea {out / 'stack.log'}")
        return 1
    except KeyboardInterrupt:
        return 0


def walk(progress: Progress, travel: Travel) -> None:
    """The steps of the way, each by its person."""
    cast = travel.cast
    names = {role: cast.name(cast.first(role)) for role in (*cast.areas, "expedientes", "cumplimiento")}
    vendedora = cast.name(travel.vendedora.address)
    progress.step(vendedora, "llena el formulario de alta", travel.submit)
    progress.step(vendedora, "recibe el recibo y entrega los papeles", lambda: _deliver(travel))
    progress.step(names["expedientes"], "clasifica y verifica los papeles", lambda: _verify(travel))
    progress.step(names["cumplimiento"], "archiva la constancia y decide", travel.pass_review)
    progress.step(
        names["expedientes"], "da el código y acusa recibo; salen la hoja y los avisos", lambda: travel.acknowledge(CODE)
    )
    progress.step(names["seguridad"], "sube el informe de la inspección", travel.inspect)
    for area, row in cast.areas.items():
        progress.step(names[area], f"confirma por {row['label']}", partial(travel.confirm, area))
    progress.step(names["expedientes"], "cierra con su firma; el servicio queda activo", travel.close)


def _deliver(travel: Travel) -> None:
    if not travel.find():
        raise TravelError("el formulario no abrió un expediente")
    travel.deliver()


def _verify(travel: Travel) -> None:
    travel.classify()
    travel.verify()


def _stay(stack: Stack, travel: Travel) -> None:
    say("")
    say("Dónde mirar:")
    say(f"  Escritorio del Workspace (carpetas, hojas, formularios, buzones): {stack.ready['workspace']}/")
    say(f"  Páginas firmadas (pregunta quién es usted):  {stack.ready['page']}/cierre/{travel.dossier_id}")
    say(f"  Estado por la línea de órdenes:  .venv/bin/expediente --env {stack.ready['env']} status")
    say("Termine con Ctrl-C.")
    while True:
        signal.pause()


def _end(number: int, frame: FrameType | None) -> None:
    sys.exit(0)
