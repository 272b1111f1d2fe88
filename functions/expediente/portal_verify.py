"""The public page on which anybody learns whether a document is in force today. It says no more than what is needed to tell that."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING

from expediente import ids, issued, portal_limits
from expediente.deadlines import local_day
from expediente.errors import ConflictError
from expediente.issued_facts import day_text
from expediente.issued_rules import issued_common
from expediente.portal import PortalPage, PortalVisit

if TYPE_CHECKING:
    from flask import Response


def ask(visit: PortalVisit) -> Response:
    """The page that asks for a code; a code that comes with the address is looked up."""
    said = visit.request.args.get("codigo", "")
    return look(visit, said) if said else visit.show("verify.html", asked="", found=None)


def look(visit: PortalVisit, code: str) -> Response:
    """How the document of a code stands today. A code that is none and one that nobody was given answer alike."""
    app = visit.app
    read = ids.read_code(code[:100])
    record = issued.find(app, read) if read else None
    if record is None:
        return _nowhere(visit, code[:60])
    common = issued_common(app.process.folder)
    in_force = issued.standing(app, record, local_day(app.process, app.clock.now())) is issued.Standing.IN_FORCE
    found = {
        "in_force": in_force,
        "title": record.facts["title"],
        "serial": record.serial,
        "issued_on": day_text(local_day(app.process, record.at)),
        "client": issued.masked(record.facts["client"], common.masked_letters, common.masked_rest),
        "valid_until": day_text(record.valid_until),
        "sha256": record.sha256,
    }
    return visit.show("verify.html", asked=issued.apart(record.code), found=found)


def _nowhere(visit: PortalVisit, said: str) -> Response:
    """The answer to a code that leads nowhere. These are counted, so that nobody tries them by the thousand; good ones always answer."""
    (hour,) = portal_limits.hours(visit.app, "verify")
    if hour.before >= issued_common(visit.app.process.folder).most_unknown_an_hour:
        response = visit.show("verify.html", 429, asked=said, found=None, crowded=True)
        response.headers["Retry-After"] = "600"
        return response
    with suppress(ConflictError):
        visit.app.store.commit([hour.one_more])
    return visit.show("verify.html", 404, asked=said, found=None)


PAGES = (
    PortalPage(re.compile("/verificar"), ask, may=()),
    PortalPage(re.compile(r"/verificar/(?P<code>[^/]{1,200})"), look, may=()),
)
