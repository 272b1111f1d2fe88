"""Who may read and answer an account's mail on Gmail's pages. The API never lets a delegate into the mailbox."""

from __future__ import annotations

from emulator.gmail.account import own_box
from emulator.gmail.errors import already_exists, invalid, not_found
from emulator.gmail.store import save
from emulator.kernel import Call, Json, handles


def _json(address: str) -> Json:
    return {"delegateEmail": address, "verificationStatus": "accepted"}


@handles("gmail.users.settings.delegates.list")
def list_delegates(call: Call) -> Json | None:
    """All delegates; 204 when there is none, as Gmail answers whatever is empty."""
    found = [_json(address) for address in own_box(call).settings.delegates]
    return {"delegates": found} if found else None


@handles("gmail.users.settings.delegates.get")
def get_delegate(call: Call) -> Json:
    """One delegate."""
    address = call.path["delegateEmail"].lower()
    if address not in own_box(call).settings.delegates:
        raise not_found()
    return _json(address)


@handles("gmail.users.settings.delegates.create")
def create_delegate(call: Call) -> Json:
    """Add a person of the same company, who is accepted at once."""
    box = own_box(call)
    address = call.body.get("delegateEmail", "").lower()
    person = call.world.directory.people.get(address)
    if person is None or person.suspended or address == box.address:
        raise invalid("Invalid delegate")
    if address in box.settings.delegates:
        raise already_exists()
    box.settings.delegates.append(address)
    save(call.world, box)
    return _json(address)


@handles("gmail.users.settings.delegates.delete")
def delete_delegate(call: Call) -> None:
    """Remove a delegate."""
    box, address = own_box(call), call.path["delegateEmail"].lower()
    if address not in box.settings.delegates:
        raise not_found()
    box.settings.delegates.remove(address)
    save(call.world, box)
