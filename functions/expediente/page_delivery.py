"""The page "Entregar documentos": the papers that are missing, a way to send each, what has arrived, and taking it back.

It reads the store alone. The bytes of a file go to the staging bucket under a name made of their content, then a fact says so; both
are done again without harm. What becomes of them stands in `delivery.py`.
"""

from __future__ import annotations

import hashlib
import logging
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from expediente import acts, codec, delivery, digest, made_rules, page_facts, page_form, sniff, staging
from expediente.arrivals import Arrival, ArrivalState
from expediente.classify import DELIVERY
from expediente.folder import folder_step, safe_name
from expediente.google.clients import file_link, folder_link
from expediente.ids import person_ref
from expediente.model import DeliveredFile, Dossier, Fact, Paper, PaperState
from expediente.page_boxes import person_name
from expediente.page_form import FormRefusedError, Posted, SentFile
from expediente.page_render import redirect, render
from expediente.papers import PaperSlot, fresh_files, paper, unclassified
from expediente.process import Process

if TYPE_CHECKING:
    from flask import Response

    from expediente.bootstrap import App
    from expediente.page import Visit

_log = logging.getLogger(__name__)

TEMPLATE = "delivery.html"
ADDRESS = re.compile(r"/entregar/(?P<dossier_id>[A-Z0-9-]{1,40})(?:/(?P<paper_key>[a-z0-9_]{1,60}(?::[A-Za-z0-9]{1,40})?))?")
INPUTS = ("photo", "file")
# What the forms of this page are proven for: the address bears the dossier and the paper.
_SENDING = "deliver"
_AT_ONCE = threading.BoundedSemaphore(8)
_TURN_SECONDS = 30
_OPEN = ("returned", "renew", "missing")


@dataclass(frozen=True)
class Handed:
    """A file of a paper. state: saving | here | leaving; key: of its arrival, '' if it came through Drive; token: to take it back."""

    name: str
    by: str
    at: datetime
    state: str
    key: str = ""
    token: str = ""
    link: str = ""


@dataclass(frozen=True)
class Card:
    """A paper. state: missing | returned | renew | given | verified; expires_on: of one to be renewed; failed: what was sent last did not come through.

    to_sign: '' | attached | in_folder, where the document is that the client signs; full: it takes no more files.
    """

    slot: PaperSlot
    state: str
    reason: str = ""
    detail: str = ""
    expires_on: date | None = None
    files: tuple[Handed, ...] = ()
    failed: bool = False
    to_sign: str = ""
    full: bool = False
    action: str = ""
    token: str = ""


@dataclass(frozen=True)
class DeliveryView:
    """What the page shows. folder: address of the delivery folder, '' when it is closed to this person; ready: text for the client."""

    dossier: Dossier
    cards: tuple[Card, ...]
    may_send: bool
    folder: str
    unclassified: int
    ready: str

    @property
    def open(self) -> tuple[Card, ...]:
        """What is to be brought, returned papers first."""
        return tuple(sorted((card for card in self.cards if card.state in _OPEN), key=lambda card: _OPEN.index(card.state)))

    @property
    def given(self) -> tuple[Card, ...]:
        """What has come and is looked at by the Encargado."""
        return tuple(card for card in self.cards if card.state == "given")

    @property
    def verified(self) -> tuple[Card, ...]:
        """What is done."""
        return tuple(card for card in self.cards if card.state == "verified")

    @property
    def saving(self) -> bool:
        """Whether something is on its way, so that the page will soon say more."""
        return any(file.state != "here" for card in self.cards for file in card.files)


@dataclass(frozen=True)
class _Desk:
    """What an answer is made from. waiting: facts of this page that the dossier has not taken in yet."""

    visit: Visit
    dossier: Dossier
    waiting: tuple[Fact, ...]
    slots: tuple[PaperSlot, ...]

    @property
    def app(self) -> App:
        """The application."""
        return self.visit.app

    @property
    def prefix(self) -> str:
        """The part of the public address before our own paths."""
        return self.visit.frame.home.rstrip("/")

    def path(self, paper_key: str = "") -> str:
        """The path of the page, or of one paper of it."""
        return f"/entregar/{self.dossier.dossier_id}" + (f"/{paper_key}" if paper_key else "")

    def token(self, paper_key: str, said: str) -> str:
        """The proof for a form of that paper."""
        return page_form.token(self.app.csrf_secret, self.visit.person.address, self.path(paper_key), said)


