"""Pictures of what comes around a client's way: pages of the dossier, acts, papers that are made, mornings, changes, the end."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import Page

from local import ending, play_changes
from local.cases import Case
from local.person import Mail, Person
from local.playing import Run
from local.processes import say
from local.tables import ROOT, process_table
from local.travel import Travel, TravelError

if TYPE_CHECKING:
    from local.pictures import Camera

# A Monday morning, when the day's and the week's mails have come.
_MONDAY = datetime.fromisoformat("2026-03-09T08:20:00-05:00")
WIDTHS = (1280, 360)
_MADE = ROOT / "process" / "made_documents"
_TOOL = "pdftoppm"


def waiting_client(camera: Camera, travel: Travel, case: Case) -> None:
    """A second client of the same vendedora who brings nothing: she is reminded of it."""
    other = Travel(camera.stack, travel.cast, {**case, "vendedora": travel.vendedora.address})
    other.submit()
    if not other.find():
        raise TravelError("el segundo formulario no abrió un expediente")


def dossier_pages(camera: Camera, travel: Travel) -> None:
    """The page of a dossier on its way as two people see it, and acts that they may do."""
    page, cast = camera.stack.ready["page"], travel.cast
    for name, person in (("page-dossier", travel.encargado), ("page-dossier-seller", travel.vendedora)):
        camera.take(name, person.address, f"{page}/expediente/{travel.dossier_id}", _open_all)
    acts = (
        ("act-pause", travel.vendedora, "pausar"),
        ("act-visit", camera.stack.person(cast.first("seguridad")), "acordar_visita/P01"),
    )
    for name, person, act in acts:
        camera.take(name, person.address, f"{page}/acto/{travel.dossier_id}/{act}")
    operations = camera.stack.person(cast.first("operaciones"))
    camera.take("act-resources", operations.address, f"{page}/acto/{travel.dossier_id}/asignar_recursos/P01")
    camera.take("act-refused", travel.vendedora.address, f"{page}/acto/{travel.dossier_id}/pausar", _send_nothing)


def visit_agreed(camera: Camera, travel: Travel) -> None:
    """Seguridad agrees on a visit: what the act says then and what the client reads."""
    person = camera.stack.person(travel.cast.first("seguridad"))
    day = (camera.stack.now() + timedelta(days=2)).date().isoformat()
    said = {"day": day, "hour": "10:30", "inspector": person.address, "note": "Avise en recepción."}
    if not travel.act(person, "acordar_visita", "P01", said):
        raise TravelError("la página no dejó acordar la visita")
    camera.stack.look()
    mail(camera, "mail-visit", _contact(travel), "visita")


def made_papers(camera: Camera, travel: Travel) -> None:
    """The cover sheet and the documents that the client signs, as they would be printed."""
    if not shutil.which(_TOOL):
        say(f"· SIN {_TOOL} (poppler-utils): no se dibujan la carátula ni los documentos.")
        return
    names = _picture_names()
    for item in travel.encargado.files_under(travel.root_id):
        if name := names.pop(item["name"], ""):
            _print(camera, name, _content(travel.encargado, item["id"]))
    if names:
        raise TravelError(f"en el expediente no están {', '.join(sorted(names))}")


def mornings(camera: Camera, travel: Travel) -> None:
    """Monday: what the vendedora, an area and the management read."""
    camera.stack.set_clock(_MONDAY)
    camera.stack.look(2)
    manager = camera.stack.person(travel.cast.first("gerencia"))
    mail(camera, "mail-clients", travel.vendedora, "Sus clientes")
    mail(camera, "mail-week", manager, "semana")


def workbooks(camera: Camera, travel: Travel, open_tab: Callable[..., None]) -> None:
    """Ajustes, tab by tab, and the register of each audience."""
    keeper = camera.stack.person(travel.cast.first("gerencia"))
    (book,) = keeper.files("name contains 'Ajustes'")
    tabs = {
        "adjustments": "Leer primero",
        "adjustments-people": "Personas",
        "adjustments-deadlines": "Plazos",
        "adjustments-mails": "Correos",
    }
    for name, title in tabs.items():
        camera.take(name, keeper.address, f"/desk/sheet/{book['id']}", partial(open_tab, title=title), whole=False)
    for name, role in (("register-manager", "gerencia"), ("register-sales", "comercial")):
        person = camera.stack.person(travel.cast.first(role))
        (register,) = person.files("name contains 'Registro de expedientes'")
        camera.take(name, person.address, f"/desk/sheet/{register['id']}", whole=False)
        if role == "gerencia":
            shown = partial(open_tab, title="Indicadores")
            camera.take("register-figures", person.address, f"/desk/sheet/{register['id']}", shown, whole=False)


def change(camera: Camera, travel: Travel, code: str) -> None:
    """Five days instead of three: what Operaciones decides, what the areas and the client read."""
    run, page = Run(camera.stack, travel.cast, travel.case, code, travel), camera.stack.ready["page"]
    operations = camera.stack.person(travel.cast.first("operaciones"))
    begins = (camera.stack.now() + timedelta(days=2)).date().isoformat()
    days = {
        "campo": "orden_trabajo.puntos[P01].frecuencia.dias",
        "despues": ["LU", "MA", "MI", "JU", "VI"],
        "vigente_desde": begins,
    }
    play_changes.ask(run, days, travel.vendedora.address)
    mail(camera, "mail-change-asked", operations)
    camera.take("act-change", operations.address, f"{page}/acto/{travel.dossier_id}/decidir_modificacion/M01")
    play_changes.approve(run, {}, operations.address)
    camera.stack.look()
    mail(camera, "mail-change-areas", operations, "Confirme lo que cambió")
    mail(camera, "mail-change-client", _contact(travel))
    camera.take("page-dossier-changed", travel.encargado.address, f"{page}/expediente/{travel.dossier_id}", _open_all)


def end(camera: Camera, travel: Travel, code: str) -> None:
    """The service ends: the mails that ask for it, the pages that are signed, what is told when it is over."""
    stack, cast, page = camera.stack, travel.cast, camera.stack.ready["page"]
    last = stack.now().date().isoformat()
    ending.ask(travel, code, travel.vendedora.address, (last, "El cliente cierra el local.", "returned"))
    treasury = stack.person(cast.first("cartera"))
    mail(camera, "mail-cancel-asked", travel.encargado)
    mail(camera, "mail-cancel-balance", treasury)
    camera.take("act-cancel", travel.encargado.address, f"{page}/acto/{travel.dossier_id}/firmar_cancelacion/C1")
    ending.sign(travel, travel.encargado)
    ending.settle_balance(travel, treasury)
    stack.set_clock(stack.now() + timedelta(days=1))
    stack.look(3)
    mail(camera, "mail-cancelled-areas", stack.person(cast.first("operaciones")), "cancel")
    mail(camera, "mail-cancelled-client", _contact(travel), "termin")
    camera.take("page-dossier-archived", travel.encargado.address, f"{page}/expediente/{travel.dossier_id}", _open_all)


# --- small acts ----------------------------------------------------------------------------------------------------------------


def mail(camera: Camera, name: str, person: Person, words: str = "") -> None:
    """The newest mail of a person, or the newest whose subject or text says the words. :raises TravelError: there is none."""
    camera.take(name, person.address, thread_of(person, words), lambda page: page.wait_for_timeout(200))


def thread_of(person: Person, words: str = "") -> str:
    """Where the desk shows that mail. :raises TravelError: there is none."""
    found: list[Mail] = [one for one in person.mails() if words.lower() in (one.subject + one.text).lower()]
    if not found:
        raise TravelError(f"{person.address} no tiene un correo que diga «{words}»")
    return f"/desk/mail/t/{found[-1].thread_id}"


def _contact(travel: Travel) -> Person:
    return travel.stack.person(travel.case["orden_trabajo"]["puntos"][0]["contacto"]["correo"])


def _open_all(page: Page) -> None:
    page.evaluate("document.querySelectorAll('main details').forEach((one) => one.setAttribute('open', ''))")


def _send_nothing(page: Page) -> None:
    """Sign with empty fields, as somebody in a hurry; the browser's own check is passed over."""
    page.evaluate("document.querySelectorAll('form').forEach((form) => form.noValidate = true)")
    page.locator("main form button").last.click()
    page.wait_for_load_state("load")


def _picture_names() -> dict[str, str]:
    """File name -> picture, of the cover sheet and of the papers that are made and not yet signed."""
    tables = {"paper-cover": "cover_sheet"} | {
        f"paper-{path.stem}": f"made_documents/{path.stem}" for path in _MADE.glob("*.yaml")
    }
    return {str(process_table(table)["file_name"]): name for name, table in tables.items()}


def _content(person: Person, file_id: str) -> bytes:
    query = {"alt": "media", "supportsAllDrives": "true"}
    return person.wire.send("GET", f"/drive/v3/files/{file_id}", None, "", query)


def _print(camera: Camera, name: str, content: bytes) -> None:
    """The first page of a PDF at both widths."""
    with tempfile.NamedTemporaryFile(suffix=".pdf") as file:
        file.write(content)
        file.flush()
        for width in WIDTHS:
            target = Path(camera.out / f"{name}-{width}")
            command = [_TOOL, "-png", "-singlefile", "-scale-to-x", str(width), "-scale-to-y", "-1", file.name, str(target)]
            subprocess.run(command, check=True)
    camera.taken += 1
    say(f"· {name}")
