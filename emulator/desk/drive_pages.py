"""Drive as people see it: folders, shared drives, files, and who has access."""

from __future__ import annotations

import re
from typing import Any

from aiohttp import web

from emulator.desk.access_panel import access_panel
from emulator.desk.shortcuts import address_of
from emulator.desk.texts import role_name
from emulator.desk.web import Desk, Refused, Visit, add, file_answer, see_other
from emulator.drive.access import Eye, lineage
from emulator.drive.export import EXPORTERS
from emulator.drive.files import get_file, my_drive
from emulator.drive.index import index
from emulator.drive.model import DOCUMENT, FOLDER, FORM, SHORTCUT, SPREADSHEET, File, drives, files
from emulator.kernel import ApiError, Json, World

_MEMBERS = "files(capabilities,lastModifyingUser,owners,size,shared,shortcutDetails)"
_INLINE = ("image/png", "image/jpeg", "image/gif", "image/webp", "application/pdf", "text/plain")
# In the order of the menus of Google Sheets; other targets that the API knows are for programs.
_EXPORT_NAMES = {
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ("Microsoft Excel (.xlsx)", "xlsx"),
    "application/vnd.oasis.opendocument.spreadsheet": ("OpenDocument (.ods)", "ods"),
    "application/pdf": ("PDF (.pdf)", "pdf"),
    "application/zip": ("Página web (.zip)", "zip"),
    "text/csv": ("Valores separados por comas (.csv)", "csv"),
    "text/tab-separated-values": ("Valores separados por tabulaciones (.tsv)", "tsv"),
    "text/plain": ("Texto (.txt)", "txt"),
}
_MOST_RECENT = 50
_QUERY = re.compile(r"(\bin (parents|owners|writers|readers)\b|\b(contains|has)\s|[=<>]\s*('|true|false))")
_KINDS = {
    FOLDER: ("folder", "Carpeta"),
    SPREADSHEET: ("sheet", "Hoja de cálculo de Google"),
    FORM: ("form", "Formulario de Google"),
    DOCUMENT: ("doc", "Documento de Google"),
    SHORTCUT: ("shortcut", "Acceso directo"),
    "application/pdf": ("pdf", "PDF"),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ("sheet", "Excel"),
    "text/csv": ("sheet", "CSV"),
}


def add_pages(desk: Desk, app: web.Application) -> None:
    """Register the pages."""
    add(desk, app, "GET", "/desk/drive", own_drive)
    add(desk, app, "GET", "/desk/drive/folder/{id}", folder)
    add(desk, app, "GET", "/desk/drive/drives", shared_drives)
    add(desk, app, "GET", "/desk/drive/shared", shared_with_me)
    add(desk, app, "GET", "/desk/drive/recent", recent)
    add(desk, app, "GET", "/desk/drive/starred", starred)
    add(desk, app, "GET", "/desk/drive/trash", trash)
    add(desk, app, "GET", "/desk/drive/search", search)
    add(desk, app, "GET", "/desk/file/{id}", one_file)
    add(desk, app, "GET", "/desk/file/{id}/content", content)
    add(desk, app, "GET", "/desk/file/{id}/download", download)


def kind_of(mime_type: str) -> tuple[str, str]:
    """Icon and name of a type of file."""
    if mime_type in _KINDS:
        return _KINDS[mime_type]
    main = mime_type.partition("/")[0]
    named = {"image": ("image", "Imagen"), "text": ("doc", "Texto"), "video": ("file", "Video"), "audio": ("file", "Audio")}
    return named.get(main, ("file", "Archivo"))


def listed(visit: Visit, query: str, order: str = "folder,name_natural") -> list[Json]:
    """The items that `files.list` answers to this person, ready to be drawn."""
    asked: Json = {"q": query, "pageSize": 1000, "orderBy": order, "fields": _MEMBERS, "includeItemsFromAllDrives": True}
    if "fullText" in query:
        # Drive sorts what a search of the text finds itself, and refuses to be told how.
        del asked["orderBy"]
    asked |= {"supportsAllDrives": True, "corpora": "allDrives"} if "in parents" not in query else {}
    return [row(visit, item) for item in visit.api("drive.files.list", query=asked)["files"]]


