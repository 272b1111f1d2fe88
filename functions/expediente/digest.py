"""The digest of the morning: one mail a person and working day with what is reminded that day, and what is escalated to them.

Made from one paged question about the dossiers that have a reminder due; those at rest cost nothing. The mails come first, each
under an id of its day and person, then a fact a dossier that its reminders are done: whatever dies in between, the same run again
makes the missing mails and no second one. The days stand in `process/deadlines.yaml`, the tasks in `follow_up.py`.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from expediente import codec, control_sheet, documents, follow_up, health, letters
from expediente.classify import DELIVERY
from expediente.deadlines import is_working_day, local_day
from expediente.errors import ConflictError, ExpedienteError
from expediente.feeds import store_facts
from expediente.follow_up import Reminder, Waiting, role_of
from expediente.mails import ClientLines, Digest, DigestLine, MailContext, one_line, outgoing
from expediente.model import Dossier, Fact, OutgoingMail, Rank
from expediente.process import Person, Process, TaskRule
from expediente.stand_in import responsible, stand_in
from expediente.store import Create, Write
from expediente.wanted import DELIVERY_PAGE, area_folder, folder_of, sheet_of

if TYPE_CHECKING:
    from expediente.bootstrap import App
    from expediente.work import Work

_log = logging.getLogger(__name__)

MAIL = "pendientes_del_dia"
_PAGE = 500
_AT_ONCE = 50
_BYTES_AT_ONCE = 2_000_000
_MOST_ITEMS = 6
# A record of the store has a limit, and so has a reader.
_MOST_LINES, _MOST_CLIENTS, _MOST_LETTERS = 80, 30, 400
# The scheduler's clock and ours may differ a little; a run that comes this early still is the one of its hour.
_EARLY = timedelta(minutes=5)


@dataclass(frozen=True)
class _Entry:
    """A line for somebody. place: own | clients | team; ready: text for the client of the line."""

    address: str
    place: str
    line: DigestLine
    ready: str = ""


@dataclass
class _Pile:
    """What one person is told. clients: lines by dossier; ready: the text for its client."""

    own: list[DigestLine] = field(default_factory=list)
    clients: dict[str, list[DigestLine]] = field(default_factory=lambda: defaultdict(list))
    ready: dict[str, str] = field(default_factory=dict)
    team: list[DigestLine] = field(default_factory=list)

    def add(self, entry: _Entry) -> None:
        """Put a line where it belongs."""
        if entry.place == "clients":
            self.clients[entry.line.dossier_id].append(entry.line)
            self.ready[entry.line.dossier_id] = entry.ready
        else:
            (self.own if entry.place == "own" else self.team).append(entry.line)


def run(app: App) -> int:
    """Put the digests of today into the outbox; gives how many were made. Nothing on a free day or before the hour of the table."""
    process, now = app.process, app.clock.now()
    day = local_day(process, now)
    opens = datetime.combine(day, time.fromisoformat(process.follow_up.from_hour), ZoneInfo(process.company.timezone))
    if now < opens - _EARLY or not is_working_day(process.calendar, day):
        return 0
    piles: dict[str, _Pile] = defaultdict(_Pile)
    told = []
    for dossier in _due(app, day):
        try:
            entries = list(_entries(app, dossier, day, now))
        except (ExpedienteError, AttributeError, LookupError, TypeError, ValueError):
            # One dossier that cannot be told must not silence all others; it stays due and is seen again tomorrow.
            _log.exception("dossier left out of the digests", extra={"dossier": dossier.dossier_id, "alert": "digest"})
            continue
        told.append(dossier)
        for entry in entries:
            piles[entry.address].add(entry)
    made = _queue(app, [_mail(app, address, pile, day, now) for address, pile in sorted(piles.items())])
    # Only now: while a mail is missing the dossier stays due. The clock's minute finds the facts and wakes their dossiers.
    store_facts(app, [_done(dossier, day, now) for dossier in told])
    health.note(app, "digest")
    return made


def _due(app: App, day: date) -> list[Dossier]:
    """Every dossier with a reminder of that day or of an earlier one that was missed, page by page."""
    found: list[Dossier] = []
    since = None
    while True:
        page = app.store.query("reminders", until=f"{day.isoformat()}/~", since=since, limit=_PAGE)
        found += [codec.from_data(Dossier, read.data) for read in page]
        if len(page) < _PAGE:
            return found
        since = page[-1].data["next_reminder"]


def _done(dossier: Dossier, day: date, now: datetime) -> Fact:
    event_id = f"reminded-{day.isoformat()}-{dossier.dossier_id}"
    return Fact(event_id, dossier.dossier_id, "reminded", now, "expediente", {"day": day.isoformat()})


def fold(work: Work, fact: Fact) -> None:
    """The reminders of a dossier up to a day are done. payload: day."""
    day = date.fromisoformat(fact.payload["day"])
    known = work.dossier.reminded_until
    if known is None or known < day:
        work.set(reminded_until=day)
        work.record("expediente", "reminded", day=day.isoformat())


def _queue(app: App, mails: Sequence[OutgoingMail]) -> int:
    """Create the mails that are not there yet; one that another run has made stays as it is."""
    known = app.store.get_many([("outbox", mail.mail_id) for mail in mails])
    fresh = [mail for mail, found in zip(mails, known, strict=True) if found is None]
    for writes in _batches(fresh):
        try:
            app.store.commit(writes)
        except ConflictError:
            for write in writes:
                _create_once(app, write)
        app.metrics.commits += 1
    for sender in sorted({mail.sender for mail in mails}):
        app.publish_mail(sender)
    return len(fresh)


def _batches(mails: Sequence[OutgoingMail]) -> Iterator[list[Write]]:
    """Writes for as many mails at once as a commit takes."""
    batch: list[Write] = []
    size = 0
    for mail in mails:
        size += len((mail.text + mail.html).encode())
        if batch and (len(batch) == _AT_ONCE or size > _BYTES_AT_ONCE):
            yield batch
            batch, size = [], len((mail.text + mail.html).encode())
        batch.append(Create("outbox", mail.mail_id, codec.to_data(mail)))
    if batch:
        yield batch


def _create_once(app: App, write: Write) -> None:
    try:
        app.store.commit([write])
    except ConflictError:
        return


# --- who is told ---------------------------------------------------------------------------------------------------------------


def _owners(process: Process, dossier: Dossier, task: Waiting) -> list[Person]:
    """Whom a task waits for: the dossier's vendedora, or everybody of the role or area."""
    if task.rule.waits_for == "person:vendedora":
        return list(responsible(process.company, dossier.vendedora))
    return list(process.company.with_role(role_of(task)))


