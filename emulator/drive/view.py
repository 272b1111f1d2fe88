"""How Drive writes its resources: files, people, permissions. Members that Google leaves out are left out."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from functools import lru_cache

from emulator.drive.access import Eye, Standing, standings
from emulator.drive.capabilities import capabilities, may_share
from emulator.drive.model import (
    DOCUMENT,
    FOLDER,
    FORM,
    SHORTCUT,
    SPREADSHEET,
    File,
    Permission,
    drives,
    files,
    permission_id,
    rfc3339,
)
from emulator.kernel import Json, World

_NATIVE_SIZE_BYTES = 1024
_RESTRICTED = ("restrictedForReaders", "restrictedForWriters")
# What accounts without a picture of their own have, in answers of 2023 and later.
_PHOTO = "https://lh3.googleusercontent.com/a/default-user=s64"
_OFFICE = "application/vnd.openxmlformats-officedocument."
_EXPORTS = {
    SPREADSHEET: (
        "https://docs.google.com/spreadsheets/export?id={id}",
        {
            "application/x-vnd.oasis.opendocument.spreadsheet": "ods",
            "text/tab-separated-values": "tsv",
            "application/pdf": "pdf",
            f"{_OFFICE}spreadsheetml.sheet": "xlsx",
            "text/csv": "csv",
            "application/zip": "zip",
            "application/vnd.oasis.opendocument.spreadsheet": "ods",
        },
    ),
    DOCUMENT: (
        "https://docs.google.com/feeds/download/documents/export/Export?id={id}",
        {
            "application/rtf": "rtf",
            "application/vnd.oasis.opendocument.text": "odt",
            "text/html": "html",
            "application/pdf": "pdf",
            "text/x-markdown": "markdown",
            "text/markdown": "markdown",
            "application/epub+zip": "epub",
            "application/zip": "zip",
            f"{_OFFICE}wordprocessingml.document": "docx",
            "text/plain": "txt",
        },
    ),
}
EXPORT_NAMES = {kind: {name: mime for mime, name in formats.items()} for kind, (_, formats) in _EXPORTS.items()}
"""For each Google type the formats that its export address knows, and the type that each one stands for."""
_EDITORS = {SPREADSHEET: "spreadsheets", DOCUMENT: "document", FORM: "forms"}


def user_resource(world: World, address: str, me: str) -> Json:
    """A `drive#user`; `me` is the caller's address."""
    return {
        "kind": "drive#user",
        "displayName": world.directory.display_name(address),
        "photoLink": _PHOTO,
        "me": address.lower() == me.lower(),
        "permissionId": permission_id("user", address.lower()),
        "emailAddress": address.lower(),
    }


def web_view_link(file: File) -> str:
    """The address that opens a file in a browser."""
    if file.is_folder:
        return f"https://drive.google.com/drive/folders/{file.id}"
    if file.mime_type in _EDITORS:
        return f"https://docs.google.com/{_EDITORS[file.mime_type]}/d/{file.id}/edit?usp=drivesdk"
    return f"https://drive.google.com/file/d/{file.id}/view?usp=drivesdk"


def can_export(file: File) -> bool:
    """Whether a file has `exportLinks`."""
    return file.mime_type in _EXPORTS


def export_links(file: File, revision_id: str = "") -> dict[str, str]:
    """The member `exportLinks`: where a browser gets a Google type, or one of its revisions, written as something else."""
    address, formats = _EXPORTS[file.mime_type]
    place = address.format(id=file.id) + (f"&revision={revision_id}" if revision_id else "")
    return {mime: f"{place}&exportFormat={name}" for mime, name in formats.items()}


Wants = Callable[[str], bool]


def wanted_members(fields: str | None) -> Wants:
    """Which members of files a `fields` mask may let through; errs on the side of computing too much.

    Long lists are asked for with narrow masks, and checksums, capabilities and permissions are dear.
    """
    if not fields:
        return lambda name: False
    if "*" in fields or re.search(r"\b(files?|changes)\b(?![(/.])", fields):
        return lambda name: True
    return lambda name: name in fields


