"""Drive on the desk: sharing, moving, comments, versions, search, as people do it in a browser."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.desk_kit import BOT, Scene, address, drop, grant, make

Opener = Callable[..., Page]
WIDTHS = pytest.mark.parametrize("width", [1280, 360])


def roles(scene: Scene, item: str) -> dict[str, str]:
    """Address -> role, as the API tells the service account."""
    drive = scene.emulator.service("drive", "v3", BOT)
    fields = "permissions(emailAddress,role)"
    found = drive.permissions().list(fileId=item, supportsAllDrives=True, fields=fields).execute()["permissions"]
    return {one["emailAddress"].partition("@")[0]: one["role"] for one in found if "emailAddress" in one}


@WIDTHS
def test_access_is_given_changed_and_taken_away(open_as: Opener, scene: Scene, width: int) -> None:
    """The administrator of the drive shares a folder, raises the role, removes it; the API sees each step."""
    drive = scene.emulator.service("drive", "v3", BOT)
    grant(drive, scene.drive_id, "administrador", "organizer")
    page = open_as("administrador", f"/desk/share/{scene.legal}", width)
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_label("Agregar personas y grupos").fill(address("cumplimiento.uno"))
    page.get_by_role("button", name="Compartir").click()
    expect(page.get_by_role("status")).to_contain_text("Ahora tiene acceso: Xiomara De León Araúz.")
    assert roles(scene, scene.legal)["cumplimiento.uno"] == "reader"
    page.get_by_label("Rol de Xiomara De León Araúz").select_option(label="Administrador de contenido")
    expect(page.get_by_role("status")).to_contain_text("Se cambió el acceso.")
    assert roles(scene, scene.legal)["cumplimiento.uno"] == "fileOrganizer"
    page.get_by_label("Rol de Xiomara De León Araúz").select_option(label="Quitar acceso")
    expect(page.get_by_role("status")).to_contain_text("Se quitó el acceso.")
    assert "cumplimiento.uno" not in roles(scene, scene.legal)


def test_refusals_of_sharing_are_told_in_spanish(open_as: Opener, scene: Scene) -> None:
    """An inherited access, an expiry that folders do not know: each says what is wrong, with Google's own words beside it."""
    grant(scene.emulator.service("drive", "v3", BOT), scene.drive_id, "administrador", "organizer")
    page = open_as("administrador", f"/desk/share/{scene.dossier}")
    page.get_by_label("Rol de Expedientes").select_option(label="Lector")
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("Acceso heredado")
    expect(alert).to_contain_text("cámbielo allá")
    page.get_by_label("Agregar personas y grupos").fill(address("cartera.uno"))
    page.get_by_role("combobox", name="Rol", exact=True).first.select_option(label="Editor")
    page.get_by_label("Último día, si termina").fill("2027-01-15")
    page.get_by_role("button", name="Compartir").click()
    expect(alert).to_contain_text("solo el rol Lector puede vencer")
    expect(alert).to_contain_text("cannotSetExpiration")
    assert "cartera.uno" not in roles(scene, scene.dossier)


def test_access_ends_on_the_day_that_was_chosen(open_as: Opener, scene: Scene) -> None:
    """The last day is kept when the role changes, and taken away by emptying the field."""

    def ends() -> list[str]:
        drive = scene.emulator.service("drive", "v3", address("cartera.uno"))
        found = drive.permissions().list(fileId=file_id, fields="permissions(role,expirationTime)").execute()["permissions"]
        return [f"{one['role']} {one.get('expirationTime', '')}".strip() for one in found if one["role"] != "owner"]

    page = open_as("cartera.uno", "/desk/drive")
    page.locator("input[type=file]").set_input_files({"name": "Nota.txt", "mimeType": "text/plain", "buffer": b"x"})
    file_id = str(page.get_by_role("link", name="Nota.txt", exact=True).get_attribute("href")).rpartition("/")[2]
    page.goto(f"{scene.emulator.url}/desk/share/{file_id}")
    day = str(page.get_by_label("Último día, si termina").get_attribute("min"))
    page.get_by_label("Agregar personas y grupos").fill(address("cartera.dos"))
    page.get_by_label("Último día, si termina").fill(day)
    page.get_by_role("button", name="Compartir").click()
    expect(page.get_by_role("main")).to_contain_text("Vence el")
    page.get_by_label("Rol de Belisario Franco Icaza").select_option(label="Editor")
    expect(page.get_by_role("status")).to_contain_text("Se cambió el acceso.")
    assert [one.partition("T")[0] for one in ends()] != ["writer"]
    page.get_by_text("Último día", exact=True).click()
    page.get_by_label("Último día de Belisario Franco Icaza").fill("")
    page.get_by_role("button", name="Guardar").click()
    expect(page.get_by_text("Vence el")).to_have_count(0)
    assert ends() == ["writer"]


