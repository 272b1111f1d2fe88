"""The signed-in pages: who asks, which page, what may be done. Only a POST stores anything, and only a fact.

A page that does not exist, a dossier that does not exist and one that is not for this person answer alike: 404. What a signature
means is decided where facts are folded (`confirm`, `activate`, `documents`); the page looks only at the store and publishes.
"""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from expediente import (
    codec,
    page_act,
    page_closing,
    page_compliance,
    page_delivery,
    page_dossier,
    page_facts,
    page_form,
    page_identity,
    page_signing,
    page_tasks,
)
from expediente.errors import RetryLaterError
from expediente.model import Dossier
from expediente.page_facts import Became, FactKind, Outcome
from expediente.page_form import FormRefusedError, Posted
from expediente.page_render import Frame, redirect, render
from expediente.process import Person

if TYPE_CHECKING:
    from flask import Request, Response

    from expediente.bootstrap import App

_log = logging.getLogger(__name__)

_DOSSIER = r"(?P<dossier_id>[A-Z0-9-]{1,40})"
_NOTHING_TO_SAY = Outcome(Became.NOTHING)


class View(Protocol):
    """What every signed page has. content_hash: of all that would be signed, '' when nothing can be; subject: area or ''."""

    @property
    def dossier(self) -> Dossier: ...
    @property
    def subject(self) -> str: ...
    @property
    def content_hash(self) -> str: ...
    @property
    def accent(self) -> str: ...


@dataclass(frozen=True)
class Route:
    """A page. view: None when it is not for this person; payload: of the fact, None when the form says too little.

    wrong: the page with what does not fit in the form that was sent, None when all fits.
    """

    pattern: re.Pattern[str]
    template: str
    fact: FactKind
    view: Callable[[App, Person, Dossier, str], View | None]
    payload: Callable[[Any, Posted], Mapping[str, object] | None]
    wrong: Callable[[App, Any, Posted], View | None] = lambda app, shown, posted: None


ROUTES = (
    Route(
        re.compile(f"/confirmar/{_DOSSIER}/(?P<subject>[a-z0-9_]{{1,60}})"),
        page_signing.TEMPLATE,
        page_signing.FACT,
        page_signing.view,
        page_signing.payload,
    ),
    Route(re.compile(f"/cierre/{_DOSSIER}"), page_closing.TEMPLATE, page_closing.FACT, page_closing.view, page_closing.payload),
    Route(
        re.compile(f"/cumplimiento/{_DOSSIER}"),
        page_compliance.TEMPLATE,
        page_compliance.FACT,
        page_compliance.view,
        page_compliance.payload,
    ),
    Route(
        re.compile(f"/acto/{_DOSSIER}/(?P<subject>[a-z0-9_]{{1,60}}(?:/[A-Za-z0-9_-]{{1,80}})?)"),
        page_act.TEMPLATE,
        page_act.FACT,
        page_act.view,
        page_act.payload,
        page_act.wrong,
    ),
)
_DOSSIER_PAGE = re.compile(f"/expediente/{_DOSSIER}")


@dataclass(frozen=True)
class Visit:
    """A request of a known person. path: without the prefix under which the pages are published."""

    app: App
    request: Request
    person: Person
    path: str
    frame: Frame


def answer(app: App, request: Request) -> Response:
    """The answer to any request; what goes wrong is logged and told in a sentence, so that nobody ever reads a traceback."""
    frame = Frame(app.process, home=_prefix(app) + "/")
    try:
        return _answer(app, request, frame)
    except FormRefusedError as error:
        _log.warning("form refused", extra={"reason": error.reason})
        return render("problem.html", frame, error.status, problem="form", reference="")
    except RetryLaterError:
        _log.warning("page busy", exc_info=True)
        response = render("problem.html", frame, 503, problem="busy", reference="")
        response.headers["Retry-After"] = "5"
        return response
    except Exception:  # noqa: BLE001 - whatever it is, it is logged with a reference and told
        reference = secrets.token_hex(4)
        _log.exception("page failed", extra={"reference": reference})
        return render("problem.html", frame, 500, problem="failed", reference=reference)


