"""The table of cases, `process/cases.yaml`, as typed values: what clients may ask for in the portal and who settles it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from expediente.case_data import Case
from expediente.model import Dossier
from expediente.process import Process
from expediente.tables import keyed, read_table, typed

# How a case is settled: a yes or no with a reason, words to the client, or the decision about the change of data that it opened.
DECIDE, ANSWER, CHANGE = "decide", "answer", "change"
# The signed act that settles a case, by its way.
CASE_ACTS = {DECIDE: "decidir_caso", ANSWER: "responder_caso"}
# Against what an amount is judged: nothing, the credit in the client's favour, the limit of its account.
CREDIT, LIMIT = "credit", "limit"


@dataclass(frozen=True)
class WantedPaper:
    """A paper that a kind of case wants, by its key. required: no approval without it; required_from: amount from which that holds."""

    key: str
    required: bool = False
    required_from: Decimal | None = None


@dataclass(frozen=True)
class CasePaper:
    """A paper that a client may be asked for. asks: what is said when it is."""

    key: str
    label: str
    asks: str


@dataclass(frozen=True)
class PaperRules:
    """The papers of cases. place: folder key of access.yaml; max_file_mb, max_sent_mb: of one file, of all in one form; max_files: of a paper."""

    place: str
    mime_types: tuple[str, ...]
    max_file_mb: int
    max_sent_mb: int
    max_files: int
    kinds: dict[str, CasePaper]

    @property
    def max_file_bytes(self) -> int:
        """The most that one file may have."""
        return self.max_file_mb * 1024 * 1024

    @property
    def max_sent_bytes(self) -> int:
        """The most that the files of one form may have together."""
        return self.max_sent_mb * 1024 * 1024


@dataclass(frozen=True)
class CaseKind:
    """A kind of case. role: area or role that settles it; way: decide | answer | change; signatures: persons who must approve, 1 or 2.

    amount: '' | credit | limit; change: kind of `changes.yaml` that the case opens; becomes: kind of change that an approved one is
    asked for with by the vendedora; confidential: neither it nor its state is told to others. opened, approved, refused, done: what
    the client reads at each moment. papers: what the client hands in with it.
    """

    key: str
    label: str
    role: str
    deadline: str
    way: str
    opened: str
    refused: str
    approved: str = ""
    done: str = ""
    signatures: int = 1
    amount: str = ""
    change: str = ""
    becomes: str = ""
    confidential: bool = False
    papers: tuple[WantedPaper, ...] = ()


@dataclass(frozen=True)
class CaseLimits:
    """How much of cases is kept. open_per_client: waiting at the same time; kept, transcripts: cases, and conversations of those that ended.

    turns, letters, fields: of a conversation, of one text, of what a case says.
    """

    open_per_client: int
    kept: int
    transcripts: int
    turns: int
    letters: int
    fields: int


@dataclass(frozen=True)
class Targets:
    """What service to clients should come to in a month. satisfaction: mean of 1 to 5."""

    response_working_hours: Decimal
    resolved_percent: int
    satisfaction: Decimal


@dataclass(frozen=True)
class CaseRules:
    """The whole table. states: names by value; fields: names of what a case may say; changeable: data paths a client may ask to change.

    readers: principals who see on a dossier's page what its client asked, besides whoever settles it.
    refusals: why a case ended by itself -> what the client reads; texts: words of pages and workbook.
    """

    kinds: dict[str, CaseKind]
    readers: tuple[str, ...]
    limits: CaseLimits
    targets: Targets
    states: dict[str, str]
    fields: dict[str, str]
    changeable: dict[str, str]
    papers: PaperRules
    refusals: dict[str, str]
    texts: dict[str, str]


@lru_cache(maxsize=4)
def case_rules(root: Path) -> CaseRules:
    """The table under `root` (`Process.folder`), read once.

    :raises ConfigurationError: it cannot be read or a block has the wrong shape.
    """
    table = read_table(root / "process" / "cases.yaml")
    blocks = {key: {**body, "papers": _wanted(key, body)} for key, body in table["kinds"].items()}
    kinds = {kind.key: kind for kind in keyed(blocks, CaseKind, "cases.yaml")}
    known = {one.key: one for one in keyed(table["papers"]["kinds"], CasePaper, "cases.yaml, papers")}
    papers = typed({**table["papers"], "kinds": known}, PaperRules, "cases.yaml, papers")
    targets = typed(
        {key: str(value) if key != "resolved_percent" else value for key, value in table["targets"].items()},
        Targets,
        "cases.yaml, targets",
    )
    return typed({**table, "kinds": kinds, "papers": papers, "targets": targets}, CaseRules, "cases.yaml")


def _wanted(key: str, body: dict[str, Any]) -> tuple[WantedPaper, ...]:
    return keyed(body.get("papers", {}), WantedPaper, f"cases.yaml, {key}, papers")


def known_cases(process: Process, dossier: Dossier) -> Iterator[tuple[CaseKind, Case]]:
    """The cases of a dossier with their kinds, the oldest first; one whose kind the table has no more rests as it is."""
    kinds = case_rules(process.folder).kinds
    for case in dossier.cases.values():
        if case.kind in kinds:
            yield kinds[case.kind], case
