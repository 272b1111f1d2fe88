"""Refusals of reads and writes: the exact bodies, in the order in which Google looks for faults."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance.conftest import Emulator
from tests.conformance.drive_kit import BOT
from tests.conformance.sheets_kit import EDGAR, PROTECTED, Service, Workbook, grid, new_workbook, refusal, seen_by

INVALID = "INVALID_ARGUMENT"


@pytest.fixture(name="book")
def made(service: Service) -> Workbook:
    """An empty spreadsheet that Edgar may read."""
    return new_workbook(service, operaciones_uno="reader")


def body_of(emulator: Emulator, verb: str, path: str, who: str = BOT, **rest: Any) -> Any:
    """The whole body of a refusal."""
    answer = emulator.raw(verb, path, who, **rest)
    assert answer.status_code >= 400
    return answer.json()


def test_unknown_spreadsheet(emulator: Emulator) -> None:
    """404 with code, message and status and no more; a client sees text with two blanks a level. (google-apis 3.4)"""
    answer = emulator.raw("GET", "/v4/spreadsheets/test?includeGridData=false")
    assert answer.json() == {"error": {"code": 404, "message": "Requested entity was not found.", "status": "NOT_FOUND"}}
    assert answer.text.startswith('{\n  "error": {\n    "code": 404,') and answer.text.endswith("}\n")


def test_reader_may_not_write(service: Service, book: Workbook) -> None:
    """values.update by a reader: 403 PERMISSION_DENIED. (google-apis 8.4)"""
    reading = seen_by(service, book, EDGAR)
    assert refusal(lambda: reading.write("A1", [1])) == (403, "PERMISSION_DENIED", "The caller does not have permission")
    assert reading.read("A1") is None


def test_no_share_no_look(service: Service, book: Workbook) -> None:
    """A file that exists and is not shared with the caller: 403 in the words of Sheets. (google-apis 3.4)"""
    stranger = seen_by(service, book, "cartera.uno")
    assert refusal(stranger.get) == (403, "PERMISSION_DENIED", "The caller does not have permission")


def test_unknown_member_of_a_body(emulator: Emulator, book: Workbook) -> None:
    """An unknown name is refused with its place, in the message and in the details. (google-apis 3.4)"""
    text = "Invalid JSON payload received. Unknown name \"foo\" at 'requests[0]': Cannot find field."
    violation = {"field": "requests[0]", "description": text}
    found = body_of(emulator, "POST", f"/v4/spreadsheets/{book.id}:batchUpdate", json={"requests": [{"foo": {}}]})
    assert found == {
        "error": {
            "code": 400,
            "message": text,
            "status": INVALID,
            "details": [{"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": [violation]}],
        }
    }


def test_values_that_are_no_list(emulator: Emulator, book: Workbook) -> None:
    """A text where the rows belong is refused; a null dimension is passed over."""
    path = f"/v4/spreadsheets/{book.id}/values/'Sheet1'!A1?valueInputOption=RAW"
    error = body_of(emulator, "PUT", path, json={"values": "X", "majorDimension": None})["error"]
    text = "Invalid value at 'data.values' (type.googleapis.com/google.protobuf.ListValue), \"X\""
    assert (error["code"], error["message"], error["status"]) == (400, text, INVALID)
    assert error["details"][0]["fieldViolations"] == [{"field": "data.values", "description": text}]


UNPARSEABLE = (
    "Contro!A1",
    "'Contro'!A1",
    "A1:",
    "A0",
    "Sheet1!",
    "Sheet1!B",
    "Sheet1!2",
    "Z",
    " A1",
    "A1: B2",
    "A1:R2C2",
    "R1C1:B2",
    "R0C1",
    "R[-1]C[0]",
    "R2C2:R1C1",
    "R2:R1C1",
    "!Sheet1",
    "!",
    "Sheet1!A1:B2:C3",
    "'Sheet1!A1",
)


@pytest.mark.parametrize("text", UNPARSEABLE)
def test_unparseable_ranges(book: Workbook, text: str) -> None:
    """The whole text is named, never the half that is wrong; what exists nowhere is told no otherwise. (google-apis 3.4)"""
    message = f"Unable to parse range: {text}"
    assert refusal(lambda: book.values.batchGet(spreadsheetId=book.id, ranges=[text]).execute()) == (400, INVALID, message)
    assert refusal(lambda: book.get(ranges=[text])) == (400, INVALID, message)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("AA1", "AA1"),
        ("A1001", "A1001"),
        ("A1001:B1002", "A1001:B1002"),
        ("ZZ:ZZ", "ZZ"),
        ("AA:AB", "AA:AB"),
        ("1001:1002", "1001:1002"),
        ("R[1000]C[0]", "A1001"),
        ("C[26]", "AA"),
        ("R[1000]", "1001"),
    ],
)
def test_ranges_that_begin_outside(book: Workbook, text: str, named: str) -> None:
    """The range is named as it was asked for: whole columns by letters, whole rows by numbers."""
    message = f"Range (Sheet1!{named}) exceeds grid limits. Max rows: 1000, max columns: 26"
    assert refusal(lambda: book.values.batchGet(spreadsheetId=book.id, ranges=[text]).execute()) == (400, INVALID, message)
    assert refusal(lambda: book.get(ranges=[text])) == (400, INVALID, message)


def test_writes_name_the_part_that_is_wrong(book: Workbook) -> None:
    """batchUpdate counts its data, batchClear only says that it is a range."""
    data = [{"range": "A1", "values": [[1]]}, {"range": "AA1", "values": [[1]]}]
    limits = "Range (Sheet1!AA1) exceeds grid limits. Max rows: 1000, max columns: 26"
    many = book.values.batchUpdate(spreadsheetId=book.id, body={"valueInputOption": "RAW", "data": data})
    assert refusal(many.execute) == (400, INVALID, f"Invalid data[1]: {limits}")
    clearing = book.values.batchClear(spreadsheetId=book.id, body={"ranges": ["A1", "AA1"]})
    assert refusal(clearing.execute) == (400, INVALID, f"Invalid range: {limits}")


def test_range_of_the_body_must_be_that_of_the_address(book: Workbook) -> None:
    """The same cells under another name pass, other cells do not."""
    message = "Request range[A1:B2] does not match value's range[Sheet1!A1:B3]"
    assert refusal(lambda: book.write("A1:B2", [1], range="Sheet1!A1:B3")) == (400, INVALID, message)
    assert book.write("A1:B2", [1], range="'sheet1'!B2:A1")["updatedRange"] == "Sheet1!A1"


def test_protected_cell(service: Service) -> None:
    """Somebody who is not among the editors is told so, in a write of values and in a batch. (google-apis 8.4)"""
    book = new_workbook(service, operaciones_uno="writer")
    book.batch({"addProtectedRange": {"protectedRange": {"range": grid(0, 1, 0, 1), "editors": {"users": [BOT]}}}})
    writing = seen_by(service, book, EDGAR)
    assert refusal(lambda: writing.write("A1:B1", [1, 2])) == (400, INVALID, PROTECTED)
    cells = {"range": grid(0, 1, 0, 1), "fields": "userEnteredValue"}
    code, _, message = refusal(lambda: writing.batch({"updateCells": cells}))
    assert (code, message) == (400, f"Invalid requests[0].updateCells: {PROTECTED}")
    assert writing.write("B1", [2])["updatedCells"] == 1 and book.read("A1:B1") == [["", "2"]]


def test_last_visible_sheet_stays(book: Workbook) -> None:
    """Hiding the only sheet is refused, and with it everything else in that batch. (google-apis 8.4)"""
    hide = {"updateSheetProperties": {"properties": {"sheetId": 0, "hidden": True}, "fields": "hidden"}}
    named = {"addNamedRange": {"namedRange": {"name": "zona", "range": grid(0, 1, 0, 1)}}}
    message = "Invalid requests[1].updateSheetProperties: You can't hide all the sheets in a document."
    assert refusal(lambda: book.batch(named, hide)) == (400, INVALID, message)
    assert "namedRanges" not in book.get()


FILTERS: tuple[tuple[dict[str, Any], str], ...] = (
    ({}, "dataFilter.filter must be specified."),
    ({"a1Range": "Contro!A1"}, "Unable to parse range: Contro!A1"),
    ({"gridRange": {"sheetId": 9}}, "No {word} with id: 9"),
    ({"gridRange": {"startRowIndex": -1}}, "GridRange indexes must be >= 0"),
    ({"gridRange": {"startRowIndex": 3, "endRowIndex": 2}}, "endRowIndex[2] cannot be before startRowIndex[3]"),
    ({"gridRange": {"startColumnIndex": 3, "endColumnIndex": 2}}, "endColumnIndex[2] cannot be before startColumnIndex[3]"),
    ({"gridRange": {"startRowIndex": 1000}}, "Range (Sheet1!1001:) exceeds"),
    ({"gridRange": {"startRowIndex": 1000, "startColumnIndex": 1, "endColumnIndex": 3}}, "Range (Sheet1!B1001:C) exceeds"),
    ({"gridRange": {"startColumnIndex": 26, "endColumnIndex": 27}}, "Range (Sheet1!AA) exceeds"),
    (
        {"gridRange": {"startRowIndex": 5, "endRowIndex": 5, "startColumnIndex": 26}},
        "Range ((empty) Sheet1!AA6:5) exceeds",
    ),
    (
        {"developerMetadataLookup": {"locationType": "SPREADSHEET", "metadataLocation": {"sheetId": 0}}},
        "Cannot limit by location type of SPREADSHEET for the location sheetId",
    ),
    (
        {"developerMetadataLookup": {"metadataLocation": {"dimensionRange": {"dimension": "ROWS", "startIndex": 1}}}},
        "DimensionRange must specify both a startIndex and an endIndex.",
    ),
    (
        {
            "developerMetadataLookup": {
                "metadataLocation": {"dimensionRange": {"dimension": "ROWS", "startIndex": 1, "endIndex": 3}}
            }
        },
        "DimensionRange must represent a single row or column.",
    ),
    (
        {"developerMetadataLookup": {"metadataLocation": {"dimensionRange": {"startIndex": 1, "endIndex": 2}}}},
        "No dimension specified",
    ),
    (
        {
            "developerMetadataLookup": {
                "metadataLocation": {"dimensionRange": {"dimension": "COLUMNS", "startIndex": 26, "endIndex": 27}}
            }
        },
        "DimensionRange startIndex [26] is after the last COLUMNS index [25] of the sheet [0].",
    ),
)


@pytest.mark.parametrize(("data_filter", "expected"), FILTERS, ids=[message for _, message in FILTERS])
def test_data_filters_that_choose_nothing_possible(book: Workbook, data_filter: dict[str, Any], expected: str) -> None:
    """Reads of values say which filter is wrong, reads of the spreadsheet only why."""
    body = {"dataFilters": [{"a1Range": "A1"}, data_filter]}
    limits = " grid limits. Max rows: 1000, max columns: 26" if expected.endswith("exceeds") else ""
    values = book.values.batchGetByDataFilter(spreadsheetId=book.id, body=body)
    said = f"Invalid dataFilter[1]: {expected}{limits}".replace("{word}", "grid")
    assert refusal(values.execute) == (400, INVALID, said)
    whole = book.client.spreadsheets().getByDataFilter(spreadsheetId=book.id, body=body)
    assert refusal(whole.execute) == (400, INVALID, f"{expected}{limits}".replace("{word}", "sheet"))


def test_values_by_filter_want_one(book: Workbook) -> None:
    """Without a filter values are refused, and the spreadsheet is answered whole."""
    call = book.values.batchGetByDataFilter(spreadsheetId=book.id, body={})
    assert refusal(call.execute) == (400, INVALID, "Must specify at least one dataFilter.")
    assert book.client.spreadsheets().getByDataFilter(spreadsheetId=book.id, body={}).execute() == book.get()


def test_answers_by_filter_are_sorted_and_grouped(book: Workbook) -> None:
    """Column before row; filters for the same cells share an answer; a range without cells is #REF!; the id zero is left out."""
    book.write("A1:B2", [1, 2], [3, 4])
    chosen = [
        {"a1Range": "B1"},
        {"a1Range": "A2"},
        {"gridRange": grid(1, 2, 0, 1)},
        {"gridRange": {"startRowIndex": 1, "endRowIndex": 1}},
    ]
    found = book.values.batchGetByDataFilter(spreadsheetId=book.id, body={"dataFilters": chosen}).execute()
    bare = {"startRowIndex": 1, "endRowIndex": 2, "startColumnIndex": 0, "endColumnIndex": 1}
    empty = {"range": "#REF!", "majorDimension": "ROWS"}
    second = {"range": "Sheet1!A2", "majorDimension": "ROWS", "values": [["3"]]}
    third = {"range": "Sheet1!B1", "majorDimension": "ROWS", "values": [["2"]]}
    assert found["valueRanges"][-1] == {"valueRange": third, "dataFilters": [{"a1Range": "B1"}]}
    assert {"valueRange": second, "dataFilters": [{"a1Range": "A2"}, {"gridRange": bare}]} in found["valueRanges"]
    assert {"valueRange": empty, "dataFilters": [{"gridRange": {"startRowIndex": 1, "endRowIndex": 1}}]} in found["valueRanges"]


