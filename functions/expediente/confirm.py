"""The control sheet read back: which ticks count, who made them, which cannot stand.

Who ticked: an area's column is a protected range whose only editors are the area, so a tick is the area's; the person is the last
modifier of the file's revisions since the last look if exactly one of them is of that area (*attributed*), else the name chosen in
"Confirma" (*declared*), which counts once it is signed on the confirmation page. Source: Drive API, revisions (no API names a
cell's editor).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from expediente import codec, control_sheet, marks
from expediente.activate import reopening, sheet_is_open
from expediente.control_sheet import SHEET, SheetReading
from expediente.ids import person_ref
from expediente.marks import Known, MarkSlot
from expediente.model import Confirmation, Dossier, Evidence, Fact, Observation, Refusal
from expediente.process import Area, Person, Process
from expediente.request_mails import WELCOME
from expediente.steps import Attempt, Step, effect
from expediente.store import Store
from expediente.work import View, Work

# A revision this young when the sheet was read may hold edits that the reading does not show: it counts again next time.
_YOUNG = timedelta(seconds=5)


@dataclass(frozen=True)
class Editors:
    """Who changed the file since the last look (addresses, lower case), and up to which revision that has been taken in."""

    addresses: tuple[str, ...]
    seen_until: str

    def of(self, people: Sequence[Person]) -> list[Person]:
        """Those of them who belong to an area."""
        return [person for person in people if person.address.lower() in self.addresses]


def read(work: Work) -> None:
    """Read the control sheet and its revisions, and judge what changed: two reads of Google, the second only when something did."""
    dossier = work.dossier
    sheet_id = dossier.file_id(SHEET)
    process, begun = work.app.process, work.now
    if not sheet_id or not sheet_is_open(process, dossier):
        return
    reading = control_sheet.read(work.app.google.sheets, process, dossier)
    if not _differs(process, dossier, reading):
        _advance(work, codec.stamp(begun - _YOUNG))
        return
    editors = _editors(work, sheet_id, begun)
    known = Known(work.app.process, dossier, mails_sent(work.store, work.app.process, dossier))
    judge(work, known, reading, editors)


def _advance(work: Work, until: str) -> None:
    """Whoever edited up to then made nothing that a later reading will show."""
    seen = work.dossier.last_revisions
    work.set(last_revisions={**seen, "control_sheet": max(until, seen.get("control_sheet", ""))})


def _differs(process: Process, dossier: Dossier, reading: SheetReading) -> bool:
    for slot in marks.all_slots(process, dossier):
        if slot.key in reading.absent:
            continue
        recorded = dossier.marks.get(slot.key)
        value, was = reading.ticks.get(slot.key), bool(recorded and recorded.ticked)
        named = was and recorded and recorded.evidence is Evidence.NONE and reading.confirms.get(slot.area.key)
        if (value is True) != was or value not in (True, False, None, "") or named:
            return True
    for area in marks.taking_part(process, dossier):
        seen = dossier.observations.get(area.key)
        if reading.observed.get(area.key, "") != (seen.reason if seen else ""):
            return True
    return False


def _editors(work: Work, sheet_id: str, read_at: datetime) -> Editors:
    """All who edited since the last look; the mark advances only to what is surely in the reading, so nobody is overlooked later."""
    seen = work.dossier.last_revisions.get("control_sheet", "")
    # By time, not by id: Drive lets a revision grow while the same person goes on.
    revisions = [r for r in work.app.google.drive.revisions(sheet_id) if not seen or codec.stamp(r.modified_at) > seen]
    us = work.app.settings.service_account.lower()
    addresses = dict.fromkeys(
        revision.person.lower() for revision in revisions if revision.person and revision.person.lower() != us
    )
    surely_read = [codec.stamp(revision.modified_at) for revision in revisions if revision.modified_at <= read_at - _YOUNG]
    return Editors(tuple(addresses), max(surely_read, default=seen))


def mails_sent(store: Store, process: Process, dossier: Dossier) -> frozenset[str]:
    """Kinds of this dossier's mails that have left and did not come back; only those that a mark may require are asked for, in one read."""
    wanted = {c.args[0] for area in process.areas for rule in area.marks for c in rule.requires if c.name == "mail_sent"}
    queued = [(key.partition("/")[0], mail_id) for key, mail_id in dossier.notices.items() if key not in dossier.welcome.returned]
    ids = [(kind, mail_id) for kind, mail_id in queued if kind in wanted]
    reads = store.get_many([("outbox", mail_id) for _, mail_id in ids]) if ids else []
    sent = frozenset(kind for (kind, _), read in zip(ids, reads, strict=True) if read and read.data["state"] == "sent")
    return sent | {WELCOME} if dossier.welcome.handed else sent


