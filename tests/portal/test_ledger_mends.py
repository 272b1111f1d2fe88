"""What Cartera's files must not do to the accounts of the portal: give a copy or a payment to another, or undo what a client chose."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from decimal import Decimal
from html import unescape
from typing import Any
from urllib.parse import unquote

import openpyxl
import pytest

from expediente import codec, ledger, ledger_files
from expediente.case_data import Case
from expediente.ledger_data import Allocation, Movement, MovementKind
from expediente.ledger_file_data import FileState
from expediente.model import Dossier
from expediente.portal_data import OrderState
from expediente.store import Create
from tests.portal.import_kit import DAY, Drop, csv_of, invoice, payment
from tests.portal.payment_kit import Counter
from tests.portal.portal_kit import PortalApp

PDF_A, PDF_B = b"%PDF-1.4 de A", b"%PDF-1.4 de B"


def workbook(**sheets: list[list[Any]]) -> bytes:
    """A workbook as Excel saves it."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


@pytest.fixture
def clients(app: PortalApp) -> dict[str, str]:
    """Two clients: case -> client id."""
    return {case: app.add_client(case).client_id for case in ("C01", "C02")}


@pytest.fixture
def drop(app: PortalApp, clients: dict[str, str]) -> Drop:
    """Where Cartera drops its files."""
    return Drop(app)


def _copy(app: PortalApp, client_id: str, number: str) -> bytes | None:
    """What a client would be handed as the PDF of an invoice."""
    item = ledger.item(app, client_id, number)
    return app.objects[item.pdf.name] if item and item.pdf else None


# --- copies of invoices --------------------------------------------------------------------------------------------------------


def test_a_file_name_of_last_month_brings_no_copy_to_another_client(app: PortalApp, drop: Drop, clients: dict[str, str]) -> None:
    """April: A's invoice names 1.pdf. May: B's names 1.pdf too. B's row is refused, and the new 1.pdf reaches nobody."""
    assert drop.rows(invoice("C01", "X-1", Archivo_PDF="1.pdf")) == ["Registrada"]
    assert drop.drop("1.pdf", PDF_A).state is FileState.DONE
    (told,) = drop.rows(invoice("C02", "X-2", Archivo_PDF="1.pdf"))
    assert told.startswith("Archivo PDF «1.pdf»: ya es el archivo de la factura X-1. Póngale a cada archivo")
    refused = drop.drop("1.pdf", PDF_B)
    assert refused.state is FileState.REFUSED
    assert "no dice con certeza" in refused.refusals[0]
    assert _copy(app, clients["C01"], "X-1") == PDF_A
    assert ledger.item(app, clients["C02"], "X-2") is None


def test_a_file_that_two_invoices_name_goes_to_neither(app: PortalApp, drop: Drop, clients: dict[str, str]) -> None:
    """The first has no copy yet: the name alone does not say whose the file is, the number does."""
    drop.rows(invoice("C01", "X-1", Archivo_PDF="1.pdf"))
    drop.rows(invoice("C02", "X-2", Archivo_PDF="1.PDF"))
    assert drop.drop("1.pdf", PDF_B).state is FileState.REFUSED
    assert _copy(app, clients["C01"], "X-1") is None
    assert drop.rows(invoice("C02", "X-2")) == ["Registrada"]
    assert drop.drop("x-2.pdf", PDF_B).state is FileState.DONE
    assert _copy(app, clients["C02"], "X-2") == PDF_B


def test_a_row_that_names_a_file_with_another_number_is_refused(app: PortalApp, drop: Drop, clients: dict[str, str]) -> None:
    """The row says X-1, the name of the file X-2: the row is refused when X-2 is known, else the file."""
    drop.rows(invoice("C02", "X-2"))
    (told,) = drop.rows(invoice("C01", "X-1", Archivo_PDF="X-2.pdf"))
    assert told.startswith("Archivo PDF «X-2.pdf»: lleva el número de otra factura (X-2).")
    assert drop.rows(invoice("C01", "X-3", Archivo_PDF="X-4.pdf"), invoice("C02", "X-4")) == ["Registrada", "Registrada"]
    assert drop.drop("X-4.pdf", PDF_B).state is FileState.REFUSED
    assert _copy(app, clients["C01"], "X-3") is None
    assert _copy(app, clients["C02"], "X-4") is None


