"""R21 and R37: papers handed in on the page, as its people see it: on the page, in Drive, in the workbook and in their mail."""

from __future__ import annotations

import re

import pytest
import urllib3

from local.person import Person
from local.travel import Travel
from tests.journey.conftest import Traveller
from tests.journey.test_service_points import as_another_client

PDF = b"%PDF-1.4\n% Ficticio: contrato firmado\n%%EOF\n"
PHOTO = b"\xff\xd8\xff\xe0\x00\x10JFIF ficticia\xff\xd9"
SHEET_KEYS, NAME, BY, FIRST_PAPER, NOTICE = 0, 1, 2, 4, 7


def opened(travel: Traveller, ruc: str) -> Travel:
    """A client of its own whose dossier is open and who has brought nothing yet."""
    way = as_another_client(travel("C02"), ruc)
    way.submit()
    assert way.find(), "the form opened no dossier"
    return way


def page_of(way: Travel) -> str:
    """Where the receipt of the vendedora leads."""
    links = [found for mail in way.mails_of(way.vendedora) for found in re.findall(r"\S+/entregar/[A-Z0-9-]+", mail.text)]
    return next(link for link in links if link.endswith(way.dossier_id))


def hand_in(way: Travel, paper: str, name: str, content: bytes, who: Person | None = None, field: str = "file") -> str:
    """Somebody sends a file for a paper on the page; gives the words that are shown then."""
    person = who or way.vendedora
    page = person.open(page_of(way))
    form = next(form for form in page.forms if form.action.endswith(f"/{paper}") and "photo" in form.fields)
    sent = {key: value for key, value in form.fields.items() if key not in ("photo", "file")}
    headers = {"X-Local-User": person.address, "Origin": person.page_url, "Sec-Fetch-Site": "same-origin"}
    fields: dict[str, str | tuple[str, bytes, str]] = {**sent, field: (name, content, "application/octet-stream")}
    pool = urllib3.PoolManager(retries=False)
    answer = pool.request("POST", person.page_url + form.action, fields=fields, headers=headers, redirect=False)
    assert answer.status == 303, (answer.status, re.sub(r"<[^>]+>", " ", answer.data.decode())[-600:])
    return person.open(answer.headers["Location"]).text


def arrived(way: Travel) -> None:
    """Time for what was sent to be brought to Drive and to be listed."""
    way.stack.settle()
    way.stack.look()


def files_tab(way: Travel) -> list[list[str]]:
    """The rows of the workbook's tab of files, as the Encargado reads them."""
    rows = way.encargado.tab(way.workbook(), way.cast.documents_sheet["files"]["tab"])
    return [row for row in rows[3:] if row and row[SHEET_KEYS]]


def names_in(way: Travel, folder: str) -> list[str]:
    """What the Encargado finds in a folder."""
    return sorted(item["name"] for item in way.encargado.children(folder))


def states(way: Travel) -> dict[str, tuple[str, str]]:
    """Files and state of each row of the workbook, by key."""
    return {row["key"]: (row["files"], row["state"]) for row in way.paper_rows()}


def test_r37_a_photo_from_the_page_lies_in_drive_once_under_its_paper_s_name(travel: Traveller) -> None:
    """R37: a photo sent twice is one file, named by its paper, attributed to the vendedora, and filed where its kind belongs."""
    way = opened(travel, "155990601-2-2025")
    before = names_in(way, way.delivery_folder())
    told = hand_in(way, "aviso_operaciones", "../IMG_2034.exe", PHOTO, field="photo")
    assert "Llegó: Aviso de Operaciones" in told and "1 de 8" in told
    arrived(way)
    hand_in_again = hand_in(way, "aviso_operaciones", "la misma foto.jpg", PHOTO)
    assert "Ese archivo ya estaba" in hand_in_again
    arrived(way)
    (name,) = [name for name in names_in(way, way.delivery_folder()) if name not in before]
    assert name.startswith("Aviso de Operaciones · ") and name.endswith("jpg")
    (row,) = files_tab(way)
    assert row[NAME] == name and row[BY] == way.cast.name(way.vendedora.address) and row[FIRST_PAPER] == "Aviso de Operaciones"
    way.verify(["aviso_operaciones"])
    assert name in names_in(way, way.folder("legal"))
    assert name not in names_in(way, way.delivery_folder())
    page = way.vendedora.open(page_of(way))
    assert "1 verificado" in page.text and not [form for form in page.forms if form.action.endswith("aviso_operaciones")]


def test_r21_each_upload_moves_only_its_own_line(travel: Traveller) -> None:
    """R21: what is sent for a paper, returned, sent anew and taken back changes that paper's row and no other; the page says the same."""
    way = opened(travel, "155990602-2-2025")
    nothing = states(way)
    assert set(nothing.values()) == {("0", "Pendiente")}
    hand_in(way, "contrato", "contrato.pdf", PDF)
    arrived(way)
    assert states(way) == nothing | {"contrato": ("1", "Pendiente")}
    way.return_paper("contrato", "Falta firma", "Falta la de la página 3.")
    assert states(way) == nothing | {"contrato": ("1", "Devuelto")}
    page = way.vendedora.open(page_of(way))
    assert "Se devolvió: falta firma. Falta la de la página 3." in page.text
    told = hand_in(way, "contrato", "contrato firmado.pdf", PDF + b"firmado")
    assert "Llegó: Contrato" in told and "faltan 7 papeles" in told
    arrived(way)
    assert states(way) == nothing | {"contrato": ("2", "Pendiente")}
    page = way.vendedora.open(page_of(way))
    for form in [form for form in page.forms if "take_back" in form.choices.get("decision", [])]:
        way.vendedora.send(page, form, {"decision": "take_back"})
    arrived(way)
    assert states(way) == nothing
    assert [row[NOTICE] for row in files_tab(way)] == ["Lo retiró quien lo entregó. Ya no cuenta."] * 2
    assert not [name for name in names_in(way, way.delivery_folder()) if name.startswith("Contrato ")]
    assert "Faltan 8 papeles" in way.vendedora.open(page_of(way)).text


@pytest.mark.parametrize("who", ["vendedora.dos", "operaciones.uno", "cumplimiento.uno"])
def test_nobody_else_opens_the_page(travel: Traveller, who: str) -> None:
    """Another vendedora, an area and Cumplimiento are told that there is nothing; Expedientes opens it."""
    ruc = {"vendedora.dos": "155990604-2-2025", "operaciones.uno": "155990605-2-2025", "cumplimiento.uno": "155990606-2-2025"}[
        who
    ]
    way = opened(travel, ruc)
    domain = way.vendedora.address.partition("@")[2]
    address = page_of(way)
    assert way.stack.person(f"{who}@{domain}").open(address).status == 404
    assert way.encargado.open(address).status == 200
