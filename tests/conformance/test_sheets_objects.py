"""batchUpdate: charts, slicers, tables, filters, filled series, random order, and what Google refuses of them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance.sheets_kit import Service, Workbook, grid, new_workbook, refusal


@pytest.fixture(name="book")
def fresh(service: Service) -> Workbook:
    """A small table of days and amounts."""
    book = new_workbook(service)
    book.write("A1", ["día", "monto", "nota"], ["lunes", 3, "x"], ["martes", 1, "y"], ["jueves", 2, "z"])
    return book


def chart(**position: Any) -> dict[str, Any]:
    """addChart of the amounts over the days."""
    basic = {
        "chartType": "COLUMN",
        "domains": [{"domain": {"sourceRange": {"sources": [grid(0, 4, 0, 1)]}}}],
        "series": [{"series": {"sourceRange": {"sources": [grid(0, 4, 1, 2)]}}}],
    }
    anchor = {"overlayPosition": {"anchorCell": {"sheetId": 0, "rowIndex": 2, "columnIndex": 4}}}
    return {
        "addChart": {"chart": {"chartId": 7, "spec": {"title": "Montos", "basicChart": basic}, "position": position or anchor}}
    }


def said(book: Workbook, *requests: dict[str, Any]) -> str:
    """The message with which a batch is refused, without the number and kind of the request."""
    return refusal(lambda: book.batch(*requests))[2].partition(": ")[2]


def test_chart_gets_the_size_that_google_gives(book: Workbook) -> None:
    """Left out, a chart is 600 by 371 pixels; the reply is the whole chart."""
    made = book.batch(chart())[0]["addChart"]["chart"]
    assert made["position"]["overlayPosition"] == {
        "anchorCell": {"rowIndex": 2, "columnIndex": 4},
        "widthPixels": 600,
        "heightPixels": 371,
    }
    assert book.sheet()["charts"] == [made]


def test_chart_is_changed_moved_and_deleted(book: Workbook) -> None:
    """A new spec replaces the whole old one; moving answers the new place; deleting answers nothing."""
    spec = chart()["addChart"]["chart"]["spec"] | {"title": "Otro"}
    move = {"overlayPosition": {"anchorCell": {"sheetId": 0, "rowIndex": 5}, "widthPixels": 100}}
    replies = book.batch(
        chart(),
        {"updateChartSpec": {"chartId": 7, "spec": spec}},
        {"updateEmbeddedObjectPosition": {"objectId": 7, "newPosition": move, "fields": "anchorCell,widthPixels"}},
        {"updateEmbeddedObjectBorder": {"objectId": 7, "border": {"color": {"red": 1}}, "fields": "color"}},
    )
    position = replies[2]["updateEmbeddedObjectPosition"]["position"]["overlayPosition"]
    assert (position["anchorCell"], position["widthPixels"], position["heightPixels"]) == ({"rowIndex": 5}, 100, 371)
    (kept,) = book.sheet()["charts"]
    assert kept["spec"]["title"] == "Otro" and kept["border"]["colorStyle"] == {"rgbColor": {"red": 1}}
    delete = {"deleteEmbeddedObject": {"objectId": 7}}
    assert book.batch(delete) == [{}] and said(book, delete) == "No embedded object with id: 7"


def test_chart_without_what_it_needs_is_refused(book: Workbook) -> None:
    """No kind, no place, a place outside the grid, an unknown id; an empty basic chart ends in 500, as at Google."""
    update = {"updateChartSpec": {"chartId": 7, "spec": {"title": "Solo"}}}
    assert said(book, chart(), update).startswith("One of basicChart, pieChart, bubbleChart, candelstickChart")
    nowhere = chart()
    nowhere["addChart"]["chart"].pop("position")
    assert said(book, nowhere).startswith("One of EmbeddedObjectPosition.overlayPosition or")
    outside = chart(overlayPosition={"anchorCell": {"sheetId": 0, "rowIndex": 1000}})
    assert said(book, outside) == "GridCoordinate.rowIndex[1000] is after last row in grid[999]"
    assert said(book, {"updateChartSpec": {"chartId": 9, "spec": {"pieChart": {}}}}) == "No chart with id: 9"
    empty = chart()
    empty["addChart"]["chart"]["spec"]["basicChart"] = {"chartType": "LINE"}
    assert refusal(lambda: book.batch(empty))[:2] == (500, "INTERNAL")


def test_chart_on_a_sheet_of_its_own(book: Workbook) -> None:
    """The sheet is of the type OBJECT and has no grid; it goes with its chart."""
    book.batch(chart(newSheet=True))
    sheet = book.sheet(1)
    assert sheet["properties"]["sheetType"] == "OBJECT" and "gridProperties" not in sheet["properties"]
    assert sheet["properties"]["title"] == "Chart1" and sheet["charts"][0]["position"] == {
        "sheetId": sheet["properties"]["sheetId"]
    }
    book.batch({"deleteEmbeddedObject": {"objectId": 7}})
    assert len(book.get()["sheets"]) == 1


def test_deleted_column_takes_the_series_and_leaves_the_chart(book: Workbook) -> None:
    """The chart stays with its domain and without the series whose cells are gone."""
    span = {"sheetId": 0, "dimension": "COLUMNS", "startIndex": 1, "endIndex": 2}
    book.batch(chart(), {"deleteDimension": {"range": span}})
    basic = book.sheet()["charts"][0]["spec"]["basicChart"]
    assert len(basic["domains"]) == 1 and basic["series"] == []


def test_slicers(book: Workbook) -> None:
    """Added with a place of the usual size, changed field by field, deleted like a chart."""
    place = {"overlayPosition": {"anchorCell": {"sheetId": 0, "rowIndex": 1, "columnIndex": 5}}}
    slicer = {"slicerId": 3, "spec": {"dataRange": grid(0, 4, 0, 2), "columnIndex": 1, "title": "Monto"}, "position": place}
    made = book.batch({"addSlicer": {"slicer": slicer}})[0]["addSlicer"]["slicer"]
    assert made["position"]["overlayPosition"]["widthPixels"] == 600
    update = {"slicerId": 3, "spec": {"title": "Otro"}}
    assert said(book, {"updateSlicerSpec": update}).startswith("At least one field must be listed in 'fields'")
    book.batch({"updateSlicerSpec": update | {"fields": "title"}})
    spec = book.sheet()["slicers"][0]["spec"]
    assert (spec["title"], spec["columnIndex"]) == ("Otro", 1)
    book.batch({"deleteEmbeddedObject": {"objectId": 3}})
    assert "slicers" not in book.sheet()


def table(**more: Any) -> dict[str, Any]:
    """addTable over the small table."""
    return {"addTable": {"table": {"tableId": "t1", "name": "Montos", "range": grid(0, 4, 0, 3)} | more}}


def test_table_names_its_columns(book: Workbook) -> None:
    """Columns left out are named by their header; a typed one sent without a name is counted, and its header written over."""
    typed = [{"columnIndex": 1, "columnType": "DOUBLE"}]
    made = book.batch(table(columnProperties=typed))[0]["addTable"]["table"]
    assert made["columnProperties"] == [
        {"columnName": "día"},
        {"columnIndex": 1, "columnName": "Column 1", "columnType": "DOUBLE"},
        {"columnIndex": 2, "columnName": "nota"},
    ]
    assert book.read("A1:C1") == [["día", "Column 1", "nota"]] and book.sheet()["tables"] == [made]


def test_table_update_replaces_the_columns(book: Workbook) -> None:
    """A column left out loses its type; texts under a BOOLEAN header become FALSE; a column without name is refused."""
    book.batch(table(columnProperties=[{"columnIndex": 1, "columnName": "cifra", "columnType": "DOUBLE"}]))
    flag = {"columnIndex": 2, "columnName": "listo", "columnType": "BOOLEAN"}
    change = {"table": {"tableId": "t1", "columnProperties": [flag]}, "fields": "columnProperties"}
    book.batch({"updateTable": change})
    assert book.sheet()["tables"][0]["columnProperties"][1] == {"columnIndex": 1, "columnName": "cifra"}
    assert book.raw("C1:C4") == [["listo"], [False], [False], [False]]
    nameless = {"table": {"tableId": "t1", "columnProperties": [{"columnIndex": 1}]}, "fields": "columnProperties"}
    assert said(book, {"updateTable": nameless}) == "Table header row cell must have a value."


def test_table_columns_are_checked(book: Workbook) -> None:
    """A list goes with a dropdown and with nothing else; tables do not overlap; ids must be known."""
    rule = {"condition": {"type": "ONE_OF_LIST", "values": [{"userEnteredValue": "a"}]}}
    bare, wrong = (
        {"columnIndex": 1, "columnType": "DROPDOWN"},
        {"columnIndex": 1, "columnType": "DOUBLE", "dataValidationRule": rule},
    )
    assert said(book, table(columnProperties=[bare])) == "Condition must be set for dropdown column type."
    assert said(book, table(columnProperties=[wrong])) == "Cannot set condition for non-dropdown column type."
    assert "another table" in said(book, table(), table(tableId="t2", name="Dos"))
    assert said(book, {"deleteTable": {"tableId": "t9"}}) == "No table with id: t9"


def test_deleted_table_takes_its_rules_along(book: Workbook) -> None:
    """Conditional formats that lie in the table go with it, without a word in the reply."""
    rule = {"ranges": [grid(1, 4, 1, 2)], "booleanRule": {"condition": {"type": "NOT_BLANK"}, "format": {}}}
    assert book.batch(table(), {"addConditionalFormatRule": {"rule": rule}}, {"deleteTable": {"tableId": "t1"}})[2] == {}
    assert "conditionalFormats" not in book.sheet() and "tables" not in book.sheet()


def test_filters_answer_both_spellings(book: Workbook) -> None:
    """Criteria and filterSpecs say the same; a filter may sort; a view can be doubled."""
    spec = {"columnIndex": 1, "filterCriteria": {"hiddenValues": ["2"]}}
    book.batch(
        {"setBasicFilter": {"filter": {"range": grid(0, 4, 0, 3), "filterSpecs": [spec], "sortSpecs": [{"dimensionIndex": 1}]}}}
    )
    found = book.sheet()["basicFilter"]
    assert found["criteria"] == {"1": {"hiddenValues": ["2"]}} and found["filterSpecs"] == [spec]
    assert book.raw("B2:B4") == [[1], [2], [3]]
    view = {"filterViewId": 5, "title": "Mía", "range": grid(0, 4, 0, 3)}
    replies = book.batch({"addFilterView": {"filter": view}}, {"duplicateFilterView": {"filterId": 5}})
    assert replies[1]["duplicateFilterView"]["filter"]["title"] == "Copy of Mía"
    assert len(book.sheet()["filterViews"]) == 2


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ([[1], [2]], [3, 4]),
        ([["Semana 1"]], ["Semana 2", "Semana 3"]),
        ([["January"]], ["February", "March"]),
        ([["x"], ["y"]], ["x", "y"]),
        ([["=A1"]], ["=A2", "=A3"]),
        ([[5]], [5, 5]),
    ],
)
def test_auto_fill(book: Workbook, typed: list[list[Any]], wanted: list[Any]) -> None:
    """Numbers go on in steps, counted texts and months go on, other things are repeated, formulas are copied."""
    book.write("E1", *typed)
    source = grid(0, len(typed), 4, 5)
    book.batch({"autoFill": {"sourceAndDestination": {"source": source, "dimension": "ROWS", "fillLength": 2}}})
    filled = book.read(f"E{len(typed) + 1}:E{len(typed) + 2}", valueRenderOption="FORMULA")
    assert [line[0] for line in filled] == wanted


def test_random_order_keeps_the_rows_whole(book: Workbook) -> None:
    """The same rows are there afterwards."""
    before = book.raw("A2:C4")
    book.batch({"randomizeRange": {"range": grid(1, 4, 0, 3)}})
    assert sorted(book.raw("A2:C4")) == sorted(before)


def test_sorted_rows_take_their_metadata_along(book: Workbook) -> None:
    """Developer metadata of a row follows the row's values through a sort."""
    row = {"sheetId": 0, "dimension": "ROWS", "startIndex": 1, "endIndex": 2}
    metadata = {"metadataId": 4, "metadataKey": "k", "visibility": "DOCUMENT", "location": {"dimensionRange": row}}
    book.batch(
        {"createDeveloperMetadata": {"developerMetadata": metadata}},
        {"sortRange": {"range": grid(1, 4, 0, 3), "sortSpecs": [{"dimensionIndex": 1}]}},
    )
    found = book.client.spreadsheets().developerMetadata().get(spreadsheetId=book.id, metadataId=4).execute()
    assert found["location"]["dimensionRange"]["startIndex"] == 3


