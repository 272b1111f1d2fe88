"""Typing into a sheet as a person, and the grid that is drawn for people."""

from __future__ import annotations

from typing import Any

import pytest

from emulator.kernel import ApiError, World
from emulator.server import Workspace
from emulator.sheets.values import rendered, set_cell
from tests.conformance.drive_kit import BOT, address
from tests.conformance.sheets_kit import EDGAR, PERSON_OF_SEGURIDAD, SEGURIDAD
from tests.conformance.test_sheets_batch import control_sheet

MIME = "application/vnd.google-apps.spreadsheet"


@pytest.fixture(name="world")
def company() -> World:
    """A Workspace in this process, without its front."""
    from emulator.seed import plant

    world = Workspace().world
    if not world.directory.people:
        plant(world)
    return world


def call(world: World, method: str, actor: str, path: dict[str, str], body: dict[str, Any]) -> Any:
    """One handler, called directly."""
    from emulator.kernel import HANDLERS, Call

    return HANDLERS[method](Call(method, actor, None, path, {}, body, None, world))


@pytest.fixture(name="sheet_id")
def control(world: World) -> str:
    """A control sheet of a person, written by two areas."""
    from emulator.drive.files import create_file
    from emulator.drive.model import FILES, Permission, files, permission_id

    owner = address("encargado.uno")
    file = create_file(world, owner, name="Control", mime_type=MIME, parents=None)
    for who in (EDGAR, PERSON_OF_SEGURIDAD, BOT):
        grant = Permission(permission_id("user", who), "user", "writer", who)
        files(world)[file.id].grants[grant.id] = grant
    world.table(FILES)[file.id] = files(world)[file.id]
    call(world, "sheets.spreadsheets.batchUpdate", BOT, {"spreadsheetId": file.id}, {"requests": control_sheet()})
    return file.id


def cell(world: World, sheet_id: str, row: int, column: int) -> Any:
    """One cell as drawn."""
    return rendered(world, sheet_id)["sheets"][0]["rows"][row][column]


def test_tick_toggles_and_turns_green(world: World, sheet_id: str) -> None:
    """A space toggles a checkbox, words set it, and the conditional format shows."""
    assert cell(world, sheet_id, 4, 2)["kind"] == "checkbox"
    for typed, value in ((" ", True), (" ", False), ("VERDADERO", True), ("", False), ("TRUE", True)):
        set_cell(world, sheet_id, "Control", "C5", typed, PERSON_OF_SEGURIDAD)
        assert cell(world, sheet_id, 4, 2)["value"] is value
    assert cell(world, sheet_id, 4, 2)["background"] == "#ccefcc"


def test_strict_rules_hold_for_people(world: World, sheet_id: str) -> None:
    """Nonsense in a checkbox or a drop-down is refused in Spanish, a listed value is taken."""
    for a1, typed in (("D5", "quizás"), ("D5", "12")):
        with pytest.raises(ApiError) as caught:
            set_cell(world, sheet_id, "Control", a1, typed, PERSON_OF_SEGURIDAD)
        assert caught.value.reason == "validation" and a1 in caught.value.message


def test_protected_cells_hold_for_people(world: World, sheet_id: str) -> None:
    """Another area is refused, and the grid says who may."""
    with pytest.raises(ApiError) as caught:
        set_cell(world, sheet_id, "Control", "C5", " ", EDGAR)
    assert (caught.value.code, caught.value.reason) == (400, "protected")
    assert cell(world, sheet_id, 4, 2)["editable_by"] == [BOT, SEGURIDAD]
    assert cell(world, sheet_id, 4, 3)["editable_by"] is None
    assert cell(world, sheet_id, 4, 6)["editable_by"] == [BOT]
    set_cell(world, sheet_id, "Control", "G5", "Aprobado", address("encargado.uno"))
    assert cell(world, sheet_id, 4, 6)["text"] == "Aprobado"


def test_drawn_drop_down_and_sizes(world: World, sheet_id: str) -> None:
    """Options, frozen rows and widths are there to draw from."""
    page = rendered(world, sheet_id)["sheets"][0]
    assert (page["frozen_rows"], page["frozen_columns"], page["column_widths"][0]) == (3, 1, 100)
    assert page["rows"][3][6]["kind"] == "dropdown" and page["rows"][3][6]["options"] == ["Pendiente", "Aprobado"]
    assert page["rows"][0][0]["text"] == "=literal" and page["rows"][0][1]["text"] == "FALSO"
