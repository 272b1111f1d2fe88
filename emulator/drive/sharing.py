"""What a grant must fulfil before it is made or changed: form, role, grantee, expiry, and how many an item can bear.

Source: Drive API guides, "Share files, folders, and drives", "Resolve errors", "Manage shared drives"; reasons of refusals
that these do not name are from field reports.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from emulator.drive import refusals
from emulator.drive.access import Eye, is_inside, rank
from emulator.drive.model import FORM, META, RANK, File, Permission, drives, parse_time, permission_id
from emulator.kernel import Call, Json

_KINDS = ("user", "group", "domain", "anyone")
_ONE_YEAR = timedelta(days=366)
_MAX_GROUPS_ON_ITEM = 100
_MAX_MEMBERS = 600
_MAX_GROUP_MEMBERS = 100


def is_admin(call: Call, file: File) -> bool:
    """Whether the caller acts on a shared drive as an administrator of the domain."""
    asked = bool(call.query.get("useDomainAdminAccess")) and file.is_drive_root
    return asked and call.world.directory.is_admin(call.actor)


def wanted(call: Call, file: File) -> Permission:
    """The grant that the body of a create describes.

    :raises ApiError: 400 for a missing or impossible member.
    """
    body = call.body
    kind, role, view = body.get("type"), body.get("role"), body.get("view")
    if not kind or not role:
        name = "role" if kind else "type"
        raise refusals.member_required(f"The permission {name} field is required.", f"permission.{name}")
    if kind not in _KINDS or role not in RANK:
        raise refusals.invalid("permission.role" if kind in _KINDS else "permission.type")
    if view is not None and (view != "published" or file.mime_type != FORM or role != "reader"):
        raise refusals.bad_request("The view published is supported for forms only, with the role reader.")
    grantee = _grantee(call, str(kind))
    if kind in ("user", "group"):
        kind = "group" if call.world.directory.is_group(grantee) else "user"
    discoverable = bool(body.get("allowFileDiscovery")) if kind in ("domain", "anyone") else None
    new_id = permission_id(str(kind), grantee, discoverable=bool(discoverable), view=view)
    pending = bool(body.get("pendingOwner"))
    return Permission(new_id, str(kind), str(role), grantee, view, instant(body), discoverable, pending_owner=pending)


def instant(body: Json) -> datetime | None:
    """The `expirationTime` of a body."""
    if not body.get("expirationTime"):
        return None
    try:
        return parse_time(str(body["expirationTime"]))
    except ValueError as broken:
        raise refusals.invalid("permission.expirationTime") from broken


def _grantee(call: Call, kind: str) -> str:
    if kind == "anyone":
        return ""
    member = "domain" if kind == "domain" else "emailAddress"
    value = str(call.body.get(member) or "").strip().lower()
    if not value:
        text = f"The {member} field is required for permissions of type '{kind}'."
        raise refusals.member_required(text, f"permission.{member}")
    if member == "emailAddress" and "@" not in value:
        text = f"The specified {member} is invalid or not applicable for the given permission type."
        raise refusals.invalid(f"permission.{member}", text)
    return value if member == "domain" else call.world.directory.canonical(value)


def check_notification(call: Call, grant: Permission) -> None:
    """Mail is for people and groups, and part of every transfer of ownership. Source: field reports."""
    mail = call.query.get("sendNotificationEmail")
    if (mail and grant.type in ("domain", "anyone")) or (mail is False and grant.role == "owner"):
        text = (
            "The sendNotificationEmail parameter is only applicable for permissions of type 'user' or 'group', "
            "and must not be disabled for ownership transfers."
        )
        raise refusals.forbidden("forbidden", text, location="sendNotificationEmail")


def check_role(call: Call, file: File, role: str, view: str | None) -> None:
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
        raise refusals.forbidden("fileOrganizerOnFoldersInSharedDriveOnly", text)
    own = rank(Eye(call.world, call.actor).role(file))
    if view is None and rank(role) > own and not is_admin(call, file):
        raise refusals.insufficient()


def check_grantee(call: Call, file: File, grant: Permission) -> None:
    """Whether the drive's settings let the grantee in."""
    if file.drive_id is None:
        return
    if file.is_drive_root and grant.type in ("anyone", "domain"):
        text = "A shared drive cannot be shared with anyone or with a domain."
        raise refusals.forbidden("cannotShareTeamDriveTopFolderWithAnyoneOrDomains", text)
    rules = drives(call.world)[file.drive_id].restrictions
    if rules.get("domainUsersOnly") and _is_outside(call, grant):
        raise refusals.domain_only()
    member = grant.type in ("user", "group") and Eye(call.world, grant.grantee).is_member(file.drive_id)
    if rules.get("driveMembersOnly") and not file.is_drive_root and not member:
        raise refusals.members_only()


