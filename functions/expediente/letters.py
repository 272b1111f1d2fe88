"""What each mail says: contexts for `process/mails/`, made from a dossier. No I/O; who gets it and when stands in `notify.py`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from expediente import fields, marks
from expediente.activate import missing_for_handover, ready_points
from expediente.deadlines import due_day_for, local_day
from expediente.intake_data import ServicePoint
from expediente.made import made_documents, newest
from expediente.mails import Line, MailContext, Table, summary_paths
from expediente.model import Dossier, Evidence, PaperState, Problem
from expediente.papers import PaperSlot, files_of, fresh_files, paper, required_papers, waived
from expediente.process import Area, Process
from expediente.stand_in import responsible
from expediente.wanted import form_links
from expediente.work import View


def summary(process: Process, dossier: Dossier, area: Area) -> tuple[Line, ...]:
    """The client's summary as an area may read it in a mail: never an operational secret."""
    lines = []
    for path in summary_paths(process, area):
        value = fields.of_client(process, dossier.intake, path)
        if value:
            lines.append(Line(process.fields[path], value))
    return tuple(lines)


def base(view: View, deadline: str, link: str, **more: object) -> MailContext:
    """What every mail about a dossier says; day: by when, or today where no deadline is named."""
    dossier, process = view.dossier, view.process
    day = due_day_for(process, dossier, deadline, view.now) if deadline else local_day(process, view.now)
    name, code = dossier.intake.client.legal_name, dossier.denarius_code
    if dossier.urgency is not None:
        more["facts"] = (Line(process.labels["fact_urgent"], dossier.urgency.reason), *more.get("facts", ()))  # type: ignore[misc]
    return MailContext(dossier.dossier_id, name, day, link, code, **more)  # type: ignore[arg-type]


def plain(view: View, link: str = "", **more: object) -> MailContext:
    """What happened to the dossier today; nothing is due."""
    return base(view, "", link, **more)


def ask_vendedora(view: View) -> Line:
    """The vendedora as the one to ask, or who heads the vendedoras once she is gone."""
    person = responsible(view.process.company, view.dossier.vendedora)[0]
    return Line(person.name, person.address)


def missing_papers(process: Process, dossier: Dossier) -> tuple[str, ...]:
    """Papers that the vendedora still has to bring: no file yet, or returned."""
    found = []
    for slot in required_papers(process, dossier.intake):
        known = paper(dossier, slot.key)
        empty = not files_of(dossier, slot.key) and known.state is not PaperState.VERIFIED
        asked = slot.rule.given_by == "vendedora" and not waived(dossier, slot.key)
        if asked and (empty or known.state is PaperState.RETURNED):
            found.append(slot.title)
    return tuple(found)


def papers_to_ask(process: Process, dossier: Dossier) -> tuple[str, ...]:
    """The same papers as one asks the client for them, and those to be renewed: why one is asked for again, in the table's words."""
    again, anew, missing = process.labels["asked_again"], process.labels["asked_anew"], missing_papers(process, dossier)
    found = []
    for slot in required_papers(process, dossier.intake):
        known = paper(dossier, slot.key)
        if slot.title in missing and known.state is PaperState.RETURNED:
            found.append(again.format(title=slot.title, reason=known.reason.lower()))
        elif slot.title in missing:
            found.append(slot.title)
        elif known.renews_since is not None and not fresh_files(dossier, slot.key):
            found.append(anew.format(title=slot.title))
    return tuple(found)


def is_secret_question(process: Process, key: str) -> bool:
    """Whether a question of a form asks for an operational secret, which never leaves in a mail. key: such as `points[1].mean_value`."""
    path = re.sub(r"\[\d+\]", "", key).removeprefix("new_").replace(".schedule.", ".")
    return path.startswith(process.operational_secret)


