"""Field masks of the Forms API: `*` or a comma separated list of paths, in camelCase or snake_case."""

from __future__ import annotations

import json
import re
from functools import cache
from importlib import resources
from typing import Any

from emulator.forms.errors import invalid
from emulator.forms.model import ITEM_KINDS, QUESTION_KINDS
from emulator.kernel import Json

_UNIONS = (frozenset(ITEM_KINDS), frozenset(QUESTION_KINDS))


@cache
def _schemas() -> dict[str, Any]:
    path = resources.files("googleapiclient.discovery_cache").joinpath("documents/forms.v1.json")
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    schemas: dict[str, Any] = document["schemas"]
    return schemas


def paths(mask: str | None, schema: str) -> list[list[str]] | None:
    """The paths of a mask over a message of that schema; None means every field (`*`). 400 when missing or unknown."""
    if not mask or not mask.strip():
        raise invalid("update_mask is required.")
    if mask.strip() == "*":
        return None
    found = [[_camel(part) for part in path.strip().split(".")] for path in mask.split(",") if path.strip()]
    for path in found:
        _check(path, schema)
    return found


def _camel(name: str) -> str:
    return re.sub(r"_([a-z])", lambda match: match.group(1).upper(), name)


def _check(path: list[str], schema: str) -> None:
    here = schema
    for depth, part in enumerate(path):
        field = _schemas().get(here, {}).get("properties", {}).get(part)
        if field is None:
            raise invalid(f"Invalid update_mask: unknown field {'.'.join(path)}")
        here = field.get("$ref", "")
        if not here and depth < len(path) - 1:
            raise invalid(f"Invalid update_mask: {'.'.join(path)}")


def write(target: Json, source: Json, path: list[str]) -> None:
    """Set one path of `target` to what `source` has there, or remove it when `source` has nothing."""
    head, rest = path[0], path[1:]
    if not rest:
        if head in source:
            _leave_union(target, head)
            target[head] = source[head]
        else:
            target.pop(head, None)
        return
    if head not in source and head not in target:
        return
    _leave_union(target, head)
    write(target.setdefault(head, {}), source.get(head, {}), rest)


def _leave_union(target: Json, name: str) -> None:
    for union in _UNIONS:
        if name in union:
            for other in union - {name}:
                target.pop(other, None)
