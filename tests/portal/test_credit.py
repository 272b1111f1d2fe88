"""Pre-approval of credit by rules (R106, R107, R108): the table at each of its limits, the sample accounts, a person who confirms."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from expediente import credit
from expediente.case_data import CaseState
from expediente.credit import CreditFacts, credit_rules, judge, months_between
from expediente.model import Paper, PaperState, State
from expediente.papers import required_papers
from tests.portal.cases_kit import CARTERA, Desk
from tests.portal.portal_kit import DOMAIN, account_case
from tests.unit.intake_samples import sample_file
from tests.unit.page_kit import Proxy, the_process

SOUND = CreditFacts(
    active=True,
    papers_in_force=True,
    months_as_client=12,
    max_days_overdue=15,
    mean_days_late=Decimal(5),
    returned=0,
    limit=Decimal("1000.00"),
    balance=Decimal("321.00"),
    raise_by=Decimal("250.00"),
)
CENT = Decimal("0.01")
# What differs from a client that stands exactly at every limit -> what the rules say.
TABLE: list[tuple[dict[str, Any], str, tuple[str, ...]]] = [
    ({}, "preaprobada", ()),
    ({"raise_by": Decimal("250.00") + CENT}, "revision", ("aumento_mayor_25_por_ciento",)),
    ({"raise_by": CENT}, "preaprobada", ()),
    ({"max_days_overdue": 16}, "no_preaprobada", ("mora_vigente",)),
    ({"months_as_client": 11}, "revision", ("antiguedad_menor_12_meses",)),
    ({"mean_days_late": Decimal("5.01")}, "revision", ("mora_promedio_alta",)),
    ({"mean_days_late": None}, "preaprobada", ()),
    ({"returned": 1}, "revision", ("pago_devuelto",)),
    ({"papers_in_force": False}, "revision", ("documentos_vencidos",)),
    ({"active": False}, "no_preaprobada", ("expediente_no_activo",)),
    ({"limit": Decimal("0.00")}, "revision", ("sin_cupo_vigente",)),
    ({"months_as_client": 3, "returned": 2}, "revision", ("antiguedad_menor_12_meses", "pago_devuelto")),
    ({"max_days_overdue": 16, "months_as_client": 3}, "no_preaprobada", ("mora_vigente",)),
    ({"active": False, "max_days_overdue": 90}, "no_preaprobada", ("expediente_no_activo", "mora_vigente")),
]
ASKED = [
    (account["caso"], asked)
    for account in sample_file()["cartera"]["cuentas"]
    for asked in account["esperado"].get("credito", ())
]


@pytest.mark.parametrize(("differs", "result", "reasons"), TABLE)
def test_r108_each_limit_of_the_rules(differs: dict[str, Any], result: str, reasons: tuple[str, ...]) -> None:
    """A client exactly at every limit is pre-approved; a cent, a day, a month or a payment beyond one is not, with its reason."""
    found = judge(the_process(), replace(SOUND, **differs))
    assert (found.result, found.reasons) == (result, reasons)
    rules = credit_rules(the_process().folder)
    assert all(" " in rules.sentence(reason) and "{" not in rules.sentence(reason) for reason in found.reasons)


def test_r108_every_reason_of_the_table_is_met() -> None:
    """No sentence stands there that no client can ever read."""
    assert {reason for _, _, reasons in TABLE for reason in reasons} == set(credit_rules(the_process().folder).reasons)


@pytest.mark.parametrize(
    ("since", "until", "months"),
    [
        ("2026-06-30", "2027-06-30", 12),
        ("2026-07-01", "2027-06-30", 11),
        ("2026-02-28", "2027-02-27", 11),
        ("2027-06-30", "2027-06-30", 0),
    ],
)
def test_r108_months_are_whole(since: str, until: str, months: int) -> None:
    """Twelve months are complete on the same day of the next year and not before."""
    assert months_between(date.fromisoformat(since), date.fromisoformat(until)) == months


@pytest.mark.parametrize(("account", "asked"), ASKED)
def test_r108_sample_accounts(tmp_path: Path, proxy: Proxy, account: str, asked: dict[str, Any]) -> None:
    """Each invented account gets what the sample says of its request, from ledger and dossier as they stand."""
    desk = Desk(tmp_path, proxy, account)
    case = desk.case(desk.ask("aumento_de_cupo", asked["aumento"]))
    assert (case.preapproval, list(case.reasons)) == (asked["resultado"], asked["motivos"])
    assert case.account["limit"] == Decimal(account_case(account)["cupo"])
    expected = account_case(account)["esperado"].get("utilizacion")
    assert expected is None or str(case.account["usage"]) == expected
    assert case.state is CaseState.WAITING


def test_r108_an_expired_paper_and_a_returned_payment_ask_for_a_person(tmp_path: Path, proxy: Proxy) -> None:
    """What Cumplimiento did without counts as there; a payment that came back a year and a day ago counts no more."""
    desk = Desk(tmp_path, proxy, "C02")
    assert credit.facts_of(desk.app, desk.dossier, Decimal(1)).papers_in_force
    slot = required_papers(desk.app.process, desk.dossier.intake)[0].key
    desk.app.change(desk.key, papers={slot: Paper(PaperState.VERIFIED, expires_on=date(2027, 6, 29))})
    assert not credit.facts_of(desk.app, desk.dossier, Decimal(1)).papers_in_force
    desk.app.change(desk.key, papers={slot: Paper(PaperState.VERIFIED, expires_on=date(2027, 6, 30))})
    assert credit.facts_of(desk.app, desk.dossier, Decimal(1)).papers_in_force
    desk.put_returned(date(2026, 6, 30), date(2026, 7, 1))
    assert credit.facts_of(desk.app, desk.dossier, Decimal(1)).returned == 1


def test_r107_a_raise_shows_limit_and_use_and_a_person_decides(tmp_path: Path, proxy: Proxy) -> None:
    """Cartera reads limit, use and what the rules say, signs once; the client hears it; the ledger's limit waits for accounting."""
    desk = Desk(tmp_path, proxy, "C02")
    case_id = desk.ask("aumento_de_cupo", "1500.00", {"wanted": "B/. 9,500.00"})
    page = desk.read(CARTERA, "decidir_caso", case_id)
    for words in ("B/. 1,500.00", "B/. 8,000.00", "36.11 %", "Preaprobada", case_id):
        assert words in page
    desk.decide(CARTERA, case_id)
    assert desk.case(case_id).state is CaseState.APPROVED and desk.position.limit == Decimal("8000.00")
    (told,) = desk.mails_of("caso_resuelto_cliente", case_id)
    assert "Cartera aprobó el aumento" in told


