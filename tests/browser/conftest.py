"""A local Workspace with a small company at work, and a Chromium to look at it with."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.browser.desk_kit import Scene, address, furnish
from tests.conformance.conftest import Emulator

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser") or "/usr/bin/chromium"
_ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]

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


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """A browser. Where there is none the test is skipped, and says so."""
    if not Path(CHROMIUM).exists():
        pytest.skip(f"NO BROWSER: {CHROMIUM} is missing, the desk was not looked at; install chromium or set CHROMIUM")
    with sync_playwright() as tool:
        browser = tool.chromium.launch(executable_path=CHROMIUM, args=_ARGUMENTS)
        yield browser
        browser.close()


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
