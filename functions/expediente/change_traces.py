"""What a change in force leaves outside the records: a line for Denarius, the new data in the control sheet, a copy of the sheet."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from expediente import control_layout, templates
from expediente import sheet_requests as rq
from expediente.activate import SHEET, reopening, sheet_is_open
from expediente.change_data import Change, ChangeState
from expediente.change_rules import change_rules, kind_of
from expediente.control_sheet import BUILD
from expediente.errors import NotFoundError
from expediente.folder import HOME_OF_SHEETS, folder_step
from expediente.model import State
from expediente.steps import Attempt, Step, effect
from expediente.texts import looks_like_formula
from expediente.work import View

_ASPECT = "aspect:"
_PHONE = re.compile(r"\+?[0-9]+")


def plan(view: View) -> list[Step]:
    """A line for Denarius a change in force; the sheet made to say what the data say, and kept once it is frozen again."""
    return [*_exports(view), *_sheet(view)]


# --- Denarius ------------------------------------------------------------------------------------------------------------------


def _exports(view: View) -> Iterator[Step]:
    dossier, texts = view.dossier, change_rules(view.process.folder).texts
    for change in dossier.changes.values():
        home = folder_step(kind_of(view.process, change).place)
        if change.state is ChangeState.IN_FORCE and dossier.done(home):
            args = {
                "name": texts["export_name"].format(code=dossier.denarius_code, change=change.change_id),
                "parent_id": f"${home}:file_id",
                "dossier_id": dossier.dossier_id,
                "content": export(view, change),
            }
            yield Step(f"denarius/{change.change_id}", "keep_export", args, wants_id=True)


def export(view: View, change: Change) -> str:
    """The change as a table for Denarius: a heading, and a line a value. Values are those of the change and never move."""
    dossier, texts = view.dossier, change_rules(view.process.folder).texts
    day = change.valid_from or (change.in_force_at or change.asked_at).date()
    said = io.StringIO()
    table = csv.writer(said, lineterminator="\r\n")
    table.writerow(texts["export_columns"].split(","))
    amendments = [(one.path, one.old, one.new) for one in change.amendments] or [(change.point, None, change.kind)]
    for path, old, new in amendments:
        line = [dossier.denarius_code, dossier.intake.client.ruc, change.change_id, change.kind, path, _plain(old), _plain(new)]
        table.writerow([_safe(cell) for cell in (*line, day.isoformat(), change.decided_by)])
    return said.getvalue()


def _plain(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)


def _safe(cell: str) -> str:
    """The cell with a quote before what a spreadsheet takes for a formula; a telephone is none."""
    return f"'{cell}" if looks_like_formula(cell) and not _PHONE.fullmatch(cell) else cell


@effect("keep_export")
def keep_export(attempt: Attempt) -> dict[str, str]:
    """Store a table under an id given beforehand; one that a lost answer has left there is the same."""
    args, drive = attempt.args, attempt.google.drive
    content = args["content"].encode("utf-8-sig")
    result = {"sha256": hashlib.sha256(content).hexdigest()}
    if attempt.doubt:
        try:
            drive.get_file(attempt.file_id)
        except NotFoundError:
            pass
        else:
            return result
    marks = {"dossier": args["dossier_id"], "step": attempt.step.key[:60]}
    drive.upload(attempt.file_id, args["name"], args["parent_id"], "text/csv", content, marks)
    return result


# --- the control sheet ---------------------------------------------------------------------------------------------------------


def _sheet(view: View) -> Iterator[Step]:
    dossier, process = view.dossier, view.process
    versions = [change.data_version for change in dossier.changes.values() if change.data_version]
    versions += [dossier.welcome.data_version] if dossier.welcome.data_version else []
    if not versions or not dossier.done(BUILD) or dossier.state not in (State.CONFIRMING, State.ACTIVE):
        return
    key = f"control_sheet/aspects/{max(versions)}"
    if sheet_is_open(process, dossier):
        plan_of_today = control_layout.layout(process, templates.control_sheet(process.folder), dossier)
        said = {row.key: (row.label, row.text) for row in plan_of_today.rows if row.key.startswith(_ASPECT)}
        args = {"spreadsheet_id": f"${SHEET}:file_id", "area": process.areas[0].key, "said": said, "none": process.labels["none"]}
        yield Step(key, "write_aspects", args, after=reopening(dossier), lane="control_sheet")
    elif dossier.state is State.ACTIVE and dossier.done(key):
        name = process.labels["control_sheet_pdf_again"].format(dossier=dossier.dossier_id, number=f"v{max(versions)}")
        parent = f"${folder_step(HOME_OF_SHEETS)}:file_id"
        args = {"file_id": f"${SHEET}:file_id", "parent_id": parent, "name": name, "dossier_id": dossier.dossier_id}
        args["bucket"] = view.archive_bucket
        yield Step(f"control_sheet/pdf_version/{max(versions)}", "keep_pdf", args, wants_id=True)


def texts_of_today(keys: Sequence[Any], said: Mapping[str, tuple[str, str]], none: str) -> list[str | None]:
    """What stands beside each row of the sheet, None = leave it. The rows are those of the day on which the sheet was built.

    With one point rows speak of it alone; points that came later are told in the last row of their aspect.
    """
    rows = [str(key) if str(key or "").startswith(_ASPECT) else "" for key in keys]
    found: list[str | None] = []
    for number, key in enumerate(rows):
        base = key.partition("/")[0]
        last = base not in (later.partition("/")[0] for later in rows[number + 1 :])
        own = [said[key][1]] if key in said else []
        others = [f"{label}\n{text}" for name, (label, text) in said.items() if name.startswith(f"{base}/") and name not in rows]
        found.append("\n".join([*own, *(others if last else [])]) or none if key else None)
    return found


@effect("write_aspects")
def write_aspects(attempt: Attempt) -> dict[str, str]:
    """Write what the areas read; absolute, so a repeat is harmless."""
    from expediente.google.sheets import ColumnLookup

    args, sheets = attempt.args, attempt.google.sheets
    lookups = [ColumnLookup(rq.COLUMN_KEY, "keys"), ColumnLookup(rq.COLUMN_KEY, f"area:{args['area']}")]
    keys, column = sheets.read_columns(args["spreadsheet_id"], lookups)
    if keys is not None and column is not None:
        sheets.write_column(args["spreadsheet_id"], lookups[1], texts_of_today(keys.values, args["said"], args["none"]))
    return {}
