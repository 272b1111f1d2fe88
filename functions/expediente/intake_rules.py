"""Judging a response of the intake form. Codes, ranks and texts stand in `forms/intake.yaml`, checks in `form_checks.py`.

A rule that a question names runs for each copy of it that was asked; a rule with `field` runs once, over all answers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from expediente import quantities, texts
from expediente.answers import Answers, intake_of, read_answers
from expediente.differences import differences
from expediente.form_checks import CHECKS, Asked, terms_of
from expediente.form_definition import FormDefinition, FormQuestion
from expediente.intake_data import Intake
from expediente.model import Problem, Rank
from expediente.process import Process

__all__ = ["Assessment", "assess", "differences", "judge", "rule_faults"]

_LONGEST_WRITTEN = 200
_CONTROL, _TOO_LONG, _IDENTITY_TOO_LONG = "caracter_de_control", "texto_demasiado_largo", "identidad_demasiado_larga"
_UNKNOWN, _IDENTITY_BLANK = "opcion_desconocida", "identidad_vacia"
ALWAYS = (_CONTROL, _TOO_LONG, _IDENTITY_TOO_LONG, _UNKNOWN, _IDENTITY_BLANK, "requerido_vacio")


@dataclass(frozen=True)
class Assessment:
    """What a response is worth. intake: None when a rule of rank `refuse` is broken. answers: by field, as written."""

    problems: tuple[Problem, ...]
    intake: Intake | None
    answers: dict[str, list[str]]

    @property
    def refused(self) -> bool:
        """Whether nothing may be made of it."""
        return self.intake is None


def assess(definition: FormDefinition, process: Process, answers: Mapping[str, Sequence[str]], today: date) -> Assessment:
    """Judge a response.

    answers: key of question (or the id that `form_build.question_ids` gives it) -> texts. today: Panama's date of submission.
    """
    read, problems = judge(definition, process, answers, today)
    refused = any(problem.rank is Rank.REFUSE for problem in problems)
    return Assessment(problems, None if refused else intake_of(read), {key: list(texts) for key, texts in read.written.items()})


def judge(
    definition: FormDefinition, process: Process, answers: Mapping[str, Sequence[str]], today: date
) -> tuple[Answers, tuple[Problem, ...]]:
    """The answers of a response read, and what is wrong with them by themselves. answers, today: as in `assess`."""
    read = read_answers(definition, answers)
    return read, tuple(_problems(read, process, today))


def _problems(answers: Answers, process: Process, today: date) -> list[Problem]:
    """Every broken rule, in the order of the form, each once a field."""
    found: dict[tuple[str, str], Problem] = {}
    for problem in (*_of_questions(answers, process, today), *_of_the_whole(answers, process, today)):
        found.setdefault((problem.code, problem.field), problem)
    order = {key: number for number, key in enumerate(answers.definition.questions)}
    return sorted(found.values(), key=lambda problem: order[problem.field])


def _of_questions(answers: Answers, process: Process, today: date) -> Iterator[Problem]:
    rules = answers.definition.rules
    for question in (question for section in answers.sections for question in section.questions):
        for code in _codes(answers, question):
            asked = Asked(answers, process, today, rules[code], question)
            yield from _broken(asked)


def _codes(answers: Answers, question: FormQuestion) -> tuple[str, ...]:
    """The rules that hold for the answer to a question: for a blank one only that it may not be, for one too long only that."""
    control = (_CONTROL,)
    if not answers.all(question.key):
        return (*control, question.missing) if question.missing else control
    if not question.chooses and len(answers.all(question.key)[0]) > question.max_length:
        return (*control, _IDENTITY_TOO_LONG if question.identity else _TOO_LONG)
    if not question.chooses or any(answers.definition.rules[code].check == "unknown_term" for code in question.rules):
        return (*control, *question.rules)
    if question.identity and answers.names_unknown_option(question):
        return (*control, _IDENTITY_BLANK)
    return (*control, _UNKNOWN, *question.rules)


def _of_the_whole(answers: Answers, process: Process, today: date) -> Iterator[Problem]:
    for rule in answers.definition.rules.values():
        question = answers.definition.question(rule.field) if rule.field else None
        if question is not None:
            yield from _broken(Asked(answers, process, today, rule, question))


def _broken(asked: Asked) -> Iterator[Problem]:
    rule, answers = asked.rule, asked.answers
    if rule.kinds and answers.text("client.kind") not in rule.kinds:
        return
    if rule.services and not set(rule.services) & set(answers.all("order.services")):
        return
    broken = CHECKS[rule.check](asked)
    if broken is None:
        return
    yield Problem(
        code=rule.code,
        rank=rule.rank,
        field=asked.key,
        question=asked.question.title,
        written=broken.written or _shown(answers.written.get(asked.key, ())),
        expected=rule.expected.replace("{detail}", broken.detail),
        example=rule.example or asked.question.example,
    )


def _shown(written: Sequence[str]) -> str:
    """An answer as a mail may show it: on one line and not too long. A date stands as people write it."""
    parts = [text if (day := quantities.day(text)) is None else day.strftime("%d/%m/%Y") for text in written]
    line = texts.clean_text(", ".join(part[: _LONGEST_WRITTEN * 2] for part in parts))
    return line if len(line) <= _LONGEST_WRITTEN else line[: _LONGEST_WRITTEN - 1].rstrip() + "…"


def rule_faults(definition: FormDefinition, process: Process) -> tuple[str, ...]:
    """What a form's table says that no function or table of the process knows: checks, terms, codes that every form needs."""
    faults = [f"rules: {code} is missing" for code in ALWAYS if code not in definition.rules]
    for code, rule in definition.rules.items():
        faults += [] if rule.check in CHECKS else [f"rule {code}: no check is called {rule.check}"]
    for question in definition.questions.values():
        terms = terms_of(process, question)
        unknown = [] if terms is None else [option.key for option in question.options if option.key not in terms]
        faults += [f"{question.key}: process.yaml knows no {key}" for key in unknown]
    provinces = [question for question in definition.questions.values() if question.base.endswith("address.province")]
    for question in provinces:
        lost = [option.label for option in question.options if not definition.places.province(option.label)]
        faults += [f"{question.key}: places.yaml knows no {label}" for label in lost]
    return tuple(faults)
