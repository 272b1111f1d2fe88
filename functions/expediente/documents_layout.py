"""The workbook Documentos laid out: a tab with the Encargado's fields and one row a required paper, a tab for the files. No I/O."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from expediente import sheet_requests as rq
from expediente.google.clients import file_link
from expediente.made_rules import rules_for
from expediente.model import DeliveredFile, Dossier, Paper, PaperState
from expediente.paper_checks import captures
from expediente.papers import PaperSlot, required_papers
from expediente.process import Process
from expediente.templates import DocumentsTemplate

PAPERS, FILES = 0, 1
PAPER_COLUMNS = ("key", "paper", "about", "files", "state", "reason", "detail", "number", "holder", "issued", "expires", "notice")
FILE_COLUMNS = ("key", "name", "by", "at", "paper_1", "paper_2", "paper_3", "notice")
CHOSEN = ("paper_1", "paper_2", "paper_3")
READ_PAPERS = ("key", "state", "reason", "detail", "number", "holder", "issued", "expires", "notice")
CAPTURED = ("number", "holder", "issued", "expires")
READ_FILES = ("key", "paper_1", "paper_2", "paper_3")
VALUE_COLUMN = "state"
# Title, help line, then the Encargado's fields, a gap, the heading of the list.
FIELDS_ROW = 2
FILES_FIRST_ROW = 3


@dataclass(frozen=True)
class Layout:
    """Rows of one dossier's workbook. fields: keys of the Encargado's rows; slots: the papers below."""

    process: Process
    template: DocumentsTemplate
    dossier: Dossier
    fields: tuple[str, ...]
    slots: tuple[PaperSlot, ...]

    @property
    def heading_row(self) -> int:
        """Row of the list's heading."""
        return FIELDS_ROW + len(self.fields) + 1

    @property
    def first_row(self) -> int:
        """Row of the first paper."""
        return self.heading_row + 1


def layout(process: Process, template: DocumentsTemplate, dossier: Dossier) -> Layout:
    """Lay the workbook out. Papers of the Encargado's list only: internal ones never stand here."""
    slots = tuple(slot for slot in required_papers(process, dossier.intake) if slot.rule.given_by == "vendedora")
    return Layout(process, template, dossier, tuple(template.papers.fields), slots)


def paper_titles(process: Process, dossier: Dossier) -> dict[str, str]:
    """Title -> key of the papers that a file can be, as the drop-down of the tab Archivos offers them."""
    slots = (slot for slot in required_papers(process, dossier.intake) if not slot.rule.internal)
    return {slot.title: slot.key for slot in slots}


def made_notes(process: Process, template: DocumentsTemplate, dossier: Dossier) -> dict[str, str]:
    """What stands beside the papers of which a document was made, by row key: where it is, and that only the signed one counts."""
    rules = rules_for(process, dossier.intake)
    places = {rule.paper: process.access.folder(rule.place).name for rule in rules}
    return {f"paper:{paper}": template.notices["made"].format(place=place) for paper, place in places.items()}


def waiver_notes(process: Process, template: DocumentsTemplate, dossier: Dossier) -> dict[str, str]:
    """What stands beside the papers that are or were waived, by row key: until when, and nothing else."""
    keys = [slot.key for slot in required_papers(process, dossier.intake) if slot.key in dossier.waivers]
    known = {key: dossier.waivers[key] for key in keys if dossier.papers.get(key, Paper()).state is not PaperState.VERIFIED}
    words = {key: template.notices["waiver_over" if waiver.over else "waived"] for key, waiver in known.items()}
    return {f"paper:{key}": words[key].format(day=waiver.until.strftime("%d/%m/%Y")) for key, waiver in known.items()}


def column(name: str) -> int:
    """Position of a column of the tab of papers."""
    return PAPER_COLUMNS.index(name)


def requests(plan: Layout, robot: str, group: str) -> list[rq.Request]:
    """The one batch that builds the workbook. robot: our address; group: who may edit beside us."""
    return [
        rq.locale(plan.template.locale, plan.process.company.timezone),
        *_papers_tab(plan),
        *_files_tab(plan),
        *_protections(plan, robot, group),
        *[rq.mark_column(300 + n, PAPERS, n, f"papers.{name}") for n, name in enumerate(PAPER_COLUMNS) if name in READ_PAPERS],
        *[rq.mark_column(400 + n, FILES, n, f"files.{name}") for n, name in enumerate(FILE_COLUMNS) if name in READ_FILES],
        rq.mark_built(),
    ]


