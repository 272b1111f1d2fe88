"""The retained copy of an archived dossier, outside Drive: every file once, the chain, and the manifest that covers them.

The format is that of `evidence.py`: what lies in the bucket, put into one folder, is verified by the `verificar.py` inside it.
Nothing is overwritten and nothing deleted before `conservar_hasta`. Source: `process/endings.yaml`, `infra/archive.yaml`.
"""

from __future__ import annotations

import hashlib
import json
from datetime import date
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from expediente import cancel, evidence, evidence_verifier, sealing
from expediente.deadlines import local_day
from expediente.errors import NotFoundError
from expediente.model import Dossier, State
from expediente.process import Process
from expediente.steps import Attempt, Step, effect
from expediente.work import View, Work

if TYPE_CHECKING:
    from expediente.bootstrap import App

KEEP = "keep/"
MANIFEST = "retain/manifest"
KEPT_UNTIL = "conservar_hasta"
_GOOGLE_FORMAT = "application/vnd.google-apps."


def kept_until(process: Process, dossier: Dossier) -> date | None:
    """Until when the copy must be kept: so many years after the last service, or after the day of the end where that is later.

    None: the dossier did not end by a cancellation.
    """
    found = cancel.ending(dossier)
    if found is None:
        return None
    ended = max(found.last_service, local_day(process, found.done_at)) if found.done_at else found.last_service
    return years_after(ended, process.endings.retention.years)


def years_after(day: date, years: int) -> date:
    """The same day so many years later; the day after where that year has no such day: never a day too short."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


def plan(view: View) -> list[Step]:
    """Once a dossier is archived and closed: a copy of each file, then what covers them all."""
    dossier = view.dossier
    if dossier.state is not State.ARCHIVED or not view.archive_bucket or not sealing.is_closed(view):
        return []
    common = {"bucket": view.archive_bucket, "folder": folder_of(dossier)}
    keeps = [Step(f"{KEEP}{one}", "keep_file", {**common, "file_id": one}) for one in sealing.files_of(dossier)]
    if not all(dossier.done(step.key) for step in keeps):
        return keeps
    if dossier.done(MANIFEST):
        return []
    return [Step(MANIFEST, "keep_manifest", {**common, "files": _bundle(view)})]


def folder_of(dossier: Dossier) -> str:
    """Where the copy of a dossier lies in the bucket."""
    return f"{dossier.dossier_id}/archivo"


def _bundle(view: View) -> dict[str, bytes]:
    """The evidence of the dossier, whose manifest names the copies as well."""
    dossier = view.dossier
    results = [record.result for key, record in dossier.steps.items() if key.startswith(KEEP)]
    stored = {result["name"]: result["sha256"] for result in results if "name" in result}
    hashes = {key.removeprefix(KEEP): r.result.get("sha256", "") for key, r in dossier.steps.items() if key.startswith(KEEP)}
    until = kept_until(view.process, dossier)
    facts = {KEPT_UNTIL: until.isoformat() if until else ""}
    return evidence.bundle(view.process, dossier, view.chain(), hashes=hashes, stored=stored, facts=facts)


def applied(work: Work, step: Step, result: dict[str, str]) -> None:
    """Tell in the chain that the copy is kept, and its hash."""
    if step.effect == "keep_manifest":
        work.record("expediente", "copy_kept", manifest=result["sha256"])


def fetch(app: App, dossier: Dossier, to: Path) -> Path:
    """Put the retained copy of a dossier into a folder, as its verifier reads it.

    :raises KeyError: nothing has been kept of that dossier.
    """
    record, bucket, storage = dossier.steps[MANIFEST], app.settings.archive_bucket, app.google.storage
    manifest = storage.read(bucket, record.result["object"])
    here = record.result["object"].rpartition("/")[0]
    to.mkdir(parents=True, exist_ok=True)
    (to / evidence_verifier.MANIFEST).write_bytes(manifest)
    for name in json.loads(manifest)["files"]:
        place = folder_of(dossier) if "/" in name else here
        (to / name).parent.mkdir(exist_ok=True)
        (to / name).write_bytes(storage.read(bucket, f"{place}/{name}"))
    return to


# --- effects -------------------------------------------------------------------------------------------------------------------


@effect("keep_file")
def keep_file(attempt: Attempt) -> dict[str, str]:
    """Store a file of the dossier under its hash; nothing is overwritten, so a repeat is harmless.

    Google's own formats are stored as PDF under the file's id, for no two exports have the same bytes: the first one counts.
    """
    args, drive, storage = attempt.args, attempt.google.drive, attempt.google.storage
    try:
        found = drive.get_file(args["file_id"])
        if found.mime_type.startswith(_GOOGLE_FORMAT):
            name = f"archivos/{args['file_id']}.pdf"
            pdf = drive.export_pdf(args["file_id"])
            content = storage.put_first(args["bucket"], f"{args['folder']}/{name}", pdf, "application/pdf")
            return {"sha256": hashlib.sha256(content).hexdigest(), "name": name}
        content = drive.download(args["file_id"])
    except NotFoundError:
        return {"gone": "yes"}
    digest = hashlib.sha256(content).hexdigest()
    name = f"archivos/{digest}{PurePath(found.name).suffix.lower()[:8]}"
    storage.put_once(args["bucket"], f"{args['folder']}/{name}", content, found.mime_type)
    return {"sha256": digest, "name": name}


@effect("keep_manifest")
def keep_manifest(attempt: Attempt) -> dict[str, str]:
    """Store chain, records and verifier beside the copies, the manifest last: where it is, everything is."""
    args, storage = attempt.args, attempt.google.storage
    files: dict[str, bytes] = dict(args["files"])
    manifest = files.pop(evidence_verifier.MANIFEST)
    digest = hashlib.sha256(manifest).hexdigest()
    here = f"{args['folder']}/{digest[:16]}"
    for name, content in sorted(files.items()):
        storage.put_once(args["bucket"], f"{here}/{name}", content, "application/octet-stream")
    storage.put_once(args["bucket"], f"{here}/{evidence_verifier.MANIFEST}", manifest, "application/json")
    return {"sha256": digest, "object": f"{here}/{evidence_verifier.MANIFEST}"}
