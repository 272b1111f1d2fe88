"""Papers that a client hands in with what it asks: which ones, what has come, from the staging bucket into the folder of cases.yaml.

The portal puts the bytes into the bucket and stores a fact; all that follows is planned from records, with the effects of `delivery.py`.
What was handed in can be taken back until somebody has signed.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from expediente import sniff
from expediente.arrivals import Arrival, ArrivalState, arrival_key, object_name
from expediente.case_data import Case, CaseState
from expediente.case_rules import CaseKind, case_rules
from expediente.folder import folder_step, safe_name, sub_folder
from expediente.model import Dossier, Fact, State
from expediente.process import Process
from expediente.steps import Step
from expediente.work import View, Work

# `what` of the facts, in `portal_facts.py`.
HANDED_IN, TAKEN_BACK = "case_paper", "case_paper_back"
_PLACE, _DROP, _TRASH = "case_file/place/", "case_file/drop/", "case_file/trash/"
_LANE = "staging"
_COUNTED = (ArrivalState.STAGED, ArrivalState.PLACED)
_FAILED = (ArrivalState.LOST, ArrivalState.REFUSED)


@dataclass(frozen=True)
class CaseSlot:
    """A paper of one case. files: what counts of it, in the order in which it came; failed: '' | lost | refused, why what came last does not count."""

    key: str
    label: str
    asks: str
    required: bool
    files: tuple[Arrival, ...] = ()
    failed: str = ""


# --- what is wanted ------------------------------------------------------------------------------------------------------------


def paper_name(case_id: str, key: str) -> str:
    """How a paper of a case is named in an `Arrival`."""
    return f"{case_id}/{key}"


def slots(process: Process, kind: CaseKind, case_id: str, amount: Decimal | None, files: Mapping[str, Arrival]) -> list[CaseSlot]:
    """The papers of a case in the order of the table, with what has come of each."""
    known, found = case_rules(process.folder).papers.kinds, []
    for wanted in kind.papers:
        paper, mine = known[wanted.key], [one for one in files.values() if one.paper == paper_name(case_id, wanted.key)]
        large = wanted.required_from is not None and amount is not None and amount >= wanted.required_from
        there = tuple(one for one in mine if one.state in _COUNTED)
        last = max(mine, key=lambda one: one.at, default=None)
        failed = last.state.value if last is not None and last.state in _FAILED else ""
        found.append(CaseSlot(paper.key, paper.label, paper.asks, wanted.required or large, there, failed))
    return found


def of_case(process: Process, dossier: Dossier, case: Case) -> list[CaseSlot]:
    """The same of a case in its dossier; none when the table has its kind no more."""
    kind = case_rules(process.folder).kinds.get(case.kind)
    return slots(process, kind, case.case_id, case.amount, dossier.case_files) if kind else []


def missing(found: Iterable[CaseSlot]) -> list[CaseSlot]:
    """The required papers of which nothing lies in Drive: what waits in the bucket nobody can open yet, and it may turn out lost."""
    placed = ArrivalState.PLACED
    return [slot for slot in found if slot.required and not any(one.state is placed for one in slot.files)]


def may_change(case: Case | None) -> bool:
    """Whether the client may still hand in and take back; None: its case is on its way into the dossier."""
    return case is None or case.state is CaseState.WAITING


def next_round(files: Mapping[str, Arrival], paper: str, sha256: str) -> int:
    """The number of the next time that these bytes come for that paper, 0 while the last time still counts."""
    same = [one for one in files.values() if (one.paper, one.sha256) == (paper, sha256)]
    return 0 if any(one.state in _COUNTED for one in same) else 1 + max((one.round for one in same), default=0)


# --- facts ---------------------------------------------------------------------------------------------------------------------


def fold_handed_in(work: Work, fact: Fact) -> None:
    """A client handed a file in. payload: case_id, paper, sha256, mime_type, size_bytes, name, round; its bytes wait in the bucket."""
    said = fact.payload
    case_id, key, number = str(said["case_id"]), str(said["paper"]), int(said["round"])
    name, sha256 = paper_name(case_id, key), str(said["sha256"])
    if arrival_key(name, sha256, number) in work.dossier.case_files:
        return
    refused = _refusal(work, case_id, key)
    arrival = Arrival(
        paper=name,
        sha256=sha256,
        mime_type=str(said["mime_type"]),
        size_bytes=int(said["size_bytes"]),
        name=str(said["name"]),
        by=fact.actor,
        at=fact.at,
        round=number,
        state=ArrivalState.REFUSED if refused else ArrivalState.STAGED,
    )
    _keep(work, arrival)
    if refused:
        work.record("client", "case_paper_refused", case=case_id, paper=key, reason=refused)
    else:
        work.record("client", "case_paper_handed_in", case=case_id, paper=key, sha256=sha256)


def _refusal(work: Work, case_id: str, key: str) -> str:
    """Why a file cannot be taken, '' if it can: since it was sent somebody may have signed."""
    case = work.dossier.cases.get(case_id)
    if case is None:
        return "case"
    found = next((slot for slot in of_case(work.app.process, work.dossier, case) if slot.key == key), None)
    if found is None:
        return "paper"
    if not may_change(case):
        return "decided"
    return "full" if len(found.files) >= case_rules(work.app.process.folder).papers.max_files else ""


def fold_taken_back(work: Work, fact: Fact) -> None:
    """A client takes a file back. payload: case_id, arrival. Void once somebody has signed."""
    arrival = work.dossier.case_files.get(str(fact.payload["arrival"]))
    case_id = str(fact.payload["case_id"])
    case = work.dossier.cases.get(case_id)
    if arrival is None or case is None or arrival.paper.partition("/")[0] != case_id or arrival.state not in _COUNTED:
        return
    if not may_change(case):
        work.record("client", "case_paper_refused", case=case_id, paper=arrival.paper.partition("/")[2], reason="decided")
        return
    _keep(work, replace(arrival, state=ArrivalState.TAKEN_BACK))
    work.record("client", "case_paper_taken_back", case=case_id, paper=arrival.paper.partition("/")[2], sha256=arrival.sha256)


def _keep(work: Work, arrival: Arrival) -> None:
    work.set(case_files={**work.dossier.case_files, arrival.key: arrival})


# --- plan ----------------------------------------------------------------------------------------------------------------------


def plan(view: View) -> list[Step]:
    """Bring in what is staged; clear the bucket of what is settled; throw away in Drive what was taken back."""
    dossier, steps = view.dossier, []
    place = case_rules(view.process.folder).papers.place
    for key, arrival in dossier.case_files.items():
        if arrival.state is ArrivalState.STAGED and dossier.state is State.ACTIVE:
            if view.staging_bucket:
                steps.append(_placing(view, key, arrival, folder_step(place)))
            continue
        if view.staging_bucket and not arrival.cleared:
            # Only in the wave after the placing: by then it stands in the records that the file lies in Drive.
            where = {"bucket": view.staging_bucket, "object": object_name(dossier.dossier_id, arrival), "arrival": key}
            steps.append(Step(f"{_DROP}{key}", "drop_staged", where, lane=_LANE))
        file_id = arrival.file_id or dossier.file_id(f"{_PLACE}{key}")
        if file_id and arrival.state is not ArrivalState.PLACED:
            steps.append(Step(f"{_TRASH}{key}", "trash_delivery", {"file_id": file_id, "arrival": key}, lane=_LANE))
    placing = any(step.key.startswith(_PLACE) for step in steps)
    folders = [sub_folder(view, view.process.access.folder(place))] if placing and not dossier.done(folder_step(place)) else []
    return [*folders, *steps]


def _placing(view: View, key: str, arrival: Arrival, here: str) -> Step:
    args = {
        "bucket": view.staging_bucket,
        "object": object_name(view.dossier.dossier_id, arrival),
        "arrival": key,
        "sha256": arrival.sha256,
        "name": file_name(view.process, view.dossier, arrival),
        "parent_id": f"${here}:file_id",
        "mime_type": arrival.mime_type,
        "marks": {"dossier": view.dossier.dossier_id, "step": f"{_PLACE}{key}"[:60], "paper": arrival.paper},
    }
    return Step(f"{_PLACE}{key}", "place_delivery", args, after=(here,), lane=_LANE, wants_id=True)


def file_name(process: Process, dossier: Dossier, arrival: Arrival) -> str:
    """The name that a file gets in Drive: paper and case, never what its owner called it; numbered when a paper has several."""
    case_id, _, key = arrival.paper.partition("/")
    known = case_rules(process.folder).papers.kinds.get(key)
    others = [one.key for one in dossier.case_files.values() if one.paper == arrival.paper]
    number = f" ({others.index(arrival.key) + 1})" if len(others) > 1 else ""
    return f"{safe_name(known.label if known else key, 100)}{number} · {case_id}{sniff.SUFFIXES.get(arrival.mime_type, '')}"


def applied(work: Work, step: Step, result: dict[str, str]) -> None:
    """Keep where a file lies or that its bytes are gone, and the step no longer: a client may have many."""
    prefix = next((one for one in (_PLACE, _DROP, _TRASH) if step.key.startswith(one)), "")
    if not prefix:
        return
    key = step.key.removeprefix(prefix)
    arrival, forgotten = work.dossier.case_files[key], {step.key}
    if prefix == _PLACE:
        arrival = _placed(work, arrival, work.dossier.steps[step.key].file_id, result)
    elif prefix == _DROP:
        # What was on its way when the service ended is taken no more.
        state = ArrivalState.REFUSED if arrival.state is ArrivalState.STAGED else arrival.state
        arrival = replace(arrival, cleared=True, state=state)
    else:
        # What was begun and never heard of is settled by this: nobody wants it any more.
        arrival, forgotten = replace(arrival, file_id=""), {step.key, f"{_PLACE}{key}"}
    work.set(steps={name: record for name, record in work.dossier.steps.items() if name not in forgotten})
    _keep(work, arrival)
    _forget(work, key)


def _placed(work: Work, arrival: Arrival, file_id: str, result: dict[str, str]) -> Arrival:
    case_id, _, paper = arrival.paper.partition("/")
    if "gone" in result:
        work.record("expediente", "case_paper_lost", case=case_id, paper=paper, reason=result["gone"])
        return replace(arrival, state=ArrivalState.LOST)
    work.record("expediente", "case_paper_received", case=case_id, paper=paper, file=file_id)
    return replace(arrival, state=ArrivalState.PLACED, file_id=file_id)


def _forget(work: Work, key: str) -> None:
    """What was taken back goes from the records once nothing of it is left anywhere; of what was refused the client reads."""
    arrival, files = work.dossier.case_files[key], work.dossier.case_files
    if arrival.state is ArrivalState.TAKEN_BACK and _is_settled(work.dossier, arrival):
        work.set(case_files={name: one for name, one in files.items() if name != key})
    work.set(**kept_files(work.dossier, work.dossier.cases))


def kept_files(dossier: Dossier, cases: Container[str]) -> dict[str, object]:
    """What changes in a dossier that keeps only those cases: of the others' papers the ids in Drive stay, and what is not settled."""
    files = dossier.case_files
    gone = {key for key, one in files.items() if one.paper.partition("/")[0] not in cases and _is_settled(dossier, one)}
    if not gone:
        return {}
    ids = tuple(files[key].file_id for key in files if key in gone and files[key].file_id)
    kept = {key: one for key, one in files.items() if key not in gone}
    return {"case_files": kept, "past_case_files": (*dossier.past_case_files, *ids)}


def _is_settled(dossier: Dossier, arrival: Arrival) -> bool:
    """Whether nothing is to be done about a file any more, neither in the bucket nor in Drive."""
    if arrival.state is ArrivalState.STAGED or not arrival.cleared:
        return False
    return arrival.state is ArrivalState.PLACED or not (arrival.file_id or dossier.file_id(f"{_PLACE}{arrival.key}"))
