"""Every call and every commit of a client's way fails, or is the last that the process does; the end is the same.

`make test` plays every fifth disturbance, `make soak` (EXPEDIENTE_TEST_SOAK=1) all of them and pairs of them.
"""

from __future__ import annotations

import os
import random
from collections import Counter

import pytest
from harness import Death, Killed
from stages import STAGES, Disturbance, Theatre, every_disturbance

SOAK = os.environ.get("EXPEDIENTE_TEST_SOAK", "") not in ("", "0")
# Prime to the eight faults of a call and the two of a death, so that every kind is met at every stage.
STRIDE = 1 if SOAK else 5
PAIRS = 1000 if SOAK else 20
# A call is repeated by the next minutes; only a workbook whose making is in doubt waits for Drive's lists.
MOST_TICKS = 6

NAMES = [stage.name for stage in STAGES]


def _chosen(theatre: Theatre, stage: str) -> list[Disturbance]:
    every = every_disturbance(theatre.clean)
    return [found for number, found in enumerate(every) if number % STRIDE == 0 and found.stage == stage]


@pytest.mark.parametrize("stage", NAMES)
def test_a_stage_that_is_disturbed_comes_to_the_same_end(theatre: Theatre, stage: str, record_property: pytest.RecordProperty) -> None:
    """Whatever fails or dies, tree, grants, cells, mailboxes and records are those of the undisturbed run."""
    chosen = _chosen(theatre, stage)
    wrong = {str(one): found for one in chosen if (found := theatre.play(one))}
    kinds = Counter(one.what for one in chosen)
    record_property("disturbances", len(chosen))
    print(f"{stage}: {len(chosen)} disturbances ({', '.join(f'{kind} {n}' for kind, n in sorted(kinds.items()))}), {len(wrong)} wrong")
    assert not wrong


def test_a_fault_while_another_is_being_recovered_from_changes_nothing(theatre: Theatre) -> None:
    """Two deaths, or a death and a fault in what follows it, still come to the same end."""
    chance, wrong = random.Random(20261122), {}
    every = every_disturbance(theatre.clean)
    for _ in range(PAIRS):
        first = chance.choice([one for one in every if one.what == "death"])
        second = chance.choice([one for one in every if one.stage == first.stage])
        found = _play_both(theatre, first, second)
        if found:
            wrong[f"{first} then {second}"] = found
    print(f"{PAIRS} pairs, {len(wrong)} wrong")
    assert not wrong


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
    return theatre.judge(theatre.clean[first.stage])


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
    assert any("on_tick" in failure for failure in stack.failures)
    assert theatre.judge(theatre.clean["intake"]) == []


def test_a_feed_that_does_not_answer_holds_up_nothing_else(theatre: Theatre) -> None:
    """With Drive's feed down, a form is still read and its dossier still made."""
    stack = theatre.stack
    stack.take("intake")
    stack.workspace.fault({"method": "drive.changes.list", "do": "503", "times": 100_000})
    stack.live(2)
    assert stack.dossier(theatre.case).done("documents/build")
    assert not stack.pending()
