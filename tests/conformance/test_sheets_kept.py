"""Nothing that a request brings is dropped in silence: it is read back, or the request is refused."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance.drive_kit import BOT
from tests.conformance.sheets_kit import Service, Workbook, grid, new_workbook, refusal


@pytest.fixture(name="book")
def fresh(service: Service) -> Workbook:
    """Sales by region and person."""
    book = new_workbook(service)
    book.write("A1", ["Zona", "Quien", "Monto"], ["Este", "a", 100], ["Oeste", "b", 120], ["Norte", "a", 50], ["Este", "b", 80])
    return book


def group(column: int, **more: Any) -> dict[str, Any]:
    """A group of a pivot table, sorted."""
    return {"sourceColumnOffset": column, "sortOrder": "ASCENDING"} | more


def pivot(**parts: Any) -> dict[str, Any]:
    """A pivot table in F1 over the sales."""
    table = {"source": grid(0, 5, 0, 3), "rows": [group(0)], "values": [{"sourceColumnOffset": 2, "summarizeFunction": "SUM"}]}
    start = {"sheetId": 0, "rowIndex": 0, "columnIndex": 5}
    return {"updateCells": {"start": start, "rows": [{"values": [{"pivotTable": table | parts}]}], "fields": "pivotTable"}}


def test_groups_are_sorted_by_a_value(book: Workbook) -> None:
    """A valueBucket orders the groups by one of the values, over all columns or within one group of columns."""
    book.batch(pivot(rows=[group(0, valueBucket={"valuesIndex": 0}, sortOrder="DESCENDING")]))
    assert book.raw("F2:G4") == [["Este", 180], ["Oeste", 120], ["Norte", 50]]
    bucket = {"valuesIndex": 0, "buckets": [{"stringValue": "b"}]}
    book.batch(pivot(rows=[group(0, valueBucket=bucket, sortOrder="DESCENDING")], columns=[group(1)]))
    assert [line[0] for line in book.raw("F3:F5")] == ["Oeste", "Este", "Norte"]


def test_conditions_filter_a_pivot_table(book: Workbook) -> None:
    """Only rows of the source that meet the condition are counted; the definition is read back as it was sent."""
    condition = {"type": "NUMBER_GREATER", "values": [{"userEnteredValue": "90"}]}
    specs = [{"columnOffsetIndex": 2, "filterCriteria": {"condition": condition}}]
    book.batch(pivot(filterSpecs=specs))
    assert book.raw("F2:G4") == [["Este", 100], ["Oeste", 120]]
    assert book.cell("F1")["pivotTable"]["filterSpecs"] == specs


@pytest.mark.parametrize(
    "parts",
    [
        {"rows": [group(0, groupLimit={"countLimit": 1})]},
        {"rows": [group(0, groupRule={"dateTimeRule": {"type": "MONTH"}})]},
        {"rows": [group(0, valueMetadata=[{"value": {"stringValue": "Este"}, "collapsed": True}])]},
        {"values": [{"name": "x", "summarizeFunction": "CUSTOM", "formula": "=1"}]},
        {"values": [{"sourceColumnOffset": 2, "summarizeFunction": "SUM", "calculatedDisplayType": "PERCENT_OF_GRAND_TOTAL"}]},
        {"values": [{"sourceColumnOffset": c, "summarizeFunction": "COUNTA"} for c in (1, 2)], "valueLayout": "VERTICAL"},
        {"dataSourceId": "x"},
    ],
)
def test_what_a_pivot_table_would_not_show_is_refused(book: Workbook, parts: dict[str, Any]) -> None:
    """Parts that the local Workspace does not draw answer 501 and change nothing."""
    assert refusal(lambda: book.batch(pivot(**parts)))[:2] == (501, "UNIMPLEMENTED")
    assert "pivotTable" not in book.cell("F1")


def test_data_sources_are_refused(book: Workbook) -> None:
    """A data source table in a cell answers 501, like the other requests about data sources."""
    start = {"sheetId": 0, "rowIndex": 0, "columnIndex": 5}
    table = {"dataSourceTable": {"dataSourceId": "x"}}
    request = {"updateCells": {"start": start, "rows": [{"values": [table]}], "fields": "dataSourceTable"}}
    assert refusal(lambda: book.batch(request))[0] == 501


@pytest.mark.parametrize(
    ("request_", "where", "choice", "second"),
    [
        ({"updateCells": {"start": {}, "range": {}, "fields": "*"}}, "update_cells", "area", "range"),
        ({"findReplace": {"find": "a", "allSheets": True, "sheetId": 0}}, "find_replace", "scope", "sheetId"),
        (
            {"addChart": {"chart": {"position": {"newSheet": True, "sheetId": 3}}}},
            "add_chart.chart.position",
            "location",
            "sheetId",
        ),
        (
            {"createDeveloperMetadata": {"developerMetadata": {"location": {"spreadsheet": True, "sheetId": 0}}}},
            "create_developer_metadata.developer_metadata.location",
            "location",
            "sheetId",
        ),
        ({"pasteData": {"data": "a", "html": True, "delimiter": ","}}, "paste_data", "kind", "delimiter"),
    ],
)
def test_two_members_of_one_choice_are_refused(
    book: Workbook, request_: dict[str, Any], where: str, choice: str, second: str
) -> None:
    """Members of which the reference says that only one can be set are 400 when two come."""
    message = f"Invalid value at 'requests[0].{where}' (oneof), oneof field '{choice}' is already set. Cannot set '{second}'"
    assert refusal(lambda: book.batch(request_))[2] == message


def test_create_keeps_everything_that_hangs_on_a_sheet(service: Service) -> None:
    """spreadsheets.create puts in what it is sent; what get answers can be sent back and gives the same again."""
    here = grid(0, 5, 0, 3, 5)
    cell = {"userEnteredValue": {"stringValue": "x"}, "note": "ojo"}
    anchor = {"overlayPosition": {"anchorCell": {"sheetId": 5}}}
    sheet = {
        "properties": {"sheetId": 5, "title": "A"},
        "data": [{"startRow": 1, "rowData": [{"values": [cell]}], "rowMetadata": [{"pixelSize": 40}]}],
        "merges": [grid(8, 9, 0, 2, 5)],
        "conditionalFormats": [{"ranges": [here], "booleanRule": {"condition": {"type": "NOT_BLANK"}, "format": {}}}],
        "bandedRanges": [{"range": here, "rowProperties": {"firstBandColor": {"red": 1}}}],
        "filterViews": [{"title": "v", "range": here}],
        "basicFilter": {"range": here},
        "protectedRanges": [{"range": here, "description": "d"}],
        "rowGroups": [{"range": {"dimension": "ROWS", "startIndex": 2, "endIndex": 4}, "collapsed": True}],
        "developerMetadata": [{"metadataKey": "k", "visibility": "DOCUMENT", "location": {"sheetId": 5}}],
        "slicers": [{"spec": {"dataRange": here}, "position": anchor}],
        "charts": [{"spec": {"pieChart": {}}, "position": anchor}],
    }
    resource = service("sheets", "v4", "administrador@blindados-demo.example.com").spreadsheets()
    made = resource.create(body={"properties": {"title": "T"}, "sheets": [sheet]}).execute()
    first = resource.get(spreadsheetId=made["spreadsheetId"], includeGridData=True).execute()
    assert set(sheet) <= set(first["sheets"][0])
    assert first["sheets"][0]["data"][0]["rowMetadata"][1] == {"pixelSize": 40}
    body = {name: first[name] for name in ("properties", "sheets")}
    second = resource.get(spreadsheetId=resource.create(body=body).execute()["spreadsheetId"], includeGridData=True).execute()
    assert second["sheets"] == first["sheets"]


def test_create_refuses_what_could_not_be_added(service: Service) -> None:
    """Nothing is made when a part of the body is wrong."""
    body = {"sheets": [{"properties": {"sheetId": 5}, "bandedRanges": [{"range": grid(0, 1, 0, 1, 5)}]}]}
    resource = service("sheets", "v4", "administrador@blindados-demo.example.com").spreadsheets()
    code, _, message = refusal(lambda: resource.create(body=body).execute())
    assert (code, message.partition(":")[0]) == (400, "Invalid spreadsheet")


def test_empty_lists_are_not_read_back(book: Workbook) -> None:
    """A list without items is the same as none; pygsheets sends such with every filter."""
    book.batch({"setBasicFilter": {"filter": {"range": grid(0, 5, 0, 3), "sortSpecs": [], "filterSpecs": []}}})
    assert set(book.sheet()["basicFilter"]) == {"range"}


def test_appending_with_inserted_rows_grows_an_empty_sheet(service: Service) -> None:
    """INSERT_ROWS makes room even where there is no table yet."""
    book = Workbook(service("sheets", "v4", BOT), new_workbook(service).id)
    for rows in (1002, 1003):
        values = [["a"]] * (2 if rows == 1002 else 1)
        options = {"valueInputOption": "RAW", "insertDataOption": "INSERT_ROWS", "body": {"values": values}}
        answer = book.values.append(spreadsheetId=book.id, range="A1", **options).execute()
        assert ("tableRange" in answer) == (rows == 1003)
        assert book.sheet()["properties"]["gridProperties"]["rowCount"] == rows
