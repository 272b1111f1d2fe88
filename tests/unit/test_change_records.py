"""Changes and cancellations on the records alone: what they leave of points, studies and requests."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from expediente import (
    archive,
    cancel,
    change,
    change_acts,
    change_mails,
    codec,
    compliance,
    follow_up,
    inspections,
    marks,
    points,
    welcome_acts,
)
from expediente.act_answers import Answers
from expediente.activate import sheet_is_open
from expediente.acts import ActRefusedError, Deed
from expediente.amendments import differences
from expediente.answers import Answers as FormAnswers
from expediente.change_data import Change, ChangeState, StudyState, Suspension
from expediente.change_rules import change_rules, state_text
from expediente.endings import Cancellation
from expediente.form_routing import Asked
from expediente.model import Dossier, Evidence, State
from expediente.point_data import Point, PointState, Study
from expediente.request_mails import WELCOME
from expediente.welcome_data import ReturnedMail
from expediente.work import Work
from tests.unit import page_kit
from tests.unit.page_kit import NOW

TODAY = date(2026, 3, 10)


@pytest.fixture
def app(tmp_path: Path) -> page_kit.PageApp:
    """An application without dossiers."""
    return page_kit.new_app(tmp_path, "http://127.0.0.1:9/keys")


def active(**changes: Any) -> Dossier:
    """An active client whose two points are served."""
    served = {code: Point(PointState.ACTIVE, NOW, started_at=NOW, closing=1) for code in ("P01", "P02")}
    start = page_kit.confirming(state=State.ACTIVE, state_since=NOW, closed_at=NOW, points=served)
    return replace(start, **changes)


def work_on(app: page_kit.PageApp, dossier: Dossier) -> Work:
    """The dossier in the hands of a worker."""
    page_kit.put(app, dossier)
    found = app.store.get("dossier", dossier.dossier_id)
    assert found is not None
    return Work(app, codec.from_data(Dossier, found.data), found.version)


def a_change(kind: str, point: str = "", **more: Any) -> Change:
    """A change that waits."""
    plain = Change("M01", kind, point, (), "Así se acordó", page_kit.VENDEDORA, NOW, "r-1")
    return replace(plain, **more)


def removal(dossier: Dossier, code: str, **more: Any) -> Change:
    """A point is to go."""
    left = replace(dossier.intake, points=tuple(one for one in dossier.intake.points if one.code != code))
    return a_change("point_removed", code, amendments=differences(dossier.intake, left), **more)


def a_cancellation(*codes: str, last_service: date = TODAY - timedelta(days=1), **more: Any) -> Cancellation:
    """One that all have agreed to."""
    plain = Cancellation(codes, "Cierre", last_service, "", page_kit.VENDEDORA, NOW, "r-9")
    return replace(plain, **{"signed_by": page_kit.EXPEDIENTES, "balance_by": "c", "balance": "none", **more})


def test_a_cancelled_point_does_not_come_back(app: page_kit.PageApp) -> None:
    """Its suspension is dropped, what waits for it is withdrawn, and neither an end nor a resumption brings it back."""
    until = TODAY + timedelta(days=3)
    asked = {
        "M01": a_change("suspension", "P02", state=ChangeState.APPROVED, valid_from=TODAY + timedelta(days=2)),
        "M02": a_change("resumption", "P02", change_id="M02"),
        "M03": a_change("suspension", "P01", change_id="M03"),
    }
    held = {"P02": Suspension(TODAY, until, "M00"), "P01": Suspension(TODAY, until, "M00")}
    work = work_on(app, active(changes=asked, suspensions=held, cancellations={"C1": a_cancellation("P02")}))
    cancel.move_on(work)
    assert work.dossier.state is State.ACTIVE and set(work.dossier.suspensions) == {"P01"}
    states = [one.state for one in work.dossier.changes.values()]
    assert states == [ChangeState.WITHDRAWN, ChangeState.WITHDRAWN, ChangeState.REQUESTED]
    app.hand_clock.at += timedelta(days=10)
    later = replace(
        work.dossier,
        suspensions={**work.dossier.suspensions, "P02": held["P02"]},
        changes={"M02": replace(asked["M02"], state=ChangeState.APPROVED)},
    )
    work.set(suspensions=later.suspensions, changes=later.changes)
    change.move_on(work)
    assert points.point_of(work.dossier, "P02").state is PointState.REMOVED
    assert points.point_of(work.dossier, "P01").state is PointState.ACTIVE and not work.dossier.suspensions


def test_a_cancellation_takes_back_refused_legal_changes_like_others(app: page_kit.PageApp) -> None:
    """Whoever does not decide reads the same of both; the decision stays for Cumplimiento."""
    asked = {
        "M01": a_change("legal_data"),
        "M02": a_change("legal_data", change_id="M02", state=ChangeState.REFUSED, decided_by=page_kit.CUMPLIMIENTO),
    }
    work = work_on(app, active(changes=asked, cancellations={"C1": a_cancellation()}))
    cancel.move_on(work)
    pending, refused = work.dossier.changes.values()
    said = [state_text(app.process, one) for one in (pending, refused)]
    assert work.dossier.state is State.ARCHIVED and said == ["Retirada", "Retirada"]
    assert state_text(app.process, refused, decides=True) == "No aprobada"
    assert [event for event in _recorded(work) if event == "change_closed"] == ["change_closed"] * 2


def _recorded(work: Work) -> list[str]:
    return [str(write.data["kind"]) for write in work.writes if getattr(write, "kind", "") == "event"]


def test_the_last_point_is_not_removed(app: page_kit.PageApp) -> None:
    """Neither approved nor put in force, with the other point cancelled meanwhile."""
    gone = {**active().points, "P02": Point(PointState.REMOVED, NOW, closing=1)}
    asked = removal(active(), "P01")
    work = work_on(app, active(points=gone, changes={"M01": asked}))
    deed = Deed(_person(app, page_kit.OPERACIONES), "M01", Answers({"decision": "approved", "reason": ""}), NOW)
    with pytest.raises(ActRefusedError):
        change_acts.HANDLERS["decidir_modificacion"].apply(work, deed)
    work.set(changes={"M01": replace(asked, state=ChangeState.APPROVED)})
    change.move_on(work)
    assert work.dossier.changes["M01"].state is ChangeState.WITHDRAWN
    assert points.standing(work.dossier) == ["P01"]


def test_two_removals_agreed_for_later_leave_a_point(app: page_kit.PageApp) -> None:
    """With one removal approved for next month, the removal of the other point is refused when it is decided, not when it is due."""
    agreed = removal(active(), "P02", state=ChangeState.APPROVED, valid_from=TODAY + timedelta(days=20))
    work = work_on(app, active(changes={"M01": agreed, "M02": removal(active(), "P01", change_id="M02")}))
    deed = Deed(_person(app, page_kit.OPERACIONES), "M02", Answers({"decision": "approved", "reason": ""}), NOW)
    with pytest.raises(ActRefusedError, match="last_point"):
        change_acts.HANDLERS["decidir_modificacion"].apply(work, deed)


def test_whoever_asked_hears_of_a_change_whose_point_has_ended(app: page_kit.PageApp) -> None:
    """An agreed suspension of a point that a cancellation ends is closed and told once; one that was taken back is not."""
    asked = {
        "M01": a_change("suspension", "P02", state=ChangeState.APPROVED, decided_by=page_kit.OPERACIONES),
        "M02": a_change("resumption", "P02", change_id="M02", state=ChangeState.WITHDRAWN),
    }
    work = work_on(app, active(changes=asked, cancellations={"C1": a_cancellation("P02")}))
    cancel.move_on(work)
    told = [one for one in change_mails.wanted(work.view) if "/overtaken" in one.key]
    assert [one.key for one in told] == ["modificacion_solicitante/M01/overtaken"]
    assert told[0].context.items == (change_rules(app.process.folder).texts["overtaken"],)


def test_another_address_after_the_closing_asks_for_its_mark_again(app: page_kit.PageApp) -> None:
    """The mark that stood on the old address waits from the correction on, not from the day on which its area was first asked."""
    signed = page_kit.ticked(active(), Evidence.SIGNED, areas=tuple(area.key for area in app.process.areas))
    back = {WELCOME: ReturnedMail(signed.intake.client.email, NOW)}
    work = work_on(app, replace(signed, notices={WELCOME: "x"}, welcome=replace(signed.welcome, returned=back)))
    assert not sheet_is_open(app.process, work.dossier)
    app.hand_clock.at += timedelta(days=30)
    deed = Deed(_person(app, f"servicio.uno@{page_kit.DOMAIN}"), "", Answers({"address": "nueva@cliente.example.com"}), NOW)
    welcome_acts.correct(work, deed)
    area = app.process.area("servicio_al_cliente")
    open_now = marks.open_slots(app.process, work.dossier, area)
    assert open_now and {slot.key for slot in open_now} <= set(work.dossier.asked_again)
    assert marks.unsigned_slots(app.process, work.dossier, area) == open_now
    assert follow_up._asked_of_area(work.dossier, area, open_now) == work.now


def _person(app: page_kit.PageApp, address: str) -> Any:
    person = app.process.company.person(address)
    assert person is not None
    return person


def test_a_change_overtaken_by_the_closing_still_needs_its_study(app: page_kit.PageApp) -> None:
    """Asked while the areas confirmed, it is not decided before somebody has inspected the place."""
    work = work_on(app, active(changes={"M01": a_change("address", "P01")}))
    deed = Deed(_person(app, page_kit.OPERACIONES), "M01", Answers({"decision": "approved", "reason": ""}), NOW)
    with pytest.raises(ActRefusedError, match="study_missing"):
        change_acts.HANDLERS["decidir_modificacion"].apply(work, deed)
    change.move_on(work)
    assert work.dossier.changes["M01"].study is StudyState.PENDING


@pytest.mark.parametrize("reworded", [False, True])
def test_old_evidence_approves_no_new_people(app: page_kit.PageApp, monkeypatch: pytest.MonkeyPatch, reworded: bool) -> None:
    """Evidence that came between the request and another wording says nothing of the people of the new wording."""
    other = replace(active().intake, representative=replace(active().intake.representative, id_number="8-1-1"))
    worded = {"reworded_at": NOW + timedelta(hours=2)} if reworded else {}
    asked = a_change("legal_data", amendments=differences(active().intake, other), **worded)
    work = work_on(app, active(changes={"M01": asked}))
    monkeypatch.setattr(compliance, "evidence_since", lambda work, since: NOW + timedelta(hours=1) >= since)
    deed = Deed(_person(app, page_kit.CUMPLIMIENTO), "M01", Answers({"decision": "approved", "reason": ""}), NOW)
    apply = change_acts.HANDLERS["decidir_modificacion_legal"].apply
    if reworded:
        with pytest.raises(ActRefusedError):
            apply(work, deed)
    else:
        apply(work, deed)
        assert work.dossier.changes["M01"].state is ChangeState.APPROVED


def test_another_wording_says_since_when(app: page_kit.PageApp) -> None:
    """Other values count from the new wording on; the same values keep their day."""
    dossier = active()
    known = removal(dossier, "P01")
    work = work_on(app, active(changes={"M01": known}))
    later = NOW + timedelta(hours=2)
    change._reword(work, known, replace(known, asked_at=later))
    assert work.dossier.changes["M01"].worded_at == NOW
    change._reword(work, known, replace(removal(dossier, "P02"), asked_at=later))
    assert work.dossier.changes["M01"].worded_at == later


def test_the_same_new_point_asked_twice_is_one(app: page_kit.PageApp) -> None:
    """The code that it would get does not make it another."""
    dossier = active()

    def added(code: str) -> Change:
        more = replace(dossier.intake, points=(*dossier.intake.points, page_kit.a_point(code, "Bodega")))
        return a_change("point_added", amendments=differences(dossier.intake, more))

    waiting = replace(dossier, changes={"M01": added("P03")})
    assert change._twin(app.process, waiting, added("P04")) is not None
    assert change._twin(app.process, waiting, removal(dossier, "P01")) is None


def test_one_cancellation_of_the_same_points_stands_and_its_wording_is_told(app: page_kit.PageApp) -> None:
    """An edited response that comes to ask for what another asks for joins it; those who sign are asked anew."""
    unsigned = {"signed_by": "", "balance_by": "", "last_service": TODAY}
    first, second = a_cancellation("P01", **unsigned), a_cancellation("P02", submission_id="r-10", **unsigned)
    work = work_on(app, active(cancellations={"C1": first, "C2": second}))
    cancel._keep(work, replace(second, points=("P01",), reason="Otro motivo"))
    standing = {key: one for key, one in work.dossier.cancellations.items() if one.stands}
    assert set(standing) == {"C1"} and (standing["C1"].reason, standing["C1"].round) == ("Otro motivo", 2)
    keys = {one.key for one in cancel.wanted_when_active(work.view)}
    assert {"cancelacion_expedientes/C1/2", "cancelacion_cartera/C1/2"} <= keys


def test_taking_back_counts_from_the_day_it_was_signed(app: page_kit.PageApp) -> None:
    """Signed on the last day and read on the next, it counts; signed on the next, it does not."""
    work = work_on(app, active(cancellations={"C1": a_cancellation(last_service=TODAY)}))
    app.hand_clock.at += timedelta(days=1)
    assert cancel.revocable(work.view) == ["C1"]
    late = Deed(_person(app, page_kit.VENDEDORA), "C1", Answers({"reason": "x"}), NOW + timedelta(days=1))
    with pytest.raises(ActRefusedError, match="cancellation_past"):
        cancel.take_back(work, late)
    cancel.take_back(work, replace(late, at=NOW))
    assert not work.dossier.cancellations["C1"].stands


@pytest.mark.parametrize(("days", "taken"), [(-400, False), (-31, True), (0, True), (365, True), (3650, False)])
def test_the_last_day_of_service_has_bounds(app: page_kit.PageApp, days: int, taken: bool) -> None:
    """A slip of the year neither ends a client at once nor keeps the service for ten years."""
    definition = app.forms["cancellation"]
    day = (TODAY + timedelta(days=days)).strftime("%Y-%m-%d")
    said = {"cancel.last_service": (day,)}
    answers = FormAnswers(definition, said, said, ())
    problems = list(cancel.judge(Asked(app.process, definition, active(), answers, TODAY)))
    assert [one.code for one in problems] == ([] if taken else ["ultimo_dia_fuera_de_plazo"])


def test_the_copy_is_kept_from_the_day_of_the_end(app: page_kit.PageApp) -> None:
    """Signed late, the term does not begin before the dossier has ended."""
    ended = a_cancellation(last_service=TODAY - timedelta(days=30), done_at=NOW)
    dossier = active(state=State.ARCHIVED, cancellations={"C1": ended})
    assert archive.kept_until(app.process, dossier) == date(2031, 3, 10)


def test_the_results_of_a_point_have_numbers_of_their_own(app: page_kit.PageApp) -> None:
    """Also after a point was asked for again."""
    past = Study("rechazada", page_kit.SEGURIDAD, NOW, 2, "Sin luz")
    points_now = {**active().points, "P01": Point(PointState.PENDING, NOW, past_studies=(past,), round=2)}
    work = work_on(app, active(points=points_now))
    answers = Answers({"result": "no_realizada", "findings": "Cerrado"})
    inspections.give_result(work, Deed(_person(app, page_kit.SEGURIDAD), "P01", answers, NOW))
    study = points.point_of(work.dossier, "P01").study
    assert study is not None and study.number == 3
