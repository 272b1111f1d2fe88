"""The table of functions, and how each wants its arguments."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any


@dataclass(frozen=True)
class Entry:
    """A function. kind: `scalar` gets single values (and is applied cell by cell to arrays), `range` gets what was
    written, references included, `lazy` gets the unevaluated arguments. `array` says that its arguments are computed
    as arrays. least/most: how many arguments it takes, -1 for any number."""

    name: str
    call: Callable[..., Any]
    kind: str
    least: int
    most: int
    array: bool


FUNCTIONS: dict[str, Entry] = {}


def function(
    names: str, least: int = 0, most: int | None = None, *, kind: str = "scalar", array: bool = False
) -> Callable[[Any], Any]:
    """Register a function under one or more names; `most` None = as many as `least`, -1 = any number."""

    def mark(call: Callable[..., Any]) -> Callable[..., Any]:
        for name in names.split():
            FUNCTIONS[name] = Entry(name, call, kind, least, least if most is None else most, array)
        return call

    return mark


def load() -> None:
    """Import the modules that register the functions."""
    for name in ("aggregates", "arithmetic", "dates", "higher", "logic", "lookup", "query", "reshape", "texts"):
        import_module(f"emulator.sheets.formula.{name}")


__all__ = ["FUNCTIONS", "Entry", "function", "load"]
