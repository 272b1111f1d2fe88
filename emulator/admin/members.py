"""Who belongs to a group, in which role."""

from __future__ import annotations

from emulator.admin.common import (
    duplicate,
    etag,
    group_id,
    group_of,
    id_of_address,
    invalid,
    listing,
    not_found,
    page,
    require_admin,
    user_id,
)
from emulator.directory import Directory, Group
from emulator.kernel import ApiError, Call, Json, handles

_ROLES = ("OWNER", "MANAGER", "MEMBER")
_DELIVERY = ("ALL_MAIL", "DAILY", "DIGEST", "DISABLED", "NONE")


def _id(directory: Directory, address: str) -> str:
    if address in directory.groups:
        return group_id(directory.groups[address])
    return user_id(directory.people[address]) if address in directory.people else id_of_address(address)


def _json(directory: Directory, group: Group, address: str) -> Json:
    role = group.roles.get(address, "MEMBER")
    return {
        "kind": "admin#directory#member",
        "etag": etag(group.address, address, role),
        "id": _id(directory, address),
        "email": address,
        "role": role,
        "type": "GROUP" if directory.is_group(address) else "USER",
        "status": "SUSPENDED" if directory.is_suspended(address) else "ACTIVE",
    }


def _whole(directory: Directory, group: Group, address: str) -> Json:
    """A member by itself: lists do not tell how it gets its mail."""
    return _json(directory, group, address) | {"delivery_settings": group.delivery.get(address, "ALL_MAIL")}


@handles("directory.members.list")
def list_members(call: Call) -> Json:
    """The direct members of a group, of the `roles` asked for; with `includeDerivedMembership` all people in it."""
    require_admin(call)
    directory = call.world.directory
    group = group_of(directory, call.path["groupKey"])
    derived = call.query.get("includeDerivedMembership", False)
    addresses = sorted(directory.members_of(group.address) if derived else group.members)
    roles = {role.strip().upper() for role in call.query.get("roles", "").split(",") if role.strip()}
    if not roles <= set(_ROLES):
        raise invalid("Invalid Input: roles")
    if roles:
        addresses = [address for address in addresses if group.roles.get(address, "MEMBER") in roles]
    shown, token = page(call, addresses, most=200, usual=200)
    return listing("members", "members", [_json(directory, group, address) for address in shown], token)


def _direct_member(call: Call, group: Group) -> str:
    """The member that a key names: 404 for an account that is none, 400 for what is no account."""
    directory, key = call.world.directory, call.path["memberKey"]
    address = directory.canonical(key)
    if address in group.members:
        return address
    for member in group.members:
        if _id(directory, member) == key:
            return member
    if "@" in address and directory.in_domain(address) and not directory.exists(address):
        raise ApiError(400, "Missing required field: memberKey", reason="required")
    raise not_found("memberKey")


@handles("directory.members.get")
def get_member(call: Call) -> Json:
    """One direct member of a group."""
    require_admin(call)
    directory = call.world.directory
    group = group_of(directory, call.path["groupKey"])
    return _whole(directory, group, _direct_member(call, group))


@handles("directory.members.hasMember")
def has_member(call: Call) -> Json:
    """Whether an account belongs to a group, directly or through another. What is nested must be of the domain."""
    require_admin(call)
    directory = call.world.directory
    group = group_of(directory, call.path["groupKey"])
    address = directory.canonical(call.path["memberKey"])
    if address in group.members:
        return {"isMember": True}
    if not directory.exists(address) or not directory.in_domain(address):
        raise invalid("Invalid Input: memberKey")
    return {"isMember": group.address in directory.groups_of(address)}


@handles("directory.members.insert")
def insert_member(call: Call) -> Json:
    """Put an account or group into a group."""
    require_admin(call)
    directory = call.world.directory
    group = group_of(directory, call.path["groupKey"])
    address = _wanted(directory, call.body)
    _check(call.body)
    if address in group.members:
        raise duplicate("Member already exists.")
    if address == group.address or address in directory.groups_of(group.address):
        raise ApiError(400, "Cyclic memberships not allowed", reason="conditionNotMet")
    directory.add_members(group.address, [address])
    _take_over(directory, group, address, call.body)
    return _whole(directory, group, address)


def _wanted(directory: Directory, body: Json) -> str:
    """The account that a body names by address or id."""
    address = directory.canonical(str(body.get("email") or ""))
    if not address and body.get("id"):
        known = [*directory.people, *directory.groups]
        address = next((one for one in known if _id(directory, one) == body["id"]), "")
    if "@" not in address or (directory.in_domain(address) and not directory.exists(address)):
        raise not_found("memberKey")
    return address


def _check(body: Json) -> None:
    if body.get("role", "MEMBER") not in _ROLES:
        raise invalid("Invalid Input: role")
    if body.get("delivery_settings", "ALL_MAIL") not in _DELIVERY:
        raise invalid("Invalid Input: delivery_settings")


def _take_over(directory: Directory, group: Group, address: str, body: Json) -> None:
    role, delivery = body.get("role"), body.get("delivery_settings")
    for given, usual, kept in ((role, "MEMBER", group.roles), (delivery, "ALL_MAIL", group.delivery)):
        if given is not None:
            kept.pop(address, None)
            if given != usual:
                kept[address] = given
    directory.add_group(group)


@handles("directory.members.update", "directory.members.patch")
def update_member(call: Call) -> Json:
    """Change a member's role or how it gets its mail."""
    require_admin(call)
    directory = call.world.directory
    group = group_of(directory, call.path["groupKey"])
    address = _direct_member(call, group)
    _check(call.body)
    _take_over(directory, group, address, call.body)
    return _whole(directory, group, address)


@handles("directory.members.delete")
def delete_member(call: Call) -> None:
    """Take an account or group out of a group."""
    require_admin(call)
    group = group_of(call.world.directory, call.path["groupKey"])
    call.world.directory.remove_member(group.address, _direct_member(call, group))
