"""The page of a dossier: how it stands, whose turn it is, what it holds, what happened, and what this person may do now.

Papers are named only to whoever may open their folder; nothing of Cumplimiento's shows to anybody else.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from expediente import (
    activate,
    acts,
    case_figures,
    cases,
    change_rules,
    codec,
    control_sheet,
    delivery,
    documents,
    fields,
    follow_up,
    lifecycle,
    marks,
    papers,
    ways_out,
)
from expediente.case_data import OPEN_CASES
from expediente.case_rules import CASE_ACTS, case_rules
from expediente.change_data import StudyState
from expediente.change_rules import Said
from expediente.folder import folder_step
from expediente.follow_up import role_of
from expediente.form_routing import may_answer
from expediente.google.clients import folder_link, sheet_link
from expediente.ids import person_ref
from expediente.mails import Line
from expediente.model import Dossier, Event, PaperState, State
from expediente.page_act import view_of
from expediente.page_boxes import person_name
from expediente.process import DocumentRule, Person, Process
from expediente.wanted import DELIVERY_PAGE, form_link
from expediente.work import View

if TYPE_CHECKING:
    from expediente.bootstrap import App

TEMPLATE = "dossier.html"
_MOST_EVENTS = 120
_SHOWN_EVENTS = 30


@dataclass(frozen=True)
class Turn:
    """What waits for somebody. late: its period is over."""

    who: str
    what: str
    since: datetime
    due: datetime
    late: bool


@dataclass(frozen=True)
class PaperRow:
    """A paper as this person may see it. state: key of the page's words."""

    title: str
    state: str
    reason: str


@dataclass(frozen=True)
class AreaRow:
    """How far an area is. done, all: its boxes; observation: its reason, '' = none."""

    label: str
    color: str
    done: int
    all: int
    observation: str


@dataclass(frozen=True)
class Happened:
    """An entry of the history. who: a name, '' = the system; about: what it concerns."""

    at: datetime
    what: str
    who: str
    about: str


@dataclass(frozen=True)
class ChangeRow:
    """A change of the client. values: each before and now; none where this person may not read them. version: that it made."""

    title: str
    state: str
    values: tuple[Said, ...]
    version: int


@dataclass(frozen=True)
class CaseRow:
    """What the client asked in the portal. path: of the page where this person settles it, '' = not this person, or settled."""

    title: str
    state: str
    since: datetime
    due: datetime
    late: bool
    path: str


@dataclass(frozen=True)
class DossierView:
    """What the page shows."""

    dossier: Dossier
    facts: tuple[Line, ...]
    turns: tuple[Turn, ...]
    missing: tuple[str, ...]
    papers: tuple[PaperRow, ...]
    areas: tuple[AreaRow, ...]
    changes: tuple[ChangeRow, ...]
    cases: tuple[CaseRow, ...]
    comments: tuple[Happened, ...]
    history: tuple[Happened, ...]
    offers: tuple[tuple[str, str, bool], ...]
    links: tuple[tuple[str, str], ...]


def view(app: App, person: Person, dossier: Dossier) -> DossierView | None:
    """The page, for those of `dossier_page` in access.yaml; else None."""
    process, now = app.process, app.clock.now()
    if not any(acts.means(process, dossier, person, principal, now) for principal in process.access.dossier_page):
        return None
    seen = view_of(app, dossier)
    if dossier.state in lifecycle.ENDED and not _reads_archive(process, dossier, person, now):
        return _ended(process, dossier, now)
    return DossierView(
        dossier=dossier,
        facts=tuple(_facts(process, dossier, now)),
        turns=tuple(_turns(process, dossier, person, now)),
        missing=tuple(dict.fromkeys(_missing(process, dossier, person, now))),
        papers=tuple(_papers(process, dossier, person, now)),
        areas=tuple(_areas(process, dossier)),
        changes=tuple(_changes(process, dossier, person)),
        cases=tuple(_cases(process, dossier, person, now)),
        comments=tuple(Happened(c.at, c.text, person_name(process, c.by), "") for c in reversed(dossier.comments)),
        history=tuple(_history(app, dossier, person, now))[:_SHOWN_EVENTS],
        offers=tuple(_offers(process, dossier, acts.offers(seen, person))),
        links=(*_delivery(app, dossier, person, now), *_links(process, dossier, person, now), *_forms(seen, person)),
    )


