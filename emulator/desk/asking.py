"""«Solicitar acceso»: whoever may not open an item asks for it, and whoever may share it answers."""

from __future__ import annotations

from aiohttp import web

from emulator.desk.texts import role_name
from emulator.desk.web import Desk, Refused, Visit, add, see_other
from emulator.drive.access import Eye
from emulator.drive.access_proposals import pending, propose
from emulator.drive.model import files
from emulator.kernel import Json

_MOST_TEXT = 1000
_ROLES = ("reader", "commenter", "writer")


def add_pages(desk: Desk, app: web.Application) -> None:
    """Register the deeds."""
    add(desk, app, "POST", "/desk/ask/{id}", ask)
    add(desk, app, "POST", "/desk/ask/{id}/{proposal}", answer)


async def ask(visit: Visit) -> web.StreamResponse:
    """Ask for access; those who may share the item get a mail."""
    given, file = await visit.request.post(), files(visit.world).get(visit.place("id"))
    if file is None:
        raise Refused(404, "No lo encontramos", "No existe, o fue eliminado.")
    if Eye(visit.world, visit.actor).role(file) is None:
        role = str(given.get("role", ""))
        message = str(given.get("message", "")).strip()[:_MOST_TEXT]
        propose(visit.world, file.id, visit.actor, role if role in _ROLES else "reader", message)
    return see_other("/desk/drive", "Se envió la solicitud a quien puede dar acceso.")


async def answer(visit: Visit) -> web.StreamResponse:
    """Accept a request with a role, or deny it."""
    given = await visit.request.post()
    role = str(given.get("role", ""))
    body: Json = {"action": "ACCEPT", "role": [role]} if role else {"action": "DENY"}
    place = {"fileId": visit.place("id"), "proposalId": visit.place("proposal")}
    visit.api("drive.accessproposals.resolve", place, body=body)
    told = "Se dio el acceso." if role else "Se rechazó la solicitud."
    return see_other(f"/desk/share/{visit.place('id')}", told)


def requests_for(visit: Visit, file_id: str) -> list[Json]:
    """The requests for an item that nobody has answered, ready to be drawn."""
    directory = visit.world.directory
    return [
        {
            "id": one.id,
            "name": directory.display_name(one.recipient),
            "address": one.recipient,
            "role": one.role,
            "role_name": role_name(one.role),
            "message": one.message,
        }
        for one in pending(visit.world, file_id)
    ]
