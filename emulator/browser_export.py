"""Google's addresses that write a file as another type for browsers and scripts: `/spreadsheets/d/ID/export` and `exportLinks`.

Whoever comes with a Bearer token is that account; a browser is whoever signed in at the desk; anybody else gets what is open to
anyone. The live service sends its bytes through a redirect to another host; here they come at once. Refusals are pages, not
JSON: 401 without an account, 403 and 404 for what the account does not reach, 400 for a format or a sheet that is not there
(field reports of scripts that read CSV this way).
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from urllib.parse import quote

from aiohttp import web

from emulator.drive.access import Eye
from emulator.drive.export import exported
from emulator.drive.files import get_file
from emulator.drive.model import DOCUMENT, SPREADSHEET, File, files
from emulator.drive.view import EXPORT_NAMES
from emulator.kernel import ApiError, World
from emulator.sheets.export_pdf import to_pdf
from emulator.sheets.export_text import to_csv, to_tsv
from emulator.sheets.model import BOOKS, Sheet

_SPREADSHEET_PATHS = ("/spreadsheets/d/{id}/export", "/spreadsheets/export")
_DOCUMENT_PATHS = ("/document/d/{id}/export", "/feeds/download/documents/export/Export")
_USUAL = {SPREADSHEET: "xlsx", DOCUMENT: "docx"}
_OF_ONE_SHEET = {"csv": to_csv, "tsv": to_tsv, "pdf": to_pdf}
_NOBODY = "anyone@not-signed-in.invalid"

Identify = Callable[[web.Request], str]


class _Refused(Exception):
    """The page to answer with; `args[0]` is its status."""


def add_routes(app: web.Application, world: World, identify: Identify) -> None:
    """Register the addresses. identify: the address of who asks, or the empty text.

    They must come before the desk's, which leads every other address of a document to its page.
    """
    for paths, mime_type in ((_SPREADSHEET_PATHS, SPREADSHEET), (_DOCUMENT_PATHS, DOCUMENT)):
        for path in paths:
            app.router.add_get(path, _page(world, identify, mime_type))


def _page(world: World, identify: Identify, mime_type: str) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def answer(request: web.Request) -> web.StreamResponse:
        try:
            return _export(world, request, identify(request), mime_type)
        except _Refused as refusal:
            status = HTTPStatus(int(refusal.args[0]))
            text = f"<!DOCTYPE html><html lang=en><title>{status.phrase}</title><h1>{status.phrase}</h1><h2>Error {status}</h2>\n"
            return web.Response(status=status, text=text, content_type="text/html")

    return answer


def _export(world: World, request: web.Request, actor: str, mime_type: str) -> web.Response:
    if not actor and request.headers.get("Authorization"):
        raise _Refused(401)
    query = request.query
    file = _file(world, request.match_info.get("id") or query.get("id", ""), actor, mime_type)
    wanted = (query.get("format") or query.get("exportFormat") or _USUAL[mime_type]).lower()
    target = EXPORT_NAMES[mime_type].get(wanted)
    if target is None:
        raise _Refused(400)
    sheet = _sheet(world, file, query.get("gid"))
    try:
        data = exported(world, Eye(world, actor or _NOBODY), file, target)
    except ApiError as refusal:
        raise _Refused(refusal.code) from refusal
    name = file.name
    if mime_type == SPREADSHEET and wanted in _OF_ONE_SHEET:
        chosen = sheet or world.table(BOOKS)[file.id].first_visible()
        name = name if wanted == "pdf" else f"{name} - {chosen.title}"
        data = _OF_ONE_SHEET[wanted](world, file, sheet) if sheet is not None else data
    headers = {
        "Content-Type": target,
        "Content-Disposition": disposition(f"{name}.{wanted}"),
        "Access-Control-Allow-Origin": "*",
    }
    return web.Response(body=data, headers=headers)


def _file(world: World, file_id: str, actor: str, mime_type: str) -> File:
    file = files(world).get(file_id)
    if file is None or file.mime_type != mime_type:
        raise _Refused(404)
    try:
        return get_file(world, file_id, actor or _NOBODY)
    except ApiError as refusal:
        raise _Refused(403 if actor else 401) from refusal


def _sheet(world: World, file: File, gid: str | None) -> Sheet | None:
    if gid is None or file.mime_type != SPREADSHEET:
        return None
    found: Sheet | None = world.table(BOOKS)[file.id].by_id(int(gid)) if gid.isdecimal() else None
    if found is None:
        raise _Refused(400)
    return found


def disposition(name: str) -> str:
    """The header of a download: a short name of plain letters, then the whole one. Source: headers of the live service."""
    plain = re.sub(r"[^A-Za-z0-9._-]", "", name) or "download"
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
