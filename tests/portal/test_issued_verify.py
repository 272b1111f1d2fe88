"""The public page: whether a document is in force today, and no more than is needed to tell that."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from expediente import issued
from expediente.ids import read_code
from expediente.portal_limits import hours
from expediente.store import Create
from tests.portal.issued_kit import PERIOD, issue, record, verified
from tests.portal.portal_kit import NOW, PortalApp, Visitor, account_case, put_item

DAY = timedelta(days=1)


def test_r112_anybody_learns_whether_a_paz_y_salvo_is_in_force_today(one: Visitor) -> None:
    """Without entering: *vigente* with number, day and hash; the client's name is hidden but for its first letters."""
    made = issue(one, "paz_y_salvo", {"purpose": "Trámite secreto"})
    text = verified(one, made)
    assert "<strong>Vigente</strong> hoy, 30/06/2027" in text
    for shown in ("PS-2027-000001", "30/06/2027", "30/07/2027", record(one, made).sha256, "Mi••• La Es••• Fi•••"):
        assert shown in text
    for hidden in ("Minisúper", "Esquina", "155990001", "321.00", "FE-0000204", "Trámite secreto"):
        assert hidden not in text


def test_r112_it_stops_being_in_force_when_something_falls_overdue(one: Visitor) -> None:
    """The invoice that was not due then falls due on 1 July and is overdue on the 2nd: *no vigente*, without saying why."""
    made = issue(one, "paz_y_salvo")
    one.app.hand_clock.at = NOW + DAY
    assert "<strong>Vigente</strong>" in verified(one, made)
    one.app.hand_clock.at = NOW + 2 * DAY
    text = verified(one, made)
    assert "<strong>No vigente</strong>" in text
    assert "vencid" not in text.split("<main")[1].split("<footer")[0].replace("vencido", "vencid").lower()


def test_r112_it_is_in_force_again_when_that_was_paid(one: Visitor) -> None:
    """What it says is true again once nothing is overdue, until its days are over."""
    made = issue(one, "paz_y_salvo")
    kept = record(one, made)
    row = account_case("C13")["facturas"][0]
    put_item(one.app, kept.client_id, row)
    assert "<strong>No vigente</strong>" in verified(one, made)
    read = one.app.store.get("item", f"{kept.client_id}/{row['numero']}")
    assert read is not None
    from expediente import ledger
    from expediente.ledger_data import Movement, MovementKind

    paid = Movement(kept.client_id, "P-9", MovementKind.PAYMENT, NOW.date(), read_total(row), "USD")
    assert ledger.apply_movement(one.app, paid)
    assert "<strong>Vigente</strong>" in verified(one, made)


def read_total(row: dict[str, str]) -> object:
    """The total of a row of `cartera`."""
    from decimal import Decimal

    return Decimal(row["total"])


def test_r112_its_days_are_over_at_the_end_of_the_last_one(app: PortalApp) -> None:
    """Thirty days after it was issued it is in force until midnight in Panama, and not a minute longer."""
    who = app.entered(app.add_client("C05"))
    made = issue(who, "paz_y_salvo")
    last = NOW.replace(month=7, day=31, hour=4, minute=59)
    app.hand_clock.at = last
    assert "<strong>Vigente</strong>" in verified(who, made)
    app.hand_clock.at = last + timedelta(minutes=1)
    assert "<strong>No vigente</strong>" in verified(who, made)


def test_a_certificate_of_purchases_has_no_end(two: Visitor) -> None:
    """What was bought stays bought: in force after two years, whatever is overdue."""
    made = issue(two, "certificado_compras", PERIOD)
    two.app.hand_clock.at = NOW + 700 * DAY
    text = verified(two, made)
    assert "<strong>Vigente</strong>" in text
    assert "Sirve hasta" not in text


def test_a_code_is_read_as_people_copy_it(one: Visitor) -> None:
    """In groups, in small letters, with O for 0 and I or L for 1; also typed into the page's form."""
    made = issue(one, "paz_y_salvo")
    sloppy = issued.apart(made.code).lower().replace("0", "o").replace("1", "l")
    assert read_code(sloppy) == made.code
    for path in (f"/verificar/{sloppy}", f"/verificar?codigo={sloppy}", f"/verificar?codigo=%20{made.code}%20"):
        assert "<strong>Vigente</strong>" in one.app.visitor().get(path).get_data(as_text=True)


@pytest.mark.parametrize("code", ["0" * 20, "x", "<script>alert(1)</script>", "ñ" * 20, "A" * 200, "%00", "../documentos"])
def test_a_code_that_leads_nowhere_answers_that_it_was_not_found(one: Visitor, code: str) -> None:
    """A code that nobody was given and one that is none answer alike, as text."""
    answer = one.app.visitor().get(f"/verificar?codigo={code}")
    assert answer.status_code == 404
    text = answer.get_data(as_text=True)
    assert "No encontramos un documento con ese código" in text
    assert "<script>" not in text


def test_codes_are_not_tried_by_the_thousand_and_good_ones_always_answer(one: Visitor) -> None:
    """After so many unknown codes in an hour the page asks to wait; a good code is answered all the same, and the hour passes."""
    made, stranger = issue(one, "paz_y_salvo"), one.app.visitor()
    (hour,) = hours(one.app, "verify")
    one.app.store.commit([Create("counter", hour.key, {"count": 600, "until": "2027-06-30T23:00:00.000000Z", "schema": 1})])
    crowded = stranger.get("/verificar/" + "0" * 20)
    assert (crowded.status_code, crowded.headers["Retry-After"]) == (429, "600")
    assert "<strong>Vigente</strong>" in verified(one, made)
    one.app.hand_clock.at = NOW + timedelta(hours=1)
    assert stranger.get("/verificar/" + "0" * 20).status_code == 404


def test_codes_cannot_be_guessed_and_are_good_for_reading_aloud(app: PortalApp) -> None:
    """Twenty letters and digits without those that are mistaken for each other: a hundred bits, no two alike."""
    who = app.entered(app.add_client("C05"))
    codes = {issue(who, "paz_y_salvo").code for _ in range(10)}
    assert len(codes) == 10
    assert all(re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{20}", code) for code in codes)
