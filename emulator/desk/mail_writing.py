"""Writing a mail: new, as an answer, passed on, or from a `mailto:` link; sent, or kept as a draft."""

from __future__ import annotations

import base64
from email.message import EmailMessage
from email.utils import formataddr, getaddresses, parseaddr
from urllib.parse import parse_qs, unquote

from aiohttp import web
from aiohttp.web_request import FileField

from emulator.desk import texts
from emulator.desk.form_answers import Posted
from emulator.desk.mail_pages import label_list
from emulator.desk.web import Desk, Refused, Visit, add, see_other
from emulator.gmail import rfc822
from emulator.gmail.mailbox import Letter, letter, send
from emulator.gmail.model import Message, boxes, messages
from emulator.gmail.store import box_for
from emulator.kernel import Json

_MOST_LINE = 900
_MOST_QUOTED = 20_000


def add_pages(desk: Desk, app: web.Application) -> None:
    """Register the pages."""
    add(desk, app, "GET", "/desk/mail/write", write)
    add(desk, app, "POST", "/desk/mail/send", send_it)
    add(desk, app, "POST", "/desk/mail/draft", keep_it)
    add(desk, app, "POST", "/desk/mail/discard", discard_it)


async def write(visit: Visit) -> web.StreamResponse:
    """An empty mail (`to`, `subject`, `body` fill it), one from `mailto`, a draft, or one that goes on from another:
    `reply`, `replyall`, `forward`."""
    query = visit.request.query
    draft: Json = {key: query.get(key, "") for key in ("to", "cc", "bcc", "subject", "body")}
    draft |= {"reply": "", "forward": "", "draft": "", "carried": []}
    if query.get("mailto"):
        draft |= _from_mailto(query["mailto"])
    elif query.get("draft"):
        draft |= _from_draft(visit, query["draft"])
    elif query.get("forward"):
        draft |= _passed_on(visit, query["forward"])
    elif query.get("reply") or query.get("replyall"):
        draft |= _answer_to(visit, query.get("reply") or query["replyall"], to_all="replyall" in query)
    return visit.page("write.html", "mail", draft=draft, own_labels=label_list(visit), label="", words="")


def _from_mailto(address: str) -> Json:
    to, _, rest = address.removeprefix("mailto:").partition("?")
    fields = parse_qs(rest, keep_blank_values=True)
    return {"to": unquote(to)} | {key: fields.get(key, [""])[0] for key in ("cc", "subject", "body")}


def _own(visit: Visit, message_id: str) -> Message:
    box = boxes(visit.world).get(visit.actor)
    found = None if box is None else messages(visit.world, box).get(message_id)
    if found is None:
        raise Refused(404, "No lo encontramos", "Este correo no está en su buzón.")
    return found


def _draft_message(visit: Visit, draft_id: str) -> Message:
    found = visit.api("gmail.users.drafts.get", {"userId": "me", "id": draft_id}, {"format": "minimal"})
    return _own(visit, found["message"]["id"])


def _from_draft(visit: Visit, draft_id: str) -> Json:
    message = _draft_message(visit, draft_id)
    mail, shown = rfc822.parse(message.raw), letter(message)
    fields = {"to": shown.to, "cc": shown.cc, "bcc": mail.header("Bcc"), "subject": shown.subject, "body": shown.text}
    return fields | {"draft": draft_id, "carried": [one.filename for one in shown.attachments]}


def _answer_to(visit: Visit, message_id: str, *, to_all: bool) -> Json:
    message = _own(visit, message_id)
    mail, shown = rfc822.parse(message.raw), letter(message)
    sender = parseaddr(mail.header("Reply-To") or mail.header("From"))[1]
    fields = {"to": sender, "subject": _prefixed("Re", shown.subject), "reply": message_id, "body": _quoted(shown)}
    if to_all:
        others = [address for _, address in getaddresses([shown.to, shown.cc]) if address]
        kept = [one for one in dict.fromkeys(others) if one != sender and visit.world.directory.canonical(one) != visit.actor]
        fields["cc"] = ", ".join(kept)
    return fields


def _prefixed(word: str, subject: str) -> str:
    return subject if subject.lower().startswith(f"{word.lower()}:") else f"{word}: {subject}"


def _quoted(shown: Letter) -> str:
    lines = shown.text.strip()[:_MOST_QUOTED].splitlines()
    return f"\n\nEl {texts.instant(shown.date)}, {shown.sender} escribió:\n" + "\n".join(f"> {line}" for line in lines)


