"""A TCP proxy that can lose an answer: the request goes through, the connection breaks before anything comes back."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from types import TracebackType

EFFECT_SECONDS = 0.5
"""How long the server has for the effect before the connection breaks."""


class CuttingProxy:
    """Use as a context. host: `127.0.0.1:port` to connect to; cuts: how often an answer was lost."""

    def __init__(self, target: str) -> None:
        name, _, port = target.partition(":")
        self._target = (name, int(port))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._sockets: list[socket.socket] = []
        self._armed = threading.Event()
        self.host = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self.cuts = 0

    def cut_next_answer(self) -> None:
        """Break the connection once the next request has passed; what comes after finds a whole one."""
        self._armed.set()

    def close(self) -> None:
        """Accept no more and break what is open."""
        for each in [self._listener, *self._sockets]:
            _shut(each)

    def __enter__(self) -> CuttingProxy:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection(self._target)
                self._sockets += [near, far]
                threading.Thread(target=self._upward, args=(near, far), daemon=True).start()
                threading.Thread(target=self._downward, args=(far, near), daemon=True).start()

    def _upward(self, near: socket.socket, far: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := near.recv(65536):
                far.sendall(data)
        _shut(far)

    def _downward(self, far: socket.socket, near: socket.socket) -> None:
        """Answers go back unless a cut is due: then they are held while the server finishes, and lost."""
        with contextlib.suppress(OSError):
            while data := far.recv(65536):
                if self._armed.is_set():
                    time.sleep(EFFECT_SECONDS)
                    self._armed.clear()
                    self.cuts += 1
                    break
                near.sendall(data)
        _shut(near)
        _shut(far)


def _shut(each: socket.socket) -> None:
    with contextlib.suppress(OSError):
        each.shutdown(socket.SHUT_RDWR)
    each.close()
