"""Banded ranges, and finding what hangs on a sheet with an id of its own."""

from __future__ import annotations

import copy
from typing import Any

from emulator.sheets.box import Box
from emulator.sheets.colours import merged_colours, with_both_colours
from emulator.sheets.edit import Edit, request
from emulator.sheets.guard import Invalid
from emulator.sheets.model import Sheet, fresh_number

Json = dict[str, Any]


def take_id(edit: Edit, given: Json, key: str, collection: str, noun: str) -> int:
    """The id that a new item brings, or a fresh one.

    :raises Invalid: another item of the book has it.
    """
    number = given.get(key)
    if number is None:
        return fresh_number()
    if any(item[key] == number for sheet in edit.book.sheets for item in getattr(sheet, collection)):
        raise Invalid(f"A {noun} with ID {number} already exists.")
    return int(number)


def find(edit: Edit, number: object, key: str, collection: str, noun: str) -> tuple[Sheet, Json]:
    """:raises Invalid: nothing in the book has that id."""
    for sheet in edit.book.sheets:
        for item in getattr(sheet, collection):
            if item[key] == number:
                return sheet, item
    raise Invalid(f"No {noun} with ID: {number}")


@request("addBanding")
def _add_banding(edit: Edit, body: Json) -> Json:
    given = copy.deepcopy(body.get("bandedRange", {}))
    sheet, box = edit.guarded(given.get("range"))
    if not (given.get("rowProperties") or given.get("columnProperties")):
        raise Invalid("At least one of rowProperties or columnProperties must be specified.")
    given["bandedRangeId"] = take_id(edit, given, "bandedRangeId", "bandings", "banded range")
    if any(Box.of_json(other["range"]).meet(box) for other in sheet.bandings):
        raise Invalid("You cannot add alternating background colors to a range that already has alternating background colors.")
    given["range"] = Box.of_json(given["range"]).to_json(sheet.sheet_id)
    banding: Json = with_both_colours(given)
    sheet.bandings.append(banding)
    return {"bandedRange": banding}


@request("updateBanding")
def _update_banding(edit: Edit, body: Json) -> Json:
    given = copy.deepcopy(body.get("bandedRange", {}))
    mask = edit.mask(body.get("fields"), "BandedRange")
    sheet, old = find(edit, given.get("bandedRangeId"), "bandedRangeId", "bandings", "banded range")
    edit.rights.check(sheet, Box.of_json(old["range"]))
    new = merged_colours(old, given, mask) | {"bandedRangeId": old["bandedRangeId"]}
    edit.guarded(new.get("range"))
    sheet.bandings[sheet.bandings.index(old)] = new
    return {}


@request("deleteBanding")
def _delete_banding(edit: Edit, body: Json) -> Json:
    sheet, banding = find(edit, body.get("bandedRangeId"), "bandedRangeId", "bandings", "banded range")
    edit.rights.check(sheet, Box.of_json(banding["range"]))
    sheet.bandings.remove(banding)
    return {}
