"""Refusals word for word: code, message, and the members of `errors[]`, as the live service is seen to give them."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import requests
from googleapiclient.errors import HttpError

from tests.conformance.conftest import Emulator
from tests.conformance.drive_kit import (
    BOT,
    DOCUMENT,
    EDGAR,
    FOLDER,
    MARISOL,
    OPERACIONES,
    ROGELIO,
    Desk,
    Service,
    as_person,
    behaviour,
    body_of,
    local,
    new_drive,
    upload,
    within,
)


def plain(code: int, reason: str, message: str, location: str = "", kind: str = "parameter") -> dict[str, Any]:
    """The body of a refusal with one entry in the global domain."""
    entry = {"message": message, "domain": "global", "reason": reason}
    entry |= {"location": location, "locationType": kind} if location else {}
    return {"error": {"code": code, "message": message, "errors": [entry]}}


def test_missing_file_and_hidden_file_look_alike(service: Service) -> None:
    """An id that nobody has and one that the caller may not see are the same 404 (google-apis 2.6)."""
    desk, _ = new_drive(service)
    made = desk.create()
    stranger = as_person(service, desk, EDGAR)
    assert body_of(partial(stranger.get, made["id"])) == plain(404, "notFound", f"File not found: {made['id']}.", "fileId")
    assert body_of(partial(stranger.get, "nada")) == plain(404, "notFound", "File not found: nada.", "fileId")


def test_shared_drive_is_not_found_without_the_flag(service: Service) -> None:
    """A shared-drive id without supportsAllDrives is 404 notFound at fileId (google-apis 8.4)."""
    desk, drive_id = new_drive(service)
    permissions = desk.client.permissions()
    for call in (permissions.list(fileId=drive_id), desk.client.files().delete(fileId=desk.create()["id"])):
        assert body_of(call.execute)["error"]["errors"][0]["location"] == "fileId"


def test_lacking_a_role_is_insufficient(service: Service) -> None:
    """A reader who writes gets 403 insufficientFilePermissions without a location (google-apis 2.6)."""
    desk, _ = new_drive(service, operaciones="reader")
    made = desk.create()
    text = "The user does not have sufficient permissions for this file."
    expected = plain(403, "insufficientFilePermissions", text)
    assert body_of(lambda: as_person(service, desk, EDGAR).update(made["id"], name="z")) == expected


@pytest.mark.parametrize("role", ["reader", "commenter"])
def test_reader_of_the_parent_creates_nothing(service: Service, role: str) -> None:
    """files.create and a move need the role writer on the folder (google-apis 8.4)."""
    desk, _ = new_drive(service, encargado_uno=role)
    his = as_person(service, desk, ROGELIO)
    assert body_of(lambda: his.create())["error"]["errors"][0]["reason"] == "insufficientFilePermissions"
    with behaviour(desk, parent_refusal_is_own=True):
        text = "Insufficient permissions for the specified parent."
        assert body_of(lambda: his.create()) == plain(403, "insufficientParentPermissions", text)


def test_service_account_owns_nothing(service: Service) -> None:
    """Outside shared drives a service account has no storage (google-apis 2.1)."""
    error = body_of(service("drive", "v3", BOT).files().create(body={"name": "x"}).execute)["error"]
    assert (error["code"], error["errors"][0]["reason"]) == (403, "storageQuotaExceeded")
    assert error["message"].startswith("Service Accounts do not have storage quota. ")


def test_used_id_is_a_conflict(service: Service) -> None:
    """The second create with one id is 409 fileIdInUse (google-apis 2.3) (google-apis 8.4)."""
    desk, _ = new_drive(service)
    (file_id,) = desk.client.files().generateIds(count=1).execute()["ids"]
    desk.create(id=file_id)
    text = "A file already exists with the provided ID."
    assert body_of(lambda: desk.create(id=file_id)) == plain(409, "fileIdInUse", text)


def test_inherited_permission_stays(service: Service) -> None:
    """Deleting or lowering inherited access is refused; one field report knows the reason by another name (google-apis 2.2) (google-apis 8.4)."""
    desk, _ = new_drive(service, operaciones="writer")
    made = desk.create()
    grant_id = desk.grants(made["id"])[OPERACIONES]["id"]
    text = "Cannot update or delete an inherited permission on a shared drive item."
    assert body_of(lambda: desk.revoke(made["id"], grant_id)) == plain(403, "cannotModifyInheritedTeamDrivePermission", text)
    with behaviour(desk, inherited_refusal_renamed=True):
        assert body_of(lambda: desk.revoke(made["id"], grant_id)) == plain(403, "cannotModifyInheritedPermission", text)


def test_no_account_behind_an_address(service: Service) -> None:
    """Sharing silently with an unknown address is 400 invalidSharingRequest, in the desk's own words (google-apis 2.2) (google-apis 8.4)."""
    desk, _ = new_drive(service)
    who = "nadie@fuera.example.org"
    text = (
        f'Bad Request. User message: "You are trying to invite {who}. Since there is no Google account associated with this '
        'email address, you must check the "Notify people" box to invite this recipient."'
    )
    assert body_of(lambda: desk.grant(desk.create()["id"], who, "reader")) == plain(400, "invalidSharingRequest", text)


