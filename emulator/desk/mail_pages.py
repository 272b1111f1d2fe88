"""A mailbox: lists of conversations, a conversation, its attachments. HTML is shown in a frame that runs and loads nothing."""

from __future__ import annotations

from email.utils import getaddresses, parseaddr

from aiohttp import web

from emulator.desk.links import linked, mail_html
from emulator.desk.web import Desk, Refused, Visit, add, file_answer, see_other
from emulator.gmail import rfc822
from emulator.gmail.mailbox import Letter, letter, letters, mark_read
from emulator.gmail.model import HIDDEN, Message, boxes, messages
from emulator.kernel import Json

_LABELS = {"INBOX": "Recibidos", "SENT": "Enviados", "STARRED": "Destacados", "ALL": "Todos", "TRASH": "Papelera", "SPAM": "Spam"}
_INLINE = ("image/png", "image/jpeg", "image/gif", "image/webp", "application/pdf", "text/plain")
_FRAME_POLICY = (
    "sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox; default-src 'none'; "
    "img-src 'self' data:; style-src 'unsafe-inline'; font-src 'none'; form-action 'none'; frame-ancestors 'self'"
)
_FRAME_STYLE = (
    "<!doctype html><meta charset='utf-8'><base target='_blank'><style>body{margin:0;font:14px/1.5 Arial,sans-serif;color:#222;"
    "overflow-wrap:break-word}img{max-width:100%;height:auto}img[src='data:,']{display:none}table{max-width:100%}pre{white-space:pre-wrap}</style>"
)


def add_pages(desk: Desk, app: web.Application) -> None:
    """Register the pages."""
    add(desk, app, "GET", "/desk/mail", mailbox)
    add(desk, app, "GET", "/desk/mail/t/{thread}", conversation)
    add(desk, app, "POST", "/desk/mail/t/{thread}/unread", to_unread)
    add(desk, app, "POST", "/desk/mail/t/{thread}/trash", to_trash)
    add(desk, app, "GET", "/desk/mail/m/{message}/body", body)
    add(desk, app, "GET", "/desk/mail/m/{message}/original", original)
    add(desk, app, "GET", "/desk/mail/m/{message}/part/{part}", part)


async def mailbox(visit: Visit) -> web.StreamResponse:
    """Conversations under a label or that a search (`q`) finds, the latest first."""
    label = visit.request.query.get("label", "INBOX")
    words = visit.request.query.get("q", "").strip()
    if label not in _LABELS:
        raise Refused(404, "No lo encontramos", "Esa carpeta de correo no existe.")
    if words:
        query = {"q": words, "maxResults": 500}
        found = {one["id"] for one in visit.api("gmail.users.messages.list", {"userId": "me"}, query).get("messages", [])}
        chosen = [one for one in letters(visit.world, visit.actor) if one.message_id in found]
    else:
        chosen = letters(visit.world, visit.actor, None if label == "ALL" else label)
    return visit.page(
        "mail.html", "mail", labels=_LABELS, label=label, words=words, threads=_threads(visit, chosen, sent=label == "SENT")
    )


def _threads(visit: Visit, chosen: list[Letter], *, sent: bool) -> list[Json]:
    """One line for each conversation of the chosen mails; `sent` names who it went to."""
    whole: dict[str, list[Letter]] = {}
    for one in letters(visit.world, visit.actor):
        whole.setdefault(one.thread_id, []).append(one)
    lines: dict[str, Json] = {}
    for one in chosen:
        if one.thread_id not in lines:
            all_of_it = whole.get(one.thread_id, [one])
            lines[one.thread_id] = _line(visit, one, all_of_it, sent=sent)
    return list(lines.values())


def _line(visit: Visit, latest: Letter, conversation: list[Letter], *, sent: bool) -> Json:
    people = [_names(visit, latest.to)] if sent else [_name(visit, one.sender) for one in reversed(conversation)]
    text = " ".join(latest.text.split())
    return {
        "id": latest.thread_id,
        "who": ("Para: " if sent else "") + ", ".join(dict.fromkeys(one for one in people if one)),
        "count": len(conversation),
        "subject": latest.subject or "(sin asunto)",
        "snippet": text[:140],
        "date": latest.date,
        "unread": any(one.unread for one in conversation),
        "attachments": [item.filename for one in conversation for item in one.attachments],
    }


def _name(visit: Visit, header: str) -> str:
    """Who stands in a From header: `yo`, the name, or the address."""
    name, address = parseaddr(header)
    if visit.world.directory.canonical(address) == visit.actor:
        return "yo"
    return name or address or header


