"""Eva over HTTP as named clients (R100, R102, R103, R105, R106, R107, R120), and what the company's people then see."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from expediente import codec
from expediente.case_rules import case_rules
from expediente.model import Dossier
from expediente.payment_means import means_of
from expediente.process import Process, load
from expediente.store import Delete
from expediente.store_sqlite import SqliteStore
from local.person import Mail, Page
from local.portal_client import PortalClient
from tests.guards.reading import ROOT
from tests.portal.conftest import Company
from tests.portal.eva_kit import Talk, case_number, online
from tests.portal.portal_kit import put_account

DOMAIN = "blindados-demo.example.com"
CARTERA, COMERCIAL, SERVICIO = f"cartera.uno@{DOMAIN}", f"comercial.uno@{DOMAIN}", f"servicio.uno@{DOMAIN}"
UNKNOWN = "asdkjh qwe"

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def process() -> Process:
    """The tables."""
    return load(ROOT)


def inside(company: Company, case_id: str) -> tuple[PortalClient, Talk]:
    """The contact of a client who has entered, before Eva."""
    client = company.client(case_id)
    client.enter()
    return client, online(client)


def store_of(company: Company) -> Any:
    """The records of the stack, to put an account there as the accounting system's export would."""
    lines = Path(company.stack.ready["env"]).read_text(encoding="utf-8").splitlines()
    return SimpleNamespace(store=SqliteStore(dict(line.split("=", 1) for line in lines)["EXPEDIENTE_STORE_PATH"]))


@pytest.fixture
def accounts(company: Company) -> Iterator[Company]:
    """The company while both clients have the account of `cartera`, whatever a test before has left; afterwards they have none."""
    app = store_of(company)
    ids = {case_id: _client_id(app, way.dossier_id) for case_id, way in company.ways.items()}
    for case_id, client_id in ids.items():
        _forget_account(app, client_id)
        put_account(app, client_id, case_id)
    yield company
    for client_id in ids.values():
        _forget_account(app, client_id)


def _client_id(app: Any, dossier_id: str) -> str:
    return codec.from_data(Dossier, app.store.get("dossier", dossier_id).data).client_id


def _forget_account(app: Any, client_id: str) -> None:
    gone = [("account", client_id)] if app.store.get("account", client_id) else []
    for query, kind in (("items_of_client", "item"), ("movements_of_client", "movement")):
        gone += [(kind, read.key) for read in app.store.query(query, equals=client_id)]
    app.store.commit([Delete(kind, key) for kind, key in gone])


def mails_about(company: Company, address: str, word: str) -> list[Mail]:
    """The mails of a person that name something."""
    return [mail for mail in company.stack.person(address).mails() if word in mail.text or word in mail.subject]


def page_of_case(company: Company, address: str, number: str) -> Page:
    """What a person of the company reads behind the link of the mail about a case."""
    company.stack.settle()
    company.stack.look()
    for mail in company.stack.person(address).mails():
        for link in re.findall(rf"https?://\S+/acto/\S+/{number}", mail.text):
            return company.stack.person(address).open(link)
    raise AssertionError(f"{address} has no mail about {number}")


def settle(company: Company, address: str, page: Page, said: dict[str, str]) -> Page:
    """Sign what a page asks."""
    form = next(form for form in page.forms if "token" in form.fields)
    shown = company.stack.person(address).send(page, form, {f"f_{name}": text for name, text in said.items()})
    company.stack.settle()
    company.stack.look()
    return shown


def test_r100_each_request_is_reached_from_the_menu_over_http(company: Company, process: Process) -> None:
    """C01's contact presses every button of the menu: each answers or asks; what is not understood brings the menu and a person."""
    _, talk = inside(company, "C01")
    texts = process.eva.texts
    for label in talk.menu:
        said = talk.press(label)
        assert said not in (texts["not_understood"], texts["old_button"]), label
        if "Cancelar" in talk.buttons:
            talk.press("Cancelar")
    assert talk.say(UNKNOWN) == texts["not_understood"]
    assert {"Ver el menú", "Hablar con una persona"} <= set(talk.buttons)
    visitor = online(PortalClient(company.stack, ""))
    assert set(visitor.menu) == {"Medios de pago", "Quiero ser cliente", "Cómo entrar a mi cuenta", "Hablar con una persona"}


def test_r102_who_wants_to_be_a_client_reaches_sales_with_a_filled_form(company: Company) -> None:
    """A stranger registers; Comercial reads it and opens the intake form with what was said; no dossier is there before sales send it."""
    talk = online(PortalClient(company.stack, ""))
    talk.say("quiero ser cliente")
    for answer in (
        "Panadería Trigal Inventada",
        "",
        "Ana Ruiz",
        "6612-3456",
        "ana@trigal.example.com",
        "Recogida diaria en David",
    ):
        talk.say(answer) if answer else talk.press("Omitir")
    talk.press("Sí, de acuerdo")
    assert "Comercial" in talk.press("Sí, enviar")
    company.stack.settle()
    company.stack.look()
    (mail,) = mails_about(company, COMERCIAL, "Panadería Trigal Inventada")
    (link,) = set(re.findall(r"https?://\S+viewform\S*", mail.text))
    filled = [value for _, value in parse_qsl(urlsplit(link).query)]
    assert {"Panadería Trigal Inventada", "Ana Ruiz", "ana@trigal.example.com", "Recogida diaria en David"} <= set(filled)
    encargado = company.ways["C01"].encargado
    assert encargado.files("name contains 'Minisúper'")
    assert not encargado.files("name contains 'Trigal'")


