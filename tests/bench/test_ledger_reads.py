"""What a page or document of the portal reads does not grow with the years that lie in the ledger."""

from __future__ import annotations

from pathlib import Path

from tests.bench.bench_portal import measure


def test_a_longer_ledger_is_read_no_more(tmp_path: Path) -> None:
    """A client with two thousand invoices costs as many records as one with two hundred, on every page and for every document."""
    read = []
    for size in (200, 2000):
        folder = tmp_path / str(size)
        folder.mkdir()
        read.append({one.name: one.read for one in measure(folder, size, rounds=1)})
    assert read[0] == read[1] and {"statement, issued", "paz y salvo, issued", "payments page", "payments made"} <= set(read[0])
