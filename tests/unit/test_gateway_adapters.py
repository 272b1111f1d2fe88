"""Yappy and Wompi against a server that behaves as their published rules say, and against notices of the shapes that they publish."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from expediente.gateway import GatewayError, NoticeRefusedError, OrderTakenError, Received, StartKind
from expediente.gateway_table import KINDS, gateways
from expediente.gateway_wompi import WompiGateway
from expediente.gateway_yappy import YappyGateway
from expediente.payment_rules import GATEWAY_KINDS, GatewayRule, MethodRule
from expediente.portal_data import Order, OrderState
from expediente.settings import Settings
from tests.unit.page_kit import the_process

SITE = "https://clientes.example.com"
KEY = b"YP_9C2A1B70-5D11"
SECRET = base64.b64encode(KEY + b".352eef93-0000-4000-8000-3915d9e27236")
INTEGRITY, EVENTS, PRIVATE = (
    b"prod_integrity_de_ejemplo_largo_000",
    b"prod_events_de_ejemplo_largo_00000",
    b"prv_prod_de_ejemplo_largo_000000",
)
METHOD = MethodRule("m", "M", "h", "g", "s", "card")
NOW = datetime(2027, 6, 30, tzinfo=UTC)


def order(order_id: str = "C02FE0000210A01", amount: str = "2889.00") -> Order:
    """An order that is about to begin."""
    return Order(order_id, "CLI-1", "EXP-1", "g", "m", Decimal(amount), "USD", NOW, "1")


class Server:
    """Yappy's two calls and Wompi's transactions. calls: (path, headers, body); fails: status for everything, 0 = none."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, str], Any]] = []
        self.taken: set[str] = set()
        self.transactions: list[dict[str, Any]] = []
        self.fails = 0
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer(None)

            def do_POST(self) -> None:
                self._answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

            def _answer(self, body: Any) -> None:
                server.calls.append((self.path, dict(self.headers), body))
                status, told = (server.fails, {}) if server.fails else server.answer(self.path, dict(self.headers), body)
                data = json.dumps(told).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, format: str, *args: Any) -> None:
                """Nothing."""

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def answer(self, path: str, headers: dict[str, str], body: Any) -> tuple[int, Any]:
        """What the service says."""
        parts = urlsplit(path)
        if parts.path == "/payments/validate/merchant":
            return 200, {"status": {"code": "YP-0000"}, "body": {"token": "t-1", "epochTime": 1_814_313_600}}
        if parts.path == "/payments/payment-wc":
            if headers.get("Authorization") != "t-1":
                return 401, {"status": {"code": "E401"}}
            if body["orderId"] in self.taken:
                return 400, {"status": {"code": "E006"}}
            self.taken.add(body["orderId"])
            return 200, {"status": {"code": "YP-0000"}, "body": {"transactionId": "x-1", "token": "w-1", "documentName": "d-1"}}
        if parts.path == "/transactions":
            wanted = parse_qs(parts.query)["reference"][0]
            return 200, {"data": [row for row in self.transactions if row["reference"] == wanted]}
        found = [row for row in self.transactions if parts.path == f"/transactions/{row['id']}"]
        return (200, {"data": found[0]}) if found else (404, {"error": {"type": "NOT_FOUND_ERROR"}})


@pytest.fixture
def server() -> Iterator[Server]:
    """A server that behaves as the gateways do."""
    server = Server()
    yield server
    server.http.shutdown()
    server.http.server_close()


# --- Yappy ---------------------------------------------------------------------------------------------------------------------


def yappy(server: Server) -> YappyGateway:
    """The adapter before that server."""
    rule = GatewayRule("yappy", "yappy", server.url, "", "https://bt-cdn.example.com/boton.js")
    return YappyGateway(rule, "COMERCIO-1", SECRET, f"{SITE}/portal")


def ipn(status: str = "E", domain: str = SITE, key: bytes = KEY, **changes: str) -> Received:
    """A notice of Yappy in the shape of its documentation."""
    signed = hmac.new(key, f"C02FE0000210A01{status}{domain}".encode(), hashlib.sha256).hexdigest()
    query = {"orderId": "C02FE0000210A01", "status": status, "hash": signed, "domain": domain, "confirmationNumber": "AB-12"}
    return Received("GET", {**query, **changes}, {}, b"")


def test_yappy_is_believed_whatever_way_it_writes_our_domain(server: Server) -> None:
    """With or without scheme and www: the hash covers what it wrote."""
    for domain in ("portal.example.com", "https://www.portal.example.com"):
        assert yappy(server).read_notice(ipn(domain=domain)).state is OrderState.APPLIED


