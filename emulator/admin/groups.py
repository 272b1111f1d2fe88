"""The groups of the domain."""

from __future__ import annotations

from emulator.admin import queries
from emulator.admin.common import (
    etag,
    group_id,
    group_of,
    invalid,
    listing,
    new_address,
    page,
    person_of,
    require_admin,
    require_place,
    test_alias,
)
from emulator.directory import Directory, Group
from emulator.kernel import ApiError, Call, Json, handles


def group_json(group: Group) -> Json:
    """A group as Google shows it."""
    shown: Json = {
        "kind": "admin#directory#group",
        "id": group_id(group),
        "etag": etag(group.address, group.name, group.description, group.aliases, sorted(group.members)),
        "email": group.address,
        "name": group.name,
        "directMembersCount": str(len(group.members)),
        "description": group.description,
        "adminCreated": True,
    }
    if group.aliases:
        shown["aliases"] = list(group.aliases)
    return shown | {"nonEditableAliases": [test_alias(group.address)]}


@handles("directory.groups.get")
def get_group(call: Call) -> Json:
    """One group."""
    require_admin(call)
    return group_json(group_of(call.world.directory, call.path["groupKey"]))


@handles("directory.groups.list")
def list_groups(call: Call) -> Json:
    """The groups of the domain by address, or with `userKey` those that hold an account or group directly."""
    require_admin(call)
    require_place(call)
    directory = call.world.directory
    groups = sorted(directory.groups.values(), key=lambda group: group.address)
    if "userKey" in call.query:
        member = _member(directory, call.query["userKey"])
        groups = [group for group in groups if member in group.members]
    groups = [group for group in groups if _fits(directory, group, call.query.get("query", ""))]
    if call.query.get("sortOrder") == "DESCENDING":
        groups.reverse()
    shown, token = page(call, groups, most=200, usual=200)
    return listing("groups", "groups", [group_json(group) for group in shown], token)


def _member(directory: Directory, key: str) -> str:
    """The address that `userKey` means; 400 for one that nobody and no group bears."""
    address = directory.canonical(key)
    if "@" in address and (directory.exists(address) or not directory.in_domain(address)):
        return address
    try:
        return person_of(directory, key).address
    except ApiError as error:
        raise invalid("Invalid Input: memberKey") from error


def _fits(directory: Directory, group: Group, query: str) -> bool:
    if not query:
        return True
    texts = {
        "email": [group.address, *group.aliases],
        "name": [group.name],
        "memberkey": sorted(
            group.members | {group_id(directory.groups[one]) for one in group.members if one in directory.groups}
        ),
    }
    return queries.fits(query, texts, ("email", "name"))


@handles("directory.groups.insert")
def insert_group(call: Call) -> Json:
    """A new, empty group. Its answer does not count members."""
    require_admin(call)
    address = new_address(call, call.body.get("email", ""), "Invalid Input: email")
    group = Group(address, call.body.get("name") or address.split("@")[0], set(), call.body.get("description", ""))
    call.world.directory.add_group(group)
    hidden = ("directMembersCount", "nonEditableAliases")
    return {name: value for name, value in group_json(group).items() if name not in hidden}


@handles("directory.groups.update", "directory.groups.patch")
def update_group(call: Call) -> Json:
    """Change what is given, `update` as `patch`. The old address of a group that is renamed becomes an alias."""
    require_admin(call)
    directory = call.world.directory
    group = group_of(directory, call.path["groupKey"])
    wanted = str(call.body.get("email", group.address)).lower()
    if wanted != group.address:
        if wanted not in group.aliases:
            new_address(call, wanted, "Invalid Input: email")
        old, group.number = group.address, group_id(group)
        group.aliases = (*(alias for alias in group.aliases if alias != wanted), old)
        group.address = wanted
        del directory.groups[old]
        directory.rename_member(old, wanted)
    group.name = call.body.get("name") or group.name
    group.description = call.body.get("description", group.description)
    directory.add_group(group)
    return group_json(group)


@handles("directory.groups.delete")
def delete_group(call: Call) -> None:
    """Delete a group; it is a member of no other any more."""
    require_admin(call)
    directory = call.world.directory
    group = group_of(directory, call.path["groupKey"])
    del directory.groups[group.address]
    directory.rename_member(group.address, "")
    directory.forget()