def test_rows_that_are_not_there(book: Workbook) -> None:
    """The words of live refusals for rows beyond the grid, for all unfrozen rows, and for inserting at the end.

    (google-apis 3.4)
    """

    def rows(first: int, last: int) -> dict[str, Any]:
        return {"sheetId": 0, "dimension": "ROWS", "startIndex": first, "endIndex": last}

    beyond = said(book, {"deleteDimension": {"range": rows(1000, 1001)}})
    assert beyond == ("Cannot delete a row that doesn't exist. Tried to delete row index 1000 but there are only 1000 rows.")
    frozen = {"sheetId": 0, "gridProperties": {"frozenRowCount": 1}}
    freeze = {"updateSheetProperties": {"properties": frozen, "fields": "gridProperties.frozenRowCount"}}
    assert said(book, freeze, {"deleteDimension": {"range": rows(1, 1000)}}).endswith("delete all non-frozen rows.")
    at_end = {"insertDimension": {"range": rows(1000, 1001)}}
    assert said(book, at_end) == "range.startIndex must be less than the grid size (1000) if inheritFromBefore is false."
    at_end["insertDimension"]["inheritFromBefore"] = True
    book.batch(at_end)
    assert book.sheet()["properties"]["gridProperties"]["rowCount"] == 1001


