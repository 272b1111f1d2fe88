"""The folder `Cartera/Entrada`: what was dropped there is noted by the change feed, worked on in batches, answered and put away.

A file is a record with a cursor, and each batch of rows is one commit with it: whatever dies, the next run goes on behind the last row
that is in. Nothing of it is done twice: rows say how things are, the answer has its Drive id beforehand, the mail its key.
"""

from __future__ import annotations

import hashlib
import logging
import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING

from expediente import codec, ledger, ledger_answer, ledger_copies, ledger_drop, ledger_rows, ledger_template
from expediente.deadlines import local_day
from expediente.errors import ConflictError, ExpedienteError, GoogleError, NotFoundError, RetryLaterError
from expediente.ledger_file_data import KIND, FileState, LedgerBatch, LedgerFile, batch_key
from expediente.ledger_rows import Row, Source
from expediente.ledger_take import Clients, Taker
from expediente.ledger_values import Look
from expediente.store import Create, Read, Update, Write
from expediente.xlsx_reading import UnreadableError

if TYPE_CHECKING:
    from expediente.bootstrap import App

_log = logging.getLogger(__name__)

_LEASE = ("cursor", "ledger_files")
LEASE_SECONDS = 180
RUN_SECONDS = 100
MAX_ATTEMPTS = 8
# Of failures that nobody foresaw.
MAX_FAILURES = 3
_AT_ONCE = 50
# Place of a file that was looked at and has none: behind all the others.
_NO_PLACE = "~"
_MOST_PARKED = 10_000
_NATIVE = "application/vnd.google-apps."
# A client who pays while a batch is taken in changes its ledger: the batch is made again.
_MOST_CONFLICTS = 20
_LONGEST_PAUSE = timedelta(hours=1)


# --- a run ---------------------------------------------------------------------------------------------------------------------


def work(app: App) -> None:
    """Work on what is due, one file after the other, one process at a time; ask to be called again when time is up."""
    lease = _take_lease(app)
    if lease is None:
        return
    deadline = time.monotonic() + RUN_SECONDS
    try:
        while time.monotonic() < deadline:
            due = app.store.query("due_ledger_files", until=app.clock.now(), limit=_AT_ONCE)
            if not due:
                break
            for read in _in_order(app, due, deadline):
                if time.monotonic() < deadline:
                    _attempt(app, read, deadline)
        ledger_copies.tell_missing(app)
    finally:
        _release(app, lease)
    if ledger_drop.is_due(app):
        app.publish_ledger()


def _in_order(app: App, due: Sequence[Read], deadline: float) -> list[Read]:
    """What is begun, then the tables as their tabs build on each other, then copies: a payment comes behind the invoice it names."""
    desks = [Desk(app, codec.from_data(LedgerFile, read.data), read.version) for read in due]
    waiting = [desk for desk in desks if desk.file.state is FileState.WAITING and not desk.file.is_copy]
    if len(waiting) > 1:
        for desk in waiting:
            if not desk.file.place and time.monotonic() < deadline:
                _find_place(desk)

    def place(desk: Desk) -> tuple[int, str]:
        if desk.file.state is not FileState.WAITING:
            return 0, ""
        return (2, "") if desk.file.is_copy else (1, desk.file.place or _NO_PLACE)

    return [desk.read for desk in sorted(desks, key=place)]


def _find_place(desk: Desk) -> None:
    """Keep which tabs a table has. One that cannot be opened says so when its turn comes.

    That it was looked at is kept first: a file that kills the process is not opened here again, but in a run that is counted.
    """
    try:
        desk.save(place=_NO_PLACE)
        data = b"" if desk.is_native else desk.download()
        tabs = list(desk.template.tabs)
        held = [tabs.index(sheet.tab) for sheet in desk.source(data).sheets] if data else []
        # A book of several tabs goes with its last one, before those that have that one alone.
        if held:
            desk.save(place=f"{max(held):02d}/{min(held):02d}")
    except GoogleError as error:
        _log.info("file of the ledger is looked at later", extra={"reference": desk.file.file_id, "reason": error.reason})
        _look_later(desk)
    except Exception as error:  # noqa: BLE001 - whatever it is, the other files go on
        _log.info("file of the ledger has no place", extra={"reference": desk.file.file_id, "reason": type(error).__name__})


def _look_later(desk: Desk) -> None:
    try:
        desk.save(place="")
    except ExpedienteError:
        _log.info("file of the ledger has no place", extra={"reference": desk.file.file_id, "reason": "not stored"})


def _take_lease(app: App) -> Read | None:
    now, found = app.clock.now(), app.store.get(*_LEASE)
    if found is not None and found.data["until"] > codec.stamp(now):
        return None
    data = {"owner": uuid.uuid4().hex, "until": codec.stamp(now + timedelta(seconds=LEASE_SECONDS))}
    try:
        (version,) = app.store.commit([Update(*_LEASE, data, found.version) if found else Create(*_LEASE, data)])
    except ConflictError:
        return None
    return Read(*_LEASE, data, version)


