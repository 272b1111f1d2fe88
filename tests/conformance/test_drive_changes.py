"""The change log: tokens, latest state, loss of access."""

from __future__ import annotations

from functools import partial
from typing import Any

from tests.conformance.drive_kit import (
    BOT,
    DOCUMENT,
    EDGAR,
    MARISOL,
    OPERACIONES,
    Desk,
    Service,
    advance,
    as_person,
    new_drive,
    refused,
)


def user_changes(client: Any, token: str, **query: Any) -> list[dict[str, Any]]:
    """changes.list of the caller, with items of shared drives."""
    flags = {"includeItemsFromAllDrives": True, "supportsAllDrives": True, "fields": "*"}
    found: list[dict[str, Any]] = client.changes().list(pageToken=token, **(flags | query)).execute()["changes"]
    return found


def ids(answer: Any) -> list[str]:
    """The files of a page, with a minus before those that are gone."""
    return [("-" if one["removed"] else "") + one["fileId"] for one in answer["changes"]]


def test_one_entry_a_file_with_the_latest_state(service: Service) -> None:
    """Drive guide, track changes: entries carry the current state, in order, and a new start token at the end (google-apis 2.5)."""
    desk, _ = new_drive(service)
    token = desk.start()
    one, two = desk.create("1"), desk.create("2")
    desk.update(one["id"], name="1b")
    answer = desk.changes(token)
    assert ids(answer) == [two["id"], one["id"]]
    assert answer["changes"][1]["file"]["name"] == "1b" and answer["changes"][1]["changeType"] == "file"
    again = desk.changes(answer["newStartPageToken"])
    assert again["changes"] == [] and again["newStartPageToken"] == answer["newStartPageToken"]
    assert ids(desk.changes(token)) == ids(answer)


def test_pages_end_with_a_new_start_token(service: Service) -> None:
    """Drive guide, retrieve changes: nextPageToken or newStartPageToken, never both (google-apis 2.5)."""
    desk, _ = new_drive(service)
    token = desk.start()
    made = [desk.create()["id"] for _ in range(3)]
    first = desk.changes(token, pageSize=2)
    assert ids(first) == made[:2] and "newStartPageToken" not in first
    last = desk.changes(first["nextPageToken"], pageSize=2)
    assert ids(last) == made[2:] and "nextPageToken" not in last


def test_deleted_file_is_removed(service: Service) -> None:
    """Drive guide, tombstones: only the id of an item that is gone."""
    desk, _ = new_drive(service)
    made = desk.create()
    token = desk.start()
    desk.delete(made["id"])
    (change,) = desk.changes(token)["changes"]
    assert change["removed"] and change["fileId"] == made["id"] and "file" not in change
    assert desk.changes(token, includeRemoved=False)["changes"] == []


def test_trashing_moving_and_sharing_are_changes(service: Service) -> None:
    """Drive guide, track changes: any change of an item is an entry."""
    desk, _ = new_drive(service)
    other, made = desk.create("o"), desk.create()
    for change in (
        partial(desk.update, made["id"], trashed=True),
        partial(desk.update, made["id"], trashed=False),
        partial(desk.update, made["id"], add=other["id"], remove=desk.drive_id),
        partial(desk.grant, made["id"], EDGAR, "reader"),
        partial(desk.update, made["id"], inheritedPermissionsDisabled=True),
    ):
        token = desk.start()
        change()
        assert ids(desk.changes(token)) == [made["id"]]


def test_edit_by_a_person_shows_who(service: Service) -> None:
    """Drive reference, changes: file.lastModifyingUser is the person who changed it (google-apis 2.5)."""
    desk, _ = new_drive(service, operaciones="writer")
    made = desk.create(mimeType=DOCUMENT)
    token = desk.start()
    as_person(service, desk, EDGAR).update(made["id"], name="otro")
    (change,) = desk.changes(token)["changes"]
    assert change["file"]["lastModifyingUser"]["emailAddress"] == EDGAR


def test_lost_access_is_a_removal_in_the_users_feed(service: Service) -> None:
    """Drive guide, track changes: items no longer available to a user are tombstones; strangers hear nothing."""
    desk, _ = new_drive(service)
    made = desk.create("papel")
    grant = desk.grant(made["id"], OPERACIONES, "reader", "group")
    his, hers = service("drive", "v3", EDGAR), service("drive", "v3", MARISOL)
    token = his.changes().getStartPageToken(supportsAllDrives=True).execute()["startPageToken"]
    desk.update(made["id"], description="d")
    assert [one["file"]["name"] for one in user_changes(his, token)] == ["papel"]
    assert user_changes(his, token, includeItemsFromAllDrives=False) == []
    desk.revoke(made["id"], grant["id"])
    (change,) = user_changes(his, token)
    assert change["removed"] and change["fileId"] == made["id"]
    assert user_changes(hers, token) == []