def _papers_tab(plan: Layout) -> list[rq.Request]:
    template, colors = plan.template, plan.template.colors
    tab, width = template.papers, len(PAPER_COLUMNS)
    rows = plan.first_row + len(plan.slots)
    found = [
        rq.tab(PAPERS, tab.tab, rows + 20, width, frozen_rows=2, frozen_columns=2),
        rq.write_rows(PAPERS, 0, 0, [_title(plan, _named(plan, tab.title), width), _help(plan, tab.help, width)]),
        rq.write_rows(PAPERS, FIELDS_ROW, 0, [_field(plan, key) for key in plan.fields]),
        rq.write_rows(PAPERS, plan.heading_row - 1, 0, [_progress(plan, rows, width), _heading(plan)]),
        rq.write_rows(PAPERS, plan.first_row, 0, [_paper(plan, slot, n) for n, slot in enumerate(plan.slots)]),
        rq.hide_column(PAPERS, 0),
        rq.height(PAPERS, 0, 44),
        *[rq.width(PAPERS, column(name), spec.width) for name, spec in tab.columns.items()],
        rq.borders(rq.grid(PAPERS, plan.heading_row, 1, len(plan.slots) + 1, width - 1), colors["line"]),
        rq.checkboxes(rq.grid(PAPERS, FIELDS_ROW + plan.fields.index("acknowledged"), column(VALUE_COLUMN))),
    ]
    return found + _paper_inputs(plan)


def _paper_inputs(plan: Layout) -> list[rq.Request]:
    template, colors, many = plan.template, plan.template.colors, len(plan.slots)

    def block(name: str) -> rq.Request:
        return rq.grid(PAPERS, plan.first_row, column(name), many)

    state = f"${rq.letter(column('state'))}{plan.first_row + 1}"
    whole = rq.grid(PAPERS, plan.first_row, 1, many, len(PAPER_COLUMNS) - 1)
    states = template.states
    return [
        rq.drop_down(block("state"), list(states.values())),
        rq.drop_down(block("reason"), [choice.label for choice in plan.process.return_reasons]),
        rq.dates(block("issued"), template.notices["bad_date"]),
        rq.dates(block("expires"), template.notices["bad_date"]),
        rq.color_when([whole], f'={state}="{states["verified"]}"', colors["verified"]),
        rq.color_when([whole], f'={state}="{states["returned"]}"', colors["returned"]),
        rq.color_when([whole], f'={state}="{states["expired"]}"', colors["expired"]),
    ]


def _named(plan: Layout, text: str) -> str:
    return text.format(dossier=plan.dossier.dossier_id, client=plan.dossier.intake.client.legal_name)


def _title(plan: Layout, text: str, width: int) -> list[rq.Request]:
    look = rq.style(
        background=plan.template.colors["title"], color=plan.template.colors["title_text"], bold=True, size=14, wrap=False
    )
    return [rq.text("", look), rq.text(text, look), *[rq.text("", look) for _ in range(width - 2)]]


def _help(plan: Layout, text: str, width: int) -> list[rq.Request]:
    look = rq.style(background=plan.template.colors["section"], color=plan.template.colors["section_text"], wrap=False)
    return [rq.text("", look), rq.text(text, look), *[rq.text("", look) for _ in range(width - 2)]]


def _field(plan: Layout, key: str) -> list[rq.Request]:
    spec, colors = plan.template.papers.fields[key], plan.template.colors
    explains = spec.explains.format(example=plan.process.company.denarius_example)
    value = rq.style(background=colors["field"], bold=True)
    cell = rq.box(value) if key == "acknowledged" else rq.text("", value)
    hint = rq.style(color=colors["text"], italic=True, size=9, wrap=False)
    empty = rq.text("")
    return [rq.text(f"field:{key}"), rq.text(spec.label, rq.style(bold=True)), empty, empty, cell, rq.text(explains, hint)]


def _progress(plan: Layout, rows: int, width: int) -> list[rq.Request]:
    states = f"{rq.letter(column('state'))}{plan.first_row + 1}:{rq.letter(column('state'))}{rows}"
    count = f'COUNTIF({states},"{plan.template.states["verified"]}")'
    before, _, behind = plan.template.papers.progress.format(verified="{verified}", required=len(plan.slots)).partition(
        "{verified}"
    )
    return [
        rq.text(""),
        rq.formula(f'="{before}"&{count}&"{behind}"', rq.style(bold=True, wrap=False)),
        *[rq.text("") for _ in range(width - 2)],
    ]


