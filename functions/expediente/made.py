"""The documents that the client signs, made from the intake's data: kept in the dossier and given to the vendedora.

What is made is what is to be signed; only the signed scan, or the vendedora's own version of it, is the paper. Tables:
`process/made_documents/`. Another version of the data makes a new revision of the same file.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

from expediente.errors import NotFoundError
from expediente.folder import folder_step
from expediente.made_blocks import MadeDocument
from expediente.made_rules import MadeRule, document, rules_for
from expediente.model import Dossier, PaperState, State, StepRecord
from expediente.papers import paper
from expediente.process import Process
from expediente.steps import Attempt, Step, effect
from expediente.work import View

RECEIPT = "recibo_vendedora"
_MARK = "made"


@dataclass(frozen=True)
class Made:
    """A document as it stands in its folder. version: of the data; news: made after the receipt, so it is told by itself."""

    rule: MadeRule
    document: MadeDocument
    version: int
    news: bool


def made_step(rule: MadeRule, number: int) -> str:
    """The step that makes a document for the nth time; the first one gives the file its id."""
    return f"{_MARK}/{rule.key}/{number}"


def content_hash(made: MadeDocument) -> str:
    """What is said in a document, whatever version of the data its foot tells."""
    return hashlib.sha256(repr(replace(made, foot="")).encode()).hexdigest()[:24]


def _last(dossier: Dossier, rule: MadeRule) -> tuple[int, StepRecord | None]:
    """How often a document was made, and the record of the last time."""
    number, record = 0, None
    while dossier.done(made_step(rule, number + 1)):
        number += 1
        record = dossier.steps[made_step(rule, number)]
    return number, record


def made_documents(process: Process, dossier: Dossier) -> list[Made]:
    """The documents that stand in the dossier and say what the form says today."""
    found = []
    for rule in rules_for(process, dossier.intake):
        _, record = _last(dossier, rule)
        if record is None:
            continue
        content = document(process, dossier, rule, int(record.result["version"]))
        if content_hash(content) == record.result["content"]:
            found.append(Made(rule, content, int(record.result["version"]), record.result["tell"] == "yes"))
    return found


def newest(made: list[Made]) -> list[Made]:
    """Of the documents that are news, those of the latest version of the data."""
    news = [one for one in made if one.news]
    latest = max((one.version for one in news), default=0)
    return [one for one in news if one.version == latest]


def plan(view: View) -> list[Step]:
    """Make what is missing, and anew what an edited form says otherwise; a paper that is verified needs nothing to be signed."""
    dossier = view.dossier
    if dossier.state is not State.COLLECTING:
        return []
    return [step for rule in rules_for(view.process, dossier.intake) for step in _steps(view, rule)]


def _steps(view: View, rule: MadeRule) -> list[Step]:
    dossier, process = view.dossier, view.process
    number, record = _last(dossier, rule)
    if _is_verified(dossier, rule) or (record and int(record.result["version"]) == dossier.data_version):
        return []
    content = document(process, dossier, rule, dossier.data_version)
    digest = content_hash(content)
    if record and record.result["content"] == digest:
        return []
    here = folder_step(rule.place)
    args = {
        "name": rule.file_name,
        "parent_id": f"${here}:file_id",
        "dossier_id": dossier.dossier_id,
        "document": content,
        "content": digest,
        "version": str(dossier.data_version),
        "tell": "yes" if RECEIPT in dossier.notices else "",
    }
    if record is None:
        return [Step(made_step(rule, 1), "make_document", args, after=(here,), wants_id=True)]
    args["file_id"] = f"${made_step(rule, 1)}:file_id"
    return [Step(made_step(rule, number + 1), "remake_document", args, lane=made_step(rule, 1))]


def _is_verified(dossier: Dossier, rule: MadeRule) -> bool:
    return paper(dossier, rule.paper).state is PaperState.VERIFIED


# --- effects -------------------------------------------------------------------------------------------------------------------


def _bytes(attempt: Attempt) -> bytes:
    from expediente.made_pdf import made_pdf

    return made_pdf(attempt.args["document"])


def _result(attempt: Attempt, content: bytes) -> dict[str, str]:
    args = attempt.args
    told = {"content": args["content"], "version": args["version"], "tell": args["tell"]}
    return {**told, "sha256": hashlib.sha256(content).hexdigest()}


@effect("make_document")
def make_document(attempt: Attempt) -> dict[str, str]:
    """Store a made document under an id given beforehand.

    One that a lost attempt has left there is made to say what is wanted now: the form may have been edited in between.
    """
    args, drive = attempt.args, attempt.google.drive
    content = _bytes(attempt)
    marks = {"dossier": args["dossier_id"], "step": attempt.step.key[:60]}
    if attempt.doubt:
        try:
            drive.get_file(attempt.file_id)
            drive.replace_content(attempt.file_id, "application/pdf", content)
        except NotFoundError:
            drive.upload(attempt.file_id, args["name"], args["parent_id"], "application/pdf", content, marks)
        return _result(attempt, content)
    drive.upload(attempt.file_id, args["name"], args["parent_id"], "application/pdf", content, marks)
    return _result(attempt, content)


@effect("remake_document")
def remake_document(attempt: Attempt) -> dict[str, str]:
    """Give a made document a new revision; absolute, so a repeat is harmless. One that people deleted for good stays deleted."""
    content = _bytes(attempt)
    try:
        attempt.google.drive.replace_content(attempt.args["file_id"], "application/pdf", content)
    except NotFoundError:
        return {**_result(attempt, content), "gone": "yes"}
    return _result(attempt, content)
