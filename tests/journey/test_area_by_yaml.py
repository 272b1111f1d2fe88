"""A new area is a block of YAML, its people and their group: column, mail, access and its place in the closing follow by themselves."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from expediente import activate, process
from expediente.model import State
from tests.harness import ENCARGADO, Stack, cases
from tests.local_workspace import Workspace
from tests.unit.process_copy import changed
from tests.unit.test_new_area import AREA

DOMAIN = "blindados-demo.example.com"
TREASURER = f"empleado.sin.rol@{DOMAIN}"
GROUP = f"tesoreria@{DOMAIN}"
CASE = cases()["C02"]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A company with an area more than the sample one, its client handed over to the areas."""
    workspace = Workspace.start()
    admin = f"administrador@{DOMAIN}"
    workspace.request(admin, "POST", "/admin/directory/v1/groups", {"email": GROUP, "name": "Tesorería"})
    workspace.request(admin, "POST", f"/admin/directory/v1/groups/{GROUP}/members", {"email": TREASURER, "role": "MEMBER"})
    workspace.request(
        admin, "POST", f"/admin/directory/v1/groups/areas.control@{DOMAIN}/members", {"email": GROUP, "role": "MEMBER"}
    )
    tables = changed(
        tmp_path_factory.mktemp("tables"), "process/areas.yaml", "# Roles sin columna en la hoja de control.\n", AREA
    )
    person = f"people:\n  {TREASURER}: {{name: Camilo Herrera Tuñón, roles: [tesoreria]}}\n"
    changed(tables, "process/company.yaml", "people:\n", person)
    made = Stack(workspace, tmp_path_factory.mktemp("store"))
    made.app.__dict__["process"] = process.load(tables)
    made.set_up()
    made.hand_over(CASE, "DEN-000777")
    yield made
    workspace.stop()


def column(stack: Stack) -> list[object]:
    """The new area's column as its person sees it, from the heading down."""
    book = stack.dossier(CASE).file_id("control_sheet/create")
    rows = stack.workspace.rows(TREASURER, book, "Control")
    heading = next(number for number, row in enumerate(rows) if "Tesorería" in row)
    place = rows[heading].index("Tesorería")
    return [row[place] if len(row) > place else "" for row in rows[heading:]]


def test_the_new_area_gets_a_column_with_boxes(stack: Stack) -> None:
    """Its person opens the sheet and finds the common boxes and its own, all unticked."""
    assert sum(cell is False for cell in column(stack)) == 3 + 1  # its three marks and «Observado»


def test_the_new_area_gets_its_one_mail(stack: Stack) -> None:
    """The mail tells its duty and leads to the sheet."""
    found = [read.data for read in stack.app.store.query("outbox_of_dossier", equals=stack.dossier(CASE).dossier_id)]
    (mail,) = [mail for mail in found if mail["to"] == [GROUP]]
    assert mail["state"] == "sent"
    assert "Abra la cuenta de custodia del cliente." in mail["text"]
    assert stack.dossier(CASE).file_id("control_sheet/create") in mail["text"]


def test_the_service_waits_for_the_new_area(stack: Stack) -> None:
    """With all the others confirmed the closing is refused; with the new area's boxes ticked it is taken."""
    stack.inspect(CASE)
    stack.live()
    for area in [key for key in stack.areas(CASE) if key != "tesoreria"]:
        stack.tick(CASE, area)
        stack.live()
        stack.sign_area(CASE, area)
        stack.live()
    missing = activate.missing_for_activation(stack.app.process, stack.dossier(CASE))
    assert {item.key.split("/")[0] for item in missing} == {"tesoreria"}
    stack.close(CASE)
    stack.live()
    assert stack.dossier(CASE).state is State.CONFIRMING
    _tick_as_treasurer(stack)
    stack.live()
    stack.sign_area(CASE, "tesoreria", TREASURER)
    stack.live()
    stack.close(CASE)
    stack.live()
    assert stack.dossier(CASE).state is State.ACTIVE
    assert stack.dossier(CASE).marks["tesoreria/custodia_abierta"].person == TREASURER


def test_another_person_cannot_tick_the_new_areas_column(stack: Stack) -> None:
    """Google refuses even the Encargado: the column is protected for the new area alone."""
    book = stack.dossier(CASE).file_id("control_sheet/create")
    protections = stack.app.google.sheets.structure(book).tabs[0].protected
    (theirs,) = [protection for protection in protections if protection.description == "area:tesoreria"]
    assert theirs.groups == (GROUP,) and ENCARGADO not in theirs.users


def _tick_as_treasurer(stack: Stack) -> None:
    book = stack.dossier(CASE).file_id("control_sheet/create")
    cells = {}
    for number, row in enumerate(stack.workspace.rows(TREASURER, book, "Control"), 1):
        is_box = len(row) > 6 and row[6] is False and str(row[0]).startswith("mark:")
        if is_box:
            cells[f"Control!G{number}"] = True
    stack.workspace.type_in(TREASURER, book, cells)
