"""What is odd about a paper: its number, holder and dates beside what the form says."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from expediente import checks
from expediente.model import Dossier, Paper, PaperState, State
from expediente.paper_checks import captures, flags, names_agree, odd_papers, uncaptured
from expediente.papers import PaperSlot, required_papers
from tests.unit.intake_samples import judged, the_process
from tests.unit.process_copy import changed

NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)
TODAY = NOW.date()
PROCESS = the_process()


def dossier() -> Dossier:
    """C13, newly opened."""
    intake = judged("C13").intake
    assert intake is not None
    return Dossier("EXP-2026-ABC234", "c", "k", State.COLLECTING, "v@x.example.com", NOW, intake, "s")


def slot_of(kind: str) -> PaperSlot:
    """The first paper of a kind."""
    return next(slot for slot in required_papers(PROCESS, dossier().intake) if slot.rule.key == kind)


def codes(kind: str, **said: object) -> list[str]:
    """What is odd about a paper of which the Encargado has typed this."""
    return [flag.code for flag in flags(PROCESS, dossier(), slot_of(kind), Paper(**said), TODAY)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("number", "found"),
    [
        ("155990010-2-2024-2024-000001", []),
        (" 155990010 – 2 – 2024-2024-000001", []),
        ("155990099-2-2015-2024-000001", ["number_not_ruc"]),
        ("155990010-2-2024", ["number_not_ruc"]),
        ("", []),
    ],
)
def test_r25_the_number_of_the_aviso_begins_with_the_ruc(number: str, found: list[str]) -> None:
    """Another company's notice is told; an empty cell is not judged, only asked for."""
    assert codes("aviso_operaciones", number=number) == found
    assert captures(slot_of("aviso_operaciones")) == ("number", "issued")


@pytest.mark.parametrize(
    ("number", "holder", "found"),
    [
        ("4-9915-11", "Jorge Luis Araúz Batista", []),
        ("4-9915-11", "ARAUZ BATISTA, JORGE LUIS", []),
        ("4-9915-11", "Jorge Araúz Batista", []),
        ("4-9915-12", "Jorge Luis Araúz Batista", ["number_differs"]),
        ("14-9915-11", "Jorge Luis Araúz Batista", ["number_malformed"]),
        ("4-9915-11", "Jorge Araúz Pinzón", ["holder_differs"]),
        ("4-9915-11", "Jorge", ["holder_differs"]),
    ],
)
def test_r24_the_cedula_is_that_of_the_representative(number: str, holder: str, found: list[str]) -> None:
    """Its number has Panama's form and is the form's; the name agrees in any order and with a name left out."""
    assert codes("cedula_representante", number=number, holder=holder) == found


@pytest.mark.parametrize(
    ("issued", "number", "found"),
    [
        (date(2026, 2, 10), "155990010", []),
        (date(2025, 12, 2), "155 990 010", []),
        (date(2025, 12, 1), "155990010", ["too_old"]),
        (date(2026, 2, 10), "155990011", ["number_differs"]),
    ],
)
def test_r26_folio_and_age_of_the_registro_publico(issued: date, number: str, found: list[str]) -> None:
    """The folio is the form's; ninety days old is good, ninety-one is not."""
    assert codes("registro_publico", issued_on=issued, number=number) == found


def test_age_counts_on_the_day_of_verification() -> None:
    """A certificate that was good when it was verified does not become odd with time; a cédula that expires does."""
    good = Paper(PaperState.VERIFIED, at=NOW, issued_on=date(2026, 2, 10))
    later = date(2026, 12, 1)
    assert not list(flags(PROCESS, dossier(), slot_of("registro_publico"), good, later))
    expired = Paper(PaperState.VERIFIED, at=NOW, expires_on=date(2026, 11, 30))
    assert [flag.code for flag in flags(PROCESS, dossier(), slot_of("cedula_representante"), expired, later)] == ["expired"]


def test_only_verified_papers_that_were_odd_then_are_reminded() -> None:
    """A paper that waits is no task; one that expired long after its verification is the renewal's."""
    key = slot_of("cedula_representante").key
    wrong = Paper(PaperState.VERIFIED, at=NOW, number="8-1-1", holder="", expires_on=date(2026, 11, 30))
    assert [slot.key for slot in odd_papers(PROCESS, replace(dossier(), papers={key: wrong}))] == [key]
    waiting = replace(wrong, state=PaperState.PENDING)
    right = replace(wrong, number="4-9915-11")
    assert not odd_papers(PROCESS, replace(dossier(), papers={key: waiting}))
    assert not odd_papers(PROCESS, replace(dossier(), papers={key: right}))


def test_what_is_to_be_copied_is_known_for_each_paper() -> None:
    """Asked for and empty; a paper without table keys asks for nothing."""
    assert uncaptured(slot_of("cedula_accionista"), Paper(number="8-1-1")) == ("holder", "expires")
    assert captures(slot_of("contrato")) == ()


def test_names_that_may_be_one_person() -> None:
    """One word in common is nobody; two empty names are no reason to stop."""
    assert names_agree("María José Díaz", "DIAZ MARIA JOSE") and not names_agree("María Díaz", "María Pérez")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("checks: [number_is_folio]", "checks: [number_is_foli]", "no existe una revisión"),
        ("number: el folio\n    checks: [number_is_folio]", "checks: [number_is_folio]", "un dato que nadie escribe"),
        ("checks: [number_is_folio]", "checks: [number_is_identity]", "no es de este papel"),
        ("has_expiry: true\n    renew_days_before: 30", "renew_days_before: 30", "pide la fecha de vencimiento"),
    ],
)
def test_check_finds_contradictions_of_a_paper(tmp_path: Path, old: str, new: str, said: str) -> None:
    """`expediente check` tells what would never be looked at."""
    root = changed(tmp_path, "process/documents.yaml", old, new)
    assert any(said in str(finding) for finding in checks.check(root))
