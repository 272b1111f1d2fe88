"""The smaller resources: labels, access proposals, apps, team drives, about; and what each role can do."""

from __future__ import annotations

from typing import Any

import pytest

from emulator.clock import Clock
from emulator.directory import Directory
from emulator.drive.access_proposals import propose
from emulator.drive.drives import seed_drive
from emulator.drive.files import create_file
from emulator.drive.model import files
from emulator.kernel import HANDLERS, ApiError, Call, World
from tests.conformance.conftest import Emulator
from tests.conformance.drive_kit import (
    BOT,
    DOCUMENT,
    EDGAR,
    FOLDER,
    MARISOL,
    ROGELIO,
    Service,
    advance,
    as_person,
    behaviour,
    body_of,
    new_drive,
    refused,
    upload,
)


def test_labels_are_applied_searched_and_removed(service: Service) -> None:
    """Drive guide, labels: modifyLabels answers what it changed; listLabels, includeLabels and `in labels` show it."""
    desk, _ = new_drive(service)
    made = desk.create("rotulado", mimeType=DOCUMENT)
    known = {"sello": {"estado": "selection", "nota": "text", "quien": "user"}}
    with behaviour(desk, drive_labels=known):
        change = {
            "labelId": "sello",
            "fieldModifications": [
                {"fieldId": "estado", "setSelectionValues": ["firmado"]},
                {"fieldId": "quien", "setUserValues": [EDGAR]},
            ],
        }
        answer = desk.client.files().modifyLabels(fileId=made["id"], body={"labelModifications": [change]}).execute()
        assert [one["id"] for one in answer["modifiedLabels"]] == ["sello"]
        (label,) = desk.client.files().listLabels(fileId=made["id"]).execute()["labels"]
        assert label["fields"]["estado"]["selection"] == ["firmado"]
        assert label["fields"]["quien"]["user"][0]["emailAddress"] == EDGAR
        assert desk.names("'labels/sello' in labels") == ["rotulado"]
        seen = desk.client.files().get(fileId=made["id"], includeLabels="sello", fields="labelInfo", supportsAllDrives=True)
        assert seen.execute()["labelInfo"]["labels"][0]["id"] == "sello"
        wrong = {
            "labelModifications": [{"labelId": "sello", "fieldModifications": [{"fieldId": "otro", "setTextValues": ["x"]}]}]
        }
        call = desk.client.files().modifyLabels(fileId=made["id"], body=wrong)
        assert refused(call.execute) == (400, "labelMutationUnknownField")
        gone = {"labelModifications": [{"labelId": "sello", "removeLabel": True}]}
        desk.client.files().modifyLabels(fileId=made["id"], body=gone).execute()
        assert desk.client.files().listLabels(fileId=made["id"]).execute()["labels"] == []
    unknown = desk.client.files().modifyLabels(fileId=made["id"], body={"labelModifications": [{"labelId": "nada"}]})
    assert refused(unknown.execute) == (404, "notFound")


def small_world() -> tuple[World, str]:
    """A world without a server, with one shared drive whose manager is `jefa` and with a paper in it."""
    directory = Directory()
    directory.domain = "x.example"
    world = World(Clock(), directory)
    drive_id = seed_drive(world, "U", {"jefa@x.example": "organizer", "lectora@x.example": "reader"})
    paper = create_file(world, "jefa@x.example", name="p", mime_type=DOCUMENT, parents=[drive_id])
    return world, paper.id


def perform(world: World, method: str, actor: str, path: dict[str, str], **body: Any) -> Any:
    """Call a handler as the front does."""
    return HANDLERS[method](Call(method, actor, None, path, {}, body, None, world))


@pytest.mark.parametrize(("action", "role"), [("ACCEPT", "commenter"), ("DENY", None)])
def test_access_proposal_is_resolved(action: str, role: str | None) -> None:
    """Drive guide, pending access proposals: whoever may share lists, accepts or denies; nobody else sees them."""
    world, file_id = small_world()
    proposal_id = propose(world, file_id, "nueva@x.example", "writer", "por favor")
    path = {"fileId": file_id}
    with pytest.raises(ApiError) as caught:
        perform(world, "drive.accessproposals.list", "lectora@x.example", path)
    assert caught.value.code == 403
    (shown,) = perform(world, "drive.accessproposals.list", "jefa@x.example", path)["accessProposals"]
    assert shown == perform(world, "drive.accessproposals.get", "jefa@x.example", path | {"proposalId": proposal_id})
    assert (shown["requesterEmailAddress"], shown["rolesAndViews"]) == ("nueva@x.example", [{"role": "writer"}])
    body = {"action": action} | ({"role": [role]} if role else {})
    assert perform(world, "drive.accessproposals.resolve", "jefa@x.example", path | {"proposalId": proposal_id}, **body) is None
    assert perform(world, "drive.accessproposals.list", "jefa@x.example", path) == {}
    assert [one.role for one in files(world)[file_id].grants.values()] == ([role] if role else [])


