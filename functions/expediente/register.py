"""The register: one row a dossier that is open or active, with its state, whose turn it is and since when.

Written as a whole, at most once in five minutes and only when a dossier has changed. gspread serves here, off the hot path.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from expediente import activate, codec, control_sheet, marks, templates
from expediente import sheet_requests as rq
from expediente.errors import ConflictError
from expediente.folder import ROOT
from expediente.google.clients import folder_link, sheet_link
from expediente.model import Dossier, Rank, State
from expediente.process import Process
from expediente.store import Create, Update
from expediente.templates import RegisterTemplate

if TYPE_CHECKING:
    from expediente.bootstrap import App

EVERY = timedelta(minutes=5)
_SHOWN = (State.COLLECTING, State.CONFIRMING, State.ACTIVE)
_HEAD_ROWS = 3
_MOST_ROWS = 20_000


def create(app: App) -> str:
    """Make the empty register at the top of the dossier drive and give its id; `setup` calls it once."""
    template = templates.register(app.process.folder)
    file_id = app.google.drive.create_spreadsheet(template.file_name, app.site.dossier_drive_id, {"expediente": "register"})
    app.google.sheets.batch_update(file_id, _build(template, app.process.company.timezone))
    return file_id


def _build(template: RegisterTemplate, time_zone: str) -> list[rq.Request]:
    colors, width = template.colors, len(template.columns)
    title = rq.style(background=colors["title"], color=colors["title_text"], bold=True, size=14, wrap=False)
    head = rq.style(background=colors["section"], color=colors["section_text"], bold=True)
    rows = [
        [rq.text(template.title, title), *[rq.text("", title) for _ in range(width - 1)]],
        [rq.text("")],
        [rq.text(column.label, head) for column in template.columns.values()],
    ]
    return [
        rq.locale(template.locale, time_zone),
        rq.tab(0, template.tab, 1000, width, frozen_rows=_HEAD_ROWS, frozen_columns=2),
        rq.write_rows(0, 0, 0, rows),
        rq.height(0, 0, 40),
        *[rq.width(0, number, column.width) for number, column in enumerate(template.columns.values())],
        rq.mark_built(),
    ]


def refresh(app: App) -> bool:
    """Write the register anew when something changed and the last writing is old enough. Gives whether it wrote."""
    if not app.site.register_id:
        return False
    cursor = app.store.get("cursor", "register")
    now = app.clock.now()
    if cursor and cursor.data["next"] > codec.stamp(now):
        return False
    dossiers = [
        codec.from_data(Dossier, read.data)
        for state in _SHOWN
        for read in app.store.query("dossiers_by_state", equals=state.value, limit=_MOST_ROWS)
    ]
    fingerprint = ",".join(f"{d.dossier_id}:{d.event_count}" for d in dossiers)
    data = {"next": codec.stamp(now + EVERY), "fingerprint": codec.digest(fingerprint)}
    if cursor and cursor.data["fingerprint"] == data["fingerprint"]:
        return False
    try:
        app.store.commit([Update("cursor", "register", data, cursor.version) if cursor else Create("cursor", "register", data)])
    except ConflictError:
        return False
    _write(app, dossiers)
    return True


def _write(app: App, dossiers: list[Dossier]) -> None:
    template = templates.register(app.process.folder)
    zone = ZoneInfo(app.process.company.timezone)
    now = app.clock.now()
    updated = template.updated.format(at=now.astimezone(zone).strftime("%d/%m/%Y %H:%M"))
    rows = [_row(app.process, template, dossier, now.astimezone(zone).toordinal(), zone) for dossier in dossiers]
    blank = [[rq.text("") for _ in template.columns]]
    requests = [
        rq.write_values(0, 1, 0, [rq.text(updated, rq.style(italic=True, wrap=False))]),
        {
            "updateSheetProperties": {
                "properties": {"sheetId": 0, "gridProperties": {"rowCount": max(1000, len(rows) + 50)}},
                "fields": "gridProperties.rowCount",
            }
        },
        rq.write_rows(0, _HEAD_ROWS, 0, rows + blank),
    ]
    app.google.sheets.batch_update(app.site.register_id, requests)


def _row(process: Process, template: RegisterTemplate, dossier: Dossier, today: int, zone: ZoneInfo) -> list[rq.Request]:
    since = (dossier.state_since or dossier.opened_at).astimezone(zone)
    person = process.company.person(dossier.vendedora)
    folder = folder_link(dossier.file_id(ROOT))
    sheet = sheet_link(dossier.file_id(control_sheet.SHEET))
    plain = rq.style(color=template.colors["text"])
    return [
        rq.text(dossier.dossier_id, plain),
        rq.text(dossier.intake.client.legal_name, plain),
        rq.text(dossier.denarius_code, plain),
        rq.text(process.states[dossier.state.value].label, plain),
        rq.text(turn(process, dossier), plain),
        rq.text(since.strftime("%d/%m/%Y"), plain),
        {"userEnteredValue": {"numberValue": max(0, today - since.toordinal())}, "userEnteredFormat": plain},
        rq.text(person.name if person else dossier.vendedora, plain),
        rq.link(folder, template.open, plain),
        rq.link(sheet, template.open, plain) if dossier.file_id(control_sheet.SHEET) else rq.text("", plain),
    ]


def turn(process: Process, dossier: Dossier) -> str:
    """Whose turn it is, in words that anyone may read: internal review never shows more than its neutral text."""
    if dossier.state is State.COLLECTING:
        missing = activate.missing_for_handover(process, dossier)
        if any(m.kind in ("paper", "field") for m in missing):
            return process.label_of("vendedora") if _waits_for_vendedora(process, dossier) else process.label_of("expedientes")
        if any(m.kind in ("code", "handover") for m in missing):
            return process.label_of("expedientes")
        return process.neutral_review_text
    if dossier.state is State.CONFIRMING:
        areas = [area.label for area in marks.taking_part(process, dossier) if marks.open_slots(process, dossier, area)]
        return ", ".join(areas) or process.label_of("expedientes")
    return ""


def _waits_for_vendedora(process: Process, dossier: Dossier) -> bool:
    from expediente.letters import missing_papers

    return bool(missing_papers(process, dossier)) or any(problem.rank is Rank.PENDING for problem in dossier.problems)
