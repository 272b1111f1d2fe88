"""Directory v1: groups and who belongs to them."""

from __future__ import annotations

from tests.conformance.conftest import ADMIN, Service, address
from tests.conformance.directory_kit import refusal


def test_group_has_the_members_of_google(service: Service) -> None:
    """A group is shown with the members that recorded answers have; its id has fifteen letters and digits."""
    group = service("admin", "directory_v1", ADMIN).groups().get(groupKey=address("ventas")).execute()
    assert list(group) == [
        "kind", "id", "etag", "email", "name", "directMembersCount", "description", "adminCreated", "nonEditableAliases",
    ]  # fmt: skip
    assert (len(group["id"]), group["id"][0], group["directMembersCount"]) == (15, "0", "2")
    assert group["nonEditableAliases"] == [address("ventas") + ".test-google-a.com"]


def test_empty_group_lists_no_members(service: Service) -> None:
    """A list of nothing is kind and etag alone."""
    directory = service("admin", "directory_v1", ADMIN)
    made = directory.groups().insert(body={"email": address("vacio"), "name": "Vacío"}).execute()
    assert "directMembersCount" not in made
    assert set(directory.members().list(groupKey=made["id"]).execute()) == {"kind", "etag"}
    assert set(directory.groups().list(userKey=address("empleado.sin.rol")).execute()) == {"kind", "etag"}


def test_group_is_changed_renamed_and_deleted(service: Service) -> None:
    """`update` changes what it is given; the old address becomes an alias; a deleted group leaves the groups it was in."""
    directory = service("admin", "directory_v1", ADMIN)
    number = directory.groups().get(groupKey=address("operaciones")).execute()["id"]
    changed = directory.groups().update(groupKey=number, body={"description": "Custodia y rutas"}).execute()
    assert (changed["name"], changed["description"]) == ("Operaciones", "Custodia y rutas")
    renamed = directory.groups().patch(groupKey=number, body={"email": address("rutas")}).execute()
    assert (renamed["id"], renamed["aliases"]) == (number, [address("operaciones")])
    assert address("rutas") in str(directory.members().list(groupKey=address("areas")).execute())
    directory.groups().delete(groupKey=number).execute()
    assert refusal(directory.groups().get(groupKey=number))["message"] == "Resource Not Found: groupKey"
    assert address("rutas") not in str(directory.members().list(groupKey=address("areas")).execute())


def test_groups_of_an_account_and_by_search(service: Service) -> None:
    """userKey finds the groups that hold somebody directly, query those of a name, an address or a member."""
    groups = service("admin", "directory_v1", ADMIN).groups()

    def found(**asked: str) -> list[str]:
        return [group["email"] for group in groups.list(**asked).execute().get("groups", [])]

    assert found(userKey=address("operaciones.uno")) == [address("operaciones")]
    assert found(userKey=address("operaciones")) == [address("areas.control"), address("areas")]
    assert found(customer="my_customer", query=f"memberKey={address('operaciones.uno')}") == [address("operaciones")]
    assert found(customer="my_customer", query="email:areas*", sortOrder="DESCENDING") == [
        address("areas"),
        address("areas.control"),
    ]
    assert found(customer="my_customer", query="name='Ventas'") == [address("ventas")]
    error = refusal(groups.list(userKey=address("nadie")))
    assert (error["code"], error["message"]) == (400, "Invalid Input: memberKey")


def test_roles_of_members(service: Service) -> None:
    """Roles and mail delivery are kept, changed and listed by role; a list does not tell of delivery."""
    members = service("admin", "directory_v1", ADMIN).members()
    group, who = address("comercial"), address("vendedora.uno")
    made = members.insert(groupKey=group, body={"email": who, "role": "OWNER", "delivery_settings": "DIGEST"}).execute()
    assert list(made) == ["kind", "etag", "id", "email", "role", "type", "status", "delivery_settings"]
    assert [one["email"] for one in members.list(groupKey=group, roles="OWNER,MANAGER").execute()["members"]] == [who]
    changed = members.patch(groupKey=group, memberKey=made["id"], body={"role": "MANAGER"}).execute()
    assert (changed["role"], changed["delivery_settings"]) == ("MANAGER", "DIGEST")
    assert "delivery_settings" not in members.list(groupKey=group).execute()["members"][0]
    assert refusal(members.update(groupKey=group, memberKey=who, body={"role": "JEFA"}))["code"] == 400


def test_refusals_about_members(service: Service) -> None:
    """No member is 404, no account 400 required, a circle 400 conditionNotMet, hasMember of an outsider 400."""
    members = service("admin", "directory_v1", ADMIN).members()
    group = address("operaciones")
    error = refusal(members.delete(groupKey=group, memberKey=address("vendedora.uno")))
    assert (error["code"], error["message"]) == (404, "Resource Not Found: memberKey")
    error = refusal(members.delete(groupKey=group, memberKey=address("nadie")))
    assert (error["code"], error["message"], error["errors"][0]["reason"]) == (
        400,
        "Missing required field: memberKey",
        "required",
    )
    error = refusal(members.insert(groupKey=group, body={"email": address("areas")}))
    assert (error["code"], error["message"]) == (400, "Cyclic memberships not allowed")
    assert refusal(members.insert(groupKey=group, body={"email": group}))["message"] == "Cyclic memberships not allowed"
    error = refusal(members.hasMember(groupKey=group, memberKey="ana@otra.example.org"))
    assert (error["code"], error["message"]) == (400, "Invalid Input: memberKey")


def test_members_are_paged(service: Service) -> None:
    """A token goes on where the page ended; what is no token is 400."""
    members = service("admin", "directory_v1", ADMIN).members()
    first = members.list(groupKey=address("ventas"), maxResults=1).execute()
    second = members.list(groupKey=address("ventas"), maxResults=1, pageToken=first["nextPageToken"]).execute()
    assert len({one["email"] for one in first["members"] + second["members"]}) == 2
    assert "nextPageToken" not in second
    assert refusal(members.list(groupKey=address("ventas"), pageToken="¿?"))["code"] == 400
