"""How a refusal looks on the wire: Drive, Gmail and Directory speak of `errors[]`, the rest speaks google.rpc.

Source: Drive API "Resolve errors" and AIP-193; the texts are those that the live services are seen to give.
"""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from emulator.backends import backend_method
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
_REALM = 'Bearer realm="https://accounts.google.com/"'
_UNREGISTERED = (
    "Method doesn't allow unregistered callers (callers without established identity). "
    "Please use API Key or other form of API consumer identity to call this API."
)
# The methods that an API key alone may call: public files and sheets.
_TAKES_KEYS = frozenset(("drive", "sheets"))
PROJECT = "1"


class TokenRefusal(ApiError):
    """What Google's token server says when a service account asks for a token that it may not have.

    There is no such server here, so the first call with the token is told it.
    """


def body_of(error: ApiError, api: Api, version: str = "") -> Json:
    """The JSON body of a refusal, in the shape of the API that was called. version: the parameter `$.xgafv`, if sent."""
    if isinstance(error, TokenRefusal):
        return {"error": error.reason, "error_description": error.message}
    body: Json = {"code": error.code, "message": error.message}
    if api.name in ("drive", "admin") or (version != "2" if api.name == "gmail" else version == "1"):
        body["errors"] = [_item(error)]
    # Drive and Directory name the status only where the newer front refuses: tokens, types, unknown names.
    if error.status or api.name not in ("drive", "admin"):
        body["status"] = status_of(error)
    if error.details:
        body["details"] = error.details
    return {"error": body}


def status_of(error: ApiError) -> str:
    """The google.rpc status of a refusal."""
    return error.status or STATUSES.get(error.code, "UNKNOWN")


def _item(error: ApiError) -> Json:
    """The one entry of `errors[]`."""
    item: Json = {"message": error.short or error.message}
    if error.domain:
        item["domain"] = error.domain
    item["reason"] = error.reason or REASONS.get(error.code, "unknown")
    if error.location:
        item["location"] = error.location
    if error.location_type:
        item["locationType"] = error.location_type
    return item


def _error_info(api: Api, reason: str, **metadata: str) -> Json:
    return {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": reason,
        "domain": "googleapis.com",
        "metadata": {"service": api.service, **metadata},
    }


def anonymous(api: Api, method_id: str, *, keys_count: bool) -> ApiError:
    """No token at all: 401; with `keys_count` the 403 of the methods that an API key could have opened."""
    if keys_count and api.name in _TAKES_KEYS and method_id != "drive.about.get":
        return ApiError(403, _UNREGISTERED, reason="forbidden", status="PERMISSION_DENIED")
    return ApiError(
        401,
        "Request is missing required authentication credential. " + _SIGN_IN,
        short="Login Required.",
        reason="required",
        status="UNAUTHENTICATED",
        location="Authorization",
        location_type="header",
        details=[_error_info(api, "CREDENTIALS_MISSING", method=backend_method(method_id))],
        headers={"WWW-Authenticate": _REALM},
    )


def bad_token() -> ApiError:
    """401: a token that this Workspace does not know."""
    return ApiError(
        401,
        "Request had invalid authentication credentials. " + _SIGN_IN,
        short="Invalid Credentials",
        reason="authError",
        status="UNAUTHENTICATED",
        location="Authorization",
        location_type="header",
        headers={"WWW-Authenticate": f'{_REALM}, error="invalid_token"'},
    )


def unauthorized_client() -> TokenRefusal:
    """401: the domain has not delegated to this service account, or not all of the scopes."""
    text = (
        "Client is unauthorized to retrieve access tokens using this method, or client not authorized "
        "for any of the scopes requested."
    )
    return TokenRefusal(401, text, reason="unauthorized_client")


def invalid_grant() -> TokenRefusal:
    """400: there is no person behind the address that a service account wants to act for."""
    return TokenRefusal(400, "Invalid email or User ID", reason="invalid_grant")


