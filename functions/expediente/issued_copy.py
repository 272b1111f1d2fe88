"""The copies of every issued document: heard of as a fact, made from the record, kept in the clients' bucket and in the dossier.

The bucket holds the bytes whose hash the record has, under the code, and never others: from there they are handed out. The dossier
keeps which documents were issued and where each copy lies; the record of the step goes once it is done, for a client may have
hundreds of documents.
"""

from __future__ import annotations

import hashlib
import logging

from expediente import codec
from expediente.errors import NotFoundError
from expediente.folder import folder_step, safe_name, sub_folder
from expediente.issued_layout import document
from expediente.issued_rules import issued_common
from expediente.model import Fact
from expediente.portal_data import Issued
from expediente.steps import Attempt, Step, effect
from expediente.work import View, Work

_log = logging.getLogger(__name__)
_MARK = "issued/"
_PDF = "application/pdf"
_DIFFERS = "differs"


def object_of(code: str) -> str:
    """The name under which the bytes of a document lie in the clients' bucket."""
    return f"emitidos/{code}.pdf"


def fold(work: Work, fact: Fact) -> None:
    """A document was issued. payload: code. It is told in the chain by serial and hash, and its copy is wanted."""
    code = str(fact.payload["code"])
    read = work.store.get("issued", code)
    if read is None or code in work.dossier.issued:
        return
    record = codec.from_data(Issued, read.data)
    if record.dossier_id != work.dossier.dossier_id:
        return
    work.set(issued={**work.dossier.issued, code: ""})
    work.record("client", "document_issued", document=record.kind, serial=record.serial, sha256=record.sha256)


def fold_copied(work: Work, fact: Fact) -> None:
    """A copy of an invoice was handed out. payload: number, format."""
    number, form = str(fact.payload["number"]), str(fact.payload.get("format", ""))
    work.record("client", "invoice_copied", number=number[:60], format=form[:8])


def plan(view: View) -> list[Step]:
    """Upload the copies that are not there yet, into the folder that the table names."""
    known = view.dossier.issued.items()
    missing = [code for code, file_id in known if not file_id and not view.dossier.done(f"{_MARK}{code}")]
    if not missing:
        return []
    key = issued_common(view.process.folder).place
    place = folder_step(key)
    folders = [] if view.dossier.done(place) else [sub_folder(view, view.process.access.folder(key))]
    records = [record for code in missing if (record := view.issued(code)) is not None]
    return [*folders, *(_upload(view, record, place) for record in records)]


def _upload(view: View, record: Issued, place: str) -> Step:
    drawn = document(record)
    args = {
        "name": safe_name(record.facts["file_name"], 120),
        "parent_id": f"${place}:file_id",
        "dossier_id": view.dossier.dossier_id,
        "document": drawn,
        "sha256": record.sha256,
        "bucket": view.client_bucket,
        "object": object_of(record.code),
    }
    return Step(f"{_MARK}{record.code}", "keep_issued", args, after=(place,), wants_id=True)


@effect("keep_issued")
def keep_issued(attempt: Attempt) -> dict[str, str]:
    """Keep the bytes of a document in the bucket, create only, and upload the same ones into the dossier.

    What is drawn now may not be what was issued: another document under the same number is kept nowhere, which is told.
    """
    args, google = attempt.args, attempt.google
    content = _kept(attempt)
    if hashlib.sha256(content).hexdigest() != args["sha256"]:
        _log.error("an issued document gives other bytes now", extra={"dossier": args["dossier_id"], "alert": "issued"})
        return {_DIFFERS: "yes"}
    if args["bucket"]:
        google.storage.put_once(args["bucket"], args["object"], content, _PDF)
    if attempt.doubt:
        try:
            google.drive.get_file(attempt.file_id)
        except NotFoundError:
            pass
        else:
            return {"sha256": args["sha256"]}
    marks = {"dossier": args["dossier_id"], "step": attempt.step.key[:60]}
    google.drive.upload(attempt.file_id, args["name"], args["parent_id"], _PDF, content, marks)
    return {"sha256": args["sha256"]}


def _kept(attempt: Attempt) -> bytes:
    """What an attempt before this one has kept, else what is drawn."""
    from expediente.made_pdf import made_pdf

    args = attempt.args
    if attempt.doubt and args["bucket"]:
        try:
            return attempt.google.storage.read(args["bucket"], args["object"])
        except NotFoundError:
            pass
    return made_pdf(args["document"])


def applied(work: Work, step: Step, result: dict[str, str]) -> None:
    """Keep where the copy lies, and the step no longer; the step of a document that has no copy stays."""
    code = step.key.removeprefix(_MARK)
    if code == step.key or code not in work.dossier.issued or _DIFFERS in result:
        return
    file_id = work.dossier.steps[step.key].file_id
    steps = {key: record for key, record in work.dossier.steps.items() if key != step.key}
    work.set(issued={**work.dossier.issued, code: file_id}, steps=steps)
