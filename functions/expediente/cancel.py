"""Cancellation: sales ask by the form, the Encargado signs, Cartera settles the balance; the day after the last service it takes effect.

Until then it can be taken back. The whole client is archived; of points only they end. Source: `forms/cancellation.yaml`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from expediente import letters, marks, points, quantities, sealing
from expediente.activate import enter
from expediente.acts import ActRefusedError, Deed
from expediente.change_data import ChangeState, overtaken
from expediente.change_rules import kind_of, waits
from expediente.deadlines import day_begins, local_day
from expediente.endings import Cancellation
from expediente.ids import person_ref
from expediente.mails import Line, MailContext
from expediente.model import Dossier, Fact, Problem, Rank, State
from expediente.point_data import PointState
from expediente.process import Process
from expediente.request_data import RequestState
from expediente.request_mails import label_of
from expediente.wanted import Wanted, act_link, dossier_link
from expediente.work import View, Work

if TYPE_CHECKING:
    from expediente.form_routing import Asked

POINTS, UNKNOWN_POINT = "cancel.points", "punto_desconocido"
LAST_SERVICE, OUT_OF_BOUNDS = "cancel.last_service", "ultimo_dia_fuera_de_plazo"


# --- what the form asks --------------------------------------------------------------------------------------------------------


def judge(asked: Asked) -> Iterator[Problem]:
    """What is wrong with a response beside its dossier: points that are not the client's, or that have ended already."""
    known = set(points.standing(asked.dossier))
    if set(asked.answers.all(POINTS)) - known:
        yield asked.problem(UNKNOWN_POINT, POINTS, ", ".join(sorted(known)))
    rule, day = asked.process.endings.cancellation, quantities.day(asked.answers.text(LAST_SERVICE))
    first = asked.day - timedelta(days=rule.last_service_days_back)
    last = asked.day + timedelta(days=rule.last_service_days_ahead)
    if day is not None and not first <= day <= last:
        yield asked.problem(
            OUT_OF_BOUNDS, LAST_SERVICE, asked.process.labels["day_span"].format(first=day_text(first), last=day_text(last))
        )


def fold_form(work: Work, fact: Fact) -> None:
    """A response of the form that has found its dossier: a new cancellation, or another wording of one that nobody has signed."""
    from expediente.form_routing import read_response  # it answers by mail, and the mails know this stage

    answers, problems = read_response(work.app, fact)
    last_service = quantities.day(answers.text(LAST_SERVICE))
    if last_service is None or any(problem.rank is Rank.REFUSE for problem in problems) or work.dossier.state is not State.ACTIVE:
        return
    supplies = answers.text("cancel.supplies")
    asked = Cancellation(
        points=tuple(sorted(answers.all(POINTS))) if answers.text("cancel.scope") == "points" else (),
        reason=answers.text("cancel.reason"),
        last_service=last_service,
        supplies=answers.definition.questions["cancel.supplies"].label(supplies) if supplies else "",
        asked_by=fact.actor.lower(),
        asked_at=fact.at,
        submission_id=fact.payload["response_id"],
    )
    _keep(work, asked)


def _keep(work: Work, asked: Cancellation) -> None:
    """Of the same points only one stands; what has been signed is not reworded by a form any more."""
    actor = person_ref(asked.asked_by)
    own = next((key for key, one in _standing(work.dossier) if one.submission_id == asked.submission_id), "")
    same = next((key for key, one in _standing(work.dossier) if one.points == asked.points and key != own), "")
    if own and same and not _is_signed(work.dossier.cancellations[own]):
        # An edited response asks for what another asks for already.
        _set(work, own, withdrawn_by=asked.asked_by)
        own = ""
    if key := own or same:
        known = work.dossier.cancellations[key]
        if not _is_signed(known):
            work.set(cancellations={**work.dossier.cancellations, key: replace(asked, round=known.round + 1)})
        work.record(actor, "cancellation_kept" if _is_signed(known) else "cancellation_reworded", cancellation=key)
        return
    key = f"C{len(work.dossier.cancellations) + 1}"
    work.set(cancellations={**work.dossier.cancellations, key: asked})
    work.record(actor, "cancellation_asked", cancellation=key, last_service=asked.last_service.isoformat())


def _is_signed(found: Cancellation) -> bool:
    return bool(found.signed_by or found.balance_by)


# --- acts ----------------------------------------------------------------------------------------------------------------------


def _set(work: Work, key: str, **changes: object) -> None:
    changed = replace(work.dossier.cancellations[key], **changes)  # type: ignore[arg-type]
    work.set(cancellations={**work.dossier.cancellations, key: changed})


