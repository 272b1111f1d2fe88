"""The cover sheet of the binder: code, QR, where the binder stands, the check list with its states. Made anew when these change.

What it says stands in `process/cover_sheet.yaml`; it lies where that says, in a folder of which access.yaml says who reads it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

from expediente import templates
from expediente.folder import folder_step
from expediente.made import content_hash
from expediente.made_blocks import Code, Grid, GridColumn, Heading, MadeDocument
from expediente.made_rules import Filler, known_names, names_in
from expediente.model import Dossier, PaperState, State
from expediente.papers import PaperSlot, files_of, paper, required_papers
from expediente.process import Process
from expediente.process_rules import Finding, near
from expediente.steps import Step
from expediente.tables import read_table, typed
from expediente.wanted import page_link
from expediente.work import View

FILE = Path("process") / "cover_sheet.yaml"
PAGE = "expediente"
_MARK = "cover_sheet"
_TICKED, _OPEN = "☑", "☐"


@dataclass(frozen=True)
class CoverColumn:
    """A column of the check list. width: relative to its neighbours."""

    label: str
    width: int


@dataclass(frozen=True)
class CoverPapers:
    """The check list. columns: of check, paper, about, state, issued, expires, from left to right."""

    heading: str
    columns: dict[str, CoverColumn]


@dataclass(frozen=True)
class CoverRule:
    """`cover_sheet.yaml`. headline, caption: beside the QR; blank: where the data says nothing."""

    place: str
    file_name: str
    title: str
    subtitle: str
    headline: str
    caption: str
    blank: str
    lines: dict[str, str]
    papers: CoverPapers


@lru_cache(maxsize=4)
def cover_rule(root: Path) -> CoverRule:
    """The table under `root` (`Process.folder`), read once.

    :raises ConfigurationError: it is no table or has the wrong shape.
    """
    return typed(read_table(root / FILE), CoverRule, FILE.name)


def check_cover(process: Process) -> Iterator[Finding]:
    """What is wrong with the cover sheet: names that mean nothing, a folder that is not there or that too many read."""
    rule = cover_rule(process.folder)
    for text in (rule.title, rule.subtitle, rule.headline, rule.caption, *rule.lines.values()):
        for name in names_in(text):
            if name not in known_names():
                yield Finding(str(FILE), name, text, "la carátula usa un dato que no existe", near(name, known_names()))
    folders = {one.key: one for one in process.access.folders}
    if rule.place not in folders:
        yield Finding(str(FILE), "place", rule.place, "no existe una carpeta con esa clave", near(rule.place, folders))
    elif not folders[rule.place].limited or folders[rule.place].drive != "dossiers":
        remedy = "Elija una carpeta con limited: true de la unidad de expedientes."
        yield Finding(str(FILE), "place", rule.place, "la carátula lleva nombres y esa carpeta la leen muchos", remedy)


def plan(view: View) -> list[Step]:
    """The cover sheet from the first code or place of the binder on, and anew when what it says has changed."""
    dossier, rule = view.dossier, cover_rule(view.process.folder)
    known = dossier.denarius_code or dossier.physical_location
    if not known or dossier.state not in (State.COLLECTING, State.CONFIRMING, State.ACTIVE):
        return []
    content = cover(view, rule)
    digest, number = content_hash(content), 0
    while dossier.done(f"{_MARK}/{number + 1}"):
        number += 1
    if number and dossier.steps[f"{_MARK}/{number}"].result["content"] == digest:
        return []
    here, first = folder_step(rule.place), f"{_MARK}/1"
    args = {"document": content, "content": digest, "version": str(dossier.data_version), "tell": ""}
    if not number:
        args |= {"name": rule.file_name, "parent_id": f"${here}:file_id", "dossier_id": dossier.dossier_id}
        return [Step(first, "make_document", args, after=(here,), wants_id=True)]
    return [Step(f"{_MARK}/{number + 1}", "remake_document", args | {"file_id": f"${first}:file_id"}, lane=first)]


def cover(view: View, rule: CoverRule) -> MadeDocument:
    """The cover sheet of a dossier as it stands now."""
    process, dossier = view.process, view.dossier
    filler = Filler(process, dossier, rule.blank)
    columns = tuple(GridColumn(column.label, column.width, "left") for column in rule.papers.columns.values())
    rows = tuple(tuple(_cells(process, dossier, slot)[name] for name in rule.papers.columns) for slot in _papers(view))
    headline = filler.fill(rule.headline) or rule.blank
    foot = process.labels["made_foot"].format(
        company=process.company.short_name, dossier=dossier.dossier_id, version=dossier.data_version
    )
    return MadeDocument(
        company=process.company.name,
        title=filler.fill(rule.title),
        subtitle=filler.fill(rule.subtitle),
        warning="",
        blocks=(
            Code(page_link(view, PAGE), headline, filler.fill(rule.caption)),
            filler.lines(rule.lines),
            Heading(rule.papers.heading),
            Grid(columns, rows, process.labels["none"]),
        ),
        foot=foot,
        page=process.labels["page"],
        made_at=dossier.opened_at,
    )


def _papers(view: View) -> list[PaperSlot]:
    """The papers of the binder: what the vendedora brings and what the areas add, never an internal one."""
    return required_papers(view.process, view.dossier.intake)


def _cells(process: Process, dossier: Dossier, slot: PaperSlot) -> dict[str, str]:
    known, states = paper(dossier, slot.key), templates.documents(process.folder).states
    # What an area adds is not verified by anybody: it is there or it is not.
    added = slot.rule.given_by != "vendedora" and bool(files_of(dossier, slot.key))
    return {
        "check": _TICKED if added or known.state is PaperState.VERIFIED else _OPEN,
        "paper": slot.rule.label,
        "about": slot.about,
        "state": process.labels["paper_added"] if added else states[known.state.value],
        "issued": _day(known.issued_on),
        "expires": _day(known.expires_on),
    }


def _day(day: date | None) -> str:
    return day.strftime("%d/%m/%Y") if day else ""
