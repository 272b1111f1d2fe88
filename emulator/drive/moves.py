"""Moving: one parent out, one parent in, within a drive, between drives, from My Drive into a shared drive.

Source: Drive API guides, "Create and populate folders", "Roles and permissions" (footnotes 1 and 2) and "Resolve errors".
"""

from __future__ import annotations

from dataclasses import dataclass

from emulator.drive import refusals
from emulator.drive.access import Eye, audience, lineage
from emulator.drive.calls import knows_drives
from emulator.drive.capabilities import at_least, may_move_out, may_move_within
from emulator.drive.changelog import record
from emulator.drive.files import check_room, get_file, owner_grant, owns_nothing
from emulator.drive.index import descendants, index, save
from emulator.drive.model import File, files
from emulator.kernel import Call


@dataclass(frozen=True)
class Move:
    """A checked move of one item."""

    target: File


def planned_move(call: Call, file: File) -> Move | None:
    """The move that `addParents` and `removeParents` ask for, checked, or None.

    :raises ApiError: 403 teamDrivesParentLimit when the item would have no parent or two, 400 for its present parent or a cycle,
        403 insufficientFilePermissions without the right, 404 for an invisible folder.
    """
    adding, removing = _ids(call, "addParents"), _ids(call, "removeParents")
    # Clients that rename an item send its folder in both: it stays where it is.
    both = set(adding) & set(removing) & set(file.parents)
    adding, removing = [one for one in adding if one not in both], [one for one in removing if one not in both]
    if not adding and not removing:
        return None
    if file.is_root:
        raise refusals.insufficient()
    targets = [_folder(call, one) for one in adding]
    if any(target.id in file.parents for target in targets):
        if not call.world.behaviour.get("duplicate_parent_is_refused", True):
            return None
        raise refusals.bad_request("The specified parent is already a parent of the file.")
    staying = [one for one in file.parents if one not in removing]
    if file.drive_id is None and len(targets) == 1 and not removing and Eye(call.world, call.actor).role(file) == "owner":
        # Since single parenting the owner's item leaves its old folder by itself.
        staying = []
    if len(staying) + len(targets) != 1:
        raise _wrong_number(file, len(staying) + len(targets))
    if not targets:
        return None
    if file.space != targets[0].space:
        raise refusals.app_data_only()
    _check_target(call, file, targets[0])
    _check_rights(call, file, targets[0])
    return Move(targets[0])


def _ids(call: Call, parameter: str) -> list[str]:
    return [one.strip() for one in str(call.query.get(parameter) or "").split(",") if one.strip()]


def _folder(call: Call, folder_id: str) -> File:
    folder = get_file(call.world, folder_id, call.actor, "metadata")
    if folder.drive_id and not knows_drives(call):
        raise refusals.file_not_found(folder_id)
    if not folder.is_folder:
        raise refusals.forbidden("parentNotAFolder", "The specified parent is not a folder.")
    return folder


def _wrong_number(file: File, count: int) -> Exception:
    if file.drive_id:
        return refusals.one_parent()
    if count > 1:
        return refusals.forbidden("cannotAddParent", "Increasing the number of parents is not allowed")
    return refusals.bad_request("A file must have exactly one parent.")


def _check_target(call: Call, file: File, target: File) -> None:
    if any(node.id == file.id for node in lineage(call.world, target)):
        raise refusals.bad_request("The specified parent would create a cycle in the directory graph.")
    check_room(call.world, target, levels=_height(call, file))


def _height(call: Call, file: File) -> int:
    shelf = index(call.world)
    level, height = [file.id], 0
    while level and file.is_folder:
        height += 1
        level = [child for one in level for child in shelf.children.get(one, {})]
    return max(height, 1)


def _check_rights(call: Call, file: File, target: File) -> None:
    eye = Eye(call.world, call.actor)
    if target.drive_id == file.drive_id:
        if not may_move_within(call.world, eye, file):
            raise refusals.insufficient()
    else:
        _check_crossing(call, eye, file, target)
    if not at_least(eye, target, "writer"):
        raise refusals.insufficient_parent(call.world)


def _check_crossing(call: Call, eye: Eye, file: File, target: File) -> None:
    if eye.trashed(file):
        where = "IntoTeamDrive" if file.drive_id is None else "OutOfTeamDrive"
        raise refusals.forbidden(f"cannotMoveTrashedItem{where}", "A trashed item cannot be moved to another drive.")
    if file.drive_id is None and file.is_folder:
        raise refusals.forbidden("teamDrivesFolderMoveInNotSupported", "Moving folders into shared drives is not supported.")
    if file.drive_id is None and eye.role(file) != "owner":
        owner = Eye(call.world, file.owner or "")
        if target.drive_id and at_least(eye, file, "writer") and not owner.is_member(target.drive_id):
            text = "Cannot move a file into a shared drive as a writer when the owner of the file is not a member of that shared"
            raise refusals.forbidden("fileOwnerNotMemberOfTeamDrive", text + " drive.")
        raise refusals.insufficient()
    if not may_move_out(call.world, eye, file):
        raise refusals.insufficient()
    if file.is_folder and not at_least(eye, target, "organizer"):
        raise refusals.insufficient()
    if target.drive_id is None and owns_nothing(call.world, call.actor):
        raise refusals.no_storage()


def carry_out(call: Call, file: File, move: Move) -> None:
    """Put the item under its new folder, with everything below it, and tell the change log."""
    old_drive = file.drive_id
    before = audience(call.world, file)
    file.parents = [move.target.id]
    for item_id in [file.id, *descendants(call.world, file.id)]:
        _settle(call, files(call.world)[item_id], move.target.drive_id)
    file.version += 1
    save(call.world, file)
    record(call.world, file, before=before, drives={old_drive} if old_drive else None, what="parents")


def _settle(call: Call, item: File, drive_id: str | None) -> None:
    """Give an item to its new drive, or to the person who took it out of one."""
    if item.drive_id == drive_id:
        return
    item.drive_id = drive_id
    item.grants = {key: grant for key, grant in item.grants.items() if grant.role != "owner"}
    item.owner = None
    if drive_id is None:
        item.owner = call.actor.lower()
        grant = owner_grant(item.owner, call.world)
        item.grants[grant.id] = grant
    save(call.world, item)
