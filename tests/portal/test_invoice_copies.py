"""Invoices of a client: the list, one of them, and its PDF and XML as accounting delivered them, told to the dossier."""

from __future__ import annotations

import hashlib
import logging
import re
from dataclasses import replace

import pytest
from flask import Response

from expediente import codec, portal_invoices
from expediente.issued_rules import issued_common
from expediente.ledger_data import Item, StoredFile
from expediente.model import State
from expediente.store import Update
from tests.portal.portal_kit import PortalApp, Visitor, account_case, put_item

PDF, XML = b"%PDF-1.7 cafe", b"<?xml version='1.0'?><rFE/>"
NUMBER = "FE-0000152"


def with_copies(who: Visitor, number: str = NUMBER) -> Item:
    """Deliver PDF and XML of an invoice, as the import does."""
    client = who.app.dossier(_dossier_id(who)).client_id
    read = who.app.store.get("item", f"{client}/{number}")
    assert read is not None
    files = {form: StoredFile(f"{client}/{number}.{form}", hashlib.sha256(data).hexdigest()) for form, data in _both()}
    item = replace(codec.from_data(Item, read.data), pdf=files["pdf"], xml=files["xml"])
    who.app.store.commit([Update("item", read.key, codec.to_data(item), read.version)])
    who.app.objects.update({files[form].name: data for form, data in _both()})
    return item


def _both() -> list[tuple[str, bytes]]:
    return [("pdf", PDF), ("xml", XML)]


def _dossier_id(who: Visitor) -> str:
    (read,) = who.app.store.query("dossiers_of_contact", equals=who.address)
    return read.key


def copy(who: Visitor, form: str, number: str = NUMBER) -> Response:
    """Press the button for a copy, or the one that asks Cartera for it."""
    return who.send(f"/facturas/{number}", action=f"/{form}")


def test_r109_pdf_and_xml_of_an_invoice_are_delivered_and_told(one: Visitor) -> None:
    """Client C01 downloads both files of its invoice as accounting delivered them; the dossier hears of each."""
    with_copies(one)
    for form, content, mime_type in (("pdf", PDF, "application/pdf"), ("xml", XML, "application/xml")):
        answer = copy(one, form)
        assert (answer.status_code, answer.get_data(), answer.mimetype) == (200, content, mime_type)
        assert answer.headers["Content-Disposition"].startswith(f'attachment; filename="Factura {NUMBER}.{form}"')
        assert (answer.headers["Cache-Control"], answer.headers["X-Content-Type-Options"]) == ("no-store", "nosniff")
    told = [fact.payload for fact in one.app.facts()]
    assert told == [{"what": "copied", "number": NUMBER, "format": form} for form in ("pdf", "xml")] or told[::-1] == [
        {"what": "copied", "number": NUMBER, "format": form} for form in ("pdf", "xml")
    ]


def test_r109_another_clients_invoice_answers_like_one_that_does_not_exist(one: Visitor, two: Visitor) -> None:
    """C01 asks for C02's invoice by its number: 404, word for word what a number that nobody has answers."""
    with_copies(two, "FE-0000210")
    answers = [one.get(f"/facturas/{number}") for number in ("FE-0000210", "FE-9999999")]
    assert [answer.status_code for answer in answers] == [404, 404]
    texts = [re.sub(r'nonce="[^"]+"', "", answer.get_data(as_text=True)) for answer in answers]
    assert texts[0] == texts[1]
    (form,) = [form for form in two.forms("/facturas/FE-0000210") if form.action.endswith("/pdf")]
    # Neither the form of the other's page nor one with a proof of our own session opens it.
    assert one.post(form.action, form.fields).status_code == 400
    assert one.app.facts() == []


def test_opening_an_invoice_tells_and_changes_nothing(one: Visitor) -> None:
    """A GET hands out no copy and writes nothing down; the address of a copy is none that can be opened."""
    with_copies(one)
    assert one.get(f"/facturas/{NUMBER}").status_code == 200
    assert one.get(f"/facturas/{NUMBER}/pdf").status_code == 405
    assert one.app.facts() == []