def file_resource(eye: Eye, file: File, project: str, wants: Wants, views: frozenset[str] = frozenset()) -> Json:
    """A `drive#file` as this caller gets it.

    project: whose appProperties are shown; wants: which costly members to fill; views: whose permissions to show too.
    """
    answer = _basics(eye, file, project)
    if wants("capabilities"):
        answer["capabilities"] = capabilities(eye.world, eye, file)
    if eye.only_metadata(file):
        return answer | _drive_part(eye, file, wants)
    answer |= _history(eye, file) | _content_part(file, wants)
    answer |= _drive_part(eye, file, wants) if file.drive_id else _my_drive_part(eye, file, wants, views)
    answer["linkShareMetadata"] = {"securityUpdateEligible": False, "securityUpdateEnabled": True}
    answer["downloadRestrictions"] = download_restrictions(eye.world, file)
    if file.app_properties.get(project):
        answer["appProperties"] = dict(file.app_properties[project])
    if file.properties:
        answer["properties"] = dict(file.properties)
    if file.description:
        answer["description"] = file.description
    if file.content_restrictions:
        answer["contentRestrictions"] = [_restriction(eye, one) for one in file.content_restrictions]
    if file.shortcut_target:
        answer["shortcutDetails"] = {"targetId": file.shortcut_target, "targetMimeType": file.shortcut_mime_type}
    return answer


def download_restrictions(world: World, file: File) -> Json:
    """The member `downloadRestrictions`: what was set on the file, and what holds with the settings of its shared drive."""
    own = {name: file.download_restriction.get(name, False) for name in _RESTRICTED}
    drive = drives(world).get(file.drive_id or "")
    rules = drive.download_restriction if drive else {}
    readers = own["restrictedForReaders"] or file.copy_requires_writer or rules.get("restrictedForReaders", False)
    writers = own["restrictedForWriters"] or rules.get("restrictedForWriters", False)
    effective = {"restrictedForReaders": readers or writers, "restrictedForWriters": writers}
    return {"itemDownloadRestriction": own, "effectiveDownloadRestrictionWithContext": effective}


def _basics(eye: Eye, file: File, project: str) -> Json:
    answer: Json = {
        "kind": "drive#file",
        "id": file.id,
        "name": file.name,
        "mimeType": file.mime_type,
        "starred": eye.actor in file.starred_by,
        "trashed": eye.trashed(file),
        "explicitlyTrashed": file.trashed,
        "spaces": [file.space],
        "version": str(file.version),
        "webViewLink": web_view_link(file),
        "iconLink": _icon(file),
        "hasThumbnail": False,
        "thumbnailVersion": "0",
        "createdTime": rfc3339(file.created_at),
        "modifiedTime": rfc3339(file.modified_at),
        "isAppAuthorized": file.app == project,
        "inheritedPermissionsDisabled": file.inherited_permissions_disabled,
    }
    parents = [one for one in file.parents if one in files(eye.world) and eye.sees(files(eye.world)[one])]
    if parents:
        answer["parents"] = parents
    if file.is_folder:
        answer["folderColorRgb"] = file.folder_color or "#8f8f8f"
    return answer


def _icon(file: File) -> str:
    return f"https://drive-thirdparty.googleusercontent.com/16/type/{file.mime_type}"


def _history(eye: Eye, file: File) -> Json:
    answer: Json = {
        "lastModifyingUser": user_resource(eye.world, file.last_modified_by, eye.actor),
        "modifiedByMe": eye.actor in file.modified_by,
        "viewedByMe": eye.actor in file.viewed_by,
    }
    if eye.actor in file.modified_by:
        answer["modifiedByMeTime"] = rfc3339(file.modified_by[eye.actor])
    if eye.actor in file.viewed_by:
        answer["viewedByMeTime"] = rfc3339(file.viewed_by[eye.actor])
    return answer


@lru_cache(maxsize=512)
def checksums(data: bytes) -> dict[str, str]:
    """The checksum members of a file with that content."""
    return {
        "md5Checksum": hashlib.md5(data, usedforsecurity=False).hexdigest(),
        "sha1Checksum": hashlib.sha1(data, usedforsecurity=False).hexdigest(),
        "sha256Checksum": hashlib.sha256(data).hexdigest(),
    }


def _content_part(file: File, wants: Wants) -> Json:
    copying = {"copyRequiresWriterPermission": file.copy_requires_writer, "viewersCanCopyContent": not file.copy_requires_writer}
    if file.mime_type in (FOLDER, SHORTCUT):
        return copying | {"quotaBytesUsed": "0"}
    if file.is_native:
        links = {"exportLinks": export_links(file)} if can_export(file) else {}
        return copying | {"quotaBytesUsed": str(_NATIVE_SIZE_BYTES), "size": str(_NATIVE_SIZE_BYTES)} | links
    data = file.content or b""
    stem, dot, extension = file.name.rpartition(".")
    whole = f"tar.{extension}" if stem.endswith(".tar") else extension
    return (
        copying
        | (checksums(data) if wants("Checksum") or wants("md5") else {})
        | {
            "size": str(len(data)),
            "quotaBytesUsed": str(len(data)),
            "headRevisionId": file.head_revision_id,
            "originalFilename": file.original_filename or file.name,
            "fullFileExtension": whole if dot and stem else "",
            "fileExtension": extension if dot and stem else "",
            "webContentLink": f"https://drive.google.com/uc?id={file.id}&export=download",
        }
    )


