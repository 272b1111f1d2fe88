"""The intake form as data: what it asks, of whom, and that its tables agree with each other and with the process."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from expediente.errors import ConfigurationError
from expediente.form_definition import QuestionKind, load_form
from expediente.intake_rules import rule_faults
from tests.unit.intake_samples import ROOT, form, the_process

PLAIN = {
    "client.kind": ["juridica"],
    "shareholders[1].more": ["done"],
    "has_pep": ["no"],
    "order_detail": ["none"],
    "points[1].more": ["done"],
}


def _path(**changes: str) -> list[str]:
    chosen = PLAIN | {key.replace("__", "."): [value] for key, value in changes.items()}
    return [section.key for section in form().path(chosen)]


def test_a_plain_client_meets_at_most_forty_required_questions() -> None:
    """A company with one shareholder and one point answers forty required questions at most."""
    required = [question for section in form().path(PLAIN) for question in section.questions if question.required]
    assert 30 <= len(required) <= 40


def test_a_company_sees_registry_shareholders_and_one_point() -> None:
    """The plain path has no branch."""
    assert _path() == ["inicio", "cliente", "registro_publico", "accionista_1", "representante", "orden", "punto_1"]


@pytest.mark.parametrize("kind", ["natural", "natural_nt"])
def test_a_natural_person_skips_registry_and_shareholders(kind: str) -> None:
    """A person has no registry and no shareholders."""
    assert _path(client__kind=kind) == ["inicio", "cliente", "representante", "orden", "punto_1"]


def test_a_company_with_nt_says_first_whether_it_has_shareholders() -> None:
    """A State body declares none."""
    without = _path(client__kind="juridica_nt", client__has_shareholders="no")
    assert without == ["inicio", "cliente", "numero_tributario", "representante", "orden", "punto_1"]
    assert "accionista_1" in _path(client__kind="juridica_nt", client__has_shareholders="si")


def test_change_and_special_service_open_their_own_pages() -> None:
    """Only who contracts a service is asked for its details."""
    assert {"sala", "especial"} & set(_path()) == set()
    assert "sala" in _path(order_detail="room") and "especial" not in _path(order_detail="room", also_special="no")
    assert "especial" in _path(order_detail="room", also_special="si")
    assert "sala" not in _path(order_detail="special") and "especial" in _path(order_detail="special")


def test_an_exposed_person_opens_a_page() -> None:
    """PEP: yes."""
    assert "pep_1" in _path(has_pep="si")


def test_twelve_shareholders_and_ten_points_fit() -> None:
    """The copies go on as long as there is another, and end at the next page."""
    more = {f"shareholders[{n}].more": ["more"] for n in range(1, 12)} | {f"points[{n}].more": ["more"] for n in range(1, 10)}
    keys = [section.key for section in form().path(PLAIN | more)]
    assert keys[3:16] == [*(f"accionista_{n}" for n in range(1, 13)), "representante"]
    assert keys[-1] == "punto_10"


def test_titles_are_unique_and_every_question_has_an_example() -> None:
    """The local Workspace and people tell questions apart by their titles."""
    questions = list(form().questions.values())
    assert len({question.title for question in questions}) == len(questions)
    assert "Punto de servicio 2: Nombre" in {question.title for question in questions}
    assert [question.key for question in questions if not question.example and not question.base.endswith(".more")] == []


def test_first_page_says_what_to_have_at_hand_how_long_and_on_what_ground() -> None:
    """Minutes, papers, Ley 81 de 2019 and the consent stand on the first page."""
    first = form().sections[0]
    assert "minutos" in form().description and "Tenga a mano" in form().description
    assert "Ley 81 de 2019" in first.notices[0].title
    assert [question.key for question in first.questions] == ["consent"]


def test_days_take_another_text_and_nothing_else_does() -> None:
    """Only the days offer «Otro»."""
    assert {question.base for question in form().questions.values() if question.other} == {"points.schedule.days"}


def test_tables_agree_with_the_process_and_the_checks() -> None:
    """Options of services, days, kinds and provinces are known; every rule names a check that exists."""
    assert rule_faults(form(), the_process()) == ()
    services = form().questions["order.services"]
    assert {option.key for option in services.options} == set(the_process().services)


def test_every_rule_is_used() -> None:
    """A rule that nobody names is a mistake in the table."""
    questions = form().questions.values()
    named = {code for question in questions for code in (*question.rules, question.missing)}
    loose = {code for code, rule in form().rules.items() if code not in named and not rule.field}
    assert loose == {"identidad_demasiado_larga", "texto_demasiado_largo", "opcion_desconocida", "caracter_de_control"}


@pytest.mark.parametrize(("name", "schema"), [("forms/intake.yaml", "form"), ("process/places.yaml", "places")])
def test_files_keep_to_their_schema(name: str, schema: str) -> None:
    """An editor and the check see the same shape."""
    shape = json.loads((ROOT / f"process/schemas/{schema}.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(shape)
    jsonschema.validate(yaml.safe_load((ROOT / name).read_text(encoding="utf-8")), shape)


def test_schema_refuses_an_unknown_key() -> None:
    """A misspelt key is found."""
    shape = json.loads((ROOT / "process/schemas/form.schema.json").read_text(encoding="utf-8"))
    raw = yaml.safe_load((ROOT / "forms/intake.yaml").read_text(encoding="utf-8"))
    raw["sections"]["cliente"]["questions"]["client.ruc"]["requiered"] = True
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(raw, shape)


def _broken_copy(tmp_path: Path, old: str, new: str) -> Path:
    text = (ROOT / "forms/intake.yaml").read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "forms").mkdir()
    (tmp_path / "process").mkdir()
    (tmp_path / "forms/intake.yaml").write_text(text.replace(old, new), encoding="utf-8")
    (tmp_path / "process/places.yaml").write_text((ROOT / "process/places.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("'no': orden", "'no': cliente", "not a later section"),
        ("rules: [ruc_invalido, ", "rules: [ruc_roto, ", "ruc_roto"),
        ("title: RUC\n", "title: Nombre comercial\n", "title"),
        ("field: order.processing_bank", "field: order.bank", "order.bank"),
        ("kind: dropdown", "kind: list", "cannot be read"),
        ("sections:", "pages:", "cannot be read"),
    ],
)
def test_a_contradiction_is_told_with_file_and_place(tmp_path: Path, old: str, new: str, told: str) -> None:
    """Whoever edits the form reads what is wrong in it."""
    with pytest.raises(ConfigurationError, match=told) as caught:
        load_form(_broken_copy(tmp_path, old, new), "intake")
    assert caught.value.where == "forms/intake.yaml"


def test_dates_and_hours_are_asked_as_such() -> None:
    """A calendar and a clock spare mistakes."""
    kinds = {question.base: question.kind for question in form().questions.values()}
    assert kinds["order.desired_start"] is QuestionKind.DATE and kinds["points.schedule.window_from"] is QuestionKind.TIME
