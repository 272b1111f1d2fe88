"""One stack on which the whole way was played once; every test takes a stage of it back and disturbs it."""

from __future__ import annotations

import logging
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crash.stages import Theatre
from tests.harness import Stack
from tests.local_workspace import Workspace
from tests.staging_bucket import StagingBucket

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


@pytest.fixture(scope="module")
def own_workspace() -> Iterator[Workspace]:
    """A Workspace for one module alone: what stands in that of the theatre is counted by it."""
    started = Workspace.start()
    yield started
    started.stop()


@pytest.fixture(scope="session")
def theatre(workspace: Workspace, folder: Path) -> Iterator[Theatre]:
    """The way of a client, played once."""
    bucket = StagingBucket(folder / "staging")
    try:
        made = Theatre(Stack(workspace, folder, bucket))
        made.prepare()
        yield made
    finally:
        bucket.stop()


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """What the product logs of the faults it meets is of no interest here, and would fill pages."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)
