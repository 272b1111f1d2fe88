"""The people of the workbook Ajustes: each row judged, then all of them together, so that nobody's removal leaves a hole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from expediente import adjustments_cells
from expediente.adjustments_cells import RefusedError, Row
from expediente.process import Person, Process
from expediente.templates import AdjustmentsTemplate
from expediente.texts import fold_name

ROLES, HEADS = ("role_1", "role_2", "role_3"), ("head_1", "head_2")

People = dict[str, Person]


class Names:
    """Who is meant by a name or an address. Names of before are known too: whoever is renamed is still found in other rows."""

    def __init__(self, now: Sequence[Person], before: Sequence[Person] = ()) -> None:
        self._now = {person.address for person in now}
        self._known = {person.address: {fold_name(person.name)} for person in now}
        for person in before:
            if person.address in self._known:
                self._known[person.address].add(fold_name(person.name))

    def one_of_now(self, column: str, text: str) -> str:
        """The address of somebody of the table. :raises RefusedError: empty, nobody, or several."""
        if not text:
            raise RefusedError(column, "empty")
        if text.lower() in self._now:
            return text.lower()
        found = [address for address, names in self._known.items() if fold_name(text) in names]
        if len(found) > 1:
            raise RefusedError(column, "ambiguous", text)
        if not found:
            raise RefusedError(column, "person", text)
        return found[0]


@dataclass
class Verdict:
    """people: in force from now on, in the order of the rows. refused: rows and why; not_removed: name and why it must stay.

    places: row -> the person whom it now stands for.
    """

    people: People = field(default_factory=dict)
    refused: list[tuple[Row, RefusedError]] = field(default_factory=list)
    not_removed: list[tuple[str, RefusedError]] = field(default_factory=list)
    places: dict[int, Person] = field(default_factory=dict)


def judge(process: Process, template: AdjustmentsTemplate, good: Sequence[Person], rows: Sequence[Row]) -> Verdict:
    """All rows. A bad row keeps the person that it stood for; a row that is gone takes its person away, if nobody needs them."""
    return _Judge(process, template, good).run(rows)


class _Judge:
    """One look at the tab."""

    def __init__(self, process: Process, template: AdjustmentsTemplate, good: Sequence[Person]) -> None:
        self._process, self._template = process, template
        self._good: People = {person.address: person for person in good}
        self._row_of: dict[str, Row] = {}
        self._verdict = Verdict()

    def run(self, rows: Sequence[Row]) -> Verdict:
        """Rows alone, then together."""
        taken = self._alone(rows)
        people = self._with_substitutes(taken)
        most = 2 * (len(people) + len(self._good)) + 1
        for _ in range(most):
            fault = next(self._faults(people), None)
            if fault is None:
                break
            self._revert(people, *fault)
        # In the order that is known, so that sorting the rows is no change.
        self._verdict.people = {address: people[address] for address in (*self._good, *people) if address in people}
        # A person's row is theirs, whether its last edit was accepted or not.
        self._verdict.places = {row.index: people[address] for address, row in self._row_of.items() if address in people}
        return self._verdict

    def _alone(self, rows: Sequence[Row]) -> People:
        """People by their rows; their substitutes are looked for when all are known."""
        taken: People = {}
        at_home = {row.key for row in rows if row.text("address").lower() == row.key}
        bad: list[tuple[Row, RefusedError]] = []
        for row in rows:
            try:
                person = self._person(row)
                if person.address in taken or (person.address != row.key and person.address in at_home):
                    raise RefusedError("address", "twice", person.address)
            except RefusedError as error:
                bad.append((row, error))
                taken[f"?{row.index}"] = Person("", "", ())
                continue
            taken[person.address] = person
            self._row_of[person.address] = row
        for row, refused in bad:
            self._verdict.refused.append((row, refused))
            if row.key in self._good and row.key not in taken:
                taken[f"?{row.index}"] = self._good[row.key]
                self._row_of[row.key] = row
        return {person.address: person for person in taken.values() if person.address}

    def _person(self, row: Row) -> Person:
        address = adjustments_cells.address("address", row, self._process.company.domain)
        name = adjustments_cells.line(self._template, "name", row, self._template.limits["name_letters"])
        roles, heads = self._keys(row, ROLES), self._keys(row, HEADS)
        if not roles:
            raise RefusedError("role_1", "no_role")
        known = self._good.get(address)
        return Person(address, name, _in_order(known.roles, roles) if known else roles, head_of=heads)

    def _keys(self, row: Row, columns: Sequence[str]) -> tuple[str, ...]:
        labels = {fold_name(item.label): item.key for item in (*self._process.areas, *self._process.roles)}
        found = []
        for column in columns:
            text = row.text(column)
            if text and fold_name(text) not in labels:
                raise RefusedError(column, "role", text)
            if text:
                found.append(labels[fold_name(text)])
        return tuple(dict.fromkeys(found))

    def _with_substitutes(self, taken: People) -> People:
        """Each person with whom the row names; somebody who goes in the same moment is still named by what was good."""
        names = Names(tuple(taken.values()), tuple(self._good.values()))
        going = Names(tuple(self._good.values()))
        found: People = {}
        for address, person in taken.items():
            row = self._row_of[address]
            if any(row is bad for bad, _ in self._verdict.refused):
                found[address] = person
                continue
            try:
                substitute = self._substitute(names, going, address, row)
            except RefusedError as error:
                self._verdict.refused.append((row, error))
                before = self._good.get(address) or self._good.get(row.key)
                if before is not None:
                    found[before.address] = before
                    self._row_of[before.address] = row
                continue
            found[address] = replace(person, substitute=substitute)
        return found

    def _substitute(self, names: Names, going: Names, address: str, row: Row) -> str:
        text = row.text("substitute")
        if not text:
            return ""
        try:
            found = names.one_of_now("substitute", text)
        except RefusedError:
            before = self._good.get(address)
            known = going.one_of_now("substitute", text)
            if before is None or before.substitute != known:
                raise
            found = known
        if found == address:
            raise RefusedError("substitute", "self", text)
        return found

    # --- together ------------------------------------------------------------------------------------------------------------

    def _faults(self, people: People) -> Iterator[tuple[str, RefusedError]]:
        """Whose change must be taken back, and why."""
        yield from self._holes(people)
        yield from self._empty_roles(people)
        yield from self._confidential(people)

    def _changed(self, people: People, address: str) -> bool:
        return people.get(address) != self._good.get(address)

    def _holes(self, people: People) -> Iterator[tuple[str, RefusedError]]:
        for address, person in people.items():
            if not person.substitute or person.substitute in people:
                continue
            if person.substitute in self._good:
                names = [one.name for one in people.values() if one.substitute == person.substitute]
                yield person.substitute, RefusedError("address", "still_substitute", names=", ".join(names))
            elif self._changed(people, address):
                yield address, RefusedError("substitute", "person", person.substitute)

    def _empty_roles(self, people: People) -> Iterator[tuple[str, RefusedError]]:
        for item in (*self._process.areas, *self._process.roles):
            if any(item.key in person.roles for person in people.values()):
                continue
            for address, person in self._good.items():
                if item.key in person.roles:
                    yield address, RefusedError("role_1", "role_empty", role=item.label)

    def _confidential(self, people: People) -> Iterator[tuple[str, RefusedError]]:
        for role in sorted(self._process.confidential_roles):
            label = self._process.label_of(role)
            yield from self._confidential_people(people, role, label)
            for address, person in people.items():
                other = people.get(person.substitute)
                if role in person.roles and other is not None and role not in other.roles:
                    error = RefusedError("substitute", "confidential", other.name, role=label)
                    if self._changed(people, address):
                        yield address, error
                    elif self._changed(people, other.address):
                        yield other.address, error

    def _confidential_people(self, people: People, role: str, label: str) -> Iterator[tuple[str, RefusedError]]:
        """Who does confidential work, and who heads it, is set by the administrator in the tables and never here."""

        def part(person: Person | None) -> tuple[bool, bool]:
            return (person is not None and role in person.roles, person is not None and role in person.head_of)

        for address in {**people, **self._good}:
            if part(people.get(address)) != part(self._good.get(address)):
                yield address, RefusedError("role_1", "confidential_role", role=label)

    def _revert(self, people: People, address: str, error: RefusedError) -> None:
        """Take one person's change back, and with it what the same row says instead."""
        before, row = self._good.get(address), self._row_of.get(address)
        if row is None:
            # Their row stands for somebody else now, or is gone.
            row = next((known for known in self._row_of.values() if known.key == address), None)
        if row is not None:
            for other in [other for other, known in self._row_of.items() if known is row and other != address]:
                if other not in self._good:
                    people.pop(other, None)
            self._row_of[address] = row
            self._verdict.refused.append((row, error))
        elif before is not None:
            self._verdict.not_removed.append((before.name, error))
        if before is None:
            people.pop(address, None)
        else:
            people[address] = before


def _in_order(before: tuple[str, ...], now: tuple[str, ...]) -> tuple[str, ...]:
    """The same roles in the order that they had, so that a row which says nothing new changes nothing."""
    return before if set(before) == set(now) else now
