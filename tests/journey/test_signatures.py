"""Who confirmed what: from the page and from the sheet, by the right person and by the wrong one."""

from __future__ import annotations

import itertools

import pytest

from local.person import Person
from local.travel import Travel, TravelError
from tests.journey.conftest import Traveller
from tests.journey.ways import confirm_all, hand_over, open_dossier

AREA = "operaciones"
CODES = itertools.count(7010)


@pytest.fixture
def asked(travel_anew: Traveller) -> Travel:
    """A dossier whose areas have just been asked."""
    way = travel_anew("C01")
    open_dossier(way)
    hand_over(way, f"DEN-00{next(CODES)}")
    return way


def _marks(way: Travel, area: str) -> dict[str, str]:
    """The ticked boxes of an area, each with its evidence."""
    marks = way.stack.status(way.dossier_id)["marks"]
    return {key.partition("/")[2]: mark["evidence"] for key, mark in marks.items() if key.startswith(f"{area}/")}


def test_r7_the_page_and_the_sheet_give_the_same_confirmation(asked: Travel) -> None:
    """What is signed on the page that the area's mail leads to stands ticked in the sheet that the others read, with the signer's name."""
    person = asked.stack.person(asked.cast.first(AREA))
    mail = next(mail for mail in asked.mails_of(person) if asked.dossier_id in mail.subject)
    assert f"/confirmar/{asked.dossier_id}/{AREA}" in mail.text and "/spreadsheets/d/" in mail.text
    assert not any(asked.ticks(AREA).values())
    asked.assign(person)
    asked.sign(AREA, list(asked.ticks(AREA)))
    assert all(asked.ticks(AREA).values())
    colleague = asked.stack.person(asked.cast.first("seguridad"))
    rows, columns = asked.control_rows(asked.sheet_link("seguridad", colleague), colleague)
    column = [str(row[columns[AREA]]) for row in rows if len(row) > columns[AREA]]
    assert any(asked.cast.name(person.address) in text for text in column)
    assert asked.area_states()[AREA] == "Confirmado"
    asked.confirm("servicio_al_cliente")
    assert set(_marks(asked, AREA).values()) == {"signed"}
    assert set(_marks(asked, "servicio_al_cliente").values()) == {"signed", "attributed"}
    assert asked.area_states()["servicio_al_cliente"] == asked.area_states()[AREA]


def test_r73_reading_and_understanding_are_two_boxes_and_understanding_is_signed(asked: Travel) -> None:
    """Each area has both boxes; a tick in the sheet is enough for the first, the second waits until its person signs it."""
    person = asked.stack.person(asked.cast.first(AREA))
    asked.tick(AREA, person, asked.sheet_link(AREA, person), only=["recibido", "comprendido"])
    asked.stack.look()
    page = person.open(f"/confirmar/{asked.dossier_id}/{AREA}")
    assert "Recibido" in page.text and "Comprendido" in page.text
    assert "Por firmar" in page.text
    assert _marks(asked, AREA) == {"recibido": "attributed", "comprendido": "attributed"}
    assert f"{AREA}/comprendido" in [missing["key"] for missing in asked.stack.status(asked.dossier_id)["missing"]]
    assert f"{AREA}/recibido" not in [missing["key"] for missing in asked.stack.status(asked.dossier_id)["missing"]]
    asked.sign(AREA, [])
    assert _marks(asked, AREA) == {"recibido": "attributed", "comprendido": "signed"}


def test_r74_a_tick_by_another_area_is_put_back_and_told(asked: Travel) -> None:
    """Somebody of Operaciones has let a colleague of Seguridad into the column; her tick is taken back and she is told why."""
    stranger, owner = asked.stack.person(asked.cast.first("seguridad")), asked.stack.person(asked.cast.first(AREA))
    sheet_id = asked.sheet_link(AREA, owner)
    _let_in(owner, sheet_id, stranger.address)
    asked.stack.look()
    rows, columns = asked.control_rows(sheet_id, owner)
    number = next(number for number, row in enumerate(rows) if "mark:recibido" in [str(cell) for cell in row])
    stranger.type_into(sheet_id, asked.cast.control_sheet["tab"], {(number, columns[AREA]): "TRUE"})
    asked.stack.look()
    assert asked.ticks(AREA)["recibido"] is False
    assert any("no es de esta área" in mail.text for mail in asked.mails_of(stranger))
    asked.confirm(AREA)
    assert all(asked.ticks(AREA).values())


def _let_in(owner: Person, sheet_id: str, address: str) -> None:
    """An editor of a column's protection adds another."""
    path = f"/v4/spreadsheets/{sheet_id}"
    tabs = owner.wire.ask("GET", path, query={"fields": "sheets.protectedRanges"})["sheets"]
    own = [one for tab in tabs for one in tab.get("protectedRanges", []) if one.get("requestingUserCanEdit")]
    for one in own:
        editors = {**one["editors"], "users": [*one["editors"].get("users", []), address]}
        asked = {"protectedRange": {"protectedRangeId": one["protectedRangeId"], "editors": editors}, "fields": "editors"}
        owner.wire.ask("POST", f"{path}:batchUpdate", {"requests": [{"updateProtectedRange": asked}]})


def test_r74_another_area_cannot_tick_and_a_shared_mailbox_cannot_sign(asked: Travel) -> None:
    """The Workspace refuses the tick; the page does not exist for the mailbox of a group."""
    other, owner = asked.stack.person(asked.cast.first("seguridad")), asked.stack.person(asked.cast.first(AREA))
    with pytest.raises(Exception, match="40[03]"):
        asked.tick(AREA, other, asked.sheet_link(AREA, owner), only=["recibido"])
    with pytest.raises(TravelError):
        asked.sign(AREA, ["recibido"], asked.cast.areas[AREA]["group"])
    with pytest.raises(TravelError):
        asked.sign(AREA, ["recibido"], asked.cast.first("seguridad"))


def test_r31_r61_r62_an_approved_inspection_is_signed_by_a_person_of_seguridad(asked: Travel) -> None:
    """Without the report neither box can be signed; with it both are, and the closing needs them."""
    page = asked.stack.person(asked.cast.first("seguridad")).open(f"/confirmar/{asked.dossier_id}/seguridad")
    assert "Falta el informe" in page.text
    confirm_all(asked)
    approved = [evidence for mark, evidence in _marks(asked, "seguridad").items() if mark.startswith("inspeccion_aprobada/")]
    assert approved and set(approved) == {"signed"}
    asked.close()
    assert asked.parent_name() == "Activos"
