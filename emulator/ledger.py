"""The list of Workspace calls, as `GET /_local/calls` shows it. Parts of a batch are calls of their own.

A call is kept in some 28 bytes, in columns, so that a long run with a full ledger stays small.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable

from emulator.kernel import Json

# Pub/Sub and the local interface itself are not Workspace calls.
WORKSPACE = frozenset(("drive", "sheets", "forms", "gmail", "admin"))

# method, actor, status, seconds since 1970, seconds taken, batch (0: none)
Row = tuple[str, str, int, float, float, int]


class Ledger:
    """What was called, by whom, with which answer and when. Times are real time: they measure, they do not date."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Forget all calls and number from 1 again."""
        self._texts: list[str] = []
        self._places: dict[str, int] = {}
        self._methods, self._actors = array("L"), array("L")
        self._statuses, self._batches = array("H"), array("L")
        self._at, self._took = array("d"), array("f")
        self._last_batch = 0
        # Whether what was written down elsewhere is no longer part of this ledger.
        self.begun_anew = True

    @property
    def count(self) -> int:
        """How many calls there are."""
        return len(self._at)

    @property
    def entries(self) -> list[Json]:
        """All calls in the order in which they were answered, as the local interface shows them."""
        return [
            {
                "n": number,
                "method": method,
                "actor": actor,
                "status": status,
                "at_ms": round(at_s * 1000, 3),
                "ms": round(took_s * 1000, 3),
                "batch": batch or None,
            }
            for number, (method, actor, status, at_s, took_s, batch) in enumerate(self.rows(0), 1)
        ]

    def rows(self, start: int) -> Iterable[Row]:
        """The calls from a place on, as they are kept."""
        texts = self._texts
        for n in range(start, len(self._at)):
            method, actor = texts[self._methods[n]], texts[self._actors[n]]
            yield method, actor, self._statuses[n], self._at[n], self._took[n], self._batches[n]

    def next_batch(self) -> int:
        """The number of a new batch request."""
        self._last_batch += 1
        return self._last_batch

    def add(self, method: str, actor: str, status: int, at_s: float, took_s: float, batch: int | None) -> None:
        """Note a call. status 0: the connection was closed without an answer. at_s: seconds since 1970."""
        self._methods.append(self._place(method))
        self._actors.append(self._place(actor))
        self._statuses.append(status)
        self._at.append(at_s)
        self._took.append(took_s)
        self._batches.append(batch or 0)

    def restore(self, rows: Iterable[Row]) -> None:
        """Take in the calls that an earlier run wrote down."""
        for method, actor, status, at_s, took_s, batch in rows:
            self.add(method, actor, status, at_s, took_s, batch)
            self._last_batch = max(self._last_batch, batch)
        self.begun_anew = False

    def _place(self, text: str) -> int:
        place = self._places.get(text)
        if place is None:
            place = self._places[text] = len(self._texts)
            self._texts.append(text)
        return place
