"""Which papers a dossier needs: the rules of `process/documents.yaml` applied to one intake."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from expediente import points
from expediente.intake_data import Identity, Intake
from expediente.model import DeliveredFile, Dossier, Paper, PaperState
from expediente.process import DocumentRule, Process
from expediente.texts import fold_name


@dataclass(frozen=True)
class PaperSlot:
    """One required paper. key: `kind`, `kind:person` (see `identity_key`) or `kind:P01`; about: whose it is, '' for the client's own."""

    key: str
    rule: DocumentRule
    about: str

    @property
    def point(self) -> str:
        """The code of the point that it is about, '' for a paper of the client."""
        return self.key.partition(":")[2] if self.rule.per == "point" else ""

    @property
    def title(self) -> str:
        """Label with whose it is."""
        return f"{self.rule.label}: {self.about}" if self.about else self.rule.label


def identity_key(person: Identity) -> str:
    """Short and stable for one person, whatever else of the form changes: from the identity document, else from the name."""
    number = fold_name(person.id_number)
    said = f"{person.id_kind}:{number}" if number else fold_name(person.name)
    return hashlib.sha256(said.encode()).hexdigest()[:8]


def _shareholders(intake: Intake, *, companies: bool) -> Iterator[tuple[str, str]]:
    seen: set[str] = set()
    for holder in intake.shareholders:
        identity = identity_key(holder.person)
        if holder.is_company == companies and identity not in seen:
            seen.add(identity)
            yield identity, holder.person.name


_PER: dict[str, Callable[[Intake], Iterator[tuple[str, str]]]] = {
    "client": lambda intake: iter([("", "")]),
    "representative": lambda intake: iter([(identity_key(intake.representative), intake.representative.name)]),
    "shareholder_person": lambda intake: _shareholders(intake, companies=False),
    "shareholder_company": lambda intake: _shareholders(intake, companies=True),
    "point": lambda intake: iter([(point.code, f"{point.code} {point.name}") for point in intake.points]),
}


def _exposed(intake: Intake) -> bool:
    return intake.representative.politically_exposed or any(s.person.politically_exposed for s in intake.shareholders)


ONLY_IF: dict[str, Callable[[Intake], bool]] = {
    "": lambda intake: True,
    "politically_exposed": _exposed,
    "has_business_notice": lambda intake: bool(intake.client.business_notice),
}


def required_papers(process: Process, intake: Intake, *, internal: bool = False) -> list[PaperSlot]:
    """The papers that this client must have, in the order of the table. Internal ones only when asked for."""
    slots = []
    for rule in process.documents:
        if rule.internal and not internal:
            continue
        if intake.client.kind not in rule.kinds or not ONLY_IF[rule.only_if](intake):
            continue
        for index, about in _PER[rule.per](intake):
            slots.append(PaperSlot(f"{rule.key}:{index}" if index else rule.key, rule, about))
    return slots


def slot_of(process: Process, intake: Intake, key: str) -> PaperSlot | None:
    """The slot of that key, or None when the present intake needs no such paper."""
    return next((slot for slot in required_papers(process, intake, internal=True) if slot.key == key), None)


def paper(dossier: Dossier, key: str) -> Paper:
    """What is known of a paper; a paper never heard of is pending."""
    return dossier.papers.get(key, Paper())


def waived(dossier: Dossier, key: str) -> bool:
    """Whether Cumplimiento does without a paper at present."""
    found = dossier.waivers.get(key)
    return found is not None and not found.over


def asked_again(process: Process, dossier: Dossier) -> list[PaperSlot]:
    """Papers whose waiver has run out and that are not there yet."""
    over = [slot for slot in required_papers(process, dossier.intake) if slot.key in dossier.waivers]
    return [s for s in over if not waived(dossier, s.key) and paper(dossier, s.key).state is not PaperState.VERIFIED]


def files_of(dossier: Dossier, key: str) -> list[str]:
    """Ids of the delivered files that serve a paper; reports of a point's former rounds do so no longer."""
    past = {file_id for point in dossier.points.values() for file_id in point.past_files}
    return [f.file_id for f in dossier.files.values() if key in f.papers and not f.refused and f.file_id not in past]


def fresh_files(dossier: Dossier, key: str) -> list[str]:
    """Ids of the files that serve a paper and are not filed yet."""
    return [file_id for file_id in files_of(dossier, key) if not dossier.files[file_id].filed]


def unclassified(dossier: Dossier) -> list[DeliveredFile]:
    """Delivered files that stand in the workbook and of which nobody has said yet which paper they are."""
    waiting = (file for file in dossier.files.values() if file.listed and not file.filed and not file.refused)
    return [file for file in waiting if not file.papers]


def delivered(dossier: Dossier, kind: str, about: str = "") -> bool:
    """Whether a paper of that kind (for that point) has at least one file or is verified."""
    key = f"{kind}:{about}" if about else kind
    keys = [key] if about else [key, *(k for f in dossier.files.values() for k in f.papers if k.split(":")[0] == kind)]
    return any(files_of(dossier, k) or paper(dossier, k).state is PaperState.VERIFIED for k in keys)


def open_papers(process: Process, dossier: Dossier, gate: str) -> list[PaperSlot]:
    """Papers of a gate (handover | activation) that hold it: not verified, or, for papers of an area, not delivered. Never internal ones.

    Nor those of points that are asked for nothing, nor what is waived.
    """
    held = []
    for slot in required_papers(process, dossier.intake):
        if slot.rule.gate != gate or not points.is_asked(dossier, slot.point) or waived(dossier, slot.key):
            continue
        if slot.rule.given_by == "vendedora":
            # One that is renewed in force was verified before: nothing that rests on it opens again.
            known = paper(dossier, slot.key)
            missing = known.state is not PaperState.VERIFIED and known.renews_since is None
        else:
            missing = not files_of(dossier, slot.key)
        if missing:
            held.append(slot)
    return held


def counts(process: Process, dossier: Dossier) -> tuple[int, int]:
    """Verified and required papers of the hand-over, as the areas see them: `Documentos: 9 de 10`."""
    slots = [slot for slot in required_papers(process, dossier.intake) if slot.rule.gate == "handover"]
    return sum(paper(dossier, slot.key).state is PaperState.VERIFIED for slot in slots), len(slots)