def test_accepting_needs_a_role() -> None:
    """Discovery, accessproposals.resolve: `role` is required for ACCEPT, and an unknown proposal is 404."""
    world, file_id = small_world()
    path = {"fileId": file_id, "proposalId": propose(world, file_id, "nueva@x.example")}
    for body, code in (({"action": "ACCEPT"}, 400), ({}, 400), ({"action": "ACCEPT", "role": ["owner"]}, 400)):
        with pytest.raises(ApiError) as caught:
            perform(world, "drive.accessproposals.resolve", "jefa@x.example", path, **body)
        assert caught.value.code == code
    with pytest.raises(ApiError) as caught:
        perform(world, "drive.accessproposals.get", "jefa@x.example", path | {"proposalId": "nada"})
    assert caught.value.code == 404


def test_nobody_has_apps_or_encryption(service: Service) -> None:
    """apps.list is empty, an app is 404, and encryption tokens are refused in so many words."""
    client = service("drive", "v3", MARISOL)
    assert client.apps().list().execute()["items"] == []
    assert refused(client.apps().get(appId="1").execute) == (404, "notFound")
    assert refused(client.files().generateCseToken().execute) == (403, "cseNotEnabled")


def test_team_drives_are_drives(service: Service) -> None:
    """Drive reference, teamdrives: the deprecated collection answers the same drives under its old names."""
    client = service("drive", "v3", BOT)
    made = client.teamdrives().create(requestId="uno", body={"name": "Equipo"}).execute()
    assert made == {"kind": "drive#teamDrive", "id": made["id"], "name": "Equipo"}
    body = {"restrictions": {"teamMembersOnly": True}}
    changed = client.teamdrives().update(teamDriveId=made["id"], body=body, fields="*").execute()
    assert changed["restrictions"]["teamMembersOnly"] is True and changed["capabilities"]["canRenameTeamDrive"] is True
    assert client.drives().get(driveId=made["id"], fields="restrictions").execute()["restrictions"]["driveMembersOnly"] is True
    assert made["id"] in [one["id"] for one in client.teamdrives().list(pageSize=100).execute()["teamDrives"]]
    assert client.teamdrives().get(teamDriveId=made["id"]).execute()["name"] == "Equipo"
    assert client.teamdrives().delete(teamDriveId=made["id"]).execute() == ""
    assert body_of(client.teamdrives().get(teamDriveId=made["id"]).execute)["error"]["code"] == 404


def test_about_tells_room_and_formats(service: Service) -> None:
    """Drive guide, user info: who one is, how much room there is, what can be imported and exported (google-apis 2.4)."""
    client = service("drive", "v3", MARISOL)
    client.files().create(body={"name": "p"}, media_body=upload(b"12345")).execute()
    about = client.about().get(fields="*").execute()
    assert about["kind"] == "drive#about" and about["user"]["me"] is True
    assert about["storageQuota"]["usageInDrive"] == "5" and "application/vnd.google-apps.spreadsheet" in about["exportFormats"]
    assert "application/vnd.google-apps.spreadsheet" in about["importFormats"]["text/csv"]
    assert refused(client.about().get().execute) == (400, "required")


def test_owner_of_a_document_can(service: Service) -> None:
    """Drive guide, sharing: the capabilities of an owner in My Drive, all of them and no others."""
    client = service("drive", "v3", MARISOL)
    made = client.files().create(body={"name": "d", "mimeType": DOCUMENT}, fields="capabilities").execute()
    able = made["capabilities"]
    never = {
        "canAcceptOwnership",
        "canAddChildren",
        "canAddMyDriveParent",
        "canChangeSecurityUpdateEnabled",
        "canDisableInheritedPermissions",
        "canListChildren",
        "canMoveChildrenWithinDrive",
        "canRemoveChildren",
        "canRemoveContentRestriction",
    }
    assert {name for name, value in able.items() if not value} == never
    assert len(able) == 34 and not any("TeamDrive" in name for name in able if name != "canMoveItemIntoTeamDrive")


@pytest.mark.parametrize(
    ("role", "able"),
    [
        ("organizer", {"canEdit", "canShare", "canTrash", "canDelete", "canMoveItemOutOfDrive", "canDeleteChildren"}),
        ("fileOrganizer", {"canEdit", "canShare", "canTrash", "canMoveItemWithinDrive"}),
        ("writer", {"canEdit", "canRename", "canAddChildren"}),
        ("commenter", {"canComment"}),
        ("reader", {"canListChildren", "canReadDrive"}),
    ],
)
def test_what_a_role_can_do_with_a_folder(service: Service, role: str, able: set[str]) -> None:
    """The roles of a shared drive, each with what the one below cannot (google-apis 2.1)."""
    desk, _ = new_drive(service, encargado_uno=role)
    made = desk.create(mimeType=FOLDER)
    seen = as_person(service, desk, ROGELIO).get(made["id"])["capabilities"]
    assert {name for name in able if seen[name]} == able
    order = ["reader", "commenter", "writer", "fileOrganizer", "organizer"]
    above = {
        "organizer": set(),
        "fileOrganizer": {"canDelete", "canDisableInheritedPermissions", "canMoveItemOutOfDrive"},
        "writer": {"canShare", "canTrash", "canMoveItemWithinDrive"},
        "commenter": {"canEdit", "canAddChildren", "canRename"},
        "reader": {"canComment"},
    }
    denied = set().union(*(above[one] for one in order[order.index(role) :]))
    assert not {name for name in denied if seen[name]}
    assert {"canAcceptOwnership", "canRemoveMyDriveParent", "canAddMyDriveParent"}.isdisjoint(seen)
    assert seen["canReadTeamDrive"] is seen["canReadDrive"] is True


