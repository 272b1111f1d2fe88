"""Every role tries everything on a dossier, each person through the client's wire as herself; the outcome is the declared table.

The table is `tests/data/roles.yaml`; `docs/roles.md` is written from what was tried when EXPEDIENTE_TEST_WRITE_ROLES is set, and equals it.
"""

from __future__ import annotations

import copy
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from local.cast import Cast
from local.person import Person
from local.stack import HttpError, Stack
from local.travel import Travel
from tests.guards.reading import table
from tests.journey.conftest import BEGIN, Case
from tests.journey.ways import hand_over, open_dossier

ROBOT = "expediente-work@expediente-demo.iam.gserviceaccount.com"
ROOT = Path(__file__).resolve().parents[2]
PLACES = ("root", "delivery", "legal", "service", "security", "sheets", "compliance")
# Letter -> what was tried, in the words of the page.
LETTERS = {"L": "leer", "E": "agregar un archivo", "M": "mover", "B": "borrar", "C": "compartir (se deshace y se avisa)"}
PAGE = ROOT / "docs" / "roles.md"
TABLE = ROOT / "tests" / "data" / "roles.yaml"
OTHERS = {
    "vendedora": "Vendedora del expediente (ya entregó los papeles)",
    "otra_vendedora": "Vendedora de otro cliente",
    "empleado": "Empleado sin función en el proceso",
    "exempleado": "Quien ya no trabaja en la empresa",
    "ajeno": "Persona ajena a la empresa",
    "cliente": "El cliente",
}
HEADS = {
    "root": "Carpeta del expediente",
    "libro_documentos": "Libro Documentos",
    "hoja_control": "Hoja de control",
    "casillas": "Casillas",
    "expediente": "Página del expediente",
    "cierre": "Cierre",
    "cumplimiento": "Cumplimiento",
}
ACTS: dict[str, Any] = table("process/acts.yaml")["acts"]
WAIVABLE = [key for key, rule in table("process/documents.yaml")["documents"].items() if rule.get("waivable")]
SHARED = {"supportsAllDrives": "true"}
PDF = b"%PDF-1.4\n% prueba\n%%EOF\n"

Matrix = dict[str, dict[str, str]]


