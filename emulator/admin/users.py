"""The accounts of the domain: made, read, changed, suspended, deleted and brought back for twenty days."""

from __future__ import annotations

from datetime import timedelta

from emulator.admin import queries
from emulator.admin.common import (
    CUSTOMER,
    etag,
    invalid,
    listing,
    new_address,
    not_found,
    page,
    person_of,
    require_admin,
    require_place,
    test_alias,
    user_id,
)
from emulator.clock import rfc3339
from emulator.directory import Directory, Person
from emulator.kernel import ApiError, Call, Json, handles

_KEPT_FOR = timedelta(days=20)
_PUBLIC = ("kind", "id", "etag", "primaryEmail", "name", "emails")
_SWITCHES = ("changePasswordAtNextLogin", "ipWhitelisted", "includeInGlobalAddressList", "archived")
# Kept and given back as they come, an empty list takes them away.
_PROFILE = (
    "externalIds", "relations", "addresses", "organizations", "phones", "languages", "ims", "websites", "keywords", "gender",
    "locations", "notes", "posixAccounts", "sshPublicKeys", "recoveryEmail", "recoveryPhone",
)  # fmt: skip


def user_json(person: Person) -> Json:
    """An account as an administrator sees it."""
    extras = person.extras
    shown: Json = {
        "kind": "admin#directory#user",
        "id": user_id(person),
        "etag": etag(person),
        "primaryEmail": person.address,
        "name": {"givenName": person.given, "familyName": person.family, "fullName": person.name},
        "isAdmin": person.admin,
        "isDelegatedAdmin": False,
        "lastLoginTime": "1970-01-01T00:00:00.000Z",
        "creationTime": rfc3339(person.created),
    }
    if person.deleted_at is not None:
        shown["deletionTime"] = rfc3339(person.deleted_at)
    shown |= {"agreedToTerms": True, "suspended": person.suspended}
    if person.suspended:
        shown["suspensionReason"] = "ADMIN"
    shown |= {
        "archived": extras.get("archived", False),
        "changePasswordAtNextLogin": extras.get("changePasswordAtNextLogin", False),
        "ipWhitelisted": extras.get("ipWhitelisted", False),
        "emails": _emails(person),
    }
    shown |= {name: extras[name] for name in _PROFILE[:-2] if name in extras}
    if person.aliases:
        shown["aliases"] = list(person.aliases)
    shown |= {
        "nonEditableAliases": [test_alias(person.address)],
        "customerId": CUSTOMER,
        "orgUnitPath": "/",
        "isMailboxSetup": True,
        "isEnrolledIn2Sv": False,
        "isEnforcedIn2Sv": False,
        "includeInGlobalAddressList": extras.get("includeInGlobalAddressList", not person.sender),
    }
    return shown | {name: extras[name] for name in _PROFILE[-2:] if name in extras}


def _emails(person: Person) -> list[Json]:
    others = [{"address": alias} for alias in person.aliases]
    own: list[Json] = [{"address": person.address, "primary": True}]
    return [*person.extras.get("emails", []), *own, *others, {"address": test_alias(person.address)}]


def _is_public(call: Call) -> bool:
    """Whether the caller asks for what everybody of the domain may see; everything else needs an administrator."""
    if call.query.get("viewType") == "domain_public" and call.world.directory.in_domain(call.actor):
        return True
    require_admin(call)
    return False


def _shown(call: Call, person: Person, *, public: bool) -> Json:
    shown = user_json(person)
    if not public or call.world.directory.is_admin(call.actor):
        return shown
    return {name: shown[name] for name in _PUBLIC} | {"emails": [{"address": person.address, "primary": True}]}


@handles("directory.users.get")
def get_user(call: Call) -> Json:
    """One account."""
    public = _is_public(call)
    return _shown(call, person_of(call.world.directory, call.path["userKey"]), public=public)


@handles("directory.users.list")
def list_users(call: Call) -> Json:
    """The accounts of the domain, by address; with `showDeleted=true` those that were deleted within twenty days."""
    public = _is_public(call)
    require_place(call)
    directory, order = call.world.directory, call.query.get("orderBy", "email")
    people = _deleted(call) if call.query.get("showDeleted") == "true" else list(directory.people.values())
    people.sort(key=lambda one: ({"givenName": one.given, "familyName": one.family}.get(order, "").lower(), one.address))
    if call.query.get("sortOrder") == "DESCENDING":
        people.reverse()
    found = [person for person in people if _fits(directory, person, call.query.get("query", ""))]
    shown, token = page(call, found, most=500, usual=100)
    return listing("users", "users", [_shown(call, person, public=public) for person in shown], token)


def _fits(directory: Directory, person: Person, query: str) -> bool:
    if not query:
        return True
    texts = {
        "email": [person.address, *person.aliases],
        "givenname": [person.given],
        "familyname": [person.family],
        "name": [person.name],
        "issuspended": [str(person.suspended)],
        "isarchived": [str(person.extras.get("archived", False))],
        "isadmin": [str(person.admin)],
        "isdelegatedadmin": ["False"],
        "isenrolledin2sv": ["False"],
        "orgunitpath": ["/"],
        "externalid": [str(one.get("value", "")) for one in person.extras.get("externalIds", [])],
        "orgtitle": [str(one.get("title", "")) for one in person.extras.get("organizations", [])],
        "orgdepartment": [str(one.get("department", "")) for one in person.extras.get("organizations", [])],
    }
    return queries.fits(query, texts, ("email", "givenname", "familyname"))


