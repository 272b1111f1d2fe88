"""`/_local/*`: what a person, a test or the stack around the Workspace may turn. Loopback only.

Bodies and answers are JSON. A wrong body is 400 `{"error": "<what was expected and found>"}`.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from aiohttp import web

from emulator import errors, switches
from emulator.clock import parse_rfc3339, rfc3339
from emulator.faults import BadRule
from emulator.forms.responses import submit
from emulator.forms.uploads import add_upload_question as add_question
from emulator.kernel import ApiError, Json
from emulator.loopback import is_from_elsewhere, is_local
from emulator.pubsub import Disturbance

if TYPE_CHECKING:
    from emulator.server import Workspace

_SETTLE_TIMEOUT_S = 300.0


class BadBody(ValueError):
    """A body that asks for something unknown or of the wrong type."""


def _only(body: Any, *names: str) -> Json:
    if not isinstance(body, dict):
        raise BadBody(f"expected a JSON object, found {body!r}")
    strange = body.keys() - set(names)
    if strange:
        raise BadBody(f"unknown {sorted(strange)}; known are {sorted(names)}")
    return body


def _number(body: Json, name: str, usual: float = 0.0) -> float:
    value = body.get(name, usual)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise BadBody(f"{name}: expected a number, found {value!r}")
    return value


def get_calls(workspace: Workspace, body: Any) -> Any:
    """The ledger: a list of calls in the order in which they were answered."""
    return workspace.front.ledger.entries


def delete_calls(workspace: Workspace, body: Any) -> Any:
    """Forget the ledger."""
    workspace.front.ledger.clear()
    return {}


def get_faults(workspace: Workspace, body: Any) -> Any:
    """The rules in force, each with the calls it has seen."""
    return {"rules": workspace.front.faults.shown()}


def put_faults(workspace: Workspace, body: Any) -> Any:
    """Replace all rules."""
    rules = _only(body, "rules").get("rules") or []
    if not isinstance(rules, list):
        raise BadBody(f"rules: expected a list, found {rules!r}")
    workspace.front.faults.put(rules, frozenset(workspace.front.routes.methods))
    return get_faults(workspace, None)


def get_latency(workspace: Workspace, body: Any) -> Any:
    """The milliseconds that every call takes at least."""
    return {"ms": workspace.front.latency_ms}


def put_latency(workspace: Workspace, body: Any) -> Any:
    """Make every call take longer by so many milliseconds."""
    milliseconds = _number(_only(body, "ms"), "ms")
    if milliseconds < 0:
        raise BadBody(f"ms: expected 0 or more, found {milliseconds}")
    workspace.front.latency_ms = milliseconds
    return get_latency(workspace, None)


def get_clock(workspace: Workspace, body: Any) -> Any:
    """The Workspace's instant and whether it stands still."""
    clock = workspace.world.clock
    return {"now": rfc3339(clock.now()), "frozen": clock.frozen}


def put_clock(workspace: Workspace, body: Any) -> Any:
    """Set, move, freeze or release the clock."""
    given = _only(body, "now", "advance_s", "frozen")
    frozen = given.get("frozen")
    if frozen is not None and not isinstance(frozen, bool):
        raise BadBody(f"frozen: expected true or false, found {frozen!r}")
    try:
        now = parse_rfc3339(given["now"]) if given.get("now") is not None else None
    except (ValueError, TypeError, AttributeError) as problem:
        raise BadBody(f"now: {problem}") from None
    clock = workspace.world.clock
    clock.put(now, _number(given, "advance_s"), frozen=frozen)
    # What has become due is done before the answer leaves, not a moment later.
    clock.run_due()
    return get_clock(workspace, None)


def get_subscriptions(workspace: Workspace, body: Any) -> Any:
    """Topic -> push address."""
    return workspace.world.subscriptions


def put_subscriptions(workspace: Workspace, body: Any) -> Any:
    """Replace all subscriptions. A topic may be named in full or by its last part."""
    if not isinstance(body, dict) or not all(isinstance(address, str) for address in body.values()):
        raise BadBody(f"expected an object of topic: push address, found {body!r}")
    workspace.world.subscriptions.clear()
    workspace.world.subscriptions.update(body)
    return body


def get_delivery(workspace: Workspace, body: Any) -> Any:
    """How deliveries are disturbed."""
    return dataclasses.asdict(workspace.broker.disturbance)


def put_delivery(workspace: Workspace, body: Any) -> Any:
    """Disturb the deliveries of what is published from now on; what is left out is not disturbed."""
    given = _only(body, "duplicate", "drop", "delay_s", "shuffle")
    numbers = {}
    for name in ("duplicate", "drop", "delay_s"):
        value = given.get(name) or 0
        numbers[name] = float(value) if isinstance(value, bool) else _number({name: value}, name)
        if numbers[name] < 0:
            raise BadBody(f"{name}: expected 0 or more, found {value!r}")
    if numbers["drop"] > 1:
        raise BadBody(f"drop: expected true, false or a share from 0 to 1, found {given['drop']!r}")
    workspace.broker.disturbance = Disturbance(**numbers, shuffle=bool(given.get("shuffle")))
    return get_delivery(workspace, None)


def get_quotas(workspace: Workspace, body: Any) -> Any:
    """The quota profile in force."""
    return {"profile": workspace.front.quotas.profile}


def put_quotas(workspace: Workspace, body: Any) -> Any:
    """Choose a quota profile; counting begins anew."""
    profile = _only(body, "profile").get("profile", "off")
    # YAML and people write 2026 as a number.
    workspace.front.quotas.put("off" if profile is False else str(profile))
    return get_quotas(workspace, None)


