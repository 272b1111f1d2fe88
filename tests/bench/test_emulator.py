"""The run of `make bench-emulator`, small: it works, and what it counts is right. Speeds are for people to read."""

from __future__ import annotations

from tests.bench import bench_emulator


def test_small_run_measures_what_it_says() -> None:
    """Every request of the memory run is in the ledger; every list holds its folder; the table tells it all."""
    found = bench_emulator.measure(requests=400, dossiers=5, calls=40)
    assert found["ledger"] == 400
    assert [row["call"] for row in found["speeds"]] == [
        "files.create",
        "files.get",
        "values.get",
        "values.update",
        "messages.list",
    ]
    assert [number for number, _ in found["memory"]] == [40, 200, 400]
    assert set(found["lists"]) == {"parent", "property"}
    text = bench_emulator.shown(found)
    assert "5 dossiers (50 files)" in text and "bytes a request" in text
