"""The page of a signed act: what it does, what it covers, its fields; one template for all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from expediente import act_answers, acts
from expediente.act_rules import ActRule
from expediente.acts import Offer
from expediente.mails import Line
from expediente.model import Dossier
from expediente.page_boxes import person_name
from expediente.page_facts import FactKind
from expediente.page_form import Posted
from expediente.process import Person
from expediente.work import View

if TYPE_CHECKING:
    from expediente.bootstrap import App

TEMPLATE = "act.html"
FACT = FactKind("act", "act_done", "act_refused")


@dataclass(frozen=True)
class Input:
    """A field as the page shows it. options: value and text of what can be chosen; wrong: why the last answer did not fit."""

    key: str
    kind: str
    label: str
    help: str
    required: bool
    max_length: int
    options: tuple[tuple[str, str], ...] = ()
    value: str = ""
    wrong: str = ""
    earliest: str = ""
    latest: str = ""


@dataclass(frozen=True)
class ActView:
    """What the page shows. content_hash: '' while the act cannot be done. refusals: reason -> sentence.

    back: path of the page of the dossier, '' where it is not for this person.
    """

    dossier: Dossier
    subject: str
    content_hash: str
    accent: str
    act: ActRule
    about: str
    lines: tuple[Line, ...]
    inputs: tuple[Input, ...]
    refusals: Mapping[str, str]
    back: str


def view_of(app: App, dossier: Dossier) -> View:
    """What the stages plan from, for a page."""
    settings = app.settings
    now = app.clock.now()
    return View(
        app.process, app.site, dossier, now, settings.page_url, settings.service_account, settings.archive_bucket, app.forms
    )


def view(app: App, person: Person, dossier: Dossier, subject: str) -> ActView | None:
    """The page of an act for those who may do it; None for anybody else, and where it never made sense. subject: see `acts.about`."""
    name, _, part = subject.partition("/")
    rule, seen = app.process.acts.rules.get(name), view_of(app, dossier)
    if rule is None or not acts.may(app.process, dossier, person, rule, seen.now):
        return None
    offered = Offer(rule, part) in acts.offers(seen, person)
    if not offered and acts.about(name, part) not in dossier.deeds and part:
        return None
    return ActView(
        dossier=dossier,
        subject=subject,
        content_hash=acts.shown_hash(seen, name, part) if offered else "",
        accent="",
        act=rule,
        about=part,
        lines=acts.shown(seen, name, part) if offered else (),
        inputs=_inputs(app, rule, {}, {}),
        refusals=app.process.acts.refusals,
        back=f"/expediente/{dossier.dossier_id}" if _opens_dossier(app, dossier, person) else "",
    )


def _opens_dossier(app: App, dossier: Dossier, person: Person) -> bool:
    """Whether the page of the dossier is for this person: a link leads nobody to a page that is not there."""
    now = app.clock.now()
    return any(acts.means(app.process, dossier, person, principal, now) for principal in app.process.access.dossier_page)


def payload(shown: ActView, posted: Posted) -> dict[str, object]:
    """What the signature says, as `acts.fold` reads it."""
    wanted = {rule.key for rule in shown.act.fields}
    answers = {name: text for name, text in posted.answers.items() if name in wanted and text.strip()}
    subject = {"act": shown.act.key, "subject": shown.about, "about": shown.subject}
    return {**subject, "hash": posted.content_hash, "answers": answers}


def wrong(app: App, shown: ActView, posted: Posted) -> ActView | None:
    """The page with what was written and a sentence beside each field that does not fit; None when all of them fit."""
    found = act_answers.read(app.process, shown.act, posted.answers, _today(app))[1]
    if not found:
        return None
    return ActView(**{**shown.__dict__, "inputs": _inputs(app, shown.act, posted.answers, found)})


def _today(app: App) -> date:
    return app.clock.now().astimezone(ZoneInfo(app.process.company.timezone)).date()


def _inputs(app: App, act: ActRule, written: Mapping[str, str], wrong: Mapping[str, str]) -> tuple[Input, ...]:
    found = []
    for rule in act.fields:
        options = tuple(rule.choices.items())
        if rule.kind == "person":
            people = app.process.company.with_role(rule.of_role)
            options = tuple((person.address, person_name(app.process, person.address)) for person in people)
        limits = [
            (_today(app) + timedelta(days=days)).isoformat() if days is not None else ""
            for days in (rule.min_days, rule.max_days)
        ]
        text = written.get(rule.key, "")
        found.append(
            Input(
                rule.key,
                rule.kind,
                rule.label,
                rule.help,
                rule.required,
                rule.max_length,
                options,
                text,
                wrong.get(rule.key, ""),
                limits[0],
                limits[1],
            )
        )
    return tuple(found)
