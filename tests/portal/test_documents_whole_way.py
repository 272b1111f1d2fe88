"""Documents over HTTP: a client has one issued, the Encargado finds its copy in the dossier, anybody checks it, nobody else opens it."""

from __future__ import annotations

import hashlib
import re
from urllib.parse import urlencode, urlsplit

import pytest

from local import accounts, ledger_files
from local.portal_client import PortalClient
from tests.pdf_text import text_of
from tests.portal.conftest import CLIENTS, Company


def _copies(company: Company, serial: str) -> list[str]:
    """The checksums of the files with that number that the Encargado finds in 06 Correspondencia."""
    way = company.ways["C01"]
    reader = way.encargado
    folder = way.folder("mail")
    found = [item["id"] for item in reader.children(folder) if serial in item["name"]]
    query = {"supportsAllDrives": "true", "fields": "md5Checksum"}
    return [reader.wire.ask("GET", f"/drive/v3/files/{one}", query=query)["md5Checksum"] for one in found]


@pytest.mark.timeout(600)
def test_r112_a_paz_y_salvo_lies_in_the_dossier_byte_for_byte_and_anybody_can_check_it(company: Company) -> None:
    """C01's contact downloads a paz y salvo; the Encargado finds the same bytes once in 06 Correspondencia; a stranger reads *Vigente*."""
    client, other = company.client("C01"), company.client("C02")
    client.enter()
    other.enter()
    page = client.fill("/documentos/pedir/paz_y_salvo", {"purpose": "Trámite con el banco"}, "/paz_y_salvo")
    path = urlsplit(page.url).path
    code = path.rsplit("/", 1)[1]
    pdf = client.get(f"{path}/pdf")
    assert pdf.headers["Content-Type"] == "application/pdf"
    (serial,) = set(re.findall(r"PS-\d{4}-\d{6}", text_of(pdf.body)))
    company.stack.settle()
    company.stack.look()
    assert _copies(company, serial) == [hashlib.md5(pdf.body, usedforsecurity=False).hexdigest()]
    stranger = PortalClient(company.stack, "")
    shown = stranger.get(f"/verificar/{code}")
    assert b"<strong>Vigente</strong>" in shown.body
    assert hashlib.sha256(pdf.body).hexdigest().encode() in shown.body
    assert company.ways["C01"].case["cliente"]["razon_social"].encode() not in shown.body
    for address in (path, f"{path}/pdf"):
        assert other.get(address).status == 404
        assert stranger.get(address).headers["Location"].endswith("/entrar")


@pytest.mark.timeout(600)
def test_r112_what_cartera_annuls_is_in_force_no_more(company: Company) -> None:
    """Cartera signs that a certificate was wrong: a stranger reads *No vigente*, the client that it was annulled and why."""
    client, way = company.client("C02"), company.ways["C02"]
    client.enter()
    page = client.fill("/documentos/pedir/paz_y_salvo", {}, "/paz_y_salvo")
    code = urlsplit(page.url).path.rsplit("/", 1)[1]
    company.stack.settle()
    company.stack.look()
    cartera = company.stack.person(way.cast.first("cartera"))
    said = {"code": f"{code[:5]}-{code[5:]}".lower(), "reason": "Faltaba una factura"}
    stranger = PortalClient(company.stack, "")
    # A code of nobody's is refused when it is judged.
    assert way.act(cartera, "anular_documento", "", {**said, "code": "0" * 20})
    company.stack.look()
    assert b"<strong>Vigente</strong>" in stranger.get(f"/verificar/{code}").body
    assert way.act(cartera, "anular_documento", "", said)
    company.stack.look()
    shown = stranger.get(f"/verificar/{code}").body.decode()
    assert "<strong>No vigente</strong>" in shown
    assert "Faltaba una factura" not in shown
    again = client.open(f"/documentos/{code}").text
    assert "No vigente: anulado" in again
    assert "Faltaba una factura" in again


# Paid long ago, so that whoever reads this company's accounts later finds nothing owed.
OLD = {
    "numero": "FE-0099001",
    "fecha": "2026-04-01",
    "vence": "2026-05-01",
    "subtotal": "200.00",
    "itbms": "14.00",
    "total": "214.00",
    "saldo": "0.00",
    "cufe": "FICTICIO-FE-0099001",
    "pagada_el": "2026-04-28",
}
ACCOUNT = {"caso": "C01", "cliente_desde": "2026-03-06", "cupo": "1000.00", "plazo_dias": 30, "facturas": [OLD], "anticipos": []}


@pytest.mark.timeout(600)
def test_r109_what_accounting_dropped_is_what_the_client_downloads(company: Company) -> None:
    """Cartera drops an export with the PDF and XML of an invoice: its client downloads both, byte for byte; another client finds none."""
    stack, cast = company.stack, company.ways["C01"].cast
    for name, data in ledger_files.exported([ACCOUNT], CLIENTS, "copias").items():
        accounts.drop(stack, cast, {name: data})
    copies = ledger_files.copies([ACCOUNT])
    accounts.drop(stack, cast, copies)
    client, other = company.client("C01"), company.client("C02")
    client.enter()
    other.enter()
    path = f"/facturas/{OLD['numero']}"
    page = client.open(path)
    assert OLD["cufe"] in page.text
    for form in ("pdf", "xml"):
        button = next(one for one in page.forms if one.action.endswith(f"/{form}"))
        answer = client.ask("POST", button.action, urlencode(button.fields).encode())
        assert (answer.status, answer.body) == (200, copies[f"{OLD['numero']}.{form}"])
        assert other.ask("POST", button.action, urlencode(button.fields).encode()).status == 400
    assert other.get(path).status == 404
    stack.settle()
    told = company.ways["C01"].encargado.open(f"/expediente/{company.ways['C01'].dossier_id}").text
    assert told.count("Se entregó al cliente la copia de una factura") == 2
