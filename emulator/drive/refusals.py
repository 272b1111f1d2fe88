"""Drive's refusals, each with the code, reason and sentence of Google.

Source: Drive API guide, "Resolve errors", unless the function says otherwise.
"""

from __future__ import annotations

from emulator.kernel import ApiError, World


def file_not_found(file_id: str) -> ApiError:
    """The item does not exist, is invisible to the caller, or is on a shared drive and the caller did not say that it knows them."""
    return ApiError(404, f"File not found: {file_id}.", reason="notFound", location="fileId", location_type="parameter")


def not_found(what: str, item_id: str, parameter: str) -> ApiError:
    """A permission, comment or revision that does not exist for the caller."""
    return ApiError(404, f"{what} not found: {item_id}.", reason="notFound", location=parameter, location_type="parameter")


def drive_not_found(drive_id: str) -> ApiError:
    """A shared drive that does not exist for the caller. Source: field reports, whose text has no full stop."""
    message = f"Shared drive not found: {drive_id}"
    return ApiError(404, message, reason="notFound", location="driveId", location_type="parameter")


def insufficient() -> ApiError:
    """The caller sees the item but may not do this to it. Source: field reports since 2017; the guide's sample names the id."""
    return forbidden("insufficientFilePermissions", "The user does not have sufficient permissions for this file.")


def insufficient_parent(world: World) -> ApiError:
    """The caller may not put anything into the folder.

    The guide knows `insufficientFilePermissions` only; field reports show `insufficientParentPermissions`: switch
    `parent_refusal_is_own` (default false).
    """
    if world.behaviour.get("parent_refusal_is_own", False):
        return forbidden("insufficientParentPermissions", "Insufficient permissions for the specified parent.")
    return insufficient()


def invalid(parameter: str, message: str = "Invalid Value", *, code: int = 400) -> ApiError:
    """A parameter whose value makes no sense."""
    return ApiError(code, message, reason="invalid", location=parameter, location_type="parameter")


def required(parameter: str, message: str | None = None, *, location_type: str = "parameter") -> ApiError:
    """A parameter or member that the method cannot do without."""
    text = message or f"Required parameter: {parameter}"
    return ApiError(400, text, reason="required", location=parameter, location_type=location_type)


def member_required(message: str, member: str) -> ApiError:
    """A member that the body cannot do without. Source: field reports (`The permission type field is required.`)."""
    return required(member, message, location_type="other")


def bad_request(message: str) -> ApiError:
    """A combination of values that Drive refuses."""
    return ApiError(400, message, reason="badRequest")


def forbidden(reason: str, message: str, *, location: str = "") -> ApiError:
    """A 403 with its own reason; `location` names the parameter that is to blame."""
    return ApiError(403, message, reason=reason, location=location, location_type="parameter" if location else "")


def not_writable(message: str | None = None) -> ApiError:
    """The body holds members that Drive writes itself. Source: field reports."""
    return forbidden("fieldNotWritable", message or "The resource body includes fields which are not directly writable.")


def app_data_only() -> ApiError:
    """What an app keeps out of sight is neither shared nor trashed nor moved. Source: field reports."""
    text = "Method not supported for files within the Application Data folder."
    return forbidden("notSupportedForAppDataFolderFiles", text)


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


def inherited_permission(world: World, *, on_drive: bool) -> ApiError:
    """Inherited access can be changed only where it comes from.

    A field report of 2025 says that the reason lost its `TeamDrive`; the guide keeps it: switch `inherited_refusal_renamed`.
    """
    if on_drive:
        text = "Cannot update or delete an inherited permission on a shared drive item."
        renamed = world.behaviour.get("inherited_refusal_renamed", False)
        return forbidden("cannotModifyInheritedPermission" if renamed else "cannotModifyInheritedTeamDrivePermission", text)
    return forbidden("cannotModifyInheritedPermission", "Cannot update or delete an inherited permission.")


def no_account(address: str) -> ApiError:
    """Sharing without mail with an address that has no account. Source: field reports."""
    text = (
        f"You are trying to invite {address}. Since there is no Google account associated with this email address, "
        'you must check the "Notify people" box to invite this recipient.'
    )
    return ApiError(400, f'Bad Request. User message: "{text}"', reason="invalidSharingRequest")


def domain_only() -> ApiError:
    """The drive is for users of its domain. The reason is from field reports, the sentence is ours."""
    return forbidden(
        "teamDriveDomainUsersOnlyRestriction", "Only users of the domain can have access to items of this shared drive."
    )


def members_only() -> ApiError:
    """The drive is for its members. The reason is from field reports, the sentence is ours."""
    return forbidden("teamDriveTeamMembersOnlyRestriction", "Only members of this shared drive can have access to its items.")


def owner_stays() -> ApiError:
    """The owner's permission is neither deleted nor lowered. Source: field reports."""
    return forbidden("cannotRemoveOwner", "The owner of a file cannot be removed.")


def ownership_across_domains() -> ApiError:
    """Ownership stays in the domain. The reason is from field reports, the sentence is ours."""
    text = "You can only transfer ownership to someone in the same organization as the current owner."
    return ApiError(400, f'Bad Request. User message: "{text}"', reason="ownershipChangeAcrossDomainNotPermitted")


def sharing_limit(name: str) -> ApiError:
    """The caller has shared too much; clients do not repeat it."""
    text = f"These item(s) could not be shared because a rate limit was exceeded: {name}"
    return forbidden("sharingRateLimitExceeded", f'Rate limit exceeded. User message: "{text}"')


def unsupported_conversion() -> ApiError:
    """Bytes that cannot become the wanted Google type. Source: field reports."""
    text = "Conversion of the uploaded content to the requested output type is not supported."
    return ApiError(400, text, reason="conversionUnsupportedConversionPath")


def not_here(conversion: str) -> ApiError:
    """501: Google has this conversion, the local Workspace has not."""
    return ApiError(501, f"The conversion of {conversion} is not part of the local Workspace.", reason="notImplemented")


def not_downloadable() -> ApiError:
    """`alt=media` of a Google type. Source: measured on the live service in 2026; it blames `alt`."""
    text = "Only files with binary content can be downloaded. Use Export with Docs Editors files."
    return ApiError(403, text, reason="fileNotDownloadable", location="alt", location_type="parameter")


def fields_required() -> ApiError:
    """about.get and the comment methods answer only what `fields` names."""
    return required("fields", "The 'fields' parameter is required for this method.")
