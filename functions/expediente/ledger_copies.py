"""PDF and XML of invoices: dropped beside the tables, found by number or by the column that names them, kept in the clients' bucket.

An object's name cannot be guessed and is stored before the object is; what is handed out is checked by its SHA-256.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from typing import TYPE_CHECKING

from expediente import codec, ledger_answer, ledger_template, sniff
from expediente.deadlines import local_day
from expediente.google.clients import folder_link
from expediente.ledger_book import Book
from expediente.ledger_data import Item, StoredFile
from expediente.ledger_file_data import KIND, FileState, LedgerFile
from expediente.ledger_take import number_of
from expediente.mails import MailContext, one_line, outgoing
from expediente.store import Create, Update

if TYPE_CHECKING:
    from expediente.bootstrap import App
    from expediente.ledger_files import Desk

MAIL = "copias_sin_factura"
_TYPES = {".pdf": "application/pdf", ".xml": "application/xml"}
_XML = re.compile(rb"\s*<(\?xml\b|[A-Za-z_])")
_FIRST_PAUSE = timedelta(minutes=1)
_TELL_AT_ONCE = 200


def link(desk: Desk) -> None:
    """Bring one file to its invoice, or have it wait for it."""
    app, file = desk.app, desk.file
    if file.state is FileState.WAITING:
        found, why = _item_of(app, file)
        if why:
            _refuse(desk, why)
            return
        if found is None or not app.settings.client_bucket:
            _wait(desk)
            return
        name = f"facturas/{secrets.token_urlsafe(24)}{file.suffix}"
        said = {"object_name": name, "client_id": found.client_id, "number": found.number}
        desk.save(state=FileState.LINKING, attempts=0, **said)
    _store(desk)


def _item_of(app: App, file: LedgerFile) -> tuple[Item | None, str]:
    """The invoice that names the file, or whose number is its name; and why it can be brought to none, a key of `refusals`."""
    name = file.name.strip()
    number = number_of(name)
    by_name, by_number = app.store.get_many([("unique", f"copy/{name.casefold()}"), ("unique", f"invoice/{number or '-'}")])
    named = (by_name.data["client_id"], by_name.data["number"]) if by_name else None
    numbered = (by_number.data["client_id"], number) if by_number else None
    if named and numbered and named != numbered:
        return None, "copy_two_invoices"
    found = named or numbered
    read = app.store.get("item", "/".join(found)) if found else None
    item = codec.from_data(Item, read.data) if read else None
    if item is None or item.voided:
        return None, ""
    if by_name is not None and not numbered:
        # A name such as `1.pdf` comes again next month for somebody else; only its own number replaces a copy.
        known: StoredFile | None = getattr(item, file.suffix.removeprefix("."))
        if by_name.data.get("contested") or (known is not None and known.sha256 != file.digest):
            return None, "copy_two_invoices"
    return item, ""


def _wait(desk: Desk) -> None:
    """Look again later and later; give up after a month, when Cartera has been told long ago."""
    file, now = desk.file, desk.app.clock.now()
    template = ledger_template.template(desk.app.process.folder)
    age = now - file.at
    if age > timedelta(days=template.limits["copy_wait_days"]):
        said = (template.refusals["copy_unknown"],)
        desk.save(state=FileState.REFUSED, refusals=said, next_look_at=None, ended_at=now)
        return
    desk.save(next_look_at=now + min(max(age, _FIRST_PAUSE), timedelta(hours=template.limits["copy_pause_hours"])), attempts=0)


def _store(desk: Desk) -> None:
    app, file = desk.app, desk.file
    data = desk.download()
    template = ledger_template.template(app.process.folder)
    if data is None:
        desk.save(state=FileState.SUPERSEDED, next_look_at=None, ended_at=app.clock.now())
        return
    if not _is_what_it_says(file, data) or len(data) > template.limits["copy_bytes"]:
        _refuse(desk, "copy_type")
        return
    book = Book(app.store, app.clock.now(), app.process.company.currency)
    item = book.item(file.client_id, file.number)
    slot = file.suffix.removeprefix(".")
    known: StoredFile | None = getattr(item, slot) if item else None
    if known is None or known.sha256 != file.digest:
        app.google.storage.put_once(app.settings.client_bucket, file.object_name, data, _TYPES[file.suffix])
        if item is not None:
            book.put_item(replace(item, **{slot: StoredFile(file.object_name, file.digest)}))  # type: ignore[arg-type]
            # The ledger is committed with the file's record: neither knows of the object without the other.
            desk.save(*book.writes())
    desk.put_away()
    desk.save(state=FileState.DONE, next_look_at=None, ended_at=app.clock.now())


def _refuse(desk: Desk, why: str) -> None:
    """Bring the file nowhere, and tell Cartera why. why: a key of `refusals`."""
    app, now = desk.app, desk.app.clock.now()
    template = ledger_template.template(app.process.folder)
    refused = replace(desk.file, refusals=(template.refusals[why],))
    mail = ledger_answer.mail_of(app, template, refused)
    ended = {"refusals": refused.refusals, "ended_at": now, "next_look_at": None}
    desk.save(Create("outbox", mail.mail_id, codec.to_data(mail)), state=FileState.REFUSED, **ended)
    app.publish_mail(mail.sender)


def _is_what_it_says(file: LedgerFile, data: bytes) -> bool:
    if file.suffix == ".pdf":
        return sniff.mime_of(BytesIO(data)) == _TYPES[".pdf"]
    head = data.removeprefix(b"\xef\xbb\xbf")[:4096]
    return bool(_XML.match(head)) and b"<!DOCTYPE" not in data.upper()


# --- those without an invoice --------------------------------------------------------------------------------------------------


def tell_missing(app: App) -> None:
    """Tell Cartera once of the files that have waited too long; the mail and what it tells of are one commit."""
    template = ledger_template.template(app.process.folder)
    now = app.clock.now()
    wait = timedelta(hours=template.limits["copy_wait_hours"])
    # Whoever has waited that long is looked at again within hours, so it is among those that come next.
    reads = app.store.query(
        "due_ledger_files", until=now + timedelta(hours=template.limits["copy_pause_hours"]), limit=_TELL_AT_ONCE
    )
    files = [(codec.from_data(LedgerFile, read.data), read.version) for read in reads]
    missing = [
        (file, version)
        for file, version in files
        if file.is_copy and file.state is FileState.WAITING and not file.told and now - file.at >= wait
    ]
    if not missing:
        return
    names = [one_line(file.name, template.limits["file"]) for file, _ in missing]
    most = template.limits["names_in_mail"]
    shown = (*names[:most], *((f"… y {len(names) - most} más",) if len(names) > most else ()))
    since = local_day(app.process, min(file.at for file, _ in missing))
    context = MailContext(day=since, link=folder_link(app.site.ledger["incoming"]), items=shown)
    to = app.process.group_of(app.process.mails[MAIL].to.partition(":")[2])
    mail = outgoing(app.process, MAIL, f"ledger/copies/{missing[0][0].key}", to, context, now)
    told = [Update(KIND, file.key, codec.to_data(replace(file, told=True)), version) for file, version in missing]
    app.store.commit([Create("outbox", mail.mail_id, codec.to_data(mail)), *told])
    app.metrics.commits += 1
    app.publish_mail(mail.sender)
