"""From one vendedora to another, and whoever is no longer of the company keeps nothing: what each of them then finds."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from expediente import reassign
from local.cast import Cast
from local.person import Person
from local.stack import HttpError
from local.stack import Stack as Product
from local.travel import Travel
from tests.harness import Case, Stack, cases
from tests.journey.conftest import BEGIN
from tests.local_workspace import Workspace

SAME_SELLER = ("C01", "C05")


@pytest.fixture(scope="module")
def ways(tmp_path_factory: pytest.TempPathFactory, cast: Cast) -> Iterator[list[Travel]]:
    """Two clients of the same vendedora, both still bringing papers; and a form of hers that was sent back."""
    log = tmp_path_factory.mktemp("reassign") / "serve.log"
    with Product.start("sqlite", log=log, now=BEGIN) as started:
        found = [Travel(started, cast, copy.deepcopy(cases()[name])) for name in SAME_SELLER]
        for way in found:
            way.submit()
            assert way.find()
        wrong = copy.deepcopy(cases()["C06"])
        wrong["vendedora"] = found[0].vendedora.address
        wrong["cliente"]["ruc"] = "no es un RUC"
        Travel(started, cast, wrong).submit()
        started.look()
        yield found


def _sees(person: Person, file_id: str) -> bool:
    try:
        person.file(file_id)
    except HttpError:
        return False
    return True


def _others(way: Travel) -> Person:
    sellers = [a for a, row in way.cast.people.items() if "vendedora" in row["roles"]]
    return way.stack.person(next(a for a in sellers if a != way.vendedora.address))


def _told(person: Person, words: str) -> list[str]:
    return [mail.text for mail in person.mails() if words in mail.text]


def test_r95_everything_of_a_vendedora_passes_to_another_once(ways: list[Travel]) -> None:
    """Both clients, their delivery folders and the form to correct pass on; the old one keeps nothing; each is told once; again changes nothing."""
    stack, old, new = ways[0].stack, ways[0].vendedora, _others(ways[0])
    folders = [way.delivery_folder() for way in ways]
    assert all(_sees(old, folder) and not _sees(new, folder) for folder in folders)
    done = stack.expediente("access", "reassign", "--from", old.address, "--to", new.address)
    assert done.returncode == 0 and "2 expediente(s) y 1 formulario(s)" in done.stdout, done.stdout + done.stderr
    stack.settle()
    stack.look()
    assert all(_sees(new, folder) and not _sees(old, folder) for folder in folders)
    clients = [way.case["cliente"]["razon_social"] for way in ways]
    for person, words in ((new, "Reciba desde hoy"), (old, "Sepa que desde hoy")):
        (told,) = _told(person, words)
        assert all(way.dossier_id in told for way in ways)
        assert all(client in told for client in clients)
    assert _told(new, "no es un RUC")
    for path in (f"/expediente/{way.dossier_id}" for way in ways):
        assert (new.open(path).status, old.open(path).status) == (200, 404)
    again = stack.expediente("access", "reassign", "--from", old.address, "--to", new.address)
    assert again.returncode == 0 and "no se cambió nada" in again.stdout
    stack.settle()
    assert len(_told(new, "Reciba desde hoy")) == len(_told(old, "Sepa que desde hoy")) == 1
    assert len(_told(new, "no es un RUC")) == 1


def test_r95_gerencia_passes_all_of_them_on_by_a_signed_act(ways: list[Travel]) -> None:
    """On the page of one client Gerencia chooses the other vendedora and ticks the rest: both clients pass on, signed by her."""
    stack, new = ways[0].stack, ways[0].vendedora
    boss = stack.person(ways[0].cast.first("gerencia"))
    folders = [stack.status(way.dossier_id)["vendedora"] for way in ways]
    assert folders == [_others(ways[0]).address] * 2
    page = boss.open(f"/acto/{ways[0].dossier_id}/reasignar")
    form = next(form for form in page.forms if "token" in form.fields)
    assert boss.send(page, form, {"f_to": new.address, "f_all": "si"}).status == 200
    stack.look(3)
    assert [stack.status(way.dossier_id)["vendedora"] for way in ways] == [new.address] * 2
    assert len(_told(new, "Reciba desde hoy")) == 1
    seller = ways[0].vendedora.open(f"/acto/{ways[0].dossier_id}/reasignar")
    assert seller.status == 404


def test_r95_whoever_leaves_the_company_loses_the_folder_and_the_dossier_asks_for_another(tmp_path: Path) -> None:
    """Taken out of the list of people, the vendedora opens nothing after one look, Comercial is told once, and back in it all returns."""
    workspace = Workspace.start()
    try:
        stack = Stack(workspace, tmp_path)
        stack.set_up()
        case: Case = copy.deepcopy(cases()["C01"])
        stack.send_form(case)
        stack.live(2)
        dossier = stack.dossier(case)
        folder, whole = dossier.file_id("folder/delivery"), stack.app.process
        before = workspace.grants(folder)
        assert case["vendedora"] in {address for address, _ in before}
        rest = tuple(person for person in whole.company.people if person.address != case["vendedora"])
        for _ in range(2):
            stack.app.__dict__["process"] = replace(whole, company=replace(whole.company, people=rest))
            stack.app.publish_work(dossier.dossier_id)
            stack.live(2)
        assert case["vendedora"] not in {address for address, _ in workspace.grants(folder)}
        comercial = whole.company.with_role("comercial")[0].address
        assert sum(text.startswith("Elija otra vendedora") for text in workspace.inbox(comercial)) == 1
        assert [d.dossier_id for d in reassign.dossiers_of(stack.app.store, case["vendedora"])] == [dossier.dossier_id]
        stack.app.__dict__["process"] = whole
        stack.app.publish_work(dossier.dossier_id)
        stack.live(2)
        assert workspace.grants(folder) == before
    finally:
        workspace.stop()
