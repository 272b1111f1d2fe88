"""What a change may not give away or undo: to people who left, of a refused legal change, of points that have ended."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from expediente import acts, page_dossier
from expediente.acts_table import HANDLERS
from expediente.change_data import ChangeState
from expediente.page_act import view_of
from expediente.status import detail
from tests.harness import Case, Stack, cases
from tests.journey.changes_kit import COMERCIAL, CUMPLIMIENTO, OPERACIONES, ask, begun, mails, new_days

LEGAL = {"client__activity": "Venta de repuestos"}


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A company with one active client; each test begins from there."""
    with begun(tmp_path_factory.mktemp("care")) as made:
        yield made


@pytest.fixture
def stack(company: Stack) -> Stack:
    """The active client, untouched."""
    company.take("active")
    return company


@pytest.fixture
def case() -> Case:
    """The client."""
    return copy.deepcopy(cases()["C01"])


def refuse(stack: Stack, case: Case, change: str = "M01") -> None:
    """Cumplimiento refuses a legal change."""
    stack.act(case, CUMPLIMIENTO, "decidir_modificacion_legal", change, decision="refused", reason="No consta")
    stack.live()


def leaves(stack: Stack, address: str) -> None:
    """Somebody is no longer of the company."""
    whole = stack.app.process
    rest = tuple(person for person in whole.company.people if person.address != address)
    stack.app.__dict__["process"] = replace(whole, company=replace(whole.company, people=rest))


def test_whoever_asked_and_left_is_told_nothing_more(stack: Stack, case: Case) -> None:
    """Comercial asked and then left: what is decided goes to the responsible one."""
    new_days(stack, case, who=COMERCIAL)
    assert len(mails(stack, COMERCIAL, "modificacion_solicitante")) == 1
    leaves(stack, COMERCIAL)
    stack.act(case, OPERACIONES, "decidir_modificacion", "M01", decision="approved")
    stack.live()
    assert len(mails(stack, COMERCIAL, "modificacion_solicitante")) == 1
    assert len(mails(stack, case["vendedora"], "modificacion_solicitante")) == 1


def test_values_of_a_legal_change_go_to_cumplimiento_alone(stack: Stack, case: Case) -> None:
    """From the request to the day it counts, no mail to anybody else bears what was and what is."""
    ask(stack, case, "legal_data", who=COMERCIAL, **LEGAL)
    stack.act(case, CUMPLIMIENTO, "decidir_modificacion_legal", "M01", decision="approved")
    stack.live()
    assert stack.dossier(case).changes["M01"].state is ChangeState.IN_FORCE
    reads = stack.app.store.query("outbox_of_dossier", equals=stack.dossier(case).dossier_id, limit=1000)
    bearing = {read.data["kind"] for read in reads if LEGAL["client__activity"] in read.data["text"] + read.data["html"]}
    assert bearing == {"revision_modificacion_cumplimiento"}
    assert len(mails(stack, COMERCIAL, "modificacion_solicitante")) == 2


def seen(stack: Stack, case: Case, reader: str) -> Any:
    """All that somebody outside Cumplimiento finds of the changes: page, act, status and mails, without times."""
    dossier, process = stack.dossier(case), stack.app.process
    person = process.company.person(reader)
    assert person is not None
    page = page_dossier.view(stack.app, person, dossier)
    assert page is not None
    view = view_of(stack.app, dossier)
    offered = [(offer.rule.key, offer.subject) for offer in acts.offers(view, person)]
    handler = HANDLERS["retirar_modificacion"]
    shown = [handler.shows(view, subject) for subject in handler.subjects(view)]
    status = detail(stack.app, dossier.dossier_id)
    assert status is not None
    told = [text for one in (case["vendedora"], COMERCIAL) for text in mails(stack, one, "modificacion_solicitante")]
    return page.changes, offered, shown, status["changes"], told


@pytest.mark.parametrize("then", ["nothing", "edited", "again", "taken_back"])
def test_a_refused_legal_change_looks_like_one_under_review(stack: Stack, case: Case, then: str) -> None:
    """Whatever sales do next, the answer is that of a change nobody has decided."""
    found = []
    for refused in (False, True):
        stack.take("active")
        response = ask(stack, case, "legal_data", **LEGAL)
        if refused:
            refuse(stack, case)
        assert stack.dossier(case).changes["M01"].state is (ChangeState.REFUSED if refused else ChangeState.REQUESTED)
        if then == "edited":
            ask(stack, case, "legal_data", response_id=response, client__activity="Venta de llantas")
        elif then == "again":
            ask(stack, case, "legal_data", who=COMERCIAL, **LEGAL)
        elif then == "taken_back":
            stack.act(case, case["vendedora"], "retirar_modificacion", "M01")
            stack.live()
        found.append([seen(stack, case, reader) for reader in (case["vendedora"], OPERACIONES)])
    pending, hidden = found
    assert pending == hidden


def test_a_legal_change_taken_back_after_its_refusal_stays_refused_for_cumplimiento(stack: Stack, case: Case) -> None:
    """Cumplimiento keeps its own decision; sales read that theirs is taken back."""
    ask(stack, case, "legal_data", **LEGAL)
    refuse(stack, case)
    stack.act(case, case["vendedora"], "retirar_modificacion", "M01")
    stack.live()
    change = stack.dossier(case).changes["M01"]
    assert (change.state, change.decided_by, change.decided_reason) == (ChangeState.REFUSED, CUMPLIMIENTO, "No consta")
    assert change.taken_back_at is not None and "Retirada" in str(seen(stack, case, case["vendedora"])[0])


def test_a_response_edited_twice_tells_each_refusal(stack: Stack, case: Case) -> None:
    """A second wording is told to whoever asked, beside the first."""
    response = new_days(stack, case)
    ask(stack, case, "schedule", response_id=response, change__point="P01", points__schedule__days=["LU", "VI"])
    assert len(mails(stack, case["vendedora"], "modificacion_solicitante")) == 2
