"""The workbook of receivables as Cartera finds it in Drive (R117): cases with due days, refunds, credit, and the three indicators."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from expediente import cases, codec, page_facts, portal_facts
from expediente.ledger_data import Account, Movement, MovementKind
from expediente.model import Fact
from expediente.register_layout import HEAD_ROWS
from expediente.store import Create
from tests.guards.reading import table
from tests.harness import DOMAIN, Stack
from tests.harness import cases as sample_cases
from tests.local_workspace import Workspace

CARTERA, OTHER = f"cartera.uno@{DOMAIN}", f"cartera.dos@{DOMAIN}"
TEMPLATE = table("sheets_templates/register.yaml")
CASE = sample_cases()["C01"]


class Books(Stack):
    """A company with one active client that asks, and the workbook that Cartera opens."""

    def ask(self, kind: str, amount: str | None = None, **said: str) -> str:
        """The client opens a case in the portal."""
        case_id = cases.new_case_id()
        payload = {"what": "case", "case_id": case_id, "kind": kind, "amount": amount, "said": said}
        dossier = self.dossier(CASE)
        fact = Fact(f"portal-{case_id}", dossier.dossier_id, portal_facts.KIND, self.app.clock.now(), "cliente", payload)
        page_facts.keep(self.app, fact)
        self.live()
        return case_id

    def rate(self, case_id: str, score: int) -> None:
        """The client answers the optional question."""
        payload = {"what": "satisfaction", "case_id": case_id, "score": score}
        fact = Fact(f"rate-{case_id}", self.dossier(CASE).dossier_id, portal_facts.KIND, self.app.clock.now(), "cliente", payload)
        page_facts.keep(self.app, fact)

    def tab(self, key: str) -> list[list[Any]]:
        """The rows of a tab below its heading, as Cartera reads them."""
        book = self.app.site.registers["cartera"]
        return self.workspace.rows(CARTERA, book, TEMPLATE["tabs"][key]["tab"])[HEAD_ROWS:]

    def written(self) -> None:
        """Let the workbook be written."""
        self.minute(330)
        self.minute(330)


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Books]:
    """The company, with a client that has 100.00 in its favour."""
    workspace = Workspace.start()
    logging.disable(logging.CRITICAL)
    stack = Books(workspace, Path(tmp_path_factory.mktemp("books")))
    stack.set_up()
    stack.drive(CASE, "DEN-000101")
    stack.app.google.drive.add_grant(stack.app.site.registers["cartera"], "cartera@" + DOMAIN, "group", "reader")
    client_id = stack.dossier(CASE).client_id
    account = Account(client_id, "B/.", date(2026, 3, 2), Decimal("1000.00"), 30, version=1)
    paid = Movement(
        client_id, "ACH-1", MovementKind.PAYMENT, date(2026, 3, 2), Decimal("100.00"), "B/.", "1/ACH-1", open_for=client_id
    )
    stack.app.store.commit(
        [Create("account", client_id, codec.to_data(account)), Create("movement", f"{client_id}/ACH-1", codec.to_data(paid))]
    )
    yield stack
    logging.disable(logging.NOTSET)
    workspace.stop()


def test_r117_response_resolution_and_satisfaction_stand_in_the_workbook(books: Books) -> None:
    """Cartera opens its workbook: what waits with its day and a link to sign, what was decided, and the month beside its targets."""
    answered = books.ask("persona", text="Una factura")
    books.workspace.advance(3 * 3600)
    books.act(CASE, CARTERA, "responder_caso", answered, outcome="done", text="Es de mayo.")
    books.live()
    books.rate(answered, 3)
    credit = books.ask("aumento_de_cupo", "250.01")
    refund = books.ask("devolucion_saldo_a_favor", "100.00")
    supplies = books.ask("solicitud_de_insumos", text="20 bolsas")
    books.written()
    waiting = {str(row[0]): row for row in books.tab("cases")}
    assert set(waiting) == {credit, refund} and supplies not in waiting
    client = books.dossier(CASE).intake.client.legal_name
    assert waiting[refund][1:4] == ["En espera", client, "Devolución de saldo a favor"] and waiting[refund][4] == 100.0
    assert waiting[refund][7] == TEMPLATE["open"]
    (found,) = books.tab("credit")
    assert found[0] == credit and "En revisión" in str(found[7]) and "25 %" in str(found[7])
    assert str(books.tab("refunds")[0][0]) == refund
    rows = books.tab("service")
    month = next(row for row in rows if row and row[1:2] == [4])
    assert month[2] == pytest.approx(3.0, abs=0.2) and month[4:7] == [25.0, 3.0, 1]
    missed = [
        row[1]
        for row in rows
        if len(row) > 3 and row[1] in ("Casos resueltos, de cada cien", "Satisfacción", "Horas hábiles de respuesta")
    ]
    assert missed == ["Casos resueltos, de cada cien", "Satisfacción"]


def test_what_eva_settled_alone_counts_in_the_satisfaction(books: Books) -> None:
    """The client says how well Eva answered, without any case: Cartera reads the mean of that and of the case that was rated, 5 and 3."""
    for name, score in (("one", 5), ("odd", 9)):
        payload = {"what": "eva_rated", "score": score}
        now = books.app.clock.now()
        page_facts.keep(books.app, Fact(name, books.dossier(CASE).dossier_id, portal_facts.KIND, now, "cliente", payload))
    books.live()
    books.written()
    month = next(row for row in books.tab("service") if row and row[1:2] == [4])
    assert month[5:7] == [4.0, 2]


def test_r117_a_quiet_turn_writes_nothing(books: Books) -> None:
    """Nothing has changed and the hour is the same: the register makes no call."""
    books.written()
    books.workspace.forget_calls()
    books.minute(61)
    assert not [call for call in books.workspace.calls() if "spreadsheets" in call["method"]]
