"""«Ver llamadas»: what programs asked of the Workspace, from the ledger."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

from aiohttp import web

from emulator.desk import texts
from emulator.desk.web import Desk, Visit, add
from emulator.kernel import Json

_SHOWN = 200
_SLOW_MS = 500.0
_APIS = {"drive": "Drive", "sheets": "Hojas", "forms": "Formularios", "gmail": "Gmail", "admin": "Directorio"}
_KINDS = {"good": "bien", "refused": "rechazadas", "bad": "con falla"}
_SPANS = {"1": "último minuto", "5": "últimos 5 minutos", "60": "última hora"}


def add_pages(desk: Desk, app: web.Application) -> None:
    """Register the page."""
    add(desk, app, "GET", "/desk/calls", calls, open_to_all=True)


async def calls(visit: Visit) -> web.StreamResponse:
    """The last 200 calls, newest first.

    `q` narrows them to a part of method or account or to a status, `api`, `method` and `actor` to one of each, `status` to
    good|refused|bad, `minutes` to those of so many minutes.
    """
    query = visit.request.query
    wanted = {key: query.get(key, "").strip() for key in ("q", "api", "method", "actor", "status", "minutes")}
    entries = visit.desk.ledger.entries
    found = [one for one in reversed(entries) if _fits(one, wanted)]
    rows = [_row(visit, one) for one in found[:_SHOWN]]
    kinds = Counter(kind_of(one) for one in found)
    return visit.page(
        "calls.html",
        "calls",
        calls=_in_batches(rows),
        found=len(found),
        total=len(entries),
        wanted=wanted,
        narrowed=any(wanted.values()),
        apis=_APIS,
        kinds=_KINDS,
        spans=_SPANS,
        counts=[
            (key, word.removesuffix("s") if kinds[key] == 1 else word, kinds[key]) for key, word in _KINDS.items() if kinds[key]
        ],
        methods=sorted({one["method"] for one in entries}),
        actors=sorted({one["actor"] for one in entries if one["actor"]}),
    )


def kind_of(entry: Json) -> str:
    """good, refused (4xx) or bad (5xx, or no answer at all)."""
    status = entry["status"]
    return "bad" if status == 0 or status >= 500 else "refused" if status >= 400 else "good"


def _fits(entry: Json, wanted: dict[str, str]) -> bool:
    words = wanted["q"].lower()
    text = words in entry["method"].lower() or words in entry["actor"].lower() or words == str(entry["status"])
    api = not wanted["api"] or entry["method"].partition(".")[0] == wanted["api"]
    recent = True
    if wanted["minutes"].isdigit():
        recent = entry["at_ms"] / 1000 >= datetime.now(UTC).timestamp() - 60 * int(wanted["minutes"])
    exact = all(not wanted[key] or entry[key] == wanted[key] for key in ("method", "actor"))
    return text and api and recent and exact and (not wanted["status"] or kind_of(entry) == wanted["status"])


def _row(visit: Visit, entry: Json) -> Json:
    at = datetime.fromtimestamp(entry["at_ms"] / 1000, UTC).astimezone(texts.PANAMA)
    directory, actor = visit.world.directory, entry["actor"]
    service = bool(actor) and directory.is_service_account(actor)
    return entry | {
        "at": f"{at:%H:%M:%S}.{at.microsecond // 1000:03d}",
        "api": entry["method"].partition(".")[0],
        "who": f"Cuenta de servicio {actor.partition('@')[0]}"
        if service
        else directory.display_name(actor)
        if actor
        else "Nadie",
        "kind": kind_of(entry),
        "slow": entry["ms"] >= _SLOW_MS,
    }


def _in_batches(rows: list[Json]) -> list[Json]:
    """The rows with the size of its batch on the first of each, so that the page can put them under one heading."""
    sizes = Counter(one["batch"] for one in rows if one["batch"] is not None)
    before: object = None
    for one in rows:
        one["batch_size"] = sizes[one["batch"]] if one["batch"] is not None and one["batch"] != before else 0
        before = one["batch"]
    return rows
