"""forms.create, get and setPublishSettings, and the forms that Drive makes or copies."""

from __future__ import annotations

import copy
import re
from typing import TYPE_CHECKING

from emulator.drive import files as drive_files
from emulator.drive.index import save
from emulator.drive.model import Permission
from emulator.forms import uploads
from emulator.forms.access import document_title, form_for
from emulator.forms.errors import invalid
from emulator.forms.items import one_line
from emulator.forms.model import (
    MIME_TYPE,
    Form,
    form_json,
    forms,
    new_hex_id,
    new_public_id,
    publish_json,
    responses,
    watches,
    without_defaults,
)
from emulator.kernel import ApiError, Call, Json, World, handles

if TYPE_CHECKING:
    from emulator.drive.files import File

_TITLES_ONLY = "Only info.title can be set when creating a form. To add items and change settings, use batchUpdate."
# The document knows the first two; the others are seen to be taken as well.
_PUBLISH_MASKS = frozenset(("*", "publishState", "publishState.isPublished", "publishState.isAcceptingResponses"))


@handles("forms.forms.create")
def create(call: Call) -> Json:
    """A new empty form in the actor's My Drive, called "Untitled form" there unless a document title is given.

    A bare service account owns no files: Google is reported to answer 500.
    Behaviour `forms_born_published` (on): without `unpublished=true` the form is born published and accepting.
    Behaviour `forms_born_legacy` (off): it is one from before publish settings.
    """
    body, behaviour = without_defaults(call.body), call.world.behaviour
    assert isinstance(body, dict)
    info = body.get("info", {})
    if set(body) - {"info"} or set(info) - {"title", "documentTitle"}:
        raise invalid(_TITLES_ONLY)
    if not info.get("title"):
        raise invalid("info.title must not be empty")
    title, name = one_line(info["title"]), info.get("documentTitle") or "Untitled form"
    if call.world.directory.is_service_account(call.actor):
        raise ApiError(500, "Internal error encountered.", status="INTERNAL", reason="backendError")
    file = drive_files.create_file(call.world, call.actor, name=name, mime_type=MIME_TYPE, parents=[])
    form = _blank(call.world, file, title)
    form.legacy = bool(behaviour.get("forms_born_legacy", False))
    if form.legacy or (not call.query.get("unpublished") and behaviour.get("forms_born_published", True)):
        form.published = form.accepting = True
    forms(call.world)[file.id] = form
    return form_json(form, name)


def _blank(world: World, file: File, title: str) -> Form:
    company = file.owner is None or world.directory.in_domain(file.owner)
    # Workspace accounts start with verified addresses, consumer accounts without.
    return Form(file.id, new_public_id(world), title, email_collection="VERIFIED" if company else "DO_NOT_COLLECT")


def _open_to_anyone(world: World, file: File) -> None:
    """The responder permission that every new form and copy is seen to get by itself, published or not.

    Behaviour `forms_born_open_to_anyone` (on) turns it off.
    """
    if world.behaviour.get("forms_born_open_to_anyone", True):
        grant = Permission("anyoneWithLink", "anyone", "reader", view="published", allow_file_discovery=False)
        grant.granted_at, grant.granted_by = file.created_at, file.last_modified_by
        file.grant(grant)
        save(world, file)


@handles("forms.forms.get")
def get(call: Call) -> Json:
    """The form with its items."""
    form = form_for(call.world, call.path["formId"], call.actor)
    return copy.deepcopy(form_json(form, document_title(call.world, form.form_id)))


@handles("forms.forms.setPublishSettings")
def set_publish_settings(call: Call) -> Json:
    """Publish, close or withdraw a form; its content, and so its revision, stays as it is."""
    form = form_for(call.world, call.path["formId"], call.actor, "writer")
    if form.legacy:
        raise invalid("Legacy forms do not support publish settings")
    mask = re.sub(r"_([a-z])", lambda match: match.group(1).upper(), call.body.get("updateMask", "") or "*")
    if not set(mask.split(",")) <= _PUBLISH_MASKS:
        raise invalid(f"Invalid update_mask: {mask}")
    state = call.body.get("publishSettings", {}).get("publishState", {})
    if "isPublished" not in state or "isAcceptingResponses" not in state:
        raise invalid("Both is_published and is_accepting_responses must be set")
    if state["isAcceptingResponses"] and not state["isPublished"]:
        raise invalid("is_accepting_responses cannot be true when is_published is false")
    form.published, form.accepting = bool(state["isPublished"]), bool(state["isAcceptingResponses"])
    forms(call.world)[form.form_id] = form
    drive_files.touch(call.world, form.form_id, call.actor, "metadata")
    return {"formId": form.form_id, "publishSettings": publish_json(form)}


def made_in_drive(world: World, file: File, source: File | None) -> None:
    """Drive made a file of the form type: unpublished, and open to anyone with the link once it is published.

    New: one empty untitled question. Copy: same items, ids and settings, no responses, no responders of the source.
    """
    original = None if source is None else forms(world)[source.id]
    form = _blank(world, file, "" if original is None else original.title)
    if original is None:
        options = [{"value": "Option 1"}]
        question = {"questionId": new_hex_id(set()), "choiceQuestion": {"type": "RADIO", "options": options}}
        form.items = [{"itemId": new_hex_id(set()), "questionItem": {"question": question}}]
    else:
        form.description, form.is_quiz = original.description, original.is_quiz
        form.email_collection = original.email_collection
        form.items = uploads.copied_items(world, form, original, file)
    forms(world)[file.id] = form
    # forms.create makes its file through Drive too, and takes this form's place afterwards.
    _open_to_anyone(world, file)


def erase(world: World, form_id: str) -> None:
    """Drive deleted the file of a form for good: its record, responses and watches go too."""
    if forms(world).pop(form_id, None) is None:
        return
    for table in (responses(world), watches(world)):
        for key in [key for key, one in table.items() if one.form_id == form_id]:
            del table[key]


drive_files.NATIVE[MIME_TYPE] = made_in_drive
drive_files.ERASERS.append(erase)
