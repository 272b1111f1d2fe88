"""Starts Google's own Firestore emulator for tests and journeys, and says loudly when it is not on the machine.

Use `running()` from a program, or the fixture `firestore_emulator` by importing it into a conftest together with
`pytest_terminal_summary`. With CI=true in the environment a missing emulator fails the tests instead of skipping them.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud.firestore import Client

NOT_RUN = "the Firestore emulator is missing"
HOW_TO_INSTALL = "install gcloud with its component cloud-firestore-emulator, and Java 17 or newer"
_TOLD = pytest.StashKey[bool]()

# A watcher in the emulator's group ends it when whoever started it is gone, be it by SIGKILL. gcloud itself must lead the group:
# where it does not, it makes a group of its own and escapes.
_SUPERVISOR = """
    parent=$1; shift
    (while kill -0 $parent && kill -0 $$; do sleep 1; done; kill -TERM 0) 2>/dev/null &
    exec "$@"
"""


class EmulatorError(Exception):
    """The emulator is there but did not start; the message ends with its log."""


@dataclass(frozen=True)
class FirestoreEmulator:
    """A running emulator, where any project name is an empty database. host: `127.0.0.1:port`, for FIRESTORE_EMULATOR_HOST."""

    host: str

    def client(self, project: str, host: str | None = None) -> Client:
        """A client of that project; `host` leads it through a proxy."""
        with patch.dict(os.environ, {"FIRESTORE_EMULATOR_HOST": host or self.host}):
            return Client(project=project, credentials=AnonymousCredentials())  # type: ignore[no-untyped-call]

    def clear(self, project: str) -> None:
        """Remove every document of a project."""
        path = f"/emulator/v1/projects/{project}/databases/(default)/documents"
        with urllib.request.urlopen(urllib.request.Request(f"http://{self.host}{path}", method="DELETE"), timeout=30):
            pass


def absence() -> str:
    """Why the emulator cannot be started here; '' when it can."""
    missing = [program for program in ("gcloud", "java") if shutil.which(program) is None]
    if missing:
        return f"{NOT_RUN}: no {' and no '.join(missing)} here; {HOW_TO_INSTALL}"
    sdk = Path(os.path.realpath(str(shutil.which("gcloud")))).parents[1]
    places = [sdk / "platform", sdk / "lib/google-cloud-sdk/platform", Path("/usr/lib/google-cloud-sdk/platform")]
    if not any((place / "cloud-firestore-emulator").is_dir() for place in places):
        return f"{NOT_RUN}: gcloud has no component cloud-firestore-emulator; {HOW_TO_INSTALL}"
    return ""


@contextmanager
def running(start_seconds: float = 90.0) -> Iterator[FirestoreEmulator]:
    """The emulator on a free port of 127.0.0.1, ended with all its processes at the end.

    :raises EmulatorError: it ended or stayed silent on three ports.
    """
    with tempfile.TemporaryDirectory(prefix="firestore-emulator-") as folder:
        log, problems = Path(folder) / "log", []
        for _ in range(3):
            port = _free_port()
            process = _start(port, Path(folder), log)
            try:
                if _answers(process, port, start_seconds):
                    yield FirestoreEmulator(f"127.0.0.1:{port}")
                    return
            finally:
                _end(process)
            problems.append(log.read_text(errors="replace")[-2000:])
        raise EmulatorError("the Firestore emulator did not start:\n" + "\n---\n".join(problems))


@pytest.fixture(scope="session")
def firestore_emulator() -> Iterator[FirestoreEmulator]:
    """One emulator for the whole session; skipped where it is missing, failed where CI=true."""
    reason = absence()
    if reason and os.environ.get("CI") == "true":
        pytest.fail(reason)
    if reason:
        pytest.skip(reason)
    with running() as emulator:
        yield emulator


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """The last lines say how much was not tested for want of the emulator."""
    skipped = [report for report in terminalreporter.stats.get("skipped", []) if NOT_RUN in str(report.longrepr)]
    if skipped and not config.stash.get(_TOLD, False):
        config.stash[_TOLD] = True
        terminalreporter.write_sep("!", "FIRESTORE NOT TESTED", red=True, bold=True)
        terminalreporter.write_line(f"{len(skipped)} tests on Firestore did not run: {absence() or NOT_RUN}.", red=True)


def _start(port: int, folder: Path, log: Path) -> subprocess.Popen[bytes]:
    command = ["gcloud", "emulators", "firestore", "start", f"--host-port=127.0.0.1:{port}"]
    environment = os.environ | {"CLOUDSDK_CONFIG": str(folder / "config"), "CLOUDSDK_CORE_DISABLE_PROMPTS": "1"}
    with log.open("wb") as output:
        return subprocess.Popen(
            ["sh", "-c", _SUPERVISOR, "sh", str(os.getpid()), *command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment,
            start_new_session=True,
        )


def _answers(process: subprocess.Popen[bytes], port: int, seconds: float) -> bool:
    """Wait until the emulator says Ok over HTTP; the port alone opens earlier."""
    give_up_at = time.monotonic() + seconds
    while time.monotonic() < give_up_at and process.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    return False


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the group, gently first: gcloud leaves a shell and a JVM behind when only it is ended."""
    for step in (signal.SIGTERM, signal.SIGKILL):
        give_up_at = time.monotonic() + 5
        while time.monotonic() < give_up_at:
            try:
                os.killpg(process.pid, step)
            except ProcessLookupError:
                process.wait()
                return
            process.poll()
            time.sleep(0.1)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
