"""R113 to R116: clients pay invoices over the internet, by debit and credit card and by their bank, at the gateway of the stack."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import count

import pytest

from tests.portal.conftest import Company
from tests.portal.paying import APPROVED, DECLINED, Payer, losing
from tests.unit.page_kit import the_process

_NUMBERS = count(900)
CARD = {"kind": "credit", "number": APPROVED, "until": "12/30", "do": "pay"}


@pytest.fixture(scope="module")
def payer(company: Company) -> Payer:
    """The contact of C02, inside."""
    return Payer.enter(company, "C02")


@pytest.fixture
def number(payer: Payer) -> Iterator[str]:
    """A new invoice of 321.00 that the client owes, for one test."""
    number = f"FE-{next(_NUMBERS):07d}"
    payer.owes(number, "321.00")
    yield number
    payer.forget(number)


def test_r113_paying_closes_the_invoice_once_also_when_the_event_comes_three_times_or_out_of_order(
    payer: Payer, number: str
) -> None:
    """The client pays by card; the gateway tells «approved» three times, «pending» after it and «rejected» last: paid once, one receipt."""
    at = payer.begin((number,))
    page = at.act(CARD)
    assert payer.client.url in page.url
    page = payer.wait_for(at.order_id, "Aplicado")
    assert "Aplicado" in page.text and number in page.text
    at.control(state="approved", times=3)
    at.control(state="approved", times=1, changes={"notice": "otra"})
    at.control(state="pending", times=1)
    assert "Aplicado" in payer.client.open(f"/pagos/{at.order_id}").text
    # Taken back by the gateway: the money stays in the ledger, and a person looks at it.
    at.control(state="rejected", times=1)
    words = the_process().payments.review
    assert words.label in payer.client.open(f"/pagos/{at.order_id}").text
    assert number not in payer.client.open("/pagos").text
    assert payer.balance(number) == 0
    assert payer.receipts(at.order_id) == 1


def test_r113_a_notice_that_is_forged_or_of_another_amount_pays_nothing(payer: Payer, number: str) -> None:
    """A forged notice and one of another amount are refused; the client still owes, and reads that the payment is not finished."""
    at = payer.begin((number,))
    at.arrive()
    told = at.control(state="approved", times=1, signature="0" * 64)
    assert told["notices"][-1]["status"] == 401
    told = at.control(times=1, changes={"amount": "1.00"})
    assert told["notices"][-1]["status"] == 200
    assert payer.balance(number) == 321
    assert number in payer.client.open("/pagos").text


def test_r113_a_lost_notice_is_found_by_asking(payer: Payer, number: str) -> None:
    """The gateway never tells; minutes later the product asks, and the client's page says that it is paid."""
    losing(payer.company, yes=True)
    try:
        at = payer.begin((number,))
        assert "Sin terminar" in at.act(CARD).text
        payer.company.stack.advance(11 * 60)
        payer.company.stack.look()
    finally:
        losing(payer.company, yes=False)
    assert "Aplicado" in payer.wait_for(at.order_id, "Aplicado").text
    assert payer.balance(number) == 0
    assert payer.receipts(at.order_id) == 1


def test_r113_more_than_is_owed_is_said_before_and_becomes_credit(payer: Payer, number: str) -> None:
    """The client writes an amount above all that is owed: the page says what will be in the client's favour, before anything is paid."""
    owed = _amount(payer.client.open("/pagos").text, r"Debe B/\. ([\d,.]+\d)")
    shown = payer.review((number,), f"{owed + 50:.2f}")
    assert "Paga más de lo que debe" in shown.text and "B/. 50.00" in shown.text


def test_r113_two_clicks_are_one_payment(payer: Payer, number: str) -> None:
    """The same choice sent twice leads to the gateway with one and the same order."""
    shown = payer.review((number,))
    first, second = payer.go(shown), payer.go(shown)
    assert first == second


def test_r114_a_debit_card_pays(payer: Payer, number: str) -> None:
    """The client chooses debit at the gateway and the invoice is closed; the portal never saw the number."""
    at = payer.begin((number,))
    at.act({**CARD, "kind": "debit"})
    assert "Aplicado" in payer.wait_for(at.order_id, "Aplicado").text
    assert payer.balance(number) == 0


def test_r115_a_credit_card_that_is_declined_leaves_the_invoice_open(payer: Payer, number: str) -> None:
    """A declined card pays nothing and the page offers to try again; the next try with a good card pays."""
    at = payer.begin((number,))
    at.act({**CARD, "number": DECLINED})
    page = payer.wait_for(at.order_id, "Rechazado")
    assert "Intentar de nuevo" in page.text and payer.balance(number) == 321
    again = payer.begin((number,))
    assert again.order_id != at.order_id
    again.act(CARD)
    assert "Aplicado" in payer.wait_for(again.order_id, "Aplicado").text
    assert payer.balance(number) == 0


@pytest.mark.parametrize(("decides", "words", "left"), [("approved", "Aplicado", 0), ("rejected", "Rechazado", 321)])
def test_r116_a_bank_says_pending_and_then_decides(payer: Payer, number: str, decides: str, words: str, left: int) -> None:
    """The client authorises at the bank: pending first, nothing paid; then the bank approves, or rejects, and the page says so."""
    at = payer.begin((number,), method="banco_en_linea")
    at.act({"bank": "0", "do": "pay"})
    assert "Pendiente de acreditación" in payer.wait_for(at.order_id, "Pendiente de acreditación").text
    assert payer.balance(number) == 321
    at.at_bank(decides)
    assert words in payer.wait_for(at.order_id, words).text
    assert payer.balance(number) == left


def test_r116_a_bank_that_decides_by_itself_is_heard(payer: Payer, number: str) -> None:
    """Nobody presses anything at the bank: half an hour later by the clock it approves, and the invoice is closed."""
    at = payer.begin((number,), method="banco_en_linea")
    at.act({"bank": "1", "do": "pay"})
    payer.company.stack.advance(31 * 60)
    assert "Aplicado" in payer.wait_for(at.order_id, "Aplicado").text
    assert payer.balance(number) == 0


def test_r99_another_clients_payment_does_not_exist(company: Company, payer: Payer, number: str) -> None:
    """Client C01 asks for C02's payment and for C02's invoice to pay: the answer is that of what does not exist."""
    at = payer.begin((number,))
    other = Payer.enter(company, "C01")
    assert other.client.get(f"/pagos/{at.order_id}").status == 404
    assert other.review((number,)).status == other.review(("FE-9999999",)).status == 404


def test_r105_the_account_and_its_check_value_are_the_same_in_the_portal_and_in_the_mail(company: Company, payer: Payer) -> None:
    """The page of payment means shows the account with its check value; the invitation that reached the mailbox shows the same lines."""
    page = company.client("C02").open("/pagos/medios").text
    check = re.search(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}\b", page)
    mails = company.stack.person(payer.client.address).mails()
    invitation = next(mail for mail in mails if "CÓMO PAGARNOS" in mail.text)
    assert check and check[0] in invitation.text
    for line in the_process().payments.account.values():
        assert line.value in page and f"{line.label}: {line.value}" in invitation.text


def _amount(text: str, pattern: str) -> float:
    found = re.search(pattern, text)
    assert found is not None
    return float(found[1].replace(",", ""))
