"""Field masks of update requests: `title,gridProperties(rowCount,columnCount)`, with `.` or `/` between levels, or `*`."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import Any

from googleapiclient.discovery_cache import get_static_doc

Json = dict[str, Any]
Tree = dict[str, Any]
_TOKEN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|[*(),./]")


class MaskError(ValueError):
    """The mask cannot be read or names a field that the resource does not have."""


def parse_mask(text: str) -> Tree:
    """The mask as nested dicts; an empty dict means "all of it".

    :raises MaskError: the text is empty or badly formed.
    """
    if not text or not text.strip():
        raise MaskError("At least one field must be listed in 'fields'. (Use '*' to indicate all fields.)")
    compact = re.sub(r"\s", "", text)
    tokens = _TOKEN.findall(compact)
    if "".join(tokens) != compact:
        raise MaskError(f"Invalid field: {text}")
    tree, rest = _list(tokens)
    if rest:
        raise MaskError(f"Invalid field: {text}")
    return tree


def _list(tokens: list[str]) -> tuple[Tree, list[str]]:
    tree: Tree = {}
    while tokens:
        tokens = _item(tokens, tree)
        if not tokens or tokens[0] != ",":
            break
        tokens = tokens[1:]
    return tree, tokens


def _item(tokens: list[str], tree: Tree) -> list[str]:
    if not tokens or tokens[0] in "(),./":
        raise MaskError(f"Invalid field: {''.join(tokens)}")
    # Google takes a name in snake_case as well (gspread-pandas relies on it).
    name, tokens = re.sub(r"_([a-z])", lambda m: m[1].upper(), tokens[0]), tokens[1:]
    known = name in tree and not tree[name]
    branch: Tree = tree.setdefault(name, {})
    deeper: Tree = {}
    if tokens and tokens[0] in "./":
        tokens = _item(tokens[1:], deeper)
    elif tokens and tokens[0] == "(":
        deeper, tokens = _list(tokens[1:])
        if not tokens or tokens[0] != ")":
            raise MaskError("Invalid field: unbalanced parentheses")
        tokens = tokens[1:]
    if not deeper:
        branch.clear()
    elif not known:
        _merge(branch, deeper)
    return tokens


def _merge(into: Tree, other: Tree) -> None:
    for name, sub in other.items():
        if name not in into:
            into[name] = sub
        elif into[name] and sub:
            _merge(into[name], sub)
        else:
            into[name] = {}


@lru_cache(maxsize=1)
def _schemas() -> Json:
    document: Json = json.loads(get_static_doc("sheets", "v4") or "{}")
    schemas: Json = document.get("schemas", {})
    return schemas


def has_reply(kind: str) -> bool:
    """Has a kind of batchUpdate request a reply of its own in the discovery document?"""
    return kind in _schemas().get("Response", {}).get("properties", {})


def check_mask(tree: Tree, schema: str) -> None:
    """:raises MaskError: a name in the mask is not a field of that schema of the discovery document."""
    fields = _schemas().get(schema, {}).get("properties", {})
    for name, sub in tree.items():
        if name == "*":
            continue
        if name not in fields:
            raise MaskError(f"Invalid field: {name}")
        target = fields[name].get("$ref") or fields[name].get("items", {}).get("$ref")
        if sub:
            if target is None:
                raise MaskError(f"Invalid field: {name}.{next(iter(sub))}")
            check_mask(sub, target)


def names(tree: Tree, schema: str) -> list[str]:
    """The first level of the mask, `*` written out with the fields of the schema."""
    if "*" in tree or not tree:
        return list(_schemas().get(schema, {}).get("properties", {}))
    return list(tree)


def has(tree: Tree, *path: str) -> bool:
    """Does the mask cover the field at that path?"""
    for name in path:
        if not tree or "*" in tree:
            return True
        if name not in tree:
            return False
        tree = tree[name]
    return True


def merged(target: Json | None, source: Json | None, tree: Tree) -> Json:
    """The target with the masked fields taken from the source; a field that the source lacks is cleared."""
    source = source or {}
    if not tree or "*" in tree:
        return dict(source)
    result = dict(target or {})
    for name, sub in tree.items():
        if not sub:
            if name in source:
                result[name] = source[name]
            else:
                result.pop(name, None)
            continue
        inner = merged(result.get(name), source.get(name), sub)
        if inner:
            result[name] = inner
        else:
            result.pop(name, None)
    return result
