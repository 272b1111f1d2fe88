"""The store in Cloud Firestore: a collection a kind, a document a record, one atomic commit a `commit`.

A document holds the record as JSON text in `data` (Firestore's own maps take no lists in lists and index every leaf), the fields
that queries use, and in `commit` a token of the commit that wrote it. The token settles what a lost answer leaves open: the
library would repeat a commit by itself and the true winner could be told that it lost, so repeating is done here, where it is
known that an earlier try may have held. It also makes every update change the document; else Firestore keeps the version.
"""

from __future__ import annotations

import random
import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from expediente.errors import (
    ConfigurationError,
    ConflictError,
    DoubtfulError,
    ExpedienteError,
    GoogleError,
    RefusedError,
    RetryLaterError,
)
from expediente.store import INDEXES, Query
from expediente.store_shared import KINDS, Change, Must, Row, SharedStore, indexed_fields

if TYPE_CHECKING:
    from google.api_core.retry import Retry
    from google.cloud.firestore import Client, DocumentReference, DocumentSnapshot, WriteBatch
    from google.cloud.firestore_v1.types import WriteResult

__all__ = ["FirestoreStore", "index_definitions"]

_DATA, _COMMIT = "data", "commit"
_CALL_SECONDS = 10.0
_QUERY_SECONDS = 30.0
_READING_SECONDS = 20.0
"""How long a read is repeated; by itself the library goes on for five minutes, longer than any run."""
_PAUSES_SECONDS = (0.1, 0.3, 0.9, 2.0, 0.0)
"""Before the next try of a commit; the last entry belongs to the last try."""


class FirestoreStore(SharedStore):
    """A store in a Firestore database; the client is safe for threads and is made at the first call.

    :param where: id of the project, or a client that is made already. FIRESTORE_EMULATOR_HOST leads to the emulator.
    """

    def __init__(self, where: str | Client, database: str = "(default)") -> None:
        self._where, self._database = where, database

    @cached_property
    def _client(self) -> Client:
        from google.cloud.firestore import Client

        return Client(self._where, database=self._database) if isinstance(self._where, str) else self._where

    def _fetch(self, names: Sequence[tuple[str, str]]) -> list[Row]:
        return [_row(snapshot) for snapshot in self._snapshots(names).values() if snapshot.exists]

    def _find(self, query: Query, equals: str | None, until: str | int | None, limit: int, since: str | int | None) -> list[Row]:
        from google.cloud.firestore_v1.base_query import FieldFilter

        asked = self._client.collection(query.kind).order_by(query.ordered_by).limit(limit)
        if query.equals is not None:
            asked = asked.where(filter=FieldFilter(query.equals, "==", equals))
        if until is not None:
            asked = asked.where(filter=FieldFilter(query.ordered_by, "<=", until))
        if since is not None:
            asked = asked.where(filter=FieldFilter(query.ordered_by, ">", since))
        with _translated("firestore.runQuery"):
            return [_row(snapshot) for snapshot in asked.stream(retry=_patience(), timeout=_QUERY_SECONDS)]

    def _apply(self, changes: Sequence[Change]) -> list[str]:
        """Send the commit until its outcome is known. What an earlier try did is told by the token, never guessed."""
        from google.api_core import exceptions

        refusals = (exceptions.AlreadyExists, exceptions.FailedPrecondition, exceptions.NotFound)
        unanswered = (exceptions.ServerError, exceptions.Cancelled)
        not_done = (exceptions.Aborted, exceptions.TooManyRequests)
        token, in_doubt = secrets.token_hex(12), False
        batch = self._batch(changes, token)
        for pause in _PAUSES_SECONDS:
            try:
                with _translated("firestore.commit"):
                    results = batch.commit(retry=None, timeout=_CALL_SECONDS)
                return ["" if change.text is None else _version(result) for change, result in zip(changes, results, strict=True)]
            except GoogleError as error:
                failure = error
            if isinstance(failure.__cause__, refusals):
                held = self._settle(changes, token if in_doubt else None)
                if held is not None:
                    return held
            elif isinstance(failure.__cause__, unanswered):
                in_doubt = True
            elif not isinstance(failure.__cause__, not_done):
                raise failure
            time.sleep(pause * random.uniform(0.5, 1.5))
        held = self._settle(changes, token) if in_doubt else None
        if held is None:
            raise DoubtfulError(failure.method, failure.status, failure.reason, "read the records") if in_doubt else failure
        return held

    def _settle(self, changes: Sequence[Change], token: str | None) -> list[str] | None:
        """The versions, if a commit that was refused or not answered held at an earlier try; token None = there was none.

        A commit is atomic, so one document with its token proves all. One that only removes leaves no token: then the records
        being gone is all that was asked. None = it did not hold and nothing stands in its way (any more): it may be tried again.
        """
        try:
            snapshots = self._snapshots([(change.kind, change.name) for change in changes])
        except RetryLaterError as error:
            if token is None:
                raise
            raise DoubtfulError("firestore.commit", error.status, error.reason, "read the records") from error
        proofs = [found for found in snapshots.values() if token and found.exists and found.get(_COMMIT) == token]
        if proofs:
            # A record that somebody has changed since gets the version it had for us, which an update will rightly find stale.
            return ["" if change.text is None else _version(proofs[0]) for change in changes]
        if token and not any(change.text or snapshots[change.kind, change.name].exists for change in changes):
            return ["" for _ in changes]
        for change in changes:
            found = snapshots[change.kind, change.name]
            if not change.is_met_by(_version(found) if found.exists else None):
                raise ConflictError(change.kind, change.key)
        return None

    def _batch(self, changes: Sequence[Change], token: str) -> WriteBatch:
        """All changes with their preconditions, in one RPC. An update names every field, so that none of the old remains."""
        from google.cloud.firestore import DELETE_FIELD

        batch = self._client.batch()
        for change in changes:
            document = self._document(change.kind, change.name)
            option = self._client.write_option(last_update_time=_moment(change)) if isinstance(change.expects, str) else None
            fields: dict[str, Any] = {_DATA: change.text, _COMMIT: token, **change.indexed}
            if change.text is None:
                batch.delete(document, option=option)
            elif change.expects is Must.BE_ABSENT:
                batch.create(document, fields)
            else:
                batch.update(document, dict.fromkeys(indexed_fields(change.kind), DELETE_FIELD) | fields, option=option)
        return batch

    def _snapshots(self, names: Sequence[tuple[str, str]]) -> dict[tuple[str, str], DocumentSnapshot[Any]]:
        """What stands under those names now, in one RPC."""
        with _translated("firestore.batchGet"):
            documents = [self._document(*name) for name in names]
            found = self._client.get_all(documents, retry=_patience(), timeout=_CALL_SECONDS)
            return {(snapshot.reference.parent.id, snapshot.id): snapshot for snapshot in found}

    def _document(self, kind: str, name: str) -> DocumentReference:
        return self._client.collection(kind).document(name)


