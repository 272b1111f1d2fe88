"""Cartera's files row by row: every way to write a value, every wrong row answered in Spanish beside it, hostile files refused."""

from __future__ import annotations

import io
import re
import time
import zipfile
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from expediente import checks, ledger_rows, ledger_template, xlsx
from expediente.ledger_data import MovementKind
from expediente.ledger_rows import Row, Source
from expediente.ledger_values import Look, WrongValueError, money
from expediente.xlsx_reading import UnreadableError, Xlsx
from tests.unit import process_copy

ROOT = Path(__file__).parents[2]
TEMPLATE = ledger_template.template(ROOT)
LOOK = Look(TEMPLATE, "B/.", date(2027, 6, 30))
INVOICE = {
    "Código de Denarius": "DEN-000101",
    "Factura": "FE-1",
    "Fecha": "01/04/2027",
    "Vence": "2027-05-01",
    "Subtotal": "200.00",
    "ITBMS": "14.00",
    "Total": "214.00",
}
PAYMENT = {"Código de Denarius": "DEN-000101", "Referencia": "ACH-1", "Tipo": "Pago", "Fecha": "01/04/2027", "Monto": "214.00"}


def csv_of(*rows: dict[str, str], separator: str = ",", encoding: str = "utf-8") -> bytes:
    """Rows as a CSV file; a value with the separator stands in quotes."""
    lines = [list(rows[0]), *([row.get(name, "") for name in rows[0]] for row in rows)]
    text = "\r\n".join(separator.join(f'"{cell}"' if separator in cell else cell for cell in line) for line in lines)
    return text.encode(encoding)


