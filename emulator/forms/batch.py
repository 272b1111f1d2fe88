"""forms.batchUpdate: edits in order, all or none."""

from __future__ import annotations

import copy
from collections.abc import Callable

from emulator.drive import files as drive_files
from emulator.forms import masks, watches
from emulator.forms.access import document_title, form_for
from emulator.forms.errors import invalid
from emulator.forms.items import assign_ids, check_item, cleaned
from emulator.forms.model import Form, form_json, forms, questions_of
from emulator.kernel import ApiError, Call, Json, handles


@handles("forms.forms.batchUpdate")
def batch_update(call: Call) -> Json:
    """Apply the requests to a copy of the form and keep it only when all of them are good."""
    form = form_for(call.world, call.path["formId"], call.actor, "writer")
    _check_revision(form, call.body.get("writeControl", {}))
    requests = call.body.get("requests", [])
    if not requests:
        raise invalid("Must specify at least one request.")
    draft = copy.deepcopy(form)
    replies = [_apply(draft, number, request) for number, request in enumerate(requests)]
    draft.revision += 1
    forms(call.world)[form.form_id] = draft
    drive_files.touch(call.world, form.form_id, call.actor)
    watches.notify(call.world, form.form_id, "SCHEMA")
    answer: Json = {"replies": replies, "writeControl": {"requiredRevisionId": draft.revision_id}}
    if call.body.get("includeFormInResponse"):
        answer["form"] = form_json(draft, document_title(call.world, form.form_id))
    return copy.deepcopy(answer)


def _check_revision(form: Form, control: Json) -> None:
    required = control.get("requiredRevisionId")
    if required and required != form.revision_id:
        raise invalid(f"The required revision ID '{required}' does not match the latest revision of the form.")
    target = control.get("targetRevisionId")
    if target and target not in {f"{number:08x}" for number in range(1, form.revision + 1)}:
        raise invalid(f"The target revision ID '{target}' is invalid.")


def _apply(draft: Form, number: int, request: Json) -> Json:
    kinds = [kind for kind in _KINDS if kind in request]
    if len(kinds) != 1:
        raise invalid(f"Invalid requests[{number}]: request kind was not provided.")
    try:
        return _KINDS[kinds[0]](draft, request[kinds[0]])
    except ApiError as error:
        raise invalid(f"Invalid requests[{number}].{kinds[0]}: {error.message}") from error


def _index(location: Json | None, limit: int, what: str = "location") -> int:
    """The index of a location, which must lie below `limit`."""
    if location is None or "index" not in location:
        raise invalid(f"{what}.index is required.")
    index = int(location["index"])
    if not 0 <= index < limit:
        raise invalid(f"{what}.index {index} is out of range; it must be at least 0 and less than {limit}.")
    return index


def _create(draft: Form, request: Json) -> Json:
    if "item" not in request:
        raise invalid("item is required.")
    index = _index(request.get("location"), len(draft.items) + 1)
    item = cleaned(request["item"])
    check_item(draft, item, created=True)
    assign_ids(draft, item)
    draft.items.insert(index, item)
    reply: Json = {"itemId": item["itemId"]}
    if questions_of(item):
        reply["questionId"] = [question["questionId"] for question in questions_of(item)]
    return {"createItem": reply}


def _update(draft: Form, request: Json) -> Json:
    index = _index(request.get("location"), len(draft.items))
    paths = masks.paths(request.get("updateMask"), "Item")
    old, new = draft.items[index], cleaned(request.get("item", {}))
    changed = new if paths is None else copy.deepcopy(old)
    for path in paths or []:
        masks.write(changed, new, path)
    changed = cleaned(changed)
    uploads_before = any("fileUploadQuestion" in question for question in questions_of(old))
    check_item(draft, changed, created=not uploads_before)
    del draft.items[index]
    assign_ids(draft, changed)
    draft.items.insert(index, changed)
    return {}


def _delete(draft: Form, request: Json) -> Json:
    gone = draft.items.pop(_index(request.get("location"), len(draft.items)))
    if "pageBreakItem" in gone:
        _forget_section(draft, gone["itemId"])
    return {}


def _forget_section(draft: Form, section_id: str) -> None:
    """Options that led to a section that no longer exists lead on to the next one."""
    for item in draft.items:
        for question in questions_of(item):
            for option in question.get("choiceQuestion", {}).get("options", []):
                if option.get("goToSectionId") == section_id:
                    del option["goToSectionId"]
                    option["goToAction"] = "NEXT_SECTION"


def _move(draft: Form, request: Json) -> Json:
    source = _index(request.get("originalLocation"), len(draft.items), "original_location")
    target = _index(request.get("newLocation"), len(draft.items), "new_location")
    draft.items.insert(target, draft.items.pop(source))
    return {}


def _update_info(draft: Form, request: Json) -> Json:
    info = request.get("info", {})
    paths = masks.paths(request.get("updateMask"), "Info")
    names = ["title", "description"] if paths is None else [path[0] for path in paths]
    if "documentTitle" in names:
        raise invalid("document_title cannot be modified by a batchUpdate request.")
    if "title" in names:
        title = info.get("title", "")
        if "\n" in title or "\r" in title:
            raise invalid("Displayed text cannot contain newlines")
        draft.title = title
    if "description" in names:
        draft.description = info.get("description", "")
    return {}


def _update_settings(draft: Form, request: Json) -> Json:
    settings = request.get("settings", {})
    paths = masks.paths(request.get("updateMask"), "FormSettings")
    names = ["quizSettings", "emailCollectionType"] if paths is None else [path[0] for path in paths]
    if "quizSettings" in names:
        draft.is_quiz = bool(settings.get("quizSettings", {}).get("isQuiz", False))
        if not draft.is_quiz:
            for item in draft.items:
                for question in questions_of(item):
                    question.pop("grading", None)
    wanted = settings.get("emailCollectionType", "EMAIL_COLLECTION_TYPE_UNSPECIFIED")
    if "emailCollectionType" in names and wanted != "EMAIL_COLLECTION_TYPE_UNSPECIFIED":
        draft.email_collection = wanted
    return {}


_KINDS: dict[str, Callable[[Form, Json], Json]] = {
    "createItem": _create,
    "updateItem": _update,
    "deleteItem": _delete,
    "moveItem": _move,
    "updateFormInfo": _update_info,
    "updateSettings": _update_settings,
}