def test_unknown_permission_and_unknown_drive(service: Service) -> None:
    """Field reports: the sentence about a permission ends with a full stop, that about a shared drive does not."""
    desk, _ = new_drive(service)
    made = desk.create()
    gone = plain(404, "notFound", "Permission not found: anyoneWithLink.", "permissionId")
    assert body_of(lambda: desk.revoke(made["id"], "anyoneWithLink")) == gone
    call = desk.client.drives().get(driveId="0Anada")
    assert body_of(call.execute) == plain(404, "notFound", "Shared drive not found: 0Anada", "driveId")


def test_permission_needs_type_role_and_grantee(service: Service) -> None:
    """Field reports: missing members of a permission are 400 required, of location type other."""
    desk, _ = new_drive(service)
    made = desk.create(mimeType=DOCUMENT)

    def refusal(**body: Any) -> Any:
        return body_of(desk.client.permissions().create(fileId=made["id"], body=body, supportsAllDrives=True).execute)

    assert refusal(role="reader") == plain(400, "required", "The permission type field is required.", "permission.type", "other")
    assert refusal(type="user") == plain(400, "required", "The permission role field is required.", "permission.role", "other")
    text = "The domain field is required for permissions of type 'domain'."
    assert refusal(type="domain", role="reader") == plain(400, "required", text, "permission.domain", "other")


def test_transfer_must_be_acknowledged(service: Service) -> None:
    """Field reports: transferOwnership is named as what is missing, and mail must not be switched off."""
    client = service("drive", "v3", MARISOL)
    made = client.files().create(body={"name": "x"}).execute()
    body = {"type": "user", "role": "owner", "emailAddress": EDGAR}
    text = "The transferOwnership parameter must be enabled when the permission role is 'owner'."
    call = client.permissions().create(fileId=made["id"], body=body)
    assert body_of(call.execute) == plain(403, "forbidden", text, "transferOwnership")
    quiet = client.permissions().create(fileId=made["id"], body=body, transferOwnership=True, sendNotificationEmail=False)
    assert body_of(quiet.execute)["error"]["errors"][0]["location"] == "sendNotificationEmail"
    outside = body | {"emailAddress": "otra@fuera.example.org"}
    call = client.permissions().create(fileId=made["id"], body=outside, transferOwnership=True)
    assert body_of(call.execute)["error"]["errors"][0]["reason"] == "ownershipChangeAcrossDomainNotPermitted"


@pytest.mark.parametrize(
    ("kind", "role", "days", "reason"),
    [
        (FOLDER, "writer", 30, "cannotSetExpiration"),
        (FOLDER, "commenter", 30, "cannotSetExpiration"),
        (DOCUMENT, "reader", 400, "cannotSetExpiration"),
        (DOCUMENT, "reader", -1, "expirationDatesMustBeInTheFuture"),
    ],
)
def test_expiry_is_refused_by_name(service: Service, kind: str, role: str, days: float, reason: str) -> None:
    """An end date is in the future, within a year, and on folders for readers only (google-apis 2.2) (google-apis 8.4)."""
    desk, _ = new_drive(service)
    made = desk.create(mimeType=kind)
    error = body_of(lambda: desk.grant(made["id"], EDGAR, role, expirationTime=within(desk, days=days)))["error"]
    assert (error["code"], error["errors"][0]["reason"]) == (403, reason)


