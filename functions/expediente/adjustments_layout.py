"""The workbook Ajustes laid out: one batch that makes every tab from the values in force and throws the former tabs away. No I/O.

First building and restoring are the same batch, so a tab that was deleted, moved or filled with anything comes back whole.
Each generation of tabs has ids of its own; what is read is found by the metadata of its columns.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from expediente import adjustments
from expediente import sheet_requests as rq
from expediente.adjustments import Adjustments, Values
from expediente.adjustments_cells import HEAD_ROWS, INPUTS, KEY, NOTICE, lookups
from expediente.adjustments_people import HEADS, ROLES
from expediente.google.sheets import Tab
from expediente.process import Process
from expediente.templates import AdjustmentsTemplate, AdjustmentTab

_IDS_OF_TAB, _IDS_OF_GENERATION = 100, 1000
_HEAD_HEIGHT = 40
# Rows of the first tab besides its topics, in their order; the system fills their values.
GUIDE_ROWS = ("state", "notices", "to_do", "restore")


@dataclass(frozen=True)
class Plan:
    """What the workbook is made of. process: of the tables alone; robot: our address."""

    process: Process
    template: AdjustmentsTemplate
    values: Values
    robot: str


@dataclass(frozen=True)
class Content:
    """The rows of one tab below its heading. keys: of the hidden column; rows: cells of the others, by name of column."""

    keys: tuple[str, ...]
    rows: tuple[dict[str, rq.Request], ...]


def requests(plan: Plan, former: Sequence[Tab]) -> list[rq.Request]:
    """Make all tabs anew. former: the tabs that are there; their names are taken over."""
    generation = 1 + max((tab.sheet_id // _IDS_OF_GENERATION for tab in former), default=0)
    template = plan.template
    aside = [_rename(tab.sheet_id, f"~{tab.sheet_id}") for tab in former]
    ids = {key: generation * _IDS_OF_GENERATION + number for number, key in enumerate(template.tabs)}
    made = [request for key, sheet in ids.items() for request in _tab(plan, key, sheet, ids)]
    gone = [{"deleteSheet": {"sheetId": tab.sheet_id}} for tab in former]
    return [rq.locale(template.locale, plan.process.company.timezone), *aside, *made, *gone]


def _rename(sheet: int, title: str) -> rq.Request:
    return {"updateSheetProperties": {"properties": {"sheetId": sheet, "title": title}, "fields": "title"}}


def columns_of(spec: AdjustmentTab) -> tuple[str, ...]:
    """Columns of a tab from left to right, the hidden one first."""
    return (KEY, *spec.columns)


def _tab(plan: Plan, key: str, sheet: int, ids: dict[str, int]) -> Iterator[rq.Request]:
    spec, colors = plan.template.tabs[key], plan.template.colors
    names, content = columns_of(spec), _content(plan, key)
    many = spec.rows or len(content.rows)
    yield rq.add_tab(sheet, spec.tab, HEAD_ROWS + many + (0 if not spec.rows else 20), len(names), HEAD_ROWS, 2)
    yield rq.write_rows(sheet, 0, 0, _head(plan, spec))
    looks = {name: _look(plan, key, name) for name in names}
    yield from (rq.dress(rq.grid(sheet, HEAD_ROWS, n, many), looks[name]) for n, name in enumerate(names))
    rows = [
        [rq.text(name, looks[KEY]), *(cells[column] for column in spec.columns)]
        for name, cells in zip(content.keys, content.rows, strict=True)
    ]
    if rows:
        yield rq.write_rows(sheet, HEAD_ROWS, 0, rows)
    yield rq.hide_column(sheet, 0)
    yield rq.height(sheet, 0, _HEAD_HEIGHT)
    yield from (rq.width(sheet, n, spec.columns[name].width) for n, name in enumerate(names) if name != KEY)
    yield rq.borders(rq.grid(sheet, HEAD_ROWS - 1, 1, many + 1, len(names) - 1), colors["line"])
    yield from _inputs(plan, key, sheet, ids, many)
    yield from _protections(plan, key, sheet, many)
    read = [name for tab, name in lookups() if tab == key]
    yield from (
        rq.mark_column(sheet * _IDS_OF_TAB + names.index(name), sheet, names.index(name), f"{key}.{name}") for name in read
    )


def _head(plan: Plan, spec: AdjustmentTab) -> list[list[rq.Request]]:
    colors, names = plan.template.colors, columns_of(spec)
    title = rq.style(background=colors["title"], color=colors["title_text"], bold=True, size=14, wrap=False)
    help_look = rq.style(background=colors["section"], color=colors["section_text"], wrap=False)
    head = rq.style(background=colors["section"], color=colors["section_text"], bold=True)
    rest = len(names) - 2
    return [
        [rq.text("", title), rq.text(spec.title, title), *[rq.text("", title)] * rest],
        [rq.text("", help_look), rq.text(spec.help, help_look), *[rq.text("", help_look)] * rest],
        [rq.text(KEY, head), *[rq.text(column.label, head) for column in spec.columns.values()]],
    ]


_DATES = {"first", "last", "day"}
_NUMBERS = {"days"}


def _look(plan: Plan, tab: str, name: str) -> rq.Request:
    """A cell's look; what people type is plain text, so that nothing they write becomes a formula or a number."""
    colors, mine = plan.template.colors, name in INPUTS[tab] and tab != "guide"
    look = rq.style(background=colors["input" if mine else "fixed"], color=colors["text"], bold=name == "label", valign="TOP")
    if name in _DATES:
        return {**look, "numberFormat": {"type": "DATE", "pattern": "dd/mm/yyyy"}, "horizontalAlignment": "LEFT"}
    if name in _NUMBERS:
        return {**look, "horizontalAlignment": "LEFT"}
    return {**look, "numberFormat": {"type": "TEXT"}}


