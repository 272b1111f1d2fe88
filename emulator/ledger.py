"""The list of Workspace calls, as `GET /_local/calls` shows it. Parts of a batch are calls of their own."""

from __future__ import annotations

from emulator.kernel import Json

# Pub/Sub and the local interface itself are not Workspace calls.
WORKSPACE = frozenset(("drive", "sheets", "forms", "gmail", "admin"))


class Ledger:
    """What was called, by whom, with which answer and when. Times are real time: they measure, they do not date."""

    def __init__(self) -> None:
        self.entries: list[Json] = []
        self._batches = 0
        self._count = 0

    def next_batch(self) -> int:
        """The number of a new batch request."""
        self._batches += 1
        return self._batches

    def add(self, method: str, actor: str, status: int, at_s: float, took_s: float, batch: int | None) -> None:
        """Note a call. status 0: the connection was closed without an answer. at_s: seconds since 1970."""
        self._count += 1
        self.entries.append(
            {
                "n": self._count,
                "method": method,
                "actor": actor,
                "status": status,
                "at_ms": round(at_s * 1000, 3),
                "ms": round(took_s * 1000, 3),
                "batch": batch,
            }
        )

    def clear(self) -> None:
        """Forget all calls and number from 1 again."""
        self.entries.clear()
        self._count = self._batches = 0
