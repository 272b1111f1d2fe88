"""«Mover»: choose a folder by walking through the folders, then move the item there."""

from __future__ import annotations

from aiohttp import web

from emulator.desk.drive_pages import crumbs, listed, navigation, shown_name
from emulator.desk.shortcuts import address_of
from emulator.desk.web import Desk, Visit, add, see_other
from emulator.drive.access import Eye
from emulator.drive.files import get_file, my_drive
from emulator.drive.model import FOLDER, File, files
from emulator.kernel import Json


def add_pages(desk: Desk, app: web.Application) -> None:
    """Register the pages."""
    add(desk, app, "GET", "/desk/move/{id}", choose)
    add(desk, app, "POST", "/desk/move/{id}", move)


async def choose(visit: Visit) -> web.StreamResponse:
    """The folders under `in` (the item's own folder at first); `in=top` shows My Drive and the shared drives."""
    file = get_file(visit.world, visit.place("id"), visit.actor, "metadata")
    place = _place(visit, file)
    if place is None:
        way: list[Json] = [{"name": "Todas las ubicaciones", "folder": "top"}]
        rows = [{"id": my_drive(visit.world, visit.actor).id, "name": "Mi unidad", "icon": "mine", "limited": False}]
        rows += [
            {"id": one["id"], "name": one["name"], "icon": "drive", "limited": False} for one in navigation(visit, "")["drives"]
        ]
    else:
        way = [{"name": "Todas las ubicaciones", "folder": "top"}, *_way(visit, place)]
        query = f"'{place.id}' in parents and trashed = false and mimeType = '{FOLDER}'"
        rows = [] if Eye(visit.world, visit.actor).only_metadata(place) else listed(visit, query)
    return visit.page(
        "move.html",
        "drive",
        file=file,
        name=shown_name(visit.world, file, visit.actor),
        back=_back(visit, file),
        way=way,
        folders=[one for one in rows if one["id"] != file.id],
        place=place,
        same=place is not None and place.id in file.parents,
    )


def _place(visit: Visit, file: File) -> File | None:
    wanted = visit.request.query.get("in") or (file.parents[0] if file.parents else "top")
    if wanted == "top":
        return None
    eye, found = Eye(visit.world, visit.actor), files(visit.world).get(wanted)
    return found if found is not None and found.is_folder and eye.sees(found) else None


def _way(visit: Visit, place: File) -> list[Json]:
    shown = crumbs(visit, place)
    return [{"name": one["name"], "folder": one["id"]} for one in shown if one["id"]]


def _back(visit: Visit, file: File) -> str:
    parent = files(visit.world).get(file.parents[0]) if file.parents else None
    if parent is not None and Eye(visit.world, visit.actor).sees(parent):
        own = parent.id == my_drive(visit.world, visit.actor).id
        return "/desk/drive" if own else f"/desk/drive/folder/{parent.id}"
    return address_of(file.id, file.mime_type, is_folder=file.is_folder)


async def move(visit: Visit) -> web.StreamResponse:
    """Move the item into the folder `to`."""
    given = await visit.request.post()
    file = get_file(visit.world, visit.place("id"), visit.actor, "metadata")
    target = get_file(visit.world, str(given.get("to", "")), visit.actor, "metadata")
    query = {"addParents": target.id, "removeParents": ",".join(file.parents), "fields": "id"}
    visit.api("drive.files.update", {"fileId": file.id}, query, {})
    own = target.id == my_drive(visit.world, visit.actor).id
    told = f"«{file.name}» está ahora en «{shown_name(visit.world, target, visit.actor)}»."
    return see_other("/desk/drive" if own else f"/desk/drive/folder/{target.id}", told)
