"""The page of `make demo` in a real browser: the living company, the tour from the form to the start mail, and Rómpalo."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
import urllib3
from playwright.sync_api import Browser, BrowserContext, Page, expect

from local.clients import wrong_digits
from local.days import first_instant
from local.stack import Stack
from local.stage import Stage
from local.tour_site import Site

# A whole company lives through nine days before the first test.
pytestmark = [pytest.mark.xdist_group("tour"), pytest.mark.timeout(900)]
WIDTHS = (1280, 360)
_PATIENCE_MS = 60_000

Visit = Callable[[str, int], Page]


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory, chromium: Browser) -> Iterator[Stage]:
    """The company with all its stories told, as `make demo` leaves it when it is ready."""
    now = datetime.now(UTC)
    log = tmp_path_factory.mktemp("tour") / "stack.log"
    with Stack.start(log=log, now=first_instant(now).isoformat()) as stack:
        made = Stage.set_up(stack)
        made.build(now)
        yield made


@pytest.fixture(scope="module")
def site(stage: Stage) -> Iterator[Site]:
    """The pages of that stage."""
    made = Site(stage)
    made.start()
    yield made
    made.stop()


@pytest.fixture
def visit(site: Site, chromium: Browser) -> Iterator[Visit]:
    """`visit(path, width)`: a page in a browser of its own. A script error, a request to elsewhere or a page too wide fails the test."""
    contexts: list[BrowserContext] = []
    troubles: list[str] = []
    ours = ("http://127.0.0.1:", "data:", "about:", "chrome")

    def opener(path: str, width: int) -> Page:
        context = chromium.new_context(viewport={"width": width, "height": 800}, locale="es-PA")
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: troubles.append(f"{page.url}: {error}"))
        page.on("request", lambda request: request.url.startswith(ours) or troubles.append(request.url))
        page.set_default_timeout(_PATIENCE_MS)
        page.goto(site.url + path)
        return page

    yield opener
    for context in contexts:
        context.close()
    assert not troubles, troubles


def _fits(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), f"{page.url} is wider than its window"


def _new_tour(stage: Stage) -> None:
    """A client of whom nobody has heard, whatever earlier tests did."""
    stage.tour = type(stage.tour).begin(stage.stack, stage.cast, stage.tour.nth + 1)


def _next(page: Page, number: int) -> None:
    page.get_by_role("button", name="Siguiente").click()
    page.wait_for_url(f"**/recorrido/{number}", timeout=_PATIENCE_MS)
    _fits(page)


@dataclass
class Both:
    """The same tour in two windows. Checks hold for each of them, and each screen must fit."""

    pages: list[Page]

    def go_on(self, number: int) -> Both:
        """Press Siguiente in one of them, by turns, and follow in the other."""
        acting = self.pages[number % len(self.pages)]
        _next(acting, number)
        for page in self.pages:
            if page is not acting:
                page.goto(acting.url)
                _fits(page)
        return self

    def show(self, part: str, text: str = "", *, value: str = "") -> Both:
        """The frame has that text, or a field of it that value."""
        for page in self.pages:
            found = page.frame_locator(".real iframe").locator(part)
            if value:
                expect(found).to_have_value(value)
            else:
                expect(found).to_contain_text(text)
        return self

    def tell(self, text: str) -> Both:
        """The words about what was done hold the text."""
        for page in self.pages:
            expect(page.locator(".outcome")).to_contain_text(text)
        return self


# --- the company ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", WIDTHS)
def test_the_demo_opens_on_a_company_at_work(visit: Visit, stage: Stage, width: int) -> None:
    """A dozen dossiers in every state that people's acts can bring about, each with whose turn it is."""
    page = visit("/", width)
    _fits(page)
    rows = page.locator("table.clients tbody tr")
    assert rows.count() == len(stage.company.residents) >= 12
    shown = page.locator("#clients").inner_text()
    for words in (
        "Formulario por corregir",
        "0 de 8 papeles verificados",
        "Faltan 2",
        "Devuelto: Registro Público",
        "En revisión interna",
        "Falta: Código de Denarius",
        "Operaciones: venció el",
        "Operaciones: observado",
        "Inspección rechazada",
        "Falta la firma del cierre",
        "Activo",
        "Cancelado y archivado",
    ):
        assert words in shown, words
    expect(page.get_by_role("link", name="Recorrido de 5 minutos")).to_be_visible()


def test_a_client_of_the_table_opens_as_the_person_whose_turn_it_is(visit: Visit) -> None:
    """The link of an overdue control sheet leads to the real sheet on the desk, seen by somebody of the area that is late."""
    page = visit("/", 1280)
    row = page.locator("tr", has_text="venció el")
    with page.context.expect_page() as opened:
        row.get_by_role("link", name="Hoja de control").click()
    sheet = opened.value
    sheet.wait_for_selector("#grid")
    assert "Édgar" in row.inner_text()
    assert "Operaciones" in sheet.locator("#grid").inner_text()
    assert sheet.context.cookies(sheet.url)[0]["value"].strip('"').startswith("operaciones.uno@")


# --- the tour ------------------------------------------------------------------------------------------------------------------


