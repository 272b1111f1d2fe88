"""What the portal leaves behind goes by night, a page at a time: links, sessions with their conversations, counters.

Firestore's own expiry is not used: it wants a timestamp field, and our records keep their fields as text that both stores order alike.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from expediente import codec
from expediente.model import OutgoingMail
from expediente.portal_session import mail_of
from expediente.store import Delete, Read, Write

if TYPE_CHECKING:
    from expediente.bootstrap import App

# What is over stays for a day, so that whoever asks why it no longer works can be answered.
KEPT = timedelta(days=1)
_PAGE, _MOST_PAGES = 100, 200
_SETTLED = frozenset({"sent", "skipped"})


def clean(app: App) -> int:
    """Remove what has been over for a day; gives how many records. What one night does not finish the next one does."""
    before, removed = app.clock.now() - KEPT, 0
    for name, kind in (("old_logins", "login"), ("old_sessions", "session"), ("old_counters", "counter")):
        for page in _pages(app, name, before):
            writes = [write for read in page for write in _removal(kind, read.key)]
            if kind == "login":
                writes += _mails(app, page)
            app.store.commit(writes)
            removed += len(page)
    return removed


def _pages(app: App, name: str, before: datetime) -> Iterator[list[Read]]:
    for _ in range(_MOST_PAGES):
        page = app.store.query(name, until=before, limit=_PAGE)
        if not page:
            return
        yield page


def _removal(kind: str, key: str) -> list[Write]:
    return [Delete(kind, key), *([Delete("conversation", key)] if kind == "session" else [])]


def _mails(app: App, page: list[Read]) -> list[Write]:
    """The mails of links, which bear them, once they need no care any more."""
    found = app.store.get_many([("outbox", mail_of(read.key)) for read in page])
    mails = [(read, codec.from_data(OutgoingMail, read.data)) for read in found if read]
    return [Delete("outbox", read.key, read.version) for read, mail in mails if mail.state in _SETTLED]
