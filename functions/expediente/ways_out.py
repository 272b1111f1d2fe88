"""The ways out before a service is active: withdrawn, paused until a day, urgent, a paper waived. Table: `process/endings.yaml`.

Each begins with a signed act and is a record of the dossier; what follows is planned from the records and the day.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from expediente import cancel, letters, marks, papers, sealing
from expediente.activate import enter
from expediente.acts import WHOLE, ActRefusedError, Deed
from expediente.deadlines import day_begins, local_day
from expediente.endings import Pause, Urgency, Waiver, Withdrawal
from expediente.lifecycle import OPEN
from expediente.mails import Line, MailContext
from expediente.model import Dossier, PaperState, State
from expediente.process import Process
from expediente.steps import Attempt, Step, effect
from expediente.wanted import Wanted, dossier_link, folder_of
from expediente.work import View, Work

# --- withdrawn -----------------------------------------------------------------------------------------------------------------


def withdraw(work: Work, deed: Deed) -> None:
    """The sale comes to nothing: access ends, the folder goes to the archive, the papers follow after the term of the table."""
    taken = Withdrawal(deed.answers.text("reason"), deed.actor.address, deed.at)
    work.set(withdrawals=(*work.dossier.withdrawals, taken))
    enter(work, "withdrawn")


def reopen(work: Work, deed: Deed) -> None:
    """Go on where the dossier stood, as long as its papers are there."""
    *before, last = work.dossier.withdrawals
    work.set(withdrawals=(*before, replace(last, reopened=True)))
    enter(work, "reopened")


def reopenable(view: View) -> Sequence[str]:
    """Whether a withdrawn dossier still has its papers."""
    begun = any(key.startswith(_REMOVED) for key in view.dossier.steps)
    return () if begun or view.now >= removed_at(view.process, view.dossier) else WHOLE


def removed_at(process: Process, dossier: Dossier) -> datetime:
    """When the papers of a withdrawn dossier are removed."""
    day = local_day(process, dossier.withdrawals[-1].at)
    return day_begins(process, day + timedelta(days=process.endings.withdrawal.papers_removed_after_days))


_REMOVED = "remove/"


def plan(view: View) -> list[Step]:
    """Once the term of a withdrawn dossier is over: its papers, and what was made of its data, go to the trash."""
    dossier = view.dossier
    if dossier.state is not State.WITHDRAWN or view.now < removed_at(view.process, dossier):
        return []
    return [Step(f"{_REMOVED}{file_id}", "trash_file", {"file_id": file_id}) for file_id in sealing.files_of(dossier)]


@effect("trash_file")
def trash_file(attempt: Attempt) -> dict[str, str]:
    """Put a file into the trash, which Google empties by itself; one that is there already, or gone, is fine."""
    attempt.google.drive.trash(attempt.args["file_id"])
    return {}


# --- paused --------------------------------------------------------------------------------------------------------------------


def pause(work: Work, deed: Deed) -> None:
    """Expect nothing of anybody until a day."""
    until = deed.answers.date("until")
    if until is None:
        raise ActRefusedError("answers")
    since = local_day(work.app.process, deed.at)
    taken = Pause(since, until, deed.answers.text("reason"), deed.actor.address, deed.at)
    work.set(pauses=(*work.dossier.pauses, taken))


def resume(work: Work, deed: Deed) -> None:
    """End a pause before its day."""
    *before, last = work.dossier.pauses
    today = local_day(work.app.process, deed.at)
    work.set(pauses=(*before, replace(last, until=today)))


def paused(process: Process, dossier: Dossier, now: datetime) -> Pause | None:
    """The pause in which a dossier stands."""
    last = dossier.pauses[-1] if dossier.pauses else None
    return last if last is not None and dossier.state in OPEN and local_day(process, now) < last.until else None


def pausable(view: View) -> Sequence[str]:
    """Whether it can be paused: not twice."""
    return () if paused(view.process, view.dossier, view.now) else WHOLE


def resumable(view: View) -> Sequence[str]:
    """Whether there is a pause to end."""
    return WHOLE if paused(view.process, view.dossier, view.now) else ()


# --- urgent --------------------------------------------------------------------------------------------------------------------


def hurry(work: Work, deed: Deed) -> None:
    """Shorter periods from now on."""
    work.set(urgency=Urgency(deed.answers.text("reason"), deed.actor.address, deed.at))


def calm(work: Work, deed: Deed) -> None:
    """The ordinary periods again."""
    work.set(urgency=None)


def hurriable(view: View) -> Sequence[str]:
    """Whether it is not urgent yet."""
    return () if view.dossier.urgency else WHOLE


def calmable(view: View) -> Sequence[str]:
    """Whether it is urgent."""
    return WHOLE if view.dossier.urgency else ()


# --- a paper waived ------------------------------------------------------------------------------------------------------------


def subject_of(key: str) -> str:
    """A paper's key as the address of a page may bear it."""
    return key.replace(":", "-")


