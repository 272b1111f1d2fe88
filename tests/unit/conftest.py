"""What the unit tests of the signed pages share: the proxy with its keys, and a browser before an empty application."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.page_kit import Browser, Proxy, new_app, serving


@pytest.fixture(scope="session")
def proxy() -> Iterator[Proxy]:
    """The identity-aware proxy: signs for people and serves its public keys."""
    with serving(Proxy()) as running:
        yield running


@pytest.fixture
def browser(proxy: Proxy, tmp_path: Path) -> Browser:
    """A browser behind the proxy, before an application without dossiers."""
    return Browser(new_app(tmp_path, proxy.url), proxy)
