"""The methods of sheets.spreadsheets: create, get, batchUpdate, and copying a sheet to another spreadsheet."""

from __future__ import annotations

from typing import Any

from emulator.drive.files import create_file, project_of, touch
from emulator.drive.model import FILES, File, files
from emulator.kernel import ApiError, Call, World, handles
from emulator.sheets.answers import without_empty_lists, without_zeros
from emulator.sheets.drafting import fill
from emulator.sheets.edit import REQUESTS, Edit
from emulator.sheets.guard import Invalid, bad, forbidden, readable, writable
from emulator.sheets.lookup import area_of, areas_of, matches_filter, visible_metadata
from emulator.sheets.masks import has_reply
from emulator.sheets.model import BOOKS, MIME_TYPE, Book, fresh_number, new_book
from emulator.sheets.requests.sheets import copied_sheet, sheet_properties
from emulator.sheets.resource import Areas, spreadsheet, wanted_grid

Json = dict[str, Any]


def make_native(world: World, file: File, source: File | None) -> None:
    """Make the record behind a new spreadsheet file, or copy that of the file it was copied from.

    Source: field reports; a copy keeps its protected ranges, their editors become the copier.
    """
    original = world.table(BOOKS).get(source.id) if source is not None else None
    if original is None:
        world.table(BOOKS)[file.id] = new_book(world, file.id)
        return
    book: Book = original.clone()
    book.spreadsheet_id = file.id
    for sheet in book.sheets:
        for protection in sheet.protections:
            protection["_creator"] = file.last_modified_by
            if not protection.get("warningOnly"):
                protection["editors"] = {"users": [file.last_modified_by]}
    world.table(BOOKS)[file.id] = book


@handles("sheets.spreadsheets.create")
def _create(call: Call) -> Json:
    given = call.body.get("properties", {})
    draft = new_book(call.world, "")
    fill(call.world, call.actor, draft, without_empty_lists(call.body))
    title = str(given.get("title") or ("Hoja de cálculo sin título" if draft.locale.startswith("es") else "Untitled spreadsheet"))
    try:
        file = create_file(call.world, call.actor, name=title, mime_type=MIME_TYPE, parents=None)
    except ApiError as error:
        # A bare service account has no storage; Sheets says so without a reason.
        raise (forbidden() if error.code == 403 else error) from error
    draft.spreadsheet_id = file.id
    call.world.table(BOOKS)[file.id] = draft
    return spreadsheet(call.world, draft, call.actor, areas=None, grid=wanted_grid(call.query.get("fields"), include=False))


def _areas(book: Book, ranges: list[str]) -> Areas | None:
    if not ranges:
        return None
    return [area_of(book, text) for text in ranges]


@handles("sheets.spreadsheets.get")
def _get(call: Call) -> Json:
    book = readable(call.world, call.path["spreadsheetId"], call.actor)
    areas = _areas(book, call.query.get("ranges", []))
    grid = wanted_grid(call.query.get("fields"), include=bool(call.query.get("includeGridData")))
    return spreadsheet(call.world, book, call.actor, areas=areas, grid=grid)


@handles("sheets.spreadsheets.getByDataFilter")
def _get_by_filter(call: Call) -> Json:
    book = readable(call.world, call.path["spreadsheetId"], call.actor)
    project = project_of(call.world, call.actor)
    filters = call.body.get("dataFilters", [])
    found = [area for one in filters for area in areas_of(book, one, project, word="sheet")]
    # Two filters that choose the same cells share one block; filters that choose nothing leave every sheet.
    areas = list({(s.sheet_id, b.clip(s.rows, s.columns)): (s, b) for s, b in found}.values()) or None
    grid = wanted_grid(call.query.get("fields"), include=bool(call.body.get("includeGridData")))
    return spreadsheet(call.world, book, call.actor, areas=areas, grid=grid)


