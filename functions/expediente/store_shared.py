"""What both stores have in common: all of the contract but reading, writing and finding rows.

A store derives from `SharedStore` and says how it fetches rows, applies a batch and finds rows of a named query. Everything that
could make two stores answer differently is decided here: names of documents, JSON, limits, what may be indexed, order of equals.
"""

from __future__ import annotations

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any
from urllib.parse import unquote

from expediente.codec import stamp
from expediente.errors import ConfigurationError
from expediente.store import INDEXES, Bound, Create, Delete, Query, Read, Update, Write

__all__ = [
    "KINDS",
    "MAX_COMMIT_BYTES",
    "MAX_RECORD_BYTES",
    "MAX_WRITES",
    "Change",
    "Must",
    "Row",
    "SharedStore",
    "escape",
    "indexed_fields",
    "unescape",
]

KINDS = frozenset(
    {
        "version",
        "dossier",
        "client",
        "submission",
        "inbox",
        "outbox",
        "event",
        "unique",
        "cursor",
        "poison",
        "site",
        "anchor",
        "access_audit",
        "tally",
        "adjustments",
        "account",
        "item",
        "movement",
        "ledger_file",
        "login",
        "session",
        "conversation",
        "order",
        "issued",
        "prospect",
        "counter",
    }
)

MAX_RECORD_BYTES = 1_000_000
"""A Firestore document holds 1,048,576 bytes with its name and indexed fields; the rest is room for those."""
MAX_COMMIT_BYTES = 3_900_000
"""A Firestore request holds 10 MiB, one to its emulator 4 MiB; what cannot be tested is not promised."""
MAX_WRITES = 500
"""The documented limit of one Firestore commit of old; whether it is lifted cannot be relied on."""
MAX_NAME_BYTES = 1_500
MAX_INDEXED_BYTES = 1_000
"""Firestore truncates what it indexes, and refuses what a query compares, near 1,500 bytes."""

_INTEGER_BOUND = 2**63
_RESERVED = re.compile(r"[%/\x00-\x1f\x7f]")


class Must(Enum):
    """What a change expects to find, apart from a version."""

    BE_ABSENT = "be absent"
    BE_ANYTHING = "be anything"


@dataclass(frozen=True)
class Row:
    """A record as a store holds it. name: the escaped key; text: its JSON."""

    kind: str
    name: str
    text: str
    version: str


@dataclass(frozen=True)
class Change:
    """A checked write. text None = remove; expects: a version or a `Must`; indexed: the fields that queries of this kind use."""

    kind: str
    key: str
    name: str
    text: str | None
    expects: str | Must
    indexed: Mapping[str, str | int]

    def is_met_by(self, version: str | None) -> bool:
        """Whether the record, at this version or absent (None), is what the change expects."""
        if self.expects is Must.BE_ANYTHING:
            return True
        return version is None if self.expects is Must.BE_ABSENT else version == self.expects


class SharedStore(ABC):
    """The contract of `store.Store` over three primitives. Safe for use by several threads when they are."""

    @abstractmethod
    def _fetch(self, names: Sequence[tuple[str, str]]) -> Iterable[Row]:
        """The rows of those (kind, name) that exist, in any order; in one round trip."""

    @abstractmethod
    def _apply(self, changes: Sequence[Change]) -> list[str]:
        """Make all changes or none; the new versions, '' for a removal. ConflictError names the first unmet expectation."""

    @abstractmethod
    def _find(
        self, query: Query, equals: str | None, until: str | int | None, limit: int, since: str | int | None
    ) -> Iterable[Row]:
        """Rows of a query ordered by its field, then by name; rows without the field never."""

    def get(self, kind: str, key: str) -> Read | None:
        """The record, or None."""
        return self.get_many([(kind, key)])[0]

    def get_many(self, keys: Sequence[tuple[str, str]]) -> list[Read | None]:
        """Several records in one round trip, in the order asked; a key asked twice is answered twice."""
        names = [(_known(kind), escape(key)) for kind, key in keys]
        if not names:
            return []
        found = {(row.kind, row.name): row for row in self._fetch(list(dict.fromkeys(names)))}
        return [_read(found[name]) if name in found else None for name in names]

    def commit(self, writes: Sequence[Write]) -> list[str]:
        """Do all writes or none; the new version of each record in the order of the writes, '' for a delete.

        :raises ConflictError: a record to create exists, or one to update or delete has changed or gone.
        :raises ConfigurationError: too large, two writes to one record, an unknown kind, or an indexed field that is neither
            text nor integer; nothing was written.
        """
        changes = [_change(write) for write in writes]
        names = {(change.kind, change.name) for change in changes}
        size = sum(len((change.text or "").encode()) for change in changes)
        if len(names) < len(changes):
            raise _refused("commit", "a record is written twice", "Fold both writes into one.")
        if len(changes) > MAX_WRITES or size > MAX_COMMIT_BYTES:
            limits = f"at most {MAX_WRITES} and {MAX_COMMIT_BYTES} are taken"
            raise _refused("commit", f"{len(changes)} writes of {size} bytes together; {limits}", "Split the commit.")
        return self._apply(changes) if changes else []

    def query(
        self,
        name: str,
        equals: str | None = None,
        until: Bound = None,
        limit: int = 200,
        since: Bound = None,
    ) -> list[Read]:
        """Records of a query named in `INDEXES`, ordered by its field and, where equal, by escaped key.

        :param until: inclusive upper bound of the ordering field; values of another type (text, integer) do not match it.
        :param since: exclusive lower bound of it: the last one seen, to go on behind it.
        :raises ConfigurationError: no such query, or `equals` given to a query without equality or lacking in one with it.
        """
        query = INDEXES.get(name)
        if query is None:
            raise _refused(f"query {name}", "it has no index", "Add it to INDEXES in store.py and write the index file again.")
        if (query.equals is None) != (equals is None):
            raise _refused(f"query {name}", f"it compares {query.equals or 'nothing'}", "Give `equals` exactly when it does.")
        if limit < 1:
            return []
        bound = stamp(until) if isinstance(until, datetime) else until
        floor = stamp(since) if isinstance(since, datetime) else since
        for field, value in ((query.equals, equals), (query.ordered_by, bound), (query.ordered_by, floor)):
            if field is not None and value is not None:
                _indexable(query.kind, field, value)
        return [_read(row) for row in self._find(query, equals, bound, limit, floor)]


