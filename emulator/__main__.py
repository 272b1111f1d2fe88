"""`python -m emulator --port P`: run a local Google Workspace until SIGTERM."""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import signal
import sys
from pathlib import Path

from emulator.seed import BadSeed
from emulator.server import Workspace, open_door
from emulator.state import BadState


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m emulator",
        description="Run a local Google Workspace on 127.0.0.1.",
        epilog="Example: python -m emulator --port 8090 --state build/workspace",
    )
    parser.add_argument("--port", type=_port, required=True, help="port to listen on; 0 takes a free one")
    parser.add_argument("--seed", type=Path, help="the company to begin with (default: the invented one in seed.yaml)")
    parser.add_argument("--state", type=Path, help="folder to keep everything in; without it all is forgotten at the end")
    return parser.parse_args()


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"expected a number from 0 to 65535, found {text!r}")
    return int(text)


async def run(options: argparse.Namespace) -> None:
    """Serve until SIGTERM or SIGINT."""
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    workspace = Workspace(options.seed, options.state)
    runner, url = await open_door(workspace, options.port)
    # The method tables live as long as the process: leave them out of every later collection.
    gc.collect()
    gc.freeze()
    print(json.dumps({"ready": True, "url": url}), flush=True)
    await ended.wait()
    await workspace.stop()
    await runner.cleanup()


def main() -> None:
    """Entry point. A seed, folder or port that cannot be used is told in one sentence, exit code 2."""
    try:
        asyncio.run(run(arguments()))
    except (OSError, BadSeed, BadState) as problem:
        print(f"emulator: {problem}", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
