"""A local Workspace whose whole state can be put aside and taken back within milliseconds: `python tests/workspace_process.py`.

It is the emulator, unchanged, with two addresses of the tests' own: `POST /_test/keep/{name}` and `POST /_test/take/{name}`.
A crash test thus begins where the interesting part begins instead of playing the whole way to it again.
"""

from __future__ import annotations

import asyncio
import json
import pickle
import signal
import sys
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from aiohttp import web

from emulator import local_api, server

Kept = dict[str, tuple[bytes, datetime]]


def keep(workspace: server.Workspace, kept: Kept, name: str) -> None:
    """Put the present rows of every table aside under a name."""
    tables = {key: table.rows for key, table in workspace.world.tables.items()}
    kept[name] = pickle.dumps(tables, protocol=pickle.HIGHEST_PROTOCOL), workspace.world.clock.now()


def take(workspace: server.Workspace, kept: Kept, name: str) -> None:
    """Go back to what was put aside; faults and the ledger begin anew."""
    pickled, instant = kept[name]
    rows: dict[str, Any] = pickle.loads(pickled)
    for key, table in workspace.world.tables.items():
        # A new dictionary tells the services that what they derived from the old one is stale.
        table.rows, table.dirty = rows.get(key, {}), set()
    workspace.world.clock.put(instant)
    workspace.front.faults.rules = []
    workspace.front.ledger.clear()


def add_routes(app: web.Application, workspace: server.Workspace) -> None:
    """The two addresses, beside those of `/_local`."""
    kept: Kept = {}

    def door(action: Callable[[server.Workspace, Kept, str], None]) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def answer(request: web.Request) -> web.Response:
            action(workspace, kept, request.match_info["name"])
            return web.json_response({})

        return answer

    app.router.add_post("/_test/keep/{name}", door(keep))
    app.router.add_post("/_test/take/{name}", door(take))


async def run() -> None:
    """Serve until SIGTERM."""
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    workspace = server.Workspace()
    routes_of_local = local_api.add_routes

    def all_routes(app: web.Application, workspace: server.Workspace) -> None:
        add_routes(app, workspace)
        routes_of_local(app, workspace)

    # The emulator's own catch-all comes last, so ours must be there before it.
    local_api.add_routes = all_routes
    runner, url = await server.open_door(workspace, 0)
    print(json.dumps({"ready": True, "url": url}), flush=True)
    await ended.wait()
    await workspace.stop()
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(run())