def get_behaviour(workspace: Workspace, body: Any) -> Any:
    """The value of every switch for what Google leaves undocumented."""
    return switches.in_force(workspace.world.behaviour)


def get_behaviour_table(workspace: Workspace, body: Any) -> Any:
    """Every switch with its default, what it takes and what it does."""
    return switches.described(workspace.world.behaviour)


def put_behaviour(workspace: Workspace, body: Any) -> Any:
    """Replace the switches; what is left out has its default again."""
    if not isinstance(body, dict):
        raise BadBody(f"expected a JSON object, found {body!r}")
    wanted = switches.checked(body)
    workspace.world.behaviour.clear()
    workspace.world.behaviour.update(wanted)
    return get_behaviour(workspace, None)


async def reset(workspace: Workspace, body: Any) -> Any:
    """Back to the seed."""
    await workspace.reset()
    return {}


async def settle(workspace: Workspace, body: Any) -> Any:
    """Wait until no delivery is due, in flight or within seconds of it; 504 after `timeout_s`. `scheduled`: the later ones."""
    timeout_s = _number(_only(body or {}, "timeout_s"), "timeout_s", _SETTLE_TIMEOUT_S)
    if not await workspace.broker.settled(timeout_s):
        raise ApiError(504, f"Deliveries were still pending after {timeout_s:g} s.")
    return {"settled": True, "scheduled": len(workspace.broker.rows)}


async def submit_response(workspace: Workspace, form_id: str, body: Any) -> Any:
    """Answer a form as a person does in the browser. With `responseId` an earlier answer is edited."""
    given = _only(body, "respondent", "answers", "responseId")
    respondent, answers = given.get("respondent"), given.get("answers")
    if not isinstance(answers, dict) or not (respondent is None or isinstance(respondent, str)):
        raise BadBody('expected {"respondent": address, "answers": {question title: answer}}')
    return {"responseId": submit(workspace.world, form_id, respondent, answers, given.get("responseId"))}


async def add_upload_question(workspace: Workspace, form_id: str, body: Any) -> Any:
    """Add a file-upload question to a form, as only a person can in the editor."""
    given = _only(body, "title", "required", "maxFiles", "maxFileSize", "types", "index")
    if not isinstance(given.get("title"), str) or not isinstance(given.get("types", []), list):
        raise BadBody('expected {"title": text}, and if wanted required, maxFiles, maxFileSize (bytes), types, index')
    names = {
        "required": "required",
        "maxFiles": "max_files",
        "maxFileSize": "max_file_size_bytes",
        "types": "types",
        "index": "index",
    }
    options = {names[name]: value for name, value in given.items() if name in names}
    return {"questionId": add_question(workspace.world, form_id, given["title"], **options)}


_TURNS: dict[tuple[str, str], Callable[[Workspace, Any], Any]] = {
    ("GET", "calls"): get_calls,
    ("DELETE", "calls"): delete_calls,
    ("GET", "faults"): get_faults,
    ("PUT", "faults"): put_faults,
    ("GET", "latency"): get_latency,
    ("PUT", "latency"): put_latency,
    ("GET", "clock"): get_clock,
    ("PUT", "clock"): put_clock,
    ("GET", "subscriptions"): get_subscriptions,
    ("PUT", "subscriptions"): put_subscriptions,
    ("GET", "delivery"): get_delivery,
    ("PUT", "delivery"): put_delivery,
    ("GET", "quotas"): get_quotas,
    ("PUT", "quotas"): put_quotas,
    ("GET", "behaviour"): get_behaviour,
    ("GET", "behaviour/table"): get_behaviour_table,
    ("PUT", "behaviour"): put_behaviour,
}
_WAITS: dict[tuple[str, str], Callable[[Workspace, Any], Awaitable[Any]]] = {
    ("POST", "reset"): reset,
    ("POST", "settle"): settle,
}


async def _dispatch(workspace: Workspace, verb: str, path: str, body: Any) -> Any:
    parts = path.split("/")
    if verb == "POST" and len(parts) == 3 and parts[0] == "forms" and parts[2] == "responses":
        return await submit_response(workspace, parts[1], body)
    if verb == "POST" and len(parts) == 3 and parts[0] == "forms" and parts[2] == "upload-questions":
        return await add_upload_question(workspace, parts[1], body)
    if (verb, path) in _WAITS:
        return await _WAITS[verb, path](workspace, body)
    if (verb, path) in _TURNS:
        answer = _TURNS[verb, path](workspace, body)
        if verb == "PUT":
            workspace.save_settings()
        return answer
    raise web.HTTPNotFound(text=json.dumps({"error": f"there is no {verb} /_local/{path}"}), content_type="application/json")


def _require_loopback(request: web.Request) -> None:
    """403 for other machines, and for pages of other origins that a browser on this machine has open."""
    if not is_local(request) or is_from_elsewhere(request):
        raise web.HTTPForbidden(text=json.dumps({"error": "/_local answers loopback only"}), content_type="application/json")


def add_routes(app: web.Application, workspace: Workspace) -> None:
    """Put `/_local/*` into the application."""
    api = workspace.front.routes.apis["forms"]

    async def answer(request: web.Request) -> web.StreamResponse:
        _require_loopback(request)
        try:
            text = await request.read()
            body = json.loads(text) if text.strip() else {}
            shown = await _dispatch(workspace, request.method, request.match_info["path"].strip("/"), body)
            return web.json_response(shown)
        except ApiError as refusal:
            return web.json_response(errors.body_of(refusal, api), status=refusal.code)
        except (BadBody, BadRule, ValueError) as problem:
            return web.json_response({"error": str(problem)}, status=400)

    app.router.add_route("*", "/_local/{path:.*}", answer)
