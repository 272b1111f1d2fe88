"""The workbook Ajustes: Gerencia changes people, absences, free days, periods and mails; everybody else sees what follows."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import yaml

from local.cast import Cast
from local.person import Mail, Person
from local.stack import HttpError, Stack
from local.tables import ROOT
from local.travel import Travel
from tests.firestore_emulator import absence
from tests.journey.conftest import STORES, Case

# A Monday of a week without a public holiday.
MONDAY = datetime.fromisoformat("2026-03-09T09:00:00-05:00")
DOMAIN = "blindados-demo.example.com"
ONE, TWO, HEAD = f"vendedora.uno@{DOMAIN}", f"vendedora.dos@{DOMAIN}", f"comercial.uno@{DOMAIN}"
NEW = f"encargado.tres@{DOMAIN}"
ROBOT = "expediente-work@expediente-demo.iam.gserviceaccount.com"
HEAD_ROWS = 3

_TEMPLATE: dict[str, Any] = yaml.safe_load((ROOT / "sheets_templates" / "adjustments.yaml").read_text(encoding="utf-8"))


class Book:
    """The workbook Ajustes in somebody's hands; cells are named by tab, key of the row and column."""

    def __init__(self, person: Person) -> None:
        (found,) = person.files("name contains 'Ajustes'")
        self.person, self.file_id = person, str(found["id"])

    def tab(self, tab: str) -> str:
        """What the tab is called."""
        return str(_TEMPLATE["tabs"][tab]["tab"])

    def rows(self, tab: str) -> dict[str, tuple[int, dict[str, str]]]:
        """Row and cells by key; a row without one by `+` and its number."""
        names = ["key", *_TEMPLATE["tabs"][tab]["columns"]]
        cells = [[str(cell) for cell in row] for row in self.person.tab(self.file_id, self.tab(tab))]
        found = {}
        for number, row in list(enumerate(cells))[HEAD_ROWS:]:
            if any(row):
                found[row[0] or f"+{number}"] = (number, dict(zip(names, [*row, *[""] * len(names)], strict=False)))
        return found

    def cell(self, tab: str, key: str, column: str) -> str:
        """What stands in a cell."""
        return self.rows(tab)[key][1][column]

    def write(self, tab: str, key: str, **cells: Any) -> None:
        """Type into the row of a key; '' = the first free row."""
        names = ["key", *_TEMPLATE["tabs"][tab]["columns"]]
        rows = self.rows(tab)
        number = rows[key][0] if key else 1 + max([HEAD_ROWS - 1, *(row for row, _ in rows.values())])
        typed = {(number, names.index(name)): value for name, value in cells.items()}
        self.person.type_into(self.file_id, self.tab(tab), typed)

    def change(self, *requests: dict[str, Any]) -> None:
        """What the menus of the sheet do."""
        self.person.wire.ask("POST", f"/v4/spreadsheets/{self.file_id}:batchUpdate", {"requests": list(requests)})

    def sheet_id(self, tab: str) -> int:
        """The number of a tab."""
        told = self.person.wire.ask("GET", f"/v4/spreadsheets/{self.file_id}", query={"fields": "sheets.properties"})
        return next(int(s["properties"]["sheetId"]) for s in told["sheets"] if s["properties"]["title"] == self.tab(tab))

    def delete_row(self, tab: str, key: str) -> None:
        """Delete a whole row, as people do by its number."""
        row = self.rows(tab)[key][0]
        span = {"sheetId": self.sheet_id(tab), "dimension": "ROWS", "startIndex": row, "endIndex": row + 1}
        self.change({"deleteDimension": {"range": span}})


