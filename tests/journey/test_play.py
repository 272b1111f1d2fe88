"""`python -m local play` tells a difference from what is as expected and from what later work brings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from local.play import play
from local.play_table import LATER

ROOT = Path(__file__).resolve().parents[2]


def _file(folder: Path, cases: list[dict[str, Any]]) -> Path:
    path = folder / "cases.yaml"
    path.write_text(yaml.safe_dump({"version": 1, "casos": cases}, allow_unicode=True), encoding="utf-8")
    return path


def _case(case_id: str) -> dict[str, Any]:
    table = yaml.safe_load((ROOT / "tests" / "data" / "sample_cases.yaml").read_text(encoding="utf-8"))
    return next(case for case in table["casos"] if case["id"] == case_id)


def test_a_case_that_ends_otherwise_is_a_difference(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An incomplete dossier that the case calls active, and a mail that it forbids, are listed; the exit code is 1."""
    case = _case("C03")
    case["esperado"] |= {"estado_final": "activo", "no_enviar": ["solicitud_documentos_vendedora"], "inventada": 1}
    assert play(_file(tmp_path, [case]), []) == 1
    said = capsys.readouterr().out
    assert "C03   DIFERENCIAS" in said
    assert "estado_final: se espera 'active' y hay 'collecting'" in said
    assert "no_enviar: salió solicitud_documentos_vendedora" in said
    assert "inventada: «play» no conoce esta clave" in said


def test_what_a_later_issue_brings_is_no_difference(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A case whose actions belong to a later issue says `todavía no` and does not fail the run."""
    case = _case("C01")
    case["eventos"] = [{"en": "2026-03-02T10:00:00-05:00", "actor": "x", "accion": next(iter(LATER))}]
    assert play(_file(tmp_path, [case]), []) == 0
    assert "C01   todavía no" in capsys.readouterr().out


def test_changes_of_an_active_client_are_played(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A frequency that changes from its day on, and a move that waits for its inspection."""
    asked = [_case(name) for name in ("C01", "C07", "C02", "C08")]
    assert play(_file(tmp_path, asked), ["C07", "C08"]) == 0, capsys.readouterr().out


def test_an_unknown_action_is_a_difference(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An action that neither this nor a later issue knows fails the run without a stack being started."""
    case = _case("C01")
    case["eventos"] = [{"en": "2026-03-02T10:00:00-05:00", "actor": "x", "accion": "bailar"}]
    assert play(_file(tmp_path, [case]), []) == 1
    assert "acción desconocida: bailar" in capsys.readouterr().out


def test_an_unknown_case_is_a_wrong_call(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Asking for a case that the file lacks is told in one sentence."""
    assert play(_file(tmp_path, [_case("C01")]), ["C99"]) == 2
    assert "C99" in capsys.readouterr().err
