"""`expediente check` tells what the register's template and the other tables say against each other."""

from __future__ import annotations

from pathlib import Path

import pytest

from expediente.checks import check
from tests.unit.process_copy import changed

REGISTER, ACCESS = "sheets_templates/register.yaml", "process/access.yaml"


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        (
            REGISTER,
            "turn, since, days, next_due, points, vendedora, returns]",
            "turn, days, next_due, points, vendedora]",
            "since",
        ),
        (REGISTER, "served, started, ended]", "served, started]", "ended"),
        (REGISTER, "begins: collecting, ends: confirming", "begins: collecting, ends: confirmin", "no existe ese estado"),
        (REGISTER, "file_name: Registro de expedientes · Comercial", "file_name: Registro de expedientes", "se llaman igual"),
        (ACCESS, '  comercial:\n    - {principal: "role:comercial", role: reader}\n', "", "nadie puede abrir"),
        (ACCESS, '{principal: "role:gerencia", role: reader}', '{principal: "role:gerencia", role: writer}', "solo se lee"),
    ],
)
def test_a_contradiction_is_told(tmp_path: Path, file: str, old: str, new: str, said: str) -> None:
    """Each is named with its file and what to do."""
    found = [str(finding) for finding in check(changed(tmp_path, file, old, new))]
    assert any(said in line for line in found), found