def shown_problems(process: Process, problems: Sequence[Problem]) -> tuple[Problem, ...]:
    """Problems as a mail may tell them: of an operational secret neither what was written nor the values that a rule compares."""
    return tuple(_veiled(process, problem) for problem in problems)


def _veiled(process: Process, problem: Problem) -> Problem:
    if not is_secret_question(process, problem.field):
        return problem
    # A rule quotes other answers in brackets, such as an hour or an amount.
    expected = re.sub(r"\s*\([^()]*\d[^()]*\)", "", problem.expected)
    return replace(problem, written=process.labels["reserved"] if problem.written else "", expected=expected)


def receipt(view: View, link: str, folder: str) -> MailContext:
    """To the vendedora: the dossier is open, what is missing, where to bring it: the page, or the folder in Drive."""
    items = missing_papers(view.process, view.dossier)
    problems = shown_problems(view.process, view.dossier.problems)
    to_sign = _to_sign(view, news=False)
    return base(
        view, "papers_delivery", link, folder=folder, items=items, problems=problems, to_sign=to_sign, forms=form_links(view)
    )


def _to_sign(view: View, *, news: bool) -> tuple[str, ...]:
    """The made documents, all or those that are news, each with where it is found."""
    labels, made = view.process.labels, made_documents(view.process, view.dossier)
    return tuple(
        labels["made_attached" if one.rule.attached else "made_in_folder"].format(title=one.rule.title)
        for one in (newest(made) if news else made)
    )


def to_sign(view: View, link: str) -> MailContext:
    """To the vendedora: documents that were made after her receipt, or that say something else now."""
    return base(view, "papers_delivery", link, to_sign=_to_sign(view, news=True))


def new_client(view: View, link: str, area: Area) -> MailContext:
    """To Servicio al Cliente: a new client and its needs."""
    needs = view.dossier.intake.order.needs
    return base(view, "confirm", link, needs=needs, summary=summary(view.process, view.dossier, area), ask=ask_vendedora(view))


def early_request(view: View, link: str, area: Area) -> MailContext:
    """To an area that begins before the papers are complete."""
    points = tuple(
        f"{p.code} {p.name}: {p.address.one_line()} · {p.contact.name}, {fields.phone_text(p.contact.phone)}"
        for p in view.dossier.intake.points
    )
    said = summary(view.process, view.dossier, area)
    return base(view, view.process.deadline_of(area.key).key, link, items=points, summary=said, ask=ask_vendedora(view))


def review(view: View, link: str) -> MailContext:
    """To Cumplimiento: whose names to look up, each person and company once."""
    intake = view.dossier.intake
    names = [intake.client.legal_name, intake.representative.name, *[holder.person.name for holder in intake.shareholders]]
    return base(view, "compliance_review", link, items=tuple(dict.fromkeys(name for name in names if name)))


def returned(view: View, link: str, folder: str) -> MailContext:
    """To the vendedora: returned papers with reason and detail."""
    rows = []
    for slot in required_papers(view.process, view.dossier.intake):
        known = paper(view.dossier, slot.key)
        if known.state is PaperState.RETURNED:
            rows.append((slot.title, known.reason, known.detail))
    labels = view.process.labels
    table = Table((labels["paper_column"], labels["reason_column"], labels["detail_column"]), tuple(rows))
    return base(view, "papers_delivery", link, folder=folder, table=table)


def delivered(view: View, link: str) -> MailContext:
    """To the Encargado: every paper has come; now they are to be verified."""
    return base(view, "papers_review", link, ask=ask_vendedora(view))


def unclassified(view: View, link: str, names: Sequence[str]) -> MailContext:
    """To the Encargado: files whose names do not tell which paper they are."""
    return base(view, "papers_review", link, items=tuple(names), ask=ask_vendedora(view))


def verified(view: View, link: str) -> MailContext:
    """To the Encargado: all is verified, code and receipt are missing."""
    items = tuple(m.label for m in missing_for_handover(view.process, view.dossier) if m.kind in ("code", "handover"))
    return base(view, "papers_review", link, items=items, ask=ask_vendedora(view))


