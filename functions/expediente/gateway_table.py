"""The code behind each kind of gateway, one line a kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from expediente.gateway import Gateway
from expediente.gateway_local import LocalGateway
from expediente.gateway_wompi import WompiGateway
from expediente.gateway_yappy import YappyGateway

if TYPE_CHECKING:
    from expediente.payment_rules import GatewayRule, PaymentRules
    from expediente.settings import Settings

# Gives the secret that a setting points to, b'' when the setting is empty.
Secret = Callable[[str], bytes]


def _local(rule: GatewayRule, currency: str, settings: Settings, secret: Secret) -> Gateway:
    return LocalGateway(rule, currency, settings.gateway_url, secret("gateway_secret"))


def _yappy(rule: GatewayRule, currency: str, settings: Settings, secret: Secret) -> Gateway:
    return YappyGateway(rule, settings.yappy_merchant, secret("yappy_secret"), settings.portal_url)


def _wompi(rule: GatewayRule, currency: str, settings: Settings, secret: Secret) -> Gateway:
    names = ("wompi_integrity", "wompi_events", "wompi_private")
    return WompiGateway(rule, currency, settings.wompi_public_key, *(secret(name) for name in names))


KINDS: dict[str, Callable[[GatewayRule, str, Settings, Secret], Gateway]] = {"local": _local, "yappy": _yappy, "wompi": _wompi}


def gateways(rules: PaymentRules, settings: Settings, secret: Secret) -> dict[str, Gateway]:
    """The gateways of `payments.yaml` by key, as far as this installation has their settings; the others do not exist."""
    found = {rule.key: KINDS[rule.kind](rule, rules.gateway_currency, settings, secret) for rule in rules.gateways}
    return {key: gateway for key, gateway in found.items() if gateway.ready}
