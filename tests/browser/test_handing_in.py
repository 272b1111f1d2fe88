"""The page Entregar documentos in a real browser, on a phone and on a desk, with its script and without."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
import yaml
from playwright.sync_api import Browser, BrowserContext, FilePayload, Page, expect

from local.cast import Cast
from local.gate import COOKIE
from local.stack import Stack
from local.tables import ROOT
from local.travel import Travel
from tests.browser.test_everybody_can_use_it import FAINT, NAMELESS, SMALL

PHONE, DESK = 360, 1280
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF ficticia\xff\xd9"
MEGABYTE = 1024 * 1024

Opened = Callable[..., Page]


@pytest.fixture(scope="module")
def way(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Travel]:
    """A client whose papers are to be brought, on a stack of its own."""
    cases = yaml.safe_load((ROOT / "tests" / "data" / "sample_cases.yaml").read_text(encoding="utf-8"))["casos"]
    case = copy.deepcopy(next(one for one in cases if one["id"] == "C02"))
    log: Path = tmp_path_factory.mktemp("delivery") / "serve.log"
    with Stack.start(log=log, now="2026-03-02T09:00:00-05:00") as stack:
        made = Travel(stack, Cast.load(), case)
        made.submit()
        assert made.find()
        yield made


@pytest.fixture
def opened(way: Travel, chromium: Browser) -> Iterator[Opened]:
    """`opened(width, script=True)`: the page as the vendedora sees it. An error of a script, or what the policy stops, fails the test."""
    contexts: list[BrowserContext] = []
    troubles: list[str] = []

    def opener(width: int, *, script: bool = True) -> Page:
        phone = width < 600
        context = chromium.new_context(
            viewport={"width": width, "height": 740}, locale="es-PA", is_mobile=phone, has_touch=phone, java_script_enabled=script
        )
        contexts.append(context)
        gate = way.stack.ready["page"]
        context.add_cookies([{"name": COOKIE, "value": quote(way.vendedora.address), "url": gate}])
        page = context.new_page()
        page.on("pageerror", lambda error: troubles.append(str(error)))
        # A refusal that the page shows is told by the browser too; what the policy stops is not.
        page.on("console", lambda said: "Security Policy" in said.text and troubles.append(said.text))
        page.on("request", lambda asked: asked.url.startswith(gate) or troubles.append(asked.url))
        page.goto(f"{gate}/entregar/{way.dossier_id}")
        return page

    yield opener
    for context in contexts:
        context.close()
    assert not troubles, troubles


def photo(name: str, content: bytes = JPEG) -> FilePayload:
    """A file as a person chooses it."""
    return {"name": name, "mimeType": "image/jpeg", "buffer": content}


def in_drive(way: Travel, title: str) -> list[str]:
    """What the Encargado finds in the delivery folder for a paper."""
    way.stack.settle()
    way.stack.look()
    return [item["name"] for item in way.encargado.children(way.delivery_folder()) if item["name"].startswith(f"{title} ")]


def test_a_photo_is_delivered_from_a_phone(way: Travel, opened: Opened) -> None:
    """One touch and the photo is on its way; the page says that it came and what is missing, without being loaded anew."""
    page = opened(PHONE)
    page.evaluate("window.stays = true")
    paper = page.locator("section.paper", has_text="Registro Público")
    camera = paper.get_by_label("Tomar foto de Registro Público")
    assert camera.get_attribute("capture") == "environment" and camera.get_attribute("accept") == "image/*"
    camera.set_input_files(photo("IMG_1.jpg"))
    expect(page.get_by_text("Llegó: Registro Público")).to_be_visible()
    expect(page.locator("#envio")).to_contain_text("Llegó IMG_1.jpg")
    expect(page.locator(".advance")).to_contain_text("1 de 8 entregados")
    assert page.evaluate("window.stays === true")
    assert len(in_drive(way, "Registro Público")) == 1


def test_several_pages_are_sent_one_after_the_other(way: Travel, opened: Opened) -> None:
    """Two pages and one that is far too large: two requests, and a clear word about the third, which is not even sent."""
    page = opened(PHONE)
    sent: list[str] = []
    page.on("request", lambda asked: asked.method == "POST" and sent.append(asked.url))
    choose = page.get_by_label("Elegir archivo para Contrato")
    large = [photo(f"pagina {n}.jpg", JPEG + bytes([n])) for n in (1, 2)] + [photo("todo.jpg", JPEG + bytes(21 * MEGABYTE))]
    choose.set_input_files(large)
    expect(page.locator("#envio")).to_contain_text("No llegó: todo.jpg (pesa más de 20 MB)")
    expect(page.locator("section.paper.done", has_text="Contrato").locator(".handed li")).to_have_count(2)
    assert len(sent) == 2
    assert len(in_drive(way, "Contrato")) == 2


def test_what_is_no_paper_is_told_at_once(opened: Opened) -> None:
    """The bytes decide, whatever the phone calls it."""
    page = opened(PHONE)
    page.get_by_label("Elegir archivo para Aviso de Operaciones").set_input_files(photo("cedula.jpg", b"MZ un programa"))
    expect(page.locator(".notice strong")).to_have_text("Ese archivo no se puede recibir: Aviso de Operaciones")
    expect(page.locator("#envio")).to_contain_text("No llegó: cedula.jpg")


def test_a_lost_connection_can_be_tried_again(opened: Opened) -> None:
    """What did not leave the phone is sent by one more touch."""
    page = opened(PHONE)
    page.context.set_offline(True)
    page.get_by_label("Elegir archivo para Formulario de Accionistas").set_input_files(photo("firmado.jpg", JPEG + b"f"))
    expect(page.locator("#envio")).to_contain_text("No llegó: firmado.jpg (no hubo conexión)")
    page.context.set_offline(False)
    page.get_by_role("button", name="Reintentar").click()
    expect(page.get_by_text("Llegó: Formulario de Accionistas")).to_be_visible()


def test_without_script_the_same_papers_are_delivered_and_taken_back(way: Travel, opened: Opened) -> None:
    """A form a paper: choose, send, read what came; then take it back."""
    page = opened(PHONE, script=False)
    paper = page.locator("section.paper", has_text="Formulario Conozca a su Cliente")
    paper.locator("input[name=photo]").set_input_files(photo("firmado.jpg", JPEG + b"c"))
    paper.get_by_role("button", name="Enviar").click()
    expect(page.get_by_text("Llegó: Formulario Conozca a su Cliente")).to_be_visible()
    assert len(in_drive(way, "Formulario Conozca a su Cliente")) == 1
    page.reload()
    done = page.locator("section.paper.done", has_text="Formulario Conozca a su Cliente")
    done.get_by_role("button", name="Retirar").click()
    expect(page.get_by_text("Retirado de: Formulario Conozca a su Cliente")).to_be_visible()
    assert in_drive(way, "Formulario Conozca a su Cliente") == []


@pytest.mark.parametrize("script", [True, False])
@pytest.mark.parametrize("width", [PHONE, DESK])
def test_everybody_can_use_it(opened: Opened, width: int, script: bool) -> None:
    """Named controls, legible text, room for fingers, nothing wider than the screen."""
    page = opened(width, script=script)
    assert page.locator("html").get_attribute("lang") == "es" and page.locator("h1").count() == 1
    if script:
        assert page.evaluate(NAMELESS) == []
        assert page.evaluate(FAINT) == []
        assert page.evaluate(SMALL) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    for way_in in page.locator(".way:visible").all():
        box = way_in.bounding_box()
        assert box is not None and box["height"] >= 44 and box["x"] + box["width"] <= width


def test_a_file_is_dropped_on_a_paper_at_a_desk(way: Travel, opened: Opened) -> None:
    """With a mouse there is no camera button; a file that is dropped on a card is sent for that paper."""
    page = opened(DESK)
    assert not page.get_by_label("Tomar foto de Aviso de Operaciones").is_visible()
    data = page.evaluate_handle(
        "bytes => { const data = new DataTransfer(); data.items.add(new File([new Uint8Array(bytes)], 'aviso.jpg')); return data; }",
        list(JPEG + b"aviso"),
    )
    page.locator("section.paper", has_text="Aviso de Operaciones").dispatch_event("drop", {"dataTransfer": data})
    expect(page.get_by_text("Llegó: Aviso de Operaciones")).to_be_visible()
    assert len(in_drive(way, "Aviso de Operaciones")) == 1