def sign(work: Work, deed: Deed) -> None:
    """The Encargado's half, with the supplies settled. Who asked for it cannot sign it as well."""
    if deed.actor.address.lower() == work.dossier.cancellations[deed.subject].asked_by.lower():
        raise ActRefusedError("own_request")
    _set(work, deed.subject, signed_by=deed.actor.address, signed_at=deed.at)


def settle(work: Work, deed: Deed) -> None:
    """Cartera has looked at what is owed."""
    balance = deed.answers.text("balance")
    _set(work, deed.subject, balance_by=deed.actor.address, balance_at=deed.at, balance=balance)


def take_back(work: Work, deed: Deed) -> None:
    """It does not take effect any more; whoever asks again asks by the form. Signed in time counts, whenever it is read."""
    if local_day(work.app.process, deed.at) > work.dossier.cancellations[deed.subject].last_service:
        raise ActRefusedError("cancellation_past")
    _set(work, deed.subject, withdrawn_by=deed.actor.address)


def signable(view: View) -> Sequence[str]:
    """The cancellations that wait for the Encargado."""
    return [key for key, found in _standing(view.dossier) if not found.signed_by]


def settleable(view: View) -> Sequence[str]:
    """The cancellations that wait for Cartera."""
    return [key for key, found in _standing(view.dossier) if not found.balance_by]


def revocable(view: View) -> Sequence[str]:
    """The cancellations whose date has not passed, or passed so lately that what was signed in time may still wait to be read."""
    yesterday = local_day(view.process, view.now) - timedelta(days=1)
    return [key for key, found in _standing(view.dossier) if yesterday <= found.last_service]


def _standing(dossier: Dossier) -> Iterator[tuple[str, Cancellation]]:
    yield from ((key, found) for key, found in dossier.cancellations.items() if found.stands)


def shows(view: View, subject: str) -> tuple[Line, ...]:
    """What is asked, and who has said yes."""
    found, labels = view.dossier.cancellations[subject], view.process.labels
    lines = (
        Line(labels["cancel_scope"], scope_text(view.process, view.dossier, found)),
        Line(labels["cancel_last_service"], day_text(found.last_service)),
        Line(labels["cancel_reason"], found.reason),
        Line(labels["cancel_supplies"], found.supplies),
        Line(labels["cancel_asked"], _name(view.process, found.asked_by)),
        Line(labels["cancel_signed"], _name(view.process, found.signed_by)),
        Line(labels["cancel_balance"], found.balance),
    )
    return tuple(line for line in lines if line.value)


def scope_text(process: Process, dossier: Dossier, found: Cancellation) -> str:
    """What ends: all of it, or points by code and name."""
    if not found.points:
        return process.labels["cancel_whole"]
    names = {point.code: point.name for point in dossier.intake.points}
    return ", ".join(f"{code} {names.get(code, '')}".strip() for code in found.points)


def day_text(day: date) -> str:
    """A day as it stands in lists."""
    return day.strftime("%d/%m/%Y")


def _name(process: Process, address: str) -> str:
    person = process.company.person(address) if address else None
    return person.name if person else address


# --- time passes ---------------------------------------------------------------------------------------------------------------


def move_on(work: Work) -> None:
    """Let what all have agreed to take effect once the day of the last service is over."""
    if work.dossier.state is not State.ACTIVE:
        return
    today = local_day(work.app.process, work.now)
    for key, found in list(_standing(work.dossier)):
        if found.agreed and today > found.last_service and work.dossier.state is State.ACTIVE:
            _end(work, key, found)


def _end(work: Work, key: str, found: Cancellation) -> None:
    _set(work, key, done_at=work.now)
    work.record("expediente", "cancellation_done", cancellation=key)
    if found.points:
        # Points of a dossier that was closed before they had records keep theirs.
        known = points.changed(work.dossier, [point.code for point in work.dossier.intake.points], work.now)
        settled = points.changed(replace(work.dossier, points=known), found.points, work.now, state=PointState.REMOVED)
        left = {code: one for code, one in work.dossier.suspensions.items() if code not in found.points}
        work.set(points=settled, suspensions=left)
    whole = not found.points or not points.standing(work.dossier)
    _close_requests(work, () if whole else found.points)
    if whole:
        enter(work, "cancelled")


