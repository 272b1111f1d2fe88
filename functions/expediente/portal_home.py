"""Entering and leaving the portal, and its first page."""

from __future__ import annotations

import re
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

from expediente import codec, portal_session
from expediente.deadlines import local_day
from expediente.mails import MailContext, outgoing
from expediente.model import Dossier, OutgoingMail
from expediente.portal import PortalPage, PortalVisit, cookie_name
from expediente.portal_data import LoginLink
from expediente.store import Create, Delete

if TYPE_CHECKING:
    from flask import Response

MAIL = "portal_enlace"
_ADDRESS = re.compile(r"[^@\s]{1,64}@[^@\s]{1,190}")


def home(visit: PortalVisit) -> Response:
    """What the client may do here."""
    return visit.show("home.html", leave=visit.token("/salir"))


def ask(visit: PortalVisit) -> Response:
    """The page that asks for an address."""
    return visit.show("enter.html", sent=False, minutes=visit.app.process.portal.link.minutes)


def send_link(visit: PortalVisit) -> Response:
    """Send a link to every client that this address may enter for. The answer says the same whether there is one or not."""
    address = visit.posted().answers.get("address", "").strip().lower()
    if _ADDRESS.fullmatch(address):
        for read in visit.app.store.query("dossiers_of_contact", equals=address, limit=5):
            dossier = codec.from_data(Dossier, read.data)
            if portal_session.rights(dossier):
                _send(visit, dossier, address)
    return visit.show("enter.html", sent=True, minutes=visit.app.process.portal.link.minutes)


def _send(visit: PortalVisit, dossier: Dossier, address: str) -> None:
    app, token = visit.app, secrets.token_urlsafe(32)
    key, now = portal_session.hashed(token), app.clock.now()
    link = f"{app.settings.portal_url}/entrar/{token}"
    minutes = app.process.portal.link.minutes
    context = MailContext(
        client_name=dossier.intake.client.legal_name, day=local_day(app.process, now), link=link, reason=f"{minutes} minutos"
    )
    mail: OutgoingMail = outgoing(app.process, MAIL, f"login/{key}", address, context, now)
    record = LoginLink(dossier.dossier_id, address, now + timedelta(minutes=minutes))
    app.store.commit([Create("login", key, codec.to_data(record)), Create("outbox", mail.mail_id, codec.to_data(mail))])
    app.publish_mail(mail.sender)


def confirm_link(visit: PortalVisit, token: str) -> Response:
    """The page behind a link: it shows a button, for what only opens a link must not use it up."""
    return visit.show("confirm.html") if _known(visit, token) else visit.show("confirm.html", 404, gone=True)


def use_link(visit: PortalVisit, token: str) -> Response:
    """Use a link up and open a session."""
    visit.posted()
    link = _known(visit, token)
    read = visit.app.store.get("dossier", link.dossier_id) if link else None
    if link is None or read is None:
        return visit.show("confirm.html", 404, gone=True)
    dossier = codec.from_data(Dossier, read.data)
    if not portal_session.rights(dossier) or dossier.portal_email != link.address:
        return visit.show("confirm.html", 404, gone=True)
    found = visit.app.store.get("login", portal_session.hashed(token))
    if found is None:
        return visit.show("confirm.html", 404, gone=True)
    # Of two who use it at once one finds it changed.
    visit.app.store.commit([Delete("login", found.key, found.version)])
    value = portal_session.begin(visit.app, dossier, link.address, timedelta(hours=visit.app.process.portal.session.hours))
    response = visit.go("/")
    secure = visit.app.settings.portal_url.startswith("https://")
    response.set_cookie(cookie_name(visit.app), value, secure=secure, httponly=True, samesite="Lax", path="/")
    return response


def _known(visit: PortalVisit, token: str) -> LoginLink | None:
    read = visit.app.store.get("login", portal_session.hashed(token))
    link = codec.from_data(LoginLink, read.data) if read else None
    return link if link and visit.app.clock.now() < link.until else None


def leave(visit: PortalVisit) -> Response:
    """End the session."""
    visit.posted()
    portal_session.end(visit.app, visit.client)
    response = visit.go("/entrar")
    response.delete_cookie(cookie_name(visit.app), path="/")
    return response


_LINK = r"/entrar/(?P<token>[A-Za-z0-9_-]{20,100})"
PAGES = (
    PortalPage(re.compile("/"), home),
    PortalPage(re.compile("/entrar"), ask, send_link, may=()),
    PortalPage(re.compile(_LINK), confirm_link, use_link, may=()),
    PortalPage(re.compile("/salir"), post=leave),
)
