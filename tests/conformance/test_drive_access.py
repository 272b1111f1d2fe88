"""permissions.*: grants, upsert, inheritance, expiry, who may share."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from tests.conformance.drive_kit import (
    BOT,
    DOCUMENT,
    DOMAIN,
    EDGAR,
    EXPEDIENTES,
    FOLDER,
    MARISOL,
    NAIROBIS,
    OPERACIONES,
    ROGELIO,
    Service,
    address,
    advance,
    as_person,
    behaviour,
    message_of,
    new_drive,
    refused,
    within,
)


def test_grant_answers_only_the_default_fields(service: Service) -> None:
    """Drive guide, share files: kind, id, type and role come when no fields are named (google-apis 2.2)."""
    desk, _ = new_drive(service)
    body = {"type": "group", "role": "writer", "emailAddress": OPERACIONES}
    call = desk.client.permissions().create(
        fileId=desk.create()["id"], body=body, sendNotificationEmail=False, supportsAllDrives=True
    )
    made = call.execute()
    assert set(made) == {"kind", "id", "type", "role"} and made["kind"] == "drive#permission"


def test_same_grantee_keeps_the_permission_id(service: Service) -> None:
    """Field reports: granting again updates the role and keeps the id, which is the grantee's everywhere (google-apis 2.2)."""
    desk, _ = new_drive(service)
    one, two = desk.create(), desk.create()
    first = desk.grant(one["id"], EDGAR, "reader")
    second = desk.grant(one["id"], EDGAR.upper(), "writer")
    assert second["id"] == first["id"] == desk.grant(two["id"], EDGAR, "reader")["id"]
    assert second["role"] == "writer" and desk.grants(one["id"])[EDGAR]["role"] == "writer"


def test_group_grant_reaches_members(service: Service) -> None:
    """Drive guide, share files: a permission of a group holds for its members, and for nobody else (google-apis 2.2)."""
    desk, _ = new_drive(service)
    made = desk.create()
    assert refused(lambda: as_person(service, desk, EDGAR).get(made["id"])) == (404, "notFound")
    desk.grant(made["id"], OPERACIONES, "reader", "group")
    assert as_person(service, desk, EDGAR).get(made["id"], "id") == {"id": made["id"]}
    assert refused(lambda: as_person(service, desk, MARISOL).get(made["id"])) == (404, "notFound")


def test_unknown_address_needs_a_notification(service: Service) -> None:
    """Field reports: sharing silently with an address that has no account is 400 invalidSharingRequest."""
    desk, _ = new_drive(service)
    made = desk.create()
    who = "nadie.conocido@fuera.example.org"
    assert refused(lambda: desk.grant(made["id"], who, "reader")) == (400, "invalidSharingRequest")
    assert who in message_of(lambda: desk.grant(made["id"], who, "reader"))
    body = {"type": "user", "role": "reader", "emailAddress": who}
    assert desk.client.permissions().create(fileId=made["id"], body=body, supportsAllDrives=True).execute()["role"] == "reader"


def test_inherited_access_shows_its_source(service: Service) -> None:
    """Drive guide, share files, determine the role source: permissionDetails tells direct, inherited and member access apart (google-apis 2.2)."""
    desk, drive_id = new_drive(service, operaciones="reader")
    top = desk.create()
    desk.grant(top["id"], OPERACIONES, "writer", "group")
    below = desk.create(parent=top["id"])
    found = desk.grants(below["id"])[OPERACIONES]
    assert found["role"] == "writer"
    assert {(d["permissionType"], d["role"], d["inheritedFrom"], d["inherited"]) for d in found["permissionDetails"]} == {
        ("file", "writer", top["id"], True),
        ("member", "reader", drive_id, True),
    }


def test_inherited_access_is_not_taken_away_below(service: Service) -> None:
    """Drive guide, resolve errors: cannotModifyInheritedTeamDrivePermission for delete and update below the source."""
    desk, _ = new_drive(service, operaciones="writer")
    made = desk.create()
    grant_id = desk.grants(made["id"])[OPERACIONES]["id"]
    expected = (403, "cannotModifyInheritedTeamDrivePermission")
    assert refused(lambda: desk.revoke(made["id"], grant_id)) == expected
    change = desk.client.permissions().update(
        fileId=made["id"], permissionId=grant_id, body={"role": "reader"}, supportsAllDrives=True
    )
    assert refused(change.execute) == expected
    text = "Cannot update or delete an inherited permission on a shared drive item."
    assert message_of(lambda: desk.revoke(made["id"], grant_id)) == text


def test_access_can_be_increased_below(service: Service) -> None:
    """Drive guide, how permissions work: the more permissive role is the effective one, and can be taken back (google-apis 2.2)."""
    desk, _ = new_drive(service, operaciones_uno="reader")
    made = desk.create()
    his = as_person(service, desk, EDGAR)
    assert refused(lambda: his.create(parent=made["id"])) == (403, "insufficientFilePermissions")
    grant = desk.grant(made["id"], EDGAR, "writer")
    assert his.create("suyo", parent=made["id"])["lastModifyingUser"]["me"]
    desk.revoke(made["id"], grant["id"])
    assert refused(lambda: his.create(parent=made["id"])) == (403, "insufficientFilePermissions")
    assert his.get(made["id"])["capabilities"]["canAddChildren"] is False


