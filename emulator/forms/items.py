"""Whether an item may stand in a form, and the ids it gets.

Texts of refusals that were seen on the live service: newlines, isOther with a value, grading outside a quiz.
The other texts are ours; that Google refuses is in its reference.
"""

from __future__ import annotations

import re

from emulator.forms.errors import invalid
from emulator.forms.model import ITEM_KINDS, QUESTION_KINDS, Form, new_hex_id, questions_of, without_defaults
from emulator.kernel import Json

_HEX_ID = re.compile(r"[0-9a-fA-F]{1,8}")
_BRANCHING = ("RADIO", "DROP_DOWN")


def section_ids(form: Form) -> set[str]:
    """The item ids of the page breaks that exist now."""
    return {item["itemId"] for item in form.items if "pageBreakItem" in item}


def cleaned(item: Json) -> Json:
    """The item as it is kept: defaults left out, an image's source exchanged for the address Google serves it from."""
    kept = without_defaults(item)
    assert isinstance(kept, dict)
    holders = [kept.get("imageItem", {}), kept.get("questionItem", {}), kept.get("questionGroupItem", {})]
    for holder in holders:
        image = holder.get("image")
        if image and image.pop("sourceUri", None):
            image["contentUri"] = "https://lh7-rt.googleusercontent.com/formsz/" + new_hex_id(set())
    return kept


def assign_ids(form: Form, item: Json) -> None:
    """Give ids to what has none. `item` must not be in the form; ids that are malformed or in use there are refused."""
    taken_items = {other["itemId"] for other in form.items}
    taken_questions = {q["questionId"] for other in form.items for q in questions_of(other)}
    item["itemId"] = _own_or_new(item.get("itemId"), taken_items, "item")
    for question in questions_of(item):
        question["questionId"] = _own_or_new(question.get("questionId"), taken_questions, "question")
        taken_questions.add(question["questionId"])


def _own_or_new(own: str | None, taken: set[str], what: str) -> str:
    if not own:
        return new_hex_id(taken)
    if not _HEX_ID.fullmatch(own) or int(own, 16) >= 2**31:
        raise invalid(f"Invalid {what} ID: {own}")
    if own in taken:
        raise invalid(f"Duplicate {what} ID: {own}")
    return own


def check_item(form: Form, item: Json, *, created: bool) -> None:
    """Refuse what Google refuses in an item.

    form: as it stands when the request is checked; goToSectionId must name one of its page breaks.
    created: the item is new; file-upload questions cannot be created.
    """
    kinds = [kind for kind in ITEM_KINDS if kind in item]
    if len(kinds) != 1:
        raise invalid("The item must have exactly one kind.")
    _one_line(item.get("title", ""))
    if kinds[0] == "questionItem":
        question = item["questionItem"].get("question")
        if question is None:
            raise invalid("questionItem.question is required.")
        if "rowQuestion" in question:
            raise invalid("rowQuestion is only allowed in a questionGroupItem.")
        _check_question(form, question, created=created)
    elif kinds[0] == "questionGroupItem":
        _check_grid(form, item["questionGroupItem"])
    elif kinds[0] == "videoItem":
        _check_video(item["videoItem"])
    elif kinds[0] == "imageItem" and not item["imageItem"].get("image"):
        raise invalid("imageItem.image is required.")


def _one_line(text: str) -> None:
    if "\n" in text or "\r" in text:
        raise invalid("Displayed text cannot contain newlines")


def _check_question(form: Form, question: Json, *, created: bool) -> None:
    kinds = [kind for kind in QUESTION_KINDS if kind in question]
    if len(kinds) != 1:
        raise invalid("The question must have exactly one kind.")
    kind = kinds[0]
    if kind == "fileUploadQuestion" and created:
        raise invalid("The API currently does not support creating file upload questions.")
    if kind == "choiceQuestion":
        _check_choices(form, question[kind], in_grid=False)
    elif kind == "scaleQuestion":
        _check_scale(question[kind])
    elif kind == "ratingQuestion" and not 3 <= question[kind].get("ratingScaleLevel", 0) <= 10:
        raise invalid("ratingScaleLevel must be between 3 and 10.")
    _check_grading(form, question)


def _check_scale(scale: Json) -> None:
    if scale.get("low", 0) not in (0, 1) or not 2 <= scale.get("high", 0) <= 10:
        raise invalid("scaleQuestion.low must be 0 or 1 and scaleQuestion.high between 2 and 10.")
    _one_line(scale.get("lowLabel", ""))
    _one_line(scale.get("highLabel", ""))


def _check_grading(form: Form, question: Json) -> None:
    if "grading" in question and not form.is_quiz:
        raise invalid("Invalid grading. Cannot set grading on a form that is not a quiz.")


def _check_choices(form: Form, choice: Json, *, in_grid: bool) -> None:
    kind, options = choice.get("type"), choice.get("options", [])
    if kind not in ("RADIO", "CHECKBOX", "DROP_DOWN"):
        raise invalid("choiceQuestion.type is required.")
    if not options:
        raise invalid("choiceQuestion.options must not be empty.")
    for option in options:
        _check_option(form, option, kind, in_grid=in_grid)
    values = [option.get("value") for option in options if not option.get("isOther")]
    if len(set(values)) != len(values) or sum(bool(option.get("isOther")) for option in options) > 1:
        raise invalid("Duplicate options are not allowed.")


def _check_option(form: Form, option: Json, kind: str, *, in_grid: bool) -> None:
    if option.get("isOther"):
        if option.get("value"):
            raise invalid("Cannot set option.value when isOther is true")
        if in_grid or kind == "DROP_DOWN":
            raise invalid("option.isOther is only allowed for RADIO and CHECKBOX questions.")
    elif not option.get("value"):
        raise invalid("option.value is required.")
    _one_line(option.get("value", ""))
    action, target = option.get("goToAction"), option.get("goToSectionId")
    if not action and not target:
        return
    if action and target:
        raise invalid("Only one of goToAction and goToSectionId can be set.")
    if in_grid or kind not in _BRANCHING:
        raise invalid("Section navigation is only allowed for RADIO and DROP_DOWN questions.")
    if target and target not in section_ids(form):
        raise invalid(f"Invalid goToSectionId: no section with the ID {target} exists in the form.")


def _check_grid(form: Form, group: Json) -> None:
    rows = group.get("questions", [])
    if not rows or any("rowQuestion" not in row for row in rows):
        raise invalid("A questionGroupItem must have questions, all of them of kind rowQuestion.")
    for row in rows:
        _one_line(row["rowQuestion"].get("title", ""))
        _check_grading(form, row)
    columns = group.get("grid", {}).get("columns")
    if columns is None or columns.get("type") not in ("RADIO", "CHECKBOX"):
        raise invalid("grid.columns must be of type RADIO or CHECKBOX.")
    _check_choices(form, columns, in_grid=True)


def _check_video(video_item: Json) -> None:
    uri = video_item.get("video", {}).get("youtubeUri", "")
    if not re.match(r"https?://(www\.)?(youtube\.com|youtu\.be)/", uri):
        raise invalid("video.youtubeUri must be a YouTube URI.")
