"""The record of a service point of its own: where it stands, its inspection, its resources. Frozen, typed, no I/O.

What the form says of a point stands in `intake_data.ServicePoint`; `Dossier.points` holds these by the same code (P01, P02 …).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
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
class Point:
    """What is known of one service point besides the form.

    since: of its state; round: how often it was asked for, from 1; closing: number of the closing that started it, 0 = none.
    """

    state: PointState = PointState.PENDING
    since: datetime | None = None
    round: int = 1
    started_at: datetime | None = None
    closing: int = 0
