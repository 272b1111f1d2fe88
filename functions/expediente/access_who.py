"""Who can see what: of a dossier, as Drive has it; of a person, as the table and the records say.

Groups are resolved by `company.yaml`; of a group that it does not resolve only the group is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from expediente import evidence
from expediente.access import hidden_places, parent_key, principal_of, wanted_grants
from expediente.access_audit import bearers
from expediente.folder import folder_step
from expediente.ids import person_ref
from expediente.model import Dossier
from expediente.process import GrantRule, Person, Process
from expediente.store import Store

if TYPE_CHECKING:
    from expediente.bootstrap import App


@dataclass(frozen=True)
class Sight:
    """One principal on one place. people: who that is, as far as company.yaml tells; inherited: from above."""

    place: str
    principal: str
    role: str
    people: tuple[str, ...]
    inherited: bool = False


def members(process: Process, address: str) -> list[Person]:
    """The people behind an address: a person, an area's or role's group, or a group that unites areas."""
    company, wanted = process.company, address.lower()
    alone = company.person(wanted)
    if alone is not None:
        return [alone]
    roles = {role.key for role in (*process.areas, *process.roles) if role.group.lower() == wanted}
    for key, group in company.groups.items():
        if group.lower() == wanted:
            roles |= set(company.umbrellas.get(key, ()))
    return [person for person in company.people if roles & set(person.roles)]


def of_dossier(app: App, dossier: Dossier) -> list[Sight]:
    """Everybody who can open something of a dossier, as Drive has it now; what a folder inherits is told at the root once."""
    found = []
    for bearer in bearers(app, app.google.drive, dossier):
        where = place_label(app.process, bearer.place)
        where += f" / {bearer.name}" if bearer.name and bearer.name != where else ""
        for grant in bearer.grants:
            if grant.view or (grant.inherited and bearer.place != "root"):
                continue
            address = grant.address or grant.kind
            people = tuple(person.name for person in members(app.process, address))
            found.append(Sight(where, address, grant.role, people, grant.inherited))
    return found


def place_label(process: Process, place: str) -> str:
    """The name of a place, as people know it."""
    named = next((folder.name for folder in process.access.folders if folder.key == place), "")
    return named or process.labels.get(f"access_place_{place}", place)


def last_acts(store: Store, process: Process, dossier: Dossier) -> dict[str, datetime]:
    """When each person of the company last did something that the chain holds, by address; Cumplimiento's review is not told."""
    people = {person_ref(person.address): person.address for person in process.company.people}
    events = evidence.events_of(store, dossier.dossier_id)
    told = [e for e in events if e.actor in people and not e.kind.startswith(evidence.CONFIDENTIAL)]
    return {people[e.actor]: e.at for e in told if not process.acts.confidential(e.data.get("about", ""))}


def of_person(process: Process, person: Person, dossiers: Iterable[Dossier]) -> Iterator[tuple[Dossier, Sight]]:
    """Every place of these dossiers that a person may open, by which principal. From the records; no call to Google."""
    for dossier in dossiers:
        granted = {(g.place, g.principal): g.role for g in dossier.grants.values()}
        unmade = {f.key for f in process.access.folders if f.on_demand and not dossier.done(folder_step(f.key))}
        granted |= {(w.place, w.principal): w.role for w in wanted_grants(process, dossier) if w.place not in unmade}
        for (place, principal), role in granted.items():
            if person in members(process, principal):
                yield dossier, Sight(place_label(process, place), principal, role, (person.name,))
        for sight in _inherited(process, person, dossier):
            yield dossier, sight


def _inherited(process: Process, person: Person, dossier: Dossier) -> Iterator[Sight]:
    """What reaches the dossier's open folders from its parent, and Cumplimiento's folder from its drive."""
    key = parent_key(process.access, dossier.state)
    parent = next(parent for parent in process.access.parents if parent.key == key)
    open_places = [folder.key for folder in process.access.folders if not folder.limited and folder.drive == "dossiers"]
    yield from _by_rules(process, person, parent.grants, ["root", *open_places])
    yield from _by_rules(process, person, process.access.drive("compliance").members, sorted(hidden_places(process)))


def _by_rules(process: Process, person: Person, rules: Iterable[GrantRule], where: Iterable[str]) -> Iterator[Sight]:
    for rule in rules:
        address, _ = principal_of(process, rule, None)
        if person in members(process, address):
            for place in where:
                yield Sight(place_label(process, place), address, rule.role, (person.name,), inherited=True)
