"""What every service of the local Workspace is written against: the call, the world, the refusal.

A service is a set of functions marked with ``@handles("drive.files.get")``.
Each takes a `Call` whose parameters and body have already been checked against Google's discovery document,
and returns the whole resource; the front applies `fields`, statuses, faults and the ledger.
A handler runs to its end without interruption (one thread, no awaits), so it needs no locks,
but it must raise before it changes anything: there is no roll-back.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, MutableMapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from emulator.clock import Clock
    from emulator.directory import Directory

Json = dict[str, Any]
T = TypeVar("T")

_ID_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


class ApiError(Exception):
    """A refusal in Google's words; the front renders it in the shape of the API that was called.

    code: HTTP status. reason: the legacy reason of Drive and Gmail (`notFound`), ignored by google.rpc shaped APIs.
    status: the google.rpc status (`NOT_FOUND`), derived from the code when left out.
    headers: extra response headers, such as Retry-After. short: what `errors[]` says where it is less than the message.
    domain: of the entry in `errors[]`; empty for none.
    """

    def __init__(
        self,
        code: int,
        message: str,
        *,
        reason: str = "",
        status: str = "",
        domain: str = "global",
        location: str = "",
        location_type: str = "",
        details: list[Json] | None = None,
        headers: dict[str, str] | None = None,
        short: str = "",
    ) -> None:
        super().__init__(message)
        self.code, self.message, self.reason, self.status, self.domain = code, message, reason, status, domain
        self.location, self.location_type = location, location_type
        self.details, self.headers, self.short = details or [], headers or {}, short


@dataclass(frozen=True)
class Media:
    """Bytes that came with a call: the media part of an upload."""

    mime_type: str
    data: bytes


@dataclass(frozen=True)
class Raw:
    """An answer that is not JSON (`alt=media`, exports)."""

    mime_type: str
    data: bytes
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Call:
    """One checked call. `query` holds typed values (bool, int, list for repeated), discovery defaults left out."""

    method: str
    actor: str
    scopes: frozenset[str] | None
    path: dict[str, str]
    query: Json
    body: Json
    media: Media | None
    world: World

    @property
    def now(self) -> datetime:
        """The Workspace clock, UTC."""
        return self.world.clock.now()


Handler = Callable[[Call], "Json | Raw | None"]
HANDLERS: dict[str, Handler] = {}
BEGINS: dict[str, Callable[[Call], None]] = {}
"""What a method looks at already when a resumable upload to it begins: it raises what the last chunk would be answered with."""


def handles(*methods: str) -> Callable[[Handler], Handler]:
    """Register a function as the answer to one or more official method ids (`sheets.spreadsheets.get`)."""

    def mark(handler: Handler) -> Handler:
        for method in methods:
            if method in HANDLERS:
                raise RuntimeError(f"{method} is handled twice")
            HANDLERS[method] = handler
        return handler

    return mark


class Table(MutableMapping[str, T], Generic[T]):
    """A named collection of picklable records. Assign again after changing a record in place, so that it is saved."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.rows: dict[str, T] = {}
        self.dirty: set[str] = set()

    def __getitem__(self, key: str) -> T:
        return self.rows[key]

    def __setitem__(self, key: str, value: T) -> None:
        self.rows[key] = value
        self.dirty.add(key)

    def __delitem__(self, key: str) -> None:
        del self.rows[key]
        self.dirty.add(key)

    def __iter__(self) -> Iterator[str]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)


class World:
    """All state of one local Workspace. Services keep theirs in tables of their own name: `world.table("drive.files")`."""

    def __init__(self, clock: Clock, directory: Directory) -> None:
        self.clock = clock
        self.directory = directory
        self.tables: dict[str, Table[Any]] = {}
        self.behaviour: Json = {}
        self.subscriptions: dict[str, str] = {}
        self.base_url = ""
        self.publish: Callable[[str, Json], str] = lambda topic, message: ""
        self.push: Callable[[str, dict[str, str]], None] = lambda address, headers: None

    def table(self, name: str) -> Table[Any]:
        """The table of that name, made on first use."""
        if name not in self.tables:
            self.tables[name] = Table(name)
        return self.tables[name]

    def new_id(self, prefix: str = "", length: int = 33) -> str:
        """A fresh identifier of the kind that Drive gives."""
        return prefix + "".join(secrets.choice(_ID_ALPHABET) for _ in range(length - len(prefix)))

    def later(self, seconds: float) -> datetime:
        """The instant that many seconds from now on the Workspace clock."""
        return self.clock.now() + timedelta(seconds=seconds)
