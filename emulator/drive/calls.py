"""What most Drive methods begin with: find the item that is meant, with the caller's rights and the shared drive switch."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json

from emulator.drive import refusals
from emulator.drive.access import Eye
from emulator.drive.files import get_file, project_of
from emulator.drive.model import File
from emulator.drive.view import file_resource, wanted_members
from emulator.kernel import Call, Json


def knows_drives(call: Call) -> bool:
    """Whether the caller said that it can deal with shared drives."""
    return bool(call.query.get("supportsAllDrives") or call.query.get("supportsTeamDrives"))


def wants_drives(call: Call) -> bool:
    """Whether a listing is to have items from shared drives."""
    return bool(call.query.get("includeItemsFromAllDrives") or call.query.get("includeTeamDriveItems"))


def drive_wanted(call: Call) -> str | None:
    """The shared drive that a call names, under its new or its old parameter name."""
    return call.query.get("driveId") or call.query.get("teamDriveId")


def item(call: Call, need: str = "reader", *, gated: bool = True) -> File:
    """The file of the path, as `get_file` finds it.

    gated: an item of a shared drive is not found unless `supportsAllDrives` is set, for the methods that have that parameter.
    """
    file = get_file(call.world, call.path["fileId"], call.actor, "metadata")
    if gated and file.drive_id and not knows_drives(call):
        raise refusals.file_not_found(call.path["fileId"])
    return get_file(call.world, file.id, call.actor, need)


def answer(call: Call, file: File) -> Json:
    """The file as the caller gets it, after a change or a look-up."""
    return file_resource(Eye(call.world, call.actor), file, project_of(call.world, call.actor), wanted_members(call.query.get("fields")))


def page_token(call: Call, offset: int) -> str:
    """An opaque token for the page that begins at an offset, good only for the same question by the same caller."""
    text = json.dumps([offset, _question(call)])
    return "~!!~" + base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def page_offset(call: Call) -> int:
    """The offset that a page token stands for, 0 without one.

    :raises ApiError: 400 when the token is broken or belongs to another question.
    """
    token = call.query.get("pageToken")
    if not token:
        return 0
    try:
        body = str(token).removeprefix("~!!~")
        offset, question = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    except (ValueError, binascii.Error) as broken:
        raise refusals.invalid("pageToken") from broken
    if question != _question(call) or not isinstance(offset, int):
        raise refusals.invalid("pageToken")
    return offset


def _question(call: Call) -> str:
    query = {key: value for key, value in call.query.items() if key not in ("pageToken", "pageSize", "fields", "alt", "prettyPrint")}
    text = json.dumps([call.method, call.actor, call.path, query], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def page_size(call: Call, default: int, most: int) -> int:
    """The page size that was asked for, within Google's bounds."""
    size = int(call.query.get("pageSize", default))
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
