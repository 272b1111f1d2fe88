"""Cases on the company's side: R103 approval, R104 refunds, R106-R107 credit, R120 answers by a person. As named employees over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from expediente.case_data import CaseState
from tests.portal.cases_kit import CARTERA, OTHER, Desk
from tests.unit.page_kit import Proxy, serving

REFUND = "devolucion_saldo_a_favor"


@pytest.fixture(scope="session")
def proxy() -> Iterator[Proxy]:
    """The identity-aware proxy: signs for people and serves its public keys."""
    with serving(Proxy()) as running:
        yield running


@pytest.fixture
def desk(tmp_path: Path, proxy: Proxy) -> Desk:
    """Case C16, which has paid 635 for an invoice of 535."""
    return Desk(tmp_path, proxy, "C16")


def test_r104_refund_needs_two_persons_and_balances_the_ledger(desk: Desk) -> None:
    """Two named persons of Cartera sign; only then the credit is given back, once, and the client reads it in its mail."""
    desk.has_account()
    case_id = desk.ask(REFUND, "100.00")
    desk.decide(CARTERA, case_id)
    assert (desk.case(case_id).state, desk.position.credit) == (CaseState.FIRST_SIGNED, Decimal("100.00"))
    told = desk.outcome(CARTERA, "decidir_caso", case_id, desk.decide(CARTERA, case_id))
    assert "La segunda firma la pone otra persona" in told and desk.case(case_id).state is CaseState.FIRST_SIGNED
    assert "Zuleika Cortés Navarro" in desk.read(OTHER, "decidir_caso", case_id)
    desk.decide(OTHER, case_id)
    assert (desk.case(case_id).state, desk.position.credit, desk.position.balance) == (
        CaseState.DONE,
        Decimal("0.00"),
        Decimal("0.00"),
    )
    desk.app.fold(desk.key)
    (told,) = desk.mails_of("caso_resuelto_cliente", case_id)
    assert "B/. 100.00" in told and "su estado de cuenta ya la muestra" in told
