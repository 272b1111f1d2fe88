"""A Google Form as typed values: what `forms/<key>.yaml` says, with its repeated sections copied out.

A field such as `points.name` of a repeated section becomes `points[1].name`, `points[2].name` …, one question a copy.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from expediente.errors import ConfigurationError
from expediente.model import Rank
from expediente.places import Places, load_places

SUBMIT = "submit"
_DEFAULT_MAX = 500


class QuestionKind(StrEnum):
    """How a question is asked."""

    SHORT = "short"
    PARAGRAPH = "paragraph"
    CHOICE = "choice"
    CHECKBOXES = "checkboxes"
    DROPDOWN = "dropdown"
    DATE = "date"
    TIME = "time"
    SCALE = "scale"


@dataclass(frozen=True)
class FormOption:
    """A choice of a question. go_to: key of the section that it leads to, `submit`, or '' for the next one."""

    key: str
    label: str
    go_to: str = ""


@dataclass(frozen=True)
class FormQuestion:
    """A question. key: the field that it fills; base: the same without the number of the copy.

    missing: code of the rule that is broken when it is blank ('' = it may be blank). max_length: characters.
    """

    key: str
    base: str
    title: str
    help: str
    example: str
    kind: QuestionKind
    required: bool = False
    identity: bool = False
    missing: str = ""
    max_length: int = _DEFAULT_MAX
    options: tuple[FormOption, ...] = ()
    other: bool = False
    rules: tuple[str, ...] = ()
    low: int = 1
    high: int = 5

    @property
    def chooses(self) -> bool:
        """Whether it is answered by choosing among options."""
        return self.kind in (QuestionKind.CHOICE, QuestionKind.CHECKBOXES, QuestionKind.DROPDOWN)

    @property
    def branches(self) -> bool:
        """Whether its answer decides the next section."""
        return any(option.go_to for option in self.options)

    def label(self, key: str) -> str:
        """The text of an option; the key itself where no option has it."""
        return next((option.label for option in self.options if option.key == key), key)


@dataclass(frozen=True)
class FormNotice:
    """A text without a question."""

    key: str
    title: str
    text: str


@dataclass(frozen=True)
class FormSection:
    """A page of the form. copy: number of a repeated section's copy, 0 for others; of: the list that it fills."""

    key: str
    title: str
    help: str
    questions: tuple[FormQuestion, ...]
    notices: tuple[FormNotice, ...] = ()
    of: str = ""
    copy: int = 0


@dataclass(frozen=True)
class FormRule:
    """What is checked of a response. check: name of a function of `form_checks`; field: what it points at if no question does.

    kinds, services: it holds only for these kinds of person, and with one of these services contracted; empty = always.
    """

    code: str
    check: str
    rank: Rank
    expected: str
    example: str = ""
    field: str = ""
    kinds: tuple[str, ...] = ()
    services: tuple[str, ...] = ()


@dataclass(frozen=True)
class FormDossier:
    """How a response finds the dossier that it belongs to: by code and RUC together, or by a token. Each is the key of a question.

    states: the states of a dossier in which responses are taken.
    """

    code: str = ""
    ruc: str = ""
    token: str = ""
    states: tuple[str, ...] = ()


ANYONE = "anyone"


@dataclass(frozen=True)
class FormDefinition:
    """A form, its rules and the table of places that they use.

    respondents: who may answer: `person:vendedora`, `role:KEY`, or `anyone` without signing in.
    dossier: None for a form that opens a dossier.
    """

    key: str
    title: str
    document_title: str
    description: str
    sections: tuple[FormSection, ...]
    rules: Mapping[str, FormRule]
    places: Places
    respondents: tuple[str, ...] = ("person:vendedora",)
    dossier: FormDossier | None = None

    @property
    def signed_in(self) -> bool:
        """Whether Google says who answers."""
        return ANYONE not in self.respondents

    @cached_property
    def questions(self) -> dict[str, FormQuestion]:
        """Every question by its key, in the order of the form."""
        return {question.key: question for section in self.sections for question in section.questions}

    def question(self, key: str) -> FormQuestion | None:
        """The question that fills that field; `points.name` finds that of the first copy."""
        found = self.questions.get(key)
        return found or next((question for question in self.questions.values() if question.base == key), None)

    def path(self, chosen: Mapping[str, Sequence[str]]) -> tuple[FormSection, ...]:
        """The sections that somebody sees who chose so. chosen: key of question -> keys of options."""
        index = {section.key: number for number, section in enumerate(self.sections)}
        seen: list[FormSection] = []
        here = 0
        while here < len(self.sections):
            section = self.sections[here]
            seen.append(section)
            target = _target(section, chosen)
            here = len(self.sections) if target == SUBMIT else max(index.get(target, 0), here + 1)
        return tuple(seen)