def _superiors(process: Process, task: Waiting) -> list[Person]:
    """Whom an escalated task is told to besides; of a confidential one only people of its own role."""
    company, role = process.company, role_of(task)
    found: list[Person] = []
    for principal in process.follow_up.escalates_to:
        named = company.with_role(principal.removeprefix("role:"))
        found += [p for p in company.people if role in p.head_of] if principal == "head" else named
    return [person for person in found if not task.rule.confidential or role in person.roles]


def _present(process: Process, people: Sequence[Person], rule: TaskRule, role: str, day: date) -> dict[str, str]:
    """Address of who is told, and the name of the absent person they stand in for ('' = none)."""
    only = role if rule.confidential else ""
    told: dict[str, str] = {}
    for person in people:
        who = stand_in(process.company, person, day, only)
        instead = "" if who is person else person.name
        # Somebody of the area who also stands in for a colleague is told once, as themselves.
        told[who.address] = told.get(who.address, instead) and instead
    return told


# --- what they are told --------------------------------------------------------------------------------------------------------


def _entries(app: App, dossier: Dossier, day: date, now: datetime) -> Iterator[_Entry]:
    """The reminders of a dossier that are due on that day, for everybody concerned."""
    for task in follow_up.waiting(app.process, dossier):
        reminder = follow_up.reminder_on(app.process, dossier, task, day)
        if reminder is not None:
            yield from _of_task(app, dossier, task, reminder, day, now)


def _of_task(app: App, dossier: Dossier, task: Waiting, reminder: Reminder, day: date, now: datetime) -> Iterator[_Entry]:
    process, role, owners = app.process, role_of(task), _owners(app.process, dossier, task)
    from_number = process.follow_up.escalates_from_reminder
    escalated = bool(from_number) and reminder.number >= from_number
    line = _line(app, dossier, task, now, escalated=escalated)
    of_client = task.rule.waits_for == "person:vendedora"
    ready = client_text(process, dossier) if of_client else ""
    told = _present(process, owners, task.rule, role, day)
    for address, instead in told.items():
        yield _Entry(address, "clients" if of_client else "own", replace(line, for_whom=instead), ready)
    whose = ", ".join(person.name for person in owners) if of_client else process.label_of(role)
    superiors = _superiors(process, task) if escalated else []
    for address in _present(process, superiors, task.rule, role, day):
        if address not in told:
            yield _Entry(address, "team", replace(line, for_whom=whose))