def test_colour_scales_are_checked(book: Workbook) -> None:
    """Points need a type and a value; the value on a least point is dropped; both kinds of rule are refused by the reader."""

    def scale(low: dict[str, Any], **more: Any) -> dict[str, Any]:
        rule = {"ranges": [grid(0, 4, 1, 2)], "gradientRule": {"minpoint": low, "maxpoint": {"type": "MAX"}}}
        return {"addConditionalFormatRule": {"rule": rule | more}}

    assert said(book, scale({})) == "No interpolationPointType specified."
    assert said(book, scale({"type": "NUMBER"})) == "InterpolationPoint.value is required."
    assert said(book, scale({"type": "NUMBER", "value": "1;5"})) == "Invalid InterpolationPoint.value: 1;5"
    book.batch(scale({"type": "MIN", "value": "2"}))
    assert "value" not in book.sheet()["conditionalFormats"][0]["gradientRule"]["minpoint"]
    both = scale({"type": "MIN"}, booleanRule={"condition": {"type": "NOT_BLANK"}, "format": {}})
    assert "oneof field 'rule' is already set" in refusal(lambda: book.batch(both))[2]


def test_borders_tell_their_width_and_colour(book: Workbook) -> None:
    """A border without a colour is black, and each style has its width."""
    cell = {"userEnteredFormat": {"borders": {"top": {"style": "SOLID_THICK"}}}}
    book.batch({"repeatCell": {"range": grid(0, 1, 0, 1), "cell": cell, "fields": "userEnteredFormat.borders"}})
    top = book.cell("A1")["userEnteredFormat"]["borders"]["top"]
    assert top == {"style": "SOLID_THICK", "width": 3, "color": {}, "colorStyle": {"rgbColor": {}}}