def test_expiry_is_for_people_and_groups(service: Service) -> None:
    """No end date for a domain, for anyone, or for members of a shared drive (google-apis 2.2)."""
    desk, drive_id = new_drive(service)
    made, soon = desk.create(mimeType=DOCUMENT), within(desk, days=3)
    call = desk.client.permissions().create(
        fileId=made["id"], body={"type": "anyone", "role": "reader", "expirationTime": soon}, supportsAllDrives=True
    )
    assert body_of(call.execute)["error"]["errors"][0]["reason"] == "cannotSetExpirationOnAnyoneOrDomain"
    member = body_of(lambda: desk.grant(drive_id, EDGAR, "reader", expirationTime=soon))
    assert member["error"]["errors"][0]["reason"] == "expirationDateNotAllowedForSharedDriveMembers"


def test_bytes_of_a_google_type(service: Service) -> None:
    """Measured: fileNotDownloadable blames `alt`; fileNotExportable blames nothing (google-apis 2.6)."""
    desk, _ = new_drive(service)
    document = desk.create(mimeType=DOCUMENT)
    text = "Only files with binary content can be downloaded. Use Export with Docs Editors files."
    media = desk.client.files().get_media(fileId=document["id"], supportsAllDrives=True)
    assert body_of(media.execute) == plain(403, "fileNotDownloadable", text, "alt")
    paper = desk.create("p.pdf", mimeType="application/pdf", media=upload(b"%PDF"))
    export = desk.client.files().export(fileId=paper["id"], mimeType="application/pdf")
    assert body_of(export.execute) == plain(403, "fileNotExportable", "Export only supports Docs Editors files.")
    wrong = desk.client.files().export(fileId=document["id"], mimeType="image/png")
    assert body_of(wrong.execute) == plain(400, "badRequest", "The requested conversion is not supported.", "convertTo")


def test_upload_that_becomes_nothing(service: Service) -> None:
    """Field reports: bytes that no Google type is made of are 400 conversionUnsupportedConversionPath."""
    desk, _ = new_drive(service)
    text = "Conversion of the uploaded content to the requested output type is not supported."
    expected = plain(400, "conversionUnsupportedConversionPath", text)
    sheet = "application/vnd.google-apps.spreadsheet"
    assert body_of(lambda: desk.create("x", mimeType=sheet, media=upload(b"\x89PNG", "image/png"))) == expected
    made = desk.create("y", mimeType=sheet)
    assert body_of(lambda: desk.update(made["id"], media=upload(b"\x89PNG", "image/png"))) == expected
    assert desk.names() == ["y"]


def test_second_parent(service: Service) -> None:
    """An item of a shared drive has exactly one parent (google-apis 8.4)."""
    desk, _ = new_drive(service)
    made, other = desk.create(), desk.create()
    error = body_of(lambda: desk.update(made["id"], add=other["id"]))["error"]
    assert (error["code"], error["errors"][0]["reason"]) == (403, "teamDrivesParentLimit")


def test_folder_does_not_enter_a_shared_drive(service: Service) -> None:
    """A folder of My Drive cannot be moved into a shared drive (google-apis 2.4)."""
    desk, drive_id = new_drive(service, vendedora_uno="organizer")
    hers = as_person(service, desk, MARISOL)
    made = hers.client.files().create(body={"name": "c", "mimeType": FOLDER}, fields="id,parents").execute()
    error = body_of(lambda: hers.update(made["id"], add=drive_id, remove=made["parents"][0]))["error"]
    assert (error["code"], error["errors"][0]["reason"]) == (403, "teamDrivesFolderMoveInNotSupported")


def test_sharing_settings_of_shared_drive_items(service: Service) -> None:
    """Field reports: writersCanShare cannot be set on an item of a shared drive."""
    desk, _ = new_drive(service)
    text = "Sharing restrictions cannot be set on a shared drive item."
    expected = plain(403, "teamDrivesSharingRestrictionNotAllowed", text)
    assert body_of(lambda: desk.create(writersCanShare=False)) == expected
    assert body_of(lambda: desk.update(desk.create()["id"], writersCanShare=False)) == expected


