"""Sala's work: the protocol, the exchange sheet, and the alert that Cumplimiento alone hears of."""

from __future__ import annotations

from local.person import Person
from local.travel import Travel
from tests.journey.conftest import Traveller
from tests.journey.test_service_points import as_another_client
from tests.journey.ways import hand_over, open_dossier

TITLE = "Hoja de control de cambios"


def _sheets(way: Travel) -> list[dict[str, str]]:
    folder = way.encargado.folder(way.root_id, way.cast.folder_name("sheets"))
    return [item for item in way.encargado.children(folder) if TITLE in item["name"]]


def _all_mails(way: Travel) -> dict[str, str]:
    people = [address for address in way.cast.people if "cumplimiento" not in address]
    return {address: " ".join(mail.text for mail in way.mails_of(way.stack.person(address))) for address in people}


def test_r66_the_protocol_is_kept_and_each_head_is_told_once(travel: Traveller) -> None:
    """R66: what Sala signs lies in the dossier as a PDF, and whoever heads an area that takes part has one mail with it."""
    way = as_another_client(travel("C02"), "155990566-2-2025")
    open_dossier(way)
    hand_over(way, "DEN-000566")
    room = way.stack.person(way.cast.first("sala_procesamiento"))
    said = {
        "reception": "Conteo a dos manos.",
        "differences": "Acta el mismo día.",
        "delivery": "Día hábil siguiente.",
        "contacts": "",
    }
    assert way.act(room, "establecer_protocolo", "", said)
    way.stack.look()
    way.stack.look()
    service = way.encargado.folder(way.root_id, way.cast.folder_name("service"))
    assert [item["name"] for item in way.encargado.children(service) if "Protocolo de procesamiento" in item["name"]]
    for area in ("servicio_al_cliente", "operaciones", "seguridad", "sala_procesamiento"):
        head = way.stack.person(way.cast.first(area))
        assert sum("Conteo a dos manos." in mail.text for mail in way.mails_of(head)) == 1, area
    assert not _sheets(way), "an ordinary volume needs no sheet of its own"
    assert way.act(room, "llevar_hoja_de_cambios", "", {"reason": "Denominaciones particulares."})
    way.stack.look()
    assert len(_sheets(way)) == 1


def test_r67_r68_high_exchange_has_its_sheet_and_only_cumplimiento_hears_of_the_sum(travel: Traveller) -> None:
    """R67, R68: one sheet, linked from the control sheet; three rows that pass the limit together are told to Cumplimiento alone."""
    way = as_another_client(travel("C05"), "155990567-2-2025")
    open_dossier(way)
    hand_over(way, "DEN-000567")
    way.stack.look()
    (sheet,) = _sheets(way)
    room = way.stack.person(way.cast.first("sala_procesamiento"))
    cells = [str(cell) for row in way.control_rows(way.control_sheet(), room)[0] for cell in row]
    assert "Abrir la hoja de control de cambios" in cells
    before = _all_mails(way)
    compliance = way.stack.person(way.cast.first("cumplimiento"))
    rows = [("24/03/2026", "4800"), ("25/03/2026", "4800")]
    _write(room, sheet["id"], rows)
    way.stack.look()
    assert not _alerts(way, compliance)
    _write(room, sheet["id"], [*rows, ("27/03/2026", "2800")])
    way.stack.look()
    way.stack.look()
    assert len(_alerts(way, compliance)) == 1
    page = compliance.open(f"/acto/{way.dossier_id}/revisar_cambios/2026-03-27")
    assert "12,400.00" in page.text
    assert "12,400" not in _alerts(way, compliance)[0]
    assert _all_mails(way) == before, "somebody else was told"
    for person in (room, way.encargado, way.vendedora):
        assert person.open(f"/acto/{way.dossier_id}/revisar_cambios/2026-03-27").status == 404
        assert "revisar_cambios" not in person.open(f"/expediente/{way.dossier_id}").text
    assert way.act(compliance, "revisar_cambios", "2026-03-27", {"decision": "Acorde con su actividad."})
    way.stack.look()
    assert "revision_cambios" not in str(way.stack.status(way.dossier_id))
    assert not [form for form in compliance.open(page.url).forms if "token" in form.fields]


def _alerts(way: Travel, person: Person) -> list[str]:
    return [mail.text for mail in way.mails_of(person) if "revisar_cambios" in mail.text]


def _write(person: Person, sheet: str, rows: list[tuple[str, str]]) -> None:
    cells = {(3 + number, column): value for number, row in enumerate(rows) for column, value in zip((0, 4), row, strict=True)}
    person.type_into(sheet, "Cambios", cells)
