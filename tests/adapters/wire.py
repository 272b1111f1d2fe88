"""A server of raw sockets that records every request it has read to the end and then does what the test says."""

from __future__ import annotations

import json
import socket
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

REASONS = {200: "OK", 204: "No Content"}


@dataclass(frozen=True)
class Seen:
    """A request that arrived whole."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Reply:
    """What the server does with a request. do: answer | close | cut | hang; body: JSON unless bytes."""

    status: int = 200
    body: Any = field(default_factory=dict)
    headers: tuple[tuple[str, str], ...] = ()
    do: str = "answer"


def error(status: int, reason: str = "", message: str = "", **headers: str) -> Reply:
    """A refusal in Drive's shape."""
    inner = {"code": status, "message": message, "errors": [{"reason": reason, "message": message}]}
    return Reply(status, {"error": inner}, tuple((name.replace("_", "-"), value) for name, value in headers.items()))


class Recorder:
    """Listens on a free port of the loopback; each request takes the next reply of `script`, then `otherwise`.

    echo: answer a file whose id is the last part of the path that was asked for.
    expired: the token that is refused with 401 before anything else is looked at.
    """

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self.script: deque[Reply] = deque()
        self.otherwise = Reply()
        self.echo = False
        self.expired = ""
        self._ended = threading.Event()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def stop(self) -> None:
        """Let hanging requests go and close."""
        self._ended.set()
        self._socket.close()

    def then(self, *replies: Reply) -> None:
        """Answer the next requests like this."""
        self.script.extend(replies)

    def _accept(self) -> None:
        while not self._ended.is_set():
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as stream:
            try:
                for seen in iter(lambda: _read(stream), None):
                    self.seen.append(seen)
                    if not self._do(connection, self._reply(seen)):
                        return
            except OSError:
                return

    def _reply(self, seen: Seen) -> Reply:
        if self.expired and seen.headers.get("authorization") == f"Bearer {self.expired}":
            return error(401, "authError")
        reply = self.script.popleft() if self.script else self.otherwise
        if self.echo:
            asked = seen.target.partition("?")[0].rpartition("/")[2]
            return Reply(body={"id": asked, "name": asked, "mimeType": "text/plain"})
        return reply

    def _do(self, connection: socket.socket, reply: Reply) -> bool:
        if reply.do == "hang":
            self._ended.wait(20)
            return False
        if reply.do == "close":
            return False
        content = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
        lines = [f"HTTP/1.1 {reply.status} {REASONS.get(reply.status, 'Refused')}", "Content-Type: application/json"]
        lines += [f"{name}: {value}" for name, value in reply.headers] + [f"Content-Length: {len(content)}", "", ""]
        connection.sendall("\r\n".join(lines).encode() + (content[: len(content) // 2] if reply.do == "cut" else content))
        return reply.do == "answer"


def _read(stream: Any) -> Seen | None:
    first = stream.readline().decode().split()
    if len(first) != 3:
        return None
    headers: dict[str, str] = {}
    for line in iter(stream.readline, b"\r\n"):
        if not line:
            return None
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.strip().lower()] = value.strip()
    return Seen(first[0], first[1], headers, stream.read(int(headers.get("content-length", 0))))


@contextmanager
def recording() -> Iterator[Recorder]:
    """A server for the length of a block."""
    recorder = Recorder()
    try:
        yield recorder
    finally:
        recorder.stop()
