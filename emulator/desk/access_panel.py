"""Who has access to an item, and by which way: the panel beside every folder, file and sheet."""

from __future__ import annotations

from emulator.desk.texts import role_name
from emulator.drive.access import Eye, Standing, rank, readonly_restriction, standings
from emulator.drive.capabilities import capabilities
from emulator.drive.model import File
from emulator.kernel import Json, World

_TYPES = {"anyone": "Cualquier persona con el enlace", "domain": "Toda la organización"}


def access_panel(world: World, file: File, actor: str) -> Json:
    """Everybody who has access to an item, the highest role first. Whoever only sees its name learns nothing of others."""
    eye = Eye(world, actor)
    lock = readonly_restriction(file)
    shown: list[Json] = []
    if not eye.only_metadata(file):
        ordered = sorted(standings(world, file), key=lambda one: (-rank(one.permission.role), one.permission.grantee))
        shown = [_line(world, one, actor) for one in ordered]
    return {
        "id": file.id,
        "name": file.name,
        "limited": file.inherited_permissions_disabled,
        "locked": lock is not None,
        "lock_reason": str((lock or {}).get("reason", "")),
        "people": [one for one in shown if not one["name_only"]],
        "name_only": [one for one in shown if one["name_only"]],
        "only_name": eye.only_metadata(file),
        "my_role": role_name(eye.role(file) or "", member=file.is_drive_root) or "Ninguno",
        "modified": file.modified_at,
        "by": _by(world, file.last_modified_by),
        "created": file.created_at,
        "description": file.description or "",
        "can": capabilities(world, eye, file) if not eye.only_metadata(file) else {},
        "general": _general(shown),
        "is_folder": file.is_folder,
        "drive_id": file.drive_id,
        "is_root": file.is_root,
        "starred": actor in file.starred_by,
    }


def _is_membership(standing: Standing) -> bool:
    """Whether the role comes from being a member of the shared drive."""
    best = max(standing.sources, key=lambda source: rank(source.grant.role))
    return best.item.is_drive_root


def _general(shown: list[Json]) -> Json:
    """«Acceso general»: restricted, the whole company or anybody with the link, and with which role."""
    wide = [one for one in shown if one["kind"] in ("anyone", "domain") and not one["name_only"] and not one["responder"]]
    best = next((one for one in wide if one["kind"] == "anyone"), wide[0] if wide else None)
    if best is None:
        return {"audience": "restricted", "role": "", "role_key": "", "from": ""}
    return {"audience": best["kind"], "role": best["role"], "role_key": best["role_key"], "from": best["from"]}


def _by(world: World, address: str) -> str:
    if world.directory.is_service_account(address):
        return "Cuenta de servicio"
    return world.directory.display_name(address) if "@" in address else ""


def _line(world: World, standing: Standing, actor: str) -> Json:
    grant, directory = standing.permission, world.directory
    above = [source.item.name for source in standing.sources if source.inherited]
    members = sorted(directory.display_name(one) for one in directory.members_of(grant.grantee)) if grant.type == "group" else []
    own = standing.own
    return {
        "name": directory.display_name(grant.grantee) if grant.type in ("user", "group") else _TYPES.get(grant.type, grant.type),
        "address": grant.grantee,
        "kind": grant.type,
        "me": grant.grantee == actor or grant.grantee in directory.groups_of(actor),
        "permission": grant.id,
        "role_key": grant.role,
        "own": own is not None,
        "responder": grant.view == "published",
        "role": "Puede responder" if grant.view == "published" else role_name(grant.role, member=_is_membership(standing)),
        "from": above[0] if above and own is None else "",
        "also_from": above[0] if above and own is not None else "",
        "members": members,
        "service": directory.is_service_account(grant.grantee),
        "expires": grant.expiration_time,
        "name_only": standing.metadata_only,
    }
