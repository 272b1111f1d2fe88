"""The methods of `files` apart from listing and export: create, get, update, copy, delete, generateIds, emptyTrash."""

from __future__ import annotations

from typing import Any

from emulator.drive import locks, metadata, moves, refusals, trash
from emulator.drive.access import Eye, audience
from emulator.drive.calls import answer, check_spaces, is_open_to, item, knows_drives
from emulator.drive.capabilities import at_least, may_delete, may_download, may_limit, may_trash
from emulator.drive.changelog import record
from emulator.drive.comments import copy_open
from emulator.drive.files import (
    create_file,
    destroy,
    generated_id,
    get_file,
    owns_nothing,
    placement,
    touch,
    was_generated,
)
from emulator.drive.importing import Fill, converter
from emulator.drive.index import index, save
from emulator.drive.model import APP_SPACE, FOLDER, NATIVE_PREFIX, SHORTCUT, File, files
from emulator.drive.revision_log import revisions
from emulator.kernel import BEGINS, Call, Json, Raw, World, handles

_NO_MEDIA_TYPE = "application/octet-stream"


@handles("drive.files.generateIds")
def generate_ids(call: Call) -> Json:
    """`drive.files.generateIds`: ids for folders, uploads and shortcuts yet to be made."""
    count, space = int(call.query.get("count", 10)), str(call.query.get("space", "drive"))
    if not 1 <= count <= 1000:
        raise refusals.invalid("count", f"Invalid value '{count}'. Values must be within the range: [1, 1000]")
    if space not in ("drive", "appDataFolder") or call.query.get("type", "files") not in ("files", "shortcuts"):
        raise refusals.invalid("space")
    return {"kind": "drive#generatedIds", "space": space, "ids": [generated_id(call.world) for _ in range(count)]}


@handles("drive.files.create")
def create(call: Call) -> Json:
    """`drive.files.create`, with or without content."""
    body = call.body
    mime_type, parents = _checked(call)
    target = _shortcut_target(call, mime_type)
    fill = _conversion(call, mime_type, str(body.get("name") or "Untitled"))
    file = create_file(
        call.world,
        call.actor,
        name=str(body.get("name") or (target.name if target else "Untitled")),
        mime_type=mime_type,
        parents=parents,
        app_properties=_texts(body.get("appProperties")),
        properties=_texts(body.get("properties")),
        file_id=body.get("id"),
        content=call.media.data if call.media and fill is None else None,
        description=body.get("description"),
        shortcut_target=target.id if target else None,
        original_filename=body.get("originalFilename"),
        inherited_permissions_disabled=bool(body.get("inheritedPermissionsDisabled")),
    )
    if fill is not None:
        fill(call.world, file)
    rest = {key: value for key, value in body.items() if key not in ("name", "appProperties", "properties", "description")}
    metadata.apply(call, file, rest)
    metadata.apply_times(call, file, body)
    if body.get("contentRestrictions"):
        locks.restrict(call, file, body["contentRestrictions"])
    if call.query.get("keepRevisionForever") and not file.is_native:
        revisions(call.world)[file.id][-1].keep_forever = True
    if body.get("trashed"):
        trash.put(call, file, trashed=True)
    save(call.world, file)
    return answer(call, file)


def _checked(call: Call) -> tuple[str, list[str] | None]:
    """Type and parents of a new file, when its metadata are good; nothing has been made yet."""
    body = call.body
    metadata.check_writable(body, creating=True)
    metadata.check_values(call, body)
    mime_type = _mime_type(call)
    parents = _known_parents(call, body.get("parents"))
    if body.get("id") is not None and (not mime_type.startswith(NATIVE_PREFIX) or mime_type in (FOLDER, SHORTCUT)):
        _check_generated(call, str(body["id"]))
    if body.get("inheritedPermissionsDisabled") and mime_type != FOLDER:
        raise refusals.bad_request("Limited access is available for folders only.")
    if body.get("contentRestrictions"):
        place = placement(call.world, call.actor, parents)
        locks.check_new(call, place.parent, mime_type, body["contentRestrictions"])
    return mime_type, parents


def begin_create(call: Call) -> None:
    """Refuse a resumable upload of a new file at once where the last chunk would be refused."""
    _, parents = _checked(call)
    placement(call.world, call.actor, parents)


def begin_update(call: Call) -> None:
    """The same for an upload of new content."""
    file = item(call, "metadata")
    metadata.check_writable(call.body, creating=False)
    metadata.check_values(call, call.body, file)
    _check_rights(call, file, call.body)


BEGINS["drive.files.create"] = begin_create
BEGINS["drive.files.update"] = begin_update


def _texts(pairs: Any) -> dict[str, str] | None:
    return {key: str(value) for key, value in pairs.items() if value is not None} if pairs else None


def _mime_type(call: Call) -> str:
    wanted = call.body.get("mimeType")
    if wanted and wanted != "*/*":
        return str(wanted)
    return call.media.mime_type if call.media and call.media.mime_type != "*/*" else _NO_MEDIA_TYPE


