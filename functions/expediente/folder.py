"""The dossier's folders and who may open them: a root in its state's parent, sub-folders, direct grants, moves.

Order that leaks nothing: a limited folder is limited in the call that creates it, grants come after, files after that.
"""

from __future__ import annotations

import re
import unicodedata

from expediente.access import WantedGrant, parent_key, wanted_grants
from expediente.change_rules import kind_of
from expediente.deadlines import local_day
from expediente.model import Dossier, Grant, PaperState, State
from expediente.process import FolderRule, Process
from expediente.steps import Attempt, Step, effect
from expediente.work import View, Work

ROOT = "folder/root"
HOME_OF_SHEETS = "sheets"
_UNSAFE = re.compile(r'[\\/:*?"<>|\x00-\x1f\x7f]+')


def folder_step(key: str) -> str:
    """The step that makes the sub-folder of that key of access.yaml."""
    return f"folder/{key}"


def safe_name(text: str, longest: int) -> str:
    """A name for people in Drive: accents kept, no path or control characters, cut at a word when too long."""
    clean = " ".join(_UNSAFE.sub(" ", unicodedata.normalize("NFC", text)).split())
    if len(clean) <= longest:
        return clean or "-"
    return clean[: longest - 1].rsplit(" ", 1)[0].rstrip(" ,.;-") + "…"


def root_name(process: Process, dossier: Dossier) -> str:
    """Name of the dossier's folder: the client's name, cut, and the dossier's code."""
    return f"{safe_name(dossier.intake.client.legal_name, process.max_short_name)} · {dossier.dossier_id}"


def plan(view: View) -> list[Step]:
    """Folders that are missing, grants that differ, and the move to the parent of the dossier's state."""
    dossier = view.dossier
    wanted = wanted_grants(view.process, dossier, local_day(view.process, view.now))
    return [*_folder_steps(view), *_grant_steps(view, wanted), *_move_steps(view)]


def _folder_steps(view: View) -> list[Step]:
    dossier, process = view.dossier, view.process
    # Where every dossier begins; in another state it is moved there.
    parent = view.site.parents[parent_key(process.access, State.COLLECTING)]
    root = {"name": root_name(process, dossier), "parent_id": parent, "limited": False, "dossier_id": dossier.dossier_id}
    steps = [Step(ROOT, "create_folder", root, wants_id=True)]
    return steps + [sub_folder(view, rule) for rule in process.access.folders if _is_needed(view, rule)]


def _is_needed(view: View, rule: FolderRule) -> bool:
    """A folder without grants of its own is made when the first thing is put into it; the others stand from the beginning."""
    dossier = view.dossier
    if rule.on_demand:
        return dossier.done(folder_step(rule.key))
    if rule.grants or rule.drive == "compliance":
        return True
    if rule.key in (kind_of(view.process, one).place for one in dossier.changes.values()):
        return True
    verified = [key.split(":")[0] for key, known in dossier.papers.items() if known.state is PaperState.VERIFIED]
    if rule.key == HOME_OF_SHEETS:
        # With the first verified paper already: the hand-over then has one call less to wait for.
        return bool(verified) or dossier.state is not State.COLLECTING
    return any(view.process.document(kind).place == rule.key for kind in verified)


def sub_folder(view: View, rule: FolderRule) -> Step:
    """The step that makes a folder of access.yaml; a stage plans it where the folder is made for its sake alone."""
    args = {"name": rule.name, "parent_id": f"${ROOT}:file_id", "limited": rule.limited, "dossier_id": view.dossier.dossier_id}
    if rule.drive != "compliance":
        return Step(folder_step(rule.key), "create_folder", args, after=(ROOT,), wants_id=True)
    args |= {"name": root_name(view.process, view.dossier), "parent_id": view.site.compliance_drive_id}
    return Step(folder_step(rule.key), "create_folder", args, wants_id=True)


def grant_steps(view: View, wanted: list[WantedGrant], place: str, target_step: str, after: tuple[str, ...]) -> list[Step]:
    """The steps that make the direct grants on one place equal to what is wanted; one after the other, as Drive demands."""
    dossier = view.dossier
    have = {key: grant for key, grant in dossier.grants.items() if grant.place == place}
    want = {grant.key: grant for grant in wanted if grant.place == place}
    steps = []
    for key, missing in want.items():
        if key not in have or have[key].role != missing.role:
            args = {
                "file_id": f"${target_step}:file_id",
                "address": missing.principal,
                "kind": missing.kind,
                "role": missing.role,
            }
            steps.append(Step(_round(dossier, f"grant/{key}"), "add_grant", {**args, "place": place}, after=after, lane=place))
    for key, grant in have.items():
        if key not in want:
            args = {"file_id": f"${target_step}:file_id", "permission_id": grant.permission_id, "place": place, "key": key}
            steps.append(Step(_round(dossier, f"revoke/{key}"), "remove_grant", args, after=after, lane=place))
    return steps + _lost_grants(dossier, place, target_step, after, {*have, *want})


def _lost_grants(dossier: Dossier, place: str, target_step: str, after: tuple[str, ...], known: set[str]) -> list[Step]:
    """Grants that were begun, never heard of again, and are not wanted any more: Google may have given them all the same."""
    steps = []
    for step_key, record in dossier.steps.items():
        key = step_key.removeprefix("grant/").rpartition("/")[0]
        lost = step_key.startswith(f"grant/{place}/") and record.state == "intended" and key not in known
        revoke = f"revoke/{step_key.removeprefix('grant/')}/lost"
        if lost and not dossier.done(revoke):
            args = {"file_id": f"${target_step}:file_id", "address": key.partition("/")[2], "place": place, "key": key}
            steps.append(Step(revoke, "remove_grant", args, after=after, lane=place))
    return steps


