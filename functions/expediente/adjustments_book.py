"""The workbook Ajustes at work: made by `setup`, read in the minute after somebody changed it, its answers written beside the cells.

The change feed that the minute reads anyway says that it was edited: a marker is stored before the feed's cursor moves, so nothing is
lost. Accepted values are one record with a version and an event in the same commit; only then is the workbook written. Whatever dies
in between, the marker is still there and the same look again comes to the same end.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from expediente import adjustments, adjustments_cells, adjustments_layout, adjustments_reading, codec, events, templates
from expediente import sheet_requests as rq
from expediente.adjustments import CHAIN, KIND, MAIN, Adjustments, Values
from expediente.adjustments_cells import HEAD_ROWS, KEY, NOTICE, Cells
from expediente.adjustments_layout import Plan
from expediente.adjustments_reading import Judgement, Look
from expediente.deadlines import local_day
from expediente.errors import ConfigurationError, ConflictError, GoogleError, NotFoundError
from expediente.google.sheets import Cell, ColumnLookup
from expediente.ids import person_ref
from expediente.store import Create, Read, Update, Write

if TYPE_CHECKING:
    from expediente.bootstrap import App
    from expediente.google.drive import Change
    from expediente.process import Process

_log = logging.getLogger(__name__)

_CURSOR = ("cursor", "adjustments")
# What these tabs say decides who is reminded when and who opens what: every open dossier is looked at again.
_SPREAD = ("people", "absences", "holidays", "deadlines")
_DIGEST_LETTERS = 12


# --- the feed ------------------------------------------------------------------------------------------------------------------


def note(app: App, changes: Sequence[Change]) -> None:
    """Remember that people changed the workbook; called with every page of the feed before its cursor moves."""
    theirs = [one for one in changes if one.file_id == app.site.adjustments_id and (one.removed or not one.by_us)]
    if theirs:
        found = app.store.get(*_CURSOR)
        known = found.data if found else {}
        people = sorted({*known.get("by", ()), *(person_ref(one.by) for one in theirs if one.by)})
        _mark(app, found, {**known, "stale": True, "by": people})


def _mark(app: App, found: Read | None, data: dict[str, Any]) -> Read | None:
    """Store the marker; None when somebody else has changed it meanwhile: then it is to be looked at again anyway."""
    write: Write = Update(*_CURSOR, data, found.version) if found else Create(*_CURSOR, data)
    try:
        (version,) = app.store.commit([write])
    except ConflictError:
        return None
    return Read(*_CURSOR, data, version)


def refresh(app: App) -> bool:
    """The minute's look: nothing but one read of the store while nobody has changed the workbook. Gives whether it was read."""
    if not app.site.adjustments_id:
        return False
    marker = app.store.get(*_CURSOR)
    if marker is None or not (marker.data.get("stale") or marker.data.get("spread")):
        return False
    try:
        _take_in(app, marker)
    except NotFoundError:
        _log.error("workbook of adjustments is gone", extra={"alert": "adjustments"})
        _mark(app, marker, {**marker.data, "stale": False})
    except GoogleError as error:
        _log.warning("adjustments not read", extra={"method": error.method, "reason": error.reason})
    return True


def _take_in(app: App, marker: Read) -> None:
    """Read, judge, store, spread, answer; in this order, each safe to do again."""
    record, cells = stored(app), read_cells(app)
    found = judge(app, cells, record)
    before = record.values if record else _begin(app)
    taken = marker.data.get("wished") == found.wish
    if found.wish == "restore_previous":
        # Taken already, only the workbook has not been written since: the version before the new one is not what was wished.
        found.values = before if taken else _previous(app, record) or found.values
    spread = any(getattr(found.values, part) != getattr(before, part) for part in _SPREAD)
    kept: Read | None = marker
    if found.values != before:
        kept, record = _store(app, marker, record, before, found.values, spread=spread, wish=found.wish)
    if kept is None or record is not None and record.values != found.values:
        return
    if kept.data.get("spread"):
        from expediente import feeds

        app.take_adjustments()
        feeds.look_at_open(app, f"adjustments-{record.version if record else 0}")
    wrote = _rebuild(app, found.values) if found.wish else _answer(app, cells, found, record, accepted=found.values != before)
    # What a person typed just before we wrote stands in the feed under our name: look once more.
    _mark(app, kept, {"stale": wrote, "spread": False, "by": kept.data["by"] if wrote else [], "refused": found.refused})


def stored(app: App) -> Adjustments | None:
    """The version in force, None while the tables of `process/` stand alone."""
    found = app.store.get(KIND, MAIN)
    return adjustments.read(found.data) if found else None


def _begin(app: App) -> Values:
    return adjustments.values_of(app.tables, templates.adjustments(app.tables.folder))


