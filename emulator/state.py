"""`--state DIR`: everything acknowledged survives a SIGKILL, in one SQLite file of pickled rows and of the calls answered.

Only what changed is written, in one transaction before the answer leaves. The file is trusted: it is pickle, made by the
emulator alone. It bears the format that it was written in: the members of every record, which need no care when they change,
and `FORMAT`. A file of another format, or one that another process has open, is refused.
"""

from __future__ import annotations

import dataclasses
import pickle
import sqlite3
import sys
import zlib
from pathlib import Path
from typing import Any

from emulator.kernel import World
from emulator.ledger import Ledger

FORMAT = 1
"""To be raised when what is kept changes its meaning, or a plain dictionary its shape, while no record changes its members."""
_SETTINGS = "emulator.settings"
_TABLES = """
PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;
CREATE TABLE IF NOT EXISTS rows (name TEXT, key TEXT, value BLOB, PRIMARY KEY (name, key)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS calls
  (n INTEGER PRIMARY KEY, method TEXT, actor TEXT, status INTEGER, at_s REAL, took_s REAL, batch INTEGER);
"""


class BadState(ValueError):
    """A folder of `--state` that this program cannot go on from: made by another version, damaged or in use."""


class State:
    """Where the tables of a world, its ledger and its settings are kept. Without a folder it keeps nothing."""

    def __init__(self, folder: Path | None) -> None:
        self._store: sqlite3.Connection | None = None
        self._calls_written = 0
        self._kept: dict[str, bytes] = {}
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            self._store = sqlite3.connect(folder / "workspace.sqlite3", isolation_level=None)
            try:
                # A killed process loses nothing that the system has taken; a power cut is not what this guards against.
                self._store.executescript(_TABLES)
            except sqlite3.DatabaseError as problem:
                raise BadState(
                    f"{folder}: the Workspace kept there cannot be opened ({problem}); name an empty folder."
                ) from None
            self._check_format(folder)

    def _check_format(self, folder: Path) -> None:
        assert self._store is not None
        found, ours = self._store.execute("PRAGMA user_version").fetchone()[0], _format()
        if not self.is_empty and found != ours:
            raise BadState(
                f"{folder}: the Workspace kept there was written by another version of this program (format {found}, "
                f"this one writes {ours}); name an empty folder, or go on with the version that made it."
            )
        self._store.execute(f"PRAGMA user_version = {ours}")

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to go on from."""
        return self._store is None or self._store.execute("SELECT 1 FROM rows LIMIT 1").fetchone() is None

    def load(self, world: World, ledger: Ledger) -> dict[str, Any]:
        """Fill the tables of the world and the ledger; returns the settings that were saved with them, by name."""
        settings = {}
        if self._store is not None:
            for name, key, value in self._store.execute("SELECT name, key, value FROM rows"):
                if name == _SETTINGS:
                    self._kept[key] = value
                    settings[key] = pickle.loads(value)
                else:
                    world.table(name).rows[key] = pickle.loads(value)
            ledger.restore(self._store.execute("SELECT method, actor, status, at_s, took_s, batch FROM calls ORDER BY n"))
            self._calls_written = ledger.count
        return settings

    def save(self, world: World, ledger: Ledger, settings: dict[str, Any]) -> None:
        """Write the rows and settings that changed and the calls that came since the last time."""
        changed = [table for table in world.tables.values() if table.dirty]
        if self._store is not None:
            # Pickled before the transaction begins, so that a row that cannot be pickled leaves no half of it open.
            rows = [(table.name, key, _pickled(table.rows, key)) for table in changed for key in table.dirty]
            rows += self._changed_settings(settings)
            if rows or ledger.begun_anew or ledger.count > self._calls_written:
                self._write(rows, ledger)
        for table in changed:
            table.dirty.clear()

    def _changed_settings(self, settings: dict[str, Any]) -> list[tuple[str, str, bytes | None]]:
        pickled = {key: pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL) for key, value in settings.items()}
        changed = [(_SETTINGS, key, value) for key, value in pickled.items() if self._kept.get(key) != value]
        self._kept.update(pickled)
        return [*changed]

    def _write(self, rows: list[tuple[str, str, bytes | None]], ledger: Ledger) -> None:
        assert self._store is not None
        self._store.execute("BEGIN")
        self._store.executemany("DELETE FROM rows WHERE name = ? AND key = ?", [row[:2] for row in rows if row[2] is None])
        self._store.executemany("REPLACE INTO rows VALUES (?, ?, ?)", [row for row in rows if row[2] is not None])
        if ledger.begun_anew:
            self._store.execute("DELETE FROM calls")
            self._calls_written, ledger.begun_anew = 0, False
        numbered = [(n, *row) for n, row in enumerate(ledger.rows(self._calls_written), self._calls_written + 1)]
        self._store.executemany("INSERT INTO calls VALUES (?, ?, ?, ?, ?, ?, ?)", numbered)
        self._store.execute("COMMIT")
        self._calls_written = ledger.count

    def close(self) -> None:
        """Let go of the file."""
        if self._store is not None:
            self._store.close()


def _format() -> int:
    """The number of what this program keeps: `FORMAT` and the members of every record of the services."""
    loaded = [name for name in sorted(sys.modules) if name.startswith("emulator.") and not name.startswith("emulator.desk")]
    modules = [vars(sys.modules[name]) for name in loaded]
    records = {
        value for module in modules for value in module.values() if isinstance(value, type) and dataclasses.is_dataclass(value)
    }
    shapes = sorted(
        f"{kind.__module__}.{kind.__qualname__} {[field.name for field in dataclasses.fields(kind)]}" for kind in records
    )
    return zlib.crc32("\n".join([str(FORMAT), *shapes]).encode()) & 0x7FFFFFFF


def _pickled(rows: dict[str, Any], key: str) -> bytes | None:
    return pickle.dumps(rows[key], protocol=pickle.HIGHEST_PROTOCOL) if key in rows else None