def _grant_steps(view: View, wanted: list[WantedGrant]) -> list[Step]:
    steps = []
    for rule in view.process.access.folders:
        target = folder_step(rule.key)
        steps += grant_steps(view, wanted, rule.key, target, after=(target,))
    return steps


def _round(dossier: Dossier, key: str) -> str:
    """The same grant may come and go: each round has a step of its own."""
    number = 1
    while dossier.done(f"{key}/{number}"):
        number += 1
    return f"{key}/{number}"


def _move_steps(view: View) -> list[Step]:
    """To the parent of the dossier's state. What comes back from the archive is limited again before anybody may inherit."""
    dossier, access = view.dossier, view.process.access
    if not dossier.done(ROOT):
        return []
    wanted, archive = parent_key(access, dossier.state), parent_key(access, State.ARCHIVED)
    number, here, unsure = _moves(view)
    if here == wanted and not unsure:
        return []
    limits = [] if wanted == archive or archive not in (here, *unsure) else _limit_steps(view, len(dossier.withdrawals))
    args = {"file_id": f"${ROOT}:file_id", "to": view.site.parents[wanted], "from_": view.site.parents[here], "parent": wanted}
    args["unsure"] = "yes" if unsure else ""
    after = tuple(step.key for step in limits)
    return [*limits, Step(f"move/{number + 1}/{wanted}", "move_folder", args, after=after, lane="move")]


def _moves(view: View) -> tuple[int, str, list[str]]:
    """How often the dossier was moved, where it stands since, and where it may have got to by moves never heard of again."""
    begun = [
        (_number(key), key.rpartition("/")[2], record) for key, record in view.dossier.steps.items() if key.startswith("move/")
    ]
    done = sorted((number, parent) for number, parent, record in begun if record.state == "done")
    last, here = done[-1] if done else (0, parent_key(view.process.access, State.COLLECTING))
    return last, here, [parent for number, parent, record in begun if number > last and record.state != "done" and parent != here]


def _number(key: str) -> int:
    """Which move a step is; the only one of a dossier used to have no number."""
    said = key.split("/")[1]
    return int(said) if said.isdigit() else 1


def here(view: View) -> str:
    """The key of the parent in which the dossier stands for certain, '' while a move is in doubt."""
    _, parent, unsure = _moves(view)
    return "" if unsure else parent


def _limit_steps(view: View, number: int) -> list[Step]:
    limited = [rule for rule in view.process.access.folders if rule.limited and view.dossier.done(folder_step(rule.key))]
    return [Step(f"limit_again/{number}/{r.key}", "limit_folder", {"file_id": f"${folder_step(r.key)}:file_id"}) for r in limited]


def applied(work: Work, step: Step, result: dict[str, str]) -> None:
    """Keep the records of grants equal to what has been done."""
    grants = dict(work.dossier.grants)
    if step.effect == "add_grant":
        address = str(step.args["address"])
        grant = Grant(str(step.args["place"]), address, str(step.args["kind"]), str(step.args["role"]), result["permission_id"])
        grants[f"{grant.place}/{address}"] = grant
        work.set(grants=grants)
    elif step.effect == "remove_grant":
        grants.pop(str(step.args["key"]), None)
        work.set(grants=grants)


# --- effects -------------------------------------------------------------------------------------------------------------------


@effect("create_folder")
def create_folder(attempt: Attempt) -> dict[str, str]:
    """Make a folder under an id given beforehand.

    One that exists already is ours: the adapter adopts it and sees to it that it is limited, which a lost answer leaves open.
    """
    args, drive = attempt.args, attempt.google.drive
    marks = {"dossier": args["dossier_id"], "step": attempt.step.key[:60]}
    drive.create_folder(attempt.file_id, args["name"], args["parent_id"], args["limited"], marks)
    return {}


@effect("add_grant")
def add_grant(attempt: Attempt) -> dict[str, str]:
    """Give a permission without Google's mail; the same grant again answers the same permission."""
    args, drive = attempt.args, attempt.google.drive
    if attempt.doubt:
        for grant in drive.list_grants(args["file_id"]):
            if grant.address.lower() == args["address"].lower() and grant.role == args["role"] and not grant.inherited:
                return {"permission_id": grant.permission_id}
    return {"permission_id": drive.add_grant(args["file_id"], args["address"], args["kind"], args["role"])}


@effect("remove_grant")
def remove_grant(attempt: Attempt) -> dict[str, str]:
    """Take a direct permission away, found by its id or its address; one that is gone already is fine."""
    args, drive = attempt.args, attempt.google.drive
    ids = [args["permission_id"]] if "permission_id" in args else []
    if not ids:
        direct = (grant for grant in drive.list_grants(args["file_id"]) if not grant.inherited)
        ids = [grant.permission_id for grant in direct if grant.address.lower() == args["address"].lower()]
    for permission_id in ids:
        drive.remove_grant(args["file_id"], permission_id)
    return {}


@effect("move_folder")
def move_folder(attempt: Attempt) -> dict[str, str]:
    """Move the dossier below another parent; absolute, so a repeat is harmless. unsure: look first where it stands."""
    args, drive = attempt.args, attempt.google.drive
    if not attempt.doubt and not args["unsure"]:
        drive.move(args["file_id"], args["to"], args["from_"])
        return {"parent": args["parent"]}
    parents = drive.get_file(args["file_id"]).parents
    if args["to"] not in parents:
        drive.move(args["file_id"], args["to"], parents[0] if parents else args["from_"])
    return {"parent": args["parent"]}
