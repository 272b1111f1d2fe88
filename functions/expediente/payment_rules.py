"""The table of payments, `process/payments.yaml`, as typed values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from expediente.findings import Finding, near
from expediente.tables import keyed, typed

FILE = "payments.yaml"
# The code knows these kinds of gateway (`gateway_table.KINDS`), and which addresses each needs.
GATEWAY_KINDS: dict[str, tuple[str, ...]] = {"local": (), "yappy": ("api", "script"), "wompi": ("api", "checkout")}
# Every reason for which the code refuses what was written.
REFUSALS = (
    "nothing",
    "not_an_amount",
    "decimals",
    "zero",
    "negative",
    "too_small",
    "too_large",
    "settled",
    "no_method",
    "too_many",
    "gateway_down",
)


@dataclass(frozen=True)
class Limits:
    """What one payment may be. most_shown: open items on the page; most_open: payments of a client that have not ended."""

    lowest: Decimal
    highest: Decimal
    most_shown: int
    most_open: int


@dataclass(frozen=True)
class Asking:
    """When a gateway is asked for an order. pauses_minutes: between looks, the last one again and again."""

    first_after_minutes: int
    pauses_minutes: tuple[int, ...]
    give_up_after_hours: int
    most_a_minute: int


@dataclass(frozen=True)
class Transfers:
    """How long a transfer that a client announced is waited for. explains: what the client does meanwhile."""

    look_every_minutes: int
    give_up_after_days: int
    explains: str


@dataclass(frozen=True)
class GatewayRule:
    """A gateway. kind: of `GATEWAY_KINDS`; api: its service; checkout: its page; script: its button. '' = its kind has none."""

    key: str
    kind: str
    api: str = ""
    checkout: str = ""
    script: str = ""


@dataclass(frozen=True)
class MethodRule:
    """A way to pay. gateway: key, '' = a transfer that the client makes; takes: what the gateway calls it; settles: when it counts."""

    key: str
    label: str
    help: str
    gateway: str
    settles: str
    takes: str = ""


@dataclass(frozen=True)
class AccountLine:
    """A line of the company's account data."""

    label: str
    value: str


@dataclass(frozen=True)
class AccountWords:
    """What is said beside the account data."""

    check_label: str
    check_help: str
    reference: str
    never: str


@dataclass(frozen=True)
class StateWords:
    """How a payment stands, in words. tone: of the page's notice, '' = plain."""

    label: str
    explains: str
    tone: str = ""


@dataclass(frozen=True)
class PaymentRules:
    """The whole table. account: lines of the company's account data by key; receipt: its labels.

    reviews: reasons for which a person must look at a payment, each with its sentence; review: what the client reads of one.
    """

    gateway_currency: str
    limits: Limits
    asking: Asking
    transfers: Transfers
    account: dict[str, AccountLine]
    account_words: AccountWords
    states: dict[str, StateWords]
    refusals: dict[str, str]
    receipt: dict[str, str]
    reviews: dict[str, str]
    review: StateWords
    gateways: tuple[GatewayRule, ...] = ()
    methods: tuple[MethodRule, ...] = ()

    def gateway(self, key: str) -> GatewayRule | None:
        """The gateway of that key, None = there is none."""
        return next((rule for rule in self.gateways if rule.key == key), None)

    def method(self, key: str) -> MethodRule | None:
        """The way to pay of that key, None = there is none."""
        return next((rule for rule in self.methods if rule.key == key), None)


def payment_rules_of(table: dict[str, Any]) -> PaymentRules:
    """The typed table. :raises ConfigurationError: a block has not the expected shape."""
    keyed_blocks = {
        "gateways": keyed(table["gateways"], GatewayRule, f"{FILE}, gateways"),
        "methods": keyed(table["methods"], MethodRule, f"{FILE}, methods"),
    }
    plain = {name: value for name, value in table.items() if name not in keyed_blocks}
    rules = typed(plain, PaymentRules, FILE)
    return PaymentRules(**{**vars(rules), **keyed_blocks})


RECEIPT = ("title", "client", "ruc", "date", "amount", "method", "reference", "item", "paid", "credit", "foot")


def problems(rules: PaymentRules, states: set[str]) -> Iterator[Finding]:
    """What contradicts itself in the table. states: of an order, as the code knows them."""
    for gateway in rules.gateways:
        if gateway.kind not in GATEWAY_KINDS:
            yield Finding(
                FILE,
                f"gateways, {gateway.key}",
                gateway.kind,
                "esa clase de pasarela no existe",
                near(gateway.kind, GATEWAY_KINDS),
            )
        for name in GATEWAY_KINDS.get(gateway.kind, ()):
            if not getattr(gateway, name).startswith("https://"):
                yield Finding(FILE, f"gateways, {gateway.key}, {name}", "", "falta una dirección https", "Escríbala completa.")
    known = [rule.key for rule in rules.gateways]
    for method in rules.methods:
        if method.gateway and method.gateway not in known:
            yield Finding(
                FILE,
                f"methods, {method.key}, gateway",
                method.gateway,
                "la pasarela no está en gateways",
                near(method.gateway, known),
            )
    if not 0 < rules.limits.lowest <= rules.limits.highest:
        yield Finding(
            FILE, "limits", str(rules.limits.lowest), "lowest debe ser mayor que cero y no pasar de highest", "Cambie uno."
        )
    for name in sorted(states ^ set(rules.states)):
        yield Finding(FILE, "states", name, "los estados no son los de un pago", "Deje exactamente los que conoce el programa.")
    for name in sorted(set(REFUSALS) ^ set(rules.refusals)):
        yield Finding(
            FILE, "refusals", name, "las razones no son las del programa", "Deje exactamente las que conoce el programa."
        )
    for name in sorted(set(RECEIPT) ^ set(rules.receipt)):
        yield Finding(FILE, "receipt", name, "los rótulos no son los del recibo", "Deje exactamente los que conoce el programa.")
