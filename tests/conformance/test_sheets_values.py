"""Reading and writing plain values."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance.conftest import Emulator
from tests.conformance.drive_kit import BOT
from tests.conformance.sheets_kit import Service, Workbook, grid, new_workbook, refusal


@pytest.fixture(name="book")
def fresh(service: Service) -> Workbook:
    """An empty spreadsheet in Mexican Spanish."""
    return new_workbook(service, "es_MX")


def test_empty_range_has_no_values(book: Workbook) -> None:
    """A range without content answers its range and dimension alone. (google-apis 3.2)"""
    found = book.values.get(spreadsheetId=book.id, range="A1:B2").execute()
    assert found == {"range": "Sheet1!A1:B2", "majorDimension": "ROWS"}


def test_trailing_empties_are_trimmed(book: Workbook) -> None:
    """Empty cells at the end of rows and empty rows at the end are left out; gaps stay as empty texts. (google-apis 3.2)"""
    book.write("A1:C3", ["a", "", "c"], ["", "x"])
    assert book.read("A1:D5") == [["a", "", "c"], ["", "x"]]


@pytest.mark.parametrize(
    ("typed", "value", "shown"),
    [
        ("1,234.50", 1234.5, "1,234.50"),
        ("12%", 0.12, "12%"),
        ("05/03/2026", 46086, "05/03/2026"),
        ("2026-03-05", 46086, "2026-03-05"),
        ("VERDADERO", True, "VERDADERO"),
        ("FALSO", False, "FALSO"),
        ("TRUE", True, "VERDADERO"),
        ("007", 7, "7"),
        ("'007", "007", "007"),
        ("31/02/2026", "31/02/2026", "31/02/2026"),
        ("=1+1", 2, "2"),
        ("10:30", 0.4375, "10:30"),
        ("hola", "hola", "hola"),
    ],
)
def test_user_entered_reads_like_typing(book: Workbook, typed: str, value: Any, shown: str) -> None:
    """USER_ENTERED understands numbers, dates, booleans and formulas in the locale of the spreadsheet. (google-apis 3.2)"""
    book.write("A1", [typed])
    assert book.raw("A1") == [[value]]
    assert book.read("A1") == [[shown]]


@pytest.mark.parametrize(
    ("typed", "pattern", "shown"),
    [
        ("9:05", "h:mm", "9:05"),
        ("9:05:07", "h:mm:ss", "9:05:07"),
        ("9:05 PM", "h:mm am/pm", "9:05 PM"),
        ("9/1/2018 14:05", "m/d/yyyy h:mm:ss", "9/1/2018 14:05:00"),
    ],
)
def test_times_keep_their_look(service: Service, typed: str, pattern: str, shown: str) -> None:
    """A time is shown as it was typed; behind a date it has 24 hours and seconds."""
    american = new_workbook(service, "en_US")
    american.write("A1", [typed])
    assert american.read("A1") == [[shown]]
    assert american.cell("A1")["userEnteredFormat"]["numberFormat"]["pattern"] == pattern


def test_date_order_follows_the_locale(service: Service) -> None:
    """The same text is another day in the United States."""
    american = new_workbook(service, "en_US")
    american.write("A1", ["05/03/2026"])
    assert american.raw("A1") == [[46145]]
    assert american.read("A1") == [["5/3/2026"]]


def test_decimal_comma_of_spain(service: Service) -> None:
    """In Spain the comma is the decimal sign and the semicolon separates arguments."""
    spain = new_workbook(service, "es_ES")
    spain.write("A1", ["1.234,5"], ["=SUM(A1;0,5)"])
    assert spain.raw("A1:A2") == [[1234.5], [1235]]


def test_raw_keeps_what_was_sent(book: Workbook) -> None:
    """RAW stores a formula text as text and a number text as text. (google-apis 3.2)"""
    book.write("A1", ["=1+1", "12", 12, True], how="RAW")
    assert book.raw("A1:D1") == [["=1+1", "12", 12, True]]
    assert book.cell("A1")["userEnteredValue"] == {"stringValue": "=1+1"}


def test_null_skips_and_empty_text_clears(book: Workbook) -> None:
    """null leaves a cell alone, an empty text empties it; only what was not skipped is counted. (google-apis 3.2)"""
    book.write("A1", ["a", "b", "c"])
    answer = book.write("A1:C1", [None, "", "z"])
    assert book.read("A1:C1") == [["a", "", "z"]]
    assert (answer["updatedRange"], answer["updatedCells"]) == ("Sheet1!A1:C1", 2)


def test_formula_rendering(book: Workbook) -> None:
    """FORMULA gives the formula, dates as serial numbers."""
    book.write("A1", ["=1+1", "05/03/2026"])
    assert book.read("A1:B1", valueRenderOption="FORMULA") == [["=1+1", 46086]]


def test_dates_as_text_on_demand(book: Workbook) -> None:
    """FORMATTED_STRING turns dates of an unformatted read into texts, numbers stay numbers."""
    book.write("A1", ["05/03/2026", 5])
    read = book.read("A1:B1", valueRenderOption="UNFORMATTED_VALUE", dateTimeRenderOption="FORMATTED_STRING")
    assert read == [["05/03/2026", 5]]


def test_columns_as_major_dimension(book: Workbook) -> None:
    """Values can be written and read column by column."""
    book.write("A1:B3", [1, 2, 3], [4], majorDimension="COLUMNS")
    assert book.raw("A1:B3") == [[1, 4], [2], [3]]
    columns = book.values.get(spreadsheetId=book.id, range="A1:B3", majorDimension="COLUMNS").execute()
    assert columns["values"] == [["1", "2", "3"], ["4"]]


def test_batch_get_keeps_the_order_and_normalises(book: Workbook) -> None:
    """Ranges come back in the order asked for, cut to the grid and quoted where needed. (google-apis 3.2)"""
    book.batch({"updateSheetProperties": {"properties": {"sheetId": 0, "title": "Hoja 1"}, "fields": "title"}})
    asked = ["'hoja 1'!B2:A1", "A:A", "'Hoja 1'"]
    found = book.values.batchGet(spreadsheetId=book.id, ranges=asked).execute()
    assert [one["range"] for one in found["valueRanges"]] == ["'Hoja 1'!A1:B2", "'Hoja 1'!A1:A1000", "'Hoja 1'!A1:Z1000"]


def test_batch_update_is_all_or_nothing(book: Workbook) -> None:
    """A bad range in the second part leaves the first undone. (google-apis 3.4)"""
    data = [{"range": "A1", "values": [[1]]}, {"range": "Contro!A1", "values": [[2]]}]
    body = {"valueInputOption": "RAW", "data": data}
    code, status, message = refusal(lambda: book.values.batchUpdate(spreadsheetId=book.id, body=body).execute())
    assert (code, status, message) == (400, "INVALID_ARGUMENT", "Invalid data[1]: Unable to parse range: Contro!A1")
    assert book.read("A1") is None


def test_batch_update_counts(book: Workbook) -> None:
    """Totals and one answer a range."""
    data = [{"range": "A1:B1", "values": [[1, 2]]}, {"range": "A3", "values": [[3]]}]
    answer = book.values.batchUpdate(spreadsheetId=book.id, body={"valueInputOption": "RAW", "data": data}).execute()
    assert (answer["totalUpdatedCells"], answer["totalUpdatedRows"], answer["totalUpdatedSheets"]) == (3, 2, 1)
    assert [one["updatedRange"] for one in answer["responses"]] == ["Sheet1!A1:B1", "Sheet1!A3"]


def test_append_continues_the_last_table(book: Workbook) -> None:
    """Rows go under the table found in the range, in its first column."""
    book.write("B2:C3", ["h", "i"], [1, 2])
    call = book.values.append(
        spreadsheetId=book.id, range="Sheet1", valueInputOption="RAW", body={"values": [[3, 4]]}, includeValuesInResponse=True
    )
    answer = call.execute()
    assert (answer["tableRange"], answer["updates"]["updatedRange"]) == ("Sheet1!B2:C3", "Sheet1!B4:C4")
    assert answer["updates"]["updatedData"]["values"] == [["3", "4"]]


def test_append_to_nothing_and_beyond_the_grid(book: Workbook) -> None:
    """Without a table the values go to the start of the range; a full sheet grows."""
    size = {"sheetId": 0, "gridProperties": {"rowCount": 1}}
    book.batch({"updateSheetProperties": {"properties": size, "fields": "gridProperties/rowCount"}})
    for expected in ("Sheet1!A1", "Sheet1!A2"):
        call = book.values.append(spreadsheetId=book.id, range="Sheet1", valueInputOption="RAW", body={"values": [["x"]]})
        assert call.execute()["updates"]["updatedRange"] == expected


def test_clear_leaves_format_and_validation(book: Workbook) -> None:
    """Clearing empties values only."""
    book.write("A1", ["12%"])
    answer = book.values.clear(spreadsheetId=book.id, range="A1:B2", body={}).execute()
    assert answer == {"spreadsheetId": book.id, "clearedRange": "Sheet1!A1:B2"}
    assert "userEnteredValue" not in book.cell("A1")
    assert book.cell("A1")["userEnteredFormat"]["numberFormat"]["type"] == "PERCENT"
    cleared = book.values.batchClear(spreadsheetId=book.id, body={"ranges": ["A1", "C:C"]}).execute()
    assert cleared["clearedRanges"] == ["Sheet1!A1", "Sheet1!C1:C1000"]


@pytest.mark.parametrize(
    ("area", "message"),
    [
        ("Contro!A1", "Unable to parse range: Contro!A1"),
        ("A1:", "Unable to parse range: A1:"),
        ("AA1", "Range (Sheet1!AA1) exceeds grid limits. Max rows: 1000, max columns: 26"),
    ],
)
def test_bad_ranges(book: Workbook, area: str, message: str) -> None:
    """A range that names nothing or lies outside the grid is a 400 in Google's words. (google-apis 3.4)"""
    assert refusal(lambda: book.read(area)) == (400, "INVALID_ARGUMENT", message)


