"""The methods of `permissions`: one grant a grantee and item, inherited ones shown but changed only where they stand.

Google applies concurrent changes of one item last-writer-wins; that is a fault of the front, not of this module.
Source: Drive API guides, "Share files, folders, and drives", "Resolve errors"; reasons of refusals that these
do not name (expiry, roles on the wrong kind of item) are from field reports.
"""

from __future__ import annotations

from datetime import timedelta

from emulator.drive import refusals
from emulator.drive.access import Eye, Standing, audience, is_inside, rank, standings
from emulator.drive.calls import item, paged
from emulator.drive.capabilities import at_least, may_share
from emulator.drive.changelog import record
from emulator.drive.expiry import drop_expired
from emulator.drive.files import owner_grant
from emulator.drive.index import index, save
from emulator.drive.model import FORM, RANK, File, Permission, drives, files, parse_time, permission_id
from emulator.drive.view import permission_resource
from emulator.kernel import Call, Json, handles

_ONE_YEAR = timedelta(days=366)


@handles("drive.permissions.create")
def create(call: Call) -> Json:
    """`drive.permissions.create`: a new grant, or another role for a grantee who has one (same id)."""
    file, body = _shared_item(call), call.body
    grant = _wanted(call, file)
    if grant.role == "owner":
        return _transfer(call, file, grant)
    _check_role(call, file, grant.role, grant.view)
    _check_grantee(call, file, grant)
    _check_expiry(call, file, grant)
    quiet = grant.type in ("user", "group") and call.query.get("sendNotificationEmail") is False
    if quiet and not call.world.directory.exists(grant.grantee):
        raise refusals.no_account(str(body["emailAddress"]))
    if grant.id in file.grants and file.grants[grant.id].role == "owner":
        raise refusals.forbidden("cannotShareWithOwner", "The owner of a file cannot be removed.")
    grant.granted_at, grant.granted_by = call.now, call.actor.lower()
    file.grants[grant.id] = grant
    _changed(call, file, None)
    return _shown(call, file, grant.id)


def _shared_item(call: Call) -> File:
    """The item, when the caller may change its permissions."""
    file = _item(call)
    if not may_share(call.world, Eye(call.world, call.actor), file) and not _is_admin(call, file):
        raise refusals.insufficient(file.id)
    drop_expired(call.world)
    return file


def _item(call: Call) -> File:
    """The item of the path; an administrator who says so finds every shared drive of the domain."""
    root = files(call.world).get(call.path["fileId"])
    return root if root is not None and _is_admin(call, root) else item(call, "metadata")


def _is_admin(call: Call, file: File) -> bool:
    asked = bool(call.query.get("useDomainAdminAccess")) and file.is_drive_root
    return asked and call.world.directory.is_admin(call.actor)


def _wanted(call: Call, file: File) -> Permission:
    """The grant that the body describes."""
    body = call.body
    kind, role, view = body.get("type"), body.get("role"), body.get("view")
    if not kind or not role:
        raise refusals.required("permission.type" if not kind else "permission.role")
    if kind not in ("user", "group", "domain", "anyone") or role not in RANK:
        raise refusals.invalid("permission.type" if kind not in ("user", "group", "domain", "anyone") else "permission.role")
    if view is not None and (view != "published" or file.mime_type != FORM or role != "reader"):
        raise refusals.bad_request("The view published is supported for forms only, with the role reader.")
    grantee = _grantee(call, str(kind))
    if kind in ("user", "group"):
        kind = "group" if call.world.directory.is_group(grantee) else "user"
    discoverable = bool(body.get("allowFileDiscovery")) if kind in ("domain", "anyone") else None
    new_id = permission_id(str(kind), grantee, discoverable=bool(discoverable), view=view)
    expires = parse_time(str(body["expirationTime"])) if body.get("expirationTime") else None
    return Permission(new_id, str(kind), str(role), grantee, view, expires, discoverable)


def _grantee(call: Call, kind: str) -> str:
    if kind == "anyone":
        return ""
    member = "domain" if kind == "domain" else "emailAddress"
    value = str(call.body.get(member) or "").strip().lower()
    if not value or (member == "emailAddress" and "@" not in value):
        text = f"The specified {member} is invalid or not applicable for the given permission type."
        raise refusals.invalid(f"permission.{member}", text)
    return value if member == "domain" else call.world.directory.canonical(value)


