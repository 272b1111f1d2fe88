"""Google's quotas, counted per minute of the Workspace clock, per user and per project (everybody is in one project).

Source: the APIs' "Usage limits" pages. `2026`: projects made since 2026-05-01, `older`: those before; `off` counts nothing.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from emulator.clock import rfc3339
from emulator.discovery import Method
from emulator.errors import quota_exceeded, rate_limited
from emulator.kernel import ApiError

PROFILES = ("2026", "older", "off")
_DAY_OF_MAILS = 2000
# Google says that there is such a limit, not which.
_GMAIL_AT_ONCE = 10
_GMAIL_SENDS = frozenset(("gmail.users.messages.send", "gmail.users.drafts.send"))
_GMAIL_UNITS = {
    "gmail.users.messages.send": 100,
    "gmail.users.drafts.send": 100,
    "gmail.users.drafts.create": 10,
    "gmail.users.threads.get": 40,
}
_GMAIL_DEFAULT = 5
_GMAIL_GET_2026 = 20
_DRIVE_LIST, _DRIVE_GET, _DRIVE_EDIT, _DRIVE_DOWNLOAD, _DRIVE_OTHER = 100, 5, 50, 200, 5
_EDITS = frozenset(("create", "update", "delete", "copy", "emptyTrash", "modifyLabels", "hide", "unhide"))
# Reads that are a POST because their filter is too long for an address.
_POST_READS = frozenset(("getByDataFilter", "batchGetByDataFilter", "search"))


@dataclass(frozen=True)
class Cost:
    """What a call costs of one quota, and the limits of it a minute."""

    bucket: str
    units: int
    per_user: int
    per_project: int


class Quotas:
    """The counters of the profile in force."""

    def __init__(self) -> None:
        self.profile = "off"
        self._used: dict[tuple[str, str, int], int] = {}
        self._minute = 0
        self.under_way: Counter[str] = Counter()

    def put(self, profile: str) -> None:
        """Choose a profile and begin to count from nothing."""
        if profile not in PROFILES:
            raise ValueError(f"profile: expected one of {', '.join(PROFILES)}, found {profile!r}")
        self.profile = profile
        self._used.clear()

    def is_crowded(self, method: Method, actor: str) -> bool:
        """Whether an account has more Gmail calls under way than one may have."""
        return self.profile != "off" and method.api.name == "gmail" and self.under_way[actor] > _GMAIL_AT_ONCE

    def snapshot(self) -> tuple[str, dict[tuple[str, str, int], int], int]:
        """What is kept over a restart: the profile and what was counted."""
        return self.profile, self._used, self._minute

    def restore(self, snapshot: tuple[str, dict[tuple[str, str, int], int], int]) -> None:
        """Go on counting from a snapshot."""
        self.profile, self._used, self._minute = snapshot

    def take(self, method: Method, actor: str, now: datetime, *, downloads: bool) -> None:
        """Count a call; raises the 429 or 403 of its API when a limit is passed. A refused call costs nothing."""
        if self.profile == "off":
            return
        minute = int(now.timestamp() // 60)
        if minute != self._minute:
            self._minute = minute
            self._used = {key: used for key, used in self._used.items() if key[0] == "mails" and key[2] == minute // 1440}
        cost = _cost(method, self.profile, downloads=downloads)
        if cost is not None:
            for who, limit in ((actor, cost.per_user), ("", cost.per_project)):
                if self._used.get((cost.bucket, who, minute), 0) + cost.units > limit:
                    raise _over(method, cost, now, by_user=bool(who))
        if method.id in _GMAIL_SENDS:
            self._take_mail(method, actor, minute // 1440)
        if cost is not None:
            for who in (actor, ""):
                key = (cost.bucket, who, minute)
                self._used[key] = self._used.get(key, 0) + cost.units

    def _take_mail(self, method: Method, actor: str, day: int) -> None:
        key = ("mails", actor, day)
        if self._used.get(key, 0) >= _DAY_OF_MAILS:
            raise rate_limited(method.api, 429, "User-rate limit exceeded.  (Mail sending)")
        self._used[key] = self._used.get(key, 0) + 1


def _over(method: Method, cost: Cost, now: datetime, *, by_user: bool) -> ApiError:
    """The refusal of a call that passes a limit, of the user or of the whole project."""
    api = method.api
    if api.name == "drive":
        if by_user:
            return rate_limited(api, 403)
        return quota_exceeded(api, "Queries", "Queries per minute", "default", cost.per_project, code=403)
    if api.name == "gmail":
        after = now.replace(second=0, microsecond=0) + timedelta(minutes=1)
        return rate_limited(api, 429, f"User-rate limit exceeded.  Retry after {rfc3339(after)}")
    if api.name == "admin":
        return rate_limited(api, 403, "Quota exceeded for quota group 'default' and limit 'Queries per minute per user'.")
    words = cost.bucket.partition(" ")[2]
    limit = f"{words} per minute" + (" per user" if by_user else "")
    return quota_exceeded(api, words, limit, words.lower().replace(" ", "_"), cost.per_user if by_user else cost.per_project)


def _cost(method: Method, profile: str, *, downloads: bool) -> Cost | None:
    name = method.api.name
    last = method.id.rsplit(".", 1)[1]
    reads = method.verb == "GET" or last in _POST_READS
    if name == "sheets":
        return Cost("sheets Read requests" if reads else "sheets Write requests", 1, 60, 300)
    if name == "forms":
        if method.id == "forms.forms.responses.list":
            return Cost("forms Expensive read requests", 1, 180, 450)
        return Cost("forms Read requests", 1, 390, 975) if reads else Cost("forms Write requests", 1, 150, 375)
    if name == "gmail":
        return Cost("gmail", _gmail_units(method, profile), 6_000 if profile == "2026" else 15_000, 1_200_000)
    if name == "drive":
        if profile == "older":
            return Cost("drive", 1, 12_000, 12_000)
        return Cost("drive", _drive_units(last, downloads=downloads), 325_000, 1_000_000)
    if name == "admin":
        return Cost("admin", 1, 2_400, 2_400)
    return None


def _gmail_units(method: Method, profile: str) -> int:
    if profile == "2026" and method.id == "gmail.users.messages.get":
        return _GMAIL_GET_2026
    return _GMAIL_UNITS.get(method.id, _GMAIL_DEFAULT)


def _drive_units(last: str, *, downloads: bool) -> int:
    if downloads or last in ("export", "download"):
        return _DRIVE_DOWNLOAD
    if last == "list":
        return _DRIVE_LIST
    if last == "get":
        return _DRIVE_GET
    return _DRIVE_EDIT if last in _EDITS else _DRIVE_OTHER
