"""Records of a dossier that leaves its ordinary way: withdrawn, paused, urgent, a paper waived, cancelled. No I/O."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True)
class Withdrawal:
    """The sale came to nothing before the service was active. by: address; reopened: it was taken back."""

    reason: str
    by: str
    at: datetime
    reopened: bool = False


@dataclass(frozen=True)
class Pause:
    """Nothing is expected from `since` until the day before `until`. told: the end of the pause has been noticed."""

    since: date
    until: date
    reason: str
    by: str
    at: datetime
    told: bool = False


@dataclass(frozen=True)
class Urgency:
    """Shorter periods count until it is lifted; no mark is skipped."""

    reason: str
    by: str
    at: datetime


@dataclass(frozen=True)
class Waiver:
    """Cumplimiento does without a paper up to and including a day. reason: for Cumplimiento alone; over: the day has passed."""

    until: date
    reason: str
    by: str
    at: datetime
    over: bool = False


@dataclass(frozen=True)
class Cancellation:
    """The end of the service, of the whole client or of points (codes; () = the whole client).

    asked: the form of sales; signed: the Encargado's signature; balance: Cartera's. done_at: when it took effect;
    withdrawn_by: whoever took it back, '' while it stands; round: of its wording, from 1.
    """

    points: tuple[str, ...]
    reason: str
    last_service: date
    supplies: str
    asked_by: str
    asked_at: datetime
    submission_id: str = ""
    signed_by: str = ""
    signed_at: datetime | None = None
    balance_by: str = ""
    balance_at: datetime | None = None
    balance: str = ""
    withdrawn_by: str = ""
    done_at: datetime | None = None
    round: int = 1

    @property
    def stands(self) -> bool:
        """Whether it is still to take effect."""
        return self.done_at is None and not self.withdrawn_by

    @property
    def agreed(self) -> bool:
        """Whether all three have said their word: sales, the Encargado and Cartera."""
        return bool(self.signed_by and self.balance_by)