def xlsx_of(**sheets: list[list[Any]]) -> bytes:
    """Sheets as Excel's usual library writes them."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


def read(data: bytes) -> Source:
    """The opened file."""
    return ledger_rows.read(LOOK, ROOT, data)


def rows(data: bytes) -> list[Row]:
    """All rows of a file."""
    return list(read(data).rows())


def only(data: bytes) -> Row:
    """The one row of a file."""
    (row,) = rows(data)
    return row


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_a_csv_is_read_however_its_program_wrote_it(separator: str, encoding: str) -> None:
    """Four encodings, three separators: accents and values come through."""
    said = only(csv_of(INVOICE | {"Concepto": "Recolección de valores"}, separator=separator, encoding=encoding)).said
    assert said is not None
    assert (said.number, said.issued_on, said.due_on) == ("FE-1", date(2027, 4, 1), date(2027, 5, 1))
    assert (said.total, said.concept) == (Decimal("214.00"), "Recolección de valores")


def test_a_file_of_two_encodings_is_read_line_by_line() -> None:
    """One line in UTF-8, the next in Windows-1252, the third in neither: only the third is refused, with what to do."""
    first = csv_of(INVOICE | {"Concepto": "Bóveda"})
    second = b"\r\nDEN-000101,FE-2,01/04/2027,01/05/2027,200,14,214,B\xf3veda"
    third = b"\r\nDEN-000101,FE-3,01/04/2027,01/05/2027,200,14,214,B\x81veda"
    found = rows(first + second + third)
    assert [row.said.concept if row.said else "" for row in found] == ["Bóveda", "Bóveda", ""]
    assert found[2].problems == ("Concepto «?»: tiene letras que no se pueden leer. Guarde el archivo como CSV UTF-8.",)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1234.56", "1234.56"),
        ("1234,56", "1234.56"),
        ("1,234.56", "1234.56"),
        ("1.234,56", "1234.56"),
        ("1.234.567", "1234567"),
        ("1,234,567.8", "1234567.80"),
        ("B/. 214.00", "214.00"),
        ("$214", "214.00"),
        ("214.5", "214.50"),
        (".50", "0.50"),
        ("0,000", "0.00"),
        ("0", "0.00"),
    ],
)
def test_an_amount_with_one_reading_is_taken(text: str, value: str) -> None:
    """Point or comma, thousands, the sign of the currency."""
    assert money(text) == Decimal(value)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("1.234", "ambiguous"),
        ("1,234", "ambiguous"),
        ("12,34,56", "bad_amount"),
        ("1.23.456,7", "bad_amount"),
        ("1234.567", "decimals"),
        ("0.125", "decimals"),
        ("-5.00", "negative"),
        ("(5.00)", "negative"),
        ("5.00-", "negative"),
        ("9" * 20, "huge"),
        ("1e5", "bad_amount"),
        ("cien", "bad_amount"),
        ("٥٠", "bad_amount"),
        ("--5", "bad_amount"),
        ("$", "bad_amount"),
        (".", "bad_amount"),
    ],
)
def test_an_amount_that_cannot_be_taken_says_why(text: str, key: str) -> None:
    """Two readings, three decimals, negative, huge, no number."""
    with pytest.raises(WrongValueError) as caught:
        money(text)
    assert caught.value.key == key


@given(st.text(max_size=40))
def test_any_text_is_an_amount_or_a_refusal(text: str) -> None:
    """Never anything else, and an amount is never negative nor finer than a cent."""
    try:
        value = money(text)
    except WrongValueError as error:
        assert error.key in TEMPLATE.problems
    else:
        assert value >= 0
        assert value == round(value, 2)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"Factura": ""}, "Factura: falta. Escriba el dato."),
        ({"Factura": "=A1"}, "Factura «=…»: es una fórmula. Copie la columna y péguela como valores."),
        ({"Factura": "../../x?"}, "Factura «../../x?»: no es un número de documento. Use letras, números, guion, punto o barra."),
        ({"Factura": "F" * 41}, "Factura «" + "F" * 41 + "»: pasa de 40 letras. Acórtelo."),
        ({"Fecha": "31/02/2027"}, "Fecha «31/02/2027»: no es una fecha."),
        ({"Fecha": "01/04/27"}, "Fecha «01/04/27»: no es una fecha."),
        ({"Vence": "01/05/2072"}, "Vence «01/05/2072»: está fuera de lo razonable. Revise el año."),
        ({"Vence": "01/03/2027"}, "Vence «01/03/2027»: es antes de la fecha de emisión."),
        ({"Total": "215.00"}, "Total «215.00»: no es subtotal más ITBMS (214.00). Corrija el que esté mal de los tres."),
        ({"Subtotal": "0", "ITBMS": "0", "Total": "0"}, "Total «0.00»: es cero. Escriba el monto o quite la fila."),
        ({"Subtotal": "1.200"}, "Subtotal «1.200»: se puede leer de dos maneras. Escríbalo con dos decimales, como 1234.00."),
        ({"Moneda": "EUR"}, "Moneda «EUR»: no es la moneda de la empresa (B/.). Pase el monto a esa moneda."),
        ({"Estado": "tal vez"}, "Estado «tal vez»: no es una de las palabras que se aceptan. Escriba Vigente o Anulada."),
        ({"Archivo PDF": "..\\x.pdf"}, "Archivo PDF «..\\x.pdf»: no es un nombre de archivo."),
        ({"Código de Denarius": ""}, "Código de Denarius: falta el cliente. Escriba el código de Denarius o el RUC."),
        ({"Concepto": "a\u202eb"}, "Concepto «ab»: tiene caracteres ocultos. Escríbalo otra vez a mano."),
        ({"Concepto": "x" * 301}, "pasa de 300 letras. Acórtelo."),
    ],
)
def test_a_wrong_row_is_answered_with_column_value_rule_and_remedy(changes: dict[str, str], problem: str) -> None:
    """Each refusal as Cartera reads it beside the row."""
    row = only(csv_of(INVOICE | changes))
    assert row.said is None
    assert problem in row.problems[0]
    assert len(row.problems) == 1


@pytest.mark.parametrize(
    ("text", "settles"),
    [
        ("", None),
        ("A favor", ()),
        ("FE-1: 200; fe-2", (("FE-1", Decimal("200.00")), ("FE-2", None))),
        ("FE-1=14.00", (("FE-1", Decimal("14.00")),)),
    ],
)
def test_what_a_payment_settles_is_read(text: str, settles: object) -> None:
    """Nothing said, nothing at all, some with and some without an amount."""
    row = only(csv_of(PAYMENT | {"Aplica a": text}))
    assert row.said is not None
    assert row.said.settles == settles


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("FE-1: 200; FE-2: 15", "suma más"),
        ("FE-1: uno", "no se entiende"),
        ("FE-1;FE-1", "no se entiende"),
        (": 5", "no se entiende"),
    ],
)
def test_what_a_payment_cannot_settle_is_refused(text: str, rule: str) -> None:
    """More than its amount, no number, the same invoice twice."""
    row = only(csv_of(PAYMENT | {"Aplica a": text}))
    assert row.said is None
    assert rule in row.problems[0]


def test_a_workbook_gives_its_tabs_in_their_own_order_with_typed_cells() -> None:
    """Dates and numbers of Excel, sheets in another order, a sheet of notes left alone; a stored formula is told as one."""
    heading = ["Factura", "RUC", "Fecha", "Vence", "Subtotal", "ITBMS", "Total"]
    invoices = [
        ["Facturas de abril"],
        heading,
        [1001, "155990008-2-2024", datetime(2027, 4, 1), date(2027, 5, 1), 0.1 + 0.2, 0, 0.3],
        ["FE-2", "155990008-2-2024", "01/04/2027", "01/05/2027", 200, 14, "=E4+F4"],
    ]
    payments = [list(PAYMENT), ["DEN-1", "ACH-1", "nota de credito", date(2027, 4, 2), 214]]
    found = rows(xlsx_of(Notas=[["algo"]], Pagos=payments, Facturas=invoices))
    assert [row.tab for row in found] == ["invoices", "invoices", "movements"]
    assert (found[0].said.number, found[0].said.total, found[0].said.issued_on) == ("1001", Decimal("0.30"), date(2027, 4, 1))
    assert found[1].problems == ("Total «=…»: es una fórmula. Copie la columna y péguela como valores.",)
    assert found[2].said.movement is MovementKind.CREDIT_NOTE
    assert (found[0].number, found[1].number) == (3, 4)


def test_a_number_twice_in_a_file_is_taken_once() -> None:
    """The second row names the first; a debit note with an invoice's number too."""
    note = INVOICE | {"Nota de débito": "FE-1"}
    del note["Factura"]
    data = xlsx_of(
        Facturas=[list(INVOICE), list(INVOICE.values()), list(INVOICE.values())],
        **{"Notas de débito": [list(note), list(note.values())]},
    )
    found = rows(data)
    assert [row.said is None for row in found] == [False, True, True]
    assert found[1].problems == ("Factura «FE-1»: ya está en la fila 2 de este archivo. Deje una sola fila.",)


