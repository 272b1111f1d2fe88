"""The page of a signed act: for whom, what is asked, what is stored, what is judged again when it is taken in."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from html import unescape

import pytest

from expediente import act_answers, act_rules, acts
from expediente.act_rules import ActRule, FieldRule
from expediente.acts_table import HANDLERS
from expediente.model import State
from tests.unit.page_kit import (
    CUMPLIMIENTO,
    DOSSIER,
    EXPEDIENTES,
    NOW,
    OPERACIONES,
    VENDEDORA,
    Browser,
    collecting,
    confirming,
    put,
    the_process,
)

COMMENT, PAGE = f"/acto/{DOSSIER}/comentar", f"/expediente/{DOSSIER}"


def _text(browser: Browser, who: str, path: str, since: str = "") -> str:
    return unescape(browser.get(who, path, query_string={"desde": since} if since else {}).get_data(as_text=True))


@pytest.fixture
def open_dossier(browser: Browser) -> Browser:
    """A browser before a dossier in the hands of the areas."""
    put(browser.app, confirming())
    return browser


def test_act_is_stored_judged_and_applied(open_dossier: Browser) -> None:
    """From the form to the record, with an event that holds no word of it."""
    answer = open_dossier.sign(OPERACIONES, COMMENT, f_text="Pida el portón azul.\nGracias")
    assert answer.status_code == 303
    open_dossier.fold()
    (comment,) = open_dossier.dossier().comments
    assert (comment.text, comment.by, comment.at) == ("Pida el portón azul.\nGracias", OPERACIONES, NOW)
    since = answer.headers["Location"].partition("=")[2]
    assert "Su comentario quedó en el expediente" in _text(open_dossier, OPERACIONES, COMMENT, since)
    assert "Pida el portón azul." in _text(open_dossier, EXPEDIENTES, PAGE)
    event = open_dossier.events()[-1]
    assert (event.kind, event.data["about"]) == ("act_done", "comentar") and "portón" not in repr(event)


def test_what_does_not_fit_is_told_beside_the_field_and_kept(open_dossier: Browser) -> None:
    """Nothing is stored; what was written is still there."""
    answer = open_dossier.sign(OPERACIONES, COMMENT, f_text="x" * 1001)
    html = unescape(answer.get_data(as_text=True))
    assert answer.status_code == 422 and open_dossier.inbox() == []
    assert "caben 1000 letras" in html and "x" * 1001 in html and "Todavía no se registró nada" in html
    assert open_dossier.sign(OPERACIONES, COMMENT, f_text="  ").status_code == 422


def test_unknown_fields_are_not_stored(open_dossier: Browser) -> None:
    """Only what the act asks reaches the inbox."""
    open_dossier.sign(OPERACIONES, COMMENT, f_text="Hola", f_vendedora="otra", decision="passed")
    (fact,) = open_dossier.inbox()
    assert fact.payload["answers"] == {"text": "Hola"}


def test_double_click_is_one_act_and_a_second_one_needs_a_new_page(open_dossier: Browser) -> None:
    """The number of acts done before is part of what is signed."""
    fields = open_dossier.form(OPERACIONES, COMMENT) | {"f_text": "Una vez"}
    assert [open_dossier.post(OPERACIONES, COMMENT, fields).status_code for _ in range(2)] == [303, 303]
    open_dossier.fold()
    assert open_dossier.post(OPERACIONES, COMMENT, fields).status_code == 303
    assert (len(open_dossier.dossier().comments), open_dossier.inbox()) == (1, [])
    open_dossier.sign(OPERACIONES, COMMENT, f_text="Una vez")
    open_dossier.fold()
    assert len(open_dossier.dossier().comments) == 2


@pytest.mark.parametrize(
    "who", [CUMPLIMIENTO, "vendedora.dos@blindados-demo.example.com", "cartera.uno@blindados-demo.example.com"]
)
def test_whoever_may_not_finds_nothing(open_dossier: Browser, who: str) -> None:
    """The page of an act answers 404 to others, and so does an act that does not exist."""
    assert open_dossier.get(who, COMMENT).status_code == 404
    assert open_dossier.get(OPERACIONES, f"/acto/{DOSSIER}/no_existe").status_code == 404
    assert open_dossier.get(OPERACIONES, f"{COMMENT}/P01").status_code == 404


def test_fact_that_comes_too_late_is_refused_with_its_reason(open_dossier: Browser) -> None:
    """Between the signature and its taking in the dossier was archived: nothing is changed, the person is told."""
    answer = open_dossier.sign(OPERACIONES, COMMENT, f_text="Tarde")
    open_dossier.change(state=State.ARCHIVED)
    open_dossier.fold()
    assert open_dossier.dossier().comments == ()
    assert (open_dossier.events()[-1].kind, open_dossier.events()[-1].data["reason"]) == ("act_refused", "not_now")
    told = _text(open_dossier, OPERACIONES, COMMENT, answer.headers["Location"].partition("=")[2])
    assert "el expediente siguió su camino" in told and "<form" not in told


def test_role_that_was_taken_away_meanwhile_counts(open_dossier: Browser) -> None:
    """The roles of the moment of taking in decide."""
    open_dossier.sign(OPERACIONES, COMMENT, f_text="Ya no soy de aquí")
    process = the_process()
    people = tuple(replace(p, roles=("cartera",)) if p.address == OPERACIONES else p for p in process.company.people)
    open_dossier.app.__dict__["process"] = replace(process, company=replace(process.company, people=people))
    open_dossier.fold()
    assert (open_dossier.dossier().comments, open_dossier.events()[-1].data["reason"]) == ((), "role")


def test_substitute_acts_only_while_the_vendedora_is_away(browser: Browser) -> None:
    """What is hers is her substitute's in her absence."""
    put(browser.app, collecting())
    process, other = the_process(), "vendedora.dos@blindados-demo.example.com"
    assert browser.get(other, COMMENT).status_code == 404
    today = date(2026, 3, 10)
    people = tuple(
        replace(p, substitute=other, absences=((today, today),)) if p.address == VENDEDORA else p for p in process.company.people
    )
    browser.app.__dict__["process"] = replace(process, company=replace(process.company, people=people))
    assert browser.get(other, COMMENT).status_code == 200


