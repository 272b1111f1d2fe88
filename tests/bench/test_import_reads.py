"""What a file of Cartera costs does not grow with what lies in the ledger."""

from __future__ import annotations

from pathlib import Path

from tests.bench.bench_import import import_of


def test_a_longer_ledger_makes_an_import_no_dearer(tmp_path: Path) -> None:
    """A thousand rows take as many commits and round trips beside nothing as beside three thousand invoices; no batch is over four hundred writes."""
    found = []
    for known in (0, 3000):
        folder = tmp_path / str(known)
        folder.mkdir()
        found.append(import_of(folder, known, 1000))
    assert (found[0].commits, found[0].trips) == (found[1].commits, found[1].trips)
    assert found[0].commits <= 20
    assert found[0].trips <= 100