def _is_outside(call: Call, grant: Permission) -> bool:
    if grant.type == "domain":
        return grant.grantee != call.world.directory.domain.lower()
    return grant.type == "anyone" or not is_inside(call.world, grant.grantee)


def check_account(call: Call, grant: Permission) -> None:
    """Without a mail nobody can be invited who has no account."""
    quiet = grant.type in ("user", "group") and call.query.get("sendNotificationEmail") is False
    if quiet and not call.world.directory.exists(grant.grantee):
        raise refusals.no_account(str(call.body["emailAddress"]))


def check_expiry(call: Call, file: File, grant: Permission) -> None:
    """Expiry is for people and groups, within a year, on folders for readers only, never for members of a shared drive."""
    if grant.expiration_time is None:
        return
    if grant.type not in ("user", "group"):
        text = "Expiration dates can only be set on user and group permissions."
        raise refusals.forbidden("cannotSetExpirationOnAnyoneOrDomain", text)
    if file.is_drive_root:
        text = "Expiration dates cannot be set on shared drive members."
        raise refusals.forbidden("expirationDateNotAllowedForSharedDriveMembers", text)
    if grant.expiration_time <= call.now:
        raise refusals.forbidden("expirationDatesMustBeInTheFuture", "Expiration dates must be in the future.")
    if grant.expiration_time > call.now + _ONE_YEAR or (file.is_folder and grant.role != "reader") or grant.role == "owner":
        raise refusals.forbidden("cannotSetExpiration", "Expiration dates cannot be set on this item.")


def check_pending_owner(call: Call, file: File, grant: Permission) -> None:
    """An owner invites a writer of a My Drive item to become its owner. The sentences are ours."""
    if not grant.pending_owner:
        return
    if file.drive_id is not None or grant.type != "user" or grant.role != "writer":
        raise refusals.bad_request("A pending owner is a user with the role writer on an item that is not in a shared drive.")
    if Eye(call.world, call.actor).role(file) != "owner":
        raise refusals.insufficient()


def check_number(call: Call, file: File, grant: Permission) -> None:
    """An item bears 100 groups, a shared drive 600 members of which 100 groups; a changed grant is no further one.

    Google does not document the refusal: the reasons are ours. Switches `item_group_limit`, `drive_member_limit`.
    """
    if grant.slot in file.grants:
        return
    groups = sum(1 for held in file.grants.values() if held.type == "group")
    most = _MAX_GROUP_MEMBERS if file.is_drive_root else int(call.world.behaviour.get("item_group_limit", _MAX_GROUPS_ON_ITEM))
    if grant.type == "group" and groups >= most:
        raise refusals.forbidden("groupLimitExceeded", f"An item can be shared directly with at most {most} groups.")
    members = int(call.world.behaviour.get("drive_member_limit", _MAX_MEMBERS))
    if file.is_drive_root and len(file.grants) >= members:
        raise refusals.forbidden("teamDriveMembershipLimitExceeded", f"A shared drive can have at most {members} members.")


def count_share(call: Call, file: File) -> None:
    """Count a grant against the caller's sharing quota; with the switch `sharing_quota_per_day` it is refused beyond that.

    Google publishes no figure, so there is no quota by default.
    """
    most = call.world.behaviour.get("sharing_quota_per_day")
    if most is None:
        return
    key = f"shares:{call.actor.lower()}"
    recent = [one for one in call.world.table(META).get(key, []) if one > call.now - timedelta(days=1)]
    if len(recent) >= int(most):
        raise refusals.sharing_limit(file.name)
    call.world.table(META)[key] = [*recent, call.now]
