"""files.list: which files are in question, which the caller sees, which match, in what order, page by page.

Source: Drive API guides, "Search for files and folders" and "Implement shared drive support".
"""

from __future__ import annotations

import heapq
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any

from emulator.drive import refusals
from emulator.drive.access import Eye, lineage, within_reach
from emulator.drive.calls import (
    drive_wanted,
    is_open_to,
    knows_drives,
    page_instant,
    page_offset,
    page_size,
    page_token,
    wanted_spaces,
    wanted_views,
    wants_drives,
)
from emulator.drive.files import get_file, project_of
from emulator.drive.index import index
from emulator.drive.label_view import label_info
from emulator.drive.matching import Matcher
from emulator.drive.model import APP_SPACE, File, app_data_id, files, my_drive_id
from emulator.drive.query import Node, Term, demanded, parse, terms
from emulator.drive.view import file_resource, wanted_members
from emulator.kernel import ApiError, Call, Json, handles

_Key = Callable[[File], Any]


@handles("drive.files.list")
def list_files(call: Call) -> Json:
    """`drive.files.list`. Of several wrong parameters `orderBy` is blamed first, then `q`, then `pageToken`, as measured."""
    eye = Eye(call.world, call.actor)
    spaces = wanted_spaces(call)
    corpora, order = _corpora(call, eye), _order(call, eye)
    project = project_of(call.world, call.actor)
    node = _aliased(parse(str(call.query["q"])), call.actor, project) if call.query.get("q") else None
    matches = Matcher(eye, project, node).matches if node is not None else lambda file: True
    if node is not None:
        _check_parents(call, node)
        _check_sorting(order, node)
    start, size, asked_at = page_offset(call), page_size(call, 100, 1000), page_instant(call)
    settled = _settled(call, asked_at)
    pool = [file for file in _candidates(call, eye, corpora, node) if file.space in spaces]
    # What is asked for is cheaper to find out than what may be seen.
    found = [file for file in (pool if settled is None else filter(settled, pool)) if matches(file) and eye.sees(file)]
    if call.scopes is not None:
        found = [file for file in found if is_open_to(call, file)]
    page: Json = {"kind": "drive#fileList", "incompleteSearch": False}
    page["files"] = _shown(call, eye, _ordered(found, order, start + size)[start : start + size])
    if start + size < len(found):
        page["nextPageToken"] = page_token(call, start + size, asked_at)
    return page


def _shown(call: Call, eye: Eye, page: list[File]) -> list[Json]:
    project, include = project_of(call.world, call.actor), call.query.get("includeLabels")
    wants, views = wanted_members(call.query.get("fields")), wanted_views(call)
    return [file_resource(eye, file, project, wants, views) | label_info(call.world, call.actor, file, include) for file in page]


def _corpora(call: Call, eye: Eye) -> str:
    drive_id = drive_wanted(call)
    asked = call.query.get("corpora") or call.query.get("corpus")
    corpora = str(asked or ("drive" if drive_id and "corpora" not in call.query else "user"))
    corpora = {"teamDrive": "drive", "allTeamDrives": "allDrives"}.get(corpora, corpora)
    if corpora not in ("user", "domain", "drive", "allDrives"):
        raise refusals.invalid("corpora")
    if (corpora == "drive") != bool(drive_id):
        text = "The driveId parameter must be specified if and only if corpora is set to drive."
        raise ApiError(400, text, reason="teamDriveAndCorpusMismatch", location="driveId", location_type="parameter")
    if corpora in ("drive", "allDrives") and not wants_drives(call):
        text = "The includeItemsFromAllDrives parameter must be set to true when driveId is specified "
        raise refusals.forbidden("includeTeamDriveItemsRequired", text + "or corpora contains drive or allDrives.")
    if wants_drives(call) and not knows_drives(call):
        text = "The supportsAllDrives parameter must be set to true when includeItemsFromAllDrives is set to true."
        raise refusals.forbidden("teamDrivesNotSupported", text)
    if drive_id and drive_id not in eye.member_drives():
        raise refusals.drive_not_found(drive_id)
    return corpora


