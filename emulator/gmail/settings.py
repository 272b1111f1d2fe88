"""Send-as addresses: the account's own, its aliases, and those that were added."""

from __future__ import annotations

from emulator.gmail.account import own_box
from emulator.gmail.aliases import aliases_of
from emulator.gmail.errors import invalid, not_found
from emulator.gmail.model import Alias, Box, boxes
from emulator.kernel import ApiError, Call, Json, World, handles


def _alias_json(alias: Alias) -> Json:
    status = "accepted" if alias.accepted else "pending"
    shown: Json = {"sendAsEmail": alias.address, "displayName": alias.display_name, "verificationStatus": status}
    return shown | {"replyToAddress": alias.reply_to, "isPrimary": False, "isDefault": False, "treatAsAlias": True}


def _primary_json(world: World, box: Box) -> Json:
    name = world.directory.display_name(box.address)
    shown: Json = {"sendAsEmail": box.address, "displayName": name, "replyToAddress": "", "signature": ""}
    return shown | {"isPrimary": True, "isDefault": True}


@handles("gmail.users.settings.sendAs.list")
def list_send_as(call: Call) -> Json:
    """All send-as addresses, the primary first."""
    box = own_box(call)
    others = [_alias_json(alias) for alias in aliases_of(call.world, box).values()]
    return {"sendAs": [_primary_json(call.world, box), *others]}


@handles("gmail.users.settings.sendAs.get")
def get_send_as(call: Call) -> Json:
    """One send-as address."""
    box, wanted = own_box(call), call.path["sendAsEmail"].lower()
    if wanted == box.address:
        return _primary_json(call.world, box)
    alias = aliases_of(call.world, box).get(wanted)
    if alias is None:
        raise not_found()
    return _alias_json(alias)


@handles("gmail.users.settings.sendAs.create")
def create_send_as(call: Call) -> Json:
    """Add a send-as address. Addresses of the domain are accepted at once, others wait for their verification mail."""
    box, address = own_box(call), call.body.get("sendAsEmail", "").lower()
    if address.count("@") != 1:
        raise invalid("Invalid sendAsEmail")
    if address == box.address or address in aliases_of(call.world, box):
        raise ApiError(409, "Requested entity already exists", reason="alreadyExists", status="ALREADY_EXISTS")
    accepted = call.world.directory.in_domain(address)
    alias = Alias(address, call.body.get("displayName", ""), accepted, call.body.get("replyToAddress", ""))
    box.aliases[address] = alias
    boxes(call.world)[box.address] = box
    return _alias_json(alias)


@handles("gmail.users.settings.sendAs.delete")
def delete_send_as(call: Call) -> None:
    """Remove a send-as address that was added."""
    box, address = own_box(call), call.path["sendAsEmail"].lower()
    if address == box.address:
        raise invalid("The primary address cannot be deleted")
    if address not in box.aliases:
        raise not_found()
    del box.aliases[address]
    boxes(call.world)[box.address] = box
