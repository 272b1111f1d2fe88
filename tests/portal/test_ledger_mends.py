"""What Cartera's files must not do to the accounts of the portal: give a copy or a payment to another, or undo what a client chose."""

from __future__ import annotations

import pytest

from expediente import ledger
from expediente.ledger_file_data import FileState
from tests.portal.import_kit import Drop, invoice
from tests.portal.portal_kit import PortalApp

PDF_A, PDF_B = b"%PDF-1.4 de A", b"%PDF-1.4 de B"


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
