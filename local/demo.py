"""`make demo`: a living company to look at and a tour through it; with `--once` a client's whole life, the tour walked to its end, and a page about both."""

from __future__ import annotations

import json
import signal
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from zoneinfo import ZoneInfo

from local.cast import Cast
from local.clients import company_table
from local.company import Company
from local.days import first_instant, last_instant
from local.demo_page import Life, Moment, Report, write
from local.pictures import snapshots
from local.processes import say
from local.stack import Json, Stack, StackError
from local.stage import Stage
from local.tables import process_table
from local.tour import FAILURES, Tour
from local.tour_site import Site
from local.travel import TravelError
from local.wire import HttpError

_WIDTH = 24
_STATE_WIDTH = 28


def demo(out: Path, *, once: bool, port: int = 0) -> int:
    """Run the demo. once: a whole life, then the tour to its end, the last line on stdout is one JSON object; else stay until Ctrl-C.

    port: of the page to open, 0 = any. Gives 0 only when the client's service has become active, or somebody ended the visit.
    """
    signal.signal(signal.SIGTERM, _end)
    out.mkdir(parents=True, exist_ok=True)
    begun, now = time.monotonic(), datetime.now(UTC)
    try:
        with Stack.start(log=out / "stack.log", now=first_instant(now).isoformat()) as stack:
            if not once:
                return _open_house(stack, now, port)
            say(f"· Conjunto en marcha ({time.monotonic() - begun:.1f} s).")
            earlier = _whole_life(stack, now)
            stack.set_clock(last_instant(now))
            told = _walk(stack, out / "index.html", begun, earlier)
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


def _whole_life(stack: Stack, now: datetime) -> Life:
    """An earlier client, from the form to the cancellation, told act by act with the state that the dossier then has.

    :raises TravelError: its service has not ended.
    """
    key, acts = company_table()["cancelled"], company_table()["acts"]
    company = Company.plan(stack, Cast.load(), only=(key,))
    one, life = company.residents[key], Life(company.residents[key].name)
    zone = ZoneInfo(process_table("company")["timezone"])
    say(f"· Un cliente anterior, del formulario a la cancelación: {one.name}")

    def tell(act: Json) -> None:
        life.state, label = _state(stack, one.way.dossier_id)
        life.moments.append(Moment(stack.now(), label, acts[act["do"]]))
        say(f"  {stack.now().astimezone(zone):%d/%m %H:%M}  {label:<{_STATE_WIDTH}}  {acts[act['do']]}")

    company.told = tell
    company.build(now)
    if life.state != "archived":
        raise TravelError(f"el servicio de {one.name} no terminó: {life.state}")
    return life


def _state(stack: Stack, dossier_id: str) -> tuple[str, str]:
    status = stack.status(dossier_id)
    return status["state"], status["label"]


def _walk(stack: Stack, page: Path, begun: float, earlier: Life) -> Json:
    """Walk the tour to its end and leave the page; gives what the last line tells."""
    say("· El cliente de hoy, del formulario al servicio activo:")
    tour, walking = Tour.begin(stack, Cast.load()), time.monotonic()
    tour.announce = lambda: _bar(tour.reached + 1, tour.last, walking, tour.doing)
    while tour.reached < tour.last:
        if not tour.go_on(tour.reached):
            raise TravelError(tour.failure)
    status = stack.status(tour.way.dossier_id)
    moments = [Moment(at, who, what) for at, who, what in tour.moments]
    way = tour.way
    early = [mail for mail in tour.mails_about(way.vendedora) if way.dossier_id not in mail.text + mail.subject]
    write(page, Report(stack, way, status, moments, snapshots(stack, way), early, earlier))
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
