"""Forwarding addresses, and passing on all mail that arrives."""

from __future__ import annotations

from emulator.gmail import rfc822
from emulator.gmail.account import own_box
from emulator.gmail.errors import already_exists, invalid, not_found
from emulator.gmail.model import Box, Message
from emulator.gmail.store import save
from emulator.gmail.verification import is_trusted, wanted_address
from emulator.kernel import Call, Json, handles

_AFTERWARDS: dict[str, tuple[list[str], list[str]]] = {
    "leaveInInbox": ([], []),
    "archive": ([], ["INBOX"]),
    "trash": (["TRASH"], ["INBOX"]),
    "markRead": ([], ["UNREAD"]),
}


def accepted_address(box: Box, address: str) -> str:
    """The address, if mail may be forwarded there; else 400."""
    if box.settings.forwarding.get(address.lower()) != "accepted":
        raise invalid("Unrecognized forwarding address")
    return address.lower()


@handles("gmail.users.settings.forwardingAddresses.list")
def list_addresses(call: Call) -> Json | None:
    """All forwarding addresses; 204 when there is none."""
    found = [_json(*pair) for pair in own_box(call).settings.forwarding.items()]
    return {"forwardingAddresses": found} if found else None


def _json(address: str, status: str) -> Json:
    return {"forwardingEmail": address, "verificationStatus": status}


@handles("gmail.users.settings.forwardingAddresses.get")
def get_address(call: Call) -> Json:
    """One forwarding address."""
    return _json(*_known(own_box(call), call.path["forwardingEmail"]))


def _known(box: Box, written: str) -> tuple[str, str]:
    address = written.lower()
    if address not in box.settings.forwarding:
        raise not_found()
    return address, box.settings.forwarding[address]


@handles("gmail.users.settings.forwardingAddresses.create")
def create_address(call: Call) -> Json:
    """Add a forwarding address. Those of the domain are accepted at once, others wait to be verified."""
    box = own_box(call)
    address = wanted_address(call.body.get("forwardingEmail", ""), "Invalid forwarding address")
    if address == box.address:
        raise invalid("Invalid forwarding address")
    if address in box.settings.forwarding:
        raise already_exists()
    box.settings.forwarding[address] = "accepted" if is_trusted(call.world, address) else "pending"
    save(call.world, box)
    return _json(address, box.settings.forwarding[address])


@handles("gmail.users.settings.forwardingAddresses.delete")
def delete_address(call: Call) -> None:
    """Delete a forwarding address; nothing is forwarded there any more."""
    box = own_box(call)
    address, _ = _known(box, call.path["forwardingEmail"])
    del box.settings.forwarding[address]
    if box.settings.auto_forwarding.get("emailAddress") == address:
        box.settings.auto_forwarding = {"enabled": False}
    save(call.world, box)


@handles("gmail.users.settings.getAutoForwarding")
def get_auto_forwarding(call: Call) -> Json:
    """Where all mail goes on to."""
    return own_box(call).settings.auto_forwarding


@handles("gmail.users.settings.updateAutoForwarding")
def update_auto_forwarding(call: Call) -> Json:
    """Pass on all mail that arrives from now on, or stop."""
    box = own_box(call)
    made: Json = {"enabled": bool(call.body.get("enabled", False))}
    if made["enabled"] or "emailAddress" in call.body:
        made["emailAddress"] = accepted_address(box, call.body.get("emailAddress", ""))
    if call.body.get("disposition") in _AFTERWARDS:
        made["disposition"] = call.body["disposition"]
    elif made["enabled"]:
        raise invalid("Invalid disposition")
    box.settings.auto_forwarding = made
    save(call.world, box)
    return made


def apply(box: Box, message: Message) -> list[str]:
    """Label a message that arrives as forwarding says; returns where it goes on to."""
    setting = box.settings.auto_forwarding
    if not setting["enabled"]:
        return []
    new, gone = _AFTERWARDS[setting["disposition"]]
    message.labels = [label_id for label_id in message.labels if label_id not in gone]
    message.labels += [label_id for label_id in new if label_id not in message.labels]
    return [setting["emailAddress"]]


def redirected(raw: bytes, address: str, target: str) -> bytes | None:
    """The mail as it goes on, its sender kept; None when it has been at the target before."""
    passed = {text.lower() for name, text in rfc822.parse(raw).headers if name.lower() == "x-forwarded-for"}
    if any(target in text.split() for text in passed):
        return None
    return f"X-Forwarded-To: {target}\r\nX-Forwarded-For: {address} {target}\r\n".encode() + raw