def row(visit: Visit, item: Json) -> Json:
    """One line of a listing, from a `drive#file`."""
    icon, kind = kind_of(item["mimeType"])
    by = item.get("lastModifyingUser", {})
    owner = (item.get("owners") or [{}])[0]
    return {
        "id": item["id"],
        "name": item["name"],
        "icon": icon,
        "kind": kind,
        "address": address_of(item["id"], item["mimeType"], is_folder=item["mimeType"] == FOLDER),
        "modified": item.get("modifiedTime", ""),
        "by": _who(visit, by),
        "owner": "yo" if owner.get("me") else owner.get("displayName") or _drive_name(visit, item),
        "size": item.get("size"),
        "limited": bool(item.get("inheritedPermissionsDisabled")),
        "is_folder": item["mimeType"] == FOLDER,
        "locked": any(one.get("readOnly") for one in item.get("contentRestrictions", [])),
        "can": item.get("capabilities", {}),
    }


def _drive_name(visit: Visit, item: Json) -> str:
    drive = drives(visit.world).get(str(item.get("driveId", "")))
    return drive.name if drive is not None else "Unidad compartida"


def _who(visit: Visit, user: Json) -> str:
    """A `drive#user` in a few words."""
    if user.get("me"):
        return "yo"
    service = visit.world.directory.is_service_account(user.get("emailAddress", ""))
    return "Cuenta de servicio" if service else str(user.get("displayName", ""))


def _item_row(visit: Visit, file: File) -> Json:
    asked = {"fields": "capabilities,lastModifyingUser,owners,size,shared"}
    return row(visit, visit.api("drive.files.get", {"fileId": file.id}, asked))


def navigation(visit: Visit, current: str) -> Json:
    """The left margin: own drive, shared drives, and where one is."""
    mine = [drives(visit.world)[one] for one in Eye(visit.world, visit.actor).member_drives()]
    ordered = sorted(mine, key=lambda drive: drive.name.lower())
    return {"current": current, "drives": [{"id": drive.id, "name": drive.name} for drive in ordered]}


def crumbs(visit: Visit, file: File) -> list[Json]:
    """The way to an item as far as the person sees it, the top first."""
    eye, way = Eye(visit.world, visit.actor), []
    for node in lineage(visit.world, file):
        if not eye.sees(node):
            break
        shown = {"name": shown_name(visit.world, node, visit.actor), "address": _folder_address(visit, node), "id": node.id}
        way.append(shown)
    reached_top = lineage_top(visit.world, file) if way else file
    if not eye.sees(reached_top):
        way.append({"name": "Compartidos conmigo", "address": "/desk/drive/shared", "id": ""})
    return list(reversed(way))


def lineage_top(world: World, file: File) -> File:
    """The top folder above an item."""
    return list(lineage(world, file))[-1]


def _folder_address(visit: Visit, node: File) -> str:
    if node.id == my_drive(visit.world, visit.actor).id:
        return "/desk/drive"
    return address_of(node.id, node.mime_type, is_folder=node.is_folder)


def shown_name(world: World, node: File, actor: str) -> str:
    """The name of an item; that of a top folder in Spanish."""
    if node.is_root and node.drive_id is None:
        return "Mi unidad" if node.owner == actor else f"Mi unidad de {world.directory.display_name(node.owner or '')}"
    return node.name


async def own_drive(visit: Visit) -> web.StreamResponse:
    """My Drive."""
    if visit.world.directory.is_service_account(visit.actor):
        raise Refused(404, "Sin unidad propia", "Una cuenta de servicio no tiene Mi unidad.")
    return _folder_page(visit, my_drive(visit.world, visit.actor), "own")


