"""What `infra/functions.yaml` and `infra/jobs.yaml` say, as typed values; and when a job is due."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Function:
    """One door. topic: what wakes it, '' for http; ingress: iap | public, '' for a topic; account: local part of its service account.

    delegates: forms | mail.
    """

    name: str
    topic: str
    ingress: str
    account: str
    delegates: tuple[str, ...]
    timeout_seconds: int
    concurrency: int


@dataclass(frozen=True)
class Job:
    """A message that the clock publishes. schedule: five cron fields, read in time_zone."""

    name: str
    schedule: str
    time_zone: str
    topic: str
    data: dict[str, Any]

    def is_due(self, after: datetime, until: datetime) -> bool:
        """Whether at least one of its instants lies after the one and not after the other."""
        return next(self.instants(after, until), None) is not None

    def instants(self, after: datetime, until: datetime) -> Iterator[datetime]:
        """Its instants in that span, oldest first. Whole days are skipped where the day does not fit."""
        zone = ZoneInfo(self.time_zone)
        minute, hour, *day_fields = self.schedule.split()
        at = after.astimezone(zone).replace(second=0, microsecond=0) + timedelta(minutes=1)
        while at <= until:
            if not _day_fits(day_fields, at):
                at = at.replace(hour=0, minute=0) + timedelta(days=1)
            elif not _fits(hour, at.hour):
                at = at.replace(minute=0) + timedelta(hours=1)
            else:
                if _fits(minute, at.minute):
                    yield at
                at += timedelta(minutes=1)


def _day_fits(day_fields: list[str], at: datetime) -> bool:
    day, month, weekday = day_fields
    return _fits(day, at.day) and _fits(month, at.month) and _fits(weekday, at.isoweekday() % 7)


def _fits(field: str, value: int) -> bool:
    """Whether a cron field (`*`, `*/n`, `a`, `a-b`, lists of them) allows a value. Sunday is 0, and 7 where it is written so."""
    for part in field.split(","):
        span, _, step = part.partition("/")
        first, _, last = span.partition("-")
        low = 0 if span == "*" else int(first)
        high = 59 if span == "*" or (step and not last) else int(last or first)
        if low <= value <= high and (value - low) % int(step or 1) == 0:
            return True
    return False


def functions(root: Path = ROOT) -> list[Function]:
    """The doors of `infra/functions.yaml`."""
    table = _read(root / "infra" / "functions.yaml")
    accounts = table["accounts"]
    return [
        Function(
            name=name,
            topic=row.get("topic", ""),
            ingress=row.get("ingress", ""),
            account=accounts[row["account"]],
            delegates=tuple(row["delegates"]),
            timeout_seconds=row["timeout_seconds"],
            concurrency=row["concurrency"],
        )
        for name, row in table["functions"].items()
    ]


def jobs(root: Path = ROOT) -> list[Job]:
    """The jobs of `infra/jobs.yaml`."""
    rows = _read(root / "infra" / "jobs.yaml")["jobs"]
    return [Job(name, row["schedule"], row["time_zone"], row["topic"], row["data"]) for name, row in rows.items()]


def process_table(name: str, root: Path = ROOT) -> dict[str, Any]:
    """A table of process/, as plain YAML: the stack shows people what they would read there, not the code behind it."""
    return _read(root / "process" / f"{name}.yaml")


def _read(path: Path) -> dict[str, Any]:
    table: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return table
