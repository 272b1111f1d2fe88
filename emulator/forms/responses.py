"""Answering a form as a person does: by the titles that stand on the page, along the sections that the answers open."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from emulator.drive import files as drive_files
from emulator.forms import uploads, watches
from emulator.forms.access import may_respond
from emulator.forms.answers import Given, files_of, is_blank, texts_for
from emulator.forms.errors import denied, invalid, not_found, unacceptable
from emulator.forms.grading import grade
from emulator.forms.links import entry_id
from emulator.forms.model import Form, Response, all_questions, forms, responses
from emulator.forms.path import reached_items
from emulator.forms.times import whole_milliseconds
from emulator.kernel import Json, World

_ADDRESS = re.compile(r"[^\s@<>,;\"]+@[^\s@<>,;\"]+\.[^\s@<>,;\".]+")


@dataclass(frozen=True)
class _Place:
    """One question on the page: what it is called and what may be given to it."""

    item: Json
    question: Json
    title: str
    columns: Json | None

    @property
    def question_id(self) -> str:
        """The id under which its answer is kept."""
        return str(self.question["questionId"])


def submit(
    world: World,
    form_id: str,
    respondent: str | None,
    answers: Mapping[str, Given],
    response_id: str | None = None,
    *,
    typed_email: str | None = None,
) -> str:
    """Send a form in and return the response id.

    respondent: address of the signed-in person, "" or None for nobody.
    answers: question title -> text, [choices], {"file": {"name", "mimeType", "base64"}} or a list of those; a grid takes
    {row: choice}, or one key `Title [row]` a row. `entry.<number>`, as browsers post it, serves for equal titles.
    response_id: edit that response instead of making a new one. typed_email: where the form asks to type an address.
    Raises 403 for who may not respond, 404 for an unknown form or response, 400 for what the page would not accept.
    """
    form, file = forms(world).get(form_id), world.table(drive_files.FILES).get(form_id)
    if form is None or file is None or file.trashed:
        raise not_found()
    respondent = world.directory.canonical(respondent or "")
    _check_open(world, form, respondent)
    earlier = _earlier(world, form, respondent, response_id)
    given, by_title = _by_question(form, answers)
    items = reached_items(form, lambda item, question: _chosen(question, given))
    shown = [place for place in _places(form) if any(place.item is item for item in items)]
    _check_reached(form, shown, given, by_title)
    texts, email = _texts(shown, given), _email(form, respondent, typed_email)
    stored = {question_id: _text_answer(question_id, values) for question_id, values in texts.items()}
    stored |= uploads.store(
        world,
        form,
        respondent,
        {
            p.question_id: (p.question, given[p.question_id], p.title)
            for p in shown
            if p.question_id in given and "fileUploadQuestion" in p.question
        },
    )
    score, now = grade(form, stored), world.clock.now()
    saved = _save(world, Response("", form_id, now, now, email, stored, respondent, score), earlier)
    watches.notify(world, form_id, "RESPONSES")
    return saved


def _check_open(world: World, form: Form, respondent: str) -> None:
    if not may_respond(world, form, respondent):
        raise denied("You need permission to respond to this form.")
    if not form.published:
        raise invalid(f'The form "{form.title}" is not published.')
    if not form.accepting:
        raise invalid(f'The form "{form.title}" is no longer accepting responses.')
    if not respondent and (form.email_collection == "VERIFIED" or _has_upload(form)):
        raise denied("You must be signed in to respond to this form.")


def _has_upload(form: Form) -> bool:
    return any("fileUploadQuestion" in question for _, question in all_questions(form))


def _earlier(world: World, form: Form, respondent: str, response_id: str | None) -> Response | None:
    if response_id is None:
        return None
    earlier = responses(world).get(response_id)
    if earlier is None or earlier.form_id != form.form_id:
        raise not_found()
    if earlier.respondent.lower() != respondent.lower():
        raise denied("You can only edit your own response.")
    return earlier


def _places(form: Form) -> list[_Place]:
    places = []
    for item, question in all_questions(form):
        group = item.get("questionGroupItem")
        if group is None:
            places.append(_Place(item, question, item.get("title", ""), None))
        else:
            row = question["rowQuestion"].get("title", "")
            places.append(_Place(item, question, f"{item.get('title', '')} [{row}]", group["grid"]["columns"]))
    return places


def _by_question(form: Form, answers: Mapping[str, Given]) -> tuple[dict[str, Given], set[str]]:
    """What was given, by question id, and the titles it was given under.

    A title that stands several times in the form goes to each question: the path decides which is meant.
    """
    places = _places(form)
    given: dict[str, Given] = {}
    by_title: set[str] = set()
    for key, value in _rows_apart(places, answers).items():
        meant = [place for place in places if key == f"entry.{entry_id(place.question_id)}"]
        if not meant:
            meant = [place for place in places if place.title == key]
            by_title.add(key)
        if not meant:
            raise invalid(f'The form "{form.title}" has no question "{key}".')
        if not is_blank(value):
            given |= {place.question_id: value for place in meant}
    return given, by_title


def _rows_apart(places: list[_Place], answers: Mapping[str, Given]) -> dict[str, Given]:
    grids = {place.item.get("title", "") for place in places if place.columns}
    apart: dict[str, Given] = {}
    for key, value in answers.items():
        if key in grids and isinstance(value, Mapping):
            apart |= {f"{key} [{row}]": inner for row, inner in value.items()}
        else:
            apart[key] = value
    return apart


def _chosen(question: Json, given: dict[str, Given]) -> str | None:
    value = given.get(question["questionId"])
    if isinstance(value, list):
        value = value[0] if len(value) == 1 else None
    return value if isinstance(value, str) else None


def _check_reached(form: Form, shown: list[_Place], given: dict[str, Given], by_title: set[str]) -> None:
    """Refuse an answer whose question was never on the screen, and one that two questions on the screen could mean."""
    on_screen = {place.question_id for place in shown}
    titles = [place.title for place in shown if place.question_id in given]
    for place in _places(form):
        if place.question_id in given and place.question_id not in on_screen:
            if place.title not in titles or place.title not in by_title:
                raise invalid(f'The question "{place.title}" is not reached with these answers.')
            del given[place.question_id]
    for title in sorted(by_title):
        if titles.count(title) > 1:
            raise invalid(f'Two questions on the way are called "{title}"; answer them by entry number.')


def _texts(shown: list[_Place], given: dict[str, Given]) -> dict[str, list[str]]:
    texts: dict[str, list[str]] = {}
    for place in shown:
        value = given.get(place.question_id)
        if value is None:
            if place.question.get("required"):
                raise unacceptable(place.title, None, "is required", "Give an answer")
        elif "fileUploadQuestion" not in place.question:
            if files_of(value):
                raise unacceptable(place.title, "a file", "takes no files", "Give a text")
            texts[place.question_id] = texts_for(place.question, place.title, value, place.columns)
    return texts


def _text_answer(question_id: str, values: list[str]) -> Json:
    return {"questionId": question_id, "textAnswers": {"answers": [{"value": value} for value in values]}}


def _email(form: Form, respondent: str, typed: str | None) -> str:
    if form.email_collection == "VERIFIED":
        return respondent
    if form.email_collection != "RESPONDER_INPUT":
        return ""
    address = (typed or respondent).strip()
    if _ADDRESS.fullmatch(address) is None:
        raise unacceptable("Email", address, "must be a valid e-mail address", "Write it like ana@empresa.com")
    return address


def _save(world: World, response: Response, earlier: Response | None) -> str:
    if earlier is None:
        response.response_id = world.new_id("ACYDB", 57)
        # Google shows whole milliseconds here and microseconds in lastSubmittedTime; they differ by the remainder.
        response.create_time = whole_milliseconds(response.create_time)
    else:
        response.response_id, response.create_time = earlier.response_id, earlier.create_time
    responses(world)[response.response_id] = response
    return response.response_id
