"""The methods of `permissions`: one grant a grantee and item, inherited ones shown but changed only where they stand.

Source: Drive API guides, "Share files, folders, and drives", "Resolve errors". What a grant must fulfil is in
`emulator.drive.sharing`, what two changes at once do in `emulator.drive.race`.
"""

from __future__ import annotations

from emulator.drive import race, refusals, sharing
from emulator.drive.access import Eye, Standing, audience, rank, standings
from emulator.drive.calls import item, paged, wanted_views
from emulator.drive.capabilities import at_least, may_share
from emulator.drive.changelog import record
from emulator.drive.expiry import drop_expired
from emulator.drive.files import my_drive, owner_grant
from emulator.drive.index import index, save
from emulator.drive.mails import tell_of_ownership, tell_of_share
from emulator.drive.model import APP_SPACE, RANK, File, Permission, files, permission_id
from emulator.drive.view import permission_resource
from emulator.kernel import Call, Json, handles


@handles("drive.permissions.create")
def create(call: Call) -> Json:
    """`drive.permissions.create`: a new grant, or another role for a grantee who has one (same id)."""
    file = _shared_item(call)
    grant = sharing.wanted(call, file)
    sharing.check_notification(call, grant)
    if grant.role == "owner":
        return _transfer(call, file, grant)
    sharing.check_role(call, file, grant.role, grant.view)
    sharing.check_grantee(call, file, grant)
    sharing.check_expiry(call, file, grant)
    sharing.check_pending_owner(call, file, grant)
    sharing.check_account(call, grant)
    sharing.check_number(call, file, grant)
    if grant.slot in file.grants and file.grants[grant.slot].role == "owner":
        raise refusals.owner_stays()
    sharing.count_share(call, file)
    race.begin(call.world, file)
    grant.granted_at, grant.granted_by = call.now, call.actor.lower()
    file.grant(grant)
    _changed(call, file, None)
    if grant.type in ("user", "group") and call.query.get("sendNotificationEmail") is not False:
        tell_of_share(call.world, file, grant, call.actor.lower(), str(call.query.get("emailMessage") or ""))
    return _shown(call, file, grant.id, grant.view)


def _shared_item(call: Call) -> File:
    """The item, when the caller may change its permissions."""
    file = _item(call)
    if file.space == APP_SPACE:
        raise refusals.app_data_only()
    if not may_share(call.world, Eye(call.world, call.actor), file) and not sharing.is_admin(call, file):
        raise refusals.insufficient()
    drop_expired(call.world)
    return file


def _item(call: Call) -> File:
    """The item of the path; an administrator who says so finds every shared drive of the domain."""
    root = files(call.world).get(call.path["fileId"])
    return root if root is not None and sharing.is_admin(call, root) else item(call, "metadata")


def _transfer(call: Call, file: File, grant: Permission) -> Json:
    """Hand a My Drive item to another owner; the old one keeps the role writer."""
    if file.drive_id is not None:
        text = "The owner role is not valid for items in shared drives."
        raise refusals.forbidden("ownerOnTeamDriveItemNotSupported", text)
    if not call.query.get("transferOwnership"):
        text = "The transferOwnership parameter must be enabled when the permission role is 'owner'."
        raise refusals.forbidden("forbidden", text, location="transferOwnership")
    invited = file.grants.get(grant.slot)
    accepts = invited is not None and invited.pending_owner and grant.grantee == call.actor.lower()
    if not (accepts or Eye(call.world, call.actor).role(file) == "owner") or grant.type != "user":
        raise refusals.insufficient()
    if not call.world.directory.in_domain(grant.grantee):
        raise refusals.ownership_across_domains()
    race.begin(call.world, file)
    for held in file.grants.values():
        held.role = "writer" if held.role == "owner" else held.role
    file.grant(owner_grant(grant.grantee, call.world))
    file.owner = grant.grantee
    if call.query.get("moveToNewOwnersRoot"):
        file.parents = [my_drive(call.world, grant.grantee).id]
    _changed(call, file, None)
    tell_of_ownership(call.world, file, grant.grantee, call.actor.lower(), str(call.query.get("emailMessage") or ""))
    return _shown(call, file, grant.id)


@handles("drive.permissions.list")
def list_permissions(call: Call) -> Json:
    """`drive.permissions.list`: all grantees with direct and inherited access."""
    file = _readable(call)
    shown = [permission_resource(call.world, file, one) for one in _visible(call, file)]
    whole = max(len(shown), 1)
    return paged(call, shown, "drive#permissionList", "permissions", default=100 if file.drive_id else whole, most=100)


