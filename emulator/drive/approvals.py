"""Approvals: reviewers put their names to one state of a file, each as himself.

All must approve; one decline ends it; an edit sets the answers back unless the approval says otherwise.
Source: Drive API guide, "Manage approvals", and the reference of `approvals`. Open there, and decided here: what a lock does
when the approval ends (it stays after an approval, and is lifted otherwise), and the reasons of refusals.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import cast

from emulator.drive import refusals
from emulator.drive.access import Eye, readonly_restriction
from emulator.drive.calls import item, paged
from emulator.drive.capabilities import at_least, may_start_approval
from emulator.drive.changelog import LISTENERS
from emulator.drive.index import save
from emulator.drive.model import APPROVALS, File, files, parse_time, rfc3339
from emulator.drive.revision_log import revisions
from emulator.drive.view import user_resource
from emulator.kernel import ApiError, Call, Json, Table, World, handles

IN_PROGRESS, APPROVED, CANCELLED, DECLINED = "IN_PROGRESS", "APPROVED", "CANCELLED", "DECLINED"
_NONE = "NO_RESPONSE"


@dataclass
class Approval:
    """One request for approval. `responses`: reviewer's address to NO_RESPONSE, APPROVED or DECLINED."""

    id: str
    initiator: str
    created_at: datetime
    modified_at: datetime
    responses: dict[str, str]
    due_at: datetime | None = None
    completed_at: datetime | None = None
    status: str = IN_PROGRESS
    resets: bool = True
    locked: bool = False
    revision_id: str | None = None
    log: list[tuple[str, str, str]] = field(default_factory=list)


def approvals(world: World) -> Table[dict[str, Approval]]:
    """The approvals of each file by id, oldest first."""
    return cast("Table[dict[str, Approval]]", world.table(APPROVALS))


@handles("drive.approvals.start")
def start(call: Call) -> Json:
    """`drive.approvals.start`, by somebody who may edit the file; one at a time."""
    file = item(call, "metadata", gated=False)
    if not may_start_approval(call.world, Eye(call.world, call.actor), file):
        raise refusals.insufficient()
    reviewers = _reviewers(call, file, call.body.get("reviewerEmails") or [])
    if not reviewers:
        raise refusals.required("reviewerEmails")
    held = approvals(call.world).get(file.id, {})
    if any(one.status == IN_PROGRESS for one in held.values()):
        raise _precondition("The file already has an approval in progress.")
    made = Approval(call.world.new_id("", 20), call.actor.lower(), call.now, call.now, dict.fromkeys(reviewers, _NONE))
    made.due_at = _due(call)
    made.resets = call.body.get("fileContentChangeBehavior") != "NO_APPROVAL_ACTION"
    if call.body.get("lockFile") and readonly_restriction(file) is None:
        made.locked = True
        _lock(call, file)
    _note(call, made, "start")
    approvals(call.world)[file.id] = held | {made.id: made}
    return _resource(call, file, made)


def _reviewers(call: Call, file: File, addresses: list[str]) -> list[str]:
    """The accounts behind the addresses.

    The guide says that a reviewer without access makes no difference to the request, he just cannot answer;
    switch `approval_needs_shared_file` (default false) refuses him.
    """
    found = []
    for address in addresses:
        account = call.world.directory.canonical(address)
        if "@" not in account or call.world.directory.is_group(account) or not call.world.directory.exists(account):
            raise refusals.bad_request(f"The reviewer {address} is not an account.")
        if call.world.behaviour.get("approval_needs_shared_file", False) and Eye(call.world, account).role(file) is None:
            raise _precondition(f"The file is not shared with the reviewer {address}.")
        found.append(account)
    return found


def _due(call: Call) -> datetime | None:
    if not call.body.get("dueTime"):
        return None
    try:
        due = parse_time(str(call.body["dueTime"]))
    except ValueError as broken:
        raise refusals.invalid("dueTime") from broken
    if due <= call.now:
        raise refusals.bad_request("The due time must be in the future.")
    return due


def _precondition(message: str) -> ApiError:
    return ApiError(400, message, reason="failedPrecondition", status="FAILED_PRECONDITION")


def _lock(call: Call, file: File) -> None:
    lock: Json = {"readOnly": True, "type": "globalContentRestriction", "systemRestricted": False, "ownerRestricted": False}
    file.content_restrictions = [lock | {"restrictionTime": rfc3339(call.now), "restrictingUser": call.actor.lower()}]
    save(call.world, file)


def _note(call: Call, approval: Approval, what: str) -> None:
    approval.modified_at = call.now
    approval.log.append((call.actor.lower(), what, str(call.body.get("message") or "")))


def _found(call: Call, need: str = "metadata") -> tuple[File, Approval]:
    """The file and the approval of the path."""
    file = item(call, need, gated=False)
    wanted = call.path["approvalId"]
    approval = approvals(call.world).get(file.id, {}).get(wanted)
    if approval is None:
        raise refusals.not_found("Approval", wanted, "approvalId")
    return file, approval


def _open(call: Call, need: str = "reader") -> tuple[File, Approval]:
    """The same, when it has not ended."""
    file, approval = _found(call, need)
    if approval.status != IN_PROGRESS:
        raise _precondition(f"The approval is not in progress: it is {approval.status}.")
    return file, approval


