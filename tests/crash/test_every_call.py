"""Every call and every commit of a client's way fails, or is the last that the process does; the end is the same.

`make test` plays a sample of the disturbances and a few pairs, `make soak` all of them and a thousand pairs.
"""

from __future__ import annotations

import random

import pytest

from tests.crash.stages import STAGES, Disturbance, Theatre, every_disturbance
from tests.harness import ENCARGADO, Death, Killed, person

PAIRS, PAIRS_OF_SOAK = 20, 1000
# A call is repeated by the next minutes; only a workbook whose making is in doubt waits for Drive's lists.
MOST_TICKS = 6
SOAK_SECONDS = 3600

NAMES = [stage.name for stage in STAGES]
STRIDES = {stage.name: stage.stride for stage in STAGES}


def _play_pairs(theatre: Theatre, pairs: int) -> dict[str, list[str]]:
    chance, wrong = random.Random(20261122), {}
    every = every_disturbance(theatre.clean)
    for _ in range(pairs):
        first = chance.choice([one for one in every if one.what == "death"])
        second = chance.choice([one for one in every if one.stage == first.stage])
        found = _play_both(theatre, first, second)
        if found:
            wrong[f"{first} then {second}"] = found
    print(f"{pairs} pairs, {len(wrong)} wrong")
    return wrong


def _play_both(theatre: Theatre, first: Disturbance, second: Disturbance) -> list[str]:
    stack = theatre.stack
    stack.take(first.stage, Death(first.method, first.nth, first.when))
    deaths = [Death(second.method, second.nth, second.when)] if second.what == "death" else []
    if not deaths:
        stack.workspace.fault({"method": second.method, "nth": second.nth, "when": second.when, "do": second.what})
    for _ in range(3):
        try:
            stack.live(2)
            break
        except Killed:
            stack.bus.waiting.clear()
            stack.restart(deaths.pop() if deaths else None)
    # A death that nothing led to must not strike those who look at the end.
    stack.restart()
    return theatre.judge(theatre.clean[first.stage])


def test_the_undisturbed_way_ends_as_it_should(theatre: Theatre) -> None:
    """What all others are compared with: active and filed, each paper and each box under its person's name, the client told twice."""
    end = theatre.clean["closing"].footprint
    record = end["record"]
    assert (record["state"], record["closed"], record["parked"], record["steps"]) == ("active", ENCARGADO, "", [])
    assert {paper[4] for paper in record["papers"]} == {ENCARGADO}
    assert {(mark[0].split("/")[0], mark[3]) for mark in record["marks"]} == {
        (area, person(area)) for area in theatre.stack.areas(theatre.case)
    }
    assert all(file[4] for file in record["files"] if file[1] in ("legal", "service"))
    assert len(end["mail"][theatre.case["cliente"]["correo"]]) == 2
    assert all(path.startswith("Activos/") for path, *_ in end["tree"] if "Documentos ·" in path)


@pytest.mark.parametrize("stage", NAMES)
def test_a_stage_that_is_disturbed_comes_to_the_same_end(theatre: Theatre, stage: str) -> None:
    """Whatever fails or dies, tree, grants, cells, mailboxes and records are those of the undisturbed run."""
    assert theatre.play_stage(stage, STRIDES[stage]) == {}


@pytest.mark.soak
@pytest.mark.timeout(SOAK_SECONDS)
@pytest.mark.parametrize("stage", NAMES)
def test_every_disturbance_of_a_stage_comes_to_the_same_end(theatre: Theatre, stage: str) -> None:
    """The same for each fault of each call, and for death before and after each call and commit."""
    assert theatre.play_stage(stage, 1) == {}


def test_a_fault_while_another_is_being_recovered_from_changes_nothing(theatre: Theatre) -> None:
    """Two deaths, or a death and a fault in what follows it, still come to the same end."""
    assert _play_pairs(theatre, PAIRS) == {}


@pytest.mark.soak
@pytest.mark.timeout(SOAK_SECONDS)
def test_a_thousand_pairs_of_faults_change_nothing(theatre: Theatre) -> None:
    """The same, a thousand times."""
    assert _play_pairs(theatre, PAIRS_OF_SOAK) == {}


@pytest.mark.parametrize("do", ["429", "403-rate"])
def test_a_workbook_that_google_asked_to_wait_for_does_not_wait_for_the_lists(theatre: Theatre, do: str) -> None:
    """A refused creation is known not to have happened, so the next minutes repeat it."""
    stack = theatre.stack
    stack.take("intake")
    stack.workspace.fault({"method": "drive.files.create", "nth": 1, "do": do, "times": 4})
    assert stack.live(2) <= MOST_TICKS
    assert stack.dossier(theatre.case).done("documents/build")


def test_a_quota_that_is_gone_for_an_hour_parks_nothing(theatre: Theatre) -> None:
    """To be asked to wait is no failure: sixty refusals later the dossier goes on by itself."""
    stack = theatre.stack
    stack.take("intake")
    stack.workspace.fault({"method": "drive.files.create", "do": "429", "times": 100_000})
    for _ in range(60):
        stack.minute()
    stack.workspace.fault()
    stack.live(2)
    assert theatre.judge(theatre.clean["intake"]) == []


def test_a_call_that_never_succeeds_parks_the_dossier_with_its_reason(theatre: Theatre) -> None:
    """After eight runs without any progress the dossier stops, says why, and goes on when an administrator says so."""
    from expediente.reconcile import resume

    stack = theatre.stack
    stack.take("hand_over")
    stack.workspace.fault({"method": "sheets.spreadsheets.batchUpdate", "do": "500", "times": 100_000})
    stack.live(2)
    parked = stack.dossier(theatre.case)
    assert "control_sheet/build" in parked.parked
    stack.workspace.fault()
    resume(stack.app, parked.dossier_id)
    stack.settle()
    stack.live(2)
    assert theatre.judge(theatre.clean["hand_over"]) == []


def test_a_register_whose_writing_failed_is_written_by_its_next_turn(theatre: Theatre) -> None:
    """The register counts as written only once it is: a failed writing is not forgotten."""
    stack = theatre.stack
    stack.take("intake")
    stack.live()
    stack.workspace.advance(301)
    stack.workspace.fault({"method": "sheets.spreadsheets.batchUpdate", "do": "503"})
    stack.try_door(stack.on_tick)
    assert not stack.failures
    assert theatre.judge(theatre.clean["intake"]) == []


def test_a_feed_that_does_not_answer_holds_up_nothing_else(theatre: Theatre) -> None:
    """With Drive's feed down, a form is still read and its dossier still made."""
    stack = theatre.stack
    stack.take("intake")
    stack.workspace.fault({"method": "drive.changes.list", "do": "503", "times": 100_000})
    stack.live(2)
    assert stack.dossier(theatre.case).done("documents/build")
    assert not stack.pending()
