"""The control sheet's rows and cells, made from the process: a column per area, what to read, what to mark. No I/O.

Row keys stand in a hidden column, so that a row is found wherever people move it. Nothing here may show what an area may not read:
only the aspects of process.yaml, never papers, shareholders or amounts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from expediente import fields, marks, papers, templates
from expediente import sheet_requests as rq
from expediente.deadlines import local_day
from expediente.intake_data import ServicePoint
from expediente.model import Dossier
from expediente.process import Area, Aspect, Process
from expediente.templates import ControlSheetTemplate

KEYS, LABELS, FIRST_AREA = 0, 1, 2
# Width of a letter in pixels, rather too wide: merged cells do not grow with their text.
_LETTER, _TALLEST = 7, 600
STATE_ROW, OBSERVED_ROW, REASON_ROW, CONFIRMS_ROW, SIGNED_ROW = "state", "observed", "reason", "confirms", "signed"


@dataclass(frozen=True)
class Row:
    """One row. kind: title | line | section | areas | state | aspect | mark | observed | reason | confirms | signed.

    label: text of the label column; texts: what each area's column shows (key -> text), for rows that are not marked.
    boxes: areas that have a checkbox here. tall: height in pixels, 0 = as it comes.
    """

    key: str
    kind: str
    label: str
    text: str = ""
    boxes: tuple[str, ...] = ()
    tall: int = 0
    explains: str = ""


@dataclass(frozen=True)
class Layout:
    """The rows of one dossier's sheet with its areas. first_mark, last: rows of the block that areas may edit."""

    process: Process
    template: ControlSheetTemplate
    dossier: Dossier
    rows: tuple[Row, ...]
    areas: tuple[Area, ...]
    taking_part: frozenset[str]
    index: dict[str, int] = field(default_factory=dict)

    @property
    def first_mark(self) -> int:
        """Row of the first checkbox."""
        return next(number for number, row in enumerate(self.rows) if row.kind == "mark")

    @property
    def last_mark(self) -> int:
        """Row of the last checkbox."""
        return max(number for number, row in enumerate(self.rows) if row.kind == "mark")

    def column(self, area: Area) -> int:
        """Column of an area as built."""
        return FIRST_AREA + self.areas.index(area)


def mark_row(mark_key: str) -> str:
    """The row key of a mark `area/mark[/point]`: one row serves the same mark of every area."""
    return "mark:" + "/".join(mark_key.split("/")[1:])


def layout(process: Process, template: ControlSheetTemplate, dossier: Dossier) -> Layout:
    """Lay the sheet out for one dossier."""
    taking_part = frozenset(area.key for area in marks.taking_part(process, dossier))
    rows = (*_head(process, template, dossier), *_aspects(process, template, dossier), *_marks(process, template, dossier))
    index = {row.key: number for number, row in enumerate(rows)}
    return Layout(process, template, dossier, rows, process.areas, taking_part, index)


def exchanges_kept(process: Process, dossier: Dossier) -> bool:
    """Whether an area that keeps exchanges takes part: the sheet then has a row for the link to theirs."""
    keeper = templates.exchange_sheet(process.folder).area
    return any(area.key == keeper for area in marks.taking_part(process, dossier))


def _head(process: Process, template: ControlSheetTemplate, dossier: Dossier) -> list[Row]:
    verified, required = papers.counts(process, dossier)
    texts = template.texts
    subtitle = texts["subtitle"].format(
        dossier=dossier.dossier_id, code=dossier.denarius_code or texts["none"], verified=verified, required=required
    )
    without = templates.exchange_sheet(process.folder).no_link
    contracted = [Row("exchange", "line", without)] if exchanges_kept(process, dossier) else []
    if dossier.urgency is not None:
        day = local_day(process, dossier.urgency.at).strftime("%d/%m/%Y")
        subtitle += texts["urgent"].format(day=day)
    return [
        Row("title", "title", dossier.intake.client.legal_name, tall=44),
        Row("subtitle", "line", subtitle),
        *contracted,
        Row("pending", "pending", ""),
        Row("areas", "areas", texts["area"], tall=32),
        Row(STATE_ROW, "state", texts["state"], tall=28),
    ]


