"""Who may change what."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance.drive_kit import BOT
from tests.conformance.sheets_kit import (
    EDGAR,
    PERSON_OF_SEGURIDAD,
    PROTECTED,
    SEGURIDAD,
    Service,
    Workbook,
    address,
    grid,
    new_workbook,
    refusal,
    seen_by,
)


def protect(number: int, area: dict[str, int], **more: Any) -> dict[str, Any]:
    """An addProtectedRange request for the bot and Seguridad."""
    editors = {"users": [BOT], "groups": [SEGURIDAD]}
    return {"addProtectedRange": {"protectedRange": {"protectedRangeId": number, "range": area, "editors": editors} | more}}


@pytest.fixture(name="book")
def shared(service: Service) -> Workbook:
    """A spreadsheet with writers of two areas and a reader, column C for Seguridad alone."""
    book = new_workbook(service, seguridad_uno="writer", operaciones_uno="writer", cartera_uno="reader")
    book.batch(protect(102, grid(0, 5, 2, 3)))
    return book


def test_area_edits_its_column_and_others_do_not(service: Service, book: Workbook) -> None:
    """A member of the group among the editors writes; another writer of the file is refused in Google's words."""
    seen_by(service, book, PERSON_OF_SEGURIDAD).write("C2", [True])
    assert book.raw("C2") == [[True]]
    other = seen_by(service, book, EDGAR)
    assert refusal(lambda: other.write("C2", [False])) == (400, "INVALID_ARGUMENT", PROTECTED)
    other.write("D2", ["mine"])


def test_every_way_of_writing_is_guarded(service: Service, book: Workbook) -> None:
    """Clearing, batch requests, deleting rows and inserting inside the range are refused as well."""
    other = seen_by(service, book, EDGAR)
    assert refusal(lambda: other.values.clear(spreadsheetId=book.id, range="C:C", body={}).execute())[2] == PROTECTED
    cell = {"repeatCell": {"range": grid(0, 1, 0, 5), "cell": {"note": "x"}, "fields": "note"}}
    assert refusal(lambda: other.batch(cell))[2] == f"Invalid requests[0].repeatCell: {PROTECTED}"
    rows = {"sheetId": 0, "dimension": "ROWS", "startIndex": 1, "endIndex": 2}
    for request in ({"deleteDimension": {"range": rows}}, {"insertDimension": {"range": rows}}):
        assert refusal(lambda request=request: other.batch(request))[0] == 400


def test_null_does_not_touch_a_protected_cell(service: Service, book: Workbook) -> None:
    """A skipped cell needs no right."""
    seen_by(service, book, EDGAR).write("B1:D1", ["b", None, "d"])
    assert book.read("B1:D1") == [["b", "", "d"]]


def test_caller_must_stay_among_the_editors(book: Workbook) -> None:
    """Leaving oneself out is refused. (google-apis 3.1)"""
    request = protect(103, grid(0, 5, 3, 4), editors={"users": [EDGAR]})
    assert (
        refusal(lambda: book.batch(request))[2]
        == "Invalid requests[0].addProtectedRange: You can't remove yourself as an editor."
    )


def test_warning_only_knows_no_editors_and_stops_nobody(service: Service, book: Workbook) -> None:
    """Editors with warningOnly are refused; without them the range is a warning. (google-apis 3.1)"""
    wrong = protect(103, grid(0, 5, 3, 4), warningOnly=True)
    expected = "Invalid requests[0].addProtectedRange: ProtectedRange is warningOnly. Editors cannot be set on it."
    assert refusal(lambda: book.batch(wrong))[2] == expected
    right = {"range": grid(0, 5, 3, 4), "warningOnly": True}
    book.batch({"addProtectedRange": {"protectedRange": right}})
    seen_by(service, book, EDGAR).write("D1", ["x"])


def test_same_id_again_undoes_the_whole_batch(book: Workbook) -> None:
    """A duplicate id tells that the batch has run before, and nothing of it is done again. (google-apis 3.1)"""
    note = {"updateCells": {"range": grid(0, 1, 0, 1), "rows": [{"values": [{"note": "n"}]}], "fields": "note"}}
    code, _, message = refusal(lambda: book.batch(note, protect(102, grid(0, 5, 3, 4))))
    assert code == 400 and message.startswith("Invalid requests[1].addProtectedRange: ")
    assert book.cell("A1") == {}


def test_whole_sheet_with_holes(service: Service, book: Workbook) -> None:
    """What a whole-sheet protection leaves out stays open; holes elsewhere are refused. (google-apis 3.1)"""
    book.batch(
        {"deleteProtectedRange": {"protectedRangeId": 102}},
        protect(104, {"sheetId": 0}, unprotectedRanges=[grid(3, 40, 2, 6)], editors={"users": [BOT]}),
    )
    other = seen_by(service, book, EDGAR)
    other.write("C4:F4", [1, 2, 3, 4])
    assert refusal(lambda: other.write("B4:C4", [1, 2]))[2] == PROTECTED
    holed = protect(105, grid(0, 5, 0, 2), unprotectedRanges=[grid(0, 1, 0, 1)])
    assert "entire sheet" in refusal(lambda: book.batch(holed))[2]


def test_overlapping_protections_all_bind(service: Service, book: Workbook) -> None:
    """An editor of one of two overlapping ranges is not enough. (google-apis 3.1)"""
    book.batch(protect(106, {"sheetId": 0}, editors={"users": [BOT]}))
    assert refusal(lambda: seen_by(service, book, PERSON_OF_SEGURIDAD).write("C2", [1]))[2] == PROTECTED


