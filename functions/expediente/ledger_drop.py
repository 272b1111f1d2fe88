"""What people drop into `Cartera/Entrada`, noted from the change feed: the minute knows of it without a further call."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

from expediente import codec
from expediente.errors import ConflictError
from expediente.google.drive import FOLDER
from expediente.ledger_file_data import KIND, FileState, LedgerFile
from expediente.store import Create, Read, Update, Write

if TYPE_CHECKING:
    from expediente.bootstrap import App
    from expediente.google.drive import Change

_log = logging.getLogger(__name__)


def note(app: App, changes: Sequence[Change]) -> None:
    """Keep what people have dropped; called with every page of the feed before its cursor moves."""
    incoming = app.site.ledger.get("incoming")
    dropped = [one for one in changes if incoming and incoming in one.parents and not (one.removed or one.trashed or one.by_us)]
    records = [_record(app, one) for one in dropped if one.mime_type != FOLDER]
    known = app.store.get_many([(KIND, record.key) for record in records]) if records else []
    for record, found in zip(records, known, strict=True):
        write = _write(app, record, found)
        if write is not None:
            try:
                app.store.commit([write])
            except ConflictError:
                _log.debug("file known already")
            else:
                app.metrics.commits += 1


def _write(app: App, dropped: LedgerFile, found: Read | None) -> Write | None:
    """The record of what was dropped; None = known. A parked file that is dropped anew goes on where it stopped."""
    if found is None:
        return Create(KIND, dropped.key, codec.to_data(dropped))
    known = codec.from_data(LedgerFile, found.data)
    if known.state is not FileState.PARKED or known.parked_at is None or dropped.at <= known.parked_at:
        return None
    return Update(KIND, known.key, codec.to_data(known.resumed(app.clock.now())), found.version)


def _record(app: App, change: Change) -> LedgerFile:
    key = f"{change.file_id}-{change.sha256[:32] or change.version}"
    now = app.clock.now()
    return LedgerFile(key, change.file_id, change.sha256, change.name, change.mime_type, change.by, change.at, next_look_at=now)


def is_due(app: App) -> bool:
    """Whether a file waits to be worked on."""
    return bool(app.store.query("due_ledger_files", until=codec.stamp(app.clock.now()), limit=1))