@handles("sheets.spreadsheets.batchUpdate")
def _batch_update(call: Call) -> Json:
    book = writable(call.world, call.path["spreadsheetId"], call.actor)
    requests = call.body.get("requests", [])
    if not requests:
        raise bad("Must specify at least one request.")
    edit = Edit.of(call.world, book, call.actor)
    replies = [carry_out(edit, index, without_empty_lists(item)) for index, item in enumerate(requests)]
    if edit.title is not None:
        _rename(call.world, edit.book.spreadsheet_id, edit.title)
    edit.commit()
    result: Json = {"spreadsheetId": edit.book.spreadsheet_id, "replies": without_zeros(replies)}
    if call.body.get("includeSpreadsheetInResponse"):
        areas = _areas(edit.book, call.body.get("responseRanges", []))
        grid: Json | None = {} if call.body.get("responseIncludeGridData") else None
        result["updatedSpreadsheet"] = spreadsheet(call.world, edit.book, call.actor, areas=areas, grid=grid)
    return result


def carry_out(edit: Edit, index: int, item: Json) -> Json:
    """Do one request of a batch and answer its reply.

    :raises ApiError: 400 that begins `Invalid requests[i].kind: `, or 501 for a kind that is not built.
    """
    kinds = list(item)
    if len(kinds) != 1:
        raise bad(
            f"Invalid requests[{index}]: "
            + ("No request set." if not kinds else f"oneof field 'kind' is already set. Cannot set '{kinds[1]}'")
        )
    kind = kinds[0]
    handler = REQUESTS.get(kind)
    if handler is None:
        raise ApiError(
            501, f"Invalid requests[{index}].{kind}: this kind of request is not supported here.", status="UNIMPLEMENTED"
        )
    try:
        reply = handler(edit, item[kind] or {})
    except Invalid as error:
        raise bad(f"Invalid requests[{index}].{kind}: {error}") from error
    # A kind that has a reply says so even when there is nothing in it.
    return {kind: reply} if reply or has_reply(kind) else {}


def _rename(world: World, spreadsheet_id: str, title: str) -> None:
    file = files(world)[spreadsheet_id]
    file.name = title
    world.table(FILES)[spreadsheet_id] = file


@handles("sheets.spreadsheets.sheets.copyTo")
def _copy_to(call: Call) -> Json:
    source_book = readable(call.world, call.path["spreadsheetId"], call.actor)
    target_id = str(call.body.get("destinationSpreadsheetId", ""))
    target = writable(call.world, target_id, call.actor).clone()
    source = source_book.by_id(int(call.path["sheetId"]))
    if source is None:
        raise bad(f"The sheet ({call.path['sheetId']}) does not exist.")
    prefix = "Copia de " if target.locale.startswith("es") else "Copy of "
    title, number = prefix + source.title, 1
    while target.by_title(title) is not None:
        title, number = f"{prefix}{source.title} {number}", number + 1
    sheet = copied_sheet(source, fresh_number(), title)
    for protection in sheet.protections:
        if not protection.get("warningOnly"):
            protection["editors"] = {"users": [call.actor]}
        protection["_creator"] = call.actor
    target.sheets.append(sheet)
    call.world.table(BOOKS)[target_id] = target
    touch(call.world, target_id, call.actor)
    return sheet_properties(target, sheet)


@handles("sheets.spreadsheets.developerMetadata.get")
def _metadata_get(call: Call) -> Json:
    book = readable(call.world, call.path["spreadsheetId"], call.actor)
    wanted = {"developerMetadataLookup": {"metadataId": int(call.path["metadataId"])}}
    project = project_of(call.world, call.actor)
    found = next((m for m in book.metadata if matches_filter(book, m, wanted, project)), None)
    if found is None:
        raise ApiError(404, f"No developer metadata with ID {call.path['metadataId']}", status="NOT_FOUND")
    return visible_metadata(found)


@handles("sheets.spreadsheets.developerMetadata.search")
def _metadata_search(call: Call) -> Json:
    book = readable(call.world, call.path["spreadsheetId"], call.actor)
    project = project_of(call.world, call.actor)
    matched = []
    for metadata in book.metadata:
        filters = [one for one in call.body.get("dataFilters", []) if matches_filter(book, metadata, one, project)]
        if filters:
            matched.append({"developerMetadata": visible_metadata(metadata), "dataFilters": without_zeros(filters)})
    return {"matchedDeveloperMetadata": matched} if matched else {}


__all__ = ["carry_out", "make_native"]
