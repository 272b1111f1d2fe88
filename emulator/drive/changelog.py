"""The change log: one entry an item, moved to the end at each change, remembering who lost sight of it.

Source: Drive API guide, "Track changes for users and shared drives". Entries give the latest state, no history;
a change of a folder's permissions makes no entries for what lies below.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from typing import cast
from weakref import WeakKeyDictionary

from emulator.drive.access import audience
from emulator.drive.model import CHANGES, META, ChangeEntry, File
from emulator.kernel import Table, World

_FIRST = 1001

Listener = Callable[[World, File, str], None]
LISTENERS: list[Listener] = []
"""Told of every change after it has been noted: the item and what changed (see `record`, and `remove`)."""


def entries(world: World) -> Table[ChangeEntry]:
    """The change log by sequence number."""
    return cast("Table[ChangeEntry]", world.table(CHANGES))


def next_seq(world: World) -> int:
    """The sequence number that the next change will get; it is the start page token."""
    return int(world.table(META).get("next_seq", _FIRST))


class _Order:
    """Sequence numbers in order and the current entry of every item; stale numbers are skipped when read."""

    def __init__(self, rows: dict[str, ChangeEntry]) -> None:
        self.rows = rows
        self.seqs = sorted(int(key) for key in rows)
        self.current = {entry.item_id: entry.seq for entry in rows.values()}


_ORDERS: WeakKeyDictionary[World, _Order] = WeakKeyDictionary()


def _order(world: World) -> _Order:
    rows = entries(world).rows
    known = _ORDERS.get(world)
    if known is None or known.rows is not rows or len(known.current) != len(rows):
        known = _ORDERS[world] = _Order(rows)
    return known


def record(
    world: World, item: File, *, before: set[str] | None = None, drives: set[str] | None = None, what: str = "properties"
) -> None:
    """Note that an item changed.

    before: the grantee keys that had access until now, when the change may have taken it from some.
    drives: shared drives that the item was in until now.
    what: what a watcher of the item is told: `add`, `content`, `properties`, `permissions`, `parents`, `trash`, `untrash`.
    """
    kind = "drive" if item.is_drive_root else "file"
    after = audience(world, item)
    entry = _renewed(world, kind, item.id)
    entry.drives |= (drives or set()) | ({item.drive_id} if item.drive_id else set())
    for key in (before or set()) - after:
        entry.lost[key] = entry.seq
    entries(world)[str(entry.seq)] = entry
    _tell(world, item, what)


def _tell(world: World, item: File, what: str) -> None:
    for listener in LISTENERS:
        listener(world, item, what)


def record_removal(world: World, item: File, before: set[str]) -> None:
    """Note that an item is gone for good; `before` are the grantee keys that had access."""
    entry = _renewed(world, "drive" if item.is_drive_root else "file", item.id)
    entry.drives |= {item.drive_id} if item.drive_id else set()
    entry.lost |= dict.fromkeys(before, entry.seq)
    entries(world)[str(entry.seq)] = entry
    _tell(world, item, "remove")


def _renewed(world: World, kind: str, item_id: str) -> ChangeEntry:
    order, log = _order(world), entries(world)
    seq = next_seq(world)
    world.table(META)["next_seq"] = seq + 1
    old = order.current.get(item_id)
    entry = ChangeEntry(seq, kind, item_id, set(), world.clock.now())
    if old is not None:
        previous = log.pop(str(old))
        entry.drives, entry.lost = set(previous.drives), dict(previous.lost)
    order.current[item_id] = seq
    order.seqs.append(seq)
    log[str(seq)] = entry
    return entry


def since(world: World, seq: int) -> list[ChangeEntry]:
    """The entries from a sequence number on, oldest first."""
    order, log = _order(world), entries(world)
    late = order.seqs[bisect_left(order.seqs, seq) :]
    return [log[str(one)] for one in late if str(one) in log]
