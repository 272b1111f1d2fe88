"""A wave of steps: order, lanes, failures that stop only what stands behind them, and what a failure leaves in doubt."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from expediente.errors import DoubtfulError, ExpedienteError, NotFoundError, RefusedError, RetryLaterError
from expediente.steps import EFFECTS, Attempt, Outcome, Step, Wave, retry_after_seconds

LATER = RetryLaterError("x", 429, "rate", 30.0)
DOUBT = DoubtfulError("x", 500, "backendError")
REFUSED = RefusedError("x", 403, "forbidden")


@dataclass
class Log:
    """What the test's effect was asked, and how many ran at once."""

    attempts: list[tuple[str, bool]] = field(default_factory=list)
    args: dict[str, dict[str, Any]] = field(default_factory=dict)
    running: set[str] = field(default_factory=set)
    together: list[frozenset[str]] = field(default_factory=list)
    answers: dict[str, list[ExpedienteError | dict[str, str]]] = field(default_factory=dict)
    pause_seconds: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, attempt: Attempt) -> dict[str, str]:
        """The effect: notes, waits, answers as the test says."""
        key = attempt.step.key
        with self.lock:
            self.attempts.append((key, attempt.doubt))
            self.args[key] = attempt.args
            self.running.add(key)
            self.together.append(frozenset(self.running))
        time.sleep(self.pause_seconds)
        with self.lock:
            self.running.discard(key)
        answer = (self.answers.get(key) or [{}]).pop(0)
        if isinstance(answer, ExpedienteError):
            raise answer
        return answer

    @property
    def order(self) -> list[str]:
        """Keys in the order in which they began."""
        return [key for key, _ in self.attempts]


@pytest.fixture
def log() -> Iterator[Log]:
    """The effect named `test`."""
    made = Log()
    EFFECTS["test"] = made
    yield made
    del EFFECTS["test"]


def _step(key: str, *after: str, lane: str = "", **args: Any) -> Step:
    return Step(key, "test", args, after=after, lane=lane)


def _wave(*steps: Step, doubtful: Mapping[str, float] | None = None, may_begin: Callable[[], bool] = lambda: True) -> Wave:
    return Wave(None, steps, {}, doubtful or {}, {}, may_begin)  # type: ignore[arg-type]


def _failed(outcomes: list[Outcome]) -> set[str]:
    return {outcome.step.key for outcome in outcomes if outcome.error}


def test_a_step_begins_after_those_it_comes_after(log: Log) -> None:
    """A diamond runs top, sides, bottom, whatever order it is written in."""
    _wave(_step("bottom", "left", "right"), _step("left", "top"), _step("top"), _step("right", "top")).run()
    assert log.order[0] == "top" and log.order[3] == "bottom"


def test_steps_that_do_not_depend_on_each_other_run_side_by_side(log: Log) -> None:
    """Three independent steps overlap."""
    log.pause_seconds = 0.05
    _wave(_step("a"), _step("b"), _step("c")).run()
    assert frozenset("abc") in log.together


def test_steps_of_one_lane_never_overlap(log: Log) -> None:
    """Grants on one file go one after the other, those on another file beside them."""
    log.pause_seconds = 0.02
    _wave(*[_step(f"one{n}", lane="one") for n in range(4)], *[_step(f"two{n}", lane="two") for n in range(4)]).run()
    assert all(len({key[:3] for key in running}) == len(running) for running in log.together)
    assert any(len(running) == 2 for running in log.together)


def test_a_failure_stops_only_what_stands_behind_it(log: Log) -> None:
    """The step behind a failed one is not begun; all others finish."""
    log.answers["a"] = [REFUSED]
    wave = _wave(_step("a"), _step("behind", "a"), _step("far", "behind"), _step("b"), _step("c", "b"))
    outcomes = wave.run()
    assert {outcome.step.key for outcome in outcomes} == {"a", "b", "c"}
    assert _failed(outcomes) == {"a"}
    assert wave.untouched == {"behind", "far"}


