"""Google's own paths on this host: whoever takes a link and changes only its host arrives at the right page."""

from __future__ import annotations

from aiohttp import web

from emulator.desk.links import desk_path
from emulator.desk.web import Desk, Page, Refused, Visit, add, see_other
from emulator.drive.files import get_file
from emulator.drive.model import FORM, SPREADSHEET

_PATHS = (
    ("docs.google.com", "/spreadsheets/d/{rest:.+}"),
    ("docs.google.com", "/forms/d/{rest:.+}"),
    ("docs.google.com", "/document/d/{rest:.+}"),
    ("drive.google.com", "/drive/folders/{rest:.+}"),
    ("drive.google.com", "/file/d/{rest:.+}"),
    ("drive.google.com", "/open"),
)


def add_pages(desk: Desk, app: web.Application) -> None:
    """Register the paths."""
    for host, path in _PATHS:
        add(desk, app, "GET", path, _leading_from(host), open_to_all=True)
    add(desk, app, "GET", "/desk/open", open_by_id)


def add_last_page(desk: Desk, app: web.Application) -> None:
    """Register the page for addresses of the desk that lead nowhere; after all others, as the first that fits answers."""
    add(desk, app, "GET", "/desk/{rest:.*}", nowhere, open_to_all=True)


async def nowhere(visit: Visit) -> web.StreamResponse:
    """Say that there is no such page."""
    raise Refused(404, "No lo encontramos", "Esta dirección no lleva a ninguna página del escritorio. Vuelva al inicio.")


def _leading_from(host: str) -> Page:
    async def lead(visit: Visit) -> web.StreamResponse:
        target = desk_path(f"https://{host}{visit.request.path_qs}")
        if target is None:
            raise Refused(404, "No lo encontramos", "Esta dirección no lleva a ninguna página del escritorio.")
        return see_other(target)

    return lead


async def open_by_id(visit: Visit) -> web.StreamResponse:
    """Open an item of whatever kind (`?id=`)."""
    file = get_file(visit.world, visit.request.query.get("id", ""), visit.actor, "metadata")
    return see_other(address_of(file.id, file.mime_type, is_folder=file.is_folder), visit.request.query.get("aviso", "")[:300])


def address_of(file_id: str, mime_type: str, *, is_folder: bool) -> str:
    """The page that opens an item."""
    if is_folder:
        return f"/desk/drive/folder/{file_id}"
    kinds = {SPREADSHEET: "sheet", FORM: "form"}
    return f"/desk/{kinds.get(mime_type, 'file')}/{file_id}"
