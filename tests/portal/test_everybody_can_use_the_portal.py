"""R98: the portal in a real Chromium, at the width of a desk and of a phone: every page, whoever wrote it, is one that everybody can use."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext
from playwright.sync_api import Page as Tab

from expediente.model import Dossier, State
from expediente.portal_pages import PAGES
from local.person import Page
from tests.browser.test_everybody_can_use_it import FAINT, NAMELESS, SMALL
from tests.portal.cases_kit import PAGES as PAGES_OF_EMPLOYEES
from tests.portal.cases_kit import CasesApp
from tests.portal.eva_kit import Talk
from tests.portal.payment_kit import put_paid_order
from tests.portal.portal_kit import PortalApp, Visitor, serving
from tests.portal.walk import Walk

WIDTHS = (1280, 360)
# What one page may weigh, so that it opens on a bad connection.
MOST_BYTES = 30 * 1024
# Notices of gateways are for programs.
FOR_PROGRAMS = "/avisos/"

# What a reader of the screen stumbles over, beside what the desk's checks find.
STUMBLES = """() => {
  const found = [];
  const ids = [...document.querySelectorAll('[id]')].map((one) => one.id);
  for (const id of new Set(ids)) if (ids.filter((one) => one === id).length > 1) found.push(`id ${id} twice`);
  for (const name of ['aria-labelledby', 'aria-describedby', 'for'])
    for (const one of document.querySelectorAll(`[${name}]`))
      for (const id of one.getAttribute(name).split(/\\s+/)) if (!document.getElementById(id)) found.push(`${name} ${id} leads nowhere`);
  for (const one of document.querySelectorAll('input:not([type=hidden]), select, textarea'))
    if (!(one.labels && one.labels.length) && !one.getAttribute('aria-label') && !one.getAttribute('aria-labelledby'))
      found.push(`no label: ${one.outerHTML.slice(0, 100)}`);
  let level = 0;
  for (const one of document.querySelectorAll('h1, h2, h3, h4, h5, h6')) {
    const now = Number(one.tagName[1]);
    if (now > level + 1) found.push(`${one.tagName} after h${level}: ${one.textContent.trim().slice(0, 40)}`);
    level = now;
  }
  if (document.querySelectorAll('h1').length !== 1) found.push('not one h1');
  if (document.querySelectorAll('main').length !== 1) found.push('not one main');
  for (const one of document.querySelectorAll('[tabindex]')) if (one.tabIndex > 0) found.push('tabindex above 0');
  for (const one of document.querySelectorAll('[style]')) found.push('a style that the policy refuses');
  for (const one of document.querySelectorAll('img:not([alt])')) found.push('a picture without words');
  for (const one of document.querySelectorAll('svg:not([aria-hidden]):not([role=img])')) found.push('a drawing that is neither hidden nor named');
  for (const one of document.querySelectorAll('table')) if (!one.querySelector('th')) found.push('a table without headings');
  for (const one of document.querySelectorAll('ul, ol')) for (const item of one.children) if (item.tagName !== 'LI') found.push('a list with what is no item');
  for (const one of document.querySelectorAll('dl > :not(div, dt, dd)')) found.push('a dl with what is neither');
  const names = {};
  for (const one of document.querySelectorAll('main button, main a.button')) {
    const name = (one.getAttribute('aria-label') || one.textContent).trim(), to = one.href || (one.form && one.form.action) + one.value;
    if (names[name] && names[name] !== to) found.push(`two buttons «${name}»`);
    names[name] = to;
  }
  return found;
}"""


@dataclass
class Scene:
    """The portal over HTTP, and each client's walk through it."""

    app: PortalApp
    walks: dict[str, Walk]
    people: dict[str, Visitor]

    def pages(self) -> Iterator[tuple[str, str, Page]]:
        """Whose page, its address, and the page."""
        for name, walk in self.walks.items():
            for address, page in walk.pages.items():
                if not address.startswith(FOR_PROGRAMS):
                    yield name, address, page


