"""What every suite shares: the last lines say loudly what was not tested, also where workers did the testing."""

from __future__ import annotations

import pytest

from tests import firestore_emulator

NO_BROWSER = "chromium"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Firestore and the browser may be missing on a machine; nobody must believe that they were tested."""
    firestore_emulator.pytest_terminal_summary(terminalreporter, config)
    skipped = [report for report in terminalreporter.stats.get("skipped", []) if NO_BROWSER in str(report.longrepr).lower()]
    if skipped:
        terminalreporter.write_sep("!", "BROWSER NOT TESTED", red=True, bold=True)
        terminalreporter.write_line(
            f"{len(skipped)} tests did not run, because there is no Chromium here: install `chromium`.", red=True
        )