def escape(key: str) -> str:
    """A key as a document's name: no `/`, no control characters, none of the names that Firestore keeps for itself.

    Order among escaped keys is the same in both stores, which decides between records of equal ordering value.

    :raises ConfigurationError: empty, not Unicode text, or longer than 1,500 bytes.
    """
    name = _RESERVED.sub(lambda match: f"%{ord(match.group()):02X}", key)
    if name in {".", ".."} or name.startswith("__"):
        name = f"%{ord(name[0]):02X}{name[1:]}"
    try:
        size = len(name.encode())
    except UnicodeEncodeError as error:
        raise _refused("key", "it holds half a character (a lone surrogate)", "Clean the text first.") from error
    if not 0 < size <= MAX_NAME_BYTES:
        raise _refused("key", f"it has {size} bytes as a name; 1 to {MAX_NAME_BYTES} are taken", "Use a hash of the long part.")
    return name


def unescape(name: str) -> str:
    """The key whose name this is."""
    return unquote(name, errors="strict")


def indexed_fields(kind: str) -> list[str]:
    """The top-level fields of a kind that its queries compare or order by."""
    fields = {name for query in INDEXES.values() if query.kind == kind for name in (query.equals, query.ordered_by) if name}
    return sorted(fields)


def _change(write: Write) -> Change:
    kind, name = _known(write.kind), escape(write.key)
    match write:
        case Delete(version=version):
            return Change(kind, write.key, name, None, Must.BE_ANYTHING if version is None else version, {})
        case Create(data=data):
            return Change(kind, write.key, name, _text(kind, data), Must.BE_ABSENT, _indexed(kind, data))
        case Update(data=data, version=version):
            return Change(kind, write.key, name, _text(kind, data), version, _indexed(kind, data))


def _text(kind: str, data: Mapping[str, Any]) -> str:
    """JSON as kept. Half a character from a form cannot be UTF-8 and is kept as an escape rather than lost."""
    text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    try:
        size = len(text.encode())
    except UnicodeEncodeError:
        text = json.dumps(data, allow_nan=False, separators=(",", ":"))
        size = len(text)
    if size > MAX_RECORD_BYTES:
        problem = f"the record has {size} bytes; at most {MAX_RECORD_BYTES} are taken"
        raise _refused(f"a {kind}", problem, "Keep the large part in a file of the dossier.")
    return text


def _indexed(kind: str, data: Mapping[str, Any]) -> dict[str, str | int]:
    return {name: _indexable(kind, name, data[name]) for name in indexed_fields(kind) if data.get(name) is not None}


def _indexable(kind: str, name: str, value: Any) -> str | int:
    if isinstance(value, str) and "\0" not in value and len(value.encode(errors="surrogatepass")) <= MAX_INDEXED_BYTES:
        return value.encode(errors="replace").decode()
    if isinstance(value, int) and not isinstance(value, bool) and -_INTEGER_BOUND <= value < _INTEGER_BOUND:
        return value
    problem = f"its indexed field {name} is a {type(value).__name__} that cannot be ordered"
    raise _refused(f"a {kind}", problem, "Use a short text or an integer.")


def _known(kind: str) -> str:
    if kind not in KINDS:
        raise _refused(f"kind {kind!r}", "no store keeps it", "Add it to KINDS and write the index file again.")
    return kind


def _read(row: Row) -> Read:
    return Read(row.kind, unescape(row.name), json.loads(row.text), row.version)


def _refused(what: str, problem: str, remedy: str) -> ConfigurationError:
    return ConfigurationError(f"store, {what}", problem, remedy)
