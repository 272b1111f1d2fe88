"""When the access of a dossier is looked at: every night some of them, and at once what was shared under a foreign hand.

Drive tells that a file has changed, and not who shared it. So a change that was no edit, of something of ours, that no step of
ours explains, is looked at; what falls into the minute of a step of ours is found by the night. The look is `access_audit.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from expediente import codec
from expediente.deadlines import local_day
from expediente.folder import ROOT, folder_step
from expediente.google.drive import FOLDER
from expediente.model import Dossier, Fact, State, StepRecord
from expediente.store import Create, Read, Update, Write

if TYPE_CHECKING:
    from expediente.bootstrap import App
    from expediente.google.drive import Change

STALE = "access"
SHARING = ("grant", "revoke")
# A share leaves the content as it is: what is logged this much later than the last edit was no edit.
_NO_EDIT = timedelta(seconds=2)
# From when to when a finished step of ours explains that Drive has logged a change.
_BEFORE, _AFTER = timedelta(seconds=60), timedelta(seconds=5)


def fact(dossier_id: str, event_id: str, at: datetime, file_id: str = "") -> Fact:
    """What asks for a look. payload: file (Drive id, '' = the whole dossier)."""
    return Fact(event_id, dossier_id, STALE, at, "expediente", {"file": file_id})


def facts_of_changes(app: App, changes: Sequence[Change]) -> list[Fact]:
    """Changes of the feed that may be a share under a foreign hand: no edit, of something of ours, explained by no step of ours."""
    odd = [change for change in changes if not change.removed and not change.trashed and _may_be_share(change)]
    if not odd:
        return []
    keys = [("unique", f"drive/{file_id}") for change in odd for file_id in (change.file_id, *change.parents[:1])]
    claims = dict(zip(keys, app.store.get_many(keys), strict=True))
    of = {c.file_id: claim for c in odd if (claim := _claim_of(c, claims)) is not None}
    ids = sorted({claim.data["dossier_id"] for claim in of.values()})
    read = {r.key: codec.from_data(Dossier, r.data) for r in app.store.get_many([("dossier", i) for i in ids]) if r is not None}
    found = []
    for change in odd:
        dossier = read.get(of[change.file_id].data["dossier_id"]) if change.file_id in of else None
        if dossier is not None and not explained(dossier, change.file_id, change.at):
            event_id = f"{STALE}-{change.file_id}-{codec.stamp(change.at)}"
            found.append(fact(dossier.dossier_id, event_id, change.at, change.file_id))
    return found


def _may_be_share(change: Change) -> bool:
    """A file that bears permissions of its own, or something that was changed after its last edit."""
    return change.shared or (change.mime_type == FOLDER and _is_no_edit(change))


def _is_no_edit(change: Change) -> bool:
    return change.modified_at is not None and change.at - change.modified_at > _NO_EDIT


def _claim_of(change: Change, claims: dict[tuple[str, str], Read | None]) -> Read | None:
    """The claim of a folder or workbook of ours after no edit, or the one of the folder that holds a shared file."""
    own = claims[("unique", f"drive/{change.file_id}")]
    if own is not None and own.data["role"].endswith("/create"):
        return own if _is_no_edit(change) else None
    if own is not None and own.data["role"].startswith("folder/"):
        return own
    parent = claims.get(("unique", f"drive/{change.parents[0]}")) if change.parents else None
    return own or (parent if parent and parent.data["role"].startswith("folder/") else None)


def unnamed(dossier: Dossier) -> set[str]:
    """Places whose workbook is asked for and has no id in the records yet: a file that no record names may be theirs."""
    made = ((key.removesuffix("/create"), record) for key, record in dossier.steps.items() if key.endswith("/create"))
    return {place for place, record in made if not record.file_id}


def is_named(dossier: Dossier, file_id: str) -> bool:
    """Whether a record says what that file is."""
    return file_id in dossier.files or any(record.file_id == file_id for record in dossier.steps.values())


def explained(dossier: Dossier, file_id: str, at: datetime) -> bool:
    """Whether a step of ours touched that file at that instant, or may have made it: its answer may still be unheard."""
    open_places = set() if is_named(dossier, file_id) else unnamed(dossier)
    return any(
        record.at is not None
        and (_target(dossier, key, record) == file_id or _place(key) in open_places)
        and record.at - _BEFORE <= at <= record.at + (_AFTER if record.state == "done" else _BEFORE * 3)
        for key, record in dossier.steps.items()
    )


def _place(key: str) -> str:
    """The place of a workbook that a step is about."""
    what, _, rest = key.partition("/")
    return rest.partition("/")[0] if what in SHARING else what


def _target(dossier: Dossier, key: str, record: StepRecord) -> str:
    """The Drive id of what a step touches."""
    what, _, rest = key.partition("/")
    if what in SHARING:
        place = rest.partition("/")[0]
        return dossier.file_id(folder_step(place)) or dossier.file_id(f"{place}/create")
    if what == "move":
        return dossier.file_id(ROOT)
    if what in ("unshare", "limit"):
        return rest.split("/")[1]
    return record.file_id or dossier.file_id(f"{what}/create")


def nightly(app: App) -> int:
    """Ask for a look at the dossiers whose turn it is, as many as the table allows a night; gives how many.

    Once a night, state by state, round and round, so that the cost of a night does not grow with the number of dossiers.
    """
    cursor, today = app.store.get("cursor", "access_audit"), local_day(app.process, app.clock.now()).isoformat()
    if cursor is not None and cursor.data["day"] == today:
        return 0
    order = list(State)
    state = State(cursor.data["state"]) if cursor else order[0]
    since = (cursor.data["since"] or None) if cursor else None
    rest, taken = app.process.access.audit_dossiers_a_night, list[str]()
    for _ in range(len(order) + 1):
        page = app.store.query("dossiers_by_state", equals=state.value, since=since, limit=rest) if rest else []
        taken += [read.key for read in page if read.key not in taken]
        rest -= len(page)
        if not rest:
            since = page[-1].data["opened_at"] if page else since
            break
        state, since = order[(order.index(state) + 1) % len(order)], None
    request(app, taken, f"night-{today}")
    data = {"state": state.value, "since": since or "", "day": today}
    write: Write = Update("cursor", "access_audit", data, cursor.version) if cursor else Create("cursor", "access_audit", data)
    app.store.commit([write])
    return len(taken)


def request(app: App, dossier_ids: Sequence[str], why: str) -> None:
    """Ask for a look at whole dossiers. why: makes the request once."""
    now = app.clock.now()
    request_facts(app, [fact(dossier_id, f"{STALE}-{dossier_id}-{why}", now) for dossier_id in dossier_ids])


def request_facts(app: App, facts: Sequence[Fact]) -> None:
    """Store facts and say "look at it" of their dossiers."""
    from expediente.feeds import store_facts  # it asks this module about its changes

    store_facts(app, facts)
    for dossier_id in dict.fromkeys(one.dossier_id for one in facts):
        app.publish_work(dossier_id)
