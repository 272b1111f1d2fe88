"""forms.create, get and setPublishSettings, and the forms that Drive makes or copies."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

from emulator.drive import files as drive_files
from emulator.drive.model import Permission
from emulator.forms.access import document_title, form_for
from emulator.forms.errors import invalid
from emulator.forms.model import MIME_TYPE, Form, form_json, forms, new_hex_id, new_public_id, publish_json, without_defaults
from emulator.kernel import ApiError, Call, Json, World, handles

if TYPE_CHECKING:
    from emulator.drive.files import File

_TITLES_ONLY = "Only info.title can be set when creating a form. To add items and change settings, use batchUpdate."


@handles("forms.forms.create")
def create(call: Call) -> Json:
    """A new empty form in the actor's My Drive.

    A bare service account owns no files: Google is reported to answer 500.
    Behaviour `forms_born_published` (on): without `unpublished=true` the form is born open to anyone with the link.
    """
    body = without_defaults(call.body)
    assert isinstance(body, dict)
    info = body.get("info", {})
    if set(body) - {"info"} or set(info) - {"title", "documentTitle"}:
        raise invalid(_TITLES_ONLY)
    title = info.get("title", "")
    if "\n" in title or "\r" in title:
        raise invalid("Displayed text cannot contain newlines")
    if call.world.directory.is_service_account(call.actor):
        raise ApiError(500, "Internal error encountered.", status="INTERNAL", reason="backendError")
    name = info.get("documentTitle") or title or "Untitled form"
    file = drive_files.create_file(call.world, call.actor, name=name, mime_type=MIME_TYPE, parents=[])
    form = _blank(call.world, file, title)
    forms(call.world)[file.id] = form
    if not call.query.get("unpublished") and call.world.behaviour.get("forms_born_published", True):
        form.published = form.accepting = True
        _open_to_anyone(call, file.id)
    return form_json(form, name)


def _blank(world: World, file: File, title: str) -> Form:
    company = file.owner is None or world.directory.in_domain(file.owner)
    # Workspace accounts start with verified addresses, consumer accounts without.
    return Form(file.id, new_public_id(world), title, email_collection="VERIFIED" if company else "DO_NOT_COLLECT")


def _open_to_anyone(call: Call, form_id: str) -> None:
    """The responder permission that Google is seen to add by itself; its id is the plain `anyoneWithLink`."""
    file = call.world.table(drive_files.FILES)[form_id]
    grant = Permission("anyoneWithLink", "anyone", "reader", view="published", allow_file_discovery=False)
    grant.granted_at, grant.granted_by = call.now, call.actor
    file.grants[grant.id] = grant
    drive_files.touch(call.world, form_id, call.actor, "place")


@handles("forms.forms.get")
def get(call: Call) -> Json:
    """The form with its items."""
    form = form_for(call.world, call.path["formId"], call.actor)
    return copy.deepcopy(form_json(form, document_title(call.world, form.form_id)))


@handles("forms.forms.setPublishSettings")
def set_publish_settings(call: Call) -> Json:
    """Publish, close or withdraw a form."""
    form = form_for(call.world, call.path["formId"], call.actor, "writer")
    mask = call.body.get("updateMask", "*") or "*"
    if mask not in ("*", "publishState", "publish_state"):
        raise invalid(f"Invalid update_mask: {mask}")
    state = call.body.get("publishSettings", {}).get("publishState", {})
    if "isPublished" not in state or "isAcceptingResponses" not in state:
        raise invalid("Both is_published and is_accepting_responses must be set.")
    if state["isAcceptingResponses"] and not state["isPublished"]:
        raise invalid("is_accepting_responses cannot be true when is_published is false.")
    form.published, form.accepting = bool(state["isPublished"]), bool(state["isAcceptingResponses"])
    forms(call.world)[form.form_id] = form
    drive_files.touch(call.world, form.form_id, call.actor)
    return {"formId": form.form_id, "publishSettings": publish_json(form)}


def made_in_drive(world: World, file: File, source: File | None) -> None:
    """Drive made a file of the form type.

    New: one empty untitled question, unpublished. Copy: same items and ids, no responses, no responders, unpublished.
    """
    form = _blank(world, file, "" if source is None else forms(world)[source.id].title)
    if source is None:
        options = [{"value": "Option 1"}]
        question = {"questionId": new_hex_id(set()), "choiceQuestion": {"type": "RADIO", "options": options}}
        form.items = [{"itemId": new_hex_id(set()), "questionItem": {"question": question}}]
    else:
        original = forms(world)[source.id]
        form.items = copy.deepcopy(original.items)
        form.description, form.is_quiz = original.description, original.is_quiz
        form.email_collection = original.email_collection
    forms(world)[file.id] = form


drive_files.NATIVE[MIME_TYPE] = made_in_drive