def _aspects(process: Process, template: ControlSheetTemplate, dossier: Dossier) -> list[Row]:
    rows = [Row("read", "section", template.texts["read_this"], tall=26)]
    room = template.widths["area"] * len(process.areas) // _LETTER
    intake = dossier.intake
    for aspect in process.aspects:
        if aspect.per == "point" and len(intake.points) > 1:
            rows += [_aspect(process, dossier, aspect, point, room) for point in intake.points]
        else:
            rows.append(_aspect(process, dossier, aspect, intake.points[0] if aspect.per == "point" else None, room))
    return rows


def _aspect(process: Process, dossier: Dossier, aspect: Aspect, point: ServicePoint | None, room: int) -> Row:
    said = []
    for path in aspect.shows:
        value = (
            fields.of_point(process, dossier.intake, point, path) if point else fields.of_client(process, dossier.intake, path)
        )
        if value:
            label = process.fields.get(path, "")
            said.append(f"{label}: {value}" if label else value)
    several = point is not None and len(dossier.intake.points) > 1
    label = f"{aspect.label} · {point.code} {point.name}" if several and point else aspect.label
    text = "\n".join(said)
    lines = sum(1 + len(line) // room for line in text.split("\n")) or 1
    key = f"aspect:{aspect.key}" + (f"/{point.code}" if several and point else "")
    return Row(key, "aspect", label, text or process.labels["none"], tall=min(17 * lines + 10, _TALLEST))


def _marks(process: Process, template: ControlSheetTemplate, dossier: Dossier) -> list[Row]:
    texts = template.texts
    rows = [Row("marks", "section", texts["mark_this"], tall=26)]
    room = template.widths["label"] // _LETTER
    boxes: dict[str, list[marks.MarkSlot]] = {}
    for slot in marks.all_slots(process, dossier):
        boxes.setdefault(mark_row(slot.key), []).append(slot)
    for key, slots in boxes.items():
        areas = tuple(slot.area.key for slot in slots)
        rows.append(
            Row(
                key,
                "mark",
                slots[0].label,
                boxes=areas,
                explains=slots[0].rule.explains,
                tall=30 if len(slots[0].label) <= room else 42,
            )
        )
    everyone = tuple(area.key for area in marks.taking_part(process, dossier))
    rows.append(Row(OBSERVED_ROW, "observed", texts["observed"], boxes=everyone, explains=texts["observed_help"], tall=30))
    rows.append(Row(REASON_ROW, "reason", texts["observed_reason"], boxes=everyone, tall=44))
    rows.append(Row(CONFIRMS_ROW, "confirms", texts["confirms"], boxes=everyone, explains=texts["confirms_help"], tall=30))
    rows.append(Row(SIGNED_ROW, "signed", texts["signed"], tall=30))
    rows.append(Row("help", "line", texts["help"]))
    return rows


# --- cells ---------------------------------------------------------------------------------------------------------------------


def cells(plan: Layout) -> list[list[rq.Request]]:
    """Every cell of the sheet, row by row, with its look."""
    return [_CELLS[row.kind](plan, row) for row in plan.rows]


def _colors(plan: Layout) -> dict[str, str]:
    return plan.template.colors


def _wide(plan: Layout, row: Row, background: str, color: str, *, bold: bool, size: int) -> list[rq.Request]:
    # Not merged: Google refuses to merge frozen with other columns. The text runs on over the empty cells instead.
    look = rq.style(background=background, color=color, bold=bold, size=size, wrap=False)
    return [rq.text(row.key), rq.text(row.label, look), *[rq.text("", look) for _ in plan.areas]]


def _title(plan: Layout, row: Row) -> list[rq.Request]:
    return _wide(plan, row, _colors(plan)["title"], _colors(plan)["title_text"], bold=True, size=14)


def _line(plan: Layout, row: Row) -> list[rq.Request]:
    return _wide(plan, row, "", _colors(plan)["text"], bold=False, size=10)


def _section(plan: Layout, row: Row) -> list[rq.Request]:
    return _wide(plan, row, _colors(plan)["section"], _colors(plan)["section_text"], bold=True, size=11)


def _pending(plan: Layout, row: Row) -> list[rq.Request]:
    counted = "+".join(f"COUNTIF({_block(plan, area)},FALSE)" for area in plan.areas if area.key in plan.taking_part)
    some, texts = plan.template.texts["some_left"].partition("{count}"), plan.template.texts
    value = f'=IF({counted}=0,"{texts["all_done"]}","{some[0]}"&({counted})&"{some[2]}")'
    look = rq.style(color=_colors(plan)["text"], bold=True, size=11, wrap=False)
    return [rq.text(row.key), rq.formula(value, look), *[rq.text("", look) for _ in plan.areas]]


def _block(plan: Layout, area: Area) -> str:
    column = rq.letter(plan.column(area))
    return f"{column}{plan.first_mark + 1}:{column}{plan.last_mark + 1}"


def _areas(plan: Layout, row: Row) -> list[rq.Request]:
    said = [rq.text(row.key), rq.text(row.label, rq.style(background=_colors(plan)["section"], bold=True))]
    for area in plan.areas:
        on = area.key in plan.taking_part
        background = area.color if on else _colors(plan)["off"]
        color = _colors(plan)["title_text"] if on else _colors(plan)["off_text"]
        said.append(rq.text(area.label, rq.style(background=background, color=color, bold=True, align="CENTER")))
    return said


def _state(plan: Layout, row: Row) -> list[rq.Request]:
    texts, observed = plan.template.texts, plan.index[OBSERVED_ROW] + 1
    said = [rq.text(row.key), rq.text(row.label, rq.style(background=_colors(plan)["section"], bold=True))]
    before, _, behind = texts["state_left"].partition("{count}")
    for area in plan.areas:
        if area.key not in plan.taking_part:
            said.append(rq.text(texts["not_applicable"], _off(plan)))
            continue
        left = f"COUNTIF({_block(plan, area)},FALSE)"
        seen = f"{rq.letter(plan.column(area))}{observed}"
        value = f'=IF({seen},"{texts["state_observed"]}",IF({left}=0,"{texts["state_done"]}","{before}"&{left}&"{behind}"))'
        said.append(rq.formula(value, rq.style(bold=True, align="CENTER", color=_colors(plan)["text"])))
    return said


def _off(plan: Layout) -> rq.Request:
    return rq.style(background=_colors(plan)["off"], color=_colors(plan)["off_text"], align="CENTER", size=9)


def _aspect_cells(plan: Layout, row: Row) -> list[rq.Request]:
    look = rq.style(color=_colors(plan)["text"], valign="TOP")
    said = [
        rq.text(row.key),
        rq.text(row.label, rq.style(color=_colors(plan)["text"], bold=True, valign="TOP")),
        rq.text(row.text, look),
    ]
    return said + [rq.text("", look) for _ in plan.areas[1:]]


def _marked(plan: Layout, row: Row, cell: Callable[[], rq.Request]) -> list[rq.Request]:
    said = [rq.text(row.key), rq.text(row.label, rq.style(color=_colors(plan)["text"]))]
    return said + [cell() if area.key in row.boxes else rq.text("", _off(plan)) for area in plan.areas]


def _mark(plan: Layout, row: Row) -> list[rq.Request]:
    return _marked(plan, row, lambda: rq.box(rq.style(align="CENTER", size=12)))


def _free(plan: Layout, row: Row) -> list[rq.Request]:
    return _marked(plan, row, lambda: rq.text("", rq.style(align="LEFT", size=9)))


_CELLS: dict[str, Callable[[Layout, Row], list[rq.Request]]] = {
    "title": _title,
    "line": _line,
    "section": _section,
    "pending": _pending,
    "areas": _areas,
    "state": _state,
    "aspect": _aspect_cells,
    "mark": _mark,
    "observed": _mark,
    "reason": _free,
    "confirms": _free,
    "signed": _free,
}


# --- requests ------------------------------------------------------------------------------------------------------------------


def requests(plan: Layout, robot: str) -> list[rq.Request]:
    """The one batch that builds the sheet: cells, checkboxes, drop-downs, colours, protections, marks on the columns."""
    template, height = plan.template, len(plan.rows)
    width = FIRST_AREA + len(plan.areas)
    built = [
        rq.locale(template.locale, plan.process.company.timezone),
        rq.tab(0, template.tab, height + 20, width, frozen_rows=plan.index[STATE_ROW] + 1, frozen_columns=FIRST_AREA),
        rq.write_rows(0, 0, 0, cells(plan)),
        rq.hide_column(0, KEYS),
        rq.width(0, LABELS, template.widths["label"]),
        *[rq.width(0, plan.column(area), template.widths["area"]) for area in plan.areas],
        *[rq.borders(block, template.colors["line"]) for block in _ruled(plan, width)],
    ]
    return built + _shape(plan, width) + _inputs(plan) + _looks(plan) + _protections(plan, robot) + _metadata(plan)


def _ruled(plan: Layout, width: int) -> list[rq.Request]:
    """The blocks that have lines: all rows below the head but for the headings and the help, whose text runs over several cells."""
    starts: list[tuple[int, int]] = []
    for number, row in enumerate(plan.rows):
        if number < plan.index["areas"] or row.kind in ("section", "line"):
            continue
        if starts and sum(starts[-1]) == number:
            starts[-1] = (starts[-1][0], starts[-1][1] + 1)
        else:
            starts.append((number, 1))
    return [rq.grid(0, first, LABELS, many, width - 1) for first, many in starts]


def _shape(plan: Layout, width: int) -> list[rq.Request]:
    found = [rq.height(0, number, row.tall) for number, row in enumerate(plan.rows) if row.tall]
    for number, row in enumerate(plan.rows):
        if row.kind == "aspect" and len(plan.areas) > 1:
            found.append(rq.merge(rq.grid(0, number, FIRST_AREA, 1, width - FIRST_AREA)))
    return found


def _inputs(plan: Layout) -> list[rq.Request]:
    found = []
    for number, row in enumerate(plan.rows):
        for area in plan.areas:
            cell = rq.grid(0, number, plan.column(area))
            if area.key not in row.boxes:
                continue
            if row.kind in ("mark", "observed"):
                found.append(rq.checkboxes(cell))
            elif row.kind == "confirms":
                names = [person.name for person in plan.process.company.with_role(area.key)]
                found.append(rq.drop_down(cell, names, row.explains))
    return found


def _looks(plan: Layout) -> list[rq.Request]:
    colors, found = plan.template.colors, []
    for area in plan.areas:
        if area.key not in plan.taking_part:
            continue
        column = rq.letter(plan.column(area))
        boxes = [number for number, row in enumerate(plan.rows) if row.kind == "mark" and area.key in row.boxes]
        # Box by box: to a formula an empty cell equals FALSE.
        blocks = [rq.grid(0, number, plan.column(area)) for number in boxes]
        head = rq.grid(0, plan.index[STATE_ROW], plan.column(area))
        observed = f"${column}${plan.index[OBSERVED_ROW] + 1}"
        left = f"COUNTIF(${column}${plan.first_mark + 1}:${column}${plan.last_mark + 1},FALSE)"
        found.append(rq.color_when(blocks, f"={column}{boxes[0] + 1}=TRUE", colors["done"]))
        found.append(rq.color_when(blocks, f"={column}{boxes[0] + 1}=FALSE", colors["left"]))
        found.append(rq.color_when([head], f"={left}>0", colors["left"]))
        found.append(rq.color_when([head], f"={left}=0", colors["done"]))
        found.append(rq.color_when([head], f"={observed}=TRUE", colors["observed"]))
    return found


def _protections(plan: Layout, robot: str) -> list[rq.Request]:
    free = []
    found = []
    rows = plan.index[CONFIRMS_ROW] - plan.first_mark + 1
    for number, area in enumerate(plan.areas):
        if area.key in plan.taking_part:
            block = rq.grid(0, plan.first_mark, plan.column(area), rows)
            free.append(block)
            found.append(rq.protect(100 + number, block, f"area:{area.key}", [robot], [area.group]))
    return [*found, rq.protect_rest(99, 0, free, "rest", [robot])]


def _metadata(plan: Layout) -> list[rq.Request]:
    columns: Sequence[tuple[int, str]] = [(KEYS, "keys"), *[(plan.column(area), f"area:{area.key}") for area in plan.areas]]
    return [*[rq.mark_column(200 + number, 0, number, value) for number, value in columns], rq.mark_built()]