def test_a_corrected_row_lets_the_name_of_a_file_go(app: PortalApp, drop: Drop, clients: dict[str, str]) -> None:
    """A names B's file by mistake, corrects its row, and B's row is taken; an annulled invoice holds no name either."""
    drop.rows(invoice("C01", "X-1", Archivo_PDF="b.pdf"))
    assert drop.rows(invoice("C01", "X-1", Archivo_PDF="a.pdf")) == ["Ya estaba igual"]
    assert drop.rows(invoice("C02", "X-2", Archivo_PDF="b.pdf")) == ["Registrada"]
    drop.drop("b.pdf", PDF_B)
    assert _copy(app, clients["C02"], "X-2") == PDF_B
    drop.rows(invoice("C01", "X-1", Estado="Anulada"))
    assert drop.rows(invoice("C02", "X-5", Archivo_PDF="a.pdf")) == ["Registrada"]
    assert drop.drop("a.pdf", PDF_A).state is FileState.DONE
    assert _copy(app, clients["C02"], "X-5") == PDF_A


def test_only_its_number_replaces_a_copy(app: PortalApp, drop: Drop, clients: dict[str, str]) -> None:
    """Other bytes under the name that a row gave are refused; under the number of the invoice they take the place of the first."""
    drop.rows(invoice("C01", "X-1", Archivo_PDF="1.pdf"))
    drop.drop("1.pdf", PDF_A)
    assert drop.drop("1.pdf", PDF_B).state is FileState.REFUSED
    assert drop.drop("1.pdf", PDF_A).state is FileState.DONE
    assert drop.drop("X-1.pdf", PDF_B).state is FileState.DONE
    assert _copy(app, clients["C01"], "X-1") == PDF_B


# --- payments of the portal ----------------------------------------------------------------------------------------------------

ORDER = "ABCDE1234567890"


def _owed(app: PortalApp, client_id: str) -> dict[str, str]:
    """What is open, by number; the items of these tests alone."""
    items = ledger.position(app, client_id, DAY).items
    return {item.number: str(item.balance) for item in items if item.number.startswith("X-")}


def _pay(app: PortalApp, client_id: str, amount: str, *numbers: str) -> None:
    """A payment in the portal of what a client chose."""
    movement = Movement(client_id, ORDER, MovementKind.PAYMENT, DAY, Decimal(amount), "USD")
    ledger.apply_movement(app, movement, [Allocation(number, Decimal("100.00")) for number in numbers])


@pytest.fixture
def bare(app: PortalApp) -> dict[str, str]:
    """Two clients with an account of their own making: case -> client id."""
    found = {}
    for case in ("C01", "C02"):
        dossier = app.add_client(case)
        for item in ledger.position(app, dossier.client_id, DAY).items:
            ledger.apply_movement(
                app,
                Movement(dossier.client_id, f"T-{item.number}", MovementKind.PAYMENT, DAY, item.balance, "USD"),
                [Allocation(item.number, item.balance)],
            )
        found[case] = dossier.client_id
    return found


def test_the_accounting_row_of_a_payment_leaves_what_the_client_chose(app: PortalApp, bare: dict[str, str]) -> None:
    """The client pays the new one by name; accounting's row bears the order's number and no word of what it pays: the old one stays owed."""
    drop, client_id = Drop(app), bare["C01"]
    drop.rows(invoice("C01", "X-1"), invoice("C01", "X-2", Vence="01/06/2027"))
    Counter(app).put_order(_dossier(app, client_id), ORDER, "tarjeta", "100.00")
    _pay(app, client_id, "100.00", "X-2")
    assert drop.rows(payment("C01", "R-1", "100.00", Número_del_portal=ORDER)) == ["Reemplazó a la anterior"]
    assert _owed(app, client_id) == {"X-1": "100.00"}
    told = drop.rows(payment("C01", "R-1", "100.00", Aplica_a="X-1", Número_del_portal=ORDER))
    assert told == ["Reemplazó a la anterior"]
    assert _owed(app, client_id) == {"X-2": "100.00"}


