"""What a client bought in a period: its invoices and debit notes, summed by month; credit notes apart."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from expediente import ledger
from expediente.ledger_data import ZERO, Item, ItemKind, MovementKind

if TYPE_CHECKING:
    from expediente.bootstrap import App


@dataclass
class Sums:
    """What was bought: amounts, and how many invoices."""

    subtotal: Decimal = ZERO
    tax: Decimal = ZERO
    total: Decimal = ZERO
    invoices: int = 0

    def add(self, item: Item) -> None:
        """Count one more."""
        self.subtotal += item.subtotal
        self.tax += item.tax
        self.total += item.total
        self.invoices += item.kind is ItemKind.INVOICE


@dataclass
class Purchases:
    """A period. months: by (year, month), oldest first, those without anything left out; debit_notes are in the sums, credit notes not."""

    whole: Sums = field(default_factory=Sums)
    months: dict[tuple[int, int], Sums] = field(default_factory=dict)
    debit_notes: Decimal = ZERO
    credit_notes: Decimal = ZERO


def of_period(app: App, client_id: str, since: date, until: date) -> Purchases:
    """What a client bought between two days, both included."""
    found = Purchases()
    for item in reversed(ledger.items_between(app, client_id, since, until)):
        found.whole.add(item)
        found.months.setdefault((item.issued_on.year, item.issued_on.month), Sums()).add(item)
        found.debit_notes += item.total if item.kind is ItemKind.DEBIT_NOTE else ZERO
    for movement in ledger.movements_between(app, client_id, since, until):
        found.credit_notes += movement.amount if movement.kind is MovementKind.CREDIT_NOTE else ZERO
    return found
