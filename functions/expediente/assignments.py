"""Classification and resources of a service point, as references: never a name of a crew, never a plate.

Tables: `process/service_points.yaml`, `process/acts.yaml`. A special service is told to whoever coordinates its equipment.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from expediente import points
from expediente.acts import ActRefusedError, Deed
from expediente.deadlines import due_day
from expediente.ids import person_ref
from expediente.inspections import lines_of, point_named
from expediente.mails import Line, MailContext
from expediente.point_data import ASKED, Assignment
from expediente.wanted import Wanted, act_link
from expediente.work import View, Work


def to_assign(view: View) -> Sequence[str]:
    """The points that are served or are to be served."""
    return [point.code for point in points.in_state(view.dossier, *ASKED)]


def to_coordinate(view: View) -> Sequence[str]:
    """The points whose special equipment is still to be coordinated."""
    return points.special_open(view.process, view.dossier)


def shows_service(view: View, code: str) -> tuple[Line, ...]:
    """What the form says of the service, and what was assigned before."""
    return (*lines_of(view, code, view.process.points.assignment.shows), *_assigned(view, code))


def _assigned(view: View, code: str) -> Iterator[Line]:
    known, labels = points.point_of(view.dossier, code).assignment, view.process.labels
    if known is not None:
        kinds = {one.key: one.label for one in view.process.points.assignment.classifications}
        yield Line(labels["classification"], kinds.get(known.classification, known.classification))
        yield Line(labels["resources"], f"{known.resources} · {known.crew} · {known.vehicles}")
        if known.equipment:
            yield Line(labels["equipment"], known.equipment)


def assign(work: Work, deed: Deed) -> None:
    """Keep classification and references; a special service needs its equipment described."""
    rules, said, code = work.app.process.points.assignment, deed.answers, deed.subject
    given = {name: said.text(name) for name in ("resources", "crew", "vehicles")}
    if not all(rules.are_references(text) for text in given.values()):
        raise ActRefusedError("reference_form")
    special, equipment = rules.is_special(said.text("classification")), said.text("equipment")
    if special and not equipment:
        raise ActRefusedError("equipment_missing")
    before = points.point_of(work.dossier, code).assignment
    number = before.number + 1 if before else 1
    made = Assignment(
        classification=said.text("classification"),
        by=deed.actor.address,
        at=deed.at,
        number=number,
        equipment=equipment if special else "",
        resources=given["resources"],
        crew=given["crew"],
        vehicles=given["vehicles"],
    )
    if before is not None and before.equipment == made.equipment:
        made = replace(made, coordinated_by=before.coordinated_by, coordinated_at=before.coordinated_at)
    work.set(points=points.changed(work.dossier, [code], work.now, assignment=made))
    work.record(person_ref(deed.actor.address), "assigned", point=code, classification=made.classification)


def coordinate(work: Work, deed: Deed) -> None:
    """The special equipment of a point is agreed with client and areas."""
    before = points.point_of(work.dossier, deed.subject).assignment
    if before is None:
        raise ActRefusedError("not_now")
    made = replace(before, coordinated_by=deed.actor.address, coordinated_at=deed.at)
    work.set(points=points.changed(work.dossier, [deed.subject], work.now, assignment=made))


def wanted(view: View) -> Iterator[Wanted]:
    """One mail for each special service, and another when its equipment is described otherwise."""
    rules, dossier = view.process.points.assignment, view.dossier
    for point in points.in_state(dossier, *ASKED):
        known = points.point_of(dossier, point.code).assignment
        if known is None or not rules.is_special(known.classification) or known.coordinated_at is not None:
            continue
        context = MailContext(
            dossier.dossier_id,
            dossier.intake.client.legal_name,
            due_day(view.process, "confirm", view.now),
            act_link(view, "coordinar_especial", point.code),
            dossier.denarius_code,
            items=(f"{point.name}: {point_named(dossier, point.code).address.one_line()}",),
            reason=known.equipment,
        )
        yield Wanted(f"servicio_especial/{point.code}/{known.number}", "servicio_especial", context)
