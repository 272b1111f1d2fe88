"""A form as its page shows it: sections, questions and what already stands in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from emulator.forms.links import entry_id
from emulator.forms.model import Form, Response, questions_of
from emulator.forms.path import Section, sections
from emulator.kernel import Json

OTHER = "__other_option__"
Values = Mapping[str, Sequence[str]]
"""Entry name (`entry.123`) -> texts."""

_CHOICES = {"RADIO": "radio", "CHECKBOX": "checkbox", "DROP_DOWN": "dropdown"}


def values_of(response: Response) -> dict[str, list[str]]:
    """What an earlier response holds, by entry name. Files are told by their names."""
    found: dict[str, list[str]] = {}
    for question_id, answer in response.answers.items():
        texts = [one["value"] for one in answer.get("textAnswers", {}).get("answers", [])]
        texts += [one["fileName"] for one in answer.get("fileUploadAnswers", {}).get("answers", [])]
        found[f"entry.{entry_id(question_id)}"] = texts
    return found


def form_view(form: Form, values: Values) -> list[Json]:
    """The sections of a form, the first with the form's own heading."""
    breaks = {item["itemId"]: item for item in form.items if "pageBreakItem" in item}
    return [_section(form, page, breaks.get(page.section_id or "", {}), values) for page in sections(form)]


def _section(form: Form, page: Section, heading: Json, values: Values) -> Json:
    return {
        "id": page.section_id or "",
        "title": heading.get("title", ""),
        "description": heading.get("description", ""),
        "items": [_item(item, values) for item in page.items],
    }


def _item(item: Json, values: Values) -> Json:
    shown: Json = {"title": item.get("title", ""), "description": item.get("description", ""), "questions": [], "columns": []}
    if "questionGroupItem" in item:
        columns = item["questionGroupItem"]["grid"]["columns"]
        shown["kind"] = "grid"
        shown["columns"] = [option["value"] for option in columns["options"]]
        shown["input"] = "checkbox" if columns["type"] == "CHECKBOX" else "radio"
        shown["questions"] = [_row(question, values) for question in questions_of(item)]
        shown["required"] = any(one["required"] for one in shown["questions"])
    elif "questionItem" in item:
        question = _question(questions_of(item)[0], values)
        shown |= {"kind": question["kind"], "questions": [question], "required": question["required"]}
    else:
        kind = next((name for name in ("textItem", "imageItem", "videoItem") if name in item), "textItem")
        shown |= {"kind": kind.removesuffix("Item"), "required": False}
        holder = item.get("imageItem", {}).get("image", {})
        shown["alternative"] = holder.get("altText", "") or item.get("videoItem", {}).get("caption", "")
    return shown


def _base(question: Json, values: Values) -> Json:
    entry = f"entry.{entry_id(question['questionId'])}"
    given = list(values.get(entry, []))
    return {"entry": entry, "required": bool(question.get("required")), "given": given, "value": given[0] if given else ""}


def _row(question: Json, values: Values) -> Json:
    return _base(question, values) | {"kind": "row", "title": question["rowQuestion"].get("title", "")}


def _question(question: Json, values: Values) -> Json:
    shown = _base(question, values)
    if "choiceQuestion" in question:
        return shown | _choice(question["choiceQuestion"], shown, values)
    if "textQuestion" in question:
        return shown | {"kind": "paragraph" if question["textQuestion"].get("paragraph") else "short"}
    if "scaleQuestion" in question:
        scale = question["scaleQuestion"]
        steps = [str(step) for step in range(scale.get("low", 0), scale["high"] + 1)]
        return shown | {"kind": "scale", "steps": steps, "low": scale.get("lowLabel", ""), "high": scale.get("highLabel", "")}
    if "ratingQuestion" in question:
        rating = question["ratingQuestion"]
        steps = [str(step) for step in range(1, rating["ratingScaleLevel"] + 1)]
        return shown | {"kind": "rating", "steps": steps, "icon": rating.get("iconType", "STAR")}
    if "dateQuestion" in question:
        return shown | _date(question["dateQuestion"], shown["value"])
    if "timeQuestion" in question:
        return shown | _time(question["timeQuestion"], shown["value"])
    if "fileUploadQuestion" in question:
        upload = question["fileUploadQuestion"]
        return shown | {
            "kind": "file",
            "most": int(upload.get("maxFiles", 1)),
            "most_bytes": int(upload.get("maxFileSize", 10 * 1024 * 1024)),
        }
    return shown | {"kind": "short"}


def _choice(choice: Json, shown: Json, values: Values) -> Json:
    listed = {option.get("value") for option in choice["options"] if not option.get("isOther")}
    strange = [value for value in shown["given"] if value not in listed]
    typed = list(values.get(f"{shown['entry']}.other_option_response", []))
    other_text = typed[0] if typed else next((value for value in strange if value != OTHER), "")
    options = [
        {
            "value": OTHER if option.get("isOther") else option["value"],
            "other": bool(option.get("isOther")),
            "chosen": bool(strange) if option.get("isOther") else option["value"] in shown["given"],
            "section": option.get("goToSectionId", ""),
            "action": option.get("goToAction", ""),
        }
        for option in choice["options"]
    ]
    return {"kind": _CHOICES[choice["type"]], "options": options, "other_text": other_text}


def _date(date: Json, value: str) -> Json:
    if date.get("includeYear"):
        kind = "datetime" if date.get("includeTime") else "date"
        return {"kind": kind, "value": value.replace(" ", "T")}
    day, _, hour = value.partition(" ")
    month, _, number = day.partition("-")
    return {"kind": "monthday", "month": month, "day": number, "hour": hour, "with_time": bool(date.get("includeTime"))}


def _time(time: Json, value: str) -> Json:
    if not time.get("duration"):
        return {"kind": "time"}
    hours, minutes, seconds = ([*value.split(":"), "", "", ""])[:3]
    return {"kind": "duration", "hours": hours, "minutes": minutes, "seconds": seconds}