def test_chips_are_kept(book: Workbook) -> None:
    """Chip runs are written and read as parts of a cell, and go when the cell is written over."""
    person = {"chip": {"personProperties": {"email": "operaciones.uno@blindados-demo.example.com", "displayFormat": "DEFAULT"}}}
    data = {"userEnteredValue": {"stringValue": "@"}, "chipRuns": [{"startIndex": 0} | person]}
    start = {"sheetId": 0, "rowIndex": 9, "columnIndex": 0}
    book.batch({"updateCells": {"start": start, "rows": [{"values": [data]}], "fields": "userEnteredValue,chipRuns"}})
    assert book.cell("A10")["chipRuns"][0]["chip"]["personProperties"]["displayFormat"] == "DEFAULT"
    book.write("A10", ["texto"])
    assert "chipRuns" not in book.cell("A10")


def test_cells_pushed_aside_take_references_along(book: Workbook) -> None:
    """insertRange moves what lies in its columns and the formulas that point there; deleteRange leaves #REF! behind."""
    book.write("E1", ["=SUM(B2:B4)", "=B4", "=A4"])
    book.batch({"insertRange": {"range": grid(1, 2, 1, 2), "shiftDimension": "ROWS"}})
    assert book.read("E1:G1", valueRenderOption="FORMULA") == [["=SUM(B3:B5)", "=B5", "=A4"]]
    book.batch({"deleteRange": {"range": grid(4, 5, 1, 2), "shiftDimension": "ROWS"}})
    assert book.read("E1:G1", valueRenderOption="FORMULA") == [["=SUM(B3:B4)", "=#REF!", "=A4"]]


