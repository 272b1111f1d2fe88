"""One stack on which the whole way was played once; every test takes a stage of it back and disturbs it."""

from __future__ import annotations

import logging
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [entry for entry in (str(TESTS), str(TESTS / "crash")) if entry not in sys.path]

from harness import Stack, Workspace
from stages import Theatre

MEMORY = Path("/dev/shm")


@pytest.fixture(scope="session")
def folder() -> Iterator[Path]:
    """Where stores lie: in memory where the machine has such a place, for a store that is written through ten thousand times."""
    made = Path(tempfile.mkdtemp(dir=MEMORY if MEMORY.is_dir() else None))
    yield made
    shutil.rmtree(made)


@pytest.fixture(scope="session")
def workspace() -> Iterator[Workspace]:
    """The local Workspace of all these tests."""
    started = Workspace.start()
    yield started
    started.stop()


@pytest.fixture(scope="session")
def theatre(workspace: Workspace, folder: Path) -> Iterator[Theatre]:
    """The way of a client, played once. What the product logs of the faults it meets is of no interest here."""
    logging.disable(logging.CRITICAL)
    made = Theatre(Stack(workspace, folder))
    made.prepare()
    yield made
    logging.disable(logging.NOTSET)


@pytest.fixture
def stack(theatre: Theatre) -> Stack:
    """The stack as it was when the form had just been sent."""
    theatre.stack.take("intake")
    theatre.stack.bus.copies, theatre.stack.bus.shuffled, theatre.stack.bus.losing = 1, None, lambda: False
    return theatre.stack
