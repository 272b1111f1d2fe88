"""The search language of `q`: text in, a tree out. What the terms mean for files is in `emulator.drive.matching`.

Source: Drive API guide, "Search query terms and operators".
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from emulator.drive import refusals

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<string>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")
      | (?P<operator><=|>=|!=|=|<|>)
      | (?P<mark>[(){}])
      | (?P<word>[A-Za-z0-9_.:+-]+)
    )""",
    re.VERBOSE | re.DOTALL,
)

COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
"""What the comparing operators of a term mean."""
_FLAGS = frozenset(("trashed", "starred", "sharedWithMe", "hidden"))


@dataclass(frozen=True)
class Term:
    """`field operator value`: the value is text as written; `has` keeps its pairs in `pairs`."""

    field: str
    operator: str
    value: str
    pairs: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Both:
    """`left and right`."""

    left: Node
    right: Node


@dataclass(frozen=True)
class Either:
    """`left or right`."""

    left: Node
    right: Node


@dataclass(frozen=True)
class Negated:
    """`not inner`."""

    inner: Node


Node = Term | Both | Either | Negated


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str


def parse(text: str) -> Node:
    """The tree of a query.

    :raises ApiError: 400 invalid, location `q`, for anything that the grammar does not know.
    """
    parser = _Parser(_tokens(text))
    node = parser.disjunction()
    if parser.peek() is not None:
        raise refusals.invalid("q")
    return node


def terms(node: Node) -> Iterator[Term]:
    """Every term of a tree."""
    if isinstance(node, Term):
        yield node
    elif isinstance(node, Negated):
        yield from terms(node.inner)
    else:
        yield from terms(node.left)
        yield from terms(node.right)


def demanded(node: Node) -> Iterator[Term]:
    """The terms that every match must meet: those joined by `and` alone."""
    if isinstance(node, Term):
        yield node
    elif isinstance(node, Both):
        yield from demanded(node.left)
        yield from demanded(node.right)


def _tokens(text: str) -> list[_Token]:
    found, position, stop = [], 0, len(text.rstrip())
    while position < stop:
        match = _TOKEN.match(text, position)
        if match is None or match.lastgroup is None:
            raise refusals.invalid("q")
        found.append(_Token(match.lastgroup, match.group(match.lastgroup)))
        position = match.end()
    return found


def _unquoted(token: str) -> str:
    return re.sub(r"\\(.)", r"\1", token[1:-1], flags=re.DOTALL)


class _Parser:
    """Recursive descent: `or` binds weakest, then `and`, then `not`."""

    def __init__(self, tokens: list[_Token]) -> None:
        self.tokens, self.position = tokens, 0

    def peek(self) -> _Token | None:
        return self.tokens[self.position] if self.position < len(self.tokens) else None

    def take(self, kind: str | None = None, text: str | None = None) -> _Token:
        token = self.peek()
        if token is None or (kind and token.kind != kind) or (text and token.text.lower() != text):
            raise refusals.invalid("q")
        self.position += 1
        return token

    def accepts(self, text: str) -> bool:
        token = self.peek()
        if token is None or token.kind == "string" or token.text.lower() != text:
            return False
        self.position += 1
        return True

    def disjunction(self) -> Node:
        node = self.conjunction()
        while self.accepts("or"):
            node = Either(node, self.conjunction())
        return node

    def conjunction(self) -> Node:
        node = self.factor()
        while self.accepts("and"):
            node = Both(node, self.factor())
        return node

    def factor(self) -> Node:
        if self.accepts("not"):
            return Negated(self.factor())
        if self.accepts("("):
            node = self.disjunction()
            self.take("mark", ")")
            return node
        return self.term()

    def term(self) -> Term:
        token = self.take()
        if token.kind == "string":
            self.take("word", "in")
            return Term(self.take("word").text, "in", _unquoted(token.text))
        if token.kind != "word":
            raise refusals.invalid("q")
        following = self.peek()
        if following is None or following.text.lower() in ("and", "or", ")"):
            if token.text not in _FLAGS:
                raise refusals.invalid("q")
            return Term(token.text, "=", "true")
        operator = self.take().text.lower()
        if operator == "has":
            return Term(token.text, "has", "", self.pairs())
        value = self.take()
        bare = value.kind == "word" and (value.text.lower() in ("true", "false") or value.text.isdigit())
        if operator not in ("=", "!=", "<", "<=", ">", ">=", "contains") or not (bare or value.kind == "string"):
            raise refusals.invalid("q")
        return Term(token.text, operator, _unquoted(value.text) if value.kind == "string" else value.text)

    def pairs(self) -> tuple[tuple[str, str], ...]:
        found = []
        self.take("mark", "{")
        while True:
            name = self.take("word").text
            self.take("operator", "=")
            found.append((name, _unquoted(self.take("string").text)))
            if not self.accepts("and"):
                break
        self.take("mark", "}")
        return tuple(found)
