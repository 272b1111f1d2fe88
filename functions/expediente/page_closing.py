"""The closing page of Expedientes: everything that the closing signature covers, and what is still missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from expediente import control_sheet, fields, marks, papers
from expediente.activate import Missing, closing_hash, missing_for_activation, missing_for_point, standing
from expediente.confirm import mails_sent
from expediente.google.clients import sheet_link
from expediente.mails import Line
from expediente.marks import Known
from expediente.model import Dossier, State
from expediente.page_boxes import Box, boxes, person_name
from expediente.page_facts import FactKind
from expediente.page_form import Posted
from expediente.point_data import PointState
from expediente.process import Area, Person, Process

if TYPE_CHECKING:
    from expediente.bootstrap import App

TEMPLATE = "closing.html"
FACT = FactKind("closing", "closed", "closing_refused")
ROLE = "expedientes"
STATES = (State.COLLECTING, State.CONFIRMING, State.ACTIVE)


@dataclass(frozen=True)
class AreaBoxes:
    """The boxes of an area. observation: its reason, '' if none."""

    label: str
    color: str
    boxes: tuple[Box, ...]
    observation: str


@dataclass(frozen=True)
class PaperLine:
    """A required paper of the dossier. good: verified, or delivered where nobody verifies."""

    title: str
    good: bool


@dataclass(frozen=True)
class PointLines:
    """A service point: what is said of it, its name first. missing: what it lacks, where it is still on its way."""

    lines: tuple[Line, ...]
    state: str
    starts: bool
    missing: tuple[str, ...]


@dataclass(frozen=True)
class ClosingView:
    """What the page shows. content_hash: '' while nothing can be closed. paper_count: verified and required of the hand-over.

    missing: what keeps the closing away; what a single point lacks stands with it.
    """

    dossier: Dossier
    subject: str
    content_hash: str
    accent: str
    missing: tuple[Missing, ...]
    areas: tuple[AreaBoxes, ...]
    papers: tuple[PaperLine, ...]
    paper_count: tuple[int, int]
    data: tuple[Line, ...]
    points: tuple[PointLines, ...]
    acknowledged_by: str
    closed_by: str
    sheet: str


def view(app: App, person: Person, dossier: Dossier, subject: str) -> ClosingView | None:
    """The page, for Expedientes; else None."""
    process = app.process
    if ROLE not in person.roles or dossier.state not in STATES:
        return None
    known = Known(process, dossier, mails_sent(app.store, process, dossier))
    missing, sheet_id = missing_for_activation(process, dossier), dossier.file_id(control_sheet.SHEET)
    return ClosingView(
        dossier=dossier,
        subject="",
        content_hash="" if missing else closing_hash(process, dossier),
        accent="",
        missing=tuple(item for item in missing if item.kind != "state"),
        areas=tuple(_area(known, area) for area in marks.taking_part(process, dossier)),
        papers=_papers(process, dossier),
        paper_count=papers.counts(process, dossier),
        data=_data(process, dossier),
        points=_points(process, dossier),
        acknowledged_by=person_name(process, dossier.acknowledged_by),
        closed_by=person_name(process, dossier.closed_by),
        sheet=sheet_link(sheet_id) if sheet_id else "",
    )


def payload(shown: ClosingView, posted: Posted) -> dict[str, str] | None:
    """What the closing says, as `activate.fold_closing` reads it."""
    return {"hash": posted.content_hash}


def _area(known: Known, area: Area) -> AreaBoxes:
    observation = known.dossier.observations.get(area.key)
    found = boxes(known, marks.slots_of(area, known.dossier))
    return AreaBoxes(area.label, area.color, found, observation.reason if observation else "")


def _papers(process: Process, dossier: Dossier) -> tuple[PaperLine, ...]:
    slots = papers.required_papers(process, dossier.intake)
    lacking = {slot.key for gate in ("handover", "activation") for slot in papers.open_papers(process, dossier, gate)}
    return tuple(PaperLine(slot.title, slot.key not in lacking) for slot in slots)


def _data(process: Process, dossier: Dossier) -> tuple[Line, ...]:
    """What is said of client and order: all of it, since the closing vouches for all of it."""
    paths = [path for path in process.fields if not path.startswith("points.")]
    said = [(path, fields.of_client(process, dossier.intake, path)) for path in paths]
    return tuple(Line(process.fields[path], text) for path, text in said if text)


def _points(process: Process, dossier: Dossier) -> tuple[PointLines, ...]:
    """What is said of each service point, where it stands and what it lacks."""
    paths = [path for path in process.fields if path.startswith("points.")]
    found = []
    for point in dossier.intake.points:
        said = [(path, fields.of_point(process, dossier.intake, point, path)) for path in paths]
        lines = tuple(Line(process.fields[path], text) for path, text in said if text)
        state = standing(process, dossier, point.code)
        lacks = missing_for_point(process, dossier, point.code) if state is PointState.PENDING else []
        missing = tuple(item.label for item in lacks)
        found.append(PointLines(lines, process.point_states[state.value].label, state is PointState.READY, missing))
    return tuple(found)
