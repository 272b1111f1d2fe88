"""The `fields` parameter: which members of an answer the caller wants.

Grammar: members separated by commas, sub-selections in parentheses or after `/` or `.`, `*` for all members.
A mask is checked against the schema of the answer before anything is done, and kept compiled.
Source: Google API "Partial response"; Drive's text for a wrong one is `Invalid field selection x`.
"""

from __future__ import annotations

import re
from typing import Any

from emulator.kernel import Json

# None means: this member whole.
Tree = dict[str, Any]

_TOKENS = re.compile(r"\s*([A-Za-z0-9_$@\-]+|\*|[,()/.])")


class BadMask(Exception):
    """A mask that names what the answer does not have, or is not written by the grammar.

    path: the offending part from the top, with dots; name: the last of it, or the whole mask when that cannot be read.
    """

    def __init__(self, path: str, name: str = "") -> None:
        super().__init__(path)
        self.path, self.name = path, name or path


def parse(text: str) -> Tree | None:
    """The mask as a tree of member names; None when it asks for everything."""
    tokens = _tokens(text)
    tree, rest = _selection(tokens, 0, text)
    if rest != len(tokens):
        raise BadMask(text)
    return None if tree.get("*", 0) is None else tree


def check(tree: Tree | None, schema: Json, schemas: dict[str, Json]) -> None:
    """Raise BadMask for a member that the schema of the answer does not know."""
    for name, below in (tree or {}).items():
        part = _member(_resolve(schema, schemas), name, schemas)
        if part is None:
            raise BadMask(name)
        if below is not None:
            if part.get("type") in ("string", "integer", "boolean", "number"):
                lower = next(iter(below))
                raise BadMask(f"{name}.{lower}", lower)
            try:
                check(below, part, schemas)
            except BadMask as fault:
                raise BadMask(f"{name}.{fault.path}", fault.name) from None


def apply(tree: Tree | None, value: Any) -> Any:
    """The parts of a JSON value that the mask asks for. Lists are passed through item by item."""
    if tree is None:
        return value
    if type(value) is list:
        return [apply(tree, item) for item in value]
    if type(value) is not dict:
        return value
    every = tree.get("*", tree)
    if every is not tree:
        return {name: apply(_united(tree[name], every) if name in tree else every, item) for name, item in value.items()}
    return {name: apply(tree[name], item) for name, item in value.items() if name in tree}


def _tokens(text: str) -> list[str]:
    tokens = []
    position, end = 0, len(text.rstrip())
    while position < end:
        match = _TOKENS.match(text, position)
        if match is None:
            raise BadMask(text)
        tokens.append(match.group(1))
        position = match.end()
    return tokens


def _selection(tokens: list[str], start: int, text: str) -> tuple[Tree, int]:
    tree: Tree = {}
    while True:
        start = _path(tokens, start, text, tree)
        if start >= len(tokens) or tokens[start] != ",":
            return tree, start
        start += 1


def _path(tokens: list[str], start: int, text: str, tree: Tree) -> int:
    """Read `a/b/c(d,e)` into the tree; returns the position after it."""
    if start >= len(tokens) or tokens[start] in ",()/.":
        raise BadMask(text)
    name = tokens[start]
    start += 1
    below: Tree | None = None
    if start < len(tokens) and tokens[start] in "/.":
        below = {}
        start = _path(tokens, start + 1, text, below)
    elif start < len(tokens) and tokens[start] == "(":
        below, start = _selection(tokens, start + 1, text)
        if start >= len(tokens) or tokens[start] != ")":
            raise BadMask(text)
        start += 1
    if below is not None and below.get("*", 0) is None:
        below = None
    tree[name] = _united(tree[name], below) if name in tree else below
    return start


def _united(one: Tree | None, other: Tree | None) -> Tree | None:
    if one is None or other is None:
        return None
    both = dict(one)
    for name, below in other.items():
        both[name] = _united(both[name], below) if name in both else below
    return both


def _resolve(schema: Json, schemas: dict[str, Json]) -> Json:
    while True:
        if "$ref" in schema:
            schema = schemas[schema["$ref"]]
        elif schema.get("type") == "array":
            schema = schema["items"]
        else:
            return schema


def _member(schema: Json, name: str, schemas: dict[str, Json]) -> Json | None:
    """The schema of one member; an empty one where anything may stand; None where there is no such member."""
    properties = schema.get("properties", {})
    if name in properties:
        return _resolve(properties[name], schemas)
    if schema.get("type") == "any":
        return {}
    if "additionalProperties" in schema:
        return _resolve(schema["additionalProperties"], schemas)
    if name == "*" or not schema:
        return {}
    return None if properties else {}