def _heading(plan: Layout) -> list[rq.Request]:
    colors = plan.template.colors
    look = rq.style(background=colors["section"], color=colors["section_text"], bold=True)
    return [rq.text("", look), *[rq.text(spec.label, look) for spec in plan.template.papers.columns.values()]]


def _paper(plan: Layout, slot: PaperSlot, number: int) -> list[rq.Request]:
    counted = _files_formula(plan.first_row + number + 1, plan.template.files.tab)
    look, empty = rq.style(color=plan.template.colors["text"]), rq.text("", rq.style())
    files = rq.formula(counted, rq.style(align="CENTER"))
    state = rq.text(plan.template.states["pending"], rq.style(bold=True))
    said = made_notes(plan.process, plan.template, plan.dossier).get(f"paper:{slot.key}", "")
    notice = rq.text(said, rq.style(color=plan.template.colors["notice_text"], size=9))
    return [
        rq.text(f"paper:{slot.key}"),
        rq.text(slot.rule.label, look),
        rq.text(slot.about, look),
        files,
        state,
        empty,
        empty,
        *[_captured(plan, slot, name) for name in CAPTURED],
        notice,
    ]


def _captured(plan: Layout, slot: PaperSlot, name: str) -> rq.Request:
    """A cell for what the Encargado copies from the paper; coloured where it is asked for. A number stays as it is typed."""
    look = rq.style(background=plan.template.colors["field"] if name in captures(slot) else "")
    return rq.text("", {**look, "numberFormat": {"type": "TEXT"}} if name == "number" else look)


def added_papers(last: int, papers: Sequence[tuple[str, str, str]], pending: str, files_tab: str) -> list[rq.Request]:
    """Requests that put rows (key, label, whose) before the last paper's row, which moves down with all that belongs to it."""
    rows = []
    for number, (key, label, about) in enumerate(papers):
        empty = rq.text("")
        cells = [
            rq.text(key),
            rq.text(label),
            rq.text(about),
            rq.formula(_files_formula(last + number + 1, files_tab)),
            rq.text(pending),
        ]
        rows.append([*cells, *[empty for _ in range(len(PAPER_COLUMNS) - len(cells))]])
    place = {"sheetId": PAPERS, "dimension": "ROWS", "startIndex": last, "endIndex": last + len(papers)}
    # Written one by one: values only, so that the inserted rows keep the look and the drop-downs of the list.
    written = [rq.write_values(PAPERS, last + number, 0, row) for number, row in enumerate(rows)]
    return [{"insertDimension": {"range": place, "inheritFromBefore": True}}, *written]


def named_again(keys: Sequence[object], rows: Mapping[str, tuple[str, str]]) -> list[rq.Request]:
    """Requests that write label and name of the papers' rows anew. keys: column of the row keys; rows: key -> label, whose."""
    found = [(number, rows[str(key)]) for number, key in enumerate(keys) if str(key) in rows]
    return [
        rq.write_values(PAPERS, number, column("paper"), [rq.text(label), rq.text(about)]) for number, (label, about) in found
    ]


def file_options(process: Process, template: DocumentsTemplate, dossier: Dossier) -> list[str]:
    """What the drop-downs of the tab Archivos offer."""
    return [template.files.unclassified, *paper_titles(process, dossier)]


def offered(options: Sequence[str], rows: int) -> list[rq.Request]:
    """Requests for the drop-downs of the tab Archivos."""
    columns = [FILE_COLUMNS.index(name) for name in CHOSEN]
    return [rq.drop_down(rq.grid(FILES, FILES_FIRST_ROW, position, rows), options) for position in columns]


def chosen_titles(process: Process, template: DocumentsTemplate, dossier: Dossier) -> dict[str, list[str]]:
    """File id -> what its three drop-downs should say, of the files that stand in the workbook and are not filed yet."""
    titles = {key: title for title, key in paper_titles(process, dossier).items()}
    waiting = [file for file in dossier.files.values() if file.listed and not file.filed]
    return {file.file_id: _chosen(template, titles, file) for file in waiting}


def _chosen(template: DocumentsTemplate, titles: Mapping[str, str], file: DeliveredFile) -> list[str]:
    chosen = [titles[key] for key in file.papers if key in titles][: len(CHOSEN)] or [template.files.unclassified]
    return chosen + [""] * (len(CHOSEN) - len(chosen))


