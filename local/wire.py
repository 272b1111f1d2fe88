"""JSON over HTTP to one address, as one identity."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import urllib3

_POOL = urllib3.PoolManager(maxsize=8, retries=False, timeout=urllib3.Timeout(total=300))


class HttpError(Exception):
    """The other side refused. status; reason: Google's reason code where there is one; body: its JSON or text."""

    def __init__(self, method: str, path: str, status: int, body: Any) -> None:
        self.status, self.body = status, body
        error = body.get("error", {}) if isinstance(body, dict) else {}
        details = error.get("errors") or [{}] if isinstance(error, dict) else [{}]
        self.reason = str(details[0].get("reason", error.get("status", "")) if isinstance(error, dict) else error)
        super().__init__(f"{method} {path}: {status} {self.reason} {str(body)[:400]}")


class Wire:
    """Requests to one server. token: `address|scope,scope` of a local Workspace, '' = nobody."""

    def __init__(self, url: str, token: str = "") -> None:
        self._url = url
        self._headers = {"Authorization": f"Bearer local:{token}"} if token else {}

    def ask(self, method: str, path: str, body: Any = None, query: dict[str, Any] | None = None) -> Any:
        """One request; gives the JSON answer, {} when there is none. :raises HttpError: not 2xx."""
        answer = self.send(method, path, json.dumps(body).encode() if body is not None else None, "application/json", query)
        return json.loads(answer) if answer else {}

    def send(self, method: str, path: str, body: bytes | None, content_type: str, query: dict[str, Any] | None = None) -> bytes:
        """One request with bytes; gives the bytes. :raises HttpError: not 2xx."""
        url = f"{self._url}{path}" + (f"?{urlencode(query, doseq=True)}" if query else "")
        headers = self._headers | ({"Content-Type": content_type} if body is not None else {})
        answer = _POOL.request(method, url, body=body, headers=headers)
        if not 200 <= answer.status < 300:
            raise HttpError(method, path, answer.status, _read(answer.data))
        return answer.data


def _read(data: bytes) -> Any:
    try:
        return json.loads(data)
    except ValueError:
        return data.decode("utf-8", "replace")