def _close_requests(work: Work, codes: Sequence[str]) -> None:
    """What was still asked for, of those points or () of the whole client, is asked for no more; whoever asked is told."""
    for key, one in work.dossier.changes.items():
        if (one.point in codes or not codes) and waits(work.app.process, one):
            work.set(changes={**work.dossier.changes, key: overtaken(one, work.now)})
            work.record("expediente", "change_closed", change=key)
    for key, request in work.dossier.service_requests.items():
        if not codes and request.state is RequestState.WAITING:
            ended = replace(request, state=RequestState.CLOSED)
            work.set(service_requests={**work.dossier.service_requests, key: ended})
            work.record("expediente", "service_request_closed", request=key)


def closed_requests(view: View, found: Cancellation) -> tuple[str, ...]:
    """What a cancellation has closed, in people's words. Of what is decided in confidence nothing: its absence would tell as well."""
    changes = [
        kind
        for one in view.dossier.changes.values()
        if one.state is ChangeState.WITHDRAWN and one.decided_at == found.done_at
        for kind in (kind_of(view.process, one),)
        if not kind.confidential
    ]
    requests = [one for one in view.dossier.service_requests.values() if one.state is RequestState.CLOSED]
    return (*(kind.label for kind in changes), *(label_of(view, one) for one in requests))


def next_at(view: View) -> datetime | None:
    """The first instant to come at which a cancellation that all have agreed to takes effect."""
    agreed = (found for _, found in _standing(view.dossier) if found.agreed)
    days = (day_begins(view.process, found.last_service + timedelta(days=1)) for found in agreed)
    return min((at for at in days if at > view.now), default=None)


def ending(dossier: Dossier) -> Cancellation | None:
    """The cancellation that has ended the whole dossier."""
    done = [found for found in dossier.cancellations.values() if found.done_at is not None]
    return max(done, key=lambda found: found.done_at or found.asked_at) if dossier.state is State.ARCHIVED and done else None


# --- mails ---------------------------------------------------------------------------------------------------------------------


def wanted_when_active(view: View) -> Iterator[Wanted]:
    """To those who have to sign; when all agree, to every area; when it is taken back, to all who were told."""
    for key, found in view.dossier.cancellations.items():
        if found.withdrawn_by:
            yield from _taken_back(view, key, found)
            continue
        if found.stands:
            yield from _to_sign(view, key, found)
        if found.agreed:
            yield from _to_areas(view, key, found)
        if found.done_at and found.points:
            yield Wanted(f"cancelacion_puntos_cliente/{key}", "cancelacion_puntos_cliente", _said(view, found))


def _to_sign(view: View, key: str, found: Cancellation) -> Iterator[Wanted]:
    sign_link, settle_link = act_link(view, "firmar_cancelacion", key), act_link(view, "saldo_revisado", key)
    # What was reworded before anybody signed is told again.
    name = f"{key}/{found.round}" if found.round > 1 else key
    yield Wanted(f"cancelacion_expedientes/{name}", "cancelacion_expedientes", _said(view, found, sign_link))
    yield Wanted(f"cancelacion_cartera/{name}", "cancelacion_cartera", _said(view, found, settle_link))


def _to_areas(view: View, key: str, found: Cancellation) -> Iterator[Wanted]:
    """One notice an area that was active."""
    for area in marks.taking_part(view.process, view.dossier):
        yield Wanted(f"cancelacion_areas/{key}/{area.key}", "cancelacion_areas", _said(view, found), area)


def _taken_back(view: View, key: str, found: Cancellation) -> Iterator[Wanted]:
    said = _said(view, found, dossier_link(view))
    yield Wanted(f"cancelacion_retirada/{key}", "cancelacion_retirada", said)
    for area in marks.taking_part(view.process, view.dossier):
        if f"cancelacion_areas/{key}/{area.key}" in view.dossier.notices:
            yield Wanted(f"cancelacion_retirada_areas/{key}/{area.key}", "cancelacion_retirada_areas", _said(view, found), area)


def wanted_when_archived(view: View) -> Iterator[Wanted]:
    """The areas, should they not know yet; once all is closed, the client and sales."""
    found = ending(view.dossier)
    if found is None:
        return
    key = next(key for key, one in view.dossier.cancellations.items() if one is found)
    yield from _to_areas(view, key, found)
    if sealing.is_closed(view):
        yield Wanted(f"cancelacion_cliente/{key}", "cancelacion_cliente", _said(view, found))
        said = replace(_said(view, found, dossier_link(view)), items=closed_requests(view, found))
        yield Wanted(f"cancelado_ventas/{key}", "cancelado_ventas", said)


def _said(view: View, found: Cancellation, link: str = "") -> MailContext:
    scope = scope_text(view.process, view.dossier, found)
    facts = (Line(view.process.labels["cancel_scope"], scope),)
    return replace(letters.plain(view, link, reason=found.reason, facts=facts), day=found.last_service)