def test_groups_of_rows(book: Workbook) -> None:
    """Groups lie inside each other, fold away their rows, and the innermost goes first."""

    def rows(first: int, last: int) -> dict[str, Any]:
        return {"sheetId": 0, "dimension": "ROWS", "startIndex": first, "endIndex": last}

    replies = book.batch({"addDimensionGroup": {"range": rows(1, 6)}}, {"addDimensionGroup": {"range": rows(2, 4)}})
    assert [g["depth"] for g in replies[1]["addDimensionGroup"]["dimensionGroups"]] == [1, 2]
    folded = {"range": rows(2, 4), "depth": 2, "collapsed": True}
    book.batch({"updateDimensionGroup": {"dimensionGroup": folded, "fields": "collapsed"}})
    hidden = book.sheet(ranges=["A1:A6"], includeGridData=True)["data"][0]["rowMetadata"]
    assert [bool(row.get("hiddenByUser")) for row in hidden] == [False, False, True, True, False, False]
    book.batch({"deleteDimensionGroup": {"range": rows(2, 4)}})
    assert [g["depth"] for g in book.sheet()["rowGroups"]] == [1]


def test_texts_are_parted_trimmed_and_made_single(book: Workbook) -> None:
    """textToColumns, trimWhitespace and deleteDuplicates change the cells and count what they did."""
    book.write("F1", ["a,b"], ["c,d"], ["  e  f "], ["a,b"])
    replies = book.batch(
        {"trimWhitespace": {"range": grid(0, 4, 5, 6)}},
        {"deleteDuplicates": {"range": grid(0, 4, 5, 6)}},
        {"textToColumns": {"source": grid(0, 2, 5, 6), "delimiterType": "COMMA"}},
    )
    assert replies == [{"trimWhitespace": {"cellsChangedCount": 1}}, {"deleteDuplicates": {"duplicatesRemovedCount": 1}}, {}]
    assert book.read("F1:G4") == [["a", "b"], ["c", "d"], ["e f"]]


@pytest.fixture(name="sales")
def of_sales(service: Service) -> Workbook:
    """Amounts by region and person, with room beside them."""
    book = new_workbook(service)
    book.write("A1", ["Zona", "Quien", "Edad", "Monto"], ["Este", "a", 20, 100], ["Oeste", "b", 30, 120])
    book.write("A4", ["Norte", "a", 40, 150], ["Este", "b", 50, 80], ["Norte", "b", 68, 300])
    return book


def group(column: int, **more: Any) -> dict[str, Any]:
    """A group of a pivot table, sorted, with totals."""
    return {"sourceColumnOffset": column, "showTotals": True, "sortOrder": "ASCENDING"} | more


def pivot(**parts: Any) -> dict[str, Any]:
    """A pivot table in F1 over the sales."""
    table = {"source": grid(0, 6, 0, 4), "values": [{"sourceColumnOffset": 3, "summarizeFunction": "SUM"}]} | parts
    start = {"sheetId": 0, "rowIndex": 0, "columnIndex": 5}
    return {"updateCells": {"start": start, "rows": [{"values": [{"pivotTable": table}]}], "fields": "pivotTable"}}


