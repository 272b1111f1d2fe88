"""batchUpdate: the control sheet, replies, refusals."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance.drive_kit import BOT
from tests.conformance.sheets_kit import EDGAR, SEGURIDAD, Service, Workbook, grid, new_workbook, refusal


@pytest.fixture(name="book")
def fresh(service: Service) -> Workbook:
    """An empty spreadsheet."""
    return new_workbook(service)


def answered(*edges: int) -> dict[str, int]:
    """A GridRange of the first sheet as Google answers it: the sheetId is zero and left out."""
    return {name: value for name, value in grid(*edges).items() if name != "sheetId"}


def control_sheet() -> list[dict[str, Any]]:
    """Everything that a control sheet is built of, in one batch."""
    green = {"rgbColor": {"red": 0.8, "green": 0.94, "blue": 0.8}}
    column = {"sheetId": 0, "dimension": "COLUMNS", "startIndex": 2, "endIndex": 3}
    options = [{"userEnteredValue": "Pendiente"}, {"userEnteredValue": "Aprobado"}]
    size = {"rowCount": 40, "columnCount": 8, "frozenRowCount": 3, "frozenColumnCount": 1}
    first = [{"userEnteredValue": {"stringValue": "=literal"}}, {"userEnteredValue": {"boolValue": False}}]
    editors = {"users": [BOT], "groups": [SEGURIDAD], "domainUsersCanEdit": False}
    custom = {"type": "CUSTOM_FORMULA", "values": [{"userEnteredValue": "=C4=TRUE"}]}
    metadata = {"metadataId": 7, "metadataKey": "area", "metadataValue": "seguridad", "visibility": "DOCUMENT"}
    return [
        {
            "updateSpreadsheetProperties": {
                "properties": {"locale": "es_MX", "timeZone": "America/Panama"},
                "fields": "locale,timeZone",
            }
        },
        {
            "updateSheetProperties": {
                "properties": {"sheetId": 0, "title": "Control", "gridProperties": size},
                "fields": "title,gridProperties(rowCount,columnCount,frozenRowCount,frozenColumnCount)",
            }
        },
        {
            "updateCells": {
                "start": {"sheetId": 0, "rowIndex": 0, "columnIndex": 0},
                "fields": "userEnteredValue",
                "rows": [{"values": first}],
            }
        },
        {"setDataValidation": {"range": grid(3, 10, 2, 6), "rule": {"condition": {"type": "BOOLEAN"}, "strict": True}}},
        {
            "setDataValidation": {
                "range": grid(3, 10, 6, 7),
                "rule": {"strict": True, "showCustomUi": True, "condition": {"type": "ONE_OF_LIST", "values": options}},
            }
        },
        {"addProtectedRange": {"protectedRange": {"protectedRangeId": 102, "range": grid(3, 40, 2, 3), "editors": editors}}},
        {
            "addProtectedRange": {
                "protectedRange": {
                    "protectedRangeId": 103,
                    "range": {"sheetId": 0},
                    "unprotectedRanges": [grid(3, 40, 2, 6)],
                    "editors": {"users": [BOT]},
                }
            }
        },
        {
            "addConditionalFormatRule": {
                "index": 0,
                "rule": {
                    "ranges": [grid(3, 40, 2, 6)],
                    "booleanRule": {"condition": custom, "format": {"backgroundColorStyle": green}},
                },
            }
        },
        {"addNamedRange": {"namedRange": {"namedRangeId": "nrseguridad", "name": "area_seguridad", "range": grid(3, 40, 2, 3)}}},
        {"createDeveloperMetadata": {"developerMetadata": metadata | {"location": {"dimensionRange": column}}}},
    ]


def test_control_sheet_in_one_batch(book: Workbook) -> None:
    """Replies keep the order, and everything is there afterwards. (google-apis 3.1)"""
    replies = book.batch(*control_sheet())
    assert [list(reply) for reply in replies[5:]] == [
        ["addProtectedRange"],
        ["addProtectedRange"],
        [],
        ["addNamedRange"],
        ["createDeveloperMetadata"],
    ]
    found = book.get()
    (sheet,) = found["sheets"]
    assert sheet["properties"]["gridProperties"] == {
        "rowCount": 40,
        "columnCount": 8,
        "frozenRowCount": 3,
        "frozenColumnCount": 1,
    }
    assert (found["properties"]["locale"], sheet["properties"]["title"]) == ("es_MX", "Control")
    assert [p["protectedRangeId"] for p in sheet["protectedRanges"]] == [102, 103]
    assert found["namedRanges"][0]["name"] == "area_seguridad"
    assert book.read("A1:B1") == [["=literal", "FALSO"]]


def test_conditional_format_shows_in_the_effective_format(book: Workbook) -> None:
    """A ticked cell is green, its own format stays as it was. (google-apis 3.1)"""
    book.batch(*control_sheet())
    book.write("Control!D5", [True])
    ticked, other = book.cell("Control!D5"), book.cell("Control!E5")
    assert ticked["effectiveFormat"]["backgroundColor"]["green"] == 0.9372549
    assert "userEnteredFormat" not in ticked
    assert "effectiveFormat" not in other and other["dataValidation"]["condition"]["type"] == "BOOLEAN"


def test_inserted_column_moves_everything_along(book: Workbook) -> None:
    """Protections, named ranges, metadata, validations, rules and formulas follow a column put before them. (google-apis 3.1)"""
    book.batch(*control_sheet())
    book.write("Control!H1", ["=COUNTIF(C4:C10;TRUE)"])
    span = {"sheetId": 0, "dimension": "COLUMNS", "startIndex": 1, "endIndex": 2}
    book.batch({"insertDimension": {"range": span, "inheritFromBefore": True}})
    found = book.get()
    (sheet,) = found["sheets"]
    assert sheet["protectedRanges"][0]["range"] == answered(3, 40, 3, 4)
    assert sheet["protectedRanges"][1]["unprotectedRanges"] == [answered(3, 40, 3, 7)]
    assert found["namedRanges"][0]["range"] == answered(3, 40, 3, 4)
    rule = sheet["conditionalFormats"][0]
    assert rule["ranges"] == [answered(3, 40, 3, 7)]
    assert rule["booleanRule"]["condition"]["values"] == [{"userEnteredValue": "=D4=TRUE"}]
    assert book.read("Control!I1", valueRenderOption="FORMULA") == [["=COUNTIF(D4:D10;TRUE)"]]
    metadata = book.client.spreadsheets().developerMetadata().get(spreadsheetId=book.id, metadataId=7).execute()
    assert metadata["location"]["dimensionRange"]["startIndex"] == 3
    assert book.cell("Control!G5")["dataValidation"]["condition"]["type"] == "BOOLEAN"


def test_moved_column_takes_its_range_along(book: Workbook) -> None:
    """A named range and its metadata go with a column that somebody drags elsewhere. (google-apis 3.1)"""
    book.batch(*control_sheet())
    book.write("Control!C4", [True])
    source = {"sheetId": 0, "dimension": "COLUMNS", "startIndex": 2, "endIndex": 3}
    book.batch({"moveDimension": {"source": source, "destinationIndex": 5}})
    assert book.get()["namedRanges"][0]["range"] == answered(3, 40, 4, 5)
    assert book.raw("area_seguridad") == [[True]]


def test_deleted_column_takes_its_range_away(book: Workbook) -> None:
    """Nothing of a deleted column is left, and formulas that used it show #REF!. (google-apis 3.1)"""
    book.batch(*control_sheet())
    book.write("Control!H1", ["=C4"])
    book.batch({"deleteDimension": {"range": {"sheetId": 0, "dimension": "COLUMNS", "startIndex": 2, "endIndex": 3}}})
    found = book.get()
    assert "namedRanges" not in found
    assert [p["protectedRangeId"] for p in found["sheets"][0]["protectedRanges"]] == [103]
    assert book.read("Control!G1") == [["#REF!"]]


