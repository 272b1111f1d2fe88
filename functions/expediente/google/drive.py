"""Drive: folders, files, permissions and the change feed of the shared drives.

Every call says supportsAllDrives: without it a file of a shared drive answers 404. Source: Drive API v3.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from importlib import import_module
from typing import TYPE_CHECKING, Any

from expediente.errors import AlreadyExistsError, NotFoundError, RefusedError, RetryLaterError
from expediente.google.times import from_rfc3339, to_rfc3339

if TYPE_CHECKING:
    from expediente.google.clients import Resources

FOLDER = "application/vnd.google-apps.folder"
SPREADSHEET = "application/vnd.google-apps.spreadsheet"
PDF = "application/pdf"

_FILE_FIELDS = (
    "id,name,mimeType,parents,trashed,modifiedTime,version,lastModifyingUser(emailAddress,me),driveId,appProperties,size,webViewLink,"
    "inheritedPermissionsDisabled,contentRestrictions(readOnly,ownerRestricted,reason),sha256Checksum,hasAugmentedPermissions"
)
_CHANGE_FIELDS = (
    "nextPageToken,newStartPageToken,changes(fileId,removed,time,file("
    "id,name,mimeType,parents,trashed,modifiedTime,version,lastModifyingUser(emailAddress,me),driveId,appProperties,size,"
    "inheritedPermissionsDisabled,hasAugmentedPermissions,sha256Checksum))"
)
_GRANT_FIELDS = "id,type,role,emailAddress,domain,expirationTime,view,permissionDetails(inherited,inheritedFrom)"
_IDS_AT_ONCE = 100
_INHERITED = "cannotModifyInherited"
_SIMPLE_UPLOAD_BYTES = 5_000_000
_CHUNK_BYTES = 8 * 256 * 1024
# Two permission calls on one file at the same time: Drive keeps only the last. So one at a time per file, whoever asks.
_LANES = [threading.Lock() for _ in range(64)]


@dataclass(frozen=True)
class FileInfo:
    """A file or folder as Drive tells it. version: rises with every change; by: address of the last editor ('' = unknown).

    size_bytes: 0 for Google's own formats. limited: access is not inherited. locked: content is restricted.
    sha256: of an uploaded file's bytes, '' for Google's own formats. shared: it bears permissions of its own, not only inherited ones.
    """

    file_id: str
    name: str
    mime_type: str
    parents: tuple[str, ...] = ()
    trashed: bool = False
    modified_at: datetime | None = None
    version: int = 0
    by: str = ""
    by_us: bool = False
    drive_id: str = ""
    app_properties: Mapping[str, str] = field(default_factory=dict)
    size_bytes: int = 0
    link: str = ""
    limited: bool = False
    locked: bool = False
    sha256: str = ""
    shared: bool = False


@dataclass(frozen=True)
class Change:
    """The latest state of something that changed. removed: gone, or no longer visible to us; then only file_id and at are known.

    at: when Drive logged it; by: last editor; by_us: that editor is the account that asks.
    limited, shared, sha256: as in `FileInfo`; who shared a file Drive does not tell.
    """

    file_id: str
    removed: bool
    at: datetime
    name: str = ""
    mime_type: str = ""
    parents: tuple[str, ...] = ()
    trashed: bool = False
    modified_at: datetime | None = None
    version: int = 0
    by: str = ""
    by_us: bool = False
    drive_id: str = ""
    app_properties: Mapping[str, str] = field(default_factory=dict)
    size_bytes: int = 0
    limited: bool = False
    shared: bool = False
    sha256: str = ""


@dataclass(frozen=True)
class Changes:
    """One page of the feed. cursor: where to go on, to be stored after the items have been; more: a further page waits now."""

    items: tuple[Change, ...]
    cursor: str
    more: bool


@dataclass(frozen=True)
class GrantInfo:
    """A permission on a file. kind: user | group | domain | anyone; address: of the person or group, or the domain.

    view: '' = ordinary; `metadata` = sees the name only; `published` = may answer a form.
    """

    permission_id: str
    kind: str
    role: str
    address: str
    inherited: bool
    inherited_from: str = ""
    expires_at: datetime | None = None
    view: str = ""


@dataclass(frozen=True)
class Revision:
    """A stored state of a file. person: address, '' when Drive does not tell; Drive merges revisions over time and editors."""

    revision_id: str
    modified_at: datetime
    person: str
    by_us: bool = False


@dataclass(frozen=True)
class DriveInfo:
    """A shared drive."""

    drive_id: str
    name: str


class Drive:
    """Drive of one identity. Every method may raise a `GoogleError`; only what is special is said below."""

    def __init__(self, api: Resources) -> None:
        self._api = api
        self._ids: list[str] = []
        self._ids_lock = threading.Lock()

    # --- creating --------------------------------------------------------------------------------------------------------------

    def new_ids(self, count: int) -> tuple[str, ...]:
        """Ids that Drive will accept for new folders and uploads, not for Google's own formats. Fetched a hundred at once."""
        with self._ids_lock:
            while len(self._ids) < count:
                request = self._api.files.generateIds(count=max(_IDS_AT_ONCE, count), space="drive", type="files")
                self._ids += self._api.execute(request)["ids"]
            taken, self._ids = self._ids[:count], self._ids[count:]
            return tuple(taken)

    def create_folder(
        self, file_id: str, name: str, parent_id: str, limited: bool, app_properties: Mapping[str, str] | None = None
    ) -> FileInfo:
        """Make a folder under an id given beforehand; one of ours that exists under it is adopted.

        limited: access is not inherited; set in the same call, read back, and set again should Drive have ignored it.

        :raises RefusedError: (409 `foreign`) the id is taken by something else.
        """
        body: dict[str, Any] = {"id": file_id, "name": name, "mimeType": FOLDER, "parents": [parent_id]}
        body |= {"appProperties": dict(app_properties or {})} | ({"inheritedPermissionsDisabled": True} if limited else {})
        info = self._create_or_adopt(file_id, parent_id, FOLDER, app_properties or {}, body)
        if limited and not info.limited:
            info = self._update(file_id, {"inheritedPermissionsDisabled": True})
        return info

    def create_spreadsheet(self, name: str, parent_id: str, app_properties: Mapping[str, str]) -> str:
        """Make a spreadsheet in a folder and give its id. Google takes none beforehand: in doubt look with `find_child`."""
        body = {"name": name, "mimeType": SPREADSHEET, "parents": [parent_id], "appProperties": dict(app_properties)}
        request = self._api.files.create(body=body, fields="id", supportsAllDrives=True)
        return str(self._api.execute(request)["id"])

    def upload(
        self, file_id: str, name: str, parent_id: str, mime: str, data: bytes, app_properties: Mapping[str, str] | None = None
    ) -> FileInfo:
        """Store a file under an id given beforehand; one of ours that exists under it is adopted.

        :raises RefusedError: (409 `foreign`) the id is taken by something else.
        """
        body = {
            "id": file_id,
            "name": name,
            "mimeType": mime,
            "parents": [parent_id],
            "appProperties": dict(app_properties or {}),
        }
        return self._create_or_adopt(file_id, parent_id, mime, app_properties or {}, body, media_body=_media(mime, data))

    def _create_or_adopt(
        self, file_id: str, parent_id: str, mime: str, marks: Mapping[str, str], body: dict[str, Any], **media: Any
    ) -> FileInfo:
        try:
            return self._file(self._api.files.create(body=body, fields=_FILE_FIELDS, supportsAllDrives=True, **media))
        except AlreadyExistsError as error:
            found = self.get_file(file_id)
            ours = all(found.app_properties.get(key) == value for key, value in marks.items())
            if not ours or found.mime_type != mime or parent_id not in found.parents or found.trashed:
                raise RefusedError(error.method, error.status, "foreign", "the id is taken by something else") from error
            return found

    # --- looking ---------------------------------------------------------------------------------------------------------------

    def get_file(self, file_id: str) -> FileInfo:
        """A file or folder. :raises NotFoundError: missing, or not visible to us; in the trash it is still found."""
        return self._file(self._api.files.get(fileId=file_id, fields=_FILE_FIELDS, supportsAllDrives=True))

    def find_child(self, parent_id: str, key: str, value: str, mime: str, drive_id: str = "") -> list[str]:
        """Ids of the children of a folder that bear an app property, oldest first; not those in the trash.

        Asks by parent and compares here: queries by name or property lag behind writes far more than those by parent.
        """
        return [info.file_id for info in self.children(parent_id, mime, drive_id) if info.app_properties.get(key) == value]

    def children(self, parent_id: str, mime: str = "", drive_id: str = "") -> list[FileInfo]:
        """What lies directly in a folder or at the top of a shared drive, oldest first; not what is in the trash.

        mime: '' = all kinds; drive_id: the shared drive it lies in, where known: a quicker search that is always complete.

        :raises RetryLaterError: (`incomplete`) Drive did not search everything, so the list proves nothing.
        """
        return self.children_of([parent_id], mime, drive_id)

    def children_of(self, parent_ids: Sequence[str], mime: str = "", drive_id: str = "") -> list[FileInfo]:
        """What lies directly in any of these folders, as `children` gives it, in one search."""
        inside = " or ".join(f"'{_quoted(parent_id)}' in parents" for parent_id in parent_ids)
        inside = inside if len(parent_ids) == 1 else f"({inside})"
        query = f"{inside} and trashed=false" + (f" and mimeType='{_quoted(mime)}'" if mime else "")
        options = {"q": query, "orderBy": "createdTime", "pageSize": 1000}
        options |= {"includeItemsFromAllDrives": True, "supportsAllDrives": True}
        options |= {"corpora": "drive", "driveId": drive_id} if drive_id else {"corpora": "allDrives"}
        fields = f"nextPageToken,incompleteSearch,files({_FILE_FIELDS})"
        found: list[FileInfo] = []
        for page in self._pages(self._api.files, options | {"fields": fields}):
            if page.get("incompleteSearch"):
                raise RetryLaterError("drive.files.list", 200, "incomplete", 30.0)
            found += [_file_info(file) for file in page.get("files", ())]
        return found

    def revisions(self, file_id: str) -> list[Revision]:
        """Who saved which state, oldest first."""
        fields = "nextPageToken,revisions(id,modifiedTime,lastModifyingUser(emailAddress,me))"
        pages = self._pages(self._api.revisions, {"fileId": file_id, "pageSize": 1000, "fields": fields})
        return [_revision(item) for page in pages for item in page.get("revisions", ())]

    def download(self, file_id: str) -> bytes:
        """The bytes of an uploaded file."""
        return self._api.fetch(self._api.files.get_media(fileId=file_id, supportsAllDrives=True))

    def export_pdf(self, file_id: str) -> bytes:
        """A document of Google's own format as PDF. :raises RefusedError: also above 10 MB."""
        return self._api.fetch(self._api.files.export_media(fileId=file_id, mimeType=PDF))

    # --- changing --------------------------------------------------------------------------------------------------------------

    def move(self, file_id: str, to: str, from_: str, name: str | None = None) -> FileInfo:
        """Put a file into another folder, at once under another name if given. An absolute target: a repeat changes nothing."""
        options = {"addParents": to, "removeParents": from_} if to != from_ else {}
        return self._update(file_id, {} if name is None else {"name": name}, **options)

    def replace_content(self, file_id: str, mime: str, data: bytes) -> FileInfo:
        """Give an uploaded file a new revision, and take it out of the trash if a person has put it there."""
        return self._update(file_id, {"trashed": False}, media_body=_media(mime, data))

    def rename(self, file_id: str, name: str) -> FileInfo:
        """Give a file or folder another name."""
        return self._update(file_id, {"name": name})

    def unlimit(self, file_id: str) -> FileInfo:
        """Let a folder inherit access again; a repeat changes nothing."""
        return self._update(file_id, {"inheritedPermissionsDisabled": False})

    def trash(self, file_id: str) -> None:
        """Put a file into the trash; one that is gone already is fine."""
        try:
            self._update(file_id, {"trashed": True})
        except NotFoundError:
            return

    def set_app_properties(self, file_id: str, app_properties: Mapping[str, str]) -> FileInfo:
        """Set properties that only we see; others stay."""
        return self._update(file_id, {"appProperties": dict(app_properties)})

    def lock(self, file_id: str, reason: str) -> None:
        """Make the content read-only for everyone; only an organizer of the drive can lift it. A seal for people, no evidence."""
        self._update(file_id, {"contentRestrictions": [{"readOnly": True, "ownerRestricted": True, "reason": reason}]})

    def unlock(self, file_id: str) -> None:
        """Lift the lock of `lock`."""
        self._update(file_id, {"contentRestrictions": [{"readOnly": False}]})

    def limit(self, file_id: str) -> None:
        """Let a folder inherit no access; one that inherits none already stays as it is."""
        self._update(file_id, {"inheritedPermissionsDisabled": True})

    # --- permissions -----------------------------------------------------------------------------------------------------------

    def add_grant(
        self, file_id: str, address: str, kind: str, role: str, expires_at: datetime | None = None, view: str = ""
    ) -> str:
        """Give a person, group or domain a role and give the permission's id; no mail is sent. The same grant again is the same.

        kind: user | group | domain | anyone (address '' then); expires_at: at most a year ahead, on a folder for readers only; view: `published` for forms.
        """
        body: dict[str, Any] = {"type": kind, "role": role}
        body |= {("domain" if kind == "domain" else "emailAddress"): address} if address else {}
        body |= ({"expirationTime": to_rfc3339(expires_at)} if expires_at else {}) | ({"view": view} if view else {})
        options = {} if kind in ("domain", "anyone") else {"sendNotificationEmail": False}
        request = self._api.permissions.create(fileId=file_id, body=body, fields=_GRANT_FIELDS, supportsAllDrives=True, **options)
        with _lane(file_id):
            return str(self._api.execute(request)["id"])

    def remove_grant(self, file_id: str, permission_id: str) -> None:
        """Take a direct permission away; one that is gone already is fine, also where the same person still inherits one.

        A principal has one permission id on a file, so a repeat that finds the inherited rest is refused as if it had asked for that.
        """
        request = self._api.permissions.delete(fileId=file_id, permissionId=permission_id, supportsAllDrives=True)
        with _lane(file_id):
            try:
                self._api.execute(request)
            except NotFoundError:
                return
            except RefusedError as refused:
                if not refused.reason.startswith(_INHERITED):
                    raise
                if any(one.permission_id == permission_id and not one.inherited for one in self.list_grants(file_id)):
                    raise

    def list_grants(self, file_id: str, view: str = "") -> tuple[GrantInfo, ...]:
        """All permissions on a file, inherited ones included. view: `published` adds those who may answer a form."""
        options = {"fileId": file_id, "pageSize": 100, "supportsAllDrives": True}
        options |= {"fields": f"nextPageToken,permissions({_GRANT_FIELDS})"} | (
            {"includePermissionsForView": view} if view else {}
        )
        pages = self._pages(self._api.permissions, options)
        return tuple(_grant(item) for page in pages for item in page.get("permissions", ()))

    # --- the change feed -------------------------------------------------------------------------------------------------------

    def start_page_token(self, drive_id: str = "") -> str:
        """A cursor that stands at the present end of the feed of a shared drive ('' = of this identity)."""
        where = {"driveId": drive_id} if drive_id else {}
        return str(self._api.execute(self._api.changes.getStartPageToken(supportsAllDrives=True, **where))["startPageToken"])

    def changes(self, page_token: str, drive_id: str = "") -> Changes:
        """One page of what changed since the cursor in a shared drive.

        Without drive_id it is the feed of this identity, which may or may not show what lies on shared drives.
        Source: Drive guide, "Track changes for users and shared drives".
        """
        where = {"driveId": drive_id} if drive_id else {"restrictToMyDrive": False}
        request = self._api.changes.list(
            **where,
            pageToken=page_token,
            pageSize=1000,
            supportsAllDrives=True,
            includeItemsFromAllDrives=True,
            includeRemoved=True,
            spaces="drive",
            fields=_CHANGE_FIELDS,
        )
        page = self._api.execute(request)
        # Entries about a shared drive itself (renamed, restricted) carry no file.
        items = tuple(_change(item) for item in page.get("changes", ()) if "fileId" in item)
        return Changes(
            items, str(page.get("nextPageToken") or page.get("newStartPageToken") or page_token), "nextPageToken" in page
        )

    # --- shared drives, for setup ----------------------------------------------------------------------------------------------

    def create_drive(self, request_id: str, name: str) -> DriveInfo:
        """Make a shared drive. :raises AlreadyExistsError: that request id made one before; find it with `list_drives`."""
        answer = self._api.execute(self._api.drives.create(requestId=request_id, body={"name": name}))
        return DriveInfo(str(answer["id"]), str(answer.get("name", name)))

    def restrict_drive(
        self, drive_id: str, *, domain_users_only: bool, members_only: bool, organizers_share_folders: bool
    ) -> None:
        """Set who may get in: only the domain, only members, and whether only organizers share folders."""
        restrictions = {
            "domainUsersOnly": domain_users_only,
            "driveMembersOnly": members_only,
            "sharingFoldersRequiresOrganizerPermission": organizers_share_folders,
        }
        self._api.execute(self._api.drives.update(driveId=drive_id, body={"restrictions": restrictions}))

    def list_drives(self) -> tuple[DriveInfo, ...]:
        """The shared drives that this identity is a member of."""
        pages = self._pages(self._api.drives, {"pageSize": 100, "fields": "nextPageToken,drives(id,name)"})
        return tuple(DriveInfo(item["id"], item["name"]) for page in pages for item in page.get("drives", ()))

    # --- inside ----------------------------------------------------------------------------------------------------------------

    def _update(self, file_id: str, body: dict[str, Any], **options: Any) -> FileInfo:
        request = self._api.files.update(fileId=file_id, body=body, fields=_FILE_FIELDS, supportsAllDrives=True, **options)
        return self._file(request)

    def _file(self, request: Any) -> FileInfo:
        return _file_info(self._api.execute(request))

    def _pages(self, resource: Any, options: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        page = self._api.execute(resource.list(**options))
        yield page
        while page.get("nextPageToken"):
            page = self._api.execute(resource.list(**options, pageToken=page["nextPageToken"]))
            yield page


def _media(mime: str, data: bytes) -> Any:
    """The body of an upload: in one request, or in chunks when it is large."""
    resumable = len(data) > _SIMPLE_UPLOAD_BYTES
    return import_module("googleapiclient.http").MediaIoBaseUpload(io.BytesIO(data), mime, _CHUNK_BYTES, resumable)


def _lane(file_id: str) -> threading.Lock:
    return _LANES[hash(file_id) % len(_LANES)]


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace("'", "\\'")


def _common(file: Mapping[str, Any]) -> dict[str, Any]:
    """What `FileInfo` and `Change` share."""
    editor = file.get("lastModifyingUser", {})
    return {
        "name": str(file.get("name", "")),
        "mime_type": str(file.get("mimeType", "")),
        "parents": tuple(file.get("parents", ())),
        "trashed": bool(file.get("trashed", False)),
        "modified_at": from_rfc3339(file["modifiedTime"]) if "modifiedTime" in file else None,
        "version": int(file.get("version", 0)),
        "by": str(editor.get("emailAddress", "")),
        "by_us": bool(editor.get("me", False)),
        "drive_id": str(file.get("driveId", "")),
        "app_properties": dict(file.get("appProperties", {})),
        "size_bytes": int(file.get("size", 0)),
        "limited": bool(file.get("inheritedPermissionsDisabled", False)),
        "shared": bool(file.get("hasAugmentedPermissions", False)),
        "sha256": str(file.get("sha256Checksum", "")),
    }


def _file_info(file: Mapping[str, Any]) -> FileInfo:
    return FileInfo(
        file_id=str(file["id"]),
        link=str(file.get("webViewLink", "")),
        locked=any(item.get("readOnly") for item in file.get("contentRestrictions", ())),
        **_common(file),
    )


def _change(item: Mapping[str, Any]) -> Change:
    at, removed = from_rfc3339(item["time"]), bool(item.get("removed", False))
    return Change(str(item["fileId"]), removed or "file" not in item, at, **_common(item.get("file", {})))


def _grant(item: Mapping[str, Any]) -> GrantInfo:
    details: Sequence[Mapping[str, Any]] = item.get("permissionDetails", ())
    # A grant that is both direct and inherited is direct: taking the direct part away is possible.
    inherited = bool(details) and all(detail.get("inherited", False) for detail in details)
    return GrantInfo(
        permission_id=str(item["id"]),
        kind=str(item["type"]),
        role=str(item["role"]),
        address=str(item.get("emailAddress") or item.get("domain") or ""),
        inherited=inherited,
        inherited_from=next((str(detail.get("inheritedFrom", "")) for detail in details if inherited), ""),
        expires_at=from_rfc3339(item["expirationTime"]) if "expirationTime" in item else None,
        view=str(item.get("view", "")),
    )


def _revision(item: Mapping[str, Any]) -> Revision:
    editor = item.get("lastModifyingUser", {})
    person, by_us = str(editor.get("emailAddress", "")), bool(editor.get("me", False))
    return Revision(str(item["id"]), from_rfc3339(item["modifiedTime"]), person, by_us)
