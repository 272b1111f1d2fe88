"""Shared drives: the methods of `drives`, and `seed_drive` for a Workspace that begins with some.

Source: Drive API guide, "Manage shared drives"; reference, resource Drive.
"""

from __future__ import annotations

from emulator.drive import refusals
from emulator.drive.access import Eye, audience
from emulator.drive.calls import paged
from emulator.drive.capabilities import at_least
from emulator.drive.changelog import record
from emulator.drive.drive_look import check_look, dress, picture
from emulator.drive.drive_query import drive_matches
from emulator.drive.files import destroy
from emulator.drive.index import index, save
from emulator.drive.model import FOLDER, Drive, File, Permission, drives, files, permission_id, rfc3339
from emulator.kernel import ApiError, Call, Json, World, handles

_RESTRICTIONS = (
    "adminManagedRestrictions",
    "copyRequiresWriterPermission",
    "domainUsersOnly",
    "driveMembersOnly",
    "sharingFoldersRequiresOrganizerPermission",
)


def seed_drive(
    world: World,
    name: str,
    members: dict[str, str],
    restrictions: dict[str, bool] | None = None,
    drive_id: str | None = None,
) -> str:
    """A shared drive that is there from the beginning; returns its id.

    members: address of a person, group or service account to role (organizer, fileOrganizer, writer, commenter, reader).
    restrictions: names as in the Drive API (`domainUsersOnly`).
    """
    return _found(world, name, "seed", "", members, restrictions or {}, drive_id).id


def _found(
    world: World, name: str, creator: str, request_key: str, members: dict[str, str], rules: dict[str, bool], drive_id: str | None
) -> Drive:
    now = world.clock.now()
    drive = Drive(drive_id or world.new_id("0A", 17) + "PVA", name, now, request_key, dict(rules))
    root = File(drive.id, name, FOLDER, [], drive.id, None, now, now, creator, now)
    for address, role in members.items():
        kind = "group" if world.directory.is_group(address) else "user"
        grant_id = permission_id(kind, address.lower())
        root.grants[grant_id] = Permission(grant_id, kind, role, address.lower(), granted_at=now, granted_by=creator)
    drives(world)[drive.id] = drive
    save(world, root)
    record(world, root)
    return drive


def _drive(call: Call, need: str = "reader") -> Drive:
    """The drive of the path, for its members (with the role `need`) and for administrators who say so."""
    drive_id = call.path["driveId"]
    drive, eye = drives(call.world).get(drive_id), Eye(call.world, call.actor)
    admin = bool(call.query.get("useDomainAdminAccess")) and call.world.directory.is_admin(eye.actor)
    if drive is None or not (admin or drive_id in eye.member_drives()):
        raise refusals.drive_not_found(drive_id)
    if not admin and not at_least(eye, files(call.world)[drive_id], need):
        raise refusals.insufficient()
    return drive


@handles("drive.drives.create")
def create(call: Call) -> Json:
    """`drive.drives.create`. The same request again answers 409 and makes nothing."""
    request_id = call.query.get("requestId")
    if not request_id:
        raise refusals.required("requestId")
    if set(call.body) & {"restrictions", "capabilities", "id", "createdTime"}:
        raise refusals.not_writable()
    if not call.body.get("name"):
        raise refusals.required("name", "A shared drive name is required.")
    world, actor = call.world, call.actor.lower()
    if not (world.directory.in_domain(actor) or world.directory.is_service_account(actor)):
        raise refusals.forbidden("userCannotCreateTeamDrives", "The user cannot create new shared drives.")
    key = f"{actor}/{request_id}"
    if any(drive.request_key == key for drive in drives(world).values()):
        raise ApiError(409, "A shared drive with the provided request ID already exists.", reason="teamDriveAlreadyExists")
    check_look(call)
    drive = _found(world, str(call.body["name"]), actor, key, {actor: "organizer"}, {}, None)
    dress(call, drive)
    drives(world)[drive.id] = drive
    return drive_resource(call, drive)


@handles("drive.drives.get")
def get(call: Call) -> Json:
    """`drive.drives.get`."""
    return drive_resource(call, _drive(call))


@handles("drive.drives.list")
def list_drives(call: Call) -> Json:
    """`drive.drives.list`: the drives that the caller is a member of; all of the domain for an administrator who says so."""
    eye = Eye(call.world, call.actor)
    everything = bool(call.query.get("useDomainAdminAccess"))
    if everything and not call.world.directory.is_admin(eye.actor):
        text = "The user does not have the administrator privilege to list the shared drives of the domain."
        raise refusals.forbidden("noListTeamDrivesAdministratorPrivilege", text)
    known = list(drives(call.world)) if everything else eye.member_drives()
    matches = drive_matches(call, eye)
    found = sorted((drives(call.world)[one] for one in known), key=lambda drive: drive.name.lower())
    shown = [drive_resource(call, drive) for drive in found if matches(drive)]
    return paged(call, shown, "drive#driveList", "drives", default=10, most=100)


