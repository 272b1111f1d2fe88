"""Service points: each has its own inspection, its own start, and holds nobody up."""

from __future__ import annotations

import base64
import email
import email.policy
from datetime import timedelta
from email.message import EmailMessage

import pytest

from expediente import identifiers
from local.person import Mail, Person
from local.travel import Travel, TravelError
from local.wire import HttpError
from tests.journey.conftest import Traveller
from tests.journey.ways import hand_over, open_dossier


def as_another_client(way: Travel, ruc: str) -> Travel:
    """The same case as a client of its own: every client travels once on a stack. ruc: of a company, its check digits are added."""
    client = way.case["cliente"]
    slug = ruc.partition("-")[0]
    folio = {"ruc": ruc, "dv": _check_digits(ruc), "aviso_operacion": f"{ruc}-000001", "folio_registro_publico": slug}
    client |= folio | {
        "razon_social": f"{client['razon_social'].rpartition(',')[0]} {slug}, S.A.",
        "correo": f"c{slug}@example.com",
    }
    return way


def _check_digits(ruc: str) -> str:
    read = identifiers.ruc(ruc, "juridica")
    assert read is not None
    return read.right_dv


def points_of(way: Travel) -> dict[str, str]:
    """Where each point stands, by its code."""
    found: dict[str, str] = way.stack.status(way.dossier_id)["points"]
    return found


def confirm_but_seguridad(way: Travel) -> None:
    """Every other area that takes part confirms."""
    for area, state in way.area_states().items():
        if area != "seguridad" and state != way.cast.control_sheet["texts"]["not_applicable"]:
            way.confirm(area)


def approve(way: Travel, *points: str) -> None:
    """Seguridad brings the report of those points and ticks its boxes for them, and its common ones."""
    person = way.stack.person(way.cast.first("seguridad"))
    way.inspect(points)
    marks = ["recibido", "comprendido"]
    marks += [f"{mark}/{code}" for mark in ("inspeccion_realizada", "inspeccion_aprobada") for code in points]
    way.tick("seguridad", person, way.control_sheet(), only=marks)
    way.stack.look()
    sign(way, person, "seguridad")


def sign(way: Travel, person: Person, area: str) -> None:
    """The person signs on the area's page whatever is ticked and waits for it."""
    page = person.open(f"/confirmar/{way.dossier_id}/{area}")
    forms = [form for form in page.forms if "token" in form.fields]
    if forms:
        assert person.send(page, forms[0]).status == 200
        way.stack.settle()
        way.stack.look()


def test_r82_a_point_starts_before_the_others(travel: Traveller) -> None:
    """R82: with one point of three ready the client becomes active; the others start by later closings, and no tick undoes a start."""
    way = as_another_client(travel("C23"), "155990523-2-2025")
    open_dossier(way)
    hand_over(way, "DEN-000523")
    confirm_but_seguridad(way)
    with pytest.raises(TravelError):
        way.close()
    approve(way, "P01")
    assert points_of(way) == {"P01": "ready", "P02": "pending", "P03": "pending"}
    way.close()
    assert points_of(way) == {"P01": "active", "P02": "pending", "P03": "pending"}
    assert way.parent_name() == "Activos"
    client = way.stack.person(way.case["cliente"]["correo"])
    start = client.mails()[-1].text
    assert "Estación Tocumen" in start and "Estación Arraiján" not in start
    _a_settled_tick_stays(way)
    approve(way, "P03")
    assert points_of(way) == {"P01": "active", "P02": "pending", "P03": "ready"}
    way.close()
    assert "Estación Changuinola" in client.mails()[-1].text and "Tocumen" not in client.mails()[-1].text
    approve(way, "P02")
    way.close()
    assert set(points_of(way).values()) == {"active"}
    with pytest.raises(HttpError) as refused:
        way.tick("seguridad", way.stack.person(way.cast.first("seguridad")), way.control_sheet(), only=["recibido"])
    assert refused.value.status in (400, 403)
    kept = way.encargado.children(way.encargado.folder(way.root_id, way.cast.folder_name("sheets")))
    assert sum(item["mimeType"] == "application/pdf" for item in kept) == 3