def index_definitions() -> dict[str, Any]:
    """What `infra/firestore.indexes.json` must say: a composite index a query with equality; no index on what is never asked.

    A query without equality lives on the index that Firestore makes for each field; a composite index of one field is refused.
    """
    composite = [
        {
            "collectionGroup": query.kind,
            "queryScope": "COLLECTION",
            "fields": [{"fieldPath": field, "order": "ASCENDING"} for field in (query.equals, query.ordered_by)],
        }
        for query in INDEXES.values()
        if query.equals is not None
    ]
    unindexed = [
        {"collectionGroup": kind, "fieldPath": field, "indexes": []} for kind in sorted(KINDS) for field in (_COMMIT, _DATA)
    ]
    return {"indexes": composite, "fieldOverrides": unindexed}


def _patience() -> Retry:
    """Repeat reads that were not answered."""
    from google.api_core import exceptions
    from google.api_core.retry import Retry, if_exception_type

    unanswered = if_exception_type(exceptions.ServerError, exceptions.TooManyRequests)
    return Retry(predicate=unanswered, initial=0.1, multiplier=2.0, maximum=2.0, timeout=_READING_SECONDS)


def _moment(change: Change) -> Any:
    """The update time that a version names; one that no record has where it is no version at all."""
    from google.api_core.datetime_helpers import DatetimeWithNanoseconds

    try:
        return DatetimeWithNanoseconds.from_rfc3339(change.expects)  # type: ignore[no-untyped-call]
    except ValueError:
        return datetime(1971, 1, 1, tzinfo=UTC)


def _version(of: DocumentSnapshot[Any] | WriteResult) -> str:
    return str(of.update_time.rfc3339())


def _row(snapshot: DocumentSnapshot[Any]) -> Row:
    return Row(snapshot.reference.parent.id, snapshot.id, snapshot.get(_DATA), _version(snapshot))


@contextmanager
def _translated(method: str) -> Iterator[None]:
    """Google's errors as ours; never with what was sent, which may be a person's."""
    from google.api_core import exceptions
    from google.auth.exceptions import GoogleAuthError

    try:
        yield
    except exceptions.GoogleAPICallError as error:
        raise _translation(method, error) from error
    except exceptions.RetryError as error:
        raise RetryLaterError(method, 503, "UNAVAILABLE", after_seconds=5.0) from error
    except GoogleAuthError as error:
        raise RefusedError(method, 401, type(error).__name__) from error


def _translation(method: str, error: Any) -> ExpedienteError:
    from google.api_core import exceptions

    reason = error.grpc_status_code.name if error.grpc_status_code else "UNKNOWN"
    status = int(error.code or 500)
    if method == "firestore.runQuery" and isinstance(error, exceptions.FailedPrecondition):
        remedy = "Apply infra/firestore.indexes.json and wait until it is built."
        return ConfigurationError("Firestore", "a query lacks its index", remedy)
    if isinstance(error, (exceptions.ServerError, exceptions.TooManyRequests, exceptions.Aborted, exceptions.Cancelled)):
        return RetryLaterError(method, status, reason, after_seconds=5.0)
    return RefusedError(method, status, reason)