def chosen_again(row: int, titles: Sequence[str]) -> rq.Request:
    """The request that writes the drop-downs of one file."""
    return rq.write_values(FILES, row, FILE_COLUMNS.index(CHOSEN[0]), [rq.text(title) for title in titles])


def row_again(row: int, cells: Sequence[rq.Request], *, with_papers: bool) -> list[rq.Request]:
    """Requests that write the row of a file anew: all of it, or all but the papers that a person has chosen."""
    if with_papers:
        return [rq.write_rows(FILES, row, 0, [cells])]
    first, behind = FILE_COLUMNS.index(CHOSEN[0]), FILE_COLUMNS.index(CHOSEN[-1]) + 1
    return [rq.write_rows(FILES, row, 0, [cells[:first]]), rq.write_rows(FILES, row, behind, [cells[behind:]])]


def _files_formula(row: int, files_tab: str) -> str:
    """How many files serve the paper of a row (counted from 1), by the titles chosen in the tab of files."""
    title = f'IF(C{row}="",B{row},B{row}&": "&C{row})'
    letters = [rq.letter(FILE_COLUMNS.index(name)) for name in CHOSEN]
    return "=" + "+".join(f"COUNTIF({files_tab}!{letter}:{letter},{title})" for letter in letters)


def _files_tab(plan: Layout) -> list[rq.Request]:
    tab, width, colors = plan.template.files, len(FILE_COLUMNS), plan.template.colors
    look = rq.style(background=colors["section"], color=colors["section_text"], bold=True)
    heading = [rq.text("", look), *[rq.text(spec.label, look) for spec in tab.columns.values()]]
    options = file_options(plan.process, plan.template, plan.dossier)
    return [
        rq.add_tab(FILES, tab.tab, FILES_FIRST_ROW + tab.rows, width, frozen_rows=FILES_FIRST_ROW, frozen_columns=2),
        rq.write_rows(FILES, 0, 0, [_title(plan, tab.title, width), _help(plan, tab.help, width), heading]),
        rq.hide_column(FILES, 0),
        rq.height(FILES, 0, 44),
        rq.borders(rq.grid(FILES, FILES_FIRST_ROW - 1, 1, tab.rows + 1, width - 1), colors["line"]),
        *[rq.width(FILES, FILE_COLUMNS.index(name), spec.width) for name, spec in tab.columns.items()],
        *offered(options, tab.rows),
    ]


def _protections(plan: Layout, robot: str, group: str) -> list[rq.Request]:
    fields = rq.grid(PAPERS, FIELDS_ROW, column(VALUE_COLUMN), len(plan.fields))
    papers = rq.grid(PAPERS, plan.first_row, column("state"), len(plan.slots), column("expires") - column("state") + 1)
    files = rq.grid(FILES, FILES_FIRST_ROW, FILE_COLUMNS.index("paper_1"), plan.template.files.rows, 3)
    found = [rq.protect(100 + n, block, "expedientes", [robot], [group]) for n, block in enumerate((fields, papers, files))]
    found.append(rq.protect_rest(98, PAPERS, [fields, papers], "rest", [robot]))
    found.append(rq.protect_rest(99, FILES, [files], "rest", [robot]))
    return found


def file_rows(
    process: Process, template: DocumentsTemplate, dossier: Dossier, files: Sequence[DeliveredFile]
) -> list[list[rq.Request]]:
    """Rows of the tab Archivos for files that have come in: name with its link, who, when, what it seems to be."""
    titles = {key: title for title, key in paper_titles(process, dossier).items()}
    zone = ZoneInfo(process.company.timezone)
    return [_file_row(process, template, titles, zone, file) for file in files]


def _file_row(
    process: Process, template: DocumentsTemplate, titles: dict[str, str], zone: ZoneInfo, file: DeliveredFile
) -> list[rq.Request]:
    person = process.company.person(file.by)
    chosen = _chosen(template, titles, file)
    notice = template.notices[f"file_{file.refused}"] if file.refused else ""
    plain = rq.lined(rq.style(color=template.colors["text"]), template.colors["line"])
    told = rq.lined(rq.style(color=template.colors["notice_text"], size=9), template.colors["line"])
    return [
        rq.text(file.file_id),
        rq.link(file_link(file.file_id), file.name, plain),
        rq.text(person.name if person else file.by, plain),
        rq.text(_local(file.at, zone), plain),
        *[rq.text(title, plain) for title in chosen],
        rq.text(notice, told),
    ]


def _local(at: datetime, zone: ZoneInfo) -> str:
    return at.astimezone(zone).strftime("%d/%m/%Y %H:%M")
