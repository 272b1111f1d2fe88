"""Refusals of the Gmail API, in Google's words."""

from __future__ import annotations

from emulator.kernel import ApiError


def invalid(message: str) -> ApiError:
    """400 invalidArgument."""
    return ApiError(400, message, reason="invalidArgument", status="INVALID_ARGUMENT")


def not_found() -> ApiError:
    """404: no such message, draft, thread or label in this mailbox."""
    return ApiError(404, "Requested entity was not found.", reason="notFound", status="NOT_FOUND")


def failed_precondition(message: str = "Precondition check failed.") -> ApiError:
    """400: the account has no mailbox; the usual answer to a service account that acts for nobody."""
    return ApiError(400, message, reason="failedPrecondition", status="FAILED_PRECONDITION")


def forbidden(message: str) -> ApiError:
    """403: the token may not do that."""
    return ApiError(403, message, reason="forbidden", status="PERMISSION_DENIED")


def already_exists() -> ApiError:
    """409: the setting is there already."""
    return ApiError(409, "Requested entity already exists", reason="alreadyExists", status="ALREADY_EXISTS")
