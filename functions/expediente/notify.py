"""Who is told what, and when: mails that the present state of a dossier wants and that have not been queued yet.

Every mail has a key; a key is queued once. Contents stand in `letters.py`, texts in `process/mails/`, sending in `outbox.py`.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from expediente import (
    access_audit,
    assignments,
    cancel,
    case_mails,
    change_mails,
    control_sheet,
    documents,
    exchange,
    inspections,
    letters,
    made,
    marks,
    papers,
    points,
    portal_access,
    protocol,
    renewal,
    request_mails,
    ways_out,
    welcome,
)
from expediente.activate import closing_hash, kept_pdf, missing_for_activation
from expediente.calendar_file import calendar_file
from expediente.classify import DELIVERY
from expediente.compliance import subjects_hash
from expediente.deadlines import due_day, local_day
from expediente.form_build import prefilled_link
from expediente.mails import Line, MailContext, outgoing
from expediente.model import Attachment, Dossier, OutgoingMail, PaperState, Problem, State, Submission
from expediente.process import MailRule
from expediente.stand_in import answering, responsible
from expediente.wanted import DELIVERY_PAGE, Wanted, area_folder, folder_of, may_deliver, page_link, sheet_of
from expediente.work import View, Work

if TYPE_CHECKING:
    from expediente.bootstrap import App


def tell(work: Work) -> None:
    """Queue every mail that is wanted now and was not queued before."""
    for wanted in list(_wanted(work.view)):
        queue(work, wanted)


def queue(work: Work, wanted: Wanted) -> None:
    """Queue a mail, unless it was queued before or nobody is there to get it."""
    if wanted.key not in work.dossier.notices:
        mail = _compose(work.view, wanted)
        if mail is not None:
            work.send(wanted.key, mail)
            if wanted.keep is not None:
                wanted.keep(work)


def _wanted(view: View) -> Iterator[Wanted]:
    for stage in (*STAGES.get(view.dossier.state, ()), *ALWAYS):
        yield from stage(view)


# --- what each state wants -----------------------------------------------------------------------------------------------------


def _at_opening(view: View) -> Iterator[Wanted]:
    dossier = view.dossier
    if not dossier.done(documents.BUILD) or not may_deliver(dossier):
        return
    if not made.plan(view):
        yield from _to_sign(view)
    welcoming = view.process.area_of_mail("nuevo_cliente_servicio")
    if welcoming is not None:
        context = letters.new_client(view, folder_of(dossier, "root"), welcoming)
        yield Wanted("nuevo_cliente_servicio", "nuevo_cliente_servicio", context)
    for area in marks.taking_part(view.process, dossier):
        if area.opens_at == "received" and area.early_mail:
            context = letters.early_request(view, folder_of(dossier, area_folder(view.process, area)), area)
            yield Wanted(area.early_mail, area.early_mail, context, area)
    # Asked again when the people change: the key is who they are.
    key = f"revision_cumplimiento/{subjects_hash(dossier.intake)[:12]}"
    yield Wanted(key, "revision_cumplimiento", letters.review(view, page_link(view, "cumplimiento")))
    if dossier.previous_dossier_id:
        context = letters.verified(view, sheet_of(dossier, documents.SHEET))
        yield Wanted("expediente_previo", "expediente_previo", context)


def _to_sign(view: View) -> Iterator[Wanted]:
    """The receipt with the documents to be signed; later, those that say something else than they did."""
    folder = folder_of(view.dossier, DELIVERY)
    yield Wanted(made.RECEIPT, "recibo_vendedora", letters.receipt(view, page_link(view, DELIVERY_PAGE), folder))
    news = made.newest(made.made_documents(view.process, view.dossier))
    if news:
        key = f"documentos_por_firmar/{news[0].version}"
        yield Wanted(key, "documentos_por_firmar", letters.to_sign(view, folder))


def _of_papers(view: View) -> Iterator[Wanted]:
    """Before the hand-over, and after it for what is returned then. A link goes to nobody who may not open it yet."""
    dossier = view.dossier
    yield from _of_returned(view)
    slots = [s.key for s in papers.required_papers(view.process, dossier.intake) if s.rule.given_by == "vendedora"]
    states = {papers.paper(dossier, key).state for key in slots}
    if dossier.done(documents.BUILD) and PaperState.PENDING in states and documents.is_complete(dossier, slots):
        link = sheet_of(dossier, documents.SHEET)
        yield Wanted(f"papeles_entregados/{_returns(dossier)}", "papeles_entregados", letters.delivered(view, link))


def _of_returned(view: View) -> Iterator[Wanted]:
    """What is returned, and files of which nobody knows what they are; in force too, where papers are renewed."""
    dossier = view.dossier
    if not dossier.done(documents.BUILD):
        return
    slots = [s.key for s in papers.required_papers(view.process, dossier.intake) if s.rule.given_by == "vendedora"]
    if may_deliver(dossier) and any(papers.paper(dossier, key).state is PaperState.RETURNED for key in slots):
        context = letters.returned(view, page_link(view, DELIVERY_PAGE), folder_of(dossier, DELIVERY))
        yield Wanted(f"papel_devuelto/{_returns(dossier)}", "papel_devuelto", context)
    sheet = sheet_of(dossier, documents.SHEET)
    for file_ids in _unclassified_batches(dossier):
        key = f"archivos_por_clasificar/{documents.short_hash(file_ids)}"
        waiting = [file.name for file in papers.unclassified(dossier) if file.file_id in file_ids]
        yield Wanted(key, "archivos_por_clasificar", letters.unclassified(view, sheet, waiting))


def _returns(dossier: Dossier) -> int:
    """How often papers were returned: each time there is news for both sides."""
    return sum(known.returns for known in dossier.papers.values())


def _unclassified_batches(dossier: Dossier) -> Iterator[list[str]]:
    """Files that came into the workbook together without a known paper, while one of them still waits for a person."""
    waiting = {file.file_id for file in papers.unclassified(dossier)}
    for key, record in dossier.steps.items():
        batch = record.result.get("unclassified", "").split(",") if key.startswith(documents.LISTED) else []
        if waiting.intersection(batch):
            yield batch


def _of_hand_over(view: View) -> Iterator[Wanted]:
    dossier = view.dossier
    waiting = not dossier.denarius_code or not dossier.acknowledged_by
    if dossier.done(documents.BUILD) and waiting and not papers.open_papers(view.process, dossier, "handover"):
        context = letters.verified(view, sheet_of(dossier, documents.SHEET))
        yield Wanted(f"expediente_completo/{_returns(dossier)}", "expediente_completo", context)


def _to_areas(view: View) -> Iterator[Wanted]:
    dossier = view.dossier
    if not any(grant.place == control_sheet.PLACE for grant in dossier.grants.values()):
        return
    link = sheet_of(dossier, control_sheet.SHEET)
    for area in marks.taking_part(view.process, dossier):
        if area.notice_mail:
            page = page_link(view, "confirmar", area.key)
            yield Wanted(area.notice_mail, area.notice_mail, letters.notice(view, page, link, area), area)
    if request_mails.WELCOME not in dossier.notices:
        yield request_mails.with_links(view, request_mails.WELCOME, request_mails.WELCOME)


def _of_marks(view: View) -> Iterator[Wanted]:
    dossier, process = view.dossier, view.process
    link = sheet_of(dossier, control_sheet.SHEET)
    for area in marks.taking_part(process, dossier):
        # Once an area has ticked all it can of the client and of a point, one mail for all that waits for a signature.
        # What a change asks again has a mail of its own, which tells what was before.
        ripe = [slot for slot in marks.ripe_slots(process, dossier, area) if slot.key not in dossier.asked_again]
        if ripe:
            said = documents.short_hash(f"{slot.key} {marks.read_hash(process, dossier, slot)}" for slot in ripe)
            key = f"firma_pendiente/{area.key}/{said}"
            yield Wanted(key, "firma_pendiente", letters.unsigned(view, page_link(view, "confirmar", area.key), area), area)
        observation = dossier.observations.get(area.key)
        if observation and observation.reason != process.labels["no_reason"] and may_deliver(dossier):
            key = f"observado/{area.key}/{observation.round}"
            yield Wanted(key, "observado_vendedora", letters.observed(view, folder_of(dossier, DELIVERY), area), area)
    for mark, refusal in dossier.refusals.items():
        area = process.area(mark.split("/")[0])
        key = f"marca_devuelta/{mark}/{refusal.round}"
        yield Wanted(key, "marca_devuelta", letters.put_back(view, link, area, mark), area, refusal.person)
    if not missing_for_activation(process, dossier):
        key = f"cierre/{closing_hash(process, dossier)[:12]}"
        yield Wanted(key, "cierre_expedientes", letters.closing(view, page_link(view, "cierre")))


def _of_activation(view: View) -> Iterator[Wanted]:
    """Once a closing: the first tells that the client is active, a later one that more points are."""
    dossier = view.dossier
    link = sheet_of(dossier, control_sheet.SHEET)
    for number in range(1, points.closings(dossier) + 1):
        started = [point for point in dossier.intake.points if points.point_of(dossier, point.code).closing == number]
        again = f"/{number}" if number > 1 else ""
        if not started or not dossier.done(kept_pdf(number)):
            continue
        yield Wanted(f"inicio_cliente{again}", "inicio_cliente", letters.start(view, started))
        yield Wanted(f"activo_ventas{again}", "activo_ventas", letters.active(view, "", started))
        for area in marks.taking_part(view.process, dossier):
            context = letters.active(view, link, started)
            yield Wanted(f"activo_areas/{area.key}{again}", "activo_areas", context, area)


def _without_vendedora(view: View) -> Iterator[Wanted]:
    from expediente import reassign  # it queues corrections, which stand here

    yield from reassign.wanted(view)


# What is wanted from the hand-over on, before and after the activation.
_FROM_HAND_OVER: tuple[Callable[[View], Iterator[Wanted]], ...] = (
    change_mails.wanted,
    inspections.wanted,
    assignments.wanted,
    welcome.wanted,
    request_mails.wanted,
    protocol.wanted,
    exchange.wanted,
)
# What each state wants, in the order of the way of a client; a stage with mails of its own adds its function here.
STAGES: dict[State, tuple[Callable[[View], Iterator[Wanted]], ...]] = {
    State.COLLECTING: (
        _at_opening,
        _of_papers,
        _of_hand_over,
        ways_out.wanted_when_open,
        inspections.wanted,
    ),
    State.CONFIRMING: (
        _to_areas,
        _of_papers,
        _of_marks,
        ways_out.wanted_when_open,
        *_FROM_HAND_OVER,
    ),
    State.ACTIVE: (
        _of_activation,
        _of_marks,
        _of_returned,
        renewal.wanted,
        ways_out.papers_asked_again,
        cancel.wanted_when_active,
        portal_access.wanted,
        case_mails.wanted,
        *_FROM_HAND_OVER,
    ),
    State.WITHDRAWN: (ways_out.wanted_when_withdrawn,),
    State.ARCHIVED: (cancel.wanted_when_archived, case_mails.wanted_when_archived),
}
# What may be told in any state, also of a dossier that has ended.
ALWAYS: tuple[Callable[[View], Iterator[Wanted]], ...] = (access_audit.wanted, _without_vendedora)


# --- mails that stand outside a dossier ----------------------------------------------------------------------------------------


def outside(app: App, kind: str, submission: Submission, context: MailContext, now: datetime) -> OutgoingMail:
    """A mail about a response to whoever sent it; once for each version of the response."""
    dossier_id, to = submission.dossier_id, submission.respondent
    mail_id = f"{dossier_id}/{kind}/{submission.submission_id}/{len(submission.versions)}"
    return outgoing(app.process, kind, mail_id, to, context, now, dossier_id=dossier_id, thread=f"{dossier_id}/{to}")


def correction(app: App, submission: Submission, answers: dict[str, list[str]], now: datetime) -> OutgoingMail:
    """Every wrong field, and a link that opens the form with all that was answered and is no operational secret."""
    site = app.site.forms[submission.form]
    open_answers = {key: texts for key, texts in answers.items() if not letters.is_secret_question(app.process, key)}
    link = prefilled_link(site.responder_uri, app.intake_form, open_answers, site.question_ids)
    name = " ".join(answers.get("client.legal_name", ("",)))
    day = due_day(app.process, "correction", now)
    problems = letters.shown_problems(app.process, submission.problems)
    context = MailContext(client_name=name, day=day, link=link, problems=problems)
    return outside(app, "correccion", submission, context, now)


def form_correction(app: App, submission: Submission, problems: Sequence[Problem], now: datetime) -> OutgoingMail:
    """The same for a form of a dossier, to whoever sent it: it says nothing that the response did not say itself."""
    definition, site = app.forms[submission.form], app.site.forms[submission.form]
    open_answers = {k: texts for k, texts in submission.answers.items() if not letters.is_secret_question(app.process, k)}
    link = prefilled_link(site.responder_uri, definition, open_answers, site.question_ids)
    day = due_day(app.process, "correction", now)
    shown = letters.shown_problems(app.process, problems)
    context = MailContext(day=day, link=link, problems=shown, form=definition.title)
    return outside(app, "correccion_formulario", submission, context, now)


def other_vendedora(app: App, submission: Submission, now: datetime) -> OutgoingMail:
    """Neutral: says neither whose client it is nor whether it is one."""
    name = " ".join(submission.answers.get("client.legal_name", ("",)))
    context = MailContext(client_name=name, day=due_day(app.process, "correction", now))
    return outside(app, "cliente_de_otra_vendedora", submission, context, now)


def already_active(app: App, submission: Submission, dossier: Dossier, now: datetime) -> OutgoingMail:
    """The client is active: ask for a change instead."""
    name, code = dossier.intake.client.legal_name, dossier.denarius_code
    context = MailContext(dossier.dossier_id, name, local_day(app.process, now), code=code)
    return outside(app, "ya_activo", submission, context, now)


def already_in_process(
    app: App, submission: Submission, dossier: Dossier, changed: Sequence[tuple[str, str, str]], now: datetime
) -> OutgoingMail:
    """The client has an open dossier: go on with it; what the new response says otherwise."""
    facts = tuple(_difference(app, *difference) for difference in changed)
    context = MailContext(
        dossier_id=dossier.dossier_id,
        client_name=dossier.intake.client.legal_name,
        day=local_day(app.process, now),
        link=f"{app.settings.page_url.rstrip('/')}/{DELIVERY_PAGE}/{dossier.dossier_id}",
        folder=folder_of(dossier, DELIVERY),
        summary=facts,
        items=letters.missing_papers(app.process, dossier),
    )
    return outside(app, "ya_en_proceso", submission, context, now)


def _difference(app: App, title: str, before: str, after: str) -> Line:
    """What a new response says otherwise; of an operational secret only that it differs."""
    key = next((question.key for question in app.intake_form.questions.values() if question.title == title), "")
    secret = letters.is_secret_question(app.process, key)
    return Line(title, app.process.labels["differs"] if secret else f"{before or '-'} → {after or '-'}")


# --- addressing ----------------------------------------------------------------------------------------------------------------


def _compose(view: View, wanted: Wanted) -> OutgoingMail | None:
    process, dossier = view.process, view.dossier
    rule = process.mails[wanted.kind]
    to = _address(view, rule.to, wanted)
    if not to:
        return None
    dossier_id = dossier.dossier_id
    mail = outgoing(
        process,
        wanted.kind,
        f"{dossier_id}/{wanted.key}",
        to,
        wanted.context,
        view.now,
        dossier_id=dossier_id,
        thread=f"{dossier_id}/{to}",
    )
    return replace(
        mail,
        cc=tuple(_copies(view, rule, wanted, to)),
        reply_to=process.company.customer_service_email if rule.to.startswith("client:") else "",
        attachments=tuple(one for name in rule.attaches for one in ATTACHED[name](view, wanted.context)),
    )


def _copies(view: View, rule: MailRule, wanted: Wanted, to: str) -> Iterator[str]:
    """Who reads along: whom the rule names, and whoever stands in for an absent vendedora."""
    named = _address(view, rule.cc, wanted) if rule.cc else ""
    if named and named != to:
        yield named
    if rule.to == "person:vendedora":
        day = local_day(view.process, view.now)
        for person in answering(view.process.company, view.dossier.vendedora, day):
            if person.address.lower() not in (to.lower(), named.lower()):
                yield person.address


def _address(view: View, principal: str, wanted: Wanted) -> str:
    process, dossier = view.process, view.dossier
    what, _, name = principal.partition(":")
    if principal == "person:author":
        return wanted.author or (wanted.area.group if wanted.area else "")
    if principal == "area:concerned":
        return wanted.area.group if wanted.area else ""
    if principal == "person:vendedora":
        return responsible(process.company, dossier.vendedora)[0].address
    if principal == "client:point" and wanted.author:
        return wanted.author
    if principal == "client:portal":
        return portal_access.as_written(dossier)
    if what == "client":
        return dossier.intake.client.email or dossier.intake.client.contact.email
    return process.company.groups[name] if what == "group" else process.group_of(name)


def _summary(view: View, context: MailContext) -> Iterator[Attachment]:
    from expediente.summary import summary_pdf

    lines = (Line(view.process.labels["fact_dossier"], view.dossier.dossier_id), *context.summary)
    content = summary_pdf(view.process, lines, view.dossier.intake.client.legal_name, view.now)
    yield _pdf(view.process.labels["summary_file"], content)


def _made_documents(view: View, context: MailContext, *, news: bool = False) -> Iterator[Attachment]:
    """The made documents that may travel by mail; the others wait in the folder that the mail leads to."""
    found = made.made_documents(view.process, view.dossier)
    for one in made.newest(found) if news else found:
        if one.rule.attached:
            from expediente.made_pdf import made_pdf

            yield _pdf(one.rule.file_name, made_pdf(one.document))


def _calendar(view: View, context: MailContext) -> Iterator[Attachment]:
    if context.event is not None:
        content = calendar_file(context.event, view.now)
        yield Attachment(view.process.labels["visit_file"], "text/calendar", base64.b64encode(content).decode())


def _pdf(name: str, content: bytes) -> Attachment:
    return Attachment(name, "application/pdf", base64.b64encode(content).decode())


# What `attaches` of mails.yaml may name.
ATTACHED: dict[str, Callable[[View, MailContext], Iterator[Attachment]]] = {
    "summary_pdf": _summary,
    "calendar": _calendar,
    "made_documents": _made_documents,
    "new_made_documents": partial(_made_documents, news=True),
}
