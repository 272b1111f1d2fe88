"""Which tests show which requirement: read from their names (`test_r40_…`), written to docs/requirements.md.

`python -m tests.requirements_page` writes the page; `tests/guards/test_requirements_page.py` holds it to the tests.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "requirements.md"
_NAME = re.compile(r"test_((?:r\d+_)+)")


@dataclass(frozen=True)
class Shown:
    """A test that shows requirements. says: the first sentence of its docstring."""

    numbers: tuple[str, ...]
    file: str
    name: str
    says: str


@dataclass(frozen=True)
class Requirement:
    """What is asked for. later: what brings it, '' when it is there."""

    number: str
    stage: str
    said: str
    later: str = ""


def requirements() -> list[Requirement]:
    """The requirements in their order."""
    table = yaml.safe_load((ROOT / "tests" / "data" / "requirements.yaml").read_text(encoding="utf-8"))["requirements"]
    return [Requirement(number, row["stage"], row["said"], row.get("later", "")) for number, row in table.items()]


def shown() -> list[Shown]:
    """Every test that is named after a requirement, files in order."""
    return [found for path in sorted((ROOT / "tests").rglob("test_*.py")) for found in _in_file(path)]


def _in_file(path: Path) -> Iterator[Shown]:
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        match = _NAME.match(node.name) if isinstance(node, ast.FunctionDef) else None
        if isinstance(node, ast.FunctionDef) and match:
            says = " ".join((ast.get_docstring(node) or "").split("\n\n")[0].split())
            numbers = tuple(number.upper() for number in match[1].strip("_").split("_"))
            yield Shown(numbers, path.relative_to(ROOT).as_posix(), node.name, says)


def missing() -> list[str]:
    """Requirements that are said to be there and that no test shows."""
    named = {number for test in shown() for number in test.numbers}
    return [one.number for one in requirements() if not one.later and one.number not in named]


def page() -> str:
    """The text of docs/requirements.md."""
    tests, lines = (
        shown(),
        [
            "# Requirements and the tests that show them",
            "",
            "Made from the names of the tests by `python -m tests.requirements_page`; do not edit.",
            "The words are the company's own.",
        ],
    )
    stage = ""
    for one in requirements():
        if one.stage != stage:
            stage = one.stage
            lines += ["", f"## {stage}", ""]
        lines.append(f"- **{one.number}** «{one.said}»" + (f" *Later: {one.later}.*" if one.later else ""))
        lines += [f"  - `{test.file}`, `{test.name}`: {test.says}" for test in tests if one.number in test.numbers]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
