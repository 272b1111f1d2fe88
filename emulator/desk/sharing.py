"""«Compartir»: who has access to an item, giving it, changing it and taking it away, by the API's own handlers."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from aiohttp import web

from emulator.desk.access_panel import access_panel
from emulator.desk.asking import requests_for
from emulator.desk.drive_pages import crumbs, kind_of, shown_name
from emulator.desk.refusals import reason_text
from emulator.desk.texts import PANAMA, role_name
from emulator.desk.web import Desk, Refused, Visit, add, see_other
from emulator.drive.files import get_file
from emulator.drive.model import File, rfc3339
from emulator.kernel import ApiError, Json, World

_ROOT_ROLES = ("organizer", "fileOrganizer", "writer", "commenter", "reader")
_MOST_AT_ONCE = 20


def add_pages(desk: Desk, app: web.Application) -> None:
    """Register the pages."""
    add(desk, app, "GET", "/desk/share/{id}", share)
    add(desk, app, "POST", "/desk/share/{id}/add", give)
    add(desk, app, "POST", "/desk/share/{id}/limited", limit)
    add(desk, app, "POST", "/desk/share/{id}/link", general_access)
    add(desk, app, "POST", "/desk/share/{id}/{permission}", change)


def roles_for(file: File) -> list[tuple[str, str]]:
    """The roles that an item knows, the highest first, with their names."""
    if file.drive_id is None:
        known: tuple[str, ...] = _ROOT_ROLES[2:]
    else:
        known = _ROOT_ROLES if file.is_drive_root else _ROOT_ROLES[1:] if file.is_folder else _ROOT_ROLES[2:]
    return [(role, role_name(role, member=file.is_drive_root)) for role in known]


def _file(visit: Visit) -> File:
    return get_file(visit.world, visit.place("id"), visit.actor, "metadata")


async def share(visit: Visit) -> web.StreamResponse:
    """Who has access, and, for those who may, the ways to change it."""
    return _page(visit)


def _page(visit: Visit, refusal: Refused | None = None) -> web.Response:
    file = _file(visit)
    panel = access_panel(visit.world, file, visit.actor)
    return visit.page(
        "share.html",
        "drive",
        refusal.status if refusal else 200,
        file=file,
        icon_name="drive" if file.is_drive_root else kind_of(file.mime_type)[0],
        name=shown_name(visit.world, file, visit.actor),
        crumbs=crumbs(visit, file)[:-1],
        panel=panel,
        requests=requests_for(visit, file.id) if panel["can"].get("canShare") else [],
        roles=roles_for(file),
        directory=_known(visit.world),
        refusal=refusal,
        may_share=bool(panel["can"].get("canShare")),
        may_limit=bool(panel["can"].get("canDisableInheritedPermissions")),
        domain=visit.world.directory.domain,
        tomorrow=(visit.world.clock.now().astimezone(PANAMA) + timedelta(days=1)).date().isoformat(),
    )


def _known(world: World) -> list[Json]:
    """People and groups that can be proposed while somebody types."""
    directory = world.directory
    people = [{"address": one.address, "name": one.name} for one in directory.people.values() if not one.suspended]
    return people + [{"address": one.address, "name": f"{one.name} (grupo)"} for one in directory.groups.values()]


def _told(refusal: ApiError) -> Refused:
    return Refused(refusal.code, *reason_text(refusal))


async def give(visit: Visit) -> web.StreamResponse:
    """Give people or groups a role; `to` holds addresses separated by commas or spaces."""
    given = await visit.request.post()
    expiry = _expiry(str(given.get("expires", "")))
    addresses = list(dict.fromkeys(str(given.get("to", "")).replace(",", " ").replace(";", " ").split()))[:_MOST_AT_ONCE]
    if not addresses:
        return _page(visit, Refused(400, "Falta a quién", "Escriba al menos una dirección de correo de una persona o un grupo."))
    done: list[str] = []
    for address in addresses:
        kind = "group" if visit.world.directory.is_group(visit.world.directory.canonical(address)) else "user"
        body = {"type": kind, "role": str(given.get("role", "reader")), "emailAddress": address}
        try:
            visit.api("drive.permissions.create", {"fileId": visit.place("id")}, _knowing(), body | expiry)
        except ApiError as refusal:
            return _page(visit, _told(refusal))
        done.append(visit.world.directory.display_name(visit.world.directory.canonical(address)))
    return see_other(_here(visit), f"Ahora tiene{'n' if len(done) > 1 else ''} acceso: {', '.join(done)}.")


def _knowing() -> Json:
    return {"supportsAllDrives": True}


def _expiry(text: str) -> Json:
    """The last instant of the day that was chosen, as the picker of Drive sets it."""
    if not text:
        return {}
    try:
        day = date.fromisoformat(text)
    except ValueError as odd:
        raise Refused(400, "Fecha no válida", "Escriba la fecha en que termina el acceso como año-mes-día.") from odd
    return {"expirationTime": rfc3339(datetime.combine(day, time(23, 59, 59), PANAMA))}


async def change(visit: Visit) -> web.StreamResponse:
    """Another role or last day for one grantee; `role=remove` takes the access away."""
    given, place = await visit.request.post(), {"fileId": visit.place("id"), "permissionId": visit.place("permission")}
    role = str(given.get("role", ""))
    try:
        if role == "remove":
            visit.api("drive.permissions.delete", place, _knowing())
            return see_other(_here(visit) if _still_seen(visit) else "/desk/drive", "Se quitó el acceso.")
        expiry = _expiry(str(given.get("expires", "")))
        query = _knowing() | ({} if expiry or not given.get("had_expiry") else {"removeExpiration": True})
        visit.api("drive.permissions.update", place, query, {"role": role} | expiry)
    except ApiError as refusal:
        return _page(visit, _told(refusal))
    return see_other(_here(visit), "Se cambió el acceso.")


def _still_seen(visit: Visit) -> bool:
    try:
        _file(visit)
    except ApiError:
        return False
    return True


async def limit(visit: Visit) -> web.StreamResponse:
    """Switch the limited access of a folder on or off."""
    given = await visit.request.post()
    limited = str(given.get("limited", "")) == "1"
    body = {"inheritedPermissionsDisabled": limited}
    try:
        visit.api("drive.files.update", {"fileId": visit.place("id")}, {"fields": "id"}, body)
    except ApiError as refusal:
        return _page(visit, _told(refusal))
    told = "Ahora la carpeta tiene acceso limitado." if limited else "La carpeta vuelve a heredar los accesos de arriba."
    return see_other(_here(visit), told)


async def general_access(visit: Visit) -> web.StreamResponse:
    """«Acceso general»: only those with access, the whole company, or anybody with the link."""
    given = await visit.request.post()
    wanted, role = str(given.get("audience", "restricted")), str(given.get("role", "reader"))
    place = {"fileId": visit.place("id")}
    try:
        if wanted != "restricted":
            body: Json = {"type": wanted, "role": role} | ({"domain": visit.world.directory.domain} if wanted == "domain" else {})
            visit.api("drive.permissions.create", place, _knowing(), body)
        for one in access_panel(visit.world, _file(visit), visit.actor)["people"]:
            if one["kind"] in ("anyone", "domain") and one["kind"] != wanted and one["own"]:
                visit.api("drive.permissions.delete", place | {"permissionId": one["permission"]}, _knowing())
    except ApiError as refusal:
        return _page(visit, _told(refusal))
    return see_other(_here(visit), "Se cambió el acceso general.")


def _here(visit: Visit) -> str:
    return f"/desk/share/{visit.place('id')}"
