"""Wompi (Colombia, cards and PSE; Panama under another address): the web checkout, its events, its transactions.

The browser is sent to the checkout with public-key, currency, amount-in-cents, reference, redirect-url and signature:integrity: SHA-256,
hexadecimal, over reference + amount in cents + currency + integrity secret. What became of it comes as a POST with
`{"event": "transaction.updated", "data": {"transaction": {…}}, "signature": {"properties": [...], "checksum": …}, "timestamp": n}`:
the checksum is SHA-256 over the values of those properties in their order, the timestamp and the events secret. Any answer but 200 brings
the event again after 30 minutes, 3 hours and 24 hours. `GET /transactions/<id>` and, with the private key, `GET /transactions?reference=`
say how a transaction stands: PENDING, APPROVED, DECLINED, VOIDED, ERROR.
Source: docs.wompi.co, Colombia: "Widget & Checkout Web", "Eventos", "Transacciones"; the search by reference stands in public
integrations. Unverified, for want of a merchant: the address of the Panamanian service, whose rules read alike.

The checksum covers id, status and amount but not the reference: of an approved transaction it is read again from the service.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode, urlsplit

from expediente.gateway import (
    TIMEOUT_SECONDS,
    GatewayError,
    Notice,
    NoticeRefusedError,
    Received,
    Start,
    StartKind,
    call,
    cents,
    from_cents,
    read_json,
    same,
)
from expediente.google.transport import new_pool
from expediente.portal_data import Order, OrderState

if TYPE_CHECKING:
    from expediente.payment_rules import GatewayRule, MethodRule

_STATES = {
    "PENDING": OrderState.PENDING,
    "APPROVED": OrderState.APPLIED,
    "DECLINED": OrderState.REJECTED,
    "ERROR": OrderState.REJECTED,
    "VOIDED": OrderState.CANCELLED,
}
# What an event must have signed, whatever else it signs.
_MUST_SIGN = {"transaction.id", "transaction.status", "transaction.amount_in_cents"}


class WompiGateway:
    """The checkout of one merchant. The secrets are those of integrity and of events; private_key may be empty: then nothing is asked."""

    tells_by = "POST"

    def __init__(
        self, rule: GatewayRule, currency: str, public_key: str, integrity: bytes, events: bytes, private_key: bytes
    ) -> None:
        self._rule, self._currency, self._public_key = rule, currency, public_key
        self._integrity, self._events, self._private_key = integrity, events, private_key

    @property
    def ready(self) -> bool:
        """Whether there are a merchant and both secrets."""
        return bool(self._public_key and self._integrity and self._events)

    @property
    def hosts(self) -> tuple[str, ...]:
        """The checkout's origin."""
        parts = urlsplit(self._rule.checkout)
        return (f"{parts.scheme}://{parts.netloc}",)

    def start(self, order: Order, method: MethodRule, back: str, notices: str) -> Start:
        """The checkout's address with the order. notices: is set in Wompi's console and not told here."""
        amount = str(cents(order.amount))
        signed = f"{order.order_id}{amount}{self._currency}".encode() + self._integrity
        values = {
            "public-key": self._public_key,
            "currency": self._currency,
            "amount-in-cents": amount,
            "reference": order.order_id,
            "signature:integrity": hashlib.sha256(signed).hexdigest(),
            "redirect-url": back,
        }
        return Start(StartKind.REDIRECT, f"{self._rule.checkout}?{urlencode(values)}")

    def read_notice(self, received: Received) -> Notice:
        """What an event says.

        :raises NoticeRefusedError: forged or senseless. :raises GatewayError: an approval could not be looked up; it comes again.
        """
        try:
            event = read_json(received.body)
            properties = [str(name) for name in event["signature"]["properties"]]
            values = "".join(_value(event["data"], name) for name in properties)
            checksum, at = str(event["signature"]["checksum"]), str(event["timestamp"])
            transaction = event["data"]["transaction"]
        except (ValueError, KeyError, TypeError) as error:
            raise NoticeRefusedError("aviso_ilegible") from error
        claimed = transaction.get("reference", "") if isinstance(transaction, dict) else ""
        order_id = claimed if isinstance(claimed, str) else ""
        signed = hashlib.sha256(f"{values}{at}".encode() + self._events).hexdigest()
        if not same(signed, checksum.lower()) or not set(properties) >= _MUST_SIGN:
            raise NoticeRefusedError("firma_invalida", order_id)
        notice = _notice(transaction)
        if notice.state is OrderState.APPLIED and self._looked_up(notice.gateway_ref) != notice.order_id:
            raise NoticeRefusedError("referencia_no_coincide", order_id)
        return notice

    def ask(self, order: Order) -> Notice | None:
        """The transaction of an order, an approved one first; None = there is none, or no private key. :raises GatewayError: no answer."""
        if not self._private_key:
            return None
        signed = {"Authorization": f"Bearer {self._private_key.decode()}"}
        told = self._get(f"/transactions?reference={quote(order.order_id, safe='')}", signed)
        rows = told if isinstance(told, list) else []
        found = [row for row in rows if isinstance(row, dict) and row.get("reference") == order.order_id]
        found.sort(key=lambda row: row.get("status") != "APPROVED")
        try:
            return _notice(found[0]) if found else None
        except NoticeRefusedError as error:
            raise GatewayError(self._rule.key, error.reason) from error

    def _looked_up(self, transaction_id: str) -> str:
        told = self._get(f"/transactions/{quote(transaction_id, safe='')}", {})
        return str(told.get("reference", "")) if isinstance(told, dict) else ""

    def _get(self, path: str, headers: dict[str, str]) -> Any:
        status, told = call(new_pool(TIMEOUT_SECONDS), self._rule.key, "GET", self._rule.api + path, None, headers)
        if status == 404:
            return None
        if status != 200 or not isinstance(told, dict):
            raise GatewayError(self._rule.key, f"status {status}")
        return told.get("data")


def _value(data: Any, path: str) -> str:
    """The value of `transaction.status` and the like, as the checksum reads it. :raises KeyError: there is none."""
    for name in path.split("."):
        data = data[name]
    return str(data)


def _notice(transaction: Any) -> Notice:
    try:
        state = _STATES[transaction["status"]]
        order_id, reference, currency = (str(transaction[name]) for name in ("reference", "id", "currency"))
        amount = from_cents(transaction["amount_in_cents"])
    except (KeyError, TypeError) as error:
        raise NoticeRefusedError("aviso_ilegible") from error
    if amount is None:
        raise NoticeRefusedError("aviso_ilegible", order_id)
    return Notice(order_id, state, f"{reference}-{transaction['status']}", amount, currency, reference)
