"""Instants as google.protobuf.Timestamp writes them."""

from __future__ import annotations

from datetime import UTC, datetime


def stamp(when: datetime) -> str:
    """RFC 3339 in UTC with no, three or six fractional digits, as many as are needed."""
    utc = when.astimezone(UTC)
    whole = utc.strftime("%Y-%m-%dT%H:%M:%S")
    if not utc.microsecond:
        return f"{whole}Z"
    if utc.microsecond % 1000:
        return f"{whole}.{utc.microsecond:06d}Z"
    return f"{whole}.{utc.microsecond // 1000:03d}Z"


def whole_milliseconds(when: datetime) -> datetime:
    """The instant without its microseconds, as Google keeps the times when things were made."""
    return when.replace(microsecond=when.microsecond // 1000 * 1000)
