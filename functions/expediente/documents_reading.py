"""What the Encargado has written in the workbook Documentos, taken into the dossier, with a note beside whatever cannot be taken."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from expediente import documents_layout, templates
from expediente import sheet_requests as rq
from expediente.deadlines import local_day
from expediente.ids import person_ref
from expediente.model import Dossier, Paper, PaperState, State
from expediente.paper_checks import flags, uncaptured
from expediente.papers import PaperSlot, files_of, fresh_files, paper
from expediente.process import Process
from expediente.store import Create, Delete
from expediente.templates import DocumentsTemplate
from expediente.texts import clean_text
from expediente.work import Work

_EPOCH = date(1899, 12, 30)


@dataclass(frozen=True)
class Reading:
    """The workbook as read. fields: the Encargado's values; papers: row per paper key; files: paper titles per file id."""

    fields: Mapping[str, Any]
    papers: Mapping[str, Mapping[str, Any]]
    files: Mapping[str, tuple[str, ...]]


def read(work: Work) -> None:
    """One read of Google, then take fields, classification and states; our notes become what is wrong now."""
    process = work.app.process
    template = templates.documents(process.folder)
    reading = _fetch(work)
    editors = _editors(work, template, reading)
    notes = dict(_take_fields(work, process, template, reading, editors))
    _take_files(work, process, reading)
    for slot in documents_layout.layout(process, template, work.dossier).slots:
        row = reading.papers.get(slot.key)
        if row is not None:
            note = _take_paper(work, process, template, slot, row, editors)
            if note:
                notes[f"paper:{slot.key}"] = note
    kept = {key: note for key, note in work.dossier.notes.items() if key.removeprefix("paper:") in work.dossier.resets}
    notes = {**kept, **notes}
    if notes != work.dossier.notes:
        work.set(notes=notes, note_round=work.dossier.note_round + 1)


def _fetch(work: Work) -> Reading:
    from expediente.google.sheets import ColumnLookup

    names = [f"papers.{name}" for name in documents_layout.READ_PAPERS] + [
        f"files.{name}" for name in documents_layout.READ_FILES
    ]
    sheet_id = work.dossier.file_id("documents/create")
    columns = work.app.google.sheets.read_columns(sheet_id, [ColumnLookup(rq.COLUMN_KEY, name) for name in names])
    found = dict(zip(names, columns, strict=True))

    def rows(tab: str, wanted: tuple[str, ...]) -> dict[str, dict[str, Any]]:
        keys = found[f"{tab}.key"]
        cells = {name: found[f"{tab}.{name}"] for name in wanted[1:]}
        return {
            str(key): {name: column.at(number) if column else None for name, column in cells.items()}
            for number, key in enumerate(keys.values if keys else ())
            if key not in (None, "")
        }

    papers = rows("papers", documents_layout.READ_PAPERS)
    files = rows("files", documents_layout.READ_FILES)
    return Reading(
        {key.removeprefix("field:"): row["state"] for key, row in papers.items() if key.startswith("field:")},
        {key.removeprefix("paper:"): row for key, row in papers.items() if key.startswith("paper:")},
        {key: tuple(str(title) for title in row.values() if title) for key, row in files.items()},
    )


# --- who has edited --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Editors:
    """Who changed the workbook since the last look. addresses: lower case; sole: the only one of Expedientes, '' = none or several."""

    addresses: tuple[str, ...] = ()
    sole: str = ""

    @property
    def ref(self) -> str:
        """The stand-in for the audit chain."""
        return person_ref(self.sole) if self.sole else "unknown"


def _editors(work: Work, template: DocumentsTemplate, reading: Reading) -> Editors:
    """One more read of Google, and only when a paper's state or the receipt has changed: the feed names the last editor alone."""
    if not _differs(work.dossier, template, reading):
        return Editors()
    revisions = work.app.google.drive.revisions(work.dossier.file_id("documents/create"))
    ids = [revision.revision_id for revision in revisions]
    last = work.dossier.last_revisions.get("documents", "")
    fresh = revisions[ids.index(last) + 1 :] if last in ids else revisions
    found = tuple(dict.fromkeys(revision.person.lower() for revision in fresh if revision.person and not revision.by_us))
    work.set(last_revisions={**work.dossier.last_revisions, "documents": ids[-1] if ids else ""})
    ours = [address for address in found if _is_of_expedientes(work.app.process, address)]
    return Editors(found, ours[0] if len(ours) == 1 else "")


def _differs(dossier: Dossier, template: DocumentsTemplate, reading: Reading) -> bool:
    if (reading.fields.get("acknowledged") is True) != bool(dossier.acknowledged_by):
        return True
    for key, row in reading.papers.items():
        said = row["state"] in template.states.values() and row["state"] != template.states[paper(dossier, key).state.value]
        if said and key not in dossier.resets:
            return True
    return False


def _is_of_expedientes(process: Process, address: str) -> bool:
    person = process.company.person(address)
    return person is not None and "expedientes" in person.roles


# --- the Encargado's fields ----------------------------------------------------------------------------------------------------


