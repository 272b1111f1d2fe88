"""How a refusal looks on the wire: Drive, Gmail and Directory speak of `errors[]`, the rest speaks google.rpc.

Source: Drive API "Resolve errors" and AIP-193; the texts are those that the live services are seen to give.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from emulator.kernel import ApiError, Json

if TYPE_CHECKING:
    from emulator.discovery import Api

STATUSES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ALREADY_EXISTS",
    412: "FAILED_PRECONDITION",
    413: "INVALID_ARGUMENT",
    429: "RESOURCE_EXHAUSTED",
    499: "CANCELLED",
    500: "INTERNAL",
    501: "UNIMPLEMENTED",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}
REASONS = {
    400: "badRequest",
    401: "authError",
    403: "forbidden",
    404: "notFound",
    409: "conflict",
    412: "conditionNotMet",
    413: "uploadTooLarge",
    429: "rateLimitExceeded",
    500: "internalError",
    501: "notImplemented",
    503: "backendError",
}
_SIGN_IN = (
    "Expected OAuth 2 access token, login cookie or other valid authentication credential. "
    "See https://developers.google.com/identity/sign-in/web/devconsole-project."
)


def body_of(error: ApiError, api: Api) -> Json:
    """The JSON body of a refusal, in the shape of the API that was called."""
    return {"error": _legacy(error, api) if api.legacy_errors else _rpc(error)}


def status_of(error: ApiError) -> str:
    """The google.rpc status of a refusal."""
    return error.status or STATUSES.get(error.code, "UNKNOWN")


def _rpc(error: ApiError) -> Json:
    body: Json = {"code": error.code, "message": error.message, "status": status_of(error)}
    if error.details:
        body["details"] = error.details
    return body


def _legacy(error: ApiError, api: Api) -> Json:
    item: Json = {"message": error.message, "domain": error.domain, "reason": error.reason or REASONS.get(error.code, "unknown")}
    if error.location:
        item["location"] = error.location
    if error.location_type:
        item["locationType"] = error.location_type
    body: Json = {"code": error.code, "message": error.message, "errors": [item]}
    # Gmail is served by the newer front and always names the status; Drive and Directory do only with a status given.
    if error.status or api.name == "gmail":
        body["status"] = status_of(error)
    if error.details:
        body["details"] = error.details
    return body


def unauthenticated(api: Api, *, missing: bool) -> ApiError:
    """401: no token, or one that this Workspace does not know."""
    headers = {"WWW-Authenticate": 'Bearer realm="https://accounts.google.com/"' + ("" if missing else ', error="invalid_token"')}
    if api.legacy_errors:
        return ApiError(
            401,
            "Invalid Credentials",
            reason="authError",
            status="UNAUTHENTICATED",
            location="Authorization",
            location_type="header",
            headers=headers,
        )
    start = (
        "Request is missing required authentication credential. "
        if missing
        else "Request had invalid authentication credentials. "
    )
    return ApiError(401, start + _SIGN_IN, headers=headers)


def insufficient_scopes(api: Api, method_id: str, scopes: frozenset[str]) -> ApiError:
    """403: the token's scopes and those of the method have none in common."""
    info = {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": "ACCESS_TOKEN_SCOPE_INSUFFICIENT",
        "domain": "googleapis.com",
        "metadata": {"service": api.service, "method": method_id},
    }
    challenge = f'Bearer realm="https://accounts.google.com/", error="insufficient_scope", scope="{" ".join(sorted(scopes))}"'
    return ApiError(
        403,
        "Request had insufficient authentication scopes.",
        reason="insufficientPermissions",
        status="PERMISSION_DENIED",
        details=[info],
        headers={"WWW-Authenticate": challenge},
    )


def invalid_argument(api: Api, message: str, *, field: str = "", reason: str = "", parameter: str = "") -> ApiError:
    """400 about a body field (google.rpc BadRequest) or a query parameter (`location`)."""
    violation = {"field": field, "description": message} if field else {"description": message}
    details = [{"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": [violation]}]
    return ApiError(
        400,
        message,
        reason=reason
        or ("invalidParameter" if parameter and api.name == "drive" else "badRequest" if api.name == "drive" else "invalid"),
        location=parameter,
        location_type="parameter" if parameter else "",
        details=[] if api.name == "drive" else details,
    )


def rate_limited(api: Api, code: int, message: str = "", *, limit: str = "") -> ApiError:
    """429, or the 403 by which Drive and Gmail say the same."""
    info = {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": "RATE_LIMIT_EXCEEDED",
        "domain": "googleapis.com",
        "metadata": {"service": api.service, **({"quota_limit": limit} if limit else {})},
    }
    if api.legacy_errors:
        reason = "userRateLimitExceeded" if code == 403 else "rateLimitExceeded"
        text = message or ("User Rate Limit Exceeded" if code == 403 else "Rate Limit Exceeded")
        return ApiError(code, text, reason=reason, domain="usageLimits")
    text = (
        message
        or f"Quota exceeded for quota metric 'Requests' and limit 'Requests per minute per user' of service '{api.service}'."
    )
    return ApiError(code, text, status="RESOURCE_EXHAUSTED", details=[info])


def unavailable(code: int) -> ApiError:
    """500 or 503 as a server in trouble gives them."""
    if code == 503:
        return ApiError(503, "The service is currently unavailable.", reason="backendError")
    return ApiError(500, "Internal error encountered.", reason="internalError")


def unknown_path(api: Api) -> ApiError:
    """404: there is no such path in this API."""
    return ApiError(404, "Method not found." if not api.legacy_errors else "Not Found")
