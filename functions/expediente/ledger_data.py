"""Records of what a client owes and has paid, as the accounting system exported them. Frozen, no I/O; amounts with two decimals."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from expediente.model import SCHEMA

ZERO = Decimal("0.00")


def newest_first(day: date, name: str) -> str:
    """A text that orders what has a day: the newest first, and by name within a day. Stores list upwards only."""
    return f"{(date.max - day).days:07d}/{name}"


class ItemKind(StrEnum):
    """What raises the debt."""

    INVOICE = "invoice"
    DEBIT_NOTE = "debit_note"


class MovementKind(StrEnum):
    """What lowers the debt, or gives back what was paid too much. withholding: ITBMS that the client kept and pays to the state."""

    PAYMENT = "payment"
    CREDIT_NOTE = "credit_note"
    WITHHOLDING = "withholding"
    REFUND = "refund"


@dataclass(frozen=True)
class StoredFile:
    """A file of an invoice in the bucket of client documents. sha256: of its bytes, checked when it is handed out."""

    name: str
    sha256: str


@dataclass(frozen=True)
class Account:
    """The terms of a client. since: first day as a client; limit: credit that was granted; version: rises with every change of the ledger.

    returned: days on which a payment came back unpaid.
    """

    client_id: str
    currency: str
    since: date | None = None
    limit: Decimal = ZERO
    terms_days: int = 0
    returned: tuple[date, ...] = ()
    version: int = 0
    changed_at: datetime | None = None
    schema: int = SCHEMA


@dataclass(frozen=True)
class Settlement:
    """How much of an item a movement settled. reference: of the movement; on: its day."""

    reference: str
    amount: Decimal
    on: date


@dataclass(frozen=True)
class Item:
    """An invoice or debit note; record `item`, key `client_id/number`. settled: what movements have paid of it; total = subtotal + tax.

    order: of `newest_first`, for lists. open_for: the client while something is owed, else None; due_order: `due_on/number`.
    paid_by: by which movements; settled_on: day of the last of them once nothing is owed. voided: annulled, all amounts are 0.
    cufe: as the authority gave it, never computed; source: the file of the export that said it last. `ledger` fills what is derived.
    """

    client_id: str
    number: str
    kind: ItemKind
    issued_on: date
    due_on: date
    subtotal: Decimal
    tax: Decimal
    total: Decimal
    currency: str
    order: str = ""
    due_order: str = ""
    settled: Decimal = ZERO
    paid_by: tuple[Settlement, ...] = ()
    voided: bool = False
    settled_on: date | None = None
    open_for: str | None = None
    cufe: str = ""
    concept: str = ""
    pdf: StoredFile | None = None
    xml: StoredFile | None = None
    source: str = ""
    schema: int = SCHEMA

    @property
    def balance(self) -> Decimal:
        """What is still owed of it."""
        return self.total - self.settled


@dataclass(frozen=True)
class Allocation:
    """How much of a movement settles an item; of a refund: how much it takes of a movement, whose reference stands in `number`."""

    number: str
    amount: Decimal


@dataclass(frozen=True)
class Movement:
    """A payment, credit note, withholding or refund; record `movement`, key `client_id/reference`: the same reference again is the same one.

    allocations: what it settles; the rest is credit in the client's favour (of a refund: what it takes from that credit).
    used: of the rest, what was refunded. open_for: the client while there is a rest, else None; order: of `newest_first`.
    said: hash of the export's row, so that the same row again is known. voided: annulled, its amount is 0.
    `ledger` fills what is derived: make one with the first six fields and, where wanted, note.
    """

    client_id: str
    reference: str
    kind: MovementKind
    on: date
    amount: Decimal
    currency: str
    order: str = ""
    allocations: tuple[Allocation, ...] = ()
    open_for: str | None = None
    used: Decimal = ZERO
    note: str = ""
    source: str = ""
    said: str = ""
    voided: bool = False
    schema: int = SCHEMA

    def says_as_much(self, other: Movement) -> bool:
        """Whether two movements are of one kind, amount and state, whatever else is said of them."""
        return (self.kind, self.amount, self.voided) == (other.kind, other.amount, other.voided)

    @property
    def rest(self) -> Decimal:
        """What neither settles an item nor was refunded."""
        return self.amount - sum((one.amount for one in self.allocations), ZERO) - self.used