def judge(work: Work, known: Known, reading: SheetReading, editors: Editors) -> None:
    """Make the records equal to the sheet: ticks taken, withdrawn or refused; observations opened and closed."""
    process = known.process
    strangers = _strangers(process, work.dossier, reading, editors)
    for area in marks.taking_part(process, work.dossier):
        people = process.company.with_role(area.key)
        for slot in (one for one in marks.slots_of(area, work.dossier) if one.key not in reading.absent):
            _judge_box(work, known, slot, reading, editors.of(people), strangers)
        _judge_observation(work, area, reading, editors.of(people))
    _advance(work, editors.seen_until)


def _strangers(process: Process, dossier: Dossier, reading: SheetReading, editors: Editors) -> tuple[str, ...]:
    """Who edited without being of any area whose boxes changed: only they can have ticked for an area that edited nothing.

    Drive may name the last of several editors of one revision, so a tick beside somebody else's own work stays a tick.
    """
    changed = [area for area in marks.taking_part(process, dossier) if _has_news(dossier, area, reading)]
    busy = {person.address.lower() for area in changed for person in process.company.with_role(area.key)}
    return () if busy.intersection(editors.addresses) else editors.addresses


def _has_news(dossier: Dossier, area: Area, reading: SheetReading) -> bool:
    slots = [slot for slot in marks.slots_of(area, dossier) if slot.key not in reading.absent]
    boxes = [(reading.ticks.get(slot.key) is True, dossier.marks.get(slot.key)) for slot in slots]
    return any(value != bool(recorded and recorded.ticked) for value, recorded in boxes)


def _judge_box(
    work: Work, known: Known, slot: MarkSlot, reading: SheetReading, candidates: list[Person], strangers: tuple[str, ...]
) -> None:
    value, recorded = reading.ticks.get(slot.key), work.dossier.marks.get(slot.key)
    was = bool(recorded and recorded.ticked)
    if value not in (True, False, None, ""):
        _refuse(work, slot, "refused_value", [person.address for person in candidates])
    elif recorded and _on_its_way(work.dossier, slot, recorded):
        return
    elif value is not True and was and marks.is_settled(known.process, work.dossier, slot):
        _refuse(work, slot, "refused_settled", [person.address for person in candidates])
    elif value is True and not was:
        unmet = marks.unmet(known, slot)
        if unmet:
            _refuse(work, slot, f"refused_{unmet.name}", [person.address for person in candidates])
        elif strangers and not candidates:
            _refuse(work, slot, "refused_person", strangers)
        else:
            _take(work, known.process, slot, reading, candidates)
    elif value is True and recorded and recorded.evidence is Evidence.NONE:
        # The tick is older than today's editors: only the name chosen since can say whose it is.
        _take(work, known.process, slot, reading, [])
    elif value is not True and was and recorded:
        work.set(marks={**work.dossier.marks, slot.key: replace(recorded, ticked=False, evidence=Evidence.NONE)})
        work.record(_ref(candidates), "mark_withdrawn", mark=slot.key)