def _kept(call: Call, file: File, approval: Approval) -> Json:
    approvals(call.world)[file.id] = approvals(call.world)[file.id] | {approval.id: approval}
    return _resource(call, file, approval)


def _end(call: Call, file: File, approval: Approval, status: str) -> None:
    approval.status, approval.completed_at = status, call.now
    if status == APPROVED:
        log = revisions(call.world).get(file.id, [])
        approval.revision_id = log[-1].id if log else file.head_revision_id
    elif approval.locked:
        file.content_restrictions = []
        save(call.world, file)


@handles("drive.approvals.approve")
def approve(call: Call) -> Json:
    """`drive.approvals.approve`: the caller's own answer; the last one that was missing completes the approval."""
    file, approval = _open(call)
    _answer(call, approval, APPROVED)
    if all(one == APPROVED for one in approval.responses.values()):
        _end(call, file, approval, APPROVED)
    return _kept(call, file, approval)


@handles("drive.approvals.decline")
def decline(call: Call) -> Json:
    """`drive.approvals.decline`: the caller's own answer, which ends the approval."""
    file, approval = _open(call)
    _answer(call, approval, DECLINED)
    _end(call, file, approval, DECLINED)
    return _kept(call, file, approval)


def _answer(call: Call, approval: Approval, response: str) -> None:
    if call.actor.lower() not in approval.responses:
        raise refusals.insufficient()
    approval.responses[call.actor.lower()] = response
    _note(call, approval, response)


@handles("drive.approvals.cancel")
def cancel(call: Call) -> Json:
    """`drive.approvals.cancel`, by anybody who may edit the file."""
    file, approval = _open(call, "writer")
    _note(call, approval, CANCELLED)
    _end(call, file, approval, CANCELLED)
    return _kept(call, file, approval)


@handles("drive.approvals.comment")
def comment(call: Call) -> Json:
    """`drive.approvals.comment`: a line in the approval's log."""
    file, approval = _found(call, "reader")
    if not call.body.get("message"):
        raise refusals.required("message")
    _note(call, approval, "comment")
    return _kept(call, file, approval)


@handles("drive.approvals.reassign")
def reassign(call: Call) -> Json:
    """`drive.approvals.reassign`: more reviewers, or others in the place of those who have not answered.

    Whoever may only read the file hands on his own part alone.
    """
    file, approval = _open(call)
    replaced = {
        call.world.directory.canonical(one.get("removedReviewerEmail", "")): one.get("addedReviewerEmail", "")
        for one in call.body.get("replaceReviewers") or []
    }
    added = [one.get("addedReviewerEmail", "") for one in call.body.get("addReviewers") or []]
    writes = at_least(Eye(call.world, call.actor), file, "writer")
    if not writes and (added or set(replaced) != {call.actor.lower()}):
        raise refusals.insufficient()
    if not added and not replaced:
        raise refusals.bad_request("No reviewer to add or replace.")
    for old in replaced:
        if approval.responses.get(old) != _NONE:
            raise _precondition(f"The reviewer {old} cannot be replaced.")
    fresh = _reviewers(call, file, [*replaced.values(), *added])
    for old in replaced:
        del approval.responses[old]
    approval.responses |= {one: approval.responses.get(one, _NONE) for one in fresh}
    _note(call, approval, "reassign")
    return _kept(call, file, approval)


@handles("drive.approvals.get")
def get(call: Call) -> Json:
    """`drive.approvals.get`."""
    return _resource(call, *_found(call))


@handles("drive.approvals.list")
def list_approvals(call: Call) -> Json:
    """`drive.approvals.list`, newest first; `items` comes only when `fields` names it."""
    file = item(call, "metadata", gated=False)
    held = [_resource(call, file, one) for one in reversed(approvals(call.world).get(file.id, {}).values())]
    return paged(call, held, "drive#approvalList", "items", default=100, most=100)


def _resource(call: Call, file: File, approval: Approval) -> Json:
    answer: Json = {
        "kind": "drive#approval",
        "approvalId": approval.id,
        "targetFileId": file.id,
        "createTime": rfc3339(approval.created_at),
        "modifyTime": rfc3339(approval.modified_at),
        "status": approval.status,
        "initiator": user_resource(call.world, approval.initiator, call.actor),
        "reviewerResponses": [
            {"kind": "drive#reviewerResponse", "reviewer": user_resource(call.world, who, call.actor), "response": response}
            for who, response in approval.responses.items()
        ],
        "fileContentChangeBehavior": "RESET_APPROVAL" if approval.resets else "NO_APPROVAL_ACTION",
    }
    if approval.due_at:
        answer["dueTime"] = rfc3339(approval.due_at)
    if approval.completed_at:
        answer["completeTime"] = rfc3339(approval.completed_at)
    if approval.revision_id:
        answer["approvedRevisionId"] = approval.revision_id
    return answer


def _on_change(world: World, file: File, what: str) -> None:
    """An edit sets the answers of an approval under way back; a file that is gone takes its approvals along."""
    held = approvals(world).get(file.id)
    if held is None:
        return
    if what == "remove":
        del approvals(world)[file.id]
        return
    open_ones = [one for one in held.values() if one.status == IN_PROGRESS and one.resets]
    if what == "content" and open_ones and file.id in files(world):
        for approval in open_ones:
            approval.responses = dict.fromkeys(approval.responses, _NONE)
            approval.modified_at = world.clock.now()
        approvals(world)[file.id] = held


LISTENERS.append(_on_change)
