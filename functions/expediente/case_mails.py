"""Who hears of a case: the client when it comes and when it ends, the role that settles it, whoever may sign second. Each once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from expediente import cases, letters
from expediente.case_acts import ANSWERING, DECIDING
from expediente.case_data import OPEN_CASES, Case, CaseState
from expediente.case_rules import CHANGE, DECIDE, CaseKind, case_rules, known_cases
from expediente.deadlines import due_day_for
from expediente.mails import Line, MailContext
from expediente.model import State
from expediente.wanted import Wanted, act_link, form_link
from expediente.work import View

RECEIVED, TO_SETTLE, TO_SIGN, SETTLED = "caso_recibido_cliente", "caso_por_atender", "caso_segunda_firma", "caso_resuelto_cliente"
# An approved change of the service is asked for by the vendedora with her form.
_TO_CHANGE = "solicitud_a_modificacion"


def wanted(view: View) -> Iterator[Wanted]:
    """The mails of every case as it stands now."""
    for kind, case in known_cases(view.process, view.dossier):
        if case.state in OPEN_CASES:
            yield _to_client(view, case, kind, RECEIVED)
            if kind.way != CHANGE:
                yield _to_role(view, case, kind)
        else:
            yield from _settled(view, case, kind)


def wanted_when_archived(view: View) -> Iterator[Wanted]:
    """What ended with the service, and what was settled just before."""
    for kind, case in known_cases(view.process, view.dossier):
        if case.state not in OPEN_CASES:
            yield _to_client(view, case, kind, SETTLED)


def _to_role(view: View, case: Case, kind: CaseKind) -> Wanted:
    """To whoever settles it; once one of two has signed, again for the other."""
    second = case.state is CaseState.FIRST_SIGNED
    # Signed, taken back and signed again is told again.
    times = view.dossier.deeds.get(f"{DECIDING}/{case.case_id}", 0)
    name, key = (TO_SIGN, f"{TO_SIGN}/{case.case_id}/{times}") if second else (TO_SETTLE, f"{TO_SETTLE}/{case.case_id}")
    link = act_link(view, DECIDING if kind.way == DECIDE else ANSWERING, case.case_id)
    context = letters.base(view, "", link, facts=_facts(view, case, kind), area=view.process.label_of(kind.role))
    context = replace(_due(view, case, kind, context), code="")
    return Wanted(key, name, context, author=view.process.group_of(kind.role))


def _settled(view: View, case: Case, kind: CaseKind) -> Iterator[Wanted]:
    if case.state is CaseState.APPROVED and cases.is_to_pay(kind, case):
        return
    yield _to_client(view, case, kind, SETTLED)
    if case.state is CaseState.APPROVED and kind.becomes:
        context = letters.base(view, "", form_link(view, "change", **{"change.kind": kind.becomes}), items=(kind.label,))
        yield Wanted(f"{_TO_CHANGE}/{case.case_id}", _TO_CHANGE, context)


def _to_client(view: View, case: Case, kind: CaseKind, mail: str) -> Wanted:
    # What ended with the service is no page of the portal any more.
    page = f"/solicitudes/{case.case_id}" if view.dossier.state is State.ACTIVE else "/"
    portal = f"{view.portal_url}{page}" if view.portal_url else ""
    context = letters.plain(view, portal, facts=_facts(view, case, kind), items=(cases.told(view.process, case),))
    context = replace(context, needs=cases.said_to_client(view.process, case), code="", dossier_id="")
    due = _due(view, case, kind, context) if mail == RECEIVED else context
    return Wanted(f"{mail}/{case.case_id}", mail, due, author=view.dossier.portal_email or "")


def _facts(view: View, case: Case, kind: CaseKind) -> tuple[Line, ...]:
    texts = case_rules(view.process.folder).texts
    amount = () if case.amount is None else (Line(texts["amount"], view.process.company.money(case.amount)),)
    return (Line(texts["case"], case.case_id), Line(texts["kind"], kind.label), *amount)


def _due(view: View, case: Case, kind: CaseKind, context: MailContext) -> MailContext:
    return replace(context, day=due_day_for(view.process, view.dossier, kind.deadline, case.at))
