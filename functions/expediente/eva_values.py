"""Reads what a client answers to one of Eva's questions: a value as it is kept, or the reason why it is none. Any text is taken."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from expediente import eva, fields, identifiers, quantities
from expediente.eva_rules import AskedField, EvaRules
from expediente.process import Company
from expediente.texts import clean_text, fold_name

HIGHEST = Decimal("99999999.99")
_YES, _NO = "yes", "no"


@dataclass(frozen=True)
class Value:
    """value: as it is kept; error: key of `errors` in eva.yaml, '' = it is good."""

    value: str = ""
    error: str = ""


def read(rules: EvaRules, asked: AskedField, text: str, points: dict[str, str], today: date) -> Value:
    """The value that a text gives to a field. points: code -> name of the client's service points."""
    if asked.kind == "text":
        return _text(asked, text)
    if asked.kind == "amount":
        return _amount(text)
    if asked.kind == "date":
        return _date(text, today)
    if asked.kind in ("choice", "point"):
        return _or(_chosen(rules, asked.choices if asked.kind == "choice" else points, text), asked.kind)
    return _or({"email": identifiers.email, "phone": _phone, "code": _code}[asked.kind](text), asked.kind)


def _or(found: str | None, error: str) -> Value:
    return Value(found) if found else Value("", error)


def _text(asked: AskedField, text: str) -> Value:
    said = clean_text(text, multiline=True)
    if len(said) > asked.max_letters:
        return Value("", "too_long")
    return Value(said) if any(char.isalnum() for char in said) else Value("", "text")


def _amount(text: str) -> Value:
    whole = quantities.amount(text)
    found = [whole] if whole is not None else list(eva.amounts(text))
    if len(found) != 1:
        return Value("", "amount")
    if found[0] <= 0:
        return Value("", "zero")
    return Value(f"{found[0]:.2f}") if found[0] <= HIGHEST else Value("", "huge")


def _date(text: str, today: date) -> Value:
    written = eva.dates(text)
    day = quantities.day(text) or (quantities.day(written[0]) if len(written) == 1 else None)
    if day is None:
        return Value("", "date")
    return Value(day.isoformat()) if day >= today else Value("", "past")


def _phone(text: str) -> str | None:
    found = identifiers.phone(text)
    return found.number if found and found.valid else None


def _code(text: str) -> str | None:
    digits = "".join(char for char in text[:40] if char.isascii() and char.isdigit())
    return digits if 4 <= len(digits) <= 10 else None


def _chosen(rules: EvaRules, choices: dict[str, str], text: str) -> str:
    """The key of the choice that a text names: by key, label, place in the list, yes or no, or a part that no other has; '' = none."""
    said = fold_name(text[:200])
    folded = {key: fold_name(label) for key, label in choices.items()}
    for key, label in folded.items():
        if said in (fold_name(key), label):
            return key
    if said.isascii() and said.isdigit() and 1 <= int(said) <= len(choices):
        return list(choices)[int(said) - 1]
    if set(choices) == {_YES, _NO} and eva.command(rules, text) in choices:
        return eva.command(rules, text)
    words = [word for word in said.split() if len(word) > 2]
    alike = [key for key, label in folded.items() if words and all(word in label.split() for word in words)]
    return alike[0] if len(alike) == 1 else ""


def from_text(rules: EvaRules, asked: AskedField, text: str, points: dict[str, str], today: date) -> str:
    """The value of a field when the first message holds it already, else ''."""
    if asked.kind == "point":
        if len(points) == 1:
            return next(iter(points))
        said = f" {fold_name(text)} "
        named = [key for key, name in points.items() if f" {fold_name(name)} " in said or f" {fold_name(key)} " in said]
        return named[0] if len(named) == 1 else ""
    if asked.kind == "amount":
        found = [one for one in eva.amounts(text) if 0 < one <= HIGHEST]
        return f"{found[0]:.2f}" if len(found) == 1 else ""
    if asked.kind == "text":
        # A first message that names quantities or days says it already.
        said = clean_text(text)
        return said[: asked.max_letters] if any(char.isdigit() for char in said) or len(said.split()) > 3 else ""
    return read(rules, asked, text, points, today).value if asked.kind == "date" and eva.dates(text) else ""


def shown(asked: AskedField, value: str, points: dict[str, str], company: Company) -> str:
    """A kept value as people read it."""
    if not value:
        return ""
    if asked.kind == "amount":
        return company.money(Decimal(value))
    if asked.kind == "date":
        return f"{date.fromisoformat(value):%d/%m/%Y}"
    if asked.kind == "phone":
        return fields.phone_text(value)
    if asked.kind == "choice":
        return asked.choices.get(value, value)
    return points.get(value, value) if asked.kind == "point" else value
