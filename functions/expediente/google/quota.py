"""Google's quotas, asked before sending: what would be refused is not sent, and the caller learns when to come back.

A unit that was taken comes back sixty seconds later, so that no minute whatever holds more than the allowed share.
Source: usage limits of the Drive, Sheets, Forms and Gmail APIs; each counts per minute, user and project.
"""

from __future__ import annotations

import threading
from collections import deque
from datetime import datetime, timedelta
from typing import Protocol

from expediente.errors import RetryLaterError

SHARE = 0.9
WINDOW = timedelta(seconds=60)


class _Clock(Protocol):
    def now(self) -> datetime:
        """The product's time, aware UTC."""


# profile -> bucket -> units that one user may spend in a minute. A bucket that a profile does not name is not counted.
_COMMON = {"sheets.read": 60, "sheets.write": 60, "forms.responses": 180, "forms.read": 390, "forms.write": 150}
PROFILES: dict[str, dict[str, int]] = {
    "2026": {**_COMMON, "gmail": 6_000, "drive.units": 325_000},
    "older": {**_COMMON, "gmail": 15_000, "drive.queries": 12_000},
    "off": {},
}

_READ, _WRITE = {"sheets.read": 1}, {"sheets.write": 1}
# Longest prefix of the official method id -> what one call spends.
COSTS: dict[str, dict[str, int]] = {
    "sheets.": _WRITE,
    "sheets.spreadsheets.get": _READ,
    "sheets.spreadsheets.developerMetadata.": _READ,
    "sheets.spreadsheets.values.get": _READ,
    "sheets.spreadsheets.values.batchGet": _READ,
    "forms.": {"forms.write": 1},
    "forms.forms.get": {"forms.read": 1},
    "forms.forms.watches.list": {"forms.read": 1},
    "forms.forms.responses.get": {"forms.read": 1},
    "forms.forms.responses.list": {"forms.responses": 1},
    "gmail.": {"gmail": 5},
    "gmail.users.drafts.create": {"gmail": 10},
    "gmail.users.drafts.send": {"gmail": 100},
    "gmail.users.messages.send": {"gmail": 100},
    "drive.": {"drive.units": 50, "drive.queries": 1},
    "drive.files.list": {"drive.units": 100, "drive.queries": 1},
    "drive.changes.list": {"drive.units": 100, "drive.queries": 1},
    "drive.permissions.list": {"drive.units": 100, "drive.queries": 1},
    "drive.revisions.list": {"drive.units": 100, "drive.queries": 1},
    "drive.drives.list": {"drive.units": 100, "drive.queries": 1},
    "drive.files.get": {"drive.units": 5, "drive.queries": 1},
    "drive.files.generateIds": {"drive.units": 5, "drive.queries": 1},
    "drive.changes.getStartPageToken": {"drive.units": 5, "drive.queries": 1},
    "drive.files.export": {"drive.units": 200, "drive.queries": 1},
}


class _Bucket:
    """Units of one quota and one user: what was taken, and when it comes back."""

    def __init__(self, capacity: int) -> None:
        self.capacity, self.free = capacity, capacity
        self._taken: deque[tuple[datetime, int]] = deque()

    def refill(self, now: datetime) -> None:
        """Take back what is a minute old. A clock that was put back empties the memory: its stamps mean nothing any more."""
        if self._taken and now < self._taken[-1][0]:
            self._taken.clear()
            self.free = self.capacity
        while self._taken and self._taken[0][0] + WINDOW <= now:
            self.free += self._taken.popleft()[1]

    def wait_seconds(self, units: int, now: datetime) -> float:
        """Seconds until that many units are free; 0 = now."""
        short = min(units, self.capacity) - self.free
        for at, taken in self._taken:
            if short <= 0:
                break
            short -= taken
            if short <= 0:
                return (at + WINDOW - now).total_seconds()
        return 0.0

    def take(self, units: int, now: datetime) -> None:
        """Spend units that are free."""
        self.free -= units
        self._taken.append((now, units))


class Quota:
    """All buckets of a process. profile: a key of `PROFILES`; `off` counts nothing. share: part of the limit that we use."""

    def __init__(self, clock: _Clock, profile: str = "2026", share: float = SHARE) -> None:
        self._clock = clock
        self._limits = {name: int(limit * share) for name, limit in PROFILES[profile].items()}
        self._buckets: dict[tuple[str, str], _Bucket] = {}
        self._lock = threading.Lock()
        self._costs: dict[str, dict[str, int]] = {}

    def take(self, method: str, user: str) -> None:
        """Spend what one call of that official method costs that user, all of it or nothing.

        :raises RetryLaterError: a bucket is empty (429 `local_bucket`); `after_seconds` says when it is not. Nothing was sent.
        """
        costs = self._cost_of(method)
        if not costs:
            return
        now = self._clock.now()
        with self._lock:
            buckets = [(self._bucket(name, user), units) for name, units in costs.items()]
            for bucket, _ in buckets:
                bucket.refill(now)
            wait = max(bucket.wait_seconds(units, now) for bucket, units in buckets)
            if wait > 0:
                raise RetryLaterError(method, 429, "local_bucket", wait)
            for bucket, units in buckets:
                bucket.take(units, now)

    def _cost_of(self, method: str) -> dict[str, int]:
        if method not in self._costs:
            prefixes = sorted((prefix for prefix in COSTS if method.startswith(prefix)), key=len)
            spent = COSTS[prefixes[-1]] if prefixes else {}
            self._costs[method] = {name: units for name, units in spent.items() if name in self._limits}
        return self._costs[method]

    def _bucket(self, name: str, user: str) -> _Bucket:
        return self._buckets.setdefault((name, user), _Bucket(self._limits[name]))
