"""Refusals of the Forms API, in Google's words."""

from __future__ import annotations

import json

from emulator.kernel import ApiError

_SHOWN = 80


def invalid(message: str) -> ApiError:
    """400: the request cannot be carried out as written."""
    return ApiError(400, message, status="INVALID_ARGUMENT", reason="invalidArgument")


def unacceptable(title: str, given: object, rule: str, remedy: str) -> ApiError:
    """400 for an answer that the page would not let through: the question, what was given, the rule, and what helps."""
    text = json.dumps(given, ensure_ascii=False, default=str)
    shown = text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
    return invalid(f'The question "{title}" was answered with {shown}, but it {rule}. {remedy}.')


def invalid_union(place: str, choice: str, member: str) -> ApiError:
    """400: a second member of a choice was set, at `place` in the body (snake_case)."""
    message = f"Invalid value at '{place}' (oneof), oneof field '{choice}' is already set. Cannot set '{member}'"
    violation = {"field": place, "description": message}
    details = [{"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": [violation]}]
    return ApiError(400, message, status="INVALID_ARGUMENT", details=details)


def not_found() -> ApiError:
    """404: no such form, response or watch."""
    return ApiError(404, "Requested entity was not found.", status="NOT_FOUND", reason="notFound")


def denied(message: str = "The caller does not have permission") -> ApiError:
    """403: the caller may not do that with this form."""
    return ApiError(403, message, status="PERMISSION_DENIED", reason="forbidden")
