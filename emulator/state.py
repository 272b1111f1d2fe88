"""`--state DIR`: everything acknowledged survives a SIGKILL, in one SQLite file of pickled rows.

Only rows that changed are written, before the answer leaves. The file is trusted: it is pickle, made by the emulator alone.
"""

from __future__ import annotations

import pickle
import sqlite3
from pathlib import Path
from typing import Any

from emulator.kernel import World

_SETTINGS = "emulator.settings"


class State:
    """Where the tables of a world are kept. Without a folder it keeps nothing."""

    def __init__(self, folder: Path | None) -> None:
        self._store: sqlite3.Connection | None = None
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            self._store = sqlite3.connect(folder / "workspace.sqlite3", isolation_level=None)
            # A killed process loses nothing that the system has taken; a power cut is not what this guards against.
            self._store.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;")
            self._store.execute(
                "CREATE TABLE IF NOT EXISTS rows (name TEXT, key TEXT, value BLOB, PRIMARY KEY (name, key)) WITHOUT ROWID"
            )

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to go on from."""
        return self._store is None or self._store.execute("SELECT 1 FROM rows LIMIT 1").fetchone() is None

    def load(self, world: World) -> Any:
        """Fill the tables of the world; returns the settings that were saved with them."""
        settings = None
        if self._store is not None:
            for name, key, value in self._store.execute("SELECT name, key, value FROM rows"):
                if name == _SETTINGS:
                    settings = pickle.loads(value)
                else:
                    world.table(name).rows[key] = pickle.loads(value)
        return settings

    def save(self, world: World) -> None:
        """Write the rows that changed since the last time."""
        changed = [table for table in world.tables.values() if table.dirty]
        if self._store is not None and changed:
            # Pickled before the transaction begins, so that a row that cannot be pickled leaves no half of it open.
            rows = [(table.name, key, _pickled(table.rows, key)) for table in changed for key in table.dirty]
            self._store.execute("BEGIN")
            self._store.executemany("DELETE FROM rows WHERE name = ? AND key = ?", [row[:2] for row in rows if row[2] is None])
            self._store.executemany("REPLACE INTO rows VALUES (?, ?, ?)", [row for row in rows if row[2] is not None])
            self._store.execute("COMMIT")
        for table in changed:
            table.dirty.clear()

    def save_settings(self, settings: Any) -> None:
        """Write the clock and the switches, which are no rows."""
        if self._store is not None:
            self._store.execute("REPLACE INTO rows VALUES (?, ?, ?)", (_SETTINGS, "", pickle.dumps(settings)))

    def close(self) -> None:
        """Let go of the file."""
        if self._store is not None:
            self._store.close()


def _pickled(rows: dict[str, Any], key: str) -> bytes | None:
    return pickle.dumps(rows[key], protocol=pickle.HIGHEST_PROTOCOL) if key in rows else None
