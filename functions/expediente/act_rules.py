"""The tables of signed acts: what a person may decide about a dossier on a page, who, when, and what is asked. Read from `process/acts.yaml`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from expediente.tables import keyed, typed

PRINCIPAL = re.compile(r"person:vendedora|role:[a-z_]+")


@dataclass(frozen=True)
class FieldRule:
    """One thing that an act asks. kind: text | lines | date | time | choice | number | amount | check | person.

    min_days, max_days: of a date, counted from today. of_role: of a person, who may be chosen. choices: key -> label.
    """

    key: str
    label: str
    kind: str
    required: bool = True
    help: str = ""
    max_length: int = 500
    min_days: int | None = None
    max_days: int | None = None
    minimum: int = 0
    maximum: int = 999_999
    of_role: str = ""
    choices: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ActRule:
    """A signed act. who: `person:vendedora` (the responsible one) or `role:<role or area>`; when: states of the dossier.

    explains: what it does; statement: what the person declares; danger: the button warns; listed: stands on the page of the dossier.
    confidential: for its roles alone; neither the act nor its traces show on pages of others.
    """

    key: str
    label: str
    who: tuple[str, ...]
    when: tuple[str, ...]
    explains: tuple[str, ...]
    done: str
    fields: tuple[FieldRule, ...] = ()
    statement: str = ""
    danger: bool = False
    listed: bool = True
    confidential: bool = False

    def asked(self, name: str) -> FieldRule:
        """The field of that name. :raises KeyError: the act asks no such thing."""
        return next(rule for rule in self.fields if rule.key == name)


@dataclass(frozen=True)
class Acts:
    """All acts, and why one may be refused: reason -> sentence."""

    rules: dict[str, ActRule]
    refusals: dict[str, str]

    def confidential(self, about: str) -> bool:
        """Whether an audit event tells of an act that only its own roles may know of. about: as `acts.about` names it."""
        rule = self.rules.get(about.split("/")[0])
        return rule is not None and rule.confidential


def acts_of(table: dict[str, Any]) -> Acts:
    """The typed acts of the plain table.

    :raises ConfigurationError: a block has not the expected shape.
    """
    rules = {}
    for key, body in table["acts"].items():
        fields = keyed(body.get("fields", {}), FieldRule, f"acts.yaml, {key}")
        plain = {**{name: value for name, value in body.items() if name != "fields"}, "fields": [], "key": key}
        act = typed(plain, ActRule, f"acts.yaml, {key}")
        rules[key] = ActRule(**{**act.__dict__, "fields": fields})
    return Acts(rules, dict(table["refusals"]))


def problems(acts: Acts, handled: set[str], roles: set[str], states: set[str]) -> Iterator[tuple[str, str, str, str]]:
    """What is wrong: path, value, rule, remedy. handled: the acts for which the code has a handler."""
    for key, act in acts.rules.items():
        for who in act.who:
            if not PRINCIPAL.fullmatch(who) or (who.startswith("role:") and who[5:] not in roles):
                yield (
                    f"{key}, who",
                    who,
                    "no existe esa persona o ese rol",
                    "Use person:vendedora o role: con una clave de areas.yaml.",
                )
        for state in act.when:
            if state not in states:
                yield f"{key}, when", state, "no existe un estado con esa clave", "Use una clave de states en process.yaml."
        for rule in act.fields:
            if rule.kind == "choice" and len(rule.choices) < 2:
                yield f"{key}, {rule.key}", "", "una lista necesita al menos dos opciones", "Agregue choices con clave y texto."
            if rule.kind == "person" and rule.of_role not in roles:
                yield (
                    f"{key}, {rule.key}",
                    rule.of_role,
                    "no existe un rol con esa clave",
                    "Escriba en of_role una clave de areas.yaml.",
                )
        if key not in handled:
            yield key, "", "el programa no conoce ese acto", "Quite el bloque, o póngale la clave de un acto conocido."
    for key in sorted(handled - set(acts.rules)):
        yield key, "", "falta el texto de un acto que el programa conoce", "Reponga el bloque en acts.yaml."
