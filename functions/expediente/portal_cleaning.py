"""What the portal leaves behind goes by night, a page at a time; how long each kind stays says `kept` in process/portal.yaml.

Firestore's own expiry is not used: it wants a timestamp field, and our records keep their fields as text that both stores order alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from expediente import codec, eva_visitors, ledger_file_data, portal_session
from expediente.ledger_file_data import LedgerFile
from expediente.model import OutgoingMail
from expediente.portal_data import Order
from expediente.store import INDEXES, Delete, Read, Write

if TYPE_CHECKING:
    from collections.abc import Callable

    from expediente.bootstrap import App

_PAGE, _MOST_PAGES = 100, 200
_AT_ONCE = 400
# A parked mail has been told as an alert; what it says of a person goes as the rest does.
_SETTLED = frozenset({"sent", "skipped", "parked"})


def clean(app: App) -> int:
    """Remove what has been over for as long as the table says; gives how many records. What one night does not finish the next one does."""
    return sum(_cleaned(app, one) for one in _LEFT)


@dataclass(frozen=True)
class _Left:
    """Records that are over. query: of `store.INDEXES`; also: what goes with a page of them, in the same commit.

    mail_of: the mail that bears what a record says; while it is still to be sent both stay for another night.
    """

    kind: str
    query: str
    days: str
    also: Callable[[App, list[Read]], list[Write]]
    mail_of: Callable[[str], str] | None = None


def _cleaned(app: App, left: _Left) -> int:
    before, removed = app.clock.now() - timedelta(days=getattr(app.process.portal.kept, left.days)), 0
    field, since = INDEXES[left.query].ordered_by, None
    for _ in range(_MOST_PAGES):
        page = app.store.query(left.query, until=before, limit=_PAGE, since=since)
        if not page:
            break
        mails = _mails(app, left, page)
        over = [read for read in page if read.key not in mails.waited_for]
        if over:
            app.store.commit([*(Delete(left.kind, read.key) for read in over), *mails.writes, *left.also(app, over)])
        removed += len(over)
        # Behind those that stay; what has the very same instant is found by the next night.
        since = page[-1].data[field] if len(over) < len(page) else since
    return removed


def _alone(_: App, __: list[Read]) -> list[Write]:
    return []


def _conversations(_: App, page: list[Read]) -> list[Write]:
    return [Delete("conversation", read.key) for read in page]


@dataclass(frozen=True)
class _Mails:
    """The mails of a page: writes that remove the settled ones, and the keys of the records whose mail is still to be sent."""

    writes: list[Write]
    waited_for: set[str]


def _mails(app: App, left: _Left, page: list[Read]) -> _Mails:
    if left.mail_of is None:
        return _Mails([], set())
    mails = _Mails([], set())
    found = app.store.get_many([("outbox", left.mail_of(read.key)) for read in page])
    for record, read in zip(page, found, strict=True):
        if read is not None and codec.from_data(OutgoingMail, read.data).state in _SETTLED:
            mails.writes.append(Delete("outbox", read.key, read.version))
        elif read is not None:
            mails.waited_for.add(record.key)
    return mails


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
    _Left("login", "old_logins", "login", _alone, portal_session.mail_of),
    _Left("session", "old_sessions", "session", _conversations),
    # Those whose session ended while somebody was still writing.
    _Left("conversation", "old_conversations", "session", _alone),
    _Left("counter", "old_counters", "counter", _alone),
    _Left("prospect", "old_prospects", "prospect", _alone, eva_visitors.mail_of),
    _Left("order", "old_orders", "order", _claims),
    _Left(ledger_file_data.KIND, "old_ledger_files", "ledger_file", _batches),
)
