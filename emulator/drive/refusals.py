"""Drive's refusals, each with the code, reason and sentence of Google.

Source: Drive API guide, "Resolve errors", unless the function says otherwise.
"""

from __future__ import annotations

from emulator.kernel import ApiError


def file_not_found(file_id: str) -> ApiError:
    """The item does not exist, is invisible to the caller, or is on a shared drive and the caller did not say that it knows them."""
    return ApiError(404, f"File not found: {file_id}.", reason="notFound", location="fileId", location_type="parameter")


def not_found(what: str, item_id: str, parameter: str) -> ApiError:
    """A permission, comment, revision or shared drive that does not exist for the caller."""
    return ApiError(404, f"{what} not found: {item_id}.", reason="notFound", location=parameter, location_type="parameter")


def insufficient(file_id: str) -> ApiError:
    """The caller sees the item but may not do this to it."""
    message = f"The user does not have sufficient permissions for file {file_id}."
    return ApiError(403, message, reason="insufficientFilePermissions")


def invalid(parameter: str, message: str = "Invalid Value", *, code: int = 400) -> ApiError:
    """A parameter whose value makes no sense."""
    return ApiError(code, message, reason="invalid", location=parameter, location_type="parameter")


def required(parameter: str, message: str | None = None) -> ApiError:
    """A parameter or member that the method cannot do without."""
    text = message or f"Required parameter: {parameter}"
    return ApiError(400, text, reason="required", location=parameter, location_type="parameter")


def bad_request(message: str) -> ApiError:
    """A combination of values that Drive refuses."""
    return ApiError(400, message, reason="badRequest")


def forbidden(reason: str, message: str) -> ApiError:
    """A 403 with its own reason."""
    return ApiError(403, message, reason=reason)


def not_writable(message: str | None = None) -> ApiError:
    """The body holds members that Drive writes itself. Source: field reports."""
    return forbidden("fieldNotWritable", message or "The resource body includes fields which are not directly writable.")


def no_storage() -> ApiError:
    """A service account owns nothing outside shared drives. Source: field reports since April 2025."""
    guide = "https://developers.google.com/workspace/drive/api/guides/about-shareddrives"
    return forbidden(
        "storageQuotaExceeded",
        f"Service Accounts do not have storage quota. Leverage shared drives ({guide}), "
        "or use OAuth delegation (http://support.google.com/a/answer/7281227) instead.",
    )


def one_parent() -> ApiError:
    """Items on a shared drive have exactly one parent."""
    return forbidden("teamDrivesParentLimit", "A shared drive item must have exactly one parent.")


def inherited_permission(*, on_drive: bool) -> ApiError:
    """Inherited access can be changed only where it comes from."""
    if on_drive:
        text = "Cannot update or delete an inherited permission on a shared drive item."
        return forbidden("cannotModifyInheritedTeamDrivePermission", text)
    return forbidden("cannotModifyInheritedPermission", "Cannot update or delete an inherited permission.")


def no_account(address: str) -> ApiError:
    """Sharing without mail with an address that has no account. Source: field reports."""
    text = (
        f"You are trying to invite {address}. Since there is no Google account associated with this email address, "
        'you must check the "Notify people" box to invite this recipient.'
    )
    return ApiError(400, f'Bad Request. User message: "{text}"', reason="invalidSharingRequest")


def acl_change_not_allowed() -> ApiError:
    """The sharing settings of the drive do not let this grantee in."""
    return ApiError(400, 'Bad Request. User message: "ACL change not allowed."', reason="invalidSharingRequest")


def fields_required() -> ApiError:
    """about.get and the comment methods answer only what `fields` names."""
    return required("fields", "The 'fields' parameter is required for this method.")
