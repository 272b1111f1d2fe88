"""What stands on the register's further tabs: figures with their charts, what is parked, the last access audit, whether all is alive.

Only what every reader of a register may know: nothing of confidential tasks, no mail to people of a confidential role.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from expediente import codec, health, register_cases
from expediente.deadlines import local_day
from expediente.feeds import DRIVE_FEED, MINUTE_HELD
from expediente.form_definition import load_form
from expediente.model import OutgoingMail
from expediente.process import Process
from expediente.register_layout import Chart, Line
from expediente.register_told import Content, Told
from expediente.tally import FORM, Figures, Tally
from expediente.templates import RegisterTemplate

_MOST = 100
# A tick that has not come for so long is no hiccup.
_SILENT = timedelta(minutes=10)


def contents(told: Told) -> dict[str, Content]:
    """Every tab that is no formula, by its key."""
    return {tab: make(told) for tab, make in _TABS.items()}


# --- figures -------------------------------------------------------------------------------------------------------------------


def _indicators(told: Told) -> Content:
    process, template, texts = told.app.process, told.template, told.template.texts
    blocks = [
        ("states", "COLUMN", (1,), texts["states_title"], (texts["states_count"],), list(_states(process, told.figures))),
        (
            "stages",
            "BAR",
            (2, 3),
            texts["stages_title"],
            (texts["stages_count"], texts["stages_median"], texts["stages_p90"]),
            list(_stages(template, told.figures)),
        ),
        (
            "months",
            "COLUMN",
            (1,),
            texts["months_title"],
            (texts["months_active"], texts["months_right"], texts["months_share"]),
            list(_months(process, template, told.figures)),
        ),
        (
            "waiting",
            "BAR",
            (1,),
            texts["waiting_title"],
            (texts["waiting_late"], texts["waiting_all"]),
            list(_waiting(process, told.figures)),
        ),
        ("returns", "", (), texts["returns_title"], (texts["returns_count"],), list(_returns(process, template, told.figures))),
    ]
    found: list[Line] = []
    charts = []
    for key, kind, series, title, heads, rows in blocks:
        first = len(found)
        found += [Line((title, *heads), "heading"), *rows, Line(())]
        if kind:
            charts.append(Chart(key, texts[f"chart_{key}"], kind, first, first + len(rows), series))
    return Content(tuple(found), tuple(charts))


def _states(process: Process, figures: Figures) -> Iterator[Line]:
    for key, choice in process.states.items():
        yield Line((choice.label, figures.states.get(key, 0)))


def _stages(template: RegisterTemplate, figures: Figures) -> Iterator[Line]:
    for key, span in template.stages.items():
        known = figures.stages[key]
        yield Line((span.label, known.count, known.median, known.p90))


def _months(process: Process, template: RegisterTemplate, figures: Figures) -> Iterator[Line]:
    for month in figures.months:
        year, number = month.key.split("-")
        name = template.texts["month"].format(month=process.months[int(number) - 1], year=year)
        share = month.right / month.judged if month.judged else None
        yield Line((name, month.active, month.right, share), percent=3)


def _waiting(process: Process, figures: Figures) -> Iterator[Line]:
    for role in waited_for(process):
        late, every = figures.waiting.get(role, (0, 0))
        yield Line((process.label_of(role), late, every))


def waited_for(process: Process) -> list[str]:
    """The roles and areas that a task others may know of can wait for, in the order of the way."""
    roles: dict[str, None] = {}
    for rule in process.tasks.values():
        _, _, name = rule.waits_for.partition(":")
        if rule.waits_for.startswith("area:"):
            roles.update(dict.fromkeys(area.key for area in process.areas))
        elif not rule.confidential:
            roles[name] = None
    return list(roles)


def _returns(process: Process, template: RegisterTemplate, figures: Figures) -> Iterator[Line]:
    yield Line((template.texts["returns_form"], figures.returns.get(FORM, 0)))
    for rule in process.documents:
        if not rule.internal:
            yield Line((rule.label, figures.returns.get(rule.key, 0)))


# --- what is parked ------------------------------------------------------------------------------------------------------------


def _parked(told: Told) -> Content:
    found = [*_parked_dossiers(told), *_parked_mails(told)]
    return Content(tuple(found) or (Line((told.template.texts["no_rows"],)),))


def _parked_dossiers(told: Told) -> Iterator[Line]:
    template = told.template
    for read in told.app.store.query("parked_dossiers", limit=_MOST):
        tally = codec.from_data(Tally, read.data)
        advice = template.parked_dossiers.get(tally.parked, template.parked_dossiers["other"])
        since = _at(told, tally.parked_since) if tally.parked_since else ""
        yield Line((template.texts["parked_dossier"], tally.dossier_id, since, advice.reason, advice.remedy))


def _parked_mails(told: Told) -> Iterator[Line]:
    template = told.template
    for read in told.app.store.query("outbox_by_state", equals="parked", limit=_MOST):
        mail = codec.from_data(OutgoingMail, read.data)
        if not _is_confidential(told.app.process, mail):
            advice = template.parked_mails.get(mail.parked, template.parked_mails["other"])
            what = template.texts["parked_mail"].format(mail=", ".join(mail.to))
            yield Line((what, mail.dossier_id, _at(told, mail.created_at), advice.reason, advice.remedy))


def _is_confidential(process: Process, mail: OutgoingMail) -> bool:
    """Whether even that the mail exists is nobody else's matter."""
    hidden = process.confidential_roles
    rule, groups = process.mails.get(mail.kind), {process.group_of(role) for role in hidden}
    people = {person.address for role in hidden for person in process.company.with_role(role)}
    return bool(rule and rule.to.partition(":")[2] in hidden) or bool((groups | people) & {*mail.to, *mail.cc})


