"""`python -m local.gateway`: the payment gateway of demonstrations, a process of its own: cards, a bank's page, a telephone's button.

It keeps to the rules that the product's adapter states: the browser comes to `/pagar` with a signed order, the payer acts here, signed
notices go to the address in the order until they are answered 200, and `/ordenes/<id>` answers whoever signs. The number of a card is
looked at and forgotten. `/_local/…` is for tests: what was ordered, notices doubled, late, forged, lost, with another amount.
Test numbers are those of `CARDS`; at the bank, what is pending is decided by a button or by the Workspace's clock.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import hashlib
import hmac
import json
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from local import gateway_pages as pages

SIGNED = ("order", "amount", "currency", "takes", "back", "notices")
# What each test card does; any other number is declined.
CARDS = {"4111111111111111": "approved", "5555555555554444": "approved", "4000000000000002": "rejected"}
_ENDS = ("approved", "rejected", "cancelled", "expired")
# A bank decides by itself after this long by the clock.
_BANK_TAKES = timedelta(minutes=30)
_RETRY_SECONDS = (0.0, 0.5, 2.0, 5.0, 15.0, 60.0)
_LOOK_SECONDS = 0.5


@dataclass
class Payment:
    """An order as this gateway knows it. decides: instant at which the bank decides by itself, None = it waits for somebody."""

    values: dict[str, str]
    state: str = "started"
    told: int = 0
    decides: datetime | None = None
    by_clock: str = "approved"
    notices: list[dict[str, Any]] = field(default_factory=list)


class LocalGateway:
    """The gateway while it runs. clock: address that says the time, '' = the real one."""

    def __init__(self, secret: bytes, clock: str) -> None:
        self._secret, self._clock = secret, clock
        self._payments: dict[str, Payment] = {}
        self._losing = False
        self._session: aiohttp.ClientSession | None = None
        self._sending: set[asyncio.Task[None]] = set()

    def application(self) -> web.Application:
        """Its web application."""
        app = web.Application(client_max_size=64 * 1024)
        app.router.add_get("/pagar", self._pay)
        app.router.add_post("/pagar/{order}", self._act)
        app.router.add_get("/banco/{order}", self._bank)
        app.router.add_post("/banco/{order}", self._decide)
        app.router.add_get("/ordenes/{order}", self._asked)
        app.router.add_get("/_local/orders", self._orders)
        app.router.add_post("/_local/orders/{order}", self._control)
        app.router.add_put("/_local/losing", self._lose)
        app.cleanup_ctx.append(self._run)
        return app

    async def _run(self, app: web.Application) -> AsyncIterator[None]:
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20))
        watching = asyncio.create_task(self._watch())
        yield
        for task in (watching, *self._sending):
            task.cancel()
        await asyncio.gather(watching, *self._sending, return_exceptions=True)
        await self._session.close()

    # --- the payer -------------------------------------------------------------------------------------------------------------

    async def _pay(self, request: web.Request) -> web.Response:
        values = {name: request.query.get(name, "") for name in SIGNED}
        signed = self._sign("\n".join(values[name] for name in SIGNED).encode())
        if not hmac.compare_digest(signed, request.query.get("signature", "")):
            return pages.answer(pages.refused(), 400)
        known = self._payments.setdefault(values["order"], Payment(values))
        if known.values["amount"] != values["amount"]:
            return pages.answer(pages.refused(), 409)
        if known.state in _ENDS:
            raise web.HTTPSeeOther(values["back"])
        return pages.answer(pages.paying(values, known.state))

    async def _act(self, request: web.Request) -> web.Response:
        payment = self._known(request)
        said = {name: str(value) for name, value in (await request.post()).items()}
        state = _outcome(payment.values["takes"], said)
        if state == "pending":
            payment.decides = await self._now() + _BANK_TAKES
        if payment.state not in _ENDS:
            self._becomes(payment, state)
        raise web.HTTPSeeOther(payment.values["back"])

    async def _bank(self, request: web.Request) -> web.Response:
        """The bank's own desk, where what is pending is decided."""
        payment = self._known(request)
        return pages.answer(pages.bank(payment.values, payment.state))

    async def _decide(self, request: web.Request) -> web.Response:
        payment = self._known(request)
        state = str((await request.post()).get("state", ""))
        if state in ("approved", "rejected") and payment.state == "pending":
            self._becomes(payment, state)
        return pages.answer(pages.bank(payment.values, payment.state))

    def _known(self, request: web.Request) -> Payment:
        found = self._payments.get(request.match_info["order"])
        if found is None:
            raise web.HTTPNotFound
        return found

    # --- the shop --------------------------------------------------------------------------------------------------------------

    async def _asked(self, request: web.Request) -> web.Response:
        order = request.match_info["order"]
        if not hmac.compare_digest(self._sign(order.encode()), request.headers.get("X-Gateway-Signature", "")):
            raise web.HTTPForbidden
        payment = self._known(request)
        if payment.state == "started":
            raise web.HTTPNotFound
        return web.json_response(self._said(payment))

    def _said(self, payment: Payment) -> dict[str, str]:
        order = payment.values["order"]
        return {
            "order": order,
            "state": payment.state,
            "amount": payment.values["amount"],
            "currency": payment.values["currency"],
            "ref": f"T-{order}",
            "notice": f"{order}-{payment.state}",
        }

    def _becomes(self, payment: Payment, state: str) -> None:
        payment.state = state
        if state != "pending":
            payment.decides = None
        if not self._losing:
            self._tell(payment, self._said(payment), "")

    def _tell(self, payment: Payment, said: Mapping[str, Any], signature: str) -> None:
        task = asyncio.create_task(self._send(payment, json.dumps(dict(said)).encode(), signature))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def _send(self, payment: Payment, body: bytes, signature: str) -> None:
        """Tell until it is answered 200, a few times."""
        assert self._session is not None
        headers = {"Content-Type": "application/json", "X-Gateway-Signature": signature or self._sign(body)}
        for pause in _RETRY_SECONDS:
            await asyncio.sleep(pause)
            status = 0
            with contextlib.suppress(aiohttp.ClientError, OSError, TimeoutError):
                async with self._session.post(payment.values["notices"], data=body, headers=headers) as reply:
                    status = reply.status
            payment.notices.append({"said": json.loads(body), "status": status})
            payment.told += 1
            # What is refused for good is not told again.
            if status == 200 or 400 <= status < 500:
                return

    async def _watch(self) -> None:
        """Decide what is pending at the bank once its time has come."""
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            waiting = [one for one in self._payments.values() if one.decides is not None]
            if not waiting:
                continue
            with contextlib.suppress(aiohttp.ClientError, OSError, TimeoutError, KeyError, ValueError):
                now = await self._now()
                for payment in waiting:
                    if payment.decides is not None and payment.decides <= now:
                        self._becomes(payment, payment.by_clock)

    async def _now(self) -> datetime:
        if not self._clock:
            return datetime.now(UTC)
        assert self._session is not None
        async with self._session.get(self._clock) as reply:
            return datetime.fromisoformat((await reply.json())["now"])

    # --- tests -----------------------------------------------------------------------------------------------------------------

    async def _orders(self, request: web.Request) -> web.Response:
        rows = {key: {"state": one.state, "told": one.told, "notices": one.notices} for key, one in self._payments.items()}
        return web.json_response(rows)

    async def _control(self, request: web.Request) -> web.Response:
        """`{"state"?, "by_clock"?, "times"?, "signature"?, "changes"?: {…}}`: what the gateway says of an order, however wrong."""
        payment, wanted = self._known(request), await request.json()
        payment.by_clock = wanted.get("by_clock", payment.by_clock)
        payment.state = wanted.get("state", payment.state)
        for _ in range(int(wanted.get("times", 0))):
            self._tell(payment, {**self._said(payment), **wanted.get("changes", {})}, wanted.get("signature", ""))
        await asyncio.gather(*self._sending, return_exceptions=True)
        return web.json_response({"told": payment.told, "notices": payment.notices})

    async def _lose(self, request: web.Request) -> web.Response:
        """`{"losing": true}`: tell nothing of what happens from now on."""
        self._losing = bool((await request.json())["losing"])
        return web.json_response({"losing": self._losing})

    def _sign(self, content: bytes) -> str:
        return hmac.new(self._secret, content, hashlib.sha256).hexdigest()


def _outcome(takes: str, said: Mapping[str, str]) -> str:
    """What becomes of a payment by what the payer did."""
    if said.get("do") == "cancel":
        return "cancelled"
    if takes == "card":
        return CARDS.get("".join(filter(str.isdigit, said.get("number", ""))), "rejected")
    if takes == "bank":
        return "pending"
    return "approved" if said.get("do") == "approve" else "rejected"


async def _serve(port: int, secret: bytes, clock: str) -> None:
    runner = web.AppRunner(LocalGateway(secret, clock).application(), access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", port)
    await site.start()
    print(json.dumps({"ready": True, "url": f"http://127.0.0.1:{runner.addresses[0][1]}"}), flush=True)
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    await ended.wait()
    await runner.cleanup()


def main() -> int:
    """Start it; one line `{"ready": true, "url": …}` says that it listens."""
    parser = argparse.ArgumentParser(prog="python -m local.gateway", description="The payment gateway of demonstrations.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--secret-file", type=Path, required=True)
    parser.add_argument("--clock", default="", help="address that says the time")
    options = parser.parse_args()
    asyncio.run(_serve(options.port, options.secret_file.read_bytes().strip(), options.clock))
    return 0


if __name__ == "__main__":
    sys.exit(main())
