"""Whoever reads the code finds on each public thing what it is for."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.guards.reading import PROGRAMS, Definition, Module, modules


def _public(body: list[ast.stmt], owner: str = "") -> Iterator[tuple[str, Definition]]:
    """Public functions and classes with their dotted name, down to public methods."""
    for node in body:
        if isinstance(node, Definition) and not node.name.startswith("_"):
            yield owner + node.name, node
            if isinstance(node, ast.ClassDef):
                yield from _public(node.body, f"{owner}{node.name}.")


def _is_stub(node: Definition) -> bool:
    """A member of a Protocol that is only `...`: the Protocol's own docstring explains it."""
    return len(node.body) == 1 and isinstance(node.body[0], ast.Expr) and ast.unparse(node.body[0]) == "..."


def _undocumented(module: Module) -> list[str]:
    found = [] if ast.get_docstring(module.tree) else [module.path]
    for name, node in _public(module.tree.body):
        overloads = any(ast.unparse(mark).endswith(("setter", "overload")) for mark in node.decorator_list)
        if not (ast.get_docstring(node) or _is_stub(node) or overloads):
            found.append(f"{module.path}:{node.lineno} {name}")
    return found


def test_everything_public_is_explained() -> None:
    """Every module, public class, function and method has a docstring."""
    assert not [line for module in modules(*PROGRAMS) for line in _undocumented(module)]


def test_every_test_says_what_it_shows() -> None:
    """A test's name is a behaviour and its docstring one sentence about it."""
    wrong = [
        f"{module.path}:{node.lineno} {node.name}"
        for module in modules("tests")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_") and not ast.get_docstring(node)
    ]
    assert not wrong


def test_nothing_is_left_for_later_without_a_reason() -> None:
    """No TODO or FIXME stands in the programs: what comes later is said in the README."""
    marks = ("TO" + "DO", "FIX" + "ME", "XX" + "X:")
    assert not [f"{module.path}: {mark}" for module in modules(*PROGRAMS) for mark in marks if mark in module.text]
