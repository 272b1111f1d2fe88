"""What Drive looks up often, derived from the table of files: children, contents of a drive, holdings of a grantee.

Nothing here is saved. The index notices when the table's rows were loaded anew and builds itself again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

from emulator.drive.model import File, files
from emulator.kernel import World

Ids = dict[str, None]
Pair = tuple[str, str, str]
"""Project, key and value of a private property."""


@dataclass
class Trace:
    """Where one file stands in the index, so that it can be taken out again."""

    parent: str | None
    drive: str | None
    owner: str | None
    grantees: frozenset[str]
    pairs: frozenset[Pair]
    expires: bool


@dataclass
class Index:
    """Sets of file ids, in order of creation: by parent, shared drive, owner, grantee of a direct grant, private property."""

    rows: dict[str, File]
    children: dict[str, Ids] = field(default_factory=dict)
    by_drive: dict[str, Ids] = field(default_factory=dict)
    by_owner: dict[str, Ids] = field(default_factory=dict)
    by_grantee: dict[str, Ids] = field(default_factory=dict)
    by_property: dict[Pair, Ids] = field(default_factory=dict)
    expiring: Ids = field(default_factory=dict)
    traces: dict[str, Trace] = field(default_factory=dict)

    def put(self, file: File) -> None:
        """Enter a file, or enter it anew after a change."""
        parent = file.parents[0] if file.parents else None
        expires = any(grant.expiration_time for grant in file.grants.values())
        grantees = frozenset(grant.key for grant in file.grants.values())
        pairs = frozenset((project, *pair) for project, held in file.app_properties.items() for pair in held.items())
        trace = Trace(parent, file.drive_id, file.owner, grantees, pairs, expires)
        old = self.traces.get(file.id)
        if old == trace:
            return
        if old is not None:
            self._move(file.id, old, entering=False)
        self._move(file.id, trace, entering=True)
        self.traces[file.id] = trace

    def drop(self, file_id: str) -> None:
        """Take a file out."""
        trace = self.traces.pop(file_id, None)
        if trace is not None:
            self._move(file_id, trace, entering=False)

    def _move(self, file_id: str, trace: Trace, *, entering: bool) -> None:
        if trace.expires and entering:
            self.expiring[file_id] = None
        elif not entering:
            self.expiring.pop(file_id, None)
        places: list[tuple[dict[Any, Ids], Any]]
        places = [(self.children, trace.parent), (self.by_drive, trace.drive), (self.by_owner, trace.owner)]
        places += [(self.by_grantee, key) for key in trace.grantees]
        places += [(self.by_property, pair) for pair in trace.pairs]
        for shelf, key in places:
            if key is None:
                continue
            if entering:
                shelf.setdefault(key, {})[file_id] = None
            else:
                shelf.get(key, {}).pop(file_id, None)


_INDEXES: WeakKeyDictionary[World, Index] = WeakKeyDictionary()


def index(world: World) -> Index:
    """The index of this world's files, built on first use and whenever the rows were exchanged behind its back."""
    rows = files(world).rows
    known = _INDEXES.get(world)
    if known is None or known.rows is not rows or len(known.traces) != len(rows):
        known = Index(rows)
        for file in rows.values():
            known.put(file)
        _INDEXES[world] = known
    return known


def save(world: World, file: File) -> None:
    """Store a file that is new or was changed in place."""
    shelf = index(world)
    files(world)[file.id] = file
    shelf.put(file)


def erase(world: World, file_id: str) -> None:
    """Forget a file's row."""
    shelf = index(world)
    del files(world)[file_id]
    shelf.drop(file_id)


def descendants(world: World, file_id: str) -> list[str]:
    """Everything below a folder, parents before children, the folder itself left out."""
    shelf, found, waiting = index(world), [], [file_id]
    while waiting:
        below = list(shelf.children.get(waiting.pop(), {}))
        found += below
        waiting += below
    return found
