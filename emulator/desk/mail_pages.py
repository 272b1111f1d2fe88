"""A mailbox: lists of conversations, a conversation, its attachments. HTML is shown in a frame that runs and loads nothing."""

from __future__ import annotations

from email.utils import getaddresses, parseaddr

from aiohttp import web

from emulator.desk.links import linked, mail_html
from emulator.desk.web import FRAMED_BY, Desk, Refused, Visit, add, file_answer
from emulator.gmail import rfc822
from emulator.gmail.mailbox import Letter, letter, letters, mark_read
from emulator.gmail.model import HIDDEN, Message, boxes, messages
from emulator.kernel import Json

_LABELS = {
    "INBOX": "Recibidos",
    "STARRED": "Destacados",
    "SENT": "Enviados",
    "DRAFT": "Borradores",
    "ALL": "Todos",
    "SPAM": "Spam",
    "TRASH": "Papelera",
}
_INLINE = ("image/png", "image/jpeg", "image/gif", "image/webp", "application/pdf", "text/plain")
_FRAME_POLICY = (
    "sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox; default-src 'none'; "
    "img-src 'self' data:; style-src 'unsafe-inline'; font-src 'none'; form-action 'none'; "
    f"{FRAMED_BY}"
)
_FRAME_STYLE = (
    "<!doctype html><meta charset='utf-8'><base target='_blank'><style>body{margin:0;font:14px/1.5 Arial,sans-serif;color:#222;"
    "overflow-wrap:break-word}img{max-width:100%;height:auto}img[src='data:,']{display:none}table{max-width:100%}pre{white-space:pre-wrap}</style>"
)


def add_pages(desk: Desk, app: web.Application) -> None:
    """Register the pages."""
    add(desk, app, "GET", "/desk/mail", mailbox)
    add(desk, app, "GET", "/desk/mail/t/{thread}", conversation)
    add(desk, app, "GET", "/desk/mail/m/{message}/body", body)
    add(desk, app, "GET", "/desk/mail/m/{message}/original", original)
    add(desk, app, "GET", "/desk/mail/m/{message}/part/{part}", part)


async def mailbox(visit: Visit) -> web.StreamResponse:
    """Conversations under a label or that a search (`q`) finds, the latest first."""
    label = visit.request.query.get("label", "INBOX")
    words = visit.request.query.get("q", "").strip()
    own = {one["id"]: one["name"] for one in label_list(visit)}
    if label not in _LABELS | own:
        raise Refused(404, "No lo encontramos", "Esa carpeta de correo no existe.")
    if words:
        query = {"q": words, "maxResults": 500}
        found = {one["id"] for one in visit.api("gmail.users.messages.list", {"userId": "me"}, query).get("messages", [])}
        chosen = [one for one in letters(visit.world, visit.actor) if one.message_id in found]
    else:
        chosen = letters(visit.world, visit.actor, None if label == "ALL" else label)
    if label == "ALL":
        chosen = [one for one in chosen if "DRAFT" not in one.labels]
    return visit.page(
        "mail.html",
        "mail",
        title=_LABELS.get(label) or own[label],
        label=label,
        words=words,
        own_labels=label_list(visit),
        threads=_drafts(visit, chosen) if label == "DRAFT" and not words else _threads(visit, chosen, sent=label == "SENT"),
    )


def label_list(visit: Visit) -> list[Json]:
    """The labels that the person made."""
    if visit.actor not in boxes(visit.world):
        return []
    found = visit.api("gmail.users.labels.list", {"userId": "me"})["labels"]
    return sorted((one for one in found if one["type"] == "user"), key=lambda one: str(one["name"]).lower())


def _drafts(visit: Visit, chosen: list[Letter]) -> list[Json]:
    """One line for each draft; it opens where it goes on being written."""
    if not chosen:
        return []
    listed = visit.api("gmail.users.drafts.list", {"userId": "me"}, {"maxResults": 500}).get("drafts", [])
    draft_of = {one["message"]["id"]: one["id"] for one in listed}
    lines = []
    for one in chosen:
        if one.message_id in draft_of:
            line = _line(visit, one, [one], sent=True)
            to = _names(visit, one.to)
            address = f"/desk/mail/write?draft={draft_of[one.message_id]}"
            lines.append(line | {"who": f"Borrador: {to}" if to else "Borrador", "address": address, "unread": False})
    return lines


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
        "address": f"/desk/mail/t/{latest.thread_id}",
        "starred": any("STARRED" in one.labels for one in conversation),
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
    found = of_thread(visit)
    unread = {one.message_id for one in found if one.unread}
    for message_id in unread:
        mark_read(visit.world, visit.actor, message_id)
    labels = {label for one in found for label in one.labels}
    shown = [_shown(visit, one, open_now=one.message_id in unread or one is found[-1]) for one in found]
    return visit.page(
        "conversation.html",
        "mail",
        label=next((one for one in ("TRASH", "SPAM", "INBOX", "SENT") if one in labels), "ALL"),
        own_labels=label_list(visit),
        marked=labels,
        words="",
        thread=visit.place("thread"),
        subject=found[0].subject or "(sin asunto)",
        letters=shown,
        as_text="texto" in visit.request.query,
    )


def of_thread(visit: Visit) -> list[Letter]:
    """The mails of the conversation that the path names, oldest first; those in the trash only when nothing else is left."""
    box = boxes(visit.world).get(visit.actor)
    rows = [] if box is None else [one for one in messages(visit.world, box).values() if one.thread_id == visit.place("thread")]
    rows = [one for one in rows if "DRAFT" not in one.labels]
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
        "many": len([1 for _, where in getaddresses([one.to, one.cc]) if where]) > 1,
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
