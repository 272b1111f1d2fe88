"""Records of the files that Cartera drops. Frozen, no I/O."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from expediente.model import SCHEMA

KIND = "ledger_file"


class FileState(StrEnum):
    """Where a file stands. taking: its rows; answering: they are all in; linking: a PDF or XML on its way to the bucket.

    superseded: other bytes have come under the same id, which have a record of their own; parked: it failed again and again, until it is resumed.
    """

    WAITING = "waiting"
    TAKING = "taking"
    ANSWERING = "answering"
    LINKING = "linking"
    DONE = "done"
    REFUSED = "refused"
    SUPERSEDED = "superseded"
    PARKED = "parked"


@dataclass(frozen=True)
class LedgerFile:
    """A file that was dropped; record `ledger_file`, key `file_id-digest`: the same bytes again are the same record.

    digest: SHA-256 of the bytes, '' = of Google's own formats. cursor: rows that are in, of `total`; batches: records of their results.
    counts: by key of `counts` in ledger.yaml; refusals, notes: sentences. answer_id: Drive id of the answer, given beforehand.
    object_name, client_id, number: of a PDF or XML, where it goes and whose it is; told: Cartera knows that its invoice is missing.
    place: which of its tabs come last and first, what decides between tables that wait together; '' = not looked at, '~' = none.
    parked_at: since when it is parked; parkings: how often it was.
    next_look_at: when it is worked on, None = at rest; attempts: runs since the last that brought it on.
    """

    key: str
    file_id: str
    digest: str
    name: str
    mime_type: str
    by: str
    at: datetime
    state: FileState = FileState.WAITING
    next_look_at: datetime | None = None
    attempts: int = 0
    total: int = 0
    cursor: int = 0
    batches: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    refusals: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    answer_id: str = ""
    object_name: str = ""
    client_id: str = ""
    number: str = ""
    told: bool = False
    place: str = ""
    ended_at: datetime | None = None
    parked_at: datetime | None = None
    parkings: int = 0
    schema: int = SCHEMA

    @property
    def suffix(self) -> str:
        """Ending of its name in lower case, `.xlsx`."""
        return f".{self.name.rpartition('.')[2].lower()}" if "." in self.name else ""

    @property
    def is_copy(self) -> bool:
        """Whether it is the PDF or XML of an invoice."""
        return self.suffix in (".pdf", ".xml")

    def resumed(self, now: datetime) -> LedgerFile:
        """A parked file that goes on where it stopped; what was said of its parking is taken back."""
        begun = FileState.TAKING if self.batches else FileState.WAITING
        state = FileState.ANSWERING if self.answer_id else FileState.LINKING if self.object_name else begun
        return replace(self, state=state, attempts=0, next_look_at=now, parked_at=None, refusals=self.refusals[:-1])


@dataclass(frozen=True)
class LedgerBatch:
    """What was said of the rows of one commit; record `ledger_file`, key `key/00001`. results: a text a row."""

    results: tuple[str, ...]
    schema: int = SCHEMA


def batch_key(key: str, number: int) -> str:
    """The key of a batch's record. number: from 1."""
    return f"{key}/{number:05d}"