def _on_its_way(dossier: Dossier, slot: MarkSlot, recorded: Confirmation) -> bool:
    """Whether the page has confirmed a box that the sheet does not show yet: nobody has unticked it."""
    return recorded.ticked and recorded.from_page and not dossier.done(_tick_step(slot.key, recorded))


def _take(work: Work, process: Process, slot: MarkSlot, reading: SheetReading, candidates: list[Person]) -> None:
    evidence, person = Evidence.NONE, ""
    declared = _person_named(process, slot.area, reading.confirms.get(slot.area.key, ""))
    if len(candidates) == 1:
        evidence, person = Evidence.ATTRIBUTED, candidates[0].address
    elif declared:
        evidence, person = Evidence.DECLARED, declared.address
    confirmation = Confirmation(True, evidence, person, work.now, marks.read_hash(process, work.dossier, slot))
    work.set(marks={**work.dossier.marks, slot.key: confirmation})
    who = person_ref(person) if person else "unknown"
    work.record(who, "mark_ticked", mark=slot.key, evidence=evidence.value, read=confirmation.depends_hash)


def _person_named(process: Process, area: Area, name: str) -> Person | None:
    return next((person for person in process.company.with_role(area.key) if person.name == name), None)


def _refuse(work: Work, slot: MarkSlot, reason: str, addresses: Sequence[str]) -> None:
    """A tick that cannot stand. addresses: who may have made it; only one who is alone is told and named."""
    earlier = work.dossier.refusals.get(slot.key)
    person = addresses[0] if len(addresses) == 1 else ""
    refusal = Refusal(reason, person, (earlier.round if earlier else 0) + 1)
    work.set(refusals={**work.dossier.refusals, slot.key: refusal})
    work.record(person_ref(person) if person else "unknown", "mark_refused", mark=slot.key, reason=reason)


def _judge_observation(work: Work, area: Area, reading: SheetReading, candidates: list[Person]) -> None:
    reason, known = reading.observed.get(area.key, ""), work.dossier.observations.get(area.key)
    observations = dict(work.dossier.observations)
    if reason and (known is None or known.reason != reason):
        rounds = sum(1 for key in work.dossier.notices if key.startswith(f"observado/{area.key}/"))
        by = candidates[0].address if len(candidates) == 1 else ""
        observations[area.key] = Observation(reason, by, work.now, rounds + 1)
        work.record(_ref(candidates), "observed", area=area.key)
    elif not reason and known is not None:
        del observations[area.key]
        work.set(area_clocks={**work.dossier.area_clocks, area.key: work.now})
        work.record(_ref(candidates), "observation_cleared", area=area.key)
    work.set(observations=observations)


def _ref(candidates: list[Person]) -> str:
    return person_ref(candidates[0].address) if len(candidates) == 1 else "unknown"


# --- signatures ----------------------------------------------------------------------------------------------------------------


def signing_hash(known: Known, area: Area) -> str:
    """Hash of what an area's page shows to be signed: boxes that are ticked, boxes that can be, and what each vouches for today."""
    slots = {"waiting": marks.unsigned_slots(known.process, known.dossier, area), "offered": marks.signable(known, area)}
    boxes = [(how, s.key, marks.read_hash(known.process, known.dossier, s)) for how, found in slots.items() for s in found]
    return hashlib.sha256(repr((known.dossier.dossier_id, area.key, boxes)).encode()).hexdigest()


def fold_signature(work: Work, fact: Fact) -> None:
    """A signature of an area's page. payload: area, hash (what was shown), marks (boxes chosen besides the ticked ones)."""
    read(work)
    process, dossier = work.app.process, work.dossier
    area = process.area(fact.payload["area"])
    person = process.company.person(fact.actor)
    if person is None or area.key not in person.roles:
        work.record(person_ref(fact.actor), "signature_refused", area=area.key, reason="role")
        return
    known = Known(process, dossier, mails_sent(work.store, process, dossier))
    if not sheet_is_open(process, dossier) or fact.payload["hash"] != signing_hash(known, area):
        work.record(person_ref(fact.actor), "signature_refused", area=area.key, reason="changed")
        return
    for slot in marks.unsigned_slots(process, dossier, area):
        _sign(work, slot, person, fact.at, replace(dossier.marks[slot.key], evidence=Evidence.SIGNED))
    chosen = fact.payload.get("marks", [])
    for slot in (slot for slot in marks.signable(known, area) if slot.key in chosen):
        _sign(work, slot, person, fact.at, Confirmation(True, Evidence.SIGNED, "", fact.at, "", from_page=True))
    work.set(signed_notes={**dossier.signed_notes, area.key: person.address})


