"""The invented cases through form and rules: exactly the problems that they announce, and the intake that they describe."""

from __future__ import annotations

from decimal import Decimal

import pytest

from expediente.form_build import question_id
from expediente.intake_rules import assess
from expediente.model import Rank
from tests.unit.intake_samples import TODAY, cases, codes, form, judged, the_process, written

OF_FILES = {"tipo_de_archivo_no_permitido"}


@pytest.mark.parametrize("case", cases(), ids=lambda case: str(case["id"]))
def test_case_has_exactly_its_announced_problems(case: dict) -> None:  # type: ignore[type-arg]
    """No fault is missed and none is invented."""
    found = judged(case["id"])
    assert set(codes(found)) == set(case["esperado"]["validacion"]) - OF_FILES
    assert found.refused == (case["esperado"].get("estado_final") == "rechazado_por_validacion")


def test_malformed_case_shows_the_right_check_digits_and_what_was_written() -> None:
    """C11: each problem says what was written, what is expected and an example."""
    problems = {problem.code: problem for problem in judged("C11").problems}
    assert "08" in problems["dv_no_corresponde"].expected and problems["dv_no_corresponde"].written == "99"
    assert problems["caracter_de_control"].written == "Tienda Rara"
    assert "130 %" in problems["accionistas_suman_mas_de_100"].expected
    assert all(problem.question and problem.expected and problem.example for problem in problems.values())


def test_ranks_refuse_identity_only() -> None:
    """Of C11's faults only those of identity prevent a dossier."""
    refused = {problem.code for problem in judged("C11").problems if problem.rank is Rank.REFUSE}
    assert refused == {
        "razon_social_peligrosa_para_hoja",
        "dv_no_corresponde",
        "representante_sin_nombre",
        "cedula_provincia_invalida",
    }


def test_missing_business_notice_is_pending() -> None:
    """C03 opens."""
    found = judged("C03")
    assert [(problem.code, problem.rank) for problem in found.problems] == [("aviso_operacion_vacio", Rank.PENDING)]
    assert found.intake is not None and found.intake.client.business_notice == ""


def test_plain_case_becomes_its_intake() -> None:
    """C01 field by field."""
    intake = judged("C01").intake
    assert intake is not None
    client, point = intake.client, intake.points[0]
    assert (client.key, client.dv, client.phone) == ("juridica:155990001-2-2024", "78", "+5072000101")
    assert (client.address.province, client.address.district) == ("Panamá", "Panamá")
    assert client.contact.email == "administracion@laesquina.example.com"
    assert [(holder.person.id_number, holder.share) for holder in intake.shareholders] == [
        ("8-9901-1234", Decimal("60.00")),
        ("8-9903-678", Decimal("40.00")),
    ]
    assert (point.code, point.schedule.days, point.schedule.window_from) == ("P01", ("LU", "MI", "VI"), "09:00")
    assert (point.mean_value, point.insured_value) == (Decimal("1800.00"), Decimal("5000.00"))
    assert point.supplies == {"bolsas_seguridad": 50, "precintos": 50, "talonarios_comprobante": 1}
    assert (intake.order.services, str(intake.order.desired_start)) == (("recoleccion",), "2026-03-16")


def test_change_and_processing_are_kept() -> None:
    """C02."""
    order = judged("C02").intake.order  # type: ignore[union-attr]
    assert order.exchange_weekly_amount == Decimal("3500.00")
    assert "Monedas de B/.0.05" in order.exchange_denominations and "Billetes de B/.5.00" in order.exchange_denominations
    assert (order.processing_account_ending, order.processing_crediting) == ("0042", "El día hábil siguiente")


def test_special_service_is_kept() -> None:
    """C06."""
    order = judged("C06").intake.order  # type: ignore[union-attr]
    assert "joyas" in order.special_description and "segunda unidad de escolta" in order.special_equipment


def test_long_name_with_accents_is_kept_letter_by_letter() -> None:
    """C12: 304 characters come through."""
    case = next(case for case in cases() if case["id"] == "C12")
    intake = judged("C12").intake
    assert intake is not None and intake.client.legal_name == case["cliente"]["razon_social"]
    assert len(intake.client.legal_name) == case["esperado"]["longitud_razon_social"]
    assert intake.shareholders[1].person.id_number == "XX0000012"


def test_shareholders_of_a_shareholder_name_their_company() -> None:
    """C13: two persons take part through the company, which is one of six direct shareholders."""
    holders = judged("C13").intake.shareholders  # type: ignore[union-attr]
    assert [holder.through for holder in holders].count("Grupo Andamio Irreal, S.A.") == 2
    assert sum(holder.share for holder in holders if not holder.through) == Decimal("100.00")
    assert [holder.person.name for holder in holders if holder.is_company] == ["Grupo Andamio Irreal, S.A."]


def test_natural_person_has_no_shareholders_and_no_folio() -> None:
    """C14."""
    intake = judged("C14").intake
    assert intake is not None and intake.shareholders == () and intake.client.registry_folio == ""
    assert intake.client.key == "natural:6-9914-14"


def test_exposed_person_is_marked_on_representative_and_shareholder() -> None:
    """C18: the same person in both parts."""
    intake = judged("C18").intake
    assert intake is not None
    assert intake.representative.politically_exposed and intake.shareholders[0].person.politically_exposed


def test_three_points_keep_their_order_and_contacts() -> None:
    """C23."""
    points = judged("C23").intake.points  # type: ignore[union-attr]
    assert [(point.code, point.name) for point in points] == [
        ("P01", "Estación Tocumen"),
        ("P02", "Estación Arraiján"),
        ("P03", "Estación Changuinola"),
    ]
    assert points[0].schedule.on_holidays and not points[1].schedule.on_holidays


def test_resubmission_with_another_spelling_is_the_same_client() -> None:
    """C10: blanks, dashes and a DV behind the RUC change nothing."""
    first = judged("C01").intake
    again = judged("C01", {"client.ruc": " 155990001 - 2 - 2024  DV 78"}).intake
    assert first is not None and first == again


def test_answers_may_come_by_question_id() -> None:
    """As the Forms API gives them."""
    by_id = {question_id(key): texts for key, texts in written("C01").items()}
    assert assess(form(), the_process(), by_id, TODAY).intake == judged("C01").intake
