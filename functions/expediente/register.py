"""The register: a workbook for each audience with one row a dossier, figures, and what needs a person.

One worker at a time writes it, at most once in five minutes and only what has changed: one Sheets write a workbook. Each dossier
keeps the row it once got. What a dossier adds to the figures is kept beside it (`tally.py`), so no figure reads all dossiers. A
workbook that Google refuses holds up no other: it keeps its own place in the changes and is caught up.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from expediente import codec, register_tabs, templates
from expediente import sheet_requests as rq
from expediente.deadlines import local_day
from expediente.errors import ConflictError, DoubtfulError, GoogleError, RetryLaterError
from expediente.model import SCHEMA, Dossier, Event, State
from expediente.register_layout import build, charts, dossier_row, grown, lines, room_for, updated, working_days
from expediente.register_tabs import said, said_charts
from expediente.register_told import Content, Told
from expediente.store import Create, Read, Update, Write
from expediente.tally import Figures, Tally, entered_of, figures_of, moved, tally_of
from expediente.templates import RegisterTemplate

if TYPE_CHECKING:
    from expediente.bootstrap import App

_log = logging.getLogger(__name__)

EVERY = timedelta(minutes=5)
# A change this young may still be followed by another of the same instant: it waits for the next turn.
SETTLED = timedelta(seconds=1)
LEASE = timedelta(seconds=180)
_RUN_SECONDS = 100
_AT_ONCE, _MOST_WRITES = 200, 400
_KEY, _TOTALS = "register", "register/totals"
# What a workbook's state calls the year of its working days, and how many rows its dossiers have.
_YEAR, _ROOM = "calendar", "room"


@dataclass(frozen=True)
class BookState:
    """How far a workbook is. since: the last change it shows; tabs: hash of what each further tab says; sizes: its lines."""

    file_id: str
    since: str = ""
    tabs: dict[str, str] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class RegisterState:
    """The register's own record. beat: the hour that was written last; rows: how many are given; books: by audience."""

    next_at: datetime | None = None
    leased_until: datetime | None = None
    beat: str = ""
    rows: int = 0
    books: dict[str, BookState] = field(default_factory=dict)
    schema: int = SCHEMA


@dataclass
class _Turn:
    """One turn of the one worker. changed: dossiers with their new tally, by the `since` they were asked with."""

    app: App
    template: RegisterTemplate
    state: RegisterState
    now: datetime
    begun: float = field(default_factory=time.monotonic)
    changed: dict[str, list[tuple[Dossier, Tally]]] = field(default_factory=dict)


def create(app: App, audience: str) -> str:
    """Make the empty register of an audience at the top of the dossier drive and give its id; `setup` calls it once."""
    template = templates.register(app.process.folder)
    book = template.workbooks[audience]
    marks = {"expediente": f"register:{audience}"}
    file_id = app.google.drive.create_spreadsheet(book.file_name, app.site.dossier_drive_id, marks)
    fill(app, audience, file_id)
    return file_id


def fill(app: App, audience: str, file_id: str) -> None:
    """Lay out an empty workbook in one batch, all or nothing."""
    template, today = templates.register(app.process.folder), local_day(app.process, app.clock.now())
    app.google.sheets.batch_update(file_id, build(template, template.workbooks[audience], app.process, today))


def is_built(app: App, file_id: str) -> bool:
    """Whether that batch has run. One read."""
    return app.google.sheets.get_metadata(file_id, rq.BUILT) is not None


def refresh(app: App) -> bool:
    """Write what has changed since the last time, however many dossiers are at rest. Gives whether it wrote."""
    if not app.site.registers:
        return False
    read, now = app.store.get("cursor", _KEY), app.clock.now()
    state = codec.from_data(RegisterState, read.data) if read else RegisterState()
    if any(until is not None and until > now for until in (state.next_at, state.leased_until)):
        return False
    template = templates.register(app.process.folder)
    turn = _Turn(app, template, replace(state, books=_books(app, state)), now)
    reads = _changed(turn)
    hour = codec.stamp(now)[:13]
    if not any(reads.values()) and state.beat == hour:
        return False
    version = _take_lease(turn, read, reads)
    if version is None:
        return False
    contents = register_tabs.contents(Told(app, template, figures_now(app, now), now))
    books = {audience: _write(turn, audience, contents) for audience in turn.state.books}
    # More waits when a page was full: then the next minute goes on.
    full = any(len(found) == _page(turn) for found in reads.values())
    done = replace(turn.state, books=books, beat=hour, leased_until=None, next_at=None if full else now + EVERY)
    try:
        # Stored only now: what dies before is written by the next turn, over the same rows.
        app.store.commit([Update("cursor", _KEY, codec.to_data(done), version)])
    except ConflictError:
        _log.warning("the register was taken over by another turn")
        return False
    return True


def _books(app: App, state: RegisterState) -> dict[str, BookState]:
    """Where each workbook stands; one that `setup` has made anew begins at the first change."""
    found = {}
    for audience, file_id in app.site.registers.items():
        known = state.books.get(audience)
        found[audience] = known if known and known.file_id == file_id else BookState(file_id)
    return found