def _reads_archive(process: Process, dossier: Dossier, person: Person, now: datetime) -> bool:
    """Whether the person still reads what has ended: whoever opens the folder where it lies."""
    parents = [parent for parent in process.access.parents if dossier.state.value in parent.states]
    return any(acts.means(process, dossier, person, rule.principal, now) for parent in parents for rule in parent.grants)


def _ended(process: Process, dossier: Dossier, now: datetime) -> DossierView:
    """What everybody else is still told of a dossier that has ended: whose it was and that it is over."""
    known = {process.labels[name] for name in ("fact_client", "fact_dossier", "fact_code", "page_state")}
    facts = tuple(line for line in _facts(process, dossier, now) if line.label in known)
    return DossierView(dossier, facts, (), (), (), (), (), (), (), (), (), ())


def _may_open(process: Process, dossier: Dossier, person: Person, rule: DocumentRule, now: datetime) -> bool:
    """Whether the person reads the folder where a paper is kept; the vendedora knows what she is asked for."""
    if acts.means(process, dossier, person, "person:vendedora", now):
        return rule.given_by == "vendedora"
    folder = next(one for one in process.access.folders if one.key == rule.place)
    return not folder.limited or any(acts.means(process, dossier, person, grant.principal, now) for grant in folder.grants)


def _facts(process: Process, dossier: Dossier, now: datetime) -> Iterator[Line]:
    client, labels = dossier.intake.client, process.labels
    yield Line(labels["fact_client"], client.legal_name)
    yield Line(labels["fact_dossier"], dossier.dossier_id)
    yield Line(labels["fact_code"], dossier.denarius_code)
    yield Line(labels["page_state"], process.states[dossier.state.value].label)
    yield Line(labels["page_ending"], ways_out.said(process, dossier, now))
    yield Line(labels["page_vendedora"], person_name(process, dossier.vendedora))
    yield Line(process.fields["order.services"], fields.of_client(process, dossier.intake, "order.services"))
    points = [f"{point.code} {point.name}: {point.address.one_line()}" for point in dossier.intake.points]
    yield Line(process.fields["points.name"], "\n".join(points))
    yield Line(labels["page_binder"], dossier.physical_location)
    yield Line(labels["page_version"], str(dossier.data_version))


def _turns(process: Process, dossier: Dossier, person: Person, now: datetime) -> Iterator[Turn]:
    for task in follow_up.waiting(process, dossier):
        role = role_of(task)
        if (task.rule.confidential and role not in person.roles) or task.found.since > now:
            continue
        who = person_name(process, dossier.vendedora) if task.rule.waits_for == "person:vendedora" else process.label_of(role)
        label = task.found.area.label if task.found.area else ""
        what = task.rule.asks.format(items=_few(process, task.found.items), area=label, reason=task.found.reason)
        if "{items}" in task.rule.asks and not _named(process, dossier, person, task.rule.key, now):
            what = task.rule.asks.split(":")[0].format(items="", area=label, reason=task.found.reason).rstrip(": ")
        due = follow_up.due_at(process, task)
        yield Turn(who, what, task.found.since, due, due < now)


def _named(process: Process, dossier: Dossier, person: Person, task: str, now: datetime) -> bool:
    """Whether the things that a task is about may be named: the titles of papers bear names of people."""
    legal = [rule for rule in process.documents if rule.given_by == "vendedora"]
    return process.tasks[task].waits_for.startswith("area:") or all(
        _may_open(process, dossier, person, rule, now) for rule in legal
    )


def _few(process: Process, items: tuple[str, ...]) -> str:
    shown = ", ".join(items[:6])
    return shown + process.labels["and_more"].format(count=len(items) - 6) if len(items) > 6 else shown


