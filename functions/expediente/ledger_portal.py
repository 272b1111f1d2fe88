"""The portal's numbers in Cartera's rows: whose an order or a case is, what the client had chosen to pay, and what its order hears of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from expediente import codec
from expediente.ids import is_case_id
from expediente.ledger_data import MovementKind
from expediente.model import Client, Dossier
from expediente.portal_data import Order, OrderState
from expediente.store import Read, Update, Write

if TYPE_CHECKING:
    from expediente.store import Store


class PortalNumbers:
    """Orders and cases that the rows of one commit name."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._orders: dict[str, Read | None] = {}
        self._cases: dict[str, frozenset[str]] = {}
        self._woken: dict[str, Write] = {}

    def read(self, numbers: Iterable[str]) -> None:
        """Read what is not known yet, in one round trip."""
        missing = sorted(set(numbers) - set(self._orders))
        reads = self._store.get_many([("order", number) for number in missing]) if missing else []
        self._orders.update(zip(missing, reads, strict=True))

    def order(self, client_id: str, number: str) -> Order | None:
        """An order of that client; None for another's, as for one that does not exist."""
        self.read([number])
        read = self._orders[number]
        order = codec.from_data(Order, read.data) if read else None
        return order if order and order.client_id == client_id else None

    def takes(self, client_id: str, number: str, kind: MovementKind) -> bool:
        """Whether the portal gave that number to that client, for a movement of that kind."""
        if self.order(client_id, number) is not None:
            return kind is MovementKind.PAYMENT
        return kind is MovementKind.REFUND and is_case_id(number) and number in self._cases_of(client_id)

    def _cases_of(self, client_id: str) -> frozenset[str]:
        if client_id not in self._cases:
            read = self._store.get("client", client_id)
            ids = codec.from_data(Client, read.data).dossier_ids if read else ()
            dossiers = self._store.get_many([("dossier", one) for one in ids]) if ids else []
            held = (codec.from_data(Dossier, one.data).cases for one in dossiers if one)
            self._cases[client_id] = frozenset(key for cases in held for key in cases)
        return self._cases[client_id]

    def wake(self, order: Order, now: datetime) -> None:
        """Have an order that is not applied be looked at: its money, or some, is in the ledger."""
        read = self._orders[order.order_id]
        if read is not None and order.state is not OrderState.APPLIED:
            data = codec.to_data(replace(order, next_look_at=now))
            self._woken[order.order_id] = Update("order", order.order_id, data, read.version)

    @property
    def size(self) -> int:
        """How many orders would be written."""
        return len(self._woken)

    def writes(self) -> list[Write]:
        """All that is to be stored."""
        return list(self._woken.values())
