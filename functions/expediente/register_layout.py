"""The register's workbooks as requests of the Sheets API: how they are built, one row a dossier, the other tabs, the charts.

Every text is written as a literal; formulas are ours. Which columns and tabs an audience has stands in
`sheets_templates/register.yaml`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from expediente import control_sheet, points, ways_out
from expediente import sheet_requests as rq
from expediente.deadlines import is_working_day, local_day
from expediente.folder import ROOT
from expediente.google.clients import folder_link, sheet_link
from expediente.lifecycle import OPEN
from expediente.model import Dossier, State
from expediente.process import Process
from expediente.tally import Turn, returns_of, turn_of
from expediente.templates import RegisterBook, RegisterTemplate

HEAD_ROWS = 3
_ROWS = 1000
_CALENDAR = 900
_YEARS_BACK = 3
_FIRST_CHART, _MOST_CHARTS = 8001, 20
# Tabs of figures: their blocks have headings of their own, and charts beside them.
FIGURES = ("indicators", "service")
_CHART_WIDTH, _CHART_HEIGHT = 520, 300


@dataclass(frozen=True)
class Opens:
    """A cell that opens an address of ours with a word."""

    link: str


Cell = str | float | int | Decimal | date | Opens | None


@dataclass(frozen=True)
class Line:
    """A row of a tab that is no dossier's. look: row | heading | late | good; share: which cells are percentages."""

    cells: tuple[Cell, ...]
    look: str = "row"
    percent: int = -1


@dataclass(frozen=True)
class Chart:
    """A chart over the lines of its tab. first, last: its lines, the heading first; series: columns of its values."""

    key: str
    title: str
    kind: str
    first: int
    last: int
    series: tuple[int, ...]


@dataclass(frozen=True)
class Shown:
    """A dossier as its row shows it. row: from 1, as people count; columns: of the workbook."""

    process: Process
    template: RegisterTemplate
    dossier: Dossier
    turn: Turn
    row: int
    columns: tuple[str, ...]
    now: datetime


def tab_id(template: RegisterTemplate, tab: str) -> int:
    """The sheet's id of a further tab; the rows of the dossiers are sheet 0."""
    return 1 + list(template.tabs).index(tab)


# --- building ------------------------------------------------------------------------------------------------------------------


def build(template: RegisterTemplate, book: RegisterBook, process: Process, today: date) -> list[rq.Request]:
    """The empty workbook of an audience: its tabs, the working days that formulas count with, the formulas of the yearly tab."""
    colors, width = template.colors, len(book.columns)
    title, head = _title(template), _head(template)
    rows = [
        [rq.text(template.title, title), *[rq.text("", title) for _ in range(width - 1)]],
        [rq.text("")],
        [rq.text(template.columns[key].label, head) for key in book.columns],
    ]
    requests: list[rq.Request] = [
        rq.locale(template.locale, process.company.timezone),
        rq.tab(0, template.tab, room_for(0), width, frozen_rows=HEAD_ROWS, frozen_columns=1),
        rq.write_rows(0, 0, 0, rows),
        rq.height(0, 0, 40),
        *[rq.width(0, number, template.columns[key].width) for number, key in enumerate(book.columns)],
    ]
    for tab in book.tabs:
        requests += _further_tab(template, book, tab)
    requests += _calendar(template, process, today)
    if "next_due" in book.columns:
        due = book.columns.index("next_due")
        cell = f"${rq.letter(due)}{HEAD_ROWS + 1}"
        block = {"sheetId": 0, "startRowIndex": HEAD_ROWS, "startColumnIndex": due, "endColumnIndex": due + 1}
        requests.append(rq.color_when([block], f"=AND(ISNUMBER({cell}),{cell}<TODAY())", colors["late"], colors["late_text"]))
    return [*requests, rq.mark_built()]


