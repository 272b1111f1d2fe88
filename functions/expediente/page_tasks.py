"""The list of what waits for a person in the signed pages, the longest waiting first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from expediente import acts, case_figures, codec, marks, page_closing, page_compliance
from expediente.activate import missing_for_activation
from expediente.case_data import OPEN_CASES
from expediente.case_rules import CASE_ACTS, case_rules
from expediente.letters import papers_to_ask
from expediente.model import ComplianceState, Dossier, State
from expediente.process import Person
from expediente.wanted import DELIVERY_PAGE

if TYPE_CHECKING:
    from expediente.bootstrap import App

MOST = 200
SELLER = "vendedora"


@dataclass(frozen=True)
class Task:
    """Something to do. kind: sign | tick | close | review | deliver | case; path: of its page; to_sign, to_tick: boxes; since: of its waiting.

    missing: papers to deliver; asked: what a client asks, late: its day is over.
    """

    kind: str
    path: str
    client: str
    dossier_id: str
    since: datetime
    area: str = ""
    color: str = ""
    to_sign: int = 0
    to_tick: int = 0
    missing: int = 0
    asked: str = ""
    late: bool = False


@dataclass(frozen=True)
class TaskList:
    """The tasks of a person. more: there are so many open dossiers that not all were looked at."""

    tasks: tuple[Task, ...]
    more: bool


def tasks_of(app: App, person: Person) -> TaskList:
    """What a person can do now. One query for each state that concerns its roles, one for cases, none for whoever has nothing to do."""
    found: list[Task] = []
    more = False
    sells = SELLER in person.roles
    wanted = {
        State.COLLECTING: sells or page_compliance.ROLE in person.roles,
        State.CONFIRMING: sells or _confirms(app, person),
    }
    for state in (state for state, concerned in wanted.items() if concerned):
        reads = app.store.query("dossiers_by_state", equals=state.value, limit=MOST)
        more = more or len(reads) == MOST
        for read in reads:
            found += _of_dossier(app, person, codec.from_data(Dossier, read.data))
    cases, more_cases = _cases(app, person)
    found, more = [*found, *cases], more or more_cases
    return TaskList(tuple(sorted(found, key=lambda task: task.since)), more)


def _cases(app: App, person: Person) -> tuple[list[Task], bool]:
    """What clients ask in the portal and this person's role settles, as far as the register has counted it; and whether there is more."""
    process, now = app.process, app.clock.now()
    if not any(kind.role in person.roles for kind in case_rules(process.folder).kinds.values()):
        return [], False
    reads = app.store.query("open_cases", limit=MOST)
    dossiers = app.store.get_many([("dossier", read.key) for read in reads]) if reads else []
    found = []
    for dossier in (codec.from_data(Dossier, read.data) for read in dossiers if read is not None):
        for kind, case in case_figures.shown_cases(process, dossier):
            if kind.role in person.roles and kind.way in CASE_ACTS and case.state in OPEN_CASES and dossier.state is State.ACTIVE:
                path = f"/acto/{dossier.dossier_id}/{CASE_ACTS[kind.way]}/{case.case_id}"
                late = case_figures.due_at(process, dossier, kind, case) < now
                name, asked = dossier.intake.client.legal_name, f"{case.case_id} {kind.label}"
                found.append(Task("case", path, name, dossier.dossier_id, case.at, asked=asked, late=late))
    return found, len(reads) == MOST


def _to_deliver(app: App, person: Person, dossier: Dossier, since: datetime) -> Iterator[Task]:
    """What a dossier asks of its vendedora, or of whoever stands in for her: papers that are missing or returned."""
    if not acts.means(app.process, dossier, person, "person:vendedora", app.clock.now()):
        return
    missing = papers_to_ask(app.process, dossier)
    if missing:
        path = f"/{DELIVERY_PAGE}/{dossier.dossier_id}"
        yield Task("deliver", path, dossier.intake.client.legal_name, dossier.dossier_id, since, missing=len(missing))


def _confirms(app: App, person: Person) -> bool:
    return page_closing.ROLE in person.roles or any(area.key in person.roles for area in app.process.areas)


def _of_dossier(app: App, person: Person, dossier: Dossier) -> Iterator[Task]:
    name, key = dossier.intake.client.legal_name, dossier.dossier_id
    since = dossier.state_since or dossier.opened_at
    yield from _to_deliver(app, person, dossier, since)
    if dossier.state is State.COLLECTING:
        if page_compliance.ROLE in person.roles and dossier.compliance is ComplianceState.UNDER_REVIEW:
            yield Task("review", f"/cumplimiento/{key}", name, key, since)
        return
    yield from _of_areas(app, person, dossier, since)
    if page_closing.ROLE in person.roles and not missing_for_activation(app.process, dossier):
        yield Task("close", f"/cierre/{key}", name, key, since)


def _of_areas(app: App, person: Person, dossier: Dossier, since: datetime) -> Iterator[Task]:
    for area in marks.taking_part(app.process, dossier):
        still_open = marks.open_slots(app.process, dossier, area)
        if area.key not in person.roles or not still_open:
            continue
        to_sign = len(marks.unsigned_slots(app.process, dossier, area))
        yield Task(
            kind="sign" if to_sign else "tick",
            path=f"/confirmar/{dossier.dossier_id}/{area.key}",
            client=dossier.intake.client.legal_name,
            dossier_id=dossier.dossier_id,
            since=since,
            area=area.label,
            color=area.color,
            to_sign=to_sign,
            to_tick=len(still_open) - to_sign,
        )
