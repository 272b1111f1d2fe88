"""Asking for access, starring and emptying the trash on the desk, and how it looks inside another page."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.desk_kit import BOT, Scene, address, grant

Opener = Callable[..., Page]


@pytest.mark.parametrize("width", [1280, 360])
def test_access_is_asked_for_and_given(open_as: Opener, scene: Scene, width: int) -> None:
    """Who meets a closed folder asks with a message; the administrator reads it beside the shares and gives the access."""
    grant(scene.emulator.service("drive", "v3", BOT), scene.drive_id, "administrador", "organizer")
    seller = open_as("vendedora.dos", f"/desk/drive/folder/{scene.legal}", width)
    seller.get_by_label("Mensaje para quien puede dar acceso").fill("Debo revisar el contrato.")
    seller.get_by_role("button", name="Solicitar acceso").click()
    expect(seller.get_by_role("status")).to_contain_text("Se envió la solicitud")
    keeper = open_as("administrador", f"/desk/share/{scene.legal}", width)
    expect(keeper.get_by_text("«Debo revisar el contrato.»")).to_be_visible()
    keeper.get_by_role("button", name="Dar acceso de Lector").click()
    expect(keeper.get_by_role("heading", name="Piden acceso")).to_have_count(0)
    seller.goto(f"{scene.emulator.url}/desk/drive/folder/{scene.legal}")
    expect(seller.get_by_text("Esta carpeta está vacía.")).to_be_visible()


def test_request_is_denied(open_as: Opener, scene: Scene) -> None:
    """A request that is turned down is gone, and the folder stays closed."""
    grant(scene.emulator.service("drive", "v3", BOT), scene.drive_id, "administrador", "organizer")
    seller = open_as("vendedora.dos", f"/desk/drive/folder/{scene.legal}")
    seller.get_by_role("button", name="Solicitar acceso").click()
    keeper = open_as("administrador", f"/desk/share/{scene.legal}")
    keeper.get_by_role("button", name="Rechazar").click()
    expect(keeper.get_by_role("heading", name="Piden acceso")).to_have_count(0)
    seller.goto(f"{scene.emulator.url}/desk/drive/folder/{scene.legal}")
    expect(seller.get_by_role("button", name="Solicitar acceso")).to_be_visible()


def test_nothing_is_asked_for_where_there_is_nothing(open_as: Opener, scene: Scene) -> None:
    """An address that holds no item offers no request."""
    page = open_as("vendedora.dos", "/desk/drive/folder/no-existe")
    expect(page.get_by_role("heading", name="No lo encontramos")).to_be_visible()
    expect(page.get_by_role("button", name="Solicitar acceso")).to_have_count(0)


def test_star_is_kept_for_one_person(open_as: Opener, scene: Scene) -> None:
    """What one person stars is in her list and not in somebody else's."""
    page = open_as("encargado.uno", f"/desk/drive/folder/{scene.legal}")
    page.get_by_role("button", name="Destacar", exact=True).click()
    page.get_by_role("link", name="Destacados").click()
    expect(page.locator(".listing")).to_contain_text("01 Legal")
    other = open_as("encargado.dos", "/desk/drive/starred")
    expect(other.get_by_text("Todavía no hay nada destacado.")).to_be_visible()
    page.goto(f"{scene.emulator.url}/desk/drive/folder/{scene.legal}")
    page.get_by_role("button", name="Quitar de destacados").click()
    page.goto(f"{scene.emulator.url}/desk/drive/starred")
    expect(page.get_by_text("Todavía no hay nada destacado.")).to_be_visible()


def test_trash_is_emptied_after_a_question(open_as: Opener, scene: Scene) -> None:
    """«Vaciar papelera» asks first and then deletes what was in the trash of My Drive."""
    path = "/drive/v3/files"
    made = scene.emulator.raw("POST", path, address("encargado.uno"), json={"name": "Borrador"}).json()["id"]
    scene.emulator.raw("PATCH", f"{path}/{made}", address("encargado.uno"), json={"trashed": True})
    page = open_as("encargado.uno", "/desk/drive/trash")
    asked: list[str] = []
    page.once("dialog", lambda dialog: (asked.append(dialog.message), dialog.accept()))
    page.get_by_role("button", name="Vaciar papelera").click()
    expect(page.get_by_role("status")).to_contain_text("está vacía")
    assert "para siempre" in asked[0]
    assert scene.emulator.raw("GET", f"{path}/{made}", address("encargado.uno")).status_code == 404


def test_form_opens_at_the_question_of_its_link(open_as: Opener, scene: Scene) -> None:
    """`#entry.N` goes to the section of that question by the way of the answers, points at it, and Atrás leads back."""
    name, person, dv = scene.entry("Nombre del cliente"), scene.entry("Tipo de persona"), scene.entry("DV")
    page = open_as("vendedora.uno", f"/desk/form/{scene.form}?{name}=Ana&{person}=Jurídica&{dv}=7#{dv}")
    card = page.locator(".q.asked")
    expect(card).to_contain_text("DV")
    expect(card).to_be_in_viewport()
    expect(card.get_by_role("textbox")).to_have_value("7")
    page.get_by_role("button", name="Atrás").click()
    expect(page.get_by_role("textbox", name="Nombre del cliente")).to_be_visible()


def test_inside_another_page_only_the_thing_itself_is_drawn(open_as: Opener, scene: Scene) -> None:
    """In a frame the mail has no search and no list of folders beside it, and still says in whose name one looks."""
    page = open_as("vendedora.uno", "/desk/mail")
    page.evaluate("document.body.innerHTML = '<iframe src=\"/desk/mail\" width=700 height=600></iframe>'")
    inner = page.frame_locator("iframe")
    expect(inner.locator(".pane")).to_be_visible()
    expect(inner.get_by_role("search")).to_be_hidden()
    expect(inner.locator(".side")).to_be_hidden()
    expect(inner.locator(".me-text b")).to_be_visible()
    expect(inner.get_by_text("Imitación local; en producción es Google Gmail")).to_be_visible()
