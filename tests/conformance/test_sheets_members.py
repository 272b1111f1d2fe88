"""The exact members of ordinary Sheets answers, compared with recordings of the live service: nothing missing, nothing added."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance.conftest import Emulator
from tests.conformance.drive_kit import BOT
from tests.conformance.sheets_kit import EDGAR, SPREADSHEET, Service, Workbook, grid, new_workbook, seen_by

WHITE = {"red": 1, "green": 1, "blue": 1}
DEFAULT_FORMAT = {
    "backgroundColor": WHITE,
    "padding": {"top": 2, "right": 3, "bottom": 2, "left": 3},
    "verticalAlignment": "BOTTOM",
    "wrapStrategy": "OVERFLOW_CELL",
    "textFormat": {
        "foregroundColor": {},
        "fontFamily": "arial,sans,sans-serif",
        "fontSize": 10,
        "bold": False,
        "italic": False,
        "strikethrough": False,
        "underline": False,
        "foregroundColorStyle": {"rgbColor": {}},
    },
    "backgroundColorStyle": {"rgbColor": WHITE},
}
THEME = {
    "TEXT": {},
    "BACKGROUND": WHITE,
    "ACCENT1": {"red": 0.25882354, "green": 0.52156866, "blue": 0.95686275},
    "ACCENT2": {"red": 0.91764706, "green": 0.2627451, "blue": 0.20784314},
    "ACCENT3": {"red": 0.9843137, "green": 0.7372549, "blue": 0.015686275},
    "ACCENT4": {"red": 0.20392157, "green": 0.65882355, "blue": 0.3254902},
    "ACCENT5": {"red": 1, "green": 0.42745098, "blue": 0.003921569},
    "ACCENT6": {"red": 0.27450982, "green": 0.7411765, "blue": 0.7764706},
    "LINK": {"red": 0.06666667, "green": 0.33333334, "blue": 0.8},
}
FIRST_SHEET = {
    "sheetId": 0,
    "title": "Sheet1",
    "index": 0,
    "sheetType": "GRID",
    "gridProperties": {"rowCount": 1000, "columnCount": 26},
}


@pytest.fixture(name="book")
def made(service: Service) -> Workbook:
    """An empty spreadsheet."""
    return new_workbook(service)


def shown_format(alignment: str, **text: Any) -> dict[str, Any]:
    """The effectiveFormat of a cell that holds something and was not formatted."""
    return {
        **DEFAULT_FORMAT,
        "horizontalAlignment": alignment,
        "hyperlinkDisplayType": "PLAIN_TEXT",
        "textFormat": {**DEFAULT_FORMAT["textFormat"], "fontFamily": "Arial", **text},  # type: ignore[dict-item]
    }


def batch(book: Workbook, *requests: dict[str, Any]) -> Any:
    """The whole answer of batchUpdate."""
    return book.client.spreadsheets().batchUpdate(spreadsheetId=book.id, body={"requests": list(requests)}).execute()


def test_a_new_spreadsheet_as_it_is_read(book: Workbook) -> None:
    """Id, properties with default format and theme, one sheet, address; and in that order. (google-apis 3.1)"""
    colours = [{"colorType": name, "color": {"rgbColor": rgb}} for name, rgb in THEME.items()]
    found = book.get(includeGridData=False)
    assert found == {
        "spreadsheetId": book.id,
        "properties": {
            "title": "Hoja",
            "locale": "en_US",
            "autoRecalc": "ON_CHANGE",
            "timeZone": "Etc/GMT",
            "defaultFormat": DEFAULT_FORMAT,
            "spreadsheetTheme": {"primaryFontFamily": "Arial", "themeColors": colours},
        },
        "sheets": [{"properties": FIRST_SHEET}],
        "spreadsheetUrl": f"https://docs.google.com/spreadsheets/d/{book.id}/edit",
    }
    assert list(found) == ["spreadsheetId", "properties", "sheets", "spreadsheetUrl"]
    assert [colour["colorType"] for colour in found["properties"]["spreadsheetTheme"]["themeColors"]] == list(THEME)


def test_create_answers_the_whole_spreadsheet(service: Service) -> None:
    """spreadsheets.create answers what spreadsheets.get would."""
    sheets = service("sheets", "v4", "administrador").spreadsheets()
    made = sheets.create(body={"properties": {"title": "Nueva"}}).execute()
    assert made == sheets.get(spreadsheetId=made["spreadsheetId"]).execute()


def test_gspread_creates_through_drive(emulator: Emulator) -> None:
    """files.create answers kind, id, name and mimeType, in that order. (google-apis 3.5)"""
    body = {"name": "Prueba", "mimeType": SPREADSHEET}
    made = emulator.raw("POST", "/drive/v3/files?supportsAllDrives=True", json=body).json()
    assert list(made) == ["kind", "id", "name", "mimeType"] and made["kind"] == "drive#file"


def test_values_update(book: Workbook) -> None:
    """update: the range that was written, its rows, columns and cells."""
    assert book.write("A1:B2", [42, 43], [43, 44], how="RAW") == {
        "spreadsheetId": book.id,
        "updatedRange": "Sheet1!A1:B2",
        "updatedRows": 2,
        "updatedColumns": 2,
        "updatedCells": 4,
    }
    call = book.values.update(
        spreadsheetId=book.id, range="A1", valueInputOption="RAW", body={"values": [[1]]}, includeValuesInResponse=True
    )
    assert call.execute()["updatedData"] == {"range": "Sheet1!A1", "majorDimension": "ROWS", "values": [["1"]]}


def test_values_get_and_batch_get(book: Workbook) -> None:
    """A range and its dimension always, `values` only where something stands, a row ends at its last value. (google-apis 3.2)"""
    book.write("A1:D4", ["A1", "B1", "", "D1"], ["", "b2"], [], ["A4"])
    rows = [["A1", "B1", "", "D1"], ["", "b2"], [], ["A4"]]
    get = book.values.get(spreadsheetId=book.id, range="'Sheet1'").execute()
    assert get == {"range": "Sheet1!A1:Z1000", "majorDimension": "ROWS", "values": rows}
    found = book.values.batchGet(spreadsheetId=book.id, ranges=["A1:B1", "F1:F3"]).execute()
    assert found == {
        "spreadsheetId": book.id,
        "valueRanges": [
            {"range": "Sheet1!A1:B1", "majorDimension": "ROWS", "values": [["A1", "B1"]]},
            {"range": "Sheet1!F1:F3", "majorDimension": "ROWS"},
        ],
    }
    by_columns = book.values.get(spreadsheetId=book.id, range="C1:D4", majorDimension="COLUMNS").execute()
    assert by_columns == {"range": "Sheet1!C1:D4", "majorDimension": "COLUMNS", "values": [[], ["D1"]]}
    assert book.values.batchGet(spreadsheetId=book.id).execute() == {"spreadsheetId": book.id}


def test_append_with_and_without_a_table(book: Workbook) -> None:
    """`tableRange` stands between the id and the updates, and only where a table was found."""
    row = {"values": [["uno", "", "tres"]]}
    call = book.values.append(spreadsheetId=book.id, range="'Sheet1'", valueInputOption="RAW", body=row)
    counts = {"updatedRows": 1, "updatedColumns": 3, "updatedCells": 3}
    first = {"spreadsheetId": book.id, "updatedRange": "Sheet1!A1:C1", **counts}
    assert call.execute() == {"spreadsheetId": book.id, "updates": first}
    again = call.execute()
    second = {"spreadsheetId": book.id, "updatedRange": "Sheet1!C2:E2", **counts}
    assert again == {"spreadsheetId": book.id, "tableRange": "Sheet1!C1", "updates": second}
    assert list(again) == ["spreadsheetId", "tableRange", "updates"]


def test_values_batch_update(book: Workbook) -> None:
    """batchUpdate: totals, then one answer a range."""
    data = [{"range": "'Sheet1'!A1:D1", "values": [["A1", "B1", "", "D1"]]}, {"range": "'Sheet1'!A4:D4", "values": [["A4"] * 4]}]
    answer = book.values.batchUpdate(spreadsheetId=book.id, body={"valueInputOption": "RAW", "data": data}).execute()
    counts = {"updatedRows": 1, "updatedColumns": 4, "updatedCells": 4}
    assert answer == {
        "spreadsheetId": book.id,
        "totalUpdatedRows": 2,
        "totalUpdatedColumns": 4,
        "totalUpdatedCells": 8,
        "totalUpdatedSheets": 1,
        "responses": [
            {"spreadsheetId": book.id, "updatedRange": "Sheet1!A1:D1", **counts},
            {"spreadsheetId": book.id, "updatedRange": "Sheet1!A4:D4", **counts},
        ],
    }


def test_clear_and_batch_clear(book: Workbook) -> None:
    """The ranges that were cleared, cut to the grid."""
    assert book.values.clear(spreadsheetId=book.id, range="'Sheet1'").execute() == {
        "spreadsheetId": book.id,
        "clearedRange": "Sheet1!A1:Z1000",
    }
    answer = book.values.batchClear(spreadsheetId=book.id, body={"ranges": ["A1:B1", "C2:E"]}).execute()
    assert answer == {"spreadsheetId": book.id, "clearedRanges": ["Sheet1!A1:B1", "Sheet1!C2:E1000"]}


def test_a_request_without_answer_replies_with_nothing(book: Workbook) -> None:
    """batchUpdate: an empty object for each request that has no answer of its own."""
    merge = {"mergeCells": {"mergeType": "MERGE_ROWS", "range": grid(0, 2, 0, 2)}}
    resize = {"properties": {"sheetId": 0, "gridProperties": {"rowCount": 20}}, "fields": "gridProperties/rowCount"}
    assert batch(book, merge, {"updateSheetProperties": resize}) == {"spreadsheetId": book.id, "replies": [{}, {}]}


def test_added_sheet(book: Workbook) -> None:
    """addSheet answers the properties of the sheet, and a get shows the same."""
    given = {"title": "otra", "sheetType": "GRID", "gridProperties": {"rowCount": 2, "columnCount": 2}}
    reply = batch(book, {"addSheet": {"properties": given}})["replies"][0]["addSheet"]
    number = reply["properties"]["sheetId"]
    assert number > 0 and reply == {"properties": {"sheetId": number, "index": 1, **given}}
    assert book.sheet(1) == {"properties": {"sheetId": number, "index": 1, **given}}
    twin = batch(book, {"duplicateSheet": {"sourceSheetId": number, "newSheetName": "copia"}})["replies"][0]["duplicateSheet"]
    assert set(twin["properties"]) == {"sheetId", "title", "index", "sheetType", "gridProperties"}


def test_a_copied_sheet(book: Workbook) -> None:
    """sheets.copyTo answers the properties alone."""
    copied = (
        book.client.spreadsheets().sheets().copyTo(spreadsheetId=book.id, sheetId=0, body={"destinationSpreadsheetId": book.id})
    )
    answer = copied.execute()
    assert answer == {**FIRST_SHEET, "sheetId": answer["sheetId"], "title": "Copy of Sheet1", "index": 1}


AREA = {"startRowIndex": 0, "endRowIndex": 2, "startColumnIndex": 0, "endColumnIndex": 2}


def test_ranges_on_the_first_sheet_lack_its_id(book: Workbook) -> None:
    """The id zero is left out of ranges, the index zero is not."""
    named = {"addNamedRange": {"namedRange": {"name": "zona", "range": grid(0, 2, 0, 2)}}}
    reply = batch(book, named, {"mergeCells": {"mergeType": "MERGE_ALL", "range": grid(0, 2, 0, 2)}})["replies"][0]
    number = reply["addNamedRange"]["namedRange"]["namedRangeId"]
    zone = {"namedRangeId": number, "name": "zona", "range": AREA}
    assert reply == {"addNamedRange": {"namedRange": zone}}
    assert book.get(fields="namedRanges") == {"namedRanges": [zone]}
    assert book.sheet() == {"properties": FIRST_SHEET, "merges": [AREA]}


def test_ranges_on_another_sheet_carry_its_id(book: Workbook) -> None:
    """Only zero is left out."""
    batch(
        book,
        {"addSheet": {"properties": {"sheetId": 7}}},
        {"mergeCells": {"mergeType": "MERGE_ALL", "range": grid(0, 2, 0, 2, 7)}},
    )
    assert book.sheet(1)["merges"] == [{"sheetId": 7, **AREA}]


def test_protected_range_in_the_order_of_the_live_service(book: Workbook) -> None:
    """Id, range, description, what the caller may, editors."""
    book.batch({"addProtectedRange": {"protectedRange": {"range": grid(0, 2, 0, 2), "description": "d"}}})
    assert list(book.sheet()["protectedRanges"][0]) == [
        "protectedRangeId",
        "range",
        "description",
        "requestingUserCanEdit",
        "editors",
    ]


def test_protected_range(book: Workbook) -> None:
    """The reply repeats empty editors; the next read names whoever protected the range."""
    given = {"range": grid(0, 2, 0, 2), "description": None, "warningOnly": False, "requestingUserCanEdit": False}
    request: dict[str, Any] = {"addProtectedRange": {"protectedRange": {**given, "editors": {"users": [], "groups": []}}}}
    added = batch(book, request)["replies"][0]["addProtectedRange"]["protectedRange"]
    number = added["protectedRangeId"]
    assert added == {"protectedRangeId": number, "range": AREA, "requestingUserCanEdit": True, "editors": {}}
    assert book.sheet()["protectedRanges"] == [{**added, "editors": {"users": [BOT]}}]


def test_a_filter_on_everything_is_closed(book: Workbook) -> None:
    """setBasicFilter writes out the ends of an open range."""
    batch(book, {"setBasicFilter": {"filter": {"range": {"sheetId": 0}}}})
    whole = {"startRowIndex": 0, "endRowIndex": 1000, "startColumnIndex": 0, "endColumnIndex": 26}
    assert book.sheet() == {"properties": FIRST_SHEET, "basicFilter": {"range": whole}}


def test_dimension_groups(book: Workbook) -> None:
    """A group names its range and depth; the sheet says from then on where its control stands."""
    span = {"sheetId": 0, "dimension": "COLUMNS", "startIndex": 0, "endIndex": 2}
    group = {"range": {"dimension": "COLUMNS", "startIndex": 0, "endIndex": 2}, "depth": 1}
    reply = batch(book, {"addDimensionGroup": {"range": span}})["replies"][0]
    assert reply == {"addDimensionGroup": {"dimensionGroups": [group]}}
    size = {**FIRST_SHEET, "gridProperties": {"rowCount": 1000, "columnCount": 26, "columnGroupControlAfter": True}}
    assert book.sheet() == {"properties": size, "columnGroups": [group]}
    batch(book, {"deleteDimensionGroup": {"range": span}})
    assert book.sheet() == {"properties": size}


def test_a_reply_with_nothing_in_it(book: Workbook) -> None:
    """A kind of request that has a reply names it even when it is empty."""
    span = {"sheetId": 0, "dimension": "COLUMNS", "startIndex": 0, "endIndex": 2}
    requests: list[dict[str, Any]] = [
        {"deleteDimensionGroup": {"range": span}},
        {"findReplace": {"find": "zz", "replacement": "y", "allSheets": True}},
        {"trimWhitespace": {"range": {"sheetId": 0}}},
    ]
    book.batch({"addDimensionGroup": {"range": span}})
    assert book.batch(*requests) == [{kind: {}} for request in requests for kind in request]


def test_a_style_without_a_colour_takes_the_tab_colour_away(book: Workbook) -> None:
    """`tabColorStyle` without a colour clears both spellings; an empty `tabColor` is black."""

    def tab(**properties: Any) -> dict[str, Any]:
        fields = ",".join(properties)
        book.batch({"updateSheetProperties": {"properties": {"sheetId": 0, **properties}, "fields": fields}})
        return {name: value for name, value in book.sheet()["properties"].items() if "Color" in name}

    pink = {"red": 1, "blue": 0.49803922}
    assert tab(tabColorStyle={"rgbColor": {"red": 1, "green": 0, "blue": 0.5}}) == {
        "tabColor": pink,
        "tabColorStyle": {"rgbColor": pink},
    }
    assert tab(tabColorStyle={"rgbColor": None}) == {}
    assert tab(tabColor={}) == {"tabColor": {}, "tabColorStyle": {"rgbColor": {}}}


def test_a_column_fits_itself_to_its_text(book: Workbook) -> None:
    """The width follows the widths of the letters; of 1,024 times "A" it is the one that is on record."""
    book.write("A1", ["A" * 1024, "i" * 20, "W" * 20, ""])
    span = {"sheetId": 0, "dimension": "COLUMNS", "startIndex": 0, "endIndex": 4}
    assert book.batch({"autoResizeDimensions": {"dimensions": span}}) == [{}]
    widths = [one["pixelSize"] for one in book.sheet(fields="sheets.data.columnMetadata")["data"][0]["columnMetadata"][:4]]
    assert (widths[0], widths[3]) == (9483, 100)
    assert widths[1] * 3 < widths[2]


def test_colours_are_kept_in_256_steps(book: Workbook) -> None:
    """0.5 comes back as 127/255 in single precision, zero not at all, in both spellings."""
    colour = {"rgbColor": {"red": 1, "green": 0, "blue": 0.5}}
    batch(book, {"updateSheetProperties": {"properties": {"sheetId": 0, "tabColorStyle": colour}, "fields": "tabColorStyle"}})
    kept = {"red": 1, "blue": 0.49803922}
    assert book.sheet() == {"properties": {**FIRST_SHEET, "tabColor": kept, "tabColorStyle": {"rgbColor": kept}}}


def test_masks_leave_empty_objects(book: Workbook) -> None:
    """What a mask asks for and nobody set leaves its parents standing, with dots and with slashes."""
    assert book.get(fields="sheets.properties.tabColorStyle") == {"sheets": [{"properties": {}}]}
    assert book.get(ranges=["'Sheet1'!A1"], fields="sheets/data/rowData/values/note") == {"sheets": [{"data": [{}]}]}
    batch(book, {"updateCells": {"range": grid(0, 1, 0, 1), "rows": [{"values": [{"note": "nota"}]}], "fields": "note"}})
    noted = {"sheets": [{"data": [{"rowData": [{"values": [{"note": "nota"}]}]}]}]}
    assert book.get(ranges=["'Sheet1'!A1"], fields="sheets/data/rowData/values/note") == noted


def test_user_entered_format(book: Workbook) -> None:
    """A format comes back as it was set, each colour in both spellings, nothing of the defaults added."""
    given = {
        "backgroundColor": {"green": 1, "blue": 1},
        "horizontalAlignment": "CENTER",
        "textFormat": {"foregroundColor": {"red": 1, "green": 1}, "fontSize": 12, "bold": True},
    }
    fields = "userEnteredFormat(backgroundColor,horizontalAlignment,textFormat)"
    batch(book, {"repeatCell": {"range": grid(1, 2, 0, 2), "cell": {"userEnteredFormat": given}, "fields": fields}})
    found = book.get(ranges=["Sheet1!A2"], fields="sheets.data.rowData.values.userEnteredFormat")
    text = {**given["textFormat"], "foregroundColorStyle": {"rgbColor": {"red": 1, "green": 1}}}  # type: ignore[dict-item]
    expected = {**given, "backgroundColorStyle": {"rgbColor": {"green": 1, "blue": 1}}, "textFormat": text}
    assert found == {"sheets": [{"data": [{"rowData": [{"values": [{"userEnteredFormat": expected}]}]}]}]}


def test_grid_data_of_plain_values(book: Workbook) -> None:
    """CellData of a number and a text; an untouched cell is an empty object; rows and columns have their sizes."""
    book.write("B2", [2500, "", "texto"])
    number, text = {"numberValue": 2500}, {"stringValue": "texto"}
    block = book.sheet(ranges=["Sheet1!B2:E4"], includeGridData=True)["data"]
    cells = [
        {
            "userEnteredValue": number,
            "effectiveValue": number,
            "formattedValue": "2500",
            "effectiveFormat": shown_format("RIGHT"),
        },
        {},
        {"userEnteredValue": text, "effectiveValue": text, "formattedValue": "texto", "effectiveFormat": shown_format("LEFT")},
    ]
    assert block == [
        {
            "startRow": 1,
            "startColumn": 1,
            "rowData": [{"values": cells}],
            "rowMetadata": [{"pixelSize": 21}] * 3,
            "columnMetadata": [{"pixelSize": 100}] * 4,
        }
    ]
    assert list(block[0]) == ["startRow", "startColumn", "rowData", "rowMetadata", "columnMetadata"]


def test_grid_data_of_an_empty_sheet(book: Workbook) -> None:
    """No rowData, no start, all sizes."""
    (block,) = book.sheet(includeGridData=True)["data"]
    assert set(block) == {"rowMetadata", "columnMetadata"}
    assert (len(block["rowMetadata"]), len(block["columnMetadata"])) == (1000, 26)


def test_each_range_has_its_block_and_hides_other_sheets(book: Workbook) -> None:
    """`ranges` keeps the sheets that they touch, also without grid data; a range asked for twice is answered twice."""
    batch(book, {"addSheet": {"properties": {"sheetId": 7, "title": "otra"}}})
    found = book.get(ranges=["otra!B1", "otra!B1", "otra!A3"], includeGridData=True)
    assert [sheet["properties"]["sheetId"] for sheet in found["sheets"]] == [7]
    assert [(b.get("startRow", 0), b.get("startColumn", 0)) for b in found["sheets"][0]["data"]] == [(0, 1), (0, 1), (2, 0)]
    without = book.get(ranges=["otra!B1"])
    assert [sheet["properties"]["title"] for sheet in without["sheets"]] == ["otra"] and "data" not in without["sheets"][0]


@pytest.mark.parametrize(
    ("formula", "members"),
    [
        ('=""', {}),
        ("=NA()", {"effectiveValue": {"errorValue": {"type": "N_A"}}, "formattedValue": "#N/A"}),
        (
            "=1/0",
            {
                "effectiveValue": {
                    "errorValue": {"type": "DIVIDE_BY_ZERO", "message": "Function DIVIDE parameter 2 cannot be zero."}
                },
                "formattedValue": "#DIV/0!",
            },
        ),
        ("=DATE(2023,3,19)", {"effectiveValue": {"numberValue": 45004}, "formattedValue": "3/19/2023"}),
    ],
)
def test_grid_data_of_formulas(book: Workbook, formula: str, members: dict[str, Any]) -> None:
    """The formula in userEnteredValue, its result besides; an empty text leaves nothing to see."""
    book.write("A1", [formula])
    cell = book.cell("A1")
    cell.pop("effectiveFormat")
    assert cell == {"userEnteredValue": {"formulaValue": formula}, **members}


def test_a_format_that_a_formula_brings_is_its_type_alone(book: Workbook) -> None:
    """A date that was computed says DATE without a pattern, also by way of a reference; nothing counts as entered."""
    book.write("A1", ["=DATE(2023,3,19)", "=A1"])
    for cell in (book.cell("A1"), book.cell("B1")):
        assert cell["effectiveFormat"]["numberFormat"] == {"type": "DATE"} and "userEnteredFormat" not in cell


def test_grid_data_of_a_link(book: Workbook) -> None:
    """HYPERLINK shows as a link: colour of the theme, underlined, with its address."""
    book.write("A1", ['=HYPERLINK("https://example.com","ver")'])
    cell = book.cell("A1")
    look = cell["effectiveFormat"]
    assert cell["hyperlink"] == "https://example.com" and look["hyperlinkDisplayType"] == "LINKED"
    assert look["textFormat"] == {
        **shown_format("LEFT")["textFormat"],
        "foregroundColor": THEME["LINK"],
        "foregroundColorStyle": {"rgbColor": THEME["LINK"]},
        "underline": True,
        "link": {"uri": "https://example.com"},
    }


def test_answers_are_indented(book: Workbook, emulator: Emulator) -> None:
    """Two blanks a level and a line break at the end; compact only with prettyPrint=false."""
    path = f"/v4/spreadsheets/{book.id}/values/A1"
    assert emulator.raw("GET", path, BOT).text == '{\n  "range": "Sheet1!A1",\n  "majorDimension": "ROWS"\n}\n'
    assert emulator.raw("GET", f"{path}?prettyPrint=false", BOT).text == '{"range":"Sheet1!A1","majorDimension":"ROWS"}'


def test_developer_metadata_where_it_hangs(service: Service) -> None:
    """On a column it is read with the sizes and without the id zero; that of a project is for the project. (google-apis 3.1)"""
    book = new_workbook(service, operaciones_uno="reader")
    place = {"dimensionRange": {"sheetId": 0, "dimension": "COLUMNS", "startIndex": 0, "endIndex": 1}}
    made = [
        {"createDeveloperMetadata": {"developerMetadata": {"metadataKey": key, "visibility": key, "location": place}}}
        for key in ("DOCUMENT", "PROJECT")
    ]
    reply = batch(book, *made)["replies"][0]["createDeveloperMetadata"]["developerMetadata"]
    shown = {"dimension": "COLUMNS", "startIndex": 0, "endIndex": 1}
    assert reply == {
        "metadataId": reply["metadataId"],
        "metadataKey": "DOCUMENT",
        "visibility": "DOCUMENT",
        "location": {"locationType": "COLUMN", "dimensionRange": shown},
    }
    search = (
        book.client.spreadsheets()
        .developerMetadata()
        .search(spreadsheetId=book.id, body={"dataFilters": [{"developerMetadataLookup": {"metadataKey": "DOCUMENT"}}]})
    )
    assert search.execute()["matchedDeveloperMetadata"][0]["developerMetadata"] == reply
    mask = "sheets.data.columnMetadata.developerMetadata.metadataKey"
    for seen, keys in ((book, ["DOCUMENT", "PROJECT"]), (seen_by(service, book, EDGAR), ["DOCUMENT"])):
        column = seen.get(ranges=["A1"], fields=mask)["sheets"][0]["data"][0]["columnMetadata"][0]
        assert [one["metadataKey"] for one in column["developerMetadata"]] == keys


def test_an_empty_cell_with_a_format_has_no_alignment(book: Workbook) -> None:
    """What follows from the value is not there without one: alignment and kind of link."""
    batch(
        book,
        {
            "repeatCell": {
                "range": grid(0, 1, 0, 1),
                "cell": {"userEnteredFormat": {"textFormat": {"bold": True}}},
                "fields": "userEnteredFormat.textFormat.bold",
            }
        },
    )
    shown = {**DEFAULT_FORMAT, "textFormat": {**DEFAULT_FORMAT["textFormat"], "fontFamily": "Arial", "bold": True}}  # type: ignore[dict-item]
    assert book.cell("A1") == {"userEnteredFormat": {"textFormat": {"bold": True}}, "effectiveFormat": shown}


def test_the_first_run_of_a_text_has_no_start(book: Workbook) -> None:
    """textFormatRuns: the start zero is left out, the others are told."""
    runs = [{"startIndex": 0, "format": {"bold": True}}, {"startIndex": 4, "format": {}}]
    cell = {"userEnteredValue": {"stringValue": "hola mundo"}, "textFormatRuns": runs}
    fields = "userEnteredValue,textFormatRuns"
    batch(book, {"updateCells": {"range": grid(0, 1, 0, 1), "rows": [{"values": [cell]}], "fields": fields}})
    assert book.cell("A1")["textFormatRuns"] == [{"format": {"bold": True}}, {"startIndex": 4, "format": {}}]
