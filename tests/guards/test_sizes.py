"""Files and functions stay small enough to be read at once."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from statistics import median

import pytest

from tests.guards.reading import PROGRAMS, ROOT, Module, modules

MAX_FILE_LINES = 500
MAX_FUNCTION_LINES = 60
FEW_FUNCTION_LINES = 35
MEDIAN_FUNCTION_LINES = 12
MEDIAN_FILE_LINES = 160


def _functions(module: Module) -> Iterator[tuple[str, int]]:
    """Name and length of every function, nested ones too, decorators left out."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{module.path}:{node.lineno} {node.name}", (node.end_lineno or node.lineno) - node.lineno + 1


@pytest.mark.parametrize("top", PROGRAMS)
def test_files_are_short(top: str) -> None:
    """No file has more than 500 lines."""
    assert not [module.path for module in modules(top) if len(module.text.splitlines()) > MAX_FILE_LINES]


@pytest.mark.parametrize("top", PROGRAMS)
def test_functions_are_short(top: str) -> None:
    """No function has more than 60 lines."""
    assert not [(name, lines) for module in modules(top) for name, lines in _functions(module) if lines > MAX_FUNCTION_LINES]


@pytest.mark.parametrize("top", PROGRAMS)
def test_most_functions_are_very_short(top: str) -> None:
    """Half of the functions have at most 12 lines, nine of ten at most 35."""
    lengths = sorted(lines for module in modules(top) for _, lines in _functions(module))
    assert median(lengths) <= MEDIAN_FUNCTION_LINES
    assert lengths[int(len(lengths) * 0.9)] <= FEW_FUNCTION_LINES


@pytest.mark.parametrize("top", PROGRAMS)
def test_most_files_are_short(top: str) -> None:
    """Half of the files have at most 160 lines."""
    assert median(len(module.text.splitlines()) for module in modules(top)) <= MEDIAN_FILE_LINES


def test_every_test_file_has_a_name_of_its_own() -> None:
    """Two files of one name cannot be collected together."""
    names = Counter(path.name for path in (ROOT / "tests").rglob("test_*.py"))
    assert [name for name, count in names.items() if count > 1] == []