def test_yappy_begins_with_a_token_and_amounts_as_text(server: Server) -> None:
    """Validate the merchant, make the order with its token; the button gets what the web component needs."""
    start = yappy(server).start(order(), METHOD, f"{SITE}/pagos/x", f"{SITE}/avisos/yappy")
    (_, _, asked), (_, headers, made) = server.calls
    assert asked == {"merchantId": "COMERCIO-1", "urlDomain": SITE}
    assert (headers["Authorization"], made["total"], made["orderId"], made["domain"]) == (
        "t-1",
        "2889.00",
        "C02FE0000210A01",
        SITE,
    )
    assert made["ipnUrl"] == f"{SITE}/avisos/yappy" and made["paymentDate"] == 1_814_313_600
    assert start.kind is StartKind.BUTTON
    assert {name: start.fields[name] for name in ("transactionId", "token", "documentName")} == {
        "transactionId": "x-1",
        "token": "w-1",
        "documentName": "d-1",
    }


def test_yappy_says_that_an_order_id_was_used(server: Server) -> None:
    """Its code for a repeated order is told apart from a failure, for then another order is begun."""
    gateway = yappy(server)
    gateway.start(order(), METHOD, SITE, SITE)
    with pytest.raises(OrderTakenError):
        gateway.start(order(), METHOD, SITE, SITE)


@pytest.mark.parametrize("status", [500, 503, 403])
def test_yappy_that_fails_begins_nothing(server: Server, status: int) -> None:
    """Whatever it answers but its own success is no beginning."""
    server.fails = status
    with pytest.raises(GatewayError):
        yappy(server).start(order(), METHOD, SITE, SITE)


@pytest.mark.parametrize(
    ("status", "state"),
    [("E", OrderState.APPLIED), ("R", OrderState.REJECTED), ("C", OrderState.CANCELLED), ("X", OrderState.EXPIRED)],
)
def test_yappy_tells_the_four_ends(server: Server, status: str, state: OrderState) -> None:
    """Executed, rejected, cancelled, expired, each with a hash over order, status and domain."""
    notice = yappy(server).read_notice(ipn(status))
    assert (notice.order_id, notice.state, notice.amount, notice.gateway_ref) == ("C02FE0000210A01", state, None, "")


@pytest.mark.parametrize(
    ("received", "reason"),
    [
        (ipn(hash="0" * 64), "firma_invalida"),
        (ipn(hash=""), "firma_invalida"),
        (ipn(hash="ñandú"), "firma_invalida"),
        (ipn(key=SECRET), "firma_invalida"),
        (ipn(orderId="C02FE0000210A02"), "firma_invalida"),
        (Received("GET", {**ipn("R").query, "status": "E"}, {}, b""), "firma_invalida"),
        (ipn("Z"), "aviso_ilegible"),
        (Received("GET", {}, {}, b""), "firma_invalida"),
    ],
)
def test_yappy_is_not_believed_without_its_hash(server: Server, received: Received, reason: str) -> None:
    """Another hash, order or status is refused with its reason."""
    with pytest.raises(NoticeRefusedError) as refused:
        yappy(server).read_notice(received)
    assert refused.value.reason == reason


# --- Wompi ---------------------------------------------------------------------------------------------------------------------


def wompi(server: Server, private: bytes = PRIVATE) -> WompiGateway:
    """The adapter before that server."""
    rule = GatewayRule("wompi", "wompi", server.url, "https://checkout.example.com/p/")
    return WompiGateway(rule, "COP", "pub_prod_ejemplo", INTEGRITY, EVENTS, private)


def transaction(status: str = "APPROVED", reference: str = "C02FE0000210A01", cents: Any = 288900) -> dict[str, Any]:
    """A transaction as Wompi shows it."""
    return {
        "id": "01-1532941443-49201",
        "amount_in_cents": cents,
        "reference": reference,
        "customer_email": "cliente@example.com",
        "currency": "COP",
        "payment_method_type": "CARD",
        "status": status,
    }


def event(told: dict[str, Any], properties: tuple[str, ...] = ("id", "status", "amount_in_cents"), **changes: Any) -> Received:
    """An event in the shape of Wompi's documentation, with its checksum."""
    values = "".join(str(told[name]) for name in properties)
    checksum = hashlib.sha256(f"{values}1530291411".encode() + EVENTS).hexdigest()
    body = {
        "event": "transaction.updated",
        "data": {"transaction": {**told, **changes}},
        "environment": "prod",
        "signature": {"properties": [f"transaction.{name}" for name in properties], "checksum": checksum.upper()},
        "timestamp": 1530291411,
        "sent_at": "2018-07-20T16:45:05.000Z",
    }
    return Received("POST", {}, {}, json.dumps(body).encode())