def test_metadata_of_a_file_in_my_drive(service: Service) -> None:
    """Seen on the live service: permissions without their sources, download restrictions, link sharing, export links."""
    client = service("drive", "v3", MARISOL)
    made = client.files().create(body={"name": "d", "mimeType": DOCUMENT}, fields="*").execute()
    assert set(made["permissions"][0]) == {
        "kind",
        "id",
        "type",
        "role",
        "emailAddress",
        "displayName",
        "photoLink",
        "deleted",
        "pendingOwner",
    }
    assert made["linkShareMetadata"] == {"securityUpdateEligible": False, "securityUpdateEnabled": True}
    assert made["exportLinks"]["application/pdf"].endswith(f"id={made['id']}&exportFormat=pdf")
    assert made["webViewLink"] == f"https://docs.google.com/document/d/{made['id']}/edit?usp=drivesdk"


def test_thirty_days_in_the_trash(service: Service) -> None:
    """What lies in the trash for 30 days is gone; what was taken out stays (google-apis 2.1)."""
    desk, _ = new_drive(service)
    old, saved = desk.create("viejo"), desk.create("salvado")
    for one in (old, saved):
        desk.update(one["id"], trashed=True)
    advance(desk, 29 * 86_400)
    assert desk.get(old["id"])["trashed"] is True
    desk.update(saved["id"], trashed=False)
    advance(desk, 86_401)
    assert refused(lambda: desk.get(old["id"])) == (404, "notFound")
    assert desk.get(saved["id"])["trashed"] is False


def test_trash_survives_a_restart(start_emulator: Any, tmp_path: Any) -> None:
    """The thirty days go on while the emulator is down."""
    first: Emulator = start_emulator("--state", str(tmp_path))
    client = first.service("drive", "v3", MARISOL)
    made = client.files().create(body={"name": "x"}).execute()
    client.files().update(fileId=made["id"], body={"trashed": True}).execute()
    first.stop()
    second: Emulator = start_emulator("--state", str(tmp_path))
    second.local("PUT", "clock", {"advance_s": 30 * 86_400 + 5})
    second.local("POST", "settle")
    assert refused(second.service("drive", "v3", MARISOL).files().get(fileId=made["id"]).execute) == (404, "notFound")


def test_owner_moves_by_adding_a_parent(service: Service) -> None:
    """Since single parenting an owner's item leaves its old folder by itself; nobody else adds a parent."""
    client = service("drive", "v3", MARISOL)
    folder = client.files().create(body={"name": "c", "mimeType": FOLDER}).execute()
    made = client.files().create(body={"name": "x"}).execute()
    moved = client.files().update(fileId=made["id"], addParents=folder["id"], fields="parents").execute()
    assert moved == {"parents": [folder["id"]]}
    share = {"type": "user", "role": "writer", "emailAddress": EDGAR}
    for one in (made, folder):
        client.permissions().create(fileId=one["id"], body=share, sendNotificationEmail=False).execute()
    other = service("drive", "v3", EDGAR).files()
    his = other.create(body={"name": "suya", "mimeType": FOLDER}).execute()
    error = body_of(other.update(fileId=made["id"], addParents=his["id"]).execute)["error"]
    assert (error["errors"][0]["reason"], error["message"]) == (
        "cannotAddParent",
        "Increasing the number of parents is not allowed",
    )


def test_responder_permission_is_known_by_the_plain_id(service: Service) -> None:
    """anyone with the view published has the id anyoneWithLink, beside a plain one (google-apis 1.2)."""
    client = service("drive", "v3", "formularios@blindados-demo.example.com")
    made = client.files().create(body={"name": "f", "mimeType": "application/vnd.google-apps.form"}).execute()
    body = {"type": "anyone", "role": "reader"}
    for extra in ({"view": "published"}, {}):
        answer = client.permissions().create(fileId=made["id"], body=body | extra, fields="id,view").execute()
        assert answer == {"id": "anyoneWithLink"} | extra
    shown = client.permissions().list(fileId=made["id"], includePermissionsForView="published", fields="permissions(id,view)")
    held = [one for one in shown.execute()["permissions"] if one["id"] == "anyoneWithLink"]
    assert sorted(one.get("view", "") for one in held) == ["", "published"]
    for _ in held:
        client.permissions().delete(fileId=made["id"], permissionId="anyoneWithLink").execute()
    assert refused(client.permissions().get(fileId=made["id"], permissionId="anyoneWithLink").execute) == (404, "notFound")
