"""The vacation responder: who writes while it is on gets an answer, at most one in four days."""

from __future__ import annotations

from datetime import timedelta
from email.message import EmailMessage
from email.utils import format_datetime, formataddr

from emulator.gmail import bounces, rfc822
from emulator.gmail.account import own_box
from emulator.gmail.aliases import default_alias, name_of
from emulator.gmail.errors import invalid
from emulator.gmail.model import Box, Message
from emulator.gmail.sending import new_message_id_header
from emulator.gmail.store import save
from emulator.kernel import Call, Json, World, handles

_AGAIN_AFTER = timedelta(days=4)


@handles("gmail.users.settings.getVacation")
def get_vacation(call: Call) -> Json:
    """The responder's settings."""
    return own_box(call).settings.vacation


@handles("gmail.users.settings.updateVacation")
def update_vacation(call: Call) -> Json:
    """Set the responder. It then has answered nobody yet."""
    box = own_box(call)
    made = {"enableAutoReply": False} | {name: value for name, value in call.body.items() if value not in ("", False)}
    says = ("responseSubject", "responseBodyPlainText", "responseBodyHtml")
    if made["enableAutoReply"] and not any(name in made for name in says):
        raise invalid("Either the response subject or the response body must be nonempty")
    if "startTime" in made and "endTime" in made and int(made["startTime"]) >= int(made["endTime"]):
        raise invalid("startTime must precede endTime")
    box.settings.vacation, box.settings.answered = made, {}
    save(call.world, box)
    return made


def reply_to(world: World, box: Box, message: Message, sender: str) -> bytes | None:
    """The answer to a mail that has arrived, None when it gets none: by the clock, the sender, or because a machine wrote it."""
    setting, now = box.settings.vacation, world.clock.now()
    if not setting["enableAutoReply"] or not _is_on(setting, int(now.timestamp() * 1000)):
        return None
    if sender == box.address or _is_automatic(rfc822.parse(message.raw)) or bounces.reason_for(world, sender) is not None:
        return None
    if setting.get("restrictToContacts"):
        # Nobody has contacts here, so nobody is one.
        return None
    if setting.get("restrictToDomain") and not world.directory.in_domain(sender):
        return None
    last = box.settings.answered.get(sender)
    if last is not None and now - last < _AGAIN_AFTER:
        return None
    box.settings.answered[sender] = now
    save(world, box)
    return _written(world, box, rfc822.parse(message.raw), sender)


def _is_on(setting: Json, now_ms: int) -> bool:
    return int(setting.get("startTime", 0)) <= now_ms < int(setting.get("endTime", now_ms + 1))


def _is_automatic(mail: rfc822.Mail) -> bool:
    """Whether a machine or a list wrote the mail: answers to those would go round for ever."""
    if mail.header("Auto-Submitted").lower() not in ("", "no") or mail.header("List-Id"):
        return True
    return mail.header("Precedence").lower() in ("bulk", "junk", "list")


def _written(world: World, box: Box, mail: rfc822.Mail, sender: str) -> bytes:
    setting, alias = box.settings.vacation, default_alias(world, box)
    reply = EmailMessage()
    reply["Date"] = format_datetime(world.clock.now())
    reply["From"] = formataddr((name_of(world, box, alias), alias.address))
    reply["To"] = sender
    reply["Subject"] = " ".join(f"{setting.get('responseSubject', '')} Re: {mail.header('Subject')}".split())
    reply["Message-ID"] = new_message_id_header()
    if mail.header("Message-ID"):
        reply["In-Reply-To"] = reply["References"] = mail.header("Message-ID")
    reply["Auto-Submitted"], reply["Precedence"], reply["X-Autoreply"] = "auto-replied", "bulk", "yes"
    if "responseBodyHtml" in setting:
        reply.set_content(rfc822.strip_tags(setting["responseBodyHtml"]))
        reply.add_alternative(setting["responseBodyHtml"], subtype="html")
    else:
        reply.set_content(setting.get("responseBodyPlainText", ""))
    return rfc822.crlf(reply.as_bytes())
