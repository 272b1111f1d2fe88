"""What a client asks for by the form of its mails: the record, without input or output."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class RequestState(StrEnum):
    """How far a request has come. CONFIRMED: the registered contact was called back and stands by it; CLOSED: the service ended first."""

    WAITING = "waiting"
    CONFIRMED = "confirmed"
    DENIED = "denied"
    CLOSED = "closed"


@dataclass(frozen=True)
class ServiceRequest:
    """A request as it was written by whoever had the link. kind: of company.yaml; becomes: `change` or `note`, once confirmed.

    tries: calls that nobody answered.
    """

    request_id: str
    kind: str
    point: str
    text: str
    name: str
    at: datetime
    submission_id: str
    state: RequestState = RequestState.WAITING
    becomes: str = ""
    called_by: str = ""
    called_at: datetime | None = None
    note: str = ""
    tries: int = 0
