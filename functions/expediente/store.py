"""The store contract: one set of operations, two stores behind it, nothing else may be asked of a store.

A record is a frozen dataclass of `model.py`, kept as plain JSON under a kind and a key. Every read gives the version that a later
conditional write must name. A commit is atomic: all of its writes hold, or none and `Conflict` says which expectation failed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeVar, runtime_checkable

from expediente.errors import ConflictError

__all__ = ["INDEXES", "Bound", "ConflictError", "Create", "Delete", "Query", "Read", "Store", "Update", "Write"]

T = TypeVar("T")


@dataclass(frozen=True)
class Read:
    """A record as found. version: opaque, names this very state in an `Update` or `Delete`."""

    kind: str
    key: str
    data: dict[str, Any]
    version: str


@dataclass(frozen=True)
class Create:
    """Write a record that must not exist."""

    kind: str
    key: str
    data: dict[str, Any]


@dataclass(frozen=True)
class Update:
    """Replace a record that must still have this version."""

    kind: str
    key: str
    data: dict[str, Any]
    version: str


@dataclass(frozen=True)
class Delete:
    """Remove a record. version None = whatever is there, or nothing."""

    kind: str
    key: str
    version: str | None = None


Write = Create | Update | Delete
Bound = datetime | int | str | None


@dataclass(frozen=True)
class Query:
    """A named question: equality on one field and/or an upper bound and order on another. Every one stands in `INDEXES`."""

    kind: str
    equals: str | None
    ordered_by: str


# name -> Query. Firestore's indexes in infra are made from this table; both stores refuse any other query.
INDEXES: dict[str, Query] = {
    "due_dossiers": Query("dossier", None, "next_look_at"),
    "changed_dossiers": Query("dossier", None, "changed_at"),
    "reminders": Query("dossier", None, "next_reminder"),
    "dossiers_by_state": Query("dossier", "state", "opened_at"),
    "dossiers_of_vendedora": Query("dossier", "vendedora", "opened_at"),
    "inbox_of_dossier": Query("inbox", "dossier_id", "at"),
    "waiting_facts": Query("inbox", None, "at"),
    "outbox_of_sender": Query("outbox", "waiting_for", "next_try_at"),
    "outbox_of_dossier": Query("outbox", "dossier_id", "created_at"),
    "outbox_by_state": Query("outbox", "state", "created_at"),
    "events_of_dossier": Query("event", "dossier_id", "seq"),
    "submissions_of_dossier": Query("submission", "dossier_id", "submission_id"),
    "submissions_of_respondent": Query("submission", "respondent", "submission_id"),
    "late_dossiers": Query("tally", None, "late_from"),
    "parked_dossiers": Query("tally", None, "parked_since"),
    "access_differences": Query("tally", None, "access_at"),
    "open_cases": Query("tally", None, "case_due"),
    "recent_cases": Query("tally", None, "case_at"),
    "dossiers_of_contact": Query("dossier", "portal_email", "opened_at"),
    "items_of_client": Query("item", "client_id", "order"),
    "open_items": Query("item", "open_for", "due_order"),
    "movements_of_client": Query("movement", "client_id", "order"),
    "open_credits": Query("movement", "open_for", "order"),
    "due_ledger_files": Query("ledger_file", None, "next_look_at"),
    "parked_ledger_files": Query("ledger_file", None, "parked_at"),
    "orders_of_client": Query("order", "client_id", "place"),
    "due_orders": Query("order", None, "next_look_at"),
    "issued_of_client": Query("issued", "client_id", "order"),
    "old_sessions": Query("session", None, "until"),
    "old_logins": Query("login", None, "until"),
    "old_counters": Query("counter", None, "until"),
    "old_conversations": Query("conversation", None, "until"),
    "old_prospects": Query("prospect", None, "at"),
    "old_orders": Query("order", None, "at"),
    "old_ledger_files": Query("ledger_file", None, "ended_at"),
}


@runtime_checkable
class Store(Protocol):
    """What Expediente asks of a store. Kinds: those of `store_shared.KINDS`."""

    def get(self, kind: str, key: str) -> Read | None:
        """The record, or None."""

    def get_many(self, keys: Sequence[tuple[str, str]]) -> list[Read | None]:
        """Several records in one round trip, in the order asked."""

    def commit(self, writes: Sequence[Write]) -> list[str]:
        """Do all writes or none; give the new version of each record in the order of the writes ('' for a delete).

        :raises ConflictError: a record to create exists, or one to update or delete has changed or gone; names kind and key.
        """

    def query(
        self,
        name: str,
        equals: str | None = None,
        until: Bound = None,
        limit: int = 200,
        since: Bound = None,
    ) -> list[Read]:
        """Records of a named query in its order; `until` (inclusive) and `since` (exclusive) bound the ordering field.

        None values never match.
        """
