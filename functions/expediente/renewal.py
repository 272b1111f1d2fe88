"""Papers that expire while the service is active: asked again in time, shown as expired, verified anew; nothing else reopens.

What is renewed and when stands in `process/documents.yaml` (`has_expiry`, `renew_days_before`). The clock finds a dossier by its timer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from expediente import documents_reading, letters
from expediente.deadlines import local_day
from expediente.documents import SHEET, short_hash
from expediente.model import Dossier, Paper, PaperState, State
from expediente.papers import PaperSlot, fresh_files, paper, required_papers
from expediente.process import DocumentRule, Process
from expediente.wanted import DELIVERY_PAGE, Wanted, may_deliver, page_link, sheet_of
from expediente.work import View, Work

_GOOD = (PaperState.VERIFIED, PaperState.EXPIRED)


def asked_on(rule: DocumentRule, expires_on: date) -> date:
    """The day on which a new paper is asked for: some days before it expires, or the day after it has."""
    return expires_on - timedelta(days=rule.renew_days_before) if rule.renew_days_before else expired_on(expires_on)


def expired_on(expires_on: date) -> date:
    """The first day on which a paper is of no use; on the day it bears it still is."""
    return expires_on + timedelta(days=1)


def _expiring(process: Process, dossier: Dossier) -> Iterator[tuple[PaperSlot, Paper, date]]:
    """Verified papers with a last day; nothing but in force, where nobody looks at them any more."""
    if dossier.state is not State.ACTIVE:
        return
    for slot in required_papers(process, dossier.intake):
        known = paper(dossier, slot.key)
        renewed = slot.rule.has_expiry and slot.rule.given_by == "vendedora"
        if renewed and known.state in _GOOD and known.expires_on is not None:
            yield slot, known, known.expires_on


def renewing(process: Process, dossier: Dossier) -> list[PaperSlot]:
    """Papers whose renewal is asked for and not verified yet."""
    return [slot for slot in required_papers(process, dossier.intake) if paper(dossier, slot.key).renews_since is not None]


# --- what time brings about ----------------------------------------------------------------------------------------------------


def ask(work: Work) -> None:
    """Ask for what expires soon, say of a paper that it has expired, take back what a corrected date makes needless."""
    process, today = work.app.process, local_day(work.app.process, work.now)
    for slot, known, expires in list(_expiring(process, work.dossier)):
        if asked_on(slot.rule, expires) > today:
            if known.renews_since is not None and not fresh_files(work.dossier, slot.key):
                _change(work, slot, replace(known, state=PaperState.VERIFIED, renews_since=None), "renewal_withdrawn")
            continue
        if known.renews_since is None:
            known = replace(known, renews_since=work.now)
            _change(work, slot, known, "renewal_asked")
        if known.state is PaperState.VERIFIED and expired_on(expires) <= today:
            _change(work, slot, replace(known, state=PaperState.EXPIRED), "paper_expired")


def _change(work: Work, slot: PaperSlot, now: Paper, event: str) -> None:
    """Keep what has become of a paper, and have its row and the note beside it say so."""
    dossier, process = work.dossier, work.app.process
    if paper(dossier, slot.key).state is not now.state:
        work.set(resets=tuple(dict.fromkeys((*dossier.resets, slot.key))))
    note = documents_reading.note_beside(process, dossier, slot, now, local_day(process, work.now))
    others = {key: text for key, text in dossier.notes.items() if key != f"paper:{slot.key}"}
    notes = others | ({f"paper:{slot.key}": note} if note else {})
    work.set(papers={**dossier.papers, slot.key: now}, notes=notes, note_round=dossier.note_round + 1)
    work.record("expediente", event, paper=slot.key)


def next_at(view: View) -> datetime | None:
    """When the clock must look again: at the opening of the day on which something is asked for or expires. None = never."""
    today, zone = local_day(view.process, view.now), ZoneInfo(view.process.company.timezone)
    days = [
        day
        for slot, _, expires in _expiring(view.process, view.dossier)
        for day in (asked_on(slot.rule, expires), expired_on(expires))
        if day > today
    ]
    opens = time.fromisoformat(view.process.calendar.from_hour)
    return datetime.combine(min(days), opens, zone).astimezone(view.now.tzinfo) if days else None


# --- who is told ---------------------------------------------------------------------------------------------------------------


def wanted(view: View) -> Iterator[Wanted]:
    """To the vendedora what is to be renewed, and again on the day on which it has expired; to the Encargado what has come."""
    slots = renewing(view.process, view.dossier)
    if may_deliver(view.dossier):
        yield from _asked(view, slots)
    to_verify = [slot for slot in slots if paper(view.dossier, slot.key).state is PaperState.PENDING]
    files = [file_id for slot in to_verify for file_id in fresh_files(view.dossier, slot.key)]
    if files:
        context = letters.renewed(view, sheet_of(view.dossier, SHEET), to_verify)
        yield Wanted(f"renovacion_entregada/{short_hash(files)}", "renovacion_entregada", context)


def _asked(view: View, slots: list[PaperSlot]) -> Iterator[Wanted]:
    page, dossier = page_link(view, DELIVERY_PAGE), view.dossier
    together: dict[str, list[PaperSlot]] = {}
    for slot in slots:
        known = paper(dossier, slot.key)
        if known.renews_since is None or known.expires_on is None or known.state not in _GOOD:
            continue
        since, last = local_day(view.process, known.renews_since), expired_on(known.expires_on)
        # One that had expired already when it was asked for is told once.
        if known.state is PaperState.VERIFIED or since >= last:
            together.setdefault(f"renovacion/{known.renews_since.isoformat()}", []).append(slot)
        else:
            together.setdefault(f"papel_vencido/{known.expires_on.isoformat()}", []).append(slot)
    for key, some in together.items():
        kind = "papel_vencido" if key.startswith("papel_vencido/") else "papel_por_renovar"
        yield Wanted(key, kind, letters.to_renew(view, page, some))
