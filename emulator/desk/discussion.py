"""Comments on a file, and its versions: what editors find in the right margin of Drive and Sheets."""

from __future__ import annotations

from aiohttp import web

from emulator.desk.drive_pages import crumbs, kind_of
from emulator.desk.shortcuts import address_of
from emulator.desk.web import Desk, Refused, Visit, add, file_answer, see_other
from emulator.drive.access import Eye
from emulator.drive.capabilities import capabilities
from emulator.drive.files import get_file
from emulator.drive.model import File
from emulator.kernel import Json

_MOST_TEXT = 4000


def add_pages(desk: Desk, app: web.Application) -> None:
    """Register the pages."""
    add(desk, app, "GET", "/desk/file/{id}/comments", comments)
    add(desk, app, "POST", "/desk/file/{id}/comments", comment)
    add(desk, app, "POST", "/desk/file/{id}/comments/{comment}", reply)
    add(desk, app, "GET", "/desk/file/{id}/versions", versions)
    add(desk, app, "GET", "/desk/file/{id}/versions/{revision}", old_version)


def _file(visit: Visit) -> File:
    return get_file(visit.world, visit.place("id"), visit.actor, "reader")


def _about(visit: Visit, file: File) -> Json:
    return {
        "file": file,
        "address": address_of(file.id, file.mime_type, is_folder=file.is_folder),
        "icon_name": kind_of(file.mime_type)[0],
        "crumbs": crumbs(visit, file)[:-1],
        "can": capabilities(visit.world, Eye(visit.world, visit.actor), file),
    }


def comments_of(visit: Visit, file: File) -> list[Json]:
    """The comments on a file as `comments.list` answers them, the latest first."""
    asked = {"fields": "*", "pageSize": 100}
    found: list[Json] = visit.api("drive.comments.list", {"fileId": file.id}, asked)["comments"]
    return found


async def comments(visit: Visit) -> web.StreamResponse:
    """The conversation about a file."""
    file = _file(visit)
    return visit.page("comments.html", "drive", comments=comments_of(visit, file), **_about(visit, file))


async def _text(visit: Visit) -> tuple[str, str]:
    given = await visit.request.post()
    return str(given.get("text", "")).strip()[:_MOST_TEXT], str(given.get("action", ""))


async def comment(visit: Visit) -> web.StreamResponse:
    """Say something about the file."""
    text, _ = await _text(visit)
    if not text:
        raise Refused(400, "El comentario está vacío", "Escriba algo antes de comentar.")
    visit.api("drive.comments.create", {"fileId": visit.place("id")}, {"fields": "id"}, {"content": text})
    return see_other(f"/desk/file/{visit.place('id')}/comments", "Se agregó el comentario.")


async def reply(visit: Visit) -> web.StreamResponse:
    """Answer a comment, mark it as done (`action=resolve`) or open it again (`reopen`)."""
    text, action = await _text(visit)
    body: Json = ({"content": text} if text else {}) | ({"action": action} if action in ("resolve", "reopen") else {})
    if not body:
        raise Refused(400, "La respuesta está vacía", "Escriba algo antes de responder.")
    place = {"fileId": visit.place("id"), "commentId": visit.place("comment")}
    visit.api("drive.replies.create", place, {"fields": "id"}, body)
    told = {"resolve": "Se marcó como resuelto.", "reopen": "El comentario se volvió a abrir."}.get(
        action, "Se envió la respuesta."
    )
    return see_other(f"/desk/file/{visit.place('id')}/comments", told)


async def versions(visit: Visit) -> web.StreamResponse:
    """Who changed the file when, the latest first. For editors, as at Google."""
    file = _file(visit)
    asked = {"fields": "*", "pageSize": 1000}
    found = visit.api("drive.revisions.list", {"fileId": file.id}, asked)["revisions"]
    shown = [one | {"number": number, "by": _who(visit, one)} for number, one in enumerate(found, 1)]
    return visit.page("versions.html", "drive", versions=list(reversed(shown)), **_about(visit, file))


def _who(visit: Visit, revision: Json) -> str:
    user = revision.get("lastModifyingUser", {})
    if user.get("me"):
        return "Usted"
    service = visit.world.directory.is_service_account(user.get("emailAddress", ""))
    return "Cuenta de servicio" if service else str(user.get("displayName", "Alguien"))


async def old_version(visit: Visit) -> web.StreamResponse:
    """The bytes of an earlier version of an uploaded file."""
    file = _file(visit)
    place = {"fileId": file.id, "revisionId": visit.place("revision")}
    raw = visit.bytes_of("drive.revisions.get", place, {"alt": "media"})
    return file_answer(file.name, raw.mime_type, raw.data)
