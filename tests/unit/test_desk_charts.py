"""The desk's drawings of charts that somebody has left half made."""

from __future__ import annotations

from typing import Any

import pytest

from emulator.desk import charts
from emulator.sheets.model import Sheet

KINDS = pytest.mark.parametrize("kind", ["BAR", "COLUMN", "LINE"])
ROWS = (("Mes", "Activados"), ("enero", 4), ("febrero", 8), ("marzo", 2))


def _source(column: int, end: int) -> dict[str, Any]:
    block = {"sheetId": 0, "startRowIndex": 0, "endRowIndex": end, "startColumnIndex": column, "endColumnIndex": column + 1}
    return {"sourceRange": {"sources": [block]}}


def _drawn(kind: str, series: list[dict[str, Any]]) -> dict[str, Any]:
    """A chart of three months over a tab, as the desk draws it."""
    tab = {
        "sheet_id": 0,
        "rows": [[{"text": str(value), "value": value} for value in row] for row in ROWS],
        "column_widths": [100, 100],
        "hidden_columns": [],
        "row_heights": [21] * len(ROWS),
        "hidden_rows": [],
    }
    basic = {"chartType": kind, "headerCount": 1, "domains": [{"domain": _source(0, len(ROWS))}], "series": series}
    place = {"anchorCell": {"rowIndex": 0, "columnIndex": 3}, "widthPixels": 400, "heightPixels": 240}
    chart = {"spec": {"title": "Por mes", "basicChart": basic}, "position": {"overlayPosition": place}}
    (found,) = charts.over({"sheets": [tab]}, tab, Sheet(0, "Hoja", charts=[chart]))
    return dict(found)


@KINDS
def test_a_chart_without_series_is_an_empty_drawing(kind: str) -> None:
    """It has its place and its title, and nothing in it."""
    found = _drawn(kind, [])
    assert (found["title"], found["is_drawn"], found["shapes"], found["told"]) == ("Por mes", True, [], "")


@KINDS
def test_a_series_that_is_shorter_than_its_names_ends_in_nothing(kind: str) -> None:
    """The month without a cell is named, and drawn as one whose cell is empty."""
    found = _drawn(kind, [{"series": _source(1, 3)}])
    assert found["told"] == "enero: 4; febrero: 8; marzo: 0"
    texts = [shape["text"] for shape in found["shapes"] if shape["is"] == "text"]
    assert "marzo" in texts and {"4", "8", ""} <= set(texts) and "2" not in texts
    if kind != "LINE":
        side = {"BAR": "w", "COLUMN": "h"}[kind]
        first, second, third = (float(shape[side]) for shape in found["shapes"] if shape["is"] == "block")
        assert second == pytest.approx(2 * first, abs=0.2) and third == 0
