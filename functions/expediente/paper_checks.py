"""What is odd about a paper: its number, its holder and its dates as the Encargado typed them, beside what the form says. No I/O.

Which paper is checked for what stands in `process/documents.yaml`, what is said of it in `sheets_templates/documents.yaml`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date

from expediente import identifiers
from expediente.deadlines import local_day
from expediente.intake_data import Identity, Intake
from expediente.model import Dossier, Paper, PaperState
from expediente.papers import PaperSlot, identity_key, paper, required_papers
from expediente.process import Process
from expediente.texts import fold_name


@dataclass(frozen=True)
class Flag:
    """Something odd. code: of `notices` in the template of the workbook; values: what its sentence names."""

    code: str
    values: dict[str, str] = field(default_factory=dict)


def person_of(intake: Intake, slot: PaperSlot) -> Identity | None:
    """Whose paper it is, None for a paper of the client or of a point."""
    people = [intake.representative, *(holder.person for holder in intake.shareholders)]
    wanted = slot.key.partition(":")[2]
    return next((person for person in people if wanted and identity_key(person) == wanted), None)


def names_agree(one: str, other: str) -> bool:
    """Whether two spellings can be the same person: the same words in any order, or one leaves some of the other's out."""
    first, second = set(fold_name(one).split()), set(fold_name(other).split())
    fewer = min(first, second, key=len)
    return first == second or (len(fewer) > 1 and (first <= second or second <= first))


def _begins_with_ruc(dossier: Dossier, slot: PaperSlot, known: Paper) -> Flag | None:
    ruc = dossier.intake.client.ruc
    return None if identifiers.begins_with_ruc(known.number, ruc) else Flag("number_not_ruc", {"expected": ruc})


def _is_folio(dossier: Dossier, slot: PaperSlot, known: Paper) -> Flag | None:
    said = dossier.intake.client.registry_folio
    same = re.sub(r"\W", "", known.number).lower() == re.sub(r"\W", "", said).lower()
    return None if same or not said else Flag("number_differs", {"expected": said})


def _is_identity(dossier: Dossier, slot: PaperSlot, known: Paper) -> Flag | None:
    person = person_of(dossier.intake, slot)
    if person is None:
        return None
    number = identifiers.identity_number(known.number, person.id_kind)
    if number is None:
        return Flag("number_malformed")
    wanted = identifiers.identity_number(person.id_number, person.id_kind) or person.id_number
    return None if number == wanted else Flag("number_differs", {"expected": wanted})


def _is_person(dossier: Dossier, slot: PaperSlot, known: Paper) -> Flag | None:
    person = person_of(dossier.intake, slot)
    if person is None or names_agree(known.holder, person.name):
        return None
    return Flag("holder_differs", {"expected": person.name})


# What `checks` of documents.yaml may name, with the captured value that it looks at; an empty one is not judged.
CHECKS: dict[str, tuple[str, Callable[[Dossier, PaperSlot, Paper], Flag | None]]] = {
    "number_begins_with_ruc": ("number", _begins_with_ruc),
    "number_is_folio": ("number", _is_folio),
    "number_is_identity": ("number", _is_identity),
    "holder_is_person": ("holder", _is_person),
}


def captures(slot: PaperSlot) -> tuple[str, ...]:
    """The columns of the workbook that the Encargado fills for a paper."""
    rule = slot.rule
    asked = {"number": bool(rule.number), "holder": rule.holder, "issued": rule.has_issue_date, "expires": rule.has_expiry}
    return tuple(name for name, wanted in asked.items() if wanted)


def uncaptured(slot: PaperSlot, known: Paper) -> tuple[str, ...]:
    """The columns that are asked for and empty."""
    said = {"number": known.number, "holder": known.holder, "issued": known.issued_on, "expires": known.expires_on}
    return tuple(name for name in captures(slot) if not said[name])


def flags(process: Process, dossier: Dossier, slot: PaperSlot, known: Paper, today: date) -> Iterator[Flag]:
    """Everything odd about a paper. Its age is judged on the day on which it was verified, before that on `today`."""
    for name in slot.rule.checks:
        value, check = CHECKS[name]
        found = check(dossier, slot, known) if getattr(known, value) else None
        if found:
            yield found
    if known.expires_on is not None and known.expires_on < today:
        yield Flag("expired")
    day = local_day(process, known.at) if known.state is PaperState.VERIFIED and known.at else today
    limit = slot.rule.max_age_days
    if limit is not None and known.issued_on is not None and (day - known.issued_on).days > limit:
        yield Flag("too_old", {"days": str(limit)})


def odd_papers(process: Process, dossier: Dossier) -> list[PaperSlot]:
    """Verified papers that were odd on the day on which they were verified, and still are."""
    found = []
    for slot in required_papers(process, dossier.intake):
        known = paper(dossier, slot.key)
        if known.state is not PaperState.VERIFIED or known.at is None:
            continue
        if any(flags(process, dossier, slot, known, local_day(process, known.at))):
            found.append(slot)
    return found
