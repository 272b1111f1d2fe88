"""`make pictures`: a sample client's way through the desk and the signed pages, seen in headless Chromium at two widths.

Writes build/pictures/NAME-1280.png and NAME-360.png, and the three pictures of the README. Chromium is needed: without it nothing is written.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

import yaml
from playwright.sync_api import Browser, Error, Page, sync_playwright

from local import pictures_life, pictures_portal
from local.cases import Case
from local.cast import Cast
from local.gate import COOKIE as GATE_COOKIE
from local.person import Person
from local.pictures_life import WIDTHS, thread_of
from local.portal_client import PortalClient
from local.processes import say
from local.stack import Stack, StackError
from local.stage import Stage
from local.tables import ROOT, process_table
from local.tour_site import Site
from local.travel import Travel, TravelError
from local.wire import HttpError

README = ROOT / "docs" / "pictures"
SAMPLE, REFUSED, WAITING, LATE, CODE = "C02", "C11", "C01", "C13", "DEN-000102"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
_MOST_BYTES = 250 * 1024
_TALLEST = 5200
# A working morning, so that periods and hours look as they do on a working day.
_NOW = "2026-03-03T08:40:00-05:00"
_HEIGHT = {1280: 900, 360: 740}

Act = Callable[[Page], None]


def chromium() -> str:
    """Where Chromium is, '' when it is not installed. CHROMIUM in the environment names another."""
    known = (
        os.environ.get("CHROMIUM", ""),
        shutil.which("chromium") or "",
        "/usr/bin/chromium",
        shutil.which("chromium-browser") or "",
    )
    return next((path for path in known if path and Path(path).exists()), "")


@dataclass
class Camera:
    """Takes pictures of one stack's pages into a folder. inside: whose session in the portal the browser has, None = nobody's."""

    browser: Browser
    stack: Stack
    out: Path
    taken: int = 0
    inside: PortalClient | None = None

    def take(self, name: str, who: str, address: str, act: Act | None = None, *, whole: bool = True, phone: bool = False) -> None:
        """A page as a person sees it, at both widths. address: whole, or a path of the desk; whole: all of it, not one screen.

        phone: the narrow one is a telephone, with a camera and without a mouse.
        """
        for width in WIDTHS:
            with self.page(who, address, width, phone=phone and width < 600) as page:
                if act:
                    act(page)
                self._shoot(page, self.out / f"{name}-{width}.png", width, whole=whole)
        self.taken += 1
        say(f"· {name}")

    @contextmanager
    def page(self, who: str, address: str, width: int, scale: float = 1, *, phone: bool = False) -> Iterator[Page]:
        """A page of a person's own browser, ready to be looked at."""
        viewport = {"width": width, "height": _HEIGHT.get(width, 900)}
        context = self.browser.new_context(
            viewport=viewport,  # type: ignore[arg-type]
            locale="es-PA",
            device_scale_factor=scale,
            is_mobile=phone,
            has_touch=phone,
        )
        desk, gate = self.stack.ready["workspace"], self.stack.ready["page"]
        context.add_cookies(
            [{"name": "desk_actor", "value": who, "url": desk}, {"name": GATE_COOKIE, "value": quote(who), "url": gate}]
        )
        if self.inside is not None:
            kept = [{"name": name, "value": value, "url": self.inside.url} for name, value in self.inside.cookies.items()]
            context.add_cookies(kept)  # type: ignore[arg-type]
        page = context.new_page()
        page.goto(address if "://" in address else desk + address)
        page.wait_for_load_state("load")
        # Which cell is chosen is of no interest to whoever looks at a picture.
        page.evaluate("document.querySelectorAll('.grid td.sel').forEach((cell) => cell.classList.remove('sel'))")
        page.wait_for_timeout(150)
        yield page
        context.close()

    @staticmethod
    def _shoot(page: Page, path: Path, width: int, *, whole: bool) -> None:
        if whole:
            tall = int(page.evaluate("document.documentElement.scrollHeight"))
            page.set_viewport_size({"width": width, "height": max(_HEIGHT[width], min(tall, _TALLEST))})
            page.wait_for_timeout(80)
        page.screenshot(path=path)


