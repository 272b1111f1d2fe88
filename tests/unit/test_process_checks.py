"""`expediente check` finds what is wrong in the tables and says how to put it right."""

from __future__ import annotations

from pathlib import Path

import pytest

from expediente.checks import check
from tests.unit.process_copy import ROOT, changed, copied


def test_the_tables_of_this_repository_are_clean() -> None:
    """Nothing to find."""
    assert [str(finding) for finding in check(ROOT)] == []


SPOILED = [
    ("process/deadlines.yaml", "  close_dossier:\n", "  cerrar:\n", "deadlines.yaml", "no existe una tarea"),
    ("process/deadlines.yaml", "    deadline: closing\n", "    deadline: cierre\n", "deadlines.yaml", "un plazo"),
    ("process/deadlines.yaml", "    deadline: closing\n", "", "deadlines.yaml", "un plazo"),
    ("process/deadlines.yaml", "    deadline: observation\n", "    deadline: closing\n", "deadlines.yaml", "no saldrían"),
    ("process/deadlines.yaml", "waits_for: role:cumplimiento", "waits_for: area:concerned", "deadlines.yaml", "role:…"),
    ("process/deadlines.yaml", "waits_for: role:cumplimiento", "waits_for: role:oficial", "deadlines.yaml", "a quién nombra"),
    ("process/deadlines.yaml", '"Firme: {items}."', '"Firme: {casillas}."', "deadlines.yaml", "entre llaves"),
    ("process/deadlines.yaml", "el servicio de {client}", "el servicio de {cliente}", "deadlines.yaml", "entre llaves"),
    ("process/deadlines.yaml", '"role:gerencia"', '"role:gerente"', "deadlines.yaml", "un rol"),
    (
        "process/deadlines.yaml",
        'escalates_to: [head, "role:gerencia", "role:expedientes"]',
        "escalates_to: []",
        "deadlines.yaml",
        "se escala",
    ),
    (
        "process/deadlines.yaml",
        'escalates_to: [head, "role:gerencia", "role:expedientes"]',
        "escalates_to: [head]",
        "company.yaml",
        "nadie dirige",
    ),
    ("process/process.yaml", "  - image/tiff\n", "  - image/gif\n", "process.yaml", "no reconoce ese tipo"),
    ("process/process.yaml", "  max_file_mb: 20\n", "  max_file_mb: 64\n", "process/process.yaml", "30"),
    ("process/deadlines.yaml", "    leads_to: closing_page\n", "    leads_to: cierre\n", "process/deadlines.yaml", "permitidos"),
    ("process/company.yaml", "head_of: [comercial, vendedora]", "head_of: [ventas]", "company.yaml", "un área o rol"),
    (
        "process/company.yaml",
        "substitute: cumplimiento.dos@blindados-demo.example.com",
        "substitute: comercial.dos@blindados-demo.example.com",
        "company.yaml",
        "no lo suple",
    ),
    # file, old, new, file of the finding, what it must say
    (
        "process/areas.yaml",
        "    opens_at: received\n",
        "    opens_at: recibido\n",
        "process/areas.yaml",
        "no es de los permitidos",
    ),
    ("process/areas.yaml", "    order: 2\n", "    order: dos\n", "process/areas.yaml", "un número entero"),
    ("process/areas.yaml", "    order: 2\n", "    orden: 2\n", "process/areas.yaml", "¿Quiso decir «order»?"),
    ("process/areas.yaml", '    color: "#B4540A"\n', "", "process/areas.yaml", "falta la clave «color»"),
    ("process/areas.yaml", '"#B4540A"', '"naranja"', "process/areas.yaml", "#RRGGBB"),
    ("process/areas.yaml", "label: Operaciones\n", 'label: ""\n', "process/areas.yaml", "está vacío"),
    ("process/areas.yaml", "    order: 2\n", "    order: 1\n", "areas.yaml", "mismo orden"),
    ("process/areas.yaml", "services: [entrega_cambio,", "services: [entrega_de_cambio,", "areas.yaml", "un servicio"),
    (
        "process/areas.yaml",
        "document(inspeccion_seguridad, delivered)",
        "documento(inspeccion_seguridad, delivered)",
        "areas.yaml",
        "no se conoce",
    ),
    (
        "process/areas.yaml",
        "document(inspeccion_seguridad, delivered)",
        "document(inspeccion_seguridad)",
        "areas.yaml",
        "lleva 2",
    ),
    (
        "process/areas.yaml",
        "document(inspeccion_seguridad, delivered)",
        "document(inspeccion, delivered)",
        "areas.yaml",
        "un papel",
    ),
    (
        "process/areas.yaml",
        "document(inspeccion_seguridad, delivered)",
        "document(inspeccion_seguridad, llego)",
        "areas.yaml",
        "estado de papel",
    ),
    ("process/areas.yaml", "mail_sent(bienvenida_cliente)", "mark(operaciones, cliente)", "areas.yaml", "una casilla"),
    (
        "process/areas.yaml",
        "mail_sent(bienvenida_cliente)",
        "mark(servicio_al_cliente, bienvenida_recibida)",
        "areas.yaml",
        "a sí misma",
    ),
    ("process/areas.yaml", "mail_sent(bienvenida_cliente)", "field(order.nombre)", "areas.yaml", "un dato"),
    ("process/areas.yaml", "reads: [order.needs,", "reads: [order.needz,", "areas.yaml", "¿Quiso decir «order.needs»?"),
    (
        "process/areas.yaml",
        "depends_on: [client.contact, client.email]",
        "depends_on: [points.insured_value]",
        "areas.yaml",
        "no lee ese dato",
    ),
    ("process/areas.yaml", "early_mail: solicitud_estudio_seguridad", "early_mail: solicitud", "areas.yaml", "un correo"),
    ("process/areas.yaml", "operaciones@blindados-demo.example.com", "operaciones@example.org", "areas.yaml", "no es de"),
    ("process/process.yaml", "shows: [points.supplies]", "shows: [points.insured_value]", "process.yaml", "que no lo lee"),
    (
        "process/process.yaml",
        "    per: point\n    shows: [points.supplies]",
        "    per: client\n    shows: [points.supplies]",
        "process.yaml",
        "per: point",
    ),
    ("process/process.yaml", "  - points.window\n", "  - points.ventana\n", "process.yaml", "un dato"),
    ("process/process.yaml", "  order.number: Orden", "  order.numero: Orden", "process.yaml", "un dato"),
    ("process/process.yaml", "to: K, label: Sí", "to: Q, label: Sí", "process.yaml", "un paso"),
    ("process/process.yaml", "lane: vendedora, stage: A", "lane: vendedor, stage: A", "process.yaml", "columna"),
    ("process/process.yaml", "max_short_name: 120", "max_short_name: 5", "process/process.yaml", "menor que"),
    ("process/documents.yaml", "place: security", "place: seguridad", "documents.yaml", "una carpeta"),
    ("process/documents.yaml", "place: compliance", "place: legal", "documents.yaml", "Cumplimiento"),
    ("process/documents.yaml", "place: legal", "place: compliance", "documents.yaml", "Cumplimiento"),
    ("process/documents.yaml", "only_if: politically_exposed", "only_if: pep", "documents.yaml", "una condición"),
    (
        "process/documents.yaml",
        "    has_issue_date: true\n    max_age_days: 90\n",
        "    max_age_days: 90\n",
        "documents.yaml",
        "fecha de emisión",
    ),
    ("process/access.yaml", '"area:seguridad"', '"area:segurida"', "access.yaml", "¿Quiso decir «area:seguridad»?"),
    ("process/access.yaml", "only_while: paper_asked", "only_while: siempre", "access.yaml", "una condición"),
    ("process/access.yaml", "states: [active]", "states: [active, archived]", "access.yaml", "dos carpetas"),
    ("process/access.yaml", "states: [collecting, confirming]", "states: [collecting]", "access.yaml", "ningún lugar"),
    (
        "process/access.yaml",
        "name: 03 Seguridad\n    drive: dossiers\n    limited: true",
        "name: 03 Seguridad\n    drive: dossiers\n    limited: false",
        "access.yaml",
        "limitada",
    ),
    (
        "process/access.yaml",
        '"areas:taking_part", role: writer',
        '"areas:taking_part", role: owner',
        "process/access.yaml",
        "permitidos",
    ),
    ("process/access.yaml", '"person:vendedora"', '"anyone:todos"', "process/access.yaml", "forma pedida"),
    ("process/company.yaml", "roles: [gerencia]", "roles: [gerente]", "company.yaml", "un área o rol"),
    ("process/company.yaml", "substitute: vendedora.dos@", "substitute: vendedora.tres@", "company.yaml", "la persona que suple"),
    ("process/company.yaml", "domain: blindados-demo.example.com", "domain: otra.example.com", "company.yaml", "no es de otra"),
    ("process/deadlines.yaml", "  confirm_seguridad:", "  confirm_vigilancia:", "deadlines.yaml", "un área"),
    ("process/deadlines.yaml", '"08:00"', '"18:00"', "deadlines.yaml", "antes de empezar"),
    ("process/mails/mails.yaml", "sender: bienvenida", "sender: saludos", "mails.yaml", "un remitente"),
    ("process/mails/mails.yaml", "to: person:author", "to: person:autor", "mails.yaml", "a quién nombra"),
    ("process/mails/mails.yaml", "    action_label: Corregir el formulario\n", "", "mails.yaml", "un botón"),
    ("process/mails/mails.yaml", "template: aviso_area", "template: aviso", "mails.yaml", "falta el archivo"),
    (
        "process/mails/aviso_area/body.txt",
        "{% for duty in duties %}",
        "{% for duty in tareas %}",
        "mails/aviso_area",
        "no existe",
    ),
    ("process/mails/aviso_area/body.html", "mail.summary", "mail.resumen", "mails/aviso_area", "no existe"),
    ("process/mails/aviso_area/body.html", "{% endblock %}", "{% endblok %}", "mails/aviso_area", "no se puede usar"),
    ("process/mails/correccion/subject.txt", "short(70)", "corto(70)", "mails/correccion", "no se puede usar"),
    ("sheets_templates/control_sheet.yaml", '"#12304A"', '"azul"', "sheets_templates/control_sheet.yaml", "#RRGGBB"),
    (
        "sheets_templates/documents.yaml",
        "  verified: Verificado\n",
        "",
        "sheets_templates/documents.yaml",
        "falta la clave «verified»",
    ),
    (
        "process/areas.yaml",
        "# yaml-language-server: $schema=schemas/areas.schema.json",
        "# áreas",
        "process/areas.yaml",
        "primera línea",
    ),
    (
        "process/areas.yaml",
        "schemas/areas.schema.json",
        "schemas/zonas.schema.json",
        "process/areas.yaml",
        "esquema que nombra no está",
    ),
]


