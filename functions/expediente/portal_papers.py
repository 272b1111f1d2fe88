"""The papers of a request in the portal: what is missing, a way to send each, what has arrived, and taking it back.

It reads the store and creates objects in the staging bucket, nothing else. The bytes go there under a name made of their content,
then a fact says so; both are done again without harm. What becomes of them stands in `case_papers.py`.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from expediente import case_papers, codec, page_facts, page_form, sniff, staging
from expediente.arrivals import Arrival, ArrivalState, arrival_key
from expediente.case_data import OPEN_CASES, Case
from expediente.case_papers import CaseSlot
from expediente.case_rules import CaseKind, PaperRules, case_rules
from expediente.folder import safe_name
from expediente.model import Dossier, Fact
from expediente.page_form import FormRefusedError, Posted, SentFile
from expediente.portal import PortalVisit
from expediente.portal_facts import KIND
from expediente.quantities import amount as amount_of

if TYPE_CHECKING:
    from flask import Response

INPUTS = ("photo", "file")
TAKE_BACK = "take_back"
# What is sent lies in memory meanwhile: so many at once, the others wait a little.
_AT_ONCE = threading.BoundedSemaphore(4)
_TURN_SECONDS = 20
_MEGABYTE = 1024 * 1024


@dataclass(frozen=True)
class HandedFile:
    """A file as its client sees it. state: saving | here | leaving; key: of its arrival, '' = it cannot be taken back."""

    name: str
    size: str
    at: datetime
    state: str
    key: str = ""


@dataclass(frozen=True)
class PaperCard:
    """A paper of the request. full: it takes no more files; failed: '' | lost | refused, why what came last does not count."""

    key: str
    label: str
    asks: str
    required: bool
    files: tuple[HandedFile, ...]
    full: bool
    failed: str


@dataclass(frozen=True)
class Wrong:
    """Why something was not taken. what: key of the page's words; paper: label; name: of the file, '' = of all that was sent."""

    what: str
    paper: str = ""
    name: str = ""


@dataclass(frozen=True)
class PapersView:
    """What the page shows. open: papers are still taken; ends: '' | decided | over, why they are not; able: there is a staging bucket."""

    cards: tuple[PaperCard, ...]
    open: bool
    ends: str
    able: bool
    rules: PaperRules
    accept: str
    wrong: tuple[Wrong, ...] = ()
    told: str = ""

    @property
    def missing(self) -> tuple[PaperCard, ...]:
        """The required papers of which nothing has come."""
        return tuple(card for card in self.cards if card.required and not card.files)

    @property
    def given(self) -> int:
        """Of how many papers something has come."""
        return sum(bool(card.files) for card in self.cards)

    @property
    def speaks(self) -> bool:
        """Whether there is anything to say once papers are taken no more."""
        return bool(self.given or self.wrong or any(card.failed for card in self.cards))

    @property
    def saving(self) -> bool:
        """Whether something is on its way, so that the page will soon say more."""
        return any(file.state != "here" for card in self.cards for file in card.files)


@dataclass(frozen=True)
class PapersDesk:
    """A request of the client that wants papers. case: None while it is on its way into the dossier; waiting: facts of its papers."""

    visit: PortalVisit
    dossier: Dossier
    case_id: str
    kind: CaseKind
    case: Case | None
    slots: tuple[CaseSlot, ...]
    waiting: tuple[Fact, ...]

    @property
    def rules(self) -> PaperRules:
        """The table of papers."""
        return case_rules(self.visit.app.process.folder).papers

    @property
    def open(self) -> bool:
        """Whether files may be handed in and taken back."""
        return case_papers.may_change(self.case)

    def on_their_way(self, key: str) -> list[Fact]:
        """What was sent for a paper and is in no record yet."""
        found = (fact for fact in self.waiting if fact.payload["what"] == case_papers.HANDED_IN)
        return [fact for fact in found if fact.payload["paper"] == key and _arrival_of(fact) not in self.dossier.case_files]

    @property
    def leaving(self) -> frozenset[str]:
        """Keys of what is being taken back."""
        return frozenset(str(fact.payload["arrival"]) for fact in self.waiting if fact.payload["what"] == case_papers.TAKEN_BACK)


def _arrival_of(fact: Fact) -> str:
    said = fact.payload
    name = case_papers.paper_name(str(said["case_id"]), str(said["paper"]))
    return arrival_key(name, str(said["sha256"]), int(said["round"]))


@dataclass(frozen=True)
class Moment:
    """A client's facts that wait, and its dossier, as they were read together. A form with files may be read for minutes."""

    facts: tuple[Fact, ...]
    dossier: Dossier