def pictures(out: Path = ROOT / "build" / "pictures") -> int:
    """Take all pictures; gives 0, or 1 when there is no browser or the way could not be walked."""
    program = chromium()
    if not program:
        say("NO HAY CHROMIUM: no se tomó ninguna imagen. Instálelo (apt-get install chromium) o diga CHROMIUM=/ruta/al/programa.")
        return 1
    out.mkdir(parents=True, exist_ok=True)
    README.mkdir(parents=True, exist_ok=True)
    try:
        with Stack.start(log=out / "stack.log", now=_NOW) as stack, sync_playwright() as tool:
            browser = tool.chromium.launch(executable_path=program, args=ARGUMENTS)
            camera = Camera(browser, stack, out)
            _walk(camera, Travel(stack, Cast.load(), sample(stack)))
            browser.close()
    except (StackError, TravelError, HttpError, Error) as problem:
        say(f"Las imágenes no llegaron al final: {problem}. Vea {out / 'stack.log'}")
        return 1
    say(f"· {camera.taken} imágenes, cada una a {' y '.join(map(str, WIDTHS))} px: {out}")
    return 0


def snapshots(stack: Stack, travel: Travel) -> list[tuple[str, bytes]]:
    """Captions and pictures of a client whose service is active, for the page of the demo; none without Chromium, and it says so."""
    program = chromium()
    if not program:
        say("· SIN CHROMIUM: la página de la demostración queda sin imágenes.")
        return []
    area = stack.person(travel.cast.first("operaciones"))
    shown = (
        ("La hoja de control, con todo confirmado", travel.encargado, f"/desk/sheet/{travel.control_sheet()}", ""),
        ("El aviso que recibió Operaciones", area, f"/desk/mail/t/{travel.mails_of(area)[0].thread_id}", ".letter >> nth=0"),
        ("La carpeta del expediente y quién tiene acceso", travel.encargado, f"/desk/drive/folder/{travel.root_id}", ".shell"),
        ("La página de cierre, firmada", travel.encargado, f"{stack.ready['page']}/cierre/{travel.dossier_id}", "main"),
    )
    found = []
    try:
        with sync_playwright() as tool:
            browser = tool.chromium.launch(executable_path=program, args=ARGUMENTS)
            camera = Camera(browser, stack, ROOT)
            for caption, person, address, part in shown:
                with camera.page(person.address, address, 1180) as page:
                    page.set_viewport_size({"width": 1180, "height": 1500})
                    page.evaluate("document.querySelector('.letter')?.setAttribute('open', '')")
                    page.wait_for_timeout(250)
                    found.append((caption, page.locator(part).screenshot() if part else _sheet(page)))
            browser.close()
    except Error as problem:
        say(f"· Las imágenes no salieron: {str(problem).splitlines()[0]}")
    return found


def _walk(camera: Camera, travel: Travel) -> None:
    _intake(camera, travel)
    pictures_life.waiting_client(camera, travel, _case(WAITING))
    _papers(camera, travel)
    _compliance(camera, travel)
    _areas(camera, travel)
    _closing(camera, travel)
    pictures_life.made_papers(camera, travel)
    pictures_life.mornings(camera, travel)
    pictures_life.workbooks(camera, travel, _open_tab)
    pictures_life.change(camera, travel, CODE)
    pictures_life.end(camera, travel, CODE)
    _tour(camera)
    _portal(camera)


# --- the way -------------------------------------------------------------------------------------------------------------------


def _intake(camera: Camera, travel: Travel) -> None:
    form, seller = camera.stack.ready["forms"]["intake"], travel.vendedora
    camera.take("form", seller.address, f"/desk/form/{form}")
    refused = Travel(camera.stack, travel.cast, _case(REFUSED))
    refused.submit()
    refused.find()
    pictures_life.mail(camera, "mail-correction", refused.vendedora)
    filled = refused.vendedora.mails()[-1]
    link = next((word for word in filled.text.split() if "/forms/d/" in word), "")
    if link:
        shown = f"/desk/form/e/{link.partition('/d/e/')[2]}"
        camera.take("form-points", refused.vendedora.address, shown, lambda page: _show_section(page, "Punto de servicio 1:"))
    travel.submit()
    if not travel.find():
        raise TravelError("el formulario no abrió un expediente")
    pictures_life.mail(camera, "mail-receipt", seller)
    camera.take("deliver", seller.address, f"{camera.stack.ready['page']}/entregar/{travel.dossier_id}", phone=True)


