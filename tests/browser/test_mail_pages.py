"""Mail on the desk: reading, answering, passing on, drafts, labels, search; and that a hostile mail does nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.desk_kit import CLIENT, PDF, Scene, address, post

Opener = Callable[..., Page]
WIDTHS = pytest.mark.parametrize("width", [1280, 360])
SUBJECT = "Ferretería El Roble: confirme su parte"


def first(page: Page, subject: str) -> None:
    """Open the conversation of that subject."""
    page.locator(".threads").get_by_role("link", name=subject).click()


@WIDTHS
def test_answer_goes_into_the_conversation(open_as: Opener, width: int) -> None:
    """The client answers; the quoted mail stands below, and the company finds the answer in its inbox."""
    page = open_as(CLIENT, "/desk/mail", width)
    first(page, "Bienvenidos a Blindados Demo")
    page.get_by_role("link", name="Responder", exact=True).click()
    box = page.locator("textarea[name=body]")
    assert "> Estimado cliente:" in box.input_value()
    box.fill("Gracias.\n" + box.input_value())
    page.get_by_role("button", name="Enviar").click()
    expect(page.locator(".letter")).to_have_count(2)
    other = open_as("bienvenida", "/desk/mail", width)
    first(other, "Re: Bienvenidos a Blindados Demo")
    expect(other.locator(".mail-text").last).to_contain_text("Gracias.")


def test_mail_is_passed_on_with_its_attachment(open_as: Opener) -> None:
    """«Reenviar» takes text and files along, and a file of one's own beside them."""
    page = open_as(CLIENT, "/desk/mail")
    first(page, "Bienvenidos a Blindados Demo")
    page.get_by_role("link", name="Reenviar").click()
    page.get_by_role("textbox", name="Para", exact=True).fill(address("cartera.uno"))
    page.locator("input[type=file]").set_input_files({"name": "Nota.txt", "mimeType": "text/plain", "buffer": b"hola"})
    expect(page.locator(".files")).to_contain_text("Nota.txt")
    page.get_by_role("button", name="Enviar").click()
    other = open_as("cartera.uno", "/desk/mail")
    first(other, "Fwd: Bienvenidos a Blindados Demo")
    with other.expect_download() as waiting:
        other.get_by_role("link", name="Bienvenida.pdf").click()
    assert waiting.value.path().read_bytes() == PDF
    expect(other.get_by_role("link", name="Nota.txt")).to_be_visible()


def test_draft_waits_and_is_sent(open_as: Opener) -> None:
    """What was kept is found under Borradores, goes on, and is gone from there once it was sent."""
    page = open_as("cartera.uno", "/desk/mail/write")
    page.get_by_label("Asunto").fill("Pendiente")
    page.get_by_role("button", name="Guardar borrador").click()
    first(page, "Pendiente")
    page.get_by_role("textbox", name="Para", exact=True).fill(address("cartera.dos"))
    page.locator("textarea[name=body]").fill("Listo.")
    page.get_by_role("button", name="Enviar").click()
    expect(page.get_by_role("status")).to_contain_text("El mensaje se envió.")
    page.get_by_role("link", name="Borradores").click()
    expect(page.get_by_text("No hay borradores.")).to_be_visible()
    other = open_as("cartera.dos", "/desk/mail")
    first(other, "Pendiente")
    expect(other.locator(".mail-text")).to_have_text("Listo.")


def test_mail_without_addressee_is_not_sent(open_as: Opener) -> None:
    """The refusal says what is missing."""
    page = open_as("cartera.uno", "/desk/mail/write")
    page.get_by_role("button", name="Enviar").click()
    expect(page.get_by_text("Escriba al menos una dirección de correo en «Para».")).to_be_visible()


