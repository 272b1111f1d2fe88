"""One of several processes on one SQLite file: adds fifty to a counter, then prints the ids of a hundred that it won."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "functions"))

from expediente.store import ConflictError, Create, Update
from expediente.store_sqlite import SqliteStore


def main(path: str, name: str) -> None:
    """Race."""
    store = SqliteStore(path)
    with contextlib.suppress(ConflictError):
        store.commit([Create("cursor", "counter", {"n": 0})])
    steps = 0
    while steps < 50:
        read = store.get("cursor", "counter")
        assert read is not None
        with contextlib.suppress(ConflictError):
            store.commit([Update("cursor", "counter", {"n": read.data["n"] + 1}, read.version)])
            steps += 1
    for number in range(100):
        with contextlib.suppress(ConflictError):
            store.commit([Create("inbox", f"{number}", {"by": name})])
            print(number)
    store.close()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
