"""What every suite shares: the last lines say loudly what was not tested, also where workers did the testing."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests import firestore_emulator

if TYPE_CHECKING:
    from playwright.sync_api import Browser

NO_BROWSER = "chromium"
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser") or "/usr/bin/chromium"
_ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The one browser of a worker: a second one beside it cannot be begun. Where there is none the test is skipped, and says so."""
    if not Path(CHROMIUM).exists():
        pytest.skip(f"NO BROWSER: {CHROMIUM} is missing, the desk was not looked at; install chromium or set CHROMIUM")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as tool:
        browser = tool.chromium.launch(executable_path=CHROMIUM, args=_ARGUMENTS)
        yield browser
        browser.close()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Firestore and the browser may be missing on a machine; nobody must believe that they were tested."""
    firestore_emulator.pytest_terminal_summary(terminalreporter, config)
    skipped = [report for report in terminalreporter.stats.get("skipped", []) if NO_BROWSER in str(report.longrepr).lower()]
    if skipped:
        terminalreporter.write_sep("!", "BROWSER NOT TESTED", red=True, bold=True)
        terminalreporter.write_line(
            f"{len(skipped)} tests did not run, because there is no Chromium here: install `chromium`.", red=True
        )
