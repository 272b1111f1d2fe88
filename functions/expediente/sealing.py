"""The end of access to a dossier that is withdrawn or archived: only the readers of its parent are left, and what is archived is locked.

First the move, which ends what was inherited, and the grants that we made; then every file and folder is asked for grants that
people gave, and limited folders inherit again, from the archive; then the locks. Source: docs/architecture.md, "Folders".
"""

from __future__ import annotations

from expediente.access import parent_key
from expediente.errors import NotFoundError, RefusedError
from expediente.folder import ROOT, folder_step, grant_steps, here
from expediente.lifecycle import ENDED
from expediente.model import Dossier, State
from expediente.steps import Attempt, Step, effect
from expediente.work import View

_FOLDER = "create_folder"


def plan(view: View) -> list[Step]:
    """What is still open of a dossier that has ended."""
    dossier = view.dossier
    if dossier.state not in ENDED or not dossier.done(ROOT):
        return []
    revokes = [step for place in _other_places(view) for step in grant_steps(view, [], place, f"{place}/create", after=())]
    if revokes or dossier.grants or not _is_moved(view):
        return revokes
    return _closing(view)


def _other_places(view: View) -> list[str]:
    """Where we have given, or may have given, grants besides the folders."""
    known = {grant.place for grant in view.dossier.grants.values()}
    known |= {key.split("/")[1] for key in view.dossier.steps if key.startswith("grant/")}
    return sorted(known - {rule.key for rule in view.process.access.folders})


def _is_moved(view: View) -> bool:
    return here(view) == parent_key(view.process.access, view.dossier.state)


def _closing(view: View) -> list[Step]:
    dossier, access = view.dossier, view.process.access
    number = len(dossier.withdrawals) if dossier.state is State.WITHDRAWN else "end"
    lock = view.process.labels["archived_lock"] if dossier.state is State.ARCHIVED else ""
    rules = [rule for rule in access.folders if rule.drive != "compliance" and dossier.done(folder_step(rule.key))]
    folders = [(ROOT, False), *((folder_step(rule.key), rule.limited) for rule in rules)]
    steps = [
        Step(f"close/{number}/{step}", "close_folder", {"file_id": f"${step}:file_id", "limited": "yes" if limited else ""})
        for step, limited in folders
    ]
    files = files_of(dossier)
    return steps + [Step(f"close/{number}/{one}", "close_file", {"file_id": one, "lock": lock}) for one in files]


def files_of(dossier: Dossier) -> list[str]:
    """The Drive ids of the files of a dossier that we know: what people brought and what we have made."""
    made = [record.file_id for record in dossier.steps.values() if record.effect != _FOLDER and record.state == "done"]
    handed = [one.file_id for one in dossier.case_files.values()]
    return [
        file_id
        for file_id in dict.fromkeys([*dossier.files, *made, *dossier.issued.values(), *handed, *dossier.past_case_files])
        if file_id
    ]


def is_closed(view: View) -> bool:
    """Whether a dossier that has ended is closed to all but its readers."""
    ended = view.dossier.state in ENDED and view.dossier.done(ROOT)
    return ended and _is_moved(view) and not [step for step in plan(view) if not view.dossier.done(step.key)]


def is_away(view: View) -> bool:
    """Whether the folder of an open dossier still stands in the archive."""
    return not _is_moved(view)


# --- effects -------------------------------------------------------------------------------------------------------------------


def _strip(attempt: Attempt) -> str:
    """Take every direct grant away, one after the other; tells how many there were."""
    drive, file_id = attempt.google.drive, attempt.args["file_id"]
    direct = [grant for grant in drive.list_grants(file_id) if not grant.inherited]
    for grant in direct:
        drive.remove_grant(file_id, grant.permission_id)
    return str(len(direct))


@effect("close_folder")
def close_folder(attempt: Attempt) -> dict[str, str]:
    """Leave a folder to those who inherit it: strip it of grants, and let a limited one inherit again. Absolute."""
    removed = _strip(attempt)
    if attempt.args["limited"]:
        attempt.google.drive.unlimit(attempt.args["file_id"])
    return {"removed": removed}


@effect("close_file")
def close_file(attempt: Attempt) -> dict[str, str]:
    """Strip a file of grants and lock it if that is wanted; absolute. One that is gone needs nothing; some kinds cannot be locked."""
    try:
        removed = _strip(attempt)
    except NotFoundError:
        return {"gone": "yes"}
    if not attempt.args["lock"]:
        return {"removed": removed}
    try:
        attempt.google.drive.lock(attempt.args["file_id"], attempt.args["lock"])
    except RefusedError:
        return {"removed": removed, "locked": ""}
    return {"removed": removed, "locked": "yes"}
