"""Entering the portal and leaving it: a link by mail, used once.

Whoever asks is told the same, and costs the same reads and commits, whether the address enters somewhere or not. An address that is the
contact of several clients gets one link and chooses behind it.
"""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from expediente import codec, portal_limits, portal_session
from expediente.deadlines import local_day
from expediente.errors import ConflictError
from expediente.mails import MailContext, outgoing
from expediente.model import Dossier
from expediente.portal import PortalPage, PortalVisit, cookie_name
from expediente.portal_data import LoginLink
from expediente.store import Create, Delete, Read, Update, Write

if TYPE_CHECKING:
    from flask import Response

    from expediente.bootstrap import App

_log = logging.getLogger(__name__)

MAIL = "portal_enlace"
# What stands in an address on its one line, in few enough bytes to be looked for.
_ADDRESS = re.compile(r"[\x21-\x3f\x41-\x7e]{1,64}@[\x21-\x3f\x41-\x7e]{1,190}")
_TRIES = 4


def ask(visit: PortalVisit) -> Response:
    """The page that asks for an address."""
    return _page(visit, 200)


def _page(visit: PortalVisit, status: int, said: str = "", address: str = "") -> Response:
    return visit.show("enter.html", status, said=said, address=address, minutes=visit.app.process.portal.link.minutes)


def send_link(visit: PortalVisit) -> Response:
    """Send a link to an address that may enter. The answer says the same whether it may or not."""
    address = visit.posted().answers.get("address", "").strip().lower()
    if not _ADDRESS.fullmatch(address):
        return _page(visit, 422, "wrong", address[:100])
    if _tried(lambda: _offer(visit.app, address)):
        return _page(visit, 200, "sent")
    response = _page(visit, 429, "crowded")
    response.headers["Retry-After"] = "600"
    return response


def _tried(does: Callable[[], bool]) -> bool:
    """Again when somebody else has written meanwhile. :raises ConflictError: each time."""
    for _ in range(_TRIES - 1):
        with suppress(ConflictError):
            return does()
    return does()


def _offer(app: App, address: str) -> bool:
    """Count, and send a link where there is somewhere to enter; False when all together have asked too often in this hour.

    Strangers are counted together and their asking leaves no more records than the limit allows. A registered contact is bounded by
    its own limit alone, so that nobody can close the door for the clients by asking for strangers.
    """
    rule = app.process.portal.link
    own, strangers = portal_limits.hours(app, f"link/{portal_session.hashed(address)}", "links")
    knows = bool(portal_session.accounts_of(app, address))
    in_time = strangers.before < rule.most_an_hour_in_all
    if own.before >= rule.most_an_hour:
        return in_time
    sender, writes = _link(app, address if knows else "")
    if knows:
        app.store.commit([own.one_more, *writes])
    elif in_time:
        app.store.commit([own.one_more, strangers.one_more, *writes])
    else:
        app.store.commit([Delete("login", writes[0].key)])
    # Also for nobody: what it costs must not tell. In a flood for nobody at all: it would hold up the other mails of this sender,
    # and the clock wakes it within a minute.
    if in_time:
        app.publish_mail(sender)
    return in_time


def _link(app: App, address: str) -> tuple[str, list[Write]]:
    """A new link, with its mail where an address is given: who sends it, and what is to be written."""
    token, now, minutes = secrets.token_urlsafe(32), app.clock.now(), app.process.portal.link.minutes
    key = portal_session.hashed(token)
    context = MailContext(
        day=local_day(app.process, now), link=f"{app.settings.portal_url}/entrar/{token}", reason=f"{minutes} minutos"
    )
    mail = outgoing(app.process, MAIL, portal_session.mail_of(key), address, context, now)
    writes: list[Write] = [Create("login", key, codec.to_data(LoginLink(address, now + timedelta(minutes=minutes))))]
    if address:
        writes.append(Create("outbox", mail.mail_id, codec.to_data(mail)))
    return mail.sender, writes


def confirm_link(visit: PortalVisit, token: str) -> Response:
    """The page behind a link: it shows a button, for what only opens a link must not use it up."""
    found = _good(visit, token)
    return _gone(visit) if found is None else visit.show("confirm.html", accounts=found[2], undecided=False)


def use_link(visit: PortalVisit, token: str) -> Response:
    """Use a link up and open a session; of two who press at once one gets it."""
    posted = visit.posted()
    found = _good(visit, token)
    if found is None:
        return _gone(visit)
    read, link, accounts = found
    wanted = posted.answers.get("client", "") or (accounts[0].dossier_id if len(accounts) == 1 else "")
    dossier = next((one for one in accounts if one.dossier_id == wanted), None)
    if dossier is None:
        return visit.show("confirm.html", 422, accounts=accounts, undecided=True)
    app, now = visit.app, visit.app.clock.now()
    used: list[Write] = [Update("login", read.key, codec.to_data(replace(link, used_at=now)), read.version)]
    if visit.who is not None:
        used += portal_session.ending(visit.who)
    lasts = timedelta(hours=app.process.portal.session.hours)
    try:
        value = portal_session.begin(app, dossier, link.address, lasts, used)
    except ConflictError:
        return _gone(visit)
    _log.info("portal entered", extra={"dossier": dossier.dossier_id})
    response = visit.go("/")
    response.set_cookie(cookie_name(app), value, max_age=lasts, secure=_secure(app), httponly=True, samesite="Lax", path="/")
    return response


def _good(visit: PortalVisit, token: str) -> tuple[Read, LoginLink, list[Dossier]] | None:
    """A link that can be used now, and the clients that it enters for."""
    read = visit.app.store.get("login", portal_session.hashed(token))
    link = codec.from_data(LoginLink, read.data) if read else None
    if read is None or link is None or link.used_at or not link.address or visit.app.clock.now() >= link.until:
        return None
    accounts = portal_session.accounts_of(visit.app, link.address)
    return (read, link, accounts) if accounts else None


def _gone(visit: PortalVisit) -> Response:
    return visit.show("gone.html", 404)


def leave(visit: PortalVisit) -> Response:
    """End the session."""
    visit.posted()
    visit.app.store.commit(portal_session.ending(visit.client))
    response = visit.go("/entrar")
    # A browser drops a cookie of this prefix only for an answer that bears the same marks.
    response.delete_cookie(cookie_name(visit.app), path="/", secure=_secure(visit.app), httponly=True, samesite="Lax")
    return response


def _secure(app: App) -> bool:
    return app.settings.portal_url.startswith("https://")


_LINK = r"/entrar/(?P<token>[A-Za-z0-9_-]{20,100})"
PAGES = (
    PortalPage(re.compile("/entrar"), ask, send_link, may=()),
    PortalPage(re.compile(_LINK), confirm_link, use_link, may=()),
    PortalPage(re.compile("/salir"), post=leave),
)
