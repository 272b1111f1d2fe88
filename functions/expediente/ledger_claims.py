"""Whose a number of an invoice and the name of a file are: claims that are read once, changed in memory, written with the batch.

`invoice/<number>`: its client and the names of its files; `copy/<file name>`: its client and number, and whether another named it too.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from expediente.store import Create, Delete, Read, Store, Update, Write

Claim = dict[str, Any]


class Claims:
    """The claims of one commit, by key."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._read: dict[str, Read | None] = {}
        self._now: dict[str, Claim | None] = {}

    def read(self, keys: Iterable[str]) -> None:
        """Read what is not known yet, in one round trip."""
        missing = sorted(set(keys) - set(self._read))
        reads = self._store.get_many([("unique", key) for key in missing]) if missing else []
        for key, found in zip(missing, reads, strict=True):
            self._read[key], self._now[key] = found, found.data if found else None

    def read_copies(self, numbers: Iterable[str]) -> None:
        """Read the names of the files of those invoices, whose own claims are known."""
        held = [self.get(f"invoice/{number}") for number in numbers]
        self.read(f"copy/{name}" for claim in held if claim for name in claim.get("copies", ()))

    def get(self, key: str) -> Claim | None:
        """A claim as it is to be, or None."""
        self.read([key])
        return self._now[key]

    def put(self, key: str, claim: Claim | None) -> None:
        """Have a claim be so; None = let go."""
        self.read([key])
        self._now[key] = claim

    def invoice(self, client_id: str, number: str, copies: Iterable[str]) -> None:
        """Hold a number and the names of its files, in small letters; an earlier name goes when another of its kind takes its place."""
        held = self.get(f"invoice/{number}") or {}
        names = set(copies)
        endings = {_ending(name) for name in names}
        before = set(held.get("copies", ()))
        self._let_go(client_id, number, {name for name in before - names if _ending(name) in endings})
        for name in names:
            if self.get(f"copy/{name}") is None:
                self.put(f"copy/{name}", {"client_id": client_id, "number": number})
        kept = {name for name in before if name in names or _ending(name) not in endings}
        claim = {"client_id": client_id, "copies": sorted(kept | names)}
        if held != claim:
            self.put(f"invoice/{number}", claim)

    def drop_invoice(self, client_id: str, number: str) -> None:
        """Let a number go with the names of its files: it was annulled."""
        held = self.get(f"invoice/{number}")
        if held is not None:
            self._let_go(client_id, number, set(held.get("copies", ())))
            self.put(f"invoice/{number}", None)

    def _let_go(self, client_id: str, number: str, names: set[str]) -> None:
        for name in names:
            claim = self.get(f"copy/{name}")
            if claim is not None and not claim.get("contested") and (claim["client_id"], claim["number"]) == (client_id, number):
                self.put(f"copy/{name}", None)

    def contest(self, name: str) -> None:
        """Have no file be brought to an invoice by that name alone: a second invoice has named it."""
        claim = self.get(f"copy/{name}")
        if claim is not None and not claim.get("contested"):
            self.put(f"copy/{name}", {**claim, "contested": True})

    def _changed(self) -> list[str]:
        return [key for key, read in self._read.items() if self._now[key] != (read.data if read else None)]

    @property
    def size(self) -> int:
        """How many claims would be written."""
        return len(self._changed())

    def writes(self) -> list[Write]:
        """All that is to be stored."""
        return [_write(key, self._read[key], self._now[key]) for key in self._changed()]


def _ending(name: str) -> str:
    return name.rpartition(".")[2]


def _write(key: str, read: Read | None, claim: Claim | None) -> Write:
    if claim is None:
        return Delete("unique", key, read.version if read else None)
    return Update("unique", key, claim, read.version) if read else Create("unique", key, claim)