def test_missing_and_unknown_columns_are_told_and_only_their_tab_is_left_out() -> None:
    """Facturas without Total is not taken, Pagos is; a column nobody knows is noted."""
    invoices = {name: value for name, value in INVOICE.items() if name != "Total"}
    payments = PAYMENT | {"Cobrador": "Juan"}
    source = read(xlsx_of(Facturas=[list(invoices), list(invoices.values())], Pagos=[list(payments), list(payments.values())]))
    assert source.refusals == ["En Facturas faltan las columnas Total. Ningún dato de Facturas se tomó."]
    assert source.notes == ["En Pagos no se usaron las columnas Cobrador."]
    assert [row.tab for row in source.rows()] == ["movements"]


def test_a_column_that_stands_there_twice_is_refused() -> None:
    """Nobody can tell which of two totals counts."""
    source = read((",".join([*INVOICE, "Total"]) + "\r\n" + ",".join([*INVOICE.values(), "1"])).encode())
    assert source.refusals == ["En Facturas la columna Total está dos veces. Ningún dato de Facturas se tomó."]


def _zip(**parts: bytes) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/"), content)
    return held.getvalue()


def _hostile(body: bytes) -> bytes:
    """A workbook whose sheet is that."""
    good = xlsx.table("Facturas", [("Factura", 9)], [["FE-1"]])
    parts = {item.filename: zipfile.ZipFile(io.BytesIO(good)).read(item) for item in zipfile.ZipFile(io.BytesIO(good)).infolist()}
    return _zip(**(parts | {"xl/worksheets/sheet1.xml": body}))