def test_editors_are_shown_to_editors_only(service: Service, book: Workbook) -> None:
    """Source: Sheets API, ProtectedRange.editors is visible to users with edit access to the range."""
    mine = seen_by(service, book, PERSON_OF_SEGURIDAD).sheet()["protectedRanges"][0]
    assert mine["requestingUserCanEdit"] is True and mine["editors"]["groups"] == [SEGURIDAD]
    others = seen_by(service, book, EDGAR).sheet()["protectedRanges"][0]
    assert "editors" not in others and "requestingUserCanEdit" not in others


def test_lifting_a_protection(service: Service, book: Workbook) -> None:
    """Another writer cannot lift a protection, one of its editors can. (google-apis 3.1)"""
    lift = {"deleteProtectedRange": {"protectedRangeId": 102}}
    assert refusal(lambda: seen_by(service, book, EDGAR).batch(lift))[2].endswith(PROTECTED)
    seen_by(service, book, PERSON_OF_SEGURIDAD).batch(lift)
    assert "protectedRanges" not in book.sheet()


def test_changing_a_protection(service: Service, book: Workbook) -> None:
    """An editor changes description and editors under a mask; leaving oneself out is refused here too. (google-apis 3.1)"""
    new = {"protectedRangeId": 102, "description": "area:seguridad", "editors": {"users": [BOT, EDGAR]}}
    book.batch({"updateProtectedRange": {"protectedRange": new, "fields": "description,editors"}})
    assert book.sheet()["protectedRanges"][0]["editors"] == {"users": [BOT, EDGAR]}
    seen_by(service, book, EDGAR).write("C1", ["x"])
    alone = {"protectedRange": new | {"editors": {"users": [EDGAR]}}, "fields": "editors.users"}
    assert "You can't remove yourself" in refusal(lambda: book.batch({"updateProtectedRange": alone}))[2]


def test_organizers_are_bound_unless_switched(emulator: Any, service: Service, book: Workbook) -> None:
    """What Google leaves open about organizers is a switch. (google-apis 3.1)"""
    drive = service("drive", "v3", BOT)
    file = drive.files().get(fileId=book.id, fields="driveId", supportsAllDrives=True).execute()
    body = {"type": "user", "role": "organizer", "emailAddress": address("gerencia.uno")}
    drive.permissions().create(fileId=file["driveId"], body=body, supportsAllDrives=True, sendNotificationEmail=False).execute()
    boss = seen_by(service, book, address("gerencia.uno"))
    assert refusal(lambda: boss.write("C1", [1]))[2] == PROTECTED
    emulator.local("PUT", "behaviour", {"organizer_passes_protection": True})
    boss.write("C1", [1])


def test_whole_sheet_protection_keeps_rows_from_being_inserted(service: Service, book: Workbook) -> None:
    """Nobody but its editors puts rows into a protected sheet, not even at its top. (google-apis 3.1)"""
    book.batch(protect(107, {"sheetId": 0}, unprotectedRanges=[grid(3, 40, 2, 6)], editors={"users": [BOT]}))
    rows = {"sheetId": 0, "dimension": "ROWS", "startIndex": 0, "endIndex": 1}
    assert refusal(lambda: seen_by(service, book, EDGAR).batch({"insertDimension": {"range": rows}}))[2].endswith(PROTECTED)


def test_whole_sheet_protection_keeps_rows_from_being_appended(service: Service, book: Workbook) -> None:
    """Nor may the grid grow at its end."""
    book.batch(protect(103, {"sheetId": 0}))
    append = {"appendDimension": {"sheetId": 0, "dimension": "ROWS", "length": 1}}
    assert refusal(lambda: seen_by(service, book, EDGAR).batch(append))[2].endswith(PROTECTED)
    book.batch(append)


def test_reader_and_stranger(service: Service, book: Workbook) -> None:
    """A reader reads and is refused writing; a stranger finds nothing; an unknown id is not found."""
    reader = seen_by(service, book, address("cartera.uno"))
    assert reader.read("A1") is None
    assert refusal(lambda: reader.write("A1", [1])) == (403, "PERMISSION_DENIED", "The caller does not have permission")
    stranger = seen_by(service, book, "alguien@cliente.example.org")
    assert refusal(lambda: stranger.read("A1"))[:2] == (403, "PERMISSION_DENIED")
    assert refusal(lambda: Workbook(book.client, "nada").read("A1")) == (404, "NOT_FOUND", "Requested entity was not found.")


def test_locked_file_is_not_written(service: Service, book: Workbook) -> None:
    """A read-only content restriction stops every writer."""
    drive = service("drive", "v3", BOT)
    lock = {"contentRestrictions": [{"readOnly": True, "reason": "Cerrado"}]}
    drive.files().update(fileId=book.id, body=lock, supportsAllDrives=True).execute()
    assert refusal(lambda: book.write("A1", [1]))[:2] == (403, "PERMISSION_DENIED")


def test_copy_keeps_protections_and_makes_the_copier_editor(service: Service, book: Workbook) -> None:
    """Copying the file resets the editors of its protected ranges. (google-apis 3.1)"""
    drive = service("drive", "v3", BOT)
    made = drive.files().copy(fileId=book.id, body={"name": "copia"}, supportsAllDrives=True).execute()
    copied = Workbook(book.client, made["id"]).sheet()["protectedRanges"][0]
    assert copied["protectedRangeId"] == 102 and copied["editors"] == {"users": [BOT]}


def test_a_write_is_a_revision_of_the_writer(service: Service, book: Workbook) -> None:
    """Drive names the last modifier after a tick."""
    seen_by(service, book, PERSON_OF_SEGURIDAD).write("C2", [True])
    file = service("drive", "v3", BOT).files().get(fileId=book.id, fields="lastModifyingUser", supportsAllDrives=True).execute()
    assert file["lastModifyingUser"]["emailAddress"] == PERSON_OF_SEGURIDAD