def test_restrictions_of_the_drive_name_themselves(service: Service) -> None:
    """domainUsersOnly and driveMembersOnly keep grants out (google-apis 2.1)."""
    desk, drive_id = new_drive(service)
    made = desk.create(mimeType=DOCUMENT)
    desk.client.drives().update(driveId=drive_id, body={"restrictions": {"driveMembersOnly": True}}).execute()
    reason = body_of(lambda: desk.grant(made["id"], EDGAR, "reader"))["error"]["errors"][0]["reason"]
    assert reason == "teamDriveTeamMembersOnlyRestriction"
    desk.client.drives().update(
        driveId=drive_id, body={"restrictions": {"driveMembersOnly": False, "domainUsersOnly": True}}
    ).execute()
    call = desk.client.permissions().create(fileId=made["id"], body={"type": "anyone", "role": "reader"}, supportsAllDrives=True)
    assert body_of(call.execute)["error"]["errors"][0]["reason"] == "teamDriveDomainUsersOnlyRestriction"


def test_sharing_quota(service: Service) -> None:
    """Too many shares are 403 sharingRateLimitExceeded, per caller and day (google-apis 2.2)."""
    desk, _ = new_drive(service)
    made = desk.create("Carpeta")
    with behaviour(desk, sharing_quota_per_day=1):
        desk.grant(made["id"], EDGAR, "reader")
        text = 'Rate limit exceeded. User message: "These item(s) could not be shared because a rate limit was exceeded: Carpeta"'
        assert body_of(lambda: desk.grant(made["id"], MARISOL, "reader")) == plain(403, "sharingRateLimitExceeded", text)
        local(desk, "PUT", "clock", {"advance_s": 86401})
        assert desk.grant(made["id"], MARISOL, "reader")["role"] == "reader"


def _many_groups(desk: Desk, count: int) -> list[str]:
    """Addresses of groups that the directory has got just now."""
    base = desk.client._baseUrl.partition("/drive/")[0]
    made = [f"g{n}@blindados-demo.example.com" for n in range(count)]
    headers = {"Authorization": "Bearer local:administrador@blindados-demo.example.com"}
    for one in made:
        answer = requests.post(f"{base}/admin/directory/v1/groups", json={"email": one}, headers=headers, timeout=30)
        assert answer.status_code == 200, answer.text
    return made


def test_item_bears_a_hundred_groups(service: Service) -> None:
    """An item is shared directly with at most 100 groups; a changed role is no further one (google-apis 2.1)."""
    desk, _ = new_drive(service)
    made = desk.create()
    groups = _many_groups(desk, 101)
    for one in groups[:100]:
        desk.grant(made["id"], one, "reader", "group")
    assert body_of(lambda: desk.grant(made["id"], groups[100], "reader", "group"))["error"]["code"] == 403
    assert desk.grant(made["id"], groups[0], "writer", "group")["role"] == "writer"
    assert desk.grant(made["id"], EDGAR, "reader")["role"] == "reader"


def test_drive_has_a_number_of_members(service: Service) -> None:
    """A shared drive has at most 600 members, groups counted as one (google-apis 2.1)."""
    desk, drive_id = new_drive(service)
    with behaviour(desk, drive_member_limit=2):
        desk.grant(drive_id, OPERACIONES, "reader", "group")
        assert body_of(lambda: desk.grant(drive_id, EDGAR, "reader"))["error"]["code"] == 403
    assert desk.grant(drive_id, EDGAR, "reader")["role"] == "reader"


def test_permissions_come_a_hundred_a_page(service: Service, emulator: Emulator) -> None:
    """permissions.list pages by at most 100 on a shared drive (google-apis 2.2)."""
    desk, _ = new_drive(service)
    made = desk.create()
    for one in _many_groups(desk, 100):
        desk.grant(made["id"], one, "reader", "group")
    first = desk.client.permissions().list(fileId=made["id"], supportsAllDrives=True).execute()
    assert len(first["permissions"]) == 100
    call = desk.client.permissions().list(fileId=made["id"], supportsAllDrives=True, pageToken=first["nextPageToken"])
    rest = call.execute()
    assert len(rest["permissions"]) == 1 and "nextPageToken" not in rest
    answer = emulator.raw("GET", f"/drive/v3/files/{made['id']}/permissions?supportsAllDrives=true&pageSize=101", BOT)
    text = "Invalid value '101'. Values must be within the range: ["
    assert answer.status_code == 400 and answer.json()["error"]["message"].startswith(text)


