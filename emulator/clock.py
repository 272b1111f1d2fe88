"""The Workspace's clock: every instant that Google would stamp comes from here, and so does every timer.

It runs on in real time from the instant it was set to, unless it is frozen.
Timers are kept on this clock, so a test that moves it by a day sees the retries of that day at once.
"""

from __future__ import annotations

import heapq
import itertools
import sys
import time
import traceback
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Action = Callable[[], None]


def rfc3339(instant: datetime) -> str:
    """The instant as Google writes it: UTC, milliseconds, `Z`."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{instant.microsecond // 1000:03d}Z"


def parse_rfc3339(text: str) -> datetime:
    """The instant that an RFC 3339 text names. A text without zone is refused with ValueError."""
    instant = datetime.fromisoformat(text.strip())
    if instant.tzinfo is None:
        raise ValueError(f"{text!r} has no zone: write it as 2026-11-01T14:00:00Z")
    return instant.astimezone(UTC)


class Clock:
    """A clock that can be set, moved and frozen. All instants are aware and in UTC."""

    def __init__(self) -> None:
        self.frozen = False
        self._base = datetime.now(UTC)
        self._mark = time.monotonic()
        self._timers: list[tuple[datetime, int, Action]] = []
        self._order = itertools.count()
        self._listeners: list[Action] = []

    def now(self) -> datetime:
        """The present instant of the Workspace."""
        return self._base if self.frozen else self._base + timedelta(seconds=time.monotonic() - self._mark)

    def put(self, now: datetime | None = None, advance_s: float = 0.0, *, frozen: bool | None = None) -> None:
        """Set the clock to an instant, move it by seconds, freeze it or let it run on; whatever is left out stays."""
        self._base = (now or self.now()) + timedelta(seconds=advance_s)
        self._mark = time.monotonic()
        if frozen is not None:
            self.frozen = frozen
        self._changed()

    def reset(self) -> None:
        """Back to real time, without timers."""
        self._timers.clear()
        self.put(datetime.now(UTC), frozen=False)

    def call_at(self, when: datetime, action: Action) -> None:
        """Run the action once, on the server's loop, as soon as the clock has reached that instant."""
        heapq.heappush(self._timers, (when, next(self._order), action))
        self._changed()

    def run_due(self) -> None:
        """Run every timer whose instant has come, in order; a failing one is reported on stderr and stops no other."""
        now = self.now()
        while self._timers and self._timers[0][0] <= now:
            _, _, action = heapq.heappop(self._timers)
            try:
                action()
            except Exception:  # noqa: BLE001 - a bug in a service must not stop the clock of all others
                traceback.print_exc(file=sys.stderr)

    def seconds_to_next_timer(self) -> float | None:
        """Real seconds until the next timer is due; None when there is none or the clock stands still."""
        if not self._timers:
            return None
        wait = (self._timers[0][0] - self.now()).total_seconds()
        return 0.0 if wait <= 0 else (None if self.frozen else wait)

    def on_change(self, listener: Action) -> None:
        """Be told when the clock was set or a timer was added."""
        self._listeners.append(listener)

    def snapshot(self) -> tuple[datetime, datetime, bool]:
        """What is kept over a restart: the Workspace's instant, the real instant, whether it is frozen."""
        return self.now(), datetime.now(UTC), self.frozen

    def restore(self, snapshot: tuple[datetime, datetime, bool]) -> None:
        """Go on from a snapshot; a clock that was running has run on while the emulator was down."""
        instant, real, frozen = snapshot
        self.put(instant if frozen else instant + (datetime.now(UTC) - real), frozen=frozen)

    def _changed(self) -> None:
        for listener in self._listeners:
            listener()
