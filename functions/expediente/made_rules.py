"""Documents made from the data of a dossier, as tables: `process/made_documents/*.yaml` read, and filled with one intake.

A text may hold field paths in braces (`{client.legal_name}`, see `fields.py`), what is said of the company (`{company.name}`) and of
the dossier (`{dossier.id}`). A made document is what is to be signed; it never counts as the paper itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from expediente import fields
from expediente.intake_data import Intake, ServicePoint, Shareholder
from expediente.made_blocks import Block, Clauses, Grid, GridColumn, Heading, Lines, MadeDocument, Signature, Signatures, Text
from expediente.model import Dossier
from expediente.ownership import Owner, ownership
from expediente.papers import required_papers
from expediente.process import Process
from expediente.tables import read_table, typed
from expediente.texts import clean_text

FOLDER = Path("process") / "made_documents"
_NAME = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True)
class ColumnRule:
    """A column of a table. width: relative to its neighbours; align: left | right | center."""

    label: str
    value: str
    width: int = 10
    align: str = "left"


@dataclass(frozen=True)
class TableRule:
    """A row for each of something; empty: said without any.

    rows: points | shareholders (of the client) | chain (through a company) | owners (persons behind it all) | beneficial_owners.
    """

    rows: str
    columns: tuple[ColumnRule, ...]
    empty: str


@dataclass(frozen=True)
class EachRule:
    """A heading with its lines for each of something; rows as in `TableRule`."""

    rows: str
    heading: str
    lines: dict[str, str]


@dataclass(frozen=True)
class SignatureRule:
    """A line to sign on. detail: what stands below name and role."""

    role: str
    name: str = ""
    detail: str = ""


@dataclass(frozen=True)
class BlockRule:
    """One piece of a document: exactly one of the keys below. kinds: of person for which it stands, none = for all."""

    heading: str = ""
    text: str = ""
    lines: dict[str, str] = field(default_factory=dict)
    clauses: dict[str, str] = field(default_factory=dict)
    table: TableRule | None = None
    each: EachRule | None = None
    signatures: tuple[SignatureRule, ...] = ()
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True)
class MadeRule:
    """A document that is made. paper: the paper that it becomes once signed, and with it for whom it is made.

    place: folder of access.yaml. attached: goes with the vendedora's mails; never with an operational secret in it.
    blank: what a line says where the data says nothing. warning: stands in a box below the title, such as that it is a model.
    """

    key: str
    paper: str
    title: str
    subtitle: str
    place: str
    attached: bool
    file_name: str
    blank: str
    blocks: tuple[BlockRule, ...]
    warning: str = ""


@lru_cache(maxsize=4)
def made_rules(root: Path) -> tuple[MadeRule, ...]:
    """The documents of `process/made_documents/` under `root` (`Process.folder`), read once.

    :raises ConfigurationError: a file is no table or a block has the wrong shape.
    """
    paths = sorted((root / FOLDER).glob("*.yaml"))
    return tuple(typed({**read_table(path), "key": path.stem}, MadeRule, path.name) for path in paths)


def rules_for(process: Process, intake: Intake) -> list[MadeRule]:
    """The documents that this client signs, in the order of the papers."""
    by_paper = {rule.paper: rule for rule in made_rules(process.folder)}
    return [by_paper[slot.key] for slot in required_papers(process, intake) if slot.key in by_paper]


# --- names in texts ------------------------------------------------------------------------------------------------------------

_OF_COMPANY: dict[str, Callable[[Process], str]] = {
    "company.name": lambda p: p.company.name,
    "company.short_name": lambda p: p.company.short_name,
    "company.phone": lambda p: p.company.customer_service_phone,
    "company.email": lambda p: p.company.customer_service_email,
}
_OF_DOSSIER: dict[str, Callable[[Process, Dossier], str]] = {
    "dossier.id": lambda p, d: d.dossier_id,
    "dossier.code": lambda p, d: d.denarius_code,
    "dossier.location": lambda p, d: d.physical_location,
    "dossier.state": lambda p, d: p.states[d.state.value].label,
    "dossier.vendedora": lambda p, d: next((one.name for one in p.company.people if one.address == d.vendedora), d.vendedora),
}
Row = ServicePoint | Shareholder | Owner
ROWS: dict[str, Callable[[Process, Intake], tuple[Row, ...]]] = {
    "points": lambda process, intake: intake.points,
    "shareholders": lambda process, intake: tuple(holder for holder in intake.shareholders if not holder.through),
    "chain": lambda process, intake: tuple(holder for holder in intake.shareholders if holder.through),
    "owners": lambda process, intake: ownership(intake).owners,
    "beneficial_owners": lambda process, intake: ownership(intake).beneficial(process.beneficial_owner_percent),
}
_OF_ROWS = {
    "shareholders": fields.HOLDER_PATHS,
    "chain": fields.HOLDER_PATHS,
    "owners": fields.OWNER_PATHS,
    "beneficial_owners": fields.OWNER_PATHS,
}


def known_names(rows: str = "") -> frozenset[str]:
    """The names that a text may hold; rows: the table or list in which it stands ('' = outside of one)."""
    known = fields.PATHS | fields.TO_SIGN_PATHS | frozenset(_OF_COMPANY) | frozenset(_OF_DOSSIER)
    return known | _OF_ROWS.get(rows, frozenset())


def texts_of(rule: MadeRule) -> Iterator[tuple[str, str]]:
    """Every text of a document with the rows in which it stands."""
    yield from (("", text) for text in (rule.title, rule.subtitle, rule.warning, rule.file_name))
    for block in rule.blocks:
        plain = [block.heading, block.text, *block.lines.values(), *block.clauses.values()]
        plain += [text for one in block.signatures for text in (one.role, one.name, one.detail)]
        yield from (("", text) for text in plain if text)
        if block.table:
            yield from ((block.table.rows, column.value) for column in block.table.columns)
        if block.each:
            yield from ((block.each.rows, text) for text in (block.each.heading, *block.each.lines.values()))


def names_in(text: str) -> list[str]:
    """The names in braces that a text holds."""
    return _NAME.findall(text)


# --- filling -------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Filler:
    """Puts what is known of one dossier into texts."""

    process: Process
    dossier: Dossier
    blank: str

    def fill(self, text: str, row: Row | None = None) -> str:
        """The text with every name replaced; what a client wrote is cleaned and stays what it is."""
        return _NAME.sub(lambda match: clean_text(self._value(match[1], row), multiline=True), text).strip()

    def _value(self, name: str, row: Row | None) -> str:
        process, intake = self.process, self.dossier.intake
        if name.startswith("kyc."):
            return self.dossier.kyc.get(name, "")
        if name in _OF_COMPANY:
            return _OF_COMPANY[name](process)
        if name in _OF_DOSSIER:
            return _OF_DOSSIER[name](process, self.dossier)
        if name in fields.TO_SIGN_PATHS:
            return fields.to_sign(process, intake, name)
        if isinstance(row, Shareholder) and name in fields.HOLDER_PATHS:
            return fields.of_holder(process, row, name)
        if isinstance(row, Owner) and name in fields.OWNER_PATHS:
            return fields.of_owner(process, row, name)
        if isinstance(row, ServicePoint):
            return fields.of_point(process, intake, row, name)
        return fields.of_client(process, intake, name)

    def lines(self, lines: dict[str, str], row: Row | None = None) -> Lines:
        """Labels with their filled values."""
        return Lines(tuple((label, self.fill(value, row) or self.blank) for label, value in lines.items()))


def document(process: Process, dossier: Dossier, rule: MadeRule, version: int) -> MadeDocument:
    """The document filled with a dossier's data. version: of the data, told at the foot of every page."""
    filler, labels = Filler(process, dossier, rule.blank), process.labels
    blocks = tuple(made for block in rule.blocks for made in _blocks(filler, block))
    foot = labels["made_foot"].format(company=process.company.short_name, dossier=dossier.dossier_id, version=version)
    return MadeDocument(
        company=process.company.name,
        title=filler.fill(rule.title),
        subtitle=filler.fill(rule.subtitle),
        warning=filler.fill(rule.warning),
        blocks=blocks,
        foot=foot,
        page=labels["page"],
        made_at=dossier.opened_at,
    )


