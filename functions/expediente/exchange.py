"""The exchange sheet: made once where volume or a person asks for it, linked from the control sheet, read back, summed over a window.

What passes the limit is told to Cumplimiento and shown to nobody else. Table: `sheets_templates/exchange_sheet.yaml`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from expediente import control_sheet, marks, templates
from expediente import sheet_requests as rq
from expediente.access import WantedGrant, principal_of
from expediente.acts import ActRefusedError, Deed
from expediente.deadlines import due_day
from expediente.exchange_data import Exchange, ExchangeAlert
from expediente.folder import HOME_OF_SHEETS, folder_step, grant_steps, safe_name
from expediente.google.clients import sheet_link
from expediente.mails import Line, MailContext
from expediente.model import Dossier, State
from expediente.process import Area, Process
from expediente.quantities import amount as amount_of
from expediente.quantities import day as day_of
from expediente.steps import Attempt, Step, effect
from expediente.templates import ExchangeTemplate
from expediente.wanted import Wanted, act_link
from expediente.work import View, Work

SHEET, BUILD, LINK, PLACE = "exchange/create", "exchange/build", "exchange/link", "exchange"
_EPOCH, _HEAD_ROWS = date(1899, 12, 30), 3
_READ = ("date", "amount", "state")


def keeper(process: Process, dossier: Dossier) -> Area | None:
    """The area that keeps the exchanges of this client, None where none is contracted."""
    key = templates.exchange_sheet(process.folder).area
    return next((area for area in marks.taking_part(process, dossier) if area.key == key), None)


def is_wanted(process: Process, dossier: Dossier) -> bool:
    """Whether the client has an exchange sheet: for its volume, or because somebody asked for it."""
    if keeper(process, dossier) is None or dossier.state not in (State.CONFIRMING, State.ACTIVE):
        return False
    weekly = dossier.intake.order.exchange_weekly_amount
    high = weekly is not None and weekly >= process.high_exchange_amount
    return high or bool(dossier.processing.sheet_asked_by)


# --- plan ----------------------------------------------------------------------------------------------------------------------


def plan(view: View) -> list[Step]:
    """Create, build, open to its area, link from the control sheet; once each."""
    dossier, process = view.dossier, view.process
    area = keeper(process, dossier)
    if area is None or not (is_wanted(process, dossier) or SHEET in dossier.steps):
        return []
    template, home = templates.exchange_sheet(process.folder), folder_step(HOME_OF_SHEETS)
    name = template.file_name.format(client=safe_name(dossier.intake.client.legal_name, 60), dossier=dossier.dossier_id)
    create = {"name": name, "parent_id": f"${home}:file_id", "dossier_id": dossier.dossier_id, "mark": "exchange_sheet"}
    build: dict[str, Any] = {"spreadsheet_id": f"${SHEET}:file_id"}
    if not dossier.done(BUILD):
        build["requests"] = _requests(process, template, dossier)
    link = {"spreadsheet_id": f"${control_sheet.SHEET}:file_id", "target": f"${SHEET}:file_id", "label": template.link}
    steps = [
        Step(SHEET, "create_spreadsheet", create, after=(home,)),
        Step(BUILD, "build_spreadsheet", build, after=(SHEET,)),
        Step(LINK, "link_sheet", link, after=(BUILD, control_sheet.BUILD), lane="control_sheet"),
    ]
    return steps + grant_steps(view, _grants(view), PLACE, SHEET, after=(BUILD,))


def _grants(view: View) -> list[WantedGrant]:
    rules = view.process.access.exchange_grants
    found = [(principal_of(view.process, rule, view.dossier), rule.role) for rule in rules]
    return [WantedGrant(PLACE, address, kind, role) for (address, kind), role in found]


def _requests(process: Process, template: ExchangeTemplate, dossier: Dossier) -> list[rq.Request]:
    colors, width = template.colors, len(template.columns)
    head = rq.style(background=colors["title"], color=colors["title_text"], bold=True, size=14, wrap=False)
    labels = rq.style(background=colors["section"], color=colors["text"], bold=True)
    title = template.title.format(client=dossier.intake.client.legal_name)
    rows = [
        [rq.text(title, head), *[rq.text("", head) for _ in range(width - 1)]],
        [rq.text(template.help, rq.style(color=colors["text"], wrap=False))],
        [rq.text(column.label, labels) for column in template.columns.values()],
    ]
    names = list(template.columns)
    states = [state.label for state in template.states.values()]
    return [
        rq.locale(template.locale, process.company.timezone),
        rq.tab(0, template.tab, _HEAD_ROWS + template.rows, width, frozen_rows=_HEAD_ROWS),
        rq.write_rows(0, 0, 0, rows),
        *[rq.width(0, number, column.width) for number, column in enumerate(template.columns.values())],
        rq.dates(rq.grid(0, _HEAD_ROWS, names.index("date"), template.rows), template.help),
        rq.drop_down(rq.grid(0, _HEAD_ROWS, names.index("state"), template.rows), states, template.help),
        *[rq.mark_column(200 + number, 0, number, f"exchange.{name}") for number, name in enumerate(names)],
        rq.mark_built(),
    ]


@effect("link_sheet")
def link_sheet(attempt: Attempt) -> dict[str, str]:
    """Put the link into its row of the control sheet, found by its key; the same link again changes nothing."""
    from expediente.google.sheets import ColumnLookup

    args, sheets = attempt.args, attempt.google.sheets
    (keys,) = sheets.read_columns(args["spreadsheet_id"], [ColumnLookup(rq.COLUMN_KEY, "keys")])
    if keys is not None and "exchange" in keys.values:
        row, cell = keys.values.index("exchange"), rq.link(sheet_link(args["target"]), args["label"])
        sheets.batch_update(args["spreadsheet_id"], [rq.write_values(0, row, 1, [cell])])
    return {}


# --- reading -------------------------------------------------------------------------------------------------------------------


def read(work: Work) -> None:
    """One read of Google: the rows as Sala has written them, and whether they pass the limit."""
    from expediente.google.sheets import ColumnLookup

    process, dossier = work.app.process, work.dossier
    if not dossier.done(BUILD):
        return
    lookups = [ColumnLookup(rq.COLUMN_KEY, f"exchange.{name}") for name in _READ]
    columns = work.app.google.sheets.read_columns(dossier.file_id(SHEET), lookups)
    found = rows_of(templates.exchange_sheet(process.folder), [column.values if column else () for column in columns])
    if found == dossier.processing.exchanges:
        return
    days = {alert.day for alert in dossier.processing.alerts}
    fresh = [ExchangeAlert(day, total, work.now) for day, total in passed(process, found) if day not in days]
    work.set(processing=replace(dossier.processing, exchanges=found, alerts=(*dossier.processing.alerts, *fresh)))


def rows_of(template: ExchangeTemplate, columns: Sequence[Sequence[Any]]) -> tuple[Exchange, ...]:
    """The exchanges of the columns date, amount, state; rows without date and amount are left out."""
    keys = {state.label: key for key, state in template.states.items()}
    first = next(iter(template.states))
    found = []
    for row in range(_HEAD_ROWS, max(map(len, columns), default=0)):
        day, amount, state = (column[row] if row < len(column) else "" for column in columns)
        exchange = Exchange(row, _day(day), _amount(amount), keys.get(str(state), first))
        if exchange.day is not None or exchange.amount is not None:
            found.append(exchange)
    return tuple(found)


def _day(cell: Any) -> date | None:
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        return _EPOCH + timedelta(days=int(cell)) if 0 < cell < 100_000 else None
    return day_of(str(cell)) if cell else None


def _amount(cell: Any) -> Decimal | None:
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        try:
            return Decimal(str(cell)).quantize(Decimal("0.01"))
        except InvalidOperation:
            return None
    return amount_of(str(cell)) if cell else None


def passed(process: Process, exchanges: Sequence[Exchange]) -> Iterator[tuple[date, Decimal]]:
    """The days on which the sum of the window passes the limit, and that sum; a day within the window of an earlier one adds nothing."""
    template = templates.exchange_sheet(process.folder)
    sums: dict[date, Decimal] = {}
    for one in exchanges:
        if one.day is not None and one.amount is not None and template.states[one.state].counts:
            sums[one.day] = sums.get(one.day, Decimal(0)) + one.amount
    window, last = timedelta(days=template.alert.window_days), date.min
    for day in sorted(sums):
        total = sum((amount for other, amount in sums.items() if day - window < other <= day), Decimal(0))
        if total > template.alert.above and (last == date.min or day - last >= window):
            last = day
            yield day, total


# --- acts and mails ------------------------------------------------------------------------------------------------------------


def may_ask_sheet(view: View) -> Sequence[str]:
    """Whether a sheet of its own can be asked for a client that has none."""
    able = keeper(view.process, view.dossier) is not None and not is_wanted(view.process, view.dossier)
    return ("",) if able else ()


def ask_sheet(work: Work, deed: Deed) -> None:
    """A particular way of exchanging asks for a sheet, whatever the volume."""
    work.set(processing=replace(work.dossier.processing, sheet_asked_by=deed.actor.address))


def to_review(view: View) -> Sequence[str]:
    """The alerts that wait for Cumplimiento, by their day."""
    return [alert.day.isoformat() for alert in view.dossier.processing.alerts if not alert.reviewed_by]


def shows_alert(view: View, subject: str) -> tuple[Line, ...]:
    """The sum and the exchanges behind it."""
    template, labels = templates.exchange_sheet(view.process.folder), view.process.labels
    alert = next(one for one in view.dossier.processing.alerts if one.day.isoformat() == subject)
    money, window = view.process.company.money, timedelta(days=template.alert.window_days)
    rows = [
        f"{one.day:%d/%m/%Y} · {money(one.amount)} · {template.states[one.state].label}"
        for one in view.dossier.processing.exchanges
        if one.day is not None and alert.day - window < one.day <= alert.day
    ]
    return (Line(labels["exchange_total"], money(alert.total)), Line(labels["exchange_rows"], "\n".join(rows)))


def review(work: Work, deed: Deed) -> None:
    """Cumplimiento has looked at an alert and says what it decided."""
    known = work.dossier.processing
    if deed.subject not in to_review(work.view):
        raise ActRefusedError("not_now")
    said = deed.answers.text("decision")
    alerts = tuple(
        replace(one, reviewed_by=deed.actor.address, decision=said) if one.day.isoformat() == deed.subject else one
        for one in known.alerts
    )
    work.set(processing=replace(known, alerts=alerts))


def wanted(view: View) -> Iterator[Wanted]:
    """One mail to Cumplimiento for each alert, without any amount."""
    dossier = view.dossier
    for alert in dossier.processing.alerts:
        link = act_link(view, "revisar_cambios", alert.day.isoformat())
        day = due_day(view.process, "compliance_review", alert.found_at)
        context = MailContext(dossier.dossier_id, dossier.intake.client.legal_name, day, link, dossier.denarius_code)
        # In the chain its key reads like that of any review: that there was an alert is nobody else's.
        key = hashlib.sha256(f"{dossier.dossier_id} {alert.day}".encode()).hexdigest()[:12]
        yield Wanted(f"revision_cumplimiento/{key}", "revision_cambios", context)
