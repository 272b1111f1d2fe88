"""A local Workspace with a small company at work, and a Chromium to look at it with."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.desk_kit import Scene, address, furnish
from tests.conformance.conftest import Emulator

Opener = Callable[..., Page]


@pytest.fixture(scope="session")
def workspace() -> Iterator[Emulator]:
    """The process that all desk tests share."""
    emulator = Emulator()
    yield emulator
    emulator.stop()


@pytest.fixture
def scene(workspace: Emulator) -> Scene:
    """The company of `desk_kit`, put up afresh."""
    workspace.local("POST", "reset")
    return furnish(workspace)


@pytest.fixture
def open_as(scene: Scene, chromium: Browser) -> Iterator[Opener]:
    """`open_as(name, path, width=1280)`: a page of somebody's own browser.

    A script error or a request to elsewhere fails the test.
    """
    contexts: list[BrowserContext] = []
    troubles: list[str] = []

    def is_outside(url: str) -> bool:
        # Chromium's own PDF viewer speaks of chrome: and chrome-extension:, which is no network.
        return url.startswith(("http:", "https:", "ws:")) and not url.startswith(scene.emulator.url)

    def watch(page: Page) -> None:
        page.on("pageerror", lambda error: troubles.append(f"{page.url}: {error}"))
        page.on("request", lambda request: is_outside(request.url) and troubles.append(request.url))

    def opener(name: str, path: str, width: int = 1280) -> Page:
        context = chromium.new_context(viewport={"width": width, "height": 800}, locale="es-PA")
        contexts.append(context)
        context.on("page", watch)
        actor = name if "@" in name else address(name)
        context.add_cookies([{"name": "desk_actor", "value": actor, "url": scene.emulator.url}])
        page = context.new_page()
        page.goto(scene.emulator.url + path)
        return page

    yield opener
    for context in contexts:
        context.close()
    assert not troubles, troubles