def test_one_bad_request_undoes_all(book: Workbook) -> None:
    """The batch is atomic, and the refusal names the request."""
    good = {"addSheet": {"properties": {"title": "Nueva"}}}
    bad = {"deleteSheet": {"sheetId": 99}}
    assert refusal(lambda: book.batch(good, bad)) == (
        400,
        "INVALID_ARGUMENT",
        "Invalid requests[1].deleteSheet: No sheet with id: 99",
    )
    assert len(book.get()["sheets"]) == 1


def test_unsupported_kind_is_said_and_nothing_is_done(book: Workbook) -> None:
    """Data sources answer 501 and name themselves; what stood before them in the batch is not done either."""
    title = {"updateSheetProperties": {"properties": {"sheetId": 0, "title": "Otro"}, "fields": "title"}}
    source: dict[str, Any] = {"addDataSource": {"dataSource": {"spec": {}}}}
    code, status, message = refusal(lambda: book.batch(title, source))
    assert (code, status) == (501, "UNIMPLEMENTED") and "requests[1].addDataSource" in message
    assert book.sheet()["properties"]["title"] == "Sheet1"


def test_fields_are_required_and_checked(book: Workbook) -> None:
    """An update without mask, or with an unknown field, is refused; slashes are as good as dots, and so is snake_case."""
    missing = {"updateSheetProperties": {"properties": {"sheetId": 0, "title": "x"}}}
    assert "At least one field must be listed in 'fields'" in refusal(lambda: book.batch(missing))[2]
    unknown = {"updateSheetProperties": {"properties": {"sheetId": 0}, "fields": "titel"}}
    assert refusal(lambda: book.batch(unknown))[2] == "Invalid requests[0].updateSheetProperties: Invalid field: titel"
    size: dict[str, Any] = {"sheetId": 0, "gridProperties": {}}
    for count, fields in ((2, "gridProperties/frozenRowCount"), (3, "grid_properties(frozen_row_count)")):
        size["gridProperties"]["frozenRowCount"] = count
        book.batch({"updateSheetProperties": {"properties": size, "fields": fields}})
        assert book.sheet()["properties"]["gridProperties"]["frozenRowCount"] == count