def _line(app: App, dossier: Dossier, task: Waiting, now: datetime, *, escalated: bool) -> DigestLine:
    process, due = app.process, follow_up.due_at(app.process, task)
    area = task.found.area.label if task.found.area else ""
    asks = task.rule.asks.format(items=_listed(process, task.found.items), area=area, reason=task.found.reason)
    return DigestLine(
        client_name=dossier.intake.client.legal_name,
        dossier_id=dossier.dossier_id,
        asks=one_line(asks, _MOST_LETTERS),
        since=local_day(process, task.found.since),
        due=local_day(process, due),
        overdue=due <= now,
        link=_link(app, dossier, task),
        escalated=escalated,
    )


def _listed(process: Process, items: Sequence[str]) -> str:
    """The first few items on one line, and how many more there are."""
    more = len(items) - _MOST_ITEMS
    shown = "; ".join(items[:_MOST_ITEMS])
    return shown + process.labels["and_more"].format(count=more) if more > 0 else shown


def client_text(process: Process, dossier: Dossier) -> str:
    """What the vendedora may send to the client: papers and data that are missing, nothing of what the company says inside.

    An operational secret is not asked for: the answer would travel by mail.
    """
    problems = (problem for problem in dossier.problems if problem.rank is Rank.PENDING)
    data = [problem.question for problem in problems if not letters.is_secret_question(process, problem.field)]
    items = [f"- {item}" for item in (*letters.papers_to_ask(process, dossier), *dict.fromkeys(data))]
    if not items:
        return ""
    client, person = dossier.intake.client, process.company.person(dossier.vendedora)
    return process.follow_up.client_text.format(
        contact=client.contact.name or client.legal_name,
        client=client.legal_name,
        items="\n".join(items),
        vendedora=person.name if person else dossier.vendedora,
        company=process.company.name,
    )


def _link(app: App, dossier: Dossier, task: Waiting) -> str:
    """Where a task is done. Pages are addressed as `wanted.page_link` does."""
    page, key, area = app.settings.page_url.rstrip("/"), dossier.dossier_id, task.found.area
    links = {
        "upload_folder": folder_of(dossier, DELIVERY),
        "delivery_page": f"{page}/{DELIVERY_PAGE}/{key}",
        "intake_form": app.site.forms["intake"].responder_uri,
        "documents": sheet_of(dossier, documents.SHEET),
        "control_sheet": sheet_of(dossier, control_sheet.SHEET),
        "area_folder": folder_of(dossier, area_folder(app.process, area)) if area else "",
        "signing_page": f"{page}/confirmar/{key}/{area.key}" if area else "",
        "closing_page": f"{page}/cierre/{key}",
        "dossier_page": f"{page}/expediente/{key}",
        "act_page": f"{page}/acto/{key}/{task.found.act}",
        "compliance_page": f"{page}/cumplimiento/{key}",
    }
    return links[task.rule.leads_to]


# --- the mail ------------------------------------------------------------------------------------------------------------------


def _mail(app: App, address: str, pile: _Pile, day: date, now: datetime) -> OutgoingMail:
    process = app.process
    person = process.company.person(address)
    own, clients, team = _sorted(pile.own), tuple(_of_clients(pile)), _sorted(pile.team)
    content = Digest(
        person=person.name if person else address,
        own=own[:_MOST_LINES],
        clients=clients[:_MOST_CLIENTS],
        team=team[:_MOST_LINES],
        more=sum(map(len, (own[_MOST_LINES:], clients[_MOST_CLIENTS:], team[_MOST_LINES:]))),
    )
    return outgoing(process, MAIL, f"digest/{day.isoformat()}/{address}", address, MailContext(day=day, digest=content), now)


def _sorted(lines: Sequence[DigestLine]) -> tuple[DigestLine, ...]:
    """Overdue ones first, then by the day on which they are due."""
    return tuple(sorted(lines, key=lambda line: (not line.overdue, line.due, line.client_name, line.asks)))


def _of_clients(pile: _Pile) -> Iterator[ClientLines]:
    groups = [(_sorted(lines), pile.ready[dossier_id]) for dossier_id, lines in pile.clients.items()]
    for lines, ready in sorted(groups, key=lambda group: (not group[0][0].overdue, group[0][0].due, group[0][0].client_name)):
        yield ClientLines(lines[0].client_name, lines[0].dossier_id, lines, ready)