def test_the_tour_goes_from_the_form_to_the_portal(visit: Visit, stage: Stage) -> None:
    """Siguiente, pressed in turn on a wide window and on a phone, does each act for real; both then show the page of whom it concerns."""
    _new_tour(stage)
    client = stage.tour.names["client"]
    both = Both([visit("/recorrido", width) for width in WIDTHS])
    both.show("body", "Alta de cliente nuevo")
    both.show(".q.asked input", value=wrong_digits(stage.tour.way.case["cliente"]["dv"]))
    both.go_on(1).show("body", f"Corrija el formulario de {client}").tell("1 correo enviado")
    both.go_on(2).show("body", client).show("body", "00 Entregar aquí")
    both.tell("carpetas y archivos creados").tell("permisos dados").tell("4 correos enviados")
    both.go_on(3).show("#grid", "Verificados 0 de 8")
    both.go_on(4).show("body", client).tell("Corrija el papel devuelto")
    both.go_on(5).show("body", "01 Legal")
    both.go_on(6).tell("5 correos enviados")
    both.go_on(7).tell("solo escribe Operaciones").tell("protected cell")
    both.show("#grid", "Pendiente: 4").show("#cellinfo", "Celda protegida. Aquí escribe: Operaciones.")
    both.go_on(8).show("#grid", "Todas las casillas están marcadas")
    both.go_on(9).tell("Preste el servicio")
    both.go_on(10).show("#grid", client).show("#grid", "Activo")
    page = both.pages[0]
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Página del expediente").click()
    expect(opened.value.locator("main")).to_contain_text("Activo")
    expect(opened.value.get_by_role("heading", name=client)).to_be_visible()
    both.go_on(11).show("body", "Entre a su cuenta").tell("Lo que contestó Eva").tell("B/. 214.00")
    both.go_on(12).show("body", "Recibimos su pago").tell("quedó pagada").tell("Paz y salvo")
    both.go_on(13).show("body", "Entre a su cuenta").tell("Esta página no existe")
    expect(page.get_by_role("heading", name="Eso es todo")).to_be_visible()
    assert stage.tour.way.parent_name() == stage.cast.access["parents"]["active"]["name"]
    told = "".join(mail.text for mail in stage.tour.mails_about(stage.tour.client))
    assert "Su servicio está activo" in told and "214.00" in told
    page.get_by_role("button", name="Empezar otra vez").click()
    page.wait_for_url("**/recorrido/0")
    assert stage.tour.names["client"] != client


def test_going_back_and_forward_does_nothing_twice(visit: Visit, stage: Stage) -> None:
    """A screen seen again, a reload and a second press of an old Siguiente change nothing in the Workspace."""
    _new_tour(stage)
    page = visit("/recorrido", 1280)
    _next(page, 1)
    page.reload()
    page.get_by_role("link", name="Atrás").click()
    page.wait_for_url("**/recorrido/0")
    _next(page, 1)
    assert stage.tour.reached == 1
    assert len(stage.tour.mails_about(stage.tour.way.vendedora)) == 1


def test_what_the_visitor_has_done_is_not_done_again(visit: Visit, stage: Stage) -> None:
    """Somebody who sends the form on the desk is told that it was seen, and Siguiente sends no second one."""
    _new_tour(stage)
    tour = stage.tour
    page = visit("/recorrido", 360)
    page.get_by_text("Lo hago yo").click()
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Abrir como Marisol").click()
    form = opened.value
    form.wait_for_load_state()
    form.evaluate("document.querySelector('form#form').requestSubmit()")
    form.wait_for_url("**/response/**")
    stage.stack.look()
    expect(page.locator(".doing.seen")).to_contain_text("Ya está hecho", timeout=30_000)
    _next(page, 1)
    assert [mail.subject for mail in tour.mails_about(tour.way.vendedora)] == [f"Corrija el formulario de {tour.names['client']}"]


def test_a_step_that_fails_says_so_and_can_be_tried_again(visit: Visit, stage: Stage) -> None:
    """When the Workspace does not answer the visitor reads it, and Reintentar goes on without doing anything twice."""
    _new_tour(stage)
    page = visit("/recorrido", 360)
    stage.stack.faults([{"method": "gmail.users.messages.list", "do": "503", "nth": 3}])
    page.get_by_role("button", name="Siguiente").click()
    expect(page.get_by_role("alert")).to_contain_text("Este paso no terminó")
    _fits(page)
    stage.stack.faults([])
    page.get_by_role("button", name="Reintentar").click()
    page.wait_for_url("**/recorrido/1")
    assert len(stage.tour.mails_about(stage.tour.way.vendedora)) == 1


# --- breaking it ---------------------------------------------------------------------------------------------------------------


def test_whatever_breaks_there_is_one_of_everything(visit: Visit, stage: Stage) -> None:
    """Three notices, three forms and a killed process each leave one folder, one workbook and one mail a person, as counted from outside."""
    page = visit("/rompalo", 360)
    for key in ("notices", "answers", "killed"):
        page.locator(f"#{key}").get_by_role("button").click()
        expect(page.locator(f"#{key} .verdict")).to_have_text("Uno de cada cosa", timeout=_PATIENCE_MS)
        assert page.locator(f"#{key} .found li.good").count() == 6
        _fits(page)
    assert "SIGKILL" in page.locator("#killed .story").inner_text()
    assert "2 correos más, sin abrir nada" in page.locator("#answers .story").inner_text()
    wide = visit("/rompalo", 1280)
    _fits(wide)
    assert wide.locator(".verdict.good").count() == 3


def test_nothing_acts_on_a_look_or_from_elsewhere(site: Site, stage: Stage) -> None:
    """A GET of the acts is no such page, and a POST that another site sends is refused."""
    pool, reached = urllib3.PoolManager(retries=False), stage.tour.reached
    for path in ("/recorrido/siguiente", "/rompalo/notices"):
        assert pool.request("GET", site.url + path).status in (404, 405)
        assert pool.request("POST", site.url + path, headers={"Origin": "http://example.com"}, body=b"").status == 403
    assert stage.tour.reached == reached