@pytest.fixture(scope="module")
def scene() -> Iterator[Scene]:
    """Clients in good standing, late, with credit, and one that has cancelled; and somebody who has not entered."""
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as app:
        dossiers = {case_id: app.add_client(case_id) for case_id in ("C01", "C13", "C16", "C09")}
        app.change(dossiers["C09"].dossier_id, state=State.ARCHIVED)
        put_paid_order(app, dossiers["C13"], "PAG0000000000A1", {"FE-0000170": Decimal("10.00")})
        people = {case_id: app.entered(app.dossier(one.dossier_id)) for case_id, one in dossiers.items()}
        # A request of a client's, so that its page exists.
        talk = Talk(people["C01"])
        talk.press("Hablar con una persona")
        talk.say("Una consulta")
        walks = {case_id: Walk(person).go() for case_id, person in people.items()}
        # What was asked is taken into the dossier, so that there are requests to look at.
        app.__dict__["forms"], app.settings = {}, replace(app.settings, page_url=PAGES_OF_EMPLOYEES)
        CasesApp.fold(app, dossiers["C01"].dossier_id)
        for address, page in Walk(people["C01"]).go(pressing=False).shown.items():
            walks["C01"].shown.setdefault(address, page)
        people["nobody"] = app.visitor()
        walks["nobody"] = Walk(people["nobody"]).go()
        link = link_of(app, dossiers["C01"])
        for address in (link, "/entrar/" + "A" * 43, "/nada"):
            walks["nobody"].shown[address] = Walk(people["nobody"])._open(address) or pytest.fail(address)
        yield Scene(app, walks, people)


def link_of(app: PortalApp, dossier: Dossier) -> str:
    """A link to enter that was sent to a client's contact."""
    person = app.visitor(dossier.portal_email or "")
    person.send("/entrar", {"address": person.address})
    return person.links()[-1]


def context_of(chromium: Browser, scene: Scene, name: str, width: int) -> BrowserContext:
    """The browser of one person."""
    context = chromium.new_context(viewport={"width": width, "height": 800}, locale="es-PA")
    cookies = scene.people[name].cookies
    context.add_cookies([{"name": key, "value": value, "url": scene.app.settings.portal_url} for key, value in cookies.items()])
    return context


def is_opened(address: str) -> bool:
    """Whether a page is opened by its address; others are what a form has answered."""
    return address.startswith("/")


def show(tab: Tab, scene: Scene, address: str, page: Page) -> None:
    """Bring a page before the browser."""
    if is_opened(address):
        tab.goto(scene.app.settings.portal_url + address)
    else:
        # The policy of the page before would refuse the styles of this one.
        tab.goto("about:blank")
        tab.set_content(page.html)


def test_the_walk_sees_every_page(scene: Scene) -> None:
    """Each page of the portal that can be opened was opened by somebody and could be shown."""
    paths = {urlsplit(address).path for walk in scene.walks.values() for address in (*walk.shown, *walk.documents)}
    for page in PAGES:
        if page.get and not page.pattern.pattern.startswith(FOR_PROGRAMS):
            assert any(page.pattern.fullmatch(path) for path in paths), page.pattern.pattern
    assert {page.status for _, _, page in scene.pages()} <= {200, 400, 404, 409, 422}
    seen = {address: page.status for _, address, page in scene.pages() if page.status >= 500}
    assert seen == {}


@pytest.mark.parametrize("width", WIDTHS)
def test_every_page_is_spanish_named_legible_and_fits(chromium: Browser, scene: Scene, width: int) -> None:
    """`lang`, a title, one heading after the other, names and labels for all, contrast AA, nothing wider than the screen."""
    wrong: list[str] = []
    tabs: dict[str, Tab] = {name: context_of(chromium, scene, name, width).new_page() for name in scene.people}
    for name, address, page in scene.pages():
        tab = tabs[name]
        show(tab, scene, address, page)
        found = [*tab.evaluate(NAMELESS), *tab.evaluate(FAINT), *tab.evaluate(STUMBLES)]
        if tab.locator("html").get_attribute("lang") != "es" or not tab.title().strip():
            found.append("neither language nor title")
        if tab.evaluate("document.documentElement.scrollWidth") > width:
            found.append("wider than the screen")
        if width == 360:
            found += tab.evaluate(SMALL)
        wrong += [f"{name} {address}: {one}" for one in found]
    for tab in tabs.values():
        tab.context.close()
    assert wrong == []


