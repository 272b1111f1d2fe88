"""Writing a mail: new, as an answer, or from a `mailto:` link."""

from __future__ import annotations

from email.message import EmailMessage
from email.utils import formataddr, parseaddr
from urllib.parse import parse_qs, unquote

from aiohttp import web

from emulator.desk.web import Desk, Refused, Visit, add, see_other
from emulator.gmail import rfc822
from emulator.gmail.mailbox import send
from emulator.gmail.model import Message, boxes, messages
from emulator.gmail.store import box_for
from emulator.kernel import Json

_MOST_LINE = 900


def add_pages(desk: Desk, app: web.Application) -> None:
    """Register the pages."""
    add(desk, app, "GET", "/desk/mail/write", write)
    add(desk, app, "POST", "/desk/mail/send", send_it)


async def write(visit: Visit) -> web.StreamResponse:
    """A sheet of paper: empty, from `mailto`, or as an answer to the mail `reply`."""
    query = visit.request.query
    draft: Json = {"to": "", "subject": "", "body": "", "reply": ""}
    if query.get("mailto"):
        draft |= _from_mailto(query["mailto"])
    elif query.get("reply"):
        draft |= _answer_to(_own(visit, query["reply"]), query["reply"])
    return visit.page("write.html", "mail", draft=draft)


def _from_mailto(address: str) -> Json:
    to, _, rest = address.removeprefix("mailto:").partition("?")
    fields = parse_qs(rest, keep_blank_values=True)
    return {"to": unquote(to), "subject": fields.get("subject", [""])[0], "body": fields.get("body", [""])[0]}


def _own(visit: Visit, message_id: str) -> Message:
    box = boxes(visit.world).get(visit.actor)
    found = None if box is None else messages(visit.world, box).get(message_id)
    if found is None:
        raise Refused(404, "No lo encontramos", "Este correo no está en su buzón.")
    return found


def _answer_to(message: Message, message_id: str) -> Json:
    mail = rfc822.parse(message.raw)
    subject = mail.header("Subject")
    if not subject.lower().startswith("re:"):
        subject = f"Re: {subject}"
    return {"to": parseaddr(mail.header("Reply-To") or mail.header("From"))[1], "subject": subject, "reply": message_id}


async def send_it(visit: Visit) -> web.StreamResponse:
    """Send the mail as this person."""
    given = await visit.request.post()
    to, subject = (" ".join(str(given.get(key, "")).split())[:_MOST_LINE] for key in ("to", "subject"))
    if "@" not in to:
        raise Refused(400, "Falta el destinatario", "Escriba al menos una dirección de correo en «Para».")
    mail = EmailMessage()
    directory = visit.world.directory
    mail["From"] = formataddr((directory.display_name(visit.actor), visit.actor))
    try:
        mail["To"] = to
    except (ValueError, IndexError) as odd:
        raise Refused(400, "Destinatario no válido", "Escriba direcciones como nombre@dominio, separadas por comas.") from odd
    mail["Subject"] = subject
    thread_id = _refer(mail, _own(visit, str(given["reply"]))) if given.get("reply") else None
    mail.set_content(str(given.get("body", "")).replace("\r\n", "\n"))
    sent = send(visit.world, box_for(visit.world, visit.actor), mail.as_bytes(), thread_id)
    if "INBOX" not in sent.labels and thread_id is None:
        return see_other("/desk/mail?label=SENT", "El mensaje se envió.")
    return see_other(f"/desk/mail/t/{sent.thread_id}", "El mensaje se envió.")


def _refer(mail: EmailMessage, answered: Message) -> str:
    """Name the mail that is answered, so that both stand in one conversation."""
    before = rfc822.parse(answered.raw)
    own_id = " ".join(rfc822.message_ids(before.header("Message-ID")))
    if own_id:
        mail["In-Reply-To"] = own_id
        mail["References"] = " ".join([*rfc822.message_ids(before.header("References")), own_id])
    return answered.thread_id
