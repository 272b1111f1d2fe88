"""What most Drive methods begin with: find the item that is meant, with the caller's rights and the shared drive switch."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from datetime import datetime

from emulator.drive import refusals
from emulator.drive.access import Eye
from emulator.drive.files import get_file, project_of
from emulator.drive.label_view import label_info
from emulator.drive.model import APP_SPACE, DRIVE_SPACE, File
from emulator.drive.view import file_resource, wanted_members
from emulator.kernel import Call, Json

_SCOPE = "https://www.googleapis.com/auth/drive"
_NARROW = frozenset((f"{_SCOPE}.file",))
_APP_DATA = f"{_SCOPE}.appdata"
_WIDE = frozenset([_SCOPE] + [f"{_SCOPE}.{name}" for name in ("readonly", "metadata", "metadata.readonly")])


def knows_drives(call: Call) -> bool:
    """Whether the caller said that it can deal with shared drives."""
    return bool(call.query.get("supportsAllDrives") or call.query.get("supportsTeamDrives"))


def wants_drives(call: Call) -> bool:
    """Whether a listing is to have items from shared drives."""
    return bool(call.query.get("includeItemsFromAllDrives") or call.query.get("includeTeamDriveItems"))


def wanted_views(call: Call) -> frozenset[str]:
    """The views whose permissions are wanted beside the plain ones; only `published` exists."""
    return frozenset(str(call.query.get("includePermissionsForView") or "").split(",")) & {"published"}


def drive_wanted(call: Call) -> str | None:
    """The shared drive that a call names, under its new or its old parameter name."""
    return call.query.get("driveId") or call.query.get("teamDriveId")


def item(call: Call, need: str = "reader", *, gated: bool = True) -> File:
    """The file of the path, as `get_file` finds it.

    gated: an item of a shared drive is not found unless `supportsAllDrives` is set, for the methods that have that parameter.
    """
    file = get_file(call.world, call.path["fileId"], call.actor, "metadata")
    if (gated and file.drive_id and not knows_drives(call)) or not is_open_to(call, file):
        raise refusals.file_not_found(call.path["fileId"])
    return get_file(call.world, file.id, call.actor, need)


def item_of(call: Call, file_id: str) -> File:
    """A file that a body names, as the caller may read it."""
    return get_file(call.world, file_id, call.actor)


def is_open_to(call: Call, file: File) -> bool:
    """Whether the token's scopes reach the file.

    With `drive.file` alone an app sees what it made itself, its hidden data with `drive.appdata` alone.
    """
    if call.scopes is None:
        return True
    if file.space == APP_SPACE:
        return _APP_DATA in call.scopes
    made_it = file.is_root or file.app == project_of(call.world, call.actor)
    return bool(call.scopes & _WIDE) or (made_it and bool(call.scopes & _NARROW))


def check_spaces(call: Call, spaces: set[str]) -> None:
    """:raises ApiError: 403 insufficientScopes for a space that the token does not open. Source: field reports."""
    opens = {
        APP_SPACE: frozenset((_APP_DATA,)),
        DRIVE_SPACE: _WIDE | _NARROW,
        "photos": frozenset((f"{_SCOPE}.photos.readonly",)),
    }
    if call.scopes is not None and any(not call.scopes & opens[one] for one in spaces):
        text = "The granted scopes do not give access to all of the requested spaces."
        raise refusals.forbidden("insufficientScopes", text, location="spaces")


def wanted_spaces(call: Call) -> set[str]:
    """The spaces that a list is asked for.

    :raises ApiError: 400 for one that does not exist, 403 for one that the token does not open.
    """
    spaces = {one.strip() for one in str(call.query.get("spaces") or DRIVE_SPACE).split(",")}
    if spaces - {DRIVE_SPACE, APP_SPACE, "photos"}:
        raise refusals.invalid("spaces")
    check_spaces(call, spaces)
    return spaces


def answer(call: Call, file: File) -> Json:
    """The file as the caller gets it, after a change or a look-up."""
    wants = wanted_members(call.query.get("fields"))
    shown = file_resource(Eye(call.world, call.actor), file, project_of(call.world, call.actor), wants, wanted_views(call))
    return shown | label_info(call.world, call.actor, file, call.query.get("includeLabels"))


def page_token(call: Call, offset: int, asked_at: datetime | None = None) -> str:
    """An opaque token for the page that begins at an offset, good only for the same question by the same caller.

    asked_at: when the first page was asked for, for lists that are to stand still from page to page.
    """
    text = json.dumps([offset, _question(call), (asked_at or call.now).isoformat()])
    return "~!!~" + base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read_token(call: Call) -> tuple[int, datetime] | None:
    """Offset and instant of the page token, None without one.

    :raises ApiError: 400 when the token is broken or belongs to another question.
    """
    token = call.query.get("pageToken")
    if not token:
        return None
    try:
        body = str(token).removeprefix("~!!~")
        offset, question, asked_at = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        instant = datetime.fromisoformat(asked_at)
    except (ValueError, TypeError, binascii.Error) as broken:
        raise refusals.invalid("pageToken") from broken
    if question != _question(call) or not isinstance(offset, int):
        raise refusals.invalid("pageToken")
    return offset, instant


def page_offset(call: Call) -> int:
    """The offset that a page token stands for, 0 without one."""
    read = _read_token(call)
    return read[0] if read else 0


def page_instant(call: Call) -> datetime:
    """When the first page of the list was asked for: now, without a page token."""
    read = _read_token(call)
    return read[1] if read else call.now


def _question(call: Call) -> str:
    query = {
        key: value for key, value in call.query.items() if key not in ("pageToken", "pageSize", "fields", "alt", "prettyPrint")
    }
    text = json.dumps([call.method, call.actor, call.path, query], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def page_size(call: Call, default: int, most: int) -> int:
    """The page size that was asked for, within Google's bounds; what is left out may be more than one may ask for."""
    if "pageSize" not in call.query:
        return default
    size = int(call.query["pageSize"])
    if size < 1:
        raise refusals.invalid("pageSize", f"Invalid value '{size}'. Values must be within the range: [1, {most}]")
    return min(size, most)


def paged(call: Call, items: list[Json], kind: str, name: str, *, default: int, most: int) -> Json:
    """One page of a list as a `drive#…List` resource."""
    start, size = page_offset(call), page_size(call, default, most)
    page: Json = {"kind": kind, name: items[start : start + size]}
    if start + size < len(items):
        page["nextPageToken"] = page_token(call, start + size)
    return page
