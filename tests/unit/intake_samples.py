"""Sample responses of the intake form: the invented cases, and a plain one to change."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from expediente import process
from expediente.form_definition import FormDefinition, load_form
from expediente.intake_rules import Assessment, assess
from expediente.process import Process
from local.cases import answers_for, load_definition

ROOT = Path(__file__).parents[2]
TODAY = date(2026, 3, 2)
Written = dict[str, list[str]]


@cache
def form() -> FormDefinition:
    """The intake form of the repository."""
    return load_form(ROOT, "intake")


@cache
def the_process() -> Process:
    """The process of the repository."""
    return process.load(ROOT)


@cache
def _raw_form() -> dict[str, Any]:
    return load_definition(ROOT)


@cache
def sample_file() -> dict[str, Any]:
    """The whole file of sample cases."""
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "tests/data/sample_cases.yaml").read_text(encoding="utf-8"))
    return loaded


def cases() -> list[dict[str, Any]]:
    """The cases that are an intake of their own."""
    return [case for case in sample_file()["casos"] if "cliente" in case]


def written(case_id: str) -> Written:
    """The answers of a case by field, as texts that a form sends."""
    case = next(case for case in cases() if case["id"] == case_id)
    by_title = {question.title: key for key, question in form().questions.items()}
    answers = answers_for(case, _raw_form())
    return {by_title[title]: [answer] if isinstance(answer, str) else answer for title, answer in answers.items()}


def judged(case_id: str = "C01", changes: Mapping[str, str | list[str]] | None = None, today: date = TODAY) -> Assessment:
    """A case with some answers changed, judged."""
    return assess(form(), the_process(), changed(case_id, changes or {}), today)


def changed(case_id: str, changes: Mapping[str, str | list[str]]) -> Written:
    """The answers of a case with some changed. changes: field -> text or texts, '' for none."""
    assert set(changes) <= set(form().questions)
    answers = written(case_id)
    return answers | {key: value if isinstance(value, list) else [value] if value else [] for key, value in changes.items()}


def codes(found: Assessment) -> list[str]:
    """The codes of the problems, in the order of the form."""
    return [problem.code for problem in found.problems]
