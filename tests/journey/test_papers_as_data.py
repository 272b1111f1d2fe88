"""One client with a chain of shareholders: papers listed, copied, checked, handed over, and one that expires in force is renewed."""

from __future__ import annotations

import base64
import copy
import email
import email.policy
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from typing import Any
from urllib.parse import unquote_plus

import pytest

from local.cast import Cast
from local.person import Mail, Person
from local.stack import Stack
from local.travel import Delivery, Travel
from local.wire import HttpError
from tests.firestore_emulator import absence
from tests.journey.conftest import STORES, Case
from tests.journey.ways import confirm_all
from tests.pdf_text import text_of

BEGIN = "2026-03-06T10:00:00-05:00"
KYC = "Conozca a su Cliente por firmar.pdf"
COVER = "Carátula del expediente.pdf"
CODE, PLACE = "DEN-000313", "Archivo 7, gaveta 1"
Rows = dict[str, dict[str, Any]]


@dataclass
class Story:
    """The way of C13 as people saw it. at: the list of papers at each moment that matters; said: other things seen, by moment."""

    stack: Stack
    way: Travel
    at: dict[str, Rows] = field(default_factory=dict)
    said: dict[str, Any] = field(default_factory=dict)

    def note(self, moment: str) -> None:
        """Keep how the list of papers stands."""
        self.at[moment] = {row["key"]: row for row in self.way.paper_rows()}

    def key(self, kind: str, about: str = "") -> str:
        """The row of a paper, by whose it is."""
        rows = self.at["opened"].values()
        return next(str(row["key"]) for row in rows if row["key"].split(":")[0] == kind and about in row["about"])

    def copies(self, key: str, **cells: str) -> None:
        """The Encargado copies values from a paper into its row."""
        self.way._set_states({key: cells})
        self.stack.look()


def _until(stack: Stack, day: str) -> None:
    stack.set_clock(datetime.fromisoformat(f"{day}T09:00:00-05:00"))
    stack.look()


