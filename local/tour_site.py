"""The page that `make demo` opens: the living company as a table, the tour and Rómpalo. Loopback only; nothing acts on GET.

Whoever looks at the desk from here does so as the person of the scene: the desk and the signed pages know a browser by a cookie,
and cookies of a host hold for all its ports.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit
from zoneinfo import ZoneInfo

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from local.gate import COOKIE as GATE_COOKIE
from local.gate import from_here, is_local
from local.situation import MONTHS, Link
from local.stage import Stage
from local.tables import process_table
from local.tour import tour_words

_HERE = Path(__file__).parent
_DESK_COOKIE = "desk_actor"
_DAYS = ["lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"]
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class Site:
    """The web pages of a stage, served from a thread of their own."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.url = ""
        self._loop = asyncio.new_event_loop()
        self._templates = Environment(
            loader=FileSystemLoader(_HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters |= {"day": day_text, "number": lambda value: f"{value:.1f}".replace(".", ",")}

    # --- life ------------------------------------------------------------------------------------------------------------------

    def start(self, port: int = 0) -> str:
        """Serve in the background; gives the address. port 0: any that is free."""
        started = threading.Event()
        threading.Thread(target=self._serve, args=(port, started), daemon=True).start()
        started.wait(10)
        return self.url

    def _serve(self, port: int, started: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)

        async def begin() -> web.AppRunner:
            runner = web.AppRunner(self.application(), access_log=None)
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", port).start()
            self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
            started.set()
            return runner

        runner = self._loop.run_until_complete(begin())
        self._loop.run_forever()
        self._loop.run_until_complete(runner.cleanup())
        self._loop.close()

    def stop(self) -> None:
        """End serving."""
        self._loop.call_soon_threadsafe(self._loop.stop)

    def application(self) -> web.Application:
        """The routes."""
        app = web.Application()
        for path, page in (
            ("/", self._home),
            ("/tabla", self._table),
            ("/avance", self._progress),
            ("/recorrido", self._tour),
            ("/recorrido/estado", self._tour_state),
            ("/recorrido/{number:\\d+}", self._scene),
            ("/rompalo", self._breaking),
            ("/rompalo/estado", self._breaking_state),
            ("/ver", self._see),
        ):
            app.router.add_get(path, self._guarded(page))
        app.router.add_post("/recorrido/siguiente", self._guarded(self._go_on))
        app.router.add_post("/recorrido/otra", self._guarded(self._start_over))
        app.router.add_post("/rompalo/{key}", self._guarded(self._break))
        app.router.add_static("/static", _HERE / "static")
        return app

    def _guarded(
        self, page: Callable[[web.Request], Awaitable[web.Response]]
    ) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def answer(request: web.Request) -> web.Response:
            if not is_local(request) or (request.method == "POST" and not from_here(request)):
                return web.Response(status=403, text="Esta página responde solo en este equipo.")
            return await page(request)

        return answer

    # --- drawing ---------------------------------------------------------------------------------------------------------------

    def _page(self, request: web.Request, template: str, **values: Any) -> web.Response:
        stage = self.stage
        shown = {
            "company": process_table("company")["name"],
            "now": stage.stack.now().astimezone(ZoneInfo(process_table("company")["timezone"])),
            "ready": stage.ready,
            "desk": self._elsewhere(request, "workspace"),
            "see": lambda link: _see_address(link),
            "framed": lambda link: self._elsewhere(request, "workspace") + link.path,
            "person": lambda address: stage.cast.people.get(address, {}).get("name", address),
            "role": self._role,
        }
        text = self._templates.get_template(template).render(shown | values)
        policy = f"default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; frame-src {shown['desk']}; frame-ancestors 'none'"
        return web.Response(text=text, content_type="text/html", headers={**_HEADERS, "Content-Security-Policy": policy})

    def _role(self, address: str) -> str:
        labels = {key: row["label"] for key, row in {**self.stage.cast.areas, **self.stage.cast.roles}.items()}
        roles = self.stage.cast.people.get(address, {}).get("roles", [])
        return ", ".join(labels.get(role, role) for role in roles)

    def _elsewhere(self, request: web.Request, part: str) -> str:
        """The desk's or the pages' address under the host name that the browser uses: cookies go by that name."""
        port = urlsplit(self.stage.stack.ready[part]).port
        return f"http://{request.host.rpartition(':')[0]}:{port}"

    @staticmethod
    def _as(answer: web.Response, person: str) -> web.Response:
        """Let the desk and the signed pages take this browser for that person."""
        answer.set_cookie(_DESK_COOKIE, person, httponly=True, samesite="Lax", path="/")
        answer.set_cookie(GATE_COOKIE, quote(person), httponly=True, samesite="Lax", path="/")
        return answer

    # --- the company -----------------------------------------------------------------------------------------------------------

    async def _home(self, request: web.Request) -> web.Response:
        company = self.stage.company
        rows = await asyncio.to_thread(self.stage.situations)
        return self._page(request, "home.html", rows=rows, progress=company, tour=self.stage.tour)

    async def _table(self, request: web.Request) -> web.Response:
        return self._page(request, "table.html", rows=await asyncio.to_thread(self.stage.situations))

    async def _progress(self, request: web.Request) -> web.Response:
        company = self.stage.company
        told = {"done": company.done, "total": company.total, "doing": company.doing, "ready": self.stage.ready}
        return web.json_response({**told, "failure": company.failure})

    async def _see(self, request: web.Request) -> web.Response:
        """Open a page of the desk, or a signed one, as somebody."""
        person, path = request.query.get("como", ""), request.query.get("a", "/")
        if not path.startswith("/") or path.startswith(("//", "/\\")):
            return web.Response(status=400, text="Esa dirección no es del escritorio.")
        where = self._elsewhere(request, "page" if "firma" in request.query else "workspace")
        return self._as(web.Response(status=303, headers={"Location": where + path}), person)

    # --- the tour --------------------------------------------------------------------------------------------------------------

    async def _tour(self, request: web.Request) -> web.Response:
        return _go(f"/recorrido/{self.stage.tour.reached}" if self.stage.ready else "/")

    async def _scene(self, request: web.Request) -> web.Response:
        number, tour = int(request.match_info["number"]), self.stage.tour
        if not self.stage.ready or number > tour.reached:
            return _go("/recorrido" if self.stage.ready else "/")
        scene = await asyncio.to_thread(tour.scene, number)
        answer = self._page(request, "scene.html", scene=scene, tour=tour, pages=tour.words["pages"])
        return self._as(answer, scene.look.person)

    async def _tour_state(self, request: web.Request) -> web.Response:
        number, tour = int(request.query.get("paso", "0")), self.stage.tour
        is_done = not tour.doing and await asyncio.to_thread(tour.is_done, number)
        return web.json_response({"doing": tour.doing, "reached": tour.reached, "done": is_done})

    async def _go_on(self, request: web.Request) -> web.Response:
        number = int(str((await request.post()).get("desde", "0")))
        went = await asyncio.to_thread(self.stage.go_on, number)
        return _go(f"/recorrido/{number + 1 if went else number}")

    async def _start_over(self, request: web.Request) -> web.Response:
        await asyncio.to_thread(self.stage.start_over)
        return _go("/recorrido")

    # --- breaking --------------------------------------------------------------------------------------------------------------

    async def _breaking(self, request: web.Request) -> web.Response:
        words, stage = tour_words()["breaking"], self.stage
        seller = stage.cast.name(stage.breaker.seller).split()[0]
        return self._page(request, "breaking.html", words=words, results=stage.breaker.results, seller=seller)

    async def _breaking_state(self, request: web.Request) -> web.Response:
        running = {key: one.story for key, one in self.stage.breaker.results.items() if one.running}
        return web.json_response(running)

    async def _break(self, request: web.Request) -> web.Response:
        key = request.match_info["key"]
        if key not in tour_words()["breaking"]["experiments"]:
            return web.Response(status=404, text="Ese experimento no existe.")
        if self.stage.ready:
            await asyncio.to_thread(self.stage.break_it, key)
        return _go(f"/rompalo#{key}")


def _go(address: str) -> web.Response:
    return web.Response(status=303, headers={"Location": address})


def _see_address(link: Link) -> str:
    query = {"como": link.person, "a": link.path} | ({"firma": "1"} if link.signed else {})
    return f"/ver?{urlencode(query)}"


def day_text(day: date) -> str:
    """A day as people say it: `martes 10 de marzo`."""
    return f"{_DAYS[day.weekday()]} {day.day} de {MONTHS[day.month - 1]}"
