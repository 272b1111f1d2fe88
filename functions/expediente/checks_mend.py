"""Tables with wrong values, mended in memory just far enough that the rules between the tables can be looked at as well.

Nothing is written: a wrong or missing value is taken from the tables that came with the program, or from a neighbouring block.
"""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from expediente.process import ROOT
from expediente.tables import read_table

_ROUNDS = 5
_GONE = object()


def mended(path: Path, root: Path, validator: Draft202012Validator, table: dict[str, Any]) -> dict[str, Any]:
    """A copy of the table of that file that its schema accepts, as far as it can be had."""
    pattern = ROOT / path.relative_to(root)
    pristine = read_table(pattern) if pattern.is_file() else {}
    found = copy.deepcopy(table)
    for _ in range(_ROUNDS):
        errors = list(validator.iter_errors(found))
        if not errors:
            break
        for error in errors:
            _mend(found, pristine, error)
    return found


def _mend(table: Any, pristine: Any, error: ValidationError) -> None:
    path = list(error.absolute_path)
    block = _at(table, path)
    if error.validator == "required" and isinstance(block, dict):
        for key in set(error.validator_value) - set(block):  # type: ignore[arg-type]
            _put(table, [*path, key], _model(table, pristine, [*path, key]))
    elif error.validator == "additionalProperties" and isinstance(block, dict):
        known = error.schema.get("properties", {}) if isinstance(error.schema, dict) else {}
        for key in set(block) - set(known):
            del block[key]
    else:
        _put(table, path, _model(table, pristine, path))


def _model(table: Any, pristine: Any, path: list[Any]) -> Any:
    """A sound value for a place: what stands there in the program's own tables, else in another block beside it."""
    found = _at(pristine, path)
    if found is not _GONE or len(path) < 2:
        return found
    for source in (pristine, table):
        beside = _at(source, path[:-2])
        blocks = beside.values() if isinstance(beside, dict) else beside if isinstance(beside, list) else ()
        for block in blocks:
            if isinstance(block, dict) and path[-1] in block:
                return block[path[-1]]
    return _GONE


def _at(table: Any, path: list[Any]) -> Any:
    for step in path:
        try:
            table = table[step]
        except (KeyError, IndexError, TypeError):
            return _GONE
    return table


def _put(table: Any, path: list[Any], value: Any) -> None:
    parent = _at(table, path[:-1])
    if not path or not isinstance(parent, dict | list):
        return
    if value is not _GONE:
        parent[path[-1]] = copy.deepcopy(value)
    elif isinstance(parent, dict):
        parent.pop(path[-1], None)
