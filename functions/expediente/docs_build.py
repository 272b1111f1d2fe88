"""Writes the pages of docs/ that are made from the process: flowcharts, procedures, RACI tables, the settings."""

from __future__ import annotations

from pathlib import Path

from expediente.docs_procedures import file_name, procedure_pages, raci_page
from expediente.docs_settings import settings_page
from expediente.flowchart import mermaid, of_dossiers
from expediente.flowchart_svg import svg
from expediente.process import Process


def pages(process: Process) -> dict[str, str]:
    """File name -> text of every generated page."""
    made = {"settings.md": settings_page()}
    for procedure in (of_dossiers(process), process.receivables):
        made |= {
            file_name(procedure, "flujograma.mmd"): mermaid(process, procedure),
            file_name(procedure, "flujograma.svg"): svg(process, procedure),
            file_name(procedure, "raci.md"): raci_page(process, procedure),
            **procedure_pages(process, procedure),
        }
    return made


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