def test_limited_access_removes_for_those_who_inherited_nothing_else(service: Service) -> None:
    """Drive guide, limited access: who inherited keeps the metadata; content below is gone without entries of its own."""
    desk, _ = new_drive(service, operaciones="reader")
    made = desk.create()
    his = as_person(service, desk, EDGAR)
    token = his.start()
    desk.update(made["id"], inheritedPermissionsDisabled=True)
    (change,) = his.changes(token)["changes"]
    assert change["file"]["capabilities"]["canListChildren"] is False


def test_feed_of_a_drive_is_for_members(service: Service) -> None:
    """Drive reference, changes: driveId needs membership, and includeItemsFromAllDrives."""
    desk, _drive_id = new_drive(service)
    stranger = as_person(service, desk, MARISOL)
    assert refused(stranger.start) == (404, "notFound")
    assert refused(lambda: desk.changes(desk.start(), includeItemsFromAllDrives=False))[0] == 403
    assert refused(lambda: desk.changes("x")) == (400, "invalid")


def test_membership_is_a_change_of_the_drive(service: Service) -> None:
    """Drive guide, what is included in a user's change log: becoming and ceasing to be a member."""
    desk, drive_id = new_drive(service)
    his = service("drive", "v3", EDGAR)
    token = his.changes().getStartPageToken().execute()["startPageToken"]
    grant = desk.grant(drive_id, EDGAR, "reader")
    (change,) = user_changes(his, token)
    assert change["changeType"] == "drive" and change["drive"]["id"] == drive_id
    desk.revoke(drive_id, grant["id"])
    (change,) = user_changes(his, token)
    assert change["removed"] and change["driveId"] == drive_id


def test_channel_lives_a_week_and_stops_by_both_ids(service: Service) -> None:
    """Drive guide, notifications: expiration is capped, channels.stop needs id and resourceId."""
    desk, _ = new_drive(service)
    body = {"id": "canal-1", "type": "web_hook", "address": "https://example.org/x", "expiration": "99999999999999"}
    flags = {"driveId": desk.drive_id, "supportsAllDrives": True, "includeItemsFromAllDrives": True}
    channel = desk.client.changes().watch(pageToken=desk.start(), body=body, **flags).execute()
    assert int(channel["expiration"]) < 99999999999999 and channel["kind"] == "api#channel"
    stop = {"id": "canal-1", "resourceId": "x"}
    assert refused(desk.client.channels().stop(body=stop).execute) == (404, "notFound")
    assert desk.client.channels().stop(body=stop | {"resourceId": channel["resourceId"]}).execute() == ""
    plain = body | {"id": "canal-2", "address": "http://example.org/x"}
    assert refused(desk.client.changes().watch(pageToken=desk.start(), body=plain, **flags).execute)[0] == 400


def test_native_revisions_follow_the_person(service: Service) -> None:
    """Drive guide, manage file revisions: a change-over of person is a revision; one person's quick edits are one (google-apis 2.5)."""
    desk, _ = new_drive(service, operaciones="writer")
    made = desk.create(mimeType="application/vnd.google-apps.spreadsheet")
    sheets = {who: service("sheets", "v4", who) for who in (BOT, EDGAR)}
    for who in (EDGAR, EDGAR, BOT):
        values = {"spreadsheetId": made["id"], "range": "A1", "valueInputOption": "RAW", "body": {"values": [[who]]}}
        sheets[who].spreadsheets().values().update(**values).execute()
    assert people(desk, made["id"]) == [BOT, EDGAR, BOT]


def people(desk: Desk, file_id: str) -> list[str]:
    """Who made the revisions, oldest first."""
    answer = desk.client.revisions().list(fileId=file_id, fields="revisions(id,lastModifyingUser(emailAddress))").execute()
    return [one["lastModifyingUser"]["emailAddress"] for one in answer["revisions"]]


def test_old_token_still_counts(service: Service) -> None:
    """A page token of a year ago goes on where it was (google-apis 2.5)."""
    desk, _ = new_drive(service)
    token = desk.start()
    advance(desk, 400 * 86_400)
    made = desk.create()
    assert [one["fileId"] for one in desk.changes(token)["changes"]] == [made["id"]]
