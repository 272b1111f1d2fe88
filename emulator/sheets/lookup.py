"""Data filters: which ranges and which developer metadata they choose."""

from __future__ import annotations

from typing import Any

from emulator.sheets.a1 import RangeError, resolve
from emulator.sheets.box import Box
from emulator.sheets.guard import bad
from emulator.sheets.model import Book, Sheet

Json = dict[str, Any]


def visible_metadata(metadata: Json) -> Json:
    """DeveloperMetadata as answered."""
    return {name: value for name, value in metadata.items() if not name.startswith("_")}


def may_see(metadata: Json, project: str) -> bool:
    """PROJECT metadata is for the project that made it."""
    return metadata["visibility"] != "PROJECT" or metadata.get("_project") == project


def matches(book: Book, metadata: Json, lookup: Json, project: str) -> bool:
    """Does a DeveloperMetadataLookup choose that metadata? Every part that is given must fit."""
    if not may_see(metadata, project):
        return False
    for name in ("metadataId", "metadataKey", "metadataValue", "visibility"):
        if name in lookup and metadata.get(name) != lookup[name]:
            return False
    if "locationType" in lookup and metadata["location"]["locationType"] != lookup["locationType"]:
        return False
    wanted = lookup.get("metadataLocation")
    if not wanted:
        return True
    exact = lookup.get("locationMatchingStrategy", "EXACT_LOCATION" if "locationType" not in lookup else "INTERSECTING_LOCATION")
    return _same_place(metadata["location"], wanted) if exact == "EXACT_LOCATION" else _meets(book, metadata["location"], wanted)


def _same_place(location: Json, wanted: Json) -> bool:
    if wanted.get("spreadsheet"):
        return bool(location.get("spreadsheet"))
    if "dimensionRange" in wanted:
        have, want = location.get("dimensionRange"), wanted["dimensionRange"]
        names = ("sheetId", "startIndex")
        return bool(
            have
            and have["dimension"] == want.get("dimension")
            and have.get("endIndex") == want.get("endIndex")
            and all(have.get(name, 0) == want.get(name, 0) for name in names)
        )
    return "sheetId" in wanted and location.get("sheetId") == wanted["sheetId"]


def _meets(book: Book, location: Json, wanted: Json) -> bool:
    if wanted.get("spreadsheet") or location.get("spreadsheet"):
        return True
    have, want = _place(location), _place(wanted)
    return have[0] == want[0] and have[1].meet(want[1]) is not None


def _place(location: Json) -> tuple[int, Box]:
    span = location.get("dimensionRange")
    if not span:
        return int(location.get("sheetId", 0)), Box()
    ends = (int(span.get("startIndex", 0)), span.get("endIndex"))
    return int(span.get("sheetId", 0)), Box().with_span(span.get("dimension", "ROWS"), ends)


def areas_of(book: Book, data_filter: Json, project: str) -> list[tuple[Sheet, Box]]:
    """The ranges that a DataFilter chooses.

    :raises ApiError: 400 for a range text or a sheet id that does not exist.
    """
    if "a1Range" in data_filter:
        try:
            return [resolve(book, str(data_filter["a1Range"]))]
        except RangeError as error:
            raise bad(f"Unable to parse range: {data_filter['a1Range']}") from error
    if "gridRange" in data_filter:
        grid_range = data_filter["gridRange"]
        return [(_sheet(book, int(grid_range.get("sheetId", 0))), Box.of_json(grid_range))]
    lookup = data_filter.get("developerMetadataLookup")
    if lookup is None:
        raise bad("Invalid dataFilter: one of a1Range, gridRange or developerMetadataLookup must be set.")
    found = [
        _place(m["location"]) for m in book.metadata if matches(book, m, lookup, project) and not m["location"].get("spreadsheet")
    ]
    return [(_sheet(book, sheet_id), box) for sheet_id, box in found]


def _sheet(book: Book, sheet_id: int) -> Sheet:
    sheet = book.by_id(sheet_id)
    if sheet is None:
        raise bad(f"No grid with id: {sheet_id}")
    return sheet


def matches_filter(book: Book, metadata: Json, data_filter: Json, project: str) -> bool:
    """Does a DataFilter choose that metadata: by lookup, or by lying inside its range?"""
    if "developerMetadataLookup" in data_filter:
        return matches(book, metadata, data_filter["developerMetadataLookup"], project)
    if metadata["location"].get("spreadsheet") or not may_see(metadata, project):
        return False
    sheet_id, box = _place(metadata["location"])
    return any(sheet.sheet_id == sheet_id and area.meet(box) is not None for sheet, area in areas_of(book, data_filter, project))
