"""Writes the pages of docs/ that are made from the process: the flowchart, the procedures, the RACI table, the settings."""

from __future__ import annotations

from pathlib import Path

from expediente.docs_procedures import RACI, procedure_pages, raci_page
from expediente.docs_settings import settings_page
from expediente.flowchart import mermaid
from expediente.flowchart_svg import svg
from expediente.process import Process


def pages(process: Process) -> dict[str, str]:
    """File name -> text of every generated page."""
    return {
        "flujograma.mmd": mermaid(process),
        "flujograma.svg": svg(process),
        "settings.md": settings_page(),
        RACI: raci_page(process),
        **procedure_pages(process),
    }


def build(process: Process, out: Path) -> list[Path]:
    """Write the generated pages into the folder `out`; gives the files whose text changed."""
    out.mkdir(parents=True, exist_ok=True)
    changed = []
    for name, text in pages(process).items():
        path = out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            changed.append(path)
    return changed
