"""R113 in Chromium: the whole way from the invoice to the receipt, led by the pages and their policies, at both widths."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from expediente.gateway_local import LocalGateway
from tests.local_workspace import ROOT
from tests.portal.payment_kit import SECRET
from tests.portal.portal_kit import PortalApp, serving


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[str]:
    """The gateway of demonstrations, a process of its own; its address."""
    secret = tmp_path / "secret"
    secret.write_bytes(SECRET)
    command = [sys.executable, "-m", "local.gateway", "--secret-file", str(secret)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())["url"]
        process.terminate()


@pytest.fixture
def portal(tmp_path: Path, gateway: str) -> Iterator[PortalApp]:
    """The portal over HTTP, before that gateway."""
    with serving(tmp_path) as app:
        rule = app.process.payments.gateway("pruebas")
        assert rule is not None
        app.__dict__["gateways"] = {"pruebas": LocalGateway(rule, "USD", gateway, SECRET)}
        yield app


@pytest.mark.parametrize("width", [1280, 360])
def test_r113_the_way_to_the_gateway_and_back_in_a_browser(
    chromium: Browser, portal: PortalApp, gateway: str, width: int
) -> None:
    """Mark an invoice, continue, confirm, pay at the gateway's own host, come back: paid, with no refusal of the browser on the way."""
    who = portal.entered(portal.add_client("C13"))
    context = chromium.new_context(viewport={"width": width, "height": 800}, java_script_enabled=False)
    context.add_cookies([{"name": key, "value": value, "url": portal.settings.portal_url} for key, value in who.cookies.items()])
    tab = context.new_page()
    refused: list[str] = []
    tab.on("console", lambda said: refused.append(said.text))
    tab.goto(f"{portal.settings.portal_url}/pagos")
    tab.check("input[name='f_item_FE-0000170']")
    tab.check("input[value=tarjeta]")
    tab.click("text=Continuar")
    tab.click("text=Ir a pagar")
    assert tab.url.startswith(f"{gateway}/pagar")
    tab.check("input[value=credit]")
    tab.fill("#number", "4111 1111 1111 1111")
    tab.click("button[value=pay]")
    assert tab.url.startswith(f"{portal.settings.portal_url}/pagos/")
    tab.wait_for_selector("text=Aplicado", timeout=15_000)
    assert "FE-0000170" in tab.content() and not refused
    tab.goto(f"{portal.settings.portal_url}/pagos")
    assert tab.locator("input[name='f_item_FE-0000170']").count() == 0
    context.close()