def test_r103_a_new_contact_address_is_proven_and_the_old_value_stays(company: Company) -> None:
    """C02's contact proves a new address by its code; the new one enters, the old session ends; the Encargado reads both values."""
    client, talk = inside(company, "C02")
    old, new = client.address, "contacto.nuevo@cliente-inventado.example.com"
    _change_address(company, talk, new)
    company.stack.settle()
    company.stack.look()
    assert urlsplit(client.open("/").url).path.endswith("/entrar")
    fresh = PortalClient(company.stack, new)
    assert company.ways["C02"].case["cliente"]["razon_social"] in fresh.enter().text
    assert mails_about(company, old, "Este correo ya no sirve para entrar")
    way = company.ways["C02"]
    page = way.encargado.open(f"/expediente/{way.dossier_id}").text
    assert new in page
    assert old in page
    # As it was, for whoever comes after.
    _change_address(company, online(fresh), old)
    company.stack.settle()
    company.stack.look()
    assert company.ways["C02"].case["cliente"]["razon_social"] in company.client("C02").enter().text


def _change_address(company: Company, talk: Talk, address: str) -> None:
    talk.say("quiero actualizar mis datos")
    talk.press("Correo de contacto")
    talk.say(address)
    company.stack.settle()
    mail = next(mail for mail in reversed(company.stack.person(address).mails()) if "código" in mail.subject)
    found = re.search(r"\b[0-9]{6}\b", mail.text)
    assert found
    talk.say(found[0])
    talk.press("Sí, enviar")


def test_r105_payment_means_are_the_same_in_portal_eva_and_mail(company: Company, process: Process) -> None:
    """The account data and their check value that C01 reads from Eva are those of the page of payments and of her mailbox."""
    client, talk = inside(company, "C01")
    means = means_of(process)
    said = talk.say("cómo puedo pagar")
    assert means.text in said
    page = client.open("/pagos/medios").text
    mails = mails_about(company, client.address, means.check)
    assert mails
    for label, value in (*means.lines, (means.check_label, means.check)):
        for told in (said, page, mails[-1].text):
            assert label in told, label
            assert value in told, value


def test_r106_a_request_for_credit_is_a_case_that_a_person_decides_with_a_reason(accounts: Company) -> None:
    """C01 asks for credit; Cartera reads limit, use and what the rules say, refuses with a reason, and the client reads it."""
    client, talk = inside(accounts, "C01")
    assert "Su cupo hoy es B/. 1,000.00 y usa B/. 321.00 (32.10 %)" in talk.say("solicito crédito por 1,500.00")
    talk.say("Abrimos otro local")
    talk.press("Sí, autorizo")
    said = talk.press("Sí, enviar")
    number = case_number(said)
    assert "Resultado: En revisión" in said
    page = page_of_case(accounts, CARTERA, number)
    for part in ("B/. 1,000.00", "32.10", "Abrimos otro local", "25 %"):
        assert part in page.text
    settle(accounts, CARTERA, page, {"decision": "refused", "reason": "Todavía no, por la antigüedad del local"})
    shown = client.open(f"/solicitudes/{number}").text
    assert "No aprobado" in shown
    assert "Todavía no, por la antigüedad del local" in shown


def test_r107_a_raise_shows_limit_and_use_and_is_preapproved_by_rules(accounts: Company) -> None:
    """C02 asks for 9,500: limit and use are told, the rules say preapproved, Cartera approves, the client reads it."""
    client, talk = inside(accounts, "C02")
    assert "Su cupo hoy es B/. 8,000.00 y usa B/. 2,889.00 (36.11 %)" in talk.say("Necesito aumentar el cupo a B/. 9,500")
    talk.press("Omitir")
    talk.press("Sí, autorizo")
    said = talk.press("Sí, enviar")
    number = case_number(said)
    assert "Resultado: Preaprobada" in said
    page = page_of_case(accounts, CARTERA, number)
    for part in ("B/. 8,000.00", "36.11", "B/. 1,500.00", "Preaprobada"):
        assert part in page.text
    settle(accounts, CARTERA, page, {"decision": "approved", "reason": ""})
    assert "Aprobado" in client.open(f"/solicitudes/{number}").text


def test_r120_any_conversation_becomes_a_case_with_its_transcript_and_due_day(company: Company, process: Process) -> None:
    """After anything else C01 asks for a person: the due day is told, Cartera reads all that was said and answers, the client rates it."""
    client, talk = inside(company, "C01")
    talk.say("cómo puedo pagar")
    talk.say(UNKNOWN)
    talk.press("Hablar con una persona")
    said = talk.say("No sé cuál cuenta usar desde mi banco")
    number = case_number(said)
    assert "Cartera" in said
    assert re.search(r"a más tardar el \d\d/\d\d/\d{4}", said)
    page = page_of_case(company, CARTERA, number)
    for part in ("cómo puedo pagar", UNKNOWN, "No sé cuál cuenta usar desde mi banco"):
        assert part in page.text
    settle(company, CARTERA, page, {"outcome": "done", "text": "Use la que dice el portal."})
    shown = client.open(f"/solicitudes/{number}")
    assert case_rules(process.folder).states["done"] in shown.text
    assert "Use la que dice el portal." in shown.text
    form = next(form for form in shown.forms if "f_score" in form.choices)
    client.send(shown, form, {"f_score": "5"})
    company.stack.settle()
    assert "Gracias por calificar" in client.open(f"/solicitudes/{number}").text
    other, _ = inside(company, "C02")
    assert other.get(f"/solicitudes/{number}").status == 404
