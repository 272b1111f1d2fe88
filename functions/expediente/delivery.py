"""Files handed in on the page: taken into the dossier, brought from the staging bucket into `00 Entregar aquí`, taken back.

The page puts the bytes into the bucket and stores a fact; all that follows is planned from records. A file is listed in the workbook
Documentos as one that its person delivered, and stands already as the paper for which it was handed in.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime

from expediente import acts, documents, documents_layout, lifecycle, sniff, templates
from expediente import sheet_requests as rq
from expediente.access import paper_asked
from expediente.arrivals import Arrival, ArrivalState, arrival_key, object_name
from expediente.classify import DELIVERY
from expediente.documents_reading import ask_again
from expediente.errors import NotFoundError
from expediente.folder import folder_step, safe_name
from expediente.ids import person_ref
from expediente.model import DeliveredFile, Dossier, Fact, PaperState, State
from expediente.papers import PaperSlot, paper, required_papers, waived
from expediente.process import Person, Process
from expediente.steps import Attempt, Step, effect
from expediente.work import View, Work

BRINGERS = ("person:vendedora", "role:expedientes")
HANDED_IN, TAKEN_BACK = "delivered", "taken_back"
# The id that Drive gives beforehand is claimed under the step's key: changes that people make to the file are heard of as of any other.
_PLACE, _DROP, _RETRACT, _STRIKE = "file/delivery/", "staging/drop/", "staging/retract/", "documents/struck/"
_LANE = "staging"
_ADDRESS_CHARACTERS = 100


# --- who and what --------------------------------------------------------------------------------------------------------------


def may_hand_in(process: Process, dossier: Dossier, person: Person, now: datetime) -> bool:
    """Whether somebody brings the papers of a dossier: its vendedora, whoever stands in for her that day, Expedientes."""
    return any(acts.means(process, dossier, person, principal, now) for principal in BRINGERS)


def slots_to_bring(process: Process, dossier: Dossier) -> list[PaperSlot]:
    """The papers that the vendedora brings, in the order of the table; none when the dossier takes no papers any more.

    One that Cumplimiento does without is not among them.
    """
    if dossier.state not in lifecycle.OPEN and not (dossier.state is State.ACTIVE and paper_asked(process, dossier)):
        return []
    slots = (slot for slot in required_papers(process, dossier.intake) if slot.rule.given_by == "vendedora")
    return [slot for slot in slots if not waived(dossier, slot.key)]


def is_settled(dossier: Dossier, key: str) -> bool:
    """Whether a paper takes no more files: it is verified, and no new one is asked for."""
    known = paper(dossier, key)
    return known.state is PaperState.VERIFIED and known.renews_since is None


def alive(dossier: Dossier, arrival: Arrival) -> bool:
    """Whether what was handed in is still there: on its way, or in the dossier."""
    if arrival.state is ArrivalState.STAGED:
        return True
    return arrival.state is ArrivalState.PLACED and arrival.file_id in dossier.files


def may_take_back(dossier: Dossier, arrival: Arrival, address: str) -> bool:
    """Whether this person may take it back: the deliverer alone, and only until the paper is verified or the file is filed."""
    if not alive(dossier, arrival) or arrival.by.lower() != address.lower():
        return False
    file = dossier.files.get(arrival.file_id)
    papers = file.papers if file else (arrival.paper,)
    return not (file and file.filed) and all(paper(dossier, key).state is not PaperState.VERIFIED for key in papers)


def next_round(dossier: Dossier, key: str, sha256: str) -> int:
    """The number of the next time that these bytes come for that paper, 0 while the last time still counts."""
    same = [arrival for arrival in dossier.arrivals.values() if (arrival.paper, arrival.sha256) == (key, sha256)]
    if any(alive(dossier, arrival) for arrival in same):
        return 0
    return 1 + max((arrival.round for arrival in same), default=0)


# --- facts ---------------------------------------------------------------------------------------------------------------------


def fold_handed_in(work: Work, fact: Fact) -> None:
    """Somebody handed a file in. payload: paper, sha256, mime_type, size_bytes, name, round; its bytes wait in the bucket."""
    said = fact.payload
    key = arrival_key(said["paper"], said["sha256"], int(said["round"]))
    if key in work.dossier.arrivals:
        return
    refused = _refusal(work, fact)
    arrival = Arrival(
        paper=said["paper"],
        sha256=said["sha256"],
        mime_type=said["mime_type"],
        size_bytes=int(said["size_bytes"]),
        name=said["name"],
        by=fact.actor,
        at=fact.at,
        round=int(said["round"]),
        state=ArrivalState.REFUSED if refused else ArrivalState.STAGED,
    )
    _keep(work, arrival)
    if refused:
        work.record(person_ref(fact.actor), "delivery_refused", paper=arrival.paper, reason=refused)
        return
    ask_again(work, (arrival.paper,))
    work.record(person_ref(fact.actor), "file_handed_in", paper=arrival.paper, sha256=arrival.sha256)


def _refusal(work: Work, fact: Fact) -> str:
    """Why a file cannot be taken, '' if it can: since it was sent the paper may have been verified, or may be asked for no more."""
    process, dossier, said = work.app.process, work.dossier, fact.payload["paper"]
    person = process.company.person(fact.actor)
    if person is None or not may_hand_in(process, dossier, person, fact.at):
        return "role"
    if said not in {slot.key for slot in slots_to_bring(process, dossier)}:
        return "paper"
    return "verified" if is_settled(dossier, said) else ""


def fold_taken_back(work: Work, fact: Fact) -> None:
    """Somebody takes back what they handed in. payload: arrival. Void once it is verified, filed, or gone by another way."""
    arrival = work.dossier.arrivals.get(fact.payload["arrival"])
    if arrival is None or not may_take_back(work.dossier, arrival, fact.actor):
        work.record(person_ref(fact.actor), "taking_back_refused", arrival=fact.payload["arrival"])
        return
    files = {key: file for key, file in work.dossier.files.items() if key != arrival.file_id}
    work.set(files=files)
    _keep(work, replace(arrival, state=ArrivalState.TAKEN_BACK))
    work.record(person_ref(fact.actor), "file_taken_back", paper=arrival.paper, sha256=arrival.sha256)


def _keep(work: Work, arrival: Arrival) -> None:
    work.set(arrivals={**work.dossier.arrivals, arrival.key: arrival})


# --- plan ----------------------------------------------------------------------------------------------------------------------


def plan(view: View) -> list[Step]:
    """Bring in what is staged; clear the bucket of what is settled; throw away in Drive what was taken back."""
    steps: list[Step] = []
    if not view.staging_bucket:
        return steps
    before = folder_step(DELIVERY)
    for key, arrival in view.dossier.arrivals.items():
        if arrival.state is ArrivalState.STAGED:
            # One after the other, as they came: so they stand in the workbook.
            steps.append(_placing(view, key, arrival, before))
            before = steps[-1].key
            continue
        # Only in the wave after the placing: by then it stands in the records that the file lies in Drive.
        where = {"bucket": view.staging_bucket, "object": object_name(view.dossier.dossier_id, arrival), "arrival": key}
        steps.append(Step(f"{_DROP}{key}", "drop_staged", where, lane=_LANE))
        if arrival.state is ArrivalState.TAKEN_BACK:
            steps += _taking_back(view, key, arrival)
    return steps


def _placing(view: View, key: str, arrival: Arrival, before: str) -> Step:
    dossier, here = view.dossier, folder_step(DELIVERY)
    args = {
        "bucket": view.staging_bucket,
        "object": object_name(dossier.dossier_id, arrival),
        "arrival": key,
        "sha256": arrival.sha256,
        "name": file_name(view.process, dossier, arrival),
        "parent_id": f"${here}:file_id",
        "mime_type": arrival.mime_type,
        "marks": {
            "dossier": dossier.dossier_id,
            "step": f"{_PLACE}{key}"[:60],
            "delivered_by": arrival.by[:_ADDRESS_CHARACTERS],
            "paper": arrival.paper,
        },
    }
    return Step(f"{_PLACE}{key}", "place_delivery", args, after=(here, before), lane=_LANE, wants_id=True)


def file_name(process: Process, dossier: Dossier, arrival: Arrival) -> str:
    """The name that a file gets in Drive: paper and client, never what its owner called it; numbered when a paper has several."""
    slot = next((slot for slot in required_papers(process, dossier.intake) if slot.key == arrival.paper), None)
    others = [one.key for one in dossier.arrivals.values() if one.paper == arrival.paper and one.state in _COUNTED]
    number = f" ({others.index(arrival.key) + 1})" if len(others) > 1 else ""
    client = safe_name(dossier.intake.client.legal_name, 60).rstrip(".")
    title = safe_name(slot.title if slot else arrival.paper, 100)
    return f"{title}{number} · {client}{sniff.SUFFIXES.get(arrival.mime_type, '')}"


_COUNTED = (ArrivalState.STAGED, ArrivalState.PLACED)


def _taking_back(view: View, key: str, arrival: Arrival) -> list[Step]:
    """The file goes to Drive's trash, also when it is not known whether it came there; its row in the workbook says so."""
    file_id = arrival.file_id or view.dossier.file_id(f"{_PLACE}{key}")
    if not file_id:
        return []
    steps = [Step(f"{_RETRACT}{key}", "trash_delivery", {"file_id": file_id, "arrival": key}, lane=_LANE)]
    if view.dossier.done(documents.BUILD) and not view.dossier.done(f"{_STRIKE}{key}"):
        args = {"spreadsheet_id": f"${documents.SHEET}:file_id", "file_id": file_id, "row": _struck_row(view, file_id, arrival)}
        steps.append(Step(f"{_STRIKE}{key}", "strike_file", args, lane="documents"))
    return steps