def _check_role(call: Call, file: File, role: str, view: str | None) -> None:
    """Roles that the item does not know, and roles above the caller's own."""
    if file.drive_id is None:
        if role in ("organizer", "fileOrganizer"):
            raise refusals.forbidden(f"{role}OnNonTeamDriveNotSupported", f"The role {role} is only valid for shared drives.")
        return
    if role == "organizer" and not file.is_drive_root:
        text = "The role organizer is only valid for the shared drive itself."
        raise refusals.forbidden("organizerOnNonTeamDriveItemNotSupported", text)
    if role == "fileOrganizer" and not file.is_folder:
        text = "The role fileOrganizer is only valid for folders and the shared drive itself."
        raise refusals.forbidden("fileOrganizerOnNonFolderNotSupported", text)
    own = rank(Eye(call.world, call.actor).role(file))
    if view is None and rank(role) > own and not _is_admin(call, file):
        raise refusals.insufficient(file.id)


def _check_grantee(call: Call, file: File, grant: Permission) -> None:
    """Whether the drive's settings let the grantee in."""
    if file.drive_id is None:
        return
    if file.is_drive_root and grant.type in ("anyone", "domain"):
        text = "A shared drive cannot be shared with anyone or with a domain."
        raise refusals.forbidden("cannotShareTeamDriveTopFolderWithAnyoneOrDomains", text)
    rules = drives(call.world)[file.drive_id].restrictions
    if rules.get("domainUsersOnly"):
        if grant.type == "domain":
            outside = grant.grantee != call.world.directory.domain.lower()
        else:
            outside = grant.type == "anyone" or not is_inside(call.world, grant.grantee)
        if outside:
            raise refusals.acl_change_not_allowed()
    member = grant.type in ("user", "group") and Eye(call.world, grant.grantee).is_member(file.drive_id)
    if rules.get("driveMembersOnly") and not file.is_drive_root and not member:
        raise refusals.acl_change_not_allowed()


def _check_expiry(call: Call, file: File, grant: Permission) -> None:
    """Expiry is for people and groups, within a year, on folders for readers only, never for members of a shared drive."""
    if grant.expiration_time is None:
        return
    if grant.type not in ("user", "group"):
        text = "Expiration times can only be set on user and group permissions."
        raise refusals.forbidden("cannotSetExpirationOnAnyoneOrDomain", text)
    if file.is_drive_root:
        text = "Expiration times cannot be set on shared drive members."
        raise refusals.forbidden("expirationDateNotAllowedForSharedDriveMembers", text)
    if grant.expiration_time <= call.now:
        raise refusals.forbidden("expirationDatesMustBeInTheFuture", "Expiration dates must be in the future.")
    if grant.expiration_time > call.now + _ONE_YEAR:
        raise refusals.forbidden("cannotSetExpiration", "The expiration time cannot be more than a year in the future.")
    if file.is_folder and grant.role != "reader":
        text = "Only the reader role is eligible for expiring access on a folder."
        raise refusals.forbidden("cannotSetExpiration", text)


def _transfer(call: Call, file: File, grant: Permission) -> Json:
    """Hand a My Drive item to another owner; the old one keeps the role writer."""
    if file.drive_id is not None:
        text = "The owner role is not valid for items in shared drives."
        raise refusals.forbidden("ownerOnTeamDriveItemNotSupported", text)
    if not call.query.get("transferOwnership"):
        text = "The transferOwnership parameter must be enabled when the permission role is 'owner'."
        raise refusals.forbidden("forbidden", text)
    if Eye(call.world, call.actor).role(file) != "owner" or grant.type != "user":
        raise refusals.insufficient(file.id)
    if not call.world.directory.in_domain(grant.grantee):
        raise refusals.acl_change_not_allowed()
    for held in file.grants.values():
        held.role = "writer" if held.role == "owner" else held.role
    file.grants[grant.id] = owner_grant(grant.grantee, call.world)
    file.owner = grant.grantee
    _changed(call, file, None)
    return _shown(call, file, grant.id)