def answer(visit: Visit, dossier_id: str, paper_key: str | None) -> Response | None:
    """The answer to a request for the page; None when it is not for this person, or there is no such dossier or paper."""
    desk = _desk(visit, dossier_id)
    if desk is None or (paper_key and paper_key not in {slot.key for slot in desk.slots}):
        return None
    if visit.request.method != "POST":
        return _show(desk, told=visit.request.args.get("hecho", ""), about=visit.request.args.get("papel", ""))
    if not paper_key:
        raise FormRefusedError(400, "path")
    try:
        if visit.request.mimetype == page_form.CONTENT_TYPE:
            return _take_back(desk, paper_key)
        return _take_in(desk, paper_key)
    except FormRefusedError as error:
        if error.reason != "size":
            raise
        return _show(desk, error.status, "size", paper_key)


def _desk(visit: Visit, dossier_id: str) -> _Desk | None:
    # In this order: see page_facts.of_kind.
    waiting = tuple(page_facts.of_kind(visit.app, dossier_id, delivery.HANDED_IN, delivery.TAKEN_BACK))
    found = visit.app.store.get("dossier", dossier_id)
    if found is None:
        return None
    dossier, process = codec.from_data(Dossier, found.data), visit.app.process
    slots = tuple(delivery.slots_to_bring(process, dossier))
    if not slots or not delivery.may_hand_in(process, dossier, visit.person, visit.app.clock.now()):
        return None
    return _Desk(visit, dossier, waiting, slots)


def _show(desk: _Desk, status: int = 200, told: str = "", about: str = "") -> Response:
    slot = next((slot for slot in desk.slots if slot.key == about), None)
    return render(
        TEMPLATE,
        desk.visit.frame,
        status,
        scripted=True,
        view=_view(desk),
        told=told if slot else "",
        about=slot,
        limits=desk.app.process.delivery,
        accept=",".join(
            kind for kind in desk.app.process.allowed_mime_types if kind in sniff.SUFFIXES and not kind.startswith("image/")
        ),
        now=desk.app.clock.now(),
    )


# --- what is shown -------------------------------------------------------------------------------------------------------------


def _view(desk: _Desk) -> DeliveryView:
    dossier, process, person = desk.dossier, desk.app.process, desk.visit.person
    granted = f"{DELIVERY}/{person.address}" in dossier.grants or acts.means(
        process, dossier, person, delivery.BRINGERS[1], desk.app.clock.now()
    )
    folder_id = dossier.file_id(folder_step(DELIVERY))
    cards = tuple(_card(desk, slot, opens=granted) for slot in desk.slots)
    return DeliveryView(
        dossier=dossier,
        cards=cards,
        may_send=bool(desk.app.settings.staging_bucket),
        folder=folder_link(folder_id) if granted and folder_id else "",
        unclassified=len(unclassified(dossier)),
        ready=digest.client_text(process, dossier) if any(card.state in _OPEN for card in cards) else "",
    )


def _card(desk: _Desk, slot: PaperSlot, *, opens: bool) -> Card:
    dossier, known = desk.dossier, paper(desk.dossier, slot.key)
    files = (*_files(desk, slot.key, opens=opens), *_on_their_way(desk, slot.key))
    fresh = any(file.state == "saving" for file in files)
    counted = [file for file in files if file.state != "leaving"]
    state = _state(known, dossier, slot.key, fresh=fresh, there=bool(counted))
    return Card(
        slot=slot,
        state=state,
        reason=known.reason if state == "returned" else "",
        detail=known.detail if state == "returned" else "",
        expires_on=known.expires_on if state == "renew" else None,
        files=files,
        failed=state != "verified" and not fresh and _last_failed(dossier, slot.key),
        to_sign=_to_sign(desk.app.process, dossier, slot.key) if state in _OPEN else "",
        full=len(counted) >= desk.app.process.delivery.max_files_per_paper,
        action=desk.prefix + desk.path(slot.key),
        token=desk.token(slot.key, _SENDING),
    )


