"""`expediente check` finds what is wrong with the table of Eva, and says where."""

from __future__ import annotations

from pathlib import Path

import pytest

from expediente import process_reader
from expediente.checks import check
from expediente.checks_eva import check_eva
from tests.unit.process_copy import ROOT, changed

EVA = "process/eva.yaml"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("    does: statement\n", "    does: pay\n", "el sistema no dice nunca ese texto"),
        ('      clear: "Al {day} no', '      clean: "Al {day} no', "falta lo que se contesta"),
        ("    does: statement\n", "    does: estado\n", "el sistema no sabe hacer eso"),
        ("su saldo es {balance}.", "su saldo es {saldo}.", "el sistema no pone ese nombre"),
        ("su saldo es {balance}.", "su saldo es {balance.", "una llave no se cierra"),
        ("buttons: [pago_en_linea, medios_de_pago]", "buttons: [pago_en_linia]", "no existe esa solicitud"),
        ("intents: [aumento_de_cupo, solicitud_credito]", "intents: [aumento_de_cupo]", "la solicitud no está en el menú"),
        ("    case: solicitud_de_insumos\n", "    case: insumo\n", "no existe ese caso"),
        ("    case: solicitud_de_insumos\n", "", "falta el caso que abre"),
        ("    document: paz_y_salvo\n", "    document: paz\n", "no existe ese documento"),
        ("    path: /facturas\n", "    path: /factura\n", "el portal no tiene esa página"),
        ("      /facturas: Ver mis facturas", "      /cuentas: Ver mis facturas", "el portal no tiene esa página"),
        ("          client.legal_name: Nombre", "          client.ruc: Nombre", "no deja cambiar ese dato"),
        ("        must: yes\n", "        must: tal_vez\n", "must no es una opción"),
        ("choices: {ahorros: Ahorros, corriente: Corriente}", "choices: {ahorros: Ahorros}", "al menos dos opciones"),
        ("{deadline: prospect,", "{deadline: prospecto,", "no existe ese plazo"),
        ("mail: prospecto_comercial}", "mail: prospecto}", "no existe ese correo"),
        ("  form: intake\n", "  form: alta\n", "no existe ese formulario"),
        ("client.ruc: ruc,", "client.rut: ruc,", "el formulario no tiene esa pregunta"),
        ("order.needs: need}", "order.needs: needs}", "el registro no pregunta eso"),
        ("    strong: true\n", "", "no hay manera de hablar con una persona"),
    ],
    ids=range(21),
)
def test_a_contradiction_of_the_table_is_found(tmp_path: Path, old: str, new: str, told: str) -> None:
    """Each thing that a company could write wrong gets a line that names the file and what is wrong."""
    found = findings(changed(tmp_path, EVA, old, new))
    assert any(told in line and line.startswith("eva.yaml") for line in found), found


def findings(root: Path) -> list[str]:
    """What is wrong with the table of Eva beside the others, a line each."""
    return [str(one) for one in check_eva(process_reader.build(root, process_reader.read_tables(root)))]


def test_a_misspelt_key_is_found(tmp_path: Path) -> None:
    """A key that the table does not know, and the one that it lacks, are told by the schema."""
    found = [str(one) for one in check(changed(tmp_path, EVA, "  greeting: ", "  gritting: ")) if "eva.yaml" in str(one)]
    assert any("gritting" in line for line in found)


def test_the_table_as_it_is_has_no_contradiction() -> None:
    """What is delivered is right."""
    assert findings(ROOT) == []
