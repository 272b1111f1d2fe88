"""The access audit: what Drive grants on a dossier beside what `process/access.yaml` says, undone by steps and told.

A look corrects the records: what is missing in Drive is given again by the stage that gave it, what nobody gave is taken away here.
Who asks for a look stands in `access_watch.py`. What is found in Cumplimiento's folder is told to Cumplimiento alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from expediente import codec, lifecycle
from expediente.access import hidden_places, parent_key, principal_of, wanted_grants
from expediente.access_records import AccessState, Difference
from expediente.access_watch import SHARING, STALE, is_named, unnamed
from expediente.deadlines import local_day
from expediente.errors import NotFoundError
from expediente.folder import ROOT, folder_step
from expediente.google.drive import GrantInfo
from expediente.mails import MailContext
from expediente.model import Dossier, Fact, Grant, State
from expediente.process import Process
from expediente.steps import Attempt, Step, effect
from expediente.store import Create, Update, Write
from expediente.wanted import Wanted, dossier_link
from expediente.work import View, Work

if TYPE_CHECKING:
    from expediente.bootstrap import App
    from expediente.google.drive import Drive

REMOVED = frozenset({"foreign", "left", "outside", "anyone"})
_ABOVE = "inherited"


# --- what is where -------------------------------------------------------------------------------------------------------------


def places(dossier: Dossier) -> dict[str, str]:
    """Drive id -> place of everything of ours that bears permissions: `root`, folders by key, workbooks by theirs."""
    found = {}
    for key, record in dossier.steps.items():
        if record.file_id and key.startswith("folder/"):
            found[record.file_id] = key.removeprefix("folder/")
        elif record.file_id and key.endswith("/create"):
            found[record.file_id] = key.removesuffix("/create")
    return found


def _place_of(dossier: Dossier, file_id: str, folder_id: str = "") -> str:
    known = places(dossier)
    if file_id in known:
        return known[file_id]
    delivered = dossier.files.get(file_id)
    return delivered.place if delivered else known.get(folder_id, "root")


def _is_limited(process: Process, dossier: Dossier, place: str) -> bool:
    """Whether a folder must inherit nothing; one of a dossier that has ended inherits from the archive."""
    ended = dossier.state in (State.WITHDRAWN, State.ARCHIVED)
    return not ended and any(folder.key == place and folder.limited for folder in process.access.folders)


# --- comparing -----------------------------------------------------------------------------------------------------------------


def look(app: App, dossier: Dossier, only: Sequence[str] = ()) -> list[Difference]:
    """Everything in Drive that differs from the table and the records. only: Drive ids to look at, empty = the whole dossier.

    Reads alone. The whole dossier costs one search, and one list of permissions for each thing that bears any.
    """
    drive = app.google.drive
    return _look_at(app, drive, dossier, only) if only else _look_at_all(app, drive, dossier)


def _look_at(app: App, drive: Drive, dossier: Dossier, only: Sequence[str]) -> list[Difference]:
    found: list[Difference] = []
    for file_id in only:
        place = _place_of(dossier, file_id)
        try:
            is_place = file_id in places(dossier)
            if is_place and _is_limited(app.process, dossier, place) and not drive.get_file(file_id).limited:
                found.append(Difference("unlimited", place, file_id))
            found += _of_file(app, dossier, place, file_id, drive.list_grants(file_id))
        except NotFoundError:
            # Gone since: what is in the trash or moved away has no readers here.
            continue
    return found


def _look_at_all(app: App, drive: Drive, dossier: Dossier) -> list[Difference]:
    found: list[Difference] = []
    for one in bearers(app, drive, dossier):
        if not one.limited and _is_limited(app.process, dossier, one.place) and one.file_id in places(dossier):
            found.append(Difference("unlimited", one.place, one.file_id))
        found += _of_file(app, dossier, one.place, one.file_id, one.grants)
    return found


@dataclass(frozen=True)
class Bearer:
    """Something of a dossier that bears permissions, with all of them. limited: it inherits none."""

    place: str
    file_id: str
    name: str
    grants: tuple[GrantInfo, ...]
    limited: bool = False


def bearers(app: App, drive: Drive, dossier: Dossier) -> Iterator[Bearer]:
    """The root, the folders and workbooks of ours, and whatever else in them bears permissions of its own. A search a drive, and a call each."""
    known, hidden = places(dossier), hidden_places(app.process)
    done = {file_id for file_id, place in known.items() if dossier.done(folder_step(place))}
    folders = [file_id for file_id in done if known[file_id] not in hidden]
    if not folders:
        return
    root = dossier.file_id(ROOT)
    for info in drive.children_of(folders, drive_id=app.site.dossier_drive_id):
        place = _place_of(dossier, info.file_id, info.parents[0] if info.parents else "")
        if info.shared or info.file_id in known:
            grants = drive.list_grants(info.file_id) if info.shared else ()
            yield Bearer(place, info.file_id, info.name, grants, info.limited)
    inside = [file_id for file_id in done if known[file_id] in hidden]
    for file_id in (root, *inside):
        yield Bearer(known[file_id], file_id, "", drive.list_grants(file_id))
    for info in drive.children_of(inside, drive_id=app.site.compliance_drive_id) if inside else ():
        if info.shared:
            yield Bearer(known[info.parents[0]], info.file_id, info.name, drive.list_grants(info.file_id))


def _of_file(app: App, dossier: Dossier, place: str, file_id: str, grants: Sequence[GrantInfo]) -> Iterator[Difference]:
    """The differences of one file; a grant whose step is still doubtful is left to that step."""
    process = app.process
    ours = file_id in places(dossier)
    recorded = {g.principal.lower(): g for g in dossier.grants.values() if ours and g.place == place}
    allowed = {w.principal.lower(): w.role for w in wanted_grants(process, dossier) if ours and w.place == place}
    open_steps = [key for key, record in dossier.steps.items() if record.state != "done"]
    # A file that no record names may be a workbook whose making is in doubt, and then its grants are that step's.
    may_be = (place,) if is_named(dossier, file_id) else (place, *unnamed(dossier))
    seen = set()
    for grant in grants:
        address = grant.address.lower() or grant.kind
        if grant.view or address == app.settings.service_account:
            continue
        seen.add(address)
        if any(_in_flight(open_steps, one, address) for one in may_be):
            continue
        if grant.inherited:
            if file_id == dossier.file_id(ROOT) and address not in _from_above(process, dossier):
                yield Difference(_ABOVE, place, file_id, address, grant.role, grant.permission_id)
        elif address not in recorded and address not in allowed:
            yield Difference(_kind(process, grant), place, file_id, address, grant.role, grant.permission_id)
        elif grant.role != (recorded[address].role if address in recorded else allowed[address]):
            yield Difference("role", place, file_id, address, grant.role, grant.permission_id)
    for address, record in recorded.items():
        if address not in seen and not _in_flight(open_steps, place, address):
            yield Difference("missing", place, file_id, record.principal, "", record.permission_id)


def _in_flight(open_steps: Sequence[str], place: str, address: str) -> bool:
    return any(key.lower().startswith(f"{what}/{place}/{address}/") for key in open_steps for what in SHARING)


def _from_above(process: Process, dossier: Dossier) -> set[str]:
    """Who reads a dossier through its parent and its drive, as the table says."""
    parent = next(p for p in process.access.parents if p.key == parent_key(process.access, dossier.state))
    rules = (*parent.grants, *process.access.drive("dossiers").members)
    return {principal_of(process, rule, dossier)[0].lower() for rule in rules}


def _kind(process: Process, grant: GrantInfo) -> str:
    if grant.kind == "anyone":
        return "anyone"
    if grant.address.rpartition("@")[2].lower() != process.company.domain:
        return "outside"
    return "left" if grant.kind == "user" and process.company.person(grant.address) is None else "foreign"


def without_owner(process: Process, dossier: Dossier) -> list[Difference]:
    """A dossier whose vendedora left the company: nobody mends that but a person who passes it on."""
    owned = dossier.state in lifecycle.OPEN | {State.ACTIVE} and process.company.person(dossier.vendedora) is None
    return [Difference("owner", "root", dossier.file_id(ROOT), dossier.vendedora)] if owned else []


# --- a look ---------------------------------------------------------------------------------------------------------------------


def fold(work: Work, fact: Fact) -> None:
    """Look at a file, or at the whole dossier, before anything else is decided. payload: file ('' = all)."""
    state, file_id = work.dossier.access, fact.payload["file"]
    is_stale = STALE in work.dossier.stale
    whole = not file_id or (is_stale and not state.look)
    wanted = () if whole else tuple(dict.fromkeys((*(state.look if is_stale else ()), file_id)))
    work.set(access=replace(state, look=wanted), stale=tuple(dict.fromkeys((*work.dossier.stale, STALE))))


def read(work: Work) -> None:
    """Look, and make the records say what is there, so that the stages want what is missing and `plan` what is too much."""
    state = work.dossier.access
    found = look(work.app, work.dossier, state.look)
    mend = tuple(one for one in found if one.kind != _ABOVE)
    found += without_owner(work.app.process, work.dossier)
    checked_at = state.checked_at if state.look else work.now
    if mend:
        hidden = hidden_places(work.app.process)
        told_of = {_notice(state.round), _notice_inside(state.round)} & work.dossier.notices.keys()
        untold = () if told_of else state.found
        kept = tuple(one for one in untold if one not in mend)
        state = AccessState((*kept, *mend), state.round + 1)
        work.set(grants=_corrected(work.dossier, mend))
        for event, inside in (("access_differs", False), ("compliance_access_differs", True)):
            kinds = Counter(one.kind for one in mend if (one.place in hidden) is inside)
            if kinds:
                work.record("expediente", event, **{kind: str(count) for kind, count in sorted(kinds.items())})
    work.set(access=replace(state, look=(), checked_at=checked_at))
    _keep_result(work, found)


def _corrected(dossier: Dossier, found: Sequence[Difference]) -> dict[str, Grant]:
    """The records of grants as Drive has them: one that is gone is not there, one of another role has that role."""
    grants = dict(dossier.grants)
    for one in found:
        key = next((k for k, g in grants.items() if g.place == one.place and g.principal.lower() == one.principal.lower()), "")
        if one.kind == "missing" and key:
            del grants[key]
        elif one.kind == "role" and key:
            grants[key] = replace(grants[key], role=one.role)
    return grants


def _keep_result(work: Work, found: Sequence[Difference]) -> None:
    """`access_audit/<dossier>`: when it was looked at, what was found then by kind, and how much was found in all."""
    dossier = work.dossier
    known = work.store.get("access_audit", dossier.dossier_id)
    hidden = hidden_places(work.app.process)
    open_ones = [one for one in found if one.place not in hidden]
    data = {
        "dossier_id": dossier.dossier_id,
        "checked_at": codec.stamp(work.now),
        "differences": dict(Counter(one.kind for one in open_ones)),
        "total": (known.data["total"] if known else 0) + len(open_ones),
    }
    write: Write = (
        Update("access_audit", dossier.dossier_id, data, known.version)
        if known
        else Create("access_audit", dossier.dossier_id, data)
    )
    work.writes.append(write)


# --- undoing and telling -------------------------------------------------------------------------------------------------------


def _unshare_step(one: Difference, number: int) -> str:
    return f"unshare/{number}/{one.file_id}/{one.permission_id}"


def _limit_step(one: Difference, number: int) -> str:
    return f"limit/{number}/{one.file_id}"


def plan(view: View) -> list[Step]:
    """Take away what the last look found too much, one after the other on a file, and close what was opened."""
    state = view.dossier.access
    steps = []
    for one in state.found:
        if one.kind in REMOVED:
            args = {"file_id": one.file_id, "permission_id": one.permission_id, "place": one.place, "key": ""}
            lane = one.place if one.file_id in places(view.dossier) else one.file_id
            steps.append(Step(_unshare_step(one, state.round), "remove_grant", args, lane=lane))
        elif one.kind == "unlimited":
            steps.append(Step(_limit_step(one, state.round), "limit_folder", {"file_id": one.file_id}, lane=one.place))
    return steps


@effect("limit_folder")
def limit_folder(attempt: Attempt) -> dict[str, str]:
    """Let a folder inherit nothing; absolute, so a repeat is harmless."""
    attempt.google.drive.limit(attempt.args["file_id"])
    return {}


def _notice(number: int) -> str:
    return f"acceso_corregido/{number}"


def _notice_inside(number: int) -> str:
    return f"acceso_corregido_interno/{number}"


def wanted(view: View) -> Iterator[Wanted]:
    """Once all of it is undone: to Expedientes and Gerencia what was found; of Cumplimiento's folder to Cumplimiento alone."""
    state = view.dossier.access
    if not state.found or any(not view.dossier.done(step.key) for step in plan(view)):
        return
    hidden = hidden_places(view.process)
    for key, kind, inside in (
        (_notice(state.round), "acceso_corregido", False),
        (_notice_inside(state.round), "acceso_corregido_interno", True),
    ):
        lines = tuple(told(view.process, view.dossier, one) for one in state.found if (one.place in hidden) == inside)
        if lines:
            name, day = view.dossier.intake.client.legal_name, local_day(view.process, view.now)
            context = MailContext(view.dossier.dossier_id, name, day, dossier_link(view), items=lines)
            yield Wanted(key, kind, context)


def told(process: Process, dossier: Dossier, one: Difference) -> str:
    """A difference in words for people: where, who, as what, and what is wrong with it."""
    where = next((folder.name for folder in process.access.folders if folder.key == one.place), "")
    where = where or process.labels.get(f"access_place_{one.place}", one.place)
    delivered = dossier.files.get(one.file_id)
    where += f" / {delivered.name}" if delivered else ""
    role = process.labels.get(f"access_role_{one.role.lower()}", one.role)
    said = process.labels[f"access_{one.kind}"]
    who = f" · {one.principal}" + (f" ({role})" if role else "") if one.principal else ""
    return f"{where}{who}: {said}"
