"""Google's failures in our own words: the only place where errors of the client libraries are known.

Source: Drive API, "Resolve errors"; google.rpc error shape of Sheets, Forms, Pub/Sub; Gmail API, "Resolve errors".
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from importlib import import_module
from typing import Any

from expediente.errors import (
    AlreadyExistsError,
    DoubtfulError,
    GoogleError,
    NotFoundError,
    RefusedError,
    RetryLaterError,
)

# Reasons that mean "too fast" or "too much today", whatever the status says, and how long to wait when Google does not tell.
WAIT_SECONDS = {
    "userRateLimitExceeded": 15.0,
    "rateLimitExceeded": 15.0,
    "RATE_LIMIT_EXCEEDED": 15.0,
    "RESOURCE_EXHAUSTED": 15.0,
    "quotaExceeded": 60.0,
    "sharingRateLimitExceeded": 300.0,
    "dailyLimitExceeded": 3600.0,
}
DEFAULT_WAIT_SECONDS = 15.0
UNREACHABLE_WAIT_SECONDS = 5.0
_LONGEST_WAIT_SECONDS = 86400.0

Now = Callable[[], datetime]


def utc_now() -> datetime:
    """The machine's time; only used to read a Retry-After that is given as a date when no clock was given."""
    return datetime.now(UTC)


class Answer(dict[str, Any]):
    """A JSON answer. A part that must be there and is not makes it doubtful: perhaps it was not Google that answered."""

    def __init__(self, method: str, content: dict[str, Any]) -> None:
        super().__init__(content)
        self._method = method

    def __missing__(self, key: str) -> Any:
        """:raises DoubtfulError: always, with reason `incomplete`."""
        raise DoubtfulError(self._method, 200, "incomplete", key)


def execute(request: Any, now: Now = utc_now) -> dict[str, Any]:
    """Send a request of the client library once and give its JSON answer, an empty one when Google answers without a body.

    :raises GoogleError: one of its classes for every failure; no error of another library leaves here.
    """
    with translated(request.methodId, now):
        answer = request.execute(num_retries=0)
    if answer in ("", b"", None):
        return Answer(request.methodId, {})
    if not isinstance(answer, dict):
        raise DoubtfulError(request.methodId, 200, "unreadable")
    return Answer(request.methodId, answer)


def fetch(request: Any, now: Now = utc_now) -> bytes:
    """Send a request whose answer is not JSON (a download or an export) and give its bytes. :raises GoogleError: as `execute`."""
    with translated(request.methodId, now):
        answer = request.execute(num_retries=0)
    return answer if isinstance(answer, bytes) else str(answer).encode()


@contextmanager
def translated(method: str, now: Now = utc_now) -> Iterator[None]:
    """Turn whatever the client libraries raise inside the block into a `GoogleError` about `method`."""
    try:
        yield
    except GoogleError:
        raise
    except Exception as error:
        raise _translate(method, error, now) from error


def _translate(method: str, error: Exception, now: Now) -> Exception:
    client = import_module("googleapiclient.errors")
    if isinstance(error, client.HttpError):
        return _of_answer(method, error, now)
    from google.auth.exceptions import GoogleAuthError

    if isinstance(error, GoogleAuthError):
        return _of_credential(method, error)
    from urllib3 import exceptions as wire

    # These happen before a byte of the request has left: nothing is in doubt.
    if isinstance(error, (wire.NewConnectionError, wire.ConnectTimeoutError, wire.EmptyPoolError)):
        return RetryLaterError(method, 0, "unreachable", UNREACHABLE_WAIT_SECONDS)
    if isinstance(error, wire.TimeoutError):
        return DoubtfulError(method, 0, "timeout")
    if isinstance(error, (wire.HTTPError, OSError, import_module("httplib2").HttpLib2Error)):
        return DoubtfulError(method, 0, "broken")
    if isinstance(error, ValueError):  # cut JSON, bytes that are no text
        return DoubtfulError(method, 200, "unreadable")
    if isinstance(error, client.Error):
        return RefusedError(method, 0, "client")
    return error if isinstance(error, GoogleError) else DoubtfulError(method, 0, type(error).__name__)


def _of_credential(method: str, error: Any) -> GoogleError:
    from google.auth.exceptions import TransportError

    # The token could not be fetched, so the call itself was never sent.
    if isinstance(error, TransportError) or error.retryable:
        return RetryLaterError(method, 0, "credential_unreachable", UNREACHABLE_WAIT_SECONDS)
    return RefusedError(method, 401, "credential", clean_message(type(error).__name__))


def _of_answer(method: str, error: Any, now: Now) -> GoogleError:
    status, (reason, message) = int(error.resp.status), _reason_of(error.content)
    retry_after = _retry_after(error.resp, message, now)
    message = clean_message(message)
    _silence(error, reason)
    # A 403 that is a web page comes from Google's outermost servers, which turn away traffic, not rights.
    if status == 429 or (status == 403 and (reason in WAIT_SECONDS or reason == "unreadable")):
        return RetryLaterError(method, status, reason, retry_after or WAIT_SECONDS.get(reason, DEFAULT_WAIT_SECONDS))
    if status in (404, 410):
        return NotFoundError(method, status, reason, message)
    if status in (409, 412):
        return AlreadyExistsError(method, status, reason, message)
    if status >= 500 or status == 408 or status < 400:
        return DoubtfulError(method, status, reason, message)
    return RefusedError(method, status, reason, message)


def _reason_of(content: bytes) -> tuple[str, str]:
    """Reason code and sentence of an error body, of either shape that Google uses; a rate reason wins over any other."""
    try:
        error = json.loads(content)["error"]
        sentence = str(error.get("message", ""))
        reasons = [str(item["reason"]) for item in (*error.get("errors", ()), *error.get("details", ())) if "reason" in item]
    except (ValueError, KeyError, TypeError, AttributeError):
        return "unreadable", ""
    reasons.append(str(error.get("status") or "unspecified"))
    return next((reason for reason in reasons if reason in WAIT_SECONDS), reasons[0]), sentence


def _retry_after(response: Any, message: str, now: Now) -> float | None:
    """Seconds that Google asks us to wait: header as seconds or date, or Gmail's "Retry after <time>" in the sentence."""
    header = str(response.get("retry-after", "")).strip()
    if re.fullmatch(r"\d+(\.\d+)?", header):
        return min(float(header), _LONGEST_WAIT_SECONDS)
    told = re.search(r"[Rr]etry after (\d{4}-\d\d-\d\dT[\d:.]+Z)", message)
    try:
        until = datetime.fromisoformat(told[1]) if told else parsedate_to_datetime(header)
    except ValueError:
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    wait = until - now()
    return min(max(wait, timedelta(seconds=1)).total_seconds(), _LONGEST_WAIT_SECONDS)


def clean_message(sentence: str) -> str:
    """Google's sentence without what it repeats of ours: quoted text, addresses, numbers of five digits and more."""
    for pattern, put in ((r"\"[^\"]*\"|«[^»]*»|'[^']*'", "…"), (r"\S+@\S+", "…"), (r"\d[\d\-. ]{3,}\d", "#")):
        sentence = re.sub(pattern, put, sentence)
    return sentence.replace("\n", " ")[:160]


def _silence(error: Any, reason: str) -> None:
    """Empty the library's error, which stays as the cause: a logged traceback must not repeat what was sent."""
    error.content, error.error_details, error.reason = b"", "", reason
    error.uri = str(error.uri).partition("?")[0]