def _aliased(node: Node, actor: str, project: str) -> Node:
    """The tree with `'root' in parents` and `'appDataFolder' in parents` naming the caller's own folders."""
    if isinstance(node, Term):
        aliases = {"root": my_drive_id(actor), APP_SPACE: app_data_id(actor, project)} if node.field == "parents" else {}
        return Term(node.field, node.operator, aliases[node.value]) if node.value in aliases else node
    changed = {name: _aliased(inner, actor, project) for name, inner in vars(node).items()}
    return type(node)(**changed)


def _check_parents(call: Call, node: Node) -> None:
    """An unknown or invisible folder in `in parents` is a 404 with an empty id. Source: field reports."""
    for term in terms(node):
        own = (my_drive_id(call.actor), app_data_id(call.actor, project_of(call.world, call.actor)))
        if term.field != "parents" or term.value in own:
            continue
        try:
            folder = get_file(call.world, term.value, call.actor, "metadata")
        except ApiError as unseen:
            raise refusals.file_not_found("") from unseen
        if folder.drive_id and not knows_drives(call):
            raise refusals.file_not_found("")


def _candidates(call: Call, eye: Eye, corpora: str, node: Node | None) -> Iterable[File]:
    """The files that may match, found by folder or by private property where the query names one."""
    rows, shelf, drive_id = files(call.world).rows, index(call.world), drive_wanted(call)
    needs = list(demanded(node)) if node is not None else []
    folder = next((term.value for term in needs if term.field == "parents"), None)
    if folder is not None:
        top = rows.get(folder)
        if top is None or not _in_question(call, corpora, drive_id, top):
            return []
        below = [rows[one] for one in shelf.children.get(folder, {})]
        return below if corpora != "domain" else [file for file in below if _domain_finds(eye, file)]
    marks = [dict(term.pairs) for term in needs if term.field == "appProperties" and term.operator == "has"]
    pool: Iterable[File]
    if marks and corpora != "domain":
        key = (project_of(call.world, call.actor), marks[0].get("key", ""), marks[0].get("value", ""))
        marked = (rows[one] for one in shelf.by_property.get(key, {}))
        pool = (file for file in marked if corpora == "drive" or _in_reach(eye, file))
    else:
        pool = _reachable(call, eye, corpora)
    return (file for file in pool if file.parents and _in_question(call, corpora, drive_id, file))


def _in_question(call: Call, corpora: str, drive_id: str | None, file: File) -> bool:
    if file.drive_id and not wants_drives(call):
        return False
    return corpora != "drive" or file.drive_id == drive_id


def _reachable(call: Call, eye: Eye, corpora: str) -> Iterator[File]:
    rows, shelf = files(call.world), index(call.world)
    if corpora == "drive":
        for file_id in shelf.by_drive.get(drive_wanted(call) or "", {}):
            yield rows[file_id]
        return
    if corpora == "domain":
        for key in [f"domain:{eye.domain}", "anyone"]:
            yield from (rows[one] for one in shelf.by_grantee.get(key, {}) if _domain_finds(eye, rows[one]))
        return
    yield from within_reach(call.world, eye)
    if wants_drives(call):
        for held in shelf.by_drive.values():
            yield from (rows[one] for one in held if _in_reach(eye, rows[one]))


def _in_reach(eye: Eye, file: File) -> bool:
    """Whether an item is among the caller's own: given or inherited, and not only open by a link."""
    if file.drive_id:
        return (eye.role(file) is not None and not _by_link_alone(eye, file)) or eye.only_metadata(file)
    given = (grant for node in lineage(eye.world, file) for grant in node.grants.values())
    return eye.sees(file) and any(grant.type in ("user", "group") and eye.reaches(grant) for grant in given)


