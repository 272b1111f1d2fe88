"""What the caller can do with an item, as Drive computes it for `capabilities`.

Source: Drive API guides, "Roles and permissions" and "Share files, folders, and drives"; what they leave open is a switch of
the Workspace: `writer_may_move`, `writer_may_trash` (both false: a contributor may not reorganize a shared drive).
"""

from __future__ import annotations

from emulator.drive.access import Eye, rank, readonly_restriction
from emulator.drive.model import FOLDER, RANK, SHORTCUT, File, Permission, drives, files
from emulator.kernel import World


def at_least(eye: Eye, file: File | None, role: str) -> bool:
    """Whether the caller has that role or a higher one on an item."""
    return file is not None and rank(eye.role(file)) >= RANK[role]


def parent_of(world: World, file: File) -> File | None:
    """The folder that holds an item; None at the top."""
    return files(world).get(file.parents[0]) if file.parents else None


def may_share(world: World, eye: Eye, file: File) -> bool:
    """Whether the caller may change the permissions of an item."""
    if file.is_drive_root:
        return at_least(eye, file, "organizer")
    if file.drive_id is None:
        if file.is_root or not at_least(eye, file, "writer"):
            return False
        return eye.role(file) == "owner" or (file.writers_can_share and not _only_for_a_time(eye, file))
    if not file.is_folder:
        return at_least(eye, file, "writer")
    rules = drives(world)[file.drive_id].restrictions
    return at_least(eye, file, "organizer" if rules.get("sharingFoldersRequiresOrganizerPermission") else "fileOrganizer")


def _only_for_a_time(eye: Eye, file: File) -> bool:
    def lasts(grant: Permission) -> bool:
        return grant.expiration_time is None and rank(grant.role) >= RANK["writer"]

    mine = [grant for grant in file.grants.values() if eye.reaches(grant)]
    return bool(mine) and not any(lasts(grant) for grant in mine)


def may_limit(eye: Eye, file: File) -> bool:
    """Whether the caller may switch limited access of a folder on or off."""
    if not file.is_folder or file.is_root:
        return False
    if file.drive_id:
        return at_least(eye, file, "organizer")
    return eye.role(file) == "owner" or (file.writers_can_share and at_least(eye, file, "writer"))


def may_trash(world: World, eye: Eye, file: File) -> bool:
    """Whether the caller may put an item into the trash or take it out."""
    if file.is_root:
        return False
    if file.drive_id is None:
        return eye.role(file) == "owner"
    return at_least(eye, file, "writer" if world.behaviour.get("writer_may_trash", False) else "fileOrganizer")


def may_delete(world: World, eye: Eye, file: File) -> bool:
    """Whether the caller may delete an item for good: its owner, or an organizer of the folder it is in."""
    if file.is_root:
        return False
    if file.drive_id is None:
        return eye.role(file) == "owner"
    return at_least(eye, parent_of(world, file), "organizer")


def may_move_within(world: World, eye: Eye, file: File) -> bool:
    """Whether the caller may move an item inside its shared drive or My Drive."""
    if file.is_root:
        return False
    if file.drive_id is None:
        return at_least(eye, file, "writer")
    needed = "writer" if world.behaviour.get("writer_may_move", False) else "fileOrganizer"
    return at_least(eye, parent_of(world, file), needed)


def may_move_out(world: World, eye: Eye, file: File) -> bool:
    """Whether the caller may take an item out of its shared drive, or out of My Drive into a shared drive."""
    if file.is_root:
        return False
    return eye.role(file) == "owner" if file.drive_id is None else at_least(eye, parent_of(world, file), "organizer")


def may_lift(eye: Eye, file: File) -> bool:
    """Whether the caller may change or remove the content restriction that is there."""
    lock = readonly_restriction(file)
    owner_only = lock is not None and bool(lock.get("ownerRestricted"))
    return at_least(eye, file, "organizer" if owner_only else "writer")


def may_download(world: World, eye: Eye, file: File) -> bool:
    """Whether the caller may copy, download or export a file: what its owner and its shared drive have set."""
    drive = drives(world).get(file.drive_id or "")
    rules = drive.download_restriction if drive else {}
    for_writers = file.download_restriction.get("restrictedForWriters") or rules.get("restrictedForWriters")
    for_readers = file.download_restriction.get("restrictedForReaders") or rules.get("restrictedForReaders")
    for_readers = (
        for_readers or file.copy_requires_writer or bool(drive and drive.restrictions.get("copyRequiresWriterPermission"))
    )
    return at_least(eye, file, "organizer" if for_writers else "writer" if for_readers else "reader")


