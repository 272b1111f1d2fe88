"""What a client has asked for: the list, one of them with its conversation, and the optional question how it was served."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from expediente import cases, page_facts, page_form, portal_papers
from expediente.case_data import OPEN_CASES, Case
from expediente.case_rules import CaseKind, case_rules, known_cases
from expediente.deadlines import due_day_for
from expediente.eva_cases import sent_cases, told_values
from expediente.model import Fact
from expediente.page_form import Posted
from expediente.portal import PortalPage, PortalVisit
from expediente.portal_facts import KIND
from expediente.portal_papers import Moment, PapersView
from expediente.portal_session import WHOLE

if TYPE_CHECKING:
    from flask import Response

_SCORES = ("1", "2", "3", "4", "5")


@dataclass(frozen=True)
class Shown:
    """A request as its client reads it. tone: of its tag; due: None = it has ended."""

    case_id: str
    label: str
    at: datetime
    state: str
    tone: str
    told: str
    due: date | None
    answer: str = ""
    ended: bool = False
    case: Case | None = None


def listed(visit: PortalVisit) -> Response:
    """All requests, the last one first."""
    return visit.show("requests.html", requests=_all(visit, portal_papers.moment(visit)))


def one(visit: PortalVisit, case_id: str) -> Response:
    """One request of this client; any other does not exist."""
    now = portal_papers.moment(visit)
    desk = portal_papers.desk_of(visit, case_id, now)
    return _page(visit, case_id, now, portal_papers.view(desk) if desk else None)


def _page(visit: PortalVisit, case_id: str, now: Moment, papers: PapersView | None) -> Response:
    found = next((shown for shown in _all(visit, now) if shown.case_id == case_id), None)
    if found is None:
        return visit.missing()
    said = told_values(visit.app.process, found.case) if found.case else ()
    return visit.show(
        "request.html",
        422 if papers and papers.wrong else 200,
        one=found,
        said=said,
        scores=_SCORES,
        rated=_rated(visit, found),
        papers=papers,
        scripted=bool(papers and papers.open),
    )


def sent(visit: PortalVisit, case_id: str) -> Response:
    """A form of the page of a request: files of a paper, one that is taken back, or how content the client was."""
    is_file = visit.request.mimetype == page_form.CONTENT_TYPE_OF_FILES
    posted = None if is_file else visit.posted()
    if posted is not None and posted.decision != portal_papers.TAKE_BACK:
        return _rate(visit, case_id, posted)
    desk = portal_papers.desk_of(visit, case_id, portal_papers.moment(visit))
    if desk is None:
        return visit.missing()
    told = portal_papers.take_back(desk, posted) if posted else portal_papers.take_in(desk)
    return _page(visit, case_id, portal_papers.moment(visit), told) if isinstance(told, PapersView) else told


def _rate(visit: PortalVisit, case_id: str, posted: Posted) -> Response:
    """Store how content the client was; the first answer counts."""
    score = posted.answers.get("score", "")
    case = visit.client.dossier.cases.get(case_id)
    if case is None:
        return visit.missing()
    if score in _SCORES and case.state not in OPEN_CASES and not case.satisfaction:
        payload = {"what": "satisfaction", "case_id": case_id, "score": int(score)}
        client = visit.client
        fact = Fact(
            f"portal-satisfaction-{case_id}",
            client.dossier.dossier_id,
            KIND,
            visit.app.clock.now(),
            client.session.address,
            payload,
        )
        page_facts.keep(visit.app, fact)
    return visit.go(f"/solicitudes/{case_id}")


def _all(visit: PortalVisit, now: Moment) -> list[Shown]:
    """Those of the dossier, and before them those that were sent and not taken in yet."""
    process, dossier = visit.app.process, now.dossier
    rules = case_rules(process.folder)
    shown = [_shown(visit, kind, case) for kind, case in known_cases(process, dossier)]
    for fact in sent_cases(now.facts, dossier):
        kind = rules.kinds.get(str(fact.payload.get("kind")))
        if kind is not None:
            due = due_day_for(process, dossier, kind.deadline, fact.at)
            case_id = str(fact.payload.get("case_id"))
            shown.append(Shown(case_id, kind.label, fact.at, rules.states["waiting"], "warn", kind.opened, due))
    return sorted(shown, key=lambda one: one.at, reverse=True)


def _shown(visit: PortalVisit, kind: CaseKind, case: Case) -> Shown:
    process, dossier, ended = visit.app.process, visit.client.dossier, case.state not in OPEN_CASES
    tones = {"approved": "good", "done": "good", "refused": "bad"}
    return Shown(
        case.case_id,
        kind.label,
        case.at,
        cases.state_for_client(process, case),
        tones.get(case.state.value, "warn") if ended else "warn",
        cases.told(process, case),
        None if ended else due_day_for(process, dossier, kind.deadline, case.at),
        cases.said_to_client(process, case),
        ended,
        case=case,
    )


def _rated(visit: PortalVisit, one: Shown) -> bool:
    """Whether the question was answered, also a moment ago."""
    if one.case is None or one.case.satisfaction:
        return True
    return visit.app.store.get("inbox", f"portal-satisfaction-{one.case_id}") is not None


_ONE = r"/solicitudes/(?P<case_id>K[0-9A-Z]{7})"
PAGES = (
    PortalPage(re.compile("/solicitudes"), listed, may=(WHOLE,)),
    PortalPage(re.compile(_ONE), one, sent, may=(WHOLE,)),
)