def _a_settled_tick_stays(way: Travel) -> None:
    """Operaciones unticks what the active point stands on: it is put back, and Operaciones is told."""
    operations = way.stack.person(way.cast.first("operaciones"))
    sheet = way.sheet_link("operaciones", operations)
    rows, columns = way.control_rows(sheet, operations)
    number = next(n for n, row in enumerate(rows) if row and row[0] == "mark:recursos_asignados")
    operations.type_into(sheet, way.cast.control_sheet["tab"], {(number, columns["operaciones"]): "FALSE"})
    way.stack.look()
    rows, _ = way.control_rows(sheet, operations)
    assert rows[number][columns["operaciones"]] is True
    assert any("quedó como estaba" in mail.text for mail in way.mails_of(operations))
    assert points_of(way)["P01"] == "active"


def seguridad_of(way: Travel) -> Person:
    """Who inspects."""
    return way.stack.person(way.cast.first("seguridad"))


def agree(way: Travel, point: str, day: str, hour: str) -> None:
    """Seguridad agrees on a visit."""
    said = {"day": day, "hour": hour, "inspector": way.cast.first("seguridad"), "note": "Lleve su cédula."}
    assert way.act(seguridad_of(way), "acordar_visita", point, said)


def give(way: Travel, point: str, result: str, **more: str) -> None:
    """Seguridad records a result."""
    assert way.act(seguridad_of(way), "registrar_resultado", point, {"result": result, **more})


def days_ahead(way: Travel, days: int) -> str:
    """A day, counted from the Workspace's."""
    return (way.stack.now() + timedelta(days=days)).date().isoformat()


def test_r59_r60_a_visit_is_agreed_and_told_with_a_calendar_file(travel: Traveller) -> None:
    """R59, R60: the visit's page shows the order; vendedora and the point's contact get day, hour and a calendar file."""
    way = as_another_client(travel("C06"), "155990559-2-2025")
    way.case["orden_trabajo"]["puntos"][0]["contacto"]["correo"] = "taller559@example.com"
    open_dossier(way)
    page = seguridad_of(way).open(f"/acto/{way.dossier_id}/acordar_visita/P01").text
    for said in ("Transporte especial", "Calle 50 Ficticia", "viernes", "Traslado de joyas"):
        assert said in page, said
    agree(way, "P01", days_ahead(way, 2), "14:45")
    way.stack.look()
    contact = way.stack.person("taller559@example.com")
    for person, mail in ((way.vendedora, way.mails_of(way.vendedora)[-1]), (contact, contact.mails()[-1])):
        assert "14:45" in mail.text and "Ovidio Arrocha Delgado" in mail.text
        assert "150,000" not in mail.text and "10:00" not in mail.text
        event = calendar_of(person, mail)
        assert "DTSTART:" in event and "T194500Z" in event and "Taller y b" in event
    assert way.stack.status(way.dossier_id)["points"] == {"P01": "pending"}