def to_renew(view: View, link: str, slots: Sequence[PaperSlot]) -> MailContext:
    """To the vendedora: papers that expire or have expired in force, each with its last day."""
    labels = view.process.labels
    rows = [(slot.title, expires.strftime("%d/%m/%Y")) for slot in slots if (expires := paper(view.dossier, slot.key).expires_on)]
    table = Table((labels["paper_column"], labels["expires_column"]), tuple(rows))
    return base(view, "renewal", link, table=table)


def renewed(view: View, link: str, slots: Sequence[PaperSlot]) -> MailContext:
    """To the Encargado: papers that have come anew in force, to be verified."""
    return base(view, "papers_review", link, items=tuple(slot.title for slot in slots), ask=ask_vendedora(view))


def notice(view: View, link: str, sheet: str, area: Area) -> MailContext:
    """To an area: its duties, its page, the sheet's link, what it may read."""
    return base(
        view, view.process.deadline_of(area.key).key, link, sheet=sheet, summary=summary(view.process, view.dossier, area)
    )


def welcome(view: View) -> MailContext:
    """To the client: how to ask for what; no date is promised."""
    return base(view, "", "")


def start(view: View, started: Sequence[ServicePoint]) -> MailContext:
    """To the client: the service is active at those points."""
    return base(view, "", "", items=tuple(f"{point.name}: {point.address.one_line()}" for point in started))


def active(view: View, link: str, started: Sequence[ServicePoint]) -> MailContext:
    """To sales and areas: the service is active at those points, with what every area may read."""
    lines = [
        Line(view.process.fields[path], fields.of_client(view.process, view.dossier.intake, path))
        for path in view.process.shared_paths
    ]
    places = tuple(f"{point.code} {point.name}" for point in started)
    return base(view, "", link, items=places, summary=tuple(line for line in lines if line.value), forms=form_links(view))


def unsigned(view: View, link: str, area: Area) -> MailContext:
    """To an area: boxes that are ticked and wait for a signature."""
    slots = marks.unsigned_slots(view.process, view.dossier, area)
    deadline = view.process.deadline_of(area.key).key
    return base(view, deadline, link, area=area.label, items=tuple(slot.label for slot in slots))


def put_back(view: View, link: str, area: Area, key: str) -> MailContext:
    """To whoever ticked: the box cannot stand yet, and why."""
    slot = next(slot for slot in marks.slots_of(area, view.dossier) if slot.key == key)
    reason = view.process.labels[view.dossier.refusals[key].reason]
    return base(view, "", link, area=area.label, items=(slot.label,), reason=reason)


def observed(view: View, link: str, area: Area) -> MailContext:
    """To the vendedora: an area has observed."""
    observation = view.dossier.observations[area.key]
    person = view.process.company.person(observation.by)
    ask = Line(person.name, person.address) if person else Line(area.label, area.group)
    return base(view, "observation", link, area=area.label, reason=observation.reason, ask=ask)


def closing(view: View, link: str) -> MailContext:
    """To the Encargado: everything is confirmed; who confirmed what."""
    labels = view.process.labels
    rows = []
    others = {point.code for point in view.dossier.intake.points} - {
        point.code for point in ready_points(view.process, view.dossier)
    }
    for slot in marks.all_slots(view.process, view.dossier):
        if slot.point is not None and slot.point.code in others:
            continue
        confirmation = view.dossier.marks[slot.key]
        person = view.process.company.person(confirmation.person)
        how = labels["evidence_signed" if confirmation.evidence is Evidence.SIGNED else "evidence_attributed"]
        rows.append((slot.area.label, slot.label, f"{person.name if person else confirmation.person} · {how}"))
    table = Table((labels["area_column"], labels["mark_column"], labels["person_column"]), tuple(rows))
    return base(view, "closing", link, table=table, ask=ask_vendedora(view))