def _blocks(filler: Filler, rule: BlockRule) -> Iterator[Block]:
    if rule.kinds and filler.dossier.intake.client.kind not in rule.kinds:
        return
    if rule.heading:
        yield Heading(filler.fill(rule.heading))
    if rule.text:
        yield Text(filler.fill(rule.text))
    if rule.lines:
        yield filler.lines(rule.lines)
    if rule.clauses:
        yield Clauses(tuple((title, filler.fill(text)) for title, text in rule.clauses.items()))
    if rule.table:
        yield _grid(filler, rule.table)
    if rule.each:
        for row in ROWS[rule.each.rows](filler.process, filler.dossier.intake):
            yield Heading(filler.fill(rule.each.heading, row), minor=True)
            yield filler.lines(rule.each.lines, row)
    if rule.signatures:
        signed = (Signature(filler.fill(one.role), filler.fill(one.name), filler.fill(one.detail)) for one in rule.signatures)
        yield Signatures(tuple(signed))


def _grid(filler: Filler, rule: TableRule) -> Grid:
    columns = tuple(GridColumn(column.label, column.width, column.align) for column in rule.columns)
    rows = ROWS[rule.rows](filler.process, filler.dossier.intake)
    cells = tuple(tuple(filler.fill(column.value, row) for column in rule.columns) for row in rows)
    return Grid(columns, cells, rule.empty)
