"""What all pages share: who is looking, who may ask at all, how a page is drawn and how a refusal looks.

Whatever a person does here runs through the same handlers and functions as the API, as that person; only the ledger,
which counts what programs ask, does not hear of it.
"""

from __future__ import annotations

import functools
import hashlib
import hmac
import re
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from emulator.desk import texts
from emulator.desk.presence import Presence
from emulator.desk.refusals import reason_text
from emulator.drive.access import Eye
from emulator.drive.model import files
from emulator.gmail.mailbox import unread_count
from emulator.kernel import HANDLERS, ApiError, Call, Json, Media, Raw, World
from emulator.ledger import Ledger
from emulator.loopback import is_from_elsewhere, is_local

COOKIE = "desk_actor"
# Pages of one item, where somebody without access may ask for it.
_ITEM_PAGES = ("/desk/drive/folder/", "/desk/file/", "/desk/sheet/")
# A tour on another port of this machine may show the desk in a frame; nobody else may.
FRAMED_BY = "frame-ancestors 'self' http://127.0.0.1:* http://localhost:*"
_POLICY = (
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'self'; "
    f"base-uri 'none'; form-action 'self'; {FRAMED_BY}"
)
# Whatever a person wrote is escaped, so that these tags are those of the templates alone.
_POSTING = re.compile(r'<form\b[^>]*\bmethod="post"[^>]*>')
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class Desk:
    """The desk of one Workspace: its world, its ledger and its templates."""

    def __init__(self, world: World, ledger: Ledger) -> None:
        self.world, self.ledger = world, ledger
        self.presence = Presence()
        self._secret = secrets.token_bytes(32)
        self.templates = Environment(
            loader=FileSystemLoader(Path(__file__).with_name("templates")),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self.templates.filters |= {"day": texts.day, "instant": texts.instant, "size": texts.size, "initial": texts.initial}
        self.templates.filters |= {"tint": texts.tint, "role": texts.role_name, "ago": texts.ago, "iso_day": texts.iso_day}

    def token(self, actor: str) -> str:
        """What a posted form must bring along: known only to pages that this process gave to that person."""
        return hmac.new(self._secret, actor.encode(), hashlib.sha256).hexdigest()[:32]


class Refused(Exception):
    """The page cannot be shown or the deed not done; `text` tells a person why."""

    def __init__(self, status: int, title: str, text: str, detail: str = "") -> None:
        super().__init__(text)
        self.status, self.title, self.text, self.detail = status, title, text, detail


@dataclass
class Visit:
    """One request by one person. `actor` is empty for somebody who has not yet said who they are."""

    desk: Desk
    request: web.Request
    actor: str

    @property
    def world(self) -> World:
        """The Workspace."""
        return self.desk.world

    def place(self, name: str) -> str:
        """A part of the path."""
        return self.request.match_info[name]

    def api(
        self,
        method: str,
        path: dict[str, str] | None = None,
        query: Json | None = None,
        body: Json | None = None,
        media: Media | None = None,
    ) -> Any:
        """Do what an API method does, as this person.

        :raises ApiError: where the API refuses.
        """
        knowing_drives = {"supportsAllDrives": True} if method.startswith("drive.files") else {}
        call = Call(method, self.actor, None, path or {}, knowing_drives | (query or {}), body or {}, media, self.world)
        return HANDLERS[method](call)

    def bytes_of(self, method: str, path: dict[str, str], query: Json) -> Raw:
        """Like `api`, for a method that answers bytes."""
        raw = self.api(method, path, query)
        assert isinstance(raw, Raw)
        return raw

    def page(self, template: str, product: str, status: int = 200, **values: Any) -> web.Response:
        """A page of the desk. `product`: the key in `texts.PRODUCTS` of what it imitates."""
        directory = self.world.directory
        known = self.actor in directory.people
        name = directory.display_name(self.actor) if known else self.actor
        me = {"address": self.actor, "name": name} if self.actor else None
        shown: Json = {
            "me": me,
            "product": texts.PRODUCTS[product],
            "product_key": product,
            "unread": unread_count(self.world, self.actor) if self.actor else 0,
            "here": self.request.path_qs,
            # Inside another page, such as a tour, only the thing itself is drawn: whoever frames it says the rest.
            "framed": self.request.headers.get("Sec-Fetch-Dest") == "iframe",
            "notice": self.request.query.get("aviso", "")[:300],
            "now": self.world.clock.now(),
        }
        token = shown["token"] = self.desk.token(self.actor)
        text = self.desk.templates.get_template(template).render(shown | values)
        text = _POSTING.sub(lambda tag: f'{tag[0]}<input type="hidden" name="token" value="{token}">', text)
        return web.Response(text=text, content_type="text/html", status=status, headers=_HEADERS)

    def fragment(self, template: str, **values: Any) -> str:
        """A piece of a page."""
        return self.desk.templates.get_template(template).render(values)


def see_other(address: str, notice: str = "") -> web.Response:
    """Go on to another page of the desk, which shows the notice."""
    if notice:
        address += ("&" if "?" in address else "?") + urlencode({"aviso": notice})
    return web.Response(status=303, headers={"Location": address})


def local_path(text: str, otherwise: str) -> str:
    """The text if it is an address on the desk itself, so that nobody is led elsewhere."""
    safe = text.startswith("/") and not text.startswith(("//", "/\\")) and "\n" not in text and "\r" not in text
    return text if safe else otherwise


def file_answer(name: str, mime_type: str, data: bytes, *, inline: bool = False) -> web.Response:
    """Bytes to keep, or to show where `inline` is set; never with the rights of the desk's own pages."""
    headers = {
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
        "Content-Disposition": f"{'inline' if inline else 'attachment'}; filename*=UTF-8''{quote(name, safe='')}",
    }
    # Chromium draws no PDF inside a sandbox; a PDF runs no script of ours.
    if mime_type != "application/pdf":
        headers["Content-Security-Policy"] = "sandbox; default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'"
    return web.Response(body=data, headers={"Content-Type": mime_type.partition(";")[0] or "application/octet-stream"} | headers)


Page = Callable[[Visit], Awaitable[web.StreamResponse]]


def add(desk: Desk, app: web.Application, verb: str, path: str, page: Page, *, open_to_all: bool = False) -> None:
    """Register a page. Unless `open_to_all`, whoever has not said who they are is asked first."""

    @functools.wraps(page)
    async def answer(request: web.Request) -> web.StreamResponse:
        visit = Visit(desk, request, _actor(desk, request))
        try:
            _require_loopback(request)
            await _require_token(visit)
            if not visit.actor and not open_to_all:
                return _ask_who(visit)
            return await page(visit)
        except ApiError as refusal:
            return _refusal_page(visit, Refused(refusal.code, *reason_text(refusal)))
        except Refused as refusal:
            return _refusal_page(visit, refusal)

    app.router.add_route(verb, path, answer)


def _actor(desk: Desk, request: web.Request) -> str:
    """Who the cookie says it is; a suspended account cannot sign in."""
    address = desk.world.directory.canonical(request.cookies.get(COOKIE, ""))
    return "" if desk.world.directory.is_suspended(address) or not is_address(address) else address


def is_address(text: str) -> bool:
    """Whether the text can stand for an account."""
    name, at, host = text.partition("@")
    return bool(name and at and "." in host) and len(text) <= 254 and not any(char in text for char in ' \t\r\n<>"|,;')


def _ask_who(visit: Visit) -> web.Response:
    if wants_json(visit.request):
        raise Refused(401, "Elija quién es", "Vuelva al inicio y elija con qué cuenta mira el escritorio.")
    going = visit.request.path_qs if visit.request.method in ("GET", "HEAD") else "/"
    return see_other("/?" + urlencode({"next": going}))


def _require_loopback(request: web.Request) -> None:
    """Refuse other machines, names that somebody else pointed here, and posts that a foreign page sends."""
    if not is_local(request):
        raise Refused(403, "Solo en este equipo", "El escritorio responde únicamente en la máquina donde corre.")
    if request.method not in ("GET", "HEAD") and is_from_elsewhere(request):
        raise Refused(403, "Petición de otra página", "Esta acción llegó desde otro sitio y no se hizo.")


async def _require_token(visit: Visit) -> None:
    """Refuse a deed that no page of this desk asked for."""
    request = visit.request
    if request.method in ("GET", "HEAD"):
        return
    given = request.headers.get("X-Desk-Token", "")
    if not given and request.content_type != "application/json":
        given = str((await request.post()).get("token", ""))
    if not hmac.compare_digest(given.encode(), visit.desk.token(visit.actor).encode()):
        text = "La página se abrió con otra persona o antes de reiniciar el Workspace local, y no se hizo nada. "
        raise Refused(403, "Vuelva a cargar la página", text + "Cárguela de nuevo e inténtelo otra vez.")


def wants_json(request: web.Request) -> bool:
    """Whether the desk's own script asks, and not a person for a page."""
    return "application/json" in request.headers.get("Accept", "")


def _refusal_page(visit: Visit, refusal: Refused) -> web.Response:
    if wants_json(visit.request):
        shown = {"title": refusal.title, "text": refusal.text, "detail": refusal.detail}
        return web.json_response({"error": shown}, status=refusal.status, headers=_HEADERS)
    asks = _may_be_asked_for(visit, refusal)
    back = local_path(visit.request.headers.get("Referer", "").removeprefix(f"http://{visit.request.host}"), "/")
    return visit.page("refused.html", "desk", refusal.status, refusal=refusal, back=back, asks=asks)


def _may_be_asked_for(visit: Visit, refusal: Refused) -> str:
    """The id of the item on whose closed page the person stands, '' elsewhere."""
    item_id = visit.request.match_info.get("id", "")
    closed = visit.request.method == "GET" and refusal.status in (403, 404) and visit.request.path.startswith(_ITEM_PAGES)
    file = files(visit.world).get(item_id) if closed and visit.actor else None
    return item_id if file is not None and Eye(visit.world, visit.actor).role(file) is None else ""
