"""Records of the cash processing: the protocol, the exchanges of a client, and what Cumplimiento alone is told. Frozen, no I/O."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal


@dataclass(frozen=True)
class Exchange:
    """A row of the exchange sheet. day, amount: None where nothing readable stands; state: key of the template."""

    row: int
    day: date | None
    amount: Decimal | None
    state: str


@dataclass(frozen=True)
class ExchangeAlert:
    """A day on which the exchanges of the window passed the limit. For Cumplimiento alone. reviewed_by: '' = waits."""

    day: date
    total: Decimal
    found_at: datetime
    reviewed_by: str = ""
    decision: str = ""


@dataclass(frozen=True)
class Protocol:
    """How the client's money is processed. number: of the version; said: field of the act -> text."""

    number: int
    by: str
    at: datetime
    said: dict[str, str]


@dataclass(frozen=True)
class Processing:
    """All that Sala keeps of a client. sheet_asked_by: who asked for an exchange sheet of its own, '' = volume alone decides."""

    protocol: Protocol | None = None
    sheet_asked_by: str = ""
    exchanges: tuple[Exchange, ...] = ()
    alerts: tuple[ExchangeAlert, ...] = ()