def _take_fields(work: Work, process: Process, template: DocumentsTemplate, reading: Reading, editors: Editors) -> dict[str, str]:
    location = str(reading.fields.get("physical_location") or "").strip()
    if location != work.dossier.physical_location:
        work.set(physical_location=location)
    received = reading.fields.get("acknowledged") is True
    if received != bool(work.dossier.acknowledged_by) and work.dossier.state is State.COLLECTING:
        work.set(acknowledged_by=(editors.sole or process.group_of("expedientes")) if received else "")
        work.record(editors.ref, "handover_acknowledged" if received else "handover_withdrawn")
    editor = editors.sole or work.dossier.stale_by.get("documents", "")
    return _take_code(work, process, template, str(reading.fields.get("denarius_code") or "").strip().upper(), editor)


def _take_code(work: Work, process: Process, template: DocumentsTemplate, code: str, editor: str) -> dict[str, str]:
    """The Denarius code: of the right form and nobody else's. Claimed in the same commit, so two dossiers never share one."""
    company, dossier = process.company, work.dossier
    if code == dossier.denarius_code:
        return {}
    if dossier.state is not State.COLLECTING:
        return {"field:denarius_code": template.notices["code_frozen"].format(code=dossier.denarius_code)}
    if code and not re.fullmatch(company.denarius_pattern, code):
        return {"field:denarius_code": template.notices["code_pattern"].format(example=company.denarius_example)}
    if code:
        claim = work.store.get("unique", f"denarius/{code}")
        if claim is not None and claim.data["dossier_id"] != dossier.dossier_id:
            return {"field:denarius_code": template.notices["code_taken"]}
        if claim is None:
            work.writes.append(Create("unique", f"denarius/{code}", {"dossier_id": dossier.dossier_id}))
    if dossier.denarius_code:
        work.writes.append(Delete("unique", f"denarius/{dossier.denarius_code}"))
    work.set(denarius_code=code)
    work.record(person_ref(editor), "denarius_code_given" if code else "denarius_code_removed")
    return {}


def papers_step(dossier: Dossier) -> str:
    """The step that makes the workbook say what the present version of the form asks for."""
    return f"documents/papers/{dossier.data_version}"


def ask_again(work: Work, keys: Iterable[str]) -> None:
    """A returned paper that comes again, and one that is renewed, waits for the Encargado again, also in the workbook."""
    for key in keys:
        known = paper(work.dossier, key)
        renewed = known.renews_since is not None and known.state is not PaperState.PENDING
        if known.state is PaperState.RETURNED or renewed:
            work.set(papers={**work.dossier.papers, key: replace(known, state=PaperState.PENDING)})
            work.set(resets=(*work.dossier.resets, key), note_round=work.dossier.note_round + 1)


def _take_files(work: Work, process: Process, reading: Reading) -> None:
    """What people have chosen for each file; not while the titles in the workbook are those of an older version of the form."""
    if work.dossier.data_version > 1 and not work.dossier.done(papers_step(work.dossier)):
        return
    titles = documents_layout.paper_titles(process, work.dossier)
    files, new = dict(work.dossier.files), list[str]()
    for file_id, chosen in reading.files.items():
        file = files.get(file_id)
        if file is None or not file.listed or file.refused:
            continue
        papers = tuple(dict.fromkeys(titles[title] for title in chosen if title in titles))
        if papers != file.papers:
            files[file_id] = replace(file, papers=papers)
            new += [key for key in papers if key not in file.papers]
    if files != work.dossier.files:
        work.set(files=files)
        ask_again(work, new)


# --- papers --------------------------------------------------------------------------------------------------------------------


def _take_paper(
    work: Work, process: Process, template: DocumentsTemplate, slot: PaperSlot, row: Mapping[str, Any], editors: Editors
) -> str:
    """Take one row. Gives the note to stand beside it, '' when all is well."""
    known = paper(work.dossier, slot.key)
    state = next((PaperState(key) for key, label in template.states.items() if label == row["state"]), known.state)
    reason = next((choice.label for choice in process.return_reasons if choice.label == row["reason"]), "")
    issued, expires, bad_date = _dates(row)
    note = template.notices["bad_date"] if bad_date else ""
    if slot.key in work.dossier.resets:
        return note
    refused = _state_refused(work, slot, known, state, expires, editors)
    if refused:
        state, note = _kept_state(known), template.notices[refused]
        work.set(resets=(*work.dossier.resets, slot.key), note_round=work.dossier.note_round + 1)
    elif state is PaperState.RETURNED and not reason:
        state, note = _kept_state(known), template.notices["reason_needed"]
    detail, number, holder = _text(row["detail"]), _text(row["number"]), clean_text(_text(row["holder"]))
    wanted = replace(known, state=state, reason=reason, detail=detail, issued_on=issued, expires_on=expires)
    wanted = replace(wanted, number=number, holder=holder)
    if state is not known.state:
        again = known.returns + (state is PaperState.RETURNED)
        wanted = replace(wanted, by=editors.sole, at=work.now, returns=again)
        if state is PaperState.VERIFIED:
            wanted = replace(wanted, renews_since=None)
        work.record(editors.ref, f"paper_{state.value}", paper=slot.key)
    if wanted != known:
        work.set(papers={**work.dossier.papers, slot.key: wanted})
    return (
        note
        or _lasting_note(work, template, slot, wanted)
        or note_beside(work.app.process, work.dossier, slot, wanted, local_day(work.app.process, work.now))
    )