def test_empty_batch_is_refused(book: Workbook) -> None:
    """At least one request must be there. (google-apis 3.1)"""
    assert refusal(book.batch)[2] == "Must specify at least one request."


def test_sheets_come_and_go(book: Workbook) -> None:
    """Add, duplicate, hide, rename, reorder and delete; formulas follow a new title."""
    added = book.batch({"addSheet": {"properties": {"sheetId": 5, "title": "Datos"}}})[0]["addSheet"]["properties"]
    assert (added["sheetId"], added["index"]) == (5, 1)
    book.write("Datos!A1", [3])
    book.write("Sheet1!A1", ["=Datos!A1*2"])
    copy = book.batch({"duplicateSheet": {"sourceSheetId": 5, "insertSheetIndex": 0, "newSheetName": "Copia"}})[0]
    assert copy["duplicateSheet"]["properties"]["index"] == 0
    book.batch(
        {"updateSheetProperties": {"properties": {"sheetId": 5, "title": "Mis datos", "hidden": True}, "fields": "title,hidden"}}
    )
    assert book.read("Sheet1!A1", valueRenderOption="FORMULA") == [["='Mis datos'!A1*2"]]
    taken = {"addSheet": {"properties": {"title": "mis DATOS"}}}
    assert "already exists. Please enter another name." in refusal(lambda: book.batch(taken))[2]
    book.batch({"deleteSheet": {"sheetId": 5}})
    assert book.read("Sheet1!A1") == [["#REF!"]]


def test_cells_with_format_note_and_link(book: Workbook) -> None:
    """Formats are merged field by field, numbers shown by their pattern."""
    money = {"numberFormat": {"type": "NUMBER", "pattern": "#,##0.00"}, "textFormat": {"bold": True}}
    data = {"userEnteredValue": {"numberValue": 1234.5}, "userEnteredFormat": money, "note": "ojo"}
    book.batch(
        {"updateCells": {"range": grid(0, 1, 0, 1), "rows": [{"values": [data]}], "fields": "*"}},
        {
            "repeatCell": {
                "range": grid(0, 1, 0, 1),
                "cell": {"userEnteredFormat": {"textFormat": {"italic": True}}},
                "fields": "userEnteredFormat.textFormat.italic",
            }
        },
    )
    cell = book.cell("A1")
    assert cell["formattedValue"] == "1,234.50" and cell["note"] == "ojo"
    assert cell["userEnteredFormat"]["textFormat"] == {"bold": True, "italic": True}
    assert cell["effectiveFormat"]["horizontalAlignment"] == "RIGHT"


def test_repeated_formula_is_copied(book: Workbook) -> None:
    """repeatCell moves relative references."""
    cell = {"userEnteredValue": {"formulaValue": "=A1*$B$1"}}
    book.batch({"repeatCell": {"range": grid(0, 2, 2, 3), "cell": cell, "fields": "userEnteredValue"}})
    assert book.read("C1:C2", valueRenderOption="FORMULA") == [["=A1*$B$1"], ["=A2*$B$1"]]


def test_copy_cut_sort_and_replace(book: Workbook) -> None:
    """Copying moves references, sorting orders rows, replacing counts."""
    book.write("A1", ["b", 2], ["a", 1], ["c", 3])
    book.write("C1", ["=B1+1"])
    book.batch({"copyPaste": {"source": grid(0, 1, 2, 3), "destination": grid(1, 3, 2, 3), "pasteType": "PASTE_NORMAL"}})
    book.batch({"sortRange": {"range": grid(0, 3, 0, 3), "sortSpecs": [{"dimensionIndex": 0, "sortOrder": "ASCENDING"}]}})
    assert book.read("A1:C3") == [["a", "1", "2"], ["b", "2", "3"], ["c", "3", "4"]]
    reply = book.batch({"findReplace": {"find": "b", "replacement": "z", "allSheets": True}})[0]["findReplace"]
    assert (reply["valuesChanged"], reply["occurrencesChanged"]) == (1, 1)
    cut = {"cutPaste": {"source": grid(0, 1, 0, 1), "destination": {"sheetId": 0, "rowIndex": 9}, "pasteType": "PASTE_NORMAL"}}
    book.batch(cut)
    assert book.read("A10") == [["a"]] and book.read("A1") is None