# --- fields --------------------------------------------------------------------------------------------------------------------


def _act(**fields: FieldRule) -> ActRule:
    return ActRule("x", "X", ("role:expedientes",), ("collecting",), ("Hace algo.",), "Hecho.", tuple(fields.values()))


FIELDS = {
    "day": FieldRule("day", "Día", "date", min_days=1, max_days=10),
    "hour": FieldRule("hour", "Hora", "time"),
    "kind": FieldRule("kind", "Clase", "choice", choices={"a": "A", "b": "B"}),
    "many": FieldRule("many", "Cuántos", "number", minimum=1, maximum=9),
    "money": FieldRule("money", "Monto", "amount"),
    "yes": FieldRule("yes", "Sí", "check"),
    "who": FieldRule("who", "Quién", "person", of_role="operaciones"),
    "note": FieldRule("note", "Nota", "text", required=False, max_length=5),
}
GOOD = {
    "day": "11/03/2026",
    "hour": "2:30 p. m.",
    "kind": "b",
    "many": "9",
    "money": "B/. 1,500.00",
    "yes": "si",
    "who": OPERACIONES.upper(),
}


def test_answers_are_read_by_kind() -> None:
    """People's spellings become one value each."""
    answers, wrong = act_answers.read(the_process(), _act(**FIELDS), GOOD, date(2026, 3, 10))
    assert wrong == {}
    assert (answers.date("day"), answers.text("hour"), answers.number("many")) == (date(2026, 3, 11), "14:30", 9)
    assert (str(answers.amount("money")), answers.check("yes"), answers.text("who")) == ("1500.00", True, OPERACIONES)
    assert (answers.text("note"), answers.date("note")) == ("", None)


@pytest.mark.parametrize(
    "field, written",
    [
        *(("day", text) for text in ("2026-03-10", "2026-03-21", "mañana", "31/02/2026")),
        *(("hour", text) for text in ("25:00", "tarde")),
        *(("kind", text) for text in ("c", "A")),
        *(("many", text) for text in ("0", "10", "1.5", "-3")),
        *(("money", text) for text in ("-5", "mil")),
        ("yes", "no"),
        ("who", EXPEDIENTES),
        ("note", "demasiado"),
        ("hour", ""),
    ],
)
def test_each_wrong_field_is_told_alone(field: str, written: str) -> None:
    """One sentence for the field that does not fit, none for the others."""
    answers, wrong = act_answers.read(the_process(), _act(**FIELDS), GOOD | {field: written}, date(2026, 3, 10))
    assert list(wrong) == [field] and wrong[field].endswith(".")
    assert field not in answers.texts


def test_every_kind_of_the_schema_is_read() -> None:
    """The table of kinds and the words for what is wrong belong together."""
    assert {rule.kind for rule in FIELDS.values()} | {"lines"} == act_answers.KINDS
    assert all(f"act_wrong_{kind}" in the_process().labels for kind in act_answers.KINDS)


def test_tables_that_contradict_the_code_are_told() -> None:
    """An act without a handler, a handler without an act, an unknown role, a list without choices."""
    acts_of = act_rules.acts_of(
        {
            "acts": {
                "volar": {
                    "label": "Volar",
                    "who": ["role:nadie"],
                    "when": ["nunca"],
                    "explains": ["Vuela."],
                    "done": "Voló.",
                    "fields": {"a": {"label": "A", "kind": "choice"}, "b": {"label": "B", "kind": "person"}},
                }
            },
            "refusals": {},
        }
    )
    found = {path for path, *_ in act_rules.problems(acts_of, {"comentar"}, {"expedientes"}, {"collecting"})}
    assert found == {"volar, who", "volar, when", "volar, a", "volar, b", "volar", "comentar"}
    assert not list(
        act_rules.problems(
            the_process().acts,
            set(HANDLERS),
            {r.key for r in (*the_process().areas, *the_process().roles)},
            set(the_process().states),
        )
    )


def test_names_of_acts_lead_to_addresses() -> None:
    """An act on a part of the dossier is named by both."""
    assert (acts.about("visita", "P01"), acts.about("pausar", "")) == ("visita/P01", "pausar")
    assert datetime(2026, 3, 10, tzinfo=UTC) < NOW
