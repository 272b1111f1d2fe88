"""Named ranges and developer metadata."""

from __future__ import annotations

import copy
import re
from typing import Any

from emulator.drive.files import project_of
from emulator.sheets.a1 import parse_a1, parse_r1c1
from emulator.sheets.edit import Edit, request
from emulator.sheets.guard import Invalid
from emulator.sheets.lookup import matches_filter, visible_metadata
from emulator.sheets.masks import merged
from emulator.sheets.model import Book, fresh_number

Json = dict[str, Any]
_NAME = re.compile(r"^[^\W\d]\w*$")
_MAX_METADATA = 30_000


@request("addNamedRange")
def _add_named(edit: Edit, body: Json) -> Json:
    given = copy.deepcopy(body.get("namedRange", {}))
    sheet, box = edit.area(given.get("range"))
    number = str(given.get("namedRangeId") or fresh_number())
    if any(n["namedRangeId"] == number for n in edit.book.named_ranges):
        raise Invalid(f"A named range with ID {number} already exists.")
    _check_name(edit.book, str(given.get("name", "")), number)
    named = {"namedRangeId": number, "name": given["name"], "range": box.to_json(sheet.sheet_id)}
    edit.book.named_ranges.append(named)
    return {"namedRange": named}


def _check_name(book: Book, name: str, own: str) -> None:
    if not _NAME.match(name) or len(name) > 250 or parse_a1(name) or parse_r1c1(name) or name.upper() in {"TRUE", "FALSE"}:
        raise Invalid("The name given to this range is invalid.")
    other = book.named_range(name)
    if other is not None and other["namedRangeId"] != own:
        raise Invalid(f"A named range with name '{name}' already exists.")


def _named(edit: Edit, number: object) -> Json:
    found = next((n for n in edit.book.named_ranges if n["namedRangeId"] == str(number)), None)
    if found is None:
        raise Invalid(f"No named range with ID: {number}")
    return found


@request("updateNamedRange")
def _update_named(edit: Edit, body: Json) -> Json:
    given = copy.deepcopy(body.get("namedRange", {}))
    mask = edit.mask(body.get("fields"), "NamedRange")
    old = _named(edit, given.get("namedRangeId"))
    new = merged(old, given, mask)
    new["namedRangeId"] = old["namedRangeId"]
    sheet, box = edit.area(new.get("range"))
    new["range"] = box.to_json(sheet.sheet_id)
    _check_name(edit.book, str(new.get("name", "")), old["namedRangeId"])
    edit.book.named_ranges[edit.book.named_ranges.index(old)] = new
    return {}


@request("deleteNamedRange")
def _delete_named(edit: Edit, body: Json) -> Json:
    edit.book.named_ranges.remove(_named(edit, body.get("namedRangeId")))
    return {}


@request("createDeveloperMetadata")
def _create_metadata(edit: Edit, body: Json) -> Json:
    given = body.get("developerMetadata", {})
    if not given.get("metadataKey"):
        raise Invalid("Developer metadata must always have a key specified.")
    if given.get("visibility") not in {"DOCUMENT", "PROJECT"}:
        raise Invalid("Developer metadata must always have visibility specified.")
    number = given.get("metadataId")
    if number is not None and any(m["metadataId"] == int(number) for m in edit.book.metadata):
        raise Invalid(f"Developer metadata with ID {number} already exists.")
    metadata = {
        "metadataId": fresh_number() if number is None else int(number),
        "metadataKey": given["metadataKey"],
        **({"metadataValue": given["metadataValue"]} if given.get("metadataValue") else {}),
        "location": _location(edit, given.get("location")),
        "visibility": given["visibility"],
        "_project": project_of(edit.world, edit.actor),
    }
    edit.book.metadata.append(metadata)
    _check_room(edit.book)
    return {"developerMetadata": visible_metadata(metadata)}


def _location(edit: Edit, given: Json | None) -> Json:
    """The place of metadata, checked and with its type.

    :raises Invalid: no place or several, or a dimension range other than one row or column.
    """
    given = given or {}
    if given.get("spreadsheet"):
        return {"locationType": "SPREADSHEET", "spreadsheet": True}
    if "dimensionRange" in given:
        span = given["dimensionRange"]
        sheet = edit.sheet(span.get("sheetId"))
        dimension, first, last = span.get("dimension"), int(span.get("startIndex", 0)), span.get("endIndex")
        if last is None or "startIndex" not in span:
            raise Invalid("DimensionRange must specify both a startIndex and an endIndex.")
        if dimension not in {"ROWS", "COLUMNS"} or int(last) != first + 1:
            raise Invalid("DimensionRange must represent a single row or column.")
        if not 0 <= first < sheet.count(dimension):
            raise Invalid(f"dimensionRange.startIndex[{first}] is outside the grid.")
        place = {"sheetId": sheet.sheet_id, "dimension": dimension, "startIndex": first, "endIndex": int(last)}
        return {"locationType": dimension.removesuffix("S"), "dimensionRange": place}
    if "sheetId" in given:
        return {"locationType": "SHEET", "sheetId": edit.sheet_itself(given["sheetId"]).sheet_id}
    raise Invalid("Developer metadata must always have a location specified.")


def _check_room(book: Book) -> None:
    sizes: dict[object, int] = {}
    for metadata in book.metadata:
        location = metadata["location"]
        key = location.get("dimensionRange", location).get("sheetId", "book")
        sizes[key] = sizes.get(key, 0) + len(metadata["metadataKey"]) + len(metadata.get("metadataValue", ""))
    if any(size > _MAX_METADATA for size in sizes.values()):
        raise Invalid(f"Developer metadata exceeds the limit of {_MAX_METADATA} characters.")


def _chosen(edit: Edit, filters: list[Json]) -> list[Json]:
    project = project_of(edit.world, edit.actor)
    return [m for m in edit.book.metadata if any(matches_filter(edit.book, m, one, project) for one in filters)]


@request("updateDeveloperMetadata")
def _update_metadata(edit: Edit, body: Json) -> Json:
    given = body.get("developerMetadata", {})
    mask = edit.mask(body.get("fields"), "DeveloperMetadata")
    changed = []
    for old in _chosen(edit, body.get("dataFilters", [])):
        new = merged(
            old, given, {k: v for k, v in mask.items() if k not in {"location", "metadataId", "*"}} if "*" not in mask else mask
        )
        new = {**old, **new, "metadataId": old["metadataId"]}
        if "metadataValue" in mask and "metadataValue" not in given:
            new.pop("metadataValue", None)
        if ("location" in mask or "*" in mask) and "location" in given:
            new["location"] = _location(edit, given["location"])
        edit.book.metadata[edit.book.metadata.index(old)] = new
        changed.append(visible_metadata(new))
    _check_room(edit.book)
    return {"developerMetadata": changed} if changed else {}


@request("deleteDeveloperMetadata")
def _delete_metadata(edit: Edit, body: Json) -> Json:
    gone = _chosen(edit, [body.get("dataFilter", {})])
    edit.book.metadata = [m for m in edit.book.metadata if m not in gone]
    return {"deletedDeveloperMetadata": [visible_metadata(m) for m in gone]} if gone else {}
