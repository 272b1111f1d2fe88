"""The store in one SQLite file: for one machine, many processes and threads.

Write-ahead log with full synchronisation: what a commit has told holds after a killed process and after a power cut. A version is
the number of the commit, counted in the same transaction, hence never used twice.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from expediente.errors import ConflictError, RetryLaterError
from expediente.store import INDEXES, Query
from expediente.store_shared import Change, Row, SharedStore

__all__ = ["SqliteStore"]

_TABLES = """
    CREATE TABLE IF NOT EXISTS records (
        kind TEXT NOT NULL, name TEXT NOT NULL, data TEXT NOT NULL, version INTEGER NOT NULL, PRIMARY KEY (kind, name)
    );
    CREATE TABLE IF NOT EXISTS commits (last INTEGER NOT NULL);
    INSERT INTO commits SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM commits);
"""
_COLUMNS = "kind, name, data, version"
_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


class SqliteStore(SharedStore):
    """A store in the file at `path`, made when it is missing. Threads may share one; a forked process opens connections anew.

    :param busy_seconds: how long a writer waits for another before RetryLaterError.
    """

    def __init__(self, path: Path | str, busy_seconds: float = 30.0) -> None:
        self._path, self._busy_seconds = str(path), busy_seconds
        self._lock = threading.Lock()
        self._idle: list[sqlite3.Connection] = []
        self._abandoned: list[sqlite3.Connection] = []
        self._process = os.getpid()
        self._set_up()

    def close(self) -> None:
        """Close the idle connections; the store may be used again."""
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def _fetch(self, names: Sequence[tuple[str, str]]) -> list[Row]:
        with self._transaction("DEFERRED") as connection:
            one = f"SELECT {_COLUMNS} FROM records WHERE kind = ? AND name = ?"
            found = [connection.execute(one, name).fetchone() for name in names]
        return [_row(columns) for columns in found if columns]

    def _apply(self, changes: Sequence[Change]) -> list[str]:
        with self._transaction("IMMEDIATE") as connection:
            (version,) = connection.execute("UPDATE commits SET last = last + 1 RETURNING last").fetchone()
            for change in changes:
                address = (change.kind, change.name)
                found = connection.execute("SELECT version FROM records WHERE kind = ? AND name = ?", address).fetchone()
                if not change.is_met_by(str(found[0]) if found else None):
                    raise ConflictError(change.kind, change.key)
                if change.text is None:
                    connection.execute("DELETE FROM records WHERE kind = ? AND name = ?", address)
                else:
                    connection.execute(
                        "INSERT INTO records (kind, name, data, version) VALUES (?, ?, ?, ?) "
                        "ON CONFLICT DO UPDATE SET data = excluded.data, version = excluded.version",
                        (*address, change.text, version),
                    )
        return ["" if change.text is None else str(version) for change in changes]

    def _find(self, query: Query, equals: str | None, until: str | int | None, limit: int, since: str | int | None) -> list[Row]:
        order = _field(query.ordered_by)
        conditions = [f"kind = '{query.kind}'", f"{order} IS NOT NULL"]
        values: list[str | int | None] = []
        if query.equals is not None:
            conditions.append(f"{_field(query.equals)} = ?")
            values.append(equals)
        if until is not None:
            conditions.append(f"{order} <= ? AND typeof({order}) = typeof(?)")
            values += [until, until]
        if since is not None:
            conditions.append(f"{order} > ? AND typeof({order}) = typeof(?)")
            values += [since, since]
        # Named, because without statistics SQLite may prefer the key's index and then sort everything of the kind.
        source = f"records INDEXED BY {_index_name(query)}"
        sql = f"SELECT {_COLUMNS} FROM {source} WHERE {' AND '.join(conditions)} ORDER BY {order}, name LIMIT ?"
        with self._transaction("DEFERRED") as connection:
            return [_row(columns) for columns in connection.execute(sql, (*values, limit))]

    @contextmanager
    def _transaction(self, how: str) -> Iterator[sqlite3.Connection]:
        """A connection of our own inside a transaction, committed at the end or rolled back on any error."""
        connection = self._take()
        try:
            connection.execute(f"BEGIN {how}")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF in _BUSY:
                raise RetryLaterError("sqlite", 503, "busy", after_seconds=1.0) from error
            raise
        finally:
            self._give_back(connection)

    def _take(self) -> sqlite3.Connection:
        with self._lock:
            if self._process != os.getpid():
                # Closing a connection that was opened before a fork would drop the locks of the parent: keep it, unused.
                self._abandoned, self._idle, self._process = self._abandoned + self._idle, [], os.getpid()
            if self._idle:
                return self._idle.pop()
        return self._open()

    def _give_back(self, connection: sqlite3.Connection) -> None:
        with self._lock:
            self._idle.append(connection)

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=self._busy_seconds, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA synchronous = FULL")
        return connection

    def _set_up(self) -> None:
        """Journal mode, table and indexes. The change of mode does not wait for others by itself, so it is tried again."""
        connection, give_up_at = self._open(), time.monotonic() + self._busy_seconds
        try:
            while True:
                try:
                    connection.execute("PRAGMA journal_mode = WAL")
                    connection.executescript(f"BEGIN IMMEDIATE; {_TABLES} {_indexes()} COMMIT;")
                    return
                except sqlite3.OperationalError as error:
                    if connection.in_transaction:
                        connection.execute("ROLLBACK")
                    if error.sqlite_errorcode & 0xFF not in _BUSY or time.monotonic() > give_up_at:
                        raise
                    time.sleep(0.02)
        finally:
            self._give_back(connection)


def _field(name: str) -> str:
    return f"json_extract(data, '$.{name}')"


def _indexes() -> str:
    """One index a query, named by what it indexes, so that a changed query gets a new one."""
    statements = []
    for query in INDEXES.values():
        fields = [name for name in (query.equals, query.ordered_by) if name]
        columns = ", ".join([_field(name) for name in fields] + ["name"])
        where = f"kind = '{query.kind}' AND {_field(query.ordered_by)} IS NOT NULL"
        statements.append(f"CREATE INDEX IF NOT EXISTS {_index_name(query)} ON records ({columns}) WHERE {where};")
    return "\n".join(statements)


def _index_name(query: Query) -> str:
    return "_".join(["by", query.kind, *(name for name in (query.equals, query.ordered_by) if name)])


def _row(columns: tuple[str, str, str, int]) -> Row:
    kind, name, data, version = columns
    return Row(kind, name, data, str(version))