def judge(app: App, cells: Cells, record: Adjustments | None) -> Judgement:
    """What that workbook comes to, on top of the version in force."""
    tables = app.tables
    good = adjustments.values_of(adjustments.sound(tables, record.values), templates.adjustments(tables.folder)) if record else _begin(app)  # fmt: skip
    look = Look(tables, templates.adjustments(tables.folder), good, local_day(tables, app.clock.now()))
    return adjustments_reading.judge(look, cells)


def read_cells(app: App) -> Cells:
    """Every column that is read, in one call."""
    wanted = adjustments_cells.lookups()
    columns = app.google.sheets.read_columns(
        app.site.adjustments_id, [ColumnLookup(rq.COLUMN_KEY, f"{tab}.{name}") for tab, name in wanted]
    )
    return {place: column.values if column else None for place, column in zip(wanted, columns, strict=True)}


# --- the record ----------------------------------------------------------------------------------------------------------------


def _store(
    app: App, marker: Read, record: Adjustments | None, before: Values, values: Values, *, spread: bool, wish: str = ""
) -> tuple[Read | None, Adjustments | None]:
    """The new version with its event and the marker in one commit; None when somebody else was first."""
    held, now = app.store.get(KIND, MAIN), app.clock.now()
    by = tuple(marker.data.get("by", ()))
    base = record or Adjustments(0, now, (), before)
    event = events.next_event(
        CHAIN,
        base.event_count + 1,
        base.chain_head,
        now,
        " ".join(by) or "administrator",
        "adjustments_changed",
        {"version": str(base.version + 1), "changed": " ".join(changed_keys(before, values))},
    )
    new = Adjustments(
        version=base.version + 1,
        at=now,
        by=by,
        values=values,
        to_do=_to_do(app.tables, before, values, base.to_do),
        event_count=event.seq,
        chain_head=event.hash,
    )
    data = codec.to_data(new)
    after = {**marker.data, "stale": True, "spread": bool(marker.data.get("spread")) or spread, "wished": wish}
    writes: list[Write] = [
        Update(KIND, MAIN, data, held.version) if held else Create(KIND, MAIN, data),
        Create(KIND, f"{new.version:06d}", data),
        Create("event", f"{CHAIN}/{event.seq:06d}", codec.to_data(event)),
        Update(*_CURSOR, after, marker.version),
    ]
    try:
        versions = app.store.commit(writes)
    except ConflictError:
        return None, record
    _log.info("adjustments accepted")
    return Read(*_CURSOR, after, versions[-1]), new


def changed_keys(before: Values, now: Values) -> Iterator[str]:
    """What differs, by key; of people and absences a hash, because a key of theirs is an address."""
    for part in ("contact", "deadlines", "mails"):
        yield from (f"{part}/{key}" for key in _differing(getattr(before, part), getattr(now, part)))
    for part in ("people", "absences", "holidays"):
        sides = [{_named(part, one): one for one in getattr(side, part)} for side in (before, now)]
        yield from (f"{part}/{key}" for key in _differing(*sides))


def _named(part: str, one: Any) -> str:
    if part == "people":
        return person_ref(one.address)
    return one.day.isoformat() if part == "holidays" else codec.digest(one.key)[:_DIGEST_LETTERS]


