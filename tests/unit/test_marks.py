"""The boxes of the areas: which there are, which count, what each requires."""

from __future__ import annotations

from dataclasses import replace

import pytest

from expediente import marks
from expediente.marks import Known
from expediente.model import Dossier, Evidence, Observation
from tests.unit import page_kit

PROCESS = page_kit.the_process()


def _slot(key: str, dossier: Dossier | None = None) -> marks.MarkSlot:
    return next(slot for slot in marks.all_slots(PROCESS, dossier or page_kit.confirming()) if slot.key == key)


def _known(dossier: Dossier, *sent: str) -> Known:
    return Known(PROCESS, dossier, frozenset(sent))


def test_an_area_takes_part_when_one_of_its_services_is_contracted() -> None:
    """Sala only with change or processing; the others always."""
    with_change = page_kit.confirming()
    order = replace(with_change.intake.order, services=("recoleccion",))
    plain = replace(with_change, intake=replace(with_change.intake, order=order))
    assert "sala_procesamiento" in [area.key for area in marks.taking_part(PROCESS, with_change)]
    assert [area.key for area in marks.taking_part(PROCESS, plain)] == ["servicio_al_cliente", "operaciones", "seguridad"]


def test_a_mark_per_point_is_a_box_for_each_point() -> None:
    """Two points, two boxes, each with its point in its label; a mark per client is one box."""
    dossier = page_kit.confirming()
    keys = [slot.key for slot in marks.slots_of(PROCESS.area("seguridad"), dossier)]
    assert keys.count("seguridad/recibido") == 1
    assert {"seguridad/inspeccion_aprobada/P01", "seguridad/inspeccion_aprobada/P02"} <= set(keys)
    assert len(keys) == len(set(keys))
    assert "P02" in _slot("seguridad/inspeccion_aprobada/P02").label


@pytest.mark.parametrize(
    ("evidence", "counts"),
    [(Evidence.NONE, False), (Evidence.DECLARED, False), (Evidence.ATTRIBUTED, True), (Evidence.SIGNED, True)],
)
def test_a_tick_counts_once_its_person_is_known(evidence: Evidence, counts: bool) -> None:
    """A name chosen in the sheet waits for a signature; nobody's tick does too."""
    dossier = page_kit.ticked(page_kit.confirming(), evidence, "operaciones/recibido")
    slot = _slot("operaciones/recibido")
    assert marks.is_confirmed(PROCESS, dossier, slot) == counts
    assert (slot in marks.unsigned_slots(PROCESS, dossier, slot.area)) == (not counts)
    assert (slot in marks.open_slots(PROCESS, dossier, slot.area)) == (not counts)


def test_a_mark_that_asks_for_a_signature_counts_only_when_signed() -> None:
    """The rule's evidence is stronger than who is known to have ticked."""
    slot = _slot("operaciones/recibido")
    asked = replace(slot, rule=replace(slot.rule, evidence="signature"))
    dossier = page_kit.ticked(page_kit.confirming(), Evidence.ATTRIBUTED, slot.key)
    assert marks.needs_signature(asked, dossier.marks[slot.key])
    assert not marks.needs_signature(slot, dossier.marks[slot.key])


def test_a_confirmation_is_void_when_what_it_vouches_for_changes() -> None:
    """A new address voids what depends on addresses and leaves the rest."""
    dossier = page_kit.ticked(page_kit.confirming(), Evidence.ATTRIBUTED, areas=("operaciones",))
    moved = page_kit.a_point("P01", "Tienda Calle 50", address=replace(dossier.intake.points[0].address, line="Calle 51"))
    changed = replace(dossier, intake=replace(dossier.intake, points=(moved, dossier.intake.points[1])))
    still = {slot.key for slot in marks.all_slots(PROCESS, changed) if marks.is_confirmed(PROCESS, changed, slot)}
    before = {slot.key for slot in marks.all_slots(PROCESS, dossier) if marks.is_confirmed(PROCESS, dossier, slot)}
    void = {slot.key for slot in marks.slots_of(PROCESS.area("operaciones"), dossier) if "points.address" in slot.rule.depends_on}
    assert before - still == void
    assert "operaciones/recibido" in still


def test_an_unticked_box_counts_no_more() -> None:
    """Whatever the evidence was."""
    dossier = page_kit.ticked(page_kit.confirming(), Evidence.SIGNED, "operaciones/recibido")
    mark = replace(dossier.marks["operaciones/recibido"], ticked=False)
    assert not marks.is_confirmed(PROCESS, replace(dossier, marks={"operaciones/recibido": mark}), _slot("operaciones/recibido"))


def test_a_box_that_requires_a_mail_waits_for_it_to_leave() -> None:
    """«Recibió la bienvenida» cannot be said before the welcome mail has left."""
    dossier, slot = page_kit.confirming(), _slot("servicio_al_cliente/bienvenida_recibida")
    unmet = marks.unmet(_known(dossier), slot)
    assert unmet is not None and unmet.name == "mail_sent"
    assert marks.unmet(_known(dossier, "bienvenida_cliente"), slot) is None


def test_a_box_that_requires_a_report_waits_for_that_points_report() -> None:
    """The report of one point opens the boxes of that point alone."""
    dossier = page_kit.inspected(page_kit.confirming())
    only_first = replace(dossier, files={"f-P01": dossier.files["f-P01"]})
    assert marks.unmet(_known(only_first), _slot("seguridad/inspeccion_realizada/P01")) is None
    assert marks.unmet(_known(only_first), _slot("seguridad/inspeccion_realizada/P02")) is not None


def test_every_condition_of_the_process_is_known() -> None:
    """No box of any area names a condition that the code lacks."""
    named = {condition.name for area in PROCESS.areas for rule in area.marks for condition in rule.requires}
    assert named <= set(marks.CONDITIONS)


def test_conditions_on_fields_marks_and_observations() -> None:
    """`field`, `mark` and `none_open` look at the data, at other boxes of the same point, and at what is observed."""
    dossier, slot = page_kit.confirming(), _slot("seguridad/inspeccion_aprobada/P01")
    judge = marks.CONDITIONS
    assert judge["field"](_known(dossier), slot, ("client.email",))
    assert not judge["field"](_known(dossier), slot, ("no.such.field",))
    done = page_kit.ticked(dossier, Evidence.ATTRIBUTED, "seguridad/inspeccion_realizada/P01")
    assert judge["mark"](_known(done), slot, ("seguridad", "inspeccion_realizada"))
    assert not judge["mark"](_known(done), _slot("seguridad/inspeccion_aprobada/P02"), ("seguridad", "inspeccion_realizada"))
    assert judge["none_open"](_known(dossier), slot, ("observation",))
    observed = replace(dossier, observations={"operaciones": Observation("falta", "", page_kit.NOW, 1)})
    assert not judge["none_open"](_known(observed), slot, ("observation",))
