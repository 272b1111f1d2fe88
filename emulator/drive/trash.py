"""The trash: what lies in it for 30 days is deleted for good, by the Workspace clock.

Source: Drive API guide, "Trash or delete files and folders".
"""

from __future__ import annotations

from datetime import timedelta

from emulator.drive.files import destroy
from emulator.drive.model import File, files
from emulator.kernel import Call, World

KEPT = timedelta(days=30)


def put(call: Call, file: File, *, trashed: bool) -> None:
    """Note on the file who trashed it and when, or that it is out again."""
    file.trashed = trashed
    file.trashed_at, file.trashed_by = (call.now, call.actor.lower()) if trashed else (None, None)
    if trashed:
        arm(call.world, file)


def arm(world: World, file: File) -> None:
    """Have a trashed file deleted when its time is over, unless it was taken out until then."""
    put_at = file.trashed_at
    if put_at is None:
        return

    def end() -> None:
        held = files(world).get(file.id)
        if held is not None and held.trashed and held.trashed_at == put_at:
            destroy(world, held)

    world.clock.call_at(put_at + KEPT, end)


def resume(world: World) -> None:
    """After a restart: the clocks of everything that is in the trash."""
    for file in list(files(world).values()):
        if file.trashed:
            arm(world, file)
