"""What the guards look at: the project's files, its modules as syntax trees, its tables as plain values."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
PRODUCTION = ("functions",)
PROGRAMS = ("functions", "emulator", "local")

_MADE = frozenset((".git", ".venv", "__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis", "build"))
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True)
class Module:
    """A Python file. name: dotted, from the root of the project; path: as people write it."""

    name: str
    path: str
    text: str
    tree: ast.Module


@lru_cache
def modules(*tops: str) -> tuple[Module, ...]:
    """Every module below these folders, in order."""
    return tuple(_module(path) for top in tops for path in sorted((ROOT / top).rglob("*.py")))


def _module(path: Path) -> Module:
    place = path.relative_to(ROOT)
    text = path.read_text(encoding="utf-8")
    return Module(".".join(place.with_suffix("").parts), place.as_posix(), text, ast.parse(text))


def imported(module: Module) -> Iterator[tuple[int, str]]:
    """Line and dotted name of everything a module imports, also late, for types only, or through `import_module`."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            # A package's submodule may be what is imported: `from google import auth`.
            yield from ((node.lineno, f"{node.module or '.'}.{alias.name}") for alias in node.names)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module") and node.args:
            yield node.lineno, str(getattr(node.args[0], "value", ""))


def docstring_nodes(tree: ast.AST) -> set[int]:
    """The ids of the nodes that are docstrings."""
    found = set()
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
            found.add(id(body[0].value))
    return found


def strings(module: Module) -> Iterator[tuple[int, str]]:
    """Line and text of every string of a module that is not a docstring; pieces of f-strings one by one."""
    documented = docstring_nodes(module.tree)
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documented:
            yield node.lineno, node.value


def table(name: str) -> dict[str, Any]:
    """A YAML file of the project as plain values."""
    loaded: dict[str, Any] = yaml.load((ROOT / name).read_text(encoding="utf-8"), _Loader)
    return loaded


def leaves(value: Any) -> Iterator[str]:
    """Every text value of a table, keys left out."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from leaves(item)
    elif isinstance(value, str):
        yield value


@lru_cache
def project_files() -> tuple[str, ...]:
    """What stands in the repository or is about to: tracked and not ignored. Without git: everything that was not made here."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"], cwd=ROOT, capture_output=True, check=False
    )
    if listed.returncode == 0:
        names = [name for name in listed.stdout.decode().split("\0") if name]
    else:
        names = [path.relative_to(ROOT).as_posix() for path in ROOT.rglob("*") if not _MADE & set(path.parts)]
    return tuple(sorted(name for name in names if (ROOT / name).is_file()))


def project_texts() -> Iterator[tuple[str, str]]:
    """Name and content of every text file of the project."""
    for name in project_files():
        try:
            yield name, (ROOT / name).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