def test_merges(book: Workbook) -> None:
    """A merge keeps the first content, cutting through one is refused."""
    book.write("A1", ["", "x"])
    book.batch({"mergeCells": {"range": grid(0, 1, 0, 2), "mergeType": "MERGE_ALL"}})
    assert book.sheet()["merges"] == [answered(0, 1, 0, 2)] and book.read("A1:B1") == [["x"]]
    assert "merged range" in refusal(lambda: book.batch({"unmergeCells": {"range": grid(0, 1, 0, 1)}}))[2]


def test_dimension_properties_and_get_with_mask(book: Workbook) -> None:
    """Sizes and hidden columns are read back under a field mask without includeGridData."""
    span = {"sheetId": 0, "dimension": "COLUMNS", "startIndex": 1, "endIndex": 2}
    properties = {"pixelSize": 222, "hiddenByUser": True}
    book.batch({"updateDimensionProperties": {"range": span, "properties": properties, "fields": "pixelSize,hiddenByUser"}})
    mask = "sheets(data(columnMetadata(pixelSize,hiddenByUser)))"
    columns = book.get(ranges=["A1:C1"], fields=mask)["sheets"][0]["data"][0]["columnMetadata"]
    assert columns == [{"pixelSize": 100}, {"pixelSize": 222, "hiddenByUser": True}, {"pixelSize": 100}]


def test_own_id_of_everything_may_not_come_twice(book: Workbook) -> None:
    """Named range, metadata and sheet ids are refused the second time. (google-apis 3.1)"""
    named = {"addNamedRange": {"namedRange": {"namedRangeId": "n1", "name": "uno", "range": grid(0, 1, 0, 1)}}}
    meta = {"metadataId": 7, "metadataKey": "k", "visibility": "DOCUMENT", "location": {"spreadsheet": True}}
    metadata = {"createDeveloperMetadata": {"developerMetadata": meta}}
    sheet = {"addSheet": {"properties": {"sheetId": 9}}}
    book.batch(named, metadata, sheet)
    for request in (named, metadata, sheet):
        assert refusal(lambda request=request: book.batch(request))[0] == 400


def test_named_range_is_changed_and_used_in_formulas(book: Workbook) -> None:
    """A formula reads a named range by its name, also after it was widened."""
    book.write("A1", [1], [2], [3])
    book.batch({"addNamedRange": {"namedRange": {"namedRangeId": "n1", "name": "cifras", "range": grid(0, 2, 0, 1)}}})
    book.write("C1", ["=SUM(cifras)"])
    assert book.raw("C1") == [[3]]
    new = {"namedRangeId": "n1", "range": grid(0, 3, 0, 1)}
    book.batch({"updateNamedRange": {"namedRange": new, "fields": "range"}})
    assert book.raw("C1") == [[6]] and book.raw("CIFRAS") == [[1], [2], [3]]


def test_changed_locale_rewrites_formulas(book: Workbook) -> None:
    """Formulas get the separators of the new locale."""
    book.write("A1", ["=ROUND(1.25,1)"])
    book.batch({"updateSpreadsheetProperties": {"properties": {"locale": "es_ES"}, "fields": "locale"}})
    assert book.read("A1", valueRenderOption="FORMULA") == [["=ROUND(1,25;1)"]]
    assert book.read("A1") == [["1,3"]]


def test_copy_to_another_spreadsheet(service: Service, book: Workbook) -> None:
    """A sheet is copied with its cells under a new id and title."""
    book.write("A1", ["x"])
    other = new_workbook(service)
    body = {"destinationSpreadsheetId": other.id}
    made = book.client.spreadsheets().sheets().copyTo(spreadsheetId=book.id, sheetId=0, body=body).execute()
    assert made["title"] == "Copy of Sheet1" and other.read("'Copy of Sheet1'!A1") == [["x"]]


def test_create_for_a_person(service: Service) -> None:
    """spreadsheets.create makes a file in My Drive with the given sheets; a bare service account is refused."""
    body = {"properties": {"title": "Mía", "locale": "es_PA"}, "sheets": [{"properties": {"title": "Uno"}}]}
    made = service("sheets", "v4", EDGAR).spreadsheets().create(body=body).execute()
    assert (made["properties"]["title"], made["sheets"][0]["properties"]["title"]) == ("Mía", "Uno")
    bare = service("sheets", "v4", BOT).spreadsheets().create(body={})
    assert refusal(bare.execute)[:2] == (403, "PERMISSION_DENIED")