def _papers(camera: Camera, travel: Travel) -> None:
    travel.deliver()
    travel.classify()
    keys = [row["key"] for row in travel.paper_rows() if str(row["files"]) not in ("", "0")]
    reason = next(iter(_reasons()))
    camera.stack.look()
    travel.return_paper(next(key for key in keys if "cedula_representante" in key), reason, "No se lee el reverso.")
    travel.verify(keys[:1] + keys[-3:])
    book = travel.workbook()
    for name, tab in (("documents", "papers"), ("documents-files", "files")):
        title = travel.cast.documents_sheet[tab]["tab"]
        camera.take(name, travel.encargado.address, f"/desk/sheet/{book}", partial(_open_tab, title=title), whole=False)
    pictures_life.mail(camera, "mail-returned", travel.vendedora)
    page = f"{camera.stack.ready['page']}/entregar/{travel.dossier_id}"
    camera.take("deliver-returned", travel.vendedora.address, page, phone=True)
    again = next(one for one in travel.papers if one.kind == "cedula_representante")
    travel.deliver([again])
    travel.classify()
    travel.verify()
    dossier = f"/desk/drive/folder/{travel.root_id}"
    camera.take("dossier", travel.encargado.address, dossier, _show_access)


def _compliance(camera: Camera, travel: Travel) -> None:
    person = camera.stack.person(travel.cast.first("cumplimiento"))
    page = camera.stack.ready["page"]
    camera.take("compliance", person.address, f"{page}/cumplimiento/{travel.dossier_id}")
    travel.pass_review()
    travel.acknowledge(CODE)


def _areas(camera: Camera, travel: Travel) -> None:
    stack, cast, page = camera.stack, travel.cast, camera.stack.ready["page"]
    pictures_life.mail(camera, "mail-area", stack.person(cast.first("operaciones")))
    _readme_mail(camera, stack.person(cast.first("operaciones")))
    pictures_life.mail(camera, "mail-welcome", stack.person(travel.case["orden_trabajo"]["puntos"][0]["contacto"]["correo"]))
    travel.inspect()
    for area in ("servicio_al_cliente", "seguridad"):
        travel.confirm(area)
    pictures_life.dossier_pages(camera, travel)
    pictures_life.visit_agreed(camera, travel)
    sheet = travel.control_sheet()
    # Two people of Operaciones tick in the same minute: who it was can then only be signed.
    first, second = [stack.person(a) for a, row in cast.people.items() if "operaciones" in row["roles"]]
    travel.assign(first)
    travel.tick("operaciones", second, sheet, only=["recibido"])
    travel.tick("operaciones", first, sheet, only=["comprendido", "recursos_asignados"])
    travel.observe("sala_procesamiento", "¿Las monedas llegan en rollos o sueltas? Falta en la orden.")
    stack.look()
    stack.advance(360)
    stack.look()
    camera.take("control-sheet", travel.encargado.address, f"/desk/sheet/{sheet}", whole=False)
    camera.take("signing", first.address, f"{page}/confirmar/{travel.dossier_id}/operaciones")
    camera.take("tasks", first.address, f"{page}/")
    camera.take("mail-observed", travel.vendedora.address, thread_of(travel.vendedora))
    (register,) = travel.encargado.files("name contains 'Registro de expedientes'")
    camera.take("register", travel.encargado.address, f"/desk/sheet/{register['id']}", whole=False)
    _readme(camera, travel, sheet)


def _closing(camera: Camera, travel: Travel) -> None:
    stack = camera.stack
    travel.observe("sala_procesamiento", "")
    for area in ("operaciones", "sala_procesamiento"):
        travel.confirm(area)
    address = f"{stack.ready['page']}/cierre/{travel.dossier_id}"
    camera.take("closing", travel.encargado.address, address)
    camera.take("tasks-close", travel.encargado.address, f"{stack.ready['page']}/")
    travel.close()
    camera.take("closed", travel.encargado.address, address)
    client = stack.person(travel.case["orden_trabajo"]["puntos"][0]["contacto"]["correo"])
    camera.take("mail-start", client.address, thread_of(client))


