"""The `query` of users.list and groups.list: clauses such as `email:ana* name:'Ana Paz' isSuspended=false`, all of them.

`=` wants the whole value, `:` the words of it, the last one as a beginning when it ends with `*`. A word alone looks at
the beginnings of names and addresses. Source: Directory guides, search for users, search for groups.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from emulator.admin.common import invalid

Texts = Mapping[str, Sequence[str]]
_CLAUSE = re.compile(r"\s*(?:([A-Za-z.]+)\s*([:=])\s*)?('(?:[^'\\]|\\.)*'|\"[^\"]*\"|[^\s'\"]+)(?:\s+|$)")


def fits(query: str, texts: Texts, anywhere: Sequence[str]) -> bool:
    """Whether a record fits. texts: field in lower case -> its values; anywhere: the fields of a word alone. 400 for others."""
    position, query = 0, query.strip()
    while position < len(query):
        match = _CLAUSE.match(query, position)
        if match is None:
            raise invalid("Invalid Input: query")
        position = match.end()
        name, mark, value = match[1], match[2], match[3]
        value = re.sub(r"\\(.)", r"\1", value[1:-1]) if value[0] in "'\"" else value
        if name is None:
            if not any(_begins(text, value) for field in anywhere for text in texts[field]):
                return False
        elif name.lower() not in texts:
            raise invalid("Invalid Input: query")
        elif not any(_meets(mark, text, value) for text in texts[name.lower()]):
            return False
    return True


def _meets(mark: str, text: str, value: str) -> bool:
    if mark == "=":
        return text.lower() == value.lower()
    if value.endswith("*"):
        return _begins(text, value[:-1])
    return text.lower() == value.lower() or f" {value.lower()} " in f" {text.lower()} "


def _begins(text: str, value: str) -> bool:
    low = text.lower()
    return low.startswith(value.lower()) or f" {value.lower()}" in low
