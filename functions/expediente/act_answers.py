"""What a person wrote into the fields of an act: read by kind, every wrong field told at once. No I/O."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from expediente import quantities
from expediente.act_rules import ActRule, FieldRule
from expediente.process import Process
from expediente.texts import clean_text

YES = "si"


@dataclass(frozen=True)
class Answers:
    """The answers of an act, checked. A field that was left empty is '' (text, choice, time, person), None or False."""

    texts: Mapping[str, str]

    def text(self, name: str) -> str:
        """A text, choice, time or person's address."""
        return self.texts.get(name, "")

    def date(self, name: str) -> date | None:
        """A day."""
        return quantities.day(self.texts.get(name, ""))

    def number(self, name: str) -> int | None:
        """A whole number."""
        return quantities.count(self.texts.get(name, ""))

    def amount(self, name: str) -> Decimal | None:
        """An amount of money."""
        return quantities.amount(self.texts.get(name, ""))

    def check(self, name: str) -> bool:
        """Whether a box was ticked."""
        return self.texts.get(name) == YES


@dataclass(frozen=True)
class _Asked:
    process: Process
    rule: FieldRule
    today: date


def read(process: Process, act: ActRule, written: Mapping[str, str], today: date) -> tuple[Answers, dict[str, str]]:
    """The answers that fit and, by field, a sentence for each that does not. written: name of the field -> what was sent."""
    texts: dict[str, str] = {}
    wrong: dict[str, str] = {}
    for rule in act.fields:
        text = clean_text(written.get(rule.key, ""), multiline=rule.kind == "lines")
        if not text:
            if rule.required:
                wrong[rule.key] = process.labels["act_required"]
            continue
        said = _KINDS[rule.kind](_Asked(process, rule, today), text)
        if said is None:
            wrong[rule.key] = _why(process, rule)
        else:
            texts[rule.key] = said
    return Answers(texts), wrong


def _why(process: Process, rule: FieldRule) -> str:
    """The sentence of `labels` for a kind, with the limits of the field."""
    sentence = process.labels[f"act_wrong_{rule.kind}"]
    limits = {"max_length": rule.max_length, "minimum": rule.minimum, "maximum": rule.maximum}
    return sentence.format(**limits, min_days=rule.min_days or 0, max_days=rule.max_days or 0)


def _text(asked: _Asked, text: str) -> str | None:
    return text if len(text) <= asked.rule.max_length else None


def _day(asked: _Asked, text: str) -> str | None:
    found = quantities.day(text)
    if found is None:
        return None
    earliest, latest = asked.rule.min_days, asked.rule.max_days
    if earliest is not None and found < asked.today + timedelta(days=earliest):
        return None
    if latest is not None and found > asked.today + timedelta(days=latest):
        return None
    return found.isoformat()


def _number(asked: _Asked, text: str) -> str | None:
    found = quantities.count(text)
    return str(found) if found is not None and asked.rule.minimum <= found <= asked.rule.maximum else None


def _amount(asked: _Asked, text: str) -> str | None:
    found = quantities.amount(text)
    return str(found) if found is not None and found >= 0 else None


def _person(asked: _Asked, text: str) -> str | None:
    people = asked.process.company.with_role(asked.rule.of_role)
    return next((person.address for person in people if person.address.lower() == text.lower()), None)


_KINDS: dict[str, Callable[[_Asked, str], str | None]] = {
    "text": _text,
    "lines": _text,
    "date": _day,
    "time": lambda asked, text: quantities.time_of_day(text),
    "choice": lambda asked, text: text if text in asked.rule.choices else None,
    "number": _number,
    "amount": _amount,
    "check": lambda asked, text: YES if text == YES else None,
    "person": _person,
}
KINDS = frozenset(_KINDS)