def test_a_lookup_that_finds_nothing(book: Workbook) -> None:
    """Values: no `valueRanges` at all; the spreadsheet: every sheet, as without a filter."""
    body = {"dataFilters": [{"developerMetadataLookup": {"metadataKey": "nada"}}]}
    assert book.values.batchGetByDataFilter(spreadsheetId=book.id, body=body).execute() == {"spreadsheetId": book.id}
    assert book.client.spreadsheets().getByDataFilter(spreadsheetId=book.id, body=body).execute() == book.get()


def test_blocks_by_filter(book: Workbook) -> None:
    """Two filters for the same cells share one block of grid data; a range without cells has the sizes of its other side."""
    body = {"dataFilters": [{"a1Range": "B2"}, {"gridRange": grid(1, 2, 1, 2)}], "includeGridData": True}
    found = book.client.spreadsheets().getByDataFilter(spreadsheetId=book.id, body=body).execute()
    sizes = {"rowMetadata": [{"pixelSize": 21}], "columnMetadata": [{"pixelSize": 100}]}
    assert found["sheets"][0]["data"] == [{"startRow": 1, "startColumn": 1, **sizes}]
    body = {"dataFilters": [{"gridRange": {"startRowIndex": 1, "endRowIndex": 1}}], "includeGridData": True}
    found = book.client.spreadsheets().getByDataFilter(spreadsheetId=book.id, body=body).execute()
    assert found["sheets"][0]["data"] == [{"startRow": 1, "columnMetadata": [{"pixelSize": 100}] * 26}]


def test_errors_in_unformatted_reads(book: Workbook) -> None:
    """An error is its sign when formatted, with the reason in brackets when not."""
    book.write("A1", ["=1/0", "=NA()"])
    assert book.read("A1:B1") == [["#DIV/0!", "#N/A"]]
    assert book.raw("A1:B1") == [["#DIV/0! (Function DIVIDE parameter 2 cannot be zero.)", "#N/A"]]
    assert book.read("A1:B1", valueRenderOption="FORMULA") == [["=1/0", "=NA()"]]