async def folder(visit: Visit) -> web.StreamResponse:
    """What is in a folder, and who has access to it."""
    found = get_file(visit.world, visit.place("id"), visit.actor, "metadata")
    if not found.is_folder:
        return see_other(address_of(found.id, found.mime_type, is_folder=False))
    member_of = Eye(visit.world, visit.actor).member_drives()
    here = "own" if found.drive_id is None and found.owner == visit.actor else "shared"
    return _folder_page(visit, found, found.drive_id if found.drive_id in member_of else here)


def _folder_page(visit: Visit, here: File, current: str) -> web.Response:
    eye = Eye(visit.world, visit.actor)
    hidden = eye.only_metadata(here)
    items = [] if hidden else listed(visit, f"'{here.id}' in parents and trashed = false")
    role = eye.role(here)
    return visit.page(
        "drive.html",
        "drive",
        nav=navigation(visit, current),
        title=shown_name(visit.world, here, visit.actor),
        crumbs=crumbs(visit, here),
        items=items,
        here=_item_row(visit, here),
        my_role=role_name(role, member=here.is_drive_root) if role else "",
        hidden=hidden,
        panel=_chosen_panel(visit, here),
        empty="Esta carpeta está vacía." if not hidden else "",
        mode="folder",
        words="",
        show_owner=here.drive_id is None,
    )


def _chosen_panel(visit: Visit, otherwise: File | None) -> Json | None:
    wanted = visit.request.query.get("info")
    chosen = get_file(visit.world, wanted, visit.actor, "metadata") if wanted else otherwise
    return access_panel(visit.world, chosen, visit.actor) if chosen else None


def _list_page(visit: Visit, current: str, title: str, items: list[Json], empty: str, mode: str = "list") -> web.Response:
    return visit.page(
        "drive.html",
        "drive",
        nav=navigation(visit, current),
        title=title,
        crumbs=[{"name": title, "address": visit.request.path_qs, "id": ""}],
        items=items,
        here=None,
        my_role="",
        hidden=False,
        panel=_chosen_panel(visit, None),
        empty=empty,
        mode=mode,
        words=visit.request.query.get("q", ""),
        show_owner=True,
    )


async def shared_drives(visit: Visit) -> web.StreamResponse:
    """The shared drives that the person is a member of."""
    found = [_item_row(visit, files(visit.world)[one["id"]]) for one in navigation(visit, "")["drives"]]
    items = [item | {"icon": "drive", "kind": "Unidad compartida"} for item in found]
    return _list_page(visit, "drives", "Unidades compartidas", items, "No es miembro de ninguna unidad compartida.", "drives")


async def shared_with_me(visit: Visit) -> web.StreamResponse:
    """What others gave this person, directly or by a group, where the folder above stays closed."""
    eye, shelf, rows = Eye(visit.world, visit.actor), index(visit.world), files(visit.world)
    ids: dict[str, None] = {}
    for one in sorted(eye.identities):
        ids |= shelf.by_grantee.get(f"user:{one}", {}) | shelf.by_grantee.get(f"group:{one}", {})
    found = [rows[one] for one in ids if _is_given(eye, rows[one], rows)]
    items = [_item_row(visit, file) for file in sorted(found, key=lambda file: file.modified_at, reverse=True)]
    return _list_page(visit, "shared", "Compartidos conmigo", items, "Nadie ha compartido nada con esta cuenta.")


def _is_given(eye: Eye, file: File, rows: Any) -> bool:
    if file.is_root or file.owner == eye.actor or eye.trashed(file) or eye.direct(file) is None or eye.role(file) is None:
        return False
    parent = rows.get(file.parents[0])
    return parent is None or eye.role(parent) is None


async def trash(visit: Visit) -> web.StreamResponse:
    """The trash of My Drive and of the shared drives that the person sees."""
    items = listed(visit, "trashed = true", "modifiedTime desc")
    return _list_page(visit, "trash", "Papelera", items, "La papelera está vacía.", "trash")


