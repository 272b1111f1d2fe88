"""What the adapters are tried against: a recording server for faults, and the local Workspace for everything else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "functions"), str(Path(__file__).parent)]

from wire import Recorder, recording

from expediente.clock import RemoteClock
from expediente.google import Google
from expediente.settings import Settings

DOMAIN = "blindados-demo.example.com"
SERVICE_ACCOUNT = "expediente-work@expediente-demo.iam.gserviceaccount.com"
SENDER = f"notificaciones@{DOMAIN}"
FORMS_OWNER = f"formularios@{DOMAIN}"


class HandClock:
    """A clock that stands until a test moves it."""

    def __init__(self) -> None:
        self.instant = datetime(2026, 11, 2, 15, 0, tzinfo=UTC)

    def now(self) -> datetime:
        """The instant that was set."""
        return self.instant

    def advance(self, seconds: float) -> None:
        """Move on."""
        self.instant += timedelta(seconds=seconds)


def settings_for(url: str, **others: Any) -> Settings:
    """The settings of a process that speaks to that address."""
    values: dict[str, Any] = {
        "project_id": "expediente-demo",
        "service_account": SERVICE_ACCOUNT,
        "forms_owner": FORMS_OWNER,
        "senders": (SENDER,),
        "workspace_url": url,
        "storage_url": url,
    }
    return Settings(**(values | others))


@pytest.fixture
def clock() -> HandClock:
    """A clock moved by hand."""
    return HandClock()


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    """A recording server."""
    with recording() as server:
        yield server


@pytest.fixture
def google(recorder: Recorder, clock: HandClock) -> Google:
    """The adapters, speaking to the recording server."""
    return Google(settings_for(recorder.url), clock)


class Workspace:
    """A running local Workspace, its `/_local` interface, and our adapters speaking to it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.google = self.adapters()

    def adapters(self, **settings: Any) -> Google:
        """Fresh adapters, as another process would have them."""
        return Google(settings_for(self.url, **settings), RemoteClock(self.url + "/_local/clock"))

    def local(self, verb: str, path: str, body: Any = None) -> Any:
        """Call `/_local/<path>`."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/_local/{path}", data, {"Content-Type": "application/json"}, method=verb)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.loads(answer.read() or b"{}")

    def methods(self) -> list[str]:
        """Official ids of the calls since the last `forget`."""
        return [call["method"] for call in self.local("GET", "calls")]

    def forget(self) -> None:
        """Empty the ledger."""
        self.local("DELETE", "calls")

    def fault(self, method: str, do: str, when: str = "before", nth: int = 1, times: int = 1) -> None:
        """Have the next call of that method fail."""
        self.local("PUT", "faults", {"rules": [{"method": method, "nth": nth, "when": when, "do": do, "times": times}]})


@pytest.fixture(scope="session")
def running() -> Iterator[str]:
    """The address of a local Workspace that all tests of this process share; EMULATOR_URL names one that runs already."""
    if "EMULATOR_URL" in os.environ:
        yield os.environ["EMULATOR_URL"]
        return
    command = [sys.executable, "-m", "emulator", "--port", "0"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    with process.stdout:
        yield json.loads(process.stdout.readline())["url"]
        process.terminate()
        process.wait(10)


@pytest.fixture
def workspace(running: str) -> Workspace:
    """A local Workspace as its seed made it."""
    workspace = Workspace(running)
    workspace.local("POST", "reset")
    return workspace
