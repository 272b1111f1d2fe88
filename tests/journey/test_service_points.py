"""Service points: each has its own inspection, its own start, and holds nobody up."""

from __future__ import annotations

import pytest

from expediente import identifiers
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
    way.tick("seguridad", person, way.sheet_link("seguridad", person), only=marks)
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
