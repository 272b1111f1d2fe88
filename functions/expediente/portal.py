"""The portal of the clients: which page, who asks, what may be done. Public; whatever is a client's is behind its session.

What does not exist, what is another client's and what is not offered to this client answer alike: 404. A GET changes nothing. Pages
stand in the `PAGES` of the modules listed here, one line a page.
"""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from expediente import page_form, portal_session
from expediente.errors import ConflictError, RetryLaterError
from expediente.page_form import FormRefusedError, Posted, SentFile
from expediente.page_render import Frame, redirect, render
from expediente.portal_session import DOCUMENTS, WHOLE, Entered

if TYPE_CHECKING:
    from flask import Request, Response

    from expediente.bootstrap import App

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class PortalVisit:
    """A request. who: None when nobody has entered; path: without the prefix under which the portal is published."""

    app: App
    request: Request
    path: str
    who: Entered | None
    prefix: str

    @property
    def client(self) -> Entered:
        """Who has entered, on a page that asks for it."""
        if self.who is None:
            raise LookupError("nobody has entered; the page must say in `may` who sees it")
        return self.who

    def show(self, template: str, status: int = 200, **values: Any) -> Response:
        """A template of `pages/portal/`, with who asks, the way home and the proof for its form. values: go before those that all have."""
        process = self.app.process
        own = {
            "who": self.who,
            "prefix": self.prefix,
            "path": self.path,
            "token": self.token(),
            "leave": self.token("/salir"),
            "now": self.app.clock.now(),
            "money": process.company.money,
        }
        return render(f"portal/{template}", Frame(process, None, f"{self.prefix}/"), status, **{**own, **values})

    def token(self, path: str = "") -> str:
        """The proof that goes into a form of this page, or of another path."""
        return page_form.token(self.app.portal_secret, self._holder(), path or self.path, "")

    def posted(self) -> Posted:
        """The fields of the form that was sent. :raises FormRefusedError: it was not made by us for this session and path.

        Whoever has not entered has nothing that a proof could be bound to; there the browser's own word counts, which no other
        site can change: it says with every POST where the form stood, in one header at least.
        """
        if not {"Origin", "Sec-Fetch-Site"} & set(self.request.headers.keys()):
            raise FormRefusedError(400, "origin")
        sent = page_form.read(self.request, self.app.settings.portal_url)
        if not page_form.is_ours(self.app.portal_secret, self._holder(), self.path, sent):
            raise FormRefusedError(400, "token")
        return sent

    def posted_files(self, inputs: tuple[str, ...], most_bytes: int, most_files: int) -> tuple[Posted, list[SentFile]]:
        """The fields and files of the form that was sent. :raises FormRefusedError: as `posted`; 413 `size` when it is too large."""
        if not {"Origin", "Sec-Fetch-Site"} & set(self.request.headers.keys()):
            raise FormRefusedError(400, "origin")
        sent, files = page_form.read_files(self.request, self.app.settings.portal_url, inputs, most_bytes, most_files)
        if not page_form.is_ours(self.app.portal_secret, self._holder(), self.path, sent):
            raise FormRefusedError(400, "token")
        return sent, files

    def go(self, path: str) -> Response:
        """Send the browser on to another page of the portal."""
        return redirect(f"{self.prefix}{path}")

    def missing(self) -> Response:
        """The answer to whatever does not exist for whoever asks."""
        return self.show("problem.html", 404, problem="missing", reference="")

    def _holder(self) -> str:
        return self.who.key if self.who else ""


@dataclass(frozen=True)
class PortalPage:
    """A page. may: who sees it: rights of a client that has entered; none = anybody. The pattern's groups go along as arguments."""

    pattern: re.Pattern[str]
    get: Callable[..., Response] | None = None
    post: Callable[..., Response] | None = None
    may: tuple[str, ...] = (WHOLE, DOCUMENTS)


def answer(app: App, request: Request) -> Response:
    """The answer to any request; what goes wrong is logged and told in a sentence."""
    response = _told(app, request)
    if app.settings.portal_url.startswith("https://"):
        response.headers["Strict-Transport-Security"] = "max-age=31536000"
    return response


def _told(app: App, request: Request) -> Response:
    app.settings.need("portal_url", "portal_secret")
    prefix = urlsplit(app.settings.portal_url).path.rstrip("/")
    path = request.path.removeprefix(prefix) or "/"
    visit = PortalVisit(app, request, path, None, prefix)
    try:
        who = portal_session.entered(app, request.cookies.get(cookie_name(app), ""), app.clock.now())
        return _answer(PortalVisit(app, request, path, who, prefix))
    except FormRefusedError as error:
        _log.warning("form refused", extra={"reason": error.reason})
        return visit.show("problem.html", error.status, problem="form", reference="")
    except (RetryLaterError, ConflictError):
        _log.warning("portal busy", exc_info=True)
        response = visit.show("problem.html", 503, problem="busy", reference="")
        response.headers["Retry-After"] = "5"
        return response
    except Exception:  # noqa: BLE001 - whatever it is, it is logged with a reference and told
        reference = secrets.token_hex(4)
        _log.exception("portal failed", extra={"reference": reference})
        return visit.show("problem.html", 500, problem="failed", reference=reference)


def _answer(visit: PortalVisit) -> Response:
    from expediente.portal_pages import PAGES

    for page in PAGES:
        found = page.pattern.fullmatch(visit.path)
        if found is None:
            continue
        if page.may and visit.who is None:
            return visit.go("/entrar")
        if page.may and visit.client.may not in page.may:
            return visit.missing()
        does = page.post if visit.request.method == "POST" else page.get
        if does is None or visit.request.method not in ("GET", "HEAD", "POST"):
            response = visit.show("problem.html", 405, problem="form", reference="")
            response.headers["Allow"] = ", ".join((["GET", "HEAD"] if page.get else []) + (["POST"] if page.post else []))
            return response
        return does(visit, **found.groupdict())
    return visit.missing()


def cookie_name(app: App) -> str:
    """The cookie of a session; over https its prefix makes browsers keep it for this host alone."""
    return "__Host-expediente" if app.settings.portal_url.startswith("https://") else "expediente"
