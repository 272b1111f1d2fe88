"""Charts on the desk: drawn from their own specification over the cells that they speak of."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Opener
from tests.browser.desk_kit import BOT, SPREADSHEET, Scene, make

ROWS = [["Mes", "Activados"], ["enero", 4], ["febrero", 8], ["marzo", 0]]


def _source(first_column: int) -> dict[str, Any]:
    block = {
        "sheetId": 0,
        "startRowIndex": 0,
        "endRowIndex": 4,
        "startColumnIndex": first_column,
        "endColumnIndex": first_column + 1,
    }
    return {"sourceRange": {"sources": [block]}}


def _with_chart(scene: Scene, kind: str) -> str:
    """A spreadsheet with three months and a chart of a kind beside them."""
    emulator = scene.emulator
    file_id = make(emulator.service("drive", "v3", BOT), f"Gráfico {kind}", scene.dossier, mime_type=SPREADSHEET)
    sheets = emulator.service("sheets", "v4", BOT).spreadsheets()
    gid = sheets.get(spreadsheetId=file_id).execute()["sheets"][0]["properties"]["sheetId"]
    sheets.values().update(spreadsheetId=file_id, range="A1", valueInputOption="RAW", body={"values": ROWS}).execute()
    names, values = _source(0), _source(1)
    for one in (names, values):
        one["sourceRange"]["sources"][0]["sheetId"] = gid
    axis = "BOTTOM_AXIS" if kind == "BAR" else "LEFT_AXIS"
    basic = {
        "chartType": kind,
        "headerCount": 1,
        "domains": [{"domain": names}],
        "series": [{"series": values, "targetAxis": axis}],
    }
    place = {"anchorCell": {"sheetId": gid, "rowIndex": 1, "columnIndex": 3}, "widthPixels": 400, "heightPixels": 240}
    chart = {"spec": {"title": "Activados por mes", "basicChart": basic}, "position": {"overlayPosition": place}}
    sheets.batchUpdate(spreadsheetId=file_id, body={"requests": [{"addChart": {"chart": chart}}]}).execute()
    return file_id


@pytest.mark.parametrize(("kind", "side"), [("COLUMN", "height"), ("BAR", "width")])
def test_a_chart_is_drawn_to_scale_beside_its_cells(open_as: Opener, scene: Scene, kind: str, side: str) -> None:
    """Twice the number is twice the bar, nothing is no bar; the drawing begins at its cell and can be read out."""
    page = open_as("operaciones.uno", f"/desk/sheet/{_with_chart(scene, kind)}")
    chart = page.locator(".chart svg")
    expect(chart).to_have_attribute("aria-label", "Activados por mes. enero: 4; febrero: 8; marzo: 0")
    sizes = [float(bar.get_attribute(side) or 0) for bar in chart.locator("rect").all()]
    assert len(sizes) == 3 and sizes[2] == 0
    assert sizes[1] == pytest.approx(2 * sizes[0], abs=0.2) and sizes[0] > 20
    box, cell = page.locator(".chart").bounding_box(), page.locator("#c-D2").bounding_box()
    assert box and cell and (box["width"], box["height"]) == (400, 240)
    assert abs(box["x"] - cell["x"]) < 3 and abs(box["y"] - cell["y"]) < 3


def test_a_kind_that_is_not_drawn_is_named(open_as: Opener, scene: Scene) -> None:
    """An area chart shows its title and says that the desk does not draw it."""
    page = open_as("operaciones.uno", f"/desk/sheet/{_with_chart(scene, 'AREA')}")
    expect(page.locator(".chart")).to_contain_text("Activados por mes")
    expect(page.locator(".chart")).to_contain_text("El escritorio no dibuja este tipo de gráfico")
