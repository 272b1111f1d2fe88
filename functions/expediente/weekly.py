"""The report of the week: five figures, what is late, and a link to the register of whoever reads it. One a week, whatever is doubled or late.

The mail bears its week in its id, so a job that comes twice finds it, and one that was lost is made up on the next working morning.
"""

from __future__ import annotations

import logging
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from expediente import codec, health, register, templates
from expediente.deadlines import is_working_day, local_day
from expediente.errors import ConflictError
from expediente.google.clients import sheet_link
from expediente.lifecycle import OPEN
from expediente.mails import Line, MailContext, Table, day_text, one_line, outgoing
from expediente.model import Dossier, OutgoingMail
from expediente.process import Process
from expediente.store import Create
from expediente.tally import Figures, turn_of, waits
from expediente.templates import RegisterTemplate

if TYPE_CHECKING:
    from expediente.bootstrap import App

_log = logging.getLogger(__name__)

MAIL = "informe_semanal"
# The scheduler's clock and ours may differ a little.
_EARLY = timedelta(minutes=5)
_MOST_LETTERS = 90


def run(app: App) -> bool:
    """Queue the report of this week; gives whether it did. Nothing on a free day, before its hour, or when the week has its report."""
    process, now = app.process, app.clock.now()
    day = local_day(process, now)
    monday = day - timedelta(days=day.weekday())
    if not is_working_day(process.calendar, day) or now < _opens(process, monday) - _EARLY:
        return False
    year, week, _ = day.isocalendar()
    mail_id = f"weekly/{year}-W{week:02d}"
    if app.store.get("outbox", mail_id) is not None:
        return False
    mail = _mail(app, mail_id, monday, now)
    try:
        app.store.commit([Create("outbox", mail_id, codec.to_data(mail))])
    except ConflictError:
        _log.info("another run has made the report of this week")
        return False
    app.publish_mail(mail.sender)
    health.note(app, "weekly")
    return True


def _opens(process: Process, monday: date) -> datetime:
    rule, zone = process.weekly_report, ZoneInfo(process.company.timezone)
    day = monday + timedelta(days=list(process.days).index(rule.weekday))
    return datetime.combine(day, time.fromisoformat(rule.from_hour), zone)


def _mail(app: App, mail_id: str, monday: date, now: datetime) -> OutgoingMail:
    process, template = app.process, templates.register(app.process.folder)
    rule = process.mails[MAIL]
    context = MailContext(
        day=monday,
        link=_link(app, rule.to),
        summary=tuple(five_figures(template, register.figures_now(app, now), monday)),
        table=_late(app, template, local_day(process, now)),
    )
    return outgoing(process, MAIL, mail_id, process.group_of(rule.to.partition(":")[2]), context, now)


def _link(app: App, principal: str) -> str:
    """The register that the reader may open."""
    for audience, rules in app.process.access.register_grants.items():
        if audience in app.site.registers and any(rule.principal == principal for rule in rules):
            return sheet_link(app.site.registers[audience])
    return ""


def five_figures(template: RegisterTemplate, figures: Figures, monday: date) -> list[Line]:
    """What the report begins with. monday: of the week in which it is sent; «last week» is the one before."""
    texts = template.texts
    whole = figures.stages[list(template.stages)[-1]]
    judged, right = sum(month.judged for month in figures.months), sum(month.right for month in figures.months)
    share = texts["of"].format(part=right, all=judged, share=round(100 * right / judged)) if judged else texts["no_figure"]
    last_week = figures.activated_between(monday - timedelta(weeks=1), monday - timedelta(days=1))
    return [
        Line(texts["open_dossiers"], str(sum(figures.states.get(state.value, 0) for state in OPEN))),
        Line(texts["activated"], str(last_week)),
        Line(texts["median_days"], texts["no_figure"] if whole.median is None else f"{whole.median:g}"),
        Line(texts["first_time"], share),
        Line(texts["late"], str(figures.late)),
    ]


def _late(app: App, template: RegisterTemplate, today: date) -> Table:
    """The dossiers with a late task, the oldest first: whose turn it is, and since when it is late."""
    process, texts = app.process, template.texts
    until = (today - timedelta(days=1)).isoformat()
    most = process.weekly_report.most_late
    keys = [("dossier", read.key) for read in app.store.query("late_dossiers", until=until, limit=most)] if most else []
    rows = []
    for read in app.store.get_many(keys):
        dossier = codec.from_data(Dossier, read.data) if read else None
        late = [wait for wait in waits(process, dossier) if wait.due < today] if dossier else []
        if dossier and late:
            turn = turn_of(process, dossier, late)
            name = f"{one_line(dossier.intake.client.legal_name, _MOST_LETTERS)} · {dossier.dossier_id}"
            rows.append((name, turn.text(process), day_text(process, turn.due or today)))
    return Table((texts["client_column"], texts["turn_column"], texts["due_column"]), tuple(rows))