def test_results_flow_into_the_arguments_of_later_steps(log: Log) -> None:
    """`$step:name` is the result of that step, also of one that finished in an earlier wave."""
    log.answers["make"] = [{"file_id": "F1", "link": "L"}]
    Wave(
        None,  # type: ignore[arg-type]
        [_step("make"), _step("use", "make", target="$make:file_id", where="$old:parent", plain="x")],
        {},
        {},
        {"old": {"parent": "P0"}},
        lambda: True,
    ).run()
    assert log.args["use"] == {"target": "F1", "where": "P0", "plain": "x"}


def test_a_doubtful_answer_is_settled_at_once_by_a_second_attempt_in_doubt(log: Log) -> None:
    """The first attempt is not in doubt, the second is, and its result counts."""
    log.answers["a"] = [DOUBT, {"file_id": "F"}]
    (outcome,) = _wave(_step("a")).run()
    assert log.attempts == [("a", False), ("a", True)]
    assert outcome.error is None and outcome.file_id == "F"


def test_a_step_that_stays_doubtful_fails_in_doubt(log: Log) -> None:
    """Two answers that tell nothing: what happened is unknown and must not be forgotten."""
    log.answers["a"] = [DOUBT, DOUBT]
    wave = _wave(_step("a"))
    (outcome,) = wave.run()
    assert outcome.error is DOUBT and outcome.doubt
    assert wave.untouched == frozenset()


def test_a_step_that_was_told_to_wait_is_known_to_have_done_nothing(log: Log) -> None:
    """A refusal for speed is certain; after a doubtful answer it is not."""
    log.answers["clear"], log.answers["murky"] = [LATER], [DOUBT, LATER]
    wave = _wave(_step("clear"), _step("murky"))
    outcomes = {outcome.step.key: outcome for outcome in wave.run()}
    assert (outcomes["clear"].doubt, outcomes["murky"].doubt) == (False, True)
    assert wave.untouched == {"clear"}


def test_a_step_that_an_earlier_run_has_intended_begins_in_doubt_with_its_age(log: Log) -> None:
    """What another process may have done is looked at first, and never counts as untouched."""
    log.answers["a"] = [LATER]
    wave = _wave(_step("a"), doubtful={"a": 42.0})
    wave.run()
    assert log.attempts == [("a", True)]
    assert wave.untouched == frozenset()


def test_nothing_begins_when_the_lease_is_running_out(log: Log) -> None:
    """With too little time left no step begins; what was not begun is untouched."""
    wave = _wave(_step("a"), _step("b"), may_begin=lambda: False)
    assert wave.run() == []
    assert wave.untouched == {"a", "b"} and log.order == []


def test_a_process_that_dies_in_a_step_is_not_a_failed_step(log: Log) -> None:
    """What is no error of ours leaves the wave as it is, for the next process to find."""

    class Dead(BaseException):
        pass

    def die(attempt: Attempt) -> dict[str, str]:
        raise Dead

    EFFECTS["die"] = die
    try:
        with pytest.raises(Dead):
            _wave(Step("a", "die"), _step("b")).run()
    finally:
        del EFFECTS["die"]


@pytest.mark.parametrize(
    ("errors", "attempts", "seconds"),
    [([], 3, None), ([DOUBT], 1, 2), ([DOUBT], 3, 8), ([DOUBT], 50, 64), ([LATER], 1, 30), ([LATER, DOUBT], 6, 64)],
)
def test_the_pause_is_what_google_asks_for_or_grows(errors: list[ExpedienteError], attempts: int, seconds: float | None) -> None:
    """2, 4, 8 … 64 seconds, or longer when Google says so."""
    outcomes = [Outcome(_step(str(n)), "", {}, error) for n, error in enumerate(errors)]
    assert retry_after_seconds(outcomes, attempts) == seconds


def test_a_missing_thing_is_told_with_its_step(log: Log) -> None:
    """The error stays with the step that met it."""
    log.answers["a"] = [NotFoundError("x", 404, "notFound")]
    (outcome,) = _wave(_step("a")).run()
    assert outcome.step.key == "a" and isinstance(outcome.error, NotFoundError)
