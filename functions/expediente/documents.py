"""Papers from delivery to filing: files that come in, the workbook Documentos, what the Encargado says in it.

Only Expedientes and Cumplimiento can open the workbook; Google refuses everybody else. Source: process/documents.yaml.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from pathlib import PurePath
from typing import Any

from expediente import classify, documents_layout, documents_reading, templates
from expediente import sheet_requests as rq
from expediente.documents_layout import FILES, FILES_FIRST_ROW
from expediente.documents_reading import ask_again
from expediente.errors import NotFoundError, RefusedError
from expediente.folder import folder_step, safe_name
from expediente.ids import person_ref
from expediente.model import DeliveredFile, Dossier, Fact, PaperState, State
from expediente.papers import PaperSlot, files_of, paper, slot_of, waived
from expediente.process import Process
from expediente.steps import Attempt, Step, effect
from expediente.store import Create, Update
from expediente.work import View, Work, place_of_role

SHEET = "documents/create"
BUILD = "documents/build"
LISTED = "documents/files/"
NOTES = "documents/notes"
_HERE = folder_step("legal")


# --- facts ---------------------------------------------------------------------------------------------------------------------


def fold_file(work: Work, fact: Fact) -> None:
    """A file appeared in, changed in or left a folder. payload: file_id, name, mime_type, size_bytes, place, gone."""
    said = fact.payload
    known = work.dossier.files.get(said["file_id"])
    if said["gone"]:
        if known is not None and not known.filed:
            _forget_file(work, known.file_id, fact.actor)
        return
    fresh = known or DeliveredFile(said["file_id"], "", said["mime_type"], said["place"], fact.actor, fact.at)
    judged = _judged(work, fresh, fact)
    work.set(files={**work.dossier.files, judged.file_id: judged})
    if judged.papers and not (known and known.papers):
        ask_again(work, judged.papers)
    if known is None:
        _claim_file(work, judged)
        work.record(person_ref(fact.actor), "file_received", file=judged.file_id, place=judged.place)


def _judged(work: Work, file: DeliveredFile, fact: Fact) -> DeliveredFile:
    """The file as it is told now. One that was of no use, or of which nobody knows what it is, is looked at anew."""
    said, process = fact.payload, work.app.process
    renamed = file.name != said["name"]
    now = replace(file, name=said["name"], place=said["place"], mime_type=said["mime_type"])
    if file.filed or file.papers or not (renamed or file.refused):
        return now
    refused = classify.refusal_of(process, said["mime_type"], int(said["size_bytes"]))
    papers = () if refused else classify.guess(process, work.dossier, said["place"], said["name"])
    # Its row in the workbook says what was known before: it is listed once more, over the same row.
    listed = file.listed and (refused, papers) == (file.refused, file.papers)
    return replace(now, papers=papers, refused=refused, listed=listed)


def _claim_file(work: Work, file: DeliveredFile) -> None:
    """Make the file lead back to this dossier, so that it is heard of when it is deleted for good or moved out of our folders."""
    if any(isinstance(write, (Create, Update)) and write.key == f"drive/{file.file_id}" for write in work.writes):
        return
    claim = work.store.get("unique", f"drive/{file.file_id}")
    if claim is None:
        work.claim_drive_id(file.file_id, f"file/{file.place}")
    elif claim.data["dossier_id"] != work.dossier.dossier_id:
        # It was moved here from another dossier, which hears of it by the same change.
        data = place_of_role(work.dossier.dossier_id, f"file/{file.place}")
        work.writes.append(Update("unique", claim.key, data, claim.version))


def _forget_file(work: Work, file_id: str, actor: str) -> None:
    work.set(files={key: file for key, file in work.dossier.files.items() if key != file_id})
    work.record(person_ref(actor) if actor else "expediente", "file_removed", file=file_id)


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
    """The workbook, rows for new files, our notes, and the filing of verified papers; in force, of those that are renewed."""
    dossier = view.dossier
    if dossier.state not in (State.COLLECTING, State.CONFIRMING, State.ACTIVE):
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
    """Rows for papers that an edited form asks for, and names as it spells them now; a paper no longer asked for keeps its row."""
    dossier, template = view.dossier, templates.documents(view.process.folder)
    if dossier.data_version == 1:
        return []
    slots = documents_layout.layout(view.process, template, dossier).slots
    args = {
        "spreadsheet_id": f"${SHEET}:file_id",
        "rows": {f"paper:{slot.key}": (slot.rule.label, slot.about) for slot in slots},
        "pending": template.states["pending"],
        "tab": template.files.tab,
        "options": documents_layout.file_options(view.process, template, dossier),
        "prepared": template.files.rows,
        "chosen": documents_layout.chosen_titles(view.process, template, dossier),
    }
    return [Step(documents_reading.papers_step(dossier), "add_papers", args, lane="documents")]


def _list_files(view: View) -> list[Step]:
    dossier, process = view.dossier, view.process
    fresh = [file for file in dossier.files.values() if file.place == classify.DELIVERY and not file.listed and not file.filed]
    if not fresh:
        return []
    rows = documents_layout.file_rows(process, templates.documents(process.folder), dossier, fresh)
    unknown = [file.file_id for file in fresh if not file.papers and not file.refused]
    args = {
        "spreadsheet_id": f"${SHEET}:file_id",
        "files": [file.file_id for file in fresh],
        "rows": rows,
        "unclassified": unknown,
        "vacant": templates.documents(process.folder).files.unclassified,
    }
    return [Step(_round(dossier, f"{LISTED}{short_hash(file.file_id for file in fresh)}"), "list_files", args, lane="documents")]


def short_hash(names: Iterable[str]) -> str:
    """A short name for several things, in whatever order they come."""
    return hashlib.sha256("\n".join(sorted(names)).encode()).hexdigest()[:12]


def _round(dossier: Dossier, key: str) -> str:
    """The same may be wanted again, as when a file comes back from the trash: each time is a step of its own."""
    number = 1
    while dossier.done(f"{key}/{number}"):
        number += 1
    return f"{key}/{number}"


def _write_notes(view: View) -> list[Step]:
    if view.dossier.note_round == 0:
        return []
    template = templates.documents(view.process.folder)
    args = {
        "spreadsheet_id": f"${SHEET}:file_id",
        "notes": documents_layout.made_notes(view.process, template, view.dossier)
        | view.dossier.notes
        | documents_layout.waiver_notes(view.process, template, view.dossier),
        "resets": list(view.dossier.resets),
        "states": {f"paper:{key}": template.states[paper(view.dossier, key).state.value] for key in view.dossier.resets},
    }
    return [Step(f"{NOTES}/{view.dossier.note_round}", "write_notes", args, lane="documents")]


def _file_papers(view: View) -> list[Step]:
    dossier, steps = view.dossier, []
    for file in dossier.files.values():
        slot, place = _verified_slot(view, file), place_of(view.process, file.papers)
        if slot is None or file.refused or not _is_to_move(view.process, file, place):
            continue
        siblings = files_of(dossier, slot.key)
        number = f" ({siblings.index(file.file_id) + 1})" if len(siblings) > 1 else ""
        # A company's name often ends in a full stop of its own: "S.A.".
        client = safe_name(dossier.intake.client.legal_name, 60).rstrip(".")
        name = f"{safe_name(slot.title, 100)}{number} · {client}{PurePath(file.name).suffix.lower()}"
        to, here = folder_step(place), folder_step(file.place)
        args = {"file_id": file.file_id, "to": f"${to}:file_id", "from_": f"${here}:file_id", "name": name, "place": place}
        steps.append(Step(_round(dossier, f"file/{file.file_id}"), "file_paper", args, after=(to,)))
    return steps


def _verified_slot(view: View, file: DeliveredFile) -> PaperSlot | None:
    """The first verified paper that the file serves; it gives the name."""
    dossier = view.dossier
    slots = (slot_of(view.process, dossier.intake, key) for key in file.papers)
    return next((slot for slot in slots if slot and paper(dossier, slot.key).state is PaperState.VERIFIED), None)


def place_of(process: Process, keys: Iterable[str]) -> str:
    """Where a file that serves these papers may lie: a limited folder before an open one; '' where no folder suits them all."""
    kinds = {key.split(":")[0] for key in keys}
    places = list(dict.fromkeys(rule.place for rule in process.documents if rule.key in kinds))
    limited = [place for place in places if _is_limited(process, place)]
    if len(limited) > 1:
        return ""
    return (limited or places or [""])[0]


def _is_limited(process: Process, place: str) -> bool:
    return any(rule.limited for rule in process.access.folders if rule.key == place)


def _is_to_move(process: Process, file: DeliveredFile, place: str) -> bool:
    """From the delivery folder, and out of an open folder when it has turned out to serve a paper that only few may read."""
    if not place or place == file.place:
        return False
    return file.place == classify.DELIVERY or (
        file.filed and _is_limited(process, place) and not _is_limited(process, file.place)
    )


def applied(work: Work, step: Step, result: dict[str, str]) -> None:
    """Remember which files stand in the workbook and which are filed.

    A workbook that we have written is read once more: what a person typed shortly before stands in the feed under our name.
    """
    files = dict(work.dossier.files)
    if step.effect == "file_paper":
        file_id = str(step.args["file_id"])
        if "gone" in result:
            _forget_file(work, file_id, "")
        elif file_id in files:
            files[file_id] = replace(files[file_id], filed=True, place=str(step.args["place"]), name=str(step.args["name"]))
            work.set(files=files)
    elif step.effect in ("list_files", "write_notes", "add_papers"):
        for file_id in step.args.get("files", ()):
            if file_id in files:
                files[file_id] = replace(files[file_id], listed=True)
        if step.effect == "write_notes":
            # What an earlier run began to write and died over is written over now.
            begun = f"{NOTES}/"
            records = work.dossier.steps.items()
            work.set(steps={key: one for key, one in records if not key.startswith(begun) or one.state == "done"})
        written = step.args.get("resets", ())
        resets = tuple(key for key in work.dossier.resets if key not in written)
        work.set(files=files, resets=resets, stale=tuple(dict.fromkeys((*work.dossier.stale, "documents"))))


def is_complete(dossier: Dossier, slots: list[str]) -> bool:
    """Whether every paper has at least one file, is verified or waived, and none is returned whose correction has not come."""
    states = {key: paper(dossier, key).state for key in slots}
    there = all(files_of(dossier, key) or state is PaperState.VERIFIED or waived(dossier, key) for key, state in states.items())
    return there and PaperState.RETURNED not in states.values()


# --- effects -------------------------------------------------------------------------------------------------------------------


def _columns(attempt: Attempt, *names: str) -> list[Any]:
    from expediente.google.sheets import ColumnLookup

    lookups = [ColumnLookup(rq.COLUMN_KEY, name) for name in names]
    return attempt.google.sheets.read_columns(attempt.args["spreadsheet_id"], lookups)


@effect("list_files")
def list_files(attempt: Attempt) -> dict[str, str]:
    """Add rows for files below those that stand there: one read, one write. Gives the ids of those that are not classified.

    Reading first makes a repeat harmless: a file whose id stands in the tab is not added again. Its row is written anew, except
    for the papers that a person has chosen there.
    """
    args = attempt.args
    listed, chosen = _columns(attempt, "files.key", "files.paper_1")
    there = {key: row for row, key in enumerate(listed.values)} if listed else {}
    requests, rows = [], []
    for file_id, cells in zip(args["files"], args["rows"], strict=True):
        if file_id not in there:
            rows.append(cells)
            continue
        row = there[file_id]
        vacant = chosen is None or chosen.at(row) in (None, "", args["vacant"])
        requests += documents_layout.row_again(row, cells, with_papers=vacant)
    if rows:
        first = max(FILES_FIRST_ROW, len(listed.values) if listed else 0)
        requests.append(rq.write_rows(FILES, first, 0, rows))
    if requests:
        attempt.google.sheets.batch_update(args["spreadsheet_id"], requests)
    return {"unclassified": ",".join(args["unclassified"])}


@effect("add_papers")
def add_papers(attempt: Attempt) -> dict[str, str]:
    """Make both tabs say what an edited form asks for; absolute, so a repeat is harmless.

    Names are written anew and rows inserted for papers that have none, inside the list so that drop-downs, colours and protections
    grow with it. The tab of files offers the new titles, and what was chosen under an old one is chosen under the new.
    """
    args = attempt.args
    keys, files, *chosen = _columns(attempt, "papers.key", "files.key", *[f"files.{name}" for name in documents_layout.CHOSEN])
    if keys is None:
        return {}
    requests = documents_layout.named_again(keys.values, args["rows"])
    requests += documents_layout.offered(args["options"], args["prepared"])
    for row, file_id in enumerate(files.values if files else ()):
        said = [str((column.at(row) if column else "") or "") for column in chosen]
        if file_id in args["chosen"] and any(title and title not in args["options"] for title in said):
            requests.append(documents_layout.chosen_again(row, args["chosen"][file_id]))
    missing = [(key, *row) for key, row in args["rows"].items() if key not in keys.values]
    last = max((n for n, key in enumerate(keys.values) if str(key).startswith("paper:")), default=-1)
    if missing and last >= 0:
        requests += documents_layout.added_papers(last, missing, args["pending"], args["tab"])
    attempt.google.sheets.batch_update(args["spreadsheet_id"], requests)
    return {}


@effect("write_notes")
def write_notes(attempt: Attempt) -> dict[str, str]:
    """Make the column of our notes say exactly what is wanted, and rows the state that we keep; absolute, so a repeat is harmless."""
    from expediente.google.sheets import ColumnLookup

    args = attempt.args
    keys, notes = _columns(attempt, "papers.key", "papers.notice")
    if keys is None or notes is None:
        return {}
    names = [str(key) for key in keys.values]
    wanted = [args["notes"].get(name, "") if name.startswith(("field:", "paper:")) else None for name in names]
    states = [args["states"].get(name) for name in names]
    columns = [(ColumnLookup(rq.COLUMN_KEY, "papers.notice"), wanted)]
    if any(states):
        columns.append((ColumnLookup(rq.COLUMN_KEY, "papers.state"), states))
    attempt.google.sheets.write_columns(args["spreadsheet_id"], columns)
    return {}


@effect("file_paper")
def file_paper(attempt: Attempt) -> dict[str, str]:
    """Rename a verified file and move it to its folder in one call; absolute, so a repeat is harmless.

    People may have moved it meanwhile: then it is moved from where it lies. One that is gone for good is told as `gone`.
    """
    args, drive = attempt.args, attempt.google.drive
    if not attempt.doubt:
        try:
            drive.move(args["file_id"], args["to"], args["from_"], args["name"])
            return {}
        except (RefusedError, NotFoundError):
            pass
    try:
        here = drive.get_file(args["file_id"]).parents
    except NotFoundError:
        return {"gone": args["file_id"]}
    # The same folder twice is a plain renaming.
    drive.move(args["file_id"], args["to"], args["to"] if args["to"] in here else (*here, args["from_"])[0], args["name"])
    return {}
