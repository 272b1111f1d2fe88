"""What holds for every page: Spanish, names for all controls, contrast, targets for fingers, the way by keyboard."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.desk_kit import FORMS_OWNER, Scene

Opener = Callable[..., Page]

NAMELESS = """() => [...document.querySelectorAll('button, a[href], input:not([type=hidden]), select, textarea, summary, iframe')]
  .filter((one) => one.checkVisibility({ visibilityProperty: true }))
  .filter((one) => !(one.getAttribute('aria-label') || one.textContent.trim() || one.title || one.value && one.type === 'submit'
    || [...(one.labels || [])].some((label) => label.textContent.trim())))
  .map((one) => one.outerHTML.slice(0, 160))"""

# Contrast of text against the nearest painted background, by WCAG 2.1: 4.5, or 3 for large text.
FAINT = """() => {
  const parse = (text) => { const n = text.match(/[\\d.]+/g).map(Number); return { rgb: n.slice(0, 3), a: n[3] ?? 1 }; };
  const light = (rgb) => { const [r, g, b] = rgb.map((v) => { v /= 255; return v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; });
    return .2126 * r + .7152 * g + .0722 * b; };
  const over = (top, rgb) => top.rgb.map((v, i) => v * top.a + rgb[i] * (1 - top.a));
  const behind = (node) => {
    const layers = [];
    for (let one = node; one; one = one.parentElement) {
      const colour = parse(getComputedStyle(one).backgroundColor);
      if (colour.a > 0) layers.push(colour);
      if (colour.a === 1) break;
    }
    return layers.reverse().reduce((under, layer) => over(layer, under), [255, 255, 255]);
  };
  const found = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const node = walk.currentNode.parentElement;
    if (!walk.currentNode.textContent.trim() || !node.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
    if (node.closest('.sr, script, style, noscript, :disabled, .skip, option')) continue;
    const style = getComputedStyle(node), under = behind(node), size = parseFloat(style.fontSize);
    const a = light(over(parse(style.color), under)), b = light(under);
    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    const large = size >= 24 || (size >= 18.6 && Number(style.fontWeight) >= 700);
    if (ratio < (large ? 3 : 4.5) - .01) found.push(`${ratio.toFixed(2)} ${walk.currentNode.textContent.trim().slice(0, 40)}`);
  }
  return found;
}"""

SMALL = """() => [...document.querySelectorAll('button, a.button, .round, nav a, summary, select, input[type=search], input[type=date]')]
  .filter((one) => one.checkVisibility({ visibilityProperty: true }) && !one.matches('.sr, .skip') && !one.closest('.grid td, .sr'))
  .map((one) => [one.getBoundingClientRect(), one])
  .filter(([box]) => box.height < 43.5)
  .map(([box, one]) => `${Math.round(box.height)} ${one.outerHTML.slice(0, 120)}`)"""


def pages(scene: Scene) -> list[tuple[str, str]]:
    """Person and path of every kind of page."""
    everybody = ["/", "/desk/drive", "/desk/drive/drives", "/desk/drive/recent", "/desk/drive/trash", "/desk/forms", "/desk/mail"]
    everybody += [f"/desk/drive/folder/{scene.dossier}", f"/desk/share/{scene.dossier}", f"/desk/move/{scene.paper}"]
    everybody += [f"/desk/file/{scene.paper}", f"/desk/file/{scene.sheet}/comments", f"/desk/file/{scene.sheet}/versions"]
    everybody += [f"/desk/sheet/{scene.sheet}", f"/desk/form/{scene.form}", "/desk/mail/write", "/desk/calls", "/desk/file/nada"]
    shown = [("encargado.uno", path) for path in everybody]
    return [*shown, (FORMS_OWNER, f"/desk/form/{scene.form}/responses"), ("", "/desk/enter?as=seguridad.uno")]


@pytest.mark.parametrize("width", [1280, 360])
def test_every_page_is_spanish_named_legible_and_fits(open_as: Opener, scene: Scene, width: int) -> None:
    """`lang`, a title, one main heading, a name for every control, contrast AA, nothing wider than the screen."""
    browser = {name: open_as(name or "seguridad.dos", "/", width) for name in {name for name, _ in pages(scene)}}
    for name, path in pages(scene):
        page = browser[name]
        page.goto(scene.emulator.url + path)
        assert page.locator("html").get_attribute("lang") == "es"
        assert page.title().strip(), path
        assert page.locator("h1").count() >= 1, path
        assert page.evaluate(NAMELESS) == [], path
        assert page.evaluate(FAINT) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


def test_fingers_find_what_they_aim_at(open_as: Opener, scene: Scene) -> None:
    """On a phone buttons, menus and places are at least 44 pixels high."""
    page = open_as("encargado.uno", "/", 360)
    for name, path in pages(scene):
        if name == "encargado.uno":
            page.goto(scene.emulator.url + path)
            assert page.evaluate(SMALL) == [], path


def test_drive_is_walked_with_the_keyboard(open_as: Opener, scene: Scene) -> None:
    """The first Tab offers to skip to the content; what has the focus can be seen; Escape closes a dialog."""
    page = open_as("cartera.uno", "/desk/drive")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Ir al contenido")).to_be_focused()
    page.get_by_role("button", name="Nuevo").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog").get_by_label("Nombre")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_role("button", name="Nuevo").focus()
    page.keyboard.press("Tab")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    assert scene.emulator.url in page.url


def test_sheet_has_its_shortcuts(open_as: Opener, scene: Scene) -> None:
    """Home, End, the box with the cell's name, Ctrl+Z, copy and paste work as people expect."""
    page = open_as("seguridad.uno", f"/desk/sheet/{scene.sheet}?cell=D9")
    expect(page.locator("#c-D9")).to_be_focused()
    page.keyboard.type("Primera")
    page.keyboard.press("Enter")
    expect(page.locator("#c-D9")).to_have_text("Primera")
    page.keyboard.press("Control+z")
    expect(page.locator("#c-D9")).to_have_text("")
    page.keyboard.press("Home")
    expect(page.locator("#c-A9")).to_be_focused()
    page.locator("#namebox").fill("d3")
    page.keyboard.press("Enter")
    expect(page.locator("#c-D3")).to_be_focused()
    expect(page.locator("#fx")).to_have_value('=IF(COUNTIF(D5:D7;TRUE)=3;"Confirmado";"Pendiente: "&(3-COUNTIF(D5:D7;TRUE)))')