@dataclass
class Office:
    """A company of its own with two people of Gerencia at the workbook."""

    stack: Stack
    cast: Cast
    cases: dict[str, Case]

    @property
    def book(self) -> Book:
        """As the first of Gerencia sees it."""
        return Book(self.stack.person(f"gerencia.uno@{DOMAIN}"))

    def travel(self, case_id: str) -> Travel:
        """The way of a sample case whose client wants to begin much later."""
        way = Travel(self.stack, self.cast, copy.deepcopy(self.cases[case_id]))
        way.case["orden_trabajo"]["inicio_deseado"] = "2026-07-06"
        return way

    def wait(self) -> None:
        """Two minutes: in the first it is read, in the second every door has it."""
        self.stack.look(2)

    def morning(self, day: date) -> None:
        """The morning of a day, after its digests."""
        self.stack.set_clock(datetime.combine(day, datetime.min.time(), MONDAY.tzinfo).replace(hour=8, minute=1))
        self.stack.look()

    def digests(self, address: str) -> list[Mail]:
        """The morning mails of somebody."""
        words = ("Sus clientes", "Sus pendientes", "Pendientes de otros")
        return [mail for mail in self.stack.person(address).mails() if mail.subject.startswith(words)]

    def writers(self, folder_id: str) -> set[str]:
        """Who may write into a folder by a grant of their own."""
        robot = self.stack.person(ROBOT)
        return {g["emailAddress"] for g in robot.grants(folder_id) if g["type"] == "user" and g["role"] == "writer"}


@pytest.fixture(scope="module", params=STORES)
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """A stack of its own: here people come and go."""
    if request.param == "firestore" and absence():
        pytest.skip(absence())
    log = tmp_path_factory.mktemp("adjustments") / "serve.log"
    with Stack.start(request.param, log=log, now=MONDAY.isoformat()) as stack:
        yield Office(stack, request.getfixturevalue("cast"), request.getfixturevalue("cases"))


def test_ajustes_only_gerencia_opens_it(office: Office) -> None:
    """Nobody else finds the workbook, and Gerencia itself cannot change headings or what stands for reading."""
    book = office.book
    for address in (ONE, HEAD, f"encargado.uno@{DOMAIN}", f"cumplimiento.uno@{DOMAIN}", f"seguridad.uno@{DOMAIN}"):
        other = office.stack.person(address)
        assert other.files("name contains 'Ajustes'") == []
        with pytest.raises(HttpError):
            other.tab(book.file_id, book.tab("people"))
    for tab, place in (("people", (2, 1)), ("deadlines", (3, 1)), ("mails", (3, 2)), ("guide", (3, 2))):
        with pytest.raises(HttpError):
            book.person.type_into(book.file_id, book.tab(tab), {place: "otra cosa"})


def test_ajustes_a_quiet_minute_costs_nothing_more(office: Office) -> None:
    """With nobody at the workbook the minute calls the feed and the forms; an edit is one read and, if need be, one answer."""
    office.wait()
    office.stack.clear_calls()
    office.stack.look()
    quiet = [call["method"] for call in office.stack.calls() if "pubsub" not in call["method"]]
    assert quiet and all(method in ("drive.changes.list", "forms.forms.responses.list") for method in quiet)
    office.book.write("contact", "customer_service_phone", value="+507 200-0142")
    office.stack.clear_calls()
    office.stack.look()
    told = [call["method"] for call in office.stack.calls() if call["method"].startswith("sheets.")]
    assert told == ["sheets.spreadsheets.values.batchGetByDataFilter", "sheets.spreadsheets.values.batchUpdateByDataFilter"]
    office.wait()
    assert "Versión" in office.book.cell("guide", "state", "value")


