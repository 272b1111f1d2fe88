"""The list of what waits for a person."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from expediente import page_tasks
from expediente.model import ComplianceState, Dossier, Evidence, State
from tests.unit.page_kit import (
    CLOSING,
    CUMPLIMIENTO,
    DOSSIER,
    EXPEDIENTES,
    NOW,
    OPERACIONES,
    REVIEW,
    SEGURIDAD,
    SIGNING,
    VENDEDORA,
    Browser,
    collecting,
    complete,
    confirming,
    put,
    ticked,
    waiting_for_signature,
)

DELIVERY = f"/entregar/{DOSSIER}"


def _links(browser: Browser, who: str) -> list[str]:
    import re

    return re.findall(r'class="task" href="([^"]+)"', browser.get(who, "/").get_data(as_text=True))


@pytest.mark.parametrize(
    "dossier, wanted",
    [
        (waiting_for_signature(), {OPERACIONES: [SIGNING], SEGURIDAD: [f"/confirmar/{DOSSIER}/seguridad"]}),
        (complete(), {EXPEDIENTES: [CLOSING]}),
        (collecting(), {CUMPLIMIENTO: [REVIEW], VENDEDORA: [DELIVERY]}),
        (collecting(compliance=ComplianceState.REJECTED), {VENDEDORA: [DELIVERY]}),
        (collecting(compliance=ComplianceState.PASSED), {VENDEDORA: [DELIVERY]}),
        (complete(state=State.ACTIVE), {}),
    ],
    ids=["signature", "closing", "review", "rejected", "passed", "active"],
)
def test_each_sees_what_waits_for_it(browser: Browser, dossier: Dossier, wanted: dict[str, list[str]]) -> None:
    """Areas with open boxes, Expedientes what is ready to close, Cumplimiento what is under review, the vendedora what she is to bring."""
    put(browser.app, dossier)
    people = (OPERACIONES, SEGURIDAD, EXPEDIENTES, CUMPLIMIENTO, VENDEDORA)
    assert {who: _links(browser, who) for who in people} == {who: wanted.get(who, []) for who in people}


def test_every_link_of_the_list_opens(browser: Browser) -> None:
    """Nobody is shown a task whose page is not for them."""
    put(browser.app, waiting_for_signature())
    put(browser.app, replace(collecting(), dossier_id="EXP-00000002"))
    put(browser.app, replace(complete(), dossier_id="EXP-00000003"))
    for who in (OPERACIONES, SEGURIDAD, EXPEDIENTES, CUMPLIMIENTO):
        assert _links(browser, who)
        assert all(browser.get(who, path).status_code == 200 for path in _links(browser, who))


def test_longest_waiting_comes_first(browser: Browser) -> None:
    """By when it came to the areas, not by name."""
    for number, days in ((1, 3), (2, 9), (3, 1)):
        put(browser.app, confirming(dossier_id=f"EXP-0000000{number}", state_since=NOW - timedelta(days=days)))
    assert [path.split("/")[2][-1] for path in _links(browser, OPERACIONES)] == ["2", "1", "3"]


def test_boxes_are_counted(browser: Browser) -> None:
    """How many to sign, how many to tick."""
    put(browser.app, ticked(confirming(), Evidence.DECLARED, "operaciones/recibido"))
    html = browser.get(OPERACIONES, "/").get_data(as_text=True)
    assert "Por firmar: 1 casilla<" in html and "Por marcar: 3 casillas" in html


def test_nothing_to_do_is_said(browser: Browser) -> None:
    """An empty list is a sentence."""
    assert "No tiene nada pendiente" in browser.get(VENDEDORA, "/").get_data(as_text=True)


def test_list_that_is_cut_says_so(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody takes a cut list for a complete one."""
    monkeypatch.setattr(page_tasks, "MOST", 2)
    for number in range(3):
        put(browser.app, confirming(dossier_id=f"EXP-0000000{number}"))
    assert "Puede haber más" in browser.get(OPERACIONES, "/").get_data(as_text=True)
