"""What a cancellation that takes effect does to the records, and what is seen of a dossier that rests or is urgent."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import cast

import pytest

from expediente import cancel, control_layout, register_layout, templates
from expediente.bootstrap import App
from expediente.change_data import Change, ChangeState
from expediente.endings import Cancellation, Pause, Urgency, Withdrawal
from expediente.model import Dossier, State
from expediente.point_data import PointState
from expediente.points import point_of
from expediente.request_data import RequestState, ServiceRequest
from expediente.work import Work
from tests.unit import page_kit

PROCESS = page_kit.the_process()
NOW = datetime(2026, 4, 11, 14, tzinfo=UTC)
LAST = date(2026, 4, 10)
TWO = ("P01", "P02")
WITHDRAWN = Withdrawal("Eligió a otra empresa", "a@x.example.com", page_kit.NOW)


def _agreed(*codes: str) -> Cancellation:
    by = {"asked_by": "a@x.example.com", "signed_by": "b@x.example.com", "balance_by": "c@x.example.com"}
    return Cancellation(codes, "Cierre del local", LAST, "", asked_at=NOW, **by)


def _asked(key: str, kind: str) -> Change:
    return Change(key, kind, "", (), "", "a@x.example.com", NOW, "r")


def _request(key: str, state: RequestState) -> ServiceRequest:
    return ServiceRequest(key, "supplies", "", "Más bolsas", "Quien sea", NOW, key, state)


@pytest.fixture
def work() -> Work:
    """An active client with two points, open changes and requests."""
    intake = replace(page_kit.an_intake(), points=tuple(page_kit.a_point(code, f"Local {code}") for code in TWO))
    dossier = page_kit.complete(
        state=State.ACTIVE,
        intake=intake,
        changes={"M01": _asked("M01", "schedule"), "M02": _asked("M02", "legal_data")},
        service_requests={
            "S01": _request("S01", RequestState.WAITING),
            "S02": _request("S02", RequestState.DENIED),
        },
    )
    settings = SimpleNamespace(
        page_url="", service_account="", archive_bucket="", staging_bucket="", client_bucket="", portal_url=""
    )
    app = SimpleNamespace(process=PROCESS, settings=settings, site=None, forms={}, clock=SimpleNamespace(now=lambda: NOW))
    return Work(cast(App, app), dossier, "1")


def _states(dossier: Dossier) -> list[bool]:
    return [point_of(dossier, code).state is PointState.REMOVED for code in TWO]


def test_r93_one_of_two_points_ends_and_the_client_stays_active(work: Work) -> None:
    """Nothing that was asked for is closed; with the last point the whole client ends, and all of it is."""
    work.set(cancellations={"C1": _agreed("P01")})
    cancel.move_on(work)
    assert (work.dossier.state, _states(work.dossier)) == (State.ACTIVE, [True, False])
    assert work.dossier.service_requests["S01"].state is RequestState.WAITING
    assert work.dossier.changes["M01"].state is ChangeState.REQUESTED
    work.set(cancellations={**work.dossier.cancellations, "C2": _agreed("P02")})
    cancel.move_on(work)
    assert (work.dossier.state, _states(work.dossier)) == (State.ARCHIVED, [True, True])


def test_r93_open_requests_are_closed_and_told_to_sales(work: Work) -> None:
    """What waited is closed and named; what was answered stays; of what is decided in confidence no word leaves."""
    work.set(cancellations={"C1": _agreed()})
    cancel.move_on(work)
    requests = {key: one.state for key, one in work.dossier.service_requests.items()}
    assert requests == {"S01": RequestState.CLOSED, "S02": RequestState.DENIED}
    assert {one.state for one in work.dossier.changes.values()} == {ChangeState.WITHDRAWN}
    said = cancel.closed_requests(work.view, work.dossier.cancellations["C1"])
    assert said == ("Frecuencia u horario", "Insumos")


# --- paused and urgent ---------------------------------------------------------------------------------------------------------


def _state_cell(dossier: Dossier, now: datetime = page_kit.NOW) -> str:
    template = templates.register(PROCESS.folder)
    found = set()
    for book in template.workbooks.values():
        row = register_layout.dossier_row((PROCESS, template, now), book, dossier, 0)["updateCells"]["rows"][0]["values"]
        found.add(row[book.columns.index("state")]["userEnteredValue"]["stringValue"])
    (cell,) = found
    return str(cell)


def _paused(until: date) -> Pause:
    return Pause(page_kit.NOW.date(), until, "De viaje", "a@x.example.com", page_kit.NOW)


def test_r16_the_register_says_paused_and_urgent_beside_the_state() -> None:
    """While it lasts, for every audience; an ended pause, and the urgency of a dossier that has ended, are not said."""
    plain = page_kit.collecting()
    label = PROCESS.states[plain.state.value].label
    until = page_kit.NOW.date() + timedelta(days=5)
    hurried = replace(plain, urgency=Urgency("Abre el lunes", "a@x.example.com", page_kit.NOW))
    both = replace(hurried, pauses=(_paused(until),))
    assert _state_cell(plain) == label
    assert _state_cell(hurried) == f"{label} · Urgente"
    assert _state_cell(both) == f"{label} · En pausa · Urgente"
    assert _state_cell(both, page_kit.NOW + timedelta(days=6)) == f"{label} · Urgente"
    assert _state_cell(replace(both, state=State.WITHDRAWN, withdrawals=(WITHDRAWN,))) == PROCESS.states["withdrawn"].label


def test_the_head_of_the_control_sheet_says_that_it_was_asked_for_as_urgent() -> None:
    """In the line below the client's name, with the day; of another dossier nothing."""
    template, plain = templates.control_sheet(PROCESS.folder), page_kit.confirming()
    hurried = replace(plain, urgency=Urgency("Abre el lunes", "a@x.example.com", page_kit.NOW))
    heads = [control_layout.layout(PROCESS, template, one).rows[1].label for one in (plain, hurried)]
    assert heads[1] == heads[0] + "  ·  Pedido como urgente el 10/03/2026"
