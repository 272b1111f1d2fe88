"""Folders with limited access."""

from __future__ import annotations

import pytest

from tests.conformance.drive_kit import (
    DOCUMENT,
    EDGAR,
    MARISOL,
    OPERACIONES,
    ROGELIO,
    Desk,
    Service,
    as_person,
    new_drive,
    refused,
)


@pytest.fixture(name="desk")
def with_members(service: Service) -> Desk:
    """A drive whose members are a group (readers) and a content manager."""
    return new_drive(service, operaciones="reader", encargado_uno="fileOrganizer")[0]


def test_created_limited_folder_hides_its_content_at_once(service: Service, desk: Desk) -> None:
    """Drive guide, limited access: who only inherits sees the folder's metadata, and its children are an empty list (google-apis 2.2)."""
    top = desk.create("sensible", inheritedPermissionsDisabled=True)
    below = desk.create("dentro", parent=top["id"], mimeType=DOCUMENT)
    assert top["inheritedPermissionsDisabled"] is True
    his = as_person(service, desk, EDGAR)
    seen = his.get(top["id"])
    assert seen["name"] == "sensible" and seen["capabilities"]["canListChildren"] is False
    assert his.names(f"'{top['id']}' in parents") == [] and "sensible" in his.names()
    assert "dentro" not in his.names()
    assert refused(lambda: his.get(below["id"])) == (404, "notFound")


def test_direct_grant_opens_the_folder(service: Service, desk: Desk) -> None:
    """Drive guide, limited access: users with direct folder permissions can open it and access its content (google-apis 2.2)."""
    top = desk.create(inheritedPermissionsDisabled=True)
    below = desk.create(parent=top["id"])
    desk.grant(top["id"], OPERACIONES, "reader", "group")
    his = as_person(service, desk, EDGAR)
    assert his.get(below["id"], "id") and his.get(top["id"])["capabilities"]["canListChildren"] is True
    outsider = as_person(service, desk, MARISOL)
    desk.grant(top["id"], MARISOL, "writer")
    assert outsider.create("suyo", parent=top["id"])["parents"] == [top["id"]]


def test_metadata_view_in_the_list_of_permissions(desk: Desk) -> None:
    """Drive guide, limited access: view=metadata, role reader, inheritedPermissionsDisabled, all details inherited (google-apis 2.2)."""
    top = desk.create(inheritedPermissionsDisabled=True)
    found = desk.grants(top["id"])
    limited = found[OPERACIONES]
    assert (limited["view"], limited["role"], limited["inheritedPermissionsDisabled"]) == ("metadata", "reader", True)
    assert all(detail["inherited"] for detail in limited["permissionDetails"])
    assert found[ROGELIO]["view"] == "metadata"
    desk.grant(top["id"], OPERACIONES, "reader", "group")
    assert "view" not in desk.grants(top["id"])[OPERACIONES]
    below = desk.create(parent=top["id"])
    assert ROGELIO not in desk.grants(below["id"])


def test_organizers_always_get_in(service: Service, desk: Desk) -> None:
    """Drive guide, limited access: the organizer role can always access folders with limited access (google-apis 2.1) (google-apis 2.2)."""
    top = desk.create(inheritedPermissionsDisabled=True)
    desk.grant(desk.drive_id, MARISOL, "organizer")
    assert as_person(service, desk, MARISOL).get(top["id"])["capabilities"]["canListChildren"] is True


def test_only_organizers_switch_it(service: Service, desk: Desk) -> None:
    """Drive guide, set limited access: organizer only, as canDisableInheritedPermissions says beforehand (google-apis 2.2) (google-apis 8.4)."""
    made = desk.create()
    his = as_person(service, desk, ROGELIO)
    assert his.get(made["id"])["capabilities"]["canDisableInheritedPermissions"] is False
    assert refused(lambda: his.update(made["id"], inheritedPermissionsDisabled=True)) == (403, "insufficientFilePermissions")
    assert refused(lambda: his.create(inheritedPermissionsDisabled=True)) == (403, "insufficientFilePermissions")
    assert desk.get(made["id"])["capabilities"]["canDisableInheritedPermissions"] is True
    limited = desk.update(made["id"], inheritedPermissionsDisabled=True)
    assert limited["capabilities"]["canEnableInheritedPermissions"] is True


def test_switching_it_off_lets_everybody_in_again(service: Service, desk: Desk) -> None:
    """Drive guide, set limited access: false turns inherited permissions back on."""
    top = desk.create(inheritedPermissionsDisabled=True)
    below = desk.create(parent=top["id"])
    desk.update(top["id"], inheritedPermissionsDisabled=False)
    assert as_person(service, desk, EDGAR).get(below["id"], "id")


def test_files_have_no_limited_access(desk: Desk) -> None:
    """Drive guide, limited access: it is not available for files (google-apis 2.2)."""
    assert refused(lambda: desk.create(mimeType=DOCUMENT, inheritedPermissionsDisabled=True))[0] == 400
    assert refused(lambda: desk.update(desk.create(mimeType=DOCUMENT)["id"], inheritedPermissionsDisabled=True))[0] == 400


def test_limited_inside_limited_is_invisible(service: Service, desk: Desk) -> None:
    """Drive guide, limited access: metadata are seen by those who can open the folder above."""
    top = desk.create("a", inheritedPermissionsDisabled=True)
    inner = desk.create("b", parent=top["id"], inheritedPermissionsDisabled=True)
    assert refused(lambda: as_person(service, desk, EDGAR).get(inner["id"])) == (404, "notFound")
    desk.grant(top["id"], EDGAR, "reader")
    assert as_person(service, desk, EDGAR).get(inner["id"])["capabilities"]["canListChildren"] is False