# --- contents ------------------------------------------------------------------------------------------------------------------


def _content(plan: Plan, tab: str) -> Content:
    make = {
        "guide": _guide,
        "contact": _contact,
        "people": _people,
        "absences": _absences,
        "holidays": _holidays,
        "deadlines": _deadlines,
        "mails": _mails,
    }[tab]
    names = plan.template.tabs[tab].columns
    found = list(make(plan))
    looks = {name: _look(plan, tab, name) for name in names}
    filled = tuple({name: _cell(cells.get(name, ""), looks[name]) for name in names} for _, cells in found)
    return Content(tuple(key for key, _ in found), filled)


def _cell(value: object, look: rq.Request) -> rq.Request:
    from datetime import date

    if isinstance(value, date):
        return rq.date_cell(value, look)
    if isinstance(value, int):
        return {"userEnteredValue": {"numberValue": value}, "userEnteredFormat": look}
    return rq.text(str(value), look)


_Rows = Iterator[tuple[str, dict[str, object]]]


def _guide(plan: Plan) -> _Rows:
    for key, topic in plan.template.guide.items():
        yield f"topic:{key}", {"label": topic.label, "value": topic.text}
    for key in GUIDE_ROWS:
        yield key, {"label": plan.template.texts[key], "value": ""}
    yield "restore_help", {"label": "", "value": plan.template.texts["restore_help"]}


def _contact(plan: Plan) -> _Rows:
    for key, spec in plan.template.contact.items():
        yield key, {"label": spec.label, "value": plan.values.contact.get(key, ""), "explains": spec.explains}


def _people(plan: Plan) -> _Rows:
    labels = {item.key: item.label for item in (*plan.process.areas, *plan.process.roles)}
    names = {person.address: person.name for person in plan.values.people}
    for person in plan.values.people:
        roles = [labels.get(role, "") for role in person.roles]
        heads = [labels.get(role, "") for role in person.head_of]
        yield (
            person.address,
            {
                "address": person.address,
                "name": person.name,
                **dict(zip(ROLES, roles, strict=False)),
                "substitute": names.get(person.substitute, ""),
                **dict(zip(HEADS, heads, strict=False)),
                "groups": adjustments.groups_text(plan.process, person),
            },
        )


def _absences(plan: Plan) -> _Rows:
    names = {person.address: person.name for person in plan.values.people}
    for absence in plan.values.absences:
        name = names.get(absence.address, absence.address)
        yield absence.key, {"person": name, "first": absence.first, "last": absence.last}


def _holidays(plan: Plan) -> _Rows:
    for free in plan.values.holidays:
        yield free.day.isoformat(), {"day": free.day, "reason": free.reason}


def _deadlines(plan: Plan) -> _Rows:
    for key, label in adjustments.deadline_labels(plan.process, plan.template).items():
        period = plan.values.deadlines[key]
        yield key, {"label": label, "days": period.days, "reminders": ", ".join(map(str, period.reminders))}


def _mails(plan: Plan) -> _Rows:
    for key, mail in plan.template.mails.items():
        if key in plan.process.mails:
            names = "\n".join("{" + name + "}" for name in mail.names)
            own = plan.values.mails.get(key, "")
            yield key, {"label": mail.label, "original": original(plan.process, plan.template, key), "own": own, "names": names}


