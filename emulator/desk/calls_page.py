"""«Ver llamadas»: what programs asked of the Workspace, from the ledger."""

from __future__ import annotations

from datetime import UTC, datetime

from aiohttp import web

from emulator.desk import texts
from emulator.desk.web import Desk, Visit, add
from emulator.kernel import Json

_SHOWN = 200
_SLOW_MS = 500.0


def add_pages(desk: Desk, app: web.Application) -> None:
    """Register the page."""
    add(desk, app, "GET", "/desk/calls", calls, open_to_all=True)


async def calls(visit: Visit) -> web.StreamResponse:
    """The last 200 calls, newest first; `q` narrows them to a part of method or actor, `desde` to those after a number."""
    wanted = visit.request.query.get("q", "").strip().lower()
    entries = visit.desk.ledger.entries
    found: list[Json] = []
    for entry in reversed(entries):
        if not wanted or wanted in entry["method"].lower() or wanted in entry["actor"].lower() or wanted == str(entry["status"]):
            found.append(_row(visit, entry))
        if len(found) == _SHOWN:
            break
    return visit.page("calls.html", "calls", calls=found, total=len(entries), wanted=wanted, most=_SHOWN)


def _row(visit: Visit, entry: Json) -> Json:
    at = datetime.fromtimestamp(entry["at_ms"] / 1000, UTC).astimezone(texts.PANAMA)
    status = entry["status"]
    return entry | {
        "at": f"{at:%H:%M:%S}.{at.microsecond // 1000:03d}",
        "api": entry["method"].partition(".")[0],
        "who": visit.world.directory.display_name(entry["actor"]) if entry["actor"] else "",
        "kind": "bad" if status == 0 or status >= 500 else "refused" if status >= 400 else "good",
        "slow": entry["ms"] >= _SLOW_MS,
    }
