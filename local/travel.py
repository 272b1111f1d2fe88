"""A client's way, walked by people: the vendedora answers and delivers, Expedientes verifies, Cumplimiento decides, the areas tick, Expedientes closes.

Every act goes through a door that its person has: the form, Drive, Sheets, a mail's link, a page. Nothing here looks into the store.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from local.cases import Case, answers_for, load_definition
from local.cast import Cast
from local.person import FOLDER, SPREADSHEET, Mail, Person
from local.stack import Stack
from local.tables import ROOT
from local.wire import HttpError

Json = dict[str, Any]

_KEYS, _LABELS = 0, 1
_FOLDER_LINK = re.compile(r"/folders/([\w-]+)")
_MIMES = {"pdf": "application/pdf", "jpg": "image/jpeg", "png": "image/png", "exe": "application/x-msdownload"}


class TravelError(Exception):
    """A person could not do what the case says; the sentence says what was looked for and what was found. Spanish."""


@dataclass(frozen=True)
class Delivery:
    """One paper that a case delivers. kind: key of documents.yaml; person: whose it is, '' for the client's own."""

    kind: str
    person: str
    file: str

    @property
    def mime(self) -> str:
        """Its type, by its ending."""
        return _MIMES.get(self.file.rpartition(".")[2].lower(), "application/octet-stream")

    @property
    def content(self) -> bytes:
        """A small file that is what its name says."""
        if self.mime != "application/pdf":
            return b"MZ\x90\x00 archivo de prueba" if self.mime == _MIMES["exe"] else b"\xff\xd8\xff archivo de prueba"
        return f"%PDF-1.4\n% Ficticio: {self.file}\n%%EOF\n".encode()


