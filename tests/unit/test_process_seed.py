"""The invented company of the tables is the one that the local Workspace is born with."""

from __future__ import annotations

from typing import Any

import yaml

from expediente import process
from tests.unit.process_copy import ROOT

TABLES = process.load(ROOT)
SEED: dict[str, Any] = yaml.safe_load((ROOT / "emulator" / "seed.yaml").read_text(encoding="utf-8"))


def named(address: str) -> str:
    """The address as the seed writes it."""
    return address.removesuffix(f"@{SEED['domain']}")


def test_every_person_of_the_tables_has_an_account_with_that_name() -> None:
    """Who works in an area can sign in."""
    accounts = {key: f"{person['given']} {person['family']}" for key, person in SEED["people"].items()}
    assert {named(person.address): person.name for person in TABLES.company.people}.items() <= accounts.items()


def test_every_person_is_in_the_group_of_each_of_their_roles() -> None:
    """A right that is given to a group reaches whom the tables mean."""
    for person in TABLES.company.people:
        groups = SEED["people"][named(person.address)]["groups"]
        assert all(named(TABLES.group_of(role)) in groups for role in person.roles), person.address


def test_every_group_and_sender_exists() -> None:
    """No right and no mail goes to an address that is not there."""
    groups = {named(item.group) for item in (*TABLES.areas, *TABLES.roles)} | {named(g) for g in TABLES.company.groups.values()}
    assert groups <= set(SEED["groups"]) and {named(s) for s in TABLES.company.senders.values()} <= set(SEED["senders"])


def test_sala_opens_sheets_but_no_folders() -> None:
    """The group that reads folders holds every area but Sala; the one of the sheets holds all."""
    within = {key: set(group.get("groups", [])) for key, group in SEED["groups"].items()}
    assert all("areas.control" in within[named(area.group)] for area in TABLES.areas)
    assert [area.key for area in TABLES.areas if "areas" not in within[named(area.group)]] == ["sala_procesamiento"]