def test_a_transfer_pays_what_its_order_had_chosen(app: PortalApp, bare: dict[str, str]) -> None:
    """Nothing is in the ledger yet: the row with the order's number pays what was chosen, and the order is looked at at once."""
    drop, client_id = Drop(app), bare["C01"]
    drop.rows(invoice("C01", "X-1"), invoice("C01", "X-2", Vence="01/06/2027"))
    chosen = (Allocation("X-2", Decimal("100.00")),)
    counter = Counter(app)
    counter.put_order(
        _dossier(app, client_id), ORDER, "ach", "100.00", "", chosen=chosen, state=OrderState.EXPIRED, next_look_at=None
    )
    assert drop.rows(payment("C01", "R-1", "100.00", Número_del_portal=ORDER)) == ["Registrada"]
    assert _owed(app, client_id) == {"X-1": "100.00"}
    assert counter.order(ORDER).next_look_at == app.clock.now()


def test_an_order_of_another_client_is_refused(app: PortalApp, bare: dict[str, str]) -> None:
    """B's row bears A's order, or one that does not exist, or says that an order was a refund: refused, and nobody has more credit."""
    drop = Drop(app)
    Counter(app).put_order(_dossier(app, bare["C01"]), ORDER, "ach", "100.00", "")
    rows = [
        payment("C02", "R-1", "100.00", Número_del_portal=ORDER),
        payment("C02", "R-2", "100.00", Número_del_portal="ABCDE0000000000"),
        payment("C01", "R-3", "100.00", Número_del_portal=ORDER, Tipo="Devolución"),
    ]
    for row in rows:
        (told,) = drop.rows(row)
        assert told.startswith(
            f"Número del portal «{row['Número del portal']}»: no es un número que el portal dio a este cliente"
        )
    assert app.store.get("movement", f"{bare['C02']}/{ORDER}") is None
    assert drop.rows(payment("C01", "R-1", "100.00", Número_del_portal=ORDER))[0].startswith("Registrada")


def test_another_amount_of_an_order_is_money_but_not_that_orders(app: PortalApp, bare: dict[str, str]) -> None:
    """The order asked 100.00 and 60.00 came: they are in the account, and the row says that the order is not paid."""
    drop, client_id = Drop(app), bare["C01"]
    drop.rows(invoice("C01", "X-1"))
    Counter(app).put_order(_dossier(app, client_id), ORDER, "ach", "100.00", "")
    (told,) = drop.rows(payment("C01", "R-1", "60.00", Número_del_portal=ORDER))
    assert told == "Registrada; la orden del portal es de 100.00 y no se dio por pagada: revísela"
    assert _owed(app, client_id) == {"X-1": "40.00"}


def test_a_case_of_another_client_is_refused(app: PortalApp, bare: dict[str, str]) -> None:
    """A refund bears the number of a case: it must be this client's own."""
    drop, dossier = Drop(app), _dossier(app, bare["C01"])
    case = Case("KABCDEFG", "devolucion_saldo_a_favor", {}, app.clock.now(), "x@example.com")
    app.change(dossier.dossier_id, cases={case.case_id: case})
    for name in ("C01", "C02"):
        drop.rows(payment(name, f"R-{name}", "100.00", Aplica_a="A favor"))
    (told,) = drop.rows(payment("C02", "D-1", "50.00", Tipo="Devolución", Número_del_portal="KABCDEFG"))
    assert "no es un número que el portal dio a este cliente" in told
    assert drop.rows(payment("C01", "D-1", "50.00", Tipo="Devolución", Número_del_portal="KABCDEFG")) == ["Registrada"]


# --- refunds, many invoices, whose a row is ------------------------------------------------------------------------------------


def test_a_corrected_or_annulled_refund_changes_the_credit(app: PortalApp, bare: dict[str, str]) -> None:
    """Of 200.00 in favour 100.00 were given back, then it says 40.00, then annulled: 100.00, 160.00, 200.00 are left."""
    drop, client_id = Drop(app), bare["C01"]
    before = ledger.position(app, client_id, DAY).credit
    drop.rows(payment("C01", "R-1", "150.00", Aplica_a="A favor"), payment("C01", "R-2", "50.00", Aplica_a="A favor"))

    def says(amount: str, **more: str) -> tuple[str, str]:
        (told,) = drop.rows(payment("C01", "D-1", amount, Tipo="Devolución", **more))
        return told, str(ledger.position(app, client_id, DAY).credit - before)

    assert says("100.00") == ("Registrada", "100.00")
    assert says("100.00") == ("Ya estaba igual", "100.00")
    assert says("40.00") == ("Reemplazó a la anterior", "160.00")
    assert says("170.00") == ("Reemplazó a la anterior", "30.00")
    told, left = says("9999.00")
    assert (told.split("«")[0], left) == ("Referencia ", "30.00")
    assert says("170.00", Estado="Anulado") == ("Reemplazó a la anterior", "200.00")
    assert says("40.00") == ("Reemplazó a la anterior", "160.00")


