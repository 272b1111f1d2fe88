"""The one contract of every payment gateway: a payment is begun there, the gateway tells by a notice what became of it, and is asked.

A gateway sees the number of a card, we never do. What it tells is believed only when its signature is right; what a browser brings
back from it is believed not at all.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol

from expediente.errors import ExpedienteError
from expediente.portal_data import Order, OrderState

if TYPE_CHECKING:
    import urllib3

    from expediente.payment_rules import MethodRule

TIMEOUT_SECONDS = 10.0
MOST_NOTICE_BYTES = 65_536
_CENTS = Decimal("0.01")


class GatewayError(ExpedienteError):
    """A gateway did not answer, or not as its rules say. Nothing is known of the payment; ask again later."""

    def __init__(self, gateway: str, what: str) -> None:
        self.gateway, self.what = gateway, what
        super().__init__(f"gateway {gateway}: {what}; try again later")


class OrderTakenError(GatewayError):
    """The gateway knows this order id already and begins it no second time; begin another order."""


class NoticeRefusedError(ExpedienteError):
    """A notice that cannot be believed. reason: key for the audit, such as `firma_invalida`; order_id: as it claims, '' = it says none."""

    def __init__(self, reason: str, order_id: str = "") -> None:
        self.reason, self.order_id = reason, order_id
        super().__init__(f"notice refused ({reason}); nothing was done")


class StartKind(StrEnum):
    """How the browser gets to the gateway. redirect: an address; button: a page of ours with the gateway's own button."""

    REDIRECT = "redirect"
    BUTTON = "button"


@dataclass(frozen=True)
class Start:
    """Where a payment is made. address: to go to, or of the button's script; fields: what the button is given."""

    kind: StartKind
    address: str
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Received:
    """A notice as it came in. headers: names in lower case; query, body: as sent."""

    method: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Notice:
    """What a gateway says of an order, its signature checked. state: where the payment stands there; notice_id: makes it one notice.

    amount, currency: None and '' when the gateway does not say them.
    """

    order_id: str
    state: OrderState
    notice_id: str
    amount: Decimal | None = None
    currency: str = ""
    gateway_ref: str = ""


class Gateway(Protocol):
    """One gateway of `payments.yaml` with its settings."""

    @property
    def ready(self) -> bool:
        """Whether this installation has what the gateway needs; without it its methods are not offered."""

    @property
    def hosts(self) -> tuple[str, ...]:
        """Origins to which a form of ours may lead, such as `https://checkout.example.com`."""

    @property
    def tells_by(self) -> str:
        """How its notices come: GET or POST."""

    def start(self, order: Order, method: MethodRule, back: str, notices: str) -> Start:
        """Begin a payment. back: where the browser returns; notices: address of ours for its notices.

        :raises GatewayError: it did not take the order. :raises OrderTakenError: it knows that id already.
        """

    def read_notice(self, received: Received) -> Notice:
        """What a notice says. :raises NoticeRefusedError: it is not this gateway's, or makes no sense."""

    def ask(self, order: Order) -> Notice | None:
        """What the gateway says of an order now; None = it does not know it, or cannot be asked. :raises GatewayError: no answer."""


def same(one: str, other: str) -> bool:
    """Whether two signatures are the same text, in a time that tells nothing."""
    return hmac.compare_digest(one.encode(), other.encode())


def read_json(body: bytes) -> Any:
    """What a body says as JSON; None for one that is none, that goes too deep, or that holds half characters."""
    try:
        said = json.loads(body)
        json.dumps(said, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return None
    return said


def cents(amount: Decimal) -> int:
    """An amount in the smallest unit."""
    return int((amount / _CENTS).to_integral_exact())


def from_cents(value: Any) -> Decimal | None:
    """An amount from the smallest unit; None = that is no whole number."""
    return Decimal(value) * _CENTS if isinstance(value, int) and not isinstance(value, bool) else None


def call(
    pool: urllib3.PoolManager, gateway: str, method: str, url: str, body: bytes | None, headers: Mapping[str, str]
) -> tuple[int, Any]:
    """One request to a gateway: status and JSON body (None when it is none). :raises GatewayError: no answer, or a 5xx."""
    import urllib3.exceptions

    try:
        reply = pool.request(method, url, body=body, headers=dict(headers), redirect=False)
    except urllib3.exceptions.HTTPError as error:
        raise GatewayError(gateway, type(error).__name__) from error
    if reply.status >= 500:
        raise GatewayError(gateway, f"status {reply.status}")
    return reply.status, read_json(reply.data)