def waivable(view: View) -> Sequence[str]:
    """The papers that Cumplimiento may do without: those that the table allows, that are not there and not waived already."""
    slots = papers.required_papers(view.process, view.dossier.intake)
    return [subject_of(slot.key) for slot in slots if slot.rule.waivable and _is_missing(view.dossier, slot.key)]


def _is_missing(dossier: Dossier, key: str) -> bool:
    return papers.paper(dossier, key).state is not PaperState.VERIFIED and not papers.waived(dossier, key)


def _slot(process: Process, dossier: Dossier, subject: str) -> papers.PaperSlot:
    slots = papers.required_papers(process, dossier.intake)
    return next(slot for slot in slots if subject_of(slot.key) == subject)


def shows_paper(view: View, subject: str) -> tuple[Line, ...]:
    """Which paper it is about."""
    slot = _slot(view.process, view.dossier, subject)
    return (Line(view.process.labels["paper_column"], slot.title), Line(slot.rule.label, slot.rule.explains))


def waive(work: Work, deed: Deed) -> None:
    """Do without a paper until a day; whoever asks for it sees only until when."""
    until = deed.answers.date("until")
    if until is None:
        raise ActRefusedError("answers")
    key = _slot(work.app.process, work.dossier, deed.subject).key
    taken = Waiver(until, deed.answers.text("reason"), deed.actor.address, deed.at)
    work.set(waivers={**work.dossier.waivers, key: taken}, note_round=work.dossier.note_round + 1)


# --- time passes ---------------------------------------------------------------------------------------------------------------


def move_on(work: Work) -> None:
    """Notice the pause that has ended and the waiver that has run out."""
    process, dossier = work.app.process, work.dossier
    today = local_day(process, work.now)
    last = dossier.pauses[-1] if dossier.pauses else None
    if last is not None and not last.told and today >= last.until:
        work.set(pauses=(*dossier.pauses[:-1], replace(last, told=True)))
        work.record("expediente", "pause_ended")
    for key, waiver in dossier.waivers.items():
        if not waiver.over and today > waiver.until:
            over = {**work.dossier.waivers, key: replace(waiver, over=True)}
            work.set(waivers=over, note_round=work.dossier.note_round + 1)
            work.record("expediente", "waiver_ended", paper=key)


def next_at(view: View) -> datetime | None:
    """The first instant to come at which something of this module changes by itself."""
    return min((at for at in _instants(view) if at > view.now), default=None)


def _instants(view: View) -> Iterator[datetime]:
    process, dossier = view.process, view.dossier
    yield from (day_begins(process, pause.until) for pause in dossier.pauses if not pause.told)
    yield from (day_begins(process, w.until + timedelta(days=1)) for w in dossier.waivers.values() if not w.over)
    if dossier.state is State.WITHDRAWN:
        yield removed_at(process, dossier)


