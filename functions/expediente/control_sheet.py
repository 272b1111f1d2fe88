"""The shared control sheet: made once at hand-over, built in one batch, opened to the areas, read back by its column marks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from expediente import control_layout, marks, templates
from expediente import sheet_requests as rq
from expediente.access import sheet_grants
from expediente.control_layout import CONFIRMS_ROW, OBSERVED_ROW, REASON_ROW, SIGNED_ROW, mark_row
from expediente.errors import RetryLaterError
from expediente.folder import HOME_OF_SHEETS, folder_step, grant_steps, safe_name
from expediente.model import Dossier, State
from expediente.process import Process
from expediente.steps import Attempt, Step, effect
from expediente.work import View, Work

if TYPE_CHECKING:
    from expediente.google.sheets import Sheets

__all__ = ["SHEET", "SIGNED_ROW", "SheetReading", "applied", "mark_row", "plan", "read", "write_cell"]

SHEET = "control_sheet/create"
BUILD = "control_sheet/build"
PLACE = "control_sheet"
SPREADSHEET = "application/vnd.google-apps.spreadsheet"
# How long a spreadsheet that was made may be missing from lists: until then a doubtful creation waits instead of making another.
LIST_LAG_SECONDS = 600


@dataclass(frozen=True)
class SheetReading:
    """The sheet as people have left it. ticks: mark key -> value as read; observed: area -> reason ('' = not observed).

    absent: boxes without a row, such as those of a point that came later; they are signed for on the page alone.
    """

    ticks: dict[str, Any]
    observed: dict[str, str]
    confirms: dict[str, str]
    absent: frozenset[str] = frozenset()


def plan(view: View) -> list[Step]:
    """Create, build, then open the sheet to the areas; in that order, so that nobody sees it unprotected."""
    dossier, process = view.dossier, view.process
    if dossier.state not in (State.CONFIRMING, State.ACTIVE):
        return []
    template = templates.control_sheet(process.folder)
    name = template.file_name.format(client=safe_name(dossier.intake.client.legal_name, 60), dossier=dossier.dossier_id)
    home = folder_step(HOME_OF_SHEETS)
    create = {"name": name, "parent_id": f"${home}:file_id", "dossier_id": dossier.dossier_id, "mark": "control_sheet"}
    build: dict[str, Any] = {"spreadsheet_id": f"${SHEET}:file_id"}
    if not dossier.done(BUILD):
        build["requests"] = control_layout.requests(control_layout.layout(process, template, dossier), view.robot)
    steps = [
        Step(SHEET, "create_spreadsheet", create, after=(home,)),
        Step(BUILD, "build_spreadsheet", build, after=(SHEET,)),
    ]
    return steps + grant_steps(view, sheet_grants(process, dossier, PLACE), PLACE, SHEET, after=(BUILD,))


def applied(work: Work, step: Step, result: dict[str, str]) -> None:
    """Nothing to keep beyond the step's own record: grants are kept by `folder.applied`."""


# --- reading and writing back --------------------------------------------------------------------------------------------------


def read(sheets: Sheets, process: Process, dossier: Dossier) -> SheetReading:
    """Read keys and area columns in one call, wherever they stand now. A column that was deleted reads as empty."""
    from expediente.google.sheets import ColumnLookup

    areas = marks.taking_part(process, dossier)
    lookups = [ColumnLookup(rq.COLUMN_KEY, "keys"), *[ColumnLookup(rq.COLUMN_KEY, f"area:{area.key}") for area in areas]]
    keys, *columns = sheets.read_columns(dossier.file_id(SHEET), lookups)
    rows = {str(key): number for number, key in enumerate(keys.values if keys else ()) if key}
    ticks: dict[str, Any] = {}
    absent: set[str] = set()
    observed, confirms = {}, {}
    for area, column in zip(areas, columns, strict=True):

        def at(row: str, column: Any = column) -> Any:
            return column.at(rows[row]) if column is not None and row in rows else None

        for slot in marks.slots_of(area, dossier):
            ticks[slot.key] = at(mark_row(slot.key))
            if rows and mark_row(slot.key) not in rows:
                absent.add(slot.key)
        reason = str(at(REASON_ROW) or "").strip()
        observed[area.key] = (reason or process.labels["no_reason"]) if at(OBSERVED_ROW) is True else ""
        confirms[area.key] = str(at(CONFIRMS_ROW) or "").strip()
    return SheetReading(ticks, observed, confirms, frozenset(absent))


def write_cell(sheets: Sheets, spreadsheet_id: str, row_key: str, area: str, value: str | bool) -> None:
    """Write one cell of an area's column, found by its keys. A row or column that people deleted is left alone."""
    from expediente.google.sheets import ColumnLookup

    lookups = [ColumnLookup(rq.COLUMN_KEY, "keys"), ColumnLookup(rq.COLUMN_KEY, f"area:{area}")]
    keys, column = sheets.read_columns(spreadsheet_id, lookups)
    if keys is not None and column is not None and row_key in keys.values:
        sheets.write_column(spreadsheet_id, lookups[1], [*[None] * keys.values.index(row_key), value])


# --- effects -------------------------------------------------------------------------------------------------------------------


@effect("create_spreadsheet")
def create_spreadsheet(attempt: Attempt) -> dict[str, str]:
    """Make a spreadsheet in a folder of ours, marked so that a lost answer finds it again.

    Google takes no id for a spreadsheet beforehand and its lists lag: a doubtful attempt that finds none waits before it makes one.
    """
    args, drive = attempt.args, attempt.google.drive
    if attempt.doubt:
        found = drive.find_child(args["parent_id"], "expediente", args["mark"], SPREADSHEET)
        if found:
            for surplus in found[1:]:
                drive.trash(surplus)
            return {"file_id": found[0]}
        if attempt.age_seconds < LIST_LAG_SECONDS:
            raise RetryLaterError("drive.files.list", 200, "not_listed_yet", LIST_LAG_SECONDS - attempt.age_seconds)
    marks_of_ours = {"expediente": args["mark"], "dossier": args["dossier_id"]}
    return {"file_id": drive.create_spreadsheet(args["name"], args["parent_id"], marks_of_ours)}


@effect("build_spreadsheet")
def build_spreadsheet(attempt: Attempt) -> dict[str, str]:
    """Run the one batch that builds a workbook; it is atomic and leaves a mark by which it is known to have run."""
    args, sheets = attempt.args, attempt.google.sheets
    if not attempt.doubt or sheets.get_metadata(args["spreadsheet_id"], rq.BUILT) is None:
        sheets.batch_update(args["spreadsheet_id"], args["requests"])
    return {}
