"""Send-as addresses: the account's own, its aliases, and those that were added."""

from __future__ import annotations

from email.message import EmailMessage
from email.utils import format_datetime

from emulator.gmail import mailbox, rfc822
from emulator.gmail.account import own_box
from emulator.gmail.aliases import aliases_of
from emulator.gmail.errors import already_exists, failed_precondition, invalid, not_found
from emulator.gmail.model import Alias, Box
from emulator.gmail.sending import new_message_id_header
from emulator.gmail.store import save
from emulator.gmail.verification import is_trusted, wanted_address
from emulator.kernel import Call, Json, World, handles


def _json(box: Box, alias: Alias) -> Json:
    own, default = alias.address == box.address, alias.address == (box.default_alias or box.address)
    shown: Json = {
        "sendAsEmail": alias.address,
        "displayName": alias.display_name,
        "replyToAddress": alias.reply_to,
        "signature": alias.signature,
        "isPrimary": own,
        "isDefault": default,
    }
    if own:
        return shown
    shown |= {"treatAsAlias": alias.treat_as_alias, "verificationStatus": "accepted" if alias.accepted else "pending"}
    return shown | {"smtpMsa": alias.server} if alias.server else shown


@handles("gmail.users.settings.sendAs.list")
def list_send_as(call: Call) -> Json:
    """All send-as addresses, the primary first."""
    box = own_box(call)
    return {"sendAs": [_json(box, alias) for alias in aliases_of(call.world, box).values()]}


def _known(call: Call, box: Box) -> Alias:
    alias = aliases_of(call.world, box).get(call.path["sendAsEmail"].lower())
    if alias is None:
        raise not_found()
    return alias


@handles("gmail.users.settings.sendAs.get")
def get_send_as(call: Call) -> Json:
    """One send-as address."""
    box = own_box(call)
    return _json(box, _known(call, box))


@handles("gmail.users.settings.sendAs.create")
def create_send_as(call: Call) -> Json:
    """Add a send-as address. Addresses of the domain are accepted at once, others get a verification mail."""
    box = own_box(call)
    address = wanted_address(call.body.get("sendAsEmail", ""), "Invalid sendAsEmail")
    if address in aliases_of(call.world, box):
        raise already_exists()
    alias = Alias(address, accepted=is_trusted(call.world, address))
    _change(call, box, alias)
    if not alias.accepted:
        _ask(call.world, box, alias)
    return _json(box, alias)


def _change(call: Call, box: Box, alias: Alias) -> None:
    """Take over what the body says. A password of an outbound relay is written only, never shown."""
    body = call.body
    if body.get("isDefault") and not alias.accepted:
        raise failed_precondition("Send-as address is not verified")
    if body.get("replyToAddress"):
        wanted_address(body["replyToAddress"], "Invalid replyToAddress")
    alias.display_name = body.get("displayName", alias.display_name)
    alias.reply_to = body.get("replyToAddress", alias.reply_to)
    alias.signature = body.get("signature", alias.signature)
    alias.treat_as_alias = body.get("treatAsAlias", alias.treat_as_alias)
    hidden = ("username", "password")
    alias.server = {name: value for name, value in body.get("smtpMsa", alias.server).items() if name not in hidden}
    if body.get("isDefault"):
        box.default_alias = alias.address
    box.aliases[alias.address] = alias
    save(call.world, box)


@handles("gmail.users.settings.sendAs.patch")
def patch_send_as(call: Call) -> Json:
    """Change what is given; the rest stays."""
    box = own_box(call)
    alias = _known(call, box)
    _change(call, box, alias)
    return _json(box, alias)


@handles("gmail.users.settings.sendAs.update")
def update_send_as(call: Call) -> Json:
    """Replace a send-as address; what is not given is emptied."""
    box = own_box(call)
    alias = _known(call, box)
    fresh = Alias(alias.address, accepted=alias.accepted)
    _change(call, box, fresh)
    return _json(box, fresh)


@handles("gmail.users.settings.sendAs.verify")
def verify_send_as(call: Call) -> None:
    """Send the verification mail again."""
    box = own_box(call)
    alias = _known(call, box)
    if alias.accepted:
        raise failed_precondition()
    _ask(call.world, box, alias)


def _ask(world: World, box: Box, alias: Alias) -> None:
    mail = EmailMessage()
    mail["Date"] = format_datetime(world.clock.now())
    mail["From"] = "Gmail Team <gmail-noreply@google.com>"
    mail["To"] = alias.address
    mail["Subject"] = f"Gmail Confirmation - Send Mail as {alias.address}"
    mail["Message-ID"] = new_message_id_header()
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(f"{box.address} has requested to add {alias.address} to their Gmail account.\n")
    mailbox.receive(world, alias.address, rfc822.crlf(mail.as_bytes()), "")


@handles("gmail.users.settings.sendAs.delete")
def delete_send_as(call: Call) -> None:
    """Remove a send-as address that was added."""
    box, address = own_box(call), call.path["sendAsEmail"].lower()
    if address == box.address:
        raise invalid("Cannot delete primary send-as")
    _known(call, box)
    if address not in box.aliases:
        raise invalid("An alias of the directory cannot be deleted")
    del box.aliases[address]
    box.default_alias = "" if box.default_alias == address else box.default_alias
    save(call.world, box)
