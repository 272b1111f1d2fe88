"""A spreadsheet on the desk: the grid as the person sees it, and typing into its cells."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from emulator.desk import charts, grid
from emulator.desk.access_panel import access_panel
from emulator.desk.drive_pages import crumbs, export_choices
from emulator.desk.texts import ago, initial, tint
from emulator.desk.web import Desk, Refused, Visit, add
from emulator.drive.access import can_edit, role_on
from emulator.drive.files import get_file
from emulator.kernel import ApiError, Json
from emulator.sheets.a1 import RangeError, resolve
from emulator.sheets.guard import Rights, readable
from emulator.sheets.values import rendered, set_cell

_MOST_CHARACTERS = 50_000


def add_pages(desk: Desk, app: web.Application) -> None:
    """Register the pages."""
    add(desk, app, "GET", "/desk/sheet/{id}", sheet)
    add(desk, app, "GET", "/desk/sheet/{id}/version", version)
    add(desk, app, "GET", "/desk/sheet/{id}/grid", grid_alone)
    add(desk, app, "POST", "/desk/sheet/{id}/cell", type_into)


def _tab(visit: Visit, view: Json) -> Json:
    """The sheet that the address names (`gid`), else the first that is not hidden."""
    wanted = visit.request.query.get("gid", "")
    shown = [one for one in view["sheets"] if not one["hidden"]] or view["sheets"]
    return next((one for one in shown if str(one["sheet_id"]) == wanted), shown[0])


def _grid(visit: Visit, view: Json) -> tuple[Json, str]:
    book = readable(visit.world, visit.place("id"), visit.actor)
    tab = _tab(visit, view)
    drawn = grid.draw(visit.world, book, tab, visit.actor)
    sheet = book.by_id(int(tab["sheet_id"]))
    over = charts.over(view, tab, sheet) if sheet else []
    return tab, visit.fragment("grid.html", grid=drawn) + (visit.fragment("charts.html", charts=over) if over else "")


def _view(visit: Visit) -> Json:
    readable(visit.world, visit.place("id"), visit.actor)
    return rendered(visit.world, visit.place("id"), spare_rows=12, spare_columns=3)


def _version(visit: Visit) -> str:
    """Changes whenever the person could see something else: content, own rights, or the day (formulas with today)."""
    file = get_file(visit.world, visit.place("id"), visit.actor)
    writes = can_edit(visit.world, visit.actor, file.id)
    return f"{file.version}.{int(writes)}.{visit.world.clock.now():%Y%m%d%H}"


async def sheet(visit: Visit) -> web.StreamResponse:
    """The spreadsheet with one of its tabs open."""
    view = _view(visit)
    tab, drawn = _grid(visit, view)
    file = get_file(visit.world, visit.place("id"), visit.actor)
    panel = access_panel(visit.world, file, visit.actor)
    return visit.page(
        "sheet.html",
        "sheets",
        id=file.id,
        title=view["title"],
        tabs=[one for one in view["sheets"] if not one["hidden"]],
        tab=tab,
        grid_html=drawn,
        version=_version(visit),
        writes=can_edit(visit.world, visit.actor, file.id),
        role=role_on(visit.world, visit.actor, file.id) or "",
        crumbs=crumbs(visit, file)[:-1],
        panel=panel,
        exports=export_choices(file),
        trashed=file.trashed,
        edited=_edited(visit),
        wanted_cell=visit.request.query.get("cell", "")[:10],
        may_see_versions=bool(panel["can"].get("canReadRevisions")),
        may_move=bool(panel["can"].get("canMoveItemWithinDrive") or panel["can"].get("canMoveItemOutOfDrive")),
    )


def _edited(visit: Visit) -> str:
    """Who changed the file last, and how long ago."""
    file = get_file(visit.world, visit.place("id"), visit.actor)
    by, directory = file.last_modified_by, visit.world.directory
    if "@" not in by:
        return ""
    name = (
        "usted"
        if by == visit.actor
        else "una cuenta de servicio"
        if directory.is_service_account(by)
        else directory.display_name(by)
    )
    return f"Última modificación {ago(file.modified_at, visit.world.clock.now())}, por {name}"


async def version(visit: Visit) -> web.StreamResponse:
    """What the page asks every second; `at` (`gid!cell`) tells the others where this person's hand rests."""
    file_id, presence = visit.place("id"), visit.desk.presence
    shown = {"version": _version(visit), "edited": _edited(visit)}
    presence.note(file_id, visit.actor, visit.request.query.get("at", "")[:30])
    others = []
    for who, place in presence.others(file_id, visit.actor):
        gid, _, cell = place.partition("!")
        name = visit.world.directory.display_name(who)
        others.append({"name": name, "initial": initial(name), "tint": tint(name), "gid": gid, "cell": cell})
    return web.json_response(shown | {"here": others}, headers={"Cache-Control": "no-store"})


async def grid_alone(visit: Visit) -> web.StreamResponse:
    """The grid as it is now."""
    drawn = _grid(visit, _view(visit))[1]
    by = get_file(visit.world, visit.place("id"), visit.actor).last_modified_by
    who = visit.world.directory.display_name(by) if by != visit.actor else ""
    shown = {
        "version": _version(visit),
        "html": drawn,
        "by": who,
        "writes": can_edit(visit.world, visit.actor, visit.place("id")),
    }
    return web.json_response(shown, headers={"Cache-Control": "no-store"})


async def type_into(visit: Visit) -> web.StreamResponse:
    """Type a text into a cell, as `{"gid", "cell", "text"}`; what the API refuses is refused with the reason."""
    try:
        given = await visit.request.json()
    except ValueError:
        given = None
    if not isinstance(given, dict) or not all(isinstance(given.get(key), str) for key in ("gid", "cell", "text")):
        raise Refused(400, "No se pudo hacer", "Faltan la celda o el texto.")
    book = readable(visit.world, visit.place("id"), visit.actor)
    found = next((one for one in book.sheets if str(one.sheet_id) == given["gid"]), None)
    if found is None:
        raise Refused(404, "No lo encontramos", "Esa pestaña ya no existe.")
    try:
        set_cell(visit.world, book.spreadsheet_id, found.title, given["cell"], given["text"][: _MOST_CHARACTERS + 1], visit.actor)
    except ApiError as refusal:
        if refusal.reason == "protected":
            raise _protected(visit, book, found, given["cell"], refusal) from refusal
        if refusal.code == 403:
            text = "Su acceso a esta hoja es solo de lectura, o la hoja está bloqueada. Google también lo impediría."
            raise Refused(403, "Solo lectura", text, refusal.message) from refusal
        raise
    return await grid_alone(visit)


def _protected(visit: Visit, book: Any, tab: Any, cell: str, refusal: ApiError) -> Refused:
    """The reason with the names of those who may."""
    text = "Intenta editar una celda o un objeto protegidos. Comuníquese con quien administra la hoja si necesita editarla."
    try:
        block = Rights(visit.world, book, visit.actor).blocking(tab, resolve(book, cell)[1])
    except RangeError:
        block = None
    editors = grid.editor_names(visit.world, block) if block else []
    if editors:
        text += f" En {cell} escribe: {', '.join(editors)}."
    return Refused(400, "Celda protegida", text, refusal.message)