@pytest.mark.parametrize(
    ("file", "old", "new", "place", "said"), SPOILED, ids=[f"{row[0]}: {row[2].strip()[:40]}" for row in SPOILED]
)
def test_a_fault_is_found_where_it_stands(tmp_path: Path, file: str, old: str, new: str, place: str, said: str) -> None:
    """Each fault comes back with its file and a sentence that names the rule or the way out."""
    findings = check(changed(tmp_path, file, old, new))
    assert any(place in finding.file and said in str(finding) for finding in findings), [str(finding) for finding in findings]


def test_all_faults_come_at_once(tmp_path: Path) -> None:
    """Three faults in three files give at least three findings."""
    root = changed(tmp_path, "process/areas.yaml", "services: [entrega_cambio,", "services: [cambio,")
    changed(root, "process/documents.yaml", "place: security", "place: vigilancia")
    changed(root, "process/access.yaml", '"area:operaciones"', '"area:operacion"')
    assert {finding.file for finding in check(root)} >= {f"process/{name}.yaml" for name in ("areas", "documents", "access")}


def test_wrong_values_do_not_hide_contradictions(tmp_path: Path) -> None:
    """What a schema refuses and what only the tables together show are told in one run."""
    root = changed(tmp_path, "process/areas.yaml", "order: 1", "order: dos")
    changed(root, "process/company.yaml", "timezone: America/Panama", "timezone: Marte/Olimpo")
    changed(root, "process/documents.yaml", "given_by: vendedora", "given_by: nadie")
    assert [finding.value for finding in check(root)] == ["dos", "Marte/Olimpo", "nadie"]


