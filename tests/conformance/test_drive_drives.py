"""drives.*, revisions of uploads, comments."""

from __future__ import annotations

import io
import uuid
from typing import Any

from googleapiclient.http import MediaIoBaseUpload

from tests.conformance.drive_kit import BOT, EDGAR, MARISOL, ROGELIO, Desk, Service, as_person, new_drive, refused


def text(data: bytes) -> Any:
    """An upload."""
    return MediaIoBaseUpload(io.BytesIO(data), mimetype="text/plain")


def test_same_request_makes_no_second_drive(service: Service) -> None:
    """Drive reference, drives.create: a repeated requestId of the same user is 409 (google-apis 2.1)."""
    client = service("drive", "v3", BOT)
    call = client.drives().create(requestId=str(uuid.uuid4()), body={"name": "Una"})
    made = call.execute()
    assert set(made) == {"kind", "id", "name"}
    assert refused(call.execute)[0] == 409
    listed = client.drives().list(q="name = 'Una'").execute()["drives"]
    assert [drive["id"] for drive in listed] == [made["id"]]


def test_restrictions_come_by_update_only(service: Service) -> None:
    """Drive reference, drives.restrictions: not at creation, and only by organizers (google-apis 2.1)."""
    desk, drive_id = new_drive(service, encargado_uno="fileOrganizer")
    rule = {"restrictions": {"domainUsersOnly": True}}
    create = desk.client.drives().create(requestId="r", body={"name": "x"} | rule)
    assert refused(create.execute)[0] == 403
    his = as_person(service, desk, ROGELIO).client.drives().update(driveId=drive_id, body=rule)
    assert refused(his.execute) == (403, "insufficientFilePermissions")
    changed = desk.client.drives().update(driveId=drive_id, body=rule, fields="*").execute()
    assert changed["restrictions"]["domainUsersOnly"] is True and changed["capabilities"]["canManageMembers"] is True


def test_drive_is_unknown_to_strangers(service: Service) -> None:
    """Drive reference, drives.get: 404 for who is no member."""
    desk, drive_id = new_drive(service, operaciones="reader")
    assert refused(service("drive", "v3", MARISOL).drives().get(driveId=drive_id).execute) == (404, "notFound")
    his = service("drive", "v3", EDGAR)
    assert his.drives().get(driveId=drive_id, fields="capabilities(canAddChildren)").execute()["capabilities"] == {
        "canAddChildren": False
    }
    assert his.drives().hide(driveId=drive_id, fields="hidden").execute() == {"hidden": True}
    assert desk.client.drives().get(driveId=drive_id, fields="hidden").execute() == {"hidden": False}


def test_only_an_empty_drive_is_deleted(service: Service) -> None:
    """Drive reference, drives.delete: the drive cannot contain untrashed items."""
    desk, drive_id = new_drive(service)
    made = desk.create()
    assert refused(desk.client.drives().delete(driveId=drive_id).execute)[0] == 403
    desk.update(made["id"], trashed=True)
    assert desk.client.drives().delete(driveId=drive_id).execute() == ""
    assert refused(desk.client.drives().get(driveId=drive_id).execute) == (404, "notFound")


def test_drives_are_paged(service: Service) -> None:
    """Drive reference, drives.list: pageSize and tokens."""
    desk, _ = new_drive(service)
    new_drive(service)
    first = desk.client.drives().list(pageSize=1).execute()
    second = desk.client.drives().list(pageSize=1, pageToken=first["nextPageToken"]).execute()
    assert first["drives"] != second["drives"]


def test_every_upload_is_a_revision(service: Service) -> None:
    """Drive guide, manage file revisions: content of earlier revisions stays; the head is not deleted."""
    desk, _ = new_drive(service, operaciones_uno="writer")
    made = desk.create("t.txt", mimeType="text/plain", media=text(b"uno"))
    changed = as_person(service, desk, EDGAR).update(made["id"], media=text(b"dos"))
    log = desk.client.revisions().list(fileId=made["id"], fields="*").execute()["revisions"]
    assert [one["lastModifyingUser"]["emailAddress"] for one in log] == [BOT, EDGAR]
    assert log[-1]["id"] == changed["headRevisionId"] and [one["size"] for one in log] == ["3", "3"]
    first = {"fileId": made["id"], "revisionId": log[0]["id"]}
    assert desk.client.revisions().get_media(**first).execute() == b"uno"
    assert desk.client.revisions().update(**first, body={"keepForever": True}, fields="keepForever").execute()["keepForever"]
    undo = desk.client.revisions().update(**first, body={"keepForever": False})
    assert refused(undo.execute) == (400, "illegalKeepForeverModification")
    assert refused(desk.client.revisions().delete(fileId=made["id"], revisionId=log[1]["id"]).execute)[0] == 403
    assert desk.client.revisions().delete(**first).execute() == ""


def test_readers_see_no_revisions(service: Service) -> None:
    """Drive guide, roles and permissions: historical revisions are for writers and above."""
    desk, _ = new_drive(service, operaciones="reader")
    made = desk.create("t.txt", mimeType="text/plain", media=text(b"uno"))
    call = service("drive", "v3", EDGAR).revisions().list(fileId=made["id"])
    assert refused(call.execute) == (403, "insufficientFilePermissions")


def commented(desk: Desk) -> dict[str, str]:
    """A file with a comment, as parameters of calls."""
    made = desk.create("t.txt", mimeType="text/plain", media=text(b"uno"))
    comment = desk.client.comments().create(fileId=made["id"], body={"content": "¿Bien?"}, fields="*").execute()
    assert comment["author"]["me"] and "emailAddress" not in comment["author"]
    return {"fileId": made["id"], "commentId": comment["id"]}


def test_comments_need_fields(service: Service) -> None:
    """Drive guide, manage comments and replies: the fields parameter must be set except for delete."""
    desk, _ = new_drive(service)
    place = commented(desk)
    assert refused(desk.client.comments().get(**place).execute) == (400, "required")
    assert desk.client.comments().get(**place, fields="content").execute() == {"content": "¿Bien?"}


def test_reply_resolves(service: Service) -> None:
    """Drive guide, manage comments and replies: a reply with action resolve resolves the comment."""
    desk, _ = new_drive(service, operaciones="commenter")
    place = commented(desk)
    his = service("drive", "v3", EDGAR)
    his.replies().create(**place, body={"content": "Sí", "action": "resolve"}, fields="*").execute()
    seen = desk.client.comments().get(**place, fields="resolved,replies(content)").execute()
    assert seen == {"resolved": True, "replies": [{"content": "Sí"}]}
    assert refused(his.comments().update(**place, body={"content": "x"}, fields="*").execute) == (
        403,
        "insufficientFilePermissions",
    )
    assert desk.client.comments().delete(**place).execute() == ""
    assert refused(desk.client.comments().get(**place, fields="*").execute) == (404, "notFound")


def test_readers_do_not_comment(service: Service) -> None:
    """Drive guide, roles and permissions: comments need commenter."""
    desk, _ = new_drive(service, operaciones="reader")
    place = commented(desk)
    call = service("drive", "v3", EDGAR).comments().create(fileId=place["fileId"], body={"content": "x"}, fields="*")
    assert refused(call.execute) == (403, "insufficientFilePermissions")
