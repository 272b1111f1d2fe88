"""Further addresses of accounts and groups."""

from __future__ import annotations

from emulator.admin.common import etag, group_id, group_of, invalid, listing, new_address, person_of, require_admin, user_id
from emulator.directory import Group, Person
from emulator.kernel import ApiError, Call, Json, handles


def _record(call: Call) -> Person | Group:
    require_admin(call)
    directory = call.world.directory
    if "userKey" in call.path:
        return person_of(directory, call.path["userKey"])
    return group_of(directory, call.path["groupKey"])


def _json(record: Person | Group, alias: str) -> Json:
    number = user_id(record) if isinstance(record, Person) else group_id(record)
    return {
        "kind": "admin#directory#alias",
        "id": number,
        "etag": etag(record.address, alias),
        "primaryEmail": record.address,
        "alias": alias,
    }


def _save(call: Call, record: Person | Group, aliases: tuple[str, ...]) -> None:
    record.aliases = aliases
    if isinstance(record, Person):
        call.world.directory.add_person(record)
    else:
        call.world.directory.add_group(record)


@handles("directory.users.aliases.list", "directory.groups.aliases.list")
def list_aliases(call: Call) -> Json:
    """The further addresses of one account or group."""
    record = _record(call)
    return listing("aliases", "aliases", [_json(record, alias) for alias in record.aliases], None)


@handles("directory.users.aliases.insert", "directory.groups.aliases.insert")
def insert_alias(call: Call) -> Json:
    """One more address. The answer does not name the first one."""
    record = _record(call)
    alias = new_address(call, call.body.get("alias", ""), "Invalid Input: alias")
    _save(call, record, (*record.aliases, alias))
    return {name: value for name, value in _json(record, alias).items() if name != "primaryEmail"}


@handles("directory.users.aliases.delete", "directory.groups.aliases.delete")
def delete_alias(call: Call) -> None:
    """Take an address away."""
    record, alias = _record(call), call.path["alias"].lower()
    if alias == record.address:
        raise invalid("Invalid Input: resource")
    if alias not in record.aliases:
        raise ApiError(404, "Resource Not Found: resourceId", reason="notFound")
    _save(call, record, tuple(one for one in record.aliases if one != alias))
