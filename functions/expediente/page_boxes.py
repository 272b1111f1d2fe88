"""The boxes of the control sheet as the pages show them: what each vouches for, how it stands, who stands behind it. No I/O."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from expediente import marks
from expediente.fields import of_client, of_point
from expediente.mails import Line
from expediente.marks import Known, MarkSlot
from expediente.model import Dossier, Evidence
from expediente.process import Process


class BoxState(StrEnum):
    """How a box stands.

    WAITING: ticked, needs a signature. ATTRIBUTED: counts by who edited the sheet. OUTDATED: what it vouches for has changed.
    """

    OPEN = "open"
    WAITING = "waiting"
    ATTRIBUTED = "attributed"
    SIGNED = "signed"
    OUTDATED = "outdated"


@dataclass(frozen=True)
class Box:
    """A box. key: of its mark; values: what it vouches for today; person: name or address, '' = unknown; missing: what must come first."""

    key: str
    area: str
    label: str
    explains: str
    state: BoxState
    values: tuple[Line, ...]
    person: str
    at: datetime | None
    missing: tuple[str, ...]

    @property
    def counts(self) -> bool:
        """Whether nothing more is needed."""
        return self.state in (BoxState.ATTRIBUTED, BoxState.SIGNED)


def boxes(known: Known, slots: Sequence[MarkSlot]) -> tuple[Box, ...]:
    """The boxes of those slots, in their order."""
    return tuple(_box(known, slot) for slot in slots)


def person_name(process: Process, address: str) -> str:
    """The name of somebody of the company, or the address of whoever is not in its table."""
    person = process.company.person(address)
    return person.name if person else address


def _box(known: Known, slot: MarkSlot) -> Box:
    process, dossier = known.process, known.dossier
    confirmation = dossier.marks.get(slot.key)
    ticked = confirmation is not None and confirmation.ticked
    return Box(
        key=slot.key,
        area=slot.area.label,
        label=slot.label,
        explains=slot.rule.explains,
        state=_state(process, dossier, slot),
        values=_values(process, dossier, slot),
        person=person_name(process, confirmation.person) if confirmation and ticked else "",
        at=confirmation.at if confirmation and ticked else None,
        missing=() if ticked else _missing(known, slot),
    )


def _state(process: Process, dossier: Dossier, slot: MarkSlot) -> BoxState:
    confirmation = dossier.marks.get(slot.key)
    if confirmation is None or not confirmation.ticked:
        return BoxState.OPEN
    if marks.needs_signature(slot, confirmation):
        return BoxState.WAITING
    if not marks.is_confirmed(process, dossier, slot):
        return BoxState.OUTDATED
    return BoxState.SIGNED if confirmation.evidence is Evidence.SIGNED else BoxState.ATTRIBUTED


def _values(process: Process, dossier: Dossier, slot: MarkSlot) -> tuple[Line, ...]:
    intake, lines = dossier.intake, []
    for path in slot.rule.depends_on:
        said = of_point(process, intake, slot.point, path) if slot.point else of_client(process, intake, path)
        label = process.fields[path]
        lines.append(Line(f"{label} · {slot.point.code}" if slot.point else label, said or process.labels["none"]))
    return tuple(lines)


def _missing(known: Known, slot: MarkSlot) -> tuple[str, ...]:
    """In the same words in which a tick that came too early is sent back."""
    unmet = [c for c in slot.rule.requires if not marks.CONDITIONS[c.name](known, slot, c.args)]
    return tuple(dict.fromkeys(known.process.labels[f"refused_{condition.name}"] for condition in unmet))