def _page(turn: _Turn) -> int:
    """How many changes are asked for at once: all their tallies go into one commit."""
    return min(_AT_ONCE, _MOST_WRITES // len({book.since for book in turn.state.books.values()}))


def _changed(turn: _Turn) -> dict[str, list[Read]]:
    """The dossiers that have changed since each instant up to which some workbook is written: one question, if all are level."""
    return {
        since: turn.app.store.query("changed_dossiers", since=since or None, until=turn.now - SETTLED, limit=_page(turn))
        for since in sorted({book.since for book in turn.state.books.values()})
    }


# --- tallies and figures -------------------------------------------------------------------------------------------------------


def _take_lease(turn: _Turn, read: Read | None, reads: dict[str, list[Read]]) -> str | None:
    """Take the lease and store the tallies of what has changed, in one commit.

    Gives the version of the record that bears the lease, None when another turn was faster.
    """
    beside = _tally(turn, reads)
    data = codec.to_data(replace(turn.state, leased_until=turn.now + LEASE))
    mine: Write = Update("cursor", _KEY, data, read.version) if read else Create("cursor", _KEY, data)
    try:
        return turn.app.store.commit([mine, *beside])[0]
    except ConflictError:
        return None


def _tally(turn: _Turn, reads: dict[str, list[Read]]) -> list[Write]:
    """Make the tallies of the changed dossiers anew, give rows to new ones, move the totals by the difference."""
    app = turn.app
    dossiers = {read.key: codec.from_data(Dossier, read.data) for found in reads.values() for read in found}
    kept = app.store.get_many([("tally", key) for key in dossiers])
    rows, writes, changes, made = turn.state.rows, list[Write](), [], {}
    for dossier, read in zip(dossiers.values(), kept, strict=True):
        earlier = codec.from_data(Tally, read.data) if read else None
        row = earlier.row if earlier else rows
        rows += earlier is None
        tally = tally_of(app.process, turn.template, dossier, row, _entered(app, dossier, earlier), earlier)
        made[dossier.dossier_id] = tally
        if tally != earlier:
            changes.append((earlier, tally))
            data = codec.to_data(tally)
            writes.append(Update("tally", read.key, data, read.version) if read else Create("tally", dossier.dossier_id, data))
    turn.state = replace(turn.state, rows=rows)
    turn.changed = {since: [(dossiers[read.key], made[read.key]) for read in found] for since, found in reads.items()}
    return [*writes, *_totals(app, changes)]


def _totals(app: App, changes: Sequence[tuple[Tally | None, Tally]]) -> list[Write]:
    read = app.store.get("cursor", _TOTALS) if changes else None
    data = {"totals": moved(read.data["totals"] if read else {}, changes)}
    if not changes or (read and read.data == data):
        return []
    return [Update("cursor", _TOTALS, data, read.version) if read else Create("cursor", _TOTALS, data)]


def _entered(app: App, dossier: Dossier, earlier: Tally | None) -> dict[str, datetime]:
    """When the dossier entered its states; its events are read only after it has moved."""
    if earlier is not None and earlier.state == dossier.state.value:
        return earlier.entered
    if dossier.state is State.COLLECTING:
        return entered_of(dossier, ())
    reads = app.store.query("events_of_dossier", equals=dossier.dossier_id, limit=10_000)
    return entered_of(dossier, [codec.from_data(Event, read.data) for read in reads])


def figures_now(app: App, now: datetime) -> Figures:
    """The figures as they stand."""
    template, read = templates.register(app.process.folder), app.store.get("cursor", _TOTALS)
    totals = read.data["totals"] if read else {}
    return figures_of(totals, list(template.stages), template.months, local_day(app.process, now))


# --- writing -------------------------------------------------------------------------------------------------------------------


def _write(turn: _Turn, audience: str, contents: dict[str, Content]) -> BookState:
    """Bring one workbook up to date in one call; gives how far it is then. What fails is tried again by the next turn."""
    state = turn.state.books[audience]
    if time.monotonic() - turn.begun > _RUN_SECONDS:
        return state
    after, requests = _requests(turn, audience, contents)
    if not requests:
        return after
    try:
        turn.app.google.sheets.batch_update(state.file_id, [*requests, updated(turn.template, turn.app.process, turn.now)])
    except GoogleError as error:
        hopeless = {} if isinstance(error, (DoubtfulError, RetryLaterError)) else {"alert": "register"}
        _log.warning("register not written", extra={"method": error.method, "reason": error.reason, **hopeless})
        return state
    return after


def _requests(turn: _Turn, audience: str, contents: dict[str, Content]) -> tuple[BookState, list[rq.Request]]:
    """The rows of what has changed since the workbook was written, and the tabs that now say something else."""
    state, book, process = turn.state.books[audience], turn.template.workbooks[audience], turn.app.process
    changed = turn.changed[state.since]
    tabs, sizes = dict(state.tabs), dict(state.sizes)
    requests: list[rq.Request] = []
    if sizes.setdefault(_ROOM, room_for(0)) != room_for(turn.state.rows):
        sizes[_ROOM] = room_for(turn.state.rows)
        requests += grown(turn.template, book, sizes[_ROOM])
    requests += [dossier_row((process, turn.template, turn.now), book, dossier, tally.row) for dossier, tally in changed]
    for tab in (tab for tab in book.tabs if tab in contents):
        content = contents[tab]
        tabs[tab], shape = said(content.lines), said_charts(content.charts)
        if tabs[tab] != state.tabs.get(tab):
            requests += lines(turn.template, tab, content.lines, state.sizes.get(tab, 0))
            sizes[tab] = len(content.lines)
        if content.charts and shape != state.tabs.get(f"{tab}/charts"):
            tabs[f"{tab}/charts"] = shape
            requests += charts(turn.template, tab, content.charts, fresh=f"{tab}/charts" not in state.tabs)
    year = str(local_day(process, turn.now).year)
    if tabs.setdefault(_YEAR, year) != year:
        tabs[_YEAR] = year
        requests.append(working_days(process, local_day(process, turn.now)))
    moments = [dossier.changed_at for dossier, _ in changed if dossier.changed_at]
    since = codec.stamp(max(moments)) if moments else state.since
    return BookState(state.file_id, since, tabs, sizes), requests
