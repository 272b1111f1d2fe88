"""A change of a client's data or service, and the version of the data that it replaced: the records, without input or output.

Values of an amendment are plain JSON as `codec.to_data` makes them of an intake; `amendments.py` makes them and puts them in.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from expediente.intake_data import Intake


class ChangeState(StrEnum):
    """How far a change has come. IN_FORCE stays, also when a later change has replaced its values."""

    REQUESTED = "requested"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    IN_FORCE = "in_force"


class StudyState(StrEnum):
    """The security study that a change may need before it is applied."""

    NONE = "none"
    PENDING = "pending"
    APPROVED = "approved"
    APPROVED_WITH_CONDITIONS = "approved_with_conditions"
    REFUSED = "refused"


@dataclass(frozen=True)
class Amendment:
    """One value that changes. path: such as `client.contact.name` or `points[P01].schedule.days`; None = it is not there."""

    path: str
    old: Any
    new: Any


@dataclass(frozen=True)
class Change:
    """A change as it was asked. point: code, '' = the whole client; valid_from: None = as soon as it is approved.

    for_whom: `client` or `company`; until: last day of a suspension; study_conditions: what the inspection asks for;
    data_version: the version of the data that it made, 0 = none yet or none at all; taken_back_at: when one was taken back that had
    been refused without telling, so that it reads like any other that is taken back; overtaken: nobody took it back, but what it is
    about has ended; reworded_at: when its values last changed.
    """

    change_id: str
    kind: str
    point: str
    amendments: tuple[Amendment, ...]
    reason: str
    asked_by: str
    asked_at: datetime
    submission_id: str
    for_whom: str = "client"
    valid_from: date | None = None
    until: date | None = None
    state: ChangeState = ChangeState.REQUESTED
    decided_by: str = ""
    decided_at: datetime | None = None
    decided_reason: str = ""
    study: StudyState = StudyState.NONE
    study_by: str = ""
    study_at: datetime | None = None
    study_conditions: tuple[str, ...] = ()
    in_force_at: datetime | None = None
    data_version: int = 0
    round: int = 1
    taken_back_at: datetime | None = None
    overtaken: bool = False
    reworded_at: datetime | None = None

    @property
    def worded_at(self) -> datetime:
        """Since when it asks for what it asks for now: what was looked at before says nothing of it."""
        return self.reworded_at or self.asked_at


def taken_back(change: Change, at: datetime, by: str = "") -> Change:
    """A change that is asked for no more. Of one that was refused the decision stays for those who made it."""
    if change.state is ChangeState.REFUSED:
        return replace(change, taken_back_at=at)
    return replace(change, state=ChangeState.WITHDRAWN, decided_by=by or change.decided_by, decided_at=at)


def overtaken(change: Change, at: datetime) -> Change:
    """A change whose ground is gone: whoever asked hears of it."""
    return replace(taken_back(change, at), overtaken=True)


@dataclass(frozen=True)
class Suspension:
    """The client, or a point, is not served. until: last day of it, None = until somebody says."""

    since: date
    until: date | None
    change_id: str


@dataclass(frozen=True)
class DataVersion:
    """The data of a dossier as they were up to a change. number: of the version; replaced_by: id of the change."""

    dossier_id: str
    number: int
    intake: Intake
    replaced_at: datetime
    replaced_by: str
    schema: int = field(default=1)