def test_values_must_fit_the_range(book: Workbook) -> None:
    """More columns than the range has are refused; a single cell only says where to begin."""
    code, _, message = refusal(lambda: book.write("A1:B1", [1, 2, 3]))
    assert (code, message) == (400, "Requested writing within range [Sheet1!A1:B1], but tried writing to column [C]")
    assert book.write("A1", [1, 2, 3])["updatedRange"] == "Sheet1!A1:C1"


def test_input_option_is_required(book: Workbook) -> None:
    """Without valueInputOption nothing is written."""
    call = book.values.update(spreadsheetId=book.id, range="A1", body={"values": [[1]]})
    assert refusal(call.execute) == (400, "INVALID_ARGUMENT", "'valueInputOption' is required but not specified")


def test_data_filters_find_columns_by_metadata(book: Workbook) -> None:
    """Values are read, written and cleared by developer metadata after the column has moved."""
    where = {"dimensionRange": {"sheetId": 0, "dimension": "COLUMNS", "startIndex": 2, "endIndex": 3}}
    metadata = {"metadataId": 7, "metadataKey": "area", "metadataValue": "seguridad", "visibility": "DOCUMENT", "location": where}
    book.write("C1", ["x"])
    span = {"sheetId": 0, "dimension": "COLUMNS", "startIndex": 0, "endIndex": 1}
    book.batch({"createDeveloperMetadata": {"developerMetadata": metadata}}, {"insertDimension": {"range": span}})
    lookup = {"developerMetadataLookup": {"metadataKey": "area"}}
    found = book.values.batchGetByDataFilter(spreadsheetId=book.id, body={"dataFilters": [lookup]}).execute()
    assert found["valueRanges"][0]["valueRange"]["range"] == "Sheet1!D1:D1000"
    assert found["valueRanges"][0]["valueRange"]["values"] == [["x"]]
    data = [{"dataFilter": lookup, "values": [["y"]]}]
    book.values.batchUpdateByDataFilter(spreadsheetId=book.id, body={"valueInputOption": "RAW", "data": data}).execute()
    assert book.read("D1") == [["y"]]
    book.values.batchClearByDataFilter(spreadsheetId=book.id, body={"dataFilters": [lookup]}).execute()
    assert book.read("D1") is None
    searched = (
        book.client.spreadsheets().developerMetadata().search(spreadsheetId=book.id, body={"dataFilters": [lookup]}).execute()
    )
    assert searched["matchedDeveloperMetadata"][0]["developerMetadata"]["metadataId"] == 7