def test_group_within_a_group(service: Service) -> None:
    """A grant to a group reaches the members of the groups in it (google-apis 2.2)."""
    desk, _ = new_drive(service)
    made = desk.create()
    desk.grant(made["id"], "areas@blindados-demo.example.com", "reader", "group")
    assert as_person(service, desk, EDGAR).get(made["id"], "id") == {"id": made["id"]}
    assert body_of(lambda: as_person(service, desk, MARISOL).get(made["id"]))["error"]["code"] == 404


def refusal_of(call: Callable[[], Any]) -> HttpError:
    """The client's own error."""
    with pytest.raises(HttpError) as caught:
        call()
    return caught.value


def test_client_reads_the_reason(service: Service) -> None:
    """HttpError gives status, message and errors[] of a refusal (google-apis 8.1)."""
    error = refusal_of(service("drive", "v3", BOT).files().get(fileId="nada").execute)
    assert (error.status_code, error.reason) == (404, "File not found: nada.")
    assert json.loads(error.content)["error"]["errors"] == error.error_details


def test_page_size_and_token(emulator: Emulator) -> None:
    """Measured: a size outside the range and a token that was never given are 400 about their parameters."""
    answer = emulator.raw("GET", "/drive/v3/files?pageSize=1001").json()["error"]
    assert answer["message"].startswith("Invalid value '1001'. Values must be within the range: [")
    answer = emulator.raw("GET", "/drive/v3/files?pageToken=nada").json()
    assert answer == plain(400, "invalid", "Invalid Value", "pageToken")


def test_owner_is_not_removed(service: Service) -> None:
    """Field reports: the owner's permission is neither deleted nor changed, 403 cannotRemoveOwner."""
    client = service("drive", "v3", MARISOL)
    made = client.files().create(body={"name": "x"}, fields="id,permissionIds").execute()
    (owner_id,) = made["permissionIds"]
    expected = plain(403, "cannotRemoveOwner", "The owner of a file cannot be removed.")
    assert body_of(client.permissions().delete(fileId=made["id"], permissionId=owner_id).execute) == expected
    lower = client.permissions().update(fileId=made["id"], permissionId=owner_id, body={"role": "reader"})
    assert body_of(lower.execute) == expected


def test_trashed_item_stays_in_its_drive(service: Service) -> None:
    """Field reports: what is in the trash does not change drives, either way."""
    desk, drive_id = new_drive(service, vendedora_uno="organizer")
    hers = as_person(service, desk, MARISOL)
    made = hers.client.files().create(body={"name": "x"}, fields="id,parents").execute()
    hers.client.files().update(fileId=made["id"], body={"trashed": True}).execute()
    inward = body_of(lambda: hers.update(made["id"], add=drive_id, remove=made["parents"][0]))
    assert inward["error"]["errors"][0]["reason"] == "cannotMoveTrashedItemIntoTeamDrive"
    kept = hers.create("y", mimeType=DOCUMENT)
    hers.update(kept["id"], trashed=True)
    outward = body_of(lambda: hers.update(kept["id"], add="root", remove=drive_id))
    assert outward["error"]["errors"][0]["reason"] == "cannotMoveTrashedItemOutOfTeamDrive"


def test_refusals_about_whole_drives(service: Service) -> None:
    """Field reports: a used requestId, a drive that is not empty, the domain's list for others than administrators."""
    desk, drive_id = new_drive(service)
    drives = desk.client.drives()
    drives.create(requestId="uno", body={"name": "a"}).execute()
    again = body_of(drives.create(requestId="uno", body={"name": "a"}).execute)["error"]
    assert (again["code"], again["errors"][0]["reason"]) == (409, "teamDriveAlreadyExists")
    desk.create()
    reason = body_of(drives.delete(driveId=drive_id).execute)["error"]["errors"][0]["reason"]
    assert reason == "cannotDeleteResourceWithChildren"
    call = service("drive", "v3", MARISOL).drives().list(useDomainAdminAccess=True)
    assert body_of(call.execute)["error"]["errors"][0]["reason"] == "noListTeamDrivesAdministratorPrivilege"


def test_which_parameter_is_blamed(emulator: Emulator) -> None:
    """Measured: of several wrong parameters of a list orderBy is named first, then q, then pageToken."""
    wrong = {"orderBy": "nada", "q": "nada nada", "pageToken": "nada"}
    for name in list(wrong):
        assert emulator.raw("GET", "/drive/v3/files", params=wrong).json() == plain(400, "invalid", "Invalid Value", name)
        del wrong[name]
