"""Child processes that never outlive their parent, whatever ends it: started, watched, restarted, ended as a group."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import json
import os
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
_PR_SET_PDEATHSIG = 1
_END_SECONDS = 8
_RESTART_SECONDS = 0.5

# Loaded before any fork: between fork and exec nothing may be imported.
try:
    _LIBC: Any = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
except OSError:
    _LIBC = None


class StartError(Exception):
    """A part of the stack did not start; the sentence is Spanish and names its log."""


def say(text: str) -> None:
    """Tell the person at the screen how far we are."""
    print(text, file=sys.stderr, flush=True)


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def die_with_parent() -> None:
    """To be run in a child before exec: be told to end when the parent is gone, even by SIGKILL. Linux only; elsewhere nothing.

    The parent notices SIGTERM and ends its children itself; this is for the case that it cannot.
    """
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


class Child:
    """One process with its log. It leads a group of its own, so that what it starts ends with it."""

    def __init__(self, name: str, command: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        self.name, self.log = name, log
        self._command, self._environment = list(command), dict(environment)
        self._process: asyncio.subprocess.Process | None = None
        self._ending = False
        self._watcher: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int:
        """Its process id, 0 while it does not run."""
        return self._process.pid if self._process and self._process.returncode is None else 0

    async def start(self, *, stdout: int | None = None) -> asyncio.subprocess.Process:
        """Start it; output goes to its log unless `stdout` is a pipe."""
        with self.log.open("ab") as output:
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output if stdout is None else stdout,
                stderr=output,
                env=self._environment,
                cwd=ROOT,
                start_new_session=True,
                preexec_fn=die_with_parent,
            )
        return self._process

    async def ready_line(self, seconds: float = 60.0) -> dict[str, Any]:
        """Start it and read the one JSON line by which it says that it is ready. :raises StartError: it ended or stayed silent."""
        process = await self.start(stdout=asyncio.subprocess.PIPE)
        assert process.stdout is not None
        try:
            line = await asyncio.wait_for(process.stdout.readline(), seconds)
            told: dict[str, Any] = json.loads(line)
        except (TimeoutError, ValueError):
            raise StartError(f"{self.name} no arrancó. {self.last_words()}") from None
        return told

    def keep(self, restarted: Callable[[str], Awaitable[None]]) -> None:
        """Start it again whenever it ends by itself."""
        self._watcher = asyncio.create_task(self._watch(restarted))

    async def _watch(self, restarted: Callable[[str], Awaitable[None]]) -> None:
        while self._process is not None:
            code = await self._process.wait()
            if self._ending:
                return
            # What it left behind of its own group would hold the port.
            self._signal(signal.SIGKILL)
            say(f"! {self.name} terminó solo (código {code}); se arranca otra vez. Su registro: {self.log}")
            await asyncio.sleep(_RESTART_SECONDS)
            await self.start()
            await restarted(self.name)

    async def ended(self) -> None:
        """Wait until it ends."""
        if self._process is not None:
            await self._process.wait()

    async def end(self) -> None:
        """End it and its group, gently first."""
        self._ending = True
        if self._process is None:
            return
        for number in (signal.SIGTERM, signal.SIGKILL):
            if not self._signal(number):
                break
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._process.wait(), _END_SECONDS)
        # A worker that its leader left behind must not keep the port.
        self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> bool:
        if self._process is None:
            return False
        try:
            os.killpg(self._process.pid, number)
        except (ProcessLookupError, PermissionError):
            return False
        return True

    def last_words(self) -> str:
        """The end of its log, for the person who must find out why."""
        text = self.log.read_text(encoding="utf-8", errors="replace")[-1500:] if self.log.exists() else ""
        return f"Su registro ({self.log}) termina así:\n{text}"


async def wait_until(answers: Callable[[], Awaitable[bool]], seconds: float, problem: Callable[[], str]) -> None:
    """Ask again and again until it is so. :raises StartError: it did not become so in time."""
    loop = asyncio.get_running_loop()
    give_up_at = loop.time() + seconds
    while not await answers():
        if loop.time() > give_up_at:
            raise StartError(problem())
        await asyncio.sleep(0.1)