def test_removed_permission_is_not_found(service: Service) -> None:
    """Drive reference, permissions: 404 for an id that grants nothing here."""
    desk, _ = new_drive(service)
    made = desk.create()
    grant = desk.grant(made["id"], EDGAR, "reader")
    assert desk.revoke(made["id"], grant["id"]) == ""
    assert refused(lambda: desk.revoke(made["id"], grant["id"])) == (404, "notFound")


@pytest.mark.parametrize(
    ("kind", "role", "days", "allowed"),
    [
        (FOLDER, "reader", 30, True),
        (FOLDER, "writer", 30, False),
        (DOCUMENT, "writer", 30, True),
        (DOCUMENT, "reader", -1, False),
        (DOCUMENT, "reader", 400, False),
    ],
)
def test_expiry_rules(service: Service, kind: str, role: str, days: float, allowed: bool) -> None:
    """Drive guide, set an expiration date: future, within a year, on folders for readers only."""
    desk, _ = new_drive(service)
    made = desk.create(mimeType=kind)
    expires = within(desk, days=days)
    if allowed:
        assert desk.grant(made["id"], EDGAR, role, expirationTime=expires)["expirationTime"]
    else:
        assert refused(lambda: desk.grant(made["id"], EDGAR, role, expirationTime=expires))[0] in (400, 403)


def test_expired_grant_is_gone(service: Service) -> None:
    """Drive guide, set an expiration date: access ends by itself (google-apis 2.2)."""
    desk, _ = new_drive(service)
    made = desk.create()
    desk.grant(made["id"], EDGAR, "reader", expirationTime=within(desk, hours=1))
    assert as_person(service, desk, EDGAR).get(made["id"])
    advance(desk, 3601)
    assert refused(lambda: as_person(service, desk, EDGAR).get(made["id"])) == (404, "notFound")
    assert EDGAR not in desk.grants(made["id"])


@pytest.mark.parametrize(
    ("role", "folder", "file"),
    [("organizer", True, True), ("fileOrganizer", True, True), ("writer", False, True), ("reader", False, False)],
)
def test_who_shares_what_on_a_shared_drive(service: Service, role: str, folder: bool, file: bool) -> None:
    """Drive guide, scenarios for sharing: writers share files, folders need fileOrganizer or organizer (google-apis 2.1)."""
    desk, _ = new_drive(service, encargado_uno=role)
    hers = as_person(service, desk, ROGELIO)
    for kind, allowed in ((FOLDER, folder), (DOCUMENT, file)):
        made = desk.create(mimeType=kind)
        assert hers.get(made["id"])["capabilities"]["canShare"] is allowed
        if allowed:
            assert hers.grant(made["id"], EDGAR, "reader")["role"] == "reader"
        else:
            assert refused(partial(hers.grant, made["id"], EDGAR, "reader")) == (403, "insufficientFilePermissions")


def test_folder_sharing_can_be_kept_for_organizers(service: Service) -> None:
    """Drive reference, drives.restrictions: sharingFoldersRequiresOrganizerPermission (google-apis 2.1)."""
    desk, drive_id = new_drive(service, encargado_uno="fileOrganizer")
    rule = {"restrictions": {"sharingFoldersRequiresOrganizerPermission": True}}
    desk.client.drives().update(driveId=drive_id, body=rule).execute()
    made = desk.create()
    his = as_person(service, desk, ROGELIO)
    assert refused(lambda: his.grant(made["id"], EDGAR, "reader")) == (403, "insufficientFilePermissions")


def test_nobody_grants_more_than_he_has(service: Service) -> None:
    """Drive guide, roles and permissions: a contributor makes no content managers; organizers exist on the drive only."""
    desk, _ = new_drive(service, encargado_uno="writer")
    made = desk.create(mimeType=DOCUMENT)
    assert refused(lambda: desk.grant(desk.create()["id"], EDGAR, "organizer"))[0] == 403
    assert refused(lambda: desk.grant(made["id"], EDGAR, "fileOrganizer"))[0] == 403
    assert as_person(service, desk, ROGELIO).grant(made["id"], EDGAR, "writer")["role"] == "writer"


def test_reader_sees_no_permissions(service: Service) -> None:
    """Drive guide, roles and permissions: detailed permissions are for writers and above."""
    desk, _ = new_drive(service, operaciones_uno="reader")
    made = desk.create()
    assert refused(lambda: as_person(service, desk, EDGAR).grants(made["id"])) == (403, "insufficientFilePermissions")


@pytest.mark.parametrize("body", [{"type": "anyone"}, {"type": "user", "emailAddress": "cliente@fuera.example.org"}])
def test_domain_restriction_keeps_outsiders_out(service: Service, body: dict[str, Any]) -> None:
    """Drive reference, drives.restrictions: domainUsersOnly."""
    desk, drive_id = new_drive(service)
    desk.client.drives().update(driveId=drive_id, body={"restrictions": {"domainUsersOnly": True}}).execute()
    made = desk.create(mimeType=DOCUMENT)
    call = desk.client.permissions().create(fileId=made["id"], body=body | {"role": "reader"}, supportsAllDrives=True)
    assert refused(call.execute) == (403, "teamDriveDomainUsersOnlyRestriction")
    assert desk.grant(made["id"], EDGAR, "reader")["role"] == "reader"


