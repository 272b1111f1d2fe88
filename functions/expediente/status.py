"""What `expediente status` tells an administrator: where each dossier stands, what it lacks, what it has sent, what is parked.

Names and addresses of a client stand only in the view of one dossier. Cumplimiento's decision is never told: until it has passed, the
neutral text stands for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from expediente import activate, change_rules, codec
from expediente.change_data import Change, ChangeState
from expediente.control_sheet import SHEET
from expediente.folder import ROOT
from expediente.google.clients import folder_link, sheet_link
from expediente.intake import review_state
from expediente.ledger_file_data import LedgerFile
from expediente.model import ComplianceState, Dossier, OutgoingMail, State, Submission
from expediente.papers import files_of, paper, required_papers
from expediente.texts import fold_name

if TYPE_CHECKING:
    from expediente.bootstrap import App

_MOST = 100_000

Json = dict[str, Any]


def overview(app: App, *, parked_only: bool = False, find: str = "") -> list[Json]:
    """One line a dossier, oldest first within its state, without personal data.

    find: only those whose code, place of the binder, id, client or RUC holds these words, in any spelling.
    """
    wanted = fold_name(find).split()
    found = []
    for state in State:
        for read in app.store.query("dossiers_by_state", equals=state.value, limit=_MOST):
            dossier = codec.from_data(Dossier, read.data)
            if (dossier.parked or not parked_only) and _holds(dossier, wanted):
                found.append(_line(app, dossier))
    return found


def _holds(dossier: Dossier, words: list[str]) -> bool:
    client = dossier.intake.client
    said = (
        dossier.dossier_id,
        dossier.denarius_code,
        dossier.physical_location,
        client.legal_name,
        client.trade_name,
        client.ruc,
    )
    return not words or any(set(words) <= set(fold_name(text).split()) for text in said)


def ledger_files(app: App, *, parked_only: bool = False) -> list[Json]:
    """The files of Cartera that are not finished: the parked ones, then the one that is looked at next; how far each is."""
    names = ("parked_ledger_files",) if parked_only else ("parked_ledger_files", "due_ledger_files")
    reads = [read for name in names for read in app.store.query(name, limit=_MOST)]
    files = (codec.from_data(LedgerFile, read.data) for read in reads)
    return [
        {
            "reference": file.file_id,
            "file": file.name,
            "state": file.state.value,
            "since": codec.stamp(file.at),
            "rows": file.cursor,
            "of": file.total,
            "attempts": file.attempts,
            "parked": codec.stamp(file.parked_at) if file.parked_at else "",
        }
        for file in files
    ]


def detail(app: App, name: str) -> Json | None:
    """All about one dossier, by its id or by the id of a response; None when neither is known."""
    read = app.store.get("dossier", name)
    if read is not None:
        return _dossier(app, codec.from_data(Dossier, read.data))
    submission = app.store.get("submission", name)
    if submission is None:
        return None
    told = _submission(codec.from_data(Submission, submission.data))
    opened = app.store.get("dossier", told["dossier"])
    if opened is not None:
        return _dossier(app, codec.from_data(Dossier, opened.data))
    return {"dossier": "", "submissions": [told], "mails": _mails(app, told["dossier"])}


def _line(app: App, dossier: Dossier) -> Json:
    return {
        "dossier": dossier.dossier_id,
        "state": dossier.state.value,
        "since": codec.stamp(dossier.state_since or dossier.opened_at),
        "missing": len(_missing(app, dossier)),
        "problems": len(dossier.problems),
        "parked": dossier.parked,
        "next_look_at": codec.stamp(dossier.next_look_at) if dossier.next_look_at else "",
    }


def _dossier(app: App, dossier: Dossier) -> Json:
    process, sheet = app.process, dossier.file_id(SHEET)
    passed = review_state(dossier) is ComplianceState.PASSED
    submissions = app.store.query("submissions_of_dossier", equals=dossier.dossier_id)
    return {
        **_line(app, dossier),
        "label": process.states[dossier.state.value].label,
        "client": dossier.intake.client.legal_name,
        "vendedora": dossier.vendedora,
        "code": dossier.denarius_code,
        "location": dossier.physical_location,
        "opened_at": codec.stamp(dossier.opened_at),
        "closed_at": codec.stamp(dossier.closed_at) if dossier.closed_at else "",
        "previous": dossier.previous_dossier_id,
        "review": "passed" if passed else process.neutral_review_text,
        "folder": folder_link(dossier.file_id(ROOT)) if dossier.file_id(ROOT) else "",
        "sheet": sheet_link(sheet) if sheet else "",
        "complete": not _missing(app, dossier),
        "missing": [{"kind": item.kind, "key": item.key, "label": item.label} for item in _missing(app, dossier)],
        "problems": [problem.code for problem in dossier.problems],
        "points": {point.code: activate.standing(app.process, dossier, point.code).value for point in dossier.intake.points},
        "papers": _papers(app, dossier),
        "marks": {key: {"evidence": c.evidence.value, "person": c.person} for key, c in dossier.marks.items() if c.ticked},
        "version": dossier.data_version,
        "changes": [_change(app, change) for change in dossier.changes.values()],
        "submissions": [_submission(codec.from_data(Submission, read.data)) for read in submissions],
        "mails": _mails(app, dossier.dossier_id),
    }


def _missing(app: App, dossier: Dossier) -> list[activate.Missing]:
    if dossier.state is State.COLLECTING:
        return activate.missing_for_handover(app.process, dossier)
    return activate.missing_for_activation(app.process, dossier) if activate.sheet_is_open(app.process, dossier) else []


def _papers(app: App, dossier: Dossier) -> list[Json]:
    return [
        {
            "key": slot.key,
            "title": slot.title,
            "state": paper(dossier, slot.key).state.value,
            "files": len(files_of(dossier, slot.key)),
        }
        for slot in required_papers(app.process, dossier.intake)
    ]


def _change(app: App, change: Change) -> Json:
    """A change without its values where only those who decide it may read them."""
    kind = change_rules.kind_of(app.process, change)
    told = not kind.confidential or change.state in (ChangeState.APPROVED, ChangeState.IN_FORCE)
    return {
        "id": change.change_id,
        "kind": change.kind,
        "point": change.point,
        "state": change.state.value if told else app.process.neutral_review_text,
        "approved_by": kind.approved_by,
        "valid_from": change.valid_from.isoformat() if change.valid_from else "",
        "study": change.study.value,
        "study_by": kind.study_by,
        "study_at": codec.stamp(change.study_at) if change.study_at else "",
        "in_force_at": codec.stamp(change.in_force_at) if change.in_force_at else "",
        "amendments": [{"path": a.path, "old": a.old, "new": a.new} for a in change.amendments] if told else [],
    }


def _submission(submission: Submission) -> Json:
    return {
        "response": submission.submission_id,
        "dossier": submission.dossier_id,
        "outcome": submission.outcome,
        "versions": len(submission.versions),
        "problems": [
            {"code": problem.code, "rank": problem.rank.value, "field": problem.field, "expected": problem.expected}
            for problem in submission.problems
        ],
    }


def _mails(app: App, dossier_id: str) -> list[Json]:
    reads = app.store.query("outbox_of_dossier", equals=dossier_id, limit=_MOST)
    mails = (codec.from_data(OutgoingMail, read.data) for read in reads)
    return [
        {
            "key": mail.mail_id.partition("/")[2],
            "kind": mail.kind,
            "sender": mail.sender,
            "to": [*mail.to, *mail.cc],
            "state": mail.state,
            "message": mail.message_id,
            "parked": mail.parked,
        }
        for mail in mails
        if mail.kind not in app.process.mails or not app.process.mails[mail.kind].confidential
    ]
