"""Whose mailbox a call means, and users.getProfile."""

from __future__ import annotations

import base64
import binascii
import re

from emulator.gmail.errors import failed_precondition, forbidden, invalid
from emulator.gmail.model import Box, messages
from emulator.gmail.store import box_for
from emulator.kernel import Call, Json, handles

_METADATA = "https://www.googleapis.com/auth/gmail.metadata"
_EVERYTHING = "https://mail.google.com/"
_MESSAGE_ID = re.compile(r"[0-9a-fA-F]+")
_NO_RAW = "'raw' RFC822 payload message string or uploading message via /upload/* URL required"


def own_box(call: Call) -> Box:
    """The mailbox of the caller.

    Raises 400 failedPrecondition for accounts without one (service accounts that act for nobody, groups, addresses of the
    domain that do not exist), 403 for somebody else's mailbox. An address elsewhere is an ordinary account with a mailbox of its own.
    """
    directory, address = call.world.directory, call.world.directory.canonical(call.actor)
    if directory.is_service_account(address):
        raise failed_precondition()
    if address not in directory.people and directory.in_domain(address):
        raise failed_precondition("Mail service not enabled")
    user = call.path["userId"].lower()
    if user != "me" and directory.canonical(user) != address:
        raise forbidden(f"Delegation denied for {call.actor}")
    return box_for(call.world, address)


def metadata_only(call: Call) -> bool:
    """Whether the token sees headers but no bodies and may not search.

    Field reports: gmail.metadata restricts a token even when it holds gmail.readonly or gmail.modify as well.
    Behaviour `metadata_scope_restricts` false: only a token that holds nothing wider is restricted.
    """
    scopes = call.scopes or frozenset()
    if _METADATA not in scopes or _EVERYTHING in scopes:
        return False
    wider = {f"https://www.googleapis.com/auth/gmail.{name}" for name in ("readonly", "modify")}
    return bool(call.world.behaviour.get("metadata_scope_restricts", True)) or not wider & scopes


def checked_id(text: str, message: str = "Invalid id value") -> str:
    """The id of a message or thread as it is kept, without zeros in front and in lower case; 400 for what cannot be one."""
    if _MESSAGE_ID.fullmatch(text) is None or int(text, 16) >= 2**63:
        raise invalid(message)
    return f"{int(text, 16):x}"


def raw_of(call: Call, message: Json) -> bytes:
    """The mail that came with a call: the uploaded media, or `raw` in base64url with or without padding."""
    if call.media is not None:
        return call.media.data
    text = message.get("raw", "")
    if not text:
        raise invalid(_NO_RAW)
    try:
        return base64.b64decode(text.replace("-", "+").replace("_", "/") + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise invalid("Invalid value for ByteString") from error


@handles("gmail.users.getProfile")
def get_profile(call: Call) -> Json:
    """The account's address and the size of its mailbox."""
    box = own_box(call)
    rows = messages(call.world, box)
    return {
        "emailAddress": box.address,
        "messagesTotal": len(rows),
        "threadsTotal": len({message.thread_id for message in rows.values()}),
        "historyId": str(box.history_id),
    }
