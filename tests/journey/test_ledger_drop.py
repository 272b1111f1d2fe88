"""Cartera drops what it exported, through the doors of a whole stack: answered, told, in the client's account."""

from __future__ import annotations

from local.cast import Cast
from local.stack import Stack
from tests.unit.test_ledger_rows import INVOICE, csv_of

FOLDERS = ("Entrada", "Revisado", "Procesado")


def test_cartera_drops_a_file_and_reads_the_answer(stack: Stack, cast: Cast) -> None:
    """Setup has made the folder and the template; a file with a client and a stranger is answered row by row and told once."""
    cartera = stack.person(cast.first("cartera"))
    robot = stack.person("expediente-work@expediente-demo.iam.gserviceaccount.com")
    root = robot.folder(robot.drive_id("Expedientes"), "Cartera")
    ids = {name: robot.folder(root, name) for name in FOLDERS}
    assert "Plantilla de cartera.xlsx" in [item["name"] for item in cartera.children(root)]
    data = csv_of(INVOICE | {"Código de Denarius": "DEN-999999"}, separator=";", encoding="cp1252")
    cartera.upload(ids["Entrada"], "junio.csv", "text/csv", data)
    stack.look(2)
    assert [item["name"] for item in cartera.children(ids["Entrada"])] == []
    assert [item["name"] for item in cartera.children(ids["Procesado"])] == ["junio.csv"]
    assert [item["name"] for item in cartera.children(ids["Revisado"])] == ["junio · revisado.xlsx"]
    (mail,) = [mail for mail in cartera.mails() if "junio.csv" in mail.subject]
    assert "Filas con errores: 1" in mail.text
    assert stack.status()["ledger_files"] == []