_BLOCK = re.compile(r"\{%-?\s*block more\s*-?%\}(.*?)\{%-?\s*endblock", re.DOTALL)


def original(process: Process, template: AdjustmentsTemplate, key: str) -> str:
    """The paragraphs of a mail's template with our names for its data; '' when they depend on the case and cannot be replaced."""
    folder = process.folder / "process" / "mails" / process.mails[key].template
    block = _BLOCK.search((folder / "body.txt").read_text(encoding="utf-8"))
    text = block[1].strip() if block else ""
    for name, expression in template.placeholders.items():
        text = text.replace(expression, "{" + name + "}")
    return "" if "{{" in text or "{%" in text else text


# --- what may be typed where ---------------------------------------------------------------------------------------------------


def _inputs(plan: Plan, key: str, sheet: int, ids: dict[str, int], many: int) -> Iterator[rq.Request]:
    spec, texts, names = plan.template.tabs[key], plan.template.texts, columns_of(plan.template.tabs[key])

    def block(name: str) -> rq.Request:
        return rq.grid(sheet, HEAD_ROWS, names.index(name), many)

    roles = [item.label for item in (*plan.process.areas, *plan.process.roles)]
    yield from (rq.drop_down(block(name), roles) for name in names if name in (*ROLES, *HEADS))
    yield from (rq.dates(block(name), texts["date_hint"]) for name in names if name in _DATES)
    people = plan.template.tabs["people"]
    column = rq.letter(columns_of(people).index("name"))
    listed = f"='{people.tab}'!${column}${HEAD_ROWS + 1}:${column}${HEAD_ROWS + people.rows}"
    yield from (rq.choose_from(block(name), listed) for name in names if name in ("substitute", "person"))
    if key == "guide":
        row = HEAD_ROWS + len(plan.template.guide) + GUIDE_ROWS.index("restore")
        options = [texts["restore_current"], texts["restore_previous"]]
        place = rq.grid(sheet, row, names.index("value"))
        yield rq.drop_down(place, options)
        yield rq.dress(place, {**_look(plan, key, "value"), **rq.style(background=plan.template.colors["input"], bold=True)})
    if NOTICE in spec.columns:
        yield from _colours(plan, sheet, names, many)


def _colours(plan: Plan, sheet: int, names: tuple[str, ...], many: int) -> Iterator[rq.Request]:
    """A refused row is red with its notice, a hint is yellow; a rule added later is looked at first."""
    colors, refused = plan.template.colors, plan.template.texts["refused"].rstrip()
    cell = f"${rq.letter(names.index(NOTICE))}{HEAD_ROWS + 1}"
    whole = rq.grid(sheet, HEAD_ROWS, 1, many, len(names) - 1)
    notice = rq.grid(sheet, HEAD_ROWS, names.index(NOTICE), many)
    yield rq.color_when([notice], f'={cell}<>""', colors["hint"])
    yield rq.color_when([whole], f'=LEFT({cell},{len(refused)})="{refused}"', colors["refused"])


def _protections(plan: Plan, key: str, sheet: int, many: int) -> Iterator[rq.Request]:
    """Lists let rows come and go below their heading; elsewhere only the cells to be filled are free."""
    spec, names = plan.template.tabs[key], columns_of(plan.template.tabs[key])
    if spec.rows:
        yield rq.protect(sheet * _IDS_OF_TAB, rq.grid(sheet, 0, 0, HEAD_ROWS, len(names)), spec.tab, [plan.robot], [])
        return
    free = [rq.grid(sheet, HEAD_ROWS, names.index(name), many) for name in INPUTS[key]]
    if key == "guide":
        row = HEAD_ROWS + len(plan.template.guide) + GUIDE_ROWS.index("restore")
        free = [rq.grid(sheet, row, names.index("value"))]
    yield rq.protect_rest(sheet * _IDS_OF_TAB, sheet, free, spec.tab, [plan.robot])


def guide_values(template: AdjustmentsTemplate, record: Adjustments | None, refused: int, general: Sequence[str], at: str) -> dict[str, str]:  # fmt: skip
    """What the system writes into the first tab, by row."""
    texts, version = template.texts, record.version if record else 0
    state = texts["state_bad" if refused else "state_good"].format(count=refused, version=version, at=at)
    to_do = record.to_do if record else ()
    return {
        "state": state,
        "notices": "\n".join(general) or texts["nothing"],
        "to_do": "\n".join(to_do) or texts["nothing"],
        "restore": "",
    }


__all__ = ["Plan", "columns_of", "guide_values", "original", "requests"]
