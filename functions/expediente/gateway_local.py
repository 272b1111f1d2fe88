"""The gateway of demonstrations and tests, a process of its own under `local/`: its page is on its own host, its notices are signed.

Its rules: the browser is sent to `<url>/pagar` with the order in the query and `signature`, HMAC-SHA256 over the values of
`SIGNED` in that order, a line each. A notice is a POST with a JSON body and its HMAC-SHA256 in the header `X-Gateway-Signature`.
`GET <url>/ordenes/<order>` with the HMAC of the order id in the same header answers as a notice does.
"""

from __future__ import annotations

import hashlib
import hmac
from decimal import Decimal, InvalidOperation
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
    read_json,
    same,
)
from expediente.google.transport import new_pool
from expediente.portal_data import Order, OrderState

if TYPE_CHECKING:
    from expediente.payment_rules import GatewayRule, MethodRule

SIGNED = ("order", "amount", "currency", "takes", "back", "notices")
_STATES = {
    "pending": OrderState.PENDING,
    "approved": OrderState.APPLIED,
    "rejected": OrderState.REJECTED,
    "cancelled": OrderState.CANCELLED,
    "expired": OrderState.EXPIRED,
}


class LocalGateway:
    """The gateway at `url`. secret: shared with it; empty url = there is none."""

    tells_by = "POST"

    def __init__(self, rule: GatewayRule, currency: str, url: str, secret: bytes) -> None:
        self._key, self._currency, self._url, self._secret = rule.key, currency, url, secret

    @property
    def ready(self) -> bool:
        """Whether the installation has one."""
        return bool(self._url and self._secret)

    @property
    def hosts(self) -> tuple[str, ...]:
        """Its own origin."""
        parts = urlsplit(self._url)
        return (f"{parts.scheme}://{parts.netloc}",)

    def start(self, order: Order, method: MethodRule, back: str, notices: str) -> Start:
        """The address of its page; it learns of the order when the browser comes."""
        values = {
            "order": order.order_id,
            "amount": str(order.amount),
            "currency": self._currency,
            "takes": method.takes,
            "back": back,
            "notices": notices,
        }
        signature = self._sign("\n".join(values[name] for name in SIGNED).encode())
        return Start(StartKind.REDIRECT, f"{self._url}/pagar?{urlencode({**values, 'signature': signature})}")

    def read_notice(self, received: Received) -> Notice:
        """What a notice says. :raises NoticeRefusedError: forged or senseless."""
        said = read_json(received.body)
        if not same(self._sign(received.body), received.headers.get("x-gateway-signature", "")):
            claimed = said.get("order", "") if isinstance(said, dict) else ""
            raise NoticeRefusedError("firma_invalida", claimed if isinstance(claimed, str) else "")
        return _notice(said)

    def ask(self, order: Order) -> Notice | None:
        """What it says of an order now; None = the browser never came to it. :raises GatewayError: no answer."""
        url = f"{self._url}/ordenes/{quote(order.order_id, safe='')}"
        signed = {"X-Gateway-Signature": self._sign(order.order_id.encode())}
        status, said = call(new_pool(TIMEOUT_SECONDS), self._key, "GET", url, None, signed)
        if status == 404:
            return None
        if status != 200:
            raise GatewayError(self._key, f"status {status}")
        try:
            return _notice(said)
        except NoticeRefusedError as error:
            raise GatewayError(self._key, error.reason) from error

    def _sign(self, content: bytes) -> str:
        return hmac.new(self._secret, content, hashlib.sha256).hexdigest()


def _notice(said: Any) -> Notice:
    try:
        amount = Decimal(said["amount"])
        state = _STATES[said["state"]]
        order_id, notice_id, currency, ref = (str(said[name]) for name in ("order", "notice", "currency", "ref"))
    except (KeyError, TypeError, ValueError, InvalidOperation) as error:
        raise NoticeRefusedError("aviso_ilegible") from error
    return Notice(order_id, state, notice_id, amount, currency, ref)