def moment(visit: PortalVisit) -> Moment:
    """How things stand now."""
    app, known = visit.app, visit.client.dossier
    # In this order: see page_facts.of_kind.
    facts, found = page_facts.of_kind(app, known.dossier_id, KIND), app.store.get("dossier", known.dossier_id)
    return Moment(tuple(facts), codec.from_data(Dossier, found.data) if found else known)


def desk_of(visit: PortalVisit, case_id: str, now: Moment) -> PapersDesk | None:
    """The papers of a request of this client; None when it wants none, or is not this client's."""
    facts = [fact for fact in now.facts if fact.payload.get("case_id") == case_id]
    dossier, process = now.dossier, visit.app.process
    case = dossier.cases.get(case_id)
    asked = next((fact.payload for fact in facts if fact.payload.get("what") == "case"), {})
    kind = case_rules(process.folder).kinds.get(case.kind if case else str(asked.get("kind", "")))
    if kind is None or not kind.papers:
        return None
    amount = case.amount if case else _amount(asked.get("amount"))
    slots = case_papers.slots(process, kind, case_id, amount, dossier.case_files)
    mine = (case_papers.HANDED_IN, case_papers.TAKEN_BACK)
    waiting = tuple(fact for fact in facts if fact.payload.get("what") in mine)
    return PapersDesk(visit, dossier, case_id, kind, case, tuple(slots), waiting)


def _amount(said: object) -> Decimal | None:
    return amount_of(str(said)) if said else None


# --- what is shown -------------------------------------------------------------------------------------------------------------


def view(desk: PapersDesk, wrong: tuple[Wrong, ...] = ()) -> PapersView:
    """What the page says of the papers."""
    over = desk.case is not None and desk.case.state not in OPEN_CASES
    told = desk.visit.request.args.get("hecho", "") if desk.visit.request.method != "POST" else ""
    return PapersView(
        cards=tuple(_card(desk, slot) for slot in desk.slots),
        open=desk.open,
        ends="" if desk.open else "over" if over else "decided",
        able=bool(desk.visit.app.settings.staging_bucket),
        rules=desk.rules,
        accept=",".join(desk.rules.mime_types),
        wrong=wrong,
        told=told if told in ("arrived", "already", "taken_back") else "",
    )


def _card(desk: PapersDesk, slot: CaseSlot) -> PaperCard:
    files = tuple(_files(desk, slot))
    counted = [file for file in files if file.state != "leaving"]
    full = len(counted) >= desk.rules.max_files
    # As long as the request is open, what is there by now speaks for itself.
    failed = "" if desk.on_their_way(slot.key) or (desk.open and files) else slot.failed
    return PaperCard(slot.key, slot.label, slot.asks, slot.required, files, full, failed)


def _files(desk: PapersDesk, slot: CaseSlot) -> Iterator[HandedFile]:
    for one in slot.files:
        leaving = one.key in desk.leaving
        state = "leaving" if leaving else "here" if one.state is ArrivalState.PLACED else "saving"
        yield HandedFile(one.name, _size(one.size_bytes), one.at, state, one.key if desk.open and not leaving else "")
    for fact in desk.on_their_way(slot.key):
        yield HandedFile(str(fact.payload["name"]), _size(int(fact.payload["size_bytes"])), fact.at, "saving")


def _size(size_bytes: int) -> str:
    """As people read it: KB below a megabyte, else MB with one decimal."""
    if size_bytes < _MEGABYTE:
        return f"{max(1, round(size_bytes / 1024))} KB"
    return f"{size_bytes / _MEGABYTE:.1f} MB"


# --- files are sent ------------------------------------------------------------------------------------------------------------


def take_in(desk: PapersDesk) -> Response | PapersView:
    """Take the files of a form in; a page again when one of them cannot be taken: then none is."""
    visit = desk.visit
    if not visit.app.settings.staging_bucket:
        page_form.read_in_vain(visit.request)
        raise FormRefusedError(400, "bucket")
    with page_form.turn(visit.request, _AT_ONCE, _TURN_SECONDS, "portal.papers"):
        try:
            posted, files = visit.posted_files(INPUTS, desk.rules.max_sent_bytes, desk.rules.max_files)
        except FormRefusedError as error:
            if error.reason != "size":
                raise
            return view(desk, (Wrong("sent"),))
        # Waiting and reading may have taken minutes: meanwhile somebody may have signed, and other files have come.
        fresh = desk_of(visit, desk.case_id, moment(visit))
        return _judged(fresh, posted, files) if fresh else visit.missing()


