"""What `expediente check` says of orders that are kept for less time than rows of the ledger may name them."""

from __future__ import annotations

from pathlib import Path

import pytest

from expediente.checks import check
from tests.unit.process_copy import changed

PORTAL, LEDGER = "process/portal.yaml", "sheets_templates/ledger.yaml"


@pytest.mark.parametrize(
    ("file", "old", "new", "least"),
    [(PORTAL, "  order: 5500\n", "  order: 5474\n", 5475), (LEDGER, "  years_back: 15\n", "  years_back: 16\n", 5840)],
)
def test_an_order_is_kept_for_as_long_as_a_row_may_name_it(tmp_path: Path, file: str, old: str, new: str, least: int) -> None:
    """Either table alone may be changed: the finding names the days that are missing and where they stand."""
    (found,) = check(changed(tmp_path, file, old, new))
    assert (found.file, found.key) == (PORTAL, "kept, order")
    assert f"hace {least} días" in found.rule
    assert f"{least} o más" in found.remedy


def test_days_that_just_suffice_are_none(tmp_path: Path) -> None:
    """Fifteen years of 365 days, as rows are counted."""
    assert list(check(changed(tmp_path, PORTAL, "  order: 5500\n", "  order: 5475\n"))) == []
