"""`process/changes.yaml` as typed values, and what a change says in people's words: each value before and now.

A change of a confidential kind reads as under internal review to whoever does not decide it, until it is approved.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from expediente import fields
from expediente.amendments import amended, point_of_path
from expediente.change_data import Change, ChangeState, StudyState
from expediente.intake_data import Intake
from expediente.mails import Table
from expediente.model import Dossier, State
from expediente.process import Process
from expediente.tables import keyed, read_table, typed

HOLDERS = "holders"
_STUDIED = (StudyState.NONE, StudyState.APPROVED, StudyState.APPROVED_WITH_CONDITIONS)
_DECIDED = (ChangeState.APPROVED, ChangeState.IN_FORCE)


@dataclass(frozen=True)
class ChangeKind:
    """A kind of change. point: required | optional | none; study_by: area that inspects first, '' = nobody; place: folder key."""

    key: str
    label: str
    point: str
    approved_by: str
    notice_mail: str
    place: str
    shows: tuple[str, ...]
    study_by: str = ""
    confidential: bool = False


@dataclass(frozen=True)
class ChangeRules:
    """The whole table. states, studies: names by value; fields: names of what only changes show; texts: words by key."""

    kinds: dict[str, ChangeKind]
    states: dict[str, str]
    studies: dict[str, str]
    fields: dict[str, str]
    texts: dict[str, str]


@dataclass(frozen=True)
class Said:
    """A value of a change as people read it. secret: it may not travel by mail."""

    label: str
    before: str
    now: str
    secret: bool


@lru_cache(maxsize=4)
def change_rules(root: Path) -> ChangeRules:
    """The table under `root` (`Process.folder`), read once.

    :raises ConfigurationError: it cannot be read or a block has the wrong shape.
    """
    table = read_table(root / "process" / "changes.yaml")
    kinds = {kind.key: kind for kind in keyed(table["kinds"], ChangeKind, "changes.yaml")}
    return typed({**table, "kinds": kinds}, ChangeRules, "changes.yaml")


def kind_of(process: Process, change: Change) -> ChangeKind:
    """The kind of a change. :raises KeyError: the table has it no more."""
    return change_rules(process.folder).kinds[change.kind]


def state_text(process: Process, change: Change, *, decides: bool = False) -> str:
    """How far a change has come, in words; a confidential one is under review to others, whatever was decided against it."""
    state = change.state if decides else open_state(process, change)
    if kind_of(process, change).confidential and not decides and state not in (*_DECIDED, ChangeState.WITHDRAWN):
        return process.neutral_review_text
    return change_rules(process.folder).states[state.value]


def open_state(process: Process, change: Change) -> ChangeState:
    """How far a change has come for whoever does not decide it: a confidential one that was refused waits like any other."""
    if change.state is ChangeState.REFUSED and kind_of(process, change).confidential:
        return ChangeState.WITHDRAWN if change.taken_back_at else ChangeState.REQUESTED
    return change.state


def waits(process: Process, change: Change) -> bool:
    """Whether a change can still come into force, as far as whoever does not decide it can know."""
    return open_state(process, change) in (ChangeState.REQUESTED, ChangeState.APPROVED)


def to_study(dossier: Dossier) -> tuple[Change, ...]:
    """The changes whose new place is to be inspected now."""
    return tuple(one for one in _asked(dossier) if one.study is StudyState.PENDING)


def to_decide(dossier: Dossier) -> tuple[Change, ...]:
    """The changes that are to be decided now: asked, and inspected where a study is needed."""
    return tuple(one for one in _asked(dossier) if one.study in _STUDIED)


def _asked(dossier: Dossier) -> Iterator[Change]:
    active = dossier.state is State.ACTIVE
    return (one for one in dossier.changes.values() if active and one.state is ChangeState.REQUESTED)


def said(process: Process, dossier: Dossier, change: Change) -> tuple[Said, ...]:
    """What a change makes different in the data as they stand today, or made different in its own time."""
    return tuple(_said(process, dossier, change))


def _said(process: Process, dossier: Dossier, change: Change) -> Iterator[Said]:
    rules, kind = change_rules(process.folder), kind_of(process, change)
    point = change.point or point_of_path(next((a.path for a in change.amendments), ""))
    old, new = _both(dossier.intake, change)
    for path in kind.shows:
        label = process.fields.get(path) or rules.fields.get(path, path)
        before, now = value_of(process, old, path, point), value_of(process, new, path, point)
        if before != now:
            title = f"{label} · {point}" if point and path.startswith("points.") else label
            yield Said(title, before or rules.texts["nothing"], now or rules.texts["gone"], path in process.operational_secret)
    if not kind.shows:
        where = point or rules.texts["whole_client"]
        pair = suspension_texts(process, dossier, change)
        yield Said(where, *pair, secret=False)


def _both(intake: Intake, change: Change) -> tuple[Intake, Intake]:
    """The data before and after. Of a change in force what it replaced stands in its own amendments."""
    if change.state is ChangeState.IN_FORCE:
        back = tuple(type(a)(a.path, a.new, a.old) for a in change.amendments)
        return amended(intake, back), amended(intake, change.amendments)
    return intake, amended(intake, change.amendments)


def suspension_texts(process: Process, dossier: Dossier, change: Change) -> tuple[str, str]:
    """What a suspension or a resumption changes."""
    texts, known = change_rules(process.folder).texts, dossier.suspensions.get(change.point)
    day = change.valid_from or (change.decided_at or change.asked_at).date()
    if change.kind == "suspension":
        until = change.until.strftime("%d/%m/%Y") if change.until else ""
        name = "suspended_until" if until else "suspended"
        return texts["served"], texts[name].format(since=day.strftime("%d/%m/%Y"), until=until)
    since = known.since.strftime("%d/%m/%Y") if known else day.strftime("%d/%m/%Y")
    return texts["suspended"].format(since=since), texts["served"]


def value_of(process: Process, intake: Intake, path: str, point: str) -> str:
    """What the data say under a path, of one point where it is a path of points; '' where there is no such point."""
    if path == HOLDERS:
        return "\n".join(
            " · ".join(fields.of_holder(process, holder, f"holders.{part}") for part in ("name", "identity", "share"))
            for holder in intake.shareholders
        )
    if path in fields.TO_SIGN_PATHS:
        return fields.to_sign(process, intake, path)
    if not path.startswith("points."):
        return fields.of_client(process, intake, path)
    found = next((one for one in intake.points if one.code == point), None)
    return fields.of_point(process, intake, found, path) if found else ""


def table_of(process: Process, dossier: Dossier, change: Change, *, by_mail: bool) -> Table:
    """The change as a table of what, before and now. by_mail: a reserved value is only named."""
    texts = change_rules(process.folder).texts
    rows = tuple(
        (one.label, "", texts["reserved"]) if by_mail and one.secret else (one.label, one.before, one.now)
        for one in said(process, dossier, change)
    )
    return Table((texts["what"], texts["before"], texts["now"]), rows)