def test_the_cufe_is_shown_as_it_was_given(one: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    """The CUFE stands on the page; a link to the authority's look-up stands there when the table has its address."""
    text = one.text(f"/facturas/{NUMBER}")
    assert "FICTICIO-FE-0000152" in text
    assert "Consultarla en la DGI" not in text
    common = replace(issued_common(one.app.process.folder), cufe_lookup="https://consulta.example/cufe/{cufe}")
    monkeypatch.setattr(portal_invoices, "issued_common", lambda folder: common)
    assert 'href="https://consulta.example/cufe/FICTICIO-FE-0000152"' in one.text(f"/facturas/{NUMBER}")


@pytest.mark.parametrize("lost", ["never delivered", "gone", "other bytes"])
def test_a_copy_that_is_not_there_is_asked_of_cartera(one: Visitor, caplog: pytest.LogCaptureFixture, lost: str) -> None:
    """Never delivered, gone from the bucket or with other bytes: a sentence, and a button that opens a case, once a day."""
    if lost != "never delivered":
        item = with_copies(one)
        assert item.pdf is not None
        if lost == "gone":
            del one.app.objects[item.pdf.name]
        else:
            one.app.objects[item.pdf.name] = b"%PDF other"
        with caplog.at_level(logging.ERROR):
            answer = copy(one, "pdf")
        assert answer.status_code == 404
        assert "El PDF de esta factura no está disponible" in answer.get_data(as_text=True)
        assert "copy of an invoice" in caplog.text
        assert one.app.facts() == []
        (form,) = [form for form in _forms(answer) if form[0].endswith("/pdf/pedir")]
        asked = one.post(form[0], form[1])
    else:
        asked = copy(one, "pdf/pedir")
    (fact,) = one.app.facts()
    assert (fact.payload["what"], fact.payload["kind"]) == ("case", "copia_factura_electronica")
    assert fact.payload["said"] == {"number": NUMBER, "format": "pdf"}
    assert fact.payload["case_id"] in asked.get_data(as_text=True)


def _forms(answer: Response) -> list[tuple[str, dict[str, str]]]:
    from local.person import forms_of

    return [(form.action, form.fields) for form in forms_of(answer.get_data(as_text=True))]


def test_whoever_has_left_is_told_where_to_ask(one: Visitor) -> None:
    """A client whose service ended opens its invoices, and no case."""
    one = one.app.entered(one.app.change(_dossier_id(one), state=State.ARCHIVED))
    asked = copy(one, "pdf/pedir")
    assert "por correo a Servicio al Cliente" in asked.get_data(as_text=True)
    assert one.app.facts() == []


def test_invoices_are_listed_the_last_one_first_page_by_page(app: PortalApp) -> None:
    """Forty-five invoices stand on three pages, none twice and none left out."""
    dossier = app.add_client("C05")
    row = dict(account_case("C01")["facturas"][0])
    for number in range(45):
        put_item(app, dossier.client_id, {**row, "numero": f"F-{number:03d}", "fecha": f"2027-0{1 + number // 9}-1{number % 9}"})
    who, found, path = app.entered(dossier), list[str](), "/facturas"
    while path:
        text = who.text(path)
        found += re.findall(r'href="/facturas/(F-\d+)"', text)
        path = next(iter(re.findall(r'href="(/facturas\?desde=[^"]+)"', text)), "")
    assert found == [f"F-{number:03d}" for number in reversed(range(45))]


@pytest.mark.parametrize(
    "number", ["..", "%2e%2e", "%00", "FE-0000152%00", "a" * 101, "FE-0000152%2fpdf", "%F0%9F%92%A9", "' OR 1=1"]
)
def test_odd_numbers_do_not_exist(one: Visitor, number: str) -> None:
    """Whatever is written in place of a number, there is no such page."""
    assert one.get(f"/facturas/{number}").status_code in (404, 405)
