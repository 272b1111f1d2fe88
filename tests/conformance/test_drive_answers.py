"""Answers as they were seen on the live service: order of permissions, their sources, looks of drives, what updates take."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conformance.conftest import Emulator
from tests.conformance.drive_kit import (
    BOT,
    DOCUMENT,
    EDGAR,
    FOLDER,
    MARISOL,
    NAIROBIS,
    ROGELIO,
    Service,
    message_of,
    new_drive,
    refused,
    upload,
)

SHORTCUT = "application/vnd.google-apps.shortcut"


def _share(client: Any, file_id: str, who: str, role: str, **query: Any) -> Any:
    body = {"type": "user", "role": role, "emailAddress": who}
    call = client.permissions().create(fileId=file_id, body=body, fields="*", **({"sendNotificationEmail": False} | query))
    return call.execute()


def test_permissions_come_by_their_id_the_link_first(service: Service) -> None:
    """Recorded answers of 2020 to 2026: anyone first, then all by permission id, in the file and in the list alike."""
    client = service("drive", "v3", MARISOL)
    made = client.files().create(body={"name": "x"}).execute()["id"]
    for who in (EDGAR, ROGELIO, NAIROBIS):
        _share(client, made, who, "reader")
    client.permissions().create(fileId=made, body={"type": "anyone", "role": "reader"}).execute()
    listed = [one["id"] for one in client.permissions().list(fileId=made).execute()["permissions"]]
    assert listed == ["anyoneWithLink", *sorted(listed[1:])] and len(listed) == 5
    shown = client.files().get(fileId=made, fields="permissions/id,permissionIds").execute()
    assert [one["id"] for one in shown["permissions"]] == shown["permissionIds"] == listed


def test_owner_inherits_writer_from_the_own_drive(service: Service) -> None:
    """Permissions read from a live company in 2026: inherited writer first, then owner, at any depth and on limited folders."""
    client = service("drive", "v3", MARISOL)
    parent = "root"
    for limited in (False, False, True):
        body = {"name": "c", "mimeType": FOLDER, "parents": [parent], "inheritedPermissionsDisabled": limited}
        parent = client.files().create(body=body).execute()["id"]
        (owner,) = client.permissions().list(fileId=parent, fields="*").execute()["permissions"]
        assert owner["permissionDetails"] == [
            {"permissionType": "file", "role": "writer", "inherited": True},
            {"permissionType": "file", "role": "owner", "inherited": False},
        ]
        assert owner["photoLink"] and owner["pendingOwner"] is False


def test_shared_folder_has_an_icon_of_its_own(service: Service) -> None:
    """A recorded folder of 2022: `+shared` at the end of iconLink."""
    client = service("drive", "v3", MARISOL)
    made = client.files().create(body={"name": "c", "mimeType": FOLDER}).execute()["id"]
    assert client.files().get(fileId=made, fields="iconLink").execute()["iconLink"].endswith(FOLDER)
    _share(client, made, EDGAR, "reader")
    assert client.files().get(fileId=made, fields="iconLink").execute()["iconLink"].endswith(FOLDER + "+shared")


def test_published_permissions_are_in_the_file_on_demand(service: Service) -> None:
    """Drive reference, includePermissionsForView of files.get and files.list."""
    client = service("drive", "v3", MARISOL)
    made = client.files().create(body={"name": "f", "mimeType": "application/vnd.google-apps.form"}).execute()["id"]
    body = {"type": "user", "role": "reader", "view": "published", "emailAddress": EDGAR}
    client.permissions().create(fileId=made, body=body, sendNotificationEmail=False).execute()

    def views(**query: Any) -> list[str]:
        shown = client.files().get(fileId=made, fields="permissions(emailAddress,view)", **query).execute()
        return [one["view"] for one in shown["permissions"] if one.get("emailAddress") == EDGAR]

    assert views() == []
    assert views(includePermissionsForView="published") == ["published"]
    page = client.files().list(includePermissionsForView="published", fields="files/permissions/emailAddress").execute()
    assert EDGAR in [one.get("emailAddress") for one in page["files"][0]["permissions"]]


@pytest.mark.parametrize("member", ["type", "emailAddress", "displayName", "allowFileDiscovery"])
def test_update_of_a_permission_takes_no_more_than_can_change(service: Service, member: str) -> None:
    """Field reports: a whole permission sent back is 403 fieldNotWritable, its id and the new role alone are taken."""
    client = service("drive", "v3", MARISOL)
    made = client.files().create(body={"name": "x"}).execute()["id"]
    grant = _share(client, made, EDGAR, "reader")
    body = {"role": "writer", member: grant.get(member, False)}
    call = client.permissions().update(fileId=made, permissionId=grant["id"], body=body)
    assert refused(call.execute) == (403, "fieldNotWritable")
    good = client.permissions().update(fileId=made, permissionId=grant["id"], body={"id": grant["id"], "role": "writer"})
    assert good.execute()["role"] == "writer"


def test_update_of_a_revision_takes_no_more_than_can_change(service: Service) -> None:
    """googleapis/google-api-dotnet-client issue 1181: a whole revision sent back is 403 fieldNotWritable."""
    client = service("drive", "v3", MARISOL)
    made = client.files().create(body={"name": "d", "mimeType": DOCUMENT}).execute()["id"]
    body = {"id": "1", "kind": "drive#revision", "mimeType": DOCUMENT, "published": True}
    assert refused(client.revisions().update(fileId=made, revisionId="1", body=body).execute) == (403, "fieldNotWritable")
    shown = client.revisions().update(fileId=made, revisionId="1", body={"published": True}, fields="*").execute()
    assert shown["published"] is True
    assert shown["exportLinks"]["application/pdf"].endswith(f"id={made}&revision=1&exportFormat=pdf")


def test_media_of_a_shared_drive_comes_without_the_flag(emulator: Emulator) -> None:
    """Source of rclone, which never sends supportsAllDrives with alt=media; metadata stay a 404 without it."""
    desk, _ = new_drive(emulator.service)
    made = desk.create("a", mimeType="text/plain", media=upload(b"hola"))["id"]
    assert emulator.raw("GET", f"/drive/v3/files/{made}?alt=media", BOT).content == b"hola"
    assert emulator.raw("GET", f"/drive/v3/files/{made}", BOT).status_code == 404


def test_theme_colour_and_picture_of_a_drive(service: Service) -> None:
    """Drive reference, resource Drive: a theme sets colour and picture, and comes with neither."""
    desk, drive_id = new_drive(service)

    def update(**body: Any) -> Any:
        fields = "colorRgb,backgroundImageLink,hidden"
        return desk.client.drives().update(driveId=drive_id, body=body, fields=fields).execute()

    dressed = update(themeId="wood")
    assert (dressed["colorRgb"], dressed["backgroundImageLink"].rpartition("/")[2]) == ("#8d6e63", "wood_background.jpg")
    assert update(colorRgb="#123456", hidden=True) | {"backgroundImageLink": ""} == {
        "colorRgb": "#123456",
        "backgroundImageLink": "",
        "hidden": True,
    }
    assert refused(lambda: update(themeId="wood", colorRgb="#123456")) == (400, "badRequest")
    assert refused(lambda: update(themeId="nada")) == (400, "invalid")
    image = desk.create("foto", mimeType="image/png", media=upload(b"png", "image/png"))["id"]
    place = {"id": image, "xCoordinate": 0, "yCoordinate": 0}
    assert refused(lambda: update(backgroundImageFile=place)) == (400, "badRequest")
    assert image in update(backgroundImageFile=place | {"width": 1})["backgroundImageLink"]


def test_colour_of_a_folder_is_the_nearest_of_the_palette(service: Service) -> None:
    """Drive reference, folderColorRgb: an unsupported colour becomes the closest one."""
    client = service("drive", "v3", MARISOL)
    made = client.files().create(body={"name": "c", "mimeType": FOLDER, "folderColorRgb": "#17a866"}, fields="*").execute()
    assert made["folderColorRgb"] == "#16a765"
    call = client.files().update(fileId=made["id"], body={"folderColorRgb": "verde"})
    assert refused(call.execute) == (400, "invalid")


def test_deleting_a_folder_spares_what_others_own_in_it(service: Service) -> None:
    """Drive reference, files.delete: descendants of the same owner go too, those of others stay without a folder."""
    hers, his = service("drive", "v3", MARISOL), service("drive", "v3", EDGAR)
    folder = hers.files().create(body={"name": "c", "mimeType": FOLDER}).execute()["id"]
    _share(hers, folder, EDGAR, "writer")
    own = hers.files().create(body={"name": "suyo", "parents": [folder]}).execute()["id"]
    other = his.files().create(body={"name": "de otro", "parents": [folder]}).execute()["id"]
    hers.files().delete(fileId=folder).execute()
    assert refused(hers.files().get(fileId=own).execute) == (404, "notFound")
    assert his.files().get(fileId=other, fields="name,parents,trashed").execute() == {"name": "de otro", "trashed": False}
    assert [one["id"] for one in his.files().list().execute()["files"]] == [other]


def test_shortcut_keeps_the_type_of_its_target(service: Service) -> None:
    """Drive reference, shortcutDetails: targetMimeType is a snapshot."""
    client = service("drive", "v3", MARISOL)
    target = client.files().create(body={"name": "x", "mimeType": DOCUMENT}).execute()["id"]
    body = {"name": "s", "mimeType": SHORTCUT, "shortcutDetails": {"targetId": target}}
    made = client.files().create(body=body).execute()["id"]
    client.files().delete(fileId=target).execute()
    details = client.files().get(fileId=made, fields="shortcutDetails").execute()["shortcutDetails"]
    assert details == {"targetId": target, "targetMimeType": DOCUMENT}


def test_a_copy_takes_open_comments_along_on_demand(service: Service) -> None:
    """Drive reference, files.copy: copyComments."""
    client = service("drive", "v3", MARISOL)
    made = client.files().create(body={"name": "x", "mimeType": DOCUMENT}).execute()["id"]
    for text in ("abierto", "resuelto"):
        comment = client.comments().create(fileId=made, body={"content": text}, fields="id").execute()["id"]
    client.replies().create(fileId=made, commentId=comment, body={"action": "resolve"}, fields="id").execute()

    def texts(**query: Any) -> list[str]:
        copy = client.files().copy(fileId=made, body={}, **query).execute()["id"]
        return [one["content"] for one in client.comments().list(fileId=copy, fields="comments/content").execute()["comments"]]

    assert texts() == []
    assert texts(copyComments=True) == ["abierto"]


def test_content_can_be_made_searchable(service: Service) -> None:
    """Drive reference, useContentAsIndexableText: the bytes count as text for fullText."""
    client = service("drive", "v3", MARISOL)
    client.files().create(body={"name": "a.bin"}, media_body=upload(b"palabra clave"), useContentAsIndexableText=True).execute()
    assert len(client.files().list(q="fullText contains 'clave'").execute()["files"]) == 1


@pytest.mark.parametrize("q", ["name contains aviso", "name", "modifiedTime > 2026-01-01", "trashed = 1", "me in owners"])
def test_texts_and_dates_of_a_query_stand_in_quotes(service: Service, q: str) -> None:
    """Drive guide, search query terms: only true and false stand bare, and only flags stand alone."""
    call = service("drive", "v3", MARISOL).files().list(q=q)
    assert refused(call.execute) == (400, "invalid")
    assert message_of(call.execute) == "Invalid Value"


def test_retired_parameters_in_a_body_are_passed_over(emulator: Emulator) -> None:
    """Source of fs.googledrivefs: enforceSingleParent in the body of files.create; other strange names are still refused."""
    assert emulator.raw("POST", "/drive/v3/files", MARISOL, json={"name": "x", "enforceSingleParent": True}).status_code == 200
    assert emulator.raw("POST", "/drive/v3/files", MARISOL, json={"name": "x", "enforceParents": True}).status_code == 400