def calendar_of(person: Person, mail: Mail) -> str:
    """The calendar file that came with a mail."""
    told = person.wire.ask("GET", f"/gmail/v1/users/me/messages/{mail.message_id}", query={"format": "raw"})
    message = email.message_from_bytes(base64.urlsafe_b64decode(told["raw"] + "=="), policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    (part,) = [part for part in message.iter_attachments() if part.get_content_type() == "text/calendar"]
    return str(part.get_content())


def test_r61_r62_a_rejected_point_keeps_its_findings_and_holds_nobody_up(travel: Traveller) -> None:
    """R61, R62: no result without its report; a rejected point is told with its findings, asked for again, and the others start."""
    way = as_another_client(travel("C23"), "155990562-2-2025")
    open_dossier(way)
    hand_over(way, "DEN-000562")
    confirm_but_seguridad(way)
    give(way, "P02", "rechazada", findings="No hay caja fija.")
    assert points_of(way)["P02"] == "pending", "a result without its report was taken"
    approve(way, "P01", "P02")
    give(way, "P02", "rechazada", findings="No hay caja fija.")
    way.stack.look()
    assert points_of(way) == {"P01": "ready", "P02": "rejected", "P03": "pending"}
    told = way.mails_of(way.vendedora)[-1]
    assert "No hay caja fija." in told.text and f"/acto/{way.dossier_id}/pedir_inspeccion/P02" in told.text
    assert _ticks(way, "seguridad")["mark:inspeccion_aprobada/P02"] is False
    way.close()
    assert points_of(way)["P01"] == "active"
    assert way.act(way.vendedora, "pedir_inspeccion", "P02", {"reason": "Se instaló la caja."})
    way.stack.look()
    assert points_of(way)["P02"] == "pending"
    assert any("Se instaló la caja." in mail.text for mail in way.mails_of(seguridad_of(way)))
    give(way, "P02", "aprobada")
    person = seguridad_of(way)
    way.tick("seguridad", person, way.sheet_link("seguridad", person), only=["inspeccion_aprobada/P02"])
    way.stack.look()
    assert _ticks(way, "seguridad")["mark:inspeccion_aprobada/P02"] is False, "the report of the rejected round counts no longer"
    approve(way, "P02")
    give(way, "P02", "aprobada_con_condiciones", conditions="Recolección por la puerta posterior.")
    way.stack.look()
    assert points_of(way)["P02"] == "ready"
    assert any("puerta posterior" in mail.text for mail in way.mails_of(way.stack.person(way.cast.first("operaciones"))))


def _ticks(way: Travel, area: str) -> dict[str, object]:
    rows, columns = way.control_rows(way.control_sheet(), way.encargado)
    return {
        str(row[0]): row[columns[area]] for row in rows if row and str(row[0]).startswith("mark:") and len(row) > columns[area]
    }


def test_r53_r63_r64_r69_resources_are_references_and_a_special_service_is_told(travel: Traveller) -> None:
    """R53, R63, R64, R69: Operaciones signs only after classifying with references; special equipment is told once and coordinated."""
    way = as_another_client(travel("C02"), "155990563-2-2025")
    open_dossier(way)
    hand_over(way, "DEN-000563")
    person = way.stack.person(way.cast.first("operaciones"))
    page = person.open(f"/acto/{way.dossier_id}/asignar_recursos/P01").text
    for label in ("Dirección", "Frecuencia", "Clasificación del servicio"):
        assert label in page, label
    sheet = way.sheet_link("operaciones", person)
    way.tick("operaciones", person, sheet, only=["recursos_asignados"])
    way.stack.look()
    assert _ticks(way, "operaciones")["mark:recursos_asignados"] is False
    said = {
        "classification": "especial",
        "resources": "RUTA-12",
        "crew": "Juan Pérez",
        "vehicles": "AB1234",
        "equipment": "Segunda escolta",
    }
    assert way.act(person, "asignar_recursos", "P01", said)
    way.stack.look()
    service = way.stack.person(way.cast.first("servicio_al_cliente"))
    assert not _special(way, service), "names and plates were taken"
    assert way.act(person, "asignar_recursos", "P01", {**said, "crew": "TRIP-04", "vehicles": "UNI-07"})
    way.stack.look()
    way.stack.look()
    assert _special(way, service) == 1
    way.tick("operaciones", person, sheet)
    way.stack.look()
    assert _ticks(way, "operaciones")["mark:recursos_asignados"] is True
    room = way.stack.person(way.cast.first("sala_procesamiento"))
    marks = ["servicios_especiales_coordinados"]
    way.tick("sala_procesamiento", room, way.sheet_link("sala_procesamiento", room), only=marks)
    way.stack.look()
    assert _ticks(way, "sala_procesamiento")["mark:servicios_especiales_coordinados"] is False
    assert way.act(service, "coordinar_especial", "P01", {"note": "Acordado con el cliente."})
    way.tick("sala_procesamiento", room, way.sheet_link("sala_procesamiento", room), only=marks)
    way.stack.look()
    assert _ticks(way, "sala_procesamiento")["mark:servicios_especiales_coordinados"] is True
    cells = [str(cell) for row in way.control_rows(sheet, room)[0] for cell in row]
    assert not [cell for cell in cells if "TRIP-04" in cell or "UNI-07" in cell or "Juan" in cell]


def _special(way: Travel, person: Person) -> int:
    return sum("Segunda escolta" in mail.text for mail in way.mails_of(person))
