"""Settings come from the environment, all problems at once; the clock comes from the settings."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path

import pytest
from conftest import settings_for
from wire import Recorder, Reply

from expediente.clock import RemoteClock, SystemClock, clock_from
from expediente.errors import ConfigurationError
from expediente.settings import Settings

LEAST = {"EXPEDIENTE_PROJECT_ID": "p1", "EXPEDIENTE_SERVICE_ACCOUNT": "Robot@p1.iam.gserviceaccount.com"}


def test_the_least_is_enough() -> None:
    """Two variables start a process in the cloud."""
    settings = Settings.from_env(LEAST | {"HOME": "/"})
    assert settings.service_account == "robot@p1.iam.gserviceaccount.com"
    assert settings.work_topic == "projects/p1/topics/work"
    assert (settings.store_kind, settings.clock, settings.quota_profile) == ("firestore", "system", "2026")


def test_all_problems_are_told_at_once() -> None:
    """Missing, wrong and misspelt, each with its variable, and never a secret."""
    written = {
        "EXPEDIENTE_SERVICE_ACCOUNT": "robot",
        "EXPEDIENTE_STORE": "sqlite",
        "EXPEDIENTE_CLOCK": "ayer",
        "EXPEDIENTE_SENDERS": "a@b.example, c",
        "EXPEDIENTE_CSRF_SECRET": "hunter2",
        "EXPEDIENTE_WORKSPACE_ULR": "http://x",
        "EXPEDIENTE_STORAGE_URL": "http://127.0.0.1:1",
    }
    with pytest.raises(ConfigurationError) as told:
        Settings.from_env(written)
    wrong = {"PROJECT_ID", "SERVICE_ACCOUNT", "STORE_PATH", "CLOCK", "SENDERS", "CSRF_SECRET", "WORKSPACE_ULR", "STORAGE_URL"}
    assert [name for name in sorted(wrong) if f"EXPEDIENTE_{name}" not in str(told.value)] == []
    assert "hunter2" not in str(told.value)


def test_every_variable_says_what_to_write() -> None:
    """Each field names its variable and explains it in one Spanish sentence."""
    variables = [item.metadata["variable"] for item in fields(Settings)]
    assert len(set(variables)) == len(variables)
    assert all(item.metadata["explains"].endswith(".") for item in fields(Settings))


def test_what_a_door_needs_is_told_at_once() -> None:
    """Optional fields that this door cannot do without."""
    with pytest.raises(ConfigurationError, match=r"EXPEDIENTE_PAGE_URL.*EXPEDIENTE_PAGE_AUDIENCE"):
        Settings.from_env(LEAST).need("page_url", "page_audience", "project_id")


def test_a_secret_is_read_where_it_stands(tmp_path: Path) -> None:
    """From a file or another variable; a short one is refused."""
    (tmp_path / "s").write_text("x" * 40 + "\n")
    by_file = Settings.from_env(LEAST | {"EXPEDIENTE_CSRF_SECRET": f"file:{tmp_path}/s"})
    assert by_file.read_secret("csrf_secret", {}) == b"x" * 40
    by_name = Settings.from_env(LEAST | {"EXPEDIENTE_CSRF_SECRET": "env:EXPEDIENTE_OTRO", "EXPEDIENTE_OTRO": "y" * 32})
    assert by_name.read_secret("csrf_secret", {"EXPEDIENTE_OTRO": "y" * 32}) == b"y" * 32
    with pytest.raises(ConfigurationError):
        by_name.read_secret("csrf_secret", {"EXPEDIENTE_OTRO": "corto"})


def test_the_clock_is_the_one_that_is_named(recorder: Recorder) -> None:
    """`system`, or an address that is asked each time."""
    assert isinstance(clock_from(settings_for("")), SystemClock)
    remote = clock_from(settings_for("", clock=recorder.url + "/_local/clock"))
    recorder.then(Reply(body={"now": "2027-01-02T03:04:05.000006Z"}), Reply(body={"now": "2027-02-02T00:00:00-05:00"}))
    assert remote.now() == datetime(2027, 1, 2, 3, 4, 5, 6, tzinfo=UTC)
    assert remote.now() == datetime(2027, 2, 2, 5, tzinfo=UTC)


def test_a_clock_that_does_not_answer_is_told() -> None:
    """Nothing goes on with a wrong time."""
    with pytest.raises(ConfigurationError, match="EXPEDIENTE_CLOCK"):
        RemoteClock("http://127.0.0.1:9/_local/clock").now()
