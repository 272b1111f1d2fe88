"""What a manual calls by a name is called so: every word it quotes stands in the tables or on the pages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MANUALS = [ROOT / "docs" / "manual" / "cartera.md"]
_PLACES = (("process", "*.yaml"), ("sheets_templates", "*.yaml"), ("functions/expediente/pages", "*.html"))


@pytest.mark.parametrize("manual", MANUALS, ids=lambda path: path.stem)
def test_every_name_in_a_manual_is_on_a_page_or_in_a_table(manual: Path) -> None:
    """Whoever looks for «Plantilla de cartera» or `Entrada` finds something of that name."""
    said = "\n".join(path.read_text(encoding="utf-8") for folder, kind in _PLACES for path in (ROOT / folder).rglob(kind))
    text = manual.read_text(encoding="utf-8")
    quoted = set(re.findall(r"«([^»]+)»", text)) | {part for one in re.findall(r"`([^`]+)`", text) for part in one.split("/")}
    assert len(quoted) > 8
    assert not [name for name in sorted(quoted) if name not in said]


@pytest.mark.parametrize("manual", MANUALS, ids=lambda path: path.stem)
def test_a_manual_is_made_of_tasks(manual: Path) -> None:
    """Words first, then tasks that begin with «Cómo»."""
    heads = re.findall(r"^(##+) (.+)$", manual.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert heads[0] == ("##", "Palabras")
    tasks = [title for level, title in heads if level == "###"]
    assert len(tasks) > 5 and all(title.startswith("Cómo ") for title in tasks)
