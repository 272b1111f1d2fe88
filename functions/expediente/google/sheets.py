"""Sheets: one batch that builds a workbook, and values read by the metadata on their columns.

Columns are found by developer metadata, never by letter: it moves along when people insert or move columns.
Values are written RAW and read UNFORMATTED: a form's text never becomes a formula, a tick is true or false in every language.
Source: Sheets API v4.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from expediente.google.clients import Resources

Cell = str | float | int | bool | None
Row = tuple[Cell, ...]

_READ = {"valueRenderOption": "UNFORMATTED_VALUE", "dateTimeRenderOption": "SERIAL_NUMBER"}
_STRUCTURE_FIELDS = (
    "spreadsheetId,properties(title,locale,timeZone),sheets(properties(sheetId,title,index,hidden,gridProperties(rowCount,columnCount)),"
    "protectedRanges(protectedRangeId,description,range,unprotectedRanges,warningOnly,editors(users,groups,domainUsersCanEdit)))"
)


@dataclass(frozen=True)
class ColumnLookup:
    """Which column is meant: that with this metadata key and, where given, value or id."""

    key: str
    value: str = ""
    metadata_id: int | None = None


@dataclass(frozen=True)
class Column:
    """A column as found. range: A1 notation where it stands now; values: from row 1 down, empty cells at the end left out.

    A cell is text, number (also dates, as serial days since 1899-12-30), true/false, or '' when empty.
    """

    lookup: ColumnLookup
    range: str
    values: tuple[Cell, ...]

    def at(self, row: int) -> Cell:
        """The cell of that row, 0 = first row of the sheet; None below the last filled one."""
        return self.values[row] if row < len(self.values) else None


@dataclass(frozen=True)
class RangeValues:
    """Cells to write. range: A1 notation; rows: None leaves a cell as it is, '' empties it."""

    range: str
    rows: Sequence[Sequence[Cell]]


@dataclass(frozen=True)
class MetadataInfo:
    """A piece of developer metadata. sheet_id: None = of the whole spreadsheet; start, end: its columns or rows."""

    metadata_id: int
    key: str
    value: str
    sheet_id: int | None = None
    dimension: str = ""
    start: int = 0
    end: int = 0


@dataclass(frozen=True)
class GridRange:
    """Cells of a tab, ends exclusive; None = unbounded."""

    sheet_id: int
    start_row: int | None = None
    end_row: int | None = None
    start_column: int | None = None
    end_column: int | None = None


@dataclass(frozen=True)
class ProtectedRange:
    """A protection: only the listed users and groups may edit; warning_only stops nobody."""

    protected_range_id: int
    description: str
    range: GridRange
    unprotected: tuple[GridRange, ...]
    users: tuple[str, ...]
    groups: tuple[str, ...]
    domain_users_can_edit: bool
    warning_only: bool


@dataclass(frozen=True)
class Tab:
    """One sheet of a workbook."""

    sheet_id: int
    title: str
    rows: int
    columns: int
    hidden: bool
    protected: tuple[ProtectedRange, ...]


@dataclass(frozen=True)
class Structure:
    """A workbook without its values."""

    spreadsheet_id: str
    title: str
    locale: str
    timezone: str
    tabs: tuple[Tab, ...]


class Sheets:
    """Sheets of one identity. Every method may raise a `GoogleError`."""

    def __init__(self, api: Resources) -> None:
        self._api = api

    def batch_update(self, spreadsheet_id: str, requests: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Do all requests, in order, or none; one write of the quota. Gives Google's replies, one for each request.

        requests: as in Google's reference. One with a fixed metadataId makes a repeat recognizable: see `get_metadata`.
        """
        body = {"requests": list(requests)}
        answer = self._api.execute(self._api.spreadsheets.batchUpdate(spreadsheetId=spreadsheet_id, body=body))
        return list(answer.get("replies", ()))

    def read_columns(self, spreadsheet_id: str, lookups: Sequence[ColumnLookup]) -> list[Column | None]:
        """The columns that bear this metadata, in the order asked; None for one that is not there. One read of the quota."""
        if not lookups:
            return []
        filters = [{"developerMetadataLookup": _lookup(lookup)} for lookup in lookups]
        body = {"dataFilters": filters, "majorDimension": "COLUMNS", **_READ}
        request = self._api.values.batchGetByDataFilter(spreadsheetId=spreadsheet_id, body=body)
        found: dict[ColumnLookup, Column] = {}
        for match in self._api.execute(request).get("valueRanges", ()):
            values = match.get("valueRange", {})
            cells = tuple(values.get("values", [()])[0])
            for lookup in lookups:
                if any(_answers(item.get("developerMetadataLookup", {}), lookup) for item in match.get("dataFilters", ())):
                    found.setdefault(lookup, Column(lookup, str(values.get("range", "")), cells))
        return [found.get(lookup) for lookup in lookups]

    def read_ranges(self, spreadsheet_id: str, ranges: Sequence[str]) -> list[tuple[Row, ...]]:
        """The rows of each A1 range, in the order asked; empty rows and cells at the ends left out. One read of the quota."""
        if not ranges:
            return []
        request = self._api.values.batchGet(spreadsheetId=spreadsheet_id, ranges=list(ranges), majorDimension="ROWS", **_READ)
        answer = self._api.execute(request)
        return [tuple(tuple(row) for row in item.get("values", ())) for item in answer.get("valueRanges", ())]

    def write_values(self, spreadsheet_id: str, values: Sequence[RangeValues]) -> None:
        """Write cells as they are, never as formulas. One write of the quota."""
        if not values:
            return
        data = [{"range": item.range, "majorDimension": "ROWS", "values": [list(row) for row in item.rows]} for item in values]
        body = {"valueInputOption": "RAW", "data": data}
        self._api.execute(self._api.values.batchUpdate(spreadsheetId=spreadsheet_id, body=body))

    def write_column(self, spreadsheet_id: str, lookup: ColumnLookup, values: Sequence[Cell]) -> None:
        """Write a column that is found by its metadata, from row 1 down; None leaves a cell as it is. One write of the quota."""
        self.write_columns(spreadsheet_id, [(lookup, values)])

    def write_columns(self, spreadsheet_id: str, columns: Sequence[tuple[ColumnLookup, Sequence[Cell]]]) -> None:
        """Write several columns as `write_column` does one; one write of the quota."""
        data = [
            {"dataFilter": {"developerMetadataLookup": _lookup(lookup)}, "majorDimension": "COLUMNS", "values": [list(values)]}
            for lookup, values in columns
        ]
        body = {"valueInputOption": "RAW", "data": data}
        self._api.execute(self._api.values.batchUpdateByDataFilter(spreadsheetId=spreadsheet_id, body=body))

    def get_metadata(self, spreadsheet_id: str, metadata_id: int) -> MetadataInfo | None:
        """The metadata of that id, None when there is none: the batch that makes it has then not run.

        Searches rather than gets, because a plain get answers 404 for a missing workbook as well.

        :raises NotFoundError: the workbook is missing or not visible to us.
        """
        found = self._search(spreadsheet_id, {"metadataId": metadata_id})
        return found[0] if found else None

    def find_metadata(self, spreadsheet_id: str, key: str) -> list[MetadataInfo]:
        """All metadata of that key."""
        return self._search(spreadsheet_id, {"metadataKey": key})

    def structure(self, spreadsheet_id: str) -> Structure:
        """Tabs and protections of a workbook. One read of the quota."""
        answer = self._api.execute(self._api.spreadsheets.get(spreadsheetId=spreadsheet_id, fields=_STRUCTURE_FIELDS))
        properties = answer.get("properties", {})
        title, locale, timezone = (str(properties.get(name, "")) for name in ("title", "locale", "timeZone"))
        return Structure(spreadsheet_id, title, locale, timezone, tuple(_tab(item) for item in answer.get("sheets", ())))

    def _search(self, spreadsheet_id: str, lookup: dict[str, Any]) -> list[MetadataInfo]:
        body = {"dataFilters": [{"developerMetadataLookup": lookup}]}
        answer = self._api.execute(self._api.metadata.search(spreadsheetId=spreadsheet_id, body=body))
        return [_metadata(item["developerMetadata"]) for item in answer.get("matchedDeveloperMetadata", ())]


