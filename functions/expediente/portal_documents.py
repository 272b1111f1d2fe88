"""Documents in the portal: what can be asked for, its form, what was issued before and how it stands, the PDF."""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING
from urllib.parse import quote

from flask import Response as FlaskResponse

from expediente import issued, issued_asking
from expediente.deadlines import local_day
from expediente.issued import Wanted
from expediente.issued_asking import Refusal
from expediente.issued_rules import IssuedRule, issued_rules
from expediente.portal import PortalPage, PortalVisit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask import Response

    from expediente.portal_data import Issued

_PAGE = 10
_LETTERS_READ = 2000


def documents(visit: PortalVisit) -> Response:
    """What can be asked for, and what was issued before."""
    app, day = visit.app, local_day(visit.app.process, visit.app.clock.now())
    behind = visit.request.args.get("desde", "")
    if not re.fullmatch(r"(?:\d{1,20}/[0-9A-Z]{1,30})?", behind):
        return visit.missing()
    found = issued.of_client(app, visit.client.session.client_id, behind, _PAGE + 1)
    known: dict[str, bool] = {}
    shown = [(record, issued.standing(app, record, day, known).value) for record in found[:_PAGE]]
    rules = issued_rules(app.process.folder)
    at_once = [(rule, issued_asking.proposed(rule, day)) for rule in rules.values()]
    return visit.show(
        "documents.html",
        rules=rules,
        at_once=at_once,
        tokens={rule.key: visit.token(f"/documentos/pedir/{rule.key}") for rule in rules.values()},
        once=secrets.token_hex(16),
        shown=shown,
        more=found[_PAGE - 1].order if len(found) > _PAGE else "",
        first=not behind,
    )


def ask(visit: PortalVisit, kind: str) -> Response:
    """The form of a document."""
    rule = issued_rules(visit.app.process.folder).get(kind)
    if rule is None:
        return visit.missing()
    day = local_day(visit.app.process, visit.app.clock.now())
    return _form(visit, rule, issued_asking.proposed(rule, day), None, 200)


def make(visit: PortalVisit, kind: str) -> Response:
    """Issue a document, or say why not beside what was written."""
    answers = visit.posted().answers
    rule = issued_rules(visit.app.process.folder).get(kind)
    if rule is None:
        return visit.missing()
    app, who = visit.app, visit.client
    asked = issued_asking.read_asked(app.process, rule, answers, local_day(app.process, app.clock.now()))
    if isinstance(asked, Refusal):
        return _form(visit, rule, answers, asked, 400)
    once = answers.get("once", "")[:_LETTERS_READ] or secrets.token_hex(16)
    made = issued.issue(app, Wanted(who.dossier, rule, asked, who.session.address, once))
    if isinstance(made, Refusal):
        return _form(visit, rule, answers, made, 409)
    return visit.go(f"/documentos/{made.code}")


def _form(visit: PortalVisit, rule: IssuedRule, said: Mapping[str, str], refusal: Refusal | None, status: int) -> Response:
    written = {name: said.get(name, "")[:_LETTERS_READ] for name in ("since", "until", *rule.texts)}
    return visit.show(
        "document_form.html",
        status,
        rule=rule,
        said=written,
        refusal=refusal,
        once=secrets.token_hex(16),
        today=local_day(visit.app.process, visit.app.clock.now()).isoformat(),
    )


def one(visit: PortalVisit, code: str) -> Response:
    """A document that was issued to this client: how it stands, and where to download it."""
    record = _mine(visit, code)
    return _shown(visit, record) if record else visit.missing()


def _shown(visit: PortalVisit, record: Issued, status: int = 200, *, absent: bool = False) -> Response:
    day = local_day(visit.app.process, visit.app.clock.now())
    standing = issued.standing(visit.app, record, day)
    return visit.show(
        "document.html",
        status,
        absent=absent,
        record=record,
        standing=standing.value,
        code_apart=issued.apart(record.code),
        check=f"{visit.app.settings.portal_url}/verificar/{record.code}",
    )


def download(visit: PortalVisit, code: str) -> Response:
    """The PDF of a document of this client: the bytes that were issued, or a sentence, never others under the same number."""
    record = _mine(visit, code)
    if record is None:
        return visit.missing()
    content = issued.content(visit.app, record)
    if content is None:
        return _shown(visit, record, 503, absent=True)
    return attached(content, "application/pdf", record.facts["file_name"])


def _mine(visit: PortalVisit, code: str) -> Issued | None:
    record = issued.find(visit.app, code)
    return record if record and record.client_id == visit.client.session.client_id else None


def attached(content: bytes, mime_type: str, name: str) -> Response:
    """A file that a browser stores and neither shows, guesses nor keeps. name: for people, written as RFC 6266 asks."""
    plain = re.sub(r"[^A-Za-z0-9 ._()-]", "_", name)
    headers = {
        "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}",
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Resource-Policy": "same-origin",
        "X-Robots-Tag": "noindex, nofollow",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    return FlaskResponse(content, 200, headers, mimetype=mime_type)


_CODE = r"/documentos/(?P<code>[0-9A-Z]{20})"
PAGES = (
    PortalPage(re.compile("/documentos"), documents),
    PortalPage(re.compile(r"/documentos/pedir/(?P<kind>[a-z_]{1,60})"), ask, make),
    PortalPage(re.compile(_CODE), one),
    PortalPage(re.compile(_CODE + "/pdf"), download),
)
