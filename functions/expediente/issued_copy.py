"""The copy of every issued document in its dossier: heard of as a fact, made from the record, uploaded once.

The dossier keeps which documents were issued and where each copy lies; the record of the step goes once it is done, for a client may
have hundreds of documents.
"""

from __future__ import annotations

from expediente import codec
from expediente.folder import folder_step, safe_name, sub_folder
from expediente.issued_layout import document
from expediente.issued_rules import issued_common
from expediente.made import content_hash
from expediente.model import Fact
from expediente.portal_data import Issued
from expediente.steps import Step
from expediente.work import View, Work

_MARK = "issued/"


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
    missing = [code for code, file_id in view.dossier.issued.items() if not file_id]
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
        "content": content_hash(drawn),
        "version": "1",
        "tell": "",
    }
    return Step(f"{_MARK}{record.code}", "make_document", args, after=(place,), wants_id=True)


def applied(work: Work, step: Step, result: dict[str, str]) -> None:
    """Keep where the copy lies, and the step no longer."""
    code = step.key.removeprefix(_MARK)
    if code == step.key or code not in work.dossier.issued:
        return
    file_id = work.dossier.steps[step.key].file_id
    steps = {key: record for key, record in work.dossier.steps.items() if key != step.key}
    work.set(issued={**work.dossier.issued, code: file_id}, steps=steps)
