"""infra/buckets.yaml and infra/archive.yaml: what each function may do there, and how long what lies there stays."""

from __future__ import annotations

from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from expediente.archive import years_after
from expediente.settings import Settings

ROOT = Path(__file__).resolve().parents[2]


def _table(name: str) -> dict[str, Any]:
    table: dict[str, Any] = yaml.safe_load((ROOT / "infra" / f"{name}.yaml").read_text(encoding="utf-8"))
    return table


def test_every_bucket_is_named_by_a_setting() -> None:
    """A bucket that no variable names would be one that nobody uses."""
    known = {item.metadata["variable"] for item in fields(Settings)}
    rows = [*_table("buckets")["buckets"].values(), _table("archive")["bucket"]]
    assert {row["setting"] for row in rows} <= known


def test_the_archive_keeps_at_least_as_long_as_the_table_says() -> None:
    """From any day on: nothing can be deleted before `conservar_hasta`, nothing goes by itself, and locking is left to people."""
    row = _table("archive")["bucket"]
    years = yaml.safe_load((ROOT / "process" / "endings.yaml").read_text(encoding="utf-8"))["retention"]["years"]
    days = [date(year, month, 1) for year in range(2024, 2032) for month in (1, 3)] + [date(2028, 2, 29)]
    assert row["retention_days"] >= max((years_after(day, years) - day).days for day in days)
    assert row["retention_locked"] is False and row["delete_after_days"] is None and row["versioning"] is False


def test_the_archive_is_written_and_read_by_the_worker_alone() -> None:
    """Nobody may list, replace or delete there; it is closed to the public."""
    row = _table("archive")["bucket"]
    assert row["may"] == {"work": ["storage.objects.create", "storage.objects.get"]}
    assert set(row["may"]) <= set(_table("functions")["accounts"])
    assert row["uniform_access"] is True and row["public"] is False


def test_the_pages_only_create() -> None:
    """Page and portal cannot read, list, replace or delete what people hand in; the worker reads and deletes; nobody else gets in."""
    may = _table("buckets")["buckets"]["staging"]["may"]
    create = ["storage.objects.create"]
    assert may == {"page": create, "portal": create, "work": ["storage.objects.get", "storage.objects.delete"]}
    assert set(may) <= set(_table("functions")["accounts"])


def test_the_portal_only_reads_invoices() -> None:
    """Invoices are put there by the worker; the portal hands them out and can neither list, replace nor delete one."""
    row = _table("buckets")["buckets"]["client"]
    assert row["may"] == {"portal": ["storage.objects.get"], "work": ["storage.objects.create", "storage.objects.get"]}
    assert row["delete_after_days"] is None


def test_what_nobody_claims_goes_by_itself() -> None:
    """Closed to the public, all of them; what waits for a folder is deleted by age, and what is deleted is gone."""
    rows = _table("buckets")["buckets"]
    assert all(row["uniform_access"] is True and row["public"] is False for row in rows.values())
    staging = rows["staging"]
    assert 7 <= staging["delete_after_days"] <= 60 and staging["soft_delete_days"] == 0
