"""Moving, trashing and deleting: who may do it."""

from __future__ import annotations

from tests.conformance.drive_kit import (
    DOCUMENT,
    EDGAR,
    FOLDER,
    MARISOL,
    ROGELIO,
    Service,
    as_person,
    behaviour,
    new_drive,
    refused,
)


def test_move_changes_parent_and_inherited_access(service: Service) -> None:
    """Drive guide, create and populate folders: addParents and removeParents move; inherited access follows the new folder (google-apis 2.4)."""
    desk, _ = new_drive(service)
    one, two = desk.create("1"), desk.create("2")
    desk.grant(one["id"], EDGAR, "reader")
    made = desk.create(parent=one["id"])
    his = as_person(service, desk, EDGAR)
    assert his.get(made["id"], "id")
    assert desk.update(made["id"], add=two["id"], remove=one["id"])["parents"] == [two["id"]]
    assert refused(lambda: his.get(made["id"])) == (404, "notFound")


def test_second_parent_is_refused(service: Service) -> None:
    """Drive guide, resolve errors: a shared drive item must have exactly one parent."""
    desk, drive_id = new_drive(service)
    other, made = desk.create("o"), desk.create()
    assert refused(lambda: desk.update(made["id"], add=other["id"])) == (403, "teamDrivesParentLimit")
    assert refused(lambda: desk.update(made["id"], remove=drive_id)) == (403, "teamDrivesParentLimit")


def test_duplicate_parent_and_cycle_are_bad_requests(service: Service) -> None:
    """Drive guide, resolve errors, badRequest: a duplicate parent, a parent that would create a cycle."""
    desk, drive_id = new_drive(service)
    top = desk.create()
    inner = desk.create(parent=top["id"])
    assert refused(lambda: desk.update(inner["id"], add=top["id"])) == (400, "badRequest")
    assert refused(lambda: desk.update(top["id"], add=inner["id"], remove=drive_id)) == (400, "badRequest")


def test_an_item_that_is_added_to_the_folder_it_is_taken_from_stays(service: Service) -> None:
    """Clients rename within a folder by naming it in both parameters."""
    desk, _ = new_drive(service)
    top = desk.create()
    inner = desk.create(parent=top["id"])
    desk.update(inner["id"], add=top["id"], remove=top["id"], name="b")
    kept = desk.get(inner["id"])
    assert (kept["parents"], kept["name"]) == ([top["id"]], "b")


def test_contributors_neither_move_nor_trash(service: Service) -> None:
    """Drive guide, roles and permissions: reorganizing needs fileOrganizer or organizer on a parent (switchable) (google-apis 2.1)."""
    desk, drive_id = new_drive(service, operaciones_uno="writer")
    other, made = desk.create("o"), desk.create(mimeType=DOCUMENT)
    his = as_person(service, desk, EDGAR)
    can = his.get(made["id"])["capabilities"]
    assert can["canEdit"] and not can["canMoveItemWithinDrive"] and not can["canTrash"]
    expected = (403, "insufficientFilePermissions")
    assert refused(lambda: his.update(made["id"], add=other["id"], remove=drive_id)) == expected
    assert refused(lambda: his.update(made["id"], trashed=True)) == expected
    with behaviour(desk, writer_may_move=True, writer_may_trash=True):
        assert his.update(made["id"], add=other["id"], remove=drive_id)["parents"] == [other["id"]]
        assert his.update(made["id"], trashed=True)["trashed"]


def test_content_managers_move_and_trash_but_do_not_delete(service: Service) -> None:
    """Drive guide, roles and permissions: deleting needs organizer on a parent (google-apis 2.1) (google-apis 2.4)."""
    desk, drive_id = new_drive(service, encargado_uno="fileOrganizer")
    other, made = desk.create("o"), desk.create()
    his = as_person(service, desk, ROGELIO)
    assert his.update(made["id"], add=other["id"], remove=drive_id)["parents"] == [other["id"]]
    assert his.update(made["id"], trashed=True)["trashed"]
    assert refused(lambda: his.delete(made["id"])) == (403, "insufficientFilePermissions")
    desk.delete(made["id"])


def test_folder_of_my_drive_does_not_enter_a_shared_drive(service: Service) -> None:
    """Drive guide, resolve errors: teamDrivesFolderMoveInNotSupported; files can be moved in and lose their owner (google-apis 2.4)."""
    _desk, drive_id = new_drive(service, vendedora_uno="writer")
    hers = service("drive", "v3", MARISOL)
    flags = {"addParents": drive_id, "removeParents": "root", "supportsAllDrives": True, "fields": "*"}
    root = hers.files().get(fileId="root").execute()["id"]
    folder = hers.files().create(body={"name": "f", "mimeType": FOLDER}).execute()
    call = hers.files().update(fileId=folder["id"], **(flags | {"removeParents": root}))
    assert refused(call.execute) == (403, "teamDrivesFolderMoveInNotSupported")
    file = hers.files().create(body={"name": "d", "mimeType": DOCUMENT}).execute()
    moved = hers.files().update(fileId=file["id"], **(flags | {"removeParents": root})).execute()
    assert moved["driveId"] == drive_id and "owners" not in moved


def test_only_the_owner_trashes_in_my_drive(service: Service) -> None:
    """Drive reference, files.trashed: only the owner may trash a file."""
    hers, his = service("drive", "v3", MARISOL), service("drive", "v3", EDGAR)
    made = hers.files().create(body={"name": "x"}).execute()
    body = {"type": "user", "role": "writer", "emailAddress": EDGAR}
    hers.permissions().create(fileId=made["id"], body=body, sendNotificationEmail=False).execute()
    trash = {"fileId": made["id"], "body": {"trashed": True}}
    assert refused(his.files().update(**trash).execute) == (403, "insufficientFilePermissions")
    assert hers.files().update(**trash, fields="trashed").execute() == {"trashed": True}
    hers.files().emptyTrash().execute()
    assert refused(hers.files().get(fileId=made["id"]).execute) == (404, "notFound")


def test_nesting_has_an_end(service: Service) -> None:
    """Drive guide, folder limits: a shared drive holds at most 100 levels of folders (google-apis 2.1)."""
    desk, parent = new_drive(service)
    for _ in range(100):
        parent = desk.create(parent=parent, fields="id")["id"]
    assert refused(lambda: desk.create(parent=parent)) == (403, "teamDriveHierarchyTooDeep")