@handles("drive.drives.update")
def update(call: Call) -> Json:
    """`drive.drives.update`: name, look and restrictions, for organizers."""
    drive, body = _drive(call, "organizer"), call.body
    if set(body) - {"name", "restrictions", "colorRgb", "themeId", "backgroundImageFile", "kind", "hidden"}:
        raise refusals.not_writable()
    check_look(call)
    root = files(call.world)[drive.id]
    before = audience(call.world, root)
    if body.get("name"):
        drive.name = root.name = str(body["name"])
    dress(call, drive)
    wanted = body.get("restrictions") or {}
    drive.download_restriction |= {key: bool(value) for key, value in (wanted.get("downloadRestriction") or {}).items()}
    drive.restrictions |= {key: bool(value) for key, value in wanted.items() if key in _RESTRICTIONS}
    drives(call.world)[drive.id] = drive
    root.version += 1
    save(call.world, root)
    record(call.world, root, before=before)
    return drive_resource(call, drive)


@handles("drive.drives.delete")
def delete(call: Call) -> None:
    """`drive.drives.delete`: an empty drive (its trash does not count), for organizers."""
    drive = _drive(call, "organizer")
    eye, rows = Eye(call.world, call.actor), files(call.world)
    held = [rows[one] for one in index(call.world).by_drive.get(drive.id, {}) if one != drive.id]
    whole = call.query.get("allowItemDeletion") and call.query.get("useDomainAdminAccess")
    if any(not eye.trashed(file) for file in held) and not whole:
        text = "A shared drive that contains untrashed items cannot be deleted."
        raise refusals.forbidden("cannotDeleteResourceWithChildren", text)
    destroy(call.world, rows[drive.id])
    del drives(call.world)[drive.id]


@handles("drive.drives.hide")
def hide(call: Call) -> Json:
    """`drive.drives.hide`, for the caller alone."""
    return _set_hidden(call, hidden=True)


@handles("drive.drives.unhide")
def unhide(call: Call) -> Json:
    """`drive.drives.unhide`, for the caller alone."""
    return _set_hidden(call, hidden=False)


def _set_hidden(call: Call, *, hidden: bool) -> Json:
    drive = _drive(call)
    (drive.hidden_for.add if hidden else drive.hidden_for.discard)(call.actor.lower())
    drives(call.world)[drive.id] = drive
    return drive_resource(call, drive)


def drive_resource(call: Call, drive: Drive) -> Json:
    """A `drive#drive` as the caller gets it."""
    eye, root = Eye(call.world, call.actor), files(call.world)[drive.id]
    return {
        "kind": "drive#drive",
        "id": drive.id,
        "name": drive.name,
        "colorRgb": drive.color_rgb,
        "backgroundImageLink": picture(drive),
        "createdTime": rfc3339(drive.created_at),
        "hidden": eye.actor in drive.hidden_for,
        "restrictions": _restrictions(drive),
        "capabilities": _capabilities(eye, root, drive),
    }


def _restrictions(drive: Drive) -> Json:
    shown: Json = {name: drive.restrictions.get(name, False) for name in _RESTRICTIONS}
    names = ("restrictedForReaders", "restrictedForWriters")
    return shown | {"downloadRestriction": {name: drive.download_restriction.get(name, False) for name in names}}


def _capabilities(eye: Eye, root: File, drive: Drive) -> dict[str, bool]:
    least = {
        "organizer": (
            "canChangeCopyRequiresWriterPermissionRestriction canChangeDomainUsersOnlyRestriction canChangeDownloadRestriction "
            "canChangeDriveBackground canChangeDriveMembersOnlyRestriction "
            "canChangeSharingFoldersRequiresOrganizerPermissionRestriction canDeleteChildren canDeleteDrive canManageMembers "
            "canRenameDrive canResetDriveRestrictions"
        ),
        "fileOrganizer": "canTrashChildren",
        "writer": "canAddChildren canEdit canRename canReadRevisions canShare",
        "commenter": "canComment",
        "reader": "canCopy canDownload canListChildren",
    }
    answer = {name: at_least(eye, root, role) for role, names in least.items() for name in names.split()}
    if drive.restrictions.get("copyRequiresWriterPermission") and not at_least(eye, root, "writer"):
        answer |= {"canCopy": False, "canDownload": False}
    return dict(sorted(answer.items()))
