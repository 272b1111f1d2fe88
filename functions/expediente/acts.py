"""Signed acts: a decision about a dossier that a person takes on a page. Tables in `process/acts.yaml`, handlers in `acts_table.py`.

The page shows what the act covers and asks its fields; the POST stores a fact; here the fact is judged again on the records of that
moment and applied, or refused with a reason that the page tells.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from expediente import act_answers, marks
from expediente.act_answers import Answers
from expediente.act_rules import ActRule
from expediente.errors import ExpedienteError
from expediente.ids import person_ref
from expediente.mails import Line
from expediente.model import Comment, Dossier, Fact
from expediente.process import Person, Process
from expediente.stand_in import answering
from expediente.work import View, Work

WHOLE = ("",)


class ActRefusedError(ExpedienteError):
    """An act that cannot be done as asked. reason: key of `refusals` in acts.yaml."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"act refused ({reason}); the page tells why")


@dataclass(frozen=True)
class Deed:
    """An act as a person did it. subject: '' = the dossier, else code of a point, id of a change …; at: when it was signed."""

    actor: Person
    subject: str
    answers: Answers
    at: datetime


def _whole(view: View) -> Sequence[str]:
    return WHOLE


def _nothing(view: View, subject: str) -> tuple[Line, ...]:
    return ()


def _anybody(view: View, subject: str, person: Person) -> bool:
    return True


@dataclass(frozen=True)
class Handler:
    """What the code knows of an act. apply: changes the records through `Work`, raises `ActRefusedError` to refuse.

    subjects: on what it can be done now, empty = on nothing; codes of letters, digits, `_` and `-`.
    shows: what stands on the page beside client and state; the signature covers it.
    belongs: which of these a person may do who may do the act at all, where one act is several roles'.
    """

    apply: Callable[[Work, Deed], None]
    subjects: Callable[[View], Sequence[str]] = _whole
    shows: Callable[[View, str], tuple[Line, ...]] = _nothing
    belongs: Callable[[View, str, Person], bool] = _anybody


@dataclass(frozen=True)
class Offer:
    """An act that a person may do now."""

    rule: ActRule
    subject: str


def about(act: str, subject: str) -> str:
    """How facts, events and addresses name an act on a subject: `visita/P01`, or `pausar` for the whole dossier."""
    return f"{act}/{subject}" if subject else act


def may(process: Process, dossier: Dossier, person: Person, rule: ActRule, now: datetime) -> bool:
    """Whether the act belongs to this person; what is the vendedora's is her substitute's while she is away."""
    return any(means(process, dossier, person, who, now) for who in rule.who)


def means(process: Process, dossier: Dossier, person: Person, principal: str, now: datetime) -> bool:
    """Whether a principal of the tables (`person:vendedora`, `role:…`, `area:…`, `areas:taking_part`) is this person today."""
    kind, _, name = principal.partition(":")
    if kind == "person":
        day = now.astimezone(ZoneInfo(process.company.timezone)).date()
        return person in answering(process.company, dossier.vendedora, day)
    if kind == "areas":
        return any(area.key in person.roles for area in marks.taking_part(process, dossier))
    return name in person.roles


def offers(view: View, person: Person) -> Iterator[Offer]:
    """Every act that the person may do on this dossier now, in the order of the table."""
    from expediente.acts_table import HANDLERS

    for rule in view.process.acts.rules.values():
        if view.dossier.state.value in rule.when and may(view.process, view.dossier, person, rule, view.now):
            handler = HANDLERS[rule.key]
            for subject in handler.subjects(view):
                if handler.belongs(view, subject, person):
                    yield Offer(rule, subject)


def shown(view: View, act: str, subject: str) -> tuple[Line, ...]:
    """What the page of an act shows of its subject."""
    from expediente.acts_table import HANDLERS

    return HANDLERS[act].shows(view, subject)


def shown_hash(view: View, act: str, subject: str) -> str:
    """Hash of what the signature covers: what was shown, the state, and how often the act was done before."""
    lines = [[line.label, line.value] for line in shown(view, act, subject)]
    times = view.dossier.deeds.get(about(act, subject), 0)
    said = json.dumps([view.dossier.dossier_id, act, subject, view.dossier.state.value, lines, times])
    return hashlib.sha256(said.encode()).hexdigest()


def fold(work: Work, fact: Fact) -> None:
    """A signed act. payload: act, subject, hash (what was shown), answers (name -> text), about."""
    act, subject = fact.payload["act"], fact.payload["subject"]
    before = work.dossier, list(work.writes), set(work.senders)
    try:
        _apply(work, fact, act, subject)
    except ActRefusedError as error:
        work.dossier, work.writes, work.senders = before
        work.record(person_ref(fact.actor), "act_refused", about=about(act, subject), reason=error.reason)


def _apply(work: Work, fact: Fact, act: str, subject: str) -> None:
    from expediente.acts_table import HANDLERS

    view, key = work.view, about(act, subject)
    rule, person = view.process.acts.rules.get(act), view.process.company.person(fact.actor)
    if rule is None or person is None or not may(view.process, view.dossier, person, rule, view.now):
        raise ActRefusedError("role")
    if Offer(rule, subject) not in offers(view, person):
        raise ActRefusedError("not_now")
    if fact.payload["hash"] != shown_hash(view, act, subject):
        raise ActRefusedError("changed")
    day = fact.at.astimezone(ZoneInfo(view.process.company.timezone)).date()
    answers, wrong = act_answers.read(view.process, rule, fact.payload["answers"], day)
    if wrong:
        raise ActRefusedError("answers")
    HANDLERS[act].apply(work, Deed(person, subject, answers, fact.at))
    deeds = work.dossier.deeds
    work.set(deeds={**deeds, key: deeds.get(key, 0) + 1})
    # A hash of few possible answers tells them: of a confidential act the chain keeps only that it was done.
    said = hashlib.sha256(json.dumps(fact.payload["answers"], sort_keys=True).encode()).hexdigest()
    answers_said = {} if rule.confidential else {"answers": said}
    work.record(person_ref(person.address), "act_done", about=key, shown=fact.payload["hash"], **answers_said)


def comment(work: Work, deed: Deed) -> None:
    """A word beside the dossier, with its author and instant; nothing else follows from it."""
    said = Comment(deed.answers.text("text"), deed.actor.address, deed.at)
    work.set(comments=(*work.dossier.comments, said))