def _lasting_note(work: Work, template: DocumentsTemplate, slot: PaperSlot, known: Paper) -> str:
    """Why the row went back to pending, for as long as it still holds; else it would vanish before anybody reads it."""
    earlier = work.dossier.notes.get(f"paper:{slot.key}", "")
    if known.state not in (PaperState.PENDING, PaperState.EXPIRED) or not earlier:
        return ""
    if earlier == template.notices["no_file"]:
        return "" if _to_verify(work.dossier, slot.key, known) else earlier
    if earlier == template.notices["new_expiry_needed"]:
        return earlier if _lacks_new_date(work, slot, known.expires_on) else ""
    return earlier if earlier == template.notices["same_person"] else ""


def _kept_state(known: Paper) -> PaperState:
    """What a row goes back to when what was chosen in it cannot stand."""
    return known.state if known.renews_since is not None else PaperState.PENDING


def _state_refused(work: Work, slot: PaperSlot, known: Paper, chosen: PaperState, expires: date | None, editors: Editors) -> str:
    """Why the chosen state cannot stand now, '' if it can. That a paper has expired is for time alone to say."""
    by_time = (PaperState.EXPIRED, PaperState.PENDING)
    if chosen is not known.state and PaperState.EXPIRED in (chosen, known.state) and chosen in by_time:
        return "expired_by_system"
    if chosen is not PaperState.VERIFIED:
        return ""
    renewed = known.renews_since is not None and known.state is not PaperState.VERIFIED
    if renewed and _lacks_new_date(work, slot, expires):
        return "new_expiry_needed"
    return _verification_refused(work, slot, known, editors)


def _lacks_new_date(work: Work, slot: PaperSlot, expires: date | None) -> bool:
    return slot.rule.has_expiry and (expires is None or expires < local_day(work.app.process, work.now))


def _to_verify(dossier: Dossier, key: str, known: Paper) -> list[str]:
    """The files by which a paper is verified: of one that is renewed, those that have come since."""
    renewed = known.renews_since is not None and known.state is not PaperState.VERIFIED
    return fresh_files(dossier, key) if renewed else files_of(dossier, key)


def _verification_refused(work: Work, slot: PaperSlot, known: Paper, editors: Editors) -> str:
    """Why a paper cannot be verified now, '' if it can: it has no file, or the same person handed it in, or may have done so."""
    files = [work.dossier.files[file_id] for file_id in _to_verify(work.dossier, slot.key, known)]
    if not files:
        return "no_file"
    if known.state is PaperState.VERIFIED:
        return ""
    theirs = any(file.by.lower() in editors.addresses for file in files)
    in_house = any(_is_of_expedientes(work.app.process, file.by) for file in files)
    return "same_person" if theirs or (in_house and not editors.sole) else ""


def _text(value: Any) -> str:
    """A cell as people read it: a number that Sheets made of digits has no decimals."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value if value is not None else "").strip()


def _dates(row: Mapping[str, Any]) -> tuple[date | None, date | None, bool]:
    found: list[date | None] = []
    bad = False
    for name in ("issued", "expires"):
        value = row[name]
        day = sheet_day(value)
        bad = bad or (day is None and value not in (None, ""))
        found.append(day)
    return found[0], found[1], bad


def sheet_day(value: Any) -> date | None:
    """A date as Sheets gives it (a serial number) or as people type it (dd/mm/aaaa)."""
    if isinstance(value, bool) or value in (None, ""):
        return None
    if isinstance(value, (int, float)) and 0 < value < 100_000:
        return _EPOCH + timedelta(days=int(value))
    for form in ("%d/%m/%Y", "%Y-%m-%d"):
        try:
            return datetime.strptime(str(value).strip(), form).date()
        except ValueError:
            continue
    return None


def note_beside(process: Process, dossier: Dossier, slot: PaperSlot, known: Paper, today: date) -> str:
    """What does not fit, a sentence each; of a verified paper also what was not copied from it."""
    template = templates.documents(process.folder)
    said = [template.notices[flag.code].format(**flag.values) for flag in flags(process, dossier, slot, known, today)]
    if known.renews_since is not None and known.state is PaperState.VERIFIED and known.expires_on is not None:
        said.append(template.notices["renewal_asked"].format(day=known.expires_on.strftime("%d/%m/%Y")))
    missing = uncaptured(slot, known) if known.state is PaperState.VERIFIED else ()
    if missing:
        names = [slot.rule.number if name == "number" else template.papers.columns[name].label for name in missing]
        said.append(template.notices["uncaptured"].format(items=", ".join(names)))
    return " ".join(said)