@WIDTHS
def test_conversation_is_starred_labelled_archived_and_thrown_away(open_as: Opener, width: int) -> None:
    """Each deed moves it to where people look for it."""
    page = open_as("seguridad.uno", "/desk/mail", width)
    first(page, SUBJECT)
    page.get_by_role("button", name="Destacar").click()
    page.locator("summary[title=Etiquetas]").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_label("Etiqueta nueva").fill("Urgente")
    page.get_by_role("button", name="Crear").click()
    expect(page.locator(".subject-line .tag")).to_have_text("Urgente")
    page.get_by_role("button", name="Archivar").click()
    expect(page.get_by_text("Su bandeja está vacía.")).to_be_visible()
    for place in ("Destacados", "Urgente"):
        page.get_by_role("navigation", name="Carpetas de correo").get_by_role("link", name=place).click()
        expect(page.locator(".threads")).to_contain_text(SUBJECT)
    first(page, SUBJECT)
    page.get_by_role("button", name="Mover a la papelera").click()
    page.get_by_role("link", name="Papelera").click()
    first(page, SUBJECT)
    page.get_by_role("button", name="Sacar de la papelera").click()
    expect(page.get_by_role("status")).to_contain_text("salió de la papelera")


def test_search_speaks_the_language_of_gmail(open_as: Opener, scene: Scene) -> None:
    """`has:attachment` and `from:` find what they find at Google."""
    post(scene.emulator, "notificaciones", CLIENT, "Sin adjunto", "x", "<p>x</p>")
    page = open_as(CLIENT, "/desk/mail")
    page.get_by_label("Buscar correo").fill("has:attachment")
    page.keyboard.press("Enter")
    expect(page.locator(".threads li")).to_have_count(1)
    page.get_by_label("Buscar correo").fill("from:notificaciones")
    page.keyboard.press("Enter")
    expect(page.locator(".threads")).to_contain_text("Sin adjunto")


def test_hostile_mail_runs_loads_and_sends_nothing(open_as: Opener, scene: Scene) -> None:
    """Scripts, handlers, frames, forms, styles and pictures from outside: the page stays as it is and asks nobody.

    `open_as` fails the test at any request to elsewhere.
    """
    html = """<script>parent.document.title='roto'</script><img src=x onerror="parent.document.title='roto'">
<iframe src="http://evil.invalid/"></iframe><form action="http://evil.invalid/"><button>Premio</button></form>
<style>@import url(http://evil.invalid/a.css); body{background:url(http://evil.invalid/b.png)}</style>
<link rel=stylesheet href="http://evil.invalid/c.css"><meta http-equiv="refresh" content="0;url=http://evil.invalid/">
<svg onload="parent.document.title='roto'"></svg><object data="http://evil.invalid/"></object>
<table background="http://evil.invalid/d.png"><tr><td>x</td></tr></table><img srcset="http://evil.invalid/e.png 2x">
<a href="javascript:parent.document.title='roto'">pulse</a><p>final</p>"""
    post(scene.emulator, "notificaciones", CLIENT, "<b>Hostil</b>", "texto <b>", html)
    page = open_as(CLIENT, "/desk/mail")
    first(page, "<b>Hostil</b>")
    frame = page.frame_locator(".mail-frame")
    expect(frame.get_by_text("final")).to_be_visible()
    frame.get_by_role("button", name="Premio").click()
    frame.get_by_role("link", name="pulse").click(no_wait_after=True)
    page.wait_for_timeout(300)
    expect(page).to_have_title("<b>Hostil</b>")
    assert page.url.startswith(scene.emulator.url)


def test_mail_appears_in_the_open_inbox_by_itself(open_as: Opener, scene: Scene) -> None:
    """Nobody reloads: the line, the count and the mark on the application come by themselves."""
    page = open_as("cartera.dos", "/desk/mail")
    expect(page.get_by_text("Su bandeja está vacía.")).to_be_visible()
    post(scene.emulator, "notificaciones", address("cartera.dos"), "Llegó ahora", "x", "<p>x</p>")
    expect(page.locator(".threads")).to_contain_text("Llegó ahora", timeout=6000)
    expect(page.get_by_role("navigation", name="Aplicaciones").locator(".badge")).to_have_text("1")