def _differing(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    return sorted(key for key in before.keys() | now.keys() if before.get(key) != now.get(key))


def _to_do(process: Process, before: Values, now: Values, known: Sequence[str]) -> tuple[str, ...]:
    """What an administrator must still do with Google's groups, the newest first."""
    template = templates.adjustments(process.folder)
    groups = [{person.address: set(adjustments.groups_for(process, person)) for person in side.people} for side in (before, now)]
    found = []
    for address in sorted(groups[0].keys() | groups[1].keys()):
        was, is_now = groups[0].get(address, set()), groups[1].get(address, set())
        for key, names in (("join_group", is_now - was), ("leave_group", was - is_now)):
            if names:
                found.append(template.texts[key].format(address=address, groups=", ".join(sorted(names))))
    return tuple([*found, *(line for line in known if line not in found)][: template.limits["shown_to_do"]])


def _previous(app: App, record: Adjustments | None) -> Values | None:
    """The values of the version before; those of the tables before the first."""
    if record is None:
        return None
    if record.version == 1:
        return _begin(app)
    found = app.store.get(KIND, f"{record.version - 1:06d}")
    held = adjustments.read(found.data) if found else None
    return held.values if held else None


# --- the workbook --------------------------------------------------------------------------------------------------------------


def create(app: App) -> str:
    """Make the workbook at the top of the dossier drive and give its id; `setup` calls it once and then `build`."""
    name = templates.adjustments(app.tables.folder).file_name.format(company=app.tables.company.short_name)
    return app.google.drive.create_spreadsheet(name, app.site.dossier_drive_id, {"expediente": CHAIN})


def build(app: App, file_id: str) -> None:
    """Make every tab anew from the values in force."""
    record = stored(app)
    _build(app, file_id, record.values if record else _begin(app))


def is_built(app: App, file_id: str) -> bool:
    """Whether its tabs are there."""
    lookup = ColumnLookup(rq.COLUMN_KEY, f"guide.{KEY}")
    return app.google.sheets.read_columns(file_id, [lookup])[0] is not None


def _build(app: App, file_id: str, values: Values) -> None:
    template = templates.adjustments(app.tables.folder)
    whole = adjustments.values_of(adjustments.sound(app.tables, values), template)
    plan = Plan(app.tables, template, whole, app.settings.service_account)
    former = app.google.sheets.structure(file_id).tabs
    app.google.sheets.batch_update(file_id, adjustments_layout.requests(plan, former))


def _rebuild(app: App, values: Values) -> bool:
    _build(app, app.site.adjustments_id, values)
    return True


def _answer(app: App, cells: Cells, found: Judgement, record: Adjustments | None, *, accepted: bool) -> bool:
    """Write what differs of keys, groups, notices and the first tab, in one call. Gives whether anything did."""
    template = templates.adjustments(app.tables.folder)
    columns: list[tuple[ColumnLookup, Sequence[Cell]]] = []
    for (tab, name), wanted in _wanted(template, cells, found).items():
        columns += _difference(cells, tab, name, wanted)
    guide = adjustments_layout.guide_values(template, record, found.refused, found.general, _at(app))
    # The state bears the time of its look, which alone is no news.
    news = any(adjustments_cells.guide_value(cells, name) != guide[name] for name in ("notices", "to_do"))
    if columns or news or accepted:
        keys = cells.get(("guide", KEY)) or ()
        places = {n: guide[str(key)] for n, key in enumerate(keys) if str(key) in guide and key != "restore"}
        columns += _difference(cells, "guide", "value", places)
    if columns:
        app.google.sheets.write_columns(app.site.adjustments_id, columns)
    return bool(columns)


def _wanted(template: Any, cells: Cells, found: Judgement) -> dict[tuple[str, str], dict[int, str]]:
    """Our columns: row -> text, of the tabs that are whole."""
    wanted: dict[tuple[str, str], dict[int, str]] = {}
    for tab in adjustments_cells.INPUTS:
        if tab == "guide" or adjustments_cells.broken(template, cells, tab):
            continue
        used = {row.index for row in adjustments_cells.rows(cells, tab)}
        known = {n for n, cell in enumerate(cells[tab, NOTICE] or ()) if cell and n >= HEAD_ROWS}
        wanted[tab, NOTICE] = {n: found.notices.get((tab, n), "") for n in used | known}
        if tab in adjustments_reading.LISTS:
            # A bad row goes on naming what it stood for; one that was emptied names nothing.
            refused = {n for n in used if (tab, n) in found.notices}
            gone = {n for n, cell in enumerate(cells[tab, KEY] or ()) if cell and n >= HEAD_ROWS and n not in used}
            named = {n: key for (at, n), key in found.keys.items() if at == tab}
            wanted[tab, KEY] = {**dict.fromkeys(gone | (used - refused - named.keys()), ""), **named}
    people = wanted.get(("people", NOTICE))
    if people is not None:
        wanted["people", "groups"] = {n: found.groups.get(n, "") for n in people}
    return wanted


def _difference(cells: Cells, tab: str, name: str, wanted: Mapping[int, str]) -> list[tuple[ColumnLookup, list[Cell]]]:
    """A column that leaves alone what is as it should be; nothing when all of it is."""
    column = cells.get((tab, name)) or ()
    differing = {n: text for n, text in wanted.items() if str(column[n] if n < len(column) else "") != text}
    if not differing:
        return []
    written: list[Cell] = [differing.get(n) for n in range(max(differing) + 1)]
    return [(ColumnLookup(rq.COLUMN_KEY, f"{tab}.{name}"), written)]


def _at(app: App) -> str:
    now: datetime = app.clock.now()
    return now.astimezone(ZoneInfo(app.tables.company.timezone)).strftime("%d/%m/%Y %H:%M")


# --- administrators ------------------------------------------------------------------------------------------------------------


def look(app: App) -> Judgement:
    """What the workbook comes to as it stands now; nothing is stored or written.

    :raises ConfigurationError: there is no workbook yet.
    """
    if not app.site.adjustments_id:
        raise ConfigurationError("site", "todavía no hay libro Ajustes", "Ejecute `expediente setup`.")
    return judge(app, read_cells(app), stored(app))


def restore(app: App, *, previous: bool = False) -> int:
    """Make the workbook anew from the values in force, or go back to the version before. Gives the version then in force."""
    if previous:
        record, marker = stored(app), app.store.get(*_CURSOR) or _mark(app, None, {"stale": False, "by": []})
        values = _previous(app, record)
        if record is not None and values is not None and marker is not None:
            _store(app, marker, record, record.values, values, spread=True)
    build(app, app.site.adjustments_id)
    record = stored(app)
    return record.version if record else 0


__all__ = ["build", "create", "is_built", "judge", "look", "note", "read_cells", "refresh", "restore", "stored"]
