"""Instants as Google writes them: RFC 3339, UTC, `Z`."""

from __future__ import annotations

from datetime import UTC, datetime


def from_rfc3339(text: str) -> datetime:
    """An aware instant in UTC; finer than microseconds is cut off."""
    return datetime.fromisoformat(text).astimezone(UTC)


def to_rfc3339(instant: datetime) -> str:
    """`2026-11-01T14:02:11.123456Z`. instant: aware."""
    return instant.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
