"""`python -m emulator.storage --engine PROGRAM --folder DIR --port P`: run the object store until SIGTERM."""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
from pathlib import Path

import aiohttp
from aiohttp import web

from emulator.storage.engine import Clock, Engine
from emulator.storage.front import Front
from emulator.storage.records import Records


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m emulator.storage", description="Run a local Cloud Storage on 127.0.0.1.")
    parser.add_argument("--port", type=int, required=True, help="port to listen on; 0 takes a free one")
    parser.add_argument("--engine", type=Path, required=True, help="the fake-gcs-server program")
    parser.add_argument("--folder", type=Path, required=True, help="where everything is kept")
    parser.add_argument("--clock", default="", help="address of the Workspace's clock; without it the machine's counts")
    parser.add_argument("--unlisted", action="append", default=[], help="a bucket whose objects may be read and not listed")
    return parser.parse_args()


async def run(options: argparse.Namespace) -> None:
    """Serve until SIGTERM or SIGINT."""
    ended, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    options.folder.mkdir(parents=True, exist_ok=True)
    async with aiohttp.ClientSession(auto_decompress=False) as session:
        engine = Engine(options.engine, options.folder / "objects", session)
        front = Front(engine, Records(options.folder / "records.json"), Clock(options.clock, session), options.unlisted)
        runner = web.AppRunner(front.application(), access_log=None)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", options.port).start()
            url = f"http://127.0.0.1:{runner.addresses[0][1]}"
            await engine.start(url)
            print(json.dumps({"ready": True, "url": url}), flush=True)
            await ended.wait()
        finally:
            await engine.stop()
            await runner.cleanup()


def main() -> None:
    """Entry point. A folder, port or program that cannot be used is told in one sentence, exit code 2."""
    try:
        asyncio.run(run(arguments()))
    except OSError as problem:
        print(f"emulator.storage: {problem}", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
