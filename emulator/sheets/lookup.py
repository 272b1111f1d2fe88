"""Data filters: which ranges and which developer metadata they choose."""

from __future__ import annotations

from typing import Any

from emulator.kernel import ApiError
from emulator.sheets.a1 import RangeError, column_letters, outside_text, quoted, resolve
from emulator.sheets.answers import without_zeros
from emulator.sheets.box import Box
from emulator.sheets.guard import bad
from emulator.sheets.model import MAX_COLUMNS, Book, Sheet

Json = dict[str, Any]


def visible_metadata(metadata: Json) -> Json:
    """DeveloperMetadata as answered."""
    shown: Json = without_zeros({name: value for name, value in metadata.items() if not name.startswith("_")})
    return shown


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


def areas_of(book: Book, data_filter: Json, project: str, word: str = "grid") -> list[tuple[Sheet, Box]]:
    """The ranges that a DataFilter chooses; a grid range that holds no cell is among them, with its ends together.

    `word` is what the refusal calls a sheet: `grid`, or `sheet` in getByDataFilter.
    :raises ApiError: 400 for a range that does not exist or begins outside the grid, or a lookup that contradicts itself.
    """
    if "a1Range" in data_filter:
        return [area_of(book, str(data_filter["a1Range"]))]
    if "gridRange" in data_filter:
        return [_grid_area(book, data_filter["gridRange"], word)]
    lookup = data_filter.get("developerMetadataLookup")
    if lookup is None:
        raise bad("dataFilter.filter must be specified.")
    check_lookup(book, lookup)
    found = [
        _place(m["location"]) for m in book.metadata if matches(book, m, lookup, project) and not m["location"].get("spreadsheet")
    ]
    return [(_sheet(book, sheet_id), box) for sheet_id, box in found]


def area_of(book: Book, text: str) -> tuple[Sheet, Box]:
    """The sheet and box of a range text.

    :raises ApiError: 400 when it names nothing, or begins outside the grid.
    """
    try:
        sheet, box = resolve(book, text)
    except RangeError as error:
        raise bad(f"Unable to parse range: {text}") from error
    if box.r0 >= sheet.rows or box.c0 >= sheet.columns:
        raise _outside(sheet, outside_text(sheet, box))
    return sheet, box


def _outside(sheet: Sheet, text: str) -> ApiError:
    return bad(f"Range ({text}) exceeds grid limits. Max rows: {sheet.rows}, max columns: {sheet.columns}")


def _grid_area(book: Book, grid_range: Json, word: str) -> tuple[Sheet, Box]:
    sheet, box = _sheet(book, int(grid_range.get("sheetId", 0)), word), Box.of_json(grid_range)
    if min(box.r0, box.c0, box.r1 or 0, box.c1 or 0) < 0:
        raise bad("GridRange indexes must be >= 0")
    for start, end, axis in ((box.r0, box.r1, "Row"), (box.c0, box.c1, "Column")):
        if f"start{axis}Index" in grid_range and end is not None and end < start:
            raise bad(f"end{axis}Index[{end}] cannot be before start{axis}Index[{start}]")
    if box.r0 >= sheet.rows or box.c0 >= sheet.columns:
        raise _outside(sheet, _asked(sheet, grid_range))
    return sheet, box


def _asked(sheet: Sheet, grid_range: Json) -> str:
    """A grid range by the edges that were given, as the refusal names it: `B1001:C`, `AA`, `(empty) AA6:5`."""
    ends = []
    for which, shift in (("start", 0), ("end", -1)):
        column, row = grid_range.get(f"{which}ColumnIndex"), grid_range.get(f"{which}RowIndex")
        letters = column_letters(column + shift) if column is not None and column + shift < MAX_COLUMNS else ""
        ends.append(letters + ("" if row is None else str(row + 1 + shift)))
    empty = any(
        f"start{axis}Index" in grid_range and grid_range.get(f"end{axis}Index") == grid_range[f"start{axis}Index"]
        for axis in ("Row", "Column")
    )
    return f"{'(empty) ' * empty}{quoted(sheet.title)}!{ends[0] if ends[0] == ends[1] else ':'.join(ends)}"


def check_lookup(book: Book, lookup: Json) -> None:
    """:raises ApiError: 400 for a DeveloperMetadataLookup that contradicts itself or names a place that does not exist."""
    kind, strategy = lookup.get("locationType"), lookup.get("locationMatchingStrategy")
    location = lookup.get("metadataLocation") or {}
    member = next((name for name in ("spreadsheet", "sheetId", "dimensionRange") if name in location), None)
    whole = bool(location.get("spreadsheet"))
    if kind == "SPREADSHEET" and member is not None and not whole:
        raise bad(f"Cannot limit by location type of SPREADSHEET for the location {member}")
    if strategy == "EXACT_LOCATION" and kind is not None:
        raise bad(
            "The locationMatchingStrategy was specified as EXACT_LOCATION, but a locationType was also specified: "
            "lookups cannot limit by a location type when matching an exact location."
        )
    if strategy is not None and member is None:
        raise bad(
            "A locationMatchingStrategy was specified, but no metadataLocation was specified: "
            "lookups must always specify a metadataLocation when specifying a locationMatchingStrategy."
        )
    if strategy == "INTERSECTING_LOCATION" and whole:
        raise bad("DeveloperMetadataLookup.spreadsheet is true, but locationMatchingStrategy was specified as INTERSECTING.")
    if member == "sheetId":
        _sheet(book, int(location["sheetId"]))
    if member == "dimensionRange":
        _check_dimension(book, location["dimensionRange"] or {})


def _check_dimension(book: Book, span: Json) -> None:
    start, end = span.get("startIndex"), span.get("endIndex")
    if start is None or end is None:
        raise bad("DimensionRange must specify both a startIndex and an endIndex.")
    if end - start != 1:
        raise bad("DimensionRange must represent a single row or column.")
    if start < 0:
        raise bad("DimensionRange indexes must be >= 0")
    sheet = _sheet(book, int(span.get("sheetId", 0)))
    dimension = span.get("dimension")
    if dimension not in {"ROWS", "COLUMNS"}:
        raise bad("No dimension specified")
    last = sheet.count(dimension) - 1
    if start > last:
        raise bad(
            f"DimensionRange startIndex [{start}] is after the last {dimension} index [{last}] of the sheet [{sheet.sheet_id}]."
        )


def _sheet(book: Book, sheet_id: int, word: str = "grid") -> Sheet:
    sheet = book.by_id(sheet_id)
    if sheet is None:
        raise bad(f"No {word} with id: {sheet_id}")
    return sheet


def matches_filter(book: Book, metadata: Json, data_filter: Json, project: str) -> bool:
    """Does a DataFilter choose that metadata: by lookup, or by lying inside its range?"""
    if "developerMetadataLookup" in data_filter:
        return matches(book, metadata, data_filter["developerMetadataLookup"], project)
    if metadata["location"].get("spreadsheet") or not may_see(metadata, project):
        return False
    sheet_id, box = _place(metadata["location"])
    return any(sheet.sheet_id == sheet_id and area.meet(box) is not None for sheet, area in areas_of(book, data_filter, project))
