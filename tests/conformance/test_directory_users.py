"""Directory v1: accounts, as the setup and the audits of access read and change them."""

from __future__ import annotations

import pytest

from tests.conformance.conftest import ADMIN, SERVICE_ACCOUNT, Emulator, Service, address
from tests.conformance.directory_kit import refusal

_NEW = {"primaryEmail": "nueva.cuenta@blindados-demo.example.com", "name": {"givenName": "Eneida", "familyName": "Tuñón"}}
_PASSWORD = {"password": "una-clave-larga"}


def test_account_has_the_members_of_google(service: Service) -> None:
    """An account is shown with the members that recorded answers have, in their order."""
    user = service("admin", "directory_v1", ADMIN).users().get(userKey=address("exempleado")).execute()
    assert list(user) == [
        "kind", "id", "etag", "primaryEmail", "name", "isAdmin", "isDelegatedAdmin", "lastLoginTime", "creationTime",
        "agreedToTerms", "suspended", "suspensionReason", "archived", "changePasswordAtNextLogin", "ipWhitelisted", "emails",
        "nonEditableAliases", "customerId", "orgUnitPath", "isMailboxSetup", "isEnrolledIn2Sv", "isEnforcedIn2Sv",
        "includeInGlobalAddressList",
    ]  # fmt: skip
    assert user["emails"][-1] == {"address": address("exempleado") + ".test-google-a.com"}
    assert len(user["id"]) == 21 and user["id"].isdigit()
    assert "/" in user["etag"] and user["etag"].startswith('"')


def test_new_account_is_answered_shortly_and_read_whole(service: Service) -> None:
    """users.insert answers with fewer members than users.get; the account is one of the domain from then on."""
    users = service("admin", "directory_v1", ADMIN).users()
    made = users.insert(body=_NEW | _PASSWORD | {"phones": [{"value": "+507 200-0000", "type": "work"}]}).execute()
    assert set(made) == {
        "kind", "id", "etag", "primaryEmail", "name", "isAdmin", "isDelegatedAdmin", "creationTime", "phones", "customerId",
        "orgUnitPath", "isMailboxSetup",
    }  # fmt: skip
    assert made["name"] == {"givenName": "Eneida", "familyName": "Tuñón"} and not made["isMailboxSetup"]
    read = users.get(userKey=made["id"]).execute()
    assert read["name"]["fullName"] == "Eneida Tuñón"
    assert read["phones"] == [{"value": "+507 200-0000", "type": "work"}]
    assert refusal(users.insert(body=_NEW | _PASSWORD))["errors"][0] == {
        "domain": "global",
        "reason": "duplicate",
        "message": "Entity already exists.",
    }


@pytest.mark.parametrize(
    ("change", "code", "message"),
    [
        ({"primaryEmail": "sin arroba"}, 400, "Invalid Input: primary_user_email"),
        ({"primaryEmail": "ana@otra.example.org"}, 404, "Domain not found."),
        ({"name": {"givenName": "", "familyName": "Paz"}}, 400, "Invalid Given/Family Name: GivenName"),
        ({"name": {"givenName": "Ana"}}, 400, "Invalid Given/Family Name: FamilyName"),
        ({"password": "corta"}, 400, "Invalid Password"),
        ({"orgUnitPath": "/Ventas"}, 400, "Invalid Input: INVALID_OU_ID"),
    ],
)
def test_account_that_cannot_be_is_refused(service: Service, change: dict[str, object], code: int, message: str) -> None:
    """The refusals of users.insert bear Google's sentences."""
    error = refusal(service("admin", "directory_v1", ADMIN).users().insert(body=_NEW | _PASSWORD | change))
    assert (error["code"], error["message"]) == (code, message)


def test_suspension_is_set_and_searched(service: Service) -> None:
    """A suspended account says why, and a search finds it; `update` leaves what it is not given."""
    users = service("admin", "directory_v1", ADMIN).users()
    who = address("vendedora.dos")
    changed = users.update(userKey=who, body={"suspended": True}).execute()
    assert (changed["suspended"], changed["suspensionReason"], changed["name"]["givenName"]) == (True, "ADMIN", "Yadira")
    found = users.list(customer="my_customer", query="isSuspended=true").execute()["users"]
    assert who in [user["primaryEmail"] for user in found]
    members = service("admin", "directory_v1", ADMIN).members()
    assert members.get(groupKey=address("ventas"), memberKey=who).execute()["status"] == "SUSPENDED"


def test_renamed_account_keeps_its_id_groups_and_old_address(service: Service) -> None:
    """The address before is an alias afterwards, and the groups know the new one."""
    directory = service("admin", "directory_v1", ADMIN)
    before = directory.users().get(userKey=address("vendedora.uno")).execute()
    after = directory.users().patch(userKey=before["id"], body={"primaryEmail": address("marisol")}).execute()
    assert (after["id"], after["aliases"]) == (before["id"], [address("vendedora.uno")])
    assert directory.users().get(userKey=address("vendedora.uno")).execute()["primaryEmail"] == address("marisol")
    assert directory.members().get(groupKey=address("ventas"), memberKey=address("marisol")).execute()["id"] == before["id"]