def _known_parents(call: Call, parents: list[str] | None) -> list[str] | None:
    """The wanted parents; a shared drive is unknown to a caller who does not say that it knows them."""
    for parent_id in parents or []:
        parent = files(call.world).get(parent_id)
        if parent_id == APP_SPACE:
            check_spaces(call, {APP_SPACE})
        if parent is not None and not is_open_to(call, parent):
            raise refusals.file_not_found(parent_id)
        if parent is not None and parent.drive_id and not knows_drives(call):
            if owns_nothing(call.world, call.actor):
                raise refusals.no_storage()
            raise refusals.file_not_found(parent_id)
    return parents


def _check_generated(call: Call, file_id: str) -> None:
    if file_id not in files(call.world) and not was_generated(file_id):
        raise refusals.invalid("file.id", "The provided file ID is not usable.")


def _shortcut_target(call: Call, mime_type: str) -> File | None:
    target_id = (call.body.get("shortcutDetails") or {}).get("targetId")
    if mime_type != SHORTCUT:
        return None
    if not target_id:
        raise refusals.required("shortcutDetails.targetId", "A shortcut needs shortcutDetails.targetId.")
    target = get_file(call.world, str(target_id), call.actor, "metadata")
    if target.mime_type == SHORTCUT:
        raise refusals.forbidden("shortcutTargetInvalid", "A shortcut cannot point to another shortcut.")
    return target


def _conversion(call: Call, mime_type: str, name: str) -> Fill | None:
    """What the uploaded bytes make of a file of a Google type, read already; None when the file keeps them or there are none."""
    if call.media is None or not mime_type.startswith(NATIVE_PREFIX) or not call.media.data:
        return None
    return converter(call.media.mime_type, mime_type)(call.world, name, call.media.data)


@handles("drive.files.get")
def get(call: Call) -> Json | Raw:
    """`drive.files.get`, metadata or with `alt=media` the content.

    The content of an item on a shared drive comes without `supportsAllDrives` too: rclone never sends it there.
    """
    if call.query.get("alt") == "media":
        return media_of(call, item(call, "metadata", gated=False))
    return answer(call, item(call, "metadata"))


def media_of(call: Call, file: File) -> Raw:
    """The bytes of a file with content of its own.

    :raises ApiError: 403 fileNotDownloadable for Google types.
    """
    file = get_file(call.world, file.id, call.actor, "reader")
    if file.is_native:
        raise refusals.not_downloadable()
    if not may_download(call.world, Eye(call.world, call.actor), file):
        raise refusals.forbidden("cannotDownloadFile", "This file cannot be downloaded by the user.")
    return Raw(file.mime_type, file.content or b"", {"Content-Disposition": "attachment"})


@handles("drive.files.update")
def update(call: Call) -> Json:
    """`drive.files.update`: metadata, content, place, trash, lock and limited access in one call, all or nothing."""
    body = dict(call.body)
    file = item(call, "metadata")
    metadata.check_writable(body, creating=False)
    metadata.check_values(call, body, file)
    _check_rights(call, file, body)
    move = moves.planned_move(call, file)
    # Read before anything is changed, because bytes that cannot be converted are to leave everything as it was.
    fill = _conversion(call, file.mime_type, str(body.get("name") or file.name))
    _apply_update(call, file, body, fill)
    if move is not None:
        moves.carry_out(call, file, move)
    return answer(call, file)


def _check_rights(call: Call, file: File, body: Json) -> None:
    eye, world = Eye(call.world, call.actor), call.world
    if eye.only_metadata(file):
        raise refusals.insufficient()
    if "trashed" in body and bool(body["trashed"]) != file.trashed:
        _check_trashing(world, eye, file)
    if metadata.needs_writer({key: value for key, value in body.items() if key != "trashed"}) or call.media is not None:
        get_file(world, file.id, call.actor, "writer")
    if file.is_root and set(body) - {"starred", "kind"}:
        raise refusals.insufficient()
    if "downloadRestrictions" in body and not at_least(eye, file, "organizer"):
        raise refusals.insufficient()
    limiting = body.get("inheritedPermissionsDisabled")
    if limiting is not None and bool(limiting) != file.inherited_permissions_disabled and not may_limit(eye, file):
        if not file.is_folder:
            raise refusals.bad_request("Limited access is available for folders only.")
        raise refusals.insufficient()
    if "contentRestrictions" in body:
        locks.check_restrictions(call, file, body["contentRestrictions"] or [])
    lifting = body.get("contentRestrictions") is not None and not any(one.get("readOnly") for one in body["contentRestrictions"])
    if (metadata.changes_content(body, file) or call.media is not None) and not lifting:
        locks.check_unlocked(file)
    if body.get("mimeType") and body["mimeType"] != file.mime_type and call.media is None:
        raise refusals.not_writable()


def _check_trashing(world: World, eye: Eye, file: File) -> None:
    if file.space == APP_SPACE:
        raise refusals.app_data_only()
    if not may_trash(world, eye, file):
        raise refusals.insufficient()


