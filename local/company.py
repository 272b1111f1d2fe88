"""The living company: invented clients of company.yaml, each driven through the real stack by people's acts and left where its story ends.

Nothing is written into a store: whoever could not do a thing in the company cannot do it here either.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from local.cast import Cast
from local.clients import case_of, company_table
from local.days import morning
from local.stack import Stack
from local.stories import ACTS, Resident
from local.travel import TravelError
from local.way import Way

Json = dict[str, Any]

_START_AFTER = timedelta(days=14)


@dataclass
class Company:
    """The clients of company.yaml on one stack. done and total count the acts of their stories; doing: what is being done.

    told: what is called with each act when it has been done.
    """

    stack: Stack
    cast: Cast
    residents: dict[str, Resident] = field(default_factory=dict)
    done: int = 0
    total: int = 1
    doing: str = ""
    failure: str = ""
    announce: Callable[[], object] = lambda: None
    told: Callable[[Json], object] = lambda act: None

    @classmethod
    def plan(cls, stack: Stack, cast: Cast, only: tuple[str, ...] = ()) -> Company:
        """Everybody, and nothing done yet. only: keys of clients, all when none are named."""
        made, starts_on = cls(stack, cast), (stack.now() + _START_AFTER).date()
        for number, (key, row) in enumerate(company_table()["clients"].items(), start=1):
            if not only or key in only:
                case = case_of(row, f"OT-{starts_on.year}-{number + 100:04d}", starts_on)
                made.residents[key] = Resident(key, row, Way(stack, cast, case), f"DEN-{number + 200:06d}")
        made.total = len(list(made._acts()))
        return made

    def _acts(self) -> Iterator[tuple[int, Resident, Json]]:
        """Every act, oldest day first; within a day by client and in the order of its story."""
        acts = [(act["day"], one, act) for one in self.residents.values() for act in one.row["story"]]
        yield from sorted(acts, key=lambda item: -item[0])

    def build(self, today: datetime) -> None:
        """Let everything happen, day after day. today: the instant whose weekday is the last of the stories.

        :raises TravelError: a person could not do what the story says.
        """
        table = company_table()
        for back, resident, act in self._acts():
            at = morning(today, back)
            if at > self.stack.now():
                self.stack.set_clock(at)
            self.doing = f"{resident.row['trade_name']}: {table['acts'][act['do']]}"
            self.announce()
            try:
                ACTS[act["do"]](resident, act)
            except (StopIteration, KeyError, TravelError) as problem:
                raise TravelError(f"{resident.key}, {act['do']}: {problem!r}") from problem
            self.told(act)
            self.done += 1
        # The register is written every five minutes at most: let it show the last acts too.
        self.stack.advance(330)
        self.stack.look()
        for address in self.cast.people:
            # Only this morning's mails are still to be read.
            self.stack.person(address).read(f"before:{int(morning(today, 0).timestamp())}")
        self.doing = "todo al día"
        self.announce()
        self.doing = ""
