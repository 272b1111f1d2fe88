"""files.create, get, update, copy, delete, generateIds and content."""

from __future__ import annotations

import io
from typing import Any

import pytest
from googleapiclient.http import MediaIoBaseDownload, MediaIoBaseUpload

from tests.conformance.drive_kit import (
    BOT,
    DOCUMENT,
    FOLDER,
    MARISOL,
    Desk,
    Service,
    as_person,
    behaviour,
    message_of,
    new_drive,
    refused,
)


def pdf(data: bytes = b"%PDF-1.4 one") -> Any:
    """An upload."""
    return MediaIoBaseUpload(io.BytesIO(data), mimetype="application/pdf")


def test_create_answers_only_the_default_fields(service: Service) -> None:
    """Drive guide, return specific fields: kind, id, name and type come when no fields are named (google-apis 2.4)."""
    desk, drive_id = new_drive(service)
    body = {"name": "Carpeta", "mimeType": FOLDER, "parents": [drive_id]}
    made = desk.client.files().create(body=body, supportsAllDrives=True).execute()
    assert {"kind", "id", "name", "mimeType"} <= set(made) <= {"kind", "id", "name", "mimeType", "driveId", "teamDriveId"}
    assert made["kind"] == "drive#file"


def test_item_on_a_shared_drive_has_one_parent_and_no_owner(service: Service) -> None:
    """Drive guide, shared drives versus My Drive: owners, permissions, shared and writersCanShare are not populated (google-apis 2.1)."""
    desk, drive_id = new_drive(service)
    made = desk.create("Carpeta")
    assert made["parents"] == [drive_id] and made["driveId"] == drive_id
    assert not {"owners", "ownedByMe", "permissions", "shared", "writersCanShare"} & set(made)
    assert made["createdTime"].endswith("Z") and len(made["createdTime"]) == len("2026-01-01T00:00:00.000Z")
    assert made["webViewLink"] == f"https://drive.google.com/drive/folders/{made['id']}"


def test_item_in_my_drive_has_its_owner(service: Service) -> None:
    """Drive reference, files: owners is populated outside shared drives."""
    client = service("drive", "v3", MARISOL)
    made = client.files().create(body={"name": "mía", "mimeType": FOLDER}, fields="*").execute()
    assert [owner["emailAddress"] for owner in made["owners"]] == [MARISOL]
    assert made["ownedByMe"] and not made["shared"] and "driveId" not in made


def test_without_supports_all_drives_nothing_is_found(service: Service) -> None:
    """Drive guide, implement shared drive support: an item of a shared drive is 404 for a caller who does not say so (google-apis 2.1) (google-apis 8.4)."""
    desk, _ = new_drive(service)
    made = desk.create()
    get = desk.client.files().get(fileId=made["id"])
    assert refused(get.execute) == (404, "notFound")
    assert message_of(get.execute) == f"File not found: {made['id']}."


def test_service_account_stores_nothing_outside_shared_drives(service: Service) -> None:
    """Drive guide, shared drives overview: service accounts have no storage quota (google-apis 2.1) (google-apis 8.4)."""
    client = service("drive", "v3", BOT)
    assert refused(client.files().create(body={"name": "x"}).execute) == (403, "storageQuotaExceeded")
    _desk, drive_id = new_drive(service)
    forgotten = client.files().create(body={"name": "x", "parents": [drive_id]})
    assert refused(forgotten.execute) == (403, "storageQuotaExceeded")


def test_generated_id_creates_once(service: Service) -> None:
    """Drive guide, create and manage files: a second create with the same id is 409 (google-apis 2.3) (google-apis 8.4)."""
    desk, _ = new_drive(service)
    first, second = desk.client.files().generateIds(count=2, space="drive").execute()["ids"]
    assert desk.create(id=first)["id"] == first
    assert refused(lambda: desk.create(id=first)) == (409, "fileIdInUse")
    assert desk.create("p.pdf", mimeType="application/pdf", id=second, media=pdf())["id"] == second
    desk.delete(second)
    assert refused(lambda: desk.create("p.pdf", mimeType="application/pdf", id=second)) == (409, "fileIdInUse")


def test_generated_id_is_refused_for_google_types(service: Service) -> None:
    """Drive guide, create and manage files: pre-generated ids are not supported for Workspace types except folders (google-apis 2.3) (google-apis 8.4)."""
    desk, _ = new_drive(service)
    (file_id,) = desk.client.files().generateIds(count=1).execute()["ids"]
    assert refused(lambda: desk.create(id=file_id, mimeType=DOCUMENT))[0] == 400
    assert refused(lambda: desk.create(id="of-my-own-making"))[0] == 400