def _state(known: Paper, dossier: Dossier, key: str, *, fresh: bool, there: bool) -> str:
    """fresh: something is on its way; there: something counts. Of a paper that is renewed only what is not filed yet counts."""
    if delivery.is_settled(dossier, key):
        return "verified"
    if known.state is PaperState.RETURNED and not fresh:
        return "returned"
    if known.renews_since is not None and not fresh and not fresh_files(dossier, key):
        return "renew"
    return "given" if there else "missing"


def _files(desk: _Desk, key: str, *, opens: bool) -> Iterator[Handed]:
    """What the records know of a paper: files of the dossier, and those that wait to be brought in."""
    dossier, process = desk.dossier, desk.app.process
    leaving = {fact.payload["arrival"] for fact in desk.waiting if fact.kind == delivery.TAKEN_BACK}
    arrived = {arrival.file_id: arrival for arrival in dossier.arrivals.values() if arrival.file_id}
    for file in dossier.files.values():
        if key in file.papers and not file.refused:
            yield _handed(desk, key, arrived.get(file.file_id), file, leaving, opens=opens and not file.filed)
    for arrival in dossier.arrivals.values():
        if arrival.paper == key and arrival.state is ArrivalState.STAGED:
            shown = Handed(arrival.name, person_name(process, arrival.by), arrival.at, "saving")
            yield replace(shown, state="leaving") if arrival.key in leaving else shown


def _handed(desk: _Desk, key: str, arrival: Arrival | None, file: DeliveredFile, leaving: set[str], *, opens: bool) -> Handed:
    link = file_link(file.file_id) if opens else ""
    by = person_name(desk.app.process, file.by)
    if arrival is None or arrival.paper != key:
        return Handed(file.name, by, file.at, "here", link=link)
    shown = Handed(arrival.name, by, file.at, "leaving" if arrival.key in leaving else "here", link=link)
    if shown.state == "here" and delivery.may_take_back(desk.dossier, arrival, desk.visit.person.address):
        return replace(shown, key=arrival.key, token=desk.token(key, arrival.key))
    return shown


def _on_their_way(desk: _Desk, key: str) -> Iterator[Handed]:
    """What was sent and has not been taken into the records yet."""
    for fact in desk.waiting:
        if (
            fact.kind == delivery.HANDED_IN
            and fact.payload["paper"] == key
            and fact.payload["arrival"] not in desk.dossier.arrivals
        ):
            yield Handed(fact.payload["name"], person_name(desk.app.process, fact.actor), fact.at, "saving")


def _last_failed(dossier: Dossier, key: str) -> bool:
    found = [arrival for arrival in dossier.arrivals.values() if arrival.paper == key]
    last = max(found, key=lambda arrival: arrival.at, default=None)
    return last is not None and last.state in (ArrivalState.LOST, ArrivalState.REFUSED)


def _to_sign(process: Process, dossier: Dossier, key: str) -> str:
    rule = next((rule for rule in made_rules.rules_for(process, dossier.intake) if rule.paper == key), None)
    return "" if rule is None else "attached" if rule.attached else "in_folder"


# --- a file is sent ------------------------------------------------------------------------------------------------------------


def _take_in(desk: _Desk, paper_key: str) -> Response:
    visit, process = desk.visit, desk.app.process
    if not desk.app.settings.staging_bucket:
        page_form.read_in_vain(visit.request)
        raise FormRefusedError(400, "bucket")
    with page_form.turn(visit.request, _AT_ONCE, _TURN_SECONDS, "page.deliver"):
        limit = process.delivery.max_file_bytes
        posted, files = page_form.read_files(visit.request, desk.app.settings.page_url, INPUTS, limit)
        if posted.content_hash != _SENDING or not page_form.is_ours(
            desk.app.csrf_secret, visit.person.address, desk.path(paper_key), posted
        ):
            raise FormRefusedError(400, "token")
        problem = _problem(desk, paper_key, files)
        if problem:
            return _show(desk, 422, problem, paper_key)
        told = hand_in(desk.app, desk.dossier, visit.person.address, paper_key, files[0])
        return _back(desk, told, paper_key) if told in ("arrived", "already") else _show(desk, 422, told, paper_key)


