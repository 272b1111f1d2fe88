"""The addresses that an account may send as, its own among them."""

from __future__ import annotations

from emulator.gmail.model import Alias, Box
from emulator.gmail.search import Reader
from emulator.kernel import World


def aliases_of(world: World, box: Box) -> dict[str, Alias]:
    """Every send-as address by address, the account's own first; aliases that the directory gives are accepted from birth."""
    person = world.directory.people.get(box.address)
    own = Alias(box.address, world.directory.display_name(box.address))
    born = {address: Alias(address, treat_as_alias=True) for address in (person.aliases if person is not None else ())}
    return {box.address: own} | born | box.aliases


def default_alias(world: World, box: Box) -> Alias:
    """The address that stands in From when a mail names none."""
    known = aliases_of(world, box)
    return known.get(box.default_alias) or known[box.address]


def name_of(world: World, box: Box, alias: Alias) -> str:
    """The name that stands beside a send-as address: its own, or the account's."""
    return alias.display_name or aliases_of(world, box)[box.address].display_name


def reader_of(world: World, box: Box) -> Reader:
    """The account as one who searches its own mailbox."""
    names = {label.id: label.name for label in box.labels.values()}
    return Reader(names, frozenset(aliases_of(world, box)), world.clock.now())