def test_content_comes_back_as_it_was_sent(service: Service) -> None:
    """Drive guide, upload file data: alt=media gives the bytes, and the checksum is theirs."""
    desk, _ = new_drive(service)
    made = desk.create("p.pdf", mimeType="application/pdf", media=pdf())
    got = io.BytesIO()
    loader = MediaIoBaseDownload(got, desk.client.files().get_media(fileId=made["id"], supportsAllDrives=True))
    while not loader.next_chunk()[1]:
        pass
    assert got.getvalue() == b"%PDF-1.4 one"
    assert made["size"] == "12" and made["fileExtension"] == "pdf" and made["headRevisionId"]


def test_google_types_and_folders_have_no_bytes(service: Service) -> None:
    """Drive guide, resolve errors: fileNotDownloadable for Google types, fileNotExportable for uploads."""
    desk, _ = new_drive(service)
    document = desk.create(mimeType=DOCUMENT)
    upload = desk.create("p.pdf", mimeType="application/pdf", media=pdf())
    media = desk.client.files().get_media(fileId=document["id"], supportsAllDrives=True)
    assert refused(media.execute) == (403, "fileNotDownloadable")
    assert refused(desk.client.files().export(fileId=upload["id"], mimeType="text/plain").execute) == (403, "fileNotExportable")
    text = desk.client.files().export(fileId=document["id"], mimeType="text/plain").execute()
    assert text == b"\xef\xbb\xbf"


def test_metadata_are_patched(service: Service) -> None:
    """Drive guide, add custom file properties: null clears a pair, others stay."""
    desk, _ = new_drive(service)
    made = desk.create(appProperties={"a": "1", "b": "2"}, description="d")
    changed = desk.update(made["id"], name="y", appProperties={"a": None, "c": "3"})
    assert changed["name"] == "y" and changed["description"] == "d"
    assert changed["appProperties"] == {"b": "2", "c": "3"}
    assert int(changed["version"]) > int(made["version"])


def test_private_properties_are_the_projects_own(service: Service) -> None:
    """Drive guide, add custom file properties: appProperties are private to the requesting app (google-apis 2.3)."""
    desk, _ = new_drive(service, vendedora_uno="writer")
    made = desk.create(appProperties={"a": "1"}, properties={"p": "2"})
    seen = as_person(service, desk, MARISOL).get(made["id"])
    assert "appProperties" not in seen and seen["properties"] == {"p": "2"}


def test_long_property_is_refused(service: Service) -> None:
    """Drive guide, add custom file properties: key and value have at most 124 bytes in UTF-8 together (google-apis 2.3)."""
    desk, _ = new_drive(service)
    assert desk.create(appProperties={"k" * 24: "ñ" * 50})
    assert refused(lambda: desk.create(appProperties={"k" * 25: "ñ" * 50}))[0] == 400


@pytest.mark.parametrize(
    "member", [{"webViewLink": "x"}, {"parents": ["x"]}, {"id": "x"}, {"createdTime": "2020-01-01T00:00:00Z"}]
)
def test_output_only_members_are_refused(service: Service, member: dict[str, Any]) -> None:
    """Drive reference, files.update: output only members cannot be written; parents only by addParents."""
    desk, _ = new_drive(service)
    made = desk.create()
    assert refused(lambda: desk.update(made["id"], **member)) == (403, "fieldNotWritable")


def test_copy_keeps_content_and_goes_beside(service: Service) -> None:
    """Drive reference, files.copy: without parents the copy inherits the parent of the source."""
    desk, drive_id = new_drive(service)
    made = desk.create("p.pdf", mimeType="application/pdf", media=pdf(), appProperties={"a": "1"})
    call = desk.client.files().copy(fileId=made["id"], body={"name": "q.pdf"}, supportsAllDrives=True, fields="*")
    copied = call.execute()
    assert copied["parents"] == [drive_id] and copied["md5Checksum"] == made["md5Checksum"]
    assert copied["name"] == "q.pdf" and copied["appProperties"] == {"a": "1"} and copied["id"] != made["id"]


def test_folder_is_not_copied(service: Service) -> None:
    """Drive reference, files.copy: folders cannot be copied."""
    desk, _ = new_drive(service)
    call = desk.client.files().copy(fileId=desk.create()["id"], body={}, supportsAllDrives=True)
    assert refused(call.execute) == (403, "cannotCopyFile")


