"""An issued document as pieces of text, which its record keeps, and as the PDF that is drawn from the record alone.

A piece begins with what it is: `heading`, `text`, `line` (label, value), `columns` (empty, then label, width, align of each), `row`
(cells), `code` (address, headline, caption).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from expediente.issued_facts import Gathered, Row
from expediente.issued_rules import IssuedBlock, IssuedRule, IssuedTable
from expediente.made_blocks import Block, Code, Grid, GridColumn, Heading, Lines, MadeDocument, Text
from expediente.texts import clean_text

if TYPE_CHECKING:
    from expediente.portal_data import Issued

Piece = tuple[str, ...]
_NAME = re.compile(r"\{([^{}]*)\}")
NOT = "no_"


def fill(text: str, names: Row, blank: str = "") -> str:
    """The text with every name replaced once; what a client wrote is cleaned, and braces in it mean nothing."""
    return _NAME.sub(lambda match: clean_text(names[match[1]]) or blank, text)


def names_in(text: str) -> list[str]:
    """The names in braces that a text holds."""
    return _NAME.findall(text)


def applies(block: IssuedBlock, holds: frozenset[str]) -> bool:
    """Whether a piece stands in a document of which these conditions hold."""
    return all(name.removeprefix(NOT) not in holds if name.startswith(NOT) else name in holds for name in block.when)


def pieces(rule: IssuedRule, gathered: Gathered, blank: str) -> tuple[Piece, ...]:
    """The body of a document, filled."""
    return tuple(piece for block in rule.blocks if applies(block, gathered.holds) for piece in _pieces(block, gathered, blank))


def _pieces(block: IssuedBlock, gathered: Gathered, blank: str) -> Iterator[Piece]:
    names = gathered.names
    if block.heading:
        yield "heading", fill(block.heading, names)
    if block.text:
        yield "text", fill(block.text, names, blank)
    for label, value in block.lines.items():
        yield "line", label, fill(value, names, blank)
    if block.table:
        yield from _table(block.table, gathered.tables[block.table.rows])


def _table(table: IssuedTable, rows: Sequence[Row]) -> Iterator[Piece]:
    yield "columns", table.empty, *(part for one in table.columns for part in (one.label, str(one.width), one.align))
    for row in rows:
        yield "row", *(fill(column.value, row) for column in table.columns)


# --- the PDF -------------------------------------------------------------------------------------------------------------------


def document(record: Issued) -> MadeDocument:
    """What is drawn for a record; nothing but the record is asked."""
    facts = record.facts
    return MadeDocument(
        company=facts["company"],
        title=facts["title"],
        subtitle=facts["subtitle"],
        warning="",
        blocks=tuple(_blocks(record.rows)),
        foot=facts["foot"],
        page=facts["page"],
        made_at=record.at,
    )


def pdf_of(record: Issued) -> bytes:
    """The PDF of a record: the same record gives the same bytes."""
    from expediente.made_pdf import made_pdf

    return made_pdf(document(record))


def _blocks(rows: Sequence[Piece]) -> Iterator[Block]:
    number = 0
    while number < len(rows):
        kind, *rest = rows[number]
        if kind == "line":
            lines = _run(rows, number, "line")
            yield Lines(tuple((label, value) for _, label, value in lines))
            number += len(lines)
            continue
        number += 1
        if kind == "columns":
            cells = _run(rows, number, "row")
            yield Grid(tuple(_columns(rest[1:])), tuple(cell[1:] for cell in cells), rest[0])
            number += len(cells)
        elif kind == "code":
            yield Code(*rest)
        else:
            yield Heading(rest[0]) if kind == "heading" else Text(rest[0])


def _run(rows: Sequence[Piece], first: int, kind: str) -> list[Piece]:
    """The pieces of one kind that stand one behind the other."""
    last = first
    while last < len(rows) and rows[last][0] == kind:
        last += 1
    return list(rows[first:last])


def _columns(said: Sequence[str]) -> Iterator[GridColumn]:
    for number in range(0, len(said), 3):
        label, width, align = said[number : number + 3]
        yield GridColumn(label, int(width), align)