def test_every_page_is_light_and_asks_nothing_elsewhere(chromium: Browser, scene: Scene) -> None:
    """A page weighs less than 30 kB and is one request, to us; nothing is refused by its own policy and no script fails."""
    heavy = {f"{name} {address}": len(page.html.encode()) for name, address, page in scene.pages()}
    assert {what: weight for what, weight in heavy.items() if weight > MOST_BYTES} == {}
    for name in scene.people:
        context = context_of(chromium, scene, name, 360)
        tab, requests, complaints = context.new_page(), list[str](), list[str]()
        tab.on("request", lambda request, requests=requests: requests.append(request.url))
        tab.on("console", lambda told, complaints=complaints: told.type == "error" and complaints.append(told.text))
        tab.on("pageerror", lambda error, complaints=complaints: complaints.append(str(error)))
        for _, address, _page in [one for one in scene.pages() if one[0] == name and is_opened(one[1])]:
            requests.clear()
            tab.goto(scene.app.settings.portal_url + address)
            elsewhere = [url for url in requests if not url.startswith((scene.app.settings.portal_url, "data:"))]
            assert elsewhere == [], (name, address)
            # A page that leads on asks twice: for itself and for where it leads.
            assert len(requests) <= 2, (name, address, requests)
        # Chromium says of each page that is not there that it is not.
        assert [text for text in complaints if "404" not in text] == [], name
        context.close()


def test_what_has_the_focus_can_be_seen(chromium: Browser, scene: Scene) -> None:
    """The first Tab offers to skip to the content; each link, field and button shows a frame when it is reached by keyboard."""
    context = context_of(chromium, scene, "C13", 360)
    tab = context.new_page()
    for address in ("/", "/pagos", "/documentos", "/facturas"):
        tab.goto(scene.app.settings.portal_url + address)
        tab.keyboard.press("Tab")
        assert tab.evaluate("document.activeElement.textContent") == "Ir al contenido"
        for _ in range(60):
            tab.keyboard.press("Tab")
            here = tab.evaluate(
                "() => { const one = document.activeElement, style = getComputedStyle(one);"
                " return [one.tagName, one.outerHTML.slice(0, 80), style.outlineStyle, style.outlineWidth]; }"
            )
            if here[0] == "BODY":
                break
            assert (here[2], here[3]) == ("solid", "3px"), here
    context.close()


@pytest.mark.parametrize("width", WIDTHS)
def test_r98_the_portal_has_its_three_sections_in_a_browser(chromium: Browser, scene: Scene, tmp_path: Path, width: int) -> None:
    """A client finds Eva, Documentos and Pagos on every page, opens each with one press, and each can be pictured."""
    context = context_of(chromium, scene, "C01", width)
    tab = context.new_page()
    tab.goto(scene.app.settings.portal_url)
    sections = tab.get_by_role("navigation", name="Secciones").get_by_role("link")
    assert sections.all_inner_texts() == ["Eva", "Documentos", "Pagos"]
    for name in ("Eva", "Documentos", "Pagos"):
        tab.get_by_role("navigation", name="Secciones").get_by_role("link", name=name).click()
        assert tab.locator(".sections a[aria-current]").inner_text() == name
        assert name[:3] in tab.locator("h1").inner_text()
        picture = tab.screenshot(path=str(tmp_path / f"{name}-{width}.png"), full_page=True)
        assert len(picture) > 10_000
    context.close()