class Trial:
    """A dossier whose areas are asked, and a file of the robot's in each of its folders on which everybody tries."""

    def __init__(self, stack: Stack, way: Travel) -> None:
        self.stack, self.way, self.cast = stack, way, way.cast
        self.robot = stack.person(ROBOT)
        keeper = stack.person(way.cast.first("cumplimiento"))
        self.folders = {"root": way.root_id, "compliance": way.compliance_folder(keeper)}
        self.folders |= {key: way.folder(key, self.robot) for key in PLACES if key not in self.folders}
        self.files = {key: self._target(folder) for key, folder in self.folders.items()}
        self.book, self.sheet = way.workbook(), way.control_sheet(self.robot)
        # Of the papers one that may be waived stands for all.
        self.papers = [f"/{row['key']}" for row in way.paper_rows() if row["key"] in WAIVABLE]
        self.stranger = next(a for a, row in self.cast.people.items() if "cartera" in row["roles"])

    def _target(self, folder: str) -> str:
        return self.robot.upload(folder, "Prueba de accesos.pdf", "application/pdf", PDF)

    # --- who -------------------------------------------------------------------------------------------------------------------

    def people(self) -> Iterator[tuple[str, list[str]]]:
        """Row of the table, and the persons who try as it."""
        domain = self.way.vendedora.address.partition("@")[2]
        for key in (*self.cast.areas, *self.cast.roles):
            if key != "vendedora":
                yield key, [address for address, row in self.cast.people.items() if key in row["roles"]][:2]
        sellers = [address for address, row in self.cast.people.items() if "vendedora" in row["roles"]]
        yield "vendedora", [self.way.vendedora.address]
        yield "otra_vendedora", [address for address in sellers if address != self.way.vendedora.address]
        yield "empleado", [f"empleado.sin.rol@{domain}"]
        yield "exempleado", [f"exempleado@{domain}"]
        yield "ajeno", ["persona@correo.example.org"]
        yield "cliente", [str(self.way.case["cliente"]["correo"])]

    # --- what ------------------------------------------------------------------------------------------------------------------

    def folder(self, person: Person, place: str) -> str:
        """The letters of what Google lets a person do in a folder and with the file in it; what was spoilt is made again."""
        folder, file_id = self.folders[place], self.files[place]
        path = f"/drive/v3/files/{file_id}"
        tried = ""
        tried += "L" if _may(lambda: person.file(file_id)) else ""
        tried += "E" if _may(lambda: person.upload(folder, "Intento.pdf", "application/pdf", PDF)) else ""
        other = self.folders["sheets" if place != "sheets" else "root"]
        moved = {**SHARED, "addParents": other, "removeParents": folder}
        if _may(lambda: person.wire.ask("PATCH", path, {}, query=moved)):
            tried += "M"
            self.robot.wire.ask("PATCH", path, {}, query={**SHARED, "addParents": folder, "removeParents": other})
        if _may(lambda: person.wire.ask("PATCH", path, {"trashed": True}, query=SHARED)):
            tried += "B"
            self.robot.wire.ask("PATCH", path, {"trashed": False}, query=SHARED)
        if self.share(person, file_id):
            tried += "C"
            held = next(grant["id"] for grant in self.robot.grants(file_id) if grant["emailAddress"] == self.stranger)
            self.robot.wire.ask("DELETE", f"{path}/permissions/{held}", query=SHARED)
        return tried

    def share(self, person: Person, file_id: str) -> bool:
        """A person gives a stranger of the company a file, as with the button Compartir."""
        body = {"type": "user", "role": "reader", "emailAddress": self.stranger}
        path, query = f"/drive/v3/files/{file_id}/permissions", {**SHARED, "sendNotificationEmail": "false"}
        return _may(lambda: person.wire.ask("POST", path, body, query))

    def workbook(self, person: Person, file_id: str, tab: str) -> str:
        """Reading a workbook, and typing into a cell of it that nobody needs."""
        return ("L" if _may(lambda: person.tab(file_id, tab)) else "") + (
            "E" if _may(lambda: person.type_into(file_id, tab, {(190, 1): "intento"})) else ""
        )

    def ticks(self, person: Person, own: str) -> str:
        """P = ticks a box of the own column, O = of the column of another area."""
        rows, columns = self.way.control_rows(self.sheet, self.robot)
        tab, tried = self.cast.control_sheet["tab"], set[str]()
        for number, row in enumerate(rows):
            if str(row[:1]).startswith("['mark:"):
                for area, column in columns.items():
                    if len(row) > column and isinstance(row[column], bool):
                        cell = {(number, column): "TRUE" if row[column] else "FALSE"}
                        if _may(lambda cell=cell: person.type_into(self.sheet, tab, cell)):  # type: ignore[misc]
                            tried.add("P" if area == own else "O")
        return "".join(sorted(tried, reverse=True))

    def pages(self, person: Person) -> dict[str, str]:
        """Which signed-in pages open."""
        key = self.way.dossier_id
        paths = {"expediente": f"/expediente/{key}", "cierre": f"/cierre/{key}", "cumplimiento": f"/cumplimiento/{key}"}
        paths |= {f"confirmar_{area}": f"/confirmar/{key}/{area}" for area in self.cast.areas}
        found = {name: "abre" if person.open(path).status == 200 else "" for name, path in paths.items()}
        return found | {f"acto_{act}": self.act(person, act) for act in ACTS}

    def act(self, person: Person, act: str) -> str:
        """Whether the page of an act opens, on the dossier or on anything that it is about."""
        subjects = ("", *(f"/{point['codigo']}" for point in self.way.case["orden_trabajo"]["puntos"]), *self.papers)
        path = f"/acto/{self.way.dossier_id}/{act}"
        return "abre" if any(person.open(path + subject).status == 200 for subject in subjects) else ""


