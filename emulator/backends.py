"""What Google's own servers call a method: the name in `details[].metadata.method` of a refused token.

Seen in public logs for every API but Forms and Pub/Sub, whose names stand in their reference pages.
"""

from __future__ import annotations

from functools import lru_cache

_SHEETS = {
    "spreadsheets.get": "GetSpreadsheet",
    "spreadsheets.create": "CreateSpreadsheet",
    "spreadsheets.batchUpdate": "BatchUpdateSpreadsheet",
    "spreadsheets.getByDataFilter": "GetSpreadsheetByDataFilter",
    "spreadsheets.sheets.copyTo": "CopySheetTo",
    "spreadsheets.values.batchGetByDataFilter": "BatchGetValuesByDataFilter",
    "spreadsheets.values.batchUpdateByDataFilter": "BatchUpdateValuesByDataFilter",
    "spreadsheets.values.batchClearByDataFilter": "BatchClearValuesByDataFilter",
}
_FORMS = {
    "forms.setPublishSettings": "SetPublishSettings",
    "forms.responses.get": "GetFormResponse",
    "forms.responses.list": "ListFormResponses",
}
_OWNERS = {
    "drive": "google.apps.drive.v3.Drive",
    "sheets": "google.apps.sheets.v4.SpreadsheetsService.",
    "forms": "google.apps.forms.v1.FormsService.",
    "gmail": "caribou.api.proto.MailboxService.",
    "directory": "ccc.hosted.frontend.directory.v1.Directory",
    "pubsub": "google.pubsub.v1.Publisher.",
}


@lru_cache(maxsize=512)
def backend_method(method_id: str) -> str:
    """`drive.files.list` as `google.apps.drive.v3.DriveFiles.List`."""
    api, _, rest = method_id.partition(".")
    *_, resource, verb = rest.split(".") if "." in rest else ("", rest)
    owner = _OWNERS[api]
    if api in ("drive", "directory"):
        return f"{owner}{_capital(resource)}.{_capital(verb)}"
    known = _SHEETS.get(rest) or _FORMS.get(rest)
    if known:
        return owner + known
    if verb.startswith("batch") and resource == "values":
        return f"{owner}{_capital(verb)}Values"
    many = verb in ("list", "search") or resource == "values"
    return owner + _capital(verb) + ("" if verb == "getProfile" else _capital(resource if many else _one(resource)))


def _capital(name: str) -> str:
    return name[:1].upper() + name[1:]


def _one(resource: str) -> str:
    return resource[:-2] if resource.endswith("ches") else resource.removesuffix("s")