def _judged(desk: PapersDesk, posted: Posted, files: list[SentFile]) -> Response | PapersView:
    slot = next((one for one in desk.slots if one.key == posted.answers.get("paper", "")), None)
    if slot is None:
        raise FormRefusedError(400, "paper")
    sent = [(file, staging.sha256_of(file.content)) for file in files]
    wrong = tuple(_wrong(desk, slot, sent))
    if wrong:
        return view(desk, wrong)
    told = [_hand_in(desk, slot, file, sha256) for file, sha256 in sent]
    return _back(desk, "arrived" if "arrived" in told else "already")


def _wrong(desk: PapersDesk, slot: CaseSlot, sent: list[tuple[SentFile, str]]) -> Iterator[Wrong]:
    """Everything because of which nothing of what was sent is taken. sent: files with their hashes."""
    card = _card(desk, slot)
    if not desk.open:
        yield Wrong("closed", slot.label)
        return
    if not sent:
        yield Wrong("none", slot.label)
    for file, sha256 in sent:
        what = _wrong_with(desk, slot, file, sha256)
        if what:
            yield Wrong(what, slot.label, _name(file))
    there = {one.sha256 for one in slot.files} | {str(fact.payload["sha256"]) for fact in desk.on_their_way(slot.key)}
    fresh = {sha256 for _, sha256 in sent} - there
    counted = sum(file.state != "leaving" for file in card.files)
    if counted + len(fresh) > desk.rules.max_files:
        yield Wrong("full", slot.label)


def _wrong_with(desk: PapersDesk, slot: CaseSlot, file: SentFile, sha256: str) -> str:
    if file.size_bytes == 0:
        return "empty"
    if file.size_bytes > desk.rules.max_file_bytes:
        return "size"
    if sniff.mime_of(file.content) not in desk.rules.mime_types:
        return "type"
    same = {one.sha256 for one in slot.files if one.key in desk.leaving}
    return "leaving" if sha256 in same else ""


def _name(file: SentFile) -> str:
    """The last part of what its owner calls it."""
    return safe_name(re.split(r"[/\\]", file.name)[-1], 80)


def _hand_in(desk: PapersDesk, slot: CaseSlot, file: SentFile, sha256: str) -> str:
    """First the bytes, then the fact. Gives `arrived`, or `already` when these very bytes are there."""
    app, paper = desk.visit.app, case_papers.paper_name(desk.case_id, slot.key)
    number = case_papers.next_round(desk.dossier.case_files, paper, sha256)
    if number == 0:
        return "already"
    content = staging.content_of(file.content)
    address, mime = desk.visit.client.session.address, sniff.mime_of(file.content)
    arrival = Arrival(paper, sha256, mime, len(content), _name(file), address, app.clock.now(), number)
    staging.stage(app, desk.dossier.dossier_id, arrival, content)
    payload = {
        "what": case_papers.HANDED_IN,
        "case_id": desk.case_id,
        "paper": slot.key,
        "sha256": sha256,
        "mime_type": mime,
        "size_bytes": str(len(content)),
        "name": arrival.name,
        "round": str(number),
    }
    _keep(desk, "paper", arrival.key, payload)
    return "arrived"


def _keep(desk: PapersDesk, what: str, key: str, payload: dict[str, str]) -> None:
    """Store a fact whose name says what it is about, so that the same form sent twice is one fact."""
    app, dossier_id = desk.visit.app, desk.dossier.dossier_id
    event_id = f"portal-{what}-{codec.digest(f'{dossier_id}/{key}')}"
    page_facts.keep(app, Fact(event_id, dossier_id, KIND, app.clock.now(), desk.visit.client.session.address, dict(payload)))


def take_back(desk: PapersDesk, posted: Posted) -> Response | PapersView:
    """Take a file back that this client has handed in with this request, until somebody has signed."""
    arrival = desk.dossier.case_files.get(posted.answers.get("arrival", ""))
    if arrival is None or arrival.paper.partition("/")[0] != desk.case_id:
        # Taken back already, or never there: the list says how it stands.
        return _back(desk, "")
    if not desk.open:
        return view(desk, (Wrong("closed", next((one.label for one in desk.slots if arrival in one.files), "")),))
    if arrival.key not in desk.leaving:
        payload = {"what": case_papers.TAKEN_BACK, "case_id": desk.case_id, "arrival": arrival.key}
        _keep(desk, "paper-back", arrival.key, payload)
    return _back(desk, "taken_back")


def _back(desk: PapersDesk, told: str) -> Response:
    query = f"?{urlencode({'hecho': told})}" if told else ""
    return desk.visit.go(f"/solicitudes/{desk.case_id}{query}#papeles")
