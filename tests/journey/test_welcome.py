"""The welcome that does not arrive: known, told once, sent again to the right address, or given as a letter. A company of its own."""

from __future__ import annotations

import copy
from collections.abc import Iterator

import pytest

from local.cast import Cast
from local.person import Person
from local.stack import Stack
from local.travel import Travel
from tests.journey.conftest import BEGIN, Case
from tests.journey.test_points_and_areas import WELCOME, box, first, tick
from tests.journey.ways import another_client, hand_over, open_dossier

WRONG, RIGHT = "nadie@blindados-demo.example.com", "tesoreria@laesquina.example.com"
ACT = "entregar_bienvenida"


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A company of its own, since its clock goes on."""
    with Stack.start("sqlite", log=tmp_path_factory.mktemp("welcome") / "serve.log", now=BEGIN) as started:
        yield started


def _travel(company: Stack, cast: Cast, case: Case, code: str) -> Travel:
    """A client whose address takes no mail, up to where the areas are asked and the mail has come back."""
    case = another_client(copy.deepcopy(case))
    case["cliente"]["correo"] = WRONG
    way = Travel(company, cast, case)
    open_dossier(way)
    hand_over(way, code)
    minutes_later(way)
    return way


def minutes_later(way: Travel) -> None:
    """Long enough for the inbox to be looked into."""
    for _ in range(3):
        way.stack.advance(150)
        way.stack.look()


def _told(way: Travel) -> list[str]:
    found = way.mails_of(first(way, "servicio_al_cliente"))
    return [mail.text for mail in found if f"/acto/{way.dossier_id}/{ACT}" in mail.text]


def _welcomes(person: Person) -> int:
    return sum("damos la bienvenida" in mail.text for mail in person.mails())


def test_r57_a_welcome_that_came_back_is_told_once_and_sent_again(company: Stack, cast: Cast, cases: dict[str, Case]) -> None:
    """Servicio al Cliente hears of it once and cannot mark it; after the address was changed the client has it, and the mark stays."""
    way = _travel(company, cast, cases["C01"], "DEN-000861")
    assert len(_told(way)) == 1 and WRONG in _told(way)[0]
    tick(way, "servicio_al_cliente", WELCOME)
    assert box(way, "servicio_al_cliente", WELCOME) is False
    minutes_later(way)
    assert len(_told(way)) == 1
    _correct(way)
    client = way.stack.person(RIGHT)
    assert _welcomes(client) == 1
    minutes_later(way)
    assert _welcomes(client) == 1 and len(_told(way)) == 1
    tick(way, "servicio_al_cliente", WELCOME)
    assert box(way, "servicio_al_cliente", WELCOME) is True


def _correct(way: Travel) -> None:
    """Servicio al Cliente has called: an address that is none, or the same, changes nothing; the right one is taken."""
    service = first(way, "servicio_al_cliente")
    for address in (WRONG, "no es un correo", RIGHT):
        assert way.act(service, "corregir_correo", "", {"address": address})
        way.stack.look()
    assert not way.act(service, "corregir_correo", "", {"address": WRONG}), "it was corrected already"
    assert "Cambiaron los datos del formulario" in way.encargado.open(f"/expediente/{way.dossier_id}").text


def test_r57_the_welcome_can_be_given_as_a_letter_and_signed_for(company: Stack, cast: Cast, cases: dict[str, Case]) -> None:
    """Where mail does not arrive a letter lies in 06 Correspondencia; signed for with the means, the mark can be given."""
    way = _travel(company, cast, cases["C01"], "DEN-000862")
    folder = way.encargado.folder(way.root_id, cast.folder_name("mail"))
    letters = [item for item in way.encargado.children(folder) if "Carta de bienvenida" in item["name"]]
    assert [item["mimeType"] for item in letters] == ["application/pdf"]
    assert not way.act(first(way, "operaciones"), ACT, "", {"means": "mano", "note": ""})
    tick(way, "servicio_al_cliente", WELCOME)
    assert box(way, "servicio_al_cliente", WELCOME) is False
    service = first(way, "servicio_al_cliente")
    assert way.act(service, ACT, "", {"means": "mano", "note": "A la gerente, hoy."})
    way.stack.look()
    tick(way, "servicio_al_cliente", WELCOME)
    assert box(way, "servicio_al_cliente", WELCOME) is True
    assert not way.act(service, ACT, "", {"means": "mano", "note": ""}), "it is signed for once"