def _sign(work: Work, slot: MarkSlot, person: Person, at: datetime, confirmation: Confirmation) -> None:
    """The page showed what the box vouches for today, not what it was when somebody ticked it."""
    read_today = marks.read_hash(work.app.process, work.dossier, slot)
    signed = replace(confirmation, person=person.address, at=at, depends_hash=read_today)
    work.set(marks={**work.dossier.marks, slot.key: signed})
    work.record(person_ref(person.address), "mark_signed", mark=slot.key, read=read_today)


# --- what goes back into the sheet ---------------------------------------------------------------------------------------------


def plan(view: View) -> list[Step]:
    """Put refused ticks back to what stands, tick what was signed on the page, and note beside an area who signed for it."""
    dossier = view.dossier
    if not sheet_is_open(view.process, dossier) or not dossier.done(SHEET):
        return []
    steps = []
    for key, refusal in dossier.refusals.items():
        if not refusal.put_back:
            stands = key in dossier.marks and dossier.marks[key].ticked
            cell = {"row": control_sheet.mark_row(key), "area": key.split("/")[0], "value": stands, "mark": key}
            steps.append(_write(f"putback/{key}/{refusal.round}", dossier, cell))
    for key, confirmation in dossier.marks.items():
        if confirmation.ticked and confirmation.from_page:
            cell = {"row": control_sheet.mark_row(key), "area": key.split("/")[0], "value": True}
            steps.append(_write(_tick_step(key, confirmation), dossier, cell))
    for area, address in dossier.signed_notes.items():
        times = sum(1 for c in dossier.marks.values() if c.evidence is Evidence.SIGNED and c.person == address)
        person = view.process.company.person(address)
        text = view.process.labels["signed_by"].format(name=person.name if person else address, count=times)
        cell = {"row": control_sheet.SIGNED_ROW, "area": area, "value": text}
        steps.append(_write(f"signed/{area}/{hashlib.sha256(text.encode()).hexdigest()[:8]}", dossier, cell))
    return steps


def _tick_step(key: str, confirmation: Confirmation) -> str:
    """The step that ticks a box in the sheet for the person who signed it on the page."""
    return f"tick/{key}/{codec.stamp(confirmation.at)}"


def _write(key: str, dossier: Dossier, cell: Mapping[str, object]) -> Step:
    args = {"spreadsheet_id": f"${SHEET}:file_id", **cell}
    return Step(key, "write_control_cell", args, after=reopening(dossier), lane="control_sheet")


def applied(work: Work, step: Step, result: dict[str, str]) -> None:
    """A refused tick is put back once. The sheet is read again: what people typed just before stands in the feed under our name."""
    if step.effect != "write_control_cell":
        return
    key = str(step.args.get("mark", ""))
    if key:
        refusal = work.dossier.refusals[key]
        work.set(refusals={**work.dossier.refusals, key: replace(refusal, put_back=True)})
    work.set(stale=tuple(dict.fromkeys((*work.dossier.stale, "control_sheet"))))


@effect("write_control_cell")
def write_control_cell(attempt: Attempt) -> dict[str, str]:
    """Write one cell found by its row key and its area's column, wherever people have moved them."""
    args = attempt.args
    control_sheet.write_cell(attempt.google.sheets, args["spreadsheet_id"], args["row"], args["area"], args["value"])
    return {}