def may_start_approval(world: World, eye: Eye, file: File) -> bool:
    """Whether the caller may start an approval: an editor, of a file of his domain; switch `approvals_available` (the edition)."""
    if file.mime_type in (FOLDER, SHORTCUT) or not world.behaviour.get("approvals_available", True):
        return False
    return at_least(eye, file, "writer") and (file.owner is None or file.owner.rpartition("@")[2] == eye.domain)


def capabilities(world: World, eye: Eye, file: File) -> dict[str, bool]:
    """The `capabilities` member of a file for one caller."""
    writes, comments = at_least(eye, file, "writer"), at_least(eye, file, "commenter")
    reads, locked = eye.role(file) is not None, readonly_restriction(file) is not None
    folder, shared = file.is_folder, file.drive_id is not None
    edits = writes and not locked
    copies = not folder and may_download(world, eye, file)
    owns = at_least(eye, file, "organizer")
    answer = {
        "canAddChildren": folder and writes,
        "canChangeCopyRequiresWriterPermission": writes,
        "canChangeItemDownloadRestriction": owns and not folder,
        "canChangeSecurityUpdateEnabled": False,
        "canChangeViewersCanCopyContent": writes,
        "canComment": comments and not locked,
        "canCopy": copies,
        "canDelete": may_delete(world, eye, file),
        "canDisableInheritedPermissions": may_limit(eye, file),
        "canDownload": copies or (folder and reads),
        "canEdit": edits,
        "canEnableInheritedPermissions": may_limit(eye, file) or (owns and not folder),
        "canListChildren": folder and reads,
        "canModifyContent": edits,
        "canModifyContentRestriction": writes and not folder and may_lift(eye, file),
        "canModifyEditorContentRestriction": writes and not folder and may_lift(eye, file),
        "canModifyOwnerContentRestriction": owns and not folder,
        "canModifyLabels": edits,
        "canMoveChildrenWithinDrive": folder and _moves_children(world, eye, file),
        "canMoveItemIntoTeamDrive": not shared and not folder and may_move_out(world, eye, file),
        "canMoveItemOutOfDrive": may_move_out(world, eye, file),
        "canMoveItemWithinDrive": may_move_within(world, eye, file),
        "canReadLabels": reads,
        "canReadRevisions": writes and file.mime_type not in (FOLDER, SHORTCUT),
        "canRemoveChildren": folder and writes and not shared,
        "canRemoveContentRestriction": locked and may_lift(eye, file),
        "canRename": edits and not (file.is_root and not shared),
        "canShare": may_share(world, eye, file),
        "canStartApproval": may_start_approval(world, eye, file),
        "canTrash": may_trash(world, eye, file),
        "canUntrash": may_trash(world, eye, file),
    }
    return answer | (_on_shared_drive(world, eye, file, answer) if shared else _in_my_drive(eye, file))


def _in_my_drive(eye: Eye, file: File) -> dict[str, bool]:
    own = eye.role(file) == "owner" and not file.is_root
    invited = any(grant.pending_owner and grant.grantee == eye.actor for grant in file.grants.values())
    return {"canAcceptOwnership": invited, "canAddMyDriveParent": False, "canRemoveMyDriveParent": own}


def _moves_children(world: World, eye: Eye, file: File) -> bool:
    loose = file.drive_id is None or world.behaviour.get("writer_may_move", False)
    return at_least(eye, file, "writer" if loose else "fileOrganizer")


def _on_shared_drive(world: World, eye: Eye, file: File, common: dict[str, bool]) -> dict[str, bool]:
    """What only items of shared drives have, the old names of `teamDrive` included."""
    folder = file.is_folder
    trashes = "writer" if world.behaviour.get("writer_may_trash", False) else "fileOrganizer"
    deletes = folder and at_least(eye, file, "organizer")
    member = eye.is_member(file.drive_id or "")
    return {
        "canAddFolderFromAnotherDrive": folder and at_least(eye, file, "organizer"),
        "canDeleteChildren": deletes,
        "canMoveChildrenOutOfDrive": deletes,
        "canMoveChildrenOutOfTeamDrive": deletes,
        "canMoveChildrenWithinTeamDrive": common["canMoveChildrenWithinDrive"],
        "canMoveItemOutOfTeamDrive": common["canMoveItemOutOfDrive"],
        "canMoveItemWithinTeamDrive": common["canMoveItemWithinDrive"],
        "canMoveTeamDriveItem": common["canMoveItemWithinDrive"] or common["canMoveItemOutOfDrive"],
        "canReadDrive": member,
        "canReadTeamDrive": member,
        "canTrashChildren": folder and at_least(eye, file, trashes),
    }
