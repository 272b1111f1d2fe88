"""What a form says of hours, amounts and access never leaves in a mail, not even as a mistake to correct."""

from __future__ import annotations

import re
from types import SimpleNamespace
from urllib.parse import unquote_plus

import pytest

from expediente import letters, notify
from expediente.form_build import question_ids
from expediente.form_definition import load_form
from expediente.model import FormSite, Problem, Rank, Submission
from tests.local_workspace import ROOT
from tests.unit import page_kit

PROCESS = page_kit.the_process()
FORM = load_form(ROOT, "intake")
SECRETS = ("points[1].schedule.window_from", "points[2].insured_value", "points[1].access_notes", "order.exchange_weekly_amount")


def _problem(key: str, written: str, expected: str = "un valor mayor que el promedio (1,800.00)") -> Problem:
    return Problem("x", Rank.REFUSE, key, "Pregunta", written, expected)


@pytest.mark.parametrize("key", SECRETS)
def test_a_question_of_a_secret_is_known_in_every_copy(key: str) -> None:
    """Whatever the number of the point."""
    assert letters.is_secret_question(PROCESS, key)


@pytest.mark.parametrize("key", ["client.ruc", "points[1].name", "points[1].address.line", ""])
def test_other_questions_are_no_secret(key: str) -> None:
    """The rest is told as written."""
    assert not letters.is_secret_question(PROCESS, key)
    assert letters.shown_problems(PROCESS, (_problem(key, "abc"),)) == (_problem(key, "abc"),)


def test_a_problem_of_a_secret_says_neither_what_was_written_nor_what_it_was_compared_with() -> None:
    """Only that it is to be corrected, and how."""
    (shown,) = letters.shown_problems(PROCESS, (_problem("points[1].insured_value", "1,200.00"),))
    assert (shown.written, shown.expected) == (PROCESS.labels["reserved"], "un valor mayor que el promedio")


def test_rules_quote_other_answers_in_brackets_only() -> None:
    """So that they can be left out: rules of the form that compare an hour or an amount."""
    rules = [rule for rule in FORM.rules.values() if rule.check in ("ends_before_it_begins", "insured_below_mean")]
    quoting = rules or [rule for rule in FORM.rules.values() if re.search(r"hora de inicio|promedio", rule.expected)]
    named = [rule for rule in quoting if "{detail}" in rule.expected]
    assert named
    assert all("({detail})" in rule.expected for rule in named)


def test_the_correction_mail_and_its_link_hold_no_secret() -> None:
    """The link opens the form without the answers that may not travel."""
    answers = {"client.legal_name": ["Comercial"]} | {key: ["77,777.77"] for key in SECRETS if key in FORM.questions}
    assert len(answers) > 1
    site = FormSite("form", "https://forms.example.com/f", question_ids(FORM))
    app = SimpleNamespace(
        process=PROCESS, intake_form=FORM, site=SimpleNamespace(forms={"intake": site}), settings=SimpleNamespace()
    )
    problems = (_problem("points[1].insured_value", "77,777.77"),)
    submission = Submission("r1", "intake", page_kit.VENDEDORA, page_kit.DOSSIER, "refused", problems, ("v",), answers)
    mail = notify.correction(app, submission, answers, page_kit.NOW)  # type: ignore[arg-type]
    assert "Comercial" in unquote_plus(mail.html)
    assert "77,777.77" not in unquote_plus(mail.text + mail.html)
    assert "1,800.00" not in mail.text
