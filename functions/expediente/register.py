"""The register: one row a dossier that is open or active, with its state, whose turn it is and since when.

Written at most once in five minutes, and of it only the rows of dossiers that have changed: each keeps the row it once got.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from expediente import activate, codec, control_sheet, marks, papers, templates, ways_out
from expediente import sheet_requests as rq
from expediente.errors import ConflictError
from expediente.folder import ROOT
from expediente.google.clients import folder_link, sheet_link
from expediente.lifecycle import OPEN
from expediente.model import Dossier, Rank, State
from expediente.process import Process
from expediente.store import Create, Read, Update, Write
from expediente.templates import RegisterTemplate

if TYPE_CHECKING:
    from expediente.bootstrap import App

EVERY = timedelta(minutes=5)
# A change this young may still be followed by another of the same instant: it waits for the next turn.
SETTLED = timedelta(seconds=1)
_HEAD_ROWS = 3
_AT_ONCE = 200


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
        rq.tab(0, template.tab, 1000, width, frozen_rows=_HEAD_ROWS, frozen_columns=1),
        rq.write_rows(0, 0, 0, rows),
        rq.height(0, 0, 40),
        *[rq.width(0, number, column.width) for number, column in enumerate(template.columns.values())],
        rq.mark_built(),
    ]


def refresh(app: App) -> bool:
    """Write the rows of the dossiers that have changed since the last time, however many are at rest. Gives whether it wrote."""
    if not app.site.register_id:
        return False
    cursor = app.store.get("cursor", "register")
    known: dict[str, Any] = cursor.data if cursor else {"since": "", "next": "", "rows": 0}
    now = app.clock.now()
    if known["next"] > codec.stamp(now):
        return False
    changed = app.store.query("changed_dossiers", since=known["since"] or None, until=now - SETTLED, limit=_AT_ONCE)
    if not changed:
        return False
    dossiers = [codec.from_data(Dossier, read.data) for read in changed]
    claims = app.store.get_many([("unique", f"register/{dossier.dossier_id}") for dossier in dossiers])
    rows, fresh = _places(dossiers, claims, int(known["rows"]))
    _write(app, dossiers, rows)
    # Stored only now: what was not written is written by the next turn, over the same rows.
    data = {"since": changed[-1].data["changed_at"], "next": codec.stamp(now + EVERY), "rows": int(known["rows"]) + len(fresh)}
    write: Write = Update("cursor", "register", data, cursor.version) if cursor else Create("cursor", "register", data)
    try:
        app.store.commit([write, *fresh])
    except ConflictError:
        return False
    return True


def _places(dossiers: list[Dossier], claims: list[Read | None], taken: int) -> tuple[list[int], list[Write]]:
    """The row of each dossier (from 0 below the heading), and the claims of those that have none yet."""
    rows: list[int] = []
    fresh: list[Write] = []
    for dossier, claim in zip(dossiers, claims, strict=True):
        if claim is not None:
            rows.append(int(claim.data["row"]))
            continue
        rows.append(taken + len(fresh))
        fresh.append(Create("unique", f"register/{dossier.dossier_id}", {"row": rows[-1]}))
    return rows, fresh


def _write(app: App, dossiers: list[Dossier], rows: list[int]) -> None:
    template = templates.register(app.process.folder)
    zone = ZoneInfo(app.process.company.timezone)
    now = app.clock.now().astimezone(zone)
    updated = template.updated.format(at=now.strftime("%d/%m/%Y %H:%M"))
    grown = {
        "sheetId": 0,
        "gridProperties": {"rowCount": max(1000, _HEAD_ROWS + max(rows) + 200), "columnCount": len(template.columns)},
    }
    requests: list[rq.Request] = [
        rq.write_values(0, 1, 0, [rq.text(updated)]),
        {"updateSheetProperties": {"properties": grown, "fields": "gridProperties(rowCount,columnCount)"}},
    ]
    for dossier, row in zip(dossiers, rows, strict=True):
        requests.append(rq.write_rows(0, _HEAD_ROWS + row, 0, [_row(app.process, template, dossier, _HEAD_ROWS + row + 1, now)]))
    app.google.sheets.batch_update(app.site.register_id, requests)


def _row(process: Process, template: RegisterTemplate, dossier: Dossier, row: int, now: datetime) -> list[rq.Request]:
    since = (dossier.state_since or dossier.opened_at).astimezone(now.tzinfo)
    person = process.company.person(dossier.vendedora)
    folder = folder_link(dossier.file_id(ROOT))
    sheet = sheet_link(dossier.file_id(control_sheet.SHEET))
    plain = rq.lined(rq.style(color=template.colors["text"]), template.colors["line"])
    middle = {**plain, "horizontalAlignment": "CENTER"}
    return [
        rq.text(dossier.dossier_id, plain),
        rq.text(dossier.intake.client.legal_name, plain),
        rq.text(dossier.denarius_code, plain),
        rq.text(process.states[dossier.state.value].label, plain),
        rq.text(_turn(process, dossier, now), plain),
        rq.date_cell(since.date(), middle),
        # Days count on by themselves: the row is written only when the dossier changes.
        rq.formula(f"=TODAY()-F{row}", {**middle, "numberFormat": {"type": "NUMBER", "pattern": "0"}}),
        rq.text(person.name if person else dossier.vendedora, plain),
        rq.link(folder, template.open, middle),
        rq.link(sheet, template.open, middle) if dossier.file_id(control_sheet.SHEET) else rq.text("", plain),
        rq.text(dossier.physical_location, plain),
    ]


def _turn(process: Process, dossier: Dossier, now: datetime) -> str:
    """Whose turn it is; of a dossier that has ended or rests, since when and why."""
    left = ways_out.said(process, dossier, now)
    waits = turn(process, dossier) if dossier.state in OPEN and not ways_out.paused(process, dossier, now) else ""
    return " · ".join(part for part in (left, waits) if part) if left else turn(process, dossier)


def turn(process: Process, dossier: Dossier) -> str:
    """Whose turn it is, in words that anyone may read: internal review never shows more than its neutral text."""
    if dossier.state is State.COLLECTING:
        if papers.unclassified(dossier):
            return process.label_of("expedientes")
        missing = activate.missing_for_handover(process, dossier)
        if any(m.kind in ("paper", "field") for m in missing):
            return process.label_of("vendedora") if _waits_for_vendedora(process, dossier) else process.label_of("expedientes")
        if any(m.kind in ("code", "handover") for m in missing):
            return process.label_of("expedientes")
        return process.neutral_review_text
    if activate.sheet_is_open(process, dossier):
        areas = [area.label for area in marks.taking_part(process, dossier) if marks.open_slots(process, dossier, area)]
        areas += [process.label_of("expedientes")] if papers.unclassified(dossier) else []
        return ", ".join(areas) or process.label_of("expedientes")
    return ""


def _waits_for_vendedora(process: Process, dossier: Dossier) -> bool:
    from expediente.letters import missing_papers

    return bool(missing_papers(process, dossier)) or any(problem.rank is Rank.PENDING for problem in dossier.problems)