def _further_tab(template: RegisterTemplate, book: RegisterBook, tab: str) -> list[rq.Request]:
    rule, sheet = template.tabs[tab], tab_id(template, tab)
    title, head, width = _title(template), _head(template), len(rule.columns)
    explains = rq.style(color=template.colors["section_text"], italic=True, wrap=False)
    # The figures have headings of their own; their columns mean something else in each block.
    labels = [] if tab in FIGURES else [rq.text(column.label, head) for column in rule.columns.values()]
    rows = [
        [rq.text(rule.title, title), *[rq.text("", title) for _ in range(width - 1)]],
        [rq.text(rule.help, explains)],
        labels,
    ]
    columns = width + 8 if tab in FIGURES else width
    return [
        rq.add_tab(sheet, rule.tab, _ROWS, columns, frozen_rows=0 if tab in FIGURES else HEAD_ROWS),
        rq.write_rows(sheet, 0, 0, rows),
        rq.height(sheet, 0, 40),
        *[rq.width(sheet, number, column.width) for number, column in enumerate(rule.columns.values())],
        *(yearly(template, book, room_for(0)) if tab == "yearly" else []),
    ]


def yearly(template: RegisterTemplate, book: RegisterBook, room: int) -> list[rq.Request]:
    """A formula over the rows of the dossiers: who was served for at least a day of the year that the tab shows.

    room: how many rows the tab of the dossiers has. Ranges end a row before: open ones are not read alike by every program.
    """
    keys, sheet = list(template.tabs["yearly"].columns), tab_id(template, "yearly")
    last = rq.letter(len(keys) - 1)
    year = f"${last}$2"
    area = {key: f"{template.tab}!{_whole_column(book, key, room)}" for key in {*keys, "started", "ended"}}
    served = f"ISNUMBER({area['started']}),{area['started']}<=DATE({year},12,31)"
    served += f",(ISNUMBER({area['ended']})=FALSE)+({area['ended']}>=DATE({year},1,1))"
    plain = rq.style(color=template.colors["text"])
    # One formula: it is worked out at every reading of the workbook.
    found = f"SORT(FILTER({{{','.join(area[key] for key in keys)}}},{served}),1,TRUE)"
    cell = rq.formula(f'=IFERROR({found},"{template.texts["no_services"]}")', plain)
    dates = [n for n, key in enumerate(keys) if key in ("started", "ended")]
    label = rq.style(color=template.colors["section_text"], bold=True, align="RIGHT")
    return [
        rq.write_rows(sheet, 1, len(keys) - 2, [[rq.text(template.texts["year"], label), rq.formula(_YEAR, label)]]),
        *[_day_column(sheet, number) for number in dates],
        rq.write_rows(sheet, HEAD_ROWS, 0, [[cell]]),
    ]


# In January the year that has just ended is the one that is reported.
_YEAR = "=YEAR(TODAY())-IF(MONTH(TODAY())=1,1,0)"


def _whole_column(book: RegisterBook, key: str, room: int) -> str:
    name = rq.letter(book.columns.index(key))
    return f"${name}${HEAD_ROWS + 1}:${name}${room - 1}"


def _day_column(sheet: int, column: int) -> rq.Request:
    block = {"sheetId": sheet, "startRowIndex": HEAD_ROWS, "startColumnIndex": column, "endColumnIndex": column + 1}
    look = {"userEnteredFormat": {"numberFormat": {"type": "DATE", "pattern": "dd/mm/yyyy"}}}
    return {"repeatCell": {"range": block, "cell": look, "fields": "userEnteredFormat.numberFormat"}}


def _calendar(template: RegisterTemplate, process: Process, today: date) -> list[rq.Request]:
    hidden = {"properties": {"sheetId": _CALENDAR, "hidden": True}, "fields": "hidden"}
    return [
        rq.add_tab(_CALENDAR, template.calendar_tab, _ROWS * 2, 1),
        working_days(process, today),
        {"updateSheetProperties": hidden},
    ]


