"""Who exists: people, groups, service accounts; and who belongs to whom.

Addresses are lower case everywhere. A group may hold groups; membership is always taken with all nesting.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from emulator.kernel import Json, Table

SERVICE_ACCOUNT_HOST = ".iam.gserviceaccount.com"


@dataclass
class Person:
    """An account of the domain. `sender`: a mailbox that no person uses; `admin`: may change the directory.

    number: the id of an account that was renamed; others have one that follows from the address.
    extras: what else a program has written into it (phones, organizations, switches), as the Directory API names it.
    deleted_at, groups: of a deleted account, when and from which groups it went.
    """

    address: str
    name: str
    given: str
    family: str
    suspended: bool = False
    aliases: tuple[str, ...] = ()
    admin: bool = False
    sender: bool = False
    created: datetime = field(default_factory=lambda: datetime.now(UTC))
    number: str = ""
    extras: Json = field(default_factory=dict)
    deleted_at: datetime | None = None
    groups: tuple[str, ...] = ()


@dataclass
class Group:
    """A group; members are addresses of people, groups or outsiders.

    number: the id of a group that was renamed. roles and delivery: of the members that are not plain ones with all mail.
    """

    address: str
    name: str
    members: set[str] = field(default_factory=set)
    description: str = ""
    aliases: tuple[str, ...] = ()
    number: str = ""
    roles: dict[str, str] = field(default_factory=dict)
    delivery: dict[str, str] = field(default_factory=dict)


class Directory:
    """The accounts of one Workspace. Change groups through its functions only: who belongs where is remembered."""

    def __init__(self) -> None:
        self.domain = ""
        self.people: Table[Person] = Table("directory.people")
        self.groups: Table[Group] = Table("directory.groups")
        self.seen: Table[bool] = Table("directory.seen")
        self.deleted: Table[Person] = Table("directory.deleted")
        self.service_accounts: set[str] = set()
        self.delegations: dict[str, set[str]] = {}
        self._identities: dict[str, frozenset[str]] = {}
        self._aliases: dict[str, str] = {}

    def forget(self) -> None:
        """Drop what was remembered about nesting and aliases, after a change from outside."""
        self._identities.clear()
        records: list[Person | Group] = [*self.people.values(), *self.groups.values()]
        self._aliases = {alias: record.address for record in records for alias in record.aliases}

    def add_person(self, person: Person) -> None:
        """Take in an account."""
        self.people[person.address] = person
        self.forget()

    def add_group(self, group: Group) -> None:
        """Take in a group."""
        self.groups[group.address] = group
        self.forget()

    def add_members(self, group: str, addresses: Iterable[str]) -> None:
        """Put people or groups into a group."""
        record = self.groups[group]
        record.members |= {address.lower() for address in addresses}
        self.groups[group] = record
        self.forget()

    def remove_member(self, group: str, address: str) -> None:
        """Take a person or group out of a group."""
        record = self.groups[group]
        record.members.discard(address)
        record.roles.pop(address, None)
        record.delivery.pop(address, None)
        self.groups[group] = record
        self.forget()

    def rename_member(self, old: str, new: str) -> None:
        """Let every group know an account or group by its new address; "" takes it out."""
        for group in list(self.groups.values()):
            if old in group.members:
                role, delivery = group.roles.get(old), group.delivery.get(old)
                self.remove_member(group.address, old)
                if new:
                    group.roles |= {new: role} if role else {}
                    group.delivery |= {new: delivery} if delivery else {}
                    self.add_members(group.address, [new])

    def canonical(self, address: str) -> str:
        """The account behind an address: lower case, aliases resolved."""
        low = address.strip().lower()
        return self._aliases.get(low, low)

    def mailbox(self, address: str) -> str:
        """Where mail to an address goes: within the domain `name+anything` is `name`, unless it is an address of its own."""
        low = self.canonical(address)
        name, plus, rest = low.partition("+")
        if not plus or not self.in_domain(low) or low in self.people or low in self.groups:
            return low
        return self.canonical(name + rest[rest.index("@") :])

    def acted(self, address: str) -> None:
        """Remember that somebody used this address, which is then an account like any other."""
        if address not in self.seen:
            self.seen[address] = True

    def exists(self, address: str) -> bool:
        """Whether there is an account or group behind the address."""
        low = self.canonical(address)
        return low in self.people or low in self.groups or low in self.service_accounts or low in self.seen

    def is_suspended(self, address: str) -> bool:
        """Whether the account exists and is suspended."""
        person = self.people.get(address)
        return person is not None and person.suspended

    def is_admin(self, address: str) -> bool:
        """Whether the account administers the domain: an administrator, or a service account of the company."""
        person = self.people.get(address)
        return address in self.service_accounts or (person is not None and person.admin)

    def is_group(self, address: str) -> bool:
        """Whether the address is that of a group."""
        return self.canonical(address) in self.groups

    def is_service_account(self, address: str) -> bool:
        """Whether the address is that of a service account, of this company or another."""
        low = address.lower()
        return low.endswith(SERVICE_ACCOUNT_HOST) or low in self.service_accounts

    def identities(self, address: str) -> frozenset[str]:
        """The address and all groups it belongs to, lower case: whatever a grant may name to reach it."""
        low = self.canonical(address)
        found = self._identities.get(low)
        if found is None:
            found = self._identities[low] = frozenset(self._climb(low))
        return found

    def groups_of(self, address: str) -> frozenset[str]:
        """All groups that hold the address, nested ones too."""
        return self.identities(address) - {self.canonical(address)}

    def members_of(self, group: str) -> frozenset[str]:
        """All people in a group, through all groups in it."""
        people: set[str] = set()
        seen: set[str] = set()
        open_groups = [self.canonical(group)]
        while open_groups:
            record = self.groups.get(open_groups.pop())
            if record is None or record.address in seen:
                continue
            seen.add(record.address)
            for member in record.members:
                if member in self.groups:
                    open_groups.append(member)
                else:
                    people.add(member)
        return frozenset(people)

    def in_domain(self, address: str) -> bool:
        """Whether the address belongs to the company's domain."""
        return address.lower().endswith("@" + self.domain)

    def display_name(self, address: str) -> str:
        """The name that Google shows for an address; for outsiders the part before the @."""
        low = self.canonical(address)
        if low in self.people:
            return self.people[low].name
        if low in self.groups:
            return self.groups[low].name
        return low if self.is_service_account(low) else low.split("@", 1)[0]

    def _climb(self, address: str) -> set[str]:
        found = {address}
        fresh = [address]
        while fresh:
            child = fresh.pop()
            for group in self.groups.values():
                if child in group.members and group.address not in found:
                    found.add(group.address)
                    fresh.append(group.address)
        return found