def test_ticks_are_booleans_unformatted(book: Workbook, emulator: Emulator) -> None:
    """A tick is JSON true when unformatted; formatted it is a word, in the language of the sheet unless the switch says English.

    (google-apis 3.2)
    """
    box = {"range": grid(0, 2, 0, 1), "rule": {"condition": {"type": "BOOLEAN"}, "strict": True}}
    book.batch({"setDataValidation": box})
    book.write("A1", [True], [False], how="RAW")
    assert book.raw("A1:A2") == [[True], [False]] and book.read("A1:A2") == [["VERDADERO"], ["FALSO"]]
    emulator.local("PUT", "behaviour", {"localised_booleans": False})
    book.write("A1", [False], [True], how="RAW")
    assert book.read("A1:A2") == [["FALSE"], ["TRUE"]]


def test_dates_are_days_since_the_end_of_1899(book: Workbook) -> None:
    """The serial number 1 is 31 December 1899, half a day is a half. (google-apis 3.2)"""
    book.write("A1", ["1899-12-31", "1900-01-01", "2026-03-05 12:00:00"])
    assert book.raw("A1:C1") == [[1, 2, 46086.5]]


def test_empty_ticks_count_as_content_for_append(book: Workbook) -> None:
    """FALSE in a column of checkboxes is a table: new rows land below it. (google-apis 3.2)"""
    book.write("A1", ["nombre"], how="RAW")
    book.write("A2:A50", *[[False]] * 49, how="RAW")
    call = book.values.append(spreadsheetId=book.id, range="Sheet1", valueInputOption="RAW", body={"values": [["x"]]})
    assert call.execute()["updates"]["updatedRange"] == "Sheet1!A51"


