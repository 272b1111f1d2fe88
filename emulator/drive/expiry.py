"""Grants that have run out: dropped when somebody looks, with a change entry at that moment.

Access never waits for this: `emulator.drive.access` disregards an expired grant by the clock.
"""

from __future__ import annotations

from emulator.drive.access import audience, is_live
from emulator.drive.changelog import record
from emulator.drive.index import index, save
from emulator.drive.model import File, files
from emulator.kernel import World


def drop_expired(world: World) -> None:
    """Remove all expired grants of the Workspace."""
    shelf = index(world)
    for file_id in list(shelf.expiring):
        file = files(world)[file_id]
        dead = [slot for slot, grant in file.grants.items() if not is_live(world, grant)]
        if dead:
            _drop(world, file, dead)


def _drop(world: World, file: File, dead: list[str]) -> None:
    before = audience(world, file)
    for slot in dead:
        del file.grants[slot]
    file.version += 1
    save(world, file)
    record(world, file, before=before)
