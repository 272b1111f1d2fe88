"""The signed act by which people annul a document that was issued to a client: on the public page it is in force no more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from expediente import codec
from expediente.acts import WHOLE, ActRefusedError, Deed, Handler
from expediente.ids import person_ref, read_code
from expediente.portal_data import Issued
from expediente.store import Update
from expediente.work import View, Work


def _issued(view: View) -> Sequence[str]:
    return WHOLE if view.dossier.issued else ()


def _annul(work: Work, deed: Deed) -> None:
    """Annul the document whose code was copied from the paper; it must be one of this dossier."""
    code = read_code(deed.answers.text("code"))
    read = work.store.get("issued", code) if code in work.dossier.issued else None
    if read is None:
        raise ActRefusedError("document_unknown")
    record = codec.from_data(Issued, read.data)
    if record.annulled_at is not None:
        raise ActRefusedError("document_annulled")
    annulled = replace(record, annulled_at=deed.at, annulled_for=deed.answers.text("reason"))
    work.writes.append(Update("issued", code, codec.to_data(annulled), read.version))
    work.record(person_ref(deed.actor.address), "document_annulled", serial=record.serial)


HANDLERS = {"anular_documento": Handler(_annul, _issued)}
