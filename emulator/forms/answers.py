"""What a person gave to one question, turned into the texts that Google stores for it."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from emulator.forms.errors import unacceptable
from emulator.kernel import Json

Given = object
"""A text, a list of texts, `{"file": {…}}` or a list of those, or for a grid `{row title: text | [texts]}`."""


def is_blank(given: Given) -> bool:
    """Whether nothing was given: None, an empty text or list."""
    if isinstance(given, str):
        return not given.strip()
    return given is None or given == [] or given == {}


def files_of(given: Given) -> list[Json]:
    """The files among what was given: `{"name", "mimeType", "base64"}` each."""
    entries: list[Any] = given if isinstance(given, list) else [given]
    if not all(isinstance(entry, dict) and isinstance(entry.get("file"), dict) for entry in entries):
        return []
    return [entry["file"] for entry in entries]


def texts_for(question: Json, title: str, given: Given, columns: Json | None = None) -> list[str]:
    """The stored texts of an answer; 400 when a person could not have given it.

    columns: the choices of the grid that the question is a row of.
    """
    choice = columns or question.get("choiceQuestion")
    if choice is not None:
        return _choices(choice, title, given)
    text = _single(title, given)
    if "scaleQuestion" in question:
        scale = question["scaleQuestion"]
        return [_number(title, text, scale.get("low", 0), scale["high"])]
    if "ratingQuestion" in question:
        return [_number(title, text, 1, question["ratingQuestion"]["ratingScaleLevel"])]
    if "dateQuestion" in question:
        return [_date(title, text, question["dateQuestion"])]
    if "timeQuestion" in question:
        return [_time(title, text, duration=bool(question["timeQuestion"].get("duration")))]
    return [text]


def _single(title: str, given: Given) -> str:
    if isinstance(given, list):
        if len(given) != 1:
            raise unacceptable(title, given, "takes one text", "Give a single value")
        return _single(title, given[0])
    if isinstance(given, (int, float)) and not isinstance(given, bool):
        return str(given)
    if not isinstance(given, str):
        raise unacceptable(title, given, "takes one text", "Give a text")
    return given


def _choices(choice: Json, title: str, given: Given) -> list[str]:
    if choice["type"] != "CHECKBOX":
        values = [_single(title, given)]
    elif isinstance(given, list) and all(isinstance(value, str) for value in given):
        values = [value for value in given if value]
    else:
        values = [_single(title, given)]
    options = choice["options"]
    listed = [option.get("value") for option in options if not option.get("isOther")]
    others = [value for value in values if value not in listed]
    if others and not any(option.get("isOther") for option in options):
        known = ", ".join(f'"{option}"' for option in listed if option)
        raise unacceptable(title, others[0], "is not an option there", f"Give one of {known}")
    if len(others) > 1 or len(set(values)) != len(values):
        rule = "takes each option once and one other answer at most"
        raise unacceptable(title, given, rule, "Leave out what stands there twice, and all but one answer of your own")
    return values


def _number(title: str, text: str, low: int, high: int) -> str:
    if not re.fullmatch(r"\d{1,2}", text) or not low <= int(text) <= high:
        raise unacceptable(title, text, f"takes a number from {low} to {high}", "Give a whole number between them")
    return str(int(text))


def _date(title: str, text: str, question: Json) -> str:
    pattern = "%Y-%m-%d" if question.get("includeYear") else "%m-%d"
    if question.get("includeTime"):
        pattern += " %H:%M"
    # Without a year 29 February must stay possible, so a leap year is put before the text.
    prefix = ("", "") if question.get("includeYear") else ("2000-", "%Y-")
    try:
        day = datetime.strptime(prefix[0] + text.replace("T", " "), prefix[1] + pattern)
    except ValueError as error:
        raise unacceptable(title, text, "takes a date", f"Write it like {_example(question)}") from error
    shown = day.strftime(pattern)
    return shown if not question.get("includeYear") else f"{day.year:04d}{shown[shown.index('-') :]}"


def _example(question: Json) -> str:
    day = "2026-11-30" if question.get("includeYear") else "11-30"
    return f"{day} 14:51" if question.get("includeTime") else day


def _time(title: str, text: str, *, duration: bool) -> str:
    match = re.fullmatch(r"(\d{1,3}):(\d{2})(?::(\d{2}))?", text)
    if not match or int(match[2]) > 59 or (not duration and int(match[1]) > 23):
        rule = "takes a duration" if duration else "takes a time of day"
        raise unacceptable(title, text, rule, "Write it like 14:51" + (" or 14:51:30" if duration else ""))
    return text