def _missing(process: Process, dossier: Dossier, person: Person, now: datetime) -> Iterator[str]:
    """What keeps the dossier from its next state but for boxes, which the areas show; papers by name for whoever may open them."""
    if dossier.state not in (State.COLLECTING, State.CONFIRMING):
        return
    early = dossier.state is State.COLLECTING
    found = (activate.missing_for_handover if early else activate.missing_for_activation)(process, dossier)
    rules = {slot.key: slot.rule for slot in papers.required_papers(process, dossier.intake)}
    for item in found:
        if item.kind == "paper" and not _may_open(process, dossier, person, rules[item.key], now):
            yield process.labels["page_a_paper"]
        elif item.kind == "field" and not acts.means(process, dossier, person, "person:vendedora", now):
            yield process.labels["page_a_field"]
        elif item.kind not in ("state", "mark", "observation"):
            yield item.label


def _papers(process: Process, dossier: Dossier, person: Person, now: datetime) -> Iterator[PaperRow]:
    for slot in papers.required_papers(process, dossier.intake):
        if not _may_open(process, dossier, person, slot.rule, now):
            continue
        known = papers.paper(dossier, slot.key)
        state = known.state.value
        if known.state is PaperState.PENDING and papers.files_of(dossier, slot.key):
            state = "delivered" if slot.rule.given_by == "vendedora" else "filed"
        said = (known.reason, known.detail) if known.state is PaperState.RETURNED else ()
        if papers.waived(dossier, slot.key):
            day = dossier.waivers[slot.key].until.strftime("%d/%m/%Y")
            state, said = "waived", (process.labels["waived_until"].format(day=day), "")
        yield PaperRow(slot.title, state, ". ".join(part for part in said if part))


def _areas(process: Process, dossier: Dossier) -> Iterator[AreaRow]:
    if not dossier.done(control_sheet.SHEET):
        return
    for area in marks.taking_part(process, dossier):
        slots = marks.slots_of(area, dossier)
        still_open = len(marks.open_slots(process, dossier, area))
        observation = dossier.observations.get(area.key)
        yield AreaRow(area.label, area.color, len(slots) - still_open, len(slots), observation.reason if observation else "")


def _changes(process: Process, dossier: Dossier, person: Person) -> Iterator[ChangeRow]:
    """The newest first: what was, what is asked or in force, how far it is. Hours and amounts only for who decides or inspects."""
    for change in reversed(dossier.changes.values()):
        kind = change_rules.kind_of(process, change)
        decides = kind.approved_by in person.roles
        values = change_rules.said(process, dossier, change) if decides or not kind.confidential else ()
        if not decides and kind.study_by not in person.roles:
            hidden = process.labels["differs"]
            values = tuple(replace(one, before="", now=hidden) if one.secret else one for one in values)
        state = change_rules.state_text(process, change, decides=decides)
        study = "" if change.study is StudyState.NONE else change_rules.change_rules(process.folder).studies[change.study.value]
        told = " · ".join(part for part in (state, study) if part)
        yield ChangeRow(f"{change.change_id} {kind.label}", told, values, change.data_version)


def _cases(process: Process, dossier: Dossier, person: Person, now: datetime) -> Iterator[CaseRow]:
    """The newest first, for whoever settles them and the readers of cases.yaml; what is decided in confidence stands among the changes."""
    rules = case_rules(process.folder)
    reads = any(acts.means(process, dossier, person, principal, now) for principal in rules.readers)
    for kind, case in reversed(list(case_figures.shown_cases(process, dossier))):
        settles = kind.role in person.roles
        if settles or reads:
            title = rules.texts["item"].format(case=case.case_id, kind=kind.label)
            waits, due = case.state in OPEN_CASES, case_figures.due_at(process, dossier, kind, case)
            act = CASE_ACTS.get(kind.way, "") if settles and waits and dossier.state is State.ACTIVE else ""
            path = f"/acto/{dossier.dossier_id}/{act}/{case.case_id}" if act else ""
            yield CaseRow(title, cases.state_text(process, case), case.at, due, waits and due < now, path)


