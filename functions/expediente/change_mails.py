"""Who is told of a change, and what: those who decide or inspect, those who confirm again, whoever asked, the client.

No reserved value leaves in a mail. Of a confidential change only those who decide it read more than that it is under review.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from expediente import letters, marks
from expediente.acts import means
from expediente.change_data import Change, ChangeState, StudyState
from expediente.change_rules import ChangeKind, change_rules, kind_of, open_state, state_text, table_of, to_decide, to_study
from expediente.mails import MailContext
from expediente.model import State
from expediente.process import Area
from expediente.stand_in import responsible
from expediente.wanted import Wanted, act_link, dossier_link, page_link
from expediente.work import View

DECIDE, DECIDE_LEGAL, STUDY = "decidir_modificacion", "decidir_modificacion_legal", "registrar_estudio"
ASKER = "modificacion_solicitante"
# The form by which changes are asked.
FORM = "change"
_AGREED = (ChangeState.APPROVED, ChangeState.IN_FORCE)


def wanted(view: View) -> Iterator[Wanted]:
    """The mails of every change as it stands now."""
    for change in view.dossier.changes.values():
        kind = kind_of(view.process, change)
        yield from _to_deciders(view, change, kind)
        yield from _to_areas(view, change)
        yield from _to_asker(view, change, kind)
        yield from _to_client(view, change)


def _to_deciders(view: View, change: Change, kind: ChangeKind) -> Iterator[Wanted]:
    # An edited response is another thing to decide.
    name = f"{change.change_id}/{change.round}"
    if change in to_study(view.dossier):
        area = view.process.area(kind.study_by)
        context = _context(view, change, act_link(view, STUDY, change.change_id), view.process.deadline_of(area.key).key)
        yield Wanted(f"solicitud_estudio_adicional/{name}", "solicitud_estudio_adicional", context, area)
    elif change in to_decide(view.dossier):
        act = DECIDE_LEGAL if kind.confidential else DECIDE
        context = _context(
            view, change, act_link(view, act, change.change_id), "change_decision", decides=True, reason=change.reason
        )
        yield Wanted(f"{kind.notice_mail}/{name}", kind.notice_mail, context, _area(view, kind.approved_by))


def _area(view: View, key: str) -> Area | None:
    return view.process.area(key) if view.process.has_area(key) else None


def _to_areas(view: View, change: Change) -> Iterator[Wanted]:
    """To each area that had confirmed something which the change has voided: what was, what is now, and where it signs."""
    process, dossier = view.process, view.dossier
    again = {key for key, change_id in dossier.asked_again.items() if change_id == change.change_id}
    if not again:
        return
    for area in marks.taking_part(process, dossier):
        slots = tuple(slot.label for slot in marks.slots_of(area, dossier) if slot.key in again)
        if slots:
            deadline = process.deadline_of(area.key).key
            context = _context(view, change, page_link(view, "confirmar", area.key), deadline, items=slots, area=area.label)
            yield Wanted(f"modificacion_areas/{change.change_id}/{area.key}", "modificacion_areas", context, area)


def _to_asker(view: View, change: Change, kind: ChangeKind) -> Iterator[Wanted]:
    state = open_state(view.process, change)
    if state is ChangeState.WITHDRAWN:
        # With the whole service it ends untold here: the mail of the cancellation names it.
        if change.overtaken and view.dossier.state is State.ACTIVE:
            context = told(view, change, (change_rules(view.process.folder).texts["overtaken"],))
            yield Wanted(f"{ASKER}/{change.change_id}/overtaken", ASKER, context, author=asker(view, change))
        return
    stage = "agreed" if state in _AGREED else state.value
    if state is ChangeState.REQUESTED and change.study is StudyState.REFUSED:
        stage = "study_refused"
    context = told(view, change, _words(view, change, kind))
    # What was reworded is told again, and so is a second refusal.
    key = f"{ASKER}/{change.change_id}/{stage}{f'/{change.round}' if change.round > 1 else ''}"
    yield Wanted(key, ASKER, context, author=asker(view, change))


def asker(view: View, change: Change) -> str:
    """Who hears for the asking side: whoever asked while the form would still take it from them, then the responsible one."""
    company, form = view.process.company, view.forms.get(FORM)
    person = company.person(change.asked_by)
    if person and form and any(means(view.process, view.dossier, person, who, view.now) for who in form.respondents):
        return change.asked_by
    return responsible(company, view.dossier.vendedora)[0].address


def told(view: View, change: Change, words: tuple[str, ...]) -> MailContext:
    """To whoever asked: how it stands, and what that means."""
    return _context(view, change, dossier_link(view), "", reason=state_text(view.process, change).lower(), items=words)


def _words(view: View, change: Change, kind: ChangeKind) -> tuple[str, ...]:
    texts = change_rules(view.process.folder).texts
    if open_state(view.process, change) is ChangeState.REFUSED:
        return (texts["decided_because"].format(reason=change.decided_reason), texts["ask_again"])
    if change.state in _AGREED and not change.decided_by:
        return (texts["only_marks"],)
    if change.state in _AGREED:
        return (_since(view, change),)
    if change.study is StudyState.REFUSED:
        rules = change_rules(view.process.folder)
        return (f"{process_area(view, kind)}: {rules.studies[change.study.value].lower()}.", texts["ask_again"])
    return (texts["waits_for_study"], texts["waits"]) if change.study is StudyState.PENDING else (texts["waits"],)


def process_area(view: View, kind: ChangeKind) -> str:
    """The name of the area that inspects."""
    return view.process.label_of(kind.study_by)


def _since(view: View, change: Change) -> str:
    texts = change_rules(view.process.folder).texts
    day: date | None = change.valid_from
    return texts["from_day"].format(day=day.strftime("%d/%m/%Y")) if day else texts["from_now"]


def _to_client(view: View, change: Change) -> Iterator[Wanted]:
    """The client hears of what was approved for it; not of what counts before its service has begun."""
    if change.state in _AGREED and change.decided_by:
        context = _context(view, change, "", "", items=(_since(view, change),))
        yield Wanted(f"confirmacion_modificacion_cliente/{change.change_id}", "confirmacion_modificacion_cliente", context)


def _context(view: View, change: Change, link: str, deadline: str, *, decides: bool = False, **more: object) -> MailContext:
    """What a mail says of a change; the values of a confidential one go to those who decide it alone."""
    open_to_all = decides or not kind_of(view.process, change).confidential
    table = table_of(view.process, view.dossier, change, by_mail=True) if open_to_all else None
    return letters.base(view, deadline, link, table=table, **more)