def _problem(desk: _Desk, paper_key: str, files: list[SentFile]) -> str:
    """Why what was sent cannot be taken, '' if it can: `none`, `both`, `empty`, `verified`, `full`, `leaving`."""
    if not files:
        return "none"
    if len(files) > 1:
        return "both"
    if files[0].size_bytes == 0:
        return "empty"
    card = _card(desk, next(slot for slot in desk.slots if slot.key == paper_key), opens=False)
    if card.state == "verified":
        return "verified"
    if any(file.state == "leaving" for file in card.files):
        return "leaving"
    return "full" if card.full else ""


def hand_in(app: App, dossier: Dossier, address: str, paper_key: str, file: SentFile) -> str:
    """Stage a file for a paper and tell the dossier: first the bytes, then the fact. Gives what the person is told:

    `arrived`; `already` when these very bytes are there; `returned` when they are what was returned; `type` when it is no allowed type.
    """
    mime = sniff.mime_of(file.content)
    if mime not in app.process.allowed_mime_types:
        return "type"
    content = staging.content_of(file.content)
    sha256 = hashlib.sha256(content).hexdigest()
    number = delivery.next_round(dossier, paper_key, sha256)
    if number == 0:
        return "returned" if paper(dossier, paper_key).state is PaperState.RETURNED else "already"
    name = safe_name(re.split(r"[/\\]", file.name)[-1], 80)
    arrival = Arrival(paper_key, sha256, mime, len(content), name, address, app.clock.now(), number)
    staging.stage(app, dossier.dossier_id, arrival, content)
    payload = {
        "arrival": arrival.key,
        "paper": paper_key,
        "sha256": sha256,
        "mime_type": mime,
        "size_bytes": str(len(content)),
        "name": name,
        "round": str(number),
    }
    # Who, where and what make the id: the same file sent twice is one fact.
    event_id = f"page-{delivery.HANDED_IN}-{person_ref(address)}-{codec.digest(f'{dossier.dossier_id}/{arrival.key}')}"
    page_facts.keep(app, Fact(event_id, dossier.dossier_id, delivery.HANDED_IN, arrival.at, address, payload))
    return "arrived"


# --- a file is taken back ------------------------------------------------------------------------------------------------------


def _take_back(desk: _Desk, paper_key: str) -> Response:
    visit = desk.visit
    posted = page_form.read(visit.request, desk.app.settings.page_url)
    if posted.decision != "take_back" or not page_form.is_ours(
        desk.app.csrf_secret, visit.person.address, desk.path(paper_key), posted
    ):
        raise FormRefusedError(400, "token")
    return _withdraw(desk, paper_key, posted)


def _withdraw(desk: _Desk, paper_key: str, posted: Posted) -> Response:
    address, arrival = desk.visit.person.address, desk.dossier.arrivals.get(posted.content_hash)
    if arrival is not None and arrival.state is ArrivalState.TAKEN_BACK:
        return _back(desk, "taken_back", paper_key)
    if arrival is None or arrival.paper != paper_key or not delivery.may_take_back(desk.dossier, arrival, address):
        return _show(desk, 409, "too_late", paper_key)
    event_id = f"page-{delivery.TAKEN_BACK}-{person_ref(address)}-{codec.digest(f'{desk.dossier.dossier_id}/{arrival.key}')}"
    fact = Fact(event_id, desk.dossier.dossier_id, delivery.TAKEN_BACK, desk.app.clock.now(), address, {"arrival": arrival.key})
    page_facts.keep(desk.app, fact)
    return _back(desk, "taken_back", paper_key)


def _back(desk: _Desk, told: str, paper_key: str) -> Response:
    return redirect(f"{desk.prefix}{desk.path()}?{urlencode({'hecho': told, 'papel': paper_key})}")