async def starred(visit: Visit) -> web.StreamResponse:
    """What the person has marked with a star."""
    items = listed(visit, "starred = true and trashed = false")
    return _list_page(visit, "starred", "Destacados", items, "Todavía no hay nada destacado.")


async def recent(visit: Visit) -> web.StreamResponse:
    """What changed last among all that the person sees, folders left out."""
    items = listed(visit, f"trashed = false and mimeType != '{FOLDER}'", "modifiedTime desc")[:_MOST_RECENT]
    return _list_page(visit, "recent", "Recientes", items, "Todavía no hay archivos a los que esta cuenta tenga acceso.")


async def search(visit: Visit) -> web.StreamResponse:
    """Items whose name or text holds the words; words that are a `q` of the API are taken as such."""
    words = visit.request.query.get("q", "").strip()
    if not words:
        return see_other("/desk/drive")
    if _QUERY.search(words):
        try:
            items, title = listed(visit, words, "modifiedTime desc"), f"Consulta de la API: {words}"
        except ApiError as refusal:
            text = (
                "La consulta no es válida. Escriba solo palabras, o una consulta como: name contains 'aviso' and trashed = false."
            )
            raise Refused(refusal.code, "No se pudo buscar", text, refusal.message) from refusal
    else:
        quoted = re.sub(r"(['\\])", r"\\\1", words)
        query = f"(name contains '{quoted}' or fullText contains '{quoted}') and trashed = false"
        items, title = listed(visit, query, "modifiedTime desc"), f"Resultados de «{words}»"
    return _list_page(visit, "search", title, items, "Nada coincide con la búsqueda.", "search")


async def one_file(visit: Visit) -> web.StreamResponse:
    """A file without an editor of its own: picture, details, download."""
    file = get_file(visit.world, visit.place("id"), visit.actor, "metadata")
    if file.mime_type == SHORTCUT and file.shortcut_target:
        return see_other(f"/desk/open?id={file.shortcut_target}")
    if file.is_folder or file.mime_type in (SPREADSHEET, FORM):
        return see_other(address_of(file.id, file.mime_type, is_folder=file.is_folder))
    get_file(visit.world, file.id, visit.actor, "reader")
    text = (file.content or b"")[:20_000].decode("utf-8", "replace") if file.mime_type.startswith("text/") else ""
    return visit.page(
        "file.html",
        "drive",
        file=_item_row(visit, file),
        mime_type=file.mime_type,
        crumbs=crumbs(visit, file)[:-1],
        panel=access_panel(visit.world, file, visit.actor),
        inline=file.mime_type in _INLINE and not file.is_native,
        text=text,
        exports=export_choices(file),
    )


def export_choices(file: File) -> list[Json]:
    """The formats that a Google file can be exported to."""
    known = [target for target in _EXPORT_NAMES if (file.mime_type, target) in EXPORTERS]
    return [{"mime_type": one, "name": _EXPORT_NAMES[one][0]} for one in known]


async def content(visit: Visit) -> web.StreamResponse:
    """The bytes of a file, to be shown inside its page."""
    file = get_file(visit.world, visit.place("id"), visit.actor, "reader")
    raw = visit.bytes_of("drive.files.get", {"fileId": file.id}, {"alt": "media"})
    return file_answer(file.name, raw.mime_type, raw.data, inline=raw.mime_type in _INLINE)


async def download(visit: Visit) -> web.StreamResponse:
    """The bytes of a file to keep; a Google file in the format of `as`."""
    file = get_file(visit.world, visit.place("id"), visit.actor, "reader")
    if not file.is_native:
        raw = visit.bytes_of("drive.files.get", {"fileId": file.id}, {"alt": "media"})
        return file_answer(file.name, raw.mime_type, raw.data)
    target = visit.request.query.get("as", "application/pdf")
    raw = visit.bytes_of("drive.files.export", {"fileId": file.id}, {"mimeType": target})
    ending = _EXPORT_NAMES.get(target, ("", "bin"))[1]
    return file_answer(f"{file.name}.{ending}", raw.mime_type, raw.data)