def _drive_part(eye: Eye, file: File, wants: Wants) -> Json:
    if file.drive_id is None:
        return {}
    direct = not file.is_drive_root and any(grant.view is None for grant in file.grants.values())
    answer: Json = {"driveId": file.drive_id, "teamDriveId": file.drive_id, "hasAugmentedPermissions": direct}
    if file.trashed and file.trashed_at and file.trashed_by:
        answer["trashedTime"] = rfc3339(file.trashed_at)
        answer["trashingUser"] = user_resource(eye.world, file.trashed_by, eye.actor)
    if wants("permissionIds") and eye.role(file) not in (None, "reader", "commenter"):
        answer["permissionIds"] = sorted({one.permission.id for one in standings(eye.world, file) if not one.permission.view})
    return answer


def _my_drive_part(eye: Eye, file: File, wants: Wants, views: frozenset[str]) -> Json:
    sharing = wants("shared") or wants("permission") or wants("iconLink")
    every = standings(eye.world, file) if sharing else []
    found = [one for one in every if one.permission.view is None]
    answer: Json = {
        "ownedByMe": file.owner == eye.actor,
        "owners": [user_resource(eye.world, file.owner, eye.actor)] if file.owner else [],
        "shared": len(found) > 1,
        "writersCanShare": file.writers_can_share,
    }
    if sharing and may_share(eye.world, eye, file):
        # Seen on the live service: where a file shows its permissions itself, it does so without their sources.
        told = [one for one in every if one.permission.view is None or one.permission.view in views]
        shown = [permission_resource(eye.world, file, one) for one in told]
        answer["permissions"] = [{name: value for name, value in one.items() if name != "permissionDetails"} for one in shown]
        answer["permissionIds"] = [one.permission.id for one in told]
    if file.is_folder and answer["shared"]:
        answer["iconLink"] = _icon(file) + "+shared"
    mine = [grant for grant in file.grants.values() if grant.type in ("user", "group") and eye.reaches(grant)]
    if file.owner != eye.actor and mine and mine[0].granted_at and mine[0].granted_by:
        answer["sharedWithMeTime"] = rfc3339(mine[0].granted_at)
        answer["sharingUser"] = user_resource(eye.world, mine[0].granted_by, eye.actor)
    return answer


def _restriction(eye: Eye, lock: Json) -> Json:
    answer = {key: value for key, value in lock.items() if key != "restrictingUser"}
    if lock.get("restrictingUser"):
        answer["restrictingUser"] = user_resource(eye.world, str(lock["restrictingUser"]), eye.actor)
    return answer


def permission_resource(world: World, file: File, standing: Standing) -> Json:
    """A `drive#permission` with the merged role of a grantee and where it comes from."""
    grant = standing.permission
    answer: Json = {"kind": "drive#permission", "id": grant.id, "type": grant.type, "role": grant.role}
    answer |= _grantee(world, grant)
    if grant.view:
        answer["view"] = grant.view
    if grant.expiration_time:
        answer["expirationTime"] = rfc3339(grant.expiration_time)
    if file.inherited_permissions_disabled:
        answer["inheritedPermissionsDisabled"] = True
    answer["permissionDetails"] = [_detail(file, source.item, source.grant, source.inherited) for source in standing.sources]
    if file.drive_id:
        answer["teamDrivePermissionDetails"] = [
            {("teamDrivePermissionType" if key == "permissionType" else key): value for key, value in detail.items()}
            for detail in answer["permissionDetails"]
        ]
    elif grant.type == "user":
        answer["pendingOwner"] = grant.pending_owner
    return answer


def _grantee(world: World, grant: Permission) -> Json:
    if grant.type in ("user", "group"):
        name = world.directory.display_name(grant.grantee)
        photo = {"photoLink": _PHOTO} if grant.type == "user" else {}
        return {"emailAddress": grant.grantee, "displayName": name} | photo | {"deleted": False}
    if grant.type == "domain":
        shown: Json = {"domain": grant.grantee, "displayName": grant.grantee}
    else:
        shown = {}
    return shown | {"allowFileDiscovery": bool(grant.allow_file_discovery)}


def _detail(file: File, item: File, grant: Permission, inherited: bool) -> Json:
    kind = "member" if item.is_drive_root else "file"
    answer: Json = {"permissionType": kind, "role": grant.role, "inherited": inherited}
    if inherited and file.drive_id:
        answer["inheritedFrom"] = item.id
    return answer
