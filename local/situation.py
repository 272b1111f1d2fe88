"""Where each client of the living company stands, read as its people would read it: the register, Documentos, the control sheet, mails."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from local.cast import Cast
from local.company import Company
from local.person import Person
from local.stack import Stack
from local.stories import Resident
from local.tables import ROOT, process_table
from local.way import Way

MONTHS = [
    "enero",
    "febrero",
    "marzo",
    "abril",
    "mayo",
    "junio",
    "julio",
    "agosto",
    "septiembre",
    "octubre",
    "noviembre",
    "diciembre",
]
_DUE = re.compile(r"a más tardar el (?P<day>\w+ (?P<number>\d+) de (?P<month>\w+))")
_WAITING, _GOOD, _BAD, _QUIET = "warn", "good", "bad", ""


@dataclass(frozen=True)
class Link:
    """A page to be opened as somebody. path: of the desk, or of the signed pages where `signed` is set."""

    label: str
    person: str
    path: str
    signed: bool = False


@dataclass(frozen=True)
class Situation:
    """One client as a newcomer reads it. tone: good, warn, bad or ''; notes: text and tone each; since: day, None while unknown."""

    client: str
    dossier_id: str = ""
    state: str = ""
    tone: str = _QUIET
    turn: str = ""
    since: date | None = None
    notes: Sequence[tuple[str, str]] = ()
    links: Sequence[Link] = ()


@dataclass
class Lookout:
    """Reads the situations of a company."""

    stack: Stack
    cast: Cast
    _register_id: str = ""
    _columns: dict[str, str] = field(default_factory=dict)

    def all(self, company: Company) -> list[Situation]:
        """Every client whose form has come in, the one that needs most first."""
        rows = self._register()
        found = [self.of(one, rows) for one in company.residents.values() if one.submitted_at is not None]
        order = {"bad": 0, "warn": 1, "": 2, "good": 3}
        return sorted(found, key=lambda one: (order[one.tone], one.since or date.max))

    def of(self, resident: Resident, rows: dict[str, dict[str, str]]) -> Situation:
        """One client."""
        way = resident.way
        row = rows.get(way.dossier_id)
        if not way.dossier_id:
            return self._refused(resident)
        if row is None:
            since = resident.submitted_at.astimezone(self._zone).date() if resident.submitted_at else None
            return Situation(resident.name, way.dossier_id, "Recién recibido", _QUIET, "", since, (), self._links(way, {}))
        areas = way.area_states()
        notes = self._area_notes(way, areas) if areas else self._paper_notes(way, row["code"])
        state, turn = row["state"], row["turn"]
        parents, parent = self.cast.access["parents"], way.parent_name()
        is_active, is_over = parent == parents["active"]["name"], parent == parents["archived"]["name"]
        return Situation(
            client=resident.name,
            dossier_id=way.dossier_id,
            state=state,
            tone=_GOOD if is_active else _QUIET if is_over else _worst(notes),
            turn=turn,
            since=_day(row["since"]),
            notes=() if is_active or is_over else notes,
            links=self._links(way, {} if is_over else areas),
        )

    @property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(process_table("company")["timezone"])

    def _register(self) -> dict[str, dict[str, str]]:
        """The rows of the register, by dossier."""
        keeper = self.stack.person(self.cast.first("expedientes"))
        if not self._register_id:
            template = register_table()
            book = template["workbooks"]["expedientes"]
            (found,) = keeper.files(f"name = '{book['file_name']}'")
            self._register_id = found["id"]
            self._columns = {key: template["columns"][key]["label"] for key in book["columns"]}
            self._tab = str(template["tab"])
        rows = keeper.tab(self._register_id, self._tab)
        heading = next((number for number, row in enumerate(rows) if row[:1] == [self._columns["dossier"]]), None)
        if heading is None:
            return {}
        keys = list(self._columns)
        return {row[0]: dict(zip(keys, [*map(str, row), *[""] * len(keys)], strict=False)) for row in rows[heading + 1 :] if row}

    _tab: str = ""

    def _refused(self, resident: Resident) -> Situation:
        """A form that opened nothing: whose turn it is stands in the vendedora's mail."""
        seller = resident.way.vendedora
        mails = [mail for mail in seller.mails() if mail_about(mail.text, resident)]
        told = mails[-1] if mails else None
        since = resident.submitted_at.astimezone(self._zone).date() if resident.submitted_at else None
        link = Link("Correo de corrección", seller.address, f"/desk/mail/t/{told.thread_id}") if told else None
        return Situation(
            client=resident.name,
            state="Formulario por corregir",
            tone=_WAITING,
            turn=self.cast.roles["vendedora"]["label"],
            since=since,
            notes=(("Todavía no hay expediente", _QUIET),),
            links=(link,) if link else (),
        )

    def _paper_notes(self, way: Way, code: str) -> list[tuple[str, str]]:
        states = self.cast.documents_sheet["states"]
        rows = way.paper_rows()
        returned = [row["paper"] for row in rows if row["state"] == states["returned"]]
        absent = [row for row in rows if str(row["files"]) in ("", "0")]
        verified = [row for row in rows if row["state"] == states["verified"]]
        notes = [(f"{len(verified)} de {len(rows)} papeles verificados", _GOOD if len(verified) == len(rows) else _QUIET)]
        if absent and len(absent) < len(rows):
            one = len(absent) == 1
            notes.append((f"Falta{'' if one else 'n'} {len(absent)}", _WAITING))
        if len(verified) == len(rows) and not code:
            notes.append((f"Falta: {self._columns['code']}", _WAITING))
        return notes + [(f"Devuelto: {paper}", _BAD) for paper in returned]

    def _area_notes(self, way: Way, areas: dict[str, str]) -> list[tuple[str, str]]:
        texts, notes = self.cast.control_sheet["texts"], []
        done = [self.cast.areas[area]["label"] for area, state in areas.items() if state == texts["state_done"]]
        if done:
            notes.append((f"Confirmado: {', '.join(done)}", _GOOD))
        for area, state in areas.items():
            label = self.cast.areas[area]["label"]
            if state == texts["state_observed"]:
                notes.append((f"{label}: observado. «{self._reason(way, area)}»", _BAD))
            elif state not in (texts["state_done"], texts["not_applicable"]):
                due = self._overdue(way, self.stack.person(self.cast.first(area)))
                notes.append((f"{label}: venció el {due}", _BAD) if due else (f"{label}: pendiente", _WAITING))
        if all(tone == _GOOD for _, tone in notes):
            notes.append(("Falta la firma del cierre", _WAITING))
        return notes

    def _reason(self, way: Way, area: str) -> str:
        """What the area wrote under Observado."""
        rows, columns = way.control_rows(way.control_sheet(), way.encargado)
        row = next(row for row in rows if row and row[0] == "reason")
        return str(row[columns[area]]) if len(row) > columns[area] else ""

    def _overdue(self, way: Way, person: Person) -> str:
        """The day that the area's mail named, if it has passed."""
        today = self.stack.now().astimezone(self._zone).date()
        for mail in reversed(person.mails(f"in:inbox {way.dossier_id}")):
            found = _DUE.search(mail.text)
            if found and "/spreadsheets/" in mail.text:
                due = date(today.year, MONTHS.index(found["month"]) + 1, int(found["number"]))
                return found["day"] if due < today else ""
        return ""

    def _links(self, way: Way, areas: dict[str, str]) -> list[Link]:
        keeper, links = way.encargado.address, []
        if way.root_id:
            links.append(Link("Carpeta", keeper, f"/desk/drive/folder/{way.root_id}"))
        if areas:
            done = (self.cast.control_sheet["texts"]["state_done"], self.cast.control_sheet["texts"]["not_applicable"])
            waiting = next((self.cast.first(area) for area, state in areas.items() if state not in done), keeper)
            links.append(Link("Hoja de control", waiting, f"/desk/sheet/{way.control_sheet()}"))
        return links


def register_table() -> dict[str, Any]:
    """register.yaml, as plain YAML."""
    table: dict[str, Any] = yaml.safe_load((ROOT / "sheets_templates" / "register.yaml").read_text(encoding="utf-8"))
    return table


def mail_about(text: str, resident: Resident) -> bool:
    """Whether a mail's text speaks of a client."""
    return resident.name in text


def _day(text: str) -> date | None:
    try:
        return datetime.strptime(text, "%d/%m/%Y").date()  # noqa: DTZ007 - a day of the register bears no zone
    except ValueError:
        return None


def _worst(notes: Sequence[tuple[str, str]]) -> str:
    tones = {tone for _, tone in notes}
    return _BAD if _BAD in tones else _WAITING if _WAITING in tones else _QUIET
