"""The tour of five minutes: a client's way in acts, each done for real by the person it belongs to, or by the visitor on the desk.

An act that is already done is not done again, so that a retry, a reload or a visitor who was faster changes nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import urllib3
import yaml

from local.accounts import contact_of
from local.cases import answers_for, load_definition
from local.cast import Cast
from local.clients import case_of, company_table, numbered, with_wrong_dv, wrong_digits
from local.outcome import Outcome, Watch
from local.person import Mail, Person
from local.portal_client import PortalClient, PortalError
from local.situation import Link
from local.stack import Stack, StackError
from local.tables import ROOT, process_table
from local.tour_acts import ACTS
from local.tour_looks import ALSO, DONE, LOOKS, SELF
from local.travel import TravelError
from local.way import Way
from local.wire import HttpError, Wire

Json = dict[str, Any]

_FIRST_NUMBER = 401
_FORMS_SCOPE = "https://www.googleapis.com/auth/forms.body.readonly"
_START_AFTER = timedelta(days=14)
# The question whose answer is wrong the first time: the form opens there.
_WRONG = "client.dv"
# What an act may fail with; anything else is a fault of the tour itself and shows as such.
FAILURES = (
    TravelError,
    PortalError,
    HttpError,
    StackError,
    StopIteration,
    LookupError,
    ValueError,
    OSError,
    urllib3.exceptions.HTTPError,
)


def tour_words() -> Json:
    """tour.yaml, as plain YAML."""
    words: Json = yaml.safe_load((ROOT / "local" / "tour.yaml").read_text(encoding="utf-8"))
    return words


@dataclass(frozen=True)
class Scene:
    """A screen of the tour: its words with the names put in, what is looked at, and what the act before it has done.

    also: a page of ours that belongs to it, to be opened beside; answered: over what was answered, where it was not Google.
    """

    key: str
    number: int
    title: str
    told: str
    sees: str
    look: Link
    outcome: Outcome | None
    next: Json
    self_link: Link | None = None
    also: Link | None = None
    answered: str = ""


@dataclass
class Tour:
    """One visitor's tour. reached: the screens that are open, from 0; doing: what is being done now; failure: why the last act ended.

    portal: the client's browser before the portal.
    """

    stack: Stack
    cast: Cast
    way: Way
    nth: int = 1
    reached: int = 0
    doing: str = ""
    failure: str = ""
    words: Json = field(default_factory=tour_words)
    announce: Callable[[], object] = lambda: None
    _looks: dict[int, Link] = field(default_factory=dict)
    _outcomes: dict[int, Outcome] = field(default_factory=dict)
    _moving: threading.Lock = field(default_factory=threading.Lock)
    portal: PortalClient | None = None
    moments: list[tuple[Any, str, str]] = field(default_factory=list)

    @classmethod
    def begin(cls, stack: Stack, cast: Cast, nth: int = 1) -> Tour:
        """A tour with a client of whom nobody has heard yet. nth: the first, second… on this stack."""
        starts_on, number = (stack.now() + _START_AFTER).date(), _FIRST_NUMBER + nth - 1
        case = case_of(numbered(company_table()["tour"], number, nth), f"OT-{starts_on.year}-{number:04d}", starts_on)
        return cls(stack, cast, Way(stack, cast, case), nth)

    @property
    def code(self) -> str:
        """The Denarius code that the Encargado will give."""
        return f"DEN-{_FIRST_NUMBER + self.nth - 1:06d}"

    # --- the screens -----------------------------------------------------------------------------------------------------------

    @property
    def last(self) -> int:
        """The number of the last screen."""
        return len(self.words["pages"]) - 1

    def scene(self, number: int) -> Scene:
        """One screen that is open."""
        page = self.words["pages"][number]
        if number not in self._looks:
            self._looks[number] = LOOKS[page["key"]](self)
        following = {key: self._said(text) for key, text in page.get("next", {}).items()}
        if following:
            following["person"] = self._person_of(following["who"])
        told, sees = self._said(page["told"]), self._said(page["sees"])
        own = self._own_place(number) if number == self.reached < self.last else None
        outcome = self._outcomes.get(number)
        also = ALSO[page["key"]](self) if page["key"] in ALSO else None
        title, look = self._said(page["title"]), self._looks[number]
        return Scene(page["key"], number, title, told, sees, look, outcome, following, own, also, page.get("answered", ""))

    def _person_of(self, who: str) -> str:
        """The address of who acts: of an area or role its first person, of `areas` the first one's, of `client` the client's."""
        if who == "client":
            return contact_of(self.way.case)
        return self.cast.first(next(iter(self.cast.areas)) if who == "areas" else who)

    def _own_place(self, number: int) -> Link | None:
        """Where a visitor does the next act himself; None while there is no such place."""
        try:
            return SELF[self.words["pages"][number + 1]["key"]](self)
        except FAILURES:
            return None

    def _said(self, text: str) -> str:
        return text.format(**self.names)

    @property
    def names(self) -> dict[str, str]:
        """Given names of those who play a part."""
        given = {role: self.cast.name(self.cast.first(role)).split()[0] for role in (*self.cast.areas, *self.cast.roles)}
        case = self.way.case
        return given | {
            "vendedora": self.cast.name(self.way.vendedora.address).split()[0],
            "client": case["cliente"]["razon_social"],
            "ruc": case["cliente"]["ruc"],
            "dv": case["cliente"]["dv"],
            "wrong": wrong_digits(case["cliente"]["dv"]),
            "contact": case["orden_trabajo"]["puntos"][0]["contacto"]["nombre"],
        }

    # --- going on --------------------------------------------------------------------------------------------------------------

    def go_on(self, from_number: int) -> bool:
        """Do the act that leads from that screen to the next, unless it has been done. Gives whether the next screen is open."""
        with self._moving:
            if from_number != self.reached or self.reached == self.last:
                return from_number < self.reached
            key = self.words["pages"][from_number + 1]["key"]
            self.failure = ""
            try:
                watch = Watch(self.stack, self.cast, self.words["counts"]).open()
                if key in DONE and not DONE[key](self):
                    # What the visitor did a moment ago may not have been noticed yet: a minute passes first.
                    self.stack.look()
                remark = ACTS[key](self) or ""
                if key in DONE:
                    self.look_until(lambda: DONE[key](self))
                self._looks[from_number + 1] = LOOKS[key](self)
                if self.words["pages"][from_number + 1].get("counted", True):
                    self._outcomes[from_number + 1] = watch.close(remark)
            except FAILURES as problem:
                self.failure = str(problem) or type(problem).__name__
                return False
            finally:
                self.doing = ""
            self.reached += 1
            return True

    def look_until(self, done: Callable[[], object], minutes: int = 6) -> None:
        """Let minutes pass until something has come; a function that failed on a busy machine is called again by the next ones."""
        for _ in range(minutes):
            if done():
                return
            self.stack.look()

    def is_done(self, number: int) -> bool:
        """Whether the act that leads on from this screen has been done, by whomever."""
        if number < self.reached or number == self.last:
            return True
        check = DONE.get(self.words["pages"][number + 1]["key"])
        try:
            return bool(check and check(self))
        except FAILURES:
            return False

    def step(self, person: Person | str, what: str, act: Callable[[], object]) -> None:
        """Say who does what while it is done, and keep it for the timeline."""
        who = person if isinstance(person, str) else self.cast.name(person.address)
        self.doing = f"{who} {what}…"
        self.announce()
        act()
        self.moments.append((self.stack.now(), who, what))

    # --- who and what ----------------------------------------------------------------------------------------------------------

    @property
    def client(self) -> Person:
        """Who answers for the client."""
        return self.stack.person(self.way.case["orden_trabajo"]["puntos"][0]["contacto"]["correo"])

    def first(self, role: str) -> Person:
        """The first person of an area or role."""
        return self.stack.person(self.cast.first(role))

    def mails_about(self, person: Person) -> list[Mail]:
        """The mails in which a person reads the client's name, oldest first."""
        name = self.way.case["cliente"]["razon_social"]
        return [mail for mail in person.mails(f'"{name}"') if name in mail.text or name in mail.subject]

    def latest_mail(self, person: Person) -> Link:
        """The conversation that holds the latest mail about the client. :raises TravelError: there is none."""
        mails = self.mails_about(person)
        if not mails:
            raise TravelError(f"{person.address} no ha recibido ningún correo sobre este cliente")
        return Link("Correo", person.address, f"/desk/mail/t/{mails[-1].thread_id}")

    def form(self) -> Link:
        """The form, filled in as the vendedora has filled it, with its wrong DV."""
        form_id = self.stack.ready["forms"]["intake"]
        site = yaml.safe_load((ROOT / "local" / "site.yaml").read_text(encoding="utf-8"))
        owner = f"{site['forms_owner']}@{process_table('company')['domain']}"
        told = Wire(self.stack.ready["workspace"], f"{owner}|{_FORMS_SCOPE}").ask("GET", f"/v1/forms/{form_id}")
        ids = {item.get("title"): item.get("questionItem", {}).get("question", {}).get("questionId") for item in told["items"]}
        definition = load_definition(ROOT)
        answers = answers_for(with_wrong_dv(self.way.case), definition)
        query = [
            (f"entry.{int(ids[title], 16)}", text)
            for title, said in answers.items()
            if ids.get(title)
            for text in (said if isinstance(said, list) else [said])
        ]
        shown = next(q["title"] for s in definition["sections"].values() for key, q in s["questions"].items() if key == _WRONG)
        path = f"/desk/form/{form_id}?{urlencode(query)}#entry.{int(ids[shown], 16)}"
        return Link("Formulario", self.way.vendedora.address, path)