def said(process: Process, dossier: Dossier, now: datetime) -> str:
    """How a dossier has left its ordinary way, in a line that everybody may read; '' = it has not."""
    labels, last = process.labels, cancel.ending(dossier)
    if last is not None:
        return labels["cancelled_on"].format(day=cancel.day_text(last.last_service), reason=last.reason)
    if dossier.state is State.WITHDRAWN:
        taken = dossier.withdrawals[-1]
        return labels["withdrawn_on"].format(day=cancel.day_text(local_day(process, taken.at)), reason=taken.reason)
    rest = paused(process, dossier, now)
    if rest is not None:
        return labels["paused_until"].format(day=cancel.day_text(rest.until), reason=rest.reason)
    return labels["urgent_turn"].format(who=dossier.urgency.reason) if dossier.urgency else ""


# --- mails ---------------------------------------------------------------------------------------------------------------------


def wanted_when_withdrawn(view: View) -> Iterator[Wanted]:
    """Once nobody but Expedientes can open it any more: a word to its vendedora and to each area that knew of it."""
    dossier = view.dossier
    if not sealing.is_closed(view):
        return
    number, last = len(dossier.withdrawals), dossier.withdrawals[-1]
    said = _said(view, last.reason, _gone_on(view))
    yield Wanted(f"expediente_retirado_ventas/{number}", "expediente_retirado_ventas", replace(said, link=dossier_link(view)))
    for area in marks.taking_part(view.process, dossier):
        if any(mail in dossier.notices for mail in (area.early_mail, area.notice_mail) if mail):
            yield Wanted(f"expediente_retirado/{number}/{area.key}", "expediente_retirado", said, area)


def wanted_when_open(view: View) -> Iterator[Wanted]:
    """That a dossier goes on: taken up again, or after its pause; that it is urgent; that a paper is asked again."""
    yield from _reopened(view)
    yield from papers_asked_again(view)
    dossier = view.dossier
    ended = [number for number, pause in enumerate(dossier.pauses, 1) if pause.told]
    if ended:
        said = _said(view, dossier.pauses[-1].reason, link=dossier_link(view))
        yield Wanted(f"fin_de_pausa/{ended[-1]}", "fin_de_pausa", said)
    if dossier.urgency is not None:
        key = f"expediente_urgente/{dossier.urgency.at:%Y%m%d%H%M%S}"
        said = _said(view, dossier.urgency.reason, link=dossier_link(view))
        yield Wanted(key, "expediente_urgente", said)


def _reopened(view: View) -> Iterator[Wanted]:
    dossier = view.dossier
    number = len(dossier.withdrawals)
    if not number or sealing.is_away(view):
        return
    said = _said(view, dossier.withdrawals[-1].reason, link=dossier_link(view))
    if f"expediente_retirado_ventas/{number}" in dossier.notices:
        yield Wanted(f"expediente_retomado_ventas/{number}", "expediente_retomado_ventas", said)
    for area in marks.taking_part(view.process, dossier):
        if f"expediente_retirado/{number}/{area.key}" in dossier.notices:
            yield Wanted(f"expediente_retomado/{number}/{area.key}", "expediente_retomado", said, area)


def papers_asked_again(view: View) -> Iterator[Wanted]:
    """Waivers that have run out, told when the vendedora can deliver."""
    dossier = view.dossier
    for slot in papers.asked_again(view.process, dossier):
        until = dossier.waivers[slot.key].until
        if f"delivery/{dossier.vendedora}" in dossier.grants:
            said = replace(_said(view, "", until, folder_of(dossier, "delivery")), items=(slot.title,))
            yield Wanted(f"dispensa_vencida/{slot.key}/{until.isoformat()}", "dispensa_vencida", said)


def _gone_on(view: View) -> date:
    return local_day(view.process, removed_at(view.process, view.dossier))


def _said(view: View, reason: str, day: date | None = None, link: str = "") -> MailContext:
    said = letters.plain(view, link, reason=reason)
    return replace(said, day=day) if day else said