def test_domain_restriction_also_ends_access_given_before(service: Service) -> None:
    """Drive reference, drives.restrictions: access to items inside is restricted to users of the domain (google-apis 2.1)."""
    desk, drive_id = new_drive(service)
    made = desk.create(mimeType=DOCUMENT)
    body = {"type": "anyone", "role": "reader"}
    desk.client.permissions().create(fileId=made["id"], body=body, supportsAllDrives=True).execute()
    stranger = as_person(service, desk, "cliente@fuera.example.org")
    assert stranger.get(made["id"])
    desk.client.drives().update(driveId=drive_id, body={"restrictions": {"domainUsersOnly": True}}).execute()
    assert refused(lambda: stranger.get(made["id"])) == (404, "notFound")
    with behaviour(desk, service_accounts_are_outside=True):
        assert refused(lambda: desk.get(made["id"])) == (404, "notFound")


def test_link_gives_access_but_no_place_in_lists(service: Service) -> None:
    """Drive reference, permissions: without allowFileDiscovery an item is found by its link alone."""
    client = service("drive", "v3", MARISOL)
    made = client.files().create(body={"name": "enlace"}).execute()
    body = {"type": "domain", "domain": DOMAIN, "role": "reader"}
    client.permissions().create(fileId=made["id"], body=body).execute()
    his = service("drive", "v3", EDGAR)
    assert his.files().get(fileId=made["id"]).execute()["name"] == "enlace"
    assert his.files().list(q="name='enlace'").execute()["files"] == []


def test_members_leave_with_all_they_had(service: Service) -> None:
    """Drive guide, manage shared drives: leaving the drive ends direct grants inside it too (google-apis 2.2)."""
    desk, drive_id = new_drive(service, operaciones_dos="reader")
    made = desk.create()
    desk.grant(made["id"], NAIROBIS, "writer")
    member = desk.grants(drive_id)[NAIROBIS]
    desk.revoke(drive_id, member["id"])
    assert refused(lambda: as_person(service, desk, NAIROBIS).get(made["id"])) == (404, "notFound")
    assert NAIROBIS not in desk.grants(made["id"])


def test_ownership_moves_only_when_acknowledged(service: Service) -> None:
    """Drive guide, transfer file ownership: transferOwnership is required and leaves the old owner a writer."""
    client = service("drive", "v3", MARISOL)
    made = client.files().create(body={"name": "x"}).execute()
    body = {"type": "user", "role": "owner", "emailAddress": EDGAR}
    assert refused(client.permissions().create(fileId=made["id"], body=body).execute)[0] == 403
    client.permissions().create(fileId=made["id"], body=body, transferOwnership=True).execute()
    seen = client.files().get(fileId=made["id"], fields="ownedByMe,owners(emailAddress),capabilities(canEdit)").execute()
    assert seen == {"ownedByMe": False, "owners": [{"emailAddress": EDGAR}], "capabilities": {"canEdit": True}}


def test_members_are_the_permissions_of_the_drive(service: Service) -> None:
    """Drive guide, manage shared drives: only organizers add members, and only people and groups."""
    desk, drive_id = new_drive(service, encargado_uno="fileOrganizer")
    assert desk.grants(drive_id)[BOT]["permissionDetails"] == [
        {"permissionType": "member", "role": "organizer", "inherited": False}
    ]
    his = as_person(service, desk, ROGELIO)
    assert refused(lambda: his.grant(drive_id, EXPEDIENTES, "reader", "group")) == (403, "insufficientFilePermissions")
    call = desk.client.permissions().create(fileId=drive_id, body={"type": "anyone", "role": "reader"}, supportsAllDrives=True)
    assert refused(call.execute)[0] == 403


def test_published_view_is_for_forms_and_listed_on_demand(service: Service) -> None:
    """Drive guide, views: a published grant gives the published form, not the file, and is listed only when asked for (google-apis 1.2)."""
    client = service("drive", "v3", address("formularios"))
    made = client.files().create(body={"name": "f", "mimeType": "application/vnd.google-apps.form"}).execute()
    body = {"type": "user", "role": "reader", "view": "published", "emailAddress": EDGAR}
    grant = client.permissions().create(fileId=made["id"], body=body, sendNotificationEmail=False, fields="*").execute()
    assert grant["view"] == "published"
    plain = client.permissions().list(fileId=made["id"]).execute()["permissions"]
    asked = client.permissions().list(fileId=made["id"], includePermissionsForView="published").execute()["permissions"]
    assert grant["id"] not in [one["id"] for one in plain] and grant["id"] in [one["id"] for one in asked]
    assert refused(service("drive", "v3", EDGAR).files().get(fileId=made["id"]).execute) == (404, "notFound")
