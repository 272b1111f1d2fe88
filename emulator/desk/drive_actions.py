"""What people do in Drive: new folders, uploads, renaming, moving, the trash. All by the API's own handlers."""

from __future__ import annotations

import mimetypes

from aiohttp import web
from aiohttp.web_request import FileField

from emulator.desk.web import Desk, Refused, Visit, add, local_path, see_other
from emulator.drive.access import Eye
from emulator.drive.capabilities import at_least
from emulator.drive.files import get_file, my_drive
from emulator.drive.model import FOLDER, SPREADSHEET, files
from emulator.kernel import Json, Media

_NEW = {"folder": (FOLDER, "Carpeta sin título"), "sheet": (SPREADSHEET, "Hoja de cálculo sin título")}
_MOST_NAME = 255


def add_pages(desk: Desk, app: web.Application) -> None:
    """Register the deeds."""
    add(desk, app, "POST", "/desk/drive/folder/{id}/new", new)
    add(desk, app, "POST", "/desk/drive/folder/{id}/upload", upload)
    add(desk, app, "POST", "/desk/file/{id}/rename", rename)
    add(desk, app, "POST", "/desk/file/{id}/copy", copy)
    add(desk, app, "POST", "/desk/file/{id}/trash", to_trash)
    add(desk, app, "POST", "/desk/file/{id}/restore", restore)
    add(desk, app, "POST", "/desk/file/{id}/star", star)
    add(desk, app, "POST", "/desk/drive/trash/empty", empty_trash)


def _back(visit: Visit, given: Json, otherwise: str) -> str:
    address = local_path(str(given.get("back", "")), otherwise)
    return address.partition("?aviso=")[0].partition("&aviso=")[0]


def _folder_address(visit: Visit, folder_id: str) -> str:
    own = folder_id in ("root", my_drive(visit.world, visit.actor).id)
    return "/desk/drive" if own else f"/desk/drive/folder/{folder_id}"


async def new(visit: Visit) -> web.StreamResponse:
    """A new folder or an empty spreadsheet."""
    given = await visit.request.post()
    mime_type, usual = _NEW.get(str(given.get("kind", "folder")), _NEW["folder"])
    name = _name(str(given.get("name", "")), usual)
    body = {"name": name, "mimeType": mime_type, "parents": [visit.place("id")]}
    made = visit.api("drive.files.create", body=body)
    if mime_type == SPREADSHEET:
        return see_other(f"/desk/sheet/{made['id']}")
    return see_other(_folder_address(visit, visit.place("id")), f"Se creó la carpeta «{name}».")


async def upload(visit: Visit) -> web.StreamResponse:
    """Put files from this machine into the folder."""
    given = await visit.request.post()
    sent = [one for one in given.getall("file", []) if isinstance(one, FileField) and one.filename]
    if not sent:
        raise Refused(400, "Ningún archivo", "Elija al menos un archivo para subir.")
    for one in sent:
        name = _name(one.filename.replace("\\", "/").rpartition("/")[2], "Archivo")
        mime_type = one.content_type or mimetypes.guess_type(name)[0] or "application/octet-stream"
        media = Media(mime_type, one.file.read())
        visit.api("drive.files.create", {}, {}, {"name": name, "parents": [visit.place("id")]}, media)
    told = f"Se subió «{sent[0].filename}»." if len(sent) == 1 else f"Se subieron {len(sent)} archivos."
    return see_other(_folder_address(visit, visit.place("id")), told)


async def rename(visit: Visit) -> web.StreamResponse:
    """Another name."""
    given = dict(await visit.request.post())
    file = get_file(visit.world, visit.place("id"), visit.actor, "metadata")
    name = _name(str(given.get("name", "")), file.name)
    visit.api("drive.files.update", {"fileId": file.id}, body={"name": name})
    return see_other(_back(visit, given, f"/desk/open?id={file.id}"), f"Ahora se llama «{name}».")


async def copy(visit: Visit) -> web.StreamResponse:
    """A copy beside the file where the person may put one, else in My Drive."""
    file = get_file(visit.world, visit.place("id"), visit.actor, "metadata")
    folder = files(visit.world).get(file.parents[0]) if file.parents else None
    beside = at_least(Eye(visit.world, visit.actor), folder, "writer")
    body: Json = {"name": f"Copia de {file.name}"[:_MOST_NAME]} | ({} if beside else {"parents": ["root"]})
    made = visit.api("drive.files.copy", {"fileId": file.id}, body=body)
    return see_other(f"/desk/open?id={made['id']}", f"Se creó «{body['name']}».")


async def to_trash(visit: Visit) -> web.StreamResponse:
    """Into the trash."""
    given = dict(await visit.request.post())
    file = get_file(visit.world, visit.place("id"), visit.actor, "metadata")
    parent = file.parents[0] if file.parents else "root"
    visit.api("drive.files.update", {"fileId": file.id}, body={"trashed": True})
    return see_other(_back(visit, given, _folder_address(visit, parent)), f"«{file.name}» está en la papelera.")


async def restore(visit: Visit) -> web.StreamResponse:
    """Out of the trash."""
    file = get_file(visit.world, visit.place("id"), visit.actor, "metadata")
    visit.api("drive.files.update", {"fileId": file.id}, body={"trashed": False})
    return see_other("/desk/drive/trash", f"Se restauró «{file.name}».")


async def star(visit: Visit) -> web.StreamResponse:
    """Mark the item with a star, or take it away: a matter of this person alone."""
    given = dict(await visit.request.post())
    file = get_file(visit.world, visit.place("id"), visit.actor, "metadata")
    visit.api("drive.files.update", {"fileId": file.id}, body={"starred": bool(given.get("starred"))})
    told = f"«{file.name}» está en Destacados." if given.get("starred") else f"«{file.name}» ya no está en Destacados."
    return see_other(_back(visit, given, f"/desk/open?id={file.id}"), told)


async def empty_trash(visit: Visit) -> web.StreamResponse:
    """Delete for good what lies in the trash of My Drive; that of shared drives stays."""
    visit.api("drive.files.emptyTrash")
    return see_other("/desk/drive/trash", "La papelera de Mi unidad está vacía.")


def _name(text: str, usual: str) -> str:
    return " ".join(text.split())[:_MOST_NAME] or usual