LAUGHS = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><worksheet>&b;</worksheet>'
OUTSIDE = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><worksheet>&a;</worksheet>'


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "no_tab"),
        (b"hola\nadios", "no_tab"),
        (b"\x00\x01\x02", "broken"),
        (b"PK\x03\x04 no es un zip", "broken"),
        (_zip(algo=b"x"), "broken"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "type"),
        (b"%PDF-1.4", "no_tab"),
        (_hostile(LAUGHS), "broken"),
        (_hostile(OUTSIDE), "broken"),
        (_hostile(LAUGHS.decode().encode("utf-16")), "broken"),
        (_hostile(b"<worksheet><sheetData><row"), "broken"),
    ],
)
def test_a_file_that_is_none_or_means_harm_is_refused(data: bytes, reason: str) -> None:
    """Empty, text, another format, a bomb of entities, an outside entity, a broken part."""
    with pytest.raises(UnreadableError) as caught:
        read(data)
    assert caught.value.reason == reason
    assert reason in TEMPLATE.refusals


def test_a_bomb_is_refused_before_and_while_it_is_unpacked() -> None:
    """A part that unpacks to more than is allowed, whether its size is declared or not."""
    data = _hostile(b"<worksheet><sheetData>" + b" " * 3_000_000 + b"</sheetData></worksheet>")
    assert len(data) < 20_000
    with pytest.raises(UnreadableError, match="too_big"):
        Xlsx(data, 1_000_000)


@given(st.binary(max_size=400))
def test_any_bytes_are_rows_or_a_refusal(data: bytes) -> None:
    """Whatever is dropped, nothing but a refusal comes out of it."""
    for content in (data, b"Factura,Fecha,Vence,Subtotal,ITBMS,Total,RUC\n" + data):
        try:
            found = rows(content)
        except UnreadableError as error:
            assert error.reason in TEMPLATE.refusals
        else:
            assert all(row.said or row.problems for row in found)


def test_a_hundred_thousand_rows_are_read_and_one_more_is_refused() -> None:
    """The whole count in seconds, in a few megabytes at a time; a larger file is refused before anything of it is taken."""
    head = ",".join(INVOICE) + "\n"
    line = ",".join(INVOICE.values())
    body = "".join(line.replace("FE-1", f"FE-{n}") + "\n" for n in range(100_000))
    begun = time.perf_counter()
    source = read((head + body).encode())
    assert source.count() == 100_000
    assert sum(row.said is not None for row in source.rows()) == 100_000
    assert time.perf_counter() - begun < 60
    with pytest.raises(UnreadableError, match="too_many"):
        read((head + body + line.replace("FE-1", "X")).encode()).count()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("      limit: {label: Cupo", "      limite: {label: Cupo", "«limite»): el programa no conoce esa columna"),
        (
            "total: {label: Total, kind: amount, required: true",
            "total: {label: Total, kind: amount",
            "«total»): falta esa columna",
        ),
        ("  movements:\n    tab: Pagos", "  movements:\n    tab: facturas", "dos pestañas se llaman igual"),
        ("also: [Plazo]", "also: [Cupo]", "sirve para dos columnas"),
        ("refund: [Devolución]", "refund: [Pago]", "quiere decir dos cosas"),
    ],
)
def test_check_tells_what_is_wrong_in_the_table(tmp_path: Path, old: str, new: str, said: str) -> None:
    """`expediente check` names the tab and what to do."""
    root = process_copy.changed(tmp_path, "sheets_templates/ledger.yaml", old, new)
    assert any(said in str(finding) for finding in checks.check(root))


def test_the_manual_speaks_of_what_is_there() -> None:
    """Every column, folder and result that Cartera's manual names stands in the tables."""
    manual = (ROOT / "docs" / "manual" / "cartera-archivos.md").read_text(encoding="utf-8")
    labels = {column.label for tab in TEMPLATE.tabs.values() for column in tab.columns.values()}
    named = {name for name in re.findall(r"(?<!\*)\*([^*\n]+)\*(?!\*)", manual) if "(" not in name and "CSV" not in name}
    assert named - labels == {TEMPLATE.guide.tab}
    access = (ROOT / "process" / "access.yaml").read_text(encoding="utf-8")
    assert all(f": {folder}" in access for folder in ("Entrada", "Revisado", "Procesado"))
    assert all(text.format(rest="86.00", amount="100.00") in manual for text in TEMPLATE.outcomes.values())
    assert f"{TEMPLATE.limits['rows']:,} filas" in manual