def _target(section: FormSection, chosen: Mapping[str, Sequence[str]]) -> str:
    """Where the answers lead from a section; as in Google Forms the last answered branching question decides."""
    target = ""
    for question in section.questions:
        answer = chosen.get(question.key, ())
        found = [option.go_to for option in question.options if question.branches and option.key in answer]
        target = found[-1] if found else target
    return target


def load_form(root: Path, key: str) -> FormDefinition:
    """The form `forms/<key>.yaml` under `root`.

    :raises ConfigurationError: the file is missing or malformed; the message lists every fault.
    """
    where = f"forms/{key}.yaml"
    try:
        raw = yaml.safe_load((root / where).read_text(encoding="utf-8"))
        definition = _definition(raw, load_places(root))
    except (OSError, yaml.YAMLError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise ConfigurationError(where, f"cannot be read ({type(error).__name__}: {error})", "Run `expediente check`.") from error
    faults = definition_faults(definition)
    if faults:
        raise ConfigurationError(where, "; ".join(faults), "Correct the file and run `expediente check`.")
    return definition


def _definition(raw: dict[str, Any], places: Places) -> FormDefinition:
    starts = {key: f"{key}_1" if "repeat" in section else key for key, section in raw["sections"].items()}
    starts[SUBMIT] = SUBMIT
    sections = tuple(made for key, section in raw["sections"].items() for made in _sections(key, section, starts))
    rules = {code: _rule(code, rule) for code, rule in raw["rules"].items()}
    of_dossier = raw.get("dossier")
    return FormDefinition(
        raw["key"],
        raw["title"],
        raw["document_title"],
        raw["description"].strip(),
        sections,
        rules,
        places,
        tuple(raw.get("respondents", FormDefinition.respondents)),
        FormDossier(**{**of_dossier, "states": tuple(of_dossier["states"])}) if of_dossier else None,
    )


def _rule(code: str, raw: dict[str, Any]) -> FormRule:
    return FormRule(
        code,
        raw["check"],
        Rank(raw["rank"]),
        raw["expected"],
        raw.get("example", ""),
        raw.get("field", ""),
        tuple(raw.get("kinds", ())),
        tuple(raw.get("services", ())),
    )


def _sections(key: str, raw: dict[str, Any], starts: dict[str, str]) -> Iterator[FormSection]:
    """The section, or the copies of a repeated one."""
    repeat = raw.get("repeat")
    if repeat is None:
        questions = tuple(_question(name, name, asked["title"], asked, starts) for name, asked in raw["questions"].items())
        notices = tuple(
            FormNotice(name, notice["title"], notice["text"].strip()) for name, notice in raw.get("notices", {}).items()
        )
        yield FormSection(key, raw["title"], raw.get("help", ""), questions, notices)
        return
    for number in range(1, repeat["max"] + 1):
        yield _copy(key, raw, repeat, number, starts)


def _copy(key: str, raw: dict[str, Any], repeat: dict[str, Any], number: int, starts: dict[str, str]) -> FormSection:
    """Copy `number` (from 1) of a repeated section; all but the last ask whether there is another."""
    of, name, last = repeat["of"], f"{repeat['noun']} {number}", number == repeat["max"]
    questions = []
    for base, asked in raw["questions"].items():
        if not base.startswith(f"{of}."):
            raise ValueError(f"{base} stands in a section that repeats {of}")
        questions.append(_question(f"{of}[{number}]{base[len(of) :]}", base, f"{name}: {asked['title']}", asked, starts))
    if not last:
        options = (
            FormOption("more", repeat["more"], f"{key}_{number + 1}"),
            FormOption("done", repeat["done"], starts[repeat["done_goes_to"]]),
        )
        questions.append(_again(of, number, name, repeat["ask_again"], options))
    page_help = raw.get("help", "") if number == 1 else ""
    return FormSection(
        f"{key}_{number}", name, repeat.get("last_help", "") if last else page_help, tuple(questions), of=of, copy=number
    )


def _again(of: str, number: int, name: str, title: str, options: tuple[FormOption, ...]) -> FormQuestion:
    return FormQuestion(
        f"{of}[{number}].more", f"{of}.more", f"{name}: {title}", "", "", QuestionKind.CHOICE, True, options=options
    )


def _question(key: str, base: str, title: str, raw: dict[str, Any], starts: dict[str, str]) -> FormQuestion:
    identity, required = raw.get("identity", False), raw.get("required", False)
    branches = raw.get("branches", {})
    usual = "identidad_vacia" if identity else "requerido_vacio" if required else ""
    return FormQuestion(
        key=key,
        base=base,
        title=title,
        help=raw.get("help", ""),
        example=raw["example"],
        kind=QuestionKind(raw["kind"]),
        required=required,
        identity=identity,
        missing=raw.get("missing", usual),
        max_length=raw.get("max", _DEFAULT_MAX),
        options=tuple(
            FormOption(name, label, starts[branches[name]] if name in branches else "")
            for name, label in raw.get("options", {}).items()
        ),
        other=raw.get("other", False),
        rules=tuple(raw.get("rules", ())),
        low=raw.get("low", 1),
        high=raw.get("high", 5),
    )


def load_forms(root: Path) -> dict[str, FormDefinition]:
    """Every form of `forms/` under `root`, by its key.

    :raises ConfigurationError: one of them is malformed.
    """
    return {path.stem: load_form(root, path.stem) for path in sorted((root / "forms").glob("*.yaml"))}


def definition_faults(definition: FormDefinition) -> tuple[str, ...]:
    """What contradicts itself in a form: unknown or backward jumps, titles asked twice, rules that nobody names or that lack."""
    return (*_jump_faults(definition), *_title_faults(definition), *_rule_faults(definition), *_dossier_faults(definition))


def _jump_faults(definition: FormDefinition) -> Iterator[str]:
    order = {section.key: number for number, section in enumerate(definition.sections)}
    for number, section in enumerate(definition.sections):
        for question in section.questions:
            unknown = set(_branch_keys(question)) - {option.key for option in question.options}
            if unknown:
                yield f"{question.key}: branches name the unknown options {sorted(unknown)}"
            if question.branches and question.kind is QuestionKind.CHECKBOXES:
                yield f"{question.key}: checkboxes cannot branch"
            for option in question.options:
                if option.go_to and option.go_to != SUBMIT and order.get(option.go_to, -1) <= number:
                    yield f"{question.key}: option {option.key} leads to {option.go_to}, which is not a later section"


def _branch_keys(question: FormQuestion) -> tuple[str, ...]:
    return tuple(option.key for option in question.options if option.go_to)


def _title_faults(definition: FormDefinition) -> Iterator[str]:
    seen: dict[str, str] = {}
    for question in definition.questions.values():
        if question.title in seen:
            yield f"{question.key}: its title is also that of {seen[question.title]}"
        seen[question.title] = question.key
        if len({option.label for option in question.options}) != len(question.options):
            yield f"{question.key}: two options have the same text"
        if question.chooses and not question.options:
            yield f"{question.key}: has no options"


def _rule_faults(definition: FormDefinition) -> Iterator[str]:
    named = {code for question in definition.questions.values() for code in (*question.rules, question.missing) if code}
    for code in sorted(named - set(definition.rules)):
        yield f"rule {code} is named by a question and stands not in rules"
    for code, rule in definition.rules.items():
        if rule.field and definition.question(rule.field) is None:
            yield f"rule {code}: no question fills {rule.field}"


def _dossier_faults(definition: FormDefinition) -> Iterator[str]:
    keys = definition.dossier
    for key in (keys.code, keys.ruc, keys.token) if keys else ():
        if key and key not in definition.questions:
            yield f"dossier: no question fills {key}"
    if keys and not keys.token and not (keys.code and keys.ruc):
        yield "dossier: needs code and ruc, or token"
