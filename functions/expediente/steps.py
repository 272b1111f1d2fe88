"""Outside effects: what a step is, and how the steps of one wave are run side by side.

A step is planned by a stage, its intent is stored before anything happens, its result after. A step that is found intended when a
run begins is *doubtful*: its effect is called with `doubt=True` and settles by a read first. Source: docs/architecture.md, "Steps".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from expediente.errors import DoubtfulError, ExpedienteError, RetryLaterError

if TYPE_CHECKING:
    from expediente.google import Google

_POOL_SIZE = 12
_TRIES_IN_ONE_RUN = 2


@dataclass(frozen=True)
class Step:
    """An outside effect that is wanted. args: plain values; one that begins with `$` is the result of another step, `$key:name`.

    after: keys of steps of the same wave that must have finished. lane: steps of one lane never overlap (grants on one file).
    wants_id: give it a Drive id beforehand; it arrives as `file_id`.
    """

    key: str
    effect: str
    args: Mapping[str, Any] = field(default_factory=dict)
    after: tuple[str, ...] = ()
    lane: str = ""
    wants_id: bool = False


@dataclass(frozen=True)
class Outcome:
    """What became of a step: its result, or the error that left it intended. doubt: the effect may have happened all the same."""

    step: Step
    file_id: str
    result: dict[str, str]
    error: ExpedienteError | None = None
    doubt: bool = False


@dataclass(frozen=True)
class Attempt:
    """What an effect is given. age_seconds: since its intent was stored, for a doubtful one."""

    google: Google
    step: Step
    file_id: str
    args: dict[str, Any]
    doubt: bool
    age_seconds: float = 0.0


Effect = Callable[[Attempt], dict[str, str]]
EFFECTS: dict[str, Effect] = {}


def effect(name: str) -> Callable[[Effect], Effect]:
    """Register a function as the effect of that name."""

    def mark(function: Effect) -> Effect:
        EFFECTS[name] = function
        return function

    return mark


def _resolve(args: Mapping[str, Any], results: Mapping[str, dict[str, str]]) -> dict[str, Any]:
    resolved: dict[str, Any] = {}
    for name, value in args.items():
        if isinstance(value, str) and value.startswith("$"):
            key, _, part = value[1:].rpartition(":")
            value = results[key][part]
        resolved[name] = value
    return resolved


def _attempt(google: Google, step: Step, file_id: str, args: dict[str, Any], age_seconds: float | None) -> Outcome:
    doubt = age_seconds is not None
    failed: ExpedienteError | None = None
    for _ in range(_TRIES_IN_ONE_RUN):
        try:
            result = EFFECTS[step.effect](Attempt(google, step, file_id, args, doubt, age_seconds or 0.0))
            return Outcome(step, file_id or result.get("file_id", ""), result)
        except DoubtfulError as error:
            doubt, failed = True, error
        except ExpedienteError as error:
            return Outcome(step, file_id, {}, error, doubt)
    return Outcome(step, file_id, {}, failed, doubt)


class Wave:
    """One wave of steps, run as a graph: a step begins when those it comes after have finished and its lane is free.

    doubtful: keys of steps that an earlier run has intended, with the age of that intent in seconds.
    """

    def __init__(
        self,
        google: Google,
        steps: Sequence[Step],
        file_ids: Mapping[str, str],
        doubtful: Mapping[str, float],
        results: Mapping[str, dict[str, str]],
        may_begin: Callable[[], bool],
    ) -> None:
        self._google, self._file_ids, self._doubtful, self._may_begin = google, file_ids, doubtful, may_begin
        self._waiting = {step.key: step for step in steps}
        self._results: dict[str, dict[str, str]] = dict(results)
        self._running: dict[Future[Outcome], Step] = {}
        self.outcomes: list[Outcome] = []

    def run(self) -> list[Outcome]:
        """Run all that can run; steps behind a failed one stay out of the outcomes and are planned again."""
        with ThreadPoolExecutor(_POOL_SIZE) as pool:
            while self._begin_ready(pool):
                done, _ = wait(self._running, return_when=FIRST_COMPLETED)
                for future in done:
                    del self._running[future]
                    self._finish(future.result())
        return self.outcomes

    @property
    def untouched(self) -> frozenset[str]:
        """Keys of the steps that have certainly done nothing: never begun, or told to wait before anything happened."""
        told = (outcome for outcome in self.outcomes if isinstance(outcome.error, RetryLaterError) and not outcome.doubt)
        return frozenset((*self._waiting, *(outcome.step.key for outcome in told))) - self._doubtful.keys()

    def _begin_ready(self, pool: ThreadPoolExecutor) -> bool:
        lanes = {step.lane for step in self._running.values() if step.lane}
        running = {step.key for step in self._running.values()}
        for step in list(self._waiting.values()):
            held = any(key in self._waiting or key in running or self._failed(key) for key in step.after)
            if held or step.lane in lanes or not self._may_begin():
                continue
            del self._waiting[step.key]
            if step.lane:
                lanes.add(step.lane)
            running.add(step.key)
            args = _resolve(step.args, self._results)
            file_id, age = self._file_ids.get(step.key, ""), self._doubtful.get(step.key)
            self._running[pool.submit(_attempt, self._google, step, file_id, args, age)] = step
        return bool(self._running)

    def _failed(self, key: str) -> bool:
        return any(outcome.error and outcome.step.key == key for outcome in self.outcomes)

    def _finish(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)
        if outcome.error is None:
            self._results[outcome.step.key] = {**outcome.result, "file_id": outcome.file_id}


def retry_after_seconds(outcomes: Sequence[Outcome], attempts: int) -> float | None:
    """How long to wait before the next look: the longest that Google asked for, else 2, 4, 8 … 64 seconds; None = nothing failed."""
    errors = [outcome.error for outcome in outcomes if outcome.error]
    if not errors:
        return None
    asked = [error.after_seconds for error in errors if isinstance(error, RetryLaterError)]
    return max([*asked, float(min(2 ** max(attempts, 1), 64))])
