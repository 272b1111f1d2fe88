"""A log line says what happened and to which id; it never holds what a client wrote."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.guards.reading import Module, modules

LEVELS = frozenset(("debug", "info", "warning", "error", "critical", "exception", "log"))
# What a line may bear besides its sentence: ids, keys and codes.
EXTRA = frozenset(
    ("dossier", "fact", "step", "mail", "reason", "alert", "reference", "sender_lease", "form", "method", "order", "gateway")
)
# Members that hold what people wrote or who they are; none may be read for a log line.
PERSONAL = frozenset(
    "intake client payload answers written address actor email name text html to subject args detail reason_text".split()
)
# The command line, and the verifier that is a program of its own once it is exported.
COMMANDS = ("functions/expediente/__main__.py", "functions/expediente/evidence_verifier.py")


def _calls(module: Module) -> Iterator[ast.Call]:
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or node.func.attr not in LEVELS:
            continue
        if ast.unparse(node.func.value) in ("_log", "log", "logger", "logging"):
            yield node


def test_messages_are_literal() -> None:
    """The sentence of a log line is the same each time; nothing is put into it."""
    wrong = [
        f"{module.path}:{call.lineno}"
        for module in modules("functions")
        for call in _calls(module)
        if len(call.args) != 1 or not isinstance(call.args[0], ast.Constant)
    ]
    assert not wrong


def test_extras_are_known_ids() -> None:
    """`extra` is a literal dictionary of known names whose values are ids, keys and codes."""
    wrong = []
    for module in modules("functions"):
        for call in _calls(module):
            for word in call.keywords:
                wrong += [f"{module.path}:{call.lineno} {problem}" for problem in _problems(module, word)]
    assert not wrong


def _problems(module: Module, word: ast.keyword) -> Iterator[str]:
    if word.arg == "exc_info":
        return
    if word.arg != "extra" or not isinstance(word.value, ast.Dict):
        yield f"{word.arg} is no literal extra"
        return
    for key, value in _entries(module, word.value):
        name = str(key.value) if isinstance(key, ast.Constant) else "?"
        if name not in EXTRA:
            yield f"unknown field {name}"
        read = {node.attr for node in ast.walk(value) if isinstance(node, ast.Attribute)}
        if read & PERSONAL:
            yield f"{name} reads {sorted(read & PERSONAL)}"


def _entries(module: Module, written: ast.Dict) -> Iterator[tuple[ast.expr | None, ast.expr]]:
    """Keys and values of a dictionary; of a `**name` those of every dictionary that is written where the name gets its value."""
    for key, value in zip(written.keys, written.values, strict=True):
        if key is not None or not isinstance(value, ast.Name):
            yield key, value
            continue
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Assign) and value.id in map(ast.unparse, node.targets):
                for part in ast.walk(node.value):
                    if isinstance(part, ast.Dict):
                        yield from zip(part.keys, part.values, strict=True)


def test_nothing_is_printed() -> None:
    """Production code writes through its logger; only the command line prints."""
    wrong = [
        f"{module.path}:{node.lineno}"
        for module in modules("functions")
        if module.path not in COMMANDS and not module.path.startswith("functions/expediente/command")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("print", "sys.stdout.write", "sys.stderr.write")
    ]
    assert not wrong


def test_nothing_is_swallowed() -> None:
    """No handler catches everything and goes on without a word: it raises, logs or keeps the failure."""
    wrong = []
    for module in modules("functions"):
        for node in ast.walk(module.tree):
            if (
                isinstance(node, ast.ExceptHandler)
                and _catches_all(node)
                and all(isinstance(line, ast.Pass | ast.Continue) for line in node.body)
            ):
                wrong.append(f"{module.path}:{node.lineno}")
    assert not wrong


def _catches_all(handler: ast.ExceptHandler) -> bool:
    return handler.type is None or ast.unparse(handler.type) in ("Exception", "BaseException")
