"""The records of Drive: files, permissions, shared drives, revisions, comments, and the tables that hold them.

A shared drive's top folder and a person's My Drive are files like any other, so that access and listing know one rule.
All records are picklable; whatever can be derived from them is kept in `emulator.drive.index` only.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import cast

from emulator.kernel import Json, Table, World

FOLDER = "application/vnd.google-apps.folder"
SHORTCUT = "application/vnd.google-apps.shortcut"
SPREADSHEET = "application/vnd.google-apps.spreadsheet"
DOCUMENT = "application/vnd.google-apps.document"
FORM = "application/vnd.google-apps.form"
NATIVE_PREFIX = "application/vnd.google-apps."

FILES = "drive.files"
DRIVES = "drive.drives"
REVISIONS = "drive.revisions"
COMMENTS = "drive.comments"
CHANGES = "drive.changes"
CHANNELS = "drive.channels"
APPROVALS = "drive.approvals"
PROPOSALS = "drive.proposals"
OPERATIONS = "drive.operations"
GONE = "drive.gone"
META = "drive.meta"

DRIVE_SPACE, APP_SPACE = "drive", "appDataFolder"

ROLES = ("reader", "commenter", "writer", "fileOrganizer", "organizer", "owner")
RANK = {role: number for number, role in enumerate(ROLES, start=1)}


@dataclass
class Permission:
    """One grant on one item. `grantee` is an address or a domain in lower case, empty for `anyone`. Instants are UTC."""

    id: str
    type: str
    role: str
    grantee: str = ""
    view: str | None = None
    expiration_time: datetime | None = None
    allow_file_discovery: bool | None = None
    granted_at: datetime | None = None
    granted_by: str | None = None
    pending_owner: bool = False

    @property
    def key(self) -> str:
        """Whom the grant reaches, as `user:…`, `group:…`, `domain:…` or `anyone`."""
        return f"{self.type}:{self.grantee}" if self.grantee else self.type

    @property
    def slot(self) -> str:
        """Its place among the grants of an item: one grantee has at most one grant a view."""
        return f"{self.id}@{self.view}" if self.view else self.id


@dataclass
class File:
    """One file, folder, shortcut, My Drive or shared drive top folder. `app_properties` maps project to its private pairs.

    app: the project that made it, the only one that a token with the scope `drive.file` lets in.
    space: `drive`, or `appDataFolder` for what an app keeps out of sight.
    """

    id: str
    name: str
    mime_type: str
    parents: list[str]
    drive_id: str | None
    owner: str | None
    created_at: datetime
    modified_at: datetime
    last_modified_by: str
    born_at: datetime
    version: int = 1
    trashed: bool = False
    trashed_at: datetime | None = None
    trashed_by: str | None = None
    app_properties: dict[str, dict[str, str]] = field(default_factory=dict)
    properties: dict[str, str] = field(default_factory=dict)
    content: bytes | None = None
    head_revision_id: str | None = None
    original_filename: str | None = None
    description: str | None = None
    content_restrictions: list[Json] = field(default_factory=list)
    inherited_permissions_disabled: bool = False
    grants: dict[str, Permission] = field(default_factory=dict)
    starred_by: set[str] = field(default_factory=set)
    viewed_by: dict[str, datetime] = field(default_factory=dict)
    modified_by: dict[str, datetime] = field(default_factory=dict)
    writers_can_share: bool = True
    copy_requires_writer: bool = False
    download_restriction: dict[str, bool] = field(default_factory=dict)
    labels: dict[str, Json] = field(default_factory=dict)
    folder_color: str | None = None
    shortcut_target: str | None = None
    shortcut_mime_type: str | None = None
    app: str = ""
    indexable_text: str = ""
    space: str = DRIVE_SPACE

    def grant(self, permission: Permission) -> None:
        """Give a grant, in the place of what the grantee had for that view."""
        self.revoke(permission.slot)
        self.grants[permission.slot] = permission

    def revoke(self, slot: str) -> None:
        """Take a grant away, when it is there."""
        self.grants = {held.slot: held for held in self.grants.values() if held.slot != slot}

    @property
    def is_folder(self) -> bool:
        """Whether children can be put into it."""
        return self.mime_type == FOLDER

    @property
    def is_native(self) -> bool:
        """Whether it is a Google type without bytes of its own (folders and shortcuts included)."""
        return self.mime_type.startswith(NATIVE_PREFIX)

    @property
    def is_drive_root(self) -> bool:
        """Whether it is the top folder of a shared drive, whose permissions are the drive's members."""
        return self.drive_id == self.id

    @property
    def is_root(self) -> bool:
        """Whether it is a top folder, of a shared drive or of somebody's My Drive."""
        return not self.parents