# --- accesses ------------------------------------------------------------------------------------------------------------------


def _access(told: Told) -> Content:
    texts, since = told.template.texts, told.now - timedelta(days=told.template.access_days)
    found = []
    for read in told.app.store.query("access_differences", since=since, limit=_MOST):
        tally = codec.from_data(Tally, read.data)
        when = _at(told, tally.access_at) if tally.access_at else ""
        found += [Line((tally.dossier_id, when, line, texts["access_done"])) for line in tally.access]
    night = told.app.store.get("cursor", "access_audit")
    if night is None and not found:
        return Content((Line((texts["access_never"],)),))
    return Content(tuple(reversed(found)) or (Line((texts["access_clean"],)),))


# --- health --------------------------------------------------------------------------------------------------------------------


def _health(told: Told) -> Content:
    return Content((_beat(told), *_feeds(told), *_watches(told), *_outboxes(told), *_works(told)))


def _state(told: Told, what: str, detail: str, *, good: bool) -> Line:
    texts = told.template.texts
    return Line((what, texts["good"] if good else texts["attention"], detail), "good" if good else "late")


def _beat(told: Told) -> Line:
    """To the hour, so that the tab is written once an hour and not every minute."""
    tick = told.app.store.get("cursor", "tick")
    last = codec.unstamp(tick.data["until"]) - MINUTE_HELD if tick else None
    hour = told.now.astimezone(_zone(told)).replace(minute=0)
    return _state(told, told.template.texts["beat"], _at(told, hour), good=last is not None and told.now - last < _SILENT)


def _feeds(told: Told) -> Iterator[Line]:
    texts, tick = told.template.texts, told.app.store.get("cursor", "tick")
    failing: dict[str, str] = tick.data.get("failing", {}) if tick else {}
    for feed in (DRIVE_FEED, *told.app.site.forms):
        name = texts["feed_drive"] if feed == DRIVE_FEED else texts["feed_form"].format(form=_form_title(told, feed))
        bad = failing.get(feed)
        detail = texts["feed_bad"].format(at=_at(told, codec.unstamp(bad))) if bad else texts["feed_good"]
        yield _state(told, texts["feed"].format(feed=name), detail, good=not bad)


def _watches(told: Told) -> Iterator[Line]:
    texts = told.template.texts
    watches: dict[str, str] = health.known(told.app).get("watches", {})
    for form in told.app.site.forms:
        ends = codec.unstamp(watches[form]) if form in watches else None
        detail = texts["watch_until"].format(at=_at(told, ends)) if ends else texts["watch_unknown"]
        what = texts["watch"].format(form=_form_title(told, form))
        yield _state(told, what, detail, good=ends is None or ends > told.now)


def _outboxes(told: Told) -> Iterator[Line]:
    texts = told.template.texts
    for sender in told.app.process.company.senders.values():
        reads = told.app.store.query("outbox_of_sender", equals=sender, limit=_MOST)
        oldest = min((codec.unstamp(read.data["created_at"]) for read in reads), default=None)
        detail = texts["outbox_count"].format(count=len(reads), at=_at(told, oldest)) if oldest else texts["outbox_none"]
        late = oldest is not None and told.now - oldest > 6 * _SILENT
        yield _state(told, texts["outbox"].format(sender=sender), detail, good=not late)


def _works(told: Told) -> Iterator[Line]:
    texts, noted = told.template.texts, health.known(told.app)
    for work in ("digest", "nightly", "weekly"):
        at = codec.unstamp(noted[work]) if work in noted else None
        yield _state(told, texts[work], _at(told, at) if at else texts["never"], good=True)


def _form_title(told: Told, form: str) -> str:
    return load_form(told.app.process.folder, form).title


# --- instants ------------------------------------------------------------------------------------------------------------------


def _zone(told: Told) -> ZoneInfo:
    return ZoneInfo(told.app.process.company.timezone)


def _at(told: Told, at: datetime) -> str:
    """An instant as people of the company say it."""
    day = local_day(told.app.process, at)
    hour = at.astimezone(_zone(told)).strftime("%H:%M")
    return told.template.texts["day_and_hour"].format(day=day.strftime("%d/%m/%Y"), hour=hour)


_TABS: dict[str, Callable[[Told], Content]] = {
    "indicators": _indicators,
    "parked": _parked,
    "access": _access,
    "health": _health,
    **register_cases.TABS,
}


def said(lines: Sequence[Line]) -> str:
    """A hash of what lines say: what has not changed is not written again."""
    return codec.digest(repr([(line.look, line.percent, line.cells) for line in lines]))


def said_charts(charts: Sequence[Chart]) -> str:
    """A hash of where charts find their figures."""
    return codec.digest(repr(charts))
