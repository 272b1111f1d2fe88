"""Exports of Google types and long-running downloads.

Other services register what they can write in `EXPORTERS`. Source: Drive API guides, "Download and export files",
"Manage long-running operations"; the reason `exportSizeLimitExceeded` is from field reports.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from emulator.drive import refusals
from emulator.drive.access import Eye
from emulator.drive.calls import item
from emulator.drive.capabilities import may_download
from emulator.drive.formats import EXPORT_FORMATS
from emulator.drive.model import DOCUMENT, OPERATIONS, File
from emulator.kernel import ApiError, Call, Json, Raw, World, handles

Exporter = Callable[[World, File], bytes]
EXPORTERS: dict[tuple[str, str], Exporter] = {}
"""(Google type, wanted type) to the function that writes it."""

MAX_EXPORT_BYTES = 10 * 1024 * 1024
_OPERATION_LIFE = timedelta(hours=24)


def text_of(file: File) -> str:
    """The plain text of a Google document; the emulator keeps no formatting."""
    return (file.content or b"").decode("utf-8", "replace")


EXPORTERS[(DOCUMENT, "text/plain")] = lambda world, file: b"\xef\xbb\xbf" + text_of(file).encode()


@handles("drive.files.export")
def export(call: Call) -> Raw:
    """`drive.files.export`: a Google type as PDF, XLSX, CSV, … up to 10 MB."""
    file = item(call, gated=False)
    data = exported(call.world, Eye(call.world, call.actor), file, str(call.query.get("mimeType") or ""))
    if len(data) > MAX_EXPORT_BYTES:
        raise refusals.forbidden("exportSizeLimitExceeded", "This file is too large to be exported.")
    return Raw(str(call.query["mimeType"]), data)


def exported(world: World, eye: Eye, file: File, mime_type: str) -> bytes:
    """The file written as another type.

    :raises ApiError: 403 fileNotExportable for files with content of their own, 400 for a type that Google cannot write,
        501 for one that only Google writes.
    """
    if not file.is_native or file.is_folder:
        raise refusals.forbidden("fileNotExportable", "Export only supports Docs Editors files.")
    if not may_download(world, eye, file):
        raise refusals.forbidden("cannotExportFile", "This file cannot be exported by the user.")
    wanted = mime_type.lower()
    exporter = next(
        (one for (source, target), one in EXPORTERS.items() if source == file.mime_type and target.lower() == wanted), None
    )
    if exporter is None:
        if wanted in EXPORT_FORMATS.get(file.mime_type, []):
            raise refusals.not_here(f"{file.mime_type} to {wanted}")
        text = "The requested conversion is not supported."
        raise ApiError(400, text, reason="badRequest", location="convertTo", location_type="parameter")
    return exporter(world, file)


@handles("drive.files.download")
def download(call: Call) -> Json:
    """`drive.files.download`: an operation, done at once, with the address of the result; good for 24 h."""
    file = item(call, gated=False)
    mime_type = call.query.get("mimeType")
    base = str(getattr(call.world, "base_url", "https://www.googleapis.com")).rstrip("/")
    if file.is_native:
        mime_type = str(mime_type or _default_type(file))
        exported(call.world, Eye(call.world, call.actor), file, mime_type)
        uri = f"{base}/drive/v3/files/{file.id}/export?mimeType={mime_type}"
    elif mime_type:
        raise refusals.invalid("mimeType", "The mimeType can be set only for Google Workspace documents.")
    else:
        uri = f"{base}/drive/v3/files/{file.id}?alt=media&supportsAllDrives=true"
    name = call.world.new_id("", 40)
    kind = "type.googleapis.com/google.apps.drive.v3."
    operation = {
        "name": name,
        "done": True,
        "metadata": {"@type": kind + "DownloadFileMetadata", "resourceKey": ""},
        "response": {"@type": kind + "DownloadFileResponse", "downloadUri": uri, "partialDownloadAllowed": not file.is_native},
    }
    call.world.table(OPERATIONS)[name] = (call.now, operation)
    return operation


def _default_type(file: File) -> str:
    return next((target for source, target in EXPORTERS if source == file.mime_type), "application/pdf")


@handles("drive.operations.get")
def get_operation(call: Call) -> Json:
    """`drive.operations.get`, until 24 h after the download was asked for."""
    kept: tuple[datetime, dict[str, Any]] | None = call.world.table(OPERATIONS).get(call.path["name"])
    if kept is None or call.now - kept[0] > _OPERATION_LIFE:
        raise refusals.not_found("Operation", call.path["name"], "name")
    return kept[1]
