"""How a call reaches the network: one call here is one request on the wire, whatever breaks.

httplib2, the client library's own transport, silently sends a POST a second time when a connection dies and mixes up answers
between threads; this one is urllib3 in httplib2's shape: no retries, no redirects, safe to share between threads.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import urllib3
    from google.auth.credentials import Credentials

CALL_TIMEOUT_SECONDS = 30.0
CONNECT_TIMEOUT_SECONDS = 10.0
POOL_SIZE = 16
_HOSTS = 12


def new_pool(timeout_seconds: float = CALL_TIMEOUT_SECONDS) -> urllib3.PoolManager:
    """A pool of kept connections; threads beyond `POOL_SIZE` wait for one. Unpacks gzip, repeats and follows nothing."""
    import urllib3

    timeout = urllib3.Timeout(connect=min(CONNECT_TIMEOUT_SECONDS, timeout_seconds), total=timeout_seconds)
    return urllib3.PoolManager(num_pools=_HOSTS, maxsize=POOL_SIZE, block=True, retries=False, timeout=timeout)


class _TokenRequest:
    """What google-auth asks for tokens through. Its own module is heavy, so it is imported when a token is first needed."""

    def __init__(self, pool: urllib3.PoolManager) -> None:
        self._pool = pool

    def __call__(self, url: str, *args: Any, **options: Any) -> Any:
        """Ask for a token; as `google.auth.transport.Request`."""
        return import_module("google.auth.transport.urllib3").Request(self._pool)(url, *args, **options)


class OnceHttp:
    """The `http` object that googleapiclient is given. credentials: sign every request; None = unsigned."""

    redirect_codes = ()
    # The client library must find no credentials here, else it signs and refreshes on its own.
    credentials = None

    def __init__(self, pool: urllib3.PoolManager, credentials: Credentials | None) -> None:
        self._pool = pool
        self._signer = credentials
        self._token_request = _TokenRequest(pool)
        self._lock = threading.Lock()

    def request(
        self,
        uri: str,
        method: str = "GET",
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        redirections: int = 0,
        connection_type: Any = None,
    ) -> tuple[Any, bytes]:
        """Send one request; after a 401 refresh the token once and send it again (a refused request has had no effect).

        :raises urllib3.exceptions.HTTPError: no answer. :raises google.auth.exceptions.GoogleAuthError: no token.
        """
        plain = dict(headers or {})
        # urllib3 counts the body itself; of a resumable upload this names how much of the stream to read.
        length = next((plain.pop(name) for name in list(plain) if name.lower() == "content-length"), None)
        if hasattr(body, "read"):
            body = body.read(int(length)) if length else body.read()
        signed, token = self._sign(method, uri, plain)
        reply = self._send(method, uri, body, signed)
        if reply.status == 401 and self._refreshed(token):
            signed, _ = self._sign(method, uri, plain)
            reply = self._send(method, uri, body, signed)
        return _as_httplib2(reply)

    def close(self) -> None:
        """Nothing to close: the pool is shared by all identities of the process."""

    def _send(self, method: str, uri: str, body: Any, headers: dict[str, str]) -> urllib3.BaseHTTPResponse:
        return self._pool.request(method, uri, body=body, headers=headers, redirect=False, pool_timeout=CONNECT_TIMEOUT_SECONDS)

    def _sign(self, method: str, uri: str, plain: dict[str, str]) -> tuple[dict[str, str], str | None]:
        """Headers with a token that is valid now, and that token. One thread refreshes, the others wait for it."""
        headers = dict(plain)
        if self._signer is None:
            return headers, None
        with self._lock:
            self._signer.before_request(self._token_request, method, uri, headers)  # type: ignore[no-untyped-call]
            return headers, self._signer.token

    def _refreshed(self, refused_token: str | None) -> bool:
        """Whether there is another token than the refused one; fetches it unless another thread just did."""
        if self._signer is None:
            return False
        with self._lock:
            if self._signer.token == refused_token:
                self._signer.refresh(self._token_request)  # type: ignore[no-untyped-call]
        return True


def _as_httplib2(reply: urllib3.BaseHTTPResponse) -> tuple[Any, bytes]:
    response = import_module("httplib2").Response({name.lower(): value for name, value in reply.headers.items()})
    response.pop("content-encoding", None)  # urllib3 has already unpacked it
    response.status, response.reason = reply.status, reply.reason or ""
    return response, reply.data
