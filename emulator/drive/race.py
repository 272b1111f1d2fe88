"""Two changes of one item's permissions at the same time: Google keeps the last one only.

Handlers never run at the same time here. With the switch `permission_race_ms` a change that comes within so many
milliseconds of the Workspace clock after another one of the same item, as the parts of a batch do, undoes it.
Source: Drive API reference, `permissions`: "concurrent permissions operations on the same file aren't supported".
"""

from __future__ import annotations

import copy
from datetime import datetime, timedelta

from emulator.drive.model import META, File, Permission
from emulator.kernel import World

_Grants = dict[str, Permission]


def begin(world: World, file: File) -> None:
    """Call before a change of grants that nothing can stop any more."""
    window = float(world.behaviour.get("permission_race_ms", 0))
    if not window:
        return
    notes, key, now = world.table(META), f"race:{file.id}", world.clock.now()
    last: tuple[datetime, _Grants] | None = notes.get(key)
    if last is not None and now - last[0] <= timedelta(milliseconds=window):
        file.grants = copy.deepcopy(last[1])
    notes[key] = (now, copy.deepcopy(file.grants))
