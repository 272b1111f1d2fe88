"""Where each service point of a dossier stands, and which of them are still on their way. No I/O.

What a point lacks is found in `activate.py`, since papers and marks gate it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from expediente.intake_data import ServicePoint
from expediente.model import Dossier, State
from expediente.point_data import ASKED, Point, PointState
from expediente.process import Process


def point_of(dossier: Dossier, code: str) -> Point:
    """The record of a point; one never heard of is pending, or active in a dossier that was closed before points had records."""
    known = dossier.points.get(code)
    if known is not None:
        return known
    closed_long_ago = not dossier.points and dossier.state in (State.ACTIVE, State.ARCHIVED)
    return Point(PointState.ACTIVE, dossier.closed_at, started_at=dossier.closed_at, closing=1) if closed_long_ago else Point()


def is_asked(dossier: Dossier, code: str) -> bool:
    """Whether papers and boxes of that point are asked for; '' stands for the client's own, which always are."""
    return not code or point_of(dossier, code).state in ASKED


def in_state(dossier: Dossier, *states: PointState) -> list[ServicePoint]:
    """The points whose record has one of those states, in the order of the form."""
    return [point for point in dossier.intake.points if point_of(dossier, point.code).state in states]


def standing(dossier: Dossier) -> list[str]:
    """The codes of the points that have not ended."""
    return [point.code for point in dossier.intake.points if point_of(dossier, point.code).state is not PointState.REMOVED]


def special_open(process: Process, dossier: Dossier) -> list[str]:
    """The points of which a special service is not coordinated yet."""
    found = []
    for point in in_state(dossier, *ASKED):
        given = point_of(dossier, point.code).assignment
        if given and process.points.assignment.is_special(given.classification) and given.coordinated_at is None:
            found.append(point.code)
    return found


def closings(dossier: Dossier) -> int:
    """How many closings have started points so far."""
    return max((point_of(dossier, point.code).closing for point in dossier.intake.points), default=0)


def changed(dossier: Dossier, codes: Iterable[str], at: datetime, **changes: object) -> dict[str, Point]:
    """The records with those points changed; `since` moves when their state does."""
    found = dict(dossier.points)
    for code in codes:
        before = point_of(dossier, code)
        after = replace(before, **changes)  # type: ignore[arg-type]
        found[code] = after if after.state is before.state else replace(after, since=at)
    return found
