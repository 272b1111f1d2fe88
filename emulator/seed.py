"""The company that a fresh Workspace holds, read from `seed.yaml` or a file of the same shape.

Shape: `domain`; `people` and `senders`: name before the @ -> {given, family, groups, admin, suspended, aliases};
`groups`: name -> {name, description, groups: the groups it belongs to}; `service_accounts`: name -> {address, scopes};
`shared_drives`: name -> {members: {address or name: role}, restrictions}. Addresses without @ belong to the domain.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import yaml

from emulator.directory import Directory, Group, Person
from emulator.drive.drives import seed_drive
from emulator.front import scopes_of
from emulator.kernel import World

DEFAULT = Path(__file__).with_name("seed.yaml")
_KEYS = frozenset(("domain", "people", "senders", "groups", "service_accounts", "shared_drives"))


class BadSeed(ValueError):
    """A seed that names what it does not define, or has a key nobody reads."""


def fingerprint(file: Path | None) -> str:
    """What tells one seed from another: the digest of its text."""
    return hashlib.sha256((file or DEFAULT).read_bytes()).hexdigest()


def plant(world: World, file: Path | None = None) -> None:
    """Fill an empty world with people, groups, service accounts and shared drives."""
    try:
        company = yaml.safe_load((file or DEFAULT).read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as problem:
        raise BadSeed(f"{file or DEFAULT}: this is not YAML: {' '.join(str(problem).split())}") from problem
    if not isinstance(company, dict) or not company.get("domain") or company.keys() - _KEYS:
        found = sorted(map(str, company)) if isinstance(company, dict) else repr(company)
        raise BadSeed(f"{file or DEFAULT}: expected a domain and keys of {sorted(_KEYS)}, found {found}")
    for key in _KEYS - {"domain"}:
        if not isinstance(company.get(key) or {}, dict):
            raise BadSeed(f"{file or DEFAULT}: {key}: expected a table by name, found {company[key]!r}")
    directory = world.directory
    directory.domain = str(company["domain"]).lower()
    directory.service_accounts = set()
    directory.delegations = {}
    for name, group in (company.get("groups") or {}).items():
        address = _address(directory, name)
        directory.add_group(Group(address, group.get("name", name), set(), group.get("description", "")))
    for name, group in (company.get("groups") or {}).items():
        _join(directory, _address(directory, name), group.get("groups", ()))
    for kind in ("people", "senders"):
        for name, person in (company.get(kind) or {}).items():
            _add_person(world, name, person or {}, sender=kind == "senders")
    for account in (company.get("service_accounts") or {}).values():
        address = account["address"].lower()
        directory.service_accounts.add(address)
        directory.delegations[address] = set(scopes_of(",".join(account.get("delegated_scopes", ()))))
    _plant_drives(world, company.get("shared_drives") or {})


def _address(directory: Directory, name: str) -> str:
    low = str(name).lower()
    return low if "@" in low else f"{low}@{directory.domain}"


def _join(directory: Directory, address: str, groups: Any) -> None:
    for name in groups:
        group = _address(directory, name)
        if group not in directory.groups:
            raise BadSeed(f"{address} belongs to the group {group}, which the seed does not define")
        directory.add_members(group, [address])


def _add_person(world: World, name: str, given: dict[str, Any], *, sender: bool) -> None:
    directory = world.directory
    address = _address(directory, name)
    first, family = given.get("given", ""), given.get("family", "")
    person = Person(
        address=address,
        name=given.get("name") or f"{first} {family}".strip() or name,
        given=first or given.get("name", name),
        family=family,
        suspended=bool(given.get("suspended", False)),
        aliases=tuple(_address(directory, alias) for alias in given.get("aliases", ())),
        admin=bool(given.get("admin", False)),
        sender=sender,
        created=world.clock.now(),
    )
    directory.add_person(person)
    _join(directory, address, given.get("groups", ()))


def _plant_drives(world: World, drives: dict[str, Any]) -> None:
    for name, drive in drives.items():
        members = {_address(world.directory, who): role for who, role in (drive.get("members") or {}).items()}
        seed_drive(world, name, members, drive.get("restrictions") or {})
