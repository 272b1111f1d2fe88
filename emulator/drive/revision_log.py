"""Revisions as they come about: every upload is one; edits of a Google type are merged over time.

Source: Drive API guide, "Manage file revisions" ("may be incomplete"). How finely Google keeps editors apart is not documented:
one person's edits within 60 s are one revision, and `revision_merge_s` (default 0) merges different people too.
"""

from __future__ import annotations

from datetime import timedelta
from typing import cast

from emulator.drive.model import REVISIONS, File, Revision
from emulator.kernel import Table, World

_SAME_PERSON_SECONDS = 60


def revisions(world: World) -> Table[list[Revision]]:
    """The revisions of each file, oldest first."""
    return cast("Table[list[Revision]]", world.table(REVISIONS))


def add_revision(world: World, file: File, actor: str, *, keep_forever: bool = False) -> None:
    """Make the file's present content its newest revision, or part of it."""
    log = list(revisions(world).get(file.id, []))
    if file.is_native and log and _merges(world, log[-1], actor):
        log[-1].modified_at, log[-1].modified_by = world.clock.now(), actor
    else:
        number = world.table("drive.meta").get(f"revision:{file.id}", 0) + 1
        world.table("drive.meta")[f"revision:{file.id}"] = number
        revision_id = str(number) if file.is_native else world.new_id("0B", 52)
        content = None if file.is_native else file.content
        fresh = Revision(revision_id, file.mime_type, world.clock.now(), actor, content, file.original_filename, keep_forever)
        log.append(fresh)
    if not file.is_native:
        file.head_revision_id = log[-1].id
    revisions(world)[file.id] = log


def _merges(world: World, last: Revision, actor: str) -> bool:
    age = world.clock.now() - last.modified_at
    if last.modified_by == actor:
        return age <= timedelta(seconds=_SAME_PERSON_SECONDS)
    return age < timedelta(seconds=float(world.behaviour.get("revision_merge_s", 0)))