def _struck_row(view: View, file_id: str, arrival: Arrival) -> list[rq.Request]:
    name = file_name(view.process, view.dossier, arrival)
    told = DeliveredFile(
        file_id, name, arrival.mime_type, DELIVERY, arrival.by, arrival.at, refused=ArrivalState.TAKEN_BACK.value
    )
    template = templates.documents(view.process.folder)
    (row,) = documents_layout.file_rows(view.process, template, view.dossier, [told])
    chosen = documents_layout.FILE_COLUMNS.index(documents_layout.CHOSEN[0])
    return [*row[:chosen], rq.text(""), *row[chosen + 1 :]]


def applied(work: Work, step: Step, result: dict[str, str]) -> None:
    """A placed file is one of the dossier's, under its person's name; what cannot be had any more is told on the page."""
    if step.key.startswith(_PLACE):
        _placed(work, step, result)
    elif step.key.startswith(_RETRACT):
        key = f"{_PLACE}{step.args['arrival']}"
        record = work.dossier.steps.get(key)
        if record is not None and record.state != "done":
            # What was begun and never heard of is settled by this: nobody wants it any more.
            work.set(steps={**work.dossier.steps, key: replace(record, state="done", result={"gone": "taken_back"})})
    elif step.effect == "strike_file":
        work.set(stale=tuple(dict.fromkeys((*work.dossier.stale, "documents"))))


