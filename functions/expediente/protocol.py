"""The protocol of processing: what Sala signs becomes a PDF of the dossier, and each head of an area is told once a version."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace

from expediente import exchange, marks
from expediente.acts import Deed
from expediente.deadlines import local_day
from expediente.exchange_data import Protocol
from expediente.folder import folder_step
from expediente.ids import person_ref
from expediente.inspections import lines_of
from expediente.made import content_hash
from expediente.made_blocks import Lines, MadeDocument
from expediente.mails import Line, MailContext
from expediente.process import Process
from expediente.steps import Step
from expediente.wanted import Wanted, dossier_link
from expediente.work import View, Work

_ACT = "establecer_protocolo"


def may_establish(view: View) -> Sequence[str]:
    """Whether this client has anything to be processed."""
    return ("",) if exchange.keeper(view.process, view.dossier) is not None else ()


def shows(view: View, subject: str) -> tuple[Line, ...]:
    """What was contracted, and the protocol that holds now."""
    first = view.dossier.intake.points[0].code
    known = view.dossier.processing.protocol
    return (
        *lines_of(view, first, ("order.services", "order.exchange", "order.processing", "points.value_kinds")),
        *_said(view, known),
    )


def _said(view: View, protocol: Protocol | None) -> Iterator[Line]:
    if protocol is not None:
        labels = {rule.key: rule.label for rule in view.process.acts.rules[_ACT].fields}
        yield from (Line(labels.get(key, key), text) for key, text in protocol.said.items() if text)


def establish(work: Work, deed: Deed) -> None:
    """Keep what was said as the next version."""
    before = work.dossier.processing.protocol
    rule = work.app.process.acts.rules[_ACT]
    said = {field.key: deed.answers.text(field.key) for field in rule.fields}
    made = Protocol(before.number + 1 if before else 1, deed.actor.address, deed.at, said)
    work.set(processing=replace(work.dossier.processing, protocol=made))
    work.record(person_ref(deed.actor.address), "protocol", version=str(made.number))


def protocol_step(number: int) -> str:
    """The key of the step that keeps a version."""
    return f"protocol/{number}"


def plan(view: View) -> list[Step]:
    """Keep the present version as PDF where its table says; older ones stay beside it."""
    protocol, labels = view.dossier.processing.protocol, view.process.labels
    if protocol is None:
        return []
    place = folder_step(view.process.points.protocol_place)
    content = _document(view, protocol)
    args = {
        "name": labels["protocol_file"].format(dossier=view.dossier.dossier_id, number=protocol.number),
        "parent_id": f"${place}:file_id",
        "dossier_id": view.dossier.dossier_id,
        "document": content,
        "content": content_hash(content),
        "version": str(protocol.number),
        "tell": "",
    }
    return [Step(protocol_step(protocol.number), "make_document", args, after=(place,), wants_id=True)]


def _document(view: View, protocol: Protocol) -> MadeDocument:
    process, labels = view.process, view.process.labels
    person = process.company.person(protocol.by)
    rows = tuple((line.label, line.value) for line in _said(view, protocol))
    head = ((labels["fact_client"], view.dossier.intake.client.legal_name), (labels["fact_dossier"], view.dossier.dossier_id))
    signed = ((labels["protocol_by"], f"{person.name if person else protocol.by} · {protocol.at:%d/%m/%Y}"),)
    return MadeDocument(
        company=process.company.name,
        title=labels["protocol_title"],
        subtitle=labels["protocol_version"].format(number=protocol.number),
        warning="",
        blocks=(Lines(head + rows + signed),),
        foot=labels["protocol_title"],
        page=labels["page"],
        made_at=protocol.at,
    )


def heads_of(process: Process, view: View) -> Iterator[str]:
    """Who heads an area that takes part, each once."""
    areas = {area.key for area in marks.taking_part(process, view.dossier)}
    yield from (person.address for person in process.company.people if areas & set(person.head_of))


def wanted(view: View) -> Iterator[Wanted]:
    """One mail a head and version, once the document is there."""
    protocol, dossier = view.dossier.processing.protocol, view.dossier
    if protocol is None or not dossier.done(protocol_step(protocol.number)):
        return
    link = dossier_link(view)
    day = local_day(view.process, protocol.at)
    context = MailContext(dossier.dossier_id, dossier.intake.client.legal_name, day, link, dossier.denarius_code)
    for address in heads_of(view.process, view):
        ref = hashlib.sha256(address.lower().encode()).hexdigest()[:12]
        context_of_head = replace(context, summary=tuple(_said(view, protocol)))
        yield Wanted(f"protocolo_encargados/{protocol.number}/{ref}", "protocolo_encargados", context_of_head, author=address)