@handles("drive.permissions.get")
def get(call: Call) -> Json:
    """`drive.permissions.get`."""
    file = _readable(call)
    return _shown(call, file, call.path["permissionId"])


def _readable(call: Call) -> File:
    """The item, when the caller may see its detailed permissions."""
    file = _item(call)
    if not at_least(Eye(call.world, call.actor), file, "writer") and not sharing.is_admin(call, file):
        raise refusals.insufficient()
    drop_expired(call.world)
    return file


def _visible(call: Call, file: File) -> list[Standing]:
    views = wanted_views(call)
    return [one for one in standings(call.world, file) if one.permission.view != "published" or views]


def _shown(call: Call, file: File, wanted_id: str, view: str | None = None) -> Json:
    return permission_resource(call.world, file, _standing(call, file, wanted_id, view))


def _standing(call: Call, file: File, wanted_id: str, view: str | None = None) -> Standing:
    """The permission with that id; where a view has the same one, the plain permission is meant unless the view is named."""
    found = [one for one in standings(call.world, file) if one.permission.id == wanted_id]
    if not found:
        raise refusals.not_found("Permission", wanted_id, "permissionId")
    return min(found, key=lambda one: one.permission.view != view)


@handles("drive.permissions.update")
def update(call: Call) -> Json:
    """`drive.permissions.update`: another role or expiry of a direct grant."""
    file, body = _shared_item(call), call.body
    if set(body) - {"role", "expirationTime", "pendingOwner", "kind", "id", "view"}:
        raise refusals.not_writable()
    standing = _standing(call, file, call.path["permissionId"])
    own, role = standing.own, body.get("role")
    if own is not None and own.role == "owner":
        raise refusals.owner_stays()
    above = max((rank(one.grant.role) for one in standing.sources if one.inherited), default=0)
    if own is None or (role and rank(role if role in RANK else None) < above):
        raise refusals.inherited_permission(call.world, on_drive=file.drive_id is not None)
    if role == "owner":
        return _transfer(call, file, Permission(own.id, own.type, "owner", own.grantee))
    grant = Permission(**vars(own))
    if role:
        if role not in RANK:
            raise refusals.invalid("permission.role")
        sharing.check_role(call, file, str(role), own.view)
        grant.role = str(role)
    if "pendingOwner" in body:
        grant.pending_owner = bool(body["pendingOwner"])
        sharing.check_pending_owner(call, file, grant)
    grant.expiration_time = sharing.instant(body) or grant.expiration_time
    if call.query.get("removeExpiration"):
        grant.expiration_time = None
    sharing.check_expiry(call, file, grant)
    race.begin(call.world, file)
    file.grant(grant)
    _changed(call, file, None)
    return _shown(call, file, grant.id, grant.view)


@handles("drive.permissions.delete")
def delete(call: Call) -> None:
    """`drive.permissions.delete`: take a direct grant away. A grantee may always give up the own one."""
    file = _item(call)
    if not _may_remove(call, file):
        raise refusals.insufficient()
    standing = _standing(call, file, call.path["permissionId"])
    drop_expired(call.world)
    own = standing.own
    if own is None:
        raise refusals.inherited_permission(call.world, on_drive=file.drive_id is not None)
    if own.role == "owner":
        raise refusals.owner_stays()
    before = audience(call.world, file)
    race.begin(call.world, file)
    file.revoke(own.slot)
    _changed(call, file, before)
    if file.is_drive_root:
        _end_membership(call, file, own)


def _may_remove(call: Call, file: File) -> bool:
    own_id = permission_id("user", call.actor.lower())
    leaving = call.path["permissionId"] == own_id and own_id in file.grants
    return leaving or may_share(call.world, Eye(call.world, call.actor), file) or sharing.is_admin(call, file)


def _end_membership(call: Call, root: File, member: Permission) -> None:
    """Leaving a shared drive ends the direct grants there too. Source: Drive API guide, "Manage shared drives"."""
    for file_id in list(index(call.world).by_grantee.get(member.key, {})):
        held = files(call.world)[file_id]
        if held.drive_id == root.id and member.slot in held.grants:
            before = audience(call.world, held)
            held.revoke(member.slot)
            _changed(call, held, before)


def _changed(call: Call, file: File, before: set[str] | None) -> None:
    file.version += 1
    save(call.world, file)
    record(call.world, file, before=before, what="permissions")