def _may(action: Callable[[], Any]) -> bool:
    """Whether Google lets it happen; anything but a refusal of its own is a fault of the trial."""
    try:
        action()
    except HttpError as error:
        assert error.status in (400, 401, 403, 404), error
        return False
    return True


@pytest.fixture(scope="module")
def trial(tmp_path_factory: pytest.TempPathFactory, cast: Cast, cases: dict[str, Case]) -> Iterator[Trial]:
    """A client with change and processing, so that all four areas are asked."""
    with Stack.start("sqlite", log=tmp_path_factory.mktemp("roles") / "serve.log", now=BEGIN) as started:
        way = Travel(started, cast, copy.deepcopy(cases["C05"]))
        open_dossier(way)
        hand_over(way, "DEN-000888")
        started.advance(600)
        yield Trial(started, way)


@pytest.fixture(scope="module")
def tried(trial: Trial) -> Matrix:
    """Row -> column -> outcome. Both persons of a row must come to the same."""
    matrix: Matrix = {}
    documents, control = trial.cast.documents_sheet["papers"]["tab"], trial.cast.control_sheet["tab"]
    for row, addresses in trial.people():
        outcomes = []
        for address in addresses:
            person = trial.stack.person(address)
            found = {place: trial.folder(person, place) for place in PLACES}
            found["libro_documentos"] = trial.workbook(person, trial.book, documents)
            found["hoja_control"] = trial.workbook(person, trial.sheet, control)
            found["casillas"] = trial.ticks(person, row)
            outcomes.append({**found, **trial.pages(person)})
        assert all(one == outcomes[0] for one in outcomes), (row, outcomes)
        matrix[row] = outcomes[0]
    return matrix


def test_r10_every_role_may_do_what_the_table_says_and_nothing_else(trial: Trial, tried: Matrix) -> None:
    """Each role by each folder, workbook, column and page: what Google and the pages let happen is the declared table."""
    if os.environ.get("EXPEDIENTE_TEST_WRITE_ROLES"):
        TABLE.write_text(yaml.safe_dump(tried, allow_unicode=True, sort_keys=False), encoding="utf-8")
        PAGE.write_text(_page(trial.cast, tried), encoding="utf-8")
    declared = yaml.safe_load(TABLE.read_text(encoding="utf-8"))
    different = {
        (row, column): (said, tried[row][column])
        for row in declared
        for column, said in declared[row].items()
        if tried[row][column] != said
    }
    assert set(tried) == set(declared) and not different
    assert PAGE.read_text(encoding="utf-8") == _page(trial.cast, tried)


def test_r10_an_act_opens_for_those_whom_the_table_names_and_for_nobody_else(tried: Matrix) -> None:
    """Every act opens for every role that `acts.yaml` names (its page says whether it can be done now), and for no other."""
    opened = {act: {row for row in tried if tried[row][f"acto_{act}"]} for act in ACTS}
    named = {act: {who.partition(":")[2] for who in rule["who"]} for act, rule in ACTS.items()}
    assert opened == {act: rows & set(tried) for act, rows in named.items()}


def test_r10_what_google_lets_a_writer_share_is_undone_and_told(trial: Trial, tried: Matrix) -> None:
    """A minute after papers were shared by hand, the stranger reads none of them, and Expedientes and Gerencia have been told."""
    stranger, sharers = (
        trial.stack.person(trial.stranger),
        {"legal": "expedientes", "security": "seguridad", "sheets": "expedientes"},
    )
    assert all("C" in tried[role][place] for place, role in sharers.items())
    trial.stack.look()
    for place, role in sharers.items():
        assert trial.share(trial.stack.person(trial.cast.first(role)), trial.files[place])
        assert _may(lambda place=place: stranger.file(trial.files[place]))  # type: ignore[misc]
    trial.stack.look(2)
    assert not [place for place in sharers if _may(lambda place=place: stranger.file(trial.files[place]))]  # type: ignore[misc]
    _night_undoes_what_cumplimiento_shared(trial)
    for role in ("expedientes", "gerencia"):
        mails = [mail.text for mail in trial.way.mails_of(trial.stack.person(trial.cast.first(role)))]
        told = [text for text in mails if "corregimos accesos" in text]
        assert sum(text.count(trial.stranger) for text in told) == len(sharers)


