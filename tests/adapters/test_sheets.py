"""Sheets' adapter against the local Workspace."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import DOMAIN, SERVICE_ACCOUNT, Workspace

from expediente.errors import DoubtfulError, NotFoundError, RefusedError
from expediente.google.sheets import ColumnLookup, RangeValues, Sheets

SEGURIDAD = ColumnLookup("area", "seguridad")
OPERACIONES = ColumnLookup("area", "operaciones")


@pytest.fixture
def sheets(workspace: Workspace) -> Sheets:
    """Sheets as the service account."""
    return workspace.google.sheets


@pytest.fixture
def sheet(workspace: Workspace) -> str:
    """An empty workbook of the dossier drive."""
    drive = workspace.google.drive
    top = next(item.drive_id for item in drive.list_drives() if item.name == "Expedientes")
    return drive.create_spreadsheet("Control", top, {})


def column(metadata_id: int, value: str, index: int) -> dict[str, Any]:
    """The request that marks a column."""
    place = {"dimensionRange": {"sheetId": 0, "dimension": "COLUMNS", "startIndex": index, "endIndex": index + 1}}
    data = {"metadataId": metadata_id, "metadataKey": "area", "metadataValue": value, "visibility": "DOCUMENT", "location": place}
    return {"createDeveloperMetadata": {"developerMetadata": data}}


def built() -> list[dict[str, Any]]:
    """A small control sheet in one batch."""
    grid = {"rowCount": 20, "columnCount": 6}
    cells: list[list[str | bool]] = [["Fila", "=1+1"], ["Recibido", True], ["Comprendido", False]]
    rows = [{"values": [{"userEnteredValue": {_kind(cell): cell}} for cell in row]} for row in cells]
    protected = {
        "protectedRangeId": 102,
        "description": "area:seguridad",
        "range": {"sheetId": 0, "startColumnIndex": 1, "endColumnIndex": 2},
        "editors": {"users": [SERVICE_ACCOUNT], "groups": [f"seguridad@{DOMAIN}"]},
    }
    return [
        {
            "updateSheetProperties": {
                "properties": {"sheetId": 0, "title": "Control", "gridProperties": grid},
                "fields": "title,gridProperties(rowCount,columnCount)",
            }
        },
        {"updateCells": {"start": {"sheetId": 0, "rowIndex": 0, "columnIndex": 0}, "fields": "userEnteredValue", "rows": rows}},
        {"addProtectedRange": {"protectedRange": protected}},
        column(7, "seguridad", 1),
    ]


def _kind(cell: object) -> str:
    return "boolValue" if isinstance(cell, bool) else "stringValue"


def test_columns_are_found_by_what_they_are(sheets: Sheets, sheet: str) -> None:
    """Ticks come as true and false, text as text; a column that is not there is None; a moved one is found."""
    sheets.batch_update(sheet, built())
    found, missing = sheets.read_columns(sheet, [SEGURIDAD, OPERACIONES])
    assert missing is None
    assert found is not None and found.values == ("=1+1", True, False)
    assert (found.at(1), found.at(9)) == (True, None)
    insert = {"range": {"sheetId": 0, "dimension": "COLUMNS", "startIndex": 0, "endIndex": 2}, "inheritFromBefore": False}
    sheets.batch_update(sheet, [{"insertDimension": insert}, column(8, "operaciones", 0)])
    operaciones, seguridad = sheets.read_columns(sheet, [OPERACIONES, SEGURIDAD])
    assert operaciones is not None and operaciones.values == ()
    assert seguridad is not None and seguridad.values == ("=1+1", True, False)


def test_a_column_is_written_where_it_stands(sheets: Sheets, sheet: str) -> None:
    """None leaves a cell, a text stays a text."""
    sheets.batch_update(sheet, built())
    sheets.write_column(sheet, SEGURIDAD, [None, False, "=2+2"])
    (found,) = sheets.read_columns(sheet, [SEGURIDAD])
    assert found is not None and found.values == ("=1+1", False, "=2+2")


def test_a_batch_that_has_run_is_recognized(workspace: Workspace, sheets: Sheets, sheet: str) -> None:
    """After a lost answer the fixed metadata tells; running it again is refused as a whole."""
    assert sheets.get_metadata(sheet, 7) is None
    workspace.fault("sheets.spreadsheets.batchUpdate", "close", when="after")
    with pytest.raises(DoubtfulError):
        sheets.batch_update(sheet, built())
    info = sheets.get_metadata(sheet, 7)
    assert info is not None and (info.key, info.value, info.sheet_id, info.start, info.end) == ("area", "seguridad", 0, 1, 2)
    assert sheets.find_metadata(sheet, "area") == [info]
    with pytest.raises(RefusedError):
        sheets.batch_update(sheet, built())
    assert len(sheets.find_metadata(sheet, "area")) == 1


def test_a_missing_workbook_is_not_an_unbuilt_one(sheets: Sheets) -> None:
    """Looking for the batch's mark in no workbook raises."""
    with pytest.raises(NotFoundError):
        sheets.get_metadata("1NoSuchSheet", 7)


def test_values_are_written_raw_and_read_in_order(sheets: Sheets, sheet: str) -> None:
    """Formulas from a form stay text; empty ranges are empty."""
    sheets.batch_update(sheet, built())
    sheets.write_values(sheet, [RangeValues("Control!C1:D2", [["=HYPERLINK(1)", 3], [None, 2.5]])])
    rows = sheets.read_ranges(sheet, ["Control!C1:D2", "Control!F1:F9", "Control!A1"])
    assert rows == [(("=HYPERLINK(1)", 3), ("", 2.5)), (), (("Fila",),)]


def test_the_structure_tells_tabs_and_protections(sheets: Sheets, sheet: str) -> None:
    """What the access audit compares."""
    sheets.batch_update(sheet, built())
    structure = sheets.structure(sheet)
    (tab,) = structure.tabs
    assert (structure.title, tab.sheet_id, tab.title, tab.rows, tab.columns) == ("Control", 0, "Control", 20, 6)
    (protected,) = tab.protected
    assert (protected.protected_range_id, protected.groups) == (102, (f"seguridad@{DOMAIN}",))
    assert (protected.range.start_column, protected.range.end_column, protected.range.start_row) == (1, 2, None)


def test_each_wish_is_one_call(workspace: Workspace, sheets: Sheets, sheet: str) -> None:
    """A batch is one write, any number of columns one read."""
    workspace.forget()
    sheets.batch_update(sheet, built())
    sheets.read_columns(sheet, [SEGURIDAD, OPERACIONES])
    assert (sheets.read_columns(sheet, []), sheets.read_ranges(sheet, [])) == ([], [])
    assert workspace.methods() == ["sheets.spreadsheets.batchUpdate", "sheets.spreadsheets.values.batchGetByDataFilter"]
