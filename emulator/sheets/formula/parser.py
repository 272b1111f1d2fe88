"""From tokens to a tree. Comparison binds weakest, then `&`, sums, products, powers, signs, and the percent sign.

A sign binds tighter than a power, as in Sheets: `=-2^2` is 4.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from emulator.sheets.formula.tokens import Reference, Token, read_reference, tokenize


class FormulaSyntaxError(ValueError):
    """The text after the equals sign is no formula; the cell shows #ERROR!."""


@dataclass(frozen=True, slots=True)
class Constant:
    """A number, text or boolean that stands in the formula; None is an argument left empty."""

    value: float | bool | str | None


@dataclass(frozen=True, slots=True)
class ErrorLiteral:
    """An error written in the formula, most often the #REF! that a deletion left."""

    text: str


@dataclass(frozen=True, slots=True)
class Area:
    """A reference to cells."""

    reference: Reference


@dataclass(frozen=True, slots=True)
class Name:
    """A named range."""

    name: str


@dataclass(frozen=True, slots=True)
class Function:
    """A call; the name is in capitals."""

    name: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Invoke:
    """A call of what another call made: `LAMBDA(x, x+1)(5)`."""

    made: Node
    arguments: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Unary:
    """A sign or, with the operator `%`, a percentage."""

    operator: str
    operand: Node


@dataclass(frozen=True, slots=True)
class Binary:
    """Two operands and what joins them."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class ArrayLiteral:
    """`{1,2;3,4}`."""

    rows: tuple[tuple[Node, ...], ...]


Node = Constant | ErrorLiteral | Area | Name | Function | Invoke | Unary | Binary | ArrayLiteral
_LEVELS = (
    frozenset({"=", "<>", "<", ">", "<=", ">="}),
    frozenset({"&"}),
    frozenset({"+", "-"}),
    frozenset({"*", "/"}),
    frozenset({"^"}),
)


@lru_cache(maxsize=8192)
def parse(formula: str, decimal: str = ".") -> Node:
    """The tree of a formula.

    :raises FormulaSyntaxError: it cannot be read.
    """
    parser = _Parser([t for t in tokenize(formula, decimal) if t.kind != "space"], decimal)
    node = parser.expression(0)
    if parser.tokens[parser.at :]:
        raise FormulaSyntaxError("Formula parse error.")
    return node


class _Parser:
    def __init__(self, tokens: list[Token], decimal: str) -> None:
        self.tokens, self.at, self.decimal = tokens, 0, decimal

    def peek(self) -> Token:
        return self.tokens[self.at] if self.at < len(self.tokens) else Token("end", "")

    def take(self) -> Token:
        token = self.peek()
        self.at += 1
        return token

    def expression(self, level: int) -> Node:
        if level == len(_LEVELS):
            return self.signed()
        node = self.expression(level + 1)
        while self.peek().kind == "operator" and self.peek().text in _LEVELS[level]:
            operator = self.take().text
            node = Binary(operator, node, self.expression(level + 1))
        return node

    def signed(self) -> Node:
        if self.peek().kind == "operator" and self.peek().text in "+-":
            operator = self.take().text
            return Unary(operator, self.signed())
        node = self.primary()
        while self.peek() == Token("operator", "%"):
            self.take()
            node = Unary("%", node)
        return node

    def primary(self) -> Node:
        token = self.take()
        if token.kind == "number":
            return Constant(float(token.text.replace(self.decimal, ".")))
        if token.kind == "text":
            return Constant(token.text[1:-1].replace('""', '"'))
        if token.kind == "error":
            return ErrorLiteral(token.text)
        if token.kind == "reference":
            return Area(read_reference(token.text))
        if token.kind == "function":
            self.take()
            made: Node = Function(token.text.upper(), self.arguments())
            while self.peek() == Token("open", "("):
                self.take()
                made = Invoke(made, self.arguments())
            return made
        if token.kind == "name":
            word = token.text.upper()
            return Constant(word == "TRUE") if word in {"TRUE", "FALSE"} else Name(token.text)
        if token == Token("open", "("):
            node = self.expression(0)
            if self.take().text != ")":
                raise FormulaSyntaxError("Formula parse error.")
            return node
        if token == Token("open", "{"):
            return self.array()
        raise FormulaSyntaxError("Formula parse error.")

    def _separates(self, token: Token) -> bool:
        return token.kind == "separator" and (token.text == ";" or (token.text == "," and self.decimal == "."))

    def arguments(self) -> tuple[Node, ...]:
        found: list[Node] = []
        if self.peek() == Token("close", ")"):
            self.take()
            return ()
        while True:
            if self._separates(self.peek()) or self.peek() == Token("close", ")"):
                found.append(Constant(None))
            else:
                found.append(self.expression(0))
            token = self.take()
            if token == Token("close", ")"):
                return tuple(found)
            if not self._separates(token):
                raise FormulaSyntaxError("Formula parse error.")

    def array(self) -> Node:
        rows: list[tuple[Node, ...]] = []
        row: list[Node] = []
        column_mark = "\\" if self.decimal == "," else ","
        while True:
            row.append(self.expression(0))
            token = self.take()
            if token.text == column_mark and token.kind == "separator":
                continue
            rows.append(tuple(row))
            row = []
            if token == Token("close", "}"):
                break
            if token.text != ";":
                raise FormulaSyntaxError("Formula parse error.")
        return ArrayLiteral(tuple(rows))
