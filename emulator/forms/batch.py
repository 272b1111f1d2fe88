"""forms.batchUpdate: edits in order, all or none.

What refusals look like (`Invalid requests[1]: …`) was seen on the live service.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass

from emulator.drive import files as drive_files
from emulator.forms import masks, revisions, watches
from emulator.forms.access import document_title, form_for
from emulator.forms.errors import invalid
from emulator.forms.items import assign_ids, check_item, cleaned, one_line
from emulator.forms.model import Form, form_json, forms, questions_of
from emulator.forms.unions import check_unions
from emulator.kernel import ApiError, Call, Json, handles


@dataclass
class _Draft:
    """The form as the requests so far have made it. base: set when the batch was written against an older state."""

    form: Form
    base: revisions.Base | None

    @property
    def length(self) -> int:
        """How many items the writer of the batch believes there are."""
        return len(self.base.order if self.base else self.form.items)

    def existing(self, index: int) -> int:
        """The place of the item that the writer means."""
        return self.base.existing(self.form, index) if self.base else index

    def gap(self, index: int) -> int:
        """The place for an item that the writer wants there."""
        return self.base.gap(self.form, index) if self.base else index


@handles("forms.forms.batchUpdate")
def batch_update(call: Call) -> Json:
    """Apply the requests to a copy of the form and keep it only when all of them are good."""
    form = form_for(call.world, call.path["formId"], call.actor, "writer")
    requests = call.body.get("requests", [])
    check_unions(requests, "requests")
    base = revisions.base_of(call.world, form, call.body.get("writeControl", {}))
    if not requests:
        raise invalid("Must specify at least one request.")
    draft = _Draft(copy.deepcopy(form), base)
    replies = [_apply(draft, number, request) for number, request in enumerate(requests)]
    changed = draft.form
    revisions.advance(call.world, form, changed)
    forms(call.world)[form.form_id] = changed
    drive_files.touch(call.world, form.form_id, call.actor)
    watches.notify(call.world, form.form_id, "SCHEMA")
    answer: Json = {"replies": replies, "writeControl": {"requiredRevisionId": changed.revision_id}}
    if call.body.get("includeFormInResponse"):
        answer = {"form": form_json(changed, document_title(call.world, form.form_id))} | answer
    return copy.deepcopy(answer)


def _apply(draft: _Draft, number: int, request: Json) -> Json:
    kind = next((kind for kind in _KINDS if kind in request), None)
    try:
        if kind is None:
            raise invalid("request kind was not provided")
        return _KINDS[kind](draft, request[kind])
    except ApiError as error:
        raise invalid(f"Invalid requests[{number}]: {error.message}") from error


def _index(location: Json | None, limit: int, what: str = "location") -> int:
    """The index of a location, which must lie below `limit`. An index that is left out is not 0: Google refuses it."""
    if location is None or "index" not in location:
        raise invalid(f"{what}.index is required")
    index = int(location["index"])
    if not 0 <= index < limit:
        raise invalid(f"{what}.index must be in the range [0, {limit}), but was {index}")
    return index


def _create(draft: _Draft, request: Json) -> Json:
    if "item" not in request:
        raise invalid("item is required")
    index = _index(request.get("location"), draft.length + 1)
    item = cleaned(request["item"])
    check_item(draft.form, item, old=None)
    assign_ids(draft.form, item)
    draft.form.items.insert(draft.gap(index), item)
    if draft.base:
        draft.base.order.insert(index, item["itemId"])
    reply: Json = {"itemId": item["itemId"]}
    if questions_of(item):
        reply["questionId"] = [question["questionId"] for question in questions_of(item)]
    return {"createItem": reply}


def _update(draft: _Draft, request: Json) -> Json:
    index = _index(request.get("location"), draft.length)
    paths = masks.paths(request.get("updateMask"), "Item")
    form, place = draft.form, draft.existing(index)
    old, new = form.items[place], request.get("item", {})
    changed = new if paths is None else copy.deepcopy(old)
    for path in paths or []:
        masks.write(changed, new, path)
    changed = cleaned(changed)
    check_item(form, changed, old=old)
    del form.items[place]
    assign_ids(form, changed)
    form.items.insert(place, changed)
    if draft.base:
        draft.base.order[index] = changed["itemId"]
    if "pageBreakItem" in old and changed["itemId"] != old["itemId"]:
        _forget_section(form, old["itemId"])
    return {}


def _delete(draft: _Draft, request: Json) -> Json:
    index = _index(request.get("location"), draft.length)
    gone = draft.form.items.pop(draft.existing(index))
    if draft.base:
        del draft.base.order[index]
    if "pageBreakItem" in gone:
        _forget_section(draft.form, gone["itemId"])
    return {}


def _forget_section(form: Form, section_id: str) -> None:
    """Options that led to a section that no longer exists lead on to the next one."""
    for item in form.items:
        for question in questions_of(item):
            for option in question.get("choiceQuestion", {}).get("options", []):
                if option.get("goToSectionId") == section_id:
                    del option["goToSectionId"]
                    option["goToAction"] = "NEXT_SECTION"


def _move(draft: _Draft, request: Json) -> Json:
    source = _index(request.get("originalLocation"), draft.length, "original_location")
    target = _index(request.get("newLocation"), draft.length, "new_location")
    moved = draft.form.items.pop(draft.existing(source))
    if draft.base:
        draft.base.order.pop(source)
    draft.form.items.insert(draft.gap(target), moved)
    if draft.base:
        draft.base.order.insert(target, moved["itemId"])
    return {}


def _update_info(draft: _Draft, request: Json) -> Json:
    info = request.get("info", {})
    paths = masks.paths(request.get("updateMask"), "Info")
    names = ["title", "description"] if paths is None else [path[0] for path in paths]
    if "documentTitle" in names:
        raise invalid("info.document_title cannot be modified by a batchUpdate request")
    if "title" in names:
        if not info.get("title"):
            raise invalid("info.title must not be empty")
        draft.form.title = one_line(info["title"])
    if "description" in names:
        draft.form.description = info.get("description", "")
    return {}


def _update_settings(draft: _Draft, request: Json) -> Json:
    settings, form = request.get("settings", {}), draft.form
    paths = masks.paths(request.get("updateMask"), "FormSettings")
    names = ["quizSettings", "emailCollectionType"] if paths is None else [path[0] for path in paths]
    if "quizSettings" in names:
        form.is_quiz = bool(settings.get("quizSettings", {}).get("isQuiz", False))
        if not form.is_quiz:
            for question in (question for item in form.items for question in questions_of(item)):
                question.pop("grading", None)
    wanted = settings.get("emailCollectionType", "EMAIL_COLLECTION_TYPE_UNSPECIFIED")
    if "emailCollectionType" in names and wanted != "EMAIL_COLLECTION_TYPE_UNSPECIFIED":
        form.email_collection = wanted
    return {}


_KINDS: dict[str, Callable[[_Draft, Json], Json]] = {
    "createItem": _create,
    "updateItem": _update,
    "deleteItem": _delete,
    "moveItem": _move,
    "updateFormInfo": _update_info,
    "updateSettings": _update_settings,
}
