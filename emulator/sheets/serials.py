"""Dates as Sheets keeps them: days since 1899-12-30, the time of day as a fraction, no zone."""

from __future__ import annotations

from datetime import date, datetime, timedelta

EPOCH = datetime(1899, 12, 30)


def to_serial(moment: datetime | date) -> float:
    """The serial number of a local date or time (any zone is dropped, not converted)."""
    if not isinstance(moment, datetime):
        return float((moment - EPOCH.date()).days)
    delta = moment.replace(tzinfo=None) - EPOCH
    return delta.days + (delta.seconds + delta.microseconds / 1e6) / 86400


def from_serial(serial: float) -> datetime:
    """The local time of a serial number, to the millisecond.

    :raises OverflowError: outside the years 1 to 9999.
    """
    milliseconds = round(serial * 86400_000)
    return EPOCH + timedelta(milliseconds=milliseconds)
