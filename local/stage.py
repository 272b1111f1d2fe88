"""What the demo's pages show and move: the company, the tour and the experiments, one act at a time on one stack."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import datetime

from local.breaking import Breaker
from local.cast import Cast
from local.company import Company
from local.situation import Lookout, Situation
from local.stack import Stack
from local.tour import FAILURES, Tour


@dataclass
class Stage:
    """What the pages show and move. ready: whether the company's stories have ended."""

    stack: Stack
    cast: Cast
    company: Company
    tour: Tour
    breaker: Breaker
    ready: bool = False
    _lookout: Lookout | None = None
    _acting: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def set_up(cls, stack: Stack, only: tuple[str, ...] = ()) -> Stage:
        """A stage on a fresh stack. only: clients of company.yaml, all when none are named."""
        cast = Cast.load()
        return cls(stack, cast, Company.plan(stack, cast, only), Tour.begin(stack, cast), Breaker(stack, cast))

    def build(self, today: datetime) -> None:
        """Let the company's stories happen; a failure is shown on the page and raised."""
        with self._acting:
            try:
                self.company.build(today)
            except FAILURES as problem:
                self.company.failure = str(problem)
                raise
            finally:
                self.ready = True
        self.tour = Tour.begin(self.stack, self.cast)

    def go_on(self, from_number: int) -> bool:
        """One act of the tour, when nothing else acts."""
        with self._acting:
            return self.tour.go_on(from_number)

    def start_over(self) -> None:
        """Another tour, with another client, once the last one has come to its end."""
        with self._acting:
            if self.tour.reached == self.tour.last:
                self.tour = Tour.begin(self.stack, self.cast, self.tour.nth + 1)

    def break_it(self, key: str) -> None:
        """One experiment, when nothing else acts."""
        with self._acting:
            self.breaker.run(key)

    def situations(self) -> list[Situation]:
        """Where every client stands."""
        self._lookout = self._lookout or Lookout(self.stack, self.cast)
        return self._lookout.all(self.company)
