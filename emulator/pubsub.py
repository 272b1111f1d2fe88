"""Topics and their pushes: what is published arrives at a function as Eventarc sends it, at least once.

A delivery that is not answered by 2xx comes again after 10 s, 20 s … 600 s of the Workspace clock, for 24 hours.
`Delivery` settings make messages double, vanish, come late or in another order.
Source: Eventarc "CloudEvents - HTTP protocol binding"; Pub/Sub "Push subscriptions", "Handle message failures".
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import random
import secrets
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import aiohttp

from emulator.clock import rfc3339
from emulator.kernel import ApiError, Call, Json, Table, World, handles

TOPICS = "pubsub.topics"
DELIVERIES = "pubsub.deliveries"
IN_FLIGHT_PER_TOPIC = 20
FIRST_PAUSE_S, LONGEST_PAUSE_S = 10, 600
GIVE_UP_AFTER = timedelta(hours=24)
PUSH_TIMEOUT_S = 600
# Messages of one burst are held this long, in real time, before they are drawn in random order.
_SHUFFLE_HOLD_S = 0.05
# A first push that a running clock brings within this time is waited for by `settle`; retries and later ones are not.
_SOON = timedelta(seconds=10)


@dataclass
class Delivery:
    """One message on its way to one push address. `attempt` counts the pushes made.

    With an `address` of its own it is a notification of Drive: `message` holds its headers, and it has no body.
    """

    key: str
    topic: str
    message: Json
    published: datetime
    due: datetime
    attempt: int = 0
    address: str = ""


@dataclass
class Disturbance:
    """How deliveries are disturbed from now on.

    duplicate: extra copies of every message (true is one; below 1 the share of messages doubled).
    drop: share of messages that never arrive (true is all). delay_s: on the Workspace clock. shuffle: any order.
    """

    duplicate: float = 0
    drop: float = 0
    delay_s: float = 0
    shuffle: bool = False


class Broker:
    """Publishes and pushes. `save` is called when a delivery ended outside any request."""

    def __init__(self, world: World, save: Callable[[], None]) -> None:
        self.world, self.save = world, save
        self.disturbance = Disturbance()
        self.session: aiohttp.ClientSession | None = None
        self._ready: dict[str, list[str]] = {}
        self._flying: Counter[str] = Counter()
        self._tasks: set[asyncio.Task[None]] = set()
        self._changed = asyncio.Event()
        # Not from 1: with a frozen clock a restart would give out the ids of messages that were delivered.
        self._numbers = itertools.count(secrets.randbelow(10**9))
        self._random = random.Random(0)

    @property
    def rows(self) -> Table[Delivery]:
        """The deliveries that have not ended."""
        return self.world.table(DELIVERIES)

    async def open(self) -> None:
        """Get ready to push, and take up what was left by an earlier run."""
        # No kept connections: one to a function that was restarted would cost a retry that never happened at Google.
        connector = aiohttp.TCPConnector(limit=0, force_close=True)
        self.session = aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=PUSH_TIMEOUT_S))
        for key in list(self.rows):
            self._schedule(self.rows[key])

    async def close(self) -> None:
        """Stop pushing; what was in flight will be pushed again by the next run."""
        await self._cancel()
        if self.session is not None:
            await self.session.close()

    async def reset(self) -> None:
        """Forget every message on its way."""
        await self._cancel()
        self.disturbance = Disturbance()
        self._random.seed(0)
        self._changed.set()

    async def _cancel(self) -> None:
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._ready.clear()
        self._flying.clear()

    def address_of(self, topic: str) -> str | None:
        """Where a topic's messages are pushed to; subscriptions may name it in full or by its last part."""
        return self.world.subscriptions.get(topic) or self.world.subscriptions.get(topic.rsplit("/", 1)[-1])

    def publish(self, topic: str, message: Json) -> str:
        """Take a message; returns its id. Without a subscription it goes nowhere."""
        now = self.world.clock.now()
        number = f"{int(now.timestamp() * 1000)}{next(self._numbers):010d}"
        full = {"attributes": dict(message.get("attributes") or {}), "messageId": number, "publishTime": rfc3339(now)}
        if message.get("data"):
            full["data"] = message["data"]
        if message.get("orderingKey"):
            full["orderingKey"] = message["orderingKey"]
        if self.address_of(topic) is not None and self._random.random() >= self.disturbance.drop:
            for copy in range(1 + self._extra_copies()):
                due = now + timedelta(seconds=self.disturbance.delay_s)
                delivery = Delivery(f"{number}.{copy}", topic, full, now, due)
                self.rows[delivery.key] = delivery
                self._schedule(delivery)
        return number

    def push(self, address: str, headers: dict[str, str]) -> None:
        """Send a notification that has headers alone to an address. Source: Drive API, "Notifications for resource changes"."""
        now = self.world.clock.now()
        number = f"{int(now.timestamp() * 1000)}{next(self._numbers):010d}"
        if self._random.random() < self.disturbance.drop:
            return
        for copy in range(1 + self._extra_copies()):
            due = now + timedelta(seconds=self.disturbance.delay_s)
            delivery = Delivery(f"{number}.{copy}", address, dict(headers), now, due, address=address)
            self.rows[delivery.key] = delivery
            self._schedule(delivery)

    def _extra_copies(self) -> int:
        wanted = self.disturbance.duplicate
        if 0 < wanted < 1:
            return int(self._random.random() < wanted)
        return int(wanted)

    def _schedule(self, delivery: Delivery) -> None:
        if delivery.due <= self.world.clock.now():
            self._make_ready(delivery.topic, delivery.key)
        else:
            self.world.clock.call_at(delivery.due, lambda: self._make_ready(delivery.topic, delivery.key))

    def _make_ready(self, topic: str, key: str) -> None:
        if key not in self.rows:
            return
        self._ready.setdefault(topic, []).append(key)
        self._changed.set()
        loop = asyncio.get_running_loop()
        if self.disturbance.shuffle:
            loop.call_later(_SHUFFLE_HOLD_S, self._pump, topic)
        else:
            loop.call_soon(self._pump, topic)

    def _pump(self, topic: str) -> None:
        ready = self._ready.get(topic, [])
        while ready and self._flying[topic] < IN_FLIGHT_PER_TOPIC:
            key = ready.pop(self._random.randrange(len(ready)) if self.disturbance.shuffle else 0)
            if key in self.rows:
                self._flying[topic] += 1
                task = asyncio.get_running_loop().create_task(self._deliver(self.rows[key]))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
        self._changed.set()

    async def _deliver(self, delivery: Delivery) -> None:
        delivery.attempt += 1
        try:
            arrived = await self._push(delivery)
        finally:
            self._flying[delivery.topic] -= 1
            self._changed.set()
        if self.rows.get(delivery.key) is delivery:
            self._finish(delivery, arrived=arrived)
            self.save()
        self._pump(delivery.topic)

    def _finish(self, delivery: Delivery, *, arrived: bool) -> None:
        now = self.world.clock.now()
        pause = timedelta(seconds=min(FIRST_PAUSE_S * 2 ** min(delivery.attempt - 1, 10), LONGEST_PAUSE_S))
        if arrived or now + pause > delivery.published + GIVE_UP_AFTER:
            del self.rows[delivery.key]
            return
        delivery.due = now + pause
        self.rows[delivery.key] = delivery
        self._schedule(delivery)

    async def _push(self, delivery: Delivery) -> bool:
        """One push; whether it was taken. A topic without address any more counts as taken."""
        if delivery.address:
            return await self._notify(delivery)
        address = self.address_of(delivery.topic)
        if address is None or self.session is None:
            return True
        parts = delivery.topic.split("/")
        project = parts[1] if len(parts) == 4 else "local"
        headers = {
            "ce-id": delivery.message["messageId"],
            "ce-source": f"//pubsub.googleapis.com/projects/{project}/topics/{parts[-1]}",
            "ce-type": "google.cloud.pubsub.topic.v1.messagePublished",
            "ce-specversion": "1.0",
            "ce-time": delivery.message["publishTime"],
        }
        body = {"subscription": f"projects/{project}/subscriptions/eventarc-{parts[-1]}", "message": delivery.message}
        try:
            async with self.session.post(address, json=body, headers=headers, allow_redirects=False) as answer:
                await answer.read()
                return 200 <= answer.status < 300
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
            return False

    async def _notify(self, delivery: Delivery) -> bool:
        """One notification; only 500, 502, 503, 504 and silence make it come again."""
        if self.session is None:
            return True
        try:
            headers = delivery.message
            async with self.session.post(delivery.address, data=b"", headers=headers, allow_redirects=False) as answer:
                await answer.read()
                return answer.status not in (500, 502, 503, 504)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
            return False

    @property
    def is_idle(self) -> bool:
        """Whether no delivery is due, in flight or about to begin; what waits for the clock to be moved does not count."""
        return not any(self._ready.values()) and not any(self._flying.values()) and not self._is_one_coming()

    def _is_one_coming(self) -> bool:
        clock = self.world.clock
        soon = clock.now() + _SOON
        return not clock.frozen and any(delivery.attempt == 0 and delivery.due <= soon for delivery in self.rows.values())

    async def settled(self, timeout_s: float) -> bool:
        """Wait until the broker is idle, chains included; False when that took too long."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                while True:
                    self._changed.clear()
                    self.world.clock.run_due()
                    if self.is_idle:
                        return True
                    await self._changed.wait()
        return False


def _topic(call: Call, name: str) -> str:
    if name not in call.world.table(TOPICS) and call.world.behaviour.get("pubsub_topics_must_exist", False):
        raise ApiError(404, f"Resource not found (resource={name.rsplit('/', 1)[-1]}).")
    return name


@handles("pubsub.projects.topics.publish")
def publish(call: Call) -> Json:
    """Publish messages; topics need not have been created unless `pubsub_topics_must_exist` says so."""
    topic = _topic(call, call.path["topic"])
    messages = call.body.get("messages") or []
    if not messages:
        raise ApiError(400, "The value for message_count is too small. You passed 0 in the request, but the minimum value is 1.")
    if any(not message.get("data") and not message.get("attributes") for message in messages):
        raise ApiError(
            400,
            "One or more messages in the publish request is empty. "
            "Each message must contain either non-empty data, or at least one attribute.",
        )
    return {"messageIds": [call.world.publish(topic, message) for message in messages]}


@handles("pubsub.projects.topics.create")
def create_topic(call: Call) -> Json:
    """A new topic."""
    name = call.path["name"]
    if name in call.world.table(TOPICS):
        raise ApiError(409, f"Resource already exists in the project (resource={name.rsplit('/', 1)[-1]}).")
    call.world.table(TOPICS)[name] = {**call.body, "name": name}
    return dict(call.world.table(TOPICS)[name])


@handles("pubsub.projects.topics.get")
def get_topic(call: Call) -> Json:
    """A topic that was created."""
    name = call.path["topic"]
    if name not in call.world.table(TOPICS):
        raise ApiError(404, f"Resource not found (resource={name.rsplit('/', 1)[-1]}).")
    return dict(call.world.table(TOPICS)[name])