def test_delete_takes_everything_below(service: Service) -> None:
    """Drive reference, files.delete: descendants owned are deleted with a folder, skipping the trash."""
    desk, _ = new_drive(service)
    top = desk.create()
    below = desk.create(parent=top["id"])
    assert desk.delete(top["id"]) == ""
    assert refused(lambda: desk.get(below["id"])) == (404, "notFound")


def test_trash_is_seen_below(service: Service) -> None:
    """Drive guide, trash or delete files and folders: what lies in a trashed folder is trashed, not explicitly."""
    desk, _ = new_drive(service)
    top = desk.create()
    below = desk.create(parent=top["id"])
    trashed = desk.update(top["id"], trashed=True)
    assert trashed["trashed"] and trashed["trashingUser"]["emailAddress"] == BOT and trashed["trashedTime"]
    seen = desk.get(below["id"])
    assert seen["trashed"] and not seen["explicitlyTrashed"]
    assert not desk.update(top["id"], trashed=False)["trashed"]


def test_shortcut_points(service: Service) -> None:
    """Drive guide, create a shortcut: the target's type is filled in."""
    desk, _ = new_drive(service)
    target = desk.create("t")
    made = desk.create("s", mimeType="application/vnd.google-apps.shortcut", shortcutDetails={"targetId": target["id"]})
    assert made["shortcutDetails"] == {"targetId": target["id"], "targetMimeType": FOLDER}
    assert desk.names(f"shortcutDetails.targetId = '{target['id']}'") == ["s"]


def test_about_needs_fields(service: Service) -> None:
    """Drive reference, about.get: the fields parameter is required (google-apis 2.4)."""
    client = service("drive", "v3", MARISOL)
    assert refused(client.about().get().execute) == (400, "required")
    assert client.about().get(fields="user").execute()["user"]["emailAddress"] == MARISOL


def test_download_is_an_operation(service: Service) -> None:
    """Drive guide, long-running operations: files.download answers an operation that operations.get knows for 24 hours."""
    desk, _ = new_drive(service)
    made = desk.create("p.pdf", mimeType="application/pdf", media=pdf())
    operation = desk.client.files().download(fileId=made["id"]).execute()
    assert operation["done"] and operation["response"]["downloadUri"]
    assert desk.client.operations().get(name=operation["name"]).execute() == operation


def test_ids_come_a_thousand_at_most(service: Service) -> None:
    """generateIds gives up to 1000 ids, each its own (google-apis 2.3)."""
    files = service("drive", "v3", BOT).files()
    answer = files.generateIds(count=1000, space="drive", type="files").execute()
    assert len(set(answer["ids"])) == 1000 and answer["kind"] == "drive#generatedIds"
    assert refused(files.generateIds(count=1001).execute)[0] == 400


def test_thirty_private_pairs_at_most(service: Service) -> None:
    """One app keeps at most 30 private pairs on a file (google-apis 2.3)."""
    desk, _ = new_drive(service)
    made = desk.create(appProperties={f"k{n}": "v" for n in range(30)})
    assert refused(lambda: desk.update(made["id"], appProperties={"uno": "más"}))[0] == 400
    assert desk.update(made["id"], appProperties={"k0": None, "uno": "más"})["appProperties"]["uno"] == "más"


def test_full_drive_takes_nothing_more(service: Service) -> None:
    """A shared drive holds 500,000 items, those in the trash too (google-apis 2.1)."""
    desk, _ = new_drive(service)
    with behaviour(desk, drive_item_limit=2):
        desk.create()
        desk.update(desk.create()["id"], trashed=True)
        assert refused(desk.create) == (403, "teamDriveFileLimitExceeded")
    assert desk.create()


def test_narrow_scope_sees_its_own_files_only(service: Service) -> None:
    """With `drive.file` alone an app does not see what people put there by hand (google-apis 2.6)."""
    desk, drive_id = new_drive(service, vendedora_uno="writer")
    own, hers = desk.create("propio"), as_person(service, desk, MARISOL).create("de ella")
    narrow = Desk(service("drive", "v3", BOT, ["drive.file"]), drive_id)
    assert narrow.get(own["id"])["isAppAuthorized"] is True
    assert refused(lambda: narrow.get(hers["id"])) == (404, "notFound")
    assert narrow.names() == ["propio"] and desk.names() == ["de ella", "propio"]
    assert refused(lambda: narrow.create(parent=hers["id"])) == (404, "notFound")
