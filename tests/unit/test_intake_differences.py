"""What changed between two submissions of the same client, in the words of the form."""

from __future__ import annotations

import pytest

from expediente.differences import as_answers
from expediente.form_build import prefilled_link
from expediente.intake_data import Intake
from expediente.intake_rules import assess, differences
from tests.unit.intake_samples import TODAY, form, judged, the_process, written


def _intake(case_id: str = "C01", changes: dict[str, str | list[str]] | None = None) -> Intake:
    intake = judged(case_id, changes).intake
    assert intake is not None
    return intake


def test_same_answers_differ_in_nothing() -> None:
    """Another spelling of the RUC is no difference."""
    again = _intake("C01", {"client.ruc": "RUC 155990001 - 2 - 2024 DV 78", "client.phone": "2000101"})
    assert differences(_intake(), again, form()) == []


def test_differences_name_the_question_and_both_answers() -> None:
    """Choices by their text, amounts as people write them."""
    later = _intake(
        "C01",
        {
            "points[1].schedule.days": ["Lunes", "Viernes"],
            "points[1].mean_value": "2500",
            "client.address.province": "Colón",
            "client.address.district": "Colón",
            "order.needs": "Factura antes del día 5",
        },
    )
    assert differences(_intake(), later, form()) == [
        ("Provincia o comarca del cliente", "Panamá", "Colón"),
        ("Distrito del cliente", "Panamá", "Colón"),
        ("Necesidades específicas del cliente", "", "Factura antes del día 5"),
        ("Punto de servicio 1: Días de servicio", "Lunes, Miércoles, Viernes", "Lunes, Viernes"),
        ("Punto de servicio 1: Valor promedio por recolección (B/.)", "1,800.00", "2,500.00"),
    ]


def test_a_shareholder_less_is_a_difference() -> None:
    """His answers are shown as gone."""
    fewer = written("C01") | {"shareholders[1].more": ["No hay más"], "shareholders[1].share": ["100"]}
    later = assess(form(), the_process(), fewer, TODAY).intake
    assert later is not None
    found = differences(_intake(), later, form())
    assert ("Accionista 1: Porcentaje de participación", "60", "100") in found
    assert ("Accionista 2: Nombre completo o razón social", "Roberto Elías Cedeño Ábrego", "") in found


@pytest.mark.parametrize("case_id", ["C01", "C02", "C06", "C12", "C13", "C14", "C23"])
def test_an_intake_as_answers_gives_the_intake_again(case_id: str) -> None:
    """With the turns of the way (which pages were seen) taken from the response."""
    intake = _intake(case_id)
    answers = {key: list(texts) for key, texts in as_answers(intake, form()).items()}
    turns = {key: texts for key, texts in written(case_id).items() if key not in answers}
    assert assess(form(), the_process(), answers | turns, TODAY).intake == intake
    assert prefilled_link("https://example.com/viewform", form(), answers).startswith(
        "https://example.com/viewform?usp=pp_url&entry."
    )
