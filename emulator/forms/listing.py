"""forms.responses.list and get."""

from __future__ import annotations

import base64
import calendar
import json
import re
from datetime import UTC, datetime

from emulator.forms.access import form_for
from emulator.forms.errors import invalid, not_found
from emulator.forms.model import Response, responses
from emulator.forms.times import stamp
from emulator.kernel import Call, Json, World, handles

_FILTER = re.compile(r"\s*timestamp\s*(>=|>)\s*(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z\s*")
_MOST = 5000


@handles("forms.forms.responses.list")
def list_responses(call: Call) -> Json:
    """The responses of a form, oldest first, as one page; `{}` when there are none."""
    form = form_for(call.world, call.path["formId"], call.actor)
    asked_filter = call.query.get("filter", "")
    found = _matching(call.world, form.form_id, asked_filter)
    after = _after(call.query.get("pageToken", ""), form.form_id, asked_filter)
    rest = [response for response in found if after is None or _place(response) > after]
    page = rest[: _page_size(int(call.query.get("pageSize", 0)))]
    if not page:
        return {}
    answer: Json = {"responses": [response_json(response) for response in page]}
    if len(page) < len(rest):
        answer["nextPageToken"] = _token(form.form_id, asked_filter, page[-1])
    return answer


@handles("forms.forms.responses.get")
def get_response(call: Call) -> Json:
    """One response, with its form id."""
    form = form_for(call.world, call.path["formId"], call.actor)
    response = responses(call.world).get(call.path["responseId"])
    if response is None or response.form_id != form.form_id:
        raise not_found()
    return {"formId": form.form_id} | response_json(response)


def response_json(response: Response) -> Json:
    """A response as lists show it: without the form id; without an address where none is collected."""
    shown: Json = {
        "responseId": response.response_id,
        "createTime": stamp(response.create_time),
        "lastSubmittedTime": stamp(response.last_submitted_time),
    }
    if response.email:
        shown["respondentEmail"] = response.email
    if response.answers:
        shown["answers"] = response.answers
    if response.total_score:
        shown["totalScore"] = response.total_score
    return shown


def _matching(world: World, form_id: str, text: str) -> list[Response]:
    found = [response for response in responses(world).values() if response.form_id == form_id]
    if text:
        match = _FILTER.fullmatch(text)
        if not match:
            raise invalid(f"Invalid filter: {text}")
        found = [response for response in found if _passes(response, match)]
    return sorted(found, key=_place)


def _passes(response: Response, match: re.Match[str]) -> bool:
    """Whether the last submission is at or after the instant; compared in nanoseconds, as filters may have nine digits."""
    try:
        asked = datetime.fromisoformat(match[2]).replace(tzinfo=UTC)
    except ValueError as error:
        raise invalid(f"Invalid filter: {match[0]}") from error
    asked_ns = (calendar.timegm(asked.utctimetuple()), int((match[3] or "0").ljust(9, "0")))
    last = response.last_submitted_time
    last_ns = (calendar.timegm(last.utctimetuple()), last.microsecond * 1000)
    return last_ns >= asked_ns if match[1] == ">=" else last_ns > asked_ns


def _place(response: Response) -> tuple[str, str]:
    return response.create_time.isoformat(timespec="microseconds"), response.response_id


def _page_size(asked: int) -> int:
    if asked < 0:
        raise invalid("page_size must not be negative.")
    return min(asked or _MOST, _MOST)


def _token(form_id: str, asked_filter: str, last: Response) -> str:
    return base64.urlsafe_b64encode(json.dumps([form_id, asked_filter, *_place(last)]).encode()).decode()


def _after(token: str, form_id: str, asked_filter: str) -> tuple[str, str] | None:
    if not token:
        return None
    try:
        of_form, of_filter, when, response_id = json.loads(base64.urlsafe_b64decode(token))
    except ValueError as error:
        raise invalid("Invalid page token.") from error
    if (of_form, of_filter) != (form_id, asked_filter):
        raise invalid("The page token belongs to another request.")
    return when, response_id