def test_ajustes_edited_paragraphs_and_contact_stand_in_the_next_mail(office: Office) -> None:
    """The next client's papers reach Servicio al Cliente with Gerencia's own words; an unknown name is refused beside its cell."""
    office.book.write("mails", "nuevo_cliente_servicio", own="Llame hoy mismo a {cliente}.\nGracias de parte de {empresa}.")
    office.book.write("mails", "bienvenida_cliente", own="Estimado {cliente}, su asesora es {vendedora}.")
    office.wait()
    notice = office.book.cell("mails", "bienvenida_cliente", "notice")
    assert notice.startswith("No se aceptó: Su texto") and "No existe {vendedora}. Puede usar: {cliente}" in notice
    assert office.book.cell("mails", "nuevo_cliente_servicio", "notice") == ""
    done = office.stack.expediente("check", "--ajustes")
    assert done.returncode == 1 and "Ajustes, Correos, renglón 4: No se aceptó" in done.stdout, done.stdout + done.stderr
    way = office.travel("C02")
    assert way.submit() and way.find()
    service = office.stack.person(office.cast.first("servicio_al_cliente"))
    (mail,) = [m for m in service.mails() if way.dossier_id in m.text]
    assert f"Llame hoy mismo a {way.case['cliente']['razon_social']}." in mail.text
    assert "Gracias de parte de Blindados Demo, S.A." in mail.text and "Gracias de parte de" in mail.html
    assert "La venta se cerró" not in mail.text + mail.html
    office.book.write("mails", "bienvenida_cliente", own="")
    office.book.write("mails", "nuevo_cliente_servicio", own="")
    office.wait()
    done = office.stack.expediente("check", "--ajustes")
    assert done.returncode == 0 and "El libro Ajustes está bien." in done.stdout, done.stdout + done.stderr


def test_r95_adding_and_removing_a_person_changes_access_within_one_run(office: Office) -> None:
    """R95: a new Encargado opens the pages and a vendedora who has left loses her folder; the same again changes nothing."""
    way = office.travel("C01")
    assert way.case["vendedora"] == ONE
    assert way.submit() and way.find()
    folder = way.delivery_folder()
    assert office.writers(folder) == {ONE}
    assert office.stack.person(NEW).open("/").status == 404
    roles = {"role_1": "Encargado de Expedientes", "substitute": "Itzel Moreno Ábrego"}
    office.book.write("people", "", address=NEW, name="Octavio Ríos Tejeira", **roles)
    office.book.write("people", TWO, substitute="")
    office.wait()
    page = office.stack.person(NEW).open("/")
    assert page.status == 200 and "Octavio Ríos Tejeira" in page.text
    assert "expedientes@" in office.book.cell("people", NEW, "groups")
    assert f"Agregue a {NEW} a expedientes@{DOMAIN}." in office.book.cell("guide", "to_do", "value")
    office.book.delete_row("people", ONE)
    office.wait()
    assert office.writers(folder) == set()
    with pytest.raises(HttpError):
        office.stack.person(ONE).file(folder)
    assert office.stack.person(ONE).open("/").status == 404
    assert f"Quite a {ONE} de ventas@{DOMAIN}." in office.book.cell("guide", "to_do", "value")
    office.stack.clear_calls()
    office.stack.expediente("sweep")
    office.wait()
    assert not [
        call for call in office.stack.calls() if ".permissions." in call["method"] and call["method"].split(".")[-1] != "list"
    ]
    office.book.write(
        "people", "", address=ONE, name="Marisol Quintero Vega", role_1="Vendedora", substitute="Yadira Batista Núñez"
    )
    office.book.write("people", TWO, substitute="Marisol Quintero Vega")
    office.wait()
    assert office.writers(folder) == {ONE}


