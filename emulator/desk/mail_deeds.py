"""What people do with a conversation: archive it, star it, label it, throw it away. All by the API's own handlers."""

from __future__ import annotations

from aiohttp import web

from emulator.desk.mail_pages import label_list, of_thread
from emulator.desk.web import Desk, Refused, Visit, add, see_other
from emulator.gmail.mailbox import mark_read

_CHANGES = {
    "archive": ([], ["INBOX"], "La conversación se archivó."),
    "inbox": (["INBOX"], ["SPAM"], "La conversación está en Recibidos."),
    "star": (["STARRED"], [], "La conversación se destacó."),
    "unstar": ([], ["STARRED"], "La conversación ya no está destacada."),
    "spam": (["SPAM"], ["INBOX"], "La conversación se marcó como spam."),
}


def add_pages(desk: Desk, app: web.Application) -> None:
    """Register the deeds."""
    add(desk, app, "POST", "/desk/mail/t/{thread}/unread", to_unread)
    add(desk, app, "POST", "/desk/mail/t/{thread}/trash", to_trash)
    add(desk, app, "POST", "/desk/mail/t/{thread}/untrash", from_trash)
    add(desk, app, "POST", "/desk/mail/t/{thread}/label", label)
    add(desk, app, "POST", "/desk/mail/t/{thread}/{change}", change)


async def to_unread(visit: Visit) -> web.StreamResponse:
    """Mark the latest mail of the conversation as unread."""
    mark_read(visit.world, visit.actor, of_thread(visit)[-1].message_id, unread=True)
    return see_other("/desk/mail", "La conversación quedó como no leída.")


async def to_trash(visit: Visit) -> web.StreamResponse:
    """Move the conversation to the trash."""
    for one in of_thread(visit):
        visit.api("gmail.users.messages.trash", {"userId": "me", "id": one.message_id})
    return see_other("/desk/mail", "La conversación está en la papelera.")


async def from_trash(visit: Visit) -> web.StreamResponse:
    """Take the conversation out of the trash."""
    for one in of_thread(visit):
        visit.api("gmail.users.messages.untrash", {"userId": "me", "id": one.message_id})
    return see_other(f"/desk/mail/t/{visit.place('thread')}", "La conversación salió de la papelera.")


async def change(visit: Visit) -> web.StreamResponse:
    """Archive, put back, star."""
    found = _CHANGES.get(visit.place("change"))
    if found is None:
        raise Refused(404, "No lo encontramos", "Esa acción no existe.")
    plus, minus, told = found
    _relabel(visit, plus, minus)
    leaves = visit.place("change") in ("archive", "spam")
    return see_other("/desk/mail" if leaves else f"/desk/mail/t/{visit.place('thread')}", told)


def _relabel(visit: Visit, plus: list[str], minus: list[str]) -> None:
    body = {"addLabelIds": plus, "removeLabelIds": minus}
    for one in of_thread(visit):
        visit.api("gmail.users.messages.modify", {"userId": "me", "id": one.message_id}, body=body)


async def label(visit: Visit) -> web.StreamResponse:
    """Put a label on the conversation or take it off (`label`), or make a new one (`name`)."""
    given = await visit.request.post()
    name, label_id = " ".join(str(given.get("name", "")).split()), str(given.get("label", ""))
    if name:
        known = {str(one["name"]).casefold(): one["id"] for one in label_list(visit)}
        label_id = (
            known.get(name.casefold()) or visit.api("gmail.users.labels.create", {"userId": "me"}, body={"name": name})["id"]
        )
    if not label_id:
        raise Refused(400, "Falta la etiqueta", "Elija una etiqueta o escriba el nombre de una nueva.")
    marked = all(label_id in one.labels for one in of_thread(visit))
    _relabel(visit, [] if marked else [label_id], [label_id] if marked else [])
    return see_other(f"/desk/mail/t/{visit.place('thread')}", "Se quitó la etiqueta." if marked else "Se puso la etiqueta.")
