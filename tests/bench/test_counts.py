"""The counts that docs/performance.md tells are those that are measured; they are exact, so they can be compared."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bench.bench import Bench, Cost
from tests.local_workspace import ROOT, Workspace

PAGE = (ROOT / "docs" / "performance.md").read_text(encoding="utf-8")
STAGES = {
    "intake": "intake",
    "papers": "papers",
    "filing": "filing",
    "hand-over": "hand_over",
    "tick": "tick",
    "closing": "closing",
    "minute with nothing new": "minute",
}


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """A client's way, counted."""
    workspace = Workspace.start()
    made = Bench(workspace, Path(tmp_path_factory.mktemp("bench")))
    made.count()
    made.count_naive()
    yield made
    workspace.stop()


def _told() -> dict[str, tuple[int, int]]:
    """Calls and commits of each stage as the page tells them."""
    rows = re.findall(r"^\| ([a-z -]+) \|[^|]*\| (\d+)[^|]*\| (\d+) \|", PAGE, flags=re.MULTILINE)
    return {STAGES[name]: (int(calls), int(commits)) for name, calls, commits in rows if name in STAGES}


@pytest.mark.parametrize("stage", sorted(STAGES.values()))
def test_a_stage_costs_what_the_page_says(bench: Bench, stage: str) -> None:
    """Calls and commits, to the last one."""
    cost = bench.costs[stage]
    assert (cost.total, cost.commits) == _told()[stage], cost.calls


def test_each_paper_is_moved_once(bench: Bench) -> None:
    """One call renames a paper and moves it to its folder."""
    assert bench.costs["filing"].calls["drive.files.update"] == len(bench.case["documentos"])


@pytest.mark.parametrize(("stage", "books"), [("intake", 1), ("hand_over", 1)])
def test_a_workbook_is_written_once(bench: Bench, stage: str, books: int) -> None:
    """One batch builds a workbook whole."""
    calls = bench.costs[stage].calls
    assert sum(count for method, count in calls.items() if "batchUpdate" in method or "update" in method) == books


def test_the_naive_script_costs_half_as_much_again(bench: Bench) -> None:
    """The same work as the tutorials do it: more calls, and ten times as many that write to Sheets."""

    def writes(cost: Cost) -> int:
        return sum(count for method, count in cost.calls.items() if method.startswith("sheets.") and "pdate" in method)

    for stage in ("intake", "hand_over"):
        naive, ours = bench.costs[f"naive {stage}"], bench.costs[stage]
        # The script knows one form; what the minute asks of the others is no part of the same work.
        others = max(ours.calls["forms.forms.responses.list"] - 1, 0)
        assert naive.total >= 1.4 * (ours.total - others)
        assert writes(naive) >= 10 * writes(ours)


def test_a_minute_costs_the_same_with_many_dossiers_at_rest(bench: Bench) -> None:
    """Nothing that the clock does grows with what is at rest, not even the register."""
    few, many = bench.sweep((100, 600)).values()
    for key in ("calls", "questions", "records"):
        assert few[key] == many[key]
    assert many["register records"] <= few["register records"]