def _release(app: App, lease: Read) -> None:
    try:
        app.store.commit([Update(*_LEASE, {**lease.data, "until": ""}, lease.version)])
    except ExpedienteError:
        _log.warning("lease of the ledger's files not released; it runs out by itself")


def _attempt(app: App, read: Read, deadline: float) -> None:
    """One file: its failure is kept with it and holds up no other."""
    desk = Desk(app, codec.from_data(LedgerFile, read.data), read.version)
    try:
        if desk.file.attempts >= MAX_ATTEMPTS:
            _park(desk, "")
            return
        desk.begin()
        if desk.file.is_copy:
            ledger_copies.link(desk)
        else:
            _Import(desk, deadline).run()
    except ConflictError:
        _log.info("another run has this file", extra={"reference": desk.file.file_id})
    except GoogleError as error:
        pause = min(timedelta(seconds=15) * 2**desk.file.attempts, _LONGEST_PAUSE)
        if isinstance(error, RetryLaterError):
            pause = max(pause, timedelta(seconds=error.after_seconds))
        _log.warning(
            "file of the ledger waits", extra={"reference": desk.file.file_id, "method": error.method, "reason": error.reason}
        )
        desk.save(next_look_at=app.clock.now() + pause)
    except Exception as error:  # noqa: BLE001 - whatever it is, the other files go on
        _log.exception("file of the ledger failed", extra={"reference": desk.file.file_id})
        _failed(desk, type(error).__name__)


def _failed(desk: Desk, reason: str) -> None:
    """Have a file wait after a failure of ours, or park it: what fails so is rarely better the next time."""
    try:
        if desk.file.attempts >= MAX_FAILURES:
            _park(desk, reason)
        else:
            desk.save(next_look_at=desk.app.clock.now() + timedelta(seconds=15) * 2**desk.file.attempts)
    except ExpedienteError:
        _log.warning("file of the ledger looks again when its lease ends", extra={"reference": desk.file.file_id})


def _park(desk: Desk, reason: str) -> None:
    """Work on a file no more, and tell Cartera: once, for the mail and the state are one commit. reason: '' = Google failed too often."""
    _log.error("file of the ledger parked", extra={"reference": desk.file.file_id, "reason": reason, "alert": "ledger_file"})
    app, file = desk.app, desk.file
    template = ledger_template.template(app.process.folder)
    said = template.refusals["failed"].format(reason=reason or "Google", reference=file.file_id)
    parked = replace(
        file,
        state=FileState.PARKED,
        refusals=(*file.refusals, said),
        parkings=file.parkings + 1,
        parked_at=app.clock.now(),
        next_look_at=None,
    )
    mail = ledger_answer.mail_of(app, template, parked)
    desk.keep(parked, Create("outbox", mail.mail_id, codec.to_data(mail)))
    app.publish_mail(mail.sender)


def resume(app: App, file_id: str) -> int:
    """Take a parked file up again where it stopped; gives how many records of it there were. file_id: of Drive."""
    reads = app.store.query("parked_ledger_files", limit=_MOST_PARKED)
    desks = [Desk(app, codec.from_data(LedgerFile, read.data), read.version) for read in reads]
    found = [desk for desk in desks if desk.file.file_id == file_id]
    for desk in found:
        desk.keep(desk.file.resumed(app.clock.now()))
    if found:
        app.publish_ledger()
    return len(found)


