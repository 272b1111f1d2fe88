"""The quota is asked before sending."""

from __future__ import annotations

from importlib import import_module

import pytest
from conftest import HandClock, settings_for
from wire import Recorder, Reply

from expediente.errors import RetryLaterError
from expediente.google import Google
from expediente.google.quota import COSTS, PROFILES, Quota

READ = "sheets.spreadsheets.values.batchGetByDataFilter"


def test_nine_tenths_of_a_minute_pass_and_the_rest_waits(clock: HandClock) -> None:
    """After 54 of 60 reads the next comes back when the first is a minute old."""
    quota = Quota(clock)
    for _ in range(54):
        quota.take(READ, "a")
        clock.advance(0.5)
    with pytest.raises(RetryLaterError) as told:
        quota.take(READ, "a")
    assert (told.value.status, told.value.reason, told.value.after_seconds) == (429, "local_bucket", 33.0)
    clock.advance(33)
    quota.take(READ, "a")


def test_no_minute_holds_more_than_the_share(clock: HandClock) -> None:
    """Whoever always asks, in any sixty seconds at most 54 pass."""
    quota, passed = Quota(clock), []
    for _ in range(3000):
        try:
            quota.take(READ, "a")
            passed.append(clock.now())
        except RetryLaterError:
            pass
        clock.advance(0.1)
    assert max(sum(0 <= (later - first).total_seconds() < 60 for later in passed) for first in passed) == 54
    assert len(passed) >= 54 * 5


def test_users_and_kinds_have_their_own(clock: HandClock) -> None:
    """A spent reader may still write, and another user may read."""
    quota = Quota(clock)
    for _ in range(54):
        quota.take(READ, "a")
    quota.take("sheets.spreadsheets.batchUpdate", "a")
    quota.take(READ, "b")


def test_mails_count_by_their_units(clock: HandClock) -> None:
    """5,400 units are 49 drafts made and sent."""
    quota, sent = Quota(clock), 0
    with pytest.raises(RetryLaterError):
        while True:
            quota.take("gmail.users.drafts.create", "a")
            quota.take("gmail.users.drafts.send", "a")
            sent += 1
    assert sent == 49


def test_a_spent_quota_sends_nothing(recorder: Recorder, clock: HandClock) -> None:
    """The call that would be too much never reaches Google."""
    sheets = Google(settings_for(recorder.url), clock).sheets
    recorder.otherwise = Reply(body={"valueRanges": [{}]})
    for _ in range(54):
        sheets.read_ranges("S", ["A1"])
    with pytest.raises(RetryLaterError, match="local_bucket"):
        sheets.read_ranges("S", ["A1"])
    assert len(recorder.seen) == 54


def test_the_switch_turns_it_off(clock: HandClock) -> None:
    """Profile `off` counts nothing."""
    quota = Quota(clock, "off")
    for _ in range(10_000):
        quota.take(READ, "a")


def test_a_clock_put_back_forgets(clock: HandClock) -> None:
    """A test that resets its clock is not punished by stamps of the future."""
    quota = Quota(clock)
    for _ in range(54):
        quota.take(READ, "a")
    clock.advance(-86_400)
    quota.take(READ, "a")


def test_every_bucket_of_a_profile_is_spent_by_some_method() -> None:
    """The two tables fit, and every prefix names a method that Google has."""
    spent = {name for cost in COSTS.values() for name in cost}
    assert spent == {name for profile in PROFILES.values() for name in profile}
    documents = [("drive", "v3"), ("sheets", "v4"), ("forms", "v1"), ("gmail", "v1")]
    text = "".join(import_module("googleapiclient.discovery_cache").get_static_doc(api, version) for api, version in documents)
    assert [prefix for prefix in COSTS if f'"id": "{prefix}' not in text] == []
