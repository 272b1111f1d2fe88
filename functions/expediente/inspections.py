"""The inspection of a service point: the agreed visit, its result, and how a rejected point is asked for again.

Tables: `process/service_points.yaml`, `process/acts.yaml`. What a point lacks before it can start stands in `activate.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from expediente import fields, marks, points
from expediente.acts import ActRefusedError, Deed
from expediente.deadlines import due_day, local_day
from expediente.ids import person_ref
from expediente.intake_data import ServicePoint
from expediente.mails import CalendarEvent, Line, MailContext
from expediente.model import Dossier, Evidence, Refusal
from expediente.papers import files_of
from expediente.point_data import Point, PointState, Study, Visit
from expediente.point_rules import ResultRule
from expediente.process import Area, Process
from expediente.wanted import Wanted, act_link
from expediente.work import View, Work


def area_of(process: Process) -> Area | None:
    """Who inspects: whoever owes the report."""
    owner = process.document(process.points.inspection.paper).given_by
    return next((area for area in process.areas if area.key == owner), None)


def report_key(process: Process, code: str) -> str:
    """The paper that is the report of a point."""
    return f"{process.points.inspection.paper}:{code}"


def result_of(process: Process, point: Point) -> ResultRule | None:
    """The rule of the last result of this round, or None."""
    return process.points.inspection.result(point.study.result) if point.study else None


def point_named(dossier: Dossier, code: str) -> ServicePoint:
    """What the form says of a point. :raises StopIteration: unknown code."""
    return next(point for point in dossier.intake.points if point.code == code)


# --- acts ----------------------------------------------------------------------------------------------------------------------


def to_inspect(view: View) -> Sequence[str]:
    """The points that still wait for a result, or may get another before they start."""
    return [point.code for point in points.in_state(view.dossier, PointState.PENDING)]


def rejected(view: View) -> Sequence[str]:
    """The points that may be asked for again."""
    return [point.code for point in points.in_state(view.dossier, PointState.REJECTED)]


def shows_order(view: View, code: str) -> tuple[Line, ...]:
    """What the Orden de Trabajo asks of the point, and the visit that is agreed already."""
    return (*lines_of(view, code, view.process.points.inspection.shows), *_visit_lines(view, code))


def lines_of(view: View, code: str, paths: Sequence[str]) -> tuple[Line, ...]:
    """What the form says of a point, path by path."""
    process, dossier = view.process, view.dossier
    point = point_named(dossier, code)
    said = [(path, fields.of_point(process, dossier.intake, point, path)) for path in paths]
    return tuple(Line(process.fields[path], text) for path, text in said if text)


def _visit_lines(view: View, code: str) -> tuple[Line, ...]:
    visit = points.point_of(view.dossier, code).visit
    return (Line(view.process.labels["visit_agreed"], when(view.process, visit)),) if visit else ()


def when(process: Process, visit: Visit) -> str:
    """Day and hour of a visit and who makes it, as people write it."""
    at, person = visit.at.astimezone(ZoneInfo(process.company.timezone)), process.company.person(visit.by)
    return f"{at:%d/%m/%Y %H:%M} · {person.name if person else visit.by}"


def shows_findings(view: View, code: str) -> tuple[Line, ...]:
    """The point and what its last inspection found."""
    study, labels = points.point_of(view.dossier, code).study, view.process.labels
    name = lines_of(view, code, ("points.name", "points.address"))
    return (*name, Line(labels["findings"], study.findings), Line(labels["conditions"], study.conditions)) if study else name


def agree_visit(work: Work, deed: Deed) -> None:
    """Keep day, hour and person of the visit; a result that says it could not be made is over with it."""
    process, code = work.app.process, deed.subject
    day = deed.answers.date("day")
    if day is None:
        raise ActRefusedError("answers")
    hour = time.fromisoformat(deed.answers.text("hour"))
    at = datetime.combine(day, hour, ZoneInfo(process.company.timezone))
    if at <= deed.at:
        raise ActRefusedError("visit_past")
    before = points.point_of(work.dossier, code)
    number = before.visit.number + 1 if before.visit else 1
    visit = Visit(at.astimezone(deed.at.tzinfo), deed.answers.text("inspector"), number, deed.answers.text("note"))
    rule = result_of(process, before)
    study = before.study if rule is None or rule.passes else None
    past = before.past_studies if study is before.study else (*before.past_studies, before.study)
    work.set(points=points.changed(work.dossier, [code], work.now, visit=visit, study=study, past_studies=past))


def give_result(work: Work, deed: Deed) -> None:
    """Keep the result; one that stops the point takes its ticks back and leaves it until it is asked for again."""
    process, code = work.app.process, deed.subject
    rule, before = process.points.inspection.result(deed.answers.text("result")), points.point_of(work.dossier, code)
    if rule.report and not files_of(work.dossier, report_key(process, code)):
        raise ActRefusedError("report_missing")
    if rule.needs and not deed.answers.text(rule.needs):
        raise ActRefusedError(f"{rule.needs}_missing")
    said = deed.answers
    number = max((one.number for one in (*before.past_studies, before.study) if one), default=0) + 1
    study = Study(
        rule.key, deed.actor.address, deed.at, number, said.text("findings"), said.text("conditions"), said.date("valid_until")
    )
    state = PointState.REJECTED if rule.stops else before.state
    work.set(points=points.changed(work.dossier, [code], work.now, study=study, state=state))
    work.record(person_ref(deed.actor.address), "inspected", point=code, result=rule.key)
    if not rule.passes:
        _take_back(work, code)


def _take_back(work: Work, code: str) -> None:
    """Ticks that a passing result would carry cannot stand: they are put back in the sheet and told."""
    ticked, refusals = dict(work.dossier.marks), dict(work.dossier.refusals)
    for slot in marks.all_slots(work.app.process, work.dossier):
        known = ticked.get(slot.key)
        needs_result = any(condition.name == "result_allows" for condition in slot.rule.requires)
        if slot.point is not None and slot.point.code == code and needs_result and known and known.ticked:
            ticked[slot.key] = replace(known, ticked=False, evidence=Evidence.NONE)
            earlier = refusals.get(slot.key)
            refusals[slot.key] = Refusal("refused_result_allows", known.person, (earlier.round if earlier else 0) + 1)
            work.record("expediente", "mark_refused", mark=slot.key, reason="refused_result_allows")
    work.set(marks=ticked, refusals=refusals)


def ask_again(work: Work, deed: Deed) -> None:
    """A rejected point comes back: its findings and reports are kept aside, a new visit and a new report are asked for."""
    work.set(points=renewed(work.app.process, work.dossier, deed.subject, work.now, deed.answers.text("reason")))


def renewed(process: Process, dossier: Dossier, code: str, at: datetime, reason: str) -> dict[str, Point]:
    """The records with a point whose inspection begins anew."""
    before = points.point_of(dossier, code)
    studies = (*before.past_studies, before.study) if before.study else before.past_studies
    files = (*before.past_files, *files_of(dossier, report_key(process, code)))
    anew = {"round": before.round + 1, "visit": None, "study": None, "past_studies": studies, "past_files": files}
    return points.changed(dossier, [code], at, state=PointState.PENDING, asked_because=reason, **anew)


# --- mails ---------------------------------------------------------------------------------------------------------------------


def wanted(view: View) -> Iterator[Wanted]:
    """Who is told of a visit, of a result that does not simply pass, and of a point that is asked for again."""
    area = area_of(view.process)
    for point in view.dossier.intake.points:
        known = points.point_of(view.dossier, point.code)
        if known.visit is not None:
            yield from _of_visit(view, point, known.round, known.visit)
        if known.study is not None:
            yield from _of_result(view, point, known, known.study)
        if known.round > 1 and area is not None:
            context = _context(view, point, reason=known.asked_because, link=act_link(view, "acordar_visita", point.code))
            context = replace(context, day=due_day(view.process, view.process.deadline_of(area.key).key, view.now))
            yield Wanted(f"inspeccion_de_nuevo/{point.code}/{known.round}", "inspeccion_de_nuevo", context, area)


def _of_visit(view: View, point: ServicePoint, turn: int, visit: Visit) -> Iterator[Wanted]:
    if visit.at < view.now:
        return
    process = view.process
    at, person = visit.at.astimezone(ZoneInfo(process.company.timezone)), process.company.person(visit.by)
    event = CalendarEvent(
        uid=f"{view.dossier.dossier_id}-{point.code}-{turn}@{process.company.domain}".lower(),
        number=turn * 100 + visit.number,
        starts_at=visit.at,
        ends_at=visit.at + timedelta(minutes=process.points.inspection.visit_minutes),
        title=process.labels["visit_title"].format(company=process.company.short_name, point=point.name),
        place=point.address.one_line(),
        organizer=visit.by,
    )
    facts = (
        Line(process.labels["visit_hour"], f"{at:%H:%M}"),
        Line(process.labels["visit_by"], person.name if person else visit.by),
    )
    context = replace(_context(view, point), day=at.date(), facts=facts, event=event, reason=visit.note)
    key = f"{point.code}/{turn}/{visit.number}"
    yield Wanted(f"visita_vendedora/{key}", "visita_vendedora", context, area_of(process))
    contact = point.contact.email or view.dossier.intake.client.contact.email
    yield Wanted(f"visita_contacto/{key}", "visita_contacto", replace(context, dossier_id="", code=""), author=contact)


def _of_result(view: View, point: ServicePoint, known: Point, study: Study) -> Iterator[Wanted]:
    rule = view.process.points.inspection.result(study.result)
    kind = "inspeccion_no_aprobada" if rule.stops else "inspeccion_condiciones" if study.conditions and rule.passes else ""
    if kind:
        link = act_link(view, "pedir_inspeccion", point.code) if rule.stops else ""
        context = _context(view, point, reason=study.findings if rule.stops else study.conditions, link=link)
        day = local_day(view.process, study.at)
        key = f"{kind}/{point.code}/{known.round}/{study.number}"
        yield Wanted(key, kind, replace(context, day=day), area_of(view.process))


def _context(view: View, point: ServicePoint, *, reason: str = "", link: str = "") -> MailContext:
    dossier, area = view.dossier, area_of(view.process)
    return MailContext(
        dossier.dossier_id,
        dossier.intake.client.legal_name,
        local_day(view.process, view.now),
        link,
        dossier.denarius_code,
        area=area.label if area else "",
        items=(f"{point.name}: {point.address.one_line()}",),
        reason=reason,
        ask=Line(area.label, area.group) if area else None,
    )
