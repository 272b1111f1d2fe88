"""Yappy of Banco General (Panama): the payment button, new integration.

Two calls begin a payment: `POST /payments/validate/merchant` (merchantId, urlDomain) gives a token of short life, and
`POST /payments/payment-wc` with it makes the order (id of at most 15 letters and digits, amounts as text with two decimals) and gives
transactionId, token and documentName, which the web component of the button takes. What became of it comes as a GET to `ipnUrl` with
orderId, status (E executed, R rejected, C cancelled, X expired), domain and hash: HMAC-SHA256, hexadecimal, over orderId + status +
domain; its key is the part before the first point of the secret decoded from base64.
Source: Yappy Comercial, Desarrolladores, "Documentación para nueva integración del Botón de Pago Yappy"; public integrations agree on
the hash. Unverified, for want of a merchant: that `paymentDate` is epochTime in seconds; that code E006 means an order id used before;
which hosts the component calls from the browser. The notice names no amount: it was fixed by our order, which nobody can begin but we.
The documentation knows no way to ask for an order, so a lost notice is found by the accounting import alone.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from expediente.gateway import (
    TIMEOUT_SECONDS,
    GatewayError,
    Notice,
    NoticeRefusedError,
    OrderTakenError,
    Received,
    Start,
    StartKind,
    call,
    same,
)
from expediente.google.transport import new_pool
from expediente.portal_data import Order, OrderState

if TYPE_CHECKING:
    from expediente.payment_rules import GatewayRule, MethodRule

_STATES = {
    "E": OrderState.APPLIED,
    "R": OrderState.REJECTED,
    "C": OrderState.CANCELLED,
    "X": OrderState.EXPIRED,
}
_TAKEN = "E006"


class YappyGateway:
    """The button of one merchant. site: address of our portal, whose domain the merchant has registered; secret: as Yappy gave it."""

    tells_by = "GET"

    def __init__(self, rule: GatewayRule, merchant: str, secret: bytes, site: str) -> None:
        self._rule, self._merchant, self._secret = rule, merchant, secret
        parts = urlsplit(site)
        self._domain = f"{parts.scheme}://{parts.netloc}"

    @property
    def ready(self) -> bool:
        """Whether there is a merchant and a usable secret."""
        return bool(self._merchant and self._key())

    @property
    def hosts(self) -> tuple[str, ...]:
        """Where its button comes from and whom it calls."""
        return tuple(f"{parts.scheme}://{parts.netloc}" for parts in map(urlsplit, (self._rule.script, self._rule.api)))

    def start(self, order: Order, method: MethodRule, back: str, notices: str) -> Start:
        """Make the order at Yappy and give what its button needs.

        :raises GatewayError: no answer, or it refuses. :raises OrderTakenError: that order id was used.
        """
        pool = new_pool(TIMEOUT_SECONDS)
        told = self._post(pool, "/payments/validate/merchant", {"merchantId": self._merchant, "urlDomain": self._domain}, "")
        if not isinstance(told.get("token"), str):
            raise GatewayError(self._rule.key, "merchant without token")
        amount = f"{order.amount:.2f}"
        wanted = {
            "merchantId": self._merchant,
            "orderId": order.order_id,
            "domain": self._domain,
            "paymentDate": told.get("epochTime"),
            "ipnUrl": notices,
            "discount": "0.00",
            "taxes": "0.00",
            "subtotal": amount,
            "total": amount,
        }
        made = self._post(pool, "/payments/payment-wc", wanted, str(told.get("token", "")))
        names = ("transactionId", "token", "documentName")
        if not all(isinstance(made.get(name), str) for name in names):
            raise GatewayError(self._rule.key, "order without transaction")
        return Start(StartKind.BUTTON, self._rule.script, {name: made[name] for name in names} | {"back": back})

    def read_notice(self, received: Received) -> Notice:
        """What a notice says. The domain is believed as the hash covers it; what it does not cover is not read.

        :raises NoticeRefusedError: forged or senseless.
        """
        said = {name: received.query.get(name, "") for name in ("orderId", "status", "domain")}
        given = received.query.get("hash") or received.query.get("Hash", "")
        signed = hmac.new(self._key(), "".join(said.values()).encode(), hashlib.sha256).hexdigest()
        if not same(signed, given.lower()):
            raise NoticeRefusedError("firma_invalida", said["orderId"])
        if said["status"] not in _STATES:
            raise NoticeRefusedError("aviso_ilegible", said["orderId"])
        return Notice(said["orderId"], _STATES[said["status"]], f"{said['orderId']}-{said['status']}")

    def ask(self, order: Order) -> Notice | None:
        """Nothing: Yappy publishes no way to ask."""
        return None

    def _post(self, pool: Any, path: str, body: dict[str, Any], token: str) -> dict[str, Any]:
        headers = {"Content-Type": "application/json"} | ({"Authorization": token} if token else {})
        status, told = call(pool, self._rule.key, "POST", self._rule.api + path, json.dumps(body).encode(), headers)
        code = str((told.get("status") or {}).get("code", "")) if isinstance(told, dict) else ""
        if code == _TAKEN:
            raise OrderTakenError(self._rule.key, code)
        if status >= 300 or not isinstance(told, dict) or not isinstance(told.get("body"), dict):
            raise GatewayError(self._rule.key, f"status {status} {code}")
        found: dict[str, Any] = told["body"]
        return found

    def _key(self) -> bytes:
        try:
            return base64.b64decode(self._secret, validate=True).split(b".")[0]
        except binascii.Error:
            return b""