def test_a_cell_holds_fifty_thousand_characters(book: Workbook) -> None:
    """One more is refused. (google-apis 3.3)"""
    book.write("A1", ["x" * 50_000], how="RAW")
    message = "Your input contains more than the maximum of 50000 characters in a single cell."
    assert refusal(lambda: book.write("A1", ["x" * 50_001], how="RAW")) == (400, "INVALID_ARGUMENT", message)
    assert len(book.raw("A1")[0][0]) == 50_000


@pytest.mark.parametrize(
    ("size", "limit"),
    [
        ({"rowCount": 400_000}, "number of cells in the workbook above the limit of 10000000 cells"),
        ({"rowCount": 1, "columnCount": 18_279}, "number of columns in the sheet above the limit of 18278 columns"),
    ],
)
def test_a_spreadsheet_has_limits(book: Workbook, size: dict[str, int], limit: str) -> None:
    """Ten million cells, 18,278 columns. (google-apis 3.3)"""
    fields = f"gridProperties({','.join(size)})"
    request = {"updateSheetProperties": {"properties": {"sheetId": 0, "gridProperties": size}, "fields": fields}}
    code, _, message = refusal(lambda: book.batch(request))
    assert code == 400 and message == f"Invalid requests[0].updateSheetProperties: This action would increase the {limit}."


def test_the_first_tab_is_named_in_the_language_of_the_account(service: Service, emulator: Emulator) -> None:
    """Its id is zero everywhere; its name depends on the locale. (google-apis 3.1)"""
    emulator.local("PUT", "behaviour", {"new_spreadsheet_locale": "es_PA", "new_spreadsheet_time_zone": "America/Panama"})
    found = new_workbook(service).get()
    assert (found["sheets"][0]["properties"]["sheetId"], found["sheets"][0]["properties"]["title"]) == (0, "Hoja 1")
    assert (found["properties"]["locale"], found["properties"]["timeZone"]) == ("es_PA", "America/Panama")


@pytest.mark.parametrize("name", ["COLUMNS", "columns", "Columns", "2", "02"])
def test_enums_in_any_case_and_by_number(book: Workbook, emulator: Emulator, name: str) -> None:
    """An option is understood in any case, with a dash for an underscore, and by its number; the answer names it properly."""
    book.write("A1", [1, "=1+1"])
    path = f"/v4/spreadsheets/{book.id}/values/A1:B1?majorDimension={name}&valueRenderOption=unformatted-value"
    assert emulator.raw("GET", path, BOT).json() == {"range": "Sheet1!A1:B1", "majorDimension": "COLUMNS", "values": [[1], [2]]}
    body = {"dataFilters": [{"a1Range": "A1:B1"}], "majorDimension": name}
    found = book.values.batchGetByDataFilter(spreadsheetId=book.id, body=body).execute()
    assert found["valueRanges"][0]["valueRange"]["majorDimension"] == "COLUMNS"


@pytest.mark.parametrize("name", ["NOPE", "", "3", "-1", "2.0"])
def test_unknown_enum_is_refused(book: Workbook, emulator: Emulator, name: str) -> None:
    """Any other text is 400 with field, type and text; empty is not absent."""
    error = emulator.raw("GET", f"/v4/spreadsheets/{book.id}/values/A1?majorDimension={name}", BOT).json()["error"]
    assert (
        error["message"]
        == f"Invalid value at 'major_dimension' (type.googleapis.com/google.apps.sheets.v4.Dimension), \"{name}\""
    )
