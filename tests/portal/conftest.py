"""What the tests of the portal share: pages over an application without a stack, and one whole company with two active clients.

`app`, `one`, `two`: milliseconds, for pages. `company`: processes over HTTP, for what a client or employee sees; begun once a session,
so a test leaves nothing in it that another stumbles over.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from local.cast import Cast
from local.person import Page
from local.portal_client import PortalClient
from local.stack import Stack
from local.travel import Travel
from tests.journey.ways import whole_way
from tests.portal.cases_kit import Desk
from tests.portal.papers_kit import CREDIT, LARGE, Client
from tests.portal.portal_kit import PortalApp, Visitor
from tests.unit.page_kit import Proxy, serving

ROOT = Path(__file__).resolve().parents[2]
BEGIN, CUT_OFF = "2026-03-02T09:00:00-05:00", "2027-06-30T17:00:00-05:00"
# What a file builds up once for all its tests, one after the other.
BUILT = {"books", "life", "scene", "town"}
# Sample case -> its Denarius code.
CLIENTS = {"C01": "DEN-000101", "C02": "DEN-000102"}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep all that stands on one company, or on what a file has built up, in one worker. First, for the workers read the marks in the same hook."""
    for item in items:
        names = set(getattr(item, "fixturenames", ())) if "portal" in item.path.parts else set()
        if "company" in names:
            item.add_marker(pytest.mark.xdist_group("portal-company"))
        elif names & BUILT:
            item.add_marker(pytest.mark.xdist_group(f"portal-{item.path.stem}"))


@pytest.fixture(scope="session")
def proxy() -> Iterator[Proxy]:
    """The identity-aware proxy: signs for people and serves its public keys."""
    with serving(Proxy()) as running:
        yield running


@pytest.fixture
def client(tmp_path: Path, proxy: Proxy) -> Client:
    """Who asks for so much credit that financial statements are required."""
    desk = Desk(tmp_path, proxy, "C16")
    return Client(desk, desk.app.entered(desk.dossier), desk.ask(CREDIT, LARGE, papers=False))


@pytest.fixture
def app(tmp_path: Path) -> PortalApp:
    """The portal before an empty store."""
    return PortalApp(tmp_path)


@pytest.fixture
def one(app: PortalApp) -> Visitor:
    """The contact of case C01, inside."""
    return app.entered(app.add_client("C01"))


@pytest.fixture
def two(app: PortalApp) -> Visitor:
    """The contact of case C02, inside."""
    return app.entered(app.add_client("C02"))


@dataclass
class ReturningClient(PortalClient):
    """A contact whose browser remembers its session. kept: cookies of all these clients, by address."""

    kept: dict[str, dict[str, str]] = field(default_factory=dict)

    def enter(self) -> Page:
        """Go on in the session that there is, else enter anew: an hour gives only so many links to an address."""
        self.cookies = dict(self.kept.get(self.address, {}))
        page = self.open("/")
        if "/entrar" in page.url:
            page = super().enter()
            self.kept[self.address] = dict(self.cookies)
        return page


@dataclass
class Company:
    """A stack with active clients. ways: case -> how its client came here; kept: sessions of its clients."""

    stack: Stack
    ways: dict[str, Travel]
    kept: dict[str, dict[str, str]] = field(default_factory=dict)

    def client(self, case_id: str) -> PortalClient:
        """The contact of a client before the portal; it enters once for all the tests that share the company."""
        said = self.ways[case_id].case["cliente"]
        contact = said.get("contacto_principal") or said.get("contacto") or {}
        return ReturningClient(self.stack, str(contact.get("correo") or said["correo"]), kept=self.kept)


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    """The whole product with the clients of two sample cases, active since March 2026; it is the evening of the cut-off of `cartera`."""
    table: dict[str, Any] = yaml.safe_load((ROOT / "tests" / "data" / "sample_cases.yaml").read_text(encoding="utf-8"))
    cases = {case["id"]: case for case in table["casos"]}
    cast = Cast.load()
    with Stack.start("sqlite", log=tmp_path_factory.mktemp("portal") / "serve.log", now=BEGIN) as stack:
        ways = {case_id: Travel(stack, cast, copy.deepcopy(cases[case_id])) for case_id in CLIENTS}
        for case_id, way in ways.items():
            whole_way(way, CLIENTS[case_id])
        stack.set_clock(datetime.fromisoformat(CUT_OFF))
        yield Company(stack, ways)
