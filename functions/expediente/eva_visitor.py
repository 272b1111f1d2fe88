"""The conversation of a visitor who has not entered: kept in the visitor's own cookie, signed, so that strangers fill no store."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import zlib
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from expediente import codec
from expediente.portal import cookie_name
from expediente.portal_data import Conversation

if TYPE_CHECKING:
    from datetime import datetime

    from expediente.bootstrap import App

# Browsers keep 4096 bytes of a cookie, its name and properties included.
_MOST_BYTES = 3600


def visitor_cookie(app: App) -> str:
    """The name of the cookie."""
    return f"{cookie_name(app)}-eva"


def seal(app: App, talk: Conversation, now: datetime) -> str:
    """A conversation as the value of a cookie; the oldest lines go when it is too long for one."""
    until = now + timedelta(minutes=app.process.eva.limits.visitor_minutes)
    talk = replace(talk, until=until)
    while True:
        packed = zlib.compress(json.dumps(codec.to_data(talk), ensure_ascii=False, separators=(",", ":")).encode(), 9)
        body = base64.urlsafe_b64encode(packed).decode().rstrip("=")
        if len(body) <= _MOST_BYTES or not talk.turns:
            return f"{body}.{_signature(app, body)}"
        talk = replace(talk, turns=talk.turns[1:])


def opened(app: App, value: str, now: datetime) -> Conversation | None:
    """The conversation in a cookie; None when it is altered, too old, or there is none."""
    body, _, signature = value.partition(".")
    if not body or not hmac.compare_digest(_signature(app, body).encode(), signature.encode()):
        return None
    try:
        data = json.loads(zlib.decompress(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))))
    except (binascii.Error, zlib.error, ValueError):
        return None
    talk = codec.from_data(Conversation, data)
    return talk if talk.until and now < talk.until else None


def _signature(app: App, body: str) -> str:
    return hmac.new(app.portal_secret, f"eva\n{body}".encode(), hashlib.sha256).hexdigest()
