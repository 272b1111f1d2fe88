"""From the closed sale to the active service: what each person does, and what the others then see in the Workspace."""

from __future__ import annotations

import pytest

from local.person import Person
from local.travel import Travel, TravelError
from local.wire import HttpError
from tests.journey.conftest import Traveller
from tests.journey.ways import confirm_all, hand_over, open_dossier, whole_way

CODES = {"C01": "DEN-000101", "C02": "DEN-000102", "C14": "DEN-000114", "C06": "DEN-000106", "C12": "DEN-000112"}


def _subjects(travel: Travel, person: Person) -> list[str]:
    return [mail.text.strip().splitlines()[0] for mail in travel.mails_of(person)]


@pytest.mark.parametrize("case_id", ["C01", "C02", "C14"])
def test_a_client_becomes_active(travel: Traveller, case_id: str) -> None:
    """After the closing the folder lies in Activos, every area stands as confirmed and each mail has come once."""
    way = travel(case_id)
    whole_way(way, CODES[case_id])
    assert way.parent_name() == "Activos"
    assert set(way.area_states().values()) <= {"Confirmado", "No aplica"}
    mails = [mail["kind"] for mail in way.stack.status(way.dossier_id)["mails"] if mail["state"] == "sent"]
    areas = [way.cast.areas[area]["notice_mail"] for area, state in way.area_states().items() if state == "Confirmado"]
    for kind in (*areas, "recibo_vendedora", "bienvenida_cliente", "inicio_cliente", "activo_ventas"):
        assert mails.count(kind) == 1, (kind, mails)
    assert mails.count("activo_areas") == len(areas)


def test_the_client_is_welcomed_and_told_of_the_start(travel: Traveller) -> None:
    """The client's own mailbox holds the welcome with the code, the start mail and the invitation to the portal in one thread, and nothing else."""
    way = travel("C12")
    whole_way(way, CODES["C12"])
    client = way.stack.person(way.case["cliente"]["correo"])
    mails = client.mails()
    assert len(mails) == 3
    assert len({mail.thread_id for mail in mails}) == 1
    assert CODES["C12"] in mails[0].text
    assert ["/entrar" in mail.text for mail in mails].count(True) == 1


def test_a_closed_sheet_is_frozen_and_kept_as_pdf(travel: Traveller) -> None:
    """Once active, an area's tick is refused by the Workspace, the PDF lies beside the sheet, and the vendedora's folder is shut."""
    way = travel("C06")
    open_dossier(way)
    delivery = way.delivery_folder()
    hand_over(way, CODES["C06"])
    confirm_all(way)
    operations = way.stack.person(way.cast.first("operaciones"))
    sheet = way.sheet_link("operaciones", operations)
    way.close()
    with pytest.raises(HttpError) as refused:
        operations.type_into(sheet, way.cast.control_sheet["tab"], {(20, 3): "FALSE"})
    assert refused.value.status in (400, 403)
    kept = way.encargado.children(way.encargado.folder(way.root_id, way.cast.folder_name("sheets")))
    assert sorted(item["mimeType"] for item in kept) == ["application/pdf", "application/vnd.google-apps.spreadsheet"]
    with pytest.raises(HttpError) as shut:
        way.vendedora.file(delivery)
    assert shut.value.status == 404


def test_an_incomplete_dossier_reaches_no_area(travel: Traveller) -> None:
    """With two papers missing there is no sheet, no area mail, no welcome, and the closing page offers nothing to sign."""
    way = travel("C03")
    open_dossier(way)
    hand_over(way, "DEN-000103")
    assert way.area_states() == {}
    kinds = {mail["kind"] for mail in way.stack.status(way.dossier_id)["mails"]}
    assert not kinds & {"bienvenida_cliente", "aviso_operaciones", "aviso_servicio_al_cliente", "aviso_seguridad"}
    with pytest.raises(TravelError):
        way.close()
    assert way.parent_name() == "En proceso"


def test_a_returned_paper_is_told_and_comes_again(travel: Traveller) -> None:
    """A paper returned with its reason reaches the vendedora's mailbox; delivered again it waits for the Encargado again."""
    way = travel("C13")
    open_dossier(way)
    reason = "Ilegible"
    way.return_paper("contrato", reason, "Falta la última página")
    assert any(reason in mail.text and "última página" in mail.text for mail in way.mails_of(way.vendedora))
    assert _row(way, "contrato")["state"] == "Devuelto"
    contract = next(one for one in way.papers if one.kind == "contrato")
    way.deliver([contract])
    assert _row(way, "contrato")["state"] == "Pendiente"


def _row(way: Travel, key: str) -> dict[str, object]:
    return next(row for row in way.paper_rows() if row["key"] == key)


def test_two_clients_at_once_do_not_mix(travel: Traveller) -> None:
    """Two dossiers whose people act in turn end each with its own code, papers and people."""
    first, second = travel("C05"), travel("C23")
    ways = (first, second)
    for way in ways:
        open_dossier(way)
    for way, code in zip(ways, ("DEN-000105", "DEN-000123"), strict=True):
        hand_over(way, code)
    for way in ways:
        confirm_all(way)
    for way in ways:
        way.close()
    told = [way.stack.status(way.dossier_id) for way in ways]
    assert [status["state"] for status in told] == ["active", "active"]
    assert [status["code"] for status in told] == ["DEN-000105", "DEN-000123"]
    assert first.root_id != second.root_id
