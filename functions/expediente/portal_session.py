"""Who is in the portal: links to enter sent by mail, sessions behind a signed cookie, and what ends them.

A link and a cookie hold something random; the store keeps its hash alone. A session is good while the store has it, the client still
has this contact and this representative, and its time is not over; all of it is looked at with every request.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from expediente import codec
from expediente.model import Client, Dossier, State
from expediente.portal_data import Session
from expediente.store import Create, Delete, Write

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from expediente.bootstrap import App

_BYTES = 32
_MOST_CLIENTS = 50
# What a client may do, by the state of its dossier; in any other state there is no portal.
WHOLE, DOCUMENTS = "whole", "documents"
_RIGHTS = {State.ACTIVE: WHOLE, State.ARCHIVED: DOCUMENTS}


@dataclass(frozen=True)
class Entered:
    """A client's person in the portal. key: of the session's record; may: `WHOLE` or `DOCUMENTS`."""

    key: str
    session: Session
    dossier: Dossier
    may: str


def hashed(secret: str) -> str:
    """The key under which something random is kept."""
    return hashlib.sha256(secret.encode()).hexdigest()


def mail_of(key: str) -> str:
    """Id of the mail of a link to enter. key: of its record."""
    return f"login/{key}"


def rights(dossier: Dossier) -> str:
    """What the portal offers for a client: `WHOLE`, `DOCUMENTS`, or '' = it does not exist for it."""
    return _RIGHTS.get(dossier.state, "") if dossier.portal_email else ""


def bound_to(dossier: Dossier) -> str:
    """Hash of who may act for a client: its contact's address and its legal representative; another one ends every session."""
    person = dossier.intake.representative
    said = [dossier.portal_email or "", dossier.intake.client.key, person.name, person.id_kind, person.id_number]
    return hashlib.sha256("\n".join(said).encode()).hexdigest()


def rights_now(app: App, dossier: Dossier) -> str:
    """`rights`, unless a later dossier of the same client has taken its place: then the contact of that one enters."""
    may = rights(dossier)
    if may != DOCUMENTS:
        return may
    read = app.store.get("client", dossier.client_id)
    ids = codec.from_data(Client, read.data).dossier_ids if read else ()
    later = ids[ids.index(dossier.dossier_id) + 1 :] if dossier.dossier_id in ids else ()
    found = app.store.get_many([("dossier", dossier_id) for dossier_id in later])
    return "" if any(rights(codec.from_data(Dossier, one.data)) for one in found if one) else may


def accounts_of(app: App, address: str) -> list[Dossier]:
    """The clients that an address may enter for, oldest first, at most 50."""
    found = app.store.query("dossiers_of_contact", equals=address, limit=_MOST_CLIENTS)
    dossiers = [codec.from_data(Dossier, read.data) for read in found]
    return [dossier for dossier in dossiers if rights_now(app, dossier)]


def begin(app: App, dossier: Dossier, address: str, lasts: timedelta, also: Sequence[Write] = ()) -> str:
    """Open a session, in one commit with what else is to be written, and give the value of its cookie.

    :raises ConflictError: what else is to be written does not hold any more; no session was opened.
    """
    token, now = secrets.token_urlsafe(_BYTES), app.clock.now()
    session = Session(dossier.dossier_id, dossier.client_id, address, bound_to(dossier), now, now + lasts)
    app.store.commit([Create("session", hashed(token), codec.to_data(session)), *also])
    return f"{token}.{_signature(app.portal_secret, token)}"


def entered(app: App, cookie: str, now: datetime) -> Entered | None:
    """Who a cookie is, as the records of this moment say; None when it is altered, old, or of somebody who may not enter any more."""
    token, _, signature = cookie.partition(".")
    if not hmac.compare_digest(_signature(app.portal_secret, token).encode(), signature.encode()):
        return None
    read = app.store.get("session", hashed(token))
    session = codec.from_data(Session, read.data) if read else None
    if session is None or now >= session.until:
        return None
    found = app.store.get("dossier", session.dossier_id)
    dossier = codec.from_data(Dossier, found.data) if found else None
    if dossier is None or not hmac.compare_digest(bound_to(dossier), session.bound):
        return None
    may = rights_now(app, dossier)
    return Entered(hashed(token), session, dossier, may) if may else None


def ending(who: Entered) -> list[Write]:
    """What ends a session: the cookie leads nowhere any more."""
    return [Delete("session", who.key), Delete("conversation", who.key)]


def _signature(secret: bytes, token: str) -> str:
    return hmac.new(secret, f"session\n{token}".encode(), hashlib.sha256).hexdigest()