def test_the_row_of_a_payment_of_hundreds_of_invoices_is_taken(app: PortalApp, bare: dict[str, str]) -> None:
    """250 of 300 invoices paid in the portal at once; accounting's row of the same payment changes nothing of that."""
    drop, client_id = Drop(app), bare["C01"]
    drop.rows(*(invoice("C01", f"X-{number}", "10.00") for number in range(1, 301)))
    Counter(app).put_order(_dossier(app, client_id), ORDER, "tarjeta", "2500.00")
    _pay(app, client_id, "2500.00")
    assert len(_owed(app, client_id)) == 50
    row = payment("C01", "R-1", "2500.00", Número_del_portal=ORDER)
    assert drop.rows(row) == ["Reemplazó a la anterior"]
    assert len(_owed(app, client_id)) == 50
    # The bank takes it back: all of it is owed again.
    assert drop.rows(row | {"Estado": "Anulado"}) == ["Reemplazó a la anterior"]
    assert len(_owed(app, client_id)) == 300


def test_a_ruc_of_two_clients_takes_neither_silently(app: PortalApp, bare: dict[str, str]) -> None:
    """The same number as a company and as a person: the row is refused until it says the code."""
    drop = Drop(app)
    keys = [Create("unique", f"client/{kind}:8-123-456", {"client_id": bare[name]}) for kind, name in KINDS]
    app.store.commit(keys)
    row = invoice("C01", "X-1", RUC="8-123-456")
    (told,) = drop.rows(row | {"Código de Denarius": ""})
    assert told == "RUC «8-123-456»: es el número de dos clientes. Escriba el código de Denarius."
    assert drop.rows(row) == ["Registrada"]


KINDS = (("natural", "C01"), ("juridica", "C02"))


def _dossier(app: PortalApp, client_id: str) -> Dossier:
    """The dossier of a client."""
    found = (codec.from_data(Dossier, read.data) for read in app.store.query("dossiers_by_state", equals="active"))
    return next(dossier for dossier in found if dossier.client_id == client_id)


# --- what the client does with it ----------------------------------------------------------------------------------------------


def test_a_client_uses_what_is_in_its_favour(app: PortalApp, bare: dict[str, str]) -> None:
    """40.00 and 80.00 in favour, 100.00 and 100.00 owed: one press pays the older one and part of the other; a second does nothing."""
    drop, client_id = Drop(app), bare["C02"]
    who = app.entered(_dossier(app, client_id))
    drop.rows(payment("C02", "R-1", "40.00", Aplica_a="A favor"), payment("C02", "R-2", "80.00", Aplica_a="A favor"))
    assert "Usar mi saldo a favor" not in who.text("/pagos")
    assert "Se aplica a sus" not in who.text("/")
    drop.rows(invoice("C02", "X-1"), invoice("C02", "X-2", Vence="01/06/2027"))
    assert _owed(app, client_id) == {"X-1": "100.00", "X-2": "100.00"}
    form = next(form for form in who.forms("/pagos") if form.action.endswith("/saldo-a-favor"))
    told = who.post("/pagos/saldo-a-favor", form.fields).get_data(as_text=True)
    assert "120.00 de su saldo a favor" in told
    assert "Usar mi saldo a favor" not in told
    assert _owed(app, client_id) == {"X-2": "80.00"}
    assert ledger.position(app, client_id, DAY).credit == 0
    again = who.post("/pagos/saldo-a-favor", form.fields).get_data(as_text=True)
    assert "No hay saldo a favor que usar" in again
    assert _owed(app, client_id) == {"X-2": "80.00"}
    facts = [fact.payload for fact in app.facts() if fact.payload["what"] == "credit_used"]
    assert facts == [{"what": "credit_used", "amount": "120.00"}]
    # What the client decided stays when accounting says the same payment again.
    told_row = drop.rows(payment("C02", "R-1", "40.00", Nota="Recibo 7"))
    assert told_row == ["Reemplazó a la anterior"]
    assert _owed(app, client_id) == {"X-2": "80.00"}