def _lookup(lookup: ColumnLookup) -> dict[str, Any]:
    wanted: dict[str, Any] = {"metadataKey": lookup.key} if lookup.key else {}
    wanted |= {"metadataValue": lookup.value} if lookup.value else {}
    return wanted | ({"metadataId": lookup.metadata_id} if lookup.metadata_id is not None else {})


def _answers(echoed: Mapping[str, Any], lookup: ColumnLookup) -> bool:
    """Whether a filter in the answer is that of the lookup; Google may add defaults of its own to it."""
    return all(echoed.get(name) == wanted for name, wanted in _lookup(lookup).items()) and (
        bool(lookup.value) == ("metadataValue" in echoed) and (lookup.metadata_id is not None) == ("metadataId" in echoed)
    )


def _metadata(item: Mapping[str, Any]) -> MetadataInfo:
    location = item.get("location", {})
    span = location.get("dimensionRange", {})
    return MetadataInfo(
        metadata_id=int(item["metadataId"]),
        key=str(item.get("metadataKey", "")),
        value=str(item.get("metadataValue", "")),
        # 0 is a proto3 default and left out of answers.
        sheet_id=int(span.get("sheetId", 0)) if span else location.get("sheetId"),
        dimension=str(span.get("dimension", "")),
        start=int(span.get("startIndex", 0)),
        end=int(span.get("endIndex", 0)),
    )


def _grid(item: Mapping[str, Any]) -> GridRange:
    bounds = (item.get(name) for name in ("startRowIndex", "endRowIndex", "startColumnIndex", "endColumnIndex"))
    return GridRange(int(item.get("sheetId", 0)), *bounds)


def _tab(item: Mapping[str, Any]) -> Tab:
    properties = item.get("properties", {})
    grid = properties.get("gridProperties", {})
    return Tab(
        sheet_id=int(properties.get("sheetId", 0)),
        title=str(properties.get("title", "")),
        rows=int(grid.get("rowCount", 0)),
        columns=int(grid.get("columnCount", 0)),
        hidden=bool(properties.get("hidden", False)),
        protected=tuple(_protected(one) for one in item.get("protectedRanges", ())),
    )


def _protected(item: Mapping[str, Any]) -> ProtectedRange:
    editors = item.get("editors", {})
    return ProtectedRange(
        protected_range_id=int(item.get("protectedRangeId", 0)),
        description=str(item.get("description", "")),
        range=_grid(item.get("range", {})),
        unprotected=tuple(_grid(one) for one in item.get("unprotectedRanges", ())),
        users=tuple(editors.get("users", ())),
        groups=tuple(editors.get("groups", ())),
        domain_users_can_edit=bool(editors.get("domainUsersCanEdit", False)),
        warning_only=bool(item.get("warningOnly", False)),
    )