def _by_link_alone(eye: Eye, file: File) -> bool:
    """Whether the caller could open the item only because of a link grant, which does not make it appear in lists."""
    if file.drive_id and eye.is_member(file.drive_id):
        return False
    node: File | None = file
    while node is not None:
        for grant in node.grants.values():
            if (grant.type in ("user", "group") or grant.allow_file_discovery) and eye.reaches(grant):
                return False
        node = files(eye.world).get(node.parents[0]) if node.parents else None
    return True


def _domain_finds(eye: Eye, file: File) -> bool:
    return any(
        grant.type in ("domain", "anyone") and grant.allow_file_discovery and eye.reaches(grant) for grant in file.grants.values()
    )


def _settled(call: Call, asked_at: datetime) -> Callable[[File], bool] | None:
    """Which files a list may hold at all, None for every one.

    Lists lag behind writes: with the switch `list_lag_s` a new file is missing for that many seconds.
    Later pages hold nothing that was made after the first one, so that no new file pushes another one over the edge.
    """
    lag = float(call.world.behaviour.get("list_lag_s", 0))
    if not lag and "pageToken" not in call.query:
        return None
    horizon = min(call.now - timedelta(seconds=lag), asked_at)
    return lambda file: file.born_at <= horizon


def _order(call: Call, eye: Eye) -> list[tuple[_Key, bool]]:
    """The keys of `orderBy`, each with whether it sorts downwards."""
    found = []
    for part in str(call.query.get("orderBy") or "").split(","):
        name, _, direction = part.strip().partition(" ")
        key = _order_keys(eye).get(name)
        if (key is None or direction.strip() not in ("", "desc")) and call.query.get("orderBy"):
            raise refusals.invalid("orderBy")
        if key is not None:
            found.append((key, direction.strip() == "desc"))
    return found


def _check_sorting(order: list[tuple[_Key, bool]], node: Node) -> None:
    if order and any(term.field == "fullText" for term in terms(node)):
        text = "Sorting is not supported for queries with fullText terms. Results are always in descending relevance order."
        raise ApiError(400, text, reason="badRequest", location="orderBy", location_type="parameter")


def _ordered(found: list[File], order: list[tuple[_Key, bool]], most: int) -> list[File]:
    """Sorted by the keys; without any the first `most` of the newest changes, as Google mostly does."""
    if not order:
        newest = attrgetter("modified_at")
        return heapq.nlargest(most, found, key=newest) if most < len(found) else sorted(found, key=newest, reverse=True)
    for key, downwards in reversed(order):
        found = sorted(found, key=key, reverse=downwards)
    return found


def _order_keys(eye: Eye) -> dict[str, _Key]:
    def instant(value: datetime | None) -> float:
        return value.timestamp() if value else 0.0

    return {
        "createdTime": lambda file: file.created_at,
        "folder": lambda file: not file.is_folder,
        "modifiedByMeTime": lambda file: instant(file.modified_by.get(eye.actor)),
        "modifiedTime": lambda file: file.modified_at,
        "name": lambda file: file.name.lower(),
        "name_natural": lambda file: [(part.isdigit(), int(part) if part.isdigit() else 0, part) for part in _runs(file.name)],
        "quotaBytesUsed": lambda file: len(file.content or b""),
        "recency": lambda file: max(file.modified_at, file.viewed_by.get(eye.actor, file.modified_at)),
        "sharedWithMeTime": lambda file: instant(_shared_at(eye, file)),
        "starred": lambda file: eye.actor not in file.starred_by,
        "viewedByMeTime": lambda file: instant(file.viewed_by.get(eye.actor)),
    }


def _runs(name: str) -> list[str]:
    return re.findall(r"\d+|\D+", name.lower())


def _shared_at(eye: Eye, file: File) -> datetime | None:
    return next((grant.granted_at for grant in file.grants.values() if eye.reaches(grant)), None)
