"""The methods of `changes`, and `files.watch`; what watching sends is in `emulator.drive.channels`.

Source: Drive API guides, "Retrieve changes", "Track changes for users and shared drives".
"""

from __future__ import annotations

from emulator.drive import refusals
from emulator.drive.access import Eye
from emulator.drive.calls import drive_wanted, item, knows_drives, page_size, wanted_spaces, wanted_views, wants_drives
from emulator.drive.changelog import next_seq, since
from emulator.drive.channels import CHANGES_LIFE, FILE_LIFE, open_channel
from emulator.drive.drives import drive_resource
from emulator.drive.expiry import drop_expired
from emulator.drive.files import project_of
from emulator.drive.model import ChangeEntry, drives, files, my_drive_id, rfc3339
from emulator.drive.view import file_resource, wanted_members
from emulator.kernel import Call, Json, handles


@handles("drive.changes.getStartPageToken")
def get_start_page_token(call: Call) -> Json:
    """`drive.changes.getStartPageToken`."""
    _check_drive(call)
    drop_expired(call.world)
    return {"kind": "drive#startPageToken", "startPageToken": str(next_seq(call.world))}


def _check_drive(call: Call) -> str | None:
    drive_id = drive_wanted(call)
    if drive_id is not None and (not knows_drives(call) or drive_id not in Eye(call.world, call.actor).member_drives()):
        raise refusals.drive_not_found(drive_id)
    return drive_id


@handles("drive.changes.list")
def list_changes(call: Call) -> Json:
    """`drive.changes.list`: of one shared drive, or of the caller (My Drive, and shared drives when they are asked for)."""
    drive_id = _check_drive(call)
    if drive_id is not None and not wants_drives(call):
        text = "The includeItemsFromAllDrives parameter must be set to true when driveId is specified."
        raise refusals.forbidden("includeTeamDriveItemsRequired", text)
    drop_expired(call.world)
    start, size = _position(call), page_size(call, 100, 1000)
    eye, page, following, spaces = Eye(call.world, call.actor), list[Json](), None, wanted_spaces(call)
    for entry in since(call.world, start):
        if len(page) == size:
            following = entry.seq
            break
        held = files(call.world).get(entry.item_id)
        if held is not None and held.space not in spaces:
            continue
        change = _change(call, eye, entry, drive_id, start)
        if change is not None and (not change["removed"] or call.query.get("includeRemoved", True)):
            page.append(change)
    answer: Json = {"kind": "drive#changeList", "changes": page}
    token = str(following if following is not None else next_seq(call.world))
    answer["nextPageToken" if following is not None else "newStartPageToken"] = token
    return answer


def _position(call: Call) -> int:
    token = str(call.query.get("pageToken") or "")
    if not token:
        raise refusals.required("pageToken")
    if not token.isdigit() or int(token) > next_seq(call.world):
        raise refusals.invalid("pageToken")
    return int(token)


def _change(call: Call, eye: Eye, entry: ChangeEntry, drive_id: str | None, start: int) -> Json | None:
    """The entry as this caller gets it, or None when it is none of his business."""
    if drive_id is not None and drive_id not in entry.drives:
        return None
    if drive_id is None and entry.kind == "file" and entry.drives and not _in_user_feed(call, entry):
        return None
    change: Json = {
        "kind": "drive#change",
        "type": entry.kind if entry.kind == "file" else "teamDrive",
        "changeType": entry.kind,
        "time": rfc3339(entry.at),
        "removed": False,
    }
    return (
        _of_drive(call, eye, entry, change, start)
        if entry.kind == "drive"
        else _of_file(call, eye, entry, change, drive_id, start)
    )


def _in_user_feed(call: Call, entry: ChangeEntry) -> bool:
    """Items of shared drives appear for callers who ask for them. Members "may" see them: switch `user_feed_has_drives`."""
    file = files(call.world).get(entry.item_id)
    if file is not None and file.drive_id is None:
        return True
    return wants_drives(call) and bool(call.world.behaviour.get("user_feed_has_drives", True))


def _of_file(call: Call, eye: Eye, entry: ChangeEntry, change: Json, drive_id: str | None, start: int) -> Json | None:
    change["fileId"] = entry.item_id
    file = files(call.world).get(entry.item_id)
    here = file is not None and eye.sees(file) and (drive_id is None or file.drive_id == drive_id)
    if file is not None and here and file.id != my_drive_id(eye.actor):
        if call.query.get("restrictToMyDrive") and file.owner != eye.actor:
            return None
        return change | {
            "file": file_resource(
                eye, file, project_of(call.world, call.actor), wanted_members(call.query.get("fields")), wanted_views(call)
            )
        }
    moved_away = drive_id is not None and file is not None and file.drive_id != drive_id
    if file is not None and moved_away and call.query.get("includeCorpusRemovals") and eye.sees(file):
        wants = wanted_members(call.query.get("fields"))
        change["file"] = file_resource(eye, file, project_of(call.world, call.actor), wants)
    return change | {"removed": True} if moved_away or _has_lost(eye, entry, start) else None


def _of_drive(call: Call, eye: Eye, entry: ChangeEntry, change: Json, start: int) -> Json | None:
    change |= {"driveId": entry.item_id, "teamDriveId": entry.item_id}
    if entry.item_id in drives(call.world) and entry.item_id in eye.member_drives():
        return change | {"drive": drive_resource(call, drives(call.world)[entry.item_id])}
    return change | {"removed": True} if _has_lost(eye, entry, start) else None


def _has_lost(eye: Eye, entry: ChangeEntry, start: int) -> bool:
    """Whether the caller had access until some moment after the page token."""
    keys = {f"{kind}:{one}" for kind in ("user", "group") for one in eye.identities} | {f"domain:{eye.domain}"}
    return any(entry.lost.get(key, 0) >= start for key in keys)


@handles("drive.changes.watch")
def watch_changes(call: Call) -> Json:
    """`drive.changes.watch`: a channel for at most 7 days."""
    drive_id = _check_drive(call)
    _position(call)
    return open_channel(call, f"changes?alt=json&pageToken={call.query['pageToken']}", CHANGES_LIFE, drive_id=drive_id)


@handles("drive.files.watch")
def watch_file(call: Call) -> Json:
    """`drive.files.watch`: a channel for at most one day."""
    file = item(call)
    return open_channel(call, f"files/{file.id}?alt=json", FILE_LIFE, file_id=file.id)