def test_reader_sees_who_has_access_and_whom_to_ask(open_as: Opener, scene: Scene) -> None:
    """Without the right to share there is nothing to press, but the names of those who can."""
    page = open_as("encargado.uno", f"/desk/share/{scene.dossier}")
    expect(page.get_by_text("Usted puede ver quién tiene acceso, pero no cambiarlo")).to_be_visible()
    expect(page.get_by_role("button", name="Compartir")).to_have_count(0)
    expect(page.get_by_role("main")).to_contain_text("Heredado de «Clientes»")


def test_limited_access_is_switched_on(open_as: Opener, scene: Scene) -> None:
    """One button, and those from above see the name of the folder and no more."""
    drive = scene.emulator.service("drive", "v3", BOT)
    grant(drive, scene.drive_id, "administrador", "organizer")
    folder = make(drive, "07 Reservado", scene.dossier)
    page = open_as("administrador", f"/desk/share/{folder}")
    page.get_by_role("button", name="Limitar el acceso").click()
    expect(page.get_by_text("Carpeta con acceso limitado")).to_be_visible()
    other = open_as("seguridad.uno", f"/desk/drive/folder/{folder}")
    expect(other.get_by_text("pero no puede abrirla")).to_be_visible()


@WIDTHS
def test_file_is_moved_by_walking_the_folders(open_as: Opener, scene: Scene, width: int) -> None:
    """In My Drive: a new folder, an uploaded file, «Mover», into the folder, «Mover aquí»."""
    page = open_as("cartera.uno", "/desk/drive", width)
    page.get_by_role("button", name="Nuevo").click()
    page.get_by_role("dialog").get_by_label("Nombre").fill("Recibos")
    page.get_by_role("button", name="Crear").click()
    page.locator("input[type=file]").set_input_files({"name": "Recibo.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4"})
    page.get_by_role("link", name="Mover Recibo.pdf").click()
    expect(page.get_by_role("button", name="Ya está aquí")).to_be_disabled()
    page.get_by_role("link", name="Recibos").click()
    page.get_by_role("button", name="Mover aquí").click()
    expect(page.get_by_role("status")).to_contain_text("«Recibo.pdf» está ahora en «Recibos».")
    expect(page.get_by_role("link", name="Recibo.pdf", exact=True)).to_be_visible()


def test_comment_is_answered_and_resolved(open_as: Opener, scene: Scene) -> None:
    """One writes, another answers and resolves; markup in a comment stays text."""
    path = f"/desk/file/{scene.sheet}/comments"
    mine = open_as("seguridad.uno", path)
    mine.get_by_label("Comentario nuevo").fill("¿Falta la <b>ruta</b>?")
    mine.get_by_role("button", name="Comentar").click()
    expect(mine.get_by_text("¿Falta la <b>ruta</b>?")).to_be_visible()
    theirs = open_as("operaciones.uno", path)
    theirs.get_by_label("Responder a Ovidio Arrocha Delgado").fill("Ya está.")
    theirs.get_by_role("button", name="Resolver").click()
    expect(theirs.get_by_text("Resuelto", exact=True)).to_be_visible()
    mine.reload()
    expect(mine.get_by_text("Ya está.")).to_be_visible()