def _night_undoes_what_cumplimiento_shared(trial: Trial) -> None:
    """The feed of Cumplimiento's drive is not followed; its own people alone are told."""
    stranger, file_id = trial.stack.person(trial.stranger), trial.files["compliance"]
    keeper = trial.stack.person(trial.cast.first("cumplimiento"))
    assert trial.share(keeper, file_id) and _may(lambda: stranger.file(file_id))
    trial.stack.publish("tick", {"job": "nightly"})
    trial.stack.settle()
    assert not _may(lambda: stranger.file(file_id))
    assert [mail for mail in trial.way.mails_of(keeper) if "corregimos accesos" in mail.text and trial.stranger in mail.text]


def test_r11_sala_reads_no_shareholders_cedula(trial: Trial) -> None:
    """The identity card of a shareholder is there, and neither person of Sala finds it: 403 or 404."""
    legal = trial.folders["legal"]
    cards = [item["id"] for item in trial.robot.children(legal) if "accionista" in item["name"].lower()]
    assert cards
    for address in [a for a, row in trial.cast.people.items() if "sala_procesamiento" in row["roles"]]:
        for card in cards:
            with pytest.raises(HttpError) as refused:
                trial.stack.person(address).file(card)
            assert refused.value.status in (403, 404)


# --- the page ------------------------------------------------------------------------------------------------------------------


def _page(cast: Cast, matrix: Matrix) -> str:
    folders = [*PLACES, "libro_documentos", "hoja_control", "casillas"]
    columns = [name for name in next(iter(matrix.values())) if name not in folders]
    pages = [name for name in columns if not name.startswith("acto_")]
    # Turned round: there are more acts than roles.
    acts = {act: [row for row in matrix if matrix[row][f"acto_{act}"]] for act in ACTS}
    names = {key: str(row["label"]) for key, row in {**cast.areas, **cast.roles}.items()} | OTHERS
    heads = {key: str(row["name"]) for key, row in cast.access["folders"].items()} | HEADS
    heads |= {f"confirmar_{area}": f"Confirmar: {names[area]}" for area in cast.areas}
    legend = " · ".join(f"{letter} = {said}" for letter, said in LETTERS.items())
    lines = [
        "# Qué puede hacer cada rol",
        "",
        "Se escribe con lo que dos personas de cada rol intentaron de verdad sobre un expediente en confirmación.",
        "La comprueba `tests/journey/test_roles.py` contra `tests/data/roles.yaml`; no se corrige a mano.",
        "",
        f"{legend} · P = marcar su columna · O = marcar la columna de otra área · - = rechazado.",
        "Compartir (C) lo permite Google a quien escribe: el sistema lo ve en el aviso de cambios, lo deshace y lo dice a Expedientes y Gerencia.",
        "En la carpeta de Cumplimiento lo ve la revisión de la noche, y lo sabe solo Cumplimiento.",
        "",
        f"| Rol | {' | '.join(heads[name] for name in folders)} |",
        "|" + "---|" * (len(folders) + 1),
        *(f"| {names[row]} | {' | '.join(cells[name] or '-' for name in folders)} |" for row, cells in matrix.items()),
        "",
        "## Páginas firmadas",
        "",
        f"| Rol | {' | '.join(heads[name] for name in pages)} |",
        "|" + "---|" * (len(pages) + 1),
        *(f"| {names[row]} | {' | '.join(cells[name] or '-' for name in pages)} |" for row, cells in matrix.items()),
        "",
        "## Actos firmados",
        "",
        "La página de cada acto se abrió para estos roles, y para nadie más; ella dice si el acto puede hacerse ahora.",
        "",
        "| Acto | Se abrió para |",
        "|---|---|",
        *(f"| {ACTS[act]['label']} | {', '.join(names[row] for row in rows)} |" for act, rows in acts.items()),
    ]
    return "\n".join(lines) + "\n"
