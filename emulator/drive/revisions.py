"""The methods of `revisions`. Source: Drive API guide, "Manage file revisions"."""

from __future__ import annotations

from emulator.drive import refusals
from emulator.drive.calls import item, paged
from emulator.drive.model import File, Revision, rfc3339
from emulator.drive.revision_log import revisions
from emulator.drive.view import can_export, checksums, export_links, user_resource
from emulator.kernel import ApiError, Call, Json, Raw, handles

_FLAGS = ("published", "publishAuto", "publishedOutsideDomain")
_WRITABLE = frozenset(("kind", "id", "keepForever", *_FLAGS))


@handles("drive.revisions.list")
def list_revisions(call: Call) -> Json:
    """`drive.revisions.list`, oldest first."""
    file = _file(call)
    shown = [_resource(call, file, one) for one in revisions(call.world).get(file.id, [])]
    return paged(call, shown, "drive#revisionList", "revisions", default=200, most=1000)


@handles("drive.revisions.get")
def get(call: Call) -> Json | Raw:
    """`drive.revisions.get`, metadata or with `alt=media` the content of that time."""
    file = _file(call)
    revision = _revision(call, file)
    if call.query.get("alt") != "media":
        return _resource(call, file, revision)
    if file.is_native:
        raise refusals.not_downloadable()
    return Raw(revision.mime_type, revision.content or b"")


@handles("drive.revisions.update")
def update(call: Call) -> Json:
    """`drive.revisions.update`: keep a content forever (never undone), publish a Google type."""
    file = _file(call)
    revision, body = _revision(call, file), call.body
    if set(body) - _WRITABLE:
        raise refusals.not_writable()
    if body.get("keepForever") is False and revision.keep_forever:
        text = "Bad Request. Cannot update a revision to false that is marked as keepForever."
        raise ApiError(400, text, reason="illegalKeepForeverModification")
    if not file.is_native:
        revision.keep_forever = bool(body.get("keepForever", revision.keep_forever))
    else:
        revision.flags |= {name: bool(body[name]) for name in _FLAGS if name in body}
    revisions(call.world)[file.id] = revisions(call.world)[file.id]
    return _resource(call, file, revision)


@handles("drive.revisions.delete")
def delete(call: Call) -> None:
    """`drive.revisions.delete`: only of uploaded content, never the last one."""
    file = _file(call)
    revision, log = _revision(call, file), revisions(call.world)[file.id]
    if file.is_native:
        raise refusals.forbidden("revisionDeletionNotSupported", "Revision deletion is not supported for this file.")
    if len(log) == 1 or revision.id == file.head_revision_id:
        raise refusals.forbidden("cannotDeleteOnlyRevision", "The head or only revision of a file cannot be deleted.")
    revisions(call.world)[file.id] = [one for one in log if one.id != revision.id]


def _file(call: Call) -> File:
    """Revisions are for editors; folders and shortcuts have none."""
    file = item(call, "writer", gated=False)
    if file.id not in revisions(call.world):
        raise refusals.forbidden("revisionsNotSupported", "The file does not support revisions.")
    return file


def _revision(call: Call, file: File) -> Revision:
    wanted = call.path["revisionId"]
    log = revisions(call.world).get(file.id, [])
    found = log[-1:] if wanted == "head" else [one for one in log if one.id == wanted]
    if not found:
        raise refusals.not_found("Revision", wanted, "revisionId")
    return found[0]


def _resource(call: Call, file: File, revision: Revision) -> Json:
    answer: Json = {
        "kind": "drive#revision",
        "id": revision.id,
        "mimeType": revision.mime_type,
        "modifiedTime": rfc3339(revision.modified_at),
        "published": revision.flags.get("published", False),
        "lastModifyingUser": user_resource(call.world, revision.modified_by, call.actor),
    }
    if file.is_native:
        links = {"exportLinks": export_links(file, revision.id)} if can_export(file) else {}
        return answer | {name: revision.flags.get(name, False) for name in _FLAGS} | links
    data = revision.content or b""
    return answer | {
        "keepForever": revision.keep_forever,
        "originalFilename": revision.original_filename or file.name,
        "md5Checksum": checksums(data)["md5Checksum"],
        "size": str(len(data)),
    }
