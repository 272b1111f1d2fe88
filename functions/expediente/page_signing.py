"""The confirmation page of an area: exactly what its signature would cover, what stands already, what is still open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from expediente import control_sheet, marks
from expediente.act_answers import YES
from expediente.activate import sheet_is_open
from expediente.confirm import mails_sent, signing_hash
from expediente.google.clients import sheet_link
from expediente.mails import Line
from expediente.marks import Known
from expediente.model import Dossier, State
from expediente.page_boxes import Box, BoxState, boxes
from expediente.page_facts import FactKind
from expediente.page_form import Posted
from expediente.process import Person

if TYPE_CHECKING:
    from expediente.bootstrap import App

TEMPLATE = "signing.html"
FACT = FactKind("signature", "mark_signed", "signature_refused")
STATES = (State.CONFIRMING, State.ACTIVE)


@dataclass(frozen=True)
class SigningView:
    """What the page shows. content_hash: '' while nothing can be signed. waiting: ticked in the sheet; offered: can be ticked here;

    open: something must come first; vouched: what the boxes vouch for, each once. observation: the area's reason, '' if none."""

    dossier: Dossier
    subject: str
    content_hash: str
    accent: str
    area: str
    waiting: tuple[Box, ...]
    offered: tuple[Box, ...]
    open: tuple[Box, ...]
    confirmed: tuple[Box, ...]
    observation: str
    vouched: tuple[Line, ...]
    sheet: str


def view(app: App, person: Person, dossier: Dossier, subject: str) -> SigningView | None:
    """The page of an area that takes part, for its own people, from the hand-over on; else None. subject: key of the area."""
    process = app.process
    area = next((area for area in marks.taking_part(process, dossier) if area.key == subject), None)
    if area is None or area.key not in person.roles or dossier.state not in STATES:
        return None
    known = Known(process, dossier, mails_sent(app.store, process, dossier))
    found, may_sign = boxes(known, marks.asked_slots(area, dossier)), sheet_is_open(process, dossier)
    waiting = tuple(box for box in found if box.state is BoxState.WAITING) if may_sign else ()
    signable = {slot.key for slot in marks.signable(known, area)} if may_sign else set()
    offered = tuple(box for box in found if box.key in signable)
    observation, sheet_id = dossier.observations.get(area.key), dossier.file_id(control_sheet.SHEET)
    return SigningView(
        dossier=dossier,
        subject=area.key,
        content_hash=signing_hash(known, area) if waiting or offered else "",
        accent=area.color,
        area=area.label,
        waiting=waiting,
        offered=offered,
        open=tuple(box for box in found if box.state in (BoxState.OPEN, BoxState.OUTDATED) and box not in offered),
        confirmed=tuple(box for box in found if box.counts),
        observation=observation.reason if observation else "",
        vouched=tuple(dict.fromkeys(line for box in (*waiting, *offered) for line in box.values)),
        sheet=sheet_link(sheet_id) if sheet_id else "",
    )


def payload(shown: SigningView, posted: Posted) -> dict[str, object] | None:
    """What the signature says, as `confirm.fold_signature` reads it; None when no box was chosen and none waits."""
    chosen = [box.key for box in shown.offered if posted.answers.get(box.key) == YES]
    if not chosen and not shown.waiting:
        return None
    return {"area": shown.subject, "hash": posted.content_hash, "marks": chosen}