class Desk:
    """A file in one run's hands: every `save` is conditional on what was read, so two runs never both bring it on."""

    def __init__(self, app: App, file: LedgerFile, version: str) -> None:
        self.app, self.file, self._version = app, file, version
        self.template = ledger_template.template(app.process.folder)

    @property
    def read(self) -> Read:
        """The record as it is stored now."""
        return Read(KIND, self.file.key, codec.to_data(self.file), self._version)

    @property
    def is_native(self) -> bool:
        """Whether it is one of Google's own formats, which has no bytes."""
        return self.file.mime_type.startswith(_NATIVE)

    def begin(self) -> None:
        """Count the run, and be looked at again should it die."""
        again = self.app.clock.now() + timedelta(seconds=LEASE_SECONDS)
        self.save(attempts=self.file.attempts + 1, next_look_at=again)

    def save(self, *writes: Write, **changes: object) -> None:
        """Store the file's record and what goes with it. :raises ConflictError: something of it has changed."""
        self.keep(replace(self.file, **changes), *writes)  # type: ignore[arg-type]

    def keep(self, after: LedgerFile, *writes: Write) -> None:
        """Store the record as it is from now on; as `save`."""
        versions = self.app.store.commit([Update(KIND, after.key, codec.to_data(after), self._version), *writes])
        self.file, self._version = after, versions[0]
        self.app.metrics.commits += 1

    def download(self) -> bytes | None:
        """The bytes that were dropped; None when they are gone, or others lie there now, which have a record of their own."""
        try:
            data = self.app.google.drive.download(self.file.file_id)
        except NotFoundError:
            return None
        return data if hashlib.sha256(data).hexdigest() == self.file.digest else None

    def source(self, data: bytes) -> Source:
        """A table opened. :raises UnreadableError: it is none."""
        if self.is_native:
            raise UnreadableError("native")
        if self.file.suffix not in (".xlsx", ".csv", ".txt"):
            raise UnreadableError("type")
        process = self.app.process
        look = Look(self.template, process.company.currency, local_day(process, self.file.at))
        return ledger_rows.read(look, process.folder, data)

    def put_away(self) -> None:
        """Move the file out of Entrada; one that is not there any more stays where it is."""
        site, drive = self.app.site.ledger, self.app.google.drive
        if site["incoming"] in drive.get_file(self.file.file_id).parents:
            drive.move(self.file.file_id, site["done"], site["incoming"])


class _Import:
    """Rows of one file, taken in from its cursor on."""

    def __init__(self, desk: Desk, deadline: float) -> None:
        self._desk, self._app, self._deadline = desk, desk.app, deadline
        self._template = desk.template
        self._clients = Clients(desk.app)

    def run(self) -> None:
        """Go on where the last run ended."""
        data = b"" if self._desk.is_native else self._desk.download()
        if data is None:
            self._desk.save(state=FileState.SUPERSEDED, next_look_at=None, ended_at=self._app.clock.now())
            return
        source = self._opened(data)
        if source is not None and self._desk.file.state is FileState.TAKING and not self._take(source):
            return
        if self._desk.file.state is not FileState.ANSWERING:
            (answer_id,) = self._app.google.drive.new_ids(1)
            self._desk.save(state=FileState.ANSWERING, answer_id=answer_id)
        ledger_answer.finish(self._desk, self._template, source)

    def _opened(self, data: bytes) -> Source | None:
        """The file opened; None when it cannot be read, which is kept with it."""
        file = self._desk.file
        try:
            source = self._desk.source(data)
            if file.state is FileState.WAITING:
                total = source.count()
                told = {"refusals": tuple(source.refusals), "notes": tuple(source.notes)}
                self._desk.save(state=FileState.TAKING, total=total, attempts=0, **told)
        except UnreadableError as error:
            said = self._template.refusals[error.reason].format(limit=self._template.limits["rows"])
            if said not in file.refusals:
                self._desk.save(refusals=(*file.refusals, said))
            return None
        return source

    def _take(self, source: Source) -> bool:
        """Take rows in until there are none left, or time is up (False): one batch at least, so that every run brings it on."""
        rows, pile = source.rows(), list[Row]()
        for _ in islice(rows, self._desk.file.cursor):
            pass
        begun = self._desk.file.batches
        while True:
            pile += islice(rows, self._template.limits["rows_at_once"] - len(pile))
            if not pile:
                return True
            if time.monotonic() >= self._deadline and self._desk.file.batches > begun:
                self._desk.save(next_look_at=self._app.clock.now(), attempts=0)
                return False
            pile = pile[self._commit(pile) :]

    def _commit(self, pile: Sequence[Row]) -> int:
        """Take the first rows in, with what is said of them; gives how many."""
        file = self._desk.file
        for attempt in range(_MOST_CONFLICTS):
            batch = Taker(self._app, self._template, self._clients, file.key).take(pile)
            counts = {key: file.counts.get(key, 0) + batch.counts[key] for key in {*file.counts, *batch.counts}}
            results = LedgerBatch(tuple(batch.results))
            kept = Create(KIND, batch_key(file.key, file.batches + 1), codec.to_data(results))
            passed = {"cursor": file.cursor + len(batch.results), "batches": file.batches + 1, "counts": counts}
            again = self._app.clock.now() + timedelta(seconds=LEASE_SECONDS)
            try:
                self._desk.save(kept, *batch.writes, attempts=0, next_look_at=again, **passed)
            except ConflictError as error:
                if error.kind == KIND or attempt == _MOST_CONFLICTS - 1:
                    raise
                continue
            for client_id, reference in batch.unfinished:
                ledger.spread(self._app, client_id, reference)
            return len(batch.results)
        return 0


def results_of(app: App, file: LedgerFile) -> Iterator[str]:
    """What was said of each row that is in, from the first on."""
    for number in range(1, file.batches + 1):
        found = app.store.get(KIND, batch_key(file.key, number))
        if found is not None:
            yield from codec.from_data(LedgerBatch, found.data).results