def _tour(camera: Camera) -> None:
    """Screens of the tour and of Rómpalo, on the same stack."""
    stage = Stage.set_up(camera.stack)
    stage.ready = True
    site, person = Site(stage), stage.tour.way.vendedora.address
    site.start()
    for number, name in enumerate(("tour-form", "tour-correction", "tour-dossier")):
        camera.take(name, person, f"{site.url}/recorrido/{number}", lambda page: page.wait_for_timeout(400))
        if name == "tour-correction":
            _readme_tour(camera, person, f"{site.url}/recorrido/{number}")
        if not stage.go_on(number):
            raise TravelError(stage.tour.failure)
    stage.break_it("notices")
    camera.take("tour-breaking", person, f"{site.url}/rompalo")
    site.stop()


# --- small acts ----------------------------------------------------------------------------------------------------------------


def _portal(camera: Camera) -> None:
    """The account that is late, on the same stack; the clock goes to the day of its cut-off."""
    table = _samples()["cartera"]
    account = next(one for one in table["cuentas"] if one["caso"] == LATE)
    pictures_portal.portal(camera, _case(LATE), account, table["corte"], README / "portal.png")


def sample(stack: Stack) -> Case:
    """The sample client, with a wished start two weeks from the Workspace's today."""
    case = _case(SAMPLE)
    case["orden_trabajo"]["inicio_deseado"] = (stack.now() + timedelta(days=14)).date().isoformat()
    return case


def _case(name: str) -> Case:
    found: Case = next(one for one in _samples()["casos"] if one["id"] == name)
    return found


def _samples() -> dict[str, Any]:
    table: dict[str, Any] = yaml.safe_load((ROOT / "tests" / "data" / "sample_cases.yaml").read_text(encoding="utf-8"))
    return table


def _reasons() -> list[str]:
    return [row["label"] for row in process_table("process")["return_reasons"].values()]


def _show_section(page: Page, noun: str) -> None:
    page.evaluate(
        "noun => { const all = [...document.querySelectorAll('.fsection')];"
        " const found = all.find((s) => [...s.querySelectorAll('h3')].some((h) => h.textContent.startsWith(noun)));"
        " for (const s of all) s.classList.toggle('current', s === found); document.querySelector('#progress').hidden = true; }",
        noun,
    )


def _open_tab(page: Page, title: str) -> None:
    page.click(f"nav.tabs a:text-is('{title}')")
    page.wait_for_load_state("load")
    page.wait_for_timeout(150)


def _show_access(page: Page) -> None:
    button = page.locator("[data-toggle='access-side']")
    if button.is_visible():
        button.click()


# --- the pictures of the README ------------------------------------------------------------------------------------------------


def _readme(camera: Camera, travel: Travel, sheet: str) -> None:
    person = camera.stack.person(travel.cast.first("operaciones"))
    with camera.page(person.address, f"/desk/sheet/{sheet}", 1180) as page:
        page.set_viewport_size({"width": 1180, "height": 1600})
        page.wait_for_timeout(150)
        _keep(_sheet(page), README / "control_sheet.png")


def _readme_mail(camera: Camera, person: Person) -> None:
    with camera.page(person.address, thread_of(person), 900) as page:
        page.set_viewport_size({"width": 900, "height": 1600})
        page.wait_for_timeout(150)
        # The notice comes first; what is told later lies in the same thread.
        _keep(page.locator(".letter").first.screenshot(), README / "area_mail.png")


def _readme_tour(camera: Camera, person: str, address: str) -> None:
    with camera.page(person, address, 1180) as page:
        page.set_viewport_size({"width": 1180, "height": 940})
        page.wait_for_timeout(400)
        _keep(page.screenshot(), README / "tour.png")


def _sheet(page: Page) -> bytes:
    """A sheet from its first row to the last that says anything."""
    edge, last = page.locator("#grid table").bounding_box(), page.locator("#grid tr:has(td .t)").last.bounding_box()
    assert edge and last
    height = last["y"] + last["height"] - edge["y"]
    return page.screenshot(clip={"x": edge["x"], "y": edge["y"], "width": edge["width"], "height": height})


def _keep(picture: bytes, path: Path) -> None:
    path.write_bytes(picture)
    if len(picture) > _MOST_BYTES:
        say(f"  {path.name} pesa {len(picture) // 1024} KB: más de {_MOST_BYTES // 1024}.")


if __name__ == "__main__":
    sys.exit(pictures())
