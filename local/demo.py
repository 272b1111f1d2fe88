"""`make demo`: a living company to look at and a tour through it; with `--once` the tour alone, walked to its end, and a page about it."""

from __future__ import annotations

import json
import signal
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

from local.cast import Cast
from local.days import first_instant, last_instant
from local.demo_page import Moment, Report, write
from local.pictures import snapshots
from local.processes import say
from local.stack import Json, Stack, StackError
from local.stage import Stage
from local.tour import FAILURES, Tour
from local.tour_site import Site
from local.travel import TravelError
from local.wire import HttpError

_WIDTH = 24


def demo(out: Path, *, once: bool, port: int = 0) -> int:
    """Run the demo. once: walk the tour to its end, the last line on stdout is one JSON object; else stay until Ctrl-C.

    port: of the page to open, 0 = any. Gives 0 only when the client's service has become active, or somebody ended the visit.
    """
    signal.signal(signal.SIGTERM, _end)
    out.mkdir(parents=True, exist_ok=True)
    begun, now = time.monotonic(), datetime.now(UTC)
    begins = last_instant(now) if once else first_instant(now)
    try:
        with Stack.start(log=out / "stack.log", now=begins.isoformat()) as stack:
            if not once:
                return _open_house(stack, now, port)
            told = _walk(stack, out / "index.html", begun)
            print(json.dumps(told), flush=True)
            return 0 if told["state"] == "active" else 1
    except (StackError, TravelError, HttpError) as problem:
        say(f"La demostración no llegó al final: {problem}. Vea {out / 'stack.log'}")
        return 1
    except KeyboardInterrupt:
        return 0


# --- staying -------------------------------------------------------------------------------------------------------------------


def _open_house(stack: Stack, now: datetime, port: int) -> int:
    """Serve the page, let the company's stories happen, and stay."""
    stage, begun = Stage.set_up(stack), time.monotonic()
    site = Site(stage)
    say("")
    say(f"  Abra  {site.start(port)}/")
    say("")
    stage.company.announce = lambda: _bar(stage.company.done, stage.company.total, begun, stage.company.doing)
    try:
        stage.build(now)
    except FAILURES as problem:
        # The tour works all the same, and the page tells of it.
        say(f"! La empresa quedó a medias: {problem}")
    say(f"· La empresa está al día ({time.monotonic() - begun:.0f} s). Todo esto queda abierto hasta Ctrl-C:")
    say(f"  Recorrido de 5 minutos   {site.url}/recorrido")
    say(f"  Rómpalo                  {site.url}/rompalo")
    say(f"  Escritorio               {stack.ready['workspace']}/")
    say(f"  Páginas que se firman    {stack.ready['page']}/")
    say(f"  Línea de órdenes         .venv/bin/expediente --env {stack.ready['env']} status")
    while True:
        signal.pause()


# --- once ----------------------------------------------------------------------------------------------------------------------


def _walk(stack: Stack, page: Path, begun: float) -> Json:
    """Walk the tour to its end and leave the page; gives what the last line tells."""
    say(f"· Conjunto en marcha ({time.monotonic() - begun:.1f} s).")
    tour, walking = Tour.begin(stack, Cast.load()), time.monotonic()
    tour.announce = lambda: _bar(tour.reached + 1, tour.last, walking, tour.doing)
    while tour.reached < tour.last:
        if not tour.go_on(tour.reached):
            raise TravelError(tour.failure)
    status = stack.status(tour.way.dossier_id)
    moments = [Moment(at, who, what) for at, who, what in tour.moments]
    way = tour.way
    early = [mail for mail in tour.mails_about(way.vendedora) if way.dossier_id not in mail.text + mail.subject]
    write(page, Report(stack, way, status, moments, snapshots(stack, way), early))
    say(f"· Listo en {time.monotonic() - begun:.1f} s: el servicio está {status['label'].lower()}.")
    say(f"· Página con lo ocurrido: {page}")
    told = {"dossier": way.dossier_id, "folder": status["folder"], "sheet": status["sheet"], "state": status["state"]}
    return {**told, "page": str(page)}


def _bar(done: int, total: int, begun: float, what: str) -> None:
    filled = round(_WIDTH * done / total)
    say(
        f"[{'█' * filled}{'·' * (_WIDTH - filled)}] {done:>2}/{total}  {time.monotonic() - begun:5.1f} s  {what.removesuffix('…')}"
    )


def _end(number: int, frame: FrameType | None) -> None:
    sys.exit(0)
