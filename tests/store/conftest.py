"""The two stores under one contract: `store` is an empty one, `open_again` another handle on the same records."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from expediente.store import Store
from expediente.store_firestore import FirestoreStore
from expediente.store_sqlite import SqliteStore
from tests.firestore_emulator import FirestoreEmulator, firestore_emulator, pytest_terminal_summary

__all__ = ["firestore_emulator", "pytest_terminal_summary"]

Opener = Callable[[str], Store]
_numbers = itertools.count()


@contextmanager
def _sqlite(folder: Path) -> Iterator[Opener]:
    opened: list[SqliteStore] = []

    def open_store(name: str) -> Store:
        opened.append(SqliteStore(folder / f"{name}.db", busy_seconds=60))
        return opened[-1]

    yield open_store
    for store in opened:
        store.close()


@contextmanager
def _firestore(emulator: FirestoreEmulator) -> Iterator[Opener]:
    session = f"t{os.getpid()}-{next(_numbers)}"
    with ExitStack() as stack:

        def open_store(name: str) -> Store:
            client = emulator.client(f"{session}-{name}")
            stack.callback(client.close)
            return FirestoreStore(client)

        yield open_store


@pytest.fixture(params=["sqlite", "firestore"])
def opener(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Opener]:
    """Opens the store of a given name: the same name gives the same records, a new one an empty store."""
    if request.param == "sqlite":
        with _sqlite(tmp_path) as open_store:
            yield open_store
    else:
        with _firestore(request.getfixturevalue("firestore_emulator")) as open_store:
            yield open_store


@pytest.fixture
def store(opener: Opener) -> Store:
    """An empty store."""
    return opener("main")


@pytest.fixture
def open_again(opener: Opener) -> Callable[[], Store]:
    """Another handle on the records of `store`."""
    return lambda: opener("main")
