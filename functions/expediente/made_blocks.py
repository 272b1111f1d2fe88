"""The pieces of which a made document is laid out: frozen values, filled already, without input or output."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Heading:
    """A heading; it stays with what follows. minor: a smaller one, such as the name of a service point."""

    text: str
    minor: bool = False


@dataclass(frozen=True)
class Text:
    """Paragraphs, one a line of the text."""

    text: str


@dataclass(frozen=True)
class Lines:
    """Labels with their values, one below the other."""

    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Clauses:
    """Numbered clauses: title and text."""

    clauses: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class GridColumn:
    """A column of a table. width: relative to its neighbours; align: left | right | center."""

    label: str
    width: int
    align: str


@dataclass(frozen=True)
class Grid:
    """A table; its heading comes again on every page. empty: what is said when it has no row."""

    columns: tuple[GridColumn, ...]
    rows: tuple[tuple[str, ...], ...]
    empty: str


@dataclass(frozen=True)
class Signature:
    """A line to sign on, with whose it is below."""

    role: str
    name: str
    detail: str


@dataclass(frozen=True)
class Signatures:
    """Lines to sign on, two side by side; those of one row never part."""

    signatures: tuple[Signature, ...]


@dataclass(frozen=True)
class Code:
    """A QR that leads to an address, with a headline and an explanation beside it."""

    address: str
    headline: str
    caption: str


Block = Heading | Text | Lines | Clauses | Grid | Signatures | Code


@dataclass(frozen=True)
class MadeDocument:
    """A document ready to be laid out: the same values give the same bytes.

    warning: in a box below the title, '' = none. foot: at the foot of every page, beside `page` (with {page} and {pages}).
    made_at: what the file says of its making.
    """

    company: str
    title: str
    subtitle: str
    warning: str
    blocks: tuple[Block, ...]
    foot: str
    page: str
    made_at: datetime