class Travel:
    """One dossier's way. case: as in sample_cases.yaml."""

    def __init__(self, stack: Stack, cast: Cast, case: Case) -> None:
        self.stack, self.cast, self.case = stack, cast, case
        self.vendedora = stack.person(case["vendedora"])
        self.encargado = stack.person(cast.first("expedientes"))
        self.response_id = ""
        self.dossier_id = ""
        self.root_id = ""
        self.signers: list[tuple[str, str]] = []

    @property
    def papers(self) -> list[Delivery]:
        """What the case delivers."""
        return [Delivery(d["tipo"], d.get("persona", ""), d["archivo"]) for d in self.case["documentos"]]

    # --- intake ----------------------------------------------------------------------------------------------------------------

    def submit(self, case: Case | None = None, response_id: str = "") -> str:
        """The vendedora answers the form; gives the response's id."""
        answers = answers_for(case or self.case, load_definition(ROOT))
        given = self.stack.submit("intake", self.vendedora.address, answers, response_id)
        self.stack.settle()
        self.response_id = self.response_id or given
        return given

    def find(self) -> str:
        """The dossier that the response has opened, '' when it opened none.

        A watch tells of responses at most every 30 seconds; one that came right after another is found by the next minute's look.
        """
        if not self.stack.knows(self.response_id):
            self.stack.look()
        status = self.stack.status(self.response_id)
        self.dossier_id = status["dossier"]
        if self.dossier_id:
            self.root_id = status["folder"].rpartition("/")[2]
        return self.dossier_id

    def mails_of(self, person: Person) -> list[Mail]:
        """What a person has received about this dossier, oldest first."""
        return [mail for mail in person.mails() if self.dossier_id in mail.text or self.dossier_id in mail.subject]

    def delivery_folder(self) -> str:
        """Where the vendedora's receipt leads."""
        for mail in self.mails_of(self.vendedora):
            for folder_id in _FOLDER_LINK.findall(mail.text):
                if self._is_named(folder_id, self.cast.folder_name("delivery")):
                    return str(folder_id)
        raise TravelError("el recibo de la vendedora no lleva a la carpeta de entrega")

    def _is_named(self, folder_id: str, name: str) -> bool:
        try:
            return bool(self.vendedora.file(folder_id)["name"] == name)
        except HttpError:
            return False

    def folder(self, key: str, person: Person | None = None) -> str:
        """A folder of the dossier, as a person finds it. :raises TravelError: that person does not see it."""
        name = self.cast.folder_name(key)
        found = (person or self.encargado).folder(self.root_id, name)
        if not found:
            raise TravelError(f"{(person or self.encargado).address} no ve la carpeta {name}")
        return found

    # --- papers ----------------------------------------------------------------------------------------------------------------

    def deliver(self, papers: Iterable[Delivery] | None = None) -> None:
        """The vendedora puts the papers into the delivery folder."""
        folder = self.delivery_folder()
        for one in self.papers if papers is None else papers:
            self.vendedora.upload(folder, one.file, one.mime, one.content)
        self.stack.look()

    def workbook(self) -> str:
        """The workbook Documentos, as Expedientes finds it."""
        legal = self.folder("legal")
        found = [item["id"] for item in self.encargado.children(legal) if item["mimeType"] == SPREADSHEET]
        if not found:
            raise TravelError("no está el libro Documentos")
        return str(found[0])

    def paper_rows(self) -> list[Json]:
        """The list of papers as it stands: key, paper, about, files, state, notice and row number."""
        template = self.cast.documents_sheet
        labels = {name: column["label"] for name, column in template["papers"]["columns"].items()}
        rows = self.encargado.tab(self.workbook(), template["papers"]["tab"])
        heading = next(row for row in rows if len(row) > _LABELS and row[_LABELS] == labels["paper"])
        where = {name: heading.index(label) for name, label in labels.items()}
        return [
            {"key": row[_KEYS].removeprefix("paper:"), "row": number, **{n: _cell(row, c) for n, c in where.items()}}
            for number, row in enumerate(rows)
            if _cell(row, _KEYS).startswith("paper:")
        ]

    def classify(self, more: Mapping[str, Delivery] | None = None) -> None:
        """Expedientes says which paper each unclassified file is, choosing from the list as anyone would. more: files by their name."""
        template, book = self.cast.documents_sheet["files"], self.workbook()
        titles = {(row["paper"], row["about"]): _title(row) for row in self.paper_rows()}
        rows = self.encargado.tab(book, template["tab"])
        column = next(
            row.index(template["columns"]["paper_1"]["label"]) for row in rows if template["columns"]["paper_1"]["label"] in row
        )
        by_file = {one.file: one for one in self.papers} | dict(more or {})
        cells = {}
        for number, row in enumerate(rows):
            one = by_file.get(_cell(row, 1))
            wanted = self._title_of(one, titles) if one else ""
            if wanted and _cell(row, column) != wanted:
                cells[number, column] = wanted
        if cells:
            self.encargado.type_into(book, template["tab"], cells)

    def _title_of(self, one: Delivery, titles: Mapping[tuple[str, str], str]) -> str:
        label = self.cast.papers.get(one.kind, {}).get("label", "")
        rows = [(about, title) for (paper, about), title in titles.items() if paper == label]
        exact = [title for about, title in rows if one.person and about == one.person]
        return exact[0] if exact else rows[0][1] if len(rows) == 1 else ""

    def verify(self, keys: Sequence[str] | None = None) -> None:
        """Expedientes sets papers that have a file to Verificado; all of them when none are named."""
        self._set_states({row["key"]: {"state": self._state("verified")} for row in self.paper_rows() if self._wants(row, keys)})

    def _wants(self, row: Json, keys: Sequence[str] | None) -> bool:
        return (row["key"] in keys) if keys is not None else str(row["files"]) not in ("", "0")

    def return_paper(self, key: str, reason: str, detail: str = "") -> None:
        """Expedientes returns a paper with its reason."""
        self._set_states({key: {"state": self._state("returned"), "reason": reason, "detail": detail}})

    def _state(self, key: str) -> str:
        return str(self.cast.documents_sheet["states"][key])

    def _set_states(self, changes: Mapping[str, Mapping[str, str]]) -> None:
        template, book = self.cast.documents_sheet["papers"], self.workbook()
        rows = self.encargado.tab(book, template["tab"])
        columns = {name: self._column(rows, column["label"]) for name, column in template["columns"].items()}
        numbers = {_cell(row, _KEYS): number for number, row in enumerate(rows)}
        cells = {
            (numbers[f"paper:{key}"], columns[name]): value for key, change in changes.items() for name, value in change.items()
        }
        if cells:
            self.encargado.type_into(book, template["tab"], cells)
        self.stack.look()

    @staticmethod
    def _column(rows: Sequence[Sequence[Any]], label: str) -> int:
        return next(list(row).index(label) for row in rows if label in row)

    def acknowledge(self, code: str, location: str = "Archivo 2, gaveta 4") -> None:
        """Expedientes gives the Denarius code and the place of the paper file, and says that it has received it."""
        template, book = self.cast.documents_sheet["papers"], self.workbook()
        rows = self.encargado.tab(book, template["tab"])
        numbers = {_cell(row, _KEYS): number for number, row in enumerate(rows)}
        column = self._column(rows, template["columns"]["state"]["label"])
        said = {"denarius_code": code, "physical_location": location, "acknowledged": "TRUE"}
        cells = {(numbers[f"field:{key}"], column): value for key, value in said.items()}
        self.encargado.type_into(book, template["tab"], cells)
        self.stack.look()

    # --- Cumplimiento ----------------------------------------------------------------------------------------------------------

    def pass_review(self, decision: str = "passed") -> None:
        """Cumplimiento files the evidence of a clean search and decides on its page. :raises TravelError: the page lets nobody decide."""
        person = self.stack.person(self.cast.first("cumplimiento"))
        person.upload(self.compliance_folder(person), "Lista Clinton sin coincidencias.pdf", _MIMES["pdf"], b"%PDF-1.4\n%%EOF\n")
        self.stack.look()
        self.sign_page(person, f"/cumplimiento/{self.dossier_id}", {"decision": decision})

    def compliance_folder(self, person: Person) -> str:
        """The dossier's folder in the drive of Cumplimiento. :raises TravelError: this person sees none."""
        for item in person.children(person.drive_id(self.cast.access["drives"]["compliance"]["name"])):
            if item["mimeType"] == FOLDER and self.dossier_id in item["name"]:
                return str(item["id"])
        raise TravelError("Cumplimiento no tiene carpeta de este expediente")

    def sign_page(self, person: Person, path: str, choices: Mapping[str, str] | None = None) -> None:
        """Sign a page of ours, or one that a mail leads to. :raises TravelError: the page lets this person not sign, or refuses."""
        page = person.open(path)
        forms = [form for form in page.forms if "token" in form.fields]
        if page.status != 200 or not forms:
            raise TravelError(f"{path} no se puede firmar como {person.address}: {page.status} {page.text[:300]}")
        answer = person.send(page, forms[0], choices)
        if answer.status >= 400:
            raise TravelError(f"{path} no aceptó la firma: {answer.status} {answer.text[:300]}")
        self.stack.settle()

    # --- areas -----------------------------------------------------------------------------------------------------------------

    def control_sheet(self, person: Person | None = None) -> str:
        """The control sheet, as a person finds it; '' while there is none."""
        begins = self.cast.control_sheet["file_name"].partition("{")[0]
        found = [item["id"] for item in self.sheets(person) if item["name"].startswith(begins)]
        return str(found[0]) if found else ""

    def sheets_folder(self, person: Person | None = None) -> str:
        """The folder of the dossier's sheets, as a person finds it; '' while there is none."""
        return (person or self.encargado).folder(self.root_id, self.cast.folder_name("sheets")) if self.root_id else ""

    def sheets(self, person: Person | None = None) -> list[Json]:
        """The spreadsheets in that folder."""
        folder = self.sheets_folder(person)
        children = (person or self.encargado).children(folder) if folder else []
        return [item for item in children if item["mimeType"] == SPREADSHEET]

    def inspect(self, points: Sequence[str] | None = None) -> None:
        """Seguridad puts the report of each point into its folder."""
        person = self.stack.person(self.cast.first("seguridad"))
        folder = self.folder("security", person)
        for point in self.case["orden_trabajo"]["puntos"]:
            if points is None or point["codigo"] in points:
                name = f"Inspección de seguridad {point['codigo']} {point['nombre']}.pdf"
                person.upload(folder, name, _MIMES["pdf"], f"%PDF-1.4\n% {name}\n%%EOF\n".encode())
        self.stack.look()

    def sheet_link(self, area: str, person: Person) -> str:
        """The sheet that the area's mail leads to. :raises TravelError: its mail has no link."""
        for mail in self.mails_of(person):
            found = re.search(r"/spreadsheets/d/([\w-]+)", mail.text)
            # A digest names several clients; the notice bears the dossier in its subject.
            if found and self.dossier_id in mail.subject:
                return found.group(1)
        raise TravelError(f"el aviso de {area} no lleva a la hoja de control")

    def control_rows(self, sheet_id: str, person: Person) -> tuple[list[list[Any]], dict[str, int]]:
        """The sheet's cells with raw values, and the column of each area by its heading."""
        rows = person.tab(sheet_id, self.cast.control_sheet["tab"], "UNFORMATTED_VALUE")
        heading = next(row for row in rows if _cell(row, _KEYS) == "areas")
        labels = {row["label"]: key for key, row in self.cast.areas.items()}
        return rows, {labels[label]: number for number, label in enumerate(heading) if label in labels}

    def confirm(self, area: str, address: str = "") -> None:
        """A person of the area ticks all its boxes and chooses her name; what the product asks to be signed, she signs."""
        person = self.stack.person(address or self.cast.first(area))
        sheet_id = self.sheet_link(area, person)
        self.assign(person)
        self.tick(area, person, sheet_id)
        self.stack.look()
        if self._asks_signature(person):
            self.sign_page(person, f"/confirmar/{self.dossier_id}/{area}")
            self.stack.look()
        self.signers.append((area, person.address))

    def assign(self, person: Person, points: Sequence[str] | None = None) -> None:
        """Classify each point and name its resources, where the product asks that of this person."""
        order = self.case["orden_trabajo"]
        special = order.get("servicio_especial") or {}
        for point in order["puntos"]:
            if points is None or point["codigo"] in points:
                said = {"classification": "especial" if special else "estandar", "resources": "RUTA-12", "crew": "TRIP-04"}
                said |= {"vehicles": "UNI-12", "equipment": "\n".join(special.get("equipo", ()))}
                self.act(person, "asignar_recursos", point["codigo"], said)

    def act(self, person: Person, act: str, subject: str, said: Mapping[str, str]) -> bool:
        """Sign an act where its page offers it to this person, and whether it did. said: name of the field -> text."""
        page = person.open(f"/acto/{self.dossier_id}/{act}" + (f"/{subject}" if subject else ""))
        forms = [form for form in page.forms if "token" in form.fields]
        if page.status != 200 or not forms:
            return False
        answer = person.send(page, forms[0], {f"f_{name}": text for name, text in said.items()})
        if answer.status >= 400:
            raise TravelError(f"{act} no aceptó lo firmado: {answer.status} {answer.text[:300]}")
        self.stack.settle()
        return True

    def tick(self, area: str, person: Person, sheet_id: str, only: Sequence[str] | None = None) -> None:
        """Tick the boxes of an area's column (all, or those of the given row keys) and choose the name under Confirma."""
        rows, columns = self.control_rows(sheet_id, person)
        column = columns[area]
        cells: dict[tuple[int, int], Any] = {
            (number, column): "TRUE"
            for number, row in enumerate(rows)
            if _cell(row, _KEYS).startswith("mark:")
            and len(row) > column
            and row[column] is False
            and (only is None or _cell(row, _KEYS).removeprefix("mark:") in only)
        }
        confirms = next(number for number, row in enumerate(rows) if _cell(row, _KEYS) == "confirms")
        cells[confirms, column] = self.cast.name(person.address)
        person.type_into(sheet_id, self.cast.control_sheet["tab"], cells)

    def observe(self, area: str, reason: str) -> None:
        """A person of the area marks Observado and writes why; with an empty reason she takes it back."""
        person = self.stack.person(self.cast.first(area))
        sheet_id = self.sheet_link(area, person)
        rows, columns = self.control_rows(sheet_id, person)
        numbers = {_cell(row, _KEYS): number for number, row in enumerate(rows)}
        said = {"observed": "TRUE" if reason else "FALSE", "reason": reason}
        cells = {(numbers[key], columns[area]): value for key, value in said.items()}
        person.type_into(sheet_id, self.cast.control_sheet["tab"], cells)
        self.stack.look()

    def sign(self, area: str, boxes: Sequence[str], address: str = "") -> None:
        """A person of the area confirms boxes (`mark` or `mark/P01`) on the page that its mail leads to, without touching the sheet."""
        person = self.stack.person(address or self.cast.first(area))
        self.sign_page(person, f"/confirmar/{self.dossier_id}/{area}", {f"f_{area}/{box}": "si" for box in boxes})
        self.stack.look()

    def ticks(self, area: str) -> dict[str, bool]:
        """Which boxes of the area (`mark` or `mark/P01`) the sheet shows as ticked, read by a person of the area."""
        person = self.stack.person(self.cast.first(area))
        rows, columns = self.control_rows(self.sheet_link(area, person), person)
        keys = [(row, _cell(row, _KEYS).removeprefix("mark:")) for row in rows if _cell(row, _KEYS).startswith("mark:")]
        column = columns[area]
        return {key: row[column] for row, key in keys if len(row) > column and isinstance(row[column], bool)}

    def _asks_signature(self, person: Person) -> bool:
        return any(f"/confirmar/{self.dossier_id}/" in mail.text for mail in self.mails_of(person))

    # --- closing ---------------------------------------------------------------------------------------------------------------

    def close(self) -> None:
        """Expedientes signs the closing. :raises TravelError: the page does not offer it."""
        self.sign_page(self.encargado, f"/cierre/{self.dossier_id}")
        self.stack.look()
        self.signers.append(("expedientes", self.encargado.address))

    def sign_act(self, person: Person, act: str, subject: str, choices: Mapping[str, str]) -> None:
        """A person signs an act on its page, with what she fills in. :raises TravelError: the page does not offer it."""
        self.sign_page(person, f"/acto/{self.dossier_id}/{act}/{subject}", choices)
        self.stack.look()

    # --- what people see -------------------------------------------------------------------------------------------------------

    def parent_name(self) -> str:
        """In which folder of the state the dossier lies, as Expedientes sees it."""
        (parent,) = self.encargado.file(self.root_id)["parents"]
        return str(self.encargado.file(parent)["name"])

    def area_states(self) -> dict[str, str]:
        """What the control sheet says of each area, by its key; {} while there is no sheet."""
        sheet_id = self.control_sheet()
        if not sheet_id:
            return {}
        rows = self.encargado.tab(sheet_id, self.cast.control_sheet["tab"])
        heading = next(row for row in rows if _cell(row, _KEYS) == "areas")
        states = next(row for row in rows if _cell(row, _KEYS) == "state")
        labels = {row["label"]: key for key, row in self.cast.areas.items()}
        return {labels[label]: _cell(states, number) for number, label in enumerate(heading) if label in labels}


def kind_of(row: Json) -> str:
    """Which paper of documents.yaml a row of the list is."""
    found = re.match(r"[a-z_]+", row["key"])
    return found[0] if found else ""


def _cell(row: Sequence[Any], column: int) -> str:
    return str(row[column]) if column < len(row) else ""


def _title(row: Json) -> str:
    return f"{row['paper']}: {row['about']}" if row["about"] else str(row["paper"])
