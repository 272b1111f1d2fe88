"""The Directory API (admin.directory_v1): the users, groups and members that programs may read and change.

Only administrators and the company's service accounts are served; anybody of the domain may look up a colleague with
`viewType=domain_public`. Source: Directory API reference; refusal texts as seen in public logs.
"""

from __future__ import annotations

import hashlib
from typing import Any

from emulator.clock import rfc3339
from emulator.directory import Directory, Group, Person
from emulator.kernel import ApiError, Call, Json, handles

_CUSTOMER = "C0blindad"


def key_of(address: str) -> str:
    """The number by which the directory knows an address; the same on every start."""
    return str(10**20 + int.from_bytes(hashlib.sha256(address.encode()).digest()[:8], "big"))


def _require_admin(call: Call) -> None:
    if not call.world.directory.is_admin(call.actor):
        raise ApiError(403, "Not Authorized to access this resource/api", reason="forbidden")


def _not_found(place: str) -> ApiError:
    return ApiError(404, f"Resource Not Found: {place}", reason="notFound")


def _person(directory: Directory, key: str) -> Person:
    found = directory.people.get(directory.canonical(key))
    if found is None:
        found = next((person for person in directory.people.values() if key_of(person.address) == key), None)
    if found is None:
        raise _not_found("userKey")
    return found


def _group(directory: Directory, key: str) -> Group:
    found = directory.groups.get(key.lower())
    if found is None:
        found = next((group for group in directory.groups.values() if key_of(group.address) == key), None)
    if found is None:
        raise _not_found("groupKey")
    return found


def _etag(*parts: object) -> str:
    return '"' + hashlib.sha256(repr(parts).encode()).hexdigest()[:27] + '"'


def _user_json(person: Person) -> Json:
    shown: Json = {
        "kind": "admin#directory#user",
        "id": key_of(person.address),
        "etag": _etag(person.address, person.suspended, person.name),
        "primaryEmail": person.address,
        "name": {"givenName": person.given, "familyName": person.family, "fullName": person.name},
        "isAdmin": person.admin,
        "isDelegatedAdmin": False,
        "suspended": person.suspended,
        "archived": False,
        "creationTime": rfc3339(person.created),
        "emails": [{"address": person.address, "primary": True}, *({"address": alias} for alias in person.aliases)],
        "customerId": _CUSTOMER,
        "orgUnitPath": "/",
        "isMailboxSetup": True,
        "includeInGlobalAddressList": not person.sender,
    }
    if person.aliases:
        shown["aliases"] = list(person.aliases)
    return shown


def _group_json(group: Group) -> Json:
    return {
        "kind": "admin#directory#group",
        "id": key_of(group.address),
        "etag": _etag(group.address, group.name, sorted(group.members)),
        "email": group.address,
        "name": group.name,
        "directMembersCount": str(len(group.members)),
        "description": group.description,
        "adminCreated": True,
    }


def _member_json(directory: Directory, address: str) -> Json:
    shown = {
        "kind": "admin#directory#member",
        "etag": _etag(address),
        "id": key_of(address),
        "email": address,
        "role": "MEMBER",
        "type": "GROUP" if directory.is_group(address) else "USER",
    }
    if not directory.is_group(address):
        shown["status"] = "SUSPENDED" if directory.is_suspended(address) else "ACTIVE"
    return shown


def _page(call: Call, items: list[Any], most: int, usual: int) -> tuple[list[Any], str | None]:
    size = min(max(int(call.query.get("maxResults", usual)), 1), most)
    token = call.query.get("pageToken", "")
    if token and not token.isdigit():
        raise ApiError(400, "Invalid Input: pageToken", reason="invalid")
    start = int(token or 0)
    rest = start + size < len(items)
    return items[start : start + size], str(start + size) if rest else None


def _listing(kind: str, name: str, items: list[Json], token: str | None) -> Json:
    answer: Json = {"kind": f"admin#directory#{kind}", "etag": _etag(kind, items)}
    if items:
        answer[name] = items
    if token:
        answer["nextPageToken"] = token
    return answer


def _require_scope_of_search(call: Call) -> None:
    if not ({"customer", "domain", "userKey"} & call.query.keys()):
        raise ApiError(400, "Bad Request", reason="badRequest")
    domain = call.query.get("domain")
    if domain is not None and domain.lower() != call.world.directory.domain:
        raise ApiError(404, "Domain not found.", reason="notFound")


def _fits(person: Person, query: str) -> bool:
    """Whether an account fits a search such as `email:ana* isSuspended=false`."""
    for clause in query.split():
        name, mark, value = clause.partition(":") if ":" in clause else clause.partition("=")
        value = value.strip("'\"").lower()
        texts = {
            "email": [person.address, *person.aliases],
            "givenname": [person.given.lower()],
            "familyname": [person.family.lower()],
            "name": [person.name.lower()],
            "issuspended": [str(person.suspended).lower()],
            "isadmin": [str(person.admin).lower()],
        }.get(name.lower())
        if texts is None or not mark:
            raise ApiError(400, "Invalid Input: query", reason="invalid")
        begins = mark == ":" and value.endswith("*")
        if not any(text.startswith(value[:-1]) if begins else text == value for text in texts):
            return False
    return True