def test_search_orders_and_pages(service: Service) -> None:
    """orderBy, sortOrder, names with blanks in quotes, beginnings with a star, a word alone."""
    users = service("admin", "directory_v1", ADMIN).users()

    def found(**asked: object) -> list[str]:
        return [user["name"]["givenName"] for user in users.list(customer="my_customer", **asked).execute().get("users", [])]

    assert found(query="name:'Marisol Quintero Vega'") == ["Marisol"]
    assert found(query="givenName:Mari* familyName='quintero vega'") == ["Marisol"]
    assert found(query="email:vendedora*") == ["Yadira", "Marisol"]
    assert found(query="email:vendedora*", orderBy="givenName") == ["Marisol", "Yadira"]
    assert found(query="email:vendedora*", orderBy="givenName", sortOrder="DESCENDING") == ["Yadira", "Marisol"]
    assert found(query="marisol") == ["Marisol"]
    assert found(query="name:nadie") == []
    assert refusal(users.list(customer="my_customer", query="color=rojo"))["message"] == "Invalid Input: query"
    assert refusal(users.list())["message"] == "Bad Request"


def test_deleted_account_comes_back_within_twenty_days(emulator: Emulator, service: Service) -> None:
    """A deleted account is 404, listed under showDeleted, out of its groups, and back after undelete by its id."""
    directory = service("admin", "directory_v1", ADMIN)
    who = address("cartera.uno")
    number = directory.users().get(userKey=who).execute()["id"]
    directory.users().delete(userKey=who).execute()
    assert refusal(directory.users().get(userKey=who))["message"] == "Resource Not Found: userKey"
    assert who not in str(directory.members().list(groupKey=address("cartera")).execute())
    listed = directory.users().list(customer="my_customer", showDeleted="true").execute()["users"]
    assert [(user["id"], "deletionTime" in user) for user in listed] == [(number, True)]
    directory.users().undelete(userKey=number, body={"orgUnitPath": "/"}).execute()
    assert directory.members().hasMember(groupKey=address("cartera"), memberKey=who).execute() == {"isMember": True}
    directory.users().delete(userKey=who).execute()
    emulator.local("PUT", "clock", {"advance_s": 21 * 86400})
    assert refusal(directory.users().undelete(userKey=number, body={}))["code"] == 404


def test_aliases_of_accounts_and_groups(service: Service) -> None:
    """An alias is an address like any other: taken once, found by get, gone when deleted."""
    directory = service("admin", "directory_v1", ADMIN)
    made = directory.users().aliases().insert(userKey=address("vendedora.uno"), body={"alias": address("mostrador")}).execute()
    assert set(made) == {"kind", "id", "etag", "alias"}
    assert directory.users().get(userKey=address("mostrador")).execute()["primaryEmail"] == address("vendedora.uno")
    error = refusal(directory.groups().aliases().insert(groupKey=address("ventas"), body={"alias": address("mostrador")}))
    assert error["code"] == 409
    directory.groups().aliases().insert(groupKey=address("ventas"), body={"alias": address("comercio")}).execute()
    assert directory.groups().get(groupKey=address("comercio")).execute()["email"] == address("ventas")
    listed = directory.users().aliases().list(userKey=address("vendedora.uno")).execute()["aliases"]
    assert [one["alias"] for one in listed] == [address("mostrador")]
    directory.users().aliases().delete(userKey=address("vendedora.uno"), alias=address("mostrador")).execute()
    assert "aliases" not in directory.users().aliases().list(userKey=address("vendedora.uno")).execute()


def test_colleagues_are_seen_in_public_form(service: Service) -> None:
    """Anybody of the domain lists public profiles; nothing else, and no outsider."""
    users = service("admin", "directory_v1", "vendedora.uno").users()
    listed = users.list(customer="my_customer", viewType="domain_public").execute()["users"]
    assert all("suspended" not in user and "creationTime" not in user for user in listed)
    assert refusal(users.list(customer="my_customer"))["message"] == "Not Authorized to access this resource/api"
    outside = service("admin", "directory_v1", "cliente@otra.example.org").users()
    assert refusal(outside.list(customer="my_customer", viewType="domain_public"))["code"] == 403


def test_address_of_another_company_is_403(service: Service) -> None:
    """What is not of the domain cannot be asked about: 403, not 404."""
    directory = service("admin", "directory_v1", SERVICE_ACCOUNT)
    assert refusal(directory.users().get(userKey="ana@otra.example.org"))["code"] == 403
    assert refusal(directory.groups().get(groupKey="todos@otra.example.org"))["code"] == 403
    assert refusal(directory.groups().get(groupKey=address("nadie")))["message"] == "Resource Not Found: groupKey"


def test_administrators_are_made(service: Service) -> None:
    """makeAdmin lets an account administer, and takes it back."""
    users = service("admin", "directory_v1", ADMIN).users()
    users.makeAdmin(userKey=address("gerencia.uno"), body={"status": True}).execute()
    assert service("admin", "directory_v1", "gerencia.uno").users().get(userKey=ADMIN).execute()["isAdmin"]
    users.makeAdmin(userKey=address("gerencia.uno"), body={"status": False}).execute()
    assert refusal(service("admin", "directory_v1", "gerencia.uno").users().get(userKey=ADMIN))["code"] == 403
