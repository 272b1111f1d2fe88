"""The days on which the company's stories happen: weekdays counted back from today, from the hour of company.yaml."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from local.clients import company_table
from local.tables import process_table

OLDEST_DAY = 9


def working_day(today: date, back: int) -> date:
    """The weekday that lies so many weekdays before the last one that is not after `today`."""
    day = today
    while True:
        if day.weekday() < 5:
            if back == 0:
                return day
            back -= 1
        day -= timedelta(days=1)


def first_instant(now: datetime) -> datetime:
    """When the company's story begins, so that it ends on the morning of the last weekday that is not after `now`."""
    return morning(now, OLDEST_DAY)


def last_instant(now: datetime) -> datetime:
    """The morning of the last weekday that is not after `now`."""
    return morning(now, 0)


def morning(now: datetime, back: int) -> datetime:
    """When the day begins that lies so many weekdays before the last one that is not after `now`."""
    zone = ZoneInfo(process_table("company")["timezone"])
    begins = time.fromisoformat(company_table()["begins_at"])
    return datetime.combine(working_day(now.astimezone(zone).date(), back), begins, zone)
