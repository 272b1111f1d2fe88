"""Who may ask for what needs no token: this machine, under a name of its own, and no page of another site."""

from __future__ import annotations

from aiohttp import web

_ADDRESSES = frozenset(("127.0.0.1", "::1"))
_NAMES = frozenset(("127.0.0.1", "localhost", "[::1]"))


def is_local(request: web.Request) -> bool:
    """Whether the request comes from this machine and asks for it by a name that nobody else can point here."""
    host, _, port = request.host.rpartition(":")
    return request.remote in _ADDRESSES and (host if port.isdigit() else request.host) in _NAMES


def is_from_elsewhere(request: web.Request) -> bool:
    """Whether a browser says that a page of another site sent the request."""
    origin, site = request.headers.get("Origin"), request.headers.get("Sec-Fetch-Site", "same-origin")
    return (origin is not None and origin != f"http://{request.host}") or site not in ("same-origin", "none")
