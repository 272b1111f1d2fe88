"""The desk in a real browser: what a newcomer does in the first five minutes."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.desk_kit import BOT, CLIENT, FORMS_OWNER, Scene

Opener = Callable[..., Page]


def answer(page: Page, title: str, text: str) -> None:
    """Write into the text question of that title."""
    page.get_by_role("textbox", name=title, exact=True).fill(text)


def ticked(scene: Scene, area: str) -> object:
    """What a range of the control sheet holds."""
    sheets = scene.emulator.service("sheets", "v4", BOT).spreadsheets().values()
    return sheets.get(spreadsheetId=scene.sheet, range=area, valueRenderOption="UNFORMATTED_VALUE").execute().get("values")


def responses(scene: Scene) -> list[dict[str, object]]:
    """The responses of the form, as the API lists them."""
    forms = scene.emulator.service("forms", "v1", FORMS_OWNER)
    found: list[dict[str, object]] = forms.forms().responses().list(formId=scene.form).execute().get("responses", [])
    return found


def test_choosing_a_person_opens_the_desk_as_that_person(open_as: Opener, scene: Scene) -> None:
    """The first page asks who one is and then speaks to that person."""
    page = open_as("exempleado", "/")
    expect(page.get_by_role("heading", name="¿Quién es usted?")).to_be_visible()
    expect(page.get_by_role("button", name="Néstor Gallardo Ponce")).to_be_disabled()
    expect(page.get_by_role("heading", name="Para empezar")).to_be_visible()
    page.get_by_label("Buscar persona").fill("seguridad")
    expect(page.get_by_role("button", name="Gloria Sucre")).to_be_hidden()
    page.locator(".teams").get_by_role("button", name="Ovidio Arrocha Delgado").click()
    expect(page.get_by_role("heading", name="Hola, Ovidio Arrocha Delgado")).to_be_visible()


def test_form_is_walked_along_its_branch_and_sent(open_as: Opener, scene: Scene) -> None:
    """Required answers are asked for, the branch skips the other section, the response arrives and can be edited."""
    page = open_as(
        "vendedora.uno", f"/desk/form/e/{scene.public}/viewform?usp=pp_url&{scene.entry('Nombre del cliente')}=Ferreter%C3%ADa"
    )
    expect(page.get_by_role("textbox", name="Nombre del cliente")).to_have_value("Ferretería")
    page.get_by_role("button", name="Siguiente").click()
    expect(page.get_by_text("Esta pregunta es obligatoria")).to_be_visible()
    page.get_by_label("Jurídica").check()
    page.get_by_role("button", name="Siguiente").click()
    expect(page.get_by_role("heading", name="Persona jurídica")).to_be_visible()
    answer(page, "RUC", "155612345-2-2015")
    answer(page, "DV", "59")
    page.get_by_role("button", name="Atrás").click()
    expect(page.get_by_label("Jurídica")).to_be_checked()
    page.get_by_role("button", name="Siguiente").click()
    page.get_by_role("button", name="Siguiente").click()
    page.get_by_label("Cambio", exact=True).check()
    page.get_by_label("Otro", exact=True).fill("Custodia")
    page.get_by_role("button", name="Enviar").click()
    expect(page.get_by_text("Su respuesta se registró.")).to_be_visible()
    stored = str(responses(scene)[0]["answers"])
    assert all(text in stored for text in ("Ferretería", "155612345-2-2015", "Cambio", "Custodia"))
    page.get_by_role("link", name="Editar su respuesta").click()
    answer(page, "Nombre del cliente", "Ferretería El Roble")
    for _ in range(2):
        page.get_by_role("button", name="Siguiente").click()
    expect(page.get_by_label("Otro", exact=True)).to_have_value("Custodia")
    page.get_by_role("button", name="Enviar").click()
    expect(page.get_by_text("Su respuesta editada se registró.")).to_be_visible()
    assert len(responses(scene)) == 1
    assert "Ferretería El Roble" in str(responses(scene)[0]["answers"])


def test_answers_of_a_section_that_was_left_are_not_sent(open_as: Opener, scene: Scene) -> None:
    """Who changes the branch half-way sends only what stands on the final way."""
    page = open_as("vendedora.uno", f"/desk/form/{scene.form}")
    answer(page, "Nombre del cliente", "Ana")
    page.get_by_label("Natural").check()
    page.get_by_role("button", name="Siguiente").click()
    answer(page, "Cédula", "8-1-1")
    page.get_by_role("button", name="Atrás").click()
    page.get_by_label("Jurídica").check()
    page.get_by_role("button", name="Siguiente").click()
    answer(page, "RUC", "1-1-1")
    answer(page, "DV", "1")
    page.get_by_role("button", name="Siguiente").click()
    page.get_by_label("Recolección").check()
    page.get_by_role("button", name="Enviar").click()
    expect(page.get_by_text("Su respuesta se registró.")).to_be_visible()
    assert "8-1-1" not in str(responses(scene)[0]["answers"])


def test_mail_leads_to_the_sheet_and_runs_nothing(open_as: Opener, scene: Scene) -> None:
    """The area's mail is shown, its script does not run, its button opens the control sheet on the desk."""
    page = open_as("seguridad.uno", "/desk/mail")
    expect(page.locator(".threads .unread")).to_have_count(1)
    page.get_by_role("link", name="Ferretería El Roble: confirme su parte").click()
    frame = page.frame_locator(".mail-frame")
    expect(frame.get_by_text("Confirme las medidas")).to_be_visible()
    expect(page).to_have_title("Ferretería El Roble: confirme su parte")
    with page.context.expect_page() as opened:
        frame.get_by_role("link", name="Abrir la hoja de control").click()
    expect(opened.value.get_by_role("heading", name="Hoja de control", level=1)).to_be_visible()
    assert opened.value.url.startswith(scene.emulator.url + "/desk/sheet/")
    page.get_by_role("link", name="Texto").click()
    assert (
        page.get_by_role("link", name="docs.google.com/spreadsheets").get_attribute("href") == f"/desk/sheet/{scene.sheet}#gid=0"
    )
    page.goto(scene.emulator.url + "/desk/mail")
    expect(page.locator(".threads .unread")).to_have_count(0)