def _attached(person: Person, mail: Mail) -> dict[str, str]:
    told = person.wire.ask("GET", f"/gmail/v1/users/me/messages/{mail.message_id}", query={"format": "raw"})
    message = email.message_from_bytes(base64.urlsafe_b64decode(told["raw"] + "=="), policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return {str(part.get_filename()): text_of(part.get_content()) for part in message.iter_attachments()}


def _renewals(way: Travel, person: Person) -> list[Mail]:
    words = ("papel nuevo", "papel vencido", "renovó")
    return [mail for mail in way.mails_of(person) if any(word in mail.text.strip().split("\n")[0] for word in words)]


def _cover(way: Travel, person: Person) -> tuple[str, str]:
    """Id and words of the cover sheet, as a person reads it. :raises HttpError: that person may not."""
    (file_id,) = [item["id"] for item in way.encargado.children(way.folder("legal")) if item["name"] == COVER]
    query = {"alt": "media", "supportsAllDrives": "true"}
    return file_id, text_of(person.wire.send("GET", f"/drive/v3/files/{file_id}", None, "", query))


def _may_open(person: Person, folder_id: str) -> bool:
    try:
        person.file(folder_id)
    except HttpError:
        return False
    return True


def _play(stack: Stack, way: Travel) -> Story:
    story = Story(stack, way)
    way.submit()
    assert way.find(), "the form opened no dossier"
    story.note("opened")
    _kyc_answered(story)
    _delivered(story)
    _copied(story)
    _handed_over(story)
    confirm_all(way)
    way.close()
    _renewed(story)
    return story


def _kyc_answered(story: Story) -> None:
    """By the link of her receipt; first with an amount that is none."""
    way, client = story.way, story.way.case["cliente"]
    receipt = way.mails_of(way.vendedora)[0]
    story.said["receipt"] = _attached(way.vendedora, receipt)
    story.said["link"] = [unquote_plus(link) for link in re.findall(r"https?://\S*viewform\S*", receipt.text)]
    said = {
        "Expediente": way.dossier_id,
        "RUC del cliente": client["ruc"],
        "¿Cuántos años lleva el cliente en su actividad?": "8",
        "¿De dónde vienen los fondos?": ["Ventas", "Alquileres"],
        "Bancos con que trabaja": "Banco Ficticio del Istmo",
        "¿Para qué usará el servicio?": "Depositar las ventas diarias",
    }
    income = "Ingresos mensuales aproximados, en balboas"
    response = story.stack.submit("kyc", way.vendedora.address, {**said, income: "muchos"})
    story.stack.look()
    story.said["to correct"] = way.vendedora.mails()[-1].text
    story.stack.submit("kyc", way.vendedora.address, {**said, income: "45000.00"}, response)
    story.stack.look(2)
    (kyc,) = [item["id"] for item in way.encargado.children(way.folder("legal")) if item["name"] == KYC]
    query = {"alt": "media", "supportsAllDrives": "true"}
    story.said["kyc"] = text_of(way.encargado.wire.send("GET", f"/drive/v3/files/{kyc}", None, "", query))
    story.said["kyc mailed"] = _attached(way.vendedora, way.mails_of(way.vendedora)[-1])
    story.note("kyc answered")


def _delivered(story: Story) -> None:
    way = story.way
    cumplimiento = story.stack.person(way.cast.first("cumplimiento"))
    story.said["review"] = cumplimiento.open(f"/cumplimiento/{way.dossier_id}").text
    contract = next(one for one in way.papers if one.kind == "contrato")
    way.deliver([contract])
    way.stack.look()
    story.note("one delivered")
    way.deliver([one for one in way.papers if one != contract])
    way.classify()
    way.stack.look()
    story.note("all delivered")
    story.said["delivered"] = way.mails_of(way.encargado)[-1].text


def _copied(story: Story) -> None:
    """First what another client's papers would say, then the right values."""
    cedula, aviso, registry = (story.key(kind) for kind in ("cedula_representante", "aviso_operaciones", "registro_publico"))
    story.copies(cedula, number="4-9915-12", holder="Jorge Pérez", expires="30/04/2026")
    story.copies(aviso, number="155990099-2-2015-2024-000001", issued="05/02/2024")
    story.copies(registry, number="155990011", issued="01/11/2025")
    story.note("wrong")
    story.copies(cedula, number="4-9915-11", holder="Araúz Batista, Jorge Luis")
    story.copies(aviso, number="155990010-2-2024-2024-000001")
    story.copies(registry, number="155990010", issued="10/02/2026")
    story.note("right")


def _handed_over(story: Story) -> None:
    way = story.way
    way.verify()
    way.pass_review()
    story.note("verified")
    story.said["before receipt"] = way.encargado.open(f"/expediente/{way.dossier_id}").text
    story.said["asks receipt"] = way.mails_of(way.encargado)[-1].text
    way.acknowledge(CODE, PLACE)
    story.said["cover"] = _cover(way, way.encargado)
    story.said["found"] = story.stack.expediente("status", "--find", "gaveta 1, archivo 7", "--json").stdout
    story.said["not found"] = story.stack.expediente("status", "--find", "gaveta 9", "--json").stdout
    story.said["after receipt"] = way.encargado.open(f"/expediente/{way.dossier_id}").text


def _renewed(story: Story) -> None:
    """The cédula expires on 30 April; it is asked for on 31 March."""
    way, stack = story.way, story.stack
    folder = way.folder("delivery")
    cedula = story.key("cedula_representante")

    def seen(moment: str) -> None:
        story.note(moment)
        mails = {"vendedora": len(_renewals(way, way.vendedora)), "encargado": len(_renewals(way, way.encargado))}
        story.said[moment] = {"folder": _may_open(way.vendedora, folder), "home": way.parent_name(), **mails}

    seen("active")
    _until(stack, "2026-03-30")
    seen("31 days before")
    _until(stack, "2026-03-31")
    seen("30 days before")
    _until(stack, "2026-04-30")
    seen("last day")
    _until(stack, "2026-05-01")
    stack.look()
    seen("expired")
    story.said["cover in force"] = _cover(way, way.encargado)
    (book,) = way.encargado.files("name='Registro de expedientes' and trashed=false")
    story.said["register"] = way.encargado.tab(book["id"], "Registro")
    story.said["page"] = way.encargado.open(f"/expediente/{way.dossier_id}").text
    way.verify([cedula])
    way.stack.look()
    seen("verified without a new one")
    way.deliver([Delivery("cedula_representante", "", "cedula representante nueva.pdf")])
    stack.look()
    seen("brought")
    way.verify([cedula])
    stack.look()
    seen("verified without its date")
    story.copies(cedula, expires="30/04/2036", state="Verificado")
    stack.look(2)
    seen("renewed")
    story.said["areas"] = way.area_states()
    story.said["filed"] = [item["name"] for item in way.encargado.children(way.folder("legal"))]
    _until(stack, "2026-08-03")
    seen("months later")


@pytest.fixture(scope="module", params=STORES)
def story(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """The whole way on a stack of its own, because its clock runs months ahead."""
    if request.param == "firestore" and absence():
        pytest.skip(absence())
    cases: dict[str, Case] = request.getfixturevalue("cases")
    cast: Cast = request.getfixturevalue("cast")
    log = tmp_path_factory.mktemp("papers") / "serve.log"
    with Stack.start(request.param, log=log, now=BEGIN) as stack:
        yield _play(stack, Travel(stack, cast, copy.deepcopy(cases["C13"])))


def test_r21_each_delivery_moves_only_its_own_line(story: Story) -> None:
    """Every paper begins as Pendiente without a file; the contract's file changes the contract's row alone."""
    opened, one = story.at["opened"], story.at["one delivered"]
    assert len(opened) == len(story.way.papers)
    assert {(row["state"], row["files"]) for row in opened.values()} == {("Pendiente", "0")}
    assert [key for key in one if one[key] != opened[key]] == ["contrato"] and one["contrato"]["files"] == "1"
    assert {key: row["files"] for key, row in story.at["all delivered"].items() if row["files"] != "1"} == {}


def test_r24_the_cedula_is_checked_against_the_form(story: Story) -> None:
    """Another number and another name are said beside the row; the right ones, in any order of the words, are not."""
    key = story.key("cedula_representante")
    said = story.at["wrong"][key]["notice"]
    assert "El número no es el del formulario (4-9915-11)" in said
    assert "El nombre no es el del formulario (Jorge Luis Araúz Batista)" in said
    assert story.at["right"][key]["notice"] == ""


def test_r25_the_aviso_begins_with_the_ruc_and_keeps_its_date(story: Story) -> None:
    """The number of another company is told with the RUC that was expected; number and date stay in the list."""
    assert "no empieza con el RUC 155990010-2-2024" in story.at["wrong"]["aviso_operaciones"]["notice"]
    row = story.at["verified"]["aviso_operaciones"]
    assert (row["number"], row["issued"], row["notice"]) == ("155990010-2-2024-2024-000001", "05/02/2024", "")


def test_r26_folio_and_age_of_the_registro_publico(story: Story) -> None:
    """Another folio and a certificate of more than ninety days are told; the right one passes."""
    said = story.at["wrong"]["registro_publico"]["notice"]
    assert "(155990010)" in said and "hace más de 90 días" in said
    assert story.at["right"]["registro_publico"]["notice"] == ""
    assert (story.at["right"]["registro_publico"]["number"], story.at["right"]["registro_publico"]["issued"]) == (
        "155990010",
        "10/02/2026",
    )


def test_r28_the_kyc_form_names_the_beneficial_owners(story: Story) -> None:
    """Made from the form's data and given to the vendedora, with who reaches 25 %."""
    said = story.said["receipt"][KYC]
    behind = said.split("Beneficiarios finales:")[1]
    assert "Elena Beatriz Castillo Morales" in behind and "32 %" in behind and "A través de Grupo Andamio Irreal, S.A." in behind
    assert "Rosa Elvira Santos Guerra" not in behind


def test_r28_the_kyc_questions_are_answered_by_form(story: Story) -> None:
    """Opened filled from the receipt; a wrong answer is told and makes nothing; the right ones stand in the PDF, which is mailed."""
    client = story.way.case["cliente"]
    assert any(story.way.dossier_id in link and client["ruc"] in link for link in story.said["link"])
    assert "un monto en balboas" in story.said["to correct"]
    for said in (story.said["kyc"], story.said["kyc mailed"][KYC]):
        assert "Años en la actividad 8" in said and "Banco Ficticio del Istmo" in said and "Ventas, Alquileres" in said
        assert "45000.00" in said and "Datos versión 2" in said
    assert list(story.said["kyc mailed"]) == [KYC]
    assert "Años en la actividad ____" in story.said["receipt"][KYC]
    row = story.at["kyc answered"]["conozca_cliente"]
    assert (row["state"], row["files"]) == ("Pendiente", "0")


def test_r29_chains_end_in_natural_persons(story: Story) -> None:
    """The shareholders' form adds to 100 %, follows the company to its owners, and Cumplimiento reads the same on its page."""
    said = story.said["receipt"]["Formulario de Accionistas por firmar.pdf"]
    assert "Suma de las partes 100 %" in said and "Toda cadena declarada llega a personas" in said
    owners = said.split("4. Beneficiarios finales (desde 25 %)")[1]
    assert owners.index("Elena Beatriz Castillo Morales") < owners.index("Jorge Luis Araúz Batista")
    assert "Abdiel Castillo Morales" not in owners
    review = story.said["review"]
    assert review.count("Beneficiaria final") == 3  # the sentence that explains it, and two persons
    assert "Elena Beatriz Castillo Morales · 32 %" in review and "Nombres por consultar (9)" in review


def test_r30_a_cedula_for_each_shareholder_who_is_a_person(story: Story) -> None:
    """Those who take part through a company too; the company brings its certificate."""
    holders = story.way.case["accionistas"]
    people = [one["nombre"] for one in holders if not one.get("es_juridica")]
    people += [one["nombre"] for holder in holders for one in holder.get("accionistas", [])]
    rows = story.at["opened"].values()
    assert sorted(row["about"] for row in rows if row["key"].startswith("cedula_accionista:")) == sorted(people)
    assert [row["about"] for row in rows if row["key"].startswith("registro_publico_accionista:")] == [
        "Grupo Andamio Irreal, S.A."
    ]


def test_r32_the_encargado_acknowledges_the_hand_over(story: Story) -> None:
    """She is told when all has come, asked for code and receipt when all is verified, and her receipt is in the history."""
    assert "Ya se entregó cada papel que se pidió" in story.said["delivered"]
    assert "Acuse de recibo del Encargado" in story.said["asks receipt"]
    assert "Expedientes acusó recibo" not in story.said["before receipt"]
    assert "Reuniendo papeles" in story.said["before receipt"]
    assert "Expedientes acusó recibo" in story.said["after receipt"] and "En confirmación" in story.said["after receipt"]


def test_r38_the_binder_has_a_cover_sheet(story: Story) -> None:
    """Code, place and check list with states, in the legal folder; the same file says it anew when a paper's state changes."""
    file_id, said = story.said["cover"]
    assert CODE in said and f"Ubicación física {PLACE}" in said and "En confirmación de las áreas" in said
    assert "Cédula de accionista" in said and "Elena Beatriz" in said and "Vencido" not in said and "Lista Clinton" not in said
    again, later = story.said["cover in force"]
    assert again == file_id and "Vencido" in later and "Activo" in later
    for role in ("operaciones", "sala_procesamiento", "servicio_al_cliente"):
        with pytest.raises(HttpError):
            _cover(story.way, story.stack.person(story.way.cast.first(role)))
    assert _cover(story.way, story.stack.person(story.way.cast.first("cumplimiento")))[0] == file_id


def test_r38_the_place_of_the_binder_is_searchable(story: Story) -> None:
    """By its words in any order on the command line, and as a column of the register."""
    assert story.way.dossier_id in story.said["found"] and story.way.dossier_id not in story.said["not found"]
    assert any(PLACE in row and story.way.dossier_id in row for row in story.said["register"])


def test_r88_an_expiring_paper_is_asked_for_in_time(story: Story) -> None:
    """Thirty days before, and not a day earlier: one mail, the folder opens again, the row says so."""
    key = story.key("cedula_representante")
    closed = {"folder": False, "home": "Activos", "vendedora": 0, "encargado": 0}
    assert story.said["active"] == story.said["31 days before"] == closed
    assert story.said["30 days before"] == story.said["last day"] == {**closed, "folder": True, "vendedora": 1}
    row = story.at["last day"][key]
    assert row["state"] == "Verificado" and "Vence el 30/04/2026" in row["notice"]
    mail = _renewals(story.way, story.way.vendedora)[0]
    assert "30/04/2026" in mail.text and story.way.case["representante_legal"]["nombre"] in mail.text


def test_r88_a_paper_past_its_date_shows_vencido(story: Story) -> None:
    """The day after its last the row and the dossier's page say Vencido, and both sides are told once more."""
    key = story.key("cedula_representante")
    row = story.at["expired"][key]
    assert row["state"] == "Vencido" and "Este papel está vencido." in row["notice"]
    assert story.said["expired"] == {"folder": True, "home": "Activos", "vendedora": 2, "encargado": 1}
    assert re.search(r"Cédula del representante legal: Jorge Luis Araúz Batista Vencido", story.said["page"])
    assert [k for k, r in story.at["expired"].items() if r["state"] != "Verificado"] == [key]


def test_r88_only_a_new_paper_with_its_date_is_verified(story: Story) -> None:
    """Without a new file and without a new date the row goes back; the new file waits as Pendiente and the Encargado is told."""
    key = story.key("cedula_representante")
    assert story.at["verified without a new one"][key]["state"] == "Vencido"
    brought = story.at["brought"][key]
    assert (brought["state"], brought["files"]) == ("Pendiente", "2")
    assert story.said["brought"]["encargado"] == 2
    assert story.at["verified without its date"][key]["state"] == "Pendiente"
    assert "fecha del papel nuevo" in story.at["verified without its date"][key]["notice"]


def test_r88_renewed_and_nothing_else_reopens(story: Story) -> None:
    """Verified with its new date: filed beside the old one, the folder closes, areas and state stay, and no more mail comes."""
    key = story.key("cedula_representante")
    row = story.at["renewed"][key]
    assert (row["state"], row["expires"], row["notice"]) == ("Verificado", "30/04/2036", "")
    assert story.said["renewed"] == {"folder": False, "home": "Activos", "vendedora": 2, "encargado": 2}
    assert story.said["months later"] == story.said["renewed"]
    assert sum("Cédula del representante" in name for name in story.said["filed"]) == 2
    texts = story.way.cast.control_sheet["texts"]
    assert set(story.said["areas"].values()) <= {texts["state_done"], texts["not_applicable"]}
