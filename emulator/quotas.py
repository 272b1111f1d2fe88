"""Google's quotas, counted per minute of the Workspace clock, per user and per project (everybody is in one project).

Source: the APIs' "Usage limits" pages. `2026`: projects made since 2026-05-01, `older`: those before; `off` counts nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from emulator.discovery import Method
from emulator.errors import rate_limited
from emulator.kernel import ApiError

PROFILES = ("2026", "older", "off")
_DAY_OF_MAILS = 2000
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

    def put(self, profile: str) -> None:
        """Choose a profile and begin to count from nothing."""
        if profile not in PROFILES:
            raise ValueError(f"profile: expected one of {', '.join(PROFILES)}, found {profile!r}")
        self.profile = profile
        self._used.clear()

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
                    raise _over(method, cost, now)
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


def _over(method: Method, cost: Cost, now: datetime) -> ApiError:
    if method.api.name == "drive":
        return rate_limited(method.api, 403)
    if method.api.name == "gmail":
        after = now.replace(second=0, microsecond=0).isoformat().replace("+00:00", "Z")
        return rate_limited(method.api, 429, f"User-rate limit exceeded.  Retry after {after}")
    words = "Read requests" if cost.bucket.endswith("reads") else "Write requests"
    if cost.bucket.endswith("expensive"):
        words = "Expensive read requests"
    message = (
        f"Quota exceeded for quota metric '{words}' and limit '{words} per minute per user' "
        f"of service '{method.api.service}' for consumer 'project_number:1'."
    )
    limit = "".join(word.capitalize() for word in words.split()) + "PerMinutePerUser"
    return rate_limited(method.api, 429, message, limit=limit)


def _cost(method: Method, profile: str, *, downloads: bool) -> Cost | None:
    name = method.api.name
    last = method.id.rsplit(".", 1)[1]
    reads = method.verb == "GET" or last in _POST_READS
    if name == "sheets":
        return Cost("sheets reads" if reads else "sheets writes", 1, 60, 300)
    if name == "forms":
        if method.id == "forms.forms.responses.list":
            return Cost("forms expensive", 1, 180, 450)
        return Cost("forms reads", 1, 390, 975) if reads else Cost("forms writes", 1, 150, 375)
    if name == "gmail":
        return Cost("gmail", _gmail_units(method, profile), 6_000 if profile == "2026" else 15_000, 1_200_000)
    if name == "drive":
        if profile == "older":
            return Cost("drive", 1, 12_000, 12_000)
        return Cost("drive", _drive_units(last, downloads=downloads), 325_000, 1_000_000)
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
