"""What a client owes and has paid: position, statement, pages of items, and the movements that the portal applies.

Only this module and `ledger_book` write ledger records. Nothing here scans: a position reads what is open, a statement what lies
between its first day and today, a list one page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, TypeVar

from expediente import codec
from expediente.errors import ConflictError
from expediente.ledger_book import Book, Change, pages
from expediente.ledger_data import ZERO, Account, Allocation, Item, Movement, MovementKind, newest_first

if TYPE_CHECKING:
    from collections.abc import Callable

    from expediente.bootstrap import App
    from expediente.store import Write

T = TypeVar("T")

__all__ = [
    "AGEING",
    "Line",
    "Position",
    "Statement",
    "account_of",
    "apply_movement",
    "item",
    "items_between",
    "items_page",
    "movements_between",
    "position",
    "refund",
    "spread",
    "statement",
    "use_credit",
]

# Key of an age -> up to how many days late; above the last one is the one without an end.
AGEING: tuple[tuple[str, int], ...] = (("1-30", 30), ("31-60", 60), ("61-90", 90), ("mas_90", 10**6))
_SHARE = Decimal("0.0001")
_ATTEMPTS = 12


@dataclass(frozen=True)
class Position:
    """What a client owes now, aged on a day. items: open, the oldest due first; credits: movements with a rest, the oldest first.

    owed: sum of the open balances; credit: sum of the rests (saldo a favor); balance = owed - credit, negative in the client's favour;
    overdue: owed of what was due before the day; buckets: of that, by the four keys of `AGEING`; usage: share of the limit that is
    owed, four decimals, None without a limit.
    """

    client_id: str
    currency: str
    day: date
    items: tuple[Item, ...]
    credits: tuple[Movement, ...]
    owed: Decimal
    credit: Decimal
    overdue: Decimal
    buckets: dict[str, Decimal]
    max_days_late: int
    limit: Decimal
    usage: Decimal | None

    @property
    def balance(self) -> Decimal:
        """What is owed less what is in the client's favour."""
        return self.owed - self.credit

    @property
    def refundable(self) -> Decimal:
        """What could be given back once everything open is paid: debts first."""
        return max(-self.balance, ZERO)


@dataclass(frozen=True)
class Line:
    """A line of a statement. kind: value of `ItemKind` or `MovementKind`; charge raises the balance, payment lowers it; one of them is 0."""

    on: date
    kind: str
    reference: str
    concept: str
    charge: Decimal
    payment: Decimal
    balance: Decimal


@dataclass(frozen=True)
class Statement:
    """What happened from `since` to `until`, both included, oldest first. position: of now, aged on `until`."""

    client_id: str
    currency: str
    since: date
    until: date
    opening: Decimal
    lines: tuple[Line, ...]
    closing: Decimal
    position: Position


def account_of(app: App, client_id: str) -> Account:
    """The terms of a client; one without limit and terms when the accounting system has said nothing of it yet."""
    return _book(app).account(client_id)


def position(app: App, client_id: str, day: date) -> Position:
    """What is owed and what is in the client's favour as the ledger stands now, aged on `day`."""
    return _steady(app, client_id, lambda book: _position(book, client_id, day))


def statement(app: App, client_id: str, since: date, until: date) -> Statement:
    """The lines of a period with the running balance, counted back from what is owed now, so that it agrees with `position` to the cent."""

    def read(book: Book) -> Statement:
        now = _position(book, client_id, until)
        lines = [
            *map(_of_item, items_between(app, client_id, since)),
            *map(_of_movement, movements_between(app, client_id, since)),
        ]
        lines.sort(key=lambda line: (line.on, line.payment > 0, line.reference))
        running = opening = now.balance - sum((line.charge - line.payment for line in lines), ZERO)
        shown: list[Line] = []
        for line in lines:
            if line.on <= until:
                running += line.charge - line.payment
                shown.append(replace(line, balance=running))
        return Statement(client_id, now.currency, since, until, opening, tuple(shown), running, now)

    return _steady(app, client_id, read)


def items_page(app: App, client_id: str, before: str = "", limit: int = 20) -> tuple[Item, ...]:
    """Invoices and debit notes, the newest first. before: `order` of the last one that was shown, '' = from the newest on."""
    found: list[Item] = []
    while True:
        reads = app.store.query("items_of_client", equals=client_id, limit=limit, since=before or None)
        found += [one for one in (codec.from_data(Item, read.data) for read in reads) if not one.voided]
        if len(found) >= limit or len(reads) < limit:
            return tuple(found[:limit])
        before = str(reads[-1].data["order"])


def items_between(app: App, client_id: str, since: date, until: date = date.max) -> list[Item]:
    """Invoices and debit notes issued in a period, both days included, the newest first; annulled ones left out."""
    reads = pages(app.store, "items_of_client", client_id, "order", _back_to(since), _behind(until))
    items = (codec.from_data(Item, read.data) for read in reads)
    return [one for one in items if one.issued_on <= until and not one.voided]


def movements_between(app: App, client_id: str, since: date, until: date = date.max) -> list[Movement]:
    """Movements of a period, both days included, the newest first; annulled ones left out."""
    reads = pages(app.store, "movements_of_client", client_id, "order", _back_to(since), _behind(until))
    movements = (codec.from_data(Movement, read.data) for read in reads)
    return [one for one in movements if one.on <= until and not one.voided]


