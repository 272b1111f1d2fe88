"""What `expediente check` says of the tables of cases and credit when they contradict the others."""

from __future__ import annotations

from pathlib import Path

import pytest

from expediente.checks import check
from tests.unit.process_copy import changed

CASES, CREDIT, ACTS = "process/cases.yaml", "process/credit.yaml", "process/acts.yaml"
_WHO = '    label: Decidir un caso\n    who: ["role:cartera", '
SPOILED = [
    (CASES, "    role: operaciones\n", "    role: logistica\n", "no existe esa área o rol"),
    (CASES, "    role: operaciones\n", "    role: gerencia\n", "nadie le recuerda"),
    (CASES, "    deadline: case_decision\n", "    deadline: caso\n", "no existe ese plazo"),
    (CASES, "    signatures: 2\n    amount: credit\n", "    signatures: 1\n    amount: saldo\n", "permitidos"),
    (CASES, "    change: legal_data\n", "    change: datos\n", "no existe esa modificación"),
    (CASES, "    change: legal_data\n", "", "falta para esa manera"),
    (CASES, "    becomes: schedule\n", "    becomes: horario\n", "no existe esa modificación"),
    (CASES, "    done: Servicio al Cliente le responde.\n", "", "falta para esa manera"),
    (CASES, "    confidential: true\n", "    confidential: true\n    signatures: 2\n", "lleva dos firmas"),
    (CASES, "  first_signed: Con una firma\n", "", "los estados son los del programa"),
    (CASES, '"role:comercial"', '"role:ventas"', "no existe esa área o rol"),
    (CASES, "  client.activity: Actividad\n", "  client.ruc: RUC\n", "ninguna modificación muestra"),
    (CASES, "  client.activity: Actividad\n", "  client.contact.email: Correo\n", "no es un dato suelto"),
    (CASES, "      declaracion_renta: {}\n", "      declaracion: {}\n", "no existe ese papel"),
    (CASES, "{required: true}", '{required_from: "10.00"}', "ese caso no lleva monto"),
    (CASES, "  place: receivables\n", "  place: cartera\n", "no existe esa carpeta"),
    (CASES, "  place: receivables\n", "  place: mail\n", "o los leen otros"),
    (CASES, "image/jpeg, image/png]", "image/jpeg, image/gif]", "no se sabe reconocer"),
    (CREDIT, "{most_days_overdue}", "{dias}", "entre llaves"),
    (ACTS, _WHO, _WHO.replace('"role:cartera", ', ""), "no puede firmar"),
    ("sheets_templates/register.yaml", "cases_of: cartera", "cases_of: cobros", "no existe esa área o rol"),
]


@pytest.mark.parametrize(("file", "old", "new", "said"), SPOILED, ids=[f"{row[3]}-{n}" for n, row in enumerate(SPOILED)])
def test_a_contradiction_of_the_tables_of_cases_is_told(tmp_path: Path, file: str, old: str, new: str, said: str) -> None:
    """Each comes back as a sentence that names the rule."""
    findings = [str(finding) for finding in check(changed(tmp_path, file, old, new))]
    assert any(said in finding for finding in findings), findings
