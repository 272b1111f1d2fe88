"""What the areas do between hand-over and closing, told requirement by requirement: one acts, another sees it. A company of its own."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from local.cast import Cast
from local.person import Person
from local.stack import Stack
from local.travel import Travel
from local.wire import HttpError
from tests.journey.conftest import BEGIN, Case
from tests.journey.ways import another_client, hand_over, open_dossier

WELCOME, PROTOCOL, READY = "bienvenida_recibida", "protocolo_informado", "cliente_listo"


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A company whose clock and faults are these tests' own."""
    with Stack.start("sqlite", log=tmp_path_factory.mktemp("areas") / "serve.log", now=BEGIN) as started:
        yield started


@pytest.fixture(scope="module")
def way(company: Stack, cast: Cast, cases: dict[str, Case]) -> Travel:
    """A client who exchanges money, its papers brought."""
    found = Travel(company, cast, copy.deepcopy(cases["C05"]))
    open_dossier(found)
    return found


def first(way: Travel, area: str) -> Person:
    """The first person of an area."""
    return way.stack.person(way.cast.first(area))


def box(way: Travel, area: str, mark: str) -> object:
    """What a box of the sheet holds, as the Encargado sees it."""
    rows, columns = way.control_rows(way.control_sheet(), way.encargado)
    return next(row[columns[area]] for row in rows if row and row[0] == f"mark:{mark}")


def _welcomed(way: Travel) -> bool:
    sent = [mail for mail in way.stack.status(way.dossier_id)["mails"] if mail["kind"] == "bienvenida_cliente"]
    people = [way.stack.person(address) for mail in sent for address in mail["to"]]
    return any("damos la bienvenida" in mail.text for person in people for mail in person.mails())


def tick(way: Travel, area: str, *marks: str) -> None:
    """The first person of an area ticks boxes of its column."""
    way.tick(area, first(way, area), way.control_sheet(), only=marks)
    way.stack.look()


def test_r54_seguridad_is_asked_for_the_study_with_place_and_contact(way: Travel) -> None:
    """As soon as the form is in, Seguridad has one mail that says where, and whom to ask for."""
    (point,) = way.case["orden_trabajo"]["puntos"]
    told = [mail.text for mail in way.mails_of(first(way, "seguridad")) if "estudio de seguridad" in mail.text]
    assert len(told) == 1
    for said in (point["direccion"]["linea"], point["contacto"]["nombre"], "6000-0105"):
        assert said in told[0], said


def test_r57_the_welcome_is_marked_only_after_it_has_left(way: Travel) -> None:
    """While Gmail takes no mail the tick is put back; once the client has the welcome it stays, and the Encargado sees it."""
    way.stack.faults([{"method": "gmail.users.drafts.create", "do": "500", "times": 1000}])
    hand_over(way, "DEN-000855")
    assert way.control_sheet()
    assert not _welcomed(way)
    tick(way, "servicio_al_cliente", WELCOME)
    assert box(way, "servicio_al_cliente", WELCOME) is False
    way.stack.faults([])
    for _ in range(4):
        way.stack.advance(300)
        way.stack.look()
    assert _welcomed(way)
    service = first(way, "servicio_al_cliente")
    assert any("marca" in mail.subject.lower() or "casilla" in mail.text for mail in way.mails_of(service))
    tick(way, "servicio_al_cliente", WELCOME)
    assert box(way, "servicio_al_cliente", WELCOME) is True


def test_r58_that_the_client_knows_the_protocol_is_a_mark_of_its_own(way: Travel) -> None:
    """The welcome is ticked and the protocol is not: it stays among what is missing until it is ticked too."""
    label = way.cast.areas["servicio_al_cliente"]["marks"][PROTOCOL]["label"]
    missing = [one["label"] for one in way.stack.status(way.dossier_id)["missing"]]
    assert any(label in text for text in missing)
    tick(way, "servicio_al_cliente", PROTOCOL)
    assert box(way, "servicio_al_cliente", PROTOCOL) is True
    assert not [one for one in way.stack.status(way.dossier_id)["missing"] if label in one["label"]]


