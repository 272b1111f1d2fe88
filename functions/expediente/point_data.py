"""The record of a service point of its own: where it stands, its inspection, its resources. Frozen, typed, no I/O.

What the form says of a point stands in `intake_data.ServicePoint`; `Dossier.points` holds these by the same code (P01, P02 …).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class PointState(StrEnum):
    """Where a service point stands.

    Stored are decisions alone. READY is never stored: it is a pending point that lacks nothing but the closing.
    A rejected point keeps its findings until it is asked for again; a suspended or removed one is asked for nothing.
    """

    PENDING = "pending"
    READY = "ready"
    ACTIVE = "active"
    REJECTED = "rejected"
    SUSPENDED = "suspended"
    REMOVED = "removed"


# Points whose boxes and papers are asked for; the others hold nobody up.
ASKED = frozenset({PointState.PENDING, PointState.ACTIVE})


@dataclass(frozen=True)
class Visit:
    """An agreed visit. number: 1 for the first of the point; by: address of whoever visits."""

    at: datetime
    by: str
    number: int
    note: str = ""


@dataclass(frozen=True)
class Study:
    """A result of an inspection. result: key of `service_points.yaml`; number: how often results were given for the point."""

    result: str
    by: str
    at: datetime
    number: int
    findings: str = ""
    conditions: str = ""
    valid_until: date | None = None


@dataclass(frozen=True)
class Assignment:
    """Classification and resources of a point, as references. number: how often it was given; coordinated_at: special equipment."""

    classification: str
    resources: str
    crew: str
    vehicles: str
    by: str
    at: datetime
    number: int
    equipment: str = ""
    coordinated_by: str = ""
    coordinated_at: datetime | None = None


@dataclass(frozen=True)
class Point:
    """What is known of one service point besides the form.

    since: of its state; round: how often it was asked for, from 1; closing: number of the closing that started it, 0 = none.
    study: the last result of this round; past_studies, past_files: results and reports of former rounds, which are kept but do not
    count; asked_because: what was put right before it was asked for again.
    """

    state: PointState = PointState.PENDING
    since: datetime | None = None
    round: int = 1
    started_at: datetime | None = None
    closing: int = 0
    visit: Visit | None = None
    study: Study | None = None
    past_studies: tuple[Study, ...] = ()
    past_files: tuple[str, ...] = ()
    asked_because: str = ""
    assignment: Assignment | None = None
