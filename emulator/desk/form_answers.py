"""From what the browser posts (`entry.123=…`, as to Google) to the answers that `emulator.forms.responses.submit` takes."""

from __future__ import annotations

import base64

from aiohttp.web_request import FileField
from multidict import MultiDictProxy

from emulator.desk.form_view import OTHER
from emulator.forms.answers import Given, is_blank
from emulator.forms.links import entry_id
from emulator.forms.model import Form, questions_of
from emulator.forms.path import reached_items
from emulator.kernel import Json

Posted = MultiDictProxy["str | bytes | bytearray | FileField"]


def answers_of(form: Form, posted: Posted) -> tuple[dict[str, Given], list[str]]:
    """The answers on the way through the form, by entry name, and the required entries that are missing there.

    What was answered in a section that the final choices pass by is dropped, as Google does.
    :raises ApiError: 400 when the choices lead back or in a circle.
    """
    given: dict[str, Given] = {}
    columns = {
        question["questionId"]: item["questionGroupItem"]["grid"]["columns"]
        for item in form.items
        if "questionGroupItem" in item
        for question in questions_of(item)
    }
    for item in form.items:
        for question in questions_of(item):
            given[_entry(question)] = _read(question, columns.get(question["questionId"]), posted)

    def chosen(_: Json, question: Json) -> str | None:
        value = given.get(_entry(question))
        return value if isinstance(value, str) and value else None

    on_the_way = [question for item in reached_items(form, chosen) for question in questions_of(item)]
    answers = {_entry(one): given[_entry(one)] for one in on_the_way if not is_blank(given[_entry(one)])}
    missing = [_entry(one) for one in on_the_way if one.get("required") and _entry(one) not in answers]
    return answers, missing


def _entry(question: Json) -> str:
    return f"entry.{entry_id(question['questionId'])}"


def _texts(posted: Posted, name: str) -> list[str]:
    return [one.replace("\r\n", "\n") for one in posted.getall(name, []) if isinstance(one, str) and one.strip()]


def _first(posted: Posted, name: str) -> str:
    return next(iter(_texts(posted, name)), "")


def _read(question: Json, columns: Json | None, posted: Posted) -> Given:
    name = _entry(question)
    choice = columns or question.get("choiceQuestion")
    if choice is not None:
        own = _first(posted, f"{name}.other_option_response")
        values = [own if value == OTHER else value for value in _texts(posted, name)]
        values = [value for value in values if value]
        return values if choice["type"] == "CHECKBOX" else (values[0] if values else "")
    if "fileUploadQuestion" in question:
        return [_file(one) for one in posted.getall(name, []) if isinstance(one, FileField) and one.filename]
    if "dateQuestion" in question and not question["dateQuestion"].get("includeYear"):
        return _month_and_day(posted, name)
    if "timeQuestion" in question and question["timeQuestion"].get("duration"):
        return _duration(posted, name)
    return _first(posted, name)


def _file(field: FileField) -> Json:
    data = base64.b64encode(field.file.read()).decode()
    return {"file": {"name": field.filename, "mimeType": field.content_type or "application/octet-stream", "base64": data}}


def _month_and_day(posted: Posted, name: str) -> str:
    month, day, hour = (_first(posted, f"{name}_{part}") for part in ("month", "day", "hour"))
    if not month or not day:
        return ""
    return f"{month.zfill(2)}-{day.zfill(2)}" + (f" {hour}" if hour else "")


def _duration(posted: Posted, name: str) -> str:
    hours, minutes, seconds = (_first(posted, f"{name}_{part}") for part in ("hour", "minute", "second"))
    if not (hours or minutes or seconds):
        return ""
    return f"{(hours or '0').zfill(2)}:{(minutes or '0').zfill(2)}:{(seconds or '0').zfill(2)}"
