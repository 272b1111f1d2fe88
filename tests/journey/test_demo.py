"""`make demo ONCE=1`: a whole life told, its last line, and the page that it leaves behind."""

from __future__ import annotations

import itertools
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from local.clients import company_table
from local.tables import ROOT, process_table
from local.tour import tour_words


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, str], str, str]:
    """The demo once: what its last line says, the page, and what it told while it ran."""
    out = tmp_path_factory.mktemp("demo")
    command = [sys.executable, "-m", "local", "demo", "--once", "--out", str(out)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=290)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.strip().splitlines()[-1])
    return told, Path(told["page"]).read_text(encoding="utf-8"), done.stderr


def test_r1_a_client_goes_from_the_form_to_active_and_then_to_cancelled(run: tuple[dict[str, str], str, str]) -> None:
    """R1: every stage of a client's life is told in order, on the terminal and on the page, with the state that it leaves behind."""
    told, page, shown = run
    states, acts = process_table("process")["states"], company_table()["acts"]
    key = company_table()["cancelled"]
    stages = [acts[act["do"]] for act in company_table()["clients"][key]["story"]]
    lines = [line for line in shown.splitlines() if re.match(r"  \d\d/\d\d \d\d:\d\d  ", line)]
    assert [next(stage for stage in stages if line.endswith(stage)) for line in lines] == stages
    passed = [next(key for key, row in states.items() if row["label"] in line) for line in lines]
    assert [key for key, _ in itertools.groupby(passed)] == ["collecting", "confirming", "active", "archived"]
    (section,) = re.findall(r"<section><h2>Del formulario a la cancelación.*?</section>", page)
    assert all(stage in section for stage in stages) and states["archived"]["label"] in section
    assert told["dossier"] not in section


def test_r2_the_last_line_tells_where_everything_is(run: tuple[dict[str, str], str, str]) -> None:
    """One JSON object with dossier, folder, sheet, state and page; the service is active."""
    told, _, shown = run
    assert set(told) == {"dossier", "folder", "sheet", "state", "page"}
    assert told["state"] == "active"
    assert told["folder"].startswith("https://drive.google.com/drive/folders/")
    assert told["sheet"].startswith("https://docs.google.com/spreadsheets/d/")
    last = len(tour_words()["pages"]) - 1
    assert f"{last}/{last}" in shown


def test_the_page_tells_the_whole_way(run: tuple[dict[str, str], str, str]) -> None:
    """Timeline with the detours, who signed what, the flowchart with this client's place, and every mail from the correction on."""
    told, page, _ = run
    for words in (
        told["dossier"],
        "envía el formulario con un dígito errado",
        "Google no lo permite",
        "Quién confirmó qué",
        "En el flujograma",
        "Corrija el formulario de",
        "Corrija el papel devuelto de",
        "Su servicio está activo",
        "pregunta a Eva",
        "paga la factura con su tarjeta",
        "descarga su paz y salvo",
        "para él no existe",
    ):
        assert words in page, words
    assert "<img" in page or "La hoja de control</h2>" in page


def test_the_page_loads_nothing_from_elsewhere(run: tuple[dict[str, str], str, str]) -> None:
    """It can be kept and sent as one file: no script, and pictures and styles stand in it."""
    _, page, _ = run
    outside = re.sub(r'srcdoc="[^"]*"', "", page)
    assert not re.findall(r'(?:src|href)="(?!data:|#)[^"]+"', outside)
    assert "<script" not in outside and "@import" not in outside and "<link" not in outside