def test_client_finds_the_welcome_mail_with_its_attachment(open_as: Opener, scene: Scene) -> None:
    """An outside address has a mailbox, and what is attached can be taken from it."""
    page = open_as(CLIENT, "/desk/mail")
    page.get_by_role("link", name="Bienvenidos a Blindados Demo").click()
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Bienvenida.pdf").click()
    assert waiting.value.suggested_filename == "Bienvenida.pdf"


def test_tick_in_own_column_is_seen_by_another_within_two_seconds(open_as: Opener, scene: Scene) -> None:
    """Seguridad ticks; Operaciones, looking at the same sheet, sees the tick and the new state."""
    mine = open_as("seguridad.uno", f"/desk/sheet/{scene.sheet}")
    theirs = open_as("operaciones.uno", f"/desk/sheet/{scene.sheet}")
    expect(theirs.get_by_role("checkbox", name="D5")).not_to_be_checked()
    mine.get_by_role("checkbox", name="D5").click()
    began = time.monotonic()
    expect(theirs.get_by_role("checkbox", name="D5")).to_be_checked(timeout=2000)
    assert time.monotonic() - began < 2
    expect(theirs.locator("#c-D3")).to_contain_text("Pendiente: 2")
    expect(theirs.locator("#state")).to_contain_text("Ovidio Arrocha Delgado")
    expect(mine.get_by_role("checkbox", name="D5")).to_be_checked()
    assert ticked(scene, "D5") == [[True]]


def test_tick_in_another_column_is_refused_with_the_reason(open_as: Opener, scene: Scene) -> None:
    """Seguridad clicks in the column of Operaciones: a dialog says why, and nothing is ticked."""
    page = open_as("seguridad.uno", f"/desk/sheet/{scene.sheet}")
    page.get_by_role("checkbox", name="C5").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Celda protegida")
    expect(dialog).to_contain_text("En C5 escribe: Operaciones.")
    expect(dialog).to_contain_text("You are trying to edit a protected cell or object.")
    dialog.get_by_role("button", name="Aceptar").click()
    expect(page.get_by_role("checkbox", name="C5")).not_to_be_checked()
    assert ticked(scene, "C5") == [[False]]


