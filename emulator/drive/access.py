"""Who may do what with which file: direct and inherited grants, groups, limited access, expiry, drive restrictions.

Source: Drive API guides, "Roles and permissions", "Share files, folders, and drives",
"Manage folders with limited and expansive access".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from emulator.drive.index import index
from emulator.drive.model import RANK, File, Permission, drives, files, my_drive_id
from emulator.kernel import Json, World


def is_live(world: World, grant: Permission) -> bool:
    """Whether a grant has not expired by the Workspace clock."""
    return grant.expiration_time is None or grant.expiration_time > world.clock.now()


def rank(role: str | None) -> int:
    """The height of a role, 0 for none."""
    return RANK[role] if role else 0


def higher(one: str | None, other: str | None) -> str | None:
    """The more permissive of two roles."""
    return one if rank(one) >= rank(other) else other


class Eye:
    """The Workspace as one caller sees it at one instant. Remembers folders, so make a new one after any change."""

    def __init__(self, world: World, actor: str) -> None:
        self.world = world
        self.actor = actor.lower()
        self.identities = world.directory.identities(actor)
        self.domain = self.actor.rpartition("@")[2]
        self._rows = files(world).rows
        self._roles: dict[str, str | None] = {}
        self._handed_down: dict[str, str | None] = {}
        self._metadata: set[str] = set()
        self._trashed: dict[str, bool] = {}
        self._barred: dict[str, bool] = {}

    def reaches(self, grant: Permission) -> bool:
        """Whether a grant, in force and not for a view, is for this caller."""
        if grant.view is not None or not is_live(self.world, grant):
            return False
        if grant.type in ("user", "group"):
            return grant.grantee in self.identities
        return grant.type == "anyone" or grant.grantee == self.domain

    def direct(self, file: File) -> str | None:
        """The best role granted on the item itself."""
        best: str | None = None
        for grant in file.grants.values():
            if rank(grant.role) > rank(best) and self.reaches(grant):
                best = grant.role
        return best

    def role(self, file: File) -> str | None:
        """The effective role on a file; None when there is none, or only the metadata view of a folder with limited access."""
        if not file.grants and not file.inherited_permissions_disabled and file.parents:
            # Most items have what their folder hands down, and lists look at thousands of them.
            return self._inherited(file)
        roles = self._roles
        if file.id in roles:
            return roles[file.id]
        if file.drive_id is not None and self.barred(file.drive_id):
            found = None
        else:
            found = self._inherited(file)
            if file.grants:
                found = higher(self.direct(file), found)
        roles[file.id] = found
        return found

    def _inherited(self, file: File) -> str | None:
        if not file.parents:
            return None
        parent_id = file.parents[0]
        if parent_id not in self._handed_down:
            parent = self._rows.get(parent_id)
            role = self.role(parent) if parent is not None else None
            self._handed_down[parent_id] = "writer" if role == "owner" else role
        above = self._handed_down[parent_id]
        if not file.inherited_permissions_disabled or above == "organizer":
            return above
        if above is not None:
            self._metadata.add(file.id)
        return None

    def sees(self, file: File) -> bool:
        """Whether the caller gets the item's metadata."""
        return self.role(file) is not None or file.id in self._metadata

    def only_metadata(self, file: File) -> bool:
        """Whether the caller sees the name of a folder with limited access and nothing more."""
        return self.role(file) is None and file.id in self._metadata

    def trashed(self, file: File) -> bool:
        """Whether the item or a folder above it is in the trash."""
        return file.trashed or (bool(file.parents) and self._in_trash(file.parents[0]))

    def _in_trash(self, folder_id: str) -> bool:
        if folder_id not in self._trashed:
            folder = self._rows.get(folder_id)
            self._trashed[folder_id] = folder is not None and self.trashed(folder)
        return self._trashed[folder_id]

    def barred(self, drive_id: str | None) -> bool:
        """Whether the restrictions of a shared drive keep the caller out, whatever was granted."""
        if drive_id is None or drive_id not in drives(self.world):
            return False
        if drive_id not in self._barred:
            rules = drives(self.world)[drive_id].restrictions
            outside = rules.get("domainUsersOnly", False) and not is_inside(self.world, self.actor)
            stranger = rules.get("driveMembersOnly", False) and not self.is_member(drive_id)
            self._barred[drive_id] = outside or stranger
        return self._barred[drive_id]

    def is_member(self, drive_id: str) -> bool:
        """Whether the caller is a member of the shared drive, directly or by a group."""
        root = files(self.world).get(drive_id)
        return root is not None and self.direct(root) is not None

    def member_drives(self) -> list[str]:
        """The ids of the shared drives that the caller is a member of and not kept out of."""
        return [one for one in drives(self.world) if self.is_member(one) and not self.barred(one)]


def is_inside(world: World, address: str) -> bool:
    """Whether `domainUsersOnly` lets an address in.

    Google does not document how it counts the service accounts of the domain's own projects: switch
    `service_accounts_are_outside` (default false).
    """
    directory = world.directory
    if directory.is_service_account(address):
        return not world.behaviour.get("service_accounts_are_outside", False)
    return directory.in_domain(address) or (directory.is_group(address) and directory.exists(address))


def role_on(world: World, actor: str, file_id: str) -> str | None:
    """The effective role of an address on a file, or None. Shared drives: organizer … reader; My Drive: owner … reader."""
    file = files(world).get(file_id)
    return Eye(world, actor).role(file) if file is not None else None


