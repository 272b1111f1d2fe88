"""The HTTP side: one port for the APIs, their batches, `/_local` and the desk."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from aiohttp import web

from emulator import browser_export, desk, goog_upload, local_api, seed
from emulator.answers import refused
from emulator.clock import Clock
from emulator.directory import Directory
from emulator.discovery import Api, Method
from emulator.errors import page_not_found, rate_limited, unknown_path
from emulator.faults import Rule, suffered
from emulator.front import SERVICES, Front
from emulator.kernel import ApiError, World
from emulator.ledger import WORKSPACE
from emulator.loopback import is_from_elsewhere
from emulator.pubsub import Broker, Disturbance
from emulator.state import State
from emulator.wire import Answer, Incoming, batch_answer, incoming, read_batch, reason_phrase

_BATCHES = frozenset(("/batch", "/batch/drive/v3", "/batch/gmail/v1"))
_MAX_BODY = 512 * 1024 * 1024
_KEEPALIVE_S = 3600.0
_SHUTDOWN_S = 1.0


class Workspace:
    """A running local Workspace: the front, the broker, the ticking clock, and the door to them."""

    def __init__(self, seed_file: Path | None = None, state_folder: Path | None = None) -> None:
        directory = Directory()
        self.world = World(Clock(), directory)
        for table in (directory.people, directory.groups, directory.seen, directory.deleted):
            self.world.tables[table.name] = table
        self.state = State(state_folder)
        self.front = Front(self.world, self.state)
        self.broker = Broker(self.world, self.save)
        self.world.publish = self.broker.publish
        self.world.push = self.broker.push
        self.seed_file = seed_file
        self._seed_mark = ""
        self._clock_changed = asyncio.Event()
        self._ticker: asyncio.Task[None] | None = None

    def save(self) -> None:
        """Keep what changed, and what counts along: fault rules and quotas."""
        self.state.save(
            self.world, self.front.ledger, {"faults": self.front.faults.rules, "quotas": self.front.quotas.snapshot()}
        )

    def save_settings(self) -> None:
        """Keep the clock and the switches, with everything else that changed."""
        directory = self.world.directory
        settings = {
            "clock": self.world.clock.snapshot(),
            "behaviour": self.world.behaviour,
            "subscriptions": self.world.subscriptions,
            "disturbance": vars(self.broker.disturbance),
            "latency_ms": self.front.latency_ms,
            "directory": (directory.domain, directory.service_accounts, directory.delegations),
            "seed": self._seed_mark,
            "faults": self.front.faults.rules,
            "quotas": self.front.quotas.snapshot(),
        }
        self.state.save(self.world, self.front.ledger, settings)

    def _restore(self) -> None:
        kept = self.state.load(self.world, self.front.ledger)
        if self.seed_file is not None and kept["seed"] != seed.fingerprint(self.seed_file):
            raise seed.BadSeed(
                f"{self.seed_file}: the folder of --state holds a Workspace that began with another seed. "
                "Leave --seed out to go on with it, or name an empty folder."
            )
        self._seed_mark = kept["seed"]
        directory = self.world.directory
        self.world.clock.restore(kept["clock"])
        self.world.behaviour.update(kept["behaviour"])
        self.world.subscriptions.update(kept["subscriptions"])
        self.broker.disturbance = Disturbance(**kept["disturbance"])
        self.front.quotas.restore(kept["quotas"])
        self.front.faults.rules = kept["faults"]
        self.front.latency_ms = kept["latency_ms"]
        directory.domain, directory.service_accounts, directory.delegations = kept["directory"]
        directory.forget()

    async def start(self) -> None:
        """Fill the world from its state or its seed, and let the clock tick."""
        if self.state.is_empty:
            self._plant()
        else:
            self._restore()
            self._tell_services("resume")
        await self.broker.open()
        self.world.clock.on_change(self._clock_changed.set)
        self._ticker = asyncio.create_task(self._tick())

    async def stop(self) -> None:
        """Stop ticking and pushing; keep the state."""
        if self._ticker is not None:
            self._ticker.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._ticker
        await self.broker.close()
        self.save_settings()
        self.state.close()

    async def reset(self) -> None:
        """Back to the seed: data, clock, switches, faults, ledger, deliveries."""
        await self.broker.reset()
        for table in self.world.tables.values():
            table.dirty.update(table.rows)
            # A new dictionary: what services derived from the old one is then known to be stale.
            table.rows = {}
        self.world.behaviour.clear()
        self.world.subscriptions.clear()
        self.world.clock.reset()
        self.front.faults.rules = []
        self.front.latency_ms = 0.0
        self.front.quotas.put("off")
        self.front.ledger.clear()
        self.front.random.seed(0)
        self._tell_services("reset")
        self._plant()

    def _plant(self) -> None:
        seed.plant(self.world, self.seed_file)
        self._seed_mark = seed.fingerprint(self.seed_file)
        self.save_settings()

    def _tell_services(self, what: str) -> None:
        """Call the service packages' own `reset(world)` or `resume(world)`, where they have one."""
        for service in SERVICES:
            action = getattr(service, what, None)
            if action is not None:
                action(self.world)

    async def _tick(self) -> None:
        while True:
            self._clock_changed.clear()
            self.world.clock.run_due()
            self.save()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self.world.clock.seconds_to_next_timer()):
                    await self._clock_changed.wait()

    async def serve(self, call: Incoming) -> Answer | None:
        """Answer an API request or a batch; None for a path that belongs to no API."""
        if call.path in _BATCHES and call.verb == "POST":
            return await self._serve_batch(call)
        if goog_upload.is_spoken(call):
            answer = await self._serve_one(goog_upload.translated(call), None)
            return goog_upload.answered(answer) if answer else None
        return await self._serve_one(call, None)

    async def _serve_batch(self, call: Incoming) -> Answer:
        api = self.front.routes.apis["drive"]
        try:
            parts = read_batch(call)
        except ApiError as bad:
            return refused(bad, api)
        number = self.front.ledger.next_batch()
        if self.world.behaviour.get("batch_shuffled", False):
            self.front.random.shuffle(parts)
        answers = []
        for part in parts:
            if "/upload/" in part.call.path[:18]:
                answer: Answer | None = refused(ApiError(400, "Media is not supported in batches.", reason="badRequest"), api)
            else:
                answer = await self._serve_one(part.call, number)
            answer = answer or refused(unknown_path(api), api)
            if answer.hang_up:
                return answer
            answers.append((part.content_id, answer))
        return batch_answer(answers)

    async def _serve_one(self, call: Incoming, batch: int | None) -> Answer | None:
        match = self.front.route(call)
        if match is None:
            api = self.front.routes.api_of(call.path)
            if api is None or batch is not None:
                return refused(unknown_path(api), api) if api else None
            headers = {"Content-Type": "text/html; charset=UTF-8", "Referrer-Policy": "no-referrer"}
            return Answer(404, headers, page_not_found(call.path).encode())
        method = match.method
        actor = self.front.actor_of(call)
        at, began = time.time(), time.monotonic()
        rules = self.front.faults.strike(method.id)
        under_way = self.front.quotas.under_way
        under_way[actor] += 1
        if self.front.latency_ms:
            await asyncio.sleep(self.front.latency_ms / 1000)
        answer = await self._suffer(rules, "before", None, method.api) if rules else None
        if answer is None:
            answer = self._crowded(method, actor) or self.front.perform(match, call)
            if rules:
                self.save()
                answer = await self._suffer(rules, "after", answer, method.api) or answer
        under_way[actor] -= 1
        if not under_way[actor]:
            del under_way[actor]
        if method.api.name in WORKSPACE:
            status = 0 if answer.hang_up == "close" else answer.status
            self.front.ledger.add(method.id, actor, status, at, time.monotonic() - began, batch)
        return answer

    def _crowded(self, method: Method, actor: str) -> Answer | None:
        if not self.front.quotas.is_crowded(method, actor):
            return None
        return refused(rate_limited(method.api, 429, "Too many concurrent requests for user"), method.api)

    async def _suffer(self, rules: list[Rule], when: str, answer: Answer | None, api: Api) -> Answer | None:
        """What the faults make of an answer at this point: all wait, the first that is more than a delay decides."""
        struck = [rule for rule in rules if rule.when == when]
        for rule in struck:
            await asyncio.sleep(rule.ms / 1000)
        return next((suffered(rule, answer, api) for rule in struck if rule.do != "delay"), None)

    def signed_in(self, request: web.Request) -> str:
        """Who a browser or a script with a token is, or the empty text."""
        headers = {name.lower(): text for name, text in request.headers.items()}
        directory = self.world.directory
        actor = self.front.actor_of(incoming("GET", request.raw_path, headers, b""))
        actor = actor or ("" if "authorization" in headers else directory.canonical(request.cookies.get("desk_actor", "")))
        return "" if directory.is_suspended(actor) else actor

    async def on_request(self, request: web.Request) -> web.StreamResponse:
        """The catch-all of the web application."""
        # A token in the address is all that a page of another site could bring along.
        if is_from_elsewhere(request) and "Authorization" not in request.headers:
            raise web.HTTPForbidden(text="403: a page of another site may not call the local Workspace\n")
        body = await request.read() if request.body_exists else b""
        headers = {name.lower(): text for name, text in request.headers.items()}
        answer = await self.serve(incoming(request.method, request.raw_path, headers, body))
        if answer is None:
            raise web.HTTPNotFound(text="404: no such page in the local Workspace\n")
        if answer.hang_up:
            return await hang_up(request, answer)
        return web.Response(status=answer.status, headers=answer.headers, body=answer.body, reason=_reason(answer.status))