def _placed(work: Work, step: Step, result: dict[str, str]) -> None:
    arrival = work.dossier.arrivals[str(step.args["arrival"])]
    if "gone" in result:
        _keep(work, replace(arrival, state=ArrivalState.LOST))
        work.record("expediente", "delivery_lost", paper=arrival.paper, reason=result["gone"])
        return
    file_id = work.dossier.steps[step.key].file_id
    file = DeliveredFile(
        file_id, str(step.args["name"]), arrival.mime_type, DELIVERY, arrival.by, arrival.at, papers=(arrival.paper,)
    )
    _keep(work, replace(arrival, state=ArrivalState.PLACED, file_id=file_id))
    work.set(files={**work.dossier.files, file_id: file})
    work.record(person_ref(arrival.by), "file_received", file=file_id, place=DELIVERY)


# --- effects -------------------------------------------------------------------------------------------------------------------


@effect("place_delivery")
def place_delivery(attempt: Attempt) -> dict[str, str]:
    """Bring a staged file into the delivery folder under an id given beforehand; gives `gone` when there is nothing to bring.

    A doubtful one is looked for by its id. Somebody may have thrown it away meanwhile: then it stays away.
    """
    args, drive = attempt.args, attempt.google.drive
    if attempt.doubt:
        try:
            found = drive.get_file(attempt.file_id)
        except NotFoundError:
            pass
        else:
            return {"gone": "trashed"} if found.trashed else {}
    try:
        content = attempt.google.storage.read(args["bucket"], args["object"])
    except NotFoundError:
        return {"gone": "staging"}
    if hashlib.sha256(content).hexdigest() != args["sha256"]:
        return {"gone": "content"}
    drive.upload(attempt.file_id, args["name"], args["parent_id"], args["mime_type"], content, args["marks"])
    return {}


@effect("drop_staged")
def drop_staged(attempt: Attempt) -> dict[str, str]:
    """Remove a staged object; one that is gone already is fine."""
    attempt.google.storage.delete(attempt.args["bucket"], attempt.args["object"])
    return {}


@effect("trash_delivery")
def trash_delivery(attempt: Attempt) -> dict[str, str]:
    """Put a file that was taken back into Drive's trash; one that never came there, or is gone, is fine."""
    attempt.google.drive.trash(attempt.args["file_id"])
    return {}


@effect("strike_file")
def strike_file(attempt: Attempt) -> dict[str, str]:
    """Say in a file's row of the workbook that it was taken back; absolute, so a repeat is harmless. A file not listed has no row."""
    from expediente.google.sheets import ColumnLookup

    args, sheets = attempt.args, attempt.google.sheets
    (listed,) = sheets.read_columns(args["spreadsheet_id"], [ColumnLookup(rq.COLUMN_KEY, "files.key")])
    keys = list(listed.values) if listed else []
    if args["file_id"] in keys:
        requests = documents_layout.row_again(keys.index(args["file_id"]), args["row"], with_papers=True)
        sheets.batch_update(args["spreadsheet_id"], requests)
    return {}
