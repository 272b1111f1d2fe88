"""Two people, two browsers, one control sheet: what one ticks the other sees, and each keeps to the own column."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.desk_kit import BOT, Scene

Opener = Callable[..., Page]
WIDTHS = pytest.mark.parametrize("width", [1280, 360])
SEEN_WITHIN_MS = 2000


def ticked(scene: Scene, area: str) -> object:
    """What a range of the control sheet holds."""
    sheets = scene.emulator.service("sheets", "v4", BOT).spreadsheets().values()
    return sheets.get(spreadsheetId=scene.sheet, range=area, valueRenderOption="UNFORMATTED_VALUE").execute().get("values")


@pytest.fixture
def pair(open_as: Opener, scene: Scene, width: int) -> tuple[Page, Page]:
    """Seguridad (column D) and Operaciones (column C), both looking at the control sheet."""
    path = f"/desk/sheet/{scene.sheet}"
    return open_as("seguridad.uno", path, width), open_as("operaciones.uno", path, width)


@WIDTHS
def test_each_sees_the_tick_of_the_other_within_two_seconds(pair: tuple[Page, Page], scene: Scene) -> None:
    """Both directions: the tick and what the formulas make of it arrive without anybody asking for it."""
    for (one, other), cell, state in ((pair, "D5", "D3"), (pair[::-1], "C6", "C3")):
        one.locator(f"#c-{cell} input").click()
        began = time.monotonic()
        expect(other.locator(f"#c-{cell} input")).to_be_checked(timeout=SEEN_WITHIN_MS)
        assert time.monotonic() - began < SEEN_WITHIN_MS / 1000
        expect(other.locator(f"#c-{state}")).to_contain_text("Pendiente: 2")
    assert ticked(scene, "C5:D6") == [[False, True], [True, False]]


@WIDTHS
def test_each_is_refused_outside_the_own_column(pair: tuple[Page, Page], scene: Scene) -> None:
    """Both directions: the dialog names the cell and who writes there, and nothing is ticked for anybody."""
    for page, cell, owner in ((pair[0], "C5", "Operaciones"), (pair[1], "D5", "Seguridad")):
        page.locator(f"#c-{cell} input").click()
        dialog = page.get_by_role("dialog")
        expect(dialog).to_contain_text("Celda protegida")
        expect(dialog).to_contain_text(f"En {cell} escribe: {owner}.")
        page.keyboard.press("Escape")
        expect(dialog).to_be_hidden()
        expect(page.locator(f"#c-{cell} input")).not_to_be_checked()
    assert ticked(scene, "C5:D5") == [[False, False]]


@pytest.mark.parametrize("width", [1280])
def test_each_sees_that_the_other_is_here_and_where(pair: tuple[Page, Page]) -> None:
    """A round picture says who else looks, a frame in its colour where that person's hand rests; both go when the page closes."""
    seguridad, operaciones = pair
    operaciones.locator("#c-C9").click()
    expect(seguridad.get_by_label("Édgar Villarreal Cedeño está aquí")).to_be_visible(timeout=4000)
    expect(seguridad.locator("#c-C9.who")).to_be_visible()
    expect(operaciones.get_by_label("Ovidio Arrocha Delgado está aquí")).to_be_visible()
    operaciones.close()
    expect(seguridad.get_by_label("Édgar Villarreal Cedeño está aquí")).to_be_hidden(timeout=12_000)


@pytest.mark.parametrize("width", [360])
def test_finger_hits_the_cell_and_ticks(pair: tuple[Page, Page], scene: Scene) -> None:
    """On a phone the whole cell is the target, and it is at least 44 pixels high."""
    cell = pair[0].locator("#c-D6")
    cell.scroll_into_view_if_needed()
    size = cell.bounding_box()
    assert size is not None
    assert size["height"] >= 44
    cell.click(position={"x": 8, "y": 8})
    expect(pair[0].locator("#c-D6 input")).to_be_checked()
    assert ticked(scene, "D6") == [[True]]