def test_wompi_begins_with_a_signed_address(server: Server) -> None:
    """The checkout's address has amount in cents and the integrity signature over reference, amount, currency and secret."""
    start = wompi(server).start(order(), METHOD, f"{SITE}/pagos/x", "")
    said = {name: values[0] for name, values in parse_qs(urlsplit(start.address).query).items()}
    signed = hashlib.sha256(b"C02FE0000210A01288900COP" + INTEGRITY).hexdigest()
    assert (said["amount-in-cents"], said["reference"], said["signature:integrity"]) == ("288900", "C02FE0000210A01", signed)
    assert start.address.startswith("https://checkout.example.com/p/?") and not server.calls
    assert INTEGRITY.decode() not in start.address


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("APPROVED", OrderState.APPLIED),
        ("DECLINED", OrderState.REJECTED),
        ("ERROR", OrderState.REJECTED),
        ("VOIDED", OrderState.CANCELLED),
        ("PENDING", OrderState.PENDING),
    ],
)
def test_wompi_tells_its_states(server: Server, status: str, state: OrderState) -> None:
    """Each status of an event is one of ours, with amount, currency and the transaction's id."""
    server.transactions = [transaction(status)]
    notice = wompi(server).read_notice(event(transaction(status)))
    assert (notice.state, notice.amount, notice.currency, notice.gateway_ref) == (
        state,
        Decimal("2889.00"),
        "COP",
        "01-1532941443-49201",
    )


@pytest.mark.parametrize(
    ("received", "reason"),
    [
        (event(transaction(), status="DECLINED"), "firma_invalida"),
        (event(transaction(), amount_in_cents=100), "firma_invalida"),
        (event(transaction(), properties=("id",)), "firma_invalida"),
        (event(transaction(), reference="C13FE0000120B01"), "referencia_no_coincide"),
        (event(transaction("STRANGE")), "aviso_ilegible"),
        (event(transaction(cents="288900")), "aviso_ilegible"),
        (event(transaction(cents=True)), "aviso_ilegible"),
        (Received("POST", {}, {}, b"{}"), "aviso_ilegible"),
        (Received("POST", {}, {}, b"no"), "aviso_ilegible"),
        (
            Received("POST", {}, {}, b'{"signature": {"properties": [1], "checksum": 5}, "data": {}, "timestamp": 1}'),
            "aviso_ilegible",
        ),
    ],
)
def test_wompi_is_not_believed_without_its_checksum(server: Server, received: Received, reason: str) -> None:
    """A changed status or amount breaks the checksum; a changed reference, which it does not cover, is read again from the service."""
    server.transactions = [transaction()]
    with pytest.raises(NoticeRefusedError) as refused:
        wompi(server).read_notice(received)
    assert refused.value.reason == reason


def test_wompi_is_asked_by_reference_and_an_approval_counts_first(server: Server) -> None:
    """Of several tries of one reference the approved one is the answer; another reference is none; without the key nothing is asked."""
    server.transactions = [transaction("DECLINED"), transaction("APPROVED"), transaction("APPROVED", "OTRA")]
    notice = wompi(server).ask(order())
    assert notice is not None and notice.state is OrderState.APPLIED
    assert server.calls[-1][1]["Authorization"] == f"Bearer {PRIVATE.decode()}"
    assert wompi(server).ask(order("NADA00000000000")) is None
    asked = len(server.calls)
    assert wompi(server, b"").ask(order()) is None and len(server.calls) == asked


def test_wompi_that_does_not_answer_is_asked_later(server: Server) -> None:
    """No answer, or a failure, is no word about the payment."""
    server.fails = 502
    with pytest.raises(GatewayError):
        wompi(server).ask(order())
    server.transactions, server.fails = [], 500
    with pytest.raises(GatewayError):
        wompi(server).read_notice(event(transaction()))


# --- which there are -----------------------------------------------------------------------------------------------------------


def test_every_kind_of_the_table_has_its_code() -> None:
    """What payments.yaml may name, the code knows."""
    assert set(KINDS) == set(GATEWAY_KINDS)


def test_a_gateway_without_its_settings_does_not_exist() -> None:
    """Only gateways whose settings are there are offered."""
    plain = {"project_id": "p", "service_account": "a@p.iam.gserviceaccount.com", "portal_url": SITE}
    rules, secrets = the_process().payments, {"yappy_secret": SECRET, "gateway_secret": b"x" * 32}
    found = [
        set(gateways(rules, Settings(**plain, **said), lambda name: secrets.get(name, b"")))  # type: ignore[arg-type]
        for said in ({}, {"gateway_url": "http://127.0.0.1:1"}, {"yappy_merchant": "C-1"}, {"wompi_public_key": "pub"})
    ]
    assert found == [set(), {"pruebas"}, {"yappy"}, set()]
