"""Files as the other services use them: look one up with the rights of somebody, make one, say that one changed.

The HTTP methods are in `emulator.drive.file_calls`; the sheets, forms and desk call these functions instead.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from emulator.drive import refusals
from emulator.drive.access import Eye, audience, lineage, rank
from emulator.drive.changelog import record, record_removal
from emulator.drive.index import descendants, erase, index, save
from emulator.drive.model import (
    APP_SPACE,
    COMMENTS,
    FILES,
    FOLDER,
    GONE,
    NATIVE_PREFIX,
    PROPOSALS,
    RANK,
    REVISIONS,
    SHORTCUT,
    File,
    Permission,
    app_data_id,
    files,
    my_drive_id,
    permission_id,
)
from emulator.drive.revision_log import add_revision
from emulator.kernel import ApiError, World

__all__ = ["FILES", "NATIVE", "File", "create_file", "get_file", "my_drive", "touch"]

NativeMaker = Callable[[World, File, "File | None"], None]
NATIVE: dict[str, NativeMaker] = {}
"""What makes the record of a Google type: called with the new file and, on a copy, the file it was copied from."""

ERASERS: list[Callable[[World, str], object]] = []
"""What takes away the records of a file that is deleted for good; called with the id of every such file."""

_MAX_LEVELS = 100
_ITEM_LIMIT = 500_000


def my_drive(world: World, address: str) -> File:
    """The My Drive folder of an address, made on first use."""
    root_id = my_drive_id(address)
    rows = files(world)
    if root_id not in rows:
        owner, now = address.lower(), world.clock.now()
        root = File(root_id, "My Drive", FOLDER, [], None, owner, now, now, owner, now)
        grant = owner_grant(owner, world)
        root.grants[grant.id] = grant
        save(world, root)
    return rows[root_id]


def app_data(world: World, address: str) -> File:
    """The folder that a project keeps out of a person's sight, made on first use. Source: Drive guide, application data."""
    project, owner = project_of(world, address), address.lower()
    folder_id = app_data_id(owner, project)
    if folder_id not in files(world):
        now = world.clock.now()
        root = File(folder_id, "Application Data", FOLDER, [], None, owner, now, now, owner, now)
        root.space, root.app = APP_SPACE, project
        grant = owner_grant(owner, world)
        root.grants[grant.id] = grant
        save(world, root)
    return files(world)[folder_id]


def owner_grant(owner: str, world: World) -> Permission:
    """The permission of the owner of a My Drive item."""
    return Permission(permission_id("user", owner), "user", "owner", owner, granted_at=world.clock.now(), granted_by=owner)


_ALIASES: dict[str, Callable[[World, str], File]] = {"root": my_drive, APP_SPACE: app_data}


def get_file(world: World, file_id: str, actor: str, need: str = "reader") -> File:
    """The file, when the actor may see it and has at least the role `need` (`metadata`: seeing it is enough).

    :raises ApiError: 404 notFound when the actor cannot see it, 403 insufficientFilePermissions when the role is too low.
    """
    file = _ALIASES[file_id](world, actor) if file_id in _ALIASES else files(world).get(file_id)
    eye = Eye(world, actor)
    if file is None or not eye.sees(file):
        raise refusals.file_not_found(file_id)
    if need != "metadata" and rank(eye.role(file)) < RANK[need]:
        raise refusals.insufficient()
    return file


@dataclass(frozen=True)
class Placement:
    """The folder for a new item, checked, and who will own it: a shared drive or a person."""

    parent: File
    drive_id: str | None
    owner: str | None


def placement(world: World, actor: str, parents: list[str] | None) -> Placement:
    """Where a new item of this actor goes.

    :raises ApiError: 403 storageQuotaExceeded for a service account outside shared drives, 404 for an invisible folder,
        403 for one that the actor may only read or that is full or too deep.
    """
    wanted = list(parents or ["root"])
    is_service = owns_nothing(world, actor)
    if is_service and wanted[0] == "root":
        raise refusals.no_storage()
    parent = get_file(world, wanted[0], actor, "metadata")
    if len(wanted) > 1:
        raise refusals.one_parent() if parent.drive_id else refusals.invalid("parents", "A file can have only one parent.")
    if not parent.is_folder:
        raise refusals.forbidden("parentNotAFolder", "The specified parent is not a folder.")
    if rank(Eye(world, actor).role(parent)) < RANK["writer"]:
        raise refusals.insufficient_parent(world)
    if is_service and parent.drive_id is None:
        raise refusals.no_storage()
    check_room(world, parent)
    return Placement(parent, parent.drive_id, None if parent.drive_id else actor.lower())


def owns_nothing(world: World, actor: str) -> bool:
    """Whether the actor is a service account, which has no room of its own.

    Until April 2025 it had; recordings of that time can be played with the switch `service_accounts_own_files`.
    """
    return world.directory.is_service_account(actor) and not world.behaviour.get("service_accounts_own_files", False)


def check_room(world: World, parent: File, *, levels: int = 1) -> None:
    """Refuse a folder that is nested too deep or on a full shared drive. `levels`: height of what is to be put in."""
    if sum(1 for _ in lineage(world, parent)) + levels - 1 > _MAX_LEVELS:
        if parent.drive_id:
            raise refusals.forbidden("teamDriveHierarchyTooDeep", "The shared drive hierarchy depth will exceed the limit.")
        text = "Your My Drive can't contain more than 100 levels of folders."
        raise refusals.forbidden("myDriveHierarchyDepthLimitExceeded", text)
    limit = int(world.behaviour.get("drive_item_limit", _ITEM_LIMIT))
    if parent.drive_id and len(index(world).by_drive.get(parent.drive_id, {})) > limit:
        raise refusals.forbidden("teamDriveFileLimitExceeded", "The file limit for this shared drive has been exceeded.")