def test_r8_an_absence_in_the_sheet_sends_the_morning_mail_to_the_substitute(office: Office) -> None:
    """R8: Gerencia writes an absence and a free day; the reminder goes to the substitute, who may open the folder, a day later."""
    way = office.travel("C14")
    assert way.case["vendedora"] == ONE or way.case.update(vendedora=ONE) is None
    way = Travel(office.stack, office.cast, way.case)
    assert way.submit() and way.find()
    today = office.stack.now().astimezone(MONDAY.tzinfo).date()
    free, there, back = today + timedelta(days=2), today + timedelta(days=3), today + timedelta(days=10)
    office.book.write("holidays", "", day=f"{free:%d/%m/%Y}", reason="Aniversario de la empresa")
    office.book.write("absences", "", person="Marisol Quintero Vega", first=f"{today:%d/%m/%Y}", last=f"{back:%d/%m/%Y}")
    office.wait()
    assert not [notice for _, row in office.book.rows("absences").values() if (notice := row["notice"])]
    assert office.writers(way.delivery_folder()) == {ONE, TWO}
    before = {address: len(office.digests(address)) for address in (ONE, TWO)}
    office.morning(free)
    assert {address: len(office.digests(address)) for address in (ONE, TWO)} == before
    office.morning(there)
    assert len(office.digests(ONE)) == before[ONE]
    mail = office.digests(TWO)[-1]
    assert way.dossier_id in mail.text and "En ausencia de Marisol Quintero Vega" in mail.text
    (key,) = office.book.rows("absences")
    office.book.delete_row("absences", key)
    office.wait()
    assert office.writers(way.delivery_folder()) == {ONE}


def test_ajustes_two_people_at_once(office: Office) -> None:
    """Both people of Gerencia type in the same minute: both changes hold, and the event names each by a reference."""
    other = Book(office.stack.person(f"gerencia.dos@{DOMAIN}"))
    office.book.write("deadlines", "confirm", days=3)
    other.write("deadlines", "closing", days=2)
    other.write("contact", "customer_service_hours", value="todos los días, de 7 a 7")
    office.book.write("deadlines", "papers_review", days="pronto")
    office.wait()
    assert [office.book.cell("deadlines", key, "notice") for key in ("confirm", "closing")] == ["", ""]
    assert "Sigue valiendo: 1." in office.book.cell("deadlines", "papers_review", "notice")
    office.book.write("deadlines", "papers_review", days=1)
    office.wait()
    assert office.book.cell("deadlines", "papers_review", "notice") == ""


def test_ajustes_a_broken_workbook_is_explained_and_restored(office: Office) -> None:
    """A deleted tab and a deleted row change nothing, are told on the first tab, and come back by «Restaurar»."""
    office.wait()
    people = office.book.rows("people")
    with pytest.raises(HttpError):
        office.book.change({"deleteSheet": {"sheetId": office.book.sheet_id("deadlines")}})
    # An administrator's tool may do what Gerencia may not.
    Book(office.stack.person(ROBOT)).change({"deleteSheet": {"sheetId": office.book.sheet_id("deadlines")}})
    office.book.write("people", ONE, name="")
    office.wait()
    told = office.book.cell("guide", "notices", "value")
    assert "Falta la pestaña Plazos" in told and "Elija Restaurar" in told
    assert "Falta el dato" in office.book.cell("people", ONE, "notice")
    version = office.stack.expediente("adjustments", "--json").stdout
    office.book.write("guide", "restore", value=_TEMPLATE["texts"]["restore_current"])
    office.wait()
    assert office.book.cell("deadlines", "confirm", "days") == "3"
    assert {key: row["name"] for key, (_, row) in office.book.rows("people").items()} == {
        key: row["name"] for key, (_, row) in people.items()
    }
    assert office.stack.expediente("adjustments", "--json").stdout == version
    office.wait()
    assert "Todo lo escrito está vigente" in office.book.cell("guide", "state", "value")


def test_ajustes_the_version_before_comes_back(office: Office) -> None:
    """«Volver a la versión anterior» undoes the last accepted change, in force and in the sheet."""
    before = office.book.cell("deadlines", "observation", "days")
    office.book.write("deadlines", "observation", days=9)
    office.wait()
    office.book.write("guide", "restore", value=_TEMPLATE["texts"]["restore_previous"])
    office.wait()
    assert office.book.cell("deadlines", "observation", "days") == before
    done = office.stack.expediente("adjustments", "--restore", "--previous")
    assert done.returncode == 0 and "quedó escrito otra vez" in done.stdout
    assert office.book.cell("deadlines", "observation", "days") == "9"