@handles("directory.users.get")
def get_user(call: Call) -> Json:
    """One account."""
    directory = call.world.directory
    public = call.query.get("viewType") == "domain_public" and directory.in_domain(call.actor)
    if not public:
        _require_admin(call)
    shown = _user_json(_person(directory, call.path["userKey"]))
    if public and not directory.is_admin(call.actor):
        return {key: shown[key] for key in ("kind", "id", "etag", "primaryEmail", "name", "emails")}
    return shown


@handles("directory.users.list")
def list_users(call: Call) -> Json:
    """The accounts of the domain, by address."""
    _require_admin(call)
    _require_scope_of_search(call)
    people = sorted(call.world.directory.people.values(), key=lambda person: person.address)
    found = [person for person in people if _fits(person, call.query.get("query", ""))]
    page, token = _page(call, found, most=500, usual=100)
    return _listing("users", "users", [_user_json(person) for person in page], token)


@handles("directory.groups.get")
def get_group(call: Call) -> Json:
    """One group."""
    _require_admin(call)
    return _group_json(_group(call.world.directory, call.path["groupKey"]))


@handles("directory.groups.list")
def list_groups(call: Call) -> Json:
    """The groups of the domain, or with `userKey` those that hold an address directly."""
    _require_admin(call)
    _require_scope_of_search(call)
    directory = call.world.directory
    groups = sorted(directory.groups.values(), key=lambda group: group.address)
    if "userKey" in call.query:
        address = directory.canonical(call.query["userKey"])
        groups = [group for group in groups if address in group.members]
    page, token = _page(call, groups, most=200, usual=200)
    return _listing("groups", "groups", [_group_json(group) for group in page], token)


@handles("directory.groups.insert")
def insert_group(call: Call) -> Json:
    """A new, empty group."""
    _require_admin(call)
    address = str(call.body.get("email", "")).lower()
    if "@" not in address:
        raise ApiError(400, "Invalid Input: email", reason="invalid")
    if not call.world.directory.in_domain(address):
        raise ApiError(404, "Domain not found.", reason="notFound")
    if call.world.directory.exists(address):
        raise ApiError(409, "Entity already exists.", reason="duplicate")
    group = Group(address, call.body.get("name") or address.split("@")[0], set(), call.body.get("description", ""))
    call.world.directory.add_group(group)
    return _group_json(group)


@handles("directory.members.list")
def list_members(call: Call) -> Json:
    """The direct members of a group; with `includeDerivedMembership` all people in it."""
    _require_admin(call)
    directory = call.world.directory
    group = _group(directory, call.path["groupKey"])
    derived = call.query.get("includeDerivedMembership", False)
    addresses = sorted(directory.members_of(group.address) if derived else group.members)
    page, token = _page(call, addresses, most=200, usual=200)
    return _listing("members", "members", [_member_json(directory, address) for address in page], token)


def _direct_member(call: Call, group: Group) -> str:
    key = call.path["memberKey"]
    address = call.world.directory.canonical(key)
    if address in group.members:
        return address
    for member in group.members:
        if key_of(member) == key:
            return member
    raise _not_found("memberKey")


@handles("directory.members.get")
def get_member(call: Call) -> Json:
    """One direct member of a group."""
    _require_admin(call)
    group = _group(call.world.directory, call.path["groupKey"])
    return _member_json(call.world.directory, _direct_member(call, group))


@handles("directory.members.hasMember")
def has_member(call: Call) -> Json:
    """Whether an account belongs to a group, directly or through another."""
    _require_admin(call)
    directory = call.world.directory
    group = _group(directory, call.path["groupKey"])
    address = directory.canonical(call.path["memberKey"])
    if not directory.exists(address):
        raise ApiError(400, "Invalid Input: memberKey", reason="invalid")
    return {"isMember": group.address in directory.groups_of(address)}


@handles("directory.members.insert")
def insert_member(call: Call) -> Json:
    """Put an account or group into a group."""
    _require_admin(call)
    directory = call.world.directory
    group = _group(directory, call.path["groupKey"])
    address = directory.canonical(str(call.body.get("email") or ""))
    if "@" not in address:
        raise _not_found("memberKey")
    if directory.in_domain(address) and not directory.exists(address):
        raise _not_found("memberKey")
    if address in group.members:
        raise ApiError(409, "Member already exists.", reason="duplicate")
    if (
        address == group.address
        or group.address in directory.members_of(address)
        or address in directory.groups_of(group.address)
    ):
        raise ApiError(400, "Invalid Input: memberKey", reason="cyclicMembershipsNotAllowed")
    directory.add_members(group.address, [address])
    return _member_json(directory, address)


@handles("directory.members.delete")
def delete_member(call: Call) -> None:
    """Take an account or group out of a group."""
    _require_admin(call)
    group = _group(call.world.directory, call.path["groupKey"])
    call.world.directory.remove_member(group.address, _direct_member(call, group))