def working_days(process: Process, today: date) -> rq.Request:
    """The working days of some years until the end of this one, one a row: formulas count between two of them."""
    day, last, rows = date(today.year - _YEARS_BACK, 1, 1), date(today.year, 12, 31), []
    while day <= last:
        if is_working_day(process.calendar, day):
            rows.append([rq.date_cell(day, {})])
        day += timedelta(days=1)
    return rq.write_rows(_CALENDAR, 0, 0, rows)


def _title(template: RegisterTemplate) -> rq.Request:
    return rq.style(background=template.colors["title"], color=template.colors["title_text"], bold=True, size=14, wrap=False)


def _head(template: RegisterTemplate) -> rq.Request:
    return rq.style(background=template.colors["section"], color=template.colors["section_text"], bold=True)


# --- rows of dossiers ----------------------------------------------------------------------------------------------------------


def updated(template: RegisterTemplate, process: Process, now: datetime) -> rq.Request:
    """When the workbook was written."""
    at = now.astimezone(ZoneInfo(process.company.timezone)).strftime("%d/%m/%Y %H:%M")
    return rq.write_values(0, 1, 0, [rq.text(template.updated.format(at=at))])


def room_for(rows: int) -> int:
    """How many rows the tab has while it shows that many dossiers: it grows by a thousand at a time."""
    return _ROWS * (1 + (HEAD_ROWS + rows) // _ROWS)


def grown(template: RegisterTemplate, book: RegisterBook, room: int) -> list[rq.Request]:
    """A tab of so many rows, and the formulas that read all of them."""
    properties = {"sheetId": 0, "gridProperties": {"rowCount": room}}
    grow = {"updateSheetProperties": {"properties": properties, "fields": "gridProperties.rowCount"}}
    return [grow, *(yearly(template, book, room) if "yearly" in book.tabs else [])]


def dossier_row(told: tuple[Process, RegisterTemplate, datetime], book: RegisterBook, dossier: Dossier, row: int) -> rq.Request:
    """The whole row of a dossier. told: tables, template and the present instant; row: from 0 below the heading."""
    process, template, now = told
    shown = Shown(process, template, dossier, turn_of(process, dossier), HEAD_ROWS + row + 1, book.columns, now)
    return rq.write_rows(0, HEAD_ROWS + row, 0, [[COLUMNS[key](shown) for key in book.columns]])


def _look(shown: Shown, *, middle: bool = False) -> rq.Request:
    look = rq.lined(rq.style(color=shown.template.colors["text"]), shown.template.colors["line"])
    return {**look, "horizontalAlignment": "CENTER"} if middle else look


def _text(value: Callable[[Shown], str]) -> Callable[[Shown], rq.Request]:
    return lambda shown: rq.text(value(shown), _look(shown))


def _number(value: Callable[[Shown], int]) -> Callable[[Shown], rq.Request]:
    return lambda shown: rq.number(value(shown), _look(shown, middle=True))


def _day(value: Callable[[Shown], date | None]) -> Callable[[Shown], rq.Request]:
    def cell(shown: Shown) -> rq.Request:
        day = value(shown)
        return rq.date_cell(day, _look(shown, middle=True)) if day else rq.text("", _look(shown, middle=True))

    return cell


def _link(value: Callable[[Shown], str]) -> Callable[[Shown], rq.Request]:
    def cell(shown: Shown) -> rq.Request:
        url = value(shown)
        return rq.link(url, shown.template.open, _look(shown, middle=True)) if url else rq.text("", _look(shown))

    return cell


def _days(shown: Shown) -> rq.Request:
    """Working days since then. They count on by themselves: the row is written only when the dossier changes."""
    look = {**_look(shown, middle=True), "numberFormat": {"type": "NUMBER", "pattern": "0"}}
    if shown.dossier.state not in OPEN:
        return rq.text("", look)
    since = f"{rq.letter(shown.columns.index('since'))}{shown.row}"
    days = f"{shown.template.calendar_tab}!$A:$A"
    return rq.formula(f'=IFERROR(MATCH(TODAY(),{days})-MATCH({since},{days}),"")', look)


def _state(shown: Shown) -> str:
    """The state of a dossier, and that it rests or is urgent."""
    process, dossier = shown.process, shown.dossier
    rests = ways_out.paused(process, dossier, shown.now) is not None
    words = {"state_paused": rests, "state_urgent": dossier.urgency is not None and dossier.state in OPEN}
    said = [process.states[dossier.state.value].label, *(process.labels[key] for key, so in words.items() if so)]
    return " · ".join(said)


def _turn(shown: Shown) -> str:
    """Whose turn it is; of a dossier that has ended or rests, since when and why."""
    process, dossier = shown.process, shown.dossier
    left = ways_out.said(process, dossier, shown.now)
    rests = left and (dossier.state not in OPEN or ways_out.paused(process, dossier, shown.now))
    return " · ".join(part for part in (left, "" if rests else shown.turn.text(process)) if part)


def _vendedora(shown: Shown) -> str:
    person = shown.process.company.person(shown.dossier.vendedora)
    return person.name if person else shown.dossier.vendedora


def _sheet(shown: Shown) -> str:
    file_id = shown.dossier.file_id(control_sheet.SHEET)
    return sheet_link(file_id) if file_id else ""


def services_of(process: Process, dossier: Dossier) -> str:
    """The contracted services in people's words."""
    known = process.services
    return ", ".join(known[key].label if key in known else key for key in dossier.intake.order.services)


def served_points(dossier: Dossier) -> int:
    """At how many points the service has ever begun."""
    return sum(points.point_of(dossier, point.code).started_at is not None for point in dossier.intake.points)


def started_on(process: Process, dossier: Dossier) -> date | None:
    """The day on which the service became active; None = it has not."""
    return local_day(process, dossier.closed_at) if dossier.closed_at else None


def ended_on(process: Process, dossier: Dossier) -> date | None:
    """The last day of the service; None = it runs, or never began."""
    if dossier.closed_at is None or dossier.state is not State.ARCHIVED:
        return None
    last_days = [one.last_service for one in dossier.cancellations.values() if one.done_at]
    return max(last_days) if last_days else local_day(process, dossier.state_since or dossier.closed_at)


COLUMNS: dict[str, Callable[[Shown], rq.Request]] = {
    "dossier": _text(lambda shown: shown.dossier.dossier_id),
    "client": _text(lambda shown: shown.dossier.intake.client.legal_name),
    "code": _text(lambda shown: shown.dossier.denarius_code),
    "state": _text(_state),
    "turn": _text(_turn),
    "since": _day(lambda shown: local_day(shown.process, shown.turn.since)),
    "days": _days,
    "next_due": _day(lambda shown: shown.turn.due),
    "points": _number(lambda shown: len(shown.dossier.intake.points)),
    "vendedora": _text(_vendedora),
    "returns": _number(lambda shown: sum(returns_of(shown.process, shown.dossier).values())),
    "location": _text(lambda shown: shown.dossier.physical_location),
    "folder": _link(lambda shown: folder_link(shown.dossier.file_id(ROOT)) if shown.dossier.file_id(ROOT) else ""),
    "sheet": _link(_sheet),
    "ruc": _text(lambda shown: " ".join(filter(None, (shown.dossier.intake.client.ruc, shown.dossier.intake.client.dv)))),
    "services": _text(lambda shown: services_of(shown.process, shown.dossier)),
    "served": _number(lambda shown: served_points(shown.dossier)),
    "started": _day(lambda shown: started_on(shown.process, shown.dossier)),
    "ended": _day(lambda shown: ended_on(shown.process, shown.dossier)),
}


# --- the other tabs ------------------------------------------------------------------------------------------------------------


def lines(template: RegisterTemplate, tab: str, content: Sequence[Line], before: int) -> list[rq.Request]:
    """Write a further tab anew below its heading. before: how many lines it had."""
    width, sheet = len(template.tabs[tab].columns), tab_id(template, tab)
    rows = [_line(template, line, width) for line in content]
    rows += [[rq.text("")] * width for _ in range(before - len(content))]
    room = {"sheetId": sheet, "gridProperties": {"rowCount": max(_ROWS, HEAD_ROWS + len(rows) + 10)}}
    grow = {"updateSheetProperties": {"properties": room, "fields": "gridProperties.rowCount"}}
    return [grow, rq.write_rows(sheet, HEAD_ROWS, 0, rows)] if rows else []


def _line(template: RegisterTemplate, line: Line, width: int) -> list[rq.Request]:
    colors, padded = template.colors, (*line.cells, *[""] * (width - len(line.cells)))
    if not any(cell not in ("", None) for cell in padded):
        return [rq.text("")] * width
    if line.look == "heading":
        return [rq.text(str(cell or ""), _head(template)) for cell in padded]
    look = rq.lined(rq.style(color=colors["text"]), colors["line"])
    tinted = {"late": ("late", "late_text"), "good": ("good", "good_text")}.get(line.look)
    marked = rq.lined(rq.style(background=colors[tinted[0]], color=colors[tinted[1]]), colors["line"]) if tinted else look
    return [_cell(template, cell, marked if n == 1 else look, percent=n == line.percent) for n, cell in enumerate(padded)]


def _cell(template: RegisterTemplate, value: Cell, look: rq.Request, *, percent: bool) -> rq.Request:
    if isinstance(value, date):
        return rq.date_cell(value, look)
    if isinstance(value, Opens):
        return rq.link(value.link, template.open, {**look, "horizontalAlignment": "CENTER"})
    if isinstance(value, Decimal):
        return rq.number(float(value), {**look, "numberFormat": {"type": "NUMBER", "pattern": "#,##0.00"}})
    if isinstance(value, int | float):
        pattern = {"type": "PERCENT", "pattern": "0%"} if percent else None
        return rq.number(value, {**look, "horizontalAlignment": "CENTER"} | ({"numberFormat": pattern} if pattern else {}))
    return rq.text(value or "", look)


def charts(template: RegisterTemplate, tab: str, drawn: Sequence[Chart], *, fresh: bool) -> list[rq.Request]:
    """The charts beside the figures. fresh: they are new; else they get the cells that their figures stand in now."""
    sheet, column = tab_id(template, tab), len(template.tabs[tab].columns) + 1
    first = _FIRST_CHART + FIGURES.index(tab) * _MOST_CHARTS
    requests: list[rq.Request] = []
    for number, chart in enumerate(drawn):
        spec = _spec(template, sheet, chart)
        if not fresh:
            requests.append({"updateChartSpec": {"chartId": first + number, "spec": spec}})
            continue
        anchor = {"sheetId": sheet, "rowIndex": HEAD_ROWS + number * 15, "columnIndex": column}
        place = {"anchorCell": anchor, "widthPixels": _CHART_WIDTH, "heightPixels": _CHART_HEIGHT}
        made = {"chartId": first + number, "spec": spec, "position": {"overlayPosition": place}}
        requests.append({"addChart": {"chart": made}})
    return requests


def _spec(template: RegisterTemplate, sheet: int, chart: Chart) -> rq.Request:
    axis = "BOTTOM_AXIS" if chart.kind == "BAR" else "LEFT_AXIS"
    colors = [template.colors["chart"], template.colors["chart_other"]]
    series = [
        {"series": _source(sheet, chart, column), "targetAxis": axis, "colorStyle": {"rgbColor": rq.rgb(colors[n % 2])}}
        for n, column in enumerate(chart.series)
    ]
    basic = {
        "chartType": chart.kind,
        "legendPosition": "BOTTOM_LEGEND" if len(series) > 1 else "NO_LEGEND",
        "headerCount": 1,
        "domains": [{"domain": _source(sheet, chart, 0)}],
        "series": series,
    }
    return {"title": chart.title, "basicChart": basic}


def _source(sheet: int, chart: Chart, column: int) -> rq.Request:
    block = rq.grid(sheet, HEAD_ROWS + chart.first, column, chart.last - chart.first + 1, 1)
    return {"sourceRange": {"sources": [block]}}
