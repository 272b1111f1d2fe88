"""The page about what the local Workspace answers is what the code answers, and each behaviour on it has its test."""

from __future__ import annotations

import ast
import re
from functools import lru_cache

import pytest

from emulator import coverage
from emulator.discovery import routes
from tests.guards.reading import ROOT

ROWS = [row for row in coverage.tables().behaviours if not row.absent]
_CITED = re.compile(r"\(google-apis (\d+(?:\.\d+)?)\)")


@lru_cache
def _tests(path: str) -> dict[str, str]:
    """Name -> docstring of the tests of a file, methods of classes included."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return {
        node.name: ast.get_docstring(node) or ""
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


def test_the_page_is_the_one_that_the_code_makes() -> None:
    """COVERAGE.md in the repository is what `python -m emulator.coverage` writes."""
    assert coverage.PAGE.read_text(encoding="utf-8") == coverage.page(), "run: .venv/bin/python -m emulator.coverage"


def test_every_behaviour_names_what_it_rests_on() -> None:
    """Documentation, a field report or a guess; and where it was found."""
    wrong = [row.says for row in ROWS if row.basis not in coverage.BASES or not row.source.strip()]
    assert not wrong


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.says[:60])
def test_each_behaviour_has_a_test_that_exists(row: coverage.Behaviour) -> None:
    """The tests that a row names stand in the files that it names, and one of them cites the section."""
    assert row.tests
    documented = []
    for place in row.tests:
        path, _, name = place.partition("::")
        tests = _tests(path)
        name = name.rpartition("::")[2].partition("[")[0]
        assert name in tests, place
        documented.append(tests[name])
    if row.section:
        assert any(row.section in _CITED.findall(text) for text in documented), (
            f"no test of this row cites google-apis {row.section}"
        )


def test_a_method_that_only_refuses_is_a_method() -> None:
    """The names of refused methods are Google's."""
    assert not set(coverage.tables().refused) - set(routes().methods)
