"""The flowchart, the written procedure and the table of responsibilities are made from the process and never by hand."""

from __future__ import annotations

import re

from expediente import docs_build, process
from expediente.docs_procedures import FOLDER, raci_of
from tests.unit.process_copy import ROOT
from tests.unit.test_flowchart import STEPS, boxes

TABLES = process.load(ROOT)
PAGES = docs_build.pages(TABLES)


def test_r3_what_is_committed_is_what_the_command_writes() -> None:
    """Flowchart (picture and source), procedures, table of responsibilities: each file of `docs/` equals what the tables give today."""
    assert {"flujograma.svg", "flujograma.mmd", "raci.md"} <= set(PAGES)
    assert not [name for name, text in PAGES.items() if (ROOT / "docs" / name).read_text(encoding="utf-8") != text]


def test_r4_every_step_from_the_sale_to_the_cancellation_is_drawn() -> None:
    """The company's boxes A to K in order, and behind them those of changes and of the cancellation."""
    drawn, stages = boxes(), {node.key: node.stage for node in TABLES.flow_nodes}
    assert [key for key in drawn if key in STEPS] == list(STEPS)
    behind = list(drawn)[list(drawn).index("K") + 1 :]
    assert {stages[key] for key in behind} == {"E", "F"}


def test_r5_each_stage_has_its_procedure_page() -> None:
    """One page a stage with Responsable, Acción, Resultado and Punto de control, in the words of the process, and all of its steps."""
    assert [stage.key for stage in TABLES.stages] == list("ABCDEFG")
    for stage in TABLES.stages:
        text = PAGES[f"{FOLDER}/{stage.key.lower()}.md"]
        said = dict(re.findall(r"^\| \*\*(.+?)\*\* \| (.+) \|$", text, re.MULTILINE))
        assert said == {
            "Responsable": stage.responsible,
            "Acción": stage.action,
            "Resultado": stage.result,
            "Punto de control": stage.checkpoint,
        }
        assert all(node.label in text for node in TABLES.flow_nodes if node.stage == stage.key)
    assert not [
        name for name in (ROOT / "docs" / FOLDER).rglob("*.md") if name.relative_to(ROOT / "docs").as_posix() not in PAGES
    ]


def test_every_step_is_done_by_somebody_and_answered_for_by_one() -> None:
    """A step of one lane has one R; each step has an A."""
    lanes = [role.key for role in (*TABLES.roles, *TABLES.areas)]
    for node in TABLES.flow_nodes:
        letters = {lane: raci_of(TABLES, node, lane) for lane in lanes}
        assert [lane for lane in lanes if "R" in letters[lane]] and any("A" in found for found in letters.values()), node.key
        assert node.lane == "areas" or sum("R" in found for found in letters.values()) == 1
        assert all(len(found) == len(set(found)) for found in letters.values())


def test_pages_tell_nothing_that_is_internal() -> None:
    """The papers of Cumplimiento stand in no page of the procedure."""
    internal = [rule.label for rule in TABLES.documents if rule.internal]
    assert internal and not [label for label in internal for text in PAGES.values() if label in text]
