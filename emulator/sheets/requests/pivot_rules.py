"""What a pivot table must have to be stored, and what of it the local Workspace does not draw."""

from __future__ import annotations

from typing import Any

from emulator.kernel import ApiError
from emulator.sheets.guard import Invalid

Json = dict[str, Any]


def check_pivot(pivot: Json) -> None:
    """Look at a pivot table before it is stored.

    :raises Invalid: a part that every pivot table needs is missing.
    :raises ApiError: 501 for what is not drawn here, so that nothing is passed over in silence.
    """
    if "dataSourceId" in pivot:
        raise not_drawn("data sources")
    if "source" not in pivot:
        raise Invalid("PivotTable.source is required.")
    values = pivot.get("values", [])
    if pivot.get("valueLayout") == "VERTICAL" and len(values) > 1:
        raise not_drawn("several values one below the other")
    for spec in pivot.get("filterSpecs", []):
        _check_source(spec)
    for group in [*pivot.get("rows", []), *pivot.get("columns", [])]:
        _check_group(group, len(values))
    for value in values:
        _check_source(value)
        if "summarizeFunction" not in value:
            raise Invalid("PivotValue.summarizeFunction is required.")
        if "formula" in value or value["summarizeFunction"] in {"CUSTOM", "NONE"}:
            raise not_drawn("calculated fields")
        if "calculatedDisplayType" in value:
            raise not_drawn("values as a share of a total")


def _check_group(group: Json, values_count: int) -> None:
    _check_source(group)
    if group.get("sortOrder", "SORT_ORDER_UNSPECIFIED") == "SORT_ORDER_UNSPECIFIED":
        raise Invalid("PivotGroup.sortOrder is required.")
    if "dateTimeRule" in group.get("groupRule", {}):
        raise not_drawn("groups by date")
    if "groupLimit" in group:
        raise not_drawn("a limit on the groups")
    if any(item.get("collapsed") for item in group.get("valueMetadata", [])):
        raise not_drawn("collapsed groups")
    bucket = group.get("valueBucket")
    if bucket is not None and not 0 <= int(bucket.get("valuesIndex", 0)) < values_count:
        raise Invalid(f"valuesIndex[{bucket.get('valuesIndex', 0)}] is out of bounds.")


def _check_source(part: Json) -> None:
    if "dataSourceColumnReference" in part:
        raise not_drawn("data sources")


def not_drawn(what: str) -> ApiError:
    """The refusal of a pivot table that holds something the local Workspace would not show."""
    return ApiError(501, f"Pivot tables with {what} are not part of the local Workspace.", status="UNIMPLEMENTED")
