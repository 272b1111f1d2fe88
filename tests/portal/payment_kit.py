"""A gateway's side of a payment in tests of pages: the local gateway's signatures, notices in any order, and answers when asked."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from flask import Request, Response
from werkzeug.test import EnvironBuilder

from expediente import codec, payments, portal
from expediente.errors import ConflictError
from expediente.gateway import Notice
from expediente.gateway_local import LocalGateway
from expediente.gateway_yappy import YappyGateway
from expediente.model import Dossier
from expediente.payment_rules import GatewayRule
from expediente.portal_data import Order, OrderState
from expediente.store import Create
from tests.portal.portal_kit import PortalApp, Visitor, origin, put_payment

SECRET = b"secret of the local gateway, long enough"
YAPPY_SECRET = b"WVBfQ0xBVkUuQ09NRVJDSU8="
YAPPY_KEY = b"YP_CLAVE"


class AskedGateway(LocalGateway):
    """The local gateway without its process: when asked it says what the test put there."""

    def __init__(self, rule: GatewayRule, currency: str) -> None:
        super().__init__(rule, currency, "https://pasarela.example.com", SECRET)
        self.knows: dict[str, Notice] = {}
        self.asked: list[str] = []

    def ask(self, order: Order) -> Notice | None:
        """What the test put there."""
        self.asked.append(order.order_id)
        return self.knows.get(order.order_id)


@dataclass
class Counter:
    """Where clients of the portal pay. gateways: put in place of those of the settings."""

    app: PortalApp
    asked: AskedGateway = field(init=False)

    def __post_init__(self) -> None:
        rules = self.app.process.payments
        rule, yappy = rules.gateway("pruebas"), rules.gateway("yappy")
        assert rule and yappy
        self.asked = AskedGateway(rule, rules.gateway_currency)
        gateways = {
            rule.key: self.asked,
            yappy.key: YappyGateway(yappy, "COMERCIO-1", YAPPY_SECRET, self.app.settings.portal_url),
        }
        self.app.__dict__["gateways"] = gateways

    def orders(self, dossier: Dossier) -> list[Order]:
        """The orders of a client, the newest first."""
        return payments.orders_of(self.app, dossier.client_id, 100)

    def order(self, order_id: str) -> Order:
        """An order as it stands."""
        found = payments.order_of(self.app, order_id)
        assert found is not None
        return found

    def put_order(
        self, dossier: Dossier, order_id: str, method: str, amount: str, gateway: str = "pruebas", **changes: Any
    ) -> Order:
        """An order that is begun, under an id of the test's choosing."""
        now = self.app.clock.now()
        plain = Order(
            order_id=order_id,
            client_id=dossier.client_id,
            dossier_id=dossier.dossier_id,
            gateway=gateway,
            method=method,
            amount=Decimal(amount),
            currency="USD",
            at=now,
            place=payments.place_of(now, order_id),
            next_look_at=now,
        )
        order = replace(plain, **changes)
        self.app.store.commit([Create("order", order_id, codec.to_data(order))])
        return order

    def tell(self, order_id: str, state: str, amount: str, notice: str = "", **changes: str) -> Response:
        """A notice of the local gateway, signed. changes: of its body, or `signature`."""
        signature = changes.pop("signature", "")
        said = {"order": order_id, "state": state, "amount": amount, "currency": "USD", "ref": f"T-{order_id}"}
        body = json.dumps({**said, "notice": notice or f"{order_id}-{state}", **changes}).encode()
        signed = signature or hmac.new(SECRET, body, hashlib.sha256).hexdigest()
        return self.send("POST", "/avisos/pruebas", body=body, headers={"X-Gateway-Signature": signed})

    def tell_yappy(self, order_id: str, status: str, **changes: str) -> Response:
        """A notice of Yappy: a GET with its hash. changes: of the query."""
        domain = origin(self.app)
        signed = hmac.new(YAPPY_KEY, f"{order_id}{status}{domain}".encode(), hashlib.sha256).hexdigest()
        query = {"orderId": order_id, "status": status, "hash": signed, "domain": domain, **changes}
        return self.send("GET", f"/avisos/yappy?{urlencode(query)}")

    def send(self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None) -> Response:
        """A request of a program, without cookies or a browser's headers."""
        parts = urlsplit(path)
        builder = EnvironBuilder(
            path=parts.path,
            query_string=parts.query,
            method=method,
            data=body or None,
            headers=dict(headers or {}),
            content_type="application/json" if body else None,
            base_url=origin(self.app),
        )
        return portal.answer(self.app, Request(builder.get_environ()))


def begin(who: Visitor, numbers: tuple[str, ...] = (), amount: str = "", method: str = "tarjeta") -> Response:
    """Choose on the page of payments, confirm what is shown; the answer that leads to the gateway."""
    said = {**{f"item_{number}": "si" for number in numbers}, "amount": amount, "method": method}
    shown = who.send("/pagos", said, action="/pagos")
    return confirm(who, shown)


def confirm(who: Visitor, shown: Response) -> Response:
    """Send the form of the page that says what will be paid."""
    from local.person import forms_of

    form = next(form for form in forms_of(shown.get_data(as_text=True)) if form.action.endswith("/pagos/confirmar"))
    return who.post("/pagos/confirmar", form.fields)


def sent_to(answer: Response) -> dict[str, str]:
    """What the browser takes along to the gateway."""
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["Location"]).query).items()}


__all__ = ["ConflictError", "Counter", "OrderState", "begin", "confirm", "sent_to"]


def put_paid_order(app: PortalApp, dossier: Dossier, order_id: str, settles: Mapping[str, Decimal]) -> None:
    """A payment of ten that was made in the portal and is in the ledger. settles: number -> amount; what is left is credit."""
    amount = Decimal("10.00")
    put_payment(app, dossier.client_id, order_id, app.clock.now().date(), amount, dict(settles))
    Counter(app).put_order(dossier, order_id, "tarjeta", str(amount), state=OrderState.APPLIED, next_look_at=None)
