"""infra/buckets.yaml: what each function may do with what is handed in, and that nothing stays there for long."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

import yaml

from expediente.settings import Settings

ROOT = Path(__file__).resolve().parents[2]


def _table(name: str) -> dict[str, Any]:
    table: dict[str, Any] = yaml.safe_load((ROOT / "infra" / f"{name}.yaml").read_text(encoding="utf-8"))
    return table


def test_every_bucket_is_named_by_a_setting() -> None:
    """A bucket that no variable names would be one that nobody uses."""
    known = {item.metadata["variable"] for item in fields(Settings)}
    assert {row["setting"] for row in _table("buckets")["buckets"].values()} <= known


def test_the_pages_only_create() -> None:
    """The page cannot read, list, replace or delete what people hand in; the worker reads and deletes; nobody else gets in."""
    may = _table("buckets")["buckets"]["staging"]["may"]
    assert may == {"page": ["storage.objects.create"], "work": ["storage.objects.get", "storage.objects.delete"]}
    assert set(may) <= set(_table("functions")["accounts"])


def test_what_nobody_claims_goes_by_itself() -> None:
    """Closed to the public, deleted by age, and what is deleted is gone."""
    for row in _table("buckets")["buckets"].values():
        assert row["uniform_access"] is True and row["public"] is False
        assert 7 <= row["delete_after_days"] <= 60 and row["soft_delete_days"] == 0


def test_an_upload_fits_into_its_function() -> None:
    """The largest file passes Cloud Run's 32 MB, and eight at once pass the memory of the function, each held four times."""
    page = _table("functions")["functions"]["page"]
    limits = yaml.safe_load((ROOT / "process" / "process.yaml").read_text(encoding="utf-8"))["delivery"]
    assert limits["max_file_mb"] < 32
    assert 8 * 4 * limits["max_file_mb"] + 256 <= page["memory_mb"]
    assert page["timeout_seconds"] >= 300
