"""What the local Workspace answers and on what that rests, as a page: `python -m emulator.coverage` writes COVERAGE.md.

Methods and kinds of requests are read off the discovery documents and the registered handlers, behaviours off `behaviours/*.yaml`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

import emulator.front  # noqa: F401 - registers the handlers
from emulator.discovery import Routes, routes
from emulator.kernel import HANDLERS, Json

FOLDER = Path(__file__).with_name("behaviours")
PAGE = Path(__file__).with_name("COVERAGE.md")
BASES = ("documentation", "field report", "guess")
APIS = {"drive": "Drive v3", "sheets": "Sheets v4", "forms": "Forms v1", "gmail": "Gmail v1"}
BESIDE = {"admin": "Directory v1", "pubsub": "Pub/Sub v1"}
_ORDER = ("front", "drive", "sheets", "forms", "gmail", "storage")
_TITLES = {"front": "What every API shares", "storage": "Cloud Storage stand-in", **APIS}


@dataclass(frozen=True)
class Behaviour:
    """One thing that can be observed. absent: deliberately not there, `source` says why."""

    service: str
    says: str
    basis: str
    source: str
    section: str
    switch: str
    tests: tuple[str, ...]
    absent: bool


@dataclass(frozen=True)
class Tables:
    """The behaviours of all services, and the methods that are there only to refuse, with the reason."""

    behaviours: tuple[Behaviour, ...]
    refused: dict[str, str]


@lru_cache
def tables() -> Tables:
    """Read `behaviours/`."""
    rows: list[Behaviour] = []
    refused: dict[str, str] = {}
    for service in _ORDER:
        table: Json = yaml.safe_load((FOLDER / f"{service}.yaml").read_text(encoding="utf-8"))
        refused |= table.get("refused", {})
        rows += [_behaviour(service, row) for row in table["behaviours"]]
        rows += [Behaviour(service, row["says"], "", row["why"], "", "", (), absent=True) for row in table.get("not_there", ())]
    return Tables(tuple(rows), refused)


def _behaviour(service: str, row: dict[str, Any]) -> Behaviour:
    return Behaviour(
        service,
        row["says"],
        row["basis"],
        row["source"],
        str(row.get("section", "")),
        row.get("switch", ""),
        tuple(row["tests"]),
        absent=False,
    )


def page() -> str:
    """The whole page in Markdown."""
    found = routes()
    parts = [
        "# Coverage of the local Workspace",
        "Made by `python -m emulator.coverage`; `make test` fails when it is out of date.",
        "**Answered**: works. **Refused**: there only to refuse, as at Google or because it makes no sense here. **Not there**: 501.",
        "\n".join(_summary(found)),
        "\n".join(_bases()),
    ]
    for name, title in APIS.items():
        parts += [f"## {title}: methods", "\n".join(_methods(found, name))]
    parts += ["## Directory and Pub/Sub: the methods that are answered", ", ".join(_beside(found)) + "."]
    parts += ["## Sheets v4: kinds of requests of batchUpdate", "\n".join(_kinds(found))]
    for service in _ORDER:
        parts += [f"## {_TITLES[service]}: behaviours", "\n".join(_behaviours(service))]
    return "\n\n".join(parts) + "\n"


def state_of(method: str) -> str:
    """`answered`, `refused` or `not there`."""
    if method in tables().refused:
        return "refused"
    return "answered" if method in HANDLERS else "not there"


def _ids(found: Routes, api: str) -> list[str]:
    return sorted(name for name, method in found.methods.items() if method.api.name == api)


def _summary(found: Routes) -> Iterator[str]:
    yield "| API | methods | answered | refused | not there |\n|---|---|---|---|---|"
    for name, title in (APIS | BESIDE).items():
        counted = Counter(state_of(method) for method in _ids(found, name))
        yield f"| {title} | {counted.total()} | {counted['answered']} | {counted['refused']} | {counted['not there']} |"


def _bases() -> Iterator[str]:
    yield "| Behaviours | " + " | ".join(BASES) + " | with a switch |\n|---" * 1 + "|---" * (len(BASES) + 1) + "|"
    for service in _ORDER:
        rows = [row for row in tables().behaviours if row.service == service and not row.absent]
        counted = Counter(row.basis for row in rows)
        switched = sum(bool(row.switch) for row in rows)
        yield f"| {_TITLES[service]} | " + " | ".join(str(counted[basis]) for basis in BASES) + f" | {switched} |"


def _methods(found: Routes, api: str) -> Iterator[str]:
    yield "| Method | State |\n|---|---|"
    for method in _ids(found, api):
        why = tables().refused.get(method)
        yield f"| `{method}` | {state_of(method)}{': ' + why if why else ''} |"


def _beside(found: Routes) -> Iterator[str]:
    yield from (f"`{method}`" for name in BESIDE for method in _ids(found, name) if state_of(method) == "answered")


def _kinds(found: Routes) -> Iterator[str]:
    from emulator.sheets.edit import REQUESTS

    known = found.methods["sheets.spreadsheets.batchUpdate"].api.schemas["Request"]["properties"]
    yield "Answered: " + ", ".join(f"`{kind}`" for kind in sorted(known) if kind in REQUESTS) + "."
    missing = [f"`{kind}`" for kind in sorted(known) if kind not in REQUESTS]
    yield "\nNot there (501, and nothing of the batch is done): " + (", ".join(missing) or "none") + "."


def _behaviours(service: str) -> Iterator[str]:
    rows = [row for row in tables().behaviours if row.service == service]
    yield "| Behaviour | Rests on | Source | Switch |\n|---|---|---|---|"
    for row in rows:
        if not row.absent:
            section = f" ({row.section})" if row.section else ""
            yield f"| {_cell(row.says)} | {row.basis} | {_cell(row.source)}{section} | {row.switch and f'`{row.switch}`'} |"
    absent = [row for row in rows if row.absent]
    if absent:
        yield "\nNot there on purpose:\n"
        yield from (f"- {row.says}: {row.source}" for row in absent)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
