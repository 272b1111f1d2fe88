"""A payment is applied once, wherever the process dies: before and after each commit, followed by another notice or by the clock."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from expediente import ledger, payments
from expediente.gateway import Notice
from expediente.portal_data import OrderState
from tests.harness import Death, Killed, MortalStore
from tests.portal.payment_kit import Counter, begin, sent_to
from tests.portal.portal_kit import PortalApp

NUMBER = "FE-0000210"
# Commits of taking a notice in: the ledger's, and the order's with receipt and fact.
COMMITS = 2


@pytest.mark.parametrize("followed_by", ["notice", "clock"])
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("nth", range(1, COMMITS + 1))
def test_whatever_dies_the_payment_is_applied_once(tmp_path: Path, nth: int, when: str, followed_by: str) -> None:
    """One payment, one receipt, one fact; nothing in the client's favour; the order is settled."""
    app = PortalApp(tmp_path)
    counter, dossier = Counter(app), app.add_client("C02")
    order_id = sent_to(begin(app.entered(dossier), (NUMBER,)))["order"]
    notice = Notice(order_id, OrderState.APPLIED, "n-1", Decimal("2889.00"), "USD", "T-1")
    alive = app.store
    app.__dict__["store"] = MortalStore(alive, Death("commit", nth, when))
    with pytest.raises(Killed):
        payments.take_notice(app, "pruebas", notice)
    app.__dict__["store"] = alive
    if followed_by == "notice":
        payments.take_notice(app, "pruebas", notice)
    else:
        counter.asked.knows[order_id] = notice
        app.hand_clock.at += timedelta(minutes=11)
        payments.look(app, order_id)
    item = ledger.item(app, dossier.client_id, NUMBER)
    assert item is not None and item.balance == 0
    assert ledger.position(app, dossier.client_id, app.clock.now().date()).credit == 0
    assert counter.order(order_id).state is OrderState.APPLIED and counter.order(order_id).next_look_at is None
    assert [mail.kind for mail in app.mails()] == ["pago_recibido"]
    assert [fact.payload["what"] for fact in app.facts()] == ["paid"]


def test_a_notice_takes_that_many_commits(tmp_path: Path) -> None:
    """What the table above dies around is all there is."""
    app = PortalApp(tmp_path)
    Counter(app)
    order_id = sent_to(begin(app.entered(app.add_client("C02")), (NUMBER,)))["order"]
    death = Death()
    app.__dict__["store"] = MortalStore(app.store, death)
    payments.take_notice(app, "pruebas", Notice(order_id, OrderState.APPLIED, "n-1", Decimal("2889.00"), "USD", "T-1"))
    assert death.counts["commit"] == COMMITS