def test_pivot_of_rows(sales: Workbook) -> None:
    """Groups are summed under their headings with a grand total; the cells are computed, not entered."""
    assert sales.batch(pivot(rows=[group(0)])) == [{}]
    assert sales.raw("F1:G9") == [["Zona", "SUM of Monto"], ["Este", 180], ["Norte", 450], ["Oeste", 120], ["Grand Total", 750]]
    cell = sales.cell("G2")
    assert cell["effectiveValue"] == {"numberValue": 180} and "userEnteredValue" not in cell
    sales.write("D2", [101])
    assert sales.raw("G2") == [[181]]


def test_pivot_of_rows_in_rows_and_columns(sales: Workbook) -> None:
    """A heading stands once a block with its own total; columns have a line of headings of their own."""
    sales.batch(pivot(rows=[group(0), group(1)]))
    assert sales.raw("F2:H5") == [["Este", "a", 100], ["", "b", 80], ["Este Total", "", 180], ["Norte", "a", 150]]
    sales.batch(pivot(rows=[group(0)], columns=[group(1)]))
    assert sales.raw("F1:I3") == [["SUM of Monto", "Quien"], ["Zona", "a", "b", "Grand Total"], ["Este", 100, 80, 180]]


def test_pivot_filters_and_buckets(sales: Workbook) -> None:
    """Only visible values count; numbers are put into groups with the borders that Google shows; hand-made groups."""
    visible = [{"columnOffsetIndex": 0, "filterCriteria": {"visibleValues": ["Este", "Oeste"]}}]
    rule = {"histogramRule": {"interval": 20, "start": 25, "end": 70}}
    sales.batch(pivot(rows=[group(2, groupRule=rule)]))
    assert [line[0] for line in sales.raw("F2:F6")] == ["< 25", "25 - 44", "45 - 64", "65 - 70", "Grand Total"]
    manual = {"groups": [{"groupName": {"stringValue": "Costa"}, "items": [{"stringValue": "Este"}, {"stringValue": "Oeste"}]}]}
    sales.batch(pivot(rows=[group(0, groupRule={"manualRule": manual})], filterSpecs=visible))
    assert sales.raw("F2:G4") == [["Costa", 300], ["Grand Total", 300]]


def test_pivot_that_cannot_be_shown(sales: Workbook) -> None:
    """Something in its way, or its own source, is an error at the anchor; the way cleared, everything is back."""
    sales.batch(pivot(rows=[group(0)]))
    sales.write("G3", ["x"])
    assert sales.read("F1:G2") == [["#REF!"]]
    sales.batch({"updateCells": {"range": grid(2, 3, 6, 7), "fields": "userEnteredValue"}})
    assert sales.raw("G3") == [[450]]
    merge = {"mergeCells": {"range": grid(1, 3, 5, 6), "mergeType": "MERGE_ALL"}}
    assert said(sales, merge) == "You can't merge cells that are part of a pivot table."
    inside = pivot(rows=[group(0)])
    inside["updateCells"]["start"]["columnIndex"] = 2
    sales.batch(inside)
    assert sales.cell("C1")["pivotTable"]["source"]["endRowIndex"] == 6


def test_pivot_needs_its_parts(sales: Workbook) -> None:
    """Without a function or an order it is refused; what is not drawn here is 501."""
    assert "summarizeFunction" in said(sales, pivot(rows=[group(0)], values=[{"sourceColumnOffset": 3}]))
    assert "sortOrder" in said(sales, pivot(rows=[{"sourceColumnOffset": 0}]))
    dates = pivot(rows=[group(0, groupRule={"dateTimeRule": {"type": "YEAR"}})])
    assert refusal(lambda: sales.batch(dates))[:2] == (501, "UNIMPLEMENTED")


def test_merging_over_a_frozen_edge_is_refused(book: Workbook) -> None:
    """Frozen and other rows are not merged."""
    frozen = {"sheetId": 0, "gridProperties": {"frozenRowCount": 1}}
    freeze = {"updateSheetProperties": {"properties": frozen, "fields": "gridProperties.frozenRowCount"}}
    merge = {"mergeCells": {"range": grid(0, 2, 4, 5), "mergeType": "MERGE_ALL"}}
    assert said(book, freeze, merge) == "You can't merge frozen and non-frozen rows."