def can_edit(world: World, actor: str, file_id: str) -> bool:
    """Whether an address may change the content: role writer or above and no read-only restriction."""
    file = files(world).get(file_id)
    if file is None or readonly_restriction(file) is not None:
        return False
    return rank(Eye(world, actor).role(file)) >= RANK["writer"]


def readonly_restriction(file: File) -> Json | None:
    """The content restriction that makes the file read-only, if there is one."""
    return next((one for one in file.content_restrictions if one.get("readOnly")), None)


@dataclass(frozen=True)
class Source:
    """One of the grants that make up a permission: where it stands and what it gives there."""

    item: File
    grant: Permission
    inherited: bool


@dataclass(frozen=True)
class Standing:
    """All that one grantee has on an item: the merged permission and its sources, inherited ones first."""

    permission: Permission
    sources: tuple[Source, ...]
    metadata_only: bool = False

    @property
    def own(self) -> Permission | None:
        """The grant on the item itself."""
        return next((source.grant for source in self.sources if not source.inherited), None)


def lineage(world: World, file: File) -> Iterator[File]:
    """The item, its folder, the folder of that, up to the top."""
    node: File | None = file
    while node is not None:
        yield node
        node = files(world).get(node.parents[0]) if node.parents else None


def standings(world: World, file: File) -> list[Standing]:
    """Every grantee of an item with direct and inherited grants merged, as Google orders them; expired grants are left out.

    Whoever has the link comes first, then all by their permission's id. The owner inherits the role writer from his My Drive.
    Source: recorded answers of 2020 to 2026.
    """
    gathered: dict[str, list[Source]] = {}
    hidden: dict[str, list[Source]] = {}
    limits: list[str] = []
    for node in lineage(world, file):
        for grant in node.grants.values():
            if not is_live(world, grant):
                continue
            source = Source(node, _as_inherited(grant) if node is not file else grant, node is not file)
            if not limits or source.grant.role == "organizer" or _owns(gathered.get(grant.slot)):
                gathered.setdefault(grant.slot, []).append(source)
            elif limits == [file.id] and grant.view is None:
                hidden.setdefault(grant.slot, []).append(source)
        if node.inherited_permissions_disabled:
            limits.append(node.id)
    found = [Standing(_merged(sources), _ordered(file, sources)) for sources in gathered.values()]
    for grant_id, sources in hidden.items():
        if grant_id not in gathered:
            merged = replace(_merged(sources), role="reader", view="metadata")
            found.append(Standing(merged, _ordered(file, sources), metadata_only=True))
    return sorted(found, key=lambda one: (one.permission.type != "anyone", one.permission.id))


def _owns(sources: list[Source] | None) -> bool:
    return sources is not None and sources[0].grant.role == "owner"


def _ordered(file: File, sources: list[Source]) -> tuple[Source, ...]:
    """Inherited sources first. In My Drive they are one, the best. Source: permissions read from a live company in 2026."""
    own, above = [one for one in sources if not one.inherited], [one for one in sources if one.inherited]
    if file.drive_id is None and above:
        above = [max(above, key=lambda one: rank(one.grant.role))]
    return (*above, *own)


def _as_inherited(grant: Permission) -> Permission:
    return replace(grant, role="writer") if grant.role == "owner" else grant


def _merged(sources: list[Source]) -> Permission:
    best = max(sources, key=lambda source: rank(source.grant.role))
    return replace(sources[0].grant, role=best.grant.role)


def grants_of(world: World, file_id: str) -> list[Permission]:
    """Every permission on a file, direct and inherited merged per grantee, metadata views included."""
    return [standing.permission for standing in standings(world, files(world)[file_id])]


def can_respond(world: World, file_id: str, respondent: str) -> bool:
    """Whether an address is among the responders of a published form: the grants of the view `published`, direct or inherited.

    Whoever may edit the form may answer it too, unless the switch `forms_editors_may_respond` is off: the documents do not say.
    An empty address is somebody without an account, whom only a grant to anyone reaches.
    """
    known = world.directory.identities(respondent) if respondent else frozenset()
    domain = respondent.lower().rpartition("@")[2]
    for grant in grants_of(world, file_id):
        if grant.view != "published":
            continue
        if grant.type == "anyone" or (grant.type == "domain" and grant.grantee == domain):
            return True
        if grant.type in ("user", "group") and grant.grantee in known:
            return True
    if not respondent or not world.behaviour.get("forms_editors_may_respond", True):
        return False
    return rank(role_on(world, respondent, file_id)) >= RANK["writer"]


def audience(world: World, file: File) -> set[str]:
    """The keys of all grantees who can open an item; those whom limited access keeps out are not among them."""
    keys, limited = set(), False
    for node in lineage(world, file):
        keys |= {grant.key for grant in node.grants.values() if grant.view is None and (not limited or grant.role == "organizer")}
        limited = limited or node.inherited_permissions_disabled
    return keys - {"anyone"}


def within_reach(world: World, eye: Eye) -> Iterator[File]:
    """Every My Drive item that the caller owns or was given, with all that lies below, in no particular order."""
    shelf, rows = index(world), files(world)
    waiting = list(shelf.by_owner.get(eye.actor, {}))
    for key in [f"user:{one}" for one in eye.identities] + [f"group:{one}" for one in eye.identities]:
        waiting += shelf.by_grantee.get(key, {})
    seen: set[str] = {my_drive_id(eye.actor)}
    while waiting:
        file_id = waiting.pop()
        if file_id in seen:
            continue
        seen.add(file_id)
        file = rows[file_id]
        if file.drive_id is None and eye.sees(file):
            yield file
            waiting += shelf.children.get(file_id, {})
