"""Requests of clients: a form without signing in, which changes nothing until the registered contact was called back.

Whoever has the link of the client's mail may send it. A token that leads nowhere is kept for Servicio al Cliente as unidentified; the
sender reads the same thanks either way.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from expediente import codec, fields, notify, request_token
from expediente.acts import ActRefusedError, Deed, Handler
from expediente.answers import Answers
from expediente.deadlines import due_day
from expediente.form_routing import earlier_versions, hand_over, kept, read_response
from expediente.ids import person_ref
from expediente.mails import Line, MailContext
from expediente.model import Comment, Dossier, Fact, OutgoingMail, Submission
from expediente.request_data import RequestState, ServiceRequest
from expediente.request_mails import ACT, FORM, label_of
from expediente.store import Create, Delete, Write
from expediente.work import View, Work

if TYPE_CHECKING:
    from expediente.bootstrap import App

_log = logging.getLogger(__name__)

UNIDENTIFIED = "solicitud_sin_identificar"
_CHANGE = "change"


# --- from the form to the dossier ----------------------------------------------------------------------------------------------


def route(app: App, fact: Fact) -> None:
    """Hand a request to the dossier of its token, or keep it as unidentified and tell Servicio al Cliente."""
    known, version = earlier_versions(app, fact)
    if known and fact.payload["version"] in known.versions:
        app.store.commit([Delete("inbox", fact.event_id)])
        return
    answers, problems = read_response(app, fact)
    keys = answers.definition.dossier
    dossier = request_token.dossier_of(app, answers.text(keys.token)) if keys else None
    taken = dossier is not None and keys is not None and dossier.state.value in keys.states
    submission = Submission(
        submission_id=fact.payload["response_id"],
        form=FORM,
        respondent="",
        dossier_id=dossier.dossier_id if dossier and taken else fact.dossier_id,
        outcome="accepted" if taken else "unidentified",
        problems=problems,
        versions=(*(known.versions if known else ()), fact.payload["version"]),
        # The token opens the form in the client's name: it is not kept.
        answers={key: list(texts) for key, texts in answers.written.items() if not keys or key != keys.token},
    )
    record = kept(submission, version)
    if taken and dossier is not None:
        hand_over(app, fact, dossier, record)
    else:
        _keep_unidentified(app, fact, record, _unidentified(app, submission, answers))


def _keep_unidentified(app: App, fact: Fact, record: Write, mail: OutgoingMail) -> None:
    """Keep it; tell Servicio al Cliente of as many an hour as the company allows, so that strangers cannot use up its mail."""
    hour = app.clock.now().strftime("%Y%m%d%H")
    most = app.process.most_requests.unidentified_mails_an_hour
    keys = [f"{UNIDENTIFIED}/{hour}/{number}" for number in range(1, most + 1)]
    taken = app.store.get_many([("outbox", key) for key in keys])
    free = next((key for key, found in zip(keys, taken, strict=True) if found is None), "")
    writes: list[Write] = [record, Delete("inbox", fact.event_id)]
    if free:
        writes.append(Create("outbox", free, codec.to_data(replace(mail, mail_id=free))))
    else:
        _log.warning("unidentified request kept without a mail", extra={"alert": "service_requests"})
    app.store.commit(writes)
    app.metrics.commits += 1
    if free:
        app.publish_mail(mail.sender)


def _unidentified(app: App, submission: Submission, answers: Answers) -> OutgoingMail:
    """To Servicio al Cliente: a request whose token leads to nobody, for people to make something of it."""
    said, now = [], app.clock.now()
    for key in ("request.kind", "request.name", "request.point"):
        question = answers.definition.questions[key]
        said.append(Line(question.title, question.label(answers.text(key))))
    day = due_day(app.process, "service_request", now)
    context = MailContext(day=day, summary=tuple(line for line in said if line.value))
    address = app.process.group_of(app.process.mails[UNIDENTIFIED].to.partition(":")[2])
    mail = notify.outside(app, UNIDENTIFIED, submission, context, now)
    return replace(mail, to=(address,), thread=f"{submission.dossier_id}/{address}")


def fold_form(work: Work, fact: Fact) -> None:
    """A request of a known client: one more, or another wording of one that still waits."""
    answers, _ = read_response(work.app, fact)
    response_id = fact.payload["response_id"]
    requests = work.dossier.service_requests
    known = next((one for one in requests.values() if one.submission_id == response_id), None)
    if known is not None and known.state is not RequestState.WAITING:
        return
    request = ServiceRequest(
        request_id=known.request_id if known else f"S{len(requests) + 1:02d}",
        kind=answers.text("request.kind"),
        point=answers.text("request.point"),
        text=answers.text("request.text"),
        name=answers.text("request.name"),
        at=known.at if known else fact.at,
        submission_id=response_id,
    )
    if known is None and any(_same(one, request) for one in requests.values()):
        work.record("client", "service_request_repeated", submission=response_id)
        return
    if known is None and len(waiting(work.dossier)) >= work.app.process.most_requests.waiting:
        # The response is kept; until somebody has called back, more of them are no news and would only fill the record.
        work.record("client", "service_request_beyond", submission=response_id)
        return
    _keep(work, request)
    work.record("client", "service_requested", request=request.request_id)


def _same(one: ServiceRequest, other: ServiceRequest) -> bool:
    waits = one.state is RequestState.WAITING
    return waits and (one.kind, one.point, one.text) == (other.kind, other.point, other.text)


def _keep(work: Work, request: ServiceRequest) -> None:
    work.set(service_requests={**work.dossier.service_requests, request.request_id: request})


def waiting(dossier: Dossier) -> tuple[ServiceRequest, ...]:
    """The requests whose sender nobody has called back yet."""
    return tuple(one for one in dossier.service_requests.values() if one.state is RequestState.WAITING)


# --- calling back --------------------------------------------------------------------------------------------------------------


def _subjects(view: View) -> Sequence[str]:
    return tuple(one.request_id for one in waiting(view.dossier))


def _shows(view: View, subject: str) -> tuple[Line, ...]:
    """Whom to call, by our records and not by the form, and what was written."""
    process, client, one = view.process, view.dossier.intake.client, view.dossier.service_requests[subject]
    labels = process.labels
    phone = fields.phone_text(client.contact.phone or client.phone)
    return (
        Line(labels["request_call"], f"{client.contact.name} · {phone}"),
        Line(labels["request_kind"], label_of(view, one)),
        Line(labels["request_point"], one.point or labels["none"]),
        Line(labels["request_text"], one.text),
        Line(labels["request_name"], one.name),
        Line(labels["request_tries"], str(one.tries)),
    )


def call_back(work: Work, deed: Deed) -> None:
    """The registered contact was called: it stands by the request, knows nothing of it, or did not answer."""
    one, answers = work.dossier.service_requests[deed.subject], deed.answers
    outcome = answers.text("outcome")
    if outcome == "unreachable":
        _keep(work, replace(one, tries=one.tries + 1))
        return
    if outcome == "confirmed" and not answers.text("becomes"):
        raise ActRefusedError("becomes_needed")
    confirmed = outcome == "confirmed"
    called = replace(
        one,
        state=RequestState.CONFIRMED if confirmed else RequestState.DENIED,
        becomes=answers.text("becomes") if confirmed else "",
        called_by=deed.actor.address,
        called_at=deed.at,
        note=answers.text("note"),
    )
    _keep(work, called)
    if called.becomes != _CHANGE:
        label = work.app.process.labels["request_note" if confirmed else "request_denied"]
        text = label.format(request=one.request_id, kind=label_of(work.view, one), note=called.note).strip()
        work.set(comments=(*work.dossier.comments, Comment(text, deed.actor.address, deed.at)))
    work.record(person_ref(deed.actor.address), "service_request_called", request=one.request_id, outcome=called.state.value)


HANDLERS = {ACT: Handler(call_back, _subjects, _shows)}
