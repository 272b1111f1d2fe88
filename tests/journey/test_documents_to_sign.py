"""What is to be signed is made from the form: the vendedora receives it, who may not read the paper cannot read it, an edit makes it anew."""

from __future__ import annotations

import base64
import copy
import email
import email.policy
from email.message import EmailMessage

import pytest

from local.person import Mail, Person
from local.travel import Delivery, Travel
from local.wire import HttpError
from tests.journey.conftest import Traveller
from tests.pdf_text import text_of

CONTRACT, KYC, HOLDERS = (
    "Contrato por firmar.pdf",
    "Conozca a su Cliente por firmar.pdf",
    "Formulario de Accionistas por firmar.pdf",
)
ORDER = "Orden de Trabajo por firmar.pdf"
BEGIN_OF_RECEIPT, BEGIN_OF_NEWS = "Entregue los papeles", "Haga firmar los documentos"


def _files_of(person: Person, mail: Mail) -> dict[str, str]:
    """What each PDF of a mail says, by its name."""
    told = person.wire.ask("GET", f"/gmail/v1/users/me/messages/{mail.message_id}", query={"format": "raw"})
    message = email.message_from_bytes(base64.urlsafe_b64decode(told["raw"] + "=="), policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return {str(part.get_filename()): text_of(part.get_content()) for part in message.iter_attachments()}


def _mail(travel: Travel, begin: str) -> Mail:
    found = [mail for mail in travel.mails_of(travel.vendedora) if mail.text.strip().startswith(begin)]
    assert len(found) == 1, [mail.text[:60] for mail in travel.mails_of(travel.vendedora)]
    return found[0]


def _read(person: Person, file_id: str) -> str:
    """A PDF as a person downloads it. :raises HttpError: that person may not."""
    query = {"alt": "media", "supportsAllDrives": "true"}
    return text_of(person.wire.send("GET", f"/drive/v3/files/{file_id}", None, "", query))


def _in_folder(travel: Travel, key: str, name: str, person: Person | None = None) -> str:
    reader = person or travel.encargado
    folder = travel.delivery_folder() if key == "delivery" else travel.folder(key)
    found = [item["id"] for item in reader.children(folder) if item["name"] == name]
    assert len(found) == 1, [item["name"] for item in reader.children(folder)]
    return str(found[0])


def _secrets(travel: Travel) -> list[str]:
    """What never travels by mail, as the documents write it."""
    points = travel.case["orden_trabajo"]["puntos"]
    return [f"B/. {float(point['valor_maximo_asegurado_usd']):,.2f}" for point in points]


def test_r20_r23_r28_r29_what_is_to_be_signed_is_made_and_given_to_the_vendedora(travel: Traveller) -> None:
    """R20, R23, R28, R29, as persons see them: receipt, folders, who may read, whose version counts, and an edited form."""
    way = travel("C04")
    way.submit()
    assert way.find(), "the form opened no dossier"
    _r20_r28_r29_attached(way)
    _r23_in_the_folder(way)
    _r28_read_by_whom_access_says(way)
    _r20_her_own_version_counts(way)
    _r20_an_edit_makes_it_anew(way)


def _r20_r28_r29_attached(way: Travel) -> None:
    """Contract, KYC and shareholders' form come with the receipt, filled; no reserved data travels with them."""
    client, receipt = way.case["cliente"], _mail(way, BEGIN_OF_RECEIPT)
    said = _files_of(way.vendedora, receipt)
    assert sorted(said) == sorted((CONTRACT, KYC, HOLDERS))
    assert "MODELO" in said[CONTRACT] and all(client["razon_social"] in text for text in said.values())
    assert way.case["representante_legal"]["nombre"] in said[KYC]
    for holder in way.case["accionistas"]:
        assert holder["nombre"] in said[HOLDERS]
    assert "Suma de las partes 100 %" in said[HOLDERS]
    assert all(way.dossier_id in text and "Página 1 de" in text for text in said.values())
    assert not [secret for secret in _secrets(way) for text in said.values() if secret in text]
    assert "Orden de Trabajo (está en la carpeta de entrega)" in receipt.text


def _r23_in_the_folder(way: Travel) -> None:
    """The Orden de Trabajo waits where the receipt leads, with all that the service needs."""
    said = _read(way.vendedora, _in_folder(way, "delivery", ORDER, way.vendedora))
    for point in way.case["orden_trabajo"]["puntos"]:
        assert point["nombre"] in said
    assert all(secret in said for secret in _secrets(way))
    assert way.case["representante_legal"]["nombre"] in said


def _r28_read_by_whom_access_says(way: Travel) -> None:
    """Expedientes and Cumplimiento read the KYC form; no area, and not even its name."""
    kyc = _in_folder(way, "legal", KYC)
    for reader in (way.encargado, way.stack.person(way.cast.first("cumplimiento"))):
        assert way.case["cliente"]["razon_social"] in _read(reader, kyc)
    for area in ("operaciones", "seguridad", "servicio_al_cliente", "sala_procesamiento"):
        stranger = way.stack.person(way.cast.first(area))
        with pytest.raises(HttpError):
            stranger.file(kyc)
        with pytest.raises(HttpError):
            stranger.file(_in_folder(way, "delivery", ORDER))


def _r20_her_own_version_counts(way: Travel) -> None:
    """A made document is no paper; the vendedora's own version of the contract is."""
    way.stack.look()
    before = {row["key"]: row for row in way.paper_rows()}
    assert {before[key]["files"] for key in ("contrato", "conozca_cliente", "orden_trabajo")} == {"0"}
    assert "está en 01 Legal" in before["contrato"]["notice"] and "está en 00 Entregar aquí" in before["orden_trabajo"]["notice"]
    way.deliver([Delivery("contrato", "", "contrato de la vendedora.pdf")])
    after = {row["key"]: row["files"] for row in way.paper_rows()}
    assert (after["contrato"], after["conozca_cliente"]) == ("1", "0")


def _r20_an_edit_makes_it_anew(way: Travel) -> None:
    """Another name: the same files say it, and one mail brings what is to be signed again."""
    files = {CONTRACT: _in_folder(way, "legal", CONTRACT), KYC: _in_folder(way, "legal", KYC)}
    edited = copy.deepcopy(way.case)
    edited["cliente"]["actividad"] = "Venta de repuestos náuticos"
    way.submit(edited, way.response_id)
    way.stack.look()
    way.stack.look()
    assert {name: _in_folder(way, "legal", name) for name in files} == files
    assert "Venta de repuestos náuticos" in _read(way.encargado, files[KYC])
    assert "Datos versión 2" in _read(way.encargado, files[KYC])
    assert "Datos versión 1" in _read(way.encargado, files[CONTRACT])
    news = _mail(way, BEGIN_OF_NEWS)
    assert list(_files_of(way.vendedora, news)) == [KYC]
    assert "Conozca a su Cliente (va en este correo)" in news.text and "Accionistas" not in news.text
