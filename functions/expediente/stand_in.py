"""Who answers for whom on a day: substitutes while somebody is away, and who hears of the clients of a vendedora who has left."""

from __future__ import annotations

from datetime import date

from expediente.process import Company, Person

SELLER = "vendedora"


def stand_in(company: Company, person: Person, day: date, role: str = "") -> Person:
    """Who works for a person on a day: itself, or the first of its substitutes who is there; itself again when nobody is.

    role: only somebody of that role may stand in ('' = anybody that the table names).
    """
    seen, who = {person.address}, person
    while any(first <= day <= last for first, last in who.absences):
        after = company.person(who.substitute) if who.substitute else None
        if after is None or after.address in seen or (role and role not in after.roles):
            return person
        seen.add(after.address)
        who = after
    return who


def responsible(company: Company, address: str) -> tuple[Person, ...]:
    """Who hears of the clients that this address sold: the vendedora, or who heads the vendedoras once she is gone.

    Until her dossiers are passed on (`reassign`). With nobody at their head her address stays.
    """
    owner = company.person(address)
    if owner is not None and SELLER in owner.roles:
        return (owner,)
    return tuple(person for person in company.people if SELLER in person.head_of) or (owner or Person(address, address, ()),)


def answering(company: Company, address: str, day: date) -> tuple[Person, ...]:
    """The responsible ones, and whoever stands in for them on that day; each once."""
    found = responsible(company, address)
    both = (*found, *(stand_in(company, person, day) for person in found))
    return tuple({person.address.lower(): person for person in both}.values())
