"""`expediente check` says what is wrong in the tables of the documents that the portal issues, file and key included."""

from __future__ import annotations

from pathlib import Path

import pytest

from expediente.checks_issued import check_issued
from expediente.process import load
from expediente.process_reader import build, read_tables
from tests.unit.process_copy import ROOT, changed

PAZ, REFERENCE, STATEMENT = (
    f"process/issued_documents/{name}.yaml" for name in ("paz_y_salvo", "certificacion_comercial", "estado_de_cuenta")
)
COMMON = "process/issued.yaml"

# file, what stands there, what is written instead; key of the finding, what it says.
FAULTS = [
    (PAZ, "{client}, con RUC {ruc}, no tiene", "{cliente}, con RUC {ruc}, no tiene", "blocks", "un dato"),
    (PAZ, "when: [no_ended, owes]", "when: [no_ended, ows]", "when", "una condición"),
    (PAZ, "holds_while: nothing_overdue", "holds_while: nada_vencido", "holds_while", "una condición"),
    (PAZ, "  overdue: ", "  vencido: ", "refused", "un motivo"),
    (PAZ, "pay_for: [overdue]", "pay_for: [late]", "pay_for", "un motivo"),
    (PAZ, "rows: open_items", "rows: facturas", "table, rows", "una tabla"),
    (PAZ, 'value: "{number}"', 'value: "{numero}"', "columns, Número", "un dato"),
    (PAZ, 'label: Saldo, value: "{item_balance}"', 'label: Saldo, value: "{saldo}"', "columns, Saldo", "un dato"),
    (PAZ, "prefix: PS", "prefix: EC", "prefix", "empieza igual"),
    (REFERENCE, "case_kind: certificacion_comercial\n", "", "case_kind", "de qué clase"),
    (REFERENCE, "  short: ", "  corto: ", "refused, short", "falta lo que se le responde"),
    (COMMON, "place: mail", "place: correo", "place", "una carpeta"),
    (COMMON, "  period_long: ", "  periodo_largo: ", "sentences, period_long", "falta esa frase"),
    (COMMON, "  line_refund: ", "  line_back: ", "words, line_refund", "falta esa frase"),
    (COMMON, 'cufe_lookup: ""', 'cufe_lookup: "http://dgi.example/"', "cufe_lookup", "no se encuentra"),
    (COMMON, "{company_short} · {title}", "{empresa} · {title}", "foot", "un dato"),
]


def test_the_tables_as_they_are_say_nothing_wrong() -> None:
    """What the repository holds is sound."""
    assert list(check_issued(load(ROOT))) == []


@pytest.mark.parametrize(("file", "old", "new", "key", "says"), FAULTS)
def test_a_fault_is_found_where_it_stands(tmp_path: Path, file: str, old: str, new: str, key: str, says: str) -> None:
    """Each planted fault gives a finding that names the file, the key and the rule."""
    root = changed(tmp_path, file, old, new)
    found = list(check_issued(build(root, read_tables(root))))
    # Of two documents with the same prefix either may be named.
    named = [(one.key, one.rule) for one in found if one.file == file or key == "prefix"]
    assert any(where == key and says in rule for where, rule in named), [str(one) for one in found]


def test_a_brace_that_is_left_open_is_found(tmp_path: Path) -> None:
    """`{purpose` without its end would stand in the document as it is."""
    root = changed(tmp_path, PAZ, 'Para, según el cliente: "{purpose}"', 'Para, según el cliente: "{purpose"')
    (found,) = check_issued(build(root, read_tables(root)))
    assert "no se cierra" in found.rule


def test_a_statement_without_its_period_is_found(tmp_path: Path) -> None:
    """A document made of the statement asks for a period; without the block the form could not."""
    text = (ROOT / STATEMENT).read_text(encoding="utf-8")
    block = text[text.index("period:\n") : text.index("title: ")]
    root = changed(tmp_path, STATEMENT, block, "")
    (found,) = check_issued(build(root, read_tables(root)))
    assert (found.key, found.file) == ("period", STATEMENT)
