"""fake-gcs-server as a child process, and the clock of the Workspace: the two things that the front asks."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
from yarl import URL

_START_SECONDS = 30
_PASSED_ON = (
    "content-type",
    "content-range",
    "x-upload-content-type",
    "x-upload-content-length",
    "range",
    "x-goog-hash",
    "accept",
)


@dataclass(frozen=True)
class Reply:
    """What the engine answered."""

    status: int
    headers: dict[str, str]
    body: bytes


class Engine:
    """The engine on a port of its own. `serve_at`: the front's address, which the engine writes into its answers."""

    def __init__(self, program: Path, folder: Path, session: aiohttp.ClientSession) -> None:
        self._program, self._folder, self._session = program, folder, session
        self._process: asyncio.subprocess.Process | None = None
        self._url = ""

    async def start(self, serve_at: str) -> None:
        """Start it and wait until it answers. :raises OSError: it did not start."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self._folder.mkdir(parents=True, exist_ok=True)
        self._url = f"http://127.0.0.1:{port}"
        options = ["-scheme", "http", "-host", "127.0.0.1", "-port", str(port), "-external-url", serve_at]
        options += ["-backend", "filesystem", "-filesystem-root", str(self._folder)]
        quiet = asyncio.subprocess.DEVNULL
        self._process = await asyncio.create_subprocess_exec(
            str(self._program), *options, stdin=quiet, stdout=quiet, stderr=quiet
        )
        for _ in range(_START_SECONDS * 20):
            with contextlib.suppress(aiohttp.ClientError):
                async with self._session.get(f"{self._url}/_internal/healthcheck") as answer:
                    if answer.status == 200:
                        return
            await asyncio.sleep(0.05)
        raise OSError(f"{self._program.name} did not answer within {_START_SECONDS} s")

    async def stop(self) -> None:
        """End it."""
        if self._process is not None and self._process.returncode is None:
            self._process.terminate()
            await self._process.wait()

    async def ask(self, verb: str, raw_path: str, headers: Any = None, body: bytes | None = None) -> Reply:
        """Send a request; `raw_path` is percent-encoded and has its query."""
        url = URL(self._url + raw_path, encoded=True)
        kept = {name: value for name, value in (headers or {}).items() if name.lower() in _PASSED_ON}
        async with self._session.request(verb, url, headers=kept, data=body, allow_redirects=False) as answer:
            return Reply(answer.status, dict(answer.headers), await answer.read())


class Clock:
    """The Workspace's clock when its address is known, else that of this machine."""

    def __init__(self, url: str, session: aiohttp.ClientSession) -> None:
        self._url, self._session = url, session

    async def now(self) -> datetime:
        """The instant, with its zone."""
        if not self._url:
            return datetime.now(UTC)
        async with self._session.get(self._url) as answer:
            return datetime.fromisoformat((await answer.json())["now"])
