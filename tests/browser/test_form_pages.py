"""Forms on the desk: who may answer, closed forms, and what the editors see and do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.desk_kit import FORMS_OWNER, Scene, address

Opener = Callable[..., Page]


def answered(scene: Scene, name: str, person: str = "Natural") -> str:
    """A response sent in by the vendedora."""
    path = {"Cédula": "8-1-1"} if person == "Natural" else {"RUC": "1-1-1", "DV": "1"}
    answers: dict[str, Any] = {"Nombre del cliente": name, "Tipo de persona": person, "Servicios": ["Cambio"]} | path
    answers |= {"¿Es contribuyente?": "Sí"} if person == "Natural" else {}
    body = {"respondent": address("vendedora.uno"), "answers": answers}
    return str(scene.emulator.local("POST", f"forms/{scene.form}/responses", body)["responseId"])


@pytest.mark.parametrize("width", [1280, 360])
def test_editors_see_the_responses_in_summary_and_one_by_one(open_as: Opener, scene: Scene, width: int) -> None:
    """Choices are counted, texts listed; a single response leads to the form with its answers written."""
    answered(scene, "Ana")
    answered(scene, "Taller Sur, S.A.", "Jurídica")
    page = open_as(FORMS_OWNER, "/desk/forms", width)
    page.get_by_role("link", name="2 respuestas").click()
    card = page.locator(".fcard", has=page.get_by_role("heading", name="Tipo de persona", exact=True))
    expect(card).to_contain_text("1 (50 %)")
    page.get_by_role("link", name="Individual").click()
    expect(page.get_by_text("Respuesta 1 de 2")).to_be_visible()
    page.get_by_role("link", name="Siguiente").click()
    expect(page.get_by_text("Taller Sur, S.A.")).to_be_visible()
    page.get_by_role("link", name="Abrir el formulario con estas respuestas escritas").click()
    expect(page.get_by_role("textbox", name="Nombre del cliente")).to_have_value("Taller Sur, S.A.")


def test_responses_are_for_editors_alone(open_as: Opener, scene: Scene) -> None:
    """Who only answers gets no way to what others answered."""
    page = open_as("vendedora.uno", f"/desk/form/{scene.form}/responses")
    expect(page.get_by_role("heading", level=1)).to_have_text("No lo encontramos")
    expect(page.get_by_role("heading", name="Tipo de persona")).to_have_count(0)


def test_form_is_closed_and_opened_again(open_as: Opener, scene: Scene) -> None:
    """Closed by its editor it tells people so; opened again it takes answers."""
    editor = open_as(FORMS_OWNER, f"/desk/form/{scene.form}/responses")
    editor.get_by_role("button", name="Dejar de aceptar respuestas").click()
    seller = open_as("vendedora.uno", f"/desk/form/{scene.form}")
    expect(seller.get_by_role("heading", name="Formulario cerrado")).to_be_visible()
    editor.get_by_role("button", name="Aceptar respuestas").click()
    seller.reload()
    expect(seller.get_by_role("textbox", name="Nombre del cliente")).to_be_visible()


def test_uninvited_person_is_told_whom_to_ask(open_as: Opener, scene: Scene) -> None:
    """A form for invited people names the reason and the way out."""
    drive = scene.emulator.service("drive", "v3", FORMS_OWNER)
    asked = {"fileId": scene.form, "includePermissionsForView": "published", "fields": "permissions(id,view,role,type)"}
    for one in drive.permissions().list(**asked).execute()["permissions"]:
        if one.get("view") == "published":
            drive.permissions().delete(fileId=scene.form, permissionId=one["id"]).execute()
    page = open_as("seguridad.uno", f"/desk/form/{scene.form}")
    expect(page.get_by_role("heading", name="Necesita permiso")).to_be_visible()
    expect(page.get_by_text("Pida a quien se lo envió que la agregue")).to_be_visible()
    expect(page.get_by_role("link", name="Cambiar de persona")).to_be_visible()


def test_question_for_files_is_added_and_answered(open_as: Opener, scene: Scene) -> None:
    """What the API cannot create a person adds; the file that is handed in lies with the response."""
    editor = open_as(FORMS_OWNER, f"/desk/form/{scene.form}/responses")
    editor.get_by_text("Agregar pregunta de archivo").click()
    editor.get_by_label("Pregunta", exact=True).fill("Foto del local")
    editor.get_by_role("button", name="Agregar", exact=True).click()
    expect(editor.get_by_role("status")).to_contain_text("Foto del local")
    page = open_as("vendedora.uno", f"/desk/form/{scene.form}?{scene.entry('Nombre del cliente')}=Ana")
    page.get_by_label("Natural").check()
    page.get_by_role("button", name="Siguiente").click()
    page.get_by_role("textbox", name="Cédula").fill("8-1-1")
    page.get_by_label("Sí").check()
    page.get_by_role("button", name="Siguiente").click()
    page.get_by_label("Cambio", exact=True).check()
    page.locator("input[type=file]").set_input_files({"name": "local.png", "mimeType": "image/png", "buffer": b"png"})
    page.get_by_role("button", name="Enviar").click()
    expect(page.get_by_text("Su respuesta se registró.")).to_be_visible()
    editor.goto(f"{scene.emulator.url}/desk/form/{scene.form}/responses?n=1")
    expect(editor.get_by_role("link", name="local - Marisol Quintero Vega.png")).to_be_visible()


def test_form_is_filled_with_the_keyboard_alone(open_as: Opener, scene: Scene) -> None:
    """Tab reaches the questions, Space and arrows choose, Enter goes on; an error takes the hand to what is missing."""
    page = open_as("vendedora.uno", f"/desk/form/{scene.form}")
    page.get_by_role("textbox", name="Nombre del cliente").focus()
    page.keyboard.type("Ana")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(page.get_by_label("Natural")).to_be_checked()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_label("Jurídica")).to_be_checked()
    page.get_by_role("button", name="Siguiente").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Persona jurídica")).to_be_visible()
    page.get_by_role("button", name="Siguiente").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("textbox", name="RUC")).to_be_focused()
    expect(page.get_by_text("Esta pregunta es obligatoria").first).to_be_visible()


def test_hostile_answers_are_text_for_the_editors(open_as: Opener, scene: Scene) -> None:
    """What a respondent writes runs nothing where it is read, in summary, alone and in the pre-filled link."""
    bad = "\"><img src=x onerror=\"document.title='roto'\"></textarea>'"
    answered(scene, bad)
    page = open_as(FORMS_OWNER, "/desk/forms")
    for path in ("responses", "responses?n=1"):
        page.goto(f"{scene.emulator.url}/desk/form/{scene.form}/{path}")
        expect(page.get_by_text(bad)).to_be_visible()
        assert page.title() != "roto"
    page.get_by_role("link", name="Abrir el formulario con estas respuestas escritas").click()
    expect(page.get_by_role("textbox", name="Nombre del cliente")).to_have_value(bad)
    assert page.locator("img").count() == 0