def _answer(app: App, request: Request, frame: Frame) -> Response:
    app.settings.need("page_url", "csrf_secret")
    address = page_identity.address_of(app.settings, request.headers.get(page_identity.HEADER, ""))
    if address is None:
        return render("problem.html", frame, 401, problem="unknown", reference="")
    person = app.process.company.person(address)
    if person is None:
        return _not_found(frame)
    path = request.path.removeprefix(_prefix(app))
    visit = Visit(app, request, person, path, Frame(app.process, person, frame.home))
    if request.method not in ("GET", "HEAD", "POST"):
        return _wrong_method(visit, "GET, HEAD, POST")
    if path in ("", "/"):
        return _tasks(visit)
    about = _DOSSIER_PAGE.fullmatch(path)
    if about:
        return _dossier(visit, about["dossier_id"])
    handing_in = page_delivery.ADDRESS.fullmatch(path)
    if handing_in:
        return page_delivery.answer(visit, **handing_in.groupdict()) or _not_found(visit.frame)
    for route in ROUTES:
        found = route.pattern.fullmatch(path)
        if found:
            return _signed_page(visit, route, **found.groupdict())
    return _not_found(visit.frame)


def _tasks(visit: Visit) -> Response:
    if visit.request.method == "POST":
        return _wrong_method(visit, "GET, HEAD")
    found = page_tasks.tasks_of(visit.app, visit.person)
    return render("tasks.html", visit.frame, found=found, prefix=_prefix(visit.app))


def _dossier(visit: Visit, dossier_id: str) -> Response:
    if visit.request.method == "POST":
        return _wrong_method(visit, "GET, HEAD")
    read = visit.app.store.get("dossier", dossier_id)
    shown = page_dossier.view(visit.app, visit.person, codec.from_data(Dossier, read.data)) if read else None
    if shown is None:
        return _not_found(visit.frame)
    return render(page_dossier.TEMPLATE, visit.frame, view=shown, prefix=_prefix(visit.app), now=visit.app.clock.now())


def _signed_page(visit: Visit, route: Route, dossier_id: str, subject: str = "") -> Response:
    # In this order: see page_facts.waiting.
    waiting = page_facts.waiting(visit.app, route.fact, dossier_id, subject)
    read = visit.app.store.get("dossier", dossier_id)
    dossier = codec.from_data(Dossier, read.data) if read else None
    shown = route.view(visit.app, visit.person, dossier, subject) if dossier else None
    if dossier is None or shown is None:
        return _not_found(visit.frame)

    def became(since: str) -> Outcome:
        return page_facts.outcome(visit.app, route.fact, dossier, visit.person.address, subject, waiting, since)

    if visit.request.method != "POST":
        return _show(visit, route, shown, became(visit.request.args.get("desde", "")))
    posted = page_form.read(visit.request, visit.app.settings.page_url)
    if not page_form.is_ours(visit.app.csrf_secret, visit.person.address, visit.path, posted):
        raise FormRefusedError(400, "token")
    if not shown.content_hash or posted.content_hash != shown.content_hash:
        # The second click of a double click may come when the first has been taken in already.
        if became(posted.since).became is Became.DONE:
            return _back(visit, posted.since)
        return _show(visit, route, shown, _NOTHING_TO_SAY, status=409, notice="changed")
    wrong = route.wrong(visit.app, shown, posted)
    payload = route.payload(shown, posted)
    if wrong is not None or payload is None:
        shown = wrong or shown
        return _show(visit, route, shown, _NOTHING_TO_SAY, status=422, notice="undecided")
    page_facts.store_once(visit.app, route.fact, dossier_id, visit.person.address, payload, shown.content_hash)
    return _back(visit, str(dossier.event_count))


def _show(visit: Visit, route: Route, shown: View, told: Outcome, status: int = 200, notice: str = "") -> Response:
    """The page as it stands. While a signature waits there is no form: the page looks again by itself."""
    waits = told.became in (Became.WAITING, Became.SLOW)
    content_hash = "" if waits else shown.content_hash
    return render(
        route.template,
        Frame(visit.app.process, visit.person, visit.frame.home, shown.accent),
        status,
        view=shown,
        told=told,
        notice=notice,
        action=_prefix(visit.app) + visit.path,
        prefix=_prefix(visit.app),
        content_hash=content_hash,
        token=page_form.token(visit.app.csrf_secret, visit.person.address, visit.path, content_hash) if content_hash else "",
        refresh_seconds={Became.WAITING: 3, Became.SLOW: 15}.get(told.became, 0),
        now=visit.app.clock.now(),
    )


def _back(visit: Visit, since: str) -> Response:
    number = since if since.isascii() and since.isdigit() and len(since) < 10 else "0"
    return redirect(f"{_prefix(visit.app)}{visit.path}?desde={number}")


def _not_found(frame: Frame) -> Response:
    return render("problem.html", frame, 404, problem="missing", reference="")


def _wrong_method(visit: Visit, allowed: str) -> Response:
    response = render("problem.html", visit.frame, 405, problem="form", reference="")
    response.headers["Allow"] = allowed
    return response


def _prefix(app: App) -> str:
    """The part of the public address before our own paths; '' when the pages have a host of their own."""
    return urlsplit(app.settings.page_url).path.rstrip("/")
