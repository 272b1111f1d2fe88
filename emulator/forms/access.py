"""Who may see, edit and answer a form. Drive decides; this module asks it."""

from __future__ import annotations

from emulator.drive import access as drive_access
from emulator.drive import files as drive_files
from emulator.forms.errors import denied, not_found
from emulator.forms.model import Form, forms
from emulator.kernel import World

_EDITORS = frozenset({"owner", "organizer", "fileOrganizer", "writer"})


def form_for(world: World, form_id: str, actor: str, need: str = "reader") -> Form:
    """The form, if the actor's role on its file is at least `need` (reader or writer); 403 or 404 otherwise."""
    form = forms(world).get(form_id)
    if form is None or form_id not in world.table(drive_files.FILES):
        raise not_found()
    role = drive_access.role_on(world, actor, form_id)
    if role is None or (need == "writer" and role not in _EDITORS):
        raise denied()
    return form


def document_title(world: World, form_id: str) -> str:
    """The form's name in Drive."""
    return str(world.table(drive_files.FILES)[form_id].name)


def owner_of(world: World, form_id: str) -> str | None:
    """The owner of the file; None when it lies in a shared drive."""
    owner: str | None = world.table(drive_files.FILES)[form_id].owner
    return owner


def may_respond(world: World, form: Form, respondent: str) -> bool:
    """Whether the address is among the responders, which Drive decides: see `emulator.drive.access.can_respond`."""
    return form.form_id in world.table(drive_files.FILES) and drive_access.can_respond(world, form.form_id, respondent)
