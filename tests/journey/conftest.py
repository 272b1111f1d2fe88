"""Stacks as `python -m local serve` starts them, one a store for the whole session, and people who travel through them."""

from __future__ import annotations

import copy
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from local.cast import Cast
from local.stack import Stack
from local.travel import Travel
from tests.firestore_emulator import absence
from tests.journey.ways import another_client, whole_way

ROOT = Path(__file__).resolve().parents[2]
BEGIN = "2026-03-02T09:00:00-05:00"
STORES = ("sqlite", "firestore")

Case = dict[str, Any]
Traveller = Callable[[str], Travel]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests of one stack in one worker, in their order. First, for the workers read the marks in the same hook."""
    for item in items:
        if "journey" in item.path.parts:
            store = next((name for name in STORES if f"[{name}" in item.name or f"-{name}" in item.name), item.path.stem)
            item.add_marker(pytest.mark.xdist_group(f"journey-{store}"))


@pytest.fixture(scope="session", params=STORES)
def stack(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The whole product on one machine, on either store; fresh at the beginning of the session."""
    reason = absence() if request.param == "firestore" else ""
    if reason and os.environ.get("CI") == "true":
        pytest.fail(reason)
    if reason:
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("stack")
    with Stack.start(request.param, log=folder / "serve.log", now=BEGIN) as started:
        yield started


@pytest.fixture(scope="session")
def cast() -> Cast:
    """Who plays which part."""
    return Cast.load()


@pytest.fixture(scope="session")
def cases() -> dict[str, Case]:
    """The sample cases by id."""
    table = yaml.safe_load((ROOT / "tests" / "data" / "sample_cases.yaml").read_text(encoding="utf-8"))
    return {case["id"]: case for case in table["casos"]}


@pytest.fixture
def travel(stack: Stack, cast: Cast, cases: dict[str, Case]) -> Traveller:
    """Makes the way of a sample case on this stack. Every client travels once: the second time it would be known."""
    return lambda case_id: Travel(stack, cast, copy.deepcopy(cases[case_id]))


@pytest.fixture
def travel_anew(stack: Stack, cast: Cast, cases: dict[str, Case]) -> Traveller:
    """Makes the way of a sample case on this stack for a client of its own, as often as it is wanted."""
    return lambda case_id: Travel(stack, cast, another_client(copy.deepcopy(cases[case_id])))


@pytest.fixture(scope="session")
def active(tmp_path_factory: pytest.TempPathFactory, cast: Cast, cases: dict[str, Case]) -> Iterator[Travel]:
    """A company of its own with one client whose service is active, for tests that look and leave it as it is."""
    with Stack.start("sqlite", log=tmp_path_factory.mktemp("active") / "serve.log", now=BEGIN) as started:
        way = Travel(started, cast, copy.deepcopy(cases["C01"]))
        whole_way(way, "DEN-000777")
        started.publish("tick", {"job": "nightly"})
        started.settle()
        yield way
