"""What Google leaves out of answers because it is zero.

Source: recorded answers of the live service. The ids and indexes of a GridCoordinate and the sheetId of a range are plain
numbers, left out when they are zero; the indexes of a range are shown even then, because their absence says "unbounded".
"""

from __future__ import annotations

from typing import Any

from emulator.sheets.box import GRID_KEYS

Json = dict[str, Any]
_COORDINATE_KEYS = frozenset({"sheetId", "rowIndex", "columnIndex"})


def without_zeros(value: Any) -> Any:
    """A copy in which ranges and coordinates lack the ids and indexes that are zero, as Google answers them."""
    if isinstance(value, list):
        return [without_zeros(item) for item in value]
    if not isinstance(value, dict):
        return value
    if "sheetId" in value and "title" not in value:
        names = value.keys()
        if names <= GRID_KEYS or "dimension" in names:
            return {name: item for name, item in value.items() if name != "sheetId" or item}
        if names <= _COORDINATE_KEYS:
            return {name: item for name, item in value.items() if item}
    return {name: without_zeros(item) for name, item in value.items()}


def without_empty_lists(value: Any) -> Any:
    """A copy without the lists that are empty: on the wire they are the same as none, so they are never read back."""
    if isinstance(value, list):
        return [without_empty_lists(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {name: without_empty_lists(item) for name, item in value.items() if item != []}