def test_a_finding_says_file_key_value_rule_and_remedy(tmp_path: Path) -> None:
    """The five parts of a finding are all there."""
    (finding,) = check(changed(tmp_path, "process/documents.yaml", "place: security", "place: securty"))
    assert (finding.file, finding.key, finding.value) == ("process/documents.yaml", "inspeccion_seguridad, place", "securty")
    assert "no existe una carpeta" in finding.rule and finding.remedy == "¿Quiso decir «security»?"


def test_a_role_that_nobody_holds_is_told(tmp_path: Path) -> None:
    """A task that would reach nobody is found before the first client."""
    root = changed(
        tmp_path,
        "process/areas.yaml",
        "# Roles sin columna en la hoja de control.\nroles:\n",
        "roles:\n  tesoreria: {label: Tesorería, group: t@blindados-demo.example.com}\n",
    )
    assert ["nadie tiene el rol «tesoreria»" in str(finding) for finding in check(root)] == [True]


def test_a_shared_mailbox_among_the_people_is_told(tmp_path: Path) -> None:
    """What several people read cannot sign for one of them."""
    root = changed(
        tmp_path,
        "process/company.yaml",
        "people:\n",
        "people:\n  operaciones@blindados-demo.example.com: {name: Operaciones, roles: [operaciones]}\n",
    )
    assert ["un buzón compartido no es una persona" in str(finding) for finding in check(root)] == [True]


def test_a_folder_of_no_mail_is_told(tmp_path: Path) -> None:
    """Texts that nothing sends are a mistake in a name."""
    root = copied(tmp_path)
    (root / "process" / "mails" / "aviso_viejo").mkdir()
    assert ["aviso_viejo" in str(finding) for finding in check(root)] == [True]


def test_every_table_names_its_schema_and_every_schema_refuses_unknown_keys() -> None:
    """An editor helps with each file, and a mistyped key never goes unnoticed."""
    import json

    for folder in ("process", "process/mails", "sheets_templates"):
        for path in (ROOT / folder).glob("*.yaml"):
            assert path.read_text(encoding="utf-8").startswith("# yaml-language-server: $schema="), path
    for path in (ROOT / "process" / "schemas").glob("*.schema.json"):
        schema = json.loads(path.read_text(encoding="utf-8"))
        assert schema["additionalProperties"] is False, path
