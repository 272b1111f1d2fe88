"""What a client chose to pay, judged before any gateway is asked: which items, how much, and what becomes credit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from expediente import quantities
from expediente.ledger_data import ZERO, Allocation

if TYPE_CHECKING:
    from expediente.ledger import Position
    from expediente.payment_rules import Limits

# More than a movement settles by name is paid oldest first, which needs no names.
MOST_CHOSEN = 60
_LONGEST = 60


@dataclass(frozen=True)
class Choice:
    """A payment before it is begun. pays: how much of each item it will settle; excess: what becomes credit.

    chosen: what must be paid first, () = the oldest due. refused: '' or a key of `payments.yaml`, refusals: then nothing else counts.
    """

    amount: Decimal = ZERO
    chosen: tuple[Allocation, ...] = ()
    pays: tuple[Allocation, ...] = ()
    excess: Decimal = ZERO
    refused: str = ""


def choose(position: Position, numbers: Sequence[str], written: str, limits: Limits) -> Choice:
    """Judge a choice. numbers: of items, () = none was marked; written: an amount as typed, '' = what the marked items owe.

    An amount pays the marked items first, the oldest due of them first, then the oldest of the others, and the rest is credit.
    Numbers that owe nothing are refused as settled: whether they exist at all is the caller's to look at.
    """
    owed = {item.number: item.balance for item in position.items}
    if any(number not in owed for number in numbers):
        return Choice(refused="settled")
    marked = [Allocation(item.number, item.balance) for item in position.items if item.number in set(numbers)]
    if not marked and not written.strip():
        return Choice(refused="nothing")
    amount, refused = _amount(written) if written.strip() else (sum((one.amount for one in marked), ZERO), "")
    if amount is None or refused:
        return Choice(refused=refused)
    if amount < limits.lowest:
        # The whole of what is owed may always be paid, however little it is.
        refused = "" if 0 < amount == sum(owed.values(), ZERO) else "too_small"
    elif amount > limits.highest:
        refused = "too_large"
    if refused:
        return Choice(refused=refused)
    chosen = _spread(marked, amount)
    rest = amount - sum((one.amount for one in chosen), ZERO)
    others = [Allocation(item.number, item.balance) for item in position.items if item.number not in set(numbers)]
    more = _spread(others, rest)
    excess = rest - sum((one.amount for one in more), ZERO)
    by_name = () if len(chosen) > MOST_CHOSEN or not others else chosen
    return Choice(amount, by_name, (*chosen, *more), excess)


def _spread(items: Sequence[Allocation], amount: Decimal) -> tuple[Allocation, ...]:
    found = []
    for item in items:
        part = min(item.amount, amount)
        if part > 0:
            found.append(Allocation(item.number, part))
            amount -= part
    return tuple(found)


def _amount(written: str) -> tuple[Decimal | None, str]:
    """The amount, or why it is none."""
    if len(written) > _LONGEST:
        return None, "not_an_amount"
    value = quantities.amount(written)
    if value is None:
        whole, point, decimals = written.strip().rpartition(".")
        # Three decimals or more are told apart: people copy them from calculators.
        long = point and decimals.isdigit() and len(decimals) > 2 and quantities.amount(f"{whole}.00") is not None
        return None, "decimals" if long else "not_an_amount"
    if value < 0:
        return None, "negative"
    return (value, "") if value else (None, "zero")