def test_r65_that_the_client_is_ready_is_marked_by_operaciones_and_audited(way: Travel) -> None:
    """The mark is asked for, and no other area can give it; its tick stands in the history that Comercial reads, with day and area."""
    operations = first(way, "operaciones")
    assert way.act(operations, "asignar_recursos", "P01", _RESOURCES)
    label = way.cast.areas["operaciones"]["marks"][READY]["label"]
    for area in way.cast.areas.keys() - {"operaciones"}:
        with pytest.raises(HttpError, match="protected cell"):
            _tick_for_operaciones(way, first(way, area))
    way.stack.look()
    assert box(way, "operaciones", READY) is False
    assert any(label in one["label"] for one in way.stack.status(way.dossier_id)["missing"])
    day = way.stack.now().astimezone(datetime.fromisoformat(BEGIN).tzinfo)
    tick(way, "operaciones", READY)
    assert box(way, "operaciones", READY) is True
    assert not [one for one in way.stack.status(way.dossier_id)["missing"] if label in one["label"]]
    page = first(way, "comercial").open(f"/expediente/{way.dossier_id}").text
    told = rf"Operaciones · {re.escape(label)} \w+ {day.day} de \w+ de {day.year}, [^·]* · {way.cast.name(operations.address)}"
    assert re.search(told, page)


def _tick_for_operaciones(way: Travel, person: Person) -> None:
    """Somebody ticks in the column of Operaciones. :raises HttpError: it is protected."""
    rows, columns = way.control_rows(way.control_sheet(), person)
    number = next(number for number, row in enumerate(rows) if row and row[0] == f"mark:{READY}")
    person.type_into(way.control_sheet(), way.cast.control_sheet["tab"], {(number, columns["operaciones"]): "TRUE"})


_RESOURCES = {"classification": "estandar", "resources": "RUTA-12", "crew": "TRIP-04", "vehicles": "UNI-12", "equipment": ""}


def test_r59_an_overdue_visit_is_listed_to_seguridad(way: Travel, cases: dict[str, Case]) -> None:
    """A visit whose day has gone by without a result stands in Seguridad's mail of the morning, and no longer once it has one.

    Another client's visit, which gets none, is listed until then and again on the next morning of reminders.
    """
    security = first(way, "seguridad")
    day = (way.stack.now() + timedelta(days=1)).date().isoformat()
    said = {"day": day, "hour": "10:30", "inspector": security.address, "note": ""}
    other = Travel(way.stack, way.cast, another_client(copy.deepcopy(cases["C01"])))
    other.submit()
    assert other.find()
    for one in (way, other):
        assert one.act(security, "acordar_visita", "P01", said)
    mine, others = (one.case["orden_trabajo"]["puntos"][0]["nombre"] for one in (way, other))
    assert not _visits_listed(security)
    first_time = _next_list(way, security)
    assert mine in first_time and others in first_time and way.dossier_id in first_time
    way.inspect()
    way.stack.look()
    assert way.act(security, "registrar_resultado", "P01", {"result": "aprobada"})
    second_time = _next_list(way, security)
    assert others in second_time and mine not in second_time


_VISITS = re.compile(r"[^\n]*\n[^\n]*Registre el resultado de la visita[^\n]*")


def _visits_listed(person: Person) -> list[str]:
    """What each mail that asks for results of visits says of them: the line of each client, with the one before it that names it."""
    found = ("\n".join(_VISITS.findall(mail.text)) for mail in person.mails())
    return [lines for lines in found if lines]


def _next_list(way: Travel, person: Person) -> str:
    """Let mornings come until one asks for results of visits, and say what it says."""
    before = len(_visits_listed(person))
    for _ in range(8):
        day = way.stack.now() + timedelta(days=1)
        way.stack.set_clock(day.replace(hour=13, minute=1))
        way.stack.look()
        if found := _visits_listed(person)[before:]:
            return found[-1]
    raise AssertionError("no morning asked for the result of a visit")


def test_r55_r56_sala_is_told_only_where_money_is_exchanged_or_processed(
    way: Travel, company: Stack, cases: dict[str, Case]
) -> None:
    """With the service its notice comes by itself after the code was given; without, no mail, and its column reads No aplica."""
    room = first(way, "sala_procesamiento")
    assert sum(f"/confirmar/{way.dossier_id}/sala_procesamiento" in mail.text for mail in way.mails_of(room)) == 1
    without = Travel(company, way.cast, copy.deepcopy(cases["C01"]))
    open_dossier(without)
    hand_over(without, "DEN-000856")
    assert not without.mails_of(room)
    assert without.area_states()["sala_procesamiento"] == way.cast.control_sheet["texts"]["not_applicable"]
    assert way.area_states()["sala_procesamiento"] != way.cast.control_sheet["texts"]["not_applicable"]
