"""A copy of the tables that a test may spoil."""

from __future__ import annotations

import shutil
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("process", "forms", "sheets_templates")


def copied(target: Path) -> Path:
    """Copy the tables into `target` and give it back."""
    for folder in FOLDERS:
        shutil.copytree(ROOT / folder, target / folder)
    return target


def changed(target: Path, file: str, old: str, new: str) -> Path:
    """A copy of the tables in which `old`, which must stand there, reads `new`."""
    root = target if (target / "process").exists() else copied(target)
    path = root / file
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{old!r} is not in {file}"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return root
