"""Pictures of the portal: a client with overdue invoices enters, asks Eva, is refused a paz y salvo, pays, and has a document issued."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import Page

from local.accounts import Clients
from local.cases import Case
from local.cast import Cast
from local.portal_client import PortalClient

if TYPE_CHECKING:
    from typing import Any

    from local.pictures import Camera


_BESIDE = "body{margin:0;display:flex;gap:25px;padding:20px;width:1160px} img{border-radius:8px}"


def portal(camera: Camera, case: Case, account: dict[str, Any], cut_off: str, readme: Path) -> None:
    """The client is active and its account imported; then its contact goes through the three sections. readme: the picture of the README."""
    clients = Clients(camera.stack, Cast.load())
    clients.activate(account["caso"], case)
    camera.stack.set_clock(datetime.fromisoformat(f"{cut_off}T10:00:00-05:00"))
    clients.drop([account])
    client = clients.client(account["caso"])
    _take(camera, client, "enter", "/entrar")
    client.enter()
    _take(camera, client, "home", "/")
    _take(camera, client, "eva", "/eva", _says("¿Cuánto debo y desde cuándo?"))
    _take(camera, client, "eva-menu", "/eva", _opens_menu)
    _take(camera, client, "documents", "/documentos")
    _take(camera, client, "refused", "/documentos/pedir/paz_y_salvo", _sends)
    _take(camera, client, "invoices", "/facturas")
    _take(camera, client, "invoice", f"/facturas/{account['facturas'][0]['numero']}")
    _take(camera, client, "pay", "/pagos")
    _take(camera, client, "means", "/pagos/medios")
    _take(camera, client, "requests", "/solicitudes")
    _take(camera, client, "help", "/ayuda")
    _issued(camera, client)
    readme.write_bytes(_on_a_telephone(camera, client))


def _issued(camera: Camera, client: PortalClient) -> None:
    page = client.fill("/documentos/pedir/estado_de_cuenta", {}, "/estado_de_cuenta")
    _take(camera, client, "issued", page.url)
    _take(camera, client, "verify", f"/verificar/{page.url.rpartition('/')[2]}")


def _on_a_telephone(camera: Camera, client: PortalClient) -> bytes:
    """Three screens of a telephone beside each other."""
    camera.inside = client
    shown = []
    for path in ("/", "/eva", "/pagos"):
        with camera.page(client.address, client.url + path, 360, phone=True) as page:
            shown.append(base64.b64encode(page.screenshot()).decode())
    images = "".join(f'<img src="data:image/png;base64,{one}">' for one in shown)
    camera.inside = None
    page = camera.browser.new_page(viewport={"width": 1200, "height": 800})
    page.set_content(f"<style>{_BESIDE}</style>{images}")
    page.wait_for_timeout(150)
    return page.locator("body").screenshot()


def _take(camera: Camera, client: PortalClient, name: str, path: str, act: Callable[[Page], None] | None = None) -> None:
    camera.inside = client
    camera.take(f"portal-{name}", client.address, path if "://" in path else client.url + path, act)
    camera.inside = None


def _says(text: str) -> Callable[[Page], None]:
    def act(page: Page) -> None:
        page.fill("#text", text)
        page.click("form.write button")
        page.wait_for_load_state("load")

    return act


def _opens_menu(page: Page) -> None:
    page.evaluate("document.querySelector('details.menu').open = true")


def _sends(page: Page) -> None:
    page.click("main form button")
    page.wait_for_load_state("load")
