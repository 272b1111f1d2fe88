"""Whether an item may stand in a form, and the ids it gets.

Texts of refusals that were seen on the live service: newlines, isOther with a value, grading outside a quiz.
The other texts are ours; that Google refuses is in its reference.
"""

from __future__ import annotations

import re

from emulator.forms.errors import invalid
from emulator.forms.grading import check_grading
from emulator.forms.model import ITEM_KINDS, QUESTION_KINDS, Form, new_hex_id, questions_of, without_defaults
from emulator.kernel import Json

_HEX_ID = re.compile(r"[0-9a-fA-F]{1,8}")
_BRANCHING = ("RADIO", "DROP_DOWN")
_MAX_WIDTH_PIXELS = 740


def section_ids(form: Form) -> set[str]:
    """The item ids of the page breaks that exist now."""
    return {item["itemId"] for item in form.items if "pageBreakItem" in item}


def cleaned(item: Json) -> Json:
    """The item as it is kept: defaults left out, an image's source exchanged for the address Google serves it from."""
    kept = without_defaults(item)
    assert isinstance(kept, dict)
    for image in _images(kept):
        if image.pop("sourceUri", None):
            image["contentUri"] = "https://lh7-rt.googleusercontent.com/formsz/" + new_hex_id(set())
            image.setdefault("properties", {}).setdefault("alignment", "LEFT")
    return kept


def _images(item: Json) -> list[Json]:
    """Every image of an item: its own, those in its question and those of the options."""
    holders = [item.get("imageItem", {}), item.get("questionItem", {}), item.get("questionGroupItem", {})]
    holders += [option for question in questions_of(item) for option in question.get("choiceQuestion", {}).get("options", [])]
    return [holder["image"] for holder in holders if "image" in holder]


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


def check_item(form: Form, item: Json, *, old: Json | None) -> None:
    """Refuse what Google refuses in an item.

    form: as it stands when the request is checked; goToSectionId must name one of its page breaks.
    old: what an update replaces, None when the item is new; file-upload questions cannot be created.
    """
    kinds = [kind for kind in ITEM_KINDS if kind in item]
    if not kinds:
        raise invalid("item kind was not provided")
    one_line(item.get("title", ""))
    for image in _images(item):
        _check_image(image)
    if kinds[0] == "questionItem":
        question = item["questionItem"].get("question")
        if question is None:
            raise invalid("question_item.question is required")
        _check_question(form, question, may_upload=old is not None and has_upload(old))
    elif kinds[0] == "questionGroupItem":
        _check_grid(form, item["questionGroupItem"])
    elif kinds[0] == "videoItem":
        _check_video(item["videoItem"])
    elif kinds[0] == "imageItem" and not item["imageItem"].get("image"):
        raise invalid("image_item.image is required")


def has_upload(item: Json) -> bool:
    """Whether the item asks for files."""
    return any("fileUploadQuestion" in question for question in questions_of(item))


def one_line(text: str) -> str:
    """The text, which must not have line breaks."""
    if "\n" in text or "\r" in text:
        raise invalid("Displayed text cannot contain newlines")
    return text


def _check_image(image: Json) -> None:
    """An image needs a source when it is made; it keeps the address that Google gave it then."""
    if not image.get("contentUri"):
        raise invalid("image.source_uri is required")
    _check_width(image.get("properties", {}))


def _check_width(properties: Json) -> None:
    if not 0 <= properties.get("width", 0) <= _MAX_WIDTH_PIXELS:
        raise invalid("Width must be between 0 and 740, inclusive")


def _check_question(form: Form, question: Json, *, may_upload: bool) -> None:
    kind = next((kind for kind in QUESTION_KINDS if kind in question), None)
    if kind is None:
        raise invalid("question kind was not provided")
    if kind == "rowQuestion":
        raise invalid("A row question is only allowed in a question group")
    if kind == "fileUploadQuestion" and not may_upload:
        raise invalid("The API currently does not support creating file upload questions")
    if kind == "choiceQuestion":
        _check_choices(form, question[kind], in_grid=False)
    elif kind == "scaleQuestion":
        _check_scale(question[kind])
    elif kind == "ratingQuestion":
        _check_rating(question[kind])
    check_grading(form, question)


def _check_rating(rating: Json) -> None:
    if not 3 <= rating.get("ratingScaleLevel", 0) <= 10:
        raise invalid("rating_scale_level must be between 3 and 10, inclusive")
    if not rating.get("iconType"):
        raise invalid("rating_question.icon_type is required")


def _check_scale(scale: Json) -> None:
    if scale.get("low", 0) not in (0, 1) or not 2 <= scale.get("high", 0) <= 10:
        raise invalid("scale_question.low must be 0 or 1 and scale_question.high between 2 and 10")
    one_line(scale.get("lowLabel", ""))
    one_line(scale.get("highLabel", ""))


def _check_choices(form: Form, choice: Json, *, in_grid: bool) -> None:
    kind, options = choice.get("type"), choice.get("options", [])
    if kind not in ("RADIO", "CHECKBOX", "DROP_DOWN"):
        raise invalid("choice_question.type is required")
    if not options:
        raise invalid("choice_question.options must not be empty")
    for option in options:
        _check_option(form, option, kind, in_grid=in_grid)
    values = [option.get("value") for option in options if not option.get("isOther")]
    if len(set(values)) != len(values) or sum(bool(option.get("isOther")) for option in options) > 1:
        raise invalid("Duplicate option values are not allowed")


def _check_option(form: Form, option: Json, kind: str, *, in_grid: bool) -> None:
    if option.get("isOther"):
        if option.get("value"):
            raise invalid("Cannot set option.value when isOther is true")
        if in_grid or kind == "DROP_DOWN":
            raise invalid("option.isOther is only allowed for RADIO and CHECKBOX questions")
    elif not option.get("value"):
        raise invalid("option.value is required")
    one_line(option.get("value", ""))
    action, target = option.get("goToAction"), option.get("goToSectionId")
    if not action and not target:
        return
    if in_grid or kind not in _BRANCHING:
        raise invalid("Section navigation is only allowed for RADIO and DROP_DOWN questions")
    if target and target not in section_ids(form):
        raise invalid(f"Invalid option.goToSectionId: no section with the ID {target} exists in the form")


def _check_grid(form: Form, group: Json) -> None:
    rows = group.get("questions", [])
    if not rows or any("rowQuestion" not in row for row in rows):
        raise invalid("question_group_item.questions must not be empty and must all be row questions")
    for row in rows:
        one_line(row["rowQuestion"].get("title", ""))
        check_grading(form, row)
    columns = group.get("grid", {}).get("columns")
    if columns is None or columns.get("type") not in ("RADIO", "CHECKBOX"):
        raise invalid("grid.columns must be of type RADIO or CHECKBOX")
    _check_choices(form, columns, in_grid=True)


def _check_video(video_item: Json) -> None:
    video = video_item.get("video", {})
    uri = video.get("youtubeUri", "")
    if not re.match(r"https?://(www\.)?(youtube\.com|youtu\.be)/", uri):
        raise invalid("video.youtube_uri must be a YouTube URI")
    _check_width(video.get("properties", {}))
