"""The page of `make demo` in a real browser: the living company, the tour from the form to the start mail, and Rómpalo."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
import urllib3
from playwright.sync_api import Browser, BrowserContext, Page, expect

from local.days import first_instant
from local.stack import Stack
from local.stage import Stage
from local.tour_site import Site

pytestmark = pytest.mark.xdist_group("tour")
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


@pytest.mark.parametrize("width", WIDTHS)
def test_the_tour_goes_from_the_form_to_the_start_mail(visit: Visit, stage: Stage, width: int) -> None:
    """Siguiente does each act for real; what the visitor is shown in the frame is the page of the desk of whom it concerns."""
    _new_tour(stage)
    client = stage.tour.names["client"]
    page = visit("/recorrido", width)
    real = page.frame_locator(".real iframe")
    expect(real.locator("body")).to_contain_text("Alta de cliente nuevo")
    _next(page, 1)
    expect(real.locator("body")).to_contain_text(f"Corrija el formulario de {client}")
    assert "1 correo enviado" in page.locator(".outcome").inner_text()
    _next(page, 2)
    expect(real.locator("body")).to_contain_text(client)
    expect(real.locator("body")).to_contain_text("00 Entregar aquí")
    outcome = page.locator(".outcome").inner_text()
    assert "carpetas y archivos creados" in outcome and "permisos dados" in outcome and "4 correos enviados" in outcome
    _next(page, 3)
    expect(real.locator("#grid")).to_contain_text("Verificados 0 de 8")
    _next(page, 4)
    expect(real.locator("body")).to_contain_text(client)
    assert "Corrija el papel devuelto" in page.locator(".outcome").inner_text()
    _next(page, 5)
    expect(real.locator("body")).to_contain_text("01 Legal")
    _next(page, 6)
    assert "5 correos enviados" in page.locator(".outcome").inner_text()
    _next(page, 7)
    expect(page.locator(".remark")).to_contain_text("protected cell")
    expect(real.locator("#grid")).to_contain_text("Pendiente: 4")
    _next(page, 8)
    expect(real.locator("#grid")).to_contain_text("Todas las casillas están marcadas")
    _next(page, 9)
    assert "Preste el servicio" in (page.locator(".outcome").text_content() or "")
    expect(page.get_by_role("heading", name="Eso es todo")).to_be_visible()
    assert stage.tour.way.parent_name() == stage.cast.access["parents"]["active"]["name"]
    assert "Su servicio está activo" in stage.tour.mails_about(stage.tour.client)[-1].text
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
