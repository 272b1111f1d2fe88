"""What the front remembers of buckets and objects, in one JSON file beside the engine's folder."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

Json = dict[str, Any]

# Refusals tell the end of a retention in the time of Google's home, as was seen on the live service.
_HOME = ZoneInfo("America/Los_Angeles")


def stamp(instant: datetime) -> str:
    """An instant as Cloud Storage writes it: UTC with milliseconds."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{instant.microsecond // 1000:03d}Z"


@dataclass
class Bucket:
    """A bucket. Instants are RFC 3339 texts. period_seconds: of its retention policy, 0 without one. rest: members only shown."""

    created_at: str
    updated_at: str
    metageneration: int = 1
    period_seconds: int = 0
    effective_at: str = ""
    locked: bool = False
    default_event_based_hold: bool | None = None
    rest: Json = field(default_factory=dict)

    def shown(self) -> Json:
        """The members that the front adds to the engine's answer."""
        added = self.rest | {
            "metageneration": str(self.metageneration),
            "timeCreated": stamp(datetime.fromisoformat(self.created_at)),
            "updated": stamp(datetime.fromisoformat(self.updated_at)),
        }
        if self.period_seconds:
            policy: Json = {
                "retentionPeriod": str(self.period_seconds),
                "effectiveTime": stamp(datetime.fromisoformat(self.effective_at)),
            }
            added["retentionPolicy"] = policy | ({"isLocked": True} if self.locked else {})
        if self.default_event_based_hold is not None:
            added["defaultEventBasedHold"] = self.default_event_based_hold
        return added


@dataclass
class Object:
    """The live generation of an object. A hold is None until it was set for the first time.

    retained_from: where the retention period begins: its making, or the release of its event-based hold.
    """

    generation: str
    created_at: str
    updated_at: str
    retained_from: str
    metageneration: int = 1
    temporary_hold: bool | None = None
    event_based_hold: bool | None = None

    def retained_until(self, bucket: Bucket) -> datetime | None:
        """When the bucket's policy lets it go; None without a policy, and while an event-based hold defers it."""
        if not bucket.period_seconds or self.event_based_hold:
            return None
        return datetime.fromisoformat(self.retained_from) + timedelta(seconds=bucket.period_seconds)

    def shown(self, bucket: Bucket) -> Json:
        """The members that the front adds to the engine's answer."""
        created = stamp(datetime.fromisoformat(self.created_at))
        added: Json = {
            "generation": self.generation,
            "metageneration": str(self.metageneration),
            "timeCreated": created,
            "timeStorageClassUpdated": created,
            "updated": stamp(datetime.fromisoformat(self.updated_at)),
        }
        if self.temporary_hold is not None:
            added["temporaryHold"] = self.temporary_hold
        if self.event_based_hold is not None:
            added["eventBasedHold"] = self.event_based_hold
        until = self.retained_until(bucket)
        return added | ({"retentionExpirationTime": stamp(until)} if until else {})


def at_home(instant: datetime) -> str:
    """An instant as the refusal of a retained object tells it."""
    return instant.astimezone(_HOME).isoformat(timespec="microseconds")


class Records:
    """All buckets by name, and all objects by `bucket/name`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.buckets: dict[str, Bucket] = {}
        self.objects: dict[str, Object] = {}
        if path.is_file():
            kept = json.loads(path.read_text(encoding="utf-8"))
            self.buckets = {name: Bucket(**row) for name, row in kept["buckets"].items()}
            self.objects = {name: Object(**row) for name, row in kept["objects"].items()}

    def save(self) -> None:
        """Write them, whole or not at all."""
        rows = {
            "buckets": {name: asdict(row) for name, row in self.buckets.items()},
            "objects": {name: asdict(row) for name, row in self.objects.items()},
        }
        draft = self._path.with_suffix(".new")
        draft.write_text(json.dumps(rows), encoding="utf-8")
        draft.replace(self._path)
