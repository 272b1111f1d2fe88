"""Random lives of a store, compared after each commit with a dictionary that obeys the contract."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from expediente.store import INDEXES, ConflictError, Create, Delete, Read, Store, Update, Write
from expediente.store_shared import escape

Address = tuple[str, str]
_numbers = itertools.count()


@dataclass
class Model:
    """What the records should be. seen: every version that a record ever had, the newest last."""

    records: dict[Address, dict[str, Any]] = field(default_factory=dict)
    versions: dict[Address, str] = field(default_factory=dict)
    seen: dict[Address, list[str]] = field(default_factory=dict)

    def unmet(self, write: Write) -> bool:
        """Whether the expectation of that write fails."""
        address = (write.kind, write.key)
        if isinstance(write, Create):
            return address in self.records
        return write.version is not None and self.versions.get(address) != write.version

    def take(self, write: Write, version: str) -> None:
        """Make the change."""
        address = (write.kind, write.key)
        if isinstance(write, Delete):
            self.records.pop(address, None)
            self.versions.pop(address, None)
        else:
            assert version not in self.seen.get(address, []), "a version was used again"
            self.records[address], self.versions[address] = write.data, version
            self.seen.setdefault(address, []).append(version)

    def query(self, name: str, equals: str | None, until: str | int | None, limit: int) -> list[str]:
        """Keys in order: integers before texts, equal values by escaped key; a bound matches its own type only."""
        asked = INDEXES[name]
        rows = []
        for (kind, key), data in self.records.items():
            value = data.get(asked.ordered_by)
            if kind != asked.kind or value is None or (asked.equals and data.get(asked.equals) != equals):
                continue
            if until is None or (type(value) is type(until) and value <= until):  # type: ignore[operator]
                rows.append((isinstance(value, str), value, escape(key).encode(), key))
        return [row[-1] for row in sorted(rows)][:limit]


@dataclass(frozen=True)
class Wish:
    """A write to be; its version is chosen when it is known which there are. age: 0 = the newest seen, 1 = the one before."""

    how: str
    kind: str
    key: str
    data: dict[str, Any]
    age: int

    def write(self, model: Model) -> Write:
        """The write against what the model has seen."""
        seen = model.seen.get((self.kind, self.key), [])
        version = seen[-1 - self.age] if self.age < len(seen) else "never"
        match self.how:
            case "create":
                return Create(self.kind, self.key, self.data)
            case "update":
                return Update(self.kind, self.key, self.data, version)
            case "delete":
                return Delete(self.kind, self.key, version)
            case _:
                return Delete(self.kind, self.key)


_plain = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=4)
_ordered = st.one_of(st.none(), st.integers(-3, 3), st.sampled_from(["", "2026", "A", "a", "á", "z", "🚚"]), _plain)
_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
_dossier = {"state": st.sampled_from(["active", "collecting", None]), "next_look_at": _ordered, "opened_at": _ordered}
_event = {"dossier_id": st.sampled_from(["d1", "d/2"]), "seq": _ordered, "payload": _json}
_data = st.fixed_dictionaries(_dossier) | st.fixed_dictionaries(_event)
_wish = st.builds(
    Wish,
    st.sampled_from(["create", "create", "update", "update", "delete", "remove"]),
    st.sampled_from(["dossier", "event"]),
    st.sampled_from(["a", "a/b", "a%2Fb", "é", "🚚", "..", "__x__"]),
    _data,
    st.sampled_from([0, 0, 0, 1]),
)
_commit = st.lists(_wish, min_size=1, max_size=4, unique_by=lambda wish: (wish.kind, wish.key))
_question = st.tuples(
    st.sampled_from([("due_dossiers", None), ("dossiers_by_state", "active"), ("events_of_dossier", "d/2")]),
    _ordered,
    st.integers(1, 5),
)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(_commit, _question), min_size=1, max_size=12))
def test_random_life_is_that_of_a_dictionary(opener: Callable[[str], Store], life: list[tuple[list[Wish], Any]]) -> None:
    """Same conflicts naming the same record, same records and versions, same answers to queries."""
    store, model = opener(f"life{next(_numbers)}"), Model()
    for wishes, ((name, equals), until, limit) in life:
        writes = [wish.write(model) for wish in wishes]
        unmet = next((write for write in writes if model.unmet(write)), None)
        if unmet is not None:
            with pytest.raises(ConflictError) as conflict:
                store.commit(writes)
            assert (conflict.value.kind, conflict.value.key) == (unmet.kind, unmet.key)
        else:
            for write, version in zip(writes, store.commit(writes), strict=True):
                model.take(write, version)
        addresses = sorted(set(model.seen) | {("dossier", "a")})
        expected = [Read(*a, model.records[a], model.versions[a]) if a in model.records else None for a in addresses]
        assert store.get_many(addresses) == expected
        assert [read.key for read in store.query(name, equals, until, limit)] == model.query(name, equals, until, limit)
