"""Files that people hand in on the page: what is kept of each from the moment it was sent. No input or output."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class ArrivalState(StrEnum):
    """Where a file is: it waits in the staging bucket, lies in Drive, was taken back, may not be taken, or its bytes are gone."""

    STAGED = "staged"
    PLACED = "placed"
    TAKEN_BACK = "taken_back"
    REFUSED = "refused"
    LOST = "lost"


@dataclass(frozen=True)
class Arrival:
    """A file that somebody handed in for a paper. name: as its owner called it; file_id: in Drive, '' until it lies there.

    round: how often these very bytes were handed in for this paper, for what was taken back may come again.
    cleared: its bytes have left the staging bucket; kept of papers of cases alone, whose paper is `case/key`.
    """

    paper: str
    sha256: str
    mime_type: str
    size_bytes: int
    name: str
    by: str
    at: datetime
    round: int = 1
    state: ArrivalState = ArrivalState.STAGED
    file_id: str = ""
    cleared: bool = False

    @property
    def key(self) -> str:
        """What names it in the dossier."""
        return arrival_key(self.paper, self.sha256, self.round)


def arrival_key(paper: str, sha256: str, number: int) -> str:
    """The key of the nth time that these bytes are handed in for that paper."""
    return f"{hashlib.sha256(f'{paper}/{sha256}'.encode()).hexdigest()[:20]}/{number}"


def object_name(dossier_id: str, arrival: Arrival) -> str:
    """Where its bytes wait in the staging bucket: made from dossier, paper and content, so that the same file is one object."""
    return f"{dossier_id}/{arrival.paper}/{arrival.sha256}/{arrival.round}"