def _is_document(mime_type: str) -> bool:
    return mime_type.startswith(NATIVE_PREFIX) and mime_type not in (FOLDER, SHORTCUT)


def usable_id(world: World, file_id: str | None, mime_type: str) -> str:
    """The id for a new file: the one that was given, when it is free and allowed for this type, else a fresh one."""
    if file_id is None:
        # Documents of Google's editors have longer ids than files and folders.
        return world.new_id("1", 44 if _is_document(mime_type) else 33)
    if _is_document(mime_type):
        raise refusals.invalid("file.id", "Generating IDs is not supported for Google Workspace files.")
    if file_id in files(world) or file_id in world.table(GONE):
        raise ApiError(409, "A file already exists with the provided ID.", reason="fileIdInUse")
    return file_id


def create_file(
    world: World,
    actor: str,
    *,
    name: str,
    mime_type: str,
    parents: list[str] | None,
    app_properties: dict[str, str] | None = None,
    properties: dict[str, str] | None = None,
    file_id: str | None = None,
    content: bytes | None = None,
    description: str | None = None,
    source: File | None = None,
    shortcut_target: str | None = None,
    original_filename: str | None = None,
    inherited_permissions_disabled: bool = False,
) -> File:
    """A new file of this actor. `app_properties` become visible to the actor's project only. `source` is the file it is a copy of.

    :raises ApiError: 403 or 404 when the place is refused (see `placement`), 409 fileIdInUse, 400 for an id that cannot be used.
    """
    place = placement(world, actor, parents)
    new_id = usable_id(world, file_id, mime_type)
    if inherited_permissions_disabled and place.drive_id and rank(Eye(world, actor).role(place.parent)) < RANK["organizer"]:
        raise refusals.insufficient()
    now, address = world.clock.now(), actor.lower()
    file = File(new_id, name, mime_type, [place.parent.id], place.drive_id, place.owner, now, now, address, now)
    file.app, file.space = project_of(world, actor), place.parent.space
    file.app_properties = {project_of(world, actor): dict(app_properties)} if app_properties else {}
    file.properties = dict(properties or {})
    file.description = description
    if shortcut_target:
        file.shortcut_target, file.shortcut_mime_type = shortcut_target, files(world)[shortcut_target].mime_type
    file.original_filename = original_filename
    file.inherited_permissions_disabled = inherited_permissions_disabled
    file.modified_by[address] = file.viewed_by[address] = now
    if place.owner:
        grant = owner_grant(place.owner, world)
        file.grants[grant.id] = grant
    if not file.is_native:
        file.content = content or b""
        file.original_filename = original_filename or name
    elif content is not None:
        file.content = content
    save(world, file)
    if mime_type in NATIVE:
        NATIVE[mime_type](world, file, source)
    if mime_type not in (FOLDER, SHORTCUT):
        add_revision(world, file, address)
    record(world, file, what="add")
    return file


def touch(world: World, file_id: str, actor: str, what: str = "content") -> None:
    """Note that an actor changed a file.

    what: `content` (a revision too), `metadata`, or `place`, `trash`, `untrash` (the time of change stays).
    """
    file, address, now = files(world)[file_id], actor.lower(), world.clock.now()
    file.version += 1
    if what in ("content", "metadata"):
        file.modified_at, file.last_modified_by = now, address
        file.modified_by[address] = now
    if what == "content":
        add_revision(world, file, address)
    save(world, file)
    record(world, file, what=what if what in ("content", "trash", "untrash") else "properties")


def destroy(world: World, file: File) -> None:
    """Delete a file and all below it for good, with revisions and comments; their ids stay used.

    In My Drive what somebody else owns below a folder stays, without a folder. Source: Drive API reference, files.delete.
    """
    below = [one for one in reversed(descendants(world, file.id)) if file.drive_id or files(world)[one].owner == file.owner]
    for file_id in [*below, file.id]:
        item = files(world)[file_id]
        before = audience(world, item)
        record_removal(world, item, before)
        for name in (REVISIONS, COMMENTS, PROPOSALS):
            world.table(name).pop(file_id, None)
        for eraser in ERASERS:
            eraser(world, file_id)
        world.table(GONE)[file_id] = True
        erase(world, file_id)


def project_of(world: World, actor: str) -> str:
    """Whose private properties an actor writes and reads: a service account its project's, a person only the own ones."""
    if world.directory.is_service_account(actor):
        return actor.lower().partition("@")[2]
    return f"person:{actor.lower()}"


def generated_id(world: World) -> str:
    """An id handed out before use. It carries a check, so that only such ids are taken later, as at Google."""
    stem = world.new_id("1", 27)
    return stem + _check(stem)


def was_generated(file_id: str) -> bool:
    """Whether `generated_id` made this id."""
    return len(file_id) == 33 and file_id[27:] == _check(file_id[:27])


def _check(stem: str) -> str:
    return hashlib.sha256(b"file-id:" + stem.encode()).hexdigest()[:6]