def _passed_on(visit: Visit, message_id: str) -> Json:
    shown = letter(_own(visit, message_id))
    head = [
        "---------- Mensaje reenviado ----------",
        f"De: {shown.sender}",
        f"Fecha: {texts.instant(shown.date)}",
        f"Asunto: {shown.subject}",
        f"Para: {shown.to}",
    ]
    body = "\n\n" + "\n".join(head) + "\n\n" + shown.text.strip()[:_MOST_QUOTED]
    carried = [one.filename for one in shown.attachments]
    return {"subject": _prefixed("Fwd", shown.subject), "body": body, "forward": message_id, "carried": carried}


async def send_it(visit: Visit) -> web.StreamResponse:
    """Send the mail as this person."""
    given = await visit.request.post()
    if not any("@" in str(given.get(key, "")) for key in ("to", "cc", "bcc")):
        raise Refused(400, "Falta el destinatario", "Escriba al menos una dirección de correo en «Para».")
    mail, thread_id = _written(visit, given)
    sent = send(visit.world, box_for(visit.world, visit.actor), mail.as_bytes(), thread_id)
    if given.get("draft"):
        visit.api("gmail.users.drafts.delete", {"userId": "me", "id": str(given["draft"])})
    if "INBOX" not in sent.labels and thread_id is None:
        return see_other("/desk/mail?label=SENT", "El mensaje se envió.")
    return see_other(f"/desk/mail/t/{sent.thread_id}", "El mensaje se envió.")


async def keep_it(visit: Visit) -> web.StreamResponse:
    """Keep the mail as a draft."""
    given = await visit.request.post()
    mail, thread_id = _written(visit, given)
    message: Json = {"raw": base64.urlsafe_b64encode(mail.as_bytes()).decode()} | ({"threadId": thread_id} if thread_id else {})
    if given.get("draft"):
        visit.api("gmail.users.drafts.update", {"userId": "me", "id": str(given["draft"])}, body={"message": message})
    else:
        visit.api("gmail.users.drafts.create", {"userId": "me"}, body={"message": message})
    return see_other("/desk/mail?label=DRAFT", "El borrador se guardó.")


async def discard_it(visit: Visit) -> web.StreamResponse:
    """Throw a draft away."""
    given = await visit.request.post()
    visit.api("gmail.users.drafts.delete", {"userId": "me", "id": str(given.get("draft", ""))})
    return see_other("/desk/mail?label=DRAFT", "El borrador se descartó.")


def _written(visit: Visit, given: Posted) -> tuple[EmailMessage, str | None]:
    """The mail that the posted form holds, and the conversation it belongs to."""
    mail = EmailMessage()
    mail["From"] = formataddr((visit.world.directory.display_name(visit.actor), visit.actor))
    for name in ("To", "Cc", "Bcc"):
        text = " ".join(str(given.get(name.lower(), "")).split())[:_MOST_LINE]
        if not text:
            continue
        try:
            mail[name] = text
        except (ValueError, IndexError) as odd:
            raise Refused(400, "Destinatario no válido", "Escriba direcciones como nombre@dominio, separadas por comas.") from odd
    mail["Subject"] = " ".join(str(given.get("subject", "")).split())[:_MOST_LINE]
    thread_id = _refer(mail, _own(visit, str(given["reply"]))) if given.get("reply") else None
    mail.set_content(str(given.get("body", "")).replace("\r\n", "\n"))
    carried = [_own(visit, str(given["forward"]))] if given.get("forward") else []
    carried += [_draft_message(visit, str(given["draft"]))] if given.get("draft") else []
    for message in carried:
        for item in letter(message).attachments:
            _attach(mail, item.filename, item.mime_type, item.data)
    for one in given.getall("file", []):
        if isinstance(one, FileField) and one.filename:
            _attach(mail, one.filename, one.content_type, one.file.read())
    return mail, thread_id


def _attach(mail: EmailMessage, name: str, mime_type: str, data: bytes) -> None:
    main, _, sub = (mime_type or "").partition(";")[0].partition("/")
    if not sub or main in ("message", "multipart"):
        # Those are mails themselves; as plain bytes nothing of them is changed.
        main, sub = "application", "octet-stream"
    mail.add_attachment(data, maintype=main, subtype=sub, filename=name)


def _refer(mail: EmailMessage, answered: Message) -> str:
    """Name the mail that is answered, so that both stand in one conversation."""
    before = rfc822.parse(answered.raw)
    own_id = " ".join(rfc822.message_ids(before.header("Message-ID")))
    if own_id:
        mail["In-Reply-To"] = own_id
        mail["References"] = " ".join([*rfc822.message_ids(before.header("References")), own_id])
    return answered.thread_id
