"""Whether an address that an account adds to its settings needs its owner's word first."""

from __future__ import annotations

from emulator.gmail.errors import invalid
from emulator.kernel import World


def wanted_address(written: str, refusal: str) -> str:
    """The address in lower case; 400 with that refusal for what is none."""
    address = written.strip().lower()
    name, _, host = address.partition("@")
    if not name or not host or "@" in host or " " in address or not address.isascii():
        raise invalid(refusal)
    return address


def is_trusted(world: World, address: str) -> bool:
    """Addresses of the company's domain are accepted at once; all are, under behaviour `address_verification` `accepted`."""
    return world.directory.in_domain(address) or world.behaviour.get("address_verification", "pending") == "accepted"
