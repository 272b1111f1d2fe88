"""Invoices in the portal: the list, one of them, and its copies as accounting delivered them (PDF and XML).

A copy is handed out by a form, for it is written down who took it; nothing acts on GET. What is not there is asked of people.
"""

from __future__ import annotations

import hashlib
import logging
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from expediente import issued, ledger
from expediente.deadlines import local_day
from expediente.errors import NotFoundError
from expediente.issued_facts import day_text
from expediente.issued_rules import issued_common
from expediente.portal import PortalPage, PortalVisit
from expediente.portal_documents import attached

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Response

    from expediente.ledger_data import Item, StoredFile

_log = logging.getLogger(__name__)
_PAGE = 20
_ORDER = re.compile(r"(?:\d{7}/.{1,100})?", re.DOTALL)
# What a copy is, by the last part of its address: which file of the item, its type, and how its name ends.
FORMATS: dict[str, tuple[Callable[[Item], StoredFile | None], str, str]] = {
    "pdf": (lambda item: item.pdf, "application/pdf", ".pdf"),
    "xml": (lambda item: item.xml, "application/xml", ".xml"),
}


def invoices(visit: PortalVisit) -> Response:
    """Invoices and debit notes, the last ones first, page by page."""
    before = visit.request.args.get("desde", "")
    if not _ORDER.fullmatch(before):
        return visit.missing()
    found = ledger.items_page(visit.app, visit.client.session.client_id, before, _PAGE + 1)
    day = local_day(visit.app.process, visit.app.clock.now())
    return visit.show(
        "invoices.html",
        items=[(item, _state(item, (day - item.due_on).days)) for item in found[:_PAGE]],
        more=found[_PAGE - 1].order if len(found) > _PAGE else "",
        first=not before,
        **_words(visit),
    )


def invoice(visit: PortalVisit, number: str) -> Response:
    """One invoice of this client."""
    item = ledger.item(visit.app, visit.client.session.client_id, number)
    return _show(visit, item) if item else visit.missing()


def copy(visit: PortalVisit, number: str, form: str) -> Response:
    """Hand out a copy, and write down that it was taken; where there is none, say so and offer to ask for it."""
    visit.posted()
    who, app = visit.client, visit.app
    item = ledger.item(app, who.session.client_id, number)
    if item is None:
        return visit.missing()
    stored, mime_type, suffix = FORMATS[form]
    content = _content(visit, item, stored(item))
    if content is None:
        return _show(visit, item, absent=form, status=404)
    said = {"what": "copied", "number": item.number, "format": form}
    # Once for each session and form: another click on the same copy is no news.
    once = hashlib.sha256(f"{who.key}\n{item.number}\n{form}".encode()).hexdigest()[:24]
    issued.keep_fact(app, who.dossier, who.session.address, f"copied-{once}", said)
    name = issued_common(app.process.folder).invoice_file.format(number=item.number, suffix=suffix)
    return attached(content, mime_type, re.sub(r'[\\/:*?"<>|\x00-\x1f]', "-", name))


def _content(visit: PortalVisit, item: Item, file: StoredFile | None) -> bytes | None:
    """The bytes of a copy, None when they are not there or are others than accounting delivered."""
    if file is None:
        return None
    dossier = visit.client.dossier
    try:
        content = visit.app.google.storage.read(visit.app.settings.client_bucket, file.name)
    except NotFoundError:
        _log.error("copy of an invoice is gone", extra={"dossier": dossier.dossier_id, "alert": "copy"})
        return None
    if hashlib.sha256(content).hexdigest() != file.sha256:
        _log.error("copy of an invoice differs", extra={"dossier": dossier.dossier_id, "alert": "copy"})
        return None
    return content


def ask_for_copy(visit: PortalVisit, number: str, form: str) -> Response:
    """Ask people for a copy that is not there; the same one is asked for once a day."""
    visit.posted()
    who, app = visit.client, visit.app
    item = ledger.item(app, who.session.client_id, number)
    if item is None:
        return visit.missing()
    shut = issued.no_case(app, who.dossier)
    if shut:
        return _show(visit, item, shut=shut, status=409)
    day = local_day(app.process, app.clock.now())
    said, kind = {"number": item.number, "format": form}, issued_common(app.process.folder).copy_case_kind
    once = "\n".join((item.client_id, item.number, form, day.isoformat()))
    case_id = issued.open_case(app, who.dossier, who.session.address, kind, said, once)
    return _show(visit, item, asked=case_id)


def _show(visit: PortalVisit, item: Item, *, absent: str = "", asked: str = "", shut: str = "", status: int = 200) -> Response:
    lookup = issued_common(visit.app.process.folder).cufe_lookup
    here = f"/facturas/{item.number}"
    day = local_day(visit.app.process, visit.app.clock.now())
    return visit.show(
        "invoice.html",
        status,
        item=item,
        state=_state(item, (day - item.due_on).days),
        lookup=lookup.format(cufe=quote(item.cufe, safe="")) if lookup and item.cufe else "",
        here=f"/facturas/{quote(item.number, safe='')}",
        copies=[(form, stored(item) is not None, visit.token(f"{here}/{form}")) for form, (stored, *_) in FORMATS.items()],
        asking={form: visit.token(f"{here}/{form}/pedir") for form in FORMATS},
        absent=absent,
        asked=asked,
        shut=shut,
        **_words(visit),
    )


def _state(item: Item, days_late: int) -> str:
    """Which word tells how an item stands."""
    if item.balance <= 0:
        return "paid"
    return "overdue" if days_late > 0 else "open"


def _words(visit: PortalVisit) -> dict[str, Any]:
    process = visit.app.process
    kinds = issued_common(process.folder).words
    return {
        "money": process.company.money,
        "on": day_text,
        "kind_of": lambda item: kinds[f"line_{item.kind.value}"],
    }


# A number may hold a slash, and has no small letters: what ends in `/pdf` is no number.
_NUMBER = r"/facturas/(?P<number>.{1,100}?)"
PAGES = (
    PortalPage(re.compile("/facturas"), invoices),
    PortalPage(re.compile(_NUMBER + "/(?P<form>pdf|xml)"), post=copy),
    PortalPage(re.compile(_NUMBER + "/(?P<form>pdf|xml)/pedir"), post=ask_for_copy),
    PortalPage(re.compile(_NUMBER), invoice),
)