def _reason(status: int) -> str | None:
    # http.HTTPStatus calls 308 "Permanent Redirect"; Google's upload protocol means "Resume Incomplete".
    return "Resume Incomplete" if status == 308 else None


async def hang_up(request: web.Request, answer: Answer) -> web.StreamResponse:
    """End the connection: at once, or after the headers and half of the body."""
    transport = request.transport
    if transport is not None:
        if answer.hang_up == "cut":
            head = [f"HTTP/1.1 {answer.status} {reason_phrase(answer.status)}"]
            head += [f"{name}: {text}" for name, text in answer.headers.items()]
            head += [f"Content-Length: {len(answer.body)}", "", ""]
            transport.write("\r\n".join(head).encode() + answer.body[: len(answer.body) // 2])
            transport.close()
        else:
            transport.abort()
    return web.Response(status=answer.status)


Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def application(workspace: Workspace) -> web.Application:
    """The web application: `/_local`, the desk where there is one, and everything else to the APIs."""

    @web.middleware
    async def keep(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        finally:
            # Whatever a request changed is on disk before its answer leaves.
            workspace.save()

    app = web.Application(middlewares=[keep], client_max_size=_MAX_BODY)
    local_api.add_routes(app, workspace)
    browser_export.add_routes(app, workspace.world, workspace.signed_in)
    desk.routes(app, workspace.world, workspace.front.ledger)
    app.router.add_route("*", "/{path:.*}", workspace.on_request)
    return app


async def open_door(workspace: Workspace, port: int) -> tuple[web.AppRunner, str]:
    """Listen on loopback; port 0 takes a free one. Returns the runner and the address, without a slash at the end."""
    runner = web.AppRunner(application(workspace), access_log=None, keepalive_timeout=_KEEPALIVE_S, shutdown_timeout=_SHUTDOWN_S)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port, backlog=1024)
    await site.start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    workspace.world.base_url = url
    await workspace.start()
    return runner, url
