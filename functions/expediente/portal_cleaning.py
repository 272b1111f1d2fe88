"""What the portal leaves behind goes by night, a page at a time; how long each kind stays says `kept` in process/portal.yaml.

Firestore's own expiry is not used: it wants a timestamp field, and our records keep their fields as text that both stores order alike.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from expediente import codec, eva_visitors, ledger_file_data, portal_session
from expediente.ledger_file_data import LedgerFile
from expediente.model import OutgoingMail
from expediente.portal_data import Order
from expediente.store import Delete, Read, Write

if TYPE_CHECKING:
    from collections.abc import Callable

    from expediente.bootstrap import App

_PAGE, _MOST_PAGES = 100, 200
_AT_ONCE = 400
_SETTLED = frozenset({"sent", "skipped"})


def clean(app: App) -> int:
    """Remove what has been over for as long as the table says; gives how many records. What one night does not finish the next one does."""
    return sum(_cleaned(app, one) for one in _LEFT)


@dataclass(frozen=True)
class _Left:
    """Records that are over. query: of `store.INDEXES`; also: what goes with a page of them, in the same commit."""

    kind: str
    query: str
    days: str
    also: Callable[[App, list[Read]], list[Write]]


def _cleaned(app: App, left: _Left) -> int:
    before, removed = app.clock.now() - timedelta(days=getattr(app.process.portal.kept, left.days)), 0
    for page in _pages(app, left.query, before):
        app.store.commit([*(Delete(left.kind, read.key) for read in page), *left.also(app, page)])
        removed += len(page)
    return removed


def _pages(app: App, name: str, before: datetime) -> Iterator[list[Read]]:
    for _ in range(_MOST_PAGES):
        page = app.store.query(name, until=before, limit=_PAGE)
        if not page:
            return
        yield page


def _alone(_: App, __: list[Read]) -> list[Write]:
    return []


def _conversations(_: App, page: list[Read]) -> list[Write]:
    return [Delete("conversation", read.key) for read in page]


def _login_mails(app: App, page: list[Read]) -> list[Write]:
    """The mails of links, which bear them."""
    return _mails(app, [portal_session.mail_of(read.key) for read in page])


def _prospect_mails(app: App, page: list[Read]) -> list[Write]:
    """The mails to sales, which bear what a stranger said."""
    return _mails(app, [eva_visitors.mail_of(read.key) for read in page])


def _mails(app: App, mail_ids: list[str]) -> list[Write]:
    """Mails, once they need no care any more."""
    found = app.store.get_many([("outbox", mail_id) for mail_id in mail_ids])
    mails = [(read, codec.from_data(OutgoingMail, read.data)) for read in found if read]
    return [Delete("outbox", read.key, read.version) for read, mail in mails if mail.state in _SETTLED]


def _claims(app: App, page: list[Read]) -> list[Write]:
    """The claims of orders that no later order of the same choice has taken over."""
    orders = [codec.from_data(Order, read.data) for read in page]
    known = {order.claim: order.order_id for order in orders if order.claim}
    found = app.store.get_many([("unique", claim) for claim in known])
    ours = {order.order_id for order in orders} | {""}
    return [Delete("unique", read.key, read.version) for read in found if read and read.data["order_id"] in ours]


def _batches(app: App, page: list[Read]) -> list[Write]:
    """What was said of each row: removed first, for a file has more of them than a commit takes."""
    for read in page:
        file = codec.from_data(LedgerFile, read.data)
        keys = [ledger_file_data.batch_key(file.key, number) for number in range(1, file.batches + 1)]
        for first in range(0, len(keys), _AT_ONCE):
            app.store.commit([Delete(ledger_file_data.KIND, key) for key in keys[first : first + _AT_ONCE]])
    return []


_LEFT = (
    _Left("login", "old_logins", "login", _login_mails),
    _Left("session", "old_sessions", "session", _conversations),
    # Those whose session ended while somebody was still writing.
    _Left("conversation", "old_conversations", "session", _alone),
    _Left("counter", "old_counters", "counter", _alone),
    _Left("prospect", "old_prospects", "prospect", _prospect_mails),
    _Left("order", "old_orders", "order", _claims),
    _Left(ledger_file_data.KIND, "old_ledger_files", "ledger_file", _batches),
)
