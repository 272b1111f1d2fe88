"""The marks of a dossier: which boxes each area has, what each requires, and which of them count as confirmed. No I/O."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from expediente import papers, points
from expediente.fields import PATHS, hash_of, of_client
from expediente.intake_data import ServicePoint
from expediente.model import Confirmation, Dossier, Evidence, State
from expediente.point_data import PointState
from expediente.process import Area, Condition, MarkRule, Process


@dataclass(frozen=True)
class MarkSlot:
    """One box: `area/mark`, or `area/mark/P01` when the rule is per point."""

    key: str
    area: Area
    rule: MarkRule
    point: ServicePoint | None

    @property
    def label(self) -> str:
        """The box's label, with its point."""
        return f"{self.rule.label} · {self.point.code} {self.point.name}" if self.point else self.rule.label


def taking_part(process: Process, dossier: Dossier) -> list[Area]:
    """The areas that take part in this dossier, in the order of their columns."""
    contracted = set(dossier.intake.order.services)
    return [area for area in process.areas if not area.services or contracted & set(area.services)]


def slots_of(area: Area, dossier: Dossier) -> list[MarkSlot]:
    """The boxes of one area: its rules in order, those per point once for each point."""
    slots = []
    for rule in area.marks:
        if rule.per == "point":
            slots += [MarkSlot(f"{area.key}/{rule.key}/{p.code}", area, rule, p) for p in dossier.intake.points]
        else:
            slots.append(MarkSlot(f"{area.key}/{rule.key}", area, rule, None))
    return slots


def all_slots(process: Process, dossier: Dossier) -> list[MarkSlot]:
    """Every box of every area that takes part."""
    return [slot for area in taking_part(process, dossier) for slot in slots_of(area, dossier)]


def read_hash(process: Process, dossier: Dossier, slot: MarkSlot) -> str:
    """Hash of what the mark vouches for, as it stands today."""
    return hash_of(process, dossier.intake, slot.rule.depends_on, slot.point)


def needs_signature(slot: MarkSlot, confirmation: Confirmation) -> bool:
    """Whether a ticked box does not count until a person signs it: nobody is known to have ticked it, or the rule asks for a signature."""
    if confirmation.evidence is Evidence.SIGNED:
        return False
    return slot.rule.evidence == "signature" or confirmation.evidence is not Evidence.ATTRIBUTED


def is_confirmed(process: Process, dossier: Dossier, slot: MarkSlot) -> bool:
    """Whether the box counts: ticked, by a known person, of what the dossier says today."""
    confirmation = dossier.marks.get(slot.key)
    if confirmation is None or not confirmation.ticked or needs_signature(slot, confirmation):
        return False
    return confirmation.depends_hash == read_hash(process, dossier, slot)


def open_slots(process: Process, dossier: Dossier, area: Area) -> list[MarkSlot]:
    """The boxes of an area that are asked for and do not count yet."""
    return [slot for slot in asked_slots(area, dossier) if not is_confirmed(process, dossier, slot)]


def asked_slots(area: Area, dossier: Dossier) -> list[MarkSlot]:
    """The boxes of an area but for those of points that are asked for nothing."""
    return [slot for slot in slots_of(area, dossier) if points.is_asked(dossier, slot.point.code if slot.point else "")]


def is_settled(process: Process, dossier: Dossier, slot: MarkSlot) -> bool:
    """Whether the box counts and a closing has built on it: it is changed by a change of the service, never in the sheet."""
    if dossier.state is not State.ACTIVE or not is_confirmed(process, dossier, slot):
        return False
    return slot.point is None or points.point_of(dossier, slot.point.code).state is not PointState.PENDING


def unsigned_slots(process: Process, dossier: Dossier, area: Area) -> list[MarkSlot]:
    """The boxes of an area that are ticked and wait for a signature."""
    marks = dossier.marks
    return [s for s in asked_slots(area, dossier) if s.key in marks and marks[s.key].ticked and needs_signature(s, marks[s.key])]


def ripe_slots(process: Process, dossier: Dossier, area: Area) -> list[MarkSlot]:
    """The boxes of an area that wait for a signature and are worth asking for it: its part of the client is ticked, and of a point.

    Points of which something is still unticked hold up the others no longer than that.
    """
    unsigned = unsigned_slots(process, dossier, area)
    unticked = [slot for slot in open_slots(process, dossier, area) if slot not in unsigned]
    pending = {slot.point.code if slot.point else "" for slot in unticked}
    whole = {slot.point.code for slot in asked_slots(area, dossier) if slot.point is not None} - pending
    if "" in pending or (pending and not whole):
        return []
    return [slot for slot in unsigned if slot.point is None or slot.point.code in whole]


# --- what a mark requires ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Known:
    """What conditions are judged from. mails_sent: kinds of mail of this dossier that have left."""

    process: Process
    dossier: Dossier
    mails_sent: frozenset[str]


def _document(known: Known, slot: MarkSlot, args: tuple[str, ...]) -> bool:
    kind, state = args
    rule = known.process.document(kind)
    about = slot.point.code if rule.per == "point" and slot.point else ""
    if state == "delivered":
        return papers.delivered(known.dossier, kind, about)
    key = f"{kind}:{about}" if about else kind
    return papers.paper(known.dossier, key).state.value == state


def _mark(known: Known, slot: MarkSlot, args: tuple[str, ...]) -> bool:
    area, mark = args
    wanted = [s for s in slots_of(known.process.area(area), known.dossier) if s.rule.key == mark]
    same_point = [s for s in wanted if s.point is None or slot.point is None or s.point.code == slot.point.code]
    return all(is_confirmed(known.process, known.dossier, s) for s in same_point)


def _result_allows(known: Known, slot: MarkSlot, args: tuple[str, ...]) -> bool:
    """No result of the point's inspection says otherwise; without one, the area's tick is its word."""
    study = points.point_of(known.dossier, slot.point.code).study if slot.point else None
    return study is None or known.process.points.inspection.result(study.result).passes


# What `none_open` may speak of.
_OPEN: dict[str, Callable[[Known], bool]] = {
    "observation": lambda known: bool(known.dossier.observations),
    "special": lambda known: bool(points.special_open(known.process, known.dossier)),
}

CONDITIONS: dict[str, Callable[[Known, MarkSlot, tuple[str, ...]], bool]] = {
    "mail_sent": lambda known, slot, args: args[0] in known.mails_sent,
    "document": _document,
    "field": lambda known, slot, args: args[0] in PATHS and bool(of_client(known.process, known.dossier.intake, args[0])),
    "mark": _mark,
    "result_allows": _result_allows,
    "resources": lambda known, slot, args: any(p.assignment for p in known.dossier.points.values()),
    "none_open": lambda known, slot, args: not _OPEN[args[0]](known),
}


def unmet(known: Known, slot: MarkSlot) -> Condition | None:
    """The first condition of a box that does not hold, or None."""
    for condition in slot.rule.requires:
        if not CONDITIONS[condition.name](known, slot, condition.args):
            return condition
    return None


def signable(known: Known, area: Area) -> list[MarkSlot]:
    """The boxes of an area that its page can confirm now: not confirmed yet, nothing has to come first, not ticked and waiting."""
    waiting = unsigned_slots(known.process, known.dossier, area)
    found = [slot for slot in open_slots(known.process, known.dossier, area) if slot not in waiting]
    return [slot for slot in found if unmet(known, slot) is None]
