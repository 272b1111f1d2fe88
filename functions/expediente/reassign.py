"""From one vendedora to another: open dossiers, what is delivered, what waits, and forms sent back; both are told once.

Asked for a whole person by the administrator's command or the signed act, done dossier by dossier from a fact. What follows from the
record follows by itself: grants, reminders, pages and mails go by the dossier's vendedora. A second time finds nothing to pass on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from expediente import codec, lifecycle, notify
from expediente.access_watch import request_facts
from expediente.acts import ActRefusedError, Deed
from expediente.deadlines import local_day
from expediente.errors import ConflictError
from expediente.ids import person_ref
from expediente.mails import Line, MailContext, outgoing
from expediente.model import Client, Dossier, Fact, OutgoingMail, State, Submission
from expediente.process import Person
from expediente.store import Create, Read, Store, Update, Write
from expediente.wanted import Wanted, act_link
from expediente.work import View, Work

if TYPE_CHECKING:
    from expediente.bootstrap import App

ACT = "reasignar"
KIND = "reassign"
ROLE = "vendedora"
_PASSED_ON = lifecycle.OPEN | {State.ACTIVE}


@dataclass(frozen=True)
class Passed:
    """What a command has asked for: dossiers, and forms that were sent back to the old vendedora."""

    dossiers: int
    forms: int


def dossiers_of(store: Store, address: str) -> list[Dossier]:
    """The dossiers of a vendedora that are open or active, oldest first."""
    found: list[Dossier] = []
    since = None
    while page := store.query("dossiers_of_vendedora", equals=address.lower(), since=since, limit=200):
        found += [codec.from_data(Dossier, read.data) for read in page]
        since = page[-1].data["opened_at"]
    return [dossier for dossier in found if dossier.state in _PASSED_ON]


def is_passed_on(dossier: Dossier) -> bool:
    """Whether somebody must be responsible for it: it is open or active."""
    return dossier.state in _PASSED_ON


def forms_of(store: Store, address: str) -> list[Read]:
    """Forms of a vendedora that were sent back and opened no dossier yet."""
    found: list[Read] = []
    since = None
    while page := store.query("submissions_of_respondent", equals=address.lower(), since=since, limit=200):
        found += page
        since = page[-1].data["submission_id"]
    return [read for read in found if read.data["outcome"] == "refused"]


# --- the whole person ----------------------------------------------------------------------------------------------------------


def request(app: App, old: str, new: Person) -> Passed:
    """Pass on everything of an address. Mails first, each under an id of its own, then the facts: the same again adds nothing."""
    old, now = old.strip().lower(), app.clock.now()
    dossiers, forms = dossiers_of(app.store, old), forms_of(app.store, old)
    if dossiers:
        _create(app, mails(app, old, new, dossiers, now))
        request_facts(app, [_fact(dossier, old, new, now) for dossier in dossiers])
    for read in forms:
        _pass_form(app, read, new, now)
    return Passed(len(dossiers), len(forms))


def _fact(dossier: Dossier, old: str, new: Person, now: datetime) -> Fact:
    event_id = f"{KIND}-{dossier.dossier_id}-{codec.digest(f'{old} {new.address} {dossier.event_count}')}"
    return Fact(event_id, dossier.dossier_id, KIND, now, "administrator", {"from": old, "to": new.address})


def _create(app: App, outgoing: Sequence[OutgoingMail]) -> None:
    for mail in outgoing:
        try:
            app.store.commit([Create("outbox", mail.mail_id, codec.to_data(mail))])
        except ConflictError:
            continue
    for sender in sorted({mail.sender for mail in outgoing}):
        app.publish_mail(sender)


def _pass_form(app: App, read: Read, new: Person, now: datetime) -> None:
    """The correction goes to the new vendedora, with the link that opens the form already filled in."""
    submission = replace(codec.from_data(Submission, read.data), respondent=new.address.lower())
    mail = notify.correction(app, submission, submission.answers, now)
    mail = replace(mail, mail_id=f"{mail.mail_id}/{person_ref(new.address)}")
    writes: list[Write] = [Update("submission", submission.submission_id, codec.to_data(submission), read.version)]
    try:
        app.store.commit([*writes, Create("outbox", mail.mail_id, codec.to_data(mail))])
    except ConflictError:
        return
    app.publish_mail(mail.sender)


def mails(app: App, old: str, new: Person, dossiers: Sequence[Dossier], now: datetime) -> list[OutgoingMail]:
    """One mail to each of the two; none to an address that is no person of the company any more."""
    process, page = app.process, app.settings.page_url.rstrip("/")
    left = process.company.person(old)
    names = tuple(f"{d.intake.client.legal_name} · {d.dossier_id}" for d in dossiers)
    links = tuple(f"{name}: {page}/expediente/{d.dossier_id}" for name, d in zip(names, dossiers, strict=True))
    number = codec.digest(" ".join([old, new.address, *(f"{d.dossier_id}{d.event_count}" for d in dossiers)]))
    told = [("expedientes_recibidos", new.address, Line(left.name if left else old, old))]
    told += [("expedientes_entregados", left.address, Line(new.name, new.address))] if left else []
    found = []
    for kind, address, other in told:
        # Only who receives them may open their pages.
        items = links if address == new.address else names
        context = MailContext(day=local_day(process, now), items=items, reason=other.label)
        found.append(outgoing(process, kind, f"{KIND}/{number}/{kind}", address, context, now))
    return found


# --- one dossier ---------------------------------------------------------------------------------------------------------------


def fold(work: Work, fact: Fact) -> None:
    """A dossier passes on, if it still is of the one who is named. payload: from, to."""
    new = work.app.process.company.person(fact.payload["to"])
    if work.dossier.vendedora.lower() == fact.payload["from"] and new is not None and ROLE in new.roles:
        pass_on(work, new, fact.actor)


def pass_on(work: Work, new: Person, actor: str) -> None:
    """Make somebody the vendedora of a dossier and of its client."""
    dossier = work.dossier
    found = work.store.get("client", dossier.client_id)
    if found is not None:
        client = replace(codec.from_data(Client, found.data), vendedora=new.address.lower())
        work.save(client, "client", client.client_id, found.version)
    work.set(vendedora=new.address.lower())
    work.record(actor, "reassigned", before=person_ref(dossier.vendedora), after=person_ref(new.address))


def apply(work: Work, deed: Deed) -> None:
    """The signed act: this dossier, or with `all` every open one of the same vendedora."""
    process, old = work.app.process, work.dossier.vendedora.lower()
    new = process.company.person(deed.answers.text("to"))
    if new is None or new.address.lower() == old:
        raise ActRefusedError("same_person")
    others = [d for d in dossiers_of(work.store, old) if d.dossier_id != work.dossier.dossier_id]
    others = others if deed.answers.check("all") else []
    for mail in mails(work.app, old, new, [work.dossier, *others], work.now):
        work.writes.append(Create("outbox", mail.mail_id, codec.to_data(mail)))
        work.senders.add(mail.sender)
    for other in others:
        waiting = replace(_fact(other, old, new, work.now), actor=person_ref(deed.actor.address))
        work.writes.append(Create("inbox", waiting.event_id, codec.to_data(waiting)))
    pass_on(work, new, person_ref(deed.actor.address))


def shows(view: View, subject: str) -> tuple[Line, ...]:
    """Whose dossier it is now."""
    person = view.process.company.person(view.dossier.vendedora)
    return (Line(view.process.label_of(ROLE), person.name if person else view.dossier.vendedora),)


def wanted(view: View) -> Iterator[Wanted]:
    """A dossier whose vendedora is no person of the company any more: Comercial and Gerencia name another one."""
    dossier = view.dossier
    if dossier.state in _PASSED_ON and view.process.company.person(dossier.vendedora) is None:
        name, day = dossier.intake.client.legal_name, local_day(view.process, view.now)
        context = MailContext(dossier.dossier_id, name, day, act_link(view, ACT), reason=dossier.vendedora)
        yield Wanted(f"sin_vendedora/{codec.digest(dossier.vendedora)[:12]}", "sin_vendedora", context)