def test_r106_a_refused_request_has_its_reason(tmp_path: Path, proxy: Proxy) -> None:
    """Who does not approve writes why; the client reads it, with the reasons of the rules kept in the case."""
    desk = Desk(tmp_path, proxy, "C13")
    case_id = desk.ask("solicitud_credito", "1000.00", {"purpose": "Temporada de fin de año"})
    assert "hace más de 15 días" in desk.read(CARTERA, "decidir_caso", case_id)
    told = desk.outcome(CARTERA, "decidir_caso", case_id, desk.decide(CARTERA, case_id, "refused"))
    assert "Escriba el motivo" in told and desk.case(case_id).state is CaseState.WAITING
    desk.decide(CARTERA, case_id, "refused", "Primero pague lo vencido.")
    assert desk.case(case_id).state is CaseState.REFUSED and desk.case(case_id).reasons == ("mora_vigente",)
    (told,) = desk.mails_of("caso_resuelto_cliente", case_id)
    assert "no aprobó el crédito" in told and "Motivo: Primero pague lo vencido." in told


def test_r106_only_cartera_decides_credit(tmp_path: Path, proxy: Proxy) -> None:
    """To another area the page does not exist, and an archived client asks for nothing any more."""
    desk = Desk(tmp_path, proxy, "C02")
    case_id = desk.ask("aumento_de_cupo", "100.00")
    for who in ("operaciones.uno", "vendedora.uno", "gerencia.uno"):
        assert desk.pages.get(f"{who}@{DOMAIN}", desk.path("decidir_caso", case_id)).status_code == 404
    desk.app.change(desk.key, state=State.ARCHIVED)
    late = desk.ask("aumento_de_cupo", "100.00")
    assert desk.case(late).state is CaseState.WITHDRAWN is desk.case(case_id).state