@handles("drive.permissions.list")
def list_permissions(call: Call) -> Json:
    """`drive.permissions.list`: all grantees with direct and inherited access."""
    file = _readable(call)
    shown = [permission_resource(call.world, file, one) for one in _visible(call, file)]
    return paged(call, shown, "drive#permissionList", "permissions", default=100 if file.drive_id else 10_000, most=10_000)


@handles("drive.permissions.get")
def get(call: Call) -> Json:
    """`drive.permissions.get`."""
    file = _readable(call)
    return _shown(call, file, call.path["permissionId"])


def _readable(call: Call) -> File:
    """The item, when the caller may see its detailed permissions."""
    file = _item(call)
    if not at_least(Eye(call.world, call.actor), file, "writer") and not _is_admin(call, file):
        raise refusals.insufficient(file.id)
    drop_expired(call.world)
    return file


def _visible(call: Call, file: File) -> list[Standing]:
    published = "published" in str(call.query.get("includePermissionsForView") or "").split(",")
    return [one for one in standings(call.world, file) if one.permission.view != "published" or published]


def _shown(call: Call, file: File, wanted_id: str) -> Json:
    return permission_resource(call.world, file, _standing(call, file, wanted_id))


def _standing(call: Call, file: File, wanted_id: str) -> Standing:
    for standing in standings(call.world, file):
        if standing.permission.id == wanted_id:
            return standing
    raise refusals.not_found("Permission", wanted_id, "permissionId")


@handles("drive.permissions.update")
def update(call: Call) -> Json:
    """`drive.permissions.update`: another role or expiry of a direct grant."""
    file, body = _shared_item(call), call.body
    if set(body) - {"role", "expirationTime", "kind", "id", "type", "view", "allowFileDiscovery", "emailAddress"}:
        raise refusals.not_writable()
    standing = _standing(call, file, call.path["permissionId"])
    own, role = standing.own, body.get("role")
    if own is None or (role and rank(role) < max((rank(one.grant.role) for one in standing.sources if one.inherited), default=0)):
        raise refusals.inherited_permission(on_drive=file.drive_id is not None)
    if role == "owner":
        return _transfer(call, file, Permission(own.id, own.type, "owner", own.grantee))
    if own.role == "owner":
        raise refusals.insufficient(file.id)
    grant = Permission(**vars(own))
    if role:
        if role not in RANK:
            raise refusals.invalid("permission.role")
        _check_role(call, file, str(role), own.view)
        grant.role = str(role)
    if body.get("expirationTime"):
        grant.expiration_time = parse_time(str(body["expirationTime"]))
    if call.query.get("removeExpiration"):
        grant.expiration_time = None
    _check_expiry(call, file, grant)
    file.grants[grant.id] = grant
    _changed(call, file, None)
    return _shown(call, file, grant.id)


@handles("drive.permissions.delete")
def delete(call: Call) -> None:
    """`drive.permissions.delete`: take a direct grant away. A grantee may always give up the own one."""
    file = _item(call)
    standing = _standing(call, file, call.path["permissionId"]) if _may_remove(call, file) else None
    if standing is None:
        raise refusals.insufficient(file.id)
    drop_expired(call.world)
    own = standing.own
    if own is None:
        raise refusals.inherited_permission(on_drive=file.drive_id is not None)
    if own.role == "owner":
        raise refusals.insufficient(file.id)
    before = audience(call.world, file)
    file.grants.pop(own.id, None)
    _changed(call, file, before)
    if file.is_drive_root:
        _end_membership(call, file, own)


def _may_remove(call: Call, file: File) -> bool:
    own_id = permission_id("user", call.actor.lower())
    leaving = call.path["permissionId"] == own_id and own_id in file.grants
    return leaving or may_share(call.world, Eye(call.world, call.actor), file) or _is_admin(call, file)


def _end_membership(call: Call, root: File, member: Permission) -> None:
    """Leaving a shared drive ends the direct grants there too. Source: Drive API guide, "Manage shared drives"."""
    for file_id in list(index(call.world).by_grantee.get(member.key, {})):
        held = files(call.world)[file_id]
        if held.drive_id == root.id and member.id in held.grants:
            before = audience(call.world, held)
            del held.grants[member.id]
            _changed(call, held, before)


def _changed(call: Call, file: File, before: set[str] | None) -> None:
    file.version += 1
    save(call.world, file)
    record(call.world, file, before=before)
