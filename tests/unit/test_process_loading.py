"""The tables are read into typed values, and whoever breaks one is told everything at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from expediente import fields, process
from expediente.errors import ConfigurationError
from expediente.process import Condition, Process
from expediente.process_reader import parse_condition
from expediente.tables import read_table
from tests.unit.process_copy import ROOT, changed, copied

OF_A_COMPANY = """orden_trabajo contrato cedula_representante aviso_operaciones registro_publico conozca_cliente
formulario_accionistas cedula_accionista registro_publico_accionista inspeccion_seguridad lista_clinton"""


@pytest.fixture(scope="module")
def tables() -> Process:
    """The tables of this repository."""
    return process.load(ROOT)


def test_four_areas_have_a_column_in_order(tables: Process) -> None:
    """The columns of the control sheet are the four areas of the company."""
    assert [area.key for area in tables.areas] == ["servicio_al_cliente", "operaciones", "seguridad", "sala_procesamiento"]


def test_every_area_confirms_reception_and_understanding(tables: Process) -> None:
    """What is common to all areas stands first among the marks of each."""
    assert all([mark.key for mark in area.marks[:2]] == ["recibido", "comprendido"] for area in tables.areas)


def test_every_area_has_marks_of_its_own(tables: Process) -> None:
    """Each area confirms what the description asks of it."""
    own = {area.key: [mark.key for mark in area.marks[2:]] for area in tables.areas}
    assert own == {
        "servicio_al_cliente": ["bienvenida_recibida", "protocolo_informado"],
        "operaciones": ["recursos_asignados", "cliente_listo"],
        "seguridad": ["inspeccion_realizada", "inspeccion_aprobada"],
        "sala_procesamiento": ["protocolo_establecido", "servicios_especiales_coordinados"],
    }


def test_marks_wait_for_what_they_confirm(tables: Process) -> None:
    """The welcome is not confirmed before it left, nor an inspection without its report."""
    required = {mark.key: mark.requires for area in tables.areas for mark in area.marks if mark.requires}
    report = (Condition("document", ("inspeccion_seguridad", "delivered")), Condition("result_allows", ()))
    assert required == {
        "bienvenida_recibida": (Condition("mail_sent", ("bienvenida_cliente",)),),
        "inspeccion_realizada": report,
        "inspeccion_aprobada": report,
        "recursos_asignados": (Condition("resources", ()),),
        "servicios_especiales_coordinados": (Condition("none_open", ("special",)),),
    }


def test_inspections_are_confirmed_point_by_point(tables: Process) -> None:
    """A client with three points has three inspections."""
    assert {mark.per for mark in tables.area("seguridad").marks[2:]} == {"point"}


def test_sala_takes_part_only_in_exchange_and_processing(tables: Process) -> None:
    """The other areas always take part."""
    assert {area.key: area.services for area in tables.areas if area.services} == {
        "sala_procesamiento": ("entrega_cambio", "procesamiento")
    }


def test_five_aspects_are_shown(tables: Process) -> None:
    """The five fields that the company names stand in the control sheet."""
    labels = [aspect.label for aspect in tables.aspects]
    assert labels == ["Detalles de servicio", "Contacto", "Insumos", "Frecuencias", "Observaciones"]


def test_the_sheet_shows_no_amount_insured_and_no_person_of_the_legal_file(tables: Process) -> None:
    """Shareholders, identity numbers and values never stand where all areas read."""
    shown = {path for aspect in tables.aspects for path in aspect.shows}
    assert not {path for path in shown if "value" in path and path != "points.value_kinds"}
    assert not {path for path in shown if path.startswith(("representative", "client.ruc", "shareholders"))}


def test_what_all_areas_share_holds_no_operational_secret(tables: Process) -> None:
    """Windows may stand in the sheet, never in what mails show."""
    assert "points.window" in {path for aspect in tables.aspects for path in aspect.shows}
    assert not set(tables.shared_paths) & set(tables.operational_secret)


def test_code_and_tables_know_the_same_fields(tables: Process) -> None:
    """A path that a table may name is one that the code can show, and the other way round."""
    assert set(tables.fields) == fields.PATHS


@pytest.mark.parametrize(
    ("kind", "papers"),
    [
        ("juridica", OF_A_COMPANY),
        (
            "natural",
            "orden_trabajo contrato cedula_representante aviso_operaciones conozca_cliente inspeccion_seguridad lista_clinton",
        ),
        ("natural_nt", "orden_trabajo contrato cedula_representante conozca_cliente inspeccion_seguridad lista_clinton"),
    ],
)
def test_papers_depend_on_the_kind_of_person(tables: Process, kind: str, papers: str) -> None:
    """A natural person brings no company papers, and a State body neither notice nor registry certificate."""
    assert [rule.key for rule in tables.documents if kind in rule.kinds and not rule.only_if] == papers.split()


def test_exposed_persons_bring_two_papers_more(tables: Process) -> None:
    """Enhanced diligence is asked of politically exposed persons alone."""
    more = [rule.key for rule in tables.documents if rule.only_if == "politically_exposed"]
    assert more == ["referencia_bancaria", "origen_de_fondos"]


def test_only_the_inspection_waits_until_activation(tables: Process) -> None:
    """Every other paper holds the hand-over."""
    assert [rule.key for rule in tables.documents if rule.gate == "activation"] == ["inspeccion_seguridad"]


def test_screening_lives_in_its_own_drive(tables: Process) -> None:
    """The evidence of the lists is filed where nobody but Cumplimiento can be."""
    internal = [rule for rule in tables.documents if rule.internal]
    assert [(rule.key, rule.given_by, tables.access.folder(rule.place).drive) for rule in internal] == [
        ("lista_clinton", "cumplimiento", "compliance")
    ]


def test_grants_are_exactly_those_of_the_matrix(tables: Process) -> None:
    """Limited folders and their direct grants, as designed; nothing more."""
    direct = {
        f.name: [(g.principal, g.role, g.only_while) for g in f.grants] for f in tables.access.folders if f.limited or f.grants
    }
    assert direct == {
        "00 Entregar aquí": [("role:expedientes", "writer", ""), ("person:vendedora", "writer", "paper_asked")],
        "01 Legal": [("role:expedientes", "writer", ""), ("role:cumplimiento", "reader", "")],
        "03 Seguridad": [
            ("area:seguridad", "writer", ""),
            ("area:operaciones", "reader", ""),
            ("role:expedientes", "reader", ""),
        ],
        "07 Papeles de Cartera": [("role:cartera", "reader", "")],
    }
    assert [(g.principal, g.role) for g in tables.access.sheet_grants] == [("areas:taking_part", "writer")]


def test_archived_dossiers_are_read_by_two_roles_only(tables: Process) -> None:
    """After the end only Expedientes and Cumplimiento read."""
    archived = next(parent for parent in tables.access.parents if "archived" in parent.states)
    assert {(grant.principal, grant.role) for grant in archived.grants} == {
        ("role:expedientes", "reader"),
        ("role:cumplimiento", "reader"),
    }


def test_every_key_resolves_or_raises_key_error(tables: Process) -> None:
    """Look-ups by key name the key that is not there."""
    assert tables.group_of("vendedora").startswith("ventas@") and tables.label_of("seguridad") == "Seguridad"
    for look in (tables.area, tables.document, tables.group_of, tables.label_of, tables.access.folder):
        with pytest.raises(KeyError, match="nadie"):
            look("nadie")


def test_area_without_its_own_deadline_has_the_common_one(tables: Process) -> None:
    """A new area needs no line in deadlines.yaml."""
    assert tables.deadline_of("nueva").key == "confirm" and tables.deadline_of("seguridad").key == "confirm_seguridad"


def test_people_are_found_in_any_case(tables: Process) -> None:
    """Google gives addresses in the case that people typed."""
    someone = tables.company.people[0]
    assert tables.company.person(someone.address.upper()) is someone and tables.company.person("nadie@example.com") is None


@pytest.mark.parametrize("text", ["", "mail_sent", "mail_sent(", "mail_sent(a) y otra", "Mail_Sent(a)", "document(a, b"])
def test_text_that_is_no_condition_is_refused(text: str) -> None:
    """A condition is a name with its arguments in brackets."""
    with pytest.raises(ConfigurationError, match="condición"):
        parse_condition(text)


def test_words_and_hours_are_not_misread(tmp_path: Path) -> None:
    """`No` is a word and 17:00 an hour, whatever YAML 1.1 thinks of them."""
    path = tmp_path / "t.yaml"
    path.write_text("a: No\nb: 17:00\nc: on\nd: 12\ne: true\nf: 0123\n", encoding="utf-8")
    assert read_table(path) == {"a": "No", "b": "17:00", "c": "on", "d": 12, "e": True, "f": "0123"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: 1\na: 2\n", "dos veces"),
        ("a: [1\n", "no se puede leer"),
        ("- a\n", "tabla de claves"),
        ("", "tabla de claves"),
        ("a: \x81", "no se puede leer"),
    ],
)
def test_broken_yaml_is_explained(tmp_path: Path, text: str, said: str) -> None:
    """A key twice, a bracket left open, a list: each is told with its file."""
    path = tmp_path / "areas.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=said) as caught:
        read_table(path)
    assert "areas.yaml" in caught.value.where


def test_bytes_that_are_no_text_are_explained(tmp_path: Path) -> None:
    """A file saved in another encoding does not end in a traceback."""
    path = tmp_path / "areas.yaml"
    path.write_bytes(b"label: Operaci\xf3n\n")
    with pytest.raises(ConfigurationError, match="UTF-8"):
        read_table(path)


def test_missing_file_is_named(tmp_path: Path) -> None:
    """The file to put back is named."""
    root = copied(tmp_path)
    (root / "process" / "access.yaml").unlink()
    with pytest.raises(ConfigurationError, match="access.yaml"):
        process.load(root)


def test_loading_names_every_problem_at_once(tmp_path: Path) -> None:
    """Whoever edits the tables does not correct one fault a run."""
    root = changed(tmp_path, "process/areas.yaml", "mail_sent(bienvenida_cliente)", "mail_sent(bienvenida)")
    changed(root, "process/documents.yaml", "given_by: cumplimiento", "given_by: cumplimento")
    with pytest.raises(ConfigurationError) as caught:
        process.load(root)
    assert "bienvenida" in str(caught.value) and "¿Quiso decir «cumplimiento»?" in str(caught.value)


def test_every_label_that_the_code_uses_stands_in_the_table(tables: Process) -> None:
    """A word that the code asks for by name is there."""
    import re

    used = set()
    for path in (ROOT / "functions").rglob("*.py"):
        used |= set(re.findall(r"labels\[\"([a-z_]+)\"\]", path.read_text(encoding="utf-8")))
    assert used - set(tables.labels) == set()
