"""One local Workspace per test process, back to its seed before every test, spoken to by Google's own client library."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httplib2
import pytest
import requests
from google.auth.transport.requests import AuthorizedSession
from google.oauth2.credentials import Credentials
from googleapiclient.discovery import build_from_document
from googleapiclient.discovery_cache import get_static_doc

from tests.conformance.schema_checks import watch

ROOT = Path(__file__).resolve().parents[2]
DOMAIN = "blindados-demo.example.com"
SERVICE_ACCOUNT = "expediente-work@expediente-demo.iam.gserviceaccount.com"
ADMIN = f"administrador@{DOMAIN}"

Service = Callable[..., Any]


class OnceHttp:
    """The httplib2-shaped transport over requests that production uses: one call here is one request on the wire."""

    redirect_codes: tuple[int, ...] = ()
    credentials = None

    def __init__(self, session: requests.Session, timeout_seconds: float = 60) -> None:
        self.session, self.timeout = session, timeout_seconds

    def request(
        self,
        uri: str,
        method: str = "GET",
        body: Any = None,
        headers: dict[str, str] | None = None,
        redirections: int = 5,
        connection_type: Any = None,
    ) -> tuple[Any, bytes]:
        """Send one request."""
        headers = dict(headers or {})
        length = next((headers.pop(name) for name in list(headers) if name.lower() == "content-length"), None)
        if hasattr(body, "read"):
            body = body.read(int(length)) if length else body.read()
        reply = self.session.request(method, uri, data=body, headers=headers, timeout=self.timeout, allow_redirects=False)
        response = httplib2.Response({name.lower(): value for name, value in reply.headers.items()})
        response.pop("content-encoding", None)
        response.status, response.reason = reply.status_code, reply.reason
        return response, reply.content

    def close(self) -> None:
        """Close the session."""
        self.session.close()


class Emulator:
    """A running emulator process and short ways to its `/_local` interface."""

    def __init__(self, *options: str) -> None:
        command = [sys.executable, "-m", "emulator", "--port", "0", *options]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        ready = json.loads(self.process.stdout.readline())
        assert ready["ready"] is True
        self.url: str = ready["url"]
        self.session = requests.Session()
        watch(self.session)
        self._services: dict[tuple[str, str, str], Any] = {}

    def stop(self, number: int = signal.SIGTERM) -> int:
        """End the process; returns its exit code."""
        self.process.send_signal(number)
        code = self.process.wait(10)
        if self.process.stdout is not None:
            self.process.stdout.close()
        self.session.close()
        return code

    def local(self, verb: str, path: str, body: Any = None) -> Any:
        """Call `/_local/<path>`; fails on anything but 200."""
        answer = self.session.request(verb, f"{self.url}/_local/{path}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def calls(self) -> list[dict[str, Any]]:
        """The ledger."""
        found: list[dict[str, Any]] = self.local("GET", "calls")
        return found

    def raw(self, verb: str, path: str, actor: str = ADMIN, scopes: str | None = None, **rest: Any) -> requests.Response:
        """A request of one's own making, signed as `actor`."""
        headers = {"Authorization": f"Bearer {token(actor, scopes)}", **rest.pop("headers", {})}
        return self.session.request(verb, self.url + path, headers=headers, timeout=60, **rest)

    def service(self, api: str, version: str, actor: str, scopes: str | list[str] | None = None) -> Any:
        """Google's client for an API, acting as an address; `scopes`: a list, or one text with commas, or None for all."""
        scopes = ",".join(scopes) if isinstance(scopes, list) else scopes
        key = (f"{api} {version}", actor, "all" if scopes is None else scopes)
        if key not in self._services:
            document = json.loads(get_static_doc(api, version))
            document["rootUrl"] = self.url + "/"
            document.pop("mtlsRootUrl", None)
            session = AuthorizedSession(Credentials(token=token(actor, scopes)))  # type: ignore[no-untyped-call]
            watch(session)
            self._services[key] = build_from_document(document, http=OnceHttp(session))
        return self._services[key]


def token(actor: str, scopes: str | None = None) -> str:
    """The access token that stands for an address."""
    address = actor if "@" in actor else f"{actor}@{DOMAIN}"
    return f"local:{address}" if scopes is None else f"local:{address}|{scopes}"


def address(name: str) -> str:
    """The address of somebody of the seed."""
    return f"{name}@{DOMAIN}"


@pytest.fixture(scope="session")
def running() -> Iterator[Emulator]:
    """The process that all tests share. EMULATOR_URL names one that runs already."""
    emulator = Emulator() if "EMULATOR_URL" not in os.environ else _attached(os.environ["EMULATOR_URL"])
    yield emulator
    if "EMULATOR_URL" not in os.environ:
        emulator.stop()


def _attached(url: str) -> Emulator:
    emulator = Emulator.__new__(Emulator)
    emulator.url, emulator.session, emulator._services = url, requests.Session(), {}
    watch(emulator.session)
    return emulator


@pytest.fixture
def emulator(running: Emulator) -> Emulator:
    """The Workspace as its seed makes it."""
    running.local("POST", "reset")
    return running


@pytest.fixture
def service(emulator: Emulator) -> Service:
    """`service(api, version, actor, scopes=None)`: Google's client for an API, acting as an address or a name of the seed."""
    return emulator.service


@pytest.fixture
def start_emulator() -> Iterator[Callable[..., Emulator]]:
    """Starts emulators of a test's own, with the options it gives, and ends them."""
    started: list[Emulator] = []

    def start(*options: str) -> Emulator:
        started.append(Emulator(*options))
        return started[-1]

    yield start
    for emulator in started:
        if emulator.process.poll() is None:
            emulator.stop()
