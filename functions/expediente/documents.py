"""Papers from delivery to filing: files that come in, the workbook Documentos, what the Encargado says in it.

Only Expedientes and Cumplimiento can open the workbook; Google refuses everybody else. Source: process/documents.yaml.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePath
from typing import Any

from expediente import classify, documents_layout, documents_reading, templates
from expediente import sheet_requests as rq
from expediente.documents_layout import FILES, FILES_FIRST_ROW
from expediente.folder import folder_step, safe_name
from expediente.ids import person_ref
from expediente.model import ComplianceState, DeliveredFile, Dossier, Fact, PaperState, State
from expediente.papers import delivered, files_of, paper, slot_of
from expediente.steps import Attempt, Step, effect
from expediente.work import View, Work

SHEET = "documents/create"
BUILD = "documents/build"
_HERE = folder_step("legal")


# --- facts ---------------------------------------------------------------------------------------------------------------------


def fold_file(work: Work, fact: Fact) -> None:
    """A file appeared in, changed in or left a folder. payload: file_id, name, mime_type, size_bytes, place, gone."""
    said, files = fact.payload, dict(work.dossier.files)
    known = files.get(said["file_id"])
    if said["gone"]:
        if known is not None and not known.filed:
            del files[said["file_id"]]
            work.set(files=files)
            work.record(person_ref(fact.actor), "file_removed", file=said["file_id"])
        return
    if known is not None:
        files[known.file_id] = replace(known, name=said["name"])
        work.set(files=files)
        return
    process = work.app.process
    refused = classify.refusal_of(process, said["mime_type"], int(said["size_bytes"]))
    papers = () if refused else classify.guess(process, work.dossier, said["place"], said["name"])
    files[said["file_id"]] = DeliveredFile(
        said["file_id"], said["name"], said["mime_type"], said["place"], fact.actor, fact.at, papers, refused=refused
    )
    work.set(files=files)
    _ask_again(work, papers)
    work.record(person_ref(fact.actor), "file_received", file=said["file_id"], place=said["place"])


def _ask_again(work: Work, keys: tuple[str, ...]) -> None:
    """A returned paper that comes again waits for the Encargado again."""
    for key in keys:
        known = paper(work.dossier, key)
        if known.state is PaperState.RETURNED:
            work.set(papers={**work.dossier.papers, key: replace(known, state=PaperState.PENDING)})
            put_back_to_pending(work, key)


def put_back_to_pending(work: Work, key: str) -> None:
    """Have the row of a paper say *Pendiente* again in the workbook."""
    work.set(resets=(*work.dossier.resets, key), note_round=work.dossier.note_round + 1)


def fold_workbook(work: Work, fact: Fact) -> None:
    """Somebody edited a workbook: read it in this run. payload: workbook (`documents` | `control_sheet`)."""
    name = fact.payload["workbook"]
    work.set(stale=tuple(dict.fromkeys((*work.dossier.stale, name))), stale_by={**work.dossier.stale_by, name: fact.actor})


def read(work: Work) -> None:
    """Read the workbook and take what the Encargado has said in it."""
    if work.dossier.done(BUILD):
        documents_reading.read(work)


# --- plan ----------------------------------------------------------------------------------------------------------------------


def plan(view: View) -> list[Step]:
    """The workbook, rows for new files, our notes, and the filing of verified papers."""
    dossier = view.dossier
    if dossier.state not in (State.COLLECTING, State.CONFIRMING):
        return []
    steps = _make(view)
    if dossier.done(BUILD):
        steps += _add_papers(view) + _list_files(view) + _write_notes(view)
    return steps + _file_papers(view)


def _make(view: View) -> list[Step]:
    dossier, process = view.dossier, view.process
    template = templates.documents(process.folder)
    name = template.file_name.format(client=safe_name(dossier.intake.client.legal_name, 60), dossier=dossier.dossier_id)
    create = {"name": name, "parent_id": f"${_HERE}:file_id", "dossier_id": dossier.dossier_id, "mark": "documents"}
    build: dict[str, Any] = {"spreadsheet_id": f"${SHEET}:file_id"}
    if not dossier.done(BUILD):
        plan_of_sheet = documents_layout.layout(process, template, dossier)
        build["requests"] = documents_layout.requests(plan_of_sheet, view.robot, process.group_of("expedientes"))
    return [Step(SHEET, "create_spreadsheet", create, after=(_HERE,)), Step(BUILD, "build_spreadsheet", build, after=(SHEET,))]


def _add_papers(view: View) -> list[Step]:
    """Rows for papers that an edited form asks for; a paper that is asked for no longer keeps its row."""
    dossier = view.dossier
    if dossier.data_version == 1:
        return []
    plan_of_sheet = documents_layout.layout(view.process, templates.documents(view.process.folder), dossier)
    rows = {f"paper:{slot.key}": (slot.rule.label, slot.about) for slot in plan_of_sheet.slots}
    template = templates.documents(view.process.folder)
    args = {"spreadsheet_id": f"${SHEET}:file_id", "rows": rows, "pending": template.states["pending"], "tab": template.files.tab}
    return [Step(f"documents/papers/{dossier.data_version}", "add_papers", args, lane="documents")]


def _list_files(view: View) -> list[Step]:
    dossier, process = view.dossier, view.process
    fresh = [file for file in dossier.files.values() if file.place == classify.DELIVERY and not file.listed and not file.filed]
    if not fresh:
        return []
    rows = documents_layout.file_rows(process, templates.documents(process.folder), dossier, fresh)
    args = {"spreadsheet_id": f"${SHEET}:file_id", "files": [file.file_id for file in fresh], "rows": rows}
    return [Step(f"documents/files/{fresh[0].file_id}", "list_files", args, lane="documents")]


def _write_notes(view: View) -> list[Step]:
    if view.dossier.note_round == 0:
        return []
    pending = templates.documents(view.process.folder).states["pending"]
    args = {
        "spreadsheet_id": f"${SHEET}:file_id",
        "notes": dict(view.dossier.notes),
        "resets": list(view.dossier.resets),
        "pending": pending,
    }
    return [Step(f"documents/notes/{view.dossier.note_round}", "write_notes", args, lane="documents")]


def _file_papers(view: View) -> list[Step]:
    dossier, steps = view.dossier, []
    for file in dossier.files.values():
        verified = [key for key in file.papers if paper(dossier, key).state is PaperState.VERIFIED]
        slot = slot_of(view.process, dossier.intake, verified[0]) if verified else None
        if slot is None or file.filed or file.refused or file.place != classify.DELIVERY:
            continue
        siblings = files_of(dossier, slot.key)
        number = f" ({siblings.index(file.file_id) + 1})" if len(siblings) > 1 else ""
        name = f"{safe_name(slot.title, 100)}{number} · {safe_name(dossier.intake.client.legal_name, 60)}{PurePath(file.name).suffix.lower()}"
        to, here = folder_step(slot.rule.place), folder_step(file.place)
        args = {
            "file_id": file.file_id,
            "to": f"${to}:file_id",
            "from_": f"${here}:file_id",
            "name": name,
            "place": slot.rule.place,
        }
        steps.append(Step(f"file/{file.file_id}", "file_paper", args, after=(to,)))
    return steps


def applied(work: Work, step: Step, result: dict[str, str]) -> None:
    """Remember which files stand in the workbook and which are filed.

    A workbook that we have written is read once more: what a person typed shortly before stands in the feed under our name.
    """
    files = dict(work.dossier.files)
    if step.effect == "file_paper":
        file_id = str(step.args["file_id"])
        files[file_id] = replace(files[file_id], filed=True, place=str(step.args["place"]), name=str(step.args["name"]))
        work.set(files=files)
    elif step.effect in ("list_files", "write_notes", "add_papers"):
        for file_id in step.args.get("files", ()):
            if file_id in files:
                files[file_id] = replace(files[file_id], listed=True)
        written = step.args.get("resets", ())
        resets = tuple(key for key in work.dossier.resets if key not in written)
        work.set(files=files, resets=resets, stale=tuple(dict.fromkeys((*work.dossier.stale, "documents"))))


def is_complete(dossier: Dossier, slots: list[str]) -> bool:
    """Whether every paper has at least one file or is verified."""
    return all(files_of(dossier, key) or paper(dossier, key).state is PaperState.VERIFIED for key in slots)


# --- effects -------------------------------------------------------------------------------------------------------------------


def _columns(attempt: Attempt, *names: str) -> list[Any]:
    from expediente.google.sheets import ColumnLookup

    lookups = [ColumnLookup(rq.COLUMN_KEY, name) for name in names]
    return attempt.google.sheets.read_columns(attempt.args["spreadsheet_id"], lookups)


@effect("list_files")
def list_files(attempt: Attempt) -> dict[str, str]:
    """Add rows for files below those that stand there: one read, one write.

    Reading first makes a repeat harmless: a file whose id stands in the tab is not added again.
    """
    args = attempt.args
    (listed,) = _columns(attempt, "files.key")
    there = set(listed.values) if listed else set()
    rows = [row for file_id, row in zip(args["files"], args["rows"], strict=True) if file_id not in there]
    if rows:
        first = max(FILES_FIRST_ROW, len(listed.values) if listed else 0)
        attempt.google.sheets.batch_update(args["spreadsheet_id"], [rq.write_rows(FILES, first, 0, rows)])
    return {}


@effect("add_papers")
def add_papers(attempt: Attempt) -> dict[str, str]:
    """Insert rows for papers that have none, inside the list so that drop-downs, colours and protections grow with it."""
    args = attempt.args
    (keys,) = _columns(attempt, "papers.key")
    if keys is None:
        return {}
    missing = [(key, *row) for key, row in args["rows"].items() if key not in keys.values]
    last = max((n for n, key in enumerate(keys.values) if str(key).startswith("paper:")), default=-1)
    if missing and last >= 0:
        attempt.google.sheets.batch_update(
            args["spreadsheet_id"], documents_layout.added_papers(last, missing, args["pending"], args["tab"])
        )
    return {}


@effect("write_notes")
def write_notes(attempt: Attempt) -> dict[str, str]:
    """Make the column of our notes say exactly what is wanted, and put rows back to pending; absolute, so a repeat is harmless."""
    from expediente.google.sheets import ColumnLookup

    args = attempt.args
    keys, notes = _columns(attempt, "papers.key", "papers.notice")
    if keys is None or notes is None:
        return {}
    names = [str(key) for key in keys.values]
    wanted = [args["notes"].get(name, "") if name.startswith(("field:", "paper:")) else None for name in names]
    resets = {f"paper:{key}" for key in args["resets"]}
    states = [args["pending"] if name in resets else None for name in names]
    columns = [(ColumnLookup(rq.COLUMN_KEY, "papers.notice"), wanted)]
    if any(states):
        columns.append((ColumnLookup(rq.COLUMN_KEY, "papers.state"), states))
    attempt.google.sheets.write_columns(args["spreadsheet_id"], columns)
    return {}


@effect("file_paper")
def file_paper(attempt: Attempt) -> dict[str, str]:
    """Rename a verified file and move it to its folder in one call; absolute, so a repeat is harmless."""
    args, drive = attempt.args, attempt.google.drive
    if not attempt.doubt or args["to"] not in drive.get_file(args["file_id"]).parents:
        drive.move(args["file_id"], args["to"], args["from_"], args["name"])
    return {}
