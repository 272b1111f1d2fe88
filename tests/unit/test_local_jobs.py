"""When the local stack's scheduler finds a job due."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from local.tables import Job, functions, jobs

NOON = datetime(2026, 3, 2, 17, 0, tzinfo=UTC)


def _job(schedule: str) -> Job:
    return Job("x", schedule, "America/Panama", "tick", {})


@pytest.mark.parametrize(
    ("schedule", "after_minutes", "until_minutes", "due"),
    [
        ("* * * * *", 0, 0.5, False),
        ("* * * * *", 0.5, 1, True),
        ("0 2 * * *", 0, 60, False),
        ("0 2 * * *", 0, 14 * 60, True),
        ("*/15 8-11 * * 1-5", -61, -60, True),
        ("0 12 * * 0", -1, 1, False),
        ("0 12 2 3 *", -1, 1, True),
        ("30 12 * * *", 0, 40 * 24 * 60, True),
    ],
)
def test_a_job_is_due_once_an_instant_of_its_lies_in_the_span(
    schedule: str, after_minutes: float, until_minutes: float, due: bool
) -> None:
    """Cron fields are read in the job's own zone; the span is open at its beginning and closed at its end."""
    span = (NOON + timedelta(minutes=after_minutes), NOON + timedelta(minutes=until_minutes))
    assert _job(schedule).is_due(*span) is due


def test_the_tables_of_infra_can_be_read() -> None:
    """The local stack reads the doors and jobs that the infrastructure reads."""
    assert {"on_tick", "page"} <= {door.name for door in functions()}
    assert {job.name for job in jobs()} == {"minute", "nightly", "digest", "weekly"}