def test_sheet_is_worked_with_the_keyboard(open_as: Opener, scene: Scene) -> None:
    """Arrows move, space ticks, typing writes, Escape leaves, and a drop-down keeps its choice."""
    page = open_as("seguridad.uno", f"/desk/sheet/{scene.sheet}")
    page.locator("#c-D5").click(position={"x": 4, "y": 4})
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    expect(page.get_by_role("checkbox", name="D6")).to_be_checked()
    for _ in range(3):
        page.keyboard.press("ArrowDown")
    page.keyboard.type("Falta la ruta")
    page.keyboard.press("Enter")
    expect(page.locator("#c-D9")).to_have_text("Falta la ruta")
    page.locator("#c-D9").dblclick()
    page.keyboard.type("otra cosa")
    page.keyboard.press("Escape")
    page.get_by_role("combobox", name="D10").select_option("Persona dos")
    expect(page.locator("#state")).to_have_text("Se guardó en Drive")
    assert ticked(scene, "D6:D10") == [[True], [False], [False], ["Falta la ruta"], ["Persona dos"]]


def test_typing_goes_on_while_another_changes_the_sheet(open_as: Opener, scene: Scene) -> None:
    """A change by somebody else does not take the pen out of one's hand."""
    mine = open_as("seguridad.uno", f"/desk/sheet/{scene.sheet}")
    theirs = open_as("operaciones.uno", f"/desk/sheet/{scene.sheet}")
    mine.locator("#c-D9").dblclick()
    mine.keyboard.type("Escribo ")
    theirs.get_by_role("checkbox", name="C5").click()
    mine.wait_for_timeout(1500)
    mine.keyboard.type("despacio")
    mine.keyboard.press("Enter")
    expect(mine.locator("#c-D9")).to_have_text("Escribo despacio")
    expect(mine.get_by_role("checkbox", name="C5")).to_be_checked()


def test_folders_show_access_and_take_an_upload(open_as: Opener, scene: Scene) -> None:
    """The vendedora finds the folder that was shared with her, sees who else opens it, uploads, renames."""
    page = open_as("vendedora.uno", "/desk/drive/shared")
    page.get_by_role("link", name="00 Entregar aquí").click()
    panel = page.get_by_role("complementary", name="Quién tiene acceso")
    expect(panel).to_contain_text("Carpeta con acceso limitado")
    openers = panel.get_by_role("list").first
    expect(openers).to_contain_text("Expedientes")
    expect(openers).not_to_contain_text("Áreas")
    page.locator("input[type=file]").set_input_files({"name": "Cédula.png", "mimeType": "image/png", "buffer": b"png"})
    expect(page.get_by_role("link", name="Cédula.png")).to_be_visible()
    page.get_by_role("button", name="Cambiar el nombre de Cédula.png").click()
    page.get_by_role("dialog").get_by_label("Nombre").fill("Cédula del representante.png")
    page.get_by_role("button", name="Aceptar").click()
    expect(page.get_by_role("link", name="Cédula del representante.png")).to_be_visible()


@pytest.mark.parametrize("width", [1280, 360])
def test_no_page_is_wider_than_the_screen(open_as: Opener, scene: Scene, width: int) -> None:
    """Every page fits, names what it imitates and leads to the calls."""
    pages = ["/", "/desk/drive", "/desk/drive/drives", f"/desk/drive/folder/{scene.dossier}", f"/desk/sheet/{scene.sheet}"]
    pages += [
        f"/desk/form/{scene.form}",
        "/desk/forms",
        "/desk/mail",
        "/desk/mail/write",
        "/desk/calls",
        f"/desk/file/{scene.paper}",
    ]
    page = open_as("encargado.uno", "/", width)
    for path in pages:
        page.goto(scene.emulator.url + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        expect(page.get_by_text("Imitación local; en producción es")).to_be_visible()
        expect(page.get_by_role("link", name="Ver llamadas").first).to_be_visible()


def test_nobody_without_a_role_sees_the_dossier(open_as: Opener, scene: Scene) -> None:
    """An employee without a role meets a clear page, with Google's own words."""
    page = open_as("empleado.sin.rol", f"/desk/sheet/{scene.sheet}")
    expect(page.get_by_role("heading", name=re.compile("No tiene acceso|Necesita acceso"))).to_be_visible()
    expect(page.get_by_text("Está mirando como Camilo Herrera Tuñón")).to_be_visible()
