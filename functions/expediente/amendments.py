"""What differs between two intakes as a list of values with their paths, and the way to put such values into an intake.

A change keeps its values and not a whole intake: two changes that wait side by side do not undo each other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from expediente import codec
from expediente.change_data import Amendment
from expediente.intake_data import Intake

_POINT = re.compile(r"points\[(?P<code>[^\]]+)\](?:\.(?P<rest>.+))?")
# Kept whole: their parts mean nothing alone.
_WHOLE = frozenset({"shareholders", "supplies"})

Plain = dict[str, Any]


def differences(old: Intake, new: Intake) -> tuple[Amendment, ...]:
    """Every value that differs, with what it was and what it becomes; a point that comes or goes is one value."""
    before, after = codec.to_data(old), codec.to_data(new)
    points, points_now = _points(before), _points(after)
    found = list(_of(before, after, ""))
    for code in dict.fromkeys((*points, *points_now)):
        was, now = points.get(code), points_now.get(code)
        path = f"points[{code}]"
        found += list(_of(was, now, f"{path}.")) if was is not None and now is not None else [Amendment(path, was, now)]
    return tuple(found)


def _points(data: Plain) -> dict[str, Plain]:
    return {point["code"]: point for point in data["points"]}


def _of(old: Plain, new: Plain, prefix: str) -> Iterator[Amendment]:
    for name in old.keys() | new.keys():
        was, now = old.get(name), new.get(name)
        if was == now or (not prefix and name == "points"):
            continue
        if isinstance(was, dict) and isinstance(now, dict) and name not in _WHOLE:
            yield from _of(was, now, f"{prefix}{name}.")
        else:
            yield Amendment(f"{prefix}{name}", was, now)


def amended(intake: Intake, amendments: Sequence[Amendment]) -> Intake:
    """The intake with the new values in their places. A point that is there already, or gone already, stays so."""
    data = codec.to_data(intake)
    for amendment in amendments:
        found = _POINT.fullmatch(amendment.path)
        if found is None:
            _put(data, amendment.path, amendment.new)
            continue
        points = _points(data)
        code, rest = found["code"], found["rest"]
        if rest is None:
            kept = [point for point in data["points"] if point["code"] != code]
            data["points"] = [*kept, amendment.new] if amendment.new is not None else kept
        elif code in points:
            _put(points[code], rest, amendment.new)
    return codec.from_data(Intake, data)


def point_of_path(path: str) -> str:
    """The code of the point that a path leads into, '' for any other path."""
    found = _POINT.fullmatch(path)
    return found["code"] if found else ""


def is_point(path: str) -> bool:
    """Whether a path leads to a whole point, which comes or goes, and not to a value of one."""
    found = _POINT.fullmatch(path)
    return found is not None and found["rest"] is None


def _put(data: Plain, path: str, value: Any) -> None:
    *ways, name = path.split(".")
    for way in ways:
        data = data[way]
    data[name] = value