def item(app: App, client_id: str, number: str) -> Item | None:
    """An invoice or debit note of that client; None for one that does not exist, is annulled, or is another client's."""
    if not number or len(number) > 100:
        return None
    found = app.store.get("item", f"{client_id}/{number}")
    one = codec.from_data(Item, found.data) if found else None
    return one if one and not one.voided else None


def apply_movement(app: App, movement: Movement, chosen: Sequence[Allocation] = ()) -> bool:
    """Apply a payment once: what was chosen first, then the oldest due, what is left is credit. False: its reference was there already.

    :raises DataError: an amount that cannot be, or an item that is not this client's.
    """

    def change(book: Book) -> Change:
        if book.movement(movement.client_id, movement.reference) is not None:
            return Change.SAME
        return book.put_movement(movement, chosen)

    done = _changed(app, change)
    spread(app, movement.client_id, movement.reference)
    return done


def spread(app: App, client_id: str, reference: str) -> None:
    """Finish a movement that settles more items than one commit takes, commit after commit; anything else is left alone.

    Should the process die in between, what is left is credit, and the same movement applied once more goes on from there.
    """

    def change(book: Book) -> Change:
        return Change.CORRECTED if book.spread(client_id, reference) else Change.SAME

    while _changed(app, change):
        pass


def refund(app: App, client_id: str, reference: str, amount: Decimal, on: date) -> bool:
    """Write down that credit was given back, once by its reference; debts come first. False: the reference was there already.

    :raises DataError: an amount that cannot be, or more than `Position.refundable`.
    """
    kind = MovementKind.REFUND

    def change(book: Book) -> Change:
        if book.movement(client_id, reference) is not None:
            return Change.SAME
        currency = book.account(client_id).currency
        return book.refund(Movement(client_id, reference, kind, on, amount, currency), debts_first=True)

    return _changed(app, change)


def use_credit(app: App, client_id: str, told: Callable[[Decimal, int], Sequence[Write]]) -> Decimal:
    """Settle the oldest due from what is in the client's favour, in one commit; again from the start when the ledger has changed.

    told: what is stored with it, given the amount and the account's version before. Gives how much: 0 where there is no credit or no
    debt, and then nothing is stored. What one commit does not take is there for the next call.
    """
    used = ZERO

    def change(book: Book) -> Change:
        nonlocal used
        used = book.use_credit(client_id)
        return Change.CORRECTED if used else Change.SAME

    _changed(app, change, lambda book: told(used, book.account(client_id).version))
    return used


def _book(app: App) -> Book:
    return Book(app.store, app.clock.now(), app.process.company.currency)


def _changed(app: App, change: Callable[[Book], Change], more: Callable[[Book], Sequence[Write]] = lambda _: ()) -> bool:
    """Make a change in one commit; again from the start when the ledger has changed meanwhile."""
    for attempt in range(_ATTEMPTS):
        book = _book(app)
        if change(book) is Change.SAME:
            return False
        try:
            told = more(book)
            app.store.commit([*book.writes(), *told])
        except ConflictError:
            if attempt == _ATTEMPTS - 1:
                raise
            continue
        app.metrics.commits += 1
        return True
    return False


def _steady(app: App, client_id: str, read: Callable[[Book], T]) -> T:
    """What is read of a ledger that did not change while it was read; the last reading, should it change all the time."""
    for _ in range(_ATTEMPTS):
        book = _book(app)
        before = book.account(client_id).version
        found = read(book)
        if account_of(app, client_id).version == before:
            break
    return found


def _position(book: Book, client_id: str, day: date) -> Position:
    account, items, rests = book.account(client_id), book.open_items(client_id), book.open_credits(client_id)
    buckets = dict.fromkeys((key for key, _ in AGEING), ZERO)
    for one in items:
        late = (day - one.due_on).days
        if late > 0:
            buckets[next(key for key, most in AGEING if late <= most)] += one.balance
    owed, credit = sum((one.balance for one in items), ZERO), sum((one.rest for one in rests), ZERO)
    late_days = max((max((day - one.due_on).days, 0) for one in items), default=0)
    share = (max(owed - credit, ZERO) / account.limit).quantize(_SHARE, ROUND_HALF_UP) if account.limit > 0 else None
    overdue = sum(buckets.values(), ZERO)
    terms = (buckets, late_days, account.limit, share)
    return Position(client_id, account.currency, day, tuple(items), tuple(rests), owed, credit, overdue, *terms)


def _of_item(one: Item) -> Line:
    return Line(one.issued_on, one.kind.value, one.number, one.concept, one.total, ZERO, ZERO)


def _of_movement(one: Movement) -> Line:
    given_back = one.kind is MovementKind.REFUND
    charge, payment = (one.amount, ZERO) if given_back else (ZERO, one.amount)
    return Line(one.on, one.kind.value, one.reference, one.note, charge, payment, ZERO)


def _back_to(since: date) -> str:
    """The bound of `newest_first` that lets everything of that day in."""
    return newest_first(since - timedelta(days=1), "") if since > date.min else newest_first(since, "\uffff")


def _behind(until: date) -> str | None:
    """The bound of `newest_first` behind which that day begins, None for one without an end."""
    return newest_first(until, "") if until < date.max else None