def test_versions_name_who_changed_the_sheet(open_as: Opener, scene: Scene) -> None:
    """A tick by Seguridad is the latest version in the history."""
    page = open_as("seguridad.uno", f"/desk/sheet/{scene.sheet}")
    page.locator("#c-D5 input").click()
    expect(page.locator("#state")).to_have_text("Se guardó en Drive")
    expect(page.locator("#edited")).to_contain_text("por usted")
    page.get_by_text("Archivo").click()
    page.get_by_role("link", name="Historial de versiones").click()
    expect(page.locator(".versions .current")).to_contain_text("Usted")


def test_sheet_is_downloaded_in_three_formats(open_as: Opener, scene: Scene) -> None:
    """«Archivo» gives Excel, PDF and CSV under the name of the sheet."""
    page = open_as("seguridad.uno", f"/desk/sheet/{scene.sheet}")
    for label, ending in (("Microsoft Excel", "xlsx"), ("PDF", "pdf"), ("separados por comas", "csv")):
        page.get_by_text("Archivo").click()
        with page.expect_download() as waiting:
            page.get_by_role("link", name=label).click()
        assert waiting.value.suggested_filename.endswith(f"2026-0042.{ending}")
        page.keyboard.press("Escape")


def test_reader_makes_a_copy_of_the_own(open_as: Opener, scene: Scene) -> None:
    """Who may not write beside the sheet gets the copy in My Drive."""
    page = open_as("seguridad.uno", f"/desk/sheet/{scene.sheet}")
    page.get_by_text("Archivo").click()
    page.get_by_role("button", name="Hacer una copia").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Copia de Hoja de control")
    expect(page.locator(".sheet-crumbs")).to_have_text("Mi unidad")


def test_search_takes_words_and_the_language_of_the_api(open_as: Opener, scene: Scene) -> None:
    """Words find names; a `q` is taken as it stands; a wrong one is explained."""
    page = open_as("vendedora.uno", "/desk/drive")
    page.get_by_label("Buscar en Drive").fill("aviso")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Aviso de operación.pdf")).to_be_visible()
    page.get_by_label("Buscar en Drive").fill("mimeType = 'image/png' and trashed = false")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="IMG_2031.png")).to_be_visible()
    expect(page.get_by_role("link", name="Aviso de operación.pdf")).to_have_count(0)
    page.goto(f"{scene.emulator.url}/desk/drive/search?q=name contains 'aviso")
    expect(page.get_by_text("La consulta no es válida.")).to_be_visible()


def test_hostile_names_are_text_everywhere(open_as: Opener, scene: Scene) -> None:
    """A file, a folder and a tab named with markup run nothing on any page that shows them."""
    bad = "\"><img src=x onerror=\"document.title='roto'\">'"
    drive = scene.emulator.service("drive", "v3", BOT)
    folder = make(drive, bad, scene.dossier)
    file_id = drop(scene.emulator, scene.inbox, bad, "text/plain", b"x")
    rename = {"requests": [{"updateSheetProperties": {"properties": {"sheetId": 7, "title": bad}, "fields": "title"}}]}
    scene.emulator.service("sheets", "v4", BOT).spreadsheets().batchUpdate(spreadsheetId=scene.sheet, body=rename).execute()
    page = open_as("encargado.uno", "/")
    for path in (
        f"/desk/drive/folder/{scene.dossier}?info={folder}",
        f"/desk/drive/folder/{scene.inbox}",
        f"/desk/file/{file_id}",
        f"/desk/file/{file_id}/comments",
        f"/desk/file/{file_id}/versions",
        f"/desk/share/{folder}",
        f"/desk/move/{file_id}",
        f"/desk/sheet/{scene.sheet}?gid=7",
        f"/desk/drive/search?q={bad}",
    ):
        page.goto(scene.emulator.url + path)
        assert page.title() != "roto", path
        assert page.locator("img[src=x]").count() == 0, path
