"""The welcome that did not arrive: told once, sent again after the address was corrected, or given as a letter and signed for.

Mails that came back are found by `returned_mail`; here a dossier learns of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from expediente import letters, marks, request_mails
from expediente.folder import folder_step, sub_folder
from expediente.made import content_hash
from expediente.made_blocks import Lines, MadeDocument, Text
from expediente.model import Dossier, Evidence, Fact, Refusal, State
from expediente.request_mails import WELCOME
from expediente.steps import Step
from expediente.wanted import Wanted, act_link
from expediente.welcome_data import ReturnedMail
from expediente.work import View, Work

ACT, TOLD, LETTER = "entregar_bienvenida", "bienvenida_devuelta", "welcome_letter"
_PLACE = "mail"


def address_of(dossier: Dossier) -> str:
    """To whom the welcome goes; '' where the client gave no address."""
    return dossier.intake.client.email or dossier.intake.client.contact.email


def came_back(dossier: Dossier) -> tuple[str, ReturnedMail] | None:
    """The welcome that came back, while none that was queued later is on its way or has arrived."""
    keys = [key for key in dossier.notices if key.partition("/")[0] == WELCOME]
    returned = dossier.welcome.returned
    return (keys[-1], returned[keys[-1]]) if keys and all(key in returned for key in keys) else None


def fold(work: Work, fact: Fact) -> None:
    """A mail of this dossier came back; a tick that stood on its arrival is put back and told."""
    key, known = fact.payload["mail"], work.dossier.welcome
    if key not in work.dossier.notices or key in known.returned:
        return
    returned = {**known.returned, key: ReturnedMail(fact.payload["address"], fact.at)}
    work.set(welcome=replace(known, returned=returned))
    work.record("expediente", "mail_returned", mail=key)
    if known.handed is None:
        _take_back(work, key.partition("/")[0])


def _take_back(work: Work, kind: str) -> None:
    ticked, refusals = dict(work.dossier.marks), dict(work.dossier.refusals)
    for slot in marks.all_slots(work.app.process, work.dossier):
        known = ticked.get(slot.key)
        needed = any(one.name == "mail_sent" and kind in one.args for one in slot.rule.requires)
        if needed and known and known.ticked and not marks.is_settled(work.app.process, work.dossier, slot):
            ticked[slot.key] = replace(known, ticked=False, evidence=Evidence.NONE)
            earlier = refusals.get(slot.key)
            refusals[slot.key] = Refusal("refused_mail_sent", known.person, (earlier.round if earlier else 0) + 1)
            work.record("expediente", "mark_refused", mark=slot.key, reason="refused_mail_sent")
    work.set(marks=ticked, refusals=refusals)


# --- the letter ----------------------------------------------------------------------------------------------------------------


def plan(view: View) -> list[Step]:
    """The welcome as a letter, once, where no mail can bring it."""
    dossier, labels = view.dossier, view.process.labels
    if dossier.done(LETTER) or not _needs_letter(dossier):
        return []
    place, content = folder_step(_PLACE), _letter(view)
    args = {
        "name": labels["welcome_letter_file"].format(dossier=dossier.dossier_id),
        "parent_id": f"${place}:file_id",
        "dossier_id": dossier.dossier_id,
        "document": content,
        "content": content_hash(content),
        "version": "1",
        "tell": "",
    }
    folders = [] if dossier.done(place) else [sub_folder(view, view.process.access.folder(_PLACE))]
    return [*folders, Step(LETTER, "make_document", args, after=(place,), wants_id=True)]


def _needs_letter(dossier: Dossier) -> bool:
    served = dossier.state in (State.CONFIRMING, State.ACTIVE)
    return served and (came_back(dossier) is not None or not address_of(dossier))


def _letter(view: View) -> MadeDocument:
    process, dossier, labels = view.process, view.dossier, view.process.labels
    company, made_at = process.company, dossier.state_since or dossier.opened_at
    ways = tuple((kind.label, kind.explains) for kind in company.requests)
    care = (labels["welcome_care"], f"{company.customer_service_phone} · {company.customer_service_email}")
    return MadeDocument(
        company=company.name,
        title=labels["welcome_letter_title"],
        subtitle=dossier.intake.client.legal_name,
        warning="",
        blocks=(
            Text(labels["welcome_letter_text"]),
            Lines((*ways, care, (labels["welcome_hours"], company.customer_service_hours))),
        ),
        foot=labels["welcome_letter_title"],
        page=labels["page"],
        made_at=made_at,
    )


# --- mails ---------------------------------------------------------------------------------------------------------------------


def wanted(view: View) -> Iterator[Wanted]:
    """Servicio al Cliente hears of it once; a corrected address gets a welcome of its own."""
    back, link = came_back(view.dossier), act_link(view, ACT, "")
    now = address_of(view.dossier)
    if back is None:
        if not now and view.dossier.done(LETTER) and view.dossier.welcome.handed is None:
            yield Wanted(f"{TOLD}/sin_correo", TOLD, letters.base(view, "confirm", link))
        return
    key, returned = back
    if now.lower() != returned.address.lower() and now:
        number = len(view.dossier.welcome.returned) + 1
        yield request_mails.with_links(view, f"{WELCOME}/{number}", WELCOME)
    elif view.dossier.welcome.handed is None:
        yield Wanted(f"{TOLD}/{key.partition('/')[2] or 1}", TOLD, letters.base(view, "confirm", link, reason=returned.address))
