"""Requests for access: somebody asks, whoever may share the item accepts or denies.

Source: Drive API guide, "Manage pending access proposals". People ask in the browser, not through the API: `propose` is the
door for that.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import cast

from emulator.drive import refusals
from emulator.drive.access import Eye, standings
from emulator.drive.calls import item, paged
from emulator.drive.capabilities import may_share
from emulator.drive.changelog import record
from emulator.drive.index import save
from emulator.drive.mails import tell_of_request
from emulator.drive.model import FORM, PROPOSALS, File, Permission, files, permission_id, rfc3339
from emulator.kernel import Call, Json, Table, World, handles

_ROLES = ("writer", "commenter", "reader")


@dataclass
class Proposal:
    """One request. `requester` asks for `recipient`; `view` is `published` or None."""

    id: str
    requester: str
    recipient: str
    role: str
    view: str | None
    message: str
    created_at: datetime


def _table(world: World) -> Table[dict[str, Proposal]]:
    return cast("Table[dict[str, Proposal]]", world.table(PROPOSALS))


def propose(
    world: World,
    file_id: str,
    requester: str,
    role: str = "reader",
    message: str = "",
    recipient: str = "",
    view: str | None = None,
) -> str:
    """Ask for access to an item; returns the proposal's id. KeyError for an unknown item, ValueError for an unknown role.

    The people who may share the item get a mail. Asking again replaces what the same person asked for before.
    """
    file = files(world)[file_id]
    if role not in _ROLES:
        raise ValueError(f"{role!r} is none of {_ROLES}")
    who = (recipient or requester).lower()
    made = Proposal(world.new_id("", 22), requester.lower(), who, role, view, message, world.clock.now())
    before = {key: one for key, one in _table(world).get(file.id, {}).items() if one.recipient != who or one.view != view}
    _table(world)[file.id] = before | {made.id: made}
    tell_of_request(world, file, _sharers(world, file), requester.lower(), message)
    return made.id


def pending(world: World, file_id: str) -> list[Proposal]:
    """The requests for an item that nobody has answered, oldest first."""
    return list(_table(world).get(file_id, {}).values())


def _sharers(world: World, file: File) -> list[str]:
    """The people who may share an item, the owner of a My Drive item alone."""
    if file.owner:
        return [file.owner]
    grants = [one.permission for one in standings(world, file) if one.permission.view is None]
    people: set[str] = set()
    for grant in grants:
        if grant.type in ("user", "group"):
            people |= world.directory.members_of(grant.grantee) if grant.type == "group" else {grant.grantee}
    return sorted(one for one in people if may_share(world, Eye(world, one), file))


def _approved_file(call: Call) -> File:
    file = item(call, "metadata", gated=False)
    if not may_share(call.world, Eye(call.world, call.actor), file):
        raise refusals.insufficient()
    return file


def _proposal(call: Call, file: File) -> Proposal:
    wanted = call.path["proposalId"]
    found = _table(call.world).get(file.id, {}).get(wanted)
    if found is None:
        raise refusals.not_found("Access proposal", wanted, "proposalId")
    return found


@handles("drive.accessproposals.get")
def get(call: Call) -> Json:
    """`drive.accessproposals.get`, for those who may share the item."""
    file = _approved_file(call)
    return _resource(file, _proposal(call, file))


@handles("drive.accessproposals.list")
def list_proposals(call: Call) -> Json:
    """`drive.accessproposals.list`, for those who may share the item; 403 for everybody else."""
    file = _approved_file(call)
    held = [_resource(file, one) for one in _table(call.world).get(file.id, {}).values()]
    page = paged(call, held, "", "accessProposals", default=100, most=100)
    return {name: value for name, value in page.items() if name != "kind" and value}


@handles("drive.accessproposals.resolve")
def resolve(call: Call) -> None:
    """`drive.accessproposals.resolve`: ACCEPT with the roles that are given, or DENY."""
    file = _approved_file(call)
    proposal = _proposal(call, file)
    action, roles, view = call.body.get("action"), call.body.get("role") or [], call.body.get("view")
    if action not in ("ACCEPT", "DENY"):
        raise refusals.required("action")
    if view is not None and (view != "published" or file.mime_type != FORM):
        raise refusals.invalid("view")
    if action == "ACCEPT":
        if not roles:
            raise refusals.required("role")
        if any(role not in _ROLES for role in roles):
            raise refusals.invalid("role")
        _grant(call, file, proposal.recipient, min(roles, key=_ROLES.index), view)
    rest = {key: one for key, one in _table(call.world)[file.id].items() if key != proposal.id}
    _table(call.world)[file.id] = rest


def _grant(call: Call, file: File, who: str, role: str, view: str | None) -> None:
    kind = "group" if call.world.directory.is_group(who) else "user"
    grant = Permission(permission_id(kind, who, view=view), kind, role, who, view)
    grant.granted_at, grant.granted_by = call.now, call.actor.lower()
    file.grant(grant)
    file.version += 1
    save(call.world, file)
    record(call.world, file, what="permissions")


def _resource(file: File, proposal: Proposal) -> Json:
    wish = {"role": proposal.role} | ({"view": proposal.view} if proposal.view else {})
    answer: Json = {
        "fileId": file.id,
        "proposalId": proposal.id,
        "requesterEmailAddress": proposal.requester,
        "recipientEmailAddress": proposal.recipient,
        "rolesAndViews": [wish],
        "createTime": rfc3339(proposal.created_at),
    }
    return answer | ({"requestMessage": proposal.message} if proposal.message else {})
