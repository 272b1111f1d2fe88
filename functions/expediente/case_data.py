"""Cases: what a client asks in the portal and a person must decide or do. They live in the client's dossier. Frozen, no I/O."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum


class CaseState(StrEnum):
    """Where a case stands. waiting: nobody has decided; first_signed: one of two persons has; the others are ends."""

    WAITING = "waiting"
    FIRST_SIGNED = "first_signed"
    APPROVED = "approved"
    REFUSED = "refused"
    DONE = "done"
    WITHDRAWN = "withdrawn"


OPEN_CASES = frozenset({CaseState.WAITING, CaseState.FIRST_SIGNED})


@dataclass(frozen=True)
class Turn:
    """One line of a conversation. who: `client` or `eva`."""

    who: str
    text: str
    at: datetime


@dataclass(frozen=True)
class Decision:
    """What a person said about a case. outcome: approved | refused | done; by: address; waived: why without a required paper."""

    by: str
    at: datetime
    outcome: str
    reason: str = ""
    waived: str = ""


@dataclass(frozen=True)
class Case:
    """A request. case_id cannot be guessed (`K` and seven letters); kind: key of `process/cases.yaml`; said: field -> text as it was read.

    amount: of money asks, else None; preapproval: '' or preaprobada | revision | no_preaprobada with `reasons`, keys of credit.yaml;
    answered_at: when a person first answered; satisfaction: 1-5 from the optional question, 0 = not answered.
    change_id: the change of data that decides it, '' = none. account: what the ledger said when it was asked, by name: of a refund
    `credit` and `balance`, of credit `limit`, `balance` and, where there is a limit, `usage`.
    """

    case_id: str
    kind: str
    said: dict[str, str]
    at: datetime
    contact: str = ""
    amount: Decimal | None = None
    state: CaseState = CaseState.WAITING
    preapproval: str = ""
    reasons: tuple[str, ...] = ()
    decisions: tuple[Decision, ...] = ()
    transcript: tuple[Turn, ...] = ()
    answered_at: datetime | None = None
    closed_at: datetime | None = None
    satisfaction: int = 0
    change_id: str = ""
    account: dict[str, Decimal] = field(default_factory=dict)