def test_the_ledger_that_changes_meanwhile_uses_the_credit_once(app: PortalApp, bare: dict[str, str]) -> None:
    """Another payment gets in between: the use is made again from the start, and nothing is settled twice."""
    drop, client_id = Drop(app), bare["C01"]
    drop.rows(payment("C01", "R-1", "150.00", Aplica_a="A favor"))
    drop.rows(invoice("C01", "X-1"), invoice("C01", "X-2", Vence="01/06/2027"))
    between = [True]

    def told(_: Decimal, __: int) -> tuple[()]:
        if between.pop() if between else False:
            _pay(app, client_id, "100.00", "X-1")
        return ()

    assert ledger.use_credit(app, client_id, told) == Decimal("100.00")
    assert _owed(app, client_id) == {}
    assert ledger.position(app, client_id, DAY).credit == Decimal("50.00")


def test_a_number_with_a_slash_leads_to_its_invoice(app: PortalApp, bare: dict[str, str]) -> None:
    """Every number that the import takes opens from the lists: with a slash, a hash, a blank, two dots."""
    drop, client_id = Drop(app), bare["C01"]
    numbers = ["X-1/2027", "X-2#B", "X-3 A", "X-4/../PDF"]
    assert drop.rows(*(invoice("C01", number) for number in numbers)) == ["Registrada"] * 4
    who = app.entered(_dossier(app, client_id))
    for page in ("/", "/facturas"):
        links = [link for link in re.findall(r'href="(/facturas/[^"?]+)"', who.text(page)) if "X-" in link]
        assert len(links) == 4
        assert not any("/../" in link for link in links)
        for link in links:
            answer = who.get(link)
            assert answer.status_code == 200
            assert unquote(link.removeprefix("/facturas/")) in unescape(answer.get_data(as_text=True))
    drop.drop("X-3 A.pdf", PDF_A)
    address = "/facturas/X-3%20A"
    form = next(form for form in who.forms(address) if form.action.endswith("/pdf"))
    assert who.post(form.action, form.fields).get_data() == PDF_A
    asking = next(form for form in who.forms("/facturas/X-1%2F2027") if form.action.endswith("/pdf/pedir"))
    assert "Cartera ya tiene su solicitud" in who.post(asking.action, asking.fields).get_data(as_text=True)


# --- files -----------------------------------------------------------------------------------------------------------------------


def test_two_sheets_of_one_tab_are_answered_each_beside_its_rows(app: PortalApp, bare: dict[str, str]) -> None:
    """Two sheets with invoices: every row comes once in the answer, on its own sheet, with its own result."""
    drop = Drop(app)
    head = list(invoice("C01", "X"))
    good, bad = (list(invoice("C01", number).values()) for number in ("X-1", "X-2"))
    bad[head.index("Total")] = "999.00"
    done = drop.drop("dos.xlsx", workbook(Facturas=[head, good], Abril=[head, bad]))
    assert done.state is FileState.DONE
    (answer,) = drop.answers.values()
    book = openpyxl.load_workbook(io.BytesIO(answer))
    told = [[row[0] for row in sheet.iter_rows(min_row=2, values_only=True)] for sheet in book]
    assert [len(rows) for rows in told] == [1, 1]
    assert told[0] == ["Registrada"]
    assert "no es subtotal más ITBMS" in str(told[1][0])
    assert book.sheetnames == ["Facturas", "Facturas (2)"]


def test_a_file_that_breaks_the_program_is_parked_and_holds_up_no_other(app: PortalApp, bare: dict[str, str]) -> None:
    """One file fails in a way that nobody foresaw: the one behind it is taken in the same run; after some tries Cartera is told."""
    drop = Drop(app)
    broken = drop.put("roto.csv", csv_of(invoice("C01", "X-1")))
    drop.broken["f0"] = ValueError("no one thought of this")
    assert drop.drop("sano.csv", csv_of(invoice("C01", "X-2"))).state is FileState.DONE
    assert drop.file(broken).state is FileState.WAITING
    for _ in range(20):
        app.hand_clock.at += timedelta(hours=1)
        ledger_files.work(app)
    parked = drop.file(broken)
    assert parked.state is FileState.PARKED
    assert parked.attempts <= 4
    (mail,) = [mail for mail in app.mails() if "roto.csv" in mail.text]
    assert "ValueError" in mail.text
    assert _owed(app, bare["C01"]) == {"X-2": "100.00"}
