"""The methods of sheets.spreadsheets.values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from emulator.drive.files import project_of
from emulator.kernel import ApiError, Call, handles
from emulator.sheets.a1 import range_text
from emulator.sheets.answers import without_zeros
from emulator.sheets.box import Box
from emulator.sheets.edit import Edit
from emulator.sheets.engine import engine_of
from emulator.sheets.guard import Invalid, bad, readable, writable
from emulator.sheets.lookup import area_of, areas_of
from emulator.sheets.model import Sheet
from emulator.sheets.value_ranges import Options, Written, append_at, clear, read_range, write_range

Json = dict[str, Any]


@handles("sheets.spreadsheets.values.get")
def _get(call: Call) -> Json:
    book = readable(call.world, call.path["spreadsheetId"], call.actor)
    sheet, box = area_of(book, call.path["range"])
    return read_range(engine_of(call.world, book), sheet, box, Options.of(call.query))


@handles("sheets.spreadsheets.values.batchGet")
def _batch_get(call: Call) -> Json:
    book = readable(call.world, call.path["spreadsheetId"], call.actor)
    engine, options = engine_of(call.world, book), Options.of(call.query)
    found = [read_range(engine, *area_of(book, text), options) for text in call.query.get("ranges", [])]
    return {"spreadsheetId": book.spreadsheet_id, **({"valueRanges": found} if found else {})}


@handles("sheets.spreadsheets.values.batchGetByDataFilter")
def _batch_get_by_filter(call: Call) -> Json:
    book = readable(call.world, call.path["spreadsheetId"], call.actor)
    engine, options = engine_of(call.world, book), Options.of(call.body)
    project = project_of(call.world, call.actor)
    filters = call.body.get("dataFilters", [])
    if not filters:
        raise bad("Must specify at least one dataFilter.")
    # One answer a range, with all the filters that chose it, in the order of the sheets, then column before row.
    found: dict[str, tuple[tuple[int, ...], Json]] = {}
    for index, one in enumerate(filters):
        for sheet, box in _prefixed(f"Invalid dataFilter[{index}]: ", areas_of, book, one, project):
            inside = box.clip(sheet.rows, sheet.columns)
            value_range = read_range(engine, sheet, box, options)
            where = (book.sheets.index(sheet), inside.c0, inside.r0, inside.c1 or 0, inside.r1 or 0)
            entry = found.setdefault(value_range["range"], (where, {"valueRange": value_range, "dataFilters": []}))[1]
            entry["dataFilters"].append(without_zeros(one))
    ranges = [entry for _, entry in sorted(found.values(), key=lambda item: item[0])]
    return {"spreadsheetId": book.spreadsheet_id, **({"valueRanges": ranges} if ranges else {})}


def _prefixed(prefix: str, work: Callable[..., Any], *arguments: Any) -> Any:
    """Do something; a refusal says first which part of the request it is about."""
    try:
        return work(*arguments)
    except ApiError as error:
        raise bad(prefix + error.message) from error


def _changing(call: Call, work: Callable[[Edit], Any]) -> Any:
    """Do a change of values and keep it; a refusal leaves everything as it was.

    :raises ApiError: 400 with the text of the refusal.
    """
    book = writable(call.world, call.path["spreadsheetId"], call.actor)
    edit = Edit.of(call.world, book, call.actor)
    try:
        result = work(edit)
    except Invalid as error:
        raise bad(str(error)) from error
    edit.commit()
    return result


def _entered(option: object) -> bool:
    """:raises ApiError: 400 when the option that says how to read the input is missing."""
    if option not in {"RAW", "USER_ENTERED"}:
        raise bad("'valueInputOption' is required but not specified")
    return option == "USER_ENTERED"


def _answer(call: Call, edit: Edit, written: Written, given: Json, *, include: bool) -> Json:
    """UpdateValuesResponse; the values are read back when the caller asks for them."""
    result: Json = {"spreadsheetId": edit.book.spreadsheet_id, "updatedRange": range_text(written.sheet, written.box)}
    if written.cells:
        result |= {"updatedRows": written.box.height, "updatedColumns": written.box.width, "updatedCells": written.cells}
    if include:
        options = Options.of_response(given)
        result["updatedData"] = read_range(engine_of(call.world, edit.book), written.sheet, written.box, options)
    return result


def _target(call: Call, edit: Edit) -> tuple[Sheet, Box]:
    """Where a write goes.

    :raises ApiError: 400 when the body names another range than the address.
    """
    sheet, box = area_of(edit.book, call.path["range"])
    named = call.body.get("range")
    if named and area_of(edit.book, str(named)) != (sheet, box):
        raise bad(f"Request range[{call.path['range']}] does not match value's range[{named}]")
    return sheet, box


@handles("sheets.spreadsheets.values.update")
def _update(call: Call) -> Json:
    entered = _entered(call.query.get("valueInputOption"))

    def work(edit: Edit) -> tuple[Edit, Written]:
        sheet, box = _target(call, edit)
        return edit, write_range(edit, sheet, box, call.body, user_entered=entered)

    edit, written = _changing(call, work)
    return _answer(call, edit, written, call.query, include=bool(call.query.get("includeValuesInResponse")))


def _write_many(call: Call, pick: Callable[[Edit, Json], list[tuple[Sheet, Box]]]) -> tuple[Edit, list[tuple[Json, Written]]]:
    entered = _entered(call.body.get("valueInputOption"))

    def work(edit: Edit) -> tuple[Edit, list[tuple[Json, Written]]]:
        done: list[tuple[Json, Written]] = []
        for index, item in enumerate(call.body.get("data", [])):
            try:
                done += [(item, write_range(edit, sheet, box, item, user_entered=entered)) for sheet, box in pick(edit, item)]
            except Invalid as error:
                raise Invalid(f"Invalid data[{index}]: {error}") from error
            except ApiError as error:
                raise Invalid(f"Invalid data[{index}]: {error.message}") from error
        return edit, done

    result: tuple[Edit, list[tuple[Json, Written]]] = _changing(call, work)
    return result


def _totals(edit: Edit, written: list[Written]) -> Json:
    touched = [w for w in written if w.cells]
    totals = {
        "totalUpdatedRows": len({(w.sheet.sheet_id, r) for w in touched for r in range(w.box.r0, w.box.r1 or 0)}),
        "totalUpdatedColumns": len({(w.sheet.sheet_id, c) for w in touched for c in range(w.box.c0, w.box.c1 or 0)}),
        "totalUpdatedCells": sum(w.cells for w in touched),
        "totalUpdatedSheets": len({w.sheet.sheet_id for w in touched}),
    }
    return {"spreadsheetId": edit.book.spreadsheet_id, **{name: count for name, count in totals.items() if count}}


@handles("sheets.spreadsheets.values.batchUpdate")
def _batch_update(call: Call) -> Json:
    edit, done = _write_many(call, lambda edit, item: [area_of(edit.book, str(item.get("range", "")))])
    include = bool(call.body.get("includeValuesInResponse"))
    answers = [_answer(call, edit, written, call.body, include=include) for _, written in done]
    return _totals(edit, [written for _, written in done]) | ({"responses": answers} if answers else {})


@handles("sheets.spreadsheets.values.batchUpdateByDataFilter")
def _batch_update_by_filter(call: Call) -> Json:
    project = project_of(call.world, call.actor)
    edit, done = _write_many(call, lambda edit, item: areas_of(edit.book, item.get("dataFilter", {}), project))
    include = bool(call.body.get("includeValuesInResponse"))
    answers = []
    for item, written in done:
        answer = _answer(call, edit, written, call.body, include=include)
        answer.pop("spreadsheetId")
        answers.append(answer | {"dataFilter": item.get("dataFilter", {})})
    return _totals(edit, [written for _, written in done]) | ({"responses": answers} if answers else {})


@handles("sheets.spreadsheets.values.append")
def _append(call: Call) -> Json:
    entered = _entered(call.query.get("valueInputOption"))
    insert = call.query.get("insertDataOption") == "INSERT_ROWS"

    def work(edit: Edit) -> tuple[Edit, Sheet, Box | None, Written]:
        sheet, box = _target(call, edit)
        table, target = append_at(edit, sheet, box, call.body, insert_rows=insert)
        return edit, sheet, table, write_range(edit, sheet, target, call.body, user_entered=entered)

    edit, sheet, table, written = _changing(call, work)
    updates = _answer(call, edit, written, call.query, include=bool(call.query.get("includeValuesInResponse")))
    found = {"tableRange": range_text(sheet, table)} if table is not None else {}
    return {"spreadsheetId": edit.book.spreadsheet_id, **found, "updates": updates}


@handles("sheets.spreadsheets.values.clear")
def _clear(call: Call) -> Json:
    edit, texts = _clear_all(call, lambda edit: [area_of(edit.book, call.path["range"])])
    return {"spreadsheetId": edit.book.spreadsheet_id, "clearedRange": texts[0]}


@handles("sheets.spreadsheets.values.batchClear")
def _batch_clear(call: Call) -> Json:
    ranges = call.body.get("ranges", [])
    edit, texts = _clear_all(call, lambda edit: [_prefixed("Invalid range: ", area_of, edit.book, text) for text in ranges])
    return {"spreadsheetId": edit.book.spreadsheet_id, **({"clearedRanges": texts} if texts else {})}


@handles("sheets.spreadsheets.values.batchClearByDataFilter")
def _batch_clear_by_filter(call: Call) -> Json:
    project = project_of(call.world, call.actor)
    filters = call.body.get("dataFilters", [])

    def pick(edit: Edit) -> list[tuple[Sheet, Box]]:
        return [
            area
            for index, one in enumerate(filters)
            for area in _prefixed(f"Invalid dataFilter[{index}]: ", areas_of, edit.book, one, project)
        ]

    edit, texts = _clear_all(call, pick)
    return {"spreadsheetId": edit.book.spreadsheet_id, **({"clearedRanges": texts} if texts else {})}


def _clear_all(call: Call, pick: Callable[[Edit], list[tuple[Sheet, Box]]]) -> tuple[Edit, list[str]]:
    def work(edit: Edit) -> tuple[Edit, list[str]]:
        return edit, [range_text(sheet, clear(edit, sheet, box)) for sheet, box in pick(edit)]

    result: tuple[Edit, list[str]] = _changing(call, work)
    return result
