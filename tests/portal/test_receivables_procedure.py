"""The procedure of receivables is drawn and written from its table, like that of the dossiers."""

from __future__ import annotations

import re
import subprocess
import sys
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree

import pytest

from expediente import checks, process
from expediente.case_rules import case_rules
from expediente.docs_procedures import raci_of
from expediente.flowchart import label_of
from tests.unit.process_copy import ROOT, changed

TABLES = process.load(ROOT)
DRAWN = TABLES.receivables
SVG = "{http://www.w3.org/2000/svg}"
FOLDER = "procedimientos/cartera"
COMMAND = [sys.executable, "-m", "expediente", "docs", "build", "--out"]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder into which an administrator has written the pages anew."""
    out = tmp_path_factory.mktemp("docs")
    subprocess.run([*COMMAND, str(out)], cwd=ROOT, env={"PYTHONPATH": str(ROOT / "functions")}, check=True, capture_output=True)
    return out


def test_r119_what_an_administrator_writes_is_what_is_kept(written: Path) -> None:
    """`expediente docs build` gives flowchart (picture and source), procedures and responsibilities of receivables as they stand in docs."""
    names = ["flujograma-cartera.svg", "flujograma-cartera.mmd", "raci-cartera.md", f"{FOLDER}/README.md"]
    names += [f"{FOLDER}/{stage.key.lower()}.md" for stage in DRAWN.stages]
    for name in names:
        assert (written / name).read_text(encoding="utf-8") == (ROOT / "docs" / name).read_text(encoding="utf-8"), name
    assert {path.name for path in (ROOT / "docs" / FOLDER).iterdir()} == {name.split("/")[-1] for name in names[3:]}


def test_r119_the_flowchart_shows_every_column_and_step(written: Path) -> None:
    """Client, Eva, Cartera, Servicio al Cliente and Comercial have a column each; every step a box and none lies over another."""
    root = ElementTree.parse(written / "flujograma-cartera.svg").getroot()
    said = {text.text for text in root.iter(f"{SVG}text")}
    assert {"Cliente", "Eva y el portal", "Cartera", "Servicio al Cliente", "Comercial", DRAWN.title} <= said
    boxes = {group.get("id", "")[5:]: _place(group) for group in root.iter(f"{SVG}g") if group.get("id", "").startswith("node-")}
    assert set(boxes) == {node.key for node in DRAWN.nodes}
    for (ax, ay), (bx, by) in combinations(boxes.values(), 2):
        assert abs(ay - by) > 66 or abs(ax - bx) > 164


def _place(group: ElementTree.Element) -> tuple[float, float]:
    text = group.find(f"{SVG}text")
    shape = group.find(f"{SVG}rect")
    assert text is not None
    if shape is not None:
        return float(text.get("x", "0")), float(shape.get("y", "0"))
    corners = group.find(f"{SVG}polygon")
    assert corners is not None
    return float(text.get("x", "0")), min(float(pair.split(",")[1]) for pair in corners.get("points", "").split())


def test_r119_each_stage_has_its_page(written: Path) -> None:
    """Responsable, Acción, Resultado and Punto de control of each stage, and each of its steps with who does it."""
    for stage in DRAWN.stages:
        text = (written / FOLDER / f"{stage.key.lower()}.md").read_text(encoding="utf-8")
        said = dict(re.findall(r"^\| \*\*(.+?)\*\* \| (.+) \|$", text, re.MULTILINE))
        assert said == {
            "Responsable": stage.responsible,
            "Acción": stage.action,
            "Resultado": stage.result,
            "Punto de control": stage.checkpoint,
        }
        steps = [node for node in DRAWN.nodes if node.stage == stage.key]
        assert all(f"| {node.label} | {label_of(TABLES, DRAWN, node.lane)} |" in text for node in steps)


def test_r119_the_page_of_decisions_says_who_settles_each_case(written: Path) -> None:
    """Whoever reads the procedure finds each kind of case with who settles it, until when, and how many must sign."""
    text = (written / FOLDER / "e.md").read_text(encoding="utf-8")
    for kind in case_rules(TABLES.folder).kinds.values():
        due = TABLES.deadlines[kind.deadline].due_after_working_hours
        assert f"| {kind.label} | {TABLES.label_of(kind.role)} | {due} | {kind.signatures} |" in text


def test_r119_what_the_client_asks_comes_to_an_end_from_wherever_he_begins() -> None:
    """From the first step every box is reached, and from every box an end; what a person must decide has one who answers for it."""
    ahead = {node.key: {edge.target for edge in DRAWN.edges if edge.source == node.key} for node in DRAWN.nodes}
    assert set(ahead) == {DRAWN.nodes[0].key} | _reached(ahead, DRAWN.nodes[0].key)
    ends = {node.key for node in DRAWN.nodes if node.kind == "end"}
    stuck = [key for key in ahead if key not in ends and not (_reached(ahead, key) & ends)]
    assert stuck == ["prospect"]  # sales go on with the intake form: the procedure of the dossiers
    for node in DRAWN.nodes:
        letters = [raci_of(TABLES, node, lane) for lane in (*DRAWN.lanes, *(role.key for role in TABLES.roles))]
        assert any("A" in found for found in letters), node.key


def _reached(ahead: dict[str, set[str]], start: str) -> set[str]:
    found: set[str] = set()
    waiting = [start]
    while waiting:
        fresh = ahead[waiting.pop()] - found
        found |= fresh
        waiting.extend(fresh)
    return found


def test_a_column_that_nobody_has_is_told(tmp_path: Path) -> None:
    """A step of a lane that the table does not name is a finding with the word that was meant."""
    root = changed(tmp_path, "process/receivables.yaml", "lane: comercial", "lane: comercal")
    (found,) = checks.check(root)
    assert "comercal" in str(found) and "comercial" in str(found)