def _history(app: App, dossier: Dossier, person: Person, now: datetime) -> Iterator[Happened]:
    """The last events that `history` of process.yaml names, the newest first."""
    first = max(1, dossier.event_count - _MOST_EVENTS + 1)
    keys = [("event", f"{dossier.dossier_id}/{seq:06d}") for seq in range(dossier.event_count, first - 1, -1)]
    names = {person_ref(one.address): one.name for one in app.process.company.people}
    for read in app.store.get_many(keys) if keys else []:
        event = codec.from_data(Event, read.data) if read else None
        if event is not None and event.kind in app.process.history and not _hidden(app.process, event, person):
            yield Happened(event.at, app.process.history[event.kind], names.get(event.actor, ""), _about(app.process, event))


def _hidden(process: Process, event: Event, person: Person) -> bool:
    act = process.acts.rules.get(event.data.get("about", "").split("/")[0])
    return act is not None and act.confidential and not {who.removeprefix("role:") for who in act.who} & set(person.roles)


def _about(process: Process, event: Event) -> str:
    """What an event concerns, in words: an act, an area, a box, a state."""
    data = event.data
    act = process.acts.rules.get(data.get("about", "").split("/")[0])
    if act is not None:
        return " · ".join([act.label, *data["about"].split("/")[1:]])
    area = data.get("area") or data.get("mark", "").split("/")[0]
    if area and process.has_area(area):
        rule = next((one for one in process.area(area).marks if one.key == (data.get("mark", "") + "/").split("/")[1]), None)
        return " · ".join([process.area(area).label, *([rule.label] if rule else []), *data.get("mark", "").split("/")[2:]])
    return process.states[data["state"]].label if data.get("state") in process.states else ""


def _offers(process: Process, dossier: Dossier, offered: Iterator[acts.Offer]) -> Iterator[tuple[str, str, bool]]:
    """Label, address and danger of each act."""
    for offer in offered:
        if offer.rule.listed:
            label = " · ".join(part for part in (offer.rule.label, offer.subject) if part)
            yield label, f"/acto/{dossier.dossier_id}/{acts.about(offer.rule.key, offer.subject)}", offer.rule.danger


def _delivery(app: App, dossier: Dossier, person: Person, now: datetime) -> Iterator[tuple[str, str]]:
    """The page where papers are handed in, for whoever brings them."""
    if delivery.slots_to_bring(app.process, dossier) and delivery.may_hand_in(app.process, dossier, person, now):
        page = app.settings.page_url.rstrip("/")
        yield app.process.labels["page_delivery"], f"{page}/{DELIVERY_PAGE}/{dossier.dossier_id}"


def _links(process: Process, dossier: Dossier, person: Person, now: datetime) -> Iterator[tuple[str, str]]:
    """What the person may open in Drive: folders that admit it, and the workbooks that lie in them."""
    vendedora = acts.means(process, dossier, person, "person:vendedora", now)
    for folder in process.access.folders:
        admitted = any(acts.means(process, dossier, person, grant.principal, now) for grant in folder.grants)
        made = dossier.file_id(folder_step(folder.key))
        if made and admitted and folder.drive == "dossiers":
            yield folder.name, folder_link(made)
    root = dossier.file_id(folder_step("root"))
    if root and not vendedora:
        yield process.labels["page_folder"], folder_link(root)
    if dossier.done(documents.SHEET) and any(role in person.roles for role in _readers(process, "legal")):
        yield process.labels["page_documents"], sheet_link(dossier.file_id(documents.SHEET))
    if dossier.done(control_sheet.SHEET) and not vendedora:
        yield process.labels["page_control_sheet"], sheet_link(dossier.file_id(control_sheet.SHEET))


def _forms(seen: View, person: Person) -> Iterator[tuple[str, str]]:
    """The forms of this client that the person may send, with code and RUC filled in."""
    for key, definition in seen.forms.items():
        link = form_link(seen, key)
        if link and may_answer(seen.process, seen.dossier, definition.respondents, person.address, seen.now):
            yield definition.title, link


def _readers(process: Process, folder_key: str) -> list[str]:
    folder = next((one for one in process.access.folders if one.key == folder_key), None)
    return [grant.principal.partition(":")[2] for grant in folder.grants] if folder else []
