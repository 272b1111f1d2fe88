"""The addresses that an account may send as, besides its own."""

from __future__ import annotations

from emulator.gmail.model import Alias, Box
from emulator.kernel import World


def aliases_of(world: World, box: Box) -> dict[str, Alias]:
    """Every accepted or pending send-as address besides the account's own; directory aliases are accepted from birth."""
    person = world.directory.people.get(box.address)
    born = {address: Alias(address) for address in (person.aliases if person is not None else ())}
    return born | box.aliases
