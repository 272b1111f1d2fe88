"""files.list: which files are in question, which the caller sees, which match, in what order, page by page.

Source: Drive API guides, "Search for files and folders" and "Implement shared drive support".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from emulator.drive import refusals
from emulator.drive.access import Eye, within_reach
from emulator.drive.calls import drive_wanted, knows_drives, page_offset, page_size, page_token, wants_drives
from emulator.drive.files import get_file, project_of
from emulator.drive.index import index
from emulator.drive.matching import Matcher
from emulator.drive.model import File, files, my_drive_id
from emulator.drive.query import Node, Term, demanded, parse, terms
from emulator.drive.view import file_resource, wanted_members
from emulator.kernel import ApiError, Call, Json, handles

_Key = Callable[[File], Any]


@handles("drive.files.list")
def list_files(call: Call) -> Json:
    """`drive.files.list`."""
    eye = Eye(call.world, call.actor)
    project = project_of(call.world, call.actor)
    corpora = _corpora(call, eye)
    node = _aliased(parse(str(call.query["q"])), call.actor) if call.query.get("q") else None
    matches = Matcher(eye, project, node).matches if node is not None else lambda file: True
    if node is not None:
        _check_parents(call, node)
    seen = _settled(call)
    found = [file for file in _candidates(call, eye, corpora, node) if seen(file) and eye.sees(file) and matches(file)]
    ordered = _ordered(call, eye, found, node)
    start, size = page_offset(call), page_size(call, 100, 1000)
    wants = wanted_members(call.query.get("fields"))
    page: Json = {"kind": "drive#fileList", "incompleteSearch": False}
    page["files"] = [file_resource(eye, file, project, wants) for file in ordered[start : start + size]]
    if start + size < len(ordered):
        page["nextPageToken"] = page_token(call, start + size)
    return page


def _corpora(call: Call, eye: Eye) -> str:
    drive_id = drive_wanted(call)
    corpora = str(call.query.get("corpora") or ("drive" if drive_id and "corpora" not in call.query else "user"))
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
        raise refusals.not_found("Shared drive", drive_id, "driveId")
    return corpora


def _aliased(node: Node, actor: str) -> Node:
    """The tree with `'root' in parents` naming the caller's own folder."""
    if isinstance(node, Term):
        is_root = node.field == "parents" and node.value == "root"
        return Term(node.field, node.operator, my_drive_id(actor)) if is_root else node
    changed = {name: _aliased(inner, actor) for name, inner in vars(node).items()}
    return type(node)(**changed)


def _check_parents(call: Call, node: Node) -> None:
    """An unknown or invisible folder in `in parents` is a 404 with an empty id. Source: field reports."""
    for term in terms(node):
        if term.field != "parents" or term.value == my_drive_id(call.actor):
            continue
        try:
            folder = get_file(call.world, term.value, call.actor, "metadata")
        except ApiError as unseen:
            raise refusals.file_not_found("") from unseen
        if folder.drive_id and not knows_drives(call):
            raise refusals.file_not_found("")


def _candidates(call: Call, eye: Eye, corpora: str, node: Node | None) -> Iterator[File]:
    """The files that may match, found by folder where the query names one."""
    rows, drive_id = files(call.world), drive_wanted(call)
    folder = next((term.value for term in demanded(node) if term.field == "parents"), None) if node is not None else None
    if folder is not None:
        ids: Iterable[str] = index(call.world).children.get(folder, {})
        pool: Iterable[File] = (rows[one] for one in ids)
    else:
        pool = _reachable(call, eye, corpora)
    for file in pool:
        if file.is_root or (file.drive_id and not wants_drives(call)):
            continue
        if corpora == "drive" and file.drive_id != drive_id:
            continue
        if corpora == "domain" and not _domain_finds(eye, file):
            continue
        yield file


def _reachable(call: Call, eye: Eye, corpora: str) -> Iterator[File]:
    rows, shelf = files(call.world), index(call.world)
    if corpora == "drive":
        for file_id in shelf.by_drive.get(drive_wanted(call) or "", {}):
            yield rows[file_id]
        return
    if corpora == "domain":
        for key in [f"domain:{eye.domain}", "anyone"]:
            yield from (rows[one] for one in shelf.by_grantee.get(key, {}))
        return
    yield from within_reach(call.world, eye)
    if wants_drives(call):
        for held in shelf.by_drive.values():
            for file_id in held:
                if eye.role(rows[file_id]) is not None and not _by_link_alone(eye, rows[file_id]) or eye.only_metadata(rows[file_id]):
                    yield rows[file_id]


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


def _settled(call: Call) -> Callable[[File], bool]:
    """Lists lag behind writes: with the switch `list_lag_s` a new file is missing for that many seconds."""
    horizon = call.now - timedelta(seconds=float(call.world.behaviour.get("list_lag_s", 0)))
    return lambda file: file.born_at <= horizon


def _ordered(call: Call, eye: Eye, found: list[File], node: Node | None) -> list[File]:
    """Sorted by `orderBy`; without it the newest change comes first, as Google mostly does."""
    order = call.query.get("orderBy")
    if not order:
        return sorted(found, key=lambda file: file.modified_at, reverse=True)
    if node is not None and any(term.field == "fullText" for term in terms(node)):
        text = "Sorting is not supported for queries with fullText terms. Results are always in descending relevance order."
        raise ApiError(400, text, reason="badRequest", location="orderBy", location_type="parameter")
    for part in reversed(str(order).split(",")):
        name, _, direction = part.strip().partition(" ")
        key = _order_keys(eye).get(name)
        if key is None or direction.strip() not in ("", "desc"):
            raise refusals.invalid("orderBy")
        found = sorted(found, key=key, reverse=direction.strip() == "desc")
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