@handles("directory.users.insert")
def insert_user(call: Call) -> Json:
    """A new account. The answer is shorter than what `get` shows a moment later."""
    require_admin(call)
    body = call.body
    name = body.get("name", {})
    address = new_address(call, body.get("primaryEmail", ""), "Invalid Input: primary_user_email")
    person = Person(address, "", "", "", created=call.now)
    _check_names(name.get("givenName", ""), name.get("familyName", ""))
    if not 8 <= len(body.get("password", "")) <= 100:
        raise invalid("Invalid Password")
    _take_over(person, body)
    call.world.directory.add_person(person)
    whole = user_json(person)
    wanted = ("kind", "id", "etag", "primaryEmail", "name", "isAdmin", "isDelegatedAdmin", "creationTime")
    answer = {name: whole[name] for name in wanted} | {name: whole[name] for name in (*_SWITCHES, *_PROFILE) if name in body}
    answer["name"] = {"givenName": person.given, "familyName": person.family}
    if person.suspended:
        answer["suspended"] = True
    return answer | {"customerId": CUSTOMER, "orgUnitPath": "/", "isMailboxSetup": False}


def _check_names(given: str, family: str) -> None:
    for text, name in ((given, "GivenName"), (family, "FamilyName")):
        if not text.strip() or len(text) > 60:
            raise invalid(f"Invalid Given/Family Name: {name}")


def _take_over(person: Person, body: Json) -> None:
    """Write what a body says into an account; 400 for units and schemas, of which there are none, before any change."""
    if body.get("orgUnitPath", "/") != "/":
        raise invalid("Invalid Input: INVALID_OU_ID")
    if body.get("customSchemas"):
        raise invalid("Invalid Input: custom_schema")
    if "password" in body and not 8 <= len(body["password"]) <= 100:
        raise invalid("Invalid Password")
    name = body.get("name", {})
    given, family = name.get("givenName", person.given), name.get("familyName", person.family)
    if "name" in body:
        _check_names(given, family)
    person.given, person.family = given, family
    person.name = f"{given} {family}".strip() if "name" in body else person.name
    person.suspended = bool(body.get("suspended", person.suspended))
    extras = dict(person.extras) | {key: body[key] for key in (*_SWITCHES, *_PROFILE) if key in body}
    if "emails" in body:
        own = {person.address, test_alias(person.address), *person.aliases}
        extras["emails"] = [one for one in body["emails"] or [] if str(one.get("address", "")).lower() not in own]
    person.extras = {key: value for key, value in extras.items() if value not in ([], "", None)}


@handles("directory.users.update", "directory.users.patch")
def update_user(call: Call) -> Json:
    """Change what is given, `update` as `patch`. The old address of an account that is renamed becomes an alias."""
    require_admin(call)
    directory = call.world.directory
    person = person_of(directory, call.path["userKey"])
    wanted = str(call.body.get("primaryEmail", person.address)).lower()
    if wanted != person.address and wanted not in person.aliases:
        new_address(call, wanted, "Invalid Input: primary_user_email")
    _take_over(person, call.body)
    if wanted != person.address:
        old, person.number = person.address, user_id(person)
        person.aliases = (*(alias for alias in person.aliases if alias != wanted), old)
        person.address = wanted
        del directory.people[old]
        directory.rename_member(old, wanted)
    directory.add_person(person)
    return user_json(person)


@handles("directory.users.makeAdmin")
def make_admin(call: Call) -> None:
    """Make an account an administrator, or take it back."""
    require_admin(call)
    person = person_of(call.world.directory, call.path["userKey"])
    person.admin = bool(call.body.get("status", False))
    call.world.directory.add_person(person)


@handles("directory.users.signOut")
def sign_out(call: Call) -> None:
    """End an account's sessions, of which there are none here."""
    require_admin(call)
    person_of(call.world.directory, call.path["userKey"])


@handles("directory.users.delete")
def delete_user(call: Call) -> None:
    """Delete an account; it leaves its groups, and its address is free at once."""
    require_admin(call)
    directory = call.world.directory
    person = person_of(directory, call.path["userKey"])
    person.number, person.deleted_at = user_id(person), call.now
    person.groups = tuple(group.address for group in directory.groups.values() if person.address in group.members)
    del directory.people[person.address]
    directory.rename_member(person.address, "")
    directory.deleted[person.number] = person
    directory.forget()


def _deleted(call: Call) -> list[Person]:
    found = call.world.directory.deleted.values()
    return [one for one in found if one.deleted_at is not None and call.now - one.deleted_at < _KEPT_FOR]


@handles("directory.users.undelete")
def undelete_user(call: Call) -> None:
    """Bring back an account by its id, with the groups it was in."""
    require_admin(call)
    directory = call.world.directory
    person = next((one for one in _deleted(call) if one.number == call.path["userKey"]), None)
    if person is None:
        raise not_found("userKey")
    if call.body.get("orgUnitPath", "/") != "/":
        raise invalid("Invalid Input: INVALID_OU_ID")
    if directory.canonical(person.address) in directory.people or person.address in directory.groups:
        raise ApiError(412, "Cannot undelete a user whose address is in use", reason="conditionNotMet")
    del directory.deleted[person.number]
    person.deleted_at = None
    directory.add_person(person)
    for group in person.groups:
        if group in directory.groups:
            directory.add_members(group, [person.address])
    person.groups = ()
