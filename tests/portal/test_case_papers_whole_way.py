"""Papers of a request over HTTP: a client hands them in, Cartera opens them in Drive and decides, nobody else can."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest

from local.eva_client import Talk
from local.person import Page, PageForm
from local.stack import HttpError
from tests.portal.conftest import Company

PDF = b"%PDF-1.4\n% estados financieros 2025\n%%EOF\n"
WRONG = b"%PDF-1.4\n% no era este\n%%EOF\n"


def _form(page: Page, paper: str) -> PageForm:
    """The form of the page that takes a file of that paper."""
    return next(form for form in page.forms if form.fields.get("f_paper") == paper)


def _files(html: str) -> list[str]:
    """Ids of the files in Drive that a page leads to."""
    return re.findall(r"https://drive\.google\.com/file/d/([\w-]+)", html)


@pytest.mark.timeout(600)
def test_r106_the_papers_of_a_credit_reach_cartera_and_nobody_else(company: Company) -> None:
    """C01 asks Eva for credit, replaces a wrong file, Cartera opens the right one from where it decides; vendedora, Encargado, areas and C02 cannot."""
    stack, way = company.stack, company.ways["C01"]
    client, other = company.client("C01"), company.client("C02")
    client.enter()
    talk = Talk(client)
    talk.say("quiero solicitar crédito")
    talk.say("12000")
    heard = talk.finish("Abrimos dos sucursales")
    assert "Estados financieros (obligatorio)" in heard.text
    (path,) = (path for path, label in heard.links.items() if label == "Entregar los papeles")
    path = urlsplit(path).path
    page = client.send_file(client.open(path), _form(client.open(path), "estados_financieros"), "no era.pdf", WRONG)
    assert "no era.pdf" in page.text
    stack.settle()
    stack.look()
    page = client.open(path)
    back = next(form for form in page.forms if "f_arrival" in form.fields)
    page = client.send(page, back, {"decision": "take_back"})
    page = client.send_file(page, _form(page, "estados_financieros"), "estados 2025.pdf", PDF)
    assert "estados 2025.pdf" in page.text
    stack.settle()
    stack.look()
    page = client.open(path)
    assert "Entregado" in page.text
    assert "no era.pdf" not in page.text
    cartera, case_id = stack.person(way.cast.first("cartera")), path.rpartition("/")[2]
    act = next(
        found for mail in cartera.mails() for found in re.findall(r"https?://\S+/acto/\S+/decidir_caso/K\w{7}", mail.text)
        if found.endswith(case_id)
    )  # fmt: skip
    deciding = cartera.open(urlsplit(act).path)
    assert "Papeles obligatorios que faltan" not in deciding.text
    (file_id,) = _files(deciding.html)
    assert cartera.file(file_id)["name"] == f"Estados financieros · {case_id}.pdf"
    folder = cartera.file(file_id)["parents"][0]
    assert [one["id"] for one in cartera.children(folder)] == [file_id]
    others = [way.case["vendedora"], way.encargado.address, way.cast.first("operaciones"), client.address, other.address]
    for address in others:
        with pytest.raises(HttpError) as refused:
            stack.person(address).file(file_id)
        assert refused.value.status == 404, address
        assert stack.person(address).files(f"name contains '{case_id}'") == [], address
    other.enter()
    assert other.get(path).status == 404
    assert other.send_file(page, _form(page, "declaracion_renta"), "mía.pdf", PDF).status == 404
    assert way.act(cartera, "decidir_caso", case_id, {"decision": "approved"})
    stack.look()
    page = client.open(path)
    assert "Aprobado" in page.text
    assert "estados 2025.pdf" in page.text
    assert not [form for form in page.forms if "f_paper" in form.fields or "f_arrival" in form.fields]
