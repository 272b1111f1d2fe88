"""The ledgers of some clients while they are changed: records read once, changed in memory, written in one conditional commit.

Every change of a ledger raises the version of its account in the same commit, and the account is read before anything else of it:
two changes of one ledger never mix, whatever they touch. Balance = open balances - rests of movements, and neither is ever negative.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from expediente import codec
from expediente.errors import DataError
from expediente.ledger_data import ZERO, Account, Allocation, Item, Movement, MovementKind, Settlement, newest_first
from expediente.store import Create, Read, Store, Update, Write

# A commit has limits, and each settled item is a write: beyond these a movement goes on in further commits (`spread`).
MOST_SETTLED = 200
# An amount that a person would never mean.
MOST = Decimal("999999999.99")
_PAGE = 200
_CLASSES: dict[str, type[Account | Item | Movement]] = {"account": Account, "item": Item, "movement": Movement}


class Change(StrEnum):
    """What a record that was put did to the ledger."""

    NEW = "new"
    CORRECTED = "corrected"
    SAME = "same"


@dataclass
class _Held:
    """A record as it is to be. version: as it was read, None = not in the store; changed: to be written."""

    record: Account | Item | Movement | None
    version: str | None
    changed: bool = False


class Book:
    """What one commit changes. currency: of accounts that do not exist yet."""

    def __init__(self, store: Store, now: datetime, currency: str) -> None:
        self._store, self._now, self._currency = store, now, currency
        self._held: dict[tuple[str, str], _Held] = {}
        self._touched: set[str] = set()
        self._listed: set[tuple[str, str]] = set()

    # --- reading ---------------------------------------------------------------------------------------------------------------

    def read(self, accounts: Iterable[str], others: Iterable[tuple[str, str]]) -> None:
        """Read accounts and then (kind, key) of their records, in two round trips, before they are asked for one by one."""
        self._fetch([("account", client_id) for client_id in accounts])
        self._fetch(others)

    def account(self, client_id: str) -> Account:
        """The account, or an empty one."""
        found = self._record("account", client_id)
        return found if isinstance(found, Account) else Account(client_id, self._currency)

    def item(self, client_id: str, number: str) -> Item | None:
        """An invoice or debit note, or None."""
        self.account(client_id)
        found = self._record("item", f"{client_id}/{number}")
        return found if isinstance(found, Item) else None

    def movement(self, client_id: str, reference: str) -> Movement | None:
        """A movement, or None."""
        self.account(client_id)
        found = self._record("movement", f"{client_id}/{reference}")
        return found if isinstance(found, Movement) else None

    def open_items(self, client_id: str) -> list[Item]:
        """What is owed: the oldest due first."""
        held = self._list("open_items", "item", client_id)
        return sorted((one for one in held if isinstance(one, Item)), key=lambda one: (one.due_on, one.number))

    def open_credits(self, client_id: str) -> list[Movement]:
        """What is left of movements: the oldest first."""
        held = self._list("open_credits", "movement", client_id)
        return sorted((one for one in held if isinstance(one, Movement)), key=lambda one: (one.on, one.reference))

    def _list(self, query: str, kind: str, client_id: str) -> list[Item | Movement]:
        self.account(client_id)
        if (query, client_id) not in self._listed:
            self._listed.add((query, client_id))
            for read in pages(self._store, query, client_id, "due_order" if kind == "item" else "order"):
                self._held.setdefault((kind, read.key), _Held(_from(kind, read), read.version))
        mine = [held.record for (of, key), held in self._held.items() if of == kind and key.startswith(f"{client_id}/")]
        return [one for one in mine if isinstance(one, Item | Movement) and one.open_for == client_id]

    def _record(self, kind: str, key: str) -> Account | Item | Movement | None:
        if (kind, key) not in self._held:
            self._fetch([(kind, key)])
        return self._held[(kind, key)].record

    def _fetch(self, keys: Iterable[tuple[str, str]]) -> None:
        missing = [key for key in dict.fromkeys(keys) if key not in self._held]
        for key, read in zip(missing, self._store.get_many(missing) if missing else [], strict=True):
            self._held[key] = _Held(_from(key[0], read), read.version) if read else _Held(None, None)

    # --- changing --------------------------------------------------------------------------------------------------------------

    def put_account(self, account: Account) -> Change:
        """Take limit, terms, first day and returned payments as they are said now."""
        before = self.account(account.client_id)
        after = replace(account, version=before.version, changed_at=before.changed_at, currency=before.currency)
        known = self._held[("account", account.client_id)].record is not None
        if known and after == before:
            return Change.SAME
        self._put("account", account.client_id, account.client_id, after)
        return Change.CORRECTED if known else Change.NEW

    def put_item(self, item: Item) -> Change:
        """Take an item as it is said now; what was settled of it stays settled, up to its total.

        What a lower total, or an annulment, sets free becomes credit of the movements that had settled it, the last one first.
        New items are not settled from open credits: which credit settles what is the accounting system's word, said by a row of
        the movement, or the client's, who pays, or uses the credit (`use_credit`).
        """
        before = self.item(item.client_id, item.number)
        if item.voided:
            item = replace(item, subtotal=ZERO, tax=ZERO, total=ZERO)
        if before is not None:
            kept = {"pdf": item.pdf or before.pdf, "xml": item.xml or before.xml, "settled": before.settled}
            item = replace(item, **kept, paid_by=before.paid_by)  # type: ignore[arg-type]
        after = _derived(item)
        if before is not None and replace(after, source=before.source) == before:
            return Change.SAME
        self._save_item(after)
        self._set_free(after)
        return Change.CORRECTED if before else Change.NEW

    def _set_free(self, item: Item) -> None:
        """Give back to its movements what is settled beyond the total."""
        for paid in reversed(item.paid_by):
            surplus = -item.balance
            movement = self.movement(item.client_id, paid.reference)
            if surplus <= 0 or movement is None:
                break
            amount = min(surplus, paid.amount)
            item = _less(item, paid.reference, amount)
            self._save_movement(replace(movement, allocations=_minus(movement.allocations, item.number, amount)))
            self._save_item(item)
        if item.balance < 0:
            # Settled before the ledger began: no movement tells by what.
            self._save_item(_derived(replace(item, settled=item.total)))

    def put_movement(self, movement: Movement, chosen: Sequence[Allocation] = (), *, rest_to_oldest: bool = True) -> Change:
        """Take a payment, credit note or withholding; one that is there and says something else is undone first.

        chosen: what it settles first. rest_to_oldest: the rest settles the oldest due items, else it stays credit.
        :raises DataError: an amount that cannot be, an unknown item, or less than what was refunded of it.
        """
        _check_amount(movement.amount, none=movement.voided)
        before = self.movement(movement.client_id, movement.reference)
        if before is not None and _says_the_same(before, movement):
            return Change.SAME
        if movement.kind is MovementKind.REFUND or (before and before.kind is MovementKind.REFUND):
            raise DataError("Referencia", movement.reference, "una referencia que no sea la de una devolución")
        used = before.used if before else ZERO
        if movement.amount < used:
            raise DataError("Monto", str(movement.amount), f"al menos {used}, que ya se devolvió al cliente")
        self._check_chosen(movement, chosen)
        if before is not None:
            # One that is annulled settles nothing anew, so its commit has room for twice as many.
            self._undo(before, 2 * MOST_SETTLED if movement.voided else MOST_SETTLED)
        after = replace(movement, used=used, allocations=(), order=newest_first(movement.on, movement.reference))
        self._save_movement(self._settle(after, chosen, rest_to_oldest=rest_to_oldest))
        return Change.CORRECTED if before else Change.NEW

    def restate(self, movement: Movement) -> Change:
        """Take what is said of a movement that is there, of the same kind and amount; what it settles stays."""
        before = self.movement(movement.client_id, movement.reference)
        if before is None or _says_the_same(before, movement):
            return Change.SAME
        kept = {"allocations": before.allocations, "used": before.used}
        self._save_movement(replace(movement, order=newest_first(movement.on, movement.reference), **kept))  # type: ignore[arg-type]
        return Change.CORRECTED

    def _check_chosen(self, movement: Movement, chosen: Sequence[Allocation]) -> None:
        if len(chosen) > MOST_SETTLED:
            raise DataError("Facturas", str(len(chosen)), f"a lo sumo {MOST_SETTLED} facturas en un pago")
        for one in chosen:
            _check_amount(one.amount, none=False)
            item = self.item(movement.client_id, one.number)
            if item is None or item.voided:
                raise DataError("Factura", one.number, "el número de una factura o nota de débito vigente de este cliente")

    def _undo(self, movement: Movement, most: int) -> None:
        if len(movement.allocations) > most:
            raise DataError("Referencia", movement.reference, f"un pago de a lo sumo {most} facturas, para poder corregirlo")
        for one in movement.allocations:
            item = self.item(movement.client_id, one.number)
            if item is not None:
                self._save_item(_less(item, movement.reference, one.amount))

    def _settle(self, movement: Movement, chosen: Sequence[Allocation], *, rest_to_oldest: bool) -> Movement:
        """Settle what was chosen, then the oldest due, as far as it reaches."""
        for one in chosen:
            item = self.item(movement.client_id, one.number)
            if item is not None:
                movement = self._settle_one(movement, item, one.amount)
        if rest_to_oldest and movement.rest > 0:
            most = len(movement.allocations) + MOST_SETTLED - len(chosen)
            for item in self.open_items(movement.client_id):
                if movement.rest <= 0 or len(movement.allocations) >= most:
                    break
                movement = self._settle_one(movement, item, movement.rest)
        return movement

    def spread(self, client_id: str, reference: str) -> bool:
        """Let a movement that one commit could not finish settle more of the oldest due. False: there is nothing more to do."""
        movement = self.movement(client_id, reference)
        if movement is None or movement.rest <= 0 or len(movement.allocations) < MOST_SETTLED or not self.open_items(client_id):
            return False
        self._save_movement(self._settle(movement, (), rest_to_oldest=True))
        return True

    def _settle_one(self, movement: Movement, item: Item, wanted: Decimal) -> Movement:
        amount = min(wanted, item.balance, movement.rest)
        if amount <= 0:
            return movement
        self._save_item(_more(item, Settlement(movement.reference, amount, movement.on)))
        return replace(movement, allocations=_plus(movement.allocations, item.number, amount))

    def refund(self, refund: Movement, *, debts_first: bool) -> Change:
        """Take money given back from the oldest credit on; one that is there and says something else is undone first.

        debts_first: no more than what is left when everything open is paid.
        :raises DataError: an amount that cannot be, or more than there is, or a reference of something else.
        """
        before = self.movement(refund.client_id, refund.reference)
        if before is not None and _says_the_same(before, refund):
            return Change.SAME
        if before is not None and before.kind is not MovementKind.REFUND:
            raise DataError("Referencia", refund.reference, "una referencia que no sea la de un pago")
        _check_amount(refund.amount, none=refund.voided)
        refund = replace(refund, order=newest_first(refund.on, refund.reference))
        if before is not None and before.amount == refund.amount:
            self._save_movement(replace(refund, allocations=before.allocations))
            return Change.CORRECTED
        most = sum((one.rest for one in self.open_credits(refund.client_id)), before.amount if before else ZERO)
        if debts_first:
            most = max(most - sum((one.balance for one in self.open_items(refund.client_id)), ZERO), ZERO)
        if refund.amount > most:
            raise DataError("Monto", str(refund.amount), f"a lo sumo {most}, el saldo a favor que se puede devolver")
        if before is not None:
            self._take_back(before)
        self._save_movement(self._taken_from_credit(refund))
        return Change.CORRECTED if before else Change.NEW

    def _take_back(self, refund: Movement) -> None:
        """Have what was given back be credit again."""
        for one in refund.allocations:
            credit = self.movement(refund.client_id, one.number)
            if credit is not None:
                self._save_movement(replace(credit, used=credit.used - one.amount))

    def _taken_from_credit(self, refund: Movement) -> Movement:
        for credit in self.open_credits(refund.client_id):
            amount = min(credit.rest, refund.amount - sum((one.amount for one in refund.allocations), ZERO))
            if amount > 0:
                self._save_movement(replace(credit, used=credit.used + amount))
                refund = replace(refund, allocations=_plus(refund.allocations, credit.reference, amount))
        return refund

    def use_credit(self, client_id: str) -> Decimal:
        """Settle the oldest due from the oldest credit, as much as a commit takes; gives how much."""
        used = ZERO
        for credit in self.open_credits(client_id):
            if self.size >= MOST_SETTLED:
                break
            before = credit.rest
            after = self._settle(credit, (), rest_to_oldest=True)
            if after.rest < before:
                self._save_movement(after)
                used += before - after.rest
        return used

    def _save_item(self, item: Item) -> None:
        self._put("item", f"{item.client_id}/{item.number}", item.client_id, item)

    def _save_movement(self, movement: Movement) -> None:
        open_for = movement.client_id if movement.rest > 0 else None
        after = replace(movement, open_for=open_for)
        self._put("movement", f"{movement.client_id}/{movement.reference}", movement.client_id, after)

    def _put(self, kind: str, key: str, client_id: str, record: Account | Item | Movement) -> None:
        held = self._held[(kind, key)]
        held.record, held.changed = record, True
        self._touched.add(client_id)

    # --- writing ---------------------------------------------------------------------------------------------------------------

    @property
    def size(self) -> int:
        """How many records would be written."""
        return sum(held.changed for (kind, _), held in self._held.items() if kind != "account") + len(self._touched)

    def writes(self) -> list[Write]:
        """All that is to be stored; none, when nothing was changed."""
        for client_id in sorted(self._touched):
            account = self.account(client_id)
            held = self._held[("account", client_id)]
            held.record = replace(account, version=account.version + 1, changed_at=self._now)
            held.changed = True
        self._touched.clear()
        return [_write(kind, key, held) for (kind, key), held in self._held.items() if held.changed]


def pages(
    store: Store, query: str, client_id: str, order: str, until: str | None = None, since: str | None = None
) -> Iterable[Read]:
    """All records of a named query of a client, page after page. order: its ordering field, bounded by until (inclusive) and since."""
    while True:
        found = store.query(query, equals=client_id, until=until, limit=_PAGE, since=since)
        yield from found
        if len(found) < _PAGE:
            return
        since = str(found[-1].data[order])


def _from(kind: str, read: Read) -> Account | Item | Movement:
    return codec.from_data(_CLASSES[kind], read.data)


def _write(kind: str, key: str, held: _Held) -> Write:
    data: dict[str, Any] = codec.to_data(held.record)
    return Create(kind, key, data) if held.version is None else Update(kind, key, data, held.version)


def _says_the_same(before: Movement, after: Movement) -> bool:
    told = ("kind", "on", "amount", "currency", "said", "voided")
    return all(getattr(before, name) == getattr(after, name) for name in told)


def _derived(item: Item) -> Item:
    """The item with all that follows from the rest of it."""
    order, due = newest_first(item.issued_on, item.number), f"{item.due_on.isoformat()}/{item.number}"
    last = max((one.on for one in item.paid_by), default=item.settled_on)
    settled_on = last if item.balance <= 0 and not item.voided else None
    open_for = item.client_id if item.balance > 0 else None
    return replace(item, order=order, due_order=due, open_for=open_for, settled_on=settled_on)


def _more(item: Item, paid: Settlement) -> Item:
    return _derived(replace(item, settled=item.settled + paid.amount, paid_by=(*item.paid_by, paid)))


def _less(item: Item, reference: str, amount: Decimal) -> Item:
    """The item with so much less settled by that movement."""
    kept: list[Settlement] = []
    left = amount
    for one in item.paid_by:
        taken = min(left, one.amount) if one.reference == reference else ZERO
        left -= taken
        if one.amount > taken:
            kept.append(replace(one, amount=one.amount - taken))
    return _derived(replace(item, settled=item.settled - (amount - left), paid_by=tuple(kept)))


def _plus(allocations: tuple[Allocation, ...], number: str, amount: Decimal) -> tuple[Allocation, ...]:
    if any(one.number == number for one in allocations):
        return tuple(replace(one, amount=one.amount + amount) if one.number == number else one for one in allocations)
    return (*allocations, Allocation(number, amount))


def _minus(allocations: tuple[Allocation, ...], number: str, amount: Decimal) -> tuple[Allocation, ...]:
    less = (replace(one, amount=one.amount - amount) if one.number == number else one for one in allocations)
    return tuple(one for one in less if one.amount > 0)


def _check_amount(amount: Decimal, *, none: bool) -> None:
    """:raises DataError: not above 0 (or not 0, where there must be none), huge, or with more than two decimals."""
    exact = amount.is_finite() and abs(amount) <= MOST and amount == round(amount, 2)
    if not exact or (amount != 0 if none else amount <= 0):
        raise DataError("Monto", str(amount), f"un monto mayor que 0, hasta {MOST}, con dos decimales como máximo", "150.00")