@dataclass
class Drive:
    """A shared drive. Restrictions are Drive API names to booleans."""

    id: str
    name: str
    created_at: datetime
    request_key: str
    restrictions: dict[str, bool] = field(default_factory=dict)
    hidden_for: set[str] = field(default_factory=set)
    download_restriction: dict[str, bool] = field(default_factory=dict)
    color_rgb: str = "#0f9d58"
    theme_id: str | None = "glass"
    background_file: str | None = None


@dataclass
class Revision:
    """One kept state of a file's content; `content` is None for Google types."""

    id: str
    mime_type: str
    modified_at: datetime
    modified_by: str
    content: bytes | None = None
    original_filename: str | None = None
    keep_forever: bool = False
    flags: dict[str, bool] = field(default_factory=dict)


@dataclass
class Reply:
    """An answer to a comment; `action` is `resolve`, `reopen` or None."""

    id: str
    author: str
    content: str
    created_at: datetime
    modified_at: datetime
    action: str | None = None
    deleted: bool = False


@dataclass
class Comment:
    """A comment on a file with its replies."""

    id: str
    author: str
    content: str
    created_at: datetime
    modified_at: datetime
    anchor: str | None = None
    quoted: Json | None = None
    resolved: bool = False
    deleted: bool = False
    replies: list[Reply] = field(default_factory=list)


@dataclass
class ChangeEntry:
    """The place of an item in the change log. `lost` maps grantee keys to the sequence number at which they lost access."""

    seq: int
    kind: str
    item_id: str
    drives: set[str]
    at: datetime
    lost: dict[str, int] = field(default_factory=dict)


def files(world: World) -> Table[File]:
    """All files of all drives by id."""
    return cast("Table[File]", world.table(FILES))


def drives(world: World) -> Table[Drive]:
    """All shared drives by id."""
    return cast("Table[Drive]", world.table(DRIVES))


def rfc3339(instant: datetime) -> str:
    """An instant as Drive writes it: UTC, milliseconds, `Z`."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{instant.microsecond // 1000:03d}Z"


def parse_time(text: str) -> datetime:
    """An RFC 3339 instant or date; without a zone it is UTC. ValueError when it is neither."""
    instant = datetime.fromisoformat(text.strip().upper())
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def permission_id(kind: str, grantee: str, *, discoverable: bool = False, view: str | None = None) -> str:
    """The id of a grantee's permission: the same on every file, as at Google.

    That of `anyone` is the same in the view `published` (field report of the responders of a form); for the others that is
    not known, and a suffix keeps the two apart.
    """
    if kind == "anyone":
        return "anyone" if discoverable else "anyoneWithLink"
    suffix = "p" if view else ""
    number = int.from_bytes(hashlib.sha256(f"{kind}:{grantee}".encode()).digest()[:9], "big") % 10**20
    digits = f"{number:020d}"
    return (digits + "k" if kind == "domain" else digits) + suffix


def my_drive_id(address: str) -> str:
    """The id of a person's My Drive folder."""
    digest = base64.urlsafe_b64encode(hashlib.sha256(b"my-drive:" + address.lower().encode()).digest()).decode()
    return "0A" + digest[:15] + "Uk9PVA"


def app_data_id(address: str, project: str) -> str:
    """The id of the folder in which a project keeps its data for a person."""
    digest = base64.urlsafe_b64encode(hashlib.sha256(f"app-data:{project}:{address.lower()}".encode()).digest()).decode()
    return "1" + digest[:32]