def _names(visit: Visit, header: str) -> str:
    found = [(name, address) for name, address in getaddresses([header]) if address]
    return ", ".join(
        "mí" if visit.world.directory.canonical(address) == visit.actor else name or address for name, address in found
    )


async def conversation(visit: Visit) -> web.StreamResponse:
    """A conversation, oldest mail first; it is read then. `texto=1`: the text version of every mail."""
    found = _of_thread(visit)
    unread = {one.message_id for one in found if one.unread}
    for message_id in unread:
        mark_read(visit.world, visit.actor, message_id)
    shown = [_shown(visit, one, open_now=one.message_id in unread or one is found[-1]) for one in found]
    return visit.page(
        "conversation.html",
        "mail",
        labels=_LABELS,
        label="INBOX" if any("INBOX" in one.labels for one in found) else "SENT",
        words="",
        thread=visit.place("thread"),
        subject=found[0].subject or "(sin asunto)",
        letters=shown,
        as_text="texto" in visit.request.query,
    )


def _of_thread(visit: Visit) -> list[Letter]:
    box = boxes(visit.world).get(visit.actor)
    rows = [] if box is None else [one for one in messages(visit.world, box).values() if one.thread_id == visit.place("thread")]
    kept = [one for one in rows if not HIDDEN & set(one.labels)] or rows
    if not kept:
        raise Refused(404, "No lo encontramos", "Esta conversación no está en su buzón.")
    return [letter(one) for one in sorted(kept, key=lambda one: (one.internal_date_ms, one.id))]


def _shown(visit: Visit, one: Letter, *, open_now: bool) -> Json:
    name, address = parseaddr(one.sender)
    return {
        "id": one.message_id,
        "name": name or address or "Servicio de correo",
        "address": address,
        "to": _names(visit, one.to),
        "cc": _names(visit, one.cc),
        "date": one.date,
        "has_html": bool(one.html.strip()),
        "text": linked(one.text.strip()),
        "snippet": " ".join(one.text.split())[:120],
        "open": open_now,
        "attachments": [
            {"id": item.part_id, "name": item.filename, "size": len(item.data), "shows": item.mime_type in _INLINE}
            for item in one.attachments
        ],
    }


def _message(visit: Visit) -> Message:
    box = boxes(visit.world).get(visit.actor)
    found = None if box is None else messages(visit.world, box).get(visit.place("message"))
    if found is None:
        raise Refused(404, "No lo encontramos", "Este correo no está en su buzón.")
    return found


async def body(visit: Visit) -> web.StreamResponse:
    """The HTML of a mail, for the frame: no scripts, no forms, nothing from outside, links to Google led to the desk."""
    message = _message(visit)
    pictures: dict[str, str] = {}
    for part_id, leaf in rfc822.leaves(rfc822.structure(message.raw)):
        content_id = str(leaf.get("Content-ID", "")).strip().strip("<>")
        if content_id:
            pictures[content_id] = f"/desk/mail/m/{message.id}/part/{part_id}?ver=1"
    html = _FRAME_STYLE + mail_html(letter(message).html, pictures)
    headers = {"Content-Security-Policy": _FRAME_POLICY, "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}
    return web.Response(text=html, content_type="text/html", headers=headers)


async def original(visit: Visit) -> web.StreamResponse:
    """The mail as it went over the wire."""
    raw = _message(visit).raw.decode("utf-8", "replace")
    return web.Response(text=raw, content_type="text/plain", headers={"X-Content-Type-Options": "nosniff"})


async def part(visit: Visit) -> web.StreamResponse:
    """An attachment, to keep or (`ver=1`) to look at."""
    message = _message(visit)
    found = dict(rfc822.leaves(rfc822.structure(message.raw))).get(visit.place("part"))
    if found is None:
        raise Refused(404, "No lo encontramos", "Ese adjunto no existe.")
    mime_type = found.get_content_type()
    inline = "ver" in visit.request.query and mime_type in _INLINE
    return file_answer(rfc822.filename_of(found) or "adjunto", mime_type, rfc822.payload(found), inline=inline)


async def to_unread(visit: Visit) -> web.StreamResponse:
    """Mark the latest mail of the conversation as unread."""
    mark_read(visit.world, visit.actor, _of_thread(visit)[-1].message_id, unread=True)
    return see_other("/desk/mail", "La conversación quedó como no leída.")


async def to_trash(visit: Visit) -> web.StreamResponse:
    """Move the conversation to the trash."""
    for one in _of_thread(visit):
        visit.api("gmail.users.messages.trash", {"userId": "me", "id": one.message_id})
    return see_other("/desk/mail", "La conversación está en la papelera.")