def _apply_update(call: Call, file: File, body: Json, fill: Fill | None) -> None:
    before = audience(call.world, file)
    trashing = "trashed" in body and bool(body["trashed"]) != file.trashed
    plain = {key: value for key, value in body.items() if key not in ("trashed", "starred", "viewedByMeTime", "kind")}
    if call.media is not None:
        _replace_content(call, file, body, fill)
    metadata.apply(call, file, body)
    if "contentRestrictions" in body:
        locks.restrict(call, file, body["contentRestrictions"] or [])
    if trashing:
        trash.put(call, file, trashed=bool(body["trashed"]))
    limited = bool(body.get("inheritedPermissionsDisabled", file.inherited_permissions_disabled))
    relimited, file.inherited_permissions_disabled = limited != file.inherited_permissions_disabled, limited
    if call.media is not None:
        touch(call.world, file.id, call.actor, "content")
    elif plain:
        touch(call.world, file.id, call.actor, "metadata")
    elif trashing:
        touch(call.world, file.id, call.actor, "trash" if file.trashed else "untrash")
    metadata.apply_times(call, file, body)
    save(call.world, file)
    if relimited:
        record(call.world, file, before=before if file.inherited_permissions_disabled else None)


def _replace_content(call: Call, file: File, body: Json, fill: Fill | None) -> None:
    assert call.media is not None
    if fill is not None:
        fill(call.world, file)
    if not file.is_native:
        file.content = call.media.data
        file.mime_type = str(body.get("mimeType") or (call.media.mime_type if call.media.mime_type != "*/*" else file.mime_type))


@handles("drive.files.copy")
def copy(call: Call) -> Json:
    """`drive.files.copy`. Without parents the copy goes beside the source, or to My Drive when the caller may not write there."""
    body, source = call.body, item(call)
    metadata.check_writable(body, creating=True)
    metadata.check_values(call, body)
    if source.mime_type in (FOLDER, SHORTCUT) or not _may_copy(call, source):
        raise refusals.forbidden("cannotCopyFile", "This file cannot be copied by the user.")
    mime_type = str(body.get("mimeType") or source.mime_type)
    if mime_type != source.mime_type and (source.is_native or not mime_type.startswith(NATIVE_PREFIX)):
        raise refusals.unsupported_conversion()
    name, fill = str(body.get("name") or f"Copy of {source.name}"), None
    if mime_type != source.mime_type:
        fill = converter(source.mime_type, mime_type)(call.world, name, source.content or b"")
    if body.get("id") is not None and not source.is_native:
        _check_generated(call, str(body["id"]))
    file = create_file(
        call.world,
        call.actor,
        name=name,
        mime_type=mime_type,
        parents=_known_parents(call, body.get("parents")) or _beside(call, source),
        properties=dict(source.properties),
        file_id=body.get("id"),
        content=None if fill else source.content,
        description=source.description,
        source=None if fill else source,
        original_filename=source.original_filename,
    )
    if fill is not None:
        fill(call.world, file)
    file.app_properties = {project: dict(pairs) for project, pairs in source.app_properties.items()}
    metadata.apply(call, file, body)
    metadata.apply_times(call, file, body)
    save(call.world, file)
    if call.query.get("copyComments"):
        copy_open(call.world, source, file)
    return answer(call, file)


def _may_copy(call: Call, source: File) -> bool:
    return may_download(call.world, Eye(call.world, call.actor), source)


def _beside(call: Call, source: File) -> list[str] | None:
    eye = Eye(call.world, call.actor)
    parent = files(call.world)[source.parents[0]]
    writes = eye.role(parent) not in (None, "reader", "commenter")
    return [parent.id] if writes and (parent.drive_id is None or knows_drives(call)) else None


@handles("drive.files.delete")
def delete(call: Call) -> None:
    """`drive.files.delete`: for good, with everything below, skipping the trash."""
    file = item(call, "metadata")
    if not may_delete(call.world, Eye(call.world, call.actor), file):
        raise refusals.insufficient()
    destroy(call.world, file)


@handles("drive.files.emptyTrash")
def empty_trash(call: Call) -> None:
    """`drive.files.emptyTrash` of the caller's My Drive, or of one shared drive for its organizers."""
    drive_id = call.query.get("driveId")
    shelf, rows = index(call.world), files(call.world)
    if drive_id:
        root = rows.get(str(drive_id))
        eye = Eye(call.world, call.actor)
        if root is None or not eye.is_member(root.id):
            raise refusals.drive_not_found(str(drive_id))
        if eye.role(root) != "organizer":
            raise refusals.insufficient()
        ids = list(shelf.by_drive.get(root.id, {}))
    else:
        ids = [one for one in shelf.by_owner.get(call.actor.lower(), {}) if rows[one].drive_id is None]
    for file_id in ids:
        if file_id in rows and rows[file_id].trashed:
            destroy(call.world, rows[file_id])
