"""Who is behind a client: chains of shareholders followed to natural persons, with the share that each has of the client. No I/O.

What cannot be followed to a person is a gap with its reason, so that a circle or a missing chain ends in a clear result too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from expediente.intake_data import Identity, Intake, Shareholder
from expediente.papers import identity_key
from expediente.texts import fold_company

WHOLE = Decimal(100)
# Sums of products of percentages end in crumbs that mean nothing.
_CRUMB = Decimal("0.005")


@dataclass(frozen=True)
class Owner:
    """A natural person with what she has of the client, per cent. through: chains of companies, () = directly; one a path."""

    person: Identity
    share: Decimal
    direct: Decimal = Decimal(0)
    paths: tuple[tuple[str, ...], ...] = ()

    @property
    def through(self) -> tuple[str, ...]:
        """The companies between her and the client, a text a path."""
        return tuple(" → ".join(path) for path in self.paths if path)


@dataclass(frozen=True)
class Gap:
    """A share of which nobody knows the person, per cent of the client. name: the company concerned.

    kind: unknown (nobody was named behind it) | rest (those named are not all) | circle (it takes part in itself) |
    detached (no chain leads from it to the client).
    """

    kind: str
    name: str
    share: Decimal


@dataclass(frozen=True)
class Ownership:
    """All persons, the largest share first, and what could not be followed."""

    owners: tuple[Owner, ...]
    gaps: tuple[Gap, ...]

    def beneficial(self, threshold: Decimal) -> tuple[Owner, ...]:
        """The persons who have at least that share. Source: `beneficial_owner_percent` of process.yaml."""
        return tuple(owner for owner in self.owners if owner.share >= threshold)


@dataclass
class _Chains:
    """The walk from the client upwards."""

    behind: dict[str, list[Shareholder]]
    owners: dict[str, Owner] = field(default_factory=dict)
    gaps: dict[tuple[str, str], Gap] = field(default_factory=dict)
    reached: set[str] = field(default_factory=set)

    def follow(self, company: str, name: str, part: Decimal, path: tuple[tuple[str, str], ...]) -> None:
        """Follow everybody behind a company. part: of the client, as a fraction; path: key and name of the companies passed."""
        holders = self.behind.get(company, [])
        self._rest(name, part, holders)
        for holder in holders:
            share = part * holder.share
            if not holder.is_company:
                self._found(holder.person, share, tuple(one for _, one in path))
                continue
            key = _key(holder.person.name)
            if key in (passed for passed, _ in path):
                self._lost("circle", holder.person.name, share)
                continue
            self.reached.add(key)
            if key not in self.behind:
                self._lost("unknown", holder.person.name, share)
            else:
                self.follow(key, holder.person.name, share / WHOLE, (*path, (key, holder.person.name)))

    def _rest(self, name: str, part: Decimal, holders: list[Shareholder]) -> None:
        missing = WHOLE - sum((holder.share for holder in holders), Decimal(0))
        if part * missing >= _CRUMB:
            self._lost("rest", name, part * missing)

    def _found(self, person: Identity, share: Decimal, path: tuple[str, ...]) -> None:
        key = identity_key(person)
        known = self.owners.get(key, Owner(person, Decimal(0)))
        direct = known.direct + (Decimal(0) if path else share)
        self.owners[key] = Owner(known.person, known.share + share, direct, (*known.paths, path))

    def _lost(self, kind: str, name: str, share: Decimal) -> None:
        known = self.gaps.get((kind, name))
        self.gaps[kind, name] = Gap(kind, name, share + (known.share if known else Decimal(0)))

    def detached(self, intake: Intake) -> Iterator[Gap]:
        """Companies that no chain connects with the client, whether they are named as shareholders or only as an intermediary."""
        named = {_key(one.person.name): one.person.name for one in intake.shareholders if one.is_company}
        named |= {_key(one.through): one.through for one in intake.shareholders if one.through}
        yield from (Gap("detached", name, Decimal(0)) for key, name in named.items() if key not in self.reached)


def _key(name: str) -> str:
    """A company's name for comparisons; never '', which stands for the client itself."""
    return fold_company(name) or name


def ownership(intake: Intake) -> Ownership:
    """The persons behind a client. An intake without shareholders has none, and no gap: nothing was to be declared."""
    if not intake.shareholders:
        return Ownership((), ())
    behind: dict[str, list[Shareholder]] = {}
    for holder in intake.shareholders:
        behind.setdefault(_key(holder.through) if holder.through else "", []).append(holder)
    chains = _Chains(behind)
    chains.follow("", intake.client.legal_name, Decimal(1), ())
    owners = sorted(chains.owners.values(), key=lambda owner: -owner.share)
    return Ownership(tuple(owners), (*chains.gaps.values(), *chains.detached(intake)))