def insufficient_scopes(api: Api, method_id: str, scopes: frozenset[str]) -> ApiError:
    """403: the token's scopes and those of the method have none in common."""
    return ApiError(
        403,
        "Request had insufficient authentication scopes.",
        short="Insufficient Permission",
        reason="insufficientPermissions",
        status="PERMISSION_DENIED",
        details=[_error_info(api, "ACCESS_TOKEN_SCOPE_INSUFFICIENT", method=backend_method(method_id))],
        headers={"WWW-Authenticate": f'{_REALM}, error="insufficient_scope", scope="{" ".join(sorted(scopes))}"'},
    )


def violations(found: list[tuple[str, str]]) -> ApiError:
    """400 for everything in a body or query that the newer front could not read, as (place, sentence), in its order."""
    listed = [{"field": place, "description": text} if place else {"description": text} for place, text in found]
    return ApiError(
        400,
        "\n".join(text for _, text in found),
        reason="invalid",
        domain="",
        status="INVALID_ARGUMENT",
        details=[{"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": listed}],
    )


def no_such_field(api: Api, path: str, mask: str) -> ApiError:
    """400 for a `fields` that asks for what the answer does not have. mask: the whole parameter.

    path: with dots from the top; for Drive and Directory the last name alone.
    """
    if api.name in ("drive", "admin"):
        text = f"Invalid field selection {path}"
        return ApiError(400, text, reason="invalidParameter", location="fields", location_type="parameter")
    text = f"Error expanding 'fields' parameter. Cannot find matching fields for path '{path}'."
    violation = {"field": mask, "description": text}
    return ApiError(
        400,
        "Request contains an invalid argument.",
        reason="badRequest",
        status="INVALID_ARGUMENT",
        details=[{"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": [violation]}],
    )


def rate_limited(api: Api, code: int, message: str = "") -> ApiError:
    """429, or the 403 by which Drive, Gmail and Directory say the same."""
    if api.legacy_errors:
        reason = "userRateLimitExceeded" if code == 403 else "rateLimitExceeded"
        text = message or ("User Rate Limit Exceeded" if code == 403 else "Rate Limit Exceeded")
        return ApiError(code, text, reason=reason, domain="usageLimits")
    return quota_exceeded(api, "Read requests", "Read requests per minute per user", "read_requests", 60, code=code)


def quota_exceeded(api: Api, metric: str, limit: str, unit: str, value: int, *, code: int = 429) -> ApiError:
    """A limit of the project that was passed, as the quota server tells it. unit: the metric's name in addresses."""
    per_user = limit.endswith("per user")
    info = _error_info(
        api,
        "RATE_LIMIT_EXCEEDED",
        consumer=f"projects/{PROJECT}",
        quota_limit="".join(word.capitalize() for word in limit.split()),
        quota_limit_value=str(value),
        quota_location="global",
        quota_metric=f"{api.service}/{unit}",
        quota_unit="1/min/{project}/{user}" if per_user else "1/min/{project}",
    )
    link = {"description": "Request a higher quota limit.", "url": "https://cloud.google.com/docs/quotas/help/request_increase"}
    return ApiError(
        code,
        f"Quota exceeded for quota metric '{metric}' and limit '{limit}' of service '{api.service}' "
        f"for consumer 'project_number:{PROJECT}'.",
        domain="usageLimits",
        reason="rateLimitExceeded",
        status="PERMISSION_DENIED" if api.name == "drive" else "RESOURCE_EXHAUSTED",
        details=[info, {"@type": "type.googleapis.com/google.rpc.Help", "links": [link]}],
    )


def unavailable(code: int) -> ApiError:
    """500 or 503 as a server in trouble gives them."""
    if code == 503:
        return ApiError(503, "The service is currently unavailable.", reason="backendError")
    return ApiError(500, "Internal error encountered.", reason="internalError")


def unknown_path(api: Api) -> ApiError:
    """404 inside a batch: there is no such path in this API."""
    return ApiError(404, "Method not found." if not api.legacy_errors else "Not Found")


def page_not_found(path: str) -> str:
    """The page that Google's front shows for an address of no method, whatever API it is near."""
    shown = html.escape(path)
    return (
        "<!DOCTYPE html>\n<html lang=en>\n  <meta charset=utf-8>\n  <title>Error 404 (Not Found)!!1</title>\n"
        "  <p><b>404.</b> <ins>That’s an error.</ins>\n"
        f"  <p>The requested URL <code>{shown}</code> was not found on this server.  <ins>That’s all we know.</ins>\n"
    )
